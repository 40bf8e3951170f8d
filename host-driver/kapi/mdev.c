// SPDX-License-Identifier: GPL-2.0
// Mediated devices: types of a parent in sysfs, creation by UUID, removal. After drivers/vfio/mdev
// of Linux 6.1.
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/mdev.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

/* ---- the bus ---- */

static int mdev_bus_probe(struct device *dev)
{
	struct mdev_driver *drv = container_of(dev->driver, struct mdev_driver, driver);

	return drv->probe ? drv->probe(to_mdev_device(dev)) : 0;
}

static void mdev_bus_remove(struct device *dev)
{
	struct mdev_driver *drv = container_of(dev->driver, struct mdev_driver, driver);

	if (drv->remove)
		drv->remove(to_mdev_device(dev));
}

/* Only the parent's driver, by name: nothing binds by itself. */
static int mdev_bus_match(struct device *dev, struct device_driver *drv)
{
	return 0;
}

static struct bus_type mdev_bus_type = {
	.name = "mdev",
	.match = mdev_bus_match,
	.probe = mdev_bus_probe,
	.remove = mdev_bus_remove,
};

int mdev_register_driver(struct mdev_driver *drv)
{
	int rc = bus_state_find(&mdev_bus_type) ? 0 : bus_register(&mdev_bus_type);

	if (rc)
		return rc;
	if (!drv->device_api)
		return -EINVAL;
	drv->driver.bus = &mdev_bus_type;
	return driver_register(&drv->driver);
}

void mdev_unregister_driver(struct mdev_driver *drv)
{
	driver_unregister(&drv->driver);
}

/* ---- an instance ---- */

static void mdev_device_remove(struct mdev_device *mdev)
{
	sysfs_remove_link(mdev->type->devices_kobj, dev_name(&mdev->dev));
	sysfs_remove_link(&mdev->dev.kobj, "mdev_type");
	device_del(&mdev->dev);
	put_device(&mdev->dev);
}

static ssize_t remove_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	struct mdev_device *mdev = to_mdev_device(dev);
	struct mdev_parent *parent = mdev->type->parent;
	unsigned long val;

	if (kstrtoul(buf, 0, &val) < 0)
		return -EINVAL;
	if (!val)
		return count;
	if (!mdev->active)
		return -EAGAIN;
	/* Its parent is leaving and takes it along. */
	if (!down_read_trylock(&parent->unreg_sem))
		return -ENODEV;
	if (sysfs_remove_file_self(&dev->kobj, &attr->attr))
		mdev_device_remove(mdev);
	up_read(&parent->unreg_sem);
	return count;
}
static DEVICE_ATTR_WO(remove);

static struct attribute *mdev_device_attrs[] = {&dev_attr_remove.attr, NULL};
ATTRIBUTE_GROUPS(mdev_device);

static void mdev_device_release(struct device *dev)
{
	struct mdev_device *mdev = to_mdev_device(dev);

	kobject_put(&mdev->type->kobj);
	kfree(mdev);
}

static int mdev_same_uuid(struct device *dev, const void *uuid)
{
	return guid_equal(&to_mdev_device(dev)->uuid, uuid);
}

static int mdev_links(struct mdev_device *mdev)
{
	int rc = sysfs_create_link(mdev->type->devices_kobj, &mdev->dev.kobj, dev_name(&mdev->dev));

	if (rc)
		return rc;
	rc = sysfs_create_link(&mdev->dev.kobj, &mdev->type->kobj, "mdev_type");
	if (rc)
		sysfs_remove_link(mdev->type->devices_kobj, dev_name(&mdev->dev));
	return rc;
}

static int mdev_bring_up(struct mdev_device *mdev)
{
	int rc = device_add(&mdev->dev);

	if (rc)
		return rc;
	rc = device_driver_attach(&mdev->type->parent->mdev_driver->driver, &mdev->dev);
	if (!rc)
		rc = mdev_links(mdev);
	if (rc)
		device_del(&mdev->dev);
	mdev->active = !rc;
	return rc;
}

static int mdev_device_create(struct mdev_type *type, const guid_t *uuid)
{
	struct mdev_parent *parent = type->parent;
	struct mdev_device *mdev;
	struct device *same;
	int rc = -ENODEV;

	same = bus_find_device(&mdev_bus_type, NULL, uuid, mdev_same_uuid);
	if (same) {
		put_device(same);
		return -EEXIST;
	}
	mdev = kzalloc(sizeof(*mdev), GFP_KERNEL);
	if (!mdev)
		return -ENOMEM;
	device_initialize(&mdev->dev);
	mdev->dev.parent = parent->dev;
	mdev->dev.bus = &mdev_bus_type;
	mdev->dev.release = mdev_device_release;
	mdev->dev.groups = mdev_device_groups;
	mdev->type = type;
	guid_copy(&mdev->uuid, uuid);
	kobject_get(&type->kobj);
	if (down_read_trylock(&parent->unreg_sem)) {
		rc = dev_set_name(&mdev->dev, "%pUl", uuid);
		if (!rc)
			rc = mdev_bring_up(mdev);
		up_read(&parent->unreg_sem);
	}
	if (rc)
		put_device(&mdev->dev);
	return rc;
}

/* ---- types ---- */

static struct mdev_type *to_type(struct kobject *kobj)
{
	return container_of(kobj, struct mdev_type, kobj);
}

