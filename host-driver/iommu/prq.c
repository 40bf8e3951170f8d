// SPDX-License-Identifier: GPL-2.0
// Page requests: the queue's thread, groups, handling by workers, draining. Linux 6.1 svm.c,
// io-pgfault.c.
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/seeded_defect.h>
#include <linux/slab.h>
#include <spec/defects.h>

#include "iommu.h"

#define PRQ_WORDS (VTD_PRQ_BYTES / 8)
/* Requests held for groups that never end: a broken device must not eat all memory. */
#define IOPF_FAULTS_MAX 8192

static u32 prq_mask(const struct dmar_iommu *iommu)
{
	return (0x1000u << iommu->prq_order) - VTD_PRQ_BYTES;
}

/* ---- handling a group, on a worker ---- */

/* Who handles the PASID of a guest takes groups up to this size. */
#define GROUP_MAX 16

static int handle_one(struct dmar_iommu *iommu, const struct iopf_fault *f)
{
	struct dmar_svm *svm = xa_load(&iommu->drv->svm, f->pasid);
	unsigned long need = 0;
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	int code = VTD_PR_INVALID;

	if (!svm || !mmget_not_zero(svm->mm))
		return VTD_PR_INVALID;
	mm = svm->mm;
	if (f->read)
		need |= VM_READ;
	if (f->write)
		need |= VM_WRITE;
	mmap_read_lock(mm);
	vma = vma_lookup(mm, f->addr);
	if (vma && !(need & ~vma->vm_flags) &&
	    !(handle_mm_fault(vma, f->addr,
			      FAULT_FLAG_USER | FAULT_FLAG_REMOTE |
				      (f->write ? FAULT_FLAG_WRITE : 0)) &
	      VM_FAULT_ERROR)) {
		code = VTD_PR_SUCCESS;
		mm->stat.device_faults++;
	}
	mmap_read_unlock(mm);
	/* Not here: the end of an address space drains this very work queue. */
	mmput_async(mm);
	return code;
}

static void group_free(struct iopf_group *g)
{
	struct iopf_fault *f, *next;

	list_for_each_entry_safe (f, next, &g->faults, link) {
		g->iommu->nr_faults--;
		list_move(&f->link, &g->iommu->free_faults);
	}
	list_add(&g->link, &g->iommu->free_groups);
}

static int group_pass_on(const struct iopf_group *g, const struct dmar_attach *a)
{
	struct iommu_fault_page_request req[GROUP_MAX];
	struct iopf_fault *f;
	unsigned int n = 0;

	list_for_each_entry (f, &g->faults, link) {
		if (n == GROUP_MAX)
			return VTD_PR_INVALID;
		req[n++] = (struct iommu_fault_page_request){
			.flags = IOMMU_FAULT_PASID_VALID | (f->last ? IOMMU_FAULT_LAST_PAGE : 0),
			.pasid = f->pasid,
			.grpid = f->prgi,
			.perm = (f->read ? IOMMU_FAULT_PERM_READ : 0) |
				(f->write ? IOMMU_FAULT_PERM_WRITE : 0),
			.addr = f->addr,
		};
	}
	return a->handler->page_group(a->handler_data, req, n);
}

static int group_handle(const struct iopf_group *g)
{
	struct iopf_fault *f = list_first_entry(&g->faults, struct iopf_fault, link);
	struct dmar_attach *a = dmar_attach_find(g->info, f->pasid);
	int code = VTD_PR_SUCCESS;

	if (a && a->handler)
		return group_pass_on(g, a);
	/* The first failure decides, the rest is not tried. */
	list_for_each_entry (f, &g->faults, link)
		if (code == VTD_PR_SUCCESS)
			code = handle_one(g->iommu, f);
	return code;
}

static void group_work(struct work_struct *work)
{
	struct iopf_group *g = container_of(work, struct iopf_group, work);
	struct iopf_fault *last = list_last_entry(&g->faults, struct iopf_fault, link);
	int code = group_handle(g);

	if (code != -EINPROGRESS)
		qi_page_response(g->iommu, g->info->sid, last->pasid, last->prgi, code);
	group_free(g);
}

static struct iopf_group *group_get(struct dmar_iommu *iommu)
{
	struct iopf_group *g;

