// SPDX-License-Identifier: GPL-2.0
// Completion: the operation's effect, record, interrupt, error report, retirement (5.2, 6.3, 7.2).
#include <stdio.h>

#include "model/dsa/desc.h"
#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

/* Operations whose outcome has nothing to do with the payload. */
#define PLAIN_OPS                                                                                  \
	(SPEC_BIT(DSA_OPCODE_MEMMOVE) | SPEC_BIT(DSA_OPCODE_MEMFILL) |                             \
	 SPEC_BIT(DSA_OPCODE_DUALCAST))

/* Without payload and faults there is nothing to work out for them: they move what they plan. */
static inline bool run_plain(struct dsa_work *w)
{
	u32 faults, i;

	memcpy(&faults, w->role_fault, sizeof(faults));
	if (w->dsa->payload || faults || !(PLAIN_OPS >> w->opcode & 1))
		return false;
	w->res = (struct dsa_result){.status = DSA_COMP_SUCCESS};
	for (i = 0; i < w->plan.noperands; i++)
		w->res.moved[w->plan.operand[i].role] = w->plan.operand[i].len;
	w->executed = true;
	return true;
}

void dsa_run_operation(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	struct dsa_payload_hint buf;
	const struct dsa_payload_hint *hint = NULL;
	struct dsa_exec x;
	u32 i;

	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		bool fault = w->role_fault[op->role];

		/* What did not fault is there as far as the faulting operand lets it be used. */
		x.operand[op->role] = (struct dsa_operand){
			.span = w->access[op->role].spans.span,
			.nspans = w->access[op->role].spans.n,
			.from_end = fault && w->plan.backward,
			.fault_status = w->role_fault[op->role],
			.avail = fault ? w->access[op->role].done : op->len,
			.fault_addr = w->role_fault_addr[op->role],
		};
	}
	if (dsa->payload) {
		dsa_execute(w->desc, &x);
	} else {
		if (dsa->bus->hint)
			hint = dsa->bus->hint(dsa->bus_ctx, &w->life.origin, w->life.member, &buf);
		dsa_execute_none(w->desc, &x, hint);
	}
	w->res = x.res;
	w->executed = true;
}

bool dsa_handle_exists(const struct dsa *dsa, bool ims, u32 handle)
{
	bool live = !dsa_has_handle_commands(dsa);

	if (ims)
		return handle < dsa->ims_entries && (live || dsa->ims[handle].allocated);
	return handle < dsa->cfg.msix_vectors && (live || dsa->handle_given[handle]);
}

bool dsa_handle_ok(const struct dsa_work *w)
{
	const struct dsa *dsa = w->dsa;
	bool ims = w->portal & 2, pasid_en;
	u32 pasid, ctrl;
	u16 handle;

	memcpy(&handle, w->desc + 36, sizeof(handle));
	if (!dsa_handle_exists(dsa, ims, handle))
		return false;
	if (ims) {
		ctrl = dsa->ims[handle].ctrl;
		pasid_en = ctrl & DSA_IMS_CTRL_PASID_EN;
		pasid = SPEC_GET(DSA_IMS_CTRL_PASID, ctrl);
	} else {
		ctrl = dsa->msixperm[handle];
		pasid_en = ctrl & DSA_MSIXPERM_PASID_EN;
		pasid = SPEC_GET(DSA_MSIXPERM_PASID, ctrl);
	}
	return pasid_en == w->pasid_valid && (!pasid_en || pasid == w->pasid);
}

void dsa_violation(struct dsa *dsa, const struct dsa_work *w, const char *what)
{
	char text[512];

	if (!dsa->obs.violation)
		return;
	snprintf(text, sizeof(text),
		 "%s: %s: descriptor %llu (client %u, tag %u, wq%u, pasid %u, opcode %#x, batch "
		 "%llu "
		 "member %d): issued %llu, accepted %llu, dispatched %llu to engine %d, translated "
		 "%llu, granted %llu, streamed %llu, now %llu ps",
		 dsa->name, what, w->life.id, w->life.origin.client, w->life.origin.tag,
		 w->wq->index, w->pasid, w->opcode, w->batch ? w->batch->work->life.id : 0,
		 w->life.member, w->life.t[DSA_STAGE_ISSUED], w->life.t[DSA_STAGE_ACCEPTED],
		 w->life.t[DSA_STAGE_DISPATCHED], w->engine ? (int)w->engine->index : -1,
		 w->life.t[DSA_STAGE_TRANSLATED], w->life.t[DSA_STAGE_GRANTED],
		 w->life.t[DSA_STAGE_STREAMED], sim_now(dsa->sim));
	dsa->obs.violation(dsa->obs.ctx, dsa, text);
}

