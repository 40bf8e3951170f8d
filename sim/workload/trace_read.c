// SPDX-License-Identifier: GPL-2.0
// Trace reader: header, then one record a line by hand-written scanners.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/cfg.h"
#include "sim/scenario/op_names.h"
#include "sim/scenario/units.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_names.h"

/*
 * Every line is followed by a '\n' in the buffer, so that a scanner may run without looking at
 * the length: no character it accepts is a '\n'.
 */

struct client_state {
	u64 records;
	u64 last_t; /* latest arrival */
};

struct trace {
	struct trace_source *src;
	char *path;
	u64 line_no, good_line, count;
	u8 columns[COL_COUNT];
	u32 ncolumns;
	bool seen[COL_COUNT];
	u8 default_status;

	struct trace_client *clients;
	struct client_state *states;
	u32 nclients, room, hash_mask;
	u32 *hash;		 /* index + 1 of a client */
	struct trace_client any; /* "client *" */
	u32 last_client;

	struct trace_region *regions;
	u32 nregions, region_room;

	struct trace_op batch; /* whose members follow */
	u32 members_left;

	const char *line; /* for columns in messages */
	int state;	  /* 1 reading, 0 ended, else the error */
	bool line_error;  /* the error is of one line only */
	char error[400];
};

static const u8 nibbles[256] = {
#define N(c, v) [c] = (v) + 1
	N('0', 0),  N('1', 1),	N('2', 2),  N('3', 3),	N('4', 4),  N('5', 5),
	N('6', 6),  N('7', 7),	N('8', 8),  N('9', 9),	N('a', 10), N('b', 11),
	N('c', 12), N('d', 13), N('e', 14), N('f', 15), N('A', 10), N('B', 11),
	N('C', 12), N('D', 13), N('E', 14), N('F', 15),
#undef N
};