	if (list_empty(&iommu->free_groups)) {
		g = kzalloc(sizeof(*g), GFP_KERNEL);
		if (!g)
			return NULL;
	} else {
		g = list_first_entry(&iommu->free_groups, struct iopf_group, link);
		list_del(&g->link);
	}
	g->iommu = iommu;
	INIT_LIST_HEAD(&g->faults);
	INIT_WORK(&g->work, group_work);
	return g;
}

static struct iopf_fault *fault_get(struct dmar_iommu *iommu)
{
	struct iopf_fault *f;

	if (iommu->nr_faults >= IOPF_FAULTS_MAX)
		return NULL;
	if (list_empty(&iommu->free_faults)) {
		f = kzalloc(sizeof(*f), GFP_KERNEL);
		if (!f)
			return NULL;
	} else {
		f = list_first_entry(&iommu->free_faults, struct iopf_fault, link);
		list_del(&f->link);
	}
	iommu->nr_faults++;
	return f;
}

/* ---- from the queue to groups ---- */

/* The last request of a group takes the others of its group along. */
static int group_queue(struct dmar_dev *info, struct iopf_fault *last)
{
	struct iopf_group *g = group_get(info->iommu);
	struct iopf_fault *f, *next;

	if (!g)
		return -ENOMEM;
	g->info = info;
	list_for_each_entry_safe (f, next, &info->partial, link)
		if (f->prgi == last->prgi && f->pasid == last->pasid)
			list_move_tail(&f->link, &g->faults);
	list_add_tail(&last->link, &g->faults);
	queue_work(info->iommu->iopf_wq, &g->work);
	return 0;
}

static bool pasid_served(struct dmar_iommu *iommu, struct dmar_dev *info, u32 pasid)
{
	struct dmar_attach *a;

	if (info->sva_enabled && xa_load(&iommu->drv->svm, pasid))
		return true;
	a = dmar_attach_find(info, pasid);
	return a && a->handler;
}

/* Why software cannot serve a request, NULL when it can. */
static const char *request_bad(struct dmar_iommu *iommu, struct dmar_dev *info, const u64 *q,
			       u32 pasid)
{
	u64 addr = q[1] & VTD_PRQ_Q1_ADDR;
	bool access = q[1] & (VTD_PRQ_Q1_R | VTD_PRQ_Q1_W);

	if (!info)
		return "unknown device";
	if (!(q[0] & VTD_PRQ_Q0_PP))
		return "page request without PASID";
	if ((s64)(addr << 7) >> 7 != (s64)addr)
		return "address is not canonical";
	if ((q[0] & VTD_PRQ_Q0_PRIV) && access)
		return "page request in privileged mode";
	if (q[0] & VTD_PRQ_Q0_EXE)
		return "execution request not supported";
	if (!pasid_served(iommu, info, pasid))
		return "PASID is not bound";
	return NULL;
}

static void request_refuse(struct dmar_iommu *iommu, const u64 *q, u32 pasid, const char *why)
{
	u16 sid = SPEC_GET(VTD_PRQ_Q0_RID, q[0]);

	pr_err_ratelimited("DMAR: %s: %s: %08llx%08llx from %02x:%02x.%x\n", iommu->name, why, q[0],
			   q[1], sid >> 8, sid >> 3 & 0x1f, sid & 7);
	if (q[1] & VTD_PRQ_Q1_LAST)
		qi_page_response(iommu, sid, pasid, SPEC_GET(VTD_PRQ_Q1_PRGI, q[1]),
				 VTD_PR_INVALID);
}

