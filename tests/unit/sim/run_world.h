/* SPDX-License-Identifier: GPL-2.0 */
/* One scenario in pieces: set up, run, let go; what benches and tests of whole runs share. */
#ifndef TESTS_RUN_WORLD_H
#define TESTS_RUN_WORLD_H

#include "sim/core/types.h"

struct guests;
struct report;
struct scenario;
struct sim;
struct system;
struct workload;

struct run_world {
	struct scenario *scn;
	struct sim *sim;
	struct report *report;
	struct system *sys;
	struct guests *guests; /* NULL: none */
	struct workload *wl;
};

/* How a run differs from `dsasim run SCENARIO`. */
struct run_how {
	const char *scenario;
	const char *const *sets; /* ended by NULL; NULL: none */
	bool unobserved;	 /* no counting of devices and clients, no checkers */
	const char *timeline;	 /* directory the timeline is written for; NULL: none */
};

/* Everything up to the first event of the clients. 0, or a negative errno told on stderr. */
int run_world_open(struct run_world *w, const struct run_how *how);
/* Runs the clients to their end; the same errors. */
int run_world_go(struct run_world *w);
/* Works the results out: checks that failed, or a negative errno. */
int run_world_finish(struct run_world *w);
/* Also after a failed run_world_open(). */
void run_world_close(struct run_world *w);

/* Allocations that the program's own code (not its libraries) has made so far. */
u64 run_world_allocations(void);
/* Memory of this process that lies in RAM, bytes. */
u64 run_world_resident(void);

#endif
