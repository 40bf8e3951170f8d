/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel-world files of the device-side tests share. */
#ifndef TESTS_UNIT_KAPI_KWORLD_TOY_H
#define TESTS_UNIT_KAPI_KWORLD_TOY_H

#include <linux/device.h>

/* Of the current kernel. */
struct device *toy_device(void);
struct device *toy_queue_device(u32 n);
struct bus_type *toy_bus_type(void);

#endif
