// SPDX-License-Identifier: GPL-2.0
// Performance monitor: counters, filters, freeze, overflow (2.8).
#include "model/dsa/desc.h"
#include "model/dsa/dsa_priv.h"

#define FILTERS ((1u << DSA_FILTER_COUNT) - 1)

static u32 all_counters(const struct dsa *dsa)
{
	return dsa->cfg.perf_counters == 32 ? ~0u : (1u << dsa->cfg.perf_counters) - 1;
}

static u64 counter_mask(const struct dsa *dsa)
{
	return dsa->cfg.perf_width == 64 ? ~0ull : (1ull << dsa->cfg.perf_width) - 1;
}

/* Which categories does some enabled counter watch? Keeps unwatched events free. */
static void update_wanted(struct dsa *dsa)
{
	u32 i;

	dsa->perf_wanted = 0;
	for (i = 0; i < dsa->cfg.perf_counters; i++)
		if ((dsa->perf[i].cfg & DSA_CNTRCFG_ENABLE) && !(dsa->perf_freeze >> i & 1))
			dsa->perf_wanted |= 1ull
					    << SPEC_GET(DSA_CNTRCFG_CATEGORY, dsa->perf[i].cfg);
}

/* A filter's reset value, all ones: it is also what can be written. */
static u32 filter_reset(u32 f)
{
	return f == DSA_FILTER_PASID ? DSA_FLTCFG_PASID_RESET : DSA_FLTCFG_RESET;
}

void dsa_perf_reset(struct dsa *dsa, bool config, bool counters)
{
	u32 i, f;

	for (i = 0; i < dsa->cfg.perf_counters; i++) {
		struct dsa_perf_counter *c = &dsa->perf[i];

		if (counters)
			c->data = 0;
		if (!config)
			continue;
		c->cfg = 0;
		for (f = 0; f < DSA_FILTER_COUNT; f++)
			c->filter[f] = filter_reset(f);
	}
	if (config) {
		dsa->perf_freeze = 0;
		dsa->perf_overflow = 0;
	}
	update_wanted(dsa);
}

/* Transfer size classes of the filter: <512, <2K, <4K, <16K, <1M, <64M, <1G, larger. */
static u32 size_class(u32 bytes)
{
	static const u32 limit[] = {512, 2048, 4096, 16384, 1u << 20, 1u << 26, 1u << 30};
	u32 i;

	for (i = 0; i < sizeof(limit) / sizeof(limit[0]) && bytes >= limit[i]; i++)
		;
	return i;
}

static bool index_passes(u32 filter, u32 index)
{
	return filter == DSA_FLTCFG_RESET || (index < 32 && (filter >> index & 1));
}

/* Traffic classes that the accesses of a descriptor use, a bit for each. */
static u32 classes_of(const struct dsa_work *w)
{
	u32 flags = dsa_ld32(w->desc + 4) & 0xffffff, used = 0, i;
	const struct dsa_op_info *op = dsa_op_find(dsa_desc_opcode(w->desc));
	const u8 *tc = w->group->tc;

	for (i = 0; op && i < op->noperands; i++)
		used |= 1u << tc[!!(flags & op->operand[i].tc_flag)];
	if (flags & IDXD_OP_FLAG_CRAV)
		used |= 1u << tc[!!(flags & IDXD_OP_FLAG_CR_TCS)];
	return used;
}

/* The filter's bit for a page of 1 << @shift bytes: 4 KiB, 2 MiB, 1 GiB. */
static u32 page_class(u8 shift)
{
	return shift < 21   ? DSA_FILTER_PAGE_4K
	       : shift < 30 ? DSA_FILTER_PAGE_2M
			    : DSA_FILTER_PAGE_1G;
}

static bool passes(const struct dsa_perf_counter *c, u32 category, const struct dsa_work *w)
{
	u32 size, mode = SPEC_GET(DSA_FLTCFG_PASID_MODE, c->filter[DSA_FILTER_PASID]), used;

	if (!w)
		return true;
	memcpy(&size, w->desc + 32, sizeof(size));
	if (c->filter[DSA_FILTER_TC] != DSA_FLTCFG_RESET && w->group) {
		used = classes_of(w);
		if (used && !(used & c->filter[DSA_FILTER_TC]))
			return false;
	}
	/* Only translations are of pages. */
	if (category == DSA_PERFCAT_TRANSLATION && w->page_shift &&
	    !(c->filter[DSA_FILTER_PAGE_SIZE] & page_class(w->page_shift)))
		return false;
	if (!index_passes(c->filter[DSA_FILTER_WQ], w->wq->index))
		return false;
	if (w->engine && !index_passes(c->filter[DSA_FILTER_ENGINE], w->engine->index))
		return false;
	if (!(c->filter[DSA_FILTER_XFER_SIZE] >> size_class(size) & 1))
		return false;
	/* PASID mode 3: any; 1: this PASID; 2: without PASID. */
	if (mode == 1)
		return w->pasid_valid &&
		       w->pasid == SPEC_GET(DSA_FLTCFG_PASID, c->filter[DSA_FILTER_PASID]);
	return mode != 2 || !w->pasid_valid;
}

