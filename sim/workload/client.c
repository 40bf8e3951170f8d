// SPDX-License-Identifier: GPL-2.0
// A client: one thread of a program that prepares descriptors, submits, waits and looks at results.
//
// A client is a state machine on one event of its own. Whoever polls or UMWAITs has a watch on the
// oldest record; the write to it sets the client's next step at the poll instant that sees it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_regs.h"
#include "sim/scenario/op_names.h"
#include "sim/workload/verify.h"

#define PORTAL_LINES 64

static void client_run(struct client *c, u64 t);

static void later(struct client *c, u64 when)
{
	sim_at(c->wl->sim, &c->step, when, SIM_PRIO_SUBMIT);
}

static void spend(struct client *c, enum report_time what, u64 ps)
{
	report_client_time(c->wl->report, c->id, what, ps);
}

/*
 * The client's core works for it for @ps, from @t on; when it is through. Threads that share a core
 * take turns, first come first served.
 */
static u64 work(struct client *c, u64 t, u64 ps)
{
	u64 end = t + ps;

	if (!c->shares_core || !ps)
		return end;
	end = sim_server_reserve(&c->wl->core[c->core], t, ps);
	spend(c, REPORT_WAIT, end - t - ps);
	return end;
}

/* ---- Building descriptors ---- */

void client_build(const struct trace_op *op, u8 desc[64])
{
	u32 dw1 = (op->flags & 0xffffff) | (u32)op->op << 24;

	memcpy(desc, &op->word0, 4);
	memcpy(desc + 4, &dw1, 4);
	memcpy(desc + 8, &op->comp, 8);
	memcpy(desc + 16, &op->src, 8);
	memcpy(desc + 24, &op->dst, 8);
	memcpy(desc + 32, &op->size, 4);
	memcpy(desc + 36, &op->inth, 2);
	memcpy(desc + 38, &op->rsvd, 2);
	memcpy(desc + 40, &op->w5, 8);
	memcpy(desc + 48, &op->w6, 8);
	memcpy(desc + 56, &op->w7, 8);
}

static u8 status_code(u8 status)
{
	return status & 0x3f;
}

static bool is_fault(u8 status)
{
	return status_code(status) == DSA_COMP_PAGE_FAULT_NOBOF;
}

/*
 * The page that was absent when the operation was recorded: of the first operand that was written
 * (status bit 7) or read when it ended, at the byte it had reached.
 */
static u64 absent_page(const struct trace_op *op, const struct dsa_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->noperands; i++)
		if (plan->operand[i].write == (op->status >> 7))
			break;
	if (i == plan->noperands)
		i = 0;
	/* The delta record did not take the entry of the unit at which it ended. */
	if (op->op == DSA_OPCODE_CR_DELTA && plan->operand[i].write)
		return (op->w5 + (u64)(op->bytes / 8 + 1) * DSA_DELTA_ENTRY_SIZE - 1) & ~4095ull;
	return (plan->operand[i].addr + op->bytes) & ~4095ull;
}

/* Makes present what the program had in memory; leaves out what it had not. */
static int prepare_memory(struct client *c, const struct trace_op *op, u64 *discard)
{
	static const struct dsa_op_info *info;
	struct dsa_plan plan;
	u64 hole = 0;
	u8 desc[64];
	s64 got;
	u32 i;

	/* Generated operations bring their memory along. */
	if (!c->space->nregions)
		return 0;
	if ((op->flags & IDXD_OP_FLAG_CRAV) && space_noted(c->space, op->comp))
		space_prepare(c->space, op->comp, 32, true);
	info = dsa_op_find(op->op);
	if (!info || !info->noperands)
		return 0;
	client_build(op, desc);
	dsa_plan(desc, &plan);
	if (is_fault(op->status) && plan.noperands)
		hole = absent_page(op, &plan);
	for (i = 0; i < plan.noperands; i++) {
		u64 addr = plan.operand[i].addr, len = plan.operand[i].len, end = addr + len;

		if (!len || end < addr || !space_noted(c->space, addr))
			continue;
		if (hole && hole + 4096 > addr && hole < end) {
			if (hole > addr)
				space_prepare(c->space, addr, hole - addr, true);
			if (space_present(c->space, hole))
				*discard = hole;
			continue;
		}
		got = space_prepare(c->space, addr, len, plan.operand[i].write);
		if (got < 0 && got != -EFAULT)
			return (int)got;
	}
	return 0;
}

/* ---- Taking the next unit from the stream ---- */

