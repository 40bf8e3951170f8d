/* SPDX-License-Identifier: GPL-2.0 */
/* Rate-limited messages: per kernel and call site (linux/printk.h). */
#ifndef _LINUX_RATELIMIT_H
#define _LINUX_RATELIMIT_H

#include <linux/printk.h>

#endif
