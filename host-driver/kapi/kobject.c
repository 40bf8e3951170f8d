// SPDX-License-Identifier: GPL-2.0
// kobjects: counting, naming, their place in sysfs.
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "host-driver/kapi/kernel.h"

void kobject_init(struct kobject *kobj, const struct kobj_type *ktype)
{
	kref_init(&kobj->kref);
	INIT_LIST_HEAD(&kobj->entry);
	kobj->ktype = ktype;
	kobj->kernel = kernel_current();
	kobj->sd = NULL;
	kobj->state_in_sysfs = 0;
	kobj->state_initialized = 1;
}

int kobject_set_name_vargs(struct kobject *kobj, const char *fmt, va_list args)
{
	char *name = kvasprintf(GFP_KERNEL, fmt, args);
	char *p;

	if (!name)
		return -ENOMEM;
	for (p = name; *p; p++)
		if (*p == '/')
			*p = '!';
	kfree(kobj->name);
	kobj->name = name;
	return 0;
}

int kobject_set_name(struct kobject *kobj, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = kobject_set_name_vargs(kobj, fmt, args);
	va_end(args);
	return rc;
}

/* Into the tree with a name that is set. */
static int add_named(struct kobject *kobj, struct kobject *parent)
{
	int rc;

	if (!kobj->name || !kobj->name[0])
		return -EINVAL;
	kobj->parent = kobject_get(parent);
	rc = sysfs_create_dir(kobj);
	if (!rc && kobj->ktype && kobj->ktype->default_groups) {
		rc = sysfs_create_groups(kobj, kobj->ktype->default_groups);
		if (rc)
			sysfs_remove_dir(kobj);
	}
	if (rc) {
		if (rc == -EEXIST)
			pr_err("kobject_add_internal failed for %s with -EEXIST, don't try to "
			       "register things with the same name in the same directory.\n",
			       kobj->name);
		kobj->parent = NULL;
		kobject_put(parent);
		return rc;
	}
	kobj->state_in_sysfs = 1;
	return 0;
}

int kobject_add(struct kobject *kobj, struct kobject *parent, const char *fmt, ...)
{
	va_list args;
	int rc = 0;

	if (WARN_ON(!kobj->state_initialized))
		return -EINVAL;
	if (fmt) {
		va_start(args, fmt);
		rc = kobject_set_name_vargs(kobj, fmt, args);
		va_end(args);
	}
	return rc ? rc : add_named(kobj, parent);
}

int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *ktype,
			 struct kobject *parent, const char *fmt, ...)
{
	va_list args;
	int rc;

	kobject_init(kobj, ktype);
	va_start(args, fmt);
	rc = kobject_set_name_vargs(kobj, fmt, args);
	va_end(args);
	return rc ? rc : add_named(kobj, parent);
}

void kobject_del(struct kobject *kobj)
{
	struct kobject *parent;

	if (!kobj || !kobj->state_in_sysfs)
		return;
	sysfs_remove_dir(kobj);
	kobj->state_in_sysfs = 0;
	parent = kobj->parent;
	kobj->parent = NULL;
	kobject_put(parent);
}

struct kobject *kobject_get(struct kobject *kobj)
{
	if (kobj)
		kref_get(&kobj->kref);
	return kobj;
}

static void kobject_release(struct kref *kref)
{
	struct kobject *kobj = container_of(kref, struct kobject, kref);
	const char *name = kobj->name;

	/* Its memory is its kernel's. */
	WARN_ON(kobj->kernel != kernel_current());
	kobject_del(kobj);
	if (kobj->ktype && kobj->ktype->release)
		kobj->ktype->release(kobj);
	kfree(name);
}

void kobject_put(struct kobject *kobj)
{
	if (kobj)
		kref_put(&kobj->kref, kobject_release);
}

static void dynamic_release(struct kobject *kobj)
{
	kfree(kobj);
}

static ssize_t kobj_attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct kobj_attribute *ka = container_of(attr, struct kobj_attribute, attr);

	return ka->show ? ka->show(kobj, ka, buf) : -EIO;
}

static ssize_t kobj_attr_store(struct kobject *kobj, struct attribute *attr, const char *buf,
			       size_t count)
{
	struct kobj_attribute *ka = container_of(attr, struct kobj_attribute, attr);

	return ka->store ? ka->store(kobj, ka, buf, count) : -EIO;
}

const struct sysfs_ops kobj_sysfs_ops = {
	.show = kobj_attr_show,
	.store = kobj_attr_store,
};

static const struct kobj_type dynamic_ktype = {
	.release = dynamic_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);

	if (!kobj)
		return NULL;
	if (kobject_init_and_add(kobj, &dynamic_ktype, parent, "%s", name)) {
		kobject_put(kobj);
		return NULL;
	}
	return kobj;
}

/* Nobody listens: there is no netlink. Kept so that drivers say what they would say. */
int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	if (action == KOBJ_ADD)
		kobj->state_add_uevent_sent = 1;
	else if (action == KOBJ_REMOVE)
		kobj->state_remove_uevent_sent = 1;
	return 0;
}

int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return kobject_uevent_env(kobj, action, NULL);
}

int add_uevent_var(struct kobj_uevent_env *env, const char *fmt, ...)
{
	int room = (int)sizeof(env->buf) - env->buflen;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(env->buf + env->buflen, room, fmt, args);
	va_end(args);
	if (len + 1 >= room)
		return -ENOMEM;
	env->buflen += len;
	env->buf[env->buflen++] = '\n';
	env->buf[env->buflen] = '\0';
	return 0;
}
