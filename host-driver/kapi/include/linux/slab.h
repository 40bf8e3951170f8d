/* SPDX-License-Identifier: GPL-2.0 */
/* kmalloc: memory in the simulated RAM of the current kernel, with red zones and poison (mm/slab).
 */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/types.h>

struct kmem_cache;

#define ARCH_KMALLOC_MINALIGN 16
#define KMALLOC_MAX_SIZE      (1UL << 22) /* order 10, as on x86-64 */
#define ZERO_SIZE_PTR	      ((void *)16)
#define ZERO_OR_NULL_PTR(x)   ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

/* A power-of-two size is aligned to itself. Size 0 gives ZERO_SIZE_PTR. NULL when memory is out. */
void *kmalloc_node(size_t size, gfp_t flags, int node) __malloc;
void *krealloc(const void *p, size_t new_size, gfp_t flags) __must_check;
/* For large pieces that need not be contiguous in the kernel; here they are, up to 1 GiB. */
void *kvmalloc_node(size_t size, gfp_t flags, int node) __malloc;
/* Takes NULL. Reports double frees, foreign pointers and writes beyond the end. */
void kfree(const void *p);
void kfree_sensitive(const void *p);
size_t ksize(const void *p);

static inline __malloc void *kmalloc(size_t size, gfp_t flags)
{
	return kmalloc_node(size, flags, NUMA_NO_NODE);
}

static inline __malloc void *kzalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags | __GFP_ZERO);
}

static inline __malloc void *kzalloc_node(size_t size, gfp_t flags, int node)
{
	return kmalloc_node(size, flags | __GFP_ZERO, node);
}

static inline __malloc void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : kmalloc_node(bytes, flags, node);
}

static inline __malloc void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return kmalloc_array_node(n, size, flags, NUMA_NO_NODE);
}

static inline __malloc void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node)
{
	return kmalloc_array_node(n, size, flags | __GFP_ZERO, node);
}

static inline __malloc void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	return kmalloc_array(n, size, flags | __GFP_ZERO);
}

static inline __must_check void *krealloc_array(void *p, size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : krealloc(p, bytes, flags);
}

static inline __malloc void *kvmalloc(size_t size, gfp_t flags)
{
	return kvmalloc_node(size, flags, NUMA_NO_NODE);
}

static inline __malloc void *kvzalloc(size_t size, gfp_t flags)
{
	return kvmalloc(size, flags | __GFP_ZERO);
}

static inline __malloc void *kvzalloc_node(size_t size, gfp_t flags, int node)
{
	return kvmalloc_node(size, flags | __GFP_ZERO, node);
}

static inline __malloc void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return kvmalloc(size_mul(n, size), flags);
}

static inline __malloc void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	return kvmalloc_array(n, size, flags | __GFP_ZERO);
}

#define kvfree kfree

#define SLAB_HWCACHE_ALIGN 0x00002000u
#define SLAB_PANIC	   0x00040000u
#define SLAB_ACCOUNT	   0x04000000u

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *s);
void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags);
void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t flags, int node);
void kmem_cache_free(struct kmem_cache *s, void *p);

#define KMEM_CACHE(s, flags)                                                                       \
	kmem_cache_create(#s, sizeof(struct s), __alignof__(struct s), (flags), NULL)
#define kmem_cache_zalloc(s, flags) kmem_cache_alloc(s, (flags) | __GFP_ZERO)

#endif
