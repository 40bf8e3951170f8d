// SPDX-License-Identifier: GPL-2.0
// Device TLB: the counter table of the silicon notes (2.3), exactly, by perfmon and by the engine's
// own counters.
#include <CUnit/Basic.h>

#include "model/dsa/dsa_priv.h"
#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(0)
#define DST BUS_ADDR(256)
#define REC BUS_ADDR(600)
#define K   9

static struct bus b;

static void count_from(u64 cfg0, u64 cfg1)
{
	u64 p = bus_perf(&b);

	bus_wr(&b, p + DSA_PERF_CNTRCFG, 8, cfg0);
	bus_wr(&b, p + DSA_PERF_CNTRCFG + 8, 8, cfg1);
}

static void start_entries(u32 engines, u32 entries)
{
	u64 cat = SPEC_PREP(DSA_CNTRCFG_CATEGORY, DSA_PERFCAT_TRANSLATION) | DSA_CNTRCFG_ENABLE;
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	cfg.devtlb_entries = entries;
	bus_new(&b, &cfg);
	bus_controls(&b, false);
	bus_group(&b, 2, 16, engines);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(1));
	bus_wq(&b, 1, BUS_DWQ | BUS_PASID(2));
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
	count_from(cat | SPEC_PREP(DSA_CNTRCFG_EVENTS, DSA_EV2_V1_ATC_REQUEST),
		   cat | SPEC_PREP(DSA_CNTRCFG_EVENTS, DSA_EV2_V1_ATC_HIT));
}

static void start(void)
{
	start_entries(1, 1);
}

static void expect(u64 requests, u64 hits)
{
	u64 p = bus_perf(&b);

	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRDATA, 8), requests);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRDATA + 8, 8), hits);
	CU_ASSERT_EQUAL(b.dsa->engine[0].tlb_requests, requests);
	CU_ASSERT_EQUAL(b.dsa->engine[0].tlb_hits, hits);
	CU_ASSERT(bus_idle(&b));
	bus_free(&b);
}

static void move(u64 src, u64 dst, u32 pages, u64 rec)
{
	struct dsa_hw_desc d = bus_move(src, dst, pages * 4096, rec);

	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
}

static void noop(u64 rec)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, rec);

	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
}

static void test_noops_one_record_page(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		noop(REC + 32 * k);
	expect(K, K - 1);
}

static void test_noops_alternating_record_pages(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		noop(REC + 4096 * (k % 2));
	expect(K, 0);
}

static void test_one_page_copies(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		move(SRC, DST, 1, REC);
	expect(3 * K, 3 * K - 3);
}

static void test_copies_of_p_pages(void)
{
	u32 k, p;

	for (p = 2; p < 200; p = p * 3 + 1) {
		start();
		for (k = 0; k < K; k++)
			move(SRC, DST, p, REC);
		expect(K + 2 * K * p, K - 1);
	}
}

static void test_one_page_copies_alternating_records(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		move(SRC, DST, 1, REC + 4096 * (k % 2));
	expect(3 * K, 2 * K - 2);
}

static void test_copies_of_p_pages_alternating_records(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		move(SRC, DST, 7, REC + 4096 * (k % 2));
	expect(K + 2 * K * 7, 0);
}

static void test_fixed_source_moving_destination(void)
{
	u32 k;

	start();
	for (k = 0; k < K; k++)
		move(SRC, DST + 4096 * k, 1, REC);
	expect(3 * K, 2 * K - 2);
}

/* A batch of @m copies and @n no-ops; the list of @s pages starts at @list. */
static void batch_counts(u32 m, u32 n, u64 list, u32 s)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC), x;
	u64 p;
	u32 i;

	start();
	p = bus_perf(&b);
	for (i = 0; i < m + n; i++) {
		x = i < m ? bus_move(SRC, DST, 4096, REC + 4096 + 32 * i)
			  : bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC + 4096 + 32 * i);
		memcpy(bus_ptr(&b, list + 64 * i), &x, 64);
	}
	d.desc_list_addr = list;
	d.desc_count = m + n;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRDATA, 8), 2 + n + 3 * m + s - 1);
	CU_ASSERT_EQUAL(b.dsa->engine[0].tlb_requests, 2 + n + 3 * m + s - 1);
	CU_ASSERT(bus_idle(&b));
	bus_free(&b);
}

static void test_batches(void)
{
	batch_counts(0, 2, BUS_ADDR(700), 1);
	batch_counts(5, 3, BUS_ADDR(700), 1);
	batch_counts(20, 60, BUS_ADDR(700), 2);
	batch_counts(60, 100, BUS_ADDR(700) + 4096 - 64, 4);
}

