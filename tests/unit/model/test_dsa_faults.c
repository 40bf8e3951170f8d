// SPDX-License-Identifier: GPL-2.0
// Faults: partial completion, page requests, records and lists that are not there, invalidations
// that meet descriptors under way (5.10, 6.3, 8.5).
#include <CUnit/Basic.h>

#include "model/dsa/dsa_priv.h"
#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(16)
#define DST BUS_ADDR(300)
#define REC BUS_ADDR(600)

static struct bus b;

/* One DWQ on one engine, PASID 5; with page requests the WQ may block on faults. */
static void start_cfg(const struct dsa_cfg *cfg, bool pri)
{
	bus_new(&b, cfg);
	bus_controls(&b, pri);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(5) | (pri ? DSA_WQCFG2_BOF : 0));
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
}

static void start(bool pri)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	start_cfg(&cfg, pri);
}

static void start_v2(bool pri)
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

static void hole(u64 addr, u32 pages)
{
	memset(b.perms + (addr - BUS_BASE) / 4096, 0, pages);
}

static void fill(u64 addr, u32 bytes)
{
	u32 i;

	for (i = 0; i < bytes; i++)
		*(u8 *)bus_ptr(&b, addr + i) = i * 13 >> 4;
}

static bool same(u64 x, u64 y, u32 bytes)
{
	u32 i;

	for (i = 0; i < bytes; i++)
		if (*(u8 *)bus_ptr(&b, x + i) != *(u8 *)bus_ptr(&b, y + i))
			return false;
	return true;
}

/* SWERROR's code, 0 when not valid. */
static u32 swerror(void)
{
	u64 q = bus_rd(&b, DSA_REG_SWERROR, 8);

	return q & DSA_SWERR0_VALID ? SPEC_GET(DSA_SWERR0_ERROR, q) : 0;
}

static void test_5_10_partial_completion_without_bof(void)
{
	struct dsa_hw_desc d = bus_move(SRC + 100, DST, 20000, REC);
	struct dsa_completion_record *rec;

	start(true);
	fill(SRC, 24576);
	hole(SRC + 8192, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PAGE_FAULT_NOBOF);
	rec = bus_rec(&b, REC);
	CU_ASSERT_EQUAL(rec->bytes_completed, 8192 - 100);
	CU_ASSERT_EQUAL(rec->fault_addr, SRC + 8192);
	CU_ASSERT(same(SRC + 100, DST, 8192 - 100));
	CU_ASSERT_EQUAL(*(u8 *)bus_ptr(&b, DST + 8192 - 100), 0);
	CU_ASSERT_EQUAL(b.requests, 0);
	CU_ASSERT_EQUAL(swerror(), 0);
	end();
}

static void test_6_2_write_faults_say_so(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 8192, REC);

	start(false);
	b.perms[(DST - BUS_BASE) / 4096 + 1] = IOMMU_R;
	CU_ASSERT_EQUAL(bus_do(&b, &d), 0x80 | DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4096);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->fault_addr, DST + 4096);
	end();
}

static void test_5_10_bof_waits_for_the_page(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 16384, REC);

	start(true);
	fill(SRC, 16384);
	hole(SRC + 4096, 1);
	hole(DST + 8192, 1);
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT(same(SRC, DST, 16384));
	CU_ASSERT_EQUAL(b.requests, 2);
	CU_ASSERT_EQUAL(b.retired[0].faults, 2);
	CU_ASSERT(b.retired[0].fault_wait >= 2 * PS_PER_US);
	end();
}

/* The limit of requests is for one page, not for the descriptor. */
static void test_5_10_bof_of_hundreds_of_pages(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 200 * 4096, REC);

	start(true);
	fill(SRC, 200 * 4096);
	hole(SRC, 200);
	hole(DST, 200);
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.requests, 400);
	CU_ASSERT(same(SRC, DST, 200 * 4096));
	end();
}

static void test_5_10_invalid_response_is_04(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 16384, REC);

	start(true);
	hole(SRC + 4096, 1);
	b.answer = BUS_ANSWER_INVALID;
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PAGE_FAULT_IR);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4096);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->fault_addr, SRC + 4096);
	end();
}

