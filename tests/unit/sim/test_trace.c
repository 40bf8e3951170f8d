// SPDX-License-Identifier: GPL-2.0
// Tests of the trace format: reader, writer, packing, damaged files, conversion of recordings.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/core/rng.h"
#include "sim/scenario/cfg.h"
#include "sim/workload/capture.h"
#include "sim/workload/trace.h"
#include "sim/workload/trace_stat.h"

static struct cfg_error err;
static char dir[] = "/tmp/dsasim-trace-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[2][96];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

static const char *put_file(const char *name, const char *text, size_t len)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "wb");

	CU_ASSERT_FATAL(file && fwrite(text, 1, len, file) == len);
	fclose(file);
	return path;
}

static size_t get_file(const char *name, char *buf, size_t size)
{
	FILE *file = fopen(path_of(name), "rb");
	size_t len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	len = fread(buf, 1, size, file);
	fclose(file);
	return len;
}

/* Reads a whole trace; returns the last result, its records in @ops. */
static int read_all(const char *path, struct trace_op *ops, u32 max, u32 *count, char *error)
{
	struct trace_op op;
	struct trace *t;
	int rc;

	*count = 0;
	rc = trace_open(&t, path, &err);
	if (rc) {
		if (error)
			strcpy(error, err.text);
		return rc;
	}
	while ((rc = trace_next(t, &op)) > 0) {
		if (*count < max)
			ops[*count] = op;
		++*count;
	}
	if (error)
		strcpy(error, rc ? trace_error(t) : "");
	if (rc) { /* an error stays */
		CU_ASSERT_EQUAL(trace_next(t, &op), rc);
	}
	trace_close(t);
	return rc;
}

static int read_text(const char *text, struct trace_op *ops, u32 max, u32 *count, char *error)
{
	return read_all(put_file("t.trace", text, strlen(text)), ops, max, count, error);
}

#define HEAD "dsasim-trace 1\ncolumns think client wq instr op flags comp src dst size\n"

static void test_read(void)
{
	static const char text[] =
		"dsasim-trace 1\n# comment\n\ndefault status=0x01\n"
		"client * window=4 loop=ring\nclient 3.1 window=2 loop=burst wait=umwait page=2MiB "
		"start=5us records=1\nregion 3 0x10000000 64MiB page=2MiB node=1\n"
		"columns think client wq instr op flags comp src dst size\n"
		"250ns 3.1 wq1.7 movdir64b memmove 0x10c 0x10 0x20 0x30 4KiB status=0x83 bytes=12\n"
		"\t1.5us  0.0 - enqcmd compare 0xc 0xffffffffffffffff 0 0x1 17 expect=1 w6=0x5\r\n"
		"0 0.0 wq0.1 enqcmds batch 0x0 0x40 0x50 0 2 bytes=2\n"
		"- - - member 0x1f 0xffffff 0x60 0 0 4294967295 inth=65535 rsvd=3 "
		"word0=0x80000001\n"
		"- - - member dualcast 0x4 0x60 1 2 8 dst2=0x70\n"
		"# more\nend 5\n";
	struct trace_op op[8];
	u32 n;

	/* `src` and `dst` of the last member are decimal: an address is hexadecimal. */
	CU_ASSERT_EQUAL(read_text(text, op, 8, &n, NULL), -EINVAL);
	CU_ASSERT_EQUAL(n, 4);
	CU_ASSERT_EQUAL(op[0].time, 250000);
	CU_ASSERT_EQUAL(op[0].wq_device, 1);
	CU_ASSERT_EQUAL(op[0].wq, 7);
	CU_ASSERT_EQUAL(op[0].instr, TRACE_MOVDIR64B);
	CU_ASSERT_EQUAL(op[0].op, 3);
	CU_ASSERT_EQUAL(op[0].flags, 0x10c);
	CU_ASSERT_EQUAL(op[0].size, 4096);
	CU_ASSERT_EQUAL(op[0].status, 0x83);
	CU_ASSERT_EQUAL(op[0].bytes, 12);
	CU_ASSERT_EQUAL(op[0].client, 0);
	CU_ASSERT_EQUAL(op[0].line, 9);
	CU_ASSERT_TRUE(op[0].last);
	CU_ASSERT_EQUAL(op[1].time, 1500000);
	CU_ASSERT_EQUAL(op[1].wq, TRACE_NO_WQ);
	CU_ASSERT_EQUAL(op[1].comp, ~0ull);
	CU_ASSERT_EQUAL(op[1].w5, 1);
	CU_ASSERT_EQUAL(op[1].w6, 5);
	CU_ASSERT_EQUAL(op[1].status, 1);
	CU_ASSERT_EQUAL(op[1].client, 1);
	CU_ASSERT_EQUAL(op[2].listed, 2);
	CU_ASSERT_FALSE(op[2].last);
	CU_ASSERT_EQUAL(op[3].op, 0x1f);
	CU_ASSERT_EQUAL(op[3].client, 1);
	CU_ASSERT_EQUAL(op[3].wq, 1);
	CU_ASSERT_EQUAL(op[3].size, 0xffffffff);
	CU_ASSERT_EQUAL(op[3].inth, 65535);
	CU_ASSERT_EQUAL(op[3].word0, 0x80000001);
	CU_ASSERT_FALSE(op[3].last);
}

