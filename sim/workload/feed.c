// SPDX-License-Identifier: GPL-2.0
// One trace file played by many clients: a first pass finds them and their memory, a second one
// deals the records out.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/trace_io.h"
#include "sim/workload/workload_priv.h"

/* Records of one client that others' reading brought along. */
struct feed_block {
	struct feed_block *next;
	u32 n, at;
	struct trace_op op[64];
};

struct feed_part {
	struct op_stream stream;
	struct feed *feed;
	struct feed_block *head, *tail;
	struct trace_client client;
	struct feed_wq *wq; /* nwqs queues that its records name, in the order of their first */
	u32 nwqs, last_wq;
	bool skip; /* nobody plays it */
	u64 units;
	/* Records where the trace names none: a set for each unit of the window, used in turn. */
	u64 records, unit;
	u32 per_unit, in_unit;
};

struct feed {
	struct workload *wl;
	struct site *site; /* of its processes, in turn */
	u32 nsites, nspaces;
	struct trace *trace;
	struct feed_part **part;
	u32 nparts;
	struct feed_block *spare;
	bool ended;
	char name[20]; /* before the processes' names; empty: none */
	struct feed *next;
};

static struct feed_part *part_of(struct feed *f, u32 i)
{
	if (i >= f->nparts) {
		struct feed_part **p = realloc(f->part, (i + 1) * sizeof(*p));

		if (!p)
			return NULL;
		f->part = p;
		for (; f->nparts <= i; f->nparts++) {
			p[f->nparts] = calloc(1, sizeof(**p));
			if (!p[f->nparts])
				return NULL;
			p[f->nparts]->feed = f;
		}
	}
	return f->part[i];
}

static int put(struct feed *f, struct feed_part *p, const struct trace_op *op)
{
	struct feed_block *b = p->tail;

	if (!b || b->n == 64) {
		b = f->spare;
		if (b)
			f->spare = b->next;
		else
			b = malloc(sizeof(*b));
		if (!b)
			return -ENOMEM;
		b->next = NULL;
		b->n = b->at = 0;
		if (p->tail)
			p->tail->next = b;
		else
			p->head = b;
		p->tail = b;
	}
	b->op[b->n++] = *op;
	return 0;
}

static bool take(struct feed *f, struct feed_part *p, struct trace_op *op)
{
	struct feed_block *b = p->head;

	if (!b || b->at == b->n)
		return false;
	*op = b->op[b->at++];
	if (b->at == b->n && (b->n == 64 || b == p->tail)) {
		p->head = b->next;
		if (!p->head)
			p->tail = NULL;
		b->next = f->spare;
		f->spare = b;
	}
	return true;
}

#define RECORDS	     0x600000000000ull /* of the first client, in its process */
#define RECORDS_STEP 0x10000000ull     /* distance of two clients' */

/* Gives the operation the next record of its client. */
static void give_record(struct feed_part *p, struct trace_op *op)
{
	u64 sets;

	if (!op->auto_record || !p->records)
		return;
	if (op->instr != TRACE_MEMBER) {
		p->unit++;
		p->in_unit = 0;
	}
	sets = p->client.window ? p->client.window : 1;
	if (op->flags & IDXD_OP_FLAG_CRAV)
		op->comp = p->records + (p->unit % sets * p->per_unit + p->in_unit) * 32;
	p->in_unit++;
}

static int next(struct op_stream *s, struct trace_op *op)
{
	struct feed_part *p = wl_of(s, struct feed_part, stream);
	struct feed *f = p->feed;
	struct trace_op got;
	int n;

	while (!take(f, p, op)) {
		struct feed_part *owner;

		if (f->ended)
			return 0;
		n = trace_next(f->trace, &got);
		if (n < 0)
			workload_fail(f->wl, n, "%s", trace_error(f->trace));
		if (n <= 0) {
			f->ended = true;
			return n;
		}
		owner = part_of(f, got.client);
		if (!owner || (!owner->skip && put(f, owner, &got)))
			return -ENOMEM;
	}
	give_record(p, op);
	return 1;
}

