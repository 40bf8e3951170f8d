// SPDX-License-Identifier: GPL-2.0
// Address spaces of the players: which memory is mapped, which pages are there.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/workload/verify.h"

#define REGION_SHIFT 21
#define REGION	     (1ull << REGION_SHIFT)
#define LOWEST	     0x1000ull /* the page of null pointers is nobody's */
#define HIGHEST	     0x700000000000ull

int space_init(struct space *s, struct site *site, struct workload *wl, const char *name, u32 node)
{
	s->wl = wl;
	s->site = site;
	s->page_size = 4096;
	s->node = -1;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->proc = process_new(site->kernel, name, node);
	return s->proc ? 0 : -ENOMEM;
}

void space_exit(struct space *s)
{
	struct process *proc = s->proc;

	verify_free(s);
	free(s->region);
	free(s->open);
	s->proc = NULL;
	s->region = NULL;
	s->open = NULL;
	s->cap = s->nregions = s->nopen = 0;
	/* Last: it does not come back from a guest whose device stays paused. */
	if (proc)
		process_exit(proc);
}

static u32 hash(u64 key, u32 cap)
{
	return (u32)(key * 0x9e3779b97f4a7c15ull >> 40) & (cap - 1);
}

static struct space_region *find(const struct space *s, u64 addr)
{
	u64 key = (addr >> REGION_SHIFT) + 1;
	u32 i;

	if (!s->cap)
		return NULL;
	for (i = hash(key, s->cap); s->region[i].key; i = (i + 1) & (s->cap - 1))
		if (s->region[i].key == key)
			return &s->region[i];
	return NULL;
}

static int grow(struct space *s)
{
	struct space_region *old = s->region;
	u32 cap = s->cap ? s->cap * 2 : 64, n = s->cap, i, at;

	s->region = calloc(cap, sizeof(*s->region));
	if (!s->region) {
		s->region = old;
		return -ENOMEM;
	}
	s->cap = cap;
	for (i = 0; i < n; i++) {
		if (!old[i].key)
			continue;
		for (at = hash(old[i].key, cap); s->region[at].key; at = (at + 1) & (cap - 1))
			;
		s->region[at] = old[i];
	}
	free(old);
	return 0;
}

int space_note(struct space *s, u64 addr, u64 len)
{
	u64 at, end;
	u32 i;

	/* What can't be an address of a program is none: it stays unmapped and faults. */
	if (!len || addr < LOWEST || addr >= HIGHEST || len > HIGHEST - addr)
		return 0;
	end = (addr + len - 1) >> REGION_SHIFT;
	for (at = addr >> REGION_SHIFT; at <= end; at++) {
		if (find(s, at << REGION_SHIFT))
			continue;
		if (s->nregions * 2 >= s->cap && grow(s))
			return -ENOMEM;
		for (i = hash(at + 1, s->cap); s->region[i].key; i = (i + 1) & (s->cap - 1))
			;
		s->region[i].key = at + 1;
		s->nregions++;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

int space_map(struct space *s)
{
	u64 *key = malloc((s->nregions + 1) * sizeof(*key));
	u32 n = 0, i, j;
	s64 got = 0;

	if (!key)
		return -ENOMEM;
	for (i = 0; i < s->cap; i++)
		if (s->region[i].key)
			key[n++] = s->region[i].key - 1;
	qsort(key, n, sizeof(*key), by_key);
	for (i = 0; i < n && got >= 0; i = j) {
		struct process_map m = {.kind = PROCESS_MAP_ANON,
					.va = key[i] << REGION_SHIFT,
					.prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
					.fd = -1,
					.page_size = s->page_size,
					.node = s->node};

		for (j = i + 1; j < n && key[j] == key[j - 1] + 1; j++)
			;
		m.len = (u64)(j - i) << REGION_SHIFT;
		/* An address of 0 would be none in particular. */
		if (!m.va) {
			m.va = s->page_size == 4096 ? LOWEST : s->page_size;
			m.len = m.len > m.va ? m.len - m.va : 0;
			if (!m.len)
				continue;
		}
		got = process_mmap(s->proc, &m);
	}
	free(key);
	return got < 0 ? (int)got : 0;
}

bool space_noted(const struct space *s, u64 addr)
{
	return find(s, addr);
}

bool space_present(const struct space *s, u64 addr)
{
	const struct space_region *r = find(s, addr);
	u32 page = (addr >> 12) & 511;

	return r && (r->present[page / 64] >> (page % 64) & 1);
}

/* Pages [first, last] of one region: how many were missing; they become present. */
static s64 prepare_region(struct space *s, struct space_region *r, u64 base, u32 first, u32 last)
{
	u32 page, missing = 0, lo = 0, hi = 0;
	int err;

	for (page = first; page <= last; page++) {
		if (r->present[page / 64] >> (page % 64) & 1)
			continue;
		if (!missing++)
			lo = page;
		hi = page;
	}
	if (!missing)
		return 0;
	err = process_prefault(s->proc, base + ((u64)lo << 12), (u64)(hi - lo + 1) << 12, true);
	if (err)
		return err;
	for (page = lo; page <= hi; page++)
		r->present[page / 64] |= 1ull << (page % 64);
	return missing;
}

s64 space_prepare(struct space *s, u64 addr, u64 len, bool write)
{
	u64 at = addr, end = addr + len;
	s64 missing = 0, got;

	(void)write;
	if (end < addr)
		return -EFAULT;
	while (at < end) {
		struct space_region *r = find(s, at);
		u64 base = at & ~(REGION - 1), stop = base + REGION < end ? base + REGION : end;

		if (!r)
			return -EFAULT;
		got = prepare_region(s, r, base, (at - base) >> 12, (stop - 1 - base) >> 12);
		if (got < 0)
			return got;
		missing += got;
		at = stop;
	}
	return missing;
}

int space_discard(struct space *s, u64 addr)
{
	struct space_region *r = find(s, addr);
	u64 size = s->page_size, page;
	u64 base = addr & ~(size - 1);

	if (!r)
		return 0;
	for (page = base; page < base + size; page += 4096) {
		r = find(s, page);
		if (r)
			r->present[(page >> 12 & 511) / 64] &= ~(1ull << (page >> 12 & 63));
	}
	return process_madvise_dontneed(s->proc, base, size);
}

u8 *space_ptr(struct space *s, u64 va, u64 len, bool write, u64 *pa, u64 *run)
{
	const struct site *site = s->site;
	u64 at;

	if (process_resolve(s->proc, va, len, write, &at, run) ||
	    at - site->ram >= site->ram_bytes || !mem_contains(s->wl->mem, at + site->shift, *run))
		return NULL;
	at += site->shift;
	*pa = at;
	return mem_ptr(s->wl->mem, at);
}

static int move(struct space *s, u64 va, u8 *buf, u64 len, bool write)
{
	u64 pa, run;
	u8 *p;

	while (len) {
		p = space_ptr(s, va, len, write, &pa, &run);
		if (!p)
			return -EFAULT;
		if (write)
			memcpy(p, buf, run);
		else
			memcpy(buf, p, run);
		va += run;
		buf += run;
		len -= run;
	}
	return 0;
}

int space_read(struct space *s, u64 va, void *buf, u64 len)
{
	return move(s, va, buf, len, false);
}

int space_write(struct space *s, u64 va, const void *buf, u64 len)
{
	return move(s, va, (u8 *)buf, len, true);
}
