// SPDX-License-Identifier: GPL-2.0
// BAR0: the fixed registers as a table, and the tables that OFFSETS and MSI-X place (chapter 2).
#include <stdlib.h>

#include "model/dsa/dsa_priv.h"
#include "model/dsa/regs.h"

#define MEMBER(m) offsetof(struct dsa, m)

static void wrote_evlstatus(struct dsa *dsa, u64 value)
{
	u32 size = SPEC_GET(DSA_EVLCFG1_SIZE, dsa->evlcfg[1]);

	(void)value;
	if (size && SPEC_GET(DSA_EVLSTATUS_HEAD, dsa->evlstatus) >= size)
		dsa->evlstatus = SPEC_SET(DSA_EVLSTATUS_HEAD, dsa->evlstatus, 0);
	if (dsa_event_log_enabled(dsa) && size)
		dsa_event_log_room(dsa);
}

static void wrote_cmd(struct dsa *dsa, u64 value)
{
	dsa_command_write(dsa, value);
}

static u64 read_gensts(const struct dsa *dsa)
{
	return SPEC_PREP(DSA_GENSTS_STATE, dsa->state) |
	       SPEC_PREP(DSA_GENSTS_RESET_TYPE, dsa->state == DSA_STATE_HALT ? dsa->reset_type : 0);
}

#define EVL_ONLY   DSA_VERSION_2
#define CMDCAP_BIT 1

