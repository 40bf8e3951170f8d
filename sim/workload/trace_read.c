// SPDX-License-Identifier: GPL-2.0
// Trace reader, second half: one record a line.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/cfg.h"
#include "sim/scenario/op_names.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_priv.h"
#include "sim/workload/trace_scan.h"

static struct trace *trace_new(const char *path)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->any = (struct trace_client){.window = 1, .loop = TRACE_SYNC, .wait = TRACE_POLL};
	t->path = strdup(path);
	t->state = 1;
	t->line = "\n";
	return t;
}

int trace_open(struct trace **out, const char *path, struct cfg_error *err)
{
	struct trace *t = trace_new(path);
	int rc;

	if (!t || !t->path) {
		trace_close(t);
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	}
	rc = trace_source_open(&t->src, path, err);
	if (!rc) {
		rc = trace_read_header(t);
		if (rc)
			cfg_fail(err, "%s", t->error);
	}
	if (rc) {
		trace_close(t);
		return rc;
	}
	t->good_line = t->line_no;
	*out = t;
	return 0;
}

/* ---- Records ---- */

static void store_extra(struct trace_op *op, u8 field, u64 v)
{
	switch (field) {
	case FIELD_STATUS:
		op->status = (u8)v;
		break;
	case FIELD_RESULT:
		op->result = (u8)v;
		break;
	case FIELD_BYTES:
		op->bytes = (u32)v;
		break;
	case FIELD_INTH:
		op->inth = (u16)v;
		break;
	case FIELD_RSVD:
		op->rsvd = (u16)v;
		break;
	case FIELD_WORD0:
		op->word0 = (u32)v;
		break;
	case FIELD_LISTED:
		op->listed = (u32)v;
		break;
	case FIELD_W5:
		op->w5 = v;
		break;
	case FIELD_W6:
		op->w6 = v;
		break;
	default:
		op->w7 = v;
	}
}

/* name=value pairs up to the end of the line. */
static int read_extras(struct trace *t, const char *p, struct trace_op *op)
{
	const struct trace_extra *x;
	const char *v = NULL, *end;
	u32 seen = 0;
	u64 n;

	for (; !is_end(*p); p = skip_blanks(end)) {
		for (x = trace_extras; x->name; x++) {
			if (*p == *x->name && scan_option(p, x->name, &v) &&
			    (!x->ops || (op->op < 64 && x->ops >> op->op & 1)))
				break;
		}
		if (!x->name)
			return trace_fail_at(t, p, "name=value expected that this operation has");
		end = scan_number(v, &n);
		if (!end || !is_end(*end) || n > x->max)
			return trace_fail_at(t, v, "a number up to 0x%llx expected", x->max);
		if (seen >> x->field & 1)
			return trace_fail_at(t, p, "each extra once expected");
		seen |= 1u << x->field;
		store_extra(op, x->field, n);
	}
	return 0;
}

static inline const char *read_op_name(const char *p, u8 *op)
{
	size_t n;
	u64 v;
	int code;

	/* The most frequent word first. */
	if (!memcmp(p, "memmove", 7) && is_end(p[7])) {
		*op = 0x03;
		return p + 7;
	}
	n = token_len(p);
	code = op_code(p, n);
	if (code >= 0) {
		*op = (u8)code;
		return p + n;
	}
	p = scan_hex(p, &v);
	if (!p || v > 0xff)
		return NULL;
	*op = (u8)v;
	return p;
}

static inline const char *read_instr(const char *p, u8 *instr)
{
	u64 v;

	if (!memcmp(p, "enqcmd", 6) && is_end(p[6])) {
		*instr = TRACE_ENQCMD;
		return p + 6;
	}
	p = scan_word(p, trace_instr_names, &v);
	if (p)
		*instr = (u8)v;
	return p;
}

static inline const char *read_wq(const char *p, struct trace_op *op)
{
	u64 dev, wq;

	if (p[0] == '-')
		return p + 1;
	if (p[0] != 'w' || p[1] != 'q')
		return NULL;
	p = scan_pair(p + 2, &dev, &wq);
	if (!p || dev >= TRACE_NO_WQ || wq >= TRACE_NO_WQ)
		return NULL;
	op->wq_device = (u16)dev;
	op->wq = (u16)wq;
	return p;
}