static void test_clients(void)
{
	static const char text[] =
		"dsasim-trace 1\nclient * window=4 loop=ring\n"
		"client 3.1 window=2 loop=burst wait=umwait page=2MiB start=5us records=1\n"
		"region 3 0x10000000 64MiB page=2MiB node=1\n"
		"columns t op size client\n2us noop 0 3.1\n1us noop 0 0.7\nend\n";
	struct trace_op op;
	struct trace *t;

	CU_ASSERT_EQUAL_FATAL(trace_open(&t, put_file("t", text, strlen(text)), &err), 0);
	CU_ASSERT_EQUAL(trace_next(t, &op), 1);
	CU_ASSERT_EQUAL(op.timing, TRACE_ARRIVAL);
	CU_ASSERT_EQUAL(op.flags, 0xc);
	CU_ASSERT_TRUE(op.auto_record);
	CU_ASSERT_EQUAL(trace_next(t, &op), 1);
	CU_ASSERT_EQUAL(op.client, 1);
	CU_ASSERT_EQUAL(trace_next(t, &op), 0);
	CU_ASSERT_EQUAL(trace_next(t, &op), 0);
	CU_ASSERT_EQUAL(trace_clients(t), 2);
	CU_ASSERT_EQUAL(trace_client(t, 0)->window, 2);
	CU_ASSERT_EQUAL(trace_client(t, 0)->loop, TRACE_BURST);
	CU_ASSERT_EQUAL(trace_client(t, 0)->wait, TRACE_UMWAIT);
	CU_ASSERT_EQUAL(trace_client(t, 0)->page_size, 2 << 20);
	CU_ASSERT_EQUAL(trace_client(t, 0)->start, 5 * PS_PER_US);
	CU_ASSERT_EQUAL(trace_client(t, 1)->thr, 7);
	CU_ASSERT_EQUAL(trace_client(t, 1)->window, 4);
	CU_ASSERT_FALSE(trace_client(t, 1)->declared);
	CU_ASSERT_EQUAL_FATAL(trace_regions(t), 1);
	CU_ASSERT_EQUAL(trace_region(t, 0)->len, 64 << 20);
	CU_ASSERT_EQUAL(trace_region(t, 0)->node, 1);
	trace_close(t);
}

