// SPDX-License-Identifier: GPL-2.0
/* Fibers, each test with the machine's own switch and with the portable one. */
#include <assert.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "sim/core/fiber.h"
#include "sim/core/sim_priv.h"

static bool portable;

static struct sim *new_sim(void)
{
	struct sim *sim = sim_new(1);

	assert(sim);
	if (portable)
		CU_ASSERT_EQUAL(sim_fibers_portable(sim), 0);
	return sim;
}

/* What happened, in order: one letter each. */
static char trail[256];

static void mark(char c)
{
	size_t n = strlen(trail);

	if (n + 1 < sizeof(trail)) {
		trail[n] = c;
		trail[n + 1] = 0;
	}
}

static void park_twice(void *arg)
{
	mark('a');
	fiber_park();
	mark('b');
	fiber_park();
	mark('c');
}

static void park_and_wake(void)
{
	struct sim *sim = new_sim();
	struct fiber *f;

	trail[0] = 0;
	f = fiber_spawn(sim, park_twice, NULL, "parker");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_STRING_EQUAL(fiber_name(f), "parker");
	CU_ASSERT_PTR_EQUAL(fiber_sim(f), sim);
	CU_ASSERT_STRING_EQUAL(trail, "");
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "a");
	CU_ASSERT_PTR_NULL(fiber_current());
	/* Wakes before the fiber has resumed are one wake. */
	fiber_wake(f);
	fiber_wake(f);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "ab");
	CU_ASSERT_EQUAL(fiber_count(sim), 1);
	fiber_wake(f);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "abc");
	CU_ASSERT_EQUAL(fiber_count(sim), 0);
	CU_ASSERT_EQUAL(fiber_peak(sim), 1);
	sim_free(sim);
}

static void early_wake_is_kept(void)
{
	struct sim *sim = new_sim();
	struct fiber *f;

	trail[0] = 0;
	f = fiber_spawn(sim, park_twice, NULL, "early");
	fiber_wake(f);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "ab");
	sim_free(sim); /* the second park is left behind on purpose */
}

struct timing {
	u64 slept, woken_at, timed_out_at;
	bool woken, timed_out, kept;
};

static void timed(void *arg)
{
	struct timing *t = arg;
	struct sim *sim = fiber_sim(fiber_current());

	fiber_sleep(500 * PS_PER_NS); /* woken meanwhile */
	t->slept = sim_now(sim);
	t->kept = fiber_park_timeout(PS_PER_NS);
	t->woken = fiber_park_timeout(PS_PER_US);
	t->woken_at = sim_now(sim);
	t->timed_out = !fiber_park_timeout(PS_PER_MS);
	t->timed_out_at = sim_now(sim);
	fiber_sleep(0);
	fiber_sleep(3600 * PS_PER_S);
}

static struct fiber *wake_target;

static void wake_it(struct sim *sim, struct sim_event *ev)
{
	fiber_wake(wake_target);
}

static void timeout_and_sleep(void)
{
	struct sim *sim = new_sim();
	struct timing t = {0};
	struct sim_event during_sleep, during_park;

	wake_target = fiber_spawn(sim, timed, &t, "timed");
	sim_event_init(&during_sleep, wake_it);
	sim_event_init(&during_park, wake_it);
	sim_at(sim, &during_sleep, 100 * PS_PER_NS, SIM_PRIO_RESPONSE);
	sim_at(sim, &during_park, 600 * PS_PER_NS, SIM_PRIO_RESPONSE);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_EQUAL(t.slept, 500 * PS_PER_NS);
	CU_ASSERT(t.kept);
	CU_ASSERT(t.woken);
	CU_ASSERT_EQUAL(t.woken_at, 600 * PS_PER_NS);
	CU_ASSERT(t.timed_out);
	CU_ASSERT_EQUAL(t.timed_out_at, 600 * PS_PER_NS + PS_PER_MS);
	CU_ASSERT_EQUAL(sim_now(sim), t.timed_out_at + 3600 * PS_PER_S);
	CU_ASSERT_EQUAL(fiber_count(sim), 0);
	sim_free(sim);
}

static void park_at_limit(void *arg)
{
	*(bool *)arg = fiber_park_timeout(PS_PER_NS);
}

/* A wake on the same picosecond as the time limit counts when it comes first. */
static void wake_beats_limit_of_same_time(void)
{
	struct sim *sim = new_sim();
	struct sim_event ev;
	bool woken = false;

	wake_target = fiber_spawn(sim, park_at_limit, &woken, "limit");
	sim_event_init(&ev, wake_it);
	sim_at(sim, &ev, PS_PER_NS, SIM_PRIO_RESPONSE);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT(woken);
	CU_ASSERT_EQUAL(sim_now(sim), PS_PER_NS);
	sim_free(sim);
}

static void say(void *arg)
{
	mark(*(const char *)arg);
}

static void say_and_spawn(void *arg)
{
	struct sim *sim = fiber_sim(fiber_current());

	mark('1');
	CU_ASSERT_PTR_NOT_NULL(fiber_spawn(sim, say, "3", "inner"));
	mark('2');
	fiber_sleep(0);
	mark('4');
}

