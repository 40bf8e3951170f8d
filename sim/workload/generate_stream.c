// SPDX-License-Identifier: GPL-2.0
// Generated operations as the player takes them: places in memory, batches, passes.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/workload/generate.h"
#include "sim/workload/workload_priv.h"

struct gen_stream {
	struct op_stream stream;
	struct workload *wl;
	const struct scn_client *cfg;
	struct gen gen;
	u64 src, dst, dst2, records, lists; /* where the arrays lie */
	u64 record_step;
	u64 unit;   /* units made: the window slot is unit % window */
	u32 slot;   /* of the unit at hand */
	u32 *spare; /* slots in no use, where units end out of order: a queue of window + 1 */
	u32 nspare, spare_at;
	u32 left;      /* members of the open batch still to deliver */
	u64 member_at; /* record of the next member */
	u32 passes;    /* still to go, warm-up included */
	u64 arrival;
	struct gen_op *batch; /* members of the open batch */
	u32 nbatch, at;
	u32 window, node;
	u32 warmup; /* passes still to go before the measured ones */
};

static u32 op_flags(const struct scn_client *cfg, u8 opcode, bool record)
{
	const struct dsa_op_info *info = dsa_op_find(opcode);
	u32 flags = 0;

	if (record || info->record)
		flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	if (cfg->cc && (info->flags & IDXD_OP_FLAG_CC))
		flags |= IDXD_OP_FLAG_CC;
	if (cfg->readback && (info->flags & IDXD_OP_FLAG_DRDBK))
		flags |= IDXD_OP_FLAG_DRDBK;
	if (cfg->bof && info->bof)
		flags |= IDXD_OP_FLAG_BOF;
	return flags;
}

/* Puts the operands of @g into a descriptor. */
static void place(const struct gen_stream *s, const struct gen_op *g, struct trace_op *op)
{
	u64 src = s->src + g->src, dst = s->dst + g->dst, beside = s->dst2 + g->dst;

	op->op = g->opcode;
	op->size = g->size;
	op->src = src;
	op->dst = dst;
	switch (g->opcode) {
	case DSA_OPCODE_NOOP:
	case DSA_OPCODE_DRAIN:
		op->src = op->dst = op->size = 0;
		break;
	case DSA_OPCODE_MEMFILL:
		op->src = s->cfg->fill_pattern;
		break;
	case DSA_OPCODE_COMPVAL:
		op->dst = s->cfg->fill_pattern;
		break;
	case DSA_OPCODE_CRCGEN:
		op->dst = 0;
		break;
	case DSA_OPCODE_CFLUSH:
		op->src = 0;
		break;
	case DSA_OPCODE_DUALCAST:
		op->w5 = beside;
		break;
	case DSA_OPCODE_CR_DELTA:
		op->size = g->size & ~7u;
		op->w5 = beside;
		op->w6 = op->size < 80 ? 80 : op->size;
		break;
	}
}

/*
 * Slot of the next unit. Units that end in order take them in turn; else one is taken that no unit
 * in flight uses, and there is one more of them, as a unit is made before its slot is waited for.
 */
static u32 take_slot(struct gen_stream *s)
{
	if (!s->spare)
		return s->unit % s->window;
	s->slot = s->spare[s->spare_at];
	s->spare_at = (s->spare_at + 1) % (s->window + 1);
	s->nspare--;
	return s->slot;
}

static void unit_done(struct op_stream *stream, const struct trace_op *op)
{
	struct gen_stream *s = wl_of(stream, struct gen_stream, stream);
	u64 slot = (op->comp - s->records) / (((u64)s->cfg->batch + 1) * 32);

	if (slot <= s->window && s->nspare <= s->window)
		s->spare[(s->spare_at + s->nspare++) % (s->window + 1)] = (u32)slot;
}

/* Draws the members of the next unit; false at the end of a pass. */
static bool draw_unit(struct gen_stream *s)
{
	u32 want = s->cfg->batch ? s->cfg->batch : 1;

	for (s->nbatch = 0; s->nbatch < want; s->nbatch++)
		if (!gen_next(&s->gen, s->slot, &s->batch[s->nbatch]))
			break;
	s->at = 0;
	return s->nbatch;
}

static u64 record_va(const struct gen_stream *s, u32 slot, u32 i)
{
	u32 per_unit = s->cfg->batch + 1;

	if (s->cfg->record == SCN_RECORD_MISS)
		return s->records + (s->unit & 1) * 4096 + (slot * per_unit + i) % 64 * 32;
	return s->records + ((u64)slot * per_unit + i) * 32;
}

static void member(struct gen_stream *s, struct trace_op *op)
{
	memset(op, 0, sizeof(*op));
	op->instr = TRACE_MEMBER;
	op->member = s->at;
	place(s, &s->batch[s->at], op);
	op->flags = op_flags(s->cfg, op->op, s->cfg->member_records);
	if (op->flags & IDXD_OP_FLAG_CRAV)
		op->comp = record_va(s, s->slot, 1 + s->at);
	s->at++;
}

