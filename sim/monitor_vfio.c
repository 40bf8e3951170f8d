// SPDX-License-Identifier: GPL-2.0
// A monitor's view of a virtual device through VFIO: regions by pread and pwrite, interrupts by
// eventfds, portals by mmap.
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "sim/core/fiber.h"
#include "sim/monitor_vfio.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "vdev/kernel/vdev_device.h"
#include "vdev/kernel/vdev_file.h"
#include "vdev/kernel/vdev_uapi.h"

#define PAGE 4096u

/* Configuration space. */
#define CFG_COMMAND	0x04
#define CFG_COMMAND_MEM 2u
#define CFG_BARS	0x10
#define CFG_BARS_END	0x28
#define CFG_CAPS	0x34
#define CAP_MSIX	0x11
#define CAP_EXPRESS	0x10
#define EXPRESS_BYTES	0x3c
#define MSIX_ENTRY	16u

enum { REGION_BAR0, REGION_BAR2, REGION_CONFIG };
static const u32 region_index[] = {VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_BAR2_REGION_INDEX,
				   VFIO_PCI_CONFIG_REGION_INDEX};

static struct vmm_process *vmm(const struct monitor_vfio *x)
{
	return &x->d->m->vmm;
}

/* ---- accesses ---- */

/* All ones when it fails, as an absent function answers. */
static u64 region_read(struct monitor_vfio *x, u32 region, u64 off, u32 width)
{
	u64 val = 0;

	if (vmm_pread(vmm(x), x->fd, x->region_off[region] + off, &val, width) != width)
		return width == 8 ? ~0ull : (1ull << 8 * width) - 1;
	return val;
}

static int region_write(struct monitor_vfio *x, u32 region, u64 off, u32 width, u64 val)
{
	s64 rc = vmm_pwrite(vmm(x), x->fd, x->region_off[region] + off, &val, width);

	return rc < 0 ? (int)rc : 0;
}

u32 monitor_vfio_config_read(struct monitor_dev *d, u32 off, u32 width)
{
	return (u32)region_read(monitor_vfio_of(d), REGION_CONFIG, off, width);
}

int monitor_vfio_config_write(struct monitor_dev *d, u32 off, u32 width, u32 val)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	int rc = region_write(x, REGION_CONFIG, off, width, val);

	x->msix_changed = true;
	/* Command, BARs, or a function level reset. */
	if ((off < CFG_COMMAND + 2 && off + width > CFG_COMMAND) ||
	    (off < CFG_BARS_END && off + width > CFG_BARS) ||
	    (x->express && off < x->express + EXPRESS_BYTES && off + width > x->express))
		x->bars_known = false;
	return rc;
}

u64 monitor_vfio_mmio_read(struct monitor_dev *d, u32 bar, u64 off, u32 width)
{
	(void)bar;
	return region_read(monitor_vfio_of(d), REGION_BAR0, off, width);
}

/*
 * The message that the guest writes for a vector is what the injector has to know, before the
 * device can fire it. A copy: as the device takes it, the low bits of an address are not kept.
 */
static void follow_msix(struct monitor_vfio *x, u64 off, u32 width, u64 val)
{
	u64 end = x->msix_table + x->nr_vectors * MSIX_ENTRY;
	u32 i;

	for (i = 0; i < width; i++, off++, val >>= 8)
		if (off >= x->msix_table && off < end) {
			x->table[off - x->msix_table] = (u8)val;
			x->msix_changed = true;
		}
}

int monitor_vfio_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	struct monitor_vfio *x = monitor_vfio_of(d);

	(void)bar;
	follow_msix(x, off, width, val);
	return region_write(x, REGION_BAR0, off, width, val);
}

/*
 * KVM's end of an eventfd and VFIO's find each other when the message of the first changes: what
 * the second delivers goes past the host then, if it can. Vector 0 is software's.
 */
static s64 bypass(void *arg)
{
	struct monitor_vfio *x = arg;
	struct file *f = process_file(vmm(x)->p, x->fd);
	struct vdev_device *vdev = f ? vdev_file_device(f) : NULL;
	struct monitor_post now;
	u64 descriptor;
	u32 i;
	u8 vector;

	for (i = 1; vdev && i < x->nr_vectors; i++) {
		if (vdev_device_message(vdev, i, &now.addr, &now.data))
			now = (struct monitor_post){0};
		if (now.addr == x->posted[i].addr && now.data == x->posted[i].data)
			continue;
		x->posted[i] = now;
		if (vm_post_target(x->d->m->vm, now.addr, now.data, &descriptor, &vector))
			descriptor = vector = 0;
		vdev_device_post(vdev, i, descriptor, vector);
	}
	return 0;
}

