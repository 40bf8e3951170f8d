// SPDX-License-Identifier: GPL-2.0
// A toy bus in kernel code: what drivers do with the device model, for test_device.c and
// test_sysfs.c.
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host-driver/kapi/kernel.h"
#include "kworld_toy.h"
#include "toy_bus.h"

#define TOY_QUEUES 8

/* Everything of one kernel. */
struct toy {
	struct device dev;
	struct toy_queue *queue[TOY_QUEUES];
	u32 level;
	bool hide; /* of the optional attribute */
};

struct toy_queue {
	struct device dev;
	u32 number;
	u32 size;
};

static int toy_match(struct device *dev, struct device_driver *drv);
static void toy_remove(struct device *dev);
static int toy_probe(struct device *dev);

static struct bus_type toy_bus = {
	.name = "toy",
	.match = toy_match,
	.probe = toy_probe,
	.remove = toy_remove,
};

static void say(struct device *dev, const char *what)
{
	toy_event(kernel_name(dev->kobj.kernel), what, dev_name(dev));
}

/* ---- the device and its attributes ---- */

static struct toy *to_toy(struct device *dev)
{
	return container_of(dev, struct toy, dev);
}

static ssize_t level_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_toy(dev)->level);
}

static ssize_t level_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t count)
{
	int rc = kstrtouint(buf, 10, &to_toy(dev)->level);

	return rc ? rc : (ssize_t)count;
}

static ssize_t slow_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	usleep_range(toy_slow_ps / PS_PER_US, toy_slow_ps / PS_PER_US);
	return sysfs_emit(buf, "slow\n");
}

static ssize_t secret_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	to_toy(dev)->level = count;
	return count;
}

static ssize_t long_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	memset(buf, 'x', PAGE_SIZE);
	return PAGE_SIZE;
}

static ssize_t empty_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return 0;
}

static const struct device_attribute dev_attr_level = __ATTR_RW(level);
static const struct device_attribute dev_attr_slow = __ATTR_RO(slow);
static const struct device_attribute dev_attr_secret = __ATTR_WO(secret);
static const struct device_attribute dev_attr_long = __ATTR_RO(long);
static const struct device_attribute dev_attr_empty = __ATTR_RO(empty);
/* A mode that promises writing, no function behind it. */
static const struct device_attribute dev_attr_liar = __ATTR(liar, 0644, empty_show, NULL);
static const struct device_attribute dev_attr_optional =
	__ATTR(optional, 0644, level_show, level_store);

static struct attribute *toy_attrs[] = {
	(struct attribute *)&dev_attr_level.attr,
	(struct attribute *)&dev_attr_slow.attr,
	(struct attribute *)&dev_attr_secret.attr,
	(struct attribute *)&dev_attr_long.attr,
	(struct attribute *)&dev_attr_empty.attr,
	(struct attribute *)&dev_attr_liar.attr,
	NULL,
};
static const struct attribute_group toy_group = {.attrs = toy_attrs};

static struct attribute *toy_optional_attrs[] = {
	(struct attribute *)&dev_attr_optional.attr,
	NULL,
};

static umode_t optional_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	return to_toy(kobj_to_dev(kobj))->hide ? 0 : 0400;
}

static const struct attribute_group toy_optional_group = {
	.name = "extra",
	.attrs = toy_optional_attrs,
	.is_visible = optional_visible,
};

static ssize_t blob_read(struct file *f, struct kobject *kobj, struct bin_attribute *attr,
			 char *buf, loff_t off, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		buf[i] = (char)(off + i);
	return count;
}

static const struct bin_attribute bin_attr_blob = {
	.attr = {.name = "blob", .mode = 0444},
	.size = 300,
	.read = blob_read,
};
static struct bin_attribute *toy_bins[] = {(struct bin_attribute *)&bin_attr_blob, NULL};
static const struct attribute_group toy_bin_group = {.bin_attrs = toy_bins};

