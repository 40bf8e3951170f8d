// SPDX-License-Identifier: GPL-2.0
/* The event log of DSA 2.0: set-up, draining, and writing the completion records the device could
 * not. */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "idxd.h"

#define IDXD_EVL_BATCH_IDS 256

struct idxd_evl {
	struct mutex lock; /* log, head */
	void *log;
	dma_addr_t dma;
	u32 entries;
	u32 entry_size;
	u32 log_entries; /* of the memory behind log */
	bool running;
	struct workqueue_struct *queue; /* ordered: entries of one batch stay in order */
	unsigned long batch_failed[BITS_TO_LONGS(IDXD_EVL_BATCH_IDS)];
};

/* An entry whose record software has to write. */
struct idxd_evl_fault {
	struct work_struct work;
	struct idxd_evl *evl;
	struct idxd_wq *wq;
	u64 head;
	u64 info;
	u64 addr;
	u8 record[64];
};

int idxd_evl_alloc(struct idxd_device *idxd)
{
	struct idxd_evl *evl;

	if (!idxd_evl_supported(idxd))
		return 0;
	evl = kzalloc(sizeof(*evl), GFP_KERNEL);
	if (!evl)
		return -ENOMEM;
	mutex_init(&evl->lock);
	evl->entry_size = 32U << SPEC_GET(DSA_GENCAP_EVL, idxd->hw.gencap);
	evl->queue = alloc_ordered_workqueue("%s-evl", 0, dev_name(&idxd->dev.conf));
	if (!evl->queue) {
		kfree(evl);
		return -ENOMEM;
	}
	idxd->evl_entries = DSA_EVL_MIN_ENTRIES;
	idxd->evl = evl;
	return 0;
}

/* Give the log's memory back: before the function is gone. */
void idxd_evl_free_log(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;

	if (!evl)
		return;
	mutex_lock(&evl->lock);
	evl->running = false;
	if (evl->log)
		dma_free_coherent(idxd_pdev(idxd), (size_t)evl->log_entries * evl->entry_size,
				  evl->log, evl->dma);
	evl->log = NULL;
	mutex_unlock(&evl->lock);
}

/* The rest: with the device's object. */
void idxd_evl_free(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;

	if (!evl)
		return;
	destroy_workqueue(evl->queue);
	kfree(evl);
	idxd->evl = NULL;
}

static int idxd_evl_get_memory(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;

	if (evl->log && evl->log_entries != idxd->evl_entries) {
		dma_free_coherent(idxd_pdev(idxd), (size_t)evl->log_entries * evl->entry_size,
				  evl->log, evl->dma);
		evl->log = NULL;
	}
	if (!evl->log) {
		evl->log_entries = idxd->evl_entries;
		evl->log = dma_alloc_coherent(idxd_pdev(idxd),
					      (size_t)evl->log_entries * evl->entry_size, &evl->dma,
					      GFP_KERNEL);
		if (!evl->log)
			return -ENOMEM;
	}
	memset(evl->log, 0, (size_t)evl->log_entries * evl->entry_size);
	return 0;
}

/* Point the device, still disabled, to the log. */
int idxd_evl_start(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;
	u64 size;
	int rc;

	if (!evl)
		return 0;
	mutex_lock(&evl->lock);
	rc = idxd_evl_get_memory(idxd);
	if (rc)
		goto out;
	bitmap_zero(evl->batch_failed, IDXD_EVL_BATCH_IDS);
	evl->entries = evl->log_entries;
	size = SPEC_PREP(DSA_EVLCFG1_SIZE, evl->entries);
	idxd_write64(idxd, DSA_REG_EVLCFG, evl->dma & DSA_EVLCFG0_BASE);
	idxd_write64(idxd, DSA_REG_EVLCFG + 8, size);
	idxd_write32(idxd, DSA_REG_GENCTRL,
		     idxd_read32(idxd, DSA_REG_GENCTRL) | DSA_GENCTRL_EVL_INT);
	idxd_write32(idxd, DSA_REG_GENCFG, idxd_read32(idxd, DSA_REG_GENCFG) | DSA_GENCFG_EVL_EN);
	evl->running = true;
out:
	mutex_unlock(&evl->lock);
	return rc;
}

void idxd_evl_stop(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;
	u32 ctrl, cfg;

	if (!evl)
		return;
	mutex_lock(&evl->lock);
	if (evl->running) {
		evl->running = false;
		ctrl = idxd_read32(idxd, DSA_REG_GENCTRL);
		idxd_write32(idxd, DSA_REG_GENCTRL, ctrl & ~DSA_GENCTRL_EVL_INT);
		idxd_write64(idxd, DSA_REG_EVLCFG, 0);
		idxd_write64(idxd, DSA_REG_EVLCFG + 8, 0);
		cfg = idxd_read32(idxd, DSA_REG_GENCFG);
		idxd_write32(idxd, DSA_REG_GENCFG, cfg & ~DSA_GENCFG_EVL_EN);
	}
	mutex_unlock(&evl->lock);
}

/* ---- entries ---- */

static bool idxd_evl_needs_record(u8 error)
{
	return error == DSA_COMP_CRA_XLAT || error == DSA_STATUS_DRAIN_EVL ||
	       error == DSA_STATUS_BATCH_EVL;
}

