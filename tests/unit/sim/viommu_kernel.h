/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel code of the virtual IOMMU's tests: its registers, and pages to put tables into (bridge
 * header). */
#ifndef TESTS_VIOMMU_KERNEL_H
#define TESTS_VIOMMU_KERNEL_H

#include "sim/core/types.h"

/* All run on a fiber inside a kernel. */
u64 vk_read(u32 off, u32 width);
void vk_write(u32 off, u32 width, u64 val);
/* 1 << @order zeroed pages and their physical address; never given back. */
void *vk_pages(u32 order, u64 *pa);

#endif
