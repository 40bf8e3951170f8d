/* SPDX-License-Identifier: GPL-2.0 */
/* Capabilities of the current task. */
#ifndef _LINUX_CAPABILITY_H
#define _LINUX_CAPABILITY_H

#include <linux/types.h>

#define CAP_IPC_LOCK  14
#define CAP_SYS_RAWIO 17
#define CAP_SYS_ADMIN 21

/* Kernel threads have all; a process has what its credentials say. */
bool capable(int cap);

#endif
