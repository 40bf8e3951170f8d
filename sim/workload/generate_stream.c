// SPDX-License-Identifier: GPL-2.0
// Generated operations as the player takes them: places in memory, batches, passes.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"
#include "sim/workload/generate.h"
#include "sim/workload/workload_priv.h"

struct gen_stream {
	struct op_stream stream;
	struct workload *wl;
	const struct scn_client *cfg;
	struct gen gen;
	u64 array[GEN_ARRAYS], records, lists; /* where they lie */
	u64 record_step;
	u64 unit;      /* units made */
	u32 slot;      /* of the window, for the next one: unit % window */
	u32 left;      /* members of the open batch still to deliver */
	u64 member_at; /* record of the next member */
	u32 passes;    /* still to go, warm-up included */
	u64 arrival;
	struct gen_op *batch; /* members of the open batch, or the one operation of a unit */
	u32 nbatch, at;
	struct gen_op *small; /* small: batch: what is collected for the next batch */
	u32 nsmall;
	struct gen_op whole; /* operation that is cut into pieces */
	u32 piece, npieces;  /* next of them; 0: none is cut */
	u32 per_unit;	     /* records of a slot */
	u32 window, node;
	u32 warmup;			 /* passes still to go before the measured ones */
	u32 flags[2][DSA_OP_TABLE_SIZE]; /* of each operation, without and with a record */
};

/* A touch is no descriptor: it has none. */
static u32 flags_of(const struct gen_stream *s, u8 opcode, bool record)
{
	return opcode < DSA_OP_TABLE_SIZE ? s->flags[record][opcode] : 0;
}

#define SMALL_BATCH 16u /* small: batch, where the scenario states no batch */

static u32 batch_size(const struct scn_client *cfg)
{
	if (cfg->small == SCN_SMALL_BATCH && !cfg->batch)
		return SMALL_BATCH;
	return cfg->batch;
}

static u64 largest_operand(const struct scn_client *cfg)
{
	const struct scn_size *size = &cfg->size;
	u64 max = size->a > size->b ? size->a : size->b;
	u32 i;

	for (i = 0; size->kind == SCN_SIZE_TABLE && i < size->rows; i++)
		if (size->table[i].size > max)
			max = size->table[i].size;
	return max;
}

static u32 pieces_of(const struct scn_client *cfg, u64 size)
{
	if (cfg->split > 1)
		return size < cfg->split ? 1 : cfg->split;
	if (cfg->piece && size > cfg->piece)
		return (size + cfg->piece - 1) / cfg->piece;
	return 1;
}

u32 generate_pieces(const struct scn_client *cfg)
{
	return pieces_of(cfg, largest_operand(cfg));
}

#define FIRST_WINDOW 1024u
#define PUSH_WINDOW  64u

u32 generate_window(const struct scn_client *cfg)
{
	switch (cfg->loop) {
	case SCN_SYNC:
		return 1;
	case SCN_FIRST:
		/* Without one of its own: as many as there may be before the first is complete. */
		if (cfg->window > 1)
			return cfg->window;
		return cfg->count && cfg->count < FIRST_WINDOW ? cfg->count : FIRST_WINDOW;
	case SCN_PUSH:
		/* Nobody waits: a slot is free again when its descriptor has arrived. */
		return cfg->window < PUSH_WINDOW ? PUSH_WINDOW : cfg->window;
	default:
		return cfg->window ? cfg->window : 1;
	}
}

/* The next unit is the batch of what is small: full, or nothing else comes. */
static bool small_batch(struct gen_stream *s, bool last)
{
	if (!s->nsmall || (!last && s->nsmall < batch_size(s->cfg)))
		return false;
	memcpy(s->batch, s->small, s->nsmall * sizeof(*s->batch));
	s->nbatch = s->nsmall;
	s->nsmall = 0;
	return true;
}

/* Small operations are put aside until they make a batch; others are units of their own. */
static bool draw_mixed(struct gen_stream *s)
{
	for (;;) {
		if (small_batch(s, false))
			return true;
		if (!gen_next(&s->gen, s->slot, &s->batch[0]))
			return small_batch(s, true);
		if (!s->batch[0].small) {
			s->nbatch = 1;
			return true;
		}
		s->small[s->nsmall++] = s->batch[0];
	}
}

