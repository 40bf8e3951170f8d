// SPDX-License-Identifier: GPL-2.0
// Portals (chapter 3): who may submit what where, acceptance, identity.
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "model/dsa/flat_bus.h"
#include "tests/unit/model/dsa_bus.h"

#define REC BUS_ADDR(600)

static struct bus b;

static const u32 pages[] = {DSA_PORTAL_UNLIMITED_MSIX, DSA_PORTAL_LIMITED_MSIX,
			    DSA_PORTAL_UNLIMITED_IMS, DSA_PORTAL_LIMITED_IMS};

/* WQ 0: SWQ, threshold 4 of 8; WQ 1: DWQ of 8, PASID 5; WQ 2: configured, disabled; rest: none. */
static void start_cfg(struct dsa_cfg *cfg)
{
	cfg->work_in_progress = 1;
	bus_new(&b, cfg);
	bus_controls(&b, false);
	bus_group(&b, 3, 8, 1);
	bus_wr(&b, bus_wqcfg(&b, 0) + 4, 4, 4);
	bus_wq(&b, 0, BUS_SWQ);
	bus_wq(&b, 1, BUS_DWQ | BUS_PASID(5));
	bus_wq(&b, 2, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
}

static void start(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	start_cfg(&cfg);
}

static void end(void)
{
	bus_run(&b);
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

static enum dsa_accept at(u64 off, const struct dsa_hw_desc *d, bool dmwr)
{
	return dsa_portal_write(b.dsa, off, d, dmwr, NULL);
}

static bool swerror(void)
{
	return bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_VALID;
}

static void test_3_2_behaviour_matrix(void)
{
	static const struct {
		u32 wq;
		enum dsa_accept dmwr, posted;
	} row[] = {
		{0, DSA_ACCEPTED, DSA_DROPPED}, /* enabled SWQ */
		{1, DSA_RETRY, DSA_ACCEPTED},	/* enabled DWQ */
		{2, DSA_RETRY, DSA_DROPPED},	/* disabled */
		{7, DSA_RETRY, DSA_DROPPED},	/* not configured */
		{8, DSA_RETRY, DSA_DROPPED},	/* nonexistent */
	};
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	u32 i, p;

	start();
	for (i = 0; i < 5; i++)
		for (p = 0; p < 4; p++) {
			CU_ASSERT_EQUAL(at(row[i].wq * 0x4000 + pages[p], &n, true), row[i].dmwr);
			CU_ASSERT_EQUAL(at(row[i].wq * 0x4000 + pages[p], &n, false),
					row[i].posted);
			bus_run(&b);
		}
	CU_ASSERT_EQUAL(at(~0ull << 14, &n, true), DSA_RETRY);
	CU_ASSERT_EQUAL(at(~0ull << 14, &n, false), DSA_DROPPED);
	/* Dropped is silent. */
	CU_ASSERT(!swerror());
	end();
}

static void test_3_2_ims_portals_need_ims(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	cfg.gencap &= ~DSA_GENCAP_IMS_MULT;
	start_cfg(&cfg);
	CU_ASSERT_EQUAL(at(DSA_PORTAL_LIMITED_IMS, &n, true), DSA_RETRY);
	CU_ASSERT_EQUAL(at(0x4000 + DSA_PORTAL_UNLIMITED_IMS, &n, false), DSA_DROPPED);
	CU_ASSERT_EQUAL(at(0x4000 + DSA_PORTAL_LIMITED_MSIX, &n, false), DSA_ACCEPTED);
	CU_ASSERT_EQUAL(dsa_cfg_read(b.dsa, 0x214, 4), 0);
	end();
}

static void test_3_2_states_that_refuse(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);

	start();
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 2, 3);
	CU_ASSERT_EQUAL(at(DSA_PORTAL_LIMITED_MSIX, &n, true), DSA_RETRY);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 2, 0);
	CU_ASSERT_EQUAL(at(DSA_PORTAL_LIMITED_MSIX, &n, true), DSA_ACCEPTED);
	bus_run(&b);
	dsa_halt(b.dsa, DSA_RESET_SOFTWARE);
	CU_ASSERT_EQUAL(at(DSA_PORTAL_LIMITED_MSIX, &n, true), DSA_RETRY);
	CU_ASSERT_EQUAL(at(0x4000, &n, false), DSA_DROPPED);
	end();
}