/* How many bytes of the record the process asked for, and the batch's verdict put into it. */
static u32 idxd_evl_prepare(struct idxd_evl_fault *fault)
{
	struct idxd_device *idxd = fault->wq->idxd;
	u32 info = SPEC_GET(DSA_EVL1_INFO, fault->info);
	u32 id = SPEC_GET(DSA_EVL0_BATCH_ID, fault->head);
	u8 error = SPEC_GET(DSA_EVL0_ERROR, fault->head);
	bool wanted = info & DSA_ERRINFO_RCR;

	if (error == DSA_COMP_CRA_XLAT) {
		/* Identifiers are used again: what an earlier batch left is stale. */
		if ((fault->head & DSA_EVL0_BATCH) && (info & DSA_ERRINFO_FIRST_IN_BATCH))
			clear_bit(id, fault->evl->batch_failed);
	} else if (error == DSA_STATUS_BATCH_EVL) {
		if (test_and_clear_bit(id, fault->evl->batch_failed)) {
			/* A member's record never arrived: the batch did not succeed. */
			wanted = true;
			if ((fault->record[0] & DSA_COMP_STATUS_MASK) == DSA_COMP_SUCCESS)
				fault->record[0] = DSA_COMP_BATCH_FAIL;
			fault->record[1] = 1;
		}
	} else {
		wanted = true;
	}
	return wanted ? idxd->data->record_size : 0;
}

static void idxd_evl_fault_work(struct work_struct *work)
{
	struct idxd_evl_fault *fault = container_of(work, struct idxd_evl_fault, work);
	u32 pasid = SPEC_GET(DSA_EVL0_PASID, fault->head);
	u32 len = idxd_evl_prepare(fault);
	int rc = 0;

	if (len) {
		rc = idxd_user_copy_record(fault->wq, pasid, fault->addr, fault->record, len);
		idxd_user_count_fault(fault->wq, pasid, rc);
	}
	if (rc) {
		dev_dbg(&fault->wq->dev.conf, "record at %#llx of PASID %u not written: %d\n",
			fault->addr, pasid, rc);
		if ((fault->head & DSA_EVL0_BATCH) &&
		    SPEC_GET(DSA_EVL0_ERROR, fault->head) == DSA_COMP_CRA_XLAT)
			set_bit(SPEC_GET(DSA_EVL0_BATCH_ID, fault->head), fault->evl->batch_failed);
	}
	kfree(fault);
}

static void idxd_evl_entry(struct idxd_device *idxd, const u64 *entry)
{
	u64 head = entry[0];
	u32 index = SPEC_GET(DSA_EVL0_WQ_INDEX, head);
	u8 error = SPEC_GET(DSA_EVL0_ERROR, head);
	struct idxd_evl_fault *fault;
	struct idxd_wq *wq;

	if (!(head & DSA_EVL0_WQ_VALID) || index >= idxd->max_wqs ||
	    !(head & DSA_EVL0_DESC_VALID) || !idxd_evl_needs_record(error)) {
		if (idxd_may_warn(idxd))
			dev_warn(idxd_pdev(idxd),
				 "event log: error %#x, entry %016llx %016llx %016llx\n", error,
				 entry[0], entry[1], entry[2]);
		if ((head & DSA_EVL0_WQ_VALID) && index < idxd->max_wqs)
			wake_up_interruptible(&idxd->wqs[index]->err_queue);
		return;
	}
	wq = idxd->wqs[index];
	if (wq->type != IDXD_WQT_USER)
		return;
	fault = kzalloc(sizeof(*fault), GFP_KERNEL);
	if (!fault)
		return;
	INIT_WORK(&fault->work, idxd_evl_fault_work);
	fault->evl = idxd->evl;
	fault->wq = wq;
	fault->head = head;
	fault->info = entry[1];
	fault->addr = entry[2];
	memcpy(fault->record, (const u8 *)entry + DSA_EVL_RECORD_OFFSET,
	       min_t(u32, sizeof(fault->record), idxd->evl->entry_size - DSA_EVL_RECORD_OFFSET));
	queue_work(idxd->evl->queue, &fault->work);
}

/* Called with the log's lock held. */
static void idxd_evl_drain(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;
	u64 status;
	u32 head, tail;

	/* Clear pending before looking: an entry that comes later interrupts again. */
	idxd_write32(idxd, DSA_REG_EVLSTATUS + 4, DSA_EVLSTATUS_HI_INT_PENDING);
	status = idxd_read64(idxd, DSA_REG_EVLSTATUS);
	head = SPEC_GET(DSA_EVLSTATUS_HEAD, status);
	tail = SPEC_GET(DSA_EVLSTATUS_TAIL, status);
	if (head >= evl->entries || tail >= evl->entries) {
		dev_err(idxd_pdev(idxd), "event log: head %u, tail %u of %u\n", head, tail,
			evl->entries);
		return;
	}
	while (head != tail) {
		u64 entry[(DSA_EVL_RECORD_OFFSET + 64) / 8] = {0};

		/* One copy: the device may write while we look. */
		memcpy(entry, evl->log + (size_t)head * evl->entry_size,
		       min_t(size_t, sizeof(entry), evl->entry_size));
		idxd_evl_entry(idxd, entry);
		head = (head + 1) % evl->entries;
	}
	idxd_write32(idxd, DSA_REG_EVLSTATUS, SPEC_PREP(DSA_EVLSTATUS_LO_HEAD, head));
}

/* The interrupt thread's part. */
void idxd_evl_process(struct idxd_device *idxd)
{
	struct idxd_evl *evl = idxd->evl;

	if (!evl)
		return;
	mutex_lock(&evl->lock);
	if (evl->running)
		idxd_evl_drain(idxd);
	mutex_unlock(&evl->lock);
}

/* Take what is in the log and wait until its records are written. */
void idxd_evl_flush(struct idxd_device *idxd)
{
	if (!idxd->evl)
		return;
	if (!test_bit(IDXD_FLAG_GONE, &idxd->flags))
		idxd_evl_process(idxd);
	flush_workqueue(idxd->evl->queue);
}