/* The memory of those records. */
static int place_records(struct feed *f, u32 i, struct space *s)
{
	struct feed_part *p = f->part[i];
	u64 bytes = (u64)(p->client.window ? p->client.window : 1) * p->per_unit * 32;

	if (!p->records || !s)
		return 0;
	if (bytes > RECORDS_STEP)
		return -ENOMEM;
	p->records = RECORDS + i * RECORDS_STEP;
	return space_note(s, p->records, bytes);
}

/* Everything an operation touches is memory of its process. */
static int note_op(struct space *s, const struct trace_op *op)
{
	const struct dsa_op_info *info = dsa_op_find(op->op);
	struct dsa_plan plan;
	u8 desc[64];
	u32 i;
	int err = 0;

	if ((op->flags & IDXD_OP_FLAG_CRAV) && !op->auto_record)
		err = space_note(s, op->comp, 32);
	if (!info || !info->noperands)
		return err;
	client_build(op, desc);
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands && !err; i++)
		err = space_note(s, plan.operand[i].addr, plan.operand[i].len);
	return err;
}

struct space *feed_space(struct feed *f, u32 proc)
{
	struct workload *wl = f->wl;
	struct space **list, *s;
	char name[32];
	u32 i;

	for (i = 0; i < wl->nspaces; i++)
		if (wl->space[i]->feed == f && wl->space[i]->number == proc)
			return wl->space[i];
	list = realloc(wl->space, (wl->nspaces + 1) * sizeof(*list));
	if (!list)
		return NULL;
	wl->space = list;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	snprintf(name, sizeof(name), "%s%sproc%u", f->name, f->name[0] ? "/" : "", proc);
	s->number = proc;
	s->feed = f;
	if (space_init(s, f->site + f->nspaces++ % f->nsites, wl, name, 0)) {
		free(s);
		return NULL;
	}
	wl->space[wl->nspaces++] = s;
	return s;
}

/* Regions that the trace itself describes. */
static int note_regions(struct feed *f)
{
	struct trace *t = f->trace;
	u32 i;

	for (i = 0; i < trace_regions(t); i++) {
		const struct trace_region *r = trace_region(t, i);
		struct space *s = feed_space(f, r->proc);

		if (!s || space_note(s, r->addr, r->len))
			return -ENOMEM;
		if (r->page_size)
			s->page_size = r->page_size;
		if (r->node >= 0)
			s->node = r->node;
	}
	return 0;
}

/* The place of the operation's queue among those of its client; nwqs: it is not there. */
static u32 find_wq(struct feed_part *p, const struct trace_op *op)
{
	bool dedicated = op->instr == TRACE_MOVDIR64B;
	u32 i, at;

	/* Programs take their queues in turn. */
	for (i = 1; i <= p->nwqs; i++) {
		at = (p->last_wq + i) % p->nwqs;
		if (p->wq[at].queue == op->wq && p->wq[at].device == op->wq_device &&
		    p->wq[at].dedicated == dedicated)
			return p->last_wq = at;
	}
	return p->nwqs;
}

#define WQS_MAX 1024

