// SPDX-License-Identifier: GPL-2.0
// Guests with a virtual IOMMU: their kernels' DMA through it, programs that share memory with the
// device, and their interrupts.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/fiber.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"

/* ---- the guest kernel's own DMA ---- */

static int moves(void *arg)
{
	struct vm_stats before, after;
	struct gclient *c;
	u32 i;

	sva_enable_kernel(guest_kernel(arg));
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

	CU_ASSERT_EQUAL(sva_put(k, DRV "dmaengine/unbind", "wq0.0"), 0);
	CU_ASSERT_EQUAL(sva_put(k, DRV "idxd/unbind", "dsa0"), 0);
	return 0;
}

static void kernel_dma(bool strict)
{
	struct sva_possessions p[2];
	struct vm_stats st;
	struct guest *g;
	u32 i;

	sva_boot();
	/* The second finds what the first left, and leaves as much. */
	for (i = 0; i < 2; i++) {
		g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, strict);
		sva_run(g, moves);
		sva_run(g, outside);
		guest_vm_stats(g, &st);
		CU_ASSERT(st.iommu_exits > 0);
		CU_ASSERT(st.guest_invalidations > 0);
		CU_ASSERT_EQUAL(st.resident_pages, 64 * MIB / 4096);
		CU_ASSERT(st.pin_ps > 0);
		sva_run(g, unbind);
		sva_run(g, moves);
		sva_end(g);
		sva_count_possessions(&p[i]);
	}
	sva_same_possessions(&p[0], &p[1]);
	sva_down();
}

/* ---- programs ---- */

static void one_program(struct guest *g, bool shared)
{
	struct sva_program x = {.g = g, .shared = shared};
	struct vm_stats start, before, after;
	struct process_mm_stats mm;
	u32 i;

	guest_vm_stats(g, &start);
	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	/* The destination is absent: the device asks, the guest's driver answers. */
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 1), DSA_COMP_SUCCESS);
	process_mm_stats(x.p, &mm);
	CU_ASSERT(mm.device_faults >= SVA_SIZE / 4096);
	guest_vm_stats(g, &before);
	CU_ASSERT(before.page_requests - start.page_requests >= SVA_SIZE / 4096);
	CU_ASSERT_EQUAL(before.page_requests, before.page_responses);
	CU_ASSERT_EQUAL(before.nested_binds - start.nested_binds, 1);
	CU_ASSERT_EQUAL(before.pasids, start.pasids + 1);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(sva_copy(&x, 4096 + i, i), DSA_COMP_SUCCESS);
	guest_vm_stats(g, &after);
	CU_ASSERT_EQUAL(after.exits, before.exits);
	CU_ASSERT_EQUAL(after.direct_submission - before.direct_submission, 50);
	/* Memory taken away is asked for anew, and is not what it was. */
	CU_ASSERT_EQUAL(process_madvise_dontneed(x.p, x.buf + SVA_SIZE, SVA_SIZE), 0);
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 9), DSA_COMP_SUCCESS);
	/* An address that is nobody's. */
	x.buf += 1ull << 40;
	sva_clear_record(&x);
	CU_ASSERT_EQUAL(
		sva_submit(&x, &(struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
						     .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR |
							      IDXD_OP_FLAG_BOF,
						     .completion_addr = x.record,
						     .src_addr = x.buf,
						     .dst_addr = x.buf + SVA_SIZE,
						     .xfer_size = 64}),
		0);
	CU_ASSERT_EQUAL(sva_wait_record(&x) & 0x3f, DSA_COMP_PAGE_FAULT_IR);
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

	sva_boot();
	g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	sva_run(g, sva_enable_first_user);
	sva_run(g, dedicated_program);
	sva_run(g, dedicated_program);
	sva_end(g);
	sva_down();
}

static void test_shared(void)
{
	struct sva_possessions p[2];
	struct guest *g;
	u32 i;

	sva_boot();
	for (i = 0; i < 2; i++) {
		g = sva_guest_made("guest0", "wq0.2", SCN_MEMORY_PINNED, i);
		sva_run(g, sva_enable_first_user);
		sva_run(g, shared_program);
		sva_run(g, shared_program);
		sva_end(g);
		sva_count_possessions(&p[i]);
	}
	sva_same_possessions(&p[0], &p[1]);
	sva_down();
}

/* ---- two guests, two programs each ---- */

static void copier(void *arg)
{
	struct sva_program *x = arg;
	u32 i;

	x->rc = sva_program_start(x, "wq0.0");
	for (i = 0; i < x->turns && !x->rc; i++) {
		x->rc = sva_copy(x, 256 + 512 * (i % 100), 31 * x->index + i);
		x->rc = x->rc == DSA_COMP_SUCCESS ? 0 : x->rc;
		if (!x->rc && i % 10 == 9)
			x->rc = process_madvise_dontneed(x->p, x->buf + SVA_SIZE, SVA_SIZE);
	}
	if (x->rc)
		fprintf(stderr, "program %u, turn %u: %d\n", x->index, i, x->rc);
	process_exit(x->p);
	x->done = true;
}

static bool all_done(void *arg)
{
	struct sva_program *x = arg;
	u32 i;

	for (i = 0; i < 4; i++)
		if (!x[i].done)
			return false;
	return true;
}

