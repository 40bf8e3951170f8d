// SPDX-License-Identifier: GPL-2.0
// Page frames of processes: extents that make neighbours in time neighbours in memory, or never.
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/kapi/kapi.h"
#include "host-driver/kapi/mm_priv.h"
#include "host-driver/kapi/page.h"

/* Extents up to this order are split into frames that go back one by one. */
#define EXTENT_ORDER_MAX 9
#define EXTENT_ORDER_MIN 2
/* Scattered extents: fewer frames cannot be spread well. */
#define SCATTER_ORDER_MIN 4
/*
 * Bulk extents stay whole and are counted: they go back when their last frame does. Splitting them
 * would take host memory for every frame.
 */
#define BULK_ORDER_MAX 18

static struct page *raw_alloc(int node, unsigned int order)
{
	return alloc_pages_node(node, mm_gfp() | __GFP_NOWARN, order);
}

static bool reads_zero(const struct page *page)
{
	return page->fresh && kapi_kernel()->cfg.ram_zeroed;
}

/* As split_page(): a block in use becomes single frames in use. */
static void block_split(struct page *head, unsigned int order)
{
	struct page *p;
	u32 i;

	for (i = 0; i < 1u << order; i++) {
		p = i ? pfn_to_page(head->pfn + i) : head;
		p->state = PAGE_USED;
		p->order = 0;
		p->refcount = 1;
		p->slab = NULL;
		p->size = 0;
		p->fresh = 0;
	}
}

/* The first page of the block in use that holds @pfn. */
static struct page *block_head(u64 pfn)
{
	unsigned int order;
	struct page *p;

	for (order = 0; order <= BULK_ORDER_MAX; order++) {
		p = pfn_to_page(pfn & ~((1ull << order) - 1));
		if (p && p->state == PAGE_USED && p->order >= order)
			return p;
	}
	return NULL;
}

void mm_frames_free(u64 pa, u64 pages)
{
	u64 pfn = pa >> PAGE_SHIFT, in;
	struct page *head;

	while (pages) {
		head = block_head(pfn);
		if (WARN_ON(!head))
			return;
		in = min(pages, head->pfn + (1ull << head->order) - pfn);
		pfn += in;
		pages -= in;
		/* A counted block has one reference a frame; another block only one. */
		if (head->order <= EXTENT_ORDER_MAX || head->refcount == 1) {
			put_page(head);
		} else if (head->refcount > in) {
			head->refcount -= in;
		} else {
			head->refcount = 1;
			put_page(head);
		}
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

/* Any block from @order down. */
static struct page *extent_block(int node, unsigned int *order)
{
	struct page *page;

	for (;; --*order) {
		page = raw_alloc(node, *order);
		if (page || !*order)
			return page;
	}
}

static bool extent_refill(const struct mm_struct *mm, struct mm_extent *x, int node, bool scatter,
			  unsigned int order)
{
	struct page *page = extent_block(node, &order);
	u64 r;

	x->pages = x->used = 0;
	if (!page)
		return false;
	x->base = page_to_phys(page);
	x->pages = 1u << order;
	x->zeroed = reads_zero(page);
	x->start = 0;
	x->stride = 1;
	if (order > EXTENT_ORDER_MAX)
		page->refcount = x->pages;
	else
		block_split(page, order);
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
		mm->extent = kcalloc(MM_MAX_NODES * 2, sizeof(*mm->extent), mm_gfp());
		if (!mm->extent)
			return NULL;
	}
	return &mm->extent[node * 2 + scatter];
}

/* The next extent of a growing series, so that small processes stay small. */
static bool extent_grow(struct mm_struct *mm, struct mm_extent *x, int node, bool scatter)
{
	unsigned int order =
		max_t(unsigned int, x->grow, scatter ? SCATTER_ORDER_MIN : EXTENT_ORDER_MIN);

	x->grow = min(order + 1, (unsigned int)EXTENT_ORDER_MAX);
	return extent_refill(mm, x, node, scatter, order);
}

static u64 huge_alloc(struct mm_struct *mm, int node, unsigned int order)
{
	struct page *page = raw_alloc(node, order);

	if (!page)
		return 0;
	if (!reads_zero(page))
		memset(page_address(page), 0, PAGE_SIZE << order);
	kapi_ram_used(kapi_kernel(), page_to_phys(page), PAGE_SIZE << order);
	return page_to_phys(page);
}

u64 mm_frame_alloc(struct mm_struct *mm, int node, unsigned int page_shift, bool scatter)
{
	struct mm_extent *x;

	if (page_shift != PAGE_SHIFT)
		return huge_alloc(mm, node, page_shift - PAGE_SHIFT);
	x = extent_of(mm, node, scatter);
	if (!x)
		return 0;
	if (x->used == x->pages && !extent_grow(mm, x, node, scatter))
		return 0;
	x->last = extent_frame(x, x->used++);
	kapi_ram_used(kapi_kernel(), x->last, PAGE_SIZE);
	if (!x->zeroed)
		memset(mm->phys + x->last, 0, PAGE_SIZE);
	return x->last;
}

u64 mm_frame_run(struct mm_struct *mm, int node, u64 want, u64 *got)
{
	struct mm_extent *x = extent_of(mm, node, false);
	unsigned int order;
	u64 pa;

	if (!x)
		return 0;
	if (x->used == x->pages) {
		/* Set-up is in bulk: no reason to begin with small extents. */
		order = min_t(unsigned int, ilog2(want), BULK_ORDER_MAX);
		if (order > EXTENT_ORDER_MIN ? !extent_refill(mm, x, node, false, order)
					     : !extent_grow(mm, x, node, false))
			return 0;
	}
	*got = min_t(u64, want, x->pages - x->used);
	pa = extent_frame(x, x->used);
	x->used += *got;
	x->last = pa + (*got - 1) * PAGE_SIZE;
	kapi_ram_used(kapi_kernel(), pa, *got * PAGE_SIZE);
	if (!x->zeroed)
		memset(mm->phys + pa, 0, *got * PAGE_SIZE);
	return pa;
}

void mm_frame_run_back(struct mm_struct *mm, int node, u64 n)
{
	extent_of(mm, node, false)->used -= n;
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
				mm_frames_free(extent_frame(x, x->used++), 1);
	}
	kfree(mm->extent);
	mm->extent = NULL;
}

u64 mm_table_alloc(struct mm_struct *mm)
{
	u64 pa = huge_alloc(mm, mm->node, 0);

	if (pa)
		mm->stat.table_pages++;
	return pa;
}

void mm_table_free(struct mm_struct *mm, u64 pa)
{
	mm->stat.table_pages--;
	mm_frames_free(pa, 1);
}

u64 mm_zero_page(struct mm_struct *mm)
{
	struct mm_kernel *mk = mm_kernel(mm->kernel);

	if (!mk->zero_page)
		mk->zero_page = huge_alloc(mm, 0, 0);
	return mk->zero_page;
}
