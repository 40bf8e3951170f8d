// SPDX-License-Identifier: GPL-2.0
// Device TLB: per engine and operand role the most recent translations (measured: one on Sapphire
// Rapids), in front of ATS; page requests for what is not present.
#include <stdlib.h>

#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

#define PAGE	  4096ull
#define PAGE_MASK (PAGE - 1)

static bool grow(struct dsa *dsa, struct dsa_span_vec *v)
{
	u32 cap = v->own ? v->cap * 2 : 4;
	struct dsa_span *span;
	u64 *pas;

	if (v->fixed || cap > DSA_SPANS_MAX - dsa->spans_held)
		return false;
	span = malloc(cap * sizeof(*span));
	pas = malloc(cap * sizeof(*pas));
	if (!span || !pas) {
		free(span);
		free(pas);
		return false;
	}
	if (v->n) {
		memcpy(span, v->span, v->n * sizeof(*span));
		memcpy(pas, v->pa, v->n * sizeof(*pas));
	}
	if (v->own) {
		dsa->spans_held -= v->cap;
		free(v->span);
		free(v->pa);
	}
	dsa->spans_held += cap;
	v->span = span;
	v->pa = pas;
	v->cap = cap;
	v->own = true;
	return true;
}

bool dsa_span_add(struct dsa *dsa, struct dsa_span_vec *v, u8 *ptr, u64 pa, u64 len)
{
	struct dsa_span *last = v->n ? &v->span[v->n - 1] : NULL;

	if (last && v->pa[v->n - 1] + last->len == pa && last->ptr + last->len == ptr) {
		last->len += len;
		return true;
	}
	if (v->n == v->cap && !grow(dsa, v))
		return false;
	v->span[v->n].ptr = ptr;
	v->span[v->n].len = len;
	v->pa[v->n++] = pa;
	return true;
}

void dsa_span_init(struct dsa_work *w)
{
	u32 r;

	for (r = 0; r < DSA_ROLE_DATA_COUNT; r++)
		w->access[r].spans = (struct dsa_span_vec){
			.span = &w->access[r].one_span, .pa = &w->access[r].one_pa, .cap = 1};
}

void dsa_span_trim(struct dsa_work *w, bool all)
{
	u32 r;

	for (r = 0; r < DSA_ROLE_DATA_COUNT; r++) {
		struct dsa_span_vec *v = &w->access[r].spans;

		if (!v->own || (!all && v->cap <= DSA_SPANS_KEPT))
			continue;
		w->dsa->spans_held -= v->cap;
		free(v->span);
		free(v->pa);
		*v = (struct dsa_span_vec){
			.span = &w->access[r].one_span, .pa = &w->access[r].one_pa, .cap = 1};
	}
}

void dsa_devtlb_flush(struct dsa *dsa)
{
	u32 e, r, i;

	for (e = 0; e < dsa->nengines; e++)
		for (r = 0; r < DSA_ROLE_COUNT; r++)
			for (i = 0; i < dsa->cfg.devtlb_entries; i++)
				dsa->engine[e].tlb[r][i].valid = false;
}

/* The checker of the design: DMA through a translation whose invalidation software saw complete. */
static void sim_cold check_stale(struct dsa_work *w, struct dsa_devtlb_entry *t)
{
	struct dsa *dsa = w->dsa;
	struct iommu_use use;

	use = (struct iommu_use){.addr = t->page << 12,
				 .pa = t->pa,
				 .epoch = t->epoch,
				 .pasid = t->pasid,
				 .sid = dsa->cfg.sid,
				 .write = t->write,
				 .priv = t->priv};
	switch (dsa->bus->check(dsa->bus_ctx, &use)) {
	case IOMMU_STALE:
		dsa_violation(dsa, w, "DMA through a stale device-TLB translation");
		break;
	case IOMMU_FRESH:
		t->epoch = *dsa->epoch;
		break;
	case IOMMU_CHANGED:
		break;
	}
}

/* Entry @i becomes the most recent one. */
static __attribute__((noinline)) void to_front(struct dsa_devtlb_entry *tlb, u32 i)
{
	struct dsa_devtlb_entry e = tlb[i];

	memmove(tlb + 1, tlb, i * sizeof(*tlb));
	tlb[0] = e;
}

