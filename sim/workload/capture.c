// SPDX-License-Identifier: GPL-2.0
// Recorded descriptor streams (CSV) to traces: one pass to know the clients, one to write.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/cfg.h"
#include "sim/workload/capture.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_names.h"

#define INTERCEPTION_NS                                                                            \
	100 /* measured cost of one interception outside the stand-in's own time                   \
	     */
#define FIELDS_MAX     48
#define GAP_MAX_NS     (TRACE_TIME_MAX / PS_PER_NS)
#define LOOKBACK_MAX   (1u << 20) /* completion records remembered, all clients together */
#define WINDOW_UNKNOWN 128u	  /* many units and never a record written again */
#define FLAG_RECORD    0x04	  /* completion address valid */

enum field {
	F_T_NS,
	F_EMU_NS,
	F_PROC,
	F_THR,
	F_WQ,
	F_INSTR,
	F_OP,
	F_FLAGS,
	F_COMP,
	F_SRC,
	F_DST,
	F_SIZE,
	F_REQUIRED,
	F_PARENT = F_REQUIRED,
	F_ENQ,
	F_PASID,
	F_W5,
	F_W6,
	F_W7,
	F_INTH,
	F_STATUS,
	F_RESULT,
	F_BYTES,
	F_COUNT,
};
static const char *const field_names[F_COUNT] = {
	"t_ns", "emu_ns", "proc", "thr",    "wq",     "instr", "op",	"flags",
	"comp", "src",	  "dst",  "size",   "parent", "enq",   "pasid", "w5",
	"w6",	"w7",	  "inth", "status", "result", "bytes",
};
/* Hexadecimal without a prefix; the others are decimal. */
static const bool field_hex[F_COUNT] = {
	[F_OP] = true, [F_FLAGS] = true, [F_COMP] = true, [F_SRC] = true,    [F_DST] = true,
	[F_W5] = true, [F_W6] = true,	 [F_W7] = true,	  [F_STATUS] = true, [F_PASID] = true,
};
static const u64 field_max[F_COUNT] = {
	[F_T_NS] = ~0ull >> 1, [F_EMU_NS] = 1ull << 53, [F_PROC] = 0xffffffff,
	[F_THR] = 0xffffffff,  [F_OP] = 0xff,		[F_FLAGS] = 0xffffff,
	[F_COMP] = ~0ull,      [F_SRC] = ~0ull,		[F_DST] = ~0ull,
	[F_SIZE] = 0xffffffff, [F_W5] = ~0ull,		[F_W6] = ~0ull,
	[F_W7] = ~0ull,	       [F_INTH] = 0xffff,	[F_STATUS] = 0xff,
	[F_RESULT] = 0xff,     [F_BYTES] = 0xffffffff,	[F_PASID] = 0xffffffff,
};

struct row {
	struct trace_op op;
	u64 t_ns, emu_ns;
	u32 proc, thr;
	bool member;
	bool refused; /* an ENQCMD that was answered with Retry */
};

/* One CSV file being read. */
struct capture {
	struct trace_source *src;
	const char *path;
	u64 line_no;
	s8 place[FIELDS_MAX]; /* enum field of each column, -1: not used */
	u32 columns;
	bool has[F_COUNT];
	struct cfg_error *err;
};

struct client {
	u32 proc, thr;
	u64 first_ns, last_ns, last_emu;
	u64 units, records;
	u64 reuse; /* least distance of two units with one record; 0: never */
	s32 index; /* in the trace; -1: left out */
};

/* Which unit of a client last used a completion record. */
struct last_use {
	u64 comp, unit;
	u32 client, used;
};

struct converter {
	struct capture cap;
	const struct capture_options *opt;
	struct capture_summary *sum;
	struct client *clients;
	u32 nclients, room, mask;
	u64 first_ns; /* of all clients */
	u32 *hash;
	struct last_use *uses;
	u32 nuses;
	struct trace_op *held; /* the last unit, until its members are counted */
	u32 nheld, held_room;
};

