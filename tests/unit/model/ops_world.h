/* SPDX-License-Identifier: GPL-2.0 */
/* A small address space for tests of operations: the model sees it scattered over pages, the plain
 * code flat. */
#ifndef TESTS_OPS_WORLD_H
#define TESTS_OPS_WORLD_H

#include <string.h>

#include <linux/idxd.h>

#include "model/dsa/check.h"
#include "model/dsa/ops.h"
#include "model/dsa/record.h"
#include "model/spec/dsa_regs.h"
#include "plain_ops.h"
#include "sim/core/rng.h"

#define WORLD_BASE  0x7f0000400000ull
#define WORLD_PAGES 40
#define WORLD_BYTES (WORLD_PAGES * PLAIN_PAGE)

struct world {
	u8 flat[WORLD_BYTES]; /* the plain code's */
	u8 pool[WORLD_BYTES]; /* the model's: page i at pool + place[i] */
	u32 place[WORLD_PAGES];
	u8 perm[WORLD_PAGES];
	struct plain_mem plain;
	struct sim_rng rng;
	bool chop; /* cut spans at random places too */
	bool fault_info;
	struct dsa_span span[DSA_ROLE_DATA_COUNT][4 * WORLD_PAGES];
	struct dsa_exec exec; /* of the last run */
	struct dsa_plan plan;
};

/* Everything mapped and writable, in order, zero. */
void world_init(struct world *w, u64 seed);

/* Puts pages at random places of the pool. */
void world_scatter(struct world *w);

/* Makes a run of bytes in both copies. */
void world_put(struct world *w, u64 addr, const void *bytes, u64 len);
void world_random(struct world *w, u64 addr, u64 len);

/* The flat copy is taken over by the model's. */
void world_sync(struct world *w);

/* Translates what the descriptor needs and runs it on the model, with payload or without. */
void world_run(struct world *w, const u8 *desc, u8 rec[32]);
void world_run_none(struct world *w, const u8 *desc, const struct dsa_payload_hint *hint,
		    u8 rec[32]);

/* Runs it on the plain code. */
void world_plain(struct world *w, const u8 *desc, u8 rec[32]);

/* Do the model's pages hold what the flat copy holds? Returns the first differing offset, or -1. */
long long world_differs(const struct world *w);

/* A descriptor with the flags that an operation must have. */
struct dsa_hw_desc world_desc(u8 opcode, u64 a, u64 b, u32 size);

/* A device that has everything. */
void world_caps(struct dsa_caps *caps, u32 version);

#endif
