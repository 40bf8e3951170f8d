// SPDX-License-Identifier: GPL-2.0
/* A virtual device's life: composing, PASID, reset, errors from the physical device, the end. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "defect.h"
#include "vdev_priv.h"

/* ---- composing ---- */

int vdev_wait_resumed(struct vdev *v)
{
	/* A monitor that dies with its device paused takes those along who wait for it. */
	if (wait_event_killable(v->wait, !READ_ONCE(v->paused) || READ_ONCE(v->left)))
		return -EAGAIN;
	return READ_ONCE(v->left) ? -EAGAIN : 0;
}

int vdev_begin(struct vdev *v)
{
	for (;;) {
		mutex_lock(&v->cmd_lock);
		if (!v->paused && !v->left)
			return 0;
		mutex_unlock(&v->cmd_lock);
		if (vdev_wait_resumed(v))
			return -EAGAIN;
	}
}

int vdev_find_facts(struct vdev *v)
{
	u32 i, g;

	v->be->ops->device_facts(v->be, &v->facts);
	for (i = 0; i < v->nr_wqs; i++)
		v->be->ops->wq_facts(v->be, i, &v->wq[i].facts);
	v->nr_groups = 0;
	for (i = 0; i < v->nr_wqs; i++) {
		const struct vdev_wq_facts *f = &v->wq[i].facts;

		for (g = 0; g < v->nr_groups; g++)
			if (v->group[g].physical == f->group)
				break;
		if (g == VDEV_GROUPS_MAX)
			return -E2BIG;
		if (g == v->nr_groups) {
			v->group[g].physical = f->group;
			v->group[g].engines = f->engines;
			v->nr_groups++;
		}
		v->wq[i].group = g;
	}
	return 0;
}

static int vdev_check_queues(struct vdev *v)
{
	u32 i, error;
	int rc = vdev_find_facts(v);

	for (i = 0; i < v->nr_wqs; i++) {
		const struct vdev_wq_facts *f = &v->wq[i].facts;

		if (!f->size || f->group < 0 || !f->engines)
			return -EINVAL;
		if (f->dedicated)
			continue;
		if (!v->cfg.sva || v->be->ops->wq_command(v->be, i, VDEV_WQ_ENABLE, &error))
			return -EINVAL;
	}
	return rc;
}

static void vdev_free_slots(struct vdev *v)
{
	u32 i;

	for (i = 1; i < v->nr_vectors; i++) {
		if (v->vector[i].slot >= 0)
			v->be->ops->ims_free(v->be, v->vector[i].slot);
		v->vector[i].slot = -1;
	}
}

static int vdev_alloc_slots(struct vdev *v)
{
	u32 i;
	int slot;

	for (i = 1; i < v->nr_vectors; i++) {
		slot = v->be->ops->ims_alloc(v->be, i);
		if (slot < 0) {
			vdev_free_slots(v);
			return slot;
		}
		v->vector[i].slot = slot;
		v->vector[i].slot_masked = true;
	}
	return 0;
}

void vdev_init_images(struct vdev *v)
{
	mutex_lock(&v->lock);
	v->resets++;
	vdev_init_config(v);
	vdev_init_msix(v);
	vdev_init_registers(v);
	mutex_unlock(&v->lock);
}

int vdev_create(struct vdev_backend *be, const struct vdev_ops *ops, void *ctx,
		const struct vdev_cfg *cfg, struct vdev **out)
{
	struct vdev *v;
	u32 i;
	int rc;

	if (!be->nr_wqs || be->nr_wqs > VDEV_WQS_MAX)
		return -EINVAL;
	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->bar0 = kzalloc(VDEV_BAR0_SIZE, GFP_KERNEL);
	if (!v->bar0) {
		kfree(v);
		return -ENOMEM;
	}
	mutex_init(&v->cmd_lock);
	mutex_init(&v->lock);
	mutex_init(&v->store_lock);
	init_waitqueue_head(&v->wait);
	spin_lock_init(&v->irq_lock);
	v->be = be;
	v->ops = ops;
	v->ctx = ctx;
	v->cfg = *cfg;
	v->nr_wqs = be->nr_wqs;
	v->nr_vectors = v->nr_wqs + 1;
	for (i = 0; i < VDEV_VECTORS_MAX; i++)
		v->vector[i].slot = -1;
	rc = vdev_check_queues(v);
	if (!rc) {
		vdev_init_images(v);
		/* From here on messages may arrive. */
		rc = vdev_alloc_slots(v);
	}
	if (rc) {
		kfree(v->bar0);
		kfree(v);
		return rc;
	}
	*out = v;
	return 0;
}

void vdev_destroy(struct vdev *v)
{
	vdev_clear_pasid(v);
	vdev_free_slots(v);
	kfree(v->kept);
	kfree(v->bar0);
	kfree(v);
}

/* ---- PASID ---- */

static bool vdev_any_enabled(const struct vdev *v)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++)
		if (v->wq[i].enabled)
			return true;
	return false;
}

int vdev_set_pasid(struct vdev *v, u32 pasid)
{
	int rc;

	if (!pasid || pasid > DSA_PASID_MAX)
		return -EINVAL;
	mutex_lock(&v->cmd_lock);
	if (vdev_any_enabled(v)) {
		rc = -EBUSY;
	} else {
		WRITE_ONCE(v->pasid, pasid);
		WRITE_ONCE(v->has_pasid, true);
		rc = vdev_tag_slots(v);
		WRITE_ONCE(v->has_pasid, !rc);
	}
	mutex_unlock(&v->cmd_lock);
	return rc;
}

