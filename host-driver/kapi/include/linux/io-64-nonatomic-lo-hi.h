/* SPDX-License-Identifier: GPL-2.0 */
/* 64-bit accesses exist here. */
#ifndef _LINUX_IO_64_NONATOMIC_LO_HI_H
#define _LINUX_IO_64_NONATOMIC_LO_HI_H

#include <linux/io.h>

#endif