static void overflow(struct dsa *dsa, u32 i)
{
	dsa->perf_overflow |= 1u << i;
	if (dsa->perf[i].cfg & DSA_CNTRCFG_OVF_FREEZE) {
		dsa->perf_freeze = all_counters(dsa);
		update_wanted(dsa);
	}
	if (dsa->perf[i].cfg & DSA_CNTRCFG_OVF_INT)
		dsa_cause(dsa, DSA_INTCAUSE_PERFMON);
}

static void add(struct dsa *dsa, u32 i, u64 hits, u64 n)
{
	struct dsa_perf_counter *c = &dsa->perf[i];
	u64 mask = counter_mask(dsa), before = c->data;

	/* A counter that watches several events counts each of them. */
	n *= __builtin_popcountll(hits);
	c->data = (before + n) & mask;
	if (c->data < before || n > mask)
		overflow(dsa, i);
}

/* The event bits that counter @i watches now, 0 when it stands still. */
static u64 watched(const struct dsa *dsa, u32 i, u32 category)
{
	const struct dsa_perf_counter *c = &dsa->perf[i];

	if (!(c->cfg & DSA_CNTRCFG_ENABLE) || (dsa->perf_freeze >> i & 1) ||
	    SPEC_GET(DSA_CNTRCFG_CATEGORY, c->cfg) != category)
		return 0;
	return SPEC_GET(DSA_CNTRCFG_EVENTS, c->cfg);
}

/*
 * Events of each category that this model counts. The device's own ones are those of version 1;
 * where later devices have theirs is not published.
 */
static u64 evntcap(const struct dsa *dsa, u32 category)
{
	bool v1 = dsa->cfg.version < DSA_VERSION_2;

	switch (category) {
	case DSA_PERFCAT_WQ:
		return 0x3f | (v1 ? 0 : DSA_EV0_DISCARDED);
	case DSA_PERFCAT_ENGINE:
		return DSA_EV1_INPUT_32B | DSA_EV1_WRITTEN_32B | DSA_EV1_DESC_SRC1 |
		       DSA_EV1_DESC_DST1 | DSA_EV1_DESC_FROM_BATCH | DSA_EV1_DESC_FROM_WQ |
		       (v1 ? 0 : DSA_EV1_READ_32B | DSA_EV1_DESC_SRC2 | DSA_EV1_DESC_DST2);
	case DSA_PERFCAT_TRANSLATION:
		return 0x3f |
		       (v1 ? DSA_EV2_V1_ATC_REQUEST | DSA_EV2_V1_ATC_HIT |
					DSA_EV2_V1_PASID_INVAL_EMPTY | DSA_EV2_V1_PASID_INVAL_BUSY |
					DSA_EV2_V1_INVAL_EMPTY | DSA_EV2_V1_INVAL_BUSY |
					DSA_EV2_V1_INVAL_FULL
			   : 0);
	case DSA_PERFCAT_OPERATION:
		return 0x1ffff | (v1 ? DSA_EV3_V1_FENCE_KEPT | DSA_EV3_V1_FENCE_ABANDONED |
						  DSA_EV3_V1_OVERLAP_MOVE
				     : DSA_EV3_TRANSL_FETCH | DSA_EV3_DIX_GEN);
	case DSA_PERFCAT_COMPLETION:
		return 0x3f | (v1 ? DSA_EV4_V1_IMPLICIT_READBACK : 0);
	default:
		return 0;
	}
}

void dsa_perf_count(struct dsa *dsa, u32 category, u64 events, u64 n, const struct dsa_work *w)
{
	u32 i;

	events &= evntcap(dsa, category);
	for (i = 0; i < dsa->cfg.perf_counters; i++) {
		u64 hits = watched(dsa, i, category) & events;

		if (hits && passes(&dsa->perf[i], category, w))
			add(dsa, i, hits, n);
	}
}

void dsa_perf_count_portal(struct dsa *dsa, u64 events, u32 wq)
{
	u32 i;

	events &= evntcap(dsa, DSA_PERFCAT_WQ);
	for (i = 0; i < dsa->cfg.perf_counters; i++) {
		u64 hits = watched(dsa, i, DSA_PERFCAT_WQ) & events;

		/* Nothing in the descriptor has been looked at yet: only the WQ filter applies. */
		if (hits && index_passes(dsa->perf[i].filter[DSA_FILTER_WQ], wq))
			add(dsa, i, hits, 1);
	}
}

static u64 perfcap(const struct dsa *dsa)
{
	u32 categories = dsa->cfg.version >= DSA_VERSION_2 ? 6 : 5;

	if (!dsa->cfg.perf_counters)
		return 0;
	return SPEC_PREP(DSA_PERFCAP_COUNTERS, dsa->cfg.perf_counters) |
	       SPEC_PREP(DSA_PERFCAP_WIDTH, dsa->cfg.perf_width) |
	       SPEC_PREP(DSA_PERFCAP_CATEGORIES, categories) |
	       SPEC_PREP(DSA_PERFCAP_CATEGORY_MASK, (1u << categories) - 1) |
	       SPEC_PREP(DSA_PERFCAP_FILTERS, FILTERS) | DSA_PERFCAP_FREEZE | DSA_PERFCAP_OVF_INT;
}

