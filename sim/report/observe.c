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

#define STATUS_SUCCESS	    0x01
#define STATUS_SUCCESS_PRED 0x02
#define OPCODE_BATCH	    0x01

static struct client *client_of(const struct report *r, u32 id)
{
	return id && id <= r->nclients ? r->client[id - 1] : NULL;
}

/* ---- Descriptors that retired, until their client sees them ---- */

#define PENDING_SETS_MAX 1024u

/* Sets for what a window may leave between record and notice, so many that hardly any runs full. */
static bool pending_init(struct client *c)
{
	u32 window = c->cfg.window ? c->cfg.window : 128, sets = 4, shift = 64 - 2;

	while (sets * PENDING_WAYS < 4 * window && sets < PENDING_SETS_MAX) {
		sets *= 2;
		shift--;
	}
	c->keys = aligned_alloc(64, sizeof(*c->keys) * sets);
	c->pending = malloc(sizeof(*c->pending) * sets * PENDING_WAYS);
	if (!c->keys || !c->pending) {
		free(c->keys);
		free(c->pending);
		c->keys = NULL;
		c->pending = NULL;
		return false;
	}
	/* SIM_NEVER in all of them. */
	memset(c->keys, 0xff, sizeof(*c->keys) * sets);
	c->pending_shift = shift;
	return true;
}

/* Number of the set of an issue time. */
static u64 pending_set(const struct client *c, u64 issued)
{
	return issued * 0x9e3779b97f4a7c15ull >> c->pending_shift;
}

/* The place of @issued in @set of the table, -1: not there. SIM_NEVER finds a free one. */
static s64 pending_look(const struct client *c, u64 set, u64 issued)
{
	UNROLL
	for (u32 i = 0; i < PENDING_WAYS; i++)
		if (c->keys[set].issued[i] == issued)
			return (s64)(set * PENDING_WAYS + i);
	return -1;
}

static s64 pending_find(const struct client *c, u64 issued)
{
	u64 set;
	s64 at;

	if (!c->keys)
		return -1;
	set = pending_set(c, issued);
	at = pending_look(c, set, issued);
	return at < 0 && c->spilled ? pending_look(c, set ^ 1, issued) : at;
}

/* A free place for @issued; where two sets have none the one recorded first gives way. */
static struct pending *pending_place(struct client *c, u64 issued)
{
	u64 set = pending_set(c, issued);
	s64 at = pending_look(c, set, SIM_NEVER);

	if (at < 0) {
		c->spilled = true;
		at = pending_look(c, set ^ 1, SIM_NEVER);
	}
	if (at < 0) {
		at = (s64)(set * PENDING_WAYS);
		for (u32 i = 1; i < PENDING_WAYS; i++)
			if (c->pending[set * PENDING_WAYS + i].recorded < c->pending[at].recorded)
				at = (s64)(set * PENDING_WAYS + i);
	}
	c->keys[at / PENDING_WAYS].issued[at % PENDING_WAYS] = issued;
	memset(&c->pending[at], 0, sizeof(c->pending[at]));
	return &c->pending[at];
}

/*
 * Keeps the stages that end at @t. The same issue time again is the unit's next attempt behind a
 * repair when it was accepted later than the record, else a piece beside it: the last one counts.
 */
static void pending_put(struct client *c, u64 issued, const u64 *t)
{
	struct pending *p;
	s64 at;

	if (!c->keys && !pending_init(c))
		return;
	at = pending_find(c, issued);
	p = at < 0 ? pending_place(c, issued) : &c->pending[at];
	if (at >= 0 && t[STAGE_SUBMIT] >= p->recorded) {
		p->stage[STAGE_REPAIR] += t[STAGE_SUBMIT] - p->recorded;
	} else {
		memset(p->stage, 0, sizeof(p->stage));
		p->stage[STAGE_SUBMIT] = t[STAGE_SUBMIT] - issued;
	}
	UNROLL
	for (u32 s = STAGE_QUEUE; s < STAGE_DEVICE; s++)
		p->stage[s] += t[s] - t[s - 1];
	p->recorded = t[STAGE_RECORD];
}

/* ---- Devices ---- */

/* Ends of stages that never were (abandoned, refused) fall together with the stage before. */
static void stage_ends(const struct dsa_retired *d, u64 *t)
{
	u64 last = d->t[DSA_STAGE_ISSUED];

	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++) {
		u64 end = d->t[s + 1];

		last = end > last ? end : last;
		t[s] = last;
	}
}