static int add_member(struct client *c, const struct trace_op *op)
{
	if (c->nmembers == c->member_cap) {
		u32 cap = c->member_cap ? c->member_cap * 2 : 32;
		struct trace_op *m = realloc(c->member, cap * sizeof(*m));

		if (!m)
			return -ENOMEM;
		c->member = m;
		c->member_cap = cap;
	}
	c->member[c->nmembers++] = *op;
	return 0;
}

/* The next unit with all its members; false at the end or after an error. */
static bool fetch(struct client *c)
{
	struct trace_op op;
	int got;

	if (c->have_op)
		return true;
	if (c->eof)
		return false;
	got = c->stream->next(c->stream, &c->op);
	c->nmembers = 0;
	while (got > 0 && c->op.op == DSA_OPCODE_BATCH && c->nmembers < c->op.listed) {
		got = c->stream->next(c->stream, &op);
		if (got > 0 && add_member(c, &op))
			got = -ENOMEM;
	}
	if (got < 0)
		workload_fail(c->wl, got, "%s: reading operations failed", c->name);
	if (got <= 0) {
		c->eof = true;
		return false;
	}
	c->have_op = true;
	c->thought = false;
	c->discards = 0;
	return true;
}

/* ---- Submission ---- */

/* Members that no device takes in one batch are not worth writing. */
#define PADDING_MAX 4096

/*
 * A recording of a batch that a fence stopped has only the members that were carried out: a fence
 * stands behind them, and no-ops for the rest.
 */
static void pad_list(struct client *c, u32 n)
{
	struct trace_op op = {.op = DSA_OPCODE_NOOP, .flags = IDXD_OP_FLAG_FENCE};
	u8 desc[64];
	u32 i;

	for (i = n; i < c->op.size && i < n + PADDING_MAX; i++) {
		client_build(&op, desc);
		if (space_write(c->space, c->op.src + (u64)i * DSA_DESC_SIZE, desc, sizeof(desc)))
			return;
		op.flags = 0;
	}
}

static int load_members(struct client *c, struct slot *s)
{
	u8 desc[64];
	u32 i;

	if (s->member_cap < c->nmembers) {
		struct slot_member *m = realloc(s->member, c->nmembers * sizeof(*m));

		if (!m)
			return -ENOMEM;
		s->member = m;
		s->member_cap = c->nmembers;
		if (c->wl->data == DATA_VERIFY) {
			void *d = realloc(s->member_desc, c->nmembers * sizeof(*s->member_desc));

			if (!d)
				return -ENOMEM;
			s->member_desc = d;
		}
	}
	s->nmembers = c->nmembers;
	for (i = 0; i < c->nmembers; i++) {
		const struct trace_op *op = &c->member[i];
		u8 zero = 0;

		s->member[i] =
			(struct slot_member){.status = op->status,
					     .result = op->result,
					     .opcode = op->op,
					     .flags_record = !!(op->flags & IDXD_OP_FLAG_CRAV),
					     .bytes = op->bytes,
					     .size = op->size,
					     .record_va = op->comp,
					     .line = op->line};
		if (op->op != DSA_OPCODE_NOOP && op->op != DSA_OPCODE_DRAIN)
			s->bytes += op->size;
		client_build(op, desc);
		if (s->member_desc)
			memcpy(s->member_desc[i], desc, sizeof(desc));
		/* A program clears the record's status before it hands the descriptor out. */
		if (op->flags & IDXD_OP_FLAG_CRAV)
			space_write(c->space, op->comp, &zero, 1);
		space_write(c->space, c->op.src + (u64)i * 64, desc, 64);
	}
	pad_list(c, c->nmembers);
	s->descriptors = c->nmembers;
	return 0;
}

/* Where the slot's record lies: looked up again only when it or the address space has changed. */
static u8 *locate_record(struct client *c, struct slot *s, u64 va)
{
	u64 generation = process_map_generation(c->space->proc), run;

	if (s->record_host && s->record_va == va && s->generation == generation)
		return s->record_host;
	s->record_va = va;
	s->generation = generation;
	s->record_host = space_ptr(c->space, va, 32, true, &s->record_pa, &run);
	return s->record_host;
}

/* The slot @at places behind the oldest unit. */
static struct slot *slot_at(const struct client *c, u32 at)
{
	u32 i = c->head + at;

	return c->ring[i < c->nslots ? i : i - c->nslots];
}

/* Fills the free slot behind the youngest with c->op. */
static struct slot *load_slot(struct client *c)
{
	struct slot *s = slot_at(c, c->inflight);