void dsa_report_outstanding(struct dsa *dsa, const char *what)
{
	const struct dsa_work *w;

	for (w = dsa->out_head; w; w = w->out_next)
		dsa_violation(dsa, w, what);
}

static inline void retired(struct dsa_work *w, u8 status)
{
	struct dsa *dsa = w->dsa;
	struct dsa_retired *r = &w->life;

	if (!dsa->obs.retired)
		return;
	r->opcode = w->opcode;
	r->status = status;
	r->engine = w->engine ? w->engine->index : 0xff;
	r->pasid = w->pasid;
	r->size = dsa_desc_xfer(w->desc);
	dsa->obs.retired(dsa->obs.ctx, dsa, r);
}

void dsa_abandon(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	u32 i;

	/* Ends of stages are told ahead of time. */
	for (i = 0; i < DSA_STAGE_COUNT; i++)
		if (w->life.t[i] > sim_now(dsa->sim))
			w->life.t[i] = 0;
	dsa_out_del(w);
	dsa->tot.abandoned++;
	retired(w, 0);
	dsa_work_free(w);
}

static void sim_hot complete_fired(struct sim *sim, struct sim_event *ev)
{
	dsa_complete(dsa_of(ev, struct dsa_work, ev));
}

void sim_hot dsa_finish(struct dsa_work *w, u64 when)
{
	const struct dsa_timing *t = &w->dsa->cfg.timing;
	u64 at = when;

	w->state = DSA_WORK_RECORD;
	if (w->record && at < w->record_ready)
		at = w->record_ready;
	if (unlikely(w->life.t[DSA_STAGE_TRANSLATED] == 0))
		w->life.t[DSA_STAGE_TRANSLATED] = at;
	if (w->life.t[DSA_STAGE_GRANTED] == 0)
		w->life.t[DSA_STAGE_GRANTED] = w->life.t[DSA_STAGE_TRANSLATED];
	w->life.t[DSA_STAGE_STREAMED] = at;
	if (w->record && (w->executed ? dsa_record_wanted(w->flags, w->res.status)
				      : w->faulted || (w->flags & IDXD_OP_FLAG_RCR))) {
		at += t->record_latency;
		sim_pipe_reserve(&w->dsa->write_port, sim_now(w->dsa->sim), DSA_RECORD_SIZE);
	}
	w->ev.fire = complete_fired;
	sim_at(w->dsa->sim, &w->ev, at, SIM_PRIO_COMPLETE);
}

static bool plain(u8 status)
{
	return status == DSA_COMP_SUCCESS || status == DSA_COMP_SUCCESS_PRED ||
	       status == DSA_COMP_BATCH_FAIL;
}

/* Bits that go with an error code in SWERROR or the event log. */
static u32 error_info(const struct dsa_work *w, u8 code)
{
	u32 flags;
	u16 handle;

	switch (code) {
	case DSA_COMP_INVALID_FLAGS:
		memcpy(&flags, w->res.op_specific, sizeof(flags));
		return SPEC_PREP(DSA_ERRINFO_FLAGS, flags);
	case DSA_COMP_INT_HANDLE_INVAL:
		memcpy(&handle, w->desc + 36, sizeof(handle));
		return SPEC_PREP(DSA_ERRINFO_HANDLE, handle);
	case DSA_COMP_PAGE_FAULT_NOBOF:
	case DSA_COMP_PAGE_FAULT_IR:
	case DSA_COMP_BATCH_PAGE_FAULT:
	case DSA_COMP_PFAULT_RDBA:
		return SPEC_PREP(DSA_ERRINFO_OPERAND, w->res.fault_role + 1);
	case DSA_COMP_CRA_XLAT:
		return SPEC_PREP(DSA_ERRINFO_OPERAND, DSA_ROLE_RECORD + 1);
	default:
		return 0;
	}
}

