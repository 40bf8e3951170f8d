// SPDX-License-Identifier: GPL-2.0
// Groups, engines, priorities, read buffers, and that time behaves (chapter 8).
#include <CUnit/Basic.h>
#include <malloc.h>

#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(0)
#define DST BUS_ADDR(512)
#define REC BUS_ADDR(1000)

static struct bus b;

struct setup {
	u32 wqs, engines, size;
	u32 priority[8];
	u32 buffers; /* allowed for group 0; 0: all */
	u32 slots;
};

static void start(const struct setup *s)
{
	struct dsa_cfg cfg;
	u32 i;

	bus_cfg(&cfg);
	if (s->slots)
		cfg.work_in_progress = s->slots;
	bus_new(&b, &cfg);
	dsa_set_data_mode(b.dsa, DSA_DATA_NONE);
	bus_group(&b, s->wqs, s->size, s->engines);
	for (i = 0; i < s->wqs; i++)
		bus_wq(&b, i,
		       DSA_WQCFG2_DEDICATED |
			       SPEC_PREP(DSA_WQCFG2_PRIORITY, s->priority[i] ? s->priority[i] : 1));
	if (s->buffers)
		bus_wr(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_FLAGS, 8,
		       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, s->buffers));
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, s->wqs), 0);
}

static void end(void)
{
	bus_run(&b);
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

/* Time for @n copies of @size, the queue kept full, ps. */
static u64 copies(u32 n, u32 size)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, size, REC);
	u64 begin = sim_now(b.sim);
	u32 i = 0;

	while (i < n) {
		for (; i < n && dsa_wq_occupancy(b.dsa, 0) < 8; i++)
			bus_post(&b, 0, &d);
		sim_step(b.sim);
	}
	bus_run(&b);
	return sim_now(b.sim) - begin;
}

/* 8.2: credits share a busy engine by priority. */
static void test_8_2_priorities(void)
{
	static const struct {
		u32 a, b;
	} row[] = {{6, 2}, {1, 1}, {15, 1}, {10, 5}, {3, 4}};
	struct dsa_hw_desc d;
	u32 i, k, first;

	for (i = 0; i < 5; i++) {
		struct setup s = {.wqs = 2,
				  .engines = 1,
				  .size = 64,
				  .slots = 1,
				  .priority = {row[i].a, row[i].b}};

		start(&s);
		for (k = 0; k < 64; k++) {
			d = bus_move(SRC, DST, 4096, REC);
			bus_post(&b, 0, &d);
			bus_post(&b, 1, &d);
		}
		bus_run(&b);
		for (k = first = 0; k < 60; k++)
			first += b.retired[k].wq == 0;
		CU_ASSERT(first + 1 >= 60 * row[i].a / (row[i].a + row[i].b));
		CU_ASSERT(first <= 60 * row[i].a / (row[i].a + row[i].b) + row[i].a);
		end();
	}
}

/* Empty WQs cost nothing: alone, a WQ of priority 1 gets everything. */
static void test_8_2_idle_queues_cost_nothing(void)
{
	struct setup lone = {.wqs = 1, .engines = 1, .size = 16, .priority = {1}};
	struct setup one_of_many = {
		.wqs = 4, .engines = 1, .size = 16, .priority = {1, 15, 15, 15}};
	u64 alone;

	start(&lone);
	alone = copies(100, 4096);
	end();
	start(&one_of_many);
	CU_ASSERT_EQUAL(copies(100, 4096), alone);
	end();
}

/* 8.3: throttled throughput follows the allowed read buffers. */
static void test_8_3_read_buffers(void)
{
	u64 at[4];
	u32 i;

	for (i = 0; i < 4; i++) {
		struct setup s = {.wqs = 1, .engines = 1, .size = 64, .buffers = 4u << i};

		start(&s);
		at[i] = copies(64, 65536);
		end();
	}
	for (i = 0; i < 3; i++) {
		CU_ASSERT(at[i] > at[i + 1] * 19 / 10);
		CU_ASSERT(at[i] < at[i + 1] * 21 / 10);
	}
}

/* 8.3, version 3: a group's share of the ports is 1/2, 1/4, 1/8 of all. */
static void test_8_3_bandwidth_limits(void)
{
	u64 at[2][4];
	struct dsa_cfg cfg;
	u32 i, write;

	for (write = 0; write < 2; write++)
		for (i = 0; i < 4; i++) {
			bus_cfg(&cfg);
			cfg.grpcap |= DSA_GRPCAP_BW_LIMIT;
			bus_new(&b, &cfg);
			dsa_set_data_mode(b.dsa, DSA_DATA_NONE);
			bus_group(&b, 1, 32, 2);
			bus_wq(&b, 0, BUS_DWQ);
			bus_wr(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_FLAGS, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 96) |
				       (write ? SPEC_PREP(DSA_GRPFLAGS_WRITE_BW, i)
					      : SPEC_PREP(DSA_GRPFLAGS_READ_BW, i)));
			CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
			at[write][i] = copies(64, 65536);
			end();
		}
	CU_ASSERT_EQUAL(at[0][0], at[1][0]);
	for (write = 0; write < 2; write++)
		for (i = 1; i < 4; i++) {
			CU_ASSERT(at[write][i] > (at[write][0] << i) * 9 / 10);
			CU_ASSERT(at[write][i] < (at[write][0] << i) * 11 / 10);
		}
}

