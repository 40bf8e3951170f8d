/* SPDX-License-Identifier: GPL-2.0 */
/* 64-byte stores to devices. */
#ifndef _ASM_SPECIAL_INSNS_H
#define _ASM_SPECIAL_INSNS_H

#include <linux/types.h>

/* MOVDIR64B: @dst is 64-byte aligned device memory (or RAM). */
void movdir64b(void __iomem *dst, const void *src);
/*
 * ENQCMDS with the PASID that the descriptor carries: 0, or -EAGAIN when the device says retry.
 * kapi: -EFAULT where a guest's processor would fault, for nobody translates the PASID.
 */
int enqcmds(void __iomem *dst, const void *src);
/* kapi: ENQCMD of a program whose IA32_PASID is in the first word of @src already. */
int kapi_enqcmd(void __iomem *dst, const void *src);

#endif
