// SPDX-License-Identifier: GPL-2.0
// A system under simulation: the machine of a platform with its host kernel, booted and configured.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/pci_scan.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "sim/core/fiber.h"
#include "sim/cores.h"
#include "sim/host_bus.h"
#include "sim/machine_build.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"

struct system {
	struct sim *sim;
	const struct platform *plat;
	struct machine *m;
	struct kernel *host;
	struct host_bus bus;
	struct cores *cores;
	struct system_wq *wq;
	u32 nwqs;
	bool booted;
	int boot_error;
	char last_log[256];
	system_hint_fn *hint;
	void *hint_ctx;
};

/* ---- The machine's events ---- */

static void irq(void *ctx, u32 dest, u8 vector)
{
	struct system *sys = ctx;

	if (sys->host)
		kernel_irq(sys->host, dest << 8 | vector);
}

static const struct dsa_payload_hint *hint(void *ctx, const struct dsa_origin *origin, int member,
					   struct dsa_payload_hint *buf)
{
	struct system *sys = ctx;

	return sys->hint ? sys->hint(sys->hint_ctx, origin, member, buf) : NULL;
}

static void posted(void *ctx, u64 descriptor, u32 dest, u8 vector, bool notify)
{
	struct system *sys = ctx;

	(void)dest;
	(void)vector;
	if (sys->host)
		vm_posted(sys->host, descriptor, notify);
}

static const struct machine_ops machine_ops = {.irq = irq, .posted = posted, .hint = hint};

/* ---- Boot ---- */

/* Errors of the kernel go to the terminal: they are about the user's configuration. */
static void kernel_line(void *ctx, struct kernel *k, u64 now, int level, const char *text)
{
	struct system *sys = ctx;

	(void)k;
	(void)now;
	if (level <= KERNEL_WARN)
		snprintf(sys->last_log, sizeof(sys->last_log), "%s", text);
}

static void booted(void *ctx, int err)
{
	struct system *sys = ctx;

	sys->booted = true;
	sys->boot_error = err;
}

static bool is_booted(void *arg)
{
	return ((struct system *)arg)->booted;
}

int system_run_until(struct system *sys, bool (*done)(void *arg), void *arg)
{
	while (!done(arg))
		if (!sim_step(sys->sim))
			return -ETIMEDOUT;
	return 0;
}

static u64 irq_work(void *ctx, u32 cpu, u64 ps)
{
	return cores_interrupt(ctx, cpu, ps);
}

static int make_kernel(struct system *sys, struct cfg_error *err)
{
	const struct plat_cpu *cpu = &sys->plat->cpu;
	struct mem *mem = machine_mem(sys->m);
	struct kernel_cfg cfg = {
		.name = "host",
		.phys_base = mem->base,
		.ram_zeroed = true, /* mem_carve() */
		.seed = sim_seed(sys->sim),
		.cost = {.cpu_relax = cpu->pause_ps,
			 .context_switch = cpu->context_switch_ps,
			 .irq_entry = cpu->interrupt_entry_ps,
			 .irq_exit = cpu->interrupt_exit_ps},
		.irq_work = irq_work,
		.irq_ctx = sys->cores,
		.bus = &host_bus_ops,
		.bus_ctx = &sys->bus,
		.log = kernel_line,
		.log_ctx = sys,
	};
	u32 i;

	cfg.nr_cpus = cores_count(sys->cores);
	for (i = 0; i < sys->plat->sockets_count && i < KERNEL_NODES_MAX; i++)
		cfg.node_cpus[i] = sys->plat->sockets[i].cores;
	cfg.nr_ram = sys->plat->nodes_count;
	if (cfg.nr_ram > KERNEL_NODES_MAX)
		cfg.nr_ram = KERNEL_NODES_MAX;
	for (i = 0; i < cfg.nr_ram; i++) {
		u64 pa, bytes = sys->plat->nodes[i].size & ~(2097152ull - 1);

		if (mem_carve(mem, i, bytes, 2097152, &pa))
			return cfg_fail_errno(err, ENOMEM,
					      "memory node %u: no room for the host kernel", i);
		cfg.ram[i] = (struct kernel_ram){pa, bytes};
	}
	sys->host = kernel_new(sys->sim, &cfg);
	if (!sys->host)
		return cfg_fail_errno(err, ENOMEM, "host kernel: out of memory");
	return 0;
}

/* What firmware tells the kernel: remapping units and root buses. */
static int describe_hardware(struct system *sys, struct cfg_error *err)
{
	struct kernel_dmar_cfg dmar = {.no_remap_irq = !sys->plat->iommu.interrupt_remapping};
	u32 i, d, bus;

	if (kernel_dmar_configure(sys->host, &dmar))
		return cfg_fail_errno(err, ENOMEM, "host kernel: out of memory");
	for (i = 0; i < machine_iommu_count(sys->m); i++) {
		struct kernel_dmar_unit u = {.mmio = MACHINE_IOMMU_BASE + i * IOMMU_MMIO_SIZE,
					     .bytes = IOMMU_MMIO_SIZE};

		for (d = 0; d < machine_dsa_count(sys->m); d++) {
			if (machine_device_iommu(sys->m, d) != i)
				continue;
			if (u.nr_scopes == KERNEL_DMAR_SCOPES)
				return cfg_fail(
					err, "platform: IOMMU %u: more than %u devices behind it",
					i, KERNEL_DMAR_SCOPES);
			bus = machine_dsa_sid(sys->m, d) >> 8;
			u.scope[u.nr_scopes].first_bus = bus;
			u.scope[u.nr_scopes++].last_bus = bus;
		}
		if (kernel_dmar_add(sys->host, &u))
			return cfg_fail_errno(err, ENOMEM, "IOMMU %u: can't be described", i);
	}
	for (d = 0; d < machine_dsa_count(sys->m); d++) {
		struct kernel_pci_bus b = {.bus = machine_dsa_sid(sys->m, d) >> 8,
					   .node = sys->plat->devices[d].socket};

		if (kernel_pci_add_bus(sys->host, &b))
			return cfg_fail_errno(err, ENOMEM, "PCI bus %u: can't be added", b.bus);
	}
	return 0;
}

