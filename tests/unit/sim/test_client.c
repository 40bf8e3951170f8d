// SPDX-License-Identifier: GPL-2.0
/* Clients of whole runs: loops, limits, lost descriptors, interrupts, and that wrong data is seen.
 */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/stats.h"
#include "sim/workload/workload_priv.h"
#include "tests/unit/sim/run_world.h"

#define US 1000000ull

static char path[64];
static struct run_world w;

/* A scenario of one process with these keys, on an accel-config of traces/configs or the default.
 */
static void open_run(const char *config, const char *top, const char *keys)
{
	struct run_how how = {.scenario = path};
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "name: test\nplatform: spr\n%s\n", top);
	if (config)
		fprintf(f, "accel_config:\n  - file: %s/traces/configs/%s.json\n",
			getcwd((char[512]){0}, 512), config);
	fprintf(f, "processes:\n  - { name: p, %s }\n", keys);
	fclose(f);
	CU_ASSERT_EQUAL_FATAL(run_world_open(&w, &how), 0);
}

/* Runs to the end; the checks that failed. */
static int go(void)
{
	CU_ASSERT_EQUAL(run_world_go(&w), 0);
	return run_world_finish(&w);
}

static struct dsa_totals totals(void)
{
	struct dsa_totals t;

	dsa_totals(machine_dsa(system_machine(w.sys), 0), &t);
	return t;
}

/* ---- Seeded defects ---- */

static u32 at_unit, seen;
static bool hit_source;

/* Between a descriptor's completion and its client's look: one bit of its memory changes. */
static void retired(void *ctx, struct dsa *dsa, const struct dsa_retired *r)
{
	struct slot *s = &w.wl->client[0]->slot[r->origin.tag];
	u64 pa, run, len = s->op.size, addr = hit_source ? s->op.src : s->op.dst;
	u8 *p;

	if (r->member > 0 || !r->origin.client || ++seen != at_unit)
		return;
	if (s->op.op == DSA_OPCODE_BATCH) {
		memcpy(&addr, s->member_desc[0] + (hit_source ? 16 : 24), 8);
		len = 8;
	}
	p = space_ptr(s->c->space, addr + len / 2, 1, true, &pa, &run);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	*p ^= 0x10;
}

/*
 * The report does not see the devices here (there is one observer): that one finding is always
 * there.
 */
#define UNSEEN 1

/* What the run says when unit @unit (0: none) is damaged; also how many operations it judged. */
static int damaged(const char *keys, u32 unit, bool source, u64 *judged)
{
	static const struct dsa_observer obs = {.retired = retired};
	int failed;

	at_unit = unit;
	seen = 0;
	hit_source = source;
	open_run(NULL, "", keys);
	dsa_set_observer(machine_dsa(system_machine(w.sys), 0), &obs);
	failed = go() - UNSEEN;
	*judged = w.wl->verified;
	run_world_close(&w);
	return failed;
}

static void test_a_damaged_byte_is_seen(void)
{
	static const struct {
		const char *op;
		bool source;
	} of[] = {
		{"memmove", false}, {"memfill", false}, {"dualcast", false}, {"copy_crc", false},
		{"crc_gen", true},  {"copy_crc", true}, {"compval", true},   {"compare", true},
		{"compare", false}, {"dualcast", true},
	};
	char keys[128];
	u64 judged;
	u32 i;

	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		snprintf(keys, sizeof(keys), "op: %s, size: 5000 B, count: 20", of[i].op);
		CU_ASSERT_EQUAL(damaged(keys, 0, of[i].source, &judged), 0);
		CU_ASSERT_EQUAL(judged, 20);
		CU_ASSERT_EQUAL(damaged(keys, 7, of[i].source, &judged), 1);
	}
}

static void test_a_damaged_member_is_seen(void)
{
	u64 judged;

	CU_ASSERT_EQUAL(damaged("op: memmove, count: 40, batch: 4", 0, false, &judged), 0);
	CU_ASSERT_EQUAL(judged, 40);
	CU_ASSERT_EQUAL(damaged("op: memmove, count: 40, batch: 4", 3, false, &judged), 1);
}

