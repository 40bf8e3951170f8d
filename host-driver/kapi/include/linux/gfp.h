/* SPDX-License-Identifier: GPL-2.0 */
/* The page allocator: one per kernel, nodes apart, frames handed out densely (mm/page_alloc.c). */
#ifndef _LINUX_GFP_H
#define _LINUX_GFP_H

#include <asm/page.h>
#include <linux/gfp_types.h>
#include <linux/numa.h>

struct page;

/* Orders up to 18: a block of 1 GiB. */
#define MAX_ORDER 19

static inline bool gfpflags_allow_blocking(const gfp_t gfp_flags)
{
	return !!(gfp_flags & __GFP_DIRECT_RECLAIM);
}

/* NULL when the node (and, without __GFP_THISNODE, every other) is full or @order is too large. */
struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);
void free_pages(unsigned long addr, unsigned int order);
void *alloc_pages_exact(size_t size, gfp_t gfp);
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp);
void free_pages_exact(void *virt, size_t size);

#define alloc_page(gfp)	     alloc_pages(gfp, 0)
#define __get_free_page(gfp) __get_free_pages(gfp, 0)
#define __free_page(page)    __free_pages(page, 0)
#define free_page(addr)	     free_pages(addr, 0)

/* Reference counts: alloc_pages() gives one; the last put frees the block. */
void get_page(struct page *page);
void put_page(struct page *page);
int page_count(struct page *page);
int page_to_nid(const struct page *page);
unsigned int compound_order(struct page *page);

#endif
