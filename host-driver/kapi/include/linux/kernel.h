/* SPDX-License-Identifier: GPL-2.0 */
/* The collection that drivers include first. */
#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#define ARRAY_SIZE(arr)	   (sizeof(arr) / sizeof((arr)[0]) + __must_be_array(arr))
#define upper_32_bits(n)   ((u32)(((n) >> 16) >> 16))
#define lower_32_bits(n)   ((u32)((n)&0xffffffff))
#define upper_16_bits(n)   ((u16)((n) >> 16))
#define lower_16_bits(n)   ((u16)((n)&0xffff))
#define PTR_IF(cond, ptr)  ((cond) ? (ptr) : NULL)
#define u64_to_user_ptr(x) ((void __user *)(uintptr_t)(u64)(x))

#define IS_ENABLED(option)   __kapi_is_set(option)
#define IS_BUILTIN(option)   __kapi_is_set(option)
#define IS_REACHABLE(option) __kapi_is_set(option)
/* A configuration option is set when it is defined as 1. */
#define __KAPI_ARG_1		  0,
#define __kapi_second(a, b, ...)  b
#define __kapi_is_set(x)	  __kapi_is_set2(x)
#define __kapi_is_set2(v)	  __kapi_is_set3(__KAPI_ARG_##v)
#define __kapi_is_set3(arg_or_no) __kapi_second(arg_or_no 1, 0, 0)

/* printf family: return the length it would have; scn*: the length written. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __asm__("kapi_snprintf") __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __asm__("kapi_vsnprintf")
	__printf(3, 0);
int sprintf(char *buf, const char *fmt, ...) __asm__("kapi_sprintf") __printf(2, 3);
int vsprintf(char *buf, const char *fmt, va_list args) __asm__("kapi_vsprintf") __printf(2, 0);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3) __malloc;
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0) __malloc;
const char *kvasprintf_const(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0);
int sscanf(const char *buf, const char *fmt, ...) __asm__("kapi_sscanf") __scanf(2, 3);
int vsscanf(const char *buf, const char *fmt, va_list args) __asm__("kapi_vsscanf") __scanf(2, 0);

int hex_to_bin(unsigned char ch);
int hex2bin(u8 *dst, const char *src, size_t count);
char *bin2hex(char *dst, const void *src, size_t count);

/* Reports sleeping in atomic context (kernel/sched/core.c). */
void kapi_might_sleep(const char *file, int line);
#define might_sleep() kapi_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(cond)                                                                       \
	do {                                                                                       \
		if (cond)                                                                          \
			might_sleep();                                                             \
	} while (0)
#define might_fault() might_sleep()

#endif
