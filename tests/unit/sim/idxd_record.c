// SPDX-License-Identifier: GPL-2.0
// A host whose way to its first device is watched: every access to registers, configuration space
// and portals, with names.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/pci_scan.h"
#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/guest.h"
#include "sim/host_bus.h"
#include "sim/machine_build.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/idxd_world.h"

#define RECORD_MAX 4096
#define LINE_BYTES 48

enum access { READ, WRITE, CONFIG, MOVDIR, ENQCMD };

struct entry {
	enum access kind;
	u32 width;
	u64 off; /* in BAR0, in BAR2 for portals, in configuration space */
	u64 val;
};

struct recorder {
	/* The kernel's way to its hardware, behind this one. */
	const struct kbus_ops *below;
	void *below_ctx;
	struct host_bus host;
	struct kernel *k;
	u32 bdf;
	u64 bar0, bar2;
	u32 n;
	struct entry entry[RECORD_MAX];
};

static struct entry *add(struct recorder *r, enum access kind, u64 off, u32 width, u64 val)
{
	struct entry *e = &r->entry[r->n < RECORD_MAX ? r->n++ : RECORD_MAX - 1];

	*e = (struct entry){kind, width, off, val};
	return e;
}

/* ---- the watched bus ---- */

static u32 rec_cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct recorder *r = ctx;

	return r->below->cfg_read(r->below_ctx, bdf, off, width);
}

static void half(u64 *bar, bool high, u32 val)
{
	*bar = high ? (u32)*bar | (u64)val << 32 : (*bar & ~0xffffffffull) | (val & ~15u);
}

static void rec_cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct recorder *r = ctx;

	if (bdf == r->bdf) {
		add(r, CONFIG, off, width, val);
		/* Where the kernel puts the function. */
		if (off == 0x10 || off == 0x14)
			half(&r->bar0, off == 0x14, val);
		if (off == 0x18 || off == 0x1c)
			half(&r->bar2, off == 0x1c, val);
	}
	r->below->cfg_write(r->below_ctx, bdf, off, width, val);
}

static u64 rec_mmio_read(void *ctx, u64 pa, u32 width)
{
	struct recorder *r = ctx;
	u32 at = r->n;
	u64 val;

	/* In the order of issue: something else may happen before the answer is there. */
	if (pa - r->bar0 < DSA_PCI_BAR0_SIZE)
		add(r, READ, pa - r->bar0, width, 0);
	val = r->below->mmio_read(r->below_ctx, pa, width);
	if (pa - r->bar0 < DSA_PCI_BAR0_SIZE && at < r->n)
		r->entry[at].val = val;
	return val;
}

static void rec_mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct recorder *r = ctx;

	if (pa - r->bar0 < DSA_PCI_BAR0_SIZE)
		add(r, WRITE, pa - r->bar0, width, val);
	r->below->mmio_write(r->below_ctx, pa, width, val);
}

static void rec_write64(void *ctx, u64 pa, const void *data)
{
	struct recorder *r = ctx;

	add(r, MOVDIR, pa - r->bar2, 64, *(const u32 *)data);
	r->below->mmio_write64(r->below_ctx, pa, data);
}

static int rec_enqcmd64(void *ctx, u64 pa, const void *data)
{
	struct recorder *r = ctx;

	add(r, ENQCMD, pa - r->bar2, 64, *(const u32 *)data);
	return r->below->mmio_enqcmd64(r->below_ctx, pa, data);
}

static const struct kbus_ops rec_ops = {
	.cfg_read = rec_cfg_read,
	.cfg_write = rec_cfg_write,
	.mmio_read = rec_mmio_read,
	.mmio_write = rec_mmio_write,
	.mmio_write64 = rec_write64,
	.mmio_enqcmd64 = rec_enqcmd64,
};

/* ---- a guest's bus: the linker puts these in front of the hypervisor's ---- */

extern const struct kbus_ops __real_vm_bus_ops;
static struct recorder *guest_rec; /* of the guest that is watched, if one is */

#define WATCHED(op, ctx, ...)                                                                      \
	(guest_rec && guest_rec->below_ctx == (ctx) ? rec_ops.op(guest_rec, __VA_ARGS__)           \
						    : __real_vm_bus_ops.op(ctx, __VA_ARGS__))

static u32 guest_cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	return WATCHED(cfg_read, ctx, bdf, off, width);
}

