/* SPDX-License-Identifier: GPL-2.0 */
/* Log-linear histogram of u64 values: relative error <= 1/64, fixed memory, O(1) add. */
#ifndef SIM_CORE_HIST_H
#define SIM_CORE_HIST_H

#include "sim/core/types.h"

#define SIM_HIST_SUB_BITS 6
#define SIM_HIST_BUCKETS  ((64 - SIM_HIST_SUB_BITS + 1) << SIM_HIST_SUB_BITS)

struct sim_hist {
	u64 count, sum_lo, sum_hi, min, max;
	u32 first, last; /* touched bucket range, for cheap walks */
	u64 *bucket;	 /* SIM_HIST_BUCKETS counters, allocated at init */
};

/* Allocates the buckets; -ENOMEM. */
int sim_hist_init(struct sim_hist *h);
void sim_hist_free(struct sim_hist *h);
static inline void sim_hist_add(struct sim_hist *h, u64 value);
/*
 * Smallest bucket bound at or below which @permyriad/10000 of the samples lie, within [min, max];
 * 10000 gives max exactly, an empty histogram 0.
 */
u64 sim_hist_percentile(const struct sim_hist *h, u32 permyriad);
u64 sim_hist_mean(const struct sim_hist *h);
/* Adds all of @from into @into. */
void sim_hist_merge(struct sim_hist *into, const struct sim_hist *from);
/* The bucket of a value, for those who count into buckets themselves. */
static inline u32 sim_hist_bucket(u64 value)
{
	/* How far a value lies above the octave that has a bucket for each number. */
	u32 up = 63 - SIM_HIST_SUB_BITS - (u32)__builtin_clzll(value | 1u << SIM_HIST_SUB_BITS);

	return (up << SIM_HIST_SUB_BITS) + (u32)(value >> up);
}
/* Lower bound of bucket @i (for CDF output). */
u64 sim_hist_bucket_low(u32 i);

/* A new least or greatest value, in bucket @i. */
void sim_hist_widen(struct sim_hist *h, u64 value, u32 i);

/* The same as sim_hist_add(), but count and sum are left to the caller. */
static inline void sim_hist_place(struct sim_hist *h, u64 value)
{
	u32 i = sim_hist_bucket(value);

	h->bucket[i]++;
	/* Between least and greatest value lie only buckets of the range. */
	if (__builtin_expect(value < h->min || value > h->max, 0))
		sim_hist_widen(h, value, i);
}

static inline void sim_hist_add(struct sim_hist *h, u64 value)
{
	sim_hist_place(h, value);
	h->count++;
	h->sum_lo += value;
	h->sum_hi += h->sum_lo < value;
}

#endif
