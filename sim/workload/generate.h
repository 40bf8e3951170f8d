/* SPDX-License-Identifier: GPL-2.0 */
/* Generated work: what one client thread submits, drawn from its part of a scenario. */
#ifndef SIM_WORKLOAD_GENERATE_H
#define SIM_WORKLOAD_GENERATE_H

#include "sim/core/rng.h"
#include "sim/scenario/scenario.h"

struct cfg_error;

/*
 * Addresses are offsets into the thread's arrays, one array for each operand; where these lie is
 * the player's affair. All draws come from streams named after the thread, so that a thread's
 * work does not depend on the others.
 */

/* Arrays a thread needs, bytes; offsets are below. */
struct gen_extent {
	u64 src, dst;
};

/* One work descriptor to make. */
struct gen_op {
	u64 src,
		dst; /* offsets; the second source or destination of an operation lies beside dst */
	u32 size;
	u8 opcode;  /* or SCN_OP_TOUCH */
	bool small; /* one of the smaller sizes of a mix */
};

struct gen {
	const struct scn_client *client;
	struct sim_rng size_rng, op_rng, think_rng, arrival_rng, fault_rng, place_rng;
	u64 made;	      /* work descriptors of this pass */
	u64 src_at, dst_at;   /* where seq goes on */
	u64 stride;	      /* distance of two operands' places, where places are fixed */
	u64 places;	      /* how many of them the arrays have */
	u64 start;	      /* first address of an array, from its page */
	u64 ws;		      /* extent that seq runs over */
	u64 weight;	      /* sum of the operations' weights */
	u64 src_key, dst_key; /* of the random orders */
	struct gen_extent extent;
};

/*
 * Prepares @gen for thread @thread of @client; @name names the client uniquely in the run.
 * -EINVAL with @err when the arrays would exceed what an address space can hold.
 */
int gen_init(struct gen *gen, const struct scn_client *client, u64 seed, const char *name,
	     u32 thread, struct cfg_error *err);
/* Starts a pass over: the same addresses again, other draws. */
void gen_restart(struct gen *gen);
/* The next work descriptor of a pass; false at its end. @slot: the window slot it is for. */
bool gen_next(struct gen *gen, u32 slot, struct gen_op *op);
/* Think time before the next unit, ps. */
u64 gen_think(struct gen *gen);
/* Loop open: distance to the next arrival, ps. */
u64 gen_interval(struct gen *gen);
/* True if a page that is touched for the first time is missing, by fault_share. */
bool gen_page_missing(struct gen *gen);

/* ---- generate_place.c: from a generated operation to a descriptor ---- */

/* A thread's arrays: of the sources, destinations, second destinations and delta records, of
 * blocks with tags for DIF Check, Strip and Update, of delta records to apply. */
enum gen_array { GEN_SRC, GEN_DST, GEN_DST2, GEN_TAGGED, GEN_DELTA, GEN_ARRAYS };

struct trace_op;
bool gen_wants(const struct scn_client *client, u8 opcode);
/* How large the array has to be; 0: not needed. */
u64 gen_array_bytes(const struct gen *gen, enum gen_array array);
/*
 * Delta and DIF operations can't be made by a client of the kernel, nor of pieces, nor of any size,
 * drains not in batches: -EINVAL with @err naming client @name and operation.
 */
int gen_check_ops(const struct scn_client *client, const char *name, bool kernel, bool pieces,
		  struct cfg_error *err);
/* Flags of a descriptor as the scenario wants them; @record: with a completion record. */
u32 gen_flags(const struct scn_client *client, u8 opcode, bool record);
/* Operation, size and operands of @g into @op; @array: the addresses of the arrays. */
void gen_place(const struct gen *gen, const u64 array[GEN_ARRAYS], const struct gen_op *g,
	       struct trace_op *op);

struct scenario;
/* What `trace generate` makes of a scenario: all generated clients of the host, as a trace. */
int generate_trace(const struct scenario *scn, const char *out, u64 *records,
		   struct cfg_error *err);

#endif
