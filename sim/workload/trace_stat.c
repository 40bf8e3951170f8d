// SPDX-License-Identifier: GPL-2.0
// `trace info` and `trace check`: one pass over a trace.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/hist.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/op_names.h"
#include "sim/scenario/units.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_names.h"
#include "sim/workload/trace_stat.h"

#define OPS_NO_SIZE   ((1ull << 0x00) | (1ull << 0x01) | (1ull << 0x02))
#define CLIENTS_SHOWN 20u

#define EXACT_MAX 65536u

/* Counts of single values; with more than EXACT_MAX different ones the histogram has to do. */
struct exact {
	struct {
		u64 value, count;
	} * rows; /* hash table of 2 * EXACT_MAX, sorted when it is printed */
	u32 used;
	bool full;
	struct sim_hist hist;
};

struct client_stat {
	u64 units, records, bytes, faults, errors;
	u64 span; /* ps: latest arrival, or the sum of think times */
};

struct stat {
	u64 records, batches, members, faults, errors, not_equal;
	u64 by_op[256];
	u64 bytes, aligned, addresses;
	struct exact sizes, batch_sizes, think;
	struct client_stat *clients;
	u32 room;
};

static int exact_init(struct exact *e)
{
	e->rows = calloc(2 * EXACT_MAX, sizeof(*e->rows));
	return e->rows ? sim_hist_init(&e->hist) : -ENOMEM;
}

static void exact_free(struct exact *e)
{
	free(e->rows);
	sim_hist_free(&e->hist);
}

