/* SPDX-License-Identifier: GPL-2.0 */
/* The host kernel's way to its machine: configuration space, registers and portals, with their
 * time. */
#ifndef SIM_HOST_BUS_H
#define SIM_HOST_BUS_H

#include "sim/core/types.h"

struct machine;
struct sim;
struct kbus_ops;
struct plat_io;
struct plat_cpu;

struct host_bus {
	struct sim *sim;
	struct machine *m;
	const struct plat_io *io;
	const struct plat_cpu *cpu;
	u64 mmio_reads, mmio_writes;
};

/* Context: a struct host_bus. */
extern const struct kbus_ops host_bus_ops;

#endif
