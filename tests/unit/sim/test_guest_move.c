// SPDX-License-Identifier: GPL-2.0
// Virtual devices paused, moved to other queues and devices, and robbed of their handles while
// their guests work: nothing is lost.
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
#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/monitor.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "vdev/core/vdev_traps.h"

#define DEV	"/sys/bus/dsa/devices/"
#define DRV	"/sys/bus/dsa/drivers/"
#define CONFIG	"traces/configs/guests-move.json"
#define MIB	(1ull << 20)
#define US	1000000ull
#define CLIENTS 20

static struct sim *sim;
static struct platform *plat;
static struct system *sys;

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

/* Two devices; @handles: they hand out interrupt handles by command. */
static void boot(bool handles)
{
	static const char *const sets[] = {"devices=[{socket: 0}, {socket: 0}]",
					   "dsa.gencap=0x40915f0117"};
	struct cfg_error err = {""};
	int rc = platform_load(&plat, "spr", NULL, sets, handles ? 2 : 1, &err);

	if (!rc) {
		sim = sim_new(1);
		rc = system_new(sim, plat, &sys, &err);
	}
	if (!rc)
		rc = system_configure(sys, CONFIG, -1, true, &err);
	if (rc)
		fail("boot", rc, &err);
}

static void check_quiet(struct kernel *k)
{
	struct kernel_stats st;

	kernel_get_stats(k, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.spurious_irqs, 0);
}

static void down(void)
{
	check_quiet(system_host(sys));
	system_free(sys);
	sim_free(sim);
	platform_free(plat);
}

/* A device of two queues. */
static struct guest_vdev_cfg pair(const char *first, const char *second)
{
	return (struct guest_vdev_cfg){.wqs = {first, second}, .nwqs = 2};
}

static struct guest_vdev_cfg one(const char *wq)
{
	return (struct guest_vdev_cfg){.wqs = {wq}, .nwqs = 1};
}

/* Mediated devices are made of one queue; of two they have no file. */
#define DIRECT SCN_HOME_KERNEL_MDEV

static struct guest *guest_on(struct guest_vdev_cfg vdev, bool sva, u32 interrupts, u32 home)
{
	struct guest_cfg cfg = {.name = "guest",
				.memory = 64 * MIB,
				.node = -1,
				.cpus = 4,
				.nvdevs = 1,
				.home = home,
				.interrupts = interrupts,
				.sva = sva};
	struct cfg_error err = {""};
	struct guest *g;
	int rc;

	cfg.vdev[0] = vdev;
	rc = guest_new(sys, &cfg, &g, &err);
	if (!rc)
		rc = guest_start(g, &err);
	if (rc)
		fail("guest", rc, &err);
	return g;
}

static void end(struct guest *g)
{
	check_quiet(guest_kernel(g));
	guest_shut_down(g);
	guest_free(g);
}

static int put(struct kernel *k, const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

static void enable_one(struct kernel *k, const char *type, const char *driver)
{
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/type", type), 0);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/name", "work"), 0);
	CU_ASSERT_EQUAL(put(k, DRV "idxd/bind", "dsa0"), 0);
	CU_ASSERT_EQUAL(put(k, driver, "wq0.0"), 0);
}

static void enable(struct kernel *k, const char *type, const char *driver)
{
	enable_one(k, type, driver);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.1/type", type), 0);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.1/name", "more"), 0);
	CU_ASSERT_EQUAL(put(k, driver, "wq0.1"), 0);
}

static int enable_kernel(void *arg)
{
	enable(guest_kernel(arg), "kernel", DRV "dmaengine/bind");
	return 0;
}

static int enable_kernel_one(void *arg)
{
	enable_one(guest_kernel(arg), "kernel", DRV "dmaengine/bind");
	return 0;
}

static int enable_user(void *arg)
{
	enable(guest_kernel(arg), "user", DRV "user/bind");
	return 0;
}

