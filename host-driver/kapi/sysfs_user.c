// SPDX-License-Identifier: GPL-2.0
// The user's side of /sys and /dev: path system calls of programs outside the kernel.
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "devcore.h"
#include "kernfs.h"
#include "sysfs_io.h"
#include "sysfs_user.h"

/* Looks a path up in the current kernel; counted or ERR_PTR. */
static struct kernfs_node *lookup(const char *path, bool follow)
{
	if (path[0] != '/')
		return ERR_PTR(path[0] ? -EINVAL : -ENOENT);
	return kernfs_walk(devcore_current()->root, path, follow);
}

/* A node that read(2) and write(2) by path make sense for. */
static struct kernfs_node *lookup_file(const char *path, u32 uid, bool rd, bool wr)
{
	struct kernfs_node *kn = lookup(path, true);
	int rc = 0;

	if (IS_ERR(kn))
		return kn;
	if (kn->type == KERNFS_DIR)
		rc = -EISDIR;
	else if (kn->type == KERNFS_CHR)
		rc = -ENXIO; /* character devices are opened by processes: file.h */
	else
		rc = sysfs_may_open(kn, uid, rd, wr);
	if (rc) {
		kernfs_put(kn);
		return ERR_PTR(rc);
	}
	return kn;
}

static int read_node(struct kernfs_node *kn, char *buf, u32 len, u64 off)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);
	ssize_t rc;

	if (!page)
		return -ENOMEM;
	if (kn->type == KERNFS_BIN) {
		rc = sysfs_bin_io(kn, page, off, min_t(u32, len, PAGE_SIZE), false);
		if (rc > 0)
			memcpy(buf, page, rc);
	} else {
		rc = sysfs_show(kn, page);
		if (rc > 0) {
			u64 left = off < (u64)rc ? rc - off : 0;

			rc = min_t(u64, left, len);
			memcpy(buf, page + off, rc);
		}
	}
	free_page((unsigned long)page);
	return rc;
}

static int read_path(struct kernel *k, u32 uid, const char *path, char *buf, u32 len, u64 off)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc;

	kernel_enter(k, &frame);
	kn = lookup_file(path, uid, true, false);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		rc = read_node(kn, buf, len, off);
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

int ksys_read(struct kernel *k, const char *path, char *buf, u32 len)
{
	return read_path(k, KSYS_UID_ROOT, path, buf, len, 0);
}

int ksys_pread(struct kernel *k, const char *path, char *buf, u32 len, u64 off)
{
	return read_path(k, KSYS_UID_ROOT, path, buf, len, off);
}

int ksys_read_as(struct kernel *k, u32 uid, const char *path, char *buf, u32 len)
{
	return read_path(k, uid, path, buf, len, 0);
}

static int write_node(struct kernfs_node *kn, const char *buf, u32 len)
{
	u32 n = min_t(u32, len, PAGE_SIZE);
	char *text = kmalloc(n + 1, GFP_KERNEL);
	int rc;

	if (!text)
		return -ENOMEM;
	memcpy(text, buf, n);
	text[n] = '\0';
	if (kn->type == KERNFS_BIN)
		rc = sysfs_bin_io(kn, text, 0, n, true);
	else
		rc = sysfs_store(kn, text, n);
	kfree(text);
	return rc;
}

int ksys_write_as(struct kernel *k, u32 uid, const char *path, const char *buf, u32 len)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc;

	kernel_enter(k, &frame);
	kn = lookup_file(path, uid, false, true);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		rc = write_node(kn, buf, len);
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

int ksys_write(struct kernel *k, const char *path, const char *buf, u32 len)
{
	return ksys_write_as(k, KSYS_UID_ROOT, path, buf, len);
}

