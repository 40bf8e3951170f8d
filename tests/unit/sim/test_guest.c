// SPDX-License-Identifier: GPL-2.0
// Guests: the same driver on a virtual device, its work done by the physical one, nothing trapped
// on the way.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "vdev/core/vdev_traps.h"

#define DEV    "/sys/bus/dsa/devices/"
#define DRV    "/sys/bus/dsa/drivers/"
#define CONFIG "traces/configs/guests-dwq.json"
#define MIB    (1ull << 20)
#define US     1000000ull

static struct sim *sim;
static struct platform *plat;
static struct system *sys;
static u32 home; /* enum scn_home of all its guests */

/* ---- a host, its guests ---- */

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

static void boot(const char *const *sets, u32 nsets)
{
	struct cfg_error err = {""};
	int rc = platform_load(&plat, "spr", NULL, sets, nsets, &err);

	if (!rc) {
		sim = sim_new(1);
		rc = system_new(sim, plat, &sys, &err);
	}
	if (!rc)
		rc = system_configure(sys, CONFIG, -1, true, &err);
	if (rc)
		fail("boot", rc, &err);
}

static void down(void)
{
	struct kernel_stats st;

	kernel_get_stats(system_host(sys), &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.spurious_irqs, 0);
	system_free(sys);
	sim_free(sim);
	platform_free(plat);
}

/* A mediated device has one queue. */
static u32 home_for(const char *second)
{
	return second && home == SCN_HOME_KERNEL_MDEV ? SCN_HOME_KERNEL_CDEV : home;
}

static struct guest *guest_on(const char *name, const char *wq, const char *second)
{
	struct guest_cfg cfg = {.name = name, .memory = 256 * MIB, .node = -1, .nvdevs = 1};
	struct cfg_error err = {""};
	struct guest *g;
	int rc;

	cfg.home = home_for(second);
	cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = wq;
	if (second)
		cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = second;
	rc = guest_new(sys, &cfg, &g, &err);
	if (!rc)
		rc = guest_start(g, &err);
	if (rc)
		fail(name, rc, &err);
	return g;
}

static void check_quiet(struct guest *g)
{
	struct kernel_stats st;

	kernel_get_stats(guest_kernel(g), &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.spurious_irqs, 0);
}

