// SPDX-License-Identifier: GPL-2.0
/* Watches on lines of memory: who polls or UMWAITs waits here for the write. */
#include "model/memory/mem_int.h"
#include "sim/core/hint.h"

#include <assert.h>

/* The hash only finds lists; order inside a list is the order of arming. */
static u32 hash(u64 number)
{
	return (u32)((number * 0x9e3779b97f4a7c15ull) >> 52);
}

void mem_watch_init(struct mem_full *m)
{
	_Static_assert(WATCH_BUCKETS == 1u << 12, "hash() yields 12 bits");
	for (u32 i = 0; i < WATCH_BUCKETS; i++)
		m->bucket[i].next = m->bucket[i].prev = &m->bucket[i];
}

static void link_before(struct mem_link *head, struct mem_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static void unlink_link(struct mem_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
}

void sim_hot mem_watch_add(struct mem *mem, struct mem_watch *w, u64 pa)
{
	struct mem_full *m = mem_full(mem);

	assert(!w->armed);
	w->pa = pa & ~(MEM_LINE - 1);
	w->armed = true;
	link_before(&m->bucket[hash(w->pa / MEM_LINE)], &w->link);
	m->page_watches[hash(w->pa / MEM_PAGE)]++;
	m->pub.watches++;
}

void sim_hot mem_watch_del(struct mem *mem, struct mem_watch *w)
{
	struct mem_full *m = mem_full(mem);

	if (!w->armed)
		return;
	w->armed = false;
	unlink_link(&w->link);
	m->page_watches[hash(w->pa / MEM_PAGE)]--;
	m->pub.watches--;
}

static void wake(struct mem_full *m, struct mem_watch *w, u64 pa, u64 len, u64 now)
{
	mem_watch_del(&m->pub, w);
	m->count.wakes += now > w->after || !w->after;
	w->fire(w, pa, len, now);
}

static void notify_line(struct mem_full *m, u64 line, u64 pa, u64 len, u64 now)
{
	struct mem_link *head = &m->bucket[hash(line / MEM_LINE)];
	struct mem_link due = {&due, &due};
	struct mem_link *l = head->next, *next;

	/* Mostly there is one at most. */
	if (l->next == head) {
		if (l != head && ((struct mem_watch *)l)->pa == line)
			wake(m, (struct mem_watch *)l, pa, len, now);
		return;
	}
	/* First out of the list, then called: callbacks arm and disarm as they like, this line
	 * included. */
	for (l = head->next; l != head; l = next) {
		next = l->next;
		if (((struct mem_watch *)l)->pa == line) {
			unlink_link(l);
			link_before(&due, l);
		}
	}
	while (due.next != &due)
		wake(m, (struct mem_watch *)due.next, pa, len, now);
}

void sim_hot mem_notify_slow(struct mem *mem, u64 pa, u64 len, u64 now)
{
	struct mem_full *m = mem_full(mem);
	u64 line = pa & ~(MEM_LINE - 1);
	u64 end = pa + len;

	/* Mostly a record, which lies in one line. */
	if (likely(len && end <= line + MEM_LINE)) {
		if (m->page_watches[hash(line / MEM_PAGE)])
			notify_line(m, line, pa, len, now);
		return;
	}
	while (line < end && m->pub.watches) {
		if (!m->page_watches[hash(line / MEM_PAGE)]) {
			line = (line | (MEM_PAGE - 1)) + 1;
			continue;
		}
		notify_line(m, line, pa, len, now);
		line += MEM_LINE;
	}
}