static bool plain_status(u8 status)
{
	return status == STATUS_SUCCESS || status == STATUS_SUCCESS_PRED;
}

static void count_queue(struct wq_acc *q, const struct dsa_retired *d, const u64 *t, u64 bytes)
{
	q->bytes += bytes;
	q->errors += !plain_status(d->status) && d->status;
	q->abandoned += !d->status;
	if (d->faults) {
		q->faults += d->faults;
		q->fault_wait += d->fault_wait;
	}
	if (d->member >= 0) {
		q->members++;
		q->member_time += t[STAGE_RECORD] - t[STAGE_SUBMIT];
		return;
	}
	q->direct++;
	if (!d->status)
		return;
	q->stage[STAGE_SUBMIT] += t[STAGE_SUBMIT] - d->t[DSA_STAGE_ISSUED];
	UNROLL
	for (u32 s = STAGE_QUEUE; s < STAGE_DEVICE; s++)
		q->stage[s] += t[s] - t[s - 1];
	if (q->latency.bucket || !sim_hist_init(&q->latency))
		sim_hist_add(&q->latency, t[STAGE_RECORD] - d->t[DSA_STAGE_ISSUED]);
}

static void count_engine(struct engine_acc *e, const struct dsa_retired *d, u64 time, u64 bytes)
{
	e->devtlb_misses += d->devtlb_misses;
	if (d->opcode == OPCODE_BATCH) {
		e->batches++;
		e->batch_resident += time;
		return;
	}
	e->descriptors++;
	e->bytes += bytes;
	e->resident += time;
}

static void retired(void *ctx, struct dsa *dsa, const struct dsa_retired *d)
{
	struct device *dev = ctx;
	struct report *r = dev->r;
	struct client *c = client_of(r, d->origin.client);
	u64 t[STAGE_DEVICE], bytes = d->opcode == OPCODE_BATCH ? 0 : d->size, time;

	(void)dsa;
	dev->retired++;
	stage_ends(d, t);
	if (c && d->member < 0 && d->status)
		pending_put(c, d->t[DSA_STAGE_ISSUED], t);
	if (r->timeline)
		timeline_retired(r->timeline, dev->index, d, t);
	if (!r->measuring)
		return;
	time = t[STAGE_RECORD] - t[STAGE_QUEUE];
	dev->status[d->status]++;
	dev->op[d->opcode].count++;
	dev->op[d->opcode].bytes += bytes;
	dev->op[d->opcode].time += time;
	if (d->wq < dev->nwqs)
		count_queue(&dev->wq[d->wq], d, t, bytes);
	if (d->engine < dev->nengines)
		count_engine(&dev->engine[d->engine], d, time, bytes);
	if (c && d->faults) {
		c->faults += d->faults;
		c->fault_wait += d->fault_wait;
	}
}

static void wq_depth(void *ctx, struct dsa *dsa, u32 wq, u32 depth)
{
	struct device *dev = ctx;
	u64 now = sim_now(dev->r->sim);

	(void)dsa;
	if (wq >= dev->nwqs)
		return;
	sim_level_set(&dev->wq[wq].depth, now, depth);
	if (dev->r->timeline)
		timeline_depth(dev->r->timeline, dev->index, wq, depth, now);
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

void observe_device(struct device *d)
{
	struct dsa_observer obs = {.retired = retired,
				   .wq_depth = wq_depth,
				   .note = note,
				   .violation = violation,
				   .ctx = d};

	dsa_set_observer(d->dsa, &obs);
}

/* ---- Clients ---- */

/* Twice the time in a bin, half the bins. */
static void series_fold(struct series *s)
{
	for (u32 i = 0; i < SERIES_BINS / 2; i++) {
		s->bin[i] = s->bin[2 * i];
		s->bin[i].units += s->bin[2 * i + 1].units;
		s->bin[i].descriptors += s->bin[2 * i + 1].descriptors;
		s->bin[i].bytes += s->bin[2 * i + 1].bytes;
		s->bin[i].latency += s->bin[2 * i + 1].latency;
	}
	memset(&s->bin[SERIES_BINS / 2], 0, sizeof(s->bin) / 2);
	s->shift++;
	s->used = (s->used + 1) / 2;
}

static void series_add(struct series *s, u64 at, u64 bytes, u32 descriptors, u64 latency)
{
	u64 i = at >> s->shift;

	while (i >= SERIES_BINS) {
		series_fold(s);
		i = at >> s->shift;
	}
	s->bin[i].units++;
	s->bin[i].descriptors += descriptors;
	s->bin[i].bytes += bytes;
	s->bin[i].latency += latency;
	if (s->used <= i)
		s->used = (u32)i + 1;
}

/* The stages of a unit, from what is known of its (first) descriptor. */
static void count_stages(struct report *r, struct client *c, const struct pending *p, u64 latency)
{
	u64 left = latency;

	c->staged++;
	c->staged_latency += latency;
	UNROLL
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		u64 part = s < STAGE_NOTICE ? p->stage[s] : left;
		struct sim_hist *h = &r->stage[s];

		/* A client that saw all it needed before the record ends the rest there. */
		part = part < left ? part : left;
		left -= part;
		c->stage[s] += part;
		h->bucket[sim_hist_bucket(part)]++;
		if (__builtin_expect(part < h->min, 0))
			h->min = part;
		if (__builtin_expect(part > h->max, 0))
			h->max = part;
	}
}

