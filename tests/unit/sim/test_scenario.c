// SPDX-License-Identifier: GPL-2.0
// Tests of scenario files and of generated work.
#include <CUnit/Basic.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/rng.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/generate.h"
#include "sim/workload/trace.h"

static struct cfg_error err;
static struct scenario *scn;
static char dir[] = "/tmp/dsasim-scenario-XXXXXX";

static const char *put_file(const char *name, const char *text)
{
	static char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	CU_ASSERT_FATAL(file && fputs(text, file) >= 0);
	fclose(file);
	return path;
}

static int load(const char *text, const char *set)
{
	err.text[0] = 0;
	return scenario_load(&scn, put_file("s.yaml", text), &set, set != NULL, &err);
}

static const char sample[] = "name: s\nplatform: tiny\noverrides: {dsa: {engines: 1}}\n"
			     "defaults: {cc: 1, batch: 32}\n"
			     "accel_config: [{file: a/b.json}]\n"
			     "processes:\n"
			     "  - name: p\n"
			     "    threads: 2\n"
			     "    wq: [wq0.0, app]\n"
			     "    op: memmove:70,memfill:30\n"
			     "    size: uniform:64 B:4 KiB\n"
			     "    loop: ring\n"
			     "    window: 8\n"
			     "  - name: q\n"
			     "    pattern: random\n"
			     "    clients:\n"
			     "      - { batch: 0, think: exp:500 ns, pattern_dst: seq }\n"
			     "      - { size: mix:3x4 KiB:1x2 MiB, wq: shared }\n"
			     "guests:\n"
			     "  - { count: 3, vdev: wq0.1, processes: [{size: 1 KiB}] }\n"
			     "  - { vdev: [dsa-1dwq-v1, wq0.2+wq0.3], processes: 2,\n"
			     "      defaults: {size: 2 KiB} }\n";

static void test_load(void)
{
	const struct scn_client *c;
	char file[128];

	CU_ASSERT_EQUAL_FATAL(load(sample, NULL), 0);
	CU_ASSERT_EQUAL(scn->platform->dsa.engines, 1);
	CU_ASSERT_EQUAL_FATAL(scn->nprocesses, 2);
	snprintf(file, sizeof(file), "%s/a/b.json", dir);
	CU_ASSERT_STRING_EQUAL(scn->configs[0].file, file);
	CU_ASSERT_EQUAL(scn->configs[0].device, -1);
	c = &scn->processes[0].clients[0];
	CU_ASSERT_EQUAL(scn->processes[0].nclients, 1);
	CU_ASSERT_EQUAL(c->threads, 2);
	CU_ASSERT_TRUE(c->cc);
	CU_ASSERT_EQUAL(c->batch, 32);
	CU_ASSERT_EQUAL_FATAL(c->nwqs, 2);
	CU_ASSERT_EQUAL(c->wqs[0].device, 0);
	CU_ASSERT_EQUAL(c->wqs[1].device, -1);
	CU_ASSERT_STRING_EQUAL(c->wqs[1].name, "app");
	CU_ASSERT_EQUAL_FATAL(c->nops, 2);
	CU_ASSERT_EQUAL(c->ops[1].opcode, 4);
	CU_ASSERT_EQUAL(c->ops[1].weight, 30);
	CU_ASSERT_EQUAL(c->size.kind, SCN_SIZE_UNIFORM);
	CU_ASSERT_EQUAL_FATAL(scn->processes[1].nclients, 2);
	c = scn->processes[1].clients;
	CU_ASSERT_EQUAL(c[0].batch, 0);
	CU_ASSERT_EQUAL(c[0].think.kind, SCN_THINK_EXP);
	CU_ASSERT_EQUAL(c[0].think.mean_ps, 500000);
	CU_ASSERT_EQUAL(c[0].pattern_src, SCN_RANDOM);
	CU_ASSERT_EQUAL(c[0].pattern_dst, SCN_SEQ);
	CU_ASSERT_EQUAL(c[1].pattern_dst, SCN_RANDOM);
	CU_ASSERT_EQUAL(c[1].batch, 32);
	CU_ASSERT_EQUAL(c[1].size.nb, 1);
	CU_ASSERT_EQUAL(c[1].wqs[0].mode, SCN_WQ_SHARED);
	CU_ASSERT_EQUAL_FATAL(scn->nguests, 2);
	CU_ASSERT_EQUAL(scn->guests[0].count, 3);
	CU_ASSERT_EQUAL(scn->guests[0].vdevs[0].wqs[0].queue, 1);
	CU_ASSERT_EQUAL(scn->guests[0].processes[0].clients[0].size.a, 1024);
	CU_ASSERT_TRUE(scn->guests[0].processes[0].clients[0].cc);
	CU_ASSERT_EQUAL_FATAL(scn->guests[1].nvdevs, 2);
	CU_ASSERT_EQUAL(scn->guests[1].vdevs[0].type, SCN_VDEV_1DWQ);
	CU_ASSERT_EQUAL(scn->guests[1].vdevs[1].type, SCN_VDEV_QUEUES);
	CU_ASSERT_EQUAL_FATAL(scn->guests[1].vdevs[1].nwqs, 2);
	CU_ASSERT_STRING_EQUAL(scn->guests[1].vdevs[1].wqs[1].name, "wq0.3");
	CU_ASSERT_EQUAL_FATAL(scn->guests[1].nprocesses, 1);
	CU_ASSERT_EQUAL(scn->guests[1].processes[0].count, 2);
	CU_ASSERT_EQUAL(scn->guests[1].processes[0].clients[0].size.a, 2048);
	CU_ASSERT_TRUE(scn->guests[1].processes[0].clients[0].cc);
	scenario_free(scn);
}

