// SPDX-License-Identifier: GPL-2.0
// Group arbiter: round robin over the WQs of a group with credits from their priority (3.4.1).
#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

/*
 * May @e start the descriptor at the head of @wq? A Batch needs one of the engine's batch slots,
 * everything else a work slot (the caller has checked that). Drains may not take the last one while
 * a batch is open: they might wait for members that need it.
 */
static bool startable(const struct dsa_engine *e, const struct dsa_wq *wq)
{
	switch (wq->head->opcode) {
	case DSA_OPCODE_BATCH:
		return e->batches < e->group->batch_limit;
	case DSA_OPCODE_DRAIN:
		return !e->batches || e->drains + 1 < e->group->work_limit;
	default:
		return true;
	}
}

struct dsa_work *sim_hot dsa_arbiter_take(struct dsa_engine *e)
{
	struct dsa_group *g = e->group;
	bool waiting = false;
	u32 turn, i;

	if (!g->queued)
		return NULL;
	/* At most two rounds: when every WQ with work has used its credits, all are reloaded. */
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < g->nwqs; i++) {
			u32 slot = g->next_wq + i < g->nwqs ? g->next_wq + i
							    : g->next_wq + i - g->nwqs;
			struct dsa_wq *wq = &g->dsa->wq[g->wq[slot]];

			if (!wq->head || !startable(e, wq))
				continue;
			if (!wq->credit) {
				waiting = true;
				continue;
			}
			wq->credit--;
			g->next_wq = slot + 1 < g->nwqs ? slot + 1 : 0;
			return dsa_wq_pop(wq);
		}
		if (!waiting)
			return NULL;
		for (i = 0; i < g->nwqs; i++)
			g->dsa->wq[g->wq[i]].credit = g->dsa->wq[g->wq[i]].priority;
	}
	return NULL;
}
