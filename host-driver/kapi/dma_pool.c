// SPDX-License-Identifier: GPL-2.0
// Pools of small coherent blocks, cut from pages. After mm/dmapool.c.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

struct dma_pool {
	struct list_head pages;
	spinlock_t lock;
	struct device *dev;
	const char *name;
	size_t size;	   /* of a block */
	size_t allocation; /* of a page */
	size_t boundary;
};

struct dma_page {
	struct list_head link;
	char *vaddr;
	dma_addr_t dma;
	unsigned int in_use;
	unsigned int
		free; /* offset of the first free block; each holds the next; allocation: none */
};

struct dma_pool *dma_pool_create(const char *name, struct device *dev, size_t size, size_t align,
				 size_t boundary)
{
	struct dma_pool *pool;
	size_t allocation;

	if (!dev || !size || size > INT_MAX)
		return NULL;
	if (!align)
		align = 1;
	if (align & (align - 1) || boundary & (boundary - 1))
		return NULL;
	/* A free block holds the offset of the next one. */
	size = ALIGN(max_t(size_t, size, sizeof(unsigned int)), align);
	allocation = max_t(size_t, size, PAGE_SIZE);
	if (!boundary)
		boundary = allocation;
	else if (boundary < size)
		return NULL;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return NULL;
	INIT_LIST_HEAD(&pool->pages);
	spin_lock_init(&pool->lock);
	pool->dev = dev;
	pool->name = name;
	pool->size = size;
	pool->boundary = min(boundary, allocation);
	pool->allocation = allocation;
	return pool;
}

static unsigned int *next_of(struct dma_page *page, unsigned int offset)
{
	return (unsigned int *)(page->vaddr + offset);
}

/* Chains the blocks of a new page, none across a boundary. */
static void chain_blocks(struct dma_pool *pool, struct dma_page *page)
{
	size_t limit = pool->boundary;
	size_t offset = 0;

	while (offset < pool->allocation) {
		size_t next = offset + pool->size;

		if (next + pool->size > limit) {
			next = limit;
			limit += pool->boundary;
		}
		if (next + pool->size > pool->allocation)
			next = pool->allocation;
		*next_of(page, offset) = next;
		offset = next;
	}
}

static struct dma_page *add_page(struct dma_pool *pool, gfp_t flags)
{
	struct dma_page *page = kzalloc(sizeof(*page), flags);

	if (!page)
		return NULL;
	page->vaddr = dma_alloc_coherent(pool->dev, pool->allocation, &page->dma, flags);
	if (!page->vaddr) {
		kfree(page);
		return NULL;
	}
	chain_blocks(pool, page);
	return page;
}

static struct dma_page *page_with_room(struct dma_pool *pool)
{
	struct dma_page *page;

	list_for_each_entry (page, &pool->pages, link)
		if (page->free < pool->allocation)
			return page;
	return NULL;
}

void *dma_pool_alloc(struct dma_pool *pool, gfp_t flags, dma_addr_t *handle)
{
	struct dma_page *page;
	unsigned long irqs;
	unsigned int offset;
	void *block;

	spin_lock_irqsave(&pool->lock, irqs);
	page = page_with_room(pool);
	if (!page) {
		spin_unlock_irqrestore(&pool->lock, irqs);
		page = add_page(pool, flags & ~__GFP_ZERO);
		if (!page)
			return NULL;
		spin_lock_irqsave(&pool->lock, irqs);
		list_add(&page->link, &pool->pages);
	}
	offset = page->free;
	page->free = *next_of(page, offset);
	page->in_use++;
	block = page->vaddr + offset;
	*handle = page->dma + offset;
	spin_unlock_irqrestore(&pool->lock, irqs);
	if (flags & __GFP_ZERO)
		memset(block, 0, pool->size);
	return block;
}

static struct dma_page *page_of(struct dma_pool *pool, dma_addr_t dma)
{
	struct dma_page *page;

	list_for_each_entry (page, &pool->pages, link)
		if (dma >= page->dma && dma - page->dma < pool->allocation)
			return page;
	return NULL;
}

void dma_pool_free(struct dma_pool *pool, void *vaddr, dma_addr_t dma)
{
	struct dma_page *page;
	unsigned long irqs;

	spin_lock_irqsave(&pool->lock, irqs);
	page = page_of(pool, dma);
	if (!page || page->vaddr + (dma - page->dma) != (char *)vaddr || !page->in_use) {
		spin_unlock_irqrestore(&pool->lock, irqs);
		dev_err(pool->dev, "%s %s, %p (bad vaddr)/%llx\n", __func__, pool->name, vaddr,
			dma);
		return;
	}
	*next_of(page, dma - page->dma) = page->free;
	page->free = dma - page->dma;
	page->in_use--;
	spin_unlock_irqrestore(&pool->lock, irqs);
}

void dma_pool_destroy(struct dma_pool *pool)
{
	struct dma_page *page, *next;

	if (!pool)
		return;
	list_for_each_entry_safe (page, next, &pool->pages, link) {
		if (page->in_use)
			dev_err(pool->dev, "%s %s, %p busy\n", __func__, pool->name, page->vaddr);
		else
			dma_free_coherent(pool->dev, pool->allocation, page->vaddr, page->dma);
		kfree(page);
	}
	kfree(pool);
}

static void dmam_pool_release(struct device *dev, void *res)
{
	dma_pool_destroy(*(struct dma_pool **)res);
}

struct dma_pool *dmam_pool_create(const char *name, struct device *dev, size_t size, size_t align,
				  size_t allocation)
{
	struct dma_pool **res = devres_alloc(dmam_pool_release, sizeof(*res), GFP_KERNEL);
	struct dma_pool *pool;

	if (!res)
		return NULL;
	pool = dma_pool_create(name, dev, size, align, allocation);
	*res = pool;
	if (pool)
		devres_add(dev, res);
	else
		devres_free(res);
	return pool;
}