static void expect_text(struct kernel *k, const char *path, const char *want)
{
	char text[4096];
	int n = ksys_read(k, path, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	if (strcmp(text, want))
		fprintf(stderr, "%s: \"%s\" (%d), not \"%s\"\n", path, text, n, want);
	CU_ASSERT_STRING_EQUAL(text, want);
}

static int put(struct kernel *k, const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

/* Enables the guest's device and its queue @wq for kernel clients, as accel-config would. */
static void enable(struct kernel *k, const char *wq)
{
	char path[64];

	snprintf(path, sizeof(path), DEV "%s/type", wq);
	CU_ASSERT_EQUAL(put(k, path, "kernel"), 0);
	snprintf(path, sizeof(path), DEV "%s/name", wq);
	CU_ASSERT_EQUAL(put(k, path, "dma"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver"))
		CU_ASSERT_EQUAL(put(k, DRV "idxd/bind", "dsa0"), 0);
	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/bind", wq), 0);
}

static u64 traps(struct guest *g)
{
	struct vdev_traps t;
	u64 sum = 0;
	u32 i;

	guest_vdev_traps(g, 0, &t);
	for (i = 0; i < VDEV_TRAP_COUNT; i++)
		sum += t.count[i];
	return sum;
}

static void run(struct guest *g, int (*body)(void *arg))
{
	CU_ASSERT_EQUAL(guest_call(g, body, g), 0);
}

/* An orderly end. */
static void end(struct guest *g)
{
	guest_shut_down(g);
	guest_free(g);
}

/* ---- what the guest finds ---- */

static int look(void *arg)
{
	struct kernel *k = guest_kernel(arg);

	expect_text(k, DEV "dsa0/state", "disabled");
	expect_text(k, DEV "dsa0/configurable", "0");
	expect_text(k, DEV "dsa0/version", "0x100");
	expect_text(k, DEV "dsa0/max_work_queues", "1");
	expect_text(k, DEV "dsa0/max_work_queues_size", "16");
	expect_text(k, DEV "dsa0/max_groups", "1");
	expect_text(k, DEV "dsa0/max_engines", "1");
	expect_text(k, DEV "dsa0/max_batch_size", "1024");
	expect_text(k, DEV "dsa0/pasid_enabled", "0");
	expect_text(k, DEV "dsa0/op_cap",
		    "00000000,00000000,00000000,00000000,"
		    "00000000,00000000,00000001,003f03fd");
	expect_text(k, DEV "wq0.0/mode", "dedicated");
	expect_text(k, DEV "wq0.0/size", "16");
	expect_text(k, DEV "wq0.0/max_transfer_size", "2097152");
	expect_text(k, DEV "group0.0/work_queues", "wq0.0");
	expect_text(k, DEV "group0.0/engines", "engine0.0");
	/* What is fixed is fixed. */
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/size", "8"), -EPERM);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/mode", "shared"), -EPERM);
	return 0;
}

/* ---- work ---- */

static int operations(void *arg)
{
	struct guest *g = arg;
	struct gclient *c;
	struct vm_stats before, after;
	u64 trapped;
	u32 i;

	enable(guest_kernel(g), "wq0.0");
	expect_text(guest_kernel(g), DEV "wq0.0/state", "enabled");
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(g, &before);
	trapped = traps(g);
	CU_ASSERT(trapped > 0);
	CU_ASSERT_EQUAL(gclient_noop(c, true), 0);
	CU_ASSERT_EQUAL(gclient_noop(c, false), 0);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 1, true), 0);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 2, false), 0);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 64 + i, i, i & 1), 0);
	guest_vm_stats(g, &after);
	/* Submission, DMA, completion: none of it left the guest. */
	CU_ASSERT_EQUAL(after.exits, before.exits);
	CU_ASSERT_EQUAL(traps(g), trapped);
	CU_ASSERT_EQUAL(after.direct_submission - before.direct_submission, 54);
	/* One for each operation that did not poll. */
	CU_ASSERT_EQUAL(after.interrupts - before.interrupts, 27);
	gclient_close(c);
	return 0;
}

/* Addresses outside the guest's memory are nobody's, the host's and another guest's too. */
static int outside(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_read_at(c, 0), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(gclient_read_at(c, 1ull << 33), DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(gclient_read_at(c, 0x200000 + 256 * MIB - 64), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(gclient_read_at(c, 0x200000 + 256 * MIB), DSA_COMP_PAGE_FAULT_NOBOF);
	gclient_close(c);
	return 0;
}

static int disable(void *arg)
{
	struct kernel *k = guest_kernel(arg);

	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/unbind", "wq0.0"), 0);
	expect_text(k, DEV "wq0.0/state", "disabled");
	CU_ASSERT_PTR_NULL(gclient_open("wq0.0"));
	CU_ASSERT_EQUAL(put(k, DRV "idxd/unbind", "dsa0"), 0);
	expect_text(k, DEV "dsa0/state", "disabled");
	return 0;
}

static int host_works(void *arg)
{
	struct gclient *c = gclient_open("wq0.3");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 3, false), 0);
	gclient_close(c);
	return 0;
}

