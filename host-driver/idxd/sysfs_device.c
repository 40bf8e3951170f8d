// SPDX-License-Identifier: GPL-2.0
/* Attributes of the device directory, dsaN or iaxN. */
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>
#include "idxd.h"

/* 256 bits as eight comma-separated groups, most significant first. */
ssize_t idxd_emit_bitmap(char *buf, const unsigned long *map)
{
	return sysfs_emit(buf, "%*pb\n", DSA_OPCAP_BITS, map);
}

#define IDXD_DEVICE_SHOW(_name, _format, _value)                                                   \
	static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf)  \
	{                                                                                          \
		struct idxd_device *idxd = dev_to_idxd(dev);                                       \
                                                                                                   \
		return sysfs_emit(buf, _format "\n", _value);                                      \
	}                                                                                          \
	static DEVICE_ATTR_RO(_name)

IDXD_DEVICE_SHOW(version, "%#x", idxd->hw.version);
IDXD_DEVICE_SHOW(max_groups, "%u", idxd->max_groups);
IDXD_DEVICE_SHOW(max_work_queues, "%u", idxd->max_wqs);
IDXD_DEVICE_SHOW(max_work_queues_size, "%u", idxd->max_wq_entries);
IDXD_DEVICE_SHOW(max_engines, "%u", idxd->max_engines);
IDXD_DEVICE_SHOW(max_batch_size, "%u", idxd->max_batch);
IDXD_DEVICE_SHOW(max_transfer_size, "%llu", idxd->max_xfer);
IDXD_DEVICE_SHOW(max_read_buffers, "%u", idxd->max_rdbufs);
IDXD_DEVICE_SHOW(numa_node, "%d", dev_to_node(idxd_pdev(idxd)));
IDXD_DEVICE_SHOW(gen_cap, "%#llx", idxd->hw.gencap);
IDXD_DEVICE_SHOW(configurable, "%u", idxd_configurable(idxd));
IDXD_DEVICE_SHOW(pasid_enabled, "%u", idxd_user_pasid(idxd));
IDXD_DEVICE_SHOW(cdev_major, "%u", MAJOR(idxd->devt));
IDXD_DEVICE_SHOW(iaa_cap, "%#llx", idxd->hw.iaacap);
static DEVICE_ATTR(max_tokens, 0444, max_read_buffers_show, NULL);

static ssize_t op_cap_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_device *idxd = dev_to_idxd(dev);
	DECLARE_BITMAP(map, DSA_OPCAP_BITS);

	bitmap_copy(map, idxd->hw.opcap, DSA_OPCAP_BITS);
	/* Off by default where members of a batch escape all checks (INTEL-SA-01084). */
	if (idxd_is_dsa(idxd) && !test_bit(IDXD_FLAG_SAFE, &idxd->flags))
		__clear_bit(DSA_OPCODE_BATCH, map);
	return idxd_emit_bitmap(buf, map);
}
static DEVICE_ATTR_RO(op_cap);

static ssize_t clients_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_device *idxd = dev_to_idxd(dev);
	int count = 0;
	u32 i;

	for (i = 0; i < idxd->max_wqs; i++)
		count += READ_ONCE(idxd->wqs[i]->clients);
	return sysfs_emit(buf, "%d\n", count);
}
static DEVICE_ATTR_RO(clients);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	switch (dev_to_idxd(dev)->state) {
	case IDXD_DEV_DISABLED:
		return sysfs_emit(buf, "disabled\n");
	case IDXD_DEV_ENABLED:
		return sysfs_emit(buf, "enabled\n");
	case IDXD_DEV_HALTED:
		return sysfs_emit(buf, "halted\n");
	}
	return sysfs_emit(buf, "unknown\n");
}
static DEVICE_ATTR_RO(state);

static ssize_t errors_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_device *idxd = dev_to_idxd(dev);
	u32 words[2 * DSA_SWERROR_QWORDS];
	DECLARE_BITMAP(map, DSA_OPCAP_BITS);
	u32 i;

	mutex_lock(&idxd->notify_lock);
	for (i = 0; i < DSA_SWERROR_QWORDS; i++) {
		words[2 * i] = lower_32_bits(idxd->sw_err[i]);
		words[2 * i + 1] = upper_32_bits(idxd->sw_err[i]);
	}
	mutex_unlock(&idxd->notify_lock);
	bitmap_from_arr32(map, words, DSA_OPCAP_BITS);
	return idxd_emit_bitmap(buf, map);
}
static DEVICE_ATTR_RO(errors);

static ssize_t dsacaps_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const u64 *cap = dev_to_idxd(dev)->hw.dsacap;

	return sysfs_emit(buf, "%08x,%08x,%08x,%08x,%08x,%08x\n", upper_32_bits(cap[2]),
			  lower_32_bits(cap[2]), upper_32_bits(cap[1]), lower_32_bits(cap[1]),
			  upper_32_bits(cap[0]), lower_32_bits(cap[0]));
}
static DEVICE_ATTR_RO(dsacaps);

