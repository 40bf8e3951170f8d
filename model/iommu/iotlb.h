/* SPDX-License-Identifier: GPL-2.0 */
/* Look-up and replacement in the IOTLB; inline, because every page passes here. */
#ifndef MODEL_IOMMU_IOTLB_H
#define MODEL_IOMMU_IOTLB_H

#include "model/iommu/iommu_int.h"

#define BYTES_01 0x0101010101010101ull
#define BYTES_80 0x8080808080808080ull

/*
 * The IOTLB as one requester sees it. A local copy: the compiler may keep it in registers across
 * the stores to entries.
 */
struct tlb_view {
	u64 *head;
	struct tlb_entry *entry;
	u64 all;
	u64 who, who_mask, who_entry;
	u32 set_mask, set_shift, head_words, ways, hash;
};

static inline u32 tlb_set(const struct tlb_view *v, u64 page)
{
	return ((u32)page + v->hash) & v->set_mask;
}

/* One byte that differs between neighbours in a set. */
static inline u64 tlb_tag(const struct tlb_view *v, u64 page)
{
	return ((page >> v->set_shift) ^ (v->hash >> 16)) & 0xff;
}

static inline void tlb_used(const struct tlb_view *v, u64 *head, u64 way)
{
	u64 used = head[HEAD_USED] | way;

	head[HEAD_USED] = used == v->all ? way : used;
}

/* @number: the address >> the page size's shift. */
static inline struct tlb_entry *tlb_find_size(const struct tlb_view *v, u64 number, u32 size)
{
	u32 set = tlb_set(v, number);
	u64 *head = &v->head[(size_t)set * v->head_words];
	u64 tags = tlb_tag(v, number) * BYTES_01, page = number | (u64)size << 62;

	for (u32 base = 0; base < v->ways; base += 8) {
		u64 diff = head[HEAD_TAGS + base / 8] ^ tags;
		u64 zero =
			(diff - BYTES_01) & ~diff & BYTES_80; /* may name too many, never too few */

		for (; zero; zero &= zero - 1) {
			u32 way = base + (u32)__builtin_ctzll(zero) / 8;
			struct tlb_entry *e;

			if (way >= v->ways)
				break;
			e = &v->entry[(size_t)set * v->ways + way];
			if (e->page == page && !((e->who ^ v->who) & v->who_mask)) {
				tlb_used(v, head, 1ull << way);
				return e;
			}
		}
	}
	return NULL;
}

/* A new entry in a free way or a victim's; returns the size code of the victim, 3 if there was
 * none. */
static inline u32 tlb_place(const struct tlb_view *v, u64 number, u32 size, u64 pa)
{
	u32 set = tlb_set(v, number), way, victim = 3;
	u64 *head = &v->head[(size_t)set * v->head_words], *tags;
	u64 free_ways = ~head[HEAD_VALID] & v->all;
	struct tlb_entry *e;

	way = (u32)__builtin_ctzll(free_ways ? free_ways : ~head[HEAD_USED]);
	if (way >= v->ways) /* a single way: always in use */
		way = 0;
	e = &v->entry[(size_t)set * v->ways + way];
	if (!free_ways)
		victim = (u32)(e->page >> 62);
	tags = &head[HEAD_TAGS + way / 8];
	*tags = (*tags & ~(0xffull << way % 8 * 8)) | tlb_tag(v, number) << way % 8 * 8;
	head[HEAD_VALID] |= 1ull << way;
	tlb_used(v, head, 1ull << way);
	e->page = number | (u64)size << 62;
	e->who = v->who_entry;
	e->pa = pa;
	return victim;
}

#endif