static void test_5_10_too_many_retries_are_04(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(true);
	hole(SRC, 1);
	b.answer = BUS_ANSWER_SUCCESS;
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PAGE_FAULT_IR);
	CU_ASSERT_EQUAL(b.requests, 64);
	end();
}

/* 22 goes to record and SWERROR; page requests end until software clears the failure. */
static void test_5_10_response_failure_is_22(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(true);
	hole(SRC, 1);
	b.answer = BUS_ANSWER_FAILURE;
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_TRANSLATION_FAIL);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_TRANSLATION_FAIL);
	CU_ASSERT(dsa_cfg_read(b.dsa, DSA_PCI_ECAP_PRI + 6, 2) & 1);
	/* Nothing forbidden has happened: no Halt at the next configuration write. */
	dsa_cfg_write(b.dsa, 0x0c, 1, 8);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), DSA_STATE_ENABLED);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(b.requests, 1);
	b.answer = BUS_ANSWER_MAP;
	dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PRI + 6, 2, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4), DSA_STATE_ENABLED);
	end();
}

static void test_8_5_translation_error_is_22(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 8192, REC);

	start(true);
	b.broken[(SRC - BUS_BASE) / 4096 + 1] = true;
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_TRANSLATION_FAIL);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4096);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_TRANSLATION_FAIL);
	CU_ASSERT_EQUAL(b.requests, 0);
	end();
}

/* Without ATS there is nothing to ask for: errors of the access itself. */
static void test_8_5_untranslated_read_fault_is_20(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 8192, REC);
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	hole(SRC + 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_HW_ERR1);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4096);
	end();
}

/* Of posted writes that the IOMMU drops nobody hears; a readback does (21). */
static void test_8_5_untranslated_write_fault_is_not_seen(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 3 * 4096, REC);
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	fill(SRC, 3 * 4096);
	hole(DST + 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT(same(SRC, DST, 4096));
	CU_ASSERT(same(SRC + 8192, DST + 8192, 4096));
	CU_ASSERT_EQUAL(*(u8 *)bus_ptr(&b, DST + 4096 + 100), 0);
	d.flags |= IDXD_OP_FLAG_DRDBK;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_HW_ERR_DRB);
	/* The record is a write like any other. */
	hole(REC, 1);
	d.flags = CRAV_RCR;
	CU_ASSERT_EQUAL(bus_do(&b, &d), 0);
	CU_ASSERT_EQUAL(swerror(), 0);
	end();
}

static void test_6_1_record_fault_goes_to_swerror(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC + 64);
	u64 q;

	start(false);
	hole(REC, 1);
	fill(SRC, 4096);
	bus_post(&b, 0, &d);
	bus_run(&b);
	q = bus_rd(&b, DSA_REG_SWERROR, 8);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_CRA_XLAT);
	CU_ASSERT(q & DSA_SWERR0_DESC_VALID);
	CU_ASSERT(q & DSA_SWERR0_WQ_VALID);
	CU_ASSERT(q & DSA_SWERR0_FAULT_WRITE);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_PASID, q), 5);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_OPERATION, q), DSA_OPCODE_MEMMOVE);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_SWERROR + 16, 8), REC + 64);
	CU_ASSERT_EQUAL(bus_rec(&b, REC + 64)->status, 0);
	end();
}

/* To its batch a member whose record is lost has failed: nobody completes it. */
static void test_6_1_member_without_record_fails_its_batch(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC);
	struct dsa_hw_desc m;
	u32 i;

	start(false);
	hole(REC + 4096, 1);
	for (i = 0; i < 4; i++) {
		m = bus_move(SRC + 4096 * i, DST + 4096 * i, 4096,
			     i == 1 ? REC + 4096 : REC + 32 * (i + 1));
		/* A fence behind it gives up the rest. */
		if (i == 3)
			m.flags |= IDXD_OP_FLAG_FENCE;
		memcpy(bus_ptr(&b, BUS_ADDR(0) + 64 * i), &m, 64);
	}
	d.desc_list_addr = BUS_ADDR(0);
	d.desc_count = 4;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_FAIL);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 3);
	CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * 3)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * 4)->status, 0);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_CRA_XLAT);
	CU_ASSERT((bus_rd(&b, DSA_REG_SWERROR, 8) & DSA_SWERR0_BATCH) != 0);
	end();
}

