// SPDX-License-Identifier: GPL-2.0
/* The core's way to the physical device: the host driver's exported functions. */
#include <asm/special_insns.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <spec/dsa_regs.h>
#include "../core/defect.h"
#include "home.h"

static struct vdev_device *to_device(struct vdev_backend *be)
{
	return container_of(be, struct vdev_device, be);
}

static struct idxd_device *vdev_idxd(struct vdev_device *d)
{
	return idxd_wq_to_device(d->queue[0].wq);
}

/* ---- facts ---- */

static void vdev_device_facts(struct vdev_backend *be, struct vdev_device_facts *facts)
{
	struct vdev_device *d = to_device(be);
	struct idxd_device_info info;
	struct idxd_wq_info wq;
	u32 i, w;

	idxd_device_get_info(vdev_idxd(d), &info);
	facts->pci_device = info.pci_device;
	facts->version = info.version;
	facts->gencap = info.gencap;
	facts->grpcap = info.grpcap;
	memcpy(facts->opcap, info.opcap, sizeof(facts->opcap));
	memcpy(facts->dsacap, info.dsacap, sizeof(facts->dsacap));
	/* The guest sees no restriction by queue: it gets what is allowed in all of them. */
	for (w = 0; w < be->nr_wqs; w++) {
		idxd_vwq_info(d->queue[w].wq, &wq);
		for (i = 0; i < ARRAY_SIZE(facts->opcap); i++)
			facts->opcap[i] &= wq.opcfg[i];
	}
}

static void vdev_wq_facts(struct vdev_backend *be, u32 wq, struct vdev_wq_facts *facts)
{
	struct idxd_wq_info info;

	idxd_vwq_info(to_device(be)->queue[wq].wq, &info);
	facts->dedicated = info.dedicated;
	facts->block_on_fault = info.block_on_fault;
	facts->group = info.group;
	facts->engines = info.group_engines;
	facts->size = info.size;
	facts->threshold = info.threshold;
	facts->priority = info.priority;
	facts->max_xfer = info.max_xfer;
	facts->max_batch = info.max_batch;
}

/* ---- queues ---- */

static int vdev_run(struct idxd_wq *wq, enum vdev_wq_op op, u32 *cmdsts)
{
	switch (op) {
	case VDEV_WQ_ENABLE:
		return idxd_vwq_enable(wq, cmdsts);
	case VDEV_WQ_DISABLE:
		return idxd_vwq_disable(wq, cmdsts);
	case VDEV_WQ_DRAIN:
		return idxd_vwq_drain(wq, cmdsts);
	case VDEV_WQ_ABORT:
		return idxd_vwq_abort(wq, cmdsts);
	case VDEV_WQ_RESET:
		return idxd_vwq_reset(wq, cmdsts);
	}
	return -EINVAL;
}

/* What hits nobody else who uses the queue. */
static int vdev_run_shared(struct idxd_wq *wq, enum vdev_wq_op op, u32 *cmdsts)
{
	struct idxd_wq_info info;

	if (op == VDEV_WQ_DRAIN)
		return idxd_vwq_drain(wq, cmdsts);
	if (op != VDEV_WQ_ENABLE)
		return -EPERM;
	idxd_vwq_info(wq, &info);
	return info.enabled ? 0 : -ENXIO;
}

static int vdev_wq_command(struct vdev_backend *be, u32 wq, enum vdev_wq_op op, u32 *error)
{
	struct vdev_device *d = to_device(be);
	struct vdev_queue *q = &d->queue[wq];
	u32 cmdsts = 0;
	int rc = -ENODEV;

	mutex_lock(&d->cmd_lock);
	/* Without a PASID its DMA would be the physical function's own. */
	if (!d->gone && q->dedicated && !q->tagged && op == VDEV_WQ_ENABLE)
		rc = -EPERM;
	else if (!d->gone)
		rc = q->dedicated ? vdev_run(q->wq, op, &cmdsts)
				  : vdev_run_shared(q->wq, op, &cmdsts);
	mutex_unlock(&d->cmd_lock);
	*error = SPEC_GET(DSA_CMDSTS_ERR, cmdsts);
	return rc;
}

/* Every queue of the device obeys; the PASID is this device's, so nobody else has work under it. */
static int vdev_pasid_command(struct vdev_backend *be, u32 pasid, bool abort, u32 *error)
{
	struct vdev_device *d = to_device(be);
	struct idxd_wq *wq = d->queue[0].wq;
	u32 cmdsts = 0;
	int rc = -ENODEV;

	mutex_lock(&d->cmd_lock);
	if (!d->gone)
		rc = abort ? idxd_vwq_abort_pasid(wq, pasid, &cmdsts)
			   : idxd_vwq_drain_pasid(wq, pasid, &cmdsts);
	mutex_unlock(&d->cmd_lock);
	*error = SPEC_GET(DSA_CMDSTS_ERR, cmdsts);
	return rc;
}

