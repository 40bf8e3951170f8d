// SPDX-License-Identifier: GPL-2.0
/* Fibers: what one block-and-resume costs through the event queue; the queue alone beside it. */
#include <errno.h>

#include "sim/core/fiber.h"
#include "tests/bench/bench.h"

#define FIBERS 1000u
#define ROUNDS 500u

static void sleeper(void *arg)
{
	u64 ps = *(const u64 *)arg;

	for (u32 i = 0; i < ROUNDS; i++)
		fiber_sleep(ps);
}

/* A plain event that does the same. */
struct ticker {
	struct sim_event ev;
	u64 period;
	u32 left;
};

static void tick(struct sim *sim, struct sim_event *ev)
{
	struct ticker *t = (struct ticker *)ev;

	if (t->left--)
		sim_after(sim, ev, t->period, SIM_PRIO_SUBMIT);
}

static u64 period_of(u32 i)
{
	return 100 * PS_PER_NS + i * 37;
}

static double tick_ns(struct sim *sim)
{
	static struct ticker tickers[FIBERS];
	double t;

	for (u32 i = 0; i < FIBERS; i++) {
		tickers[i].period = period_of(i);
		tickers[i].left = ROUNDS;
		sim_event_init(&tickers[i].ev, tick);
		sim_after(sim, &tickers[i].ev, 0, SIM_PRIO_SUBMIT);
	}
	sim_run(sim, sim_now(sim) + 50 * PS_PER_NS);
	t = bench_seconds();
	sim_run(sim, SIM_NEVER);
	return (bench_seconds() - t) * 1e9 / (FIBERS * ROUNDS);
}

static int fibers_sample(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	static u64 periods[FIBERS];
	struct sim *sim = sim_new(1);
	double t;

	if (!sim)
		return -ENOMEM;
	for (u32 i = 0; i < FIBERS; i++) {
		periods[i] = period_of(i);
		if (!fiber_spawn(sim, sleeper, &periods[i], "sleeper")) {
			sim_free(sim);
			return -ENOMEM;
		}
	}
	sim_run(sim, 50 * PS_PER_NS); /* start all, touch the stacks */
	t = bench_seconds();
	sim_run(sim, SIM_NEVER);
	out->value = (bench_seconds() - t) * 1e9 / (FIBERS * ROUNDS);
	out->yardstick = tick_ns(sim);
	sim_free(sim);
	return 0;
}

const struct bench_figure bench_fibers[] = {
	{.name = "fiber_resume_ns",
	 .unit = "ns",
	 .yardstick = "plain events",
	 .sample = fibers_sample},
	{0},
};
