// SPDX-License-Identifier: GPL-2.0
// Trace writer: header parts, then one record a line.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/cfg.h"
#include "sim/scenario/op_names.h"
#include "sim/scenario/units.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_names.h"

/* Lines are put together here; longer than any of them. */
struct line {
	char *p;
	char text[1024];
};

struct trace_writer {
	struct line line;
	struct trace_sink *sink;
	char *path;
	u32 *pairs; /* proc and thr of each client */
	u32 nclients, room;
	u32 members_left;
	u64 count;
	u8 default_status;
	bool columns_done;
	bool arrivals;	 /* the time column is t */
	char error[160]; /* misuse; the first one */
};

static void put_char(struct line *l, char c)
{
	*l->p++ = c;
}

static void put_text(struct line *l, const char *text)
{
	size_t n = strlen(text);

	memcpy(l->p, text, n);
	l->p += n;
}

static void put_decimal(struct line *l, u64 v)
{
	char digits[20];
	u32 n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
	} while (v /= 10);
	while (n)
		*l->p++ = digits[--n];
}

static void put_hex(struct line *l, u64 v)
{
	u32 shift = v ? (63 - (u32)__builtin_clzll(v)) & ~3u : 0;

	if (!v) {
		put_char(l, '0');
		return;
	}
	put_text(l, "0x");
	for (;; shift -= 4) {
		*l->p++ = "0123456789abcdef"[v >> shift & 15];
		if (!shift)
			break;
	}
}

/* Whole ns where it is exact: the form that the reader is quickest with. */
static void put_time(struct line *l, u64 ps)
{
	if (ps % PS_PER_NS || ps / PS_PER_NS > 999999999) {
		l->p += unit_format(UNIT_TIME, ps, l->p);
		return;
	}
	put_decimal(l, ps / PS_PER_NS);
	put_text(l, "ns");
}

static void put_line(struct trace_writer *w, struct line *l)
{
	put_char(l, '\n');
	trace_sink_put(w->sink, l->text, (size_t)(l->p - l->text));
}

static struct line *line_begin(struct trace_writer *w)
{
	w->line.p = w->line.text;
	return &w->line;
}

static int misuse(struct trace_writer *w, const char *text)
{
	if (!w->error[0])
		snprintf(w->error, sizeof(w->error), "%s", text);
	return -EINVAL;
}

int trace_write_open(struct trace_writer **out, const char *path, struct cfg_error *err)
{
	struct trace_writer *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	w->path = strdup(path);
	rc = w->path ? trace_sink_open(&w->sink, path, err) : -ENOMEM;
	if (rc) {
		free(w->path);
		free(w);
		return rc;
	}
	trace_sink_put(w->sink, "dsasim-trace 1\n", 15);
	*out = w;
	return 0;
}

int trace_write_comment(struct trace_writer *w, const char *text)
{
	if (strchr(text, '\n') || strlen(text) > TRACE_LINE_MAX - 2)
		return misuse(w, "a comment is one line");
	trace_sink_put(w->sink, "# ", 2);
	trace_sink_put(w->sink, text, strlen(text));
	trace_sink_put(w->sink, "\n", 1);
	return 0;
}

int trace_write_default_status(struct trace_writer *w, u8 status)
{
	struct line *l = line_begin(w);

	if (w->columns_done)
		return misuse(w, "the header is written already");
	w->default_status = status;
	put_text(l, "default status=");
	put_hex(l, status);
	put_line(w, l);
	return 0;
}

int trace_write_client(struct trace_writer *w, const struct trace_client *c)
{
	struct line *l = line_begin(w);
	u32 *bigger;

	if (w->columns_done)
		return misuse(w, "the header is written already");
	if (w->nclients == TRACE_CLIENTS_MAX)
		return misuse(w, "too many clients");
	if (w->nclients == w->room) {
		w->room = w->room ? 2 * w->room : 16;
		bigger = realloc(w->pairs, w->room * 2 * sizeof(*bigger));
		if (!bigger)
			return misuse(w, "out of memory");
		w->pairs = bigger;
	}
	w->pairs[2 * w->nclients] = c->proc;
	w->pairs[2 * w->nclients + 1] = c->thr;
	put_text(l, "client ");
	put_decimal(l, c->proc);
	put_char(l, '.');
	put_decimal(l, c->thr);
	put_text(l, " window=");
	put_decimal(l, c->window);
	put_text(l, " loop=");
	put_text(l, trace_loop_names[c->loop]);
	if (c->wait != TRACE_POLL) {
		put_text(l, " wait=");
		put_text(l, trace_wait_names[c->wait]);
	}
	if (c->page_size) {
		put_text(l, " page=");
		l->p += unit_format(UNIT_SIZE, c->page_size, l->p);
	}
	if (c->start) {
		put_text(l, " start=");
		put_time(l, c->start);
	}
	if (c->records) {
		put_text(l, " records=");
		put_decimal(l, c->records);
	}
	put_line(w, l);
	return (int)w->nclients++;
}

int trace_write_region(struct trace_writer *w, const struct trace_region *r)
{
	struct line *l = line_begin(w);

	if (w->columns_done)
		return misuse(w, "the header is written already");
	put_text(l, "region ");
	put_decimal(l, r->proc);
	put_char(l, ' ');
	put_hex(l, r->addr);
	put_char(l, ' ');
	l->p += unit_format(UNIT_SIZE, r->len, l->p);
	put_text(l, " page=");
	l->p += unit_format(UNIT_SIZE, r->page_size, l->p);
	if (r->node >= 0) {
		put_text(l, " node=");
		put_decimal(l, (u64)r->node);
	}
	put_line(w, l);
	return 0;
}

