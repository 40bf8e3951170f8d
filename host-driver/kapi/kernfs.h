/* SPDX-License-Identifier: GPL-2.0 */
/* The tree behind /sys and /dev of one kernel: nodes in the order they were made (private to kapi).
 */
#ifndef HOST_DRIVER_KAPI_KERNFS_H
#define HOST_DRIVER_KAPI_KERNFS_H

#include <linux/list.h>
#include <linux/stat.h>
#include <linux/types.h>

struct attribute;
struct bin_attribute;
struct kobject;

#define KERNFS_NAME_MAX 255
#define KERNFS_PATH_MAX 4096

enum kernfs_type { KERNFS_DIR, KERNFS_FILE, KERNFS_BIN, KERNFS_LINK, KERNFS_CHR };

struct kernfs_node {
	const char *name;
	struct kernfs_node *parent; /* NULL: the root, or removed */
	struct list_head sibling;
	struct list_head children; /* KERNFS_DIR */
	u8 type;
	bool own_name; /* freed with the node */
	bool dead;     /* removed: no new users */
	umode_t mode;  /* permission bits */
	u32 uid, gid;
	u32 refs;   /* holders of the memory */
	u32 active; /* attribute functions that run now */
	u32 event;  /* counts notifications */
	u32 hash;   /* of the name */
	struct kobject *kobj;
	union {
		const struct attribute *attr;	      /* KERNFS_FILE */
		const struct bin_attribute *bin_attr; /* KERNFS_BIN */
		struct kernfs_node *target;	      /* KERNFS_LINK, holds a reference */
		dev_t rdev;			      /* KERNFS_CHR */
	};
};

/* The root "/" with "sys" and "dev" below. NULL: no memory. */
struct kernfs_node *kernfs_create_root(void);
/*
 * Makes a node below @parent, last in order. @name is copied, except that of files, which lives as
 * long as their attribute. ERR_PTR: -EEXIST, -ENOMEM, -ENOENT (parent removed), -EINVAL (name).
 */
struct kernfs_node *kernfs_new_node(struct kernfs_node *parent, const char *name, u8 type,
				    umode_t mode, struct kobject *kobj);
struct kernfs_node *kernfs_new_link(struct kernfs_node *parent, const char *name,
				    struct kernfs_node *target);
/* Takes @kn and everything below out of the tree; waits for functions that still run in it. */
void kernfs_remove(struct kernfs_node *kn);
/* The same from within an attribute function of @kn itself. */
void kernfs_remove_self(struct kernfs_node *kn);
/* NULL when there is none. */
struct kernfs_node *kernfs_find(const struct kernfs_node *parent, const char *name);

struct kernfs_node *kernfs_get(struct kernfs_node *kn);
void kernfs_put(struct kernfs_node *kn);
/* Brackets of an attribute function; false when the node is removed. */
bool kernfs_get_active(struct kernfs_node *kn);
void kernfs_put_active(struct kernfs_node *kn);

/* Follows @path from @root; @follow: also a link at its end. Counted node or ERR_PTR. */
struct kernfs_node *kernfs_walk(struct kernfs_node *root, const char *path, bool follow);
/* Absolute path, terminated when it fits; its length. */
size_t kernfs_path(const struct kernfs_node *kn, char *buf, size_t size);
/* Text of a link, relative to the directory it lies in; its length. */
size_t kernfs_link_text(const struct kernfs_node *kn, char *buf, size_t size);
/* 0 or -EACCES for access of @uid with the bits of S_IRUSR, S_IWUSR in @want. */
int kernfs_permission(const struct kernfs_node *kn, u32 uid, umode_t want);

#endif
