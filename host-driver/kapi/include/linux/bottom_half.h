/* SPDX-License-Identifier: GPL-2.0 */
/* local_bh_disable() (linux/preempt.h). */
#ifndef _LINUX_BOTTOM_HALF_H
#define _LINUX_BOTTOM_HALF_H

#include <linux/preempt.h>

#endif
