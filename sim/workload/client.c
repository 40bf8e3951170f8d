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
#include "sim/core/hint.h"
#include "sim/scenario/op_names.h"
#include "sim/workload/verify.h"

#define PORTAL_LINES 64
#define TIME_END     (9000000ull * PS_PER_S) /* sums of two times stay below 2^64 */

static void client_run(struct client *c, u64 t);
static bool wait_ahead(struct client *c, u64 t);

static void later(struct client *c, u64 when)
{
	sim_at(c->wl->sim, &c->step, when, SIM_PRIO_SUBMIT);
}

u64 client_work(struct client *c, u64 t, u64 ps)
{
	u64 end = t + ps;

	if (likely(!c->shares_core || !ps))
		return end;
	end = cores_work(c->wl->cores, c->core, t, ps);
	spend(c, REPORT_WAIT, end - t - ps);
	return end;
}

/* ---- Submission ---- */

/* Looks the portal up again; false: it is no longer mapped. */
static __attribute__((noinline)) bool portal_found(struct client *c, struct client_wq *wq,
						   u64 revision)
{
	u64 gen, pa, run, off;
	struct dsa *dsa;

	gen = process_map_generation(c->space->proc);
	if (wq->generation == gen) {
		wq->revision = revision;
		return true;
	}
	if (process_resolve(c->space->proc, wq->va, 4096, true, &pa, &run) ||
	    !machine_portal(system_machine(c->wl->sys), pa, &dsa, &off))
		return false;
	wq->dsa = dsa;
	wq->off = off;
	wq->generation = gen;
	wq->revision = revision;
	return true;
}

/* Address of the portal, still mapped? */
static inline bool portal_ok(struct client *c, struct client_wq *wq)
{
	u64 revision = sim_revision(c->wl->sim);

	return likely(wq->revision == revision) || portal_found(c, wq, revision);
}

static bool slot_done(const struct slot *s)
{
	return s->state == SLOT_LOST ||
	       (s->state == SLOT_WAITING && (!s->record || *(volatile u8 *)s->record));
}

static void sim_cold lost(struct slot *s)
{
	s->state = SLOT_LOST;
	s->c->lost_units++;
}

static void sim_hot fly_fired(struct sim *sim, struct sim_event *ev)
{
	struct slot *s = wl_of(ev, struct slot, fly);
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	struct dsa_origin origin = {c->id, s->tag, s->issued};
	enum dsa_accept got = DSA_DROPPED;
	u64 off;

	(void)sim;
	if (unlikely(c->space->site->guest)) {
		if (!guest_store(s, &origin, &got))
			return;
	} else if (portal_ok(c, wq)) {
		off = wq->off + (u64)wq->line * 64;
		wq->line = (wq->line + 1) % PORTAL_LINES;
		got = dsa_portal_write(wq->dsa, off, s->desc, !wq->dedicated, &origin);
	}
	client_submitted(s, got);
}

void sim_hot client_submitted(struct slot *s, enum dsa_accept got)
{
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	struct sim *sim = c->wl->sim;
	u64 now = sim_now(sim), wait;

	if (wq->dedicated) {
		if (unlikely(got == DSA_DROPPED))
			lost(s);
		else
			s->state = SLOT_WAITING;
		/*
		 * Who waits for it learns of a loss only because the simulator tells; without a
		 * record there is nothing else to wait for.
		 */
		if (unlikely(c->state == CLIENT_WAIT && c->waiting == s && slot_done(s)) &&
		    !sim_event_queued(&c->step))
			later(c, now < c->wait_since ? c->wait_since : now);
		return;
	}
	/* No device before a guest's first store that goes straight through. */
	wait = wq->dsa ? dsa_answer_wait(wq->dsa) : 0;
	if (got == DSA_RETRY && c->retry && (!c->retry_max || s->retries < c->retry_max)) {
		/* Not taken: a pause, then the same again. */
		u64 again = cpu->enqcmd_back_ps + wait + cpu->pause_ps;

		s->retries++;
		report_retry(c->wl->report, c->id);
		spend(c, REPORT_SUBMIT, again + cpu->enqcmd_out_ps);
		sim_after(sim, &s->fly, again + cpu->enqcmd_out_ps, SIM_PRIO_SUBMIT);
		return;
	}
	if (got == DSA_ACCEPTED)
		s->state = SLOT_WAITING;
	else
		lost(s);
	/* The next one leaves later by as much. */
	now += cpu->enqcmd_back_ps + wait;
	c->last_portal += wait;
	spend(c, REPORT_SUBMIT, wait);
	c->state = CLIENT_RUN;
	if (!wait_ahead(c, now))
		later(c, now);
}