	if (c->relocate)
		generate_relocate(c->stream, (u32)(s - c->slot), &c->op, c->member, c->nmembers);
	s->op = c->op;
	s->bytes = 0;
	s->nmembers = 0;
	s->descriptors = 1;
	s->retries = 0;
	s->issued = 0;
	s->record = NULL;
	s->claimed = s->again = false;
	client_build(&c->op, s->desc);
	if (c->op.op == DSA_OPCODE_BATCH) {
		if (load_members(c, s))
			workload_fail(c->wl, -ENOMEM, "%s: out of memory", c->name);
	} else if (c->op.op != DSA_OPCODE_NOOP && c->op.op != DSA_OPCODE_DRAIN) {
		s->bytes = c->op.size;
	}
	if (c->op.flags & IDXD_OP_FLAG_CRAV) {
		s->record = locate_record(c, s, c->op.comp);
		if (s->record)
			s->record[0] = 0;
	}
	/* Who only pushes never looks at a record. */
	if (c->push)
		s->record = NULL;
	return s;
}

static struct client_wq *slot_wq(struct slot *s)
{
	return &s->c->wq[s->wq];
}

/* Address of the portal, still mapped? */
static bool portal_ok(struct client *c, struct client_wq *wq)
{
	u64 gen = process_map_generation(c->space->proc), pa, run, off;
	struct dsa *dsa;

	if (wq->generation == gen)
		return true;
	if (process_resolve(c->space->proc, wq->va, 4096, true, &pa, &run) ||
	    !machine_portal(system_machine(c->wl->sys), pa, &dsa, &off))
		return false;
	wq->dsa = dsa;
	wq->off = off;
	wq->generation = gen;
	return true;
}

static bool slot_done(const struct slot *s)
{
	return s->state == SLOT_LOST ||
	       (s->state == SLOT_WAITING && (!s->record || *(volatile u8 *)s->record));
}

/* The result byte and bytes completed say nothing about operations that just succeed. */

static void lost(struct slot *s)
{
	s->state = SLOT_LOST;
	s->c->lost_units++;
}

static void fly_fired(struct sim *sim, struct sim_event *ev)
{
	struct slot *s = wl_of(ev, struct slot, fly);
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	struct dsa_origin origin = {c->id, (u32)(s - c->slot), s->issued};
	u64 now = sim_now(sim), off;
	enum dsa_accept got = DSA_DROPPED;

	if (portal_ok(c, wq)) {
		off = wq->off + (u64)wq->line * 64;
		wq->line = (wq->line + 1) % PORTAL_LINES;
		got = dsa_portal_write(wq->dsa, off, s->desc, !wq->dedicated, &origin);
	} else if (!wq->dedicated) {
		got = DSA_RETRY;
	}
	if (wq->dedicated) {
		if (got == DSA_DROPPED)
			lost(s);
		else
			s->state = SLOT_WAITING;
		/*
		 * Who waits for it learns of a loss only because the simulator tells; without a
		 * record there is nothing else to wait for.
		 */
		if (c->state == CLIENT_WAIT && c->waiting == s && slot_done(s) &&
		    !sim_event_queued(&c->step))
			later(c, now);
		return;
	}
	if (got == DSA_RETRY && c->retry && (!c->retry_max || s->retries < c->retry_max)) {
		/* Not taken: a pause, then the same again. */
		u64 again = cpu->enqcmd_back_ps + cpu->pause_ps;

		s->retries++;
		report_retry(c->wl->report, c->id);
		spend(c, REPORT_SUBMIT, again + cpu->enqcmd_out_ps);
		sim_after(sim, &s->fly, again + cpu->enqcmd_out_ps, SIM_PRIO_SUBMIT);
		return;
	}
	if (got == DSA_RETRY)
		lost(s);
	else
		s->state = SLOT_WAITING;
	c->state = CLIENT_RUN;
	later(c, now + cpu->enqcmd_back_ps);
}

static void put_pasid(struct client *c, u8 *desc)
{
	u32 dw = process_pasid(c->space->proc) & 0xfffff;

	memcpy(desc, &dw, 4);
}

