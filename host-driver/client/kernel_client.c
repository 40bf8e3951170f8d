// SPDX-License-Identifier: GPL-2.0
// A kernel client of a work queue: memory for DMA, submissions, completions by interrupt or
// polling.
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/idxd.h>

#include "host-driver/client/kernel_client.h"
#include "host-driver/idxd/idxd_client.h"

struct kwq_block {
	struct list_head link;
	void *cpu;
	dma_addr_t dma;
	size_t bytes;
};

struct kwq_io {
	struct idxd_io io;
	struct kwq *k;
};

struct kwq {
	struct idxd_wq *wq;
	struct device *dev;
	kwq_done_fn *done;
	void *ctx;
	u32 depth;
	struct list_head blocks;
	struct kwq_io *io;
};

static void kwq_complete(struct idxd_io *io)
{
	struct kwq_io *i = container_of(io, struct kwq_io, io);

	i->k->done(i->k->ctx, i - i->k->io, io->error, io->record);
}

int kwq_open(const char *name, u32 depth, bool polled, kwq_done_fn *done, void *ctx,
	     struct kwq **out)
{
	struct kwq *k = kzalloc(sizeof(*k), GFP_KERNEL);
	u32 i;

	if (!k)
		return -ENOMEM;
	k->io = kvcalloc(depth, sizeof(*k->io), GFP_KERNEL);
	if (!k->io) {
		kfree(k);
		return -ENOMEM;
	}
	k->wq = idxd_client_get(name);
	if (IS_ERR(k->wq)) {
		int rc = PTR_ERR(k->wq);

		kvfree(k->io);
		kfree(k);
		return rc;
	}
	k->dev = idxd_client_dma_device(k->wq);
	k->done = done;
	k->ctx = ctx;
	k->depth = depth;
	INIT_LIST_HEAD(&k->blocks);
	for (i = 0; i < depth; i++) {
		k->io[i].k = k;
		k->io[i].io.done = kwq_complete;
		k->io[i].io.client = k;
		k->io[i].io.flags = IDXD_IO_NOWAIT | (polled ? IDXD_IO_POLLED : 0);
	}
	*out = k;
	return 0;
}

void kwq_close(struct kwq *k)
{
	struct kwq_block *b, *next;

	list_for_each_entry_safe (b, next, &k->blocks, link) {
		dma_free_coherent(k->dev, b->bytes, b->cpu, b->dma);
		kfree(b);
	}
	idxd_client_put(k->wq);
	kvfree(k->io);
	kfree(k);
}

int kwq_alloc(struct kwq *k, u64 bytes, u8 **cpu, u64 *dma)
{
	struct kwq_block *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	b->bytes = bytes;
	b->cpu = dma_alloc_coherent(k->dev, bytes, &b->dma, GFP_KERNEL);
	if (!b->cpu) {
		kfree(b);
		return -ENOMEM;
	}
	list_add_tail(&b->link, &k->blocks);
	*cpu = b->cpu;
	*dma = b->dma;
	return 0;
}

int kwq_submit(struct kwq *k, u32 tag, const u8 desc[64])
{
	return idxd_submit(k->wq, (const struct dsa_hw_desc *)desc, &k->io[tag].io);
}

u32 kwq_poll(struct kwq *k)
{
	return idxd_client_poll(k->wq);
}
