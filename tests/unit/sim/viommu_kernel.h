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
/* Sleeps in the kernel: unlike fiber_sleep() for good, when the kernel goes meanwhile. */
void vk_sleep(u32 us);
void vk_free_pages(void *p, u32 order);
/* MOVDIR64B of @desc to the portal page at physical @pa. */
void vk_submit(u64 pa, const void *desc);
/* ENQCMDS with @pasid to the portal page at physical @pa: 0, -EAGAIN, -EFAULT. */
int vk_enqcmds(u64 pa, u32 pasid);

#endif
