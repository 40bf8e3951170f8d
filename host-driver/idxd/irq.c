// SPDX-License-Identifier: GPL-2.0
/* Interrupts: vector 0 (commands, errors, halt, event log, revoked handles) and the kernel queues'
 * vectors. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include "idxd.h"

#define IDXD_RESET_RETRY_MS 10

/* Allow entry @vector of the MSI-X table for descriptors of @pasid, or for those without one. */
void idxd_set_msix_perm(struct idxd_device *idxd, u32 vector, u32 pasid, bool enable)
{
	u32 val = 0;

	if (enable)
		val = DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, pasid);
	idxd_write32(idxd, idxd->offs.msixperm + vector * DSA_MSIXPERM_STRIDE, val);
}

/* ---- errors ---- */

static void idxd_wake_users(struct idxd_device *idxd)
{
	u64 err = idxd->sw_err[0];
	u32 i, index = SPEC_GET(DSA_SWERR0_WQ_INDEX, err);

	if ((err & DSA_SWERR0_WQ_VALID) && index < idxd->max_wqs) {
		wake_up_interruptible(&idxd->wqs[index]->err_queue);
		return;
	}
	for (i = 0; i < idxd->max_wqs; i++)
		wake_up_interruptible(&idxd->wqs[i]->err_queue);
}

static void idxd_handle_swerror(struct idxd_device *idxd)
{
	u32 i;

	mutex_lock(&idxd->notify_lock);
	for (i = 0; i < DSA_SWERROR_QWORDS; i++)
		idxd->sw_err[i] = idxd_read64(idxd, DSA_REG_SWERROR + 8 * i);
	mutex_unlock(&idxd->notify_lock);
	idxd_write64(idxd, DSA_REG_SWERROR,
		     idxd->sw_err[0] & (DSA_SWERR0_VALID | DSA_SWERR0_OVERFLOW));
	if (idxd_may_warn(idxd))
		dev_warn(idxd_pdev(idxd), "software error %#llx: %016llx %016llx %016llx\n",
			 SPEC_GET(DSA_SWERR0_ERROR, idxd->sw_err[0]), idxd->sw_err[0],
			 idxd->sw_err[1], idxd->sw_err[2]);
	idxd_wake_users(idxd);
	idxd_notify_swerror(idxd);
}

/* ---- halt and what follows ---- */

/* The device does nothing any more until it is reset: hold submitters, let go who waits for it. */
void idxd_mark_halted(struct idxd_device *idxd)
{
	u32 i;

	if (idxd->state == IDXD_DEV_ENABLED)
		idxd->restore = true;
	if (test_and_set_bit(IDXD_FLAG_HALTED, &idxd->flags))
		return;
	idxd->state = IDXD_DEV_HALTED;
	complete(&idxd->cmd_done);
	for (i = 0; i < idxd->max_wqs; i++) {
		idxd_pool_shut_gate(idxd->wqs[i]);
		wake_up_interruptible(&idxd->wqs[i]->err_queue);
	}
	idxd_notify_halt(idxd);
}

/* Nothing will bring it back: end what its queues' clients wait for. */
static void idxd_abandon_work(struct idxd_device *idxd)
{
	u32 i;

	for (i = 0; i < idxd->max_wqs; i++) {
		struct idxd_wq *wq = idxd->wqs[i];

		mutex_lock(&wq->lock);
		if (wq->pool.descs) {
			idxd_pool_close(wq);
			idxd_pool_fail_pending(wq);
		}
		mutex_unlock(&wq->lock);
	}
}

/* True when the device is really halted: the other causes are moot then. */
static bool idxd_handle_halt(struct idxd_device *idxd)
{
	u32 sts = idxd_read32(idxd, DSA_REG_GENSTS);
	u32 type = SPEC_GET(DSA_GENSTS_RESET_TYPE, sts);

	/* A read of all ones is a device that left: not a reset type to act on. */
	if (sts == 0xffffffffU)
		type = DSA_RESET_COLD;
	else if (SPEC_GET(DSA_GENSTS_STATE, sts) != DSA_STATE_HALT)
		return false;
	idxd->reset_type = type;
	idxd_mark_halted(idxd);
	queue_work(idxd->work_queue, &idxd->reinit_work);
	return true;
}

/* Enable a queue again that was enabled; what it had is lost. Called with wq->lock held. */
static int idxd_revive_wq(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	int rc;

	wq->state = IDXD_WQ_DISABLED;
	if (wq->pool.descs) {
		idxd_pool_gate(wq);
		idxd_pool_fail_pending(wq);
	}
	/* All that is the driver's in a fixed queue; the others were configured anew. */
	if (!idxd_configurable(idxd))
		idxd_wq_restore_pasid(wq);
	rc = idxd_wq_enable(wq);
	if (rc || wq->vector < 0)
		return rc;
	if (idxd_has_system_pasid(idxd))
		idxd_set_msix_perm(idxd, wq->vector, idxd->system_pasid, true);
	return idxd_request_handle(idxd, wq->vector, false, &wq->int_handle);
}

