// SPDX-License-Identifier: GPL-2.0
/* Translation of requests: classes (section 3.15, 4), IOTLB, runs of pages, timing, answers (table
 * 30). */
#include "model/iommu/iommu_int.h"

#include <string.h>

/* A call returns at most this many pages, so that absurd lengths stay bounded. */
#define RUN_PAGES_MAX 65536u

#define TLB_PERMS (TLB_UR | TLB_UW | TLB_SR | TLB_SW)
/* What all pages of a run share. */
#define TLB_RUN_FLAGS (TLB_PERMS | TLB_SNOOP | TLB_PGTT)

static const u8 size_shift[3] = {12, 21, 30};

static inline u32 shift_size(u32 shift)
{
	return (shift - 12) / 9;
}

static inline bool in_msi_range(u64 addr)
{
	return (addr >> 20) == (VTD_MSI_BASE >> 20);
}

/* One request on its way through the unit. */
struct xlat {
	struct iommu *u;
	const struct iommu_req *req;
	struct iommu_reply *reply;
	u64 who, who_mask; /* IOTLB tags looked for */
	u64 who_entry;	   /* and those of a new entry */
	u32 who_hash;
	u32 need;   /* TLB_* permissions without which the request fails; 0: any will do */
	bool write; /* dirty bits are wanted */
	bool priv;
	bool looked_up; /* ctx and pi below are valid */
	bool warm;	/* step_reads and step_ps hold for the next page of the same tables */
	bool stages;	/* w.fs and w.ss are those of the page before */
	u32 step_reads;
	u64 step_ps;
	u64 mark_ps;	    /* an update of accessed and dirty bits: another access of the table */
	u64 extra_reads_ps; /* of tables above the page tables, for the first page */
	struct lookup l;
	struct walk w;
};

/* ---- IOTLB ---- */

#define BYTES_01 0x0101010101010101ull
#define BYTES_80 0x8080808080808080ull

/*
 * The IOTLB as one requester sees it. A local copy: the compiler may keep it in registers across
 * the stores to entries.
 */
struct tlb_view {
	u64 *head;
	struct tlb_entry *entry;
	u64 all;
	u64 who, who_mask, who_entry;
	u32 set_mask, set_shift, head_words, ways, hash;
};

static inline struct tlb_view tlb_view(const struct xlat *x)
{
	const struct iotlb *t = &x->u->iotlb;

	return (struct tlb_view){
		.head = t->head,
		.entry = t->entry,
		.all = t->all,
		.who = x->who,
		.who_mask = x->who_mask,
		.who_entry = x->who_entry,
		.set_mask = t->sets - 1,
		.set_shift = t->set_shift,
		.head_words = t->head_words,
		.ways = t->ways,
		.hash = x->who_hash,
	};
}

static inline u32 tlb_set(const struct tlb_view *v, u64 page)
{
	return ((u32)page + v->hash) & v->set_mask;
}

/* One byte that differs between neighbours in a set. */
static inline u64 tlb_tag(const struct tlb_view *v, u64 page)
{
	return ((page >> v->set_shift) ^ (v->hash >> 16)) & 0xff;
}

static inline void tlb_used(const struct tlb_view *v, u64 *head, u64 way)
{
	u64 used = head[HEAD_USED] | way;

	head[HEAD_USED] = used == v->all ? way : used;
}

/* @number: the address >> the page size's shift. */
static inline struct tlb_entry *tlb_find_size(const struct tlb_view *v, u64 number, u32 size)
{
	u32 set = tlb_set(v, number);
	u64 *head = &v->head[(size_t)set * v->head_words];
	u64 tags = tlb_tag(v, number) * BYTES_01, page = number | (u64)size << 62;

	for (u32 base = 0; base < v->ways; base += 8) {
		u64 diff = head[HEAD_TAGS + base / 8] ^ tags;
		u64 zero =
			(diff - BYTES_01) & ~diff & BYTES_80; /* may name too many, never too few */

		for (; zero; zero &= zero - 1) {
			u32 way = base + (u32)__builtin_ctzll(zero) / 8;
			struct tlb_entry *e;

			if (way >= v->ways)
				break;
			e = &v->entry[(size_t)set * v->ways + way];
			if (e->page == page && !((e->who ^ v->who) & v->who_mask)) {
				tlb_used(v, head, 1ull << way);
				return e;
			}
		}
	}
	return NULL;
}

