// SPDX-License-Identifier: GPL-2.0
// Anything that software can do to a device, in any order: no crash, no hang, nothing lost.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/core/rng.h"
#include "tests/unit/model/dsa_bus.h"

#define OPERATIONS 400000 /* for each of the three descriptions */

static struct bus b;
static struct sim_rng rng;

static u64 below(u64 n)
{
	return sim_rng_below(&rng, n);
}

static u64 any_address(void)
{
	switch (below(20)) {
	case 0:
		return sim_rng_u64(&rng);
	case 1:
		return ~0ull - below(8192);
	case 2:
		return BUS_ADDR(BUS_PAGES) - below(8192);
	default:
		return BUS_BASE + below(BUS_PAGES * 4096ull) / 64 * 64;
	}
}

static u32 any_size(void)
{
	switch (below(20)) {
	case 0:
		return sim_rng_u64(&rng);
	case 1:
		return 0;
	case 2:
		return 1 + below(1 << 20);
	case 3:
		return 4096;
	default:
		return 1 + below(20000);
	}
}

static void any_descriptor(u8 *raw, bool member)
{
	static const u8 ops[] = {0, 1,	 2,    3,    4,	   5,	 6,    7,    8,
				 9, 0xa, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x20};
	struct dsa_hw_desc d;
	u64 q;
	u32 i;

	memset(&d, 0, sizeof(d));
	if (!below(50)) {
		for (i = 0; i < 64; i += 8) {
			q = sim_rng_u64(&rng);
			memcpy(raw + i, &q, 8);
		}
		return;
	}
	d.opcode = ops[below(sizeof(ops))];
	d.flags = below(8) ? CRAV_RCR : 0;
	if (d.opcode > DSA_OPCODE_DRAIN && !below(4))
		d.flags |= IDXD_OP_FLAG_BOF;
	if (!below(6))
		d.flags |= IDXD_OP_FLAG_RCI;
	if (!below(50))
		d.flags |= sim_rng_u64(&rng) & 0xffffff;
	if (member && !below(8))
		d.flags |= IDXD_OP_FLAG_FENCE;
	d.completion_addr =
		d.flags & IDXD_OP_FLAG_CRAV ? any_address() & ~(below(20) ? 31ull : 0) : 0;
	if (d.opcode) {
		d.src_addr = any_address();
		d.dst_addr = any_address();
		d.xfer_size = any_size();
	}
	if (d.opcode == 0x10 || d.opcode == 0x12)
		d.dst_addr = 0;
	if (d.opcode == 0x20)
		d.src_addr = 0;
	if (d.opcode >= 0x12 && d.opcode <= 0x15)
		d.xfer_size = d.xfer_size / 4160 * (d.opcode == 0x13 ? 512 : 520);
	if (d.opcode == DSA_OPCODE_BATCH) {
		d.dst_addr = 0;
		d.src_addr &= ~4095ull;
		d.desc_count = 1 + below(40);
	} else if (d.opcode == DSA_OPCODE_DRAIN) {
		d.src_addr = d.dst_addr = d.xfer_size = 0;
	} else if (d.opcode == DSA_OPCODE_DUALCAST) {
		d.dest2 = any_address();
	} else if (d.opcode == DSA_OPCODE_CR_DELTA || d.opcode == DSA_OPCODE_AP_DELTA) {
		d.xfer_size &= 0x7fff8;
		d.delta_addr = any_address();
		d.max_delta_size = 80 + below(4000);
	}
	if (d.flags & IDXD_OP_FLAG_RCI)
		d.int_handle = below(12);
	memcpy(raw, &d, 64);
	/* PASID and privilege */
	q = below(4) | (below(16) ? 0 : 1ull << 31);
	memcpy(raw, &q, 3);
	raw[3] = q >> 24;
}

static void write_register(void)
{
	u32 width = 1u << below(4);
	u64 off = below(8) ? below(0x1400) : below(dsa_bar_bytes(b.dsa, 0) + 64);

	if (below(8))
		off -= off % width;
	if (below(2))
		dsa_mmio_write(b.dsa, off, width, below(2) ? sim_rng_u64(&rng) : below(256));
	else
		dsa_mmio_read(b.dsa, off, width);
}

