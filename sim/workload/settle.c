// SPDX-License-Identifier: GPL-2.0
// The end of a run: work that nobody waits for finishes, what can't finish is a failed check.
#include <stdio.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/workload/workload_priv.h"

/* Nothing was accepted or completed for that long: nothing will be. */
#define NO_PROGRESS (3 * PS_PER_S)

static u64 in_flight(struct workload *wl, u64 *moved)
{
	struct machine *m = system_machine(wl->sys);
	struct dsa_totals t;
	u64 n = 0;
	u32 i;

	*moved = wl->descriptors;
	for (i = 0; i < machine_dsa_count(m); i++) {
		dsa_totals(machine_dsa(m, i), &t);
		n += t.in_flight;
		*moved += t.accepted + t.fetched + t.completed + t.abandoned + t.records;
	}
	return n;
}

bool progress_made(struct workload *wl, struct progress *p)
{
	u64 now = sim_now(wl->sim), moved;

	in_flight(wl, &moved);
	if (moved != p->moved || !p->looks)
		*p = (struct progress){.moved = moved, .since = now};
	/* Time may pass in a few events where nobody has anything to do: that is no standstill. */
	return p->looks++ < 64 || now - p->since < NO_PROGRESS;
}

/* Work without a record, or that its program did not wait for: the machine goes on until it is
 * done. */
static void finish_work(struct workload *wl)
{
	struct progress p = {0};
	bool all;
	u64 moved;
	u32 n;

	do {
		for (n = 0; n < 256 && in_flight(wl, &moved); n++)
			if (!sim_step(wl->sim))
				return;
		all = !in_flight(wl, &moved);
	} while (!all && progress_made(wl, &p));
	if (all && wl->unseen && sim_now(wl->sim) > wl->end)
		wl->end = sim_now(wl->sim);
}

static const char *state_of(const struct slot *s)
{
	return s->state == SLOT_FLYING ? s->retries ? "refused so far" : "not yet at the portal"
				       : "accepted";
}

/* What the oldest unit of a client that waits in vain is, and what became of it. */
static void say_waiting(struct workload *wl, struct client *c)
{
	char what[400], line[40] = "";
	const struct slot *s;

	if (!c->inflight || c->kernel || !c->nslots) {
		const struct client_wq *wq = c->nwqs && c->wq ? &c->wq[c->next_wq] : NULL;

		if (c->inflight || !wq || !wq->dedicated)
			snprintf(what, sizeof(what),
				 "completion never comes: client %s: %u units in flight", c->name,
				 c->inflight);
		else
			snprintf(
				what, sizeof(what),
				"completion never comes: client %s waits for room in the dedicated "
				"queue wq%u.%u, whose %u entries others hold",
				c->name, wq->device, wq->queue, wq->size);
		report_violation(wl->report, what);
		return;
	}
	s = c->waiting && c->waiting->state != SLOT_FREE ? c->waiting : slot_at(c, 0);
	if (s->op.line)
		snprintf(line, sizeof(line), "trace line %llu, ", s->op.line);
	snprintf(what, sizeof(what),
		 "completion never comes: %sclient %s, tag %u: %s of %u bytes with flags 0x%x, "
		 "record at "
		 "0x%llx: issued %llu ps to wq%u.%u, %s after %u retries, nothing in its record at "
		 "%llu "
		 "ps",
		 line, c->name, (u32)(s - c->slot), op_name(s->op.op) ? op_name(s->op.op) : "?",
		 s->op.size, s->op.flags, s->op.comp, s->issued, slot_wq((struct slot *)s)->device,
		 slot_wq((struct slot *)s)->queue, state_of(s), s->retries, sim_now(wl->sim));
	report_violation(wl->report, what);
}

/* Nothing happens any more, and clients still wait. */
static void stuck(struct workload *wl)
{
	const struct client *first = NULL;
	u32 i, n = 0;

	for (i = 0; i < wl->nclients; i++) {
		struct client *c = wl->client[i];

		if (c->state == CLIENT_ENDED)
			continue;
		if (!first)
			first = c;
		n++;
		say_waiting(wl, c);
	}
	if (!first)
		return;
	snprintf(wl->err.text, sizeof(wl->err.text),
		 "client %s waits for a completion that never comes (%u of %llu units outstanding)",
		 first->name, first->inflight, first->issued_units);
	if (n > 1)
		snprintf(wl->err.text + strlen(wl->err.text),
			 sizeof(wl->err.text) - strlen(wl->err.text), ", and %u others", n - 1);
}

/* Clients that were stopped in the middle: their books as they are. */
static void close_books(struct workload *wl)
{
	u32 i;

	for (i = 0; i < wl->nclients; i++) {
		const struct client *c = wl->client[i];

		if (c->state != CLIENT_ENDED)
			report_client_end(wl->report, c->id, c->issued_units,
					  c->kernel ? c->inflight : c->units);
	}
}

static void notes(struct workload *wl)
{
	char line[200];
	u32 i, n = 0;

	for (i = 0; i < wl->nclients; i++) {
		const struct client *c = wl->client[i];

		if (!c->lost_units || n++ >= 16)
			continue;
		snprintf(line, sizeof(line), "%s: %llu descriptors were never accepted (%s)",
			 c->name, c->lost_units,
			 c->nwqs && c->wq[0].dedicated ? "the dedicated queue was full"
						       : "refused and given up");
		report_note(wl->report, line);
	}
	if (wl->not_verified) {
		snprintf(line, sizeof(line),
			 "data checks: the effect of %llu operations; of %llu others memory was "
			 "shared with operations in flight at the same time",
			 wl->verified, wl->not_verified);
		report_note(wl->report, line);
	}
}

void workload_settle(struct workload *wl)
{
	struct machine *m = system_machine(wl->sys);
	u32 i;

	sites_settle(wl);
	if (wl->cut) {
		/* The time limit: what is in flight stays so. */
		report_note(wl->report, "cut off at the scenario's max_time");
	} else {
		finish_work(wl);
		for (i = 0; i < machine_dsa_count(m); i++)
			dsa_report_outstanding(machine_dsa(m, i), "in flight at the end");
	}
	if (wl->stuck) {
		wl->end = sim_now(wl->sim);
		stuck(wl);
	}
	close_books(wl);
	notes(wl);
}
