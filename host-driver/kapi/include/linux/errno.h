/* SPDX-License-Identifier: GPL-2.0 */
/* Error numbers (include/uapi/asm-generic/errno*.h, include/linux/errno.h). */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#include <asm/errno.h>

/* Never shown to user space. */
#define ERESTARTSYS    512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ENOIOCTLCMD    515
#define EPROBE_DEFER   517
#define EOPENSTALE     518
#define ENOPARAM       519
#define ENOTSUPP       524
#define EIOCBQUEUED    529

#endif