void report_op(struct report *r, u32 client, u64 issued, u64 seen, u64 bytes, u32 descriptors,
	       u8 status)
{
	struct client *c = client_of(r, client);
	s64 at;

	if (!c || r->finished)
		return;
	assert(seen >= issued);
	c->seen++;
	at = pending_find(c, issued);
	if (r->timeline)
		timeline_unit(r->timeline, client, issued, seen, bytes, descriptors, status);
	if (r->measuring) {
		c->units++;
		c->descriptors += descriptors;
		c->bytes += bytes;
		c->errors += !plain_status(status);
		if (!c->last_seen || issued < c->first_issued)
			c->first_issued = issued;
		c->last_seen = seen;
		r->client_status[status]++;
		if (c->latency.bucket || !sim_hist_init(&c->latency))
			sim_hist_add(&c->latency, seen - issued);
		if (seen >= r->start)
			series_add(&r->series, seen - r->start, bytes, descriptors, seen - issued);
		if (at >= 0)
			count_stages(r, c, &c->pending[at], seen - issued);
	}
	if (at >= 0)
		c->keys[at / PENDING_WAYS].issued[at % PENDING_WAYS] = SIM_NEVER;
}

void report_retry(struct report *r, u32 client)
{
	struct client *c = client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, false, sim_now(r->sim));
	c->retries += r->measuring;
}

void report_repair(struct report *r, u32 client)
{
	struct client *c = client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, true, sim_now(r->sim));
	c->repairs += r->measuring;
}

void report_client_time(struct report *r, u32 client, enum report_time what, u64 ps)
{
	struct client *c = client_of(r, client);

	if (c && r->measuring && what < REPORT_TIME_COUNT)
		c->time[what] += ps;
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
	c->before += c->descriptors;
	c->units = c->descriptors = c->bytes = 0;
	c->errors = c->retries = c->repairs = 0;
	c->faults = c->fault_wait = 0;
	c->staged = c->staged_latency = 0;
	c->first_issued = c->last_seen = 0;
	memset(c->stage, 0, sizeof(c->stage));
	memset(c->time, 0, sizeof(c->time));
	reset_hist(&c->latency);
}

static void reset_queue(struct wq_acc *q, u64 now)
{
	q->direct = q->members = q->bytes = q->errors = q->abandoned = 0;
	memset(q->stage, 0, sizeof(q->stage));
	q->member_time = q->retries = q->drops = q->faults = q->fault_wait = 0;
	reset_hist(&q->latency);
	q->depth =
		(struct sim_level){.level = q->depth.level, .peak = q->depth.level, .since = now};
}

static void reset_device(struct device *d, u64 now)
{
	for (u32 i = 0; i < d->nwqs; i++)
		reset_queue(&d->wq[i], now);
	memset(d->engine, 0, sizeof(*d->engine) * d->nengines);
	memset(d->op, 0, sizeof(d->op));
	memset(d->status, 0, sizeof(d->status));
	memset(d->note, 0, sizeof(d->note));
	dsa_totals(d->dsa, &d->base);
}

void observe_reset(struct report *r)
{
	u64 now = sim_now(r->sim);

	for (u32 i = 0; i < r->nclients; i++)
		reset_client(r->client[i]);
	for (u32 i = 0; i < r->ndevices; i++)
		reset_device(r->device[i], now);
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		memset(r->stage[s].bucket, 0, sizeof(u64) * SIM_HIST_BUCKETS);
		r->stage[s].min = SIM_NEVER;
		r->stage[s].max = 0;
	}
	memset(&r->series, 0, sizeof(r->series));
	/* Bins of about 1 us to begin with. */
	r->series.shift = 20;
	memset(r->client_status, 0, sizeof(r->client_status));
}
