/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual time and the event queue: one total order (time, priority, sequence). */
#ifndef SIM_CORE_EVENT_H
#define SIM_CORE_EVENT_H

#include "sim/core/types.h"

struct sim;
struct sim_event;

/*
 * Order of events that fall on the same picosecond, first to last: what ends comes before what
 * starts, so that freed resources are seen by those who want them; samplers see the settled state.
 */
enum sim_prio {
	SIM_PRIO_COMPLETE,  /* a resource or operation finishes */
	SIM_PRIO_RESPONSE,  /* an answer arrives: translation, page response, interrupt */
	SIM_PRIO_ARBITRATE, /* somebody is chosen */
	SIM_PRIO_SUBMIT,    /* new work arrives, software runs */
	SIM_PRIO_SAMPLE,    /* observers */
	SIM_PRIO_COUNT
};

typedef void sim_fire_fn(struct sim *sim, struct sim_event *ev);

/*
 * An event is a member of the object it belongs to (container_of gives the owner back); the queue
 * never allocates or frees one. 64 bytes. Zero-initialised memory is an idle event once @fire is
 * set. All fields but @fire belong to the queue.
 */
struct sim_event {
	u64 when;	   /* ps; valid while queued */
	u64 key;	   /* time within its slot, priority, sequence: see event.c */
	sim_fire_fn *fire; /* called with the event already idle: it may re-arm itself */
	struct sim_event *next, **pprev;
	struct sim_event *child;
	u32 place; /* where it is queued; 0 = idle */
	u32 spare[3];
};

static inline void sim_event_init(struct sim_event *ev, sim_fire_fn *fire)
{
	ev->fire = fire;
	ev->place = 0;
	ev->next = ev->child = NULL;
	ev->pprev = NULL;
}

static inline bool sim_event_queued(const struct sim_event *ev)
{
	return ev->place != 0;
}

/* Creates a simulation at time 0; @seed feeds sim_rng_stream(). NULL when out of memory. */
struct sim *sim_new(u64 seed);
/*
 * Frees the simulation with its fibers, parked ones included (their stacks go, what they allocated
 * stays theirs); queued events are forgotten, their owners keep their memory.
 */
void sim_free(struct sim *sim);

/* Current virtual time, ps. Inline through the first member of struct sim (see sim_now below). */
struct sim_clock {
	u64 now;
	u64 revision;
};
static inline u64 sim_now(const struct sim *sim)
{
	return ((const struct sim_clock *)sim)->now;
}

/*
 * For who remembers where others said that an address leads, or what an identity means: such an
 * answer holds as long as the revision is what it was then. Whoever takes an answer back revises.
 */
static inline u64 sim_revision(const struct sim *sim)
{
	return ((const struct sim_clock *)sim)->revision;
}
static inline void sim_revise(struct sim *sim)
{
	((struct sim_clock *)sim)->revision++;
}

/*
 * Queues @ev for time @when (>= now and not SIM_NEVER; anything else is a bug and asserts).
 * Re-arming a queued event moves it. FIFO among equal (when, prio).
 */
void sim_at(struct sim *sim, struct sim_event *ev, u64 when, enum sim_prio prio);
/* Queues @ev @delay ps from now. */
static inline void sim_after(struct sim *sim, struct sim_event *ev, u64 delay, enum sim_prio prio)
{
	sim_at(sim, ev, sim_now(sim) + delay, prio);
}
/* Takes @ev out of the queue; returns whether it was queued. O(1) amortised. */
bool sim_cancel(struct sim *sim, struct sim_event *ev);

/* Fires the next event; false when the queue is empty. */
bool sim_step(struct sim *sim);
/* Fires @n events, or fewer when one of them calls sim_stop(); false when the queue ran empty. */
bool sim_steps(struct sim *sim, u32 n);
/* Time of the next event or SIM_NEVER. May walk all events of one slot: not for hot paths. */
u64 sim_next_time(struct sim *sim);
/*
 * Runs until the queue is empty (now stays at the last event), the next event lies after @until
 * (now becomes @until) or sim_stop(). Not to be called from an event or a fiber.
 */
void sim_run(struct sim *sim, u64 until);
/* Makes the running sim_run() or sim_steps() return after the current event. */
void sim_stop(struct sim *sim);
/* Events fired so far. */
u64 sim_events_fired(const struct sim *sim);
/* Seed given to sim_new(). */
u64 sim_seed(const struct sim *sim);

#endif