static inline __attribute__((always_inline)) struct dsa_devtlb_entry *
lookup(struct dsa_work *w, struct dsa_devtlb_entry *tlb, u64 page, bool write)
{
	u32 n = w->dsa->cfg.devtlb_entries, i;

	for (i = 0; i < n; i++) {
		const struct dsa_devtlb_entry *e = &tlb[i];

		if (e->page != page || !e->valid || e->pasid != w->pasid || e->priv != w->priv ||
		    (write && !e->write))
			continue;
		if (i)
			to_front(tlb, i);
		return tlb;
	}
	return NULL;
}

static inline void insert(struct dsa_work *w, struct dsa_devtlb_entry *tlb, u64 page, u64 pa,
			  u8 *ram, const struct iommu_reply *reply)
{
	struct dsa *dsa = w->dsa;
	u32 n = dsa->cfg.devtlb_entries;

	if (!n)
		return;
	if (n > 1)
		to_front(tlb, n - 1);
	tlb[0] = (struct dsa_devtlb_entry){.page = page,
					   .pa = pa,
					   .pasid = w->pasid,
					   .valid = true,
					   .write = reply->perms & IOMMU_W,
					   .priv = w->priv,
					   .page_shift = reply->page_shift,
					   .epoch = reply->epoch,
					   .ram = ram};
	tlb[0].frees = *dsa->frees;
	if (dsa->checkers && unlikely(!dsa_page_in_use(dsa, pa, w->pasid)))
		dsa_check_freed_page(w, &tlb[0]);
}

/* Bytes from @addr on that no other entry of @tlb would hit: with one entry simply all. */
static u64 miss_run(const struct dsa_work *w, const struct dsa_devtlb_entry *tlb, u64 addr, u64 len)
{
	u32 i;

	for (i = 0; i < w->dsa->cfg.devtlb_entries; i++) {
		u64 start = tlb[i].page << 12;

		if (tlb[i].valid && tlb[i].pasid == w->pasid && start > addr && start - addr < len)
			len = start - addr;
	}
	return len;
}

static void sim_cold set_fault(struct dsa_work *w, u8 role, u64 addr, u8 status, u64 when)
{
	w->faulted = true;
	w->fault_role = role;
	w->fault_addr = addr;
	w->fault_status = status;
	w->fault_since = when;
}

/* What an unsuccessful translation means for the descriptor (8.5). */
static u8 fault_code(const struct dsa_work *w, const struct iommu_reply *reply, bool write)
{
	if (!w->wq->ats)
		return write ? DSA_COMP_HW_ERR_DRB : DSA_COMP_HW_ERR1;
	if (reply->status == IOMMU_OK || reply->status == IOMMU_NO_ACCESS)
		return DSA_COMP_PAGE_FAULT_NOBOF;
	return DSA_COMP_TRANSLATION_FAIL;
}

/* The common case of adding a span: it is the first. */
static inline bool add_span(struct dsa *dsa, struct dsa_span_vec *v, u8 *ptr, u64 pa, u64 len)
{
	if (v->n || !v->cap)
		return dsa_span_add(dsa, v, ptr, pa, len);
	v->span[0] = (struct dsa_span){.ptr = ptr, .len = len};
	v->pa[0] = pa;
	v->n = 1;
	return true;
}

/* Within a page that this descriptor has asked for already? */
static inline bool goes_on(const struct dsa_work *w, enum dsa_role role, u64 addr)
{
	return role < DSA_ROLE_DATA_COUNT && w->access[role].done && (addr & PAGE_MASK);
}

/* What is found in @hit is used. */
static inline void use_hit(struct dsa_work *w, struct dsa_devtlb_entry *hit)
{
	struct dsa *dsa = w->dsa;

	if (dsa->checkers) {
		if (unlikely(*dsa->epoch > hit->epoch))
			check_stale(w, hit);
		if (unlikely(*dsa->frees != hit->frees))
			dsa_check_freed_page(w, hit);
	}
	if (hit->epoch < w->bus_epoch)
		w->bus_epoch = hit->epoch;
}

static inline void count_hit(struct dsa_work *w, struct dsa_devtlb_entry *hit)
{
	w->engine->tlb_requests++;
	w->engine->tlb_hits++;
	w->page_shift = hit->page_shift;
	dsa_perf(w->dsa, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_ATC_REQUEST | DSA_EV2_V1_ATC_HIT, 1,
		 w);
	use_hit(w, hit);
}

