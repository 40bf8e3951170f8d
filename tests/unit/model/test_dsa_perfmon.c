// SPDX-License-Identifier: GPL-2.0
// Performance monitor (2.8): access rules, events, filters, overflow, freeze.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(0)
#define DST BUS_ADDR(100)
#define REC BUS_ADDR(600)

static struct bus b;
static u64 p;

static void start_cfg(const struct dsa_cfg *cfg)
{
	bus_new(&b, cfg);
	bus_controls(&b, false);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	bus_wr(&b, DSA_PCI_MSIX_TABLE + 12, 4, 0);
	bus_group(&b, 3, 8, 2);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(5));
	bus_wq(&b, 1, BUS_SWQ);
	bus_wq(&b, 2, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 3), 0);
	p = bus_perf(&b);
}

static void start_width(u32 width)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	cfg.perf_width = width;
	start_cfg(&cfg);
}

static void start(void)
{
	start_width(32);
}

static void end(void)
{
	bus_run(&b);
	CU_ASSERT(bus_idle(&b));
	bus_free(&b);
}

static u64 event(u32 category, u32 events)
{
	return DSA_CNTRCFG_ENABLE | SPEC_PREP(DSA_CNTRCFG_CATEGORY, category) |
	       SPEC_PREP(DSA_CNTRCFG_EVENTS, events);
}

static void watch(u32 n, u32 category, u32 events)
{
	bus_wr(&b, p + DSA_PERF_CNTRCFG + 8 * n, 8, event(category, events));
}

static u64 count(u32 n)
{
	return bus_rd(&b, p + DSA_PERF_CNTRDATA + 8 * n, 8);
}

static void filter(u32 n, u32 f, u32 value)
{
	bus_wr(&b, p + DSA_PERF_FLTCFG + DSA_PERF_FLTCFG_STRIDE * n + 4 * f, 4, value);
}

static void noops(u32 wq, u32 n, u32 pasid)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR, REC);

	for (; n; n--) {
		if (wq == 1)
			bus_enq(&b, wq, &d, pasid);
		else
			bus_post(&b, wq, &d);
		bus_run(&b);
	}
}

static void test_2_8_capabilities(void)
{
	u64 cap;
	u32 i;

	start();
	cap = bus_rd(&b, p, 8);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_PERFCAP_COUNTERS, cap), 8);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_PERFCAP_WIDTH, cap), 32);
	CU_ASSERT((cap & DSA_PERFCAP_FREEZE) != 0);
	CU_ASSERT((cap & DSA_PERFCAP_OVF_INT) != 0);
	CU_ASSERT((cap & DSA_PERFCAP_PER_COUNTER) == 0);
	for (i = 0; i < SPEC_GET(DSA_PERFCAP_CATEGORIES, cap); i++)
		CU_ASSERT(bus_rd(&b, p + DSA_PERF_EVNTCAP + 8 * i, 8) != 0);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_EVNTCAP + 8 * 15, 8), 0);
	end();
}

static void test_2_8_config_is_fixed_while_enabled(void)
{
	start();
	watch(0, DSA_PERFCAT_OPERATION, DSA_EV3_NOOP);
	bus_wr(&b, p + DSA_PERF_CNTRCFG, 8, event(DSA_PERFCAT_WQ, 1));
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRCFG, 8),
			event(DSA_PERFCAT_OPERATION, DSA_EV3_NOOP));
	filter(0, DSA_FILTER_WQ, 2);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_FLTCFG, 4), 0xffff);
	bus_wr(&b, p + DSA_PERF_CNTRDATA, 8, 5);
	CU_ASSERT_EQUAL(count(0), 0);
	bus_wr(&b, p + DSA_PERF_CNTRCFG, 8, 0);
	bus_wr(&b, p + DSA_PERF_CNTRDATA, 8, 0x1ffffffffull);
	CU_ASSERT_EQUAL(count(0), 0xffffffff);
	bus_wr(&b, p + DSA_PERF_PERFRST, 4, DSA_PERFRST_COUNTERS);
	CU_ASSERT_EQUAL(count(0), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_PERFRST, 4), 0);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_CNTRCFG_CATEGORY, bus_rd(&b, p + DSA_PERF_CNTRCFG, 8)),
			DSA_PERFCAT_OPERATION);
	bus_wr(&b, p + DSA_PERF_PERFRST, 4, DSA_PERFRST_CONFIG);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRCFG, 8), 0);
	/* Beyond the last counter there is nothing. */
	bus_wr(&b, p + DSA_PERF_CNTRCFG + 64, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_CNTRCFG + 64, 8), 0);
	end();
}

