// SPDX-License-Identifier: GPL-2.0
/*
 * Event queue, hold model: every event that fires comes again after a delay drawn beforehand, every
 * eighth also cancels another one and arms it anew.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/core/event.h"
#include "sim/core/rng.h"
#include "tests/bench/bench.h"
#include "tests/bench/heap.h"

#define DRAWS	      8192u
#define CHECK_EVENTS  300000u
#define CANCEL_PERIOD 8u

struct draw {
	u32 delay; /* ps */
	u16 prio;
	u16 pick; /* which event is cancelled, 1/65536 of all */
};

struct hold {
	u32 pending;
	u64 left;	 /* events to go */
	u32 at;		 /* next draw */
	u64 hash, fired; /* of what fired, in the checked run */
	struct sim *sim;
	struct sim_event *events;
	struct heap heap;
	struct heap_event *heap_events;
	u64 heap_now;
	struct draw draws[DRAWS];
};

/* The callbacks get a queue and an event. */
static struct hold *hold;

/* Half from the device's list, half log-uniform from 1 ns to 10 us. */
static void draw_all(struct hold *h)
{
	static const u32 device_ns[] = {2, 8, 20, 33, 64, 100, 140, 350};
	struct sim_rng rng;

	sim_rng_init(&rng, 1, "bench/hold");
	for (u32 i = 0; i < DRAWS; i++) {
		struct draw *d = &h->draws[i];
		double u = (double)(sim_rng_u64(&rng) >> 11) * 0x1p-53;

		if (sim_rng_below(&rng, 2))
			d->delay = device_ns[sim_rng_below(&rng, 8)] * (u32)PS_PER_NS;
		else
			d->delay = (u32)(1000.0 * pow(10.0, 4.0 * u));
		d->prio = (u16)sim_rng_below(&rng, SIM_PRIO_COUNT);
		d->pick = (u16)sim_rng_below(&rng, 1u << 16);
	}
}

static inline const struct draw *next_draw(struct hold *h)
{
	return &h->draws[h->at++ % DRAWS];
}

static inline u32 picked(const struct hold *h, const struct draw *d)
{
	return (u32)((u64)d->pick * h->pending >> 16);
}

static void on_event(struct sim *sim, struct sim_event *ev)
{
	struct hold *h = hold;
	const struct draw *d = next_draw(h);

	sim_after(sim, ev, d->delay, (enum sim_prio)d->prio);
	if (h->left % CANCEL_PERIOD == 0) {
		struct sim_event *other = &h->events[picked(h, d)];

		d = next_draw(h);
		sim_cancel(sim, other);
		sim_after(sim, other, d->delay, (enum sim_prio)d->prio);
	}
	if (!--h->left)
		sim_stop(sim);
}

static inline u64 hash_step(u64 hash, u64 id, u64 now)
{
	return (hash ^ id ^ now << 20) * 0x100000001b3ull;
}

static void on_event_checked(struct sim *sim, struct sim_event *ev)
{
	hold->hash = hash_step(hold->hash, (u64)(ev - hold->events), sim_now(sim));
	hold->fired++;
	on_event(sim, ev);
}

static __attribute__((noinline)) void heap_event_fires(struct hold *h, struct heap_event *ev)
{
	const struct draw *d = next_draw(h);

	heap_at(&h->heap, ev, h->heap_now + d->delay, (enum sim_prio)d->prio);
	if (h->left % CANCEL_PERIOD == 0) {
		struct heap_event *other = &h->heap_events[picked(h, d)];

		d = next_draw(h);
		heap_cancel(&h->heap, other);
		heap_at(&h->heap, other, h->heap_now + d->delay, (enum sim_prio)d->prio);
	}
	h->left--;
}

static void arm_all(struct hold *h, sim_fire_fn *fire)
{
	h->at = 0;
	for (u32 i = 0; i < h->pending; i++) {
		const struct draw *d = next_draw(h);

		sim_event_init(&h->events[i], fire);
		sim_at(h->sim, &h->events[i], d->delay, (enum sim_prio)d->prio);
	}
}

static void heap_arm_all(struct hold *h)
{
	h->at = 0;
	h->heap.n = 0;
	h->heap.seq = 0;
	h->heap_now = 0;
	for (u32 i = 0; i < h->pending; i++) {
		const struct draw *d = next_draw(h);

		h->heap_events[i].id = i;
		heap_at(&h->heap, &h->heap_events[i], d->delay, (enum sim_prio)d->prio);
	}
}

static void heap_run(struct hold *h, u64 events, bool check)
{
	h->left = events;
	while (h->left) {
		struct heap_event *ev = heap_take(&h->heap);

		h->heap_now = ev->when;
		if (check)
			h->hash = hash_step(h->hash, ev->id, ev->when);
		heap_event_fires(h, ev);
	}
}

static void queue_run(struct hold *h, u64 events)
{
	h->left = events;
	sim_run(h->sim, SIM_NEVER);
}

/* Both queues have to fire the same events at the same times in the same order. */
static int check_order(struct hold *h)
{
	u64 hash;

	arm_all(h, on_event_checked);
	h->hash = h->fired = 0;
	queue_run(h, CHECK_EVENTS);
	hash = h->hash;
	heap_arm_all(h);
	h->hash = 0;
	heap_run(h, CHECK_EVENTS, true);
	if (h->fired == CHECK_EVENTS && hash == h->hash)
		return 0;
	fprintf(stderr, "hold model: the queue's order differs from the heap's\n");
	return -EILSEQ;
}

static void hold_done(void *state)
{
	struct hold *h = state;

	sim_free(h->sim);
	free(h->events);
	free(h->heap_events);
	free(h->heap.e);
	free(h);
}

static int hold_setup(const struct bench_figure *fig, void **state)
{
	struct hold *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->pending = *(const u32 *)fig->arg;
	h->sim = sim_new(1);
	h->events = aligned_alloc(64, h->pending * sizeof(*h->events));
	h->heap_events = calloc(h->pending, sizeof(*h->heap_events));
	h->heap.e = calloc(h->pending + 1, sizeof(*h->heap.e));
	err = h->sim && h->events && h->heap_events && h->heap.e ? 0 : -ENOMEM;
	hold = h;
	if (!err) {
		draw_all(h);
		err = check_order(h);
	}
	if (err) {
		hold_done(h);
		return err;
	}
	for (u32 i = 0; i < h->pending; i++)
		h->events[i].fire = on_event;
	*state = h;
	return 0;
}

static int hold_sample(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	struct hold *h = state;
	u64 events = h->pending < 50000 ? 3000000 : 1000000;
	double t;

	hold = h;
	queue_run(h, events / 10);
	t = bench_seconds();
	queue_run(h, events);
	out->value = (double)events / (bench_seconds() - t);
	heap_run(h, events / 20, false);
	t = bench_seconds();
	heap_run(h, events / 2, false);
	out->yardstick = (double)(events / 2) / (bench_seconds() - t);
	return 0;
}

static const u32 pending_1k = 1000, pending_10k = 10000, pending_100k = 100000;

#define HOLD(name_, pending_, least_)                                                              \
	{                                                                                          \
		.name = name_, .unit = "events/s", .yardstick = "binary heap", .at_least = least_, \
		.arg = &pending_, .setup = hold_setup, .sample = hold_sample, .done = hold_done    \
	}

const struct bench_figure bench_events[] = {
	HOLD("events_hold_1k", pending_1k, 28e6),
	HOLD("events_hold_10k", pending_10k, 20e6),
	HOLD("events_hold_100k", pending_100k, 0),
	{0},
};
