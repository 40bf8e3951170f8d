// SPDX-License-Identifier: GPL-2.0
// Memory contents that make a recorded outcome come true: captures hold no payload, so the player
// writes what compares, deltas and DIF operations must find. Only where the trace states an
// outcome.
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/workload/verify.h"

static u8 code(const struct trace_op *op)
{
	return op->status & 0x3f;
}

/* Makes @dst equal to @src as far as both are there. */
static void copy(struct space *s, u64 dst, u64 src, u64 len)
{
	u64 at = 0, run_a, run_b, pa;

	while (at < len) {
		u8 *a = space_ptr(s, src + at, len - at, false, &pa, &run_a);
		u8 *b = space_ptr(s, dst + at, len - at, true, &pa, &run_b);

		if (!a || !b)
			return;
		run_a = run_a < run_b ? run_a : run_b;
		memmove(b, a, run_a);
		at += run_a;
	}
}

static void flip(struct space *s, u64 at)
{
	u8 byte;

	if (!space_read(s, at, &byte, 1)) {
		byte ^= 0xff;
		space_write(s, at, &byte, 1);
	}
}

static void fill(struct space *s, u64 at, u64 pattern, u64 len)
{
	u8 buf[512];
	u64 n, i;

	for (i = 0; i < sizeof(buf); i += 8)
		memcpy(buf + i, &pattern, 8);
	for (i = 0; i < len; i += n) {
		n = len - i < sizeof(buf) ? len - i : sizeof(buf);
		if (space_write(s, at + i, buf, n))
			return;
	}
}

/* Equal up to the recorded offset, different there. */
static void compare(struct space *s, const struct trace_op *op)
{
	copy(s, op->dst, op->src, op->size);
	if (op->result && op->bytes < op->size)
		flip(s, op->dst + op->bytes);
}

static void compare_pattern(struct space *s, const struct trace_op *op)
{
	fill(s, op->src, op->dst, op->size);
	if (op->result && op->bytes < op->size)
		flip(s, op->src + op->bytes);
}

/* Create Delta: equal; one unit different; or more different units than the record may hold. */
static void create_delta(struct space *s, const struct trace_op *op)
{
	u64 room = (u32)op->w6 / DSA_DELTA_ENTRY_SIZE, last = op->bytes / 8, i;

	copy(s, op->dst, op->src, op->size);
	if (op->status >> 7) {
		/* A fault in the record: each unit so far has an entry, the last did not fit. */
		for (i = 0; i <= last && (i + 1) * 8 <= op->size; i++)
			flip(s, op->dst + i * 8);
		return;
	}
	if (op->result == 1)
		flip(s, op->dst);
	/* BC tells where the record was full: the units before it differ from there backwards. */
	for (i = 0; op->result == 2 && i <= room && last >= i; i++)
		flip(s, op->dst + (last - i) * 8);
}

/* Apply Delta: entries in ascending order, wrong where the recorded error says. */
static void apply_delta(struct space *s, const struct trace_op *op)
{
	u32 n = (u32)op->w5 / DSA_DELTA_ENTRY_SIZE, units = op->size / 8, i;
	u32 step = n && units / n ? units / n : 1;

	/* Records of different lengths at one place begin alike. */
	if (step > DSA_DELTA_ENTRY_SIZE)
		step = DSA_DELTA_ENTRY_SIZE;
	for (i = 0; i < n; i++) {
		u8 entry[DSA_DELTA_ENTRY_SIZE];
		u16 at = i * step;
		u64 value = ~(u64)i;

		if (code(op) == DSA_COMP_DR_OFFSET_NOINC && i == op->bytes / DSA_DELTA_ENTRY_SIZE)
			at = 0;
		if (code(op) == DSA_COMP_DR_OFFSET_ERANGE && i == op->bytes / DSA_DELTA_ENTRY_SIZE)
			at = units;
		memcpy(entry, &at, sizeof(at));
		memcpy(entry + sizeof(at), &value, sizeof(value));
		if (space_write(s, op->src + (u64)i * sizeof(entry), entry, sizeof(entry)))
			return;
	}
}

