// SPDX-License-Identifier: GPL-2.0
/* The event queue against a plain sorted reference: order, cancels, re-arms, far times, stopping.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "sim/core/event.h"
#include "sim/core/rng.h"

#define MAX_EVENTS 20000

/* One event with its copy of what the queue was told. */
struct item {
	struct sim_event ev;
	u64 when, seq;
	enum sim_prio prio;
	bool queued;
};

struct model {
	struct sim *sim;
	struct item *items;
	u32 n;
	u64 seq;
	u64 fired, wrong;
	struct sim_rng rng;
	void (*on_fire)(struct model *m, struct item *it);
	/* Reference queue: a binary heap of (when, prio, seq, index) with lazy deletion. */
	struct ref {
		u64 when, seq;
		u32 prio, index;
	} * ref;
	u32 ref_n, ref_cap;
};

static struct model *the_model;

static bool ref_before(const struct ref *a, const struct ref *b)
{
	if (a->when != b->when)
		return a->when < b->when;
	if (a->prio != b->prio)
		return a->prio < b->prio;
	return a->seq < b->seq;
}

static void ref_push(struct model *m, struct ref r)
{
	u32 i;

	if (m->ref_n == m->ref_cap) {
		m->ref_cap = m->ref_cap ? 2 * m->ref_cap : 1024;
		m->ref = realloc(m->ref, m->ref_cap * sizeof(*m->ref));
		assert(m->ref);
	}
	for (i = m->ref_n++; i && ref_before(&r, &m->ref[(i - 1) / 2]); i = (i - 1) / 2)
		m->ref[i] = m->ref[(i - 1) / 2];
	m->ref[i] = r;
}

static void ref_drop_top(struct model *m)
{
	struct ref last = m->ref[--m->ref_n];
	u32 i = 0, c;

	while ((c = 2 * i + 1) < m->ref_n) {
		if (c + 1 < m->ref_n && ref_before(&m->ref[c + 1], &m->ref[c]))
			c++;
		if (ref_before(&last, &m->ref[c]))
			break;
		m->ref[i] = m->ref[c];
		i = c;
	}
	m->ref[i] = last;
}

/* The item that has to fire next, or NULL. */
static struct item *ref_next(struct model *m)
{
	while (m->ref_n) {
		struct ref *r = &m->ref[0];
		struct item *it = &m->items[r->index];

		if (it->queued && it->seq == r->seq)
			return it;
		ref_drop_top(m);
	}
	return NULL;
}

static void arm(struct model *m, struct item *it, u64 when, enum sim_prio prio)
{
	it->when = when;
	it->prio = prio;
	it->seq = m->seq++;
	it->queued = true;
	ref_push(m, (struct ref){when, it->seq, prio, (u32)(it - m->items)});
	sim_at(m->sim, &it->ev, when, prio);
}

static void disarm(struct model *m, struct item *it)
{
	bool was = sim_cancel(m->sim, &it->ev);

	if (was != it->queued)
		m->wrong++;
	it->queued = false;
}

static void on_event(struct sim *sim, struct sim_event *ev)
{
	struct model *m = the_model;
	struct item *it = (struct item *)ev;

	if (ref_next(m) != it || sim_now(sim) != it->when || sim_event_queued(ev))
		m->wrong++;
	it->queued = false;
	m->fired++;
	if (m->on_fire)
		m->on_fire(m, it);
}

static struct model *model_new(u32 n, const char *stream)
{
	struct model *m = calloc(1, sizeof(*m));

	assert(m && n <= MAX_EVENTS);
	m->sim = sim_new(7);
	m->items = calloc(n, sizeof(*m->items));
	assert(m->sim && m->items);
	m->n = n;
	for (u32 i = 0; i < n; i++)
		sim_event_init(&m->items[i].ev, on_event);
	sim_rng_init(&m->rng, 7, stream);
	the_model = m;
	return m;
}

static void model_free(struct model *m)
{
	sim_free(m->sim);
	free(m->items);
	free(m->ref);
	free(m);
	the_model = NULL;
}

/* 1 ps to 2^@top_bit ps, log-uniform, often quantised so that equal times are frequent. */
static u64 draw_delay(struct model *m, u32 top_bit)
{
	u64 bits = sim_rng_below(&m->rng, top_bit);
	u64 d = (1ull << bits) + sim_rng_below(&m->rng, 1ull << bits);

	switch (sim_rng_below(&m->rng, 4)) {
	case 0:
		return d & ~1023ull;
	case 1:
		return d & ~0xfffffull;
	default:
		return d;
	}
}