static void test_a_repaired_operation_is_judged(void)
{
	u64 judged;

	CU_ASSERT_EQUAL(
		damaged("op: 'memmove:1,copy_crc:1', size: 20000 B, count: 20, fault: minor", 0,
			false, &judged),
		0);
	CU_ASSERT_EQUAL(judged, 20);
}

/* Units on the same buffers at once: whatever they find there is no error. */
static void test_shared_memory_is_not_judged(void)
{
	u64 judged;

	CU_ASSERT_EQUAL(damaged("op: 'memmove:3,memfill:3,compare:1', count: 2000, window: 16, "
				"loop: ring, reuse: one",
				0, false, &judged),
			0);
	CU_ASSERT(judged < 200);
	CU_ASSERT_EQUAL(damaged("op: memmove, count: 2000, window: 16, loop: ring, recycle: 8, "
				"size: 'uniform:1 B:20 KiB'",
				0, false, &judged),
			0);
	CU_ASSERT_EQUAL(judged, 2000);
}

/* ---- Limits ---- */

static void test_max_time_is_exact(void)
{
	u64 begin;

	open_run(NULL, "max_time: 50 us", "op: memmove, count: 100000, loop: ring, window: 16");
	begin = sim_now(w.sim);
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT_EQUAL(workload_end(w.wl) - begin, 50 * US);
	run_world_close(&w);
}

static void test_duration_ends_a_thread(void)
{
	u64 begin, total;

	open_run(NULL, "", "op: memmove, count: 0, ws: 1 MiB, duration: 100 us, think: 1 us");
	begin = sim_now(w.sim);
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT(workload_end(w.wl) - begin < 102 * US);
	CU_ASSERT(workload_progress(w.wl, &total) > 30);
	run_world_close(&w);
}

static void test_windows_keep_within_a_dedicated_queue(void)
{
	open_run("4dwq32", "",
		 "op: memmove, count: 2000, loop: ring, window: 200, threads: 2, wq: wq0.0");
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT_EQUAL(totals().dropped, 0);
	CU_ASSERT_EQUAL(totals().completed, 4000);
	run_world_close(&w);
}

/* Who looks at nothing loses what does not fit; it is counted, and the run ends. */
static void test_lost_descriptors_are_counted(void)
{
	open_run("4dwq32", "", "op: memmove, size: 16 KiB, count: 500, loop: push, wq: wq0.0");
	CU_ASSERT_EQUAL(run_world_go(&w), 0);
	CU_ASSERT(totals().dropped > 0);
	CU_ASSERT_EQUAL(workload_failed(w.wl), totals().dropped);
	CU_ASSERT_EQUAL(w.wl->client[0]->lost_units, totals().dropped);
	run_world_close(&w);
}

static void test_refusals_end(void)
{
	open_run("mixed-swq-dwq", "",
		 "op: memmove, size: 256 KiB, count: 100, loop: ring, window: 64, retry_max: 2, "
		 "wq: shared");
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT(w.wl->client[0]->lost_units > 0);
	CU_ASSERT_EQUAL(totals().completed + w.wl->client[0]->lost_units, 100);
	CU_ASSERT_EQUAL(workload_failed(w.wl), 0);
	run_world_close(&w);
}

/* ---- Units of several descriptors ---- */

static void test_pieces_go_to_all_queues(void)
{
	struct report_figures f;

	open_run("4dwq32", "",
		 "op: memmove, size: 1 MiB, count: 50, split: 4, wq: [wq0.0, wq0.1, wq0.2, wq0.3], "
		 "window: 4, loop: burst");
	CU_ASSERT_EQUAL(go(), 0);
	report_figures(w.report, &f);
	CU_ASSERT_EQUAL(f.units, 50);
	CU_ASSERT_EQUAL(f.descriptors, 200);
	CU_ASSERT_EQUAL(f.bytes, 50ull << 20);
	CU_ASSERT_EQUAL(w.wl->verified, 200);
	run_world_close(&w);
}

