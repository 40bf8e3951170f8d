// SPDX-License-Identifier: GPL-2.0
/* Configuration: the attributes' values written to WQCFG, GRPCFG and GENCFG, or read from a fixed
 * device. */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/string.h>
#include "idxd.h"

/* Offset of a dword of the queue's WQCFG entry. */
u32 idxd_wqcfg_off(const struct idxd_wq *wq, u32 dword)
{
	return wq->idxd->offs.wqcfg + wq->id * wq->idxd->wqcfg_stride + dword * 4;
}

static u32 idxd_grpcfg_off(const struct idxd_group *group, u32 byte)
{
	return group->idxd->offs.grpcfg + group->id * DSA_GRPCFG_STRIDE + byte;
}

/* Read buffers that no group has reserved. */
void idxd_update_free_rdbufs(struct idxd_device *idxd)
{
	u32 i, reserved = 0;

	for (i = 0; i < idxd->max_groups; i++)
		reserved += idxd->groups[i]->rdbufs_reserved;
	idxd->free_rdbufs = reserved > idxd->max_rdbufs ? 0 : idxd->max_rdbufs - reserved;
}

/* What a queue without settings has; size and group are not part of it. */
void idxd_wq_defaults(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;

	wq->type = IDXD_WQT_NONE;
	wq->flags = 0;
	wq->threshold = 0;
	wq->priority = 0;
	wq->enqcmds_retries = IDXD_ENQCMDS_RETRIES;
	wq->max_xfer = min_t(u64, IDXD_WQ_DEFAULT_MAX_XFER, idxd->max_xfer);
	wq->max_batch = min_t(u32, IDXD_WQ_DEFAULT_BATCH, idxd->max_batch);
	wq->name[0] = '\0';
	wq->driver_name[0] = '\0';
	bitmap_copy(wq->opcfg, idxd->hw.opcap, DSA_OPCAP_BITS);
}

/* The queue was reset by the device: forget what it was. A fixed device keeps its registers. */
void idxd_wq_clear_config(struct idxd_wq *wq)
{
	wq->state = IDXD_WQ_DISABLED;
	if (!idxd_configurable(wq->idxd)) {
		wq->type = IDXD_WQT_NONE;
		wq->name[0] = '\0';
		wq->driver_name[0] = '\0';
		wq->wqcfg[DSA_WQCFG_DW_MODE] &=
			~(u32)(DSA_WQCFG2_PASID | DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PRIV);
		return;
	}
	memset(wq->wqcfg, 0, sizeof(wq->wqcfg));
	idxd_wq_defaults(wq);
}

void idxd_group_defaults(struct idxd_group *group)
{
	bool v3 = group->idxd->hw.version > DSA_VERSION_2;

	memset(group->wq_mask, 0, sizeof(group->wq_mask));
	group->engine_mask = 0;
	group->flags = 0;
	group->num_engines = 0;
	group->num_wqs = 0;
	group->use_rdbuf_limit = false;
	group->rdbufs_allowed = 0;
	group->rdbufs_reserved = 0;
	group->desc_limit = 0;
	group->batch_limit = 0;
	group->tc_a = v3 ? -1 : 1;
	group->tc_b = v3 ? -1 : 1;
}

/* After a device reset: every queue, engine and group is free again. */
void idxd_device_clear_config(struct idxd_device *idxd)
{
	u32 i;

	for (i = 0; i < idxd->max_wqs; i++)
		idxd_wq_clear_config(idxd->wqs[i]);
	if (!idxd_configurable(idxd))
		return;
	for (i = 0; i < idxd->max_wqs; i++) {
		idxd->wqs[i]->size = 0;
		idxd->wqs[i]->group = NULL;
	}
	for (i = 0; i < idxd->max_engines; i++)
		idxd->engines[i]->group = NULL;
	for (i = 0; i < idxd->max_groups; i++)
		idxd_group_defaults(idxd->groups[i]);
	idxd->rdbuf_limit = 0;
	idxd_update_free_rdbufs(idxd);
}

