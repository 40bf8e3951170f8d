/* SPDX-License-Identifier: GPL-2.0 */
/* Bus enumeration of a simulated kernel (bridge header). */
#ifndef HOST_DRIVER_KAPI_PCI_SCAN_H
#define HOST_DRIVER_KAPI_PCI_SCAN_H

#include "sim/core/types.h"

struct kernel;

/* A root bus, as firmware describes it. */
struct kernel_pci_bus {
	u16 segment;
	u8 bus;
	s32 node; /* NUMA node, -1: none */
	/* Where BARs that firmware left without an address are put; 0 bytes: they stay without. */
	u64 window_base, window_bytes;
};

/* Before kernel_start(), any context: buses are scanned in this order. 0, -EEXIST, -ENOMEM. */
int kernel_pci_add_bus(struct kernel *k, const struct kernel_pci_bus *bus);

/*
 * Scans all buses added: finds functions, sizes their BARs, makes devices, probes drivers. On a
 * fiber, inside the kernel or not. kernel_start() runs it by itself (subsys level); call it again
 * after a function appeared (what writing 1 to /sys/bus/pci/rescan does). Functions found; -errno.
 */
int kernel_pci_scan(struct kernel *k);

/* Removes the function as writing 1 to its "remove" file does. On a fiber. -ENODEV when not there.
 */
int kernel_pci_remove(struct kernel *k, u32 bdf);

#endif
