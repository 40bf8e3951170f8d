/* SPDX-License-Identifier: GPL-2.0 */
/* Seeded random streams: integer arithmetic only, so that every machine draws the same numbers. */
#ifndef SIM_CORE_RNG_H
#define SIM_CORE_RNG_H

#include "sim/core/types.h"

struct sim_rng {
	u64 s[4]; /* xoshiro256** state */
};

/* Starts stream @name (any text, e.g. "client/3/address") of @seed: equal names, equal numbers. */
void sim_rng_init(struct sim_rng *rng, u64 seed, const char *name);
u64 sim_rng_u64(struct sim_rng *rng);
/* Uniform in [0, n); n > 0; no modulo bias. */
u64 sim_rng_below(struct sim_rng *rng, u64 n);
/* Exponential with @mean (any unit), from tables and integers: no libm. */
u64 sim_rng_exp(struct sim_rng *rng, u64 mean);

#endif
