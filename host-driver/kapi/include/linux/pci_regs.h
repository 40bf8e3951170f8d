/* SPDX-License-Identifier: GPL-2.0 */
/* Offsets and bits of configuration space, without the PCI core. */
#include <uapi/linux/pci_regs.h>