/* Takes what lies in the page of @hit, from @addr on, at most @len; returns the bytes. */
static u64 take_hit(struct dsa_work *w, struct dsa_devtlb_entry *hit, u64 addr, u64 len,
		    bool counted, struct dsa_span_vec *vec)
{
	u64 in_page = addr & PAGE_MASK, run = PAGE - in_page;

	if (run > len)
		run = len;
	if (counted)
		use_hit(w, hit);
	else
		count_hit(w, hit);
	return vec && !add_span(w->dsa, vec, hit->ram + in_page, hit->pa + in_page, run) ? 0 : run;
}

/* Counts @pages translations that were asked for and found (or not: @fault). */
static inline void count_requests(struct dsa_work *w, u64 pages, u8 page_shift, bool fault)
{
	u64 event;

	if (!w->wq->ats)
		return;
	w->engine->tlb_requests += pages;
	w->page_shift = page_shift;
	if (likely(!(w->dsa->perf_wanted >> DSA_PERFCAT_TRANSLATION & 1)))
		return;
	if (w->pasid_valid)
		event = fault ? DSA_EV2_ATS_PASID_FAULT : DSA_EV2_ATS_PASID_OK;
	else
		event = fault ? DSA_EV2_ATS_FAULT : DSA_EV2_ATS_OK;
	dsa_perf_count(w->dsa, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_ATC_REQUEST | event, pages, w);
}

/* Keeps the last pages of a run of @pages that begins at @va. */
static void keep_last(struct dsa_work *w, struct dsa_devtlb_entry *tlb, u64 va, u64 pages, u8 *ram,
		      const struct iommu_reply *reply)
{
	u64 keep = pages < w->dsa->cfg.devtlb_entries ? pages : w->dsa->cfg.devtlb_entries;

	for (; keep; keep--) {
		u64 off = (pages - keep) << 12;

		insert(w, tlb, (va + off) >> 12, (reply->pa & ~PAGE_MASK) + off,
		       ram - (reply->pa & PAGE_MASK) + off, reply);
	}
}

/*
 * Without ATS the IOMMU drops a posted write that may not be, and nobody tells the device: the
 * bytes are gone (8.5). A readback behind the writes would find out.
 */
static bool blocked_silently(const struct dsa_work *w, bool write)
{
	return write && !w->wq->ats && !(w->flags & IDXD_OP_FLAG_DRDBK);
}

/*
 * What the IOMMU is asked for. Member by member: a copy of what was just written in pieces would
 * wait for each of them.
 */
static inline void fill_request(struct iommu_req *req, const struct dsa_work *w, u64 addr, u64 len,
				bool write, u64 now)
{
	req->now = now + w->dsa->cfg.timing.devtlb_hit;
	req->addr = addr;
	req->len = len;
	req->pasid = w->pasid;
	req->sid = w->dsa->cfg.sid;
	req->at = w->wq->ats ? IOMMU_TRANSLATION : IOMMU_UNTRANSLATED;
	req->access = write ? IOMMU_W : IOMMU_R;
	req->priv = w->priv && w->pasid_valid;
	req->no_write = !write;
	req->exec = false;
}

/* No translation: what becomes of [addr, addr + len), of which it returns what is through. */
static u64 sim_cold not_translated(struct dsa_work *w, enum dsa_role role, u64 addr, u64 len,
				   bool write, const struct iommu_reply *reply, u64 now,
				   struct dsa_span_vec *vec)
{
	u64 run = PAGE - (addr & PAGE_MASK);

	if (!blocked_silently(w, write)) {
		count_requests(w, 1, 0, true);
		set_fault(w, role, addr, fault_code(w, reply, write), reply->first_done);
		return 0;
	}
	if (run > len)
		run = len;
	if (!vec || add_span(w->dsa, vec, w->dsa->nowhere, DSA_NO_PA, run))
		return run;
	set_fault(w, role, addr, DSA_COMP_HW_ERR1, now);
	return 0;
}

/* The target is not memory: the read or write is answered UR. */
static void sim_cold not_memory(struct dsa_work *w, enum dsa_role role, u64 addr, bool write,
				u64 when)
{
	set_fault(w, role, addr, write ? DSA_COMP_HW_ERR_DRB : DSA_COMP_HW_ERR1, when);
}

