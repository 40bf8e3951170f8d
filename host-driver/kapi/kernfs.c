// SPDX-License-Identifier: GPL-2.0
// The tree behind /sys and /dev: making, finding, walking and removing nodes.
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include "devcore.h"
#include "kernfs.h"

#define KERNFS_LINKS_MAX 40 /* MAXSYMLINKS */

static u32 name_hash(const char *name, size_t len)
{
	u32 h = 2166136261u;

	while (len--)
		h = (h ^ (u8)*name++) * 16777619u;
	return h;
}

static struct kernfs_node *node_alloc(const char *name, u8 type, umode_t mode)
{
	struct kernfs_node *kn = kzalloc(sizeof(*kn), GFP_KERNEL);

	if (!kn)
		return NULL;
	if (type == KERNFS_FILE || type == KERNFS_BIN) {
		kn->name = name;
	} else {
		kn->name = kstrdup(name, GFP_KERNEL);
		kn->own_name = true;
		if (!kn->name) {
			kfree(kn);
			return NULL;
		}
	}
	kn->hash = name_hash(name, strlen(name));
	INIT_LIST_HEAD(&kn->sibling);
	INIT_LIST_HEAD(&kn->children);
	kn->type = type;
	kn->mode = mode & S_IALLUGO;
	kn->refs = 1;
	return kn;
}

struct kernfs_node *kernfs_create_root(void)
{
	struct kernfs_node *root = node_alloc("", KERNFS_DIR, 0755);

	if (!root)
		return NULL;
	if (IS_ERR(kernfs_new_node(root, "sys", KERNFS_DIR, 0555, NULL)) ||
	    IS_ERR(kernfs_new_node(root, "dev", KERNFS_DIR, 0755, NULL)))
		return NULL;
	return root;
}

struct kernfs_node *kernfs_get(struct kernfs_node *kn)
{
	kn->refs++;
	return kn;
}

void kernfs_put(struct kernfs_node *kn)
{
	while (kn && --kn->refs == 0) {
		struct kernfs_node *target = kn->type == KERNFS_LINK ? kn->target : NULL;

		if (kn->own_name)
			kfree(kn->name);
		kfree(kn);
		kn = target;
	}
}

struct kernfs_node *kernfs_find(const struct kernfs_node *parent, const char *name)
{
	struct kernfs_node *kn;
	u32 hash;

	if (parent->type != KERNFS_DIR)
		return NULL;
	hash = name_hash(name, strlen(name));
	list_for_each_entry (kn, &parent->children, sibling)
		if (kn->hash == hash && strcmp(kn->name, name) == 0)
			return kn;
	return NULL;
}

