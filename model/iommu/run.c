// SPDX-License-Identifier: GPL-2.0
/* Runs: the pages behind the first of a request, each through IOTLB and walker, quickly. */
#include "model/iommu/xlat.h"

/* A call returns at most this many pages, so that absurd lengths stay bounded. */
#define RUN_PAGES_MAX 65536u

/* Can the run go on to the next page? */
enum step {
	STEP_NO,   /* another frame: the run ends here */
	STEP_YES,  /* the entries behind the last ones say the same for the next frame */
	STEP_WALK, /* only a walk can tell: another table, other flags */
};

/*
 * Moves one stage from the page at @from to the next one at @to without a walk: same leaf, or the
 * entry behind it. Sets accessed and dirty bits where the walk could.
 */
static inline enum step stage_step(struct iommu *u, struct stage *s, u64 from, u64 to, bool write)
{
	u64 want, have, *next;

	if (!s->leaf || !((from ^ to) >> s->shift))
		return STEP_YES;
	if (((size_t)s->leaf & 0xff8) == 0xff8)
		return STEP_WALK;
	next = s->leaf + 1;
	want = s->raw + (1ull << s->shift);
	have = *next | s->marks;
	if ((have ^ want) & VTD_PT_ADDR)
		return STEP_NO;
	if ((have ^ want) & ~(write ? 0 : s->dirty))
		return STEP_WALK;
	if (have != *next) {
		*next = have;
		u->count.ad_updates++;
	}
	s->leaf = next;
	s->raw = have;
	return STEP_YES;
}

static inline bool stage_dirty(const struct stage *s)
{
	return !s->leaf || !s->dirty || s->raw & s->dirty;
}

/* From the page before @va to that of @va; guest-physical in between when nested. */
static inline enum step next_entries(struct xlat *x, u64 va)
{
	struct walk *w = &x->w;
	u64 prev, mask, from, to;
	enum step step;

	if (!x->stages || x->u->mem->faults)
		return STEP_WALK;
	prev = va - (1ull << w->shift);
	if (!w->fs.leaf)
		return stage_step(x->u, &w->ss, prev, va, x->write);
	mask = (1ull << w->fs.shift) - 1;
	from = (w->fs.raw & VTD_PT_ADDR & ~mask) | (prev & mask);
	step = stage_step(x->u, &w->fs, prev, va, x->write);
	if (step != STEP_YES || !w->ss.leaf)
		return step;
	to = (w->fs.raw & VTD_PT_ADDR & ~mask) | (va & mask);
	return stage_step(x->u, &w->ss, from, to, x->write);
}

/* A page of the run that the quick way cannot do: look first, walk (marks, caches, time) if it
 * fits. */
static bool walk_next(struct xlat *x, u64 va, u64 pa, u64 flags, bool known_to_fit)
{
	struct walk *w = &x->w;

	if (!known_to_fit) {
		struct walk look;

		walk_init(x, &look, true);
		walk_page(&look, va);
		if (look.fault || look.pa != pa ||
		    (entry_flags(x, look.flags) ^ flags) & TLB_RUN_FLAGS)
			return false;
	}
	walk_init(x, w, false);
	walk_page(w, va);
	if (w->fault || w->pa != pa) {
		x->stages = false;
		return false;
	}
	x->warm = known_to_fit;
	x->stages = w->fs.leaf || w->ss.leaf;
	x->step_reads = w->reads;
	x->step_ps = w->ps;
	x->mark_ps = w->reads ? w->ps / w->reads : 0;
	return true;
}

/* How many more 4 KiB pages one stage can give without a walk, and the entries they come from. */
static inline const u64 *stage_ahead(const struct stage *s, u64 at, u32 *max)
{
	u32 left;

	if (!s->leaf)
		return NULL;
	if (s->shift == 12) {
		left = 511 - (u32)((size_t)s->leaf >> 3 & 511);
		*max = left < *max ? left : *max;
		return s->leaf + 1;
	}
	/* a large leaf: to its end, counted from the page after @at */
	left = (u32)(((1ull << s->shift) - 1 - (at & ((1ull << s->shift) - 1))) >> 12);
	*max = left < *max ? left : *max;
	return NULL;
}

