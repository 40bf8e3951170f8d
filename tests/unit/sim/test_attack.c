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
#include "tests/unit/sim/doc_table.h"
#include "tests/unit/sim/guest_kernel.h"

#define CONFIG	  "traces/configs/tenants-mixed.json"
#define DOC	  "docs/isolation.md"
#define OPS	  100
#define PERIOD	  (30 * US)
#define VICTIM_WQ 1

/* ---- the neighbour: all that it can see ---- */

struct view {
	struct {
		int rc; /* data compared, record good */
		u8 record[32];
	} op[OPS];
	u64 interrupts;
	u64 registers[0x1000 / 8];
	u32 config[64];
	u64 physical; /* hash of what the device keeps for it */
};

struct victim {
	struct guest *g;
	struct world *w;
	u64 latency; /* ps, all operations together */
	u64 longest;
	struct view view;
	bool done;
};

static u64 hash(u64 h, u64 value)
{
	return (h ^ value) * 0x100000001b3ull;
}

/* The registers that hold its queue, its slot, and what all share. */
static u64 physical_state(struct world *w, u32 slot)
{
	struct dsa *dsa = world_dsa(w);
	u64 offs = dsa_mmio_read(dsa, DSA_REG_OFFSETS, 8), h = 0xcbf29ce484222325ull;
	u64 wqcap = dsa_mmio_read(dsa, DSA_REG_WQCAP, 8), at, i;
	u64 stride = 1ull << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, wqcap) + DSA_WQCFG_MIN_SHIFT);

	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENCFG, 4));
	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENCTRL, 4));
	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENSTS, 4));
	at = SPEC_GET(DSA_OFFSETS0_WQCFG, offs) * DSA_OFFSET_UNIT + VICTIM_WQ * stride;
	for (i = 0; i < DSA_WQCFG_DW_STATUS; i++)
		h = hash(h, dsa_mmio_read(dsa, at + 4 * i, 4));
	at = SPEC_GET(DSA_OFFSETS0_GRPCFG, offs) * DSA_OFFSET_UNIT;
	for (i = 0; i < 4 * DSA_GRPCFG_STRIDE; i += 8)
		h = hash(h, dsa_mmio_read(dsa, at + i, 8));
	at = SPEC_GET(DSA_OFFSETS0_MSIXPERM, offs) * DSA_OFFSET_UNIT;
	for (i = 0; i < 9; i++)
		h = hash(h, dsa_mmio_read(dsa, at + i * DSA_MSIXPERM_STRIDE, 8));
	at = SPEC_GET(DSA_OFFSETS0_IMS, offs) * DSA_OFFSET_UNIT + slot * DSA_IMS_STRIDE;
	return hash(hash(h, dsa_mmio_read(dsa, at, 8)), dsa_mmio_read(dsa, at + 8, 8));
}

static void look_at_device(struct victim *v)
{
	u64 at = atk_bar(DSA_PCI_BAR_MMIO);
	u32 i;

	for (i = 0; i < 0x1000 / 8; i++)
		v->view.registers[i] = atk_read(at + 8 * i, 8);
	for (i = 0; i < 64; i++)
		v->view.config[i] = atk_config(3u << 3, 4 * i, 4);
}

static void victim_main(void *arg)
{
	struct victim *v = arg;
	struct gclient *c = gclient_open("wq0.0");
	u64 start = sim_now(v->w->sim), begin, took;
	struct vm_stats before, after;
	u32 i;

	guest_vm_stats(v->g, &before);
	for (i = 0; i < OPS && c; i++) {
		if (sim_now(v->w->sim) < start + i * PERIOD)
			fiber_sleep(start + i * PERIOD - sim_now(v->w->sim));
		begin = sim_now(v->w->sim);
		v->view.op[i].rc = gclient_move(c, 64 + 40 * i, i, i & 1);
		took = sim_now(v->w->sim) - begin;
		v->latency += took;
		if (took > v->longest)
			v->longest = took;
		gclient_record(c, v->view.op[i].record);
	}
	guest_vm_stats(v->g, &after);
	v->view.interrupts = after.interrupts - before.interrupts;
	look_at_device(v);
	if (c)
		gclient_close(c);
	v->done = true;
}

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

static int guest_enable(void *arg)
{
	return world_enable(guest_kernel(arg), "wq0.0");
}

static u32 own_handle(void)
{
	u64 regs = atk_bar(DSA_PCI_BAR_MMIO);
	u32 status;

	atk_write(regs + DSA_REG_CMD, 4, (u64)DSA_CMD_REQUEST_INT_HANDLE << 20 | 1);
	do
		status = atk_read(regs + DSA_REG_CMDSTS, 4);
	while (status & DSA_CMDSTS_ACTIVE);
	return SPEC_GET(DSA_CMDSTS_RESULT, status);
}

static int victim_handle(void *arg)
{
	((struct run *)arg)->atk.victim_handle = own_handle();
	return 0;
}

