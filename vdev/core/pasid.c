// SPDX-License-Identifier: GPL-2.0
/* The guest's PASIDs: what they are on the host, whose interrupts they may fire, and whose work. */
#include <linux/errno.h>
#include "vdev_priv.h"

int vdev_host_pasid(struct vdev *v, u32 pasid, u32 *host)
{
	if (!pasid) {
		*host = READ_ONCE(v->pasid);
		return READ_ONCE(v->has_pasid) ? 0 : -ENOENT;
	}
	if (!v->cfg.sva || !v->ops->host_pasid || v->ops->host_pasid(v->ctx, pasid, host))
		return -ENOENT;
	/* PASID 0 is the physical function's own, never a guest's. */
	return *host && *host <= DSA_PASID_MAX ? 0 : -ENOENT;
}

/* ---- interrupt slots ---- */

/*
 * The check that a slot makes: only this device's descriptors may fire it, and with PASIDs of the
 * guest's own only those of the one it says. PASID 0 is nobody's: what cannot be found is silent.
 */
int vdev_tag_slot(struct vdev *v, u32 vector)
{
	bool enable = v->has_pasid;
	u32 perm, host = enable ? v->pasid : 0;

	mutex_lock(&v->lock);
	perm = vdev_reg(v, vdev_perm(vector));
	mutex_unlock(&v->lock);
	if (v->cfg.sva && perm & DSA_MSIXPERM_PASID_EN) {
		enable = true;
		if (vdev_host_pasid(v, SPEC_GET(DSA_MSIXPERM_PASID, perm), &host))
			host = 0;
	}
	return v->be->ops->ims_set_pasid(v->be, v->vector[vector].slot, host, enable);
}

int vdev_tag_slots(struct vdev *v)
{
	int rc = 0, err;
	u32 i;

	for (i = 1; i < v->nr_vectors; i++) {
		err = vdev_tag_slot(v, i);
		rc = rc ? rc : err;
	}
	return rc;
}

/* ---- work ---- */

static u32 vdev_drain_pasid(struct vdev *v, u32 host, bool abort)
{
	u32 error = 0;
	int rc = v->be->ops->pasid_command(v->be, host, abort, &error);

	return vdev_error_code(rc, error);
}

/* By PASID nobody waits for another's work; the guest has submitted under all that it has. */
static u32 vdev_drain_share(struct vdev *v)
{
	u32 pasid, host, code = DSA_CMDERR_SUCCESS;

	if (v->has_pasid)
		code = vdev_drain_pasid(v, v->pasid, false);
	for (pasid = 1; !code && pasid <= DSA_PASID_MAX; pasid++) {
		if (v->ops->next_pasid(v->ctx, &pasid, &host))
			break;
		code = vdev_drain_pasid(v, host, false);
	}
	return code;
}

u32 vdev_drain(struct vdev *v, u32 wq)
{
	u32 error = 0;
	int rc;

	if (!v->wq[wq].facts.dedicated && v->ops->next_pasid && !v->cfg.drain_whole_queue)
		return vdev_drain_share(v);
	rc = v->be->ops->wq_command(v->be, wq, VDEV_WQ_DRAIN, &error);
	return vdev_error_code(rc, error);
}

u32 vdev_pasid_command(struct vdev *v, u32 pasid, bool abort)
{
	u32 host;

	/* No descriptor carries what has no translation. */
	if (!v->cfg.sva || vdev_host_pasid(v, pasid, &host))
		return DSA_CMDERR_SUCCESS;
	return vdev_drain_pasid(v, host, abort);
}

/* A queue that the PASID tagged would go on under it; a share only has work of it. */
static void vdev_pasid_leaves_queues(struct vdev *v, u32 pasid, u32 host)
{
	bool shared = false;
	u32 i;

	for (i = 0; i < v->nr_wqs; i++) {
		if (!v->wq[i].facts.dedicated)
			shared = true;
		else if (v->wq[i].enabled && v->wq[i].own_pasid && v->wq[i].pasid == pasid)
			vdev_stop_wq(v, i, VDEV_WQ_RESET);
	}
	if (shared)
		vdev_drain_pasid(v, host, false);
}

/* As vdev_begin(), also at the end: what is under way ends before its translation does. */
static void vdev_begin_gone(struct vdev *v)
{
	if (!vdev_begin(v))
		return;
	mutex_lock(&v->cmd_lock);
}

void vdev_pasid_gone(struct vdev *v, u32 pasid, u32 host)
{
	u32 i, perm;

	if (!v->cfg.sva || !pasid)
		return;
	vdev_begin_gone(v);
	/* Trapped stores that found the translation are through. */
	mutex_lock(&v->store_lock);
	mutex_unlock(&v->store_lock);
	vdev_pasid_leaves_queues(v, pasid, host);
	for (i = 1; i < v->nr_vectors; i++) {
		perm = vdev_reg(v, vdev_perm(i));
		if (perm & DSA_MSIXPERM_PASID_EN && SPEC_GET(DSA_MSIXPERM_PASID, perm) == pasid)
			v->be->ops->ims_set_pasid(v->be, v->vector[i].slot, 0, true);
	}
	mutex_unlock(&v->cmd_lock);
}
