// SPDX-License-Identifier: GPL-2.0
// `trace generate`: the generated clients of a scenario, written down as a trace.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/idxd.h>

#include "sim/scenario/cfg.h"
#include "sim/workload/generate.h"
#include "sim/workload/trace.h"

#define THREADS_MAX 16384u
#define BASE	    0x10000000ull /* where the recordings begin, too */
#define GAP	    (2ull << 20)  /* regions begin on 2 MiB boundaries */

struct thread {
	struct gen gen;
	const struct scn_client *client;
	struct trace_op op;		       /* not written yet */
	u64 array[GEN_ARRAYS], records, lists; /* addresses of its memory */
	u64 arrival, unit;
	u32 proc, thr, passes_left, index;
	bool done;
};

struct generator {
	const struct scenario *scn;
	struct trace_writer *w;
	struct thread *threads;
	u32 n, proc;
	struct trace_op *members; /* of the batch in work */
	u32 members_room;
	u64 *written;
	struct cfg_error *err;
};

static u64 align_up(u64 value, u64 unit)
{
	return (value + unit - 1) & ~(unit - 1);
}

static u32 batch_of(const struct scn_client *c)
{
	return c->batch > 1 ? c->batch : 1;
}

/* Lays out a thread's memory behind *at. */
static void place_thread(struct thread *t, u64 *at)
{
	const struct scn_client *c = t->client;
	u64 unit = c->page_size > GAP ? c->page_size : GAP;
	u32 i;

	t->lists = align_up(*at, unit);
	t->records = align_up(t->lists + 64ull * c->window * batch_of(c), unit);
	*at = t->records + 32ull * c->window * (batch_of(c) + 1);
	for (i = 0; i < GEN_ARRAYS; i++) {
		t->array[i] = align_up(*at, unit);
		*at = t->array[i] + gen_array_bytes(&t->gen, i);
	}
}

static int check_client(struct generator *g, const struct scn_client *c, const char *name)
{
	if (c->engine == SCN_CPU || c->trace)
		return cfg_fail(g->err, "%s: client '%s': only clients of the device make a trace",
				g->scn->path, name);
	if (!c->count)
		return cfg_fail(g->err, "%s: client '%s': count must be given for a trace",
				g->scn->path, name);
	if (c->loop == SCN_PUSH || c->loop == SCN_FIRST)
		return cfg_fail(g->err,
				"%s: client '%s': a trace has loops sync, ring, burst, open",
				g->scn->path, name);
	return gen_check_ops(c, name, c->addr == SCN_PHYS, c->piece || c->split > 1, g->err);
}

static int add_threads(struct generator *g, const struct scn_client *c, u32 *thr, u64 *at)
{
	char name[64];
	u32 i;
	int rc;

	snprintf(name, sizeof(name), "%.40s/%u", c->name ? c->name : "p", g->proc);
	rc = check_client(g, c, name);
	for (i = 0; !rc && i < c->threads; i++) {
		struct thread *t = &g->threads[g->n];

		if (g->n == THREADS_MAX)
			return cfg_fail(g->err, "%s: more than %u threads", g->scn->path,
					THREADS_MAX);
		*t = (struct thread){
			.client = c, .proc = g->proc, .thr = *thr, .passes_left = c->passes};
		rc = gen_init(&t->gen, c, g->scn->seed, name, *thr, g->err);
		if (rc)
			break;
		place_thread(t, at);
		++*thr;
		g->n++;
	}
	return rc;
}

static int add_processes(struct generator *g)
{
	const struct scenario *scn = g->scn;
	u32 i, copy, k, thr;
	u64 at;
	int rc;

	for (i = 0; i < scn->nprocesses; i++) {
		for (copy = 0; copy < scn->processes[i].count; copy++, g->proc++) {
			at = BASE;
			thr = 0;
			for (k = 0; k < scn->processes[i].nclients; k++) {
				rc = add_threads(g, &scn->processes[i].clients[k], &thr, &at);
				if (rc)
					return rc;
			}
		}
	}
	return g->n ? 0 : cfg_fail(g->err, "%s: no processes to make a trace of", scn->path);
}

static int write_clients(struct generator *g)
{
	static const u32 loops[] = {
		[SCN_SYNC] = TRACE_SYNC,
		[SCN_RING] = TRACE_RING,
		[SCN_BURST] = TRACE_BURST,
		[SCN_OPEN] = TRACE_OPEN,
	};
	u32 i;

	for (i = 0; i < g->n; i++) {
		struct thread *t = &g->threads[i];
		struct trace_client c = {
			.proc = t->proc,
			.thr = t->thr,
			.window = t->client->window,
			.loop = loops[t->client->loop],
			.wait = t->client->wait,
			.page_size = t->client->page_size,
			.start = t->client->start_ps,
		};
		int index = trace_write_client(g->w, &c);

		if (index < 0)
			return index;
		t->index = (u32)index;
	}
	return 0;
}

/* ---- Descriptors ---- */

