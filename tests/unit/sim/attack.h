/* SPDX-License-Identifier: GPL-2.0 */
/* Attacks of one tenant on another: what each is, and what it finds. */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include <linux/idxd.h>

#include "host-driver/process/process.h"
#include "tests/unit/sim/attack_world.h"

enum attack_origin { FROM_GUEST_KERNEL, FROM_GUEST_PROCESS, FROM_HOST_PROCESS };

/* Who stops it. Nobody: the hardware allows it, which the row's text says. */
enum attack_stop { BY_DEVICE, BY_IOMMU, BY_CPU, BY_HYPERVISOR, BY_VDCM, BY_HOST, BY_NOBODY };

#define ATTACK_BUF   0x40000 /* bytes that the attacker has for records and data */
#define ATTACK_MAGIC 0x5a

struct attacker {
	struct world *w;
	struct guest *g; /* guests only */
	u64 regs, portals;
	u32 own_handle;
	struct process *p; /* processes only */
	u64 portal_va;
	/* Its memory, and the address that the device knows it by. */
	u8 *mem;
	u64 dma;
	/* What it could learn about its neighbour, if it had a way: the test looks it up. */
	u32 victim_wq, victim_pasid, victim_handle;
	u64 rounds;
	struct sim_rng rng;
};

struct attack {
	const char *name;
	u32 origin; /* enum attack_origin */
	u32 by;	    /* enum attack_stop */
	const char *how;
	/* On a queue in the neighbour's group: they share an engine by right. */
	bool same_group;
	/* One round, on a fiber of the origin. 0: stopped as the row says, else the line that saw
	 * something else. */
	int (*round)(struct attacker *a);
	/* What hardware does not prevent of it; NULL: nothing. */
	const char *leftover;
};

extern const struct attack guest_attacks[], process_attacks[];
extern const u32 nr_guest_attacks, nr_process_attacks;

#define EXPECT(c)                                                                                  \
	do {                                                                                       \
		if (!(c))                                                                          \
			return __LINE__;                                                           \
	} while (0)

#endif
