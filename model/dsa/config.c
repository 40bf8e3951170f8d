// SPDX-License-Identifier: GPL-2.0
// WQCFG and GRPCFG: write rules, and the checks of Enable Device and Enable WQ
// (2.6, 2.7, 4.2, 4.3).
#include "model/dsa/dsa_priv.h"

static bool configurable(const struct dsa *dsa)
{
	return dsa->cfg.gencap & DSA_GENCAP_CONFIG;
}

static u32 wqcfg_dwords(const struct dsa *dsa)
{
	u32 n = 1u << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, dsa->cfg.wqcap) + DSA_WQCFG_MIN_SHIFT - 2);

	return n < DSA_WQCFG_DWORDS ? n : DSA_WQCFG_DWORDS;
}

void dsa_wqcfg_reset(struct dsa_wq *wq, bool keep_size)
{
	struct dsa *dsa = wq->dsa;
	u32 size = wq->cfg[DSA_WQCFG_DW_SIZE], i;

	memset(wq->cfg, 0, sizeof(wq->cfg));
	wq->occ_int_done = false;
	if (dsa->fixed.wqcfg) {
		memcpy(wq->cfg, dsa->fixed.wqcfg[wq->index], sizeof(wq->cfg));
		return;
	}
	if (keep_size)
		wq->cfg[DSA_WQCFG_DW_SIZE] = size;
	if (!(dsa->cfg.wqcap & DSA_WQCAP_OPCFG))
		return;
	for (i = 0; i < 8; i++)
		wq->cfg[DSA_WQCFG_DW_OPCFG + i] = dsa->cfg.opcap[i / 2] >> (i % 2 * 32);
}

u32 dsa_wqcfg_read(struct dsa *dsa, u32 index, u32 dword)
{
	struct dsa_wq *wq = &dsa->wq[index];
	u32 v;

	if (dword >= wqcfg_dwords(dsa))
		return 0;
	if (dword != DSA_WQCFG_DW_STATUS)
		return wq->cfg[dword];
	v = SPEC_PREP(DSA_WQCFG6_STATE, wq->state);
	if (dsa->cfg.wqcap & DSA_WQCAP_OCCUPANCY)
		v |= SPEC_PREP(DSA_WQCFG6_OCCUPANCY, wq->occupancy);
	if (wq->occ_int_done)
		v |= DSA_WQCFG6_OCC_INT_DONE;
	if (!configurable(dsa))
		v |= wq->cfg[DSA_WQCFG_DW_STATUS] & DSA_WQCFG6_MODE_SUPPORT;
	return v;
}

/* Writable bits of a dword now: the table "write rules" for a configurable device. */
static u32 writable(const struct dsa_wq *wq, u32 dword)
{
	const struct dsa *dsa = wq->dsa;
	bool wq_off = wq->state == DSA_WQ_STATE_DISABLED;
	u64 cap = dsa->cfg.wqcap;
	u32 mask;

	switch (dword) {
	case DSA_WQCFG_DW_SIZE:
		return dsa->state == DSA_STATE_DISABLED ? DSA_WQCFG0_SIZE : 0;
	case DSA_WQCFG_DW_THRESHOLD:
		return DSA_WQCFG1_THRESHOLD;
	case DSA_WQCFG_DW_MODE:
		if (!wq_off)
			return 0;
		mask = DSA_WQCFG2_DEDICATED | DSA_WQCFG2_BOF | DSA_WQCFG2_PRIORITY |
		       DSA_WQCFG2_PASID | DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PRIV;
		if (cap & DSA_WQCAP_ATS_DISABLE)
			mask |= DSA_WQCFG2_ATS_DISABLE;
		if (cap & DSA_WQCAP_PRS_DISABLE)
			mask |= DSA_WQCFG2_PRS_DISABLE;
		return mask;
	case DSA_WQCFG_DW_LIMITS:
		mask = DSA_WQCFG3_MAX_XFER_SHIFT | DSA_WQCFG3_MAX_BATCH_SHIFT;
		if (dsa->cfg.version >= DSA_VERSION_3)
			mask |= DSA_WQCFG3_MAX_SGL_SHIFT;
		return wq_off ? mask : 0;
	case DSA_WQCFG_DW_OCC_INT:
		return wq_off && (cap & DSA_WQCAP_OCCUPANCY_INT)
			       ? DSA_WQCFG4_OCC_HANDLE | DSA_WQCFG4_OCC_TABLE
			       : 0;
	case DSA_WQCFG_DW_OCC_LIMIT:
		if (!(cap & DSA_WQCAP_OCCUPANCY_INT))
			return 0;
		/* The limit can't change while the interrupt is on. */
		return wq->cfg[dword] & DSA_WQCFG5_OCC_INT_EN
			       ? DSA_WQCFG5_OCC_INT_EN
			       : DSA_WQCFG5_OCC_INT_EN | DSA_WQCFG5_OCC_LIMIT;
	case DSA_WQCFG_DW_STATUS:
	case DSA_WQCFG_DW_RSVD:
		return 0;
	default:
		return wq_off && (cap & DSA_WQCAP_OPCFG) ? ~0u : 0;
	}
}

