/* SPDX-License-Identifier: GPL-2.0 */
/* The work queues that a kernel's driver has enabled: the host's or a guest's. */
#ifndef SIM_QUEUES_H
#define SIM_QUEUES_H

#include "sim/core/types.h"

struct kernel;

/* A work queue as it is configured now, read back from the driver. */
struct system_wq {
	u32 device, queue; /* wqD.Q of its kernel */
	char name[64];
	bool dedicated, user, kernel, mdev; /* mode; type */
	bool block_on_fault;
	u32 size, group, threshold;
	u64 max_transfer;
	u32 max_batch;
	u32 host_device, host_queue; /* the physical queue: the same, but in a guest */
};

/*
 * All enabled queues of @k in order of their names, for free(). On a fiber of @k. 0, or -ENOMEM
 * with an empty list.
 */
int queues_read(struct kernel *k, struct system_wq **list, u32 *n);

#endif
