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
		t->units += c->units;
		t->descriptors += c->descriptors;
		t->bytes += c->bytes;
		t->errors += c->errors;
		t->retries += c->retries;
		t->repairs += c->repairs;
		t->faults += c->faults;
		t->fault_wait += c->fault_wait;
		t->staged += c->staged;
		t->staged_latency += c->staged_latency;
		for (u32 s = 0; s < STAGE_COUNT; s++)
			t->stage[s] += c->stage[s];
		for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
			t->time[k] += c->time[k];
		if (!c->latency.bucket)
			continue;
		if (!t->latency.bucket && sim_hist_init(&t->latency))
			return -ENOMEM;
		sim_hist_merge(&t->latency, &c->latency);
	}
	return 0;
}

void tenants_free(struct report *r)
{
	for (u32 i = 0; i < r->ntenants; i++)
		sim_hist_free(&r->tenant[i].latency);
	free(r->tenant);
}
