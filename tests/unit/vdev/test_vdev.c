// SPDX-License-Identifier: GPL-2.0
// The virtual device's core on a recording backend: each case is kernel code in a kernel of its
// own.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <CUnit/Basic.h>
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"
#include "tests/unit/sim/doc_table.h"
#include "tests/unit/vdev/vdev_world.h"

#define RAM_BASE 0x100000ull
#define RAM_SIZE (16ull << 20)

static u64 no_read(void *ctx, u64 pa, u32 width)
{
	(void)ctx;
	(void)pa;
	(void)width;
	return ~0ull;
}

static void no_write(void *ctx, u64 pa, u32 width, u64 val)
{
	(void)ctx;
	(void)pa;
	(void)width;
	(void)val;
}

/* The core touches no hardware: its backend does. */
static const struct kbus_ops bus_ops = {.mmio_read = no_read, .mmio_write = no_write};

static const struct vt_case *running;
static struct vt *running_vt;

static void case_main(void *arg)
{
	running->run(arg);
	running_vt->done = true;
}

/* What the case wrote goes to @out, unless it is NULL. */
static void run_case(const struct vt_case *c, FILE *out)
{
	struct vt *t = calloc(1, sizeof(*t));
	struct kernel_cfg cfg = {
		.name = "test",
		.ram = {{RAM_BASE, RAM_SIZE}},
		.nr_ram = 1,
		.nr_cpus = 4,
		.seed = 7,
		.ram_zeroed = true,
		.bus = &bus_ops,
	};
	struct kernel_stats st;
	struct sim *sim = sim_new(1);
	struct kernel *k;

	cfg.phys_base = mmap(NULL, RAM_BASE + RAM_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(t && cfg.phys_base != MAP_FAILED);
	k = kernel_new(sim, &cfg);
	assert(k);
	running = c;
	running_vt = t;
	CU_ASSERT_EQUAL(kernel_run_on_fiber(k, case_main, t, "case"), 0);
	sim_run(sim, SIM_NEVER);
	kernel_get_stats(k, &st);
	if (!t->done || t->fails || st.warnings || st.bugs || st.slab_bytes)
		printf("\n  %s: %s%s\n  warnings %llu, bugs %llu, slab %llu B\n", c->name,
		       t->done ? "" : "did not end; ", t->first, st.warnings, st.bugs,
		       st.slab_bytes);
	CU_ASSERT_TRUE(t->done);
	CU_ASSERT_EQUAL(t->fails, 0);
	CU_ASSERT_TRUE(t->checks > 0);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.slab_bytes, 0);
	if (out)
		fputs(t->text, out);
	CU_ASSERT_EQUAL(kernel_free(k), 0);
	sim_free(sim);
	munmap(cfg.phys_base, RAM_BASE + RAM_SIZE);
	free(t);
}

static const struct {
	const char *name;
	const struct vt_case *cases;
} groups[] = {
	{"command errors", vt_command_cases},
	{"command effects", vt_effect_cases},
	{"configuration space", vt_config_cases},
	{"registers", vt_register_cases},
	{"interrupts", vt_interrupt_cases},
	{"guest PASIDs", vt_pasid_cases},
	{"software errors", vt_error_cases},
	{"trapped portals", vt_portal_cases},
	{"pause and resume", vt_state_cases},
	{"saved state", vt_image_cases},
	{"resets", vt_reset_cases},
	{"pairs of PASIDs", vt_pairs_cases},
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* CUnit's tests take no argument, and run in the order in which they were added. */
static void run_next(void)
{
	static size_t group;
	static const struct vt_case *next;

	if (!next)
		next = groups[0].cases;
	while (!next->name)
		next = groups[++group].cases;
	run_case(next++, NULL);
}

/* ---- the page ---- */

#define PAGE "docs/vdev.md"

static void registers(FILE *out)
{
	run_case(&(struct vt_case){"registers", vt_table_registers}, out);
}

static void config(FILE *out)
{
	run_case(&(struct vt_case){"configuration space", vt_table_config}, out);
}

static void commands(FILE *out)
{
	run_case(&(struct vt_case){"commands", vt_table_commands}, out);
}

static void test_page(void)
{
	CU_ASSERT(doc_table_current(PAGE, "registers", registers));
	CU_ASSERT(doc_table_current(PAGE, "config", config));
	CU_ASSERT(doc_table_current(PAGE, "commands", commands));
}

static void write_page(void)
{
	if (!doc_table_write(PAGE, "registers", registers) ||
	    !doc_table_write(PAGE, "config", config) ||
	    !doc_table_write(PAGE, "commands", commands))
		CU_FAIL("no place for a table in the page");
}

int main(int argc, char **argv)
{
	bool write = argc > 1 && !strcmp(argv[1], "--write-docs");
	unsigned int failed;

	CU_initialize_registry();
	for (size_t g = 0; g < GROUPS; g++) {
		CU_pSuite s = CU_add_suite(groups[g].name, NULL, NULL);

		for (const struct vt_case *c = groups[g].cases; c->name; c++)
			CU_add_test(s, c->name, run_next);
	}
	CU_add_test(CU_add_suite("page", NULL, NULL), PAGE, write ? write_page : test_page);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
