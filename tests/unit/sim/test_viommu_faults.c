// SPDX-License-Identifier: GPL-2.0
// Requests for pages that no guest can satisfy, and what a guest's unit records of faults.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/vtd.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"

/* ---- addresses that four levels do not reach ---- */

static int beyond_width(void *arg)
{
	struct sva_possessions before, after;
	struct sva_program x = {.g = arg};
	struct dsa_hw_desc d;

	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	CU_ASSERT_EQUAL(sva_copy(&x, 4096, 1), DSA_COMP_SUCCESS);
	d = sva_copy_desc(&x, 4096);
	d.src_addr |= 1ull << 50;
	sva_clear_record(&x);
	CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
	sva_count_possessions(&before);
	CU_ASSERT_EQUAL(sva_wait_record(&x) & 0x3f, DSA_COMP_PAGE_FAULT_IR);
	sva_count_possessions(&after);
	/* Once: the guest says that it cannot be had. */
	CU_ASSERT_EQUAL(after.dmar.page_requests - before.dmar.page_requests, 1);
	CU_ASSERT_EQUAL(sva_copy(&x, 4096, 2), DSA_COMP_SUCCESS);
	process_exit(x.p);
	return 0;
}

static void test_beyond_width(void)
{
	static const u32 modes[] = {SCN_MEMORY_PINNED, SCN_MEMORY_DEMAND};
	struct guest *g;
	u32 i;

	sva_boot();
	for (i = 0; i < 2; i++) {
		g = sva_guest_made("guest0", "wq0.0", modes[i], false);
		sva_run(g, sva_enable_first_user);
		sva_run(g, beyond_width);
		sva_end(g);
	}
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("faults of a virtual IOMMU", NULL, NULL);
	CU_add_test(s, "addresses beyond the width", test_beyond_width);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
