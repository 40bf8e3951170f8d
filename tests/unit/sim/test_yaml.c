// SPDX-License-Identifier: GPL-2.0
// Tests of the YAML binder and of platform files: values, overrides, errors, damaged files.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/rng.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/units.h"
#include "sim/scenario/yaml_bind.h"

static struct cfg_error err;

/* ---- A small format of our own ---- */

struct inner {
	u64 time;
	u32 count;
};
struct outer {
	const char *name;
	u64 rate, hex, size;
	u32 share, word, nitems;
	s32 place;
	bool on;
	u32 numbers[3];
	struct inner sub;
	struct inner *items;
};

static const char *const words[] = {"red", "green", "blue", NULL};
static const struct yaml_key inner_keys[] = {
	YAML_VAL(struct inner, time, "time", TIME, PS_PER_NS, PS_PER_S, "5 ns", "A time."),
	YAML_VAL(struct inner, count, "count", COUNT, 1, 10, "3", "A count."),
	YAML_END,
};
static const struct yaml_table inner_table = {"Inner", inner_keys, NULL};
static void item_init(void *item, const void *obj)
{
	((struct inner *)item)->count = ((const struct outer *)obj)->sub.count;
}
static const struct yaml_key item_keys[] = {
	{.name = "", .type = YAML_INLINE, .sub = &inner_table, .help = ""},
	YAML_END,
};
static const struct yaml_table item_table = {"Item", item_keys, NULL};
static const struct yaml_key outer_keys[] = {
	YAML_STR(struct outer, name, "name", NULL, "A name."),
	YAML_VAL(struct outer, rate, "rate", RATE, 0, ~0ull, "1 GB/s", "A rate."),
	YAML_VAL(struct outer, hex, "hex", HEX, 0, ~0ull, "0x10", "A word."),
	YAML_VAL(struct outer, size, "size", SIZE, 0, 1 << 20, "4 KiB", "A size."),
	YAML_VAL(struct outer, share, "share", SHARE, 0, 1000000, "50 %", "A share."),
	YAML_ENUM(struct outer, word, "word", words, "green", "A colour."),
	YAML_VAL(struct outer, place, "place", INT, (u64)-1, 7, "-1", "A place."),
	YAML_VAL(struct outer, on, "on_off", BOOL, 0, 1, "no", "A switch."),
	YAML_VAL(struct outer, numbers, "numbers", NUMBERS, 0, 9, "1", "Numbers."),
	YAML_MAPPED(struct outer, sub, "sub", &inner_table, "Below."),
	YAML_LISTED(struct outer, items, nitems, "items", &item_table, 0, 4, item_init, "A list."),
	YAML_END,
};
static const struct yaml_table outer_table = {"Outer", outer_keys, NULL};

static struct cfg_arena *arena;
static struct outer obj;

static int bind(const char *text, const char *const *sets, u32 nsets)
{
	struct yaml_node *root;
	int rc;
	u32 i;

	cfg_arena_free(arena);
	arena = cfg_arena_new();
	memset(&obj, 0, sizeof(obj));
	err.text[0] = 0;
	rc = yaml_parse(arena, text, strlen(text), "t.yaml", &root, &err);
	for (i = 0; !rc && i < nsets; i++)
		rc = yaml_set(arena, root, sets[i], 0, &err);
	return rc ? rc : yaml_bind(arena, &outer_table, root, "", false, &obj, &err);
}

static void test_defaults(void)
{
	CU_ASSERT_EQUAL_FATAL(bind("name: x\n", NULL, 0), 0);
	CU_ASSERT_STRING_EQUAL(obj.name, "x");
	CU_ASSERT_EQUAL(obj.rate, 1000000000);
	CU_ASSERT_EQUAL(obj.hex, 16);
	CU_ASSERT_EQUAL(obj.size, 4096);
	CU_ASSERT_EQUAL(obj.share, 500000);
	CU_ASSERT_EQUAL(obj.word, 1);
	CU_ASSERT_EQUAL(obj.place, -1);
	CU_ASSERT_FALSE(obj.on);
	CU_ASSERT_EQUAL(obj.numbers[2], 1);
	CU_ASSERT_EQUAL(obj.sub.time, 5000);
	CU_ASSERT_EQUAL(obj.nitems, 0);
}