/* Put the attributes into the shadow copy; bits outside the known fields stay. */
static void idxd_wq_fill_shadow(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	u32 *cfg = wq->wqcfg;
	u32 *mode = &cfg[DSA_WQCFG_DW_MODE];
	u32 *limits = &cfg[DSA_WQCFG_DW_LIMITS];

	cfg[DSA_WQCFG_DW_SIZE] = SPEC_SET(DSA_WQCFG0_SIZE, cfg[DSA_WQCFG_DW_SIZE], wq->size);
	cfg[DSA_WQCFG_DW_THRESHOLD] =
		SPEC_SET(DSA_WQCFG1_THRESHOLD, cfg[DSA_WQCFG_DW_THRESHOLD], wq->threshold);
	*mode = SPEC_SET(DSA_WQCFG2_DEDICATED, *mode, wq_dedicated(wq));
	*mode = SPEC_SET(DSA_WQCFG2_BOF, *mode, test_bit(IDXD_WQ_BOF, &wq->flags));
	if (idxd->hw.wqcap & DSA_WQCAP_ATS_DISABLE)
		*mode = SPEC_SET(DSA_WQCFG2_ATS_DISABLE, *mode,
				 test_bit(IDXD_WQ_ATS_DISABLE, &wq->flags));
	if (idxd->hw.wqcap & DSA_WQCAP_PRS_DISABLE)
		*mode = SPEC_SET(DSA_WQCFG2_PRS_DISABLE, *mode,
				 test_bit(IDXD_WQ_PRS_DISABLE, &wq->flags));
	*mode = SPEC_SET(DSA_WQCFG2_PRIORITY, *mode, wq->priority);
	*limits = SPEC_SET(DSA_WQCFG3_MAX_XFER_SHIFT, *limits, ilog2(wq->max_xfer));
	if (idxd_is_dsa(idxd))
		*limits = SPEC_SET(DSA_WQCFG3_MAX_BATCH_SHIFT, *limits, ilog2(wq->max_batch));
	if (idxd_is_dsa(idxd) && idxd->hw.version >= DSA_VERSION_3)
		*limits = SPEC_SET(DSA_WQCFG3_MAX_SGL_SHIFT, *limits,
				   SPEC_GET(DSA_CAP0_MAX_SGL_SHIFT, idxd->hw.dsacap[0]));
	if ((idxd->hw.wqcap & DSA_WQCAP_OPCFG) && idxd->wqcfg_dwords >= DSA_WQCFG_DWORDS)
		bitmap_to_arr32(&cfg[DSA_WQCFG_DW_OPCFG], wq->opcfg, DSA_OPCAP_BITS);
}

/*
 * Write every dword of the entry in ascending order, read-only ones included,
 * as the kernel's driver does. Called with cfg_lock held.
 */
void idxd_wq_write_config(struct idxd_wq *wq)
{
	u32 i;

	lockdep_assert_held(&wq->idxd->cfg_lock);
	for (i = 0; i < wq->idxd->wqcfg_dwords; i++)
		idxd_write32(wq->idxd, idxd_wqcfg_off(wq, i), wq->wqcfg[i]);
}

static void idxd_wq_configure(struct idxd_wq *wq)
{
	u32 i;

	for (i = 0; i < wq->idxd->wqcfg_dwords; i++)
		wq->wqcfg[i] |= idxd_read32(wq->idxd, idxd_wqcfg_off(wq, i));
	if (!wq->size && wq->type != IDXD_WQT_NONE)
		wq->size = IDXD_WQ_DEFAULT_DEPTH;
	idxd_wq_fill_shadow(wq);
	idxd_wq_write_config(wq);
}

static u32 idxd_default_tc(const struct idxd_group *group, int set, u32 v3_default)
{
	if (set >= 0)
		return set;
	return group->idxd->hw.version > DSA_VERSION_2 ? v3_default : 1;
}

