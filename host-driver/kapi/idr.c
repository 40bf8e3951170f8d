// SPDX-License-Identifier: GPL-2.0
/* ida and idr over the xarray (lib/idr.c). */
#include <linux/bitmap.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "host-driver/kapi/kapi.h"

#define IDA_BITS 1024

struct ida_piece {
	DECLARE_BITMAP(bits, IDA_BITS);
};

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	if ((int)min < 0)
		return -ENOSPC;
	if ((int)max < 0)
		max = INT_MAX;
	for (u64 at = min; at <= max; at = (at / IDA_BITS + 1) * IDA_BITS) {
		unsigned long index = at / IDA_BITS, bit = at % IDA_BITS;
		struct ida_piece *p = xa_load(&ida->xa, index);
		u64 id;

		if (!p) {
			p = kzalloc(sizeof(*p), gfp);
			if (!p)
				return -ENOMEM;
			if (xa_err(xa_store(&ida->xa, index, p, gfp))) {
				kfree(p);
				return -ENOMEM;
			}
		}
		bit = find_next_zero_bit(p->bits, IDA_BITS, bit);
		if (bit >= IDA_BITS)
			continue;
		id = (u64)index * IDA_BITS + bit;
		if (id > max)
			return -ENOSPC;
		set_bit(bit, p->bits);
		return id;
	}
	return -ENOSPC;
}

void ida_free(struct ida *ida, unsigned int id)
{
	struct ida_piece *p;

	if ((int)id < 0)
		return;
	p = xa_load(&ida->xa, id / IDA_BITS);
	if (!p || !test_and_clear_bit(id % IDA_BITS, p->bits)) {
		WARN(1, "ida_free called for id=%u which is not allocated.\n", id);
		return;
	}
	if (bitmap_empty(p->bits, IDA_BITS)) {
		xa_erase(&ida->xa, id / IDA_BITS);
		kfree(p);
	}
}

void ida_destroy(struct ida *ida)
{
	unsigned long index;
	void *p;

	xa_for_each (&ida->xa, index, p)
		kfree(p);
	xa_destroy(&ida->xa);
}

bool ida_is_empty(struct ida *ida)
{
	return xa_empty(&ida->xa);
}

/* ---- idr ----------------------------------------------------------------------------------------
 */

static struct xa_limit idr_limit(const struct idr *idr, int start, int end)
{
	return XA_LIMIT(start - idr->idr_base, (end > 0 ? end - 1 : INT_MAX) - idr->idr_base);
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	u32 id;
	int err;

	if (WARN_ON_ONCE(start < 0))
		return -EINVAL;
	if ((end > 0 && start >= end) || start < (int)idr->idr_base)
		return -ENOSPC;
	err = xa_alloc(&idr->idr_rt, &id, ptr, idr_limit(idr, start, end), gfp);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	return id + idr->idr_base;
}

/* Of a static idr too the next number is kept per kernel. */
static unsigned int *next_of(struct idr *idr)
{
	unsigned int *next = &idr->idr_next;

	if (kapi_is_static(idr)) {
		next = kapi_static(kapi_kernel(), next, sizeof(*next));
		if (!next)
			panic("out of memory for a static idr");
	}
	return next;
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	unsigned int *cursor = next_of(idr);
	unsigned int next = max(*cursor, (unsigned int)start);
	int id = -ENOSPC;

	if (next <= (unsigned int)(end > 0 ? end - 1 : INT_MAX))
		id = idr_alloc(idr, ptr, next, end, gfp);
	if (id == -ENOSPC && next > (unsigned int)start)
		id = idr_alloc(idr, ptr, start, end, gfp);
	if (id >= 0)
		*cursor = (unsigned int)id + 1;
	return id;
}

void *idr_remove(struct idr *idr, unsigned long id)
{
	return xa_erase(&idr->idr_rt, id - idr->idr_base);
}

void *idr_find(const struct idr *idr, unsigned long id)
{
	return xa_load((struct xarray *)&idr->idr_rt, id - idr->idr_base);
}

void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	void *old = idr_find(idr, id);

	if (!old)
		return ERR_PTR(-ENOENT);
	xa_store(&idr->idr_rt, id - idr->idr_base, ptr, GFP_NOWAIT);
	return old;
}

void *idr_get_next(struct idr *idr, int *nextid)
{
	long base = idr->idr_base;
	unsigned long index = *nextid > base ? *nextid - base : 0;
	void *p = xa_find(&idr->idr_rt, &index, INT_MAX, XA_PRESENT);

	if (p)
		*nextid = index + base;
	return p;
}

int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	unsigned long index;
	void *p;

	xa_for_each ((struct xarray *)&idr->idr_rt, index, p) {
		int ret = fn(index + idr->idr_base, p, data);

		if (ret)
			return ret;
	}
	return 0;
}

void idr_destroy(struct idr *idr)
{
	xa_destroy(&idr->idr_rt);
}

bool idr_is_empty(const struct idr *idr)
{
	return xa_empty((struct xarray *)&idr->idr_rt);
}
