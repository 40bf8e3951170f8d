/* SPDX-License-Identifier: GPL-2.0 */
/* Counting a device's events from inside the kernel. */
#ifndef IDXD_PERFMON_H
#define IDXD_PERFMON_H

#include <linux/types.h>

struct idxd_device;

/*
 * Count @events (DSA_EVn_* bits) of @category (DSA_PERFCAT_*). Returns the
 * counter's number; -EOPNOTSUPP no counters, -EINVAL events the device does
 * not have, -ENOSPC all counters run.
 */
int idxd_perfmon_start(struct idxd_device *idxd, u32 category, u32 events);
/* Value of a running counter; wraps at the device's counter width. 0 when it does not run. */
u64 idxd_perfmon_read(struct idxd_device *idxd, u32 counter);
/* Stop and free the counter; returns its last value. */
u64 idxd_perfmon_stop(struct idxd_device *idxd, u32 counter);

#endif