static int enable_user_one(void *arg)
{
	enable_one(guest_kernel(arg), "user", DRV "user/bind");
	return 0;
}

/* ---- what is done to the device meanwhile ---- */

static void rest(u64 us)
{
	sim_run(sim, sim_now(sim) + us * US);
}

static void move_to(struct guest *g, const struct guest_vdev_cfg *to)
{
	CU_ASSERT_EQUAL(guest_vdev_move(g, 0, to), 0);
	rest(60);
}

static void pause_for(struct guest *g, u64 us)
{
	CU_ASSERT_EQUAL(guest_vdev_pause(g, 0), 0);
	CU_ASSERT_EQUAL(guest_vdev_pause(g, 0), -EALREADY);
	rest(us);
	CU_ASSERT_EQUAL(guest_vdev_resume(g, 0), 0);
	CU_ASSERT_EQUAL(guest_vdev_resume(g, 0), -EINVAL);
	rest(30);
}

/* To other queues of its device and of another one, and to where it cannot go. */
static void torment(struct guest *g, const struct guest_vdev_cfg to[4],
		    const struct guest_vdev_cfg *other_kind, int not_there, bool shared)
{
	struct guest_vdev_cfg none = to[0], split = pair("wq0.0", "wq1.4");
	struct vdev_portal_stats st;
	u32 i;

	none.wqs[0] = "wq9.8";
	rest(40);
	for (i = 0; i < 3; i++) {
		pause_for(g, 20 + 30 * i);
		move_to(g, &to[1]);
		CU_ASSERT_EQUAL(guest_vdev_revoke_handles(g, 0), 0);
		rest(50);
		move_to(g, &to[2 + i % 2]);
		/* What cannot be leaves it where it is, at work. */
		CU_ASSERT_EQUAL(guest_vdev_move(g, 0, &none), -ENODEV);
		if (to[0].nwqs == 2)
			CU_ASSERT_EQUAL(guest_vdev_move(g, 0, &split), -EXDEV);
		CU_ASSERT_EQUAL(guest_vdev_move(g, 0, other_kind), not_there);
		rest(30);
		move_to(g, &to[0]);
		/* A share can be had twice of one queue. */
		CU_ASSERT_EQUAL(guest_vdev_move(g, 0, &to[0]), shared ? 0 : -EBUSY);
	}
	guest_vdev_portals(g, 0, &st);
	CU_ASSERT(st.queued > 0);
	CU_ASSERT_EQUAL(st.queued, st.resubmitted);
	CU_ASSERT_EQUAL(st.refused + st.exhausted + st.incomplete, 0);
	/* More programs than entries: ENQCMD was answered with retry. */
	CU_ASSERT(!shared || st.busy > 0);
}

/* ---- clients in the guest's kernel ---- */

struct worker {
	struct guest *g;
	u32 index, done;
	bool stop, over;
	int rc;
	/* Programs. */
	struct process *p;
	u64 portal, buf, record;
	bool shared;
	bool dies; /* with its machine: waits for nothing any more */
};

static bool all_over(void *arg)
{
	struct worker *w = arg;
	u32 i;

	for (i = 0; i < CLIENTS; i++)
		if (!w[i].over)
			return false;
	return true;
}

static void kernel_worker(void *arg)
{
	struct worker *w = arg;
	struct gclient *c = gclient_open(w->index & 2 ? "wq0.1" : "wq0.0");

	while (c && !w->stop && !w->rc) {
		w->rc = gclient_move(c, 512 + 1024 * (w->done % 40), w->index * 1000 + w->done,
				     w->index & 1);
		w->done++;
	}
	if (c)
		gclient_close(c);
	else
		w->rc = -ENODEV;
	w->over = true;
}

/* More than the queue holds: past the driver's count. */
static void flooder(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");

	(void)arg;
	for (;;)
		gclient_flood(c, 100);
}

