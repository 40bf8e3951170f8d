// SPDX-License-Identifier: GPL-2.0
// ATS, PRI and PASID capabilities. After drivers/pci/ats.c.
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/pci-ats.h>
#include "pcicore.h"

void pci_ats_init(struct pci_dev *dev)
{
	u16 status;

	dev->ats_cap = pci_find_ext_capability(dev, PCI_EXT_CAP_ID_ATS);
	dev->pasid_cap = pci_find_ext_capability(dev, PCI_EXT_CAP_ID_PASID);
	dev->pri_cap = pci_find_ext_capability(dev, PCI_EXT_CAP_ID_PRI);
	if (dev->pri_cap) {
		pci_read_config_word(dev, dev->pri_cap + PCI_PRI_STATUS, &status);
		dev->pasid_required = !!(status & PCI_PRI_STATUS_PASID);
	}
}

/* ---- ATS ---- */

bool pci_ats_supported(struct pci_dev *dev)
{
	return dev->ats_cap && !dev->untrusted;
}

static void write_ats(struct pci_dev *dev)
{
	u16 ctrl = PCI_ATS_CTRL_ENABLE | PCI_ATS_CTRL_STU(dev->ats_stu - PCI_ATS_MIN_STU);

	pci_write_config_word(dev, dev->ats_cap + PCI_ATS_CTRL, ctrl);
}

int pci_enable_ats(struct pci_dev *dev, int ps)
{
	if (!pci_ats_supported(dev))
		return -EINVAL;
	if (WARN_ON(dev->ats_enabled))
		return -EBUSY;
	if (ps < PCI_ATS_MIN_STU || ps > PCI_ATS_MIN_STU + 0x1f)
		return -EINVAL;
	dev->ats_stu = ps;
	write_ats(dev);
	dev->ats_enabled = 1;
	return 0;
}

void pci_disable_ats(struct pci_dev *dev)
{
	u16 ctrl;

	if (WARN_ON(!dev->ats_enabled))
		return;
	pci_read_config_word(dev, dev->ats_cap + PCI_ATS_CTRL, &ctrl);
	pci_write_config_word(dev, dev->ats_cap + PCI_ATS_CTRL, ctrl & ~PCI_ATS_CTRL_ENABLE);
	dev->ats_enabled = 0;
}

void pci_restore_ats_state(struct pci_dev *dev)
{
	if (dev->ats_enabled)
		write_ats(dev);
}

int pci_ats_queue_depth(struct pci_dev *dev)
{
	u16 cap;

	if (!dev->ats_cap)
		return -EINVAL;
	pci_read_config_word(dev, dev->ats_cap + PCI_ATS_CAP, &cap);
	return PCI_ATS_CAP_QDEP(cap) ? PCI_ATS_CAP_QDEP(cap) : PCI_ATS_MAX_QDEP;
}

int pci_ats_page_aligned(struct pci_dev *dev)
{
	u16 cap;

	if (!dev->ats_cap)
		return 0;
	pci_read_config_word(dev, dev->ats_cap + PCI_ATS_CAP, &cap);
	return !!(cap & PCI_ATS_CAP_PAGE_ALIGNED);
}

/* ---- page requests ---- */

bool pci_pri_supported(struct pci_dev *dev)
{
	return dev->pri_cap;
}

static void write_pri(struct pci_dev *dev)
{
	pci_write_config_dword(dev, dev->pri_cap + PCI_PRI_ALLOC_REQ, dev->pri_reqs_alloc);
	pci_write_config_word(dev, dev->pri_cap + PCI_PRI_CTRL, PCI_PRI_CTRL_ENABLE);
}

int pci_enable_pri(struct pci_dev *dev, u32 reqs)
{
	u32 max_requests;
	u16 status;

	if (WARN_ON(dev->pri_enabled))
		return -EBUSY;
	if (!dev->pri_cap)
		return -EINVAL;
	pci_read_config_word(dev, dev->pri_cap + PCI_PRI_STATUS, &status);
	if (!(status & PCI_PRI_STATUS_STOPPED))
		return -EBUSY;
	pci_read_config_dword(dev, dev->pri_cap + PCI_PRI_MAX_REQ, &max_requests);
	dev->pri_reqs_alloc = min(max_requests, reqs);
	write_pri(dev);
	dev->pri_enabled = 1;
	return 0;
}

void pci_disable_pri(struct pci_dev *dev)
{
	u16 ctrl;

	if (WARN_ON(!dev->pri_enabled))
		return;
	pci_read_config_word(dev, dev->pri_cap + PCI_PRI_CTRL, &ctrl);
	pci_write_config_word(dev, dev->pri_cap + PCI_PRI_CTRL, ctrl & ~PCI_PRI_CTRL_ENABLE);
	dev->pri_enabled = 0;
}

void pci_restore_pri_state(struct pci_dev *dev)
{
	if (dev->pri_enabled)
		write_pri(dev);
}

int pci_reset_pri(struct pci_dev *dev)
{
	if (WARN_ON(dev->pri_enabled))
		return -EBUSY;
	if (!dev->pri_cap)
		return -EINVAL;
	pci_write_config_word(dev, dev->pri_cap + PCI_PRI_CTRL, PCI_PRI_CTRL_RESET);
	return 0;
}

int pci_prg_resp_pasid_required(struct pci_dev *dev)
{
	return dev->pasid_required;
}

/* ---- PASID ---- */

#define PASID_FEATURES (PCI_PASID_CAP_EXEC | PCI_PASID_CAP_PRIV)

static void write_pasid(struct pci_dev *dev)
{
	pci_write_config_word(dev, dev->pasid_cap + PCI_PASID_CTRL,
			      PCI_PASID_CTRL_ENABLE | dev->pasid_features);
}

int pci_enable_pasid(struct pci_dev *dev, int features)
{
	u16 supported;

	if (WARN_ON(dev->pasid_enabled))
		return -EBUSY;
	if (!dev->eetlp_prefix_path || !dev->pasid_cap)
		return -EINVAL;
	/* The bits may not change under ATS (PCIe 5.0, 10.5.1.3). */
	if (WARN_ON(dev->ats_enabled))
		return -EBUSY;
	pci_read_config_word(dev, dev->pasid_cap + PCI_PASID_CAP, &supported);
	if ((supported & PASID_FEATURES & features) != features)
		return -EINVAL;
	dev->pasid_features = features;
	write_pasid(dev);
	dev->pasid_enabled = 1;
	return 0;
}

void pci_disable_pasid(struct pci_dev *dev)
{
	if (WARN_ON(!dev->pasid_enabled))
		return;
	pci_write_config_word(dev, dev->pasid_cap + PCI_PASID_CTRL, 0);
	dev->pasid_enabled = 0;
}

void pci_restore_pasid_state(struct pci_dev *dev)
{
	if (dev->pasid_enabled)
		write_pasid(dev);
}

int pci_pasid_features(struct pci_dev *dev)
{
	u16 supported;

	if (!dev->pasid_cap)
		return -EINVAL;
	pci_read_config_word(dev, dev->pasid_cap + PCI_PASID_CAP, &supported);
	return supported & PASID_FEATURES;
}

int pci_max_pasids(struct pci_dev *dev)
{
	u16 cap;

	if (!dev->pasid_cap)
		return -EINVAL;
	pci_read_config_word(dev, dev->pasid_cap + PCI_PASID_CAP, &cap);
	return 1 << ((cap & PCI_PASID_CAP_WIDTH) >> 8);
}
