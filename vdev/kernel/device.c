// SPDX-License-Identifier: GPL-2.0
/* A virtual device for a virtual machine monitor: claiming queues, accesses, losing them, the end.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <spec/dsa_regs.h>
#include "../core/defect.h"
#include "home.h"

/* ---- queues ---- */

/* A dedicated queue rests until the guest enables it; a shared one keeps working for the others. */
static int vdev_lock_queue(struct vdev_queue *q)
{
	struct idxd_wq_info info;

	idxd_vwq_info(q->wq, &info);
	q->dedicated = info.dedicated;
	return info.dedicated && info.enabled ? idxd_vwq_disable(q->wq, NULL) : 0;
}

/* With the queue's device lock held. */
static int vdev_take_queue(struct vdev_queue *q, struct device *dev)
{
	struct vdev_binding *binding = dev_get_drvdata(dev);
	struct vdev_queue *other;
	int rc;

	q->wq = idxd_dev_to_wq(container_of(dev, struct idxd_dev, conf));
	/* One device has one share. */
	list_for_each_entry (other, &binding->queues, node)
		if (other->d == q->d)
			return -EBUSY;
	rc = idxd_vwq_get(q->wq);
	if (rc)
		return rc;
	rc = vdev_lock_queue(q);
	if (rc) {
		idxd_vwq_put(q->wq);
		return rc;
	}
	q->dev = dev;
	q->claimed = true;
	/* What the administrator wants of the queue counts for its devices. */
	q->d->cfg.error_broadcast |= binding->error_broadcast;
	q->d->cfg.drain_whole_queue |= binding->drain_whole_queue;
	list_add_tail(&q->node, &binding->queues);
	return 0;
}

static int vdev_claim_queue(struct vdev_device *d, u32 i, const char *name)
{
	struct vdev_queue *q = &d->queue[i];
	struct device *dev;
	int rc = -ENODEV;

	dev = driver_find_device(&vdev_wq_driver.drv, NULL, name, device_match_name);
	if (!dev)
		return -ENODEV;
	q->d = d;
	q->index = i;
	device_lock(dev);
	if (dev->driver == &vdev_wq_driver.drv)
		rc = vdev_take_queue(q, dev);
	if (!rc || !vdev_defect(WQ_LOCK_LEAK))
		device_unlock(dev);
	if (rc)
		put_device(dev);
	return rc;
}

/* With the queue's device lock held. */
static void vdev_unclaim_queue(struct vdev_queue *q)
{
	if (!q->claimed)
		return;
	list_del(&q->node);
	idxd_vwq_put(q->wq);
	q->claimed = false;
}

static void vdev_release_queues(struct vdev_device *d)
{
	u32 i;

	for (i = 0; i < d->be.nr_wqs; i++) {
		struct vdev_queue *q = &d->queue[i];

		if (!q->dev)
			continue;
		device_lock(q->dev);
		vdev_unclaim_queue(q);
		device_unlock(q->dev);
		put_device(q->dev);
	}
}

static int vdev_claim_queues(struct vdev_device *d, const char *const *wqs)
{
	u32 i;
	int rc = 0;

	for (i = 0; i < d->be.nr_wqs && !rc; i++)
		rc = vdev_claim_queue(d, i, wqs[i]);
	/* One function, one store of messages. */
	for (i = 1; i < d->be.nr_wqs && !rc; i++)
		if (idxd_wq_to_device(d->queue[i].wq) != idxd_wq_to_device(d->queue[0].wq))
			rc = -EXDEV;
	if (rc)
		vdev_release_queues(d);
	return rc;
}

/* ---- opening and closing ---- */

static void vdev_on_interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct vdev_device *d = ctx;

	d->ops->interrupt(d->ctx, vector, addr, data);
}

static void vdev_on_portals(void *ctx)
{
	struct vdev_device *d = ctx;

	d->ops->portals(d->ctx);
}