static inline void stage_forward(struct stage *s, u32 pages)
{
	if (s->leaf && s->shift == 12 && pages) {
		s->leaf += pages;
		s->raw = *s->leaf;
	}
}

/*
 * The common case of xlat_run(), page by page as well: 4 KiB pages whose entries lie side by side,
 * all of them IOTLB misses. Returns the number of pages done, at most @max.
 */
static u32 run_quick(struct xlat *x, u64 va, u64 pa, u32 max, u64 flags)
{
	struct walk *w = &x->w;
	struct iommu *u = x->u;
	struct iommu_reply *r = x->reply;
	u64 fs_keep = ~(x->write ? 0 : w->fs.dirty), ss_keep = ~(x->write ? 0 : w->ss.dirty);
	/* What a stage without a leaf kept is not its own. */
	u64 fs_dirty = w->fs.leaf ? w->fs.dirty : 0, ss_dirty = w->ss.leaf ? w->ss.dirty : 0;
	u64 fs_want = w->fs.raw, ss_want = w->ss.raw;
	u64 t = x->req->now + u->cfg.link_ps + (u64)r->pages * u->cfg.lookup_ps, end = 0;
	u64 prev = va - MEM_PAGE, *fs, *ss;
	u64 fs_marks = w->fs.marks, ss_marks = w->ss.marks;
	struct tlb_view tlb = tlb_view(x);
	u32 n, filled = 0, replaced[2] = {0, 0};
	u32 walker = u->walker, walkers = u->cfg.walkers;
	u64 lookup_ps = u->cfg.lookup_ps, waited = 0, busy = 0, start, *free_at;
	bool dirty;

	fs = (u64 *)stage_ahead(&w->fs, prev, &max);
	ss = (u64 *)stage_ahead(&w->ss,
				w->fs.leaf
					? (w->fs.raw & VTD_PT_ADDR & ~((1ull << w->fs.shift) - 1)) |
						  (prev & ((1ull << w->fs.shift) - 1))
					: prev,
				&max);
	flags &= ~TLB_DIRTY;
	if (!fs && !stage_dirty(&w->fs))
		fs_dirty = ~0ull; /* never all set */
	if (!ss && !stage_dirty(&w->ss))
		ss_dirty = ~0ull;
	for (n = 0; n < max; n++, va += MEM_PAGE, pa += MEM_PAGE) {
		u64 fs_have = ~0ull >> 1, ss_have = ~0ull >> 1, service = x->step_ps;
		u32 victim;

		if (fs) {
			fs_want += MEM_PAGE;
			fs_have = fs[n] | fs_marks;
			if ((fs_have ^ fs_want) & fs_keep)
				break;
		}
		if (ss) {
			ss_want += MEM_PAGE;
			ss_have = ss[n] | ss_marks;
			if ((ss_have ^ ss_want) & ss_keep)
				break;
		}
		if (tlb_find_size(&tlb, va >> 12, 0))
			break;
		if (fs && fs_have != fs[n]) {
			fs[n] = fs_have;
			u->count.ad_updates++;
			service += x->mark_ps;
		}
		if (ss && ss_have != ss[n]) {
			ss[n] = ss_have;
			u->count.ad_updates++;
			service += x->mark_ps;
		}
		dirty = (fs_have & fs_dirty) == fs_dirty && (ss_have & ss_dirty) == ss_dirty;
		victim = tlb_place(&tlb, va >> 12, 0, pa | flags | (dirty ? TLB_DIRTY : 0));
		filled += victim == 3;
		if (victim % 3)
			replaced[victim / 2]++; /* 1: 2 MiB -> 0, 2: 1 GiB -> 1 */
		/* as walker_run() */
		t += lookup_ps;
		free_at = &u->walker_free[walker];
		walker = walker + 1 == walkers ? 0 : walker + 1;
		start = *free_at > t ? *free_at : t;
		waited += start - t;
		busy += service;
		start += service;
		*free_at = start;
		end = start > end ? start : end;
	}
	u->walker = walker;
	u->walker_use.count += n;
	u->walker_use.wait += waited;
	u->walker_use.busy += busy;
	u->iotlb.by_size[0] += filled + replaced[0] + replaced[1];
	u->iotlb.by_size[1] -= replaced[0];
	u->iotlb.by_size[2] -= replaced[1];
	u->count.iotlb_evictions += n - filled;
	stage_forward(&w->fs, n);
	stage_forward(&w->ss, n);
	if (!n)
		return 0;
	end += u->cfg.hit_ps + u->cfg.link_ps;
	if (end > r->last_done)
		r->last_done = end;
	r->pages += n;
	count_walks(x, n, x->step_reads, w->cache_lookups, w->cache_hits);
	return n;
}

