// SPDX-License-Identifier: GPL-2.0
// What a client makes of a completion: the record against the recording, faults repaired, books.
#include <stdio.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"
#include "sim/scenario/op_names.h"
#include "sim/workload/verify.h"

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

static bool record_asked(const struct trace_op *op)
{
	return (op->flags & IDXD_OP_FLAG_CRAV) && (op->flags & IDXD_OP_FLAG_RCR);
}

/* Its address is no memory of the process: the device can't write there, nobody can wait for it. */
static void no_record(struct client *c, const struct slot *s)
{
	char what[120];

	snprintf(what, sizeof(what), "%s: no record at 0x%llx, recorded 0x%02x",
		 op_name(s->op.op) ? op_name(s->op.op) : "?", s->op.comp, s->op.status);
	report_mismatch(c->wl->report, c->id, s->op.line, what);
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
		t += cpu_work_time(cpu, op->op, op->size - done, c->cache, 0, false);
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
	if (++c->head == c->nslots)
		c->head = 0;
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

/* Refused by a check of the device: nothing was done and nobody does it instead. */
static bool refused(u8 status)
{
	return status_code(status) >= DSA_COMP_BAD_OPCODE && !is_fault(status);
}

/* The payload of the slot, without that of descriptors that were refused. */
static u64 payload_bytes(struct client *c, const struct slot *s, u8 status)
{
	u64 bytes = s->bytes;
	u8 rec[32];
	u32 i;

	if (refused(status))
		return 0;
	if (status != DSA_COMP_BATCH_FAIL)
		return bytes;
	for (i = 0; i < s->nmembers; i++) {
		const struct slot_member *m = &s->member[i];

		if (m->opcode != DSA_OPCODE_NOOP && m->opcode != DSA_OPCODE_DRAIN &&
		    m->flags_record && !space_read(c->space, m->record_va, rec, 32) &&
		    refused(rec[0]))
			bytes -= m->size;
	}
	return bytes;
}

/* Books what the slot did for its unit; with the last slot of a unit the unit. */
static void account(struct client *c, struct slot *s, u64 t, u8 status)
{
	u64 bytes = payload_bytes(c, s, status);
	struct unit *u = s->unit;
	/* The members of a batch that was refused itself were never looked at. */
	u32 n = s->op.op == DSA_OPCODE_BATCH && refused(status) ? 0 : s->descriptors;

	c->wl->descriptors += s->descriptors;
	if (!u) {
		report_op(c->wl->report, c->id, s->tag, s->issued, t, bytes, n,
			  status_code(status));
	} else {
		u->bytes += bytes;
		u->descriptors += n;
		if (u->status == DSA_COMP_SUCCESS)
			u->status = status_code(status);
		s->unit = NULL;
		if (--u->left)
			return;
		report_op(c->wl->report, c->id, u->tag, u->issued, t, u->bytes, u->descriptors,
			  u->status);
		u->issued = 0;
	}
	c->units--;
	c->done_units++;
}

/* The slot @at is complete and seen at @t: books it, frees it. Time the client needs more. */
u64 sim_hot unit_reap(struct client *c, u32 at, u64 t)
{
	struct slot *s = slot_at(c, at);
	u8 status = DSA_COMP_SUCCESS;
	u64 more = 0;

	if (s->state == SLOT_LOST) {
		status = 0;
	} else if (!s->record) {
		if (s->op.status && record_asked(&s->op) && !c->push)
			no_record(c, s);
	} else {
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