static bool is_end(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static size_t token_len(const char *p)
{
	size_t n = 0;

	while (!is_end(p[n]))
		n++;
	return n;
}

/* ---- Errors ---- */

__attribute__((cold)) static int fail_file(struct trace *t, const char *fmt, ...)
{
	va_list args;
	int len;

	len = snprintf(t->error, sizeof(t->error), "%.200s:%llu: ", t->path, t->line_no);
	va_start(args, fmt);
	vsnprintf(t->error + len, sizeof(t->error) - (size_t)len, fmt, args);
	va_end(args);
	t->line_error = false;
	return t->state = -EINVAL;
}

/* At @p of the current line; shows the word that is there, printable characters only. */
__attribute__((cold)) static int fail_at(struct trace *t, const char *p, const char *fmt, ...)
{
	char word[44], text[160];
	size_t n = token_len(p), i;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (i = 0; i < n && i < 40; i++)
		word[i] = p[i] >= ' ' && p[i] < 127 ? p[i] : '?';
	word[i] = 0;
	if (n)
		snprintf(t->error, sizeof(t->error), "%.160s:%llu:%zu: %s, not '%s'", t->path,
			 t->line_no, (size_t)(p - t->line) + 1, text, word);
	else
		snprintf(t->error, sizeof(t->error), "%.160s:%llu:%zu: %s, not the end of the line",
			 t->path, t->line_no, (size_t)(p - t->line) + 1, text);
	t->line_error = true;
	return t->state = -EINVAL;
}

/* ---- Scanners: return the first character behind, NULL where there is no such thing ---- */

#define EACH(byte) (0x0101010101010101ull * (byte))

/*
 * The word at @p of at most 8 characters as a number whose last character is the lowest byte and
 * whose missing ones are '0'; its length, or 9 when it is longer. Little-endian machines only.
 */
static inline u64 load_word(const char *p, u32 *len)
{
	u64 w, ends;

	memcpy(&w, p, 8);
	ends = (w - EACH(0x21)) & ~w & EACH(0x80); /* lowest set: first byte up to a blank */
	if (!ends) {
		*len = is_end(p[8]) ? 8 : 9;
		return __builtin_bswap64(w);
	}
	*len = (u32)__builtin_ctzll(ends) >> 3;
	if (!*len)
		return 0;
	return __builtin_bswap64(w) >> (64 - 8 * *len) | EACH('0') << (8 * *len);
}

/* The value of 8 decimal digits; false if there is anything else. */
static inline bool eight_decimal(u64 w, u64 *value)
{
	u64 x = w & EACH(0x0f);

	if (((w ^ EACH('0')) | (x + EACH(6))) & EACH(0xf0))
		return false;
	x = (x & 0x00ff00ff00ff00ffull) + 10 * (x >> 8 & 0x00ff00ff00ff00ffull);
	x = (x & 0x0000ffff0000ffffull) + 100 * (x >> 16 & 0x0000ffff0000ffffull);
	*value = (x & 0xffffffff) + 10000 * (x >> 32);
	return true;
}

/* The same for 8 hexadecimal digits in lower case. */
static inline bool eight_hex(u64 w, u64 *value)
{
	u64 x = (w & EACH(0x0f)) + 9 * (w >> 6 & EACH(1)), above9 = (x + EACH(6)) >> 4 & EACH(1);

	if ((x & EACH(0xf0)) || x + EACH('0') + 0x27 * above9 != w)
		return false;
	x = (x | x >> 4) & 0x00ff00ff00ff00ffull;
	x = (x | x >> 8) & 0x0000ffff0000ffffull;
	*value = (x | x >> 16) & 0xffffffff;
	return true;
}

static const char *scan_decimal(const char *p, u64 *value)
{
	const char *start = p;
	u64 v = 0;
	u32 d;

	while ((d = (u32)(u8)*p - '0') < 10) {
		v = v * 10 + d;
		p++;
	}
	if (p == start || p > start + 19)
		return NULL;
	*value = v;
	return p;
}

static const char *scan_long_hex(const char *p, u64 *value)
{
	const char *start = p;
	u64 v = 0;
	u32 d;

	while ((d = nibbles[(u8)*p])) {
		v = v << 4 | (d - 1);
		p++;
	}
	if (p == start || p > start + 16)
		return NULL;
	*value = v;
	return p;
}

/* "0x1f", or "0". */
static inline const char *scan_hex(const char *p, u64 *value)
{
	u32 len;
	u64 w;

	if (p[0] != '0')
		return NULL;
	if (p[1] != 'x') {
		*value = 0;
		return p + 1;
	}
	w = load_word(p + 2, &len);
	if (len - 1 < 8 && eight_hex(w, value))
		return p + 2 + len;
	return scan_long_hex(p + 2, value);
}

static const char *scan_number(const char *p, u64 *value)
{
	return p[0] == '0' && p[1] == 'x' ? scan_hex(p, value) : scan_decimal(p, value);
}

static inline const char *scan_time(const char *p, u64 *value)
{
	size_t n;
	u32 len;
	u64 w = load_word(p, &len);

	/* The usual form: whole nanoseconds of at most 6 digits. */
	if (len - 3 < 6 && (w & 0xffff) == ('n' << 8 | 's') &&
	    eight_decimal(w >> 16 | (u64)('0' << 8 | '0') << 48, value)) {
		*value *= PS_PER_NS;
		return p + len;
	}
	n = token_len(p);
	if (unit_parse(UNIT_TIME, p, n, value))
		return NULL;
	return p + n;
}

static inline const char *scan_size(const char *p, u64 *value)
{
	size_t n;
	u32 len;
	u64 w = load_word(p, &len);

	if (len - 1 < 8 && eight_decimal(w, value))
		return p + len;
	n = token_len(p);
	if (unit_parse(UNIT_NONE, p, n, value) && unit_parse(UNIT_SIZE, p, n, value))
		return NULL;
	return p + n;
}

/* "3.0" */
static inline const char *scan_pair(const char *p, u64 *a, u64 *b)
{
	p = scan_decimal(p, a);
	if (!p || *p != '.')
		return NULL;
	return scan_decimal(p + 1, b);
}

static const char *scan_word(const char *p, const char *const *words, u64 *value)
{
	size_t n = token_len(p), i;

	for (i = 0; words[i]; i++) {
		if (strlen(words[i]) == n && !memcmp(words[i], p, n)) {
			*value = i;
			return p + n;
		}
	}
	return NULL;
}

/* ---- Clients ---- */

static u32 client_slot(const struct trace *t, u32 proc, u32 thr)
{
	u64 key = ((u64)proc << 32 | thr) * 0x9e3779b97f4a7c15ull;
	u32 i = (u32)(key >> 32) & t->hash_mask, at;

	while ((at = t->hash[i])) {
		if (t->clients[at - 1].proc == proc && t->clients[at - 1].thr == thr)
			break;
		i = (i + 1) & t->hash_mask;
	}
	return i;
}

static int clients_grow(struct trace *t)
{
	u32 room = t->room ? 2 * t->room : 16, i;
	struct trace_client *clients = realloc(t->clients, room * sizeof(*clients));
	struct client_state *states;
	u32 *hash;

	if (!clients)
		return -ENOMEM;
	t->clients = clients;
	states = realloc(t->states, room * sizeof(*states));
	if (!states)
		return -ENOMEM;
	t->states = states;
	hash = calloc(2 * room, sizeof(*hash));
	if (!hash)
		return -ENOMEM;
	free(t->hash);
	t->hash = hash;
	t->hash_mask = 2 * room - 1;
	t->room = room;
	for (i = 0; i < t->nclients; i++)
		hash[client_slot(t, t->clients[i].proc, t->clients[i].thr)] = i + 1;
	return 0;
}

/* Index of a client, made if it is new; -EINVAL: too many. */
static s64 client_find(struct trace *t, u32 proc, u32 thr)
{
	u32 slot;

	if (t->nclients == t->room && clients_grow(t))
		return -ENOMEM;
	slot = client_slot(t, proc, thr);
	if (t->hash[slot])
		return t->hash[slot] - 1;
	if (t->nclients == TRACE_CLIENTS_MAX)
		return -EINVAL;
	t->clients[t->nclients] = t->any;
	t->clients[t->nclients].proc = proc;
	t->clients[t->nclients].thr = thr;
	t->states[t->nclients] = (struct client_state){0};
	t->hash[slot] = ++t->nclients;
	return t->nclients - 1;
}

/* ---- Header ---- */

static bool option(const char *p, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(p, name, n) || p[n] != '=')
		return false;
	*value = p + n + 1;
	return true;
}