struct kernfs_node *kernfs_new_node(struct kernfs_node *parent, const char *name, u8 type,
				    umode_t mode, struct kobject *kobj)
{
	struct kernfs_node *kn;

	if (!*name || strchr(name, '/') || strlen(name) > KERNFS_NAME_MAX || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return ERR_PTR(-EINVAL);
	if (parent->dead || parent->type != KERNFS_DIR)
		return ERR_PTR(-ENOENT);
	if (kernfs_find(parent, name))
		return ERR_PTR(-EEXIST);
	kn = node_alloc(name, type, mode);
	if (!kn)
		return ERR_PTR(-ENOMEM);
	kn->kobj = kobj;
	kn->parent = parent;
	list_add_tail(&kn->sibling, &parent->children);
	return kn;
}

struct kernfs_node *kernfs_new_link(struct kernfs_node *parent, const char *name,
				    struct kernfs_node *target)
{
	struct kernfs_node *kn;

	if (target->dead)
		return ERR_PTR(-ENOENT);
	kn = kernfs_new_node(parent, name, KERNFS_LINK, 0777, NULL);
	if (!IS_ERR(kn))
		kn->target = kernfs_get(target);
	return kn;
}

/* The next node to remove below and including @kn: leaves first. */
static struct kernfs_node *deepest(struct kernfs_node *kn)
{
	while (kn->type == KERNFS_DIR && !list_empty(&kn->children))
		kn = list_first_entry(&kn->children, struct kernfs_node, sibling);
	return kn;
}

static void mark_dead(struct kernfs_node *kn)
{
	struct kernfs_node *child;

	kn->dead = true;
	if (kn->type == KERNFS_DIR)
		list_for_each_entry (child, &kn->children, sibling)
			mark_dead(child);
}

void kernfs_remove(struct kernfs_node *kn)
{
	struct devcore *core = devcore_current();
	struct kernfs_node *pos;

	if (!kn || kn->dead)
		return;
	/* Nobody gets in from here on, and names are free again only when all are out. */
	mark_dead(kn);
	kernfs_get(kn);
	do {
		pos = deepest(kn);
		kernfs_get(pos);
		wait_event(core->drained, pos->active == 0);
		/* Another fiber may have removed it while this one waited. */
		if (pos->parent) {
			list_del_init(&pos->sibling);
			pos->parent = NULL;
			kernfs_put(pos);
		}
		kernfs_put(pos);
	} while (pos != kn);
	kernfs_put(kn);
}

void kernfs_remove_self(struct kernfs_node *kn)
{
	kn->active--;
	kernfs_remove(kn);
	kn->active++;
}

bool kernfs_get_active(struct kernfs_node *kn)
{
	if (kn->dead)
		return false;
	kn->active++;
	kernfs_get(kn);
	return true;
}

void kernfs_put_active(struct kernfs_node *kn)
{
	if (--kn->active == 0 && kn->dead)
		wake_up_all(&devcore_current()->drained);
	kernfs_put(kn);
}

static struct kernfs_node *step(struct kernfs_node *at, const char *name, size_t len)
{
	struct kernfs_node *kn;
	u32 hash;

	if (len == 1 && name[0] == '.')
		return at;
	if (len == 2 && name[0] == '.' && name[1] == '.')
		return at->parent ? at->parent : at;
	/* What came last is used most: from the end. */
	hash = name_hash(name, len);
	list_for_each_entry_reverse(kn, &at->children,
				    sibling) if (kn->hash == hash && strlen(kn->name) == len &&
						 !memcmp(kn->name, name, len)) return kn;
	return NULL;
}

struct kernfs_node *kernfs_walk(struct kernfs_node *root, const char *path, bool follow)
{
	struct kernfs_node *at = root;
	u32 links = 0;

	if (!*path)
		return ERR_PTR(-ENOENT);
	if (strnlen(path, KERNFS_PATH_MAX) >= KERNFS_PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	while (*path) {
		size_t len = 0;
		bool last;

		while (*path == '/')
			path++;
		while (path[len] && path[len] != '/')
			len++;
		if (!len)
			break;
		if (at->type != KERNFS_DIR)
			return ERR_PTR(-ENOTDIR);
		if (len > KERNFS_NAME_MAX)
			return ERR_PTR(-ENAMETOOLONG);
		at = step(at, path, len);
		if (!at)
			return ERR_PTR(-ENOENT);
		path += len;
		last = !*path;
		while (at->type == KERNFS_LINK && (!last || follow)) {
			if (++links > KERNFS_LINKS_MAX)
				return ERR_PTR(-ELOOP);
			at = at->target;
			if (at->dead)
				return ERR_PTR(-ENOENT);
		}
		if (*path && at->type != KERNFS_DIR)
			return ERR_PTR(-ENOTDIR);
	}
	return kernfs_get(at);
}

/* Appends to a buffer that may be too small; counts on. */
static size_t put_text(char *buf, size_t size, size_t at, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (at + i < size)
			buf[at + i] = text[i];
	return at + len;
}

static size_t put_path(const struct kernfs_node *top, const struct kernfs_node *kn, char *buf,
		       size_t size, size_t at)
{
	if (kn == top || !kn->parent)
		return at;
	at = put_path(top, kn->parent, buf, size, at);
	if (kn->parent != top)
		at = put_text(buf, size, at, "/", 1);
	return put_text(buf, size, at, kn->name, strlen(kn->name));
}

static void terminate(char *buf, size_t size, size_t at)
{
	if (size)
		buf[min(at, size - 1)] = '\0';
}

size_t kernfs_path(const struct kernfs_node *kn, char *buf, size_t size)
{
	const struct kernfs_node *root = kn;
	size_t at = put_text(buf, size, 0, "/", 1);

	while (root->parent)
		root = root->parent;
	at = put_path(root, kn, buf, size, at);
	terminate(buf, size, at);
	return at;
}

static bool is_above(const struct kernfs_node *top, const struct kernfs_node *kn)
{
	for (; kn; kn = kn->parent)
		if (kn == top)
			return true;
	return false;
}

size_t kernfs_link_text(const struct kernfs_node *kn, char *buf, size_t size)
{
	const struct kernfs_node *base = kn->parent;
	size_t at = 0;

	while (base && base->parent && !is_above(base, kn->target)) {
		at = put_text(buf, size, at, "../", 3);
		base = base->parent;
	}
	at = put_path(base, kn->target, buf, size, at);
	terminate(buf, size, at);
	return at;
}

int kernfs_permission(const struct kernfs_node *kn, u32 uid, umode_t want)
{
	umode_t have = kn->mode;

	if (uid == 0)
		return 0; /* CAP_DAC_OVERRIDE */
	if (uid != kn->uid)
		have = have << 6; /* groups of processes are not modelled: "other" */
	return (have & want) == want ? 0 : -EACCES;
}
