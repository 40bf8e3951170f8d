// SPDX-License-Identifier: GPL-2.0
// sysfs: the tree's nodes for kobjects, attributes, groups and links.
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "devcore.h"
#include "kernfs.h"
#include "sysfs_io.h"

int sysfs_create_dir(struct kobject *kobj)
{
	struct kernfs_node *parent = kobj->parent ? kobj->parent->sd : devcore_current()->sys;
	struct kernfs_node *kn;

	if (!parent)
		return -ENOENT;
	kn = kernfs_new_node(parent, kobject_name(kobj), KERNFS_DIR, 0755, kobj);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	kobj->sd = kn;
	return 0;
}

void sysfs_remove_dir(struct kobject *kobj)
{
	struct kernfs_node *kn = kobj->sd;

	kobj->sd = NULL;
	kernfs_remove(kn);
}

static int add_file(struct kernfs_node *dir, struct kobject *kobj, const struct attribute *attr,
		    umode_t mode)
{
	struct kernfs_node *kn;

	kn = kernfs_new_node(dir, attr->name, KERNFS_FILE, mode & 0777, kobj);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	kn->attr = attr;
	return 0;
}

static int add_bin_file(struct kernfs_node *dir, struct kobject *kobj,
			const struct bin_attribute *attr, umode_t mode)
{
	struct kernfs_node *kn;

	kn = kernfs_new_node(dir, attr->attr.name, KERNFS_BIN, mode & 0777, kobj);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	kn->bin_attr = attr;
	return 0;
}

static void remove_name(struct kernfs_node *dir, const char *name)
{
	struct kernfs_node *kn = dir ? kernfs_find(dir, name) : NULL;

	if (kn)
		kernfs_remove(kn);
}

int sysfs_create_file(struct kobject *kobj, const struct attribute *attr)
{
	if (WARN_ON(!kobj || !kobj->sd || !attr))
		return -EINVAL;
	return add_file(kobj->sd, kobj, attr, attr->mode);
}

void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr)
{
	remove_name(kobj->sd, attr->name);
}

bool sysfs_remove_file_self(struct kobject *kobj, const struct attribute *attr)
{
	struct kernfs_node *kn = kobj->sd ? kernfs_find(kobj->sd, attr->name) : NULL;

	if (!kn || kn->dead)
		return false;
	kernfs_remove_self(kn);
	return true;
}

int sysfs_create_files(struct kobject *kobj, const struct attribute *const *ptr)
{
	int rc = 0;
	int i;

	for (i = 0; ptr[i] && !rc; i++)
		rc = sysfs_create_file(kobj, ptr[i]);
	if (rc)
		while (--i > 0)
			sysfs_remove_file(kobj, ptr[i - 1]);
	return rc;
}

void sysfs_remove_files(struct kobject *kobj, const struct attribute *const *ptr)
{
	for (; *ptr; ptr++)
		sysfs_remove_file(kobj, *ptr);
}

int sysfs_create_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
	if (WARN_ON(!kobj || !kobj->sd || !attr))
		return -EINVAL;
	return add_bin_file(kobj->sd, kobj, attr, attr->attr.mode);
}

void sysfs_remove_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
	remove_name(kobj->sd, attr->attr.name);
}

static void remove_files(struct kernfs_node *dir, const struct attribute_group *grp)
{
	struct bin_attribute *const *bin;
	struct attribute *const *attr;

	for (attr = grp->attrs; attr && *attr; attr++)
		remove_name(dir, (*attr)->name);
	for (bin = grp->bin_attrs; bin && *bin; bin++)
		remove_name(dir, (*bin)->attr.name);
}

static int create_files(struct kernfs_node *dir, struct kobject *kobj,
			const struct attribute_group *grp, bool update)
{
	struct bin_attribute *const *bin;
	struct attribute *const *attr;
	int rc = 0;
	int i;

	for (i = 0, attr = grp->attrs; attr && *attr && !rc; i++, attr++) {
		umode_t mode = (*attr)->mode;

		/* In update mode a file that stays visible is made anew, as the kernel does. */
		if (update)
			remove_name(dir, (*attr)->name);
		if (grp->is_visible) {
			mode = grp->is_visible(kobj, *attr, i);
			if (!mode)
				continue;
		}
		rc = add_file(dir, kobj, *attr, mode);
	}
	for (i = 0, bin = grp->bin_attrs; bin && *bin && !rc; i++, bin++) {
		umode_t mode = (*bin)->attr.mode;

		if (update)
			remove_name(dir, (*bin)->attr.name);
		if (grp->is_bin_visible) {
			mode = grp->is_bin_visible(kobj, *bin, i);
			if (!mode)
				continue;
		}
		rc = add_bin_file(dir, kobj, *bin, mode);
	}
	if (rc)
		remove_files(dir, grp);
	return rc;
}

static int create_group(struct kobject *kobj, const struct attribute_group *grp, bool update)
{
	struct kernfs_node *dir = kobj->sd;
	int rc;

	if (!dir)
		return update ? -EINVAL : -ENOENT;
	if (WARN_ON(!grp->attrs && !grp->bin_attrs))
		return -EINVAL;
	if (grp->name) {
		dir = update ? kernfs_find(dir, grp->name)
			     : kernfs_new_node(dir, grp->name, KERNFS_DIR, 0755, kobj);
		if (!dir)
			return -EINVAL;
		if (IS_ERR(dir))
			return PTR_ERR(dir);
	}
	rc = create_files(dir, kobj, grp, update);
	if (rc && grp->name)
		kernfs_remove(dir);
	return rc;
}

