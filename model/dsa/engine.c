// SPDX-License-Identifier: GPL-2.0
// Engines: pick descriptors, check and translate them, hand them to the stream and to completion.
#include "model/dsa/dsa_priv.h"

#define PAGE_TRIES_MAX 64 /* page requests for one page before status 04 */

static void pump_fired(struct sim *sim, struct sim_event *ev)
{
	dsa_engine_pump(dsa_of(ev, struct dsa_engine, pump));
}

void dsa_engine_init(struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < dsa->nengines; i++) {
		dsa->engine[i].dsa = dsa;
		dsa->engine[i].index = i;
		sim_event_init(&dsa->engine[i].pump, pump_fired);
	}
}

/* Looks again at @when, unless an earlier look is planned. */
static void pump_at(struct dsa_engine *e, u64 when)
{
	if (sim_event_queued(&e->pump) && e->pump.when <= when)
		return;
	sim_at(e->dsa->sim, &e->pump, when, SIM_PRIO_ARBITRATE);
}

/*
 * Starts descriptors as long as one is there, a slot is free and the engine's start rate allows.
 * Batch members and direct descriptors take turns (the specification leaves this open).
 */
void dsa_engine_pump(struct dsa_engine *e)
{
	struct dsa *dsa = e->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;

	while (e->group && e->in_progress < e->group->work_limit) {
		u64 now = sim_now(dsa->sim), when = SIM_NEVER, gap = t->issue;
		struct dsa_work *w = NULL;

		if (now < e->free_at) {
			if (e->group->queued || e->batch_head)
				pump_at(e, e->free_at);
			return;
		}
		if (e->turn_batch)
			w = dsa_batch_take(e, &when);
		if (!w)
			w = dsa_arbiter_take(e);
		if (!w && !e->turn_batch)
			w = dsa_batch_take(e, &when);
		if (!w) {
			if (when != SIM_NEVER)
				pump_at(e, when);
			return;
		}
		if (w->batch)
			gap = t->issue_batch;
		e->turn_batch = !w->batch;
		e->free_at = now + gap;
		e->busy.busy += gap;
		e->busy.count++;
		dsa_work_start(e, w);
	}
}

void dsa_group_kick(struct dsa_group *g)
{
	u64 now = sim_now(g->dsa->sim);
	u32 i;

	/* The first engine in turn that can start now; the others look when their gap is over. */
	for (i = 0; i < g->nengines && g->queued; i++) {
		u32 slot = g->next_engine + i < g->nengines ? g->next_engine + i
							    : g->next_engine + i - g->nengines;
		struct dsa_engine *e = &g->dsa->engine[g->engine[slot]];

		if (e->in_progress >= g->work_limit)
			continue;
		if (e->free_at > now) {
			pump_at(e, e->free_at);
			continue;
		}
		g->next_engine = slot + 1 < g->nengines ? slot + 1 : 0;
		dsa_engine_pump(e);
	}
}

/* ---- Translation of the operands ---- */

static bool prs_usable(const struct dsa_work *w)
{
	return w->wq->ats && w->wq->prs && w->dsa->prs_on;
}

/* An operand ends in a fault that stops the descriptor there. */
static void stop_at_fault(struct dsa_work *w, u8 role, u8 status)
{
	w->role_fault[role] = status;
	w->role_fault_addr[role] = w->fault_addr;
}

/* Only where operands advance together can a transfer be translated window by window. */
static bool windowed(const struct dsa_work *w)
{
	u32 i;

	for (i = 0; i < w->plan.noperands; i++)
		if (w->plan.operand[i].len != w->total)
			return false;
	return !w->plan.backward;
}

/* Translates a record address; false: waits for a page response. */
bool dsa_work_translate_record(struct dsa_work *w, u64 now)
{
	struct dsa_span_vec one = {0};
	struct dsa_span span;
	u64 addr, first, pa;

	if (!(w->flags & IDXD_OP_FLAG_CRAV) || w->record || w->fault_status == DSA_COMP_CRA_XLAT)
		return true;
	one.span = &span;
	one.pa = &pa;
	one.cap = 1;
	memcpy(&addr, w->desc + 8, sizeof(addr));
	/* A batch's own record neither hits nor evicts (silicon notes 2.3). */
	dsa_devtlb_translate(w, DSA_ROLE_RECORD, addr, DSA_RECORD_SIZE, true,
			     w->opcode != DSA_OPCODE_BATCH, now, &one, &first);
	w->record_ready = first;
	if (!w->faulted) {
		w->record = span.ptr;
		w->record_pa = pa;
		return true;
	}
	if (w->fault_status == DSA_COMP_PAGE_FAULT_NOBOF && prs_usable(w) &&
	    w->page_tries < PAGE_TRIES_MAX) {
		w->page_tries++;
		dsa_page_request_send(w);
		return false;
	}
	w->faulted = false;
	w->fault_status = DSA_COMP_CRA_XLAT;
	return true;
}

/*
 * Translates one operand up to @want bytes; false: waits for a page response. A backward move is
 * translated from its last page down when something is missing.
 */
