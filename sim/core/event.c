// SPDX-License-Identifier: GPL-2.0
/*
 * The event queue: two wheels of unordered slots, the open slot in order, a heap behind them.
 *
 * An event of the next 4,096 slots is pushed on its slot's list in the near wheel; one of the next
 * 4,096 blocks (of 4,096 slots each) on its block's list in the far wheel; anything else goes to
 * the heap. When time reaches a slot its events are copied to @open and sorted; when it reaches a
 * block, its events move to the near wheel. The heap is a second queue, merged in when events are
 * taken, so it also takes what does not fit elsewhere: more than @open holds, or a time before the
 * open slot (sim_run() may stop short of it). Nothing here allocates.
 *
 * Key of an event: | time within the slot: 10 | priority: 3 | sequence: 51 |, so that one
 * comparison orders a slot, and (when, key) the whole queue.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/hint.h"
#include "sim/core/sim_priv.h"

#define SEQ_BITS      51
#define PRIO_BITS     3
#define INSERT_MAX    64 /* entries moved to let an arrival in; beyond that the heap is cheaper */
#define INSERTION_RUN 12 /* up to this many entries insertion sort wins */

_Static_assert(SLOT_SHIFT + PRIO_BITS + SEQ_BITS == 64, "the key has no gaps and no overlaps");
_Static_assert(SIM_PRIO_COUNT <= 1 << PRIO_BITS, "priorities fit");

/* An event in a slot is on a list until its slot is the open one: no need to tell it. */
enum place { PLACE_IDLE, PLACE_SLOT, PLACE_HEAP };

static inline bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->when < b->when || (a->when == b->when && a->key < b->key);
}

/* ---- lists and wheels ---------------------------------------------------------------------- */

static inline void list_unlink(struct sim_event *ev)
{
	*ev->pprev = ev->next;
	if (ev->next)
		ev->next->pprev = ev->pprev;
}

static inline void wheel_push(struct wheel *w, struct sim_event *ev, u64 slot)
{
	u32 i = slot % WHEEL_SLOTS;
	struct sim_event **head = &w->slot[i], *next = *head;
	/* Whether a slot is empty is anybody's guess: always write, if only for nobody. */
	struct sim_event ***back = next ? &next->pprev : &w->nobody;

	*back = &ev->next;
	ev->next = next;
	ev->pprev = head;
	*head = ev;
	ev->place = PLACE_SLOT;
	w->bits[i / 64] |= 1ull << (i % 64);
	w->summary |= 1ull << (i / 64);
}

/* Takes the whole list of @slot. */
static inline struct sim_event *wheel_take(struct wheel *w, u64 slot)
{
	u32 i = slot % WHEEL_SLOTS;
	struct sim_event *list = w->slot[i];

	w->slot[i] = NULL;
	w->bits[i / 64] &= ~(1ull << (i % 64));
	if (!w->bits[i / 64])
		w->summary &= ~(1ull << (i / 64));
	return list;
}

/* First marked slot among the WHEEL_SLOTS after @slot, SIM_NEVER when none is. */
static inline u64 wheel_next(const struct wheel *w, u64 slot)
{
	u32 from = (slot + 1) % WHEEL_SLOTS, word = from / 64, k;
	u64 ahead = ~0ull << (from % 64);
	u64 m = w->bits[word] & ahead;

	if (!m) {
		u32 r = (word + 1) % 64;
		u64 s = w->summary;

		if (!s)
			return SIM_NEVER;
		s = s >> r | s << (-r & 63);
		k = __builtin_ctzll(s);
		word = (r + k) % 64;
		m = w->bits[word];
		if (k == 63) /* all the way round */
			m &= ~ahead;
		if (!m)
			return SIM_NEVER;
	}
	k = word * 64 + __builtin_ctzll(m);
	return slot + 1 + ((k - from) % WHEEL_SLOTS);
}