static void exits_by_class(struct guest *g)
{
	struct vdev_traps t;
	struct vm_stats st;

	guest_vdev_traps(g, 0, &t);
	guest_vm_stats(g, &st);
	CU_ASSERT(t.count[VDEV_TRAP_CONFIG_READ] > 0);
	CU_ASSERT(t.count[VDEV_TRAP_CONFIG_WRITE] > 0);
	CU_ASSERT(t.count[VDEV_TRAP_REG_READ] > 0);
	CU_ASSERT(t.count[VDEV_TRAP_REG_WRITE] > 0);
	CU_ASSERT(t.count[VDEV_TRAP_COMMAND] > 0);
	CU_ASSERT(t.count[VDEV_TRAP_MSIX] > 0);
	/* Every exit but those for functions that are not there was one of the device's. */
	CU_ASSERT_EQUAL(st.exits, st.config_exits + st.trapped_exits + st.unclaimed_exits);
	CU_ASSERT_EQUAL(st.trapped_exits,
			t.count[VDEV_TRAP_REG_READ] + t.count[VDEV_TRAP_REG_WRITE] +
				t.count[VDEV_TRAP_COMMAND] + t.count[VDEV_TRAP_MSIX]);
	CU_ASSERT_EQUAL(st.unclaimed_exits, 0);
}

/* What the host has given out. */
struct possessions {
	struct kernel_stats k;
	struct kernel_dmar_stats dmar;
};

static void count_possessions(struct possessions *p)
{
	kernel_get_stats(system_host(sys), &p->k);
	kernel_dmar_get_stats(system_host(sys), &p->dmar);
}

static void one_guest(const char *const *sets, u32 nsets)
{
	struct possessions before, after;
	struct guest *g;

	boot(sets, nsets);
	g = guest_on("guest0", "wq0.0", NULL);
	run(g, look);
	run(g, operations);
	run(g, outside);
	run(g, disable);
	run(g, operations);
	exits_by_class(g);
	check_quiet(g);
	end(g);
	CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	count_possessions(&before);
	/* All that it had is free for the next one, which leaves no less. */
	g = guest_on("guest1", "wq0.0", NULL);
	run(g, operations);
	check_quiet(g);
	end(g);
	count_possessions(&after);
	CU_ASSERT_EQUAL(after.k.pages, before.k.pages);
	CU_ASSERT_EQUAL(after.k.slab_bytes, before.k.slab_bytes);
	CU_ASSERT_EQUAL(after.dmar.pasids, before.dmar.pasids);
	down();
}

static void test_one(void)
{
	/* Interrupt handles by command, as well as by slot number. */
	static const char *const handles[] = {"dsa.gencap=0x40915f0117"};

	one_guest(NULL, 0);
	one_guest(handles, 1);
}

/* ---- two at once ---- */

struct pair {
	struct guest *g;
	u32 seed;
	int rc;
	bool done;
};

static void mover(void *arg)
{
	struct pair *p = arg;
	struct gclient *c = gclient_open("wq0.0");
	u32 i;

	for (i = 0; i < 100 && c && !p->rc; i++)
		p->rc = gclient_move(c, 4096 + 512 * i, p->seed + i, i % 3 == 0);
	if (c)
		gclient_close(c);
	else
		p->rc = -ENODEV;
	p->done = true;
}

static bool both_done(void *arg)
{
	struct pair *p = arg;

	return p[0].done && p[1].done;
}

static int enable_first(void *arg)
{
	enable(guest_kernel(arg), "wq0.0");
	return 0;
}

static void test_two(void)
{
	struct pair p[2] = {{.seed = 1}, {.seed = 99}};
	u64 exits[2];
	struct vm_stats st;
	u32 i;

	boot(NULL, 0);
	for (i = 0; i < 2; i++) {
		p[i].g = guest_on(i ? "guest1" : "guest0", i ? "wq0.1" : "wq0.0", NULL);
		run(p[i].g, enable_first);
	}
	for (i = 0; i < 2; i++) {
		guest_vm_stats(p[i].g, &st);
		exits[i] = st.exits;
		CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(p[i].g), mover, &p[i], "mover"),
				0);
	}
	CU_ASSERT_EQUAL(system_run_until(sys, both_done, p), 0);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(p[i].rc, 0);
		guest_vm_stats(p[i].g, &st);
		CU_ASSERT_EQUAL(st.exits, exits[i]);
		CU_ASSERT_EQUAL(st.direct_submission, 100);
		check_quiet(p[i].g);
	}
	/* One goes, the other stays. */
	end(p[0].g);
	p[1].done = false;
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(p[1].g), mover, &p[1], "mover"), 0);
	p[0].done = true;
	CU_ASSERT_EQUAL(system_run_until(sys, both_done, p), 0);
	CU_ASSERT_EQUAL(p[1].rc, 0);
	CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	end(p[1].g);
	down();
}

