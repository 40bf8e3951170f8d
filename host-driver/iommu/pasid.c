// SPDX-License-Identifier: GPL-2.0
// PASID directory, tables and entries of a device. VT-d 9.5, 9.6; order of Linux 6.1 intel/pasid.c.
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/seeded_defect.h>
#include <spec/defects.h>

#include "iommu.h"

#define PASIDS_PER_TABLE 64
#define PE_WORDS	 (VTD_PTE_BYTES / 8)
/* The smallest directory that PDTS can say. */
#define DIR_MIN 128

static u32 dir_entries(const struct dmar_dev *info)
{
	return max_t(u32, DIR_MIN,
		     roundup_pow_of_two(DIV_ROUND_UP(info->max_pasid, PASIDS_PER_TABLE)));
}

int pasid_table_alloc(struct dmar_dev *info)
{
	info->pasid_dir_order = get_order(dir_entries(info) * 8ul);
	info->pasid_dir = dmar_alloc_pages(info->iommu->node, info->pasid_dir_order, GFP_KERNEL);
	return info->pasid_dir ? 0 : -ENOMEM;
}

void pasid_table_free(struct dmar_dev *info)
{
	u32 i, n = dir_entries(info);

	for (i = 0; i < n; i++)
		if (info->pasid_dir[i] & VTD_PDE_P)
			free_page((unsigned long)phys_to_virt(info->pasid_dir[i] & VTD_PDE_TABLE));
	free_pages((unsigned long)info->pasid_dir, info->pasid_dir_order);
	info->pasid_dir = NULL;
}

static u64 *entry_of(struct dmar_dev *info, u32 pasid, bool make)
{
	u64 *pde;
	void *table;

	if (pasid >= info->max_pasid)
		return NULL;
	pde = &info->pasid_dir[pasid / PASIDS_PER_TABLE];
	if (!(*pde & VTD_PDE_P)) {
		if (!make)
			return NULL;
		table = dmar_alloc_pages(info->iommu->node, 0, GFP_KERNEL);
		if (!table)
			return NULL;
		WRITE_ONCE(*pde, virt_to_phys(table) | VTD_PDE_P);
	}
	return (u64 *)phys_to_virt(*pde & VTD_PDE_TABLE) + (pasid % PASIDS_PER_TABLE) * PE_WORDS;
}

bool pasid_present(struct dmar_dev *info, u32 pasid)
{
	u64 *e = entry_of(info, pasid, false);

	return e && (*e & VTD_PE_Q0_P);
}

/* A unit in software (caching mode) learns of new entries by invalidations. VT-d 6.1. */
static void flush_new_entry(struct dmar_dev *info, u32 pasid, const u64 *words)
{
	u16 did = SPEC_GET(VTD_PE_Q1_DID, words[1]);

	if (!(info->iommu->cap & VTD_CAP_CM))
		return;
	qi_flush_pasid_cache(info->iommu, did, pasid, VTD_QI_PASID_ONE);
	qi_flush_piotlb(info->iommu, did, pasid, 0, ~0ull);
}

/* The word with P is written last: the unit may read the entry in pieces. */
static int entry_write(struct dmar_dev *info, u32 pasid, const u64 *words)
{
	u64 *e = entry_of(info, pasid, true);
	unsigned int i;

	if (!e)
		return pasid < info->max_pasid ? -ENOMEM : -EINVAL;
	if (*e & VTD_PE_Q0_P)
		return -EBUSY;
	for (i = PE_WORDS - 1; i > 0; i--)
		WRITE_ONCE(e[i], words[i]);
	wmb();
	WRITE_ONCE(e[0], words[0] | VTD_PE_Q0_P);
	flush_new_entry(info, pasid, words);
	return 0;
}

static u64 common_q1(const struct dmar_dev *info, u16 did)
{
	return SPEC_PREP(VTD_PE_Q1_DID, did) |
	       (info->iommu->ecap & VTD_ECAP_SMPWCS ? VTD_PE_Q1_PWSNP : 0);
}

static int first_words(const struct dmar_dev *info, u64 root, u32 levels, u64 *q2)
{
	if (!(info->iommu->ecap & VTD_ECAP_FSTS))
		return -EINVAL;
	if (levels == 5 && !(info->iommu->cap & VTD_CAP_FS5LP))
		return -EINVAL;
	*q2 = (root & VTD_PE_Q2_FSPTPTR) | SPEC_PREP(VTD_PE_Q2_FSPM, levels == 5) | VTD_PE_Q2_WPE;
	if (info->iommu->ecap & VTD_ECAP_SRS)
		*q2 |= VTD_PE_Q2_SRE;
	return 0;
}

