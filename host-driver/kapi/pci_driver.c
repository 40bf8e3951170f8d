// SPDX-License-Identifier: GPL-2.0
// The PCI bus type: matching by id table, probe, remove, shutdown. After drivers/pci/pci-driver.c.
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>
#include "pcicore.h"

static bool id_matches(const struct pci_device_id *id, const struct pci_dev *dev)
{
	return (id->vendor == (u32)PCI_ANY_ID || id->vendor == dev->vendor) &&
	       (id->device == (u32)PCI_ANY_ID || id->device == dev->device) &&
	       (id->subvendor == (u32)PCI_ANY_ID || id->subvendor == dev->subsystem_vendor) &&
	       (id->subdevice == (u32)PCI_ANY_ID || id->subdevice == dev->subsystem_device) &&
	       !((id->class ^ dev->class) & id->class_mask);
}

const struct pci_device_id *pci_match_id(const struct pci_device_id *ids, struct pci_dev *dev)
{
	for (; ids && (ids->vendor || ids->subvendor || ids->class_mask); ids++)
		if (id_matches(ids, dev))
			return ids;
	return NULL;
}

/* What a driver without a matching table entry gets when it was asked for by name. */
static const struct pci_device_id any_id = {
	.vendor = PCI_ANY_ID,
	.device = PCI_ANY_ID,
	.subvendor = PCI_ANY_ID,
	.subdevice = PCI_ANY_ID,
};

static const struct pci_device_id *match_device(struct pci_driver *drv, struct pci_dev *dev)
{
	const struct pci_device_id *id;

	if (dev->driver_override && strcmp(dev->driver_override, drv->name))
		return NULL;
	id = pci_match_id(drv->id_table, dev);
	if (id && id->override_only && !dev->driver_override)
		id = NULL;
	if (!id && dev->driver_override)
		id = &any_id;
	return id;
}

static int pci_bus_match(struct device *dev, struct device_driver *drv)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	return pdev->match_driver && match_device(to_pci_driver(drv), pdev);
}

static int pci_device_probe(struct device *dev)
{
	struct pci_driver *drv = to_pci_driver(dev->driver);
	struct pci_dev *pdev = to_pci_dev(dev);
	const struct pci_device_id *id;
	int rc = 0;

	if (!drv->probe)
		return 0;
	id = match_device(drv, pdev);
	if (!id)
		return -ENODEV;
	pdev->driver = drv;
	rc = drv->probe(pdev, id);
	if (rc > 0) {
		pci_warn(pdev, "Driver probe function unexpectedly returned %d\n", rc);
		rc = 0;
	}
	if (rc)
		pdev->driver = NULL;
	return rc;
}

static void pci_device_remove(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_driver *drv = pdev->driver;

	if (drv && drv->remove)
		drv->remove(pdev);
	pdev->driver = NULL;
}

static void pci_device_shutdown(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_driver *drv = pdev->driver;

	if (drv && drv->shutdown)
		drv->shutdown(pdev);
}

static int pci_uevent(struct device *dev, struct kobj_uevent_env *env)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	if (add_uevent_var(env, "PCI_CLASS=%04X", pdev->class) ||
	    add_uevent_var(env, "PCI_ID=%04X:%04X", pdev->vendor, pdev->device) ||
	    add_uevent_var(env, "PCI_SUBSYS_ID=%04X:%04X", pdev->subsystem_vendor,
			   pdev->subsystem_device) ||
	    add_uevent_var(env, "PCI_SLOT_NAME=%s", pci_name(pdev)))
		return -ENOMEM;
	return 0;
}

struct bus_type pci_bus_type = {
	.name = "pci",
	.match = pci_bus_match,
	.uevent = pci_uevent,
	.probe = pci_device_probe,
	.remove = pci_device_remove,
	.shutdown = pci_device_shutdown,
	.bus_groups = pci_bus_groups,
};

int __pci_register_driver(struct pci_driver *drv, struct module *owner, const char *mod_name)
{
	drv->driver.name = drv->name;
	drv->driver.bus = &pci_bus_type;
	drv->driver.owner = owner;
	drv->driver.mod_name = mod_name;
	drv->driver.groups = drv->groups;
	drv->driver.dev_groups = drv->dev_groups;
	return driver_register(&drv->driver);
}

void pci_unregister_driver(struct pci_driver *drv)
{
	driver_unregister(&drv->driver);
}

struct pci_driver *pci_dev_driver(const struct pci_dev *dev)
{
	return dev->driver;
}

/* Before anybody registers a driver or scans. */
static int __init pci_driver_init(void)
{
	return bus_register(&pci_bus_type);
}
core_initcall(pci_driver_init);