void dsa_wqcfg_write(struct dsa *dsa, u32 index, u32 dword, u32 value)
{
	struct dsa_wq *wq = &dsa->wq[index];
	u32 mask;

	if (dword >= wqcfg_dwords(dsa))
		return;
	if (dword == DSA_WQCFG_DW_STATUS) {
		if (value & DSA_WQCFG6_OCC_INT_DONE) {
			wq->occ_int_done = false;
			dsa_wq_check_occupancy(wq);
		}
		return;
	}
	mask = writable(wq, dword);
	if (!configurable(dsa)) {
		/* Fixed configuration: with mode support, mode and identity (and the threshold). */
		if (!(wq->cfg[DSA_WQCFG_DW_STATUS] & DSA_WQCFG6_MODE_SUPPORT))
			return;
		if (dword == DSA_WQCFG_DW_MODE)
			mask &= DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID | DSA_WQCFG2_PASID_EN |
				DSA_WQCFG2_PRIV;
		else if (dword != DSA_WQCFG_DW_THRESHOLD && dword != DSA_WQCFG_DW_OCC_LIMIT)
			return;
	}
	wq->cfg[dword] = (wq->cfg[dword] & ~mask) | (value & mask);
	if (dword == DSA_WQCFG_DW_THRESHOLD)
		wq->threshold = SPEC_GET(DSA_WQCFG1_THRESHOLD, wq->cfg[dword]);
	if (dword == DSA_WQCFG_DW_OCC_LIMIT)
		dsa_wq_check_occupancy(wq);
}

u64 dsa_grpcfg_read(struct dsa *dsa, u32 group, u32 qword)
{
	const struct dsa_group *g = &dsa->group[group];

	if (qword < 4)
		return g->cfg_wq[qword];
	if (qword == DSA_GRPCFG_ENGINES / 8)
		return g->cfg_engines;
	return qword == DSA_GRPCFG_FLAGS / 8 ? g->cfg_flags : 0;
}

static u64 grpflags_writable(const struct dsa *dsa)
{
	u64 mask = DSA_GRPFLAGS_TC_A | DSA_GRPFLAGS_TC_B;

	if (dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_CONTROL)
		mask |= DSA_GRPFLAGS_RDBUF_RESERVED | DSA_GRPFLAGS_RDBUF_ALLOWED;
	if (dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_LIMIT)
		mask |= DSA_GRPFLAGS_USE_RDBUF_LIMIT;
	if (dsa->cfg.grpcap & DSA_GRPCAP_PROGRESS_LIMIT)
		mask |= DSA_GRPFLAGS_DESC_LIMIT | DSA_GRPFLAGS_BATCH_LIMIT;
	if (dsa->cfg.grpcap & DSA_GRPCAP_BW_LIMIT)
		mask |= DSA_GRPFLAGS_READ_BW | DSA_GRPFLAGS_WRITE_BW;
	return mask;
}

void dsa_grpcfg_write(struct dsa *dsa, u32 group, u32 qword, u64 mask, u64 value)
{
	struct dsa_group *g = &dsa->group[group];
	u64 *reg;

	/* Not Disabled: silently ignored (the Linux driver does such writes at every WQ enable). */
	if (dsa->state != DSA_STATE_DISABLED || !configurable(dsa))
		return;
	if (qword < 4) {
		reg = &g->cfg_wq[qword];
	} else if (qword == DSA_GRPCFG_ENGINES / 8) {
		reg = &g->cfg_engines;
	} else if (qword == DSA_GRPCFG_FLAGS / 8) {
		reg = &g->cfg_flags;
		mask &= grpflags_writable(dsa);
	} else {
		return;
	}
	*reg = (*reg & ~mask) | (value & mask);
}