/* How a finished descriptor is told to software. */
enum outcome {
	OUT_NORMAL,  /* record if wanted, interrupt if wanted */
	OUT_LOST,    /* the record is wanted but its page can't be reached: 1A */
	OUT_LOGGED,  /* record and interrupt are left to software, which finds both in the log */
	OUT_DISCARD, /* 1B, 1D, 1E of the record itself: error report only */
};

static enum outcome outcome(const struct dsa_work *w, bool wanted)
{
	const struct dsa *dsa = w->dsa;
	u8 status = w->res.status;

	if (status == DSA_COMP_CRA_ALIGN || status == DSA_COMP_PRIV_BAD ||
	    (status == DSA_COMP_TRAFFIC_CLASS_CONF && w->record_lost))
		return OUT_DISCARD;
	if (wanted && w->record_lost)
		return OUT_LOST;
	if (!dsa_event_log_enabled(dsa))
		return OUT_NORMAL;
	/* 7.5: a Drain behind which records may wait in the log, a Batch with such a member. */
	if (w->opcode == DSA_OPCODE_DRAIN && status == DSA_COMP_SUCCESS &&
	    !dsa_wq_page_requests(w->wq))
		return OUT_LOGGED;
	if (w->own_batch && w->own_batch->record_logged &&
	    (wanted || (w->flags & IDXD_OP_FLAG_RCI)))
		return OUT_LOGGED;
	return OUT_NORMAL;
}

/* Errors that SWERROR or the event log hears of although there may be a record. */
static bool also_reported(const struct dsa_work *w, u8 status, enum outcome out)
{
	return !plain(status) &&
	       (out == OUT_DISCARD || status == DSA_COMP_INT_HANDLE_INVAL ||
		status == DSA_COMP_TRANSLATION_FAIL || !(w->flags & IDXD_OP_FLAG_CRAV));
}

/*
 * Reports what cannot go, or does not only go, into a record (6.3). False: no room in the event
 * log, the descriptor waits.
 */
static __attribute__((noinline)) bool report_errors(struct dsa_work *w, enum outcome out,
						    bool wanted)
{
	struct dsa *dsa = w->dsa;
	u8 rec[DSA_RECORD_SIZE], code = w->res.status;
	u64 addr = w->res.fault ? w->res.fault_addr : 0;
	bool with_record = out == OUT_LOST || out == OUT_LOGGED;

	if (out == OUT_LOST)
		code = DSA_COMP_CRA_XLAT;
	else if (out == OUT_LOGGED)
		code = w->own_batch ? DSA_STATUS_BATCH_EVL : DSA_STATUS_DRAIN_EVL;
	else if (!also_reported(w, code, out))
		return true;
	if (with_record)
		memcpy(&addr, w->desc + 8, sizeof(addr));
	if (!dsa_event_log_enabled(dsa)) {
		dsa_error(dsa, w, code, error_info(w, code), addr, w->wq->index);
		return true;
	}
	if (!with_record && !(code == DSA_COMP_INT_HANDLE_INVAL && wanted))
		return dsa_event_log(dsa, w, code, error_info(w, code), addr, NULL);
	dsa_record_build(&w->res, dsa->cfg.gencap & DSA_GENCAP_FAULT_INFO, rec);
	return dsa_event_log(dsa, w, code, error_info(w, code), addr, rec);
}

static void write_record(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	u64 rec[DSA_RECORD_SIZE / 8], *to = (u64 *)w->record;

	if (dsa->checkers && w->life.record_written)
		dsa_violation(dsa, w, "completion written twice");
	if (!w->record)
		return;
	dsa_record_words(&w->res, dsa->cfg.gencap & DSA_GENCAP_FAULT_INFO, rec);
	/* The status becomes visible with or after the rest: it goes last. */
	to[3] = rec[3];
	to[2] = rec[2];
	to[1] = rec[1];
	__atomic_store_n(&to[0], rec[0], __ATOMIC_RELEASE);
	w->life.record_written = true;
	dsa->tot.records++;
	dsa_perf(dsa, DSA_PERFCAT_COMPLETION, DSA_EV4_RECORD_WRITE, 1, w);
	if (w->record_pa != DSA_NO_PA)
		dsa->bus->written(dsa->bus_ctx, w->record_pa, DSA_RECORD_SIZE);
}

