// SPDX-License-Identifier: GPL-2.0
/* Translation of requests: classes of requests (sections 3.15, 4), the first page, the answer. */
#include "model/iommu/xlat.h"
#include "sim/core/hint.h"

/* The last requester again: its entries are in both caches. */
static inline bool recall(struct xlat *x)
{
	struct iommu *u = x->u;
	const struct config_memo *m = &u->memo;

	if (!m->ctx || m->sid != x->req->sid || m->wanted != x->req->pasid)
		return false;
	u->count.context_lookups++;
	u->count.context_hits++;
	u->count.pasid_lookups++;
	u->count.pasid_hits++;
	x->l.ctx = m->ctx;
	x->l.pi = m->pi;
	x->l.pasid = m->pasid;
	x->l.fpd = m->ctx->fpd || m->pi->fpd;
	return true;
}

static inline void remember(struct xlat *x)
{
	const struct lookup *l = &x->l;

	/* What had to be read stands in the request's own buffers. */
	if (l->ctx == &l->ctx_read || l->pi == &l->pi_read)
		return;
	x->u->memo = (struct config_memo){
		.ctx = l->ctx,
		.pi = l->pi,
		.wanted = x->req->pasid,
		.pasid = l->pasid,
		.sid = x->req->sid,
	};
}

/* Steps 1 - 5 of the walk (sections 3.4, 9): the entries above the page tables. */
u8 xlat_look_up(struct xlat *x)
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
	l->pi = NULL;
	fault = recall(x) ? 0 : find_context(u, x->req->sid, l);
	if (!fault && x->req->at != IOMMU_UNTRANSLATED && !l->ctx->dte)
		fault = l->ctx->legacy ? VTD_FR_L_TT : VTD_FR_DTE;
	if (!fault && !l->pi) {
		fault = find_pasid(u, x->req->sid, x->req->pasid, l);
		if (!fault)
			remember(x);
	}
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

/* A missing permission, by section 3.6.1 in the order U/S, write, read. */
static u8 permission_fault(const struct xlat *x, u64 flags)
{
	if (!x->w.priv && x->w.user_denied)
		return VTD_FR_USER;
	if (x->req->access & IOMMU_W && !(flags & (x->priv ? TLB_SW : TLB_UW)))
		return VTD_FR_WRITE;
	return VTD_FR_READ;
}

/* Remapping off: requests pass unless protected memory regions are in the way (section 11.4.6). */
static bool protected_region(const struct iommu *u, u64 addr, u64 *end)
{
	const struct {
		u64 cap, base, limit;
	} region[2] = {
		{VTD_CAP_PLMR, reg32(u, VTD_REG_PLMBASE), reg32(u, VTD_REG_PLMLIMIT)},
		{VTD_CAP_PHMR, reg64(u, VTD_REG_PHMBASE), reg64(u, VTD_REG_PHMLIMIT)},
	};

	if (!(reg32(u, VTD_REG_PMEN) & VTD_PMEN_EPM))
		return false;
	for (u32 i = 0; i < 2; i++) {
		if (!(u->cfg.cap & region[i].cap))
			continue;
		if (addr >= region[i].base && addr <= (region[i].limit | 0xfffff))
			return true;
		if (region[i].base > addr && region[i].base < *end)
			*end = region[i].base;
	}
	return false;
}

/* @end: the first address that is not to be passed on as it is. */
static void identity(struct xlat *x, u64 end)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;

	if (req->addr < VTD_MSI_BASE && end > VTD_MSI_BASE && req->pasid == IOMMU_NO_PASID)
		end = VTD_MSI_BASE;
	r->status = IOMMU_OK;
	r->pa = req->addr;
	r->len = req->len < end - req->addr ? req->len : end - req->addr;
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
		xlat_fail(x, VTD_FR_IR_REQUEST);
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
		xlat_fail(x, fault);
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
	if (!req->len) /* zero-length read: a translation, but no bytes */
		return;
	last = req->addr + req->len - 1;
	if (last < req->addr)
		last = ~0ull;
	end = (req->addr | mask) + 1;
	if (last > (req->addr | mask))
		end = xlat_run(x, end, page_pa + mask + 1, last, flags);
	r->len = end && end <= last ? end - req->addr : last - req->addr + 1;
}