static void test_errors(void)
{
	static const char *const cases[][2] = {
		{"", ":1: the file is empty"},
		{"n,t_ns\n", ":1:1: 'dsasim-trace 1' expected as the first line, not 'n,t_ns'"},
		{"dsasim-trace 2\n", ":1:14: version 1 expected, not '2'"},
		{"dsasim-trace\n", ":1:13: version 1 expected, not the end of the line"},
		{"dsasim-trace 1\n", ":2: the file ends before the line 'columns'"},
		{"dsasim-trace 1\ncolumn op\n",
		 ":2:1: client, region, default or columns expected"},
		{"dsasim-trace 1\ncolumns op\n", "at least the columns op and size"},
		{"dsasim-trace 1\ncolumns op size op\n", ":2:17: each column once"},
		{"dsasim-trace 1\ncolumns op sizes\n", ":2:12: a column expected"},
		{"dsasim-trace 1\nclient 0\n", ":2:8: a client PROCESS.THREAD or * expected"},
		{"dsasim-trace 1\nclient 0.0\nclient 0.0\n", ":3:8: each client once"},
		{"dsasim-trace 1\nclient 0.0\nclient *\n", "comes before all other"},
		{"dsasim-trace 1\nclient 0.0 window=0\n", ":2:19: a window of 1 to"},
		{"dsasim-trace 1\nclient 0.0 window=3x\n", ":2:19: one value expected"},
		{"dsasim-trace 1\nclient 0.0 loop=round\n", "sync, ring, burst or open"},
		{"dsasim-trace 1\nclient 0.0 page=3KiB\n", "a page size expected"},
		{"dsasim-trace 1\nclient 0.0 colour=3\n", ":2:12: window=, loop="},
		{"dsasim-trace 1\nregion 0 0x10\n", "a length expected"},
		{"dsasim-trace 1\nregion 0 0xffffffffffffffff 2B\n", "a length expected"},
		{"dsasim-trace 1\ndefault status=0x100\n", "status=0x01 expected"},
		{HEAD "5 0.0 - enqcmd noop 0 0 0 0 0\nend\n", ":3:1: a think time expected"},
		{HEAD "5ns 0 - enqcmd noop 0 0 0 0 0\nend\n", ":3:5: a client expected"},
		{HEAD "5ns 0.0 wq0 enqcmd noop 0 0 0 0 0\nend\n", ":3:9: a work queue"},
		{HEAD "5ns 0.0 - call noop 0 0 0 0 0\nend\n", ":3:11: an instruction"},
		{HEAD "5ns 0.0 - enqcmd copy 0 0 0 0 0\nend\n", ":3:18: an operation"},
		{HEAD "5ns 0.0 - enqcmd noop 12 0 0 0 0\nend\n", ":3:23: flags expected"},
		{HEAD "5ns 0.0 - enqcmd noop 0x1000000 0 0 0 0\nend\n", ":3:23: flags"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0xg 0 0 0\nend\n", ":3:25: a completion"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0x11112222333344445 0 0\nend\n", "a source"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 4294967296\nend\n", "a size expected"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0\nend\n",
		 ":3:30: a size expected (4096, 4KiB), not the end of the line"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0 x=1\nend\n", ":3:33: name=value"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0 dst2=1\nend\n", "that this operation has"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0 status=256\nend\n", "up to 0xff"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0 w5=1 w5=2\nend\n", "each extra once"},
		{HEAD "5ns - - enqcmd noop 0 0 0 0 0\nend\n", "'-' is only for members"},
		{HEAD "- - - member noop 0 0 0 0 0\nend\n", "no batch is open"},
		{HEAD "5ns 0.0 - enqcmd batch 0 0 0 0 2\n- - - member noop 0 0 0 0 0\nend\n",
		 "member 2 of 2 of the batch in line 3 expected"},
		{HEAD "5ns 0.0 - enqcmd batch 0 0 0 0 2\n5ns 0.0 - enqcmd noop 0 0 0 0 0\nend\n",
		 ":4:1: member 1 of 2 of the batch in line 3 expected"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0\n",
		 ":4: the line 'end' is missing: the trace was cut off; the last good line is 3"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0\n5ns 0.0",
		 ":4: the file ends in the middle of a line; the last good line is 3"},
		{HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0\nend 2\n",
		 "1 records, but the last line says 2"},
		{HEAD "end\nx\n", "nothing behind the line 'end'"},
		{"dsasim-trace 1\nclient 0.0 records=2\ncolumns op size\nnoop 0\nend\n",
		 "client 0.0 has 1 records, but declares 2"},
		{"dsasim-trace 1\ncolumns t op size\n5ns noop 0\n4ns noop 0\nend\n",
		 ":4:1: arrival times in ascending order"},
	};
	struct trace_op op[4];
	char error[400];
	u32 i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = read_text(cases[i][0], op, 4, &n, error);

		CU_ASSERT_EQUAL(rc, -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i][1]));
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
		if (!strstr(error, cases[i][1]))
			printf("\n%s\n  is: %s\n  not: %s\n", cases[i][0], error, cases[i][1]);
	}
}

