// SPDX-License-Identifier: GPL-2.0
// Fault reports: primary fault records to the log and to the device's handler. VT-d 7.2, 11.4.7.
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/printk.h>

#include "iommu.h"

struct fault_text {
	u8 reason;
	const char *text;
};

static const struct fault_text texts[] = {
	{VTD_FR_IR_RSVD, "reserved field set in the interrupt request"},
	{VTD_FR_IR_INDEX, "interrupt index exceeds the table"},
	{VTD_FR_IR_P, "present bit of the IRTE is clear"},
	{VTD_FR_IR_ACC, "IRTE access error"},
	{VTD_FR_IR_ENTRY, "reserved field set in the IRTE"},
	{VTD_FR_IR_COMPAT, "compatibility format interrupt blocked"},
	{VTD_FR_IR_SID, "source ID of the interrupt refused"},
	{VTD_FR_ROOT_P, "root entry not present"},
	{VTD_FR_CTX_P, "context entry not present"},
	{VTD_FR_CTX_RSVD, "reserved field set in the context entry"},
	{VTD_FR_CTX_INV, "context entry invalid"},
	{VTD_FR_DTE, "ATS is off in the context entry"},
	{VTD_FR_PASIDE, "PASIDs are off in the context entry"},
	{VTD_FR_PASID_DIR, "PASID beyond the directory"},
	{VTD_FR_PRE, "page requests are off in the context entry"},
	{VTD_FR_RID_PASID, "request carries RID_PASID"},
	{VTD_FR_PDE_P, "PASID directory entry not present"},
	{VTD_FR_PE_P, "PASID table entry not present"},
	{VTD_FR_PE_RSVD, "reserved field set in the PASID table entry"},
	{VTD_FR_PE_INV, "PASID table entry invalid"},
	{VTD_FR_SRE, "supervisor request refused"},
	{VTD_FR_FS_ACC, "first-stage entry access error"},
	{VTD_FR_FS_P, "first-stage entry not present"},
	{VTD_FR_FS_RSVD, "reserved field set in a first-stage entry"},
	{VTD_FR_SS_P, "second-stage entry not present"},
	{VTD_FR_SS_RSVD, "reserved field set in a second-stage entry"},
	{VTD_FR_CANONICAL, "address is not canonical"},
	{VTD_FR_USER, "user access to a supervisor page"},
	{VTD_FR_HAW, "address beyond the hardware's width"},
	{VTD_FR_SS_WIDTH, "address beyond the second stage's width"},
	{VTD_FR_WRITE, "write access not allowed"},
	{VTD_FR_READ, "read access not allowed"},
	{VTD_FR_MSI_OUT, "translated address in the interrupt range"},
};

static const char *reason_text(u8 reason)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].reason == reason)
			return texts[i].text;
	return "unknown";
}

static const char *request_name(u64 q1)
{
	bool t1 = q1 & VTD_FRCD_Q1_T1, t2 = q1 & VTD_FRCD_Q1_T2;

	return t1 ? (t2 ? "DMA atomic" : "DMA read") : (t2 ? "page request" : "DMA write");
}

static void fault_event(struct iommu_fault_unrecoverable *event, u64 q0, u64 q1)
{
	event->reason = SPEC_GET(VTD_FRCD_Q1_FR, q1);
	event->flags = IOMMU_FAULT_ADDR_VALID | (q1 & VTD_FRCD_Q1_PP ? IOMMU_FAULT_PASID_VALID : 0);
	event->pasid = q1 & VTD_FRCD_Q1_PP ? SPEC_GET(VTD_FRCD_Q1_PASID, q1) : 0;
	event->addr = q0 & VTD_FRCD_Q0_FI;
	event->perm = (q1 & VTD_FRCD_Q1_T1 ? IOMMU_FAULT_PERM_READ : IOMMU_FAULT_PERM_WRITE) |
		      (q1 & VTD_FRCD_Q1_PRIV ? IOMMU_FAULT_PERM_PRIV : 0);
}

/* A guest's PASID: its own kernel is told. */
static bool fault_pass_on(struct dmar_dev *info, u64 q0, u64 q1)
{
	struct dmar_attach *a = dmar_attach_find(info, SPEC_GET(VTD_FRCD_Q1_PASID, q1));
	struct iommu_fault_unrecoverable event;

	if (!a || !a->handler || !a->handler->fault)
		return false;
	fault_event(&event, q0, q1);
	a->handler->fault(a->handler_data, &event);
	return true;
}

