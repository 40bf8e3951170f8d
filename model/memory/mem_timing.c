// SPDX-License-Identifier: GPL-2.0
/* What an access to memory costs: nodes, last-level caches, links between sockets, I/O fabric. */
#include "model/memory/mem_int.h"
#include "sim/core/hint.h"
#include "sim/core/stats.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	u64 sets, n;

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
	llc->inverse = ~0ull / sets + 1;
	llc->ways = c->llc_ways;
	llc->io_ways = c->llc_io_ways ? c->llc_io_ways : c->llc_ways;
	llc->stride = (llc->ways + LLC_VECTOR - 1) / LLC_VECTOR * LLC_VECTOR;
	n = sets * llc->stride * sizeof(u32);
	llc->tag = aligned_alloc(16, n);
	llc->pages = calloc(1, n);
	llc->used = calloc(1, n);
	llc->recent = calloc(sets, 1);
	llc->top = calloc(sets, 1);
	if (!llc->tag || !llc->pages || !llc->used || !llc->recent || !llc->top)
		return -ENOMEM;
	memset(llc->tag, 0, n);
	return 0;
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
		free(m->socket[s].llc.tag);
		free(m->socket[s].llc.pages);
		free(m->socket[s].llc.used);
		free(m->socket[s].llc.recent);
		free(m->socket[s].llc.top);
	}
}

/* Passes @bytes; returns when the last one is through. See struct mem_pipe. */
static inline u64 pass(struct mem_pipe *p, u64 now, u64 bytes)
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

#define LLC_NONE (~0u)

typedef u32 llc_vector __attribute__((vector_size(4 * LLC_VECTOR)));

static inline u32 present(u32 pages)
{
	return pages & 0xffff;
}

static inline u32 modified(u32 pages)
{
	return pages >> 16;
}

/* Slot of @granule, or LLC_NONE; *set in any case. */
static inline u32 llc_find(struct mem_llc *llc, u32 granule, u32 *set)
{
	u32 tag = granule + 1, base, w;
	llc_vector want = {tag, tag, tag, tag};

	*set = (u32)(((unsigned __int128)(llc->inverse * granule) * llc->sets) >> 64);
	base = *set * llc->stride;
	w = llc->recent[*set];
	if (llc->tag[base + w] == tag)
		goto hit;
	for (w = 0; w < llc->top[*set]; w += LLC_VECTOR) {
		llc_vector same = *(const llc_vector *)(const void *)&llc->tag[base + w] == want;
		const u64 *half = (const u64 *)(const void *)&same;

		if (!(half[0] | half[1]))
			continue;
		while (llc->tag[base + w] != tag)
			w++;
		llc->recent[*set] = (u8)w;
		goto hit;
	}
	return LLC_NONE;
hit:
	llc->used[base + w] = ++llc->tick;
	return base + w;
}

static void write_back(struct mem_full *m, u64 now, u64 pa, u32 dirty)
{
	u64 bytes = (u64)__builtin_popcount(dirty) * MEM_PAGE;

	if (!bytes)
		return;
	pa += (u64)__builtin_ctz(dirty) * MEM_PAGE;
	m->count.llc_writeback_bytes += bytes;
	pass(&m->unit[mem_node_of(&m->pub, pa)].write, now, bytes);
}

/* A free or the least recently used of the first @ways of the set, emptied. */
static u32 llc_victim(struct mem_full *m, struct mem_llc *llc, u64 now, u32 set, u32 ways)
{
	u32 base = set * llc->stride, best = base, age = 0;

	for (u32 at = base; at < base + ways; at++) {
		u32 a = llc->tick - llc->used[at];

		if (!present(llc->pages[at])) {
			best = at;
			break;
		}
		if (a >= age) {
			age = a;
			best = at;
		}
	}
	if (present(llc->pages[best])) {
		m->count.llc_evictions++;
		write_back(m, now, (u64)(llc->tag[best] - 1) << LLC_GRANULE_SHIFT,
			   modified(llc->pages[best]));
	}
	llc->used[best] = ++llc->tick;
	llc->recent[set] = (u8)(best - base);
	if (llc->top[set] <= best - base)
		llc->top[set] = (u8)(best - base + 1);
	return best;
}

static inline void llc_put(struct mem_full *m, struct mem_llc *llc, u64 now, u32 slot, u32 granule,
			   u32 set, u32 pages, bool dirty, enum mem_agent agent)
{
	if (slot == LLC_NONE) {
		slot = llc_victim(m, llc, now, set,
				  agent == MEM_AGENT_IO ? llc->io_ways : llc->ways);
		llc->tag[slot] = granule + 1;
		llc->pages[slot] = 0;
	}
	llc->pages[slot] |= pages | (dirty ? pages << 16 : 0);
}

