// SPDX-License-Identifier: GPL-2.0
/* The register file (section 11.4): a table of offsets and access masks, and what writes do. */
#include "model/iommu/iommu_int.h"

#include <stdlib.h>
#include <string.h>

/* Granularity wanted, function mask, requester, domain. */
#define CCMD_BITS (SPEC_FIELD(62, 61) | SPEC_FIELD(33, 0))

/* One row a register. rw and w1c are what the access mask allows; hooks below act on the new value.
 */
#define REG(name, width, rw, w1c)                                                                  \
	{                                                                                          \
		VTD_REG_##name, width, #name, (rw), (w1c)                                          \
	}
static const struct iommu_reg regs[] = {
	REG(VER, 4, 0, 0),
	REG(CAP, 8, 0, 0),
	REG(ECAP, 8, 0, 0),
	REG(GCMD, 4, 0, 0), /* write-only: see write_gcmd() */
	REG(GSTS, 4, 0, 0),
	REG(RTADDR, 8, VTD_PAGE_ADDR | VTD_RTADDR_TTM | VTD_RTADDR_SSIRWE, 0),
	REG(CCMD, 8, CCMD_BITS, 0),
	REG(FSTS, 4, 0, VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE),
	REG(FECTL, 4, VTD_ECTL_IM, 0),
	REG(FEDATA, 4, 0xffffffff, 0),
	REG(FEADDR, 4, 0xfffffffc, 0),
	REG(FEUADDR, 4, 0xffffffff, 0),
	REG(PMEN, 4, 0, 0),
	REG(PLMBASE, 4, 0xfff00000, 0),
	REG(PLMLIMIT, 4, 0xfff00000, 0),
	REG(PHMBASE, 8, SPEC_FIELD(63, 20), 0),
	REG(PHMLIMIT, 8, SPEC_FIELD(63, 20), 0),
	REG(IQH, 8, 0, 0),
	REG(IQT, 8, VTD_IQ_PTR, 0),
	REG(IQA, 8, VTD_PAGE_ADDR | VTD_IQA_DW | VTD_IQA_QS, 0),
	REG(ICS, 4, 0, VTD_ICS_IWC),
	REG(IECTL, 4, VTD_ECTL_IM, 0),
	REG(IEDATA, 4, 0xffffffff, 0),
	REG(IEADDR, 4, 0xfffffffc, 0),
	REG(IEUADDR, 4, 0xffffffff, 0),
	REG(IQERCD, 8, 0, 0),
	REG(IRTA, 8, VTD_PAGE_ADDR | VTD_IRTA_EIME | VTD_IRTA_S, 0),
	REG(PQH, 8, VTD_PQ_PTR, 0),
	REG(PQT, 8, VTD_PQ_PTR, 0),
	REG(PQA, 8, VTD_PAGE_ADDR | VTD_PQA_PQS, 0),
	REG(PRS, 4, 0, VTD_PRS_PPR | VTD_PRS_PRO),
	REG(PECTL, 4, VTD_ECTL_IM, 0),
	REG(PEDATA, 4, 0xffffffff, 0),
	REG(PEADDR, 4, 0xfffffffc, 0),
	REG(PEUADDR, 4, 0xffffffff, 0),
	REG(VCMD, 8, 0, 0), /* see write_vcmd() */
	REG(VCMD_EO, 8, ~0ull, 0),
	REG(VCRSP, 8, 0, 0),
	REG(VCCAP, 8, 0, 0),
};
#define N_REGS (sizeof(regs) / sizeof(regs[0]))

const struct iommu_reg *iommu_regs(u32 *count)
{
	*count = N_REGS;
	return regs;
}

static const struct iommu_reg *find_reg(u32 off)
{
	u32 lo = 0, hi = N_REGS;

	while (lo < hi) { /* the table is sorted by offset */
		u32 mid = (lo + hi) / 2;

		if (off < regs[mid].off)
			hi = mid;
		else if (off >= regs[mid].off + regs[mid].width)
			lo = mid + 1;
		else
			return &regs[mid];
	}
	return NULL;
}

/* ---- global command ---- */

