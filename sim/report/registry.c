// SPDX-License-Identifier: GPL-2.0
/* Counters and resources over the measured interval: what each did since its start. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report_priv.h"

struct fill {
	struct report *r;
	u32 counters, usages;
	bool full; /* the registry grew since the start */
};

static void count_counter(void *ctx, const char *instance, const struct sim_stat_def *def,
			  u64 value)
{
	struct fill *f = ctx;

	(void)instance;
	(void)def;
	(void)value;
	f->counters++;
}

static void count_usage(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
			const char *what)
{
	struct fill *f = ctx;

	(void)instance;
	(void)use;
	(void)units;
	(void)what;
	f->usages++;
}

static void base_counter(void *ctx, const char *instance, const struct sim_stat_def *def, u64 value)
{
	struct fill *f = ctx;

	f->r->counter[f->counters++] =
		(struct counter){.instance = instance, .def = def, .base = value};
}

static void base_usage(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
		       const char *what)
{
	struct fill *f = ctx;

	f->r->usage[f->usages++] = (struct usage){
		.name = instance, .use = use, .units = units, .what = what, .base = *use};
}

/* Resources that the report itself works out: engine slots, batch slots, queue entries. */
static u32 own_usages(const struct report *r)
{
	u32 n = 0;

	for (u32 i = 0; i < r->ndevices; i++)
		n += 2 * r->device[i]->nengines + r->device[i]->nwqs;
	return n;
}

void registry_free(struct report *r)
{
	for (u32 i = 0; i < r->nusages; i++)
		free(r->usage[i].own);
	free(r->counter);
	free(r->usage);
	free(r->cache);
	r->counter = NULL;
	r->usage = NULL;
	r->cache = NULL;
	r->ncounters = r->nusages = r->ncaches = 0;
}

int registry_start(struct report *r)
{
	struct fill f = {.r = r};

	registry_free(r);
	sim_stats_each(r->sim, count_counter, &f);
	sim_usage_each(r->sim, count_usage, &f);
	r->counter = calloc(f.counters + 1, sizeof(*r->counter));
	r->usage = calloc(f.usages + own_usages(r) + 1, sizeof(*r->usage));
	r->cache = calloc(f.counters + 1, sizeof(*r->cache));
	if (!r->counter || !r->usage || !r->cache) {
		registry_free(r);
		return -ENOMEM;
	}
	r->ncounters = f.counters;
	r->nusages = f.usages;
	f.counters = f.usages = 0;
	sim_stats_each(r->sim, base_counter, &f);
	sim_usage_each(r->sim, base_usage, &f);
	return 0;
}

/* Levels that are no sums over time: the value at the end counts. */
static bool is_level(const struct counter *c)
{
	return !strcmp(c->def->name, "in_flight");
}

static void end_counter(void *ctx, const char *instance, const struct sim_stat_def *def, u64 value)
{
	struct fill *f = ctx;
	struct counter *c = &f->r->counter[f->counters];

	/* Instances that came later (a hot-plugged device) count from nothing: not listed. */
	if (f->counters >= f->r->ncounters)
		return;
	f->counters++;
	(void)instance;
	(void)def;
	if (is_level(c))
		c->value = value;
	else
		c->value = value >= c->base ? value - c->base : value;
}

/* ---- Caches: pairs of counters ---- */

/* The counter "STEM@suffix" beside counter @i, where @len bytes of its name are the stem. */
static const struct counter *sibling(const struct report *r, u32 i, size_t len, const char *suffix)
{
	const struct counter *of = &r->counter[i], *c = of;

	/* The counters of an instance stand together. */
	while (c > r->counter && c[-1].instance == of->instance)
		c--;
	for (; c < r->counter + r->ncounters && c->instance == of->instance; c++)
		if (!strncmp(c->def->name, of->def->name, len) &&
		    !strcmp(c->def->name + len, suffix))
			return c;
	return NULL;
}