static void test_2_8_portal_events(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	u32 i;

	start();
	for (i = 0; i < 6; i++)
		watch(i, DSA_PERFCAT_WQ, 1u << i);
	/* Each WQ of 8, threshold 8; two engines of 64 slots take the first ones. */
	for (i = 0; i < 300; i++)
		dsa_portal_write(b.dsa, 0x4000 + DSA_PORTAL_LIMITED_MSIX, &n, true, NULL);
	for (i = 0; i < 50; i++)
		dsa_portal_write(b.dsa, 0x4000 + DSA_PORTAL_UNLIMITED_MSIX, &n, true, NULL);
	CU_ASSERT_EQUAL(count(0) + count(1), 300);
	CU_ASSERT(count(0) >= 8);
	CU_ASSERT_EQUAL(count(2) + count(3), 50);
	for (i = 0; i < 300; i++)
		bus_post(&b, 0, &n);
	CU_ASSERT_EQUAL(count(4) + count(5), 300);
	CU_ASSERT(count(5) > 0);
	end();
}

static void test_2_8_engine_and_operation_events(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 1000, REC);

	start();
	watch(0, DSA_PERFCAT_ENGINE, DSA_EV1_INPUT_32B);
	watch(1, DSA_PERFCAT_ENGINE, DSA_EV1_WRITTEN_32B);
	watch(2, DSA_PERFCAT_ENGINE, DSA_EV1_DESC_FROM_WQ);
	watch(3, DSA_PERFCAT_OPERATION, DSA_EV3_MEMMOVE);
	watch(4, DSA_PERFCAT_OPERATION, DSA_EV3_MEMMOVE | DSA_EV3_NOOP);
	watch(5, DSA_PERFCAT_COMPLETION, DSA_EV4_RECORD_WRITE);
	watch(6, DSA_PERFCAT_COMPLETION, DSA_EV4_SUCCESS);
	watch(7, DSA_PERFCAT_COMPLETION, DSA_EV4_ERROR);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	noops(0, 3, 0);
	d.xfer_size = 0;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(count(0), 32);
	CU_ASSERT_EQUAL(count(1), 32);
	CU_ASSERT_EQUAL(count(2), 5);
	CU_ASSERT_EQUAL(count(3), 2);
	CU_ASSERT_EQUAL(count(4), 5);
	CU_ASSERT_EQUAL(count(5), 5);
	CU_ASSERT_EQUAL(count(6), 4);
	CU_ASSERT_EQUAL(count(7), 1);
	end();
}

/* Who reads a source and who writes a destination: a fill has no source, a compare no destination.
 */
static void test_2_8_descriptors_by_operand(void)
{
	struct dsa_hw_desc move = bus_move(SRC, DST, 1000, REC);
	struct dsa_hw_desc fill = bus_desc(DSA_OPCODE_MEMFILL, CRAV_RCR, REC);
	struct dsa_hw_desc compare = bus_desc(DSA_OPCODE_COMPARE, CRAV_RCR, REC);

	start();
	watch(0, DSA_PERFCAT_ENGINE, DSA_EV1_DESC_SRC1);
	watch(1, DSA_PERFCAT_ENGINE, DSA_EV1_DESC_DST1);
	fill.dst_addr = DST;
	compare.src_addr = SRC;
	compare.src2_addr = DST;
	fill.xfer_size = compare.xfer_size = 1000;
	CU_ASSERT_EQUAL(bus_do(&b, &move), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &fill), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &fill), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &compare), DSA_COMP_SUCCESS);
	noops(0, 3, 0);
	move.xfer_size = 0;
	CU_ASSERT_EQUAL(bus_do(&b, &move), DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(count(0), 2);
	CU_ASSERT_EQUAL(count(1), 3);
	end();
}

