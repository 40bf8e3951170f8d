// SPDX-License-Identifier: GPL-2.0
// Descriptor checks, in the order of clause 6.4; clause numbers are those of the tests' names.

#include "model/dsa/check.h"
#include "model/dsa/plan.h"
#include "sim/core/hint.h"

/* Flags of every operation. Fence counts in a batch only, CR and RCI have conditions. */
#define FLAGS_ALWAYS                                                                               \
	(IDXD_OP_FLAG_FENCE | IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_RCI |            \
	 IDXD_OP_FLAG_CR_TCS)

#define STRIDE_MIN 4096

/* Flags that this device has for an operation, of those the operation knows (5.2). */
static u32 device_flags(const struct dsa_caps *caps, u8 opcode)
{
	const struct dsa_op_info *op = &dsa_op_table[opcode];
	u32 flags = op->flags | FLAGS_ALWAYS;
	bool v3 = caps->version >= DSA_VERSION_3;
	bool crc = opcode == DSA_OPCODE_CRCGEN || opcode == DSA_OPCODE_COPY_CRC;

	if (op->bof && caps->wq_bof && (caps->gencap & DSA_GENCAP_BLOCK_ON_FAULT))
		flags |= IDXD_OP_FLAG_BOF;
	if (!(caps->gencap & DSA_GENCAP_DST_READBACK))
		flags &= ~IDXD_OP_FLAG_DRDBK;
	if (!v3 || !(caps->gencap & DSA_GENCAP_DURABLE_WRITE))
		flags &= ~DSA_FLAG_CACHE_CONTROL3;
	if (opcode == DSA_OPCODE_CFLUSH) {
		flags &= ~DSA_FLAG_CACHE_CONTROL3;
		if (v3 || !(caps->gencap & DSA_GENCAP_CACHE_FLUSH_CONTROL))
			flags &= ~IDXD_OP_FLAG_CC;
	} else if (!(caps->gencap & DSA_GENCAP_CACHE_CONTROL)) {
		flags &= ~IDXD_OP_FLAG_CC;
	}
	if (opcode == DSA_OPCODE_BATCH && !(caps->gencap & DSA_GENCAP_BATCH_CONTINUE))
		flags &= ~DSA_FLAG_BATCH_CONTINUE;
	if (opcode == DSA_OPCODE_DRAIN && !(caps->gencap & DSA_GENCAP_DRAIN_READBACK))
		flags &= ~(DSA_FLAG_DRAIN_RDBACK1 | DSA_FLAG_DRAIN_RDBACK2);
	if (opcode == DSA_OPCODE_MEMFILL && !(caps->gencap & DSA_GENCAP_FILL16))
		flags &= ~DSA_FLAG_FILL16;
	if (opcode == DSA_OP_TRANSL_FETCH && !(caps->gencap & DSA_GENCAP_FETCH_STRIDE))
		flags &= ~DSA_FLAG_USE_STRIDE;
	if (crc && !(caps->gencap & DSA_GENCAP_CRC64))
		flags &= ~DSA_FLAG_CRC64;
	return flags;
}

void dsa_caps_prepare(struct dsa_caps *caps)
{
	u64 device = 1ull << SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, caps->gencap);
	u64 batch = 1ull << SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, caps->gencap);
	u32 i;

	caps->transfer_limit = caps->max_transfer < device ? caps->max_transfer : device;
	caps->batch_limit = caps->max_batch < batch ? caps->max_batch : batch;
	caps->batch_min = caps->gencap & DSA_GENCAP_BATCH1 ? 1 : 2;
	caps->ops = caps->opcap[0] & caps->opcfg[0];
	if (!caps->wq_ats)
		caps->ops &= ~(1ull << DSA_OP_TRANSL_FETCH);
	for (i = 0; i < DSA_OP_TABLE_SIZE; i++) {
		if (!dsa_op_table[i].implemented)
			caps->ops &= ~(1ull << i);
		caps->flags[i] = device_flags(caps, i);
	}
}

/* Flags that depend on other flags of the descriptor, beyond the generic ones. */
static u32 conditional_flags(u8 opcode, u32 flags)
{
	u32 bad = 0;

	switch (opcode) {
	case DSA_OPCODE_DRAIN:
		if (!(flags & (IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_RCI)))
			bad |= IDXD_OP_FLAG_RCR;
		if (!(flags & DSA_FLAG_DRAIN_RDBACK1))
			bad |= flags & IDXD_OP_FLAG_ADDR1_TCS;
		if (!(flags & DSA_FLAG_DRAIN_RDBACK2))
			bad |= flags & IDXD_OP_FLAG_ADDR2_TCS;
		break;
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_COPY_CRC:
		if (!(flags & DSA_FLAG_CRC_READ_SEED))
			bad |= flags & IDXD_OP_FLAG_ADDR3_TCS;
		break;
	}
	return bad;
}