/* Looks in the sets of every page size in use. */
static inline struct tlb_entry *tlb_find(const struct xlat *x, u64 addr)
{
	const struct iotlb *t = &x->u->iotlb;
	struct tlb_view v = tlb_view(x);

	for (u32 size = 0; size < 3; size++) {
		struct tlb_entry *e;

		if (!t->by_size[size])
			continue;
		e = tlb_find_size(&v, addr >> size_shift[size], size);
		if (e)
			return e;
	}
	return NULL;
}

/* A new entry in a free way or a victim's; returns the size code of the victim, 3 if there was
 * none. */
static inline u32 tlb_place(const struct tlb_view *v, u64 number, u32 size, u64 pa)
{
	u32 set = tlb_set(v, number), way, victim = 3;
	u64 *head = &v->head[(size_t)set * v->head_words], *tags;
	u64 free_ways = ~head[HEAD_VALID] & v->all;
	struct tlb_entry *e;

	way = (u32)__builtin_ctzll(free_ways ? free_ways : ~head[HEAD_USED]);
	if (way >= v->ways) /* a single way: always in use */
		way = 0;
	e = &v->entry[(size_t)set * v->ways + way];
	if (!free_ways)
		victim = (u32)(e->page >> 62);
	tags = &head[HEAD_TAGS + way / 8];
	*tags = (*tags & ~(0xffull << way % 8 * 8)) | tlb_tag(v, number) << way % 8 * 8;
	head[HEAD_VALID] |= 1ull << way;
	tlb_used(v, head, 1ull << way);
	e->page = number | (u64)size << 62;
	e->who = v->who_entry;
	e->pa = pa;
	return victim;
}

static void tlb_put(const struct xlat *x, u64 addr, u64 pa, u32 shift, u64 flags)
{
	struct iotlb *t = &x->u->iotlb;
	struct tlb_view v = tlb_view(x);
	u32 victim;

	if (!t->sets)
		return;
	victim = tlb_place(&v, addr >> shift, shift_size(shift),
			   (pa & TLB_ADDR & ~((1ull << shift) - 1)) | flags);
	if (victim < 3) {
		x->u->count.iotlb_evictions++;
		t->by_size[victim]--;
	}
	t->by_size[shift_size(shift)]++;
}

static inline u32 perms_of(const struct xlat *x, u64 flags)
{
	u32 perms = (u32)(x->priv ? flags >> 2 : flags) & (IOMMU_R | IOMMU_W);

	return x->req->at == IOMMU_TRANSLATION && !x->write ? perms & ~IOMMU_W : perms;
}

/* Can this entry answer, or must the tables be asked again (more rights, dirty bit)? */
static inline bool tlb_serves(const struct xlat *x, u64 flags)
{
	u64 w_bit = x->priv ? TLB_SW : TLB_UW;

	if ((flags & x->need) != x->need || (x->write && flags & w_bit && !(flags & TLB_DIRTY)))
		return false;
	if (x->req->at == IOMMU_TRANSLATION && !(flags & TLB_DTE))
		return false;
	return perms_of(x, flags);
}

/* ---- time ---- */

/* A walk of @service ps that may start at @t; returns its end. Walkers take turns. */
static inline u64 walker_run(struct iommu *u, u64 t, u64 service)
{
	u64 free_at = u->walker_free[u->walker];
	u64 start = free_at > t ? free_at : t;

	u->walker_use.count++;
	u->walker_use.wait += start - t;
	u->walker_use.busy += service;
	u->walker_free[u->walker] = start + service;
	if (++u->walker == u->cfg.walkers)
		u->walker = 0;
	return start + service;
}

