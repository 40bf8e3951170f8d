/* SPDX-License-Identifier: GPL-2.0 */
/* Running the functions behind an attribute's node (private to kapi). */
#ifndef HOST_DRIVER_KAPI_SYSFS_IO_H
#define HOST_DRIVER_KAPI_SYSFS_IO_H

#include <linux/types.h>

struct kernfs_node;

/* What open(2) says: 0 or -EACCES. */
int sysfs_may_open(const struct kernfs_node *kn, u32 uid, bool rd, bool wr);
/* @page: PAGE_SIZE bytes, page-aligned, as attribute functions expect. Bytes or -errno. */
ssize_t sysfs_show(struct kernfs_node *kn, char *page);
/* @page: terminated text of @len < PAGE_SIZE + 1 bytes. */
ssize_t sysfs_store(struct kernfs_node *kn, const char *page, size_t len);
/* At most PAGE_SIZE bytes of a binary attribute. */
ssize_t sysfs_bin_io(struct kernfs_node *kn, char *page, loff_t off, size_t len, bool write);

#endif
