/* SPDX-License-Identifier: GPL-2.0 */
/* kobjects: counted objects that are directories of sysfs. Semantics: lib/kobject.c of Linux 6.1.
 */
#ifndef _LINUX_KOBJECT_H
#define _LINUX_KOBJECT_H

#include <linux/types.h>
#include <linux/list.h>
#include <linux/kref.h>
#include <linux/sysfs.h>
#include <linux/err.h>

struct kernel;
struct kernfs_node;
struct kobj_type;
struct kset;

enum kobject_action {
	KOBJ_ADD,
	KOBJ_REMOVE,
	KOBJ_CHANGE,
	KOBJ_MOVE,
	KOBJ_ONLINE,
	KOBJ_OFFLINE,
	KOBJ_BIND,
	KOBJ_UNBIND,
};

/* Environment of a uevent. There is no netlink here: kapi collects it for the "uevent" files only.
 */
#define UEVENT_NUM_ENVP	   64
#define UEVENT_BUFFER_SIZE 2048
struct kobj_uevent_env {
	char buf[UEVENT_BUFFER_SIZE];
	int buflen;
};

struct kobject {
	const char *name; /* owned, kmalloc */
	struct list_head entry;
	struct kobject *parent; /* counted once added */
	struct kset *kset;
	const struct kobj_type *ktype;
	struct kernfs_node *sd; /* the directory, NULL while not in sysfs */
	struct kref kref;
	struct kernel *kernel; /* kapi: the kernel that initialised it */
	unsigned int state_initialized : 1;
	unsigned int state_in_sysfs : 1;
	unsigned int state_add_uevent_sent : 1;
	unsigned int state_remove_uevent_sent : 1;
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
	const struct sysfs_ops *sysfs_ops;
	const struct attribute_group **default_groups;
};

/* A plain attribute of a kobject without ktype of its own. */
struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
	ssize_t (*store)(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count);
};

extern const struct sysfs_ops kobj_sysfs_ops;

static inline const char *kobject_name(const struct kobject *kobj)
{
	return kobj->name;
}

/* Initialises a zeroed kobject with one reference; the kernel is the current one. */
void kobject_init(struct kobject *kobj, const struct kobj_type *ktype);
/* Names it and makes its directory below @parent (NULL: /sys). 0, -EEXIST, -EINVAL, -ENOMEM. */
__attribute__((format(printf, 3, 4))) int kobject_add(struct kobject *kobj, struct kobject *parent,
						      const char *fmt, ...);
__attribute__((format(printf, 4, 5))) int kobject_init_and_add(struct kobject *kobj,
							       const struct kobj_type *ktype,
							       struct kobject *parent,
							       const char *fmt, ...);
/* '/' in a name becomes '!', as in sysfs. 0 or -ENOMEM. */
__attribute__((format(printf, 2, 3))) int kobject_set_name(struct kobject *kobj, const char *fmt,
							   ...);
int kobject_set_name_vargs(struct kobject *kobj, const char *fmt, __builtin_va_list args);
/* Takes the directory away; waits for attribute functions that still run in it. */
void kobject_del(struct kobject *kobj);
struct kobject *kobject_get(struct kobject *kobj);
/* The last reference calls ktype->release, then frees the name. */
void kobject_put(struct kobject *kobj);
/* A bare directory; released by kobject_put(). NULL when out of memory or the name is taken. */
struct kobject *kobject_create_and_add(const char *name, struct kobject *parent);
int kobject_uevent(struct kobject *kobj, enum kobject_action action);
int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[]);
__attribute__((format(printf, 2, 3))) int add_uevent_var(struct kobj_uevent_env *env,
							 const char *fmt, ...);

#endif
