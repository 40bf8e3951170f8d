/* SPDX-License-Identifier: GPL-2.0 */
/* Tables by which drivers name their devices. */
#ifndef _LINUX_MOD_DEVICETABLE_H
#define _LINUX_MOD_DEVICETABLE_H

#include <linux/types.h>

typedef unsigned long kernel_ulong_t;

#define PCI_ANY_ID (~0)

/* Ends with an all-zero entry. */
struct pci_device_id {
	__u32 vendor, device; /* or PCI_ANY_ID */
	__u32 subvendor, subdevice;
	__u32 class, class_mask;
	kernel_ulong_t driver_data;
	__u32 override_only;
};

#endif