static const struct attribute_group *toy_groups[] = {&toy_group, &toy_optional_group,
						     &toy_bin_group, NULL};

static void toy_release(struct device *dev)
{
	say(dev, "release");
	kfree(to_toy(dev));
}

static const struct device_type toy_type = {
	.name = "toy",
	.groups = toy_groups,
	.release = toy_release,
};

/* ---- queues ---- */

static struct toy_queue *to_queue(struct device *dev)
{
	return container_of(dev, struct toy_queue, dev);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_queue(dev)->size);
}

static ssize_t size_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	if (dev->driver)
		return -EPERM;
	return kstrtouint(buf, 10, &to_queue(dev)->size) ? -EINVAL : (ssize_t)count;
}

static const struct device_attribute dev_attr_size = __ATTR_RW(size);
static struct attribute *queue_attrs[] = {(struct attribute *)&dev_attr_size.attr, NULL};
static const struct attribute_group queue_group = {.attrs = queue_attrs};
static const struct attribute_group *queue_groups[] = {&queue_group, NULL};

static void queue_release(struct device *dev)
{
	say(dev, "release");
	kfree(to_queue(dev));
}

static const struct device_type queue_type = {
	.name = "queue",
	.groups = queue_groups,
	.release = queue_release,
};

/* ---- drivers ---- */

static int ctl_probe(struct device *dev)
{
	say(dev, "ctl probe");
	return 0;
}

static int ctl_remove(struct device *dev)
{
	say(dev, "ctl remove");
	return 0;
}

static void ctl_shutdown(struct device *dev)
{
	say(dev, "ctl shutdown");
}

static int user_probe(struct device *dev)
{
	say(dev, "user probe");
	return toy_probe_error;
}

static int user_remove(struct device *dev)
{
	say(dev, "user remove");
	return 0;
}

static ssize_t bound_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev->driver->name);
}

static const struct device_attribute dev_attr_bound = __ATTR_RO(bound);
static struct attribute *bound_attrs[] = {(struct attribute *)&dev_attr_bound.attr, NULL};
static const struct attribute_group bound_group = {.attrs = bound_attrs};
static const struct attribute_group *bound_groups[] = {&bound_group, NULL};

static struct device_driver ctl_driver = {
	.name = "ctl",
	.bus = &toy_bus,
	.mod_name = "toy_module",
	.probe = ctl_probe,
	.remove = ctl_remove,
	.shutdown = ctl_shutdown,
};

static struct device_driver user_driver = {
	.name = "user",
	.bus = &toy_bus,
	.probe = user_probe,
	.remove = user_remove,
	.dev_groups = bound_groups,
};

static struct device_driver other_driver = {
	.name = "other",
	.bus = &toy_bus,
	.suppress_bind_attrs = true,
	.probe = user_probe,
};

static int toy_match(struct device *dev, struct device_driver *drv)
{
	if (drv == &ctl_driver)
		return dev->type == &toy_type;
	return dev->type == &queue_type;
}

static int toy_probe(struct device *dev)
{
	return dev->driver->probe(dev);
}

static void toy_remove(struct device *dev)
{
	if (dev->driver->remove)
		dev->driver->remove(dev);
}

/* ---- what the tests call ---- */

static int match_toy(struct device *dev, const void *data)
{
	return dev->type == &toy_type;
}

struct device *toy_device(void)
{
	struct device *dev = bus_find_device(&toy_bus, NULL, NULL, match_toy);

	put_device(dev); /* it stays as long as the test */
	return dev;
}

struct device *toy_queue_device(u32 n)
{
	return &to_toy(toy_device())->queue[n]->dev;
}

struct bus_type *toy_bus_type(void)
{
	return &toy_bus;
}

