// SPDX-License-Identifier: GPL-2.0
// Guest memory that comes when it is used: by processors, by devices under guest-physical
// addresses, under a guest's own tables, and out of the monitor's address space.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/fiber.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"

#define PAGES (64 * MIB / 4096)

/* ---- on demand ---- */

/* Buffers that the kernel cleared are there for the device, which could not ask. */
static int kernel_work(void *arg)
{
	struct vm_stats a, b;
	struct gclient *c;
	u32 i;

	sva_enable_kernel(guest_kernel(arg));
	guest_vm_stats(arg, &a);
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(arg, &b);
	CU_ASSERT(b.ept_violations - a.ept_violations >= 2 * 16);
	for (i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 65536, i, i & 1), 0);
	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL(a.device_faults, 0);
	/* What nobody touched yet is not. */
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, 0x200000 + 63 * MIB), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(vm_memory_touch(guest_vm(arg), 0x200000 + 63 * MIB, 64), 0);
	CU_ASSERT_EQUAL(gclient_read_at(c, 0x200000 + 63 * MIB), DSA_COMP_SUCCESS);
	gclient_close(c);
	return 0;
}

static int programs_work(void *arg)
{
	struct sva_program x = {.g = arg};
	struct process_mm_stats mm;
	struct vm_stats a, b;
	u32 i;

	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	/* Pages of the program and pages of the guest, some of each absent. */
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(sva_copy(&x, 3000 * (i + 1), i), DSA_COMP_SUCCESS);
	guest_vm_stats(arg, &b);
	process_mm_stats(x.p, &mm);
	CU_ASSERT(mm.device_faults > 0);
	CU_ASSERT(b.page_requests > a.page_requests);
	CU_ASSERT(b.device_faults > a.device_faults);
	/* The host served what it could by itself. */
	CU_ASSERT(b.device_faults - a.device_faults > b.page_requests - a.page_requests);
	process_exit(x.p);
	return 0;
}

static void check_small(struct guest *g)
{
	struct vm_stats st;

	guest_vm_stats(g, &st);
	CU_ASSERT(st.resident_pages < PAGES / 4);
	CU_ASSERT_EQUAL(st.pin_ps, 0);
	CU_ASSERT(st.ept_violations > 0);
	CU_ASSERT(st.resident_pages >= st.ept_violations - st.pages_taken);
}

static void in_mode(u32 mode, bool programs)
{
	struct sva_possessions p[2];
	struct guest *g;
	u32 i;

	sva_on = programs;
	sva_boot();
	for (i = 0; i < 2; i++) {
		g = sva_guest_made("guest0", "wq0.0", mode, false);
		if (programs)
			sva_run(g, sva_enable_first_user);
		sva_run(g, programs ? programs_work : kernel_work);
		check_small(g);
		sva_end(g);
		sva_count_possessions(&p[i]);
	}
	sva_same_possessions(&p[0], &p[1]);
	sva_down();
	sva_on = true;
}

static void test_kernel(void)
{
	in_mode(SCN_MEMORY_DEMAND, false);
}

static void test_shared(void)
{
	in_mode(SCN_MEMORY_SHARED, false);
}

static void test_programs(void)
{
	in_mode(SCN_MEMORY_DEMAND, true);
}

/* ---- the balloon ---- */

static u64 lent;

static int lend(void *arg)
{
	u8 *p = vk_pages(4, &lent);

	(void)arg;
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, 0x5a, 16 * 4096);
	return 0;
}

static int take(void *arg)
{
	struct vm *vm = guest_vm(arg);
	struct vm_stats a, b;

	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL(vm_memory_take(vm, lent, 16 * 4096), 0);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(a.resident_pages - b.resident_pages, 16);
	CU_ASSERT_EQUAL(b.pages_taken - a.pages_taken, 16);
	CU_ASSERT_EQUAL(vm_memory_take(vm, lent + 1, 4096), -EINVAL);
	CU_ASSERT_EQUAL(vm_memory_take(vm, 0, 4096), -EINVAL);
	CU_ASSERT_EQUAL(vm_memory_take(vm, lent, 1ull << 40), -EINVAL);
	/* A processor that comes back finds zeroes, at the price of a fault. */
	CU_ASSERT_EQUAL(vm_memory_touch(vm, lent, 4096), 0);
	CU_ASSERT_EQUAL(vm_memory_touch(vm, lent, 4096), 0);
	CU_ASSERT_EQUAL(vm_memory_touch(vm, 0, 1), -EFAULT);
	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL(a.ept_violations - b.ept_violations, 1);
	return 0;
}

/* The device had the pages: what it may still use is theirs no longer. */
static int reads_lent(void *arg)
{
	struct gclient *c;

	sva_enable_kernel(guest_kernel(arg));
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_read_at(c, lent), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(gclient_read_at(c, lent + 4096), DSA_COMP_SUCCESS);
	gclient_close(c);
	return 0;
}

static int reads_again(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_read_at(c, lent), DSA_COMP_SUCCESS);
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, lent + 4096), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(vm_memory_touch(guest_vm(arg), lent + 4096, 4096), 0);
	CU_ASSERT_EQUAL(gclient_read_at(c, lent + 4096), DSA_COMP_SUCCESS);
	gclient_close(c);
	return 0;
}

static int take_call(void *arg)
{
	return take(arg);
}

static void balloon(u32 mode)
{
	struct guest *g;

	sva_on = false;
	sva_boot();
	g = sva_guest_made("guest0", "wq0.0", mode, false);
	sva_run(g, lend);
	sva_run(g, reads_lent);
	CU_ASSERT_EQUAL(system_call(sva_sys, take_call, g), 0);
	sva_run(g, reads_again);
	sva_end(g);
	sva_down();
	sva_on = true;
}

static void test_balloon(void)
{
	balloon(SCN_MEMORY_DEMAND);
	balloon(SCN_MEMORY_SHARED);
}

/* A guest whose memory is pinned has nothing to give. */
static int take_pinned(void *arg)
{
	return vm_memory_take(guest_vm(arg), 0x200000, 4096) == -EOPNOTSUPP ? 0 : -EINVAL;
}

static void test_pinned(void)
{
	struct guest *g;

	sva_boot();
	g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	CU_ASSERT_EQUAL(system_call(sva_sys, take_pinned, g), 0);
	sva_end(g);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guest_memory", NULL, NULL);
	CU_add_test(s, "on demand, the guest's kernel", test_kernel);
	CU_add_test(s, "on demand, programs", test_programs);
	CU_add_test(s, "the monitor's address space", test_shared);
	CU_add_test(s, "memory given back", test_balloon);
	CU_add_test(s, "pinned", test_pinned);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