/* Draws the members of the next unit; false at the end of a pass. */
static bool draw_unit(struct gen_stream *s)
{
	u32 want = s->cfg->batch ? s->cfg->batch : 1;

	s->at = s->nbatch = 0;
	if (s->cfg->small == SCN_SMALL_BATCH)
		return draw_mixed(s);
	for (; s->nbatch < want; s->nbatch++)
		if (!gen_next(&s->gen, s->slot, &s->batch[s->nbatch]))
			break;
	return s->nbatch;
}

static u64 record_va(const struct gen_stream *s, u32 slot, u32 i)
{
	u32 per_unit = s->per_unit;

	if (s->cfg->record == SCN_RECORD_MISS)
		return s->records + (s->unit & 1) * 4096 + (slot * per_unit + i) % 64 * 32;
	return s->records + ((u64)slot * per_unit + i) * 32;
}

/* In two parts, as for both together compilers take an instruction that is slow to start. */
static inline void clear_op(struct trace_op *op)
{
	const size_t half = sizeof(*op) / 2;

	memset(op, 0, half);
	memset((char *)op + half, 0, sizeof(*op) - half);
}

static void member(struct gen_stream *s, struct trace_op *op)
{
	u32 slot = s->slot ? s->slot - 1 : s->window - 1;

	clear_op(op);
	op->instr = TRACE_MEMBER;
	op->member = s->at;
	gen_place(&s->gen, s->array, &s->batch[s->at], op);
	op->flags = flags_of(s, op->op, s->cfg->member_records);
	if (op->flags & IDXD_OP_FLAG_CRAV)
		op->comp = record_va(s, slot, 1 + s->at);
	s->at++;
}

/* The next piece of the operation at hand: equal ones, or of the size that the scenario says. */
static void next_piece(struct gen_stream *s, struct trace_op *op)
{
	struct gen_op g = s->whole;
	u64 step = s->cfg->split > 1 ? s->whole.size / s->npieces : s->cfg->piece;
	u64 at = s->piece * step;

	g.src += at;
	g.dst += at;
	g.size = (u32)(s->piece + 1 == s->npieces ? s->whole.size - at : step);
	clear_op(op);
	op->comp = record_va(s, 0, 0); /* that of its slot: generate_relocate() */
	gen_place(&s->gen, s->array, &g, op);
	op->flags = flags_of(s, op->op, true);
	op->listed = s->npieces - ++s->piece;
	if (!op->listed)
		s->npieces = 0;
}

static int sim_hot next(struct op_stream *stream, struct trace_op *op)
{
	struct gen_stream *s = wl_of(stream, struct gen_stream, stream);
	u32 slot;

	if (s->at < s->nbatch && s->nbatch > 1) {
		member(s, op);
		return 1;
	}
	if (s->npieces) {
		next_piece(s, op);
		return 1;
	}
	while (!draw_unit(s)) {
		if (!--s->passes)
			return 0;
		gen_restart(&s->gen);
		/* The measured part begins when the last client is through its warm-up. */
		if (s->warmup && !--s->warmup && !--s->wl->warming)
			report_warmup_done(s->wl->report);
	}
	slot = s->slot;
	clear_op(op);
	op->comp = record_va(s, slot, 0);
	s->unit++;
	s->slot = slot + 1 < s->window ? slot + 1 : 0;
	if (s->cfg->loop == SCN_OPEN) {
		s->arrival += gen_interval(&s->gen);
		op->timing = TRACE_ARRIVAL;
		op->time = s->arrival;
	} else {
		op->time = gen_think(&s->gen);
	}
	if (s->nbatch > 1) {
		op->op = DSA_OPCODE_BATCH;
		op->src = s->lists + (u64)slot * batch_size(s->cfg) * DSA_DESC_SIZE;
		op->size = op->listed = s->nbatch;
		op->flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
		return 1;
	}
	s->at = s->nbatch;
	s->whole = s->batch[0];
	/* What the core does itself is not cut. */
	op->by_core = s->cfg->small == SCN_SMALL_CPU && s->whole.small;
	s->npieces = op->by_core ? 1 : pieces_of(s->cfg, s->whole.size);
	s->piece = 0;
	if (s->npieces > 1) {
		u64 time = op->time;
		u8 timing = op->timing;

		next_piece(s, op);
		op->time = time;
		op->timing = timing;
		return 1;
	}
	s->npieces = 0;
	gen_place(&s->gen, s->array, &s->whole, op);
	if (op->op != SCN_OP_TOUCH)
		op->flags = flags_of(s, op->op, true);
	return 1;
}

