// SPDX-License-Identifier: GPL-2.0
// Drivers: their directory with bind and unbind, their devices. After drivers/base/{bus,driver}.c.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

struct driver_state *driver_state_find(const struct device_driver *drv)
{
	struct bus_state *bs = drv->bus ? bus_state_find(drv->bus) : NULL;
	struct knode *n;

	if (!bs)
		return NULL;
	for (n = knode_after(&bs->drvs, &bs->drvs); n; n = knode_after(&bs->drvs, &n->link)) {
		struct driver_state *ds = container_of(n, struct driver_state, node);

		if (ds->drv == drv)
			return ds;
	}
	return NULL;
}

static struct driver_state *kobj_to_driver(struct kobject *kobj)
{
	return container_of(kobj, struct driver_state, kobj);
}

static void driver_release(struct kobject *kobj)
{
	kfree(kobj_to_driver(kobj));
}

static ssize_t drv_attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct driver_attribute *da = container_of(attr, struct driver_attribute, attr);

	return da->show ? da->show(kobj_to_driver(kobj)->drv, buf) : -EIO;
}

static ssize_t drv_attr_store(struct kobject *kobj, struct attribute *attr, const char *buf,
			      size_t count)
{
	struct driver_attribute *da = container_of(attr, struct driver_attribute, attr);

	return da->store ? da->store(kobj_to_driver(kobj)->drv, buf, count) : -EIO;
}

static const struct sysfs_ops driver_sysfs_ops = {
	.show = drv_attr_show,
	.store = drv_attr_store,
};

static const struct kobj_type driver_ktype = {
	.release = driver_release,
	.sysfs_ops = &driver_sysfs_ops,
};

static ssize_t bind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, buf);
	int rc = -ENODEV;

	if (dev && driver_match_device(drv, dev) > 0)
		rc = device_driver_attach(drv, dev);
	put_device(dev);
	return rc ? rc : (ssize_t)count;
}

static ssize_t unbind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, buf);
	ssize_t rc = -ENODEV;

	if (dev && dev->driver == drv) {
		device_release_driver_of(dev, drv);
		rc = count;
	}
	put_device(dev);
	return rc;
}

static ssize_t uevent_store(struct device_driver *drv, const char *buf, size_t count)
{
	kobject_uevent(&driver_state_find(drv)->kobj, KOBJ_CHANGE);
	return count;
}

static const struct driver_attribute driver_attr_uevent = __ATTR_WO(uevent);
static const struct driver_attribute driver_attr_bind = __ATTR_WO(bind);
static const struct driver_attribute driver_attr_unbind = __ATTR_WO(unbind);

int driver_create_file(struct device_driver *drv, const struct driver_attribute *attr)
{
	struct driver_state *ds = driver_state_find(drv);

	return ds ? sysfs_create_file(&ds->kobj, &attr->attr) : -EINVAL;
}

void driver_remove_file(struct device_driver *drv, const struct driver_attribute *attr)
{
	struct driver_state *ds = driver_state_find(drv);

	if (ds)
		sysfs_remove_file(&ds->kobj, &attr->attr);
}

int driver_match_device(struct device_driver *drv, struct device *dev)
{
	return drv->bus->match ? drv->bus->match(dev, drv) : 1;
}

/* /sys/module/NAME with a link to the driver, and back: only the directory is looked at by
 * programs. */
static void module_add_driver(struct driver_state *ds)
{
	struct devcore *core = devcore_current();
	const char *name = ds->drv->mod_name;
	struct kobject *kobj;

	if (!name || !core->module->sd || kernfs_find(core->module->sd, name))
		return;
	/* The module stays loaded for the life of the kernel: nobody puts the directory. */
	kobj = kobject_create_and_add(name, core->module);
	if (!kobj)
		pr_warn("no directory for module %s\n", name);
}

struct device_driver *driver_find(const char *name, struct bus_type *bus)
{
	struct bus_state *bs = bus_state_find(bus);
	struct knode *n;

	if (!bs)
		return NULL;
	for (n = knode_after(&bs->drvs, &bs->drvs); n; n = knode_after(&bs->drvs, &n->link)) {
		struct driver_state *ds = container_of(n, struct driver_state, node);

		if (strcmp(ds->drv->name, name) == 0)
			return ds->drv;
	}
	return NULL;
}

