// SPDX-License-Identifier: GPL-2.0
// Open files: finding the node, calling the driver, poll. After fs/open.c, fs/file_table.c,
// fs/select.c.
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "devcore.h"
#include "file.h"
#include "fscore.h"
#include "kapi.h"
#include "sysfs_io.h"

/* One open: the file and the inode that its operations see. */
struct open_file {
	struct file file;
	struct inode inode;
};

static struct open_file *file_new(u32 uid, u32 flags)
{
	static const fmode_t modes[4] = {FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE, 0};
	struct open_file *of = kzalloc(sizeof(*of), GFP_KERNEL);

	if (!of)
		return NULL;
	of->inode.i_kernel = kernel_current();
	atomic_set(&of->inode.i_count, 1);
	of->inode.i_mapping = &of->inode.i_data;
	of->inode.i_data.host = &of->inode;
	init_rwsem(&of->inode.i_data.i_mmap_rwsem);
	INIT_LIST_HEAD(&of->inode.i_data.i_mmap);
	of->file.f_inode = &of->inode;
	of->file.f_mapping = of->inode.i_mapping;
	of->file.f_flags = flags;
	of->file.f_mode = modes[flags & O_ACCMODE];
	of->file.f_uid = KUIDT_INIT(uid);
	of->file.f_kernel = kernel_current();
	spin_lock_init(&of->file.f_lock);
	mutex_init(&of->file.f_pos_lock);
	atomic_long_set(&of->file.f_count, 1);
	return of;
}

static struct open_file *file_alloc(struct kernfs_node *kn, u32 uid, u32 flags)
{
	struct open_file *of = file_new(uid, flags);

	if (!of)
		return NULL;
	of->inode.i_mode = (kn->type == KERNFS_CHR ? S_IFCHR : S_IFREG) | kn->mode;
	of->inode.i_uid = KUIDT_INIT(kn->uid);
	of->inode.i_gid = KGIDT_INIT(kn->gid);
	of->inode.i_rdev = kn->type == KERNFS_CHR ? kn->rdev : 0;
	of->file.f_path.node = kernfs_get(kn);
	return of;
}

struct file *file_alloc_anon(u32 flags)
{
	struct open_file *of = file_new(0, flags);

	return of ? &of->file : NULL;
}

static void file_free(struct file *f)
{
	struct open_file *of = container_of(f, struct open_file, file);

	cdev_put(of->inode.i_cdev);
	kernfs_put(f->f_path.node);
	kfree(of);
}

/* What open(2) does for this kind of node; the file has its operations then. */
static int open_node(struct file *f, struct kernfs_node *kn, u32 uid)
{
	bool rd = f->f_mode & FMODE_READ;
	bool wr = f->f_mode & FMODE_WRITE;
	struct cdev *cdev;
	int rc;

	if (kn->type == KERNFS_DIR)
		return -EISDIR;
	if (kn->type != KERNFS_CHR) {
		rc = sysfs_may_open(kn, uid, rd, wr);
		f->f_op = &sysfs_file_fops;
		f->f_inode->i_private = kn;
		return rc ? rc : f->f_op->open(f->f_inode, f);
	}
	rc = kernfs_permission(kn, uid, (rd ? S_IRUSR : 0) | (wr ? S_IWUSR : 0));
	if (rc)
		return rc;
	cdev = cdev_find(kn->rdev);
	if (!cdev)
		return -ENXIO;
	f->f_inode->i_cdev = cdev; /* file_free() puts it */
	if (!cdev->ops)
		return -ENXIO;
	f->f_op = cdev->ops;
	return f->f_op->open ? f->f_op->open(f->f_inode, f) : 0;
}

int kfile_open(struct kernel *k, u32 uid, const char *path, u32 flags, struct file **out)
{
	struct kernfs_node *kn;
	struct open_file *of;
	int rc;

	KAPI_ASSERT(kernel_current() == k);
	*out = NULL;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (path[0] != '/')
		return -ENOENT;
	kn = kernfs_walk(devcore_current()->root, path, true);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	of = file_alloc(kn, uid, flags);
	rc = of ? open_node(&of->file, kn, uid) : -ENOMEM;
	kernfs_put(kn);
	if (rc) {
		if (of)
			file_free(&of->file);
		return rc;
	}
	*out = &of->file;
	return 0;
}

void fput(struct file *f)
{
	if (!atomic_long_dec_and_test(&f->f_count))
		return;
	if (f->f_op->release)
		f->f_op->release(f->f_inode, f);
	file_free(f);
}

struct file *kfile_get(struct file *f)
{
	return get_file(f);
}

void kfile_put(struct file *f)
{
	fput(f);
}

int kfile_close(struct file *f)
{
	int rc = 0;

	if (f->f_op->flush)
		rc = f->f_op->flush(f, current->files);
	fput(f);
	return rc;
}

