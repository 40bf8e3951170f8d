// SPDX-License-Identifier: GPL-2.0
// Attributes of PCI functions and of their bus. After drivers/pci/pci-sysfs.c.
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "pci_scan.h"
#include "pcicore.h"

#define PCI_CONFIG_ATTR(field, fmt)                                                                \
	static ssize_t field##_show(struct device *dev, struct device_attribute *attr, char *buf)  \
	{                                                                                          \
		return sysfs_emit(buf, fmt, to_pci_dev(dev)->field);                               \
	}                                                                                          \
	static const struct device_attribute dev_attr_##field =                                    \
		__ATTR(field, 0444, field##_show, NULL)

PCI_CONFIG_ATTR(vendor, "0x%04x\n");
PCI_CONFIG_ATTR(device, "0x%04x\n");
PCI_CONFIG_ATTR(subsystem_vendor, "0x%04x\n");
PCI_CONFIG_ATTR(subsystem_device, "0x%04x\n");
PCI_CONFIG_ATTR(revision, "0x%02x\n");
PCI_CONFIG_ATTR(class, "0x%06x\n");

static ssize_t irq_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	return sysfs_emit(buf, "%u\n", pdev->irq);
}
static const struct device_attribute dev_attr_irq = __ATTR(irq, 0444, irq_show, NULL);

static ssize_t resource_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int len = 0;
	int i;

	for (i = 0; i < PCI_NUM_RESOURCES; i++) {
		const struct resource *res = &pdev->resource[i];

		len += sysfs_emit_at(buf, len, "0x%016llx 0x%016llx 0x%016llx\n", res->start,
				     res->end, (u64)(res->flags & ~IORESOURCE_BUSY));
	}
	return len;
}
static const struct device_attribute dev_attr_resource =
	__ATTR(resource, 0444, resource_show, NULL);

static ssize_t numa_node_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", dev_to_node(dev));
}
static const struct device_attribute dev_attr_numa_node =
	__ATTR(numa_node, 0444, numa_node_show, NULL);

static ssize_t modalias_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	return sysfs_emit(buf, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", pdev->vendor,
			  pdev->device, pdev->subsystem_vendor, pdev->subsystem_device,
			  (u8)(pdev->class >> 16), (u8)(pdev->class >> 8), (u8)pdev->class);
}
static const struct device_attribute dev_attr_modalias =
	__ATTR(modalias, 0444, modalias_show, NULL);

static ssize_t enable_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", (unsigned int)atomic_read(&to_pci_dev(dev)->enable_cnt));
}

static ssize_t enable_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	unsigned long val;
	int rc = kstrtoul(buf, 0, &val);

	if (rc < 0)
		return rc;
	device_lock(dev);
	if (dev->driver)
		rc = -EBUSY;
	else if (val)
		rc = pci_enable_device(pdev);
	else if (pci_is_enabled(pdev))
		pci_disable_device(pdev);
	else
		rc = -EIO;
	device_unlock(dev);
	return rc < 0 ? rc : (ssize_t)count;
}
static const struct device_attribute dev_attr_enable =
	__ATTR(enable, 0644, enable_show, enable_store);

static ssize_t driver_override_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	ssize_t len;

	device_lock(dev);
	len = sysfs_emit(buf, "%s\n", pdev->driver_override ? pdev->driver_override : "(null)");
	device_unlock(dev);
	return len;
}

static ssize_t driver_override_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	char *name, *old;

	if (count >= PAGE_SIZE - 1)
		return -EINVAL;
	name = kstrdup(buf, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	name[strcspn(name, "\n")] = '\0';
	device_lock(dev);
	old = pdev->driver_override;
	if (*name) {
		pdev->driver_override = name;
	} else {
		pdev->driver_override = NULL;
		kfree(name);
	}
	device_unlock(dev);
	kfree(old);
	return count;
}
static const struct device_attribute dev_attr_driver_override =
	__ATTR(driver_override, 0644, driver_override_show, driver_override_store);

static ssize_t reset_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t count)
{
	unsigned long val;
	int rc = kstrtoul(buf, 0, &val);

	if (rc < 0 || val != 1)
		return -EINVAL;
	rc = pci_reset_function(to_pci_dev(dev));
	return rc < 0 ? rc : (ssize_t)count;
}
static const struct device_attribute dev_attr_reset = __ATTR(reset, 0200, NULL, reset_store);

