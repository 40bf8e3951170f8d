// SPDX-License-Identifier: GPL-2.0
/* Clocks and delays, all in virtual time. */
#include <asm/processor.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include "host-driver/kapi/kapi.h"

#define PS_PER_JIFFY (PS_PER_S / HZ)

unsigned long kapi_jiffies(void)
{
	return INITIAL_JIFFIES + sim_now(kapi_kernel()->sim) / PS_PER_JIFFY;
}

/*
 * The tick at which the timer wheel runs a timer: one after its bucket's time, so that it never
 * fires early, and in coarser steps of 8, 64, ... ticks the further away it is (calc_index()).
 */
static unsigned long wheel_tick(unsigned long expires, unsigned long cur)
{
	unsigned long ahead = expires - cur;
	unsigned int shift = 0;

	while (shift < 24 && ahead >= 63ul << shift)
		shift += 3;
	return ((expires >> shift) + 1) << shift;
}

u64 kapi_jiffies_to_time(struct kernel *k, unsigned long j)
{
	u64 now = sim_now(k->sim), ticks = now / PS_PER_JIFFY, ahead;
	unsigned long cur = INITIAL_JIFFIES + ticks;

	/* What is due already waits for the next tick. */
	if ((long)(j - cur) < 0)
		return (ticks + 1) * PS_PER_JIFFY;
	ahead = wheel_tick(j, cur) - cur;
	if (ahead > SIM_NEVER / PS_PER_JIFFY - ticks - 1)
		return SIM_NEVER;
	return (ticks + ahead) * PS_PER_JIFFY;
}

u64 ktime_get_ns(void)
{
	return sim_now(kapi_kernel()->sim) / PS_PER_NS;
}

ktime_t ktime_get(void)
{
	return ktime_get_ns();
}

time64_t ktime_get_seconds(void)
{
	return ktime_get_ns() / NSEC_PER_SEC;
}

time64_t ktime_get_real_seconds(void)
{
	return ktime_get_seconds();
}

void ktime_get_ts64(struct timespec64 *ts)
{
	u64 ns = ktime_get_ns();

	ts->tv_sec = ns / NSEC_PER_SEC;
	ts->tv_nsec = ns % NSEC_PER_SEC;
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	ktime_get_ts64(ts);
}

void cpu_relax(void)
{
	struct kapi_frame *f = kapi_frame_here();

	/* Never for nothing: a loop around it would not end. */
	kapi_spend(f, f->k->cfg.cost.cpu_relax ? f->k->cfg.cost.cpu_relax : 1);
}

static void busy(u64 n, u64 unit)
{
	kapi_spend(kapi_frame_here(), n > SIM_NEVER / 2 / unit ? SIM_NEVER / 2 : n * unit);
}

void ndelay(unsigned long nsecs)
{
	busy(nsecs, PS_PER_NS);
}

void udelay(unsigned long usecs)
{
	busy(usecs, PS_PER_US);
}

void mdelay(unsigned long msecs)
{
	busy(msecs, PS_PER_MS);
}

void msleep(unsigned int msecs)
{
	unsigned long timeout = msecs_to_jiffies(msecs) + 1;

	might_sleep();
	while (timeout)
		timeout = schedule_timeout_uninterruptible(timeout);
}

unsigned long msleep_interruptible(unsigned int msecs)
{
	unsigned long timeout = msecs_to_jiffies(msecs) + 1;

	might_sleep();
	while (timeout && !signal_pending(current))
		timeout = schedule_timeout_interruptible(timeout);
	return jiffies_to_msecs(timeout);
}

void usleep_range_state(unsigned long min, unsigned long max, unsigned int state)
{
	struct kapi_frame *f = kapi_frame_here();

	might_sleep();
	(void)min;
	(void)state;
	busy(max, PS_PER_US);
	kapi_spend(f, f->k->cfg.cost.context_switch);
}

void usleep_range(unsigned long min, unsigned long max)
{
	usleep_range_state(min, max, TASK_UNINTERRUPTIBLE);
}

void fsleep(unsigned long usecs)
{
	if (usecs <= 10)
		udelay(usecs);
	else if (usecs <= 20000)
		usleep_range(usecs, 2 * usecs);
	else
		msleep(DIV_ROUND_UP(usecs, 1000));
}
