// SPDX-License-Identifier: GPL-2.0
// Devices: life, attributes, children. After drivers/base/core.c.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

static ssize_t dev_attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct device_attribute *da = container_of(attr, struct device_attribute, attr);

	return da->show ? da->show(kobj_to_dev(kobj), da, buf) : -EIO;
}

static ssize_t dev_attr_store(struct kobject *kobj, struct attribute *attr, const char *buf,
			      size_t count)
{
	struct device_attribute *da = container_of(attr, struct device_attribute, attr);

	return da->store ? da->store(kobj_to_dev(kobj), da, buf, count) : -EIO;
}

static const struct sysfs_ops dev_sysfs_ops = {
	.show = dev_attr_show,
	.store = dev_attr_store,
};

static void device_release(struct kobject *kobj)
{
	struct device *dev = kobj_to_dev(kobj);
	struct device_private *p = dev->p;

	devres_release_all(dev);
	if (dev->release)
		dev->release(dev);
	else if (dev->type && dev->type->release)
		dev->type->release(dev);
	else if (dev->class && dev->class->dev_release)
		dev->class->dev_release(dev);
	else
		WARN(1,
		     "Device '%s' does not have a release() function, it is broken and must be "
		     "fixed.\n",
		     kobj->name);
	kfree(p);
}

static const struct kobj_type device_ktype = {
	.release = device_release,
	.sysfs_ops = &dev_sysfs_ops,
};

void device_initialize(struct device *dev)
{
	kobject_init(&dev->kobj, &device_ktype);
	mutex_init(&dev->mutex);
	spin_lock_init(&dev->devres_lock);
	INIT_LIST_HEAD(&dev->devres_head);
	dev->numa_node = NUMA_NO_NODE;
}

int dev_set_name(struct device *dev, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = kobject_set_name_vargs(&dev->kobj, fmt, args);
	va_end(args);
	return rc;
}

const char *dev_bus_name(const struct device *dev)
{
	if (dev->bus)
		return dev->bus->name;
	return dev->class ? dev->class->name : "";
}

const char *dev_driver_string(const struct device *dev)
{
	return dev->driver ? dev->driver->name : dev_bus_name(dev);
}

struct device *get_device(struct device *dev)
{
	return dev ? kobj_to_dev(kobject_get(&dev->kobj)) : NULL;
}

void put_device(struct device *dev)
{
	if (dev)
		kobject_put(&dev->kobj);
}

/* ---- attributes that every device has ---- */

static int dev_uevent(struct device *dev, struct kobj_uevent_env *env)
{
	int rc = 0;

	if (MAJOR(dev->devt)) {
		umode_t mode = 0;
		kuid_t uid = GLOBAL_ROOT_UID;
		kgid_t gid = GLOBAL_ROOT_GID;
		char *name = devnode_name(dev, &mode, &uid, &gid);

		add_uevent_var(env, "MAJOR=%u", MAJOR(dev->devt));
		add_uevent_var(env, "MINOR=%u", MINOR(dev->devt));
		if (name) {
			add_uevent_var(env, "DEVNAME=%s", name);
			if (mode)
				add_uevent_var(env, "DEVMODE=%#o", mode & 0777);
			kfree(name);
		}
	}
	if (dev->type && dev->type->name)
		add_uevent_var(env, "DEVTYPE=%s", dev->type->name);
	if (dev->driver)
		add_uevent_var(env, "DRIVER=%s", dev->driver->name);
	if (dev->bus && dev->bus->uevent)
		rc = dev->bus->uevent(dev, env);
	if (!rc && dev->class && dev->class->dev_uevent)
		rc = dev->class->dev_uevent(dev, env);
	if (!rc && dev->type && dev->type->uevent)
		rc = dev->type->uevent(dev, env);
	return rc;
}

static ssize_t uevent_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct kobj_uevent_env *env = kzalloc(sizeof(*env), GFP_KERNEL);
	ssize_t len = -ENOMEM;

	if (!env)
		return len;
	len = dev_uevent(dev, env);
	if (!len)
		len = sysfs_emit(buf, "%s", env->buf);
	kfree(env);
	return len;
}

static ssize_t uevent_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	static const char *const actions[] = {"add",	"remove",  "change", "move",
					      "online", "offline", "bind",   "unbind"};
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(actions); i++) {
		if (sysfs_streq(buf, actions[i])) {
			kobject_uevent(&dev->kobj, i);
			return count;
		}
	}
	dev_err(dev, "uevent: failed to send synthetic uevent: %d\n", -EINVAL);
	return -EINVAL;
}

static ssize_t dev_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u:%u\n", MAJOR(dev->devt), MINOR(dev->devt));
}

static const struct device_attribute dev_attr_uevent =
	__ATTR(uevent, 0644, uevent_show, uevent_store);
static const struct device_attribute dev_attr_dev = __ATTR(dev, 0444, dev_show, NULL);

int device_create_file(struct device *dev, const struct device_attribute *attr)
{
	return sysfs_create_file(&dev->kobj, &attr->attr);
}