int pasid_set_first(struct dmar_dev *info, u32 pasid, u64 root, u16 did, u32 levels, bool user)
{
	u64 w[PE_WORDS] = {SPEC_PREP(VTD_PE_Q0_PGTT, VTD_PGTT_FIRST), common_q1(info, did)};
	int err = first_words(info, root, levels, &w[2]);

	/* An address space of a process takes no supervisor requests. */
	if (user)
		w[2] &= ~(VTD_PE_Q2_SRE | VTD_PE_Q2_WPE);
	return err ? err : entry_write(info, pasid, w);
}

static u64 second_q0(const struct dmar_domain *d, u64 pgtt)
{
	return SPEC_PREP(VTD_PE_Q0_PGTT, pgtt) | SPEC_PREP(VTD_PE_Q0_AW, d->levels - 2) |
	       (virt_to_phys(d->root) & VTD_PE_Q0_SSPTPTR);
}

int pasid_set_second(struct dmar_dev *info, u32 pasid, const struct dmar_domain *d, u16 did)
{
	u64 w[PE_WORDS] = {second_q0(d, VTD_PGTT_SECOND), common_q1(info, did)};

	if (!(info->iommu->ecap & VTD_ECAP_SSTS))
		return -EINVAL;
	if (pasid == RID_PASID && (info->iommu->ecap & VTD_ECAP_SRS))
		w[2] = VTD_PE_Q2_SRE;
	return entry_write(info, pasid, w);
}

int pasid_set_nested(struct dmar_dev *info, u32 pasid, const struct dmar_domain *d, u16 did,
		     u64 gpgd, u32 levels, u32 flags)
{
	u64 w[PE_WORDS] = {second_q0(d, VTD_PGTT_NESTED), common_q1(info, did)};
	int err = first_words(info, gpgd, levels, &w[2]);

	if (!(flags & IOMMU_GUEST_SRE))
		w[2] &= ~VTD_PE_Q2_SRE;
	if (!(flags & IOMMU_GUEST_WPE))
		w[2] &= ~VTD_PE_Q2_WPE;
	if (err || !(info->iommu->ecap & VTD_ECAP_NEST))
		return err ? err : -EINVAL;
	return entry_write(info, pasid, w);
}

int pasid_set_pass(struct dmar_dev *info, u32 pasid, u16 did)
{
	u64 w[PE_WORDS] = {SPEC_PREP(VTD_PE_Q0_PGTT, VTD_PGTT_PASS), common_q1(info, did)};

	if (!(info->iommu->ecap & VTD_ECAP_PT))
		return -EINVAL;
	if (info->iommu->ecap & VTD_ECAP_SRS)
		w[2] = VTD_PE_Q2_SRE;
	return entry_write(info, pasid, w);
}

static void flush_iotlb(struct dmar_iommu *iommu, u16 did, u32 pasid, u64 pgtt)
{
	if (seeded_defect(DEFECT_NO_IOTLB_FLUSH))
		return;
	if (pgtt == VTD_PGTT_FIRST || pgtt == VTD_PGTT_PASS)
		qi_flush_piotlb(iommu, did, pasid, 0, ~0ull);
	else
		qi_flush_iotlb(iommu, did, 0, 0, VTD_QI_IOTLB_DOMAIN);
}

static void flush_devtlb(struct dmar_dev *info, u32 pasid)
{
	if (!(info->iommu->cap & VTD_CAP_CM) && !seeded_defect(DEFECT_NO_DEVTLB_FLUSH))
		qi_flush_dev_tlb(info, pasid, 0, 64 - VTD_PAGE_SHIFT);
}

/* Table 28: PASID cache, then IOTLB, then device TLB, for each may refill the next. */
void pasid_tear_down(struct dmar_dev *info, u32 pasid, bool quiet)
{
	struct dmar_iommu *iommu = info->iommu;
	u64 *e = entry_of(info, pasid, false);
	u64 q0, pgtt;
	unsigned int i;
	u16 did;

	if (!e || !(*e & VTD_PE_Q0_P))
		return;
	q0 = e[0];
	did = SPEC_GET(VTD_PE_Q1_DID, e[1]);
	pgtt = SPEC_GET(VTD_PE_Q0_PGTT, q0);
	WRITE_ONCE(e[0], quiet ? VTD_PE_Q0_FPD : 0);
	for (i = 1; i < PE_WORDS; i++)
		WRITE_ONCE(e[i], 0);
	wmb();
	if (seeded_defect(DEFECT_FLUSH_ORDER)) {
		flush_devtlb(info, pasid);
		flush_iotlb(iommu, did, pasid, pgtt);
	}
	if (!seeded_defect(DEFECT_NO_PASID_FLUSH))
		qi_flush_pasid_cache(iommu, did, pasid, VTD_QI_PASID_ONE);
	if (seeded_defect(DEFECT_FLUSH_ORDER))
		return;
	flush_iotlb(iommu, did, pasid, pgtt);
	flush_devtlb(info, pasid);
}
