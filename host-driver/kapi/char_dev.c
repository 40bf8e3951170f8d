// SPDX-License-Identifier: GPL-2.0
// Character device numbers and cdevs, per kernel. After fs/char_dev.c.
#include <linux/bug.h>
#include <linux/cdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fscore.h"
#include "host-driver/kapi/kernel.h"

/* Where dynamic majors come from: down from 254 to 234, then from 511 to 384. */
#define MAJOR_MAX    512
#define DYN_HIGH     254
#define DYN_LOW	     234
#define DYN_EXT_HIGH 511
#define DYN_EXT_LOW  384

struct chrdev_region {
	struct list_head link;
	unsigned int major, baseminor, count;
	const char *name;
};

struct fscore *fscore_current(void)
{
	struct kernel *k = kernel_current();
	struct fscore *fs = kernel_slot(k, KERNEL_SLOT_FS);

	if (fs)
		return fs;
	/* May be the first call of a set-up function, outside any fiber. */
	fs = kzalloc(sizeof(*fs), GFP_ATOMIC);
	if (!fs)
		return NULL;
	INIT_LIST_HEAD(&fs->regions);
	INIT_LIST_HEAD(&fs->cdevs);
	INIT_LIST_HEAD(&fs->miscs);
	kernel_set_slot(k, KERNEL_SLOT_FS, fs);
	return fs;
}

static bool major_used(const struct fscore *fs, unsigned int major)
{
	struct chrdev_region *r;

	list_for_each_entry (r, &fs->regions, link)
		if (r->major == major)
			return true;
	return false;
}

static int find_dynamic_major(const struct fscore *fs)
{
	unsigned int m;

	for (m = DYN_HIGH; m >= DYN_LOW; m--)
		if (!major_used(fs, m))
			return m;
	for (m = DYN_EXT_HIGH; m >= DYN_EXT_LOW; m--)
		if (!major_used(fs, m))
			return m;
	return -EBUSY;
}

static int add_region(struct fscore *fs, unsigned int major, unsigned int base, unsigned int count,
		      const char *name)
{
	struct chrdev_region *r;

	if (major >= MAJOR_MAX || !count || base > MINORMASK || count > MINORMASK + 1 - base)
		return -EINVAL;
	list_for_each_entry (r, &fs->regions, link)
		if (r->major == major && base < r->baseminor + r->count &&
		    r->baseminor < base + count)
			return -EBUSY;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->major = major;
	r->baseminor = base;
	r->count = count;
	r->name = name;
	list_add_tail(&r->link, &fs->regions);
	return 0;
}

int alloc_chrdev_region(dev_t *dev, unsigned int baseminor, unsigned int count, const char *name)
{
	struct fscore *fs = fscore_current();
	int major, rc;

	if (!fs)
		return -ENOMEM;
	major = find_dynamic_major(fs);
	if (major < 0) {
		pr_err("CHRDEV \"%s\" dynamic allocation region is full\n", name);
		return major;
	}
	rc = add_region(fs, major, baseminor, count, name);
	if (!rc)
		*dev = MKDEV(major, baseminor);
	return rc;
}

int register_chrdev_region(dev_t from, unsigned int count, const char *name)
{
	struct fscore *fs = fscore_current();

	return fs ? add_region(fs, MAJOR(from), MINOR(from), count, name) : -ENOMEM;
}

void unregister_chrdev_region(dev_t from, unsigned int count)
{
	struct fscore *fs = fscore_current();
	struct chrdev_region *r;

	if (!fs)
		return;
	list_for_each_entry (r, &fs->regions, link) {
		if (r->major == MAJOR(from) && r->baseminor == MINOR(from) && r->count == count) {
			list_del(&r->link);
			kfree(r);
			return;
		}
	}
}

/* ---- cdevs ---- */

static void cdev_unmap(struct cdev *cdev)
{
	if (cdev->live)
		list_del_init(&cdev->list);
	cdev->live = false;
}

static void cdev_default_release(struct kobject *kobj)
{
	struct cdev *cdev = container_of(kobj, struct cdev, kobj);
	struct kobject *parent = kobj->parent;

	cdev_unmap(cdev);
	kobject_put(parent);
}

static void cdev_dynamic_release(struct kobject *kobj)
{
	struct kobject *parent = kobj->parent;

	cdev_unmap(container_of(kobj, struct cdev, kobj));
	kfree(container_of(kobj, struct cdev, kobj));
	kobject_put(parent);
}

static const struct kobj_type cdev_ktype = {.release = cdev_default_release};
static const struct kobj_type cdev_dynamic_ktype = {.release = cdev_dynamic_release};

void cdev_init(struct cdev *cdev, const struct file_operations *fops)
{
	memset(cdev, 0, sizeof(*cdev));
	INIT_LIST_HEAD(&cdev->list);
	kobject_init(&cdev->kobj, &cdev_ktype);
	cdev->ops = fops;
}

struct cdev *cdev_alloc(void)
{
	struct cdev *cdev = kzalloc(sizeof(*cdev), GFP_KERNEL);

	if (cdev) {
		INIT_LIST_HEAD(&cdev->list);
		kobject_init(&cdev->kobj, &cdev_dynamic_ktype);
	}
	return cdev;
}

void cdev_put(struct cdev *cdev)
{
	if (cdev)
		kobject_put(&cdev->kobj);
}

struct cdev *cdev_find(dev_t dev)
{
	struct fscore *fs = fscore_current();
	struct cdev *cdev;

	if (!fs)
		return NULL;
	list_for_each_entry_reverse(cdev, &fs->cdevs, list)
	{
		if (dev >= cdev->dev && dev - cdev->dev < cdev->count) {
			kobject_get(&cdev->kobj);
			return cdev;
		}
	}
	return NULL;
}

int cdev_add(struct cdev *cdev, dev_t dev, unsigned int count)
{
	struct fscore *fs = fscore_current();
	struct cdev *c;

	if (!fs)
		return -ENOMEM;
	if (WARN_ON(dev == 0 || !count || count > MINORMASK + 1 - MINOR(dev)))
		return -EBUSY;
	list_for_each_entry (c, &fs->cdevs, list)
		if (dev < c->dev + c->count && c->dev < dev + count)
			return -EBUSY;
	cdev->dev = dev;
	cdev->count = count;
	cdev->live = true;
	list_add_tail(&cdev->list, &fs->cdevs);
	kobject_get(cdev->kobj.parent);
	return 0;
}

void cdev_del(struct cdev *cdev)
{
	cdev_unmap(cdev);
	kobject_put(&cdev->kobj);
}

void cdev_set_parent(struct cdev *cdev, struct kobject *kobj)
{
	WARN_ON(!kobj->state_initialized);
	cdev->kobj.parent = kobj;
}

int cdev_device_add(struct cdev *cdev, struct device *dev)
{
	int rc = 0;

	if (dev->devt) {
		cdev_set_parent(cdev, &dev->kobj);
		rc = cdev_add(cdev, dev->devt, 1);
		if (rc)
			return rc;
	}
	rc = device_add(dev);
	if (rc && dev->devt)
		cdev_del(cdev);
	return rc;
}

void cdev_device_del(struct cdev *cdev, struct device *dev)
{
	device_del(dev);
	if (dev->devt)
		cdev_del(cdev);
}
