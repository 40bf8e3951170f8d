// SPDX-License-Identifier: GPL-2.0
// Every attack, and its neighbour's whole view of the world with and without it.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/system.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_victim.h"
#include "tests/unit/sim/defect_life.h"
#include "tests/unit/sim/doc_table.h"
#include "tests/unit/sim/guest_kernel.h"

#define CONFIG	  "traces/configs/tenants-mixed.json"
#define DOC	  "docs/isolation.md"
#define VICTIM_WQ 1
/* At a time, that an attack makes at most. */
#define PAGE_REQUESTS 32

/* ---- one run ---- */

struct run {
	const struct attack *a;
	bool with;
	struct world w;
	struct attacker atk;
	struct victim v;
	bool prepared, attack_over;
	int line; /* that the attack stopped at */
};

static bool at_share(const struct run *r)
{
	return r->a->place == AT_SHARE;
}

static int prepare_guest(void *arg)
{
	struct run *r = arg;
	struct attacker *a = &r->atk;
	int rc = world_enable_as(guest_kernel(a->g), "wq0.0", at_share(r) ? "user" : "kernel");

	if (rc)
		return rc;
	a->regs = atk_bar(DSA_PCI_BAR_MMIO);
	a->portals = atk_bar(DSA_PCI_BAR_PORTAL);
	a->mem = atk_memory(ATTACK_BUF, &a->dma);
	a->own_handle = request_handle();
	if (!a->mem)
		return -ENOMEM;
	return at_share(r) ? program_start(&a->prog, guest_kernel(a->g), "wq0.0", true) : 0;
}

static int prepare_host(void *arg)
{
	struct run *r = arg;

	return program_start(&r->atk.prog, system_host(r->w.sys), "wq0.4", true);
}

/* As long as the neighbour works, and once at least. */
static void attack_main(void *arg)
{
	struct run *r = arg;

	do {
		r->line = r->a->round(&r->atk);
		r->atk.rounds++;
	} while (!r->line && !r->v.done);
	r->attack_over = true;
}

static bool run_over(void *arg)
{
	struct run *r = arg;

	return r->v.done && (!r->with || r->attack_over);
}

/* The attacker, as it is without an attack: booted, its queue enabled. */
static void attacker_new(struct run *r)
{
	static const char *const wq[][2] = {
		[AT_OWN_QUEUE] = {"wq0.0"}, [AT_SAME_GROUP] = {"wq0.2"}, [AT_SHARE] = {"wq0.5"}};
	static const struct guest_cfg sva = {.node = -1, .sva = true};
	struct attacker *a = &r->atk;

	if (r->a->place == AT_HOST) {
		CU_ASSERT_EQUAL_FATAL(system_call(r->w.sys, prepare_host, r), 0);
		return;
	}
	a->g = world_guest(&r->w, "attacker", 16 * MIB, wq[r->a->place], at_share(r) ? &sva : NULL);
	CU_ASSERT_EQUAL_FATAL(guest_call(a->g, prepare_guest, r), 0);
}

static int end_program(void *arg)
{
	struct run *r = arg;

	program_end(&r->atk.prog);
	return 0;
}

/* In the middle of it. */
static void attacker_free(struct run *r)
{
	if (r->atk.g)
		guest_free(r->atk.g);
	else
		CU_ASSERT_EQUAL(system_call(r->w.sys, end_program, r), 0);
	r->atk.g = NULL;
}

static int host_works(void *arg)
{
	struct gclient *c = gclient_open("wq0.3");
	int rc = c ? gclient_move(c, 65536, 3, false) : -ENODEV;

	(void)arg;
	if (c)
		gclient_close(c);
	return rc;
}

/* The attacker's machine is pulled away; what must be left is what was there before it came. */
static void finish(struct run *r, const struct possessions *before)
{
	struct possessions after;
	u32 i;

	attacker_free(r);
	world_count(&r->w, &after);
	CU_ASSERT(possessions_equal(before, &after));
	CU_ASSERT(world_conserved(&r->w));
	CU_ASSERT(world_quiet(guest_kernel(r->v.g)));
	CU_ASSERT_EQUAL(system_call(r->w.sys, host_works, NULL), 0);
	CU_ASSERT(world_quiet(system_host(r->w.sys)));
	for (i = 0; i < r->w.found.n && i < FINDINGS_MAX; i++)
		fprintf(stderr, "%s: %s\n", r->a->name, r->w.found.text[i]);
	CU_ASSERT_EQUAL(r->w.found.n, 0);
	world_end_guest(r->v.g);
	world_free(&r->w);
}