static int next(struct op_stream *stream, struct trace_op *op)
{
	struct gen_stream *s = wl_of(stream, struct gen_stream, stream);

	if (s->at < s->nbatch && s->cfg->batch && s->nbatch > 1) {
		member(s, op);
		return 1;
	}
	s->slot = take_slot(s);
	while (!draw_unit(s)) {
		if (!--s->passes)
			return 0;
		gen_restart(&s->gen);
		/* The measured part begins when the last client is through its warm-up. */
		if (s->warmup && !--s->warmup && !--s->wl->warming)
			report_warmup_done(s->wl->report);
	}
	memset(op, 0, sizeof(*op));
	op->comp = record_va(s, s->slot, 0);
	s->unit++;
	if (s->cfg->loop == SCN_OPEN) {
		s->arrival += gen_interval(&s->gen);
		op->timing = TRACE_ARRIVAL;
		op->time = s->arrival;
	} else {
		op->time = gen_think(&s->gen);
	}
	if (s->cfg->batch && s->nbatch > 1) {
		op->op = DSA_OPCODE_BATCH;
		op->src = s->lists + (u64)s->slot * s->cfg->batch * DSA_DESC_SIZE;
		op->size = op->listed = s->nbatch;
		op->flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
		return 1;
	}
	place(s, &s->batch[0], op);
	s->at = s->nbatch;
	op->flags = op_flags(s->cfg, op->op, true);
	return 1;
}

struct place_args {
	struct gen_stream *s;
	struct space *space;
	u64 record_bytes, list_bytes;
	bool needs_dst2;
};

/* One array; present from the start unless the scenario wants first touches to fault. */
static s64 array(struct place_args *a, u64 bytes, s32 node, bool present, u64 page_size)
{
	struct process_map m = {.kind = PROCESS_MAP_ANON,
				.len = bytes ? bytes : 4096,
				.prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				.fd = -1,
				.page_size = page_size,
				.node = node < 0 ? (s32)a->s->node : node};
	s64 va = process_mmap(a->space->proc, &m);
	int err;

	if (va < 0 || !present)
		return va;
	err = process_prefault(a->space->proc, va, m.len, true);
	return err ? err : va;
}

static bool wants(const struct scn_client *cfg, u8 opcode)
{
	u32 i;

	for (i = 0; i < cfg->nops; i++)
		if (cfg->ops[i].opcode == opcode)
			return true;
	return false;
}

static int place_arrays(void *arg)
{
	struct place_args *a = arg;
	struct gen_stream *s = a->s;
	const struct scn_client *cfg = s->cfg;
	bool src = true, dst = true;
	s64 got;

	if (cfg->fault == SCN_FAULT_MINOR || cfg->fault == SCN_FAULT_MAJOR) {
		src = cfg->fault_on != SCN_ON_SRC;
		dst = cfg->fault_on != SCN_ON_DST;
	}
	got = array(a, s->gen.extent.src, cfg->src_node, src, cfg->page_size);
	s->src = got;
	if (got >= 0)
		got = array(a, s->gen.extent.dst, cfg->dst_node, dst, cfg->page_size);
	s->dst = s->dst2 = got;
	if (got >= 0 && a->needs_dst2) {
		got = array(a, s->gen.extent.dst, cfg->dst_node, dst, cfg->page_size);
		s->dst2 = got;
	}
	if (got >= 0) {
		got = array(a, a->record_bytes, cfg->record_node, true, 4096);
		s->records = got;
	}
	if (got >= 0 && a->list_bytes) {
		got = array(a, a->list_bytes, cfg->record_node, true, 4096);
		s->lists = got;
	}
	return got < 0 ? (int)got : 0;
}

struct op_stream *generate_stream(struct workload *wl, struct space *space,
				  const struct scn_client *cfg, u32 thread, u32 node,
				  struct cfg_error *err)
{
	struct gen_stream *s = calloc(1, sizeof(*s));
	struct place_args a = {.s = s, .space = space};
	char name[96];
	int ret;

	if (!s)
		return NULL;
	s->wl = wl;
	s->cfg = cfg;
	s->stream.next = next;
	s->window = cfg->window ? cfg->window : 1;
	s->node = node;
	s->warmup = cfg->warmup;
	wl->warming += cfg->warmup > 0;
	s->passes = cfg->passes + cfg->warmup ? cfg->passes + cfg->warmup : 1;
	s->batch = calloc(cfg->batch ? cfg->batch : 1, sizeof(*s->batch));
	snprintf(name, sizeof(name), "%s/%s.%u", space->name, cfg->name, thread);
	if (!s->batch || gen_init(&s->gen, cfg, wl->scn->seed, name, thread, err)) {
		generate_stream_free(&s->stream);
		return NULL;
	}
	if (cfg->recycle > 1 && cfg->record == SCN_RECORD_SEQ) {
		s->spare = calloc(s->window + 1, sizeof(*s->spare));
		if (!s->spare) {
			generate_stream_free(&s->stream);
			return NULL;
		}
		while (s->nspare <= s->window) {
			s->spare[s->nspare] = s->nspare;
			s->nspare++;
		}
		s->stream.done = unit_done;
	}
	a.record_bytes = (u64)(s->window + 1) * (cfg->batch + 1) * 32 + 8192;
	a.list_bytes = (u64)(s->window + 1) * cfg->batch * DSA_DESC_SIZE;
	a.needs_dst2 = wants(cfg, DSA_OPCODE_DUALCAST) || wants(cfg, DSA_OPCODE_CR_DELTA);
	ret = system_call(wl->sys, place_arrays, &a);
	if (ret) {
		cfg_fail_errno(err, -ret, "client %s: memory for its arrays (%llu and %llu bytes)",
			       name, s->gen.extent.src, s->gen.extent.dst);
		generate_stream_free(&s->stream);
		return NULL;
	}
	return &s->stream;
}

void generate_stream_free(struct op_stream *stream)
{
	struct gen_stream *s;

	if (!stream)
		return;
	s = wl_of(stream, struct gen_stream, stream);
	free(s->batch);
	free(s->spare);
	free(s);
}
