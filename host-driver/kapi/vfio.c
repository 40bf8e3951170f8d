// SPDX-License-Identifier: GPL-2.0
// VFIO devices: registration, the device's file, helpers for its ioctls. After
// drivers/vfio/vfio_main.c of Linux 6.1.
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "vfio_priv.h"

#define IRQS_MAX (UINT_MAX / 8)

/* ---- objects ---- */

static void vfio_device_release(struct device *dev)
{
	struct vfio_device *device = container_of(dev, struct vfio_device, device);

	device->ops->release(device);
}

struct vfio_device *_vfio_alloc_device(size_t size, struct device *dev,
				       const struct vfio_device_ops *ops)
{
	struct vfio_device *device = kzalloc(size, GFP_KERNEL);
	int rc;

	if (!device)
		return ERR_PTR(-ENOMEM);
	device->dev = dev;
	device->ops = ops;
	init_completion(&device->comp);
	rc = ops->init ? ops->init(device) : 0;
	if (rc) {
		kfree(device);
		return ERR_PTR(rc);
	}
	device_initialize(&device->device);
	device->device.release = vfio_device_release;
	return device;
}

void vfio_free_device(struct vfio_device *device)
{
	kfree(device);
}

static void device_put_registration(struct vfio_device *device)
{
	if (refcount_dec_and_test(&device->refcount))
		complete(&device->comp);
}

int vfio_register_emulated_iommu_dev(struct vfio_device *device)
{
	int rc = vfio_group_add(device);

	if (!rc)
		refcount_set(&device->refcount, 1);
	return rc;
}

void vfio_unregister_group_dev(struct vfio_device *device)
{
	unsigned int i = 0;

	device_put_registration(device);
	while (!completion_done(&device->comp)) {
		if (device->ops->request)
			device->ops->request(device, i++);
		if (wait_for_completion_timeout(&device->comp, 10 * HZ))
			break;
	}
	vfio_group_remove(device);
}

/* ---- the device's file ---- */

static int device_first_open(struct vfio_device *device)
{
	int rc;

	device->kvm = device->group->kvm;
	vfio_type1_add_device(&device->group->container->type1, device);
	rc = device->ops->open_device ? device->ops->open_device(device) : 0;
	if (rc) {
		vfio_type1_remove_device(&device->group->container->type1, device);
		device->kvm = NULL;
	}
	return rc;
}

static void device_last_close(struct vfio_device *device)
{
	if (device->ops->close_device)
		device->ops->close_device(device);
	vfio_type1_remove_device(&device->group->container->type1, device);
	device->kvm = NULL;
}

static int device_file_release(struct inode *inode, struct file *f)
{
	struct vfio_device *device = f->private_data;
	struct vfio_group *g = device->group;

	mutex_lock(&g->lock);
	if (!--device->open_count)
		device_last_close(device);
	g->container_users--;
	if (!g->container_users && !g->opened)
		vfio_group_leave_container(g);
	mutex_unlock(&g->lock);
	device_put_registration(device);
	return 0;
}

static long feature_migration(struct vfio_device *device, u32 flags, void __user *arg, size_t size)
{
	struct vfio_device_feature_migration mig = {.flags = device->migration_flags};
	int rc;

	if (!device->mig_ops)
		return -ENOTTY;
	rc = vfio_check_feature(flags, size, VFIO_DEVICE_FEATURE_GET, sizeof(mig));
	if (rc != 1)
		return rc;
	return copy_to_user(arg, &mig, sizeof(mig)) ? -EFAULT : 0;
}

static long give_state_fd(struct file *f, struct vfio_device_feature_mig_state *mig,
			  void __user *arg)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0) {
		fput(f);
		return fd;
	}
	mig->data_fd = fd;
	if (copy_to_user(arg, mig, sizeof(*mig))) {
		put_unused_fd(fd);
		fput(f);
		return -EFAULT;
	}
	fd_install(fd, f);
	return 0;
}

static long feature_mig_state(struct vfio_device *device, u32 flags, void __user *arg, size_t size)
{
	const u32 ops = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_GET;
	struct vfio_device_feature_mig_state mig;
	enum vfio_device_mig_state now;
	struct file *f = NULL;
	int rc;

	if (!device->mig_ops)
		return -ENOTTY;
	rc = vfio_check_feature(flags, size, ops, sizeof(mig));
	if (rc != 1)
		return rc;
	if (copy_from_user(&mig, arg, sizeof(mig)))
		return -EFAULT;
	if (flags & VFIO_DEVICE_FEATURE_GET) {
		rc = device->mig_ops->migration_get_state(device, &now);
		if (rc)
			return rc;
		mig.device_state = now;
	} else {
		f = device->mig_ops->migration_set_state(device, mig.device_state);
		if (!IS_ERR_OR_NULL(f))
			return give_state_fd(f, &mig, arg);
	}
	mig.data_fd = -1;
	return copy_to_user(arg, &mig, sizeof(mig)) ? -EFAULT : PTR_ERR_OR_ZERO(f);
}

