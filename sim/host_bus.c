// SPDX-License-Identifier: GPL-2.0
// The host kernel's way to its machine: configuration space, registers and portals, with their
// time.
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "model/machine.h"
#include "sim/host_bus.h"
#include "sim/scenario/platform.h"

static u32 cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct host_bus *b = ctx;

	kernel_access(b->io->mmio_read_ps);
	return bdf >> 16 ? ~0u : machine_cfg_read(b->m, bdf, off, width);
}

static void cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct host_bus *b = ctx;

	/* Configuration writes are non-posted. */
	kernel_access(b->io->mmio_read_ps);
	if (!(bdf >> 16))
		machine_cfg_write(b->m, bdf, off, width, val);
}

static u64 mmio_read(void *ctx, u64 pa, u32 width)
{
	struct host_bus *b = ctx;

	b->mmio_reads++;
	kernel_access(b->io->mmio_read_ps);
	return machine_mmio_read(b->m, pa, width);
}

/*
 * Posted: the core goes on after the issue. The write takes effect at once instead of after its
 * way to the device: nothing can look in between that is not behind it on the same way.
 */
static void mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct host_bus *b = ctx;

	b->mmio_writes++;
	machine_mmio_write(b->m, pa, width, val);
	kernel_access(b->io->mmio_issue_ps);
}

static void mmio_write64(void *ctx, u64 pa, const void *data)
{
	struct host_bus *b = ctx;
	struct dsa_origin origin = {.issued = sim_now(b->sim)};

	kernel_access(b->cpu->movdir64b_ps);
	machine_write64(b->m, pa, data, false, &origin);
}

static int mmio_enqcmd64(void *ctx, u64 pa, const void *data)
{
	struct host_bus *b = ctx;
	struct dsa_origin origin = {.issued = sim_now(b->sim)};
	enum dsa_accept got;

	kernel_access(b->cpu->enqcmd_out_ps);
	got = machine_write64(b->m, pa, data, true, &origin);
	kernel_access(b->cpu->enqcmd_back_ps);
	return got == DSA_ACCEPTED ? 0 : 1;
}

const struct kbus_ops host_bus_ops = {
	.cfg_read = cfg_read,
	.cfg_write = cfg_write,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.mmio_write64 = mmio_write64,
	.mmio_enqcmd64 = mmio_enqcmd64,
};