/* Where the first word of a --set path sends it. */
static void test_sets(void)
{
	CU_ASSERT_EQUAL_FATAL(load(sample, "dsa.engines=2"), 0);
	CU_ASSERT_EQUAL(scn->platform->dsa.engines, 2);
	scenario_free(scn);
	CU_ASSERT_EQUAL_FATAL(load(sample, "platform=spr"), 0);
	CU_ASSERT_STRING_EQUAL(scn->platform->name, "spr");
	CU_ASSERT_EQUAL(scn->platform->dsa.engines, 1);
	scenario_free(scn);
	CU_ASSERT_EQUAL_FATAL(load(sample, "platform.name=mine"), 0);
	CU_ASSERT_STRING_EQUAL(scn->platform->name, "mine");
	CU_ASSERT_STRING_EQUAL(scn->name, "s");
	scenario_free(scn);
	CU_ASSERT_EQUAL_FATAL(load(sample, "processes[*].window=3"), 0);
	CU_ASSERT_EQUAL(scn->processes[0].clients[0].window, 3);
	CU_ASSERT_EQUAL(scn->processes[1].clients[1].window, 3);
	scenario_free(scn);
	CU_ASSERT_EQUAL_FATAL(load("name: x\n", "trace=here.trace"), 0);
	CU_ASSERT_STRING_EQUAL(scn->trace, "here.trace");
	CU_ASSERT_EQUAL(scenario_check_work(scn, &err), 0);
	scenario_free(scn);
	CU_ASSERT_EQUAL_FATAL(load("name: x\n", NULL), 0);
	CU_ASSERT_EQUAL(scenario_check_work(scn, &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(err.text, "nothing to do: no processes, no guests, no trace"));
	scenario_free(scn);
}

static void test_errors(void)
{
	static const struct {
		const char *text, *set, *message;
		int rc;
	} cases[] = {
		{"platform: spr\n", NULL, "key 'name': missing", -EINVAL},
		{sample, "zzz=1", "--set 'zzz=1': neither the scenario nor the platform", -EINVAL},
		{sample, "defaults.cd=1", "key 'defaults.cd': unknown key; did you mean 'cc'?",
		 -EINVAL},
		{sample, "processes[0].window=0", "0 is out of range: 1 to 1048576", -EINVAL},
		{sample, "processes[0].op=batch", "'batch' is no operation to generate", -EINVAL},
		{sample, "processes[0].op=memmove:0", "'memmove:0' is no operation", -EINVAL},
		{sample, "processes[0].op=memmove,,noop", "'' is no operation", -EINVAL},
		{sample, "processes[0].op=touch", "touch is for engine cpu", -EINVAL},
		{sample, "processes[0].size=0", "sizes go from 1 B to", -EINVAL},
		{sample, "processes[0].size=8 GiB", "sizes go from 1 B to", -EINVAL},
		{sample, "processes[0].size=4096", "'4096' is not of the form", -EINVAL},
		{sample, "processes[0].size=uniform:4 KiB", "is not of the form", -EINVAL},
		{sample, "processes[0].size=uniform:4 KiB:1 KiB", "the first size is above",
		 -EINVAL},
		{sample, "processes[0].size=mix:0x4 KiB:1x4 KiB", "is not of the form", -EINVAL},
		{sample, "processes[0].size=file:/none", "key 'processes[0].size': /none: No such",
		 -EINVAL},
		{sample, "processes[0].think=fast", "'fast' is not of the form", -EINVAL},
		{sample, "processes[0].wq=[]", "must be one queue or a list of 1 to 64", -EINVAL},
		{sample, "processes[0].page_size=8 KiB", "must be 4 KiB, 2 MiB or 1 GiB", -EINVAL},
		{sample, "processes[0].align=48 B", "must be a power of two", -EINVAL},
		{sample, "processes[0].ws=1 KiB", "is smaller than one operand", -EINVAL},
		{sample, "processes[0].count=0", "count or duration must be given", -EINVAL},
		{sample, "processes[0].loop=open", "loop open needs the arrivals' distance",
		 -EINVAL},
		{sample, "processes[0].split=3", "needs as many queues in wq", -EINVAL},
		{sample, "processes[0].engine=cpu", "a core has no batches", -EINVAL},
		{sample, "processes[1].clients[1].src_node=4", "4, but the platform has only 1",
		 -EINVAL},
		{sample, "processes[0].socket=1", "1, but the platform has only 1", -EINVAL},
		{sample, "processes[0].pattern=zigzag", "none of seq, random, same", -EINVAL},
		{sample, "accel_config[0].device=1", "1, but the platform has 1 device", -EINVAL},
		{sample, "accel_config=[{device: 0}]", "key 'accel_config[0].file': missing",
		 -EINVAL},
		{sample, "platform=none", "key 'platform': platform 'none': no such platform",
		 -EINVAL},
		{sample, "platform=none.yaml", "none.yaml: No such file", -EINVAL},
		{sample, "overrides=3", "must be a map of platform keys", -EINVAL},
		{sample, "overrides={dsa: {engine: 3}}", "unknown key; did you mean 'engines'?",
		 -EINVAL},
		{sample, "output.timeline_to=0.5", "needs a unit", -EINVAL},
		{sample, "output={timeline_from: 2 us, timeline_to: 1 us}", "is not behind",
		 -EINVAL},
		{sample, "seed=1.5", "is not a whole number", -EINVAL},
		{"name: x\nprocesses:\n  - threads: 0\n", NULL,
		 "s.yaml:3: key 'processes[0].threads': 0 is out of range", -EINVAL},
		{"name: x\nprocesses:\n  - clients:\n    - {}\n    - window: 1 ns\n", NULL,
		 "s.yaml:5: key 'processes[0].clients[1].window': '1 ns' is not a whole number",
		 -EINVAL},
	};
	u32 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = load(cases[i].text, cases[i].set);

		CU_ASSERT_EQUAL(rc, cases[i].rc);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].message));
		if (!strstr(err.text, cases[i].message))
			printf("\n%s\n  is: %s\n  not: %s\n", cases[i].set ? cases[i].set : "",
			       err.text, cases[i].message);
		if (!rc)
			scenario_free(scn);
	}
	CU_ASSERT_EQUAL(scenario_load(&scn, "/none.yaml", NULL, 0, &err), -ENOENT);
}