static int prepare_guest(void *arg)
{
	struct run *r = arg;
	struct attacker *a = &r->atk;

	a->regs = atk_bar(DSA_PCI_BAR_MMIO);
	a->portals = atk_bar(DSA_PCI_BAR_PORTAL);
	a->mem = atk_memory(ATTACK_BUF, &a->dma);
	a->own_handle = own_handle();
	return a->mem ? 0 : -ENOMEM;
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

static void learn(struct run *r)
{
	struct dsa *dsa = world_dsa(&r->w);
	u64 offs = dsa_mmio_read(dsa, DSA_REG_OFFSETS, 8);
	u64 wqcap = dsa_mmio_read(dsa, DSA_REG_WQCAP, 8);
	u64 stride = 1ull << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, wqcap) + DSA_WQCFG_MIN_SHIFT);
	u64 at = SPEC_GET(DSA_OFFSETS0_WQCFG, offs) * DSA_OFFSET_UNIT + VICTIM_WQ * stride;

	r->atk.victim_wq = VICTIM_WQ;
	r->atk.victim_pasid =
		SPEC_GET(DSA_WQCFG2_PASID, dsa_mmio_read(dsa, at + 4 * DSA_WQCFG_DW_MODE, 4));
}

static void start_attack(struct run *r)
{
	struct kernel *k = guest_kernel(r->atk.g);

	if (r->with)
		CU_ASSERT_EQUAL(kernel_run_on_fiber(k, attack_main, r, "attack"), 0);
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

	guest_free(r->atk.g);
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

static void run_once(struct run *r, const struct attack *a, bool with)
{
	static const char *const victim_wq[] = {"wq0.1", NULL};
	static const char *const own_wq[] = {"wq0.0", NULL}, *const near_wq[] = {"wq0.2", NULL};
	const char *const *wq = a->same_group ? near_wq : own_wq;
	struct possessions before;

	memset(r, 0, sizeof(*r));
	r->a = a;
	r->with = with;
	world_new(&r->w, CONFIG, NULL, 0);
	r->v.w = &r->w;
	r->v.g = world_guest(&r->w, "victim", 16 * MIB, victim_wq, NULL);
	/* Beside it: what the host keeps after two at once it keeps from now on. */
	world_end_guest(world_guest(&r->w, "orderly", 16 * MIB, wq, NULL));
	CU_ASSERT_EQUAL(guest_call(r->v.g, guest_enable, r->v.g), 0);
	CU_ASSERT_EQUAL(guest_call(r->v.g, victim_handle, r), 0);
	/* A queue that was given once rests until the next guest comes. */
	world_end_guest(world_guest(&r->w, "orderly", 16 * MIB, wq, NULL));
	world_count(&r->w, &before);
	r->atk.w = &r->w;
	sim_rng_init(&r->atk.rng, 1, a->name);
	r->atk.g = world_guest(&r->w, "attacker", 16 * MIB, wq, NULL);
	CU_ASSERT_EQUAL(guest_call(r->atk.g, guest_enable, r->atk.g), 0);
	CU_ASSERT_EQUAL_FATAL(guest_call(r->atk.g, prepare_guest, r), 0);
	learn(r);
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(r->v.g), victim_main, &r->v, "victim"), 0);
	start_attack(r);
	CU_ASSERT_EQUAL(system_run_until(r->w.sys, run_over, r), 0);
	r->v.view.physical = physical_state(&r->w, r->atk.victim_handle);
	finish(r, &before);
}

/* ---- with and without ---- */

static void compare_views(const struct attack *a, const struct view *with, const struct view * not )
{
	u32 i, ops = 0, records = 0;

	for (i = 0; i < OPS; i++) {
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

static void attack(const struct attack *a)
{
	static struct run with, without;
	/* All of an engine, or half of one. */
	u64 ratio, bound = a->same_group ? 200 : 105;

	run_once(&without, a, false);
	run_once(&with, a, true);
	if (with.line)
		fprintf(stderr, "%s: line %d, round %llu\n", a->name, with.line, with.atk.rounds);
	CU_ASSERT_EQUAL(with.line, 0);
	CU_ASSERT(without.v.view.interrupts > 0);
	compare_views(a, &with.v.view, &without.v.view);
	ratio = with.v.latency * 100 / without.v.latency;
	printf("%4llu rounds, latency mean %llu ns -> %llu ns (%llu %%), longest %llu ns -> %llu "
	       "ns: %s\n",
	       with.atk.rounds, without.v.latency / OPS / 1000, with.v.latency / OPS / 1000, ratio,
	       without.v.longest / 1000, with.v.longest / 1000, a->name);
	CU_ASSERT(ratio <= bound);
}

static void test_from_guest_kernel(void)
{
	u32 i;

	for (i = 0; i < nr_guest_attacks; i++)
		attack(&guest_attacks[i]);
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

	fprintf(out, "| %s | %s | %s | %s | %s%s%s |\n", a->name, origin[a->origin], by[a->by],
		a->how, a->same_group ? "shares its engine" : "none", a->leftover ? "; " : "",
		a->leftover ? a->leftover : "");
}

static void table(FILE *out)
{
	u32 i;

	fprintf(out, "| attack | from | stopped by | how | effect on the neighbour |\n"
		     "|---|---|---|---|---|\n");
	for (i = 0; i < nr_guest_attacks; i++)
		row(out, &guest_attacks[i]);
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
	CU_add_test(s, "from a guest's kernel", test_from_guest_kernel);
	CU_add_test(s, "the page has them all", test_page);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
