// SPDX-License-Identifier: GPL-2.0
/* The checker's question: may a device still use this translation? */
#include "model/iommu/xlat.h"

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
