// SPDX-License-Identifier: GPL-2.0
/* XArray: a radix tree of 64 slots a node. Grows at the root; empty nodes are freed. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include "host-driver/kapi/kapi.h"

#define XA_SHIFT 6
#define XA_SLOTS (1u << XA_SHIFT)
#define XA_MARKS 3

/* A slot that is taken but reads as NULL (xa_reserve, allocation of NULL). */
#define XA_RESERVED ((void *)2ul)

struct kapi_xnode {
	void *slot[XA_SLOTS];
	u64 present;	    /* slots in use */
	u64 full;	    /* subtrees (or slots) without a free index */
	u64 mark[XA_MARKS]; /* slots, or subtrees with such a slot */
};

/* A static array is a name: its state is kept per kernel. */
static struct xarray *state_of(const struct xarray *xa)
{
	struct xarray *s = (struct xarray *)xa;

	if (!kapi_is_static(xa))
		return s;
	s = kapi_static(kapi_kernel(), xa, sizeof(*s));
	if (!s)
		panic("out of memory for a static xarray");
	s->xa_flags = xa->xa_flags;
	return s;
}

static bool covers(u32 levels, unsigned long index)
{
	return levels * XA_SHIFT >= 64 || !(index >> (levels * XA_SHIFT));
}

static u32 slot_at(unsigned long index, u32 level)
{
	return (index >> (level * XA_SHIFT)) & (XA_SLOTS - 1);
}

static void *entry_out(void *entry)
{
	return entry == XA_RESERVED ? NULL : entry;
}

static void *raw_load(const struct xarray *xa, unsigned long index)
{
	struct kapi_xnode *n = xa->root;

	if (!n || !covers(xa->levels, index))
		return NULL;
	for (u32 l = xa->levels - 1; l && n; l--)
		n = n->slot[slot_at(index, l)];
	return n ? n->slot[slot_at(index, 0)] : NULL;
}

static struct kapi_xnode *node_new(gfp_t gfp)
{
	return kzalloc(sizeof(struct kapi_xnode), gfp & ~__GFP_DIRECT_RECLAIM);
}

/* Makes the tree tall enough for @index. */
static int grow(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	if (!xa->root) {
		xa->root = node_new(gfp);
		if (!xa->root)
			return -ENOMEM;
		for (xa->levels = 1; !covers(xa->levels, index);)
			xa->levels++;
	}
	while (!covers(xa->levels, index)) {
		struct kapi_xnode *n = node_new(gfp), *old = xa->root;

		if (!n)
			return -ENOMEM;
		n->slot[0] = old;
		n->present = 1;
		n->full = old->full == ~0ull;
		for (u32 m = 0; m < XA_MARKS; m++)
			n->mark[m] = old->mark[m] != 0;
		xa->root = n;
		xa->levels++;
	}
	return 0;
}

#define LEVELS_MAX 11

/* The nodes from the root (path[levels - 1]) to the leaf (path[0]); made when @gfp is not NULL. */
static int walk(struct xarray *xa, unsigned long index, struct kapi_xnode **path, const gfp_t *gfp)
{
	struct kapi_xnode *n = xa->root;

	for (u32 l = xa->levels; l--;) {
		struct kapi_xnode *next;

		path[l] = n;
		if (!l)
			break;
		next = n->slot[slot_at(index, l)];
		if (!next) {
			if (!gfp)
				return -ENOENT;
			next = node_new(*gfp);
			if (!next)
				return -ENOMEM;
			n->slot[slot_at(index, l)] = next;
			n->present |= 1ull << slot_at(index, l);
		}
		n = next;
	}
	return 0;
}

static void set_bits_up(struct xarray *xa, struct kapi_xnode **path, unsigned long index)
{
	for (u32 l = 0; l + 1 < xa->levels; l++) {
		u64 bit = 1ull << slot_at(index, l + 1);
		struct kapi_xnode *up = path[l + 1];

		up->full = path[l]->full == ~0ull ? up->full | bit : up->full & ~bit;
		for (u32 m = 0; m < XA_MARKS; m++)
			up->mark[m] = path[l]->mark[m] ? up->mark[m] | bit : up->mark[m] & ~bit;
	}
}

