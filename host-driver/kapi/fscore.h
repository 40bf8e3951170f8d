/* SPDX-License-Identifier: GPL-2.0 */
/* What kapi keeps per kernel for character devices and open files (private to kapi). */
#ifndef HOST_DRIVER_KAPI_FSCORE_H
#define HOST_DRIVER_KAPI_FSCORE_H

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/uaccess.h>

struct fscore {
	struct list_head regions; /* of device numbers */
	struct list_head cdevs;
	struct list_head miscs;
	user_access_fn *user_access;
	u64 open_files;
};

/* Of the current kernel, made at first use; NULL without memory. */
struct fscore *fscore_current(void);

/* The live cdev of a device number with a reference, or NULL. */
struct cdev *cdev_find(dev_t dev);

/* A file without a node; the caller gives it operations. NULL without memory. */
struct file *file_alloc_anon(u32 flags);

struct kernfs_node;
/* Operations of an open attribute; their open() takes the node from inode->i_private. */
extern const struct file_operations sysfs_file_fops;

#endif