/* ---- CSV ---- */

static int bad_row(struct capture *cap, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return cfg_fail(cap->err, "%.200s:%llu: %s", cap->path, cap->line_no, text);
}

static int capture_line(struct capture *cap, char **line, size_t *len)
{
	int rc = trace_source_line(cap->src, TRACE_LINE_MAX, line, len);

	cap->line_no++;
	if (rc < 0)
		return cfg_fail_errno(cap->err, -rc, "%.200s:%llu: %s", cap->path, cap->line_no,
				      trace_source_error(cap->src));
	if (rc && *len && (*line)[*len - 1] == '\r')
		--*len;
	return rc;
}

static int read_names(struct capture *cap, const char *line, size_t len)
{
	const char *p = line, *end = line + len, *comma;
	u32 f;

	for (; p <= end; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (!comma)
			comma = end;
		if (cap->columns == FIELDS_MAX)
			return bad_row(cap, "more than %u columns", FIELDS_MAX);
		cap->place[cap->columns] = -1;
		for (f = 0; f < F_COUNT; f++) {
			size_t n = strlen(field_names[f]);

			if (n == (size_t)(comma - p) && !memcmp(p, field_names[f], n)) {
				if (cap->has[f])
					return bad_row(cap, "column '%s' twice", field_names[f]);
				cap->place[cap->columns] = (s8)f;
				cap->has[f] = true;
			}
		}
		cap->columns++;
	}
	for (f = 0; f < F_REQUIRED; f++) {
		if (!cap->has[f])
			return bad_row(cap, "no column '%s': not a capture", field_names[f]);
	}
	return 0;
}

static int capture_open(struct capture *cap, const char *path, struct cfg_error *err)
{
	char *line;
	size_t len;
	int rc;

	*cap = (struct capture){.path = path, .err = err};
	rc = trace_source_open(&cap->src, path, err);
	if (rc)
		return rc;
	rc = capture_line(cap, &line, &len);
	if (!rc)
		rc = bad_row(cap, "the file is empty");
	else if (rc > 0)
		rc = read_names(cap, line, len);
	if (rc) {
		trace_source_close(cap->src);
		cap->src = NULL;
	}
	return rc;
}

bool capture_is_one(const char *path)
{
	struct capture cap;

	u32 f, known = 0;

	if (!capture_open(&cap, path, NULL)) {
		trace_source_close(cap.src);
		return true;
	}
	/* One that lacks a column gets a message about that. */
	for (f = 0; f < F_COUNT; f++)
		known += cap.has[f];
	return known >= F_REQUIRED / 2;
}

/*
 * @len digits of @base; false if there is anything else or too much. The recorder printed 64-bit
 * words as signed numbers: a hexadecimal one may have a minus.
 */
static bool csv_number(const char *p, size_t len, u32 base, u64 *value)
{
	bool minus = base == 16 && len && *p == '-';
	u64 v = 0;
	size_t i;

	p += minus;
	len -= minus;
	if (!len || len > 20)
		return false;
	for (i = 0; i < len; i++) {
		u32 d = (u8)p[i], digit;

		digit = d - '0' < 10 ? d - '0' : (d | 0x20) - 'a' < 6 ? (d | 0x20) - 'a' + 10 : 99;
		if (digit >= base || v > (~0ull - digit) / base)
			return false;
		v = v * base + digit;
	}
	*value = minus ? 0 - v : v;
	return true;
}

static bool csv_wq(const char *p, size_t len, struct trace_op *op)
{
	const char *dot = memchr(p, '.', len);
	u64 dev, wq;

	if (len < 5 || memcmp(p, "wq", 2) || !dot ||
	    !csv_number(p + 2, (size_t)(dot - p) - 2, 10, &dev) ||
	    !csv_number(dot + 1, len - (size_t)(dot - p) - 1, 10, &wq) || dev >= TRACE_NO_WQ ||
	    wq >= TRACE_NO_WQ)
		return false;
	op->wq_device = (u16)dev;
	op->wq = (u16)wq;
	return true;
}

