// SPDX-License-Identifier: GPL-2.0
// Guests made and moved while the host is short of memory: each of its allocations fails once. What
// comes of it is a guest or an error, nothing of either is left behind, and the next guest is a
// good one; a guest that can't be moved goes on where it is.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"

#define STEPS_MAX 5000 /* allocations of the host for one guest, with room */

static const struct kind {
	const char *name;
	u32 home, memory_mode;
	bool sva;
	const char *wq[2];
	u32 nwqs;
} kinds[] = {
	{"mediated device", SCN_HOME_KERNEL_MDEV, SCN_MEMORY_PINNED, false, {"wq0.0"}, 1},
	{"mediated device, share", SCN_HOME_KERNEL_MDEV, SCN_MEMORY_PINNED, true, {"wq0.2"}, 1},
	/* No door: several queues are called as a function. */
	{"in the kernel", SCN_HOME_KERNEL_MDEV, SCN_MEMORY_PINNED, true, {"wq0.1", "wq0.2"}, 2},
	{"character device", SCN_HOME_KERNEL_CDEV, SCN_MEMORY_DEMAND, true, {"wq0.0", "wq0.2"}, 2},
	{"character device, shared", SCN_HOME_KERNEL_CDEV, SCN_MEMORY_SHARED, false, {"wq0.0"}, 1},
	{"monitor", SCN_HOME_VMM, SCN_MEMORY_PINNED, false, {"wq0.0", "wq0.1"}, 2},
	{"monitor, share", SCN_HOME_VMM, SCN_MEMORY_DEMAND, true, {"wq0.2"}, 1},
};

/* A guest that has probed its device; or what was in the way. */
static int make(const struct kind *kind, struct guest **g)
{
	struct guest_cfg cfg = {.name = "short",
				.memory = 16 * MIB,
				.node = -1,
				.nvdevs = 1,
				.home = kind->home,
				.memory_mode = kind->memory_mode,
				.sva = kind->sva};
	struct cfg_error err = {""};
	u32 i;
	int rc;

	for (i = 0; i < kind->nwqs; i++)
		cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = kind->wq[i];
	rc = guest_new(sva_sys, &cfg, g, &err);
	if (rc)
		CU_ASSERT_NOT_EQUAL(err.text[0], 0);
	return rc ? rc : guest_start(*g, &err);
}

static int probed(void *arg)
{
	return ksys_exists(guest_kernel(arg), DEV "dsa0");
}

static u64 failures(void)
{
	struct kernel_stats st;

	kernel_get_stats(system_host(sva_sys), &st);
	return st.alloc_fails;
}

static void good_one(const struct kind *kind)
{
	struct guest *g = NULL;

	CU_ASSERT_EQUAL_FATAL(make(kind, &g), 0);
	CU_ASSERT_EQUAL(guest_call(g, probed, g), 1);
	sva_end(g);
}

static void one_kind(const struct kind *kind)
{
	struct sva_possessions before, after;
	u32 n, refused = 0;
	u64 fails;

	good_one(kind);
	good_one(kind);
	sva_count_possessions(&before);
	for (n = 1; n < STEPS_MAX; n++) {
		struct guest *g = NULL;

		fails = failures();
		kernel_fail_alloc(system_host(sva_sys), n);
		refused += make(kind, &g) != 0;
		kernel_fail_alloc(system_host(sva_sys), 0);
		if (g)
			guest_free(g);
		if (failures() == fails)
			break;
		if (n % 8 == 0)
			good_one(kind);
		sva_count_possessions(&after);
		sva_same_possessions(&before, &after);
	}
	CU_ASSERT(n > 20 && n < STEPS_MAX);
	/* Most were noticed. */
	CU_ASSERT(refused > n / 2);
	if (!(refused > n / 2))
		fprintf(stderr, "\n%s: %u of %u\n", kind->name, refused, n);
}

static void test_short(void)
{
	u32 i;

	sva_boot();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		one_kind(&kinds[i]);
	sva_down();
}

/* ---- moved ---- */

static int start_work(void *arg)
{
	sva_enable_kernel(guest_kernel(arg));
	return 0;
}

static int work(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");
	int rc = c ? gclient_move(c, 4096, 7, false) : -ENODEV;

	(void)arg;
	if (c)
		gclient_close(c);
	return rc;
}

/* There or where it was: the guest goes on. */
static void moves(u32 home, bool sva)
{
	static const char *const wqs[] = {"wq0.0", "wq0.1"};
	struct kind kind = {"moved", home, SCN_MEMORY_PINNED, sva, {"wq0.0"}, 1};
	u32 n, at = 0, refused = 0;
	struct guest *g = NULL;
	u64 fails;
	int rc = 0;

	CU_ASSERT_EQUAL_FATAL(make(&kind, &g), 0);
	sva_run(g, start_work);
	for (n = 1; n < STEPS_MAX; n++) {
		struct guest_vdev_cfg to = {.wqs = {wqs[!at]}, .nwqs = 1};

		fails = failures();
		kernel_fail_alloc(system_host(sva_sys), n);
		rc = guest_vdev_move(g, 0, &to);
		kernel_fail_alloc(system_host(sva_sys), 0);
		at ^= !rc;
		refused += rc != 0;
		sva_run(g, work);
		if (failures() == fails)
			break;
	}
	/* The last one was not short of anything. */
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT(n > 10 && n < STEPS_MAX);
	CU_ASSERT(refused > n / 2);
	sva_end(g);
}

static void test_moves(void)
{
	static const u32 homes[] = {SCN_HOME_KERNEL_MDEV, SCN_HOME_KERNEL_CDEV, SCN_HOME_VMM};
	u32 i;

	for (i = 0; i < 6; i++) {
		sva_boot();
		moves(homes[i / 2], i & 1);
		sva_down();
	}
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guests while the host is short of memory", NULL, NULL);
	CU_add_test(s, "made", test_short);
	CU_add_test(s, "moved", test_moves);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
