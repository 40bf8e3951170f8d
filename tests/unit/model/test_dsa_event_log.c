// SPDX-License-Identifier: GPL-2.0
// Event log of DSA 2.0 (7.5): entries, what is logged and what is not, a full ring.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_bus.h"

#define LOG  BUS_ADDR(800)
#define SRC  BUS_ADDR(0)
#define DST  BUS_ADDR(100)
#define LIST BUS_ADDR(200)
#define RECS BUS_ADDR(400) /* several pages */
#define LOST BUS_ADDR(500) /* never mapped */
#define REC  BUS_ADDR(600)

static struct bus b;

static void start_cfg(const struct dsa_cfg *cfg, bool pri)
{
	bus_new(&b, cfg);
	bus_controls(&b, pri);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	bus_wr(&b, DSA_PCI_MSIX_TABLE + 12, 4, 0);
	bus_wr(&b, DSA_PCI_MSIX_TABLE + 8, 4, 0x30);
	bus_wr(&b, DSA_REG_GENCFG, 4, 0x60 | DSA_GENCFG_EVL_EN | DSA_GENCFG_USER_INT);
	bus_wr(&b, DSA_REG_GENCTRL, 4, DSA_GENCTRL_EVL_INT);
	bus_wr(&b, DSA_REG_EVLCFG, 8, LOG | DSA_EVLCFG0_PASID_EN);
	bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 64 | SPEC_PREP(DSA_EVLCFG1_PASID, 1));
	bus_group(&b, 1, 100, 1);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(5));
	memset(b.perms + 500, 0, 8);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
}

static void start(bool pri)
{
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	start_cfg(&cfg, pri);
}

static void end(void)
{
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

static const u64 *entry(u32 i)
{
	return bus_ptr(&b, LOG + 64 * i);
}

static u32 tail(void)
{
	return SPEC_GET(DSA_EVLSTATUS_TAIL, bus_rd(&b, DSA_REG_EVLSTATUS, 8));
}

static u32 code(u32 i)
{
	return SPEC_GET(DSA_EVL0_ERROR, entry(i)[0]);
}

static u32 info(u32 i)
{
	return SPEC_GET(DSA_EVL1_INFO, entry(i)[1]);
}

static bool swerror(void)
{
	return bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_VALID;
}

static void lose(u64 record)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 512, record);

	CU_ASSERT_EQUAL(bus_post(&b, 0, &d), DSA_ACCEPTED);
	bus_run(&b);
}

static void test_7_5_lost_record_is_logged(void)
{
	const struct dsa_completion_record *rec;

	start(false);
	lose(LOST + 96);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(code(0), DSA_COMP_CRA_XLAT);
	CU_ASSERT(entry(0)[0] & DSA_EVL0_DESC_VALID);
	CU_ASSERT(entry(0)[0] & DSA_EVL0_WQ_VALID);
	CU_ASSERT(entry(0)[0] & DSA_EVL0_FAULT_WRITE);
	CU_ASSERT(entry(0)[0] & DSA_EVL0_INFO_VALID);
	CU_ASSERT(!(entry(0)[0] & DSA_EVL0_BATCH));
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL0_PASID, entry(0)[0]), 5);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL0_OPERATION, entry(0)[0]), DSA_OPCODE_MEMMOVE);
	CU_ASSERT_EQUAL(entry(0)[2], LOST + 96);
	CU_ASSERT(info(0) & DSA_ERRINFO_RCR);
	CU_ASSERT(!(info(0) & DSA_ERRINFO_RCI));
	CU_ASSERT_EQUAL(SPEC_GET(DSA_ERRINFO_OPERAND, info(0)), 5);
	rec = (const void *)((const u8 *)entry(0) + DSA_EVL_RECORD_OFFSET);
	CU_ASSERT_EQUAL(rec->status, DSA_COMP_SUCCESS);
	CU_ASSERT(!swerror());
	end();
}

/* Vector 0 with INTCAUSE[5] once for each pending 0 -> 1. */
static void test_7_5_one_interrupt_until_pending_is_cleared(void)
{
	start(false);
	lose(LOST);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(b.msg[0].data, 0x30);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_EVL);
	CU_ASSERT((bus_rd(&b, DSA_REG_EVLSTATUS, 8) & DSA_EVLSTATUS_INT_PENDING) != 0);
	lose(LOST);
	CU_ASSERT_EQUAL(b.messages, 1);
	bus_wr(&b, DSA_REG_EVLSTATUS + 4, 4, DSA_EVLSTATUS_HI_INT_PENDING);
	CU_ASSERT(!(bus_rd(&b, DSA_REG_EVLSTATUS, 8) & DSA_EVLSTATUS_INT_PENDING));
	CU_ASSERT_EQUAL(tail(), 2);
	lose(LOST);
	CU_ASSERT_EQUAL(b.messages, 2);
	end();
}