static void test_values(void)
{
	CU_ASSERT_EQUAL_FATAL(bind("name: \"a b\"\nrate: 31.4 GB/s\nhex: 0xFFffFFffFFffFFff\n"
				   "size: 1 MiB\nshare: 0.25\nword: blue\nplace: 7\non_off: on\n"
				   "numbers: [3, 4]\nsub: { time: 1.5 us, count: 7 }\n"
				   "items:\n  - time: 2ns\n  - { count: 1 }\n",
				   NULL, 0),
			      0);
	CU_ASSERT_EQUAL(obj.rate, 31400000000ull);
	CU_ASSERT_EQUAL(obj.hex, ~0ull);
	CU_ASSERT_EQUAL(obj.size, 1 << 20);
	CU_ASSERT_EQUAL(obj.share, 250000);
	CU_ASSERT_EQUAL(obj.word, 2);
	CU_ASSERT_TRUE(obj.on);
	CU_ASSERT_EQUAL(obj.numbers[1], 4);
	CU_ASSERT_EQUAL(obj.numbers[2], 0);
	CU_ASSERT_EQUAL(obj.sub.time, 1500000);
	CU_ASSERT_EQUAL_FATAL(obj.nitems, 2);
	CU_ASSERT_EQUAL(obj.items[0].time, 2000);
	CU_ASSERT_EQUAL(obj.items[0].count, 7); /* from sub, by init */
	CU_ASSERT_EQUAL(obj.items[1].count, 1);
	CU_ASSERT_EQUAL_FATAL(bind("name: x\nrate: unlimited\n", NULL, 0), 0);
	CU_ASSERT_EQUAL(obj.rate, 0);
}

static void test_sets(void)
{
	const char *sets[] = {"sub.time=9 ns", "items[*].count=4", "items[1].time=8 ns",
			      "name=\"q\"", "sub.count=2"};
	const char *made[] = {"sub.count=5", "numbers=[1,2,3]", "items=[{count: 2}]"};

	CU_ASSERT_EQUAL_FATAL(bind("name: x\nsub: {time: 1 ns}\nitems: [{}, {}]\n", sets, 5), 0);
	CU_ASSERT_EQUAL(obj.sub.time, 9000);
	CU_ASSERT_EQUAL(obj.items[0].count, 4);
	CU_ASSERT_EQUAL(obj.items[1].time, 8000);
	CU_ASSERT_STRING_EQUAL(obj.name, "q");
	CU_ASSERT_EQUAL_FATAL(bind("name: x\n", made, 3), 0);
	CU_ASSERT_EQUAL(obj.sub.count, 5);
	CU_ASSERT_EQUAL(obj.numbers[2], 3);
	CU_ASSERT_EQUAL(obj.nitems, 1);
}

struct bad {
	const char *text, *set, *message;
};

static void check_bad(const struct bad *cases, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		int rc = bind(cases[i].text, &cases[i].set, cases[i].set != NULL);

		CU_ASSERT_EQUAL(rc, -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].message));
		CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
		if (rc != -EINVAL || !strstr(err.text, cases[i].message))
			printf("\n[%s] %s\n  is: %s\n  not: %s\n", cases[i].text,
			       cases[i].set ? cases[i].set : "", err.text, cases[i].message);
	}
}

