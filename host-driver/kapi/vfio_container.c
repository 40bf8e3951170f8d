// SPDX-License-Identifier: GPL-2.0
// VFIO containers: /dev/vfio/vfio. After drivers/vfio/container.c of Linux 6.1.
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include "vfio_priv.h"

static int container_open(struct inode *inode, struct file *f)
{
	struct vfio_container *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	refcount_set(&c->refs, 1);
	vfio_type1_init(&c->type1);
	f->private_data = c;
	return 0;
}

void vfio_container_put(struct vfio_container *c)
{
	if (refcount_dec_and_test(&c->refs))
		kfree(c);
}

static int container_release(struct inode *inode, struct file *f)
{
	vfio_container_put(f->private_data);
	return 0;
}

/* Without a device behind a real IOMMU there is nothing that type 1 would map at once. */
static long set_iommu(struct vfio_container *c, unsigned long type)
{
	if (!c->groups || c->iommu_set)
		return -EINVAL;
	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -ENODEV;
	c->iommu_set = true;
	c->type1.v2 = type == VFIO_TYPE1v2_IOMMU;
	return 0;
}

static long check_extension(unsigned long what)
{
	return what == VFIO_TYPE1_IOMMU || what == VFIO_TYPE1v2_IOMMU || what == VFIO_UNMAP_ALL;
}

static long container_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct vfio_container *c = f->private_data;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return check_extension(arg);
	case VFIO_SET_IOMMU:
		return set_iommu(c, arg);
	}
	return c->iommu_set ? vfio_type1_ioctl(&c->type1, cmd, (void __user *)arg) : -EINVAL;
}

const struct file_operations vfio_container_fops = {
	.open = container_open,
	.release = container_release,
	.unlocked_ioctl = container_ioctl,
};

static struct miscdevice container_misc = {
	.minor = 196, /* VFIO_MINOR */
	.name = "vfio",
	.fops = &vfio_container_fops,
	.nodename = "vfio/vfio",
	.mode = 0666,
};

int vfio_container_register(void)
{
	return misc_register(&container_misc);
}