/* One row a register; access rules live here, behaviour in the hooks. */
static const struct dsa_reg rows[] = {
	{DSA_REG_VERSION, 4, "VERSION", MEMBER(cfg.version), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_GENCAP, 8, "GENCAP", MEMBER(cfg.gencap), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_WQCAP, 8, "WQCAP", MEMBER(cfg.wqcap), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_GRPCAP, 8, "GRPCAP", MEMBER(cfg.grpcap), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_ENGCAP, 8, "ENGCAP", MEMBER(cfg.engcap), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OPCAP, 8, "OPCAP0", MEMBER(cfg.opcap[0]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OPCAP + 8, 8, "OPCAP1", MEMBER(cfg.opcap[1]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OPCAP + 16, 8, "OPCAP2", MEMBER(cfg.opcap[2]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OPCAP + 24, 8, "OPCAP3", MEMBER(cfg.opcap[3]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OFFSETS, 8, "OFFSETS0", MEMBER(cfg.offsets[0]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_OFFSETS + 8, 8, "OFFSETS1", MEMBER(cfg.offsets[1]), 0, 0, 0, 0, NULL, NULL},
	{DSA_REG_GENCFG, 4, "GENCFG", MEMBER(gencfg),
	 DSA_GENCFG_RDBUF_LIMIT | DSA_GENCFG_USER_INT | DSA_GENCFG_EVL_EN, 0, true, 0, NULL, NULL},
	{DSA_REG_GENCTRL, 4, "GENCTRL", MEMBER(genctrl),
	 DSA_GENCTRL_SWERROR_INT | DSA_GENCTRL_HALT_INT | DSA_GENCTRL_EVL_INT, 0, false, 0, NULL,
	 NULL},
	{DSA_REG_GENSTS, 4, "GENSTS", 0, 0, 0, false, 0, read_gensts, NULL},
	{DSA_REG_INTCAUSE, 4, "INTCAUSE", MEMBER(intcause), 0, 0xffffffff, false, 0, NULL, NULL},
	{DSA_REG_CMD, 4, "CMD", 0, 0xffffffff, 0, false, 0, NULL, wrote_cmd},
	{DSA_REG_CMDSTS, 4, "CMDSTATUS", MEMBER(cmdsts), 0, 0, false, 0, NULL, NULL},
	{DSA_REG_CMDCAP, 8, "CMDCAP", MEMBER(cfg.cmdcap), 0, 0, false, CMDCAP_BIT, NULL, NULL},
	{DSA_REG_SWERROR, 8, "SWERROR0", MEMBER(swerror[0]), 0,
	 DSA_SWERR0_VALID | DSA_SWERR0_OVERFLOW, false, 0, NULL, NULL},
	{DSA_REG_SWERROR + 8, 8, "SWERROR1", MEMBER(swerror[1]), 0, 0, false, 0, NULL, NULL},
	{DSA_REG_SWERROR + 16, 8, "SWERROR2", MEMBER(swerror[2]), 0, 0, false, 0, NULL, NULL},
	{DSA_REG_SWERROR + 24, 8, "SWERROR3", MEMBER(swerror[3]), 0, 0, false, 0, NULL, NULL},
	{DSA_REG_EVLCFG, 8, "EVLCFG0", MEMBER(evlcfg[0]),
	 DSA_EVLCFG0_PASID_EN | DSA_EVLCFG0_PRIV | DSA_EVLCFG0_BASE, 0, true, EVL_ONLY, NULL, NULL},
	{DSA_REG_EVLCFG + 8, 8, "EVLCFG1", MEMBER(evlcfg[1]), DSA_EVLCFG1_SIZE | DSA_EVLCFG1_PASID,
	 0, true, EVL_ONLY, NULL, NULL},
	{DSA_REG_EVLSTATUS, 8, "EVLSTATUS", MEMBER(evlstatus), DSA_EVLSTATUS_HEAD,
	 DSA_EVLSTATUS_INT_PENDING, false, EVL_ONLY, NULL, wrote_evlstatus},
	{DSA_REG_CMDPARAM, 8, "CMDPARAM", MEMBER(cmdparam), ~0ull, 0, false, EVL_ONLY, NULL, NULL},
};

const struct dsa_reg *dsa_regs(u32 *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* Does this device have the register? */
static bool present(const struct dsa *dsa, const struct dsa_reg *r)
{
	if (r->needs == CMDCAP_BIT)
		return dsa->cfg.gencap & DSA_GENCAP_CMD_CAP;
	return dsa->cfg.version >= r->needs;
}

static const struct dsa_reg *find(const struct dsa *dsa, u64 off)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (off >= rows[i].off && off < rows[i].off + rows[i].width)
			return present(dsa, &rows[i]) ? &rows[i] : NULL;
	return NULL;
}

static u64 bits(u32 width)
{
	return width >= 8 ? ~0ull : (1ull << (width * 8)) - 1;
}

static u64 load(const struct dsa *dsa, const struct dsa_reg *r)
{
	u64 v = 0;

	if (r->read)
		return r->read(dsa);
	if (r->member)
		memcpy(&v, (const u8 *)dsa + r->member, r->width);
	return v;
}

static void reg_write(struct dsa *dsa, const struct dsa_reg *r, u32 at, u32 width, u64 value)
{
	u64 lane = bits(width) << (at * 8), v = (value << (at * 8)) & lane, old = load(dsa, r);
	u64 rw = r->rw & lane, now;

	if (r->disabled_only && dsa->state != DSA_STATE_DISABLED)
		rw = 0;
	/* GENCFG of a device that can't be configured: all but the event log enable is fixed. */
	if (r->off == DSA_REG_GENCFG && !(dsa->cfg.gencap & DSA_GENCAP_CONFIG))
		rw &= DSA_GENCFG_EVL_EN;
	if (r->off == DSA_REG_GENCFG) {
		if (!(dsa->cfg.grpcap & DSA_GRPCAP_RDBUF_LIMIT))
			rw &= ~DSA_GENCFG_RDBUF_LIMIT;
		if (!SPEC_GET(DSA_GENCAP_EVL, dsa->cfg.gencap))
			rw &= ~DSA_GENCFG_EVL_EN;
	}
	if (r->off == DSA_REG_GENCTRL && dsa->cfg.version < DSA_VERSION_2)
		rw &= ~DSA_GENCTRL_EVL_INT;
	now = (old & ~rw) | (v & rw);
	now &= ~(v & r->w1c);
	if (r->member)
		memcpy((u8 *)dsa + r->member, &now, r->width);
	if (r->wrote)
		r->wrote(dsa, r->member ? now : v);
}

/* ---- Tables ---- */

#define PERF_BYTES 0x1000

struct area {
	u64 base, bytes;
};

static struct area area_of(u64 base, u64 bytes)
{
	return (struct area){base * DSA_OFFSET_UNIT, bytes};
}

static struct area msixperm_area(const struct dsa *dsa)
{
	return area_of(SPEC_GET(DSA_OFFSETS0_MSIXPERM, dsa->cfg.offsets[0]),
		       DSA_MSIXPERM_STRIDE * dsa->cfg.msix_vectors);
}

static struct area grpcfg_area(const struct dsa *dsa)
{
	return area_of(SPEC_GET(DSA_OFFSETS0_GRPCFG, dsa->cfg.offsets[0]),
		       DSA_GRPCFG_STRIDE * dsa->ngroups);
}

static u32 wqcfg_stride(const struct dsa *dsa)
{
	return 1u << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, dsa->cfg.wqcap) + DSA_WQCFG_MIN_SHIFT);
}

static struct area wqcfg_area(const struct dsa *dsa)
{
	return area_of(SPEC_GET(DSA_OFFSETS0_WQCFG, dsa->cfg.offsets[0]),
		       (u64)wqcfg_stride(dsa) * dsa->nwqs);
}

static struct area ims_area(const struct dsa *dsa)
{
	return area_of(SPEC_GET(DSA_OFFSETS0_IMS, dsa->cfg.offsets[0]),
		       (u64)DSA_IMS_STRIDE * dsa->ims_entries);
}

static struct area perf_area(const struct dsa *dsa)
{
	return area_of(SPEC_GET(DSA_OFFSETS1_PERFMON, dsa->cfg.offsets[1]),
		       dsa->cfg.perf_counters ? PERF_BYTES : 0);
}

static bool inside(struct area a, u64 off, u64 *at)
{
	*at = off - a.base;
	return off >= a.base && off - a.base < a.bytes;
}

/* The aligned dword at @off of BAR0. */
static u32 read_dword(struct dsa *dsa, u64 off)
{
	const struct dsa_reg *r = find(dsa, off);
	struct area msix = {DSA_PCI_MSIX_TABLE, 16ull * dsa->cfg.msix_vectors};
	struct area pba = {DSA_PCI_MSIX_PBA, 8};
	u64 at;

	if (r)
		return load(dsa, r) >> ((off - r->off) * 8);
	if (inside(msixperm_area(dsa), off, &at))
		return at % DSA_MSIXPERM_STRIDE ? 0 : dsa->msixperm[at / DSA_MSIXPERM_STRIDE];
	if (inside(grpcfg_area(dsa), off, &at))
		return dsa_grpcfg_read(dsa, at / DSA_GRPCFG_STRIDE, at % DSA_GRPCFG_STRIDE / 8) >>
		       (at % 8 * 8);
	if (inside(wqcfg_area(dsa), off, &at))
		return dsa_wqcfg_read(dsa, at / wqcfg_stride(dsa), at % wqcfg_stride(dsa) / 4);
	if (inside(ims_area(dsa), off, &at))
		return dsa_ims_read(dsa, at, 4);
	if (inside(perf_area(dsa), off, &at))
		return dsa_perf_read(dsa, at, 4);
	if (inside(msix, off, &at)) {
		u32 v = at / 16;

		switch (at % 16) {
		case 0:
			return dsa->msix[v].addr;
		case 4:
			return dsa->msix[v].addr >> 32;
		case 8:
			return dsa->msix[v].data;
		default:
			return dsa->msix[v].ctrl;
		}
	}
	if (inside(pba, off, &at))
		return dsa->pba >> (at * 8);
	return 0;
}

static void write_dword(struct dsa *dsa, u64 off, u32 value)
{
	const struct dsa_reg *r = find(dsa, off);
	struct area msix = {DSA_PCI_MSIX_TABLE, 16ull * dsa->cfg.msix_vectors};
	u64 at;

	if (r) {
		reg_write(dsa, r, off - r->off, 4, value);
	} else if (inside(msixperm_area(dsa), off, &at)) {
		if (!(at % DSA_MSIXPERM_STRIDE))
			dsa->msixperm[at / DSA_MSIXPERM_STRIDE] =
				value &
				(DSA_MSIXPERM_IGNORE | DSA_MSIXPERM_PASID_EN | DSA_MSIXPERM_PASID);
	} else if (inside(grpcfg_area(dsa), off, &at)) {
		dsa_grpcfg_write(dsa, at / DSA_GRPCFG_STRIDE, at % DSA_GRPCFG_STRIDE / 8,
				 0xffffffffull << (at % 8 * 8), (u64)value << (at % 8 * 8));
	} else if (inside(wqcfg_area(dsa), off, &at)) {
		dsa_wqcfg_write(dsa, at / wqcfg_stride(dsa), at % wqcfg_stride(dsa) / 4, value);
	} else if (inside(ims_area(dsa), off, &at)) {
		dsa_ims_write(dsa, at, 4, value);
	} else if (inside(perf_area(dsa), off, &at)) {
		dsa_perf_write(dsa, at, 4, value);
	} else if (inside(msix, off, &at)) {
		u32 v = at / 16;

		switch (at % 16) {
		case 0:
			dsa->msix[v].addr = (dsa->msix[v].addr & ~0xffffffffull) | (value & ~3u);
			break;
		case 4:
			dsa->msix[v].addr = (u32)dsa->msix[v].addr | (u64)value << 32;
			break;
		case 8:
			dsa->msix[v].data = value;
			break;
		default:
			dsa->msix[v].ctrl = value & 1;
			dsa_msix_rescan(dsa);
		}
	}
}

static bool dummy_portal(u64 off)
{
	return off - DSA_REG_DUMMY_PORTAL < DSA_DUMMY_PORTAL_SIZE;
}

static bool legal(struct dsa *dsa, u64 off, u32 width)
{
	return (width == 1 || width == 2 || width == 4 || width == 8) && !(off % width) &&
	       off < dsa_bar_bytes(dsa, 0);
}

u64 dsa_mmio_read(struct dsa *dsa, u64 off, u32 width)
{
	u64 v;

	/* Asleep, the function answers configuration accesses only. */
	if (!legal(dsa, off, width) || dsa->d3hot)
		return bits(width);
	if (dummy_portal(off))
		return 0;
	v = read_dword(dsa, off & ~3ull);
	if (width == 8)
		return v | (u64)read_dword(dsa, off + 4) << 32;
	return (v >> (off % 4 * 8)) & bits(width);
}

void dsa_mmio_write(struct dsa *dsa, u64 off, u32 width, u64 value)
{
	const struct dsa_reg *r;
	u64 at;

	if (!legal(dsa, off, width) || dummy_portal(off) || dsa->d3hot)
		return;
	r = find(dsa, off);
	if (r && off - r->off + width <= r->width) {
		reg_write(dsa, r, off - r->off, width, value);
	} else if (width == 8 && inside(ims_area(dsa), off, &at)) {
		dsa_ims_write(dsa, at, 8, value);
	} else if (inside(perf_area(dsa), off, &at)) {
		dsa_perf_write(dsa, at, width, value);
	} else if (width == 8) {
		write_dword(dsa, off, value);
		write_dword(dsa, off + 4, value >> 32);
	} else if (width == 4) {
		write_dword(dsa, off, value);
	} else if (r) {
		reg_write(dsa, r, off - r->off, width, value);
	} else {
		/* A narrow write into a table merges with the dword around it, but for RW1C bits.
		 */
		u32 shift = off % 4 * 8, mask = bits(width) << shift;
		u32 old = read_dword(dsa, off & ~3ull) & ~mask;

		if (inside(wqcfg_area(dsa), off, &at) &&
		    at % wqcfg_stride(dsa) / 4 == DSA_WQCFG_DW_STATUS)
			old = 0;
		write_dword(dsa, off & ~3ull, old | ((u32)value << shift & mask));
	}
}

u64 dsa_bar_bytes(const struct dsa *dsa, u32 bar)
{
	struct area table[] = {ims_area(dsa), perf_area(dsa), grpcfg_area(dsa), wqcfg_area(dsa),
			       msixperm_area(dsa)};
	u64 need = 0, bytes = DSA_PCI_BAR0_SIZE;
	u32 i;

	if (bar == DSA_PCI_BAR_PORTAL) {
		need = (u64)dsa->nwqs * DSA_PORTAL_WQ_STRIDE;
		bytes = DSA_PORTAL_WQ_STRIDE;
	} else {
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			if (table[i].base + table[i].bytes > need)
				need = table[i].base + table[i].bytes;
	}
	while (bytes < need)
		bytes *= 2;
	return bytes;
}

const char *dsa_regs_check(const struct dsa_cfg *cfg)
{
	u32 ims = SPEC_GET(DSA_GENCAP_IMS_MULT, cfg->gencap) * DSA_IMS_MULTIPLIER;
	u32 stride = 1u << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, cfg->wqcap) + DSA_WQCFG_MIN_SHIFT);
	const struct area a[] = {
		{0, DSA_REG_FIXED_END},
		{DSA_REG_CMDPARAM, 8},
		{DSA_REG_DUMMY_PORTAL, DSA_DUMMY_PORTAL_SIZE},
		{DSA_PCI_MSIX_TABLE, 16ull * cfg->msix_vectors},
		{DSA_PCI_MSIX_PBA, 8},
		area_of(SPEC_GET(DSA_OFFSETS0_MSIXPERM, cfg->offsets[0]),
			DSA_MSIXPERM_STRIDE * cfg->msix_vectors),
		area_of(SPEC_GET(DSA_OFFSETS0_GRPCFG, cfg->offsets[0]),
			DSA_GRPCFG_STRIDE * SPEC_GET(DSA_GRPCAP_NUM_GROUPS, cfg->grpcap)),
		area_of(SPEC_GET(DSA_OFFSETS0_WQCFG, cfg->offsets[0]),
			(u64)stride * SPEC_GET(DSA_WQCAP_NUM_WQS, cfg->wqcap)),
		area_of(SPEC_GET(DSA_OFFSETS0_IMS, cfg->offsets[0]), (u64)DSA_IMS_STRIDE * ims),
		area_of(SPEC_GET(DSA_OFFSETS1_PERFMON, cfg->offsets[1]),
			cfg->perf_counters ? PERF_BYTES : 0),
	};
	u32 i, j;

	for (i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		for (j = 0; j < i; j++)
			if (a[i].bytes && a[j].bytes && a[i].base < a[j].base + a[j].bytes &&
			    a[j].base < a[i].base + a[i].bytes)
				return "OFFSETS: two register areas of BAR0 overlap";
	return NULL;
}

int dsa_regs_init(struct dsa *dsa)
{
	dsa->ims_entries = SPEC_GET(DSA_GENCAP_IMS_MULT, dsa->cfg.gencap) * DSA_IMS_MULTIPLIER;
	dsa->ims = calloc(dsa->ims_entries ? dsa->ims_entries : 1, sizeof(*dsa->ims));
	if (!dsa->ims)
		return -1;
	if ((dsa->cfg.gencap & DSA_GENCAP_CONFIG) || !dsa->cfg.fixed)
		return 0;
	dsa->fixed.wqcfg = calloc(dsa->nwqs, sizeof(*dsa->fixed.wqcfg));
	dsa->fixed.group = calloc(dsa->ngroups, sizeof(*dsa->fixed.group));
	if (!dsa->fixed.wqcfg || !dsa->fixed.group)
		return -1;
	memcpy(dsa->fixed.wqcfg, dsa->cfg.fixed->wqcfg, dsa->nwqs * sizeof(*dsa->fixed.wqcfg));
	memcpy(dsa->fixed.group, dsa->cfg.fixed->group, dsa->ngroups * sizeof(*dsa->fixed.group));
	/* The caller's copy need not stay. */
	dsa->cfg.fixed = NULL;
	return 0;
}

void dsa_regs_free(struct dsa *dsa)
{
	free(dsa->ims);
	free(dsa->fixed.wqcfg);
	free(dsa->fixed.group);
}

void dsa_regs_reset(struct dsa *dsa, bool cold)
{
	u32 total = SPEC_GET(DSA_GRPCAP_READ_BUFFERS, dsa->cfg.grpcap), i;

	dsa->state = DSA_STATE_DISABLED;
	dsa->log_on = false;
	dsa->reset_type = 0;
	dsa->gencfg = SPEC_PREP(DSA_GENCFG_RDBUF_LIMIT, total);
	dsa->genctrl = dsa->intcause = dsa->idbr = 0;
	dsa->pba = 0;
	dsa->cmdparam = 0;
	memset(dsa->evlcfg, 0, sizeof(dsa->evlcfg));
	memset(dsa->msixperm, 0, sizeof(dsa->msixperm));
	memset(dsa->handle_given, 0, sizeof(dsa->handle_given));
	if (cold) {
		memset(dsa->swerror, 0, sizeof(dsa->swerror));
		dsa->cmdsts = 0;
		dsa->evlstatus = 0;
		for (i = 0; i < DSA_MAX_MSIX; i++) {
			dsa->msix[i].addr = 0;
			dsa->msix[i].data = 0;
			dsa->msix[i].ctrl = 1;
		}
	}
	for (i = 0; i < dsa->ims_entries; i++)
		dsa->ims[i] =
			(struct dsa_ims){.addr = DSA_IMS_ADDR_BASE, .ctrl = DSA_IMS_CTRL_MASK};
	for (i = 0; i < dsa->ngroups; i++) {
		struct dsa_group *g = &dsa->group[i];

		memset(g->cfg_wq, 0, sizeof(g->cfg_wq));
		g->cfg_engines = 0;
		g->cfg_flags = SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, total);
		if (dsa->fixed.group) {
			memcpy(g->cfg_wq, dsa->fixed.group[i].wqs, sizeof(g->cfg_wq));
			g->cfg_engines = dsa->fixed.group[i].engines;
			g->cfg_flags = dsa->fixed.group[i].flags;
		}
	}
	for (i = 0; i < dsa->nwqs; i++) {
		dsa->wq[i].state = DSA_WQ_STATE_DISABLED;
		dsa_wqcfg_reset(&dsa->wq[i], false);
	}
	dsa_perf_reset(dsa, true, true);
}
