// SPDX-License-Identifier: GPL-2.0
// Engines: pick descriptors, check and translate them, hand them to the stream and to completion.
#include "model/dsa/desc.h"
#include "model/dsa/dsa_priv.h"
#include "model/dsa/plan.h"
#include "sim/core/hint.h"

static void dsa_work_start(struct dsa_engine *e, struct dsa_work *w);

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
		dsa->engine[i].through.bytes_per_s = dsa->cfg.timing.engine_bytes_per_s;
		sim_event_init(&dsa->engine[i].pump, pump_fired);
	}
}

bool dsa_engines_busy(const struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < dsa->nengines; i++)
		if (dsa->engine[i].in_progress || dsa->engine[i].batches)
			return true;
	return false;
}

void dsa_engine_wake(struct dsa_engine *e, u64 when)
{
	if (sim_event_queued(&e->pump) && e->pump.when <= when)
		return;
	sim_at(e->dsa->sim, &e->pump, when, SIM_PRIO_ARBITRATE);
}

/*
 * How long a descriptor keeps its engine from the next: a fixed part, one for changing between
 * reading and writing, and one for each byte that runs through the engine.
 */
static u64 start_gap(const struct dsa_timing *t, const struct dsa_work *w)
{
	u64 gap = w->batch ? t->issue_batch : t->issue, bytes = w->total;
	u32 i;

	if (!w->plan.noperands)
		return gap;
	/* A page that is missing ends it before. */
	for (i = 0; unlikely(w->faulted) && i < w->plan.noperands; i++)
		if (w->access[w->plan.operand[i].role].done < bytes)
			bytes = w->access[w->plan.operand[i].role].done;
	if (w->plan.read_bytes && w->plan.write_bytes)
		gap += t->turnaround;
	if (t->engine_bytes_per_s)
		gap += sim_rate_time(&w->engine->through, bytes);
	return gap;
}

/*
 * Starts descriptors as long as one is there, a slot is free and the engine's start rate allows.
 * Batch members and direct descriptors take turns (the specification leaves this open).
 */
void sim_hot dsa_engine_pump(struct dsa_engine *e)
{
	struct dsa *dsa = e->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;

	while (e->group && e->in_progress < e->group->work_limit) {
		u64 now = sim_now(dsa->sim), when = SIM_NEVER, gap;
		struct dsa_work *w = NULL;

		if (now < e->free_at) {
			if (e->group->queued || e->batch_head)
				dsa_engine_wake(e, e->free_at);
			return;
		}
		if (unlikely(e->batch_head) && e->turn_batch)
			w = dsa_batch_take(e, &when);
		if (!w)
			w = dsa_arbiter_take(e);
		if (unlikely(!w && !e->turn_batch && e->batch_head))
			w = dsa_batch_take(e, &when);
		if (!w) {
			if (when != SIM_NEVER)
				dsa_engine_wake(e, when);
			return;
		}
		e->turn_batch = !w->batch;
		e->busy.count++;
		e->free_at = now + t->issue;
		dsa_work_start(e, w);
		gap = start_gap(t, w);
		e->free_at = now + gap;
		e->busy.busy += gap;
	}
}

void sim_hot dsa_group_kick(struct dsa_group *g)
{
	u64 now = sim_now(g->dsa->sim);
	u32 i;

	/* The first engine in turn that can start now; the others look when their gap is over. */
	for (i = 0; i < g->nengines && g->queued; i++) {
		u32 slot = g->next_engine + i < g->nengines ? g->next_engine + i
							    : g->next_engine + i - g->nengines;
		struct dsa_engine *e = &g->dsa->engine[g->engine[slot]];

		if (unlikely(e->in_progress >= g->work_limit))
			continue;
		if (e->free_at > now) {
			dsa_engine_wake(e, e->free_at);
			continue;
		}
		g->next_engine = slot + 1 < g->nengines ? slot + 1 : 0;
		dsa_engine_pump(e);
	}
}

/* ---- Translation of the operands ---- */

bool dsa_wq_page_requests(const struct dsa_wq *wq)
{
	return wq->ats && wq->prs && wq->dsa->prs_on;
}