/* ---- Enable Device ---- */

static u8 check_wqs(const struct dsa *dsa)
{
	u32 i, w, sum = 0;

	for (w = 0; w < dsa->nwqs; w++)
		sum += SPEC_GET(DSA_WQCFG0_SIZE, dsa->wq[w].cfg[DSA_WQCFG_DW_SIZE]);
	if (sum > dsa->wq_total)
		return DSA_CMDERR_DEV_TOTAL_SIZE;
	for (i = 0; i < dsa->ngroups; i++) {
		const struct dsa_group *g = &dsa->group[i];
		u64 any = g->cfg_wq[0] | g->cfg_wq[1] | g->cfg_wq[2] | g->cfg_wq[3];

		if (!any != !g->cfg_engines)
			return DSA_CMDERR_DEV_GRPCFG;
	}
	for (w = 0; w < DSA_MAX_WQS; w++) {
		u32 owners = 0;
		bool sized;

		for (i = 0; i < dsa->ngroups; i++)
			owners += dsa->group[i].cfg_wq[w / 64] >> (w % 64) & 1;
		sized = w < dsa->nwqs &&
			SPEC_GET(DSA_WQCFG0_SIZE, dsa->wq[w].cfg[DSA_WQCFG_DW_SIZE]);
		if (owners != sized)
			return DSA_CMDERR_DEV_GRPCFG_WQ;
	}
	return 0;
}

static u8 check_engines(const struct dsa *dsa)
{
	u64 seen = 0, all = dsa->nengines < 64 ? (1ull << dsa->nengines) - 1 : ~0ull;
	u32 i;

	for (i = 0; i < dsa->ngroups; i++) {
		u64 mask = dsa->group[i].cfg_engines;

		if ((mask & seen) || (mask & ~all))
			return DSA_CMDERR_DEV_GRPCFG_ENG;
		seen |= mask;
	}
	return 0;
}

static u8 check_read_buffers(const struct dsa *dsa)
{
	u32 total = SPEC_GET(DSA_GRPCAP_READ_BUFFERS, dsa->cfg.grpcap), reserved = 0, limited = 0,
	    i;
	u32 limit = SPEC_GET(DSA_GENCFG_RDBUF_LIMIT, dsa->gencfg);

	for (i = 0; i < dsa->ngroups; i++)
		if (SPEC_GET(DSA_GRPFLAGS_READ_BW, dsa->group[i].cfg_flags) > 3 ||
		    SPEC_GET(DSA_GRPFLAGS_WRITE_BW, dsa->group[i].cfg_flags) > 3)
			return DSA_CMDERR_DEV_RDBUF;
	if (!(dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_CONTROL))
		return 0;
	for (i = 0; i < dsa->ngroups; i++) {
		const struct dsa_group *g = &dsa->group[i];

		if (!g->cfg_engines)
			continue;
		reserved += SPEC_GET(DSA_GRPFLAGS_RDBUF_RESERVED, g->cfg_flags);
		if (g->cfg_flags & DSA_GRPFLAGS_USE_RDBUF_LIMIT)
			limited += __builtin_popcountll(g->cfg_engines);
	}
	if (reserved > total)
		return DSA_CMDERR_DEV_RDBUF;
	if ((dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_LIMIT) &&
	    (limit > total || (limited && limit < DSA_RDBUF_PER_ENGINE * limited)))
		return DSA_CMDERR_DEV_RDBUF;
	for (i = 0; i < dsa->ngroups; i++) {
		const struct dsa_group *g = &dsa->group[i];
		u32 own = SPEC_GET(DSA_GRPFLAGS_RDBUF_RESERVED, g->cfg_flags);
		u32 allowed = SPEC_GET(DSA_GRPFLAGS_RDBUF_ALLOWED, g->cfg_flags);

		if (!g->cfg_engines)
			continue;
		if (allowed < DSA_RDBUF_PER_ENGINE * (u32)__builtin_popcountll(g->cfg_engines) ||
		    allowed < own || allowed > own + total - reserved)
			return DSA_CMDERR_DEV_RDBUF;
	}
	return 0;
}