/* Damaged scenarios end in one line of text or load. */
static void test_mutations(void)
{
	char text[sizeof(sample)];
	struct sim_rng rng;
	u32 i, k, bad = 0;

	sim_rng_init(&rng, 5, "scenario");
	for (i = 0; i < 1500; i++) {
		memcpy(text, sample, sizeof(sample));
		for (k = 0; k < 1 + i % 3; k++)
			text[sim_rng_below(&rng, sizeof(sample) - 1)] =
				(char)(1 + sim_rng_below(&rng, 126));
		if (i % 6 == 0)
			text[sim_rng_below(&rng, sizeof(sample) - 1)] = 0;
		if (load(text, i % 4 ? NULL : "processes[*].window=3")) {
			bad++;
			CU_ASSERT_FATAL(err.text[0] && !strchr(err.text, '\n'));
			continue;
		}
		scenario_free(scn);
	}
	CU_ASSERT(bad > 300);
}

/* ---- Generators ---- */

static struct gen gen;

/* A client of a scenario with these keys. */
static const struct scn_client *client_of(const char *keys)
{
	char text[512];

	snprintf(text, sizeof(text), "name: g\nprocesses:\n  - { %s }\n", keys);
	if (load(text, NULL)) {
		printf("\n%s\n", err.text);
		CU_FAIL_FATAL("scenario");
	}
	return scn->processes[0].clients;
}

