// SPDX-License-Identifier: GPL-2.0
/* Kernel submission: the descriptor pool of a queue, portal writes, completion, resubmission. */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "idxd.h"
#include "idxd_client.h"

#define IDXD_DRAIN_POLL_MS 100

/* ---- the portal ---- */

/* The next of the 64 places in the portal page, so that several writes can be under way. */
void __iomem *idxd_next_slot(struct idxd_wq *wq)
{
	u32 slot = wq->portal_slot;

	WRITE_ONCE(wq->portal_slot, (slot + DSA_PORTAL_SLOT_SIZE) & (DSA_PORTAL_SIZE - 1));
	return wq->portal + slot;
}

/* Offer a descriptor to a shared queue; -EAGAIN after the queue's number of retries. */
int idxd_enqcmds(struct idxd_wq *wq, void __iomem *portal, const void *desc)
{
	u32 left = wq->enqcmds_retries;
	int rc;

	for (;;) {
		rc = enqcmds(portal, desc);
		if (!rc || !left--)
			return rc;
		cpu_relax();
	}
}

/* ---- pool ---- */

static void idxd_resubmit_work(struct work_struct *work);

int idxd_pool_create(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	struct idxd_device *idxd = wq->idxd;
	u32 i, size = idxd->data->record_size;
	unsigned long irq;

	/* A dedicated queue must never overflow, a shared one keeps to the limited portal. */
	pool->num_descs = wq_dedicated(wq) ? wq->size : min(wq->threshold, wq->size);
	if (!pool->num_descs)
		return -EINVAL;
	/* The lock and the wait queue outlive pools: a submitter of the last one may still wake. */
	INIT_LIST_HEAD(&pool->free);
	INIT_LIST_HEAD(&pool->pending);
	INIT_LIST_HEAD(&pool->resubmit);
	INIT_WORK(&pool->resubmit_work, idxd_resubmit_work);
	init_completion(&pool->drained);
	pool->records_size = (size_t)pool->num_descs * size;
	pool->records = dma_alloc_coherent(idxd_pdev(idxd), pool->records_size, &pool->records_dma,
					   GFP_KERNEL);
	pool->hw = kcalloc(pool->num_descs, sizeof(*pool->hw), GFP_KERNEL);
	pool->descs = kcalloc(pool->num_descs, sizeof(*pool->descs), GFP_KERNEL);
	if (!pool->records || !pool->hw || !pool->descs) {
		idxd_pool_destroy(wq);
		return -ENOMEM;
	}
	for (i = 0; i < pool->num_descs; i++) {
		struct idxd_desc *desc = &pool->descs[i];

		desc->wq = wq;
		desc->hw = &pool->hw[i];
		desc->record = pool->records + (size_t)i * size;
		desc->record_dma = pool->records_dma + (size_t)i * size;
		list_add_tail(&desc->node, &pool->free);
	}
	spin_lock_irqsave(&pool->lock, irq);
	pool->gated = false;
	pool->closed = false;
	pool->alive = true;
	spin_unlock_irqrestore(&pool->lock, irq);
	return 0;
}

/* No submission starts any more; wait for those on their way to the portal. */
void idxd_pool_close(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	unsigned long irq;

	if (!pool->descs)
		return;
	spin_lock_irqsave(&pool->lock, irq);
	pool->closed = true;
	pool->gated = false;
	spin_unlock_irqrestore(&pool->lock, irq);
	wake_up_all(&pool->gate_wait);
	wait_event(pool->gate_wait, !READ_ONCE(pool->submitters));
	flush_work(&pool->resubmit_work);
}

static void idxd_finish(struct idxd_desc *desc, int error)
{
	struct idxd_wq_pool *pool = &desc->wq->pool;
	struct idxd_io *io = desc->io;
	unsigned long irq;

	if (io) {
		io->error = error;
		memcpy(io->record, desc->record, desc->wq->idxd->data->record_size);
	}
	desc->io = NULL;
	spin_lock_irqsave(&pool->lock, irq);
	list_add_tail(&desc->node, &pool->free);
	spin_unlock_irqrestore(&pool->lock, irq);
	wake_up(&pool->gate_wait);
	if (io)
		io->done(io);
	else
		complete(&pool->drained);
}

