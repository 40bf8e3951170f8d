/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting in virtual time. Busy delays take time as well as sleeps. */
#ifndef _LINUX_DELAY_H
#define _LINUX_DELAY_H

#include <linux/jiffies.h>
#include <linux/types.h>

void ndelay(unsigned long nsecs);
void udelay(unsigned long usecs);
void mdelay(unsigned long msecs);
/* Sleep until a tick at least @msecs away. */
void msleep(unsigned int msecs);
unsigned long msleep_interruptible(unsigned int msecs);
/* Wakes at @max, which is when the kernel programs the hardware timer. */
void usleep_range(unsigned long min, unsigned long max);
void usleep_range_state(unsigned long min, unsigned long max, unsigned int state);
void fsleep(unsigned long usecs);

static inline void ssleep(unsigned int seconds)
{
	msleep(seconds * 1000);
}

#endif
