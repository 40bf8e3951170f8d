// SPDX-License-Identifier: GPL-2.0
// Cursors over the spans of a translated operand.

#include "model/dsa/span.h"

void span_read(struct span_cur *c, u8 *to, u64 n)
{
	while (n) {
		u64 run;
		const u8 *p = span_run(c, &run);

		if (run > n)
			run = n;
		memcpy(to, p, run);
		span_step(c, run);
		to += run;
		n -= run;
	}
}

void span_write(struct span_cur *c, const u8 *from, u64 n)
{
	while (n) {
		u64 run;
		u8 *p = span_run(c, &run);

		if (run > n)
			run = n;
		memcpy(p, from, run);
		span_step(c, run);
		from += run;
		n -= run;
	}
}

const u8 *span_peek(struct span_cur *c, u8 *scratch, u64 n)
{
	u64 run;
	const u8 *p = span_run(c, &run);

	if (run >= n) {
		span_step(c, n);
		return p;
	}
	span_read(c, scratch, n);
	return scratch;
}

void exec_fault(struct dsa_exec *x, enum dsa_role role, u32 bytes)
{
	const struct dsa_operand *o = &x->operand[role];

	x->res.status = o->fault_status ? o->fault_status : DSA_COMP_PAGE_FAULT_NOBOF;
	x->res.fault = true;
	x->res.fault_write = role_writes(role);
	x->res.fault_role = role;
	x->res.fault_addr = o->fault_addr;
	x->res.bytes_completed = bytes;
}
