// SPDX-License-Identifier: GPL-2.0
// A guest's monitor: the memory map of its virtual devices, and their exits.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/sysfs_user.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/monitor_priv.h"
#include "sim/system.h"

#define PAGE	    4096
#define PORTALS	    2 /* the BAR */
#define WQ_PATH	    128
#define DSA_DEVICES "/sys/bus/dsa/devices/"

/* ---- the memory map ---- */

/* Portals go straight through: page by page, those that the device gives. The others trap. */
static void map_portals(struct monitor_dev *d, u64 gpa, u64 bytes)
{
	u64 off, pa;

	for (off = 0; off < bytes; off += PAGE)
		if (d->ops->map_portal)
			d->ops->map_portal(d, off, gpa + off);
		else if (!d->ops->portal(d, off, &pa))
			vm_map_direct(d->in_vm, gpa + off, PAGE, pa);
		else
			vm_map_trapped(d->in_vm, gpa + off, PAGE, PORTALS, off);
}

void monitor_portals(struct monitor_dev *d)
{
	u64 off, pa;

	if (!d->in_vm || !d->map.enabled || d->map.revoked)
		return;
	for (off = 0; off < d->map.portals_bytes; off += PAGE) {
		if (d->ops->portal(d, off, &pa))
			pa = 0;
		vm_map_change(d->in_vm, d->map.portals + off, pa, PORTALS, off);
	}
	vm_map_settle(d->in_vm);
}

/*
 * The guest decides where its BARs lie; one over something else is not mapped, which only hurts
 * itself. What stays where it was is left alone: other processors may be using it.
 */
void monitor_update_map(struct monitor_dev *d)
{
	struct monitor_map now = {.revoked = d->revoked};
	u32 change;

	d->ops->bars(d, &now);
	if (!now.enabled)
		now.regs = now.portals = 0;
	if (now.regs == d->map.regs && now.portals == d->map.portals &&
	    now.enabled == d->map.enabled && now.revoked == d->map.revoked)
		return;
	d->map = now;
	change = ++d->changes;
	vm_unmap(d->in_vm);
	/* Another change came while this one waited for processors: it maps, and what it wants. */
	if (!now.enabled || change != d->changes)
		return;
	vm_map_trapped(d->in_vm, now.regs, now.regs_bytes, 0, 0);
	if (!now.revoked)
		map_portals(d, now.portals, now.portals_bytes);
}

/* ---- exits ---- */

void monitor_post(struct monitor_dev *d)
{
	if (d->m->posted && d->ops->post)
		d->ops->post(d);
}

static void user_exit(struct monitor_dev *d)
{
	if (d->ops->in_process)
		vmm_user_exit(&d->m->vmm);
	if (d->m->served)
		vmm_message(&d->m->vmm);
}

/* The door that an access found stays until it is over. */
static u32 enter(struct monitor_dev *d)
{
	d->users[d->turn]++;
	return d->turn;
}

/* Ends an access; true: it did nothing, and is to be done again where the device is by then. */
static bool again(struct monitor_dev *d, u32 turn, int rc)
{
	d->users[turn]--;
	if (rc != -EAGAIN || d->left)
		return false;
	fiber_sleep(MONITOR_AGAIN_PS);
	return true;
}

static u32 config_read(void *ctx, u32 off, u32 width)
{
	struct monitor_dev *d = ctx;
	u32 turn, val;

	user_exit(d);
	turn = enter(d);
	val = d->ops->config_read(d, off, width);
	d->users[turn]--;
	return val;
}

static void config_write(void *ctx, u32 off, u32 width, u32 val)
{
	struct monitor_dev *d = ctx;
	u32 turn;

	user_exit(d);
	do {
		turn = enter(d);
	} while (again(d, turn, d->ops->config_write(d, off, width, val)));
	/* Command, BARs, or a reset, which moves the BARs too. */
	turn = enter(d);
	monitor_update_map(d);
	monitor_post(d);
	d->users[turn]--;
}

static u64 mmio_read(void *ctx, u32 bar, u64 off, u32 width)
{
	struct monitor_dev *d = ctx;
	u32 turn;
	u64 val;

	/* Portals give nothing. */
	if (bar == PORTALS)
		return 0;
	user_exit(d);
	turn = enter(d);
	val = d->ops->mmio_read(d, bar, off, width);
	d->users[turn]--;
	return val;
}

static void reg_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	u32 turn;

	user_exit(d);
	do {
		turn = enter(d);
	} while (again(d, turn, d->ops->mmio_write(d, bar, off, width, val)));
}

static void portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	u32 turn;

	user_exit(d);
	do {
		turn = enter(d);
	} while (again(d, turn, d->ops->portal_write(d, off, data, bytes)));
}

static void mmio_write(void *ctx, u32 bar, u64 off, u32 width, u64 val)
{
	struct monitor_dev *d = ctx;
	u32 turn;

	if (bar == PORTALS) {
		portal_write(d, off, &val, width);
		return;
	}
	reg_write(d, bar, off, width, val);
	turn = enter(d);
	monitor_post(d);
	d->users[turn]--;
}