void generate_relocate(struct op_stream *stream, u32 slot, struct trace_op *op,
		       struct trace_op *member, u32 nmembers)
{
	struct gen_stream *s = wl_of(stream, struct gen_stream, stream);
	u32 i;

	if (op->op == DSA_OPCODE_BATCH)
		op->src = s->lists + (u64)slot * batch_size(s->cfg) * DSA_DESC_SIZE;
	if (s->cfg->record == SCN_RECORD_MISS)
		return;
	op->comp = record_va(s, slot, 0);
	for (i = 0; i < nmembers; i++)
		if (member[i].flags & IDXD_OP_FLAG_CRAV)
			member[i].comp = record_va(s, slot, 1 + i);
}

struct place_args {
	struct gen_stream *s;
	struct space *space;
	u64 record_bytes, list_bytes;
	struct kernel_client *kernel;
};

/* Of an array whose first touches fault: the share of pages that are there all the same. */
static s64 some_pages(struct place_args *a, s64 va, u64 len, u64 page_size)
{
	u64 at;
	int err;

	if (a->s->cfg->fault_ppm >= 1000000)
		return va;
	for (at = 0; at < len; at += page_size) {
		if (gen_page_missing(&a->s->gen))
			continue;
		err = process_prefault(a->space->proc, va + at, 1, true);
		if (err)
			return err;
	}
	return va;
}

/* One array; present from the start unless the scenario wants first touches to fault. */
static s64 array(struct place_args *a, u64 bytes, s32 node, bool present, u64 page_size)
{
	bool file = !present && a->s->cfg->fault == SCN_FAULT_MAJOR;
	struct process_map m = {.kind = file ? PROCESS_MAP_FILE : PROCESS_MAP_ANON,
				.len = bytes ? bytes : 4096,
				.prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				.fd = -1,
				.page_size = page_size,
				.node = node < 0 ? (s32)a->s->node : node};
	s64 va = process_mmap(a->space->proc, &m);
	int err;

	if (va < 0)
		return va;
	if (!present)
		return some_pages(a, va, m.len, page_size);
	err = process_prefault(a->space->proc, va, m.len, true);
	return err ? err : va;
}

/* A kernel client's: memory for DMA, records and lists are the driver's. */
static int place_dma(struct place_args *a)
{
	struct gen_stream *s = a->s;
	s64 got = 0;
	u32 i;

	for (i = GEN_SRC; i <= GEN_DST2 && got >= 0; i++) {
		u64 bytes = gen_array_bytes(&s->gen, i);

		if (!bytes)
			continue;
		got = kernel_client_array(a->kernel, i, bytes);
		s->array[i] = got;
	}
	return got < 0 ? (int)got : 0;
}