static const u32 dif_block[4] = {512, 520, 4096, 4104};

/* Valid tags for the source of a DIF Check, Strip or Update, made as DIF Insert would. */
static void dif(struct space *s, const struct trace_op *op)
{
	struct dsa_hw_desc ins;
	u8 desc[64], in[64], dif_flags, src_flags;
	u32 block, n, i;
	u8 *data, *tagged;

	client_build(op, in);
	dif_flags = in[42];
	src_flags = in[40];
	block = dif_block[dif_flags & 3];
	n = op->size / (block + 8);
	data = calloc(1, block);
	tagged = malloc(block + 8);
	memset(&ins, 0, sizeof(ins));
	ins.opcode = DSA_OPCODE_DIF_INS;
	ins.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	ins.xfer_size = block;
	ins.dif_ins_flags = dif_flags;
	ins.dest_dif_flag = src_flags & 0x90;
	memcpy(&ins.ins_ref_tag_seed, in + 48, 4);
	memcpy(&ins.ins_app_tag_mask, in + 52, 2);
	memcpy(&ins.ins_app_tag_seed, in + 54, 2);
	for (i = 0; data && tagged && i < n; i++) {
		struct dsa_span from = {data, block}, to = {tagged, block + 8};
		struct dsa_exec x;

		memset(&x, 0, sizeof(x));
		x.operand[DSA_ROLE_SRC1] =
			(struct dsa_operand){.span = &from, .nspans = 1, .avail = block};
		x.operand[DSA_ROLE_DST1] =
			(struct dsa_operand){.span = &to, .nspans = 1, .avail = block + 8};
		memcpy(desc, &ins, sizeof(desc));
		dsa_execute(desc, &x);
		/* A recorded error: the block behind the good ones has a wrong guard or tag. */
		if (code(op) == DSA_COMP_DIF_ERR && i == op->bytes / (block + 8)) {
			if (op->result & 1)
				tagged[block] ^= 0xff;
			if (op->result & 2)
				tagged[block + 2] ^= 0xff;
			if (op->result & 4)
				tagged[block + 4] ^= 0xff;
			if (op->result & 8)
				memset(tagged + block, 0xff, 8);
		}
		if (space_write(s, op->src + (u64)i * (block + 8), tagged, block + 8))
			break;
		if (!(src_flags & 0x80))
			ins.ins_ref_tag_seed++;
		if (src_flags & 0x10)
			ins.ins_app_tag_seed++;
	}
	free(data);
	free(tagged);
}

/* Is one operand of the operation memory of one in flight? Then it is left as it is. */
static bool in_use(struct client *c, const struct trace_op *op)
{
	struct dsa_plan plan;
	u8 desc[64];
	u32 i;

	client_build(op, desc);
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands; i++)
		if (!verify_free_range(c->space, plan.operand[i].addr, plan.operand[i].len))
			return true;
	return false;
}

/* Memory of a process that it has never written gets contents that depend on the place. */
static void first_contents(struct space *s, u64 at, u64 len)
{
	u64 run, pa, i, word;

	for (; len; len -= run, at += run) {
		u8 *p = space_ptr(s, at, len, true, &pa, &run);

		if (!p)
			return;
		for (i = 0; i < run; i += 8) {
			word = (at + i) * 0x9e3779b97f4a7c15ull | 1;
			memcpy(p + i, &word, run - i < 8 ? run - i : 8);
		}
	}
}

/* New contents of a source, so that a copy that did not happen shows. */
static void renew(struct client *c, u64 at, u64 len)
{
	u64 word = 0, n = len < 8 ? len : 8;

	if (space_read(c->space, at, &word, n))
		return;
	if (!word)
		first_contents(c->space, at, len);
	word = (c->issued_units + 1) * 0xd6e8feb86659fd93ull | 1;
	space_write(c->space, at, &word, n);
	space_write(c->space, at + len - n, &word, n);
}

