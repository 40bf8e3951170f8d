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

#define dev_level_ratelimited(level, dev, fmt, ...)                                                \
	do {                                                                                       \
		if (kapi_ratelimit(__kapi_site()))                                                 \
			level(dev, fmt, ##__VA_ARGS__);                                            \
	} while (0)
#define dev_level_once(level, dev, fmt, ...)                                                       \
	do {                                                                                       \
		if (kapi_once(__kapi_site()))                                                      \
			level(dev, fmt, ##__VA_ARGS__);                                            \
	} while (0)
#define dev_err_ratelimited(dev, fmt, ...)  dev_level_ratelimited(dev_err, dev, fmt, ##__VA_ARGS__)
#define dev_warn_ratelimited(dev, fmt, ...) dev_level_ratelimited(dev_warn, dev, fmt, ##__VA_ARGS__)
#define dev_notice_ratelimited(dev, fmt, ...)                                                      \
	dev_level_ratelimited(dev_notice, dev, fmt, ##__VA_ARGS__)
#define dev_info_ratelimited(dev, fmt, ...) dev_level_ratelimited(dev_info, dev, fmt, ##__VA_ARGS__)
#define dev_err_once(dev, fmt, ...)	    dev_level_once(dev_err, dev, fmt, ##__VA_ARGS__)
#define dev_warn_once(dev, fmt, ...)	    dev_level_once(dev_warn, dev, fmt, ##__VA_ARGS__)
#define dev_info_once(dev, fmt, ...)	    dev_level_once(dev_info, dev, fmt, ##__VA_ARGS__)
#define dev_dbg_ratelimited(dev, fmt, ...)  dev_dbg(dev, fmt, ##__VA_ARGS__)

/* Logs @err (not for -EPROBE_DEFER) and returns it. */
__attribute__((format(printf, 3, 4))) int dev_err_probe(const struct device *dev, int err,
							const char *fmt, ...);

#define dev_WARN_ONCE(dev, condition, fmt, ...)                                                    \
	WARN_ONCE(condition, "%s %s: " fmt, dev_driver_string(dev), dev_name(dev), ##__VA_ARGS__)

#endif
