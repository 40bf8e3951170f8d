// SPDX-License-Identifier: GPL-2.0
// BAR0 and configuration space: access rules and reset values (chapters 1 and 2), the fixed
// registers from the device's own table.
#include <CUnit/Basic.h>

#include "model/dsa/regs.h"
#include "tests/unit/model/dsa_bus.h"

static struct bus b;

static void start(bool v2)
{
	struct dsa_cfg cfg;

	if (v2)
		bus_cfg_v2(&cfg);
	else
		bus_cfg(&cfg);
	bus_new(&b, &cfg);
}

static void enable(void)
{
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
}

static bool present(const struct dsa_reg *r, bool v2)
{
	return v2 || !r->needs;
}

static u64 all_ones(u32 width)
{
	return width == 8 ? ~0ull : (1ull << 8 * width) - 1;
}

/* What the table of 2.4 says for a register after power-on; capabilities are as described. */
static u64 reset_value(const struct dsa_reg *r)
{
	const struct dsa_cfg *c = dsa_config(b.dsa);

	switch (r->off) {
	case DSA_REG_VERSION:
		return c->version;
	case DSA_REG_GENCAP:
		return c->gencap;
	case DSA_REG_WQCAP:
		return c->wqcap;
	case DSA_REG_GRPCAP:
		return c->grpcap;
	case DSA_REG_ENGCAP:
		return c->engcap;
	case DSA_REG_OPCAP:
		return c->opcap[0];
	case DSA_REG_OFFSETS:
		return c->offsets[0];
	case DSA_REG_OFFSETS + 8:
		return c->offsets[1];
	case DSA_REG_CMDCAP:
		return c->cmdcap;
	case DSA_REG_GENCFG:
		return 96; /* all read buffers */
	default:
		return 0;
	}
}

/* Bits that can be written in this state; capabilities take some away (2.3). */
static u64 writable(const struct dsa_reg *r, bool v2, bool disabled)
{
	u64 rw = r->rw;

	if (r->off == DSA_REG_CMD || (r->disabled_only && !disabled))
		return 0;
	if (!v2 && r->off == DSA_REG_GENCFG)
		rw &= ~DSA_GENCFG_EVL_EN;
	if (!v2 && r->off == DSA_REG_GENCTRL)
		rw &= ~DSA_GENCTRL_EVL_INT;
	return rw;
}

static void check_reset_values(bool v2)
{
	const struct dsa_reg *r;
	u32 n, i, at, width;

	r = dsa_regs(&n);
	for (i = 0; i < n; i++) {
		u64 want = present(&r[i], v2) ? reset_value(&r[i]) : 0;

		CU_ASSERT_EQUAL(bus_rd(&b, r[i].off, r[i].width), want);
		for (width = 1; width <= r[i].width; width *= 2)
			for (at = 0; at < r[i].width; at += width)
				CU_ASSERT_EQUAL(bus_rd(&b, r[i].off + at, width),
						want >> (8 * at) & all_ones(width));
		/* In order, without overlap. */
		if (i)
			CU_ASSERT(r[i].off >= r[i - 1].off + r[i - 1].width);
	}
}

static void test_2_4_reset_values(void)
{
	u32 v2;

	for (v2 = 0; v2 < 2; v2++) {
		start(v2);
		check_reset_values(v2);
		dsa_reset(b.dsa, DSA_RESET_KIND_FLR);
		check_reset_values(v2);
		bus_free(&b);
	}
}

