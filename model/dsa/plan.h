/* SPDX-License-Identifier: GPL-2.0 */
/* Lengths and address ranges of operands, shared by the descriptor checks, the plan and the
 * operations. */
#ifndef MODEL_DSA_PLAN_H
#define MODEL_DSA_PLAN_H

#include "model/dsa/desc.h"
#include "model/dsa/ops.h"

#define DIF_TAG_SIZE 8

/* Data bytes of a DIF block by the low two bits of the DIF flags (descriptor byte 42). */
static inline u32 dif_block_size(u8 dif_flags)
{
	static const u16 size[4] = {512, 520, 4096, 4104};

	return size[dif_flags & 3];
}

/* Length in bytes of one operand; any 64 bytes are safe. */
u64 dsa_operand_len(const u8 *desc, u8 len_rule);

/*
 * Do [a, a + alen) and [b, b + blen) share a byte? Both lengths below 2^63;
 * ranges that pass 2^64 wrap, so no sum can overflow into a wrong answer.
 */
static inline bool dsa_ranges_overlap(u64 a, u64 alen, u64 b, u64 blen)
{
	return alen && blen && (b - a < alen || a - b < blen);
}

#endif
