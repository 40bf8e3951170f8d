/* SPDX-License-Identifier: GPL-2.0 */
/* Time in nanoseconds, and reading the clocks (virtual time since the start). */
#ifndef _LINUX_KTIME_H
#define _LINUX_KTIME_H

#include <linux/jiffies.h>
#include <linux/time64.h>

typedef s64 ktime_t;

#define KTIME_MAX     ((s64) ~((u64)1 << 63))
#define KTIME_SEC_MAX (KTIME_MAX / NSEC_PER_SEC)

/* All clocks run together; wall-clock time starts at the epoch. */
ktime_t ktime_get(void);
u64 ktime_get_ns(void);

#define ktime_get_raw	       ktime_get
#define ktime_get_raw_ns       ktime_get_ns
#define ktime_get_boottime     ktime_get
#define ktime_get_boottime_ns  ktime_get_ns
#define ktime_get_real	       ktime_get
#define ktime_get_real_ns      ktime_get_ns
#define ktime_get_mono_fast_ns ktime_get_ns
#define ktime_get_coarse       ktime_get
#define local_clock	       ktime_get_ns
#define sched_clock	       ktime_get_ns

static inline ktime_t ktime_set(const s64 secs, const unsigned long nsecs)
{
	return secs >= KTIME_SEC_MAX ? KTIME_MAX : secs * NSEC_PER_SEC + (s64)nsecs;
}

static inline ktime_t ns_to_ktime(u64 ns)
{
	return ns;
}

static inline ktime_t us_to_ktime(u64 us)
{
	return us * NSEC_PER_USEC;
}

static inline ktime_t ms_to_ktime(u64 ms)
{
	return ms * NSEC_PER_MSEC;
}

#define ktime_sub(l, r)	     ((l) - (r))
#define ktime_add(l, r)	     ((l) + (r))
#define ktime_add_ns(t, n)   ((t) + (s64)(n))
#define ktime_sub_ns(t, n)   ((t) - (s64)(n))
#define ktime_add_us(t, n)   ((t) + (s64)(n)*NSEC_PER_USEC)
#define ktime_add_ms(t, n)   ((t) + (s64)(n)*NSEC_PER_MSEC)
#define ktime_to_ns(t)	     ((s64)(t))
#define ktime_to_us(t)	     ((s64)(t) / NSEC_PER_USEC)
#define ktime_to_ms(t)	     ((s64)(t) / NSEC_PER_MSEC)
#define ktime_before(a, b)   ((a) < (b))
#define ktime_after(a, b)    ((a) > (b))
#define ktime_compare(a, b)  ((a) < (b) ? -1 : (a) > (b))
#define ktime_us_delta(l, e) ktime_to_us(ktime_sub(l, e))
#define ktime_ms_delta(l, e) ktime_to_ms(ktime_sub(l, e))

time64_t ktime_get_seconds(void);
time64_t ktime_get_real_seconds(void);
void ktime_get_ts64(struct timespec64 *ts);
void ktime_get_real_ts64(struct timespec64 *ts);

#endif
