// SPDX-License-Identifier: GPL-2.0
/* Shared resources: what is too long for the header. */
#include <assert.h>

#include "sim/core/resource.h"

u64 sim_units_reserve(struct sim_units *u, u64 now, u64 service)
{
	u32 best = 0;
	u64 start;

	assert(u->units >= 1 && u->units <= SIM_UNITS_MAX);
	/* The lowest-numbered idle unit; when none is idle, the first to become so. */
	for (u32 i = 0; i < u->units; i++) {
		if (u->free_at[i] <= now) {
			best = i;
			break;
		}
		if (u->free_at[i] < u->free_at[best])
			best = i;
	}
	start = u->free_at[best] > now ? u->free_at[best] : now;
	u->use.count++;
	u->use.wait += start - now;
	u->use.busy += service;
	u->free_at[best] = start + service;
	return start + service;
}

u64 sim_level_mean_milli(const struct sim_level *l, u64 now)
{
	unsigned __int128 area = ((unsigned __int128)l->area_hi << 64) | l->area_lo;

	if (!now)
		return l->level * 1000;
	if (now > l->since)
		area += (unsigned __int128)l->level * (now - l->since);
	return (u64)(area * 1000 / now);
}
