// SPDX-License-Identifier: GPL-2.0
// Batches (5.6): members, fences, counts, failures, slots.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_bus.h"

#define LIST BUS_ADDR(0)
#define BUF  BUS_ADDR(100)
#define RECS BUS_ADDR(500)
#define REC  BUS_ADDR(600)

static struct bus b;

static void start_cfg(const struct dsa_cfg *cfg, u32 engines)
{
	bus_new(&b, cfg);
	bus_group(&b, 2, 16, engines);
	bus_wq(&b, 0, BUS_DWQ);
	bus_wq(&b, 1, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
}

static void start(u32 engines)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	start_cfg(&cfg, engines);
}

static void start_v2(void)
{
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	start_cfg(&cfg, 1);
}

static void end(void)
{
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

static struct dsa_hw_desc *member(u32 i)
{
	return bus_ptr(&b, LIST + 64 * i);
}

static struct dsa_completion_record *rec(u32 i)
{
	return bus_rec(&b, RECS + 32 * i);
}

/* @n moves of 512 bytes, each with a record. */
static struct dsa_hw_desc make(u32 n)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC), m;
	u32 i;

	for (i = 0; i < n; i++) {
		m = bus_move(BUF + 512 * i, BUF + 0x80000 + 512 * i, 512, RECS + 32 * i);
		memcpy(member(i), &m, 64);
		memset(rec(i), 0, 32);
	}
	d.desc_list_addr = LIST;
	d.desc_count = n;
	return d;
}

static void test_5_6_all_succeed(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t;
	u32 i;

	start(1);
	d = make(40);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 40);
	for (i = 0; i < 40; i++)
		CU_ASSERT_EQUAL(rec(i)->status, DSA_COMP_SUCCESS);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.fetched, 40);
	CU_ASSERT_EQUAL(t.batches, 1);
	CU_ASSERT_EQUAL(t.completed, 41);
	CU_ASSERT_EQUAL(t.records, 41);
	CU_ASSERT_EQUAL(b.nretired, 41);
	/* The Batch retires last; its members name it. */
	for (i = 0; i < 40; i++)
		CU_ASSERT_EQUAL(b.retired[i].batch_id, b.retired[40].id);
	CU_ASSERT_EQUAL(b.retired[40].member, -1);
	CU_ASSERT(b.retired[40].t[DSA_STAGE_RECORDED] > b.retired[39].t[DSA_STAGE_RECORDED]);
	end();
}

static void test_5_6_count_limits(void)
{
	struct dsa_hw_desc d;

	start(1);
	d = make(2);
	d.desc_count = 0;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_DESC_CNT_ERANGE);
	d.desc_count = 1;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_DESC_CNT_ERANGE);
	d.desc_count = 1025;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_DESC_CNT_ERANGE);
	d.desc_count = ~0u;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_DESC_CNT_ERANGE);
	d = make(2);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	d = make(1024);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 1024);
	d.desc_list_addr += 32;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_DESCLIST_ALIGN);
	end();
}

static void test_5_6_members_that_are_not_allowed(void)
{
	static const u8 ops[] = {DSA_OPCODE_BATCH, DSA_OPCODE_DRAIN, 0x21};
	struct dsa_hw_desc d;
	u32 i;

	start_v2();
	d = make(4);
	for (i = 0; i < 3; i++)
		member(i)->opcode = ops[i];
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_FAIL);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 4);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->result, 1);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(rec(i)->status, DSA_COMP_BAD_OPCODE);
	CU_ASSERT_EQUAL(rec(3)->status, DSA_COMP_SUCCESS);
	end();
}

