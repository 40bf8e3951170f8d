// SPDX-License-Identifier: GPL-2.0
// Fixture of the IOMMU driver's tests: the real unit model behind a bus with one made-up function.
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/pci_scan.h"
#include "sim/core/fiber.h"
#include "vtd_bus.h"
#include "vtd_world.h"

#define MMIO_READ_PS (400 * PS_PER_NS)

/* ---- the function's configuration space: MSI-X, PCIe, ATS, PRI, PASID ---- */

static void put(struct vtd_world *w, u32 off, u32 width, u32 val)
{
	memcpy(w->cfg + off, &val, width);
}

static void config_space(struct vtd_world *w)
{
	put(w, 0x00, 4, VTD_TOY_DEVICE << 16 | VTD_TOY_VENDOR);
	put(w, 0x06, 2, 0x10); /* capabilities */
	put(w, 0x08, 4, 0x08800001);
	put(w, 0x10, 4, (u32)VTD_BAR | 4); /* 64-bit memory */
	put(w, 0x14, 4, VTD_BAR >> 32);
	put(w, 0x34, 1, 0x40);
	put(w, 0x40, 4, 0x00928010); /* PCIe, integrated endpoint */
	put(w, 0x44, 4, 0x10008000); /* FLR */
	put(w, 0x64, 4, 0x00200000); /* end-to-end prefixes: PASIDs travel */
	put(w, 0x80, 4, 0x00010011); /* MSI-X, two vectors, table in BAR0 */
	put(w, 0x88, 4, 0x800);
	put(w, 0x100, 4, 0x1101000f); /* ATS */
	put(w, 0x104, 2, 0x20);
	put(w, 0x110, 4, 0x12010013); /* PRI */
	put(w, 0x116, 2, 0x8100);     /* stopped; responses carry a PASID */
	put(w, 0x118, 4, 512);
	put(w, 0x120, 4, 0x0001001b); /* PASID: 20 bits, privileged mode */
	put(w, 0x124, 2, 0x1404);
}

static u32 cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct vtd_world *w = ctx;
	u32 v = ~0u;

	fiber_sleep(MMIO_READ_PS);
	if (bdf == VTD_TOY_SID && off + width <= sizeof(w->cfg))
		v = 0, memcpy(&v, w->cfg + off, width);
	return width == 4 ? v : v & ((1u << (8 * width)) - 1);
}

static void cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct vtd_world *w = ctx;

	fiber_sleep(MMIO_READ_PS);
	if (bdf != VTD_TOY_SID)
		return;
	switch (off) {
	case 0x04: /* command */
	case 0x48: /* device control */
	case 0x82: /* MSI-X control */
	case 0x106:
	case 0x11c:
	case 0x126:
		put(w, off, width, val);
		break;
	case 0x114: /* PRI control: enabling clears "stopped" */
		put(w, off, width, val & 1);
		put(w, 0x116, 2, val & 1 ? 0x8000 : 0x8100);
		break;
	case 0x10:
		put(w, off, 4, (val & ~0x1fffu) | 4);
		break;
	case 0x14:
		put(w, off, 4, val);
		break;
	}
}

static u64 mmio_read(void *ctx, u64 pa, u32 width)
{
	struct vtd_world *w = ctx;
	u64 v = 0;

	fiber_sleep(MMIO_READ_PS);
	if (pa - VTD_UNIT_MMIO < IOMMU_MMIO_SIZE)
		return iommu_mmio_read(w->unit, pa - VTD_UNIT_MMIO, width);
	if (pa - VTD_BAR < sizeof(w->bar))
		memcpy(&v, w->bar + (pa - VTD_BAR), width);
	return v;
}

static void mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct vtd_world *w = ctx;

	if (pa - VTD_UNIT_MMIO < IOMMU_MMIO_SIZE)
		iommu_mmio_write(w->unit, pa - VTD_UNIT_MMIO, width, val);
	else if (pa - VTD_BAR < sizeof(w->bar))
		memcpy(w->bar + (pa - VTD_BAR), &val, width);
	fiber_sleep(10 * PS_PER_NS);
}

static const struct kbus_ops bus_ops = {
	.cfg_read = cfg_read,
	.cfg_write = cfg_write,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
};

/* ---- the unit's and the function's events ---- */

static void unit_msi(void *ctx, u64 addr, u32 data)
{
	struct vtd_world *w = ctx;

	kernel_irq(w->k, (u32)(addr >> 12 & 0xff) << 8 | (data & 0xff));
}

static void invalidate(void *dev, const struct iommu_inv *inv)
{
	struct vtd_world *w = dev;

	w->invs++;
	w->last_inv = *inv;
	if (!w->mute)
		iommu_inv_done(w->unit, VTD_TOY_SID, inv->itag);
}

static void response(void *dev, u32 pasid, bool pasid_valid, u16 prgi, u8 code)
{
	struct vtd_world *w = dev;

	w->responses++;
	w->refused += code != IOMMU_PR_SUCCESS;
	w->last_prgi = prgi;
	w->last_code = code;
}

static const struct iommu_ops unit_ops = {.msi = unit_msi};
static const struct iommu_dev_ops dev_ops = {
	.ats_invalidate = invalidate,
	.page_response = response,
};

/* ---- the kernel ---- */

static bool want_module(void *ctx, const char *file)
{
	return !strstr(file, "/idxd/") && !strstr(file, "vdev/");
}

static void booted(void *ctx, int err)
{
	struct vtd_world *w = ctx;

	w->booted = true;
	w->boot = err;
}