/* Sends the slot at @t; returns when the client goes on (ENQCMD: its answer sets that). */
static u64 submit(struct client *c, struct slot *s, u64 t)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	struct client_wq *wq = slot_wq(s);

	s->state = SLOT_FLYING;
	if (!s->issued)
		s->issued = t;
	if (wq->dedicated) {
		u64 cost = cpu->movdir64b_ps;

		/* Posted writes of one core leave one after another. */
		if (c->last_portal && t < c->last_portal + cpu->movdir64b_gap_ps) {
			cost += c->last_portal + cpu->movdir64b_gap_ps - t;
			t = c->last_portal + cpu->movdir64b_gap_ps;
		}
		c->last_portal = t;
		sim_at(c->wl->sim, &s->fly, t + cpu->movdir64b_latency_ps, SIM_PRIO_SUBMIT);
		spend(c, REPORT_SUBMIT, cost);
		return t + cpu->movdir64b_ps;
	}
	put_pasid(c, s->desc);
	/* The core has one non-posted write under way; the next can't leave any sooner. */
	if (c->last_portal && t < c->last_portal + cpu->enqcmd_gap_ps) {
		spend(c, REPORT_SUBMIT, c->last_portal + cpu->enqcmd_gap_ps - t);
		t = c->last_portal + cpu->enqcmd_gap_ps;
	}
	c->last_portal = t;
	/* The core stands still until the answer is there. */
	if (c->shares_core)
		sim_server_reserve(&c->wl->core[c->core], t,
				   cpu->sfence_ps + cpu->enqcmd_out_ps + cpu->enqcmd_back_ps);
	spend(c, REPORT_SUBMIT, cpu->sfence_ps + cpu->enqcmd_out_ps + cpu->enqcmd_back_ps);
	sim_at(c->wl->sim, &s->fly, t + cpu->sfence_ps + cpu->enqcmd_out_ps, SIM_PRIO_SUBMIT);
	c->state = CLIENT_SUBMIT;
	return SIM_NEVER;
}

/* ---- Results ---- */

static bool record_counts(u8 status, u8 op)
{
	return status != DSA_COMP_SUCCESS || op == DSA_OPCODE_BATCH || op == DSA_OPCODE_COMPARE ||
	       op == DSA_OPCODE_COMPVAL || op == DSA_OPCODE_CR_DELTA;
}

static void compare_record(struct client *c, const u8 *rec, u8 status, u8 result, u32 bytes, u8 op,
			   u64 line)
{
	char what[160];
	u32 got;

	memcpy(&got, rec + 4, 4);
	if (status_code(status) == status_code(rec[0]) &&
	    (!record_counts(status_code(status), op) || (result == rec[1] && bytes == got)))
		return;
	snprintf(what, sizeof(what),
		 "%s: status 0x%02x result %u bytes %u, recorded 0x%02x result %u bytes %u",
		 op_name(op) ? op_name(op) : "?", rec[0], rec[1], got, status, result, bytes);
	report_mismatch(c->wl->report, c->id, line, what);
}

static void check_batch(struct client *c, struct slot *s)
{
	u8 rec[32];
	u32 i;

	for (i = 0; i < s->nmembers; i++) {
		const struct slot_member *m = &s->member[i];

		if (!m->flags_record || !m->status || space_read(c->space, m->record_va, rec, 32))
			continue;
		/* No record: success without a request for one, or never run behind a fence. */
		if (rec[0])
			compare_record(c, rec, m->status, m->result, m->bytes, m->opcode, m->line);
	}
}

/* What is left after a fault: the page is touched, the core does the rest. Its time. */
static u64 repair_time(struct client *c, const struct trace_op *op, const u8 *rec)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	u64 addr, t = 0;
	u32 done;
	s64 pages;

	memcpy(&done, rec + 4, 4);
	memcpy(&addr, rec + 8, 8);
	pages = space_noted(c->space, addr) ? space_prepare(c->space, addr & ~4095ull, 4096, true)
					    : 0;
	if (pages > 0)
		t += cpu->minor_fault_ps +
		     (cpu->zero_bps ? (u64)((unsigned __int128)4096 * PS_PER_S / cpu->zero_bps)
				    : 0);
	if (done < op->size)
		t += cpu_work_time(cpu, op->op, op->size - done, c->cache, 0);
	report_repair(c->wl->report, c->id);
	spend(c, REPORT_REPAIR, t);
	return t;
}

/* Takes the slot @at places behind the oldest out of the order of submission. */
static void leave_ring(struct client *c, u32 at)
{
	struct slot *s = slot_at(c, at);

	for (; at; at--)
		c->ring[(c->head + at) % c->nslots] = c->ring[(c->head + at - 1) % c->nslots];
	c->ring[c->head] = s;
	c->head = (c->head + 1) % c->nslots;
	c->inflight--;
}

/* Descriptors of the unit in @s that ended in an error which no recording expects. */
static u32 failures(struct client *c, const struct slot *s, u8 status)
{
	u8 rec[32];
	u32 i, n = 0;

	if (s->op.status || status == DSA_COMP_SUCCESS || status == DSA_COMP_SUCCESS_PRED ||
	    is_fault(status))
		return 0;
	if (status != DSA_COMP_BATCH_FAIL)
		return s->state == SLOT_LOST && !slot_wq((struct slot *)s)->dedicated
			       ? 0
			       : s->descriptors;
	for (i = 0; i < s->nmembers; i++) {
		const struct slot_member *m = &s->member[i];

		if (m->flags_record && !m->status && !space_read(c->space, m->record_va, rec, 32) &&
		    rec[0] && status_code(rec[0]) > DSA_COMP_SUCCESS_PRED && !is_fault(rec[0]))
			n++;
	}
	return n;
}