/*
 * A few records that go nowhere: the host's IOMMU driver keeps room for as many page requests as
 * there ever were at a time.
 */
static int ask_for_pages(void *arg)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR};
	struct program x;
	int rc = program_start(&x, system_host(((struct world *)arg)->sys), "wq0.4", true);
	u32 i;

	atk_warm_up();
	rc = rc ? rc : raw_once(arg);
	for (i = 0; i < PAGE_REQUESTS && !rc; i++) {
		d.completion_addr = 0x10000 * (i + 1);
		rc = program_submit(&x, &d);
	}
	fiber_sleep(100 * US);
	program_end(&x);
	return rc;
}

static void run_once(struct run *r, const struct attack *a, bool with)
{
	struct possessions before;
	struct kernel *k;

	memset(r, 0, sizeof(*r));
	r->a = a;
	r->with = with;
	world_new(&r->w, CONFIG, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(system_call(r->w.sys, ask_for_pages, &r->w), 0);
	victim_new(&r->v, &r->w, at_share(r));
	/* A queue that was given once rests until the next guest comes. */
	attacker_new(r);
	attacker_free(r);
	world_count(&r->w, &before);
	memset(&r->atk, 0, sizeof(r->atk));
	r->atk.w = &r->w;
	r->atk.victim_wq = r->v.wq;
	r->atk.victim_pasid = r->v.pasid;
	r->atk.victim_handle = r->v.handle;
	sim_rng_init(&r->atk.rng, 1, a->name);
	attacker_new(r);
	k = r->atk.g ? guest_kernel(r->atk.g) : system_host(r->w.sys);
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(r->v.g), victim_main, &r->v, "victim"), 0);
	if (with)
		CU_ASSERT_EQUAL(kernel_run_on_fiber(k, attack_main, r, "attack"), 0);
	CU_ASSERT_EQUAL(system_run_until(r->w.sys, run_over, r), 0);
	r->v.view.physical = victim_physical(&r->v);
	finish(r, &before);
}

/* ---- with and without ---- */

static void compare_views(const struct attack *a, const struct view *with, const struct view * not )
{
	u32 i, ops = 0, records = 0;

	for (i = 0; i < VICTIM_OPS; i++) {
		ops += with->op[i].rc != not ->op[i].rc || not ->op[i].rc;
		records += memcmp(with->op[i].record, not ->op[i].record, 32) != 0;
	}
	if (ops || records || with->interrupts != not ->interrupts)
		fprintf(stderr, "%s: %u operations, %u records, %llu interrupts for %llu\n",
			a->name, ops, records, with->interrupts, not ->interrupts);
	for (i = 0; i < 0x1000 / 8; i++)
		if (with->registers[i] != not ->registers[i])
			fprintf(stderr, "%s: register %#x: %#llx for %#llx\n", a->name, 8 * i,
				with->registers[i], not ->registers[i]);
	CU_ASSERT_EQUAL(ops, 0);
	CU_ASSERT_EQUAL(records, 0);
	CU_ASSERT_EQUAL(with->interrupts, not ->interrupts);
	CU_ASSERT(!memcmp(with->registers, not ->registers, sizeof(with->registers)));
	CU_ASSERT(!memcmp(with->config, not ->config, sizeof(with->config)));
	CU_ASSERT_EQUAL(with->physical, not ->physical);
}

/* All of an engine, or half of one; percent of the latency. */
static u64 share_of(const struct attack *a)
{
	return a->place == AT_OWN_QUEUE || a->place == AT_HOST ? 105 : 200;
}

static void attack(const struct attack *a)
{
	static struct run with, without;
	u64 ratio, bound = a->latency ? a->latency : share_of(a);

	run_once(&without, a, false);
	run_once(&with, a, true);
	if (with.line)
		fprintf(stderr, "%s: line %d, round %llu\n", a->name, with.line, with.atk.rounds);
	CU_ASSERT_EQUAL(with.line, 0);
	CU_ASSERT(without.v.share || without.v.view.interrupts > 0);
	compare_views(a, &with.v.view, &without.v.view);
	ratio = with.v.latency * 100 / without.v.latency;
	printf("%4llu rounds, latency mean %llu ns -> %llu ns (%llu %%), longest %llu ns -> %llu "
	       "ns: %s\n",
	       with.atk.rounds, without.v.latency / VICTIM_OPS / 1000,
	       with.v.latency / VICTIM_OPS / 1000, ratio, without.v.longest / 1000,
	       with.v.longest / 1000, a->name);
	CU_ASSERT(ratio <= bound);
}

