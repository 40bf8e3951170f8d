/* SPDX-License-Identifier: GPL-2.0 */
/* A PCI driver in kernel code; both worlds include this. */
#ifndef TESTS_UNIT_KAPI_TOY_PCI_H
#define TESTS_UNIT_KAPI_TOY_PCI_H

#include "sim/core/types.h"

/* What the driver saw, one set per kernel (0 host, 1 guest). */
struct toy_pci {
	u32 probes, removes, shutdowns;
	u64 bar_start[6], bar_len[6];
	u16 caps[6]; /* EXP, MSI-X, PM, ATS, PASID, PRI */
	u32 vec_count, vectors;
	int irq[4];
	u32 fired[4];
	u64 fired_at;
	u32 resets_prepared, resets_done;
};
extern struct toy_pci toy_pci[2];

int toy_pci_register(void *arg);
int toy_pci_unregister(void *arg);
int toy_pci_reset(void *arg);	  /* pci_reset_function of the first device */
int toy_pci_cap_walk(void *arg);  /* capability look-ups, also of the ones that are not there */
int toy_pci_accessors(void *arg); /* alignment and limits of the accessors */
int toy_pci_ats(void *arg);	  /* ATS, PASID, PRI on and off, in and out of order */
int toy_pci_vectors(void *arg);	  /* other numbers of vectors, errors */
int toy_pci_managed(void *arg);	  /* pcim_* and what the driver core takes back */
int toy_pci_remap(void *arg);	  /* messages through a remapping unit */
int toy_pci_dma(void *arg);	  /* DMA API without an IOMMU */
int toy_pci_pool(void *arg);	  /* DMA pools */
int toy_pci_state(void *arg);	  /* save and restore */
int toy_pci_get(void *arg);	  /* look-ups of functions */

#endif