void device_remove_file(struct device *dev, const struct device_attribute *attr)
{
	sysfs_remove_file(&dev->kobj, &attr->attr);
}

int device_create_bin_file(struct device *dev, const struct bin_attribute *attr)
{
	return sysfs_create_bin_file(&dev->kobj, attr);
}

void device_remove_bin_file(struct device *dev, const struct bin_attribute *attr)
{
	sysfs_remove_bin_file(&dev->kobj, attr);
}

int device_add_groups(struct device *dev, const struct attribute_group **groups)
{
	return sysfs_create_groups(&dev->kobj, groups);
}

void device_remove_groups(struct device *dev, const struct attribute_group **groups)
{
	sysfs_remove_groups(&dev->kobj, groups);
}

int device_add_group(struct device *dev, const struct attribute_group *grp)
{
	return sysfs_create_group(&dev->kobj, grp);
}

void device_remove_group(struct device *dev, const struct attribute_group *grp)
{
	sysfs_remove_group(&dev->kobj, grp);
}

/* Groups of the type, then the device's own; those of class and bus come with class and bus. */
static int add_attrs(struct device *dev)
{
	int rc = device_create_file(dev, &dev_attr_uevent);

	if (rc)
		return rc;
	if (MAJOR(dev->devt)) {
		rc = device_create_file(dev, &dev_attr_dev);
		if (rc)
			goto err_uevent;
	}
	if (dev->type) {
		rc = device_add_groups(dev, dev->type->groups);
		if (rc)
			goto err_dev;
	}
	rc = device_add_groups(dev, dev->groups);
	if (!rc)
		return 0;
	if (dev->type)
		device_remove_groups(dev, dev->type->groups);
err_dev:
	device_remove_file(dev, &dev_attr_dev);
err_uevent:
	device_remove_file(dev, &dev_attr_uevent);
	return rc;
}

static void remove_attrs(struct device *dev)
{
	device_remove_groups(dev, dev->groups);
	if (dev->type)
		device_remove_groups(dev, dev->type->groups);
	if (MAJOR(dev->devt))
		device_remove_file(dev, &dev_attr_dev);
	device_remove_file(dev, &dev_attr_uevent);
}

/* ---- adding and removing ---- */

static int private_init(struct device *dev)
{
	struct device_private *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	p->device = dev;
	INIT_LIST_HEAD(&p->all);
	INIT_LIST_HEAD(&p->children);
	knode_init(&p->bus);
	knode_init(&p->parent);
	knode_init(&p->class);
	dev->p = p;
	return 0;
}

static int take_name(struct device *dev)
{
	int rc = 0;

	if (dev->init_name) {
		rc = dev_set_name(dev, "%s", dev->init_name);
		dev->init_name = NULL;
	}
	if (!rc && (!dev_name(dev) || !dev_name(dev)[0]))
		rc = -EINVAL;
	return rc;
}

/* The directory it goes into; NULL when it cannot be made. */
static struct kobject *parent_kobj(struct device *dev)
{
	struct kobject *parent = dev->parent ? &dev->parent->kobj : NULL;

	if (dev->class)
		return class_parent_kobj(dev, parent);
	return parent ? parent : devcore_current()->devices;
}

static void link_parent(struct device *dev)
{
	if (dev->parent && dev->parent->p)
		knode_add(&dev->p->parent, &dev->parent->p->children);
	list_add_tail(&dev->p->all, &devcore_current()->all);
}

int device_add(struct device *dev)
{
	struct kobject *kparent;
	int rc;

	dev = get_device(dev);
	if (!dev)
		return -EINVAL;
	rc = dev->p ? 0 : private_init(dev);
	if (!rc)
		rc = take_name(dev);
	if (rc)
		goto err_put;
	get_device(dev->parent);
	if (dev->parent && dev->numa_node == NUMA_NO_NODE)
		set_dev_node(dev, dev_to_node(dev->parent));
	kparent = parent_kobj(dev);
	rc = kparent ? kobject_add(&dev->kobj, kparent, NULL) : -ENOMEM;
	if (rc)
		goto err_glue;
	rc = add_attrs(dev);
	if (rc)
		goto err_kobj;
	rc = class_add_device(dev);
	if (rc)
		goto err_attrs;
	rc = bus_add_device(dev);
	if (rc)
		goto err_class;
	rc = devnode_create(dev);
	if (rc)
		goto err_bus;
	link_parent(dev);
	bus_notify(dev, BUS_NOTIFY_ADD_DEVICE);
	kobject_uevent(&dev->kobj, KOBJ_ADD);
	bus_probe_device(dev);
	put_device(dev);
	return 0;
err_bus:
	bus_remove_device(dev);
err_class:
	class_remove_device(dev);
err_attrs:
	remove_attrs(dev);
err_kobj:
	kobject_del(&dev->kobj);
err_glue:
	class_put_glue(dev);
	put_device(dev->parent);
err_put:
	put_device(dev);
	return rc;
}

int device_register(struct device *dev)
{
	device_initialize(dev);
	return device_add(dev);
}