/* Takes @run bytes from @addr on that the IOMMU translated; false: no room for the span. */
static bool take_reply(struct dsa_work *w, enum dsa_role role, u64 addr, u64 run, u8 *ram,
		       bool use_tlb, const struct iommu_reply *reply, u64 now,
		       struct dsa_span_vec *vec)
{
	u64 pages = ((addr & PAGE_MASK) + run + PAGE_MASK) >> 12;

	count_requests(w, pages, reply->page_shift, false);
	if (use_tlb && !reply->untranslated_only)
		keep_last(w, w->engine->tlb[role], addr, pages, ram, reply);
	if (reply->epoch < w->bus_epoch)
		w->bus_epoch = reply->epoch;
	if (reply->last_done > w->finish)
		w->finish = reply->last_done;
	if (!vec || add_span(w->dsa, vec, ram, reply->pa, run))
		return true;
	set_fault(w, role, addr, DSA_COMP_HW_ERR1, now);
	return false;
}

bool sim_hot dsa_devtlb_page(struct dsa_work *w, enum dsa_role role, u64 addr, u32 len, bool write,
			     u64 now, struct dsa_page *page)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	struct dsa_devtlb_entry *tlb = w->engine->tlb[role], *hit;
	u64 in_page = addr & PAGE_MASK;
	struct iommu_reply reply;
	struct iommu_req req;

	hit = lookup(w, tlb, addr >> 12, write);
	if (hit) {
		count_hit(w, hit);
		page->first = now + t->devtlb_hit;
		page->ram = hit->ram + in_page;
		page->pa = hit->pa + in_page;
		return true;
	}
	fill_request(&req, w, addr, len, write, now);
	dsa->bus->translate(dsa->bus_ctx, &req, &reply);
	reply.first_done += t->devtlb_miss;
	w->life.devtlb_misses++;
	page->first = reply.first_done;
	if (reply.status != IOMMU_OK || !(reply.perms & req.access)) {
		not_translated(w, role, addr, len, write, &reply, now, NULL);
		return false;
	}
	assert(reply.len >= len);
	page->pa = reply.pa;
	page->ram = dsa->bus->ram(dsa->bus_ctx, reply.pa, len);
	if (!page->ram) {
		not_memory(w, role, addr, write, reply.first_done);
		return false;
	}
	count_requests(w, 1, reply.page_shift, false);
	if (!reply.untranslated_only)
		insert(w, tlb, addr >> 12, reply.pa - in_page, page->ram - in_page, &reply);
	if (reply.epoch < w->bus_epoch)
		w->bus_epoch = reply.epoch;
	if (reply.last_done + t->devtlb_miss > w->finish)
		w->finish = reply.last_done + t->devtlb_miss;
	return true;
}

u64 dsa_devtlb_translate(struct dsa_work *w, enum dsa_role role, u64 addr, u64 len, bool write,
			 bool use_tlb, u64 now, struct dsa_span_vec *vec, u64 *first)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	struct dsa_devtlb_entry *tlb = w->engine->tlb[role], *hit;
	u8 need = write ? IOMMU_W : IOMMU_R;
	bool page_by_page = false;
	struct iommu_reply reply;
	struct iommu_req req;
	u64 pos = 0, run;

	*first = now;
	use_tlb &= w->wq->ats;
	while (pos < len) {
		u64 va = addr + pos, left = len - pos;
		u8 *ram;

		if (va < addr) {
			set_fault(w, role, va, DSA_COMP_PAGE_FAULT_NOBOF, now);
			break;
		}
		hit = use_tlb ? lookup(w, tlb, va >> 12, write) : NULL;
		if (hit) {
			if (!pos)
				*first = now + t->devtlb_hit;
			run = take_hit(w, hit, va, left, !pos && goes_on(w, role, addr), vec);
			if (!run) {
				set_fault(w, role, va, DSA_COMP_HW_ERR1, now);
				break;
			}
			pos += run;
			continue;
		}
		fill_request(&req, w, va, left, write, now);
		if (use_tlb && dsa->cfg.devtlb_entries > 1)
			req.len = miss_run(w, tlb, va, left);
		if (page_by_page && req.len > PAGE - (va & PAGE_MASK))
			req.len = PAGE - (va & PAGE_MASK);
		dsa->bus->translate(dsa->bus_ctx, &req, &reply);
		reply.first_done += t->devtlb_miss;
		reply.last_done += t->devtlb_miss;
		w->life.devtlb_misses += w->wq->ats;
		if (!pos)
			*first = reply.first_done;
		if (reply.status != IOMMU_OK || !(reply.perms & need) || !reply.len) {
			run = not_translated(w, role, va, left, write, &reply, now, vec);
			if (!run)
				break;
			pos += run;
			continue;
		}
		run = reply.len < left ? reply.len : left;
		ram = dsa->bus->ram(dsa->bus_ctx, reply.pa, run);
		if (!ram && run > PAGE - (va & PAGE_MASK)) {
			page_by_page = true; /* where does memory end? */
			continue;
		}
		if (!ram) {
			not_memory(w, role, va, write, reply.first_done);
			break;
		}
		if (!take_reply(w, role, va, run, ram, use_tlb, &reply, now, vec))
			break;
		pos += run;
	}
	return pos;
}