static int vdev_on_host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct vdev_device *d = ctx;

	return d->ops->host_pasid(d->ctx, pasid, host);
}

static int vdev_on_guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	struct vdev_device *d = ctx;

	return d->ops->guest_pasid(d->ctx, host, pasid);
}

static int vdev_on_next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct vdev_device *d = ctx;

	return d->ops->next_pasid(d->ctx, pasid, host);
}

/* The core is offered what its owner offers. */
static void vdev_pass_ops(struct vdev_device *d)
{
	d->core_ops.interrupt = vdev_on_interrupt;
	d->core_ops.portals = d->ops->portals ? vdev_on_portals : NULL;
	d->core_ops.host_pasid = d->ops->host_pasid ? vdev_on_host_pasid : NULL;
	d->core_ops.guest_pasid = d->ops->guest_pasid ? vdev_on_guest_pasid : NULL;
	d->core_ops.next_pasid = d->ops->next_pasid ? vdev_on_next_pasid : NULL;
}

static void vdev_core_completion(struct vdev_device *d, u32 vector)
{
	vdev_completion(d->v, vector);
}

static void vdev_core_swerror(struct vdev_device *d, int wq, const u64 err[4])
{
	vdev_swerror(d->v, wq, err);
}

static void vdev_core_halted(struct vdev_device *d, u32 reset_type)
{
	vdev_halted(d->v, reset_type);
}

static void vdev_core_handles_void(struct vdev_device *d)
{
	vdev_handles_void(d->v);
}

static void vdev_core_stop(struct vdev_device *d)
{
	struct vdev *v;

	mutex_lock(&d->lock);
	v = d->v;
	mutex_unlock(&d->lock);
	/* Else it is still being composed, and will not be. */
	if (!v)
		return;
	vdev_clear_pasid(v);
	vdev_halted(v, DSA_RESET_FLR);
}

static const struct vdev_events vdev_core_events = {
	.completion = vdev_core_completion,
	.swerror = vdev_core_swerror,
	.halted = vdev_core_halted,
	.handles_void = vdev_core_handles_void,
	.stop = vdev_core_stop,
};

/* With its queues, and nothing composed of them yet. */
static int vdev_device_new(const char *const *wqs, u32 nr, const struct vdev_events *events,
			   const struct vdev_device_ops *ops, void *ctx, struct vdev_device **out)
{
	struct vdev_device *d;
	int rc;

	if (!nr || nr > VDEV_WQS_MAX)
		return -EINVAL;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	vdev_home_init(d);
	d->be.nr_wqs = nr;
	d->events = events;
	d->ops = ops;
	d->ctx = ctx;
	vdev_pass_ops(d);
	/* Before the first queue is: it may be taken away again at once, and @events called. */
	*out = d;
	rc = vdev_claim_queues(d, wqs);
	if (rc) {
		kfree(d);
		*out = NULL;
	}
	return rc;
}

/* A queue may have been taken away while the device was being composed: -ENODEV. */
static int vdev_device_publish(struct vdev_device *d, struct vdev *v)
{
	int rc;

	mutex_lock(&d->lock);
	rc = d->revoked ? -ENODEV : 0;
	if (!rc)
		d->v = v;
	mutex_unlock(&d->lock);
	if (rc)
		vdev_destroy(v);
	return rc;
}

static void vdev_device_listen(struct vdev_device *d)
{
	u32 i;

	for (i = 0; i < d->be.nr_wqs; i++)
		vdev_home_listen(&d->queue[i]);
}

