// SPDX-License-Identifier: GPL-2.0
/* The clients of each tenant - a guest, a process of the host - taken together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report_priv.h"

static struct tenant *tenant_of(struct report *r, const char *name)
{
	/* Clients of one tenant mostly stand together: the last one first. */
	for (u32 i = r->ntenants; i-- > 0;)
		if (!strcmp(r->tenant[i].name, name))
			return &r->tenant[i];
	r->tenant[r->ntenants].name = name;
	return &r->tenant[r->ntenants++];
}

int tenants_make(struct report *r)
{
	r->tenant = r->nclients ? calloc(r->nclients, sizeof(*r->tenant)) : NULL;
	if (!r->tenant && r->nclients)
		return -ENOMEM;
	for (u32 i = 0; i < r->nclients; i++) {
		const struct client *c = r->client[i];
		struct tenant *t = tenant_of(r, report_text(c->tenant));

		t->clients++;
		if (work_counts_add(&t->work, &c->work))
			return -ENOMEM;
	}
	return 0;
}

void tenants_free(struct report *r)
{
	for (u32 i = 0; i < r->ntenants; i++)
		sim_hist_free(&r->tenant[i].work.latency);
	free(r->tenant);
}