/* ---- killed ---- */

static bool killer_sees(void *arg)
{
	struct vm_stats st;

	guest_vm_stats(arg, &st);
	return st.direct_submission > 20;
}

static void prober(void *arg)
{
	(void)arg;
	for (;;) {
		gclient_config(0, 4);
		gclient_raw_submit(0, 2);
		gclient_reg_write(DSA_REG_CMD, 4, (u64)DSA_CMD_DRAIN_ALL << 20);
	}
}

/* The guest moves data and looks at its device from two more processors; it has begun to. */
static void keep_busy(struct pair *p)
{
	run(p->g, enable_first);
	kernel_run_on_fiber(guest_kernel(p->g), mover, p, "mover");
	kernel_run_on_fiber(guest_kernel(p->g), prober, p->g, "prober");
	kernel_run_on_fiber(guest_kernel(p->g), prober, p->g, "prober");
	CU_ASSERT_EQUAL(system_run_until(sys, killer_sees, p->g), 0);
}

/* The plug is pulled while processors are in the host, in a portal, in the driver. */
static void test_killed(void)
{
	static const char *const slow[] = {"cpu.vm_exit=5 ms"};
	struct pair p = {.seed = 3};
	u32 i, step;

	/* Long enough that nothing is over by the time the rest is taken apart. */
	boot(slow, 1);
	for (i = 0; i < 20; i++) {
		struct guest *g = guest_on("guest0", "wq0.0", NULL);

		p = (struct pair){.g = g, .seed = i};
		keep_busy(&p);
		for (step = 0; step < 7 * i; step++)
			sim_step(sim);
		guest_free(g);
		CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	}
	down();
}

static int queue_rests(void *arg)
{
	(void)arg;
	expect_text(system_host(sys), DEV "wq0.0/state", "disabled");
	return 0;
}

/* The monitor dies while the guest works, traps and commands. */
static void test_monitor_killed(void)
{
	struct possessions before, after;
	struct pair p;
	u32 i, step;

	boot(NULL, 0);
	for (i = 0; i < 12; i++) {
		struct guest *g = guest_on("guest0", "wq0.0", NULL);

		p = (struct pair){.g = g, .seed = i};
		keep_busy(&p);
		for (step = 0; step < 11 * i; step++)
			sim_step(sim);
		guest_kill_monitor(g);
		/* The queue is stopped and free, whatever the guest still tries. */
		for (step = 0; step < 1000; step++)
			sim_step(sim);
		CU_ASSERT_EQUAL(system_call(sys, queue_rests, NULL), 0);
		CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
		guest_free(g);
		count_possessions(i ? &after : &before);
	}
	CU_ASSERT_EQUAL(after.k.pages - after.k.slab_spare, before.k.pages - before.k.slab_spare);
	CU_ASSERT_EQUAL(after.k.slab_bytes, before.k.slab_bytes);
	CU_ASSERT_EQUAL(after.dmar.pasids, before.dmar.pasids);
	down();
}

/* ---- composing ---- */