/* Every counter "x_hits" with a companion "x_lookups", "x_requests" or "x_misses" is a cache. */
static void find_caches(struct report *r)
{
	for (u32 i = 0; i < r->ncounters; i++) {
		const struct counter *hits = &r->counter[i], *all;
		const char *name = hits->def->name, *end = strstr(name, "_hits");
		size_t len = end ? (size_t)(end - name) : 0;
		struct cache c = {.instance = hits->instance, .name = name, .hits = hits->value};

		if (!end || end[5])
			continue;
		if ((all = sibling(r, i, len, "_lookups")) ||
		    (all = sibling(r, i, len, "_requests")))
			c.lookups = all->value;
		else if ((all = sibling(r, i, len, "_misses")))
			c.lookups = all->value + hits->value;
		else
			continue;
		c.name_len = (u32)len;
		r->cache[r->ncaches++] = c;
	}
}

/* ---- Resources ---- */

static void end_usage(struct usage *u)
{
	if (!u->use)
		return;
	u->value.count = u->use->count - u->base.count;
	u->value.busy = u->use->busy - u->base.busy;
	u->value.wait = u->use->wait - u->base.wait;
	u->value.bytes = u->use->bytes - u->base.bytes;
}

static void add_own(struct report *r, const char *what, u32 units, u64 count, u64 busy,
		    bool symptom, const char *device, const char *unit, u32 index,
		    const char *slots)
{
	struct usage *u = &r->usage[r->nusages];

	if (!units)
		return;
	*u = (struct usage){.units = units, .what = what, .symptom = symptom};
	u->value.count = count;
	u->value.busy = busy;
	if (asprintf(&u->own, "%s.%s%u.%s", device, unit, index, slots) < 0) {
		u->own = NULL;
		r->nomem = true;
		return;
	}
	u->name = u->own;
	r->nusages++;
}

/* The integral of a queue's depth over the interval: time its entries were taken. */
static u64 depth_area(const struct wq_acc *q)
{
	return q->depth.area_hi ? SIM_NEVER : q->depth.area_lo;
}

static void derive_usages(struct report *r, const struct device *d)
{
	const struct dsa_cfg *cfg = dsa_config(d->dsa);
	const char *name = dsa_name(d->dsa);

	for (u32 i = 0; i < d->nengines; i++) {
		const struct engine_acc *e = &d->engine[i];

		add_own(r, "Descriptors in the engine's pipeline", cfg->work_in_progress,
			e->descriptors, e->resident, false, name, "engine", i, "slots");
		add_own(r, "Batches open in the engine", cfg->batch_in_progress, e->batches,
			e->batch_resident, false, name, "engine", i, "batches");
	}
	for (u32 i = 0; i < d->nwqs; i++)
		if (d->wq[i].size)
			add_own(r, "Entries of the work queue", d->wq[i].size, d->wq[i].direct,
				depth_area(&d->wq[i]), true, name, "wq", i, "entries");
}

static int by_share(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void later_usage(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
			const char *what)
{
	struct fill *f = ctx;

	if (f->usages++ >= f->r->nusages)
		f->r->usage[f->usages - 1] =
			(struct usage){.name = instance, .use = use, .units = units, .what = what};
}

/* Resources that came after the start count from nothing. */
static int add_later(struct report *r)
{
	struct fill all = {.r = r}, f = {.r = r};
	struct usage *more;

	sim_usage_each(r->sim, count_usage, &all);
	if (all.usages == r->nusages)
		return 0;
	more = reallocarray(r->usage, all.usages + own_usages(r) + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->usage = more;
	sim_usage_each(r->sim, later_usage, &f);
	r->nusages = all.usages;
	return 0;
}

int registry_finish(struct report *r)
{
	struct fill f = {.r = r};
	double ps = (double)report_ps(r);

	if (!r->usage || add_later(r))
		return -ENOMEM;
	sim_stats_each(r->sim, end_counter, &f);
	find_caches(r);
	for (u32 i = 0; i < r->nusages; i++)
		end_usage(&r->usage[i]);
	for (u32 i = 0; i < r->ndevices; i++)
		derive_usages(r, r->device[i]);
	for (u32 i = 0; i < r->nusages; i++) {
		struct usage *u = &r->usage[i];

		/* Reservations are counted when they are made: some reach beyond the end. */
		u->share = (double)u->value.busy / (double)u->units / ps;
		u->share = u->share > 1 ? 1 : u->share;
	}
	qsort(r->usage, r->nusages, sizeof(*r->usage), by_share);
	return 0;
}
