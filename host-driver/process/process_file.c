// SPDX-License-Identifier: GPL-2.0
// Descriptors of simulated processes: files and eventfds.
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host-driver/kapi/file.h"
#include "host-driver/process/process_priv.h"

static struct process_fd *fd_slot(const struct process *p, int fd)
{
	struct process_fd *d;

	if (fd < 0 || (u32)fd >= p->nr_fds)
		return NULL;
	d = &p->fd[fd];
	return d->file || d->event ? d : NULL;
}

/* The lowest free descriptor, as POSIX has it; -EMFILE, -ENOMEM. Caller is in the kernel. */
static int fd_alloc(struct process *p)
{
	struct process_fd *fds;
	u32 i, n;

	for (i = 0; i < p->nr_fds; i++)
		if (!p->fd[i].file && !p->fd[i].event && !p->fd[i].reserved)
			return i;
	if (p->nr_fds == PROCESS_FDS_MAX)
		return -EMFILE;
	n = min_t(u32, p->nr_fds ? p->nr_fds * 2 : 4, PROCESS_FDS_MAX);
	fds = kcalloc(n, sizeof(*fds), GFP_KERNEL);
	if (!fds)
		return -ENOMEM;
	if (p->nr_fds)
		memcpy(fds, p->fd, p->nr_fds * sizeof(*fds));
	kfree(p->fd);
	p->fd = fds;
	i = p->nr_fds;
	p->nr_fds = n;
	return i;
}

struct file *process_file_get(struct process *p, int fd)
{
	struct process_fd *d = fd_slot(p, fd);

	return d && d->file ? kfile_get(d->file) : NULL;
}

int process_open(struct process *p, const char *path)
{
	struct process_call c;
	struct file *f;
	int fd, err = process_enter(p, &c);

	if (err)
		return err;
	fd = kfile_open(p->kernel, 0, path, O_RDWR, &f);
	if (!fd) {
		/* The descriptor last: another thread may have taken one meanwhile. */
		fd = fd_alloc(p);
		if (fd >= 0)
			p->fd[fd].file = f;
		else
			kfile_close(f);
	}
	process_leave(&c);
	return fd;
}

static void event_free(struct process_eventfd *e)
{
	kapi_eventfd_hook(e->ctx, NULL, NULL);
	eventfd_ctx_put(e->ctx);
	kfree(e);
}

static int fd_close(struct process *p, int fd)
{
	struct process_fd *d = fd_slot(p, fd), old;

	if (!d)
		return -EBADF;
	old = *d;
	d->file = NULL;
	d->event = NULL;
	if (old.file)
		return kfile_close(old.file);
	event_free(old.event);
	return 0;
}

int process_close(struct process *p, int fd)
{
	struct process_call c;
	int err = process_enter(p, &c);

	if (err)
		return err;
	err = fd_close(p, fd);
	process_leave(&c);
	return err;
}

void process_close_all(struct process *p)
{
	u32 i;

	for (i = 0; i < p->nr_fds; i++)
		fd_close(p, i);
}

s64 process_ioctl(struct process *p, int fd, u32 cmd, u64 arg)
{
	struct process_call c;
	struct file *f;
	s64 ret = process_enter(p, &c);

	if (ret)
		return ret;
	f = process_file_get(p, fd);
	ret = f ? kfile_ioctl(f, cmd, arg) : fd_slot(p, fd) ? -ENOTTY : -EBADF;
	if (f)
		kfile_put(f);
	process_leave(&c);
	return ret;
}

static s64 event_read(struct process_eventfd *e, u64 va, u64 len)
{
	struct eventfd_ctx *ctx = kapi_eventfd_get(e->ctx);
	u64 count;
	s64 ret = -EINVAL;

	if (len >= sizeof(count)) {
		ret = kapi_eventfd_read(ctx, &count, false);
		if (!ret)
			ret = copy_to_user((void __user *)(unsigned long)va, &count, sizeof(count))
				      ? -EFAULT
				      : (s64)sizeof(count);
	}
	eventfd_ctx_put(ctx);
	return ret;
}

static s64 event_write(struct process_eventfd *e, u64 va, u64 len)
{
	struct eventfd_ctx *ctx = kapi_eventfd_get(e->ctx);
	u64 n;
	s64 ret = -EINVAL;

	if (len >= sizeof(n)) {
		ret = copy_from_user(&n, (void __user *)(unsigned long)va, sizeof(n)) ? -EFAULT : 0;
		if (!ret)
			ret = kapi_eventfd_write(ctx, n);
		if (!ret)
			ret = sizeof(n);
	}
	eventfd_ctx_put(ctx);
	return ret;
}

