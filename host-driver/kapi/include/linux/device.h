/* SPDX-License-Identifier: GPL-2.0 */
/* Devices, their attributes, links, managed resources. Semantics: drivers/base of Linux 6.1. */
#ifndef _LINUX_DEVICE_H
#define _LINUX_DEVICE_H

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/stringify.h>
#include <linux/list.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/gfp.h>
#include <linux/kdev_t.h>
#include <linux/numa.h>
#include <linux/container_of.h>
#include <linux/uidgid.h>
#include <linux/dev_printk.h>
#include <linux/pm.h>
#include <linux/device/bus.h>
#include <linux/device/driver.h>
#include <linux/device/class.h>

struct device_private;
struct dma_map_ops;
struct dev_iommu;
struct iommu_group;
struct msi_device_data;

struct device_type {
	const char *name;
	const struct attribute_group **groups;
	int (*uevent)(struct device *dev, struct kobj_uevent_env *env);
	char *(*devnode)(struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid);
	void (*release)(struct device *dev);
	const struct dev_pm_ops *pm;
};

struct dev_msi_info {
	struct msi_device_data *data;
};

struct device {
	struct kobject kobj;
	struct device *parent;
	struct device_private *p;
	const char *init_name; /* name until device_add() takes it over */
	const struct device_type *type;
	struct bus_type *bus;
	struct device_driver *driver; /* bound driver, NULL when none */
	void *platform_data;
	void *driver_data;
	struct mutex mutex; /* device_lock() */
	struct dev_msi_info msi;
	const struct dma_map_ops *dma_ops; /* NULL: bus addresses are physical addresses */
	u64 *dma_mask;
	u64 coherent_dma_mask;
	u64 bus_dma_limit;
	int numa_node;
	dev_t devt;
	u32 id;
	spinlock_t devres_lock;
	struct list_head devres_head;
	struct class *class;
	const struct attribute_group **groups;
	void (*release)(struct device *dev);
	struct iommu_group *iommu_group;
	struct dev_iommu *iommu;
	bool offline_disabled : 1;
	bool offline : 1;
	bool can_match : 1;
};

#define kobj_to_dev(__kobj) container_of(__kobj, struct device, kobj)

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr, const char *buf,
			 size_t count);
};

#define DEVICE_ATTR(_name, _mode, _show, _store)                                                   \
	struct device_attribute dev_attr_##_name = __ATTR(_name, _mode, _show, _store)
#define DEVICE_ATTR_RW(_name) struct device_attribute dev_attr_##_name = __ATTR_RW(_name)
#define DEVICE_ATTR_RO(_name) struct device_attribute dev_attr_##_name = __ATTR_RO(_name)
#define DEVICE_ATTR_WO(_name) struct device_attribute dev_attr_##_name = __ATTR_WO(_name)
#define DEVICE_ATTR_ADMIN_RO(_name)                                                                \
	struct device_attribute dev_attr_##_name = __ATTR_RO_MODE(_name, 0400)

int device_create_file(struct device *dev, const struct device_attribute *attr);
void device_remove_file(struct device *dev, const struct device_attribute *attr);
int __must_check device_create_bin_file(struct device *dev, const struct bin_attribute *attr);
void device_remove_bin_file(struct device *dev, const struct bin_attribute *attr);
int __must_check device_add_groups(struct device *dev, const struct attribute_group **groups);
void device_remove_groups(struct device *dev, const struct attribute_group **groups);
int __must_check device_add_group(struct device *dev, const struct attribute_group *grp);
void device_remove_group(struct device *dev, const struct attribute_group *grp);

static inline const char *dev_name(const struct device *dev)
{
	if (dev->init_name)
		return dev->init_name;
	return kobject_name(&dev->kobj);
}
__attribute__((format(printf, 2, 3))) int dev_set_name(struct device *dev, const char *name, ...);
const char *dev_driver_string(const struct device *dev);
/* Bus or class name, "" without either. */
const char *dev_bus_name(const struct device *dev);

