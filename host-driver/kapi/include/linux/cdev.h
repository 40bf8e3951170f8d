/* SPDX-License-Identifier: GPL-2.0 */
/* Character devices. */
#ifndef _LINUX_CDEV_H
#define _LINUX_CDEV_H

#include <linux/kobject.h>
#include <linux/kdev_t.h>
#include <linux/list.h>
#include <linux/device.h>

struct file_operations;
struct inode;
struct module;

struct cdev {
	struct kobject kobj;
	struct module *owner;
	const struct file_operations *ops;
	struct list_head list; /* in the kernel's table */
	dev_t dev;
	unsigned int count;
	bool live;
};

void cdev_init(struct cdev *cdev, const struct file_operations *fops);
struct cdev *cdev_alloc(void);
void cdev_put(struct cdev *p);
/* Live at once: opens may come before it returns. 0, -EBUSY when a number is taken. */
int cdev_add(struct cdev *cdev, dev_t dev, unsigned int count);
/* No new opens; files that are open keep the cdev. */
void cdev_del(struct cdev *cdev);
/* The cdev holds a reference on @kobj while it lives. */
void cdev_set_parent(struct cdev *p, struct kobject *kobj);
/* cdev and its device together: the node appears in /dev and disappears with it. */
int cdev_device_add(struct cdev *cdev, struct device *dev);
void cdev_device_del(struct cdev *cdev, struct device *dev);

#endif
