// SPDX-License-Identifier: GPL-2.0
// Guests that share a queue of the host: trapped portal pages of two at once, and whose errors
// reach whom.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "model/spec/dsa_regs.h"
#include "model/spec/vtd.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"
#include "vdev/core/vdev_traps.h"

#define SHARE	 "wq0.2" /* 32 entries, threshold 28 */
#define MOVERS	 4
#define ROUNDS	 4
#define BEFORE	 20
#define NO_ERROR "00000000,00000000,00000000,00000000,00000000,00000000,00000000,00000000\n"

/* ---- the unlimited page of a share ---- */

struct mover {
	struct guest *g;
	u32 index;
	int rc;
	bool done;
};

static void move_by_stores(void *arg)
{
	struct mover *m = arg;
	struct gclient *c = gclient_open("wq0.0");
	u32 i;

	for (i = 0; i < ROUNDS && c && !m->rc; i++)
		m->rc = gclient_posted_move(c, 16384 + 512 * i, MOVERS * 2 * i + m->index, BEFORE,
					    i & 1);
	if (c)
		gclient_close(c);
	else
		m->rc = -ENODEV;
	m->done = true;
}

static bool all_done(void *arg)
{
	struct mover *m = arg;
	u32 i;

	for (i = 0; i < 2 * MOVERS; i++)
		if (!m[i].done)
			return false;
	return true;
}

static int enable(void *arg)
{
	sva_enable_kernel(guest_kernel(arg));
	return 0;
}

/* Two guests, more descriptors than the queue takes: none is lost, and every one is counted. */
static void test_trapped(void)
{
	struct mover m[2 * MOVERS] = {{0}};
	struct vdev_portal_stats st;
	struct guest *g[2];
	struct vm_stats vm;
	/* A device that eight processors' stores can fill. */
	static const char *const slow[] = {"dsa.read_bandwidth=4 GB/s"};
	u64 retries = 0;
	u32 i;

	sva_boot_with(slow, 1);
	for (i = 0; i < 2; i++) {
		g[i] = sva_guest_made(i ? "guest1" : "guest0", SHARE, SCN_MEMORY_PINNED, false);
		sva_run(g[i], enable);
	}
	for (i = 0; i < 2 * MOVERS; i++) {
		m[i] = (struct mover){.g = g[i / MOVERS], .index = i};
		CU_ASSERT_EQUAL(
			kernel_run_on_fiber(guest_kernel(m[i].g), move_by_stores, &m[i], "mover"),
			0);
	}
	CU_ASSERT_EQUAL(system_run_until(sva_sys, all_done, m), 0);
	for (i = 0; i < 2 * MOVERS; i++)
		CU_ASSERT_EQUAL(m[i].rc, 0);
	for (i = 0; i < 2; i++) {
		guest_vdev_portals(g[i], 0, &st);
		CU_ASSERT_EQUAL(st.descriptors, MOVERS * ROUNDS * (BEFORE + 1));
		CU_ASSERT_EQUAL(st.assembled, st.descriptors / 2);
		CU_ASSERT_EQUAL(st.pieces, 8 * st.assembled);
		CU_ASSERT_EQUAL(st.forwarded, st.descriptors);
		CU_ASSERT_EQUAL(st.translated, st.forwarded + st.retries);
		CU_ASSERT_EQUAL(st.refused + st.exhausted + st.incomplete, 0);
		retries += st.retries;
		guest_vm_stats(g[i], &vm);
		CU_ASSERT(vm.trapped_exits >= st.pieces + st.assembled);
	}
	CU_ASSERT(retries > 0);
	for (i = 0; i < 2; i++)
		sva_end(g[i]);
	sva_down();
}

/* ---- errors ---- */

static int make_error(void *arg)
{
	struct sva_program x = {.g = arg, .shared = true};
	/* No operation, and no record to say so. */
	struct dsa_hw_desc d = {.opcode = 0x3f};

	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
	fiber_sleep(1000 * US);
	process_exit(x.p);
	return 0;
}

static void errors_of(struct guest *g, char text[128])
{
	int n = ksys_read(guest_kernel(g), DEV "dsa0/errors", text, 127);

	text[n > 0 ? n : 0] = 0;
}

struct seen {
	struct guest *g;
	char text[128];
};

static int look(void *arg)
{
	struct seen *s = arg;

	errors_of(s->g, s->text);
	return 0;
}

