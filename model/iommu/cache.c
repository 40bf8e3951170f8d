// SPDX-License-Identifier: GPL-2.0
/* Caches of the unit, and what an invalidation drops from them (tables 17, 23, 24). */
#include "model/iommu/iommu_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- tags ---- */

int tcache_init(struct tcache *c, const struct iommu_cache_cfg *cfg)
{
	c->ways = cfg->entries ? cfg->ways : 1;
	c->sets = cfg->entries ? cfg->entries / cfg->ways : 0;
	c->key = calloc(2 * (size_t)tcache_slots(c), sizeof(*c->key));
	c->used = calloc(tcache_slots(c), sizeof(*c->used));
	return c->key && c->used ? 0 : -ENOMEM;
}

void tcache_free(struct tcache *c)
{
	free(c->key);
	free(c->used);
}

u32 tcache_slots(const struct tcache *c)
{
	return c->sets ? c->sets * c->ways : 1;
}

static inline u32 tcache_set(const struct tcache *c, u64 k0, u64 k1)
{
	u64 h = (k0 ^ (k1 * 0x9e3779b97f4a7c15ull)) * 0xff51afd7ed558ccdull;

	return ((u32)(h >> 32) & (c->sets - 1)) * c->ways;
}

u32 tcache_find(struct tcache *c, u64 k0, u64 k1)
{
	u32 at;

	if (!c->sets)
		return TCACHE_NONE;
	at = tcache_set(c, k0, k1);
	for (u32 end = at + c->ways; at < end; at++) {
		if (c->key[2 * (size_t)at] == k0 && c->key[2 * (size_t)at + 1] == k1) {
			c->used[at] = ++c->tick;
			return at;
		}
	}
	return TCACHE_NONE;
}

/* Slot for a new entry: a free one or the least recently used of its set. */
u32 tcache_put(struct tcache *c, u64 k0, u64 k1)
{
	u32 at, best, age = 0;

	if (!c->sets)
		return 0;
	at = best = tcache_set(c, k0, k1);
	for (u32 end = at + c->ways; at < end; at++) {
		if (!tcache_valid(c, at)) {
			best = at;
			break;
		}
		if (c->tick - c->used[at] >= age) {
			age = c->tick - c->used[at];
			best = at;
		}
	}
	c->key[2 * (size_t)best] = k0;
	c->key[2 * (size_t)best + 1] = k1;
	c->used[best] = ++c->tick;
	return best;
}

void tcache_drop(struct tcache *c, u32 slot)
{
	c->key[2 * (size_t)slot + 1] = 0;
}

void tcache_clear(struct tcache *c)
{
	memset(c->key, 0, 2 * (size_t)tcache_slots(c) * sizeof(*c->key));
}

/* ---- IOTLB ---- */

int iotlb_init(struct iotlb *t, const struct iommu_cache_cfg *cfg)
{
	size_t n;

	t->ways = cfg->entries ? cfg->ways : 1;
	t->sets = cfg->entries ? cfg->entries / cfg->ways : 0;
	t->set_shift = t->sets ? (u32)__builtin_ctz(t->sets) : 0;
	t->head_words = HEAD_TAGS + (t->ways + 7) / 8;
	t->all = t->ways == 64 ? ~0ull : (1ull << t->ways) - 1;
	n = (size_t)t->sets * t->ways + 1;
	t->head = calloc((size_t)t->sets * t->head_words + 1, sizeof(*t->head));
	t->entry = aligned_alloc(64, (n * sizeof(*t->entry) + 63) & ~63ull);
	if (!t->head || !t->entry)
		return -ENOMEM;
	memset(t->entry, 0, n * sizeof(*t->entry));
	return 0;
}

void iotlb_free(struct iotlb *t)
{
	free(t->head);
	free(t->entry);
}

void iotlb_drop(struct iotlb *t, struct tlb_entry *e)
{
	u32 at = (u32)(e - t->entry);
	u64 way = 1ull << (at % t->ways);
	u64 *head = &t->head[(size_t)(at / t->ways) * t->head_words];

	t->by_size[e->page >> 62]--;
	e->who = 0;
	head[HEAD_VALID] &= ~way;
	head[HEAD_USED] &= ~way;
}

static bool tag_matches(const struct drop *d, s32 did, s32 pasid)
{
	return (d->did < 0 || d->did == did) && (d->pasid < 0 || d->pasid == pasid);
}

void drop_iotlb(struct iommu *u, const struct drop *d)
{
	static const u8 shifts[3] = {12, 21, 30};
	struct iotlb *t = &u->iotlb;

	for (u32 i = 0; i < t->sets * t->ways; i++) {
		struct tlb_entry *e = &t->entry[i];
		u32 size = (u32)(e->page >> 62);
		u64 first = e->page << 2 >> 2 << shifts[size];
		u64 last = first + (1ull << shifts[size]) - 1;

		if (!(e->who & TLB_VALID) || !(d->pgtts & (1u << SPEC_GET(TLB_PGTT, e->pa))) ||
		    !tag_matches(d, (s32)SPEC_GET(TLB_DID, e->who),
				 (s32)SPEC_GET(TLB_PASID, e->who)))
			continue;
		if (d->ranged && (first > d->last || last < d->first))
			continue;
		iotlb_drop(t, e);
	}
}

/* ---- walk caches ---- */

static void drop_walk(struct tcache *c, u32 level, const struct drop *d)
{
	u32 shift = 12 + 9 * level; /* what one entry of the level above covers */

	for (u32 i = 0; i < c->sets * c->ways; i++) {
		u64 first = c->key[2 * (size_t)i] << shift;
		u64 last = first + (1ull << shift) - 1;
		u64 tags = c->key[2 * (size_t)i + 1];

		if (!tags || !tag_matches(d, (s32)SPEC_GET(WALK_KEY_DID, tags),
					  (s32)SPEC_GET(WALK_KEY_PASID, tags)))
			continue;
		if (d->ranged && (first > d->last || last < d->first))
			continue;
		tcache_drop(c, i);
	}
}

void drop_fs_walk(struct iommu *u, const struct drop *d)
{
	for (u32 level = 1; level <= 4; level++)
		drop_walk(&u->fs_tags[level], level, d);
}

void drop_ss_walk(struct iommu *u, const struct drop *d)
{
	for (u32 level = 1; level <= 4; level++)
		drop_walk(&u->ss_tags[level], level, d);
}

void drop_everything(struct iommu *u)
{
	static const struct drop all = {.did = -1, .pasid = -1, .pgtts = ~0u};

	u->memo.ctx = NULL;
	tcache_clear(&u->ctx_tags);
	tcache_clear(&u->pasid_tags);
	drop_iotlb(u, &all);
	drop_fs_walk(u, &all);
	drop_ss_walk(u, &all);
}