static u64 extra_value(const struct trace_op *op, u8 field)
{
	switch (field) {
	case FIELD_RESULT:
		return op->result;
	case FIELD_BYTES:
		return op->bytes;
	case FIELD_INTH:
		return op->inth;
	case FIELD_RSVD:
		return op->rsvd;
	case FIELD_WORD0:
		return op->word0;
	case FIELD_W5:
		return op->w5;
	case FIELD_W6:
		return op->w6;
	case FIELD_W7:
		return op->w7;
	default:
		return 0;
	}
}

static void put_extras(struct trace_writer *w, struct line *l, const struct trace_op *op)
{
	const struct trace_extra *x;
	u32 done = 0;
	bool put;
	u64 v;

	for (x = trace_extras; x->name; x++) {
		if (done >> x->field & 1 || (x->ops && !(op->op < 64 && x->ops >> op->op & 1)))
			continue;
		v = extra_value(op, x->field);
		put = v != 0;
		if (x->field == FIELD_STATUS) {
			v = op->status;
			put = op->status != w->default_status;
		} else if (x->field == FIELD_LISTED) {
			v = op->listed;
			put = op->instr != TRACE_MEMBER && op->listed != op->size;
		}
		done |= 1u << x->field;
		if (!put)
			continue;
		put_char(l, ' ');
		put_text(l, x->name);
		put_char(l, '=');
		if (x->field == FIELD_BYTES || x->field == FIELD_LISTED)
			put_decimal(l, v);
		else
			put_hex(l, v);
	}
}

static void put_columns(struct trace_writer *w, bool arrivals)
{
	static const char text[] = "columns think client wq instr op flags comp src dst size\n";
	static const char open_text[] = "columns t client wq instr op flags comp src dst size\n";

	w->columns_done = true;
	w->arrivals = arrivals;
	if (arrivals)
		trace_sink_put(w->sink, open_text, sizeof(open_text) - 1);
	else
		trace_sink_put(w->sink, text, sizeof(text) - 1);
}

/* Time, client and queue; "-" three times for members. */
static int put_place(struct trace_writer *w, struct line *l, const struct trace_op *op)
{
	if (op->instr == TRACE_MEMBER) {
		if (!w->members_left)
			return misuse(w, "a member without its batch");
		w->members_left--;
		put_text(l, "- - -");
		return 0;
	}
	if (w->members_left)
		return misuse(w, "a batch has fewer members than it lists");
	if (op->client >= w->nclients)
		return misuse(w, "a client that was not declared");
	if (w->arrivals != (op->timing == TRACE_ARRIVAL))
		return misuse(w, "think and arrival times do not mix in one trace");
	put_time(l, op->time);
	put_char(l, ' ');
	put_decimal(l, w->pairs[2 * op->client]);
	put_char(l, '.');
	put_decimal(l, w->pairs[2 * op->client + 1]);
	if (op->wq_device == TRACE_NO_WQ) {
		put_text(l, " -");
	} else {
		put_text(l, " wq");
		put_decimal(l, op->wq_device);
		put_char(l, '.');
		put_decimal(l, op->wq);
	}
	if (op->op == TRACE_OP_BATCH)
		w->members_left = op->listed;
	return 0;
}

int trace_write_op(struct trace_writer *w, const struct trace_op *op)
{
	const char *name = op_name(op->op);
	struct line *l = line_begin(w);

	if (w->error[0])
		return -EINVAL;
	if (!w->columns_done)
		put_columns(w, op->timing == TRACE_ARRIVAL);
	if (put_place(w, l, op))
		return -EINVAL;
	put_char(l, ' ');
	put_text(l, trace_instr_names[op->instr <= TRACE_MEMBER ? op->instr : TRACE_ENQCMD]);
	put_char(l, ' ');
	if (name)
		put_text(l, name);
	else
		put_hex(l, op->op);
	put_char(l, ' ');
	put_hex(l, op->flags);
	put_char(l, ' ');
	put_hex(l, op->comp);
	put_char(l, ' ');
	put_hex(l, op->src);
	put_char(l, ' ');
	put_hex(l, op->dst);
	put_char(l, ' ');
	put_decimal(l, op->size);
	put_extras(w, l, op);
	put_line(w, l);
	w->count++;
	return 0;
}

int trace_write_close(struct trace_writer *w, struct cfg_error *err)
{
	struct line *l = line_begin(w);
	int rc;

	if (w->members_left)
		misuse(w, "the last batch has fewer members than it lists");
	if (!w->columns_done)
		put_columns(w, false);
	put_text(l, "end ");
	put_decimal(l, w->count);
	put_line(w, l);
	rc = trace_sink_close(w->sink, !w->error[0], err);
	if (w->error[0])
		rc = cfg_fail(err, "%s: %s", w->path, w->error);
	free(w->pairs);
	free(w->path);
	free(w);
	return rc;
}

void trace_write_abort(struct trace_writer *w)
{
	trace_sink_close(w->sink, false, NULL);
	free(w->pairs);
	free(w->path);
	free(w);
}