static void start(struct guest *g, struct worker *w, void (*body)(void *arg), bool shared)
{
	u32 i;

	for (i = 0; i < CLIENTS; i++) {
		w[i] = (struct worker){.g = g, .index = i, .shared = shared};
		CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(g), body, &w[i], "worker"), 0);
	}
}

static void stop(struct worker *w, u32 least)
{
	u32 i;

	for (i = 0; i < CLIENTS; i++)
		w[i].stop = true;
	CU_ASSERT_EQUAL(system_run_until(sys, all_over, w), 0);
	for (i = 0; i < CLIENTS; i++) {
		CU_ASSERT_EQUAL(w[i].rc, 0);
		CU_ASSERT(w[i].done > least);
	}
}

/* Its driver has asked for new handles, sent again what had the old ones, and said so. */
static int processed(void *arg)
{
	CU_ASSERT_EQUAL(SPEC_GET(DSA_CMD_CODE, gclient_reg(DSA_REG_CMD, 4)),
			DSA_CMD_REVOKED_PROCESSED);
	CU_ASSERT_EQUAL(gclient_reg(DSA_REG_CMDSTS, 4), 0);
	return 0;
}

static void kernel_clients(bool handles, u32 interrupts, u32 home, u32 nwqs)
{
	const struct guest_vdev_cfg two[] = {pair("wq0.0", "wq0.1"), pair("wq0.3", "wq0.2"),
					     pair("wq1.0", "wq1.1"), pair("wq1.2", "wq1.3")},
				    single[] = {one("wq0.0"), one("wq0.3"), one("wq1.0"),
						one("wq1.2")};
	const struct guest_vdev_cfg other = nwqs == 1 ? one("wq0.4") : pair("wq0.4", "wq0.5"),
				    *to = nwqs == 1 ? single : two;
	/* Who composes finds that a share needs PASIDs; who is given a device, that it is another.
	 */
	bool composes = home == SCN_HOME_VMM || (home == DIRECT && nwqs == 2);
	struct worker w[CLIENTS];
	struct guest *g;
	u32 i;

	boot(handles);
	g = guest_on(to[0], false, interrupts, home);
	CU_ASSERT_EQUAL(guest_call(g, nwqs == 1 ? enable_kernel_one : enable_kernel, g), 0);
	start(g, w, kernel_worker, false);
	for (i = 0; nwqs == 1 && i < CLIENTS; i++)
		w[i].index &= ~2u;
	torment(g, to, &other, composes ? -EINVAL : -EOPNOTSUPP, false);
	CU_ASSERT_EQUAL(guest_call(g, processed, g), 0);
	stop(w, 10);
	end(g);
	down();
}

static void test_kernel(void)
{
	static const u32 homes[] = {DIRECT, SCN_HOME_KERNEL_CDEV, SCN_HOME_VMM};
	u32 i;

	for (i = 0; i < 3; i++) {
		kernel_clients(false, SCN_INTERRUPTS_REMAPPED, homes[i], 2);
		kernel_clients(true, SCN_INTERRUPTS_REMAPPED, homes[i], 2);
		kernel_clients(false, SCN_INTERRUPTS_POSTED, homes[i], 2);
	}
}

/* VFIO's migration states, from one group to another. */
static void test_mediated(void)
{
	kernel_clients(false, SCN_INTERRUPTS_REMAPPED, SCN_HOME_KERNEL_MDEV, 1);
	kernel_clients(true, SCN_INTERRUPTS_REMAPPED, SCN_HOME_KERNEL_MDEV, 1);
	kernel_clients(false, SCN_INTERRUPTS_POSTED, SCN_HOME_KERNEL_MDEV, 1);
}

static int is_processed(void *arg)
{
	u32 *over = arg;

	*over = SPEC_GET(DSA_CMD_CODE, gclient_reg(DSA_REG_CMD, 4)) == DSA_CMD_REVOKED_PROCESSED &&
		!gclient_reg(DSA_REG_CMDSTS, 4);
	return 0;
}

