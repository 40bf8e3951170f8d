/* SPDX-License-Identifier: GPL-2.0 */
/* Open files, inodes of device nodes, file operations. */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/stat.h>
#include <linux/uidgid.h>
#include <linux/module.h>

struct cdev;
struct file;
struct inode;
struct kernel;
struct kernfs_node;
struct poll_table_struct;
struct vm_area_struct;

typedef void *fl_owner_t;

#define FMODE_READ   ((fmode_t)0x1)
#define FMODE_WRITE  ((fmode_t)0x2)
#define FMODE_LSEEK  ((fmode_t)0x4)
#define FMODE_STREAM ((fmode_t)0x200000) /* no position: operations get NULL for it */

/* x86 values of the open flags. */
#define O_ACCMODE  00000003
#define O_RDONLY   00000000
#define O_WRONLY   00000001
#define O_RDWR	   00000002
#define O_NONBLOCK 00004000
#define O_CLOEXEC  02000000

/* What one read or write moves at most. */
#define MAX_RW_COUNT 0x7ffff000ul

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *, loff_t, int);
	ssize_t (*read)(struct file *, char __user *, size_t, loff_t *);
	ssize_t (*write)(struct file *, const char __user *, size_t, loff_t *);
	__poll_t (*poll)(struct file *, struct poll_table_struct *);
	long (*unlocked_ioctl)(struct file *, unsigned int, unsigned long);
	long (*compat_ioctl)(struct file *, unsigned int, unsigned long);
	int (*mmap)(struct file *, struct vm_area_struct *);
	int (*open)(struct inode *, struct file *);
	int (*flush)(struct file *, fl_owner_t id);
	int (*release)(struct inode *, struct file *);
	int (*fasync)(int, struct file *, int);
};

/* Which address spaces have the file mapped, and where. */
struct address_space {
	struct inode *host;
	struct rw_semaphore i_mmap_rwsem;
	struct list_head i_mmap; /* vm_area_struct.shared */
};

/* One per open file. */
struct inode {
	umode_t i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	dev_t i_rdev;
	struct cdev *i_cdev; /* of an opened character device */
	loff_t i_size;
	void *i_private;
	struct address_space *i_mapping;
	struct address_space i_data;
	struct kernel *i_kernel;
	atomic_t i_count;
};

struct path {
	struct kernfs_node *node;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
	struct address_space *f_mapping;
	spinlock_t f_lock;
	atomic_long_t f_count;
	unsigned int f_flags;
	fmode_t f_mode;
	struct mutex f_pos_lock;
	loff_t f_pos;
	kuid_t f_uid;
	void *private_data;
	struct kernel *f_kernel; /* kapi: the kernel that opened it */
};

static inline struct inode *file_inode(const struct file *f)
{
	return f->f_inode;
}
static inline unsigned int iminor(const struct inode *inode)
{
	return MINOR(inode->i_rdev);
}
static inline unsigned int imajor(const struct inode *inode)
{
	return MAJOR(inode->i_rdev);
}

static inline struct file *get_file(struct file *f)
{
	atomic_long_inc(&f->f_count);
	return f;
}
/* The last reference calls ->release on the calling fiber. */
void fput(struct file *f);

loff_t no_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
loff_t default_llseek(struct file *file, loff_t offset, int whence);
int nonseekable_open(struct inode *inode, struct file *filp);
int stream_open(struct inode *inode, struct file *filp);
int simple_open(struct inode *inode, struct file *file);
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from,
				size_t available);

/* Device numbers are per kernel. Dynamic majors count down from 254, as in fs/char_dev.c. */
int alloc_chrdev_region(dev_t *dev, unsigned int baseminor, unsigned int count, const char *name);
int register_chrdev_region(dev_t from, unsigned int count, const char *name);
void unregister_chrdev_region(dev_t from, unsigned int count);

/* Whatever @inode is called by, replace the file's operations during open. */
#define replace_fops(f, fops) ((f)->f_op = (fops))
#define fops_get(fops)	      (fops)
#define fops_put(fops)                                                                             \
	do {                                                                                       \
	} while (0)

#define compat_ptr_ioctl NULL

#endif