static u8 check_event_log(const struct dsa *dsa)
{
	u64 size = SPEC_GET(DSA_EVLCFG1_SIZE, dsa->evlcfg[1]);
	u64 base = dsa->evlcfg[0] & DSA_EVLCFG0_BASE;
	u32 entry = SPEC_GET(DSA_GENCAP_EVL, dsa->cfg.gencap);

	if (!(dsa->gencfg & DSA_GENCFG_EVL_EN))
		return 0;
	if (!entry || size < DSA_EVL_MIN_ENTRIES || base + size * (32u << entry) < base)
		return DSA_CMDERR_DEV_EVL;
	if ((dsa->evlcfg[0] & DSA_EVLCFG0_PASID_EN) && !dsa->pasid_on)
		return DSA_CMDERR_DEV_PASID;
	return 0;
}

static void decode_group(struct dsa *dsa, struct dsa_group *g)
{
	u32 total = SPEC_GET(DSA_GRPCAP_READ_BUFFERS, dsa->cfg.grpcap), i, limit;

	g->nwqs = g->nengines = g->next_wq = g->next_engine = g->queued = 0;
	for (i = 0; i < dsa->nwqs; i++)
		if (g->cfg_wq[i / 64] >> (i % 64) & 1) {
			g->wq[g->nwqs++] = i;
			dsa->wq[i].group = g;
		}
	for (i = 0; i < dsa->nengines; i++)
		if (g->cfg_engines >> i & 1) {
			g->engine[g->nengines++] = i;
			dsa->engine[i].group = g;
		}
	g->read_buffers = total;
	if (dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_CONTROL)
		g->read_buffers = SPEC_GET(DSA_GRPFLAGS_RDBUF_ALLOWED, g->cfg_flags);
	limit = SPEC_GET(DSA_GENCFG_RDBUF_LIMIT, dsa->gencfg) +
		SPEC_GET(DSA_GRPFLAGS_RDBUF_RESERVED, g->cfg_flags);
	if ((g->cfg_flags & DSA_GRPFLAGS_USE_RDBUF_LIMIT) && limit < g->read_buffers)
		g->read_buffers = limit;
	memset(&g->held, 0, sizeof(g->held));
	g->work_limit =
		dsa->cfg.work_in_progress >> SPEC_GET(DSA_GRPFLAGS_DESC_LIMIT, g->cfg_flags);
	g->batch_limit =
		dsa->cfg.batch_in_progress >> SPEC_GET(DSA_GRPFLAGS_BATCH_LIMIT, g->cfg_flags);
	if (!g->work_limit)
		g->work_limit = 1;
	if (!g->batch_limit)
		g->batch_limit = 1;
	g->read_limit = SPEC_GET(DSA_GRPFLAGS_READ_BW, g->cfg_flags);
	g->write_limit = SPEC_GET(DSA_GRPFLAGS_WRITE_BW, g->cfg_flags);
	g->tc[0] = SPEC_GET(DSA_GRPFLAGS_TC_A, g->cfg_flags);
	g->tc[1] = SPEC_GET(DSA_GRPFLAGS_TC_B, g->cfg_flags);
}

/*
 * Read buffers (8.3): each group has its own bound; all groups together have what the device has,
 * and those under the global limit no more than it and what they reserve.
 */
static void share_read_buffers(struct dsa *dsa)
{
	u32 total = SPEC_GET(DSA_GRPCAP_READ_BUFFERS, dsa->cfg.grpcap), active = 0, i;

	dsa->read_buffers = total;
	dsa->limited_buffers = SPEC_GET(DSA_GENCFG_RDBUF_LIMIT, dsa->gencfg);
	for (i = 0; i < dsa->ngroups; i++) {
		struct dsa_group *g = &dsa->group[i];

		active += g->nengines != 0;
		g->shares_limit = g->nengines && (g->cfg_flags & DSA_GRPFLAGS_USE_RDBUF_LIMIT);
		if (g->shares_limit)
			dsa->limited_buffers += SPEC_GET(DSA_GRPFLAGS_RDBUF_RESERVED, g->cfg_flags);
	}
	if (!dsa->limited_buffers)
		dsa->limited_buffers = 1;
	for (i = 0; i < dsa->ngroups; i++)
		dsa->group[i].shares_all = active > 1 && total;
}