/* Every bit by itself: written with every width, only what may change does. */
static void check_access(bool v2, bool disabled)
{
	static const u64 values[] = {~0ull, 0x5a5a5a5a5a5a5a5aull, 0x0123456789abcdefull, 0};
	const struct dsa_reg *r;
	u32 n, i, k, at, width;

	r = dsa_regs(&n);
	for (i = 0; i < n; i++) {
		u64 rw = present(&r[i], v2) ? writable(&r[i], v2, disabled) : 0;
		u64 fixed;

		/* The hook of EVLSTATUS wraps a head beyond the ring; its own test is elsewhere. */
		if (r[i].off == DSA_REG_CMD || r[i].off == DSA_REG_EVLSTATUS)
			continue;
		fixed = bus_rd(&b, r[i].off, r[i].width) & ~rw;
		for (k = 0; k < 4; k++)
			for (width = 1; width <= r[i].width; width *= 2) {
				bus_wr(&b, r[i].off, r[i].width, ~values[k]);
				for (at = 0; at < r[i].width; at += width)
					bus_wr(&b, r[i].off + at, width, values[k] >> (8 * at));
				CU_ASSERT_EQUAL(bus_rd(&b, r[i].off, r[i].width),
						fixed | (values[k] & rw & all_ones(r[i].width)));
			}
	}
}

static void test_2_1_access_rules(void)
{
	u32 v2;

	for (v2 = 0; v2 < 2; v2++) {
		start(v2);
		check_access(v2, true);
		bus_free(&b);
		start(v2);
		enable();
		check_access(v2, false);
		bus_free(&b);
	}
}

/* Misaligned, of odd width or outside of the BAR: all ones, nothing written. */
static void test_2_1_illegal_accesses(void)
{
	start(false);
	bus_wr(&b, DSA_REG_GENCTRL, 4, 3);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL + 2, 4), 0xffffffff);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL + 1, 2), 0xffff);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL + 4, 8), ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x10000, 4), 0xffffffff);
	CU_ASSERT_EQUAL(bus_rd(&b, ~0ull - 7, 8), ~0ull);
	bus_wr(&b, DSA_REG_GENCTRL - 2, 4, ~0u);
	bus_wr(&b, DSA_REG_GENCTRL + 1, 2, ~0u);
	bus_wr(&b, DSA_REG_GENCTRL, 3, ~0u);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL, 4), 3);
	bus_free(&b);
}

/* An 8-byte access may cover two registers of 4 bytes. */
static void test_2_1_wide_access_covers_two_registers(void)
{
	start(false);
	bus_wr(&b, DSA_REG_GENCFG, 8, 0x55);
	bus_wr(&b, DSA_REG_GENCTRL, 8, (u64)~0u << 32 | 2);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL, 8), 2);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCFG, 8), 0x55);
	bus_wr(&b, DSA_REG_CMD, 8, DSA_CMD_RESET_DEVICE << 20);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_CMDSTS, 8), DSA_CMDSTS_ACTIVE);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_CMDSTS, 8), 0);
	bus_free(&b);
}

/* BAR0 + 0xF000 behaves like a disabled WQ. */
static void test_2_1_dummy_portal(void)
{
	struct dsa_cfg cfg;

	start(false);
	bus_wr(&b, 0xf000, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, 0xf000, 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, 0xfff8, 8), 0);
	bus_free(&b);
	/* In a larger BAR0 the tables behind it work. */
	bus_cfg(&cfg);
	cfg.gencap = (cfg.gencap & ~DSA_GENCAP_IMS_MULT) | SPEC_PREP(DSA_GENCAP_IMS_MULT, 63);
	cfg.offsets[0] = (cfg.offsets[0] & ~DSA_OFFSETS0_IMS) | SPEC_PREP(DSA_OFFSETS0_IMS, 0x100);
	bus_new(&b, &cfg);
	CU_ASSERT_EQUAL(dsa_bar_bytes(b.dsa, 0), 0x80000);
	bus_wr(&b, 0x10000 + 16 * 16127 + 8, 4, 0x1234);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x10000 + 16 * 16127 + 8, 4), 0x1234);
	CU_ASSERT_EQUAL(bus_rd(&b, 0xf100, 4), 0);
	bus_free(&b);
}

static void test_2_2_sapphire_rapids_values(void)
{
	start(false);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x00, 4), 0x100);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x10, 8), 0x40915f0107);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x80, 4), 0x60);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x60, 8), 0x0040000200040003);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x68, 8), 0x10);
	CU_ASSERT_EQUAL(dsa_bar_bytes(b.dsa, 0), 0x10000);
	CU_ASSERT_EQUAL(dsa_bar_bytes(b.dsa, 2), 0x20000);
	bus_free(&b);
}

