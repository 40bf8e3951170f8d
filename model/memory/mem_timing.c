// SPDX-License-Identifier: GPL-2.0
/* What an access to memory costs: nodes, last-level caches, links between sockets, I/O fabric. */
#include "model/memory/mem_int.h"
#include "sim/core/stats.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LLC_PAGES 16u

static const struct sim_stat_def mem_stats[] = {
#define STAT(name, unit, what)                                                                     \
	{                                                                                          \
#name, unit, what, offsetof(struct mem_counts, name)                               \
	}
	STAT(reads, "count", "read transfers"),
	STAT(writes, "count", "write transfers"),
	STAT(read_bytes, "bytes", "bytes read"),
	STAT(write_bytes, "bytes", "bytes written"),
	STAT(llc_hit_bytes, "bytes", "bytes served or taken by a last-level cache"),
	STAT(llc_miss_bytes, "bytes", "bytes that went to a memory node"),
	STAT(llc_evictions, "count", "64 KiB granules evicted from a last-level cache"),
	STAT(llc_writeback_bytes, "bytes", "modified bytes written back to a node"),
	STAT(remote_bytes, "bytes", "bytes that crossed a link between sockets"),
	STAT(wakes, "count", "watches fired by a write"),
#undef STAT
};

static int llc_init(struct mem_full *m, u32 s, char *msg, size_t len)
{
	const struct mem_socket_cfg *c = &m->cfg.socket[s];
	struct mem_llc *llc = &m->socket[s].llc;
	u64 sets;

	sim_pipe_set_rate(&llc->pipe.pipe, c->llc_bytes_per_s);
	if (!c->llc_bytes)
		return 0;
	if (!c->llc_ways || c->llc_ways > 64 || c->llc_io_ways > c->llc_ways) {
		snprintf(msg, len, "socket %u: llc ways %u, I/O ways %u: 1..64, at most the ways",
			 s, c->llc_ways, c->llc_io_ways);
		return -EINVAL;
	}
	sets = c->llc_bytes / LLC_GRANULE / c->llc_ways;
	if (!sets || sets > 1u << 20) {
		snprintf(msg, len, "socket %u: llc bytes %llu with %u ways is not in %llu..%llu", s,
			 c->llc_bytes, c->llc_ways, LLC_GRANULE * c->llc_ways,
			 (LLC_GRANULE << 20) * c->llc_ways);
		return -EINVAL;
	}
	llc->sets = (u32)sets;
	llc->ways = c->llc_ways;
	llc->io_ways = c->llc_io_ways ? c->llc_io_ways : c->llc_ways;
	llc->line = calloc(sets * llc->ways, sizeof(*llc->line));
	llc->used = calloc(sets * llc->ways, sizeof(*llc->used));
	return llc->line && llc->used ? 0 : -ENOMEM;
}

static int usage(struct mem_full *m, const char *who, const char *what, struct mem_pipe *p,
		 const char *text)
{
	char name[64];

	snprintf(name, sizeof(name), "mem.%s.%s", who, what);
	return sim_usage_register(m->sim, name, &p->pipe.srv.use, 1, text);
}

static int register_all(struct mem_full *m)
{
	int rc = sim_stats_register(m->sim, "mem", &m->count, mem_stats,
				    sizeof(mem_stats) / sizeof(mem_stats[0]));

	for (u32 i = 0; i < m->cfg.nodes && !rc; i++) {
		char who[40];

		if (m->cfg.node[i].name[0])
			snprintf(who, sizeof(who), "%.23s", m->cfg.node[i].name);
		else
			snprintf(who, sizeof(who), "node%u", i);
		rc = usage(m, who, "read", &m->unit[i].read, "read bandwidth of a memory node");
		if (!rc)
			rc = usage(m, who, "write", &m->unit[i].write,
				   "write bandwidth of a memory node");
	}
	for (u32 s = 0; s < m->cfg.sockets && !rc; s++) {
		char who[40];

		snprintf(who, sizeof(who), "socket%u", s);
		rc = usage(m, who, "llc", &m->socket[s].llc.pipe, "last-level cache bandwidth");
		if (!rc)
			rc = usage(m, who, "link", &m->socket[s].link_out,
				   "data leaving for other sockets");
		if (!rc)
			rc = usage(m, who, "fabric_in", &m->socket[s].fabric_in,
				   "data read by the socket's I/O devices");
		if (!rc)
			rc = usage(m, who, "fabric_out", &m->socket[s].fabric_out,
				   "data written by the socket's I/O devices");
	}
	return rc;
}

