// SPDX-License-Identifier: GPL-2.0
// Setting the clients of a trace up: their queues, windows and ways to wait.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/workload_priv.h"

/* Recorded queues that others stand in for, and how many clients that concerns. */
struct moved {
	struct feed_wq from;
	const struct system_wq *to;
	u32 clients;
};

/* What the clients of one trace have in common. */
struct setup {
	struct workload *wl;
	struct feed *feed;
	const struct scn_client *cfg;
	struct moved *moved;
	u32 nmoved;
	u32 polling; /* clients that were to wait for an interrupt */
	struct cfg_error *err;
};

static int note_moved(struct setup *su, const struct feed_wq *from, const struct system_wq *to)
{
	struct moved *m;
	u32 i;

	for (i = 0; i < su->nmoved; i++) {
		m = &su->moved[i];
		if (m->to->device == to->device && m->to->queue == to->queue &&
		    m->to->dedicated == to->dedicated && m->from.device == from->device &&
		    m->from.queue == from->queue && m->from.dedicated == from->dedicated) {
			m->clients++;
			return 0;
		}
	}
	m = realloc(su->moved, (su->nmoved + 1) * sizeof(*m));
	if (!m)
		return cfg_fail_errno(su->err, ENOMEM, "out of memory");
	su->moved = m;
	m[su->nmoved++] = (struct moved){*from, to, 1};
	return 0;
}

/* The recorded queue when it exists and fits, else the next suitable one. */
static const struct system_wq *suitable_wq(const struct site *site, const struct feed_wq *rec)
{
	struct scn_wq want = {.device = -1, .queue = -1};
	u32 turn = rec->queue == TRACE_NO_WQ ? 0 : rec->queue;
	const struct system_wq *wq;

	if (rec->queue != TRACE_NO_WQ) {
		struct scn_wq exact = {.device = rec->device, .queue = rec->queue};

		wq = choose_wq(site, &exact, 0, false);
		if (wq && wq->dedicated == rec->dedicated)
			return wq;
	}
	want.mode = rec->dedicated ? SCN_WQ_DEDICATED : SCN_WQ_SHARED;
	wq = choose_wq(site, &want, turn, false);
	if (wq)
		return wq;
	want.mode = SCN_WQ_ANY;
	return choose_wq(site, &want, turn, false);
}

/* Queue @wq takes the place of @rec for the client. */
static int route(struct setup *su, struct client *c, struct feed_wq *rec,
		 const struct system_wq *wq)
{
	u32 i;
	int ret = 0;

	for (i = 0; i < c->nwqs && c->want[i] != wq; i++)
		;
	if (i == c->nwqs)
		ret = client_wants(c, wq, su->err);
	rec->to = (u16)i;
	if (!ret && rec->queue != TRACE_NO_WQ &&
	    (wq->device != rec->device || wq->queue != rec->queue ||
	     wq->dedicated != rec->dedicated))
		ret = note_moved(su, rec, wq);
	return ret;
}

/* The queues of client @i: those its records name, unless the scenario says otherwise. */
static int trace_wqs(struct setup *su, struct client *c, u32 i)
{
	const struct trace_client *tc = feed_client(su->feed, i);
	const struct scn_client *cfg = su->cfg;
	const struct system_wq *wq;
	struct feed_wq *rec;
	u32 n, k;
	int ret = 0;

	/* A client that names no queue and no mode plays the recorded ones. */
	if (cfg->nwqs &&
	    (cfg->wqs[0].name || cfg->wqs[0].queue >= 0 || cfg->wqs[0].mode != SCN_WQ_ANY)) {
		wq = choose_wq(c->space->site, &cfg->wqs[0], i, false);
		if (!wq)
			return cfg_fail(su->err, "trace client %u.%u: no such enabled user queue",
					tc->proc, tc->thr);
		return client_wants(c, wq, su->err);
	}
	rec = feed_client_wqs(su->feed, i, &n);
	for (k = 0; k < n && !ret; k++) {
		wq = suitable_wq(c->space->site, &rec[k]);
		if (!wq)
			return cfg_fail(su->err, "trace client %u.%u: no enabled user queue",
					tc->proc, tc->thr);
		ret = route(su, c, &rec[k], wq);
	}
	return ret;
}

/* One line for each recorded queue that is not there, not for each client. */
static void say_moved(struct setup *su)
{
	static const char *const mode[] = {"shared", "dedicated"};
	char line[200];
	u32 i;

	for (i = 0; i < su->nmoved; i++) {
		const struct moved *m = &su->moved[i];

		snprintf(line, sizeof(line),
			 "trace: the %s queue wq%u.%u goes to the %s wq%u.%u (%u client%s)",
			 mode[m->from.dedicated], m->from.device, m->from.queue,
			 mode[m->to->dedicated], m->to->device, m->to->queue, m->clients,
			 m->clients == 1 ? "" : "s");
		report_note(su->wl->report, line);
	}
	if (su->polling) {
		snprintf(line, sizeof(line),
			 "the driver gives programs no interrupts: %u client%s of the trace that "
			 "would wait for one poll%s",
			 su->polling, su->polling == 1 ? "" : "s", su->polling == 1 ? "s" : "");
		report_note(su->wl->report, line);
	}
}

static int add_trace_client(struct setup *su, u32 i)
{
	struct workload *wl = su->wl;
	struct feed *f = su->feed;
	const struct scn_client *cfg = su->cfg;
	struct cfg_error *err = su->err;
	const struct trace_client *tc = feed_client(f, i);
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
		su->polling++;
	}
	c->open_loop = tc->loop == TRACE_OPEN;
	if (c->open_loop)
		c->loop = TRACE_RING;
	c->looks = c->loop == TRACE_RING;
	c->start = cfg->start_ps + tc->start;
	c->stream = feed_stream(f, i);
	if (!c->cpu_engine) {
		ret = trace_wqs(su, c, i);
		if (ret)
			return ret;
	}
	client_place(wl, c, cfg, wl->nclients - 1);
	return client_register(wl, c, err);
}

int setup_trace(struct workload *wl, struct site *site, u32 nsites, const char *path,
		const struct scn_client *cfg, const char *name, struct cfg_error *err)
{
	struct setup su = {.wl = wl, .cfg = cfg, .err = err};
	u32 i;
	int ret;

	ret = feed_scan(wl, site, nsites, path, name, &su.feed);
	if (ret) {
		*err = wl->err;
		return ret;
	}
	for (i = 0; i < feed_clients(su.feed) && !ret; i++)
		ret = add_trace_client(&su, i);
	if (!ret)
		say_moved(&su);
	free(su.moved);
	return ret;
}
