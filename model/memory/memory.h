/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory of one machine: its bytes, its timing, and watches on its lines. */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

#include "sim/core/types.h"

struct sim;

#define MEM_PAGE	4096ull
#define MEM_LINE	64ull
#define MEM_NODES_MAX	192
#define MEM_SOCKETS_MAX 64
/* Physical addresses of RAM begin here: nothing below 4 GiB, where the message and register windows
 * lie. */
#define MEM_RAM_BASE 0x100000000ull
/* Nodes are placed back to back; sizes are multiples of this, so that RAM has no holes. */
#define MEM_NODE_ALIGN 0x200000ull

enum mem_kind { MEM_DRAM, MEM_CXL, MEM_HBM };

/* One node. Rates 0 mean infinitely fast. Times in ps, rates in bytes per second. */
struct mem_node_cfg {
	char name[24];
	enum mem_kind kind;
	u32 socket; /* the socket it hangs on */
	u64 bytes;
	u64 read_latency_ps, write_latency_ps; /* unloaded, from a requester on the same socket */
	u64 read_bytes_per_s, write_bytes_per_s;
};

/* What belongs to a socket. */
struct mem_socket_cfg {
	u64 llc_bytes; /* 0: no LLC */
	u32 llc_ways;
	u32 llc_io_ways; /* ways that device writes may allocate; 0: all */
	u64 llc_latency_ps, llc_bytes_per_s;
	u64 link_latency_ps;	/* what an access to another socket takes more, there and back */
	u64 link_bytes_per_s;	/* data leaving this socket for others */
	u64 fabric_bytes_per_s; /* all I/O devices of the socket together, each direction */
};

struct mem_cfg {
	u32 sockets, nodes;
	struct mem_socket_cfg socket[MEM_SOCKETS_MAX];
	struct mem_node_cfg node[MEM_NODES_MAX];
	/*
	 * Device writes without allocation that meet a present line: true = they update it and stay
	 * in the LLC, false = the line is dropped. Sources disagree (silicon notes 2.4).
	 */
	bool write_updates_llc;
};

/* Who asks: decides on fabric and LLC ways. */
enum mem_agent { MEM_AGENT_IO, MEM_AGENT_CPU };
enum mem_dir {
	MEM_READ,	/* hits the LLC if present; a CPU's read also allocates */
	MEM_WRITE,	/* to memory (device without cache control, non-temporal store) */
	MEM_WRITE_ALLOC /* into the LLC (device with cache control, ordinary store) */
};

struct mem_cost {
	u64 first_ps; /* from @now until the first byte has arrived (read) or is globally visible
			 (write) */
	u64 finish;   /* absolute time of the same for the last byte */
};

/* Inner state; users only touch it through the inline functions below. */
struct mem {
	unsigned char *base; /* host address of physical address 0 */
	u64 end;	     /* first physical address after RAM */
	u32 watches;	     /* armed watches: nothing to notify when 0 */
	u32 faults;	     /* injected failures, see mem_fail() */
};

/*
 * Creates the memory described by @cfg (copied) and registers its counters under "mem". Reserves
 * address space only: a page costs host memory once touched. Returns 0 or a negative errno (-EINVAL
 * with a message in @msg naming node or socket, key and value; -ENOMEM). mem_free() takes NULL.
 */
int mem_new(struct sim *sim, const struct mem_cfg *cfg, struct mem **out, char *msg,
	    size_t msg_len);
void mem_free(struct mem *mem);

/* True when all of [pa, pa + len) is RAM; never overflows. */
static inline bool mem_contains(const struct mem *mem, u64 pa, u64 len)
{
	return pa >= MEM_RAM_BASE && pa < mem->end && len <= mem->end - pa;
}

/* Host pointer of @pa, valid as far as mem_contains() says; the caller has checked that. */
static inline void *mem_ptr(const struct mem *mem, u64 pa)
{
	return mem->base + pa;
}

/* Node index of an address within RAM. */
u32 mem_node_of(const struct mem *mem, u64 pa);
/* Configuration of a node, NULL beyond the last. First physical address of a node. */
const struct mem_node_cfg *mem_node(const struct mem *mem, u32 node);
u64 mem_node_base(const struct mem *mem, u32 node);

/*
 * Hands out a window of @bytes (rounded up to 4 KiB) of @node, aligned to @align (a power of two,
 * at least 4 KiB), densely from the bottom. Contents are zero. 0, -EINVAL, -ENOMEM (node full or
 * out of host memory for the book-keeping).
 */
