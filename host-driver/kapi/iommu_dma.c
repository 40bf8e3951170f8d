// SPDX-License-Identifier: GPL-2.0
// DMA addresses of devices behind a translating IOMMU. Semantics: drivers/iommu/dma-iommu.c of 6.1.
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "host-driver/kapi/iommu_priv.h"

#define IOVA_ORDERS 19 /* 4 KiB ... 1 GiB */
/* Addresses go down from the interrupt window to 1 MiB, then up from 4 GiB. */
#define IOVA_LOW_TOP 0xfee00000ull
#define IOVA_LOW_END 0x100000ull
#define IOVA_HIGH    0x100000000ull
/* Flush queue of lazy mode: Linux's length and time-out. */
#define FQ_LENGTH     256
#define FQ_TIMEOUT_MS 10

/* Free addresses of one size, last freed first. */
struct iova_stack {
	u64 *addr;
	u32 nr, cap;
};

struct iova_free {
	u64 addr;
	u32 order;
};

struct iommu_dma_cookie {
	struct iommu_domain *domain;
	spinlock_t lock;
	u64 low, high;
	struct iova_stack stack[IOVA_ORDERS];
	bool lazy;
	struct iova_free fq[FQ_LENGTH];
	u32 nr_fq;
	struct delayed_work fq_work;
};

static u32 iova_order(u64 size)
{
	u32 order = 0;

	while ((PAGE_SIZE << order) < size && order < IOVA_ORDERS)
		order++;
	return order;
}

/* A naturally aligned range, the whole of it at or below @mask; 0 when there is none. */
static u64 iova_get(struct iommu_dma_cookie *c, u32 order, u64 mask)
{
	struct iova_stack *s = &c->stack[order];
	u64 size = PAGE_SIZE << order, at;

	if (s->nr && s->addr[s->nr - 1] + size - 1 <= mask)
		return s->addr[--s->nr];
	at = (c->low - size) & ~(size - 1);
	if (c->low >= IOVA_LOW_END + size && at >= IOVA_LOW_END && at + size - 1 <= mask) {
		c->low = at;
		return at;
	}
	at = (c->high + size - 1) & ~(size - 1);
	if (at + size - 1 > mask || at + size - 1 > c->domain->geometry.aperture_end)
		return 0;
	c->high = at + size;
	return at;
}

/* An address that cannot be remembered for want of memory is lost, not reused. */
static void iova_put(struct iommu_dma_cookie *c, u64 addr, u32 order)
{
	struct iova_stack *s = &c->stack[order];
	u64 *a;

	if (s->nr == s->cap) {
		a = kmalloc_array(s->cap ? s->cap * 2 : 16, sizeof(*a), GFP_ATOMIC);
		if (!a)
			return;
		if (s->nr)
			memcpy(a, s->addr, s->nr * sizeof(*a));
		kfree(s->addr);
		s->addr = a;
		s->cap = s->cap ? s->cap * 2 : 16;
	}
	s->addr[s->nr++] = addr;
}

/* One flush of the whole domain lets all queued addresses be used again. */
static void fq_flush(struct iommu_dma_cookie *c)
{
	unsigned long flags;
	u32 n, i;

	spin_lock_irqsave(&c->lock, flags);
	n = c->nr_fq;
	if (n) {
		c->domain->ops->flush_iotlb(c->domain, 0, c->domain->geometry.aperture_end + 1);
		/* Addresses queued meanwhile wait for the next flush. */
		for (i = 0; i < n; i++)
			iova_put(c, c->fq[i].addr, c->fq[i].order);
		memmove(c->fq, c->fq + n, (c->nr_fq - n) * sizeof(c->fq[0]));
		c->nr_fq -= n;
	}
	spin_unlock_irqrestore(&c->lock, flags);
}

static void fq_timeout(struct work_struct *work)
{
	fq_flush(container_of(to_delayed_work(work), struct iommu_dma_cookie, fq_work));
}

int iommu_dma_init(struct iommu_domain *domain, bool lazy)
{
	struct iommu_dma_cookie *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->domain = domain;
	spin_lock_init(&c->lock);
	c->low = IOVA_LOW_TOP;
	c->high = IOVA_HIGH;
	c->lazy = lazy;
	INIT_DELAYED_WORK(&c->fq_work, fq_timeout);
	domain->iova_cookie = c;
	return 0;
}

void iommu_dma_exit(struct iommu_domain *domain)
{
	struct iommu_dma_cookie *c = domain->iova_cookie;
	u32 i;

	if (!c)
		return;
	cancel_delayed_work_sync(&c->fq_work);
	for (i = 0; i < IOVA_ORDERS; i++)
		kfree(c->stack[i].addr);
	kfree(c);
	domain->iova_cookie = NULL;
}

static struct iommu_dma_cookie *cookie_of(struct device *dev)
{
	return dev->iommu && dev->iommu->domain ? dev->iommu->domain->iova_cookie : NULL;
}

bool iommu_dma_used(struct device *dev)
{
	return cookie_of(dev);
}

dma_addr_t iommu_dma_map(struct device *dev, phys_addr_t phys, size_t size, int prot)
{
	struct iommu_dma_cookie *c = cookie_of(dev);
	u64 off = phys & (PAGE_SIZE - 1), len, iova;
	unsigned long flags;
	u32 order;
	int err;

	if (!c || !size || size > (1ull << 40))
		return IOMMU_DMA_ERROR;
	len = PAGE_ALIGN(size + off);
	order = iova_order(len);
	if (order >= IOVA_ORDERS)
		return IOMMU_DMA_ERROR;
	spin_lock_irqsave(&c->lock, flags);
	iova = iova_get(c, order, dma_get_mask(dev));
	spin_unlock_irqrestore(&c->lock, flags);
	if (!iova)
		return IOMMU_DMA_ERROR;
	err = iommu_map(c->domain, iova, phys - off, len, prot);
	if (err) {
		spin_lock_irqsave(&c->lock, flags);
		iova_put(c, iova, order);
		spin_unlock_irqrestore(&c->lock, flags);
		return IOMMU_DMA_ERROR;
	}
	return iova + off;
}

void iommu_dma_unmap(struct device *dev, dma_addr_t addr, size_t size)
{
	struct iommu_dma_cookie *c = cookie_of(dev);
	u64 iova = addr & PAGE_MASK, len = PAGE_ALIGN(size + (addr - iova));
	unsigned long flags;
	u32 order = iova_order(len);
	bool full;

	if (!c || !size || order >= IOVA_ORDERS)
		return;
	if (!c->lazy) {
		iommu_unmap(c->domain, iova, len);
		spin_lock_irqsave(&c->lock, flags);
		iova_put(c, iova, order);
		spin_unlock_irqrestore(&c->lock, flags);
		return;
	}
	iommu_core_current()->stats.unmaps++;
	c->domain->ops->unmap(c->domain, iova, len);
	for (;;) {
		spin_lock_irqsave(&c->lock, flags);
		full = c->nr_fq == FQ_LENGTH;
		if (!full)
			c->fq[c->nr_fq++] = (struct iova_free){iova, order};
		spin_unlock_irqrestore(&c->lock, flags);
		if (!full)
			break;
		fq_flush(c);
	}
	schedule_delayed_work(&c->fq_work, msecs_to_jiffies(FQ_TIMEOUT_MS));
}
