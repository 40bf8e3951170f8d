// SPDX-License-Identifier: GPL-2.0
// Page tables of domains, first-stage or second-stage format: map, unmap, flush.
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>

#include "iommu.h"

static u32 level_shift(u32 level)
{
	return VTD_PAGE_SHIFT + 9 * (level - 1);
}

static bool present(const struct dmar_domain *d, u64 e)
{
	return e & (d->first_stage ? VTD_FS_P : VTD_SS_R | VTD_SS_W);
}

/* Both formats have the page-size bit in the same place. */
static bool is_leaf(u64 e, u32 level)
{
	return level == 1 || (e & VTD_FS_PS);
}

/* The entry for @iova at @level, making tables; NULL without memory; a larger leaf is *@level >
 * wanted. */
static u64 *walk_make(struct dmar_domain *d, u64 iova, u32 want, u32 *level)
{
	u64 *table = d->root, *e;
	u32 l;

	for (l = d->levels;; l--) {
		e = table + ((iova >> level_shift(l)) & 511);
		if (l == want || (present(d, *e) && is_leaf(*e, l)))
			break;
		if (!present(d, *e)) {
			table = dmar_alloc_pages(d->node, 0, GFP_ATOMIC);
			if (!table)
				return NULL;
			WRITE_ONCE(*e, virt_to_phys(table) |
					       (d->first_stage ? VTD_FS_P | VTD_FS_RW | VTD_FS_US |
									 VTD_FS_A
							       : VTD_SS_R | VTD_SS_W));
		} else {
			table = phys_to_virt(*e & VTD_PT_ADDR);
		}
	}
	*level = l;
	return e;
}

/* The entry that ends the walk for @iova: a leaf or an absent one of *@level. */
static u64 *walk(struct dmar_domain *d, u64 iova, u32 *level)
{
	u64 *table = d->root, *e;
	u32 l;

	for (l = d->levels;; l--) {
		e = table + ((iova >> level_shift(l)) & 511);
		if (!present(d, *e) || is_leaf(*e, l))
			break;
		table = phys_to_virt(*e & VTD_PT_ADDR);
	}
	*level = l;
	return e;
}

static u64 leaf_bits(const struct dmar_domain *d, int prot, u32 level)
{
	u64 bits = level > 1 ? VTD_FS_PS : 0;

	if (d->first_stage) {
		bits |= VTD_FS_P | VTD_FS_US | VTD_FS_A;
		if (prot & IOMMU_WRITE)
			bits |= VTD_FS_RW | VTD_FS_D;
		return bits;
	}
	if (prot & IOMMU_READ)
		bits |= VTD_SS_R;
	if (prot & IOMMU_WRITE)
		bits |= VTD_SS_W;
	return bits;
}

static u32 best_level(const struct dmar_domain *d, u64 iova, u64 pa, u64 size)
{
	u32 l = d->max_leaf;
	u64 page;

	for (; l > 1; l--) {
		page = 1ull << level_shift(l);
		if (size >= page && !((iova | pa) & (page - 1)))
			break;
	}
	return l;
}

static int map_one(struct dmar_domain *d, u64 iova, u64 pa, u64 size, int prot, u64 *done)
{
	u32 want = best_level(d, iova, pa, size), level;
	u64 *e;

	for (;; want--) {
		e = walk_make(d, iova, want, &level);
		if (!e)
			return -ENOMEM;
		if (!present(d, *e))
			break;
		/* A table of smaller pages may be there already: go into it. */
		if (is_leaf(*e, level))
			return -EEXIST;
	}
	WRITE_ONCE(*e, pa | leaf_bits(d, prot, level));
	*done = 1ull << level_shift(level);
	return 0;
}

int dmar_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size,
	     int prot)
{
	struct dmar_domain *d = container_of(domain, struct dmar_domain, domain);
	u64 at = 0, n = 0;
	int err = 0;

	if (!(prot & (IOMMU_READ | IOMMU_WRITE)))
		return -EINVAL;
	for (; at < size && !err; at += err ? 0 : n)
		err = map_one(d, iova + at, paddr + at, size - at, prot, &n);
	if (err && at) {
		dmar_unmap(domain, iova, at);
		dmar_flush_range(domain, iova, at);
	}
	return err;
}

/* A large page that is only partly in the range goes whole, as in Linux. */
size_t dmar_unmap(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	struct dmar_domain *d = container_of(domain, struct dmar_domain, domain);
	u64 at = iova, end = iova + size, page, done = 0;
	u32 level;
	u64 *e;

	while (at < end) {
		e = walk(d, at, &level);
		page = 1ull << level_shift(level);
		if (present(d, *e)) {
			WRITE_ONCE(*e, 0);
			done = (at | (page - 1)) + 1 - iova;
		}
		at = (at | (page - 1)) + 1;
	}
	return done;
}

phys_addr_t dmar_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct dmar_domain *d = container_of(domain, struct dmar_domain, domain);
	u64 page;
	u32 level;
	u64 *e;

	if (!d->root || iova > domain->geometry.aperture_end)
		return 0;
	e = walk(d, iova, &level);
	page = 1ull << level_shift(level);
	return present(d, *e) ? (*e & VTD_PT_ADDR & ~(page - 1)) | (iova & (page - 1)) : 0;
}

static void table_free(struct dmar_domain *d, u64 *table, u32 level)
{
	u32 i;

	for (i = 0; level > 1 && i < 512; i++)
		if (present(d, table[i]) && !is_leaf(table[i], level))
			table_free(d, phys_to_virt(table[i] & VTD_PT_ADDR), level - 1);
	free_page((unsigned long)table);
}

void dmar_table_free(struct dmar_domain *d)
{
	if (d->root)
		table_free(d, d->root, d->levels);
	d->root = NULL;
}

static void flush_second(struct dmar_domain *d, u64 iova, u64 size)
{
	u32 mask = qi_mask(iova, size);
	struct dmar_did *n;

	list_for_each_entry (n, &d->dids, link) {
		if (!(n->iommu->cap & VTD_CAP_PSI) || mask > SPEC_GET(VTD_CAP_MAMV, n->iommu->cap))
			qi_flush_iotlb(n->iommu, n->did, 0, 0, VTD_QI_IOTLB_DOMAIN);
		else
			qi_flush_iotlb(n->iommu, n->did, iova, mask, VTD_QI_IOTLB_PAGE);
	}
}

void dmar_flush_all(struct iommu_domain *domain)
{
	struct dmar_domain *d = container_of(domain, struct dmar_domain, domain);

	if (!d->first_stage)
		flush_second(d, 0, domain->geometry.aperture_end + 1);
}

void dmar_flush_range(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	struct dmar_domain *d = container_of(domain, struct dmar_domain, domain);
	struct dmar_attach *a;

	if (!size)
		return;
	if (!d->first_stage)
		flush_second(d, iova, size);
	list_for_each_entry (a, &d->attaches, of_domain) {
		if (d->first_stage)
			qi_flush_piotlb(a->info->iommu, a->did, a->pasid, iova,
					size >> VTD_PAGE_SHIFT);
		/* Under nesting the device holds guest-virtual addresses: all must go. */
		qi_flush_dev_tlb(a->info, a->pasid, iova,
				 a->nested ? 64 - VTD_PAGE_SHIFT : qi_mask(iova, size));
	}
}