/* Changes everything that 2.4 lists. */
static void dirty(void)
{
	struct dsa_hw_desc bad = bus_desc(0x3f, 0, 0);

	bus_wr(&b, 0x200, 4, 0x00005008);		    /* MSIXPERM[0] */
	bus_wr(&b, DSA_PCI_MSIX_TABLE + 16, 8, 0xfee01000); /* MSI-X */
	bus_wr(&b, DSA_PCI_MSIX_TABLE + 24, 8, 0x99);	    /* data, unmasked */
	bus_wr(&b, 0x4000, 8, 0xfee02000);		    /* IMS */
	bus_wr(&b, 0x4008, 8, 0x55);
	bus_wr(&b, DSA_REG_GENCTRL, 4, 1);
	bus_wr(&b, DSA_REG_GENCFG, 4, 0x1050);
	bus_wr(&b, bus_perf(&b) + DSA_PERF_CNTRCFG, 8, 1);
	bus_wr(&b, bus_perf(&b) + DSA_PERF_FLTCFG + 4 * DSA_FILTER_WQ, 4, 1);
	enable();
	bus_post(&b, 0, &bad); /* SWERROR, INTCAUSE */
	bus_run(&b);
}

static void check_after_reset(bool flr)
{
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCFG, 4), 96);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCTRL, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_INTCAUSE, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x200, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0), 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 8, 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 24, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_grpcfg(&b, 0), 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_ENGINES, 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_grpcfg(&b, 3) + DSA_GRPCFG_FLAGS, 8),
			SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 96));
	CU_ASSERT_EQUAL(bus_rd(&b, 0x4000, 8), 0xfee00000);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x4008, 8), 1ull << 32);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_perf(&b) + DSA_PERF_CNTRCFG, 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_perf(&b) + DSA_PERF_FLTCFG, 4), 0xffff);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_perf(&b) + DSA_PERF_FLTCFG + 20, 4), 0x3fffff);
	if (flr) {
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_SWERROR, 8), 0);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_TABLE + 16, 8), 0);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_TABLE + 24, 8), 1ull << 32);
	} else {
		CU_ASSERT(bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_VALID);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_TABLE + 16, 8), 0xfee01000);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_TABLE + 24, 8), 0x99);
	}
}

static void test_2_4_reset_device(void)
{
	start(false);
	dirty();
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	check_after_reset(false);
	bus_free(&b);
}

static void test_2_4_function_level_reset(void)
{
	start(false);
	dirty();
	dsa_cfg_write(b.dsa, 0x48, 2, 0x8000);
	check_after_reset(true);
	CU_ASSERT_EQUAL(dsa_cfg_read(b.dsa, 4, 2), 0);
	CU_ASSERT_EQUAL(dsa_cfg_read(b.dsa, 0x48, 2), 0x2910);
	bus_free(&b);
}

static void test_2_6_grpcfg(void)
{
	u64 g;

	start(false);
	g = bus_grpcfg(&b, 1);
	bus_wr(&b, g, 8, 0xff);
	bus_wr(&b, g + 4, 4, 0x11);
	bus_wr(&b, g + DSA_GRPCFG_ENGINES, 1, 2);
	bus_wr(&b, g + DSA_GRPCFG_FLAGS, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, g, 8), 0x11000000ffull);
	CU_ASSERT_EQUAL(bus_rd(&b, g + DSA_GRPCFG_ENGINES, 8), 2);
	CU_ASSERT_EQUAL(bus_rd(&b, g + DSA_GRPCFG_FLAGS, 8),
			DSA_GRPFLAGS_TC_A | DSA_GRPFLAGS_TC_B | DSA_GRPFLAGS_USE_RDBUF_LIMIT |
				DSA_GRPFLAGS_RDBUF_RESERVED | DSA_GRPFLAGS_RDBUF_ALLOWED);
	CU_ASSERT_EQUAL(bus_rd(&b, g + 48, 8), 0);
	bus_free(&b);
	/* Not Disabled: silently ignored. */
	start(false);
	enable();
	g = bus_grpcfg(&b, 0);
	bus_wr(&b, g, 8, 0xff);
	bus_wr(&b, g + DSA_GRPCFG_ENGINES, 8, 0xf);
	bus_wr(&b, g + DSA_GRPCFG_FLAGS, 8, 0);
	CU_ASSERT_EQUAL(bus_rd(&b, g, 8), 1);
	CU_ASSERT_EQUAL(bus_rd(&b, g + DSA_GRPCFG_ENGINES, 8), 1);
	CU_ASSERT(bus_rd(&b, g + DSA_GRPCFG_FLAGS, 8) != 0);
	CU_ASSERT(!(bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_VALID));
	bus_free(&b);
}

