// SPDX-License-Identifier: GPL-2.0
// Address spaces seen from inside the kernel: references, notifiers, locks, device memory.
#include <stdio.h>
#include <CUnit/Basic.h>

#include "dev_world.h"
#include "mm_calls.h"

/* A fresh kernel for each check; what fails is a line of kworld_mm.c. */
static void check(int (*fn)(void *))
{
	struct dev_world w;
	struct kernel_stats st;
	int line;

	dev_world_new(&w, 1, NULL, NULL);
	line = dev_world_call(&w, 0, fn, NULL);
	CU_ASSERT_EQUAL(line, 0);
	if (line)
		fprintf(stderr, "kworld_mm.c:%d ", line);
	kernel_get_stats(w.k[0], &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	dev_world_free(&w);
}

#define TEST(name)                                                                                 \
	static void name(void)                                                                     \
	{                                                                                          \
		check(mm_test_##name);                                                             \
	}
TEST(refs)
TEST(notifiers)
TEST(remap)
TEST(user_access)
TEST(levels)
TEST(lock)
TEST(unregister)
TEST(split)

int main(void)
{
	CU_pSuite s;
	unsigned int failed;

	CU_initialize_registry();
	s = CU_add_suite("mm", NULL, NULL);
	CU_add_test(s, "references", refs);
	CU_add_test(s, "notifiers", notifiers);
	CU_add_test(s, "device memory", remap);
	CU_add_test(s, "user access", user_access);
	CU_add_test(s, "five levels", levels);
	CU_add_test(s, "faults side by side, writers wait", lock);
	CU_add_test(s, "unregister during a callback", unregister);
	CU_add_test(s, "splitting", split);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
