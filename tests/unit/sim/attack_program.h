/* SPDX-License-Identifier: GPL-2.0 */
/* A program with a queue, on the host or in a guest: what the attacks and their victims run. */
#ifndef TESTS_ATTACK_PROGRAM_H
#define TESTS_ATTACK_PROGRAM_H

#include <linux/idxd.h>

#include "sim/core/types.h"

struct kernel;
struct process;

#define PROGRAM_DATA 0x10000 /* bytes of source and of target */

struct program {
	struct process *p;
	bool shared;
	int fd;
	u64 portal, source, target, record;
};

/*
 * Opens @wq of the kernel, a shared one or not, and maps portal and memory, which is present. On a
 * fiber of the kernel, as all others. 0 or a negative errno.
 */
int program_start(struct program *x, struct kernel *k, const char *wq, bool shared);
void program_end(struct program *x);

/* The program's instruction for its queue, until it is accepted. 0, or what the processor says. */
int program_submit(struct program *x, const struct dsa_hw_desc *d);
/* The same with a record of its own; its status, 0: none came within a few milliseconds. */
u8 program_run(struct program *x, struct dsa_hw_desc *d);
/* Copies @bytes whose value depends on @seed. Status; 0 as well when the data is not there. */
u8 program_copy(struct program *x, u32 bytes, u32 seed);
/* The record as it is now. */
void program_record(const struct program *x, u8 *record);

#endif