static void test_5_6_fence_waits(void)
{
	struct dsa_hw_desc d;
	u32 i;

	start(1);
	d = make(8);
	member(0)->xfer_size = 65536;
	member(0)->dst_addr = BUF + 0x40000;
	member(4)->flags |= IDXD_OP_FLAG_FENCE;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	for (i = 0; i < 8; i++)
		if (b.retired[i].member == 4)
			break;
	CU_ASSERT_EQUAL(i, 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT(b.retired[i].t[DSA_STAGE_RECORDED] <=
			  b.retired[4].t[DSA_STAGE_DISPATCHED]);
	end();
}

/* 02 counts as failure at a fence. Everything from the fence on is abandoned. */
static void test_5_6_fence_abandons(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t;

	start(1);
	d = make(6);
	*member(1) = bus_desc(DSA_OPCODE_COMPARE, CRAV_RCR | IDXD_OP_FLAG_CR, RECS + 32);
	member(1)->src_addr = BUF;
	member(1)->src2_addr = BUF;
	member(1)->xfer_size = 512;
	member(1)->expected_res = 1;
	member(3)->flags |= IDXD_OP_FLAG_FENCE;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_FAIL);
	CU_ASSERT_EQUAL(rec(1)->status, DSA_COMP_SUCCESS_PRED);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 3);
	CU_ASSERT_EQUAL(rec(2)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec(3)->status, 0);
	CU_ASSERT_EQUAL(rec(5)->status, 0);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.fetched, 3);
	end();
}

/* GENCAP[15]: with the continuation flag a fence only waits; Result tells of the failure. */
static void test_5_6_continuation(void)
{
	struct dsa_hw_desc d;

	start_v2();
	d = make(6);
	member(1)->xfer_size = 0;
	member(3)->flags |= IDXD_OP_FLAG_FENCE;
	d.flags |= DSA_FLAG_BATCH_CONTINUE;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BATCH_FAIL);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->bytes_completed, 6);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->result, 1);
	CU_ASSERT_EQUAL(rec(5)->status, DSA_COMP_SUCCESS);
	end();
	start(1);
	d = make(2);
	d.flags |= DSA_FLAG_BATCH_CONTINUE;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INVALID_FLAGS);
	end();
}

/* A fence on the first member waits for nothing. */
static void test_5_6_fence_on_the_first(void)
{
	struct dsa_hw_desc d;

	start(1);
	d = make(3);
	member(0)->flags |= IDXD_OP_FLAG_FENCE;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	end();
}

/* Several batches in one engine: one that stops at a fence does not stop the others. */
static void test_5_6_batches_side_by_side(void)
{
	struct dsa_hw_desc d;
	u32 i;

	start(1);
	d = make(8);
	member(1)->xfer_size = 0;
	member(2)->flags |= IDXD_OP_FLAG_FENCE;
	for (i = 0; i < 6; i++) {
		d.completion_addr = REC + 32 * i;
		d.desc_list_addr = LIST;
		CU_ASSERT_EQUAL(bus_post(&b, 0, &d), DSA_ACCEPTED);
	}
	bus_run(&b);
	for (i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * i)->status, DSA_COMP_BATCH_FAIL);
		CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * i)->bytes_completed, 2);
	}
	end();
}

/* Members inherit PASID, privilege and portal; their own bytes 0-3 are ignored. */
static void test_3_4_members_inherit(void)
{
	struct dsa_cfg cfg;
	struct dsa_hw_desc d;
	u32 i;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	bus_controls(&b, false);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_SWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	d = make(4);
	for (i = 0; i < 4; i++)
		*(u32 *)member(i) = 0xfff00000 | 77;
	CU_ASSERT_EQUAL(bus_enq(&b, 0, &d, 0x80000009), DSA_ACCEPTED);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(b.retired[i].pasid, 9);
	end();
}

/* 8.1: a batch takes a batch slot, and one WQ entry. */
static void test_8_1_batch_slots(void)
{
	struct dsa_cfg cfg;
	struct dsa_hw_desc d, n = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, RECS + 4096);
	u32 i;

	bus_cfg(&cfg);
	cfg.batch_in_progress = 1;
	start_cfg(&cfg, 1);
	d = make(30);
	for (i = 0; i < 3; i++) {
		d.completion_addr = REC + 32 * i;
		bus_post(&b, 0, &d);
	}
	/* One runs, two wait in the WQ; the other WQ is not held up. */
	CU_ASSERT_EQUAL(dsa_wq_occupancy(b.dsa, 0), 2);
	bus_post(&b, 1, &n);
	while (!bus_rec(&b, RECS + 4096)->status && sim_step(b.sim))
		;
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	bus_run(&b);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * i)->status, DSA_COMP_SUCCESS);
	end();
}

