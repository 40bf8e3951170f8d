/* SPDX-License-Identifier: GPL-2.0 */
/* Errors on purpose: not part of Linux, so the code that is built as a module asks for them through
 * vdev/core/defect.h. */
#ifndef _LINUX_SEEDED_DEFECT_H
#define _LINUX_SEEDED_DEFECT_H

#include <linux/types.h>

/*
 * Whether the running kernel has this error (enum spec_defect in <spec/defects.h>), which
 * kernel_seed_defects() gave it. Any context.
 */
bool seeded_defect(u32 defect);

#endif
