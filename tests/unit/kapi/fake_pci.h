/* SPDX-License-Identifier: GPL-2.0 */
/* A PCI function behind a fake bus: configuration space with its access rules, BARs, an MSI-X
 * table. */
#ifndef TESTS_UNIT_KAPI_FAKE_PCI_H
#define TESTS_UNIT_KAPI_FAKE_PCI_H

#include "sim/core/types.h"
#include "host-driver/kapi/bus.h"

#define FAKE_BARS	3 /* 64-bit, at BAR registers 0, 2 and 4 */
#define FAKE_VECTORS	4
#define FAKE_MSIX_TABLE 0x2000
#define FAKE_TRACE_MAX	8192

struct kernel;

struct fake_fn {
	u32 bdf;
	bool present;
	u8 cfg[4096];
	u8 mask[4096];		 /* writable bits */
	u8 reset[4096];		 /* what a reset brings back */
	u64 bar_size[FAKE_BARS]; /* 0: not there; a power of two */
	u8 bar0[0x10000];
	u32 flrs;
	u32 busy_reads; /* after a reset: configuration reads that still return all ones */
};

struct fake_bus {
	struct kernel *k; /* gets the interrupts */
	struct fake_fn fn[2];
	char trace[FAKE_TRACE_MAX]; /* of writes: "cOFF=VAL " configuration, "mOFF=VAL " registers
				     */
	u32 bad_accesses;	    /* unaligned, decoding off, all ones in a BAR */
};

extern const struct kbus_ops fake_bus_ops;

/* Function @i at @bdf with the capabilities of a DSA; BARs at @bar0 and 128 KiB behind (0:
 * unassigned). */
void fake_fn_init(struct fake_bus *b, u32 i, u32 bdf, u64 bar0);
/* Sends the message of @vector as hardware would; false when masked or off. */
bool fake_fn_interrupt(struct fake_bus *b, u32 i, u32 vector);
u32 fake_cfg(const struct fake_bus *b, u32 i, u32 off, u32 width);

#endif