int sysfs_create_group(struct kobject *kobj, const struct attribute_group *grp)
{
	return create_group(kobj, grp, false);
}

int sysfs_update_group(struct kobject *kobj, const struct attribute_group *grp)
{
	return create_group(kobj, grp, true);
}

int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	int rc = 0;
	int i;

	if (!groups)
		return 0;
	for (i = 0; groups[i]; i++) {
		rc = create_group(kobj, groups[i], false);
		if (rc) {
			while (--i >= 0)
				sysfs_remove_group(kobj, groups[i]);
			break;
		}
	}
	return rc;
}

void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *grp)
{
	struct kernfs_node *dir = kobj->sd;

	if (!dir)
		return;
	if (!grp->name) {
		remove_files(dir, grp);
		return;
	}
	dir = kernfs_find(dir, grp->name);
	if (!dir)
		pr_warn("sysfs group '%s' not found for kobject '%s'\n", grp->name,
			kobject_name(kobj));
	kernfs_remove(dir);
}

void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	if (!groups)
		return;
	for (; *groups; groups++)
		sysfs_remove_group(kobj, *groups);
}

int sysfs_create_link(struct kobject *kobj, struct kobject *target, const char *name)
{
	struct kernfs_node *dir = kobj ? kobj->sd : devcore_current()->sys;
	struct kernfs_node *kn;

	if (!dir || !target->sd)
		return dir ? -ENOENT : -EFAULT;
	kn = kernfs_new_link(dir, name, target->sd);
	return IS_ERR(kn) ? PTR_ERR(kn) : 0;
}

void sysfs_remove_link(struct kobject *kobj, const char *name)
{
	remove_name(kobj ? kobj->sd : devcore_current()->sys, name);
}

void sysfs_notify(struct kobject *kobj, const char *dir, const char *attr)
{
	struct kernfs_node *kn = kobj->sd;

	if (kn && dir)
		kn = kernfs_find(kn, dir);
	if (kn && attr)
		kn = kernfs_find(kn, attr);
	if (kn) {
		kn->event++;
		wake_up_all(&devcore_current()->drained);
	}
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || offset_in_page(buf), "invalid sysfs_emit: buf:%p\n", buf))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return len;
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || offset_in_page(buf) || at < 0 || at >= (int)PAGE_SIZE,
		 "invalid sysfs_emit_at: buf:%p at:%d\n", buf, at))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf + at, PAGE_SIZE - at, fmt, args);
	va_end(args);
	return len;
}

/* ---- reading and writing, for whoever holds the node open ---- */

static const struct sysfs_ops *ops_of(const struct kernfs_node *kn)
{
	return kn->kobj && kn->kobj->ktype ? kn->kobj->ktype->sysfs_ops : NULL;
}

int sysfs_may_open(const struct kernfs_node *kn, u32 uid, bool rd, bool wr)
{
	umode_t want = (rd ? S_IRUSR : 0) | (wr ? S_IWUSR : 0);
	bool has_read, has_write;
	int rc = kernfs_permission(kn, uid, want);

	if (rc)
		return rc;
	if (kn->type == KERNFS_BIN) {
		has_read = kn->bin_attr->read || kn->bin_attr->mmap;
		has_write = kn->bin_attr->write || kn->bin_attr->mmap;
	} else {
		const struct sysfs_ops *ops = ops_of(kn);

		has_read = ops && ops->show;
		has_write = ops && ops->store;
	}
	/* kernfs_fop_open(): on sysfs the mode binds root as well. */
	if (wr && (!(kn->mode & S_IWUGO) || !has_write))
		return -EACCES;
	if (rd && (!(kn->mode & S_IRUGO) || !has_read))
		return -EACCES;
	return 0;
}

ssize_t sysfs_show(struct kernfs_node *kn, char *page)
{
	ssize_t len;

	if (!kernfs_get_active(kn))
		return -ENODEV;
	memset(page, 0, PAGE_SIZE);
	len = ops_of(kn)->show(kn->kobj, (struct attribute *)kn->attr, page);
	if (len >= (ssize_t)PAGE_SIZE) {
		pr_err("fill_read_buffer: %s returned bad count\n", kn->name);
		len = PAGE_SIZE - 1;
	}
	kernfs_put_active(kn);
	return len;
}

ssize_t sysfs_store(struct kernfs_node *kn, const char *page, size_t len)
{
	ssize_t rc;

	if (!len)
		return 0;
	if (!kernfs_get_active(kn))
		return -ENODEV;
	rc = ops_of(kn)->store(kn->kobj, (struct attribute *)kn->attr, page, len);
	kernfs_put_active(kn);
	return rc;
}

ssize_t sysfs_bin_io(struct kernfs_node *kn, char *page, loff_t off, size_t len, bool write)
{
	struct bin_attribute *attr = (struct bin_attribute *)kn->bin_attr;
	ssize_t rc;

	if (off < 0)
		return -EINVAL;
	if (attr->size) {
		if (off >= (loff_t)attr->size)
			return write ? -EFBIG : 0;
		len = min_t(u64, len, attr->size - off);
	}
	if (!len)
		return 0;
	if (!(write ? attr->write != NULL : attr->read != NULL))
		return -EIO;
	if (!kernfs_get_active(kn))
		return -ENODEV;
	if (write)
		rc = attr->write(NULL, kn->kobj, attr, page, off, len);
	else
		rc = attr->read(NULL, kn->kobj, attr, page, off, len);
	kernfs_put_active(kn);
	return rc;
}