static void run_all(const struct attack *a, u32 n)
{
	while (n--)
		attack(a++);
}

static void test_guest(void)
{
	run_all(guest_attacks, nr_guest_attacks);
	run_all(descriptor_attacks, nr_descriptor_attacks);
	run_all(race_attacks, nr_race_attacks);
}

static void test_share(void)
{
	run_all(share_attacks, nr_share_attacks);
	run_all(viommu_attacks, nr_viommu_attacks);
}

static void test_program(void)
{
	run_all(program_attacks, nr_program_attacks);
	run_all(raw_attacks, nr_raw_attacks);
}

/* What is not prevented happens: else the page is wrong about it. */
static void test_limits(void)
{
	CU_ASSERT(share_tells_errors(true));
	CU_ASSERT(!share_tells_errors(false));
	CU_ASSERT(share_loses_work());
}

/* ---- the page ---- */

static void row(FILE *out, const struct attack *a)
{
	static const char *const origin[] = {
		[FROM_GUEST_KERNEL] = "guest kernel",
		[FROM_GUEST_PROCESS] = "guest process",
		[FROM_HOST_PROCESS] = "host process",
	};
	static const char *const by[] = {
		[BY_DEVICE] = "device",		[BY_IOMMU] = "IOMMU", [BY_CPU] = "processor",
		[BY_HYPERVISOR] = "hypervisor", [BY_VDCM] = "VDCM",   [BY_HOST] = "host driver",
		[BY_NOBODY] = "**nobody**",
	};

	static const char *const effect[] = {
		[AT_OWN_QUEUE] = "none",
		[AT_SAME_GROUP] = "shares its engine",
		[AT_SHARE] = "shares its queue",
		[AT_HOST] = "none",
	};

	fprintf(out, "| %s | %s | %s | %s | %s%s%s |\n", a->name, origin[a->origin], by[a->by],
		a->how, effect[a->place], a->leftover ? "; " : "", a->leftover ? a->leftover : "");
}

static void table(FILE *out)
{
	u32 i;

	fprintf(out, "| attack | from | stopped by | how | effect on the neighbour |\n"
		     "|---|---|---|---|---|\n");
	for (i = 0; i < nr_guest_attacks; i++)
		row(out, &guest_attacks[i]);
	for (i = 0; i < nr_descriptor_attacks; i++)
		row(out, &descriptor_attacks[i]);
	for (i = 0; i < nr_race_attacks; i++)
		row(out, &race_attacks[i]);
	for (i = 0; i < nr_share_attacks; i++)
		row(out, &share_attacks[i]);
	for (i = 0; i < nr_viommu_attacks; i++)
		row(out, &viommu_attacks[i]);
	for (i = 0; i < nr_program_attacks; i++)
		row(out, &program_attacks[i]);
	for (i = 0; i < nr_raw_attacks; i++)
		row(out, &raw_attacks[i]);
	fputs("| Abort of a shared physical queue | host driver | **nobody** | the command knows "
	      "queues, "
	      "not tenants; no virtual device passes it on | what waits in it is gone without a "
	      "record |\n"
	      "| errors of a shared queue told to all who share it | host driver | **nobody** | "
	      "`error_broadcast`, as code of 2020 to 2022 did; off at first | sees error code, "
	      "address "
	      "and operation of another |\n",
	      out);
}

static void test_page(void)
{
	CU_ASSERT(doc_table_current(DOC, "attacks", table));
}

int main(int argc, char **argv)
{
	CU_pSuite s;
	int failed;

	if (argc == 2 && !strcmp(argv[1], "--write-docs"))
		return !doc_table_write(DOC, "attacks", table);
	CU_initialize_registry();
	s = CU_add_suite("attacks", NULL, NULL);
	CU_add_test(s, "from a guest with a queue", test_guest);
	CU_add_test(s, "from a guest with a share", test_share);
	CU_add_test(s, "from programs", test_program);
	CU_add_test(s, "what a shared queue does not keep apart", test_limits);
	CU_add_test(s, "the page has them all", test_page);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
