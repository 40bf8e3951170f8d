// SPDX-License-Identifier: GPL-2.0
/* Runs the figures, prints `NAME VALUE UNIT` lines and writes them as JSON. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define RUNS_MAX 99

struct figure_result {
	const struct bench_figure *fig;
	double value, min, max, yardstick;
};

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double bench_seconds(void)
{
	return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int measure(const struct bench_figure *fig, int runs, struct figure_result *r)
{
	double value[RUNS_MAX], yard[RUNS_MAX];
	void *state = NULL;
	int err = fig->setup ? fig->setup(fig, &state) : 0;

	if (err)
		return err;
	if (fig->on_demand)
		runs = 1;
	for (int i = 0; i < runs && !err; i++) {
		struct bench_sample s = {0};

		err = fig->sample(fig, state, &s);
		value[i] = s.value;
		yard[i] = s.yardstick;
	}
	if (fig->done)
		fig->done(state);
	if (err)
		return err;
	r->fig = fig;
	r->value = median(value, runs); /* sorts */
	r->min = value[0];
	r->max = value[runs - 1];
	r->yardstick = fig->yardstick ? median(yard, runs) : 0;
	return 0;
}

/* Whole numbers when large, four digits when not. */
static const char *number(double v, char buf[32])
{
	snprintf(buf, 32, v >= 1e4 ? "%.0f" : "%.4g", v);
	return buf;
}

static void print(const struct figure_result *r)
{
	const struct bench_figure *f = r->fig;
	char v[32], lo[32], hi[32], y[32];

	printf("%s %s %s (%s..%s", f->name, number(r->value, v), f->unit, number(r->min, lo),
	       number(r->max, hi));
	if (f->yardstick)
		printf("; %s %s", f->yardstick, number(r->yardstick, y));
	if (f->at_least)
		printf("; to reach %s: %s", number(f->at_least, v),
		       r->value >= f->at_least ? "yes" : "no");
	if (f->at_most)
		printf("; at most %s: %s", number(f->at_most, v),
		       r->value <= f->at_most ? "yes" : "no");
	if (f->least_yardsticks)
		printf("; to reach %s x: %.3g x, %s", number(f->least_yardsticks, v),
		       r->value / r->yardstick,
		       r->value >= f->least_yardsticks * r->yardstick ? "yes" : "no");
	if (f->most_yardsticks)
		printf("; at most %s x: %.3g x, %s", number(f->most_yardsticks, v),
		       r->value / r->yardstick,
		       r->value <= f->most_yardsticks * r->yardstick ? "yes" : "no");
	if (f->none_at_all)
		printf("; none: %s", r->value ? "no" : "yes");
	printf(")\n");
	fflush(stdout);
}

static int write_json(const char *path, const struct figure_result *r, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		return -1;
	}
	fprintf(f, "{\"figures\":[");
	for (size_t i = 0; i < n; i++) {
		fprintf(f,
			"%s\n{\"name\":\"%s\",\"value\":%.9g,\"unit\":\"%s\",\"min\":%.9g,\"max\":%"
			".9g,"
			"\"yardstick\":",
			i ? "," : "", r[i].fig->name, r[i].value, r[i].fig->unit, r[i].min,
			r[i].max);
		if (r[i].fig->yardstick)
			fprintf(f, "%.9g}", r[i].yardstick);
		else
			fprintf(f, "null}");
	}
	fprintf(f, "\n]}\n");
	if (ferror(f) | fclose(f)) {
		fprintf(stderr, "bench: %s: write failed\n", path);
		remove(path);
		return -1;
	}
	return 0;
}

/*
 * Without names every figure is wanted but those that take long; a name also stands for those that
 * begin with it.
 */
static bool wanted(const struct bench_figure *f, char *const *names)
{
	if (!*names)
		return !f->on_demand;
	for (; *names; names++)
		if (!strncmp(f->name, *names, strlen(*names)))
			return true;
	return false;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: bench [-r RUNS] [-o FILE.json] [-l] [NAME...]\n"
		    "       bench -x PROGRAM [ARG...]: seconds and MiB of one run\n"
		    "  -r RUNS  runs per figure (7)\n"
		    "  -o FILE  write the figures as JSON\n"
		    "  -l       list the names\n");
}

/* Runs a program to its end and prints the seconds and MiB that it took. */
static int run_program(char **argv)
{
	double t = seconds_of(CLOCK_MONOTONIC);
	pid_t pid = fork();
	struct rusage use;
	int status;

	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status) {
		fprintf(stderr, "bench: %s failed\n", argv[0]);
		return 1;
	}
	printf("%.9f %.3f\n", seconds_of(CLOCK_MONOTONIC) - t, (double)use.ru_maxrss / 1024);
	return 0;
}

int main(int argc, char **argv)
{
	static struct figure_result results[256];
	const char *json = NULL;
	size_t n = 0;
	int runs = 7, failed = 0, opt;
	bool list = false;

	if (argc > 2 && !strcmp(argv[1], "-x"))
		return run_program(argv + 2);
	while ((opt = getopt(argc, argv, "r:o:lh")) != -1) {
		switch (opt) {
		case 'r':
			runs = atoi(optarg);
			break;
		case 'o':
			json = optarg;
			break;
		case 'l':
			list = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "bench: -r: 1 to %d runs\n", RUNS_MAX);
		return 2;
	}
	for (const struct bench_figure *const *t = bench_tables; *t; t++) {
		for (const struct bench_figure *f = *t; f->name; f++) {
			if (!wanted(f, argv + optind))
				continue;
			if (list) {
				printf("%s\n", f->name);
			} else if (n < sizeof(results) / sizeof(*results) &&
				   !measure(f, runs, &results[n])) {
				print(&results[n++]);
			} else {
				fprintf(stderr, "bench: %s: failed\n", f->name);
				failed = 1;
			}
		}
	}
	if (json && !list && write_json(json, results, n))
		failed = 1;
	return failed;
}
