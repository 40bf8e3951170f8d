// SPDX-License-Identifier: GPL-2.0
/* From an open file to the virtual device behind it, for observers in the simulator. */
#include <linux/errno.h>
#include <linux/vfio.h>
#include "cdev.h"
#include "door.h"
#include "mdev.h"
#include "vdev_file.h"

static struct vdev_device *vdev_file_look(struct file *file, struct guest_dma **dma)
{
	struct vfio_device *vfio = kapi_vfio_file_device(file);
	struct vdev_door *door = vfio ? vdev_mdev_door(vfio) : NULL;

	if (!door)
		return vdev_cdev_device(file, dma);
	*dma = &door->dma;
	return door->d;
}

struct vdev_device *vdev_file_device(struct file *file)
{
	struct guest_dma *dma;

	return vdev_file_look(file, &dma);
}

int vdev_file_dma(struct file *file, struct device **dev, u32 *pasid)
{
	struct guest_dma *dma;

	if (!vdev_file_look(file, &dma) || !dma->kvm)
		return -ENODEV;
	*dev = dma->dev;
	*pasid = dma->pasid;
	return 0;
}
