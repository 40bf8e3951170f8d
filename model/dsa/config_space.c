// SPDX-License-Identifier: GPL-2.0
// PCI configuration space: capability chain, write masks, and what the controls do (chapter 1).
#include "model/dsa/dsa_priv.h"

/* Registers that differ from read-only zero. One row a field group. */
struct row {
	u16 off;
	u8 width;
	u32 reset, rw, w1c;
};

static const struct row rows[] = {
	{0x00, 2, DSA_PCI_VENDOR, 0, 0},
	{0x04, 2, 0, 0x0146, 0},
	{0x06, 2, 0x0010, 0, 0xf900},
	{0x08, 4, DSA_PCI_CLASS << 8, 0, 0},
	{0x0c, 1, 0, 0xff, 0},
	{0x2c, 4, DSA_PCI_VENDOR, 0xffffffff, 0},
	{0x34, 1, DSA_PCI_CAP_EXP, 0, 0},
	{0x40, 2, DSA_PCI_EXP_HDR, 0, 0},
	{0x42, 2, DSA_PCI_EXP_FLAGS, 0, 0},
	{0x44, 4, DSA_PCI_EXP_DEVCAP, 0, 0},
	{0x48, 2, DSA_PCI_EXP_DEVCTL, 0x7fff, 0},
	{0x4a, 2, 0, 0, 0x000f},
	{0x64, 4, DSA_PCI_EXP_DEVCAP2, 0, 0},
	{0x68, 2, 0, 0x1410, 0},
	{0x80, 2, DSA_PCI_MSIX_HDR, 0, 0},
	{0x82, 2, DSA_PCI_MSIX_FLAGS, 0xc000, 0},
	{0x84, 4, DSA_PCI_MSIX_TABLE, 0, 0},
	{0x88, 4, DSA_PCI_MSIX_PBA, 0, 0},
	{0x90, 4, DSA_PCI_PM_HDR, 0, 0},
	{DSA_PCI_CAP_PM + 4, 4, DSA_PCI_PM_CSR, 0x3, 0},
	{0x100, 4, DSA_PCI_AER_HDR, 0, 0},
	{0x104, 4, 0, 0, 0x0055d000},
	{0x108, 4, DSA_PCI_AER_UE_MASK, 0x0055d000, 0},
	{0x10c, 4, DSA_PCI_AER_UE_SEVERITY, 0x0055d000, 0},
	{0x110, 4, 0, 0, 0x00006000},
	{0x114, 4, DSA_PCI_AER_CE_MASK, 0x00006000, 0},
	{0x150, 4, DSA_PCI_LTR_HDR, 0, 0},
	{0x154, 4, 0, 0x1fff1fff, 0},
	{0x160, 4, DSA_PCI_TPH_HDR, 0, 0},
	{0x164, 4, DSA_PCI_TPH_CAP, 0, 0},
	{0x168, 4, 0, 0x00000107, 0},
	{0x16c, 4, 0, 0x00ff00ff, 0},
	{0x170, 4, DSA_PCI_VC_HDR, 0, 0},
	{0x174, 4, DSA_PCI_VC_CAP1, 0, 0},
	{0x178, 4, DSA_PCI_VC_CAP2, 0, 0},
	{0x184, 4, DSA_PCI_VC0_CTRL, 0x000000fe, 0},
	{0x190, 4, DSA_PCI_VC1_CTRL, 0x800000fe, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_HDR, 4, DSA_DVSEC_HDR_VALUE, 0, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_HDR1, 4, DSA_DVSEC_HDR1_VALUE, 0, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_ID, 2, DSA_DVSEC_ID_SIOV, 0, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_PAGES, 4, 1, 0, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_PAGE_SIZE, 4, 1, 0xffffffff, 0},
	{DSA_PCI_ECAP_DVSEC + DSA_DVSEC_CAPS, 4, DSA_DVSEC_CAPS_IMS, 0, 0},
	{0x220, 4, DSA_PCI_ATS_HDR, 0, 0},
	{0x224, 2, DSA_PCI_ATS_CAP, 0, 0},
	{0x226, 2, 0, 0x801f, 0},
	{0x230, 4, DSA_PCI_PASID_HDR, 0, 0},
	{0x234, 2, DSA_PCI_PASID_CAP, 0, 0},
	{0x236, 2, 0, 0x0005, 0},
	{0x240, 4, DSA_PCI_PRI_HDR, 0, 0},
	{0x244, 2, 0, 0x0001, 0},
	{0x246, 2, DSA_PCI_PRI_STATUS, 0, 0x0003},
	{0x248, 4, DSA_PCI_PRI_CAPACITY, 0, 0},
	{0x24c, 4, 0, 0xffffffff, 0},
};