static void fill_op(const struct thread *t, const struct gen_op *in, struct trace_op *op)
{
	*op = (struct trace_op){
		.client = t->index,
		.wq_device = TRACE_NO_WQ,
		.wq = TRACE_NO_WQ,
		.status = 0x01,
	};
	gen_place(&t->gen, t->array, in, op);
	op->flags = gen_flags(t->client, op->op, t->client->member_records);
}

/* Where the unit goes and when. */
static void place_unit(struct thread *t, struct trace_op *op)
{
	const struct scn_client *c = t->client;
	const struct scn_wq *wq = c->nwqs ? &c->wqs[t->unit % c->nwqs] : NULL;

	op->instr = TRACE_ENQCMD;
	if (wq && wq->device >= 0) {
		op->wq_device = (u16)wq->device;
		op->wq = (u16)wq->queue;
	}
	if (wq && !wq->name && wq->mode == SCN_WQ_DEDICATED)
		op->instr = TRACE_MOVDIR64B;
	if (c->loop == SCN_OPEN) {
		op->timing = TRACE_ARRIVAL;
		op->time = t->arrival;
		t->arrival += gen_interval(&t->gen);
	} else {
		op->timing = TRACE_THINK;
		op->time = gen_think(&t->gen);
	}
}

/* Makes the next unit of @t: its own record in t->op, members beside. False at the end. */
static bool next_unit(struct generator *g, struct thread *t)
{
	const struct scn_client *c = t->client;
	u32 slot = (u32)(t->unit % c->window), want = batch_of(c), n = 0, pos;
	u64 record = t->records + 32ull * slot * (want + 1);
	struct gen_op in;

	while (n < want) {
		pos = c->reuse == SCN_REUSE_BURST ? slot * want + n : slot;
		if (!gen_next(&t->gen, pos, &in)) {
			if (n || !t->passes_left || !--t->passes_left)
				break;
			gen_restart(&t->gen);
			continue;
		}
		fill_op(t, &in, &g->members[n]);
		g->members[n].comp = record + 32ull * (n + 1);
		g->members[n].flags |= IDXD_OP_FLAG_CRAV;
		g->members[n].instr = TRACE_MEMBER;
		n++;
	}
	if (!n)
		return false;
	if (n == 1) { /* no batch of one */
		t->op = g->members[0];
		t->op.flags |= IDXD_OP_FLAG_RCR;
	} else {
		t->op = (struct trace_op){
			.client = t->index,
			.op = 0x01,
			.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
			.src = t->lists + 64ull * slot * want,
			.size = n,
			.listed = n,
			.bytes = n,
			.wq_device = TRACE_NO_WQ,
			.wq = TRACE_NO_WQ,
			.status = 0x01,
		};
	}
	t->op.comp = record;
	place_unit(t, &t->op);
	t->unit++;
	return true;
}

/* Open loops go by arrival time, closed ones in turn. */
static struct thread *pick(struct generator *g, u32 *turn)
{
	struct thread *t, *best = NULL;
	u32 i;

	for (i = 0; i < g->n; i++) {
		t = &g->threads[(*turn + i) % g->n];
		if (t->done)
			continue;
		if (t->client->loop != SCN_OPEN) {
			*turn = (u32)(t - g->threads) + 1;
			return t;
		}
		if (!best || t->arrival < best->arrival)
			best = t;
	}
	return best;
}

static int write_units(struct generator *g)
{
	struct thread *t;
	u32 turn = 0, i;

	while ((t = pick(g, &turn))) {
		if (!next_unit(g, t)) {
			t->done = true;
			continue;
		}
		if (trace_write_op(g->w, &t->op))
			return 0; /* reported when the writer is closed */
		++*g->written;
		for (i = 0; t->op.op == 0x01 && i < t->op.size; i++) {
			if (trace_write_op(g->w, &g->members[i]))
				return 0;
			++*g->written;
		}
	}
	return 0;
}

static u32 largest_batch(const struct generator *g)
{
	u32 i, most = 1;

	for (i = 0; i < g->n; i++) {
		if (batch_of(g->threads[i].client) > most)
			most = batch_of(g->threads[i].client);
	}
	return most;
}

int generate_trace(const struct scenario *scn, const char *out, u64 *records, struct cfg_error *err)
{
	struct generator g = {.scn = scn, .err = err, .written = records};
	char origin[200];
	int rc;

	*records = 0;
	g.threads = calloc(THREADS_MAX, sizeof(*g.threads));
	if (!g.threads)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	rc = add_processes(&g);
	if (!rc) {
		g.members = calloc(largest_batch(&g), sizeof(*g.members));
		rc = g.members ? trace_write_open(&g.w, out, err)
			       : cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	if (!rc) {
		snprintf(origin, sizeof(origin), "generated from scenario %.120s, seed %llu",
			 scn->name, scn->seed);
		trace_write_comment(g.w, origin);
		trace_write_default_status(g.w, 0x01);
		if (!write_clients(&g))
			write_units(&g);
		rc = trace_write_close(g.w, err);
	}
	free(g.members);
	free(g.threads);
	return rc;
}