bool dsa_work_ask_page(struct dsa_work *w)
{
	if (w->fault_status != DSA_COMP_PAGE_FAULT_NOBOF || !dsa_wq_page_requests(w->wq))
		return false;
	if (w->page_addr != w->fault_addr) {
		w->page_addr = w->fault_addr;
		w->page_tries = 0;
	}
	if (w->page_tries == PAGE_TRIES_MAX) {
		w->fault_status = DSA_COMP_PAGE_FAULT_IR;
		return false;
	}
	w->page_tries++;
	dsa_page_request_send(w);
	return true;
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

/* Past the device TLB. */
static void translate_record_alone(struct dsa_work *w, u64 addr, u64 now, struct dsa_page *page)
{
	struct dsa_span span = {.ptr = NULL};
	struct dsa_span_vec one = {.span = &span, .pa = &page->pa, .cap = 1, .fixed = true};

	dsa_devtlb_translate(w, DSA_ROLE_RECORD, addr, DSA_RECORD_SIZE, true, false, now, &one,
			     &page->first);
	page->ram = span.ptr;
}

/* Translates a record address; false: waits for a page response. */
bool sim_hot dsa_work_translate_record(struct dsa_work *w, u64 now)
{
	struct dsa_page page;
	u64 addr;

	if (!(w->flags & IDXD_OP_FLAG_CRAV) || w->record || w->record_lost)
		return true;
	w->faulted = false;
	memcpy(&addr, w->desc + 8, sizeof(addr));
	/* A batch's own record neither hits nor evicts (silicon notes 2.3). */
	if (likely(w->wq->ats && w->opcode != DSA_OPCODE_BATCH))
		dsa_devtlb_page(w, DSA_ROLE_RECORD, addr, DSA_RECORD_SIZE, true, now, &page);
	else
		translate_record_alone(w, addr, now, &page);
	w->record_ready = page.first;
	if (likely(!w->faulted)) {
		w->record = page.ram;
		w->record_pa = page.pa;
		return true;
	}
	/* Whatever the descriptor says of blocking: records wait for their page (8.5). */
	if (dsa_work_ask_page(w))
		return false;
	w->faulted = false;
	w->record_lost = true;
	return true;
}

/*
 * Translates one operand up to @want bytes; false: waits for a page response. A backward move is
 * translated from its last page down when something is missing.
 */
static bool translate_operand(struct dsa_work *w, const struct dsa_plan_operand *op, u64 want,
			      u64 now)
{
	struct dsa_span_vec *v = &w->access[op->role].spans;
	u64 first, got, done = w->access[op->role].done;

	if (likely(!done && !v->n && w->wq->ats && dsa_in_page(op->addr, want))) {
		struct dsa_page page;

		got = 0;
		if (dsa_devtlb_page(w, op->role, op->addr, (u32)want, op->write, now, &page)) {
			v->span[0] = (struct dsa_span){.ptr = page.ram, .len = got = want};
			v->pa[0] = page.pa;
			v->n = 1;
		}
		first = page.first;
	} else {
		got = dsa_devtlb_translate(w, op->role, op->addr + done, want - done, op->write,
					   true, now, v, &first);
	}
	if (!done || w->life.faults)
		w->ready = first > w->ready ? first : w->ready;
	w->access[op->role].done = done + got;
	if (likely(!w->faulted))
		return true;
	if ((w->flags & IDXD_OP_FLAG_BOF) && dsa_work_ask_page(w))
		return false;
	stop_at_fault(w, op->role, w->fault_status);
	return true;
}

/* Spans of the last bytes of an operand whose first part is not all there, from the end down. */
static __attribute__((noinline)) void translate_backward(struct dsa_work *w,
							 const struct dsa_plan_operand *op, u64 now)
{
	struct dsa_span_vec *v = &w->access[op->role].spans;
	struct dsa_span_vec page;
	struct dsa_span span;
	u64 pa, first, left = op->len;
	u32 i;

	page = (struct dsa_span_vec){.span = &span, .pa = &pa, .cap = 1, .fixed = true};
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
		/* A mark on every other page keeps them apart: the order is still descending. */
		pa |= (u64)(v->n & 1) << 63;
		if (!dsa_span_add(w->dsa, v, span.ptr, pa, part)) {
			w->fault_addr = end - 1;
			w->fault_status = DSA_COMP_HW_ERR1;
			break;
		}
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
	w->access[op->role].done = op->len - left;
	if (left)
		stop_at_fault(w, op->role,
			      w->role_fault[op->role] ? w->role_fault[op->role] : w->fault_status);
}

static void sim_hot begin_stream(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);
	struct dsa_engine *e = w->engine;

	e->stream_head = w->next;
	if (!e->stream_head)
		e->stream_tail = NULL;
	e->streaming = true;
	if (!w->pos)
		w->life.t[DSA_STAGE_GRANTED] = sim_now(sim);
	dsa_stream_start(w);
}

