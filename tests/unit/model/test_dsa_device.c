// SPDX-License-Identifier: GPL-2.0
// The device end to end without software: enable, submit, record; batches, faults of set-up,
// drains.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_world.h"

#define CRAV_RCR (IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR)

static struct dev_world w;

static void start(u32 wqs, u32 engines, u32 size, bool shared)
{
	struct machine_cfg cfg;
	struct dev_setup s = {.wqs = wqs, .engines = engines, .size = size, .shared = shared};

	dev_cfg(&cfg);
	dev_new(&w, &cfg);
	CU_ASSERT_EQUAL_FATAL(dev_enable(&w, &s), 0);
}

static void conserve(void)
{
	struct dsa_totals t;

	dsa_totals(w.dsa, &t);
	CU_ASSERT_EQUAL(t.accepted + t.fetched, t.completed + t.abandoned + t.in_flight);
	CU_ASSERT_EQUAL(t.in_flight, 0);
	dev_free(&w);
}

static void test_move_moves_and_records(void)
{
	struct dsa_hw_desc d;
	struct dsa_completion_record *rec;
	u64 src, dst, cr;
	u32 i;

	start(1, 1, 16, false);
	src = dev_alloc(&w, 65536, 4096);
	dst = dev_alloc(&w, 65536, 4096);
	cr = dev_alloc(&w, 4096, 4096);
	for (i = 0; i < 65536; i++)
		((u8 *)dev_ptr(&w, src))[i] = i * 7 >> 3;
	d = dev_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, cr);
	d.src_addr = src;
	d.dst_addr = dst;
	d.xfer_size = 65536;
	CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_ACCEPTED);
	dev_run(&w);
	rec = dev_ptr(&w, cr);
	CU_ASSERT_EQUAL(rec->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(memcmp(dev_ptr(&w, src), dev_ptr(&w, dst), 65536), 0);
	conserve();
}

static u64 make_batch(u32 n, u64 *records, u32 bad, u32 fence)
{
	u64 list = dev_alloc(&w, n * 64, 4096), buf = dev_alloc(&w, 8192, 4096);
	struct dsa_hw_desc *m = dev_ptr(&w, list);
	u32 i;

	*records = dev_alloc(&w, n * 32, 4096);
	for (i = 0; i < n; i++) {
		m[i] = dev_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, *records + i * 32);
		m[i].src_addr = buf;
		m[i].dst_addr = buf + 4096;
		m[i].xfer_size = i == bad ? 0 : 512;
		if (i == fence)
			m[i].flags |= IDXD_OP_FLAG_FENCE;
	}
	return list;
}

static void run_batch(u64 list, u32 n, u64 cr)
{
	struct dsa_hw_desc d = dev_desc(DSA_OPCODE_BATCH, CRAV_RCR, cr);

	d.desc_list_addr = list;
	d.desc_count = n;
	CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_ACCEPTED);
	dev_run(&w);
}

static void test_batch_completes_after_its_members(void)
{
	struct dsa_completion_record *rec;
	u64 list, recs, cr;
	u32 i;

	start(1, 4, 16, false);
	cr = dev_alloc(&w, 4096, 4096);
	list = make_batch(200, &recs, ~0u, ~0u);
	run_batch(list, 200, cr);
	rec = dev_ptr(&w, cr);
	CU_ASSERT_EQUAL(rec->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec->bytes_completed, 200);
	rec = dev_ptr(&w, recs);
	for (i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(rec[i].status, DSA_COMP_SUCCESS);
	conserve();
}

/* Checklist (h): [ok, failing, fence, x] ends with 05 and two descriptors processed. */
static void test_fence_abandons_behind_a_failure(void)
{
	struct dsa_completion_record *rec;
	u64 list, recs, cr;

	start(1, 1, 16, false);
	cr = dev_alloc(&w, 4096, 4096);
	list = make_batch(4, &recs, 1, 2);
	run_batch(list, 4, cr);
	rec = dev_ptr(&w, cr);
	CU_ASSERT_EQUAL(rec->status, DSA_COMP_BATCH_FAIL);
	CU_ASSERT_EQUAL(rec->bytes_completed, 2);
	rec = dev_ptr(&w, recs);
	CU_ASSERT_EQUAL(rec[0].status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec[1].status, DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(rec[2].status, 0);
	CU_ASSERT_EQUAL(rec[3].status, 0);
	conserve();
}

/* Checklist (d): the limited portal retries at the threshold, the unlimited one at the size. */
static void test_swq_threshold(void)
{
	struct machine_cfg cfg;
	struct dev_setup s = {.wqs = 1, .engines = 1, .size = 8, .threshold = 4, .shared = true};
	struct dsa_hw_desc d;
	u32 i, ok = 0, all = 0;

	dev_cfg(&cfg);
	cfg.device[0].dsa.work_in_progress = 1;
	dev_new(&w, &cfg);
	CU_ASSERT_EQUAL_FATAL(dev_enable(&w, &s), 0);
	d = dev_desc(DSA_OPCODE_NOOP, 0, 0);
	for (i = 0; i < 20; i++)
		ok += dev_submit(&w, 0, &d, true) == DSA_ACCEPTED;
	CU_ASSERT_EQUAL(ok, 5); /* one went to the engine at once */
	for (i = 0; i < 20; i++)
		all += machine_write64(w.m, w.bar2 + DSA_PORTAL_UNLIMITED_MSIX, &d, true, NULL) ==
		       DSA_ACCEPTED;
	CU_ASSERT_EQUAL(all, 4);
	CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_DROPPED);
	dev_run(&w);
	conserve();
}

/* Checklist (e): a posted write to a full DWQ is lost and SWERROR says 0x53. */
static void test_dwq_overflow_sets_swerror(void)
{
	struct machine_cfg cfg;
	struct dev_setup s = {.wqs = 1, .engines = 1, .size = 2};
	struct dsa_hw_desc d;
	u64 err;
	u32 i;

	dev_cfg(&cfg);
	cfg.device[0].dsa.work_in_progress = 1;
	dev_new(&w, &cfg);
	CU_ASSERT_EQUAL_FATAL(dev_enable(&w, &s), 0);
	d = dev_desc(DSA_OPCODE_NOOP, 0, 0);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_ACCEPTED);
	CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_DROPPED);
	err = machine_mmio_read(w.m, w.bar0 + DSA_REG_SWERROR, 8);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, err), DSA_SWERR_DWQ_FULL);
	CU_ASSERT(err & DSA_SWERR0_VALID);
	CU_ASSERT(!(err & DSA_SWERR0_OVERFLOW));
	dev_submit(&w, 0, &d, false);
	CU_ASSERT(machine_mmio_read(w.m, w.bar0 + DSA_REG_SWERROR, 8) & DSA_SWERR0_OVERFLOW);
	machine_mmio_write(w.m, w.bar0 + DSA_REG_SWERROR, 8, 3);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, w.bar0 + DSA_REG_SWERROR, 8) & 3, 0);
	dev_run(&w);
	conserve();
}