static int vdev_wq_set_pasid(struct vdev_backend *be, u32 wq, u32 pasid)
{
	struct vdev_device *d = to_device(be);
	struct idxd_wq_info info;
	int rc = -ENODEV;

	if (!d->queue[wq].dedicated)
		return -EPERM;
	mutex_lock(&d->cmd_lock);
	if (!d->gone) {
		/* A recovery of the host's may have brought it back after the guest gave it up. */
		idxd_vwq_info(d->queue[wq].wq, &info);
		rc = info.enabled ? idxd_vwq_reset(d->queue[wq].wq, NULL) : 0;
		if (!rc)
			rc = idxd_vwq_set_pasid(d->queue[wq].wq, pasid, false);
		if (!rc)
			d->queue[wq].tagged = true;
	}
	mutex_unlock(&d->cmd_lock);
	return rc;
}

static int vdev_wq_clear_pasid(struct vdev_backend *be, u32 wq)
{
	struct vdev_device *d = to_device(be);
	int rc = -ENODEV;

	if (!d->queue[wq].dedicated)
		return -EPERM;
	mutex_lock(&d->cmd_lock);
	if (!d->gone)
		rc = idxd_vwq_clear_pasid(d->queue[wq].wq);
	if (!rc)
		d->queue[wq].tagged = false;
	mutex_unlock(&d->cmd_lock);
	return rc;
}

static phys_addr_t vdev_wq_portal(struct vdev_backend *be, u32 wq, bool limited)
{
	struct vdev_device *d = to_device(be);
	phys_addr_t pa = 0;

	mutex_lock(&d->lock);
	if (!d->gone)
		pa = idxd_vwq_portal(d->queue[wq].wq, limited, true);
	mutex_unlock(&d->lock);
	return pa;
}

/* Mapped when first needed: most devices never have a descriptor trapped. */
static void __iomem *vdev_map_portal(struct vdev_queue *q)
{
	if (!q->portal)
		q->portal = ioremap(idxd_vwq_portal(q->wq, !q->dedicated, true), DSA_PORTAL_SIZE);
	return q->portal;
}

/* The limited page of a shared queue: the entries above its threshold are not for guests. */
static int vdev_submit(struct vdev_backend *be, u32 wq, const void *desc)
{
	struct vdev_device *d = to_device(be);
	struct vdev_queue *q = &d->queue[wq];
	void __iomem *portal;
	int rc = 0;

	mutex_lock(&d->lock);
	portal = d->gone ? NULL : vdev_map_portal(q);
	if (!portal)
		rc = d->gone ? -ENODEV : -ENOMEM;
	else if (q->dedicated)
		iosubmit_cmds512(portal, desc, 1);
	else
		rc = enqcmds(portal, desc);
	mutex_unlock(&d->lock);
	return rc;
}

/* ---- interrupt message store ---- */

static irqreturn_t vdev_slot_handler(int irq, void *data)
{
	struct vdev_slot *s = data;

	s->d->events->completion(s->d, s->vector);
	return IRQ_HANDLED;
}

static struct vdev_slot *vdev_find_slot(struct vdev_device *d, u32 slot)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(d->slot); i++)
		if (d->slot[i].used && d->slot[i].slot == slot)
			return &d->slot[i];
	return NULL;
}

static int vdev_setup_slot(struct vdev_device *d, struct vdev_slot *s, u32 vector)
{
	int rc = idxd_ims_alloc(vdev_idxd(d));

	if (rc < 0)
		return rc;
	s->slot = rc;
	s->vector = vector;
	s->has_handle = false;
	s->masked = true;
	s->pasid_enabled = false;
	rc = ims_irq_request(vdev_device_parent(d), &s->irq, vdev_slot_handler, "vdev", s);
	if (!rc) {
		rc = idxd_ims_write_msg(vdev_idxd(d), s->slot, s->irq.addr, s->irq.data);
		if (rc)
			ims_irq_free(vdev_device_parent(d), &s->irq, s);
	}
	if (rc)
		idxd_ims_free(vdev_idxd(d), s->slot);
	s->used = !rc;
	return rc;
}

/* The slot falls silent before its message leads nowhere. */
static void vdev_drop_slot(struct vdev_device *d, struct vdev_slot *s)
{
	if (!vdev_defect(IMS_NEVER_FREED))
		idxd_ims_free(vdev_idxd(d), s->slot);
	ims_irq_free(vdev_device_parent(d), &s->irq, s);
	s->used = false;
}

