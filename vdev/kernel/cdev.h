/* SPDX-License-Identifier: GPL-2.0 */
/* The character device door: virtual devices made of explicit lists of queues. */
#ifndef VDEV_CDEV_H
#define VDEV_CDEV_H

#include <linux/device.h>

struct file;
struct guest_dma;
struct vdev_device;

/* With the module. */
int vdev_cdev_init(void);
void vdev_cdev_exit(void);

/* A queue of @pci was bound: the function has `vdev_create` and `vdev_remove` from now on. */
int vdev_cdev_offer(struct device *pci);

/* The device behind an open file, whoever composes it, and its guest's memory; NULL: another kind.
 */
struct vdev_device *vdev_cdev_device(struct file *file, struct guest_dma **dma);

#endif
