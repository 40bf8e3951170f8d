/* SPDX-License-Identifier: GPL-2.0 */
/* The tick: HZ = 250 as Debian builds it, counted from virtual time. */
#ifndef _LINUX_JIFFIES_H
#define _LINUX_JIFFIES_H

#include <linux/limits.h>
#include <linux/time64.h>
#include <linux/types.h>

#define HZ 250

/* Starts five minutes before it wraps at 32 bits, as in the kernel. */
#define INITIAL_JIFFIES ((unsigned long)(unsigned int)(-300 * HZ))

unsigned long kapi_jiffies(void);
#define jiffies	   kapi_jiffies()
#define jiffies_64 ((u64)kapi_jiffies())

static inline u64 get_jiffies_64(void)
{
	return jiffies_64;
}

#define MAX_JIFFY_OFFSET ((LONG_MAX >> 1) - 1)

#define time_after(a, b)	     ((long)((b) - (a)) < 0)
#define time_before(a, b)	     time_after(b, a)
#define time_after_eq(a, b)	     ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	     time_after_eq(b, a)
#define time_in_range(a, b, c)	     (time_after_eq(a, b) && time_before_eq(a, c))
#define time_is_before_jiffies(a)    time_after(jiffies, a)
#define time_is_after_jiffies(a)     time_before(jiffies, a)
#define time_is_before_eq_jiffies(a) time_after_eq(jiffies, a)
#define time_is_after_eq_jiffies(a)  time_before_eq(jiffies, a)
#define time_after64(a, b)	     ((s64)((b) - (a)) < 0)
#define time_before64(a, b)	     time_after64(b, a)

/* Rounded up; a negative int is for ever. */
static inline unsigned long msecs_to_jiffies(unsigned int m)
{
	if ((int)m < 0)
		return MAX_JIFFY_OFFSET;
	return ((u64)m + (MSEC_PER_SEC / HZ) - 1) / (MSEC_PER_SEC / HZ);
}

static inline unsigned long usecs_to_jiffies(unsigned int u)
{
	return ((u64)u + (USEC_PER_SEC / HZ) - 1) / (USEC_PER_SEC / HZ);
}

static inline unsigned long nsecs_to_jiffies(u64 n)
{
	return n / (NSEC_PER_SEC / HZ);
}

static inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return (MSEC_PER_SEC / HZ) * j;
}

static inline unsigned int jiffies_to_usecs(unsigned long j)
{
	return (USEC_PER_SEC / HZ) * j;
}

static inline u64 jiffies_to_nsecs(unsigned long j)
{
	return (u64)jiffies_to_usecs(j) * NSEC_PER_USEC;
}

static inline unsigned long round_jiffies_relative(unsigned long j)
{
	return j;
}

#endif
