/* SPDX-License-Identifier: GPL-2.0 */
/* Bridge header: the IOMMUs that firmware describes to a simulated kernel (the DMAR table). */
#ifndef HOST_DRIVER_KAPI_DMAR_H
#define HOST_DRIVER_KAPI_DMAR_H

#include "sim/core/types.h"

struct kernel;

#define KERNEL_DMAR_SCOPES 16

/* One remapping unit and the functions behind it. */
struct kernel_dmar_unit {
	u64 mmio;    /* physical address of its registers, 4 KiB aligned */
	u32 bytes;   /* size of the register window, a multiple of 4096 */
	u32 segment; /* PCI segment */
	u32 node;    /* memory node its tables should come from */
	bool all;    /* every function of the segment that no other unit claims */
	/* Bus ranges it claims, when not @all. */
	u32 nr_scopes;
	struct {
		u8 first_bus, last_bus;
	} scope[KERNEL_DMAR_SCOPES];
};

/* How the kernel was told to use its IOMMUs (intel_iommu=, iommu.passthrough=, iommu.strict=). */
enum kernel_dmar_domain {
	KERNEL_DMAR_IDENTITY,
	KERNEL_DMAR_STRICT,
	KERNEL_DMAR_LAZY,
};

struct kernel_dmar_cfg {
	enum kernel_dmar_domain domain; /* default domain of devices */
	bool off;			/* intel_iommu=off: units stay as they are */
	bool no_sva;	   /* scalable mode without PASIDs (intel_iommu=on,sm_off is close) */
	bool no_remap_irq; /* intremap=off */
	u32 prq_order;	   /* page request queue: 2^n pages; 0 = Linux's 4 */
};

/*
 * Before kernel_start(), any context. Each unit once, in DMAR order. 0, -EINVAL (bad unit),
 * -ENOMEM, -EEXIST (register address used twice).
 */
int kernel_dmar_add(struct kernel *k, const struct kernel_dmar_unit *u);
int kernel_dmar_configure(struct kernel *k, const struct kernel_dmar_cfg *cfg);

/* What the IOMMU driver did so far, for reports. Sums over units. */
struct kernel_dmar_stats {
	u64 sva_binds, sva_unbinds;
	u64 maps, unmaps;
	u64 invalidations; /* descriptors put into invalidation queues, waits not counted */
	u64 page_requests, page_responses, page_failures, prq_overflows;
	u64 faults; /* unrecoverable faults reported */
	u32 pasids, pasids_peak;
};
void kernel_dmar_get_stats(const struct kernel *k, struct kernel_dmar_stats *st);

#endif
