// SPDX-License-Identifier: GPL-2.0
// VFIO groups: /dev/vfio/N. After drivers/vfio/vfio_main.c of Linux 6.1.
#include <linux/err.h>
#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "devcore.h"
#include "kapi.h"
#include "vfio_priv.h"

#define GROUPS_MAX 4096

static struct vfio_group *to_group(struct device *dev)
{
	return container_of(dev, struct vfio_group, dev);
}

static char *group_devnode(struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/%s", dev_name(dev));
}

static struct class vfio_class = {.name = "vfio", .devnode = group_devnode};

/* ---- a kernel's VFIO ---- */

static int core_init(struct vfio_core *core)
{
	int rc = class_register(&vfio_class);

	if (!rc)
		rc = alloc_chrdev_region(&core->devt, 0, GROUPS_MAX, "vfio");
	if (!rc)
		rc = vfio_container_register();
	if (rc)
		return rc;
	core->kernel_dir = kobject_create_and_add("kernel", NULL);
	if (core->kernel_dir)
		core->groups_dir = kobject_create_and_add("iommu_groups", core->kernel_dir);
	return core->groups_dir ? 0 : -ENOMEM;
}

struct vfio_core *vfio_core_current(void)
{
	struct kernel *k = kernel_current();
	struct vfio_core *core = kernel_slot(k, KERNEL_SLOT_VFIO);
	int rc;

	if (core)
		return core;
	core = kzalloc(sizeof(*core), GFP_KERNEL);
	if (!core)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&core->groups);
	kernel_set_slot(k, KERNEL_SLOT_VFIO, core);
	rc = core_init(core);
	if (rc) {
		kernel_set_slot(k, KERNEL_SLOT_VFIO, NULL);
		kfree(core);
		return ERR_PTR(rc);
	}
	return core;
}

/* ---- a group's file ---- */

static int group_open(struct inode *inode, struct file *f)
{
	struct vfio_group *g = container_of(inode->i_cdev, struct vfio_group, cdev);
	int rc = 0;

	mutex_lock(&g->lock);
	if (!g->device)
		rc = -ENODEV;
	else if (g->opened)
		rc = -EBUSY;
	if (!rc) {
		g->opened = f;
		f->private_data = g;
		get_device(&g->dev);
	}
	mutex_unlock(&g->lock);
	return rc;
}

void vfio_group_leave_container(struct vfio_group *g)
{
	struct vfio_container *c = g->container;

	if (!c)
		return;
	g->container = NULL;
	/* Who is the last to leave takes the IOMMU along. */
	if (!--c->groups && c->iommu_set) {
		vfio_type1_end(&c->type1);
		c->iommu_set = false;
	}
	vfio_container_put(c);
}

static int group_release(struct inode *inode, struct file *f)
{
	struct vfio_group *g = f->private_data;

	mutex_lock(&g->lock);
	g->opened = NULL;
	/* Open devices keep the container until the last of them is closed. */
	if (!g->container_users)
		vfio_group_leave_container(g);
	mutex_unlock(&g->lock);
	put_device(&g->dev);
	return 0;
}

static long set_container(struct vfio_group *g, int fd)
{
	struct file *f;
	long rc = -EINVAL;

	if (g->container)
		return -EINVAL;
	f = fget(fd);
	if (!f)
		return -EBADF;
	if (f->f_op == &vfio_container_fops) {
		g->container = f->private_data;
		refcount_inc(&g->container->refs);
		g->container->groups++;
		rc = 0;
	}
	fput(f);
	return rc;
}

static long get_device_fd(struct vfio_group *g, const char __user *uname)
{
	char name[64];
	long n = strncpy_from_user(name, uname, sizeof(name));

	if (n < 0)
		return n;
	if (n == sizeof(name) || strcmp(name, dev_name(g->device->dev)))
		return -ENODEV;
	if (!g->container || !g->container->iommu_set)
		return -EINVAL;
	return vfio_device_get_fd(g->device);
}

static long get_status(struct vfio_group *g, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_group_status, flags);
	struct vfio_group_status st;

	if (copy_from_user(&st, arg, minsz))
		return -EFAULT;
	if (st.argsz < minsz)
		return -EINVAL;
	st.flags = VFIO_GROUP_FLAGS_VIABLE;
	if (g->container)
		st.flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	return copy_to_user(arg, &st, minsz) ? -EFAULT : 0;
}