/* 3.1: bits 11:6 choose a slot of the same queue, bits 5:0 must be 0. */
static void test_3_1_slots_and_alignment(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	u32 slot;

	start();
	for (slot = 0; slot < 64; slot++) {
		CU_ASSERT_EQUAL(at(0x4000 + DSA_PORTAL_LIMITED_MSIX + 64 * slot, &n, false),
				DSA_ACCEPTED);
		bus_run(&b);
		CU_ASSERT_EQUAL(at(0x4000 + 64 * slot + 8, &n, false), DSA_DROPPED);
		CU_ASSERT_EQUAL(at(64 * slot + 32, &n, true), DSA_RETRY);
	}
	CU_ASSERT(!swerror());
	end();
}

/* 3.3: the limited portal takes up to the threshold, the unlimited one up to the size. */
static void test_3_3_threshold(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	u32 i, limited = 0, unlimited = 0;

	start();
	for (i = 0; i < 20; i++)
		limited += at(DSA_PORTAL_LIMITED_MSIX, &n, true) == DSA_ACCEPTED;
	for (i = 0; i < 20; i++)
		unlimited += at(DSA_PORTAL_UNLIMITED_MSIX, &n, true) == DSA_ACCEPTED;
	/* One went to the engine at once. */
	CU_ASSERT_EQUAL(limited, 4 + 1);
	CU_ASSERT_EQUAL(unlimited, 4);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 24, 2), 8);
	/* The threshold can change at any time; 0 always retries, more than the size is the size.
	 */
	bus_wr(&b, bus_wqcfg(&b, 0) + 4, 4, 0);
	bus_run(&b);
	CU_ASSERT_EQUAL(at(DSA_PORTAL_LIMITED_MSIX, &n, true), DSA_RETRY);
	bus_wr(&b, bus_wqcfg(&b, 0) + 4, 4, 1000);
	for (i = limited = 0; i < 20; i++)
		limited += at(DSA_PORTAL_LIMITED_MSIX, &n, true) == DSA_ACCEPTED;
	CU_ASSERT_EQUAL(limited, 9);
	end();
}

/* 3.3: for a DWQ both portals are equal; a full one loses the write and SWERROR says 53. */
static void test_3_3_full_dwq(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	struct dsa_totals t;
	u32 i, taken = 0;
	u64 q;

	start();
	bus_wr(&b, bus_wqcfg(&b, 1) + 4, 4, 1);
	for (i = 0; i < 9; i++)
		taken += at(0x4000 + pages[i % 2], &n, false) == DSA_ACCEPTED;
	CU_ASSERT_EQUAL(taken, 9);
	CU_ASSERT(!swerror());
	CU_ASSERT_EQUAL(at(0x4000, &n, false), DSA_DROPPED);
	q = bus_rd(&b, DSA_REG_SWERROR, 8);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, q), DSA_SWERR_DWQ_FULL);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_WQ_INDEX, q), 1);
	CU_ASSERT(q & DSA_SWERR0_WQ_VALID);
	CU_ASSERT(!(q & DSA_SWERR0_DESC_VALID));
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.dropped, 1);
	CU_ASSERT_EQUAL(b.notes[DSA_NOTE_DROP], 1);
	end();
}

/* Nothing inside is looked at before acceptance: 64 bytes of anything are taken. */
static void test_3_3_content_does_not_matter(void)
{
	struct dsa_hw_desc d;

	start();
	memset(&d, 0xff, sizeof(d));
	CU_ASSERT_EQUAL(at(0x4000, &d, false), DSA_ACCEPTED);
	CU_ASSERT_EQUAL(at(0, &d, true), DSA_ACCEPTED);
	end();
}

/* 5.1: SWQ: PASID and privilege from the trusted dword; DWQ: from WQCFG, bytes 0-3 ignored. */
static void test_5_1_identity(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);

	start();
	bus_enq(&b, 0, &d, 0x80000000 | 77);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.retired[0].pasid, 77);
	CU_ASSERT_EQUAL(b.retired[0].status, DSA_COMP_SUCCESS);
	d.pasid = 1234;
	d.priv = 1;
	bus_post(&b, 1, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.retired[1].pasid, 5);
	CU_ASSERT_EQUAL(b.retired[1].status, DSA_COMP_SUCCESS);
	/* Reserved bits of the trusted dword. */
	bus_enq(&b, 0, &d, 0x00100000 | 77);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.retired[2].status, DSA_COMP_NOZERO_RESERVE);
	end();
}

/* 1D: privileged without privileged mode; no record, no interrupt, SWERROR. */
static void test_6_1_privilege(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PASID + 6, 2, 1);
	bus_group(&b, 1, 8, 1);
	bus_wq(&b, 0, BUS_SWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	bus_enq(&b, 0, &d, 0x80000000 | 3);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_COMP_PRIV_BAD);
	CU_ASSERT(bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_PRIV);
	end();
}

