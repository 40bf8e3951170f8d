// SPDX-License-Identifier: GPL-2.0
// Operations without payload: sizes, faults and records as with it, contents from a hint.

#include "model/dsa/dif.h"
#include "model/dsa/span.h"

static const struct dsa_payload_hint no_hint;

/* How far the operands that run along with the transfer are translated. */
static u64 xfer_limit(const u8 *desc, const struct dsa_exec *x, int *blame)
{
	const struct dsa_op_info *op = &dsa_op_table[dsa_desc_opcode(desc)];
	u64 n = dsa_desc_xfer(desc);
	u32 i;

	for (i = 0; i < op->noperands; i++) {
		if (op->operand[i].len == DSA_LEN_XFER)
			exec_limit(x, op->operand[i].role, &n, blame);
	}
	return n;
}

static void xfer_moved(const u8 *desc, struct dsa_exec *x, u64 n)
{
	const struct dsa_op_info *op = &dsa_op_table[dsa_desc_opcode(desc)];
	u32 i;

	for (i = 0; i < op->noperands; i++) {
		if (op->operand[i].len == DSA_LEN_XFER)
			x->res.moved[op->operand[i].role] = n;
	}
}

static void none_xfer(const u8 *desc, struct dsa_exec *x)
{
	int blame = -1;
	u64 n = xfer_limit(desc, x, &blame);

	if (dsa_desc_opcode(desc) != DSA_OP_TRANSL_FETCH)
		xfer_moved(desc, x, n);
	if (n < dsa_desc_xfer(desc))
		exec_fault(x, blame, n);
}

static bool starts_at_front(const struct dsa_operand *o, u64 size)
{
	return o->avail < size && !o->from_end;
}

static void none_move(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n;
	u64 ahead = dsa_desc(desc)->dst_addr - dsa_desc(desc)->src_addr;
	int blame = -1;

	if (!ahead || ahead >= size) {
		none_xfer(desc, x);
		return;
	}
	n = xfer_limit(desc, x, &blame);
	if (starts_at_front(&x->operand[DSA_ROLE_SRC1], size) ||
	    starts_at_front(&x->operand[DSA_ROLE_DST1], size))
		n = 0;
	xfer_moved(desc, x, n);
	if (n < size) {
		x->res.result = 1;
		exec_fault(x, blame, n);
	}
}

static void none_crc(const u8 *desc, struct dsa_exec *x, const struct dsa_payload_hint *hint)
{
	u32 flags = dsa_desc_flags(desc);
	u64 seed = flags & DSA_FLAG_CRC64 ? 8 : 4;

	if (flags & DSA_FLAG_CRC_READ_SEED) {
		if (x->operand[DSA_ROLE_SRC2].avail < seed) {
			exec_fault(x, DSA_ROLE_SRC2, 0);
			return;
		}
		x->res.moved[DSA_ROLE_SRC2] = seed;
	}
	none_xfer(desc, x);
	dsa_st64(x->res.op_specific, flags & DSA_FLAG_CRC64 ? hint->crc : (u32)hint->crc);
}

static void none_compare(const u8 *desc, struct dsa_exec *x, const struct dsa_payload_hint *hint)
{
	int blame = -1;
	u64 n = xfer_limit(desc, x, &blame);
	bool differs = (hint->result & 1) && hint->bytes_completed < n;

	xfer_moved(desc, x, differs ? hint->bytes_completed + 1ull : n);
	if (!differs && n < dsa_desc_xfer(desc)) {
		exec_fault(x, blame, n);
		return;
	}
	x->res.result = differs;
	x->res.bytes_completed = differs ? hint->bytes_completed : 0;
	x->res.status =
		exec_predicate(dsa_desc_flags(desc), (dsa_desc(desc)->expected_res & 1) == differs);
}

/* `part` of `whole` steps through `size` bytes, in 8-byte units. */
static u64 spread(u64 size, u64 part, u64 whole)
{
	return whole ? size / 8 * part / whole * 8 : 0;
}

static u64 divide_up(u64 a, u64 b)
{
	return (a + b - 1) / b;
}

/*
 * The differences are taken to be spread evenly over what is compared: the one
 * with number k is in the unit k * units / entries.
 */
static void none_delta_create(const u8 *desc, struct dsa_exec *x,
			      const struct dsa_payload_hint *hint)
{
	u64 size = dsa_desc_xfer(desc), n, end = size, room, entries, stored, full = ~0ull;
	u32 max = dsa_desc(desc)->max_delta_size;
	u8 result = hint->result < 3 ? hint->result : 0;
	int blame = -1;

	entries = result ? (hint->delta_size < max ? hint->delta_size : max) / 10 : 0;
	if (result == 2)
		end = hint->bytes_completed < size ? hint->bytes_completed / 8 * 8 : size - 8;
	if (entries > end / 8)
		entries = end / 8;
	n = xfer_limit(desc, x, &blame) / 8 * 8;
	room = x->operand[DSA_ROLE_DST1].avail / 10;
	if (room < entries)
		full = spread(end, room, entries); /* where the record's space ends */
	if (n < size && n <= end && n <= full) {
		stored = n < end ? divide_up(entries * n, end) : entries;
		if (stored > room)
			stored = room;
		exec_fault(x, blame, n);
		x->res.result = stored > 0;
	} else if (room < entries) {
		n = full;
		stored = room;
		exec_fault(x, DSA_ROLE_DST1, n);
		x->res.result = stored > 0;
		n += 8;
	} else {
		n = result == 2 ? end + 8 : end; /* the unit whose entry is too much was read */
		stored = entries;
		x->res.result = result;
		x->res.bytes_completed = result == 2 ? end : 0;
		x->res.status = exec_predicate(dsa_desc_flags(desc),
					       dsa_desc(desc)->expected_res_mask >> result & 1);
	}
	xfer_moved(desc, x, n);
	x->res.moved[DSA_ROLE_DST1] = stored * 10;
	dsa_st32(x->res.op_specific, stored * 10);
}