static void idxd_restore_wq(struct idxd_wq *wq)
{
	int rc = 0;

	mutex_lock(&wq->lock);
	if (wq->state == IDXD_WQ_ENABLED)
		rc = idxd_revive_wq(wq);
	if (rc) {
		dev_warn(&wq->dev.conf, "not restored after the reset: %d\n", rc);
		wq->int_handle = IDXD_HANDLE_NONE;
		idxd_pool_close(wq);
	}
	idxd_pool_ungate(wq);
	mutex_unlock(&wq->lock);
}

/* The device was reset and forgot everything: bring it back to where it was. */
void idxd_device_restore(struct idxd_device *idxd)
{
	u32 i;
	int rc = 0;

	mutex_lock(&idxd->cfg_lock);
	clear_bit(IDXD_FLAG_HALTED, &idxd->flags);
	idxd->state = IDXD_DEV_DISABLED;
	if (idxd_user_pasid(idxd))
		idxd_set_user_interrupts(idxd);
	idxd_unmask_errors(idxd);
	idxd_ims_reset(idxd);
	idxd_perfmon_init(idxd);
	if (idxd->restore) {
		if (idxd_configurable(idxd))
			rc = idxd_device_config(idxd);
		if (!rc)
			rc = idxd_evl_start(idxd);
		if (!rc)
			rc = idxd_device_enable(idxd);
		/* Should it halt again on the way, the next recovery tries once more. */
		if (!rc)
			idxd->restore = false;
	}
	mutex_unlock(&idxd->cfg_lock);
	if (rc) {
		dev_err(idxd_pdev(idxd), "not enabled again after the reset: %d\n", rc);
		idxd_abandon_work(idxd);
		return;
	}
	if (idxd->state != IDXD_DEV_ENABLED)
		return;
	for (i = 0; i < idxd->max_wqs; i++) {
		idxd_restore_wq(idxd->wqs[i]);
		idxd_notify_restored(idxd->wqs[i]);
	}
}

/*
 * Reset the function. Whoever removes the device holds its lock and waits for
 * this work, so only try for it.
 */
static int idxd_function_reset(struct idxd_device *idxd)
{
	u32 tries = IDXD_RESET_TIMEOUT_MS / IDXD_RESET_RETRY_MS;
	int rc;

	while ((rc = pci_try_reset_function(idxd->pdev)) == -EAGAIN && tries--) {
		if (test_bit(IDXD_FLAG_GONE, &idxd->flags))
			return -ENODEV;
		msleep(IDXD_RESET_RETRY_MS);
	}
	return rc;
}

static void idxd_reinit_work(struct work_struct *work)
{
	struct idxd_device *idxd = container_of(work, struct idxd_device, reinit_work);
	int rc = -EIO;

	if (test_bit(IDXD_FLAG_GONE, &idxd->flags))
		return;
	if (idxd->reset_type == DSA_RESET_FLR) {
		/* Comes back through reset_prepare and reset_done. */
		rc = idxd_function_reset(idxd);
	} else if (idxd->reset_type == DSA_RESET_SOFTWARE) {
		rc = idxd_reset_polled(idxd);
		if (!rc)
			idxd_device_restore(idxd);
	}
	if (rc) {
		dev_err(idxd_pdev(idxd), "halted with reset type %u, device unusable: %d\n",
			idxd->reset_type, rc);
		idxd_abandon_work(idxd);
	}
}

/* ---- revoked interrupt handles ---- */

/*
 * The old handle of a queue means nothing any more. Hold submitters back, ask
 * for a new one, and flush what was submitted with the old one: those that
 * failed for it come back through the queue's interrupt and are sent again.
 */
static void idxd_wq_renew_handle(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	int rc;

	mutex_lock(&wq->lock);
	if (wq->state != IDXD_WQ_ENABLED || !wq->pool.descs || wq->vector < 0 ||
	    wq->int_handle == IDXD_HANDLE_NONE)
		goto out;
	idxd_pool_gate(wq);
	rc = idxd_request_handle(idxd, wq->vector, false, &wq->int_handle);
	if (rc) {
		wq->int_handle = IDXD_HANDLE_NONE;
		dev_warn(&wq->dev.conf, "no new interrupt handle: %d, polling only\n", rc);
	} else {
		rc = idxd_pool_drain_interrupts(wq);
		if (rc)
			dev_warn(&wq->dev.conf, "drain after handle change failed: %d\n", rc);
	}
	idxd_pool_ungate(wq);
out:
	mutex_unlock(&wq->lock);
}

static void idxd_revoke_work(struct work_struct *work)
{
	struct idxd_device *idxd = container_of(work, struct idxd_device, revoke_work);
	u32 i;

	for (i = 0; i < idxd->max_wqs; i++)
		idxd_wq_renew_handle(idxd->wqs[i]);
	idxd_notify_handles(idxd);
	/* A virtual device of revision 1 waits for this; later the code means something else. */
	if (idxd->hw.version < DSA_VERSION_2 && idxd_cmd_supported(idxd, DSA_CMD_REVOKED_PROCESSED))
		idxd_cmd_quiet(idxd, DSA_CMD_REVOKED_PROCESSED, 0, NULL);
}

