/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the IOMMU core: what one kernel keeps (KERNEL_SLOT_IOMMU). */
#ifndef KAPI_IOMMU_PRIV_H
#define KAPI_IOMMU_PRIV_H

#include <linux/dmar.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>

#include "host-driver/kapi/dmar.h"

#define DMAR_UNITS_MAX 256

struct dmar_entry {
	struct kernel_dmar_unit desc;
	struct dmar_drhd_unit drhd;
};

struct iommu_core {
	struct kernel *kernel;
	struct dmar_entry *unit[DMAR_UNITS_MAX];
	u32 nr_units;
	struct kernel_dmar_cfg cfg;
	struct dmar_options options;
	void *driver_data;
	struct list_head iommus; /* struct iommu_device, in order of registration */
	struct notifier_block bus_nb;
	bool bus_watched;
	struct ida pasids;
	struct mutex sva_lock;
	struct list_head sva; /* struct iommu_sva */
	struct kernel_dmar_stats stats;
};

struct iommu_sva {
	struct list_head link;
	struct device *dev;
	struct mm_struct *mm;
	u32 pasid;
	unsigned int users;
};

/* The core of @k, made at first use; NULL when out of memory. */
struct iommu_core *iommu_core(struct kernel *k);
/* Of the current kernel. */
struct iommu_core *iommu_core_current(void);

/* DMA API state of a translated default domain (iommu_dma.c). */
int iommu_dma_init(struct iommu_domain *domain, bool lazy);
void iommu_dma_exit(struct iommu_domain *domain);

#endif