u8 dsa_enable_device(struct dsa *dsa)
{
	u32 i;
	u8 err;

	if (!dsa->bme)
		return DSA_CMDERR_DEV_BME;
	if (dsa->prs_on) {
		u32 alloc;

		memcpy(&alloc, dsa->config + DSA_PCI_ECAP_PRI + 12, sizeof(alloc));
		if (!alloc || alloc > DSA_PCI_PRI_CAPACITY)
			return DSA_CMDERR_DEV_PRS_ALLOC;
	}
	err = check_wqs(dsa);
	if (!err)
		err = check_engines(dsa);
	if (!err)
		err = check_read_buffers(dsa);
	if (!err)
		err = check_event_log(dsa);
	if (err)
		return err;
	for (i = 0; i < dsa->nengines; i++)
		dsa->engine[i].group = NULL;
	for (i = 0; i < dsa->nwqs; i++)
		dsa->wq[i].group = NULL;
	for (i = 0; i < dsa->ngroups; i++)
		decode_group(dsa, &dsa->group[i]);
	share_read_buffers(dsa);
	dsa->log_on = dsa->gencfg & DSA_GENCFG_EVL_EN;
	if (dsa->log_on)
		dsa->evlstatus = 0;
	dsa->state = DSA_STATE_ENABLED;
	return 0;
}

/* ---- Enable WQ ---- */

static bool opcfg_ok(const struct dsa_wq *wq)
{
	const struct dsa *dsa = wq->dsa;
	u32 i;

	if (!(dsa->cfg.wqcap & DSA_WQCAP_OPCFG))
		return true;
	for (i = 0; i < 8; i++)
		if (wq->cfg[DSA_WQCFG_DW_OPCFG + i] & ~(u32)(dsa->cfg.opcap[i / 2] >> (i % 2 * 32)))
			return false;
	return true;
}

static bool occupancy_handle_ok(const struct dsa_wq *wq)
{
	u32 dw4 = wq->cfg[DSA_WQCFG_DW_OCC_INT];

	return !(wq->cfg[DSA_WQCFG_DW_OCC_LIMIT] & DSA_WQCFG5_OCC_INT_EN) ||
	       dsa_handle_exists(wq->dsa, dw4 & DSA_WQCFG4_OCC_TABLE,
				 SPEC_GET(DSA_WQCFG4_OCC_HANDLE, dw4));
}

static u8 check_wq(const struct dsa_wq *wq)
{
	const struct dsa *dsa = wq->dsa;
	u32 dw2 = wq->cfg[DSA_WQCFG_DW_MODE], dw3 = wq->cfg[DSA_WQCFG_DW_LIMITS];
	bool dedicated = dw2 & DSA_WQCFG2_DEDICATED, pasid = dw2 & DSA_WQCFG2_PASID_EN;
	bool batch = dsa->cfg.opcap[0] >> DSA_OPCODE_BATCH & 1;
	u64 cap = dsa->cfg.wqcap;

	if (dsa->state != DSA_STATE_ENABLED)
		return DSA_CMDERR_WQ_DEV_NOT_ENABLED;
	if (wq->state != DSA_WQ_STATE_DISABLED)
		return DSA_CMDERR_WQ_NOT_DISABLED;
	if (!SPEC_GET(DSA_WQCFG0_SIZE, wq->cfg[DSA_WQCFG_DW_SIZE]))
		return DSA_CMDERR_WQ_SIZE;
	if ((cap & DSA_WQCAP_PRIORITY) && !SPEC_GET(DSA_WQCFG2_PRIORITY, dw2))
		return DSA_CMDERR_WQ_PRIORITY;
	if (!(cap & (dedicated ? DSA_WQCAP_DEDICATED_MODE : DSA_WQCAP_SHARED_MODE)))
		return DSA_CMDERR_WQ_MODE;
	if ((dw2 & DSA_WQCFG2_BOF) &&
	    (!(dsa->cfg.gencap & DSA_GENCAP_BLOCK_ON_FAULT) || !dsa->prs_on))
		return DSA_CMDERR_WQ_BOF;
	if (pasid ? !dsa->pasid_on : !dedicated)
		return DSA_CMDERR_WQ_PASID;
	if (batch && SPEC_GET(DSA_WQCFG3_MAX_BATCH_SHIFT, dw3) >
			     SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, dsa->cfg.gencap))
		return DSA_CMDERR_WQ_MAX_BATCH;
	if (SPEC_GET(DSA_WQCFG3_MAX_XFER_SHIFT, dw3) >
	    SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, dsa->cfg.gencap))
		return DSA_CMDERR_WQ_MAX_XFER;
	if (dedicated && (dw2 & DSA_WQCFG2_PRIV) && !dsa->pasid_priv)
		return DSA_CMDERR_WQ_PRIV;
	if (!occupancy_handle_ok(wq))
		return DSA_CMDERR_WQ_OCCUPANCY_INT;
	if ((dw2 & DSA_WQCFG2_ATS_DISABLE) && !(cap & DSA_WQCAP_ATS_DISABLE))
		return DSA_CMDERR_WQ_ATS;
	if (!opcfg_ok(wq))
		return DSA_CMDERR_WQ_OPCFG;
	if ((dw2 & DSA_WQCFG2_PRS_DISABLE) &&
	    (!(cap & DSA_WQCAP_PRS_DISABLE) || !(dsa->gencfg & DSA_GENCFG_EVL_EN) ||
	     (dw2 & DSA_WQCFG2_BOF)))
		return DSA_CMDERR_WQ_PRS;
	return 0;
}

