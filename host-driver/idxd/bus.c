// SPDX-License-Identifier: GPL-2.0
/* The dsa bus, its drivers `idxd`, `user` and `dmaengine`, and what binding does to a device or
 * queue. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>
#include "idxd.h"

static struct idxd_device_driver *to_idxd_driver(struct device_driver *drv)
{
	return container_of(drv, struct idxd_device_driver, drv);
}

static int dsa_bus_match(struct device *dev, struct device_driver *drv)
{
	const struct idxd_dev *idev = to_idxd_dev(dev);
	const enum idxd_dev_kind *kind;

	/* An administrator binds; nothing binds by itself when it is added. */
	if (!READ_ONCE(idev->ready))
		return 0;
	for (kind = to_idxd_driver(drv)->kinds; *kind != IDXD_DEV_NONE; kind++)
		if (*kind == idev->kind)
			return 1;
	return 0;
}

static int dsa_bus_probe(struct device *dev)
{
	return to_idxd_driver(dev->driver)->probe(to_idxd_dev(dev));
}

static void dsa_bus_remove(struct device *dev)
{
	to_idxd_driver(dev->driver)->remove(to_idxd_dev(dev));
}

struct bus_type dsa_bus = {
	.name = "dsa",
	.match = dsa_bus_match,
	.probe = dsa_bus_probe,
	.remove = dsa_bus_remove,
};

int idxd_dsa_driver_register(struct idxd_device_driver *drv)
{
	drv->drv.bus = &dsa_bus;
	return driver_register(&drv->drv);
}
EXPORT_SYMBOL_GPL(idxd_dsa_driver_register);

void idxd_dsa_driver_unregister(struct idxd_device_driver *drv)
{
	driver_unregister(&drv->drv);
}
EXPORT_SYMBOL_GPL(idxd_dsa_driver_unregister);

/* Prepare an object of the bus; the last put_device() frees it through @type. */
void idxd_dev_init(struct idxd_dev *dev, enum idxd_dev_kind kind, struct device *parent,
		   const struct device_type *type)
{
	dev->kind = kind;
	device_initialize(&dev->conf);
	dev->conf.parent = parent;
	dev->conf.bus = &dsa_bus;
	dev->conf.type = type;
}

int idxd_dev_add(struct idxd_dev *dev)
{
	int rc = device_add(&dev->conf);

	if (!rc)
		WRITE_ONCE(dev->ready, true);
	return rc;
}

/* ---- driver `idxd`: the device itself ---- */

/*
 * Configure and enable. Returns -ENXIO (cmd_status says why) when the device
 * is not disabled or refuses, -EINVAL when the configuration cannot work.
 */
int idxd_device_bind(struct idxd_dev *dev)
{
	struct idxd_device *idxd = container_of(dev, struct idxd_device, dev);
	int rc = 0;

	mutex_lock(&idxd->cfg_lock);
	if (idxd->state != IDXD_DEV_DISABLED) {
		idxd->cmd_status = IDXD_SCMD_DEV_ENABLED;
		rc = -ENXIO;
		goto out;
	}
	if (idxd_configurable(idxd)) {
		rc = idxd_device_config(idxd);
		if (rc) {
			rc = -ENXIO;
			goto out;
		}
	}
	/* The reset after the last use took it away. */
	if (idxd_has_system_pasid(idxd) || idxd_user_pasid(idxd))
		idxd_set_user_interrupts(idxd);
	rc = idxd_evl_start(idxd);
	if (rc) {
		idxd->cmd_status = IDXD_STATUS_EVL;
		goto out;
	}
	rc = idxd_device_enable(idxd);
	if (rc) {
		idxd_evl_stop(idxd);
		goto out;
	}
	idxd->cmd_status = 0;
out:
	mutex_unlock(&idxd->cfg_lock);
	if (rc)
		dev_dbg(&dev->conf, "enable failed: %d, status %#x\n", rc, idxd->cmd_status);
	return rc;
}

