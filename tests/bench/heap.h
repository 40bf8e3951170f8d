/* SPDX-License-Identifier: GPL-2.0 */
/* The yardstick of the event queue: a plain binary heap in the same total order. */
#ifndef TESTS_BENCH_HEAP_H
#define TESTS_BENCH_HEAP_H

#include "sim/core/event.h"

struct heap_event {
	u64 when, key; /* priority, then sequence */
	u32 index;     /* in the heap, from 1; 0: idle */
	u32 id;
};

/* Keys lie in the heap itself: sifting then touches the events only to note their place. */
struct heap_entry {
	u64 when, key;
	struct heap_event *ev;
};

struct heap {
	struct heap_entry *e; /* from 1 */
	u32 n;
	u64 seq;
};

static inline bool heap_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->when < b->when || (a->when == b->when && a->key < b->key);
}

static inline void heap_place(struct heap *h, u32 i, struct heap_entry x)
{
	h->e[i] = x;
	x.ev->index = i;
}

static inline void heap_up(struct heap *h, u32 i, struct heap_entry x)
{
	for (; i > 1 && heap_before(&x, &h->e[i / 2]); i /= 2)
		heap_place(h, i, h->e[i / 2]);
	heap_place(h, i, x);
}

static inline void heap_down(struct heap *h, u32 i, struct heap_entry x)
{
	u32 c;

	while ((c = 2 * i) <= h->n) {
		c += c < h->n && heap_before(&h->e[c + 1], &h->e[c]);
		if (!heap_before(&h->e[c], &x))
			break;
		heap_place(h, i, h->e[c]);
		i = c;
	}
	heap_place(h, i, x);
}

static inline void heap_at(struct heap *h, struct heap_event *ev, u64 when, enum sim_prio prio)
{
	ev->when = when;
	ev->key = (u64)prio << 61 | h->seq++;
	h->n++;
	heap_up(h, h->n, (struct heap_entry){when, ev->key, ev});
}

static inline void heap_cancel(struct heap *h, struct heap_event *ev)
{
	u32 i = ev->index;
	struct heap_entry last = h->e[h->n--];

	ev->index = 0;
	if (last.ev == ev)
		return;
	if (i > 1 && heap_before(&last, &h->e[i / 2]))
		heap_up(h, i, last);
	else
		heap_down(h, i, last);
}

static inline struct heap_event *heap_take(struct heap *h)
{
	struct heap_event *ev = h->e[1].ev;
	struct heap_entry last = h->e[h->n--];

	ev->index = 0;
	if (h->n)
		heap_down(h, 1, last);
	return ev;
}

#endif
