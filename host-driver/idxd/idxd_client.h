/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel client of a work queue sees: find a queue, submit an operation, be called when it
 * is done. */
#ifndef IDXD_CLIENT_H
#define IDXD_CLIENT_H

#include <linux/types.h>

struct dsa_hw_desc;
struct idxd_wq;

#define IDXD_IO_POLLED	0x1 /* no interrupt: the client calls idxd_client_poll() */
#define IDXD_IO_NOWAIT	0x2 /* -EAGAIN instead of sleeping for a free descriptor */
#define IDXD_RECORD_MAX 64

/*
 * One operation. The client owns the structure and keeps it until done() runs,
 * which happens exactly once after a successful submission, in the queue's
 * interrupt thread or in the poller. done() must not sleep for this queue.
 */
struct idxd_io {
	void (*done)(struct idxd_io *io);
	void *client;
	u32 flags;
	/*
	 * 0 success (status 1 or 2), -EIO the device reported an error, see
	 * record; -ECANCELED the queue went away, -ENODEV the device was reset.
	 */
	int error;
	u8 record[IDXD_RECORD_MAX] __aligned(8); /* the completion record */
};

/*
 * Get the queue named like its device ("wq0.1"), bound to the `dmaengine`
 * driver. Returns ERR_PTR(-ENODEV) when there is none. Give it back with
 * idxd_client_put(); the queue's unbinding cancels what is outstanding.
 */
struct idxd_wq *idxd_client_get(const char *name);
void idxd_client_put(struct idxd_wq *wq);

/*
 * Submit a descriptor with opcode, operands and operation flags filled in.
 * PASID, record, interrupt handle and the flags for them are set here; a
 * Fence, block-on-fault or cache control flag is the client's. Addresses are
 * DMA addresses. May sleep unless IDXD_IO_NOWAIT.
 * Errors: -EAGAIN no descriptor or the device kept answering retry, -ENXIO
 * queue not enabled, -EOPNOTSUPP opcode not supported by the queue.
 */
int idxd_submit(struct idxd_wq *wq, const struct dsa_hw_desc *desc, struct idxd_io *io);

/* The same for common operations. Errors: as idxd_submit(); -EINVAL for a length the queue cannot
 * do. */
int idxd_submit_noop(struct idxd_wq *wq, struct idxd_io *io);
int idxd_submit_copy(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t src, u32 len,
		     struct idxd_io *io);
int idxd_submit_fill(struct idxd_wq *wq, dma_addr_t dst, u64 pattern, u32 len, struct idxd_io *io);
int idxd_submit_compare(struct idxd_wq *wq, dma_addr_t a, dma_addr_t b, u32 len,
			struct idxd_io *io);
int idxd_submit_crc(struct idxd_wq *wq, dma_addr_t src, u32 len, u32 seed, struct idxd_io *io);
int idxd_submit_copy_crc(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t src, u32 len, u32 seed,
			 struct idxd_io *io);
int idxd_submit_dualcast(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t dst2, dma_addr_t src,
			 u32 len, struct idxd_io *io);
/* @list: @count descriptors, 64-byte aligned, complete in themselves (records, handles, flags). */
int idxd_submit_batch(struct idxd_wq *wq, dma_addr_t list, u32 count, struct idxd_io *io);

/* Run done() for what has completed; returns how many. For queues used without interrupts. */
int idxd_client_poll(struct idxd_wq *wq);

/* The device for dma_map_*() and dma_alloc_coherent() of the client's buffers: undone before it
 * goes. */
struct device *idxd_client_dma_device(struct idxd_wq *wq);

#endif
