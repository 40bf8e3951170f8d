// SPDX-License-Identifier: GPL-2.0
/* Kernel clients: find a queue by name, and descriptors for the common operations. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>
#include "idxd.h"
#include "idxd_client.h"

struct idxd_wq *idxd_client_get(const char *name)
{
	struct device *dev = bus_find_device_by_name(&dsa_bus, NULL, name);
	struct idxd_wq *wq;

	if (!dev)
		return ERR_PTR(-ENODEV);
	if (to_idxd_dev(dev)->kind != IDXD_DEV_WQ)
		goto none;
	wq = dev_to_wq(dev);
	mutex_lock(&wq->lock);
	if (wq->state != IDXD_WQ_ENABLED || wq->type != IDXD_WQT_KERNEL) {
		mutex_unlock(&wq->lock);
		goto none;
	}
	wq->clients++;
	mutex_unlock(&wq->lock);
	return wq;
none:
	put_device(dev);
	return ERR_PTR(-ENODEV);
}
EXPORT_SYMBOL_GPL(idxd_client_get);

void idxd_client_put(struct idxd_wq *wq)
{
	mutex_lock(&wq->lock);
	idxd_wq_uncount(wq);
	mutex_unlock(&wq->lock);
	put_device(&wq->dev.conf);
}
EXPORT_SYMBOL_GPL(idxd_client_put);

struct device *idxd_client_dma_device(struct idxd_wq *wq)
{
	return idxd_pdev(wq->idxd);
}
EXPORT_SYMBOL_GPL(idxd_client_dma_device);

int idxd_client_poll(struct idxd_wq *wq)
{
	return idxd_pool_poll(wq);
}
EXPORT_SYMBOL_GPL(idxd_client_poll);

/* An empty descriptor for @len bytes, or -EINVAL. */
static int idxd_prepare(struct idxd_wq *wq, struct dsa_hw_desc *desc, u8 opcode, u32 flags, u32 len)
{
	if (!len || len > wq->max_xfer)
		return -EINVAL;
	memset(desc, 0, sizeof(*desc));
	desc->opcode = opcode;
	desc->flags = flags;
	desc->xfer_size = len;
	return 0;
}

/* Destinations go to the cache where the device can: the client reads them next. */
static u32 idxd_dst_flags(const struct idxd_wq *wq)
{
	return wq->idxd->hw.gencap & DSA_GENCAP_CACHE_CONTROL ? IDXD_OP_FLAG_CC : 0;
}

int idxd_submit_noop(struct idxd_wq *wq, struct idxd_io *io)
{
	struct dsa_hw_desc desc;

	memset(&desc, 0, sizeof(desc));
	desc.opcode = DSA_OPCODE_NOOP;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_noop);

int idxd_submit_copy(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t src, u32 len,
		     struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_MEMMOVE, idxd_dst_flags(wq), len);

	if (rc)
		return rc;
	desc.src_addr = src;
	desc.dst_addr = dst;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_copy);

int idxd_submit_fill(struct idxd_wq *wq, dma_addr_t dst, u64 pattern, u32 len, struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_MEMFILL, idxd_dst_flags(wq), len);

	if (rc)
		return rc;
	desc.pattern = pattern;
	desc.dst_addr = dst;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_fill);

int idxd_submit_compare(struct idxd_wq *wq, dma_addr_t a, dma_addr_t b, u32 len, struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_COMPARE, 0, len);

	if (rc)
		return rc;
	desc.src_addr = a;
	desc.src2_addr = b;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_compare);

int idxd_submit_crc(struct idxd_wq *wq, dma_addr_t src, u32 len, u32 seed, struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_CRCGEN, 0, len);

	if (rc)
		return rc;
	desc.src_addr = src;
	desc.crc_seed = seed;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_crc);

int idxd_submit_copy_crc(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t src, u32 len, u32 seed,
			 struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_COPY_CRC, idxd_dst_flags(wq), len);

	if (rc)
		return rc;
	desc.src_addr = src;
	desc.dst_addr = dst;
	desc.crc_seed = seed;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_copy_crc);

int idxd_submit_dualcast(struct idxd_wq *wq, dma_addr_t dst, dma_addr_t dst2, dma_addr_t src,
			 u32 len, struct idxd_io *io)
{
	struct dsa_hw_desc desc;
	int rc = idxd_prepare(wq, &desc, DSA_OPCODE_DUALCAST, idxd_dst_flags(wq), len);

	if (rc)
		return rc;
	desc.src_addr = src;
	desc.dst_addr = dst;
	desc.dest2 = dst2;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_dualcast);

int idxd_submit_batch(struct idxd_wq *wq, dma_addr_t list, u32 count, struct idxd_io *io)
{
	struct dsa_hw_desc desc;

	if (!count || count > wq->max_batch)
		return -EINVAL;
	memset(&desc, 0, sizeof(desc));
	desc.opcode = DSA_OPCODE_BATCH;
	desc.desc_list_addr = list;
	desc.desc_count = count;
	return idxd_submit(wq, &desc, io);
}
EXPORT_SYMBOL_GPL(idxd_submit_batch);