/* Of both sources and destinations, and what is thrown away: events since version 2. */
static void test_2_8_events_of_version_2(void)
{
	struct dsa_hw_desc compare = bus_desc(DSA_OPCODE_COMPARE, CRAV_RCR, REC);
	struct dsa_hw_desc dual = bus_desc(DSA_OPCODE_DUALCAST, CRAV_RCR, REC);
	struct dsa_hw_desc fetch = bus_desc(DSA_OP_TRANSL_FETCH, CRAV_RCR, REC);
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	start_cfg(&cfg);
	watch(0, DSA_PERFCAT_ENGINE, DSA_EV1_DESC_SRC2);
	watch(1, DSA_PERFCAT_ENGINE, DSA_EV1_DESC_DST2);
	watch(2, DSA_PERFCAT_ENGINE, DSA_EV1_READ_32B);
	watch(3, DSA_PERFCAT_OPERATION, DSA_EV3_TRANSL_FETCH);
	watch(4, DSA_PERFCAT_WQ, DSA_EV0_DISCARDED);
	watch(5, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_ATC_REQUEST);
	compare.src_addr = fetch.src_addr = SRC;
	compare.src2_addr = SRC + 8192;
	compare.xfer_size = fetch.xfer_size = 1024;
	dual.src_addr = SRC;
	dual.dst_addr = DST;
	dual.dest2 = DST + 8192;
	dual.xfer_size = 1024;
	CU_ASSERT_EQUAL(bus_do(&b, &compare), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &compare), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &dual), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &fetch), DSA_COMP_SUCCESS);
	/* A posted write to a shared queue. */
	CU_ASSERT_EQUAL(bus_post(&b, 1, &dual), DSA_DROPPED);
	CU_ASSERT_EQUAL(count(0), 2);
	CU_ASSERT_EQUAL(count(1), 1);
	CU_ASSERT_EQUAL(count(2), (2 * 2048 + 1024) / 32);
	CU_ASSERT_EQUAL(count(3), 1);
	CU_ASSERT_EQUAL(count(4), 1);
	CU_ASSERT_EQUAL(count(5), 0); /* not there any more */
	end();
}

/* The device's own events of version 1: moves onto themselves, invalidations. */
static void test_2_8_model_specific_events(void)
{
	struct dsa_hw_desc d = bus_move(SRC, SRC + 512, 1024, REC);
	struct iommu_inv one = {.pasid_valid = true, .pasid = 5, .addr = SRC, .size = 4096};
	struct iommu_inv all = {.all_pasids = true, .size = ~0ull};
	u32 i;

	start();
	watch(0, DSA_PERFCAT_OPERATION, DSA_EV3_V1_OVERLAP_MOVE);
	watch(1, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_PASID_INVAL_EMPTY);
	watch(2, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_PASID_INVAL_BUSY);
	watch(3, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_INVAL_EMPTY);
	watch(4, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_INVAL_BUSY);
	watch(5, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_INVAL_FULL);
	bus_do(&b, &d);
	d.dst_addr = SRC + 1024;
	bus_do(&b, &d);
	CU_ASSERT_EQUAL(count(0), 1);
	dsa_invalidate(b.dsa, &one);
	dsa_invalidate(b.dsa, &all);
	CU_ASSERT_EQUAL(count(1), 1);
	CU_ASSERT_EQUAL(count(3), 1);
	/* While a descriptor uses the page the next ones wait: as many as the queue holds. */
	d = bus_move(SRC, DST, 65536, REC);
	bus_post(&b, 0, &d);
	sim_run(b.sim, sim_now(b.sim) + 500000);
	for (i = 0; i < DSA_PCI_ATS_QUEUE_DEPTH + 2; i++)
		dsa_invalidate(b.dsa, i % 2 ? &one : &all);
	CU_ASSERT_EQUAL(count(3) + count(1), 3);
	CU_ASSERT_EQUAL(count(2) + count(4), DSA_PCI_ATS_QUEUE_DEPTH + 1);
	CU_ASSERT_EQUAL(count(5), 2);
	end();
}

static void test_2_8_filter_width(void)
{
	u32 f, all;

	start();
	for (f = 0; f < DSA_FILTER_COUNT; f++) {
		all = f == DSA_FILTER_PASID ? 0x3fffff : 0xffff;
		filter(1, f, 0);
		CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_FLTCFG + 32 + 4 * f, 4), 0);
		filter(1, f, ~0u);
		CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_FLTCFG + 32 + 4 * f, 4), all);
	}
	end();
}

static void test_2_8_filters(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 600, REC);
	u32 i;

	start();
	filter(0, DSA_FILTER_WQ, 1 << 1);
	filter(1, DSA_FILTER_PASID, SPEC_PREP(DSA_FLTCFG_PASID_MODE, 1) | 9);
	filter(2, DSA_FILTER_PASID, SPEC_PREP(DSA_FLTCFG_PASID_MODE, 2));
	filter(3, DSA_FILTER_XFER_SIZE, 1 << 1);
	filter(4, DSA_FILTER_ENGINE, 1 << 0);
	filter(5, DSA_FILTER_ENGINE, 1 << 1);
	for (i = 0; i < 7; i++)
		watch(i, DSA_PERFCAT_COMPLETION, DSA_EV4_SUCCESS);
	filter(7, DSA_FILTER_WQ, 1 << 2);
	watch(7, DSA_PERFCAT_WQ, DSA_EV0_DWQ_OK);
	noops(0, 4, 0);
	noops(1, 3, 9);
	noops(1, 2, 8);
	noops(2, 1, 0);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(count(0), 5);
	CU_ASSERT_EQUAL(count(1), 3);
	CU_ASSERT_EQUAL(count(2), 1);
	CU_ASSERT_EQUAL(count(3), 1);
	CU_ASSERT_EQUAL(count(4) + count(5), 11);
	CU_ASSERT(count(4) && count(5));
	CU_ASSERT_EQUAL(count(6), 11);
	CU_ASSERT_EQUAL(count(7), 1);
	end();
}