static bool translate_operand(struct dsa_work *w, const struct dsa_plan_operand *op, u64 want,
			      u64 now)
{
	u64 first, got;

	got = dsa_devtlb_translate(w, op->role, op->addr + w->done[op->role],
				   want - w->done[op->role], op->write, true, now,
				   &w->spans[op->role], &first);
	if (!w->done[op->role] || w->nfaults)
		w->ready = first > w->ready ? first : w->ready;
	w->done[op->role] += got;
	if (!w->faulted)
		return true;
	if (w->fault_status == DSA_COMP_PAGE_FAULT_NOBOF && (w->flags & IDXD_OP_FLAG_BOF) &&
	    prs_usable(w)) {
		if (w->page_tries++ < PAGE_TRIES_MAX) {
			dsa_page_request_send(w);
			return false;
		}
		w->fault_status = DSA_COMP_PAGE_FAULT_IR;
	}
	stop_at_fault(w, op->role, w->fault_status);
	return true;
}

/* Spans of the last bytes of an operand whose first part is not all there, from the end down. */
static void translate_backward(struct dsa_work *w, const struct dsa_plan_operand *op, u64 now)
{
	struct dsa_span_vec *v = &w->spans[op->role];
	struct dsa_span_vec page = {0};
	struct dsa_span span;
	u64 pa, first, left = op->len;
	u32 i;

	page.span = &span;
	page.pa = &pa;
	page.cap = 1;
	v->n = 0;
	w->faulted = false;
	while (left && !w->faulted) {
		u64 end = op->addr + left, part = end & 4095 ? end & 4095 : 4096;

		if (part > left)
			part = left;
		page.n = 0;
		dsa_devtlb_translate(w, op->role, end - part, part, op->write, true, now, &page,
				     &first);
		if (w->faulted)
			break;
		/* Not merged: the order is still descending. */
		if (v->n && v->pa[v->n - 1] == pa + part)
			pa = pa + (1ull << 63);
		if (!dsa_span_add(v, span.ptr, pa, part))
			break;
		left -= part;
	}
	for (i = 0; i < v->n / 2; i++) {
		struct dsa_span s = v->span[i];
		u64 p = v->pa[i];

		v->span[i] = v->span[v->n - 1 - i];
		v->pa[i] = v->pa[v->n - 1 - i];
		v->span[v->n - 1 - i] = s;
		v->pa[v->n - 1 - i] = p;
	}
	for (i = 0; i < v->n; i++)
		v->pa[i] &= ~(1ull << 63);
	w->done[op->role] = op->len - left;
	if (left)
		w->role_fault_addr[op->role] = w->fault_addr;
}

static void begin_stream(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);

	if (!w->pos)
		w->t[DSA_STAGE_TRANSLATED] = sim_now(sim);
	dsa_stream_start(w);
}

/* Translates what the next segment needs, then lets it stream in the engine's order. */
static void translate_segment(struct dsa_work *w, u64 now)
{
	struct dsa *dsa = w->dsa;
	struct dsa_engine *e = w->engine;
	u64 end = w->segment_end, start;
	bool partial = false;
	u32 i;

	w->state = DSA_WORK_TRANSLATE;
	w->faulted = false;
	if (!dsa_work_translate_record(w, now))
		return;
	if (end == w->pos) {
		end = w->total - w->pos > dsa->cfg.timing.window && windowed(w)
			      ? w->pos + dsa->cfg.timing.window
			      : w->total;
		w->segment_end = end;
	}
	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		u64 want = op->len == w->total ? end : op->len;

		if (w->done[op->role] >= want || w->role_fault[op->role])
			continue;
		w->faulted = false;
		if (!translate_operand(w, op, want, now))
			return;
		partial |= w->faulted;
	}
	for (i = 0; i < w->plan.noperands; i++)
		partial |= w->role_fault[w->plan.operand[i].role];
	if (partial && w->plan.backward)
		for (i = 0; i < w->plan.noperands; i++)
			translate_backward(w, &w->plan.operand[i], now);
	w->faulted = partial;
	/* Streams of an engine begin in the order of its descriptors: writes stay ordered (8.4). */
	start = w->ready > now ? w->ready : now;
	if (start < e->last_data)
		start = e->last_data;
	e->last_data = start;
	w->state = DSA_WORK_STREAM;
	w->ev.fire = begin_stream;
	sim_at(dsa->sim, &w->ev, start, SIM_PRIO_RESPONSE);
}