/* Books what the slot did for its unit; with the last slot of a unit the unit. */
static void account(struct client *c, struct slot *s, u64 t, u8 status)
{
	struct unit *u = s->unit;

	c->wl->descriptors += s->descriptors;
	if (!u) {
		report_op(c->wl->report, c->id, s->issued, t, s->bytes, s->descriptors,
			  status_code(status));
	} else {
		u->bytes += s->bytes;
		u->descriptors += s->descriptors;
		if (u->status == DSA_COMP_SUCCESS)
			u->status = status_code(status);
		s->unit = NULL;
		if (--u->left)
			return;
		report_op(c->wl->report, c->id, u->issued, t, u->bytes, u->descriptors, u->status);
		u->issued = 0;
	}
	c->units--;
	c->done_units++;
}

/* The slot @at is complete and seen at @t: books it, frees it. Time the client needs more. */
static u64 reap(struct client *c, u32 at, u64 t)
{
	struct slot *s = slot_at(c, at);
	u8 status = DSA_COMP_SUCCESS;
	u64 more = 0;

	if (s->state == SLOT_LOST) {
		status = 0;
	} else if (s->record) {
		status = s->record[0];
		if (s->op.status)
			compare_record(c, s->record, s->op.status, s->op.result, s->op.bytes,
				       s->op.op, s->op.line);
		if (s->op.op == DSA_OPCODE_BATCH &&
		    (c->wl->data != DATA_NONE || status != DSA_COMP_SUCCESS))
			check_batch(c, s);
		if (is_fault(status) && s->op.op != DSA_OPCODE_BATCH)
			more = repair_time(c, &s->op, s->record);
	}
	if (s->claimed)
		verify_done(c, s);
	if (status != DSA_COMP_SUCCESS)
		c->wl->failed += failures(c, s, status);
	if (slot_wq(s)->dedicated)
		--*slot_wq(s)->used;
	account(c, s, t, status);
	s->state = SLOT_FREE;
	leave_ring(c, at);
	return more;
}

/* ---- Waiting ---- */

/* The next instant at which a poller that began at wait_since looks, not before @when. */
static u64 next_look(struct client *c, u64 when)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	u64 step = cpu->poll_interval_ps, turns;

	if (c->wait == SCN_UMWAIT)
		return when + cpu->umwait_wake_ps;
	if (c->wait == SCN_INTERRUPT)
		return when + cpu->interrupt_entry_ps + cpu->context_switch_ps;
	if (!step)
		return when + cpu->poll_miss_ps;
	turns = when > c->wait_since ? (when - c->wait_since + step - 1) / step : 0;
	return c->wait_since + turns * step + cpu->poll_miss_ps;
}

static void record_written(struct mem_watch *w, u64 pa, u64 len, u64 now)
{
	struct client *c = wl_of(w, struct client, watch);
	struct slot *s = c->waiting;

	(void)pa;
	(void)len;
	if (!slot_done(s)) {
		/* Another record of the same line. */
		mem_watch_add(c->wl->mem, &c->watch, s->record_pa);
		return;
	}
	now = next_look(c, now);
	/* An arrival comes first. */
	if (c->state == CLIENT_WAIT || now < c->due)
		later(c, now);
}

static void wait_for(struct client *c, u32 at, u64 t)
{
	struct slot *s = slot_at(c, at);

	c->waiting = s;
	c->state = CLIENT_WAIT;
	c->wait_since = t;
	if (s->record)
		mem_watch_add(c->wl->mem, &c->watch, s->record_pa);
	/* Without a record only a loss can end it (fly_fired), or nothing ever does. */
}

/* ---- Work on a fiber: dropping a page takes the kernel ---- */

static void discard_fiber(void *arg)
{
	struct client *c = arg;

	space_discard(c->space, c->fiber_addr);
	c->wl->fibers--;
	if (c->wl->dying)
		return;
	c->state = CLIENT_RUN;
	later(c, sim_now(c->wl->sim));
}

/* ---- The core's own work ---- */

/* One operation of the core: its pages come in as it touches them. */
static u64 cpu_op(struct client *c, const struct trace_op *op)
{
	if (op->op == SCN_OP_TOUCH)
		return client_touch_pages(c, op);
	return cpu_work_time(&c->wl->plat->cpu, op->op, op->size, c->cache, c->random) +
	       client_pretouch(c, op);
}