static void make_machine(struct vtd_world *w, const struct iommu_cfg *cfg)
{
	struct mem_cfg mc = {.sockets = 1, .nodes = 1};
	struct iommu_cfg def;
	char msg[128];

	mc.node[0].bytes = 2ull << 30;
	snprintf(mc.node[0].name, sizeof(mc.node[0].name), "dram");
	w->sim = sim_new(7);
	CU_ASSERT_EQUAL_FATAL(mem_new(w->sim, &mc, &w->mem, msg, sizeof(msg)), 0);
	if (cfg)
		def = *cfg;
	else
		iommu_cfg_default(&def);
	def.ops = &unit_ops;
	def.ops_ctx = w;
	w->unit = iommu_new(w->sim, w->mem, &def);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->unit);
	config_space(w);
	CU_ASSERT_EQUAL_FATAL(iommu_attach(w->unit, VTD_TOY_SID, &dev_ops, w), 0);
}

void vtd_world_open(struct vtd_world *w, const struct iommu_cfg *cfg,
		    const struct kernel_dmar_cfg *dmar)
{
	struct kernel_dmar_unit unit = {.mmio = VTD_UNIT_MMIO, .bytes = 4096, .all = true};
	struct kernel_pci_bus bus = {.bus = VTD_TOY_BUS};
	struct kernel_cfg kc = {
		.name = "host",
		.nr_ram = 1,
		.nr_cpus = 4,
		.seed = 3,
		.cost = {.cpu_relax = 40 * PS_PER_NS,
			 .context_switch = PS_PER_US,
			 .irq_entry = PS_PER_US},
		.bus = &bus_ops,
		.want_module = want_module,
		.ram_zeroed = true,
		.log_bytes = 65536,
	};
	u64 pa;

	memset(w, 0, sizeof(*w));
	make_machine(w, cfg);
	CU_ASSERT_EQUAL_FATAL(mem_carve(w->mem, 0, 1ull << 30, 2 << 20, &pa), 0);
	kc.bus_ctx = w;
	kc.phys_base = mem_ptr(w->mem, 0);
	kc.ram[0] = (struct kernel_ram){pa, 1ull << 30};
	w->k = kernel_new(w->sim, &kc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->k);
	CU_ASSERT_EQUAL_FATAL(kernel_dmar_add(w->k, &unit), 0);
	CU_ASSERT_EQUAL_FATAL(kernel_dmar_add(w->k, &unit), -17);
	if (dmar)
		CU_ASSERT_EQUAL_FATAL(kernel_dmar_configure(w->k, dmar), 0);
	CU_ASSERT_EQUAL_FATAL(kernel_pci_add_bus(w->k, &bus), 0);
	CU_ASSERT_EQUAL_FATAL(kernel_start(w->k, booted, w), 0);
	sim_run(w->sim, SIM_NEVER);
	CU_ASSERT_TRUE_FATAL(w->booted);
	CU_ASSERT_EQUAL_FATAL(w->boot, 0);
}

void vtd_world_close(struct vtd_world *w)
{
	static char log[65536];
	struct kernel_stats st;

	kernel_get_stats(w->k, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	if (st.warnings || st.bugs || st.slab_errors) {
		kernel_log_read(w->k, log, sizeof(log));
		fputs(log, stderr);
	}
	kernel_free(w->k);
	iommu_free(w->unit);
	mem_free(w->mem);
	sim_free(w->sim);
}

struct call {
	int (*fn)(void *);
	void *arg;
	int ret;
	bool done;
};

static void call_main(void *arg)
{
	struct call *c = arg;

	c->ret = c->fn(c->arg);
	c->done = true;
}

int vtd_call(struct vtd_world *w, int (*fn)(void *), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};

	CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(w->k, call_main, &c, "test"), 0);
	sim_run(w->sim, SIM_NEVER);
	CU_ASSERT_TRUE_FATAL(c.done);
	return c.ret;
}

struct iommu_reply vtd_translate(struct vtd_world *w, u32 pasid, u64 addr, u8 at, u8 access)
{
	struct iommu_req q = {
		.now = sim_now(w->sim),
		.addr = addr,
		.len = 1,
		.pasid = pasid,
		.sid = VTD_TOY_SID,
		.at = at,
		.access = access,
		.no_write = at == IOMMU_TRANSLATION && !(access & IOMMU_W),
	};
	struct iommu_reply r;

	iommu_translate(w->unit, &q, &r);
	return r;
}

struct iommu_page_reply vtd_page_request(struct vtd_world *w, u32 pasid, u64 addr, u16 prgi,
					 bool write, bool last)
{
	struct iommu_page_req q = {
		.now = sim_now(w->sim),
		.addr = addr,
		.pasid = pasid,
		.sid = VTD_TOY_SID,
		.prgi = prgi,
		.read = !write,
		.write = write,
		.last = last,
	};
	struct iommu_page_reply r;

	iommu_page_request(w->unit, &q, &r);
	return r;
}

bool vtd_logged(struct vtd_world *w, const char *text)
{
	static char log[65536];

	kernel_log_read(w->k, log, sizeof(log));
	return strstr(log, text);
}

struct iommu_irq vtd_send_msix(struct vtd_world *w, u32 vector)
{
	struct iommu_irq irq;
	u64 addr;
	u32 data;

	memcpy(&addr, w->bar + 16 * vector, 8);
	memcpy(&data, w->bar + 16 * vector + 8, 4);
	iommu_interrupt(w->unit, sim_now(w->sim), VTD_TOY_SID, addr, data, &irq);
	if (irq.kind == IOMMU_IRQ_REMAPPED || irq.kind == IOMMU_IRQ_DIRECT)
		kernel_irq(w->k, irq.dest << 8 | irq.vector);
	return irq;
}

struct kernel_dmar_stats vtd_stats(struct vtd_world *w)
{
	struct kernel_dmar_stats st;

	kernel_dmar_get_stats(w->k, &st);
	return st;
}
