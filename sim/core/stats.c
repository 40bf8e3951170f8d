// SPDX-License-Identifier: GPL-2.0
/* The registry of counters and resource usages: two lists in registration order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/resource.h"
#include "sim/core/sim_priv.h"
#include "sim/core/stats.h"

struct stat_group {
	char *instance;
	const void *base;
	const struct sim_stat_def *defs;
	size_t n;
};

struct usage_entry {
	char *instance;
	const struct sim_usage *use;
	u32 units;
	const char *what;
};

/* Makes room for one more element of @size bytes in *@list. */
static int grow(void *list, size_t *cap, size_t n, size_t size)
{
	void **at = list, *bigger;
	size_t want;

	if (n < *cap)
		return 0;
	want = *cap ? 2 * *cap : 32;
	bigger = reallocarray(*at, want, size);
	if (!bigger)
		return -ENOMEM;
	*at = bigger;
	*cap = want;
	return 0;
}

int sim_stats_register(struct sim *sim, const char *instance, const void *base,
		       const struct sim_stat_def *defs, size_t n)
{
	struct stats_registry *r = &sim->stats;
	char *name;

	if (grow(&r->groups, &r->groups_cap, r->groups_n, sizeof(*r->groups)))
		return -ENOMEM;
	name = strdup(instance);
	if (!name)
		return -ENOMEM;
	r->groups[r->groups_n++] = (struct stat_group){name, base, defs, n};
	return 0;
}

int sim_usage_register(struct sim *sim, const char *instance, const struct sim_usage *use,
		       u32 units, const char *what)
{
	struct stats_registry *r = &sim->stats;
	char *name;

	if (!units)
		return -EINVAL;
	if (grow(&r->usages, &r->usages_cap, r->usages_n, sizeof(*r->usages)))
		return -ENOMEM;
	name = strdup(instance);
	if (!name)
		return -ENOMEM;
	r->usages[r->usages_n++] = (struct usage_entry){name, use, units, what};
	return 0;
}

void sim_stats_each(const struct sim *sim, sim_stat_fn *fn, void *ctx)
{
	const struct stats_registry *r = &sim->stats;

	for (size_t i = 0; i < r->groups_n; i++) {
		const struct stat_group *g = &r->groups[i];

		for (size_t k = 0; k < g->n; k++)
			fn(ctx, g->instance, &g->defs[k],
			   *(const u64 *)((const char *)g->base + g->defs[k].offset));
	}
}

void sim_usage_each(const struct sim *sim, sim_usage_fn *fn, void *ctx)
{
	const struct stats_registry *r = &sim->stats;

	for (size_t i = 0; i < r->usages_n; i++)
		fn(ctx, r->usages[i].instance, r->usages[i].use, r->usages[i].units,
		   r->usages[i].what);
}

void sim_stats_free(struct sim *sim)
{
	struct stats_registry *r = &sim->stats;

	for (size_t i = 0; i < r->groups_n; i++)
		free(r->groups[i].instance);
	for (size_t i = 0; i < r->usages_n; i++)
		free(r->usages[i].instance);
	free(r->groups);
	free(r->usages);
}
