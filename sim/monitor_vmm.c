// SPDX-License-Identifier: GPL-2.0
// A monitor that composes the virtual device itself: the host kernel only gives it queues, slots
// and PASIDs.
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/monitor_cdev.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "vdev/core/vdev_cfg.h"
#include "vdev/kernel/vdev_device.h"
#include "vdev/kernel/vdev_file.h"
#include "vdev/kernel/vdev_uapi.h"
#include "vdev/vmm/vdev_vmm.h"

#define PAGE	4096u
#define PORTALS 2
#define VECTORS (GUEST_WQS_MAX + 1)

/* One vector: where its slot's messages arrive, and the guest's message on its way. */
struct vmm_vector {
	struct vmm_door *x;
	u32 vector;
	int fd; /* -1: none */
	u64 addr;
	u32 data;
	struct sim_event inject;
};

struct vmm_door {
	struct monitor_dev *d; /* NULL: closed, a thread is still on its way */
	struct vdev_vmm *v;
	struct monitor_node node;
	struct vmm_vector vector[VECTORS];
	u64 portals; /* the file in the process */
	int event_fd;
	bool reading;
	u32 threads;
	struct vmm_post {
		u64 addr;
		u32 data;
	} posted[VECTORS];
};

static struct vmm_door *door(const struct monitor_dev *d)
{
	return d->door;
}

static struct vmm_process *vmm(const struct vmm_door *x)
{
	return &x->d->m->vmm;
}

/* A dead monitor answers nobody. */
static bool alive(const struct monitor_dev *d)
{
	return d->m->vmm.p;
}

/* ---- system calls of the composition code ---- */

static long vmm_door_ioctl(void *ctx, u32 cmd, void *arg, u32 bytes)
{
	struct vmm_door *x = ctx;

	return (long)vmm_ioctl(vmm(x), x->node.fd, cmd, arg, bytes);
}

static long vmm_door_ioctl_value(void *ctx, u32 cmd, u64 val)
{
	struct vmm_door *x = ctx;

	return (long)vmm_ioctl_val(vmm(x), x->node.fd, cmd, val);
}

/* ---- interrupts ---- */

static void inject(struct sim *sim, struct sim_event *ev)
{
	struct vmm_vector *v =
		(struct vmm_vector *)((char *)ev - offsetof(struct vmm_vector, inject));

	(void)sim;
	vm_message(v->x->d->m->vm, v->addr, v->data);
}

/* The core decided on the message: KVM is given it, as an eventfd's other end would be. */
static void interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct vmm_door *x = ctx;
	struct vmm_vector *v = &x->vector[vector];

	v->addr = addr;
	v->data = data;
	vmm(x)->crossings.eventfds++;
	if (!sim_event_queued(&v->inject))
		sim_after(system_sim(x->d->m->sys), &v->inject,
			  system_platform(x->d->m->sys)->cpu.eventfd_ps, SIM_PRIO_RESPONSE);
}

static void signalled(void *arg)
{
	struct vmm_vector *v = arg;

	if (v->x->d && v->x->v && alive(v->x->d))
		vdev_vmm_completion(v->x->v, v->vector);
}

static int vector_eventfd(void *ctx, u32 vector)
{
	struct vmm_door *x = ctx;
	struct vmm_vector *v = &x->vector[vector];
	int rc = 0;

	if (v->fd < 0)
		rc = process_eventfd(vmm(x)->p, 0, signalled, v, &v->fd);
	return rc ? rc : v->fd;
}

/* ---- errors: read by the program's main loop ---- */

static void read_events(void *arg)
{
	struct vmm_door *x = arg;
	struct vdev_raw_event ev;

	while (x->d && vmm_pread(vmm(x), x->node.fd, 0, &ev, sizeof(ev)) == sizeof(ev))
		if (x->d && x->v)
			vdev_vmm_event(x->v, &ev);
	x->reading = false;
	x->threads--;
	if (!x->d && !x->threads)
		free(x);
}

