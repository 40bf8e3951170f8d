// SPDX-License-Identifier: GPL-2.0
/* The report on synthetic observations: books, stages, checks, what limited the run, the summary.
 */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/stats.h"
#include "sim/report/format.h"
#include "sim/report/report_priv.h"
#include "tests/unit/sim/report_world.h"

#define US 1000000ull

static void numbers_with_units(void)
{
	CU_ASSERT_STRING_EQUAL(text_time(0).s, "0 s");
	CU_ASSERT_STRING_EQUAL(text_time(999).s, "999 ps");
	CU_ASSERT_STRING_EQUAL(text_time(1000).s, "1.000 ns");
	CU_ASSERT_STRING_EQUAL(text_time(1234567).s, "1.235 us");
	CU_ASSERT_STRING_EQUAL(text_time(999960).s, "1.000 us");
	CU_ASSERT_STRING_EQUAL(text_time(123456789012).s, "123.5 ms");
	CU_ASSERT_STRING_EQUAL(text_time(7200 * PS_PER_S).s, "7200 s");
	CU_ASSERT_STRING_EQUAL(text_bytes(999).s, "999 B");
	CU_ASSERT_STRING_EQUAL(text_bytes(409600000).s, "409.6 MB");
	CU_ASSERT_STRING_EQUAL(text_rate(29.81e9, "B/s").s, "29.81 GB/s");
	CU_ASSERT_STRING_EQUAL(text_rate(0, "B/s").s, "0.000 B/s");
	CU_ASSERT_STRING_EQUAL(text_rate(301.3, "").s, "301.3");
	CU_ASSERT_STRING_EQUAL(text_rate(5e6, "").s, "5.000 M");
	CU_ASSERT_STRING_EQUAL(text_count(0).s, "0");
	CU_ASSERT_STRING_EQUAL(text_count(999).s, "999");
	CU_ASSERT_STRING_EQUAL(text_count(1234567).s, "1,234,567");
	CU_ASSERT_STRING_EQUAL(text_count(SIM_NEVER).s, "18,446,744,073,709,551,615");
	CU_ASSERT_STRING_EQUAL(text_percent(0.5612).s, "56.1 %");
}

static void stages_add_up_to_latency(void)
{
	struct rep_world w;
	struct report_figures f;
	u64 sum = 0;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 4);
	report_start(w.r);
	for (u64 i = 0; i < 100; i++) {
		struct rep_unit u = rep_move(c, i * US);

		u.stage[i % 5] += i * 1000;
		u.notice += i;
		rep_do(&w, &u);
	}
	CU_ASSERT_EQUAL(report_finish(w.r, 100 * US), 0);
	report_figures(w.r, &f);
	CU_ASSERT_EQUAL(f.units, 100);
	CU_ASSERT_EQUAL(f.bytes, 409600);
	CU_ASSERT_EQUAL(w.r->work.staged, 100);
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		sum += w.r->work.stage[s];
		CU_ASSERT_EQUAL(w.r->stage[s].count, 100);
	}
	CU_ASSERT_EQUAL(sum, w.r->work.staged_latency);
	CU_ASSERT_EQUAL(sum, w.r->work.latency.sum_lo);
	CU_ASSERT_EQUAL(f.latency_mean_ps, 1200000 + 49500 + 49);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_NOTICE], 100 * 200000 + 4950);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

/* Out of order, more at once than the window: every unit finds its own stages or none. */
static void stages_found_out_of_order(void)
{
	struct rep_world w;
	u64 expect = 0;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 64);
	report_start(w.r);
	for (u64 round = 0; round < 50; round++) {
		struct rep_unit u[64];

		for (u32 i = 0; i < 64; i++) {
			u[i] = rep_move(c, round * 100 * US + i * 33000);
			u[i].tag = i * 37 % 64;
			u[i].stage[1] += i * 1000;
			rep_retire(&w, &u[i]);
			expect += 100000 + i * 1000;
		}
		for (u32 i = 64; i-- > 0;)
			report_op(w.r, c, u[i].tag, u[i].issued, u[i].issued + 10 * US, 4096, 1, 1);
	}
	CU_ASSERT_EQUAL(report_finish(w.r, 5000 * US), 0);
	CU_ASSERT_EQUAL(w.r->work.units, 3200);
	CU_ASSERT_EQUAL(w.r->work.staged, 3200);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_QUEUE], expect);
	rep_free(&w);
}