/* Checklist (j): a Drain completes after everything submitted before it. */
static void test_drain_waits(void)
{
	struct dsa_hw_desc d;
	u64 buf, cr;
	struct dsa_completion_record *rec;

	start(1, 4, 16, false);
	buf = dev_alloc(&w, 4 << 20, 4096);
	cr = dev_alloc(&w, 4096, 4096);
	rec = dev_ptr(&w, cr);
	d = dev_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, cr);
	d.src_addr = buf;
	d.dst_addr = buf + (2 << 20);
	d.xfer_size = 2 << 20;
	dev_submit(&w, 0, &d, false);
	d = dev_desc(DSA_OPCODE_DRAIN, CRAV_RCR, cr + 32);
	dev_submit(&w, 0, &d, false);
	while (!rec[1].status && sim_step(w.sim))
		;
	CU_ASSERT_EQUAL(rec[0].status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec[1].status, DSA_COMP_SUCCESS);
	dev_run(&w);
	conserve();
}

/* Checklist (l): busy queues of priority 6 and 2 share 3:1. */
static void test_priorities_share(void)
{
	struct machine_cfg cfg;
	struct dev_setup s = {.wqs = 2, .engines = 1, .size = 64, .priority = 6};
	struct dsa_hw_desc d;
	u64 recs;
	struct dsa_completion_record *rec;
	u32 i, first = 0, second = 0;

	dev_cfg(&cfg);
	cfg.device[0].dsa.work_in_progress = 1;
	dev_new(&w, &cfg);
	machine_mmio_write(w.m, w.bar0 + 0x408, 4, 0);
	CU_ASSERT_EQUAL_FATAL(dev_enable(&w, &s), 0);
	CU_ASSERT_EQUAL(dev_command(&w, DSA_CMD_DISABLE_WQ, 2), 0);
	machine_mmio_write(w.m, w.bar0 + 0x428, 4,
			   SPEC_PREP(DSA_WQCFG2_PRIORITY, 2) | DSA_WQCFG2_DEDICATED);
	CU_ASSERT_EQUAL(dev_command(&w, DSA_CMD_ENABLE_WQ, 1), 0);
	recs = dev_alloc(&w, 8192, 4096);
	rec = dev_ptr(&w, recs);
	for (i = 0; i < 60; i++) {
		d = dev_desc(DSA_OPCODE_NOOP, CRAV_RCR, recs + i * 32);
		dev_submit(&w, 0, &d, false);
		d.completion_addr = recs + (64 + i) * 32;
		dev_submit(&w, 1, &d, false);
	}
	while (first + second < 40 && sim_step(w.sim))
		for (first = second = i = 0; i < 60; i++) {
			first += rec[i].status;
			second += rec[64 + i].status;
		}
	CU_ASSERT(first >= 29 && first <= 31);
	dev_run(&w);
	conserve();
}

