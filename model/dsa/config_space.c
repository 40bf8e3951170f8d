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
	{0x94, 4, DSA_PCI_PM_CSR, 0x3, 0},
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
#define PRI_STOPPED  0x0100

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
	dsa->bme = word(dsa, 0x04) & CMD_BME;
	dsa->ats_on = word(dsa, DSA_PCI_ECAP_ATS + 6) & ATS_ENABLE;
	dsa->pasid_on = word(dsa, DSA_PCI_ECAP_PASID + 6) & PASID_ENABLE;
	dsa->pasid_priv = dsa->pasid_on && (word(dsa, DSA_PCI_ECAP_PASID + 6) & PASID_PRIV);
	/* Page requests mean nothing without ATS (1.5). */
	dsa->prs_on = dsa->ats_on && (word(dsa, DSA_PCI_ECAP_PRI + 4) & PRI_ENABLE);
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
static bool forbidden_change(const struct dsa *dsa, const struct dsa *before)
{
	return dsa->state != DSA_STATE_DISABLED && dsa->state != DSA_STATE_HALT &&
	       (dsa->bme != before->bme || dsa->ats_on != before->ats_on ||
		dsa->pasid_on != before->pasid_on || dsa->pasid_priv != before->pasid_priv ||
		dsa->prs_on != before->prs_on);
}

void dsa_cfg_write(struct dsa *dsa, u32 off, u32 width, u32 value)
{
	struct dsa before;
	u16 pri;
	u32 i;

	if ((width != 1 && width != 2 && width != 4) || off % width ||
	    off > DSA_CONFIG_BYTES - width)
		return;
	before.bme = dsa->bme;
	before.ats_on = dsa->ats_on;
	before.pasid_on = dsa->pasid_on;
	before.pasid_priv = dsa->pasid_priv;
	before.prs_on = dsa->prs_on;
	if (off <= 0x48 && off + width > 0x49 &&
	    (value >> (8 * (0x49 - off)) & (DEVCTL_FLR >> 8))) {
		dsa_reset(dsa, DSA_RESET_KIND_FLR);
		return;
	}
	for (i = 0; i < width; i++) {
		u8 v = value >> (8 * i), rw, w1c, *byte = &dsa->config[off + i];

		if (off + i >= 0x10 && off + i < 0x20) {
			bar_mask(dsa, off + i, &rw);
			w1c = 0;
		} else {
			masks(off + i, &rw, &w1c);
		}
		*byte = ((*byte & ~rw) | (v & rw)) & ~(v & w1c);
	}
	if (off <= DSA_PCI_ECAP_PRI + 4 && off + width > DSA_PCI_ECAP_PRI + 4) {
		pri = word(dsa, DSA_PCI_ECAP_PRI + 6);
		if (value >> (8 * (DSA_PCI_ECAP_PRI + 4 - off)) & PRI_RESET)
			pri &= ~3;
		put_word(dsa, DSA_PCI_ECAP_PRI + 6,
			 word(dsa, DSA_PCI_ECAP_PRI + 4) & PRI_ENABLE ? pri & ~PRI_STOPPED
								      : pri | PRI_STOPPED);
	}
	decode(dsa);
	if (before.ats_on && !dsa->ats_on)
		dsa_devtlb_flush(dsa);
	if (forbidden_change(dsa, &before)) {
		dsa_error(dsa, NULL, DSA_SWERR_PCI_CONFIG, 0, 0, -1);
		dsa_halt(dsa, DSA_RESET_SOFTWARE);
	}
	if (dsa->pba)
		dsa_msix_rescan(dsa);
}
