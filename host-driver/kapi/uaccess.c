// SPDX-License-Identifier: GPL-2.0
// Copying to and from the memory of the current process.
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "fscore.h"
#include "host-driver/kapi/kernel.h"

void user_access_set(struct kernel *k, user_access_fn *fn)
{
	struct kernel_frame frame;
	struct fscore *fs;

	kernel_enter(k, &frame);
	fs = fscore_current();
	if (fs)
		fs->user_access = fn;
	kernel_leave(&frame);
}

/* Bytes not copied. */
static unsigned long access(unsigned long addr, void *buf, unsigned long n, bool write)
{
	struct mm_struct *mm = current->mm;
	struct fscore *fs = fscore_current();

	might_sleep();
	if (!n)
		return 0;
	if (!mm || !fs || !fs->user_access || !access_ok(addr, n))
		return n;
	return n - fs->user_access(mm, addr, buf, n, write);
}

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left = access((unsigned long)from, to, n, false);

	if (left)
		memset((char *)to + (n - left), 0, left);
	return left;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	return access((unsigned long)to, (void *)from, n, true);
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	static const char zeroes[256];
	unsigned long addr = (unsigned long)to;

	while (n) {
		unsigned long step = min_t(unsigned long, n, sizeof(zeroes));
		unsigned long left = copy_to_user((void __user *)addr, zeroes, step);

		n -= step - left;
		addr += step - left;
		if (left)
			break;
	}
	return n;
}

long strncpy_from_user(char *dst, const char __user *src, long count)
{
	long i;

	for (i = 0; i < count; i++) {
		if (copy_from_user(dst + i, src + i, 1))
			return -EFAULT;
		if (!dst[i])
			break;
	}
	return i;
}

int copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize)
{
	size_t size = min(ksize, usize);
	const char __user *from = src;
	size_t i;

	for (i = size; i < usize; i++) {
		char c;

		if (copy_from_user(&c, from + i, 1))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	memset((char *)dst + size, 0, ksize - size);
	return copy_from_user(dst, src, size) ? -EFAULT : 0;
}

void *memdup_user(const void __user *src, size_t len)
{
	void *p = kmalloc(len, GFP_KERNEL);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		kfree(p);
		return ERR_PTR(-EFAULT);
	}
	return p;
}

ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from,
				size_t available)
{
	loff_t pos = *ppos;
	size_t left;

	if (pos < 0)
		return -EINVAL;
	if (pos >= (loff_t)available || !count)
		return 0;
	count = min_t(u64, count, available - pos);
	left = copy_to_user(to, (const char *)from + pos, count);
	if (left == count)
		return -EFAULT;
	count -= left;
	*ppos = pos + count;
	return count;
}