/* 0x11: the mask of flags that are invalid, or missing where they are mandatory. */
static u32 check_flags(const struct dsa_caps *caps, const struct dsa_op_info *op, u8 opcode,
		       u32 flags, u32 how)
{
	u32 bad = flags & ~caps->flags[opcode];

	if (!(how & DSA_CHECK_BATCH))
		bad |= flags & IDXD_OP_FLAG_FENCE;
	if (!(flags & IDXD_OP_FLAG_CRAV))
		bad |= flags & (IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_CR_TCS);
	if ((flags & IDXD_OP_FLAG_RCI) && !caps->user_int && caps->wq_pasid_en &&
	    !(how & DSA_CHECK_PRIV))
		bad |= IDXD_OP_FLAG_RCI;
	if (op->record)
		bad |= (IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR) & ~flags;
	if (op->flags & (DSA_FLAG_OP_SPECIFIC | IDXD_OP_FLAG_ADDR3_TCS))
		bad |= conditional_flags(opcode, flags);
	return bad;
}

/* Fields of operations that are reserved only with certain flags. */
static bool conditional_rsvd(const u8 *desc, u8 opcode, u32 flags)
{
	switch (opcode) {
	case DSA_OPCODE_DRAIN:
		return (!(flags & DSA_FLAG_DRAIN_RDBACK1) && dsa_ld64(desc + 16)) ||
		       (!(flags & DSA_FLAG_DRAIN_RDBACK2) && dsa_ld64(desc + 24));
	case DSA_OPCODE_MEMFILL:
		return !(flags & DSA_FLAG_FILL16) && dsa_ld64(desc + 40);
	case DSA_OP_TRANSL_FETCH:
		return !(flags & DSA_FLAG_USE_STRIDE) && dsa_ld32(desc + 48);
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_COPY_CRC:
		if (flags & DSA_FLAG_CRC_READ_SEED)
			return dsa_ld64(desc + 40);
		return dsa_ld64(desc + 48) || (!(flags & DSA_FLAG_CRC64) && dsa_ld32(desc + 44));
	}
	return false;
}

/* 0x12 */
static bool check_rsvd(const struct dsa_op_info *op, const u8 *desc, u8 opcode, u32 flags)
{
	u64 bits = dsa_ld64(desc + 16) & op->rsvd[0];

	bits |= dsa_ld64(desc + 24) & op->rsvd[1];
	bits |= dsa_ld64(desc + 32) & op->rsvd[2];
	bits |= dsa_ld64(desc + 40) & op->rsvd[3];
	bits |= dsa_ld64(desc + 48) & op->rsvd[4];
	bits |= dsa_ld64(desc + 56) & op->rsvd[5];
	/* Reserved while the flag that they belong to is 0 (6.1). */
	if (!(flags & IDXD_OP_FLAG_CRAV))
		bits |= dsa_ld64(desc + 8);
	if (!(flags & IDXD_OP_FLAG_RCI))
		bits |= dsa_ld16(desc + 36);
	if (op->flags & DSA_FLAG_OP_SPECIFIC)
		bits |= conditional_rsvd(desc, opcode, flags);
	return bits;
}

/* 0x13, 0x14, 0x15 of the operations that are not just 1 .. limit. */
static u8 check_size_special(const struct dsa_caps *caps, const struct dsa_op_info *op,
			     const u8 *desc)
{
	u32 xfer = dsa_desc_xfer(desc);
	u32 block = dif_block_size(dsa_desc(desc)->dif_chk_flags);
	u32 delta;

	switch (op->size_rule) {
	case DSA_SIZE_REGION:
		return dsa_desc(desc)->src_addr > ~0ull - (xfer - 1) ? DSA_COMP_XFER_ERANGE : 0;
	case DSA_SIZE_BATCH:
		if (xfer < caps->batch_min || xfer > caps->batch_limit)
			return DSA_COMP_DESC_CNT_ERANGE;
		return 0;
	case DSA_SIZE_CR_DELTA:
		delta = dsa_desc(desc)->max_delta_size;
		if (xfer > DSA_DELTA_MAX_XFER)
			return DSA_COMP_XFER_ERANGE;
		if (delta < DSA_DELTA_MIN_SIZE || delta > caps->transfer_limit)
			return DSA_COMP_DR_ERANGE;
		return 0;
	case DSA_SIZE_AP_DELTA:
		delta = dsa_desc(desc)->delta_rec_size;
		if (xfer > DSA_DELTA_MAX_XFER)
			return DSA_COMP_XFER_ERANGE;
		if (!delta || delta % DSA_DELTA_ENTRY_SIZE || delta > caps->transfer_limit)
			return DSA_COMP_DR_ERANGE;
		return 0;
	case DSA_SIZE_DIF_DATA:
		return xfer % block ? DSA_COMP_XFER_ERANGE : 0;
	case DSA_SIZE_DIF_TAGGED:
		return xfer % (block + DIF_TAG_SIZE) ? DSA_COMP_XFER_ERANGE : 0;
	}
	return 0;
}