/* Bits of each WQCFG dword that the last write of all ones, then of zeroes, could change. */
static void wq_writable(u32 wq, u32 *bits)
{
	u32 d;

	for (d = 0; d < 8; d++) {
		u64 at = bus_wqcfg(&b, wq) + 4 * d;
		u32 was = bus_rd(&b, at, 4), ones;

		bus_wr(&b, at, 4, ~0u);
		ones = bus_rd(&b, at, 4);
		bus_wr(&b, at, 4, 0);
		bits[d] = ones ^ bus_rd(&b, at, 4);
		bus_wr(&b, at, 4, was);
	}
}

#define MODE_BITS (DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PRIV | DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PASID)

static void test_2_7_write_rules_of_a_configurable_device(void)
{
	u32 w[8];

	start(false);
	wq_writable(0, w);
	CU_ASSERT_EQUAL(w[0], 0xffff);
	CU_ASSERT_EQUAL(w[1], 0xffff);
	CU_ASSERT_EQUAL(w[2], MODE_BITS | DSA_WQCFG2_BOF | DSA_WQCFG2_PRIORITY);
	CU_ASSERT_EQUAL(w[3], 0x1ff);
	CU_ASSERT_EQUAL(w[4], 0x1ffff);
	/* The limit can't be cleared by the write that finds the interrupt enabled. */
	CU_ASSERT_EQUAL(w[5], DSA_WQCFG5_OCC_INT_EN);
	CU_ASSERT_EQUAL(w[6], 0);
	CU_ASSERT_EQUAL(w[7], 0);
	bus_wr(&b, bus_wqcfg(&b, 0) + 20, 4, 0);
	/* WQ enabled: threshold and occupancy interrupt only. */
	enable();
	wq_writable(0, w);
	CU_ASSERT_EQUAL(w[0], 0);
	CU_ASSERT_EQUAL(w[1], 0xffff);
	CU_ASSERT_EQUAL(w[2], 0);
	CU_ASSERT_EQUAL(w[3], 0);
	CU_ASSERT_EQUAL(w[4], 0);
	CU_ASSERT_EQUAL(w[5] & DSA_WQCFG5_OCC_INT_EN, DSA_WQCFG5_OCC_INT_EN);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 24, 4) & DSA_WQCFG6_STATE,
			SPEC_PREP(DSA_WQCFG6_STATE, DSA_WQ_STATE_ENABLED));
	/* Device enabled, another WQ disabled: all but the size. */
	wq_writable(1, w);
	CU_ASSERT_EQUAL(w[0], 0);
	CU_ASSERT_EQUAL(w[2], MODE_BITS | DSA_WQCFG2_BOF | DSA_WQCFG2_PRIORITY);
	bus_free(&b);
}

static void test_2_7_version_2_fields(void)
{
	u32 w[8];

	start(true);
	wq_writable(0, w);
	CU_ASSERT_EQUAL(w[2], MODE_BITS | DSA_WQCFG2_BOF | DSA_WQCFG2_PRIORITY |
				      DSA_WQCFG2_ATS_DISABLE | DSA_WQCFG2_PRS_DISABLE);
	/* OPCFG is all that OPCAP has. */
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 3) + 32, 8), dsa_config(b.dsa)->opcap[0]);
	bus_wr(&b, bus_wqcfg(&b, 3) + 32, 8, 0x18);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 3) + 32, 8), 0x18);
	bus_free(&b);
}

