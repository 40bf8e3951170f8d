// SPDX-License-Identifier: GPL-2.0
/* The host driver's services for virtual devices: queue binding, commands, PASIDs, portals, error
 * events. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>
#include "idxd.h"

struct idxd_wq *idxd_dev_to_wq(struct idxd_dev *dev)
{
	return container_of(dev, struct idxd_wq, dev);
}
EXPORT_SYMBOL_GPL(idxd_dev_to_wq);

struct idxd_device *idxd_wq_to_device(struct idxd_wq *wq)
{
	return wq->idxd;
}
EXPORT_SYMBOL_GPL(idxd_wq_to_device);

struct device *idxd_wq_conf(struct idxd_wq *wq)
{
	return &wq->dev.conf;
}
EXPORT_SYMBOL_GPL(idxd_wq_conf);

struct pci_dev *idxd_wq_pci(struct idxd_wq *wq)
{
	return wq->idxd->pdev;
}
EXPORT_SYMBOL_GPL(idxd_wq_pci);

void idxd_vwq_info(struct idxd_wq *wq, struct idxd_wq_info *info)
{
	memset(info, 0, sizeof(*info));
	mutex_lock(&wq->lock);
	info->id = wq->id;
	info->group = wq->group ? wq->group->id : -1;
	info->group_engines = wq->group ? wq->group->num_engines : 0;
	info->enabled = wq->state == IDXD_WQ_ENABLED && !idxd_is_dead(wq->idxd);
	info->dedicated = wq_dedicated(wq);
	info->block_on_fault = test_bit(IDXD_WQ_BOF, &wq->flags);
	info->size = wq->size;
	info->threshold = wq->threshold;
	info->priority = wq->priority;
	info->max_xfer = wq->max_xfer;
	info->max_batch = wq->max_batch;
	info->clients = wq->clients;
	bitmap_to_arr32(info->opcfg, wq->opcfg, DSA_OPCAP_BITS);
	mutex_unlock(&wq->lock);
}
EXPORT_SYMBOL_GPL(idxd_vwq_info);

void idxd_device_get_info(struct idxd_device *idxd, struct idxd_device_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = idxd->id;
	info->is_dsa = idxd_is_dsa(idxd);
	info->pci_device = idxd->pdev->device;
	info->version = idxd->hw.version;
	info->gencap = idxd->hw.gencap;
	info->wqcap = idxd->hw.wqcap;
	info->grpcap = idxd->hw.grpcap;
	info->engcap = idxd->hw.engcap;
	info->cmdcap = idxd->hw.cmdcap;
	info->ims_slots = idxd->ims.num_slots;
	bitmap_to_arr32(info->opcap, idxd->hw.opcap, DSA_OPCAP_BITS);
	memcpy(info->dsacap, idxd->hw.dsacap, sizeof(info->dsacap));
}
EXPORT_SYMBOL_GPL(idxd_device_get_info);

int idxd_vwq_bind(struct idxd_wq *wq)
{
	int rc;

	/* Loading such a driver offers it every queue: only those meant for it say yes. */
	if (wq->type != IDXD_WQT_MDEV || !idxd_wq_driver_matches(wq, wq->dev.conf.driver))
		return -ENODEV;
	mutex_lock(&wq->lock);
	rc = idxd_wq_attach(wq, IDXD_WQT_MDEV);
	mutex_unlock(&wq->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_vwq_bind);

void idxd_vwq_unbind(struct idxd_wq *wq)
{
	mutex_lock(&wq->lock);
	idxd_wq_detach(wq);
	mutex_unlock(&wq->lock);
}
EXPORT_SYMBOL_GPL(idxd_vwq_unbind);

int idxd_vwq_get(struct idxd_wq *wq)
{
	int rc = 0;

	mutex_lock(&wq->lock);
	if (wq->type != IDXD_WQT_MDEV)
		rc = -ENXIO;
	else if (wq_dedicated(wq) && wq->clients)
		rc = -EBUSY;
	else
		wq->clients++;
	mutex_unlock(&wq->lock);
	if (!rc)
		get_device(&wq->dev.conf);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_vwq_get);