/* Section 11.4.4.1: one command at a time; toggles take the written value, set-pointers act on 1.
 */
static void write_gcmd(struct iommu *u, u32 val)
{
	u32 sts = reg32(u, VTD_REG_GSTS);
	u32 toggles = (u32)VTD_GCMD_TE;
	u64 ecap = u->cfg.ecap;

	if (ecap & VTD_ECAP_QI)
		toggles |= (u32)VTD_GCMD_QIE;
	if (ecap & VTD_ECAP_IR)
		toggles |= (u32)(VTD_GCMD_IRE | VTD_GCMD_CFI);
	if (val & VTD_GCMD_SRTP) {
		u->root = reg64(u, VTD_REG_RTADDR);
		u->ttm = (u8)SPEC_GET(VTD_RTADDR_TTM, u->root);
		u->ssirwe = u->root & VTD_RTADDR_SSIRWE && ecap & VTD_ECAP_SSIRWS;
		sts |= (u32)VTD_GCMD_SRTP;
		if (u->cfg.cap & VTD_CAP_ESRTPS)
			drop_everything(u);
	}
	if (val & VTD_GCMD_SIRTP && ecap & VTD_ECAP_IR) {
		u->irta = reg64(u, VTD_REG_IRTA);
		sts |= (u32)VTD_GCMD_SIRTP;
		if (u->cfg.cap & VTD_CAP_ESIRTPS)
			tcache_clear(&u->irte_tags);
	}
	sts = (sts & ~toggles) | (val & toggles);
	set_reg32(u, VTD_REG_GSTS, sts);
	u->te = sts & VTD_GCMD_TE;
	u->ire = sts & VTD_GCMD_IRE;
	u->cfi = sts & VTD_GCMD_CFI;
	iq_enable(u, sts & VTD_GCMD_QIE);
}

/* ---- faults and events ---- */

/* PPF follows the records; without any condition left a pending message is withdrawn. */
static void settle_fsts(struct iommu *u)
{
	u32 fsts = reg32(u, VTD_REG_FSTS) & ~(u32)VTD_FSTS_PPF;
	u32 oldest = u->next_frcd;

	for (u32 i = 0; i < u->n_frcd; i++) {
		u32 at = (u->next_frcd + i) % u->n_frcd;

		if (reg64(u, u->frcd_off + 16 * at + 8) & VTD_FRCD_Q1_F) {
			fsts |= (u32)VTD_FSTS_PPF;
			oldest = at;
			break;
		}
	}
	fsts = (u32)SPEC_SET(VTD_FSTS_FRI, fsts, oldest);
	set_reg32(u, VTD_REG_FSTS, fsts);
	if (!(fsts & (VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)))
		set_reg32(u, VTD_REG_FECTL, reg32(u, VTD_REG_FECTL) & ~(u32)VTD_ECTL_IP);
}

static void write_record(struct iommu *u, u32 off, u32 width, u64 val)
{
	u32 top = u->frcd_off + ((off - u->frcd_off) & ~15u) + 12; /* dword that holds F */

	if ((off == top && val & 0x80000000u) ||
	    (width == 8 && off + 4 == top && val & VTD_FRCD_Q1_F)) {
		set_reg32(u, top, reg32(u, top) & 0x7fffffffu);
		settle_fsts(u);
	}
}

static void write_prs(struct iommu *u)
{
	if (!(reg32(u, VTD_REG_PRS) & (VTD_PRS_PPR | VTD_PRS_PRO)))
		set_reg32(u, VTD_REG_PECTL, reg32(u, VTD_REG_PECTL) & ~(u32)VTD_ECTL_IP);
}

static void write_ectl(struct iommu *u, struct unit_msg *m)
{
	if (!(reg32(u, m->ctl) & VTD_ECTL_IM))
		msg_unmask(m);
}

/* ---- legacy register-based invalidation (section 11.4.6) ---- */

static bool register_commands(const struct iommu *u)
{
	return u->ttm == VTD_TTM_LEGACY && SPEC_GET(VTD_VER_MAJOR, u->cfg.version) < 6 && !u->qie;
}

