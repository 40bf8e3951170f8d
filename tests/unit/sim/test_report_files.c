// SPDX-License-Identifier: GPL-2.0
/* What a report leaves on disk: results.json, tables, timeline; all of it or nothing. */
#include <CUnit/Basic.h>
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/proto.h"
#include "sim/report/report_priv.h"
#include "tests/unit/sim/report_world.h"

#define US 1000000ull

static char top[] = "/tmp/dsasim-report-XXXXXX";

static char *path(const char *name)
{
	static char buf[4][300];
	static u32 n;
	char *at = buf[n++ % 4];

	snprintf(at, sizeof(buf[0]), "%s/%s", top, name);
	return at;
}

static char *slurp(const char *file)
{
	FILE *in = fopen(file, "r");
	char *text = NULL;
	size_t len = 0;

	if (!in)
		return NULL;
	if (getdelim(&text, &len, 0, in) < 0) {
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

static void put_file(const char *file, const char *text)
{
	FILE *out = fopen(file, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fputs(text, out);
	fclose(out);
}

static u32 entries(const char *dir)
{
	DIR *d = opendir(dir);
	u32 n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void remove_all(const char *dir)
{
	char cmd[320];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CU_ASSERT_EQUAL(system(cmd), 0);
}

/* Ten moves of one client, the seventh into a page fault. */
static void fill(struct rep_world *w, const char *name)
{
	const struct report_wq_cfg wq = {.name = "front", .mode = "shared", .size = 16};
	u32 c = rep_client(w, name, 1);

	report_wq(w->r, 0, 1, &wq);
	report_start(w->r);
	for (u64 i = 0; i < 10; i++) {
		struct rep_unit u = rep_move(c, i * 2 * US);

		u.status = i == 7 ? 0x83 : 1;
		u.wq = i & 1;
		rep_depth(w, u.wq, 1);
		rep_do(w, &u);
		rep_depth(w, u.wq, 0);
		report_client_time(w->r, c, REPORT_WAIT, 1100000);
	}
	report_note(w->r, "a \"note\", with a comma");
	report_finish(w->r, 20 * US);
}

static json_object *at(json_object *o, const char *key)
{
	json_object *v = NULL;

	CU_ASSERT(json_object_object_get_ex(o, key, &v));
	return v;
}

static void json_says_what_happened(void)
{
	char *dir = path("json"), *text;
	struct cfg_error err;
	struct rep_world w;
	json_object *root, *o;

	rep_new(&w, dir, false);
	fill(&w, "a");
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
	rep_free(&w);
	text = slurp(path("json/results.json"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	/* Of files only the base name, of the machine nothing. */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"test.yaml\""));
	CU_ASSERT_PTR_NULL(strstr(text, "/some/where"));
	CU_ASSERT_PTR_NULL(strstr(text, top));
	root = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_STRING_EQUAL(json_object_get_string(at(root, "format")), "dsasim-results");
	o = at(root, "totals");
	CU_ASSERT_EQUAL(json_object_get_uint64(at(o, "bytes")), 40960);
	CU_ASSERT_EQUAL(json_object_get_uint64(at(o, "bytes_per_s")), 2048000000);
	CU_ASSERT_EQUAL(json_object_get_uint64(at(o, "errors")), 1);
	CU_ASSERT_EQUAL(json_object_get_uint64(at(at(o, "time_ps"), "wait")), 11000000);
	o = at(root, "latency");
	CU_ASSERT_EQUAL(json_object_get_uint64(at(o, "p50_ps")), 1200000);
	o = at(at(root, "stages"), "stages");
	CU_ASSERT_EQUAL(json_object_array_length(o), STAGE_COUNT);
	CU_ASSERT_EQUAL(json_object_array_length(at(root, "wqs")), 2);
	o = json_object_array_get_idx(at(root, "devices"), 0);
	CU_ASSERT_EQUAL(json_object_array_length(at(o, "statuses")), 2);
	o = json_object_array_get_idx(at(o, "statuses"), 1);
	CU_ASSERT_STRING_EQUAL(json_object_get_string(at(o, "code")), "0x83");
	CU_ASSERT_STRING_EQUAL(json_object_get_string(at(o, "name")), "page fault on a write");
	CU_ASSERT(json_object_get_boolean(at(at(root, "checks"), "passed")));
	json_object_put(root);
	free(text);
	remove_all(dir);
}

/* True for two files with the same bytes, at least a hundred. */
static bool same_files(const char *a, const char *b)
{
	FILE *x = fopen(a, "r"), *y = fopen(b, "r");
	bool same = x && y;
	u32 n = 0;
	int c = 0;

	while (same && c != EOF) {
		c = getc(x);
		same = c == getc(y);
		n++;
	}
	if (x)
		fclose(x);
	if (y)
		fclose(y);
	return same && n > 100;
}

static void same_run_same_bytes(void)
{
	static const char *const files[] = {"results.json", "clients.csv", "resources.csv",
					    "timeline.perfetto-trace"};
	struct cfg_error err;
	struct rep_world w;

	for (u32 i = 0; i < 2; i++) {
		rep_new(&w, path(i ? "second" : "first"), true);
		fill(&w, "a");
		CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
		rep_free(&w);
	}
	for (u32 i = 0; i < 4; i++) {
		char one[60], two[60];

		snprintf(one, sizeof(one), "first/%s", files[i]);
		snprintf(two, sizeof(two), "second/%s", files[i]);
		CU_ASSERT(same_files(path(one), path(two)));
	}
	remove_all(path("first"));
	remove_all(path("second"));
}

/* Fields of a CSV line, quotes heeded. */
static u32 columns(const char *line)
{
	u32 n = 1;
	bool quoted = false;

	for (; *line && (quoted || *line != '\n'); line++) {
		if (*line == '"')
			quoted = !quoted;
		n += *line == ',' && !quoted;
	}
	return n;
}

static void tables_are_rectangular(void)
{
	const struct report_guest_cfg guest = {.name = "vm, 1",
					       .home = "kernel-mdev",
					       .memory_mode = "pinned",
					       .interrupts = "remapped",
					       .nvdevs = 1};
	struct cfg_error err;
	struct rep_world w;
	char *text;

	rep_new(&w, path("csv"), false);
	CU_ASSERT_EQUAL(report_guest(w.r, &guest), 1);
	report_vdev(w.r, 1, 0, "dsa-1dwq-v1", "wq0.0");
	fill(&w, "one, \"two\"");
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
	rep_free(&w);
	for (u32 i = 0; report_tables[i].file; i++) {
		char name[60];
		u32 rows = 0, width;

		snprintf(name, sizeof(name), "csv/%s", report_tables[i].file);
		text = slurp(path(name));
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		width = columns(text);
		for (char *line = text; *line; line = strchr(line, '\n') + 1) {
			CU_ASSERT_EQUAL(columns(line), width);
			rows++;
		}
		CU_ASSERT(rows >= 2);
		free(text);
	}
	text = slurp(path("csv/clients.csv"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n1,\"one, \"\"two\"\"\",proc,proc,wq0.0,0,10,10,"));
	free(text);
	remove_all(path("csv"));
}

static void directories_are_made(void)
{
	struct cfg_error err;
	struct rep_world w;
	struct stat st;
	mode_t mask = umask(027);

	rep_new(&w, path("x/y/z///"), true);
	fill(&w, "a");
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
	rep_free(&w);
	CU_ASSERT_EQUAL(entries(path("x/y")), 1);
	CU_ASSERT_EQUAL(entries(path("x/y/z")), 14);
	CU_ASSERT_EQUAL(stat(path("x/y/z"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0750);
	CU_ASSERT_EQUAL(stat(path("x/y/z/timeline.perfetto-trace"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	umask(mask);
	remove_all(path("x"));
}

static void earlier_results_give_way(void)
{
	struct cfg_error err;
	struct rep_world w;
	char *text;

	mkdir(path("old"), 0777);
	put_file(path("old/results.json"), "stale");
	put_file(path("old/timeline.perfetto-trace"), "stale");
	put_file(path("old/mine.txt"), "keep");
	rep_new(&w, path("old"), false);
	fill(&w, "a");
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
	rep_free(&w);
	text = slurp(path("old/results.json"));
	CU_ASSERT(text && text[0] == '{');
	free(text);
	text = slurp(path("old/mine.txt"));
	CU_ASSERT_STRING_EQUAL(text, "keep");
	free(text);
	/* The timeline was another run's. */
	CU_ASSERT_NOT_EQUAL(access(path("old/timeline.perfetto-trace"), F_OK), 0);
	CU_ASSERT_EQUAL(entries(path("old")), 14);
	remove_all(path("old"));
}

static void failures_leave_things_alone(void)
{
	struct cfg_error err;
	struct rep_world w;
	char *text;

	/* A file where the directory should be. */
	put_file(path("file"), "here");
	rep_new(&w, path("file"), false);
	fill(&w, "a");
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), -ENOTDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path("file")));
	CU_ASSERT_EQUAL(report_write(w.r, path("file/below"), &err), -ENOTDIR);
	/* A directory where a result should be. */
	mkdir(path("dir"), 0777);
	mkdir(path("dir/wqs.csv"), 0777);
	put_file(path("dir/results.json"), "old");
	CU_ASSERT_EQUAL(report_write(w.r, path("dir"), &err), -EISDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "wqs.csv"));
	CU_ASSERT_EQUAL(entries(path("dir")), 2);
	text = slurp(path("dir/results.json"));
	CU_ASSERT_STRING_EQUAL(text, "old");
	free(text);
	rep_free(&w);
	CU_ASSERT_EQUAL(entries(top), 2);
	unlink(path("file"));
	remove_all(path("dir"));
}

/* No room: here a limit on the size of files, which fails writes as a full disk does. */
static void no_room_leaves_nothing(void)
{
	struct rlimit was, little;
	struct cfg_error err;
	struct rep_world w;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	rep_new(&w, path("made/full"), true);
	fill(&w, "a");
	little = was;
	little.rlim_cur = 500;
	setrlimit(RLIMIT_FSIZE, &little);
	rc = report_write(w.r, NULL, &err);
	setrlimit(RLIMIT_FSIZE, &was);
	CU_ASSERT_EQUAL(rc, -EFBIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "made/full/results.json: File too large"));
	CU_ASSERT_EQUAL(entries(top), 0);
	/* With room again it goes through. */
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), 0);
	CU_ASSERT_EQUAL(entries(path("made/full")), 14);
	rep_free(&w);
	remove_all(path("made"));
}

static void a_full_disk_stops_the_timeline(void)
{
	struct rlimit was, little;
	struct cfg_error err;
	struct rep_world w;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	rep_new(&w, path("line"), true);
	little = was;
	little.rlim_cur = 500;
	setrlimit(RLIMIT_FSIZE, &little);
	fill(&w, "a");
	setrlimit(RLIMIT_FSIZE, &was);
	CU_ASSERT_EQUAL(report_write(w.r, NULL, &err), -EFBIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "timeline.perfetto-trace"));
	rep_free(&w);
	CU_ASSERT_EQUAL(entries(top), 0);
}

static void an_unwritten_timeline_is_gone(void)
{
	struct rep_world w;

	rep_new(&w, path("never"), true);
	fill(&w, "a");
	rep_free(&w);
	CU_ASSERT_EQUAL(entries(top), 0);
}

static void message_lengths(void)
{
	static const size_t lens[] = {0, 1, 127, 128, 300, 16383, 16384, 20000};
	static u8 buf[30000];

	for (u32 i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		u8 *body = proto_open(buf, 1), *end, *p = buf + 1;
		size_t len = 0, shift = 0;

		for (size_t k = 0; k < lens[i]; k++)
			body[k] = (u8)(k * 7);
		end = proto_close(body, body + lens[i]);
		CU_ASSERT_EQUAL(buf[0], 0x0a);
		do {
			len |= (size_t)(*p & 0x7f) << shift;
			shift += 7;
		} while (*p++ & 0x80);
		CU_ASSERT_EQUAL(len, lens[i]);
		CU_ASSERT_PTR_EQUAL(p + len, end);
		for (size_t k = 0; k < len; k++)
			if (p[k] != (u8)(k * 7))
				CU_FAIL("body moved wrongly");
	}
	CU_ASSERT_EQUAL(proto_varint(buf, SIM_NEVER) - buf, 10);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{"json_says_what_happened", json_says_what_happened},
		{"same_run_same_bytes", same_run_same_bytes},
		{"tables_are_rectangular", tables_are_rectangular},
		{"directories_are_made", directories_are_made},
		{"earlier_results_give_way", earlier_results_give_way},
		{"failures_leave_things_alone", failures_leave_things_alone},
		{"no_room_leaves_nothing", no_room_leaves_nothing},
		{"a_full_disk_stops_the_timeline", a_full_disk_stops_the_timeline},
		{"an_unwritten_timeline_is_gone", an_unwritten_timeline_is_gone},
		{"message_lengths", message_lengths},
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {{"report files", NULL, NULL, NULL, NULL, tests},
				 CU_SUITE_INFO_NULL};
	unsigned int failed;

	if (!mkdtemp(top) || CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	rmdir(top);
	return failed ? 1 : 0;
}
