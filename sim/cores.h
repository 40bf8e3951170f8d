/* SPDX-License-Identifier: GPL-2.0 */
/* The machine's cores as resources: programs' threads take turns on them, interrupts come first. */
#ifndef SIM_CORES_H
#define SIM_CORES_H

#include "sim/core/types.h"

struct sim;
struct cores;
struct platform;

/* The cores of all sockets of @plat, numbered one socket after the other. NULL: no memory. */
struct cores *cores_new(struct sim *sim, const struct platform *plat);
void cores_free(struct cores *c);
u32 cores_count(const struct cores *c);

/* A thread works on @core for @ps, from @t on or when it is free: when that is done. */
u64 cores_work(struct cores *c, u32 core, u64 t, u64 ps);
/*
 * An interrupt works on @core for @ps, from now on or behind other interrupts: when that is done.
 * It waits for no thread; what threads do on the core is done later by as much.
 */
u64 cores_interrupt(struct cores *c, u32 core, u64 ps);
/* Until when @core is at work on interrupts that have come, at least 0. */
u64 cores_interrupted(const struct cores *c, u32 core);
/*
 * From now on interrupts are counted, as a resource of each core that takes any, and @first(@ctx,
 * core) is called before the first one of a core. @first is NULL: no longer.
 */
void cores_watch(struct cores *c, void (*first)(void *ctx, u32 core), void *ctx);

#endif