int ksys_readlink(struct kernel *k, const char *path, char *buf, u32 len)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	char *text;
	int rc = -EINVAL;

	kernel_enter(k, &frame);
	kn = lookup(path, false);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
		goto out;
	}
	if (kn->type == KERNFS_LINK && len) {
		rc = -ENOMEM;
		text = kmalloc(KERNFS_PATH_MAX, GFP_KERNEL);
		if (text) {
			rc = min_t(size_t, kernfs_link_text(kn, text, KERNFS_PATH_MAX), len);
			memcpy(buf, text, rc);
			kfree(text);
		}
	}
	kernfs_put(kn);
out:
	kernel_leave(&frame);
	return rc;
}

int ksys_realpath(struct kernel *k, const char *path, char *buf, u32 len)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc;

	kernel_enter(k, &frame);
	kn = lookup(path, true);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		rc = kernfs_path(kn, buf, len);
		if (rc >= (int)len)
			rc = -ERANGE;
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

static enum ksys_type type_of(const struct kernfs_node *kn)
{
	switch (kn->type) {
	case KERNFS_DIR:
		return KSYS_DIR;
	case KERNFS_LINK:
		return KSYS_LINK;
	case KERNFS_CHR:
		return KSYS_CHR;
	default:
		return KSYS_FILE;
	}
}

static u64 size_of(const struct kernfs_node *kn)
{
	if (kn->type == KERNFS_FILE)
		return PAGE_SIZE;
	return kn->type == KERNFS_BIN ? kn->bin_attr->size : 0;
}

int ksys_stat(struct kernel *k, const char *path, bool follow, struct ksys_stat *st)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc = 0;

	kernel_enter(k, &frame);
	kn = lookup(path, follow);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		*st = (struct ksys_stat){
			.type = type_of(kn),
			.mode = kn->mode,
			.uid = kn->uid,
			.gid = kn->gid,
			.major = kn->type == KERNFS_CHR ? MAJOR(kn->rdev) : 0,
			.minor = kn->type == KERNFS_CHR ? MINOR(kn->rdev) : 0,
			.size = size_of(kn),
		};
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

bool ksys_exists(struct kernel *k, const char *path)
{
	struct ksys_stat st;

	return ksys_stat(k, path, true, &st) == 0;
}

/* The callback may change the tree: the entry it stands on is held, and a removed one ends the
 * list. */
static int list_node(struct kernfs_node *dir, ksys_list_fn *fn, void *ctx)
{
	struct kernfs_node *kn, *next;
	int rc = 0;

	if (list_empty(&dir->children))
		return 0;
	kn = kernfs_get(list_first_entry(&dir->children, struct kernfs_node, sibling));
	while (kn && !rc) {
		rc = fn(ctx, kn->name, type_of(kn));
		next = NULL;
		if (kn->parent == dir && !list_is_last(&kn->sibling, &dir->children))
			next = kernfs_get(list_next_entry(kn, sibling));
		kernfs_put(kn);
		kn = next;
	}
	kernfs_put(kn);
	return rc;
}

int ksys_list(struct kernel *k, const char *dir, ksys_list_fn *fn, void *ctx)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc;

	kernel_enter(k, &frame);
	kn = lookup(dir, true);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		rc = kn->type == KERNFS_DIR ? list_node(kn, fn, ctx) : -ENOTDIR;
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

int ksys_chmod(struct kernel *k, const char *path, u32 mode)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc = 0;

	kernel_enter(k, &frame);
	kn = lookup(path, true);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		kn->mode = mode & S_IALLUGO;
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}

int ksys_chown(struct kernel *k, const char *path, u32 uid, u32 gid)
{
	struct kernel_frame frame;
	struct kernfs_node *kn;
	int rc = 0;

	kernel_enter(k, &frame);
	kn = lookup(path, true);
	if (IS_ERR(kn)) {
		rc = PTR_ERR(kn);
	} else {
		kn->uid = uid;
		kn->gid = gid;
		kernfs_put(kn);
	}
	kernel_leave(&frame);
	return rc;
}