static void test_errors(void)
{
	static const struct bad cases[] = {
		{"", NULL, "t.yaml:1: the file is empty"},
		{"# only a comment\n", NULL, "t.yaml:1: the file is empty"},
		{"name: x\n---\nname: y\n", NULL, "second document"},
		{"name: [1\n", NULL, "t.yaml:2: "},
		{"name: x\n\tsub: 3\n", NULL, "t.yaml:2: "},
		{"- 1\n", NULL, "t.yaml:1: must be a map"},
		{"rate: 1 GB/s\n", NULL, "t.yaml:1: key 'name': missing"},
		{"name: x\nname: y\n", NULL, "t.yaml:2: key 'name' again (first in line 1)"},
		{"name: x\n? [a]\n: 3\n", NULL, "a key must be a word"},
		{"name: x\nrade: 1 GB/s\n", NULL,
		 "t.yaml:2: key 'rade': unknown key; did you mean 'rate'?"},
		{"name: x\nzzzzzzzz: 1\n", NULL, "t.yaml:2: key 'zzzzzzzz': unknown key"},
		{"name: x\nsub:\n  tine: 1 ns\n", NULL,
		 "t.yaml:3: key 'sub.tine': unknown key; did you mean 'time'?"},
		{"name: x\nsub:\n  time: 1 GB\n", NULL, "key 'sub.time': '1 GB' has a wrong unit"},
		{"name: x\nsub:\n  time: 12\n", NULL, "'12' needs a unit: ps, ns, us, ms or s"},
		{"name: x\nsub: {time: 2 s}\n", NULL, "2s is out of range: 1ns to 1s"},
		{"name: x\nsub: {time: 0}\n", NULL, "0 is out of range"},
		{"name: x\nsub: {time: -5 ns}\n", NULL, "'-5 ns' is not a number with a unit"},
		{"name: x\nsub: {time: 1e3 ns}\n", NULL, "has a wrong unit"},
		{"name: x\nsub: {count: 3.5}\n", NULL, "'3.5' is not a whole number"},
		{"name: x\nsub: {count: 11}\n", NULL, "11 is out of range: 1 to 10"},
		{"name: x\nsub: {count: 99999999999999999999999}\n", NULL, "is too large"},
		{"name: x\nsub: 4\n", NULL, "key 'sub': must be a map of keys"},
		{"name: x\nsub: [4]\n", NULL, "key 'sub': must be a map of keys"},
		{"name: x\nsub:\n", NULL, "key 'sub': must be a map of keys"},
		{"name: [x]\n", NULL, "key 'name': must be a text"},
		{"name: x\nrate: {a: 1}\n", NULL, "key 'rate': must be one value, not a map"},
		{"name: x\nhex: 16\n", NULL, "'16' is not a hexadecimal number"},
		{"name: x\nhex: 0x11112222333344445\n", NULL, "not a hexadecimal number"},
		{"name: x\nhex: 0x\n", NULL, "not a hexadecimal number"},
		{"name: x\nword: pink\n", NULL, "'pink' is none of red, green, blue"},
		{"name: x\non_off: 2\n", NULL, "'2' is neither true nor false"},
		{"name: x\nplace: -2\n", NULL, "-2 is out of range: -1 to 7"},
		{"name: x\nshare: 101 %\n", NULL, "101 % is out of range: 0 % to 100 %"},
		{"name: x\nsize: 2 MiB\n", NULL, "2MiB is out of range"},
		{"name: x\nsize: 300000000000 TiB\n", NULL, "is too large"},
		{"name: x\nnumbers: [1, 2, 3, 4]\n", NULL, "a list of up to 3"},
		{"name: x\nnumbers: [1, a]\n", NULL, "'a' is not a whole number"},
		{"name: x\nitems: 3\n", NULL, "key 'items': must be a list"},
		{"name: x\nitems: [{},{},{},{},{}]\n", NULL, "5 elements, but 0 to 4 are possible"},
		{"name: x\nitems: [{}, 3]\n", NULL, "key 'items[1]': must be a map"},
		{"name: x\nitems: [{}, {cont: 1}]\n", NULL,
		 "t.yaml:2: key 'items[1].cont': unknown key; did you mean 'count'?"},
	};

	check_bad(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_set_errors(void)
{
	static const struct bad cases[] = {
		{"name: x\n", "rate", "--set 'rate': must be path=value"},
		{"name: x\n", "=3", "a name is missing"},
		{"name: x\n", "sub..time=3 ns", "a name is missing"},
		{"name: x\n", "sub.time=3", "--set 'sub.time=3': key 'sub.time': '3' needs a unit"},
		{"name: x\n", "sub.tiem=3 ns", "unknown key; did you mean 'time'"},
		{"name: x\n", "name.a=3", "this has no keys, so not 'a'"},
		{"name: x\nitems: [{}]\n", "items[1].count=3",
		 "index 1, but the list has 1 element"},
		{"name: x\nitems: [{}]\n", "items[x].count=3", "a bad index"},
		{"name: x\nitems: [{}]\n", "items[0.count=3", "']' is missing"},
		{"name: x\nitems: [{}]\n", "items[0]count=3", "'.' or '[' expected"},
		{"name: x\nitems: []\n", "items[*].count=3", "the list is empty"},
		{"name: x\n", "name[0]=3", "not a list"},
		{"name: x\n", "name={a: 1", "--set 'name={a: 1': "},
		{"name: x\nitems: [{}]\n", "items[99999999999].count=1", "a bad index"},
		{"name: x\n", "sub=", "key 'sub': must be a map"},
	};

	check_bad(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_aliases_bounded(void)
{
	static const char text[] = "name: x\na: &a [1,1,1,1,1,1,1,1,1,1]\n"
				   "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
				   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
				   "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
				   "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
				   "f: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";

	CU_ASSERT_EQUAL(bind(text, NULL, 0), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "too large"));
	CU_ASSERT_EQUAL(bind("name: x\nsub: &s {time: *s}\n", NULL, 0), -EINVAL);
}

static void test_units(void)
{
	static const struct {
		enum unit_kind kind;
		const char *text;
		u64 value;
	} good[] = {
		{UNIT_TIME, "0", 0},
		{UNIT_TIME, "1ps", 1},
		{UNIT_TIME, "0.0005 ns", 1}, /* rounded */
		{UNIT_TIME, "18446744.073709551615 s", 18446744073709551615ull},
		{UNIT_SIZE, "1.5 KiB", 1536},
		{UNIT_RATE, "0.5 GB/s", 500000000},
		{UNIT_FREQ, "2.2 GHz", 2200000000ull},
		{UNIT_NONE, "18446744073709551615", 18446744073709551615ull},
		{UNIT_SHARE, "3 %", 30000},
		{UNIT_SHARE, "1", 1000000},
	};
	static const struct {
		enum unit_kind kind;
		const char *text;
		enum unit_error error;
	} bad[] = {
		{UNIT_TIME, "", UNIT_NOT_A_NUMBER},
		{UNIT_TIME, "ns", UNIT_NOT_A_NUMBER},
		{UNIT_TIME, "1.", UNIT_NOT_A_NUMBER},
		{UNIT_TIME, ".5 ns", UNIT_NOT_A_NUMBER},
		{UNIT_TIME, "5", UNIT_MISSING},
		{UNIT_TIME, "5 KiB", UNIT_UNKNOWN},
		{UNIT_TIME, "1.2.3 ns", UNIT_UNKNOWN},
		{UNIT_TIME, "99999999 s", UNIT_TOO_LARGE},
		{UNIT_NONE, "18446744073709551616", UNIT_TOO_LARGE},
		{UNIT_NONE, "1.0", UNIT_NOT_A_NUMBER},
		{UNIT_TIME, "0.00000000000000000001 s", UNIT_TOO_LARGE},
	};
	u64 value;
	char buf[48];
	u32 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		value = 77;
		CU_ASSERT_EQUAL(
			unit_parse(good[i].kind, good[i].text, strlen(good[i].text), &value),
			UNIT_OK);
		CU_ASSERT_EQUAL(value, good[i].value);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(unit_parse(bad[i].kind, bad[i].text, strlen(bad[i].text), &value),
				bad[i].error);
	unit_format(UNIT_TIME, 1250000, buf);
	CU_ASSERT_STRING_EQUAL(buf, "1.25us");
	unit_format(UNIT_RATE, 48000000000ull, buf);
	CU_ASSERT_STRING_EQUAL(buf, "48GB/s");
	unit_format(UNIT_SIZE, 65536, buf);
	CU_ASSERT_STRING_EQUAL(buf, "64KiB");
	unit_format(UNIT_SIZE, 65537, buf);
	CU_ASSERT_STRING_EQUAL(buf, "65537B");
}

/* What is printed for a value is that value again. */
static void test_units_round_trip(void)
{
	static const enum unit_kind kinds[] = {UNIT_TIME, UNIT_SIZE, UNIT_RATE, UNIT_FREQ};
	struct sim_rng rng;
	char buf[48];
	u64 value, back;
	u32 i;

	sim_rng_init(&rng, 1, "units");
	for (i = 0; i < 40000; i++) {
		value = sim_rng_u64(&rng) >> sim_rng_below(&rng, 64);
		if (i % 2)
			value = value % 1000 * 1000000;
		unit_format(kinds[i % 4], value, buf);
		CU_ASSERT_FATAL(!unit_parse(kinds[i % 4], buf, strlen(buf), &back));
		CU_ASSERT_FATAL(back == value);
	}
}

/* ---- Platforms ---- */

static struct platform *plat;

static int load(const char *name, const char *set)
{
	err.text[0] = 0;
	return platform_load(&plat, name, NULL, &set, set != NULL, &err);
}

static void test_platforms(void)
{
	CU_ASSERT_EQUAL_FATAL(load("spr", NULL), 0);
	CU_ASSERT_EQUAL(plat->dsa.engines, 4);
	CU_ASSERT_EQUAL(plat->dsa.groups, 4);
	CU_ASSERT_EQUAL(plat->dsa.wqs, 8);
	CU_ASSERT_EQUAL(plat->dsa.wq_entries, 128);
	CU_ASSERT_EQUAL(plat->dsa.read_buffers, 96);
	CU_ASSERT_EQUAL(plat->dsa.max_transfer, 1ull << 31);
	CU_ASSERT_EQUAL(plat->dsa.max_batch, 1024);
	CU_ASSERT_EQUAL(plat->dsa.ims_slots, 2048);
	CU_ASSERT_EQUAL(plat->dsa.event_log, 0);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.devtlb.entries_per_role, 1);
	platform_free(plat);

	CU_ASSERT_EQUAL_FATAL(load("spr-2s4d", NULL), 0);
	CU_ASSERT_EQUAL(plat->sockets_count, 2);
	CU_ASSERT_EQUAL(plat->devices_count, 8);
	CU_ASSERT_EQUAL(plat->iommus_count, 8);
	CU_ASSERT_EQUAL(plat->devices[3].socket, 0);
	CU_ASSERT_EQUAL(plat->devices[4].socket, 1);
	CU_ASSERT_EQUAL(plat->devices[7].iommu, 7);
	platform_free(plat);
}

/* A named count replaces its register field, for all devices or for one. */
static void test_platform_fields(void)
{
	CU_ASSERT_EQUAL_FATAL(load("spr", "dsa.engines=8"), 0);
	CU_ASSERT_EQUAL(plat->dsa.engcap, 8);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.engines, 8);
	platform_free(plat);
	CU_ASSERT_EQUAL_FATAL(load("spr-2s4d", "devices[1].engines=2"), 0);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.engines, 4);
	CU_ASSERT_EQUAL(plat->devices[1].dsa.engines, 2);
	CU_ASSERT_EQUAL(plat->devices[1].dsa.engcap & 0xff, 2);
	platform_free(plat);
	CU_ASSERT_EQUAL_FATAL(load("spr", "devices[0].devtlb.entries_per_role=16"), 0);
	CU_ASSERT_EQUAL(plat->dsa.devtlb.entries_per_role, 1);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.devtlb.entries_per_role, 16);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.devtlb.hit_ps, plat->dsa.devtlb.hit_ps);
	platform_free(plat);
	CU_ASSERT_EQUAL_FATAL(load("spr", "devices[0].engcap=0x6"), 0);
	CU_ASSERT_EQUAL(plat->devices[0].dsa.engines, 6);
	platform_free(plat);
	CU_ASSERT_EQUAL_FATAL(load("spr", "dsa.event_log=64"), 0);
	CU_ASSERT_EQUAL(plat->dsa.event_log, 1);
	CU_ASSERT_EQUAL(plat->dsa.gencap >> 13 & 3, 1);
	platform_free(plat);
	CU_ASSERT_EQUAL_FATAL(load("spr", "dsa.max_batch=32"), 0);
	CU_ASSERT_EQUAL(plat->dsa.gencap >> 21 & 15, 5);
	platform_free(plat);
}