/* Neither its list nor its own record evict what members and direct descriptors left. */
static void test_batch_list_and_record_leave_the_tlb_alone(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC + 8192), x;
	u64 hits, list = BUS_ADDR(700);
	u32 i;

	start();
	move(SRC, DST, 1, REC);
	for (i = 0; i < 2; i++) {
		x = bus_move(SRC, DST, 4096, REC + 32 * i);
		memcpy(bus_ptr(&b, list + 64 * i), &x, 64);
	}
	d.desc_list_addr = list;
	d.desc_count = 2;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	hits = b.dsa->engine[0].tlb_hits;
	CU_ASSERT_EQUAL(hits, 6);
	move(SRC, DST, 1, REC);
	CU_ASSERT_EQUAL(b.dsa->engine[0].tlb_hits, hits + 3);
	/* Nor does a second batch hit its own list. */
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.dsa->engine[0].tlb_hits, hits + 9);
	bus_free(&b);
}

/* The roles have a place each: one and the same page in all of them misses once each. */
static void test_roles_do_not_evict_each_other(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DUALCAST, CRAV_RCR, REC);
	u32 k;

	start();
	d.src_addr = SRC;
	d.dst_addr = DST;
	d.dest2 = DST + 8192;
	d.xfer_size = 512;
	for (k = 0; k < K; k++)
		CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	expect(4 * K, 4 * K - 4);
}

static void test_compare_has_a_second_source(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_COMPARE, CRAV_RCR, REC);
	u32 k;

	start();
	d.src_addr = SRC;
	d.src2_addr = DST;
	d.xfer_size = 512;
	for (k = 0; k < K; k++)
		CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	expect(3 * K, 3 * K - 3);
}

/* Shared by WQs and PASIDs: another PASID's page evicts, and never hits. */
static void test_shared_by_pasids(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);
	u32 k;

	start();
	for (k = 0; k < 6; k++) {
		bus_post(&b, k % 2, &d);
		bus_run(&b);
	}
	expect(6, 0);
}

/* Separate between engines. */
static void test_each_engine_has_its_own(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);
	u32 k;

	start_entries(4, 1);
	for (k = 0; k < 8; k++) {
		bus_post(&b, 0, &d);
		bus_run(&b);
	}
	for (k = 0; k < 4; k++) {
		CU_ASSERT_EQUAL(b.dsa->engine[k].tlb_requests, 2);
		CU_ASSERT_EQUAL(b.dsa->engine[k].tlb_hits, 1);
	}
	bus_free(&b);
}

/* What-if: more entries a role keep more pages, most recent first. */
static void test_more_entries(void)
{
	u32 k;

	start_entries(1, 4);
	for (k = 0; k < 12; k++)
		noop(REC + 4096 * (k % 4));
	expect(12, 8);
	start_entries(1, 4);
	for (k = 0; k < 10; k++)
		noop(REC + 4096 * (k % 5));
	expect(10, 0);
	start_entries(1, 0);
	for (k = 0; k < 3; k++)
		noop(REC);
	expect(3, 0);
}

/* A transfer that starts in a cached page hits it, and asks for the others. */
static void test_start_in_the_cached_page(void)
{
	start();
	move(SRC, DST, 1, REC);
	move(SRC, DST, 3, REC);
	expect(3 + 7, 3);
}

/* Without ATS no translation is asked for. */
static void test_untranslated(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	bus_new(&b, &cfg);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	move(SRC, DST, 3, REC);
	expect(0, 0);
}

static struct {
	u64 frees;
	u32 asked;
	bool gone;
} memory;

static bool is_gone(void *ctx, u64 pa, u32 pasid)
{
	memory.asked++;
	return memory.gone;
}

/* A checker: each page that is translated is looked at once after something was freed. */
static void test_checker_finds_freed_memory(void)
{
	start();
	memory.frees = 5;
	memory.gone = false;
	dsa_watch_memory(b.dsa, &memory.frees, is_gone, NULL);
	for (u32 i = 0; i < 20; i++, memory.frees += 1 + i % 3) {
		memory.asked = 0;
		move(SRC, DST, 1, REC);
		move(SRC + 4096, DST + 4096, 1, REC);
		CU_ASSERT_EQUAL(memory.asked, 5);
		memory.gone = true; /* nobody has freed anything: it is not asked for again */
		move(SRC, DST, 1, REC);
		move(SRC + 4096, DST + 4096, 1, REC);
		CU_ASSERT_EQUAL(memory.asked, 5);
		memory.gone = false;
		CU_ASSERT_EQUAL(b.violations, 0);
	}
	memory.gone = true;
	move(SRC, DST, 1, REC);
	CU_ASSERT_EQUAL(b.violations, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.violation, "memory that was freed"));
	b.violations = 0;
	bus_free(&b);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa device TLB", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_noops_one_record_page);
	T(test_noops_alternating_record_pages);
	T(test_one_page_copies);
	T(test_copies_of_p_pages);
	T(test_one_page_copies_alternating_records);
	T(test_copies_of_p_pages_alternating_records);
	T(test_fixed_source_moving_destination);
	T(test_batches);
	T(test_batch_list_and_record_leave_the_tlb_alone);
	T(test_roles_do_not_evict_each_other);
	T(test_compare_has_a_second_source);
	T(test_shared_by_pasids);
	T(test_each_engine_has_its_own);
	T(test_more_entries);
	T(test_start_in_the_cached_page);
	T(test_untranslated);
	T(test_checker_finds_freed_memory);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
