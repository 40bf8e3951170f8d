// SPDX-License-Identifier: GPL-2.0
// Guests with a virtual IOMMU: their kernels' DMA through it, processes that share memory with the
// device, hostile tables and queues, memory on demand.
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
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "model/spec/vtd.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/viommu_kernel.h"

#define DEV    "/sys/bus/dsa/devices/"
#define DRV    "/sys/bus/dsa/drivers/"
#define CONFIG "traces/configs/guests-sva.json"
#define MIB    (1ull << 20)
#define US     1000000ull

static struct sim *sim;
static struct platform *plat;
static struct system *sys;

/* ---- a host, its guests ---- */

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

static void boot_with(const char *const *sets, u32 nsets)
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

static void boot(void)
{
	boot_with(NULL, 0);
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

static u32 interrupts = SCN_INTERRUPTS_REMAPPED; /* of guests made from here on */

static struct guest *guest_made(const char *name, const char *wq, u32 memory_mode, bool strict)
{
	struct guest_cfg cfg = {.name = name,
				.memory = 64 * MIB,
				.node = -1,
				.nvdevs = 1,
				.memory_mode = memory_mode,
				.interrupts = interrupts,
				.sva = true};
	struct kernel_dmar_cfg dmar = {.domain =
					       strict ? KERNEL_DMAR_STRICT : KERNEL_DMAR_IDENTITY};
	struct cfg_error err = {""};
	struct guest *g;
	int rc;

	cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = wq;
	rc = guest_new(sys, &cfg, &g, &err);
	if (!rc) {
		CU_ASSERT_EQUAL(kernel_dmar_configure(guest_kernel(g), &dmar), 0);
		rc = guest_start(g, &err);
	}
	if (rc)
		fail(name, rc, &err);
	return g;
}

static void run(struct guest *g, int (*body)(void *arg))
{
	CU_ASSERT_EQUAL(guest_call(g, body, g), 0);
}

/* An orderly end. */
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

static void same_possessions(const struct possessions *a, const struct possessions *b)
{
	CU_ASSERT_EQUAL(a->k.pages - a->k.slab_spare, b->k.pages - b->k.slab_spare);
	CU_ASSERT_EQUAL(a->k.slab_bytes, b->k.slab_bytes);
	CU_ASSERT_EQUAL(a->dmar.pasids, b->dmar.pasids);
}

/* ---- the guest kernel's own DMA ---- */

static void show_log(struct kernel *k)
{
	static char text[65536];

	kernel_log_read(k, text, sizeof(text));
	fprintf(stderr, "%s", text);
}

static void enable_kernel(struct kernel *k)
{
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/type", "kernel"), 0);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/name", "dma"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver"))
		if (put(k, DRV "idxd/bind", "dsa0"))
			show_log(k);
	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/bind", "wq0.0"), 0);
}

static int moves(void *arg)
{
	struct vm_stats before, after;
	struct gclient *c;
	u32 i;

	enable_kernel(guest_kernel(arg));
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(arg, &before);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 4096 + 64 * i, i, i & 1), 0);
	guest_vm_stats(arg, &after);
	CU_ASSERT_EQUAL(after.exits, before.exits);
	gclient_close(c);
	return 0;
}

static int outside(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");

	(void)arg;
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, 0x1000), DSA_COMP_SUCCESS);
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, 1ull << 33), DSA_COMP_SUCCESS);
	gclient_close(c);
	return 0;
}

static int unbind(void *arg)
{
	struct kernel *k = guest_kernel(arg);

	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/unbind", "wq0.0"), 0);
	CU_ASSERT_EQUAL(put(k, DRV "idxd/unbind", "dsa0"), 0);
	return 0;
}