int vdev_clear_pasid(struct vdev *v)
{
	u32 i;

	mutex_lock(&v->cmd_lock);
	if (vdev_defect(SLOT_BEFORE_QUEUE))
		vdev_free_slots(v);
	if (!vdev_defect(QUEUE_KEEPS_PASID))
		vdev_stop_queues(v, VDEV_WQ_RESET);
	vdev_drop_handles(v);
	for (i = 0; i < v->nr_wqs && !vdev_defect(QUEUE_KEEPS_PASID); i++)
		if (v->wq[i].facts.dedicated)
			v->be->ops->wq_clear_pasid(v->be, i);
	for (i = 1; i < v->nr_vectors; i++)
		v->be->ops->ims_set_pasid(v->be, v->vector[i].slot, 0, false);
	WRITE_ONCE(v->has_pasid, false);
	mutex_unlock(&v->cmd_lock);
	return 0;
}

/* ---- reset ---- */

void vdev_reset_all(struct vdev *v)
{
	vdev_stop_queues(v, VDEV_WQ_RESET);
	vdev_drop_handles(v);
	vdev_init_images(v);
	vdev_tag_slots(v);
}

int vdev_reset(struct vdev *v)
{
	int rc = vdev_begin(v);

	if (rc)
		return rc;
	vdev_reset_all(v);
	mutex_unlock(&v->cmd_lock);
	return 0;
}

void vdev_renew(struct vdev *v)
{
	u32 i;

	mutex_lock(&v->cmd_lock);
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	v->paused = false;
	v->left = false;
	kfree(v->kept);
	v->kept = NULL;
	v->nr_kept = 0;
	vdev_forget_stores(v);
	for (i = 0; i < v->nr_wqs; i++)
		v->wq[i].resumes = false;
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	wake_up_all(&v->wait);
	/* Those of the queues that it has. */
	vdev_find_facts(v);
	vdev_reset_all(v);
	vdev_portals_changed(v);
	/* Until here the handles were those of where its state came from. */
	v->loaded = false;
	v->handles_void = false;
	mutex_unlock(&v->cmd_lock);
}

/* ---- events ---- */

void vdev_completion(struct vdev *v, u32 vector)
{
	if (!vector || vector >= v->nr_vectors)
		return;
	if (!(vdev_reg(v, vdev_perm(vector)) & DSA_MSIXPERM_IGNORE))
		vdev_raise(v, vector);
}

/* The guest's name for the PASID of an error. False: it is not one of the guest's. */
static bool vdev_own_error(struct vdev *v, u64 *err0)
{
	u32 host = SPEC_GET(DSA_SWERR0_PASID, *err0), pasid = 0;

	if (!(*err0 & DSA_SWERR0_DESC_VALID))
		return false;
	if (!v->has_pasid || host != v->pasid)
		if (!v->cfg.sva || !v->ops->guest_pasid ||
		    v->ops->guest_pasid(v->ctx, host, &pasid))
			return false;
	*err0 = (*err0 & ~DSA_SWERR0_PASID) | SPEC_PREP(DSA_SWERR0_PASID, pasid);
	return true;
}

/* What the guest may know of an error: true if it concerns it at all. */
static bool vdev_translate_error(struct vdev *v, int wq, u64 *err0)
{
	if (wq < 0)
		return false;
	/*
	 * Others use a shared queue too, others had a dedicated one: a descriptor that is not the
	 * guest's is no affair of its own.
	 */
	if (!vdev_own_error(v, err0)) {
		if (!v->wq[wq].facts.dedicated || *err0 & DSA_SWERR0_DESC_VALID)
			return false;
		*err0 &= ~DSA_SWERR0_PASID;
	}
	*err0 &= ~(DSA_SWERR0_WQ_INDEX | DSA_SWERR0_OVERFLOW);
	*err0 |= SPEC_PREP(DSA_SWERR0_WQ_INDEX, wq) | DSA_SWERR0_VALID;
	return true;
}

void vdev_swerror(struct vdev *v, int wq, const u64 err[4])
{
	u64 own[4];

	if (wq >= (int)v->nr_wqs)
		return;
	memcpy(own, err, sizeof(own));
	if (!v->cfg.error_broadcast && !vdev_translate_error(v, wq, &own[0]))
		return;
	mutex_lock(&v->lock);
	vdev_latch_error(v, own);
	mutex_unlock(&v->lock);
}

void vdev_halted(struct vdev *v, u32 reset_type)
{
	mutex_lock(&v->lock);
	if (vdev_state(v) == DSA_STATE_ENABLED || vdev_state(v) == DSA_STATE_DRAINING) {
		vdev_set_state(v, DSA_STATE_HALT, reset_type);
		if (vdev_reg(v, DSA_REG_GENCTRL) & DSA_GENCTRL_HALT_INT)
			vdev_cause(v, DSA_INTCAUSE_HALT);
	}
	mutex_unlock(&v->lock);
}

void vdev_get_traps(const struct vdev *v, struct vdev_traps *traps)
{
	*traps = v->traps;
}
