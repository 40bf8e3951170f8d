// SPDX-License-Identifier: GPL-2.0
// Managed resources of devices. After drivers/base/devres.c.
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

struct devres {
	struct list_head entry;
	dr_release_t release;
	u64 pad; /* what the caller sees is aligned as kmalloc memory is */
	u8 data[];
};

struct action_devres {
	void *data;
	void (*action)(void *);
};

static struct devres *data_to_res(void *data)
{
	return container_of(data, struct devres, data);
}

void *devres_alloc(dr_release_t release, size_t size, gfp_t gfp)
{
	struct devres *dr;
	size_t total;

	if (check_add_overflow(sizeof(*dr), size, &total))
		return NULL;
	dr = kmalloc(total, gfp | __GFP_ZERO);
	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->entry);
	dr->release = release;
	return dr->data;
}

void devres_free(void *res)
{
	if (res) {
		WARN_ON(!list_empty(&data_to_res(res)->entry));
		kfree(data_to_res(res));
	}
}

void devres_add(struct device *dev, void *res)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	list_add_tail(&data_to_res(res)->entry, &dev->devres_head);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
}

/* Newest first. */
static struct devres *find_dr(struct device *dev, dr_release_t release, dr_match_t match,
			      void *match_data)
{
	struct devres *dr;

	list_for_each_entry_reverse(
		dr, &dev->devres_head,
		entry) if (dr->release == release &&
			   (!match || match(dev, dr->data, match_data))) return dr;
	return NULL;
}

void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	unsigned long flags;
	struct devres *dr;

	spin_lock_irqsave(&dev->devres_lock, flags);
	dr = find_dr(dev, release, match, match_data);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? dr->data : NULL;
}

void *devres_get(struct device *dev, void *new_res, dr_match_t match, void *match_data)
{
	struct devres *new = container_of(new_res, struct devres, data);
	void *old = devres_find(dev, new->release, match, match_data);

	if (!old) {
		devres_add(dev, new_res);
		return new_res;
	}
	devres_free(new_res);
	return old;
}

void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	unsigned long flags;
	struct devres *dr;

	spin_lock_irqsave(&dev->devres_lock, flags);
	dr = find_dr(dev, release, match, match_data);
	if (dr)
		list_del_init(&dr->entry);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? dr->data : NULL;
}

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	devres_free(res);
	return 0;
}

int devres_release(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	release(dev, res);
	devres_free(res);
	return 0;
}

int devres_release_all(struct device *dev)
{
	int n = 0;

	while (!list_empty(&dev->devres_head)) {
		struct devres *dr = list_last_entry(&dev->devres_head, struct devres, entry);

		list_del_init(&dr->entry);
		dr->release(dev, dr->data);
		kfree(dr);
		n++;
	}
	return n;
}

/* ---- memory ---- */

static void kmalloc_release(struct device *dev, void *res)
{
}

static int kmalloc_match(struct device *dev, void *res, void *data)
{
	return res == data;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *res = devres_alloc(kmalloc_release, size, gfp);

	if (res)
		devres_add(dev, res);
	return res;
}

void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return devm_kmalloc(dev, bytes, gfp | __GFP_ZERO);
}

void devm_kfree(struct device *dev, const void *p)
{
	if (p)
		WARN_ON(devres_destroy(dev, kmalloc_release, kmalloc_match, (void *)p));
}

char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)
{
	size_t size;
	char *buf;

	if (!s)
		return NULL;
	size = strlen(s) + 1;
	buf = devm_kmalloc(dev, size, gfp);
	if (buf)
		memcpy(buf, s, size);
	return buf;
}

char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text, *res;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	res = devm_kstrdup(dev, text, gfp);
	kfree(text);
	return res;
}

/* ---- actions ---- */

static void action_release(struct device *dev, void *res)
{
	struct action_devres *a = res;

	a->action(a->data);
}

static int action_match(struct device *dev, void *res, void *p)
{
	struct action_devres *a = res;
	struct action_devres *want = p;

	return a->action == want->action && a->data == want->data;
}

int devm_add_action(struct device *dev, void (*action)(void *), void *data)
{
	struct action_devres *a = devres_alloc(action_release, sizeof(*a), GFP_KERNEL);

	if (!a)
		return -ENOMEM;
	a->data = data;
	a->action = action;
	devres_add(dev, a);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*action)(void *), void *data)
{
	int rc = devm_add_action(dev, action, data);

	if (rc)
		action(data);
	return rc;
}

void devm_remove_action(struct device *dev, void (*action)(void *), void *data)
{
	struct action_devres want = {.data = data, .action = action};

	WARN_ON(devres_destroy(dev, action_release, action_match, &want));
}

static void group_remove(struct device *dev, void *res)
{
	device_remove_group(dev, *(const struct attribute_group **)res);
}

int devm_device_add_group(struct device *dev, const struct attribute_group *grp)
{
	const struct attribute_group **res;
	int rc;

	res = devres_alloc(group_remove, sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	rc = device_add_group(dev, grp);
	if (rc) {
		devres_free(res);
		return rc;
	}
	*res = grp;
	devres_add(dev, res);
	return 0;
}