int vdev_device_open(const char *const *wqs, u32 nr, const struct vdev_cfg *cfg,
		     const struct vdev_device_ops *ops, void *ctx, struct vdev_device **out)
{
	struct vdev_device *d;
	struct vdev *v;
	int rc = vdev_device_new(wqs, nr, &vdev_core_events, ops, ctx, &d);

	if (rc)
		return rc;
	/* Beside what the queues' administrator wants. */
	if (cfg) {
		d->cfg.sva = cfg->sva;
		d->cfg.error_broadcast |= cfg->error_broadcast;
		d->cfg.drain_whole_queue |= cfg->drain_whole_queue;
	}
	rc = vdev_create(&d->be, &d->core_ops, d, &d->cfg, &v);
	if (!rc)
		rc = vdev_device_publish(d, v);
	if (rc) {
		vdev_release_queues(d);
		kfree(d);
		return rc;
	}
	vdev_device_listen(d);
	*out = d;
	return 0;
}
EXPORT_SYMBOL_GPL(vdev_device_open);

int vdev_device_open_raw(const char *const *wqs, u32 nr, const struct vdev_events *events,
			 const struct vdev_device_ops *ops, void *ctx, struct vdev_device **out)
{
	int rc = vdev_device_new(wqs, nr, events, ops, ctx, out);

	if (!rc)
		vdev_device_listen(*out);
	return rc;
}

void vdev_device_close(struct vdev_device *d)
{
	u32 i;

	if (d->v)
		vdev_clear_pasid(d->v);
	for (i = 0; i < d->be.nr_wqs; i++)
		vdev_home_unlisten(&d->queue[i]);
	cancel_work_sync(&d->handles_work);
	vdev_home_cut_off(d);
	/* Waits for a revocation under way. */
	vdev_release_queues(d);
	if (d->v)
		vdev_destroy(d->v);
	kfree(d);
}
EXPORT_SYMBOL_GPL(vdev_device_close);

/*
 * Nothing of the physical device is in the guest's hands when this returns: portals unmapped,
 * queues stopped, slots free. Its accesses still find a device, one that halted.
 */
void vdev_device_revoke(struct vdev_queue *q)
{
	struct vdev_device *d = q->d;

	mutex_lock(&d->lock);
	d->revoked = true;
	mutex_unlock(&d->lock);
	if (!vdev_defect(PORTAL_AFTER_QUEUE))
		d->ops->revoked(d->ctx);
	d->events->stop(d);
	vdev_home_cut_off(d);
	vdev_home_unlisten(q);
	/* The others stay claimed, at rest, until the device is closed. */
	vdev_unclaim_queue(q);
}

/* ---- use ---- */

struct device *vdev_device_parent(struct vdev_device *d)
{
	return &idxd_wq_pci(d->queue[0].wq)->dev;
}
EXPORT_SYMBOL_GPL(vdev_device_parent);

int vdev_device_set_pasid(struct vdev_device *d, u32 pasid)
{
	return vdev_set_pasid(d->v, pasid);
}
EXPORT_SYMBOL_GPL(vdev_device_set_pasid);