/*
 * Streams of an engine run one behind the other, in the order of its descriptors: writes stay
 * ordered (8.4), what is short does not pass what is long, and on the ports each engine stands
 * once, however many descriptors it has in progress.
 */
static void next_stream(struct dsa_engine *e)
{
	struct dsa_work *w = e->stream_head;
	u64 now = sim_now(e->dsa->sim), when;
	u64 readback = e->dsa->cfg.timing.readback_latency;

	if (!w || e->streaming)
		return;
	when = w->ready > e->data_until ? w->ready : e->data_until;
	/* Two readbacks may be outstanding behind the stream; a third holds the next back. */
	if (unlikely(e->readback > when + 2 * readback))
		when = e->readback - 2 * readback;
	w->ev.fire = begin_stream;
	sim_at(e->dsa->sim, &w->ev, when > now ? when : now, SIM_PRIO_RESPONSE);
}

void sim_hot dsa_stream_through(struct dsa_engine *e, u64 when)
{
	e->streaming = false;
	e->data_until = when;
	next_stream(e);
}

static void queue_stream(struct dsa_work *w)
{
	struct dsa_engine *e = w->engine;

	w->state = DSA_WORK_STREAM;
	if (!w->pos)
		w->life.t[DSA_STAGE_TRANSLATED] = w->ready;
	w->next = NULL;
	if (e->stream_tail) {
		e->stream_tail->next = w;
		e->stream_tail = w;
		return;
	}
	e->stream_head = e->stream_tail = w;
	next_stream(e);
}

/* After fresh translations: back to where the stream stands in each operand. */
static __attribute__((noinline)) void seek_cursors(struct dsa_work *w)
{
	u32 i;

	for (i = 0; i < w->plan.noperands; i++) {
		u32 role = w->plan.operand[i].role;
		const struct dsa_span_vec *v = &w->access[role].spans;
		struct dsa_cursor c = {.off = w->access[role].moved};

		while (c.span < v->n && c.off >= v->span[c.span].len)
			c.off -= v->span[c.span++].len;
		if (c.span == v->n)
			c.off = 0;
		w->access[role].cursor = c;
	}
	w->stale = false;
}

/*
 * Translation Fetch: one translation each stride, nothing moves. False: waits for a page response.
 */
static __attribute__((noinline)) bool fetch_translations(struct dsa_work *w, u64 now)
{
	const struct dsa_plan_operand *op = &w->plan.operand[0];
	u64 page = op->addr & ~4095ull, end = op->len + (op->addr - page);
	u64 *done = &w->access[op->role].done, first;

	for (; *done < end && !w->role_fault[op->role]; *done += w->plan.stride) {
		w->faulted = false;
		dsa_devtlb_translate(w, op->role, page + *done, 1, false, true, now, NULL, &first);
		if (first > w->ready)
			w->ready = first;
		if (!w->faulted)
			continue;
		if ((w->flags & IDXD_OP_FLAG_BOF) && dsa_work_ask_page(w))
			return false;
		stop_at_fault(w, op->role, w->fault_status);
	}
	return true;
}

/* Translates what the next segment needs, then lets it stream in the engine's order. */
static void sim_hot translate_segment(struct dsa_work *w, u64 now)
{
	struct dsa *dsa = w->dsa;
	u64 end = w->segment_end;
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
	if (unlikely(w->plan.stride)) {
		if (fetch_translations(w, now))
			dsa_finish(w, w->ready);
		return;
	}
	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		u64 want = op->len == w->total ? end : op->len;

		if (w->access[op->role].done >= want || w->role_fault[op->role])
			continue;
		w->faulted = false;
		if (!translate_operand(w, op, want, now))
			return;
		partial |= w->faulted;
	}
	for (i = 0; i < w->plan.noperands; i++)
		partial |= w->role_fault[w->plan.operand[i].role];
	if (unlikely(partial && w->plan.backward))
		for (i = 0; i < w->plan.noperands; i++)
			translate_backward(w, &w->plan.operand[i], now);
	w->faulted = partial;
	if (unlikely(w->stale))
		seek_cursors(w);
	queue_stream(w);
}

