// SPDX-License-Identifier: GPL-2.0
/* Page requests and faults of a guest's PASIDs: served by the host or put before the guest. */
#include <linux/errno.h>
#include <linux/find.h>
#include <linux/kernel.h>
#include <linux/workqueue.h>
#include <linux/string.h>
#include <linux/jiffies.h>

#include "host-driver/hypervisor/viommu_int.h"

/*
 * A guest that does not answer is refused after one to two of these: else a drain of its work, and
 * with it the physical device's only command register, would wait for it for ever. No source: far
 * above what a kernel needs to read a page back.
 */
#define PATIENCE_MS 500

/* ---- the guest's page request queue (VT-d 7.4.1, 7.5) ---- */

static u64 queue_bytes(const struct viommu *v)
{
	return PAGE_SIZE << SPEC_GET(VTD_PQA_PQS, viommu_r64(v, VTD_REG_PQA));
}

/* Where the next request goes; NULL when there is no room, or the queue is not in memory. */
static u64 *queue_slot(struct viommu *v)
{
	u64 mask = queue_bytes(v) - 1, tail = viommu_r32(v, VTD_REG_PQT) & mask;

	if (((tail + VTD_PRQ_BYTES) & mask) == (viommu_r32(v, VTD_REG_PQH) & mask))
		return NULL;
	return vm_gpa(v->vm, (viommu_r64(v, VTD_REG_PQA) & VTD_PAGE_ADDR) + tail, VTD_PRQ_BYTES);
}

static void request_event(struct viommu *v, u32 bit)
{
	u32 prs = viommu_r32(v, VTD_REG_PRS);

	viommu_w32(v, VTD_REG_PRS, prs | bit);
	if (!(prs & (u32)(VTD_PRS_PPR | VTD_PRS_PRO)))
		viommu_event(v, VTD_REG_PECTL);
}

/* False: dropped; an overflow lasts until software cleared it. */
static bool request_put(struct viommu *v, u16 sid, u32 pasid,
			const struct iommu_fault_page_request *req)
{
	u64 *q;

	if (viommu_r32(v, VTD_REG_PRS) & VTD_PRS_PRO)
		return false;
	q = queue_slot(v);
	if (!q) {
		request_event(v, VTD_PRS_PRO);
		return false;
	}
	q[0] = SPEC_PREP(VTD_PRQ_Q0_TYPE, VTD_PRQ_TYPE) | SPEC_PREP(VTD_PRQ_Q0_RID, sid) |
	       VTD_PRQ_Q0_PP | SPEC_PREP(VTD_PRQ_Q0_PASID, pasid) |
	       (req->perm & IOMMU_FAULT_PERM_PRIV ? VTD_PRQ_Q0_PRIV : 0);
	q[1] = (req->perm & IOMMU_FAULT_PERM_READ ? VTD_PRQ_Q1_R : 0) |
	       (req->perm & IOMMU_FAULT_PERM_WRITE ? VTD_PRQ_Q1_W : 0) |
	       (req->flags & IOMMU_FAULT_LAST_PAGE ? VTD_PRQ_Q1_LAST : 0) |
	       SPEC_PREP(VTD_PRQ_Q1_PRGI, req->grpid) | (req->addr & VTD_PRQ_Q1_ADDR);
	q[2] = q[3] = 0;
	viommu_w32(v, VTD_REG_PQT,
		   (viommu_r32(v, VTD_REG_PQT) + VTD_PRQ_BYTES) & (queue_bytes(v) - 1));
	v->vm->stats.page_requests++;
	request_event(v, VTD_PRS_PPR);
	return true;
}

static u16 sid_of(const struct viommu_bind *b)
{
	struct viommu_function *f;

	list_for_each_entry (f, &b->v->functions, node)
		if (b->functions >> f->index & 1)
			return f->sid;
	return 0;
}

/*
 * A request that found no room is dropped. If it was the group's last it is answered at once with
 * success, and the device asks again, as a unit in hardware does (table 31).
 */
static int ask_guest(struct viommu_bind *b, const struct iommu_fault_page_request *req,
		     unsigned int n)
{
	u16 sid = sid_of(b);
	bool last = false;
	unsigned int i;

	for (i = 0; i < n; i++)
		last = request_put(b->v, sid, b->p->guest, &req[i]);
	if (!last)
		return IOMMU_PAGE_RESP_SUCCESS;
	__set_bit(req[n - 1].grpid % VIOMMU_PRGI_COUNT, b->asked);
	__clear_bit(req[n - 1].grpid % VIOMMU_PRGI_COUNT, b->waited);
	schedule_delayed_work(&b->v->patience, msecs_to_jiffies(PATIENCE_MS));
	return -EINPROGRESS;
}

/* ---- from the host's IOMMU driver ---- */

