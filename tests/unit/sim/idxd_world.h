/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the host driver share: a booted host, sysfs by text, and a record of what the
 * driver asked of its device. */
#ifndef TESTS_UNIT_SIM_IDXD_WORLD_H
#define TESTS_UNIT_SIM_IDXD_WORLD_H

#include "sim/core/types.h"

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
	struct system *sys; /* NULL in a recorded world */
	struct machine *m;
	struct kernel *k;
	struct recorder *rec; /* NULL otherwise */
};

/* Boots the host on @platform; aborts with a message when that fails. */
void world_boot(struct world *w, const char *platform, const char *const *sets, u32 nsets);
/*
 * The same with device 0's registers and configuration space watched from the start. Without @sva
 * the IOMMU gives no PASIDs.
 */
void world_boot_recorded(struct world *w, const char *platform, const char *const *sets, u32 nsets,
			 bool sva);
void world_down(struct world *w);
/* Runs @fn(@arg) on a fiber of the host until it returns. Its value. */
int world_call(struct world *w, int (*fn)(void *arg), void *arg);

/* Text of an attribute without its newline, or "E<errno>"; valid until the next call. */
const char *world_get(struct world *w, const char *path);
/* 0 when the whole text was taken, else -errno. */
int world_put(struct world *w, const char *path, const char *value);
/* Compare, print what differs, and fail the running CUnit test. */
void world_expect(struct world *w, const char *path, const char *want, int line);
void world_expect_put(struct world *w, const char *path, const char *value, int want, int line);

#define EXPECT_TEXT(path, want)	      world_expect(&w, path, want, __LINE__)
#define EXPECT_PUT(path, value, want) world_expect_put(&w, path, value, want, __LINE__)

/*
 * The record, a line an access:
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

#endif