void idxd_device_unbind(struct idxd_dev *dev)
{
	struct idxd_device *idxd = container_of(dev, struct idxd_device, dev);
	u32 i;

	/*
	 * Queues first: each is drained and reset by its own driver. A binding
	 * under way has the queue's device lock: it is waited for and undone, and
	 * a later one sees the flag.
	 */
	set_bit(IDXD_FLAG_CLOSING, &idxd->flags);
	for (i = 0; i < idxd->max_wqs; i++)
		device_release_driver(&idxd->wqs[i]->dev.conf);

	mutex_lock(&idxd->cfg_lock);
	/* A recovery under way must not enable it again. */
	idxd->restore = false;
	idxd_device_disable(idxd);
	if (!test_bit(IDXD_FLAG_GONE, &idxd->flags))
		idxd_evl_stop(idxd);
	mutex_unlock(&idxd->cfg_lock);
	idxd_evl_flush(idxd);
	/* What is fixed would not come back from a reset by the driver's hand. */
	if (idxd_configurable(idxd))
		idxd_device_reset(idxd);
	clear_bit(IDXD_FLAG_CLOSING, &idxd->flags);
}

static const enum idxd_dev_kind device_kinds[] = {IDXD_DEV_DSA, IDXD_DEV_IAX, IDXD_DEV_NONE};

static struct idxd_device_driver idxd_drv = {
	.kinds = device_kinds,
	.probe = idxd_device_bind,
	.remove = idxd_device_unbind,
	.drv = {.name = "idxd", .bus = &dsa_bus, .owner = THIS_MODULE},
};

/* ---- queues ---- */

static int idxd_wq_refuse(struct idxd_wq *wq, u32 status, int rc, const char *why)
{
	wq->idxd->cmd_status = status;
	dev_dbg(&wq->dev.conf, "enable refused: %s\n", why);
	return rc;
}

static int idxd_wq_check(struct idxd_wq *wq)
{
	if (wq->idxd->state != IDXD_DEV_ENABLED || test_bit(IDXD_FLAG_CLOSING, &wq->idxd->flags))
		return idxd_wq_refuse(wq, IDXD_SCMD_DEV_NOT_ENABLED, -ENXIO, "device disabled");
	if (wq->state != IDXD_WQ_DISABLED)
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_ENABLED, -EBUSY, "already enabled");
	if (!wq->group)
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_NO_GRP, -ENXIO, "no group");
	if (!wq->name[0])
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_NO_NAME, -ENXIO, "no name");
	if (wq_dedicated(wq))
		return 0;
	if (!wq_shared_supported(wq))
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_NO_SVM, -ENXIO, "no PASID support");
	if (!wq->threshold)
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_NO_THRESH, -ENXIO, "no threshold");
	return 0;
}

static resource_size_t idxd_limited_portal(const struct idxd_wq *wq)
{
	return wq->idxd->portal_base + (resource_size_t)wq->id * DSA_PORTAL_WQ_STRIDE +
	       DSA_PORTAL_LIMITED_MSIX;
}

static int idxd_wq_start_kernel(struct idxd_wq *wq)
{
	int rc = idxd_wq_request_irq(wq);

	if (rc)
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_IRQ_ERR, rc, "interrupt setup failed");
	rc = idxd_pool_create(wq);
	if (rc) {
		idxd_wq_free_irq(wq);
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_RES_ALLOC_ERR, rc, "out of memory");
	}
	return 0;
}

/*
 * Enable a queue on behalf of a driver of @type. Called with wq->lock held.
 * Errors: -ENXIO device disabled, queue not configured or command refused,
 * -EBUSY queue enabled; cmd_status has the reason.
 */