static int second_queue(void *arg)
{
	struct kernel *k = guest_kernel(arg);
	struct gclient *a, *b;
	struct vm_stats before, after;
	u32 i;

	expect_text(k, DEV "dsa0/max_work_queues", "2");
	expect_text(k, DEV "dsa0/max_work_queues_size", "24");
	expect_text(k, DEV "group0.0/work_queues", "wq0.0 wq0.1");
	expect_text(k, DEV "wq0.1/size", "8");
	enable(k, "wq0.0");
	enable(k, "wq0.1");
	a = gclient_open("wq0.0");
	b = gclient_open("wq0.1");
	CU_ASSERT_FATAL(a && b);
	guest_vm_stats(arg, &before);
	for (i = 0; i < 8; i++) {
		CU_ASSERT_EQUAL(gclient_move(a, 4096, i, false), 0);
		CU_ASSERT_EQUAL(gclient_move(b, 8192, ~i, false), 0);
	}
	guest_vm_stats(arg, &after);
	CU_ASSERT_EQUAL(after.exits, before.exits);
	CU_ASSERT_EQUAL(after.interrupts - before.interrupts, 16);
	gclient_close(a);
	/* One queue stops, the other goes on. */
	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/unbind", "wq0.0"), 0);
	CU_ASSERT_EQUAL(gclient_move(b, 65536, 5, false), 0);
	gclient_close(b);
	return 0;
}

static int refusal(const char *wq, const char *second)
{
	struct guest_cfg cfg = {.name = "refused", .memory = 16 * MIB, .node = -1, .nvdevs = 1};
	struct cfg_error err = {""};
	struct guest *g;

	cfg.home = home_for(second);
	cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = wq;
	if (second)
		cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = second;
	return guest_new(sys, &cfg, &g, &err);
}

/* The host's groups 0 and 1 become the guest's own. */
static int two_groups(void *arg)
{
	struct kernel *k = guest_kernel(arg);
	struct gclient *c;

	expect_text(k, DEV "dsa0/max_groups", "2");
	expect_text(k, DEV "dsa0/max_engines", "2");
	expect_text(k, DEV "group0.0/work_queues", "wq0.0");
	expect_text(k, DEV "group0.0/engines", "engine0.0");
	expect_text(k, DEV "group0.1/work_queues", "wq0.1");
	expect_text(k, DEV "group0.1/engines", "engine0.1");
	enable(k, "wq0.1");
	enable(k, "wq0.0");
	c = gclient_open("wq0.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_move(c, 8192, 7, false), 0);
	gclient_close(c);
	return 0;
}

static void test_compose(void)
{
	struct guest *g;

	boot(NULL, 0);
	CU_ASSERT_EQUAL(refusal("wq0.3", NULL), -ENODEV);
	CU_ASSERT_EQUAL(refusal("wq0.9", NULL), -ENODEV);
	CU_ASSERT_EQUAL(refusal("wq0.1", "wq0.1"), -EBUSY);
	g = guest_on("guest0", "wq0.1", "wq0.2");
	run(g, second_queue);
	CU_ASSERT_EQUAL(refusal("wq0.2", NULL), -EBUSY);
	check_quiet(g);
	end(g);
	g = guest_on("groups", "wq0.1", "wq0.0");
	run(g, two_groups);
	check_quiet(g);
	end(g);
	/* What was refused left nothing behind. */
	g = guest_on("guest1", "wq0.0", NULL);
	run(g, operations);
	end(g);
	down();
}

/* ---- errors and resets ---- */

/* More than the queue holds: the physical device's error becomes the guest's own. */
static int overflow(void *arg)
{
	struct kernel *k = guest_kernel(arg);
	struct gclient *c;
	char text[128] = "";
	const char *first;

	enable(k, "wq0.0");
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	gclient_flood(c, 30);
	fiber_sleep(1000 * US);
	ksys_read(k, DEV "dsa0/errors", text, sizeof(text) - 1);
	/* Error 0x53 of queue 0, the guest's number for the host's queue 2; no PASID. */
	first = strrchr(text, ',');
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT(!strncmp(first, ",00005309", 9) || !strncmp(first, ",0000530b", 9));
	CU_ASSERT_EQUAL(strncmp(first - 9, ",00000000", 9), 0);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 4, false), 0);
	gclient_close(c);
	return disable(arg);
}

