// SPDX-License-Identifier: GPL-2.0
/*
 * Log-linear histogram: values below 2^SUB_BITS have a bucket each, every further octave has
 * 2^SUB_BITS equal buckets.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/hist.h"

#define SUB (1u << SIM_HIST_SUB_BITS)

u64 sim_hist_bucket_low(u32 i)
{
	u32 octave;

	if (i < SUB)
		return i;
	if (i >= SIM_HIST_BUCKETS)
		return SIM_NEVER;
	octave = i / SUB - 1;
	return (u64)(SUB + i % SUB) << octave;
}

int sim_hist_init(struct sim_hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min = SIM_NEVER;
	h->first = SIM_HIST_BUCKETS;
	h->bucket = calloc(SIM_HIST_BUCKETS, sizeof(*h->bucket));
	return h->bucket ? 0 : -ENOMEM;
}

void sim_hist_free(struct sim_hist *h)
{
	free(h->bucket);
	h->bucket = NULL;
}

static void add_sum(struct sim_hist *h, u64 lo, u64 hi)
{
	h->sum_lo += lo;
	h->sum_hi += hi + (h->sum_lo < lo);
}

static void widen(struct sim_hist *h, u64 min, u64 max, u32 first, u32 last)
{
	h->min = min < h->min ? min : h->min;
	h->max = max > h->max ? max : h->max;
	h->first = first < h->first ? first : h->first;
	h->last = last > h->last ? last : h->last;
}

void sim_hist_widen(struct sim_hist *h, u64 value, u32 i)
{
	widen(h, value, value, i, i);
}

u64 sim_hist_percentile(const struct sim_hist *h, u32 permyriad)
{
	u64 rank, seen = 0, bound = h->max;

	if (!h->count)
		return 0;
	if (permyriad >= 10000)
		return h->max;
	/* The sample of this rank, counted from 1, is the last one that is needed. */
	rank = (u64)(((unsigned __int128)h->count * permyriad + 9999) / 10000);
	rank = rank ? rank : 1;
	for (u32 i = h->first; i <= h->last; i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			bound = i + 1 < SIM_HIST_BUCKETS ? sim_hist_bucket_low(i + 1) - 1 : h->max;
			break;
		}
	}
	if (bound < h->min)
		return h->min;
	return bound < h->max ? bound : h->max;
}

u64 sim_hist_mean(const struct sim_hist *h)
{
	if (!h->count)
		return 0;
	return (u64)((((unsigned __int128)h->sum_hi << 64) | h->sum_lo) / h->count);
}

void sim_hist_merge(struct sim_hist *into, const struct sim_hist *from)
{
	if (!from->count)
		return;
	for (u32 i = from->first; i <= from->last; i++)
		into->bucket[i] += from->bucket[i];
	into->count += from->count;
	add_sum(into, from->sum_lo, from->sum_hi);
	widen(into, from->min, from->max, from->first, from->last);
}