static u64 commands(struct guest *g)
{
	struct vdev_traps traps;

	guest_vdev_traps(g, 0, &traps);
	return traps.count[VDEV_TRAP_COMMAND];
}

/* New handles for each queue, and the word that it has them. */
static void revoke(struct guest *g, struct dsa *dsa, u32 nwqs)
{
	u64 before = commands(g);
	u32 i, over = 0;

	dsa_revoke_handles(dsa);
	for (i = 0; i < 100 && !over; i++) {
		rest(20);
		CU_ASSERT_EQUAL(guest_call(g, is_processed, &over), 0);
		over = over && commands(g) >= before + nwqs + 1;
	}
	CU_ASSERT(over);
}

/*
 * The physical devices' own handles become void under load, while the guest's device runs, is
 * paused, and moves: the guest hears of it each time, and nobody waits for an interrupt in vain.
 */
static void host_revokes(u32 home, u32 nwqs)
{
	const struct guest_vdev_cfg to = nwqs == 1 ? one("wq1.0") : pair("wq1.0", "wq1.1"),
				    from = nwqs == 1 ? one("wq0.0") : pair("wq0.0", "wq0.1");
	struct dsa *dsa[2];
	struct worker w[CLIENTS];
	struct guest *g;
	u64 before;
	u32 i;

	boot(true);
	for (i = 0; i < 2; i++)
		dsa[i] = machine_dsa(system_machine(sys), i);
	g = guest_on(from, false, SCN_INTERRUPTS_REMAPPED, home);
	CU_ASSERT_EQUAL(guest_call(g, nwqs == 1 ? enable_kernel_one : enable_kernel, g), 0);
	start(g, w, kernel_worker, false);
	for (i = 0; i < CLIENTS; i++)
		w[i].index &= nwqs == 1 ? ~2u : ~0u;
	for (i = 0; i < 4; i++) {
		rest(37);
		revoke(g, dsa[0], nwqs);
		CU_ASSERT_EQUAL(guest_vdev_pause(g, 0), 0);
		before = commands(g);
		dsa_revoke_handles(dsa[0]);
		rest(20);
		CU_ASSERT_EQUAL(guest_vdev_resume(g, 0), 0);
		rest(i & 1 ? 300 : 0);
		CU_ASSERT(!(i & 1) || commands(g) >= before + nwqs + 1);
		CU_ASSERT_EQUAL(guest_vdev_move(g, 0, &to), 0);
		rest(50);
		revoke(g, dsa[1], nwqs);
		CU_ASSERT_EQUAL(guest_vdev_move(g, 0, &from), 0);
	}
	stop(w, 10);
	end(g);
	down();
}

static void test_host_revokes(void)
{
	host_revokes(DIRECT, 2);
	host_revokes(SCN_HOME_KERNEL_MDEV, 1);
	host_revokes(SCN_HOME_KERNEL_CDEV, 2);
	host_revokes(SCN_HOME_VMM, 2);
}

/* ---- programs of the guest ---- */

#define SIZE 8192

static int open_portal(struct worker *w)
{
	struct process_map m = {
		.kind = PROCESS_MAP_DEVICE, .len = 4096, .prot = PROCESS_PROT_WRITE, .node = -1};
	s64 va;

	w->p = process_new(guest_kernel(w->g), "copier", 0);
	m.fd = process_open(w->p, w->index & 2 ? "/dev/dsa/wq0.1" : "/dev/dsa/wq0.0");
	if (m.fd < 0)
		return m.fd;
	va = process_mmap(w->p, &m);
	if (va < 0)
		return va;
	w->portal = va;
	m = (struct process_map){.kind = PROCESS_MAP_ANON,
				 .len = 2 * SIZE + 4096,
				 .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				 .fd = -1,
				 .node = -1};
	va = process_mmap(w->p, &m);
	if (va < 0)
		return va;
	w->buf = va;
	w->record = va + 2 * SIZE;
	return process_touch(w->p, w->buf, 2 * SIZE + 4096, true);
}