/* Both the record and an operand are missing: the lost record must not be forgotten. */
static void test_6_1_record_and_operand_fault(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(false);
	hole(REC, 1);
	hole(SRC, 1);
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_CRA_XLAT);
	CU_ASSERT_EQUAL(b.nretired, 1);
	CU_ASSERT(!b.retired[0].record_written);
	end();
}

/* 8.5: records always wait for their page when page requests are on, whatever BOF says. */
static void test_8_5_record_page_is_asked_for(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(true);
	hole(REC, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.requests, 1);
	/* The same for a descriptor that fails its checks. */
	hole(REC + 4096, 1);
	d.xfer_size = 0;
	d.completion_addr = REC + 4096;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(b.requests, 2);
	end();
}

static void test_8_5_record_page_refused(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);

	start(true);
	hole(REC, 1);
	b.answer = BUS_ANSWER_INVALID;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(swerror(), DSA_COMP_CRA_XLAT);
	end();
}

/* Nothing to write, nothing to lose: a bad record address without RCR harms no success. */
static void test_5_2_unwanted_record_is_no_fault(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(false);
	hole(REC, 1);
	d.flags = IDXD_OP_FLAG_CRAV;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(swerror(), 0);
	CU_ASSERT_EQUAL(b.retired[0].status, DSA_COMP_SUCCESS);
	end();
}

/* Count no-ops from page-sized list pages on; the list's second page is missing. */
static void make_list(u64 list, u32 n, u64 records)
{
	u32 i;

	for (i = 0; i < n; i++) {
		struct dsa_hw_desc m = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, records + 32 * i);

		memcpy(bus_ptr(&b, list + 64 * i), &m, 64);
	}
}

static struct dsa_hw_desc batch(u64 list, u32 n, u64 record)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, record);

	d.desc_list_addr = list;
	d.desc_count = n;
	return d;
}

static void test_5_6_list_fault_is_06(void)
{
	struct dsa_hw_desc d = batch(SRC + 4096 - 640, 40, REC);

	start(false);
	make_list(SRC + 4096 - 640, 40, DST);
	hole(SRC + 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_PAGE_FAULT);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 10);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->fault_addr, SRC + 4096);
	CU_ASSERT_EQUAL(bus_rec(&b, DST + 9 * 32)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, DST + 10 * 32)->status, 0);
	end();
}

static void test_5_6_list_fault_at_the_first_entry(void)
{
	struct dsa_hw_desc d = batch(SRC, 4, REC);

	start(false);
	hole(SRC, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_PAGE_FAULT);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 0);
	end();
}

static void test_5_6_list_pages_are_asked_for(void)
{
	struct dsa_hw_desc d = batch(SRC + 4096 - 640, 100, REC);

	start(true);
	make_list(SRC + 4096 - 640, 100, DST);
	hole(SRC, 3);
	hole(REC, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 100);
	CU_ASSERT_EQUAL(b.requests, 4);
	end();
}

static void test_5_6_list_page_refused(void)
{
	struct dsa_hw_desc d = batch(SRC + 4096 - 640, 40, REC);

	start(true);
	make_list(SRC + 4096 - 640, 40, DST);
	hole(SRC + 4096, 1);
	b.answer = BUS_ANSWER_INVALID;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_PAGE_FAULT);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 10);
	end();
}

static void test_5_5_drain_readback_fault_is_1f(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR | DSA_FLAG_DRAIN_RDBACK1, REC);

	start_v2(false);
	d.src_addr = SRC;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	hole(SRC, 1);
	d.src_addr = SRC + 8;
	/* Another page's translation first: the device TLB still holds this one. */
	d.src_addr = SRC + 8192;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	d.src_addr = SRC + 8;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PFAULT_RDBA);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->fault_addr, SRC + 8);
	end();
}

static void test_8_5_drain_readback_waits_for_its_page(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR | DSA_FLAG_DRAIN_RDBACK1, REC);

	start_v2(true);
	hole(SRC, 1);
	d.src_addr = SRC;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.requests, 1);
	hole(DST, 1);
	d.src_addr = DST;
	b.answer = BUS_ANSWER_INVALID;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PFAULT_RDBA);
	end();
}