/* Everything that the device will not answer any more. */
static void idxd_pool_fail(struct idxd_wq *wq, int error)
{
	struct idxd_wq_pool *pool = &wq->pool;
	struct idxd_desc *desc, *next;
	unsigned long irq;
	LIST_HEAD(lost);

	spin_lock_irqsave(&pool->lock, irq);
	list_splice_init(&pool->pending, &lost);
	list_splice_tail_init(&pool->resubmit, &lost);
	spin_unlock_irqrestore(&pool->lock, irq);
	list_for_each_entry_safe (desc, next, &lost, node) {
		list_del(&desc->node);
		idxd_finish(desc, error);
	}
}

/* No submission starts until the gate opens; those on their way to the portal are not waited for.
 */
void idxd_pool_shut_gate(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	unsigned long irq;

	spin_lock_irqsave(&pool->lock, irq);
	pool->gated = true;
	spin_unlock_irqrestore(&pool->lock, irq);
}

/* The same, and no submission is on its way when it returns. */
void idxd_pool_gate(struct idxd_wq *wq)
{
	idxd_pool_shut_gate(wq);
	wait_event(wq->pool.gate_wait, !READ_ONCE(wq->pool.submitters));
}

void idxd_pool_ungate(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	unsigned long irq;

	spin_lock_irqsave(&pool->lock, irq);
	pool->gated = false;
	if (pool->descs && !list_empty(&pool->resubmit))
		schedule_work(&pool->resubmit_work);
	spin_unlock_irqrestore(&pool->lock, irq);
	wake_up_all(&pool->gate_wait);
}

/* The device was reset: what it had is lost. Called with the gate shut. */
void idxd_pool_fail_pending(struct idxd_wq *wq)
{
	idxd_pool_complete(wq);
	idxd_pool_fail(wq, -ENODEV);
}

/* Free the pool of a queue that is drained and has no interrupt any more. */
void idxd_pool_destroy(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	unsigned long irq;

	spin_lock_irqsave(&pool->lock, irq);
	pool->alive = false;
	spin_unlock_irqrestore(&pool->lock, irq);
	wait_event(pool->gate_wait, !READ_ONCE(pool->pollers));
	if (pool->descs && pool->records && pool->hw) {
		idxd_pool_complete(wq);
		idxd_pool_fail(wq, -ECANCELED);
	}
	if (pool->records)
		dma_free_coherent(idxd_pdev(wq->idxd), pool->records_size, pool->records,
				  pool->records_dma);
	kfree(pool->hw);
	kfree(pool->descs);
	pool->records = NULL;
	pool->hw = NULL;
	pool->descs = NULL;
}

/* ---- completion ---- */

static u8 idxd_record_status(const struct idxd_desc *desc)
{
	return READ_ONCE(*(const u8 *)desc->record);
}

static void idxd_complete_desc(struct idxd_desc *desc)
{
	struct idxd_wq_pool *pool = &desc->wq->pool;
	u8 status = idxd_record_status(desc) & DSA_COMP_STATUS_MASK;
	bool again = false;
	unsigned long irq;

	/* Read the rest of the record after its status. */
	dma_rmb();
	if (status == DSA_COMP_SUCCESS || status == DSA_COMP_SUCCESS_PRED) {
		idxd_finish(desc, 0);
		return;
	}
	if (status == DSA_COMP_INT_HANDLE_INVAL && desc->io &&
	    (desc->hw->flags & IDXD_OP_FLAG_RCI) &&
	    idxd_cmd_supported(desc->wq->idxd, DSA_CMD_REQUEST_INT_HANDLE)) {
		/*
		 * Its handle was revoked on the way: send it again with the new one.
		 * Under the lock, so that closing finds the work if there is any.
		 */
		spin_lock_irqsave(&pool->lock, irq);
		again = !pool->closed;
		if (again) {
			list_add_tail(&desc->node, &pool->resubmit);
			schedule_work(&pool->resubmit_work);
		}
		spin_unlock_irqrestore(&pool->lock, irq);
	}
	if (!again)
		idxd_finish(desc, -EIO);
}