/* GENCAP[31] = 0: the configuration comes with the hardware. */
static void test_2_7_write_rules_of_a_fixed_device(void)
{
	static struct dsa_fixed fixed;
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, BUS_ADDR(0));
	struct dsa_cfg cfg;
	u32 w[8], i;

	memset(&fixed, 0, sizeof(fixed));
	for (i = 0; i < 2; i++) {
		fixed.wqcfg[i][0] = 8;
		fixed.wqcfg[i][1] = 8;
		fixed.wqcfg[i][2] = BUS_DWQ;
		fixed.wqcfg[i][3] = 21 | 5 << 5;
	}
	fixed.wqcfg[1][6] = DSA_WQCFG6_MODE_SUPPORT;
	fixed.group[0].wqs[0] = 3;
	fixed.group[0].engines = 0xf;
	fixed.group[0].flags = SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 96);
	bus_cfg(&cfg);
	cfg.gencap &= ~DSA_GENCAP_CONFIG;
	cfg.fixed = &fixed;
	bus_new(&b, &cfg);
	memset(&fixed, 0, sizeof(fixed)); /* was copied */
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0), 4), 8);
	wq_writable(0, w);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(w[i], 0);
	wq_writable(1, w);
	CU_ASSERT_EQUAL(w[0], 0);
	CU_ASSERT_EQUAL(w[1], 0xffff);
	CU_ASSERT_EQUAL(w[2], MODE_BITS);
	CU_ASSERT_EQUAL(w[3], 0);
	CU_ASSERT_EQUAL(w[4], 0);
	CU_ASSERT_EQUAL(w[5] & DSA_WQCFG5_OCC_INT_EN, DSA_WQCFG5_OCC_INT_EN);
	bus_wr(&b, bus_grpcfg(&b, 0), 8, 0xff);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_grpcfg(&b, 0), 8), 3);
	bus_wr(&b, DSA_REG_GENCFG, 4, 0x1000);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENCFG, 4), 96);
	CU_ASSERT_EQUAL(bus_enable(&b, 2), 0);
	CU_ASSERT_EQUAL(bus_do(&b, &n), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 1), 4), 8);
	CU_ASSERT_EQUAL(bus_enable(&b, 2), 0);
	bus_free(&b);
}

static void test_2_5_msixperm(void)
{
	start(false);
	bus_wr(&b, 0x200 + 8, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x200 + 8, 8), 0xfffff00c);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x200, 8), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x200 + 8 * 9, 8), 0);
	bus_free(&b);
}

/* Reserved bits of an IMS entry's control read 0 whatever is written; pending is the device's. */
static void test_2_5_ims_control(void)
{
	u64 at = 0x4000 + 16 * 7 + DSA_IMS_CTRL;
	u32 n;

	start(false);
	bus_wr(&b, at, 4, ~0u);
	CU_ASSERT_EQUAL(bus_rd(&b, at, 4), 0xfffff00d);
	for (n = 0; n < 4; n++)
		bus_wr(&b, at + n, 1, 0);
	CU_ASSERT_EQUAL(bus_rd(&b, at, 4), 0);
	for (n = 0; n < 4; n++)
		bus_wr(&b, at + n, 1, 0xff);
	CU_ASSERT_EQUAL(bus_rd(&b, at, 4), 0xfffff00d);
	bus_free(&b);
}

/* ---- Configuration space ---- */

static u32 cfg_rd(u32 off, u32 width)
{
	return dsa_cfg_read(b.dsa, off, width);
}