/* The first page missed: walk it, fail or answer. */
static void first_walk(struct xlat *x)
{
	const struct iommu_req *req = x->req;
	struct walk *w = &x->w;
	u64 flags;
	u8 fault = xlat_look_up(x);

	w->ps = 0;
	if (fault) {
		xlat_fail(x, fault);
		return;
	}
	walk_init(x, w, false);
	walk_page(w, req->addr);
	count_walks(x, 1, w->reads, w->cache_lookups, w->cache_hits);
	if (w->fault) {
		xlat_fail(x, w->fault);
		return;
	}
	flags = entry_flags(x, w->flags);
	if ((flags & x->need) != x->need || !perms_of(x, flags)) {
		xlat_fail(x, permission_fault(x, flags));
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
		xlat_fail(x, SPEC_GET(VTD_VER_MAJOR, u->cfg.version) >= 8 ? VTD_FR_EXEC_V8
			     : u->ttm == VTD_TTM_LEGACY			  ? VTD_FR_L_TT
									  : VTD_FR_EXEC);
		return true;
	}
	if (req->pasid == IOMMU_NO_PASID && in_msi_range(req->addr) &&
	    req->at != IOMMU_TRANSLATED && (u->te || req->at == IOMMU_UNTRANSLATED))
		return interrupt_range(x);
	if (!u->te) {
		u64 end = ~0ull;

		if (req->at == IOMMU_UNTRANSLATED && !protected_region(u, req->addr, &end)) {
			identity(x, end);
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

static inline u32 who_hash(u64 who)
{
	return (u32)((who * 0x9e3779b97f4a7c15ull) >> 40);
}

/*
 * Most requests: with a PASID, within one 4 KiB page, and the IOTLB can answer. False: nothing has
 * been done, take the general way. The outcome is that of the general way.
 */
static inline bool quick_hit(struct iommu *u, const struct iommu_req *req,
			     struct iommu_reply *reply)
{
	bool translation = req->at == IOMMU_TRANSLATION, write;
	u32 rights = req->priv ? 2 : 0, perms, size; /* supervisor's stand above user's */
	struct tlb_entry *e;
	struct xlat x; /* only what the look-up reads */
	u64 t, mask, need;

	if (!u->te || req->at == IOMMU_TRANSLATED || req->exec || req->pasid > VTD_PASID_MAX ||
	    req->len - 1 >= MEM_PAGE - (req->addr & (MEM_PAGE - 1)))
		return false;
	x.u = u;
	x.who = TLB_VALID | req->sid | TLB_PV | (u64)req->pasid << 16;
	x.who_mask = TLB_VALID | TLB_SID | TLB_PV | TLB_PASID;
	x.who_hash = who_hash(x.who);
	x.who_entry = 0;
	e = tlb_find(&x, req->addr);
	if (!e)
		return false;
	/* As tlb_serves() and perms_of(). */
	perms = (u32)(e->pa >> rights) & (IOMMU_R | IOMMU_W);
	if (translation) {
		write = !(req->no_write && u->cfg.ecap & VTD_ECAP_NWFS);
		need = TLB_DTE;
	} else {
		write = req->access & IOMMU_W;
		need = (u64)(req->access & (IOMMU_R | IOMMU_W)) << rights;
	}
	if ((e->pa & need) != need || (write && perms & IOMMU_W && !(e->pa & TLB_DIRTY)))
		return false;
	if (translation && !write)
		perms &= IOMMU_R;
	if (!perms)
		return false;
	size = (u32)(e->page >> 62);
	mask = (1ull << size_shift(size)) - 1;
	t = req->now + u->hit_time;
	*reply = (struct iommu_reply){
		.pa = (e->pa & TLB_ADDR) | (req->addr & mask),
		.len = req->len,
		.first_done = t,
		.last_done = t,
		.epoch = u->inv_issued,
		.pages = 1,
		.iotlb_hits = 1,
		.status = IOMMU_OK,
		.perms = (u8)perms,
		.page_shift = (u8)size_shift(size),
		.snoop = e->pa & TLB_SNOOP,
		.priv = req->priv,
	};
	u->count.requests++;
	u->count.iotlb_lookups++;
	u->count.iotlb_hits++;
	u->count.pages++;
	return true;
}

static __attribute__((noinline)) void translate(struct iommu *u, const struct iommu_req *req,
						struct iommu_reply *reply)
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
	x.who_entry = 0;
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
	x.who_hash = who_hash(x.who);
	u->count.iotlb_lookups++;
	e = pv && req->pasid > VTD_PASID_MAX ? NULL : tlb_find(&x, req->addr);
	if (e && tlb_serves(&x, e->pa)) {
		page_done(&x, true, 0);
		answer(&x, e->pa & TLB_ADDR, size_shift(e->page >> 62), e->pa & TLB_FLAGS);
	} else {
		if (e)
			iotlb_drop(&u->iotlb, e);
		first_walk(&x);
	}
	u->count.iotlb_hits += reply->iotlb_hits;
	u->count.pages += reply->pages;
}

void sim_hot iommu_translate(struct iommu *u, const struct iommu_req *req,
			     struct iommu_reply *reply)
{
	if (!quick_hit(u, req, reply))
		translate(u, req, reply);
}
