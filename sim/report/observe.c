// SPDX-License-Identifier: GPL-2.0
/* The hot path: what devices and clients tell while the simulation runs. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/event.h"
#include "sim/report/report_priv.h"
#include "sim/report/timeline.h"

/* Loops over stages run for every descriptor. */
#define UNROLL _Pragma("GCC unroll 8")

#define OPCODE_BATCH 0x01

/* ---- Devices ---- */

static void wq_depth(void *ctx, struct dsa *dsa, u32 wq, u32 depth)
{
	struct device *dev = ctx;

	(void)dsa;
	if (wq < dev->nwqs)
		timeline_depth(dev->r->timeline, dev->index, wq, depth, sim_now(dev->r->sim));
}

static void note(void *ctx, struct dsa *dsa, enum dsa_note what, u64 value)
{
	struct device *dev = ctx;
	struct report *r = dev->r;

	(void)dsa;
	if (r->timeline)
		timeline_note(r->timeline, dev->index, what, value, sim_now(r->sim));
	if (!r->measuring)
		return;
	dev->note[what]++;
	if (value < dev->nwqs) {
		dev->wq[value].retries += what == DSA_NOTE_RETRY;
		dev->wq[value].drops += what == DSA_NOTE_DROP;
	}
}

static void violation(void *ctx, struct dsa *dsa, const char *text)
{
	struct device *dev = ctx;

	(void)dsa;
	report_violation(dev->r, text);
}

/*
 * Keeps @d until its unit is seen; false: there is no place, or its stages are none that follow
 * each other within 4 ms.
 */
static inline bool keep_retired(struct device *dev, const struct dsa_retired *d)
{
	const struct report *r = dev->r;
	u64 last = d->t[DSA_STAGE_ISSUED], all = 0;
	struct unseen *f;

	if (d->origin.client >= r->ntables || d->origin.tag >= r->unseen[d->origin.client].n)
		return false;
	f = &r->unseen[d->origin.client].at[d->origin.tag];
	if (f->state != UNSEEN_NONE)
		return false;
	f->issued = last;
	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++) {
		u64 length = d->t[s + 1] - last;

		last = d->t[s + 1];
		f->length[s] = (u32)length;
		all |= length;
	}
	if (all >> 32)
		return false;
	f->took = last - f->issued;
	f->size = d->size;
	f->devtlb_misses = d->devtlb_misses;
	f->opcode = d->opcode;
	f->status = d->status;
	f->wq = d->wq;
	f->engine = d->engine;
	f->device = (u16)dev->index;
	f->state = UNSEEN_NEW;
	return true;
}

static __attribute__((noinline)) void retired_apart(struct device *dev, const struct dsa_retired *d)
{
	struct report *r = dev->r;

	if (r->napart == BACKLOG)
		count_apart(r);
	r->apart[r->napart++] = (struct apart){dev, *d};
}

/* Once for its unit, or so it seems: with success and without a fault. */
static inline bool is_plain(const struct dsa_retired *d)
{
	return d->member < 0 && report_plain_status(d->status) && !d->faults &&
	       d->opcode != OPCODE_BATCH;
}

/* Not kept as struct unseen by keep_retired(): not plain, too long, or without a place. */
static __attribute__((noinline)) void retired_otherwise(struct device *dev,
							const struct dsa_retired *d)
{
	u32 client = d->origin.client;

	if (!report_client_of(dev->r, client) || d->member >= 0 || !d->status)
		retired_apart(dev, d);
	else if (!is_plain(d) || !count_place(dev->r, client, d->origin.tag) ||
		 !keep_retired(dev, d))
		count_special(dev, d);
}

static void retired(void *ctx, struct dsa *dsa, const struct dsa_retired *d)
{
	struct device *dev = ctx;

	(void)dsa;
	if (!is_plain(d) || !keep_retired(dev, d))
		retired_otherwise(dev, d);
}

static void retired_drawn(void *ctx, struct dsa *dsa, const struct dsa_retired *d)
{
	const struct device *dev = ctx;

	timeline_retired(dev->r->timeline, dev->index, d);
	retired(ctx, dsa, d);
}