static void test_platform_errors(void)
{
	static const char *const cases[][2] = {
		{"dsa.engines=65", "65 is out of range: 0 to 64"},
		{"dsa.engcap=0x0", "a device needs 1 to 64 engines"},
		{"dsa.max_batch=3", "key 'dsa.max_batch': must be a power of two"},
		{"devices[0].socket=1", "key 'devices[0].socket': there is no such socket"},
		{"memory[1].socket=9", "there is no such socket"},
		{"iommu.iotlb_ways=3", "3 does not divide the 512 entries"},
		{"llc.io_ways=64", "64 of only 15 ways"},
		{"devices=[]", "0 elements"},
		{"cpu.pause=fast", "is not a number with a unit"},
		{"dsa.version=0x300", "is out of range: 0x100 to 0x2ff"},
	};
	u32 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(load("spr", cases[i][0]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i][1]));
		if (!strstr(err.text, cases[i][1]))
			printf("\n%s\n", err.text);
	}
	CU_ASSERT_EQUAL(load("nope", NULL), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "spr, spr-2s4d, "));
	CU_ASSERT_EQUAL(load("./nope.yaml", NULL), -ENOENT);
}

/* A printed platform is a platform file with the same values. */
static void test_print(void)
{
	char *text[2] = {NULL, NULL};
	size_t len[2];
	char path[] = "/tmp/dsasim-platform-XXXXXX.yaml";
	extern const struct yaml_table platform_table;
	FILE *out, *file;
	int i, fd = mkstemps(path, 5);

	CU_ASSERT_FATAL(fd >= 0);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(load(i ? path : "spr-2s4d", NULL), 0);
		out = open_memstream(&text[i], &len[i]);
		yaml_print(out, &platform_table, plat);
		fclose(out);
		platform_free(plat);
		file = fopen(path, "w");
		CU_ASSERT_EQUAL(fwrite(text[i], 1, len[i], file), len[i]);
		fclose(file);
	}
	CU_ASSERT_STRING_EQUAL(text[0], text[1]);
	CU_ASSERT(len[0] > 2000);
	free(text[0]);
	free(text[1]);
	close(fd);
	remove(path);
}

