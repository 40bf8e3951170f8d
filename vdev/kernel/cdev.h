/* SPDX-License-Identifier: GPL-2.0 */
/* The character device door: virtual devices made of explicit lists of queues. */
#ifndef VDEV_CDEV_H
#define VDEV_CDEV_H

#include <linux/device.h>

struct vdev_door;

/* With the module. */
int vdev_cdev_init(void);
void vdev_cdev_exit(void);

/* A queue of @pci was bound: the function has `vdev_create` and `vdev_remove` from now on. */
int vdev_cdev_offer(struct device *pci);

/* The door behind an open file, NULL: another kind of file. */
struct vdev_door *vdev_cdev_door(struct file *file);

#endif