static u64 cpu_unit(struct client *c, u64 t)
{
	u64 issued = t, bytes = 0, took = 0;
	u32 i, n = 1;

	if (c->op.op == DSA_OPCODE_BATCH) {
		n = c->nmembers;
		for (i = 0; i < n; i++) {
			took += cpu_op(c, &c->member[i]);
			bytes += c->member[i].size;
		}
	} else {
		took = cpu_op(c, &c->op);
		bytes = c->op.size;
	}
	spend(c, REPORT_WORK, took);
	t = work(c, t, took);
	if (c->op.op == SCN_OP_TOUCH)
		bytes = 0;
	report_op(c->wl->report, c->id, issued, t, bytes, n, DSA_COMP_SUCCESS);
	c->wl->descriptors += n;
	c->issued_units++;
	c->done_units++;
	c->have_op = false;
	return t;
}

/* ---- The loop ---- */

static void ended(struct client *c, u64 t)
{
	c->state = CLIENT_ENDED;
	if (t > c->wl->end)
		c->wl->end = t;
	report_client_end(c->wl->report, c->id, c->issued_units, c->inflight);
	client_done(c);
}

void client_ended(struct client *c)
{
	ended(c, sim_now(c->wl->sim));
}

/* Bytes that a program may only write again when the unit is complete: its record, its list. */
static bool same_memory(const struct trace_op *a, const struct trace_op *b)
{
	if ((a->flags & b->flags & IDXD_OP_FLAG_CRAV) && a->comp == b->comp)
		return true;
	return a->op == DSA_OPCODE_BATCH && b->op == DSA_OPCODE_BATCH &&
	       a->src < b->src + (u64)b->size * DSA_DESC_SIZE &&
	       b->src < a->src + (u64)a->size * DSA_DESC_SIZE;
}

/* The window of a recorded program is also what its memory allows. */
static bool memory_in_use(const struct client *c)
{
	u32 i;

	if (c->generated || c->loop != TRACE_RING)
		return false;
	for (i = 0; i < c->inflight; i++)
		if (same_memory(&c->op, &c->ring[(c->head + i) % c->nslots]->op))
			return true;
	return false;
}

/* A dedicated queue loses what it has no room for: programs count what they have in it. */
static bool queue_full(const struct client *c)
{
	const struct client_wq *wq = &c->wq[c->next_wq];

	return c->nwqs && wq->dedicated && !c->push && *wq->used >= wq->size;
}

/* Must the client see the completion of a unit before it may go on? */
static bool must_see(struct client *c)
{
	if (!c->inflight) {
		c->draining = false;
		return false;
	}
	if (c->eof || c->draining)
		return true;
	if (!c->pieces_left && c->units == c->window) {
		c->draining = c->loop == TRACE_BURST || c->loop == TRACE_SYNC;
		return true;
	}
	return memory_in_use(c) || queue_full(c);
}

static u64 fill_time(const struct client *c)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;

	if (c->op.op == DSA_OPCODE_BATCH)
		return c->overhead + cpu->descriptor_fill_ps + c->nmembers * cpu->batch_fill_ps;
	return c->overhead + cpu->descriptor_fill_ps;
}

/* When the next unit may start: after the program's own time, or at its arrival. */
static u64 think_until(struct client *c, u64 t)
{
	if (!c->thought) {
		c->thought = true;
		if (c->op.timing == TRACE_ARRIVAL) {
			c->due = c->start + c->op.time;
			if (c->due > t)
				spend(c, REPORT_THINK, c->due - t);
		} else {
			c->due = work(c, t, c->op.time);
			spend(c, REPORT_THINK, c->op.time);
		}
	}
	return c->due > t ? c->due : t;
}

/* Until the next arrival the client polls the oldest unit. */
static void idle_until(struct client *c, u64 at)
{
	struct slot *s = c->ring[c->head];

	if (c->open_loop && c->inflight && s->record) {
		c->waiting = s;
		c->state = CLIENT_IDLE;
		c->wait_since = sim_now(c->wl->sim);
		mem_watch_add(c->wl->mem, &c->watch, s->record_pa);
	}
	later(c, at);
}