void idxd_vwq_put(struct idxd_wq *wq)
{
	mutex_lock(&wq->lock);
	idxd_wq_uncount(wq);
	mutex_unlock(&wq->lock);
	put_device(&wq->dev.conf);
}
EXPORT_SYMBOL_GPL(idxd_vwq_put);

/* A command in mask form for one queue; a device that is gone or halted leaves its own errno. */
static int idxd_vwq_cmd(struct idxd_wq *wq, u32 code, u32 *cmdsts)
{
	u32 operand = SPEC_PREP(DSA_CMD_WQ_BASE, wq->id >> 4) |
		      SPEC_PREP(DSA_CMD_WQ_MASK, 1U << (wq->id & 15));

	return idxd_cmd_quiet(wq->idxd, code, operand, cmdsts);
}

int idxd_vwq_enable(struct idxd_wq *wq, u32 *cmdsts)
{
	int rc;

	mutex_lock(&wq->lock);
	rc = idxd_cmd_quiet(wq->idxd, DSA_CMD_ENABLE_WQ, SPEC_PREP(DSA_CMD_WQ_INDEX, wq->id),
			    cmdsts);
	if (!rc)
		wq->state = IDXD_WQ_ENABLED;
	mutex_unlock(&wq->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_vwq_enable);

int idxd_vwq_disable(struct idxd_wq *wq, u32 *cmdsts)
{
	int rc;

	mutex_lock(&wq->lock);
	rc = idxd_vwq_cmd(wq, DSA_CMD_DISABLE_WQ, cmdsts);
	if (!rc)
		wq->state = IDXD_WQ_DISABLED;
	mutex_unlock(&wq->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_vwq_disable);

int idxd_vwq_drain(struct idxd_wq *wq, u32 *cmdsts)
{
	return idxd_vwq_cmd(wq, DSA_CMD_DRAIN_WQ, cmdsts);
}
EXPORT_SYMBOL_GPL(idxd_vwq_drain);

int idxd_vwq_abort(struct idxd_wq *wq, u32 *cmdsts)
{
	return idxd_vwq_cmd(wq, DSA_CMD_ABORT_WQ, cmdsts);
}
EXPORT_SYMBOL_GPL(idxd_vwq_abort);

int idxd_vwq_reset(struct idxd_wq *wq, u32 *cmdsts)
{
	int rc;

	mutex_lock(&wq->lock);
	rc = idxd_vwq_cmd(wq, DSA_CMD_RESET_WQ, cmdsts);
	if (!rc) {
		wq->state = IDXD_WQ_DISABLED;
		mutex_lock(&wq->idxd->cfg_lock);
		idxd_wq_write_config(wq);
		mutex_unlock(&wq->idxd->cfg_lock);
	}
	mutex_unlock(&wq->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(idxd_vwq_reset);

int idxd_vwq_drain_pasid(struct idxd_wq *wq, u32 pasid, u32 *cmdsts)
{
	return idxd_cmd_quiet(wq->idxd, DSA_CMD_DRAIN_PASID, SPEC_PREP(DSA_CMD_PASID, pasid),
			      cmdsts);
}
EXPORT_SYMBOL_GPL(idxd_vwq_drain_pasid);

int idxd_vwq_abort_pasid(struct idxd_wq *wq, u32 pasid, u32 *cmdsts)
{
	return idxd_cmd_quiet(wq->idxd, DSA_CMD_ABORT_PASID, SPEC_PREP(DSA_CMD_PASID, pasid),
			      cmdsts);
}
EXPORT_SYMBOL_GPL(idxd_vwq_abort_pasid);

static int idxd_vwq_write_pasid(struct idxd_wq *wq, u32 pasid, bool enable, bool priv)
{
	u32 *mode = &wq->wqcfg[DSA_WQCFG_DW_MODE];
	int rc = 0;

	if (enable && pasid > DSA_PASID_MAX)
		return -EINVAL;
	mutex_lock(&wq->lock);
	if (wq->state != IDXD_WQ_DISABLED) {
		rc = -EBUSY;
	} else {
		mutex_lock(&wq->idxd->cfg_lock);
		*mode = SPEC_SET(DSA_WQCFG2_PRIV, *mode, priv);
		idxd_wq_put_pasid(wq, pasid, enable);
		mutex_unlock(&wq->idxd->cfg_lock);
	}
	mutex_unlock(&wq->lock);
	return rc;
}

int idxd_vwq_set_pasid(struct idxd_wq *wq, u32 pasid, bool priv)
{
	return idxd_vwq_write_pasid(wq, pasid, true, priv);
}
EXPORT_SYMBOL_GPL(idxd_vwq_set_pasid);

int idxd_vwq_clear_pasid(struct idxd_wq *wq)
{
	return idxd_vwq_write_pasid(wq, 0, false, false);
}
EXPORT_SYMBOL_GPL(idxd_vwq_clear_pasid);

phys_addr_t idxd_vwq_portal(struct idxd_wq *wq, bool limited, bool ims)
{
	return wq->idxd->portal_base + (phys_addr_t)wq->id * DSA_PORTAL_WQ_STRIDE +
	       (limited ? DSA_PORTAL_LIMITED : 0) + (ims ? DSA_PORTAL_IMS : 0);
}
EXPORT_SYMBOL_GPL(idxd_vwq_portal);

/* ---- errors ---- */

void idxd_vwq_listen(struct idxd_wq *wq, struct idxd_wq_listener *listener)
{
	mutex_lock(&wq->idxd->notify_lock);
	list_add_tail(&listener->node, &wq->listeners);
	mutex_unlock(&wq->idxd->notify_lock);
}
EXPORT_SYMBOL_GPL(idxd_vwq_listen);

void idxd_vwq_unlisten(struct idxd_wq *wq, struct idxd_wq_listener *listener)
{
	mutex_lock(&wq->idxd->notify_lock);
	list_del_init(&listener->node);
	mutex_unlock(&wq->idxd->notify_lock);
}
EXPORT_SYMBOL_GPL(idxd_vwq_unlisten);

/* An error that names a queue concerns its owners only, any other concerns everyone. */
void idxd_notify_swerror(struct idxd_device *idxd)
{
	bool one = idxd->sw_err[0] & DSA_SWERR0_WQ_VALID;
	u32 i, index = SPEC_GET(DSA_SWERR0_WQ_INDEX, idxd->sw_err[0]);
	struct idxd_wq_listener *listener;

	mutex_lock(&idxd->notify_lock);
	for (i = 0; i < idxd->max_wqs; i++) {
		if (one && i != index)
			continue;
		list_for_each_entry (listener, &idxd->wqs[i]->listeners, node)
			if (listener->swerror)
				listener->swerror(listener, idxd->sw_err);
	}
	mutex_unlock(&idxd->notify_lock);
}

void idxd_notify_halt(struct idxd_device *idxd)
{
	struct idxd_wq_listener *listener;
	u32 i;

	mutex_lock(&idxd->notify_lock);
	for (i = 0; i < idxd->max_wqs; i++)
		list_for_each_entry (listener, &idxd->wqs[i]->listeners, node)
			if (listener->halted)
				listener->halted(listener, idxd->reset_type);
	mutex_unlock(&idxd->notify_lock);
}

void idxd_notify_handles(struct idxd_device *idxd)
{
	struct idxd_wq_listener *listener;
	u32 i;

	mutex_lock(&idxd->notify_lock);
	for (i = 0; i < idxd->max_wqs; i++)
		list_for_each_entry (listener, &idxd->wqs[i]->listeners, node)
			if (listener->handles_void)
				listener->handles_void(listener);
	mutex_unlock(&idxd->notify_lock);
}

void idxd_notify_restored(struct idxd_wq *wq)
{
	struct idxd_wq_listener *listener;

	mutex_lock(&wq->idxd->notify_lock);
	list_for_each_entry (listener, &wq->listeners, node)
		if (listener->restored)
			listener->restored(listener);
	mutex_unlock(&wq->idxd->notify_lock);
}