static void random_op(struct sim_rng *rng, struct trace_op *op, u32 clients)
{
	*op = (struct trace_op){
		.time = sim_rng_below(rng, 3) ? sim_rng_below(rng, PS_PER_S) / 1000 * 1000
					      : sim_rng_below(rng, PS_PER_S),
		.src = sim_rng_u64(rng) >> sim_rng_below(rng, 64),
		.dst = sim_rng_u64(rng) >> sim_rng_below(rng, 64),
		.comp = sim_rng_u64(rng) >> sim_rng_below(rng, 64),
		.client = (u32)sim_rng_below(rng, clients),
		.size = (u32)(sim_rng_u64(rng) >> 32 >> sim_rng_below(rng, 32)),
		.flags = (u32)sim_rng_u64(rng) & 0xffffff,
		.op = (u8)(2 + sim_rng_below(rng, 254)),
		.instr = (u8)sim_rng_below(rng, TRACE_MEMBER),
		.wq_device = TRACE_NO_WQ,
		.wq = TRACE_NO_WQ,
		.status = (u8)sim_rng_u64(rng),
		.last = 1,
	};
	if (sim_rng_below(rng, 2)) {
		op->wq_device = (u16)sim_rng_below(rng, 8);
		op->wq = (u16)sim_rng_below(rng, 8);
	}
	if (sim_rng_below(rng, 2)) {
		op->w5 = sim_rng_u64(rng);
		op->w6 = sim_rng_u64(rng);
		op->w7 = sim_rng_u64(rng);
		op->bytes = (u32)sim_rng_u64(rng);
		op->result = (u8)sim_rng_u64(rng);
		op->inth = (u16)sim_rng_u64(rng);
		op->rsvd = (u16)sim_rng_u64(rng);
		op->word0 = (u32)sim_rng_u64(rng);
	}
}

#define MANY 3000

