// SPDX-License-Identifier: GPL-2.0
// Buses: their directory, their devices and drivers in order, notifiers. After drivers/base/bus.c.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

struct bus_state *bus_state_find(const struct bus_type *bus)
{
	struct bus_state *bs;

	list_for_each_entry (bs, &devcore_current()->buses, link)
		if (bs->bus == bus)
			return bs;
	return NULL;
}

static struct bus_state *kobj_to_bus(struct kobject *kobj)
{
	return container_of(kobj, struct bus_state, kobj);
}

static void bus_release(struct kobject *kobj)
{
	kfree(kobj_to_bus(kobj));
}

static ssize_t drivers_autoprobe_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", kobj_to_bus(kobj)->autoprobe);
}

static ssize_t drivers_autoprobe_store(struct kobject *kobj, struct kobj_attribute *attr,
				       const char *buf, size_t count)
{
	kobj_to_bus(kobj)->autoprobe = buf[0] != '0';
	return count;
}

/* One device after another that has no driver; what bus_rescan_devices() does for all. */
static int rescan_one(struct device *dev, void *data)
{
	int rc = 0;

	if (!dev->driver)
		rc = device_attach(dev);
	return rc < 0 ? rc : 0;
}

static ssize_t drivers_probe_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	struct device *dev = bus_find_device_by_name(kobj_to_bus(kobj)->bus, NULL, buf);
	int rc;

	if (!dev)
		return -ENODEV;
	rc = rescan_one(dev, NULL);
	put_device(dev);
	return rc ? rc : (ssize_t)count;
}

static const struct kobj_attribute bus_autoprobe =
	__ATTR(drivers_autoprobe, 0644, drivers_autoprobe_show, drivers_autoprobe_store);
static const struct kobj_attribute bus_probe =
	__ATTR(drivers_probe, 0200, NULL, drivers_probe_store);
static const struct attribute *const bus_attrs[] = {&bus_probe.attr, &bus_autoprobe.attr, NULL};

