// SPDX-License-Identifier: GPL-2.0
// Memory Move, Fill, Dualcast, Cache Flush, Translation Fetch.

#include "model/dsa/span.h"

/* Forward, in pieces that are contiguous on both sides. */
static void copy_up(const struct dsa_operand *src, const struct dsa_operand *dst, u64 n)
{
	struct span_cur in, out;

	span_open(&in, src);
	span_open(&out, dst);
	while (n) {
		u64 run, room;
		const u8 *from = span_run(&in, &run);
		u8 *to = span_run(&out, &room);

		if (run > room)
			run = room;
		if (run > n)
			run = n;
		memmove(to, from, run);
		span_step(&in, run);
		span_step(&out, run);
		n -= run;
	}
}

/* A cursor that walks towards lower addresses: the bytes in front of it. */
struct span_down {
	const struct dsa_span *span;
	u64 off;
};

static void span_open_down(struct span_down *c, const struct dsa_operand *o, u64 size)
{
	struct span_cur up;

	span_open(&up, o);
	span_skip(&up, o->from_end && o->avail < size ? o->avail : size);
	c->span = up.span;
	c->off = up.off;
}

static u8 *span_run_down(struct span_down *c, u64 *run)
{
	while (!c->off) {
		c->span--;
		c->off = c->span->len;
	}
	*run = c->off;
	return c->span->ptr + c->off;
}

/* The last n of size bytes, from the end. */
static void copy_down(const struct dsa_operand *src, const struct dsa_operand *dst, u64 size, u64 n)
{
	struct span_down in, out;

	if (!n)
		return;
	span_open_down(&in, src, size);
	span_open_down(&out, dst, size);
	while (n) {
		u64 run, room;
		const u8 *from = span_run_down(&in, &run);
		u8 *to = span_run_down(&out, &room);

		if (run > room)
			run = room;
		if (run > n)
			run = n;
		memmove(to - run, from - run, run);
		in.off -= run;
		out.off -= run;
		n -= run;
	}
}

/*
 * The destination overlaps the source from above (5.4): only the end can be
 * written first. An operand that faults, but was not translated from the end,
 * leaves nothing to begin with.
 */
static void move_down(const struct dsa_operand *src, const struct dsa_operand *dst, u64 size,
		      struct dsa_exec *x)
{
	u64 n = size;
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	if ((src->avail < size && !src->from_end) || (dst->avail < size && !dst->from_end))
		n = 0;
	copy_down(src, dst, size, n);
	x->res.moved[DSA_ROLE_SRC1] = n;
	x->res.moved[DSA_ROLE_DST1] = n;
	if (n < size) {
		x->res.result = 1;
		exec_fault(x, blame, n);
	}
}

void op_move(const u8 *desc, struct dsa_exec *x)
{
	const struct dsa_operand *src = &x->operand[DSA_ROLE_SRC1];
	const struct dsa_operand *dst = &x->operand[DSA_ROLE_DST1];
	u64 size = dsa_desc_xfer(desc), n = size;
	u64 ahead = dsa_desc(desc)->dst_addr - dsa_desc(desc)->src_addr;
	int blame = -1;
	u8 *from, *to;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	from = span_single(src, size);
	to = span_single(dst, size);
	if (n == size && from && to) {
		memmove(to, from, size);
	} else if (ahead && ahead < size) {
		move_down(src, dst, size, x);
		return;
	} else {
		copy_up(src, dst, n);
	}
	x->res.moved[DSA_ROLE_SRC1] = n;
	x->res.moved[DSA_ROLE_DST1] = n;
	if (n < size)
		exec_fault(x, blame, n);
}

/* Fills n bytes with the pattern, beginning at its byte `phase`. */
static void fill_run(u8 *p, u64 n, const u8 pattern[16], u64 phase)
{
	u8 rot[16];
	u64 i;

	for (i = 0; i < 16; i++)
		rot[i] = pattern[(phase + i) & 15];
	for (; n >= 64; n -= 64, p += 64) {
		memcpy(p, rot, 16);
		memcpy(p + 16, rot, 16);
		memcpy(p + 32, rot, 16);
		memcpy(p + 48, rot, 16);
	}
	for (; n >= 16; n -= 16, p += 16)
		memcpy(p, rot, 16);
	memcpy(p, rot, n);
}

void op_fill(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n = size, done = 0;
	u64 low = dsa_desc(desc)->pattern;
	struct span_cur out;
	int blame = -1;
	u8 pattern[16];

	dsa_st64(pattern, low);
	dsa_st64(pattern + 8, dsa_desc_flags(desc) & DSA_FLAG_FILL16 ? dsa_ld64(desc + 40) : low);
	exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	span_open(&out, &x->operand[DSA_ROLE_DST1]);
	while (done < n) {
		u64 run;
		u8 *p = span_run(&out, &run);

		if (run > n - done)
			run = n - done;
		fill_run(p, run, pattern, done);
		span_step(&out, run);
		done += run;
	}
	x->res.moved[DSA_ROLE_DST1] = n;
	if (n < size)
		exec_fault(x, blame, n);
}

/* Each piece of the source is read once and written twice while it is in the cache. */
#define DUALCAST_PIECE 8192

void op_dualcast(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n = size, left;
	struct span_cur in, out1, out2;
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	exec_limit(x, DSA_ROLE_DST2, &n, &blame);
	span_open(&in, &x->operand[DSA_ROLE_SRC1]);
	span_open(&out1, &x->operand[DSA_ROLE_DST1]);
	span_open(&out2, &x->operand[DSA_ROLE_DST2]);
	for (left = n; left;) {
		u64 run, room1, room2;
		const u8 *from = span_run(&in, &run);
		u8 *to1 = span_run(&out1, &room1), *to2 = span_run(&out2, &room2);

		run = run < room1 ? run : room1;
		run = run < room2 ? run : room2;
		run = run < left ? run : left;
		run = run < DUALCAST_PIECE ? run : DUALCAST_PIECE;
		memmove(to1, from, run);
		memmove(to2, from, run);
		span_step(&in, run);
		span_step(&out1, run);
		span_step(&out2, run);
		left -= run;
	}
	x->res.moved[DSA_ROLE_SRC1] = n;
	x->res.moved[DSA_ROLE_DST1] = n;
	x->res.moved[DSA_ROLE_DST2] = n;
	if (n < size)
		exec_fault(x, blame, n);
}

void op_flush(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n = size;
	int blame = -1;

	/* Simulated memory is coherent: what caches hold is a matter of time only (stream.c). */
	exec_limit(x, DSA_ROLE_DST1, &n, &blame);
	x->res.moved[DSA_ROLE_DST1] = n;
	if (n < size)
		exec_fault(x, blame, n);
}

void op_fetch(const u8 *desc, struct dsa_exec *x)
{
	u64 size = dsa_desc_xfer(desc), n = size;
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	if (n < size)
		exec_fault(x, blame, n);
}