static void events_waiting(void *arg)
{
	struct vmm_door *x = arg;

	if (!x->d || x->reading)
		return;
	vmm(x)->crossings.eventfds++;
	x->reading = true;
	x->threads++;
	if (kernel_run_on_fiber(system_host(x->d->m->sys), read_events, x, "vmm-main")) {
		x->reading = false;
		x->threads--;
	}
}

/* ---- portals ---- */

struct map_call {
	struct vm_device *in_vm;
	u64 gpa, off, va; /* 0: trapped */
};

static s64 map_user(void *arg)
{
	struct map_call *c = arg;

	return vm_map_user(c->in_vm, c->gpa, PORTALS, c->off, c->va);
}

static s64 change_user(void *arg)
{
	struct map_call *c = arg;

	return vm_change_user(c->in_vm, c->gpa, PORTALS, c->off, c->va);
}

static u64 page_va(struct vmm_door *x, u64 off)
{
	u64 file_off;

	return vdev_vmm_portal(x->v, off, &file_off) ? 0 : x->portals + file_off;
}

static void vmm_map_portal(struct monitor_dev *d, u64 off, u64 gpa)
{
	struct vmm_door *x = door(d);
	struct map_call c = {d->in_vm, gpa, off, page_va(x, off)};

	if (c.va)
		vmm_call(vmm(x), map_user, &c);
	else
		vm_map_trapped(d->in_vm, gpa, PAGE, PORTALS, off);
}

/* The composition code takes pages away and gives them back; the kernel has its own say. */
static void portals(void *ctx)
{
	struct vmm_door *x = ctx;
	struct monitor_dev *d = x->d;
	u64 off;

	if (!d->in_vm || !d->map.enabled || !x->v)
		return;
	for (off = 0; off < d->map.portals_bytes; off += PAGE) {
		struct map_call c = {d->in_vm, d->map.portals + off, off, page_va(x, off)};

		vmm_call(vmm(x), change_user, &c);
	}
	vm_map_settle(d->in_vm);
}

/* ---- PASIDs: what the hypervisor knows ---- */

struct pasid_call {
	struct vm *vm;
	u32 from, to;
};

static s64 lookup(void *arg)
{
	struct pasid_call *c = arg;

	return vm_pasid_lookup(c->vm, c->from, &c->to);
}

static int host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct vmm_door *x = ctx;
	struct pasid_call c = {x->d->m->vm, pasid, 0};
	int rc = (int)vmm_call(vmm(x), lookup, &c);

	*host = c.to;
	return rc;
}

static int guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	struct vmm_door *x = ctx;

	return vm_pasid_guest(x->d->m->vm, host, pasid);
}

static int next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct vmm_door *x = ctx;

	return vm_pasid_next(x->d->m->vm, pasid, host);
}

static const struct vdev_vmm_ops vmm_ops = {
	.ioctl = vmm_door_ioctl,
	.ioctl_value = vmm_door_ioctl_value,
	.eventfd = vector_eventfd,
	.interrupt = interrupt,
	.portals = portals,
	.host_pasid = host_pasid,
	.guest_pasid = guest_pasid,
	.next_pasid = next_pasid,
};

/* ---- beginning and end ---- */

static int compose(struct vmm_door *x, const struct guest_vdev_cfg *cfg, u32 pasid)
{
	struct vdev_cfg vcfg = {.sva = x->d->m->sva};
	s64 va;
	int rc;

	va = vmm_mmap(vmm(x), x->node.fd, 0, 2 * PAGE * (u64)cfg->nwqs);
	if (va < 0)
		return (int)va;
	x->portals = (u64)va;
	rc = process_eventfd(vmm(x)->p, 0, events_waiting, x, &x->event_fd);
	if (!rc)
		rc = (int)vmm_ioctl_val(vmm(x), x->node.fd, VDEV_RAW_EVENTFD, (u64)x->event_fd);
	if (!rc)
		rc = vdev_vmm_open(&vcfg, &vmm_ops, x, &x->v);
	return rc ? rc : vdev_vmm_set_pasid(x->v, pasid);
}

