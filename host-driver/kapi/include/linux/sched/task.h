/* SPDX-License-Identifier: GPL-2.0 */
/* Task references (linux/sched.h). */
#ifndef _LINUX_SCHED_TASK_H
#define _LINUX_SCHED_TASK_H

#include <linux/sched.h>

#endif
