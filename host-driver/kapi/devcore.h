/* SPDX-License-Identifier: GPL-2.0 */
/* What kapi keeps per kernel for the device model: trees, buses, classes, drivers (private to
 * kapi). */
#ifndef HOST_DRIVER_KAPI_DEVCORE_H
#define HOST_DRIVER_KAPI_DEVCORE_H

#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/wait.h>
#include "host-driver/kapi/kernfs.h"
#include "host-driver/kapi/kernel.h"

/*
 * A member of a list that is walked by code which sleeps: the walker pins the member it stands on,
 * and a member that leaves meanwhile is unlinked when the last walker has gone on. Holds no object
 * alive.
 */
struct knode {
	struct list_head link;
	u32 pins;
	bool dead;
};

static inline void knode_init(struct knode *n)
{
	INIT_LIST_HEAD(&n->link);
	n->pins = 0;
	n->dead = true;
}
static inline void knode_add(struct knode *n, struct list_head *list)
{
	list_add_tail(&n->link, list);
	n->dead = false;
}
static inline void knode_del(struct knode *n)
{
	if (n->dead)
		return;
	n->dead = true;
	if (!n->pins)
		list_del_init(&n->link);
}
static inline void knode_pin(struct knode *n)
{
	n->pins++;
}
static inline void knode_unpin(struct knode *n)
{
	if (--n->pins == 0 && n->dead)
		list_del_init(&n->link);
}
/* First live member after @pos (the list's head to begin); NULL at the end. */
struct knode *knode_after(struct list_head *list, struct list_head *pos);

/* One bus_type in one kernel. */
struct bus_state {
	struct list_head link; /* in registration order */
	struct bus_type *bus;
	struct kobject kobj;	    /* /sys/bus/NAME */
	struct kobject *devices;    /* its devices/ */
	struct kobject *drivers;    /* its drivers/ */
	struct list_head devs;	    /* struct knode of device_private */
	struct list_head drvs;	    /* struct knode of driver_state */
	struct list_head notifiers; /* struct bus_notifier */
	bool autoprobe;
};

struct bus_notifier {
	struct list_head link;
	struct notifier_block *nb;
};

/* One device_driver in one kernel. */
struct driver_state {
	struct kobject kobj; /* /sys/bus/BUS/drivers/NAME; its release frees this */
	struct device_driver *drv;
	struct bus_state *bus;
	struct knode node; /* in bus->drvs */
};

/* One class in one kernel. */
struct class_state {
	struct list_head link;
	struct class *class;
	struct kobject kobj;
	struct list_head devs;
	struct list_head glue; /* struct class_glue */
};

/* The directory PARENT/CLASS between a device and its parent of another kind. */
struct class_glue {
	struct list_head link;
	struct kobject *kobj;
	u32 users;
};

struct device_private {
	struct device *device;
	struct list_head all; /* all devices of the kernel, in order of device_add() */
	struct knode bus, parent, class;
	u64 bind_seq; /* order of binding among all devices of the kernel */
	struct list_head children;
	struct class_glue *glue;
	struct kernfs_node *node; /* in /dev */
	bool dead;		  /* device_del() has begun */
};

struct devcore {
	struct kernel *kernel;
	struct kernfs_node *root, *sys, *dev;
	wait_queue_head_t drained; /* someone left a removed attribute */
	struct kobject *devices, *virtual_devices, *bus, *class, *module, *dev_char;
	struct list_head buses, classes, all;
	u64 bind_seq;
};

/* Of the current kernel; made at first use. Never NULL: without memory for it the kernel panics. */
struct devcore *devcore_current(void);

struct bus_state *bus_state_find(const struct bus_type *bus);
struct driver_state *driver_state_find(const struct device_driver *drv);
struct class_state *class_state_find(const struct class *class);

/* bus.c, driver.c */
int bus_add_device(struct device *dev);
void bus_probe_device(struct device *dev);
void bus_remove_device(struct device *dev);
void bus_notify(struct device *dev, unsigned long action);
int driver_match_device(struct device_driver *drv, struct device *dev);
/* dd.c: unbinds @dev if @drv is its driver (NULL: any). */
void device_release_driver_of(struct device *dev, struct device_driver *drv);
void driver_detach(struct device_driver *drv);
/* class.c */
struct kobject *class_parent_kobj(struct device *dev, struct kobject *parent);
void class_put_glue(struct device *dev);
int class_add_device(struct device *dev);
void class_remove_device(struct device *dev);
/* devnode.c: the node in /dev. */
int devnode_create(struct device *dev);
void devnode_remove(struct device *dev);
/* Path below /dev and access rights; kmalloc, NULL without memory. */
char *devnode_name(struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid);

static inline struct device_private *bus_knode_dev(struct knode *n)
{
	return container_of(n, struct device_private, bus);
}

#endif
