/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of devices: "driver device: text", with the kernel's level and virtual time. */
#ifndef _LINUX_DEV_PRINTK_H
#define _LINUX_DEV_PRINTK_H

#include <linux/printk.h>

struct device;

#ifndef dev_fmt
#define dev_fmt(fmt) fmt
#endif

__attribute__((format(printf, 3, 4))) void dev_printk_level(char level, const struct device *dev,
							    const char *fmt, ...);

#define dev_emerg(dev, fmt, ...)  dev_printk_level('0', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_alert(dev, fmt, ...)  dev_printk_level('1', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_crit(dev, fmt, ...)	  dev_printk_level('2', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_err(dev, fmt, ...)	  dev_printk_level('3', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...)	  dev_printk_level('4', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_notice(dev, fmt, ...) dev_printk_level('5', dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_info(dev, fmt, ...)	  dev_printk_level('6', dev, dev_fmt(fmt), ##__VA_ARGS__)
/* As without CONFIG_DYNAMIC_DEBUG: checked by the compiler, printed only with DEBUG. */
#ifdef DEBUG
#define dev_dbg(dev, fmt, ...) dev_printk_level('7', dev, dev_fmt(fmt), ##__VA_ARGS__)
#else
#define dev_dbg(dev, fmt, ...)                                                                     \
	do {                                                                                       \
		if (0)                                                                             \
			dev_printk_level('7', dev, dev_fmt(fmt), ##__VA_ARGS__);                   \
	} while (0)
#endif

/* Once a kernel's life would need state per kernel: once per call site and device is not offered.
 */
int dev_err_ratelimit(const struct device *dev);
#define dev_err_ratelimited(dev, fmt, ...)                                                         \
	do {                                                                                       \
		if (dev_err_ratelimit(dev))                                                        \
			dev_err(dev, fmt, ##__VA_ARGS__);                                          \
	} while (0)
#define dev_warn_ratelimited(dev, fmt, ...)                                                        \
	do {                                                                                       \
		if (dev_err_ratelimit(dev))                                                        \
			dev_warn(dev, fmt, ##__VA_ARGS__);                                         \
	} while (0)
#define dev_dbg_ratelimited(dev, fmt, ...) dev_dbg(dev, fmt, ##__VA_ARGS__)

/* Logs @err (not for -EPROBE_DEFER) and returns it. */
__attribute__((format(printf, 3, 4))) int dev_err_probe(const struct device *dev, int err,
							const char *fmt, ...);

#define dev_WARN_ONCE(dev, condition, fmt, ...)                                                    \
	({                                                                                         \
		int __warned = !!(condition);                                                      \
		if (__warned)                                                                      \
			dev_warn(dev, fmt, ##__VA_ARGS__);                                         \
		__warned;                                                                          \
	})

#endif