/* ---- pairing heap: children linked like lists, so that any node can leave -------------------- */

static struct sim_event *meld(struct sim_event *a, struct sim_event *b)
{
	struct sim_event *t;

	if (!a || !b)
		return a ? a : b;
	if (before(b, a)) {
		t = a;
		a = b;
		b = t;
	}
	b->next = a->child;
	if (b->next)
		b->next->pprev = &b->next;
	b->pprev = &a->child;
	a->child = b;
	return a;
}

/* Melds siblings in pairs from the left, then the pairs from the right. */
static struct sim_event *meld_siblings(struct sim_event *first)
{
	struct sim_event *pairs = NULL, *a, *b, *root = NULL;

	while (first) {
		a = first;
		b = a->next;
		first = b ? b->next : NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		a = pairs;
		pairs = a->next;
		root = meld(root, a);
	}
	return root;
}

static void heap_push(struct queue *q, struct sim_event *ev)
{
	ev->child = ev->next = NULL;
	ev->place = PLACE_HEAP;
	q->heap = meld(q->heap, ev);
}

static void heap_remove(struct queue *q, struct sim_event *ev)
{
	if (ev == q->heap) {
		q->heap = meld_siblings(ev->child);
	} else {
		list_unlink(ev);
		q->heap = meld(q->heap, meld_siblings(ev->child));
	}
	if (q->heap)
		q->heap->next = NULL;
}

/* ---- the open slot ------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) void insertion_sort(struct open_entry *e, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		struct open_entry x = e[i];
		u32 j = i;

		for (; j && e[j - 1].key > x.key; j--)
			e[j] = e[j - 1];
		e[j] = x;
	}
}

static void merge(struct open_entry *to, const struct open_entry *a, u32 na,
		  const struct open_entry *b, u32 nb)
{
	while (na && nb) {
		bool second = b->key < a->key;

		*to++ = second ? *b : *a;
		b += second;
		nb -= second;
		a += !second;
		na -= !second;
	}
	memcpy(to, na ? a : b, (na + nb) * sizeof(*to));
}

static void merge_sort(struct open_entry *e, struct open_entry *scratch, u32 n)
{
	struct open_entry *from = e, *to = scratch, *t;

	for (u32 i = 0; i < n; i += INSERTION_RUN)
		insertion_sort(e + i, n - i < INSERTION_RUN ? n - i : INSERTION_RUN);
	for (u32 run = INSERTION_RUN; run < n; run *= 2) {
		for (u32 i = 0; i < n; i += 2 * run) {
			u32 na = n - i < run ? n - i : run;
			u32 nb = n - i - na < run ? n - i - na : run;

			merge(to + i, from + i, na, from + i + na, nb);
		}
		t = from;
		from = to;
		to = t;
	}
	if (from != e)
		memcpy(e, from, n * sizeof(*e));
}

static inline void order(struct open_entry *a, struct open_entry *b)
{
	u64 swap = -(u64)(b->key < a->key), key = (a->key ^ b->key) & swap;
	uintptr_t ev = ((uintptr_t)a->ev ^ (uintptr_t)b->ev) & (uintptr_t)swap;

	a->key ^= key;
	b->key ^= key;
	a->ev = (struct sim_event *)((uintptr_t)a->ev ^ ev);
	b->ev = (struct sim_event *)((uintptr_t)b->ev ^ ev);
}

/* Most slots hold a few events in random order: a fixed network costs less than wrong guesses. */
static inline void sort_four(struct open_entry *e)
{
	order(e + 0, e + 1);
	order(e + 2, e + 3);
	order(e + 0, e + 2);
	order(e + 1, e + 3);
	order(e + 1, e + 2);
}

