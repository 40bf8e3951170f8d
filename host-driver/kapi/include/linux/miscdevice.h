/* SPDX-License-Identifier: GPL-2.0 */
/* Character devices of major 10 with a node of their own. */
#ifndef _LINUX_MISCDEVICE_H
#define _LINUX_MISCDEVICE_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/types.h>

#define MISC_MAJOR	   10
#define MISC_DYNAMIC_MINOR 255

struct file_operations;

/*
 * May be a static: kapi keeps its state per kernel and does not write it, so @minor stays what the
 * driver wrote and @this_device stays NULL. The device found by open is in file->private_data as in
 * Linux.
 */
struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	struct list_head list; /* unused */
	struct device *parent;
	struct device *this_device; /* unused */
	const struct attribute_group **groups;
	const char *nodename;
	umode_t mode;
};

int misc_register(struct miscdevice *misc);
void misc_deregister(struct miscdevice *misc);

#endif