static void write_config(void)
{
	u32 width = 1u << below(3);
	u32 off = below(4) ? below(0x100) : below(4200);

	off -= below(8) ? off % width : 0;
	/* FLR and loss of bus mastering now and then only: else nothing ever runs. */
	if (off <= 0x49 && off + width > 0x49 && below(50))
		return;
	if (off < 8 && below(50))
		return;
	if (below(30))
		dsa_cfg_read(b.dsa, off, width);
	else
		dsa_cfg_write(b.dsa, off, width, sim_rng_u64(&rng));
}

/* A list of members where a Batch may find it. */
static void write_list(void)
{
	u64 page = below(BUS_PAGES);
	u32 i;

	for (i = 0; i < 64; i++)
		any_descriptor(b.ram + page * 4096 + i * 64, true);
}

static void submit(void)
{
	u8 raw[64] __attribute__((aligned(8)));
	u64 off = below(8) * DSA_PORTAL_WQ_STRIDE + below(4) * DSA_PORTAL_SIZE + below(64) * 64;

	any_descriptor(raw, false);
	if (!below(50))
		off = sim_rng_u64(&rng);
	dsa_portal_write(b.dsa, off, raw, below(2), NULL);
}

static void invalidate(void)
{
	struct iommu_inv inv = {.pasid_valid = below(2),
				.pasid = below(4),
				.all_pasids = !below(4),
				.itag = below(32)};
	u32 shift = 12 + below(10);

	inv.addr = BUS_ADDR(below(BUS_PAGES)) >> shift << shift;
	inv.size = 1ull << shift;
	if (!below(4)) {
		inv.addr = 0;
		inv.size = ~0ull;
	}
	dsa_invalidate(b.dsa, &inv);
}

static void change_page(void)
{
	u32 page = below(BUS_PAGES);

	b.perms[page] = below(4) ? 3 : below(4);
	b.broken[page] = !below(64);
}

/* Brings the device up the way a driver would: mixed queues, all engines. */
static void bring_up(void)
{
	u32 i;

	if (below(20) &&
	    SPEC_GET(DSA_GENSTS_STATE, bus_rd(&b, DSA_REG_GENSTS, 4)) == DSA_STATE_ENABLED)
		return;
	dsa_reset(b.dsa, DSA_RESET_KIND_FLR);
	dsa_cfg_write(b.dsa, 4, 2, 6);
	bus_controls(&b, below(4));
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	bus_wr(&b, DSA_REG_GENCTRL, 4, 7);
	for (i = 0; i < 9; i++) {
		bus_wr(&b, DSA_PCI_MSIX_TABLE + 16 * i + 12, 4, 0);
		bus_wr(&b, 0x200 + 8 * i, 4,
		       DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, i % 4));
	}
	bus_wr(&b, DSA_REG_GENCFG, 4,
	       0x60 | (below(2) ? DSA_GENCFG_USER_INT : 0) | (below(2) ? DSA_GENCFG_EVL_EN : 0));
	bus_wr(&b, DSA_REG_EVLCFG, 8, BUS_ADDR(BUS_PAGES - 4));
	bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 64);
	bus_group(&b, 8, 2 + below(14), 4);
	for (i = 0; i < 8; i++) {
		u32 mode = below(2) ? BUS_SWQ : BUS_DWQ | BUS_PASID(below(4));

		bus_wq(&b, i, mode | (below(2) ? DSA_WQCFG2_BOF : 0));
	}
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_ENABLE_DEVICE << 20);
	for (i = 0; i < 3; i++)
		sim_step(b.sim);
	for (i = 0; i < 8; i++) {
		u32 tries = 20;

		bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_ENABLE_WQ << 20 | i);
		while ((bus_rd(&b, DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE) && tries-- &&
		       sim_step(b.sim))
			;
	}
}

static void command(void)
{
	/* Hard ones seldom: a device that is always in reset finds no bugs. */
	static const u8 codes[] = {3, 3, 4, 8, 9, 11, 12, 6, 6, 6, 1, 13, 14, 17, 0, 31};
	u32 code = below(20) ? codes[below(sizeof(codes))] : 1 + below(17);

	bus_wr(&b, DSA_REG_CMD, 4,
	       code << 20 | (below(4) ? below(8) : below(0x1ff)) |
		       (below(2) ? DSA_CMD_INT_REQ : 0));
}

