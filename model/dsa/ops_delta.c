// SPDX-License-Identifier: GPL-2.0
// Create and Apply Delta Record: 10-byte entries of a 16-bit offset / 8 and 8 bytes of source 2
// (5.5).

#include "model/dsa/span.h"

#define UNIT  8
#define ENTRY DSA_DELTA_ENTRY_SIZE

/* Create's Result */
#define DELTA_EQUAL    0
#define DELTA_FITS     1
#define DELTA_TOO_LONG 2

static void create_finish(const u8 *desc, struct dsa_exec *x, u8 result, u64 at, u32 delta)
{
	x->res.result = result;
	x->res.bytes_completed = result == DELTA_TOO_LONG ? at : 0;
	x->res.status = exec_predicate(dsa_desc_flags(desc),
				       dsa_desc(desc)->expected_res_mask >> result & 1);
	dsa_st32(x->res.op_specific, delta);
}

static void create_fault(struct dsa_exec *x, enum dsa_role role, u64 at, u32 delta)
{
	exec_fault(x, role, at);
	x->res.result = delta ? DELTA_FITS : DELTA_EQUAL;
	dsa_st32(x->res.op_specific, delta);
}

/* Steps over equal units, as far as both sides are contiguous; returns the bytes. */
static u64 skip_equal(struct span_cur *a, struct span_cur *b, u64 n)
{
	u64 run, run2, i = 0;
	const u8 *p = span_run(a, &run), *q = span_run(b, &run2);

	run = run < run2 ? run : run2;
	run = run < n ? run : n;
	while (i + UNIT <= run && dsa_ld64(p + i) == dsa_ld64(q + i))
		i += UNIT;
	span_step(a, i);
	span_step(b, i);
	return i;
}

void op_delta_create(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n = size, at;
	u32 max = dsa_desc(desc)->max_delta_size, delta = 0;
	struct span_cur a, b, out;
	u8 buf_a[UNIT], buf_b[UNIT], entry[ENTRY];
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	exec_limit(x, DSA_ROLE_SRC2, &n, &blame);
	n -= n % UNIT;
	span_open(&a, &x->operand[DSA_ROLE_SRC1]);
	span_open(&b, &x->operand[DSA_ROLE_SRC2]);
	span_open(&out, &x->operand[DSA_ROLE_DST1]);
	for (at = 0; at < n; at += UNIT) {
		const u8 *p, *q;

		at += skip_equal(&a, &b, n - at);
		if (at == n)
			break;
		p = span_peek(&a, buf_a, UNIT);
		q = span_peek(&b, buf_b, UNIT);
		x->res.moved[DSA_ROLE_SRC1] = at + UNIT;
		x->res.moved[DSA_ROLE_SRC2] = at + UNIT;
		if (dsa_ld64(p) == dsa_ld64(q))
			continue;
		if (delta + ENTRY > max) {
			create_finish(desc, x, DELTA_TOO_LONG, at, delta);
			return;
		}
		if (delta + ENTRY > x->operand[DSA_ROLE_DST1].avail) {
			create_fault(x, DSA_ROLE_DST1, at, delta);
			return;
		}
		dsa_st16(entry, at / UNIT);
		memcpy(entry + 2, q, UNIT);
		span_write(&out, entry, ENTRY);
		delta += ENTRY;
		x->res.moved[DSA_ROLE_DST1] = delta;
	}
	x->res.moved[DSA_ROLE_SRC1] = n;
	x->res.moved[DSA_ROLE_SRC2] = n;
	if (n < size)
		create_fault(x, blame, n, delta);
	else
		create_finish(desc, x, delta ? DELTA_FITS : DELTA_EQUAL, n, delta);
}

void op_delta_apply(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), room = x->operand[DSA_ROLE_DST1].avail;
	u64 avail = x->operand[DSA_ROLE_SRC1].avail, pos = 0, offset;
	u32 delta = dsa_desc(desc)->delta_rec_size, done;
	struct span_cur in, out;
	s32 last = -1;
	u8 buf[ENTRY];

	span_open(&in, &x->operand[DSA_ROLE_SRC1]);
	span_open(&out, &x->operand[DSA_ROLE_DST1]);
	for (done = 0; done < delta; done += ENTRY) {
		const u8 *entry;
		u16 unit;

		if (done + ENTRY > avail) {
			exec_fault(x, DSA_ROLE_SRC1, done);
			return;
		}
		entry = span_peek(&in, buf, ENTRY);
		x->res.moved[DSA_ROLE_SRC1] = done + ENTRY;
		unit = dsa_ld16(entry);
		offset = (u64)unit * UNIT;
		if (unit <= last || offset >= size) {
			x->res.status =
				unit <= last ? DSA_COMP_DR_OFFSET_NOINC : DSA_COMP_DR_OFFSET_ERANGE;
			x->res.bytes_completed = done;
			return;
		}
		if (offset + UNIT > room) {
			exec_fault(x, DSA_ROLE_DST1, done);
			return;
		}
		span_skip(&out, offset - pos);
		span_write(&out, entry + 2, UNIT);
		pos = offset + UNIT;
		last = unit;
		x->res.moved[DSA_ROLE_DST1] += UNIT;
	}
}
