// SPDX-License-Identifier: GPL-2.0
/* Random streams, histograms, resources, counters: arithmetic against plain computations. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "sim/core/event.h"
#include "sim/core/hist.h"
#include "sim/core/resource.h"
#include "sim/core/rng.h"
#include "sim/core/stats.h"

/* ---- random streams ---------------------------------------------------------------------- */

/* First outputs of xoshiro256** from the state {1, 2, 3, 4}, as its other implementations give
 * them. */
static void rng_generator_reference(void)
{
	static const u64 want[] = {
		11520ull,
		0ull,
		1509978240ull,
		1215971899390074240ull,
		1216172134540287360ull,
		607988272756665600ull,
		16172922978634559625ull,
		8476171486693032832ull,
		10595114339597558777ull,
		2904607092377533576ull,
	};
	struct sim_rng rng = {{1, 2, 3, 4}};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		CU_ASSERT_EQUAL(sim_rng_u64(&rng), want[i]);
}

/* Frozen: recorded results depend on them. */
static void rng_streams_frozen(void)
{
	static const struct {
		u64 seed;
		const char *name;
		u64 first, below_1000, exp_1e6;
	} want[] = {
		{1, "client/0/address", 0x2a972e2ea0ec2d5d, 760, 178088},
		{1, "client/1/address", 0x68d8bc3ccb26b7d1, 615, 2177317},
		{2, "client/0/address", 0x0e0b373e88ca3f1d, 975, 154120},
		{0, "", 0x1e28178eedbf0f30, 198, 926824},
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct sim_rng rng;

		sim_rng_init(&rng, want[i].seed, want[i].name);
		CU_ASSERT_EQUAL(sim_rng_u64(&rng), want[i].first);
		CU_ASSERT_EQUAL(sim_rng_below(&rng, 1000), want[i].below_1000);
		CU_ASSERT_EQUAL(sim_rng_exp(&rng, 1000000), want[i].exp_1e6);
	}
}

static void rng_below_is_even(void)
{
	static u32 hits[7];
	struct sim_rng rng;

	memset(hits, 0, sizeof(hits));
	sim_rng_init(&rng, 3, "even");
	for (u32 i = 0; i < 700000; i++) {
		u64 x = sim_rng_below(&rng, 7);

		if (x < 7)
			hits[x]++;
	}
	/* Expected 100,000 each, standard deviation 293. */
	for (u32 i = 0; i < 7; i++)
		CU_ASSERT(hits[i] > 98500 && hits[i] < 101500);
	for (u32 i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(sim_rng_below(&rng, 1), 0);
	/* A range that a plain multiplication would cover unevenly: a third each. */
	memset(hits, 0, sizeof(hits));
	for (u32 i = 0; i < 300000; i++)
		hits[sim_rng_below(&rng, 3ull << 62) >> 62]++;
	for (u32 i = 0; i < 3; i++)
		CU_ASSERT(hits[i] > 98500 && hits[i] < 101500);
	CU_ASSERT_EQUAL(hits[3], 0);
}

/* Mean and quantiles of the exponential distribution: P(X > k ln 2) = 2^-k. */
static void rng_exp_distribution(void)
{
	struct sim_rng rng;
	u64 sum = 0, over[6] = {0}, odd[2] = {0};

	sim_rng_init(&rng, 9, "exp");
	for (u32 i = 0; i < 1000000; i++) {
		u64 x = sim_rng_exp(&rng, 1000000000);

		sum += x;
		for (u64 k = 1; k <= 5; k++)
			over[k] += x > k * 693147181;
		/* Inside the first multiple of ln 2: P(X > 0.25) and P(X > 0.5) */
		odd[0] += x > 250000000;
		odd[1] += x > 500000000;
	}
	CU_ASSERT(sum / 1000000 > 996000000 && sum / 1000000 < 1004000000);
	for (u64 k = 1; k <= 5; k++)
		CU_ASSERT(llabs((long long)(over[k] - (1000000 >> k))) < 2500);
	CU_ASSERT(llabs((long long)(odd[0] - 778801)) < 2500);
	CU_ASSERT(llabs((long long)(odd[1] - 606531)) < 2500);
	CU_ASSERT_EQUAL(sim_rng_exp(&rng, 0), 0);
	(void)sim_rng_exp(&rng, SIM_NEVER);
}

/* ---- histograms --------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void hist_buckets_cover_everything(void)
{
	struct sim_hist h;

	for (u32 i = 0; i + 1 < SIM_HIST_BUCKETS; i++) {
		u64 low = sim_hist_bucket_low(i), next = sim_hist_bucket_low(i + 1);

		CU_ASSERT_FATAL(low < next);
		/* Width at most 1/64 of the value. */
		CU_ASSERT(next - low == 1 || (next - low) * 64 <= low);
		CU_ASSERT_EQUAL(sim_hist_init(&h), 0);
		sim_hist_add(&h, low);
		sim_hist_add(&h, next - 1);
		CU_ASSERT(h.first == i && h.last == i && h.bucket[i] == 2);
		sim_hist_free(&h);
	}
	CU_ASSERT_EQUAL(sim_hist_init(&h), 0);
	sim_hist_add(&h, SIM_NEVER);
	CU_ASSERT_EQUAL(h.last, SIM_HIST_BUCKETS - 1);
	CU_ASSERT_EQUAL(sim_hist_percentile(&h, 5000), SIM_NEVER);
	sim_hist_free(&h);
}

