// SPDX-License-Identifier: GPL-2.0
// A guest of a simulated system: the monitor that joins machine and virtual devices.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "model/memory/memory.h"
#include "sim/core/event.h"
#include "sim/guest.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "vdev/core/vdev_traps.h"
#include "vdev/kernel/vdev_device.h"

#define FIRST_SLOT 3
#define PAGE	   4096

/* Where a device's BARs lie in the guest. */
struct guest_map {
	bool enabled, revoked;
	u64 regs, regs_bytes;
	u64 portals, portals_bytes;
};

/* A virtual device in the machine. */
struct guest_vdev {
	struct guest *g;
	struct vdev_device *d;
	struct vm_device *in_vm;
	u32 pasid;
	bool attached;
	bool revoked;
	struct guest_map map;
};

struct guest {
	struct system *sys;
	struct guest_cfg cfg;
	char last_log[256];
	u64 ram_hpa, ram_bytes;
	struct vm *vm;
	struct guest_vdev vdev[GUEST_VDEVS_MAX];
	bool started, booted, stopped;
	int boot_error;
};

/* ---- the memory map ---- */

/* Portals go straight through: page by page, those that the device has. */
static void map_portals(struct guest_vdev *gv, u64 gpa, u64 bytes)
{
	u64 off, pa;

	for (off = 0; off < bytes; off += PAGE)
		if (!vdev_device_portal(gv->d, off, &pa))
			vm_map_direct(gv->in_vm, gpa + off, PAGE, pa);
}

/*
 * The guest decides where its BARs lie; one over something else is not mapped, which only hurts
 * itself. What stays where it was is left alone: other processors may be using it.
 */
static void update_map(struct guest_vdev *gv)
{
	struct guest_map now = {.revoked = gv->revoked};

	now.regs = vdev_device_bar(gv->d, 0, &now.regs_bytes, &now.enabled);
	now.portals = vdev_device_bar(gv->d, 2, &now.portals_bytes, &now.enabled);
	if (!now.enabled)
		now.regs = now.portals = 0;
	if (now.regs == gv->map.regs && now.portals == gv->map.portals &&
	    now.enabled == gv->map.enabled && now.revoked == gv->map.revoked)
		return;
	gv->map = now;
	vm_unmap(gv->in_vm);
	if (!now.enabled)
		return;
	vm_map_trapped(gv->in_vm, now.regs, now.regs_bytes, 0);
	if (!now.revoked)
		map_portals(gv, now.portals, now.portals_bytes);
}

/* ---- between machine and device ---- */

static u32 config_read(void *ctx, u32 off, u32 width)
{
	struct guest_vdev *gv = ctx;

	return vdev_device_config_read(gv->d, off, width);
}

static void config_write(void *ctx, u32 off, u32 width, u32 val)
{
	struct guest_vdev *gv = ctx;

	vdev_device_config_write(gv->d, off, width, val);
	/* Command, BARs, or a reset, which moves the BARs too. */
	update_map(gv);
}

static u64 mmio_read(void *ctx, u32 bar, u64 off, u32 width)
{
	struct guest_vdev *gv = ctx;

	return vdev_device_mmio_read(gv->d, off, width);
}

static void mmio_write(void *ctx, u32 bar, u64 off, u32 width, u64 val)
{
	struct guest_vdev *gv = ctx;

	vdev_device_mmio_write(gv->d, off, width, val);
}

static const struct vm_device_ops in_vm_ops = {
	.config_read = config_read,
	.config_write = config_write,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
};

static void interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct guest_vdev *gv = ctx;

	vm_message(gv->g->vm, addr, data);
}

static void revoked(void *ctx)
{
	struct guest_vdev *gv = ctx;

	gv->revoked = true;
	update_map(gv);
}

static const struct vdev_device_ops vdev_ops = {.interrupt = interrupt, .revoked = revoked};

/* ---- building, on a fiber of the host ---- */

static int add_vdev(struct guest *g, u32 i)
{
	const struct guest_vdev_cfg *cfg = &g->cfg.vdev[i];
	struct guest_vdev *gv = &g->vdev[i];
	int rc;

	gv->g = g;
	rc = vdev_device_open(cfg->wqs, cfg->nwqs, &vdev_ops, gv, &gv->d);
	if (rc)
		return rc;
	rc = vm_dma_attach(g->vm, vdev_device_parent(gv->d), &gv->pasid);
	if (rc)
		return rc;
	gv->attached = true;
	rc = vdev_device_set_pasid(gv->d, gv->pasid);
	if (rc)
		return rc;
	return vm_device_add(g->vm, (FIRST_SLOT + i) << 3, &in_vm_ops, gv, &gv->in_vm);
}

static void log_line(void *ctx, struct kernel *k, u64 now, int level, const char *text)
{
	struct guest *g = ctx;

	(void)k;
	(void)now;
	if (level <= KERNEL_WARN) {
		strncpy(g->last_log, text, sizeof(g->last_log) - 1);
		g->last_log[sizeof(g->last_log) - 1] = 0;
	}
}

