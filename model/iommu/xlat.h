/* SPDX-License-Identifier: GPL-2.0 */
/* One translation request on its way: shared by the files that classify, walk, run and answer. */
#ifndef MODEL_IOMMU_XLAT_H
#define MODEL_IOMMU_XLAT_H

#include "model/iommu/iommu_int.h"
#include "model/iommu/iotlb.h"

#define TLB_PERMS (TLB_UR | TLB_UW | TLB_SR | TLB_SW)
/* What all pages of a run share. */
#define TLB_RUN_FLAGS (TLB_PERMS | TLB_SNOOP | TLB_PGTT)

static inline u32 size_shift(u32 size)
{
	return 12 + 9 * size;
}

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

/* Looks in the sets of every page size in use. */
static inline __attribute__((always_inline)) struct tlb_entry *tlb_find(const struct xlat *x,
									u64 addr)
{
	const struct iotlb *t = &x->u->iotlb;
	struct tlb_view v = tlb_view(x);

	for (u32 size = 0; size < 3; size++) {
		struct tlb_entry *e;

		if (!t->by_size[size])
			continue;
		e = tlb_find_size(&v, addr >> size_shift(size), size);
		if (e)
			return e;
	}
	return NULL;
}

static inline void tlb_put(const struct xlat *x, u64 addr, u64 pa, u32 shift, u64 flags)
{
	struct iotlb *t = &x->u->iotlb;
	struct tlb_view v = tlb_view(x);
	u32 victim;

	if (!t->sets)
		return;
	victim = tlb_place(&v, addr >> shift, shift_size(shift),
			   (pa & TLB_ADDR & ~((1ull << shift) - 1)) | flags);
	x->u->count.iotlb_evictions += victim < 3;
	if (victim == shift_size(shift))
		return;
	if (victim < 3)
		t->by_size[victim]--;
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

/* ---- walks ---- */

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

/* answer.c: ends the request with @fault, recorded if the class of request asks for it. */
void xlat_fail(struct xlat *x, u8 fault);
/* translate.c: steps 1 - 5 of the walk, once per request; 0 or the fault reason. */
u8 xlat_look_up(struct xlat *x);
/*
 * run.c: extends the run over the pages from @va, a page boundary that would continue it at @pa, to
 * the page of @last; returns where it ends. Nothing is recorded for the page at which it stops.
 */
u64 xlat_run(struct xlat *x, u64 va, u64 pa, u64 last, u64 flags);

#endif
