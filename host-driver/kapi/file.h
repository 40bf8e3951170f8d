/* SPDX-License-Identifier: GPL-2.0 */
/* Open files of a simulated kernel, for the code that plays its processes (bridge header). */
#ifndef HOST_DRIVER_KAPI_FILE_H
#define HOST_DRIVER_KAPI_FILE_H

#include "sim/core/types.h"

struct file;
struct kernel;
struct vm_area_struct;

/*
 * All of these run on a fiber that is inside the kernel (kernel_enter_as()), as the process's task:
 * file operations see its current. Errors are negative errno values. @ubuf and ioctl arguments are
 * addresses of the process, which the driver reaches through uaccess.h.
 */

/* open(2) as user @uid of a character device (or an attribute of sysfs); *@out carries one
 * reference. */
int kfile_open(struct kernel *k, u32 uid, const char *path, u32 flags, struct file **out);
struct file *kfile_get(struct file *f);
/* close(2) of one descriptor: ->flush, then drops the reference; the last one calls ->release. */
int kfile_close(struct file *f);
/* Drops a reference that is not a descriptor's (a mapping's). */
void kfile_put(struct file *f);
s64 kfile_read(struct file *f, u64 ubuf, u64 len, u64 *pos);
s64 kfile_write(struct file *f, u64 ubuf, u64 len, u64 *pos);
s64 kfile_ioctl(struct file *f, u32 cmd, u64 arg);
/* The driver's part of mmap(2): -ENODEV without one. */
int kfile_mmap(struct file *f, struct vm_area_struct *vma);
/* Events of @events (plus EPOLLERR, EPOLLHUP) that are ready now. Does not block. */
u32 kfile_poll(struct file *f, u32 events);
/* Blocks until one is ready, @timeout_ps have passed (SIM_NEVER: no limit; then 0), or a signal:
 * -EINTR. */
s32 kfile_poll_wait(struct file *f, u32 events, u64 timeout_ps);

#endif
