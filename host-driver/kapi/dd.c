// SPDX-License-Identifier: GPL-2.0
// Binding of devices and drivers. After drivers/base/dd.c; probing is always synchronous.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "devcore.h"

/* Links both ways; the "driver" link exists only while bound. */
static int driver_sysfs_add(struct device *dev)
{
	struct driver_state *ds = driver_state_find(dev->driver);
	int rc;

	if (!ds)
		return -ENODEV;
	bus_notify(dev, BUS_NOTIFY_BIND_DRIVER);
	rc = sysfs_create_link(&ds->kobj, &dev->kobj, kobject_name(&dev->kobj));
	if (rc)
		return rc;
	rc = sysfs_create_link(&dev->kobj, &ds->kobj, "driver");
	if (rc)
		sysfs_remove_link(&ds->kobj, kobject_name(&dev->kobj));
	return rc;
}

static void driver_sysfs_remove(struct device *dev)
{
	struct driver_state *ds = driver_state_find(dev->driver);

	sysfs_remove_link(&dev->kobj, "driver");
	if (ds)
		sysfs_remove_link(&ds->kobj, kobject_name(&dev->kobj));
}

static void driver_bound(struct device *dev)
{
	dev->p->bind_seq = ++devcore_current()->bind_seq;
	bus_notify(dev, BUS_NOTIFY_BOUND_DRIVER);
	kobject_uevent(&dev->kobj, KOBJ_BIND);
}

int device_bind_driver(struct device *dev)
{
	int rc = driver_sysfs_add(dev);

	if (!rc)
		driver_bound(dev);
	else
		bus_notify(dev, BUS_NOTIFY_DRIVER_NOT_BOUND);
	return rc;
}

static void unbind_cleanup(struct device *dev)
{
	devres_release_all(dev);
	dev->driver = NULL;
	dev_set_drvdata(dev, NULL);
}

static int call_probe(struct device *dev, struct device_driver *drv)
{
	int rc = 0;

	if (dev->bus->probe)
		rc = dev->bus->probe(dev);
	else if (drv->probe)
		rc = drv->probe(dev);
	switch (rc) {
	case 0:
	case -ENODEV:
	case -ENXIO: /* the driver looked and declined */
		break;
	case -EPROBE_DEFER:
		dev_dbg(dev, "Driver %s requests probe deferral\n", drv->name);
		break;
	default:
		pr_warn("%s: probe of %s failed with error %d\n", drv->name, dev_name(dev), rc);
		break;
	}
	return rc;
}

/* Error codes of the probe itself come back positive, so that callers can tell them. */
static int really_probe(struct device *dev, struct device_driver *drv)
{
	int rc;

	if (!list_empty(&dev->devres_head)) {
		dev_crit(dev, "Resources present before probing\n");
		return -EBUSY;
	}
	dev->driver = drv;
	if (dev->bus->dma_configure) {
		rc = dev->bus->dma_configure(dev);
		if (rc)
			goto err_unbind;
	}
	rc = driver_sysfs_add(dev);
	if (rc) {
		dev_err(dev, "%s: driver_sysfs_add failed\n", __func__);
		goto err_dma;
	}
	rc = call_probe(dev, drv);
	if (rc) {
		rc = -rc;
		goto err_links;
	}
	rc = device_add_groups(dev, drv->dev_groups);
	if (rc) {
		dev_err(dev, "device_add_groups() failed\n");
		if (dev->bus->remove)
			dev->bus->remove(dev);
		else if (drv->remove)
			drv->remove(dev);
		goto err_links;
	}
	driver_bound(dev);
	return 0;
err_links:
	driver_sysfs_remove(dev);
err_dma:
	bus_notify(dev, BUS_NOTIFY_DRIVER_NOT_BOUND);
	if (dev->bus->dma_cleanup)
		dev->bus->dma_cleanup(dev);
err_unbind:
	unbind_cleanup(dev);
	return rc;
}

/* With the device lock held. */
static int probe_locked(struct device_driver *drv, struct device *dev)
{
	if (dev->p->dead || !device_is_registered(dev))
		return -ENODEV;
	if (dev->driver)
		return -EBUSY;
	dev->can_match = true;
	return really_probe(dev, drv);
}

