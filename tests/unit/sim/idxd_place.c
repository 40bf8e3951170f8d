// SPDX-License-Identifier: GPL-2.0
// Where the bodies of the driver's tests run: in the host, in guests behind each door.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/scenario.h"
#include "tests/unit/sim/doc_table.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/idxd_place.h"

#define PAGE	   "docs/driver-tests.md"
#define BODIES_MAX 64

static const struct place {
	const char *name;
	bool guest;
	struct world_guest how;
} places[] = {
	{"host", false, {0}},
	{"mediated device", true, {.home = SCN_HOME_KERNEL_MDEV}},
	{"mediated device, SVA", true, {.home = SCN_HOME_KERNEL_MDEV, .sva = true}},
	{"character device", true, {.home = SCN_HOME_KERNEL_CDEV}},
	{"character device, SVA", true, {.home = SCN_HOME_KERNEL_CDEV, .sva = true}},
	{"monitor", true, {.home = SCN_HOME_VMM}},
	{"monitor, SVA", true, {.home = SCN_HOME_VMM, .sva = true}},
	{"character device, SVA, posted interrupts",
	 true,
	 {.home = SCN_HOME_KERNEL_CDEV, .sva = true, .interrupts = SCN_INTERRUPTS_POSTED}},
	/* With SVA what is absent is for descriptors that ask to wait, which these do not. */
	{"mediated device, memory on demand",
	 true,
	 {.home = SCN_HOME_KERNEL_MDEV, .memory_mode = SCN_MEMORY_DEMAND}},
	{"monitor, its memory shared, posted interrupts",
	 true,
	 {.home = SCN_HOME_VMM,
	  .memory_mode = SCN_MEMORY_SHARED,
	  .interrupts = SCN_INTERRUPTS_POSTED}},
	{"server of its own, SVA", true, {.home = SCN_HOME_VFIO_USER, .sva = true}},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static const struct place *here = places;

/* What became of each body at each place. */
static struct note {
	const char *name;
	bool ran[PLACES];
	const char *missing[PLACES]; /* why it could not */
} notes[BODIES_MAX];
static u32 nnotes;
static const char *table; /* in the page */

bool place_is_guest(void)
{
	return here->guest;
}

static struct note *note_of(const char *name)
{
	u32 i;

	for (i = 0; i < nnotes; i++)
		if (!strcmp(notes[i].name, name))
			return &notes[i];
	CU_ASSERT_FATAL(nnotes < BODIES_MAX);
	notes[nnotes].name = name;
	return &notes[nnotes++];
}

/* ---- one body ---- */

static void boot(struct world *w, const struct world_cfg *cfg)
{
	if (here->guest)
		world_boot_guest(w, cfg, &here->how);
	else if (cfg->recorded || cfg->needs & NEED_NO_PASIDS)
		world_boot_recorded(w, cfg);
	else
		world_boot(w, cfg->platform, cfg->sets, cfg->nsets);
}

static void stopped(void *ctx, int err)
{
	*(int *)ctx = err ? err : 1;
}

/* The kernel ends in good order, with whatever the body left. */
static void stop(struct world *w)
{
	struct kernel_stats st;
	int done = 0;

	kernel_get_stats(w->k, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(kernel_stop(w->k, stopped, &done), 0);
	while (!done && sim_step(w->sim))
		;
	CU_ASSERT_EQUAL(done, 1);
}

static int halt_disabled(void *arg)
{
	struct world *w = arg;
	u32 sts;

	world_halt(w, DSA_RESET_WARM);
	fiber_sleep(1000 * US);
	sts = gclient_reg(DSA_REG_GENSTS, 4);
	return SPEC_GET(DSA_GENSTS_STATE, sts) == DSA_STATE_HALT;
}

/* What only a try can tell costs a world of its own. */
static const char *try_needs(struct world *w, const struct world_cfg *cfg)
{
	const char *missing = NULL;

	if (!(cfg->needs & NEED_HALT_DISABLED))
		return NULL;
	if (!world_call(w, halt_disabled, w))
		missing = "GENSTS: no halt while disabled";
	world_down(w);
	boot(w, cfg);
	return missing;
}

/* Where it failed, and what the driver said. */
static void tell(struct world *w, const struct place_body *b)
{
	static char log[1 << 16];

	kernel_log_read(w->k, log, sizeof(log));
	fprintf(stderr, "\nin: %s, %s\n%s", here->name, b->name, log);
}

void place_run(struct world *w, const struct place_body *b)
{
	struct note *note = note_of(b->name);
	u32 at = here - places, failed = CU_get_number_of_failures(), i;
	const char *missing;

	boot(w, &b->cfg);
	missing = caps_missing(&w->caps, b->cfg.needs, b->cfg.queues);
	if (!missing)
		missing = try_needs(w, &b->cfg);
	if (missing) {
		CU_ASSERT(here->guest);
		note->missing[at] = missing;
		world_down(w);
		return;
	}
	for (i = 0; i < 4 && b->fn[i]; i++)
		CU_ASSERT_EQUAL(world_call(w, b->fn[i], b->arg), 0);
	if (b->stop)
		stop(w);
	if (CU_get_number_of_failures() != failed)
		tell(w, b);
	world_down(w);
	note->ran[at] = true;
}

void place_run_all(struct world *w, const struct place_body *bodies, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		place_run(w, &bodies[i]);
}

/* ---- all ---- */

/* Reasons by number, in the order in which the table has them. */
static const char *reasons[32];
static u32 nreasons;

static u32 reason(const char *text)
{
	u32 i;

	for (i = 0; i < nreasons; i++)
		if (!strcmp(reasons[i], text))
			return i + 1;
	if (nreasons < sizeof(reasons) / sizeof(reasons[0]))
		reasons[nreasons++] = text;
	return nreasons;
}

static void write_row(FILE *out, const struct note *n)
{
	u32 i;

	fprintf(out, "| %s |", n->name);
	for (i = 0; i < PLACES; i++)
		if (n->missing[i])
			fprintf(out, " (%u) |", reason(n->missing[i]));
		else
			fprintf(out, " %s |", n->ran[i] ? "runs" : "-");
	fputc('\n', out);
}

static void write_table(FILE *out)
{
	u32 i, k, ran;

	nreasons = 0;
	fprintf(out, "| body |");
	for (i = 0; i < PLACES; i++)
		fprintf(out, " %s |", places[i].name);
	fprintf(out, "\n|---|");
	for (i = 0; i < PLACES; i++)
		fprintf(out, "---|");
	fputc('\n', out);
	for (i = 0; i < nnotes; i++)
		write_row(out, &notes[i]);
	fprintf(out, "| **%u, of which run** |", nnotes);
	for (i = 0; i < PLACES; i++) {
		for (k = ran = 0; k < nnotes; k++)
			ran += notes[k].ran[i];
		fprintf(out, " **%u** |", ran);
	}
	fputc('\n', out);
	for (i = 0; i < nreasons; i++)
		fprintf(out, "%s(%u) %s", i ? ", " : "\n", i + 1, reasons[i]);
	if (nreasons)
		fputs(".\n", out);
}

/* Nothing is left out without a reason, and the page says so. */
static void test_page(void)
{
	u32 i, k;

	for (i = 0; i < nnotes; i++) {
		CU_ASSERT(notes[i].ran[0]);
		for (k = 0; k < PLACES; k++)
			CU_ASSERT(notes[i].ran[k] != !!notes[i].missing[k]);
	}
	CU_ASSERT(doc_table_current(PAGE, table, write_table));
}

static u32 next_place;

/* CUnit calls it before the tests of each suite, in their order. */
static int go_to_place(void)
{
	here = &places[next_place++];
	return 0;
}

int place_main(int argc, char **argv, const char *suite, const struct place_test *tests, u32 n)
{
	bool docs = argc > 1 && !strcmp(argv[1], "--write-docs");
	char name[PLACES][96];
	CU_pSuite s;
	u32 i, k;
	int failed;

	table = suite;
	CU_initialize_registry();
	for (i = 0; i < PLACES; i++) {
		snprintf(name[i], sizeof(name[i]), "%s: %s", suite, places[i].name);
		s = CU_add_suite(name[i], go_to_place, NULL);
		for (k = 0; k < n; k++)
			CU_add_test(s, tests[k].name, tests[k].fn);
	}
	if (!docs)
		CU_add_test(CU_add_suite(PAGE, NULL, NULL), "is current", test_page);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	if (docs && !failed && !doc_table_write(PAGE, suite, write_table))
		failed = 1;
	return failed != 0;
}