static void test_small_operations_go_apart(void)
{
	struct report_figures f;

	open_run(NULL, "",
		 "op: memmove, size: 'mix:3x4 KiB:1x1 MiB', count: 100, small: cpu, window: 4, "
		 "loop: ring");
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT_EQUAL(totals().completed, 25);
	report_figures(w.report, &f);
	CU_ASSERT_EQUAL(f.units, 100);
	run_world_close(&w);
	open_run(NULL, "",
		 "op: memmove, size: 'mix:16x4 KiB:1x1 MiB', count: 170, small: batch, "
		 "piece: 256 KiB, window: 4, loop: ring, recycle: 4");
	CU_ASSERT_EQUAL(go(), 0);
	report_figures(w.report, &f);
	CU_ASSERT_EQUAL(f.units, 20);
	CU_ASSERT_EQUAL(f.descriptors, 160 + 40);
	CU_ASSERT_EQUAL(totals().batches, 10);
	run_world_close(&w);
}

static void test_first_ends_with_its_first_unit(void)
{
	open_run(NULL, "", "op: memmove, size: 'first:1 MiB:4 KiB', count: 500, loop: first");
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT(totals().completed > 1 && totals().completed <= 500);
	run_world_close(&w);
}

/* ---- The kernel's queues ---- */

static void test_kernel_clients_take_interrupts(void)
{
	u64 before;

	open_run("kernel-dwq-swq", "",
		 "op: memmove, count: 200, addr: phys, wait: interrupt, window: 4, loop: ring");
	before = totals().interrupts;
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT_EQUAL(totals().completed, 200);
	CU_ASSERT_EQUAL(totals().interrupts - before, 200);
	CU_ASSERT_EQUAL(w.wl->verified, 200);
	run_world_close(&w);
	open_run("kernel-dwq-swq", "",
		 "op: memmove, count: 200, addr: phys, window: 4, loop: ring");
	before = totals().interrupts;
	CU_ASSERT_EQUAL(go(), 0);
	CU_ASSERT_EQUAL(totals().interrupts, before);
	CU_ASSERT_EQUAL(totals().completed, 200);
	run_world_close(&w);
}

static void test_kernel_clients_can_be_cut_off(void)
{
	open_run("kernel-dwq-swq", "max_time: 20 us",
		 "op: memmove, count: 2000, addr: phys, wait: interrupt, threads: 3, window: 4, "
		 "loop: ring");
	CU_ASSERT_EQUAL(go(), 0);
	run_world_close(&w);
}

/* ---- Cores ---- */

static u64 time_of(const char *keys)
{
	u64 begin, end;

	open_run(NULL, "", keys);
	begin = sim_now(w.sim);
	CU_ASSERT_EQUAL(go(), 0);
	end = workload_end(w.wl);
	run_world_close(&w);
	return end - begin;
}

/* The SPR platform has 32 cores: 64 threads that mostly think take twice as long on them. */
static void test_threads_of_one_core_take_turns(void)
{
	u64 alone = time_of("op: memmove, size: 64 B, count: 20, think: 50 us");
	u64 full = time_of("op: memmove, size: 64 B, count: 20, think: 50 us, threads: 32");
	u64 twice = time_of("op: memmove, size: 64 B, count: 20, think: 50 us, threads: 64");
	u64 work = time_of("op: memmove, engine: cpu, count: 20, threads: 32");
	u64 works = time_of("op: memmove, engine: cpu, count: 20, threads: 64");

	CU_ASSERT(full < alone + alone / 10);
	CU_ASSERT(twice > 19 * full / 10 && twice < 21 * full / 10);
	CU_ASSERT(works > 19 * work / 10 && works < 21 * work / 10);
}

/* The resource's time, of @name. */
static struct sim_usage usage_found;
static void find_usage(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
		       const char *what)
{
	(void)units;
	(void)what;
	if (!strcmp(instance, ctx))
		usage_found = *use;
}

/*
 * A kernel's client takes interrupts beside a core that copies, core @core; how long that had to
 * wait. *busiest: the core with most interrupts, *took: their time.
 */
