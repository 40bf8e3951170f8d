/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel log: a ring per simulated kernel, stamped with virtual time. */
#ifndef _LINUX_PRINTK_H
#define _LINUX_PRINTK_H

#include <linux/kern_levels.h>
#include <linux/stdarg.h>
#include <linux/types.h>

/* printf with the kernel's formats (Documentation/core-api/printk-formats). Returns the length. */
int _printk(const char *fmt, ...) __printf(1, 2);
int vprintk(const char *fmt, va_list args) __printf(1, 0);
void vprintk_level(int level, const char *fmt, va_list args) __printf(2, 0);

#define printk(fmt, ...) _printk(fmt, ##__VA_ARGS__)

/* What %pV prints. */
struct va_format {
	const char *fmt;
	va_list *va;
};

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define pr_emerg(fmt, ...)  printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)  printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)   printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)    printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)   printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)   printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)   printk(KERN_CONT fmt, ##__VA_ARGS__)

static inline __printf(1, 2) int no_printk(const char *fmt, ...)
{
	return 0;
}

/* As without DEBUG and dynamic debug: checked, never printed. */
#define pr_debug(fmt, ...)                                                                         \
	do {                                                                                       \
		if (0)                                                                             \
			no_printk(pr_fmt(fmt), ##__VA_ARGS__);                                     \
	} while (0)
#define pr_devel pr_debug

/*
 * "Once" and rate limits are kept per kernel and call site: a burst of 10 in 5 s, as the kernel's
 * default. The site's marker is only a name.
 */
bool kapi_once(const void *site);
bool kapi_ratelimit(const void *site);

#define __kapi_site()                                                                              \
	({                                                                                         \
		static const char __site;                                                          \
		&__site;                                                                           \
	})
#define printk_once(fmt, ...)                                                                      \
	do {                                                                                       \
		if (kapi_once(__kapi_site()))                                                      \
			printk(fmt, ##__VA_ARGS__);                                                \
	} while (0)
#define printk_ratelimited(fmt, ...)                                                               \
	do {                                                                                       \
		if (kapi_ratelimit(__kapi_site()))                                                 \
			printk(fmt, ##__VA_ARGS__);                                                \
	} while (0)
#define pr_err_once(fmt, ...)	      printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...)	      printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_once(fmt, ...)	      printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_ratelimited(fmt, ...)  printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...) printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

#endif
