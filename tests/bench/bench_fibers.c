// SPDX-License-Identifier: GPL-2.0
/* Fibers: what one block-and-resume costs through the event queue. */
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

static int fibers_sample(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	static u64 periods[FIBERS];
	struct sim *sim = sim_new(1);
	double t;

	if (!sim)
		return -ENOMEM;
	for (u32 i = 0; i < FIBERS; i++) {
		periods[i] = 100 * PS_PER_NS + i * 37;
		if (!fiber_spawn(sim, sleeper, &periods[i], "sleeper")) {
			sim_free(sim);
			return -ENOMEM;
		}
	}
	sim_run(sim, 50 * PS_PER_NS); /* start all, touch the stacks */
	t = bench_seconds();
	sim_run(sim, SIM_NEVER);
	out->value = (bench_seconds() - t) * 1e9 / (FIBERS * ROUNDS);
	sim_free(sim);
	return 0;
}

const struct bench_figure bench_fibers[] = {
	{.name = "fiber_resume_ns", .unit = "ns", .sample = fibers_sample},
	{0},
};