static void send_interrupt(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	bool ims = w->portal & 2;
	u16 handle;

	memcpy(&handle, w->desc + 36, sizeof(handle));
	w->life.interrupt = true;
	/* It was good when the descriptor was decoded: the slot has changed hands since. */
	if (dsa->checkers && !dsa_handle_ok(w))
		dsa_violation(dsa, w, "interrupt through a slot that is not the descriptor's");
	if (dsa_handle_fire(dsa, ims, handle))
		dsa_perf(dsa, DSA_PERFCAT_COMPLETION, ims ? DSA_EV4_IMS : DSA_EV4_MSIX, 1, w);
}

/* What the device may only do under the submitter's or the WQ's PASID. */
static void check_identity(struct dsa_work *w)
{
	const struct dsa_wq *wq = w->wq;
	u32 dw;

	if (wq->dedicated) {
		if (w->pasid_valid != wq->pasid_en || (w->pasid_valid && w->pasid != wq->pasid))
			dsa_violation(w->dsa, w, "DMA under a PASID that is not the work queue's");
	} else if (!w->batch) {
		memcpy(&dw, w->desc, sizeof(dw));
		if (SPEC_GET(DSA_DESC0_PASID, dw) != w->pasid)
			dsa_violation(w->dsa, w, "DMA under a PASID that is not the submitter's");
	} else if (w->pasid != w->batch->work->pasid) {
		dsa_violation(w->dsa, w, "DMA under a PASID that is not the submitter's");
	}
}

/* Pages of one descriptor that the checker looks at, at most. */
#define CHECK_PAGES 512

/*
 * The checker of the design, for what a descriptor holds on to while it runs: is anything about to
 * be used whose invalidation software has seen complete? Costs a walk a page, but only for
 * descriptors that were under way when an invalidation completed.
 */
static void sim_cold check_translations(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	u32 i, n, budget = CHECK_PAGES;

	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		const struct dsa_span_vec *v = &w->access[op->role].spans;
		u64 va = op->addr;

		for (n = 0; n < v->n && !w->plan.backward; n++) {
			u64 pa = v->pa[n], end = va + v->span[n].len;

			while (va < end && budget--) {
				struct iommu_use use = {.addr = va & ~4095ull,
							.pa = pa & ~4095ull,
							.epoch = w->bus_epoch,
							.pasid = w->pasid,
							.sid = dsa->cfg.sid,
							.write = op->write,
							.priv = w->priv};
				u64 step = 4096 - (va & 4095);

				if (dsa->bus->check(dsa->bus_ctx, &use) == IOMMU_STALE) {
					dsa_violation(dsa, w, "DMA through a stale translation");
					return;
				}
				va += step;
				pa += step;
			}
			if (va < end)
				return;
			va = end;
		}
	}
}

/* What the performance monitor counts when a descriptor is through. */
static void sim_cold count_end(struct dsa_work *w, u8 status)
{
	const u64 *moved = w->res.moved;
	u64 read = (w->life.bytes_read + 31) / 32, written = (w->life.bytes_written + 31) / 32,
	    events = 0;
	struct dsa *dsa = w->dsa;

	dsa_perf(dsa, DSA_PERFCAT_COMPLETION,
		 status == DSA_COMP_SUCCESS || status == DSA_COMP_SUCCESS_PRED ? DSA_EV4_SUCCESS
		 : status == DSA_COMP_PAGE_FAULT_NOBOF			       ? DSA_EV4_PARTIAL
									       : DSA_EV4_ERROR,
		 1, w);
	if (moved[DSA_ROLE_SRC1])
		events |= DSA_EV1_DESC_SRC1;
	if (moved[DSA_ROLE_SRC2])
		events |= DSA_EV1_DESC_SRC2;
	if (moved[DSA_ROLE_DST1] && w->life.bytes_written)
		events |= DSA_EV1_DESC_DST1;
	if (moved[DSA_ROLE_DST2] && w->life.bytes_written)
		events |= DSA_EV1_DESC_DST2;
	dsa_perf(dsa, DSA_PERFCAT_ENGINE, events, 1, w);
	dsa_perf(dsa, DSA_PERFCAT_ENGINE, DSA_EV1_INPUT_32B | DSA_EV1_READ_32B, read, w);
	dsa_perf(dsa, DSA_PERFCAT_ENGINE, DSA_EV1_WRITTEN_32B, written, w);
}

