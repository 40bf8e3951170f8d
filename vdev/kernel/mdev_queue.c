// SPDX-License-Identifier: GPL-2.0
/*
 * Which queue a mediated device gets. By itself the first free dedicated one, or the shared one
 * with the fewest users, as the series of 2020-21 chose from v4 on; its first version had an
 * attribute `uuid` in which the administrator tied UUIDs to a queue, which is here too.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uuid.h>
#include "home.h"
#include "mdev.h"
#include "mdev_queue.h"

/* A UUID tied to a queue: a resource of the queue's device, gone when it is unbound. */
struct vdev_uuid {
	guid_t uuid;
};

static void vdev_uuid_release(struct device *dev, void *res)
{
}

static int vdev_uuid_match(struct device *dev, void *res, void *data)
{
	return guid_equal(&((struct vdev_uuid *)res)->uuid, data);
}

static bool vdev_has_uuid(struct device *dev, const guid_t *uuid)
{
	return devres_find(dev, vdev_uuid_release, uuid ? vdev_uuid_match : NULL, (void *)uuid);
}

/* ---- choosing ---- */

struct vdev_choice {
	struct device *parent;
	const guid_t *uuid;
	bool shared;
	bool tied;    /* only a queue with the UUID will do ... */
	bool is_tied; /* ... and there is one, free or not */
	struct device *dev;
	int clients;
	bool pasids;
	u32 count;
};

static void vdev_consider_bound(struct device *dev, struct vdev_choice *c)
{
	struct idxd_wq *wq = idxd_dev_to_wq(container_of(dev, struct idxd_dev, conf));
	struct idxd_wq_info info;

	if (&idxd_wq_pci(wq)->dev != c->parent)
		return;
	if (c->tied && !vdev_has_uuid(dev, c->uuid))
		return;
	c->is_tied |= c->tied;
	idxd_vwq_info(wq, &info);
	/* A dedicated one serves one device, a shared one any number. */
	if (info.dedicated == c->shared || (info.dedicated && info.clients))
		return;
	c->count++;
	/* What is tied is kept for those that it is tied to. */
	if (!c->tied && vdev_has_uuid(dev, NULL))
		return;
	if (!c->dev || info.clients < c->clients) {
		c->dev = dev;
		c->clients = info.clients;
		c->pasids = ((struct vdev_binding *)dev_get_drvdata(dev))->guest_pasids;
	}
}

/* One that is just being bound or unbound is none. */
static int vdev_consider(struct device *dev, void *data)
{
	if (!device_trylock(dev))
		return 0;
	if (dev->driver == &vdev_wq_driver.drv)
		vdev_consider_bound(dev, data);
	device_unlock(dev);
	return 0;
}

static int vdev_consider_all(struct vdev_choice *c)
{
	c->dev = NULL;
	c->count = 0;
	return driver_for_each_device(&vdev_wq_driver.drv, NULL, c, vdev_consider);
}

int vdev_choose_queue(struct device *parent, bool shared, const guid_t *uuid, char *name,
		      size_t size, bool *pasids)
{
	struct vdev_choice c = {.parent = parent, .uuid = uuid, .shared = shared, .tied = true};

	vdev_consider_all(&c);
	if (c.is_tied && !c.dev)
		return -EBUSY;
	if (!c.dev) {
		c.tied = false;
		vdev_consider_all(&c);
	}
	if (!c.dev)
		return -ENOSPC;
	strscpy(name, dev_name(c.dev), size);
	*pasids = c.pasids;
	return 0;
}

unsigned int vdev_count_queues(struct device *parent, bool shared)
{
	struct vdev_choice c = {.parent = parent, .shared = shared};

	vdev_consider_all(&c);
	return c.count;
}

/* ---- the attribute ---- */

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vdev_uuid *u = devres_find(dev, vdev_uuid_release, NULL, NULL);

	return u ? sysfs_emit(buf, "%pUl\n", &u->uuid) : 0;
}

static int vdev_tie(struct device *dev, const guid_t *uuid)
{
	struct idxd_wq_info info;
	struct vdev_uuid *u;

	idxd_vwq_info(idxd_dev_to_wq(container_of(dev, struct idxd_dev, conf)), &info);
	if (info.dedicated && vdev_has_uuid(dev, NULL))
		return -ENOSPC;
	u = devres_alloc(vdev_uuid_release, sizeof(*u), GFP_KERNEL);
	if (!u)
		return -ENOMEM;
	guid_copy(&u->uuid, uuid);
	devres_add(dev, u);
	return 0;
}

/* A UUID that is there goes, any other comes; the null one takes all away. */
static ssize_t uuid_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	char text[UUID_STRING_LEN + 1];
	guid_t uuid;
	int rc;

	if (count < UUID_STRING_LEN || count > UUID_STRING_LEN + 1)
		return -EINVAL;
	strscpy(text, buf, sizeof(text));
	rc = guid_parse(text, &uuid);
	if (rc)
		return rc;
	if (guid_is_null(&uuid)) {
		while (!devres_destroy(dev, vdev_uuid_release, NULL, NULL))
			;
		return count;
	}
	if (devres_destroy(dev, vdev_uuid_release, vdev_uuid_match, &uuid))
		rc = vdev_tie(dev, &uuid);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(uuid);

/* A yes or no of the binding, for devices made of the queue from then on. */
#define VDEV_WQ_FLAG(_name)                                                                        \
	static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf)  \
	{                                                                                          \
		struct vdev_binding *binding = dev_get_drvdata(dev);                               \
                                                                                                   \
		return sysfs_emit(buf, "%u\n", binding->_name);                                    \
	}                                                                                          \
	static ssize_t _name##_store(struct device *dev, struct device_attribute *attr,            \
				     const char *buf, size_t count)                                \
	{                                                                                          \
		struct vdev_binding *binding = dev_get_drvdata(dev);                               \
		int rc = kstrtobool(buf, &binding->_name);                                         \
                                                                                                   \
		return rc ? rc : count;                                                            \
	}                                                                                          \
	static DEVICE_ATTR_RW(_name)

/* They offer the guest PASIDs of its own, as the code of 2022 did. A share always does. */
VDEV_WQ_FLAG(guest_pasids);
/* What code of 2020 to 2022 did to who shares the queue: struct vdev_cfg. */
VDEV_WQ_FLAG(error_broadcast);
VDEV_WQ_FLAG(drain_whole_queue);

static struct attribute *vdev_wq_attrs[] = {&dev_attr_uuid.attr, &dev_attr_guest_pasids.attr,
					    &dev_attr_error_broadcast.attr,
					    &dev_attr_drain_whole_queue.attr, NULL};
static const struct attribute_group vdev_wq_group = {.attrs = vdev_wq_attrs};
const struct attribute_group *vdev_mdev_wq_groups[] = {&vdev_wq_group, NULL};