/* The device takes the same record page again: nothing is logged while page requests work. */
static void test_7_5_page_requests_come_first(void)
{
	start(true);
	lose(LOST);
	CU_ASSERT_EQUAL(tail(), 0);
	CU_ASSERT_EQUAL(b.requests, 1);
	b.answer = BUS_ANSWER_INVALID;
	lose(LOST + 4096);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(code(0), DSA_COMP_CRA_XLAT);
	end();
}

static void fill_log(void)
{
	u32 i;

	for (i = 0; i < 63; i++)
		lose(LOST);
	CU_ASSERT_EQUAL(tail(), 63);
}

/* A full ring stalls the descriptor until the head moves; the next ones wait behind. */
static void test_7_5_full_log_stalls(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);
	struct dsa_totals t;

	start(false);
	fill_log();
	lose(LOST);
	lose(LOST + 32);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.in_flight, 2);
	CU_ASSERT_EQUAL(tail(), 63);
	CU_ASSERT_EQUAL(bus_do(&b, &n), DSA_COMP_SUCCESS);
	/* The answer to an invalidation does not wait for software. */
	dsa_invalidate(b.dsa, &(struct iommu_inv){.all_pasids = true, .size = ~0ull, .itag = 7});
	CU_ASSERT_EQUAL(b.inv_done, 1);
	bus_wr(&b, DSA_REG_EVLSTATUS, 2, 1);
	bus_run(&b);
	CU_ASSERT_EQUAL(tail(), 0);
	CU_ASSERT_EQUAL(entry(63)[2], LOST);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.in_flight, 1);
	bus_wr(&b, DSA_REG_EVLSTATUS, 4, 40);
	bus_run(&b);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(entry(0)[2], LOST + 32);
	CU_ASSERT(!swerror());
	end();
}

/* GENCAP[32]: the entry is lost and SWERROR says 54. */
static void test_7_5_full_log_may_overflow(void)
{
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	cfg.gencap |= DSA_GENCAP_EVL_OVERFLOW;
	start_cfg(&cfg, false);
	fill_log();
	lose(LOST);
	CU_ASSERT_EQUAL(tail(), 63);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_SWERR_EVL_WRITE);
	end();
}

static void test_7_5_ring_wraps(void)
{
	u32 i;

	start(false);
	for (i = 0; i < 150; i++) {
		lose(LOST + 32 * i);
		CU_ASSERT_EQUAL(entry(i % 64)[2], LOST + 32 * i);
		bus_wr(&b, DSA_REG_EVLSTATUS, 2, (i + 1) % 64);
	}
	CU_ASSERT_EQUAL(tail(), 150 % 64);
	end();
}

static void test_7_5_log_that_is_no_memory(void)
{
	start(false);
	b.perms[800] = 0;
	lose(LOST);
	CU_ASSERT_EQUAL(tail(), 0);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_SWERR_EVL_WRITE);
	end();
}

/* 6.3: what has no record goes to the log instead of SWERROR. */
static void test_6_3_errors_without_record(void)
{
	struct dsa_hw_desc d = bus_desc(0x3f, 0, 0);

	start(false);
	bus_post(&b, 0, &d);
	d = bus_move(SRC, DST, 512, REC + 8);
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(tail(), 2);
	CU_ASSERT_EQUAL(code(0), DSA_COMP_BAD_OPCODE);
	CU_ASSERT_EQUAL(code(1), DSA_COMP_CRA_ALIGN);
	CU_ASSERT(!swerror());
	end();
}

/* 52 goes to the log, 53 always to SWERROR. */
static void test_6_1_device_errors(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	u32 i;

	start(false);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_DRAIN_ALL << 20);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_DRAIN_ALL << 20);
	bus_run(&b);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(code(0), DSA_SWERR_CMD_ACTIVE);
	CU_ASSERT(!(entry(0)[0] & DSA_EVL0_DESC_VALID));
	for (i = 0; i < 200; i++)
		bus_post(&b, 0, &n);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_SWERR_DWQ_FULL);
	bus_run(&b);
	end();
}

/* 19 goes to record and log. */
static void test_6_1_bad_handle(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR | IDXD_OP_FLAG_RCI, REC);

	start(false);
	d.int_handle = 7;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(code(0), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_ERRINFO_HANDLE, info(0)), 7);
	CU_ASSERT(info(0) & DSA_ERRINFO_RCI);
	CU_ASSERT_EQUAL(*((const u8 *)entry(0) + DSA_EVL_RECORD_OFFSET), DSA_COMP_INT_HANDLE_INVAL);
	end();
}

/*
 * A Batch with a member whose record went to the log goes there itself, behind its members and
 * with their identifier; only the first entry says "first".
 */
