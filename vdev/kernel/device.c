// SPDX-License-Identifier: GPL-2.0
/* A virtual device for a virtual machine monitor: claiming queues, accesses, losing them, the end.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "../core/defect.h"
#include "home.h"

/* ---- queues ---- */

/* The physical queue rests until the guest enables it. */
static int vdev_lock_queue(struct idxd_wq *wq)
{
	struct idxd_wq_info info;

	idxd_vwq_info(wq, &info);
	return info.enabled ? idxd_vwq_disable(wq, NULL) : 0;
}

static int vdev_claim_queue(struct vdev_device *d, u32 i, const char *name)
{
	struct vdev_queue *q = &d->queue[i];
	struct device *dev;
	int rc = -ENODEV;

	dev = driver_find_device(&vdev_wq_driver.drv, NULL, name, device_match_name);
	if (!dev)
		return -ENODEV;
	device_lock(dev);
	if (dev->driver == &vdev_wq_driver.drv) {
		q->wq = idxd_dev_to_wq(container_of(dev, struct idxd_dev, conf));
		rc = dev_get_drvdata(dev) ? -EBUSY : idxd_vwq_get(q->wq);
	}
	if (!rc) {
		rc = vdev_lock_queue(q->wq);
		if (rc)
			idxd_vwq_put(q->wq);
	}
	if (!rc) {
		q->d = d;
		q->index = i;
		q->dev = dev;
		q->claimed = true;
		dev_set_drvdata(dev, q);
	}
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
	dev_set_drvdata(q->dev, NULL);
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
			rc = -EINVAL;
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

static const struct vdev_ops vdev_home_core_ops = {
	.interrupt = vdev_on_interrupt,
};

int vdev_device_open(const char *const *wqs, u32 nr, const struct vdev_device_ops *ops, void *ctx,
		     struct vdev_device **out)
{
	struct vdev_device *d;
	u32 i;
	int rc;

	if (!nr || nr > VDEV_WQS_MAX)
		return -EINVAL;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	vdev_home_init(d);
	d->be.nr_wqs = nr;
	d->ops = ops;
	d->ctx = ctx;
	rc = vdev_claim_queues(d, wqs);
	if (rc)
		goto free;
	rc = vdev_create(&d->be, &vdev_home_core_ops, d, &d->v);
	if (rc)
		goto queues;
	for (i = 0; i < nr; i++)
		vdev_home_listen(&d->queue[i]);
	*out = d;
	return 0;
queues:
	vdev_release_queues(d);
free:
	kfree(d);
	return rc;
}
EXPORT_SYMBOL_GPL(vdev_device_open);

void vdev_device_close(struct vdev_device *d)
{
	u32 i;

	vdev_clear_pasid(d->v);
	for (i = 0; i < d->be.nr_wqs; i++)
		vdev_home_unlisten(&d->queue[i]);
	vdev_home_cut_off(d);
	/* Waits for a revocation under way. */
	vdev_release_queues(d);
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

	if (!vdev_defect(PORTAL_AFTER_QUEUE))
		d->ops->revoked(d->ctx);
	vdev_clear_pasid(d->v);
	vdev_halted(d->v);
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

u32 vdev_device_config_read(struct vdev_device *d, u32 off, u32 width)
{
	u32 val;

	vdev_config_read(d->v, off, width, &val);
	return val;
}
EXPORT_SYMBOL_GPL(vdev_device_config_read);

void vdev_device_config_write(struct vdev_device *d, u32 off, u32 width, u32 val)
{
	vdev_config_write(d->v, off, width, val);
}
EXPORT_SYMBOL_GPL(vdev_device_config_write);

u64 vdev_device_mmio_read(struct vdev_device *d, u64 off, u32 width)
{
	u64 val;

	vdev_mmio_read(d->v, off, width, &val);
	return val;
}
EXPORT_SYMBOL_GPL(vdev_device_mmio_read);

void vdev_device_mmio_write(struct vdev_device *d, u64 off, u32 width, u64 val)
{
	vdev_mmio_write(d->v, off, width, val);
}
EXPORT_SYMBOL_GPL(vdev_device_mmio_write);

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

void vdev_device_traps(const struct vdev_device *d, struct vdev_traps *traps)
{
	vdev_get_traps(d->v, traps);
}
EXPORT_SYMBOL_GPL(vdev_device_traps);