static void test_1_2_header(void)
{
	start(false);
	CU_ASSERT_EQUAL(cfg_rd(0, 4), 0x0b258086);
	CU_ASSERT_EQUAL(cfg_rd(6, 2), 0x0010);
	CU_ASSERT_EQUAL(cfg_rd(8, 4), 0x08800000);
	CU_ASSERT_EQUAL(cfg_rd(0x2c, 4), 0x00008086);
	CU_ASSERT_EQUAL(cfg_rd(0x34, 1), 0x40);
	CU_ASSERT_EQUAL(cfg_rd(0x3c, 2), 0);
	/* Sizing of the BARs. */
	dsa_cfg_write(b.dsa, 0x10, 4, ~0u);
	dsa_cfg_write(b.dsa, 0x14, 4, ~0u);
	dsa_cfg_write(b.dsa, 0x18, 4, ~0u);
	dsa_cfg_write(b.dsa, 0x20, 4, ~0u);
	CU_ASSERT_EQUAL(cfg_rd(0x10, 4), 0xffff000c);
	CU_ASSERT_EQUAL(cfg_rd(0x14, 4), 0xffffffff);
	CU_ASSERT_EQUAL(cfg_rd(0x18, 4), 0xfffe000c);
	CU_ASSERT_EQUAL(cfg_rd(0x20, 4), 0);
	dsa_cfg_write(b.dsa, 4, 2, 0xffff);
	CU_ASSERT_EQUAL(cfg_rd(4, 2), 0x0146);
	CU_ASSERT_EQUAL(cfg_rd(2, 4), 0xffffffff);
	CU_ASSERT_EQUAL(cfg_rd(4096, 4), 0xffffffff);
	bus_free(&b);
}

static void test_1_3_capability_chains(void)
{
	static const u16 conventional[] = {0x40, 0x80, 0x90}, ids[] = {0x10, 0x11, 0x01};
	static const u16 extended[] = {0x100, 0x150, 0x160, 0x170, 0x200, 0x220, 0x230, 0x240};
	static const u16 ext_ids[] = {0x01, 0x18, 0x17, 0x02, 0x23, 0x0f, 0x1b, 0x13};
	u32 i, at;

	start(false);
	for (i = 0, at = cfg_rd(0x34, 1); at; i++, at = cfg_rd(at + 1, 1)) {
		CU_ASSERT_FATAL(i < 3);
		CU_ASSERT_EQUAL(at, conventional[i]);
		CU_ASSERT_EQUAL(cfg_rd(at, 1), ids[i]);
	}
	CU_ASSERT_EQUAL(i, 3);
	for (i = 0, at = 0x100; at; i++, at = cfg_rd(at, 4) >> 20) {
		CU_ASSERT_FATAL(i < 8);
		CU_ASSERT_EQUAL(at, extended[i]);
		CU_ASSERT_EQUAL(cfg_rd(at, 2), ext_ids[i]);
	}
	CU_ASSERT_EQUAL(i, 8);
	CU_ASSERT_EQUAL(cfg_rd(0x82, 2), 8);
	CU_ASSERT_EQUAL(cfg_rd(0x44, 4) >> 28 & 1, 1); /* FLR */
	CU_ASSERT_EQUAL(cfg_rd(0x64, 4) >> 28 & 1, 1); /* DMWr completer */
	CU_ASSERT_EQUAL(cfg_rd(0x234, 2), 0x1404);
	CU_ASSERT_EQUAL(cfg_rd(0x246, 2), 0x8100);
	CU_ASSERT_EQUAL(cfg_rd(0x208, 2), 5);
	CU_ASSERT_EQUAL(cfg_rd(0x20a, 1), 0x08);
	CU_ASSERT_EQUAL(cfg_rd(0x214, 4), 1);
	bus_free(&b);
}

/* 1.5: changes of BME, ATS, PASID and PRI halt a device that is not Disabled. */
static void test_1_5_control_changes_halt(void)
{
	static const struct {
		u16 off, value;
	} change[] = {{4, 2}, {0x226, 0}, {0x226, 0x8001}, {0x236, 0}, {0x236, 1}, {0x244, 0}};
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, BUS_ADDR(0));
	u32 i;

	for (i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		start(false);
		bus_controls(&b, true);
		enable();
		/* Rewriting the same value is no change. */
		dsa_cfg_write(b.dsa, 4, 2, 6);
		dsa_cfg_write(b.dsa, 0x226, 2, 0x8000);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), DSA_STATE_ENABLED);
		bus_post(&b, 0, &n);
		dsa_cfg_write(b.dsa, change[i].off, 2, change[i].value);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), DSA_STATE_HALT);
		CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
				DSA_SWERR_PCI_CONFIG);
		CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_HALT);
		/* Nothing goes on. */
		bus_run(&b);
		CU_ASSERT_EQUAL(bus_rec(&b, BUS_ADDR(0))->status, 0);
		CU_ASSERT_EQUAL(bus_post(&b, 0, &n), DSA_DROPPED);
		CU_ASSERT(bus_idle(&b));
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
		CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), 0);
		bus_free(&b);
	}
	/* While Disabled all of it is fine. */
	start(false);
	for (i = 0; i < sizeof(change) / sizeof(change[0]); i++)
		dsa_cfg_write(b.dsa, change[i].off, 2, change[i].value);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), DSA_STATE_DISABLED);
	bus_free(&b);
}