static int note_wq(struct feed *f, struct feed_part *p, const struct trace_op *op)
{
	struct feed_wq *list;

	if (find_wq(p, op) < p->nwqs)
		return 0;
	if (p->nwqs == WQS_MAX) {
		workload_fail(f->wl, -EINVAL, "%s:%llu: more than %u queues of one client",
			      trace_path(f->trace), op->line, WQS_MAX);
		return -EINVAL;
	}
	list = realloc(p->wq, (p->nwqs + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	p->wq = list;
	list[p->nwqs] = (struct feed_wq){.device = op->wq_device,
					 .queue = op->wq,
					 .dedicated = op->instr == TRACE_MOVDIR64B};
	p->last_wq = p->nwqs++;
	return 0;
}

static int scan_op(struct feed *f, const struct trace_op *op, struct space **last, u32 *last_proc)
{
	const struct trace_client *tc = trace_client(f->trace, op->client);
	struct feed_part *p = part_of(f, op->client);

	if (!p)
		return -ENOMEM;
	if (!*last || tc->proc != *last_proc) {
		*last = feed_space(f, tc->proc);
		*last_proc = tc->proc;
		if (!*last)
			return -ENOMEM;
	}
	if (tc->page_size)
		(*last)->page_size = tc->page_size;
	if (op->instr != TRACE_MEMBER) {
		int err = note_wq(f, p, op);

		if (err)
			return err;
	}
	if (op->auto_record && (op->flags & IDXD_OP_FLAG_CRAV))
		p->records = 1;
	if (op->instr != TRACE_MEMBER && p->per_unit <= op->listed)
		p->per_unit = op->listed + 1;
	if (!p->per_unit)
		p->per_unit = 1;
	if (op->op != DSA_OPCODE_BATCH)
		f->wl->total++;
	if (op->instr != TRACE_MEMBER)
		p->units++;
	return note_op(*last, op);
}

static void feed_free(struct feed *f)
{
	struct feed_block *b, *n;
	u32 i;

	if (!f)
		return;
	for (i = 0; i < f->nparts; i++) {
		for (b = f->part[i] ? f->part[i]->head : NULL; b; b = n) {
			n = b->next;
			free(b);
		}
		free(f->part[i] ? f->part[i]->wq : NULL);
		free(f->part[i]);
	}
	for (b = f->spare; b; b = n) {
		n = b->next;
		free(b);
	}
	if (f->trace)
		trace_close(f->trace);
	free(f->part);
	free(f);
}

int feed_scan(struct workload *wl, struct site *site, u32 nsites, const char *path,
	      const char *name, struct feed **out)
{
	struct feed *f = calloc(1, sizeof(*f));
	struct space *last = NULL;
	struct trace_op op;
	u32 proc = 0, i;
	int got;

	if (!f)
		return -ENOMEM;
	f->wl = wl;
	f->site = site;
	f->nsites = nsites;
	snprintf(f->name, sizeof(f->name), "%s", name ? name : "");
	got = trace_source_file(path, &wl->err);
	if (!got)
		got = trace_open(&f->trace, path, &wl->err);
	if (got) {
		free(f);
		return got;
	}
	got = note_regions(f);
	while (!got) {
		got = trace_next(f->trace, &op);
		if (got < 0)
			workload_fail(wl, got, "%s", trace_error(f->trace));
		if (got <= 0)
			break;
		got = scan_op(f, &op, &last, &proc);
		if (got)
			workload_fail(wl, got, "%s: out of memory", path);
	}
	for (i = 0; i < f->nparts; i++) {
		f->part[i]->client = *trace_client(f->trace, i);
		f->part[i]->stream.next = next;
		if (!got)
			got = place_records(f, i, feed_space(f, f->part[i]->client.proc));
		if (got)
			workload_fail(wl, got, "%s: out of memory", path);
	}
	trace_close(f->trace);
	f->trace = NULL;
	if (!got)
		got = trace_open(&f->trace, path, &wl->err);
	if (got) {
		feed_free(f);
		return got;
	}
	f->next = wl->feed;
	wl->feed = f;
	*out = f;
	return 0;
}

void feed_free_all(struct feed *f)
{
	struct feed *n;

	for (; f; f = n) {
		n = f->next;
		feed_free(f);
	}
}

void feed_skip(struct feed *f, u32 i)
{
	f->part[i]->skip = true;
}

u32 feed_clients(const struct feed *f)
{
	return f->nparts;
}

const struct trace_client *feed_client(const struct feed *f, u32 i)
{
	return &f->part[i]->client;
}

struct feed_wq *feed_client_wqs(struct feed *f, u32 i, u32 *n)
{
	*n = f->part[i]->nwqs;
	return f->part[i]->wq;
}

u32 feed_route(struct op_stream *s, const struct trace_op *op)
{
	struct feed_part *p = wl_of(s, struct feed_part, stream);
	u32 at = find_wq(p, op);

	return at < p->nwqs ? p->wq[at].to : 0;
}

u64 feed_client_units(const struct feed *f, u32 i)
{
	return f->part[i]->units;
}

struct op_stream *feed_stream(struct feed *f, u32 i)
{
	return &f->part[i]->stream;
}
