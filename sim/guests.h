/* SPDX-License-Identifier: GPL-2.0 */
/* The guests of a scenario: built on the host's queues, booted, their own queues enabled. */
#ifndef SIM_GUESTS_H
#define SIM_GUESTS_H

#include "sim/guest.h"
#include "sim/queues.h"

struct guests;

/* One of them, as clients and the report see it. */
struct guest_entry {
	struct guest *g;
	const struct scn_guest *scn;
	char name[SCN_GUEST_NAME_MAX];
	struct system_wq *wq; /* of its own kernel */
	u32 nwqs;
	bool sva;
	/* The host's queues behind each of its virtual devices. */
	const struct system_wq *host_wq[GUEST_VDEVS_MAX][GUEST_WQS_MAX];
	u32 vdev_wqs[GUEST_VDEVS_MAX];
};

/*
 * All guests of @scn, one after another in virtual time; NULL in *out when it has none. @trace:
 * what their programs play in place of the scenario's processes; NULL: nothing. A virtual device
 * given by type gets the host's queue of type mdev that fits: a dedicated one that is free, or the
 * shared one with the fewest devices. Not on a fiber. 0, or a negative errno with @err filled.
 */
int guests_new(struct system *sys, const struct scenario *scn, const char *trace,
	       struct guests **out, struct cfg_error *err);
/* Pulls every plug; NULL: nothing. */
void guests_free(struct guests *gs);

u32 guests_count(const struct guests *gs);
const struct guest_entry *guests_entry(const struct guests *gs, u32 i);

#endif