static void start(const char *keys)
{
	CU_ASSERT_EQUAL_FATAL(gen_init(&gen, client_of(keys), 1, "g", 0, &err), 0);
}

static void test_sizes(void)
{
	static const struct {
		const char *keys;
		u32 sizes[8];
	} cases[] = {
		{"size: 4 KiB, count: 3", {4096, 4096, 4096}},
		{"size: alt:16 KiB:512 B, run: 2, count: 6",
		 {16384, 16384, 512, 512, 16384, 16384}},
		{"size: first:1 MiB:64 B, count: 3", {1 << 20, 64, 64}},
		{"size: double:1 KiB:4 KiB, count: 5", {1024, 2048, 4096, 1024, 2048}},
		{"size: mix:2x1 KiB:1x4 KiB, count: 6", {1024, 1024, 4096, 1024, 1024, 4096}},
	};
	struct gen_op op;
	u32 i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(cases[i].keys);
		for (k = 0; cases[i].sizes[k]; k++) {
			CU_ASSERT_TRUE(gen_next(&gen, 0, &op));
			CU_ASSERT_EQUAL(op.size, cases[i].sizes[k]);
		}
		CU_ASSERT_FALSE(gen_next(&gen, 0, &op));
		scenario_free(scn);
	}
}

static void test_size_table(void)
{
	u32 counts[3] = {0}, i;
	struct gen_op op;

	put_file("sizes", "# size weight\n64 B 10\n\n4 KiB 30\n100 60\n");
	start("size: file:sizes, count: 100000");
	for (i = 0; gen_next(&gen, 0, &op); i++)
		counts[op.size == 64 ? 0 : op.size == 4096 ? 1 : 2]++;
	CU_ASSERT_EQUAL(i, 100000);
	CU_ASSERT(counts[0] > 9500 && counts[0] < 10500);
	CU_ASSERT(counts[1] > 29000 && counts[1] < 31000);
	scenario_free(scn);
	put_file("sizes", "64 B ten\n");
	CU_ASSERT_EQUAL(load("name: g\nprocesses: [{size: file:sizes}]\n", NULL), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "sizes:1: a size of 1 B to 4 GiB and its weight"));
	put_file("sizes", "64 B 0\n");
	CU_ASSERT_EQUAL(load("name: g\nprocesses: [{size: file:sizes}]\n", NULL), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "all weights of the file are 0"));
}