static void one(void)
{
	u32 n;

	switch (below(32)) {
	case 0:
		write_register();
		break;
	case 1:
		write_config();
		break;
	case 2:
		write_list();
		break;
	case 3:
		invalidate();
		break;
	case 4:
		change_page();
		break;
	case 5:
		if (b.nreq)
			bus_answer(&b, below(b.nreq), below(8) ? IOMMU_PR_SUCCESS : below(16));
		break;
	case 6:
		if (!below(4))
			dsa_page_response(b.dsa, below(4), below(600), below(16));
		/* A failure ends page requests until the next reset: seldom. */
		b.answer = below(20) ? below(3) : below(5);
		if (below(2))
			b.answer = BUS_ANSWER_HAND;
		break;
	case 7:
		if (!below(2))
			command();
		break;
	case 8:
		if (!below(8))
			bring_up();
		bus_wr(&b, DSA_REG_EVLSTATUS, 2, below(64)); /* the log's reader */
		break;
	case 9:
	case 10:
	case 11:
	case 12:
		for (n = below(10) ? 1 : below(60); n; n--)
			submit();
		break;
	default:
		sim_step(b.sim);
	}
}

/* Software answers everything and submits nothing: the device must come to rest by itself. */
static bool comes_to_rest(void)
{
	u32 round, tail;

	b.answer = BUS_ANSWER_INVALID;
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 1, 0); /* awake */
	for (round = 0; round < 2000 && !bus_idle(&b); round++) {
		bus_run(&b);
		while (b.nreq)
			bus_answer(&b, 0, IOMMU_PR_INVALID);
		tail = SPEC_GET(DSA_EVLSTATUS_TAIL, bus_rd(&b, DSA_REG_EVLSTATUS, 8));
		bus_wr(&b, DSA_REG_EVLSTATUS, 2, tail);
	}
	bus_run(&b);
	return bus_idle(&b) && !(bus_rd(&b, DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE);
}

static void fuzz(const struct dsa_cfg *cfg, const char *stream, enum dsa_data_mode mode)
{
	struct dsa_totals t;
	u32 i;

	sim_rng_init(&rng, getenv("FUZZ_SEED") ? strtoull(getenv("FUZZ_SEED"), NULL, 0) : 1,
		     stream);
	bus_new(&b, cfg);
	b.slots_change = true;
	dsa_set_data_mode(b.dsa, mode);
	bring_up();
	for (i = 0; i < OPERATIONS; i++) {
		one();
		if (!bus_conserved(&b) || (i % 4000 == 3999 && !comes_to_rest()))
			break;
	}
	CU_ASSERT_EQUAL(i, OPERATIONS);
	dsa_totals(b.dsa, &t);
	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr,
			"%s: accepted %llu retried %llu dropped %llu fetched %llu completed %llu "
			"abandoned %llu records %llu interrupts %llu errors %llu faults %llu "
			"batches %llu\n",
			stream, t.accepted, t.retried, t.dropped, t.fetched, t.completed,
			t.abandoned, t.records, t.interrupts, t.errors, t.faults, t.batches);
	CU_ASSERT(t.completed > 1000 && t.records > 200 && t.abandoned && t.faults && t.batches &&
		  t.fetched && t.interrupts);
	dsa_reset(b.dsa, DSA_RESET_KIND_FLR);
	bus_run(&b);
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	if (b.violations)
		fprintf(stderr, "%s\n", b.violation);
	bus_free(&b);
}

static void test_v1(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	fuzz(&cfg, "fuzz/v1", DSA_DATA_FULL);
}

static void test_v2(void)
{
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	cfg.devtlb_entries = 4;
	fuzz(&cfg, "fuzz/v2", DSA_DATA_FULL);
}

static void test_tight_none(void)
{
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	cfg.gencap |= DSA_GENCAP_EVL_OVERFLOW;
	cfg.work_in_progress = 2;
	cfg.batch_in_progress = 1;
	cfg.devtlb_entries = 0;
	fuzz(&cfg, "fuzz/tight", DSA_DATA_NONE);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa fuzz", NULL, NULL);
	CU_add_test(s, "version 1", test_v1);
	CU_add_test(s, "version 2 with event log", test_v2);
	CU_add_test(s, "few slots, no payload", test_tight_none);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
