// SPDX-License-Identifier: GPL-2.0
// Enabling functions, bus mastering, regions, mapping BARs. After drivers/pci/{pci,iomap,devres}.c.
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "pcicore.h"

#define PCI_PM_D3HOT_WAIT_MS 10

int pci_set_power_state(struct pci_dev *dev, pci_power_t state)
{
	u16 pmcsr;

	if (state != PCI_D0 && state != PCI_D3hot)
		return -EINVAL;
	if (!dev->pm_cap) {
		dev->current_state = PCI_D0;
		return state == PCI_D0 ? 0 : -EIO;
	}
	pci_read_config_word(dev, dev->pm_cap + PCI_PM_CTRL, &pmcsr);
	if (pmcsr == 0xffff)
		return -EIO;
	if ((pmcsr & PCI_PM_CTRL_STATE_MASK) != state) {
		pmcsr = (pmcsr & ~PCI_PM_CTRL_STATE_MASK) | state;
		pci_write_config_word(dev, dev->pm_cap + PCI_PM_CTRL, pmcsr);
		/* Both ways between D0 and D3hot (PCI PM 1.2, 5.6.1). */
		msleep(PCI_PM_D3HOT_WAIT_MS);
	}
	dev->current_state = state;
	return 0;
}

/* Decodes memory, and I/O never: the functions here have none. */
static int enable_resources(struct pci_dev *dev)
{
	u16 cmd, old;
	int nr;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	old = cmd;
	for (nr = 0; nr < PCI_NUM_RESOURCES; nr++) {
		struct resource *res = &dev->resource[nr];

		if (!(res->flags & IORESOURCE_MEM))
			continue;
		if (res->flags & IORESOURCE_UNSET) {
			pci_err(dev, "can't enable device: BAR %d not assigned\n", nr);
			return -EINVAL;
		}
		cmd |= PCI_COMMAND_MEMORY;
	}
	if (cmd != old) {
		pci_info(dev, "enabling device (%04x -> %04x)\n", old, cmd);
		pci_write_config_word(dev, PCI_COMMAND, cmd);
	}
	return 0;
}

int pci_enable_device(struct pci_dev *dev)
{
	int rc;

	if (atomic_inc_return(&dev->enable_cnt) > 1)
		return 0;
	rc = pci_set_power_state(dev, PCI_D0);
	if (!rc || rc == -EIO)
		rc = enable_resources(dev);
	if (rc)
		atomic_dec(&dev->enable_cnt);
	return rc;
}

int pci_enable_device_mem(struct pci_dev *dev)
{
	return pci_enable_device(dev);
}

static void set_command_bit(struct pci_dev *dev, u16 bit, bool on)
{
	u16 old, cmd;

	pci_read_config_word(dev, PCI_COMMAND, &old);
	cmd = on ? old | bit : old & ~bit;
	if (cmd != old)
		pci_write_config_word(dev, PCI_COMMAND, cmd);
}

void pci_set_master(struct pci_dev *dev)
{
	set_command_bit(dev, PCI_COMMAND_MASTER, true);
	dev->is_busmaster = 1;
}

void pci_clear_master(struct pci_dev *dev)
{
	set_command_bit(dev, PCI_COMMAND_MASTER, false);
	dev->is_busmaster = 0;
}

void pci_disable_device(struct pci_dev *dev)
{
	if (WARN(atomic_read(&dev->enable_cnt) <= 0, "%s: disabling already-disabled device\n",
		 pci_name(dev)))
		return;
	if (atomic_dec_return(&dev->enable_cnt) == 0)
		pci_clear_master(dev);
}

/* ---- regions ---- */

int pci_request_region(struct pci_dev *dev, int bar, const char *name)
{
	struct resource *res = &dev->resource[bar];

	if (!pci_resource_len(dev, bar))
		return 0;
	if (res->flags & IORESOURCE_BUSY) {
		pci_warn(dev, "BAR %d: can't reserve [mem 0x%llx-0x%llx]\n", bar, res->start,
			 res->end);
		return -EBUSY;
	}
	res->flags |= IORESOURCE_BUSY;
	res->name = name;
	return 0;
}

void pci_release_region(struct pci_dev *dev, int bar)
{
	dev->resource[bar].flags &= ~IORESOURCE_BUSY;
}

int pci_request_selected_regions(struct pci_dev *dev, int bars, const char *name)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if (!(bars & (1 << i)) || !pci_request_region(dev, i, name))
			continue;
		while (--i >= 0)
			if (bars & (1 << i))
				pci_release_region(dev, i);
		return -EBUSY;
	}
	return 0;
}

void pci_release_selected_regions(struct pci_dev *dev, int bars)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (bars & (1 << i))
			pci_release_region(dev, i);
}

int pci_request_regions(struct pci_dev *dev, const char *name)
{
	return pci_request_selected_regions(dev, (1 << PCI_STD_NUM_BARS) - 1, name);
}

void pci_release_regions(struct pci_dev *dev)
{
	pci_release_selected_regions(dev, (1 << PCI_STD_NUM_BARS) - 1);
}

