// SPDX-License-Identifier: GPL-2.0
/* The queue driver `mdev`: binding makes a queue available for virtual devices. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "cdev.h"
#include "home.h"
#include "mdev.h"

static int vdev_wq_probe(struct idxd_dev *dev)
{
	struct vdev_binding *binding = kzalloc(sizeof(*binding), GFP_KERNEL);
	int rc;

	if (!binding)
		return -ENOMEM;
	INIT_LIST_HEAD(&binding->queues);
	rc = idxd_vwq_bind(idxd_dev_to_wq(dev));
	if (rc)
		goto free;
	rc = vdev_mdev_offer(&idxd_wq_pci(idxd_dev_to_wq(dev))->dev);
	if (!rc)
		rc = vdev_cdev_offer(&idxd_wq_pci(idxd_dev_to_wq(dev))->dev);
	if (rc)
		goto unbind;
	dev_set_drvdata(&dev->conf, binding);
	return 0;
unbind:
	idxd_vwq_unbind(idxd_dev_to_wq(dev));
free:
	kfree(binding);
	return rc;
}

/* The administrator's word counts more than the guests' need: they lose their devices. */
static void vdev_wq_remove(struct idxd_dev *dev)
{
	struct vdev_binding *binding = dev_get_drvdata(&dev->conf);
	struct vdev_queue *q, *next;

	list_for_each_entry_safe (q, next, &binding->queues, node)
		vdev_device_revoke(q);
	idxd_vwq_unbind(idxd_dev_to_wq(dev));
	dev_set_drvdata(&dev->conf, NULL);
	kfree(binding);
}

static const enum idxd_dev_kind vdev_wq_kinds[] = {IDXD_DEV_WQ, IDXD_DEV_NONE};

struct idxd_device_driver vdev_wq_driver = {
	.kinds = vdev_wq_kinds,
	.probe = vdev_wq_probe,
	.remove = vdev_wq_remove,
	.drv = {.name = "mdev", .owner = THIS_MODULE, .dev_groups = vdev_mdev_wq_groups},
};

static int __init vdev_init(void)
{
	int rc = vdev_mdev_init();

	if (rc)
		return rc;
	rc = vdev_cdev_init();
	if (rc)
		goto mdev;
	rc = idxd_dsa_driver_register(&vdev_wq_driver);
	if (!rc)
		return 0;
	vdev_cdev_exit();
mdev:
	vdev_mdev_exit();
	return rc;
}
module_init(vdev_init);

static void __exit vdev_exit(void)
{
	/* Devices before the queues that they are made of. */
	vdev_cdev_exit();
	vdev_mdev_exit();
	idxd_dsa_driver_unregister(&vdev_wq_driver);
}
module_exit(vdev_exit);

MODULE_DESCRIPTION("Virtual DSA devices composed of host work queues");
MODULE_LICENSE("GPL");
