// SPDX-License-Identifier: GPL-2.0
// Batches: reading the list, starting members, fences, the batch's own completion (5.6).
#include "model/dsa/dsa_priv.h"

static struct dsa_batch *batch_new(struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < dsa->nbatches; i++)
		if (!dsa->batch_pool[i].work)
			return &dsa->batch_pool[i];
	/* As many as the engines' batch slots together. */
	assert(false);
	return NULL;
}

static void enlist(struct dsa_engine *e, struct dsa_batch *b)
{
	b->next = NULL;
	if (e->batch_tail)
		e->batch_tail->next = b;
	else
		e->batch_head = b;
	e->batch_tail = b;
}

/* @last stands before @b in the engine's list. */
static void delist(struct dsa_engine *e, struct dsa_batch *b, struct dsa_batch *last)
{
	if (last)
		last->next = b->next;
	else
		e->batch_head = b->next;
	if (e->batch_tail == b)
		e->batch_tail = last;
}

/* Its own record, when members and list are done with: waits for the record's page if it must. */
static void batch_record(struct dsa_batch *b)
{
	u64 now = sim_now(b->work->dsa->sim);

	if (dsa_work_translate_record(b->work, now))
		dsa_finish(b->work, b->end_at > now ? b->end_at : now);
}

/* All members are through: the batch's own completion. */
static void batch_finish(struct dsa_batch *b)
{
	struct dsa_work *w = b->work;
	struct dsa *dsa = w->dsa;
	u64 now = sim_now(dsa->sim);

	if (b->list_fault && !b->abandoned)
		dsa_result_fault(&w->res, DSA_COMP_BATCH_PAGE_FAULT, DSA_ROLE_SRC1,
				 b->list_fault_addr, false, b->done);
	else
		dsa_result_error(&w->res, b->failed ? DSA_COMP_BATCH_FAIL : DSA_COMP_SUCCESS, 0);
	w->res.bytes_completed = b->done;
	if (b->failed && (dsa->cfg.gencap & DSA_GENCAP_BATCH_CONTINUE))
		w->res.result = 1;
	b->ending = true;
	b->end_at = (now > w->ready ? now : w->ready) + dsa->cfg.timing.batch_done;
	if (w->stale) {
		w->record = NULL;
		w->stale = false;
	}
	batch_record(b);
}

static struct dsa_batch *batch_begin(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	struct dsa_engine *e = w->engine;
	struct dsa_batch *b = batch_new(dsa);

	memcpy(&b->count, w->desc + 32, sizeof(b->count));
	w->own_batch = b;
	w->executed = true; /* its result comes from its members */
	b->work = w;
	b->first = b->avail = b->issued = b->done = b->failed = 0;
	b->fenced = b->list_fault = b->abandoned = b->ending = false;
	b->logged = b->record_logged = false;
	b->list.n = 0;
	b->log_id = dsa->log_batch_id++;
	e->batches++;
	/* A batch holds a batch slot, not a work slot (8.1). */
	e->in_progress--;
	dsa->tot.batches++;
	return b;
}

/* An invalidation came: entries not yet handed out are read again through fresh translations. */
static void list_again(struct dsa_batch *b)
{
	b->list.n = 0;
	b->first = b->avail = b->issued;
	b->list_fault = false;
	b->work->record = NULL;
	b->work->stale = false;
}

void dsa_batch_list_fault(struct dsa_work *w)
{
	w->own_batch->list_fault = true;
	w->own_batch->list_fault_addr = w->fault_addr;
}

/*
 * Translates what is missing of the list, from @ready on, and accounts reading it; false: waits
 * for a page response. List reads use page requests whenever they are on (5.6).
 */
static bool read_list(struct dsa_work *w, u64 *ready)
{
	struct dsa *dsa = w->dsa;
	struct dsa_batch *b = w->own_batch;
	u64 bytes = (u64)b->count * DSA_DESC_SIZE, got = (u64)b->avail * DSA_DESC_SIZE;
	u64 list, first = *ready, latency = 0;
	u32 had = b->avail, from = b->list.n, i;

	if (got == bytes || b->list_fault)
		return true;
	memcpy(&list, w->desc + 16, sizeof(list));
	w->faulted = false;
	/* Neither hits nor evicts (silicon notes 2.3). */
	got += dsa_devtlb_translate(w, DSA_ROLE_SRC1, list + got, bytes - got, false, false, *ready,
				    &b->list, &first);
	b->avail = got / DSA_DESC_SIZE;
	if (first > *ready)
		*ready = first;
	for (i = from ? from - 1 : 0; i < b->list.n; i++) {
		struct mem_cost c =
			dsa->bus->access(dsa->bus_ctx, *ready, b->list.pa[i], b->list.span[i].len,
					 dsa->cfg.socket, MEM_READ);

		if (c.first_ps > latency)
			latency = c.first_ps;
	}
	if (b->avail > had)
		/* Bandwidth from now on: a reservation ahead would hold up who is here before. */
		sim_pipe_reserve(&dsa->read_port, sim_now(dsa->sim),
				 (u64)(b->avail - had) * DSA_DESC_SIZE);
	*ready += latency;
	if (!w->faulted)
		return true;
	if (dsa_work_ask_page(w))
		return false;
	dsa_batch_list_fault(w);
	return true;
}

