/* SPDX-License-Identifier: GPL-2.0 */
/* Pairs of guest and host PASIDs that a monitor installs at a device's file. */
#ifndef VDEV_PASID_PAIRS_H
#define VDEV_PASID_PAIRS_H

#include <linux/mutex.h>
#include <linux/types.h>

#define VDEV_PAIRS_MAX 4096 /* of one file */

struct vdev_pair {
	u32 guest, host;
};

struct vdev_pairs {
	struct mutex lock;
	struct vdev_pair *pair; /* by guest PASID */
	u32 nr, max;
};

void vdev_pairs_init(struct vdev_pairs *p);
void vdev_pairs_drop(struct vdev_pairs *p);
/* -EINVAL: 0 or beyond 20 bits, -EEXIST: the guest PASID has another, -ENOSPC, -ENOMEM. */
int vdev_pairs_add(struct vdev_pairs *p, u32 guest, u32 host);
/* *@host: what it led to; -ENOENT. */
int vdev_pairs_remove(struct vdev_pairs *p, u32 guest, u32 *host);

/* As struct vdev_ops has them. */
int vdev_pairs_host(struct vdev_pairs *p, u32 guest, u32 *host);
int vdev_pairs_guest(struct vdev_pairs *p, u32 host, u32 *guest);
int vdev_pairs_next(struct vdev_pairs *p, u32 *guest, u32 *host);

#endif
