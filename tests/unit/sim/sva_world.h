/* SPDX-License-Identifier: GPL-2.0 */
/* The world of tests with guests that share virtual memory: host, guests, their programs. */
#ifndef TESTS_SVA_WORLD_H
#define TESTS_SVA_WORLD_H

#include <linux/idxd.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "sim/guest.h"
#include "sim/system.h"

#define DEV	 "/sys/bus/dsa/devices/"
#define DRV	 "/sys/bus/dsa/drivers/"
#define MIB	 (1ull << 20)
#define US	 1000000ull
#define SVA_SIZE 65536

/* ---- a host, its guests ---- */

extern struct system *sva_sys;
extern bool sva_on;	   /* guests made from here on have a virtual IOMMU */
extern u32 sva_interrupts; /* enum scn_interrupts of guests made from here on */
extern u32 sva_home;	   /* enum scn_home of them */

/* The host of traces/configs/guests-sva.json, with @sets of the platform. Aborts on failure. */
void sva_boot_with(const char *const *sets, u32 nsets);
void sva_boot(void);
void sva_down(void);
/* What checkers find goes to @fn; NULL: it is counted, and sva_down() expects none. */
void sva_listen(void (*fn)(void *ctx, const char *text), void *ctx);
/* No warning, no bug, no stray interrupt in this kernel so far. */
void sva_check_quiet(struct kernel *k);

/* A booted guest of 64 MiB with a device of @wq; @strict: its kernel's DMA is translated. */
struct guest *sva_guest_made(const char *name, const char *wq, u32 memory_mode, bool strict);
/* Runs @body(@g) in it, and expects 0. */
void sva_run(struct guest *g, int (*body)(void *arg));
/* An orderly end. */
void sva_end(struct guest *g);

int sva_put(struct kernel *k, const char *path, const char *value);
void sva_show_log(struct kernel *k);
/* Brings the guest's device up, with its first queue for kernel clients or programs. */
void sva_enable_kernel(struct kernel *k);
void sva_enable_user(struct kernel *k, const char *wq);
int sva_enable_first_user(void *guest);

/* What the host has given out. */
struct sva_possessions {
	struct kernel_stats k;
	struct kernel_dmar_stats dmar;
};

void sva_count_possessions(struct sva_possessions *p);
void sva_same_possessions(const struct sva_possessions *a, const struct sva_possessions *b);

/* ---- programs ---- */

/* A program of a guest with a queue: source, destination, a page of records. */
struct sva_program {
	struct guest *g;
	struct process *p;
	bool shared;
	u32 index, turns;
	int fd, rc;
	u64 portal, buf, record;
	bool done;
};

/* Opens the guest's @wq and maps portal and memory. */
int sva_program_start(struct sva_program *x, const char *wq);
int sva_submit(struct sva_program *x, const struct dsa_hw_desc *d);
/* The record's status, or 0 when none came. */
u32 sva_wait_record(struct sva_program *x);
struct dsa_hw_desc sva_copy_desc(const struct sva_program *x, u32 bytes);
void sva_clear_record(struct sva_program *x);
/* Copies @bytes that depend on @seed; the destination may be absent. Status, or negative. */
int sva_copy(struct sva_program *x, u32 bytes, u32 seed);

/* ---- a neighbour at work ---- */

/* A guest whose program copies until it is told to stop, on a queue or its share of one. */
struct sva_neighbour {
	struct guest *g;
	bool shared;
	u64 gap; /* ps between two copies */
	u32 copies;
	int rc;
	bool stop, done;
};

void sva_neighbour_start(struct sva_neighbour *n, const char *wq, bool shared);
/* Expects that nothing disturbed it. */
void sva_neighbour_end(struct sva_neighbour *n);

#endif