/* More kinds of units, from more clients, than are counted together at a time. */
static void kinds_beyond_their_places(void)
{
	enum { CLIENTS = 60, ROUNDS = 7 };
	struct rep_world w;
	u64 at = 0, latency = 0;
	u32 c[CLIENTS];

	rep_new(&w, NULL, false);
	for (u32 i = 0; i < CLIENTS; i++)
		c[i] = rep_client(&w, "a", 1);
	report_start(w.r);
	for (u32 n = 0; n < CLIENTS * ROUNDS; n++, at += US / 10) {
		struct rep_unit u = rep_move(c[n % CLIENTS], at);

		u.tag = n % CLIENTS == 3 ? 0 : n;
		u.engine = n % 2;
		u.opcode = n % 3 ? 3 : 4;
		u.size = 1000 + n % CLIENTS;
		u.stage[STAGE_TRANSLATE] += n;
		latency += 1200000 + n;
		rep_do(&w, &u);
	}
	CU_ASSERT_EQUAL(report_finish(w.r, at + 2 * US), 0);
	CU_ASSERT_EQUAL(w.r->work.units, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->work.staged, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->work.staged_latency, latency);
	CU_ASSERT_EQUAL(w.r->work.latency.count, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->work.latency.sum_lo, latency);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].direct, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].latency.count, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].latency.sum_lo,
			latency - 200000ull * CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(w.r->device[0]->op[4].count, CLIENTS * ROUNDS / 3);
	CU_ASSERT_EQUAL(w.r->device[0]->op[3].count, CLIENTS * ROUNDS * 2 / 3);
	for (u32 e = 0; e < 2; e++)
		CU_ASSERT_EQUAL(w.r->device[0]->engine[e].descriptors, CLIENTS * ROUNDS / 2);
	for (u32 i = 0; i < CLIENTS; i++) {
		CU_ASSERT_EQUAL(w.r->client[i]->work.units, ROUNDS);
		CU_ASSERT_EQUAL(w.r->client[i]->work.bytes, (1000 + i) * ROUNDS);
		CU_ASSERT_EQUAL(w.r->client[i]->first_issued, i * US / 10);
	}
	for (u32 s = 0; s < STAGE_COUNT; s++)
		CU_ASSERT_EQUAL(w.r->stage[s].count, CLIENTS * ROUNDS);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

/* What retired before the start is the unit's, whenever that is seen, but not the interval's. */
static void seen_behind_the_start(void)
{
	struct rep_world w;
	struct rep_unit u;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 2);
	u = rep_move(c, 0);
	rep_retire(&w, &u); /* recorded at 1 us */
	rep_at(&w, 1100000);
	report_start(w.r);
	report_op(w.r, c, 0, 0, 1200000, 4096, 1, 1);
	u = rep_move(c, 2 * US);
	u.stage[STAGE_QUEUE] = 10000 * US; /* longer than most */
	rep_do(&w, &u);
	CU_ASSERT_EQUAL(report_finish(w.r, 10004 * US), 0);
	CU_ASSERT_EQUAL(w.r->work.units, 2);
	CU_ASSERT_EQUAL(w.r->work.staged, 2);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_QUEUE], 10000 * US + 100000);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].direct, 1);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].stage[STAGE_QUEUE], 10000 * US);
	CU_ASSERT_EQUAL(w.r->device[0]->retired, 2);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