static void vmm_close_door(struct monitor_dev *d)
{
	struct vmm_door *x = door(d);
	u32 i;

	if (d->in_vm)
		vm_viommu_remove(d->in_vm);
	if (x->v)
		vdev_vmm_close(x->v);
	x->v = NULL;
	if (x->portals)
		vmm_munmap(vmm(x), x->portals, 2 * PAGE * (u64)x->node.nwqs);
	vmm_close(vmm(x), x->node.fd);
	vmm_close(vmm(x), x->event_fd);
	for (i = 0; i < VECTORS; i++) {
		sim_cancel(system_sim(d->m->sys), &x->vector[i].inject);
		vmm_close(vmm(x), x->vector[i].fd);
	}
	monitor_node_remove(&x->node, d);
	x->d = NULL;
	if (!x->threads)
		free(x);
}

static int vmm_open_door(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct vmm_door *x = calloc(1, sizeof(*x));
	s64 rc;
	u32 i;

	if (!x)
		return -ENOMEM;
	x->d = d;
	x->event_fd = -1;
	for (i = 0; i < VECTORS; i++) {
		x->vector[i] = (struct vmm_vector){.x = x, .vector = i, .fd = -1};
		sim_event_init(&x->vector[i].inject, inject);
	}
	d->door = x;
	rc = monitor_node_open(&x->node, d, cfg, true);
	if (!rc)
		rc = monitor_node_bind(&x->node, d);
	if (rc >= 0)
		rc = compose(x, cfg, (u32)rc);
	if (rc)
		vmm_close_door(d);
	return (int)rc;
}

static int vmm_placed(struct monitor_dev *d)
{
	struct file *f = alive(d) ? process_file(d->m->vmm.p, door(d)->node.fd) : NULL;
	struct device *dev;
	u32 pasid;
	int rc = f ? vdev_file_dma(f, &dev, &pasid) : -EBADF;

	return rc ? rc : vm_viommu_add(d->in_vm, dev, pasid);
}

static void vmm_pasid_gone(struct monitor_dev *d, u32 pasid, u32 host)
{
	if (alive(d))
		vdev_vmm_pasid_gone(door(d)->v, pasid, host);
}

/* ---- accesses: emulated where they arrive ---- */

static u32 vmm_config_read(struct monitor_dev *d, u32 off, u32 width)
{
	return alive(d) ? vdev_vmm_config_read(door(d)->v, off, width) : ~0u;
}

static int vmm_config_write(struct monitor_dev *d, u32 off, u32 width, u32 val)
{
	return alive(d) ? vdev_vmm_config_write(door(d)->v, off, width, val) : -EIO;
}

static u64 vmm_mmio_read(struct monitor_dev *d, u32 bar, u64 off, u32 width)
{
	(void)bar;
	return alive(d) ? vdev_vmm_mmio_read(door(d)->v, off, width) : ~0ull;
}

static int vmm_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	(void)bar;
	return alive(d) ? vdev_vmm_mmio_write(door(d)->v, off, width, val) : -EIO;
}

/* A store is told apart from another processor's by who executes it. */
static int vmm_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	u64 writer = (u64)(size_t)fiber_current();

	return alive(d) ? vdev_vmm_portal_write(door(d)->v, off, data, bytes, writer) : -EIO;
}

static int vmm_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc)
{
	return alive(d) ? vdev_vmm_portal_enqueue(door(d)->v, off, desc) : -EIO;
}

static void vmm_bars(struct monitor_dev *d, struct monitor_map *map)
{
	struct vmm_door *x = door(d);

	map->enabled = false;
	if (!alive(d))
		return;
	map->regs = vdev_vmm_bar(x->v, 0, &map->regs_bytes, &map->enabled);
	map->portals = vdev_vmm_bar(x->v, PORTALS, &map->portals_bytes, &map->enabled);
}

