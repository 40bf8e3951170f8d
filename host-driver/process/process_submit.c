// SPDX-License-Identifier: GPL-2.0
// The instructions by which a simulated process submits work.
#include <asm/special_insns.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "host-driver/process/process_priv.h"

#define PASID_VALID (1u << 31)
#define PASID_BITS  0xfffffu

static int portal_at(const struct process *p, u64 va, void __iomem **portal)
{
	u64 pa;

	if ((va & 63) || mm_resolve(p->mm, va, 64, true, &pa, NULL))
		return -EFAULT;
	*portal = ioremap(pa, 64);
	return 0;
}

int process_movdir64b(struct process *p, u64 va, const void *data)
{
	struct kernel_frame save;
	void __iomem *portal;
	int rc = portal_at(p, va, &portal);

	if (rc)
		return rc;
	kernel_enter(p->kernel, &save);
	movdir64b(portal, data);
	kernel_leave(&save);
	return 0;
}

int process_enqcmd(struct process *p, u64 va, const void *data)
{
	u32 copy[16], msr = process_pasid(p);
	struct kernel_frame save;
	void __iomem *portal;
	int rc = portal_at(p, va, &portal);

	memcpy(copy, data, sizeof(copy));
	/* What the processor fills in has to be zero. */
	if (rc || !(msr & PASID_VALID) || copy[0])
		return -EFAULT;
	copy[0] = msr & PASID_BITS;
	kernel_enter(p->kernel, &save);
	rc = kapi_enqcmd(portal, copy);
	kernel_leave(&save);
	return rc;
}
