/* SPDX-License-Identifier: GPL-2.0 */
/* The DMA-remapping units of this kernel, as parsed from firmware; and their interrupts. */
#ifndef _LINUX_DMAR_H
#define _LINUX_DMAR_H

#include <linux/types.h>

struct device;

/* One remapping unit (DRHD). */
struct dmar_drhd_unit {
	u64 reg_base_addr;
	u32 reg_size;
	u16 segment;
	u16 node;
	u8 include_all;
	u32 index; /* place in the table */
};

/* Options of the kernel command line. */
struct dmar_options {
	bool off, no_sva, no_intremap;
	u32 prq_order;
};

/* Units in table order; NULL past the last. */
const struct dmar_drhd_unit *dmar_unit(unsigned int index);
/* The unit that translates for PCI function @segment:@bus:@devfn, NULL when none does. */
const struct dmar_drhd_unit *dmar_find_unit(u16 segment, u8 bus, u8 devfn);
const struct dmar_options *dmar_options(void);

/* Counters of the IOMMU driver, summed over units (kernel_dmar_get_stats()). */
enum dmar_count {
	DMAR_COUNT_INVALIDATION,
	DMAR_COUNT_PAGE_REQUEST,
	DMAR_COUNT_PAGE_RESPONSE,
	DMAR_COUNT_PAGE_FAILURE,
	DMAR_COUNT_PRQ_OVERFLOW,
	DMAR_COUNT_FAULT,
};
void dmar_count(enum dmar_count what, unsigned int n);

struct msi_remap_ops;
/* msi_set_remap() for the current kernel. */
void dmar_set_irq_remapping(const struct msi_remap_ops *ops, void *ctx);

/* One pointer of the IOMMU driver per kernel. */
void *dmar_driver_data(void);
void dmar_set_driver_data(void *data);

/*
 * An interrupt whose message the unit writes itself (fault, invalidation wait, page request): an
 * irq number for request_threaded_irq(), with the message to program in *addr and *data. -errno on
 * failure.
 */
int dmar_alloc_hwirq(int node, u64 *addr, u32 *data);
void dmar_free_hwirq(int irq);

#endif