/* Complete what has a record; returns how many. Runs in the interrupt thread or a poller. */
int idxd_pool_complete(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	struct idxd_desc *desc, *next;
	unsigned long irq;
	LIST_HEAD(done);
	int count = 0;

	if (!pool->descs)
		return 0;
	spin_lock_irqsave(&pool->lock, irq);
	list_for_each_entry_safe (desc, next, &pool->pending, node) {
		if (!idxd_record_status(desc))
			continue;
		list_move_tail(&desc->node, &done);
		count++;
	}
	spin_unlock_irqrestore(&pool->lock, irq);
	list_for_each_entry_safe (desc, next, &done, node) {
		list_del(&desc->node);
		idxd_complete_desc(desc);
	}
	return count;
}

/* The same for a client, whose queue may be unbound at any time. */
int idxd_pool_poll(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	unsigned long irq;
	bool alive, last;
	int count;

	spin_lock_irqsave(&pool->lock, irq);
	alive = pool->alive;
	if (alive)
		pool->pollers++;
	spin_unlock_irqrestore(&pool->lock, irq);
	if (!alive)
		return 0;
	count = idxd_pool_complete(wq);
	spin_lock_irqsave(&pool->lock, irq);
	last = !--pool->pollers;
	spin_unlock_irqrestore(&pool->lock, irq);
	if (last)
		wake_up_all(&pool->gate_wait);
	return count;
}

/* ---- submission ---- */

enum idxd_gate { IDXD_GATE_OPEN, IDXD_GATE_WAIT, IDXD_GATE_CLOSED };

/* Count the caller in and give it a descriptor, if both are possible now. */
static enum idxd_gate idxd_try_enter(struct idxd_wq_pool *pool, struct idxd_desc **desc)
{
	enum idxd_gate gate = IDXD_GATE_WAIT;
	unsigned long irq;

	spin_lock_irqsave(&pool->lock, irq);
	if (pool->closed) {
		gate = IDXD_GATE_CLOSED;
	} else if (!pool->gated && !list_empty(&pool->free)) {
		*desc = list_first_entry(&pool->free, struct idxd_desc, node);
		list_del(&(*desc)->node);
		pool->submitters++;
		gate = IDXD_GATE_OPEN;
	}
	spin_unlock_irqrestore(&pool->lock, irq);
	return gate;
}

static void idxd_leave(struct idxd_wq_pool *pool)
{
	unsigned long irq;
	bool last;

	spin_lock_irqsave(&pool->lock, irq);
	last = !--pool->submitters;
	spin_unlock_irqrestore(&pool->lock, irq);
	if (last)
		wake_up_all(&pool->gate_wait);
}

static int idxd_enter(struct idxd_wq *wq, bool nowait, struct idxd_desc **desc)
{
	struct idxd_wq_pool *pool = &wq->pool;
	enum idxd_gate gate;

	if (wq->state != IDXD_WQ_ENABLED || !pool->descs)
		return -ENXIO;
	gate = idxd_try_enter(pool, desc);
	if (gate == IDXD_GATE_WAIT) {
		if (nowait)
			return -EAGAIN;
		wait_event(pool->gate_wait, (gate = idxd_try_enter(pool, desc)) != IDXD_GATE_WAIT);
	}
	return gate == IDXD_GATE_OPEN ? 0 : -ENXIO;
}

/* Send a filled descriptor. It is on the pending list first: its interrupt may come at once. */
static int idxd_send(struct idxd_desc *desc)
{
	struct idxd_wq *wq = desc->wq;
	struct idxd_wq_pool *pool = &wq->pool;
	void __iomem *portal = idxd_next_slot(wq);
	unsigned long irq;
	int rc = 0;

	memset(desc->record, 0, wq->idxd->data->record_size);
	spin_lock_irqsave(&pool->lock, irq);
	list_add_tail(&desc->node, &pool->pending);
	spin_unlock_irqrestore(&pool->lock, irq);

	/* The descriptor, the record and the client's data before the doorbell. */
	wmb();
	if (wq_dedicated(wq))
		iosubmit_cmds512(portal, desc->hw, 1);
	else
		rc = idxd_enqcmds(wq, portal, desc->hw);
	if (rc) {
		spin_lock_irqsave(&pool->lock, irq);
		list_del(&desc->node);
		spin_unlock_irqrestore(&pool->lock, irq);
	}
	return rc;
}

static void idxd_put_back(struct idxd_desc *desc)
{
	struct idxd_wq_pool *pool = &desc->wq->pool;
	unsigned long irq;

	desc->io = NULL;
	spin_lock_irqsave(&pool->lock, irq);
	list_add(&desc->node, &pool->free);
	spin_unlock_irqrestore(&pool->lock, irq);
	wake_up(&pool->gate_wait);
}