static long group_cmd(struct vfio_group *g, unsigned int cmd, void __user *arg)
{
	int fd;

	switch (cmd) {
	case VFIO_GROUP_GET_STATUS:
		return get_status(g, arg);
	case VFIO_GROUP_SET_CONTAINER:
		if (get_user(fd, (int __user *)arg))
			return -EFAULT;
		return set_container(g, fd);
	case VFIO_GROUP_UNSET_CONTAINER:
		if (!g->container)
			return -EINVAL;
		if (g->container_users)
			return -EBUSY;
		vfio_group_leave_container(g);
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return get_device_fd(g, arg);
	}
	return -ENOTTY;
}

static long group_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct vfio_group *g = f->private_data;
	long rc;

	mutex_lock(&g->lock);
	rc = g->device ? group_cmd(g, cmd, (void __user *)arg) : -ENODEV;
	mutex_unlock(&g->lock);
	return rc;
}

static const struct file_operations group_fops = {
	.open = group_open,
	.release = group_release,
	.unlocked_ioctl = group_ioctl,
};

bool vfio_file_is_group(struct file *file)
{
	return file->f_op == &group_fops;
}

void vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
	struct vfio_group *g = file->private_data;

	if (!vfio_file_is_group(file))
		return;
	mutex_lock(&g->lock);
	g->kvm = kvm;
	mutex_unlock(&g->lock);
}

/* ---- beginning and end ---- */

static void group_dev_release(struct device *dev)
{
	struct vfio_group *g = to_group(dev);

	if (g->kobj)
		kobject_put(g->kobj);
	kfree(g);
}

static u32 free_id(const struct vfio_core *core)
{
	struct vfio_group *g;
	u32 id = 0;

	/* In order of their numbers. */
	list_for_each_entry (g, &core->groups, node) {
		if (g->id != id)
			break;
		id++;
	}
	return id;
}

static void insert_in_order(struct vfio_core *core, struct vfio_group *new)
{
	struct vfio_group *g;

	list_for_each_entry (g, &core->groups, node)
		if (g->id > new->id)
			break;
	list_add_tail(&new->node, &g->node);
}

static int group_show(struct vfio_core *core, struct vfio_group *g)
{
	char number[12];
	int rc;

	snprintf(number, sizeof(number), "%u", g->id);
	g->kobj = kobject_create_and_add(number, core->groups_dir);
	if (!g->kobj)
		return -ENOMEM;
	rc = sysfs_create_link(&g->device->dev->kobj, g->kobj, "iommu_group");
	if (rc)
		return rc;
	cdev_init(&g->cdev, &group_fops);
	rc = cdev_device_add(&g->cdev, &g->dev);
	if (rc)
		sysfs_remove_link(&g->device->dev->kobj, "iommu_group");
	return rc;
}

int vfio_group_add(struct vfio_device *device)
{
	struct vfio_core *core = vfio_core_current();
	struct vfio_group *g;
	int rc;

	if (IS_ERR(core))
		return PTR_ERR(core);
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->id = free_id(core);
	g->device = device;
	mutex_init(&g->lock);
	device_initialize(&g->dev);
	g->dev.devt = core->devt + g->id;
	g->dev.class = &vfio_class;
	g->dev.release = group_dev_release;
	rc = g->id < GROUPS_MAX ? dev_set_name(&g->dev, "%u", g->id) : -ENOSPC;
	if (!rc)
		rc = group_show(core, g);
	if (rc) {
		put_device(&g->dev);
		return rc;
	}
	insert_in_order(core, g);
	device->group = g;
	return 0;
}

void vfio_group_remove(struct vfio_device *device)
{
	struct vfio_group *g = device->group;

	mutex_lock(&g->lock);
	g->device = NULL;
	mutex_unlock(&g->lock);
	list_del(&g->node);
	cdev_device_del(&g->cdev, &g->dev);
	sysfs_remove_link(&device->dev->kobj, "iommu_group");
	put_device(&g->dev);
}
