/* SPDX-License-Identifier: GPL-2.0 */
/* What the IOMMU driver's tests ask of kernel-side code; both worlds include this. */
#ifndef TESTS_UNIT_KAPI_VTD_BUS_H
#define TESTS_UNIT_KAPI_VTD_BUS_H

#include "sim/core/types.h"

#define VTD_TOY_VENDOR 0x8086
#define VTD_TOY_DEVICE 0x7e57
#define VTD_TOY_BUS    0x6a
#define VTD_TOY_SID    (VTD_TOY_BUS << 8 | 0x08)

/*
 * A driver for the toy function: "/dev/vtdtoy" binds the opener's address space (SVA) and maps BAR0
 * page 1. Kernel-side calls run on a fiber inside the kernel.
 */
extern const char *const vtd_toy_file; /* source file of the driver, for the module filter */

int vtd_toy_features(void *arg);     /* enables page faults and SVA */
int vtd_toy_features_off(void *arg); /* ... and disables them */
u64 vtd_toy_irqs(u32 vector);	     /* times that the handler of MSI-X vector ran */

struct vtd_map {
	u64 iova, pa, size;
	u32 prot; /* 1 read, 2 write */
	s64 ret;
};
int vtd_dma_map(void *arg);   /* struct vtd_map: a kmalloc buffer of @size through the DMA API */
int vtd_dma_unmap(void *arg); /* ... and back */

/* A second-stage domain, as a hypervisor has it for a guest. */
int vtd_domain_new(void *arg);
int vtd_domain_free(void *arg);
int vtd_domain_map(void *arg);	  /* struct vtd_map */
int vtd_domain_unmap(void *arg);  /* struct vtd_map; ret = bytes */
int vtd_domain_attach(void *arg); /* *(u32 *)arg: PASID, allocated when 0 */
int vtd_domain_detach(void *arg); /* *(u32 *)arg */
struct vtd_nest {
	u32 pasid; /* allocated */
	u32 levels;
	u64 gpgd;
	u64 addr, size; /* to invalidate */
};
int vtd_nest_attach(void *arg);
int vtd_nest_invalidate(void *arg);
int vtd_nest_detach(void *arg);
/* Faults that the driver's handler saw; reason and address of the last one. */
u32 vtd_toy_faults(u32 *reason, u64 *addr);

#endif
