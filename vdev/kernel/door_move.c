// SPDX-License-Identifier: GPL-2.0
/* Moving a guest's device by its file: VFIO's migration states (version 2, as in Linux 6.1), the
 * stream that carries the state. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "door.h"

/* ---- the stream ---- */

/* Between a state of the device and a file of the monitor's, which may outlive it. */
struct vdev_stream {
	refcount_t users;
	struct mutex lock;
	u8 *data; /* NULL: the device is in another state */
	size_t bytes, at;
};

static void vdev_stream_put(struct vdev_stream *s)
{
	if (!refcount_dec_and_test(&s->users))
		return;
	kvfree(s->data);
	kfree(s);
}

static ssize_t vdev_stream_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct vdev_stream *s = f->private_data;
	ssize_t n = -ENODEV;

	mutex_lock(&s->lock);
	if (s->data) {
		n = min(count, s->bytes - s->at);
		if (copy_to_user(buf, s->data + s->at, n))
			n = -EFAULT;
		else
			s->at += n;
	}
	mutex_unlock(&s->lock);
	return n;
}

static ssize_t vdev_stream_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	struct vdev_stream *s = f->private_data;
	ssize_t n = -ENODEV;

	mutex_lock(&s->lock);
	if (s->data) {
		n = min_t(size_t, count, VDEV_STATE_MAX - s->bytes);
		if (!n && count)
			n = -ENOSPC;
		else if (copy_from_user(s->data + s->bytes, buf, n))
			n = -EFAULT;
		else
			s->bytes += n;
	}
	mutex_unlock(&s->lock);
	return n;
}

static int vdev_stream_release(struct inode *inode, struct file *f)
{
	vdev_stream_put(f->private_data);
	return 0;
}

static const struct file_operations vdev_saving_fops = {
	.owner = THIS_MODULE,
	.read = vdev_stream_read,
	.release = vdev_stream_release,
	.llseek = no_llseek,
};

static const struct file_operations vdev_loading_fops = {
	.owner = THIS_MODULE,
	.write = vdev_stream_write,
	.release = vdev_stream_release,
	.llseek = no_llseek,
};

static struct vdev_stream *vdev_stream_new(void)
{
	struct vdev_stream *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->data = kvmalloc(VDEV_STATE_MAX, GFP_KERNEL);
	if (!s->data) {
		kfree(s);
		return NULL;
	}
	refcount_set(&s->users, 1);
	mutex_init(&s->lock);
	return s;
}

/* A file of the door's stream, for the monitor. */
static struct file *vdev_stream_file(struct vdev_stream *s, bool saving)
{
	struct file *f =
		anon_inode_getfile("[vdev-state]", saving ? &vdev_saving_fops : &vdev_loading_fops,
				   s, saving ? O_RDONLY : O_WRONLY);

	if (IS_ERR(f))
		return f;
	refcount_inc(&s->users);
	stream_open(f->f_inode, f);
	return f;
}

/* Who still has its file gets no more of it. @bytes: what there is of it, taken out. */
static u8 *vdev_stream_end(struct vdev_door *door, size_t *bytes)
{
	struct vdev_stream *s = door->stream;
	u8 *data;

	mutex_lock(&s->lock);
	data = s->data;
	*bytes = s->bytes;
	s->data = NULL;
	mutex_unlock(&s->lock);
	vdev_stream_put(s);
	door->stream = NULL;
	return data;
}

static void vdev_stream_drop(struct vdev_door *door)
{
	size_t bytes;

	if (door->stream)
		kvfree(vdev_stream_end(door, &bytes));
}

/* ---- arcs between states; with move_lock held ---- */

static struct file *vdev_begin_stream(struct vdev_door *door, bool saving)
{
	struct vdev_stream *s = vdev_stream_new();
	struct file *f;
	long n = 0;

	if (!s)
		return ERR_PTR(-ENOMEM);
	f = vdev_stream_file(s, saving);
	if (!IS_ERR(f) && saving)
		n = vdev_device_save(door->d, s->data, VDEV_STATE_MAX);
	if (n < 0) {
		fput(f);
		f = ERR_PTR(n);
	}
	if (IS_ERR(f)) {
		vdev_stream_put(s);
		return f;
	}
	s->bytes = n;
	/* Whatever the device was, another will be loaded into it. */
	if (!saving)
		vdev_device_renew(door->d);
	door->stream = s;
	return f;
}

/* A state that cannot be leaves a device that only a reset brings back. */
static int vdev_end_loading(struct vdev_door *door)
{
	size_t bytes;
	u8 *data = vdev_stream_end(door, &bytes);
	int rc = vdev_device_load(door->d, data, bytes);

	kvfree(data);
	if (rc)
		door->state = VFIO_DEVICE_STATE_ERROR;
	return rc;
}

/* One arc; STOP is between any two others. */
static struct file *vdev_change_state(struct vdev_door *door, u32 next)
{
	struct file *f = NULL;
	int rc = 0;