static bool csv_instr(const char *p, size_t len, struct row *row)
{
	u32 i;

	row->member = len == 5 && !memcmp(p, "batch", 5);
	row->op.instr = TRACE_MEMBER;
	for (i = 0; !row->member && i < TRACE_MEMBER; i++) {
		if (strlen(trace_instr_names[i]) == len && !memcmp(p, trace_instr_names[i], len)) {
			row->op.instr = (u8)i;
			return true;
		}
	}
	return row->member;
}

static void set_field(struct row *row, u32 field, u64 v)
{
	struct trace_op *op = &row->op;

	switch (field) {
	case F_T_NS:
		row->t_ns = v;
		break;
	case F_EMU_NS:
		row->emu_ns = v;
		break;
	case F_PROC:
		row->proc = (u32)v;
		break;
	case F_THR:
		row->thr = (u32)v;
		break;
	case F_OP:
		op->op = (u8)v;
		break;
	case F_FLAGS:
		op->flags = (u32)v;
		break;
	case F_COMP:
		op->comp = v;
		break;
	case F_SRC:
		op->src = v;
		break;
	case F_DST:
		op->dst = v;
		break;
	case F_SIZE:
		op->size = (u32)v;
		break;
	case F_PASID:
		op->word0 = (u32)v;
		break;
	case F_W5:
		op->w5 = v;
		break;
	case F_W6:
		op->w6 = v;
		break;
	case F_W7:
		op->w7 = v;
		break;
	case F_INTH:
		op->inth = (u16)v;
		break;
	case F_STATUS:
		op->status = (u8)v;
		break;
	case F_RESULT:
		op->result = (u8)v;
		break;
	default:
		op->bytes = (u32)v;
	}
}

static int read_field(struct capture *cap, u32 field, const char *p, size_t len, struct row *row)
{
	u64 v;

	if (field == F_PARENT || (field == F_WQ && !len))
		return 0; /* members are told by their instruction */
	if (field == F_ENQ) {
		row->refused = len == 4 && !memcmp(p, "full", 4);
		if (!row->refused && len && (len != 2 || memcmp(p, "ok", 2)))
			return bad_row(cap, "column 'enq': '%.*s' is neither ok nor full",
				       (int)(len < 40 ? len : 40), p);
		return 0;
	}
	/* What a descriptor or its record does not have may be left out. */
	if (!len && field >= F_REQUIRED)
		return 0;
	if (field == F_WQ ? csv_wq(p, len, &row->op) : field == F_INSTR && csv_instr(p, len, row))
		return 0;
	if (field == F_WQ || field == F_INSTR ||
	    !csv_number(p, len, field_hex[field] ? 16 : 10, &v) || v > field_max[field])
		return bad_row(cap, "column '%s': '%.*s' is not possible here", field_names[field],
			       (int)(len < 40 ? len : 40), p);
	set_field(row, field, v);
	return 0;
}

/* 1, 0 at the end, or an error. */
static int read_row(struct capture *cap, struct row *row)
{
	const char *p, *end, *comma;
	char *line;
	size_t len;
	u32 col;
	int rc;

	rc = capture_line(cap, &line, &len);
	if (rc <= 0)
		return rc;
	*row = (struct row){.op = {.wq_device = TRACE_NO_WQ, .wq = TRACE_NO_WQ}};
	for (p = line, end = line + len, col = 0; p <= end; p = comma + 1, col++) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (!comma)
			comma = end;
		if (col >= cap->columns)
			return bad_row(cap, "more than the %u columns of the first line",
				       cap->columns);
		if (cap->place[col] >= 0) {
			rc = read_field(cap, (u32)cap->place[col], p, (size_t)(comma - p), row);
			if (rc)
				return rc;
		}
	}
	if (col < cap->columns)
		return bad_row(cap, "%u columns, but the first line names %u: cut off?", col,
			       cap->columns);
	return 1;
}