static void exact_add(struct exact *e, u64 value)
{
	u32 mask = 2 * EXACT_MAX - 1, at = (u32)(value * 0x9e3779b97f4a7c15ull >> 40) & mask;

	sim_hist_add(&e->hist, value);
	if (e->full)
		return;
	while (e->rows[at].count && e->rows[at].value != value)
		at = (at + 1) & mask;
	if (!e->rows[at].count && e->used++ == EXACT_MAX)
		e->full = true;
	e->rows[at].value = value;
	e->rows[at].count++;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Least value at or below which the share lies. Call exact_sort() once before. */
static u64 exact_percentile(const struct exact *e, u32 permyriad)
{
	unsigned __int128 need = (unsigned __int128)e->hist.count * permyriad;
	u64 below = 0;
	u32 i;

	if (e->full)
		return sim_hist_percentile(&e->hist, permyriad);
	for (i = 0; i + 1 < e->used; i++) {
		below += e->rows[i].count;
		if ((unsigned __int128)below * 10000 >= need)
			break;
	}
	return e->rows[i].value;
}

static void exact_sort(struct exact *e)
{
	u32 i, n = 0;

	for (i = 0; i < 2 * EXACT_MAX && !e->full; i++) {
		if (e->rows[i].count)
			e->rows[n++] = e->rows[i];
	}
	if (!e->full)
		qsort(e->rows, n, sizeof(*e->rows), by_value);
}

static int more_clients(struct stat *s, u32 n)
{
	struct client_stat *bigger;
	u32 room = s->room;

	if (n <= room)
		return 0;
	while (room < n)
		room = room ? 2 * room : 64;
	bigger = realloc(s->clients, room * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	memset(bigger + s->room, 0, (room - s->room) * sizeof(*bigger));
	s->clients = bigger;
	s->room = room;
	return 0;
}

static void count_address(struct stat *s, u64 address)
{
	s->addresses++;
	s->aligned += !(address & 63);
}

static void count_op(struct stat *s, const struct trace_op *op)
{
	struct client_stat *c = &s->clients[op->client];
	bool sized = op->op >= 64 || !(OPS_NO_SIZE >> op->op & 1);
	u8 status = op->status & 0x3f;

	s->records++;
	s->by_op[op->op]++;
	c->records++;
	if (op->instr == TRACE_MEMBER) {
		s->members++;
	} else {
		c->units++;
		if (op->timing == TRACE_ARRIVAL) {
			c->span = op->time;
		} else {
			c->span += op->time;
			exact_add(&s->think, op->time);
		}
	}
	if (op->op == TRACE_OP_BATCH && op->instr != TRACE_MEMBER) {
		s->batches++;
		exact_add(&s->batch_sizes, op->size);
	}
	if (sized) {
		exact_add(&s->sizes, op->size);
		s->bytes += op->size;
		c->bytes += op->size;
	}
	if (op->op == 0x03 || op->op == 0x05 || op->op == 0x09 || op->op == 0x11)
		count_address(s, op->src);
	if (op->op == 0x03 || op->op == 0x04 || op->op == 0x05 || op->op == 0x09 || op->op == 0x11)
		count_address(s, op->dst);
	if (status == 0x03) {
		s->faults++;
		c->faults++;
	} else if (status > 0x02 && status != 0x05) {
		s->errors++;
		c->errors++;
	}
	s->not_equal += (op->op == 0x05 || op->op == 0x06) && op->result == 1;
}

static void print_quantiles(FILE *out, const char *what, struct exact *e, enum unit_kind kind)
{
	static const u32 permyriad[] = {5000, 9000, 9900};
	static const char *const names[] = {"p50", "p90", "p99"};
	char text[40];
	u32 i;

	if (!e->hist.count)
		return;
	exact_sort(e);
	fprintf(out, "%-12s", what);
	for (i = 0; i < 3; i++) {
		unit_format(kind, exact_percentile(e, permyriad[i]), text);
		fprintf(out, " %s %s,", names[i], text);
	}
	unit_format(kind, e->hist.max, text);
	fprintf(out, " max %s\n", text);
}

static void print_ops(FILE *out, const struct stat *s)
{
	const char *name;
	u32 op;

	for (op = 0; op < 256; op++) {
		if (!s->by_op[op])
			continue;
		name = op_name((u8)op);
		if (name)
			fprintf(out, "  %-14s %12llu\n", name, s->by_op[op]);
		else
			fprintf(out, "  0x%02x           %12llu\n", op, s->by_op[op]);
	}
}

static void print_clients(FILE *out, const struct stat *s, const struct trace *t)
{
	u32 n = trace_clients(t), i;
	char span[40];

	fprintf(out, "clients      %u\n", n);
	fprintf(out, "  %-10s %6s %-6s %10s %10s %14s %8s %8s %s\n", "client", "window", "loop",
		"units", "records", "bytes", "faults", "errors", "time");
	for (i = 0; i < n && i < CLIENTS_SHOWN; i++) {
		const struct trace_client *c = trace_client(t, i);
		const struct client_stat *st = &s->clients[i];
		char name[32];

		snprintf(name, sizeof(name), "%u.%u", c->proc, c->thr);
		unit_format(UNIT_TIME, st->span, span);
		fprintf(out, "  %-10s %6u %-6s %10llu %10llu %14llu %8llu %8llu %s\n", name,
			c->window, trace_loop_names[c->loop], st->units, st->records, st->bytes,
			st->faults, st->errors, span);
	}
	if (n > CLIENTS_SHOWN)
		fprintf(out, "  ... and %u more\n", n - CLIENTS_SHOWN);
}

static void print_info(FILE *out, struct stat *s, const struct trace *t)
{
	u64 longest = 0;
	char text[40];
	u32 i;

	for (i = 0; i < trace_clients(t); i++) {
		u64 end = trace_client(t, i)->start + s->clients[i].span;

		if (end > longest)
			longest = end;
	}
	unit_format(UNIT_TIME, longest, text);
	fprintf(out, "trace        %s\n", trace_path(t));
	fprintf(out, "records      %llu (%llu batches with %llu members)\n", s->records, s->batches,
		s->members);
	fprintf(out, "time         %s without the device\n", text);
	print_ops(out, s);
	print_quantiles(out, "sizes", &s->sizes, UNIT_SIZE);
	print_quantiles(out, "batches of", &s->batch_sizes, UNIT_NONE);
	print_quantiles(out, "think time", &s->think, UNIT_TIME);
	fprintf(out, "bytes        %llu\n", s->bytes);
	if (s->addresses)
		fprintf(out,
			"aligned      %.1f %% of source and destination addresses to 64 bytes\n",
			100.0 * (double)s->aligned / (double)s->addresses);
	fprintf(out, "expected     %llu page faults, %llu other errors, %llu compares not equal\n",
		s->faults, s->errors, s->not_equal);
	print_clients(out, s, t);
}

static int read_all(struct stat *s, struct trace *t, struct cfg_error *err)
{
	struct trace_op op;
	int rc;

	while ((rc = trace_next(t, &op)) > 0) {
		if (more_clients(s, trace_clients(t)))
			return cfg_fail_errno(err, ENOMEM, "%s: out of memory", trace_path(t));
		count_op(s, &op);
	}
	if (rc)
		return cfg_fail_errno(err, -rc, "%s", trace_error(t));
	return more_clients(s, trace_clients(t));
}

int trace_info(const char *path, FILE *out, struct cfg_error *err)
{
	struct stat s = {0};
	struct trace *t;
	int rc;

	rc = trace_open(&t, path, err);
	if (rc)
		return rc;
	if (exact_init(&s.sizes) || exact_init(&s.batch_sizes) || exact_init(&s.think))
		rc = cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	if (!rc)
		rc = read_all(&s, t, err);
	if (!rc)
		print_info(out, &s, t);
	exact_free(&s.sizes);
	exact_free(&s.batch_sizes);
	exact_free(&s.think);
	free(s.clients);
	trace_close(t);
	return rc;
}

u32 trace_check(const char *path, u32 max_errors, FILE *err_out, u64 *records, u32 *clients)
{
	struct cfg_error err;
	struct trace_op op;
	struct trace *t;
	u32 errors = 0;
	int rc;

	if (trace_open(&t, path, &err)) {
		fprintf(err_out, "dsasim: %s\n", err.text);
		return 1;
	}
	do {
		while ((rc = trace_next(t, &op)) > 0)
			;
		if (!rc)
			break;
		fprintf(err_out, "dsasim: %s\n", trace_error(t));
		errors++;
	} while (errors < max_errors && trace_skip_line(t));
	*records = trace_count(t);
	*clients = trace_clients(t);
	trace_close(t);
	return errors;
}

int trace_repack(const char *in, const char *out, u64 *records, struct cfg_error *err)
{
	struct trace_source *src = NULL;
	struct trace_sink *sink;
	struct trace_op op;
	struct trace *t;
	char *line;
	size_t len;
	int rc;

	rc = trace_open(&t, in, err);
	if (rc)
		return rc;
	while ((rc = trace_next(t, &op)) > 0)
		;
	if (rc)
		cfg_fail(err, "%s", trace_error(t));
	*records = trace_count(t);
	trace_close(t);
	if (!rc)
		rc = trace_source_open(&src, in, err);
	if (rc)
		return rc;
	rc = trace_sink_open(&sink, out, err);
	if (!rc) {
		while ((rc = trace_source_line(src, TRACE_LINE_MAX, &line, &len)) > 0)
			trace_sink_put(sink, line, len + 1);
		if (rc) {
			cfg_fail(err, "%s: %s", in, trace_source_error(src));
			trace_sink_close(sink, false, NULL);
		} else {
			rc = trace_sink_close(sink, true, err);
		}
	}
	trace_source_close(src);
	return rc;
}