static inline const char *read_client_column(struct trace *t, const char *p, struct trace_op *op)
{
	const struct trace_client *c;
	u64 proc, thr;
	s64 at;

	if (p[0] == '-')
		return p + 1;
	p = scan_pair(p, &proc, &thr);
	if (!p || proc > 0xffffffff || thr > 0xffffffff)
		return NULL;
	c = &t->clients[t->last_client];
	if (t->nclients && c->proc == proc && c->thr == thr) {
		op->client = t->last_client;
		return p;
	}
	at = trace_client_find(t, (u32)proc, (u32)thr);
	if (at < 0)
		return NULL;
	op->client = t->last_client = (u32)at;
	return p;
}

static const char *const column_forms[COL_COUNT] = {
	[COL_THINK] = "a think time expected (250ns)",
	[COL_T] = "an arrival time expected (250ns)",
	[COL_CLIENT] = "a client expected (PROCESS.THREAD, at most 65536 of them)",
	[COL_WQ] = "a work queue expected (wq0.1, or -)",
	[COL_INSTR] = "an instruction expected (movdir64b, enqcmd, enqcmds, write, member)",
	[COL_OP] = "an operation expected (memmove, ..., 0x20)",
	[COL_FLAGS] = "flags expected (0x10c, at most 24 bits)",
	[COL_COMP] = "a completion record address expected (0x...)",
	[COL_SRC] = "a source expected (0x...)",
	[COL_DST] = "a destination expected (0x...)",
	[COL_SIZE] = "a size expected (4096, 4KiB)",
};

static inline const char *read_column(struct trace *t, u8 col, const char *p, struct trace_op *op)
{
	u64 v;

	switch (col) {
	case COL_THINK:
	case COL_T:
		if (*p == '-')
			return p + 1;
		op->timing = col == COL_T ? TRACE_ARRIVAL : TRACE_THINK;
		return scan_time(p, &op->time);
	case COL_CLIENT:
		return read_client_column(t, p, op);
	case COL_WQ:
		return read_wq(p, op);
	case COL_INSTR:
		return read_instr(p, &op->instr);
	case COL_OP:
		return read_op_name(p, &op->op);
	case COL_FLAGS:
		p = scan_hex(p, &v);
		if (!p || v > 0xffffff)
			return NULL;
		op->flags = (u32)v;
		return p;
	case COL_COMP:
		return scan_hex(p, &op->comp);
	case COL_SRC:
		return scan_hex(p, &op->src);
	case COL_DST:
		return scan_hex(p, &op->dst);
	default:
		p = scan_size(p, &v);
		if (p && v > 0xffffffff)
			return NULL;
		op->size = (u32)v;
		return p;
	}
}

/* Members follow their batch and nothing else does. */
static int check_batch(struct trace *t, struct trace_op *op)
{
	u32 n;

	if (t->members_left) {
		if (op->instr != TRACE_MEMBER) {
			n = t->batch.listed - t->members_left + 1;
			t->members_left = 0;
			return trace_fail_at(t, t->line,
					     "member %u of %u of the batch in line %llu expected",
					     n, t->batch.listed, t->batch.line);
		}
		op->client = t->batch.client;
		op->wq_device = t->batch.wq_device;
		op->wq = t->batch.wq;
		op->time = 0;
		op->timing = t->batch.timing;
		op->member = t->batch.listed - t->members_left--;
		op->listed = 0;
		op->last = !t->members_left;
		return 0;
	}
	if (op->instr == TRACE_MEMBER)
		return trace_fail_at(t, t->line,
				     "a record that is no member expected (no batch is open)");
	if (op->op == TRACE_OP_BATCH) {
		if (op->listed == ~0u)
			op->listed = op->size;
		t->batch = *op;
		t->members_left = op->listed;
		op->last = !op->listed;
	}
	return 0;
}

static int check_client(struct trace *t, struct trace_op *op)
{
	struct trace_client_state *state;

	if (!t->seen[COL_CLIENT] && !t->nclients && trace_client_find(t, 0, 0) < 0)
		return trace_fail_file(t, "out of memory");
	if (op->client == ~0u)
		return trace_fail_at(t, t->line, "a client expected, '-' is only for members");
	state = &t->states[op->client];
	state->records++;
	if (op->timing == TRACE_ARRIVAL && op->instr != TRACE_MEMBER) {
		if (op->time < state->last_t)
			return trace_fail_at(t, t->line,
					     "arrival times in ascending order expected");
		state->last_t = op->time;
	}
	return 0;
}