/* Lists are last in, first out, so filling downwards leaves mostly ordered entries. */
static void open_slot(struct queue *q, u64 slot)
{
	struct sim_event *ev = wheel_take(&q->near, slot), *next;
	u32 lo = OPEN_HALF;

	for (; ev && lo; ev = next) {
		next = ev->next;
		lo--;
		q->open[lo].key = ev->key;
		q->open[lo].ev = ev;
	}
	for (; ev; ev = next) {
		next = ev->next;
		heap_push(q, ev);
	}
	if (OPEN_HALF - lo == 1) {
		; /* in order */
	} else if (OPEN_HALF - lo <= 4) {
		/* Missing ones are the least. */
		for (u32 i = OPEN_HALF - 4; i < OPEN_HALF; i++)
			q->open[i].key &= -(u64)(i >= lo);
		sort_four(q->open + OPEN_HALF - 4);
	} else if (OPEN_HALF - lo <= INSERTION_RUN) {
		insertion_sort(q->open + lo, OPEN_HALF - lo);
	} else {
		merge_sort(q->open + lo, q->scratch, OPEN_HALF - lo);
	}
	q->slot = slot;
	q->lo = lo;
	q->hi = OPEN_HALF;
	q->near_first = wheel_next(&q->near, slot);
	if (q->near_first != SIM_NEVER)
		__builtin_prefetch(q->near.slot[q->near_first % WHEEL_SLOTS]);
}

static void open_insert(struct queue *q, struct sim_event *ev)
{
	struct open_entry *e;
	u32 at, floor;

	if (q->lo == q->hi)
		q->lo = q->hi = OPEN_HALF;
	floor = q->hi - q->lo > INSERT_MAX ? q->hi - INSERT_MAX : q->lo;
	for (at = q->hi; at > floor && q->open[at - 1].key > ev->key; at--)
		;
	if (q->hi == 2 * OPEN_HALF || (at == floor && floor != q->lo)) {
		heap_push(q, ev);
		return;
	}
	e = &q->open[at];
	memmove(e + 1, e, (q->hi - at) * sizeof(*e));
	e->key = ev->key;
	e->ev = ev;
	q->hi++;
	ev->place = PLACE_SLOT;
}

static void open_remove(struct queue *q, const struct sim_event *ev)
{
	u32 lo = q->lo, hi = q->hi;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (q->open[mid].key <= ev->key)
			lo = mid;
		else
			hi = mid;
	}
	assert(q->open[lo].ev == ev);
	q->open[lo].ev = NULL;
}

/* ---- queueing and taking --------------------------------------------------------------------- */

static inline void near_push(struct queue *q, struct sim_event *ev, u64 slot)
{
	wheel_push(&q->near, ev, slot);
	q->near_first = slot < q->near_first ? slot : q->near_first;
}

static u64 far_first(const struct queue *q, u64 block)
{
	u64 next = wheel_next(&q->far, block);

	return next == SIM_NEVER ? SIM_NEVER : next << WHEEL_SHIFT;
}

/* Moves the events of the first far block to the near wheel. */
static void cascade(struct queue *q)
{
	u64 block = q->far_first >> WHEEL_SHIFT;
	struct sim_event *ev = wheel_take(&q->far, block), *next;

	q->slot = q->far_first - 1;
	for (; ev; ev = next) {
		next = ev->next;
		near_push(q, ev, ev->when >> SLOT_SHIFT);
	}
	q->far_first = far_first(q, block);
}

static __attribute__((noinline)) void queue_outside(struct queue *q, struct sim_event *ev, u64 slot)
{
	u64 block = slot >> WHEEL_SHIFT;

	if (slot == q->slot) {
		open_insert(q, ev);
	} else if (slot > q->slot && block - (q->slot >> WHEEL_SHIFT) < WHEEL_SLOTS) {
		wheel_push(&q->far, ev, block);
		if (block << WHEEL_SHIFT < q->far_first)
			q->far_first = block << WHEEL_SHIFT;
	} else {
		heap_push(q, ev);
	}
}