/* Damaged platform files end in one line of text or load; values stay in their ranges. */
static void test_mutations(void)
{
	size_t len;
	const char *good = platform_builtin_text("spr", &len);
	char *text = malloc(len + 1), path[] = "/tmp/dsasim-mutant-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct sim_rng rng;
	u32 i, k, bad = 0;

	CU_ASSERT_FATAL(fd >= 0 && text);
	sim_rng_init(&rng, 7, "platform");
	for (i = 0; i < 400; i++) {
		size_t n = len;

		memcpy(text, good, len);
		for (k = 0; k < 1 + i % 3; k++)
			text[sim_rng_below(&rng, len)] =
				(char)sim_rng_below(&rng, i % 2 ? 128 : 256);
		if (i % 7 == 0)
			n = sim_rng_below(&rng, len);
		CU_ASSERT_FATAL(!ftruncate(fd, 0) && pwrite(fd, text, n, 0) == (ssize_t)n);
		if (load(path, NULL)) {
			bad++;
			CU_ASSERT_FATAL(err.text[0] && !strchr(err.text, '\n'));
			continue;
		}
		CU_ASSERT_FATAL(plat->dsa.engines >= 1 && plat->dsa.engines <= 64);
		platform_free(plat);
	}
	CU_ASSERT(bad > 50);
	free(text);
	close(fd);
	remove(path);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	CU_initialize_registry();
	suite = CU_add_suite("yaml", NULL, NULL);
	CU_add_test(suite, "defaults", test_defaults);
	CU_add_test(suite, "values", test_values);
	CU_add_test(suite, "sets", test_sets);
	CU_add_test(suite, "errors", test_errors);
	CU_add_test(suite, "errors of sets", test_set_errors);
	CU_add_test(suite, "aliases are bounded", test_aliases_bounded);
	CU_add_test(suite, "units", test_units);
	CU_add_test(suite, "units round trip", test_units_round_trip);
	CU_add_test(suite, "platforms", test_platforms);
	CU_add_test(suite, "platform fields", test_platform_fields);
	CU_add_test(suite, "platform errors", test_platform_errors);
	CU_add_test(suite, "platform printed", test_print);
	CU_add_test(suite, "platform mutations", test_mutations);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	cfg_arena_free(arena);
	return failed != 0;
}
