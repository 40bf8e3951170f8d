// SPDX-License-Identifier: GPL-2.0
// Generators: sizes, operations, addresses and times of one client thread.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/hint.h"
#include "sim/scenario/cfg.h"
#include "sim/workload/generate.h"

#define ARRAY_MAX (1ull << 46) /* of one operand: an address space has 47 bits */
#define HEAP_HEAD 16	       /* what a C heap keeps in front of each buffer */
#define PAGE	  4096ull

static u64 round_up(u64 value, u64 unit)
{
	return (value + unit - 1) / unit * unit;
}

static u64 largest(const struct scn_size *size)
{
	return size->a > size->b ? size->a : size->b;
}

/* Distance of two places: whole alignments, whole pages where each place has the offset. */
static u64 place_stride(const struct scn_client *c)
{
	u64 unit = c->align_exact ? 2 * c->align : c->align, size = largest(&c->size);

	if (c->alloc == SCN_ALLOC_MALLOC)
		return round_up(size + HEAP_HEAD, HEAP_HEAD);
	if (c->offset && (c->pattern_src == SCN_RANDOM || c->pattern_dst == SCN_RANDOM))
		return round_up(size + c->offset, PAGE);
	return round_up(size, unit);
}

static u64 places_needed(const struct scn_client *c)
{
	u64 units = c->window * (u64)(c->batch ? c->batch : 1);

	switch (c->reuse) {
	case SCN_REUSE_ONE:
		return 1;
	case SCN_REUSE_SLOT:
		return c->window;
	case SCN_REUSE_BURST:
		return units;
	default:
		return c->count ? c->count : 1;
	}
}

int gen_init(struct gen *gen, const struct scn_client *client, u64 seed, const char *name,
	     u32 thread, struct cfg_error *err)
{
	struct sim_rng keys;
	char stream[160];
	u64 places;
	u32 i;

	*gen = (struct gen){.client = client};
#define STREAM(rng, what)                                                                          \
	(snprintf(stream, sizeof(stream), "client/%.100s/%u/" what, name, thread),                 \
	 sim_rng_init(rng, seed, stream))
	STREAM(&gen->size_rng, "size");
	STREAM(&gen->op_rng, "op");
	STREAM(&gen->think_rng, "think");
	STREAM(&gen->arrival_rng, "arrival");
	STREAM(&gen->fault_rng, "fault");
	STREAM(&gen->place_rng, "place");
	STREAM(&keys, "address");
#undef STREAM
	gen->src_key = sim_rng_u64(&keys);
	gen->dst_key = sim_rng_u64(&keys);
	for (i = 0; i < client->nops; i++)
		gen->weight += client->ops[i].weight;
	gen->stride = place_stride(client);
	gen->start = client->offset;
	if (client->alloc == SCN_ALLOC_MALLOC)
		gen->start += HEAP_HEAD;
	else if (client->align_exact)
		gen->start += client->align;
	places = places_needed(client);
	if (places > ARRAY_MAX / gen->stride)
		return cfg_fail(err, "client '%s': %llu operands of %llu bytes are too much memory",
				name, places, gen->stride);
	gen->ws = client->ws && client->reuse == SCN_REUSE_NONE ? client->ws : places * gen->stride;
	if (gen->ws > ARRAY_MAX)
		return cfg_fail(err, "client '%s': a working set of %llu bytes is too much memory",
				name, gen->ws);
	gen->places = gen->ws / gen->stride ? gen->ws / gen->stride : 1;
	gen->extent.src = gen->start + gen->ws + gen->stride;
	gen->extent.dst = gen->extent.src;
	return 0;
}

void gen_restart(struct gen *gen)
{
	gen->made = 0;
	gen->src_at = gen->dst_at = 0;
}

/* ---- Sizes and operations ---- */

static u64 table_size(struct gen *gen, const struct scn_size *size)
{
	u64 draw = sim_rng_below(&gen->size_rng, size->table[size->rows - 1].cumulative);
	u32 lo = 0, hi = size->rows - 1, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (draw < size->table[mid].cumulative)
			hi = mid;
		else
			lo = mid + 1;
	}
	return size->table[lo].size;
}

static u64 next_size(struct gen *gen)
{
	const struct scn_size *size = &gen->client->size;
	u64 n = gen->made, step, all;

	switch (size->kind) {
	case SCN_SIZE_UNIFORM:
		return size->a + sim_rng_below(&gen->size_rng, size->b - size->a + 1);
	case SCN_SIZE_ALT:
		return n / gen->client->run % 2 ? size->b : size->a;
	case SCN_SIZE_FIRST:
		return n ? size->b : size->a;
	case SCN_SIZE_DOUBLE:
		for (all = 1; size->a << all <= size->b; all++)
			;
		step = n % all;
		return size->a << step;
	case SCN_SIZE_MIX:
		all = (u64)size->na + size->nb;
		n %= all;
		return (n + 1) * size->nb / all > n * size->nb / all ? size->b : size->a;
	case SCN_SIZE_TABLE:
		return table_size(gen, size);
	default:
		return size->a;
	}
}