void monitor_vfio_post(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);

	if (x->msix_changed)
		vmm_call(vmm(x), bypass, x);
	x->msix_changed = false;
}

int monitor_vfio_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	s64 rc = vmm_pwrite(vmm(x), x->fd, x->region_off[REGION_BAR2] + off, data, bytes);

	return rc < 0 ? (int)rc : 0;
}

int monitor_vfio_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	struct vdev_enqueue arg = {.off = off};

	memcpy(arg.desc, desc, sizeof(arg.desc));
	return (int)vmm_ioctl(vmm(x), x->fd, VDEV_ENQUEUE, &arg, sizeof(arg));
}

int monitor_vfio_revoke_handles(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	int rc = (int)vmm_ioctl_val(vmm(x), x->fd, VDEV_REVOKE_HANDLES, 0);

	/* The new slots' messages are not posted yet. */
	memset(x->posted, 0, sizeof(x->posted));
	x->msix_changed = true;
	return rc;
}

void monitor_vfio_bars(struct monitor_dev *d, struct monitor_map *map)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	u32 command;

	if (!x->bars_known) {
		x->bars_known = true;
		command = (u32)region_read(x, REGION_CONFIG, CFG_COMMAND, 2);
		x->bars.enabled = command != 0xffff && command & CFG_COMMAND_MEM;
		x->bars.regs = region_read(x, REGION_CONFIG, CFG_BARS, 4) & ~0xfull;
		x->bars.regs |= region_read(x, REGION_CONFIG, CFG_BARS + 4, 4) << 32;
		x->bars.portals = region_read(x, REGION_CONFIG, CFG_BARS + 8, 4) & ~0xfull;
		x->bars.portals |= region_read(x, REGION_CONFIG, CFG_BARS + 12, 4) << 32;
	}
	map->enabled = x->bars.enabled;
	map->regs = x->bars.regs;
	map->portals = x->bars.portals;
	map->regs_bytes = x->region_bytes[REGION_BAR0];
	map->portals_bytes = x->region_bytes[REGION_BAR2];
}

/* ---- portals ---- */

struct map_call {
	struct vm_device *in_vm;
	u64 gpa, off, va;
};

static s64 map_user(void *arg)
{
	struct map_call *c = arg;

	return vm_map_user(c->in_vm, c->gpa, 2, c->off, c->va);
}

void monitor_vfio_map_portal(struct monitor_dev *d, u64 off, u64 gpa)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	struct map_call c = {x->d->in_vm, gpa, off, x->portals + off};

	if (x->straight & 1ull << off / PAGE)
		vmm_call(vmm(x), map_user, &c);
	else
		vm_map_trapped(x->d->in_vm, gpa, PAGE, 2, off);
}

struct look {
	struct monitor_vfio *x;
	struct vm_device *in_vm;
};

static s64 prefault(void *arg)
{
	vm_user_prefault(arg);
	return 0;
}

/* The program's main loop woke up: which pages there are has changed. */
static void look_at_portals(void *arg)
{
	struct monitor_vfio *x = arg;

	x->looking = false;
	if (x->d && x->d->in_vm)
		vmm_call(vmm(x), prefault, x->d->in_vm);
	if (!--x->threads && !x->d)
		free(x);
}

static void portals_changed(void *arg)
{
	struct monitor_vfio *x = arg;

	if (!x->d || x->looking)
		return;
	vmm(x)->crossings.eventfds++;
	x->looking = true;
	x->threads++;
	if (kernel_run_on_fiber(system_host(x->d->m->sys), look_at_portals, x, "vmm-main")) {
		x->looking = false;
		x->threads--;
	}
}

/* ---- the host wants the device back ---- */

static void let_go(void *arg)
{
	struct monitor_vfio *x = arg;

	if (x->d)
		monitor_vfio_let_go(x);
	if (!--x->threads && !x->d)
		free(x);
}

/* The guest finds nothing there from now on, as when a device is pulled. */
static void wanted_back(void *arg)
{
	struct monitor_vfio *x = arg;

	if (!x->d || x->fd < 0)
		return;
	vmm(x)->crossings.eventfds++;
	x->threads++;
	if (kernel_run_on_fiber(system_host(x->d->m->sys), let_go, x, "vmm-main"))
		x->threads--;
}

/* ---- interrupts ---- */

