/* SPDX-License-Identifier: GPL-2.0 */
/* Small integers: ida hands them out, idr also keeps a pointer for each (lib/idr.c). */
#ifndef _LINUX_IDR_H
#define _LINUX_IDR_H

#include <linux/gfp.h>
#include <linux/xarray.h>

struct ida {
	struct xarray xa; /* of 1024-bit pieces */
};

#define IDA_INIT(name)                                                                             \
	{                                                                                          \
		.xa = XARRAY_INIT(name, 0)                                                         \
	}
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

static inline void ida_init(struct ida *ida)
{
	xa_init(&ida->xa);
}

/* The lowest free number in [min, max]; -ENOSPC, -ENOMEM. */
int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp);
void ida_free(struct ida *ida, unsigned int id);
void ida_destroy(struct ida *ida);
bool ida_is_empty(struct ida *ida);

#define ida_alloc(ida, gfp)	     ida_alloc_range(ida, 0, INT_MAX, gfp)
#define ida_alloc_min(ida, min, gfp) ida_alloc_range(ida, min, INT_MAX, gfp)
#define ida_alloc_max(ida, max, gfp) ida_alloc_range(ida, 0, max, gfp)
#define ida_simple_get(ida, start, end, gfp)                                                       \
	ida_alloc_range(ida, start, (end) ? (end)-1 : INT_MAX, gfp)
#define ida_simple_remove(ida, id) ida_free(ida, id)

struct idr {
	struct xarray idr_rt;
	unsigned int idr_base;
	unsigned int idr_next;
};

#define IDR_INIT(name)                                                                             \
	{                                                                                          \
		.idr_rt = XARRAY_INIT(name, XA_FLAGS_ALLOC)                                        \
	}
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

static inline void idr_init_base(struct idr *idr, int base)
{
	xa_init_flags(&idr->idr_rt, XA_FLAGS_ALLOC);
	idr->idr_base = base;
	idr->idr_next = 0;
}

static inline void idr_init(struct idr *idr)
{
	idr_init_base(idr, 0);
}

/* [start, end), end 0: no limit. -ENOSPC, -ENOMEM, -EINVAL. */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
void *idr_remove(struct idr *idr, unsigned long id);
void *idr_find(const struct idr *idr, unsigned long id);
void *idr_replace(struct idr *idr, void *ptr, unsigned long id);
void *idr_get_next(struct idr *idr, int *nextid);
int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data);
void idr_destroy(struct idr *idr);
bool idr_is_empty(const struct idr *idr);

static inline void idr_preload(gfp_t gfp)
{
}

static inline void idr_preload_end(void)
{
}

#define idr_for_each_entry(idr, entry, id)                                                         \
	for (id = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; id += 1)

#endif