static int read_record(struct trace *t, const char *p, struct trace_op *op)
{
	const char *end;
	u32 i;

	*op = (struct trace_op){
		.line = t->line_no,
		.client = t->seen[COL_CLIENT] ? ~0u : 0,
		.wq_device = TRACE_NO_WQ,
		.wq = TRACE_NO_WQ,
		.instr = TRACE_ENQCMD,
		.status = t->default_status,
		.flags = t->seen[COL_FLAGS] ? 0 : 0x0c,
		.auto_record = !t->seen[COL_COMP],
		.listed = ~0u,
	};
	for (i = 0; i < t->ncolumns; i++) {
		if (is_end(*p))
			return trace_fail_at(t, p, "%s", column_forms[t->columns[i]]);
		end = read_column(t, t->columns[i], p, op);
		if (__builtin_expect(!end || !is_end(*end), 0))
			return trace_fail_at(t, p, "%s", column_forms[t->columns[i]]);
		p = skip_blanks(end);
	}
	if (!is_end(*p) && read_extras(t, p, op))
		return t->state;
	if (t->members_left || op->instr == TRACE_MEMBER || op->op == TRACE_OP_BATCH) {
		if (check_batch(t, op))
			return t->state;
	} else {
		op->listed = 0;
		op->last = 1;
	}
	return check_client(t, op);
}

static int read_end(struct trace *t, const char *p)
{
	const char *v = skip_blanks(p + 3), *end;
	u64 n;
	u32 i;

	if (t->members_left)
		return trace_fail_at(t, p, "member %u of %u of the batch in line %llu expected",
				     t->batch.listed - t->members_left + 1, t->batch.listed,
				     t->batch.line);
	if (!is_end(*v)) {
		end = scan_decimal(v, &n);
		if (!end || !is_end(*end))
			return trace_fail_at(t, v, "the number of records expected");
		if (n != t->count)
			return trace_fail_file(t, "%llu records, but the last line says %llu",
					       t->count, n);
	}
	for (i = 0; i < t->nclients; i++) {
		if (t->clients[i].records && t->clients[i].records != t->states[i].records)
			return trace_fail_file(t,
					       "client %u.%u has %llu records, but declares %llu",
					       t->clients[i].proc, t->clients[i].thr,
					       t->states[i].records, t->clients[i].records);
	}
	if (trace_next_line(t, &p) > 0)
		return trace_fail_at(t, p, "nothing behind the line 'end' expected");
	return t->state < 0 ? t->state : (t->state = 0);
}

int trace_next(struct trace *t, struct trace_op *op)
{
	const char *p;
	int rc;

	if (t->state != 1)
		return t->state;
	rc = trace_next_line(t, &p);
	if (__builtin_expect(rc <= 0, 0)) {
		if (!rc)
			return trace_fail_file(
				t,
				"the line 'end' is missing: the trace was cut off; the "
				"last good line is %llu",
				t->good_line);
		return rc;
	}
	if (__builtin_expect(p[0] == 'e' && p[1] == 'n' && p[2] == 'd' && is_end(p[3]), 0)) {
		rc = read_end(t, p);
		t->line_error = false; /* there is nothing behind it */
		return rc;
	}
	if (read_record(t, p, op))
		return t->state;
	t->good_line = t->line_no;
	t->count++;
	return 1;
}

bool trace_skip_line(struct trace *t)
{
	if (t->state == 1)
		return true;
	if (t->state != -EINVAL || !t->line_error)
		return false;
	t->state = 1;
	t->count++; /* it was meant as a record */
	if (t->members_left)
		t->members_left--;
	return true;
}

const char *trace_error(const struct trace *t)
{
	return t->error;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	trace_source_close(t->src);
	free(t->clients);
	free(t->states);
	free(t->hash);
	free(t->regions);
	free(t->path);
	free(t);
}

u32 trace_clients(const struct trace *t)
{
	return t->nclients;
}

const struct trace_client *trace_client(const struct trace *t, u32 i)
{
	return &t->clients[i];
}

u32 trace_regions(const struct trace *t)
{
	return t->nregions;
}

const struct trace_region *trace_region(const struct trace *t, u32 i)
{
	return &t->regions[i];
}

const char *trace_path(const struct trace *t)
{
	return t->path;
}

u64 trace_count(const struct trace *t)
{
	return t->count;
}
