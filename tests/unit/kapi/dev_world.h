/* SPDX-License-Identifier: GPL-2.0 */
/* Fixture of the device-side tests: simulated kernels in one simulation, calls on their fibers. */
#ifndef TESTS_UNIT_KAPI_DEV_WORLD_H
#define TESTS_UNIT_KAPI_DEV_WORLD_H

#include "sim/core/event.h"
#include "host-driver/kapi/kernel.h"

struct kbus_ops;

#define DEV_WORLD_KERNELS 2
#define DEV_WORLD_RAM	  (16ull << 20)

struct dev_world {
	struct sim *sim;
	struct kernel *k[DEV_WORLD_KERNELS];
	u8 *mem[DEV_WORLD_KERNELS];
	char log[DEV_WORLD_KERNELS][16384];
};

/* Makes @n kernels at rest; @bus and the contexts may be NULL. */
void dev_world_new(struct dev_world *w, u32 n, const struct kbus_ops *bus, void **bus_ctx);
void dev_world_free(struct dev_world *w);
/* Starts kernel @i: runs its init calls; the first error or 0. */
int dev_world_start(struct dev_world *w, u32 i);
/* Runs @fn(@arg) on a fiber of kernel @i until the simulation rests; its return. */
int dev_world_call(struct dev_world *w, u32 i, int (*fn)(void *arg), void *arg);
/* Begins it without waiting: *done becomes true and *rc its return. */
struct dev_call {
	int (*fn)(void *arg);
	void *arg;
	int rc;
	bool done;
};
void dev_world_begin(struct dev_world *w, u32 i, struct dev_call *c);
/* Whether the log of kernel @i holds @text. */
bool dev_world_logged(struct dev_world *w, u32 i, const char *text);

/* System calls on a fiber of kernel @i. @buf of ksys reads is terminated. */
int dev_read(struct dev_world *w, u32 i, const char *path, char *buf, u32 len);
int dev_write(struct dev_world *w, u32 i, const char *path, const char *text);
int dev_write_as(struct dev_world *w, u32 i, u32 uid, const char *path, const char *text);
int dev_readlink(struct dev_world *w, u32 i, const char *path, char *buf, u32 len);
int dev_realpath(struct dev_world *w, u32 i, const char *path, char *buf, u32 len);
bool dev_exists(struct dev_world *w, u32 i, const char *path);
/* Names of a directory, each followed by a blank. */
int dev_list(struct dev_world *w, u32 i, const char *path, char *buf, u32 len);
/* Whether reading @path gives exactly @text. */
bool dev_reads(struct dev_world *w, u32 i, const char *path, const char *text);

#endif