static int bind_group(void *data, const struct iommu_fault_page_request *req, unsigned int n)
{
	struct viommu_bind *b = data;
	int rc = 1;

	if (b->dying)
		return IOMMU_PAGE_RESP_INVALID;
	if (b->v->vm->cfg.memory_mode != VM_MEMORY_PINNED)
		rc = vm_memory_resolve(b->v->vm, b->entry.root, b->entry.levels, req, n);
	if (rc < 0 || b->dying)
		return IOMMU_PAGE_RESP_INVALID;
	return rc ? ask_guest(b, req, n) : IOMMU_PAGE_RESP_SUCCESS;
}

/* A fault of the second stage is a broken address to the guest: its tables lead out of its memory.
 */
static u8 guest_reason(u32 reason)
{
	return reason >= VTD_FR_SS_TOP && reason <= VTD_FR_SS_AD_FAIL ? VTD_FR_FS_ACC : reason;
}

static void bind_fault(void *data, const struct iommu_fault_unrecoverable *event)
{
	struct viommu_bind *b = data;

	viommu_record(b->v, guest_reason(event->reason), sid_of(b), b->p->guest, event->addr,
		      event->perm);
}

const struct iommu_pasid_handler viommu_bind_handler = {
	.page_group = bind_group,
	.fault = bind_fault,
};

/* The guest kernel's own DMA: its tables hold all it uses, only memory may be absent. */
static int rid_group(void *data, const struct iommu_fault_page_request *req, unsigned int n)
{
	struct viommu_function *f = data;

	if (f->v->vm->cfg.memory_mode == VM_MEMORY_PINNED)
		return IOMMU_PAGE_RESP_INVALID;
	return vm_memory_resolve(f->v->vm, f->rid_entry.root, f->rid_entry.levels, req, n)
		       ? IOMMU_PAGE_RESP_INVALID
		       : IOMMU_PAGE_RESP_SUCCESS;
}

static void rid_fault(void *data, const struct iommu_fault_unrecoverable *event)
{
	struct viommu_function *f = data;

	viommu_record(f->v, guest_reason(event->reason), f->sid, -1, event->addr, event->perm);
}

const struct iommu_pasid_handler viommu_rid_handler = {
	.page_group = rid_group,
	.fault = rid_fault,
};

/* ---- answers ---- */

/* An answer that nobody waits for is ignored, as a device would. */
void viommu_response(struct viommu *v, u16 sid, u32 pasid, u32 prgi, u32 code)
{
	struct viommu_function *f = viommu_function(v, sid);
	struct viommu_bind *b = f ? viommu_bind_of(v, f, pasid) : NULL;

	if (!b || !__test_and_clear_bit(prgi, b->asked))
		return;
	v->vm->stats.page_responses++;
	/* Response failure would end page requests of the whole function, other guests' too. */
	iommu_page_response(b->dev, b->p->host, prgi,
			    code == VTD_PR_SUCCESS ? IOMMU_PAGE_RESP_SUCCESS
						   : IOMMU_PAGE_RESP_INVALID);
}

void viommu_refuse_asked(struct viommu_bind *b)
{
	unsigned long prgi;

	for (;;) {
		prgi = find_first_bit(b->asked, VIOMMU_PRGI_COUNT);
		if (prgi >= VIOMMU_PRGI_COUNT)
			return;
		__clear_bit(prgi, b->asked);
		iommu_page_response(b->dev, b->p->host, prgi, IOMMU_PAGE_RESP_INVALID);
	}
}

/* With v->lock held. True: something is still asked. */
static bool refuse_waited(struct viommu_bind *b)
{
	unsigned long prgi;

	for (prgi = 0; prgi < VIOMMU_PRGI_COUNT; prgi++) {
		if (!test_bit(prgi, b->asked) || !__test_and_clear_bit(prgi, b->waited))
			continue;
		__clear_bit(prgi, b->asked);
		iommu_page_response(b->dev, b->p->host, prgi, IOMMU_PAGE_RESP_INVALID);
	}
	memcpy(b->waited, b->asked, sizeof(b->waited));
	return find_first_bit(b->asked, VIOMMU_PRGI_COUNT) < VIOMMU_PRGI_COUNT;
}

void viommu_patience_work(struct work_struct *work)
{
	struct viommu *v = container_of(work, struct viommu, patience.work);
	struct viommu_pasid *p;
	struct viommu_bind *b;
	unsigned long guest;
	bool more = false;

	mutex_lock(&v->lock);
	xa_for_each (&v->pasids, guest, p)
		list_for_each_entry (b, &p->binds, node)
			more |= refuse_waited(b);
	mutex_unlock(&v->lock);
	if (more)
		schedule_delayed_work(&v->patience, msecs_to_jiffies(PATIENCE_MS));
}
