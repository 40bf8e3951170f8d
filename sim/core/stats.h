/* SPDX-License-Identifier: GPL-2.0 */
/* Counters: plain u64 members of their owner, registered once by name, unit and meaning. */
#ifndef SIM_CORE_STATS_H
#define SIM_CORE_STATS_H

#include "sim/core/types.h"

struct sim;

struct sim_stat_def {
	const char *name; /* "iotlb_hits" */
	const char *unit; /* "count", "bytes", "ps" */
	const char *what; /* one sentence for the documentation */
	size_t offset;	  /* of the u64 in the owner */
};

/* Registers @n counters of the owner at @base under "@instance.name". @instance is copied. */
int sim_stats_register(struct sim *sim, const char *instance, const void *base,
		       const struct sim_stat_def *defs, size_t n);
/* Registers a resource's usage; @units: how many can be busy at once (utilisation =
 * busy/units/time). */
struct sim_usage;
int sim_usage_register(struct sim *sim, const char *instance, const struct sim_usage *use,
		       u32 units, const char *what);

typedef void sim_stat_fn(void *ctx, const char *instance, const struct sim_stat_def *def,
			 u64 value);
typedef void sim_usage_fn(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
			  const char *what);
/* Calls back in registration order. */
void sim_stats_each(const struct sim *sim, sim_stat_fn *fn, void *ctx);
void sim_usage_each(const struct sim *sim, sim_usage_fn *fn, void *ctx);

#endif
