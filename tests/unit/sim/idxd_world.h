/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the host driver share: a kernel with a DSA device, the host's with the physical
 * one or a guest's with a virtual one, sysfs by text, and a record of what the driver asked of its
 * device. */
#ifndef TESTS_UNIT_SIM_IDXD_WORLD_H
#define TESTS_UNIT_SIM_IDXD_WORLD_H

#include "sim/core/types.h"
#include "tests/unit/sim/idxd_caps.h"

struct guest;
struct kernel;
struct machine;
struct platform;
struct sim;
struct system;
struct recorder;

#define DEV "/sys/bus/dsa/devices/"
#define DRV "/sys/bus/dsa/drivers/"
#define US  1000000ull

struct world {
	struct sim *sim;
	struct platform *plat;
	struct system *sys; /* NULL: the host, recorded */
	struct machine *m;
	struct kernel *k;	/* whose driver is tested */
	struct guest *guest;	/* NULL: it is the host's */
	struct recorder *rec;	/* NULL: not recorded */
	s32 node;		/* of the device; -1: the firmware of a guest has none */
	struct world_caps caps; /* of its first device */
	/* The host's queues behind it, and those that it can move to. */
	char queue[2][8][16];
	u32 nqueues, on; /* which of both */
};

/* How a body wants its world. */
struct world_cfg {
	const char *platform; /* NULL: spr */
	const char *const *sets;
	u32 nsets;
	/*
	 * The queues that it sets up or takes for granted, "s8 d4": kind and entries, in group 0
	 * with engine 0, priority 10, a threshold of 6. A virtual device is made of such. NULL:
	 * "s8 d8", if there can be as many.
	 */
	const char *queues;
	u32 needs;     /* enum caps_need */
	bool spare;    /* the host has as many of the same for the device to move to */
	bool recorded; /* device 0's registers and configuration space are watched from the start */
};

/* The host, booted; aborts with a message when that fails. */
void world_boot(struct world *w, const char *platform, const char *const *sets, u32 nsets);
/* The same, recorded. NEED_NO_PASIDS: its IOMMU gives none. */
void world_boot_recorded(struct world *w, const struct world_cfg *cfg);
/* How a guest is made: enums scn_home, scn_memory_mode, scn_interrupts. */
struct world_guest {
	u32 home, memory_mode, interrupts;
	bool sva;
};
/* A guest on queues of a booted host. */
void world_boot_guest(struct world *w, const struct world_cfg *cfg, const struct world_guest *how);
void world_down(struct world *w);
/* Reads what the device can do, as booting does. */
void world_look(struct world *w);
/* Runs @fn(@arg) on a fiber of the kernel until it returns. Its value. */
int world_call(struct world *w, int (*fn)(void *arg), void *arg);

/* ---- what happens to the device; on a fiber of the kernel ---- */

/* Routing ID of the function. */
u32 world_bdf(struct world *w);
/* Where it has its portals. */
u64 world_portals(struct world *w);
/* The physical device halts and asks for a reset of @type (DSA_RESET_*). */
void world_halt(struct world *w, u32 type);
/* It still is, and nobody is about to bring it back. */
bool world_halted(struct world *w);
/* Masks or unmasks vector 0 past the driver. */
void world_mask_vector0(struct world *w, bool mask);
/* The interrupt handles given out are void: by the device's own doing, or the physical one's. */
void world_revoke(struct world *w);
void world_revoke_physical(struct world *w);
/* Its monitor, if it has one, takes the device away for a while and gives it back. */
void world_pause(struct world *w, u64 ps);
/* It moves the device to the spare queues, or back from them. */
void world_move(struct world *w);
/*
 * A descriptor arrives at queue @wq's limited portal page without any driver's help or notice, by
 * MOVDIR64B or @enqcmd; a PASID of the kernel is in it. DSA_ACCEPTED or what else became of it.
 */
int world_post(struct world *w, u32 wq, const void *desc, bool enqcmd);

/* ---- attributes ---- */

/* Text of an attribute without its newline, or "E<errno>"; valid until the next call. */
const char *world_get(struct world *w, const char *path);
/* 0 when the whole text was taken, else -errno. */
int world_put(struct world *w, const char *path, const char *value);
/* Configures, as far as the device lets; false: it should have, and did not, or the reverse. */
bool world_configure(struct world *w, const char *path, const char *value);
/*
 * Compare, print what differs, and fail the running CUnit test. @want is what a Sapphire Rapids
 * device that can be configured gives; where the registers of this one say otherwise, what follows
 * from them (idxd_caps.h).
 */
void world_expect(struct world *w, const char *path, const char *want, int line);
void world_expect_put(struct world *w, const char *path, const char *value, int want, int line);

#define EXPECT_TEXT(path, want)	      world_expect(&w, path, want, __LINE__)
#define EXPECT_PUT(path, value, want) world_expect_put(&w, path, value, want, __LINE__)

/* ---- the record ---- */

/*
 * A line an access:
 *   "R4 GENSTS 00000001"  a read of 4 bytes and what it gave
 *   "W4 CMD 80100000"     a write; registers of the tables as "WQ0.2", "GRP1.ENGINES", "PERM1"
 *   "C2 COMMAND 0006"     a write to configuration space
 *   "M64 PORTAL0+040"     MOVDIR64B to the limited MSI-X portal of queue 0, E64: ENQCMDS;
 *                         with the descriptor's first dword, PASID and privilege
 * Equal reads of CMDSTS in a row, a poll, are one line with the last value.
 */
void record_clear(struct world *w);
/* Forgets the writes to configuration space so far, where they are the PCI core's own affair. */
void record_drop_config(struct world *w);
/*
 * Compares the record since the last clear with @golden, @n lines; a line without a value takes
 * any. Prints both where they part. Clears. Fails the running CUnit test.
 */
void record_expect(struct world *w, const char *what, const char *const *golden, u32 n, int line);
#define EXPECT_RECORD(what, golden)                                                                \
	record_expect(&w, what, golden, sizeof(golden) / sizeof((golden)[0]), __LINE__)
/* Watches the guest's device before the guest starts. */
void record_guest(struct world *w);
/* Ends the record, and a host that is the recorder's. */
void record_free(struct world *w);

#endif