static int vdev_ims_alloc(struct vdev_backend *be, u32 vector)
{
	struct vdev_device *d = to_device(be);
	struct vdev_slot *s = NULL;
	int rc = -ENODEV;
	u32 i;

	mutex_lock(&d->lock);
	for (i = 0; i < ARRAY_SIZE(d->slot) && !s; i++)
		if (!d->slot[i].used)
			s = &d->slot[i];
	if (!s)
		rc = -ENOSPC;
	else if (!d->gone)
		rc = vdev_setup_slot(d, s, vector);
	mutex_unlock(&d->lock);
	return rc ? rc : (int)s->slot;
}

static void vdev_ims_free(struct vdev_backend *be, u32 slot)
{
	struct vdev_device *d = to_device(be);
	struct vdev_slot *s;

	mutex_lock(&d->lock);
	s = vdev_find_slot(d, slot);
	if (s)
		vdev_drop_slot(d, s);
	mutex_unlock(&d->lock);
}

int vdev_home_post(struct vdev_device *d, u32 vector, u64 desc, u8 as)
{
	int rc = -ENOENT;
	u32 i;

	mutex_lock(&d->lock);
	for (i = 0; i < ARRAY_SIZE(d->slot); i++)
		if (d->slot[i].used && d->slot[i].vector == vector)
			rc = ims_irq_post(vdev_device_parent(d), &d->slot[i].irq, desc, as);
	mutex_unlock(&d->lock);
	return rc;
}

static int vdev_ims_set_pasid(struct vdev_backend *be, u32 slot, u32 pasid, bool enable)
{
	struct vdev_device *d = to_device(be);
	struct vdev_slot *s;
	int rc = -ENODEV;

	mutex_lock(&d->lock);
	s = vdev_find_slot(d, slot);
	if (s)
		rc = idxd_ims_set_pasid(vdev_idxd(d), slot, pasid, enable);
	if (!rc) {
		s->pasid = pasid;
		s->pasid_enabled = enable;
	}
	mutex_unlock(&d->lock);
	return rc;
}

static int vdev_ims_mask(struct vdev_backend *be, u32 slot, bool mask)
{
	struct vdev_device *d = to_device(be);
	struct vdev_slot *s;
	int rc = -ENODEV;

	mutex_lock(&d->lock);
	s = vdev_find_slot(d, slot);
	if (s && vdev_defect(MASK_OFFSET))
		rc = idxd_ims_write_msg(vdev_idxd(d), slot, s->irq.addr,
					(s->irq.data & ~DSA_IMS_CTRL_MASK) |
						(mask ? DSA_IMS_CTRL_MASK : 0));
	else if (s)
		rc = idxd_ims_mask(vdev_idxd(d), slot, mask);
	if (!rc)
		s->masked = mask;
	mutex_unlock(&d->lock);
	return rc;
}

/* A device with the handle commands runs one for it. */
static int vdev_ims_request_handle(struct vdev_backend *be, u32 slot, u32 *handle)
{
	struct vdev_device *d = to_device(be);
	struct vdev_slot *s;
	int rc = -ENODEV;

	mutex_lock(&d->cmd_lock);
	s = d->gone ? NULL : vdev_find_slot(d, slot);
	if (s)
		rc = idxd_ims_request_handle(vdev_idxd(d), slot, handle);
	if (!rc) {
		s->has_handle = true;
		s->handle = *handle;
	}
	mutex_unlock(&d->cmd_lock);
	return rc;
}

/* Only what one of its slots is called: a saved state can say anything. */
static int vdev_ims_release_handle(struct vdev_backend *be, u32 handle)
{
	struct vdev_device *d = to_device(be);
	int rc = -ENODEV;
	u32 i;

	mutex_lock(&d->cmd_lock);
	for (i = 0; i < ARRAY_SIZE(d->slot) && !d->gone; i++) {
		struct vdev_slot *s = &d->slot[i];

		if (!s->used || !s->has_handle || s->handle != handle)
			continue;
		rc = idxd_ims_release_handle(vdev_idxd(d), handle);
		s->has_handle = rc;
	}
	mutex_unlock(&d->cmd_lock);
	return rc;
}

const struct vdev_backend_ops vdev_home_ops = {
	.device_facts = vdev_device_facts,
	.wq_facts = vdev_wq_facts,
	.wq_command = vdev_wq_command,
	.pasid_command = vdev_pasid_command,
	.wq_set_pasid = vdev_wq_set_pasid,
	.wq_clear_pasid = vdev_wq_clear_pasid,
	.portal = vdev_wq_portal,
	.submit = vdev_submit,
	.ims_alloc = vdev_ims_alloc,
	.ims_free = vdev_ims_free,
	.ims_set_pasid = vdev_ims_set_pasid,
	.ims_mask = vdev_ims_mask,
	.ims_request_handle = vdev_ims_request_handle,
	.ims_release_handle = vdev_ims_release_handle,
};

