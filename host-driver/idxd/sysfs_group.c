// SPDX-License-Identifier: GPL-2.0
/* Attributes of engines and groups. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "idxd.h"

/* ---- engines ---- */

static ssize_t group_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_engine *engine = dev_to_engine(dev);
	struct idxd_group *group = READ_ONCE(engine->group);

	return sysfs_emit(buf, "%d\n", group ? group->id : -1);
}

static ssize_t group_id_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t count)
{
	struct idxd_engine *engine = dev_to_engine(dev);
	struct idxd_device *idxd = engine->idxd;
	int id, rc = kstrtoint(buf, 10, &id);

	if (rc)
		return -EINVAL;
	if (!idxd_configurable(idxd))
		return -EPERM;
	if (id < -1 || id >= (int)idxd->max_groups)
		return -EINVAL;
	mutex_lock(&idxd->cfg_lock);
	if (engine->group)
		engine->group->num_engines--;
	engine->group = id < 0 ? NULL : idxd->groups[id];
	if (engine->group)
		engine->group->num_engines++;
	mutex_unlock(&idxd->cfg_lock);
	return count;
}
static DEVICE_ATTR_RW(group_id);

static struct attribute *idxd_engine_attrs[] = {&dev_attr_group_id.attr, NULL};
static const struct attribute_group idxd_engine_group = {.attrs = idxd_engine_attrs};
static const struct attribute_group *idxd_engine_groups[] = {&idxd_engine_group, NULL};

static void idxd_engine_release(struct device *dev)
{
	struct idxd_engine *engine = dev_to_engine(dev);
	struct idxd_device *idxd = engine->idxd;

	kfree(engine);
	put_device(&idxd->dev.conf);
}

const struct device_type idxd_engine_type = {
	.name = "engine",
	.release = idxd_engine_release,
	.groups = idxd_engine_groups,
};

/* ---- groups ---- */

/* May the group be changed? Called with cfg_lock held. */
static int idxd_group_writable(struct idxd_group *group)
{
	struct idxd_device *idxd = group->idxd;

	if (!idxd_configurable(idxd) || idxd->state == IDXD_DEV_ENABLED)
		return -EPERM;
	return 0;
}

static ssize_t engines_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_group *group = dev_to_group(dev);
	struct idxd_device *idxd = group->idxd;
	int len = 0;
	u32 i;

	for (i = 0; i < idxd->max_engines; i++)
		if (idxd->engines[i]->group == group)
			len += sysfs_emit_at(buf, len, "%sengine%d.%u", len ? " " : "", idxd->id,
					     i);
	if (len)
		len += sysfs_emit_at(buf, len, "\n");
	return len;
}
static DEVICE_ATTR_RO(engines);

static ssize_t work_queues_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct idxd_group *group = dev_to_group(dev);
	struct idxd_device *idxd = group->idxd;
	int len = 0;
	u32 i;

	for (i = 0; i < idxd->max_wqs; i++)
		if (idxd->wqs[i]->group == group)
			len += sysfs_emit_at(buf, len, "%swq%d.%u", len ? " " : "", idxd->id, i);
	if (len)
		len += sysfs_emit_at(buf, len, "\n");
	return len;
}
static DEVICE_ATTR_RO(work_queues);

static ssize_t read_buffers_reserved_show(struct device *dev, struct device_attribute *attr,
					  char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_group(dev)->rdbufs_reserved);
}

static ssize_t read_buffers_reserved_store(struct device *dev, struct device_attribute *attr,
					   const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);
	struct idxd_device *idxd = group->idxd;
	unsigned int val;
	int rc = kstrtouint(buf, 10, &val);

	if (rc)
		return -EINVAL;
	if (!idxd_is_dsa(idxd))
		return -EOPNOTSUPP;
	mutex_lock(&idxd->cfg_lock);
	rc = idxd_group_writable(group);
	if (!rc && (val > idxd->max_rdbufs || val > idxd->free_rdbufs + group->rdbufs_reserved))
		rc = -EINVAL;
	if (!rc) {
		group->rdbufs_reserved = val;
		idxd_update_free_rdbufs(idxd);
	}
	mutex_unlock(&idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(read_buffers_reserved);
static DEVICE_ATTR(tokens_reserved, 0644, read_buffers_reserved_show, read_buffers_reserved_store);

static ssize_t read_buffers_allowed_show(struct device *dev, struct device_attribute *attr,
					 char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_group(dev)->rdbufs_allowed);
}

static ssize_t read_buffers_allowed_store(struct device *dev, struct device_attribute *attr,
					  const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);
	struct idxd_device *idxd = group->idxd;
	unsigned int val;
	int rc = kstrtouint(buf, 10, &val);

	if (rc)
		return -EINVAL;
	if (!idxd_is_dsa(idxd))
		return -EOPNOTSUPP;
	mutex_lock(&idxd->cfg_lock);
	rc = idxd_group_writable(group);
	if (!rc && (val < (unsigned int)DSA_RDBUF_PER_ENGINE * group->num_engines ||
		    val > group->rdbufs_reserved + idxd->free_rdbufs))
		rc = -EINVAL;
	if (!rc)
		group->rdbufs_allowed = val;
	mutex_unlock(&idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(read_buffers_allowed);
static DEVICE_ATTR(tokens_allowed, 0644, read_buffers_allowed_show, read_buffers_allowed_store);

static ssize_t use_read_buffer_limit_show(struct device *dev, struct device_attribute *attr,
					  char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_group(dev)->use_rdbuf_limit);
}