static bool page_size_ok(u64 v)
{
	return v == 4096 || v == 2ull << 20 || v == 1ull << 30;
}

static int read_client_options(struct trace *t, const char *p, struct trace_client *c)
{
	const char *v, *end;
	u64 n;

	for (p = skip_blanks(p); !is_end(*p); p = skip_blanks(end)) {
		if (option(p, "window", &v)) {
			end = scan_decimal(v, &n);
			if (!end || !n || n > 1u << 20)
				return fail_at(t, v, "a window of 1 to 1048576 expected");
			c->window = (u32)n;
		} else if (option(p, "loop", &v)) {
			end = scan_word(v, trace_loop_names, &n);
			if (!end)
				return fail_at(t, v, "sync, ring, burst or open expected");
			c->loop = (u32)n;
		} else if (option(p, "wait", &v)) {
			end = scan_word(v, trace_wait_names, &n);
			if (!end)
				return fail_at(t, v, "poll, umwait or interrupt expected");
			c->wait = (u32)n;
		} else if (option(p, "page", &v)) {
			end = scan_size(v, &c->page_size);
			if (!end || !page_size_ok(c->page_size))
				return fail_at(t, v, "a page size expected: 4KiB, 2MiB or 1GiB");
		} else if (option(p, "start", &v)) {
			end = scan_time(v, &c->start);
			if (!end)
				return fail_at(t, v, "a time expected (start=5us)");
		} else if (option(p, "records", &v)) {
			end = scan_decimal(v, &c->records);
			if (!end)
				return fail_at(t, v, "a number of records expected");
		} else {
			return fail_at(t, p,
				       "window=, loop=, wait=, page=, start= or records= expected");
		}
		if (!is_end(*end))
			return fail_at(t, v, "one value expected");
	}
	return 0;
}

static int read_client(struct trace *t, const char *p)
{
	const char *end;
	u64 proc, thr;
	s64 at;

	if (p[0] == '*' && is_end(p[1])) {
		if (t->nclients)
			return fail_at(t, p, "'client *' comes before all other clients");
		return read_client_options(t, p + 1, &t->any);
	}
	end = scan_pair(p, &proc, &thr);
	if (!end || !is_end(*end) || proc > 0xffffffff || thr > 0xffffffff)
		return fail_at(t, p, "a client PROCESS.THREAD or * expected");
	at = client_find(t, (u32)proc, (u32)thr);
	if (at < 0)
		return fail_file(t, "more than %u clients", TRACE_CLIENTS_MAX);
	if (t->clients[at].declared)
		return fail_at(t, p, "each client once expected");
	t->clients[at].declared = true;
	return read_client_options(t, end, &t->clients[at]);
}

