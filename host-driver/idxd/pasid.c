// SPDX-License-Identifier: GPL-2.0
// The system PASID: an address space of the kernel's own DMA addresses, for its shared queues.
#include <linux/iommu.h>
#include <linux/pci.h>

#include "idxd.h"

/*
 * Attaching a PASID to a domain came after 6.1 (iommu_attach_device_pasid() in
 * 6.2, iommu_alloc_global_pasid() in 6.6). Where <linux/iommu.h> lacks them the
 * kernel's queues stay dedicated and go by requester ID.
 */
#ifdef IOMMU_HAS_DEVICE_PASID

int idxd_enable_system_pasid(struct idxd_device *idxd)
{
	struct device *dev = idxd_pdev(idxd);
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	ioasid_t pasid;
	int rc;

	if (!domain)
		return -EPERM;
	pasid = iommu_alloc_global_pasid(dev);
	if (pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;
	/* The same translations as without a PASID: DMA addresses hold for both. */
	rc = iommu_attach_device_pasid(domain, dev, pasid);
	if (rc) {
		iommu_free_global_pasid(pasid);
		return rc;
	}
	idxd->system_pasid = pasid;
	return 0;
}

void idxd_disable_system_pasid(struct idxd_device *idxd)
{
	struct device *dev = idxd_pdev(idxd);
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (!idxd_has_system_pasid(idxd))
		return;
	if (domain)
		iommu_detach_device_pasid(domain, dev, idxd->system_pasid);
	iommu_free_global_pasid(idxd->system_pasid);
	idxd->system_pasid = IDXD_PASID_NONE;
}

#else

int idxd_enable_system_pasid(struct idxd_device *idxd)
{
	return -EOPNOTSUPP;
}

void idxd_disable_system_pasid(struct idxd_device *idxd)
{
}

#endif
