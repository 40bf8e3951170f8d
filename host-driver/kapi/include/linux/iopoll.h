/* SPDX-License-Identifier: GPL-2.0 */
/* Polls a register until a condition or a time-out in virtual time. */
#ifndef _LINUX_IOPOLL_H
#define _LINUX_IOPOLL_H

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ktime.h>

/* Sleeps @sleep_us between reads (0: only relaxes); 0 or -ETIMEDOUT (after one last read). */
#define read_poll_timeout(op, val, cond, sleep_us, timeout_us, sleep_before_read, args...)         \
	({                                                                                         \
		u64 __timeout_us = (timeout_us);                                                   \
		unsigned long __sleep_us = (sleep_us);                                             \
		ktime_t __end = ktime_add_us(ktime_get(), __timeout_us);                           \
		if ((sleep_before_read) && __sleep_us)                                             \
			usleep_range((__sleep_us >> 2) + 1, __sleep_us);                           \
		for (;;) {                                                                         \
			(val) = op(args);                                                          \
			if (cond)                                                                  \
				break;                                                             \
			if (__timeout_us && ktime_compare(ktime_get(), __end) > 0) {               \
				(val) = op(args);                                                  \
				break;                                                             \
			}                                                                          \
			if (__sleep_us)                                                            \
				usleep_range((__sleep_us >> 2) + 1, __sleep_us);                   \
			cpu_relax();                                                               \
		}                                                                                  \
		(cond) ? 0 : -ETIMEDOUT;                                                           \
	})

#define read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, delay_before_read, args...)  \
	({                                                                                         \
		u64 __timeout_us = (timeout_us);                                                   \
		unsigned long __delay_us = (delay_us);                                             \
		ktime_t __end = ktime_add_us(ktime_get(), __timeout_us);                           \
		if ((delay_before_read) && __delay_us)                                             \
			udelay(__delay_us);                                                        \
		for (;;) {                                                                         \
			(val) = op(args);                                                          \
			if (cond)                                                                  \
				break;                                                             \
			if (__timeout_us && ktime_compare(ktime_get(), __end) > 0) {               \
				(val) = op(args);                                                  \
				break;                                                             \
			}                                                                          \
			if (__delay_us)                                                            \
				udelay(__delay_us);                                                \
			cpu_relax();                                                               \
		}                                                                                  \
		(cond) ? 0 : -ETIMEDOUT;                                                           \
	})

#define readx_poll_timeout(op, addr, val, cond, sleep_us, timeout_us)                              \
	read_poll_timeout(op, val, cond, sleep_us, timeout_us, false, addr)
#define readl_poll_timeout(addr, val, cond, delay_us, timeout_us)                                  \
	readx_poll_timeout(readl, addr, val, cond, delay_us, timeout_us)
#define readq_poll_timeout(addr, val, cond, delay_us, timeout_us)                                  \
	readx_poll_timeout(readq, addr, val, cond, delay_us, timeout_us)
#define readl_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us)                           \
	read_poll_timeout_atomic(readl, val, cond, delay_us, timeout_us, false, addr)

#endif
