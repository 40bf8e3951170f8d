/* SPDX-License-Identifier: GPL-2.0 */
/* A driver of work queues as the virtual device code is one, for the driver tests (bridge header).
 */
#ifndef TESTS_IDXD_VDEV_KERNEL_H
#define TESTS_IDXD_VDEV_KERNEL_H

#include "sim/core/types.h"

/* All run on a fiber inside a kernel and return 0, -errno, or the line of the first wrong answer.
 */
int kvdev_register(void);
void kvdev_unregister(void);
/* Commands, PASIDs and users of a bound queue. */
int kvdev_queue(const char *wq);
/* The interrupt message store of its device; *@slot is one that was used. */
int kvdev_ims(const char *wq, u32 *slot);

#endif
