// SPDX-License-Identifier: GPL-2.0
// The device model's state of one kernel, and lists whose walkers may sleep.
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "devcore.h"

struct knode *knode_after(struct list_head *list, struct list_head *pos)
{
	for (pos = pos->next; pos != list; pos = pos->next) {
		struct knode *n = container_of(pos, struct knode, link);

		if (!n->dead)
			return n;
	}
	return NULL;
}

static struct devcore *devcore_new(struct kernel *k)
{
	struct devcore *core = kzalloc(sizeof(*core), GFP_KERNEL);
	struct kobject *devk;

	if (!core)
		return NULL;
	core->kernel = k;
	init_waitqueue_head(&core->drained);
	INIT_LIST_HEAD(&core->buses);
	INIT_LIST_HEAD(&core->classes);
	INIT_LIST_HEAD(&core->all);
	core->root = kernfs_create_root();
	if (!core->root)
		return NULL;
	core->sys = kernfs_find(core->root, "sys");
	core->dev = kernfs_find(core->root, "dev");
	kernel_set_slot(k, KERNEL_SLOT_DEVICES, core);
	core->devices = kobject_create_and_add("devices", NULL);
	core->bus = kobject_create_and_add("bus", NULL);
	core->class = kobject_create_and_add("class", NULL);
	core->module = kobject_create_and_add("module", NULL);
	devk = kobject_create_and_add("dev", NULL);
	core->dev_char = devk ? kobject_create_and_add("char", devk) : NULL;
	if (!core->devices || !core->bus || !core->class || !core->module || !core->dev_char)
		return NULL;
	return core;
}

struct devcore *devcore_current(void)
{
	struct kernel *k = kernel_current();
	struct devcore *core = kernel_slot(k, KERNEL_SLOT_DEVICES);

	if (!core) {
		core = devcore_new(k);
		if (!core)
			panic("no memory for the device model");
	}
	return core;
}