s64 kfile_read(struct file *f, u64 ubuf, u64 len, u64 *pos)
{
	loff_t off = *pos, *at = f->f_mode & FMODE_STREAM ? NULL : &off;
	s64 rc;

	if (!(f->f_mode & FMODE_READ))
		return -EBADF;
	if (!f->f_op->read)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	rc = f->f_op->read(f, (char __user *)ubuf, min_t(u64, len, MAX_RW_COUNT), at);
	if (rc >= 0)
		*pos = off;
	return rc;
}

s64 kfile_write(struct file *f, u64 ubuf, u64 len, u64 *pos)
{
	loff_t off = *pos, *at = f->f_mode & FMODE_STREAM ? NULL : &off;
	s64 rc;

	if (!(f->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!f->f_op->write)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	rc = f->f_op->write(f, (const char __user *)ubuf, min_t(u64, len, MAX_RW_COUNT), at);
	if (rc >= 0)
		*pos = off;
	return rc;
}

s64 kfile_ioctl(struct file *f, u32 cmd, u64 arg)
{
	s64 rc;

	if (!f->f_op->unlocked_ioctl)
		return -ENOTTY;
	rc = f->f_op->unlocked_ioctl(f, cmd, arg);
	return rc == -ENOIOCTLCMD ? -ENOTTY : rc;
}

int kfile_mmap(struct file *f, struct vm_area_struct *vma)
{
	return f->f_op->mmap ? f->f_op->mmap(f, vma) : -ENODEV;
}

/* ---- poll ---- */

struct poll_entry {
	struct wait_queue_entry wait;
	struct wait_queue_head *head;
	struct poll_entry *next;
};

struct poll_wait_state {
	poll_table pt;
	struct poll_entry *entries;
	bool nomem;
};

static void queue_proc(struct file *f, wait_queue_head_t *head, poll_table *pt)
{
	struct poll_wait_state *pw = container_of(pt, struct poll_wait_state, pt);
	struct poll_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);

	if (!e) {
		pw->nomem = true;
		return;
	}
	init_waitqueue_entry(&e->wait, current);
	e->head = head;
	e->next = pw->entries;
	pw->entries = e;
	add_wait_queue(head, &e->wait);
}

static void poll_release(struct poll_wait_state *pw)
{
	while (pw->entries) {
		struct poll_entry *e = pw->entries;

		pw->entries = e->next;
		remove_wait_queue(e->head, &e->wait);
		kfree(e);
	}
}

u32 kfile_poll(struct file *f, u32 events)
{
	poll_table pt = {._qproc = NULL, ._key = events | EPOLLERR | EPOLLHUP};

	return vfs_poll(f, &pt) & pt._key;
}

s32 kfile_poll_wait(struct file *f, u32 events, u64 timeout_ps)
{
	u32 want = events | EPOLLERR | EPOLLHUP;
	struct poll_wait_state pw = {.pt = {._qproc = queue_proc, ._key = want}};
	u64 begin = sim_now(kernel_sim(kernel_current()));
	bool late = timeout_ps == 0;
	s32 rc = 0;

	/* Entries are queued at the first look and stay until the end, as in do_poll(). */
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		rc = vfs_poll(f, &pw.pt) & want;
		pw.pt._qproc = NULL;
		if (rc || late)
			break;
		if (pw.nomem) {
			rc = -ENOMEM;
			break;
		}
		if (signal_pending(current)) {
			rc = -EINTR;
			break;
		}
		if (timeout_ps == SIM_NEVER) {
			schedule();
		} else {
			u64 gone = sim_now(kernel_sim(kernel_current())) - begin;

			late = gone >= timeout_ps ||
			       !kapi_park_timeout(kapi_frame_here(), timeout_ps - gone);
		}
	}
	__set_current_state(TASK_RUNNING);
	poll_release(&pw);
	return rc;
}

/* ---- what drivers put into file_operations ---- */

loff_t no_llseek(struct file *f, loff_t offset, int whence)
{
	return -ESPIPE;
}

loff_t noop_llseek(struct file *f, loff_t offset, int whence)
{
	return f->f_pos;
}

loff_t default_llseek(struct file *f, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += f->f_pos;
	else if (whence == SEEK_END)
		offset += f->f_inode->i_size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	f->f_pos = offset;
	return offset;
}

int nonseekable_open(struct inode *inode, struct file *f)
{
	f->f_mode &= ~FMODE_LSEEK;
	return 0;
}

int stream_open(struct inode *inode, struct file *f)
{
	f->f_mode &= ~FMODE_LSEEK;
	f->f_mode |= FMODE_STREAM;
	return 0;
}

int simple_open(struct inode *inode, struct file *f)
{
	if (inode->i_private)
		f->private_data = inode->i_private;
	return 0;
}
