/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors of the current process. */
#ifndef _LINUX_FILE_H
#define _LINUX_FILE_H

#include <linux/fs.h>

/* The open file behind @fd with a reference (fput()), or NULL; an eventfd is none. */
struct file *fget(unsigned int fd);
/* Reserves the lowest free descriptor: -EMFILE, -ENOMEM. @flags: O_CLOEXEC or 0. */
int get_unused_fd_flags(unsigned int flags);
/* Gives a reserved one back. */
void put_unused_fd(unsigned int fd);
/* Makes a reserved one the descriptor of @file, whose reference it takes over. */
void fd_install(unsigned int fd, struct file *file);

/* kapi's own: whoever keeps file tables says how all that is done for current. */
struct kapi_fd_ops {
	struct file *(*get)(int fd);
	int (*reserve)(void);
	void (*unreserve)(int fd);
	void (*install)(int fd, struct file *file);
};
void kapi_set_fd_ops(struct kernel *k, const struct kapi_fd_ops *ops);

#endif