/* 5.4: an overlapping move onto higher addresses goes backward: Result 1, bytes from the end. */
static void test_5_4_backward_move_counts_from_the_end(void)
{
	struct dsa_hw_desc d = bus_move(SRC, SRC + 4096, 5 * 4096, REC);

	start(false);
	fill(SRC, 6 * 4096);
	hole(SRC + 2 * 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d) & 0x7f, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->result, 1);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 2 * 4096);
	end();
}

/* The same where frames lie in descending order, and what did move is right. */
static void test_5_4_backward_move_over_reversed_frames(void)
{
	struct dsa_hw_desc d = bus_move(SRC, SRC + 4096, 5 * 4096, REC);
	u8 want[2 * 4096];
	u32 i;

	start(false);
	for (i = 0; i < 6; i++)
		b.frame[16 + i] = 950 - i;
	fill(SRC, 6 * 4096);
	for (i = 0; i < 2 * 4096; i++)
		want[i] = *(u8 *)bus_ptr(&b, SRC + 3 * 4096 + i);
	hole(SRC + 2 * 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d) & 0x7f, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 2 * 4096);
	for (i = 0; i < 2 * 4096; i++)
		if (*(u8 *)bus_ptr(&b, SRC + 4 * 4096 + i) != want[i])
			break;
	CU_ASSERT_EQUAL(i, 2 * 4096);
	end();
}

/* A transfer over more scattered pages than there is room for ends where the room ends. */
static void test_room_for_spans_is_bounded(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 200 * 4096, REC);
	u32 i, short_of;

	start(false);
	for (i = 0; i < 200; i++)
		b.frame[16 + i] = 16 + 199 - i;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	b.dsa->spans_held = DSA_SPANS_MAX;
	for (i = 0; i < 8; i++) /* one of them meets a work object without room */
		bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.nretired, 9);
	for (i = short_of = 0; i < 9; i++)
		short_of += b.retired[i].status == DSA_COMP_HW_ERR1;
	CU_ASSERT(short_of > 0);
	b.dsa->spans_held = 0;
	end();
}

static void test_8_1_neighbours_pass_a_waiting_descriptor(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC), n = bus_desc(0, CRAV_RCR, REC + 32);

	start(true);
	hole(SRC, 1);
	b.answer = BUS_ANSWER_HAND;
	d.flags |= IDXD_OP_FLAG_BOF;
	bus_post(&b, 0, &d);
	bus_post(&b, 0, &n);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC + 32)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	CU_ASSERT_EQUAL_FATAL(b.nreq, 1);
	CU_ASSERT_EQUAL(b.req[0].addr, SRC);
	CU_ASSERT_EQUAL(b.req[0].pasid, 5);
	CU_ASSERT(b.req[0].read && !b.req[0].write && b.req[0].last);
	b.perms[(SRC - BUS_BASE) / 4096] = 3;
	/* An answer for another PASID, or to nobody, is unexpected and changes nothing. */
	dsa_page_response(b.dsa, 6, b.req[0].prgi, IOMMU_PR_SUCCESS);
	CU_ASSERT(dsa_cfg_read(b.dsa, DSA_PCI_ECAP_PRI + 6, 2) & 2);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	bus_answer(&b, 0, IOMMU_PR_SUCCESS);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	end();
}

static void invalidate(u64 addr, u64 size, u32 itag)
{
	struct iommu_inv inv = {
		.pasid_valid = true, .pasid = 5, .addr = addr, .size = size, .itag = itag};

	dsa_invalidate(b.dsa, &inv);
}

static void test_8_5_invalidation_drops_cached_translations(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(true);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	b.frame[(DST - BUS_BASE) / 4096] = 900;
	fill(SRC, 4096);
	invalidate(DST, 4096, 3);
	CU_ASSERT_EQUAL(b.inv_done, 1);
	CU_ASSERT_EQUAL(b.last_itag, 3);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT(same(SRC, DST, 4096));
	end();
}