/* ---- Clients ---- */

static u32 hash_of(u64 key, u32 mask)
{
	return (u32)((key * 0x9e3779b97f4a7c15ull) >> 40) & mask;
}

static int rehash(struct converter *c)
{
	u32 i, at;

	c->room = c->room ? 2 * c->room : 64;
	c->mask = 2 * c->room - 1;
	c->clients = reallocarray(c->clients, c->room, sizeof(*c->clients));
	free(c->hash);
	c->hash = calloc(c->mask + 1, sizeof(*c->hash));
	if (!c->clients || !c->hash)
		return cfg_fail_errno(c->cap.err, ENOMEM, "out of memory");
	for (i = 0; i < c->nclients; i++) {
		at = hash_of((u64)c->clients[i].proc << 32 | c->clients[i].thr, c->mask);
		while (c->hash[at])
			at = (at + 1) & c->mask;
		c->hash[at] = i + 1;
	}
	return 0;
}

/* The row's client if it is known. */
static struct client *lookup(struct converter *c, const struct row *row)
{
	u32 at = hash_of((u64)row->proc << 32 | row->thr, c->mask);
	struct client *client;

	for (; c->hash[at]; at = (at + 1) & c->mask) {
		client = &c->clients[c->hash[at] - 1];
		if (client->proc == row->proc && client->thr == row->thr)
			return client;
	}
	return NULL;
}

static struct client *find_client(struct converter *c, const struct row *row)
{
	struct client *client;
	u32 at;

	if (c->nclients == c->room && rehash(c))
		return NULL;
	client = lookup(c, row);
	if (client)
		return client;
	at = hash_of((u64)row->proc << 32 | row->thr, c->mask);
	while (c->hash[at])
		at = (at + 1) & c->mask;
	if (c->nclients == TRACE_CLIENTS_MAX) {
		bad_row(&c->cap, "more than %u threads", TRACE_CLIENTS_MAX);
		return NULL;
	}
	client = &c->clients[c->nclients++];
	*client = (struct client){.proc = row->proc, .thr = row->thr, .first_ns = row->t_ns};
	c->hash[at] = c->nclients;
	return client;
}

/* A record used again tells how many units of the client were in flight at most. */
static void note_record(struct converter *c, struct client *client, u64 comp)
{
	u32 id = (u32)(client - c->clients), mask = 2 * LOOKBACK_MAX - 1;
	u32 at = hash_of(comp ^ (u64)id << 44, mask);
	struct last_use *use;
	u64 distance;

	for (; c->uses[at].used; at = (at + 1) & mask) {
		use = &c->uses[at];
		if (use->comp != comp || use->client != id)
			continue;
		distance = client->units - use->unit;
		if (!client->reuse || distance < client->reuse)
			client->reuse = distance;
		use->unit = client->units;
		return;
	}
	if (c->nuses == LOOKBACK_MAX)
		return;
	c->nuses++;
	c->uses[at] = (struct last_use){comp, client->units, id, 1};
}

/* True when the conversion ends in front of this row. */
static bool full(const struct converter *c, const struct row *row, u64 records)
{
	return c->opt->max_records && records >= c->opt->max_records && !row->member;
}

/*
 * A batch that a fence stopped has fewer members in the recording than its size: those that were
 * carried out, as its record says. Anything else is a damaged file.
 */
static int check_short(struct converter *c, const struct trace_op *batch, u64 left)
{
	u64 found = batch->size - left;

	if (!left || (batch->status != 0x01 && batch->bytes == found))
		return 0;
	return bad_row(&c->cap, "the batch before this line has %llu of its %u members", found,
		       batch->size);
}

