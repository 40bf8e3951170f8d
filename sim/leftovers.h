/* SPDX-License-Identifier: GPL-2.0 */
/* What is checked at a run's end beside the model's own checkers: that no kernel complained, and
 * that guests leave nothing of theirs at the host when they are gone. */
#ifndef SIM_LEFTOVERS_H
#define SIM_LEFTOVERS_H

#include "sim/core/types.h"

struct guests;
struct system;

typedef void leftovers_say_fn(void *ctx, const char *text);

/* Warnings, bugs, errors of the allocator and interrupts without a handler: each kernel's that has
 * any, said once. While the guests are there; NULL: there are none. */
void leftovers_kernels(struct system *sys, const struct guests *gs, leftovers_say_fn *say,
		       void *ctx);

/* What the host has given out before the first guest came. */
struct leftovers {
	u32 pasids;
};
void leftovers_before(struct leftovers *l, struct system *sys);
/* After the last one has gone: PASIDs, queues that carry one, slots of message stores that answer.
 */
void leftovers_after(const struct leftovers *l, struct system *sys, leftovers_say_fn *say,
		     void *ctx);

#endif
