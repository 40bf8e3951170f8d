/* SPDX-License-Identifier: GPL-2.0 */
/* Bridge header: a part of a simulated kernel that uses a work queue of type kernel. */
#ifndef HOST_DRIVER_CLIENT_KERNEL_CLIENT_H
#define HOST_DRIVER_CLIENT_KERNEL_CLIENT_H

#include "sim/core/types.h"

struct kwq;

/* Largest piece of memory that kwq_alloc() gives: what the page allocator has in one. */
#define KWQ_BLOCK (4ull << 20)

/*
 * Called once for each accepted submission, from the queue's interrupt thread or from
 * kwq_poll(). @error: 0, or the errno that the driver reports; @record: 32 bytes. Must not
 * block.
 */
typedef void kwq_done_fn(void *ctx, u32 tag, int error, const u8 *record);

/*
 * All functions run on a fiber of the kernel that the queue belongs to. kwq_open() takes queue
 * @name ("wq0.1", bound to the dmaengine driver) for at most @depth submissions in flight, with
 * tags below @depth. @polled: without interrupts. -ENODEV when there is no such queue, -ENOMEM.
 */
int kwq_open(const char *name, u32 depth, bool polled, kwq_done_fn *done, void *ctx,
	     struct kwq **out);
/* Nothing may be in flight. Frees the memory that kwq_alloc() gave, too. */
void kwq_close(struct kwq *k);
/* DMA memory of up to KWQ_BLOCK bytes, zeroed; it belongs to @k. -ENOMEM. */
int kwq_alloc(struct kwq *k, u64 bytes, u8 **cpu, u64 *dma);
/*
 * Submits the 64 bytes of a descriptor; PASID, record and interrupt are the driver's. 0; -EAGAIN
 * when the queue has no room; -ENXIO, -EOPNOTSUPP as idxd_submit().
 */
int kwq_submit(struct kwq *k, u32 tag, const u8 desc[64]);
/* Calls done for what is complete (queues without interrupts); how many. */
u32 kwq_poll(struct kwq *k);

#endif
