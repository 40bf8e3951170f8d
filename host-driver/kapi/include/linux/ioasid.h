/* SPDX-License-Identifier: GPL-2.0 */
/* The PASID number type of Linux 6.1. */
#ifndef _LINUX_IOASID_H
#define _LINUX_IOASID_H

typedef unsigned int ioasid_t;

#define INVALID_IOASID ((ioasid_t)-1)

#endif
