// SPDX-License-Identifier: GPL-2.0
// Trace reader, first half: messages, clients, the header.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/trace_io.h"
#include "sim/workload/trace_priv.h"
#include "sim/workload/trace_scan.h"

/* ---- Errors ---- */

int trace_fail_file(struct trace *t, const char *fmt, ...)
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
int trace_fail_at(struct trace *t, const char *p, const char *fmt, ...)
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
	struct trace_client_state *states;
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
s64 trace_client_find(struct trace *t, u32 proc, u32 thr)
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
	t->states[t->nclients] = (struct trace_client_state){0};
	t->hash[slot] = ++t->nclients;
	return t->nclients - 1;
}

/* ---- Header ---- */

static bool page_size_ok(u64 v)
{
	return v == 4096 || v == 2ull << 20 || v == 1ull << 30;
}

static int read_client_options(struct trace *t, const char *p, struct trace_client *c)
{
	const char *v, *end;
	u64 n;

	for (p = skip_blanks(p); !is_end(*p); p = skip_blanks(end)) {
		if (scan_option(p, "window", &v)) {
			end = scan_decimal(v, &n);
			if (!end || !n || n > 1u << 20)
				return trace_fail_at(t, v, "a window of 1 to 1048576 expected");
			c->window = (u32)n;
		} else if (scan_option(p, "loop", &v)) {
			end = scan_word(v, trace_loop_names, &n);
			if (!end)
				return trace_fail_at(t, v, "sync, ring, burst or open expected");
			c->loop = (u32)n;
		} else if (scan_option(p, "wait", &v)) {
			end = scan_word(v, trace_wait_names, &n);
			if (!end)
				return trace_fail_at(t, v, "poll, umwait or interrupt expected");
			c->wait = (u32)n;
		} else if (scan_option(p, "page", &v)) {
			end = scan_size(v, &c->page_size);
			if (!end || !page_size_ok(c->page_size))
				return trace_fail_at(t, v,
						     "a page size expected: 4KiB, 2MiB or 1GiB");
		} else if (scan_option(p, "start", &v)) {
			end = scan_time(v, &c->start);
			if (!end)
				return trace_fail_at(t, v, "a time expected (start=5us)");
		} else if (scan_option(p, "records", &v)) {
			end = scan_decimal(v, &c->records);
			if (!end)
				return trace_fail_at(t, v, "a number of records expected");
		} else {
			return trace_fail_at(
				t, p, "window=, loop=, wait=, page=, start= or records= expected");
		}
		if (!is_end(*end))
			return trace_fail_at(t, v, "one value expected");
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
			return trace_fail_at(t, p, "'client *' comes before all other clients");
		return read_client_options(t, p + 1, &t->any);
	}
	end = scan_pair(p, &proc, &thr);
	if (!end || !is_end(*end) || proc > 0xffffffff || thr > 0xffffffff)
		return trace_fail_at(t, p, "a client PROCESS.THREAD or * expected");
	at = trace_client_find(t, (u32)proc, (u32)thr);
	if (at < 0)
		return trace_fail_file(t, "more than %u clients", TRACE_CLIENTS_MAX);
	if (t->clients[at].declared)
		return trace_fail_at(t, p, "each client once expected");
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
		return trace_fail_at(t, p, "a process expected");
	r.proc = (u32)n;
	p = skip_blanks(end);
	end = scan_hex(p, &r.addr);
	if (!end || !is_end(*end))
		return trace_fail_at(t, p, "an address 0x... expected");
	p = skip_blanks(end);
	end = scan_size(p, &r.len);
	if (!end || !r.len || r.addr + r.len < r.addr)
		return trace_fail_at(t, p, "a length expected (64KiB)");
	for (p = skip_blanks(end); !is_end(*p); p = skip_blanks(end)) {
		if (scan_option(p, "page", &v)) {
			end = scan_size(v, &r.page_size);
			if (!end || !page_size_ok(r.page_size))
				return trace_fail_at(t, v,
						     "a page size expected: 4KiB, 2MiB or 1GiB");
		} else if (scan_option(p, "node", &v)) {
			end = scan_decimal(v, &n);
			if (!end || !is_end(*end) || n > 1023)
				return trace_fail_at(t, v, "a memory node expected");
			r.node = (s32)n;
		} else {
			return trace_fail_at(t, p, "page= or node= expected");
		}
	}
	if (t->nregions == TRACE_REGIONS_MAX)
		return trace_fail_file(t, "more than %u regions", TRACE_REGIONS_MAX);
	if (t->nregions == t->region_room) {
		t->region_room = t->region_room ? 2 * t->region_room : 16;
		bigger = realloc(t->regions, t->region_room * sizeof(*bigger));
		if (!bigger)
			return trace_fail_file(t, "out of memory");
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
			return trace_fail_at(
				t, p,
				"a column expected (think, t, client, wq, instr, op, flags, "
				"comp, src, dst, size)");
		if (t->seen[col])
			return trace_fail_at(t, p, "each column once expected");
		t->seen[col] = true;
		t->columns[t->ncolumns++] = (u8)col;
	}
	if (!t->seen[COL_OP] || !t->seen[COL_SIZE])
		return trace_fail_at(t, p, "at least the columns op and size expected");
	return 1;
}

static int read_default(struct trace *t, const char *p)
{
	const char *v = p, *end = NULL;
	u64 n;

	if (scan_option(p, "status", &v))
		end = scan_number(v, &n);
	if (!end || !is_end(*end) || n > 0xff)
		return trace_fail_at(t, v, "status=0x01 expected");
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
	return trace_fail_at(t, p, "client, region, default or columns expected");
}

int trace_next_line(struct trace *t, const char **out)
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
				trace_fail_file(t, "%s; the last good line is %llu",
						trace_source_error(t->src), t->good_line);
			else
				trace_fail_file(t, "%s", trace_source_error(t->src));
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

/* Is the first line the column names of a recorded descriptor stream? */
static bool is_recording(const char *line)
{
	size_t len = (size_t)((char *)rawmemchr(line, '\n') - line);

	return memmem(line, len, "t_ns,", 5) && memmem(line, len, ",op,", 4);
}

int trace_read_header(struct trace *t)
{
	static const char magic[] = "dsasim-trace";
	const char *p, *v;
	u64 version;
	int rc;

	rc = trace_next_line(t, &p);
	if (rc < 0)
		return rc;
	if (!rc)
		return trace_fail_file(t, "the file is empty");
	if (is_recording(p))
		return trace_fail_file(t, "a recording (CSV), not a trace: 'dsasim trace convert' "
					  "makes one of it");
	if (token_len(p) != sizeof(magic) - 1 || memcmp(p, magic, sizeof(magic) - 1))
		return trace_fail_at(t, p, "'dsasim-trace 1' expected as the first line");
	v = skip_blanks(p + sizeof(magic) - 1);
	p = scan_decimal(v, &version);
	if (!p || version != TRACE_VERSION)
		return trace_fail_at(t, v, "version %u expected", TRACE_VERSION);
	do {
		rc = trace_next_line(t, &p);
		if (rc < 0)
			return rc;
		if (!rc)
			return trace_fail_file(t, "the file ends before the line 'columns'");
		rc = read_directive(t, p);
	} while (!rc);
	return rc < 0 ? rc : 0;
}
