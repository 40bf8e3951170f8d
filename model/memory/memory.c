// SPDX-License-Identifier: GPL-2.0
/* The physical address space of a machine: nodes, windows handed out, injected failures. */
#include "model/memory/mem_int.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Address space is cheap, but 47 bits are all a process has. */
#define MEM_END_MAX (1ull << 46)

/*
 * The one place that asks the host for memory: private, anonymous, not reserved, so that terabytes
 * cost what is touched. Fails under an address-space limit or where overcommit is off.
 */
static int map_space(u64 bytes, unsigned char **base)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*base = p;
	return 0;
}

static int check_nodes(const struct mem_cfg *cfg, char *msg, size_t len)
{
	u64 end = MEM_RAM_BASE;

	if (!cfg->sockets || cfg->sockets > MEM_SOCKETS_MAX) {
		snprintf(msg, len, "sockets: %u is not in 1..%u", cfg->sockets, MEM_SOCKETS_MAX);
		return -EINVAL;
	}
	if (!cfg->nodes || cfg->nodes > MEM_NODES_MAX) {
		snprintf(msg, len, "nodes: %u is not in 1..%u", cfg->nodes, MEM_NODES_MAX);
		return -EINVAL;
	}
	for (u32 i = 0; i < cfg->nodes; i++) {
		const struct mem_node_cfg *n = &cfg->node[i];

		if (n->socket >= cfg->sockets) {
			snprintf(msg, len, "node %u: socket %u is not in 0..%u", i, n->socket,
				 cfg->sockets - 1);
			return -EINVAL;
		}
		if (!n->bytes || n->bytes % MEM_NODE_ALIGN) {
			snprintf(msg, len, "node %u: bytes %llu is not a positive multiple of %llu",
				 i, n->bytes, MEM_NODE_ALIGN);
			return -EINVAL;
		}
		if (n->bytes > MEM_END_MAX - end) {
			snprintf(msg, len, "node %u: bytes %llu: all nodes together pass %llu", i,
				 n->bytes, MEM_END_MAX);
			return -EINVAL;
		}
		end += n->bytes;
	}
	return 0;
}

static int place_nodes(struct mem_full *m)
{
	u64 pa = MEM_RAM_BASE;

	for (u32 i = 0; i < m->cfg.nodes; i++) {
		struct mem_unit *u = &m->unit[i];

		u->base = pa;
		u->max_holes = 8;
		u->holes = calloc(u->max_holes, sizeof(*u->holes));
		if (!u->holes)
			return -ENOMEM;
		u->holes[0] = (struct mem_hole){.pa = pa, .bytes = m->cfg.node[i].bytes};
		u->n_holes = 1;
		pa += m->cfg.node[i].bytes;
	}
	m->pub.end = pa;
	return 0;
}

int mem_new(struct sim *sim, const struct mem_cfg *cfg, struct mem **out, char *msg, size_t msg_len)
{
	struct mem_full *m;
	int rc = check_nodes(cfg, msg, msg_len);

	if (rc)
		return rc;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->sim = sim;
	m->cfg = *cfg;
	mem_watch_init(m);
	rc = place_nodes(m);
	if (!rc)
		rc = mem_timing_init(m, msg, msg_len);
	if (!rc) {
		rc = map_space(m->pub.end, &m->pub.base);
		if (rc)
			snprintf(msg, msg_len, "cannot reserve %llu bytes of address space: %s",
				 m->pub.end, strerror(-rc));
	}
	if (rc) {
		mem_free(&m->pub);
		return rc;
	}
	*out = &m->pub;
	return 0;
}

void mem_free(struct mem *mem)
{
	struct mem_full *m = mem_full(mem);

	if (!mem)
		return;
	if (m->pub.base)
		munmap(m->pub.base, m->pub.end);
	mem_timing_free(m);
	for (u32 i = 0; i < m->cfg.nodes; i++)
		free(m->unit[i].holes);
	free(m);
}

static bool unit_has(const struct mem_full *m, u32 i, u64 pa)
{
	return pa - m->unit[i].base < m->cfg.node[i].bytes;
}

u32 mem_node_of(const struct mem *mem, u64 pa)
{
	struct mem_full *m = mem_full(mem);
	u32 lo = 0, hi = m->cfg.nodes - 1;

	if (unit_has(m, m->last_node, pa))
		return m->last_node;
	assert(mem_contains(mem, pa, 1));
	while (lo < hi) {
		u32 mid = (lo + hi + 1) / 2;

		if (m->unit[mid].base <= pa)
			lo = mid;
		else
			hi = mid - 1;
	}
	m->last_node = lo;
	return lo;
}

const struct mem_node_cfg *mem_node(const struct mem *mem, u32 node)
{
	struct mem_full *m = mem_full(mem);

	return node < m->cfg.nodes ? &m->cfg.node[node] : NULL;
}

u64 mem_node_base(const struct mem *mem, u32 node)
{
	assert(node < mem_full(mem)->cfg.nodes);
	return mem_full(mem)->unit[node].base;
}

u64 mem_carved(const struct mem *mem, u32 node)
{
	assert(node < mem_full(mem)->cfg.nodes);
	return mem_full(mem)->unit[node].carved;
}

