/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel code that the tests of whole kernels run (both worlds include this). */
#ifndef TESTS_UNIT_KAPI_TWO_WORLD_H
#define TESTS_UNIT_KAPI_TWO_WORLD_H

#include "tests/unit/kapi/prim_world.h"

/* One in each kernel: what the code saw. */
struct side {
	struct kt *t;
	struct kernel *k;
	u8 *base;
	int ids[3];
	u64 timer_ps;
	u32 timer_runs;
	u64 random;
	bool in_own_ram;
	/* traps */
	struct side *host;
	void *lock;
	u64 trap_begin, trap_end, other_got;
	bool ended, same_task, woken;
	void *task;
};

/* Takes ids of a static ida, memory, a timer, random numbers. */
void two_use(void *side);
/* Undoes what two_use() left, after its timer. */
void two_unuse(void *side);

/* A guest writes a register with its lock held and interrupts off; the write traps into the host.
 */
void trap_setup(void *side);
void trap_guest(void *side);
/* Another thread of the guest wants the same lock. */
void trap_rival(void *side);
/* Wakes the guest's task while its fiber is busy in the host. */
void trap_wake(void *side);
/* What the host does for the trapped write: sleeps for 3 ms. Called by the bus, on the guest's
 * fiber. */
void trap_handle(struct side *host);
void trap_cleanup(void *side);

void crash_main(void *side); /* BUG */
void panic_main(void *side);
void sleep_for_ever(void *side);
void arm_and_leave(void *side); /* a timer and a delayed work, pending at the end */
void log_lines(void *side);	/* 100 numbered lines */
void log_levels(void *side);

/* What the init and exit calls of the test module did: a letter each. Set *fail before the start.
 */
extern const char *two_module_file;
void two_modules_watch(struct kt *t, int fail);

#endif