static void lock_with_parent(struct device *dev)
{
	if (dev->parent && dev->bus && dev->bus->need_parent_lock)
		device_lock(dev->parent);
	device_lock(dev);
}

static void unlock_with_parent(struct device *dev)
{
	device_unlock(dev);
	if (dev->parent && dev->bus && dev->bus->need_parent_lock)
		device_unlock(dev->parent);
}

/* Tries one driver; 1 ends the walk: bound. */
static int attach_driver(struct device_driver *drv, void *data)
{
	struct device *dev = data;
	int rc = driver_match_device(drv, dev);

	if (rc == 0)
		return 0;
	if (rc < 0) {
		if (rc == -EPROBE_DEFER)
			return 0;
		return rc;
	}
	/* Probe errors are not errors of the walk: the next driver may try. */
	return probe_locked(drv, dev) == 0;
}

int device_attach(struct device *dev)
{
	int rc = 0;

	lock_with_parent(dev);
	if (dev->p->dead)
		goto out;
	if (dev->driver) {
		rc = device_bind_driver(dev);
		if (rc == 0) {
			rc = 1;
		} else {
			dev->driver = NULL;
			rc = 0;
		}
	} else if (dev->bus) {
		rc = bus_for_each_drv(dev->bus, NULL, dev, attach_driver);
	}
out:
	unlock_with_parent(dev);
	return rc;
}

static int attach_device(struct device *dev, void *data)
{
	struct device_driver *drv = data;
	int rc = driver_match_device(drv, dev);

	if (rc < 0 && rc != -EPROBE_DEFER)
		dev_dbg(dev, "Bus failed to match device: %d\n", rc);
	if (rc <= 0)
		return 0;
	lock_with_parent(dev);
	if (!dev->driver)
		probe_locked(drv, dev);
	unlock_with_parent(dev);
	return 0;
}

int driver_attach(struct device_driver *drv)
{
	return bus_for_each_dev(drv->bus, NULL, drv, attach_device);
}

int device_driver_attach(struct device_driver *drv, struct device *dev)
{
	int rc;

	lock_with_parent(dev);
	rc = probe_locked(drv, dev);
	unlock_with_parent(dev);
	if (rc > 0)
		rc = -rc;
	if (rc == -EPROBE_DEFER)
		return -EAGAIN;
	return rc;
}

static void release_locked(struct device *dev)
{
	struct device_driver *drv = dev->driver;

	driver_sysfs_remove(dev);
	bus_notify(dev, BUS_NOTIFY_UNBIND_DRIVER);
	device_remove_groups(dev, drv->dev_groups);
	if (dev->bus && dev->bus->remove)
		dev->bus->remove(dev);
	else if (drv->remove)
		drv->remove(dev);
	if (dev->bus && dev->bus->dma_cleanup)
		dev->bus->dma_cleanup(dev);
	unbind_cleanup(dev);
	dev->p->bind_seq = 0;
	bus_notify(dev, BUS_NOTIFY_UNBOUND_DRIVER);
	kobject_uevent(&dev->kobj, KOBJ_UNBIND);
}

void device_release_driver_of(struct device *dev, struct device_driver *drv)
{
	lock_with_parent(dev);
	if (dev->driver && (!drv || drv == dev->driver))
		release_locked(dev);
	unlock_with_parent(dev);
}

void device_release_driver(struct device *dev)
{
	device_release_driver_of(dev, NULL);
}

int device_reprobe(struct device *dev)
{
	int rc;

	if (dev->driver)
		device_release_driver(dev);
	rc = device_attach(dev);
	return rc < 0 ? rc : 0;
}

struct last_bound {
	struct device_driver *drv;
	struct device *dev;
};

static int find_last_bound(struct device *dev, void *data)
{
	struct last_bound *l = data;

	if (dev->driver == l->drv && (!l->dev || dev->p->bind_seq > l->dev->p->bind_seq))
		l->dev = dev;
	return 0;
}

void driver_detach(struct device_driver *drv)
{
	for (;;) {
		struct last_bound l = {.drv = drv};

		if (bus_for_each_dev(drv->bus, NULL, &l, find_last_bound) || !l.dev)
			return;
		get_device(l.dev);
		device_release_driver_of(l.dev, drv);
		put_device(l.dev);
	}
}