/* The answer follows the last use: a descriptor in the middle of its data holds it up. */
static void test_8_5_invalidation_waits_for_its_users(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 1 << 20, REC);

	start(true);
	bus_post(&b, 0, &d);
	while (!b.translations)
		sim_step(b.sim);
	invalidate(BUS_ADDR(1000), 4096, 1);
	CU_ASSERT_EQUAL(b.inv_done, 0);
	while (!b.inv_done && sim_step(b.sim))
		;
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.inv_done, 1);
	bus_run(&b);
	end();
}

/*
 * A descriptor that waits for a page must not hold up an invalidation (the page's handler may wait
 * for that), and must not use afterwards what it had translated before.
 */
static void test_8_5_waiting_descriptor_translates_again(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 3 * 4096, REC);

	start(true);
	fill(SRC, 3 * 4096);
	hole(SRC + 8192, 1);
	b.answer = BUS_ANSWER_HAND;
	d.flags |= IDXD_OP_FLAG_BOF;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL_FATAL(b.nreq, 1);
	/* The first source page and the record move elsewhere meanwhile. */
	memcpy(b.ram + 901 * 4096, bus_ptr(&b, SRC), 4096);
	memset(bus_ptr(&b, SRC), 0xee, 4096);
	b.frame[(SRC - BUS_BASE) / 4096] = 901;
	b.frame[(REC - BUS_BASE) / 4096] = 902;
	invalidate(0, ~0ull, 9);
	CU_ASSERT_EQUAL(b.inv_done, 1);
	b.perms[(SRC - BUS_BASE) / 4096 + 2] = 3;
	bus_answer(&b, 0, IOMMU_PR_SUCCESS);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(*(b.ram + 600 * 4096), 0);
	CU_ASSERT(same(SRC, DST, 3 * 4096));
	end();
}

/* The same for a Batch whose member waits: the rest of its list is read through new translations.
 */
static void test_8_5_batch_reads_its_list_again(void)
{
	struct dsa_hw_desc d = batch(SRC, 3, REC), m;

	start(true);
	make_list(SRC, 3, DST);
	m = bus_move(SRC + 8192, DST + 8192, 4096, DST);
	m.flags |= IDXD_OP_FLAG_BOF;
	memcpy(bus_ptr(&b, SRC), &m, 64);
	((struct dsa_hw_desc *)bus_ptr(&b, SRC + 64))->flags |= IDXD_OP_FLAG_FENCE;
	hole(SRC + 8192, 1);
	b.answer = BUS_ANSWER_HAND;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL_FATAL(b.nreq, 1);
	/* Member 2 writes elsewhere in the list's new frame. */
	memcpy(b.ram + 903 * 4096, bus_ptr(&b, SRC), 4096);
	b.frame[(SRC - BUS_BASE) / 4096] = 903;
	((struct dsa_hw_desc *)bus_ptr(&b, SRC + 128))->completion_addr = DST + 1024;
	b.frame[(REC - BUS_BASE) / 4096] = 904;
	invalidate(0, ~0ull, 9);
	CU_ASSERT_EQUAL(b.inv_done, 1);
	b.perms[(SRC - BUS_BASE) / 4096 + 2] = 3;
	bus_answer(&b, 0, IOMMU_PR_SUCCESS);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 3);
	CU_ASSERT_EQUAL(bus_rec(&b, DST + 1024)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, DST + 64)->status, 0);
	end();
}

/* The checkers: a seeded stale translation is named, in the device TLB and in a running one. */
static void test_checker_finds_stale_translations(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(true);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	b.stale = true;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.violations, 0); /* no invalidation has completed */
	b.epoch++;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT(b.violations > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.violation, "stale"));
	CU_ASSERT_PTR_NOT_NULL(strstr(b.violation, "pasid 5"));
	b.violations = 0;
	d = bus_move(SRC + 8192, DST + 8192, 65536, REC);
	bus_post(&b, 0, &d);
	while (b.nretired < 4 && b.translations < 8 && sim_step(b.sim))
		;
	b.epoch++;
	bus_run(&b);
	CU_ASSERT(b.violations > 0);
	dsa_set_checkers(b.dsa, false);
	b.violations = 0;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	end();
}

