// SPDX-License-Identifier: GPL-2.0
/* Moving a device under its guest's feet: pause, resume, revoked interrupt handles. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "vdev_priv.h"

/* ---- pausing ---- */

void vdev_begin_pause(struct vdev *v, struct vdev_kept *kept, u32 max)
{
	v->kept = kept;
	v->kept_first = 0;
	v->nr_kept = 0;
	v->max_kept = max;
	v->paused = true;
}

/* With v->cmd_lock held: work that was submitted straight is done, on a device that can do any. */
static int vdev_finish_work(struct vdev *v)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++)
		if (v->wq[i].enabled && vdev_state(v) != DSA_STATE_HALT && vdev_drain(v, i) &&
		    vdev_state(v) != DSA_STATE_HALT)
			return -EIO;
	return 0;
}

/* Ends a pause, and nothing that was held or kept is behind what comes now. */
static void vdev_unpause(struct vdev *v)
{
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	v->left = false;
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	vdev_submit_kept(v);
	vdev_portals_changed(v);
	wake_up_all(&v->wait);
}

int vdev_pause(struct vdev *v)
{
	struct vdev_kept *kept;
	bool already;
	u32 max;
	int rc;

	if (!v->ops->portals)
		return -EOPNOTSUPP;
	rc = vdev_alloc_kept(v, &kept, &max);
	if (rc)
		return rc;
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	already = v->paused;
	if (!already)
		vdev_begin_pause(v, kept, max);
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	if (already) {
		kfree(kept);
		return -EALREADY;
	}
	/* No command begins any more: the one that runs is the last. */
	wait_event(v->wait, !(vdev_reg(v, DSA_REG_CMDSTS) & DSA_CMDSTS_ACTIVE));
	mutex_lock(&v->cmd_lock);
	vdev_portals_changed(v);
	rc = vdev_finish_work(v);
	if (rc)
		vdev_unpause(v);
	mutex_unlock(&v->cmd_lock);
	return rc;
}

/* ---- going on ---- */

/* Queues that ran where the state comes from, tagged with what the guest's PASIDs are here. */
static int vdev_restart_queues(struct vdev *v)
{
	u32 i, code;

	for (i = 0; i < v->nr_wqs; i++) {
		if (!v->wq[i].resumes)
			continue;
		code = vdev_start_wq(v, i);
		if (code)
			return code == DSA_CMDERR_WQ_PASID ? -ENOENT : -EIO;
		v->wq[i].resumes = false;
	}
	return 0;
}

static bool vdev_any_handle(const struct vdev *v)
{
	u32 i;

	for (i = 1; i < v->nr_vectors; i++)
		if (v->vector[i].handle_given)
			return true;
	return false;
}

/* Handles of this device's slots; whether any is not what the guest knows. */
static bool vdev_renew_handles(struct vdev *v)
{
	bool changed = false;
	u32 i, handle;

	for (i = 1; i < v->nr_vectors; i++) {
		struct vdev_vector *vec = &v->vector[i];

		if (!vec->handle_given)
			continue;
		if (v->be->ops->ims_request_handle(v->be, vec->slot, &handle)) {
			vec->handle_given = false;
			changed = true;
			continue;
		}
		changed |= vec->handle != handle;
		vec->handle = handle;
	}
	return changed;
}

static void vdev_report_revoked(struct vdev *v)
{
	mutex_lock(&v->lock);
	vdev_cause(v, DSA_INTCAUSE_HANDLE_REVOKED);
	mutex_unlock(&v->lock);
}

int vdev_resume(struct vdev *v)
{
	bool revoked = false;
	int rc = -EINVAL;

	mutex_lock(&v->cmd_lock);
	if (v->paused)
		rc = v->loaded ? vdev_restart_queues(v) : 0;
	if (rc) {
		mutex_unlock(&v->cmd_lock);
		return rc;
	}
	if (v->loaded) {
		vdev_tag_slots(v);
		mutex_lock(&v->lock);
		vdev_sync_slots(v);
		mutex_unlock(&v->lock);
		revoked = vdev_renew_handles(v);
		v->loaded = false;
	} else if (v->handles_void) {
		revoked = vdev_any_handle(v);
		vdev_renew_handles(v);
	}
	v->handles_void = false;
	vdev_unpause(v);
	if (revoked)
		vdev_report_revoked(v);
	mutex_unlock(&v->cmd_lock);
	return 0;
}

void vdev_leave(struct vdev *v)
{
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	v->left = true;
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	wake_up_all(&v->wait);
}

/* ---- interrupt handles ---- */

/* A new slot in place of the vector's, tagged and masked as it is. The old one: *@slot, or -1. */
static int vdev_move_slot(struct vdev *v, u32 vector, int *slot)
{
	struct vdev_vector *vec = &v->vector[vector];
	u32 old_handle = vec->handle;
	int fresh = v->be->ops->ims_alloc(v->be, vector);

	*slot = -1;
	if (fresh < 0)
		return fresh;
	mutex_lock(&v->lock);
	*slot = vec->slot;
	vec->slot = fresh;
	vec->slot_masked = true;
	vec->handle_given = false;
	mutex_unlock(&v->lock);
	vdev_tag_slot(v, vector);
	mutex_lock(&v->lock);
	vdev_sync_slots(v);
	mutex_unlock(&v->lock);
	v->be->ops->ims_release_handle(v->be, old_handle);
	return 0;
}

/* Descriptors with an old handle end with an error from here on, and are the guest's to repeat. */
int vdev_revoke_handles(struct vdev *v)
{
	int old[VDEV_VECTORS_MAX], rc = vdev_begin(v);
	bool any = false;
	u32 i;

	if (rc)
		return rc;
	for (i = 1; i < v->nr_vectors; i++) {
		old[i] = -1;
		if (v->vector[i].handle_given && !rc)
			rc = vdev_move_slot(v, i, &old[i]);
		any |= old[i] >= 0;
	}
	for (i = 1; i < v->nr_vectors; i++)
		if (old[i] >= 0)
			v->be->ops->ims_free(v->be, old[i]);
	if (any)
		vdev_report_revoked(v);
	mutex_unlock(&v->cmd_lock);
	return rc;
}

void vdev_handles_void(struct vdev *v)
{
	mutex_lock(&v->cmd_lock);
	/* Those of a loaded state are another device's; it asks for its own when it goes on. */
	v->handles_void = (v->paused || v->left) && !v->loaded;
	if (!v->paused && !v->left && vdev_any_handle(v)) {
		vdev_renew_handles(v);
		vdev_report_revoked(v);
	}
	mutex_unlock(&v->cmd_lock);
}