/*
 * Two groups of one engine each: GENCFG's limit bounds both together, and so does the device's
 * total. Returns the time for copies in both, ps.
 */
static u64 two_groups(u32 limit, bool use_limit, u32 total)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 65536, REC);
	struct dsa_cfg cfg;
	u64 begin;
	u32 g, i;

	bus_cfg(&cfg);
	cfg.grpcap =
		(cfg.grpcap & ~DSA_GRPCAP_READ_BUFFERS) | SPEC_PREP(DSA_GRPCAP_READ_BUFFERS, total);
	bus_new(&b, &cfg);
	dsa_set_data_mode(b.dsa, DSA_DATA_NONE);
	bus_group(&b, 2, 32, 2);
	bus_wr(&b, DSA_REG_GENCFG, 4, limit);
	for (g = 0; g < 2; g++) {
		bus_wr(&b, bus_grpcfg(&b, g), 8, 1ull << g);
		bus_wr(&b, bus_grpcfg(&b, g) + DSA_GRPCFG_ENGINES, 8, 1ull << g);
		bus_wr(&b, bus_grpcfg(&b, g) + DSA_GRPCFG_FLAGS, 8,
		       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, total) |
			       (use_limit ? DSA_GRPFLAGS_USE_RDBUF_LIMIT : 0));
		bus_wq(&b, g, BUS_DWQ);
	}
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
	begin = sim_now(b.sim);
	for (i = 0; i < 32; i++)
		for (g = 0; g < 2; g++)
			bus_post(&b, g, &d);
	bus_run(&b);
	begin = sim_now(b.sim) - begin;
	end();
	return begin;
}

static void test_8_3_groups_share_read_buffers(void)
{
	struct setup s = {.wqs = 1, .engines = 1, .size = 64, .buffers = 16};
	u64 alone;

	start(&s);
	alone = copies(64, 65536);
	end();
	CU_ASSERT(two_groups(16, true, 96) > alone * 97 / 100);
	CU_ASSERT(two_groups(16, true, 96) < alone * 103 / 100);
	CU_ASSERT(two_groups(16, false, 16) > alone * 97 / 100);
	CU_ASSERT(two_groups(16, false, 16) < alone * 103 / 100);
}

/* The port is shared: more engines do not make long copies faster, and never slower. */
static void test_8_1_engines(void)
{
	u64 one, four, small_one, small_four;
	struct setup s = {.wqs = 1, .engines = 1, .size = 64},
		     f = {.wqs = 1, .engines = 4, .size = 64};

	start(&s);
	one = copies(64, 1 << 18);
	small_one = copies(400, 64);
	end();
	start(&f);
	four = copies(64, 1 << 18);
	small_four = copies(400, 64);
	end();
	CU_ASSERT(four <= one + one / 50);
	CU_ASSERT(four * 100 > one * 95);
	/* Small ones are limited by the engines' start rate. */
	CU_ASSERT(small_four * 2 < small_one);
}

/* Two long transfers on two engines share the ports fairly; the later one does not wait its turn.
 */
static void test_quantum_fairness(void)
{
	struct setup s = {.wqs = 2, .engines = 2, .size = 16};
	struct dsa_hw_desc d = bus_move(SRC, DST, 1 << 20, REC);
	u64 begin, alone, t[2];
	u32 i;

	start(&s);
	begin = sim_now(b.sim);
	bus_post(&b, 0, &d);
	bus_run(&b);
	alone = sim_now(b.sim) - begin;
	b.nretired = 0;
	begin = sim_now(b.sim);
	bus_post(&b, 0, &d);
	bus_post(&b, 1, &d);
	bus_run(&b);
	for (i = 0; i < 2; i++)
		t[i] = b.retired[i].t[DSA_STAGE_RECORDED] - begin;
	CU_ASSERT(t[0] > alone * 18 / 10);
	CU_ASSERT(t[1] < alone * 21 / 10);
	/* A newcomer finds a long transfer under way, and passes it. */
	b.nretired = 0;
	bus_post(&b, 0, &d);
	sim_run(b.sim, sim_now(b.sim) + alone / 4);
	d.xfer_size = 4096;
	bus_post(&b, 1, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.retired[0].size, 4096);
	CU_ASSERT(b.retired[0].t[DSA_STAGE_RECORDED] - b.retired[0].t[DSA_STAGE_ACCEPTED] <
		  alone / 4);
	end();
}

