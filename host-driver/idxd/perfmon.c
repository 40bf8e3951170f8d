// SPDX-License-Identifier: GPL-2.0
/* Performance counters: reset at probe, and a small in-kernel interface to count events. */
#include <linux/err.h>
#include <linux/module.h>
#include "idxd.h"
#include "idxd_perfmon.h"

static u32 idxd_perf_off(const struct idxd_device *idxd, u32 reg, u32 index, u32 stride)
{
	return idxd->offs.perfmon + reg + index * stride;
}

/*
 * Reset the counters and find out whether they can be used. Without them
 * the device works as well.
 */
void idxd_perfmon_init(struct idxd_device *idxd)
{
	struct idxd_perfmon *pm = &idxd->perfmon;
	u32 base = idxd->offs.perfmon;
	u64 cap;

	pm->present = false;
	pm->used = 0;
	if (!base || (u64)base + DSA_PERF_CNTRCAP > idxd->regs_len)
		return;
	idxd_write32(idxd, base + DSA_PERF_PERFRST, DSA_PERFRST_CONFIG);
	idxd_write32(idxd, base + DSA_PERF_OVFSTATUS, 0xffffffffU);
	idxd_write32(idxd, base + DSA_PERF_PERFFRZ, 0);
	idxd_write32(idxd, base + DSA_PERF_PERFRST, DSA_PERFRST_COUNTERS);
	cap = idxd_read64(idxd, base + DSA_PERF_PERFCAP);

	pm->num_counters = min_t(u32, SPEC_GET(DSA_PERFCAP_COUNTERS, cap), 32);
	pm->width = SPEC_GET(DSA_PERFCAP_WIDTH, cap);
	pm->num_categories = SPEC_GET(DSA_PERFCAP_CATEGORIES, cap);
	if (!pm->num_counters || !pm->width || pm->width > 64 || !pm->num_categories)
		return;
	if (!(cap & DSA_PERFCAP_FREEZE) || !(cap & DSA_PERFCAP_OVF_INT) ||
	    (cap & DSA_PERFCAP_PER_COUNTER))
		return;
	pm->present = true;
}

/*
 * Count @events (a mask) of @category from now on. Returns the counter,
 * -EOPNOTSUPP no counters, -EINVAL events the device does not have,
 * -ENOSPC all counters run.
 */
int idxd_perfmon_start(struct idxd_device *idxd, u32 category, u32 events)
{
	struct idxd_perfmon *pm = &idxd->perfmon;
	u32 counter, off;
	u64 cap;

	if (!pm->present || test_bit(IDXD_FLAG_GONE, &idxd->flags))
		return -EOPNOTSUPP;
	if (category >= pm->num_categories || !events)
		return -EINVAL;
	mutex_lock(&pm->lock);
	cap = idxd_read64(idxd, idxd_perf_off(idxd, DSA_PERF_EVNTCAP, category, 8));
	if (events & ~SPEC_GET(DSA_EVNTCAP_EVENTS, cap)) {
		mutex_unlock(&pm->lock);
		return -EINVAL;
	}
	counter = find_first_zero_bit(&pm->used, pm->num_counters);
	if (counter >= pm->num_counters) {
		mutex_unlock(&pm->lock);
		return -ENOSPC;
	}
	set_bit(counter, &pm->used);
	off = idxd_perf_off(idxd, DSA_PERF_CNTRCFG, counter, 8);
	idxd_write64(idxd, off, 0);
	idxd_write64(idxd, idxd_perf_off(idxd, DSA_PERF_CNTRDATA, counter, 8), 0);
	idxd_write64(idxd, off,
		     DSA_CNTRCFG_ENABLE | SPEC_PREP(DSA_CNTRCFG_CATEGORY, category) |
			     SPEC_PREP(DSA_CNTRCFG_EVENTS, events));
	mutex_unlock(&pm->lock);
	return counter;
}
EXPORT_SYMBOL_GPL(idxd_perfmon_start);

static bool idxd_perfmon_running(struct idxd_device *idxd, u32 counter)
{
	return idxd->perfmon.present && !test_bit(IDXD_FLAG_GONE, &idxd->flags) &&
	       counter < idxd->perfmon.num_counters && test_bit(counter, &idxd->perfmon.used);
}

u64 idxd_perfmon_read(struct idxd_device *idxd, u32 counter)
{
	u32 width = idxd->perfmon.width;
	u64 val;

	if (!idxd_perfmon_running(idxd, counter))
		return 0;
	val = idxd_read64(idxd, idxd_perf_off(idxd, DSA_PERF_CNTRDATA, counter, 8));
	return width < 64 ? val & ((1ULL << width) - 1) : val;
}
EXPORT_SYMBOL_GPL(idxd_perfmon_read);

u64 idxd_perfmon_stop(struct idxd_device *idxd, u32 counter)
{
	u64 val = idxd_perfmon_read(idxd, counter);

	if (!idxd_perfmon_running(idxd, counter))
		return 0;
	mutex_lock(&idxd->perfmon.lock);
	idxd_write64(idxd, idxd_perf_off(idxd, DSA_PERF_CNTRCFG, counter, 8), 0);
	clear_bit(counter, &idxd->perfmon.used);
	mutex_unlock(&idxd->perfmon.lock);
	return val;
}
EXPORT_SYMBOL_GPL(idxd_perfmon_stop);

/* Counters wrap silently here; only acknowledge. */
void idxd_perfmon_overflow(struct idxd_device *idxd)
{
	u32 status;

	if (!idxd->perfmon.present)
		return;
	status = idxd_read32(idxd, idxd->offs.perfmon + DSA_PERF_OVFSTATUS);
	idxd_write32(idxd, idxd->offs.perfmon + DSA_PERF_OVFSTATUS, status);
}
