/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual device behind an open file, for observers in the simulator. Includes nothing: for
 * both worlds, after their fixed-size types. */
#ifndef VDEV_FILE_H
#define VDEV_FILE_H

struct device;
struct file;
struct vdev_device;

/* NULL: the file is none of a virtual device. Any context. */
struct vdev_device *vdev_file_device(struct file *file);
/* The physical function and the PASID by which it reaches the guest's memory; -ENODEV: none yet. */
int vdev_file_dma(struct file *file, struct device **dev, u32 *pasid);

#endif