/* ---- threads ---- */

static irqreturn_t idxd_misc_thread(int irq, void *data)
{
	struct idxd_device *idxd = data;
	u32 known = DSA_INTCAUSE_SWERROR | DSA_INTCAUSE_CMD | DSA_INTCAUSE_OCCUPANCY |
		    DSA_INTCAUSE_PERFMON | DSA_INTCAUSE_HALT | DSA_INTCAUSE_EVL |
		    DSA_INTCAUSE_HANDLE_REVOKED;
	u32 cause = idxd_read32(idxd, DSA_REG_INTCAUSE);

	if (!cause)
		return IRQ_NONE;
	idxd_write32(idxd, DSA_REG_INTCAUSE, cause);

	if ((cause & DSA_INTCAUSE_HALT) && idxd_handle_halt(idxd))
		return IRQ_HANDLED;
	if (cause & DSA_INTCAUSE_SWERROR)
		idxd_handle_swerror(idxd);
	if (cause & DSA_INTCAUSE_HANDLE_REVOKED)
		queue_work(idxd->work_queue, &idxd->revoke_work);
	if (cause & DSA_INTCAUSE_CMD)
		complete(&idxd->cmd_done);
	if (cause & DSA_INTCAUSE_PERFMON)
		idxd_perfmon_overflow(idxd);
	if (cause & DSA_INTCAUSE_EVL)
		idxd_evl_process(idxd);
	if ((cause & ~known) && idxd_may_warn(idxd))
		dev_warn(idxd_pdev(idxd), "unknown interrupt cause %#x\n", cause & ~known);
	return IRQ_HANDLED;
}

static irqreturn_t idxd_wq_thread(int irq, void *data)
{
	return idxd_pool_complete(data) ? IRQ_HANDLED : IRQ_NONE;
}

/* ---- setup ---- */

int idxd_setup_interrupts(struct idxd_device *idxd)
{
	struct pci_dev *pdev = idxd->pdev;
	int rc, count = pci_msix_vec_count(pdev);

	if (count <= 0) {
		dev_err(&pdev->dev, "no MSI-X vectors\n");
		return count ? count : -ENOSPC;
	}
	/* More than one a queue has no use. */
	count = min_t(int, count, idxd->max_wqs + 1);
	rc = pci_alloc_irq_vectors(pdev, count, count, PCI_IRQ_MSIX);
	if (rc != count) {
		dev_err(&pdev->dev, "%d MSI-X vectors not available: %d\n", count, rc);
		if (rc > 0)
			pci_free_irq_vectors(pdev);
		return rc < 0 ? rc : -ENOSPC;
	}
	idxd->num_vectors = count;
	INIT_WORK(&idxd->reinit_work, idxd_reinit_work);
	INIT_WORK(&idxd->revoke_work, idxd_revoke_work);

	idxd->misc_irq = pci_irq_vector(pdev, 0);
	rc = request_threaded_irq(idxd->misc_irq, NULL, idxd_misc_thread, 0, "idxd-misc", idxd);
	if (rc) {
		dev_err(&pdev->dev, "vector 0: %d\n", rc);
		pci_free_irq_vectors(pdev);
		return rc;
	}
	idxd_unmask_errors(idxd);
	return 0;
}

void idxd_cleanup_interrupts(struct idxd_device *idxd)
{
	idxd_mask_errors(idxd);
	free_irq(idxd->misc_irq, idxd);
	pci_free_irq_vectors(idxd->pdev);
}

/*
 * Set up the vector of a kernel queue: permission, handler, handle. A device
 * with too few vectors leaves the queue without one; clients then poll.
 */
int idxd_wq_request_irq(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	int rc, vector = wq->id + 1;

	wq->vector = -1;
	wq->int_handle = IDXD_HANDLE_NONE;
	if (vector >= idxd->num_vectors)
		return 0;

	if (idxd_has_system_pasid(idxd))
		idxd_set_msix_perm(idxd, vector, idxd->system_pasid, true);
	rc = request_threaded_irq(pci_irq_vector(idxd->pdev, vector), NULL, idxd_wq_thread, 0,
				  "idxd-wq", wq);
	if (rc)
		goto perm;
	rc = idxd_request_handle(idxd, vector, false, &wq->int_handle);
	if (rc)
		goto irq;
	wq->vector = vector;
	return 0;
irq:
	free_irq(pci_irq_vector(idxd->pdev, vector), wq);
perm:
	idxd_set_msix_perm(idxd, vector, 0, false);
	wq->int_handle = IDXD_HANDLE_NONE;
	return rc;
}

void idxd_wq_free_irq(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;

	if (wq->vector < 0)
		return;
	free_irq(pci_irq_vector(idxd->pdev, wq->vector), wq);
	if (!test_bit(IDXD_FLAG_GONE, &idxd->flags)) {
		if (wq->int_handle != IDXD_HANDLE_NONE)
			idxd_release_handle(idxd, wq->int_handle, false);
		idxd_set_msix_perm(idxd, wq->vector, 0, false);
	}
	wq->vector = -1;
	wq->int_handle = IDXD_HANDLE_NONE;
}