/* ENQCMD until it is taken: while the device is paused that may last. */
static int submit(struct worker *w, const struct dsa_hw_desc *d)
{
	int rc = -EAGAIN;
	u32 i;

	if (!w->shared)
		return process_movdir64b(w->p, w->portal, d);
	for (i = 0; i < 100000 && rc == -EAGAIN && !w->dies; i++) {
		rc = process_enqcmd(w->p, w->portal, d);
		if (rc == -EAGAIN)
			fiber_sleep(US);
	}
	return rc;
}

static int wait_record(struct worker *w)
{
	u8 status = 0;
	u32 i;

	for (i = 0; i < 20000 && !status && !w->dies; i++) {
		if (process_copy_in(w->p, &status, w->record, 1))
			return -EFAULT;
		if (!status)
			fiber_sleep(US / 2);
	}
	if ((status & 0x3f) == DSA_COMP_SUCCESS)
		return 0;
	return status ? status & 0x3f : -ETIMEDOUT;
}

static int copy(struct worker *w, u32 bytes, u32 seed)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_CC,
				.completion_addr = w->record,
				.src_addr = w->buf,
				.dst_addr = w->buf + SIZE,
				.xfer_size = bytes};
	u8 want[SIZE], got[SIZE], zero[32] = {0};
	u32 i;
	int rc;

	for (i = 0; i < bytes; i++)
		want[i] = (u8)(seed + i * 7);
	rc = process_copy_out(w->p, w->buf, want, bytes);
	if (!rc)
		rc = process_copy_out(w->p, w->record, zero, sizeof(zero));
	if (!rc)
		rc = submit(w, &d);
	if (!rc)
		rc = wait_record(w);
	if (!rc)
		rc = process_copy_in(w->p, got, w->buf + SIZE, bytes);
	return !rc && memcmp(want, got, bytes) ? -EILSEQ : rc;
}

static void program(void *arg)
{
	struct worker *w = arg;

	w->rc = open_portal(w);
	while (!w->stop && !w->rc) {
		w->rc = copy(w, 64 + 128 * (w->done % 60), w->index * 1000 + w->done);
		w->done++;
	}
	if (w->rc && !w->dies)
		fprintf(stderr, "program %u, turn %u: %d\n", w->index, w->done, w->rc);
	process_exit(w->p);
	w->over = true;
}

/* Programs on shares: ENQCMD with the guest's own PASIDs. */
static void programs(u32 home, u32 nwqs)
{
	const struct guest_vdev_cfg two[] = {pair("wq0.4", "wq0.5"), pair("wq0.7", "wq0.5"),
					     pair("wq1.4", "wq1.5"), pair("wq1.6", "wq1.7")},
				    single[] = {one("wq0.4"), one("wq0.7"), one("wq1.4"),
						one("wq1.6")};
	const struct guest_vdev_cfg other = nwqs == 1 ? one("wq0.0") : pair("wq0.0", "wq0.1"),
				    *to = nwqs == 1 ? single : two;
	struct worker w[CLIENTS];
	struct guest *g;
	u32 i;

	boot(false);
	g = guest_on(to[0], true, SCN_INTERRUPTS_REMAPPED, home);
	CU_ASSERT_EQUAL(guest_call(g, nwqs == 1 ? enable_user_one : enable_user, g), 0);
	start(g, w, program, true);
	for (i = 0; nwqs == 1 && i < CLIENTS; i++)
		w[i].index &= ~2u;
	torment(g, to, &other, -EOPNOTSUPP, true);
	stop(w, 10);
	end(g);
	down();
}

static void test_programs(void)
{
	programs(DIRECT, 2);
	programs(SCN_HOME_KERNEL_CDEV, 2);
	programs(SCN_HOME_VMM, 2);
	programs(SCN_HOME_KERNEL_MDEV, 1);
}

