/* SPDX-License-Identifier: GPL-2.0 */
/* A host with guests, one of them hostile: building it, watching it, counting what is given out. */
#ifndef TESTS_ATTACK_WORLD_H
#define TESTS_ATTACK_WORLD_H

#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/rng.h"
#include "sim/core/types.h"
#include "sim/guest.h"

#define MIB (1ull << 20)
#define US  1000000ull
#define DEV "/sys/bus/dsa/devices/"
#define DRV "/sys/bus/dsa/drivers/"

struct cfg_error;
struct dsa;
struct sim;
struct system;

#define FINDINGS_MAX 8

/* What the checkers of the model said. */
struct findings {
	u32 n;
	char text[FINDINGS_MAX][512];
};

void finding(struct findings *f, const char *text);

/* A host on platform spr with its queues configured. Ends the program when that fails. */
struct world {
	struct sim *sim;
	struct platform *plat;
	struct system *sys;
	struct findings found;
};
void world_new(struct world *w, const char *config, const char *const *sets, u32 nsets);
void world_free(struct world *w);
struct dsa *world_dsa(struct world *w);

/* A booted guest with one virtual device of the queues named, up to the first NULL. */
struct guest *world_guest(struct world *w, const char *name, u64 memory, const char *const *wqs,
			  const struct guest_cfg *like);
/* The same; NULL when it can't be built or does not start. */
struct guest *world_try_guest(struct world *w, const char *name, u64 memory, const char *const *wqs,
			      const struct guest_cfg *like, struct cfg_error *err);
void world_end_guest(struct guest *g);

/* Writes a file of a kernel's sysfs; 0 or a negative errno. On any kernel of the world. */
int sysfs_put(struct kernel *k, const char *path, const char *value);
/* Enables the kernel's device 0 and its queue for clients of the kernel. */
int world_enable(struct kernel *k, const char *wq);
/* The same for queues of type "kernel" or "user". */
int world_enable_as(struct kernel *k, const char *wq, const char *type);

/* Whether no kernel of it had anything to warn of. */
bool world_quiet(struct kernel *k);
/* accepted + fetched = completed + abandoned + in flight. */
bool world_conserved(struct world *w);

/* What the host has given out, for comparing before and after. */
struct possessions {
	u64 pages, slab_bytes, pasids;
	u64 ims_slots; /* in the driver's books */
	u32 queue[16]; /* state and PASID of each physical queue */
};
void world_count(struct world *w, struct possessions *p);
bool possessions_equal(const struct possessions *a, const struct possessions *b);

#endif
