// SPDX-License-Identifier: GPL-2.0
/* Attributes of work queues. */
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "idxd.h"

/*
 * Take the locks of a change: the queue's, so that it cannot be enabled
 * meanwhile, then the configuration's. Returns -EPERM on a fixed device or
 * @busy while the queue is enabled, with the locks released.
 */
static int idxd_wq_begin(struct idxd_wq *wq, int busy)
{
	int rc = 0;

	mutex_lock(&wq->lock);
	mutex_lock(&wq->idxd->cfg_lock);
	if (!idxd_configurable(wq->idxd))
		rc = -EPERM;
	else if (wq->state != IDXD_WQ_DISABLED)
		rc = busy;
	if (rc) {
		mutex_unlock(&wq->idxd->cfg_lock);
		mutex_unlock(&wq->lock);
	}
	return rc;
}

static ssize_t idxd_wq_end(struct idxd_wq *wq, int rc, size_t count)
{
	mutex_unlock(&wq->idxd->cfg_lock);
	mutex_unlock(&wq->lock);
	return rc ? rc : count;
}

static ssize_t clients_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(dev_to_wq(dev)->clients));
}
static DEVICE_ATTR_RO(clients);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  dev_to_wq(dev)->state == IDXD_WQ_ENABLED ? "enabled" : "disabled");
}
static DEVICE_ATTR_RO(state);

static ssize_t group_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_group *group = READ_ONCE(dev_to_wq(dev)->group);

	return sysfs_emit(buf, "%d\n", group ? group->id : -1);
}

static ssize_t group_id_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	int id, rc = kstrtoint(buf, 10, &id);

	if (rc)
		return -EINVAL;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	if (id < -1 || id >= (int)wq->idxd->max_groups) {
		rc = -EINVAL;
	} else {
		if (wq->group)
			wq->group->num_wqs--;
		wq->group = id < 0 ? NULL : wq->idxd->groups[id];
		if (wq->group)
			wq->group->num_wqs++;
	}
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(group_id);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", wq_dedicated(dev_to_wq(dev)) ? "dedicated" : "shared");
}

static ssize_t mode_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	int rc = idxd_wq_begin(wq, -EPERM);

	if (rc)
		return rc;
	if (sysfs_streq(buf, "dedicated")) {
		set_bit(IDXD_WQ_DEDICATED, &wq->flags);
		wq->threshold = 0;
	} else if (sysfs_streq(buf, "shared")) {
		clear_bit(IDXD_WQ_DEDICATED, &wq->flags);
	} else {
		rc = -EINVAL;
	}
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(mode);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_wq(dev)->size);
}

static ssize_t size_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	struct idxd_device *idxd = wq->idxd;
	unsigned int size;
	u64 total = 0;
	u32 i;
	int rc = kstrtouint(buf, 10, &size);

	if (rc)
		return -EINVAL;
	mutex_lock(&idxd->cfg_lock);
	for (i = 0; i < idxd->max_wqs; i++)
		total += idxd->wqs[i] == wq ? size : idxd->wqs[i]->size;
	if (!idxd_configurable(idxd) || idxd->state == IDXD_DEV_ENABLED)
		rc = -EPERM;
	else if (total > idxd->max_wq_entries)
		rc = -EINVAL;
	else
		wq->size = size;
	mutex_unlock(&idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(size);

static ssize_t priority_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_wq(dev)->priority);
}

static ssize_t priority_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	unsigned int prio;
	int rc = kstrtouint(buf, 10, &prio);

	if (rc)
		return -EINVAL;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	if (prio > DSA_WQ_PRIORITY_MAX)
		rc = -EINVAL;
	else
		wq->priority = prio;
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(priority);

static ssize_t block_on_fault_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", test_bit(IDXD_WQ_BOF, &dev_to_wq(dev)->flags));
}

static ssize_t block_on_fault_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	bool on;
	int rc;

	if (!(wq->idxd->hw.gencap & DSA_GENCAP_BLOCK_ON_FAULT))
		return -EOPNOTSUPP;
	rc = idxd_wq_begin(wq, -ENXIO);
	if (rc)
		return rc;
	rc = kstrtobool(buf, &on);
	if (!rc && on && test_bit(IDXD_WQ_PRS_DISABLE, &wq->flags))
		rc = -EOPNOTSUPP;
	if (!rc && on)
		set_bit(IDXD_WQ_BOF, &wq->flags);
	else if (!rc)
		clear_bit(IDXD_WQ_BOF, &wq->flags);
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(block_on_fault);

static ssize_t threshold_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_wq(dev)->threshold);
}

