// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc: size classes of powers of two over the page allocator. Every object has a red zone of at
 * least 8 bytes behind it and is poisoned when freed; both are checked, and an address sanitizer is
 * told. The bookkeeping lies in host memory.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"
#include "host-driver/kapi/page.h"

#define RED_ZONE_MIN 8
#define RED_BYTE     0xbb
#define FREE_BYTE    0x6b

struct kapi_slab {
	struct list_head node; /* in kapi_slab_class.partial, or alone when full */
	struct page *page;
	u8 *base;
	u16 class;
	u16 nr, used;
	u16 first_free; /* index, nr: none */
	u16 *next;	/* free list */
	u32 *size;	/* bytes asked for + 1; 0: free */
};

static unsigned int class_order(unsigned int class)
{
	unsigned int shift = KAPI_SLAB_SHIFT_MIN + class;

	/* At least four objects a slab. */
	return shift + 2 > PAGE_SHIFT ? shift + 2 - PAGE_SHIFT : 0;
}

void kapi_slab_init(struct kernel *k)
{
	for (u32 n = 0; n < KERNEL_NODES_MAX; n++)
		for (u32 c = 0; c < KAPI_SLAB_CLASSES; c++)
			INIT_LIST_HEAD(&k->slab[n][c].partial);
	INIT_LIST_HEAD(&k->full_slabs);
}

u64 kapi_slab_spare(const struct kernel *k)
{
	u64 pages = 0;

	for (u32 n = 0; n < KERNEL_NODES_MAX; n++)
		for (u32 c = 0; c < KAPI_SLAB_CLASSES; c++)
			pages += (u64)k->slab[n][c].empty << class_order(c);
	return pages;
}

static void slab_host_free(struct kapi_slab *s)
{
	list_del(&s->node);
	free(s);
}

void kapi_slab_free(struct kernel *k)
{
	struct kapi_slab *s, *next;

	for (u32 n = 0; n < KERNEL_NODES_MAX; n++)
		for (u32 c = 0; c < KAPI_SLAB_CLASSES; c++)
			list_for_each_entry_safe (s, next, &k->slab[n][c].partial, node)
				slab_host_free(s);
	list_for_each_entry_safe (s, next, &k->full_slabs, node)
		slab_host_free(s);
}

static void slab_error(struct kernel *k, const char *what, const void *p, u64 size)
{
	k->stats.slab_errors++;
	WARN(1, "slab: %s: object %px, size %llu\n", what, p, size);
}

static struct kapi_slab *slab_new(struct kernel *k, unsigned int class, gfp_t gfp, int nid)
{
	unsigned int order = class_order(class), shift = KAPI_SLAB_SHIFT_MIN + class;
	u16 nr = (PAGE_SIZE << order) >> shift;
	struct page *page = kapi_alloc_pages(k, nid, gfp & ~__GFP_ZERO, order);
	struct kapi_slab *s;

	if (!page)
		return NULL;
	s = calloc(1, sizeof(*s) + nr * (sizeof(*s->size) + sizeof(*s->next)));
	if (!s) {
		__free_pages(page, order);
		return NULL;
	}
	s->page = page;
	s->base = page_address(page);
	s->class = class;
	s->nr = nr;
	s->size = (u32 *)(s + 1);
	s->next = (u16 *)(s->size + nr);
	for (u16 i = 0; i < nr; i++)
		s->next[i] = i + 1;
	kapi_ram_used(k, page->pfn << PAGE_SHIFT, PAGE_SIZE << order);
	for (u32 i = 0; i < 1u << order; i++)
		pfn_to_page(page->pfn + i)->slab = s;
	memset(s->base, FREE_BYTE, PAGE_SIZE << order);
	kapi_poison(k, s->base, PAGE_SIZE << order);
	list_add_tail(&s->node, &k->slab[page->node][class].partial);
	k->slab[page->node][class].empty++;
	return s;
}