static void start_forgets(void)
{
	struct rep_world w;
	struct rep_unit u;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	u = rep_move(c, 0);
	u.status = 3;
	rep_do(&w, &u);
	report_retry(w.r, c);
	report_client_time(w.r, c, REPORT_THINK, 5 * US);
	w.dsa->obs.note(w.dsa->obs.ctx, w.dsa, DSA_NOTE_RETRY, 0);
	rep_at(&w, 10 * US);
	report_warmup_done(w.r);
	u = rep_move(c, 10 * US);
	rep_do(&w, &u);
	report_client_end(w.r, c, 2, 0);
	CU_ASSERT_EQUAL(report_finish(w.r, 12 * US), 0);
	CU_ASSERT_EQUAL(w.r->work.units, 1);
	CU_ASSERT_EQUAL(w.r->work.errors, 0);
	CU_ASSERT_EQUAL(w.r->work.retries, 0);
	CU_ASSERT_EQUAL(w.r->time_sum, 0);
	CU_ASSERT_EQUAL(w.r->work.latency.count, 1);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].direct, 1);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].retries, 0);
	CU_ASSERT_EQUAL(w.r->device[0]->status[3], 0);
	CU_ASSERT_EQUAL(w.r->device[0]->total.completed - w.r->device[0]->base.completed, 1);
	/* The books over the whole life still balance. */
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

/* A unit that faults, is repaired and submitted again under the same issue time. */
static void attempts_add_up(void)
{
	struct rep_world w;
	struct rep_unit u, v;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	u = rep_move(c, 0);
	u.status = 3;
	rep_retire(&w, &u); /* recorded at 1 us */
	v = rep_move(c, 0);
	v.stage[0] = 3 * US; /* accepted again at 3 us, recorded at 3.94 us */
	rep_retire(&w, &v);
	report_op(w.r, c, 0, 0, 4 * US, 4096, 1, 1);
	/* Two pieces issued at once: the later one counts. */
	u = rep_move(c, 10 * US);
	rep_retire(&w, &u);
	u.stage[STAGE_STREAM] += 500000;
	rep_retire(&w, &u);
	report_op(w.r, c, 0, 10 * US, 10 * US + 1600000, 8192, 2, 1);
	CU_ASSERT_EQUAL(report_finish(w.r, 12 * US), 0);
	CU_ASSERT_EQUAL(w.r->work.staged, 2);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_SUBMIT], 120000);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_QUEUE], 300000);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_STREAM], 800000 + 900000);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_REPAIR], 2 * US);
	CU_ASSERT_EQUAL(w.r->work.stage[STAGE_NOTICE], 60000 + 100000);
	CU_ASSERT_EQUAL(w.r->work.staged_latency, 5600000);
	rep_free(&w);
}

