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

#define TAGS_MAX (1u << 22)

/* The place of @tag, made when it is first asked for; NULL: no memory, or an absurd tag. */
static struct pending *pending_place(struct client *c, u32 tag)
{
	u32 n = c->npending ? c->npending : 64;
	struct pending *more;

	if (__builtin_expect(tag < c->npending, 1))
		return &c->pending[tag];
	if (tag >= TAGS_MAX)
		return NULL;
	while (n <= tag)
		n *= 2;
	more = realloc(c->pending, n * sizeof(*more));
	if (!more)
		return NULL;
	for (u32 i = c->npending; i < n; i++)
		more[i].issued = SIM_NEVER;
	c->pending = more;
	c->npending = n;
	return &more[tag];
}

/*
 * Keeps stages of @length that ended at @recorded. The same issue time again is the unit's next
 * attempt behind a repair when it was accepted later than the record, else a piece beside it: the
 * last one counts.
 */
static void pending_put(struct client *c, const struct dsa_retired *d, const u64 *length,
			u64 accepted, u64 recorded)
{
	struct pending *p = pending_place(c, d->origin.tag);

	if (!p)
		return;
	if (p->issued == d->t[DSA_STAGE_ISSUED] && accepted >= p->recorded) {
		p->stage[STAGE_REPAIR] += accepted - p->recorded;
		for (u32 s = STAGE_QUEUE; s < STAGE_DEVICE; s++)
			p->stage[s] += length[s];
	} else {
		p->issued = d->t[DSA_STAGE_ISSUED];
		UNROLL
		for (u32 s = 0; s < STAGE_DEVICE; s++)
			p->stage[s] = length[s];
		p->stage[STAGE_REPAIR] = 0;
	}
	p->recorded = recorded;
}

/* What is known of the unit whose first descriptor was issued with @tag; NULL: nothing. */
static struct pending *pending_find(const struct client *c, u32 tag, u64 issued)
{
	struct pending *p = tag < c->npending ? &c->pending[tag] : NULL;

	return p && p->issued == issued ? p : NULL;
}

/* ---- Devices ---- */

/*
 * Lengths of the stages; the end of the last. Ends of stages that never were (abandoned, refused)
 * fall together with the stage before.
 */
static inline u64 stage_lengths(const struct dsa_retired *d, u64 *length)
{
	u64 last = d->t[DSA_STAGE_ISSUED];

	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++) {
		u64 end = d->t[s + 1];

		end = end > last ? end : last;
		length[s] = end - last;
		last = end;
	}
	return last;
}

static bool plain_status(u8 status)
{
	return status == STATUS_SUCCESS || status == STATUS_SUCCESS_PRED;
}

static inline void count_queue(struct wq_acc *q, const struct dsa_retired *d, const u64 *length,
			       u64 recorded, u64 bytes)
{
	q->bytes += bytes;
	if (!plain_status(d->status)) {
		q->errors += d->status != 0;
		q->abandoned += !d->status;
	}
	if (d->faults) {
		q->faults += d->faults;
		q->fault_wait += d->fault_wait;
	}
	if (d->member >= 0) {
		q->members++;
		q->member_time += recorded - d->t[DSA_STAGE_ISSUED] - length[STAGE_SUBMIT];
		return;
	}
	q->direct++;
	if (!d->status)
		return;
	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		q->stage[s] += length[s];
	if (q->latency.bucket || !sim_hist_init(&q->latency))
		sim_hist_add(&q->latency, recorded - d->t[DSA_STAGE_ISSUED]);
}

static inline void count_engine(struct engine_acc *e, const struct dsa_retired *d, u64 time,
				u64 bytes)
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

static void draw_retired(const struct device *dev, const struct dsa_retired *d)
{
	u64 end[STAGE_DEVICE], last = d->t[DSA_STAGE_ISSUED];

	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		end[s] = last = d->t[s + 1] > last ? d->t[s + 1] : last;
	timeline_retired(dev->r->timeline, dev->index, d, end);
}

static inline void count_retired(struct device *dev, const struct dsa_retired *d)
{
	struct report *r = dev->r;
	struct client *c = client_of(r, d->origin.client);
	u64 length[STAGE_DEVICE], bytes = d->opcode == OPCODE_BATCH ? 0 : d->size, time;
	u64 accepted, recorded = stage_lengths(d, length);

	dev->retired++;
	accepted = d->t[DSA_STAGE_ISSUED] + length[STAGE_SUBMIT];
	if (c && d->member < 0 && d->status)
		pending_put(c, d, length, accepted, recorded);
	if (!r->measuring)
		return;
	time = recorded - accepted - length[STAGE_QUEUE];
	dev->status[d->status]++;
	dev->op[d->opcode].count++;
	dev->op[d->opcode].bytes += bytes;
	dev->op[d->opcode].time += time;
	if (d->wq < dev->nwqs)
		count_queue(&dev->wq[d->wq], d, length, recorded, bytes);
	if (d->engine < dev->nengines)
		count_engine(&dev->engine[d->engine], d, time, bytes);
	if (c && d->faults) {
		c->work.faults += d->faults;
		c->work.fault_wait += d->fault_wait;
	}
}

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

