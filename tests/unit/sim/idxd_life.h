/* SPDX-License-Identifier: GPL-2.0 */
/* A whole life of a device under the host driver: probe, queues, a process, a kernel client,
 * removal; each part goes as far as it can. */
#ifndef TESTS_UNIT_SIM_IDXD_LIFE_H
#define TESTS_UNIT_SIM_IDXD_LIFE_H

#include "sim/core/types.h"

struct world;
struct kernel_stats;

/* What a life does; a bit each in its result. */
enum life_part {
	LIFE_PROBE,
	LIFE_SETUP,
	LIFE_DEVICE,
	LIFE_USER,
	LIFE_OPEN,
	LIFE_KERNEL,
	LIFE_WORK,
	LIFE_PARTS
};

/* The parts that a life on this device has: without PASIDs no programs. */
u32 life_all(const struct world *w);

/* Called with the text of cmd_status after a binding that failed. NULL: nobody is. */
typedef void life_status_fn(u32 status);

/* "bind" or "unbind" of the PCI driver. 0 or -errno. */
int life_pci(struct world *w, const char *what);
/* The parts that went well. The device's function must not be bound; it stays bound. */
u32 life_run(struct world *w, life_status_fn *status);
/* Removes the device if it is there and lets what is under way end. */
void life_end(struct world *w);
/* Memory and complaints as in @before; what differs is printed with @n. Fails the CUnit test. */
void life_check_same(struct world *w, const struct kernel_stats *before, u32 n);

#endif
