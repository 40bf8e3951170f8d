// SPDX-License-Identifier: GPL-2.0
// Miscellaneous character devices: major 10, minors handed out down from 127. After
// drivers/char/misc.c.
#include <linux/cdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"
#include "fscore.h"

#define DYNAMIC_MINORS 128

struct misc_state {
	struct list_head link;
	struct miscdevice *misc;
	struct cdev *cdev;
	struct device *dev;
	int minor;
};

static char *misc_devnode(struct device *dev, umode_t *mode);
static struct class misc_class = {.name = "misc", .devnode = misc_devnode};

static struct misc_state *by_minor(struct fscore *fs, int minor)
{
	struct misc_state *ms;

	list_for_each_entry (ms, &fs->miscs, link)
		if (ms->minor == minor)
			return ms;
	return NULL;
}

static char *misc_devnode(struct device *dev, umode_t *mode)
{
	struct misc_state *ms = by_minor(fscore_current(), MINOR(dev->devt));

	if (!ms)
		return NULL;
	if (mode && ms->misc->mode)
		*mode = ms->misc->mode;
	return ms->misc->nodename ? kstrdup(ms->misc->nodename, GFP_KERNEL) : NULL;
}

/* As misc_open(): the driver finds its miscdevice in private_data. */
static int misc_open(struct inode *inode, struct file *f)
{
	struct misc_state *ms = by_minor(fscore_current(), iminor(inode));

	if (!ms)
		return -ENODEV;
	f->private_data = ms->misc;
	replace_fops(f, ms->misc->fops);
	return f->f_op->open ? f->f_op->open(inode, f) : 0;
}

static const struct file_operations misc_fops = {.open = misc_open, .llseek = noop_llseek};

static int pick_minor(struct fscore *fs, int wanted)
{
	int minor;

	if (wanted != MISC_DYNAMIC_MINOR)
		return by_minor(fs, wanted) ? -EBUSY : wanted;
	for (minor = DYNAMIC_MINORS - 1; minor >= 0; minor--)
		if (!by_minor(fs, minor))
			return minor;
	return -EBUSY;
}

int misc_register(struct miscdevice *misc)
{
	struct fscore *fs = fscore_current();
	struct misc_state *ms;
	int rc;

	if (!fs)
		return -ENOMEM;
	if (!class_state_find(&misc_class)) {
		rc = class_register(&misc_class);
		if (rc)
			return rc;
	}
	ms = kzalloc(sizeof(*ms), GFP_KERNEL);
	if (!ms)
		return -ENOMEM;
	ms->misc = misc;
	ms->minor = pick_minor(fs, misc->minor);
	if (ms->minor < 0) {
		rc = ms->minor;
		kfree(ms);
		return rc;
	}
	list_add_tail(&ms->link, &fs->miscs);
	rc = -ENOMEM;
	ms->cdev = cdev_alloc();
	if (!ms->cdev)
		goto err;
	ms->cdev->ops = &misc_fops;
	rc = cdev_add(ms->cdev, MKDEV(MISC_MAJOR, ms->minor), 1);
	if (rc)
		goto err;
	ms->dev = device_create(&misc_class, misc->parent, MKDEV(MISC_MAJOR, ms->minor), misc, "%s",
				misc->name);
	rc = PTR_ERR_OR_ZERO(ms->dev);
	if (!rc)
		rc = device_add_groups(ms->dev, misc->groups);
	if (!rc)
		return 0;
	if (!IS_ERR(ms->dev))
		device_unregister(ms->dev);
err:
	if (ms->cdev)
		cdev_del(ms->cdev);
	list_del(&ms->link);
	kfree(ms);
	return rc;
}

void misc_deregister(struct miscdevice *misc)
{
	struct fscore *fs = fscore_current();
	struct misc_state *ms;

	list_for_each_entry (ms, &fs->miscs, link) {
		if (ms->misc != misc)
			continue;
		device_remove_groups(ms->dev, misc->groups);
		device_unregister(ms->dev);
		cdev_del(ms->cdev);
		list_del(&ms->link);
		kfree(ms);
		return;
	}
}
