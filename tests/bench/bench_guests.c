// SPDX-License-Identifier: GPL-2.0
/* Guests: host time to build and boot one with its virtual device, host memory of one at rest. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/guests.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/scenario.h"
#include "sim/system.h"
#include "tests/bench/bench.h"
#include "tests/unit/sim/run_world.h"

#define GUESTS "tests/bench/guests.yaml"

/* A host, all its guests at rest: seconds and bytes of each. */
static int make(double *seconds, double *bytes)
{
	struct cfg_error err = {""};
	struct scenario *scn = NULL;
	struct guests *guests = NULL;
	struct system *sys = NULL;
	struct sim *sim;
	u64 before = 0;
	int ret = scenario_load(&scn, GUESTS, NULL, 0, &err);

	if (ret) {
		fprintf(stderr, "%s\n", err.text);
		return ret;
	}
	sim = sim_new(scn->seed);
	if (sim)
		ret = system_new(sim, scn->platform, &sys, &err);
	if (!ret)
		ret = system_configure_scenario(sys, scn, true, &err);
	if (!ret) {
		malloc_trim(0);
		before = run_world_resident();
		*seconds = bench_seconds();
		ret = guests_new(sys, scn, NULL, &guests, &err);
		*seconds = (bench_seconds() - *seconds) / guests_count(guests);
	}
	if (!ret) {
		malloc_trim(0);
		*bytes = (double)(run_world_resident() - before) / guests_count(guests);
	} else {
		fprintf(stderr, "%s\n", err.text);
	}
	guests_free(guests);
	system_free(sys);
	if (sim)
		sim_free(sim);
	scenario_free(scn);
	return ret;
}

static int sample_create(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double bytes;
	int err = make(&out->value, &bytes);

	out->value *= 1e3;
	return err;
}

static int sample_rest(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double seconds;
	int err = make(&seconds, &out->value);

	out->value /= 1024;
	return err;
}

/* clang-format off */
const struct bench_figure bench_guests[] = {
	{.name = "guest_create_ms", .unit = "ms", .at_most = 2, .sample = sample_create},
	{.name = "guest_rest_kib", .unit = "KiB", .at_most = 256, .sample = sample_rest},
	{0},
};
/* clang-format on */
