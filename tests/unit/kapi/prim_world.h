/* SPDX-License-Identifier: GPL-2.0 */
/* Cases in kernel code, each run on a fiber of a fresh kernel (both worlds include this). */
#ifndef TESTS_UNIT_KAPI_PRIM_WORLD_H
#define TESTS_UNIT_KAPI_PRIM_WORLD_H

#include "sim/core/types.h"

struct kernel;
struct sim;

/* The costs of the test kernels, ps. */
#define PRIM_RELAX  (40 * PS_PER_NS)
#define PRIM_SWITCH (1 * PS_PER_US)
#define PRIM_IRQ    (500 * PS_PER_NS)
#define PRIM_RAM    (64ull << 20)
#define PRIM_BASE   0x100000ull
/* Where the test bus answers; a read takes PRIM_READ and gives what was written last. */
#define PRIM_MMIO 0xfe000000ull
#define PRIM_READ (200 * PS_PER_NS)

struct kt {
	struct kernel *k;
	struct sim *sim;
	u32 checks, fails;
	char first[256]; /* the first check that failed */
	char trail[512]; /* what happened, in order */
	bool done;
	/* What the case provokes on purpose. */
	u32 want_warnings, want_slab_errors;
	/* The test bus. */
	u64 regs[64];
	u8 portal[64];
	u32 portal_writes, retries; /* enqueues still to be refused */
	u32 mmio_reads, mmio_writes;
};

struct kt_case {
	const char *name;
	void (*run)(struct kt *t);
};

extern const struct kt_case kt_lock_cases[], kt_wait_cases[], kt_time_cases[], kt_work_cases[],
	kt_irq_cases[], kt_text_cases[], kt_mem_cases[], kt_id_cases[], kt_io_cases[];

void kt_check(struct kt *t, bool ok, const char *expr, const char *file, int line);
void kt_mark(struct kt *t, const char *what);
bool kt_trail_is(const struct kt *t, const char *what);

#define KT_CHECK(t, c) kt_check(t, !!(c), #c, __FILE__, __LINE__)

#endif