/* The plug is pulled while the device is paused and processors wait for it. */
static void killed(struct guest_vdev_cfg vdev, u32 home)
{
	struct worker w[CLIENTS];
	struct guest *g;

	boot(false);
	g = guest_on(vdev, false, SCN_INTERRUPTS_REMAPPED, home);
	CU_ASSERT_EQUAL(guest_call(g, vdev.nwqs == 2 ? enable_kernel : enable_kernel_one, g), 0);
	start(g, w, flooder, false);
	rest(40);
	CU_ASSERT_EQUAL(guest_vdev_pause(g, 0), 0);
	rest(500);
	guest_free(g);
	g = guest_on(pair("wq0.0", "wq0.1"), false, SCN_INTERRUPTS_REMAPPED, home);
	CU_ASSERT_EQUAL(guest_call(g, enable_kernel, g), 0);
	start(g, w, kernel_worker, false);
	rest(100);
	stop(w, 1);
	end(g);
	down();
}

static void test_killed(void)
{
	killed(pair("wq0.0", "wq0.1"), DIRECT);
	killed(one("wq0.0"), SCN_HOME_KERNEL_MDEV);
	killed(pair("wq0.0", "wq0.1"), SCN_HOME_KERNEL_CDEV);
	killed(pair("wq0.0", "wq0.1"), SCN_HOME_VMM);
}

/* ---- the monitor dies on the way ---- */

struct moving {
	struct guest *g;
	struct guest_vdev_cfg to;
	bool over;
};

static void move_fiber(void *arg)
{
	struct moving *m = arg;

	monitor_move(guest_vdev_monitor(m->g, 0), &m->to);
	m->over = true;
}

static bool move_over(void *arg)
{
	return ((struct moving *)arg)->over;
}

/* At any moment of a move: the move ends, and nothing stays with either of the two places. */
static void test_dies_moving(void)
{
	static const u32 homes[] = {SCN_HOME_KERNEL_MDEV, SCN_HOME_KERNEL_CDEV, SCN_HOME_VMM};
	struct worker w[CLIENTS];
	struct moving m;
	u32 i, k;

	boot(false);
	for (i = 0; i < 24; i++) {
		m = (struct moving){.to = one(i & 1 ? "wq0.5" : "wq1.4")};
		m.g = guest_on(one("wq0.4"), true, SCN_INTERRUPTS_REMAPPED, homes[i % 3]);
		CU_ASSERT_EQUAL(guest_call(m.g, enable_user_one, m.g), 0);
		start(m.g, w, program, true);
		for (k = 0; k < CLIENTS; k++)
			w[k].index &= ~2u;
		rest(60);
		CU_ASSERT_EQUAL(kernel_run_on_fiber(system_host(sys), move_fiber, &m, "move"), 0);
		rest(7 * i);
		guest_kill_monitor(m.g);
		for (k = 0; k < CLIENTS; k++)
			w[k].stop = w[k].dies = true;
		CU_ASSERT_EQUAL(system_run_until(sys, move_over, &m), 0);
		CU_ASSERT_EQUAL(system_run_until(sys, all_over, w), 0);
		guest_free(m.g);
	}
	m.g = guest_on(one("wq0.4"), true, SCN_INTERRUPTS_REMAPPED, DIRECT);
	m.to = one("wq1.4");
	CU_ASSERT_EQUAL(guest_call(m.g, enable_user_one, m.g), 0);
	CU_ASSERT_EQUAL(guest_vdev_move(m.g, 0, &m.to), 0);
	end(m.g);
	down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("moving virtual devices", NULL, NULL);
	CU_add_test(s, "kernel clients", test_kernel);
	CU_add_test(s, "the host's handles are void", test_host_revokes);
	CU_add_test(s, "programs on shares", test_programs);
	CU_add_test(s, "mediated device", test_mediated);
	CU_add_test(s, "killed while paused", test_killed);
	CU_add_test(s, "the monitor dies on the way", test_dies_moving);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
