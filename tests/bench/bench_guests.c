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
#include "sim/workload/workload.h"
#include "tests/bench/bench.h"
#include "tests/unit/sim/run_world.h"

#define GUESTS "tests/bench/guests.yaml"
#define HOST   "tests/bench/tenants.yaml"

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

/* ---- Host time of a descriptor, beside that of as many processes on one host ---- */

struct shape {
	const char *scenario;
	const char *const *sets;
};

static const char *const host_sets[] = {NULL};
static const char *const guests_sets[] = {
	"guests[0].defaults={size: 256 B, loop: ring, window: 8, reuse: slot, count: 8000}",
	"overrides={devices: [{socket: 0}]}", NULL};
static const char *const many_sets[] = {
	"guests[0].defaults={size: 256 B, loop: ring, window: 8, reuse: slot, count: 1000}",
	"guests[0].count=1024", NULL};
static const struct shape host = {HOST, host_sets}, few = {GUESTS, guests_sets},
			  many = {GUESTS, many_sets};

struct timed {
	struct run_world w;
	u64 from;
	double t;
};

/* Opening queues is not what is measured: a quarter of the way all clients are at work. */
static void timed_look(void *ctx)
{
	struct timed *c = ctx;
	u64 total, at = workload_progress(c->w.wl, &total);

	if (c->from || at < total / 4)
		return;
	c->from = at;
	c->t = bench_seconds();
}

/* ns; negative after an error. */
static double each(const struct shape *sh)
{
	struct run_how how = {.scenario = sh->scenario, .sets = sh->sets};
	struct timed c = {.from = 0};
	double ns = -1;
	u64 total;

	if (!run_world_open(&c.w, &how)) {
		workload_on_progress(c.w.wl, timed_look, &c);
		if (!run_world_go(&c.w) && c.from) {
			ns = (bench_seconds() - c.t) * 1e9;
			ns /= (double)(workload_progress(c.w.wl, &total) - c.from);
		}
		if (run_world_finish(&c.w))
			ns = -1;
	}
	run_world_close(&c.w);
	return ns;
}

static int sample_desc(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	out->yardstick = each(&host);
	out->value = each(fig->arg);
	return out->value > 0 && out->yardstick > 0 ? 0 : -EIO;
}

/* clang-format off */
const struct bench_figure bench_guests[] = {
	{.name = "guest_create_ms", .unit = "ms", .at_most = 2, .sample = sample_create},
	{.name = "guest_rest_kib", .unit = "KiB", .at_most = 256, .sample = sample_rest},
	{.name = "desc_64_guests", .unit = "ns", .yardstick = "64 processes of one host",
	 .most_yardsticks = 1.5, .arg = &few, .sample = sample_desc},
	{.name = "desc_1024_vdevs", .unit = "ns", .yardstick = "64 processes of one host",
	 .most_yardsticks = 2, .arg = &many, .sample = sample_desc},
	{0},
};
/* clang-format on */