static void kernel_dma(bool strict)
{
	struct possessions p[2];
	struct vm_stats st;
	struct guest *g;
	u32 i;

	boot();
	/* The second finds what the first left, and leaves as much. */
	for (i = 0; i < 2; i++) {
		g = guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, strict);
		run(g, moves);
		run(g, outside);
		guest_vm_stats(g, &st);
		CU_ASSERT(st.iommu_exits > 0);
		CU_ASSERT(st.guest_invalidations > 0);
		CU_ASSERT_EQUAL(st.resident_pages, 64 * MIB / 4096);
		CU_ASSERT(st.pin_ps > 0);
		run(g, unbind);
		run(g, moves);
		end(g);
		count_possessions(&p[i]);
	}
	same_possessions(&p[0], &p[1]);
	down();
}

/* ---- programs ---- */

#define SIZE 65536

/* A program of a guest with a queue: source, destination, a page of records. */
struct program {
	struct guest *g;
	struct process *p;
	bool shared;
	u32 index, turns;
	int fd, rc;
	u64 portal, buf, record;
	bool done;
};

static void enable_user(struct kernel *k, const char *wq)
{
	char path[64];

	snprintf(path, sizeof(path), DEV "%s/type", wq);
	CU_ASSERT_EQUAL(put(k, path, "user"), 0);
	snprintf(path, sizeof(path), DEV "%s/name", wq);
	CU_ASSERT_EQUAL(put(k, path, "app"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver") && put(k, DRV "idxd/bind", "dsa0"))
		show_log(k);
	if (put(k, DRV "user/bind", wq))
		show_log(k);
}

static int enable_first_user(void *arg)
{
	enable_user(guest_kernel(arg), "wq0.0");
	return 0;
}

static s64 map(struct program *x, enum process_map_kind kind, u64 len)
{
	struct process_map m = {.kind = kind,
				.len = len,
				.prot = kind == PROCESS_MAP_DEVICE
						? PROCESS_PROT_WRITE
						: PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				.fd = x->fd,
				.node = -1};

	return process_mmap(x->p, &m);
}

static int program_start(struct program *x, const char *wq)
{
	char path[32];
	s64 va;

	x->p = process_new(guest_kernel(x->g), "copier", 0);
	snprintf(path, sizeof(path), "/dev/dsa/%s", wq);
	x->fd = process_open(x->p, path);
	if (x->fd < 0)
		return x->fd;
	va = map(x, PROCESS_MAP_DEVICE, 4096);
	if (va < 0)
		return va;
	x->portal = va;
	va = map(x, PROCESS_MAP_ANON, 2 * SIZE + 4096);
	if (va < 0)
		return va;
	x->buf = va;
	x->record = va + 2 * SIZE;
	return process_touch(x->p, x->record, 64, true);
}

static int submit(struct program *x, const struct dsa_hw_desc *d)
{
	u32 i;
	int rc;

	if (!x->shared)
		return process_movdir64b(x->p, x->portal, d);
	for (i = 0; i < 1000; i++) {
		rc = process_enqcmd(x->p, x->portal, d);
		if (rc != -EAGAIN)
			return rc;
		fiber_sleep(US);
	}
	return rc;
}

/* The record's status, or 0 when none came. */
static u32 wait_record(struct program *x)
{
	u32 i;
	u8 status;

	for (i = 0; i < 20000; i++) {
		if (process_copy_in(x->p, &status, x->record, 1))
			return 0;
		if (status)
			return status;
		fiber_sleep(US);
	}
	return 0;
}

static struct dsa_hw_desc copy_desc(const struct program *x, u32 bytes)
{
	return (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
				    .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR |
					     IDXD_OP_FLAG_BOF | IDXD_OP_FLAG_CC,
				    .completion_addr = x->record,
				    .src_addr = x->buf,
				    .dst_addr = x->buf + SIZE,
				    .xfer_size = bytes};
}

static void clear_record(struct program *x)
{
	static const u8 zero[32];

	process_copy_out(x->p, x->record, zero, sizeof(zero));
}

/* Copies @bytes that depend on @seed; the destination may be absent. Status, or negative. */
static int copy(struct program *x, u32 bytes, u32 seed)
{
	static u8 want[SIZE], got[SIZE];
	struct dsa_hw_desc d = copy_desc(x, bytes);
	u32 i, status;
	int rc;

	for (i = 0; i < bytes; i++)
		want[i] = (u8)(seed + i * 7);
	rc = process_touch(x->p, x->buf, bytes, true);
	if (!rc)
		rc = process_copy_out(x->p, x->buf, want, bytes);
	clear_record(x);
	if (!rc)
		rc = submit(x, &d);
	if (rc)
		return rc;
	status = wait_record(x) & 0x3f;
	if (status != DSA_COMP_SUCCESS)
		return status ? (int)status : -ETIMEDOUT;
	/* Others may have used the static buffer while this one waited. */
	for (i = 0; i < bytes; i++)
		want[i] = (u8)(seed + i * 7);
	rc = process_copy_in(x->p, got, x->buf + SIZE, bytes);
	if (rc || memcmp(want, got, bytes))
		return rc ? rc : -EILSEQ;
	return DSA_COMP_SUCCESS;
}

/* @shared: the guest's queue is a share of the host's. */
static void one_program(struct guest *g, bool shared)
{
	struct program x = {.g = g, .shared = shared};
	struct vm_stats start, before, after;
	struct process_mm_stats mm;
	u32 i;

	guest_vm_stats(g, &start);
	CU_ASSERT_EQUAL_FATAL(program_start(&x, "wq0.0"), 0);
	/* The destination is absent: the device asks, the guest's driver answers. */
	CU_ASSERT_EQUAL(copy(&x, SIZE, 1), DSA_COMP_SUCCESS);
	process_mm_stats(x.p, &mm);
	CU_ASSERT(mm.device_faults >= SIZE / 4096);
	guest_vm_stats(g, &before);
	CU_ASSERT(before.page_requests - start.page_requests >= SIZE / 4096);
	CU_ASSERT_EQUAL(before.page_requests, before.page_responses);
	CU_ASSERT_EQUAL(before.nested_binds - start.nested_binds, 1);
	CU_ASSERT_EQUAL(before.pasids, start.pasids + 1);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(copy(&x, 4096 + i, i), DSA_COMP_SUCCESS);
	guest_vm_stats(g, &after);
	CU_ASSERT_EQUAL(after.exits, before.exits);
	CU_ASSERT_EQUAL(after.direct_submission - before.direct_submission, 50);
	/* Memory taken away is asked for anew, and is not what it was. */
	CU_ASSERT_EQUAL(process_madvise_dontneed(x.p, x.buf + SIZE, SIZE), 0);
	CU_ASSERT_EQUAL(copy(&x, SIZE, 9), DSA_COMP_SUCCESS);
	/* An address that is nobody's. */
	x.buf += 1ull << 40;
	clear_record(&x);
	CU_ASSERT_EQUAL(
		submit(&x, &(struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
						 .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR |
							  IDXD_OP_FLAG_BOF,
						 .completion_addr = x.record,
						 .src_addr = x.buf,
						 .dst_addr = x.buf + SIZE,
						 .xfer_size = 64}),
		0);
	CU_ASSERT_EQUAL(wait_record(&x) & 0x3f, DSA_COMP_PAGE_FAULT_IR);
	process_exit(x.p);
	guest_vm_stats(g, &after);
	CU_ASSERT_EQUAL(after.nested_binds - after.nested_unbinds,
			start.nested_binds - start.nested_unbinds);
	CU_ASSERT_EQUAL(after.pasids, start.pasids);
	CU_ASSERT_EQUAL(after.faults, start.faults);
}

static int dedicated_program(void *arg)
{
	one_program(arg, false);
	return 0;
}

static int shared_program(void *arg)
{
	one_program(arg, true);
	return 0;
}

static void test_dedicated(void)
{
	struct guest *g;

	boot();
	g = guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	run(g, enable_first_user);
	run(g, dedicated_program);
	run(g, dedicated_program);
	end(g);
	down();
}

static void test_shared(void)
{
	struct possessions p[2];
	struct guest *g;
	u32 i;

	boot();
	for (i = 0; i < 2; i++) {
		g = guest_made("guest0", "wq0.2", SCN_MEMORY_PINNED, i);
		run(g, enable_first_user);
		run(g, shared_program);
		run(g, shared_program);
		end(g);
		count_possessions(&p[i]);
	}
	same_possessions(&p[0], &p[1]);
	down();
}

/* ---- two guests, two programs each ---- */

static void copier(void *arg)
{
	struct program *x = arg;
	u32 i;

	x->rc = program_start(x, "wq0.0");
	for (i = 0; i < x->turns && !x->rc; i++) {
		x->rc = copy(x, 256 + 512 * (i % 100), 31 * x->index + i);
		x->rc = x->rc == DSA_COMP_SUCCESS ? 0 : x->rc;
		if (!x->rc && i % 10 == 9)
			x->rc = process_madvise_dontneed(x->p, x->buf + SIZE, SIZE);
	}
	if (x->rc)
		fprintf(stderr, "program %u, turn %u: %d\n", x->index, i, x->rc);
	process_exit(x->p);
	x->done = true;
}

static bool all_done(void *arg)
{
	struct program *x = arg;
	u32 i;

	for (i = 0; i < 4; i++)
		if (!x[i].done)
			return false;
	return true;
}

static void side_by_side(bool shared)
{
	struct program x[4] = {{0}};
	struct guest *g[2];
	u32 i;

	boot();
	for (i = 0; i < 2; i++) {
		g[i] = guest_made(i ? "guest1" : "guest0",
				  shared ? "wq0.2"
				  : i	 ? "wq0.1"
					 : "wq0.0",
				  SCN_MEMORY_PINNED, i);
		run(g[i], enable_first_user);
	}
	for (i = 0; i < 4; i++) {
		x[i] = (struct program){.g = g[i / 2], .shared = shared, .index = i, .turns = 60};
		/* A dedicated queue has one program. */
		x[i].done = !shared && i % 2;
		if (!x[i].done)
			CU_ASSERT_EQUAL(
				kernel_run_on_fiber(guest_kernel(x[i].g), copier, &x[i], "copier"),
				0);
	}
	CU_ASSERT_EQUAL(system_run_until(sys, all_done, x), 0);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(x[i].rc, 0);
	for (i = 0; i < 2; i++)
		end(g[i]);
	down();
}

static void test_two_dedicated(void)
{
	side_by_side(false);
}

static void test_two_shared(void)
{
	side_by_side(true);
}

static void test_identity(void)
{
	kernel_dma(false);
}

static void test_strict(void)
{
	kernel_dma(true);
}

/* ---- interrupts ---- */

static int interrupting(void *arg)
{
	struct vm *vm = guest_vm(arg);
	struct vm_stats a, b;
	struct gclient *c;
	u32 i;

	enable_kernel(guest_kernel(arg));
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(arg, &a);
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 4096, i, false), 0);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.interrupts - a.interrupts, 20);
	CU_ASSERT_EQUAL(b.posted - a.posted, interrupts == SCN_INTERRUPTS_POSTED ? 20 : 0);
	CU_ASSERT_EQUAL(b.injections - a.injections, interrupts == SCN_INTERRUPTS_POSTED ? 0 : 20);
	CU_ASSERT_EQUAL(b.wakeups, a.wakeups);
	CU_ASSERT_EQUAL(b.exits, a.exits);
	/* Asleep: the notification is the host's, which wakes it. */
	vm_set_running(vm, VM_HALTED);
	CU_ASSERT_EQUAL(gclient_move(c, 4096, 1, false), 0);
	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL(a.wakeups - b.wakeups, interrupts == SCN_INTERRUPTS_POSTED);
	CU_ASSERT_EQUAL(a.interrupts - b.interrupts, 1);
	gclient_close(c);
	return 0;
}