/* Pages that are no longer there; an empty line is free. */
static inline void llc_drop(struct mem_llc *llc, u32 slot, u32 pages)
{
	llc->pages[slot] &= ~(pages | pages << 16);
	if (!present(llc->pages[slot]))
		llc->tag[slot] = 0;
}

/* Where a granule is, or belongs. */
struct llc_place {
	u32 slot, set; /* slot LLC_NONE: it is not there */
};

/* llc_access() where there is something to do. */
static __attribute__((noinline)) u64 llc_use(struct mem_full *m, struct mem_llc *llc, u64 now,
					     u64 pa, u64 bytes, enum mem_dir dir,
					     enum mem_agent agent, struct llc_place at)
{
	u32 granule = (u32)(pa >> LLC_GRANULE_SHIFT), slot = at.slot;
	u32 first = (u32)(pa >> 12) & (LLC_PAGES - 1);
	u32 last = (u32)((pa + bytes - 1) >> 12) & (LLC_PAGES - 1);
	u32 want = (2u << last) - (1u << first);
	u32 hit = slot != LLC_NONE ? present(llc->pages[slot]) & want : 0;

	switch (dir) {
	case MEM_WRITE_ALLOC:
		llc_put(m, llc, now, slot, granule, at.set, want, true, agent);
		return bytes;
	case MEM_WRITE:
		if (hit && agent == MEM_AGENT_IO && m->cfg.write_updates_llc) {
			llc->pages[slot] |= hit << 16;
			break;
		}
		if (hit)
			llc_drop(llc, slot, hit);
		return 0;
	case MEM_READ:
		if (hit != want && agent == MEM_AGENT_CPU)
			llc_put(m, llc, now, slot, granule, at.set, want, false, agent);
		break;
	}
	if (!hit)
		return 0;
	if (hit == want)
		return bytes;
	return bytes * (u32)__builtin_popcount(hit) / (u32)__builtin_popcount(want);
}

/* Bytes of one granule's part that meet the LLC; the rest goes to the node. */
static inline u64 llc_access(struct mem_full *m, struct mem_llc *llc, u64 now, u64 pa, u64 bytes,
			     enum mem_dir dir, enum mem_agent agent)
{
	struct llc_place at;

	if (!llc->sets)
		return 0;
	at.slot = llc_find(llc, (u32)(pa >> LLC_GRANULE_SHIFT), &at.set);
	/* Most of what devices move is not there, and leaves no trace. */
	if (likely(at.slot == LLC_NONE && dir != MEM_WRITE_ALLOC &&
		   (dir == MEM_WRITE || agent == MEM_AGENT_IO)))
		return 0;
	return llc_use(m, llc, now, pa, bytes, dir, agent, at);
}

/* ---- accesses ---- */