/* ---- Page requests ---- */

#define PRGI_MAX 512

static void page_answered(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);

	w->dsa->page_wait[w->prgi] = NULL;
	dsa_work_resume(w, w->page_code);
}

static void page_request_now(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);

	dsa_page_request_send(w);
}

void dsa_page_request_send(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	struct iommu_page_reply reply = {0};
	struct iommu_page_req req;
	u64 now = sim_now(dsa->sim);
	bool write = false;
	u32 i;

	w->ev.fire = page_request_now;
	if (w->state != DSA_WORK_PAGE) {
		w->state = DSA_WORK_PAGE;
		/* What is translated already may go stale while it waits, or has meanwhile. */
		if (w->epoch != dsa->invalidations) {
			w->epoch = dsa->invalidations;
			w->stale = true;
			if (dsa->inv_waiting)
				dsa_invalidations_check(dsa);
		}
	}
	if (w->fault_since > now) {
		sim_at(dsa->sim, &w->ev, w->fault_since, SIM_PRIO_RESPONSE);
		return;
	}
	for (i = 0; i < PRGI_MAX && dsa->page_wait[dsa->prgi_next]; i++)
		dsa->prgi_next = (dsa->prgi_next + 1) % PRGI_MAX;
	if (i == PRGI_MAX) {
		/* All group indices in use: look again after a typical answer. */
		sim_after(dsa->sim, &w->ev, PS_PER_US, SIM_PRIO_RESPONSE);
		return;
	}
	if (w->fault_role == DSA_ROLE_RECORD)
		write = true;
	else if (!w->own_batch)
		for (i = 0; i < w->plan.noperands; i++)
			if (w->plan.operand[i].role == w->fault_role)
				write = w->plan.operand[i].write;
	w->prgi = dsa->prgi_next;
	dsa->page_wait[w->prgi] = w;
	dsa->prgi_next = (dsa->prgi_next + 1) % PRGI_MAX;
	w->life.faults++;
	dsa->tot.faults++;
	dsa_note(dsa, DSA_NOTE_FAULT, w->fault_addr);
	req = (struct iommu_page_req){.now = now,
				      .addr = w->fault_addr & ~PAGE_MASK,
				      .pasid = w->pasid,
				      .sid = dsa->cfg.sid,
				      .prgi = w->prgi,
				      .read = !write,
				      .write = write,
				      .last = true,
				      .priv = w->priv && w->pasid_valid};
	dsa->bus->page_request(dsa->bus_ctx, &req, &reply);
	if (reply.answered) {
		w->page_code = reply.code;
		w->ev.fire = page_answered;
		sim_at(dsa->sim, &w->ev, reply.when > now ? reply.when : now, SIM_PRIO_RESPONSE);
	}
}

void dsa_page_response(struct dsa *dsa, u32 pasid, u16 prgi, u8 code)
{
	struct dsa_work *w = prgi < PRGI_MAX ? dsa->page_wait[prgi] : NULL;

	/* An answer to nobody, or under another PASID, is an unexpected group index (PRI status).
	 */
	if (!w || (w->pasid_valid && pasid != w->pasid) || sim_event_queued(&w->ev)) {
		dsa->config[DSA_PCI_ECAP_PRI + 6] |= 2;
		return;
	}
	w->page_code = code;
	w->ev.fire = page_answered;
	sim_after(dsa->sim, &w->ev, dsa->cfg.timing.page_response, SIM_PRIO_RESPONSE);
}
