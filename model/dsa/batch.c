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

static void delist_head(struct dsa_engine *e)
{
	e->batch_head = e->batch_head->next;
	if (!e->batch_head)
		e->batch_tail = NULL;
}

/* All members are through: the batch's own completion. */
static void batch_finish(struct dsa_batch *b)
{
	struct dsa_work *w = b->work;
	struct dsa *dsa = w->dsa;
	u64 list;

	memcpy(&list, w->desc + 16, sizeof(list));
	if (b->list_fault && !b->abandoned)
		dsa_result_fault(&w->res, DSA_COMP_BATCH_PAGE_FAULT, DSA_ROLE_SRC1,
				 b->list_fault_addr, false, b->done);
	else
		dsa_result_error(&w->res, b->failed ? DSA_COMP_BATCH_FAIL : DSA_COMP_SUCCESS, 0);
	w->res.bytes_completed = b->done;
	if (b->failed && (dsa->cfg.gencap & DSA_GENCAP_BATCH_CONTINUE))
		w->res.result = 1;
	dsa_finish(w, sim_now(dsa->sim) + dsa->cfg.timing.batch_done);
}

/*
 * Takes a batch into its engine, or goes on with it after a page response: translates the list
 * (with page requests whenever they are on, whatever the descriptor says) and reads it.
 */
void dsa_batch_start(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	struct dsa_engine *e = w->engine;
	struct dsa_batch *b = w->own_batch;
	u64 now = sim_now(dsa->sim), list, first = 0, bytes, got, ready;
	struct mem_cost cost = {0};
	u32 i;

	memcpy(&list, w->desc + 16, sizeof(list));
	if (!b) {
		u32 count;

		b = batch_new(dsa);
		memcpy(&count, w->desc + 32, sizeof(count));
		w->own_batch = b;
		b->work = w;
		b->count = count;
		b->avail = b->issued = b->done = b->failed = 0;
		b->fenced = b->list_fault = b->abandoned = b->logged = false;
		b->list.n = 0;
		b->log_id = dsa->log_batch_id++;
		e->batches++;
		/* A batch holds a batch slot, not a work slot (8.1). */
		e->in_progress--;
		dsa->tot.batches++;
	}
	w->state = DSA_WORK_BATCH;
	bytes = (u64)b->count * DSA_DESC_SIZE;
	got = (u64)b->avail * DSA_DESC_SIZE;
	w->faulted = false;
	ready = w->t[DSA_STAGE_DISPATCHED] + t->dispatch + t->decode;
	if (ready < now)
		ready = now;
	if (got < bytes && w->fault_status != DSA_COMP_BATCH_PAGE_FAULT) {
		got += dsa_devtlb_translate(w, DSA_ROLE_SRC1, list + got, bytes - got, false, false,
					    ready, &b->list, &first);
		e->tlb_requests += w->wq->ats ? ((list & 4095) + bytes + 4095) >> 12 : 0;
		b->avail = got / DSA_DESC_SIZE;
		if (w->faulted) {
			if (w->fault_status == DSA_COMP_PAGE_FAULT_NOBOF && w->wq->ats &&
			    w->wq->prs && dsa->prs_on && w->page_tries++ < 64) {
				w->fault_role = DSA_ROLE_SRC1;
				dsa_page_request_send(w);
				return;
			}
			b->list_fault = true;
			b->list_fault_addr = w->fault_addr;
			w->fault_status = DSA_COMP_BATCH_PAGE_FAULT;
		}
		if (first > ready)
			ready = first;
	}
	if (!w->record && (w->flags & IDXD_OP_FLAG_CRAV) && w->fault_status != DSA_COMP_CRA_XLAT &&
	    !dsa_work_translate_record(w, now))
		return;
	w->t[DSA_STAGE_TRANSLATED] = ready;
	for (i = 0; i < b->list.n; i++) {
		struct mem_cost c =
			dsa->bus->access(dsa->bus_ctx, ready, b->list.pa[i], b->list.span[i].len,
					 dsa->cfg.socket, MEM_READ);

		if (c.first_ps > cost.first_ps)
			cost.first_ps = c.first_ps;
	}
	if (b->avail)
		sim_pipe_reserve(&dsa->read_port, ready, (u64)b->avail * DSA_DESC_SIZE);
	b->fetch_at = ready + t->batch_fetch + cost.first_ps + t->read_latency;
	if (!b->avail) {
		batch_finish(b);
		return;
	}
	enlist(e, b);
	dsa_engine_pump(e);
}