static void batches_and_members(void)
{
	struct rep_world w;
	struct rep_unit u;
	struct dsa_retired m = {.opcode = 3, .status = 1, .size = 512, .batch_id = 9};
	const struct wq_acc *q;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	u = rep_move(c, 0);
	u.opcode = 1;
	u.size = 2;
	for (s32 i = 0; i < 2; i++) {
		m.member = i;
		m.origin.client = c;
		memcpy(m.t, (u64[]){0, 200000, 250000, 300000, 300000, 400000, 500000},
		       sizeof(m.t));
		w.dsa->tot.fetched++;
		w.dsa->tot.completed++;
		w.dsa->obs.retired(w.dsa->obs.ctx, w.dsa, &m);
	}
	rep_retire(&w, &u);
	report_op(w.r, c, 0, 0, 1200000, 1024, 2, 1);
	CU_ASSERT_EQUAL(report_finish(w.r, 2 * US), 0);
	q = &w.r->device[0]->wq[0];
	CU_ASSERT_EQUAL(q->direct, 1);
	CU_ASSERT_EQUAL(q->members, 2);
	CU_ASSERT_EQUAL(q->member_time, 600000);
	CU_ASSERT_EQUAL(q->bytes, 1024);
	CU_ASSERT_EQUAL(w.r->work.descriptors, 2);
	CU_ASSERT_EQUAL(w.r->work.units, 1);
	CU_ASSERT_EQUAL(w.r->work.staged, 1);
	CU_ASSERT_EQUAL(w.r->device[0]->engine[0].descriptors, 2);
	CU_ASSERT_EQUAL(w.r->device[0]->engine[0].batches, 1);
	CU_ASSERT_EQUAL(w.r->device[0]->engine[0].resident, 500000);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

static void depth_and_slots(void)
{
	struct rep_world w;
	const struct report_wq_cfg wq = {.name = "front", .mode = "shared", .size = 16};
	const struct usage *entries = NULL, *slots = NULL;
	struct rep_unit u;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_wq(w.r, 0, 0, &wq);
	report_wq(w.r, 0, 8, &wq); /* there is none */
	report_wq(w.r, 1, 0, &wq);
	rep_at(&w, 5 * US);
	rep_depth(&w, 0, 4);
	rep_at(&w, 10 * US);
	report_start(w.r);
	rep_at(&w, 15 * US);
	rep_depth(&w, 0, 12);
	u = rep_move(c, 15 * US);
	rep_do(&w, &u);
	CU_ASSERT_EQUAL(report_finish(w.r, 20 * US), 0);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].depth.area_lo, 5 * US * 4 + 5 * US * 12);
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].depth.peak, 12);
	for (u32 i = 0; i < w.r->nusages; i++) {
		if (!strcmp(w.r->usage[i].name, "dsa0.wq0.entries"))
			entries = &w.r->usage[i];
		if (!strcmp(w.r->usage[i].name, "dsa0.engine0.slots"))
			slots = &w.r->usage[i];
	}
	CU_ASSERT_FATAL(entries && slots);
	CU_ASSERT_DOUBLE_EQUAL(entries->share, 0.5, 1e-9);
	CU_ASSERT_EQUAL(slots->value.busy, 840000);
	CU_ASSERT_DOUBLE_EQUAL(slots->share, 0.84 / 10 / 64, 1e-9);
	rep_free(&w);
}

static void books_that_do_not_balance(void)
{
	struct rep_world w;
	struct rep_unit u;
	char *text;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	u = rep_move(c, 0);
	rep_do(&w, &u);
	w.dsa->tot.accepted++; /* one that is neither done nor in flight */
	report_client_end(w.r, c, 3, 1);
	CU_ASSERT_EQUAL(report_finish(w.r, 2 * US), 0);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 2);
	text = rep_summary(&w);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "flight: VIOLATED"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "dsa0: 2 descriptors went in (2 accepted, 0 fetched"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "proc/a: 3 units issued, but 1 seen complete and 1 outstanding"));
	free(text);
	rep_free(&w);
}

static void a_lost_retirement_is_found(void)
{
	struct rep_world w;

	rep_new(&w, NULL, false);
	report_start(w.r);
	w.dsa->tot.accepted++;
	w.dsa->tot.completed++; /* but no observer was told */
	CU_ASSERT_EQUAL(report_finish(w.r, US), 0);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.r->failed.text[0], "0 were seen to retire"));
	rep_free(&w);
}

