// SPDX-License-Identifier: GPL-2.0
// Generated operations as descriptors: operands in the thread's arrays, flags, what deltas and DIF
// need.
#include <linux/idxd.h>

#include "model/dsa/ops.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"
#include "sim/scenario/cfg.h"
#include "sim/workload/generate.h"
#include "sim/workload/trace.h"

#define DIF_BLOCK  512u
#define DIF_TAGGED (DIF_BLOCK + 8)
/* Create Delta's record has at least this room, and never more than its limit of offsets. */
#define DELTA_LEAST 80u
#define DELTA_MOST  0x80000u
/* Data that an entry of a delta record stands for: one unit of ten is different. */
#define DELTA_EACH (8 * DSA_DELTA_ENTRY_SIZE)

static bool is_dif(u8 opcode)
{
	return opcode >= DSA_OPCODE_DIF_CHECK && opcode <= DSA_OPCODE_DIF_UPDT;
}

static bool is_delta(u8 opcode)
{
	return opcode == DSA_OPCODE_CR_DELTA || opcode == DSA_OPCODE_AP_DELTA;
}

bool gen_wants(const struct scn_client *c, u8 opcode)
{
	u32 i;

	for (i = 0; i < c->nops; i++)
		if (c->ops[i].opcode == opcode)
			return true;
	return false;
}

u64 gen_array_bytes(const struct gen *gen, enum gen_array array)
{
	const struct scn_client *c = gen->client;
	bool needed = true;

	switch (array) {
	case GEN_DST2:
		needed = gen_wants(c, DSA_OPCODE_DUALCAST) || gen_wants(c, DSA_OPCODE_CR_DELTA);
		break;
	case GEN_TAGGED:
		needed = gen_wants(c, DSA_OPCODE_DIF_CHECK) || gen_wants(c, DSA_OPCODE_DIF_STRP) ||
			 gen_wants(c, DSA_OPCODE_DIF_UPDT);
		break;
	case GEN_DELTA:
		needed = gen_wants(c, DSA_OPCODE_AP_DELTA);
		break;
	default:
		break;
	}
	if (!needed)
		return 0;
	return array == GEN_SRC || array == GEN_TAGGED || array == GEN_DELTA ? gen->extent.src
									     : gen->extent.dst;
}

static u64 smallest_size(const struct scn_size *size)
{
	u64 least = size->a;
	u32 i;

	if (size->kind == SCN_SIZE_TABLE) {
		least = ~0ull;
		for (i = 0; i < size->rows; i++)
			least = size->table[i].size < least ? size->table[i].size : least;
	} else if (size->b && size->b < least) {
		least = size->b;
	}
	return least;
}

int gen_check_ops(const struct scn_client *c, const char *name, bool kernel, bool pieces,
		  struct cfg_error *err)
{
	u64 least = smallest_size(&c->size);
	u32 i;

	for (i = 0; i < c->nops; i++) {
		u8 op = c->ops[i].opcode;
		u64 need = is_dif(op) ? DIF_TAGGED : DELTA_LEAST;

		if (op == DSA_OPCODE_DRAIN && c->batch > 1)
			return cfg_fail(err, "client %s: a batch can't have drains as members",
					name);
		if (!is_dif(op) && !is_delta(op))
			continue;
		if (kernel || pieces)
			return cfg_fail(err, "client %s: %s is not possible with %s", name,
					trace_op_name(op),
					kernel ? "'addr: phys'" : "operations cut into pieces");
		if (least < need)
			return cfg_fail(
				err, "client %s: %s needs sizes of at least %llu bytes, not %llu",
				name, trace_op_name(op), need, least);
	}
	return 0;
}

u32 gen_flags(const struct scn_client *c, u8 opcode, bool record)
{
	const struct dsa_op_info *info = dsa_op_find(opcode);
	u32 flags = 0;

	if (!info)
		return 0;
	if (record || info->record)
		flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	/* With Cache Flush the bit means something else. */
	if (c->cc && (info->flags & IDXD_OP_FLAG_CC) && opcode != DSA_OPCODE_CFLUSH)
		flags |= IDXD_OP_FLAG_CC;
	if (c->readback && (info->flags & IDXD_OP_FLAG_DRDBK))
		flags |= IDXD_OP_FLAG_DRDBK;
	if (c->bof && info->bof)
		flags |= IDXD_OP_FLAG_BOF;
	return flags;
}

/*
 * Prepared sources begin at the first byte of their place: whatever is prepared there, for whatever
 * size, begins with the same bytes, and operations in flight do not spoil each other's.
 */
static u64 prepared(const struct gen *gen, u64 array, u64 offset)
{
	u64 place = offset < gen->start ? 0 : (offset - gen->start) / gen->stride;

	return array + gen->start + place * gen->stride;
}

static void place_delta(const struct gen *gen, const u64 *array, const struct gen_op *g,
			struct trace_op *op)
{
	op->size = (g->size < DELTA_MOST ? g->size : DELTA_MOST) & ~7u;
	op->dst &= ~7ull;
	if (g->opcode == DSA_OPCODE_CR_DELTA) {
		op->src &= ~7ull;
		op->w5 = array[GEN_DST2] + g->dst;
		op->w6 = op->size / DSA_DELTA_ENTRY_SIZE * DSA_DELTA_ENTRY_SIZE;
		return;
	}
	op->src = prepared(gen, array[GEN_DELTA], g->src);
	op->w5 = op->size / DELTA_EACH * DSA_DELTA_ENTRY_SIZE;
}

/* Blocks of 512 bytes; as many as fit with their tags. Seeds and masks are 0. */
static void place_dif(const struct gen *gen, const u64 *array, const struct gen_op *g,
		      struct trace_op *op)
{
	bool insert = g->opcode == DSA_OPCODE_DIF_INS;

	op->size = g->size / DIF_TAGGED * (insert ? DIF_BLOCK : DIF_TAGGED);
	if (!insert)
		op->src = prepared(gen, array[GEN_TAGGED], g->src);
	if (g->opcode == DSA_OPCODE_DIF_CHECK)
		op->dst = 0;
}

void sim_hot gen_place(const struct gen *gen, const u64 array[GEN_ARRAYS], const struct gen_op *g,
		       struct trace_op *op)
{
	const struct scn_client *c = gen->client;

	op->op = g->opcode;
	op->size = g->size;
	op->src = array[GEN_SRC] + g->src;
	op->dst = array[GEN_DST] + g->dst;
	switch (g->opcode) {
	case DSA_OPCODE_NOOP:
	case DSA_OPCODE_DRAIN:
		op->src = op->dst = op->size = 0;
		break;
	case DSA_OPCODE_MEMFILL: /* the pattern in place of the source */
		op->src = c->fill_pattern;
		break;
	case DSA_OPCODE_COMPVAL:
		op->dst = c->fill_pattern;
		break;
	case DSA_OPCODE_CRCGEN:
		op->dst = 0;
		break;
	case DSA_OPCODE_CFLUSH:
		op->src = 0;
		break;
	case DSA_OPCODE_DUALCAST: /* both destinations agree in their page offset */
		op->w5 = array[GEN_DST2] + g->dst;
		break;
	default:
		if (is_delta(g->opcode))
			place_delta(gen, array, g, op);
		else if (is_dif(g->opcode))
			place_dif(gen, array, g, op);
	}
}
