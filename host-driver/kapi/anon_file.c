// SPDX-License-Identifier: GPL-2.0
// Files without a node, and descriptors of the current process. After fs/anon_inodes.c.
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/slab.h>
#include "host-driver/kapi/fscore.h"
#include "host-driver/kapi/kapi.h"

void kapi_set_fd_ops(struct kernel *k, const struct kapi_fd_ops *ops)
{
	k->fd_ops = ops;
}

struct file *fget(unsigned int fd)
{
	const struct kapi_fd_ops *ops = kapi_kernel()->fd_ops;

	return ops ? ops->get(fd) : NULL;
}

int get_unused_fd_flags(unsigned int flags)
{
	const struct kapi_fd_ops *ops = kapi_kernel()->fd_ops;

	return ops ? ops->reserve() : -EMFILE;
}

void put_unused_fd(unsigned int fd)
{
	kapi_kernel()->fd_ops->unreserve(fd);
}

void fd_install(unsigned int fd, struct file *file)
{
	kapi_kernel()->fd_ops->install(fd, file);
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags)
{
	struct file *f = file_alloc_anon(flags);

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->f_op = fops;
	f->private_data = priv;
	return f;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	int fd = get_unused_fd_flags(flags);
	struct file *f;

	if (fd < 0)
		return fd;
	f = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(f)) {
		put_unused_fd(fd);
		return PTR_ERR(f);
	}
	fd_install(fd, f);
	return fd;
}
