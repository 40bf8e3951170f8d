// SPDX-License-Identifier: GPL-2.0
// A guest of a simulated system: its machine's life, from memory to the plug that is pulled.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "model/memory/memory.h"
#include "model/spec/defects.h"
#include "sim/core/event.h"
#include "sim/cores.h"
#include "sim/guest.h"
#include "sim/monitor.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"

#define PAGE 4096

struct guest {
	struct system *sys;
	struct guest_cfg cfg;
	char last_log[256];
	const char *step; /* of building, for messages */
	u64 ram_hpa, ram_bytes;
	struct vm *vm;
	struct monitor *monitor;
	struct monitor_dev *vdev[GUEST_VDEVS_MAX];
	bool started, booted, stopped;
	u32 core, first_core, cores; /* where its processors are; 0 cores: nowhere yet */
	int boot_error;
};

/* ---- building, on a fiber of the host ---- */

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

static void pasid_gone(void *ctx, struct vm_device *in_vm, u32 pasid, u32 host)
{
	monitor_pasid_gone(((struct guest *)ctx)->monitor, in_vm, pasid, host);
}

void guest_place(struct guest *g, u32 core, u32 first, u32 cores)
{
	g->core = core;
	g->first_core = first;
	g->cores = cores;
}

u32 guest_core(const struct guest *g, u32 cpu)
{
	return g->first_core + (g->core - g->first_core + cpu) % g->cores;
}

static u64 irq_work(void *ctx, u32 cpu, u64 ps)
{
	struct guest *g = ctx;

	if (!g->cores)
		return sim_now(system_sim(g->sys)) + ps;
	return cores_interrupt(system_cores(g->sys), guest_core(g, cpu), ps);
}

static const struct vm_ops vm_ops = {.pasid_gone = pasid_gone};

static const enum vm_memory_mode memory_modes[] = {
	[SCN_MEMORY_PINNED] = VM_MEMORY_PINNED,
	[SCN_MEMORY_DEMAND] = VM_MEMORY_ON_DEMAND,
	[SCN_MEMORY_SHARED] = VM_MEMORY_SHARED,
};

/* The administrator's word on the host's queues, before devices are made of them. */
static int set_queue(struct guest *g, const char *wq, const char *attribute)
{
	char path[96];
	int n;

	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/%s", wq, attribute);
	n = ksys_write(system_host(g->sys), path, "1", 1);
	/* Not for virtual devices: opening it will say so. */
	return n == 1 || n == -ENOENT ? 0 : n;
}

static int set_queues(struct guest *g, const struct guest_vdev_cfg *cfg)
{
	u32 q;
	int rc = 0;

	for (q = 0; q < cfg->nwqs && !rc; q++) {
		if (g->cfg.error_broadcast)
			rc = set_queue(g, cfg->wqs[q], "error_broadcast");
		if (!rc && g->cfg.drain_whole_queue)
			rc = set_queue(g, cfg->wqs[q], "drain_whole_queue");
	}
	return rc;
}

static u64 zero_page_ps(const struct plat_cpu *cpu)
{
	return cpu->zero_bps ? (u64)((unsigned __int128)PAGE * PS_PER_S / cpu->zero_bps) : 0;
}

static int build(void *arg)
{
	struct guest *g = arg;
	const struct plat_cpu *cpu = &system_platform(g->sys)->cpu;
	struct kernel_costs costs = {.cpu_relax = cpu->pause_ps,
				     .context_switch = cpu->context_switch_ps,
				     .irq_entry = cpu->interrupt_entry_ps,
				     .irq_exit = cpu->interrupt_exit_ps};
	struct vm_cfg cfg = {
		.name = g->cfg.name,
		.host = system_host(g->sys),
		.nr_cpus = g->cfg.cpus,
		.irq_work = irq_work,
		.irq_ctx = g,
		.seed = sim_seed(system_sim(g->sys)) ^ g->ram_hpa,
		.cpu = &costs,
		.cost = {.exit = cpu->vm_exit_ps,
			 .injection = cpu->vm_injection_ps,
			 .posted = cpu->posted_interrupt_ps,
			 .pin_page = cpu->pin_page_ps,
			 .zero_page = zero_page_ps(cpu),
			 .ept_violation = cpu->ept_violation_ps},
		.memory_mode = memory_modes[g->cfg.memory_mode],
		/* Without shared virtual memory nothing in the guest blocks on a device's faults.
		 */
		.shared_tables = !g->cfg.sva,
		.viommu = g->cfg.sva,
		.posted = g->cfg.interrupts == SCN_INTERRUPTS_POSTED,
		.ops = &vm_ops,
		.ops_ctx = g,
		.log = log_line,
		.log_ctx = g,
	};
	u32 i;
	int rc;

	system_host_bus(g->sys, &cfg.host_bus, &cfg.host_bus_ctx);
	g->ram_bytes = g->cfg.memory;
	g->step = "its memory, one window of a memory node";
	rc = vm_ram_alloc(cfg.host, g->cfg.node, &g->ram_bytes, &g->ram_hpa);
	if (rc) {
		g->ram_bytes = 0;
		return rc;
	}
	/* What the last owner left is nobody's business. */
	mem_clear(system_mem(g->sys), g->ram_hpa, g->ram_bytes);
	cfg.ram_hpa = g->ram_hpa;
	cfg.ram_bytes = g->ram_bytes;
	g->step = "the machine";
	rc = vm_new(&cfg, &g->vm);
	if (!rc)
		rc = monitor_new(g->sys, g->vm, g->cfg.home, g->cfg.sva, cfg.posted, &g->monitor);
	g->step = rc ? g->step : "a virtual device";
	for (i = 0; i < g->cfg.nvdevs && !rc; i++) {
		rc = set_queues(g, &g->cfg.vdev[i]);
		if (!rc)
			rc = monitor_add(g->monitor, &g->cfg.vdev[i], GUEST_DEVFN(i), &g->vdev[i]);
	}
	return rc;
}

