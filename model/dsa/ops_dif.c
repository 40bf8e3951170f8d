// SPDX-License-Identifier: GPL-2.0
// DIF Check, Insert, Strip, Update and DIX Generate: whole blocks, one pass over the data.

#include "model/dsa/dif.h"
#include "model/dsa/span.h"

/* One operation under way. Progress is counted in whole blocks (5.8). */
struct dif_run {
	struct dif dif;
	struct span_cur in, out;
	u64 unit_in, unit_out; /* bytes of a block in the source and in the destination */
	u64 blocks;	       /* blocks of the whole descriptor */
	u64 fit;	       /* blocks that are translated on both sides */
	int blame;	       /* the role that bounds fit, when it is less than blocks */
	u8 scratch[DIF_BLOCK_MAX + DIF_TAG_SIZE];
};

static void run_init(struct dif_run *r, const u8 *desc, struct dsa_exec *x, bool tagged_in,
		     u64 unit_out)
{
	u64 fit;

	dif_init(&r->dif, desc);
	r->unit_in = r->dif.block + (tagged_in ? DIF_TAG_SIZE : 0);
	r->unit_out = unit_out;
	r->blocks = dsa_desc_xfer(desc) / r->unit_in;
	r->fit = r->blocks;
	r->blame = -1;
	fit = x->operand[DSA_ROLE_SRC1].avail / r->unit_in;
	if (fit < r->fit) {
		r->fit = fit;
		r->blame = DSA_ROLE_SRC1;
	}
	if (unit_out) {
		fit = x->operand[DSA_ROLE_DST1].avail / unit_out;
		if (fit < r->fit) {
			r->fit = fit;
			r->blame = DSA_ROLE_DST1;
		}
	}
	if (!r->fit)
		return;
	span_open(&r->in, &x->operand[DSA_ROLE_SRC1]);
	if (unit_out)
		span_open(&r->out, &x->operand[DSA_ROLE_DST1]);
}

/* `done` blocks are complete; err: DSA_DIF_* of the next one. */
static void run_finish(struct dif_run *r, const u8 *desc, struct dsa_exec *x, u64 done, u8 err)
{
	struct dsa_result *res = &x->res;

	res->moved[DSA_ROLE_SRC1] = (done + (err ? 1 : 0)) * r->unit_in;
	res->moved[DSA_ROLE_DST1] = done * r->unit_out;
	if (err) {
		res->status = DSA_COMP_DIF_ERR;
		res->result = err;
		res->bytes_completed = done * r->unit_in;
		return;
	}
	if (done < r->blocks)
		exec_fault(x, r->blame, done * r->unit_in);
	dif_record(&r->dif, dsa_desc_opcode(desc), res->op_specific);
}

void op_dif_check(const u8 *desc, struct dsa_exec *x)
{
	struct dif_run r;
	u64 i;

	run_init(&r, desc, x, true, 0);
	for (i = 0; i < r.fit; i++) {
		const u8 *in = span_peek(&r.in, r.scratch, r.unit_in);
		u8 err = dif_verify(&r.dif, dif_guard(&r.dif, in), in + r.dif.block);

		if (err) {
			run_finish(&r, desc, x, i, err);
			return;
		}
		dif_advance(&r.dif, 1);
	}
	run_finish(&r, desc, x, i, 0);
}

void op_dif_insert(const u8 *desc, struct dsa_exec *x)
{
	struct dif_run r;
	u8 tag[DIF_TAG_SIZE];
	u64 i;

	run_init(&r, desc, x, false, dif_block_size(desc[42]) + DIF_TAG_SIZE);
	for (i = 0; i < r.fit; i++) {
		const u8 *in = span_peek(&r.in, r.scratch, r.unit_in);

		dif_make_tag(&r.dif, dif_guard(&r.dif, in), NULL, tag);
		span_write(&r.out, in, r.dif.block);
		span_write(&r.out, tag, DIF_TAG_SIZE);
		dif_advance(&r.dif, 1);
	}
	run_finish(&r, desc, x, i, 0);
}

void op_dif_strip(const u8 *desc, struct dsa_exec *x)
{
	struct dif_run r;
	u64 i;

	run_init(&r, desc, x, true, dif_block_size(desc[42]));
	for (i = 0; i < r.fit; i++) {
		const u8 *in = span_peek(&r.in, r.scratch, r.unit_in);
		u8 err = dif_verify(&r.dif, dif_guard(&r.dif, in), in + r.dif.block);

		if (err) {
			run_finish(&r, desc, x, i, err);
			return;
		}
		span_write(&r.out, in, r.dif.block);
		dif_advance(&r.dif, 1);
	}
	run_finish(&r, desc, x, i, 0);
}

void op_dif_update(const u8 *desc, struct dsa_exec *x)
{
	struct dif_run r;
	u8 tag[DIF_TAG_SIZE];
	u64 i;

	run_init(&r, desc, x, true, dif_block_size(desc[42]) + DIF_TAG_SIZE);
	for (i = 0; i < r.fit; i++) {
		const u8 *in = span_peek(&r.in, r.scratch, r.unit_in);
		u16 guard = dif_guard(&r.dif, in);
		u8 err = dif_verify(&r.dif, guard, in + r.dif.block);

		if (err) {
			run_finish(&r, desc, x, i, err);
			return;
		}
		dif_make_tag(&r.dif, guard, in + r.dif.block, tag);
		span_write(&r.out, in, r.dif.block);
		span_write(&r.out, tag, DIF_TAG_SIZE);
		dif_advance(&r.dif, 1);
	}
	run_finish(&r, desc, x, i, 0);
}

void op_dix_generate(const u8 *desc, struct dsa_exec *x)
{
	struct dif_run r;
	u8 tag[DIF_TAG_SIZE];
	u64 i;

	run_init(&r, desc, x, false, DIF_TAG_SIZE);
	for (i = 0; i < r.fit; i++) {
		const u8 *in = span_peek(&r.in, r.scratch, r.unit_in);

		dif_make_tag(&r.dif, dif_guard(&r.dif, in), NULL, tag);
		span_write(&r.out, tag, DIF_TAG_SIZE);
		dif_advance(&r.dif, 1);
	}
	run_finish(&r, desc, x, i, 0);
}