/* ---- events of the physical device ---- */

static struct vdev_queue *to_queue(struct idxd_wq_listener *listener)
{
	return container_of(listener, struct vdev_queue, listener);
}

static void vdev_on_swerror(struct idxd_wq_listener *listener, const u64 err[4])
{
	struct vdev_queue *q = to_queue(listener);

	if (err[0] & DSA_SWERR0_WQ_VALID)
		q->d->events->swerror(q->d, q->index, err);
	else if (!q->index)
		/* It names no queue: once for the device, not once a queue. */
		q->d->events->swerror(q->d, -1, err);
}

/* What the host's driver can bring back it resets itself; the guest's is told to as well. */
static void vdev_on_halt(struct idxd_wq_listener *listener, u32 reset_type)
{
	struct vdev_device *d = to_queue(listener)->d;

	d->events->halted(d, max_t(u32, reset_type, DSA_RESET_FLR));
}

/* The reset emptied the slots. The guest finds its device halted and resets it when it likes. */
static void vdev_on_restored(struct idxd_wq_listener *listener)
{
	struct vdev_queue *q = to_queue(listener);
	struct vdev_device *d = q->d;
	struct idxd_device *idxd = vdev_idxd(d);
	u32 i;

	if (q->index)
		return;
	mutex_lock(&d->lock);
	for (i = 0; i < ARRAY_SIZE(d->slot); i++) {
		struct vdev_slot *s = &d->slot[i];

		if (!s->used)
			continue;
		idxd_ims_write_msg(idxd, s->slot, s->irq.addr, s->irq.data);
		idxd_ims_set_pasid(idxd, s->slot, s->pasid, s->pasid_enabled);
		idxd_ims_mask(idxd, s->slot, s->masked);
	}
	mutex_unlock(&d->lock);
}

/* Who composes asks for new ones, which takes commands: not in the host driver's worker. */
static void vdev_on_handles_void(struct idxd_wq_listener *listener)
{
	struct vdev_queue *q = to_queue(listener);

	if (!q->index)
		schedule_work(&q->d->handles_work);
}

static void vdev_handles_work(struct work_struct *work)
{
	struct vdev_device *d = container_of(work, struct vdev_device, handles_work);
	u32 i;

	mutex_lock(&d->cmd_lock);
	for (i = 0; i < ARRAY_SIZE(d->slot); i++)
		d->slot[i].has_handle = false;
	mutex_unlock(&d->cmd_lock);
	d->events->handles_void(d);
}

void vdev_home_listen(struct vdev_queue *q)
{
	q->listener.swerror = vdev_on_swerror;
	q->listener.halted = vdev_on_halt;
	q->listener.restored = vdev_on_restored;
	q->listener.handles_void = vdev_on_handles_void;
	idxd_vwq_listen(q->wq, &q->listener);
}

void vdev_home_unlisten(struct vdev_queue *q)
{
	idxd_vwq_unlisten(q->wq, &q->listener);
}

/* ---- beginning and end ---- */

void vdev_home_init(struct vdev_device *d)
{
	u32 i;

	d->be.ops = &vdev_home_ops;
	INIT_WORK(&d->handles_work, vdev_handles_work);
	mutex_init(&d->cmd_lock);
	mutex_init(&d->lock);
	for (i = 0; i < ARRAY_SIZE(d->slot); i++)
		d->slot[i].d = d;
	for (i = 0; i < ARRAY_SIZE(d->queue); i++)
		INIT_LIST_HEAD(&d->queue[i].listener.node);
}

void vdev_home_cut_off(struct vdev_device *d)
{
	u32 i;

	mutex_lock(&d->cmd_lock);
	/* A command each: not with the other lock held, which who reports an error may wait for. */
	for (i = 0; i < ARRAY_SIZE(d->slot) && !d->gone; i++)
		if (d->slot[i].used && d->slot[i].has_handle)
			idxd_ims_release_handle(vdev_idxd(d), d->slot[i].handle);
	mutex_lock(&d->lock);
	d->gone = true;
	for (i = 0; i < ARRAY_SIZE(d->slot); i++)
		if (d->slot[i].used)
			vdev_drop_slot(d, &d->slot[i]);
	for (i = 0; i < d->be.nr_wqs; i++) {
		if (d->queue[i].portal)
			iounmap(d->queue[i].portal);
		d->queue[i].portal = NULL;
	}
	mutex_unlock(&d->lock);
	mutex_unlock(&d->cmd_lock);
}