/* Accounts one page: @service 0 for an IOTLB hit, else what its walk takes. */
static inline void page_done(struct xlat *x, bool hit, u64 service)
{
	struct iommu_reply *r = x->reply;
	struct iommu *u = x->u;
	u64 t = x->req->now + u->cfg.link_ps + (u64)(r->pages + 1) * u->cfg.lookup_ps;

	if (hit)
		r->iotlb_hits++;
	else
		t = walker_run(u, t, service);
	t += u->cfg.hit_ps + u->cfg.link_ps;
	if (!r->pages++)
		r->first_done = t;
	if (t > r->last_done)
		r->last_done = t;
}

/* ---- faults ---- */

/* Legacy mode has its own, coarser reasons. */
static u8 legacy_reason(const struct xlat *x, u8 fault)
{
	switch (fault) {
	case VTD_FR_SS_ACC:
	case VTD_FR_SS_TOP:
		return VTD_FR_L_TABLE;
	case VTD_FR_SS_RSVD:
		return VTD_FR_L_PTE_RSVD;
	case VTD_FR_SS_WIDTH:
	case VTD_FR_HAW:
		return VTD_FR_L_WIDTH;
	case VTD_FR_SS_P:
		return x->req->access & IOMMU_W ? VTD_FR_L_WRITE : VTD_FR_L_READ;
	case VTD_FR_WRITE:
		return VTD_FR_L_WRITE;
	case VTD_FR_READ:
		return VTD_FR_L_READ;
	case VTD_FR_MSI_OUT:
		return VTD_FR_L_MSI_OUT;
	default:
		return fault;
	}
}

/* Table 30: what a translation request gets; untranslated and translated requests are blocked (UR).
 */
static enum iommu_status answer_for(u8 fault, bool *record)
{
	*record = true;
	switch (fault) {
	case VTD_FR_ROOT_ACC:
	case VTD_FR_ROOT_RSVD:
	case VTD_FR_CTX_ACC:
	case VTD_FR_CTX_RSVD:
	case VTD_FR_CTX_INV:
	case VTD_FR_PDE_ACC:
	case VTD_FR_PDE_RSVD:
	case VTD_FR_PE_ACC:
	case VTD_FR_PE_RSVD:
	case VTD_FR_PE_INV:
	case VTD_FR_SS_ACC:
	case VTD_FR_SS_RSVD:
	case VTD_FR_SS_TOP:
	case VTD_FR_SS_AD_SNOOP:
	case VTD_FR_SS_AD_FAIL:
	case VTD_FR_MSI_OUT:
	case VTD_FR_L_ROOT_ACC:
	case VTD_FR_L_CTX_ACC:
	case VTD_FR_L_ROOT_RSVD:
	case VTD_FR_L_CTX_RSVD:
	case VTD_FR_L_CTX_INV:
	case VTD_FR_L_TABLE:
	case VTD_FR_L_PTE_RSVD:
	case VTD_FR_L_MSI_OUT:
		return IOMMU_ABORT;
	case VTD_FR_FS_AD_FAIL:
		return IOMMU_NO_ACCESS;
	case VTD_FR_PDE_P:
	case VTD_FR_PE_P:
	case VTD_FR_SRE:
	case VTD_FR_FS_ACC:
	case VTD_FR_FS_P:
	case VTD_FR_FS_RSVD:
	case VTD_FR_FS_TOP:
	case VTD_FR_FS_WIDTH:
	case VTD_FR_SS_TOP_READ:
	case VTD_FR_SS_TABLE_READ:
	case VTD_FR_SS_TABLE_WRITE:
	case VTD_FR_SS_P:
	case VTD_FR_CANONICAL:
	case VTD_FR_USER:
	case VTD_FR_HAW:
	case VTD_FR_SS_WIDTH:
	case VTD_FR_WRITE:
	case VTD_FR_READ:
	case VTD_FR_FS_AD_SNOOP:
	case VTD_FR_L_WIDTH:
	case VTD_FR_L_WRITE:
	case VTD_FR_L_READ:
		*record = false;
		return IOMMU_NO_ACCESS;
	default:
		return IOMMU_UNSUPPORTED;
	}
}

