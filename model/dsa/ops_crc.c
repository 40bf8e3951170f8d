// SPDX-License-Identifier: GPL-2.0
// CRC Generation and Copy with CRC: one pass, in pieces that stay in the first-level cache.

#include "model/dsa/crc.h"
#include "model/dsa/span.h"

#define PIECE 8192

static u64 crc_seed(const u8 *desc, struct dsa_exec *x, u32 flags)
{
	u64 size = flags & DSA_FLAG_CRC64 ? 8 : 4;
	u8 seed[8] = {0};
	struct span_cur c;

	if (!(flags & DSA_FLAG_CRC_READ_SEED))
		return dsa_ld64(desc + 40);
	span_open(&c, &x->operand[DSA_ROLE_SRC2]);
	span_read(&c, seed, size);
	x->res.moved[DSA_ROLE_SRC2] = size;
	return dsa_ld64(seed);
}

static void crc_only(struct dsa_crc *crc, struct dsa_exec *x, u64 n)
{
	struct span_cur c;

	span_open(&c, &x->operand[DSA_ROLE_SRC1]);
	while (n) {
		u64 run;
		const u8 *p = span_run(&c, &run);

		if (run > n)
			run = n;
		dsa_crc_add(crc, p, run);
		span_step(&c, run);
		n -= run;
	}
}

static void crc_copy(struct dsa_crc *crc, struct dsa_exec *x, u64 n)
{
	struct span_cur in, out;

	span_open(&in, &x->operand[DSA_ROLE_SRC1]);
	span_open(&out, &x->operand[DSA_ROLE_DST1]);
	while (n) {
		u64 run, room;
		const u8 *from = span_run(&in, &run);
		u8 *to = span_run(&out, &room);

		if (run > room)
			run = room;
		if (run > n)
			run = n;
		if (run > PIECE)
			run = PIECE;
		dsa_crc_add(crc, from, run);
		memmove(to, from, run);
		span_step(&in, run);
		span_step(&out, run);
		n -= run;
	}
}

void op_crc(const u8 *desc, struct dsa_exec *x)
{
	u32 flags = dsa_desc_flags(desc);
	bool copy = dsa_desc_opcode(desc) == DSA_OPCODE_COPY_CRC;
	u64 size = dsa_desc_xfer(desc), n = size;
	struct dsa_crc crc;
	int blame = -1;

	if ((flags & DSA_FLAG_CRC_READ_SEED) &&
	    x->operand[DSA_ROLE_SRC2].avail < (flags & DSA_FLAG_CRC64 ? 8 : 4)) {
		exec_fault(x, DSA_ROLE_SRC2, 0);
		return;
	}
	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	if (copy)
		exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	dsa_crc_start(&crc, flags, crc_seed(desc, x, flags));
	if (copy)
		crc_copy(&crc, x, n);
	else
		crc_only(&crc, x, n);
	x->res.moved[DSA_ROLE_SRC1] = n;
	x->res.moved[DSA_ROLE_DST1] = copy ? n : 0;
	dsa_st64(x->res.op_specific, dsa_crc_value(&crc));
	if (n < size)
		exec_fault(x, blame, n);
}