/* Makes room for one more hole at index @at. */
static int hole_insert(struct mem_unit *u, u32 at, u64 pa, u64 bytes)
{
	if (u->n_holes == u->max_holes) {
		struct mem_hole *more = realloc(u->holes, 2ull * u->max_holes * sizeof(*u->holes));

		if (!more)
			return -ENOMEM;
		u->holes = more;
		u->max_holes *= 2;
	}
	memmove(&u->holes[at + 1], &u->holes[at], (u->n_holes - at) * sizeof(*u->holes));
	u->holes[at] = (struct mem_hole){.pa = pa, .bytes = bytes};
	u->n_holes++;
	return 0;
}

static void hole_remove(struct mem_unit *u, u32 at)
{
	u->n_holes--;
	memmove(&u->holes[at], &u->holes[at + 1], (u->n_holes - at) * sizeof(*u->holes));
}

int mem_carve(struct mem *mem, u32 node, u64 bytes, u64 align, u64 *pa)
{
	struct mem_full *m = mem_full(mem);
	struct mem_unit *u;

	if (node >= m->cfg.nodes || !bytes || align < MEM_PAGE || (align & (align - 1)))
		return -EINVAL;
	if (bytes > m->cfg.node[node].bytes || align > MEM_END_MAX)
		return -ENOMEM;
	bytes = (bytes + MEM_PAGE - 1) & ~(MEM_PAGE - 1);
	u = &m->unit[node];
	for (u32 i = 0; i < u->n_holes; i++) {
		struct mem_hole *h = &u->holes[i];
		u64 start = (h->pa + align - 1) & ~(align - 1);
		u64 skip = start - h->pa;
		u64 rest;

		if (skip > h->bytes || bytes > h->bytes - skip)
			continue;
		rest = h->bytes - skip - bytes;
		if (skip && rest) {
			if (hole_insert(u, i + 1, start + bytes, rest))
				return -ENOMEM;
			u->holes[i].bytes = skip;
		} else if (skip) {
			h->bytes = skip;
		} else if (rest) {
			*h = (struct mem_hole){.pa = start + bytes, .bytes = rest};
		} else {
			hole_remove(u, i);
		}
		u->carved += bytes;
		*pa = start;
		return 0;
	}
	return -ENOMEM;
}

void mem_clear(struct mem *mem, u64 pa, u64 bytes)
{
	assert(mem_contains(mem, pa, bytes) && pa % MEM_PAGE == 0 && bytes % MEM_PAGE == 0);
	/* The host gets its pages back. */
	if (madvise(mem_ptr(mem, pa), bytes, MADV_DONTNEED))
		memset(mem_ptr(mem, pa), 0, bytes);
}

void mem_release(struct mem *mem, u64 pa, u64 bytes)
{
	struct mem_full *m = mem_full(mem);
	struct mem_unit *u = &m->unit[mem_node_of(mem, pa)];
	bool joins_prev, joins_next;
	u32 i = 0;

	bytes = (bytes + MEM_PAGE - 1) & ~(MEM_PAGE - 1);
	assert(mem_contains(mem, pa, bytes) && pa % MEM_PAGE == 0 && bytes <= u->carved);
	while (i < u->n_holes && u->holes[i].pa < pa)
		i++;
	joins_prev = i && u->holes[i - 1].pa + u->holes[i - 1].bytes == pa;
	joins_next = i < u->n_holes && pa + bytes == u->holes[i].pa;
	assert(!i || u->holes[i - 1].pa + u->holes[i - 1].bytes <= pa);
	assert(i == u->n_holes || pa + bytes <= u->holes[i].pa);

	/* Zero for the next owner. */
	mem_clear(mem, pa, bytes);
	u->carved -= bytes;
	if (joins_prev && joins_next) {
		u->holes[i - 1].bytes += bytes + u->holes[i].bytes;
		hole_remove(u, i);
	} else if (joins_prev) {
		u->holes[i - 1].bytes += bytes;
	} else if (joins_next) {
		u->holes[i].pa = pa;
		u->holes[i].bytes += bytes;
	} else {
		/* Out of host memory here only loses the window, not correctness. */
		(void)hole_insert(u, i, pa, bytes);
	}
}

int mem_fail(struct mem *mem, u64 pa, u64 len, u32 what)
{
	struct mem_full *m = mem_full(mem);
	struct mem_fail_range *slot = NULL;

	for (u32 i = 0; i < MEM_FAILS_MAX; i++) {
		struct mem_fail_range *f = &m->fail[i];

		if (f->what && f->pa == pa && f->len == len) {
			slot = f;
			break;
		}
		if (!f->what && !slot)
			slot = f;
	}
	if (!slot)
		return what ? -ENOSPC : 0;
	if (!slot->what && what)
		m->pub.faults++;
	else if (slot->what && !what)
		m->pub.faults--;
	*slot = (struct mem_fail_range){.pa = pa, .len = len, .what = what};
	return 0;
}

u32 mem_fails_slow(const struct mem *mem, u64 pa, u64 len)
{
	const struct mem_full *m = mem_full(mem);
	u32 what = 0;

	for (u32 i = 0; i < MEM_FAILS_MAX; i++) {
		const struct mem_fail_range *f = &m->fail[i];

		if (f->what && pa < f->pa + f->len && f->pa < pa + len)
			what |= f->what;
	}
	return what;
}