/* What is written is read again, in every packing. */
static void test_round_trip(void)
{
	static const char *const names[] = {"a.trace", "a.trace.gz", "a.trace.zst"};
	static struct trace_op ops[MANY], back[MANY];
	struct trace_client client = {.window = 7, .loop = TRACE_RING, .wait = TRACE_INTERRUPT};
	struct trace_writer *w;
	struct sim_rng rng;
	u32 i, k, n, left = 0;

	for (k = 0; k < 3; k++) {
		sim_rng_init(&rng, k, "round trip");
		CU_ASSERT_EQUAL_FATAL(trace_write_open(&w, path_of(names[k]), &err), 0);
		CU_ASSERT_EQUAL(trace_write_comment(w, "made by a test"), 0);
		CU_ASSERT_EQUAL(trace_write_default_status(w, 1), 0);
		for (i = 0; i < 5; i++) {
			client.thr = i;
			CU_ASSERT_EQUAL(trace_write_client(w, &client), (int)i);
		}
		for (i = 0; i < MANY; i++) {
			random_op(&rng, &ops[i], 5);
			if (left) {
				ops[i].instr = TRACE_MEMBER;
				ops[i].time = 0;
				ops[i].client = ops[i - 1].client;
				ops[i].wq_device = ops[i - 1].wq_device;
				ops[i].wq = ops[i - 1].wq;
				ops[i].member = ops[i - 1].instr == TRACE_MEMBER
							? ops[i - 1].member + 1
							: 0;
				ops[i].last = !--left;
			} else if (i < MANY - 100 && !sim_rng_below(&rng, 20)) {
				ops[i].op = 1;
				ops[i].listed = left = 1 + (u32)sim_rng_below(&rng, 40);
				ops[i].size = sim_rng_below(&rng, 2) ? left : left + 3;
				ops[i].last = 0;
			}
			CU_ASSERT_EQUAL_FATAL(trace_write_op(w, &ops[i]), 0);
		}
		CU_ASSERT_EQUAL_FATAL(trace_write_close(w, &err), 0);
		CU_ASSERT_EQUAL(read_all(path_of(names[k]), back, MANY, &n, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(n, MANY);
		for (i = 0; i < MANY; i++) {
			back[i].line = ops[i].line;
			CU_ASSERT_FATAL(!memcmp(&back[i], &ops[i], sizeof(ops[i])));
		}
	}
}

static void test_writer_misuse(void)
{
	struct trace_client client = {.window = 1};
	struct trace_op op = {.op = 3, .wq = TRACE_NO_WQ, .wq_device = TRACE_NO_WQ};
	struct trace_writer *w;
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(trace_write_open(&w, path_of("m.trace"), &err), 0);
	trace_write_client(w, &client);
	op.instr = TRACE_MEMBER;
	CU_ASSERT_EQUAL(trace_write_op(w, &op), -EINVAL);
	CU_ASSERT_EQUAL(trace_write_close(w, &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "a member without its batch"));
	CU_ASSERT_NOT_EQUAL(stat(path_of("m.trace"), &st), 0);

	CU_ASSERT_EQUAL_FATAL(trace_write_open(&w, path_of("m.trace"), &err), 0);
	trace_write_client(w, &client);
	op.instr = TRACE_ENQCMD;
	op.op = 1;
	op.size = op.listed = 2;
	CU_ASSERT_EQUAL(trace_write_op(w, &op), 0);
	CU_ASSERT_EQUAL(trace_write_close(w, &err), -EINVAL);
	CU_ASSERT_NOT_EQUAL(stat(path_of("m.trace"), &st), 0);

	CU_ASSERT_EQUAL(trace_write_open(&w, "/nonexistent/x.trace", &err), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(trace_write_open(&w, "/dev/full", &err), 0);
	CU_ASSERT_EQUAL(trace_write_close(w, &err), -ENOSPC);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/dev/full: No space left"));
}

/* A packed or plain trace that is cut anywhere is refused, with the last good line. */
static void test_cut(void)
{
	static const char *const names[] = {"a.trace", "a.trace.gz", "a.trace.zst"};
	static char buf[1 << 20];
	struct sim_rng rng;
	char error[400];
	size_t len, cut;
	u32 i, k, n;

	sim_rng_init(&rng, 3, "cut");
	for (k = 0; k < 3; k++) {
		len = get_file(names[k], buf, sizeof(buf));
		for (i = 0; i < 60; i++) {
			cut = i < 10 ? len - 1 - i : sim_rng_below(&rng, len);
			CU_ASSERT_EQUAL(read_all(put_file("cut", buf, cut), NULL, 0, &n, error),
					-EINVAL);
			CU_ASSERT_FATAL(strlen(error) > 10);
			if (n)
				CU_ASSERT_FATAL(strstr(error, "cut off") || strstr(error, "good") ||
						strstr(error, "expected"));
		}
	}
}

/* Damaged traces: an error or a trace, never a crash; packed ones always an error. */
static void test_mutations(void)
{
	static char good[1 << 20], buf[1 << 20];
	struct sim_rng rng;
	char error[400];
	u32 i, k, n, bad = 0;
	size_t len;

	sim_rng_init(&rng, 9, "mutations");
	len = get_file("a.trace", good, sizeof(good));
	len = len > 20000 ? 20000 : len;
	for (i = 0; i < 3000; i++) {
		memcpy(buf, good, len);
		for (k = 0; k < 1 + i % 5; k++)
			buf[sim_rng_below(&rng, i % 3 ? 600 : len)] =
				(char)sim_rng_below(&rng, 256);
		bad += read_all(put_file("mut", buf, len), NULL, 0, &n, error) != 0;
	}
	CU_ASSERT_EQUAL(bad, 3000); /* it is cut, too */
	len = get_file("a.trace.zst", good, sizeof(good));
	for (i = 0, bad = 0; i < 200; i++) {
		memcpy(buf, good, len);
		buf[8 + sim_rng_below(&rng, len - 8)] ^= (char)(1 + sim_rng_below(&rng, 255));
		bad += read_all(put_file("mut.zst", buf, len), NULL, 0, &n, error) != 0;
	}
	CU_ASSERT_EQUAL(bad, 200);
}

/* trace check goes on behind a bad record. */
static void test_check(void)
{
	static const char text[] = HEAD "5ns 0.0 - enqcmd noop 0 0 0 0 0\n"
					"5ns 0.0 - enqcmd nop 0 0 0 0 0\n"
					"5 0.0 - enqcmd noop 0 0 0 0 0\n"
					"5ns 0.0 - enqcmd noop 0 0 0 0 0\nend 4\n";
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);
	u64 records;
	u32 clients;

	CU_ASSERT_EQUAL(
		trace_check(put_file("c", text, strlen(text)), 20, file, &records, &clients), 2);
	fclose(file);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, ":4:18: an operation expected"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, ":5:1: a think time expected"));
	free(out);
}