/*
 * A posted store leaves the core behind, but not if its page traps: the processor is in the host
 * until what emulates the device is through with it.
 */
void client_stall(struct slot *s)
{
	s->c->stalls += !s->stalls;
	s->stalls = true;
}

void client_unstall(struct slot *s)
{
	struct client *c = s->c;
	u64 now = sim_now(c->wl->sim);

	if (!s->stalls)
		return;
	s->stalls = false;
	if (--c->stalls || !c->held)
		return;
	c->held = false;
	/* Who waits stands still anyway. */
	if (c->state == CLIENT_RUN)
		spend(c, REPORT_SUBMIT, now - c->held_at);
	if (!sim_event_queued(&c->step))
		later(c, now);
}

/* A guest's is translated as the store leaves the processor. */
static void put_pasid(struct slot *s)
{
	memcpy(s->desc, &slot_wq(s)->host_pasid, 4);
}

/* Sends the slot at @t; returns when the client goes on (ENQCMD: its answer sets that). */
static u64 sim_hot submit(struct client *c, struct slot *s, u64 t)
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
		if (unlikely(c->space->site->guest && guest_traps(s))) {
			client_stall(s);
			sim_at(c->wl->sim, &s->fly, t, SIM_PRIO_SUBMIT);
		} else {
			sim_at(c->wl->sim, &s->fly, t + cpu->movdir64b_latency_ps, SIM_PRIO_SUBMIT);
		}
		spend(c, REPORT_SUBMIT, cost);
		return t + cpu->movdir64b_ps;
	}
	put_pasid(s);
	/* The core has one non-posted write under way; the next can't leave any sooner. */
	if (c->last_portal && t < c->last_portal + cpu->enqcmd_gap_ps) {
		spend(c, REPORT_SUBMIT, c->last_portal + cpu->enqcmd_gap_ps - t);
		t = c->last_portal + cpu->enqcmd_gap_ps;
	}
	c->last_portal = t;
	/* The core stands still until the answer is there. */
	if (c->shares_core)
		cores_work(c->wl->cores, c->core, t,
			   cpu->sfence_ps + cpu->enqcmd_out_ps + cpu->enqcmd_back_ps);
	spend(c, REPORT_SUBMIT, cpu->sfence_ps + cpu->enqcmd_out_ps + cpu->enqcmd_back_ps);
	sim_at(c->wl->sim, &s->fly, t + cpu->sfence_ps + cpu->enqcmd_out_ps, SIM_PRIO_SUBMIT);
	c->state = CLIENT_SUBMIT;
	return SIM_NEVER;
}

/* ---- Waiting ---- */

/* The next instant at which a poller that began at wait_since looks, not before @when. */
static u64 next_look(struct client *c, u64 when)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	u64 step = cpu->poll_interval_ps, turns;

	/* Complete before it looks for the first time. */
	if (when <= c->watch.after)
		return c->wait_since;
	if (c->wait == SCN_UMWAIT)
		return when + cpu->umwait_wake_ps;
	if (c->wait == SCN_INTERRUPT)
		return when + cpu->interrupt_entry_ps + cpu->context_switch_ps;
	if (!step)
		return when + cpu->poll_miss_ps;
	turns = when > c->wait_since ? (when - c->wait_since + step - 1) / step : 0;
	return c->wait_since + turns * step + cpu->poll_miss_ps;
}

static void sim_hot record_written(struct mem_watch *w, u64 pa, u64 len, u64 now)
{
	struct client *c = wl_of(w, struct client, watch);
	struct slot *s = c->waiting;

	(void)pa;
	(void)len;
	if (unlikely(!slot_done(s))) {
		/* Another record of the same line. */
		mem_watch_add(c->wl->mem, &c->watch, s->record_pa);
		return;
	}
	now = next_look(c, now);
	/* What takes its core from it does so while it polls, too. */
	if (c->shares_core && now < cores_interrupted(c->wl->cores, c->core))
		now = cores_interrupted(c->wl->cores, c->core);
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
	c->watch.after = 0;
	if (s->record)
		mem_watch_add(c->wl->mem, &c->watch, s->record_pa);
	/* Without a record only a loss can end it (fly_fired), or nothing ever does. */
}

/*
 * The client is busy until @t and has only one thing to do then: wait for its oldest unit, because
 * its window is full. It waits from now on, and needs no step at @t. False: that is not sure.
 */