static void guest_cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	WATCHED(cfg_write, ctx, bdf, off, width, val);
}

static u64 guest_mmio_read(void *ctx, u64 pa, u32 width)
{
	return WATCHED(mmio_read, ctx, pa, width);
}

static void guest_mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	WATCHED(mmio_write, ctx, pa, width, val);
}

static void guest_write64(void *ctx, u64 pa, const void *data)
{
	WATCHED(mmio_write64, ctx, pa, data);
}

static int guest_enqcmd64(void *ctx, u64 pa, const void *data)
{
	return WATCHED(mmio_enqcmd64, ctx, pa, data);
}

/* A program's, which is none of the driver's. */
static int guest_enqcmd_user(void *ctx, u64 pa, const void *data)
{
	return __real_vm_bus_ops.enqcmd_user(ctx, pa, data);
}

extern const struct kbus_ops __wrap_vm_bus_ops;
const struct kbus_ops __wrap_vm_bus_ops = {
	.cfg_read = guest_cfg_read,
	.cfg_write = guest_cfg_write,
	.mmio_read = guest_mmio_read,
	.mmio_write = guest_mmio_write,
	.mmio_write64 = guest_write64,
	.mmio_enqcmd64 = guest_enqcmd64,
	.enqcmd_user = guest_enqcmd_user,
};

static struct recorder *recorder_new(void)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	return r;
}

void record_guest(struct world *w)
{
	struct recorder *r = recorder_new();

	r->below = &__real_vm_bus_ops;
	r->below_ctx = guest_vm(w->guest);
	r->k = w->k;
	r->bdf = world_bdf(w);
	w->rec = guest_rec = r;
}

/* ---- boot ---- */

static void irq(void *ctx, u32 dest, u8 vector)
{
	struct recorder *r = ctx;

	if (r->k)
		kernel_irq(r->k, dest << 8 | vector);
}

static const struct machine_ops rec_machine_ops = {.irq = irq};

static void die(const char *what, int rc, const char *text)
{
	fprintf(stderr, "boot: %s: %d %s\n", what, rc, text);
	abort();
}

static void make_kernel(struct world *w, struct recorder *r, bool sva)
{
	const struct plat_cpu *cpu = &w->plat->cpu;
	struct mem *mem = machine_mem(w->m);
	u64 pa, bytes = w->plat->nodes[0].size & ~2097151ull;
	struct kernel_dmar_unit unit = {
		.mmio = MACHINE_IOMMU_BASE, .bytes = IOMMU_MMIO_SIZE, .all = true};
	struct kernel_dmar_cfg dmar = {.domain = KERNEL_DMAR_STRICT, .no_sva = !sva};
	struct kernel_pci_bus bus = {.bus = machine_dsa_sid(w->m, 0) >> 8};
	struct kernel_cfg cfg = {
		.name = "host",
		.phys_base = mem->base,
		.ram_zeroed = true,
		.nr_ram = 1,
		.nr_cpus = w->plat->sockets[0].cores,
		.seed = 1,
		.cost = {.cpu_relax = cpu->pause_ps,
			 .context_switch = cpu->context_switch_ps,
			 .irq_entry = cpu->interrupt_entry_ps},
		.bus = &rec_ops,
		.bus_ctx = r,
	};

	if (mem_carve(mem, 0, bytes, 2097152, &pa))
		die("memory", 0, "");
	cfg.ram[0] = (struct kernel_ram){pa, bytes};
	w->k = r->k = kernel_new(w->sim, &cfg);
	if (!w->k || kernel_dmar_configure(w->k, &dmar) || kernel_dmar_add(w->k, &unit) ||
	    kernel_pci_add_bus(w->k, &bus))
		die("kernel", 0, "");
}

static void started(void *ctx, int err)
{
	*(int *)ctx = err ? err : 1;
}

