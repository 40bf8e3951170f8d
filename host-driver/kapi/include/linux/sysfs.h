/* SPDX-License-Identifier: GPL-2.0 */
/* sysfs: attributes, attribute groups, links. Semantics: fs/sysfs and fs/kernfs of Linux 6.1. */
#ifndef _LINUX_SYSFS_H
#define _LINUX_SYSFS_H

#include <linux/types.h>
#include <linux/stat.h>

struct kobject;
struct file;
struct vm_area_struct;

struct attribute {
	const char *name;
	umode_t mode;
};

struct bin_attribute {
	struct attribute attr;
	size_t size; /* 0: unknown */
	void *private;
	ssize_t (*read)(struct file *, struct kobject *, struct bin_attribute *, char *, loff_t,
			size_t);
	ssize_t (*write)(struct file *, struct kobject *, struct bin_attribute *, char *, loff_t,
			 size_t);
	int (*mmap)(struct file *, struct kobject *, struct bin_attribute *attr,
		    struct vm_area_struct *vma);
};

/* A mode of 0 from is_visible hides the attribute. Evaluated once, when the group is created. */
struct attribute_group {
	const char *name; /* non-NULL: a sub-directory */
	umode_t (*is_visible)(struct kobject *, struct attribute *, int);
	umode_t (*is_bin_visible)(struct kobject *, struct bin_attribute *, int);
	struct attribute **attrs;
	struct bin_attribute **bin_attrs;
};

struct sysfs_ops {
	ssize_t (*show)(struct kobject *, struct attribute *, char *);
	ssize_t (*store)(struct kobject *, struct attribute *, const char *, size_t);
};

#define SYSFS_PREALLOC 010000

#define __ATTR(_name, _mode, _show, _store)                                                        \
	{                                                                                          \
		.attr = {.name = __stringify(_name), .mode = (_mode)}, .show = _show,              \
		.store = _store,                                                                   \
	}
#define __ATTR_RO(_name)                                                                           \
	{                                                                                          \
		.attr = {.name = __stringify(_name), .mode = 0444}, .show = _name##_show,          \
	}
#define __ATTR_WO(_name)                                                                           \
	{                                                                                          \
		.attr = {.name = __stringify(_name), .mode = 0200}, .store = _name##_store,        \
	}
#define __ATTR_RW(_name) __ATTR(_name, 0644, _name##_show, _name##_store)
#define __ATTR_RO_MODE(_name, _mode)                                                               \
	{                                                                                          \
		.attr = {.name = __stringify(_name), .mode = (_mode)}, .show = _name##_show,       \
	}
#define __ATTR_NULL                                                                                \
	{                                                                                          \
		.attr = {.name = NULL }                                                            \
	}

#define __ATTRIBUTE_GROUPS(_name)                                                                  \
	static const struct attribute_group *_name##_groups[] = {                                  \
		&_name##_group,                                                                    \
		NULL,                                                                              \
	}
#define ATTRIBUTE_GROUPS(_name)                                                                    \
	static const struct attribute_group _name##_group = {                                      \
		.attrs = _name##_attrs,                                                            \
	};                                                                                         \
	__ATTRIBUTE_GROUPS(_name)

#define __BIN_ATTR(_name, _mode, _read, _write, _size)                                             \
	{                                                                                          \
		.attr = {.name = __stringify(_name), .mode = _mode}, .size = _size, .read = _read, \
		.write = _write,                                                                   \
	}
#define BIN_ATTR(_name, _mode, _read, _write, _size)                                               \
	struct bin_attribute bin_attr_##_name = __BIN_ATTR(_name, _mode, _read, _write, _size)

#define sysfs_attr_init(attr)                                                                      \
	do {                                                                                       \
	} while (0)
#define sysfs_bin_attr_init(attr)                                                                  \
	do {                                                                                       \
	} while (0)

/* Each: 0, -EEXIST when the name is taken, -ENOENT when @kobj has no directory, -ENOMEM. */
int sysfs_create_dir(struct kobject *kobj);
void sysfs_remove_dir(struct kobject *kobj);
int sysfs_create_file(struct kobject *kobj, const struct attribute *attr);
/* Waits until nobody runs the attribute's functions. */
void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr);
/* From within the attribute's own store function; false when somebody else removed it before. */
bool sysfs_remove_file_self(struct kobject *kobj, const struct attribute *attr);
int sysfs_create_files(struct kobject *kobj, const struct attribute *const *attr);
void sysfs_remove_files(struct kobject *kobj, const struct attribute *const *attr);
int sysfs_create_bin_file(struct kobject *kobj, const struct bin_attribute *attr);
void sysfs_remove_bin_file(struct kobject *kobj, const struct bin_attribute *attr);
int sysfs_create_group(struct kobject *kobj, const struct attribute_group *grp);
int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups);
/* Asks is_visible again and adds, removes or re-modes the files. */
int sysfs_update_group(struct kobject *kobj, const struct attribute_group *grp);
void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *grp);
void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups);
int sysfs_create_link(struct kobject *kobj, struct kobject *target, const char *name);
void sysfs_remove_link(struct kobject *kobj, const char *name);
/* Wakes those who poll the attribute's file. */
void sysfs_notify(struct kobject *kobj, const char *dir, const char *attr);

/* Formats into a PAGE_SIZE show buffer, never beyond it; returns the characters written. */
__attribute__((format(printf, 2, 3))) int sysfs_emit(char *buf, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) int sysfs_emit_at(char *buf, int at, const char *fmt, ...);

#endif