/* Frees nodes that are empty, from @level up; the last one empties the array. */
static void prune(struct xarray *xa, struct kapi_xnode **path, unsigned long index, u32 level)
{
	for (u32 l = level; l < xa->levels; l++) {
		if (path[l]->present)
			return;
		kfree(path[l]);
		if (l + 1 == xa->levels) {
			xa->root = NULL;
			xa->levels = 0;
			return;
		}
		path[l + 1]->slot[slot_at(index, l + 1)] = NULL;
		path[l + 1]->present &= ~(1ull << slot_at(index, l + 1));
	}
}

/* A store ran out of memory on its way down: takes back the nodes that it made. */
static void undo(struct xarray *xa, unsigned long index)
{
	struct kapi_xnode *path[LEVELS_MAX], *n = xa->root;
	u32 level = xa->levels;

	while (n) {
		path[--level] = n;
		n = level ? n->slot[slot_at(index, level)] : NULL;
	}
	if (xa->root)
		prune(xa, path, index, level);
}

static void *raw_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct kapi_xnode *path[LEVELS_MAX];
	u64 bit = 1ull << slot_at(index, 0);
	void *old;
	int err;

	if (!entry && !raw_load(xa, index))
		return NULL;
	err = entry ? grow(xa, index, gfp) : 0;
	if (!err)
		err = walk(xa, index, path, entry ? &gfp : NULL);
	if (err) {
		undo(xa, index);
		return ERR_PTR(err);
	}
	old = path[0]->slot[slot_at(index, 0)];
	path[0]->slot[slot_at(index, 0)] = entry;
	if (entry) {
		path[0]->present |= bit;
		path[0]->full |= bit;
	} else {
		path[0]->present &= ~bit;
		path[0]->full &= ~bit;
		for (u32 m = 0; m < XA_MARKS; m++)
			path[0]->mark[m] &= ~bit;
	}
	set_bits_up(xa, path, index);
	if (!entry)
		prune(xa, path, index, 0);
	return old;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	return entry_out(raw_load(state_of(xa), index));
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (WARN_ON(IS_ERR(entry)))
		return ERR_PTR(-EINVAL);
	xa = state_of(xa);
	if (!entry && (xa->xa_flags & (XA_FLAGS_ALLOC | XA_FLAGS_ALLOC1)))
		entry = XA_RESERVED;
	entry = raw_store(xa, index, entry, gfp);
	return IS_ERR(entry) ? entry : entry_out(entry);
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	return entry_out(raw_store(state_of(xa), index, NULL, 0));
}

void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	void *cur = xa_load(xa, index);

	if (cur != old)
		return cur;
	cur = xa_store(xa, index, entry, gfp);
	return xa_is_err(cur) ? cur : old;
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (WARN_ON(IS_ERR(entry)))
		return -EINVAL;
	xa = state_of(xa);
	if (raw_load(xa, index))
		return -EBUSY;
	return xa_err(raw_store(xa, index, entry ? entry : XA_RESERVED, gfp));
}

int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	xa = state_of(xa);
	if (raw_load(xa, index))
		return 0;
	return xa_err(raw_store(xa, index, XA_RESERVED, gfp));
}

void xa_release(struct xarray *xa, unsigned long index)
{
	xa = state_of(xa);
	if (raw_load(xa, index) == XA_RESERVED)
		raw_store(xa, index, NULL, 0);
}

/* ---- searching ----------------------------------------------------------------------------------
 */

enum find_what { FIND_PRESENT, FIND_FREE, FIND_MARK };

static u64 candidates(const struct kapi_xnode *n, enum find_what what, u32 mark)
{
	switch (what) {
	case FIND_PRESENT:
		return n->present;
	case FIND_FREE:
		return ~n->full;
	default:
		return n->mark[mark];
	}
}

/* First index >= @from in the subtree of @n (at @level, starting at @base), or false. */
static bool find_in(const struct kapi_xnode *n, u32 level, unsigned long base, unsigned long from,
		    enum find_what what, u32 mark, unsigned long *index)
{
	u32 first = from > base ? slot_at(from, level) : 0;
	u64 bits = candidates(n, what, mark) & (~0ull << first);

	for (; bits; bits &= bits - 1) {
		u32 i = __ffs64(bits);
		unsigned long at = base + ((unsigned long)i << (level * XA_SHIFT));

		if (!level) {
			*index = at;
			return true;
		}
		if (!n->slot[i]) {
			*index = max(at, from); /* an empty subtree: only free slots look here */
			return true;
		}
		if (find_in(n->slot[i], level - 1, at, max(at, from), what, mark, index))
			return true;
	}
	return false;
}

