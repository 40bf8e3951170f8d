/* SPDX-License-Identifier: GPL-2.0 */
/* What kapi keeps per kernel for PCI, and what the PCI files share (private to kapi). */
#ifndef HOST_DRIVER_KAPI_PCICORE_H
#define HOST_DRIVER_KAPI_PCICORE_H

#include <linux/list.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include "host-driver/kapi/kernel.h"

#define PCI_ROOTS_MAX 256

struct pcicore {
	struct list_head buses; /* struct pci_bus, in the order firmware gave */
	const struct msi_remap_ops *remap;
	void *remap_ctx;
};

/* Of the current kernel, made at first use; NULL without memory. */
struct pcicore *pcicore_current(void);

/* Raw accesses by place, for functions that have no pci_dev yet. */
u32 pci_raw_read(struct pci_bus *bus, unsigned int devfn, u32 off, u32 width);
void pci_raw_write(struct pci_bus *bus, unsigned int devfn, u32 off, u32 width, u32 val);

/* pci_sysfs.c */
extern const struct attribute_group *pci_dev_groups[];
extern const struct attribute_group *pci_bus_groups[];
/* pci_ats.c: places of the three capabilities. */
void pci_ats_init(struct pci_dev *dev);
/* pci_msi.c */
void pci_msi_restore(struct pci_dev *dev);

#endif