static const struct kobj_type bus_ktype = {
	.release = bus_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

int bus_register(struct bus_type *bus)
{
	struct devcore *core = devcore_current();
	struct bus_state *bs = kzalloc(sizeof(*bs), GFP_KERNEL);
	int rc;

	if (!bs)
		return -ENOMEM;
	bs->bus = bus;
	bs->autoprobe = true;
	INIT_LIST_HEAD(&bs->link);
	INIT_LIST_HEAD(&bs->devs);
	INIT_LIST_HEAD(&bs->drvs);
	INIT_LIST_HEAD(&bs->notifiers);
	rc = kobject_init_and_add(&bs->kobj, &bus_ktype, core->bus, "%s", bus->name);
	if (rc)
		goto err;
	rc = -ENOMEM;
	bs->devices = kobject_create_and_add("devices", &bs->kobj);
	bs->drivers = kobject_create_and_add("drivers", &bs->kobj);
	if (!bs->devices || !bs->drivers)
		goto err;
	rc = sysfs_create_files(&bs->kobj, bus_attrs);
	if (!rc)
		rc = sysfs_create_groups(&bs->kobj, bus->bus_groups);
	if (rc)
		goto err;
	list_add_tail(&bs->link, &core->buses);
	return 0;
err:
	kobject_put(bs->devices);
	kobject_put(bs->drivers);
	kobject_put(&bs->kobj);
	return rc;
}

void bus_unregister(struct bus_type *bus)
{
	struct bus_state *bs = bus_state_find(bus);
	struct bus_notifier *n, *next;

	if (!bs)
		return;
	WARN_ON(knode_after(&bs->devs, &bs->devs) || knode_after(&bs->drvs, &bs->drvs));
	list_del_init(&bs->link);
	list_for_each_entry_safe (n, next, &bs->notifiers, link)
		kfree(n);
	kobject_put(bs->drivers);
	kobject_put(bs->devices);
	kobject_del(&bs->kobj);
	kobject_put(&bs->kobj);
}

int bus_for_each_dev(struct bus_type *bus, struct device *start, void *data,
		     int (*fn)(struct device *, void *))
{
	struct bus_state *bs = bus_state_find(bus);
	struct knode *n;
	int rc = 0;

	if (!bs)
		return -EINVAL;
	n = knode_after(&bs->devs, start ? &start->p->bus.link : &bs->devs);
	while (n && !rc) {
		struct device *dev = get_device(bus_knode_dev(n)->device);

		knode_pin(n);
		rc = fn(dev, data);
		n = knode_after(&bs->devs, &n->link);
		knode_unpin(&dev->p->bus);
		put_device(dev);
	}
	return rc;
}

int bus_for_each_drv(struct bus_type *bus, struct device_driver *start, void *data,
		     int (*fn)(struct device_driver *, void *))
{
	struct bus_state *bs = bus_state_find(bus);
	struct driver_state *from = start ? driver_state_find(start) : NULL;
	struct knode *n;
	int rc = 0;

	if (!bs)
		return -EINVAL;
	n = knode_after(&bs->drvs, from ? &from->node.link : &bs->drvs);
	while (n && !rc) {
		struct driver_state *ds = container_of(n, struct driver_state, node);

		kobject_get(&ds->kobj);
		knode_pin(n);
		rc = fn(ds->drv, data);
		n = knode_after(&bs->drvs, &n->link);
		knode_unpin(&ds->node);
		kobject_put(&ds->kobj);
	}
	return rc;
}

struct device *bus_find_device(struct bus_type *bus, struct device *start, const void *data,
			       int (*match)(struct device *dev, const void *data))
{
	struct bus_state *bs = bus_state_find(bus);
	struct knode *n;

	if (!bs)
		return NULL;
	n = knode_after(&bs->devs, start ? &start->p->bus.link : &bs->devs);
	for (; n; n = knode_after(&bs->devs, &n->link)) {
		struct device *dev = bus_knode_dev(n)->device;

		if (match(dev, data))
			return get_device(dev);
	}
	return NULL;
}

struct device *bus_find_device_by_name(struct bus_type *bus, struct device *start, const char *name)
{
	return bus_find_device(bus, start, name, device_match_name);
}

int bus_rescan_devices(struct bus_type *bus)
{
	return bus_for_each_dev(bus, NULL, NULL, rescan_one);
}

int bus_add_device(struct device *dev)
{
	struct bus_state *bs;
	int rc;

	if (!dev->bus)
		return 0;
	bs = bus_state_find(dev->bus);
	if (!bs)
		return -EINVAL;
	rc = device_add_groups(dev, dev->bus->dev_groups);
	if (rc)
		return rc;
	rc = sysfs_create_link(bs->devices, &dev->kobj, dev_name(dev));
	if (rc)
		goto err_groups;
	rc = sysfs_create_link(&dev->kobj, &bs->kobj, "subsystem");
	if (rc)
		goto err_link;
	kobject_get(&bs->kobj);
	knode_add(&dev->p->bus, &bs->devs);
	return 0;
err_link:
	sysfs_remove_link(bs->devices, dev_name(dev));
err_groups:
	device_remove_groups(dev, dev->bus->dev_groups);
	return rc;
}

void bus_probe_device(struct device *dev)
{
	struct bus_state *bs = dev->bus ? bus_state_find(dev->bus) : NULL;
	int rc;

	if (bs && bs->autoprobe) {
		rc = device_attach(dev);
		WARN_ON(rc < 0);
	}
}

void bus_remove_device(struct device *dev)
{
	struct bus_state *bs = dev->bus ? bus_state_find(dev->bus) : NULL;

	if (!bs)
		return;
	sysfs_remove_link(&dev->kobj, "subsystem");
	sysfs_remove_link(bs->devices, dev_name(dev));
	device_remove_groups(dev, dev->bus->dev_groups);
	knode_del(&dev->p->bus);
	device_release_driver(dev);
	kobject_put(&bs->kobj);
}

int bus_register_notifier(struct bus_type *bus, struct notifier_block *nb)
{
	struct bus_state *bs = bus_state_find(bus);
	struct bus_notifier *n, *pos;

	if (!bs)
		return -EINVAL;
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return -ENOMEM;
	n->nb = nb;
	list_for_each_entry (pos, &bs->notifiers, link)
		if (pos->nb->priority < nb->priority)
			break;
	list_add_tail(&n->link, &pos->link);
	return 0;
}

int bus_unregister_notifier(struct bus_type *bus, struct notifier_block *nb)
{
	struct bus_state *bs = bus_state_find(bus);
	struct bus_notifier *n;

	if (!bs)
		return -EINVAL;
	list_for_each_entry (n, &bs->notifiers, link) {
		if (n->nb == nb) {
			list_del(&n->link);
			kfree(n);
			return 0;
		}
	}
	return -ENOENT;
}

void bus_notify(struct device *dev, unsigned long action)
{
	struct bus_state *bs = dev->bus ? bus_state_find(dev->bus) : NULL;
	struct bus_notifier *n, *next;

	if (!bs)
		return;
	list_for_each_entry_safe (n, next, &bs->notifiers, link)
		if (n->nb->notifier_call(n->nb, action, dev) & NOTIFY_STOP_MASK)
			break;
}