/* As bypass() of monitor_vfio.c: the slot's host interrupt finds the eventfd's other end. */
static s64 bypass(void *arg)
{
	struct vmm_door *x = arg;
	struct file *f = process_file(vmm(x)->p, x->node.fd);
	struct vdev_device *dev = f ? vdev_file_device(f) : NULL;
	struct vmm_post now;
	u64 descriptor;
	u32 i;
	u8 vector;

	for (i = 1; dev && i <= x->node.nwqs; i++) {
		if (vdev_vmm_message(x->v, i, &now.addr, &now.data))
			now = (struct vmm_post){0};
		if (now.addr == x->posted[i].addr && now.data == x->posted[i].data)
			continue;
		x->posted[i] = now;
		if (vm_post_target(x->d->m->vm, now.addr, now.data, &descriptor, &vector))
			descriptor = vector = 0;
		vdev_device_post(dev, i, descriptor, vector);
	}
	return 0;
}

static bool messages_changed(struct vmm_door *x)
{
	struct vmm_post now;
	u32 i;

	for (i = 1; i <= x->node.nwqs; i++) {
		if (vdev_vmm_message(x->v, i, &now.addr, &now.data))
			now = (struct vmm_post){0};
		if (now.addr != x->posted[i].addr || now.data != x->posted[i].data)
			return true;
	}
	return false;
}

static void vmm_post(struct monitor_dev *d)
{
	if (alive(d) && messages_changed(door(d)))
		vmm_call(&d->m->vmm, bypass, door(d));
}

static int vmm_pause(struct monitor_dev *d)
{
	return vdev_vmm_pause(door(d)->v);
}

static int vmm_resume(struct monitor_dev *d)
{
	return vdev_vmm_resume(door(d)->v);
}

static s64 vmm_save(struct monitor_dev *d, void *state)
{
	return vdev_vmm_save(door(d)->v, state, MONITOR_STATE_BYTES);
}

static int vmm_load(struct monitor_dev *d, const void *state, u32 bytes)
{
	vdev_vmm_renew(door(d)->v);
	return vdev_vmm_load(door(d)->v, state, bytes);
}

static void vmm_adopt(struct monitor_dev *d)
{
	door(d)->d = d;
}

static void vmm_remap(struct monitor_dev *d)
{
	portals(door(d));
}

static int vmm_revoke_handles(struct monitor_dev *d)
{
	int rc = vdev_vmm_revoke_handles(door(d)->v);

	/* The new slots' messages are not posted yet. */
	memset(door(d)->posted, 0, sizeof(door(d)->posted));
	return rc;
}

static void vmm_leave(struct monitor_dev *d)
{
	vdev_vmm_leave(door(d)->v);
}

static void vmm_traps(const struct monitor_dev *d, struct vdev_traps *traps)
{
	vdev_vmm_traps(door(d)->v, traps);
}

static void vmm_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st)
{
	vdev_vmm_portal_stats(door(d)->v, st);
}

const struct monitor_ops monitor_vmm_ops = {
	.in_process = true,
	.open = vmm_open_door,
	.close = vmm_close_door,
	.config_read = vmm_config_read,
	.config_write = vmm_config_write,
	.mmio_read = vmm_mmio_read,
	.mmio_write = vmm_mmio_write,
	.placed = vmm_placed,
	.pasid_gone = vmm_pasid_gone,
	.bars = vmm_bars,
	.portal_write = vmm_portal_write,
	.portal_enqueue = vmm_portal_enqueue,
	.post = vmm_post,
	.map_portal = vmm_map_portal,
	.pause = vmm_pause,
	.resume = vmm_resume,
	.save = vmm_save,
	.load = vmm_load,
	.adopt = vmm_adopt,
	.remap = vmm_remap,
	.revoke_handles = vmm_revoke_handles,
	.leave = vmm_leave,
	.traps = vmm_traps,
	.portal_stats = vmm_portal_stats,
};