static int add_queue(struct toy *t, u32 n)
{
	struct toy_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return -ENOMEM;
	device_initialize(&q->dev);
	q->number = n;
	q->dev.parent = &t->dev;
	q->dev.bus = &toy_bus;
	q->dev.type = &queue_type;
	dev_set_name(&q->dev, "q0.%u", n);
	t->queue[n] = q;
	return device_add(&q->dev);
}

int toy_register(void *arg)
{
	struct toy *t = kzalloc(sizeof(*t), GFP_KERNEL);
	int rc = bus_register(&toy_bus);

	if (rc || !t)
		return rc ? rc : -ENOMEM;
	device_initialize(&t->dev);
	t->dev.bus = &toy_bus;
	t->dev.type = &toy_type;
	dev_set_name(&t->dev, "toy0");
	rc = device_add(&t->dev);
	if (!rc)
		rc = add_queue(t, 0);
	if (!rc)
		rc = add_queue(t, 1);
	if (!rc)
		rc = driver_register(&ctl_driver);
	if (!rc)
		rc = driver_register(&user_driver);
	return rc;
}

int toy_unregister(void *arg)
{
	struct device *dev = toy_device();
	struct toy *t = to_toy(dev);
	int i;

	driver_unregister(&user_driver);
	driver_unregister(&ctl_driver);
	for (i = TOY_QUEUES - 1; i >= 0; i--)
		if (t->queue[i])
			device_unregister(&t->queue[i]->dev);
	device_unregister(dev);
	bus_unregister(&toy_bus);
	return 0;
}

int toy_add_late(void *arg)
{
	return add_queue(to_toy(toy_device()), 7);
}

int toy_remove_queue(void *arg)
{
	u32 n = *(u32 *)arg;
	struct toy *t = to_toy(toy_device());
	struct device *dev = &t->queue[n]->dev;

	t->queue[n] = NULL;
	device_unregister(dev);
	return 0;
}

static void action(void *data)
{
	toy_event("", "action", data);
}

int toy_devres(void *arg)
{
	struct device *dev = toy_queue_device(0);
	char *text;

	if (devm_add_action(dev, action, "first") || devm_add_action(dev, action, "second"))
		return -ENOMEM;
	text = devm_kasprintf(dev, GFP_KERNEL, "%s+%d", dev_name(dev), 5);
	if (!text || strcmp(text, "q0.0+5"))
		return -EINVAL;
	devm_kfree(dev, text);
	text = devm_kzalloc(dev, 100, GFP_KERNEL);
	if (!text || text[99])
		return -EINVAL;
	devm_remove_action(dev, action, "none such"); /* warns */
	return devm_add_action_or_reset(dev, action, "third");
}

static int count(struct device *dev, void *data)
{
	return ++*(int *)data == 100;
}

/* Removes what it stands on and what comes next: the walk goes on behind them. */
static int remove_both(struct device *dev, void *data)
{
	u32 n;

	++*(int *)data;
	if (dev->type != &queue_type || to_queue(dev)->number != 0)
		return 0;
	for (n = 0; n < 2; n++)
		toy_remove_queue(&n);
	return 0;
}

int toy_find(void *arg)
{
	struct device *toy = toy_device();
	struct device *dev;
	int n = 0;

	dev = bus_find_device_by_name(&toy_bus, NULL, "q0.1\n");
	if (!dev || dev != toy_queue_device(1))
		return -1;
	put_device(dev);
	if (bus_find_device_by_name(&toy_bus, NULL, "q0.2") || driver_find("none", &toy_bus))
		return -2;
	if (driver_find("user", &toy_bus) != &user_driver)
		return -3;
	dev = device_find_child_by_name(toy, "q0.0");
	if (dev != toy_queue_device(0))
		return -4;
	put_device(dev);
	if (device_for_each_child(toy, &n, count) || n != 2)
		return -5;
	n = 0;
	if (toy_add_late(NULL))
		return -6;
	if (bus_for_each_dev(&toy_bus, NULL, &n, remove_both) || n != 3)
		return -7; /* toy0, q0.0 (which took q0.1 along), q0.7 */
	return 0;
}