static bool is_free(void *ctx, u64 pa, u32 pasid)
{
	return kernel_page_is_free(ctx, pa) || vm_page_is_free(ctx, pa, pasid);
}

static void watch_memory(struct system *sys)
{
	u32 i;

	for (i = 0; i < machine_dsa_count(sys->m); i++)
		dsa_watch_memory(machine_dsa(sys->m, i), kernel_frees(sys->host), is_free,
				 sys->host);
}

void system_set_costs(struct system *sys, struct kernel *k)
{
	const struct plat_cpu *cpu = &sys->plat->cpu;
	struct process_costs c = {
		.syscall = cpu->syscall_ps,
		.minor_fault = cpu->minor_fault_ps,
		.major_fault = cpu->major_fault_ps,
		.zero_page = cpu->zero_bps
				     ? (u64)((unsigned __int128)4096 * PS_PER_S / cpu->zero_bps)
				     : 0,
		.remote_fault = cpu->prs_service_ps,
	};

	process_set_costs(k, &c);
}

int system_new(struct sim *sim, const struct platform *plat, struct system **out,
	       struct cfg_error *err)
{
	struct system *sys = calloc(1, sizeof(*sys));
	struct machine_cfg *cfg = malloc(sizeof(*cfg));
	char msg[256];
	int ret;

	if (!sys || !cfg) {
		free(sys);
		free(cfg);
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	sys->sim = sim;
	sys->plat = plat;
	machine_build(plat, cfg);
	ret = machine_new(sim, cfg, &machine_ops, sys, &sys->m, msg, sizeof(msg));
	free(cfg);
	if (ret) {
		free(sys);
		return cfg_fail_errno(err, -ret, "platform %s: %s", plat->origin, msg);
	}
	sys->bus = (struct host_bus){.sim = sim, .m = sys->m, .io = &plat->io, .cpu = &plat->cpu};
	sys->cores = cores_new(sim, plat);
	ret = sys->cores ? make_kernel(sys, err) : cfg_fail_errno(err, ENOMEM, "out of memory");
	if (!ret)
		ret = describe_hardware(sys, err);
	if (!ret)
		watch_memory(sys);
	if (!ret) {
		system_set_costs(sys, sys->host);
		ret = kernel_start(sys->host, booted, sys);
		if (!ret)
			ret = system_run_until(sys, is_booted, sys);
		if (!ret)
			ret = sys->boot_error;
		if (ret)
			cfg_fail_errno(err, -ret, "host kernel does not start: %s", sys->last_log);
	}
	if (ret) {
		system_free(sys);
		return ret;
	}
	*out = sys;
	return 0;
}

struct cores *system_cores(struct system *sys)
{
	return sys->cores;
}

void system_free(struct system *sys)
{
	if (!sys)
		return;
	if (sys->host)
		kernel_free(sys->host);
	machine_free(sys->m);
	cores_free(sys->cores);
	free(sys->wq);
	free(sys);
}

/* ---- Calls on a fiber of the host ---- */

struct call {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool done;
};

static void call_fiber(void *arg)
{
	struct call *c = arg;

	c->ret = c->fn(c->arg);
	c->done = true;
}

static bool call_done(void *arg)
{
	return ((struct call *)arg)->done;
}

int system_call(struct system *sys, int (*fn)(void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};
	int ret = kernel_run_on_fiber(sys->host, call_fiber, &c, "setup");

	if (!ret)
		ret = system_run_until(sys, call_done, &c);
	return ret ? ret : c.ret;
}

int system_read_queues(struct system *sys)
{
	free(sys->wq);
	sys->wq = NULL;
	return queues_read(sys->host, &sys->wq, &sys->nwqs);
}

const char *system_last_log(const struct system *sys)
{
	return sys->last_log;
}

struct sim *system_sim(struct system *sys)
{
	return sys->sim;
}

struct kernel *system_host(struct system *sys)
{
	return sys->host;
}

void system_host_bus(struct system *sys, const struct kbus_ops **ops, void **ctx)
{
	*ops = &host_bus_ops;
	*ctx = &sys->bus;
}

struct machine *system_machine(struct system *sys)
{
	return sys->m;
}

struct mem *system_mem(struct system *sys)
{
	return machine_mem(sys->m);
}

const struct platform *system_platform(struct system *sys)
{
	return sys->plat;
}

u32 system_wq_count(const struct system *sys)
{
	return sys->nwqs;
}

const struct system_wq *system_wq(const struct system *sys, u32 i)
{
	return i < sys->nwqs ? &sys->wq[i] : NULL;
}

void system_set_hint(struct system *sys, system_hint_fn *fn, void *ctx)
{
	sys->hint = fn;
	sys->hint_ctx = ctx;
}