static inline u32 node_of(struct mem_full *m, u64 pa)
{
	u32 n = m->last_node;

	return pa - m->unit[n].base < m->cfg.node[n].bytes ? n : mem_node_of(&m->pub, pa);
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* What is not that simple: more than one granule of the LLC. Bytes that hit; *first: of the first.
 */
static __attribute__((noinline)) u64 llc_pieces(struct mem_full *m, struct mem_llc *llc, u64 now,
						u64 pa, u64 bytes, enum mem_dir dir,
						enum mem_agent agent, u64 *first)
{
	u64 hits = 0;

	for (u64 at = pa, left = bytes, part; left; at += part, left -= part) {
		u64 h;

		part = LLC_GRANULE - (at & (LLC_GRANULE - 1));
		if (part > left)
			part = left;
		h = llc_access(m, llc, now, at, part, dir, agent);
		hits += h;
		if (at == pa)
			*first = h;
	}
	return hits;
}

/* The common @hits == 0 apart from the rest: what the LLC serves, and what crosses a link. */
static __attribute__((noinline)) u64 pass_others(struct mem_pipe *p, u64 now, u64 bytes)
{
	return pass(p, now, bytes);
}

struct mem_cost sim_hot mem_access(struct mem *mem, u64 now, u64 pa, u64 bytes, u32 socket,
				   enum mem_dir dir, enum mem_agent agent)
{
	struct mem_full *m = mem_full(mem);
	u32 n = node_of(m, pa);
	const struct mem_node_cfg *node = &m->cfg.node[n];
	struct mem_socket *home = &m->socket[node->socket];
	struct mem_socket *mine = &m->socket[socket];
	bool is_read = dir == MEM_READ;
	u64 hits, first_hits, lat, last_lat, end = now;

	assert(bytes && socket < m->cfg.sockets && mem_contains(&m->pub, pa, bytes));
	if (likely(bytes <= LLC_GRANULE - (pa & (LLC_GRANULE - 1))))
		hits = first_hits = llc_access(m, &home->llc, now, pa, bytes, dir, agent);
	else
		hits = llc_pieces(m, &home->llc, now, pa, bytes, dir, agent, &first_hits);

	lat = is_read ? node->read_latency_ps : node->write_latency_ps;
	last_lat = lat;
	if (unlikely(hits)) {
		u64 llc_lat = m->cfg.socket[node->socket].llc_latency_ps;

		if (hits == bytes)
			last_lat = llc_lat;
		if (first_hits)
			lat = llc_lat;
		end = pass_others(&home->llc.pipe, now, hits);
	}
	if (hits != bytes)
		end = max_u64(end, pass(is_read ? &m->unit[n].read : &m->unit[n].write, now,
					bytes - hits));
	if (unlikely(home != mine)) {
		u64 link = m->cfg.socket[socket].link_latency_ps;

		lat += link;
		last_lat += link;
		end = max_u64(end,
			      pass_others(is_read ? &home->link_out : &mine->link_out, now, bytes));
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

static void unpass(struct mem_pipe *p, u64 now, u64 bytes)
{
	struct sim_server *s = &p->pipe.srv;
	u64 time = sim_pipe_time(&p->pipe, bytes), left = s->free_at > now ? s->free_at - now : 0;

	time = time < left ? time : left;
	s->free_at -= time;
	s->use.busy -= time < s->use.busy ? time : s->use.busy;
	s->use.bytes -= bytes < s->use.bytes ? bytes : s->use.bytes;
}

void mem_give_back(struct mem *mem, u64 now, u64 pa, u64 bytes, u32 socket, enum mem_dir dir)
{
	struct mem_full *m = mem_full(mem);
	u32 n = node_of(m, pa);
	struct mem_socket *home = &m->socket[m->cfg.node[n].socket], *mine = &m->socket[socket];
	bool is_read = dir == MEM_READ;

	/* What hit the LLC isn't remembered: allocating writes do, of the rest the node is busiest.
	 */
	if (dir == MEM_WRITE_ALLOC && home->llc.sets)
		unpass(&home->llc.pipe, now, bytes);
	else
		unpass(is_read ? &m->unit[n].read : &m->unit[n].write, now, bytes);
	if (home != mine)
		unpass(is_read ? &home->link_out : &mine->link_out, now, bytes);
	unpass(is_read ? &mine->fabric_in : &mine->fabric_out, now, bytes);
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
		u32 first = (u32)(at >> 12) & (LLC_PAGES - 1), last, pages, dirty, set, slot;

		part = LLC_GRANULE - (at & (LLC_GRANULE - 1));
		if (part > left)
			part = left;
		last = (u32)((at + part - 1) >> 12) & (LLC_PAGES - 1);
		pages = (2u << last) - (1u << first);
		slot = llc->sets ? llc_find(llc, (u32)(at >> LLC_GRANULE_SHIFT), &set) : LLC_NONE;
		if (slot == LLC_NONE)
			continue;
		dirty = modified(llc->pages[slot]) & pages;
		if (dirty) {
			u64 bytes = (u64)__builtin_popcount(dirty) * MEM_PAGE;

			bytes = bytes < part ? bytes : part;
			m->count.llc_writeback_bytes += bytes;
			end = max_u64(end, pass(&m->unit[n].write, now, bytes) +
						   m->cfg.node[n].write_latency_ps);
		}
		llc->pages[slot] &= ~(pages << 16);
		if (invalidate)
			llc_drop(llc, slot, pages);
	}
	return end;
}

void mem_warm(struct mem *mem, u64 now, u64 pa, u64 len, bool written)
{
	struct mem_full *m = mem_full(mem);

	assert(mem_contains(mem, pa, len));
	for (u64 at = pa, left = len, part; left; at += part, left -= part) {
		u32 n = mem_node_of(mem, at);
		struct mem_llc *llc = &m->socket[m->cfg.node[n].socket].llc;

		part = LLC_GRANULE - (at & (LLC_GRANULE - 1));
		if (part > left)
			part = left;
		llc_access(m, llc, now, at, part, written ? MEM_WRITE_ALLOC : MEM_READ,
			   MEM_AGENT_CPU);
	}
}

bool mem_cached(struct mem *mem, u64 pa)
{
	struct mem_full *m = mem_full(mem);
	struct mem_llc *llc = &m->socket[m->cfg.node[node_of(m, pa)].socket].llc;
	u32 set, slot, page = (u32)(pa >> 12) & (LLC_PAGES - 1);

	if (!llc->sets)
		return false;
	slot = llc_find(llc, (u32)(pa >> LLC_GRANULE_SHIFT), &set);
	return slot != LLC_NONE && present(llc->pages[slot]) >> page & 1;
}
