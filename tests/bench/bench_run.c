// SPDX-License-Identifier: GPL-2.0
/* Whole runs, as `dsasim run` makes them: host time a descriptor, a page, a byte; what watching
 * costs; start; memory. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/workload/workload.h"
#include "tests/bench/bench.h"
#include "tests/unit/sim/run_world.h"

#define SCENARIO "tests/bench/copy.yaml"
#define MIB	 1048576.0

/* What differs from the scenario; @n: descriptors. */
#define SETS 8
struct shape {
	u64 n;
	const char *set[SETS];
};

#define COUNT(n) "processes[0].count=" #n
#define SHAPE(n_, ...)                                                                             \
	{                                                                                          \
		.n = n_, .set = { COUNT(n_), __VA_ARGS__ }                                         \
	}
#define SIZE(size)  "processes[0].size=" size
#define PAGES(size) "processes[0].page_size=" size

static const struct shape s4k = SHAPE(400000, SIZE("4 KiB"));
static const struct shape s4k_wide =
	SHAPE(400000, SIZE("4 KiB"), "processes[0].reuse=none", "processes[0].ws=64 MiB");
static const struct shape s64_full = SHAPE(400000, SIZE("64 B"), "data=full");
static const struct shape s4k_2m = SHAPE(200000, SIZE("4 KiB"), PAGES("2 MiB"));
static const struct shape s64k_2m = SHAPE(200000, SIZE("64 KiB"), PAGES("2 MiB"));
static const struct shape s1m_2m = SHAPE(200000, SIZE("1 MiB"), PAGES("2 MiB"));
static const struct shape s64k_4k = SHAPE(100000, SIZE("64 KiB"));
static const struct shape s1m_4k = SHAPE(20000, SIZE("1 MiB"));
static const struct shape s64k_full = SHAPE(65536, SIZE("64 KiB"), PAGES("2 MiB"), "data=full",
					    "processes[0].reuse=none", "processes[0].ws=256 MiB");
static const struct shape watched = SHAPE(200000, SIZE("4 KiB"));
static const struct shape endless = SHAPE(100000000, SIZE("4 KiB"));

/* Seconds that the clients' part of a run takes; negative after an error. */
static double run(const struct shape *sh, const struct run_how *how)
{
	struct run_how h = how ? *how : (struct run_how){0};
	struct run_world w;
	double t = -1;

	h.scenario = SCENARIO;
	h.sets = sh->set;
	if (!run_world_open(&w, &h)) {
		t = bench_seconds();
		t = run_world_go(&w) ? -1 : bench_seconds() - t;
		if (t > 0 && !h.unobserved && run_world_finish(&w))
			t = -1;
	}
	run_world_close(&w);
	return t;
}

static double nanoseconds(const struct shape *sh)
{
	return run(sh, NULL) * 1e9 / (double)sh->n;
}

static int sample_rate(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	const struct shape *sh = fig->arg;
	double t = run(sh, NULL);

	if (t <= 0)
		return -EIO;
	out->value = (double)sh->n / t;
	out->yardstick = bench_hold_rate();
	return 0;
}

/* Nanoseconds a descriptor, beside those of 4 KiB on the same pages. */
static int sample_large(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	out->yardstick = nanoseconds(&s4k_2m);
	out->value = nanoseconds(fig->arg);
	return out->value > 0 && out->yardstick > 0 ? 0 : -EIO;
}

/* Nanoseconds for each 4 KiB page more, from 64 KiB to 1 MiB: source and destination. */
static int sample_page(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double small = nanoseconds(&s64k_4k), large = nanoseconds(&s1m_4k);

	if (small <= 0 || large <= 0)
		return -EIO;
	out->value = (large - small) / (2 * (256 - 16));
	return 0;
}

struct copying {
	struct run_world w;
	u64 from; /* descriptors done when the clock was started */
	double t;
};

/* The first quarter goes over all of the memory: the host has given it by then. */
static void copying_look(void *ctx)
{
	struct copying *c = ctx;
	u64 total, at = workload_progress(c->w.wl, &total);

	if (c->from || at < total / 4)
		return;
	c->from = at;
	c->t = bench_seconds();
}

static int sample_copy(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	const struct shape *sh = fig->arg;
	struct run_how how = {.scenario = SCENARIO, .sets = sh->set};
	struct copying c = {.from = 0};
	int err = run_world_open(&c.w, &how);

	if (!err) {
		workload_on_progress(c.w.wl, copying_look, &c);
		err = run_world_go(&c.w);
	}
	if (!err)
		out->value = (double)(sh->n - c.from) * 65536 / (bench_seconds() - c.t);
	run_world_close(&c.w);
	out->yardstick = bench_memcpy_rate(65536);
	return err || !c.from || out->yardstick <= 0 ? -EIO : 0;
}

static void done_copy(void *state)
{
	bench_memcpy_done();
}

/* ---- What watching costs: the best of a few turns each, taken alternately ---- */

#define TURNS 5

static int sample_cost(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	const struct run_how *more = fig->arg, *less = more + 1;
	double best[2] = {1e9, 1e9};

	for (int i = 0; i < 2 * TURNS; i++) {
		double t = run(&watched, i & 1 ? less : more);

		if (t <= 0)
			return -EIO;
		best[i & 1] = t < best[i & 1] ? t : best[i & 1];
	}
	out->value = 100 * (best[0] / best[1] - 1);
	return 0;
}

