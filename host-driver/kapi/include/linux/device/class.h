/* SPDX-License-Identifier: GPL-2.0 */
/* Device classes. The static is a name; its directory and devices are kept per kernel. */
#ifndef _LINUX_DEVICE_CLASS_H
#define _LINUX_DEVICE_CLASS_H

#include <linux/device/bus.h>

struct class
{
	const char *name;
	struct module *owner;
	const struct attribute_group **class_groups;
	const struct attribute_group **dev_groups;
	int (*dev_uevent)(struct device *dev, struct kobj_uevent_env *env);
	char *(*devnode)(struct device *dev, umode_t *mode);
	void (*class_release)(struct class *class);
	void (*dev_release)(struct device *dev);
	int (*shutdown_pre)(struct device *dev);
	const struct dev_pm_ops *pm;
};

/* Makes /sys/class/NAME in the current kernel. 0, -EEXIST, -ENOMEM. */
int __must_check class_register(struct class *class);
void class_unregister(struct class *class);
/* A class in kmalloc memory; freed by class_destroy(). ERR_PTR on failure. */
struct class *__must_check class_create_named(struct module *owner, const char *name);
#define class_create(owner, name) class_create_named(owner, name)
void class_destroy(struct class *cls);
struct device *class_find_device(struct class *class, struct device *start, const void *data,
				 int (*match)(struct device *, const void *));
int class_for_each_device(struct class *class, struct device *start, void *data,
			  int (*fn)(struct device *dev, void *data));

#endif