static bool wait_ahead(struct client *c, u64 t)
{
	const struct slot *s = c->ring[c->head];

	if (!c->steady || c->units != c->window || c->pieces_left || c->wl->warming || !s->record ||
	    slot_done(s))
		return false;
	wait_for(c, 0, t);
	c->watch.after = t;
	return true;
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
	u64 t;

	if (op->op == SCN_OP_TOUCH)
		return client_touch_pages(c, op);
	t = cpu_work_time(&c->wl->plat->cpu, op->op, op->size, c->cache, c->random, op->dst % 4096);
	/* A core has so many lines outstanding: what lies further away comes at a lower rate. */
	if (c->cache != SCN_CACHE_WARM)
		t = (u64)((unsigned __int128)t * c->far_ppm / 1000000);
	return t + client_pretouch(c, op);
}

static __attribute__((noinline)) u64 cpu_unit(struct client *c, u64 t)
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
	t = client_work(c, t, took);
	if (c->op.op == SCN_OP_TOUCH)
		bytes = 0;
	report_op(c->wl->report, c->id, REPORT_NO_TAG, issued, t, bytes, n, DSA_COMP_SUCCESS);
	c->wl->descriptors += n;
	c->issued_units++;
	c->done_units++;
	c->have_op = false;
	return t;
}

/* ---- The loop ---- */

static void sim_cold ended(struct client *c, u64 t)
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
static __attribute__((noinline)) bool unseen_memory(const struct client *c)
{
	u32 i;

	for (i = 0; i < c->inflight; i++)
		if (same_memory(&c->op, &c->ring[(c->head + i) % c->nslots]->op))
			return true;
	return false;
}

static inline bool memory_in_use(const struct client *c)
{
	return !c->generated && c->loop == TRACE_RING && unseen_memory(c);
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

	if (unlikely(c->op.op == DSA_OPCODE_BATCH))
		return c->overhead + cpu->descriptor_fill_ps + c->nmembers * cpu->batch_fill_ps;
	return c->overhead + cpu->descriptor_fill_ps;
}

/* When the next unit may start: after the program's own time, or at its arrival. */
static u64 think_until(struct client *c, u64 t)
{
	if (!c->thought) {
		c->thought = true;
		if (unlikely(c->op.timing == TRACE_ARRIVAL)) {
			c->due = c->start + c->op.time;
			if (c->due > t)
				spend(c, REPORT_THINK, c->due - t);
		} else {
			c->due = client_work(c, t, c->op.time);
			spend(c, REPORT_THINK, c->op.time);
		}
		if (unlikely(c->due > TIME_END))
			workload_fail(c->wl, -EOVERFLOW,
				      "client %s: more than 2500 hours of virtual time", c->name);
	}
	return c->due > t ? c->due : t;
}