static ssize_t create_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t count)
{
	guid_t uuid;
	char text[UUID_STRING_LEN + 1];
	int rc;

	if (count < UUID_STRING_LEN || count > UUID_STRING_LEN + 1)
		return -EINVAL;
	memcpy(text, buf, UUID_STRING_LEN);
	text[UUID_STRING_LEN] = 0;
	rc = guid_parse(text, &uuid);
	if (!rc)
		rc = mdev_device_create(to_type(kobj), &uuid);
	return rc ? rc : (ssize_t)count;
}

static ssize_t name_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct mdev_type *type = to_type(kobj);

	return sysfs_emit(buf, "%s\n", type->pretty_name ? type->pretty_name : type->sysfs_name);
}

static ssize_t device_api_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_type(kobj)->parent->mdev_driver->device_api);
}

static ssize_t available_instances_show(struct kobject *kobj, struct kobj_attribute *attr,
					char *buf)
{
	struct mdev_type *type = to_type(kobj);

	return sysfs_emit(buf, "%u\n", type->parent->mdev_driver->get_available(type));
}

static ssize_t description_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct mdev_type *type = to_type(kobj);

	return type->parent->mdev_driver->show_description(type, buf);
}

static const struct kobj_attribute type_create = __ATTR_WO(create);
static const struct kobj_attribute type_name = __ATTR_RO(name);
static const struct kobj_attribute type_device_api = __ATTR_RO(device_api);
static const struct kobj_attribute type_available = __ATTR_RO(available_instances);
static const struct kobj_attribute type_description = __ATTR_RO(description);
static const struct attribute *const type_attrs[] = {
	&type_create.attr, &type_name.attr, &type_device_api.attr, &type_available.attr, NULL};

static void mdev_type_release(struct kobject *kobj)
{
	/* Its parent's memory. */
	put_device(to_type(kobj)->parent->dev);
}

static const struct kobj_type mdev_type_ktype = {
	.release = mdev_type_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

static void type_remove(struct mdev_type *type)
{
	kobject_put(type->devices_kobj);
	kobject_del(&type->kobj);
	kobject_put(&type->kobj);
}

static int type_add(struct mdev_parent *parent, struct mdev_type *type)
{
	int rc;

	memset(&type->kobj, 0, sizeof(type->kobj));
	type->parent = parent;
	get_device(parent->dev);
	rc = kobject_init_and_add(&type->kobj, &mdev_type_ktype, parent->types_kobj, "%s-%s",
				  dev_driver_string(parent->dev), type->sysfs_name);
	if (rc) {
		kobject_put(&type->kobj);
		return rc;
	}
	type->devices_kobj = kobject_create_and_add("devices", &type->kobj);
	rc = type->devices_kobj ? sysfs_create_files(&type->kobj, type_attrs) : -ENOMEM;
	if (!rc && parent->mdev_driver->show_description)
		rc = sysfs_create_file(&type->kobj, &type_description.attr);
	if (rc)
		type_remove(type);
	return rc;
}

/* ---- parents ---- */

/* /sys/class/mdev_bus, made with the first parent. */
static struct kernfs_node *mdev_class_dir(void)
{
	struct devcore *core = devcore_current();
	struct kernfs_node *dir = kernfs_find(core->class->sd, "mdev_bus");

	return dir ? dir : kernfs_new_node(core->class->sd, "mdev_bus", KERNFS_DIR, 0755, NULL);
}

static int mdev_class_link(struct device *dev)
{
	struct kernfs_node *dir = mdev_class_dir();
	struct kernfs_node *kn =
		IS_ERR(dir) ? dir : kernfs_new_link(dir, dev_name(dev), dev->kobj.sd);

	return PTR_ERR_OR_ZERO(kn);
}

static void mdev_class_unlink(struct device *dev)
{
	struct kernfs_node *kn = kernfs_find(mdev_class_dir(), dev_name(dev));

	if (kn)
		kernfs_remove(kn);
}

int mdev_register_parent(struct mdev_parent *parent, struct device *dev,
			 struct mdev_driver *mdev_driver, struct mdev_type **types,
			 unsigned int nr_types)
{
	unsigned int i;
	int rc;

	memset(parent, 0, sizeof(*parent));
	init_rwsem(&parent->unreg_sem);
	parent->dev = dev;
	parent->mdev_driver = mdev_driver;
	parent->types = types;
	parent->nr_types = nr_types;
	parent->types_kobj = kobject_create_and_add("mdev_supported_types", &dev->kobj);
	if (!parent->types_kobj)
		return -ENOMEM;
	for (i = 0, rc = 0; i < nr_types && !rc; i++)
		rc = type_add(parent, types[i]);
	if (!rc) {
		rc = mdev_class_link(dev);
		if (!rc)
			return 0;
		i++;
	}
	while (--i)
		type_remove(types[i - 1]);
	kobject_put(parent->types_kobj);
	return rc;
}

static int remove_child(struct device *dev, void *data)
{
	if (dev->bus == &mdev_bus_type)
		mdev_device_remove(to_mdev_device(dev));
	return 0;
}

void mdev_unregister_parent(struct mdev_parent *parent)
{
	unsigned int i;

	down_write(&parent->unreg_sem);
	mdev_class_unlink(parent->dev);
	device_for_each_child(parent->dev, NULL, remove_child);
	for (i = 0; i < parent->nr_types; i++)
		type_remove(parent->types[i]);
	kobject_put(parent->types_kobj);
	up_write(&parent->unreg_sem);
}
