// SPDX-License-Identifier: GPL-2.0
// Attributes as open files of simulated processes: text is made at offset 0 and kept. After
// fs/kernfs/file.c.
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "devcore.h"
#include "fscore.h"
#include "sysfs_io.h"

struct sysfs_open {
	struct kernfs_node *kn;
	struct mutex lock;
	char *page;
	ssize_t len; /* of the text, -1: none yet */
	u32 event;
};

static int sysfs_fop_open(struct inode *inode, struct file *f)
{
	struct sysfs_open *so = kzalloc(sizeof(*so), GFP_KERNEL);

	if (!so)
		return -ENOMEM;
	so->page = (char *)__get_free_page(GFP_KERNEL);
	if (!so->page) {
		kfree(so);
		return -ENOMEM;
	}
	mutex_init(&so->lock);
	so->kn = kernfs_get(inode->i_private);
	so->len = -1;
	f->private_data = so;
	return 0;
}

static int sysfs_fop_release(struct inode *inode, struct file *f)
{
	struct sysfs_open *so = f->private_data;

	free_page((unsigned long)so->page);
	kernfs_put(so->kn);
	kfree(so);
	return 0;
}

static ssize_t sysfs_fop_read(struct file *f, char __user *ubuf, size_t count, loff_t *pos)
{
	struct sysfs_open *so = f->private_data;
	ssize_t rc = 0;
	loff_t from = 0;

	mutex_lock(&so->lock);
	if (so->kn->type == KERNFS_BIN) {
		rc = sysfs_bin_io(so->kn, so->page, *pos, min_t(size_t, count, PAGE_SIZE), false);
	} else {
		if (*pos == 0 || so->len < 0) {
			so->event = so->kn->event;
			so->len = sysfs_show(so->kn, so->page);
		}
		rc = so->len;
		if (rc > 0) {
			from = min_t(loff_t, *pos, rc);
			rc = min_t(size_t, rc - from, count);
		}
	}
	if (rc > 0) {
		if (copy_to_user(ubuf, so->page + from, rc))
			rc = -EFAULT;
		else
			*pos += rc;
	}
	mutex_unlock(&so->lock);
	return rc;
}

static ssize_t sysfs_fop_write(struct file *f, const char __user *ubuf, size_t count, loff_t *pos)
{
	struct sysfs_open *so = f->private_data;
	size_t len = min_t(size_t, count, PAGE_SIZE);
	char *text = kmalloc(len + 1, GFP_KERNEL);
	ssize_t rc = -EFAULT;

	if (!text)
		return -ENOMEM;
	if (!copy_from_user(text, ubuf, len)) {
		text[len] = '\0';
		mutex_lock(&so->lock);
		if (so->kn->type == KERNFS_BIN)
			rc = sysfs_bin_io(so->kn, text, *pos, len, true);
		else
			rc = sysfs_store(so->kn, text, len);
		mutex_unlock(&so->lock);
	}
	if (rc > 0)
		*pos += rc;
	kfree(text);
	return rc;
}

static __poll_t sysfs_fop_poll(struct file *f, struct poll_table_struct *pt)
{
	struct sysfs_open *so = f->private_data;

	poll_wait(f, &devcore_current()->drained, pt);
	if (so->event != so->kn->event)
		return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;
	return DEFAULT_POLLMASK;
}

const struct file_operations sysfs_file_fops = {
	.open = sysfs_fop_open,
	.release = sysfs_fop_release,
	.read = sysfs_fop_read,
	.write = sysfs_fop_write,
	.poll = sysfs_fop_poll,
	.llseek = default_llseek,
};