static void test_7_5_batch_follows_its_members(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC), m;
	u32 i, id;

	start(false);
	for (i = 0; i < 6; i++) {
		m = bus_move(SRC, DST + 512 * i, 512, i % 3 == 1 ? LOST + 32 * i : RECS + 32 * i);
		memcpy(bus_ptr(&b, LIST + 64 * i), &m, 64);
	}
	d.desc_list_addr = LIST;
	d.desc_count = 6;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(tail(), 3);
	CU_ASSERT_EQUAL(code(0), DSA_COMP_CRA_XLAT);
	CU_ASSERT_EQUAL(code(1), DSA_COMP_CRA_XLAT);
	CU_ASSERT_EQUAL(code(2), DSA_STATUS_BATCH_EVL);
	CU_ASSERT(entry(0)[0] & DSA_EVL0_BATCH);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL1_BATCH_INDEX, entry(0)[1]), 1);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL1_BATCH_INDEX, entry(1)[1]), 4);
	CU_ASSERT(info(0) & DSA_ERRINFO_FIRST_IN_BATCH);
	CU_ASSERT(!(info(1) & DSA_ERRINFO_FIRST_IN_BATCH));
	id = SPEC_GET(DSA_EVL0_BATCH_ID, entry(0)[0]);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL0_BATCH_ID, entry(1)[0]), id);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_EVL0_BATCH_ID, entry(2)[0]), id);
	CU_ASSERT_EQUAL(entry(2)[2], REC);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	CU_ASSERT_EQUAL(*((const u8 *)entry(2) + DSA_EVL_RECORD_OFFSET), DSA_COMP_SUCCESS);
	/* The next batch, with all records in place, completes as usual. */
	for (i = 0; i < 6; i++)
		((struct dsa_hw_desc *)bus_ptr(&b, LIST + 64 * i))->completion_addr = RECS + 32 * i;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(tail(), 3);
	end();
}

static void test_7_5_drain_is_logged_without_page_requests(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR, REC);

	start(false);
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	CU_ASSERT_EQUAL(code(0), DSA_STATUS_DRAIN_EVL);
	CU_ASSERT_EQUAL(entry(0)[2], REC);
	CU_ASSERT_EQUAL(*((const u8 *)entry(0) + DSA_EVL_RECORD_OFFSET), DSA_COMP_SUCCESS);
	/* One that fails its checks writes its record. */
	d.xfer_size = 1;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_NOZERO_RESERVE);
	end();
	start(true);
	d.xfer_size = 0;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(tail(), 0);
	end();
}

static void test_4_2_enable_checks_and_clears_the_log(void)
{
	start(false);
	lose(LOST);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(tail(), 1);
	bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 63);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_EVL);
	bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 128);
	bus_wr(&b, DSA_REG_EVLCFG, 8, ~0ull << 12);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_EVL);
	bus_wr(&b, DSA_REG_EVLCFG, 8, LOG | DSA_EVLCFG0_PASID_EN);
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PASID + 6, 2, 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_PASID);
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PASID + 6, 2, 5);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_EVLSTATUS, 8), 0);
	/* Reset Device keeps EVLSTATUS but not EVLCFG (2.4). */
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), 0);
	lose(LOST);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(tail(), 1);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_EVLCFG, 8), 0);
	end();
}

/* What the ring is has not been checked before Enable Device: errors go to SWERROR. */
static void test_7_5_no_log_while_disabled(void)
{
	struct dsa_cfg cfg;
	u32 i;

	bus_cfg_v2(&cfg);
	bus_new(&b, &cfg);
	bus_wr(&b, DSA_REG_GENCFG, 4, DSA_GENCFG_EVL_EN);
	for (i = 0; i < 2; i++)
		bus_wr(&b, DSA_REG_CMD, 4, SPEC_PREP(DSA_CMD_CODE, DSA_CMD_DRAIN_ALL));
	bus_run(&b);
	CU_ASSERT(swerror());
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_SWERR_CMD_ACTIVE);
	bus_free(&b);
	/* The same after a ring was in use. */
	start(false);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_DEVICE, 0), 0);
	bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 0);
	dsa_halt(b.dsa, DSA_RESET_SOFTWARE);
	for (i = 0; i < 2; i++)
		bus_wr(&b, DSA_REG_CMD, 4, SPEC_PREP(DSA_CMD_CODE, DSA_CMD_DRAIN_ALL));
	bus_run(&b);
	CU_ASSERT(swerror());
	CU_ASSERT_EQUAL(tail(), 0);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa event log", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_7_5_lost_record_is_logged);
	T(test_7_5_one_interrupt_until_pending_is_cleared);
	T(test_7_5_page_requests_come_first);
	T(test_7_5_full_log_stalls);
	T(test_7_5_full_log_may_overflow);
	T(test_7_5_ring_wraps);
	T(test_7_5_log_that_is_no_memory);
	T(test_6_3_errors_without_record);
	T(test_6_1_device_errors);
	T(test_6_1_bad_handle);
	T(test_7_5_batch_follows_its_members);
	T(test_7_5_drain_is_logged_without_page_requests);
	T(test_4_2_enable_checks_and_clears_the_log);
	T(test_7_5_no_log_while_disabled);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