struct waiter {
	struct guest *g;
	bool done;
	int rc;
};

static void waits_for_interrupt(void *arg)
{
	struct waiter *w = arg;
	struct gclient *c = gclient_open("wq0.0");

	w->rc = gclient_move(c, 4096, 5, false);
	gclient_close(c);
	w->done = true;
}

static bool waiter_done(void *arg)
{
	return ((struct waiter *)arg)->done;
}

static int a_while(void *arg)
{
	(void)arg;
	fiber_sleep(5000 * US);
	return 0;
}

/* Preempted: the interrupt waits in the descriptor until the processor is back. */
static void preempted(struct guest *g)
{
	struct waiter w = {.g = g};
	struct vm_stats a, b;

	guest_vm_stats(g, &a);
	vm_set_running(guest_vm(g), VM_PREEMPTED);
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(g), waits_for_interrupt, &w, "waiter"), 0);
	CU_ASSERT_EQUAL(system_call(sys, a_while, NULL), 0);
	guest_vm_stats(g, &b);
	CU_ASSERT_FALSE(w.done);
	CU_ASSERT_EQUAL(b.interrupts, a.interrupts);
	vm_set_running(guest_vm(g), VM_RUNNING);
	CU_ASSERT_EQUAL(system_run_until(sys, waiter_done, &w), 0);
	CU_ASSERT_EQUAL(w.rc, 0);
	guest_vm_stats(g, &b);
	CU_ASSERT_EQUAL(b.posted, a.posted + 1);
	CU_ASSERT_EQUAL(b.wakeups, a.wakeups);
}