/* Does the source of a generated delta or DIF operation hold what it needs already? */
static bool prepared(struct space *s, const struct trace_op *op)
{
	u32 n = op->op == DSA_OPCODE_AP_DELTA ? (u32)op->w5 / DSA_DELTA_ENTRY_SIZE : op->size / 520;
	u8 tag[DSA_DELTA_ENTRY_SIZE];
	u16 at;

	/* Entries and blocks are written from the first on, and each place has its own: the last
	 * one tells.
	 */
	if (op->op == DSA_OPCODE_AP_DELTA) {
		if (n < 2 || space_read(s, op->src + (n - 1) * 10ull, tag, sizeof(tag)))
			return false;
		memcpy(&at, tag, sizeof(at));
		return at == (n - 1) * DSA_DELTA_ENTRY_SIZE;
	}
	if (space_read(s, op->src + (n - 1) * 520ull + 512, tag, 8))
		return false;
	return ((u32)tag[4] << 24 | tag[5] << 16 | tag[6] << 8 | tag[7]) == n - 1;
}

void payload_generate(struct client *c, const struct trace_op *op)
{
	bool verify = c->wl->data == DATA_VERIFY;
	struct trace_op good = *op;
	u64 word;

	if (!op->size || !dsa_op_find(op->op))
		return;
	good.status = DSA_COMP_SUCCESS;
	switch (op->op) {
	case DSA_OPCODE_AP_DELTA:
		if (!prepared(c->space, op))
			apply_delta(c->space, &good);
		return;
	case DSA_OPCODE_DIF_CHECK:
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		if (!prepared(c->space, op))
			dif(c->space, &good);
		return;
	}
	if (in_use(c, op))
		return;
	switch (op->op) {
	case DSA_OPCODE_MEMMOVE:
	case DSA_OPCODE_DUALCAST:
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_COPY_CRC:
	case DSA_OPCODE_DIF_INS:
		if (verify)
			renew(c, op->src, op->size);
		return;
	case DSA_OPCODE_COMPARE:
		if (verify)
			renew(c, op->src, op->size);
		else if (op->size >= 8 && !space_read(c->space, op->src, &word, 8) && !word)
			return; /* both fresh */
		break;
	case DSA_OPCODE_COMPVAL:
		if (op->size >= 8 && !space_read(c->space, op->src, &word, 8) && word == op->dst)
			return;
		break;
	}
	payload_prepare(c, &good);
}

/* Operations in flight on the memory that is prepared now are not what they were. */
static void written(struct space *s, const struct trace_op *op)
{
	switch (op->op) {
	case DSA_OPCODE_COMPARE:
	case DSA_OPCODE_CR_DELTA:
		verify_written(s, op->dst, op->size);
		break;
	case DSA_OPCODE_AP_DELTA:
		verify_written(s, op->src, (u32)op->w5);
		break;
	case DSA_OPCODE_COMPVAL:
	case DSA_OPCODE_DIF_CHECK:
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		verify_written(s, op->src, op->size);
		break;
	}
}

void payload_prepare(struct client *c, const struct trace_op *op)
{
	struct space *s = c->space;

	if (!op->status || code(op) >= DSA_COMP_BAD_OPCODE || !op->size)
		return;
	if (s->verify)
		written(s, op);
	switch (op->op) {
	case DSA_OPCODE_COMPARE:
		compare(s, op);
		break;
	case DSA_OPCODE_COMPVAL:
		compare_pattern(s, op);
		break;
	case DSA_OPCODE_CR_DELTA:
		create_delta(s, op);
		break;
	case DSA_OPCODE_AP_DELTA:
		apply_delta(s, op);
		break;
	case DSA_OPCODE_DIF_CHECK:
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		dif(s, op);
		break;
	}
}