int idxd_wq_attach(struct idxd_wq *wq, enum idxd_wq_type type)
{
	struct idxd_device *idxd = wq->idxd;
	int rc = idxd_wq_check(wq);

	if (rc)
		return rc;

	mutex_lock(&idxd->cfg_lock);
	/*
	 * A shared queue takes the PASID of each submitter. A dedicated one gets
	 * the system's for kernel work; a user's is known only at open.
	 */
	if (!wq_dedicated(wq))
		idxd_wq_put_pasid(wq, 0, true);
	else if (type == IDXD_WQT_KERNEL && idxd_has_system_pasid(idxd))
		idxd_wq_put_pasid(wq, idxd->system_pasid, true);
	if (idxd_configurable(idxd))
		rc = idxd_device_config(idxd);
	mutex_unlock(&idxd->cfg_lock);
	if (!rc)
		rc = idxd_wq_enable(wq);
	if (rc)
		goto pasid;
	wq->portal = ioremap(idxd_limited_portal(wq), DSA_PORTAL_SIZE);
	if (!wq->portal) {
		idxd_wq_refuse(wq, IDXD_SCMD_WQ_PORTAL_ERR, -ENOMEM, "portal mapping failed");
		rc = -ENOMEM;
		goto disable;
	}
	wq->portal_slot = 0;
	wq->clients = 0;
	if (type == IDXD_WQT_KERNEL) {
		rc = idxd_wq_start_kernel(wq);
		if (rc)
			goto unmap;
	}
	idxd->cmd_status = 0;
	return 0;

unmap:
	iounmap(wq->portal);
	wq->portal = NULL;
disable:
	idxd_cmd_quiet(idxd, DSA_CMD_RESET_WQ,
		       SPEC_PREP(DSA_CMD_WQ_BASE, wq->id >> 4) |
			       SPEC_PREP(DSA_CMD_WQ_MASK, 1U << (wq->id & 15)),
		       NULL);
	wq->state = IDXD_WQ_DISABLED;
pasid:
	/* The next owner must not start with the PASID that was meant for this one. */
	mutex_lock(&idxd->cfg_lock);
	idxd_wq_put_pasid(wq, 0, false);
	mutex_unlock(&idxd->cfg_lock);
	return rc;
}

/* Drain, stop and reset a queue; its settings but size and group are forgotten. wq->lock held. */
void idxd_wq_detach(struct idxd_wq *wq)
{
	if (wq->clients)
		dev_warn(&wq->dev.conf, "disabled with %d clients\n", wq->clients);
	idxd_pool_close(wq);
	if (wq->state == IDXD_WQ_ENABLED)
		idxd_wq_command(wq, DSA_CMD_DRAIN_WQ);
	/* Records of the drained work that the device could not write go to their processes. */
	if (wq->type == IDXD_WQT_USER)
		idxd_evl_flush(wq->idxd);
	idxd_wq_free_irq(wq);
	/* Also a queue that is stopped already: the next owner must not find this one's PASID. */
	if (wq->idxd->state == IDXD_DEV_ENABLED)
		idxd_wq_command(wq, DSA_CMD_RESET_WQ);
	if (wq->portal)
		iounmap(wq->portal);
	wq->portal = NULL;
	if (wq->pool.descs)
		idxd_pool_destroy(wq);
	/* Kernel clients and virtual devices give their count back later; files know by themselves.
	 */
	if (wq->type != IDXD_WQT_USER)
		wq->stale_clients += wq->clients;
	wq->clients = 0;
	mutex_lock(&wq->idxd->cfg_lock);
	idxd_wq_clear_config(wq);
	mutex_unlock(&wq->idxd->cfg_lock);
}

/* A queue whose driver_name is set accepts only that driver. */
bool idxd_wq_driver_matches(struct idxd_wq *wq, struct device_driver *drv)
{
	if (!wq->driver_name[0])
		return true;
	if (!strcmp(wq->driver_name, drv->name))
		return true;
	wq->idxd->cmd_status = IDXD_STATUS_DRIVER_NAME;
	return false;
}

static const enum idxd_dev_kind wq_kinds[] = {IDXD_DEV_WQ, IDXD_DEV_NONE};