static void hist_percentiles_against_exact(void)
{
	enum { N = 20000 };
	static const u32 marks[] = {0, 1, 100, 1000, 5000, 9000, 9900, 9990, 9999, 10000};
	u64 *v = malloc(N * sizeof(*v));
	struct sim_rng rng;
	struct sim_hist h, a, b;

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	sim_rng_init(&rng, 4, "hist");
	for (u32 shape = 0; shape < 3; shape++) {
		unsigned __int128 sum = 0;

		sim_hist_init(&h);
		sim_hist_init(&a);
		sim_hist_init(&b);
		for (u32 i = 0; i < N; i++) {
			v[i] = shape == 0   ? sim_rng_below(&rng, 100)
			       : shape == 1 ? sim_rng_exp(&rng, 5 * PS_PER_US)
					    : sim_rng_u64(&rng) >> sim_rng_below(&rng, 64);
			sum += v[i];
			sim_hist_add(&h, v[i]);
			sim_hist_add(i % 3 ? &a : &b, v[i]);
		}
		sim_hist_merge(&a, &b);
		qsort(v, N, sizeof(*v), by_value);
		CU_ASSERT_EQUAL(h.count, N);
		CU_ASSERT_EQUAL(h.min, v[0]);
		CU_ASSERT_EQUAL(h.max, v[N - 1]);
		CU_ASSERT_EQUAL(sim_hist_mean(&h), (u64)(sum / N));
		CU_ASSERT_EQUAL(sim_hist_mean(&a), (u64)(sum / N));
		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
			u32 rank = (u32)(((u64)N * marks[i] + 9999) / 10000);
			u64 exact = v[rank ? rank - 1 : 0];
			u64 got = sim_hist_percentile(&h, marks[i]);

			CU_ASSERT(got >= exact && got - exact <= exact / 64);
			CU_ASSERT_EQUAL(sim_hist_percentile(&a, marks[i]), got);
		}
		sim_hist_free(&h);
		sim_hist_free(&a);
		sim_hist_free(&b);
	}
	free(v);
}

static void hist_empty_and_sum_carry(void)
{
	struct sim_hist h, empty;

	sim_hist_init(&h);
	sim_hist_init(&empty);
	CU_ASSERT_EQUAL(sim_hist_percentile(&h, 5000), 0);
	CU_ASSERT_EQUAL(sim_hist_mean(&h), 0);
	sim_hist_merge(&h, &empty);
	CU_ASSERT_EQUAL(h.count, 0);
	for (int i = 0; i < 6; i++)
		sim_hist_add(&h, SIM_NEVER - 2);
	CU_ASSERT_EQUAL(sim_hist_mean(&h), SIM_NEVER - 2);
	CU_ASSERT_EQUAL(h.sum_hi, 5);
	sim_hist_merge(&empty, &h);
	CU_ASSERT_EQUAL(sim_hist_mean(&empty), SIM_NEVER - 2);
	sim_hist_free(&h);
	sim_hist_free(&empty);
}