static s64 transfer(struct process *p, int fd, u64 va, u64 len, u64 *pos, bool write)
{
	struct process_call c;
	struct process_fd *d;
	struct file *f;
	u64 zero = 0;
	s64 ret = process_enter(p, &c);

	if (ret)
		return ret;
	d = fd_slot(p, fd);
	if (!d) {
		ret = -EBADF;
	} else if (d->event) {
		ret = write ? event_write(d->event, va, len) : event_read(d->event, va, len);
	} else {
		f = kfile_get(d->file);
		if (write)
			ret = kfile_write(f, va, len, pos ? pos : &zero);
		else
			ret = kfile_read(f, va, len, pos ? pos : &zero);
		kfile_put(f);
	}
	process_leave(&c);
	return ret;
}

s64 process_read(struct process *p, int fd, u64 va, u64 len, u64 *pos)
{
	return transfer(p, fd, va, len, pos, false);
}

s64 process_write(struct process *p, int fd, u64 va, u64 len, u64 *pos)
{
	return transfer(p, fd, va, len, pos, true);
}

s64 process_poll(struct process *p, int fd)
{
	const u32 all = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP;
	struct process_call c;
	struct process_fd *d;
	s64 ret = process_enter(p, &c);

	if (ret)
		return ret;
	d = fd_slot(p, fd);
	if (!d)
		ret = -EBADF;
	else if (d->event)
		ret = EPOLLOUT | (kapi_eventfd_count(d->event->ctx) ? EPOLLIN : 0);
	else
		ret = kfile_poll(d->file, all) & all;
	process_leave(&c);
	return ret;
}

/* ---- eventfd ---- */

static void event_hook(void *arg, u64 n)
{
	struct process_eventfd *e = arg;

	if (e->woken)
		e->woken(e->arg);
}

int process_eventfd(struct process *p, u64 initial, process_eventfd_fn *woken, void *arg, int *fd)
{
	struct process_eventfd *e = NULL;
	struct process_call c;
	int n, err = process_enter(p, &c);

	if (err)
		return err;
	n = fd_alloc(p);
	if (n >= 0) {
		e = kzalloc(sizeof(*e), GFP_KERNEL);
		if (e)
			e->ctx = kapi_eventfd_new(p->kernel, initial, 0);
		if (!e || IS_ERR_OR_NULL(e->ctx)) {
			kfree(e);
			n = -ENOMEM;
		}
	}
	if (n >= 0) {
		e->woken = woken;
		e->arg = arg;
		kapi_eventfd_hook(e->ctx, event_hook, e);
		p->fd[n].event = e;
		*fd = n;
	}
	process_leave(&c);
	return n < 0 ? n : 0;
}

s64 process_eventfd_wait(struct process *p, int fd)
{
	struct eventfd_ctx *ctx;
	struct process_call c;
	struct process_fd *d;
	u64 count = 0;
	s64 ret = process_enter(p, &c);

	if (ret)
		return ret;
	d = fd_slot(p, fd);
	if (!d || !d->event) {
		ret = -EBADF;
	} else {
		ctx = kapi_eventfd_get(d->event->ctx);
		ret = kapi_eventfd_read(ctx, &count, false);
		eventfd_ctx_put(ctx);
	}
	process_leave(&c);
	return ret ? ret : (s64)min_t(u64, count, S64_MAX);
}

/* What eventfd_ctx_fdget() finds: a descriptor of the calling process. */
static struct eventfd_ctx *lookup_fd(int fd)
{
	struct process *p = process_current();
	struct process_fd *d = p ? fd_slot(p, fd) : NULL;

	if (!d)
		return ERR_PTR(-EBADF);
	if (!d->event)
		return ERR_PTR(-EINVAL);
	return kapi_eventfd_get(d->event->ctx);
}

static struct eventfd_ctx *lookup_file(struct file *file)
{
	/* No eventfd of a process is a struct file. */
	return ERR_PTR(-EINVAL);
}

/* ---- descriptors for the kernel: those of the calling process ---- */

static struct file *current_get(int fd)
{
	struct process *p = process_current();

	return p ? process_file_get(p, fd) : NULL;
}

static int current_reserve(void)
{
	struct process *p = process_current();
	int fd = p ? fd_alloc(p) : -EMFILE;

	if (fd >= 0)
		p->fd[fd].reserved = true;
	return fd;
}

static void current_unreserve(int fd)
{
	process_current()->fd[fd].reserved = false;
}

static void current_install(int fd, struct file *file)
{
	struct process_fd *d = &process_current()->fd[fd];

	d->reserved = false;
	d->file = file;
}

static const struct kapi_fd_ops fd_ops = {
	.get = current_get,
	.reserve = current_reserve,
	.unreserve = current_unreserve,
	.install = current_install,
};

void process_fd_lookup(struct kernel *k)
{
	kapi_eventfd_set_lookup(k, lookup_fd, lookup_file);
	kapi_set_fd_ops(k, &fd_ops);
}

s64 process_syscall(struct process *p, s64 (*fn)(void *arg), void *arg)
{
	struct process_call c;
	s64 ret = process_enter(p, &c);

	if (ret)
		return ret;
	ret = fn(arg);
	process_leave(&c);
	return ret;
}

struct file *process_file(const struct process *p, int fd)
{
	struct process_fd *d = fd_slot(p, fd);

	return d ? d->file : NULL;
}
