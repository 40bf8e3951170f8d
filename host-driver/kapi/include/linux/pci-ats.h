/* SPDX-License-Identifier: GPL-2.0 */
/* Address translation services, page requests, PASIDs of a function; for IOMMU drivers. */
#ifndef _LINUX_PCI_ATS_H
#define _LINUX_PCI_ATS_H

#include <linux/pci.h>

bool pci_ats_supported(struct pci_dev *dev);
/* @ps: log2 of the smallest translation unit, 12 for 4 KiB. 0, -EINVAL, -EBUSY when enabled. */
int pci_enable_ats(struct pci_dev *dev, int ps);
void pci_disable_ats(struct pci_dev *dev);
/* Outstanding invalidations the device takes, 1...32; 0 without the capability is an error:
 * -EINVAL. */
int pci_ats_queue_depth(struct pci_dev *dev);
int pci_ats_page_aligned(struct pci_dev *dev);

bool pci_pri_supported(struct pci_dev *pdev);
/* Lets the device have min(@reqs, what it can) requests outstanding. -EINVAL, -EBUSY. */
int pci_enable_pri(struct pci_dev *pdev, u32 reqs);
void pci_disable_pri(struct pci_dev *pdev);
int pci_reset_pri(struct pci_dev *pdev);
int pci_prg_resp_pasid_required(struct pci_dev *pdev);

/* Must come before ATS is enabled. @features: PCI_PASID_CAP_*. -EBUSY, -EINVAL. */
int pci_enable_pasid(struct pci_dev *pdev, int features);
void pci_disable_pasid(struct pci_dev *pdev);
int pci_pasid_features(struct pci_dev *pdev);
int pci_max_pasids(struct pci_dev *pdev);

/* What pci_restore_state() does for the three. */
void pci_restore_ats_state(struct pci_dev *dev);
void pci_restore_pri_state(struct pci_dev *pdev);
void pci_restore_pasid_state(struct pci_dev *pdev);

#endif