static void free_memory(struct guest *g)
{
	if (!g->ram_bytes)
		return;
	mem_clear(system_mem(g->sys), g->ram_hpa, g->ram_bytes);
	vm_ram_free(system_host(g->sys), g->ram_hpa, g->ram_bytes);
	g->ram_bytes = 0;
}

/* Processors, then devices with all that they used, then the memory. */
static int take_apart(void *arg)
{
	struct guest *g = arg;
	u32 i;

	for (i = 0; i < g->cfg.nvdevs; i++)
		if (g->vdev[i])
			monitor_leave(g->vdev[i]);
	if (g->vm)
		vm_stop(g->vm);
	if (kernel_has_defect(system_host(g->sys), DEFECT_MEMORY_BEFORE_QUEUE))
		free_memory(g);
	for (i = 0; i < g->cfg.nvdevs; i++)
		if (g->vdev[i])
			monitor_remove(g->vdev[i]);
	monitor_free(g->monitor);
	vm_free(g->vm);
	free_memory(g);
	return 0;
}

/* What guests can't be given is said, not ignored. */
static const char *unsupported(const struct guest_cfg *cfg, const struct platform *plat)
{
	if (cfg->memory_mode == SCN_MEMORY_SHARED && cfg->sva)
		return "memory_mode: shared has no second stage for guest processes to nest on";
	/* One remapping table for the whole host. */
	if ((cfg->interrupts == SCN_INTERRUPTS_NONE) == plat->iommu.interrupt_remapping)
		return cfg->interrupts == SCN_INTERRUPTS_NONE
			       ? "interrupts: none needs iommu.interrupt_remapping=no"
			       : "the platform has interrupt_remapping off: interrupts: none only";
	return NULL;
}

int guest_new(struct system *sys, const struct guest_cfg *cfg, struct guest **out,
	      struct cfg_error *err)
{
	const char *not = unsupported(cfg, system_platform(sys));
	struct guest *g;
	int rc;

	if (not )
		return cfg_fail_errno(err, EOPNOTSUPP, "guest %s: %s", cfg->name, not );
	g = calloc(1, sizeof(*g));
	if (!g)
		return cfg_fail_errno(err, ENOMEM, "guest %s: out of memory", cfg->name);
	g->sys = sys;
	g->cfg = *cfg;
	rc = system_call(sys, build, g);
	if (rc) {
		system_call(sys, take_apart, g);
		cfg_fail_errno(err, -rc, "guest %s: can't be built: %s: %s", cfg->name, g->step,
			       strerror(-rc));
		free(g);
		return rc;
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

struct vm *guest_vm(struct guest *g)
{
	return g->vm;
}

u64 guest_ram(const struct guest *g, u64 *ram, u64 *bytes)
{
	*ram = vm_ram_base(g->vm);
	*bytes = g->ram_bytes;
	return g->ram_hpa;
}

const char *guest_last_log(const struct guest *g)
{
	return g->last_log;
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

static int kill_monitor(void *arg)
{
	monitor_kill(((struct guest *)arg)->monitor);
	return 0;
}

void guest_kill_monitor(struct guest *g)
{
	system_call(g->sys, kill_monitor, g);
}

void guest_vm_stats(struct guest *g, struct vm_stats *st)
{
	struct monitor_crossings c;

	vm_get_stats(g->vm, st);
	monitor_get_crossings(g->monitor, &c);
	st->user_exits = c.user_exits;
	st->monitor_calls = c.syscalls;
	st->eventfds = c.eventfds;
}

void guest_vdev_traps(struct guest *g, u32 vdev, struct vdev_traps *traps)
{
	monitor_traps(g->vdev[vdev], traps);
}

/* ---- moving ---- */

struct move {
	struct guest *g;
	u32 vdev;
	const struct guest_vdev_cfg *cfg;
};

static int pause_vdev(void *arg)
{
	return monitor_pause(arg);
}

static int resume_vdev(void *arg)
{
	return monitor_resume(arg);
}

int guest_vdev_move_here(struct guest *g, u32 vdev, const struct guest_vdev_cfg *cfg)
{
	int rc = set_queues(g, cfg);

	return rc ? rc : monitor_move(g->vdev[vdev], cfg);
}

static int move_vdev(void *arg)
{
	struct move *m = arg;

	return guest_vdev_move_here(m->g, m->vdev, m->cfg);
}

static int revoke_handles(void *arg)
{
	return monitor_revoke_handles(arg);
}

int guest_vdev_pause(struct guest *g, u32 vdev)
{
	return system_call(g->sys, pause_vdev, g->vdev[vdev]);
}

int guest_vdev_resume(struct guest *g, u32 vdev)
{
	return system_call(g->sys, resume_vdev, g->vdev[vdev]);
}

int guest_vdev_move(struct guest *g, u32 vdev, const struct guest_vdev_cfg *cfg)
{
	struct move m = {.g = g, .vdev = vdev, .cfg = cfg};

	return system_call(g->sys, move_vdev, &m);
}

int guest_vdev_revoke_handles(struct guest *g, u32 vdev)
{
	return system_call(g->sys, revoke_handles, g->vdev[vdev]);
}

struct monitor_dev *guest_vdev_monitor(struct guest *g, u32 vdev)
{
	return g->vdev[vdev];
}

void guest_vdev_portals(struct guest *g, u32 vdev, struct vdev_portal_stats *st)
{
	monitor_portal_stats(g->vdev[vdev], st);
}