/* Driver `user`: a character device for processes. */
static int idxd_user_bind(struct idxd_dev *dev)
{
	struct idxd_wq *wq = container_of(dev, struct idxd_wq, dev);
	struct idxd_device *idxd = wq->idxd;
	int rc;

	if (idxd->state != IDXD_DEV_ENABLED)
		return idxd_wq_refuse(wq, IDXD_SCMD_DEV_NOT_ENABLED, -ENXIO, "device disabled");
	if (!idxd_wq_driver_matches(wq, dev->conf.driver))
		return -ENODEV;
	/*
	 * Without translation by PASID a process could reach all memory, and
	 * the addresses it puts into descriptors would mean nothing.
	 */
	if (!idxd_user_pasid(idxd))
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_USER_NO_IOMMU, -EOPNOTSUPP,
				      "no address space sharing");

	mutex_lock(&wq->lock);
	rc = idxd_wq_check(wq);
	if (rc)
		goto out;
	wq->type = IDXD_WQT_USER;
	rc = idxd_wq_attach(wq, IDXD_WQT_USER);
	if (rc) {
		wq->type = IDXD_WQT_NONE;
		goto out;
	}
	rc = idxd_wq_add_cdev(wq);
	if (rc) {
		idxd_wq_detach(wq);
		idxd_wq_refuse(wq, IDXD_SCMD_CDEV_ERR, rc, "no character device");
	}
out:
	mutex_unlock(&wq->lock);
	return rc;
}

static void idxd_user_unbind(struct idxd_dev *dev)
{
	struct idxd_wq *wq = container_of(dev, struct idxd_wq, dev);

	mutex_lock(&wq->lock);
	idxd_wq_del_cdev(wq);
	idxd_wq_detach(wq);
	idxd_wq_drop_contexts(wq);
	mutex_unlock(&wq->lock);
}

static struct idxd_device_driver user_drv = {
	.kinds = wq_kinds,
	.probe = idxd_user_bind,
	.remove = idxd_user_unbind,
	.drv = {.name = "user", .bus = &dsa_bus, .owner = THIS_MODULE},
};

/* Driver `dmaengine`: kernel clients through idxd_client.h. */
static int idxd_dmaengine_bind(struct idxd_dev *dev)
{
	struct idxd_wq *wq = container_of(dev, struct idxd_wq, dev);
	int rc;

	if (wq->idxd->state != IDXD_DEV_ENABLED)
		return idxd_wq_refuse(wq, IDXD_SCMD_DEV_NOT_ENABLED, -ENXIO, "device disabled");
	if (!idxd_wq_driver_matches(wq, dev->conf.driver))
		return -ENODEV;
	/* A shared queue needs a PASID for the kernel's own addresses. */
	if (!wq_dedicated(wq) && !idxd_has_system_pasid(wq->idxd))
		return idxd_wq_refuse(wq, IDXD_SCMD_WQ_NO_SVM, -EOPNOTSUPP, "no system PASID");

	mutex_lock(&wq->lock);
	rc = idxd_wq_check(wq);
	if (!rc) {
		wq->type = IDXD_WQT_KERNEL;
		rc = idxd_wq_attach(wq, IDXD_WQT_KERNEL);
		if (rc)
			wq->type = IDXD_WQT_NONE;
	}
	mutex_unlock(&wq->lock);
	return rc;
}

static void idxd_dmaengine_unbind(struct idxd_dev *dev)
{
	struct idxd_wq *wq = container_of(dev, struct idxd_wq, dev);

	mutex_lock(&wq->lock);
	idxd_wq_detach(wq);
	mutex_unlock(&wq->lock);
}

static struct idxd_device_driver dmaengine_drv = {
	.kinds = wq_kinds,
	.probe = idxd_dmaengine_bind,
	.remove = idxd_dmaengine_unbind,
	.drv = {.name = "dmaengine", .bus = &dsa_bus, .owner = THIS_MODULE},
};

int idxd_bus_register(void)
{
	int rc = bus_register(&dsa_bus);

	if (rc)
		return rc;
	rc = idxd_dsa_driver_register(&idxd_drv);
	if (rc)
		goto bus;
	rc = idxd_dsa_driver_register(&user_drv);
	if (rc)
		goto idxd;
	rc = idxd_dsa_driver_register(&dmaengine_drv);
	if (rc)
		goto user;
	return 0;

user:
	idxd_dsa_driver_unregister(&user_drv);
idxd:
	idxd_dsa_driver_unregister(&idxd_drv);
bus:
	bus_unregister(&dsa_bus);
	return rc;
}

void idxd_bus_unregister(void)
{
	idxd_dsa_driver_unregister(&dmaengine_drv);
	idxd_dsa_driver_unregister(&user_drv);
	idxd_dsa_driver_unregister(&idxd_drv);
	bus_unregister(&dsa_bus);
}
