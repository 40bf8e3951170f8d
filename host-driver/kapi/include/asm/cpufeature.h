/* SPDX-License-Identifier: GPL-2.0 */
/* Processor features that drivers ask for: those DSA platforms have. */
#ifndef _ASM_CPUFEATURE_H
#define _ASM_CPUFEATURE_H

#include <linux/types.h>

#define X86_FEATURE_MOVDIR64B (16 * 32 + 28)
#define X86_FEATURE_ENQCMD    (16 * 32 + 29)
#define X86_FEATURE_WAITPKG   (16 * 32 + 5)

static inline bool boot_cpu_has(unsigned int feature)
{
	return feature == X86_FEATURE_MOVDIR64B || feature == X86_FEATURE_ENQCMD ||
	       feature == X86_FEATURE_WAITPKG;
}

#define cpu_feature_enabled boot_cpu_has
#define static_cpu_has	    boot_cpu_has

#endif