static long device_feature(struct vfio_device *device, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_feature, flags);
	const u32 ops = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_GET;
	struct vfio_device_feature feature;
	void __user *data;

	if (copy_from_user(&feature, arg, minsz))
		return -EFAULT;
	if (feature.argsz < minsz)
		return -EINVAL;
	if (feature.flags & ~(VFIO_DEVICE_FEATURE_MASK | ops | VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	/* Get and set exclude each other, but for a probe. */
	if (!(feature.flags & VFIO_DEVICE_FEATURE_PROBE) && (feature.flags & ops) == ops)
		return -EINVAL;
	data = (u8 __user *)arg + minsz;
	switch (feature.flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_MIGRATION:
		return feature_migration(device, feature.flags, data, feature.argsz - minsz);
	case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
		return feature_mig_state(device, feature.flags, data, feature.argsz - minsz);
	}
	if (!device->ops->device_feature)
		return -ENOTTY;
	return device->ops->device_feature(device, feature.flags, data, feature.argsz - minsz);
}

static long device_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct vfio_device *device = f->private_data;

	if (cmd == VFIO_DEVICE_FEATURE)
		return device_feature(device, (void __user *)arg);
	return device->ops->ioctl ? device->ops->ioctl(device, cmd, arg) : -EINVAL;
}

static ssize_t device_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct vfio_device *device = f->private_data;

	return device->ops->read ? device->ops->read(device, buf, count, pos) : -EINVAL;
}

static ssize_t device_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	struct vfio_device *device = f->private_data;

	return device->ops->write ? device->ops->write(device, buf, count, pos) : -EINVAL;
}

static int device_mmap(struct file *f, struct vm_area_struct *vma)
{
	struct vfio_device *device = f->private_data;

	return device->ops->mmap ? device->ops->mmap(device, vma) : -EINVAL;
}

static const struct file_operations vfio_device_fops = {
	.release = device_file_release,
	.read = device_read,
	.write = device_write,
	.unlocked_ioctl = device_ioctl,
	.mmap = device_mmap,
};

struct vfio_device *kapi_vfio_file_device(struct file *file)
{
	return file->f_op == &vfio_device_fops ? file->private_data : NULL;
}

int vfio_device_get_fd(struct vfio_device *device)
{
	struct file *f;
	int fd, rc;

	/* On its way out: nobody new. */
	if (!refcount_inc_not_zero(&device->refcount))
		return -ENODEV;
	fd = get_unused_fd_flags(O_CLOEXEC);
	rc = fd < 0 ? fd : 0;
	if (!rc && !device->open_count++) {
		rc = device_first_open(device);
		if (rc)
			put_unused_fd(fd);
	}
	if (rc) {
		if (fd >= 0)
			device->open_count--;
		device_put_registration(device);
		return rc;
	}
	device->group->container_users++;
	f = anon_inode_getfile("[vfio-device]", &vfio_device_fops, device, O_RDWR);
	if (!IS_ERR(f)) {
		fd_install(fd, f);
		return fd;
	}
	device->group->container_users--;
	if (!--device->open_count)
		device_last_close(device);
	put_unused_fd(fd);
	device_put_registration(device);
	return PTR_ERR(f);
}

/* ---- helpers of drivers ---- */

int vfio_info_add_capability(struct vfio_info_cap *caps, struct vfio_info_cap_header *cap,
			     size_t size)
{
	size_t at = ALIGN(caps->size, sizeof(u64));
	u8 *buf = krealloc(caps->buf, at + size, GFP_KERNEL);
	struct vfio_info_cap_header *last;

	if (!buf) {
		kfree(caps->buf);
		caps->buf = NULL;
		caps->size = 0;
		return -ENOMEM;
	}
	memset(buf + caps->size, 0, at - caps->size);
	memcpy(buf + at, cap, size);
	((struct vfio_info_cap_header *)(buf + at))->next = 0;
	if (caps->size) {
		for (last = (void *)buf; last->next;)
			last = (void *)(buf + last->next);
		last->next = at;
	}
	caps->buf = (void *)buf;
	caps->size = at + size;
	return 0;
}

void vfio_info_cap_shift(struct vfio_info_cap *caps, size_t offset)
{
	struct vfio_info_cap_header *cap = caps->buf;

	while (cap->next) {
		u32 next = cap->next;

		cap->next += offset;
		cap = (void *)((u8 *)caps->buf + next);
	}
}

int vfio_set_irqs_validate_and_prepare(struct vfio_irq_set *hdr, int num_irqs, int max_irq_type,
				       size_t *data_size)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	size_t size;

	if (hdr->argsz < minsz || hdr->index >= (u32)max_irq_type || hdr->count >= IRQS_MAX ||
	    hdr->flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK))
		return -EINVAL;
	*data_size = 0;
	if (hdr->start >= (u32)num_irqs || hdr->count > (u32)num_irqs - hdr->start)
		return -EINVAL;
	switch (hdr->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		size = 0;
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		size = sizeof(u8);
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		size = sizeof(s32);
		break;
	default:
		return -EINVAL;
	}
	if (!size)
		return 0;
	if (hdr->argsz - minsz < hdr->count * size)
		return -EINVAL;
	*data_size = hdr->count * size;
	return 0;
}