static void inject(struct sim *sim, struct sim_event *ev)
{
	struct monitor_vector *v =
		(struct monitor_vector *)((char *)ev - offsetof(struct monitor_vector, inject));

	const u8 *entry = v->x->table + (v - v->x->vector) * MSIX_ENTRY;
	u64 addr;
	u32 data;

	(void)sim;
	memcpy(&addr, entry, sizeof(addr));
	memcpy(&data, entry + 8, sizeof(data));
	vm_message(v->x->d->m->vm, addr & ~3ull, data);
}

/* What KVM's end of an eventfd does. Any context. */
static void signalled(void *arg)
{
	struct monitor_vector *v = arg;

	if (!v->x->d)
		return;
	vmm(v->x)->crossings.eventfds++;
	/* A counter, not a queue: signals that come close together are one interrupt. */
	if (!sim_event_queued(&v->inject))
		sim_after(system_sim(v->x->d->m->sys), &v->inject,
			  system_platform(v->x->d->m->sys)->cpu.eventfd_ps, SIM_PRIO_RESPONSE);
}

static int set_eventfds(struct monitor_vfio *x, u32 index, const s32 *fds, u32 n)
{
	u32 bytes = sizeof(struct vfio_irq_set) + n * sizeof(s32);
	u64 buf[(sizeof(struct vfio_irq_set) + MONITOR_VECTORS_MAX * sizeof(s32) + 7) / 8];
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;

	*set = (struct vfio_irq_set){
		.argsz = bytes,
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
		.count = n,
	};
	memcpy(set->data, fds, n * sizeof(s32));
	return (int)vmm_ioctl(vmm(x), x->fd, VFIO_DEVICE_SET_IRQS, set, bytes);
}

static int wire_interrupts(struct monitor_vfio *x)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX};
	s32 fds[MONITOR_VECTORS_MAX];
	u32 i;
	s64 rc = vmm_ioctl(vmm(x), x->fd, VFIO_DEVICE_GET_IRQ_INFO, &info, sizeof(info));

	if (rc)
		return (int)rc;
	if (info.count > MONITOR_VECTORS_MAX)
		return -EINVAL;
	for (i = 0; i < info.count && !rc; i++) {
		struct monitor_vector *v = &x->vector[i];

		v->x = x;
		sim_event_init(&v->inject, inject);
		rc = process_eventfd(vmm(x)->p, 0, signalled, v, &v->fd);
		fds[i] = v->fd;
		/* Those that there are have to be closed again. */
		x->nr_vectors += !rc;
	}
	if (!rc)
		rc = set_eventfds(x, VFIO_PCI_MSIX_IRQ_INDEX, fds, info.count);
	if (!rc)
		rc = process_eventfd(vmm(x)->p, 0, portals_changed, x, &x->portals_fd);
	if (!rc)
		rc = process_eventfd(vmm(x)->p, 0, wanted_back, x, &x->request_fd);
	fds[0] = x->portals_fd;
	if (!rc)
		rc = set_eventfds(x, VDEV_IRQ_PORTALS, fds, 1);
	fds[0] = x->request_fd;
	return rc ? (int)rc : set_eventfds(x, VFIO_PCI_REQ_IRQ_INDEX, fds, 1);
}

/* ---- what it is ---- */

static int read_regions(struct monitor_vfio *x)
{
	u32 i;

	for (i = 0; i < 3; i++) {
		struct vfio_region_info info = {.argsz = sizeof(info), .index = region_index[i]};
		s64 rc = vmm_ioctl(vmm(x), x->fd, VFIO_DEVICE_GET_REGION_INFO, &info, sizeof(info));

		if (rc)
			return (int)rc;
		x->region_off[i] = info.offset;
		x->region_bytes[i] = info.size;
	}
	return x->region_bytes[REGION_BAR2] > (u64)MONITOR_PAGES_MAX * PAGE ? -EINVAL : 0;
}

