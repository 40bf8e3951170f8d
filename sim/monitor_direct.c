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
#include "vdev/core/vdev_traps.h"
#include "vdev/kernel/vdev_device.h"

/* How long a processor waits before it does an access again that met a device on the move. */
#define AGAIN_PS (10 * PS_PER_US)

/* Where the virtual device is: on which queues, with which PASID for all of the guest's memory. */
struct place {
	struct vdev_device *d;
	u32 pasid;
	u32 users; /* accesses under way: it stays until they are over */
	/* By vector: the message that is posted, 0 none. */
	struct direct_post {
		u64 addr;
		u32 data;
	} posted[GUEST_WQS_MAX + 1];
};

struct direct {
	struct monitor_dev *m;
	struct place place[2]; /* the other one: while it moves */
	struct place *now;
	bool left; /* the end: nobody does anything again */
	/* Of places before this one. */
	struct vdev_traps traps;
	struct vdev_portal_stats portal;
};

static struct direct *door(const struct monitor_dev *d)
{
	return d->door;
}

static struct vdev_device *vdev(const struct monitor_dev *d)
{
	return door(d)->now->d;
}

static struct place *enter(const struct monitor_dev *d)
{
	struct place *p = door(d)->now;

	p->users++;
	return p;
}

/* Ends an access; true: it did nothing, and is to be done again where the device is by then. */
static bool again(const struct monitor_dev *d, struct place *p, int rc)
{
	p->users--;
	if (rc != -EAGAIN || door(d)->left)
		return false;
	fiber_sleep(AGAIN_PS);
	return true;
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
	/* Not in the machine yet: nothing is mapped. */
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

static struct device *parent(const struct place *p)
{
	return vdev_device_parent(p->d);
}

/* Composes it of @cfg's queues, with the PASID of @old where that is of the same function. */
static int place_open(struct direct *x, const struct guest_vdev_cfg *cfg, const struct place *old,
		      struct place *p)
{
	struct vdev_cfg vcfg = {.sva = x->m->m->sva};
	struct vm *vm = x->m->m->vm;
	bool same;
	int rc;

	rc = vdev_device_open(cfg->wqs, cfg->nwqs, &vcfg, &device_ops, x, &p->d);
	if (rc)
		return rc;
	same = old && parent(old) == parent(p);
	if (same)
		p->pasid = old->pasid;
	else
		rc = vm_dma_attach(vm, parent(p), &p->pasid);
	if (rc)
		goto close;
	rc = vdev_device_set_pasid(p->d, p->pasid);
	if (!rc)
		return 0;
	if (!same)
		vm_dma_detach(vm, parent(p), p->pasid);
close:
	vdev_device_close(p->d);
	return rc;
}

/* @kept: whoever has its PASID goes on. */
static void place_close(struct direct *x, struct place *p, bool kept)
{
	bool early = kernel_has_defect(system_host(x->m->m->sys), DEFECT_DMA_BEFORE_QUEUE);
	struct vm *vm = x->m->m->vm;

	if (early && !kept)
		vm_dma_detach(vm, parent(p), p->pasid);
	vdev_device_clear_pasid(p->d);
	if (!early && !kept)
		vm_dma_detach(vm, parent(p), p->pasid);
	vdev_device_close(p->d);
}

static int direct_open(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct direct *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return -ENOMEM;
	x->m = d;
	x->now = &x->place[0];
	d->door = x;
	rc = place_open(x, cfg, NULL, x->now);
	if (rc) {
		d->door = NULL;
		free(x);
	}
	return rc;
}

/* What the guest writes into its IOMMU's tables for the device holds from here on. */
static int direct_placed(struct monitor_dev *d)
{
	const struct place *p = door(d)->now;

	return vm_viommu_add(d->in_vm, parent(p), p->pasid);
}

static void direct_pasid_gone(struct monitor_dev *d, u32 pasid, u32 host)
{
	vdev_device_pasid_gone(vdev(d), pasid, host);
}

static void direct_close(struct monitor_dev *d)
{
	struct direct *x = door(d);

	if (d->in_vm)
		vm_viommu_remove(d->in_vm);
	place_close(x, x->now, false);
	free(x);
}

/* ---- posting ---- */

/* Vector 0 is software's. Where the host cannot post, its handler goes on delivering. */
static void direct_post(struct monitor_dev *d)
{
	struct place *p = door(d)->now;
	struct direct_post now;
	u64 descriptor;
	u32 i;
	u8 vector;

	for (i = 1; i <= GUEST_WQS_MAX; i++) {
		if (vdev_device_message(p->d, i, &now.addr, &now.data))
			now = (struct direct_post){0};
		if (now.addr == p->posted[i].addr && now.data == p->posted[i].data)
			continue;
		p->posted[i] = now;
		if (vm_post_target(d->m->vm, now.addr, now.data, &descriptor, &vector))
			descriptor = vector = 0;
		vdev_device_post(p->d, i, descriptor, vector);
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

/* The guest's PASIDs lead to it on the new function as they did on the old one. */
static int move_pasids(struct direct *x, const struct place *to)
{
	vm_viommu_remove(x->m->in_vm);
	return vm_viommu_add(x->m->in_vm, parent(to), to->pasid);
}

/* Puts the paused device's state on the queues of @to, and lets it go on there. */
static int move_state(struct direct *x, struct place *to, void *buf)
{
	struct place *from = x->now;
	long bytes = vdev_device_save(from->d, buf, MONITOR_STATE_BYTES);
	bool other = parent(to) != parent(from);
	int rc;

	if (bytes < 0)
		return bytes;
	rc = vdev_device_load(to->d, buf, bytes);
	if (!rc && other)
		rc = move_pasids(x, to);
	if (rc)
		return rc;
	x->now = to;
	rc = vdev_device_resume(to->d);
	if (!rc)
		return 0;
	x->now = from;
	if (other)
		move_pasids(x, from);
	return rc;
}

static void add_counts(u64 *sum, const u64 *more, u32 n)
{
	while (n--)
		sum[n] += more[n];
}

static void keep_counts(struct direct *x, struct place *p)
{
	struct vdev_portal_stats portal;
	struct vdev_traps traps;

	vdev_device_traps(p->d, &traps);
	add_counts(traps.count, x->traps.count, VDEV_TRAP_COUNT);
	x->traps = traps;
	vdev_device_portal_stats(p->d, &portal);
	add_counts((u64 *)&x->portal, (const u64 *)&portal, sizeof(portal) / sizeof(u64));
}

static int direct_move(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct direct *x = door(d);
	struct place *from = x->now, *to = from == x->place ? &x->place[1] : x->place;
	void *buf = malloc(MONITOR_STATE_BYTES);
	int rc = buf ? place_open(x, cfg, from, to) : -ENOMEM;
	bool same;

	if (rc)
		goto free;
	same = parent(to) == parent(from);
	rc = vdev_device_pause(from->d);
	if (!rc) {
		rc = move_state(x, to, buf);
		if (rc)
			vdev_device_resume(from->d);
	}
	if (rc) {
		place_close(x, to, same);
		goto free;
	}
	while (from->users)
		fiber_sleep(AGAIN_PS);
	keep_counts(x, from);
	place_close(x, from, same);
	memset(from, 0, sizeof(*from));
free:
	free(buf);
	return rc;
}

static int direct_revoke_handles(struct monitor_dev *d)
{
	int rc = vdev_device_revoke_handles(vdev(d));

	/* The new slots are not posted yet. */
	memset(door(d)->now->posted, 0, sizeof(door(d)->now->posted));
	return rc;
}

static void direct_leave(struct monitor_dev *d)
{
	door(d)->left = true;
	vdev_device_leave(vdev(d));
}

static void direct_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st)
{
	vdev_device_portal_stats(vdev(d), st);
	add_counts((u64 *)st, (const u64 *)&door(d)->portal, sizeof(*st) / sizeof(u64));
}

/* ---- accesses ---- */

static u32 direct_config_read(struct monitor_dev *d, u32 off, u32 width)
{
	struct place *p = enter(d);
	u32 val = vdev_device_config_read(p->d, off, width);

	p->users--;
	return val;
}

static void direct_config_write(struct monitor_dev *d, u32 off, u32 width, u32 val)
{
	struct place *p;

	do {
		p = enter(d);
	} while (again(d, p, vdev_device_config_write(p->d, off, width, val)));
}

static u64 direct_mmio_read(struct monitor_dev *d, u32 bar, u64 off, u32 width)
{
	struct place *p = enter(d);
	u64 val = vdev_device_mmio_read(p->d, off, width);

	(void)bar;
	p->users--;
	return val;
}

static void direct_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	struct place *p;

	(void)bar;
	do {
		p = enter(d);
	} while (again(d, p, vdev_device_mmio_write(p->d, off, width, val)));
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
static void direct_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	u64 writer = (u64)(size_t)fiber_current();
	struct place *p;

	do {
		p = enter(d);
	} while (again(d, p, vdev_device_portal_write(p->d, off, data, bytes, writer)));
}

static int direct_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc)
{
	struct place *p;
	int rc;

	do {
		p = enter(d);
		rc = vdev_device_portal_enqueue(p->d, off, desc);
	} while (again(d, p, rc));
	return rc ? 1 : 0;
}

static void direct_traps(const struct monitor_dev *d, struct vdev_traps *traps)
{
	vdev_device_traps(vdev(d), traps);
	add_counts(traps->count, door(d)->traps.count, VDEV_TRAP_COUNT);
}

const struct monitor_ops monitor_direct_ops = {
	.open = direct_open,
	.close = direct_close,
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
	.move = direct_move,
	.revoke_handles = direct_revoke_handles,
	.leave = direct_leave,
	.portal_stats = direct_portal_stats,
};