/* Pass 1: who there is, and what they do with their completion records. */
static int survey(struct converter *c)
{
	struct client *client = NULL;
	u64 records = 0, left = 0;
	struct trace_op batch = {0};
	bool refused = false;
	struct row row;
	int rc;

	while ((rc = read_row(&c->cap, &row)) > 0) {
		if (full(c, &row, records))
			return check_short(c, &batch, left);
		refused = row.member ? refused : row.refused;
		if (refused)
			continue;
		records++;
		if (row.member) {
			if (!left)
				return bad_row(&c->cap, "a member without a batch");
			left--;
			client->records++;
			continue;
		}
		if (check_short(c, &batch, left))
			return -EINVAL;
		client = find_client(c, &row);
		if (!client)
			return -EINVAL;
		if (row.op.flags & FLAG_RECORD)
			note_record(c, client, row.op.comp);
		client->units++;
		client->records++;
		if (client->first_ns < c->first_ns)
			c->first_ns = client->first_ns;
		left = row.op.op == TRACE_OP_BATCH ? row.op.size : 0;
		batch = row.op;
	}
	return rc ? rc : check_short(c, &batch, left);
}

static void client_window(const struct converter *c, const struct client *client,
			  struct trace_client *out)
{
	u64 d = client->reuse;

	if (c->opt->window)
		d = c->opt->window;
	else if (!d)
		d = client->units <= WINDOW_UNKNOWN ? client->units : WINDOW_UNKNOWN;
	else if (d > 16 && !((d - 1) & (d - 2)))
		d--; /* one record more than the queue has entries */
	else if (d > 1u << 20)
		d = 1u << 20;
	out->window = d ? (u32)d : 1;
	out->loop = TRACE_SYNC;
	/* A queue's whole size is kept full; other counts are bursts, each waited for. */
	if (out->window > 1)
		out->loop = c->opt->window || !(d & (d - 1)) ? TRACE_RING : TRACE_BURST;
	if (!c->opt->window && !client->reuse && out->window > 1)
		out->loop = client->units <= WINDOW_UNKNOWN ? TRACE_BURST : TRACE_RING;
}

/* Rows need not be in the order of their times. */
static u64 start_time(const struct converter *c, const struct client *client)
{
	u64 gap = client->first_ns - c->first_ns;

	return gap > GAP_MAX_NS ? SIM_NEVER : gap * PS_PER_NS;
}

static int write_header(struct converter *c, struct trace_writer *w)
{
	struct trace_client out;
	struct client *client;
	u32 i;

	if (c->opt->origin)
		trace_write_comment(w, c->opt->origin);
	trace_write_default_status(w, 0x01);
	for (i = 0; i < c->nclients; i++) {
		client = &c->clients[i];
		client->index = -1;
		if (c->opt->max_clients && i >= c->opt->max_clients)
			continue;
		out = (struct trace_client){.proc = client->proc, .thr = client->thr};
		client_window(c, client, &out);
		out.records = client->records;
		if (!c->opt->start_zero)
			out.start = start_time(c, client);
		if (out.start == SIM_NEVER)
			return cfg_fail(c->cap.err,
					"%.200s: thread %u.%u begins more than a thousand hours "
					"behind the first",
					c->cap.path, client->proc, client->thr);
		client->index = trace_write_client(w, &out);
		if (client->index < 0)
			return -EINVAL;
		if (!c->sum->window_min || out.window < c->sum->window_min)
			c->sum->window_min = out.window;
		if (out.window > c->sum->window_max)
			c->sum->window_max = out.window;
		c->sum->clients++;
	}
	return 0;
}

static u64 think_time(struct client *client, const struct row *row, bool first)
{
	u64 used = client->last_emu + INTERCEPTION_NS, gap = row->t_ns - client->last_ns;

	if (first || row->t_ns < client->last_ns || gap < used)
		return 0;
	gap -= used;
	return gap > GAP_MAX_NS ? SIM_NEVER : gap * PS_PER_NS;
}