static void interrupts_as(u32 how, const char *const *sets, u32 nsets)
{
	struct kernel_stats before, after;
	struct guest *g;

	interrupts = how;
	boot_with(sets, nsets);
	g = guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	kernel_get_stats(system_host(sys), &before);
	run(g, interrupting);
	kernel_get_stats(system_host(sys), &after);
	/* Twenty-one completions: the host saw none of them, or all. */
	if (how == SCN_INTERRUPTS_POSTED) {
		CU_ASSERT(after.irqs - before.irqs < 21);
		preempted(g);
	} else {
		CU_ASSERT(after.irqs - before.irqs >= 21);
	}
	end(g);
	/* The slot's interrupt is an ordinary one again for the next. */
	interrupts = SCN_INTERRUPTS_REMAPPED;
	if (how == SCN_INTERRUPTS_POSTED) {
		g = guest_made("guest1", "wq0.0", SCN_MEMORY_PINNED, false);
		run(g, interrupting);
		end(g);
	}
	down();
}

static void test_remapped(void)
{
	interrupts_as(SCN_INTERRUPTS_REMAPPED, NULL, 0);
}

static void test_posted(void)
{
	interrupts_as(SCN_INTERRUPTS_POSTED, NULL, 0);
}

static void test_not_remapped(void)
{
	static const char *const off[] = {"iommu.interrupt_remapping=no"};

	interrupts_as(SCN_INTERRUPTS_NONE, off, 1);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guest_sva", NULL, NULL);
	CU_add_test(s, "virtual IOMMU, pass-through", test_identity);
	CU_add_test(s, "virtual IOMMU, translated", test_strict);
	CU_add_test(s, "program on a dedicated queue", test_dedicated);
	CU_add_test(s, "program on a share", test_shared);
	CU_add_test(s, "two guests, dedicated queues", test_two_dedicated);
	CU_add_test(s, "two guests, one shared queue", test_two_shared);
	CU_add_test(s, "interrupts through the host", test_remapped);
	CU_add_test(s, "posted interrupts", test_posted);
	CU_add_test(s, "interrupts without remapping", test_not_remapped);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