static void nested_spawn_runs_in_order(void)
{
	struct sim *sim = new_sim();

	trail[0] = 0;
	CU_ASSERT_PTR_NOT_NULL(fiber_spawn(sim, say_and_spawn, NULL, "outer"));
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "1234");
	sim_free(sim);
}

static void wakes_are_fifo(void)
{
	static const char *const names[] = {"x", "y", "z"};
	struct sim *sim = new_sim();

	trail[0] = 0;
	for (int i = 0; i < 3; i++)
		fiber_spawn(sim, say, (void *)names[i], names[i]);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(trail, "xyz");
	sim_free(sim);
}

#define MANY 2000
struct worker {
	struct fiber *f;
	u64 sum;
	u32 id;
};

static void work(void *arg)
{
	struct worker *w = arg;
	u64 here[64];

	fiber_set_local(w->f, w);
	for (u32 round = 0; round < 10; round++) {
		for (u32 i = 0; i < 64; i++)
			here[i] = w->id * 1000003ull + round * 64 + i;
		fiber_sleep(1 + (w->id * 37 + round) % 5000);
		for (u32 i = 0; i < 64; i++)
			w->sum += here[i] != w->id * 1000003ull + round * 64 + i;
		if (fiber_local(fiber_current()) != w || fiber_current() != w->f)
			w->sum++;
	}
	w->sum += 1000;
}

/* Every fiber keeps its own stack and locals; a second wave uses the same stacks again. */
static void many_fibers_reuse_the_pool(void)
{
	static struct worker workers[MANY];
	struct sim *sim = new_sim();
	u64 made = 0, wrong = 0;

	for (int wave = 0; wave < 2; wave++) {
		for (u32 i = 0; i < MANY; i++) {
			workers[i] = (struct worker){.id = i};
			workers[i].f = fiber_spawn(sim, work, &workers[i], "worker");
			CU_ASSERT_PTR_NOT_NULL_FATAL(workers[i].f);
		}
		CU_ASSERT_EQUAL(fiber_count(sim), MANY);
		sim_run(sim, SIM_NEVER);
		for (u32 i = 0; i < MANY; i++)
			wrong += workers[i].sum != 1000;
		CU_ASSERT_EQUAL(fiber_count(sim), 0);
		if (!wave)
			made = sim->fibers.made;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(made, MANY);
	CU_ASSERT_EQUAL(sim->fibers.made, made);
	CU_ASSERT_EQUAL(fiber_peak(sim), MANY);
	sim_free(sim);
}

static u64 __attribute__((noinline)) deep(u32 level)
{
	volatile u8 frame[512];

	for (u32 i = 0; i < sizeof(frame); i++)
		frame[i] = (u8)(level + i);
	if (level % 16 == 0)
		fiber_sleep(1);
	return level ? deep(level - 1) + frame[level % sizeof(frame)] : frame[0];
}

static void go_deep(void *arg)
{
	*(u64 *)arg = deep(80);
}

/* 80 frames of half a kilobyte, suspended at several depths. */
static void deep_stacks(void)
{
	struct sim *sim = new_sim();
	u64 got[3] = {0}, want = 0;

	for (u32 level = 1; level <= 80; level++)
		want += (u8)(2 * level);
	for (int i = 0; i < 3; i++)
		fiber_spawn(sim, go_deep, &got[i], "deep");
	sim_run(sim, SIM_NEVER);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(got[i], want);
	sim_free(sim);
}

static void double_sleep(void *arg)
{
	double *x = arg;

	for (int i = 0; i < 100; i++) {
		fiber_sleep(3);
		*x = *x * 0.5 + 1.0;
	}
}

static void two_simulations_with_fibers(void)
{
	struct sim *a = new_sim(), *b = new_sim();
	double x = 100.0, y = 200.0, want = 100.0;

	fiber_spawn(a, double_sleep, &x, "a");
	fiber_spawn(b, double_sleep, &y, "b");
	while (sim_step(a) + sim_step(b))
		;
	for (int i = 0; i < 100; i++)
		want = want * 0.5 + 1.0;
	CU_ASSERT_EQUAL(x, want);
	CU_ASSERT(y >= 2.0 && y < 2.001);
	sim_free(a);
	CU_ASSERT_EQUAL(fiber_count(b), 0);
	sim_free(b);
}

static int use_native(void)
{
	portable = false;
	return 0;
}

static int use_portable(void)
{
	portable = true;
	return 0;
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"park_and_wake", park_and_wake},
		{"early_wake_is_kept", early_wake_is_kept},
		{"timeout_and_sleep", timeout_and_sleep},
		{"wake_beats_limit_of_same_time", wake_beats_limit_of_same_time},
		{"nested_spawn_runs_in_order", nested_spawn_runs_in_order},
		{"wakes_are_fifo", wakes_are_fifo},
		{"many_fibers_reuse_the_pool", many_fibers_reuse_the_pool},
		{"deep_stacks", deep_stacks},
		{"two_simulations_with_fibers", two_simulations_with_fibers},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{"fiber", use_native, NULL, NULL, NULL, tests},
		{"fiber, portable switch", use_portable, NULL, NULL, NULL, tests},
		CU_SUITE_INFO_NULL,
	};
	unsigned int failed;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