void world_boot_recorded(struct world *w, const struct world_cfg *want)
{
	struct recorder *r = recorder_new();
	struct machine_cfg *cfg = calloc(1, sizeof(*cfg));
	struct cfg_error err = {""};
	char msg[256] = "";
	int rc, done = 0;

	if (!cfg)
		abort();
	memset(w, 0, sizeof(*w));
	w->rec = r;
	rc = platform_load(&w->plat, want->platform, NULL, want->sets, want->nsets, &err);
	if (rc)
		die("platform", rc, err.text);
	w->sim = sim_new(1);
	machine_build(w->plat, cfg);
	rc = machine_new(w->sim, cfg, &rec_machine_ops, r, &w->m, msg, sizeof(msg));
	free(cfg);
	if (rc)
		die("machine", rc, msg);
	r->bdf = machine_dsa_sid(w->m, 0);
	r->bar0 = MACHINE_DEVICE_BASE;
	r->bar2 = MACHINE_DEVICE_BASE + MACHINE_DEVICE_BYTES / 2;
	r->host = (struct host_bus){
		.sim = w->sim, .m = w->m, .io = &w->plat->io, .cpu = &w->plat->cpu};
	r->below = &host_bus_ops;
	r->below_ctx = &r->host;
	make_kernel(w, r, !(want->needs & NEED_NO_PASIDS));
	rc = kernel_start(w->k, started, &done);
	while (!rc && !done)
		if (!sim_step(w->sim))
			break;
	if (rc || done != 1)
		die("start", rc ? rc : done, "");
	world_look(w);
	record_clear(w);
}

void record_free(struct world *w)
{
	if (!w->sys) {
		kernel_free(w->k);
		machine_free(w->m);
	}
	if (w->rec == guest_rec)
		guest_rec = NULL;
	free(w->rec);
	w->rec = NULL;
}

/* ---- names ---- */

struct name {
	u32 off;
	const char *name;
};

static const struct name registers[] = {
	{DSA_REG_VERSION, "VERSION"},	    {DSA_REG_GENCAP, "GENCAP"},
	{DSA_REG_WQCAP, "WQCAP"},	    {DSA_REG_GRPCAP, "GRPCAP"},
	{DSA_REG_ENGCAP, "ENGCAP"},	    {DSA_REG_OPCAP, "OPCAP0"},
	{DSA_REG_OPCAP + 8, "OPCAP1"},	    {DSA_REG_OPCAP + 16, "OPCAP2"},
	{DSA_REG_OPCAP + 24, "OPCAP3"},	    {DSA_REG_OFFSETS, "OFFSETS0"},
	{DSA_REG_OFFSETS + 8, "OFFSETS1"},  {DSA_REG_GENCFG, "GENCFG"},
	{DSA_REG_GENCTRL, "GENCTRL"},	    {DSA_REG_GENSTS, "GENSTS"},
	{DSA_REG_INTCAUSE, "INTCAUSE"},	    {DSA_REG_CMD, "CMD"},
	{DSA_REG_CMDSTS, "CMDSTS"},	    {DSA_REG_CMDCAP, "CMDCAP"},
	{DSA_REG_SWERROR, "SWERROR0"},	    {DSA_REG_SWERROR + 8, "SWERROR1"},
	{DSA_REG_SWERROR + 16, "SWERROR2"}, {DSA_REG_SWERROR + 24, "SWERROR3"},
	{DSA_REG_EVLCFG, "EVLCFG0"},	    {DSA_REG_EVLCFG + 8, "EVLCFG1"},
	{DSA_REG_EVLSTATUS, "EVLSTATUS"},   {DSA_REG_EVLSTATUS + 4, "EVLSTATUS_HI"},
	{DSA_REG_DSACAP0, "DSACAP0"},	    {DSA_REG_DSACAP1, "DSACAP1"},
	{DSA_REG_DSACAP2, "DSACAP2"},
};

static const struct name perfmon[] = {
	{DSA_PERF_PERFCAP, "PERFCAP"},	   {DSA_PERF_PERFRST, "PERFRST"},
	{DSA_PERF_OVFSTATUS, "OVFSTATUS"}, {DSA_PERF_PERFFRZ, "PERFFRZ"},
	{DSA_PERF_EVNTCAP, "EVNTCAP0"},
};

static const struct name config[] = {
	{0x04, "COMMAND"},
	{DSA_PCI_CAP_EXP + 8, "DEVCTL"},
	{DSA_PCI_ECAP_ATS + 6, "ATS_CTL"},
	{DSA_PCI_ECAP_PASID + 6, "PASID_CTL"},
	{DSA_PCI_ECAP_PRI + 4, "PRI_CTL"},
	{DSA_PCI_ECAP_PRI + 12, "PRI_ALLOC"},
};

static const char *lookup(const struct name *table, u32 n, u32 off)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (table[i].off == off)
			return table[i].name;
	return NULL;
}