static void side_by_side(bool shared)
{
	struct sva_program x[4] = {{0}};
	struct guest *g[2];
	u32 i;

	sva_boot();
	for (i = 0; i < 2; i++) {
		g[i] = sva_guest_made(i ? "guest1" : "guest0",
				      shared ? "wq0.2"
				      : i    ? "wq0.1"
					     : "wq0.0",
				      SCN_MEMORY_PINNED, i);
		sva_run(g[i], sva_enable_first_user);
	}
	for (i = 0; i < 4; i++) {
		x[i] = (struct sva_program){
			.g = g[i / 2], .shared = shared, .index = i, .turns = 60};
		/* A dedicated queue has one program. */
		x[i].done = !shared && i % 2;
		if (!x[i].done)
			CU_ASSERT_EQUAL(
				kernel_run_on_fiber(guest_kernel(x[i].g), copier, &x[i], "copier"),
				0);
	}
	CU_ASSERT_EQUAL(system_run_until(sva_sys, all_done, x), 0);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(x[i].rc, 0);
	for (i = 0; i < 2; i++)
		sva_end(g[i]);
	sva_down();
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

	sva_enable_kernel(guest_kernel(arg));
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(arg, &a);
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 4096, i, false), 0);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.interrupts - a.interrupts, 20);
	CU_ASSERT_EQUAL(b.posted - a.posted, sva_interrupts == SCN_INTERRUPTS_POSTED ? 20 : 0);
	CU_ASSERT_EQUAL(b.injections - a.injections,
			sva_interrupts == SCN_INTERRUPTS_POSTED ? 0 : 20);
	CU_ASSERT_EQUAL(b.wakeups, a.wakeups);
	CU_ASSERT_EQUAL(b.exits, a.exits);
	/* Asleep: the notification is the host's, which wakes it. */
	vm_set_running(vm, VM_HALTED);
	CU_ASSERT_EQUAL(gclient_move(c, 4096, 1, false), 0);
	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL(a.wakeups - b.wakeups, sva_interrupts == SCN_INTERRUPTS_POSTED);
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
	CU_ASSERT_EQUAL(system_call(sva_sys, a_while, NULL), 0);
	guest_vm_stats(g, &b);
	CU_ASSERT_FALSE(w.done);
	CU_ASSERT_EQUAL(b.interrupts, a.interrupts);
	vm_set_running(guest_vm(g), VM_RUNNING);
	CU_ASSERT_EQUAL(system_run_until(sva_sys, waiter_done, &w), 0);
	CU_ASSERT_EQUAL(w.rc, 0);
	guest_vm_stats(g, &b);
	CU_ASSERT_EQUAL(b.posted, a.posted + 1);
	CU_ASSERT_EQUAL(b.wakeups, a.wakeups);
}

static void interrupts_as(u32 how, const char *const *sets, u32 nsets)
{
	struct kernel_stats before, after;
	struct guest *g;

	sva_interrupts = how;
	sva_boot_with(sets, nsets);
	g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	kernel_get_stats(system_host(sva_sys), &before);
	sva_run(g, interrupting);
	kernel_get_stats(system_host(sva_sys), &after);
	/* Twenty-one completions: the host saw none of them, or all. */
	if (how == SCN_INTERRUPTS_POSTED) {
		CU_ASSERT(after.irqs - before.irqs < 21);
		preempted(g);
	} else {
		CU_ASSERT(after.irqs - before.irqs >= 21);
	}
	sva_end(g);
	/* The slot's interrupt is an ordinary one again for the next. */
	sva_interrupts = SCN_INTERRUPTS_REMAPPED;
	if (how == SCN_INTERRUPTS_POSTED) {
		g = sva_guest_made("guest1", "wq0.0", SCN_MEMORY_PINNED, false);
		sva_run(g, interrupting);
		sva_end(g);
	}
	sva_down();
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

static int at_mdev(void)
{
	sva_home = SCN_HOME_KERNEL_MDEV;
	return 0;
}

static int at_cdev(void)
{
	sva_home = SCN_HOME_KERNEL_CDEV;
	return 0;
}

static int at_vmm(void)
{
	sva_home = SCN_HOME_VMM;
	return 0;
}

int main(void)
{
	static const struct {
		const char *name;
		int (*choose)(void);
	} homes[] = {{"guest_sva, mediated device", at_mdev},
		     {"guest_sva, character device", at_cdev},
		     {"guest_sva, composed by its monitor", at_vmm}};
	CU_pSuite s;
	int failed;
	u32 i;

	CU_initialize_registry();
	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		s = CU_add_suite(homes[i].name, homes[i].choose, NULL);
		CU_add_test(s, "virtual IOMMU, pass-through", test_identity);
		CU_add_test(s, "virtual IOMMU, translated", test_strict);
		CU_add_test(s, "program on a dedicated queue", test_dedicated);
		CU_add_test(s, "program on a share", test_shared);
		CU_add_test(s, "two guests, dedicated queues", test_two_dedicated);
		CU_add_test(s, "two guests, one shared queue", test_two_shared);
		CU_add_test(s, "interrupts through the host", test_remapped);
		CU_add_test(s, "posted interrupts", test_posted);
		CU_add_test(s, "interrupts without remapping", test_not_remapped);
	}
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