static ssize_t read_buffer_limit_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_idxd(dev)->rdbuf_limit);
}

static ssize_t read_buffer_limit_store(struct device *dev, struct device_attribute *attr,
				       const char *buf, size_t count)
{
	struct idxd_device *idxd = dev_to_idxd(dev);
	unsigned int val;
	int rc = kstrtouint(buf, 10, &val);

	if (rc)
		return -EINVAL;
	mutex_lock(&idxd->cfg_lock);
	if (idxd->state == IDXD_DEV_ENABLED || !idxd_configurable(idxd) ||
	    !(idxd->hw.grpcap & DSA_GRPCAP_RDBUF_LIMIT))
		rc = -EPERM;
	else if (val > idxd->max_rdbufs)
		rc = -EINVAL;
	else
		idxd->rdbuf_limit = val;
	mutex_unlock(&idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(read_buffer_limit);
static DEVICE_ATTR(token_limit, 0644, read_buffer_limit_show, read_buffer_limit_store);

static ssize_t cmd_status_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#x\n", dev_to_idxd(dev)->cmd_status);
}

static ssize_t cmd_status_store(struct device *dev, struct device_attribute *attr, const char *buf,
				size_t count)
{
	dev_to_idxd(dev)->cmd_status = 0;
	return count;
}
static DEVICE_ATTR_RW(cmd_status);

static ssize_t event_log_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_device *idxd = dev_to_idxd(dev);

	if (!idxd->evl)
		return -EOPNOTSUPP;
	return sysfs_emit(buf, "%u\n", idxd->evl_entries);
}

static ssize_t event_log_size_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct idxd_device *idxd = dev_to_idxd(dev);
	unsigned int val;
	int rc;

	if (!idxd->evl)
		return -EOPNOTSUPP;
	rc = kstrtouint(buf, 10, &val);
	if (rc)
		return -EINVAL;
	mutex_lock(&idxd->cfg_lock);
	if (idxd->state == IDXD_DEV_ENABLED || !idxd_configurable(idxd))
		rc = -EPERM;
	else if (val < DSA_EVL_MIN_ENTRIES || val > DSA_EVL_MAX_ENTRIES)
		rc = -EINVAL;
	else
		idxd->evl_entries = val;
	mutex_unlock(&idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(event_log_size);

static struct attribute *idxd_device_attrs[] = {
	&dev_attr_version.attr,
	&dev_attr_max_groups.attr,
	&dev_attr_max_work_queues.attr,
	&dev_attr_max_work_queues_size.attr,
	&dev_attr_max_engines.attr,
	&dev_attr_max_batch_size.attr,
	&dev_attr_max_transfer_size.attr,
	&dev_attr_max_read_buffers.attr,
	&dev_attr_max_tokens.attr,
	&dev_attr_numa_node.attr,
	&dev_attr_op_cap.attr,
	&dev_attr_gen_cap.attr,
	&dev_attr_configurable.attr,
	&dev_attr_clients.attr,
	&dev_attr_pasid_enabled.attr,
	&dev_attr_state.attr,
	&dev_attr_errors.attr,
	&dev_attr_read_buffer_limit.attr,
	&dev_attr_token_limit.attr,
	&dev_attr_cdev_major.attr,
	&dev_attr_cmd_status.attr,
	&dev_attr_event_log_size.attr,
	&dev_attr_iaa_cap.attr,
	&dev_attr_dsacaps.attr,
	NULL,
};

static umode_t idxd_device_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct idxd_device *idxd = dev_to_idxd(kobj_to_dev(kobj));
	bool dsa = idxd_is_dsa(idxd);

	if (attr == &dev_attr_max_batch_size.attr || attr == &dev_attr_max_read_buffers.attr ||
	    attr == &dev_attr_max_tokens.attr || attr == &dev_attr_read_buffer_limit.attr ||
	    attr == &dev_attr_token_limit.attr)
		return dsa ? attr->mode : 0;
	if (attr == &dev_attr_event_log_size.attr)
		return idxd_evl_supported(idxd) ? attr->mode : 0;
	if (attr == &dev_attr_iaa_cap.attr)
		return !dsa && idxd->hw.version >= DSA_VERSION_2 ? attr->mode : 0;
	if (attr == &dev_attr_dsacaps.attr)
		return dsa && idxd->hw.version >= DSA_VERSION_3 ? attr->mode : 0;
	return attr->mode;
}

static const struct attribute_group idxd_device_group = {
	.attrs = idxd_device_attrs,
	.is_visible = idxd_device_visible,
};
static const struct attribute_group *idxd_device_groups[] = {&idxd_device_group, NULL};

const struct device_type dsa_device_type = {
	.name = "dsa",
	.release = idxd_device_release,
	.groups = idxd_device_groups,
};

const struct device_type iax_device_type = {
	.name = "iax",
	.release = idxd_device_release,
	.groups = idxd_device_groups,
};