static void lists_keep_the_first(void)
{
	struct rep_world w;
	char *text;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	for (u32 i = 1; i <= 1000; i++)
		report_mismatch(w.r, c, i, "status 0x03, recorded 0x01");
	for (u32 i = 0; i < 150; i++)
		w.dsa->obs.violation(w.dsa->obs.ctx, w.dsa, "dsa0: bad thing");
	report_corrupt(w.r, c, "byte 12 of the copy");
	report_corrupt(w.r, 99, "nobody's");
	report_note(w.r, "wq0.3 does not exist, wq0.0 takes its place");
	CU_ASSERT_EQUAL(report_finish(w.r, US), 0);
	report_violation(w.r, "too late");
	CU_ASSERT_EQUAL(w.r->mismatches.count, 1000);
	CU_ASSERT_EQUAL(w.r->mismatches.kept, 20);
	CU_ASSERT_EQUAL(w.r->violations.count, 150);
	CU_ASSERT_EQUAL(w.r->violations.kept, 100);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 152);
	text = rep_summary(&w);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "note: wq0.3 does not exist"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1,000 rows of the trace ended otherwise"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "trace line 20, proc/a: status 0x03"));
	CU_ASSERT_PTR_NULL(strstr(text, "trace line 21,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "and 980 more"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "150 violations found by the checkers"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "client 99: nobody's"));
	free(text);
	rep_free(&w);
}

static void strangers_are_ignored(void)
{
	struct rep_world w;
	struct rep_unit u = rep_move(0, 0);

	rep_new(&w, NULL, false);
	report_start(w.r);
	rep_do(&w, &u);
	u.client = 77;
	rep_do(&w, &u);
	report_retry(w.r, 77);
	report_client_time(w.r, 0, REPORT_WAIT, 5);
	report_client_end(w.r, 5, 1, 0);
	CU_ASSERT_EQUAL(report_device(w.r, 3, w.dsa), -EINVAL);
	CU_ASSERT_EQUAL(report_finish(w.r, US), 0);
	CU_ASSERT_EQUAL(w.r->work.units, 0);
	/* Descriptors of nobody in particular are the device's all the same. */
	CU_ASSERT_EQUAL(w.r->device[0]->wq[0].direct, 2);
	CU_ASSERT_EQUAL(report_checks_failed(w.r), 0);
	rep_free(&w);
}

static void series_folds(void)
{
	struct rep_world w;
	u64 units = 0;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	for (u64 i = 0; i < 10000; i++) {
		rep_at(&w, i * 3 * US);
		report_op(w.r, c, 0, i * 3 * US, i * 3 * US, 64, 1, 1);
	}
	CU_ASSERT_EQUAL(report_finish(w.r, 30000 * US), 0);
	CU_ASSERT(w.r->series.used > SERIES_BINS / 2 && w.r->series.used <= SERIES_BINS);
	for (u32 i = 0; i < w.r->series.used; i++) {
		units += w.r->series.bin[i].units;
		/* Even work fills all bins but the last one evenly. */
		if (i + 1 < w.r->series.used)
			CU_ASSERT(w.r->series.bin[i].units >= 20 && w.r->series.bin[i].units <= 24);
	}
	CU_ASSERT_EQUAL(units, 10000);
	rep_free(&w);
}

/* ---- What limited the run ---- */

struct limit_case {
	const char *name;
	enum limit_kind kind;
	u64 time[REPORT_TIME_COUNT];
	double busy; /* of a resource */
	u32 window, retries, faults, units;
	const char *says;
};

static const struct limit_case limits[] = {
	{"resource",
	 LIMIT_RESOURCE,
	 {1, 1, 8},
	 0.97,
	 4,
	 0,
	 0,
	 50,
	 "dsa0.read_port (read port of the device), 97.0 % busy"},
	{"a busy resource beats busy cores",
	 LIMIT_RESOURCE,
	 {5, 5, 0},
	 0.93,
	 4,
	 0,
	 0,
	 50,
	 "dsa0.read_port"},
	{"submission",
	 LIMIT_SUBMISSION,
	 {5, 4, 1},
	 0.4,
	 4,
	 0,
	 0,
	 50,
	 "preparing descriptors takes 50.0 %"},
	{"retries", LIMIT_RETRIES, {1, 8, 1}, 0.4, 4, 200, 0, 50, "answered with Retry"},
	{"think", LIMIT_THINK, {1, 1, 1, 0, 7}, 0.1, 4, 0, 0, 50, "70.0 %"},
	{"repair", LIMIT_REPAIR, {1, 1, 2, 6}, 0.1, 4, 0, 0, 50, "60.0 %"},
	{"core", LIMIT_CORE, {0, 0, 0, 0, 1, 9}, 0.1, 1, 0, 0, 50, "90.0 %"},
	{"window",
	 LIMIT_WINDOW,
	 {1, 1, 8},
	 0.2,
	 1,
	 0,
	 0,
	 80,
	 "latency at a window of 1 unit: 1.200 us a unit, longest stage stream (33.3 %)"},
	{"half a window",
	 LIMIT_WINDOW,
	 {1, 1, 8},
	 0.2,
	 100,
	 0,
	 0,
	 80,
	 "1.2 units in flight on average"},
	{"arrivals", LIMIT_ARRIVALS, {1, 1, 8}, 0.2, 0, 0, 0, 80, "units/s arrive"},
	{"idle between arrivals",
	 LIMIT_ARRIVALS,
	 {1, 1, 1, 0, 7},
	 0.2,
	 0,
	 0,
	 0,
	 80,
	 "units/s arrive"},
	{"gaps", LIMIT_ARRIVALS, {1, 1, 8}, 0.2, 4, 0, 0, 20, "for 79.8 % of the time no client"},
	{"faults", LIMIT_FAULTS, {1, 1, 8}, 0.2, 4, 0, 1, 50, "page responses"},
	{"nothing", LIMIT_NOTHING, {0}, 0.99, 4, 0, 0, 0, "no work"},
};

static void limit_is_named(void)
{
	for (u32 k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
		const struct limit_case *l = &limits[k];
		struct sim_usage port = {.count = 5, .busy = 17};
		struct rep_world w;
		u32 c;

		rep_new(&w, NULL, false);
		c = rep_client(&w, "a", l->window);
		sim_usage_register(w.sim, "dsa0.read_port", &port, 1, "Read port of the device");
		report_start(w.r);
		for (u32 i = 0; i < l->units; i++) {
			struct rep_unit u = rep_move(c, i * US);

			u.faults = l->faults;
			u.fault_wait = l->faults * 500000;
			rep_do(&w, &u);
		}
		for (u32 i = 0; i < l->retries; i++)
			report_retry(w.r, c);
		for (u32 i = 0; i < REPORT_TIME_COUNT; i++)
			report_client_time(w.r, c, i, l->time[i] * US);
		port.busy += (u64)(l->busy * 100 * US);
		port.count += 100;
		CU_ASSERT_EQUAL(report_finish(w.r, 100 * US), 0);
		CU_ASSERT_EQUAL(w.r->limit_kind, l->kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(report_limit(w.r), l->says));
		if (w.r->limit_kind != l->kind || !strstr(report_limit(w.r), l->says))
			printf("%s: %s\n", l->name, report_limit(w.r));
		rep_free(&w);
	}
}

static void caches_from_counters(void)
{
	u64 v[6] = {100, 90, 7, 3, 50, 1};
	const struct sim_stat_def defs[] = {
		{"iotlb_lookups", "count", "Look-ups", 0}, {"iotlb_hits", "count", "Hits", 8},
		{"page_hits", "count", "Hits", 16},	   {"page_misses", "count", "Misses", 24},
		{"lonely_hits", "count", "Hits", 32},	   {"in_flight", "count", "Level", 40},
	};
	struct rep_world w;

	rep_new(&w, NULL, false);
	sim_stats_register(w.sim, "iommu0", v, defs, 6);
	report_start(w.r);
	v[0] += 10;
	v[1] += 5;
	v[2] += 3;
	v[3] += 1;
	v[5] = 4;
	CU_ASSERT_EQUAL(report_finish(w.r, US), 0);
	CU_ASSERT_EQUAL(w.r->ncaches, 2 + w.r->device[0]->nengines);
	for (u32 i = 0; i < w.r->ncaches; i++) {
		const struct cache *c = &w.r->cache[i];

		if (!strncmp(c->name, "iotlb_hits", 10))
			CU_ASSERT(c->lookups == 10 && c->hits == 5 && c->name_len == 5);
		if (!strncmp(c->name, "page_hits", 9))
			CU_ASSERT(c->lookups == 4 && c->hits == 3 && c->name_len == 4);
	}
	for (u32 i = 0; i < w.r->ncounters; i++)
		if (!strcmp(w.r->counter[i].def->name, "in_flight") &&
		    !strcmp(w.r->counter[i].instance, "iommu0"))
			CU_ASSERT_EQUAL(w.r->counter[i].value, 4);
	rep_free(&w);
}

/* ---- The summary ---- */

static const char golden[] =
	"test on tiny, data mode none, seed 7\n"
	"\n"
	"measured time  20.00 us of virtual time, from 0 s\n"
	"work           10 descriptors in 10 units, 40.96 kB\n"
	"throughput     2.048 GB/s, 500.0 k descriptors/s\n"
	"latency        mean 1.200 us  p50 1.200 us  p90 1.200 us  p99 1.200 us  p99.9 1.200 us  "
	"max 1.200 us\n"
	"\n"
	"where the time of a unit goes              mean    share        p50        p99\n"
	"  submit    issued -> accepted         60.00 ns    5.0 %   60.00 ns   60.00 ns\n"
	"  queue     accepted -> dispatched     100.0 ns    8.3 %   100.0 ns   100.0 ns\n"
	"  translate dispatched -> translated   200.0 ns   16.7 %   200.0 ns   200.0 ns\n"
	"  arbitrate translated -> granted      100.0 ns    8.3 %   100.0 ns   100.0 ns\n"
	"  stream    granted -> streamed        400.0 ns   33.3 %   400.0 ns   400.0 ns\n"
	"  record    streamed -> recorded       140.0 ns   11.7 %   140.0 ns   140.0 ns\n"
	"  notice    recorded -> seen           200.0 ns   16.7 %   200.0 ns   200.0 ns\n"
	"\n"
	"client                   queue            units         rate       mean        p99   "
	"errors  retries   faults\n"
	"  proc/a                 wq0.0               10   2.048 GB/s   1.200 us   1.200 us        "
	"0        0        0\n"
	"\n"
	"work queue               mode             submitted      members      bytes      depth    "
	"    p50        p99\n"
	"  dsa0.wq0                                       10            0   40.96 kB       0.00   "
	"1.000 us   1.000 us\n"
	"\n"
	"resource                             busy  mean wait  what\n"
	"  dsa0.engine0.slots                0.7 %        0 s  Descriptors in the engine's "
	"pipeline\n"
	"\n"
	"completion status                        descriptors\n"
	"  0x01 success                                    10\n"
	"\n"
	"conservation   10 descriptors in = 10 completed + 0 abandoned + 0 in flight: holds\n"
	"\n"
	"limited by     latency: 1.200 us a unit, longest stage stream (33.3 %); 0.625 units in "
	"flight on average\n";

static void summary_golden(void)
{
	struct rep_world w;
	char *text;
	u32 c;

	rep_new(&w, NULL, false);
	c = rep_client(&w, "a", 1);
	report_start(w.r);
	for (u64 i = 0; i < 10; i++) {
		struct rep_unit u = rep_move(c, i * 2 * US);

		rep_do(&w, &u);
	}
	CU_ASSERT_EQUAL(report_finish(w.r, 20 * US), 0);
	text = rep_summary(&w);
	CU_ASSERT_STRING_EQUAL(text, golden);
	if (strcmp(text, golden))
		printf("%s", text);
	free(text);
	rep_free(&w);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"numbers_with_units", numbers_with_units},
		{"stages_add_up_to_latency", stages_add_up_to_latency},
		{"stages_found_out_of_order", stages_found_out_of_order},
		{"kinds_beyond_their_places", kinds_beyond_their_places},
		{"seen_behind_the_start", seen_behind_the_start},
		{"start_forgets", start_forgets},
		{"attempts_add_up", attempts_add_up},
		{"batches_and_members", batches_and_members},
		{"depth_and_slots", depth_and_slots},
		{"books_that_do_not_balance", books_that_do_not_balance},
		{"a_lost_retirement_is_found", a_lost_retirement_is_found},
		{"lists_keep_the_first", lists_keep_the_first},
		{"strangers_are_ignored", strangers_are_ignored},
		{"series_folds", series_folds},
		{"limit_is_named", limit_is_named},
		{"caches_from_counters", caches_from_counters},
		{"summary_golden", summary_golden},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {{"report", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
	unsigned int failed;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
