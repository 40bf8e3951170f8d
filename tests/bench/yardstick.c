// SPDX-License-Identifier: GPL-2.0
/* What this machine does without the simulator. */
#include <stdlib.h>
#include <string.h>

#include "sim/core/event.h"
#include "tests/bench/bench.h"

#define WALK (256u << 20)

static char *walk_from, *walk_to;

double bench_memcpy_rate(size_t piece)
{
	double t;

	if (!walk_from) {
		walk_from = malloc(WALK);
		walk_to = malloc(WALK);
		if (!walk_from || !walk_to) {
			bench_memcpy_done();
			return 0;
		}
		memset(walk_from, 1, WALK);
		memset(walk_to, 2, WALK);
	}
	t = bench_seconds();
	for (size_t at = 0; at + piece <= WALK; at += piece) {
		memcpy(walk_to + at, walk_from + at, piece);
		__asm__ volatile("" : : "r"(walk_to) : "memory");
	}
	return WALK / piece * piece / (bench_seconds() - t);
}

void bench_memcpy_done(void)
{
	free(walk_from);
	free(walk_to);
	walk_from = walk_to = NULL;
}

static u64 hold_delay;

/* Another delay each time; a cheap generator is random enough to visit the slots. */
static void hold_again(struct sim *sim, struct sim_event *ev)
{
	hold_delay = hold_delay * 6364136223846793005ull + 1442695040888963407ull;
	sim_after(sim, ev, hold_delay >> 44, SIM_PRIO_SUBMIT);
}

double bench_hold_rate(void)
{
	static struct sim_event ev[64];
	struct sim *sim = sim_new(1);
	u64 n = 1000000;
	double t;

	if (!sim)
		return 0;
	for (u32 i = 0; i < 64; i++) {
		sim_event_init(&ev[i], hold_again);
		sim_at(sim, &ev[i], 1000 * i, SIM_PRIO_SUBMIT);
	}
	t = bench_seconds();
	for (u64 i = 0; i < n; i++)
		sim_step(sim);
	t = bench_seconds() - t;
	sim_free(sim);
	return (double)n / t;
}

double bench_text_rate(const char *text, size_t len, u64 *sum)
{
	const char *p = text, *end = text + len;
	u64 lines = 0, total = 0;
	double t = bench_seconds();

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		if (!eol)
			eol = end;
		while (p < eol) {
			u64 v = 0;

			while (p < eol && (*p == ' ' || *p == '\t'))
				p++;
			while (p < eol && *p != ' ' && *p != '\t') {
				if (*p >= '0' && *p <= '9')
					v = v * 10 + (u64)(*p - '0');
				p++;
			}
			total += v;
		}
		lines++;
		p = eol + 1;
	}
	*sum += total;
	return (double)lines / (bench_seconds() - t);
}