static enum sim_prio draw_prio(struct model *m)
{
	return (enum sim_prio)sim_rng_below(&m->rng, SIM_PRIO_COUNT);
}

static u32 churn_top;

/* The hold model: the fired event comes again, others are cancelled, moved and armed. */
static void churn(struct model *m, struct item *it)
{
	struct item *other = &m->items[sim_rng_below(&m->rng, m->n)];
	u64 now = sim_now(m->sim);

	if (sim_rng_below(&m->rng, 16))
		arm(m, it, now + draw_delay(m, churn_top), draw_prio(m));
	switch (sim_rng_below(&m->rng, 4)) {
	case 0:
		disarm(m, other);
		break;
	case 1:
		arm(m, other, now + draw_delay(m, churn_top), draw_prio(m));
		break;
	}
}

static void run_churn(u32 n, u32 top_bit, u64 steps)
{
	struct model *m = model_new(n, "churn");

	churn_top = top_bit;
	m->on_fire = churn;
	for (u32 i = 0; i < n; i++)
		arm(m, &m->items[i], draw_delay(m, top_bit), draw_prio(m));
	for (u64 i = 0; i < steps; i++) {
		struct item *next = ref_next(m);

		if (i % 64 == 0 && sim_next_time(m->sim) != (next ? next->when : SIM_NEVER))
			m->wrong++;
		if (!sim_step(m->sim))
			break;
	}
	CU_ASSERT_EQUAL(m->wrong, 0);
	CU_ASSERT_EQUAL(m->fired, sim_events_fired(m->sim));
	/* Drain without refills: nothing may be left behind. */
	m->on_fire = NULL;
	while (sim_step(m->sim))
		;
	CU_ASSERT_EQUAL(m->wrong, 0);
	CU_ASSERT_PTR_NULL(ref_next(m));
	CU_ASSERT_EQUAL(sim_next_time(m->sim), SIM_NEVER);
	model_free(m);
}

static void order_short_delays(void)
{
	run_churn(16, 12, 50000);
	run_churn(1000, 14, 100000);
}

static void order_wheel_delays(void)
{
	run_churn(1000, 24, 200000);
	run_churn(20000, 23, 200000);
}

static void order_beyond_all_horizons(void)
{
	run_churn(3, 54, 20000); /* up to five hours */
	run_churn(1000, 36, 200000);
	run_churn(1000, 54, 200000);
}

/* More events in one slot than it has room for, arriving before and while it is open. */
static void order_crowded_slot(void)
{
	struct model *m = model_new(MAX_EVENTS, "crowd");

	for (u32 i = 0; i < m->n / 2; i++)
		arm(m, &m->items[i], 5120 + sim_rng_below(&m->rng, 1024), draw_prio(m));
	for (u32 i = 0; i < 100; i++)
		CU_ASSERT(sim_step(m->sim));
	for (u32 i = m->n / 2; i < m->n; i++)
		arm(m, &m->items[i],
		    sim_now(m->sim) + sim_rng_below(&m->rng, 6144 - sim_now(m->sim)), draw_prio(m));
	for (u32 i = 0; i < m->n; i += 3)
		disarm(m, &m->items[i]);
	while (sim_step(m->sim))
		;
	CU_ASSERT_EQUAL(m->wrong, 0);
	CU_ASSERT_PTR_NULL(ref_next(m));
	model_free(m);
}

static void order_same_time_priority_fifo(void)
{
	struct model *m = model_new(1000, "same");

	for (u32 i = 0; i < m->n; i++)
		arm(m, &m->items[i], 123456789, draw_prio(m));
	while (sim_step(m->sim))
		CU_ASSERT_EQUAL(sim_now(m->sim), 123456789);
	CU_ASSERT_EQUAL(m->fired, 1000);
	CU_ASSERT_EQUAL(m->wrong, 0);
	model_free(m);
}

static u32 now_left;

static void again_now(struct model *m, struct item *it)
{
	if (now_left) {
		now_left--;
		arm(m, it, sim_now(m->sim), draw_prio(m));
	}
}