void device_del(struct device *dev)
{
	struct device *parent = dev->parent;

	device_lock(dev);
	dev->p->dead = true;
	device_unlock(dev);
	bus_notify(dev, BUS_NOTIFY_DEL_DEVICE);
	knode_del(&dev->p->parent);
	list_del_init(&dev->p->all);
	devnode_remove(dev);
	class_remove_device(dev);
	remove_attrs(dev);
	bus_remove_device(dev);
	/* Without a bus there is no driver to free them. */
	devres_release_all(dev);
	bus_notify(dev, BUS_NOTIFY_REMOVED_DEVICE);
	kobject_uevent(&dev->kobj, KOBJ_REMOVE);
	kobject_del(&dev->kobj);
	class_put_glue(dev);
	put_device(parent);
}

void device_unregister(struct device *dev)
{
	device_del(dev);
	put_device(dev);
}

/* ---- children ---- */

static struct device *knode_child(struct knode *n)
{
	return container_of(n, struct device_private, parent)->device;
}

int device_for_each_child(struct device *parent, void *data,
			  int (*fn)(struct device *dev, void *data))
{
	struct list_head *list;
	struct knode *n;
	int rc = 0;

	if (!parent->p)
		return 0;
	list = &parent->p->children;
	n = knode_after(list, list);
	while (n && !rc) {
		struct device *dev = get_device(knode_child(n));

		knode_pin(n);
		rc = fn(dev, data);
		n = knode_after(list, &n->link);
		knode_unpin(&dev->p->parent);
		put_device(dev);
	}
	return rc;
}

/* The last live member before @pos. */
static struct knode *knode_before(struct list_head *list, struct list_head *pos)
{
	for (pos = pos->prev; pos != list; pos = pos->prev) {
		struct knode *n = container_of(pos, struct knode, link);

		if (!n->dead)
			return n;
	}
	return NULL;
}

int device_for_each_child_reverse(struct device *parent, void *data,
				  int (*fn)(struct device *dev, void *data))
{
	struct list_head *list;
	struct knode *n;
	int rc = 0;

	if (!parent->p)
		return 0;
	list = &parent->p->children;
	n = knode_before(list, list);
	while (n && !rc) {
		struct device *dev = get_device(knode_child(n));

		knode_pin(n);
		rc = fn(dev, data);
		n = knode_before(list, &n->link);
		knode_unpin(&dev->p->parent);
		put_device(dev);
	}
	return rc;
}

struct device *device_find_child(struct device *parent, void *data,
				 int (*match)(struct device *dev, void *data))
{
	struct list_head *list;
	struct knode *n;

	if (!parent || !parent->p)
		return NULL;
	list = &parent->p->children;
	for (n = knode_after(list, list); n; n = knode_after(list, &n->link))
		if (match(knode_child(n), data))
			return get_device(knode_child(n));
	return NULL;
}

static int child_has_name(struct device *dev, void *name)
{
	return sysfs_streq(dev_name(dev), name);
}

struct device *device_find_child_by_name(struct device *parent, const char *name)
{
	return device_find_child(parent, (void *)name, child_has_name);
}

int device_match_name(struct device *dev, const void *name)
{
	return sysfs_streq(dev_name(dev), name);
}

int device_match_devt(struct device *dev, const void *pdevt)
{
	return dev->devt == *(const dev_t *)pdevt;
}

int device_match_any(struct device *dev, const void *unused)
{
	return 1;
}

/* ---- devices without a structure of their own ---- */

static void create_release(struct device *dev)
{
	kfree(dev);
}

struct device *device_create(struct class *class, struct device *parent, dev_t devt, void *drvdata,
			     const char *fmt, ...)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	va_list args;
	int rc;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	device_initialize(dev);
	dev->devt = devt;
	dev->class = class;
	dev->parent = parent;
	dev->release = create_release;
	dev_set_drvdata(dev, drvdata);
	va_start(args, fmt);
	rc = kobject_set_name_vargs(&dev->kobj, fmt, args);
	va_end(args);
	if (!rc)
		rc = device_add(dev);
	if (rc) {
		put_device(dev);
		return ERR_PTR(rc);
	}
	return dev;
}

void device_destroy(struct class *class, dev_t devt)
{
	struct device *dev = class_find_device(class, NULL, &devt, device_match_devt);

	if (dev) {
		put_device(dev);
		device_unregister(dev);
	}
}

void device_shutdown(void)
{
	struct devcore *core = devcore_current();

	while (!list_empty(&core->all)) {
		struct device_private *p = list_last_entry(&core->all, struct device_private, all);
		struct device *dev = get_device(p->device);

		list_del_init(&p->all);
		device_lock(dev);
		if (dev->class && dev->class->shutdown_pre)
			dev->class->shutdown_pre(dev);
		if (dev->bus && dev->bus->shutdown)
			dev->bus->shutdown(dev);
		else if (dev->driver && dev->driver->shutdown)
			dev->driver->shutdown(dev);
		device_unlock(dev);
		put_device(dev);
	}
}
