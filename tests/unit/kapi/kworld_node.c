// SPDX-License-Identifier: GPL-2.0
// Character devices in kernel code, for test_sysfs.c: numbers, nodes, file operations, misc
// devices.
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "host-driver/kapi/file.h"
#include "host-driver/kapi/kernel.h"
#include "kworld_toy.h"
#include "toy_bus.h"

struct node {
	struct device dev;
	struct cdev cdev;
	wait_queue_head_t wait;
	dev_t number;
	u32 opens;
	bool ready;
};

static struct node *to_node(struct inode *inode)
{
	return container_of(inode->i_cdev, struct node, cdev);
}

static int node_open(struct inode *inode, struct file *f)
{
	struct node *n = to_node(inode);

	if (n->opens)
		return -EBUSY;
	n->opens++;
	f->private_data = n;
	toy_event(kernel_name(kernel_current()), "open", dev_name(&n->dev));
	return nonseekable_open(inode, f);
}

static int node_release(struct inode *inode, struct file *f)
{
	struct node *n = f->private_data;

	n->opens--;
	toy_event(kernel_name(kernel_current()), "close", dev_name(&n->dev));
	return 0;
}

static ssize_t node_write(struct file *f, const char __user *buf, size_t len, loff_t *pos)
{
	char text[8];

	if (copy_from_user(text, buf, min(len, sizeof(text))))
		return -EFAULT;
	*pos += len;
	return len;
}

struct node_arg {
	u32 value;
	u32 newer; /* a field that older programs do not know */
};

static long node_copy_struct(unsigned long arg, size_t usize)
{
	struct node_arg a;
	int rc = copy_struct_from_user(&a, sizeof(a), (void __user *)arg, usize);

	return rc ? rc : (long)a.value * 1000 + a.newer;
}

static long node_text(unsigned long arg)
{
	char text[8];
	long len = strncpy_from_user(text, (const char __user *)arg, sizeof(text));
	char *copy = memdup_user((const void __user *)arg, 3);

	if (IS_ERR(copy))
		return PTR_ERR(copy);
	if (len >= 0 && memcmp(copy, text, 3))
		len = -EILSEQ;
	kfree(copy);
	return len;
}

static long node_increment(unsigned long arg)
{
	u32 __user *p = (u32 __user *)arg;
	u32 v;
	int rc = get_user(v, p);

	return rc ? rc : put_user(v + 1, p);
}

static long node_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TOY_IOC_PLUS_ONE:
		return (long)arg + 1;
	case TOY_IOC_STRUCT4:
	case TOY_IOC_STRUCT8:
	case TOY_IOC_STRUCT16:
		return node_copy_struct(arg, cmd);
	case TOY_IOC_TEXT:
		return node_text(arg);
	case TOY_IOC_INCREMENT:
		return node_increment(arg);
	case TOY_IOC_CLEAR:
		return clear_user((void __user *)arg, 1000);
	default:
		return -ENOIOCTLCMD;
	}
}

static __poll_t node_poll(struct file *f, struct poll_table_struct *pt)
{
	struct node *n = f->private_data;

	poll_wait(f, &n->wait, pt);
	return n->ready ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.write = node_write,
	.unlocked_ioctl = node_ioctl,
	.poll = node_poll,
	.llseek = no_llseek,
};

static void node_dev_release(struct device *dev)
{
	struct node *n = container_of(dev, struct node, dev);

	toy_event(kernel_name(kernel_current()), "release", dev_name(dev));
	unregister_chrdev_region(n->number, 1);
	kfree(n);
}

static const struct device_type node_type = {.name = "node", .release = node_dev_release};

int toy_node_add(void *arg)
{
	struct node *n = kzalloc(sizeof(*n), GFP_KERNEL);
	int rc;

	if (!n)
		return -ENOMEM;
	rc = alloc_chrdev_region(&n->number, 3, 1, "toy");
	if (rc)
		return rc;
	init_waitqueue_head(&n->wait);
	device_initialize(&n->dev);
	n->dev.parent = toy_queue_device(0);
	n->dev.bus = toy_bus_type();
	n->dev.type = &node_type;
	n->dev.devt = n->number;
	rc = dev_set_name(&n->dev, "toy/q0.0");
	if (rc)
		return rc;
	cdev_init(&n->cdev, &node_fops);
	return cdev_device_add(&n->cdev, &n->dev);
}

static struct node *find_node(void)
{
	struct device *dev = bus_find_device_by_name(toy_bus_type(), NULL, "toy!q0.0");

	put_device(dev);
	return dev ? container_of(dev, struct node, dev) : NULL;
}