/* Takes a batch into its engine, or goes on with it after a page response. */
void dsa_batch_start(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	struct dsa_batch *b = w->own_batch;
	u64 now = sim_now(dsa->sim), ready = w->ready > now ? w->ready : now;

	if (!b)
		b = batch_begin(w);
	w->state = DSA_WORK_BATCH;
	if (b->ending) {
		w->stale = false;
		batch_record(b);
		return;
	}
	if (w->stale)
		list_again(b);
	if (!read_list(w, &ready) || !dsa_work_translate_record(w, now))
		return;
	w->state = DSA_WORK_BATCH;
	w->ready = ready;
	if (!w->life.t[DSA_STAGE_TRANSLATED])
		w->life.t[DSA_STAGE_TRANSLATED] = ready;
	b->fetch_at = ready + t->batch_fetch;
	if (b->issued == b->avail) {
		/* The list faults at the next entry; members may still run. */
		if (b->done == b->issued)
			batch_finish(b);
		return;
	}
	enlist(w->engine, b);
	dsa_engine_wake(w->engine, b->fetch_at);
}

/* The 64 bytes of member @i. */
static void member_desc(const struct dsa_batch *b, u32 i, u8 *desc)
{
	u64 off = (u64)(i - b->first) * DSA_DESC_SIZE;
	u32 s;

	/* The list is 64-byte aligned: no entry crosses a span. */
	for (s = 0; off >= b->list.span[s].len; s++)
		off -= b->list.span[s].len;
	memcpy(desc, b->list.span[s].ptr + off, DSA_DESC_SIZE);
}

static struct dsa_work *member_new(struct dsa_batch *b)
{
	struct dsa_work *p = b->work, *w = dsa_work_new(p->dsa);
	u64 now = sim_now(p->dsa->sim);
	u32 dw;

	w->wq = p->wq;
	w->batch = b;
	w->life.member = b->issued;
	w->life.batch_id = p->life.id;
	w->life.wq = p->life.wq;
	w->seq = p->seq;
	w->portal = p->portal;
	w->pasid = p->pasid;
	w->pasid_valid = p->pasid_valid;
	w->priv = p->priv;
	w->life.origin = p->life.origin;
	member_desc(b, b->issued, w->desc);
	memcpy(&dw, w->desc + 4, sizeof(dw));
	w->opcode = SPEC_GET(DSA_DESC1_OPCODE, dw);
	w->flags = SPEC_GET(DSA_DESC1_FLAGS, dw);
	w->life.t[DSA_STAGE_ISSUED] = p->life.t[DSA_STAGE_ISSUED];
	w->life.t[DSA_STAGE_ACCEPTED] = now;
	w->state = DSA_WORK_QUEUED;
	p->dsa->tot.fetched++;
	dsa_out_add(w);
	b->issued++;
	return w;
}

/*
 * A fence behind a failure gives up its member and all later ones: no record, no interrupt. Unless
 * the Batch asked to continue (GENCAP[15]).
 */
static bool fence_abandons(const struct dsa_batch *b)
{
	return b->failed && !(b->work->flags & DSA_FLAG_BATCH_CONTINUE);
}

struct dsa_work *dsa_batch_take(struct dsa_engine *e, u64 *when)
{
	struct dsa *dsa = e->dsa;
	u64 now = sim_now(dsa->sim);
	struct dsa_batch *b, *next, *last = NULL;
	u32 flags;
	u8 desc[DSA_DESC_SIZE];

	/* Batches of an engine take turns only at fences: the first with a startable member. */
	for (b = e->batch_head; b; b = next) {
		struct dsa_work *w;
		u64 at;

		next = b->next;
		if (b->work->stale) {
			delist(e, b, last);
			dsa_batch_start(b->work);
			continue;
		}
		at = b->fetch_at + (b->issued - b->first) * dsa->cfg.timing.batch_fetch_each;
		if (at > now) {
			if (at < *when)
				*when = at;
			last = b;
			continue;
		}
		member_desc(b, b->issued, desc);
		memcpy(&flags, desc + 4, sizeof(flags));
		if (flags & IDXD_OP_FLAG_FENCE) {
			if (b->done < b->issued) {
				b->fenced = true; /* a member's end looks again */
				last = b;
				continue;
			}
			if (fence_abandons(b)) {
				/* Everything started is through already. */
				b->abandoned = true;
				dsa_perf_v1(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_V1_FENCE_ABANDONED,
					    b->work);
				delist(e, b, last);
				batch_finish(b);
				continue;
			}
			dsa_perf_v1(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_V1_FENCE_KEPT, b->work);
		}
		w = member_new(b);
		if (b->issued == b->avail)
			delist(e, b, last);
		return w;
	}
	return NULL;
}

void dsa_batch_member_done(struct dsa_work *member, u8 status)
{
	struct dsa_batch *b = member->batch;

	b->done++;
	if (status != DSA_COMP_SUCCESS)
		b->failed++;
	if (b->done < b->issued)
		return;
	if (b->issued == b->avail && b->work->state == DSA_WORK_BATCH) {
		batch_finish(b);
	} else if (b->fenced) {
		b->fenced = false;
		dsa_engine_pump(b->work->engine);
	}
}
