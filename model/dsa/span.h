/* SPDX-License-Identifier: GPL-2.0 */
/* Cursors over the spans of a translated operand, and how the operations report what they did. */
#ifndef MODEL_DSA_SPAN_H
#define MODEL_DSA_SPAN_H

#include <assert.h>
#include <string.h>

#include "model/dsa/desc.h"
#include "model/dsa/ops.h"

/* A position in an operand. The caller never goes beyond `avail`. */
struct span_cur {
	const struct dsa_span *span;
	u32 left; /* spans from this one on */
	u64 off;  /* in *span; at most its length */
};

static inline void span_open(struct span_cur *c, const struct dsa_operand *o)
{
	c->span = o->span;
	c->left = o->nspans;
	c->off = 0;
}

static inline void span_next(struct span_cur *c)
{
	assert(c->left > 1);
	c->left--;
	c->span++;
	c->off = 0;
}

/* The bytes at the cursor that are contiguous: at least 1. */
static inline u8 *span_run(struct span_cur *c, u64 *run)
{
	while (c->off == c->span->len)
		span_next(c);
	*run = c->span->len - c->off;
	return c->span->ptr + c->off;
}

/* Steps over n bytes of the current run. */
static inline void span_step(struct span_cur *c, u64 n)
{
	c->off += n;
}

/* Steps over any number of bytes. */
static inline void span_skip(struct span_cur *c, u64 n)
{
	while (n > c->span->len - c->off) {
		n -= c->span->len - c->off;
		span_next(c);
	}
	c->off += n;
}

/* The whole operand's first n bytes as one piece, or NULL. */
static inline u8 *span_single(const struct dsa_operand *o, u64 n)
{
	return o->nspans && o->span->len >= n ? o->span->ptr : NULL;
}

/* Copies the next n bytes out (in) and steps over them. */
void span_read(struct span_cur *c, u8 *to, u64 n);
void span_write(struct span_cur *c, const u8 *from, u64 n);

/*
 * The next n bytes as one piece: in place when they are contiguous, else
 * gathered in scratch (at least n bytes). Steps over them.
 */
const u8 *span_peek(struct span_cur *c, u8 *scratch, u64 n);

/* ---- What the operations share ---- */

static inline bool role_writes(enum dsa_role role)
{
	return role == DSA_ROLE_DST1 || role == DSA_ROLE_DST2;
}

/* Bounds *n by what is translated of an operand; *blame is the role that bounds. */
static inline void exec_limit(const struct dsa_exec *x, enum dsa_role role, u64 *n, int *blame)
{
	if (x->operand[role].avail < *n) {
		*n = x->operand[role].avail;
		*blame = role;
	}
}

/* The operation stops at the fault of an operand, with `bytes` of it complete. */
void exec_fault(struct dsa_exec *x, enum dsa_role role, u32 bytes);

/* Success, or with Check Result the predicate's status: Result against what was expected. */
static inline u8 exec_predicate(u32 flags, bool as_expected)
{
	return (flags & IDXD_OP_FLAG_CR) && !as_expected ? DSA_COMP_SUCCESS_PRED : DSA_COMP_SUCCESS;
}

/* ---- Operations, by dsa_execute(): x->res is zero but for status = success ---- */
void op_move(const u8 *desc, struct dsa_exec *x);
void op_fill(const u8 *desc, struct dsa_exec *x);
void op_dualcast(const u8 *desc, struct dsa_exec *x);
void op_flush(const u8 *desc, struct dsa_exec *x);
void op_fetch(const u8 *desc, struct dsa_exec *x);
void op_compare(const u8 *desc, struct dsa_exec *x);
void op_compare_pattern(const u8 *desc, struct dsa_exec *x);
void op_delta_create(const u8 *desc, struct dsa_exec *x);
void op_delta_apply(const u8 *desc, struct dsa_exec *x);
void op_crc(const u8 *desc, struct dsa_exec *x);
void op_dif_check(const u8 *desc, struct dsa_exec *x);
void op_dif_insert(const u8 *desc, struct dsa_exec *x);
void op_dif_strip(const u8 *desc, struct dsa_exec *x);
void op_dif_update(const u8 *desc, struct dsa_exec *x);
void op_dix_generate(const u8 *desc, struct dsa_exec *x);

#endif