static u64 aligned_read(struct dsa *dsa, u32 off)
{
	u32 n = dsa->cfg.perf_counters, i;

	if (off == DSA_PERF_PERFCAP)
		return perfcap(dsa);
	if (off == DSA_PERF_PERFFRZ)
		return dsa->perf_freeze;
	if (off == DSA_PERF_OVFSTATUS)
		return dsa->perf_overflow;
	if (off >= DSA_PERF_EVNTCAP && off < DSA_PERF_EVNTCAP + 128)
		return evntcap(dsa, (off - DSA_PERF_EVNTCAP) / 8);
	if (off >= DSA_PERF_CNTRCFG && off < DSA_PERF_CNTRCFG + 8 * n)
		return dsa->perf[(off - DSA_PERF_CNTRCFG) / 8].cfg;
	if (off >= DSA_PERF_CNTRDATA && off < DSA_PERF_CNTRDATA + 8 * n)
		return dsa->perf[(off - DSA_PERF_CNTRDATA) / 8].data;
	if (off >= DSA_PERF_FLTCFG && off < DSA_PERF_FLTCFG + DSA_PERF_FLTCFG_STRIDE * n) {
		u32 f = (off % DSA_PERF_FLTCFG_STRIDE) / 4;

		i = (off - DSA_PERF_FLTCFG) / DSA_PERF_FLTCFG_STRIDE;
		if (f < DSA_FILTER_COUNT)
			return dsa->perf[i].filter[f] | (u64)dsa->perf[i].filter[f + 1] << 32;
	}
	return 0;
}

u64 dsa_perf_read(struct dsa *dsa, u32 off, u32 width)
{
	u64 v = aligned_read(dsa, off & ~7u) >> (off % 8 * 8);

	return width == 8 ? v : v & ((1ull << (width * 8)) - 1);
}

static void write_config(struct dsa *dsa, u32 i, u64 value)
{
	u64 all = DSA_CNTRCFG_ENABLE | DSA_CNTRCFG_OVF_INT | DSA_CNTRCFG_OVF_FREEZE |
		  DSA_CNTRCFG_CATEGORY | DSA_CNTRCFG_EVENTS;
	struct dsa_perf_counter *c = &dsa->perf[i];

	/* While it counts only the enable bit can change. */
	if (c->cfg & DSA_CNTRCFG_ENABLE)
		c->cfg = (c->cfg & ~DSA_CNTRCFG_ENABLE) | (value & DSA_CNTRCFG_ENABLE);
	else
		c->cfg = value & all;
	update_wanted(dsa);
}

void dsa_perf_write(struct dsa *dsa, u32 off, u32 width, u64 value)
{
	u32 n = dsa->cfg.perf_counters, i;
	u32 shift = off % 8 * 8;
	u64 mask = width == 8 ? ~0ull : ((1ull << (width * 8)) - 1) << shift, merged;

	merged = (aligned_read(dsa, off & ~7u) & ~mask) | (value << shift & mask);
	off &= ~7u;
	if (off == DSA_PERF_PERFRST) {
		dsa_perf_reset(dsa, merged & DSA_PERFRST_CONFIG, merged & DSA_PERFRST_COUNTERS);
	} else if (off == DSA_PERF_PERFFRZ) {
		dsa->perf_freeze = merged & all_counters(dsa);
		update_wanted(dsa);
	} else if (off == DSA_PERF_OVFSTATUS) {
		dsa->perf_overflow &= ~(u32)(value << shift & mask);
	} else if (off >= DSA_PERF_CNTRCFG && off < DSA_PERF_CNTRCFG + 8 * n) {
		write_config(dsa, (off - DSA_PERF_CNTRCFG) / 8, merged);
	} else if (off >= DSA_PERF_CNTRDATA && off < DSA_PERF_CNTRDATA + 8 * n) {
		i = (off - DSA_PERF_CNTRDATA) / 8;
		if (!(dsa->perf[i].cfg & DSA_CNTRCFG_ENABLE))
			dsa->perf[i].data = merged & counter_mask(dsa);
	} else if (off >= DSA_PERF_FLTCFG && off < DSA_PERF_FLTCFG + DSA_PERF_FLTCFG_STRIDE * n) {
		u32 f = (off % DSA_PERF_FLTCFG_STRIDE) / 4;

		i = (off - DSA_PERF_FLTCFG) / DSA_PERF_FLTCFG_STRIDE;
		if (f >= DSA_FILTER_COUNT || (dsa->perf[i].cfg & DSA_CNTRCFG_ENABLE))
			return;
		dsa->perf[i].filter[f] = (u32)merged & filter_reset(f);
		dsa->perf[i].filter[f + 1] = (u32)(merged >> 32) & filter_reset(f + 1);
	}
}
