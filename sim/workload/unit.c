// SPDX-License-Identifier: GPL-2.0
// A unit's way into a slot: taken from the stream, its memory made as it was, descriptors and list
// written.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"
#include "sim/workload/workload_priv.h"

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
int unit_prepare(struct client *c, const struct trace_op *op, u64 *discard)
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
bool sim_hot unit_fetch(struct client *c)
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
	if (!c->generated && c->nwqs > 1)
		c->next_wq = feed_route(c->stream, &c->op);
	c->have_op = true;
	c->thought = false;
	c->discards = 0;
	return true;
}

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
	u64 revision = sim_revision(c->wl->sim), generation, run;
	bool same = s->record_host && s->record_va == va;

	if (same && s->revision == revision)
		return s->record_host;
	generation = process_map_generation(c->space->proc);
	s->revision = revision;
	if (same && s->generation == generation)
		return s->record_host;
	s->record_va = va;
	s->generation = generation;
	s->record_host = space_ptr(c->space, va, 32, true, &s->record_pa, &run);
	return s->record_host;
}

/* Fills the free slot behind the youngest with c->op. */
struct slot *sim_hot unit_load(struct client *c)
{
	struct slot *s = slot_at(c, c->inflight);

	if (c->relocate)
		generate_relocate(c->stream, (u32)(s - c->slot), &c->op, c->member, c->nmembers);
	s->op = c->op;
	s->bytes = 0;
	s->nmembers = 0;
	s->descriptors = 1;
	s->retries = s->fruitless = 0;
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
		/* Success leaves no record where none was asked for: nothing to wait for. */
		if (!(c->op.flags & IDXD_OP_FLAG_RCR))
			s->record = NULL;
	}
	/* Who only pushes never looks at a record. */
	if (c->push)
		s->record = NULL;
	else if (!s->record)
		c->wl->unseen = true;
	return s;
}