static ssize_t use_read_buffer_limit_store(struct device *dev, struct device_attribute *attr,
					   const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);
	unsigned int val;
	int rc = kstrtouint(buf, 10, &val);

	if (rc || val > 1)
		return -EINVAL;
	if (!idxd_is_dsa(group->idxd))
		return -EOPNOTSUPP;
	mutex_lock(&group->idxd->cfg_lock);
	rc = idxd_group_writable(group);
	if (!rc && !group->idxd->rdbuf_limit)
		rc = -EPERM;
	if (!rc)
		group->use_rdbuf_limit = val;
	mutex_unlock(&group->idxd->cfg_lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(use_read_buffer_limit);
static DEVICE_ATTR(use_token_limit, 0644, use_read_buffer_limit_show, use_read_buffer_limit_store);

static ssize_t idxd_tc_store(struct idxd_group *group, const char *buf, size_t count, int *tc)
{
	int val, rc = kstrtoint(buf, 10, &val);

	if (rc)
		return -EINVAL;
	mutex_lock(&group->idxd->cfg_lock);
	rc = idxd_group_writable(group);
	/* One class is the only good choice on the first two generations. */
	if (!rc && group->idxd->hw.version <= DSA_VERSION_2)
		rc = -EPERM;
	if (!rc && (val < 0 || val > 7))
		rc = -EINVAL;
	if (!rc)
		*tc = val;
	mutex_unlock(&group->idxd->cfg_lock);
	return rc ? rc : count;
}

static ssize_t traffic_class_a_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	int tc = dev_to_group(dev)->tc_a;

	return sysfs_emit(buf, "%d\n", tc < 0 ? 0 : tc);
}

static ssize_t traffic_class_a_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);

	return idxd_tc_store(group, buf, count, &group->tc_a);
}
static DEVICE_ATTR_RW(traffic_class_a);

static ssize_t traffic_class_b_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	int tc = dev_to_group(dev)->tc_b;

	return sysfs_emit(buf, "%d\n", tc < 0 ? 1 : tc);
}

static ssize_t traffic_class_b_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);

	return idxd_tc_store(group, buf, count, &group->tc_b);
}
static DEVICE_ATTR_RW(traffic_class_b);

static ssize_t idxd_progress_store(struct idxd_group *group, const char *buf, size_t count, u8 *to)
{
	unsigned int val;
	int rc = kstrtouint(buf, 10, &val);

	if (rc || val > 3)
		return -EINVAL;
	mutex_lock(&group->idxd->cfg_lock);
	rc = idxd_group_writable(group);
	if (!rc)
		*to = val;
	mutex_unlock(&group->idxd->cfg_lock);
	return rc ? rc : count;
}

static ssize_t desc_progress_limit_show(struct device *dev, struct device_attribute *attr,
					char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_group(dev)->desc_limit);
}

static ssize_t desc_progress_limit_store(struct device *dev, struct device_attribute *attr,
					 const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);

	return idxd_progress_store(group, buf, count, &group->desc_limit);
}
static DEVICE_ATTR_RW(desc_progress_limit);

static ssize_t batch_progress_limit_show(struct device *dev, struct device_attribute *attr,
					 char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_group(dev)->batch_limit);
}

static ssize_t batch_progress_limit_store(struct device *dev, struct device_attribute *attr,
					  const char *buf, size_t count)
{
	struct idxd_group *group = dev_to_group(dev);

	return idxd_progress_store(group, buf, count, &group->batch_limit);
}
static DEVICE_ATTR_RW(batch_progress_limit);

static struct attribute *idxd_group_attrs[] = {
	&dev_attr_work_queues.attr,
	&dev_attr_engines.attr,
	&dev_attr_use_read_buffer_limit.attr,
	&dev_attr_use_token_limit.attr,
	&dev_attr_read_buffers_allowed.attr,
	&dev_attr_tokens_allowed.attr,
	&dev_attr_read_buffers_reserved.attr,
	&dev_attr_tokens_reserved.attr,
	&dev_attr_traffic_class_a.attr,
	&dev_attr_traffic_class_b.attr,
	&dev_attr_desc_progress_limit.attr,
	&dev_attr_batch_progress_limit.attr,
	NULL,
};

static umode_t idxd_group_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct idxd_device *idxd = dev_to_group(kobj_to_dev(kobj))->idxd;

	if (attr == &dev_attr_desc_progress_limit.attr ||
	    attr == &dev_attr_batch_progress_limit.attr)
		return idxd->hw.grpcap & DSA_GRPCAP_PROGRESS_LIMIT ? attr->mode : 0;
	if (attr == &dev_attr_use_read_buffer_limit.attr ||
	    attr == &dev_attr_use_token_limit.attr || attr == &dev_attr_read_buffers_allowed.attr ||
	    attr == &dev_attr_tokens_allowed.attr || attr == &dev_attr_read_buffers_reserved.attr ||
	    attr == &dev_attr_tokens_reserved.attr)
		return idxd_is_dsa(idxd) ? attr->mode : 0;
	return attr->mode;
}

static const struct attribute_group idxd_group_group = {
	.attrs = idxd_group_attrs,
	.is_visible = idxd_group_visible,
};
static const struct attribute_group *idxd_group_groups[] = {&idxd_group_group, NULL};

static void idxd_group_release(struct device *dev)
{
	struct idxd_group *group = dev_to_group(dev);
	struct idxd_device *idxd = group->idxd;

	kfree(group);
	put_device(&idxd->dev.conf);
}

const struct device_type idxd_group_type = {
	.name = "group",
	.release = idxd_group_release,
	.groups = idxd_group_groups,
};
