// SPDX-License-Identifier: GPL-2.0
// The driver short of memory, in the host and in guests: each allocation of a whole life of a
// device fails once. Nothing crashes, leaks or stays stuck, and the next life is a full one.
#include <CUnit/Basic.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_regs.h"
#include "sim/system.h"
#include "tests/unit/sim/idxd_life.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define STEPS_MAX 5000 /* allocations of one life, with room */

static struct world w;
static u32 struck;		      /* lives in which an allocation failed */
static u32 failed_at[LIFE_PARTS + 1]; /* in which part the life went wrong; last: in none */
static bool saw[0x21];		      /* soft errors, by number */

static void note(u32 status)
{
	if (status >> 31 && (status >> 16 & 0xff) < 0x21)
		saw[status >> 16 & 0xff] = true;
}

static int lives(void *arg)
{
	struct kernel_stats before, st;
	u32 n, done, i;
	u64 fails;

	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	/* One to warm up what the kernel keeps. */
	CU_ASSERT_EQUAL_FATAL(life_run(&w, note), life_all(&w));
	life_end(&w);
	kernel_get_stats(w.k, &before);
	fails = before.alloc_fails;
	for (n = 1; n < STEPS_MAX; n++) {
		kernel_fail_alloc(w.k, n);
		done = life_run(&w, note);
		/* The end is never short of anything. */
		kernel_fail_alloc(w.k, 0);
		life_end(&w);
		life_check_same(&w, &before, n);
		kernel_get_stats(w.k, &st);
		if (st.alloc_fails == fails)
			break;
		fails = st.alloc_fails;
		struck++;
		for (i = 0; i < LIFE_PARTS && (done | ~life_all(&w)) & 1u << i; i++)
			;
		failed_at[i]++;
	}
	/* That was one without a failure. */
	CU_ASSERT_EQUAL(done, life_all(&w));
	CU_ASSERT(n < STEPS_MAX);
	return 0;
}

/*
 * The same for what the host allocates while a guest lives, in exits and for its DMA: the guest may
 * see errors, the host may not, and the guest's next life is a full one. On the host: once more.
 */
static int host_lives(void *arg)
{
	struct kernel *host = system_host(w.sys);
	struct kernel_stats before, guest, st;
	u64 fails;
	u32 n;

	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	for (n = 0; n < 2; n++) {
		CU_ASSERT_EQUAL_FATAL(life_run(&w, note), life_all(&w));
		life_end(&w);
	}
	kernel_get_stats(host, &before);
	kernel_get_stats(w.k, &guest);
	for (n = 1, fails = before.alloc_fails; n < STEPS_MAX; n++) {
		kernel_fail_alloc(host, n);
		life_run(&w, note);
		kernel_fail_alloc(host, 0);
		life_end(&w);
		kernel_get_stats(host, &st);
		CU_ASSERT(!st.bugs && !st.slab_errors && st.warnings == before.warnings);
		if (st.alloc_fails == fails)
			break;
		fails = st.alloc_fails;
		struck++;
		CU_ASSERT_EQUAL(life_run(&w, note), life_all(&w));
		life_end(&w);
		life_check_same(&w, &guest, n);
		kernel_get_stats(host, &st);
		CU_ASSERT_EQUAL(st.slab_bytes, before.slab_bytes);
		CU_ASSERT_EQUAL(st.pages, before.pages);
	}
	CU_ASSERT(n < STEPS_MAX);
	/* Without PASIDs a life needs nothing of the host's. */
	CU_ASSERT(struck > 0 || !w.caps.pasids);
	return 0;
}

/* Every part was hit, and most hits were noticed. */
static int hits(void *arg)
{
	u32 i;

	for (i = 0; i < LIFE_PARTS; i++)
		if (life_all(&w) & 1u << i)
			CU_ASSERT(failed_at[i] > 0);
	CU_ASSERT(struck > 100);
	CU_ASSERT(failed_at[LIFE_PARTS] < struck / 10);
	CU_ASSERT(saw[IDXD_SCMD_WQ_RES_ALLOC_ERR >> 16 & 0xff]);
	if (w.caps.pasids)
		CU_ASSERT(saw[IDXD_SCMD_CDEV_ERR >> 16 & 0xff]);
	if (w.caps.gencap & DSA_GENCAP_EVL)
		CU_ASSERT(saw[0x12]);
	return 0;
}

static void run(const struct place_body *body)
{
	struck = 0;
	memset(failed_at, 0, sizeof(failed_at));
	memset(saw, 0, sizeof(saw));
	place_run(&w, body);
}

static void test_v1(void)
{
	static const struct place_body body = {
		"a life short of memory", {.platform = "tiny"}, .fn = {lives, hits}};

	run(&body);
}

/* With an event log and interrupt handles; the log's memory may be what is missing. */
static void test_v2(void)
{
	static const char *const sets[] = {"dsa.version=0x200", "dsa.event_log=64",
					   "dsa.gencap=0x4090940117",
					   "dsa.wqcap=0x00ff000001040010"};
	static const struct place_body body = {
		"a life short of memory, second generation",
		{.platform = "tiny", .sets = sets, .nsets = 4, .needs = NEED_HANDLES},
		.fn = {lives, hits}};

	run(&body);
}

static void test_host(void)
{
	static const char *const sets[] = {"dsa.gencap=0x4090940117"};
	static const struct place_body body = {
		"a life while the host is short of memory",
		{.platform = "tiny", .sets = sets, .nsets = 1, .needs = NEED_HANDLES},
		.fn = {host_lives}};

	run(&body);
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {
		{"first generation", test_v1}, {"second generation", test_v2}, {"host", test_host}};

	return place_main(argc, argv, "memory", tests, 3);
}