static void slab_release(struct kernel *k, struct kapi_slab *s)
{
	unsigned int order = class_order(s->class);

	for (u32 i = 0; i < 1u << order; i++)
		pfn_to_page(s->page->pfn + i)->slab = NULL;
	__free_pages(s->page, order);
	slab_host_free(s);
}

static void *slab_take(struct kernel *k, struct kapi_slab *s, size_t size, bool zero)
{
	struct kapi_slab_class *c = &k->slab[s->page->node][s->class];
	u32 bytes = 1u << (KAPI_SLAB_SHIFT_MIN + s->class);
	u16 i = s->first_free;
	u8 *p = s->base + (size_t)i * bytes;

	s->first_free = s->next[i];
	s->size[i] = size + 1;
	if (s->used++ == 0)
		c->empty--;
	if (s->used == s->nr)
		list_move_tail(&s->node, &k->full_slabs);
	kapi_unpoison(p, bytes);
	if (memchr_inv(p, FREE_BYTE, bytes))
		slab_error(k, "written after it was freed", p, bytes);
	if (zero)
		memset(p, 0, size);
	memset(p + size, RED_BYTE, bytes - size);
	kapi_poison(k, p + size, bytes - size);
	k->stats.slab_bytes += size;
	return p;
}

static void *large_alloc(struct kernel *k, size_t size, gfp_t gfp, int nid)
{
	unsigned int order = get_order(size);
	struct page *page = order < MAX_ORDER ? kapi_alloc_pages(k, nid, gfp, order) : NULL;
	u8 *p;

	if (!page)
		return NULL;
	p = page_address(page);
	page->size = size;
	/* Only up to the next page: the rest of a large block stays untouched. */
	memset(p + size, RED_BYTE, PAGE_ALIGN(size) - size);
	kapi_poison(k, p + size, PAGE_ALIGN(size) - size);
	k->stats.slab_bytes += size;
	return p;
}

static void *slab_or_pages(size_t size, gfp_t flags, int node)
{
	struct kernel *k = kapi_kernel();
	size_t need = size + RED_ZONE_MIN;
	struct kapi_slab *s;
	unsigned int class;
	u32 nid;

	if (gfpflags_allow_blocking(flags))
		might_sleep();
	if (!size)
		return ZERO_SIZE_PTR;
	if (kapi_fail_alloc(k, flags))
		return NULL;
	if (need > 1u << KAPI_SLAB_SHIFT_MAX)
		return large_alloc(k, size, flags, node);
	class = max(order_base_2(need), KAPI_SLAB_SHIFT_MIN) - KAPI_SLAB_SHIFT_MIN;
	nid = node >= 0 && node < k->nr_nodes ? node : 0;
	s = list_first_entry_or_null(&k->slab[nid][class].partial, struct kapi_slab, node);
	if (!s)
		s = slab_new(k, class, flags, nid);
	return s ? slab_take(k, s, size, flags & __GFP_ZERO) : NULL;
}

void *kmalloc_node(size_t size, gfp_t flags, int node)
{
	/* The kernel warns, too: nobody should ask for that much in one piece. */
	if (WARN_ONCE(size > KMALLOC_MAX_SIZE && !(flags & __GFP_NOWARN), "kmalloc of %zu bytes\n",
		      size) ||
	    size > KMALLOC_MAX_SIZE)
		return NULL;
	return slab_or_pages(size, flags, node);
}

void *kvmalloc_node(size_t size, gfp_t flags, int node)
{
	if (size > (PAGE_SIZE << (KAPI_ORDERS - 1)))
		return NULL;
	return slab_or_pages(size, flags, node);
}

/* ---- freeing ----------------------------------------------------------------------------------
 */

static void check_red_zone(struct kernel *k, u8 *p, size_t size, size_t room)
{
	kapi_unpoison(p, room);
	if (memchr_inv(p + size, RED_BYTE, room - size))
		slab_error(k, "written beyond its end", p, size);
}