/* GRPFLAGS of a group from its attributes. */
static void idxd_group_fill_flags(struct idxd_group *group)
{
	struct idxd_device *idxd = group->idxd;
	u64 flags = 0;

	flags |= SPEC_PREP(DSA_GRPFLAGS_TC_A, idxd_default_tc(group, group->tc_a, 0));
	flags |= SPEC_PREP(DSA_GRPFLAGS_TC_B, idxd_default_tc(group, group->tc_b, 1));
	if (group->use_rdbuf_limit)
		flags |= DSA_GRPFLAGS_USE_RDBUF_LIMIT;
	flags |= SPEC_PREP(DSA_GRPFLAGS_RDBUF_RESERVED, group->rdbufs_reserved);
	flags |= SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED,
			   group->rdbufs_allowed ? group->rdbufs_allowed : idxd->max_rdbufs);
	if (idxd->hw.grpcap & DSA_GRPCAP_PROGRESS_LIMIT) {
		flags |= SPEC_PREP(DSA_GRPFLAGS_DESC_LIMIT, group->desc_limit);
		flags |= SPEC_PREP(DSA_GRPFLAGS_BATCH_LIMIT, group->batch_limit);
	}
	group->flags = flags;
}

/* Which queues and engines each group has. */
static int idxd_groups_fill(struct idxd_device *idxd)
{
	u32 i, configured = 0;

	for (i = 0; i < idxd->max_groups; i++) {
		struct idxd_group *group = idxd->groups[i];

		memset(group->wq_mask, 0, sizeof(group->wq_mask));
		group->engine_mask = 0;
		idxd_group_fill_flags(group);
	}
	for (i = 0; i < idxd->max_engines; i++) {
		struct idxd_group *group = idxd->engines[i]->group;

		if (group)
			group->engine_mask |= SPEC_BIT(i);
	}
	for (i = 0; i < idxd->max_wqs; i++) {
		struct idxd_wq *wq = idxd->wqs[i];

		if (!wq->group)
			continue;
		if (!wq_dedicated(wq) && !wq_shared_supported(wq)) {
			idxd->cmd_status = IDXD_SCMD_WQ_NO_SWQ_SUPPORT;
			dev_warn(&wq->dev.conf, "shared queues need address space sharing\n");
			return -EINVAL;
		}
		wq->group->wq_mask[i / 64] |= SPEC_BIT(i % 64);
		configured++;
	}
	if (!configured) {
		idxd->cmd_status = IDXD_SCMD_WQ_NONE_CONFIGURED;
		return -EINVAL;
	}
	return 0;
}

static void idxd_groups_write(struct idxd_device *idxd)
{
	u32 g, i;

	if (idxd->rdbuf_limit) {
		u32 cfg = idxd_read32(idxd, DSA_REG_GENCFG);

		cfg = SPEC_SET(DSA_GENCFG_RDBUF_LIMIT, cfg, idxd->rdbuf_limit);
		idxd_write32(idxd, DSA_REG_GENCFG, cfg);
	}
	for (g = 0; g < idxd->max_groups; g++) {
		struct idxd_group *group = idxd->groups[g];

		for (i = 0; i < DSA_GRPCFG_WQ_QWORDS; i++)
			idxd_write64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_WQS + 8 * i),
				     group->wq_mask[i]);
		idxd_write64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_ENGINES), group->engine_mask);
		idxd_write64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_FLAGS), group->flags);
	}
}

/*
 * Write the whole configuration. While the device is enabled it ignores all
 * but the fields of disabled queues, which is what WQ enable relies on.
 * Called with cfg_lock held; returns -EINVAL and sets cmd_status when the
 * configuration cannot work.
 */
int idxd_device_config(struct idxd_device *idxd)
{
	u32 i;
	int rc;

	lockdep_assert_held(&idxd->cfg_lock);
	/* What cannot work is refused before the device sees any of it. */
	rc = idxd_groups_fill(idxd);
	if (rc)
		return rc;
	for (i = 0; i < idxd->max_wqs; i++)
		if (idxd->wqs[i]->group)
			idxd_wq_configure(idxd->wqs[i]);
	idxd_groups_write(idxd);
	return 0;
}