static void request_take(struct dmar_iommu *iommu, const u64 *q)
{
	struct dmar_dev *info = xa_load(&iommu->devices, SPEC_GET(VTD_PRQ_Q0_RID, q[0]));
	u32 pasid = SPEC_GET(VTD_PRQ_Q0_PASID, q[0]);
	const char *why = request_bad(iommu, info, q, pasid);
	struct iopf_fault *f;

	dmar_count(DMAR_COUNT_PAGE_REQUEST, 1);
	if (why) {
		request_refuse(iommu, q, pasid, why);
		return;
	}
	/* Stop marker: the device says that it is done with the PASID. */
	if ((q[1] & VTD_PRQ_Q1_LAST) && !(q[1] & (VTD_PRQ_Q1_R | VTD_PRQ_Q1_W)))
		return;
	f = fault_get(iommu);
	if (!f) {
		request_refuse(iommu, q, pasid, "too many page requests");
		return;
	}
	f->addr = q[1] & VTD_PRQ_Q1_ADDR;
	f->pasid = pasid;
	f->prgi = SPEC_GET(VTD_PRQ_Q1_PRGI, q[1]);
	f->read = q[1] & VTD_PRQ_Q1_R;
	f->write = q[1] & VTD_PRQ_Q1_W;
	f->last = q[1] & VTD_PRQ_Q1_LAST;
	if (!f->last) {
		list_add_tail(&f->link, &info->partial);
		return;
	}
	if (group_queue(info, f)) {
		iommu->nr_faults--;
		list_add(&f->link, &iommu->free_faults);
		request_refuse(iommu, q, pasid, "out of memory");
	}
}

void prq_discard(struct dmar_dev *info)
{
	struct iopf_fault *f, *next;

	list_for_each_entry_safe (f, next, &info->partial, link) {
		info->iommu->nr_faults--;
		list_move(&f->link, &info->iommu->free_faults);
	}
}

/* After an overflow the rest of a group may be lost for ever: groups without end are forgotten. */
static void overflow_clear(struct dmar_iommu *iommu)
{
	u64 head = dmar_readq(iommu, VTD_REG_PQH), tail = dmar_readq(iommu, VTD_REG_PQT);
	struct dmar_dev *info;
	unsigned long sid;

	pr_info_ratelimited("DMAR: %s: page request queue overflow\n", iommu->name);
	if (head != tail)
		return;
	xa_for_each (&iommu->devices, sid, info)
		prq_discard(info);
	dmar_count(DMAR_COUNT_PRQ_OVERFLOW, 1);
	dmar_writel(iommu, VTD_REG_PRS, VTD_PRS_PRO);
}

static irqreturn_t prq_thread(int irq, void *data)
{
	struct dmar_iommu *iommu = data;
	u32 mask = prq_mask(iommu), head, tail;

	/* Cleared first: requests from here on raise it again. */
	dmar_writel(iommu, VTD_REG_PRS, VTD_PRS_PPR);
	tail = dmar_readq(iommu, VTD_REG_PQT) & mask;
	head = dmar_readq(iommu, VTD_REG_PQH) & mask;
	for (; head != tail; head = (head + VTD_PRQ_BYTES) & mask)
		request_take(iommu, iommu->prq + head / 8);
	dmar_writeq(iommu, VTD_REG_PQH, tail);
	if (dmar_readl(iommu, VTD_REG_PRS) & VTD_PRS_PRO)
		overflow_clear(iommu);
	if (!completion_done(&iommu->prq_complete))
		complete(&iommu->prq_complete);
	return IRQ_HANDLED;
}

int prq_enable(struct dmar_iommu *iommu)
{
	u32 order = dmar_options()->prq_order;
	u64 addr;
	u32 data;
	int err;

	iommu->prq_order = order ? order : PRQ_ORDER;
	init_completion(&iommu->prq_complete);
	INIT_LIST_HEAD(&iommu->free_groups);
	INIT_LIST_HEAD(&iommu->free_faults);
	/* One at a time: what silicon shows is one rate of pages, whatever asks for them. */
	iommu->iopf_wq = alloc_workqueue("iopf/%s", WQ_UNBOUND, 1, iommu->name);
	if (!iommu->iopf_wq)
		return -ENOMEM;
	if (!(iommu->ecap & VTD_ECAP_PRS) || !(iommu->ecap & VTD_ECAP_PASID))
		return 0;
	iommu->prq = dmar_alloc_pages(iommu->node, iommu->prq_order, GFP_KERNEL);
	if (!iommu->prq)
		return -ENOMEM;
	iommu->prq_irq = dmar_alloc_hwirq(iommu->node, &addr, &data);
	if (iommu->prq_irq < 0)
		return iommu->prq_irq;
	snprintf(iommu->prq_name, sizeof(iommu->prq_name), "%s-prq", iommu->name);
	err = request_threaded_irq(iommu->prq_irq, NULL, prq_thread, IRQF_ONESHOT, iommu->prq_name,
				   iommu);
	if (err) {
		dmar_free_hwirq(iommu->prq_irq);
		iommu->prq_irq = 0;
		return err;
	}
	dmar_writel(iommu, VTD_REG_PEDATA, data);
	dmar_writel(iommu, VTD_REG_PEADDR, lower_32_bits(addr));
	dmar_writel(iommu, VTD_REG_PEUADDR, upper_32_bits(addr));
	dmar_writel(iommu, VTD_REG_PECTL, 0);
	dmar_writeq(iommu, VTD_REG_PQH, 0);
	dmar_writeq(iommu, VTD_REG_PQT, 0);
	dmar_writeq(iommu, VTD_REG_PQA, virt_to_phys(iommu->prq) | iommu->prq_order);
	return 0;
}

