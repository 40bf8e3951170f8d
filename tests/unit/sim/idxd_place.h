/* SPDX-License-Identifier: GPL-2.0 */
/* Where the bodies of the driver's tests run: in the host on the physical device, and in guests on
 * virtual ones, of every door, with and without shared virtual memory. */
#ifndef TESTS_UNIT_SIM_IDXD_PLACE_H
#define TESTS_UNIT_SIM_IDXD_PLACE_H

#include "tests/unit/sim/idxd_world.h"

struct place_body {
	const char *name;
	struct world_cfg cfg;
	/* On a fiber of the kernel; not 0 is a failure. Further ones: in the same world, in order.
	 */
	int (*fn[4])(void *arg);
	void *arg;
	bool stop; /* the kernel is stopped in the end */
};

struct place_test {
	const char *name;
	void (*fn)(void);
};

/*
 * Boots the present place as the body wants it, runs it, and takes everything down; where the
 * device lacks something it needs that is noted instead. Fails the running CUnit test if the host's
 * device lacks it.
 */
void place_run(struct world *w, const struct place_body *body);
/* The same for a table of them. */
void place_run_all(struct world *w, const struct place_body *bodies, u32 n);

/* The present place is a guest's: for who does less of what takes long. */
bool place_is_guest(void);

/*
 * A test program: all @tests at all places. Prints which bodies ran where and why others could not,
 * and fails when docs/driver-tests.md says otherwise of @page_table; --write-docs writes it.
 */
int place_main(int argc, char **argv, const char *suite, const struct place_test *tests, u32 n);

#endif