static void decode_wq(struct dsa_wq *wq)
{
	struct dsa *dsa = wq->dsa;
	u32 dw2 = wq->cfg[DSA_WQCFG_DW_MODE], dw3 = wq->cfg[DSA_WQCFG_DW_LIMITS], i;
	struct dsa_caps *caps = &wq->caps;

	wq->size = SPEC_GET(DSA_WQCFG0_SIZE, wq->cfg[DSA_WQCFG_DW_SIZE]);
	wq->threshold = SPEC_GET(DSA_WQCFG1_THRESHOLD, wq->cfg[DSA_WQCFG_DW_THRESHOLD]);
	wq->dedicated = dw2 & DSA_WQCFG2_DEDICATED;
	wq->dsa->answers |= !wq->dedicated;
	wq->bof = dw2 & DSA_WQCFG2_BOF;
	wq->ats = dsa->ats_on && !(dw2 & DSA_WQCFG2_ATS_DISABLE);
	wq->prs = !(dw2 & DSA_WQCFG2_PRS_DISABLE);
	wq->pasid_en = dw2 & DSA_WQCFG2_PASID_EN;
	wq->pasid = SPEC_GET(DSA_WQCFG2_PASID, dw2);
	wq->priv = dw2 & DSA_WQCFG2_PRIV;
	wq->priority = dsa->cfg.wqcap & DSA_WQCAP_PRIORITY ? SPEC_GET(DSA_WQCFG2_PRIORITY, dw2) : 1;
	wq->credit = wq->priority;
	memset(caps, 0, sizeof(*caps));
	caps->version = dsa->cfg.version;
	caps->gencap = dsa->cfg.gencap;
	for (i = 0; i < 4; i++) {
		caps->opcap[i] = dsa->cfg.opcap[i];
		caps->opcfg[i] = ~0ull;
		if (dsa->cfg.wqcap & DSA_WQCAP_OPCFG)
			caps->opcfg[i] = wq->cfg[DSA_WQCFG_DW_OPCFG + 2 * i] |
					 (u64)wq->cfg[DSA_WQCFG_DW_OPCFG + 2 * i + 1] << 32;
	}
	caps->max_transfer = 1ull << SPEC_GET(DSA_WQCFG3_MAX_XFER_SHIFT, dw3);
	caps->max_batch = 1u << SPEC_GET(DSA_WQCFG3_MAX_BATCH_SHIFT, dw3);
	caps->shared = !wq->dedicated;
	caps->wq_bof = wq->bof;
	caps->wq_pasid_en = wq->pasid_en;
	caps->wq_ats = wq->ats;
	caps->user_int = dsa->gencfg & DSA_GENCFG_USER_INT;
	caps->pasid_priv_en = dsa->pasid_priv;
	dsa_caps_prepare(caps);
}

u8 dsa_enable_wq(struct dsa *dsa, u32 index)
{
	struct dsa_wq *wq = &dsa->wq[index];
	u8 err = check_wq(wq);

	if (err)
		return err;
	decode_wq(wq);
	wq->state = DSA_WQ_STATE_ENABLED;
	dsa_wq_check_occupancy(wq);
	return 0;
}
