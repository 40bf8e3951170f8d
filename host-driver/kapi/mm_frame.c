// SPDX-License-Identifier: GPL-2.0
// Page frames of processes: extents that make neighbours in time neighbours in memory, or never.
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/kapi/mm_priv.h"

#define EXTENT_ORDER_MAX 9
#define EXTENT_ORDER_MIN 2
/* Scattered extents: fewer frames cannot be spread well. */
#define SCATTER_ORDER_MIN 4

static u64 raw_alloc(int node, unsigned int order)
{
	struct page *page;

	page = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, order);
	return page ? page_to_phys(page) : 0;
}

static void raw_free(u64 pa, unsigned int order)
{
	__free_pages(pfn_to_page(pa >> PAGE_SHIFT), order);
}

void mm_frames_free(u64 pa, u64 pages)
{
	unsigned int order;

	while (pages) {
		order = min_t(unsigned int, ilog2(pages),
			      __builtin_ctzll((pa >> PAGE_SHIFT) | (1ull << EXTENT_ORDER_MAX)));
		raw_free(pa, order);
		pa += PAGE_SIZE << order;
		pages -= 1ull << order;
	}
}

static u64 mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static u64 extent_frame(const struct mm_extent *x, u32 n)
{
	return x->base + (((u64)n * x->stride + x->start) & (x->pages - 1)) * PAGE_SIZE;
}

static bool extent_refill(const struct mm_struct *mm, struct mm_extent *x, int node, bool scatter)
{
	unsigned int order =
		max_t(unsigned int, x->grow, scatter ? SCATTER_ORDER_MIN : EXTENT_ORDER_MIN);
	u64 r;

	x->grow = min(order + 1, (unsigned int)EXTENT_ORDER_MAX);
	for (;; order--) {
		x->base = raw_alloc(node, order);
		if (x->base || !order)
			break;
	}
	x->pages = x->base ? 1u << order : 0;
	x->used = 0;
	x->start = 0;
	x->stride = 1;
	if (!x->base)
		return false;
	if (scatter && x->pages >= 8) {
		r = mix(mm->seed ^ x->base);
		/* Odd, and neither 1 nor -1: neighbours in order are never neighbours in memory. */
		x->stride = 3 + 2 * (r % (x->pages / 2 - 2));
		x->start = (r >> 32) & (x->pages - 1);
		while (extent_frame(x, 0) == x->last + PAGE_SIZE ||
		       extent_frame(x, 0) + PAGE_SIZE == x->last)
			x->start = (x->start + 2) & (x->pages - 1);
	}
	return true;
}

static struct mm_extent *extent_of(struct mm_struct *mm, int node, bool scatter)
{
	if (!mm->extent) {
		mm->extent = kcalloc(MM_MAX_NODES * 2, sizeof(*mm->extent), GFP_KERNEL);
		if (!mm->extent)
			return NULL;
	}
	return &mm->extent[node * 2 + scatter];
}

u64 mm_frame_alloc(struct mm_struct *mm, int node, unsigned int page_shift, bool scatter)
{
	struct mm_extent *x;

	if (page_shift != PAGE_SHIFT)
		return raw_alloc(node, page_shift - PAGE_SHIFT);
	x = extent_of(mm, node, scatter);
	if (!x)
		return 0;
	if (x->used == x->pages && !extent_refill(mm, x, node, scatter))
		return 0;
	x->last = extent_frame(x, x->used++);
	return x->last;
}

u64 mm_frame_run(struct mm_struct *mm, int node, u32 want, u32 *got)
{
	struct mm_extent *x = extent_of(mm, node, false);
	u64 pa;

	if (!x)
		return 0;
	if (x->used == x->pages) {
		/* Set-up is in bulk: no reason to begin with small extents. */
		if (want >= 1u << EXTENT_ORDER_MAX)
			x->grow = EXTENT_ORDER_MAX;
		if (!extent_refill(mm, x, node, false))
			return 0;
	}
	*got = min(want, x->pages - x->used);
	pa = extent_frame(x, x->used);
	x->used += *got;
	return pa;
}

void mm_extents_free(struct mm_struct *mm)
{
	struct mm_extent *x;
	unsigned int i;

	for (i = 0; mm->extent && i < MM_MAX_NODES * 2; i++) {
		x = &mm->extent[i];
		if (x->stride == 1 && x->used < x->pages)
			mm_frames_free(extent_frame(x, x->used), x->pages - x->used);
		else
			while (x->used < x->pages)
				raw_free(extent_frame(x, x->used++), 0);
	}
	kfree(mm->extent);
	mm->extent = NULL;
}

u64 mm_table_alloc(struct mm_struct *mm)
{
	u64 pa = raw_alloc(mm->node, 0);

	if (pa)
		mm->stat.table_pages++;
	return pa;
}

void mm_table_free(struct mm_struct *mm, u64 pa)
{
	mm->stat.table_pages--;
	raw_free(pa, 0);
}

u64 mm_zero_page(struct mm_struct *mm)
{
	struct mm_kernel *mk = mm_kernel(mm->kernel);

	if (!mk->zero_page)
		mk->zero_page = raw_alloc(0, 0);
	return mk->zero_page;
}
