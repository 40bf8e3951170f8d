// SPDX-License-Identifier: GPL-2.0
// A checker: does the device use memory that software has freed, whatever the translations say?
#include "model/dsa/dsa_priv.h"

/* Pages of one operand that are looked at, at most. */
#define FREED_PAGES 64

/* What was found in use has to be looked at again. */
static void new_round(struct dsa *dsa)
{
	dsa->used_frees = *dsa->frees;
	dsa->used_round += DSA_USED_ROUND;
	if (dsa->used_round)
		return;
	/* All have been used: only now is anything of them left that could be mistaken. */
	memset(dsa->used_page, 0, sizeof(dsa->used_page));
	dsa->used_round = DSA_USED_ROUND;
}

void dsa_watch_memory(struct dsa *dsa, const u64 *frees, dsa_freed_fn *freed, void *ctx)
{
	dsa->frees = frees;
	dsa->freed = freed;
	dsa->freed_ctx = ctx;
	new_round(dsa);
}

void dsa_check_freed_page(struct dsa_work *w, struct dsa_devtlb_entry *t)
{
	struct dsa *dsa = w->dsa;

	if (*dsa->frees != dsa->used_frees)
		new_round(dsa);
	t->frees = *dsa->frees;
	if (!dsa->freed)
		return;
	if (dsa->freed(dsa->freed_ctx, t->pa, w->pasid))
		dsa_violation(dsa, w, "translation to memory that was freed");
	else
		*dsa_used_page(dsa, t->pa) = dsa_used_key(dsa, t->pa, w->pasid);
}

static bool span_freed(const struct dsa_work *w, u64 pa, u64 len)
{
	const struct dsa *dsa = w->dsa;
	u64 at, end = pa + len;
	u32 budget = FREED_PAGES;

	for (at = pa & ~4095ull; at < end && budget--; at += 4096)
		if (dsa->freed(dsa->freed_ctx, at, w->pasid))
			return true;
	return false;
}

/* What it found at its translation may have been freed while it ran. */
void dsa_check_freed_work(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	bool bad = w->record && w->record_pa != DSA_NO_PA && span_freed(w, w->record_pa, 1);
	u32 i, n;

	w->frees = *dsa->frees;
	for (i = 0; i < w->plan.noperands && !bad; i++) {
		const struct dsa_span_vec *v = &w->access[w->plan.operand[i].role].spans;

		for (n = 0; n < v->n && !bad; n++)
			bad = span_freed(w, v->pa[n], v->span[n].len);
	}
	if (bad)
		dsa_violation(dsa, w, "DMA to memory that was freed");
}
