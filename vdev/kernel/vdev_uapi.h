/* SPDX-License-Identifier: GPL-2.0 */
/* What monitors in user space need beside <linux/vfio.h>. Includes nothing: for both worlds, after
 * their fixed-size types. */
#ifndef VDEV_UAPI_H
#define VDEV_UAPI_H

/* Interrupt index after VFIO's own: pages of the portal region came or went. One eventfd. */
#define VDEV_IRQ_PORTALS 5

/* Commands of a device's file, beside VFIO's (type ';'). */
#define VDEV_IOCTL(nr) (0x3b00u | (0xc0u + (nr)))

/*
 * ENQCMD or ENQCMDS to a page of the portal region that traps; the guest's PASID is in the first 20
 * bits. 0 accepted, 1 retry.
 */
struct vdev_enqueue {
	u64 off; /* in the portal region */
	u8 desc[64];
};
#define VDEV_ENQUEUE VDEV_IOCTL(0)

/* The guest's work ends and what it submits is kept; on again; its handles are void. No argument.
 */
#define VDEV_PAUSE	    VDEV_IOCTL(1)
#define VDEV_RESUME	    VDEV_IOCTL(2)
#define VDEV_REVOKE_HANDLES VDEV_IOCTL(3)

#endif
