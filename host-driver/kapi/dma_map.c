// SPDX-License-Identifier: GPL-2.0
// The DMA API: physical addresses, or those of the device's default IOMMU domain. After kernel/dma.
#include <linux/bug.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "kapi.h"

/* One past the highest byte of RAM. */
static u64 ram_end(void)
{
	const struct kernel *k = kernel_current();
	u64 end = 0;
	u32 i;

	for (i = 0; i < k->cfg.nr_ram; i++)
		end = max(end, k->cfg.ram[i].base + k->cfg.ram[i].bytes);
	return end;
}

static bool mask_reaches(struct device *dev, u64 mask)
{
	return iommu_dma_used(dev) || mask >= ram_end() - 1;
}

int dma_set_mask(struct device *dev, u64 mask)
{
	if (!dev->dma_mask || !mask_reaches(dev, mask))
		return -EIO;
	*dev->dma_mask = mask;
	return 0;
}

int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	if (!mask_reaches(dev, mask))
		return -EIO;
	dev->coherent_dma_mask = mask;
	return 0;
}

u64 dma_get_mask(struct device *dev)
{
	return dev->dma_mask && *dev->dma_mask ? *dev->dma_mask : DMA_BIT_MASK(32);
}

static int dir_to_prot(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_TO_DEVICE:
		return IOMMU_CACHE | IOMMU_READ;
	case DMA_FROM_DEVICE:
		return IOMMU_CACHE | IOMMU_WRITE;
	default:
		return IOMMU_CACHE | IOMMU_READ | IOMMU_WRITE;
	}
}

/* The bus address of [phys, phys + size) for @dev; DMA_MAPPING_ERROR beyond @mask. */
static dma_addr_t map_phys(struct device *dev, phys_addr_t phys, size_t size, int prot, u64 mask)
{
	dma_addr_t addr = phys;

	if (iommu_dma_used(dev)) {
		addr = iommu_dma_map(dev, phys, size, prot);
		if (addr == IOMMU_DMA_ERROR)
			return DMA_MAPPING_ERROR;
	}
	if (addr + size - 1 < addr || addr + size - 1 > mask) {
		if (iommu_dma_used(dev))
			iommu_dma_unmap(dev, addr, size);
		dev_err_once(dev, "overflow 0x%llx+%zu of DMA mask %llx\n", addr, size, mask);
		return DMA_MAPPING_ERROR;
	}
	return addr;
}

dma_addr_t dma_map_single_attrs(struct device *dev, void *ptr, size_t size,
				enum dma_data_direction dir, unsigned long attrs)
{
	if (WARN_ON_ONCE(!valid_dma_direction(dir)) || !size)
		return DMA_MAPPING_ERROR;
	/* Neither stack nor data of the program is memory that a device could reach. */
	if (WARN(!virt_addr_valid(ptr), "%s: rejecting DMA map of memory outside RAM\n",
		 dev_name(dev)))
		return DMA_MAPPING_ERROR;
	return map_phys(dev, virt_to_phys(ptr), size, dir_to_prot(dir), dma_get_mask(dev));
}

dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	if (WARN_ON_ONCE(!valid_dma_direction(dir)) || !size)
		return DMA_MAPPING_ERROR;
	return map_phys(dev, page_to_phys(page) + offset, size, dir_to_prot(dir),
			dma_get_mask(dev));
}

void dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	WARN_ON_ONCE(!valid_dma_direction(dir));
	if (iommu_dma_used(dev))
		iommu_dma_unmap(dev, addr, size);
}

void dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			     enum dma_data_direction dir)
{
	WARN_ON_ONCE(!valid_dma_direction(dir));
}

void dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size,
				enum dma_data_direction dir)
{
	WARN_ON_ONCE(!valid_dma_direction(dir));
}

void *dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
		      unsigned long attrs)
{
	void *cpu;

	if (!size || size > PAGE_SIZE << (MAX_ORDER - 1) || !dev->coherent_dma_mask)
		return NULL;
	size = PAGE_ALIGN(size);
	cpu = alloc_pages_exact_nid(dev_to_node(dev), size, gfp | __GFP_ZERO);
	if (!cpu)
		return NULL;
	*handle = map_phys(dev, virt_to_phys(cpu), size, dir_to_prot(DMA_BIDIRECTIONAL),
			   dev->coherent_dma_mask);
	if (*handle == DMA_MAPPING_ERROR) {
		free_pages_exact(cpu, size);
		return NULL;
	}
	return cpu;
}

void dma_free_attrs(struct device *dev, size_t size, void *cpu, dma_addr_t handle,
		    unsigned long attrs)
{
	if (!cpu)
		return;
	size = PAGE_ALIGN(size);
	if (iommu_dma_used(dev))
		iommu_dma_unmap(dev, handle, size);
	free_pages_exact(cpu, size);
}

struct dma_devres {
	size_t size;
	void *cpu;
	dma_addr_t handle;
};

static void dmam_release(struct device *dev, void *res)
{
	struct dma_devres *d = res;

	dma_free_coherent(dev, d->size, d->cpu, d->handle);
}

void *dmam_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	struct dma_devres *d = devres_alloc(dmam_release, sizeof(*d), gfp);

	if (!d)
		return NULL;
	d->cpu = dma_alloc_coherent(dev, size, handle, gfp);
	if (!d->cpu) {
		devres_free(d);
		return NULL;
	}
	d->size = size;
	d->handle = *handle;
	devres_add(dev, d);
	return d->cpu;
}