/* Nothing that was translated before may be used any more: an invalidation came meanwhile. */
static void forget_translations(struct dsa_work *w)
{
	u32 i;

	w->record = NULL;
	for (i = 0; i < w->plan.noperands; i++) {
		u32 role = w->plan.operand[i].role;

		w->access[role].done = 0;
		w->access[role].spans.n = 0;
	}
}

/* The page will not come: what that means depends on what it was for. */
static void page_refused(struct dsa_work *w, u8 code)
{
	if (w->fault_role == DSA_ROLE_RECORD)
		w->record_lost = true;
	else if (w->own_batch)
		dsa_batch_list_fault(w);
	else
		stop_at_fault(w, w->fault_role,
			      code == IOMMU_PR_INVALID ? DSA_COMP_PAGE_FAULT_IR
						       : DSA_COMP_TRANSLATION_FAIL);
}

void dsa_work_resume(struct dsa_work *w, u8 code)
{
	struct dsa *dsa = w->dsa;
	u64 now = sim_now(dsa->sim);

	w->life.fault_wait += now - w->fault_since;
	w->epoch = dsa->invalidations;
	w->ready = now;
	w->faulted = false;
	w->page_shift = 0;
	dsa_perf(dsa, DSA_PERFCAT_TRANSLATION,
		 code == IOMMU_PR_SUCCESS ? DSA_EV2_PRS_OK : DSA_EV2_PRS_INVALID, 1, w);
	if (code != IOMMU_PR_SUCCESS && code != IOMMU_PR_INVALID)
		dsa_page_requests_failed(dsa);
	if (code != IOMMU_PR_SUCCESS)
		page_refused(w, code);
	if (w->own_batch) {
		dsa_batch_start(w);
		return;
	}
	if (w->stale)
		forget_translations(w);
	if (w->opcode == DSA_OPCODE_DRAIN && !w->executed)
		dsa_drain_start(w);
	else if (!w->executed)
		translate_segment(w, now);
	else if (dsa_work_translate_record(w, now))
		dsa_finish(w, now);
}

/* ---- Start ---- */

static bool overlapping_move(const struct dsa_work *w)
{
	u32 size = dsa_ld32(w->desc + 32);

	return w->opcode == DSA_OPCODE_MEMMOVE &&
	       dsa_ranges_overlap(dsa_ld64(w->desc + 16), size, dsa_ld64(w->desc + 24), size);
}

static void sim_cold count_start(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	if (overlapping_move(w))
		dsa_perf_v1(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_V1_OVERLAP_MOVE, w);
	dsa_perf(dsa, DSA_PERFCAT_ENGINE, w->batch ? DSA_EV1_DESC_FROM_BATCH : DSA_EV1_DESC_FROM_WQ,
		 1, w);
	if (w->opcode <= DSA_OPCODE_DUALCAST)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, 1ull << w->opcode, 1, w);
	else if (w->opcode >= DSA_OPCODE_CRCGEN && w->opcode <= DSA_OPCODE_DIF_UPDT)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION,
			 DSA_EV3_CRCGEN << (w->opcode - DSA_OPCODE_CRCGEN), 1, w);
	else if (w->opcode == DSA_OPCODE_CFLUSH)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_CFLUSH, 1, w);
	else if (w->opcode == DSA_OP_TRANSL_FETCH)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_TRANSL_FETCH, 1, w);
	else if (w->opcode == DSA_OP_DIX_GEN)
		dsa_perf(dsa, DSA_PERFCAT_OPERATION, DSA_EV3_DIX_GEN, 1, w);
}

/* Does every access use a traffic class that reaches an enabled virtual channel? */
static bool classes_ok(const struct dsa_work *w, bool *record_ok)
{
	u8 usable = w->dsa->tc_usable;
	const u8 *tc = w->group->tc;
	bool ok = true;
	u32 i;

	*record_ok = true;
	if (likely(usable == 0xff))
		return true;
	for (i = 0; i < w->plan.noperands; i++)
		ok &= usable >> tc[w->plan.operand[i].tc_b] & 1;
	if (w->opcode == DSA_OPCODE_BATCH)
		ok &= usable >> tc[!!(w->flags & IDXD_OP_FLAG_ADDR1_TCS)] & 1;
	if (w->flags & IDXD_OP_FLAG_CRAV)
		*record_ok = usable >> tc[!!(w->flags & IDXD_OP_FLAG_CR_TCS)] & 1;
	return ok && *record_ok;
}

