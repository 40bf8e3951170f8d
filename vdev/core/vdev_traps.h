/* SPDX-License-Identifier: GPL-2.0 */
/* How often a guest left its virtual device's fast path, by what it touched. Includes nothing: for
 * both worlds, after their fixed-size types. */
#ifndef VDEV_TRAPS_H
#define VDEV_TRAPS_H

enum vdev_trap {
	VDEV_TRAP_CONFIG_READ,
	VDEV_TRAP_CONFIG_WRITE,
	VDEV_TRAP_REG_READ,
	VDEV_TRAP_REG_WRITE,
	VDEV_TRAP_COMMAND, /* a write to CMD: may block for the physical device */
	VDEV_TRAP_MSIX,	   /* MSI-X table, pending bits, permissions; both directions */
	VDEV_TRAP_COUNT
};

struct vdev_traps {
	u64 count[VDEV_TRAP_COUNT];
};

#endif