/* Time stands still while many events follow each other. */
static void order_arming_at_now(void)
{
	struct model *m = model_new(50, "now");

	now_left = 30000;
	m->on_fire = again_now;
	for (u32 i = 0; i < m->n; i++)
		arm(m, &m->items[i], 777, draw_prio(m));
	while (sim_step(m->sim))
		;
	CU_ASSERT_EQUAL(m->fired, 30050);
	CU_ASSERT_EQUAL(m->wrong, 0);
	CU_ASSERT_EQUAL(sim_now(m->sim), 777);
	model_free(m);
}

/* Stopping short of the next event and arming before it, across all horizons. */
static void run_until_and_arm_before(void)
{
	struct model *m = model_new(500, "until");
	u64 until = 0;

	for (u32 i = 0; i < m->n; i++)
		arm(m, &m->items[i], draw_delay(m, 50), draw_prio(m));
	for (u32 i = 0; i < 20000; i++) {
		struct item *it = &m->items[sim_rng_below(&m->rng, m->n)], *next;

		until = sim_now(m->sim) + draw_delay(m, 40);
		sim_run(m->sim, until);
		next = ref_next(m);
		if (next && (sim_now(m->sim) != until || next->when <= until))
			m->wrong++;
		if (sim_next_time(m->sim) != (next ? next->when : SIM_NEVER))
			m->wrong++;
		arm(m, it, sim_now(m->sim) + draw_delay(m, i % 2 ? 14 : 50), draw_prio(m));
		if (i % 5 == 0)
			disarm(m, &m->items[sim_rng_below(&m->rng, m->n)]);
	}
	CU_ASSERT_EQUAL(m->wrong, 0);
	sim_run(m->sim, SIM_NEVER);
	CU_ASSERT_EQUAL(m->wrong, 0);
	CU_ASSERT_PTR_NULL(ref_next(m));
	model_free(m);
}

static void stop_third(struct model *m, struct item *it)
{
	if (m->fired == 3)
		sim_stop(m->sim);
}

static void run_stops(void)
{
	struct model *m = model_new(10, "stop");

	m->on_fire = stop_third;
	for (u32 i = 0; i < m->n; i++)
		arm(m, &m->items[i], 1000 * (i + 1), SIM_PRIO_SUBMIT);
	sim_run(m->sim, SIM_NEVER);
	CU_ASSERT_EQUAL(m->fired, 3);
	CU_ASSERT_EQUAL(sim_now(m->sim), 3000);
	sim_run(m->sim, 5500);
	CU_ASSERT_EQUAL(m->fired, 5);
	CU_ASSERT_EQUAL(sim_now(m->sim), 5500);
	sim_run(m->sim, 20000);
	CU_ASSERT_EQUAL(m->fired, 10);
	/* An empty queue leaves the clock at the last event. */
	CU_ASSERT_EQUAL(sim_now(m->sim), 10000);
	model_free(m);
}

static void two_simulations_at_once(void)
{
	struct sim *a = sim_new(1), *b = sim_new(2);
	struct model *m = model_new(2, "two");

	sim_at(a, &m->items[0].ev, 10, SIM_PRIO_SUBMIT);
	sim_at(b, &m->items[1].ev, 20, SIM_PRIO_SUBMIT);
	CU_ASSERT_EQUAL(sim_next_time(a), 10);
	CU_ASSERT_EQUAL(sim_next_time(b), 20);
	CU_ASSERT(sim_cancel(a, &m->items[0].ev));
	CU_ASSERT_FALSE(sim_cancel(a, &m->items[0].ev));
	CU_ASSERT_FALSE(sim_step(a));
	CU_ASSERT_EQUAL(sim_seed(a), 1);
	CU_ASSERT_EQUAL(sim_seed(b), 2);
	sim_free(a);
	sim_free(b);
	model_free(m);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"order_short_delays", order_short_delays},
		{"order_wheel_delays", order_wheel_delays},
		{"order_beyond_all_horizons", order_beyond_all_horizons},
		{"order_crowded_slot", order_crowded_slot},
		{"order_same_time_priority_fifo", order_same_time_priority_fifo},
		{"order_arming_at_now", order_arming_at_now},
		{"run_until_and_arm_before", run_until_and_arm_before},
		{"run_stops", run_stops},
		{"two_simulations_at_once", two_simulations_at_once},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {{"event", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
	unsigned int failed;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