static void test_mix(void)
{
	u32 fills = 0, i;
	struct gen_op op;

	start("op: \"memmove:70,memfill:30\", count: 20000");
	for (i = 0; gen_next(&gen, 0, &op); i++)
		fills += op.opcode == 4;
	CU_ASSERT(fills > 5700 && fills < 6300);
	scenario_free(scn);
}

static void test_addresses(void)
{
	static u8 seen[1000];
	struct gen_op op;
	u64 last = 0;
	u32 i, descending = 0;

	start("size: 4 KiB, count: 4, offset: 100 B");
	for (i = 0; gen_next(&gen, 0, &op); i++) {
		CU_ASSERT_EQUAL(op.src, 100 + 4096 * i);
		CU_ASSERT_EQUAL(op.dst, op.src);
	}
	scenario_free(scn);
	/* Shuffled: each place once. */
	start("size: 1 KiB, count: 1000, pattern: random");
	for (i = 0; gen_next(&gen, 0, &op); i++) {
		CU_ASSERT_FATAL(op.src % 1024 == 0 && op.src / 1024 < 1000 && op.src == op.dst);
		CU_ASSERT_FATAL(!seen[op.src / 1024]++);
		descending += op.src < last;
		last = op.src;
	}
	CU_ASSERT(descending > 400 && descending < 600);
	scenario_free(scn);
	/* Around in the working set. */
	start("size: 1 KiB, count: 8, ws: 3 KiB");
	for (i = 0; gen_next(&gen, 0, &op); i++)
		CU_ASSERT_EQUAL(op.src, i % 3 * 1024);
	scenario_free(scn);
	start("size: 100 B, count: 50, align: 16 B, align_exact: yes");
	while (gen_next(&gen, 0, &op))
		CU_ASSERT_EQUAL(op.src % 32, 16);
	scenario_free(scn);
	/* Smaller ones lie anywhere in their place. */
	start("size: uniform:1 B:4 KiB, count: 640, pattern: random, align: 1 B");
	for (i = 0, descending = 0; gen_next(&gen, 0, &op); i++)
		descending += op.src % 64 == 0;
	CU_ASSERT(descending < 64);
	scenario_free(scn);
	start("size: 4 KiB, count: 50, reuse: one");
	while (gen_next(&gen, 9, &op))
		CU_ASSERT_EQUAL(op.src, 0);
	scenario_free(scn);
	start("size: 4 KiB, count: 50, reuse: slot, window: 4, loop: ring");
	for (i = 0; gen_next(&gen, i % 4, &op); i++)
		CU_ASSERT_EQUAL(op.dst, i % 4 * 4096);
	scenario_free(scn);
}

/* Nothing a generator draws lies outside the arrays it asked for. */
static void test_extents(void)
{
	static const char *const keys[] = {
		"size: uniform:1 B:70000 B, count: 2000",
		"size: uniform:1 B:70000 B, count: 2000, ws: 1 MiB",
		"size: uniform:1 B:9000 B, count: 2000, ws: 1 MiB, pattern: random, offset: 9 B",
		"size: uniform:1 B:9000 B, count: 2000, ws: 1 MiB, pattern: random, align: 1 B",
		"size: uniform:1 B:70000 B, count: 2000, alloc: malloc, ws: 100000 B",
		"size: uniform:1 B:70000 B, count: 2000, pattern_src: random, pattern_dst: same",
		"size: 65536 B, count: 999, align: 1 MiB, align_exact: yes",
		"size: 3 B, count: 999, reuse: burst, window: 7, batch: 5, loop: burst",
	};
	struct gen_op op;
	u32 i, k;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		start(keys[i]);
		for (k = 0; gen_next(&gen, k % 35, &op); k++) {
			CU_ASSERT_FATAL(op.src + op.size <= gen.extent.src);
			CU_ASSERT_FATAL(op.dst + op.size <= gen.extent.dst);
		}
		scenario_free(scn);
	}
	CU_ASSERT_EQUAL(gen_init(&gen, client_of("size: 1 GiB, count: 1000000"), 1, "g", 0, &err),
			-EINVAL);
	scenario_free(scn);
}