static ssize_t remove_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	unsigned long val;

	if (kstrtoul(buf, 0, &val) < 0)
		return -EINVAL;
	if (val && sysfs_remove_file_self(&dev->kobj, &attr->attr))
		pci_stop_and_remove_bus_device_locked(to_pci_dev(dev));
	return count;
}
static const struct device_attribute dev_attr_remove = __ATTR(remove, 0220, NULL, remove_store);

static ssize_t config_read(struct file *f, struct kobject *kobj, struct bin_attribute *attr,
			   char *buf, loff_t off, size_t count)
{
	struct pci_dev *pdev = to_pci_dev(kobj_to_dev(kobj));
	size_t i;

	if (off >= pdev->cfg_size)
		return 0;
	count = min_t(size_t, count, pdev->cfg_size - off);
	for (i = 0; i < count;) {
		size_t at = off + i;

		if (!(at & 3) && count - i >= 4) {
			u32 val;

			pci_read_config_dword(pdev, at, &val);
			memcpy(buf + i, &val, 4);
			i += 4;
		} else {
			pci_read_config_byte(pdev, at, (u8 *)buf + i);
			i++;
		}
	}
	return count;
}

static ssize_t config_write(struct file *f, struct kobject *kobj, struct bin_attribute *attr,
			    char *buf, loff_t off, size_t count)
{
	struct pci_dev *pdev = to_pci_dev(kobj_to_dev(kobj));
	size_t i;

	if (off >= pdev->cfg_size)
		return 0;
	count = min_t(size_t, count, pdev->cfg_size - off);
	for (i = 0; i < count;) {
		size_t at = off + i;

		if (!(at & 3) && count - i >= 4) {
			u32 val;

			memcpy(&val, buf + i, 4);
			pci_write_config_dword(pdev, at, val);
			i += 4;
		} else {
			pci_write_config_byte(pdev, at, buf[i]);
			i++;
		}
	}
	return count;
}
static const struct bin_attribute bin_attr_config = {
	.attr = {.name = "config", .mode = 0644},
	.size = PCI_CFG_SPACE_EXP_SIZE,
	.read = config_read,
	.write = config_write,
};

static struct attribute *const pci_dev_attrs[] = {
	(struct attribute *)&dev_attr_vendor.attr,
	(struct attribute *)&dev_attr_device.attr,
	(struct attribute *)&dev_attr_subsystem_vendor.attr,
	(struct attribute *)&dev_attr_subsystem_device.attr,
	(struct attribute *)&dev_attr_revision.attr,
	(struct attribute *)&dev_attr_class.attr,
	(struct attribute *)&dev_attr_irq.attr,
	(struct attribute *)&dev_attr_resource.attr,
	(struct attribute *)&dev_attr_numa_node.attr,
	(struct attribute *)&dev_attr_modalias.attr,
	(struct attribute *)&dev_attr_enable.attr,
	(struct attribute *)&dev_attr_driver_override.attr,
	(struct attribute *)&dev_attr_remove.attr,
	NULL,
};

static struct bin_attribute *const pci_dev_bin_attrs[] = {
	(struct bin_attribute *)&bin_attr_config,
	NULL,
};

static const struct attribute_group pci_dev_group = {
	.attrs = (struct attribute **)pci_dev_attrs,
	.bin_attrs = (struct bin_attribute **)pci_dev_bin_attrs,
};

static struct attribute *const pci_reset_attrs[] = {
	(struct attribute *)&dev_attr_reset.attr,
	NULL,
};

static umode_t reset_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	return pcie_has_flr(to_pci_dev(kobj_to_dev(kobj))) ? attr->mode : 0;
}

static const struct attribute_group pci_reset_group = {
	.attrs = (struct attribute **)pci_reset_attrs,
	.is_visible = reset_visible,
};

const struct attribute_group *pci_dev_groups[] = {&pci_dev_group, &pci_reset_group, NULL};

/* ---- the bus ---- */

static ssize_t rescan_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t count)
{
	unsigned long val;
	int rc;

	if (kstrtoul(buf, 0, &val) < 0)
		return -EINVAL;
	if (val) {
		rc = kernel_pci_scan(kernel_current());
		if (rc < 0)
			return rc;
	}
	return count;
}
static const struct kobj_attribute bus_attr_rescan = __ATTR(rescan, 0200, NULL, rescan_store);

static struct attribute *const pci_bus_attrs[] = {
	(struct attribute *)&bus_attr_rescan.attr,
	NULL,
};

static const struct attribute_group pci_bus_group = {
	.attrs = (struct attribute **)pci_bus_attrs,
};

const struct attribute_group *pci_bus_groups[] = {&pci_bus_group, NULL};
