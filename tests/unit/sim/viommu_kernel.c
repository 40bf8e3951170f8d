// SPDX-License-Identifier: GPL-2.0
// Kernel code of the virtual IOMMU's tests: its registers, and pages to put tables into.
#include <asm/special_insns.h>
#include <linux/delay.h>
#include <linux/dmar.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "tests/unit/sim/viommu_kernel.h"

static void __iomem *reg(u32 off)
{
	return ioremap(dmar_unit(0)->reg_base_addr, dmar_unit(0)->reg_size) + off;
}

u64 vk_read(u32 off, u32 width)
{
	switch (width) {
	case 1:
		return readb(reg(off));
	case 2:
		return readw(reg(off));
	case 4:
		return readl(reg(off));
	default:
		return readq(reg(off));
	}
}

void vk_write(u32 off, u32 width, u64 val)
{
	switch (width) {
	case 1:
		writeb(val, reg(off));
		break;
	case 2:
		writew(val, reg(off));
		break;
	case 4:
		writel(val, reg(off));
		break;
	default:
		writeq(val, reg(off));
	}
}

void *vk_pages(u32 order, u64 *pa)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);

	if (!page)
		return NULL;
	*pa = page_to_phys(page);
	return page_address(page);
}

void vk_sleep(u32 us)
{
	usleep_range(us, us);
}

void vk_free_pages(void *p, u32 order)
{
	free_pages((unsigned long)p, order);
}

void vk_submit(u64 pa, const void *desc)
{
	iosubmit_cmds512(ioremap(pa, 64), desc, 1);
}

int vk_enqcmds(u64 pa, u32 pasid)
{
	u32 desc[16] = {pasid};

	return enqcmds(ioremap(pa, 64), desc);
}