static ssize_t threshold_store(struct device *dev, struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	unsigned int val;
	int rc = kstrtouint(buf, 0, &val);

	if (rc)
		return -EINVAL;
	rc = idxd_wq_begin(wq, -ENXIO);
	if (rc)
		return rc;
	if (!val || val > wq->size || wq_dedicated(wq))
		rc = -EINVAL;
	else
		wq->threshold = val;
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(threshold);

static const char *const idxd_wq_types[] = {
	[IDXD_WQT_NONE] = "none",
	[IDXD_WQT_KERNEL] = "kernel",
	[IDXD_WQT_USER] = "user",
	[IDXD_WQT_MDEV] = "mdev",
};

static ssize_t type_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", idxd_wq_types[dev_to_wq(dev)->type]);
}

static ssize_t type_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	u32 i;
	int rc = -EINVAL;

	/* Not part of the device's configuration: a fixed device takes it too. */
	mutex_lock(&wq->lock);
	mutex_lock(&wq->idxd->cfg_lock);
	for (i = 0; i < ARRAY_SIZE(idxd_wq_types); i++) {
		if (!sysfs_streq(buf, idxd_wq_types[i]))
			continue;
		rc = wq->state == IDXD_WQ_DISABLED ? 0 : -EPERM;
		break;
	}
	if (wq->state != IDXD_WQ_DISABLED)
		rc = -EPERM;
	if (!rc && wq->type != i) {
		wq->type = i;
		wq->name[0] = '\0';
	}
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(type);

/* Copy text of 1 to @max characters without the white space around it. */
static int idxd_wq_set_text(struct idxd_wq *wq, const char *buf, size_t count, char *to, size_t max)
{
	char *text, *trimmed;
	int rc = 0;

	if (count > max + 1)
		return -EINVAL;
	text = kstrndup(buf, count, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	trimmed = strim(text);
	mutex_lock(&wq->lock);
	if (wq->state != IDXD_WQ_DISABLED)
		rc = -EPERM;
	else if (!trimmed[0] || strlen(trimmed) > max)
		rc = -EINVAL;
	else
		strscpy(to, trimmed, max + 1);
	mutex_unlock(&wq->lock);
	kfree(text);
	return rc;
}

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_to_wq(dev)->name);
}

static ssize_t name_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	int rc = idxd_wq_set_text(wq, buf, count, wq->name, IDXD_WQ_NAME_MAX);

	return rc ? rc : count;
}
static DEVICE_ATTR_RW(name);

static ssize_t driver_name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_to_wq(dev)->driver_name);
}

static ssize_t driver_name_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	int rc = idxd_wq_set_text(wq, buf, count, wq->driver_name, IDXD_DRIVER_NAME_MAX);

	return rc ? rc : count;
}
static DEVICE_ATTR_RW(driver_name);

static ssize_t cdev_minor_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	ssize_t rc = -ENXIO;

	mutex_lock(&wq->lock);
	if (wq->cdev)
		rc = sysfs_emit(buf, "%u\n", MINOR(wq->cdev->dev.conf.devt));
	mutex_unlock(&wq->lock);
	return rc;
}
static DEVICE_ATTR_RO(cdev_minor);

static ssize_t max_transfer_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_wq(dev)->max_xfer);
}

static ssize_t max_transfer_size_store(struct device *dev, struct device_attribute *attr,
				       const char *buf, size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	unsigned long long val;
	int rc = kstrtoull(buf, 0, &val);

	if (rc)
		return -EINVAL;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	/* The limit is a power of two, so what is not above it does not round above it. */
	if (!val || val > wq->idxd->max_xfer)
		rc = -EINVAL;
	else
		wq->max_xfer = roundup_pow_of_two(val);
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(max_transfer_size);

static ssize_t max_batch_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_wq(dev)->max_batch);
}

static ssize_t max_batch_size_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	unsigned long long val;
	int rc = kstrtoull(buf, 0, &val);

	if (rc)
		return -EINVAL;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	if (!val || val > wq->idxd->max_batch)
		rc = -EINVAL;
	else
		wq->max_batch = roundup_pow_of_two(val);
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(max_batch_size);

static ssize_t ats_disable_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", test_bit(IDXD_WQ_ATS_DISABLE, &dev_to_wq(dev)->flags));
}

static ssize_t ats_disable_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	bool on;
	int rc;

	if (!(wq->idxd->hw.wqcap & DSA_WQCAP_ATS_DISABLE))
		return -EOPNOTSUPP;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	rc = kstrtobool(buf, &on);
	if (!rc && on)
		set_bit(IDXD_WQ_ATS_DISABLE, &wq->flags);
	else if (!rc)
		clear_bit(IDXD_WQ_ATS_DISABLE, &wq->flags);
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(ats_disable);

static ssize_t prs_disable_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", test_bit(IDXD_WQ_PRS_DISABLE, &dev_to_wq(dev)->flags));
}