static void none_delta_apply(const u8 *desc, struct dsa_exec *x,
			     const struct dsa_payload_hint *hint)
{
	u64 size = dsa_desc_xfer(desc), room = x->operand[DSA_ROLE_DST1].avail;
	u64 entries = dsa_desc(desc)->delta_rec_size / 10, done = entries, bad = entries;
	int blame = -1;
	bool stopped = true; /* at an entry that was read and not applied */

	if (hint->status == DSA_COMP_DR_OFFSET_NOINC || hint->status == DSA_COMP_DR_OFFSET_ERANGE)
		bad = hint->bytes_completed / 10;
	if (room < size && divide_up(entries * (room / 8), size / 8) < done) {
		done = divide_up(entries * (room / 8), size / 8);
		blame = DSA_ROLE_DST1;
	}
	if (x->operand[DSA_ROLE_SRC1].avail / 10 < done) {
		done = x->operand[DSA_ROLE_SRC1].avail / 10;
		blame = DSA_ROLE_SRC1;
	}
	if (bad < done) {
		done = bad;
		x->res.status = hint->status;
		x->res.bytes_completed = done * 10;
	} else if (done < entries) {
		exec_fault(x, blame, done * 10);
		stopped = blame == DSA_ROLE_DST1;
	} else {
		stopped = false;
	}
	x->res.moved[DSA_ROLE_SRC1] = (done + stopped) * 10;
	x->res.moved[DSA_ROLE_DST1] = done * 8;
}

static void none_dif(const u8 *desc, struct dsa_exec *x, const struct dsa_payload_hint *hint,
		     u32 out_data, u32 out_tag)
{
	u8 opcode = dsa_desc_opcode(desc), rule = dsa_op_table[opcode].size_rule;
	u64 in, out, blocks, fit, bad;
	struct dif d;
	int blame = DSA_ROLE_SRC1;

	dif_init(&d, desc);
	in = d.block + (rule == DSA_SIZE_DIF_TAGGED ? DIF_TAG_SIZE : 0);
	out = (out_data ? d.block : 0) + (out_tag ? DIF_TAG_SIZE : 0);
	blocks = dsa_desc_xfer(desc) / in;
	fit = x->operand[DSA_ROLE_SRC1].avail / in;
	if (fit > blocks)
		fit = blocks;
	if (out && x->operand[DSA_ROLE_DST1].avail / out < fit) {
		fit = x->operand[DSA_ROLE_DST1].avail / out;
		blame = DSA_ROLE_DST1;
	}
	bad = hint->status == DSA_COMP_DIF_ERR && rule == DSA_SIZE_DIF_TAGGED
		      ? hint->bytes_completed / in
		      : blocks;
	if (bad < fit) {
		x->res.status = DSA_COMP_DIF_ERR;
		x->res.result = hint->result;
		x->res.bytes_completed = bad * in;
		x->res.moved[DSA_ROLE_SRC1] = (bad + 1) * in;
		x->res.moved[DSA_ROLE_DST1] = bad * out;
		return;
	}
	x->res.moved[DSA_ROLE_SRC1] = fit * in;
	x->res.moved[DSA_ROLE_DST1] = fit * out;
	if (fit < blocks)
		exec_fault(x, blame, fit * in);
	dif_advance(&d, fit);
	dif_record(&d, opcode, x->res.op_specific);
}

void dsa_execute_none(const u8 desc[64], struct dsa_exec *x, const struct dsa_payload_hint *hint)
{
	memset(&x->res, 0, sizeof(x->res));
	x->res.status = DSA_COMP_SUCCESS;
	if (!hint || !hint->valid)
		hint = &no_hint;
	switch (dsa_desc_opcode(desc)) {
	case DSA_OPCODE_NOOP:
	case DSA_OPCODE_DRAIN:
		break;
	case DSA_OPCODE_MEMMOVE:
		none_move(desc, x);
		break;
	case DSA_OPCODE_COMPARE:
	case DSA_OPCODE_COMPVAL:
		none_compare(desc, x, hint);
		break;
	case DSA_OPCODE_CR_DELTA:
		none_delta_create(desc, x, hint);
		break;
	case DSA_OPCODE_AP_DELTA:
		none_delta_apply(desc, x, hint);
		break;
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_COPY_CRC:
		none_crc(desc, x, hint);
		break;
	case DSA_OPCODE_DIF_CHECK:
		none_dif(desc, x, hint, 0, 0);
		break;
	case DSA_OPCODE_DIF_STRP:
		none_dif(desc, x, hint, 1, 0);
		break;
	case DSA_OPCODE_DIF_INS:
	case DSA_OPCODE_DIF_UPDT:
		none_dif(desc, x, hint, 1, 1);
		break;
	case DSA_OP_DIX_GEN:
		none_dif(desc, x, hint, 0, 1);
		break;
	default:
		none_xfer(desc, x);
	}
}
