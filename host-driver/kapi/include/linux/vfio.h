/* SPDX-License-Identifier: GPL-2.0 */
/* VFIO of Linux 6.1 as drivers of devices with an IOMMU of their own see it: groups, containers,
 * device files. */
#ifndef VFIO_H_KERNEL
#define VFIO_H_KERNEL

#include <linux/build_bug.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/stddef.h>
#include <uapi/linux/vfio.h>

struct kvm;
struct vfio_group;

struct vfio_device {
	struct device *dev;
	const struct vfio_device_ops *ops;
	/* Set before it is registered, if it can migrate. */
	const struct vfio_migration_ops *mig_ops;
	unsigned int migration_flags; /* VFIO_MIGRATION_* */
	struct vfio_group *group;
	struct kvm *kvm; /* of the opener; the driver may use it while open */

	/* Not for drivers. */
	unsigned int index;
	struct device device; /* its references are the object's */
	refcount_t refcount;  /* users of a registered device */
	unsigned int open_count;
	struct completion comp;	      /* no user is left */
	struct list_head iommu_entry; /* of its container, while open */
};

struct vfio_device_ops {
	char *name;
	int (*init)(struct vfio_device *vdev);
	void (*release)(struct vfio_device *vdev);
	/* First descriptor, last descriptor gone. */
	int (*open_device)(struct vfio_device *vdev);
	void (*close_device)(struct vfio_device *vdev);
	ssize_t (*read)(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *ppos);
	ssize_t (*write)(struct vfio_device *vdev, const char __user *buf, size_t count,
			 loff_t *size);
	long (*ioctl)(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct vfio_device *vdev, struct vm_area_struct *vma);
	/* Someone waits for the device: ask the user to let go. @count: how often already. */
	void (*request)(struct vfio_device *vdev, unsigned int count);
	void (*dma_unmap)(struct vfio_device *vdev, u64 iova, u64 length);
	int (*device_feature)(struct vfio_device *device, u32 flags, void __user *arg,
			      size_t argsz);
};

/* Both or none. */
struct vfio_migration_ops {
	/* The file of the data transfer that the new state begins, NULL: none; ERR_PTR. */
	struct file *(*migration_set_state)(struct vfio_device *device,
					    enum vfio_device_mig_state new_state);
	int (*migration_get_state)(struct vfio_device *device,
				   enum vfio_device_mig_state *curr_state);
};

/* For who answers VFIO_DEVICE_FEATURE: 1 if it is to be done, else what to return. */
static inline int vfio_check_feature(u32 flags, size_t argsz, u32 supported_ops, size_t minsz)
{
	const u32 ops = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;

	if (flags & ops & ~supported_ops)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	return !(flags & ops) || argsz < minsz ? -EINVAL : 1;
}

struct vfio_device *_vfio_alloc_device(size_t size, struct device *dev,
				       const struct vfio_device_ops *ops);
/* A zeroed driver structure whose first member is the vfio_device; ERR_PTR. vfio_put_device(). */
#define vfio_alloc_device(dev_struct, member, dev, ops)                                            \
	container_of(                                                                              \
		_vfio_alloc_device(sizeof(struct dev_struct) +                                     \
					   BUILD_BUG_ON_ZERO(offsetof(struct dev_struct, member)), \
				   dev, ops),                                                      \
		struct dev_struct, member)

/* For ops->release: the end of what _vfio_alloc_device() gave. */
void vfio_free_device(struct vfio_device *device);
static inline void vfio_put_device(struct vfio_device *device)
{
	put_device(&device->device);
}

/* Gives it a group of its own, /dev/vfio/N, that needs no IOMMU to be safe. 0 or -errno. */
int vfio_register_emulated_iommu_dev(struct vfio_device *device);
/* Waits until nobody has it open, asking again and again. */
void vfio_unregister_group_dev(struct vfio_device *device);

/* Which virtual machine uses the group of @file (an open /dev/vfio/N) from its next open on. */
void vfio_file_set_kvm(struct file *file, struct kvm *kvm);
bool vfio_file_is_group(struct file *file);

/* kapi's own: the device behind one of its descriptors' files, or NULL. */
struct vfio_device *kapi_vfio_file_device(struct file *file);

/*
 * kapi's own, for vfio_pin_pages() of a whole range, which it would pin by 4 KiB: the driver of an
 * open device counts on [iova, iova + bytes), until it unpins it. Before the container's owner
 * gets any of it unmapped ops->dma_unmap() is called, and has to. -EINVAL: not all is mapped,
 * -EPERM: not for reading and writing, -EACCES: not a container of version 2.
 */
int kapi_vfio_pin_range(struct vfio_device *device, u64 iova, u64 bytes);
void kapi_vfio_unpin_range(struct vfio_device *device, u64 iova, u64 bytes);

/* ---- what drivers answer ioctls with ---- */

struct vfio_info_cap {
	struct vfio_info_cap_header *buf; /* kfree() */
	size_t size;
};
int vfio_info_add_capability(struct vfio_info_cap *caps, struct vfio_info_cap_header *cap,
			     size_t size);
/* Offsets of a chain count from the start of what it is appended to. */
void vfio_info_cap_shift(struct vfio_info_cap *caps, size_t offset);

/* Checks the fixed part of VFIO_DEVICE_SET_IRQS; bytes of data that follow in *@data_size.
 * -EINVAL. */
int vfio_set_irqs_validate_and_prepare(struct vfio_irq_set *hdr, int num_irqs, int max_irq_type,
				       size_t *data_size);

#endif