static int add_files(struct driver_state *ds)
{
	struct device_driver *drv = ds->drv;
	int rc = sysfs_create_file(&ds->kobj, &driver_attr_uevent.attr);

	if (!rc && !drv->suppress_bind_attrs) {
		rc = sysfs_create_file(&ds->kobj, &driver_attr_unbind.attr);
		if (!rc)
			rc = sysfs_create_file(&ds->kobj, &driver_attr_bind.attr);
	}
	if (!rc)
		rc = sysfs_create_groups(&ds->kobj, drv->bus->drv_groups);
	if (!rc)
		rc = sysfs_create_groups(&ds->kobj, drv->groups);
	return rc;
}

int driver_register(struct device_driver *drv)
{
	struct bus_state *bs = drv->bus ? bus_state_find(drv->bus) : NULL;
	struct driver_state *ds;
	int rc;

	if (!bs) {
		pr_err("Driver '%s' was unable to register with bus_type '%s' because the bus was "
		       "not initialized.\n",
		       drv->name, drv->bus ? drv->bus->name : "(none)");
		return -EINVAL;
	}
	if (driver_find(drv->name, drv->bus)) {
		pr_err("Error: Driver '%s' is already registered, aborting...\n", drv->name);
		return -EBUSY;
	}
	ds = kzalloc(sizeof(*ds), GFP_KERNEL);
	if (!ds)
		return -ENOMEM;
	ds->drv = drv;
	ds->bus = bs;
	knode_init(&ds->node);
	rc = kobject_init_and_add(&ds->kobj, &driver_ktype, bs->drivers, "%s", drv->name);
	if (rc)
		goto err;
	kobject_get(&bs->kobj);
	knode_add(&ds->node, &bs->drvs);
	module_add_driver(ds);
	/* The kernel probes first and goes on when a file fails; a missing file is an error here.
	 */
	rc = add_files(ds);
	if (!rc && bs->autoprobe)
		rc = driver_attach(drv);
	if (rc) {
		knode_del(&ds->node);
		kobject_put(&bs->kobj);
		goto err;
	}
	kobject_uevent(&ds->kobj, KOBJ_ADD);
	return 0;
err:
	kobject_del(&ds->kobj);
	kobject_put(&ds->kobj);
	return rc;
}

void driver_unregister(struct device_driver *drv)
{
	struct driver_state *ds = driver_state_find(drv);

	if (WARN(!ds, "Unexpected driver unregister!\n"))
		return;
	sysfs_remove_groups(&ds->kobj, drv->groups);
	sysfs_remove_groups(&ds->kobj, drv->bus->drv_groups);
	if (!drv->suppress_bind_attrs) {
		sysfs_remove_file(&ds->kobj, &driver_attr_bind.attr);
		sysfs_remove_file(&ds->kobj, &driver_attr_unbind.attr);
	}
	driver_detach(drv);
	knode_del(&ds->node);
	kobject_put(&ds->bus->kobj);
	kobject_del(&ds->kobj);
	kobject_put(&ds->kobj);
}

struct driver_walk {
	struct device_driver *drv;
	void *data;
	int (*fn)(struct device *dev, void *data);
};

static int driver_walk_one(struct device *dev, void *data)
{
	struct driver_walk *w = data;

	return dev->driver == w->drv ? w->fn(dev, w->data) : 0;
}

int driver_for_each_device(struct device_driver *drv, struct device *start, void *data,
			   int (*fn)(struct device *, void *))
{
	struct driver_walk w = {.drv = drv, .data = data, .fn = fn};

	return bus_for_each_dev(drv->bus, start, &w, driver_walk_one);
}

struct device *driver_find_device(struct device_driver *drv, struct device *start, const void *data,
				  int (*match)(struct device *dev, const void *data))
{
	struct bus_state *bs = bus_state_find(drv->bus);
	struct knode *n;

	if (!bs)
		return NULL;
	n = knode_after(&bs->devs, start ? &start->p->bus.link : &bs->devs);
	for (; n; n = knode_after(&bs->devs, &n->link)) {
		struct device *dev = bus_knode_dev(n)->device;

		if (dev->driver == drv && match(dev, data))
			return get_device(dev);
	}
	return NULL;
}
