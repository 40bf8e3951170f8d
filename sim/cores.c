// SPDX-License-Identifier: GPL-2.0
// The machine's cores as resources.
#include "sim/cores.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/core/event.h"
#include "sim/core/resource.h"
#include "sim/core/stats.h"
#include "sim/scenario/platform.h"

struct core {
	struct sim_server work;	      /* of threads, with the gaps that interrupts leave in it */
	u64 interrupted;	      /* until then by interrupts */
	struct sim_usage *interrupts; /* NULL: none was counted */
	u32 socket, number;	      /* in its socket */
};

struct cores {
	struct sim *sim;
	u32 n;
	struct core *core;
	void (*first)(void *ctx, u32 core);
	void *ctx;
};

struct cores *cores_new(struct sim *sim, const struct platform *plat)
{
	struct cores *c = calloc(1, sizeof(*c));
	u32 s, i, n = 0;

	if (!c)
		return NULL;
	c->sim = sim;
	for (s = 0; s < plat->sockets_count; s++)
		c->n += plat->sockets[s].cores;
	c->core = calloc(c->n ? c->n : 1, sizeof(*c->core));
	if (!c->core) {
		free(c);
		return NULL;
	}
	for (s = 0; s < plat->sockets_count; s++)
		for (i = 0; i < plat->sockets[s].cores; i++, n++) {
			c->core[n].socket = s;
			c->core[n].number = i;
		}
	return c;
}

void cores_free(struct cores *c)
{
	u32 i;

	if (!c)
		return;
	for (i = 0; i < c->n; i++)
		free(c->core[i].interrupts);
	free(c->core);
	free(c);
}

u32 cores_count(const struct cores *c)
{
	return c->n;
}

u64 cores_work(struct cores *c, u32 core, u64 t, u64 ps)
{
	return sim_server_reserve(&c->core[core].work, t, ps);
}

/* Without memory the interrupts of this core are not counted. */
static void count_first(struct cores *c, struct core *core)
{
	struct sim_usage *use = calloc(1, sizeof(*use));
	char name[48];

	snprintf(name, sizeof(name), "socket%u.core%u.interrupts", core->socket, core->number);
	if (!use || sim_usage_register(c->sim, name, use, 1, "Interrupts that the core takes")) {
		free(use);
		return;
	}
	core->interrupts = use;
}

u64 cores_interrupt(struct cores *c, u32 core, u64 ps)
{
	struct core *on = &c->core[core];
	u64 now = sim_now(c->sim), start = on->interrupted > now ? on->interrupted : now;

	if (c->first && !on->interrupts) {
		count_first(c, on);
		c->first(c->ctx, core);
	}
	if (c->first && on->interrupts) {
		on->interrupts->count++;
		on->interrupts->busy += ps;
		on->interrupts->wait += start - now;
	}
	on->work.free_at = (on->work.free_at > now ? on->work.free_at : now) + ps;
	on->interrupted = start + ps;
	return on->interrupted;
}

u64 cores_interrupted(const struct cores *c, u32 core)
{
	return c->core[core].interrupted;
}

void cores_watch(struct cores *c, void (*first)(void *ctx, u32 core), void *ctx)
{
	c->first = first;
	c->ctx = ctx;
}