static int no_error_seen(void *arg)
{
	expect_text(guest_kernel(arg), DEV "dsa0/errors",
		    "00000000,00000000,00000000,00000000,"
		    "00000000,00000000,00000000,00000000");
	return 0;
}

static int wait_state(struct kernel *k, const char *want)
{
	char text[64];
	u32 i;

	for (i = 0; i < 2000; i++) {
		int n = ksys_read(k, DEV "dsa0/state", text, sizeof(text) - 1);

		text[n > 0 ? n : 0] = 0;
		text[strcspn(text, "\n")] = 0;
		if (!strcmp(text, want))
			return 0;
		fiber_sleep(100 * US);
	}
	return -ETIMEDOUT;
}

/* Takes the bus from a working device: it stops, its driver resets it, work goes on. */
static int bus_master_game(void *arg)
{
	struct kernel *k = guest_kernel(arg);
	struct gclient *c;
	u32 command;

	enable(k, "wq0.0");
	command = gclient_config(4, 2);
	gclient_config_write(4, 2, command & ~4u);
	CU_ASSERT_EQUAL(gclient_reg(DSA_REG_GENSTS, 4) & 3, DSA_STATE_HALT);
	gclient_config_write(4, 2, command);
	fiber_sleep(1000 * US);
	CU_ASSERT_EQUAL(wait_state(k, "enabled"), 0);
	fiber_sleep(1000 * US);
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 9, false), 0);
	gclient_close(c);
	return 0;
}

/* The physical device stops and is brought back by the host's driver, then this one by its own. */
static int after_host_halt(void *arg)
{
	struct kernel *k = guest_kernel(arg);
	struct gclient *c;

	dsa_halt(machine_dsa(system_machine(sys), 0), DSA_RESET_SOFTWARE);
	CU_ASSERT_EQUAL(wait_state(k, "halted"), 0);
	CU_ASSERT_EQUAL(wait_state(k, "enabled"), 0);
	fiber_sleep(5000 * US);
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 10, true), 0);
	CU_ASSERT_EQUAL(gclient_move(c, 65536, 11, false), 0);
	gclient_close(c);
	return 0;
}

static void test_errors(void)
{
	struct guest *g, *neighbour;

	boot(NULL, 0);
	g = guest_on("guest0", "wq0.2", NULL);
	neighbour = guest_on("guest1", "wq0.1", NULL);
	run(neighbour, operations);
	run(g, overflow);
	run(neighbour, no_error_seen);
	run(g, bus_master_game);
	run(g, after_host_halt);
	run(neighbour, disable);
	run(neighbour, operations);
	end(g);
	run(neighbour, disable);
	end(neighbour);
	CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	down();
}

/* ---- losing the queue ---- */

static int take_queue(void *arg)
{
	(void)arg;
	CU_ASSERT_EQUAL(put(system_host(sys), DRV "mdev/unbind", "wq0.0"), 0);
	expect_text(system_host(sys), DEV "wq0.0/clients", "0");
	expect_text(system_host(sys), DEV "wq0.0/state", "disabled");
	return 0;
}

static int without_queue(void *arg)
{
	(void)arg;
	fiber_sleep(200000 * US);
	/* Its driver tried to bring the device back; the queue stays away. */
	CU_ASSERT_PTR_NULL(gclient_open("wq0.0"));
	gclient_raw_submit(0, 1);
	CU_ASSERT_NOT_EQUAL(gclient_reg(DSA_REG_VERSION, 4), 0xffffffff);
	return 0;
}

static void test_revoke(void)
{
	struct vm_stats before, after;
	struct guest *g;

	boot(NULL, 0);
	g = guest_on("guest0", "wq0.0", NULL);
	run(g, operations);
	guest_vm_stats(g, &before);
	CU_ASSERT_EQUAL(system_call(sys, take_queue, NULL), 0);
	run(g, without_queue);
	guest_vm_stats(g, &after);
	CU_ASSERT_EQUAL(after.direct_submission, before.direct_submission);
	/* The store reaches nobody, piece by piece. */
	CU_ASSERT_EQUAL(after.direct, before.direct);
	end(g);
	CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	down();
}

