// SPDX-License-Identifier: GPL-2.0
// Data mode verify, which operations can be judged: those whose memory nothing else of the process
// touched between their submission and the moment when their client looks at the result.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/verify.h"

#define SINGLE 0xffffffffu /* the unit is one descriptor */
#define RECORD 32

/* An operand of an operation in flight. */
struct claim {
	u64 start, end;
	struct slot *slot;
	u32 member;
	bool write;
};

struct verify {
	struct claim *claim; /* by start, then by time of issue */
	u32 n, cap;
	u64 longest; /* of all claims so far */
	struct verify_tables tables;
};

static u32 lower_bound(const struct verify *v, u64 start)
{
	u32 lo = 0, hi = v->n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (v->claim[mid].start < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void spoil(const struct claim *c)
{
	if (c->member == SINGLE)
		c->slot->spoiled = true;
	else
		c->slot->member[c->member].spoiled = true;
}

static bool same_op(const struct claim *a, const struct claim *b)
{
	return a->slot == b->slot && a->member == b->member;
}

/* Spoils @c and what it overlaps, where one of the two writes. */
static void meet(struct verify *v, const struct claim *c)
{
	u64 from = c->start > v->longest ? c->start - v->longest : 0;
	u32 i;

	for (i = lower_bound(v, from); i < v->n && v->claim[i].start < c->end; i++) {
		const struct claim *o = &v->claim[i];

		if (o->end <= c->start || !(o->write || c->write) || same_op(o, c))
			continue;
		spoil(o);
		spoil(c);
	}
}

static int claim(struct verify *v, const struct claim *c)
{
	u32 at;

	meet(v, c);
	if (v->n == v->cap) {
		u32 cap = v->cap ? v->cap * 2 : 64;
		struct claim *p = realloc(v->claim, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		v->claim = p;
		v->cap = cap;
	}
	at = lower_bound(v, c->start + 1);
	memmove(&v->claim[at + 1], &v->claim[at], (v->n - at) * sizeof(*c));
	v->claim[at] = *c;
	v->n++;
	if (c->end - c->start > v->longest)
		v->longest = c->end - c->start;
	return 0;
}

/* The record that the operation writes, 0: none. */
static u64 record_of(const u8 *desc)
{
	u64 addr;

	memcpy(&addr, desc + 8, sizeof(addr));
	return (desc[4] & IDXD_OP_FLAG_CRAV) && addr + RECORD > addr ? addr : 0;
}

static int claim_op(struct verify *v, struct slot *s, u32 member, const u8 *desc)
{
	const struct dsa_op_info *info = dsa_op_find(desc[7]);
	struct claim rec = {.start = record_of(desc), .slot = s, .member = member, .write = true};
	struct dsa_plan plan;
	int err = 0;
	u32 i;

	if (!info || !info->noperands || desc[7] == DSA_OPCODE_BATCH)
		return 0;
	rec.end = rec.start + RECORD;
	if (rec.start)
		err = claim(v, &rec);
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands && !err; i++) {
		const struct dsa_plan_operand *o = &plan.operand[i];
		struct claim c = {o->addr, o->addr + o->len, s, member, o->write};

		if (c.end > c.start)
			err = claim(v, &c);
	}
	return err;
}

static void drop(struct verify *v, const struct slot *s, u32 member, u64 start)
{
	u32 i;

	for (i = lower_bound(v, start); i < v->n && v->claim[i].start == start; i++)
		if (v->claim[i].slot == s && v->claim[i].member == member) {
			v->n--;
			memmove(&v->claim[i], &v->claim[i + 1], (v->n - i) * sizeof(v->claim[0]));
			return;
		}
}

static void drop_op(struct verify *v, const struct slot *s, u32 member, const u8 *desc)
{
	const struct dsa_op_info *info = dsa_op_find(desc[7]);
	struct dsa_plan plan;
	u32 i;

	if (!info || !info->noperands || desc[7] == DSA_OPCODE_BATCH)
		return;
	if (record_of(desc))
		drop(v, s, member, record_of(desc));
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands; i++)
		if (plan.operand[i].addr + plan.operand[i].len > plan.operand[i].addr)
			drop(v, s, member, plan.operand[i].addr);
}

static struct verify *verify_of(struct space *s)
{
	if (!s->verify) {
		s->verify = calloc(1, sizeof(*s->verify));
		if (s->verify)
			verify_tables_init(&s->verify->tables);
	}
	return s->verify;
}

bool verify_free_range(struct space *s, u64 addr, u64 len)
{
	struct verify *v = s->verify;
	u64 from;
	u32 i;

	if (!v)
		return true;
	from = addr > v->longest ? addr - v->longest : 0;
	for (i = lower_bound(v, from); i < v->n && v->claim[i].start < addr + len; i++)
		if (v->claim[i].end > addr)
			return false;
	return true;
}

void verify_written(struct space *s, u64 addr, u64 len)
{
	struct verify *v = s->verify;
	u64 from;
	u32 i;

	if (!v)
		return;
	from = addr > v->longest ? addr - v->longest : 0;
	for (i = lower_bound(v, from); i < v->n && v->claim[i].start < addr + len; i++)
		if (v->claim[i].end > addr)
			spoil(&v->claim[i]);
}

int verify_issue(struct client *c, struct slot *s)
{
	struct verify *v = verify_of(c->space);
	int err = 0;
	u32 i;

	s->spoiled = false;
	s->claimed = true;
	if (!v)
		return -ENOMEM;
	if (s->op.op != DSA_OPCODE_BATCH) {
		client_build(&s->op, s->original);
		err = claim_op(v, s, SINGLE, s->original);
		if (!err)
			s->sum = verify_sum(c->space, s->original);
		return err;
	}
	for (i = 0; i < s->nmembers && !err; i++) {
		s->member[i].spoiled = false;
		err = claim_op(v, s, i, s->member_desc[i]);
	}
	for (i = 0; i < s->nmembers && !err; i++)
		s->member[i].sum = verify_sum(c->space, s->member_desc[i]);
	return err;
}

static void judge(struct client *c, const u8 *desc, const u8 *rec, bool spoiled, bool again,
		  u64 sum)
{
	struct verify *v = c->space->verify;
	const char *wrong;

	if (spoiled) {
		c->wl->not_verified++;
		return;
	}
	c->wl->verified++;
	wrong = verify_op(c->space, &v->tables, desc, rec, again, sum);
	if (wrong)
		report_corrupt(c->wl->report, c->id, wrong);
}

static bool succeeded(u8 status)
{
	return status == DSA_COMP_SUCCESS || status == DSA_COMP_SUCCESS_PRED;
}

/* Members without a record of their own are done when the batch is and none of it failed. */
static void judge_batch(struct client *c, struct slot *s)
{
	bool all = s->record && s->record[0] == DSA_COMP_SUCCESS;
	u8 rec[32];
	u32 i;

	for (i = 0; i < s->nmembers; i++) {
		const struct slot_member *m = &s->member[i];
		bool asked = m->flags_record && (s->member_desc[i][4] & IDXD_OP_FLAG_RCR);

		if (asked && space_read(c->space, m->record_va, rec, 32))
			continue;
		if (asked ? !succeeded(rec[0]) : !all)
			continue;
		judge(c, s->member_desc[i], asked ? rec : NULL, m->spoiled, s->again, m->sum);
	}
}

void verify_done(struct client *c, struct slot *s)
{
	struct verify *v = c->space->verify;
	u32 i;

	if (!s->claimed || !v)
		return;
	s->claimed = false;
	if (s->op.op != DSA_OPCODE_BATCH) {
		if (s->state != SLOT_LOST && s->record && succeeded(s->record[0]))
			judge(c, s->original, s->record, s->spoiled, s->again, s->sum);
		drop_op(v, s, SINGLE, s->original);
		return;
	}
	if (s->state != SLOT_LOST)
		judge_batch(c, s);
	for (i = 0; i < s->nmembers; i++)
		drop_op(v, s, i, s->member_desc[i]);
}

void verify_free(struct space *s)
{
	if (s->verify)
		free(s->verify->claim);
	free(s->verify);
	s->verify = NULL;
}
