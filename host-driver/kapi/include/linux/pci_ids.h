/* SPDX-License-Identifier: GPL-2.0 */
/* Vendors and classes that the drivers here name. */
#ifndef _LINUX_PCI_IDS_H
#define _LINUX_PCI_IDS_H

#define PCI_BASE_CLASS_SYSTEM  0x08
#define PCI_CLASS_SYSTEM_OTHER 0x0880
#define PCI_CLASS_BRIDGE_PCI   0x0604

#define PCI_VENDOR_ID_INTEL 0x8086

#endif