static void slab_give(struct kernel *k, struct kapi_slab *s, u8 *p)
{
	struct kapi_slab_class *c = &k->slab[s->page->node][s->class];
	u32 shift = KAPI_SLAB_SHIFT_MIN + s->class, bytes = 1u << shift;
	u32 i = (p - s->base) >> shift;

	if ((p - s->base) & (bytes - 1)) {
		slab_error(k, "free of a pointer into the middle", p, bytes);
		return;
	}
	if (!s->size[i]) {
		slab_error(k, "freed twice", p, bytes);
		return;
	}
	k->stats.slab_bytes -= s->size[i] - 1;
	check_red_zone(k, p, s->size[i] - 1, bytes);
	memset(p, FREE_BYTE, bytes);
	kapi_poison(k, p, bytes);
	s->size[i] = 0;
	s->next[i] = s->first_free;
	s->first_free = i;
	if (s->used-- == s->nr)
		list_move_tail(&s->node, &c->partial);
	if (s->used)
		return;
	/* One empty slab a class is kept, so that a steady pair of alloc and free stays cheap. */
	if (c->empty)
		slab_release(k, s);
	else
		c->empty++;
}

void kfree(const void *ptr)
{
	struct kernel *k = kapi_kernel();
	struct page *page;
	u8 *p = (u8 *)ptr;

	if (ZERO_OR_NULL_PTR(ptr))
		return;
	page = virt_to_page(ptr);
	if (!page) {
		slab_error(k, "free of memory that is not this kernel's", ptr, 0);
		return;
	}
	if (page->slab) {
		slab_give(k, page->slab, p);
		return;
	}
	if (page->state != PAGE_USED || !page->size || offset_in_page(p)) {
		slab_error(k, "free of something that kmalloc did not give, or freed twice", p, 0);
		return;
	}
	k->stats.slab_bytes -= page->size;
	check_red_zone(k, p, page->size, PAGE_ALIGN(page->size));
	page->size = 0;
	__free_pages(page, page->order);
}

size_t ksize(const void *p)
{
	struct page *page;

	if (ZERO_OR_NULL_PTR(p))
		return 0;
	page = virt_to_page(p);
	if (WARN_ON(!page))
		return 0;
	if (page->slab) {
		struct kapi_slab *s = page->slab;
		u32 i = ((const u8 *)p - s->base) >> (KAPI_SLAB_SHIFT_MIN + s->class);

		return s->size[i] ? s->size[i] - 1 : 0;
	}
	return page->size;
}

void *krealloc(const void *p, size_t new_size, gfp_t flags)
{
	size_t old = ksize(p);
	void *q;

	if (!new_size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	q = kmalloc(new_size, flags);
	if (!q)
		return NULL;
	if (old) {
		memcpy(q, p, min(old, new_size));
		kfree(p);
	}
	return q;
}

void kfree_sensitive(const void *p)
{
	size_t size = ksize(p);

	if (size)
		memzero_explicit((void *)p, size);
	kfree(p);
}

/* ---- caches ------------------------------------------------------------------------------------
 */

struct kmem_cache {
	const char *name;
	unsigned int size; /* with alignment */
	void (*ctor)(void *obj);
	u64 live;
};

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s) {
		if (flags & SLAB_PANIC)
			panic("cannot create slab cache %s", name);
		return NULL;
	}
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max(align, 64u);
	s->name = name;
	/* A power-of-two class is aligned to itself, so a large enough size is aligned enough. */
	s->size = max(size, align);
	s->ctor = ctor;
	return s;
}

void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t flags, int node)
{
	void *p = kmalloc_node(s->size, flags, node);

	if (!p)
		return NULL;
	if (s->ctor)
		s->ctor(p);
	s->live++;
	return p;
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags)
{
	return kmem_cache_alloc_node(s, flags, NUMA_NO_NODE);
}

void kmem_cache_free(struct kmem_cache *s, void *p)
{
	if (!p)
		return;
	s->live--;
	kfree(p);
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	if (!s)
		return;
	WARN(s->live, "slab cache %s destroyed with %llu objects in use\n", s->name, s->live);
	kfree(s);
}