/* ---- Recordings ---- */

#define CSV                                                                                        \
	"n,t_ns,emu_ns,proc,thr,wq,instr,enq,parent,op,flags,pasid,comp,src,dst,size,w5,w6,w7,"    \
	"inth,status,result,bytes\n"

static struct capture_summary sum;

static int convert(const char *text, const struct capture_options *opt)
{
	const char *in = put_file("in.csv", text, strlen(text));

	return capture_convert(in, path_of("out.trace"), opt, &sum, &err);
}

static void test_convert(void)
{
	static const char text[] =
		CSV "0,0,5000,0,0,wq0.0,enqcmd,ok,,03,10c,0,1000,2000,3000,4096,0,0,0,0,83,0,12\n"
		    "1,9000,10,0,0,wq0.0,enqcmd,ok,,05,c,0,1000,2000,3000,64,1,0,0,0,01,1,7\n"
		    "2,9050,10,2,1,wq0.1,movdir64b,,,01,c,0,1000,4000,0,2,0,0,0,0,05,0,1\n"
		    "3,9050,0,2,1,,batch,,2,04,104,0,1020,-1,5000,128,0,0,0,0,01,0,0\n"
		    "4,9200,10,0,0,wq0.0,enqcmd,ok,,09,c,0,1000,2000,3000,64,beef,0,0,0,01,0,0\n";
	static const struct capture_options opt = {.origin = "a test"};
	struct trace_op op[8];
	struct trace *t;
	u32 n;

	CU_ASSERT_EQUAL_FATAL(convert(text, &opt), 0);
	CU_ASSERT_EQUAL(sum.records, 5);
	CU_ASSERT_EQUAL(sum.clients, 2);
	CU_ASSERT_EQUAL_FATAL(read_all(path_of("out.trace"), op, 8, &n, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(n, 5);
	CU_ASSERT_EQUAL(op[0].time, 0);
	CU_ASSERT_EQUAL(op[0].status, 0x83);
	CU_ASSERT_EQUAL(op[1].time, 3900 * PS_PER_NS); /* 9000 - 5000 - 100 */
	CU_ASSERT_EQUAL(op[1].w5, 1);
	CU_ASSERT_EQUAL(op[2].listed, 1); /* a fence stopped it */
	CU_ASSERT_EQUAL(op[2].size, 2);
	CU_ASSERT_EQUAL(op[3].src, ~0ull);
	CU_ASSERT_EQUAL(op[4].time, 90 * PS_PER_NS); /* 200 - 10 - 100 */
	CU_ASSERT_EQUAL(op[4].w5, 0xbeef);
	CU_ASSERT_EQUAL_FATAL(trace_open(&t, path_of("out.trace"), &err), 0);
	CU_ASSERT_EQUAL(trace_client(t, 0)->window, 1);
	CU_ASSERT_EQUAL(trace_client(t, 1)->start, 9050 * PS_PER_NS);
	trace_close(t);
}

/* One more completion record than the queue has entries; bursts; what --window says. */
static void test_windows(void)
{
	static const struct {
		u32 records, units, window, loop, option;
	} cases[] = {
		{1, 50, 1, TRACE_SYNC, 0},    {129, 400, 128, TRACE_RING, 0},
		{33, 400, 32, TRACE_RING, 0}, {12, 36, 12, TRACE_BURST, 0},
		{12, 12, 12, TRACE_BURST, 0}, {500, 500, 128, TRACE_RING, 0},
		{1, 50, 9, TRACE_RING, 9},
	};
	static char text[200000];
	struct capture_options opt = {0};
	struct trace *t;
	u32 i, k;
	int len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = sprintf(text, CSV);
		for (k = 0; k < cases[i].units; k++)
			len += sprintf(
				text + len,
				"%u,%u,1,0,0,wq0.0,movdir64b,,,00,c,0,%x,0,0,0,0,0,0,0,01,0,0\n", k,
				1000 * k, 0x1000 + 32 * (k % cases[i].records));
		opt.window = cases[i].option;
		CU_ASSERT_EQUAL_FATAL(convert(text, &opt), 0);
		CU_ASSERT_EQUAL_FATAL(trace_open(&t, path_of("out.trace"), &err), 0);
		CU_ASSERT_EQUAL(trace_client(t, 0)->window, cases[i].window);
		CU_ASSERT_EQUAL(trace_client(t, 0)->loop, cases[i].loop);
		trace_close(t);
	}
}

static void test_convert_errors(void)
{
#define ROW "0,0,0,0,0,wq0.0,enqcmd,ok,,03,10c,0,1000,2000,3000,4096,0,0,0,0,01,0,0\n"
	static const char *const cases[][2] = {
		{"", "in.csv:1: the file is empty"},
		{"a,b\n", "in.csv:1: no column 't_ns': not a capture"},
		{CSV "0,0\n", "in.csv:2: 2 columns, but the first line names 23"},
		{CSV ROW "1,2,3\n", "in.csv:3: 3 columns"},
		{CSV "0,x,0,0,0,wq0.0,enqcmd,ok,,03,10c,0,1,2,3,4,0,0,0,0,01,0,0\n",
		 "in.csv:2: column 't_ns': 'x' is not possible here"},
		{CSV "0,0,0,0,0,wq,enqcmd,ok,,03,10c,0,1,2,3,4,0,0,0,0,01,0,0\n", "column 'wq'"},
		{CSV "0,0,0,0,0,wq0.0,call,ok,,03,10c,0,1,2,3,4,0,0,0,0,01,0,0\n",
		 "column 'instr'"},
		{CSV "0,0,0,0,0,wq0.0,enqcmd,ok,,103,10c,0,1,2,3,4,0,0,0,0,01,0,0\n",
		 "column 'op'"},
		{CSV "0,0,0,0,0,,batch,,0,03,10c,0,1,2,3,4,0,0,0,0,01,0,0\n",
		 "a member without a batch"},
		{CSV "0,0,0,0,0,wq0.0,enqcmd,ok,,01,c,0,1,2,3,4,0,0,0,0,01,0,4\n",
		 "the batch before this line has 0 of its 4 members"},
		{CSV ROW "1,2", "in.csv:3: the file ends in the middle of a line"},
	};
	static const struct capture_options opt = {0};
	struct stat st;
	u32 i;

	remove(path_of("out.trace"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(convert(cases[i][0], &opt), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i][1]));
		if (!strstr(err.text, cases[i][1]))
			printf("\n%s\n", err.text);
		CU_ASSERT_NOT_EQUAL(stat(path_of("out.trace"), &st), 0);
	}
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;
	char command[96];

	if (!mkdtemp(dir))
		return 1;
	CU_initialize_registry();
	suite = CU_add_suite("trace", NULL, NULL);
	CU_add_test(suite, "read", test_read);
	CU_add_test(suite, "clients", test_clients);
	CU_add_test(suite, "errors", test_errors);
	CU_add_test(suite, "round trip", test_round_trip);
	CU_add_test(suite, "writer misuse", test_writer_misuse);
	CU_add_test(suite, "cut anywhere", test_cut);
	CU_add_test(suite, "mutations", test_mutations);
	CU_add_test(suite, "check", test_check);
	CU_add_test(suite, "convert", test_convert);
	CU_add_test(suite, "windows", test_windows);
	CU_add_test(suite, "convert errors", test_convert_errors);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) || failed != 0;
}