/* Long copies come near the port's rate, bytes are counted once. */
static void test_throughput_of_long_copies(void)
{
	struct setup s = {.wqs = 1, .engines = 1, .size = 64};
	struct dsa_totals t;
	u64 ps;

	start(&s);
	ps = copies(64, 1 << 20);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.bytes_read, 64ull << 20);
	CU_ASSERT_EQUAL(t.bytes_written, 64ull << 20);
	CU_ASSERT((64ull << 20) * 1000 / (ps / 1000) > 30000); /* MB/s */
	CU_ASSERT((64ull << 20) * 1000 / (ps / 1000) < 31800);
	end();
}

static u64 one(u32 size)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, size, REC);
	u64 begin = sim_now(b.sim);

	bus_post(&b, 0, &d);
	bus_run(&b);
	return sim_now(b.sim) - begin;
}

/* A larger transfer never ends sooner. */
static void test_time_grows_with_size(void)
{
	struct setup s = {.wqs = 1, .engines = 1, .size = 16};
	u64 last = 0, t;
	u32 size;

	start(&s);
	for (size = 64; size <= 1 << 21; size += size / 4 / 64 * 64 + 64) {
		t = one(size);
		CU_ASSERT(t >= last);
		last = t;
	}
	end();
}

/* A batch of n takes longer than one descriptor, and less than n of them one after the other. */
static void test_batches_amortise(void)
{
	struct setup s = {.wqs = 1, .engines = 1, .size = 16};
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC), m;
	u64 begin, alone, last = 0, t;
	u32 n, i;

	start(&s);
	alone = one(4096);
	for (i = 0; i < 128; i++) {
		m = bus_move(SRC, DST, 4096, REC + 4096 + 32 * i);
		memcpy(bus_ptr(&b, BUS_ADDR(900) + 64 * i), &m, 64);
	}
	d.desc_list_addr = BUS_ADDR(900);
	for (n = 2; n <= 128; n *= 2) {
		d.desc_count = n;
		begin = sim_now(b.sim);
		bus_post(&b, 0, &d);
		bus_run(&b);
		t = sim_now(b.sim) - begin;
		CU_ASSERT(t > alone && t > last);
		if (n >= 8)
			CU_ASSERT(t < n * alone);
		last = t;
	}
	end();
}

/* The stages of every retired descriptor follow each other. */
static void test_stages_are_in_order(void)
{
	static const u32 sizes[] = {1, 64, 4096, 70000, 1 << 20};
	struct setup s = {.wqs = 2, .engines = 4, .size = 64};
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_BATCH, CRAV_RCR, REC), m;
	u32 i, k;

	start(&s);
	for (i = 0; i < 20; i++) {
		m = i % 3 ? bus_move(SRC, DST, i * 100, REC + 4096 + 32 * i)
			  : bus_desc(DSA_OPCODE_NOOP, 0, 0);
		if (i == 10)
			m.flags |= IDXD_OP_FLAG_FENCE;
		memcpy(bus_ptr(&b, BUS_ADDR(900) + 64 * i), &m, 64);
	}
	d.desc_list_addr = BUS_ADDR(900);
	d.desc_count = 20;
	for (i = 0; i < 40; i++) {
		struct dsa_hw_desc x = bus_move(SRC, DST, sizes[i % 5], REC);

		if (i % 8 == 1)
			x = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR, REC + 64);
		if (i % 8 == 2)
			x = d;
		if (i % 8 == 3)
			x.flags |= IDXD_OP_FLAG_DRDBK;
		if (i % 8 == 4)
			x.xfer_size = 0;
		bus_post(&b, i % 2, &x);
	}
	bus_run(&b);
	CU_ASSERT(b.nretired > 100);
	for (i = 0; i < b.nretired; i++)
		for (k = 1; k < DSA_STAGE_COUNT; k++)
			CU_ASSERT(b.retired[i].t[k] >= b.retired[i].t[k - 1]);
	end();
}

/* After the first descriptors of a kind nothing is allocated any more. */
static void test_steady_state_allocates_nothing(void)
{
	struct setup s = {.wqs = 1, .engines = 4, .size = 64};
	struct mallinfo2 before, after;

	start(&s);
	copies(2000, 12345);
	before = mallinfo2();
	copies(5000, 12345);
	after = mallinfo2();
	CU_ASSERT_EQUAL(after.uordblks, before.uordblks);
	end();
}

/* The same submissions give the same times, to the picosecond. */
static void test_repeatable(void)
{
	struct setup s = {.wqs = 2, .engines = 4, .size = 64, .priority = {3, 7}};
	u64 t[2];
	u32 i;

	for (i = 0; i < 2; i++) {
		start(&s);
		t[i] = copies(300, 12345) + copies(100, 100000);
		end();
	}
	CU_ASSERT_EQUAL(t[0], t[1]);
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa quality of service", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_8_2_priorities);
	T(test_8_2_idle_queues_cost_nothing);
	T(test_8_3_read_buffers);
	T(test_8_3_bandwidth_limits);
	T(test_8_3_groups_share_read_buffers);
	T(test_8_1_engines);
	T(test_quantum_fairness);
	T(test_throughput_of_long_copies);
	T(test_time_grows_with_size);
	T(test_batches_amortise);
	T(test_stages_are_in_order);
	T(test_steady_state_allocates_nothing);
	T(test_repeatable);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
