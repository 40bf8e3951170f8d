/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of the current process, through its page tables. Faults pages in: may sleep. */
#ifndef _LINUX_UACCESS_H
#define _LINUX_UACCESS_H

#include <linux/types.h>
#include <linux/errno.h>

struct kernel;
struct mm_struct;

/* Each returns how many bytes could not be copied, from the end; copy_from_user() zeroes them. */
unsigned long __must_check copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long __must_check copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __must_check clear_user(void __user *to, unsigned long n);
/* Bytes without the terminator, @count when there is none in reach, -EFAULT. */
long __must_check strncpy_from_user(char *dst, const char __user *src, long count);
/* 0, -EFAULT, -E2BIG when bytes beyond @ksize are not zero. */
int __must_check copy_struct_from_user(void *dst, size_t ksize, const void __user *src,
				       size_t usize);
/* A kmalloc copy; ERR_PTR(-ENOMEM, -EFAULT). */
void *memdup_user(const void __user *src, size_t len);

#define get_user(x, ptr)                                                                           \
	({                                                                                         \
		typeof(*(ptr)) __gu;                                                               \
		int __gu_err = copy_from_user(&__gu, (ptr), sizeof(__gu)) ? -EFAULT : 0;           \
		(x) = __gu;                                                                        \
		__gu_err;                                                                          \
	})
#define put_user(x, ptr)                                                                           \
	({                                                                                         \
		typeof(*(ptr)) __pu = (x);                                                         \
		copy_to_user((ptr), &__pu, sizeof(__pu)) ? -EFAULT : 0;                            \
	})
#define access_ok(addr, size)                                                                      \
	((unsigned long)(addr) < (1ul << 47) && (size) <= (1ul << 47) - (unsigned long)(addr))

/*
 * kapi: how user memory is reached. Copies up to @len bytes between @buf and @addr of @mm, faulting
 * pages in as the processor would; returns the bytes copied before the first address that faults.
 */
typedef unsigned long user_access_fn(struct mm_struct *mm, unsigned long addr, void *buf,
				     unsigned long len, bool write);
/* One per kernel, set by the code that owns address spaces. */
void user_access_set(struct kernel *k, user_access_fn *fn);

#endif