static int build(void *arg)
{
	struct guest *g = arg;
	const struct plat_cpu *cpu = &system_platform(g->sys)->cpu;
	struct kernel_costs costs = {.cpu_relax = cpu->pause_ps,
				     .context_switch = cpu->context_switch_ps,
				     .irq_entry = cpu->interrupt_entry_ps};
	struct vm_cfg cfg = {
		.name = g->cfg.name,
		.host = system_host(g->sys),
		.nr_cpus = g->cfg.cpus,
		.seed = sim_seed(system_sim(g->sys)) ^ g->ram_hpa,
		.cpu = &costs,
		.cost = {.exit = cpu->vm_exit_ps, .injection = cpu->vm_injection_ps},
		.log = log_line,
		.log_ctx = g,
	};
	u32 i;
	int rc;

	system_host_bus(g->sys, &cfg.host_bus, &cfg.host_bus_ctx);
	g->ram_bytes = g->cfg.memory;
	rc = vm_ram_alloc(cfg.host, g->cfg.node, &g->ram_bytes, &g->ram_hpa);
	if (rc) {
		g->ram_bytes = 0;
		return rc;
	}
	/* What the last owner left is nobody's business. */
	mem_clear(system_mem(g->sys), g->ram_hpa, g->ram_bytes);
	cfg.ram_hpa = g->ram_hpa;
	cfg.ram_bytes = g->ram_bytes;
	rc = vm_new(&cfg, &g->vm);
	for (i = 0; i < g->cfg.nvdevs && !rc; i++)
		rc = add_vdev(g, i);
	return rc;
}

/* Processors, portals, queues, then the translation that they used, then the memory. */
static int take_apart(void *arg)
{
	struct guest *g = arg;
	u32 i;

	if (g->vm)
		vm_stop(g->vm);
	for (i = 0; i < g->cfg.nvdevs; i++) {
		struct guest_vdev *gv = &g->vdev[i];
		struct device *parent;

		if (!gv->d)
			continue;
		if (gv->in_vm)
			vm_unmap(gv->in_vm);
		parent = vdev_device_parent(gv->d);
		vdev_device_clear_pasid(gv->d);
		if (gv->attached)
			vm_dma_detach(g->vm, parent, gv->pasid);
		vdev_device_close(gv->d);
	}
	vm_free(g->vm);
	if (g->ram_bytes) {
		mem_clear(system_mem(g->sys), g->ram_hpa, g->ram_bytes);
		vm_ram_free(system_host(g->sys), g->ram_hpa, g->ram_bytes);
	}
	return 0;
}

int guest_new(struct system *sys, const struct guest_cfg *cfg, struct guest **out,
	      struct cfg_error *err)
{
	struct guest *g = calloc(1, sizeof(*g));
	int rc;

	if (!g)
		return cfg_fail_errno(err, ENOMEM, "guest %s: out of memory", cfg->name);
	g->sys = sys;
	g->cfg = *cfg;
	rc = system_call(sys, build, g);
	if (rc) {
		system_call(sys, take_apart, g);
		free(g);
		return cfg_fail_errno(err, -rc, "guest %s: can't be built: %s", cfg->name,
				      strerror(-rc));
	}
	*out = g;
	return 0;
}

/* ---- running ---- */

static void booted(void *ctx, int error)
{
	struct guest *g = ctx;

	g->booted = true;
	g->boot_error = error;
}

static bool is_booted(void *arg)
{
	return ((struct guest *)arg)->booted;
}

int guest_start(struct guest *g, struct cfg_error *err)
{
	int rc = kernel_start(guest_kernel(g), booted, g);

	if (!rc) {
		g->started = true;
		rc = system_run_until(g->sys, is_booted, g);
	}
	if (!rc)
		rc = g->boot_error;
	if (rc)
		cfg_fail_errno(err, -rc, "guest %s does not start: %s", g->cfg.name, g->last_log);
	return rc;
}

static void stopped(void *ctx, int error)
{
	(void)error;
	((struct guest *)ctx)->stopped = true;
}

static bool is_stopped(void *arg)
{
	return ((struct guest *)arg)->stopped;
}

void guest_shut_down(struct guest *g)
{
	if (g->started && !kernel_stop(guest_kernel(g), stopped, g))
		system_run_until(g->sys, is_stopped, g);
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	system_call(g->sys, take_apart, g);
	free(g);
}

struct kernel *guest_kernel(struct guest *g)
{
	return vm_guest(g->vm);
}

struct guest_call {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool done;
};

static void call_fiber(void *arg)
{
	struct guest_call *c = arg;

	c->ret = c->fn(c->arg);
	c->done = true;
}

static bool call_done(void *arg)
{
	return ((struct guest_call *)arg)->done;
}

int guest_call(struct guest *g, int (*fn)(void *arg), void *arg)
{
	struct guest_call c = {.fn = fn, .arg = arg};
	int ret = kernel_run_on_fiber(guest_kernel(g), call_fiber, &c, "setup");

	if (!ret)
		ret = system_run_until(g->sys, call_done, &c);
	return ret ? ret : c.ret;
}

void guest_vm_stats(struct guest *g, struct vm_stats *st)
{
	vm_get_stats(g->vm, st);
}

void guest_vdev_traps(struct guest *g, u32 vdev, struct vdev_traps *traps)
{
	vdev_device_traps(g->vdev[vdev].d, traps);
}
