// SPDX-License-Identifier: GPL-2.0
// Operand planning: which addresses a checked descriptor touches, how much of them, in which
// direction.

#include "model/dsa/plan.h"
#include "sim/core/hint.h"

u64 dsa_operand_len(const u8 *desc, u8 len_rule)
{
	u64 xfer = dsa_desc_xfer(desc);
	u32 block = dif_block_size(dsa_desc(desc)->dif_chk_flags);

	switch (len_rule) {
	case DSA_LEN_XFER:
		return xfer;
	case DSA_LEN_LIST:
		return xfer * DSA_DESC_SIZE;
	case DSA_LEN_SEED:
		return dsa_desc_flags(desc) & DSA_FLAG_CRC64 ? 8 : 4;
	case DSA_LEN_DELTA_MAX:
		return dsa_desc(desc)->max_delta_size;
	case DSA_LEN_DELTA:
		return dsa_desc(desc)->delta_rec_size;
	case DSA_LEN_DIF_ADD:
		return xfer + xfer / block * DIF_TAG_SIZE;
	case DSA_LEN_DIF_STRIP:
		return xfer / (block + DIF_TAG_SIZE) * block;
	case DSA_LEN_DIX:
		return xfer / block * DIF_TAG_SIZE;
	default:
		return 0;
	}
}

/* What depends on where the operands are. */
static void placed(const u8 *desc, struct dsa_plan *plan)
{
	u64 ahead;

	plan->backward = false;
	if (dsa_desc_opcode(desc) != DSA_OPCODE_MEMMOVE)
		return;
	ahead = plan->operand[1].addr - plan->operand[0].addr;
	plan->backward = ahead - 1 < dsa_desc_xfer(desc) - 1ull; /* 0 < ahead < size */
}

void dsa_plan(const u8 desc[64], struct dsa_plan *plan)
{
	u8 opcode = dsa_desc_opcode(desc);
	u32 flags = dsa_desc_flags(desc);
	const struct dsa_op_info *op = &dsa_op_table[opcode & (DSA_OP_TABLE_SIZE - 1)];
	u64 xfer = dsa_desc_xfer(desc);
	u32 i, n = 0;

	plan->stride = 0;
	plan->read_bytes = 0;
	plan->write_bytes = 0;
	plan->shape = dsa_plan_shape(desc);
	for (i = 0; i < op->noperands; i++) {
		const struct dsa_op_operand *o = &op->operand[i];
		struct dsa_plan_operand *p = &plan->operand[n];

		if (o->when && !(flags & o->when))
			continue;
		p->addr = dsa_ld64(desc + o->offset);
		p->len = o->len == DSA_LEN_XFER ? xfer : dsa_operand_len(desc, o->len);
		p->role = o->role;
		p->offset = o->offset;
		p->write = o->write;
		p->tc_b = flags & o->tc_flag;
		if (o->write)
			plan->write_bytes += p->len;
		else
			plan->read_bytes += p->len;
		if (o->len != DSA_LEN_XFER)
			plan->shape = 0;
		n++;
	}
	plan->noperands = n;
	placed(desc, plan);
	if (opcode == DSA_OP_TRANSL_FETCH) {
		plan->shape = 0;
		plan->read_bytes = 0;
		plan->stride = flags & DSA_FLAG_USE_STRIDE ? dsa_ld32(desc + 48) : 4096;
	} else if (opcode == DSA_OPCODE_CFLUSH) {
		plan->write_bytes = 0;
	}
}

void sim_hot dsa_plan_again(const u8 desc[64], struct dsa_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->noperands; i++)
		plan->operand[i].addr = dsa_ld64(desc + plan->operand[i].offset);
	placed(desc, plan);
}