int toy_node_del(void *arg)
{
	struct node *n = find_node();

	if (!n)
		return -ENODEV;
	cdev_device_del(&n->cdev, &n->dev);
	put_device(&n->dev);
	return 0;
}

int toy_open(void *arg)
{
	return kfile_open(kernel_current(), 0, "/dev/toy/q0.0", O_RDWR, arg);
}

int toy_use_file(void *arg)
{
	struct file *f = *(struct file **)arg;
	struct file *second;
	u64 pos = 0;

	if (kfile_read(f, 0, 8, &pos) != -EINVAL)
		return -1; /* no read operation */
	if (kfile_write(f, 0x1000, 8, &pos) != -EFAULT || pos)
		return -2; /* a kernel thread has no memory of its own */
	if (kfile_ioctl(f, 1, 41) != 42 || kfile_ioctl(f, 2, 0) != -ENOTTY)
		return -3;
	if (kfile_mmap(f, NULL) != -ENODEV)
		return -4;
	if (kfile_poll(f, EPOLLIN) != 0)
		return -5;
	if (kfile_open(kernel_current(), 0, "/dev/toy/q0.0", O_RDWR, &second) != -EBUSY || second)
		return -6;
	if (kfile_open(kernel_current(), 1000, "/dev/toy/q0.0", O_RDWR, &second) != -EACCES)
		return -7;
	if (kfile_open(kernel_current(), 0, "/dev/toy/none", O_RDWR, &second) != -ENOENT)
		return -8;
	if (kfile_open(kernel_current(), 0, "/dev/toy", O_RDONLY, &second) != -EISDIR)
		return -9;
	return f->f_op->llseek(f, 0, SEEK_SET) == -ESPIPE ? 0 : -10;
}

int toy_close(void *arg)
{
	return kfile_close(*(struct file **)arg);
}

int toy_poll_ready(void *arg)
{
	struct node *n = find_node();

	n->ready = true;
	wake_up_interruptible(&n->wait);
	return 0;
}

int toy_poll_wait(void *arg)
{
	struct file *f = *(struct file **)arg;
	s32 rc = kfile_poll_wait(f, EPOLLIN, 3 * PS_PER_US);

	if (rc)
		return -1; /* nothing comes within 3 us */
	return kfile_poll_wait(f, EPOLLIN, SIM_NEVER);
}

int toy_sysfs_poll(void *arg)
{
	struct file *f;
	u64 pos = 0;
	s32 rc;

	rc = kfile_open(kernel_current(), 0, "/sys/devices/toy0/level", O_RDONLY, &f);
	if (rc)
		return rc;
	/* The read fails for want of user memory, but marks what was seen. */
	kfile_read(f, 0x1000, 16, &pos);
	rc = kfile_poll_wait(f, EPOLLPRI, SIM_NEVER);
	kfile_close(f);
	return rc == (EPOLLPRI | EPOLLERR) ? 0 : rc;
}

int toy_chrdev_numbers(void *arg)
{
	dev_t a, b, c;

	if (alloc_chrdev_region(&a, 0, 256, "a") || alloc_chrdev_region(&b, 0, 256, "b"))
		return -1;
	if (MAJOR(a) != 254 || MAJOR(b) != 253)
		return -2;
	if (register_chrdev_region(MKDEV(254, 255), 2, "c") != -EBUSY)
		return -3;
	if (register_chrdev_region(MKDEV(600, 0), 1, "c") != -EINVAL ||
	    register_chrdev_region(MKDEV(100, MINORMASK), 2, "c") != -EINVAL)
		return -4;
	unregister_chrdev_region(a, 256);
	if (alloc_chrdev_region(&c, 0, 1, "c") || MAJOR(c) != 254)
		return -5;
	unregister_chrdev_region(b, 256);
	unregister_chrdev_region(c, 1);
	return 0;
}

static int misc_open(struct inode *inode, struct file *f)
{
	struct miscdevice *m = f->private_data;

	return strcmp(m->name, "toymisc") ? -EINVAL : 0;
}

static const struct file_operations misc_fops = {.open = misc_open};
static struct miscdevice toy_miscdev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "toymisc",
	.fops = &misc_fops,
	.nodename = "toy/misc",
	.mode = 0666,
};

int toy_misc(void *arg)
{
	struct file *f;
	int rc = misc_register(&toy_miscdev);

	if (rc)
		return rc;
	rc = kfile_open(kernel_current(), 1000, "/dev/toy/misc", O_RDWR, &f);
	if (rc)
		return rc;
	kfile_close(f);
	if (misc_register(&toy_miscdev) == 0)
		return -1;
	misc_deregister(&toy_miscdev);
	return kfile_open(kernel_current(), 0, "/dev/toy/misc", O_RDWR, &f) == -ENOENT ? 0 : -2;
}
