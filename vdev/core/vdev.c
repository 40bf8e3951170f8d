// SPDX-License-Identifier: GPL-2.0
/* A virtual device's life: composing, PASID, reset, errors from the physical device, the end. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "defect.h"
#include "vdev_priv.h"

/* ---- composing ---- */

static int vdev_check_queues(struct vdev *v)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++) {
		const struct vdev_wq_facts *f = &v->wq[i].facts;

		if (!f->dedicated || !f->size || f->group < 0 || !f->engines)
			return -EINVAL;
		/* The guest is shown one group. */
		if (f->group != v->wq[0].facts.group)
			return -EINVAL;
	}
	return 0;
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

static void vdev_init_images(struct vdev *v)
{
	mutex_lock(&v->lock);
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
	spin_lock_init(&v->irq_lock);
	v->be = be;
	v->ops = ops;
	v->ctx = ctx;
	v->cfg = *cfg;
	v->nr_wqs = be->nr_wqs;
	v->nr_vectors = v->nr_wqs + 1;
	for (i = 0; i < VDEV_VECTORS_MAX; i++)
		v->vector[i].slot = -1;
	be->ops->device_facts(be, &v->facts);
	for (i = 0; i < v->nr_wqs; i++)
		be->ops->wq_facts(be, i, &v->wq[i].facts);
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

/* The check that a slot makes: only this device's descriptors may fire it. */
static int vdev_tag_slots(struct vdev *v, u32 pasid, bool enable)
{
	u32 i;
	int rc = 0, err;

	for (i = 1; i < v->nr_vectors; i++) {
		err = v->be->ops->ims_set_pasid(v->be, v->vector[i].slot, pasid, enable);
		rc = rc ? rc : err;
	}
	return rc;
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
		rc = vdev_tag_slots(v, pasid, true);
		v->pasid = pasid;
		v->has_pasid = !rc;
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
		v->be->ops->wq_clear_pasid(v->be, i);
	vdev_tag_slots(v, 0, false);
	v->has_pasid = false;
	mutex_unlock(&v->cmd_lock);
	return 0;
}

/* ---- reset ---- */

int vdev_reset(struct vdev *v)
{
	mutex_lock(&v->cmd_lock);
	vdev_stop_queues(v, VDEV_WQ_RESET);
	vdev_drop_handles(v);
	vdev_init_images(v);
	mutex_unlock(&v->cmd_lock);
	return 0;
}

/* ---- events ---- */

void vdev_completion(struct vdev *v, u32 vector)
{
	if (vector && vector < v->nr_vectors)
		vdev_raise(v, vector);
}

void vdev_swerror(struct vdev *v, int wq, const u64 err[4])
{
	u64 own[4];

	if (wq >= (int)v->nr_wqs)
		return;
	memcpy(own, err, sizeof(own));
	/* The guest's own number of the queue, and no PASID, for it knows none. */
	own[0] &= ~(DSA_SWERR0_WQ_INDEX | DSA_SWERR0_PASID | DSA_SWERR0_OVERFLOW);
	if (wq >= 0)
		own[0] |= SPEC_PREP(DSA_SWERR0_WQ_INDEX, wq);
	own[0] |= DSA_SWERR0_VALID;
	mutex_lock(&v->lock);
	vdev_latch_error(v, own);
	mutex_unlock(&v->lock);
}

void vdev_halted(struct vdev *v)
{
	mutex_lock(&v->lock);
	if (vdev_state(v) == DSA_STATE_ENABLED || vdev_state(v) == DSA_STATE_DRAINING) {
		vdev_set_state(v, DSA_STATE_HALT, DSA_RESET_FLR);
		if (vdev_reg(v, DSA_REG_GENCTRL) & DSA_GENCTRL_HALT_INT)
			vdev_cause(v, DSA_INTCAUSE_HALT);
	}
	mutex_unlock(&v->lock);
}

void vdev_get_traps(const struct vdev *v, struct vdev_traps *traps)
{
	*traps = v->traps;
}

void vdev_pasid_gone(struct vdev *v, u32 pasid)
{
}
int vdev_portal_write(struct vdev *v, u64 bar_off, const void *data, u32 bytes, u64 writer)
{
	return -EOPNOTSUPP;
}
int vdev_portal_enqueue(struct vdev *v, u64 bar_off, const void *desc)
{
	return 1;
}
void vdev_get_portal_stats(const struct vdev *v, struct vdev_portal_stats *st)
{
	memset(st, 0, sizeof(*st));
}
int vdev_pause(struct vdev *v)
{
	return -EOPNOTSUPP;
}
int vdev_resume(struct vdev *v)
{
	return -EOPNOTSUPP;
}
long vdev_save(struct vdev *v, void *buf, size_t size)
{
	return -EOPNOTSUPP;
}
int vdev_load(struct vdev *v, const void *buf, size_t size)
{
	return -EOPNOTSUPP;
}
void vdev_leave(struct vdev *v)
{
}
int vdev_revoke_handles(struct vdev *v)
{
	return -EOPNOTSUPP;
}