static void sim_hot retire(struct dsa_work *w, u8 status)
{
	struct dsa *dsa = w->dsa;
	struct dsa_engine *e = w->engine;
	struct dsa_batch *own = w->own_batch;
	u64 now = sim_now(dsa->sim);

	if (!w->life.t[DSA_STAGE_RECORDED])
		w->life.t[DSA_STAGE_RECORDED] = now;
	dsa->tot.completed++;
	dsa->tot.bytes_read += w->life.bytes_read;
	dsa->tot.bytes_written += w->life.bytes_written;
	w->wq->retired++;
	w->wq->bytes += w->life.bytes_read + w->life.bytes_written;
	if (!plain(status))
		dsa->tot.errors++;
	if (unlikely(dsa->perf_wanted))
		count_end(w, status);
	retired(w, status);
	dsa_out_del(w);
	if (unlikely(own)) {
		own->work = NULL;
		e->batches--;
	} else {
		e->in_progress--;
		e->drains -= w->opcode == DSA_OPCODE_DRAIN;
	}
	if (unlikely(w->batch))
		dsa_batch_member_done(w, status);
	dsa_work_free(w);
	dsa_drain_check(dsa);
	dsa_engine_look(e);
}

/*
 * The interrupt follows the record, and comes after errors too, but for a bad handle. A descriptor
 * that failed a check before its handle was looked at must not ring somebody else's bell.
 */
static bool interrupt_wanted(const struct dsa_work *w, enum outcome out)
{
	u32 bad;

	if (likely(!(w->flags & IDXD_OP_FLAG_RCI) || out != OUT_NORMAL))
		return false;
	if (plain(w->res.status))
		return true;
	memcpy(&bad, w->res.op_specific, sizeof(bad));
	if (w->res.status == DSA_COMP_INVALID_FLAGS && (bad & IDXD_OP_FLAG_RCI))
		return false;
	return w->res.status != DSA_COMP_INT_HANDLE_INVAL && dsa_handle_ok(w);
}

static void interrupt_fired(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);

	send_interrupt(w);
	retire(w, w->res.status);
}

/* Waits until software makes room in the event log. */
static void wait_for_log(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	w->state = DSA_WORK_LOG;
	w->next = NULL;
	if (dsa->log_wait_tail)
		dsa->log_wait_tail->next = w;
	else
		dsa->log_wait_head = w;
	dsa->log_wait_tail = w;
	if (dsa->inv_waiting)
		dsa_invalidations_check(dsa);
}

void sim_hot dsa_complete(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	enum outcome out;
	bool wanted, usual;
	u8 status;

	if (dsa->checkers) {
		check_identity(w);
		if (unlikely(*dsa->epoch > w->bus_epoch) && !w->executed && w->wq->ats)
			check_translations(w);
		if (unlikely(*dsa->frees != w->frees))
			dsa_check_freed_work(w);
	}
	if (!w->executed && unlikely(!run_plain(w)))
		dsa_run_operation(w);
	status = w->res.status;
	wanted = dsa_record_wanted(w->flags, status);
	usual = status == DSA_COMP_SUCCESS && !w->record_lost && !dsa_event_log_enabled(dsa);
	out = likely(usual) ? OUT_NORMAL : outcome(w, wanted);
	if (out == OUT_NORMAL && wanted && w->state != DSA_WORK_LOG)
		write_record(w);
	if (dsa->checkers && out == OUT_NORMAL && wanted && !w->life.record_written)
		dsa_violation(dsa, w, "completion never written");
	if (unlikely(!usual) && !report_errors(w, out, wanted)) {
		wait_for_log(w);
		return;
	}
	/* Without a log nobody completes it (7.5): to its batch it is one that failed. */
	if (out == OUT_LOST && !dsa_event_log_enabled(dsa))
		status = DSA_COMP_CRA_XLAT;
	if (!interrupt_wanted(w, out)) {
		retire(w, status);
		return;
	}
	w->state = DSA_WORK_RECORD;
	w->life.t[DSA_STAGE_RECORDED] = sim_now(dsa->sim);
	w->ev.fire = interrupt_fired;
	sim_after(dsa->sim, &w->ev, dsa->cfg.timing.interrupt_latency, SIM_PRIO_COMPLETE);
}
