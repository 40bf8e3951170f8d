/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of ioctl commands (x86 layout). */
#ifndef _LINUX_IOCTL_H
#define _LINUX_IOCTL_H

#define _IOC_NONE  0u
#define _IOC_WRITE 1u
#define _IOC_READ  2u

#define _IOC(dir, type, nr, size)                                                                  \
	((unsigned int)(dir) << 30 | (unsigned int)(size) << 16 | (unsigned int)(type) << 8 | (nr))
#define _IO(type, nr)		 _IOC(_IOC_NONE, type, nr, 0)
#define _IOR(type, nr, argtype)	 _IOC(_IOC_READ, type, nr, sizeof(argtype))
#define _IOW(type, nr, argtype)	 _IOC(_IOC_WRITE, type, nr, sizeof(argtype))
#define _IOWR(type, nr, argtype) _IOC(_IOC_READ | _IOC_WRITE, type, nr, sizeof(argtype))

#endif