/* Where the tables are the device says itself. */
static void table_name(const struct world_caps *c, u32 off, char *buf, size_t size)
{
	u64 lo = c->offsets[0], hi = c->offsets[1];
	u32 grp = SPEC_GET(DSA_OFFSETS0_GRPCFG, lo) * DSA_OFFSET_UNIT;
	u32 wq = SPEC_GET(DSA_OFFSETS0_WQCFG, lo) * DSA_OFFSET_UNIT;
	u32 perm = SPEC_GET(DSA_OFFSETS0_MSIXPERM, lo) * DSA_OFFSET_UNIT;
	u32 perf = SPEC_GET(DSA_OFFSETS1_PERFMON, hi) * DSA_OFFSET_UNIT;
	u32 nwqs = c->nwqs, ngroups = c->ngroups;
	u32 stride = 32u << SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, c->wqcap);
	const char *name;

	name = perf && off >= perf ? lookup(perfmon, sizeof(perfmon) / sizeof(*perfmon), off - perf)
				   : NULL;
	if (name)
		snprintf(buf, size, "%s", name);
	else if (off - wq < nwqs * stride)
		snprintf(buf, size, "WQ%u.%u", (off - wq) / stride, (off - wq) % stride / 4);
	else if (off - grp < ngroups * DSA_GRPCFG_STRIDE && (off - grp) % DSA_GRPCFG_STRIDE < 32)
		snprintf(buf, size, "GRP%u.WQS%u", (off - grp) / DSA_GRPCFG_STRIDE,
			 (off - grp) % DSA_GRPCFG_STRIDE / 8);
	else if (off - grp < ngroups * DSA_GRPCFG_STRIDE)
		snprintf(buf, size, "GRP%u.%s", (off - grp) / DSA_GRPCFG_STRIDE,
			 (off - grp) % DSA_GRPCFG_STRIDE == DSA_GRPCFG_ENGINES ? "ENGINES"
									       : "FLAGS");
	else if (off - perm < (nwqs + 1) * DSA_MSIXPERM_STRIDE)
		snprintf(buf, size, "PERM%u", (off - perm) / DSA_MSIXPERM_STRIDE);
	else if (off - c->msix_table < (nwqs + 1) * 16)
		snprintf(buf, size, "MSIX%u", (off - c->msix_table) / 16);
	else
		snprintf(buf, size, "%04x", off);
}

static void line_of(const struct world_caps *c, const struct entry *e, char *buf, size_t size)
{
	static const char letter[] = {
		[READ] = 'R', [WRITE] = 'W', [CONFIG] = 'C', [MOVDIR] = 'M', [ENQCMD] = 'E'};
	char name[24];
	const char *known;

	if (e->kind == MOVDIR || e->kind == ENQCMD) {
		/* From the limited page of the MSI-X table on, the one that drivers use. */
		u32 at = e->off % DSA_PORTAL_WQ_STRIDE - DSA_PORTAL_LIMITED_MSIX;

		snprintf(buf, size, "%c%u PORTAL%u+%03x %08x", letter[e->kind], e->width,
			 (u32)(e->off / DSA_PORTAL_WQ_STRIDE), at, (u32)e->val);
		return;
	}
	if (e->kind == CONFIG && e->off == c->msix_cap + 2)
		known = "MSIX_CTL";
	else if (e->kind == CONFIG)
		known = lookup(config, sizeof(config) / sizeof(config[0]), e->off);
	else
		known = lookup(registers, sizeof(registers) / sizeof(registers[0]), e->off);
	if (known)
		snprintf(name, sizeof(name), "%s", known);
	else if (e->kind == CONFIG)
		snprintf(name, sizeof(name), "%03x", (u32)e->off);
	else
		table_name(c, e->off, name, sizeof(name));
	snprintf(buf, size, "%c%u %s %0*llx", letter[e->kind], e->width, name, (int)e->width * 2,
		 (unsigned long long)e->val);
}

/* ---- comparison ---- */

void record_clear(struct world *w)
{
	w->rec->n = 0;
}

void record_drop_config(struct world *w)
{
	struct recorder *r = w->rec;
	u32 i, n = 0;

	for (i = 0; i < r->n; i++)
		if (r->entry[i].kind != CONFIG)
			r->entry[n++] = r->entry[i];
	r->n = n;
}