void observe_device(struct device *d)
{
	struct dsa_observer obs = {.retired = d->r->timeline ? retired_drawn : retired,
				   .wq_depth = d->r->timeline ? wq_depth : NULL,
				   .note = note,
				   .violation = violation,
				   .ctx = d};

	dsa_set_observer(d->dsa, &obs);
}

/* ---- Clients ---- */

/* What is not done for every unit. */
static __attribute__((noinline)) void after_unit(struct report *r)
{
	const struct seen *u = &r->seen[r->nseen - 1];

	if (r->timeline)
		timeline_unit(r->timeline, u->client, u->issued, u->seen, u->bytes, u->descriptors,
			      u->status);
	if (r->nseen == BACKLOG)
		count_seen(r);
}

void report_op(struct report *r, u32 client, u32 tag, u64 issued, u64 seen, u64 bytes,
	       u32 descriptors, u8 status)
{
	struct seen *u;

	if (r->finished || client - 1 >= r->nclients)
		return;
	u = &r->seen[r->nseen++];
	u->issued = issued;
	u->seen = seen;
	u->bytes = bytes;
	u->client = client;
	u->tag = tag;
	u->descriptors = descriptors;
	u->status = status;
	if (__builtin_expect(r->nseen == BACKLOG || r->timeline, 0))
		after_unit(r);
}

void report_retry(struct report *r, u32 client)
{
	struct client *c = report_client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, false, sim_now(r->sim));
	c->work.retries += r->measuring;
}

void report_repair(struct report *r, u32 client)
{
	struct client *c = report_client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, true, sim_now(r->sim));
	c->work.repairs += r->measuring;
}

void report_protect(struct report *r, u32 client, u64 ps)
{
	struct client *c = report_client_of(r, client);

	if (!c || r->finished || !r->measuring)
		return;
	c->protects++;
	c->protect_ps += ps;
}

void report_client_time(struct report *r, u32 client, enum report_time what, u64 ps)
{
	struct client *c = report_client_of(r, client);

	if (c && r->measuring && what < REPORT_TIME_COUNT)
		c->work.time[what] += ps;
}

/* ---- The start of the measured interval ---- */

static void reset_hist(struct sim_hist *h)
{
	u64 *bucket = h->bucket;

	if (!bucket)
		return;
	if (h->count)
		memset(bucket + h->first, 0, sizeof(*bucket) * (h->last - h->first + 1));
	*h = (struct sim_hist){.min = SIM_NEVER, .first = SIM_HIST_BUCKETS, .bucket = bucket};
}

static void reset_client(struct client *c)
{
	c->before += c->work.descriptors;
	reset_hist(&c->work.latency);
	c->work = (struct work_counts){.latency = c->work.latency};
	c->protects = c->protect_ps = 0;
	c->first_issued = SIM_NEVER;
	c->last_seen = 0;
	if (c->cfg.time)
		memcpy(c->time_base, c->cfg.time, sizeof(c->time_base));
}

static void reset_queue(struct wq_acc *q)
{
	q->direct = q->members = q->bytes = q->errors = q->abandoned = 0;
	memset(q->stage, 0, sizeof(q->stage));
	q->member_time = q->retries = q->drops = q->faults = q->fault_wait = 0;
	reset_hist(&q->latency);
}

static void reset_device(struct device *d)
{
	for (u32 i = 0; i < d->nwqs; i++)
		reset_queue(&d->wq[i]);
	memset(d->engine, 0, sizeof(*d->engine) * d->nengines);
	memset(d->op, 0, sizeof(d->op));
	memset(d->status, 0, sizeof(d->status));
	memset(d->note, 0, sizeof(d->note));
	dsa_restart_depths(d->dsa);
	dsa_totals(d->dsa, &d->base);
}

void observe_reset(struct report *r)
{
	for (u32 i = 0; i < r->nclients; i++)
		reset_client(r->client[i]);
	for (u32 i = 0; i < r->ndevices; i++)
		reset_device(r->device[i]);
	count_reset(r);
}