/* ---- losing the function ---- */

static char function_name[64];

static int unbind_function(void *arg)
{
	char path[256];
	int n = ksys_realpath(system_host(sys), DEV "wq0.0/../..", path, sizeof(path));

	(void)arg;
	CU_ASSERT_FATAL(n > 0);
	snprintf(function_name, sizeof(function_name), "%s", strrchr(path, '/') + 1);
	CU_ASSERT_EQUAL(put(system_host(sys), "/sys/bus/pci/drivers/idxd/unbind", function_name),
			0);
	CU_ASSERT(!ksys_exists(system_host(sys), DEV "dsa0"));
	return 0;
}

static int bind_function(void *arg)
{
	(void)arg;
	CU_ASSERT_EQUAL(put(system_host(sys), "/sys/bus/pci/drivers/idxd/bind", function_name), 0);
	return 0;
}

static int without_function(void *arg)
{
	(void)arg;
	gclient_raw_submit(0, 1);
	gclient_reg(DSA_REG_VERSION, 4);
	fiber_sleep(1000 * US);
	return 0;
}

/* The host's driver lets go of the physical device while the guest works. */
static void test_unbound(void)
{
	struct cfg_error err = {""};
	struct vm_stats before, after;
	struct guest *g;

	boot(NULL, 0);
	g = guest_on("guest0", "wq0.0", NULL);
	run(g, operations);
	guest_vm_stats(g, &before);
	CU_ASSERT_EQUAL(system_call(sys, unbind_function, NULL), 0);
	run(g, without_function);
	guest_vm_stats(g, &after);
	CU_ASSERT_EQUAL(after.direct, before.direct);
	guest_free(g);
	CU_ASSERT_EQUAL(system_call(sys, bind_function, NULL), 0);
	CU_ASSERT_EQUAL(system_configure(sys, CONFIG, -1, true, &err), 0);
	g = guest_on("guest1", "wq0.0", NULL);
	run(g, operations);
	end(g);
	down();
}

/* ---- anything at all ---- */

static u64 random_state;

static u32 any(u32 limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % limit;
}

static u64 any_value(void)
{
	static const u64 favourites[] = {0, ~0ull, 1, 0x80000000, 0xffffffff, 0x8000, 0x4, 0x6};

	if (any(2))
		return favourites[any(sizeof(favourites) / sizeof(favourites[0]))];
	return (u64)any(0x7fffffff) << 32 | (u64)any(0x7fffffff) << 1 | any(2);
}

/* Registers that act get more than their share. */
static u32 any_register(u32 width)
{
	static const u32 acting[] = {0x80,  0x88,  0x98,  0xa0,	 0xa8,	0xc0, 0x300,
				     0x308, 0x600, 0x60c, 0x610, 0x61c, 0x700};
	u32 off = any(2) ? acting[any(sizeof(acting) / sizeof(acting[0]))] : any(0x2000);

	return off & ~(width - 1);
}

static void any_access(void)
{
	u32 width = 1u << any(4);

	switch (any(8)) {
	case 0:
		width = width == 8 ? 4 : width;
		gclient_config(any(4096) & ~(width - 1), width);
		break;
	case 1:
		width = width == 8 ? 4 : width;
		gclient_config_write(any(any(4) ? 0x70 : 4096) & ~(width - 1), width, any_value());
		break;
	case 2:
		gclient_reg(any_register(width), width);
		break;
	case 3:
		/* A command, any of them. */
		gclient_reg_write(DSA_REG_CMD, 4,
				  (u64)any(32) << 20 | (any(2) ? any(8) : any(1 << 20)));
		break;
	case 4:
		gclient_raw_submit(0, any(3));
		break;
	default:
		gclient_reg_write(any_register(width), width, any_value());
	}
}