int pci_select_bars(struct pci_dev *dev, unsigned long flags)
{
	int bars = 0;
	int i;

	for (i = 0; i < PCI_NUM_RESOURCES; i++)
		if (pci_resource_flags(dev, i) & flags)
			bars |= 1 << i;
	return bars;
}

void __iomem *pci_iomap_range(struct pci_dev *dev, int bar, unsigned long offset,
			      unsigned long maxlen)
{
	const struct resource *res;
	unsigned long len;

	if (bar < 0 || bar >= PCI_STD_NUM_BARS)
		return NULL;
	res = &dev->resource[bar];
	len = pci_resource_len(dev, bar);
	if (!(res->flags & IORESOURCE_MEM) || res->flags & IORESOURCE_UNSET || len <= offset)
		return NULL;
	len -= offset;
	if (maxlen && len > maxlen)
		len = maxlen;
	return ioremap(res->start + offset, len);
}

void __iomem *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen)
{
	return pci_iomap_range(dev, bar, 0, maxlen);
}

void pci_iounmap(struct pci_dev *dev, void __iomem *addr)
{
	iounmap(addr);
}

void __iomem *pci_ioremap_bar(struct pci_dev *pdev, int bar)
{
	return pci_iomap(pdev, bar, 0);
}

/* ---- managed forms ---- */

struct pci_devres {
	bool pinned;
	u8 regions; /* BARs reserved through pcim_iomap_regions() */
};

static void pcim_release(struct device *gendev, void *res)
{
	struct pci_dev *dev = to_pci_dev(gendev);
	struct pci_devres *dr = res;

	if (dev->msix_enabled)
		pci_disable_msix(dev);
	pci_release_selected_regions(dev, dr->regions);
	if (pci_is_enabled(dev) && !dr->pinned)
		pci_disable_device(dev);
	dev->is_managed = 0;
}

static struct pci_devres *get_pci_dr(struct pci_dev *pdev)
{
	struct pci_devres *dr = devres_find(&pdev->dev, pcim_release, NULL, NULL);

	if (dr)
		return dr;
	dr = devres_alloc(pcim_release, sizeof(*dr), GFP_KERNEL);
	if (dr)
		devres_add(&pdev->dev, dr);
	return dr;
}

int pcim_enable_device(struct pci_dev *pdev)
{
	struct pci_devres *dr = get_pci_dr(pdev);
	int rc;

	if (!dr)
		return -ENOMEM;
	if (pdev->is_managed)
		return 0;
	rc = pci_enable_device(pdev);
	if (!rc)
		pdev->is_managed = 1;
	return rc;
}

void pcim_pin_device(struct pci_dev *pdev)
{
	struct pci_devres *dr = devres_find(&pdev->dev, pcim_release, NULL, NULL);

	if (dr)
		dr->pinned = true;
}

struct pcim_table {
	void __iomem *bar[PCI_STD_NUM_BARS];
};

static void iomap_release(struct device *gendev, void *res)
{
	struct pcim_table *t = res;
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (t->bar[i])
			pci_iounmap(to_pci_dev(gendev), t->bar[i]);
}

void __iomem *const *pcim_iomap_table(struct pci_dev *pdev)
{
	struct pcim_table *t = devres_find(&pdev->dev, iomap_release, NULL, NULL);

	if (!t) {
		t = devres_alloc(iomap_release, sizeof(*t), GFP_KERNEL);
		if (!t)
			return NULL;
		devres_add(&pdev->dev, t);
	}
	return t->bar;
}

void __iomem *pcim_iomap(struct pci_dev *pdev, int bar, unsigned long maxlen)
{
	void __iomem **tbl = (void __iomem **)pcim_iomap_table(pdev);

	if (!tbl || bar < 0 || bar >= PCI_STD_NUM_BARS || tbl[bar])
		return NULL;
	tbl[bar] = pci_iomap(pdev, bar, maxlen);
	return tbl[bar];
}

void pcim_iounmap(struct pci_dev *pdev, void __iomem *addr)
{
	void __iomem **tbl = (void __iomem **)pcim_iomap_table(pdev);
	int i;

	for (i = 0; tbl && i < PCI_STD_NUM_BARS; i++) {
		if (tbl[i] == addr) {
			tbl[i] = NULL;
			pci_iounmap(pdev, addr);
			return;
		}
	}
	WARN_ON(1);
}

int pcim_iomap_regions(struct pci_dev *pdev, int mask, const char *name)
{
	struct pci_devres *dr = get_pci_dr(pdev);
	int i, rc;

	if (!dr)
		return -ENOMEM;
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if (!(mask & (1 << i)))
			continue;
		if (!pci_resource_len(pdev, i))
			return -EINVAL;
		rc = pci_request_region(pdev, i, name);
		if (rc)
			return rc;
		dr->regions |= 1 << i;
		if (!pcim_iomap(pdev, i, 0))
			return -ENOMEM;
	}
	return 0;
}