/* 1B: a record that is not 32-byte aligned: SWERROR only. */
static void test_6_1_misaligned_record(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC + 16);

	start();
	bus_post(&b, 1, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_COMP_CRA_ALIGN);
	CU_ASSERT_EQUAL(bus_rec(&b, REC + 16)->status, 0);
	end();
}

/* 1E: a traffic class that no enabled virtual channel carries. */
static void test_6_1_traffic_class(void)
{
	struct dsa_hw_desc d = bus_move(BUS_ADDR(0), BUS_ADDR(100), 64, REC);
	struct dsa_cfg cfg;
	u32 vc0;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	vc0 = dsa_cfg_read(b.dsa, DSA_PCI_ECAP_VC + 0x14, 4);
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_VC + 0x14, 4, vc0 & ~2u);
	bus_group(&b, 1, 8, 1);
	bus_wq(&b, 0, BUS_DWQ);
	bus_wr(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_FLAGS, 8,
	       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 96) | SPEC_PREP(DSA_GRPFLAGS_TC_B, 1));
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	d.flags |= IDXD_OP_FLAG_ADDR2_TCS;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_TRAFFIC_CLASS_CONF);
	/* The record's own class: only SWERROR can tell. */
	d.flags = CRAV_RCR | IDXD_OP_FLAG_CR_TCS;
	CU_ASSERT_EQUAL(bus_do(&b, &d), 0);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_COMP_TRAFFIC_CLASS_CONF);
	/* VC1 with this class enabled carries it. */
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_VC + 0x20, 4, 0x81000002);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	end();
}

/* ---- The flat bus and single operations (docs/embedding.md) ---- */

static void test_flat_bus_operations(void)
{
	struct dsa_flat f = {.bytes = 65536};
	struct dsa_completion_record rec;
	struct dsa_hw_desc d;
	u32 i;

	f.ram = calloc(1, f.bytes);
	f.base = 0x7000;
	for (i = 0; i < 4096; i++)
		f.ram[i] = i * 5;
	d = bus_move(0x7000, 0x9000, 4096, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(memcmp(f.ram, f.ram + 0x2000, 4096), 0);
	/* The last byte inside, the first outside. */
	d = bus_move(0x7000 + 65536 - 100, 0x9000, 200, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec.bytes_completed, 100);
	CU_ASSERT_EQUAL(rec.fault_addr, 0x7000 + 65536);
	d = bus_move(0x6fff, 0x9000, 200, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec.bytes_completed, 0);
	d = bus_move(~0ull - 10, 0x9000, 200, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	d = bus_move(0x7000, 0x7000 + 65536 - 8, 4096, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(((u8 *)&rec)[0], 0x80 | DSA_COMP_PAGE_FAULT_NOBOF);
	/* Overlapping upward, its end outside: backward, nothing done. */
	d = bus_move(0x7000 + 65536 - 100, 0x7000 + 65536 - 50, 100, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec.bytes_completed, 0);
	/* Its beginning outside: from the last byte down to the array's first. */
	memset(f.ram, 0, f.bytes);
	memset(f.ram, 0x3c, 60);
	d = bus_move(0x7000 - 40, 0x7000 + 10, 100, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec.bytes_completed, 60);
	CU_ASSERT_EQUAL(rec.result, 1);
	CU_ASSERT_EQUAL(rec.fault_addr, 0x6fff);
	CU_ASSERT(f.ram[49] == 0x3c && f.ram[109] == 0x3c && !f.ram[110]);
	d.opcode = DSA_OPCODE_BATCH;
	CU_ASSERT(dsa_flat_execute(&f, NULL, &d, &rec) >= DSA_COMP_BAD_OPCODE);
	d = bus_move(0x7000, 0x9000, 0, 0);
	CU_ASSERT_EQUAL(dsa_flat_execute(&f, NULL, &d, &rec), DSA_COMP_XFER_ERANGE);
	free(f.ram);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa portals", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_3_2_behaviour_matrix);
	T(test_3_2_ims_portals_need_ims);
	T(test_3_2_states_that_refuse);
	T(test_3_1_slots_and_alignment);
	T(test_3_3_threshold);
	T(test_3_3_full_dwq);
	T(test_3_3_content_does_not_matter);
	T(test_5_1_identity);
	T(test_6_1_privilege);
	T(test_6_1_misaligned_record);
	T(test_6_1_traffic_class);
	T(test_flat_bus_operations);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