/* ---- resources ---------------------------------------------------------------------------- */

static void server_is_fifo(void)
{
	struct sim_server s = {0};

	CU_ASSERT_EQUAL(sim_server_reserve(&s, 100, 50), 150);
	CU_ASSERT_EQUAL(sim_server_reserve(&s, 110, 30), 180);
	CU_ASSERT_EQUAL(sim_server_reserve(&s, 500, 0), 500);
	CU_ASSERT_EQUAL(sim_server_reserve(&s, 500, 7), 507);
	CU_ASSERT_EQUAL(s.use.count, 4);
	CU_ASSERT_EQUAL(s.use.busy, 87);
	CU_ASSERT_EQUAL(s.use.wait, 40);
}

static void pipe_rates(void)
{
	struct sim_pipe p = {0};

	/* No rate: no time. */
	CU_ASSERT_EQUAL(sim_pipe_reserve(&p, 5, 1ull << 40), 5);
	/* 64 GB/s: one ns per 64 bytes, exact. */
	sim_pipe_set_rate(&p, 64000000000ull);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 64), 1000);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 4096), 64000);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 1), 15);
	/* 30 GB/s: 2 MiB take 69.905 us; the error stays below 1 in 10^6. */
	sim_pipe_set_rate(&p, 30000000000ull);
	CU_ASSERT(llabs((long long)(sim_pipe_time(&p, 2u << 20) - 69905067)) < 70);
	/* One byte per second and a terabyte per ns do not overflow. */
	sim_pipe_set_rate(&p, 1);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 1), PS_PER_S);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 1000), 1000 * PS_PER_S);
	sim_pipe_set_rate(&p, 1ull << 50);
	CU_ASSERT_EQUAL(sim_pipe_time(&p, 1ull << 50) / PS_PER_MS, 999);
	memset(&p, 0, sizeof(p));
	sim_pipe_set_rate(&p, 64000000000ull);
	CU_ASSERT_EQUAL(sim_pipe_reserve(&p, 1000, 128), 3000);
	CU_ASSERT_EQUAL(sim_pipe_reserve(&p, 1000, 64), 4000);
	CU_ASSERT_EQUAL(p.srv.use.bytes, 192);
	CU_ASSERT_EQUAL(p.srv.use.busy, 3000);
	CU_ASSERT_EQUAL(p.srv.use.wait, 2000);
}

static void units_take_the_first_free(void)
{
	struct sim_units u = {.units = 3};
	struct sim_units ref = {.units = 1};
	struct sim_server s = {0};
	struct sim_rng rng;
	u64 now = 0;

	CU_ASSERT_EQUAL(sim_units_reserve(&u, 0, 100), 100);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 0, 50), 50);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 0, 70), 70);
	CU_ASSERT_EQUAL(u.use.wait, 0);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 10, 5), 55);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 10, 5), 60);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 10, 25), 85);
	CU_ASSERT_EQUAL(sim_units_reserve(&u, 10, 5), 75);
	CU_ASSERT_EQUAL(u.use.wait, 40 + 45 + 50 + 60);
	CU_ASSERT_EQUAL(u.use.busy, 260);
	CU_ASSERT_EQUAL(u.use.count, 7);
	/* One unit is a server. */
	sim_rng_init(&rng, 5, "units");
	for (u32 i = 0; i < 1000; i++) {
		u64 service = sim_rng_below(&rng, 100);

		now += sim_rng_below(&rng, 100);
		CU_ASSERT_EQUAL(sim_units_reserve(&ref, now, service),
				sim_server_reserve(&s, now, service));
	}
	CU_ASSERT_EQUAL(memcmp(&ref.use, &s.use, sizeof(s.use)), 0);
}

