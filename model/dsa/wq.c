// SPDX-License-Identifier: GPL-2.0
// Work queues: descriptor objects, FIFO order, occupancy and its interrupt.
#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

struct dsa_work *sim_hot dsa_work_new(struct dsa *dsa)
{
	struct dsa_work *w = dsa->free_work;

	/* The pool holds every WQ entry and every engine slot: it can't run dry. */
	assert(w);
	dsa->free_work = w->next;
	w->next = NULL;
	w->life.id = ++dsa->ids;
	w->life.member = -1;
	w->life.batch_id = 0;
	w->batch = NULL;
	w->own_batch = NULL;
	w->engine = NULL;
	w->group = NULL;
	w->record = NULL;
	w->record_lost = w->stale = false;
	w->faulted = false;
	w->life.fault_wait = 0;
	w->life.faults = 0;
	w->life.devtlb_misses = 0;
	w->finish = 0;
	w->life.bytes_read = w->life.bytes_written = 0;
	w->life.record_written = w->life.interrupt = false;
	memset(w->life.t, 0, sizeof(w->life.t));
	return w;
}

void sim_hot dsa_work_free(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	assert(w->state != DSA_WORK_FREE && !sim_event_queued(&w->ev));
	if (unlikely(w->total > DSA_SPANS_KEPT * 4096ull))
		dsa_span_trim(w, false);
	w->state = DSA_WORK_FREE;
	w->next = dsa->free_work;
	dsa->free_work = w;
}

void dsa_wq_abandon(struct dsa_wq *wq, u32 pasid, u64 seq)
{
	struct dsa_work **link = &wq->head, *w, *last = NULL;

	while ((w = *link)) {
		if (w->seq >= seq ||
		    (pasid != IOMMU_NO_PASID && (!w->pasid_valid || w->pasid != pasid))) {
			last = w;
			link = &w->next;
			continue;
		}
		*link = w->next;
		w->next = NULL;
		wq->occupancy--;
		wq->group->queued--;
		dsa_abandon(w);
	}
	wq->tail = last;
	dsa_wq_depth_changed(wq);
	dsa_wq_check_occupancy(wq);
}

/* WQCFG occupancy interrupt (2.7): once, when enabled and occupancy <= limit. */
void dsa_wq_check_occupancy(struct dsa_wq *wq)
{
	u32 dw5 = wq->cfg[DSA_WQCFG_DW_OCC_LIMIT];

	if (!(dw5 & DSA_WQCFG5_OCC_INT_EN) || wq->occ_int_done || wq->state != DSA_WQ_STATE_ENABLED)
		return;
	if (wq->occupancy > SPEC_GET(DSA_WQCFG5_OCC_LIMIT, dw5))
		return;
	wq->occ_int_done = true;
	wq->dsa->intcause |= DSA_INTCAUSE_OCCUPANCY;
	dsa_handle_fire(wq->dsa, wq->cfg[DSA_WQCFG_DW_OCC_INT] & DSA_WQCFG4_OCC_TABLE,
			SPEC_GET(DSA_WQCFG4_OCC_HANDLE, wq->cfg[DSA_WQCFG_DW_OCC_INT]));
}