/* Pages that run_quick() may try at @va: within one 2 MiB, clear of the interrupt range. */
static inline u32 quick_pages(const struct xlat *x, u64 va, u64 pa, u64 last)
{
	const struct iotlb *t = &x->u->iotlb;
	struct tlb_view v = tlb_view(x);
	u64 left = (last >> 12) - (va >> 12) + 1, table = 512 - (va >> 12 & 511);

	if (!x->warm || !x->stages || x->w.shift != 12 || x->u->mem->faults || !t->sets ||
	    (pa + left * MEM_PAGE) & x->u->haw_mask || (pa >> 21) == (VTD_MSI_BASE >> 21) ||
	    (va >> 21) == (VTD_MSI_BASE >> 21))
		return 0;
	if ((t->by_size[1] && tlb_find_size(&v, va >> 21, 1)) ||
	    (t->by_size[2] && tlb_find_size(&v, va >> 30, 2)))
		return 0;
	return (u32)(left < table ? left : table);
}

u64 xlat_run(struct xlat *x, u64 va, u64 pa, u64 last, u64 flags)
{
	struct iommu *u = x->u;
	struct iommu_reply *r = x->reply;
	u32 lookups = 0;

	while (va && va <= last && r->pages < RUN_PAGES_MAX && !in_msi_range(pa)) {
		u32 quick = quick_pages(x, va, pa, last);
		struct walk *w = &x->w;
		struct tlb_entry *e;
		u64 marked = u->count.ad_updates, service;
		enum step step;

		if ((in_msi_range(va) && x->req->pasid == IOMMU_NO_PASID) || pa & u->haw_mask)
			break;
		quick = quick ? run_quick(x, va, pa, quick, flags) : 0;
		if (quick) {
			lookups += quick;
			va += quick * MEM_PAGE;
			pa += quick * MEM_PAGE;
			continue;
		}
		e = tlb_find(x, va);
		lookups++;
		if (e) {
			u32 shift = size_shift(e->page >> 62);
			u64 mask = (1ull << shift) - 1;

			if (((e->pa & TLB_ADDR) | (va & mask)) != pa ||
			    (e->pa ^ flags) & TLB_RUN_FLAGS || !tlb_serves(x, e->pa))
				break;
			page_done(x, true, 0);
			x->stages = false;
			pa += mask + 1 - (va & mask);
			va += mask + 1 - (va & mask);
			continue;
		}
		if (xlat_look_up(x))
			break;
		step = next_entries(x, va);
		if (step == STEP_NO)
			break;
		if ((step == STEP_WALK || !x->warm) &&
		    !walk_next(x, va, pa, flags, step == STEP_YES))
			break;
		flags &= ~TLB_DIRTY;
		if (stage_dirty(&w->fs) && stage_dirty(&w->ss))
			flags |= TLB_DIRTY;
		tlb_put(x, va, pa, w->shift, flags);
		count_walks(x, 1, x->step_reads, w->cache_lookups, w->cache_hits);
		service = x->step_ps;
		if (x->warm) /* otherwise the walk has charged its updates itself */
			service += (u->count.ad_updates - marked) * x->mark_ps;
		page_done(x, false, service);
		pa += 1ull << w->shift;
		va += 1ull << w->shift;
	}
	u->count.iotlb_lookups += lookups;
	return va;
}
