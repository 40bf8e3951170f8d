/* SPDX-License-Identifier: GPL-2.0 */
/* Bus types. The static is a name; its devices and drivers are kept per kernel. */
#ifndef _LINUX_DEVICE_BUS_H
#define _LINUX_DEVICE_BUS_H

#include <linux/types.h>
#include <linux/pm.h>
#include <linux/sysfs.h>
#include <linux/notifier.h>

struct device;
struct device_driver;
struct kobj_uevent_env;
struct subsys_private;
struct iommu_ops;

struct bus_type {
	const char *name;
	const char *dev_name;
	const struct attribute_group **bus_groups;
	const struct attribute_group **dev_groups;
	const struct attribute_group **drv_groups;

	int (*match)(struct device *dev, struct device_driver *drv);
	int (*uevent)(struct device *dev, struct kobj_uevent_env *env);
	int (*probe)(struct device *dev);
	void (*remove)(struct device *dev);
	void (*shutdown)(struct device *dev);
	int (*dma_configure)(struct device *dev);
	void (*dma_cleanup)(struct device *dev);

	const struct dev_pm_ops *pm;
	const struct iommu_ops *iommu_ops;
	bool need_parent_lock;
};

/* Makes /sys/bus/NAME with devices/ and drivers/ in the current kernel. 0, -EEXIST, -ENOMEM. */
int __must_check bus_register(struct bus_type *bus);
/* The bus must have neither devices nor drivers left. */
void bus_unregister(struct bus_type *bus);
/* Tries every unbound device of the bus again. */
int __must_check bus_rescan_devices(struct bus_type *bus);

/* In order of registration; a non-zero return ends the walk and is returned. */
int bus_for_each_dev(struct bus_type *bus, struct device *start, void *data,
		     int (*fn)(struct device *dev, void *data));
int bus_for_each_drv(struct bus_type *bus, struct device_driver *start, void *data,
		     int (*fn)(struct device_driver *drv, void *data));
/* The device found carries a reference for the caller (put_device). */
struct device *bus_find_device(struct bus_type *bus, struct device *start, const void *data,
			       int (*match)(struct device *dev, const void *data));
struct device *bus_find_device_by_name(struct bus_type *bus, struct device *start,
				       const char *name);

#define BUS_NOTIFY_ADD_DEVICE	    0x00000001 /* device added, before it is probed */
#define BUS_NOTIFY_DEL_DEVICE	    0x00000002 /* device to be removed */
#define BUS_NOTIFY_REMOVED_DEVICE   0x00000003
#define BUS_NOTIFY_BIND_DRIVER	    0x00000004 /* driver about to be bound */
#define BUS_NOTIFY_BOUND_DRIVER	    0x00000005
#define BUS_NOTIFY_UNBIND_DRIVER    0x00000006 /* driver about to be unbound */
#define BUS_NOTIFY_UNBOUND_DRIVER   0x00000007
#define BUS_NOTIFY_DRIVER_NOT_BOUND 0x00000008 /* probe failed */

/* Callbacks run in order of priority, highest first, then of registration. */
int bus_register_notifier(struct bus_type *bus, struct notifier_block *nb);
int bus_unregister_notifier(struct bus_type *bus, struct notifier_block *nb);

#endif