/* The MSI-X table is the PCI core's; a poll is one line. */
static bool skipped(const struct world *w, u32 i)
{
	const struct recorder *r = w->rec;
	const struct entry *e = &r->entry[i];

	if (e->kind <= WRITE && e->off - w->caps.msix_table < w->caps.msix_bytes)
		return true;
	return e->kind == READ && e->off == DSA_REG_CMDSTS && i + 1 < r->n && e[1].kind == READ &&
	       e[1].off == DSA_REG_CMDSTS;
}

/* A line that depends on what the device can do: "config W4 WQ0.0 ...". */
static const char *applies(const struct world_caps *c, const char *line)
{
	static const char *const ifs[] = {"config ", "fixed ",	"cmdcap ",
					  "pasid ",  "handle ", "perfmon "};
	const bool is[] = {!c->fixed,
			   c->fixed,
			   c->gencap & DSA_GENCAP_CMD_CAP,
			   c->pasids,
			   c->cmdcap & SPEC_BIT(DSA_CMD_REQUEST_INT_HANDLE),
			   SPEC_GET(DSA_OFFSETS1_PERFMON, c->offsets[1])};
	u32 i, n;

	for (i = 0; i < sizeof(ifs) / sizeof(ifs[0]); i++)
		if (!strncmp(line, ifs[i], strlen(ifs[i]))) {
			if (!is[i])
				return NULL;
			line += strlen(ifs[i]);
		}
	/* What it does not have is not touched. */
	if (sscanf(line, "%*s WQ%u", &n) == 1 && n >= c->nwqs)
		return NULL;
	if (sscanf(line, "%*s GRP%u", &n) == 1 && n >= c->ngroups)
		return NULL;
	return line;
}

/*
 * Bits of a value that another device has otherwise: what GRPCAP and the MSI-X capability say, and
 * the overflow of errors, which a composed device can't know to have been its own.
 */
static u64 other_bits(const struct world_caps *c, const char *line)
{
	if (strstr(line, " SWERROR0 ") && c->fixed)
		return DSA_SWERR0_OVERFLOW;
	if (strstr(line, " GENCFG ") && !(c->grpcap & DSA_GRPCAP_RDBUF_LIMIT))
		return DSA_GENCFG_RDBUF_LIMIT;
	return strstr(line, " MSIX_CTL ") ? 0x7ff : 0;
}

static bool fits(const struct world_caps *c, const char *got, const char *want)
{
	u64 ignored = other_bits(c, got);
	size_t n = strlen(want);
	const char *value = strrchr(want, ' ');

	if (!strcmp(got, want) ||
	    (!strncmp(got, want, n) && got[n] == ' ' && !strchr(strchr(want, ' ') + 1, ' ')))
		return true;
	if (!ignored || strncmp(got, want, value - want))
		return false;
	return !((strtoull(strrchr(got, ' '), NULL, 16) ^ strtoull(value, NULL, 16)) & ~ignored);
}

static void print(struct world *w, const char *const *golden, u32 n)
{
	char line[LINE_BYTES];
	u32 i, g = 0;

	for (i = 0; i < w->rec->n; i++) {
		if (skipped(w, i))
			continue;
		line_of(&w->caps, &w->rec->entry[i], line, sizeof(line));
		fprintf(stderr, "  %-34s %s%s\n", line,
			g < n && fits(&w->caps, line, golden[g]) ? "  " : "! ",
			g < n ? golden[g] : "");
		g++;
	}
	for (; g < n; g++)
		fprintf(stderr, "  %-34s ! %s\n", "", golden[g]);
}

void record_expect(struct world *w, const char *what, const char *const *golden, u32 n, int line)
{
	const char *want[256], *text;
	char got[LINE_BYTES];
	struct recorder *r = w->rec;
	bool same = true;
	u32 i, g = 0, nwant = 0;

	for (i = 0; i < n; i++) {
		text = applies(&w->caps, golden[i]);
		if (text)
			want[nwant++] = text;
	}
	for (i = 0; i < r->n && same; i++) {
		if (skipped(w, i))
			continue;
		line_of(&w->caps, &r->entry[i], got, sizeof(got));
		same = g < nwant && fits(&w->caps, got, want[g]);
		g++;
	}
	if (!same || g != nwant) {
		fprintf(stderr, "\nline %d: %s: the driver did, and should have done:\n", line,
			what);
		print(w, want, nwant);
	}
	CU_ASSERT(same && g == nwant);
	record_clear(w);
}