int mem_timing_init(struct mem_full *m, char *msg, size_t len)
{
	for (u32 s = 0; s < m->cfg.sockets; s++) {
		const struct mem_socket_cfg *c = &m->cfg.socket[s];
		int rc = llc_init(m, s, msg, len);

		if (rc)
			return rc;
		sim_pipe_set_rate(&m->socket[s].link_out.pipe, c->link_bytes_per_s);
		sim_pipe_set_rate(&m->socket[s].fabric_in.pipe, c->fabric_bytes_per_s);
		sim_pipe_set_rate(&m->socket[s].fabric_out.pipe, c->fabric_bytes_per_s);
	}
	for (u32 i = 0; i < m->cfg.nodes; i++) {
		sim_pipe_set_rate(&m->unit[i].read.pipe, m->cfg.node[i].read_bytes_per_s);
		sim_pipe_set_rate(&m->unit[i].write.pipe, m->cfg.node[i].write_bytes_per_s);
	}
	return register_all(m);
}

void mem_timing_free(struct mem_full *m)
{
	for (u32 s = 0; s < m->cfg.sockets; s++) {
		free(m->socket[s].llc.line);
		free(m->socket[s].llc.used);
	}
}

/* Passes @bytes; returns when the last one is through. See struct mem_pipe. */
static u64 pass(struct mem_pipe *p, u64 now, u64 bytes)
{
	u64 behind = 0;

	if (!p->pipe.ps_per_64b_q16) {
		p->pipe.srv.use.count++;
		p->pipe.srv.use.bytes += bytes;
		return now;
	}
	if (now >= p->seen)
		p->seen = now;
	else
		behind = p->seen - now;
	return sim_pipe_reserve(&p->pipe, p->seen, bytes) - behind;
}

/* ---- last-level cache ---- */

static inline u32 line_granule(u64 line)
{
	return (u32)(line >> 32);
}

static inline u32 line_present(u64 line)
{
	return (u32)line & 0xffff;
}

static inline u32 line_dirty(u64 line)
{
	return (u32)(line >> 16) & 0xffff;
}

/* The line of @granule, or NULL. */
static u64 *llc_find(struct mem_llc *llc, u32 granule, u32 *set)
{
	u64 *line;

	*set = granule % llc->sets;
	line = &llc->line[(u64)*set * llc->ways];
	for (u32 w = 0; w < llc->ways; w++) {
		if (line_granule(line[w]) == granule && line_present(line[w])) {
			llc->used[(u64)*set * llc->ways + w] = ++llc->tick;
			return &line[w];
		}
	}
	return NULL;
}

static void write_back(struct mem_full *m, u64 now, u64 line)
{
	u64 bytes = (u64)__builtin_popcount(line_dirty(line)) * MEM_PAGE;
	u64 pa = (u64)line_granule(line) << LLC_GRANULE_SHIFT;
	u32 first = (u32)__builtin_ctz(line_dirty(line) | 0x10000);

	if (!bytes)
		return;
	m->count.llc_writeback_bytes += bytes;
	pass(&m->unit[mem_node_of(&m->pub, pa + first * MEM_PAGE)].write, now, bytes);
}

/* A free or the least recently used of the first @ways of the set, emptied. */
static u64 *llc_victim(struct mem_full *m, struct mem_llc *llc, u64 now, u32 set, u32 ways)
{
	u64 at = (u64)set * llc->ways;
	u32 best = 0, age = 0;

	for (u32 w = 0; w < ways; w++) {
		u32 a = llc->tick - llc->used[at + w];

		if (!line_present(llc->line[at + w])) {
			best = w;
			break;
		}
		if (a >= age) {
			age = a;
			best = w;
		}
	}
	if (line_present(llc->line[at + best])) {
		m->count.llc_evictions++;
		write_back(m, now, llc->line[at + best]);
	}
	llc->used[at + best] = ++llc->tick;
	return &llc->line[at + best];
}

static void llc_put(struct mem_full *m, struct mem_llc *llc, u64 now, u64 *line, u32 granule,
		    u32 set, u32 pages, bool dirty, enum mem_agent agent)
{
	if (!line) {
		line = llc_victim(m, llc, now, set,
				  agent == MEM_AGENT_IO ? llc->io_ways : llc->ways);
		*line = (u64)granule << 32;
	}
	*line |= pages | (dirty ? (u64)pages << 16 : 0);
}

/* Bytes of one granule's part that meet the LLC; the rest goes to the node. */
static u64 llc_access(struct mem_full *m, struct mem_llc *llc, u64 now, u64 pa, u64 bytes,
		      enum mem_dir dir, enum mem_agent agent)
{
	u32 granule = (u32)(pa >> LLC_GRANULE_SHIFT);
	u32 first = (u32)(pa >> 12) & (LLC_PAGES - 1);
	u32 last = (u32)((pa + bytes - 1) >> 12) & (LLC_PAGES - 1);
	u32 want = (2u << last) - (1u << first);
	u32 set, hit;
	u64 *line;

