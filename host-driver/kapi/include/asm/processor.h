/* SPDX-License-Identifier: GPL-2.0 */
/* The processor: PAUSE takes virtual time. */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H

#include <linux/types.h>

void cpu_relax(void);

#endif