static __attribute__((noinline)) void dequeue(struct queue *q, struct sim_event *ev)
{
	if (ev->place == PLACE_HEAP)
		heap_remove(q, ev);
	else if (ev->when >> SLOT_SHIFT == q->slot)
		open_remove(q, ev);
	else
		list_unlink(ev);
}

static inline void queue_event(struct queue *q, struct sim_event *ev, u64 when, enum sim_prio prio)
{
	u64 slot = when >> SLOT_SHIFT;

	ev->when = when;
	ev->key = when << (64 - SLOT_SHIFT) | (u64)prio << SEQ_BITS | q->seq++;
	if (slot - q->slot - 1 < WHEEL_SLOTS)
		near_push(q, ev, slot);
	else
		queue_outside(q, ev, slot);
}

static __attribute__((noinline)) void move_event(struct queue *q, struct sim_event *ev, u64 when,
						 enum sim_prio prio)
{
	dequeue(q, ev);
	queue_event(q, ev, when, prio);
}

/* All that is rare is called last: the usual way needs no stack. */
void sim_hot sim_at(struct sim *sim, struct sim_event *ev, u64 when, enum sim_prio prio)
{
	assert(when >= sim->clock.now && when != SIM_NEVER && prio < SIM_PRIO_COUNT);
	if (ev->place)
		move_event(&sim->q, ev, when, prio);
	else
		queue_event(&sim->q, ev, when, prio);
}

bool sim_cancel(struct sim *sim, struct sim_event *ev)
{
	if (!ev->place)
		return false;
	dequeue(&sim->q, ev);
	ev->place = PLACE_IDLE;
	return true;
}

/* Opens the first slot that holds something, up to slot @last; false when there is none. */
static bool advance(struct queue *q, u64 last)
{
	for (;;) {
		u64 slot = q->near_first;

		if (slot >= q->far_first) {
			if (q->far_first > last)
				return false;
			cascade(q);
			continue;
		}
		if (slot > last)
			return false;
		open_slot(q, slot);
		if (q->lo != q->hi)
			return true;
	}
}

/* Nothing is queued up to @slot outside the heap: start the wheels from there. */
static void skip_to(struct queue *q, u64 slot)
{
	if (slot > q->slot && q->lo == q->hi)
		q->slot = slot;
}

/*
 * Sparse times: the next slot lies some way off and holds a single event, which then need not pass
 * through the open slot. NULL: take the general way. A look at the distance first, because it is
 * much better guessed than whether a near slot holds one event or two.
 */
#define SPARSE 4
static inline struct sim_event *take_alone(struct queue *q, u64 until)
{
	u64 slot = q->near_first;
	struct sim_event *ev;

	if (slot - q->slot < SPARSE || slot >= q->far_first)
		return NULL;
	ev = q->near.slot[slot % WHEEL_SLOTS];
	if (!ev || ev->next || ev->when > until || (q->heap && before(q->heap, ev)))
		return NULL;
	wheel_take(&q->near, slot);
	q->slot = slot;
	q->near_first = wheel_next(&q->near, slot);
	if (q->near_first != SIM_NEVER)
		__builtin_prefetch(q->near.slot[q->near_first % WHEEL_SLOTS]);
	return ev;
}

/* The next event if it is due by @until, when it is not simply the next of the open slot. */
static __attribute__((noinline)) struct sim_event *sim_hot take_other(struct queue *q, u64 until)
{
	struct sim_event *ev, *heap = q->heap;
	u64 limit = heap && heap->when < until ? heap->when : until;

	do {
		heap = q->heap; /* opening a slot may have added to it */
		for (; q->lo != q->hi; q->lo++) {
			ev = q->open[q->lo].ev;
			if (!ev)
				continue;
			if (heap && before(heap, ev))
				goto from_heap;
			if (ev->when > until)
				return NULL;
			q->lo++;
			return ev;
		}
	} while (advance(q, limit >> SLOT_SHIFT));
	if (!heap)
		return NULL;
	skip_to(q, limit >> SLOT_SHIFT);
from_heap:
	if (heap->when > until)
		return NULL;
	heap_remove(q, heap);
	return heap;
}