/* The slot begins a unit, or is a further piece of the one that was begun. */
static void begin_unit(struct client *c, struct slot *s)
{
	u32 pieces = c->op.op == DSA_OPCODE_BATCH || !c->generated ? 0 : c->op.listed;
	u32 i;

	s->unit = NULL;
	if (c->pieces_left) {
		s->unit = c->open_unit;
		c->pieces_left--;
		return;
	}
	c->units++;
	c->issued_units++;
	if (!pieces)
		return;
	for (i = 0; c->unit[i].left; i++)
		;
	c->open_unit = s->unit = &c->unit[i];
	*s->unit = (struct unit){.left = pieces + 1, .status = DSA_COMP_SUCCESS};
	c->pieces_left = pieces;
}

static void contents(struct client *c, const struct trace_op *op)
{
	if (!c->generated)
		payload_prepare(c, op);
	else if (op->op != DSA_OPCODE_MEMMOVE || c->wl->data == DATA_VERIFY)
		payload_generate(c, op);
}

/* Prepares and submits the unit at hand; false: the client goes on elsewhere. */
static bool issue(struct client *c, u64 *t)
{
	u64 discard = 0, fill = fill_time(c);
	struct slot *s;
	u32 i;
	int err;

	if (c->nwqs == 0)
		return true;
	err = prepare_memory(c, &c->op, &discard);
	for (i = 0; i < c->nmembers && !err; i++)
		err = prepare_memory(c, &c->member[i], &discard);
	if (err) {
		workload_fail(c->wl, err, "%s: no memory for its buffers", c->name);
		return false;
	}
	/* Members may need of one page that it is there and that it is not: one of them loses. */
	if (discard && c->discards++ <= c->nmembers) {
		c->fiber_addr = discard;
		c->state = CLIENT_BLOCKED;
		err = kernel_run_on_fiber(system_host(c->wl->sys), discard_fiber, c, c->name);
		if (err)
			workload_fail(c->wl, err, "%s: no fiber", c->name);
		else
			c->wl->fibers++;
		return false;
	}
	if (c->repair == SCN_REPAIR_PRETOUCH) {
		u64 touch = client_pretouch(c, &c->op);

		for (i = 0; i < c->nmembers; i++)
			touch += client_pretouch(c, &c->member[i]);
		spend(c, REPORT_REPAIR, touch);
		fill += touch;
	}
	if (c->cache != SCN_CACHE_DRAM && c->op.op != DSA_OPCODE_BATCH)
		client_cache_state(c, &c->op);
	for (i = 0; c->cache != SCN_CACHE_DRAM && i < c->nmembers; i++)
		client_cache_state(c, &c->member[i]);
	if (c->wl->data != DATA_NONE) {
		contents(c, &c->op);
		for (i = 0; i < c->nmembers; i++)
			contents(c, &c->member[i]);
	}
	s = load_slot(c);
	s->wq = c->next_wq;
	if (++c->next_wq == c->nwqs)
		c->next_wq = 0;
	if (c->wl->data == DATA_VERIFY && s->record && verify_issue(c, s))
		workload_fail(c->wl, -ENOMEM, "%s: out of memory", c->name);
	c->inflight++;
	c->have_op = false;
	if (slot_wq(s)->dedicated)
		++*slot_wq(s)->used;
	spend(c, REPORT_PREPARE, fill);
	*t = work(c, *t, fill);
	begin_unit(c, s);
	*t = submit(c, s, *t);
	if (s->unit && !s->unit->issued)
		s->unit->issued = s->issued;
	return *t != SIM_NEVER;
}

/* Place behind the oldest of a complete slot among those looked at, or the number of slots when
 * none is. */
static u32 find_done(const struct client *c)
{
	u32 look = c->recycle > 1 ? c->recycle : 1, i;

	for (i = 0; i < look && i < c->inflight; i++)
		if (slot_done(slot_at(c, i)))
			return i;
	return c->nslots;
}

/* A complete unit: repairs and submits again what faulted, or books it. False: went on elsewhere.
 */
static bool finish(struct client *c, u32 at, u64 *t)
{
	struct slot *s = slot_at(c, at);
	u64 more;

	if (c->generated && client_continue(c, s, &more)) {
		spend(c, REPORT_REPAIR, more);
		*t = submit(c, s, work(c, *t, more));
		return *t != SIM_NEVER;
	}
	*t = work(c, *t, reap(c, at, *t));
	return true;
}

/* Loop first: ends with the first unit's completion, and says how many later ones were faster. */
static void first_complete(struct client *c)
{
	char line[128];
	u32 i, n = 0;

	for (i = 1; i < c->inflight; i++)
		n += slot_done(slot_at(c, i));
	snprintf(line, sizeof(line), "%s: %u later units were complete when the first was", c->name,
		 n);
	report_note(c->wl->report, line);
	c->first = false;
	c->eof = true;
	c->have_op = false;
}