static void retired(void *ctx, struct dsa *dsa, const struct dsa_retired *d);

void observe_device(struct device *d)
{
	struct dsa_observer obs = {.retired = retired,
				   .wq_depth = d->r->timeline ? wq_depth : NULL,
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

	c->work.staged++;
	c->work.staged_latency += latency;
	UNROLL
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		u64 part = s < STAGE_NOTICE ? p->stage[s] : left;
		struct sim_hist *h = &r->stage[s];

		/* A client that saw all it needed before the record ends the rest there. */
		part = part < left ? part : left;
		left -= part;
		c->work.stage[s] += part;
		h->bucket[sim_hist_bucket(part)]++;
		if (__builtin_expect(part < h->min, 0))
			h->min = part;
		if (__builtin_expect(part > h->max, 0))
			h->max = part;
	}
}

static inline void count_unit(struct report *r, const struct observed_unit *u)
{
	struct client *c = client_of(r, u->client);
	struct pending *p = pending_find(c, u->tag, u->issued);
	u64 latency = u->seen - u->issued;

	c->seen++;
	if (r->measuring) {
		c->work.units++;
		c->work.descriptors += u->descriptors;
		c->work.bytes += u->bytes;
		c->work.errors += !plain_status(u->status);
		if (!c->last_seen || u->issued < c->first_issued)
			c->first_issued = u->issued;
		c->last_seen = u->seen;
		r->client_status[u->status]++;
		if (c->work.latency.bucket || !sim_hist_init(&c->work.latency))
			sim_hist_add(&c->work.latency, latency);
		if (u->seen >= r->start)
			series_add(&r->series, u->seen - r->start, u->bytes, u->descriptors,
				   latency);
		if (p)
			count_stages(r, c, p, latency);
	}
	if (p)
		p->issued = SIM_NEVER;
}

/* ---- Between what happens and what is counted ---- */

/*
 * Counting touches much code and memory, and none of what the model works with. Done for several
 * at a time it costs little more than for one.
 */
__attribute__((noinline)) void observe_settle(struct report *r)
{
	for (u32 i = 0; i < r->nbacklog && !r->finished; i++) {
		const struct observed *o = &r->backlog[i];

		if (o->dev)
			count_retired(o->dev, &o->d);
		else
			count_unit(r, &o->unit);
	}
	r->nbacklog = 0;
}

static inline struct observed *observe(struct report *r, struct device *dev)
{
	struct observed *o;

	/* Behind the end nothing is counted. */
	if (r->nbacklog == BACKLOG || r->finished)
		observe_settle(r);
	o = &r->backlog[r->nbacklog++];
	o->dev = dev;
	return o;
}

static void retired(void *ctx, struct dsa *dsa, const struct dsa_retired *d)
{
	struct device *dev = ctx;

	(void)dsa;
	observe(dev->r, dev)->d = *d;
	if (dev->r->timeline)
		draw_retired(dev, d);
}

void report_op(struct report *r, u32 client, u32 tag, u64 issued, u64 seen, u64 bytes,
	       u32 descriptors, u8 status)
{
	struct observed_unit *u;

	if (!client_of(r, client) || r->finished)
		return;
	assert(seen >= issued);
	u = &observe(r, NULL)->unit;
	u->client = client;
	u->tag = tag;
	u->issued = issued;
	u->seen = seen;
	u->bytes = bytes;
	u->descriptors = descriptors;
	u->status = status;
	if (r->timeline)
		timeline_unit(r->timeline, client, issued, seen, bytes, descriptors, status);
}

void report_retry(struct report *r, u32 client)
{
	struct client *c = client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, false, sim_now(r->sim));
	c->work.retries += r->measuring;
}

void report_repair(struct report *r, u32 client)
{
	struct client *c = client_of(r, client);

	if (!c || r->finished)
		return;
	if (r->timeline)
		timeline_client_instant(r->timeline, client, true, sim_now(r->sim));
	c->work.repairs += r->measuring;
}

void report_protect(struct report *r, u32 client, u64 ps)
{
	struct client *c = client_of(r, client);

	if (!c || r->finished || !r->measuring)
		return;
	c->protects++;
	c->protect_ps += ps;
}

void report_client_time(struct report *r, u32 client, enum report_time what, u64 ps)
{
	struct client *c = client_of(r, client);

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
	c->first_issued = c->last_seen = 0;
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