static void test_abort_and_reset(void)
{
	struct machine_cfg cfg;
	struct dev_setup s = {.wqs = 1, .engines = 1, .size = 32};
	struct dsa_hw_desc d;
	struct dsa_totals t;
	u32 i;

	dev_cfg(&cfg);
	cfg.device[0].dsa.work_in_progress = 2;
	dev_new(&w, &cfg);
	CU_ASSERT_EQUAL_FATAL(dev_enable(&w, &s), 0);
	d = dev_desc(DSA_OPCODE_NOOP, 0, 0);
	for (i = 0; i < 20; i++)
		dev_submit(&w, 0, &d, false);
	CU_ASSERT_EQUAL(dev_command(&w, DSA_CMD_ABORT_WQ, 1), 0);
	dsa_totals(w.dsa, &t);
	CU_ASSERT_EQUAL(t.in_flight, 0);
	for (i = 0; i < 20; i++)
		dev_submit(&w, 0, &d, false);
	CU_ASSERT_EQUAL(dev_command(&w, DSA_CMD_RESET_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, w.bar0 + DSA_REG_GENSTS, 4), 0);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, w.bar0 + 0x400, 4), 0);
	CU_ASSERT_EQUAL(dev_submit(&w, 0, &d, false), DSA_DROPPED);
	conserve();
}

static void test_flr_in_the_middle(void)
{
	struct dsa_hw_desc d;
	u64 buf, cr;
	u32 i;

	start(1, 4, 64, false);
	buf = dev_alloc(&w, 4 << 20, 4096);
	cr = dev_alloc(&w, 4096, 4096);
	for (i = 0; i < 32; i++) {
		d = dev_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, cr + i * 32);
		d.src_addr = buf;
		d.dst_addr = buf + (2 << 20);
		d.xfer_size = 1 << 20;
		dev_submit(&w, 0, &d, false);
	}
	for (i = 0; i < 20; i++)
		sim_step(w.sim);
	machine_cfg_write(w.m, machine_dsa_sid(w.m, 0), 0x48, 2, 0x8000);
	dev_run(&w);
	conserve();
}

/* Long copies of several engines share the ports: the sum is the port's rate, shares are equal. */
static void test_streams_share_the_port(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t;
	u64 buf, cr, begin;
	double rate;
	u32 i;

	start(1, 4, 64, false);
	buf = dev_alloc(&w, 64 << 20, 4096);
	cr = dev_alloc(&w, 4096, 4096);
	begin = sim_now(w.sim);
	for (i = 0; i < 16; i++) {
		d = dev_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, cr + i * 32);
		d.src_addr = buf + i * (2 << 20);
		d.dst_addr = buf + (32 << 20) + i * (2 << 20);
		d.xfer_size = 1 << 20;
		dev_submit(&w, 0, &d, false);
	}
	dev_run(&w);
	dsa_totals(w.dsa, &t);
	CU_ASSERT_EQUAL(t.bytes_read, 16ull << 20);
	CU_ASSERT_EQUAL(t.bytes_written, 16ull << 20);
	rate = (double)(16 << 20) / ((sim_now(w.sim) - begin) / 1e12);
	CU_ASSERT(rate > 31.0e9 && rate < 31.8e9);
	conserve();
}

/* Routing follows the BARs, by whichever way configuration space was written. */
static void test_routing_follows_bars(void)
{
	u64 bar0 = 0x900000000000ull, bar2 = 0xa00000000000ull;
	struct dsa_hw_desc d = dev_desc(DSA_OPCODE_NOOP, 0, 0);

	start(1, 1, 16, false);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, w.bar0, 4), 0x100);
	dsa_cfg_write(w.dsa, 0x10, 4, (u32)bar0);
	dsa_cfg_write(w.dsa, 0x14, 4, bar0 >> 32);
	dsa_cfg_write(w.dsa, 0x18, 4, (u32)bar2);
	dsa_cfg_write(w.dsa, 0x1c, 4, bar2 >> 32);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, bar0, 4), 0x100);
	CU_ASSERT_EQUAL(machine_write64(w.m, bar2, &d, false, NULL), DSA_ACCEPTED);
	CU_ASSERT_EQUAL(machine_mmio_read(w.m, w.bar0, 4), ~0u);
	CU_ASSERT_EQUAL(machine_write64(w.m, w.bar2, &d, false, NULL), DSA_DROPPED);
	CU_ASSERT_EQUAL(machine_write64(w.m, w.bar2, &d, true, NULL), DSA_RETRY);
	dev_run(&w);
	conserve();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa device", NULL, NULL);
	CU_add_test(s, "move moves and records", test_move_moves_and_records);
	CU_add_test(s, "batch completes after its members", test_batch_completes_after_its_members);
	CU_add_test(s, "fence abandons behind a failure", test_fence_abandons_behind_a_failure);
	CU_add_test(s, "swq threshold", test_swq_threshold);
	CU_add_test(s, "routing follows BARs", test_routing_follows_bars);
	CU_add_test(s, "dwq overflow sets swerror", test_dwq_overflow_sets_swerror);
	CU_add_test(s, "drain waits", test_drain_waits);
	CU_add_test(s, "priorities share", test_priorities_share);
	CU_add_test(s, "abort and reset", test_abort_and_reset);
	CU_add_test(s, "flr in the middle", test_flr_in_the_middle);
	CU_add_test(s, "streams share the port", test_streams_share_the_port);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
