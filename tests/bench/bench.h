/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small bench: a figure is the median of several runs, printed with its least and greatest run
 * and with a yardstick measured in the same runs.
 *
 * tests/bench/bench_NAME.c defines `const struct bench_figure bench_NAME[]`, ended by a zeroed one;
 * the build lists the files, nothing else has to be told.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include "sim/core/types.h"

struct bench_sample {
	double value;
	double yardstick; /* in the unit of the yardstick; left 0 when the figure has none */
};

struct bench_figure {
	const char *name; /* as make bench prints it */
	const char *unit; /* of value: "events/s", "ns", "MiB"; never with a factor */
	const char
		*yardstick; /* what the yardstick is, with its unit if that differs; NULL: none */
	double at_least;    /* the figure to reach; 0: only reported */
	double at_most;
	double least_yardsticks; /* the same as multiples of the yardstick */
	double most_yardsticks;
	bool none_at_all; /* has to be 0 */
	bool on_demand;	  /* takes long: only measured when named, one run */
	const void *arg;  /* whatever @setup wants to know */
	/*
	 * Makes what the runs share, in *@state; NULL when nothing is shared. A negative errno here
	 * or in @sample, with the reason on stderr, fails the figure.
	 */
	int (*setup)(const struct bench_figure *fig, void **state);
	int (*sample)(const struct bench_figure *fig, void *state, struct bench_sample *out);
	void (*done)(void *state); /* after a successful @setup */
};

/* The list that the build makes: every file's table, then NULL. */
extern const struct bench_figure *const bench_tables[];

/* Processor time of this process in seconds: other programs on the machine do not count. */
double bench_seconds(void);

/* ---- yardsticks for more than one figure (yardstick.c) --------------------------------------- */

/* Plain memcpy walking 256 MiB in pieces of @piece bytes: bytes per second; 0 when out of memory.
 */
double bench_memcpy_rate(size_t piece);
/* Events per second of a bare queue: hold model with 64 pending events, delays up to 1 us. */
double bench_hold_rate(void);
/* Gives the 512 MiB of bench_memcpy_rate() back. */
void bench_memcpy_done(void);
/*
 * Reads a text trace from @text without simulating: finds every line and the fields in it, sums the
 * decimal numbers. Returns lines per second; *@sum keeps the compiler honest.
 */
double bench_text_rate(const char *text, size_t len, u64 *sum);

#endif