static void fail(struct xlat *x, u8 fault)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;
	struct iommu *u = x->u;
	enum iommu_status status;
	bool record;

	if (u->ttm == VTD_TTM_LEGACY)
		fault = legacy_reason(x, fault);
	status = answer_for(fault, &record);
	if (req->at != IOMMU_TRANSLATION) {
		status = IOMMU_UNSUPPORTED;
		record = true;
	}
	r->status = (u8)status;
	r->fault = fault;
	r->len = 0;
	r->perms = 0;
	u->count.faults++;
	if (status == IOMMU_NO_ACCESS)
		u->count.no_access++;
	page_done(x, false, x->extra_reads_ps + x->w.ps);
	if (record)
		record_fault(u, &(struct fault_info){
					.addr = req->addr,
					.pasid = req->pasid,
					.sid = req->sid,
					.reason = fault,
					.at = req->at,
					.read = !(req->access & IOMMU_W),
					.priv = req->priv,
					.exec = req->exec,
					.fpd = x->l.fpd,
				});
}

/* ---- tables ---- */

/* Steps 1 - 5, once per request; 0 or the fault reason. */
static u8 look_up(struct xlat *x)
{
	struct iommu *u = x->u;
	struct lookup *l = &x->l;
	u8 fault;

	if (x->looked_up)
		return 0;
	l->fpd = l->dry = false;
	l->fault = 0;
	l->reads = 0;
	l->ps = 0;
	fault = find_context(u, x->req->sid, l);
	if (!fault && l->ctx->legacy && l->ctx->tt != VTD_TT_ALL &&
	    x->req->at != IOMMU_UNTRANSLATED)
		fault = VTD_FR_L_TT;
	if (!fault && x->req->at != IOMMU_UNTRANSLATED && !l->ctx->dte)
		fault = VTD_FR_DTE;
	if (!fault)
		fault = find_pasid(u, x->req->sid, x->req->pasid, l);
	x->extra_reads_ps = l->ps;
	u->count.table_reads += l->reads;
	x->reply->reads += l->reads;
	if (!fault && x->req->priv && x->req->pasid != IOMMU_NO_PASID && !l->pi->sre &&
	    (l->pi->pgtt == VTD_PGTT_FIRST || l->pi->pgtt == VTD_PGTT_NESTED))
		fault = VTD_FR_SRE;
	if (fault)
		return fault;
	x->looked_up = true;
	x->who_entry = (x->who & ~TLB_PASID) | SPEC_PREP(TLB_PASID, l->pasid) |
		       SPEC_PREP(TLB_DID, l->pi->did);
	return 0;
}

static inline void walk_init(struct xlat *x, struct walk *w, bool dry)
{
	w->u = x->u;
	w->pi = x->l.pi;
	w->pasid = x->l.pasid;
	w->dry = dry;
	w->write = x->write;
	w->priv = x->req->pasid == IOMMU_NO_PASID ? x->l.ctx->rid_priv : x->priv;
	w->fault = 0;
	w->reads = 0;
	w->ps = 0;
	w->cache_hits = w->cache_lookups = 0;
	w->user_denied = false;
	w->fs.leaf = w->ss.leaf = NULL;
}

/* Flags as an IOTLB entry of this requester holds them. */
static inline u64 entry_flags(const struct xlat *x, u64 flags)
{
	if (x->req->pasid == IOMMU_NO_PASID && x->l.ctx->rid_priv)
		flags = (flags & ~(TLB_UR | TLB_UW)) | (flags & (TLB_SR | TLB_SW)) >> 2;
	return x->l.ctx->dte ? flags | TLB_DTE : flags;
}

/* @n walks, each with these numbers. */
static inline void count_walks(struct xlat *x, u32 n, u32 reads, u32 lookups, u32 hits)
{
	struct iommu_counts *c = &x->u->count;

	c->walks += n;
	c->table_reads += (u64)n * reads;
	c->walk_cache_lookups += (u64)n * lookups;
	c->walk_cache_hits += (u64)n * hits;
	x->reply->walks += n;
	x->reply->reads += n * reads;
}