static void level_integral(void)
{
	struct sim_level l = {0};

	CU_ASSERT_EQUAL(sim_level_mean_milli(&l, 0), 0);
	sim_level_set(&l, 100, 4);
	sim_level_set(&l, 300, 10);
	sim_level_set(&l, 400, 1);
	CU_ASSERT_EQUAL(l.peak, 10);
	CU_ASSERT_EQUAL(l.level, 1);
	/* 0*100 + 4*200 + 10*100 + 1*600 over 1000 */
	CU_ASSERT_EQUAL(sim_level_mean_milli(&l, 1000), 2400);
	/* An hour at a level of 2^40 needs more than 64 bits. */
	memset(&l, 0, sizeof(l));
	sim_level_set(&l, 0, 1ull << 40);
	sim_level_set(&l, 3600 * PS_PER_S, 0);
	CU_ASSERT_EQUAL(sim_level_mean_milli(&l, 7200 * PS_PER_S), 1000ull << 39);
}

/* ---- counters ----------------------------------------------------------------------------- */

struct cache {
	u64 hits, misses;
};

static const struct sim_stat_def cache_stats[] = {
	{"hits", "count", "Lookups that found their entry.", offsetof(struct cache, hits)},
	{"misses", "count", "Lookups that did not.", offsetof(struct cache, misses)},
};

static char listing[8192];

static void list_stat(void *ctx, const char *instance, const struct sim_stat_def *def, u64 value)
{
	size_t n = strlen(listing);

	snprintf(listing + n, sizeof(listing) - n, "%s.%s=%llu ", instance, def->name, value);
	(*(u32 *)ctx)++;
}

static void list_usage(void *ctx, const char *instance, const struct sim_usage *use, u32 units,
		       const char *what)
{
	size_t n = strlen(listing);

	snprintf(listing + n, sizeof(listing) - n, "%s/%u=%llu ", instance, units, use->busy);
	(*(u32 *)ctx)++;
}

static void stats_in_registration_order(void)
{
	struct sim *sim = sim_new(1);
	struct cache a = {1, 2}, b = {3, 4};
	struct sim_usage use = {.busy = 77};
	char name[16] = "first";
	u32 n = 0;

	CU_ASSERT_EQUAL(sim_stats_register(sim, name, &a, cache_stats, 2), 0);
	strcpy(name, "second"); /* the name was copied */
	CU_ASSERT_EQUAL(sim_stats_register(sim, name, &b, cache_stats, 2), 0);
	CU_ASSERT_EQUAL(sim_usage_register(sim, "port", &use, 2, "The port."), 0);
	CU_ASSERT_EQUAL(sim_usage_register(sim, "none", &use, 0, "No unit."), -EINVAL);
	a.misses = 9; /* values are read when asked for */
	listing[0] = 0;
	sim_stats_each(sim, list_stat, &n);
	sim_usage_each(sim, list_usage, &n);
	CU_ASSERT_STRING_EQUAL(listing, "first.hits=1 first.misses=9 second.hits=3 second.misses=4 "
					"port/2=77 ");
	CU_ASSERT_EQUAL(n, 5);
	for (u32 i = 0; i < 200; i++) {
		CU_ASSERT_EQUAL(sim_stats_register(sim, "many", &b, cache_stats, 1), 0);
		CU_ASSERT_EQUAL(sim_usage_register(sim, "many", &use, 1, "Again."), 0);
	}
	n = 0;
	listing[0] = 0;
	sim_stats_each(sim, list_stat, &n);
	CU_ASSERT_EQUAL(n, 204);
	sim_free(sim);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"rng_generator_reference", rng_generator_reference},
		{"rng_streams_frozen", rng_streams_frozen},
		{"rng_below_is_even", rng_below_is_even},
		{"rng_exp_distribution", rng_exp_distribution},
		{"hist_buckets_cover_everything", hist_buckets_cover_everything},
		{"hist_percentiles_against_exact", hist_percentiles_against_exact},
		{"hist_empty_and_sum_carry", hist_empty_and_sum_carry},
		{"server_is_fifo", server_is_fifo},
		{"pipe_rates", pipe_rates},
		{"units_take_the_first_free", units_take_the_first_free},
		{"level_integral", level_integral},
		{"stats_in_registration_order", stats_in_registration_order},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {{"numbers", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
	unsigned int failed;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
