/* SPDX-License-Identifier: GPL-2.0 */
/* Fibers: code that blocks by switching back to the event loop. Stacks come from a pool. */
#ifndef SIM_CORE_FIBER_H
#define SIM_CORE_FIBER_H

#include "sim/core/types.h"
#include "sim/core/event.h"

struct fiber;

typedef void fiber_fn(void *arg);

/*
 * Starts @fn(@arg) on a pooled stack: it first runs when the event loop gets to it, at the current
 * time. @name is kept by pointer (static or owned by the caller until the end) and shows in
 * diagnostics. The fiber and its stack go back to the pool when @fn returns. NULL with errno-like
 * failure when no stack can be had (ENOMEM).
 */
struct fiber *fiber_spawn(struct sim *sim, fiber_fn *fn, void *arg, const char *name);

/* The fiber that runs now, NULL on the event loop's own stack. */
struct fiber *fiber_current(void);

/*
 * Blocks the running fiber until fiber_wake(). A wake that came since the last park is not lost:
 * park then returns at once (one token, as with a binary semaphore). Must be called on a fiber.
 */
void fiber_park(void);
/* Blocks for @ps of virtual time; other wakes are kept for the next park. */
void fiber_sleep(u64 ps);
/*
 * Blocks until fiber_wake() or @ps have passed (SIM_NEVER: no limit); true when woken, false on
 * time-out.
 */
bool fiber_park_timeout(u64 ps);
/* Makes @f runnable at the current virtual time (SIM_PRIO_SUBMIT), FIFO among wakes. Any context.
 */
void fiber_wake(struct fiber *f);

/* Per-fiber pointer for the layer above (kapi: the current task and kernel). */
void fiber_set_local(struct fiber *f, void *local);
void *fiber_local(const struct fiber *f);
const char *fiber_name(const struct fiber *f);
struct sim *fiber_sim(const struct fiber *f);

/* Fibers alive now / most at once, and host bytes of their stacks (for reports and limits). */
u64 fiber_count(const struct sim *sim);
u64 fiber_peak(const struct sim *sim);

#endif