/* A missing permission, by section 3.6.1 in the order U/S, write, read. */
static u8 permission_fault(const struct xlat *x, u64 flags)
{
	if (!x->w.priv && x->w.user_denied)
		return VTD_FR_USER;
	if (x->req->access & IOMMU_W && !(flags & (x->priv ? TLB_SW : TLB_UW)))
		return VTD_FR_WRITE;
	return VTD_FR_READ;
}

/* ---- runs ---- */

/*
 * Moves one stage from the page at @from to the next one at @to without a walk: same leaf, or the
 * entry behind it says the same for the next frame. Sets accessed and dirty bits where the walk
 * could.
 */
static inline bool stage_step(struct iommu *u, struct stage *s, u64 from, u64 to, bool write)
{
	u64 want, have, *next;

	if (!s->leaf || !((from ^ to) >> s->shift))
		return true;
	if (((size_t)s->leaf & 0xff8) == 0xff8)
		return false;
	next = s->leaf + 1;
	want = s->raw + (1ull << s->shift);
	have = *next | s->marks;
	if ((have ^ want) & ~(write ? 0 : s->dirty))
		return false;
	if (have != *next) {
		*next = have;
		u->count.ad_updates++;
	}
	s->leaf = next;
	s->raw = have;
	return true;
}

static inline bool stage_dirty(const struct stage *s)
{
	return !s->leaf || !s->dirty || s->raw & s->dirty;
}

/* The next page's entries, if they continue the run; guest-physical in between when nested. */
static inline bool next_entries(struct xlat *x, u64 va)
{
	struct walk *w = &x->w;
	u64 prev = va - (1ull << w->shift);

	if (!x->stages || x->u->mem->faults)
		return false;
	if (!w->fs.leaf)
		return stage_step(x->u, &w->ss, prev, va, x->write);
	if (w->ss.leaf) {
		u64 mask = (1ull << w->fs.shift) - 1;
		u64 from = (w->fs.raw & VTD_PT_ADDR & ~mask) | (prev & mask), to;

		if (!stage_step(x->u, &w->fs, prev, va, x->write))
			return false;
		to = (w->fs.raw & VTD_PT_ADDR & ~mask) | (va & mask);
		return stage_step(x->u, &w->ss, from, to, x->write);
	}
	return stage_step(x->u, &w->fs, prev, va, x->write);
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
 * The common case of run(), page by page as well: 4 KiB pages whose entries lie side by side, all
 * of them IOTLB misses. Returns the number of pages done, at most @max.
 */
static u32 run_quick(struct xlat *x, u64 va, u64 pa, u32 max, u64 flags)
{
	struct walk *w = &x->w;
	struct iommu *u = x->u;
	struct iommu_reply *r = x->reply;
	u64 fs_keep = ~(x->write ? 0 : w->fs.dirty), ss_keep = ~(x->write ? 0 : w->ss.dirty);
	u64 fs_dirty = w->fs.dirty, ss_dirty = w->ss.dirty;
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
	    (pa >> 21) == (VTD_MSI_BASE >> 21) || (va >> 21) == (VTD_MSI_BASE >> 21))
		return 0;
	if ((t->by_size[1] && tlb_find_size(&v, va >> 21, 1)) ||
	    (t->by_size[2] && tlb_find_size(&v, va >> 30, 2)))
		return 0;
	return (u32)(left < table ? left : table);
}

/*
 * Extends the run over the pages from @va, a page boundary that would continue it at @pa, to the
 * page of
 * @last; returns where it ends. Nothing is recorded for the page at which it stops.
 */