void prq_disable(struct dmar_iommu *iommu)
{
	if (iommu->prq_irq > 0) {
		dmar_writel(iommu, VTD_REG_PECTL, VTD_ECTL_IM);
		free_irq(iommu->prq_irq, iommu);
		dmar_free_hwirq(iommu->prq_irq);
	}
	if (iommu->iopf_wq)
		destroy_workqueue(iommu->iopf_wq);
}

/* ---- drain: section 7.10, intel_drain_pasid_prq() ---- */

static bool queue_holds(struct dmar_iommu *iommu, u32 pasid)
{
	u32 mask = prq_mask(iommu);
	u32 tail = dmar_readq(iommu, VTD_REG_PQT) & mask;
	u32 head = dmar_readq(iommu, VTD_REG_PQH) & mask;
	const u64 *q;

	for (; head != tail; head = (head + VTD_PRQ_BYTES) & mask) {
		q = iommu->prq + head / 8;
		if ((q[0] & VTD_PRQ_Q0_PP) && SPEC_GET(VTD_PRQ_Q0_PASID, q[0]) == pasid)
			return true;
	}
	return false;
}

/* Requests of groups that the device will not finish: unbind has no answer for them. */
static void partial_drop(struct dmar_dev *info, u32 pasid)
{
	struct iopf_fault *f, *next;

	list_for_each_entry_safe (f, next, &info->partial, link)
		if (f->pasid == pasid) {
			info->iommu->nr_faults--;
			list_move(&f->link, &info->iommu->free_faults);
		}
}

void prq_drain(struct dmar_dev *info, u32 pasid)
{
	struct dmar_iommu *iommu = info->iommu;
	struct qi_desc d[3];
	u32 count = 3;

	if (!info->pri_enabled || seeded_defect(DEFECT_NO_PRQ_DRAIN))
		return;
	for (;;) {
		reinit_completion(&iommu->prq_complete);
		if (!queue_holds(iommu, pasid))
			break;
		wait_for_completion(&iommu->prq_complete);
	}
	flush_workqueue(iommu->iopf_wq);
	partial_drop(info, pasid);

	/* Responses that are on their way reach the device before the last wait completes. */
	d[0] = (struct qi_desc){.qw = {VTD_QI_WAIT | VTD_QI_WAIT_Q0_FN}};
	qi_desc_piotlb_all(&d[1], FIRST_DEFAULT_DID, pasid);
	qi_desc_dev_tlb(&d[2], info, pasid, 0, 64 - VTD_PAGE_SHIFT);
	if (seeded_defect(DEFECT_NO_DEVTLB_FLUSH) || seeded_defect(DEFECT_FLUSH_ORDER))
		count = 1;
	for (;;) {
		reinit_completion(&iommu->prq_complete);
		if (qi_submit(iommu, d, count, iommu->ecap & VTD_ECAP_PDS ? QI_DRAIN_PRQ : 0))
			return;
		if (!(dmar_readl(iommu, VTD_REG_PRS) & VTD_PRS_PRO))
			return;
		wait_for_completion(&iommu->prq_complete);
	}
}

int prq_response(struct device *dev, ioasid_t pasid, u32 grpid, int code)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);

	return qi_page_response(info->iommu, info->sid, pasid, grpid, code);
}

void prq_drain_device(struct device *dev, ioasid_t pasid)
{
	prq_drain(dev_iommu_priv_get(dev), pasid);
}
