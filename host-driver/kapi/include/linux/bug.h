/* SPDX-License-Identifier: GPL-2.0 */
/* BUG and WARN: reports with virtual time; a BUG stops the fiber and marks the kernel crashed. */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/printk.h>

/* Never returns: the simulated kernel is crashed, the fiber that got here is stopped for good. */
void kapi_bug(const char *file, int line) __noreturn __cold;
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;
/* Counts and logs; @fmt may be NULL. */
void kapi_warn(const char *file, int line, const char *fmt, ...) __printf(3, 4) __cold;

#define BUG() kapi_bug(__FILE__, __LINE__)
#define BUG_ON(cond)                                                                               \
	do {                                                                                       \
		if (unlikely(cond))                                                                \
			BUG();                                                                     \
	} while (0)

#define WARN_ON(cond)                                                                              \
	({                                                                                         \
		int __ret_warn = !!(cond);                                                         \
		if (unlikely(__ret_warn))                                                          \
			kapi_warn(__FILE__, __LINE__, NULL);                                       \
		unlikely(__ret_warn);                                                              \
	})
#define WARN(cond, ...)                                                                            \
	({                                                                                         \
		int __ret_warn = !!(cond);                                                         \
		if (unlikely(__ret_warn))                                                          \
			kapi_warn(__FILE__, __LINE__, __VA_ARGS__);                                \
		unlikely(__ret_warn);                                                              \
	})
#define WARN_ON_ONCE(cond)                                                                         \
	({                                                                                         \
		int __ret_warn = !!(cond);                                                         \
		if (unlikely(__ret_warn) && kapi_once(__kapi_site()))                              \
			kapi_warn(__FILE__, __LINE__, NULL);                                       \
		unlikely(__ret_warn);                                                              \
	})
#define WARN_ONCE(cond, ...)                                                                       \
	({                                                                                         \
		int __ret_warn = !!(cond);                                                         \
		if (unlikely(__ret_warn) && kapi_once(__kapi_site()))                              \
			kapi_warn(__FILE__, __LINE__, __VA_ARGS__);                                \
		unlikely(__ret_warn);                                                              \
	})

#endif
