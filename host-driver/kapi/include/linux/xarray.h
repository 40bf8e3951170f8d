/* SPDX-License-Identifier: GPL-2.0 */
/* Sparse arrays of pointers indexed by unsigned long (lib/xarray.c). */
#ifndef _LINUX_XARRAY_H
#define _LINUX_XARRAY_H

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kapi_xnode;

/* A static one is a name: its state is kept per kernel. */
struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags;
	u32 levels;
	struct kapi_xnode *root;
};

typedef unsigned int xa_mark_t;
#define XA_MARK_0  0u
#define XA_MARK_1  1u
#define XA_MARK_2  2u
#define XA_PRESENT 8u

struct xa_limit {
	u32 max, min;
};

#define XA_LIMIT(_min, _max) ((struct xa_limit){.min = _min, .max = _max})
#define xa_limit_32b	     XA_LIMIT(0, UINT_MAX)
#define xa_limit_31b	     XA_LIMIT(0, INT_MAX)
#define xa_limit_16b	     XA_LIMIT(0, USHRT_MAX)

#define XA_FLAGS_LOCK_IRQ 1u
#define XA_FLAGS_LOCK_BH  2u
#define XA_FLAGS_ALLOC	  4u
#define XA_FLAGS_ALLOC1	  8u

#define XARRAY_INIT(name, flags)                                                                   \
	{                                                                                          \
		.xa_flags = (flags)                                                                \
	}
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name = XARRAY_INIT(name, flags)
#define DEFINE_XARRAY(name)		 DEFINE_XARRAY_FLAGS(name, 0)
#define DEFINE_XARRAY_ALLOC(name)	 DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC)
#define DEFINE_XARRAY_ALLOC1(name)	 DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC1)

static inline void xa_init_flags(struct xarray *xa, gfp_t flags)
{
	*xa = (struct xarray){.xa_flags = flags};
}

static inline void xa_init(struct xarray *xa)
{
	xa_init_flags(xa, 0);
}

/* Integers as entries: the lowest bit is set. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

/* Errors travel as entries. */
static inline bool xa_is_err(const void *entry)
{
	return IS_ERR(entry);
}

static inline int xa_err(void *entry)
{
	return IS_ERR(entry) ? (int)PTR_ERR(entry) : 0;
}

void *xa_load(struct xarray *xa, unsigned long index);
/* The old entry, or one that xa_is_err(): -ENOMEM, -EINVAL (an error pointer cannot be stored). */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);
int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp); /* -EBUSY */
int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp);
void xa_release(struct xarray *xa, unsigned long index);
/* -EBUSY when no index is free within the limit. */
int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
/* 1 when the search wrapped. */
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp);
/* First present entry from *@index on up to @max; NULL when there is none. */
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
void xa_destroy(struct xarray *xa);
bool xa_empty(struct xarray *xa);
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);

#define xa_lock(xa)		    spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)		    spin_unlock(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, f)	    spin_lock_irqsave(&(xa)->xa_lock, f)
#define xa_unlock_irqrestore(xa, f) spin_unlock_irqrestore(&(xa)->xa_lock, f)
/* Nothing blocks inside, so the forms for callers that hold the lock are the same. */
#define __xa_store   xa_store
#define __xa_erase   xa_erase
#define __xa_insert  xa_insert
#define __xa_alloc   xa_alloc
#define __xa_cmpxchg xa_cmpxchg
#define xa_store_irq xa_store
#define xa_erase_irq xa_erase

#define xa_for_each_range(xa, index, entry, start, last)                                           \
	for (index = start, entry = xa_find(xa, &index, last, XA_PRESENT); entry;                  \
	     entry = xa_find_after(xa, &index, last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start)                                                 \
	xa_for_each_range(xa, index, entry, start, ULONG_MAX)
#define xa_for_each(xa, index, entry) xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter)                                               \
	for (index = 0, entry = xa_find(xa, &index, ULONG_MAX, filter); entry;                     \
	     entry = xa_find_after(xa, &index, ULONG_MAX, filter))

#endif