static int read_region(struct trace *t, const char *p)
{
	struct trace_region r = {.node = -1, .page_size = 4096}, *bigger;
	const char *end, *v;
	u64 n;

	end = scan_decimal(p, &n);
	if (!end || !is_end(*end) || n > 0xffffffff)
		return fail_at(t, p, "a process expected");
	r.proc = (u32)n;
	p = skip_blanks(end);
	end = scan_hex(p, &r.addr);
	if (!end || !is_end(*end))
		return fail_at(t, p, "an address 0x... expected");
	p = skip_blanks(end);
	end = scan_size(p, &r.len);
	if (!end || !r.len || r.addr + r.len < r.addr)
		return fail_at(t, p, "a length expected (64KiB)");
	for (p = skip_blanks(end); !is_end(*p); p = skip_blanks(end)) {
		if (option(p, "page", &v)) {
			end = scan_size(v, &r.page_size);
			if (!end || !page_size_ok(r.page_size))
				return fail_at(t, v, "a page size expected: 4KiB, 2MiB or 1GiB");
		} else if (option(p, "node", &v)) {
			end = scan_decimal(v, &n);
			if (!end || !is_end(*end) || n > 1023)
				return fail_at(t, v, "a memory node expected");
			r.node = (s32)n;
		} else {
			return fail_at(t, p, "page= or node= expected");
		}
	}
	if (t->nregions == TRACE_REGIONS_MAX)
		return fail_file(t, "more than %u regions", TRACE_REGIONS_MAX);
	if (t->nregions == t->region_room) {
		t->region_room = t->region_room ? 2 * t->region_room : 16;
		bigger = realloc(t->regions, t->region_room * sizeof(*bigger));
		if (!bigger)
			return fail_file(t, "out of memory");
		t->regions = bigger;
	}
	t->regions[t->nregions++] = r;
	return 0;
}

static int read_columns(struct trace *t, const char *p)
{
	u64 col;

	for (; !is_end(*p); p = skip_blanks(p + token_len(p))) {
		if (!scan_word(p, trace_column_names, &col))
			return fail_at(t, p,
				       "a column expected (think, t, client, wq, instr, op, flags, "
				       "comp, src, dst, size)");
		if (t->seen[col])
			return fail_at(t, p, "each column once expected");
		t->seen[col] = true;
		t->columns[t->ncolumns++] = (u8)col;
	}
	if (!t->seen[COL_OP] || !t->seen[COL_SIZE])
		return fail_at(t, p, "at least the columns op and size expected");
	return 1;
}

static int read_default(struct trace *t, const char *p)
{
	const char *v = p, *end = NULL;
	u64 n;

	if (option(p, "status", &v))
		end = scan_number(v, &n);
	if (!end || !is_end(*end) || n > 0xff)
		return fail_at(t, v, "status=0x01 expected");
	t->default_status = (u8)n;
	return 0;
}

/* One line of the header. Returns 1 behind the last one. */
static int read_directive(struct trace *t, const char *p)
{
	size_t n = token_len(p);
	const char *args = skip_blanks(p + n);

	if (n == 6 && !memcmp(p, "client", 6))
		return read_client(t, args);
	if (n == 6 && !memcmp(p, "region", 6))
		return read_region(t, args);
	if (n == 7 && !memcmp(p, "default", 7))
		return read_default(t, args);
	if (n == 7 && !memcmp(p, "columns", 7))
		return read_columns(t, args);
	return fail_at(t, p, "client, region, default or columns expected");
}

/* The next line that says something. 1, 0 at the end of the file, or an error. */
static inline int next_line(struct trace *t, const char **out)
{
	const char *p;
	char *line;
	size_t len;
	int rc;

	for (;;) {
		rc = trace_source_line(t->src, TRACE_LINE_MAX, &line, &len);
		t->line_no++;
		if (rc <= 0) {
			if (!rc)
				return 0;
			if (t->good_line)
				fail_file(t, "%s; the last good line is %llu",
					  trace_source_error(t->src), t->good_line);
			else
				fail_file(t, "%s", trace_source_error(t->src));
			return t->state = rc;
		}
		t->line = line;
		p = skip_blanks(line);
		if (*p == '#' || *p == '\n' || (*p == '\r' && p[1] == '\n'))
			continue;
		*out = p;
		return 1;
	}
}

