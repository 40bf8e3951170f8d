// SPDX-License-Identifier: GPL-2.0
// Nodes in /dev, /dev/char and /sys/dev/char. After drivers/base/devtmpfs.c; /dev/char is udev's
// rule.
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"

char *devnode_name(struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	char *name = NULL;
	char *p;

	if (dev->type && dev->type->devnode)
		name = dev->type->devnode(dev, mode, uid, gid);
	if (!name && dev->class && dev->class->devnode)
		name = dev->class->devnode(dev, mode);
	if (name)
		return name;
	name = kstrdup(dev_name(dev), GFP_KERNEL);
	for (p = name; p && *p; p++)
		if (*p == '!')
			*p = '/';
	return name;
}

/* The directory for @path's last part, made as needed; *@last is that part. */
static struct kernfs_node *make_dirs(struct kernfs_node *dir, char *path, char **last)
{
	char *slash;

	while ((slash = strchr(path, '/'))) {
		struct kernfs_node *next;

		*slash = '\0';
		next = kernfs_find(dir, path);
		if (!next)
			next = kernfs_new_node(dir, path, KERNFS_DIR, 0755, NULL);
		*slash = '/';
		if (IS_ERR(next))
			return next;
		dir = next;
		path = slash + 1;
	}
	*last = path;
	return dir;
}

/* Directories that were made for nodes go with their last node. */
static void prune_dirs(struct devcore *core, struct kernfs_node *dir)
{
	while (dir && dir != core->dev && list_empty(&dir->children)) {
		struct kernfs_node *parent = dir->parent;

		kernfs_remove(dir);
		dir = parent;
	}
}

static int create_char_links(struct devcore *core, struct device *dev, struct kernfs_node *node)
{
	struct kernfs_node *dir = kernfs_find(core->dev, "char");
	struct kernfs_node *kn;
	char number[24];

	snprintf(number, sizeof(number), "%u:%u", MAJOR(dev->devt), MINOR(dev->devt));
	kn = kernfs_new_link(core->dev_char->sd, number, dev->kobj.sd);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	if (!dir)
		dir = kernfs_new_node(core->dev, "char", KERNFS_DIR, 0755, NULL);
	kn = IS_ERR(dir) ? dir : kernfs_new_link(dir, number, node);
	return IS_ERR(kn) ? PTR_ERR(kn) : 0;
}

static void remove_char_links(struct devcore *core, struct device *dev)
{
	struct kernfs_node *dir = kernfs_find(core->dev, "char");
	struct kernfs_node *kn;
	char number[24];

	snprintf(number, sizeof(number), "%u:%u", MAJOR(dev->devt), MINOR(dev->devt));
	kn = kernfs_find(core->dev_char->sd, number);
	if (kn)
		kernfs_remove(kn);
	kn = dir ? kernfs_find(dir, number) : NULL;
	if (kn)
		kernfs_remove(kn);
	prune_dirs(core, dir);
}

int devnode_create(struct device *dev)
{
	struct devcore *core = devcore_current();
	kuid_t uid = GLOBAL_ROOT_UID;
	kgid_t gid = GLOBAL_ROOT_GID;
	struct kernfs_node *dir, *kn;
	umode_t mode = 0;
	char *name, *last;
	int rc;

	if (!MAJOR(dev->devt))
		return 0;
	name = devnode_name(dev, &mode, &uid, &gid);
	if (!name)
		return -ENOMEM;
	dir = make_dirs(core->dev, name, &last);
	kn = IS_ERR(dir) ? dir : kernfs_new_node(dir, last, KERNFS_CHR, mode ? mode : 0600, NULL);
	kfree(name);
	if (IS_ERR(kn)) {
		if (!IS_ERR(dir))
			prune_dirs(core, dir);
		return PTR_ERR(kn);
	}
	kn->rdev = dev->devt;
	kn->uid = uid.val;
	kn->gid = gid.val;
	dev->p->node = kn;
	rc = create_char_links(core, dev, kn);
	if (rc)
		devnode_remove(dev);
	return rc;
}

void devnode_remove(struct device *dev)
{
	struct devcore *core = devcore_current();
	struct kernfs_node *kn = dev->p->node;
	struct kernfs_node *dir;

	if (!kn)
		return;
	dev->p->node = NULL;
	remove_char_links(core, dev);
	dir = kn->parent;
	kernfs_remove(kn);
	prune_dirs(core, dir);
}
