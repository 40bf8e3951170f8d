/* SPDX-License-Identifier: GPL-2.0 */
/* Runtime power management as in a kernel built without it: every device is always active. */
#ifndef _LINUX_PM_RUNTIME_H
#define _LINUX_PM_RUNTIME_H

#include <linux/device.h>

static inline int pm_runtime_get_sync(struct device *dev)
{
	return 1;
}
static inline int pm_runtime_resume_and_get(struct device *dev)
{
	return 0;
}
static inline int pm_runtime_put(struct device *dev)
{
	return -ENOSYS;
}
static inline int pm_runtime_put_sync(struct device *dev)
{
	return -ENOSYS;
}
static inline void pm_runtime_get_noresume(struct device *dev)
{
}
static inline void pm_runtime_put_noidle(struct device *dev)
{
}
static inline void pm_runtime_enable(struct device *dev)
{
}
static inline void pm_runtime_disable(struct device *dev)
{
}
static inline void pm_runtime_allow(struct device *dev)
{
}
static inline void pm_runtime_forbid(struct device *dev)
{
}

#endif