/* Writes the unit that is held back, a batch together with its members. */
static void flush_unit(struct converter *c, struct trace_writer *w)
{
	u32 i;

	if (c->nheld && c->held[0].op == TRACE_OP_BATCH) {
		c->held[0].listed = c->nheld - 1;
		c->sum->batches++;
	}
	for (i = 0; i < c->nheld; i++) {
		if (trace_write_op(w, &c->held[i]))
			break; /* reported when the writer is closed */
	}
	c->sum->records += c->nheld;
	c->nheld = 0;
}

static int hold(struct converter *c, const struct trace_op *op)
{
	struct trace_op *bigger;

	if (c->nheld == c->held_room) {
		c->held_room = c->held_room ? 2 * c->held_room : 64;
		bigger = reallocarray(c->held, c->held_room, sizeof(*bigger));
		if (!bigger)
			return cfg_fail_errno(c->cap.err, ENOMEM, "out of memory");
		c->held = bigger;
	}
	c->held[c->nheld++] = *op;
	return 0;
}

/*
 * The program submits again what a full queue refused: only what was accepted is work. Its thread
 * did not think in that time.
 */
static void refusal(struct converter *c, const struct row *row)
{
	struct client *client = c->nclients ? lookup(c, row) : NULL;

	if (client)
		client->last_emu += row->emu_ns + INTERCEPTION_NS;
	c->sum->refused++;
}

/* Pass 2. */
static int write_rows(struct converter *c, struct trace_writer *w)
{
	struct client *client = NULL;
	u64 records = 0;
	struct row row;
	bool refused = false;
	int rc;

	while ((rc = read_row(&c->cap, &row)) > 0 && !full(c, &row, records)) {
		refused = row.member ? refused : row.refused;
		if (refused) {
			flush_unit(c, w);
			if (!row.member)
				refusal(c, &row);
			continue;
		}
		records++;
		if (!row.member) {
			flush_unit(c, w);
			client = find_client(c, &row);
			if (!client)
				return -EINVAL;
			row.op.time = think_time(client, &row, !client->units);
			if (row.op.time == SIM_NEVER)
				return bad_row(&c->cap, "a gap of more than a thousand hours");
			client->units++;
			client->last_ns = row.t_ns;
			client->last_emu = row.emu_ns;
		}
		if (client->index < 0) {
			c->sum->dropped++;
			continue;
		}
		row.op.client = (u32)client->index;
		rc = hold(c, &row.op);
		if (rc)
			return rc;
	}
	if (rc >= 0)
		flush_unit(c, w);
	return rc < 0 ? rc : 0;
}

static int convert(struct converter *c, const char *in, const char *out, struct cfg_error *err)
{
	struct trace_writer *w;
	u32 i;
	int rc;

	rc = capture_open(&c->cap, in, err);
	if (rc)
		return rc;
	rc = survey(c);
	trace_source_close(c->cap.src);
	c->cap.src = NULL;
	if (rc)
		return rc;
	rc = trace_write_open(&w, out, err);
	if (rc)
		return rc;
	rc = write_header(c, w);
	for (i = 0; i < c->nclients; i++)
		c->clients[i].units = 0;
	if (!rc)
		rc = capture_open(&c->cap, in, err);
	if (!rc)
		rc = write_rows(c, w);
	if (rc) {
		trace_write_abort(w);
		return rc;
	}
	return trace_write_close(w, err);
}

int capture_convert(const char *in, const char *out, const struct capture_options *opt,
		    struct capture_summary *sum, struct cfg_error *err)
{
	struct converter c = {.opt = opt, .sum = sum, .first_ns = ~0ull};
	int rc;

	*sum = (struct capture_summary){0};
	c.uses = calloc(2 * (size_t)LOOKBACK_MAX, sizeof(*c.uses));
	if (!c.uses)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", in);
	rc = convert(&c, in, out, err);
	trace_source_close(c.cap.src);
	free(c.uses);
	free(c.held);
	free(c.clients);
	free(c.hash);
	return rc;
}
