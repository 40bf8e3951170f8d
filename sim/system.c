// SPDX-License-Identifier: GPL-2.0
// A system under simulation: the machine of a platform with its host kernel, booted and configured.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/pci_scan.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "sim/core/fiber.h"
#include "sim/host_bus.h"
#include "sim/machine_build.h"
#include "sim/scenario/accel_config.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"

struct system {
	struct sim *sim;
	const struct platform *plat;
	struct machine *m;
	struct kernel *host;
	struct host_bus bus;
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

static const struct machine_ops machine_ops = {.irq = irq, .hint = hint};

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
			 .irq_entry = cpu->interrupt_entry_ps},
		.bus = &host_bus_ops,
		.bus_ctx = &sys->bus,
		.log = kernel_line,
		.log_ctx = sys,
	};
	u32 i;

	for (i = 0; i < sys->plat->sockets_count; i++)
		cfg.nr_cpus += sys->plat->sockets[i].cores;
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
	u32 i, d, bus;

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

static void set_costs(struct system *sys)
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

	process_set_costs(sys->host, &c);
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
	ret = make_kernel(sys, err);
	if (!ret)
		ret = describe_hardware(sys, err);
	if (!ret) {
		set_costs(sys);
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

void system_free(struct system *sys)
{
	if (!sys)
		return;
	if (sys->host)
		kernel_free(sys->host);
	machine_free(sys->m);
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

/* ---- accel-config ---- */

struct configure {
	struct system *sys;
	struct accel_config *cfg;
	struct cfg_error *err;
};

/* The errno's name as accel-config's users know it, with what the driver said in cmd_status. */
static int bind_failed(struct configure *c, const char *dev, const char *parent, const char *driver,
		       int error)
{
	char path[128], status[32] = "";
	int n;

	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/cmd_status", parent);
	n = ksys_read(c->sys->host, path, status, sizeof(status) - 1);
	if (n > 0)
		status[strcspn(status, "\n")] = 0;
	return cfg_fail(c->err, "%s: enabling %s (driver %s): %s (%s), cmd_status %s", c->cfg->path,
			dev, driver, strerrorname_np(-error) ? strerrorname_np(-error) : "error",
			strerror(-error), status);
}

static int bind(struct configure *c, const char *dev, const char *parent, const char *driver)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/bus/dsa/drivers/%s/bind", driver);
	ret = ksys_write(c->sys->host, path, dev, strlen(dev));
	return ret < 0 ? bind_failed(c, dev, parent, driver, ret) : 0;
}

static int configure_fiber(void *arg)
{
	struct configure *c = arg;
	struct kernel *k = c->sys->host;
	char path[256];
	u32 i;
	int ret;

	for (i = 0; i < c->cfg->nwrites; i++) {
		const struct accfg_write *w = &c->cfg->writes[i];

		snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/%s", w->dev, w->attr);
		ret = ksys_write(k, path, w->value, strlen(w->value));
		if (ret < 0)
			return accel_config_refused(c->cfg, w, -ret, c->err);
	}
	for (i = 0; i < c->cfg->ndevices; i++) {
		const struct accfg_device *d = &c->cfg->devices[c->cfg->enable_devices[i]];

		ret = bind(c, d->dev, d->dev, "idxd");
		if (ret)
			return ret;
	}
	for (i = 0; i < c->cfg->nwqs; i++) {
		const struct accfg_wq *wq = &c->cfg->wqs[c->cfg->enable_wqs[i]];
		char parent[16];

		snprintf(parent, sizeof(parent), "dsa%u", wq->device);
		ret = bind(c, wq->dev, parent, accel_config_driver(wq));
		if (ret)
			return ret;
	}
	return 0;
}

static int read_attr(struct system *sys, u32 d, u32 q, const char *attr, char *buf, u32 len)
{
	char path[128];
	int n;

	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/wq%u.%u/%s", d, q, attr);
	n = ksys_read(sys->host, path, buf, len - 1);
	if (n < 0)
		return n;
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return n;
}

/* Reads the queues back from the driver: what clients can use. */
static int read_queues(void *arg)
{
	struct system *sys = arg;
	u32 d, q, n = 0;
	char buf[128];

	free(sys->wq);
	sys->nwqs = 0;
	for (d = 0; d < sys->plat->devices_count; d++)
		n += sys->plat->devices[d].dsa.wqs;
	sys->wq = calloc(n ? n : 1, sizeof(*sys->wq));
	if (!sys->wq)
		return -ENOMEM;
	for (d = 0; d < sys->plat->devices_count; d++)
		for (q = 0; q < sys->plat->devices[d].dsa.wqs; q++) {
			struct system_wq *wq = &sys->wq[sys->nwqs];

			if (read_attr(sys, d, q, "state", buf, sizeof(buf)) < 0 ||
			    strcmp(buf, "enabled"))
				continue;
			wq->device = d;
			wq->queue = q;
			wq->enabled = true;
			if (read_attr(sys, d, q, "mode", buf, sizeof(buf)) > 0)
				wq->dedicated = !strcmp(buf, "dedicated");
			if (read_attr(sys, d, q, "type", buf, sizeof(buf)) > 0) {
				wq->user = !strcmp(buf, "user");
				wq->kernel = !strcmp(buf, "kernel");
			}
			if (read_attr(sys, d, q, "size", buf, sizeof(buf)) > 0)
				wq->size = strtoul(buf, NULL, 10);
			if (read_attr(sys, d, q, "group_id", buf, sizeof(buf)) > 0)
				wq->group = strtoul(buf, NULL, 10);
			if (read_attr(sys, d, q, "threshold", buf, sizeof(buf)) > 0)
				wq->threshold = strtoul(buf, NULL, 10);
			if (read_attr(sys, d, q, "max_transfer_size", buf, sizeof(buf)) > 0)
				wq->max_transfer = strtoull(buf, NULL, 10);
			if (read_attr(sys, d, q, "max_batch_size", buf, sizeof(buf)) > 0)
				wq->max_batch = strtoul(buf, NULL, 10);
			if (read_attr(sys, d, q, "name", buf, sizeof(buf)) > 0)
				snprintf(wq->name, sizeof(wq->name), "%.63s", buf);
			sys->nwqs++;
		}
	return 0;
}

static int apply(struct system *sys, struct accel_config *cfg, bool quiet, struct cfg_error *err)
{
	struct configure c = {sys, cfg, err};
	int ret;
	u32 i;

	for (i = 0; i < cfg->ndevices; i++)
		if (cfg->devices[i].id >= sys->plat->devices_count)
			return cfg_fail(
				err, "%s: %s.dev: '%s' is not there: the machine has %u device%s",
				cfg->path, cfg->devices[i].where, cfg->devices[i].dev,
				sys->plat->devices_count, sys->plat->devices_count == 1 ? "" : "s");
	err->text[0] = 0;
	ret = system_call(sys, configure_fiber, &c);
	if (ret && !err->text[0])
		cfg_fail_errno(err, -ret, "%s: configuration never finished: %s", cfg->path,
			       sys->last_log);
	if (!ret)
		ret = system_call(sys, read_queues, sys);
	for (i = 0; i < cfg->nnotes && !quiet && !ret; i++)
		fprintf(stderr, "dsasim: note: %s: %s\n", cfg->path, cfg->notes[i]);
	return ret;
}

int system_configure(struct system *sys, const char *file, s32 device, bool quiet,
		     struct cfg_error *err)
{
	struct accel_config *cfg;
	u32 version = sys->plat->dsa.version;
	int ret;

	if (device >= 0 && (u32)device < sys->plat->devices_count)
		version = sys->plat->devices[device].dsa.version;
	ret = accel_config_load(&cfg, file, device, version, err);
	if (ret)
		return ret;
	ret = apply(sys, cfg, quiet, err);
	accel_config_free(cfg);
	return ret;
}

int system_configure_default(struct system *sys, struct cfg_error *err)
{
	static const char wq[] =
		"{\"dev\":\"wq0.0\",\"mode\":\"shared\",\"size\":%u,\"group_id\":0,\"priority\":10,"
		"\"block_on_fault\":0,\"type\":\"user\",\"name\":\"app\",\"driver_name\":\"user\","
		"\"threshold\":%u,\"max_batch_size\":%u}";
	char text[8192], *p = text, *end = text + sizeof(text);
	struct accel_config *cfg;
	u32 d, e;
	int ret = 0;

	for (d = 0; d < sys->plat->devices_count && !ret; d++) {
		const struct plat_dsa *dsa = &sys->plat->devices[d].dsa;

		p = text;
		p += snprintf(p, end - p,
			      "[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\","
			      "\"grouped_workqueues\":[");
		p += snprintf(p, end - p, wq, dsa->wq_entries, dsa->wq_entries, dsa->max_batch);
		p += snprintf(p, end - p, "],\"grouped_engines\":[");
		for (e = 0; e < dsa->engines; e++)
			p += snprintf(p, end - p, "%s{\"dev\":\"engine0.%u\",\"group_id\":0}",
				      e ? "," : "", e);
		p += snprintf(p, end - p, "]}]}]");
		ret = accel_config_parse(&cfg, text, p - text, "default configuration", d,
					 dsa->version, err);
		if (ret)
			break;
		ret = apply(sys, cfg, true, err);
		accel_config_free(cfg);
	}
	return ret;
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
