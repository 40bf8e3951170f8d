// SPDX-License-Identifier: GPL-2.0
// Setting the clients of a trace up: their queues, windows and ways to wait.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/workload_priv.h"

/* The recorded queue when it exists and fits, else the next suitable one, and a line about it. */
static const struct system_wq *trace_wq(struct feed *f, u32 i, const struct site *site,
					const struct scn_client *cfg, struct workload *wl,
					struct cfg_error *err)
{
	static const char *const mode[] = {"shared", "dedicated"};
	const struct trace_client *tc = feed_client(f, i);
	const struct system_wq *wq;
	struct scn_wq want = {.device = -1, .queue = -1};
	u32 device, queue;
	bool dedicated;
	char line[160];

	/* A client that names no queue and no mode plays the recorded ones. */
	if (cfg->nwqs &&
	    (cfg->wqs[0].name || cfg->wqs[0].queue >= 0 || cfg->wqs[0].mode != SCN_WQ_ANY)) {
		wq = choose_wq(site, &cfg->wqs[0], i, false);
		if (!wq)
			cfg_fail(err, "trace client %u.%u: no such enabled user queue", tc->proc,
				 tc->thr);
		return wq;
	}
	feed_client_wq(f, i, &device, &queue, &dedicated);
	want.mode = dedicated ? SCN_WQ_DEDICATED : SCN_WQ_SHARED;
	if (queue != TRACE_NO_WQ) {
		struct scn_wq exact = {.device = device, .queue = queue};

		wq = choose_wq(site, &exact, 0, false);
		if (wq && wq->dedicated == dedicated)
			return wq;
	}
	wq = choose_wq(site, &want, queue == TRACE_NO_WQ ? 0 : queue, false);
	if (!wq) {
		want.mode = SCN_WQ_ANY;
		wq = choose_wq(site, &want, queue == TRACE_NO_WQ ? 0 : queue, false);
	}
	if (!wq) {
		cfg_fail(err, "trace client %u.%u: no enabled user queue", tc->proc, tc->thr);
		return NULL;
	}
	if (queue == TRACE_NO_WQ)
		return wq;
	snprintf(line, sizeof(line), "trace: the %s queue wq%u.%u goes to the %s wq%u.%u",
		 mode[dedicated], device, queue, mode[wq->dedicated], wq->device, wq->queue);
	report_note(wl->report, line);
	return wq;
}

static int add_trace_client(struct workload *wl, struct feed *f, u32 i,
			    const struct scn_client *cfg, struct cfg_error *err)
{
	const struct trace_client *tc = feed_client(f, i);
	const struct system_wq *wq;
	struct space *s;
	struct client *c;
	char name[48];
	int ret;

	if (!feed_client_units(f, i) ||
	    (cfg->trace_proc >= 0 && tc->proc != (u32)cfg->trace_proc) ||
	    (cfg->trace_thr >= 0 && tc->thr != (u32)cfg->trace_thr)) {
		feed_skip(f, i);
		return 0;
	}
	s = feed_space(f, tc->proc);
	if (!s)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	snprintf(name, sizeof(name), "%s.%u", s->name, tc->thr);
	c = client_new(wl, s, name);
	if (!c)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	client_behave(c, cfg);
	c->window = tc->window ? tc->window : 1;
	c->pieces = 1;
	c->first = c->push = c->relocate = false;
	c->loop = tc->loop;
	c->wait = tc->wait == TRACE_UMWAIT ? SCN_UMWAIT : cfg->wait;
	if (tc->wait == TRACE_INTERRUPT || c->wait == SCN_INTERRUPT) {
		c->wait = SCN_POLL;
		report_note(wl->report,
			    "the driver gives programs no interrupts: clients of the trace that "
			    "wait for one poll");
	}
	c->open_loop = tc->loop == TRACE_OPEN;
	if (c->open_loop)
		c->loop = TRACE_RING;
	c->looks = c->loop == TRACE_RING;
	c->start = cfg->start_ps + tc->start;
	c->stream = feed_stream(f, i);
	if (!c->cpu_engine) {
		wq = trace_wq(f, i, s->site, cfg, wl, err);
		if (!wq)
			return -EINVAL;
		ret = client_wants(wl, c, wq, err);
		if (ret)
			return ret;
	}
	client_place(wl, c, cfg, wl->nclients - 1);
	return client_register(wl, c, err);
}

int setup_trace(struct workload *wl, struct site *site, u32 nsites, const char *path,
		const struct scn_client *cfg, const char *name, struct cfg_error *err)
{
	struct feed *f;
	u32 i;
	int ret;

	ret = feed_scan(wl, site, nsites, path, name, &f);
	if (ret) {
		*err = wl->err;
		return ret;
	}
	for (i = 0; i < feed_clients(f); i++) {
		ret = add_trace_client(wl, f, i, cfg, err);
		if (ret)
			return ret;
	}
	return 0;
}