/* The pages that the device lets go straight: a capability of the region. */
static int read_sparse(struct monitor_vfio *x)
{
	const u32 bytes = sizeof(struct vfio_region_info) +
			  sizeof(struct vfio_region_info_cap_sparse_mmap) +
			  MONITOR_PAGES_MAX * sizeof(struct vfio_region_sparse_mmap_area);
	struct vfio_region_info *info = calloc(1, bytes);
	struct vfio_region_info_cap_sparse_mmap *sparse;
	u32 i;
	s64 rc;

	if (!info)
		return -ENOMEM;
	sparse = (struct vfio_region_info_cap_sparse_mmap *)(info + 1);
	info->argsz = bytes;
	info->index = VFIO_PCI_BAR2_REGION_INDEX;
	rc = vmm_ioctl(vmm(x), x->fd, VFIO_DEVICE_GET_REGION_INFO, info, bytes);
	if (!rc && (info->cap_offset != sizeof(*info) ||
		    sparse->header.id != VFIO_REGION_INFO_CAP_SPARSE_MMAP ||
		    sparse->nr_areas > MONITOR_PAGES_MAX))
		rc = -EINVAL;
	for (i = 0; !rc && i < sparse->nr_areas; i++)
		if (sparse->areas[i].offset / PAGE < MONITOR_PAGES_MAX)
			x->straight |= 1ull << sparse->areas[i].offset / PAGE;
	free(info);
	return (int)rc;
}

static void read_capabilities(struct monitor_vfio *x)
{
	u32 at = (u32)region_read(x, REGION_CONFIG, CFG_CAPS, 1), id, steps;

	for (steps = 0; at >= 0x40 && at < 0x100 && steps < 48; steps++) {
		id = (u32)region_read(x, REGION_CONFIG, at, 1);
		if (id == CAP_EXPRESS)
			x->express = at;
		else if (id == CAP_MSIX)
			x->msix_table = (u32)region_read(x, REGION_CONFIG, at + 4, 4) & ~7u;
		at = (u32)region_read(x, REGION_CONFIG, at + 1, 1);
	}
}

int monitor_vfio_attach(struct monitor_vfio *x, struct monitor_dev *d, int fd)
{
	s64 va;
	int rc;

	x->d = d;
	x->fd = fd;
	rc = read_regions(x);
	if (!rc)
		rc = read_sparse(x);
	if (!rc)
		rc = wire_interrupts(x);
	if (rc)
		return rc;
	read_capabilities(x);
	va = vmm_mmap(vmm(x), fd, x->region_off[REGION_BAR2], x->region_bytes[REGION_BAR2]);
	if (va < 0)
		return (int)va;
	x->portals = (u64)va;
	return 0;
}

/* ---- moving: VFIO's migration states ---- */

/* @op: get or set. What the state is then; *fd: of the stream that it began, -1. */
static s64 mig_state(struct monitor_vfio *x, u32 op, u32 state, int *fd)
{
	struct {
		struct vfio_device_feature h;
		struct vfio_device_feature_mig_state mig;
	} f = {.h = {.argsz = sizeof(f), .flags = op | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE},
	       .mig = {.device_state = state, .data_fd = -1}};
	s64 rc = vmm_ioctl(vmm(x), x->fd, VFIO_DEVICE_FEATURE, &f, sizeof(f));

	*fd = f.mig.data_fd;
	return rc ? rc : f.mig.device_state;
}

static int set_state(struct monitor_vfio *x, u32 state, int *fd)
{
	s64 rc = mig_state(x, VFIO_DEVICE_FEATURE_SET, state, fd);

	return rc < 0 ? (int)rc : 0;
}

int monitor_vfio_pause(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	int fd;
	s64 now = mig_state(x, VFIO_DEVICE_FEATURE_GET, 0, &fd);

	if (now != VFIO_DEVICE_STATE_RUNNING)
		return now < 0 ? (int)now : -EALREADY;
	return set_state(x, VFIO_DEVICE_STATE_STOP, &fd);
}

int monitor_vfio_resume(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	int fd;
	s64 now = mig_state(x, VFIO_DEVICE_FEATURE_GET, 0, &fd);

	if (now == VFIO_DEVICE_STATE_RUNNING)
		return -EINVAL;
	return now < 0 ? (int)now : set_state(x, VFIO_DEVICE_STATE_RUNNING, &fd);
}

s64 monitor_vfio_save(struct monitor_dev *d, void *state)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	s64 bytes = 0, n;
	int fd;

	n = set_state(x, VFIO_DEVICE_STATE_STOP_COPY, &fd);
	if (n)
		return n;
	do {
		u32 room = MONITOR_STATE_BYTES - (u32)bytes;

		n = vmm_pread(vmm(x), fd, 0, (u8 *)state + bytes,
			      room < VMM_BUFFER ? room : VMM_BUFFER);
		bytes += n > 0 ? n : 0;
	} while (n > 0);
	vmm_close(vmm(x), fd);
	return n < 0 ? n : bytes;
}

