/* SPDX-License-Identifier: GPL-2.0 */
/* What kapi keeps per kernel for VFIO (private to kapi). */
#ifndef HOST_DRIVER_KAPI_VFIO_PRIV_H
#define HOST_DRIVER_KAPI_VFIO_PRIV_H

#include <linux/cdev.h>
#include <linux/list.h>
#include <linux/vfio.h>

/* Of one kernel, made with its first device. */
struct vfio_core {
	struct list_head groups;
	struct kobject *kernel_dir, *groups_dir; /* /sys/kernel/iommu_groups */
	dev_t devt;
	u32 next_index;
};

struct vfio_mapping;

/* What a container's owner maps for DMA. */
struct vfio_type1 {
	struct mutex lock;
	struct vfio_mapping *map; /* in order of address */
	u32 nr, max;
	bool v2; /* mappings are taken away as they were made */
	/* Open devices, which are told what goes; taken before @lock. */
	struct mutex device_lock;
	struct list_head devices;
};

/* One open /dev/vfio/vfio: what its groups' devices may reach by DMA is decided here. */
struct vfio_container {
	refcount_t refs;
	u32 groups;
	bool iommu_set;
	struct vfio_type1 type1; /* while @iommu_set */
};

/* A group of one device, since nothing else shares its translation. */
struct vfio_group {
	struct device dev;
	struct cdev cdev;
	struct list_head node;
	struct kobject *kobj; /* /sys/kernel/iommu_groups/N */
	u32 id;
	struct mutex lock;
	struct vfio_device *device; /* NULL: gone */
	struct file *opened;
	struct vfio_container *container;
	u32 container_users; /* open devices */
	struct kvm *kvm;
};

struct vfio_core *vfio_core_current(void);
/* vfio_group.c */
int vfio_group_add(struct vfio_device *device);
void vfio_group_remove(struct vfio_device *device);
void vfio_group_leave_container(struct vfio_group *g);
/* vfio_container.c */
extern const struct file_operations vfio_container_fops;
int vfio_container_register(void);
void vfio_container_put(struct vfio_container *c);
/* vfio_type1.c */
void vfio_type1_init(struct vfio_type1 *t);
void vfio_type1_end(struct vfio_type1 *t);
void vfio_type1_add_device(struct vfio_type1 *t, struct vfio_device *device);
void vfio_type1_remove_device(struct vfio_type1 *t, struct vfio_device *device);
long vfio_type1_ioctl(struct vfio_type1 *t, unsigned int cmd, void __user *arg);
/* vfio.c: a descriptor of the device for the current process; group->lock held. */
int vfio_device_get_fd(struct vfio_device *device);

#endif
