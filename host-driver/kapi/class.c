// SPDX-License-Identifier: GPL-2.0
// Classes: their directory and devices, glue directories. After drivers/base/class.c.
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

struct class_state *class_state_find(const struct class *class)
{
	struct class_state *cs;

	list_for_each_entry (cs, &devcore_current()->classes, link)
		if (cs->class == class)
			return cs;
	return NULL;
}

static void class_kobj_release(struct kobject *kobj)
{
	struct class_state *cs = container_of(kobj, struct class_state, kobj);
	struct class *class = cs->class;

	kfree(cs);
	if (class->class_release)
		class->class_release(class);
}

static const struct kobj_type class_ktype = {
	.release = class_kobj_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

int class_register(struct class *class)
{
	struct devcore *core = devcore_current();
	struct class_state *cs = kzalloc(sizeof(*cs), GFP_KERNEL);
	int rc;

	if (!cs)
		return -ENOMEM;
	cs->class = class;
	INIT_LIST_HEAD(&cs->devs);
	INIT_LIST_HEAD(&cs->glue);
	kobject_init(&cs->kobj, &class_ktype);
	rc = kobject_add(&cs->kobj, core->class, "%s", class->name);
	if (!rc)
		rc = sysfs_create_groups(&cs->kobj, class->class_groups);
	if (rc) {
		kobject_del(&cs->kobj);
		kfree(cs->kobj.name);
		kfree(cs);
		return rc;
	}
	list_add_tail(&cs->link, &core->classes);
	return 0;
}

void class_unregister(struct class *class)
{
	struct class_state *cs = class_state_find(class);

	if (!cs)
		return;
	list_del(&cs->link);
	kobject_del(&cs->kobj);
	kobject_put(&cs->kobj);
}

static void class_free(struct class *class)
{
	kfree(class);
}

struct class *class_create_named(struct module *owner, const char *name)
{
	struct class *class = kzalloc(sizeof(*class), GFP_KERNEL);
	int rc;

	if (!class)
		return ERR_PTR(-ENOMEM);
	class->name = name;
	class->owner = owner;
	class->class_release = class_free;
	rc = class_register(class);
	if (rc) {
		kfree(class);
		return ERR_PTR(rc);
	}
	return class;
}

void class_destroy(struct class *class)
{
	if (!IS_ERR_OR_NULL(class))
		class_unregister(class);
}

static struct device *knode_dev(struct knode *n)
{
	return container_of(n, struct device_private, class)->device;
}

struct device *class_find_device(struct class *class, struct device *start, const void *data,
				 int (*match)(struct device *, const void *))
{
	struct class_state *cs = class_state_find(class);
	struct knode *n;

	if (!cs)
		return NULL;
	n = knode_after(&cs->devs, start ? &start->p->class.link : &cs->devs);
	for (; n; n = knode_after(&cs->devs, &n->link))
		if (match(knode_dev(n), data))
			return get_device(knode_dev(n));
	return NULL;
}

int class_for_each_device(struct class *class, struct device *start, void *data,
			  int (*fn)(struct device *, void *))
{
	struct class_state *cs = class_state_find(class);
	struct knode *n;
	int rc = 0;

	if (!cs)
		return -EINVAL;
	n = knode_after(&cs->devs, start ? &start->p->class.link : &cs->devs);
	while (n && !rc) {
		struct device *dev = get_device(knode_dev(n));

		knode_pin(n);
		rc = fn(dev, data);
		n = knode_after(&cs->devs, &n->link);
		knode_unpin(&dev->p->class);
		put_device(dev);
	}
	return rc;
}

static struct kobject *virtual_dir(struct devcore *core)
{
	if (!core->virtual_devices)
		core->virtual_devices = kobject_create_and_add("virtual", core->devices);
	return core->virtual_devices;
}

/* The directory of the class below @parent, counted by its devices. */
struct kobject *class_parent_kobj(struct device *dev, struct kobject *parent)
{
	struct class_state *cs = class_state_find(dev->class);
	struct class_glue *g;

	if (!cs)
		return NULL;
	if (!dev->parent)
		parent = virtual_dir(devcore_current());
	else if (dev->parent->class)
		return parent;
	if (!parent)
		return NULL;
	list_for_each_entry (g, &cs->glue, link)
		if (g->kobj->parent == parent)
			goto found;
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return NULL;
	g->kobj = kobject_create_and_add(dev->class->name, parent);
	if (!g->kobj) {
		kfree(g);
		return NULL;
	}
	list_add_tail(&g->link, &cs->glue);
found:
	g->users++;
	dev->p->glue = g;
	return g->kobj;
}

void class_put_glue(struct device *dev)
{
	struct class_glue *g = dev->p->glue;

	dev->p->glue = NULL;
	if (!g || --g->users)
		return;
	list_del(&g->link);
	kobject_del(g->kobj);
	kobject_put(g->kobj);
	kfree(g);
}

int class_add_device(struct device *dev)
{
	struct class_state *cs = dev->class ? class_state_find(dev->class) : NULL;
	int rc;

	if (!dev->class)
		return 0;
	if (!cs)
		return -EINVAL;
	rc = sysfs_create_link(&dev->kobj, &cs->kobj, "subsystem");
	if (!rc)
		rc = sysfs_create_link(&cs->kobj, &dev->kobj, dev_name(dev));
	if (!rc && dev->parent)
		rc = sysfs_create_link(&dev->kobj, &dev->parent->kobj, "device");
	if (!rc)
		rc = device_add_groups(dev, dev->class->dev_groups);
	if (rc) {
		sysfs_remove_link(&dev->kobj, "device");
		sysfs_remove_link(&cs->kobj, dev_name(dev));
		sysfs_remove_link(&dev->kobj, "subsystem");
		return rc;
	}
	kobject_get(&cs->kobj);
	knode_add(&dev->p->class, &cs->devs);
	return 0;
}

void class_remove_device(struct device *dev)
{
	struct class_state *cs = dev->class ? class_state_find(dev->class) : NULL;

	if (!cs)
		return;
	knode_del(&dev->p->class);
	device_remove_groups(dev, dev->class->dev_groups);
	if (dev->parent)
		sysfs_remove_link(&dev->kobj, "device");
	sysfs_remove_link(&cs->kobj, dev_name(dev));
	sysfs_remove_link(&dev->kobj, "subsystem");
	kobject_put(&cs->kobj);
}