static u64 run(struct xlat *x, u64 va, u64 pa, u64 last, u64 flags)
{
	struct iommu *u = x->u;
	struct iommu_reply *r = x->reply;
	u32 lookups = 0;

	while (va && va <= last && r->pages < RUN_PAGES_MAX && !in_msi_range(pa)) {
		u32 quick = quick_pages(x, va, pa, last);
		struct walk *w = &x->w;
		struct tlb_entry *e;
		u64 marked = u->count.ad_updates, service;

		if (in_msi_range(va) && x->req->pasid == IOMMU_NO_PASID)
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
			u32 shift = size_shift[e->page >> 62];
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
		if (look_up(x))
			break;
		if (!next_entries(x, va)) {
			if (!walk_next(x, va, pa, flags, false))
				break;
		} else if (!x->warm) {
			if (!walk_next(x, va, pa, flags, true))
				break;
		}
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

/* ---- requests ---- */

/* Remapping off: requests pass unless protected memory regions are in the way (section 11.4.6). */
static bool protected_region(const struct iommu *u, u64 addr)
{
	if (!(reg32(u, VTD_REG_PMEN) & VTD_PMEN_EPM))
		return false;
	if (u->cfg.cap & VTD_CAP_PLMR && addr >= reg32(u, VTD_REG_PLMBASE) &&
	    addr <= (reg32(u, VTD_REG_PLMLIMIT) | 0xfffffu))
		return true;
	return u->cfg.cap & VTD_CAP_PHMR && addr >= reg64(u, VTD_REG_PHMBASE) &&
	       addr <= (reg64(u, VTD_REG_PHMLIMIT) | 0xfffffu);
}

static void identity(struct xlat *x)
{
	struct iommu_reply *r = x->reply;

	r->status = IOMMU_OK;
	r->pa = x->req->addr;
	r->len = x->req->len;
	r->perms = IOMMU_R | IOMMU_W;
	r->page_shift = 30;
	page_done(x, true, 0);
}

/*
 * Section 3.15, table 15: a request without PASID to 0xFEEx_xxxx is never DMA. True when it has
 * been answered.
 */
static bool interrupt_range(struct xlat *x)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;

	if (req->at == IOMMU_TRANSLATION) {
		bool nw = req->no_write;

		r->status = nw ? IOMMU_NO_ACCESS : IOMMU_OK;
		r->perms = nw ? 0 : IOMMU_W;
		r->untranslated_only = !nw;
		r->pa = req->addr;
		r->len = nw ? 0 : MEM_PAGE - (req->addr & (MEM_PAGE - 1));
		r->page_shift = 12;
	} else if (req->access == IOMMU_W && req->len == 4 && !(req->addr & 3)) {
		r->status = IOMMU_INTERRUPT;
		return true;
	} else if (!req->len && !(req->access & IOMMU_W)) {
		r->status = IOMMU_OK; /* zero-length read: completes, data meaningless */
		r->pa = req->addr;
		x->u->count.zero_reads++;
	} else {
		fail(x, VTD_FR_IR_REQUEST);
		return true;
	}
	page_done(x, true, 0);
	return true;
}

/* AT = translated: the address is physical already (section 4.2.4). */
static void translated(struct xlat *x)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;
	struct lookup *l = &x->l;
	u8 fault;

	l->fpd = l->dry = false;
	l->fault = 0;
	l->reads = 0;
	l->ps = 0;
	fault = find_context(x->u, req->sid, l);
	if (!fault && l->ctx->legacy && l->ctx->tt != VTD_TT_ALL)
		fault = VTD_FR_L_TT;
	else if (!fault && !l->ctx->dte)
		fault = VTD_FR_DTE;
	if (!fault && req->pasid != IOMMU_NO_PASID && !l->ctx->eptr)
		fault = l->ctx->legacy ? VTD_FR_L_PASID : VTD_FR_EPTR;
	if (!fault && in_msi_range(req->addr))
		fault = VTD_FR_MSI_OUT;
	if (!fault && req->addr >> x->u->cfg.haw)
		fault = x->u->ttm == VTD_TTM_LEGACY ? VTD_FR_L_WIDTH : VTD_FR_HAW;
	x->u->count.table_reads += l->reads;
	r->reads += l->reads;
	x->extra_reads_ps = l->ps;
	if (fault) {
		fail(x, fault);
		return;
	}
	r->status = IOMMU_OK;
	r->pa = req->addr;
	r->len = req->len;
	r->perms = IOMMU_R | IOMMU_W;
	r->page_shift = 12;
	page_done(x, !l->reads, l->ps);
}