static ssize_t prs_disable_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	bool on;
	int rc;

	if (!(wq->idxd->hw.wqcap & DSA_WQCAP_PRS_DISABLE))
		return -EOPNOTSUPP;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	rc = kstrtobool(buf, &on);
	if (!rc && on) {
		set_bit(IDXD_WQ_PRS_DISABLE, &wq->flags);
		/* Nothing to block on without page requests. */
		clear_bit(IDXD_WQ_BOF, &wq->flags);
	} else if (!rc) {
		clear_bit(IDXD_WQ_PRS_DISABLE, &wq->flags);
	}
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(prs_disable);

static ssize_t occupancy_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	u32 status;

	if (!(wq->idxd->hw.wqcap & DSA_WQCAP_OCCUPANCY))
		return -EOPNOTSUPP;
	status = idxd_read32(wq->idxd, idxd_wqcfg_off(wq, DSA_WQCFG_DW_STATUS));
	return sysfs_emit(buf, "%u\n", (u32)SPEC_GET(DSA_WQCFG6_OCCUPANCY, status));
}
static DEVICE_ATTR_RO(occupancy);

static ssize_t enqcmds_retries_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_wq *wq = dev_to_wq(dev);

	if (wq_dedicated(wq))
		return -EOPNOTSUPP;
	return sysfs_emit(buf, "%u\n", wq->enqcmds_retries);
}

static ssize_t enqcmds_retries_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	unsigned int val;
	int rc;

	if (wq_dedicated(wq))
		return -EOPNOTSUPP;
	rc = kstrtouint(buf, 10, &val);
	if (rc)
		return rc;
	WRITE_ONCE(wq->enqcmds_retries, min_t(u32, val, IDXD_ENQCMDS_MAX_RETRIES));
	return count;
}
static DEVICE_ATTR_RW(enqcmds_retries);

static ssize_t op_config_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return idxd_emit_bitmap(buf, dev_to_wq(dev)->opcfg);
}

static ssize_t op_config_store(struct device *dev, struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	DECLARE_BITMAP(map, DSA_OPCAP_BITS);
	int rc = bitmap_parse(buf, count, map, DSA_OPCAP_BITS);

	if (rc)
		return rc;
	rc = idxd_wq_begin(wq, -EPERM);
	if (rc)
		return rc;
	if (!bitmap_subset(map, wq->idxd->hw.opcap, DSA_OPCAP_BITS))
		rc = -EINVAL;
	else
		bitmap_copy(wq->opcfg, map, DSA_OPCAP_BITS);
	return idxd_wq_end(wq, rc, count);
}
static DEVICE_ATTR_RW(op_config);

static struct attribute *idxd_wq_attrs[] = {
	&dev_attr_clients.attr,
	&dev_attr_state.attr,
	&dev_attr_group_id.attr,
	&dev_attr_mode.attr,
	&dev_attr_size.attr,
	&dev_attr_priority.attr,
	&dev_attr_block_on_fault.attr,
	&dev_attr_threshold.attr,
	&dev_attr_type.attr,
	&dev_attr_name.attr,
	&dev_attr_driver_name.attr,
	&dev_attr_cdev_minor.attr,
	&dev_attr_max_transfer_size.attr,
	&dev_attr_max_batch_size.attr,
	&dev_attr_ats_disable.attr,
	&dev_attr_prs_disable.attr,
	&dev_attr_occupancy.attr,
	&dev_attr_enqcmds_retries.attr,
	&dev_attr_op_config.attr,
	NULL,
};

static umode_t idxd_wq_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct idxd_device *idxd = dev_to_wq(kobj_to_dev(kobj))->idxd;
	u64 need = 0;

	if (attr == &dev_attr_max_batch_size.attr)
		return idxd_is_dsa(idxd) ? attr->mode : 0;
	if (attr == &dev_attr_op_config.attr)
		need = DSA_WQCAP_OPCFG;
	else if (attr == &dev_attr_ats_disable.attr)
		need = DSA_WQCAP_ATS_DISABLE;
	else if (attr == &dev_attr_prs_disable.attr)
		need = DSA_WQCAP_PRS_DISABLE;
	return (idxd->hw.wqcap & need) == need ? attr->mode : 0;
}

static const struct attribute_group idxd_wq_group = {
	.attrs = idxd_wq_attrs,
	.is_visible = idxd_wq_visible,
};
static const struct attribute_group *idxd_wq_groups[] = {&idxd_wq_group, NULL};

static void idxd_wq_release(struct device *dev)
{
	struct idxd_wq *wq = dev_to_wq(dev);
	struct idxd_device *idxd = wq->idxd;

	kfree(wq);
	put_device(&idxd->dev.conf);
}

const struct device_type idxd_wq_type = {
	.name = "wq",
	.release = idxd_wq_release,
	.groups = idxd_wq_groups,
};