static void test_1_3_transactions_pending(void)
{
	struct dsa_hw_desc d = bus_move(BUS_ADDR(0), BUS_ADDR(100), 65536, BUS_ADDR(400));

	start(false);
	enable();
	CU_ASSERT_EQUAL(cfg_rd(0x4a, 2), 0);
	bus_post(&b, 0, &d);
	CU_ASSERT_EQUAL(cfg_rd(0x4a, 2), 0x20);
	CU_ASSERT_EQUAL(cfg_rd(0x48, 4) >> 16, 0x20);
	bus_run(&b);
	CU_ASSERT_EQUAL(cfg_rd(0x4a, 2), 0);
	bus_free(&b);
}

/* Descriptions that no hardware could have are refused with a reason. */
static void test_impossible_descriptions(void)
{
	static const struct dsa_bus_ops none;
	struct dsa_cfg good, c;
	struct sim *sim = sim_new(1);
	const char *why;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		c = good;                                                                          \
		change;                                                                            \
		why = NULL;                                                                        \
		CU_ASSERT_PTR_NULL(dsa_new(sim, &c, &none, NULL, &why));                           \
		CU_ASSERT_PTR_NOT_NULL(why);                                                       \
	} while (0)

	bus_cfg(&good);
	REFUSED(c.wqcap &= ~DSA_WQCAP_NUM_WQS);
	REFUSED(c.wqcap &= ~DSA_WQCAP_TOTAL_SIZE);
	REFUSED(c.engcap = 0);
	REFUSED(c.engcap = 65);
	REFUSED(c.grpcap = 0);
	REFUSED(c.work_in_progress = 0);
	REFUSED(c.batch_in_progress = 0);
	REFUSED(c.devtlb_entries = 257);
	REFUSED(c.msix_vectors = 0);
	REFUSED(c.msix_vectors = 65);
	REFUSED(c.perf_counters = 33);
	REFUSED(c.perf_width = 65);
	REFUSED(c.timing.quantum = 0);
	REFUSED(c.timing.window = 0);
	REFUSED(c.wqcap |= DSA_WQCAP_OPCFG);
	REFUSED(c.gencap |= DSA_GENCAP_INTER_DOMAIN);
	REFUSED((c.gencap |= DSA_GENCAP_CMD_CAP, c.cmdcap = 0x3fffe));
	REFUSED(c.offsets[0] = 0x0040000200030003);  /* GRPCFG on WQCFG */
	REFUSED(c.offsets[0] = 0x00200002000400030); /* MSI-X table on IMS */
	sim_free(sim);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa registers", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_2_4_reset_values);
	T(test_2_1_access_rules);
	T(test_2_1_illegal_accesses);
	T(test_2_1_wide_access_covers_two_registers);
	T(test_2_1_dummy_portal);
	T(test_2_2_sapphire_rapids_values);
	T(test_2_4_reset_device);
	T(test_2_4_function_level_reset);
	T(test_2_6_grpcfg);
	T(test_2_7_write_rules_of_a_configurable_device);
	T(test_2_7_version_2_fields);
	T(test_2_7_write_rules_of_a_fixed_device);
	T(test_2_5_msixperm);
	T(test_2_5_ims_control);
	T(test_1_2_header);
	T(test_1_3_capability_chains);
	T(test_1_5_control_changes_halt);
	T(test_1_3_transactions_pending);
	T(test_impossible_descriptions);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