/* Sees what is complete, as far as the loop's rules want it; false: waits or went on elsewhere. */
static bool collect(struct client *c, u64 *t)
{
	u32 at;

	if (c->first && c->inflight && slot_done(c->ring[c->head]))
		first_complete(c);
	while (must_see(c)) {
		/* Of a burst's units only the last may matter: the others are done by then. */
		at = c->draining && c->waitfor == SCN_LAST ? c->inflight - 1 : find_done(c);
		if (at == c->nslots || !slot_done(slot_at(c, at))) {
			wait_for(c, at == c->nslots ? 0 : at, *t);
			return false;
		}
		if (!finish(c, at, t))
			return false;
	}
	/* Whoever has time between submissions looks at what is complete. */
	while (c->looks && c->inflight && slot_done(c->ring[c->head]))
		if (!finish(c, 0, t))
			return false;
	return true;
}

/* Nothing is submitted after the scenario's time for the client. */
static bool time_is_up(struct client *c, u64 t)
{
	if (!c->stop || t < c->stop)
		return false;
	c->have_op = false;
	c->eof = true;
	return true;
}

static void client_run(struct client *c, u64 t)
{
	struct workload *wl = c->wl;
	u64 now = sim_now(wl->sim), at;

	if (wl->error)
		return;
	for (;;) {
		if (!fetch(c) && wl->error)
			return;
		if (!collect(c, &t))
			return;
		if (c->eof && !c->have_op) {
			ended(c, t);
			return;
		}
		at = think_until(c, t);
		if (time_is_up(c, at))
			continue;
		if (at > now) {
			/* Time has passed for the client: its next step belongs there. */
			idle_until(c, at);
			return;
		}
		if (c->cpu_engine || c->op.by_core) {
			later(c, cpu_unit(c, t));
			return;
		}
		if (queue_full(c)) {
			/* Of other threads' work: looks again a little later. */
			later(c, now + c->wl->plat->cpu.poll_interval_ps + 1);
			return;
		}
		if (!issue(c, &t))
			return;
		if (t > now) {
			later(c, t);
			return;
		}
	}
}

static void step_fired(struct sim *sim, struct sim_event *ev)
{
	struct client *c = wl_of(ev, struct client, step);
	u64 now = sim_now(sim);

	if (c->state == CLIENT_WAIT) {
		spend(c, REPORT_WAIT, now - c->wait_since);
		mem_watch_del(c->wl->mem, &c->watch);
		c->state = CLIENT_RUN;
	} else if (c->state == CLIENT_IDLE) {
		mem_watch_del(c->wl->mem, &c->watch);
		c->state = CLIENT_RUN;
	}
	client_run(c, now);
}

void client_init_step(struct client *c)
{
	sim_event_init(&c->step, step_fired);
}

int client_init(struct client *c)
{
	u32 i;

	if (!c->window)
		c->window = 1;
	if (!c->pieces)
		c->pieces = 1;
	c->nslots = c->window * c->pieces;
	c->slot = calloc(c->nslots, sizeof(*c->slot));
	c->ring = calloc(c->nslots, sizeof(*c->ring));
	if (c->pieces > 1)
		c->unit = calloc(c->window, sizeof(*c->unit));
	if (!c->slot || !c->ring || (c->pieces > 1 && !c->unit))
		return -ENOMEM;
	for (i = 0; i < c->nslots; i++) {
		c->ring[i] = &c->slot[i];
		c->slot[i].c = c;
		sim_event_init(&c->slot[i].fly, fly_fired);
	}
	client_init_step(c);
	c->watch.fire = record_written;
	return 0;
}

void client_stop(struct client *c)
{
	u32 i;

	sim_cancel(c->wl->sim, &c->step);
	mem_watch_del(c->wl->mem, &c->watch);
	for (i = 0; c->slot && i < c->nslots; i++)
		sim_cancel(c->wl->sim, &c->slot[i].fly);
}

void client_free(struct client *c)
{
	u32 i;

	kernel_client_free(c);
	for (i = 0; c->slot && i < c->nslots; i++) {
		free(c->slot[i].member);
		free(c->slot[i].member_desc);
	}
	free(c->slot);
	free(c->ring);
	free(c->unit);
	free(c->member);
	free(c->wq);
	free(c->want);
	free(c);
}

void client_start(struct client *c)
{
	u64 touch = 0;

	c->state = CLIENT_RUN;
	if (c->generated && c->repair == SCN_REPAIR_PRETOUCH_ALL)
		touch = generate_pretouch(c->stream, c);
	spend(c, REPORT_REPAIR, touch);
	later(c, sim_now(c->wl->sim) + touch);
}