static char scratch[64]; /* directory of the figure under way */

static int make_dir(const struct bench_figure *fig, void **state)
{
	*state = NULL;
	/* Memory where there is such a file system: disks have moods. */
	snprintf(scratch, sizeof(scratch), "%s/dsasim-bench-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	return mkdtemp(scratch) ? 0 : -errno;
}

static void remove_dir(void *state)
{
	DIR *dir = opendir(scratch);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(scratch);
}

static const struct run_how checked[2] = {{0}, {.unobserved = true}};
static const struct run_how drawn[2] = {{.timeline = scratch}, {0}};

/* ---- Start: the program itself, one descriptor ---- */

/*
 * Time and peak memory of the program, found by a second bench: what a process had in memory before
 * it became another program counts as that one's, so its parent has to be small.
 */
static int start(double *seconds, double *mib)
{
	char program[4096], command[8192];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	FILE *f;
	int got;

	if (n < 0)
		return -errno;
	program[n] = 0;
	snprintf(command, sizeof(command),
		 "'%s' -x '%.*s/dsasim' run " SCENARIO
		 " --set 'processes[0].count=1' --quiet --out '%s'",
		 program, (int)(strrchr(program, '/') - program), program, scratch);
	f = popen(command, "r");
	if (!f)
		return -errno;
	got = fscanf(f, "%lf %lf", seconds, mib);
	return pclose(f) || got != 2 ? -EIO : 0;
}

static int sample_start_ms(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double s, mib;
	int err = start(&s, &mib);

	out->value = s * 1e3;
	return err;
}

static int sample_start_mib(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double s;

	return start(&s, &out->value);
}

/* ---- Memory while it runs ---- */

struct steady {
	struct run_world w;
	u64 allocations, resident;
	bool begun;
};

/* A tenth of the way everything has been touched once. */
static void steady_look(void *ctx)
{
	struct steady *s = ctx;
	u64 total, at = workload_progress(s->w.wl, &total);

	if (s->begun || at < total / 10)
		return;
	s->begun = true;
	s->allocations = run_world_allocations();
	s->resident = run_world_resident();
}

static int steady_run(const struct shape *sh, double *allocations, double *mib)
{
	struct run_how how = {.scenario = SCENARIO, .sets = sh->set};
	struct steady s = {0};
	int err = run_world_open(&s.w, &how);

	if (!err) {
		workload_on_progress(s.w.wl, steady_look, &s);
		err = run_world_go(&s.w);
	}
	if (!err && !s.begun)
		err = -EIO;
	*allocations = (double)(run_world_allocations() - s.allocations);
	*mib = ((double)run_world_resident() - (double)s.resident) / MIB;
	run_world_close(&s.w);
	return err;
}

static int sample_allocations(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double mib;

	return steady_run(fig->arg, &out->value, &mib);
}

static int sample_growth(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double allocations;

	return steady_run(fig->arg, &allocations, &out->value);
}

/* clang-format off */
const struct bench_figure bench_run[] = {
	{.name = "desc_4k_none", .unit = "descriptors/s", .yardstick = "bare event queue, events/s",
	 .at_least = 2.5e6, .arg = &s4k, .sample = sample_rate},
	{.name = "desc_4k_none_wide", .unit = "descriptors/s",
	 .yardstick = "bare event queue, events/s", .arg = &s4k_wide, .sample = sample_rate},
	{.name = "desc_64_full", .unit = "descriptors/s", .yardstick = "bare event queue, events/s",
	 .at_least = 2e6, .arg = &s64_full, .sample = sample_rate},
	{.name = "desc_64k_none", .unit = "ns", .yardstick = "4 KiB", .most_yardsticks = 1.5,
	 .arg = &s64k_2m, .sample = sample_large},
	{.name = "desc_1m_none", .unit = "ns", .yardstick = "4 KiB", .most_yardsticks = 3,
	 .arg = &s1m_2m, .sample = sample_large},
	{.name = "page_ns", .unit = "ns", .at_most = 12, .sample = sample_page},
	{.name = "copy_64k_full", .unit = "bytes/s", .yardstick = "memcpy",
	 .least_yardsticks = 0.75, .arg = &s64k_full, .sample = sample_copy, .done = done_copy},
	{.name = "counters_checkers_cost", .unit = "%", .at_most = 10, .arg = checked,
	 .sample = sample_cost},
	{.name = "timeline_cost", .unit = "%", .at_most = 50, .arg = drawn, .setup = make_dir,
	 .sample = sample_cost, .done = remove_dir},
	{.name = "start_ms", .unit = "ms", .at_most = 20, .setup = make_dir,
	 .sample = sample_start_ms, .done = remove_dir},
	{.name = "start_mib", .unit = "MiB", .at_most = 32, .setup = make_dir,
	 .sample = sample_start_mib, .done = remove_dir},
	{.name = "steady_allocations", .unit = "allocations", .none_at_all = true, .arg = &s4k,
	 .sample = sample_allocations},
	{.name = "growth_100m_mib", .unit = "MiB", .at_most = 1, .on_demand = true, .arg = &endless,
	 .sample = sample_growth},
	{0},
};
/* clang-format on */