#define CMD_BME	     0x0004
#define DEVCTL_FLR   0x8000
#define ATS_ENABLE   0x8000
#define PASID_ENABLE 0x0001
#define PASID_PRIV   0x0004
#define PRI_ENABLE   0x0001
#define PRI_RESET    0x0002
#define PRI_FAILURE  0x0001 /* status: response failure */
#define PRI_STOPPED  0x0100
#define DEVSTS_BUSY  0x0020
#define VC_ENABLE    0x80000000u
#define PM_STATE     0x3
#define PM_D3HOT     0x3

static u16 word(const struct dsa *dsa, u32 off)
{
	u16 v;

	memcpy(&v, dsa->config + off, sizeof(v));
	return v;
}

static void put_word(struct dsa *dsa, u32 off, u16 v)
{
	memcpy(dsa->config + off, &v, sizeof(v));
}

static void decode(struct dsa *dsa)
{
	u32 vc1;

	dsa->bme = word(dsa, 0x04) & CMD_BME;
	dsa->ats_on = word(dsa, DSA_PCI_ECAP_ATS + 6) & ATS_ENABLE;
	dsa->pasid_on = word(dsa, DSA_PCI_ECAP_PASID + 6) & PASID_ENABLE;
	dsa->pasid_priv = dsa->pasid_on && (word(dsa, DSA_PCI_ECAP_PASID + 6) & PASID_PRIV);
	/* Page requests mean nothing without ATS (1.5), and end with a response failure. */
	dsa->prs_on = dsa->ats_on && (word(dsa, DSA_PCI_ECAP_PRI + 4) & PRI_ENABLE) &&
		      !(word(dsa, DSA_PCI_ECAP_PRI + 6) & PRI_FAILURE);
	dsa->d3hot = (word(dsa, DSA_PCI_CAP_PM + 4) & PM_STATE) == PM_D3HOT;
	/* Traffic classes that reach an enabled virtual channel; VC0 always is. */
	memcpy(&vc1, dsa->config + DSA_PCI_ECAP_VC + 0x20, sizeof(vc1));
	dsa->tc_usable = dsa->config[DSA_PCI_ECAP_VC + 0x14] | (vc1 & VC_ENABLE ? vc1 & 0xff : 0);
}

void dsa_page_requests_failed(struct dsa *dsa)
{
	put_word(dsa, DSA_PCI_ECAP_PRI + 6, word(dsa, DSA_PCI_ECAP_PRI + 6) | PRI_FAILURE);
	decode(dsa);
}

void dsa_config_space_init(struct dsa *dsa)
{
	u32 i;

	memset(dsa->config, 0, sizeof(dsa->config));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		memcpy(dsa->config + rows[i].off, &rows[i].reset, rows[i].width);
	put_word(dsa, 0x02, dsa->cfg.pci_device);
	put_word(dsa, 0x82, dsa->cfg.msix_vectors - 1);
	dsa->config[0x10] = dsa->config[0x18] = DSA_PCI_BAR_RESET;
	/* It depends on no other function: the link names itself. */
	dsa->config[DSA_PCI_ECAP_DVSEC + DSA_DVSEC_LINK] = dsa->cfg.sid;
	/* Without IMS the DVSEC does not offer it. */
	if (!SPEC_GET(DSA_GENCAP_IMS_MULT, dsa->cfg.gencap))
		dsa->config[DSA_PCI_ECAP_DVSEC + DSA_DVSEC_CAPS] = 0;
	decode(dsa);
}

u32 dsa_cfg_read(struct dsa *dsa, u32 off, u32 width)
{
	u32 v = 0;

	if ((width != 1 && width != 2 && width != 4) || off % width ||
	    off > DSA_CONFIG_BYTES - width)
		return width == 4 || width > 4 ? ~0u : (1u << (width * 8)) - 1;
	memcpy(&v, dsa->config + off, width);
	/* Transactions pending: something in an engine may still read memory. */
	if (off <= 0x4a && off + width > 0x4a && dsa_engines_busy(dsa))
		v |= DEVSTS_BUSY << (8 * (0x4a - off));
	return v;
}