/* Refused commands report granularity 0; accepted ones are carried out globally, which is allowed.
 */
static void write_ccmd(struct iommu *u, u64 val)
{
	if (!(val & VTD_CCMD_ICC))
		return;
	val &= CCMD_BITS;
	if (register_commands(u)) {
		u->memo.ctx = NULL;
		tcache_clear(&u->ctx_tags);
		val |= SPEC_PREP(VTD_CCMD_CAIG, VTD_QI_CTX_GLOBAL);
	}
	set_reg64(u, VTD_REG_CCMD, val);
}

static void write_iotlb(struct iommu *u, u64 val)
{
	static const struct drop all = {.did = -1, .pasid = -1, .pgtts = ~0u};

	val &= VTD_IOTLB_IVT | SPEC_FIELD(61, 60) | SPEC_FIELD(49, 32);
	if (val & VTD_IOTLB_IVT) {
		val &= ~VTD_IOTLB_IVT;
		if (register_commands(u)) {
			drop_iotlb(u, &all);
			drop_ss_walk(u, &all);
			val |= SPEC_PREP(VTD_IOTLB_IAIG, VTD_QI_IOTLB_GLOBAL);
		}
	}
	set_reg64(u, u->iotlb_off + 8, val);
}

/* ---- virtual command (section 11.4.16): only emulated units have it ---- */

static bool alloc_pasid(struct iommu *u, u32 *pasid)
{
	u32 end = 1u << (SPEC_GET(VTD_ECAP_PSS, u->cfg.ecap) + 1);

	for (u32 p = 1; p < end; p++) {
		if (!(u->vcmd_pasids[p / 8] & (1u << (p % 8)))) {
			u->vcmd_pasids[p / 8] |= (u8)(1u << (p % 8));
			*pasid = p;
			return true;
		}
	}
	return false;
}

static void write_vcmd(struct iommu *u, u64 val)
{
	u32 pasid = (u32)SPEC_GET(VTD_VCMD_PASID, val);
	u64 rsp = 0;

	if (!(u->cfg.ecap & VTD_ECAP_VCS))
		return;
	switch (SPEC_GET(VTD_VCMD_CMD, val)) {
	case VTD_VCMD_NULL:
		break;
	case VTD_VCMD_ALLOC:
		rsp = alloc_pasid(u, &pasid) ? SPEC_PREP(VTD_VCRSP_PASID, pasid)
					     : SPEC_PREP(VTD_VCRSP_SC, VTD_VCRSP_NONE);
		break;
	case VTD_VCMD_FREE:
		if (u->vcmd_pasids[pasid / 8] & (1u << (pasid % 8)))
			u->vcmd_pasids[pasid / 8] &= (u8) ~(1u << (pasid % 8));
		else
			rsp = SPEC_PREP(VTD_VCRSP_SC, VTD_VCRSP_NONE);
		break;
	default:
		rsp = SPEC_PREP(VTD_VCRSP_SC, VTD_VCRSP_UNDEF);
		break;
	}
	set_reg64(u, VTD_REG_VCRSP, rsp);
}

/* ---- access ---- */

/* Registers whose write does more than store; the new value is in place. */
static void after_write(struct iommu *u, u32 reg, u64 val)
{
	switch (reg) {
	case VTD_REG_GCMD:
		write_gcmd(u, (u32)val);
		break;
	case VTD_REG_CCMD:
		write_ccmd(u, val);
		break;
	case VTD_REG_FSTS:
		settle_fsts(u);
		iq_kick(u);
		break;
	case VTD_REG_FECTL:
		write_ectl(u, &u->fault_msg);
		break;
	case VTD_REG_IECTL:
		write_ectl(u, &u->inv_msg);
		break;
	case VTD_REG_PECTL:
		write_ectl(u, &u->prq_msg);
		break;
	case VTD_REG_ICS:
		if (!(reg32(u, VTD_REG_ICS) & VTD_ICS_IWC))
			set_reg32(u, VTD_REG_IECTL, reg32(u, VTD_REG_IECTL) & ~(u32)VTD_ECTL_IP);
		break;
	case VTD_REG_PMEN:
		if (u->cfg.cap & (VTD_CAP_PLMR | VTD_CAP_PHMR))
			set_reg32(u, reg,
				  val & VTD_PMEN_EPM ? (u32)(VTD_PMEN_EPM | VTD_PMEN_PRS) : 0);
		break;
	case VTD_REG_IQT:
		iq_kick(u);
		break;
	case VTD_REG_IQA: /* writing the address resets the tail (11.4.9.3) */
		set_reg64(u, VTD_REG_IQT, 0);
		break;
	case VTD_REG_PRS:
		write_prs(u);
		break;
	case VTD_REG_VCMD:
		write_vcmd(u, val);
		break;
	default:
		break;
	}
}