static void fault_report(struct dmar_iommu *iommu, u64 q0, u64 q1)
{
	u8 reason = SPEC_GET(VTD_FRCD_Q1_FR, q1);
	u16 sid = SPEC_GET(VTD_FRCD_Q1_SID, q1);
	struct dmar_dev *info = xa_load(&iommu->devices, sid);
	struct iommu_fault f = {.type = IOMMU_FAULT_DMA_UNRECOV};
	unsigned int bus = sid >> 8, slot = sid >> 3 & 0x1f, fn = sid & 7;

	dmar_count(DMAR_COUNT_FAULT, 1);
	if (info && (q1 & VTD_FRCD_Q1_PP) && fault_pass_on(info, q0, q1))
		return;
	if (reason >= VTD_FR_IR_RSVD && reason <= VTD_FR_IR_OFF) {
		pr_err_ratelimited("DMAR: [INTR-REMAP] Request device [%02x:%02x.%x] fault index "
				   "%#llx [fault reason %#04x] %s\n",
				   bus, slot, fn, q0 >> 48, reason, reason_text(reason));
		return;
	}
	if (q1 & VTD_FRCD_Q1_PP)
		pr_err_ratelimited("DMAR: [%s PASID %#llx] Request device [%02x:%02x.%x] fault "
				   "addr %#llx [fault reason %#04x] %s\n",
				   request_name(q1), SPEC_GET(VTD_FRCD_Q1_PASID, q1), bus, slot, fn,
				   q0 & VTD_FRCD_Q0_FI, reason, reason_text(reason));
	else
		pr_err_ratelimited("DMAR: [%s NO_PASID] Request device [%02x:%02x.%x] fault addr "
				   "%#llx [fault reason %#04x] %s\n",
				   request_name(q1), bus, slot, fn, q0 & VTD_FRCD_Q0_FI, reason,
				   reason_text(reason));
	if (!info)
		return;
	fault_event(&f.event, q0, q1);
	iommu_report_device_fault(info->dev, &f);
}

static irqreturn_t fault_thread(int irq, void *data)
{
	struct dmar_iommu *iommu = data;
	u32 base = SPEC_GET(VTD_CAP_FRO, iommu->cap) * 16;
	u32 count = SPEC_GET(VTD_CAP_NFR, iommu->cap) + 1;
	u32 sts = dmar_readl(iommu, VTD_REG_FSTS), i, off;
	u64 q0, q1;

	i = SPEC_GET(VTD_FSTS_FRI, sts);
	while (sts & VTD_FSTS_PPF) {
		off = base + (i % count) * 16;
		q1 = dmar_readq(iommu, off + 8);
		if (!(q1 & VTD_FRCD_Q1_F))
			break;
		q0 = dmar_readq(iommu, off);
		/* Given back before the report, which may sleep. */
		dmar_writeq(iommu, off + 8, VTD_FRCD_Q1_F);
		fault_report(iommu, q0, q1);
		i = (i + 1) % count;
	}
	dmar_writel(iommu, VTD_REG_FSTS, VTD_FSTS_PFO | VTD_FSTS_PPF);
	return IRQ_HANDLED;
}

int fault_enable(struct dmar_iommu *iommu)
{
	u64 addr;
	u32 data;
	int err;

	iommu->fault_irq = dmar_alloc_hwirq(iommu->node, &addr, &data);
	if (iommu->fault_irq < 0)
		return iommu->fault_irq;
	err = request_threaded_irq(iommu->fault_irq, NULL, fault_thread, IRQF_ONESHOT, iommu->name,
				   iommu);
	if (err) {
		dmar_free_hwirq(iommu->fault_irq);
		iommu->fault_irq = 0;
		return err;
	}
	dmar_writel(iommu, VTD_REG_FEDATA, data);
	dmar_writel(iommu, VTD_REG_FEADDR, lower_32_bits(addr));
	dmar_writel(iommu, VTD_REG_FEUADDR, upper_32_bits(addr));
	dmar_writel(iommu, VTD_REG_FECTL, 0);
	return 0;
}

void fault_disable(struct dmar_iommu *iommu)
{
	if (iommu->fault_irq <= 0)
		return;
	dmar_writel(iommu, VTD_REG_FECTL, VTD_ECTL_IM);
	free_irq(iommu->fault_irq, iommu);
	dmar_free_hwirq(iommu->fault_irq);
}