/* Fills the reply from the first page's @flags and extends the run behind it. */
static void answer(struct xlat *x, u64 page_pa, u32 shift, u64 flags)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;
	u64 mask = (1ull << shift) - 1, end, last;

	r->pa = page_pa | (req->addr & mask);
	r->perms = (u8)perms_of(x, flags);
	r->page_shift = (u8)shift;
	r->snoop = flags & TLB_SNOOP;
	r->priv = req->priv && req->pasid != IOMMU_NO_PASID;
	r->status = IOMMU_OK;
	last = req->addr + req->len - 1;
	if (last < req->addr)
		last = ~0ull;
	end = (req->addr | mask) + 1;
	if (last > (req->addr | mask))
		end = run(x, end, page_pa + mask + 1, last, flags);
	r->len = end && end <= last ? end - req->addr : last - req->addr + 1;
}

/* The first page missed: walk it, fail or answer. */
static void first_walk(struct xlat *x)
{
	const struct iommu_req *req = x->req;
	struct walk *w = &x->w;
	u64 flags;
	u8 fault = look_up(x);

	w->ps = 0;
	if (fault) {
		fail(x, fault);
		return;
	}
	walk_init(x, w, false);
	walk_page(w, req->addr);
	count_walks(x, 1, w->reads, w->cache_lookups, w->cache_hits);
	if (w->fault) {
		fail(x, w->fault);
		return;
	}
	flags = entry_flags(x, w->flags);
	if ((flags & x->need) != x->need || !perms_of(x, flags)) {
		fail(x, permission_fault(x, flags));
		return;
	}
	x->stages = w->fs.leaf || w->ss.leaf;
	x->step_reads = w->reads;
	x->step_ps = w->ps;
	x->mark_ps = w->reads ? w->ps / w->reads : 0;
	tlb_put(x, req->addr, w->pa, w->shift, flags);
	page_done(x, false, x->extra_reads_ps + w->ps);
	answer(x, w->pa & ~((1ull << w->shift) - 1), w->shift, flags);
}

static u32 needed(const struct iommu *u, const struct iommu_req *req)
{
	u32 need = req->access & (IOMMU_R | IOMMU_W);

	/* A translation request is answered with what there is; so is a zero-length read with
	 * CAP.ZLR. */
	if (req->at == IOMMU_TRANSLATION)
		return 0;
	if (!req->len)
		return u->cfg.cap & VTD_CAP_ZLR ? 0 : req->priv ? TLB_SR : TLB_UR;
	return req->priv ? need << 2 : need;
}

/* Everything that does not simply look into the IOTLB. True when the request has been answered. */
static bool special(struct xlat *x)
{
	const struct iommu_req *req = x->req;
	struct iommu *u = x->u;

	if (req->exec) {
		fail(x, SPEC_GET(VTD_VER_MAJOR, u->cfg.version) >= 8 ? VTD_FR_EXEC_V8
			: u->ttm == VTD_TTM_LEGACY		     ? VTD_FR_L_TT
								     : VTD_FR_EXEC);
		return true;
	}
	if (req->pasid == IOMMU_NO_PASID && in_msi_range(req->addr) &&
	    req->at != IOMMU_TRANSLATED && (u->te || req->at == IOMMU_UNTRANSLATED))
		return interrupt_range(x);
	if (!u->te) {
		if (req->at == IOMMU_UNTRANSLATED && !protected_region(u, req->addr)) {
			identity(x);
		} else { /* no reason code exists for it: nothing to record */
			x->reply->status = IOMMU_UNSUPPORTED;
			page_done(x, true, 0);
		}
		return true;
	}
	if (req->at == IOMMU_TRANSLATED) {
		translated(x);
		return true;
	}
	return false;
}