void vdev_device_clear_pasid(struct vdev_device *d)
{
	vdev_clear_pasid(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_clear_pasid);

void vdev_device_pasid_gone(struct vdev_device *d, u32 pasid, u32 host)
{
	vdev_pasid_gone(d->v, pasid, host);
}
EXPORT_SYMBOL_GPL(vdev_device_pasid_gone);

void vdev_device_stop(struct vdev_device *d)
{
	d->events->stop(d);
}
EXPORT_SYMBOL_GPL(vdev_device_stop);

u32 vdev_device_config_read(struct vdev_device *d, u32 off, u32 width)
{
	u32 val;

	vdev_config_read(d->v, off, width, &val);
	return val;
}
EXPORT_SYMBOL_GPL(vdev_device_config_read);

int vdev_device_config_write(struct vdev_device *d, u32 off, u32 width, u32 val)
{
	return vdev_config_write(d->v, off, width, val);
}
EXPORT_SYMBOL_GPL(vdev_device_config_write);

u64 vdev_device_mmio_read(struct vdev_device *d, u64 off, u32 width)
{
	u64 val;

	vdev_mmio_read(d->v, off, width, &val);
	return val;
}
EXPORT_SYMBOL_GPL(vdev_device_mmio_read);

int vdev_device_mmio_write(struct vdev_device *d, u64 off, u32 width, u64 val)
{
	return vdev_mmio_write(d->v, off, width, val);
}
EXPORT_SYMBOL_GPL(vdev_device_mmio_write);

int vdev_device_portal_write(struct vdev_device *d, u64 off, const void *data, u32 bytes,
			     u64 writer)
{
	return vdev_portal_write(d->v, off, data, bytes, writer);
}
EXPORT_SYMBOL_GPL(vdev_device_portal_write);

int vdev_device_portal_enqueue(struct vdev_device *d, u64 off, const void *desc)
{
	return vdev_portal_enqueue(d->v, off, desc);
}
EXPORT_SYMBOL_GPL(vdev_device_portal_enqueue);

int vdev_device_reset(struct vdev_device *d)
{
	return vdev_reset(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_reset);

void vdev_device_renew(struct vdev_device *d)
{
	vdev_renew(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_renew);

u64 vdev_device_bar(struct vdev_device *d, u32 bar, u64 *bytes, bool *enabled)
{
	*bytes = vdev_bar_size(d->v, bar);
	return vdev_bar_addr(d->v, bar, enabled);
}
EXPORT_SYMBOL_GPL(vdev_device_bar);

int vdev_device_portal(struct vdev_device *d, u64 off, u64 *pa)
{
	phys_addr_t page;
	int rc = vdev_portal(d->v, off, &page);

	if (!rc)
		*pa = page;
	return rc;
}
EXPORT_SYMBOL_GPL(vdev_device_portal);

int vdev_device_message(struct vdev_device *d, u32 vector, u64 *addr, u32 *data)
{
	return vdev_message(d->v, vector, addr, data);
}
EXPORT_SYMBOL_GPL(vdev_device_message);

int vdev_device_post(struct vdev_device *d, u32 vector, u64 desc, u8 as)
{
	return vdev_home_post(d, vector, desc, as);
}
EXPORT_SYMBOL_GPL(vdev_device_post);

bool vdev_device_portal_ever(const struct vdev_device *d, u64 off)
{
	u64 wq = off / DSA_PORTAL_WQ_STRIDE, page = off % DSA_PORTAL_WQ_STRIDE / DSA_PORTAL_SIZE;

	return wq < d->be.nr_wqs && (page == 1 || (!page && d->queue[wq].dedicated));
}
EXPORT_SYMBOL_GPL(vdev_device_portal_ever);

void vdev_device_traps(const struct vdev_device *d, struct vdev_traps *traps)
{
	vdev_get_traps(d->v, traps);
}
EXPORT_SYMBOL_GPL(vdev_device_traps);

void vdev_device_portal_stats(const struct vdev_device *d, struct vdev_portal_stats *st)
{
	vdev_get_portal_stats(d->v, st);
}
EXPORT_SYMBOL_GPL(vdev_device_portal_stats);

/* ---- moving ---- */

int vdev_device_pause(struct vdev_device *d)
{
	return vdev_pause(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_pause);

int vdev_device_resume(struct vdev_device *d)
{
	return vdev_resume(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_resume);

long vdev_device_save(struct vdev_device *d, void *buf, u64 size)
{
	return vdev_save(d->v, buf, size);
}
EXPORT_SYMBOL_GPL(vdev_device_save);

int vdev_device_load(struct vdev_device *d, const void *buf, u64 size)
{
	return vdev_load(d->v, buf, size);
}
EXPORT_SYMBOL_GPL(vdev_device_load);

void vdev_device_leave(struct vdev_device *d)
{
	vdev_leave(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_leave);

int vdev_device_revoke_handles(struct vdev_device *d)
{
	return vdev_revoke_handles(d->v);
}
EXPORT_SYMBOL_GPL(vdev_device_revoke_handles);