int monitor_vfio_load(struct monitor_dev *d, const void *state, u32 bytes)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	u32 at = 0;
	s64 n;
	int fd;

	n = set_state(x, VFIO_DEVICE_STATE_RESUMING, &fd);
	if (n)
		return (int)n;
	while (at < bytes && n >= 0) {
		n = vmm_pwrite(vmm(x), fd, 0, (const u8 *)state + at,
			       bytes - at < VMM_BUFFER ? bytes - at : VMM_BUFFER);
		at += n > 0 ? (u32)n : 0;
	}
	vmm_close(vmm(x), fd);
	return n < 0 ? (int)n : set_state(x, VFIO_DEVICE_STATE_STOP, &fd);
}

void monitor_vfio_carry(struct monitor_dev *d, struct monitor_dev *to)
{
	struct monitor_vfio *x = monitor_vfio_of(to);

	memcpy(x->table, monitor_vfio_of(d)->table, sizeof(x->table));
	x->bars_known = false;
	/* Its slots are others. */
	memset(x->posted, 0, sizeof(x->posted));
	x->msix_changed = true;
}

void monitor_vfio_adopt(struct monitor_dev *d)
{
	monitor_vfio_of(d)->d = d;
}

static s64 change_user(void *arg)
{
	struct map_call *c = arg;

	return vm_change_user(c->in_vm, c->gpa, 2, c->off, c->va);
}

void monitor_vfio_remap(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	u64 off;

	for (off = 0; off < d->map.portals_bytes; off += PAGE) {
		struct map_call c = {d->in_vm, d->map.portals + off, off, x->portals + off};

		if (x->straight & 1ull << off / PAGE)
			vmm_call(vmm(x), change_user, &c);
	}
	vm_map_settle(d->in_vm);
}

/* ---- beginning and end ---- */

int monitor_vfio_placed(struct monitor_dev *d)
{
	struct monitor_vfio *x = monitor_vfio_of(d);
	/* A monitor that died has no files. */
	struct file *f = vmm(x)->p ? process_file(vmm(x)->p, x->fd) : NULL;
	struct device *dev;
	u32 pasid;
	int rc = f ? vdev_file_dma(f, &dev, &pasid) : -EBADF;

	return rc ? rc : vm_viommu_add(x->d->in_vm, dev, pasid);
}

void monitor_vfio_let_go(struct monitor_vfio *x)
{
	int fd = x->fd, group = x->group;
	u64 portals = x->portals;

	/* No new calls; the last close takes everything back. */
	x->fd = x->group = -1;
	x->portals = 0;
	if (x->d->in_vm)
		vm_viommu_remove(x->d->in_vm);
	/* The mapping holds the file too. */
	if (portals)
		vmm_munmap(vmm(x), portals, x->region_bytes[REGION_BAR2]);
	vmm_close(vmm(x), fd);
	vmm_close(vmm(x), group);
}

void monitor_vfio_close(struct monitor_vfio *x)
{
	u32 i;

	monitor_vfio_let_go(x);
	for (i = 0; i < x->nr_vectors; i++)
		vmm_close(vmm(x), x->vector[i].fd);
	if (x->portals_fd)
		vmm_close(vmm(x), x->portals_fd);
	if (x->request_fd)
		vmm_close(vmm(x), x->request_fd);
}

void monitor_vfio_detach(struct monitor_vfio *x)
{
	struct sim *sim = system_sim(x->d->m->sys);
	u32 i;

	for (i = 0; i < x->nr_vectors; i++)
		sim_cancel(sim, &x->vector[i].inject);
	x->d = NULL;
	if (!x->threads)
		free(x);
}

/* For observers, and for whoever pulls the plug. */
static struct vdev_device *behind(const struct monitor_vfio *x)
{
	struct process *p = vmm(x)->p;
	struct file *f = p ? process_file(p, x->fd) : NULL;

	return f ? vdev_file_device(f) : NULL;
}

void monitor_vfio_leave(struct monitor_dev *d)
{
	struct vdev_device *vdev = behind(monitor_vfio_of(d));

	if (vdev)
		vdev_device_leave(vdev);
}

void monitor_vfio_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st)
{
	struct vdev_device *vdev = behind(monitor_vfio_of(d));

	if (vdev)
		vdev_device_portal_stats(vdev, st);
}

void monitor_vfio_traps(const struct monitor_dev *d, struct vdev_traps *traps)
{
	struct vdev_device *vdev = behind(monitor_vfio_of(d));

	memset(traps, 0, sizeof(*traps));
	if (vdev)
		vdev_device_traps(vdev, traps);
}