int mem_carve(struct mem *mem, u32 node, u64 bytes, u64 align, u64 *pa);
/* Gives a window (same bytes) back; its contents are dropped. Windows never handed out are a bug.
 */
void mem_release(struct mem *mem, u64 pa, u64 bytes);
/* Makes a page-aligned range of RAM read as zero; it costs no host memory until touched again. */
void mem_clear(struct mem *mem, u64 pa, u64 bytes);
/* Bytes of @node handed out now. */
u64 mem_carved(const struct mem *mem, u32 node);

/*
 * Accounts one transfer of @bytes (> 0, within RAM) that starts at @now by a requester on @socket;
 * uses bandwidth of node, LLC, link and fabric and changes LLC contents. No data moves. O(1) per 64
 * KiB. Calls may come slightly out of order of @now.
 */
struct mem_cost mem_access(struct mem *mem, u64 now, u64 pa, u64 bytes, u32 socket,
			   enum mem_dir dir, enum mem_agent agent);
/*
 * Bytes of a device's mem_access() that will not move after all: their bandwidth is free again for
 * who comes from @now on. LLC contents and totals stay as they are.
 */
void mem_give_back(struct mem *mem, u64 now, u64 pa, u64 bytes, u32 socket, enum mem_dir dir);
/* Unloaded read latency from @socket to @pa, ps, without LLC and without using any bandwidth. */
u64 mem_read_latency(const struct mem *mem, u64 pa, u32 socket);
/*
 * Drops [pa, pa + len) from every LLC (cache flush operation, CLFLUSH); the written-back bytes use
 * the node's write bandwidth. @invalidate false: written back but kept (CLWB). Returns when done.
 */
u64 mem_flush(struct mem *mem, u64 now, u64 pa, u64 len, bool invalidate);
/*
 * Puts [pa, pa + len) into its socket's LLC, as a core leaves there what it used; @written: dirty.
 * The core's accesses are past: no bandwidth is used.
 */
void mem_warm(struct mem *mem, u64 now, u64 pa, u64 len, bool written);
/* Is the line at @pa in its socket's LLC? Changes nothing. */
bool mem_cached(struct mem *mem, u64 pa);

/* ---- Watches: who polls or UMWAITs waits on the line instead of reading it again and again ----
 */

struct mem_watch;
/* @w is already disarmed and may be armed again or freed; @pa is the written range's start, @now
 * the time. */
typedef void mem_watch_fn(struct mem_watch *w, u64 pa, u64 len, u64 now);

struct mem_link {
	struct mem_link *next, *prev;
};

struct mem_watch {
	struct mem_link link; /* the memory's */
	u64 pa;		      /* the 64-byte line; set by mem_watch_add() */
	mem_watch_fn *fire;   /* set by the owner before arming */
	u64 after;	      /* ... too: up to this time nobody looks yet, a write wakes no one */
	bool armed;
};

/* Arms @w (owned by the caller, one shot) for the line of @pa. An armed watch is a bug. FIFO per
 * line. */
void mem_watch_add(struct mem *mem, struct mem_watch *w, u64 pa);
/* Disarms; nothing happens when it is not armed. */
void mem_watch_del(struct mem *mem, struct mem_watch *w);

void mem_notify_slow(struct mem *mem, u64 pa, u64 len, u64 now);
/* To be called by whoever has written [pa, pa + len): fires the watches of these lines, in address
 * order. */
static inline void mem_notify_write(struct mem *mem, u64 pa, u64 len, u64 now)
{
	if (mem->watches)
		mem_notify_slow(mem, pa, len, now);
}

/* ---- Failures: memory that answers with an error, for fault studies ---- */

#define MEM_FAIL_READ  1u
#define MEM_FAIL_WRITE 2u
/* Reads and/or writes of [pa, pa + len) fail from now on; 0 clears the range. -ENOSPC beyond 16
 * ranges. */
int mem_fail(struct mem *mem, u64 pa, u64 len, u32 what);
u32 mem_fails_slow(const struct mem *mem, u64 pa, u64 len);
/* MEM_FAIL_* bits that hold for any byte of the range. */
static inline u32 mem_fails(const struct mem *mem, u64 pa, u64 len)
{
	return mem->faults ? mem_fails_slow(mem, pa, len) : 0;
}

#endif
