// SPDX-License-Identifier: GPL-2.0
// Commands that a kernel gives to a DSA function, past its driver.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <spec/dsa_pci.h>
#include <spec/dsa_regs.h>

#include "host-driver/client/command.h"

#define POLL_US	 1
#define POLLS	 2000000 /* a drain waits for everything in the queue */
#define VANISHED 0xffffffff

struct kcmd {
	struct pci_dev *pdev;
	void __iomem *reg;
};

int kcmd_open(u32 devfn, struct kcmd **out)
{
	struct kcmd *k = kzalloc(sizeof(*k), GFP_KERNEL);

	if (!k)
		return -ENOMEM;
	k->pdev = pci_get_domain_bus_and_slot(0, 0, devfn);
	if (k->pdev && k->pdev->vendor == DSA_PCI_VENDOR)
		k->reg = ioremap(pci_resource_start(k->pdev, 0), DSA_REG_SWERROR);
	if (!k->reg) {
		pci_dev_put(k->pdev);
		kfree(k);
		return -ENODEV;
	}
	*out = k;
	return 0;
}

void kcmd_close(struct kcmd *k)
{
	iounmap(k->reg);
	pci_dev_put(k->pdev);
	kfree(k);
}

int kcmd_run(struct kcmd *k, u32 code, u32 operand, u32 *error, u32 *result)
{
	u32 status = ioread32(k->reg + DSA_REG_CMDSTS), i;

	*error = *result = 0;
	if (status == VANISHED)
		return -ENODEV;
	if (status & DSA_CMDSTS_ACTIVE)
		return -EBUSY;
	iowrite32(SPEC_PREP(DSA_CMD_CODE, code) | SPEC_PREP(DSA_CMD_OPERAND, operand),
		  k->reg + DSA_REG_CMD);
	for (i = 0; i < POLLS; i++) {
		status = ioread32(k->reg + DSA_REG_CMDSTS);
		if (status == VANISHED)
			return -ENODEV;
		if (!(status & DSA_CMDSTS_ACTIVE))
			break;
		udelay(POLL_US);
	}
	*error = SPEC_GET(DSA_CMDSTS_ERR, status);
	*result = SPEC_GET(DSA_CMDSTS_RESULT, status);
	return i < POLLS ? 0 : -ETIMEDOUT;
}