/* Until the next arrival the client polls the oldest unit. */
static __attribute__((noinline)) void idle_until(struct client *c, u64 at)
{
	struct slot *s = c->ring[c->head];

	if (c->open_loop && c->inflight && s->record) {
		c->waiting = s;
		c->state = CLIENT_IDLE;
		c->wait_since = sim_now(c->wl->sim);
		c->watch.after = 0;
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
	if (unlikely(c->pieces_left)) {
		s->unit = c->open_unit;
		c->pieces_left--;
		return;
	}
	c->units++;
	c->issued_units++;
	if (likely(!pieces))
		return;
	for (i = 0; c->unit[i].left; i++)
		;
	c->open_unit = s->unit = &c->unit[i];
	*s->unit = (struct unit){.left = pieces + 1, .status = DSA_COMP_SUCCESS};
	c->pieces_left = pieces;
}

static inline void contents(struct client *c, const struct trace_op *op)
{
	if (!c->generated)
		payload_prepare(c, op);
	else if (op->op != DSA_OPCODE_MEMMOVE || c->wl->data == DATA_VERIFY)
		payload_generate(c, op);
}

static __attribute__((noinline)) void contents_all(struct client *c)
{
	contents(c, &c->op);
	for (u32 i = 0; i < c->nmembers; i++)
		contents(c, &c->member[i]);
}

/* The pages of everything that the unit uses, as far as it was noted; as unit_prepare(). */
static __attribute__((noinline)) int prepare_all(struct client *c, u64 *discard)
{
	int err = unit_prepare(c, &c->op, discard);

	for (u32 i = 0; i < c->nmembers && !err; i++)
		err = unit_prepare(c, &c->member[i], discard);
	return err;
}

/* The time it takes. */
static __attribute__((noinline)) u64 pretouch_all(struct client *c)
{
	u64 touch = client_pretouch(c, &c->op);

	for (u32 i = 0; i < c->nmembers; i++)
		touch += client_pretouch(c, &c->member[i]);
	spend(c, REPORT_REPAIR, touch);
	return touch;
}

static __attribute__((noinline)) void cache_states(struct client *c)
{
	if (c->op.op != DSA_OPCODE_BATCH)
		client_cache_state(c, &c->op);
	for (u32 i = 0; i < c->nmembers; i++)
		client_cache_state(c, &c->member[i]);
}

/* Prepares and submits the unit at hand; false: the client goes on elsewhere. */
static bool issue(struct client *c, u64 *t)
{
	u64 discard = 0, fill = fill_time(c);
	struct slot *s;
	int err;

	if (unlikely(c->nwqs == 0))
		return true;
	err = unlikely(c->space->nregions) ? prepare_all(c, &discard) : 0;
	if (unlikely(err)) {
		workload_fail(c->wl, err, "%s: no memory for its buffers", c->name);
		return false;
	}
	/* Members may need of one page that it is there and that it is not: one of them loses. */
	if (unlikely(discard && c->discards++ <= c->nmembers)) {
		c->fiber_addr = discard;
		c->state = CLIENT_BLOCKED;
		err = space_fiber(c->space, discard_fiber, c, c->name);
		if (err)
			workload_fail(c->wl, err, "%s: no fiber", c->name);
		return false;
	}
	if (unlikely(c->repair == SCN_REPAIR_PRETOUCH))
		fill += pretouch_all(c);
	if (unlikely(c->cache != SCN_CACHE_DRAM))
		cache_states(c);
	if (c->wl->data != DATA_NONE)
		contents_all(c);
	s = unit_load(c);
	s->wq = c->next_wq;
	if (++c->next_wq == c->nwqs)
		c->next_wq = 0;
	if (unlikely(c->wl->data == DATA_VERIFY) && s->record && verify_issue(c, s))
		workload_fail(c->wl, -ENOMEM, "%s: out of memory", c->name);
	c->inflight++;
	c->have_op = false;
	if (slot_wq(s)->dedicated)
		++*slot_wq(s)->used;
	spend(c, REPORT_PREPARE, fill);
	*t = client_work(c, *t, fill);
	begin_unit(c, s);
	*t = submit(c, s, *t);
	if (unlikely(s->unit && !s->unit->issued)) {
		s->unit->issued = s->issued;
		s->unit->tag = s->tag;
	}
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

	if (unlikely(s->record && status_code(s->record[0]) != DSA_COMP_SUCCESS) && c->generated &&
	    c->repair == SCN_REPAIR_SW && client_continue(c, s, &more)) {
		spend(c, REPORT_REPAIR, more);
		*t = submit(c, s, client_work(c, *t, more));
		return *t != SIM_NEVER;
	}
	*t = client_work(c, *t, unit_reap(c, at, *t));
	return true;
}

/* Loop first: ends with the first unit's completion, and says how many later ones were faster. */
static void sim_cold first_complete(struct client *c)
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

	if (unlikely(c->first) && c->inflight && slot_done(c->ring[c->head]))
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
	if (likely(!c->stop || t < c->stop))
		return false;
	c->have_op = false;
	c->eof = true;
	return true;
}

static void client_run(struct client *c, u64 t)
{
	struct workload *wl = c->wl;
	u64 now = sim_now(wl->sim), at;

	if (unlikely(wl->error))
		return;
	for (;;) {
		if (unlikely(!unit_fetch(c)) && wl->error)
			return;
		if (!collect(c, &t))
			return;
		if (unlikely(c->eof) && !c->have_op) {
			ended(c, t);
			return;
		}
		at = think_until(c, t);
		if (time_is_up(c, at))
			continue;
		if (unlikely(at > now)) {
			/* Time has passed for the client: its next step belongs there. */
			idle_until(c, at);
			return;
		}
		if (unlikely(c->cpu_engine || c->op.by_core)) {
			later(c, cpu_unit(c, t));
			return;
		}
		if (unlikely(queue_full(c))) {
			/* Of other threads' work: looks again a little later. */
			later(c, now + c->wl->plat->cpu.poll_interval_ps + 1);
			return;
		}
		if (!issue(c, &t))
			return;
		if (t > now) {
			if (!wait_ahead(c, t))
				later(c, t);
			return;
		}
	}
}

static void sim_hot step_fired(struct sim *sim, struct sim_event *ev)
{
	struct client *c = wl_of(ev, struct client, step);
	u64 now = sim_now(sim);

	if (unlikely(c->stalls)) {
		if (!c->held)
			c->held_at = now;
		c->held = true;
		return;
	}
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
		c->slot[i].tag = i;
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

	c->steady = c->generated && c->loop == TRACE_RING && c->recycle <= 1 && !c->first;
	c->state = CLIENT_RUN;
	if (c->generated && c->repair == SCN_REPAIR_PRETOUCH_ALL)
		touch = generate_pretouch(c->stream, c);
	spend(c, REPORT_REPAIR, touch);
	later(c, sim_now(c->wl->sim) + touch);
}