int toy_errors(void *arg)
{
	struct device *toy = toy_device();
	struct device *dup;

	if (driver_register(&user_driver) != -EBUSY)
		return -1;
	if (bus_register(&toy_bus) != -EEXIST)
		return -2;
	if (sysfs_create_file(&toy->kobj, &dev_attr_level.attr) != -EEXIST)
		return -3;
	dup = kzalloc(sizeof(*dup), GFP_KERNEL);
	if (!dup)
		return -ENOMEM;
	device_initialize(dup);
	dup->release = (void (*)(struct device *))kfree;
	dup->parent = toy;
	if (device_add(dup) != -EINVAL) /* no name */
		return -4;
	dev_set_name(dup, "q0.0");
	if (device_add(dup) != -EEXIST)
		return -5;
	put_device(dup);
	if (device_driver_attach(&ctl_driver, toy) != -EBUSY)
		return -6;
	to_toy(toy)->hide = true;
	if (sysfs_update_group(&toy->kobj, &toy_optional_group))
		return -7;
	return driver_register(&other_driver) ? -8 : 0;
}

/* ---- notifications, shutdown ---- */

static int watch(struct notifier_block *nb, unsigned long what, void *data)
{
	static const char *const names[] = {"?",     "add",    "del",	  "removed",  "bind",
					    "bound", "unbind", "unbound", "not bound"};

	say(data, names[what <= 8 ? what : 0]);
	return NOTIFY_OK;
}

int toy_notifier(void *arg)
{
	struct notifier_block *nb = kzalloc(sizeof(*nb), GFP_KERNEL);

	if (!nb)
		return -ENOMEM;
	nb->notifier_call = watch;
	return bus_register_notifier(&toy_bus, nb);
}

int toy_shutdown(void *arg)
{
	device_shutdown();
	return 0;
}

int toy_sysfs_notify(void *arg)
{
	sysfs_notify(&toy_device()->kobj, NULL, "level");
	return 0;
}

/* ---- classes ---- */

static struct class toy_class = {.name = "toyclass"};

static int by_name(struct device *dev, const void *name)
{
	return !strcmp(dev_name(dev), name);
}

static int names_backwards(struct device *dev, void *data)
{
	say(dev, "child");
	return 0;
}

int toy_class_add(void *arg)
{
	struct device *toy = toy_device();
	struct device *a, *b, *virt;
	int rc = class_register(&toy_class);

	if (rc || class_register(&toy_class) != -EEXIST)
		return rc ? rc : -1;
	a = device_create(&toy_class, toy, 0, NULL, "a%d", 1);
	b = device_create(&toy_class, toy, 0, toy, "b%d", 1);
	virt = device_create(&toy_class, NULL, MKDEV(200, 7), NULL, "virt/one");
	if (IS_ERR(a) || IS_ERR(b) || IS_ERR(virt))
		return -2;
	if (!IS_ERR(device_create(&toy_class, toy, 0, NULL, "a1")))
		return -3; /* the name is taken */
	if (dev_get_drvdata(b) != toy || dev_to_node(a) != NUMA_NO_NODE)
		return -4;
	if (class_find_device(&toy_class, NULL, "b1", by_name) != b)
		return -5;
	put_device(b);
	if (class_find_device(&toy_class, b, "a1", by_name))
		return -6; /* a1 came before b1 */
	toy_events[0] = 0;
	return device_for_each_child_reverse(toy, NULL, names_backwards);
}

int toy_class_del(void *arg)
{
	struct device *dev;

	device_destroy(&toy_class, MKDEV(200, 7));
	while ((dev = class_find_device(&toy_class, NULL, NULL, device_match_any))) {
		put_device(dev);
		device_unregister(dev);
	}
	class_unregister(&toy_class);
	return 0;
}