/* Page sizes concern translations only, traffic classes what has accesses. */
static void test_2_8_page_and_class_filters(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 600, REC);
	u32 i;

	start();
	filter(0, DSA_FILTER_PAGE_SIZE, DSA_FILTER_PAGE_4K);
	filter(1, DSA_FILTER_PAGE_SIZE, DSA_FILTER_PAGE_2M | DSA_FILTER_PAGE_1G);
	for (i = 0; i < 2; i++)
		watch(i, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_ATC_REQUEST);
	filter(2, DSA_FILTER_PAGE_SIZE, DSA_FILTER_PAGE_2M);
	filter(3, DSA_FILTER_TC, 1 << 0);
	filter(4, DSA_FILTER_TC, 1 << 5 | 1 << 7);
	for (i = 2; i < 5; i++)
		watch(i, DSA_PERFCAT_COMPLETION, DSA_EV4_SUCCESS);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(count(0), 3);
	CU_ASSERT_EQUAL(count(1), 0);
	CU_ASSERT_EQUAL(count(2), 1);
	CU_ASSERT_EQUAL(count(3), 1);
	CU_ASSERT_EQUAL(count(4), 0);
	end();
}

static void test_2_8_overflow(void)
{
	start_width(4);
	bus_wr(&b, p + DSA_PERF_CNTRCFG, 8,
	       event(DSA_PERFCAT_OPERATION, DSA_EV3_NOOP) | DSA_CNTRCFG_OVF_INT);
	noops(0, 15, 0);
	CU_ASSERT_EQUAL(count(0), 15);
	CU_ASSERT_EQUAL(b.messages, 0);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_OVFSTATUS, 4), 0);
	noops(0, 1, 0);
	CU_ASSERT_EQUAL(count(0), 0);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_PERFMON);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_OVFSTATUS, 4), 1);
	bus_wr(&b, p + DSA_PERF_OVFSTATUS + 2, 1, 0xff);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_OVFSTATUS, 4), 1);
	bus_wr(&b, p + DSA_PERF_OVFSTATUS, 4, 1);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_OVFSTATUS, 4), 0);
	end();
}

static void test_2_8_freeze(void)
{
	start_width(4);
	watch(0, DSA_PERFCAT_OPERATION, DSA_EV3_NOOP);
	watch(1, DSA_PERFCAT_OPERATION, DSA_EV3_NOOP);
	noops(0, 2, 0);
	bus_wr(&b, p + DSA_PERF_PERFFRZ, 4, ~0u);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_PERFFRZ, 4), 0xff);
	bus_wr(&b, p + DSA_PERF_PERFFRZ, 4, 1);
	noops(0, 2, 0);
	CU_ASSERT_EQUAL(count(0), 2);
	CU_ASSERT_EQUAL(count(1), 4);
	bus_wr(&b, p + DSA_PERF_PERFFRZ, 4, 0);
	/* Global freeze on overflow: all counters stand still. */
	bus_wr(&b, p + DSA_PERF_CNTRCFG + 16, 8,
	       event(DSA_PERFCAT_OPERATION, DSA_EV3_NOOP) | DSA_CNTRCFG_OVF_FREEZE);
	noops(0, 20, 0);
	CU_ASSERT_EQUAL(count(2), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_PERFFRZ, 4), 0xff);
	CU_ASSERT_EQUAL(bus_rd(&b, p + DSA_PERF_OVFSTATUS, 4) & 4, 4);
	end();
}

static void test_2_8_absent(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	cfg.perf_counters = 0;
	bus_new(&b, &cfg);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x1000, 8), 0);
	bus_wr(&b, 0x1100, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, 0x1100, 8), 0);
	bus_free(&b);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa perfmon", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_2_8_capabilities);
	T(test_2_8_config_is_fixed_while_enabled);
	T(test_2_8_portal_events);
	T(test_2_8_engine_and_operation_events);
	T(test_2_8_descriptors_by_operand);
	T(test_2_8_events_of_version_2);
	T(test_2_8_model_specific_events);
	T(test_2_8_filter_width);
	T(test_2_8_filters);
	T(test_2_8_page_and_class_filters);
	T(test_2_8_overflow);
	T(test_2_8_freeze);
	T(test_2_8_absent);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