/* Takes the next event if it is due by @until. */
static inline struct sim_event *take(struct queue *q, u64 until)
{
	struct sim_event *ev;

	if (q->lo == q->hi) {
		ev = take_alone(q, until);
		if (ev)
			return ev;
	} else if (!q->heap) {
		ev = q->open[q->lo].ev;
		if (ev && ev->when <= until) {
			q->lo++;
			return ev;
		}
	}
	return take_other(q, until);
}

static inline void fire(struct sim *sim, struct sim_event *ev)
{
	ev->place = PLACE_IDLE;
	sim->clock.now = ev->when;
	sim->fired++;
	ev->fire(sim, ev);
}

bool sim_step(struct sim *sim)
{
	struct sim_event *ev = take(&sim->q, SIM_NEVER);

	if (!ev)
		return false;
	fire(sim, ev);
	return true;
}

bool sim_hot sim_steps(struct sim *sim, u32 n)
{
	sim->stop = false;
	while (n-- && !sim->stop) {
		struct sim_event *ev = take(&sim->q, SIM_NEVER);

		if (!ev)
			return false;
		fire(sim, ev);
	}
	return true;
}

static u64 list_first_time(const struct sim_event *ev, u64 t)
{
	for (; ev; ev = ev->next)
		t = ev->when < t ? ev->when : t;
	return t;
}

u64 sim_next_time(struct sim *sim)
{
	struct queue *q = &sim->q;
	u64 t = q->heap ? q->heap->when : SIM_NEVER;

	for (; q->lo != q->hi; q->lo++)
		if (q->open[q->lo].ev)
			return q->open[q->lo].ev->when < t ? q->open[q->lo].ev->when : t;
	/* Marks without events are removed on the way; then the first of each wheel decides. */
	while (q->near_first != SIM_NEVER) {
		if (q->near.slot[q->near_first % WHEEL_SLOTS]) {
			t = list_first_time(q->near.slot[q->near_first % WHEEL_SLOTS], t);
			break;
		}
		wheel_take(&q->near, q->near_first);
		q->near_first = wheel_next(&q->near, q->near_first);
	}
	while (q->far_first != SIM_NEVER) {
		u64 block = q->far_first >> WHEEL_SHIFT;

		if (q->far.slot[block % WHEEL_SLOTS])
			return list_first_time(q->far.slot[block % WHEEL_SLOTS], t);
		wheel_take(&q->far, block);
		q->far_first = far_first(q, block);
	}
	return t;
}

void sim_run(struct sim *sim, u64 until)
{
	struct sim_event *ev;

	assert(!sim->running);
	sim->running = true;
	sim->stop = false;
	while (!sim->stop) {
		ev = take(&sim->q, until);
		if (!ev)
			break;
		fire(sim, ev);
	}
	if (!sim->stop && until != SIM_NEVER && until > sim->clock.now &&
	    sim_next_time(sim) != SIM_NEVER) {
		sim->clock.now = until;
		skip_to(&sim->q, until >> SLOT_SHIFT);
	}
	sim->running = false;
}

void sim_stop(struct sim *sim)
{
	sim->stop = true;
}

u64 sim_events_fired(const struct sim *sim)
{
	return sim->fired;
}

u64 sim_seed(const struct sim *sim)
{
	return sim->seed;
}

struct sim *sim_new(u64 seed)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->clock.revision = 1; /* 0: of nothing remembered yet */
	sim->seed = seed;
	sim->q.lo = sim->q.hi = OPEN_HALF;
	sim->q.near_first = sim->q.far_first = SIM_NEVER;
	if (sim_fibers_init(sim)) {
		free(sim);
		return NULL;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	sim_fibers_free(sim);
	sim_stats_free(sim);
	free(sim);
}
