/* SPDX-License-Identifier: GPL-2.0 */
/* Fixture: memory, one remapping unit, one toy PCI function, one kernel with the IOMMU driver. */
#ifndef TESTS_UNIT_KAPI_VTD_WORLD_H
#define TESTS_UNIT_KAPI_VTD_WORLD_H

#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "model/iommu/iommu.h"
#include "model/memory/memory.h"
#include "sim/core/event.h"

#define VTD_UNIT_MMIO 0xfed90000ull
#define VTD_BAR	      0x800000000000ull
#define VTD_PASID_ANY (~0u)

struct vtd_world {
	struct sim *sim;
	struct mem *mem;
	struct iommu *unit;
	struct kernel *k;
	u8 cfg[4096];
	u8 bar[4096];
	int boot;
	bool booted;
	bool mute; /* the function does not answer invalidations */
	/* What reached the function. */
	u32 invs, responses, refused;
	struct iommu_inv last_inv;
	u16 last_prgi;
	u8 last_code;
};

/* @cfg and @dmar may be NULL: defaults. Boots; the first error of an init call in w->boot. */
void vtd_world_open(struct vtd_world *w, const struct iommu_cfg *cfg,
		    const struct kernel_dmar_cfg *dmar);
/* Checks that the kernel has nothing to complain about. */
void vtd_world_close(struct vtd_world *w);
/* Runs @fn(@arg) on a fiber of the kernel until the simulation rests. */
int vtd_call(struct vtd_world *w, int (*fn)(void *), void *arg);
/* One ATS or untranslated request of the function. */
struct iommu_reply vtd_translate(struct vtd_world *w, u32 pasid, u64 addr, u8 at, u8 access);
/* A page request; runs until the simulation rests. */
struct iommu_page_reply vtd_page_request(struct vtd_world *w, u32 pasid, u64 addr, u16 prgi,
					 bool write, bool last);
bool vtd_logged(struct vtd_world *w, const char *text);
/* MSI-X vector as the function would send it; its outcome. */
struct iommu_irq vtd_send_msix(struct vtd_world *w, u32 vector);
struct kernel_dmar_stats vtd_stats(struct vtd_world *w);

#endif
