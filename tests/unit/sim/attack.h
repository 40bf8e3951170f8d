/* SPDX-License-Identifier: GPL-2.0 */
/* Attacks of one tenant on another: what each is, and what it finds. */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include <linux/idxd.h>

#include "tests/unit/sim/attack_program.h"
#include "tests/unit/sim/attack_world.h"

enum attack_origin { FROM_GUEST_KERNEL, FROM_GUEST_PROCESS, FROM_HOST_PROCESS };

/* Where attacker and neighbour meet. */
enum attack_place {
	AT_OWN_QUEUE,  /* a queue, a group and an engine each */
	AT_SAME_GROUP, /* a queue each, one engine */
	AT_SHARE,      /* a share each of one shared queue, programs with PASIDs of their guests */
	AT_HOST,       /* the attacker is a program of the host with a queue of another group */
};

/* Who stops it. Nobody: the hardware allows it, which the row's text says. */
enum attack_stop { BY_DEVICE, BY_IOMMU, BY_CPU, BY_HYPERVISOR, BY_VDCM, BY_HOST, BY_NOBODY };

#define ATTACK_BUF   0x40000 /* bytes that the attacker has for records and data */
#define ATTACK_MAGIC 0x5a

struct attacker {
	struct world *w;
	struct guest *g; /* guests only */
	u64 regs, portals;
	u32 own_handle;
	struct program prog; /* at a share and on the host */
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
	u32 place; /* enum attack_place */
	/* Latency that is by right the attacker's, percent; 0: what the place guarantees. */
	u32 latency;
	/* One round, on a fiber of the origin. 0: stopped as the row says, else the line that saw
	 * something else. */
	int (*round)(struct attacker *a);
	/* What hardware does not prevent of it; NULL: nothing. */
	const char *leftover;
};

extern const struct attack guest_attacks[], descriptor_attacks[], race_attacks[], share_attacks[],
	viommu_attacks[], program_attacks[], raw_attacks[];
extern const u32 nr_guest_attacks, nr_descriptor_attacks, nr_race_attacks, nr_share_attacks,
	nr_viommu_attacks, nr_program_attacks, nr_raw_attacks;

/* A device of bare queues is made and taken away: what the host keeps of the first one is there. */
int raw_once(struct world *w);

#define EXPECT(c)                                                                                  \
	do {                                                                                       \
		if (!(c))                                                                          \
			return __LINE__;                                                           \
	} while (0)

#endif
