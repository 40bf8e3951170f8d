// SPDX-License-Identifier: GPL-2.0
/*
 * Counting what devices and clients told. It touches much code and memory, and none of what the
 * model works with: done for several units at a time it costs little more than for one.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report_priv.h"

/* Loops over stages run for every descriptor. */
#define UNROLL _Pragma("GCC unroll 8")

#define OPCODE_BATCH	  0x01
#define STATUS_BAD_OPCODE 0x10 /* the first of those that refuse a descriptor */

static bool hist_ready(struct sim_hist *h)
{
	return h->bucket || !sim_hist_init(h);
}

/* ---- Descriptors that retired, until their client sees them ---- */

#define TAGS_MAX (1u << 22)

int count_client(struct report *r)
{
	u32 want = r->ntables ? 2 * r->ntables : 16;
	struct unseen_table *more;

	/* They count from 1. */
	if (r->nclients + 1 < r->ntables)
		return 0;
	more = reallocarray(r->unseen, want, sizeof(*more));
	if (!more)
		return -ENOMEM;
	memset(more + r->ntables, 0, (want - r->ntables) * sizeof(*more));
	r->unseen = more;
	r->ntables = want;
	return 0;
}

/* What is at @tag; NULL: nothing ever was. */
static inline struct unseen *unseen_find(const struct report *r, u32 client, u32 tag)
{
	const struct unseen_table *u = &r->unseen[client];

	return tag < u->n ? &u->at[tag] : NULL;
}

/* The place of @tag, made when it is first asked for; NULL: no memory, or an absurd tag. */
static struct unseen *unseen_place(struct report *r, u32 client, u32 tag)
{
	struct unseen_table *u = &r->unseen[client];
	u32 n = u->n ? u->n : 64;
	struct unseen *more;

	if (tag < u->n)
		return &u->at[tag];
	if (tag >= TAGS_MAX)
		return NULL;
	while (n <= tag)
		n *= 2;
	more = aligned_alloc(_Alignof(struct unseen), n * sizeof(*more));
	if (!more)
		return NULL;
	memset(more, 0, n * sizeof(*more));
	if (u->n)
		memcpy(more, u->at, u->n * sizeof(*more));
	free(u->at);
	u->at = more;
	u->n = n;
	return &more[tag];
}

/* The same; there are as many. */
static struct pending *pending_place(struct report *r, struct client *c, u32 tag)
{
	u32 n = r->unseen[c->id].n;
	struct pending *more;

	if (tag < c->npending)
		return &c->pending[tag];
	more = reallocarray(c->pending, n, sizeof(*more));
	if (!more)
		return NULL;
	c->pending = more;
	c->npending = n;
	return &more[tag];
}

static void lengths_of(const struct unseen *f, u64 *length)
{
	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		length[s] = f->length[s];
	length[STAGE_REPAIR] = 0;
}

/*
 * Keeps stages of @length that ended at @recorded. The same issue time again is the unit's next
 * attempt behind a repair when it was accepted later than the record, else a piece beside it: the
 * last one counts.
 */
static void pending_put(struct report *r, struct client *c, const struct dsa_retired *d,
			const u64 *length, u64 accepted, u64 recorded)
{
	struct unseen *f = unseen_place(r, c->id, d->origin.tag);
	struct pending *p = f ? pending_place(r, c, d->origin.tag) : NULL;

	if (!p)
		return;
	if (f->state == UNSEEN_COUNTED) {
		p->issued = f->issued;
		p->recorded = f->issued + f->took;
		lengths_of(f, p->length);
	}
	if (f->state != UNSEEN_NONE && p->issued == d->t[DSA_STAGE_ISSUED] &&
	    accepted >= p->recorded) {
		p->length[STAGE_REPAIR] += accepted - p->recorded;
		for (u32 s = STAGE_QUEUE; s < STAGE_DEVICE; s++)
			p->length[s] += length[s];
	} else {
		p->issued = d->t[DSA_STAGE_ISSUED];
		for (u32 s = 0; s < STAGE_DEVICE; s++)
			p->length[s] = length[s];
		p->length[STAGE_REPAIR] = 0;
	}
	p->recorded = recorded;
	f->state = UNSEEN_PENDING;
}

/* ---- Devices ---- */