/* The writable bits of one byte. */
static void masks(u32 off, u8 *rw, u8 *w1c)
{
	u32 i;

	*rw = *w1c = 0;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (off >= rows[i].off && off < rows[i].off + rows[i].width) {
			*rw = rows[i].rw >> (8 * (off - rows[i].off));
			*w1c = rows[i].w1c >> (8 * (off - rows[i].off));
			return;
		}
}

/* A 64-bit BAR pair: the address bits above the size stick. */
static void bar_mask(const struct dsa *dsa, u32 off, u8 *rw)
{
	u32 bar = off < 0x18 ? DSA_PCI_BAR_MMIO : DSA_PCI_BAR_PORTAL;
	u64 mask = ~(dsa_bar_bytes(dsa, bar) - 1);

	*rw = mask >> (8 * (off - (bar == DSA_PCI_BAR_MMIO ? 0x10 : 0x18)));
}

/* Controls that must not change while the device is not Disabled (1.5). */
struct controls {
	u16 command, ats, pasid, pri;
};

static struct controls controls(const struct dsa *dsa)
{
	return (struct controls){.command = word(dsa, 0x04) & CMD_BME,
				 .ats = word(dsa, DSA_PCI_ECAP_ATS + 6),
				 .pasid = word(dsa, DSA_PCI_ECAP_PASID + 6),
				 .pri = word(dsa, DSA_PCI_ECAP_PRI + 4)};
}

static bool forbidden_change(const struct dsa *dsa, const struct controls *before)
{
	struct controls now = controls(dsa);

	return dsa->state != DSA_STATE_DISABLED && dsa->state != DSA_STATE_HALT &&
	       (now.command != before->command || now.ats != before->ats ||
		now.pasid != before->pasid || now.pri != before->pri);
}

/* What the written bytes are worth at the byte at @at, 0 outside of them. */
static u8 written(u32 off, u32 width, u32 value, u32 at)
{
	return at >= off && at < off + width ? value >> (8 * (at - off)) : 0;
}

static void store(struct dsa *dsa, u32 off, u8 v)
{
	u8 rw, w1c = 0, *byte = &dsa->config[off];

	if (off >= 0x10 && off < 0x20)
		bar_mask(dsa, off, &rw);
	else
		masks(off, &rw, &w1c);
	/* D1 and D2 don't exist: such a write changes nothing. */
	if (off == DSA_PCI_CAP_PM + 4 && (v & PM_STATE) != 0 && (v & PM_STATE) != PM_D3HOT)
		return;
	*byte = ((*byte & ~rw) | (v & rw)) & ~(v & w1c);
}

static void page_request_control(struct dsa *dsa, u8 v)
{
	u16 status = word(dsa, DSA_PCI_ECAP_PRI + 6);

	if (v & PRI_RESET)
		status &= ~3;
	if (word(dsa, DSA_PCI_ECAP_PRI + 4) & PRI_ENABLE)
		status &= ~PRI_STOPPED;
	else
		status |= PRI_STOPPED;
	put_word(dsa, DSA_PCI_ECAP_PRI + 6, status);
}

void dsa_cfg_write(struct dsa *dsa, u32 off, u32 width, u32 value)
{
	bool had_ats = dsa->ats_on, could_send = dsa->bme && !dsa->d3hot;
	struct controls before = controls(dsa);
	u32 i;

	if ((width != 1 && width != 2 && width != 4) || off % width ||
	    off > DSA_CONFIG_BYTES - width)
		return;
	if (written(off, width, value, 0x49) & (DEVCTL_FLR >> 8)) {
		dsa_reset(dsa, DSA_RESET_KIND_FLR);
		return;
	}
	for (i = 0; i < width; i++)
		store(dsa, off + i, value >> (8 * i));
	if (off <= DSA_PCI_ECAP_PRI + 4 && off + width > DSA_PCI_ECAP_PRI + 4)
		page_request_control(dsa, written(off, width, value, DSA_PCI_ECAP_PRI + 4));
	decode(dsa);
	if (had_ats && !dsa->ats_on)
		dsa_devtlb_flush(dsa);
	if (forbidden_change(dsa, &before)) {
		dsa_error(dsa, NULL, DSA_SWERR_PCI_CONFIG, 0, 0, -1);
		dsa_halt(dsa, DSA_RESET_SOFTWARE);
	}
	if (dsa->pba)
		dsa_msix_rescan(dsa);
	if (!could_send && dsa->bme && !dsa->d3hot)
		dsa_ims_rescan(dsa);
}
