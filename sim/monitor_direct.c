// SPDX-License-Identifier: GPL-2.0
// A monitor that calls the virtual device in the host kernel as a function.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "model/spec/defects.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/monitor_priv.h"
#include "sim/system.h"
#include "vdev/core/vdev_cfg.h"
#include "vdev/kernel/vdev_device.h"

struct direct {
	struct monitor_dev *m;
	struct vdev_device *d;
	u32 pasid; /* for all of the guest's memory */
	/* By vector: the message that is posted, 0 none. */
	struct direct_post {
		u64 addr;
		u32 data;
	} posted[GUEST_WQS_MAX + 1];
};

static struct direct *door(const struct monitor_dev *d)
{
	return d->door;
}

static struct vdev_device *vdev(const struct monitor_dev *d)
{
	return door(d)->d;
}

static void interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct direct *x = ctx;

	(void)vector;
	vm_message(x->m->m->vm, addr, data);
}

static void revoked(void *ctx)
{
	struct direct *x = ctx;

	x->m->revoked = true;
	/* Not in the machine: nothing is mapped. */
	if (x->m->in_vm)
		monitor_update_map(x->m);
}

static void portals(void *ctx)
{
	struct direct *x = ctx;

	monitor_portals(x->m);
}

static int host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct direct *x = ctx;

	return vm_pasid_lookup(x->m->m->vm, pasid, host);
}

static int guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	struct direct *x = ctx;

	return vm_pasid_guest(x->m->m->vm, host, pasid);
}

static int next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct direct *x = ctx;

	return vm_pasid_next(x->m->m->vm, pasid, host);
}

static const struct vdev_device_ops device_ops = {
	.interrupt = interrupt,
	.revoked = revoked,
	.portals = portals,
	.host_pasid = host_pasid,
	.guest_pasid = guest_pasid,
	.next_pasid = next_pasid,
};

/* ---- beginning and end ---- */

static int open_vdev(struct direct *x, const struct guest_vdev_cfg *cfg)
{
	struct vdev_cfg vcfg = {.sva = x->m->m->sva};
	struct vm *vm = x->m->m->vm;
	struct device *parent;
	int rc;

	rc = vdev_device_open(cfg->wqs, cfg->nwqs, &vcfg, &device_ops, x, &x->d);
	if (rc)
		return rc;
	parent = vdev_device_parent(x->d);
	rc = vm_dma_attach(vm, parent, &x->pasid);
	if (rc)
		goto close;
	rc = vdev_device_set_pasid(x->d, x->pasid);
	if (!rc)
		return 0;
	vm_dma_detach(vm, parent, x->pasid);
close:
	vdev_device_close(x->d);
	return rc;
}

static int direct_open(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct direct *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return -ENOMEM;
	x->m = d;
	d->door = x;
	rc = open_vdev(x, cfg);
	if (rc) {
		d->door = NULL;
		free(x);
	}
	return rc;
}

static void direct_adopt(struct monitor_dev *d)
{
	door(d)->m = d;
}

/* What the guest writes into its IOMMU's tables for the device holds from here on. */
static int direct_placed(struct monitor_dev *d)
{
	return vm_viommu_add(d->in_vm, vdev_device_parent(vdev(d)), door(d)->pasid);
}

static void direct_pasid_gone(struct monitor_dev *d, u32 pasid, u32 host)
{
	vdev_device_pasid_gone(vdev(d), pasid, host);
}

static void direct_close(struct monitor_dev *d)
{
	bool early = kernel_has_defect(system_host(d->m->sys), DEFECT_DMA_BEFORE_QUEUE);
	struct device *parent = vdev_device_parent(vdev(d));
	struct direct *x = door(d);

	if (d->in_vm)
		vm_viommu_remove(d->in_vm);
	if (early)
		vm_dma_detach(d->m->vm, parent, x->pasid);
	vdev_device_clear_pasid(x->d);
	if (!early)
		vm_dma_detach(d->m->vm, parent, x->pasid);
	vdev_device_close(x->d);
	free(x);
}

/* ---- posting ---- */

