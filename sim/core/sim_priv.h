/* SPDX-License-Identifier: GPL-2.0 */
/* What a simulation consists of: private to sim/core. */
#ifndef SIM_CORE_SIM_PRIV_H
#define SIM_CORE_SIM_PRIV_H

#include "sim/core/event.h"

/* A slot is 2^10 ps; a wheel has 4,096: 4.2 us of slots in the near one, 17 ms in the far one. */
#define SLOT_SHIFT  10
#define WHEEL_SHIFT 12
#define WHEEL_SLOTS (1u << WHEEL_SHIFT)
#define WHEEL_WORDS (WHEEL_SLOTS / 64)

/* Slots of unordered events; a set bit may be stale (its events were cancelled), never missing. */
struct wheel {
	u64 summary;
	struct sim_event **nobody; /* written instead of the pprev of no event */
	u64 bits[WHEEL_WORDS];
	struct sim_event *slot[WHEEL_SLOTS];
};

/* Room for the events of the open slot: those found when it opened below the middle, arrivals
 * above. */
#define OPEN_HALF 4096u

struct open_entry {
	u64 key;
	struct sim_event *ev; /* NULL: cancelled */
};

struct queue {
	u64 seq;
	u64 slot;		/* the open slot; earlier ones are past */
	u32 lo, hi;		/* what is left of it in @open, in order */
	struct sim_event *heap; /* pairing heap: far off, or too many for @open */
	/* No event of that wheel lies before this slot; SIM_NEVER when it holds none. */
	u64 near_first, far_first;
	struct wheel near, far;
	struct open_entry open[2 * OPEN_HALF];
	struct open_entry scratch[OPEN_HALF];
};

struct fiber_pool {
	struct fiber *all;  /* every stack ever made */
	struct fiber *free; /* those nobody uses */
	u64 made, alive, peak;
	bool portable;	 /* switch with ucontext */
	void *loop_sp;	 /* the event loop's own context while a fiber runs */
	void *loop_uctx; /* ucontext_t of the same, when portable */
	void *loop_fake; /* AddressSanitizer's view of the loop's stack */
	const void *loop_bottom;
	size_t loop_size;
};

struct stat_group;
struct usage_entry;
struct stats_registry {
	struct stat_group *groups;
	size_t groups_n, groups_cap;
	struct usage_entry *usages;
	size_t usages_n, usages_cap;
};

struct sim {
	struct sim_clock clock; /* first: sim_now() */
	u64 seed;
	u64 fired;
	bool running, stop;
	struct fiber_pool fibers;
	struct stats_registry stats;
	struct queue q;
};

/* -ENOMEM. */
int sim_fibers_init(struct sim *sim);
void sim_fibers_free(struct sim *sim);
/*
 * Makes @sim switch fibers with ucontext, the way of machines without a switch of their own; before
 * the first fiber. -ENOMEM.
 */
int sim_fibers_portable(struct sim *sim);
void sim_stats_free(struct sim *sim);

#endif
