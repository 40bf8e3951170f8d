/* SPDX-License-Identifier: GPL-2.0 */
/* Mediated devices of Linux 6.1: types of a parent, instances created by UUID. */
#ifndef MDEV_H
#define MDEV_H

#include <linux/device.h>
#include <linux/rwsem.h>
#include <linux/uuid.h>

struct mdev_type;

struct mdev_device {
	struct device dev;
	guid_t uuid;
	struct mdev_type *type;
	bool active;
};

struct mdev_type {
	/* The driver's, before mdev_register_parent(). */
	const char *sysfs_name;
	const char *pretty_name; /* attribute `name`; NULL: sysfs_name */

	struct mdev_parent *parent;
	/* kapi's */
	struct kobject kobj;
	struct kobject *devices_kobj;
};

/* Embedded by the driver, one per device that mediated devices hang off. */
struct mdev_parent {
	struct device *dev;
	struct mdev_driver *mdev_driver;
	struct kobject *types_kobj;
	struct rw_semaphore unreg_sem; /* creation and removal against the parent's end */
	struct mdev_type **types;
	unsigned int nr_types;
};

static inline struct mdev_device *to_mdev_device(struct device *dev)
{
	return container_of(dev, struct mdev_device, dev);
}

struct mdev_driver {
	const char *device_api; /* needed */
	int (*probe)(struct mdev_device *dev);
	void (*remove)(struct mdev_device *dev);
	unsigned int (*get_available)(struct mdev_type *mtype);
	ssize_t (*show_description)(struct mdev_type *mtype, char *buf); /* NULL: no attribute */
	struct device_driver driver;
};

/*
 * Makes DEV/mdev_supported_types/DRIVER-TYPE/{create, name, device_api, available_instances,
 * devices/} and /sys/class/mdev_bus/DEV. 0 or -errno.
 */
int mdev_register_parent(struct mdev_parent *parent, struct device *dev,
			 struct mdev_driver *mdev_driver, struct mdev_type **types,
			 unsigned int nr_types);
/* Removes its instances first. */
void mdev_unregister_parent(struct mdev_parent *parent);

int mdev_register_driver(struct mdev_driver *drv);
void mdev_unregister_driver(struct mdev_driver *drv);

static inline struct device *mdev_dev(struct mdev_device *mdev)
{
	return &mdev->dev;
}

#endif