/* Vector 0 is software's. Where the host cannot post, its handler goes on delivering. */
static void direct_post(struct monitor_dev *d)
{
	struct direct *x = door(d);
	struct direct_post now;
	u64 descriptor;
	u32 i;
	u8 vector;

	for (i = 1; i <= GUEST_WQS_MAX; i++) {
		if (vdev_device_message(x->d, i, &now.addr, &now.data))
			now = (struct direct_post){0};
		if (now.addr == x->posted[i].addr && now.data == x->posted[i].data)
			continue;
		x->posted[i] = now;
		if (vm_post_target(d->m->vm, now.addr, now.data, &descriptor, &vector))
			descriptor = vector = 0;
		vdev_device_post(x->d, i, descriptor, vector);
	}
}

/* ---- moving ---- */

static int direct_pause(struct monitor_dev *d)
{
	return vdev_device_pause(vdev(d));
}

static int direct_resume(struct monitor_dev *d)
{
	return vdev_device_resume(vdev(d));
}

static s64 direct_save(struct monitor_dev *d, void *state)
{
	return vdev_device_save(vdev(d), state, MONITOR_STATE_BYTES);
}

static int direct_load(struct monitor_dev *d, const void *state, u32 bytes)
{
	vdev_device_renew(vdev(d));
	return vdev_device_load(vdev(d), state, bytes);
}

static int direct_revoke_handles(struct monitor_dev *d)
{
	int rc = vdev_device_revoke_handles(vdev(d));

	/* The new slots are not posted yet. */
	memset(door(d)->posted, 0, sizeof(door(d)->posted));
	return rc;
}

static void direct_leave(struct monitor_dev *d)
{
	vdev_device_leave(vdev(d));
}

static void direct_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st)
{
	vdev_device_portal_stats(vdev(d), st);
}

/* ---- accesses ---- */

static u32 direct_config_read(struct monitor_dev *d, u32 off, u32 width)
{
	return vdev_device_config_read(vdev(d), off, width);
}

static int direct_config_write(struct monitor_dev *d, u32 off, u32 width, u32 val)
{
	return vdev_device_config_write(vdev(d), off, width, val);
}

static u64 direct_mmio_read(struct monitor_dev *d, u32 bar, u64 off, u32 width)
{
	(void)bar;
	return vdev_device_mmio_read(vdev(d), off, width);
}

static int direct_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	(void)bar;
	return vdev_device_mmio_write(vdev(d), off, width, val);
}

static void direct_bars(struct monitor_dev *d, struct monitor_map *map)
{
	map->regs = vdev_device_bar(vdev(d), 0, &map->regs_bytes, &map->enabled);
	map->portals = vdev_device_bar(vdev(d), 2, &map->portals_bytes, &map->enabled);
}

static int direct_portal(struct monitor_dev *d, u64 off, u64 *pa)
{
	return vdev_device_portal(vdev(d), off, pa);
}

/* A store is told apart from another processor's by who executes it. */
static int direct_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	return vdev_device_portal_write(vdev(d), off, data, bytes, (u64)(size_t)fiber_current());
}

static int direct_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc)
{
	return vdev_device_portal_enqueue(vdev(d), off, desc);
}

static void direct_traps(const struct monitor_dev *d, struct vdev_traps *traps)
{
	vdev_device_traps(vdev(d), traps);
}

const struct monitor_ops monitor_direct_ops = {
	.open = direct_open,
	.close = direct_close,
	.adopt = direct_adopt,
	.placed = direct_placed,
	.pasid_gone = direct_pasid_gone,
	.config_read = direct_config_read,
	.config_write = direct_config_write,
	.mmio_read = direct_mmio_read,
	.mmio_write = direct_mmio_write,
	.bars = direct_bars,
	.portal = direct_portal,
	.portal_write = direct_portal_write,
	.portal_enqueue = direct_portal_enqueue,
	.post = direct_post,
	.traps = direct_traps,
	.pause = direct_pause,
	.resume = direct_resume,
	.save = direct_save,
	.load = direct_load,
	.remap = monitor_portals,
	.revoke_handles = direct_revoke_handles,
	.leave = direct_leave,
	.portal_stats = direct_portal_stats,
};
