// SPDX-License-Identifier: GPL-2.0
/* eventfd contexts (fs/eventfd.c). File descriptors belong to whoever keeps file tables. */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include "host-driver/kapi/kapi.h"

struct eventfd_ctx {
	struct kref ref;
	u64 count;
	unsigned int flags;
	wait_queue_head_t wait;
	void (*hook)(void *arg, u64 n);
	void *hook_arg;
};

#define EVENTFD_IN  0x001 /* EPOLLIN */
#define EVENTFD_OUT 0x004 /* EPOLLOUT */

struct eventfd_ctx *kapi_eventfd_new(struct kernel *k, u64 count, unsigned int flags)
{
	struct kernel_frame frame;
	struct eventfd_ctx *ctx;

	kernel_enter(k, &frame);
	ctx = kzalloc(sizeof(*ctx), GFP_NOWAIT);
	kernel_leave(&frame);
	if (!ctx)
		return NULL;
	kref_init(&ctx->ref);
	ctx->count = count;
	ctx->flags = flags;
	init_waitqueue_head(&ctx->wait);
	return ctx;
}

struct eventfd_ctx *kapi_eventfd_get(struct eventfd_ctx *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

static void ctx_release(struct kref *ref)
{
	kfree(container_of(ref, struct eventfd_ctx, ref));
}

void eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	kref_put(&ctx->ref, ctx_release);
}

void kapi_eventfd_hook(struct eventfd_ctx *ctx, void (*hook)(void *arg, u64 n), void *arg)
{
	ctx->hook = hook;
	ctx->hook_arg = arg;
}

u64 kapi_eventfd_count(const struct eventfd_ctx *ctx)
{
	return ctx->count;
}

wait_queue_head_t *kapi_eventfd_wait(struct eventfd_ctx *ctx)
{
	return &ctx->wait;
}

__u64 eventfd_signal(struct eventfd_ctx *ctx, __u64 n)
{
	u64 added = min(n, ULLONG_MAX - ctx->count);

	ctx->count += added;
	wake_up_poll(&ctx->wait, EVENTFD_IN);
	if (ctx->hook)
		ctx->hook(ctx->hook_arg, n);
	return added;
}

static u64 take(struct eventfd_ctx *ctx)
{
	u64 n = ctx->flags & EFD_SEMAPHORE ? 1 : ctx->count;

	ctx->count -= n;
	wake_up_poll(&ctx->wait, EVENTFD_OUT);
	return n;
}

int kapi_eventfd_read(struct eventfd_ctx *ctx, u64 *count, bool nonblock)
{
	int err;

	if (!ctx->count) {
		if (nonblock)
			return -EAGAIN;
		err = wait_event_interruptible(ctx->wait, ctx->count);
		if (err)
			return err;
	}
	*count = take(ctx);
	return 0;
}

int kapi_eventfd_write(struct eventfd_ctx *ctx, u64 n)
{
	if (n == ULLONG_MAX)
		return -EINVAL;
	if (n >= ULLONG_MAX - ctx->count)
		return -EAGAIN;
	ctx->count += n;
	if (n)
		wake_up_poll(&ctx->wait, EVENTFD_IN);
	if (ctx->hook && n)
		ctx->hook(ctx->hook_arg, n);
	return 0;
}

int eventfd_ctx_remove_wait_queue(struct eventfd_ctx *ctx, wait_queue_entry_t *wait, __u64 *cnt)
{
	*cnt = ctx->count ? take(ctx) : 0;
	remove_wait_queue(&ctx->wait, wait);
	return *cnt ? 0 : -EAGAIN;
}

void kapi_eventfd_set_lookup(struct kernel *k, struct eventfd_ctx *(*by_fd)(int fd),
			     struct eventfd_ctx *(*by_file)(struct file *file))
{
	k->eventfd_by_fd = by_fd;
	k->eventfd_by_file = by_file;
}

struct eventfd_ctx *eventfd_ctx_fdget(int fd)
{
	struct kernel *k = kapi_kernel();

	return k->eventfd_by_fd ? k->eventfd_by_fd(fd) : ERR_PTR(-EBADF);
}

struct eventfd_ctx *eventfd_ctx_fileget(struct file *file)
{
	struct kernel *k = kapi_kernel();

	return k->eventfd_by_file ? k->eventfd_by_file(file) : ERR_PTR(-EINVAL);
}