/* Checks that need the device's state: interrupt handle (7.2), traffic classes (1E). */
static u8 check_device(struct dsa_work *w)
{
	bool record_ok;

	if (unlikely(w->flags & IDXD_OP_FLAG_RCI) && !dsa_handle_ok(w))
		return DSA_COMP_INT_HANDLE_INVAL;
	if (classes_ok(w, &record_ok))
		return 0;
	/* The record's own class: it can't be written, SWERROR or the event log tells. */
	if (!record_ok)
		w->record_lost = true;
	return DSA_COMP_TRAFFIC_CLASS_CONF;
}

/* The operands' state at the start. */
static void init_operands(struct dsa_work *w)
{
	u32 i;

	memset(w->role_fault, 0, sizeof(w->role_fault));
	for (i = 0; i < w->plan.noperands; i++) {
		u32 role = w->plan.operand[i].role;

		w->access[role].done = 0;
		w->access[role].spans.n = 0;
		w->access[role].cursor = (struct dsa_cursor){0};
		w->access[role].moved = 0;
		if (w->plan.operand[i].len > w->total)
			w->total = w->plan.operand[i].len;
	}
}

static void plan_nothing(struct dsa_plan *plan)
{
	plan->shape = plan->stride = 0;
	plan->noperands = 0;
}

/* Check and first steps of a descriptor whose decoding ends at @begin. */
static void decode(struct dsa_work *w, u64 begin)
{
	u32 bad = 0, how = (w->batch ? DSA_CHECK_BATCH : 0) | (w->priv ? DSA_CHECK_PRIV : 0);
	u8 status = dsa_check(&w->wq->caps, w->desc, how, &bad);

	if (unlikely(status || w->opcode == DSA_OPCODE_NOOP || w->opcode == DSA_OPCODE_BATCH)) {
		plan_nothing(&w->plan);
	} else {
		/* This object's last descriptor was mostly much the same. */
		if (likely(w->plan.shape == dsa_plan_shape(w->desc)))
			dsa_plan_again(w->desc, &w->plan);
		else
			dsa_plan(w->desc, &w->plan);
		init_operands(w);
	}
	if (!status)
		status = check_device(w);
	w->executed = status || w->opcode == DSA_OPCODE_NOOP;
	if (unlikely(w->executed)) {
		plan_nothing(&w->plan);
		dsa_result_error(&w->res, status ? status : DSA_COMP_SUCCESS, bad);
		if (status == DSA_COMP_CRA_ALIGN || status == DSA_COMP_PRIV_BAD ||
		    dsa_work_translate_record(w, begin))
			dsa_finish(w, begin);
	} else if (unlikely(w->opcode == DSA_OPCODE_BATCH)) {
		dsa_batch_start(w);
	} else if (unlikely(w->opcode == DSA_OPCODE_DRAIN)) {
		dsa_drain_start(w);
	} else {
		translate_segment(w, begin);
	}
}

static void dsa_work_start(struct dsa_engine *e, struct dsa_work *w)
{
	struct dsa *dsa = e->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	u64 now = sim_now(dsa->sim), begin = now;

	if (!w->batch) {
		/* Not before it has come through the portal. */
		if (begin < w->life.t[DSA_STAGE_ACCEPTED] + t->portal)
			begin = w->life.t[DSA_STAGE_ACCEPTED] + t->portal;
		begin += t->dispatch;
	}
	begin += t->decode;
	w->engine = e;
	w->group = e->group;
	w->life.t[DSA_STAGE_DISPATCHED] = now;
	w->state = DSA_WORK_TRANSLATE;
	w->epoch = dsa->invalidations;
	w->bus_epoch = ~0ull;
	w->frees = *dsa->frees;
	w->ready = begin;
	w->record_ready = begin;
	w->pos = w->segment_end = w->total = 0;
	w->fault_status = 0;
	w->page_tries = 0;
	w->page_addr = ~0ull;
	e->in_progress++;
	e->drains += w->opcode == DSA_OPCODE_DRAIN;
	e->descriptors++;
	if (unlikely(dsa->perf_wanted))
		count_start(w);
	decode(w, begin);
}

void sim_hot dsa_work_streamed(struct dsa_work *w)
{
	u64 now = sim_now(w->dsa->sim);

	if (unlikely(w->pos < w->total) && !w->faulted) {
		w->segment_end = w->pos;
		w->ready = now;
		translate_segment(w, now);
		return;
	}
	dsa_finish(w, w->finish > now ? w->finish : now);
}
