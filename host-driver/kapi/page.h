/* SPDX-License-Identifier: GPL-2.0 */
/* What the page allocator and the slab know about a page frame (private to kapi). */
#ifndef HOST_DRIVER_KAPI_PAGE_H
#define HOST_DRIVER_KAPI_PAGE_H

#include <linux/gfp.h>
#include <linux/list.h>

struct kapi_slab;

enum page_state {
	PAGE_NONE, /* never handed out, or inside a larger block */
	PAGE_FREE, /* first page of a free block */
	PAGE_USED, /* first page of a block in use */
};

/* Only the first page of a block has a valid state, order and count. */
struct page {
	struct list_head lru; /* free list */
	u64 pfn;
	u64 size;		/* kmalloc: bytes asked for, 0: not a kmalloc block */
	struct kapi_slab *slab; /* kmalloc: set in every page of a slab */
	u32 refcount;
	u8 state;
	u8 order;
	u8 node;
	u8 fresh; /* free and never used: reads as zero if the RAM did */
};

/* The sanitizer's own functions, when it is there. */
#if defined(__SANITIZE_ADDRESS__)
#define KAPI_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KAPI_ASAN 1
#endif
#endif
#ifdef KAPI_ASAN
void __asan_poison_memory_region(void const volatile *addr, size_t size);
void __asan_unpoison_memory_region(void const volatile *addr, size_t size);
/* Not where errors are seeded: there the device writes what it should not, and the test goes on. */
#define kapi_poison(k, p, n)                                                                       \
	do {                                                                                       \
		if (!(k)->cfg.no_poison)                                                           \
			__asan_poison_memory_region(p, n);                                         \
	} while (0)
#define kapi_unpoison(p, n) __asan_unpoison_memory_region(p, n)
#else
#define kapi_poison(k, p, n) ((void)(k), (void)(p), (void)(n))
#define kapi_unpoison(p, n)  ((void)(p), (void)(n))
#endif

#endif
