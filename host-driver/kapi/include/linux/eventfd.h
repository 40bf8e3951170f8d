/* SPDX-License-Identifier: GPL-2.0 */
/* eventfd: a counter that a kernel part signals and a process waits on (fs/eventfd.c). */
#ifndef _LINUX_EVENTFD_H
#define _LINUX_EVENTFD_H

#include <linux/types.h>
#include <linux/wait.h>

struct eventfd_ctx;
struct file;
struct kernel;

#define EFD_SEMAPHORE 1

/* Adds @n (saturating below ULLONG_MAX), wakes readers and pollers. Returns what was added. */
__u64 eventfd_signal(struct eventfd_ctx *ctx, __u64 n);
struct eventfd_ctx *eventfd_ctx_fdget(int fd); /* ERR_PTR(-EBADF), ERR_PTR(-EINVAL) */
struct eventfd_ctx *eventfd_ctx_fileget(struct file *file);
void eventfd_ctx_put(struct eventfd_ctx *ctx);
/* Takes the count without blocking: 0, or -EAGAIN when it is 0. */
int eventfd_ctx_remove_wait_queue(struct eventfd_ctx *ctx, wait_queue_entry_t *wait, __u64 *cnt);

/*
 * kapi's own. A context with one reference. @hook (may be NULL) is called on every signal, in the
 * signaller's context; it must not block. It is how an eventfd becomes an interrupt of a guest.
 */
struct eventfd_ctx *kapi_eventfd_new(struct kernel *k, u64 count, unsigned int flags);
struct eventfd_ctx *kapi_eventfd_get(struct eventfd_ctx *ctx);
void kapi_eventfd_hook(struct eventfd_ctx *ctx, void (*hook)(void *arg, u64 n), void *arg);
u64 kapi_eventfd_count(const struct eventfd_ctx *ctx);
wait_queue_head_t *kapi_eventfd_wait(struct eventfd_ctx *ctx);
/* read(2): 0 and the count (1 with EFD_SEMAPHORE); -EAGAIN with @nonblock, -ERESTARTSYS. */
int kapi_eventfd_read(struct eventfd_ctx *ctx, u64 *count, bool nonblock);
/* write(2): 0; -EINVAL for ULLONG_MAX; -EAGAIN when it would overflow. */
int kapi_eventfd_write(struct eventfd_ctx *ctx, u64 n);
/* Whoever keeps file tables says how a number, or a file, becomes a context. */
void kapi_eventfd_set_lookup(struct kernel *k, struct eventfd_ctx *(*by_fd)(int fd),
			     struct eventfd_ctx *(*by_file)(struct file *file));

#endif