static u8 next_opcode(struct gen *gen)
{
	const struct scn_client *c = gen->client;
	u64 draw;
	u32 i;

	if (c->nops == 1)
		return c->ops[0].opcode;
	draw = sim_rng_below(&gen->op_rng, gen->weight);
	for (i = 0; draw >= c->ops[i].weight; i++)
		draw -= c->ops[i].weight;
	return c->ops[i].opcode;
}

/* ---- Addresses ---- */

static u64 mix(u64 x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

/*
 * The @i-th of 0..n-1 in a shuffled order: a Feistel network on the next even number of bits,
 * walked until it falls below n. Each number comes once.
 */
static u64 shuffled(u64 i, u64 n, u64 key)
{
	u32 half, round;
	u64 left, right, swap, mask;

	if (n < 2)
		return 0;
	half = (65 - (u32)__builtin_clzll(n - 1)) / 2;
	mask = (1ull << half) - 1;
	do {
		left = i >> half;
		right = i & mask;
		for (round = 0; round < 4; round++) {
			swap = right;
			right = left ^ (mix(right + key + round * 0x9e3779b97f4a7c15ull) & mask);
			left = swap;
		}
		i = left << half | right;
	} while (i >= n);
	return i;
}

/* Where in its place an operand smaller than the largest begins: anywhere that align allows. */
static u64 within_place(struct gen *gen, u64 unit, u32 size)
{
	u64 room = largest(&gen->client->size) - size;

	if (gen->client->offset || room < unit)
		return 0;
	return sim_rng_below(&gen->place_rng, room / unit + 1) * unit;
}

static u64 sim_hot next_address(struct gen *gen, u32 pattern, u64 *at, u64 key, u32 size, u32 slot)
{
	const struct scn_client *c = gen->client;
	u64 unit, address;

	switch (c->reuse) {
	case SCN_REUSE_ONE:
		return gen->start;
	case SCN_REUSE_SLOT:
	case SCN_REUSE_BURST:
		/* Most have a place for each slot. */
		return gen->start + (slot < gen->places ? slot : slot % gen->places) * gen->stride;
	default:
		break;
	}
	if (pattern == SCN_SAME)
		return gen->start;
	unit = c->align_exact ? 2 * c->align : c->align;
	if (c->alloc == SCN_ALLOC_MALLOC)
		unit = HEAP_HEAD;
	if (pattern == SCN_RANDOM)
		return gen->start +
		       shuffled(gen->made % gen->places, gen->places, key) * gen->stride +
		       within_place(gen, unit, size);
	if (*at + size > gen->ws)
		*at = 0;
	address = gen->start + *at;
	*at += round_up(size + (c->alloc == SCN_ALLOC_MALLOC ? HEAP_HEAD : 0), unit);
	return address;
}

bool sim_hot gen_next(struct gen *gen, u32 slot, struct gen_op *op)
{
	const struct scn_client *c = gen->client;

	if (c->count && gen->made == c->count)
		return false;
	op->size = (u32)next_size(gen);
	op->opcode = next_opcode(gen);
	op->src = next_address(gen, c->pattern_src, &gen->src_at, gen->src_key, op->size, slot);
	op->dst = next_address(gen, c->pattern_dst, &gen->dst_at,
			       c->pattern_src == c->pattern_dst ? gen->src_key : gen->dst_key,
			       op->size, slot);
	op->small = c->size.kind == SCN_SIZE_MIX && op->size < largest(&c->size);
	gen->made++;
	return true;
}

/* ---- Times ---- */

u64 sim_hot gen_think(struct gen *gen)
{
	const struct scn_think *think = &gen->client->think;

	switch (think->kind) {
	case SCN_THINK_EXP:
		return sim_rng_exp(&gen->think_rng, think->mean_ps);
	case SCN_THINK_TABLE:
		return think->table[sim_rng_below(&gen->think_rng, think->rows)];
	default:
		return think->mean_ps;
	}
}

u64 gen_interval(struct gen *gen)
{
	if (gen->client->poisson)
		return sim_rng_exp(&gen->arrival_rng, gen->client->interval_ps);
	return gen->client->interval_ps;
}

bool gen_page_missing(struct gen *gen)
{
	u32 ppm = gen->client->fault_ppm;

	if (ppm == 0 || ppm >= 1000000)
		return ppm != 0;
	return sim_rng_below(&gen->fault_rng, 1000000) < ppm;
}
