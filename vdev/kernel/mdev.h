/* SPDX-License-Identifier: GPL-2.0 */
/* The mediated device door: a parent for each physical device, its types, queues by UUID. */
#ifndef VDEV_MDEV_H
#define VDEV_MDEV_H

#include <linux/device.h>

struct vdev_door;
struct vfio_device;

/* With the module. */
int vdev_mdev_init(void);
/* Takes all mediated devices away first: waits for their monitors. */
void vdev_mdev_exit(void);

/* A queue of @pci was bound: types appear with the first, and stay. */
int vdev_mdev_offer(struct device *pci);

/* NULL: another driver's. */
struct vdev_door *vdev_mdev_door(struct vfio_device *vfio);

/* Attributes of a bound queue. */
extern const struct attribute_group *vdev_mdev_wq_groups[];

#endif