	switch (next) {
	case VFIO_DEVICE_STATE_STOP:
		if (door->state == VFIO_DEVICE_STATE_RUNNING)
			rc = vdev_device_pause(door->d);
		else if (door->state == VFIO_DEVICE_STATE_RESUMING)
			rc = vdev_end_loading(door);
		else
			vdev_stream_drop(door);
		break;
	case VFIO_DEVICE_STATE_RUNNING:
		rc = vdev_device_resume(door->d);
		break;
	default:
		f = vdev_begin_stream(door, next == VFIO_DEVICE_STATE_STOP_COPY);
	}
	if (rc)
		return ERR_PTR(rc);
	if (!IS_ERR(f))
		door->state = next;
	return f;
}

struct file *vdev_door_set_state(struct vdev_door *door, u32 state)
{
	struct file *f = NULL;
	u32 next;

	if (state < VFIO_DEVICE_STATE_STOP || state > VFIO_DEVICE_STATE_RESUMING)
		return ERR_PTR(-EINVAL);
	mutex_lock(&door->move_lock);
	if (door->state == VFIO_DEVICE_STATE_ERROR)
		f = ERR_PTR(-EINVAL);
	while (!IS_ERR(f) && door->state != state) {
		next = door->state == VFIO_DEVICE_STATE_STOP ? state : VFIO_DEVICE_STATE_STOP;
		f = vdev_change_state(door, next);
	}
	mutex_unlock(&door->move_lock);
	return f;
}

u32 vdev_door_state(struct vdev_door *door)
{
	u32 state;

	mutex_lock(&door->move_lock);
	state = door->state;
	mutex_unlock(&door->move_lock);
	return state;
}

void vdev_door_reset(struct vdev_door *door)
{
	mutex_lock(&door->move_lock);
	vdev_stream_drop(door);
	vdev_device_renew(door->d);
	door->state = VFIO_DEVICE_STATE_RUNNING;
	mutex_unlock(&door->move_lock);
}

/* ---- VFIO_DEVICE_FEATURE of a file that is not VFIO's ---- */

static long vdev_put_state(struct vdev_door *door, struct file *f,
			   struct vfio_device_feature_mig_state *mig, void __user *arg)
{
	mig->data_fd = -1;
	if (!IS_ERR_OR_NULL(f)) {
		mig->data_fd = get_unused_fd_flags(O_CLOEXEC);
		if (mig->data_fd < 0) {
			fput(f);
			return mig->data_fd;
		}
	}
	if (copy_to_user(arg, mig, sizeof(*mig))) {
		if (mig->data_fd >= 0) {
			put_unused_fd(mig->data_fd);
			fput(f);
		}
		return -EFAULT;
	}
	if (mig->data_fd >= 0)
		fd_install(mig->data_fd, f);
	return PTR_ERR_OR_ZERO(f);
}

static long vdev_feature_state(struct vdev_door *door, u32 flags, void __user *arg, size_t size)
{
	struct vfio_device_feature_mig_state mig;
	int rc = vfio_check_feature(flags, size, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_GET,
				    sizeof(mig));

	if (rc != 1)
		return rc;
	if (copy_from_user(&mig, arg, sizeof(mig)))
		return -EFAULT;
	if (flags & VFIO_DEVICE_FEATURE_SET)
		return vdev_put_state(door, vdev_door_set_state(door, mig.device_state), &mig, arg);
	mig.device_state = vdev_door_state(door);
	return vdev_put_state(door, NULL, &mig, arg);
}

static long vdev_feature_migration(u32 flags, void __user *arg, size_t size)
{
	const struct vfio_device_feature_migration mig = {.flags = VFIO_MIGRATION_STOP_COPY};
	int rc = vfio_check_feature(flags, size, VFIO_DEVICE_FEATURE_GET, sizeof(mig));

	if (rc != 1)
		return rc;
	return copy_to_user(arg, &mig, sizeof(mig)) ? -EFAULT : 0;
}

long vdev_door_feature(struct vdev_door *door, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_feature, flags);
	const u32 ops = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_GET;
	struct vfio_device_feature h;
	u8 __user *data;

	if (copy_from_user(&h, arg, minsz))
		return -EFAULT;
	data = (u8 __user *)arg + minsz;
	if (h.argsz < minsz ||
	    h.flags & ~(VFIO_DEVICE_FEATURE_MASK | ops | VFIO_DEVICE_FEATURE_PROBE) ||
	    (!(h.flags & VFIO_DEVICE_FEATURE_PROBE) && (h.flags & ops) == ops))
		return -EINVAL;
	switch (h.flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_MIGRATION:
		return vdev_feature_migration(h.flags, data, h.argsz - minsz);
	case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
		return vdev_feature_state(door, h.flags, data, h.argsz - minsz);
	}
	return -ENOTTY;
}