/* The 64 bytes of member @i. */
static void member_desc(const struct dsa_batch *b, u32 i, u8 *desc)
{
	u64 off = (u64)i * DSA_DESC_SIZE;
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
	w->member = b->issued;
	w->seq = p->seq;
	w->portal = p->portal;
	w->pasid = p->pasid;
	w->pasid_valid = p->pasid_valid;
	w->priv = p->priv;
	w->origin = p->origin;
	member_desc(b, b->issued, w->desc);
	memcpy(&dw, w->desc + 4, sizeof(dw));
	w->opcode = SPEC_GET(DSA_DESC1_OPCODE, dw);
	w->flags = SPEC_GET(DSA_DESC1_FLAGS, dw);
	w->t[DSA_STAGE_ISSUED] = p->t[DSA_STAGE_ISSUED];
	w->t[DSA_STAGE_ACCEPTED] = now;
	w->state = DSA_WORK_QUEUED;
	p->dsa->tot.fetched++;
	dsa_out_add(w);
	b->issued++;
	return w;
}

/* Members from the next one on are given up: no record, no interrupt. */
static void abandon_rest(struct dsa_engine *e, struct dsa_batch *b)
{
	b->abandoned = true;
	b->avail = b->issued;
	dsa_perf(e->dsa, DSA_PERFCAT_OPERATION, DSA_EV3_V1_FENCE_ABANDONED, 1, b->work);
}

struct dsa_work *dsa_batch_take(struct dsa_engine *e, u64 *when)
{
	struct dsa *dsa = e->dsa;
	u64 now = sim_now(dsa->sim);
	struct dsa_batch *b = e->batch_head, *last = NULL;
	u32 flags;
	u8 desc[DSA_DESC_SIZE];

	/* Batches of an engine take turns only at fences: the first with a startable member. */
	for (; b; last = b, b = b->next) {
		u64 at = b->fetch_at + b->issued * dsa->cfg.timing.batch_fetch_each;

		if (at > now) {
			if (at < *when)
				*when = at;
			continue;
		}
		member_desc(b, b->issued, desc);
		memcpy(&flags, desc + 4, sizeof(flags));
		if ((flags & IDXD_OP_FLAG_FENCE) && b->done < b->issued) {
			b->fenced = true;
			continue; /* a member's end looks again */
		}
		if ((flags & IDXD_OP_FLAG_FENCE) && b->failed) {
			abandon_rest(e, b);
		} else {
			struct dsa_work *w = member_new(b);

			if (b->issued < b->avail)
				return w;
			if (last)
				last->next = b->next;
			else
				e->batch_head = b->next;
			if (e->batch_tail == b)
				e->batch_tail = last;
			return w;
		}
		/* Abandoned behind a fence: everything started is through already. */
		if (last)
			last->next = b->next;
		else
			delist_head(e);
		if (e->batch_tail == b)
			e->batch_tail = last;
		batch_finish(b);
		return NULL;
	}
	return NULL;
}

void dsa_batch_member_done(struct dsa_work *member, u8 status)
{
	struct dsa_batch *b = member->batch;
	struct dsa_engine *e = b->work->engine;

	b->done++;
	if (status != DSA_COMP_SUCCESS)
		b->failed++;
	if (b->done == b->avail && b->issued == b->avail) {
		batch_finish(b);
	} else if (b->fenced && b->done == b->issued) {
		b->fenced = false;
		dsa_engine_pump(e);
	}
}
