/* SPDX-License-Identifier: GPL-2.0 */
/* The neighbour of an attacker: works, and keeps all that it can see. */
#ifndef TESTS_ATTACK_VICTIM_H
#define TESTS_ATTACK_VICTIM_H

#include "tests/unit/sim/attack_program.h"
#include "tests/unit/sim/attack_world.h"

#define VICTIM_OPS 100

/* What may not depend on an attack. */
struct view {
	struct {
		s32 rc; /* data and status good: 0 */
		u8 record[32];
	} op[VICTIM_OPS];
	u64 interrupts;
	u64 registers[0x1000 / 8];
	u32 config[64];
	u64 physical; /* hash of what the device keeps for it */
};

struct victim {
	struct world *w;
	struct guest *g;
	struct program prog; /* at a share */
	bool share;
	u32 wq;		      /* physical */
	u32 handle;	      /* of its interrupts */
	u32 pasid;	      /* the host's */
	u64 latency, longest; /* ps; of all operations together, of one */
	struct view view;
	bool done;
};

/* Boots it on its queue, or with its share. */
void victim_new(struct victim *v, struct world *w, bool share);
/* Its work, on a fiber of its kernel: v->done at the end. */
void victim_main(void *arg);
/* What the device keeps for it. */
u64 victim_physical(const struct victim *v);

/* A handle for vector 1 of the device of the running kernel. */
u32 request_handle(void);

#endif