static void mmio_write64(void *ctx, u32 bar, u64 off, const void *data)
{
	struct monitor_dev *d = ctx;
	u32 i;

	if (bar == PORTALS)
		portal_write(d, off, data, 64);
	for (i = 0; bar != PORTALS && i < 8; i++)
		reg_write(d, bar, off + 8 * i, 8, ((const u64 *)data)[i]);
}

static int mmio_enqueue(void *ctx, u32 bar, u64 off, const void *data)
{
	struct monitor_dev *d = ctx;
	u32 turn;
	int rc;

	if (bar != PORTALS)
		return 1;
	user_exit(d);
	do {
		turn = enter(d);
		rc = d->ops->portal_enqueue(d, off, data);
	} while (again(d, turn, rc));
	return rc ? 1 : 0;
}

static const struct vm_device_ops in_vm_ops = {
	.config_read = config_read,
	.config_write = config_write,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.mmio_write64 = mmio_write64,
	.mmio_enqueue = mmio_enqueue,
};

/* ---- the host's queues, as its users see them ---- */

int monitor_wq_function(struct monitor_dev *d, const char *wq, char *path, u32 size)
{
	char link[WQ_PATH];
	int rc;

	/* pci/dsaN/wqN.M */
	snprintf(link, sizeof(link), DSA_DEVICES "%s/../..", wq);
	rc = ksys_realpath(system_host(d->m->sys), link, path, size);
	return rc == -ENOENT ? -ENODEV : rc < 0 ? rc : 0;
}

bool monitor_wq_shared(struct monitor_dev *d, const char *wq)
{
	char path[WQ_PATH], mode[16] = "";
	int n;

	snprintf(path, sizeof(path), DSA_DEVICES "%s/mode", wq);
	n = ksys_read(system_host(d->m->sys), path, mode, sizeof(mode) - 1);
	return n > 0 && !strncmp(mode, "shared", 6);
}

/* ---- beginning and end ---- */

static s64 get_fd(void *arg)
{
	return vm_get_fd(arg);
}

int monitor_vm_fd(struct monitor *m)
{
	if (m->vm_fd < 0)
		m->vm_fd = (int)vmm_call(&m->vmm, get_fd, m->vm);
	return m->vm_fd;
}

int monitor_add(struct monitor *m, const struct guest_vdev_cfg *cfg, u32 devfn,
		struct monitor_dev **out)
{
	struct monitor_dev *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->m = m;
	/* Several queues, or a move to others: not with a mediated device. */
	d->ops = cfg->nwqs != 1 && m->ops == &monitor_mdev_ops ? &monitor_direct_ops : m->ops;
	rc = d->ops->open(d, cfg);
	if (!rc) {
		rc = vm_device_add(m->vm, devfn, &in_vm_ops, d, &d->in_vm);
		if (!rc && d->ops->placed)
			rc = d->ops->placed(d);
		if (rc)
			d->ops->close(d);
	}
	if (rc) {
		free(d);
		return rc;
	}
	d->next = m->devs;
	m->devs = d;
	*out = d;
	return 0;
}

/* Processors are gone: portals, then PASIDs, then queues, then the translation that they used. */
void monitor_remove(struct monitor_dev *d)
{
	struct monitor_dev **p = &d->m->devs;

	vm_unmap(d->in_vm);
	d->ops->close(d);
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	free(d);
}

void monitor_pasid_gone(struct monitor *m, struct vm_device *in_vm, u32 pasid, u32 host)
{
	struct monitor_dev *d;

	for (d = m->devs; d; d = d->next)
		if (d->in_vm == in_vm && d->ops->pasid_gone)
			d->ops->pasid_gone(d, pasid, host);
}

int monitor_new(struct system *sys, struct vm *vm, u32 home, bool sva, bool posted,
		struct monitor **out)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return -ENOMEM;
	m->sys = sys;
	m->vm = vm;
	m->sva = sva;
	m->posted = posted;
	m->container = m->vm_fd = -1;
	m->served = home == SCN_HOME_VFIO_USER;
	m->ops = home == SCN_HOME_KERNEL_MDEV	? &monitor_mdev_ops
		 : home == SCN_HOME_KERNEL_CDEV ? &monitor_cdev_ops
						: &monitor_vmm_ops;
	rc = vmm_process_start(&m->vmm, sys);
	if (rc) {
		free(m);
		return rc;
	}
	*out = m;
	return 0;
}

void monitor_free(struct monitor *m)
{
	if (m)
		vmm_process_end(&m->vmm);
	free(m);
}

void monitor_kill(struct monitor *m)
{
	struct monitor_dev *d;

	/* Calls that wait for a paused device are killed with it. */
	for (d = m->devs; d; d = d->next)
		d->ops->leave(d);
	vmm_process_end(&m->vmm);
}

void monitor_get_crossings(const struct monitor *m, struct monitor_crossings *c)
{
	*c = m->vmm.crossings;
}