static inline int dev_to_node(struct device *dev)
{
	return dev->numa_node;
}
static inline void set_dev_node(struct device *dev, int node)
{
	dev->numa_node = node;
}
static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}
static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}
static inline void *dev_get_platdata(const struct device *dev)
{
	return dev->platform_data;
}
static inline bool device_is_registered(struct device *dev)
{
	return dev->kobj.state_in_sysfs;
}

static inline void device_lock(struct device *dev)
{
	mutex_lock(&dev->mutex);
}
static inline int device_lock_interruptible(struct device *dev)
{
	return mutex_lock_interruptible(&dev->mutex);
}
static inline int device_trylock(struct device *dev)
{
	return mutex_trylock(&dev->mutex);
}
static inline void device_unlock(struct device *dev)
{
	mutex_unlock(&dev->mutex);
}
static inline void device_lock_assert(struct device *dev)
{
	lockdep_assert_held(&dev->mutex);
}

/* Belongs to the current kernel from here on; one reference for the caller. */
void device_initialize(struct device *dev);
/* Puts the device into sysfs, on its bus and class, makes its node, probes. 0 or -errno. */
int __must_check device_add(struct device *dev);
int __must_check device_register(struct device *dev);
/* Unbinds and takes it out of sysfs; the caller's reference stays. */
void device_del(struct device *dev);
void device_unregister(struct device *dev);
struct device *get_device(struct device *dev);
void put_device(struct device *dev);
int device_for_each_child(struct device *dev, void *data,
			  int (*fn)(struct device *dev, void *data));
int device_for_each_child_reverse(struct device *dev, void *data,
				  int (*fn)(struct device *dev, void *data));
/* The child found carries a reference for the caller. */
struct device *device_find_child(struct device *dev, void *data,
				 int (*match)(struct device *dev, void *data));
struct device *device_find_child_by_name(struct device *parent, const char *name);
int device_match_name(struct device *dev, const void *name);
int device_match_devt(struct device *dev, const void *pdevt);
int device_match_any(struct device *dev, const void *unused);
/* A device in kmalloc memory on @class; ERR_PTR on failure. */
__attribute__((format(printf, 5, 6))) struct device *device_create(struct class *cls,
								   struct device *parent,
								   dev_t devt, void *drvdata,
								   const char *fmt, ...);
void device_destroy(struct class *cls, dev_t devt);

/* Binds a driver of the bus: 1 bound, 0 none matched, -ENODEV. Needs no lock held. */
int __must_check device_attach(struct device *dev);
/* Tries all unbound devices of the driver's bus, in their order. */
int __must_check driver_attach(struct device_driver *drv);
/* Binds this driver; errors of its probe are returned. */
int __must_check device_driver_attach(struct device_driver *drv, struct device *dev);
/* Runs with the device lock held by the caller: links a bound driver (dev->driver set). */
int __must_check device_bind_driver(struct device *dev);
void device_release_driver(struct device *dev);
int __must_check device_reprobe(struct device *dev);
/* Calls every device's shutdown, newest first. */
void device_shutdown(void);

/* Managed resources: released newest first when the driver is unbound or the device goes. */
typedef void (*dr_release_t)(struct device *dev, void *res);
typedef int (*dr_match_t)(struct device *dev, void *res, void *match_data);

void *devres_alloc(dr_release_t release, size_t size, gfp_t gfp);
void devres_free(void *res);
void devres_add(struct device *dev, void *res);
void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
/* The resource of the same kind that @dev has already, @new_res being freed; else adds that. */
void *devres_get(struct device *dev, void *new_res, dr_match_t match, void *match_data);
/* Takes it off without releasing; the caller frees it. NULL when there is none. */
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
/* 0 or -ENOENT. */
int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
int devres_release(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
int devres_release_all(struct device *dev);

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp);
static inline void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}
void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t gfp);
void devm_kfree(struct device *dev, const void *p);
char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp);
__attribute__((format(printf, 3, 4))) char *devm_kasprintf(struct device *dev, gfp_t gfp,
							   const char *fmt, ...);
int devm_add_action(struct device *dev, void (*action)(void *), void *data);
int devm_add_action_or_reset(struct device *dev, void (*action)(void *), void *data);
void devm_remove_action(struct device *dev, void (*action)(void *), void *data);
int __must_check devm_device_add_group(struct device *dev, const struct attribute_group *grp);

#endif