static u64 load(const struct iommu *u, u32 off, u32 width)
{
	return width == 8 ? reg64(u, off) : reg32(u, off);
}

/* Writes @val to the bytes [off, off + width) of one register. */
static void write_one(struct iommu *u, const struct iommu_reg *r, u32 off, u32 width, u64 val)
{
	u64 old = load(u, r->off, r->width), set, wrote;
	u32 shift = 8 * (off - r->off);
	u64 mask = width == 8 ? ~0ull : 0xffffffffull << shift;

	if ((r->off == VTD_REG_IQA && u->qie) || (r->off >= VTD_REG_VCMD && !u->vcmd_pasids))
		return;
	set = val << shift & mask;
	wrote = (old & ~(r->rw & mask)) | (set & r->rw);
	wrote &= ~(set & r->w1c);
	if (r->width == 8)
		set_reg64(u, r->off, wrote);
	else
		set_reg32(u, r->off, (u32)wrote);
	/* Command registers get the value written: their command bits are not stored. */
	after_write(u, r->off, (wrote & ~mask) | set);
}

static bool valid_access(u32 off, u32 width)
{
	return (width == 4 || width == 8) && !(off & (width - 1)) && off < IOMMU_MMIO_SIZE;
}

u64 iommu_mmio_read(struct iommu *u, u32 off, u32 width)
{
	return valid_access(off, width) ? load(u, off, width) : 0;
}

void iommu_mmio_write(struct iommu *u, u32 off, u32 width, u64 val)
{
	const struct iommu_reg *r;

	if (!valid_access(off, width))
		return;
	if (off >= u->frcd_off && off < u->frcd_off + 16 * u->n_frcd) {
		write_record(u, off, width, val);
		return;
	}
	if (off >= u->iotlb_off && off < u->iotlb_off + 16) {
		if (width == 4) {
			u64 old = reg64(u, off & ~7u);

			val = off & 4 ? (old & 0xffffffffu) | val << 32
				      : (old & ~0xffffffffull) | (u32)val;
			off &= ~7u;
		}
		if (off == u->iotlb_off)
			set_reg64(u, off, val);
		else
			write_iotlb(u, val);
		return;
	}
	r = find_reg(off);
	if (r && width == 8 && r->width == 4) { /* two registers at once: the lower first */
		write_one(u, r, off, 4, (u32)val);
		r = find_reg(off + 4);
		off += 4;
		width = 4;
		val >>= 32;
	}
	if (r)
		write_one(u, r, off, width, val);
}

void regs_init(struct iommu *u)
{
	u64 ecap = u->cfg.ecap;

	set_reg32(u, VTD_REG_VER, u->cfg.version);
	set_reg64(u, VTD_REG_CAP, SPEC_SET(VTD_CAP_FRO, u->cfg.cap, u->frcd_off / 16));
	set_reg64(u, VTD_REG_ECAP, SPEC_SET(VTD_ECAP_IRO, ecap, u->iotlb_off / 16));
	set_reg32(u, VTD_REG_FECTL, (u32)VTD_ECTL_IM);
	set_reg32(u, VTD_REG_IECTL, (u32)VTD_ECTL_IM);
	set_reg32(u, VTD_REG_PECTL, (u32)VTD_ECTL_IM);
	if (ecap & VTD_ECAP_VCS)
		set_reg64(u, VTD_REG_VCCAP, 7);
}
