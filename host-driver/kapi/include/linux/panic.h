/* SPDX-License-Identifier: GPL-2.0 */
/* panic() lives in linux/bug.h here. */
#ifndef _LINUX_PANIC_H
#define _LINUX_PANIC_H

#include <linux/bug.h>

#endif
