/* SPDX-License-Identifier: GPL-2.0 */
/* A machine with one DSA device and no IOMMU (or a replaced bus), programmed by hand. */
#ifndef TESTS_DSA_WORLD_H
#define TESTS_DSA_WORLD_H

#include <linux/idxd.h>
#include <string.h>

#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"

struct dev_world {
	struct sim *sim;
	struct machine *m;
	struct dsa *dsa;
	struct mem *mem;
	u64 bar0, bar2;
	u64 ram; /* bump allocator */
	u32 irqs;
};

/* The Sapphire-Rapids-like description that tests start from. */
void dev_cfg(struct machine_cfg *cfg);
/* Builds the machine; aborts the test program when that fails. */
void dev_new(struct dev_world *w, const struct machine_cfg *cfg);
void dev_free(struct dev_world *w);
/* Fresh, zeroed simulated memory. */
u64 dev_alloc(struct dev_world *w, u64 bytes, u64 align);
void *dev_ptr(struct dev_world *w, u64 pa);
/* Runs the simulation until it is idle. */
void dev_run(struct dev_world *w);
u32 dev_command(struct dev_world *w, u32 code, u32 operand);

/* How the device is set up: @wqs queues in one group with @engines engines. */
struct dev_setup {
	u32 wqs, engines, size, threshold;
	bool shared;
	u32 max_batch_shift, max_xfer_shift;
	u32 priority;
};
/* Enables device and queues; returns the command status of the first failing command or 0. */
u32 dev_enable(struct dev_world *w, const struct dev_setup *s);

/* An all-zero descriptor with opcode, flags, record address. */
struct dsa_hw_desc dev_desc(u8 opcode, u32 flags, u64 record);
/* Submits through the limited MSI-X portal of @wq. */
enum dsa_accept dev_submit(struct dev_world *w, u32 wq, const struct dsa_hw_desc *d, bool dmwr);

#endif
