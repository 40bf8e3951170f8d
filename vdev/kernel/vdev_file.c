// SPDX-License-Identifier: GPL-2.0
/* From an open file to the virtual device behind it, for observers in the simulator. */
#include <linux/errno.h>
#include <linux/vfio.h>
#include "cdev.h"
#include "door.h"
#include "mdev.h"
#include "vdev_file.h"

static struct vdev_door *vdev_file_door(struct file *file)
{
	struct vfio_device *vfio = kapi_vfio_file_device(file);

	return vfio ? vdev_mdev_door(vfio) : vdev_cdev_door(file);
}

struct vdev_device *vdev_file_device(struct file *file)
{
	struct vdev_door *door = vdev_file_door(file);

	return door ? door->d : NULL;
}

int vdev_file_dma(struct file *file, struct device **dev, u32 *pasid)
{
	struct vdev_door *door = vdev_file_door(file);

	if (!door || !door->dma.kvm)
		return -ENODEV;
	*dev = door->dma.dev;
	*pasid = door->dma.pasid;
	return 0;
}