static bool find(const struct xarray *xa, unsigned long from, enum find_what what, u32 mark,
		 unsigned long *index)
{
	if (xa->root && covers(xa->levels, from) &&
	    find_in(xa->root, xa->levels - 1, 0, from, what, mark, index))
		return true;
	if (what != FIND_FREE)
		return false;
	/* Beyond the tree everything is free. */
	if (!xa->root || !covers(xa->levels, from)) {
		*index = from;
		return true;
	}
	if (xa->levels * XA_SHIFT >= 64)
		return false;
	*index = 1ul << (xa->levels * XA_SHIFT);
	return true;
}

static void *find_entry(struct xarray *xa, unsigned long *index, unsigned long max,
			xa_mark_t filter)
{
	unsigned long at = *index, found;

	xa = state_of(xa);
	for (;; at = found + 1) {
		void *entry;

		if (!find(xa, at, filter == XA_PRESENT ? FIND_PRESENT : FIND_MARK, filter & 3,
			  &found) ||
		    found > max)
			return NULL;
		entry = entry_out(raw_load(xa, found));
		if (entry) {
			*index = found;
			return entry;
		}
		if (found == ULONG_MAX)
			return NULL;
	}
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	return find_entry(xa, index, max, filter);
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	unsigned long next = *index + 1;
	void *entry;

	if (!next)
		return NULL;
	entry = find_entry(xa, &next, max, filter);
	if (entry)
		*index = next;
	return entry;
}

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	unsigned long index;
	void *old;

	if (WARN_ON(IS_ERR(entry)))
		return -EINVAL;
	xa = state_of(xa);
	if (WARN_ON(!(xa->xa_flags & (XA_FLAGS_ALLOC | XA_FLAGS_ALLOC1))))
		return -EINVAL;
	if ((xa->xa_flags & XA_FLAGS_ALLOC1) && !limit.min)
		limit.min = 1;
	if (!find(xa, limit.min, FIND_FREE, 0, &index) || index > limit.max)
		return -EBUSY;
	old = raw_store(xa, index, entry ? entry : XA_RESERVED, gfp);
	if (IS_ERR(old))
		return xa_err(old);
	*id = index;
	return 0;
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp)
{
	u32 min = limit.min;
	int wrapped = 0, err;

	limit.min = max(min, *next);
	err = limit.min <= limit.max ? xa_alloc(xa, id, entry, limit, gfp) : -EBUSY;
	if (err == -EBUSY && limit.min > min) {
		limit.min = min;
		err = xa_alloc(xa, id, entry, limit, gfp);
		wrapped = 1;
	}
	if (err)
		return err;
	*next = *id + 1;
	return wrapped;
}

/* ---- marks and the end
 * ---------------------------------------------------------------------------- */

static void mark_change(struct xarray *xa, unsigned long index, xa_mark_t mark, bool set)
{
	struct kapi_xnode *path[LEVELS_MAX];
	u64 bit = 1ull << slot_at(index, 0);

	xa = state_of(xa);
	if (mark >= XA_MARKS || !entry_out(raw_load(xa, index)) || walk(xa, index, path, NULL))
		return;
	if (set)
		path[0]->mark[mark] |= bit;
	else
		path[0]->mark[mark] &= ~bit;
	set_bits_up(xa, path, index);
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	mark_change(xa, index, mark, true);
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	mark_change(xa, index, mark, false);
}

bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct kapi_xnode *path[LEVELS_MAX];

	xa = state_of(xa);
	if (mark >= XA_MARKS || !raw_load(xa, index) || walk(xa, index, path, NULL))
		return false;
	return path[0]->mark[mark] >> slot_at(index, 0) & 1;
}

static void free_nodes(struct kapi_xnode *n, u32 level)
{
	for (u32 i = 0; level && i < XA_SLOTS; i++)
		if (n->slot[i])
			free_nodes(n->slot[i], level - 1);
	kfree(n);
}

void xa_destroy(struct xarray *xa)
{
	xa = state_of(xa);
	if (xa->root)
		free_nodes(xa->root, xa->levels - 1);
	xa->root = NULL;
	xa->levels = 0;
}

bool xa_empty(struct xarray *xa)
{
	return !state_of(xa)->root;
}