/* Drains that wait for a Batch must leave its members a slot to run in. */
static void test_8_1_drains_do_not_starve_members(void)
{
	struct dsa_hw_desc d, drain = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR, REC + 4096);
	struct dsa_cfg cfg;
	u32 slots, i;

	for (slots = 1; slots < 5; slots++) {
		bus_cfg(&cfg);
		cfg.work_in_progress = slots;
		start_cfg(&cfg, 1);
		d = make(20);
		bus_post(&b, 0, &d);
		for (i = 0; i < 6; i++) {
			drain.completion_addr = REC + 4096 + 32 * i;
			memset(bus_rec(&b, drain.completion_addr), 0, 32);
			bus_post(&b, 0, &drain);
			bus_post(&b, 1, &drain);
		}
		bus_run(&b);
		CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
		for (i = 0; i < 6; i++)
			CU_ASSERT_EQUAL(bus_rec(&b, REC + 4096 + 32 * i)->status, DSA_COMP_SUCCESS);
		end();
	}
}

/* GRPFLAGS progress limits (v2): a fraction of the slots, at least one. */
static void test_2_6_progress_limits(void)
{
	struct dsa_cfg cfg;
	struct dsa_hw_desc d = bus_move(BUF, BUF + 0x40000, 1 << 17, REC);
	u64 grp, begin;
	u32 i;

	bus_cfg_v2(&cfg);
	cfg.work_in_progress = 16;
	bus_new(&b, &cfg);
	bus_group(&b, 1, 64, 1);
	bus_wq(&b, 0, BUS_DWQ);
	grp = bus_grpcfg(&b, 0) + DSA_GRPCFG_FLAGS;
	bus_wr(&b, grp, 8, bus_rd(&b, grp, 8) | SPEC_PREP(DSA_GRPFLAGS_DESC_LIMIT, 3));
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	for (i = 0; i < 20; i++)
		bus_post(&b, 0, &d);
	for (begin = sim_now(b.sim); sim_next_time(b.sim) < begin + 1000000;)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(dsa_wq_occupancy(b.dsa, 0), 18);
	bus_run(&b);
	end();
}

/* FLR with batches in the middle: nothing is written any more, nothing is lost. */
static void test_flr_with_batches_in_flight(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t, after;
	u32 i, steps;

	for (steps = 1; steps < 400; steps += 7) {
		start(4);
		d = make(100);
		for (i = 0; i < 10; i++)
			bus_post(&b, i % 2, &d);
		for (i = 0; i < steps; i++)
			sim_step(b.sim);
		dsa_cfg_write(b.dsa, 0x49, 1, 0x80);
		dsa_totals(b.dsa, &t);
		CU_ASSERT(bus_idle(&b));
		CU_ASSERT(t.abandoned > 0);
		bus_run(&b);
		dsa_totals(b.dsa, &after);
		CU_ASSERT_EQUAL(memcmp(&t, &after, sizeof(t)), 0);
		end();
	}
}

/* Abort while batches run: each is either complete or never heard of. */
static void test_4_5_abort_with_batches(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t;
	u32 i;

	start(1);
	d = make(100);
	for (i = 0; i < 16; i++) {
		d.completion_addr = REC + 32 * i;
		bus_post(&b, 0, &d);
	}
	for (i = 0; i < 50; i++)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ABORT_ALL, 0), 0);
	CU_ASSERT(bus_idle(&b));
	dsa_totals(b.dsa, &t);
	for (i = 0; i < 16; i++)
		CU_ASSERT(bus_rec(&b, REC + 32 * i)->status <= 1);
	CU_ASSERT_EQUAL(t.completed, t.records);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa batch", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_5_6_all_succeed);
	T(test_5_6_count_limits);
	T(test_5_6_members_that_are_not_allowed);
	T(test_5_6_fence_waits);
	T(test_5_6_fence_abandons);
	T(test_5_6_continuation);
	T(test_5_6_fence_on_the_first);
	T(test_5_6_batches_side_by_side);
	T(test_3_4_members_inherit);
	T(test_8_1_batch_slots);
	T(test_8_1_drains_do_not_starve_members);
	T(test_2_6_progress_limits);
	T(test_flr_with_batches_in_flight);
	T(test_4_5_abort_with_batches);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
