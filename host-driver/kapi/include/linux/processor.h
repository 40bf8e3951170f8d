/* SPDX-License-Identifier: GPL-2.0 */
/* See asm/processor.h. */
#ifndef _LINUX_PROCESSOR_H
#define _LINUX_PROCESSOR_H

#include <asm/processor.h>

#endif