static int anything(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < 20000; i++) {
		any_access();
		/* Else it would soon be out of reach. */
		if (!any(12))
			gclient_repair();
	}
	return 0;
}

static void test_hostile(void)
{
	struct guest *g, *neighbour;
	struct pair both[2] = {{.done = true}, {.done = false}};
	struct vdev_traps t;
	u32 i;

	boot(NULL, 0);
	random_state = 2020;
	g = guest_on("guest0", "wq0.2", NULL);
	neighbour = guest_on("guest1", "wq0.1", NULL);
	run(neighbour, enable_first);
	both[1].g = neighbour;
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(neighbour), mover, &both[1], "mover"), 0);
	run(g, anything);
	guest_vdev_traps(g, 0, &t);
	for (i = 0; i < VDEV_TRAP_PORTAL; i++)
		CU_ASSERT(t.count[i] > 500);
	CU_ASSERT_EQUAL(system_run_until(sys, both_done, both), 0);
	CU_ASSERT_EQUAL(both[1].rc, 0);
	end(g);
	CU_ASSERT_EQUAL(system_call(sys, host_works, NULL), 0);
	check_quiet(neighbour);
	end(neighbour);
	down();
}

/* ---- another's interrupts ---- */

static int forge(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");
	struct vm_stats before, after;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	/* The first guest has slot 0; 1 is the other's, 2 nobody's. */
	CU_ASSERT_EQUAL(gclient_forge(c, 1), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(gclient_forge(c, 2), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(gclient_forge(c, 0xffff), DSA_COMP_INT_HANDLE_INVAL);
	/* The device also reports that as a software error, through vector 0. */
	fiber_sleep(100 * US);
	guest_vm_stats(arg, &before);
	CU_ASSERT_EQUAL(gclient_forge(c, 0), DSA_COMP_SUCCESS);
	fiber_sleep(100 * US);
	guest_vm_stats(arg, &after);
	CU_ASSERT_EQUAL(after.interrupts, before.interrupts + 1);
	gclient_close(c);
	return 0;
}

static void test_forged(void)
{
	struct vm_stats before, after;
	struct guest *g[2];

	boot(NULL, 0);
	g[0] = guest_on("guest0", "wq0.0", NULL);
	g[1] = guest_on("guest1", "wq0.1", NULL);
	run(g[0], enable_first);
	run(g[1], enable_first);
	guest_vm_stats(g[1], &before);
	run(g[0], forge);
	guest_vm_stats(g[1], &after);
	CU_ASSERT_EQUAL(after.interrupts, before.interrupts);
	end(g[0]);
	end(g[1]);
	down();
}

static int at_mdev(void)
{
	home = SCN_HOME_KERNEL_MDEV;
	return 0;
}

static int at_cdev(void)
{
	home = SCN_HOME_KERNEL_CDEV;
	return 0;
}

static int at_vmm(void)
{
	home = SCN_HOME_VMM;
	return 0;
}

int main(void)
{
	static const struct {
		const char *name;
		int (*choose)(void);
	} homes[] = {{"guest, mediated device", at_mdev},
		     {"guest, character device", at_cdev},
		     {"guest, composed by its monitor", at_vmm}};
	CU_pSuite s;
	u32 i;
	int failed;

	CU_initialize_registry();
	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		s = CU_add_suite(homes[i].name, homes[i].choose, NULL);
		CU_add_test(s, "one guest", test_one);
		CU_add_test(s, "two guests", test_two);
		CU_add_test(s, "killed", test_killed);
		CU_add_test(s, "monitor killed", test_monitor_killed);
		CU_add_test(s, "composing", test_compose);
		CU_add_test(s, "errors and resets", test_errors);
		CU_add_test(s, "queue taken away", test_revoke);
		CU_add_test(s, "device unbound", test_unbound);
		CU_add_test(s, "forged interrupt handle", test_forged);
		CU_add_test(s, "any access", test_hostile);
	}
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