static u64 wait_of_core(u32 core, u32 *busiest, u64 *took)
{
	char keys[300], name[48];
	struct cores *cores;
	u64 wait;

	snprintf(keys, sizeof(keys),
		 "op: memmove, count: 400, addr: phys, wait: interrupt, window: 1, core: 30 }\n"
		 "  - { name: q, op: memmove, engine: cpu, size: 4 KiB, count: 4000, core: %u",
		 core);
	open_run("kernel-dwq-swq", "data: none", keys);
	CU_ASSERT_EQUAL(go(), 0);
	cores = system_cores(w.sys);
	*took = *busiest = 0;
	for (core = 0; core < cores_count(cores); core++) {
		usage_found.busy = 0;
		snprintf(name, sizeof(name), "socket0.core%u.interrupts", core);
		sim_usage_each(w.sim, find_usage, name);
		if (usage_found.busy <= *took)
			continue;
		*took = usage_found.busy;
		*busiest = core;
	}
	wait = w.wl->client[1]->time[REPORT_WAIT];
	run_world_close(&w);
	return wait;
}

static void test_interrupts_take_the_time_of_their_core(void)
{
	u32 core, again;
	u64 took, undisturbed = wait_of_core(31, &core, &took), wait;

	CU_ASSERT_EQUAL(undisturbed, 0);
	CU_ASSERT(core < 30);
	/* Entry, exit, and the handler between them. */
	CU_ASSERT(took >= 400 * 1200000ull);
	wait = wait_of_core(core, &again, &took);
	CU_ASSERT_EQUAL(core, again);
	CU_ASSERT(wait > took / 2 && wait <= took);
}

/* ---- Arrivals ---- */

static void test_open_loop_sees_completions_between_arrivals(void)
{
	struct report_figures f;

	open_run(NULL, "", "op: memmove, count: 100, loop: open, interval: 10 us, window: 8");
	CU_ASSERT_EQUAL(go(), 0);
	report_figures(w.report, &f);
	CU_ASSERT_EQUAL(f.units, 100);
	CU_ASSERT(f.latency_p99_ps < 3 * US);
	CU_ASSERT(f.ps >= 990 * US && f.ps < 1010 * US);
	run_world_close(&w);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{"a_damaged_byte_is_seen", test_a_damaged_byte_is_seen},
		{"a_damaged_member_is_seen", test_a_damaged_member_is_seen},
		{"a_repaired_operation_is_judged", test_a_repaired_operation_is_judged},
		{"shared_memory_is_not_judged", test_shared_memory_is_not_judged},
		{"max_time_is_exact", test_max_time_is_exact},
		{"duration_ends_a_thread", test_duration_ends_a_thread},
		{"windows_keep_within_a_dedicated_queue",
		 test_windows_keep_within_a_dedicated_queue},
		{"lost_descriptors_are_counted", test_lost_descriptors_are_counted},
		{"refusals_end", test_refusals_end},
		{"pieces_go_to_all_queues", test_pieces_go_to_all_queues},
		{"small_operations_go_apart", test_small_operations_go_apart},
		{"first_ends_with_its_first_unit", test_first_ends_with_its_first_unit},
		{"kernel_clients_take_interrupts", test_kernel_clients_take_interrupts},
		{"kernel_clients_can_be_cut_off", test_kernel_clients_can_be_cut_off},
		{"threads_of_one_core_take_turns", test_threads_of_one_core_take_turns},
		{"interrupts_take_the_time_of_their_core",
		 test_interrupts_take_the_time_of_their_core},
		{"open_loop_sees_completions_between_arrivals",
		 test_open_loop_sees_completions_between_arrivals},
		CU_TEST_INFO_NULL};
	static CU_SuiteInfo suites[] = {{"client", NULL, NULL, NULL, NULL, tests},
					CU_SUITE_INFO_NULL};
	int failed, fd;

	snprintf(path, sizeof(path), "/tmp/test_client.XXXXXX.yaml");
	fd = mkstemps(path, 5);
	if (fd < 0 || CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	close(fd);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	unlink(path);
	return failed != 0;
}