/* The fields that the driver owns. */
static void idxd_seal(struct idxd_desc *desc, bool interrupt)
{
	struct idxd_wq *wq = desc->wq;
	struct dsa_hw_desc *hw = desc->hw;
	u32 flags = hw->flags & ~IDXD_OP_FLAG_RCI;

	hw->pasid = idxd_has_system_pasid(wq->idxd) ? wq->idxd->system_pasid : 0;
	hw->priv = 0;
	hw->rsvd = 0;
	hw->completion_addr = desc->record_dma;
	hw->int_handle = 0;
	flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	if (interrupt && wq->int_handle != IDXD_HANDLE_NONE) {
		flags |= IDXD_OP_FLAG_RCI;
		hw->int_handle = wq->int_handle;
	}
	hw->flags = flags;
}

int idxd_submit(struct idxd_wq *wq, const struct dsa_hw_desc *desc, struct idxd_io *io)
{
	struct idxd_desc *own;
	int rc;

	if (!test_bit(desc->opcode, wq->opcfg))
		return -EOPNOTSUPP;
	rc = idxd_enter(wq, io->flags & IDXD_IO_NOWAIT, &own);
	if (rc)
		return rc;
	memcpy(own->hw, desc, sizeof(*desc));
	own->io = io;
	io->error = -EINPROGRESS;
	idxd_seal(own, !(io->flags & IDXD_IO_POLLED));
	rc = idxd_send(own);
	if (rc)
		idxd_put_back(own);
	idxd_leave(&wq->pool);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_submit);

/* ---- revoked handles ---- */

static struct idxd_desc *idxd_take_free(struct idxd_wq_pool *pool)
{
	struct idxd_desc *desc;
	unsigned long irq;

	spin_lock_irqsave(&pool->lock, irq);
	desc = list_first_entry_or_null(&pool->free, struct idxd_desc, node);
	if (desc)
		list_del(&desc->node);
	spin_unlock_irqrestore(&pool->lock, irq);
	return desc;
}

/*
 * With the gate shut, send a Drain that interrupts with the new handle: its
 * interrupt thread also meets every descriptor that was sent with the old one.
 */
int idxd_pool_drain_interrupts(struct idxd_wq *wq)
{
	struct idxd_wq_pool *pool = &wq->pool;
	struct idxd_desc *desc = NULL;
	u32 waits = IDXD_RESET_TIMEOUT_MS / IDXD_DRAIN_POLL_MS;
	int rc;

	/* Failed ones need no more than their record to be found. */
	idxd_pool_complete(wq);
	wait_event(pool->gate_wait, pool->closed || (desc = idxd_take_free(pool)));
	if (!desc)
		return -ENXIO;
	reinit_completion(&pool->drained);
	memset(desc->hw, 0, sizeof(*desc->hw));
	desc->hw->opcode = DSA_OPCODE_DRAIN;
	desc->io = NULL;
	idxd_seal(desc, true);
	rc = idxd_send(desc);
	if (rc) {
		idxd_put_back(desc);
		return rc;
	}
	/* Should the new handle be revoked too, only looking finds out. */
	while (!wait_for_completion_timeout(&pool->drained, msecs_to_jiffies(IDXD_DRAIN_POLL_MS))) {
		if (!waits--)
			return -ETIMEDOUT;
		idxd_pool_complete(wq);
	}
	return 0;
}

static void idxd_resubmit_work(struct work_struct *work)
{
	struct idxd_wq_pool *pool = container_of(work, struct idxd_wq_pool, resubmit_work);
	struct idxd_desc *desc, *next;
	unsigned long irq;
	LIST_HEAD(again);
	int rc;

	spin_lock_irqsave(&pool->lock, irq);
	list_splice_init(&pool->resubmit, &again);
	spin_unlock_irqrestore(&pool->lock, irq);
	list_for_each_entry_safe (desc, next, &again, node) {
		list_del(&desc->node);
		if (pool->closed) {
			idxd_finish(desc, -ECANCELED);
			continue;
		}
		idxd_seal(desc, true);
		rc = idxd_send(desc);
		if (rc)
			idxd_finish(desc, -EIO);
	}
}
