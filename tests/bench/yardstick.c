// SPDX-License-Identifier: GPL-2.0
/* What this machine does without the simulator. */
#include <stdlib.h>
#include <string.h>

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