/* Threads draw from streams of their own, and the same ones every time. */
static void test_streams(void)
{
	const struct scn_client *c =
		client_of("size: uniform:1 B:1 MiB, think: exp:1 us, count: 9");
	struct gen a, b, again;
	struct gen_op x, y, z;
	u32 i, same = 0;

	CU_ASSERT_EQUAL(gen_init(&a, c, 1, "g", 0, &err), 0);
	CU_ASSERT_EQUAL(gen_init(&b, c, 1, "g", 1, &err), 0);
	CU_ASSERT_EQUAL(gen_init(&again, c, 1, "g", 0, &err), 0);
	for (i = 0; i < 9; i++) {
		gen_next(&a, 0, &x);
		gen_next(&b, 0, &y);
		gen_next(&again, 0, &z);
		CU_ASSERT_EQUAL(x.size, z.size);
		CU_ASSERT_EQUAL(gen_think(&a), gen_think(&again));
		same += x.size == y.size;
	}
	CU_ASSERT(same < 2);
	scenario_free(scn);
}

/* A scenario written down as a trace is a good trace with the same work. */
static void test_generate_trace(void)
{
	u64 records, members = 0, work = 0;
	struct trace_op op;
	struct trace *t;
	char out[96];
	int rc;

	snprintf(out, sizeof(out), "%s/g.trace.zst", dir);
	CU_ASSERT_EQUAL_FATAL(load(sample, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(generate_trace(scn, out, &records, &err), 0);
	CU_ASSERT_EQUAL_FATAL(trace_open(&t, out, &err), 0);
	while ((rc = trace_next(t, &op)) > 0) {
		members += op.instr == TRACE_MEMBER;
		work += op.op != 1;
	}
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT_EQUAL(trace_count(t), records);
	CU_ASSERT_EQUAL(trace_clients(t), 4);
	CU_ASSERT_EQUAL(trace_client(t, 0)->window, 8);
	CU_ASSERT_EQUAL(work, 4000);
	CU_ASSERT_EQUAL(members, 3000);
	trace_close(t);
	scenario_free(scn);
}

/* The scenarios that the project ships load, with the files they name. */
static void test_shipped(void)
{
	glob_t files;
	u32 i, k;

	CU_ASSERT_EQUAL_FATAL(glob("traces/scenarios/*.yaml", 0, NULL, &files), 0);
	CU_ASSERT(files.gl_pathc >= 10);
	for (i = 0; i < files.gl_pathc; i++) {
		int rc = scenario_load(&scn, files.gl_pathv[i], NULL, 0, &err);

		CU_ASSERT_EQUAL(rc, 0);
		if (rc) {
			printf("\n%s\n", err.text);
			continue;
		}
		if (scn->trace)
			CU_ASSERT_EQUAL(access(scn->trace, R_OK), 0);
		for (k = 0; k < scn->nconfigs; k++)
			CU_ASSERT_EQUAL(access(scn->configs[k].file, R_OK), 0);
		scenario_free(scn);
	}
	globfree(&files);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;
	char command[96];

	if (!mkdtemp(dir))
		return 1;
	CU_initialize_registry();
	suite = CU_add_suite("scenario", NULL, NULL);
	CU_add_test(suite, "load", test_load);
	CU_add_test(suite, "sets", test_sets);
	CU_add_test(suite, "errors", test_errors);
	CU_add_test(suite, "mutations", test_mutations);
	CU_add_test(suite, "sizes", test_sizes);
	CU_add_test(suite, "size table", test_size_table);
	CU_add_test(suite, "mix", test_mix);
	CU_add_test(suite, "addresses", test_addresses);
	CU_add_test(suite, "extents", test_extents);
	CU_add_test(suite, "streams", test_streams);
	CU_add_test(suite, "as a trace", test_generate_trace);
	CU_add_test(suite, "shipped scenarios", test_shipped);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) || failed != 0;
}
