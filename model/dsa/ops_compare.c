// SPDX-License-Identifier: GPL-2.0
// Compare and Compare Pattern: a difference in front of a fault wins over the fault (5.5).

#include "model/dsa/span.h"

/* memcmp() tells whether, not where: look closer in pieces of this size. */
#define PIECE 4096

static u64 first_difference(const u8 *a, const u8 *b, u64 n)
{
	u64 i = 0;

	while (i + 8 <= n && dsa_ld64(a + i) == dsa_ld64(b + i))
		i += 8;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* Record of a compare that looked at n of size bytes and found a difference at `at`, or at n none.
 */
static void compare_finish(const u8 *desc, struct dsa_exec *x, u64 at, u64 n, int blame)
{
	u32 flags = dsa_desc_flags(desc);
	bool expected = dsa_desc(desc)->expected_res & 1;
	bool differs = at < n;

	if (!differs && n < dsa_desc_xfer(desc)) {
		exec_fault(x, blame, n);
		return;
	}
	x->res.result = differs;
	x->res.bytes_completed = differs ? at : 0;
	x->res.status = exec_predicate(flags, expected == differs);
}

void op_compare(const u8 *desc, struct dsa_exec *x)
{
	u64 n = dsa_desc_xfer(desc), at = 0;
	struct span_cur a, b;
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	exec_limit(x, DSA_ROLE_SRC2, &n, &blame);
	span_open(&a, &x->operand[DSA_ROLE_SRC1]);
	span_open(&b, &x->operand[DSA_ROLE_SRC2]);
	while (at < n) {
		u64 run, run2;
		const u8 *p = span_run(&a, &run), *q = span_run(&b, &run2);

		run = run < run2 ? run : run2;
		run = run < n - at ? run : n - at;
		run = run < PIECE ? run : PIECE;
		if (memcmp(p, q, run)) {
			at += first_difference(p, q, run);
			break;
		}
		span_step(&a, run);
		span_step(&b, run);
		at += run;
	}
	x->res.moved[DSA_ROLE_SRC1] = at < n ? at + 1 : n;
	x->res.moved[DSA_ROLE_SRC2] = at < n ? at + 1 : n;
	compare_finish(desc, x, at, n, blame);
}

/* First byte of a piece that is not the pattern's, whose byte `phase` comes first. */
static u64 pattern_difference(const u8 *p, u64 n, u64 pattern, u64 phase)
{
	u8 rot[8];
	u64 i;

	phase = (phase & 7) * 8;
	if (phase)
		pattern = pattern >> phase | pattern << (64 - phase);
	dsa_st64(rot, pattern);
	/* Right at the front and each byte equal to the one eight before: all right. */
	if (n >= 8 && !memcmp(p, rot, 8) && !memcmp(p, p + 8, n - 8))
		return n;
	for (i = 0; i < n; i++) {
		if (p[i] != rot[i & 7])
			break;
	}
	return i;
}

void op_compare_pattern(const u8 *desc, struct dsa_exec *x)
{
	u64 n = dsa_desc_xfer(desc), at = 0;
	struct span_cur c;
	int blame = -1;

	exec_limit(x, DSA_ROLE_SRC1, &n, &blame);
	span_open(&c, &x->operand[DSA_ROLE_SRC1]);
	while (at < n) {
		u64 run, same;
		const u8 *p = span_run(&c, &run);

		run = run < n - at ? run : n - at;
		run = run < PIECE ? run : PIECE;
		same = pattern_difference(p, run, dsa_desc(desc)->comp_pattern, at);
		at += same;
		if (same < run)
			break;
		span_step(&c, run);
	}
	x->res.moved[DSA_ROLE_SRC1] = at < n ? at + 1 : n;
	compare_finish(desc, x, at, n, blame);
}