/* Runs a move until its record is on its way, then lets @defect at it: is it noticed? */
static void seeded(void (*defect)(struct dsa_work *w), const char *text)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 4096, REC);

	start(false);
	bus_post(&b, 0, &d);
	while (b.dsa->out_head->state != DSA_WORK_RECORD)
		sim_step(b.sim);
	defect(b.dsa->out_head);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.violations, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.violation, text));
	CU_ASSERT_PTR_NOT_NULL(strstr(b.violation, "dsa0"));
	b.violations = 0;
	end();
}

static void other_pasid(struct dsa_work *w)
{
	w->pasid = 6;
}

static void record_twice(struct dsa_work *w)
{
	w->life.record_written = true;
}

static void record_never(struct dsa_work *w)
{
	w->record = NULL;
}

static void test_checkers_find_seeded_defects(void)
{
	seeded(other_pasid, "PASID that is not the work queue's");
	seeded(record_twice, "written twice");
	seeded(record_never, "never written");
}

static void test_5_10_fault_info_names_the_operand(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 8192, REC);

	start_v2(false);
	hole(DST + 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d) & 0x7f, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(
		SPEC_GET(DSA_FAULT_INFO_OPERAND, ((u8 *)bus_rec(&b, REC))[DSA_FAULT_INFO_OFFSET]),
		3);
	end();
}

static void test_5_5_translation_fetch(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OP_TRANSL_FETCH, CRAV_RCR, REC);
	u32 before;

	start_v2(true);
	d.src_addr = SRC + 2048;
	d.xfer_size = 8 * 4096;
	before = b.translations;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	/* Eight pages and a half at each end, and the record. */
	CU_ASSERT_EQUAL(b.translations - before, 10);
	CU_ASSERT_EQUAL(b.retired[0].bytes_read, 0);
	hole(SRC + 3 * 4096, 1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->fault_addr, SRC + 3 * 4096);
	d.flags |= IDXD_OP_FLAG_BOF;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.requests, 1);
	end();
}

/* Memory that ends within a transfer: what lies before the end still moves. */
static void test_6_1_target_that_is_no_memory(void)
{
	struct dsa_hw_desc d = bus_move(BUS_ADDR(BUS_PAGES - 2), DST, 8192, REC);

	start(false);
	b.frame[BUS_PAGES - 1] = BUS_PAGES;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_HW_ERR1);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4096);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa faults", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_5_10_partial_completion_without_bof);
	T(test_6_2_write_faults_say_so);
	T(test_5_10_bof_waits_for_the_page);
	T(test_5_10_bof_of_hundreds_of_pages);
	T(test_5_10_invalid_response_is_04);
	T(test_5_10_too_many_retries_are_04);
	T(test_5_10_response_failure_is_22);
	T(test_8_5_translation_error_is_22);
	T(test_8_5_untranslated_read_fault_is_20);
	T(test_8_5_untranslated_write_fault_is_not_seen);
	T(test_6_1_record_fault_goes_to_swerror);
	T(test_6_1_member_without_record_fails_its_batch);
	T(test_6_1_record_and_operand_fault);
	T(test_8_5_record_page_is_asked_for);
	T(test_8_5_record_page_refused);
	T(test_5_2_unwanted_record_is_no_fault);
	T(test_5_6_list_fault_is_06);
	T(test_5_6_list_fault_at_the_first_entry);
	T(test_5_6_list_pages_are_asked_for);
	T(test_5_6_list_page_refused);
	T(test_5_5_drain_readback_fault_is_1f);
	T(test_8_5_drain_readback_waits_for_its_page);
	T(test_5_4_backward_move_counts_from_the_end);
	T(test_5_4_backward_move_over_reversed_frames);
	T(test_room_for_spans_is_bounded);
	T(test_8_1_neighbours_pass_a_waiting_descriptor);
	T(test_8_5_invalidation_drops_cached_translations);
	T(test_8_5_invalidation_waits_for_its_users);
	T(test_8_5_waiting_descriptor_translates_again);
	T(test_8_5_batch_reads_its_list_again);
	T(test_checker_finds_stale_translations);
	T(test_checkers_find_seeded_defects);
	T(test_5_10_fault_info_names_the_operand);
	T(test_5_5_translation_fetch);
	T(test_6_1_target_that_is_no_memory);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