static int read_header(struct trace *t)
{
	static const char magic[] = "dsasim-trace";
	const char *p, *v;
	u64 version;
	int rc;

	rc = next_line(t, &p);
	if (rc < 0)
		return rc;
	if (!rc)
		return fail_file(t, "the file is empty");
	if (token_len(p) != sizeof(magic) - 1 || memcmp(p, magic, sizeof(magic) - 1))
		return fail_at(t, p, "'dsasim-trace 1' expected as the first line");
	v = skip_blanks(p + sizeof(magic) - 1);
	p = scan_decimal(v, &version);
	if (!p || version != TRACE_VERSION)
		return fail_at(t, v, "version %u expected", TRACE_VERSION);
	do {
		rc = next_line(t, &p);
		if (rc < 0)
			return rc;
		if (!rc)
			return fail_file(t, "the file ends before the line 'columns'");
		rc = read_directive(t, p);
	} while (!rc);
	return rc < 0 ? rc : 0;
}

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
		rc = read_header(t);
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
			if (*p == *x->name && option(p, x->name, &v) &&
			    (!x->ops || (op->op < 64 && x->ops >> op->op & 1)))
				break;
		}
		if (!x->name)
			return fail_at(t, p, "name=value expected that this operation has");
		end = scan_number(v, &n);
		if (!end || !is_end(*end) || n > x->max)
			return fail_at(t, v, "a number up to 0x%llx expected", x->max);
		if (seen >> x->field & 1)
			return fail_at(t, p, "each extra once expected");
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
	at = client_find(t, (u32)proc, (u32)thr);
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
			return fail_at(t, t->line,
				       "member %u of %u of the batch in line %llu expected", n,
				       t->batch.listed, t->batch.line);
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
		return fail_at(t, t->line,
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
	struct client_state *state;

	if (!t->seen[COL_CLIENT] && !t->nclients && client_find(t, 0, 0) < 0)
		return fail_file(t, "out of memory");
	if (op->client == ~0u)
		return fail_at(t, t->line, "a client expected, '-' is only for members");
	state = &t->states[op->client];
	state->records++;
	if (op->timing == TRACE_ARRIVAL && op->instr != TRACE_MEMBER) {
		if (op->time < state->last_t)
			return fail_at(t, t->line, "arrival times in ascending order expected");
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
			return fail_at(t, p, "%s", column_forms[t->columns[i]]);
		end = read_column(t, t->columns[i], p, op);
		if (__builtin_expect(!end || !is_end(*end), 0))
			return fail_at(t, p, "%s", column_forms[t->columns[i]]);
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
		return fail_at(t, p, "member %u of %u of the batch in line %llu expected",
			       t->batch.listed - t->members_left + 1, t->batch.listed,
			       t->batch.line);
	if (!is_end(*v)) {
		end = scan_decimal(v, &n);
		if (!end || !is_end(*end))
			return fail_at(t, v, "the number of records expected");
		if (n != t->count)
			return fail_file(t, "%llu records, but the last line says %llu", t->count,
					 n);
	}
	for (i = 0; i < t->nclients; i++) {
		if (t->clients[i].records && t->clients[i].records != t->states[i].records)
			return fail_file(t, "client %u.%u has %llu records, but declares %llu",
					 t->clients[i].proc, t->clients[i].thr,
					 t->states[i].records, t->clients[i].records);
	}
	if (next_line(t, &p) > 0)
		return fail_at(t, p, "nothing behind the line 'end' expected");
	return t->state < 0 ? t->state : (t->state = 0);
}

int trace_next(struct trace *t, struct trace_op *op)
{
	const char *p;
	int rc;

	if (t->state != 1)
		return t->state;
	rc = next_line(t, &p);
	if (__builtin_expect(rc <= 0, 0)) {
		if (!rc)
			return fail_file(t,
					 "the line 'end' is missing: the trace was cut off; the "
					 "last good line is %llu",
					 t->good_line);
		return rc;
	}
	if (__builtin_expect(p[0] == 'e' && p[1] == 'n' && p[2] == 'd' && is_end(p[3]), 0))
		return read_end(t, p);
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