static int place_arrays(void *arg)
{
	struct place_args *a = arg;
	struct gen_stream *s = a->s;
	const struct scn_client *cfg = s->cfg;
	bool src = true, dst = true;
	s64 got = 0;
	u32 i;

	if (a->kernel)
		return place_dma(a);
	if (cfg->fault == SCN_FAULT_MINOR || cfg->fault == SCN_FAULT_MAJOR) {
		src = cfg->fault_on != SCN_ON_SRC;
		dst = cfg->fault_on != SCN_ON_DST;
	}
	for (i = 0; i < GEN_ARRAYS && got >= 0; i++) {
		/* What is prepared has been touched. */
		bool to = i == GEN_DST || i == GEN_DST2, there = i > GEN_DST2 || (to ? dst : src);
		u64 bytes = gen_array_bytes(&s->gen, i);

		if (!bytes)
			continue;
		got = array(a, bytes, to ? cfg->dst_node : cfg->src_node, there, cfg->page_size);
		s->array[i] = got;
	}
	if (got >= 0) {
		got = array(a, a->record_bytes, cfg->record_node, true, 4096);
		s->records = got;
	}
	if (got >= 0 && a->list_bytes) {
		got = array(a, a->list_bytes, cfg->record_node, true, 4096);
		s->lists = got;
	}
	return got < 0 ? (int)got : 0;
}

struct op_stream *generate_stream(struct workload *wl, struct space *space,
				  const struct scn_client *cfg, u32 thread, u32 node,
				  struct kernel_client *kernel, struct cfg_error *err)
{
	struct gen_stream *s = calloc(1, sizeof(*s));
	struct place_args a = {.s = s, .space = space, .kernel = kernel};
	char name[96];
	u64 slots;
	int ret;
	u32 i;

	if (!s)
		return NULL;
	s->wl = wl;
	s->cfg = cfg;
	s->stream.next = next;
	for (i = 0; i < DSA_OP_TABLE_SIZE; i++) {
		s->flags[false][i] = gen_flags(cfg, (u8)i, false);
		s->flags[true][i] = gen_flags(cfg, (u8)i, true);
	}
	s->window = generate_window(cfg);
	s->node = node;
	s->warmup = cfg->warmup;
	wl->warming += cfg->warmup > 0;
	s->passes = cfg->passes + cfg->warmup ? cfg->passes + cfg->warmup : 1;
	s->per_unit = batch_size(cfg) + 1;
	slots = (u64)s->window * generate_pieces(cfg);
	s->batch = calloc(s->per_unit, sizeof(*s->batch));
	s->small = calloc(s->per_unit, sizeof(*s->small));
	snprintf(name, sizeof(name), "%s/%s.%u", space->name, cfg->name, thread);
	if (!s->batch || !s->small || gen_init(&s->gen, cfg, wl->scn->seed, name, thread, err) ||
	    gen_check_ops(cfg, name, kernel, generate_pieces(cfg) > 1, err)) {
		generate_stream_free(&s->stream);
		return NULL;
	}
	a.record_bytes = slots * s->per_unit * 32 + 8192;
	a.list_bytes = slots * batch_size(cfg) * DSA_DESC_SIZE;
	ret = site_call(wl, space->site, place_arrays, &a);
	if (ret) {
		cfg_fail_errno(err, -ret,
			       "client %s%s%s.%u: no memory for its arrays (%llu and %llu bytes)",
			       space->name, cfg->name ? "/" : "", cfg->name ? cfg->name : "",
			       thread, s->gen.extent.src, s->gen.extent.dst);
		generate_stream_free(&s->stream);
		return NULL;
	}
	return &s->stream;
}

u64 generate_pretouch(struct op_stream *stream, struct client *c)
{
	struct gen_stream *s = wl_of(stream, struct gen_stream, stream);
	bool dst = s->cfg->fault_on == SCN_ON_DST;

	if (s->cfg->fault != SCN_FAULT_MINOR && s->cfg->fault != SCN_FAULT_MAJOR)
		return 0;
	return client_touch(c, s->array[dst ? GEN_DST : GEN_SRC] + s->gen.start, s->gen.ws, dst);
}

u64 generate_source(const struct op_stream *stream, u64 *len)
{
	const struct gen_stream *s =
		(const struct gen_stream *)((const char *)stream -
					    offsetof(struct gen_stream, stream));

	*len = s->gen.extent.src;
	return s->array[GEN_SRC];
}

void generate_stream_free(struct op_stream *stream)
{
	struct gen_stream *s;

	if (!stream)
		return;
	s = wl_of(stream, struct gen_stream, stream);
	free(s->batch);
	free(s->small);
	free(s);
}
