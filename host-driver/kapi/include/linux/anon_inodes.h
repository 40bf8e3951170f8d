/* SPDX-License-Identifier: GPL-2.0 */
/* Files without a place in any tree. */
#ifndef _LINUX_ANON_INODES_H
#define _LINUX_ANON_INODES_H

struct file;
struct file_operations;

/* An open file of @fops with @priv in private_data and one reference; ERR_PTR(-ENOMEM). */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags);
/* The same as a descriptor of the current process. */
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags);

#endif