	if (!llc->sets)
		return 0;
	line = llc_find(llc, granule, &set);
	hit = line ? line_present(*line) & want : 0;
	switch (dir) {
	case MEM_WRITE_ALLOC:
		llc_put(m, llc, now, line, granule, set, want, true, agent);
		return bytes;
	case MEM_WRITE:
		if (hit && agent == MEM_AGENT_IO && m->cfg.write_updates_llc) {
			*line |= (u64)hit << 16;
			break;
		}
		if (hit)
			*line &= ~((u64)hit | (u64)hit << 16);
		return 0;
	case MEM_READ:
		if (hit != want && agent == MEM_AGENT_CPU)
			llc_put(m, llc, now, line, granule, set, want, false, agent);
		break;
	}
	if (!hit)
		return 0;
	if (hit == want)
		return bytes;
	return bytes * (u32)__builtin_popcount(hit) / (u32)__builtin_popcount(want);
}

/* ---- accesses ---- */

static u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

struct mem_cost mem_access(struct mem *mem, u64 now, u64 pa, u64 bytes, u32 socket,
			   enum mem_dir dir, enum mem_agent agent)
{
	struct mem_full *m = mem_full(mem);
	u32 n = mem_node_of(mem, pa);
	const struct mem_node_cfg *node = &m->cfg.node[n];
	struct mem_socket *home = &m->socket[node->socket];
	struct mem_socket *mine = &m->socket[socket];
	bool is_read = dir == MEM_READ;
	u64 hits = 0, first_hits = ~0ull;
	u64 lat, last_lat, end = now;

	assert(bytes && socket < m->cfg.sockets && mem_contains(mem, pa, bytes));
	for (u64 at = pa, left = bytes, part; left; at += part, left -= part) {
		u64 h;

		part = LLC_GRANULE - (at & (LLC_GRANULE - 1));
		if (part > left)
			part = left;
		h = llc_access(m, &home->llc, now, at, part, dir, agent);
		hits += h;
		if (first_hits == ~0ull)
			first_hits = h;
	}

	lat = is_read ? node->read_latency_ps : node->write_latency_ps;
	last_lat = lat;
	if (hits == bytes)
		last_lat = m->cfg.socket[node->socket].llc_latency_ps;
	if (first_hits)
		lat = m->cfg.socket[node->socket].llc_latency_ps;
	if (hits)
		end = pass(&home->llc.pipe, now, hits);
	if (hits != bytes)
		end = max_u64(end, pass(is_read ? &m->unit[n].read : &m->unit[n].write, now,
					bytes - hits));
	if (home != mine) {
		u64 link = m->cfg.socket[socket].link_latency_ps;

		lat += link;
		last_lat += link;
		end = max_u64(end, pass(is_read ? &home->link_out : &mine->link_out, now, bytes));
		m->count.remote_bytes += bytes;
	}
	if (agent == MEM_AGENT_IO)
		end = max_u64(end,
			      pass(is_read ? &mine->fabric_in : &mine->fabric_out, now, bytes));

	if (is_read) {
		m->count.reads++;
		m->count.read_bytes += bytes;
	} else {
		m->count.writes++;
		m->count.write_bytes += bytes;
	}
	m->count.llc_hit_bytes += hits;
	m->count.llc_miss_bytes += bytes - hits;
	return (struct mem_cost){.first_ps = lat, .finish = max_u64(end + last_lat, now + lat)};
}

u64 mem_read_latency(const struct mem *mem, u64 pa, u32 socket)
{
	const struct mem_full *m = mem_full(mem);
	const struct mem_node_cfg *node = &m->cfg.node[mem_node_of(mem, pa)];

	return node->read_latency_ps +
	       (node->socket == socket ? 0 : m->cfg.socket[socket].link_latency_ps);
}

u64 mem_flush(struct mem *mem, u64 now, u64 pa, u64 len, bool invalidate)
{
	struct mem_full *m = mem_full(mem);
	u64 end = now;

	assert(mem_contains(mem, pa, len));
	for (u64 at = pa, left = len, part; left; at += part, left -= part) {
		u32 n = mem_node_of(mem, at);
		struct mem_llc *llc = &m->socket[m->cfg.node[n].socket].llc;
		u32 first = (u32)(at >> 12) & (LLC_PAGES - 1), last, pages, dirty, set;
		u64 *line;

		part = LLC_GRANULE - (at & (LLC_GRANULE - 1));
		if (part > left)
			part = left;
		last = (u32)((at + part - 1) >> 12) & (LLC_PAGES - 1);
		pages = (2u << last) - (1u << first);
		line = llc->sets ? llc_find(llc, (u32)(at >> LLC_GRANULE_SHIFT), &set) : NULL;
		if (!line)
			continue;
		dirty = line_dirty(*line) & pages;
		if (dirty) {
			u64 bytes = (u64)__builtin_popcount(dirty) * MEM_PAGE;

			bytes = bytes < part ? bytes : part;
			m->count.llc_writeback_bytes += bytes;
			end = max_u64(end, pass(&m->unit[n].write, now, bytes) +
						   m->cfg.node[n].write_latency_ps);
		}
		*line &= ~((u64)pages << 16);
		if (invalidate)
			*line &= ~(u64)pages;
	}
	return end;
}
