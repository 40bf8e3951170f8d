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
	VDEV_TRAP_PORTAL,  /* portal pages that are not mapped straight through */
	VDEV_TRAP_COUNT
};

struct vdev_traps {
	u64 count[VDEV_TRAP_COUNT];
};

/* What became of descriptors on trapped portal pages. */
struct vdev_portal_stats {
	u64 pieces;	 /* stores of less than a descriptor */
	u64 assembled;	 /* descriptors that arrived in pieces and became whole */
	u64 descriptors; /* whole ones, assembled or not */
	u64 translated;	 /* guest PASIDs replaced by the host's */
	u64 forwarded;	 /* accepted by the physical queue */
	u64 retries;	 /* times that it said retry */
	u64 queued;	 /* kept while the device was paused ... */
	u64 resubmitted; /* ... and accepted by the queue afterwards */
	u64 busy;	 /* non-posted stores answered with retry */
	u64 held;      /* posted stores that waited for the end of a pause: no room to keep them */
	u64 refused;   /* queue not enabled, or PASID without translation: as hardware does, gone */
	u64 exhausted; /* given up after the last retry: lost */
	u64 incomplete; /* pieces thrown away: their descriptor never became whole */
};

#endif
