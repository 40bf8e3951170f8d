/* SPDX-License-Identifier: GPL-2.0 */
/* What a simulated kernel may ask of its machine: the one way from kapi to hardware (bridge
 * header). */
#ifndef HOST_DRIVER_KAPI_BUS_H
#define HOST_DRIVER_KAPI_BUS_H

#include "sim/core/types.h"

/*
 * The machine glue implements it for the host, the hypervisor for a guest. All calls come on a
 * fiber. @pa is a physical address of that kernel; @width is 1, 2, 4 or 8 bytes and @pa is aligned
 * to it. @bdf is segment << 16 | bus << 8 | device << 3 | function.
 */
struct kbus_ops {
	/* Configuration space; reads of absent functions give all ones. Block for the round trip.
	 */
	u32 (*cfg_read)(void *ctx, u32 bdf, u32 off, u32 width);
	void (*cfg_write)(void *ctx, u32 bdf, u32 off, u32 width, u32 val);
	/* Blocks the calling fiber for the round trip; unclaimed addresses read as all ones. */
	u64 (*mmio_read)(void *ctx, u64 pa, u32 width);
	/* Posted: returns when the processor may go on. Order among writes of one fiber is kept. */
	void (*mmio_write)(void *ctx, u64 pa, u32 width, u64 val);
	/* MOVDIR64B to @pa (64-byte aligned): posted, 64 bytes at once. */
	void (*mmio_write64)(void *ctx, u64 pa, const void *data);
	/*
	 * ENQCMDS, the PASID in the first word of @data: 0 accepted, 1 retry, -EFAULT a processor's
	 * fault (a guest's PASID that does not exist). Blocks for the round trip.
	 */
	int (*mmio_enqcmd64)(void *ctx, u64 pa, const void *data);
	/* ENQCMD by a program, the first word composed from its IA32_PASID; NULL: as the above. */
	int (*enqcmd_user)(void *ctx, u64 pa, const void *data);
};

#endif
