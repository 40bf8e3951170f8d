/* SPDX-License-Identifier: GPL-2.0 */
/* Signals as far as waits see them (linux/sched.h). */
#ifndef _LINUX_SCHED_SIGNAL_H
#define _LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define SIGHUP	1
#define SIGINT	2
#define SIGKILL 9
#define SIGBUS	7
#define SIGSEGV 11
#define SIGTERM 15

int send_sig(int sig, struct task_struct *p, int priv);

#endif