/* A queue of a device whose configuration is fixed. */
static int idxd_wq_load(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	u32 *cfg = wq->wqcfg;
	u32 i, mode;

	for (i = 0; i < idxd->wqcfg_dwords; i++)
		cfg[i] = idxd_read32(idxd, idxd_wqcfg_off(wq, i));

	mode = cfg[DSA_WQCFG_DW_MODE];
	wq->size = SPEC_GET(DSA_WQCFG0_SIZE, cfg[DSA_WQCFG_DW_SIZE]);
	if (wq->size > idxd->max_wq_entries)
		return -EINVAL;
	wq->threshold = SPEC_GET(DSA_WQCFG1_THRESHOLD, cfg[DSA_WQCFG_DW_THRESHOLD]);
	/*
	 * The driver cannot put a PASID into a register that it may not write.
	 * The kernel's driver refuses all such queues; with mode support the
	 * dword is writable (specification table 9-7), so those work here.
	 */
	if ((!(mode & DSA_WQCFG2_DEDICATED) || (mode & DSA_WQCFG2_PASID_EN)) &&
	    !(cfg[DSA_WQCFG_DW_STATUS] & DSA_WQCFG6_MODE_SUPPORT))
		return -EOPNOTSUPP;
	if (mode & DSA_WQCFG2_DEDICATED)
		set_bit(IDXD_WQ_DEDICATED, &wq->flags);
	if (mode & DSA_WQCFG2_BOF)
		set_bit(IDXD_WQ_BOF, &wq->flags);
	if (mode & DSA_WQCFG2_ATS_DISABLE)
		set_bit(IDXD_WQ_ATS_DISABLE, &wq->flags);
	if (mode & DSA_WQCFG2_PRS_DISABLE)
		set_bit(IDXD_WQ_PRS_DISABLE, &wq->flags);
	wq->priority = SPEC_GET(DSA_WQCFG2_PRIORITY, mode);
	wq->max_xfer = 1ULL << SPEC_GET(DSA_WQCFG3_MAX_XFER_SHIFT, cfg[DSA_WQCFG_DW_LIMITS]);
	wq->max_xfer = min_t(u64, wq->max_xfer, idxd->max_xfer);
	wq->max_batch = 1U << SPEC_GET(DSA_WQCFG3_MAX_BATCH_SHIFT, cfg[DSA_WQCFG_DW_LIMITS]);
	wq->max_batch = min_t(u32, wq->max_batch, idxd->max_batch);
	return 0;
}

static void idxd_group_load(struct idxd_group *group)
{
	struct idxd_device *idxd = group->idxd;
	u64 flags;
	u32 i;

	for (i = 0; i < DSA_GRPCFG_WQ_QWORDS; i++)
		group->wq_mask[i] =
			idxd_read64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_WQS + 8 * i));
	for (i = 0; i < idxd->max_wqs; i++) {
		if (!(group->wq_mask[i / 64] & SPEC_BIT(i % 64)) || idxd->wqs[i]->group)
			continue;
		idxd->wqs[i]->group = group;
		group->num_wqs++;
	}

	group->engine_mask = idxd_read64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_ENGINES));
	for (i = 0; i < idxd->max_engines; i++) {
		if (!(group->engine_mask & SPEC_BIT(i)) || idxd->engines[i]->group)
			continue;
		idxd->engines[i]->group = group;
		group->num_engines++;
	}

	flags = idxd_read64(idxd, idxd_grpcfg_off(group, DSA_GRPCFG_FLAGS));
	group->flags = flags;
	group->tc_a = SPEC_GET(DSA_GRPFLAGS_TC_A, flags);
	group->tc_b = SPEC_GET(DSA_GRPFLAGS_TC_B, flags);
	group->use_rdbuf_limit = SPEC_GET(DSA_GRPFLAGS_USE_RDBUF_LIMIT, flags);
	group->rdbufs_reserved = SPEC_GET(DSA_GRPFLAGS_RDBUF_RESERVED, flags);
	group->rdbufs_allowed = SPEC_GET(DSA_GRPFLAGS_RDBUF_ALLOWED, flags);
}

/*
 * Take the configuration of a device that does not let software change it
 * (GENCAP configuration support clear), which is what a guest meets.
 * Returns -EOPNOTSUPP for a queue that needs a PASID written.
 */
int idxd_device_load_config(struct idxd_device *idxd)
{
	u32 i;
	int rc;

	idxd->rdbuf_limit = SPEC_GET(DSA_GENCFG_RDBUF_LIMIT, idxd_read32(idxd, DSA_REG_GENCFG));
	for (i = 0; i < idxd->max_groups; i++)
		idxd_group_load(idxd->groups[i]);
	for (i = 0; i < idxd->max_wqs; i++) {
		rc = idxd_wq_load(idxd->wqs[i]);
		if (rc)
			return rc;
	}
	idxd_update_free_rdbufs(idxd);
	return 0;
}