void iommu_translate(struct iommu *u, const struct iommu_req *req, struct iommu_reply *reply)
{
	bool pv = req->pasid != IOMMU_NO_PASID;
	struct tlb_entry *e;
	struct xlat x; /* not cleared as a whole: it is large */

	*reply = (struct iommu_reply){.epoch = u->inv_issued};
	x.u = u;
	x.req = req;
	x.reply = reply;
	x.priv = pv && req->priv;
	x.looked_up = x.warm = x.stages = false;
	x.extra_reads_ps = 0;
	x.w.ps = 0;
	x.w.priv = x.w.user_denied = false;
	x.l.fpd = false;
	u->count.requests++;
	if (!u->te || req->at == IOMMU_TRANSLATED || req->exec ||
	    (!pv && in_msi_range(req->addr))) {
		if (special(&x)) {
			u->count.pages += reply->pages;
			return;
		}
	}
	/* ECAP.NWFS clear: the no-write flag of translation requests is ignored. */
	x.write = req->at == IOMMU_TRANSLATION ? !(req->no_write && u->cfg.ecap & VTD_ECAP_NWFS)
					       : !!(req->access & IOMMU_W);
	x.need = needed(u, req);
	x.who = TLB_VALID | req->sid | (pv ? TLB_PV | (u64)(req->pasid & VTD_PASID_MAX) << 16 : 0);
	x.who_mask = TLB_VALID | TLB_SID | TLB_PV | (pv ? TLB_PASID : 0);
	x.who_hash = (u32)((x.who * 0x9e3779b97f4a7c15ull) >> 40);
	u->count.iotlb_lookups++;
	e = pv && req->pasid > VTD_PASID_MAX ? NULL : tlb_find(&x, req->addr);
	if (e && tlb_serves(&x, e->pa)) {
		page_done(&x, true, 0);
		answer(&x, e->pa & TLB_ADDR, size_shift[e->page >> 62], e->pa & TLB_FLAGS);
	} else {
		if (e)
			iotlb_drop(&u->iotlb, e);
		first_walk(&x);
	}
	u->count.iotlb_hits += reply->iotlb_hits;
	u->count.pages += reply->pages;
}

/* ---- stale translations ---- */

static bool inv_covers(const struct inv_log *i, const struct iommu_use *use)
{
	bool pv = use->pasid != IOMMU_NO_PASID;

	if (i->sid != use->sid)
		return false;
	if (!i->all && (i->pv != pv || (pv && i->pasid != use->pasid)))
		return false;
	return i->size == ~0ull || use->addr - i->addr < i->size;
}

/* Has an invalidation that covers @use been issued after the translation and seen to complete? */
static bool invalidated(const struct iommu *u, const struct iommu_use *use)
{
	if (u->epochs.completed <= use->epoch)
		return false;
	if (u->inv_issued - use->epoch > INV_LOG)
		return true; /* too long ago to know; whoever still holds it has not re-checked it
			      */
	for (u64 seq = use->epoch; seq < u->epochs.completed; seq++) {
		if (inv_covers(&u->log[seq % INV_LOG], use))
			return true;
	}
	return false;
}

enum iommu_stale iommu_check(struct iommu *u, const struct iommu_use *use)
{
	struct iommu_req req = {.addr = use->addr, .pasid = use->pasid, .sid = use->sid};
	struct xlat x = {.u = u, .req = &req, .priv = use->priv, .write = false};
	u64 flags, w_bit = use->priv ? TLB_SW : TLB_UW;
	u64 r_bit = use->priv ? TLB_SR : TLB_UR;
	bool same = false;

	if (!u->te)
		return (use->addr ^ use->pa) >> 12 ? IOMMU_CHANGED : IOMMU_FRESH;
	x.l.dry = true;
	if (!find_context(u, use->sid, &x.l) && !find_pasid(u, use->sid, use->pasid, &x.l)) {
		walk_init(&x, &x.w, true);
		walk_page(&x.w, use->addr);
		if (!x.w.fault) {
			flags = entry_flags(&x, x.w.flags);
			same = !((x.w.pa ^ use->pa) >> 12) && flags & (use->write ? w_bit : r_bit);
		}
	}
	if (same)
		return IOMMU_FRESH;
	return invalidated(u, use) ? IOMMU_STALE : IOMMU_CHANGED;
}
