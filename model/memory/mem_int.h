/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the memory room: what the files behind memory.h share. */
#ifndef MODEL_MEMORY_MEM_INT_H
#define MODEL_MEMORY_MEM_INT_H

#include "model/memory/memory.h"
#include "sim/core/resource.h"

#define LLC_GRANULE_SHIFT 16 /* one tag covers 64 KiB: 16 pages */
#define LLC_GRANULE	  (1ull << LLC_GRANULE_SHIFT)
#define WATCH_BUCKETS	  4096u
#define MEM_FAILS_MAX	  16u

/*
 * A pipe whose callers reserve slightly ahead of each other. A caller that is behind the latest one
 * seen waits for the backlog of that moment, not for the other's place in time.
 */
struct mem_pipe {
	struct sim_pipe pipe;
	u64 seen; /* latest @now of a caller */
};

/* A free window of a node. */
struct mem_hole {
	u64 pa, bytes;
};

struct mem_unit { /* one node */
	u64 base;
	struct mem_pipe read, write;
	struct mem_hole *holes; /* sorted by address, never touching each other */
	u32 n_holes, max_holes;
	u64 carved;
};

/*
 * A last-level cache. Per way: a tag (granule number + 1; 0: empty), its pages (modified 31:16,
 * present 15:0) and the tick of the last use. Sets are padded to whole vectors of tags.
 */
struct mem_llc {
	u32 sets, ways, io_ways;
	u32 stride;  /* ways, rounded up to LLC_VECTOR */
	u64 inverse; /* 2^64 / sets, rounded up: remainders without a division */
	u32 tick;
	u32 *tag, *pages, *used; /* sets * stride */
	u8 *recent;		 /* way of the last hit, per set */
	u8 *top;		 /* no way from here on has ever been used, per set */
	struct mem_pipe pipe;
};
#define LLC_VECTOR 4u

struct mem_socket {
	struct mem_llc llc;
	struct mem_pipe link_out, fabric_in, fabric_out;
};

struct mem_counts {
	u64 reads, writes;
	u64 read_bytes, write_bytes;
	u64 llc_hit_bytes, llc_miss_bytes;
	u64 llc_evictions, llc_writeback_bytes;
	u64 remote_bytes;
	u64 wakes;
};

struct mem_fail_range {
	u64 pa, len;
	u32 what;
};

struct mem_full {
	struct mem pub; /* first: struct mem * is the handle */
	struct sim *sim;
	struct mem_cfg cfg;
	u32 last_node; /* where the last look-up ended */
	struct mem_unit unit[MEM_NODES_MAX];
	struct mem_socket socket[MEM_SOCKETS_MAX];
	struct mem_counts count;
	struct mem_fail_range fail[MEM_FAILS_MAX];
	struct mem_link bucket[WATCH_BUCKETS]; /* by line */
	u16 page_watches[WATCH_BUCKETS];       /* armed watches whose page hashes here */
};

static inline struct mem_full *mem_full(const struct mem *mem)
{
	return (struct mem_full *)mem;
}

int mem_timing_init(struct mem_full *m, char *msg, size_t len);
void mem_timing_free(struct mem_full *m);
void mem_watch_init(struct mem_full *m);

#endif