/* Transfer size, unless no byte of it was worth anything: refused by a check, or abandoned. */
static u64 payload_of(const struct dsa_retired *d)
{
	bool none = d->opcode == OPCODE_BATCH || !d->status || d->status >= STATUS_BAD_OPCODE;

	return none ? 0 : d->size;
}

/*
 * Lengths of the stages; the end of the last. Ends of stages that never were (abandoned, refused)
 * fall together with the stage before.
 */
static u64 stage_lengths(const struct dsa_retired *d, u64 *length)
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

static void count_queue(struct wq_acc *q, const struct dsa_retired *d, const u64 *length,
			u64 recorded, u64 bytes)
{
	q->bytes += bytes;
	if (!report_plain_status(d->status)) {
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
	if (hist_ready(&q->latency))
		sim_hist_add(&q->latency, recorded - d->t[DSA_STAGE_ISSUED]);
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

/* Counts @d; what it means for its unit is only kept, for when that is seen. */
static void count_retired(struct device *dev, const struct dsa_retired *d)
{
	struct client *c = report_client_of(dev->r, d->origin.client);
	u64 length[STAGE_DEVICE], bytes = payload_of(d), time;
	u64 recorded = stage_lengths(d, length);
	u64 accepted = d->t[DSA_STAGE_ISSUED] + length[STAGE_SUBMIT];

	dev->retired++;
	if (c && d->member < 0 && d->status)
		pending_put(dev->r, c, d, length, accepted, recorded);
	if (!dev->r->measuring)
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

/* Counts what the device did of @f, whose unit nobody has seen yet. */
static void count_unseen(struct report *r, struct unseen *f)
{
	struct dsa_retired d = {.member = -1,
				.opcode = f->opcode,
				.status = f->status,
				.wq = f->wq,
				.engine = f->engine,
				.size = f->size,
				.devtlb_misses = f->devtlb_misses};
	u64 t = f->issued;

	if (f->state != UNSEEN_NEW)
		return;
	d.t[DSA_STAGE_ISSUED] = t;
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		d.t[s + 1] = t += f->length[s];
	count_retired(r->device[f->device], &d);
	f->state = UNSEEN_COUNTED;
}

void count_special(struct device *dev, const struct dsa_retired *d)
{
	struct report *r = dev->r;
	struct unseen *f;

	if (r->finished)
		return;
	count_seen(r);
	f = unseen_find(r, d->origin.client, d->origin.tag);
	if (f)
		count_unseen(r, f);
	count_retired(dev, d);
}

void count_apart(struct report *r)
{
	for (u32 i = 0; i < r->napart && !r->finished; i++)
		count_retired(r->apart[i].dev, &r->apart[i].d);
	r->napart = 0;
}

struct unseen *count_place(struct report *r, u32 client, u32 tag)
{
	struct unseen *f;

	count_seen(r);
	f = unseen_place(r, client, tag);
	return f && f->state == UNSEEN_NONE ? f : NULL;
}

/* ---- Work over time ---- */

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

/* The bin of @at, which is not among those used. */
static __attribute__((noinline)) u64 series_new(struct series *s, u64 at)
{
	u64 i = at >> s->shift;

	while (i >= SERIES_BINS) {
		series_fold(s);
		i = at >> s->shift;
	}
	if (s->used <= i)
		s->used = (u32)i + 1;
	return i;
}

static inline void series_add(struct series *s, u64 at, u64 bytes, u32 descriptors, u64 latency)
{
	u64 i = at >> s->shift;

	if (__builtin_expect(i >= s->used, 0))
		i = series_new(s, at);
	s->bin[i].units++;
	s->bin[i].descriptors += descriptors;
	s->bin[i].bytes += bytes;
	s->bin[i].latency += latency;
}

/* ---- Units ---- */

/* Counts a stage of @length among all of its kind. Most take the same time again and again. */
static inline void count_length(struct report *r, u32 s, u64 length)
{
	struct sim_hist *h = &r->stage[s];

	if (__builtin_expect(length != r->last[s].length, 0)) {
		r->last[s].length = length;
		r->last[s].bucket = &h->bucket[sim_hist_bucket(length)];
		if (__builtin_expect(length < h->min, 0))
			h->min = length;
		if (__builtin_expect(length > h->max, 0))
			h->max = length;
	}
	++*r->last[s].bucket;
}

/*
 * The stages of a unit, from what is known of its (first) descriptor. A client that saw all it
 * needed before the record ends the rest there.
 */
static void count_stages(struct report *r, struct client *c, const u64 *length, u64 latency)
{
	u64 left = latency;

	c->work.staged++;
	c->work.staged_latency += latency;
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		u64 part = s < STAGE_NOTICE && length[s] < left ? length[s] : left;

		left -= part;
		c->work.stage[s] += part;
		count_length(r, s, part);
	}
}

static inline void count_time(struct report *r, struct client *c, const struct seen *u)
{
	if (u->issued < c->first_issued)
		c->first_issued = u->issued;
	c->last_seen = u->seen;
	if (u->seen >= r->start)
		series_add(&r->series, u->seen - r->start, u->bytes, u->descriptors,
			   u->seen - u->issued);
}

/* Any unit. */
static __attribute__((noinline)) void count_unit(struct report *r, const struct seen *u)
{
	struct client *c = r->client[u->client - 1];
	struct unseen *f = unseen_find(r, u->client, u->tag);
	u64 latency = u->seen - u->issued, length[STAGE_NOTICE];
	bool known = false;

	assert(u->seen >= u->issued);
	if (f && f->state == UNSEEN_PENDING) {
		known = c->pending[u->tag].issued == u->issued;
		memcpy(length, c->pending[u->tag].length, sizeof(length));
	} else if (f && f->state != UNSEEN_NONE && f->issued == u->issued) {
		known = true;
		count_unseen(r, f);
		lengths_of(f, length);
	}
	if (known)
		f->state = UNSEEN_NONE;
	c->seen++;
	if (!r->measuring)
		return;
	c->work.units++;
	c->work.descriptors += u->descriptors;
	c->work.bytes += u->bytes;
	c->work.errors += !report_plain_status(u->status);
	r->client_status[u->status]++;
	if (hist_ready(&c->work.latency))
		sim_hist_add(&c->work.latency, latency);
	count_time(r, c, u);
	if (known)
		count_stages(r, c, length, latency);
}

/* ---- Units that are alike ---- */

static void hist_count(struct sim_hist *h, u64 n, u64 sum)
{
	h->count += n;
	h->sum_lo += sum;
	h->sum_hi += h->sum_lo < sum;
}

/* Counts them and begins anew. */
static void tally_settle(struct report *r, struct tally *t)
{
	struct unseen of = {.kind = t->kind};
	struct work_counts *w;
	struct engine_acc *e;
	struct device *dev;
	struct op_acc *op;
	struct wq_acc *q;
	u64 took = 0, time;

	if (!t->n)
		return;
	dev = r->device[of.device];
	w = &t->c->work;
	q = &dev->wq[of.wq];
	e = &dev->engine[of.engine];
	op = &dev->op[of.opcode];
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		w->stage[s] += t->stage[s];
		if (s >= STAGE_DEVICE)
			continue;
		q->stage[s] += t->stage[s];
		took += t->stage[s];
	}
	time = took - t->stage[STAGE_SUBMIT] - t->stage[STAGE_QUEUE];
	t->c->seen += t->n;
	w->units += t->n;
	w->descriptors += t->n;
	w->bytes += t->bytes;
	w->staged += t->n;
	w->staged_latency += took + t->stage[STAGE_NOTICE];
	r->client_status[of.status] += t->n;
	hist_count(t->whole, t->n, took + t->stage[STAGE_NOTICE]);
	dev->retired += t->n;
	dev->status[of.status] += t->n;
	op->count += t->n;
	op->bytes += t->bytes;
	op->time += time;
	q->direct += t->n;
	q->bytes += t->bytes;
	hist_count(t->queue, t->n, took);
	e->descriptors += t->n;
	e->bytes += t->bytes;
	e->resident += time;
	e->devtlb_misses += t->devtlb_misses;
	r->stage[STAGE_REPAIR].min = 0;
	r->stage[STAGE_REPAIR].bucket[0] += t->n;
	t->n = t->bytes = t->devtlb_misses = 0;
	memset(t->stage, 0, sizeof(t->stage));
}

/* @t is for those like @f of @client from now on; NULL: they are counted one by one. */
static __attribute__((noinline)) struct tally *tally_begin(struct report *r, struct tally *t,
							   u32 client, const struct unseen *f)
{
	struct device *dev = r->device[f->device];
	struct client *c = r->client[client - 1];

	tally_settle(r, t);
	t->client = 0;
	if (f->wq >= dev->nwqs || f->engine >= dev->nengines ||
	    !hist_ready(&dev->wq[f->wq].latency) || !hist_ready(&c->work.latency))
		return NULL;
	t->kind = f->kind;
	t->client = client;
	t->c = c;
	t->queue = &dev->wq[f->wq].latency;
	t->whole = &c->work.latency;
	return t;
}

/* Always the same place for the same ones, no matter who came before. */
static inline struct tally *tally_place(struct report *r, u32 client, const struct unseen *f)
{
	return &r->tally[((f->kind ^ client) * 0x9e3779b97f4a7c15ull >> 32) % TALLIES];
}

static inline struct tally *tally_of(struct report *r, u32 client, const struct unseen *f)
{
	struct tally *t = tally_place(r, client, f);

	if (__builtin_expect(t->kind == f->kind && t->client == client, 1))
		return t;
	return tally_begin(r, t, client, f);
}

/* Counts @u and what the device did for it, when that was one descriptor; else false. */
static inline bool count_alike(struct report *r, const struct seen *u)
{
	u64 latency = u->seen - u->issued, took;
	struct unseen *f = unseen_find(r, u->client, u->tag);
	struct tally *t;

	if (!f || f->state != UNSEEN_NEW || f->issued != u->issued || f->took > latency ||
	    u->descriptors != 1 || u->bytes != f->size || u->status != f->status)
		return false;
	t = tally_of(r, u->client, f);
	if (!t)
		return false;
	f->state = UNSEEN_NONE;
	t->n++;
	t->bytes += f->size;
	t->devtlb_misses += f->devtlb_misses;
	UNROLL
	for (u32 s = 0; s < STAGE_DEVICE; s++) {
		u64 length = f->length[s];

		t->stage[s] += length;
		count_length(r, s, length);
	}
	took = f->took;
	t->stage[STAGE_NOTICE] += latency - took;
	count_length(r, STAGE_NOTICE, latency - took);
	sim_hist_place(t->queue, took);
	sim_hist_place(t->whole, latency);
	count_time(r, t->c, u);
	return true;
}

static inline void fetch_counts(const struct client *c)
{
	const char *at = (const char *)&c->work;

	for (u32 i = 0; i < sizeof(c->work); i += 64)
		__builtin_prefetch(at + i, 1);
	__builtin_prefetch(&c->first_issued, 1);
}

/*
 * More clients than tallies: their counters have left the host's cache since they were counted
 * last. What units behind @u are kept in, and then whose counters they touch, is fetched meanwhile.
 */
static void fetch_ahead(struct report *r, const struct seen *u, const struct seen *end)
{
	const struct unseen *f;
	const struct tally *t;

	if (u + 8 < end && (f = unseen_find(r, u[8].client, u[8].tag)))
		__builtin_prefetch(f, 1);
	if (u + 4 >= end || !(f = unseen_find(r, u[4].client, u[4].tag)))
		return;
	t = tally_place(r, u[4].client, f);
	if (t->client == u[4].client)
		return;
	fetch_counts(r->client[u[4].client - 1]);
	if (t->n)
		fetch_counts(t->c);
}

void count_seen(struct report *r)
{
	const struct seen *u = r->seen, *end = u + r->nseen;
	bool alike = r->measuring, many = r->nclients > TALLIES / 2;

	for (; u < end; u++) {
		if (many)
			fetch_ahead(r, u, end);
		if (!alike || !count_alike(r, u))
			count_unit(r, u);
	}
	r->nseen = 0;
}

void count_units(struct report *r)
{
	count_seen(r);
	for (u32 i = 0; i < TALLIES; i++)
		tally_settle(r, &r->tally[i]);
}

void count_all(struct report *r)
{
	count_units(r);
	count_apart(r);
	for (u32 i = 0; i < r->ntables; i++)
		for (u32 k = 0; k < r->unseen[i].n; k++)
			count_unseen(r, &r->unseen[i].at[k]);
}

void count_reset(struct report *r)
{
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		memset(r->stage[s].bucket, 0, sizeof(u64) * SIM_HIST_BUCKETS);
		r->stage[s].min = SIM_NEVER;
		r->stage[s].max = 0;
		r->last[s].length = SIM_NEVER;
	}
	memset(&r->series, 0, sizeof(r->series));
	/* Bins of about 1 us to begin with. */
	r->series.shift = 20;
	memset(r->client_status, 0, sizeof(r->client_status));
}