static u8 check_size(const struct dsa_caps *caps, const struct dsa_op_info *op, const u8 *desc)
{
	u32 xfer = dsa_desc_xfer(desc);

	if (op->size_rule == DSA_SIZE_NONE)
		return 0;
	if (op->size_rule != DSA_SIZE_BATCH && (!xfer || xfer > caps->transfer_limit))
		return DSA_COMP_XFER_ERANGE;
	if (op->size_rule == DSA_SIZE_XFER)
		return 0;
	return check_size_special(caps, op, desc);
}

/* 0x18, 0x1C, 0x17 */
static u8 check_align(const struct dsa_op_info *op, const u8 *desc, u8 opcode, u32 flags)
{
	u32 i, stride;

	for (i = 0; i < op->noperands; i++) {
		const struct dsa_op_operand *o = &op->operand[i];
		u64 align = o->align;

		if (o->len == DSA_LEN_SEED && (flags & o->when))
			align = dsa_operand_len(desc, DSA_LEN_SEED);
		if (align && (dsa_ld64(desc + o->offset) & (align - 1)))
			return o->len == DSA_LEN_LIST ? DSA_COMP_DESCLIST_ALIGN
						      : DSA_COMP_ADDR_ALIGN;
	}
	if ((op->size_rule == DSA_SIZE_CR_DELTA || op->size_rule == DSA_SIZE_AP_DELTA) &&
	    dsa_desc_xfer(desc) % 8)
		return DSA_COMP_ADDR_ALIGN;
	if (opcode == DSA_OP_TRANSL_FETCH && (flags & DSA_FLAG_USE_STRIDE)) {
		stride = dsa_ld32(desc + 48);
		if (stride < STRIDE_MIN || (stride & (stride - 1)))
			return DSA_COMP_ADDR_ALIGN;
	}
	if (op->dst_equal_12 && ((dsa_desc(desc)->dst_addr ^ dsa_desc(desc)->dest2) & 0xfff))
		return DSA_COMP_DCAST_ERR;
	return 0;
}

/*
 * 0x16: does anything that is written overlap another operand? The CRC seed is
 * read before anything is written and does not count. Strip is checked with the
 * source's length for its destination, as the hardware does.
 */
static bool check_overlap(const struct dsa_op_info *op, const u8 *desc)
{
	u64 addr[DSA_OP_MAX_OPERANDS], len[DSA_OP_MAX_OPERANDS];
	u32 i, j;

	for (i = 0; i < op->noperands; i++) {
		u8 rule = op->operand[i].len;

		addr[i] = dsa_ld64(desc + op->operand[i].offset);
		len[i] = dsa_operand_len(desc, rule == DSA_LEN_DIF_STRIP ? DSA_LEN_XFER : rule);
		if (rule == DSA_LEN_SEED)
			len[i] = 0;
		for (j = 0; j < i; j++) {
			if ((op->operand[i].write || op->operand[j].write) &&
			    dsa_ranges_overlap(addr[i], len[i], addr[j], len[j]))
				return true;
		}
	}
	return false;
}

u8 sim_hot dsa_check(const struct dsa_caps *caps, const u8 desc[64], u32 how, u32 *bad_flags)
{
	u32 flags = dsa_desc_flags(desc), trusted = dsa_ld32(desc), bad;
	u8 opcode = dsa_desc_opcode(desc), status;
	const struct dsa_op_info *op;
	bool direct_swq = caps->shared && !(how & DSA_CHECK_BATCH);

	*bad_flags = 0;
	if ((flags & IDXD_OP_FLAG_CRAV) && (dsa_ld64(desc + 8) & (DSA_RECORD_ALIGN - 1)))
		return DSA_COMP_CRA_ALIGN;
	if (direct_swq && (trusted & DSA_DESC0_PRIV) && !caps->pasid_priv_en)
		return DSA_COMP_PRIV_BAD;
	if (opcode >= DSA_OP_TABLE_SIZE || !(caps->ops >> opcode & 1))
		return DSA_COMP_BAD_OPCODE;
	op = &dsa_op_table[opcode];
	if ((how & DSA_CHECK_BATCH) && !op->in_batch)
		return DSA_COMP_BAD_OPCODE;
	bad = check_flags(caps, op, opcode, flags, how);
	if (bad) {
		*bad_flags = bad;
		return DSA_COMP_INVALID_FLAGS;
	}
	if (check_rsvd(op, desc, opcode, flags) || (direct_swq && (trusted & DSA_DESC0_RSVD)))
		return DSA_COMP_NOZERO_RESERVE;
	status = check_size(caps, op, desc);
	if (status)
		return status;
	/* Memory Move has no alignment rule. */
	if (op->overlap_cap && (caps->gencap & DSA_GENCAP_OVERLAP_COPY))
		return 0;
	status = check_align(op, desc, opcode, flags);
	if (status)
		return status;
	return op->noperands > 1 && check_overlap(op, desc) ? DSA_COMP_OVERLAP_BUFFERS : 0;
}