void dsa_work_resume(struct dsa_work *w, u8 code)
{
	struct dsa *dsa = w->dsa;
	u64 now = sim_now(dsa->sim);

	w->fault_wait += now - w->fault_since;
	w->epoch = dsa->invalidations;
	w->ready = now;
	w->faulted = false;
	dsa_perf(dsa, DSA_PERFCAT_TRANSLATION,
		 code == IOMMU_PR_SUCCESS ? DSA_EV2_PRS_OK : DSA_EV2_PRS_INVALID, 1, w);
	if (code == IOMMU_PR_FAILURE) {
		/* Response failure: the function must stop using page requests (PRI). */
		dsa->prs_on = false;
		dsa->config[DSA_PCI_ECAP_PRI + 6] |= 1;
	}
	if (w->own_batch) {
		if (code != IOMMU_PR_SUCCESS && w->fault_role == DSA_ROLE_RECORD) {
			w->fault_status = DSA_COMP_CRA_XLAT;
		} else if (code != IOMMU_PR_SUCCESS) {
			w->fault_status = DSA_COMP_BATCH_PAGE_FAULT;
			w->own_batch->list_fault = true;
			w->own_batch->list_fault_addr = w->fault_addr;
		}
		dsa_batch_start(w);
		return;
	}
	if (code != IOMMU_PR_SUCCESS) {
		if (w->fault_role == DSA_ROLE_RECORD) {
			w->fault_status = DSA_COMP_CRA_XLAT;
		} else {
			stop_at_fault(w, w->fault_role,
				      code == IOMMU_PR_INVALID ? DSA_COMP_PAGE_FAULT_IR
							       : DSA_COMP_TRANSLATION_FAIL);
		}
	}
	if (w->opcode == DSA_OPCODE_DRAIN)
		dsa_drain_start(w);
	else if (!w->executed)
		translate_segment(w, now);
	else if (dsa_work_translate_record(w, now))
		dsa_finish(w, now);
}

/* ---- Start ---- */

static void count_start(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	if (!dsa->perf_wanted)
		return;
	dsa_perf(dsa, DSA_PERFCAT_ENGINE, w->batch ? DSA_EV1_DESC_FROM_BATCH : DSA_EV1_DESC_FROM_WQ,
		 1, w);
	if (w->opcode <= DSA_OPCODE_DUALCAST)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, 1ull << w->opcode, 1, w);
	else if (w->opcode >= DSA_OPCODE_CRCGEN && w->opcode <= DSA_OPCODE_DIF_UPDT)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION,
			 DSA_EV3_CRCGEN << (w->opcode - DSA_OPCODE_CRCGEN), 1, w);
	else if (w->opcode == DSA_OPCODE_CFLUSH)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_CFLUSH, 1, w);
}

/* Checks that need the device's state: interrupt handle (7.2). */
static u8 check_device(const struct dsa_work *w)
{
	if ((w->flags & IDXD_OP_FLAG_RCI) && !dsa_handle_ok(w))
		return DSA_COMP_INT_HANDLE_INVAL;
	return 0;
}

void dsa_work_start(struct dsa_engine *e, struct dsa_work *w)
{
	struct dsa *dsa = e->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	u64 now = sim_now(dsa->sim), begin = now + t->decode;
	u32 bad = 0, how = 0, i;
	u8 status;

	if (!w->batch)
		begin += t->dispatch;
	w->engine = e;
	w->group = e->group;
	w->t[DSA_STAGE_DISPATCHED] = now;
	w->state = DSA_WORK_TRANSLATE;
	w->epoch = dsa->invalidations;
	w->ready = begin;
	w->record_ready = begin;
	w->pos = w->segment_end = w->total = 0;
	w->fault_status = 0;
	w->page_tries = 0;
	w->executed = true;
	e->in_progress++;
	e->descriptors++;
	sim_level_set(&e->level, now, e->in_progress);
	count_start(w);
	if (w->batch)
		how |= DSA_CHECK_BATCH;
	if (w->priv)
		how |= DSA_CHECK_PRIV;
	w->plan.noperands = 0;
	status = dsa_check(&w->wq->caps, w->desc, how, &bad);
	if (!status)
		status = check_device(w);
	if (status || w->opcode == DSA_OPCODE_NOOP) {
		dsa_result_error(&w->res, status ? status : DSA_COMP_SUCCESS, bad);
		if (status == DSA_COMP_CRA_ALIGN || status == DSA_COMP_PRIV_BAD ||
		    dsa_work_translate_record(w, begin))
			dsa_finish(w, begin);
		return;
	}
	if (w->opcode == DSA_OPCODE_BATCH) {
		dsa_batch_start(w);
		return;
	}
	dsa_plan(w->desc, &w->plan);
	if (w->opcode == DSA_OPCODE_DRAIN) {
		dsa_drain_start(w);
		return;
	}
	w->executed = false;
	for (i = 0; i < w->plan.noperands; i++) {
		u32 role = w->plan.operand[i].role;

		w->done[role] = 0;
		w->spans[role].n = 0;
		w->cursor[role] = (struct dsa_cursor){0};
		w->moved[role] = 0;
		w->role_fault[role] = 0;
		if (w->plan.operand[i].len > w->total)
			w->total = w->plan.operand[i].len;
	}
	translate_segment(w, begin);
}

void dsa_work_streamed(struct dsa_work *w)
{
	u64 now = sim_now(w->dsa->sim);

	if (w->pos < w->total && !w->faulted) {
		w->segment_end = w->pos;
		w->ready = now;
		translate_segment(w, now);
		return;
	}
	dsa_finish(w, w->finish > now ? w->finish : now);
}
