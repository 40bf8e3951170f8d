// SPDX-License-Identifier: GPL-2.0
/* Whole runs: once everything has been touched, nothing is allocated and memory does not grow. */
#include <CUnit/Basic.h>

#include "sim/workload/workload.h"
#include "tests/unit/sim/run_world.h"

#define SCENARIO "tests/bench/copy.yaml"

struct steady {
	struct run_world w;
	u64 allocations, resident, at;
};

/* A quarter of the way is long enough to reach everything once. */
static void look(void *ctx)
{
	struct steady *s = ctx;
	u64 total, at = workload_progress(s->w.wl, &total);

	if (s->at || at < total / 4)
		return;
	s->at = at;
	s->allocations = run_world_allocations();
	s->resident = run_world_resident();
}

/* Runs @sets and compares its last three quarters with its first. */
static void check(const char *const *sets, u64 growth)
{
	struct run_how how = {.scenario = SCENARIO, .sets = sets};
	struct steady s = {.at = 0};
	u64 total, done;

	CU_ASSERT_EQUAL_FATAL(run_world_open(&s.w, &how), 0);
	workload_on_progress(s.w.wl, look, &s);
	CU_ASSERT_EQUAL(run_world_go(&s.w), 0);
	done = workload_progress(s.w.wl, &total);
	CU_ASSERT_EQUAL(done, total);
	CU_ASSERT(s.at > 0 && s.at < done);
	CU_ASSERT_EQUAL(run_world_allocations(), s.allocations);
	CU_ASSERT(run_world_resident() <= s.resident + growth);
	CU_ASSERT_EQUAL(run_world_finish(&s.w), 0);
	run_world_close(&s.w);
}

static void test_single_descriptors_allocate_nothing(void)
{
	static const char *const sets[] = {"processes[0].count=80000", NULL};

	check(sets, 256 << 10);
}

static void test_payload_allocates_nothing(void)
{
	static const char *const sets[] = {"processes[0].count=60000", "data=full", NULL};

	check(sets, 256 << 10);
}

static void test_batches_allocate_nothing(void)
{
	static const char *const sets[] = {"processes[0].count=120000", "processes[0].batch=32",
					   "processes[0].window=4", NULL};

	check(sets, 256 << 10);
}

static void test_long_transfers_allocate_nothing(void)
{
	static const char *const sets[] = {"processes[0].count=20000", "processes[0].size=256 KiB",
					   NULL};

	check(sets, 256 << 10);
}

/* The same queue, four times as long: what is kept does not grow with the work done. */
static void test_memory_is_bounded(void)
{
	static const char *const sets[] = {"processes[0].count=400000", NULL};

	check(sets, 256 << 10);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"single descriptors allocate nothing", test_single_descriptors_allocate_nothing},
		{"payload allocates nothing", test_payload_allocates_nothing},
		{"batches allocate nothing", test_batches_allocate_nothing},
		{"long transfers allocate nothing", test_long_transfers_allocate_nothing},
		{"memory is bounded", test_memory_is_bounded},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{.pName = "steady", .pTests = tests},
		CU_SUITE_INFO_NULL,
	};
	unsigned int failures;

	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}