/* PASID and queue number of the first quadword. */
static void parse(const char *text, u32 *pasid, u32 *wq)
{
	u32 w[8] = {0};

	sscanf(text, "%x,%x,%x,%x,%x,%x,%x,%x", &w[7], &w[6], &w[5], &w[4], &w[3], &w[2], &w[1],
	       &w[0]);
	*pasid = w[1] >> 8;
	*wq = w[0] >> 16 & 0xff;
}

static int set_broadcast(void *arg)
{
	(void)arg;
	return sva_put(system_host(sva_sys), DEV SHARE "/error_broadcast", "1");
}

static void errors(bool broadcast)
{
	struct seen own = {0}, other = {0};
	u32 pasid[2], wq[2];

	sva_boot();
	if (broadcast)
		CU_ASSERT_EQUAL(system_call(sva_sys, set_broadcast, NULL), 0);
	own.g = sva_guest_made("guest0", SHARE, SCN_MEMORY_PINNED, false);
	other.g = sva_guest_made("guest1", SHARE, SCN_MEMORY_PINNED, false);
	sva_run(own.g, sva_enable_first_user);
	sva_run(other.g, sva_enable_first_user);
	sva_run(own.g, make_error);
	CU_ASSERT_EQUAL(guest_call(own.g, look, &own), 0);
	CU_ASSERT_EQUAL(guest_call(other.g, look, &other), 0);
	parse(own.text, &pasid[0], &wq[0]);
	parse(other.text, &pasid[1], &wq[1]);
	CU_ASSERT_STRING_NOT_EQUAL(own.text, NO_ERROR);
	CU_ASSERT_NOT_EQUAL(pasid[0], 0);
	if (broadcast) {
		/* The host's numbers, to everyone. */
		CU_ASSERT_STRING_EQUAL(own.text, other.text);
		CU_ASSERT_EQUAL(wq[1], 2);
	} else {
		CU_ASSERT_EQUAL(wq[0], 0);
		CU_ASSERT_STRING_EQUAL(other.text, NO_ERROR);
	}
	sva_end(own.g);
	sva_end(other.g);
	sva_down();
}

static void test_own_errors(void)
{
	errors(false);
}

static void test_broadcast(void)
{
	errors(true);
}

/* ---- a guest that does not answer ---- */

static int no_page_events(void *arg)
{
	(void)arg;
	vk_write(VTD_REG_PECTL, 4, VTD_ECTL_IM);
	return 0;
}

/* Its device waits for a page, its kernel for the device, and the host's command register for both.
 */
static int drain_of_unanswered(void *arg)
{
	struct sva_program x = {.g = arg, .shared = true};
	struct dsa_hw_desc d;

	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	CU_ASSERT_EQUAL(process_touch(x.p, x.buf, 4096, true), 0);
	d = sva_copy_desc(&x, 4096);
	CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
	fiber_sleep(100 * US);
	gclient_reg_write(DSA_REG_CMD, 4, (u64)DSA_CMD_DRAIN_ALL << 20);
	CU_ASSERT_EQUAL(gclient_reg(DSA_REG_CMDSTS, 4), 0);
	/* Refused: its destination was absent. */
	CU_ASSERT_EQUAL(sva_wait_record(&x) & 0x3f, DSA_COMP_PAGE_FAULT_IR);
	/* Its own end would wait for its own queue. */
	vk_write(VTD_REG_PECTL, 4, 0);
	process_exit(x.p);
	return 0;
}

static int neighbour_works(void *arg)
{
	struct sva_program x = {.g = arg, .shared = true};

	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 3), DSA_COMP_SUCCESS);
	process_exit(x.p);
	return 0;
}

static void test_unanswered(void)
{
	struct guest *g[2];

	sva_boot();
	g[0] = sva_guest_made("guest0", SHARE, SCN_MEMORY_PINNED, false);
	g[1] = sva_guest_made("guest1", SHARE, SCN_MEMORY_PINNED, false);
	sva_run(g[0], sva_enable_first_user);
	sva_run(g[1], sva_enable_first_user);
	sva_run(g[0], no_page_events);
	sva_run(g[0], drain_of_unanswered);
	sva_run(g[1], neighbour_works);
	guest_free(g[0]);
	sva_end(g[1]);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guests on one shared queue", NULL, NULL);
	CU_add_test(s, "trapped portals of two guests", test_trapped);
	CU_add_test(s, "errors go to their owner", test_own_errors);
	CU_add_test(s, "errors go to everyone, as in 2020", test_broadcast);
	CU_add_test(s, "page requests that the guest never answers", test_unanswered);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
