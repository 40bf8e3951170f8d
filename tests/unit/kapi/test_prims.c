// SPDX-License-Identifier: GPL-2.0
// Primitives of the kernel API: each case is kernel code and runs in a kernel of its own.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <CUnit/Basic.h>
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "tests/unit/kapi/prim_world.h"

static u64 bus_read(void *ctx, u64 pa, u32 width)
{
	struct kt *t = ctx;
	u64 off = pa - PRIM_MMIO, val = ~0ull;

	fiber_sleep(PRIM_READ);
	t->mmio_reads++;
	if (off < sizeof(t->regs))
		memcpy(&val, (u8 *)t->regs + off, width);
	return width == 8 ? val : val & ((1ull << width * 8) - 1);
}

static void bus_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct kt *t = ctx;
	u64 off = pa - PRIM_MMIO;

	t->mmio_writes++;
	if (off < sizeof(t->regs))
		memcpy((u8 *)t->regs + off, &val, width);
}

static void bus_write64(void *ctx, u64 pa, const void *data)
{
	struct kt *t = ctx;

	t->portal_writes++;
	memcpy(t->portal, data, 64);
}

static int bus_enqcmd64(void *ctx, u64 pa, const void *data)
{
	struct kt *t = ctx;

	fiber_sleep(PRIM_READ);
	if (t->retries) {
		t->retries--;
		return 1;
	}
	bus_write64(ctx, pa, data);
	return 0;
}

static const struct kbus_ops bus_ops = {
	.mmio_read = bus_read,
	.mmio_write = bus_write,
	.mmio_write64 = bus_write64,
	.mmio_enqcmd64 = bus_enqcmd64,
};

static const struct kt_case *running;
static struct kt *running_kt;

static void case_main(void *arg)
{
	running->run(arg);
	running_kt->done = true;
}

static void run_case(const struct kt_case *c)
{
	struct kt *t = calloc(1, sizeof(*t));
	struct kernel_cfg cfg = {
		.name = "test",
		.ram = {{PRIM_BASE, PRIM_RAM}, {PRIM_BASE + PRIM_RAM, PRIM_RAM}},
		.nr_ram = 2,
		.nr_cpus = 4,
		.seed = 7,
		.ram_zeroed = true,
		.node_cpus = {2, 2},
		.cost = {PRIM_RELAX, PRIM_SWITCH, PRIM_IRQ, 0},
		.bus = &bus_ops,
		.bus_ctx = t,
	};
	struct kernel_stats st;
	char log[4096];

	cfg.phys_base = mmap(NULL, PRIM_BASE + 2 * PRIM_RAM, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(t && cfg.phys_base != MAP_FAILED);
	t->sim = sim_new(1);
	t->k = kernel_new(t->sim, &cfg);
	assert(t->k);
	running = c;
	running_kt = t;
	CU_ASSERT_EQUAL(kernel_run_on_fiber(t->k, case_main, t, "case"), 0);
	sim_run(t->sim, SIM_NEVER);
	kernel_get_stats(t->k, &st);
	if (!t->done || t->fails || st.warnings != t->want_warnings ||
	    st.slab_errors != t->want_slab_errors || st.bugs || st.slab_bytes) {
		kernel_log_read(t->k, log, sizeof(log));
		printf("\n  %s: %s%s\n  warnings %llu, slab errors %llu, bugs %llu, slab %llu "
		       "B\n%s\n",
		       c->name, t->done ? "" : "did not end; ", t->first, st.warnings,
		       st.slab_errors, st.bugs, st.slab_bytes, log);
	}
	CU_ASSERT_TRUE(t->done);
	CU_ASSERT_EQUAL(t->fails, 0);
	CU_ASSERT_TRUE(t->checks > 0);
	CU_ASSERT_EQUAL(st.warnings, t->want_warnings);
	CU_ASSERT_EQUAL(st.slab_errors, t->want_slab_errors);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_bytes, 0);
	CU_ASSERT_EQUAL(kernel_free(t->k), 0);
	sim_free(t->sim);
	munmap(cfg.phys_base, PRIM_BASE + 2 * PRIM_RAM);
	free(t);
}

static const struct {
	const char *name;
	const struct kt_case *cases;
} groups[] = {
	{"locks", kt_lock_cases},	{"waiting", kt_wait_cases},
	{"time", kt_time_cases},	{"work queues and threads", kt_work_cases},
	{"interrupts", kt_irq_cases},	{"text", kt_text_cases},
	{"memory", kt_mem_cases},	{"ids and arrays", kt_id_cases},
	{"device memory", kt_io_cases},
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* CUnit's tests take no argument, and run in the order in which they were added. */
static void run_next(void)
{
	static size_t group;
	static const struct kt_case *next;

	if (!next)
		next = groups[0].cases;
	while (!next->name)
		next = groups[++group].cases;
	run_case(next++);
}

int main(void)
{
	unsigned int failed;

	CU_initialize_registry();
	for (size_t g = 0; g < GROUPS; g++) {
		CU_pSuite s = CU_add_suite(groups[g].name, NULL, NULL);

		for (const struct kt_case *c = groups[g].cases; c->name; c++)
			CU_add_test(s, c->name, run_next);
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
