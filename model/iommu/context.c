// SPDX-License-Identifier: GPL-2.0
/* From requester and PASID to page tables: root, context, PASID directory, PASID table. */
#include "model/iommu/iommu_int.h"

#include <string.h>

/* Reads @words 64-bit words of an entry: one access. */
static bool fetch(struct iommu *u, struct lookup *l, u64 pa, u64 *to, u32 words)
{
	if (!table_readable(u, pa, 8ull * words))
		return false;
	memcpy(to, mem_ptr(u->mem, pa), 8ull * words);
	if (!l->dry) {
		l->reads++;
		l->ps += table_read_ps(u, pa);
	}
	return true;
}

static inline u64 beyond_haw(const struct iommu *u)
{
	return ~((1ull << u->cfg.haw) - 1);
}

static u8 read_legacy_context(struct iommu *u, struct lookup *l, u64 pa, struct ctx_info *c)
{
	u64 q[2];

	if (!fetch(u, l, pa, q, 2))
		return VTD_FR_L_CTX_ACC;
	l->fpd |= !!(q[0] & VTD_LCTX_Q0_FPD);
	if (!(q[0] & VTD_LCTX_Q0_P))
		return VTD_FR_L_CTX_P;
	if (q[0] & (SPEC_FIELD(11, 4) | (VTD_LCTX_Q0_SSPTPTR & beyond_haw(u))) ||
	    q[1] & (SPEC_BIT(7) | SPEC_FIELD(63, 24)))
		return VTD_FR_L_CTX_RSVD;
	*c = (struct ctx_info){
		.legacy = true,
		.fpd = q[0] & VTD_LCTX_Q0_FPD,
		.tt = (u8)SPEC_GET(VTD_LCTX_Q0_TT, q[0]),
		.aw = (u8)SPEC_GET(VTD_LCTX_Q1_AW, q[1]),
		.did = (u16)SPEC_GET(VTD_LCTX_Q1_DID, q[1]),
		.ss_root = q[0] & VTD_LCTX_Q0_SSPTPTR,
	};
	c->dte = c->tt == VTD_TT_ALL;
	if (c->tt == 3 || (c->tt == VTD_TT_ALL && !(u->cfg.ecap & VTD_ECAP_DT)) ||
	    (c->tt == VTD_TT_PASS && !(u->cfg.ecap & VTD_ECAP_PT)) ||
	    !(SPEC_GET(VTD_CAP_SAGAW, u->cfg.cap) & (1u << c->aw)))
		return VTD_FR_L_CTX_INV;
	return 0;
}

static u8 read_scalable_context(struct iommu *u, struct lookup *l, u64 pa, struct ctx_info *c)
{
	u64 reserved = SPEC_FIELD(8, 7) | (VTD_CTX_Q0_PASIDDIR & beyond_haw(u));
	u64 ecap = u->cfg.ecap, q[4];

	if (!fetch(u, l, pa, q, 4))
		return VTD_FR_CTX_ACC;
	l->fpd |= !!(q[0] & VTD_CTX_Q0_FPD);
	if (!(q[0] & VTD_CTX_Q0_P))
		return VTD_FR_CTX_P;
	if (!(ecap & VTD_ECAP_DT))
		reserved |= VTD_CTX_Q0_DTE;
	if (!(ecap & VTD_ECAP_PASID))
		reserved |= VTD_CTX_Q0_PASIDE;
	if (!(ecap & VTD_ECAP_PRS))
		reserved |= VTD_CTX_Q0_PRE;
	if (!(ecap & VTD_ECAP_PTRS))
		reserved |= VTD_CTX_Q0_EPTR;
	reserved |= VTD_CTX_Q0_HPTE; /* ECAP.HPTS is never set */
	if (q[0] & reserved || q[2] || q[3] || q[1] & SPEC_FIELD(63, 21) ||
	    (q[1] & VTD_CTX_Q1_RID_PASID && !(ecap & VTD_ECAP_RPS)) ||
	    (q[1] & VTD_CTX_Q1_RID_PRIV && !(ecap & VTD_ECAP_RPRIVS)))
		return VTD_FR_CTX_RSVD;
	*c = (struct ctx_info){
		.dir = q[0] & VTD_CTX_Q0_PASIDDIR,
		.rid_pasid = (u32)SPEC_GET(VTD_CTX_Q1_RID_PASID, q[1]),
		.pasid_limit = 1u << (SPEC_GET(VTD_CTX_Q0_PDTS, q[0]) + 13),
		.dte = q[0] & VTD_CTX_Q0_DTE,
		.paside = q[0] & VTD_CTX_Q0_PASIDE,
		.pre = q[0] & VTD_CTX_Q0_PRE,
		.eptr = q[0] & VTD_CTX_Q0_EPTR,
		.rid_priv = q[1] & VTD_CTX_Q1_RID_PRIV,
		.fpd = q[0] & VTD_CTX_Q0_FPD,
	};
	if ((c->pre && !c->dte) || (c->eptr && !c->paside) || c->rid_pasid >= c->pasid_limit)
		return VTD_FR_CTX_INV;
	return 0;
}

/* Steps 1 - 3 of the walk: RTADDR, root entry, context entry. */
static u8 read_context(struct iommu *u, u16 sid, struct lookup *l, struct ctx_info *c)
{
	bool legacy = u->ttm == VTD_TTM_LEGACY;
	u32 bus = sid >> 8, devfn = sid & 0xff;
	u64 root = u->root & VTD_PAGE_ADDR;
	u64 q[2], entry;

	if (u->ttm == VTD_TTM_ABORT)
		return u->cfg.ecap & VTD_ECAP_ADMS ? VTD_FR_ABORT_MODE : VTD_FR_RTA;
	if (u->ttm == 2 || (!legacy && !(u->cfg.ecap & VTD_ECAP_SMTS)) || root & beyond_haw(u))
		return VTD_FR_RTA;
	if (!fetch(u, l, root + bus * VTD_ROOT_BYTES, q, 2))
		return legacy ? VTD_FR_L_ROOT_ACC : VTD_FR_ROOT_ACC;
	if (legacy) {
		if (!(q[0] & VTD_ROOT_P))
			return VTD_FR_L_ROOT_P;
		if (q[1] || q[0] & (SPEC_FIELD(11, 1) | (VTD_ROOT_CTP & beyond_haw(u))))
			return VTD_FR_L_ROOT_RSVD;
		return read_legacy_context(u, l, (q[0] & VTD_ROOT_CTP) + devfn * VTD_LCTX_BYTES, c);
	}
	entry = q[devfn >> 7];
	if (!(entry & VTD_ROOT_P))
		return VTD_FR_ROOT_P;
	if (entry & (SPEC_FIELD(11, 1) | (VTD_ROOT_CTP & beyond_haw(u))))
		return VTD_FR_ROOT_RSVD;
	return read_scalable_context(u, l, (entry & VTD_ROOT_CTP) + (devfn & 0x7f) * VTD_CTX_BYTES,
				     c);
}

/* Finds the context entry of @sid, in the context cache or in memory; 0 or the fault reason. */
u8 find_context(struct iommu *u, u16 sid, struct lookup *l)
{
	u32 slot;

	l->ctx = &l->ctx_read;
	if (l->dry)
		return l->fault = read_context(u, sid, l, &l->ctx_read);
	u->count.context_lookups++;
	slot = tcache_find(&u->ctx_tags, sid, 1);
	if (slot != TCACHE_NONE) {
		u->count.context_hits++;
		l->ctx = &u->ctx[slot];
		l->fpd |= l->ctx->fpd;
		return 0;
	}
	l->fault = read_context(u, sid, l, &l->ctx_read);
	if (l->fault)
		return l->fault;
	u->memo.ctx = NULL;
	u->ctx[tcache_put(&u->ctx_tags, sid, 1)] = l->ctx_read;
	return 0;
}

static u8 check_modes(const struct iommu *u, const struct pasid_info *p, u32 aw, u32 fspm)
{
	u64 cap = u->cfg.cap, ecap = u->cfg.ecap;
	bool first = p->pgtt == VTD_PGTT_FIRST || p->pgtt == VTD_PGTT_NESTED;
	bool second = p->pgtt == VTD_PGTT_SECOND || p->pgtt == VTD_PGTT_NESTED;

	if (!p->pgtt || p->pgtt > VTD_PGTT_PASS)
		return VTD_FR_PE_INV;
	if ((first && !(ecap & VTD_ECAP_FSTS)) || (second && !(ecap & VTD_ECAP_SSTS)) ||
	    (p->pgtt == VTD_PGTT_NESTED && !(ecap & VTD_ECAP_NEST)) ||
	    (p->pgtt == VTD_PGTT_PASS && !(ecap & VTD_ECAP_PT)))
		return VTD_FR_PE_INV;
	if (first && (fspm > 1 || (fspm == 1 && !(cap & VTD_CAP_FS5LP))))
		return VTD_FR_PE_INV;
	if (second && (!aw || aw > 3 || !(SPEC_GET(VTD_CAP_SAGAW, cap) & (1u << aw))))
		return VTD_FR_PE_INV;
	return 0;
}

static u8 read_pasid_entry(struct iommu *u, struct lookup *l, u64 pa, struct pasid_info *p)
{
	u64 ecap = u->cfg.ecap, q[8];
	u64 r0 = VTD_PE_Q0_SSEE, r1, r2 = VTD_PE_Q2_ERE | SPEC_FIELD(11, 8);

	/* 64 bytes: up to four aligned reads may be used; one is */
	if (!fetch(u, l, pa, q, 8))
		return VTD_FR_PE_ACC;
	l->fpd |= !!(q[0] & VTD_PE_Q0_FPD);
	if (!(q[0] & VTD_PE_Q0_P))
		return VTD_FR_PE_P;
	r1 = SPEC_FIELD(22, 16) | VTD_PE_Q1_CD | VTD_PE_Q1_EMTE | VTD_PE_Q1_OLD_TYPE |
	     VTD_PE_Q1_PAT;
	if (!(ecap & VTD_ECAP_SSADS))
		r0 |= VTD_PE_Q0_SSADE;
	if (!(ecap & VTD_ECAP_SMPWCS))
		r1 |= VTD_PE_Q1_PWSNP;
	if (!(ecap & VTD_ECAP_SC))
		r1 |= VTD_PE_Q1_PGSNP;
	if (!(ecap & VTD_ECAP_SRS))
		r2 |= VTD_PE_Q2_SRE | VTD_PE_Q2_WPE;
	if (!(ecap & VTD_ECAP_EAFS))
		r2 |= VTD_PE_Q2_EAFE;
	r0 &= ~allow_2020(u, VTD_PE_Q0_SSEE);
	r1 &= ~allow_2020(u, VTD_PE_Q1_CD | VTD_PE_Q1_EMTE | VTD_PE_Q1_OLD_TYPE | VTD_PE_Q1_PAT);
	r2 &= ~allow_2020(u, VTD_PE_Q2_ERE | VTD_PE_Q2_SRE | VTD_PE_Q2_WPE);
	*p = (struct pasid_info){
		.fs_root = q[2] & VTD_PE_Q2_FSPTPTR,
		.ss_root = q[0] & VTD_PE_Q0_SSPTPTR,
		.did = (u16)SPEC_GET(VTD_PE_Q1_DID, q[1]),
		.pgtt = (u8)SPEC_GET(VTD_PE_Q0_PGTT, q[0]),
		.fs_levels = (u8)(4 + SPEC_GET(VTD_PE_Q2_FSPM, q[2])),
		.ss_levels = (u8)(2 + SPEC_GET(VTD_PE_Q0_AW, q[0])),
		.ssade = q[0] & VTD_PE_Q0_SSADE,
		.pwsnp = q[1] & VTD_PE_Q1_PWSNP,
		.pgsnp = q[1] & VTD_PE_Q1_PGSNP,
		.sre = q[2] & VTD_PE_Q2_SRE,
		.wpe = q[2] & VTD_PE_Q2_WPE,
		.eafe = q[2] & VTD_PE_Q2_EAFE,
		.fpd = q[0] & VTD_PE_Q0_FPD,
	};
	/* Roots that the translation type does not use are ignored. */
	if (p->pgtt == VTD_PGTT_SECOND || p->pgtt == VTD_PGTT_NESTED)
		r0 |= VTD_PE_Q0_SSPTPTR & beyond_haw(u);
	if (p->pgtt == VTD_PGTT_FIRST)
		r2 |= VTD_PE_Q2_FSPTPTR & beyond_haw(u);
	if (q[0] & r0 || q[1] & r1 || q[2] & r2 || q[3] || q[4] || q[5] || q[6] || q[7])
		return VTD_FR_PE_RSVD;
	return check_modes(u, p, (u32)SPEC_GET(VTD_PE_Q0_AW, q[0]),
			   (u32)SPEC_GET(VTD_PE_Q2_FSPM, q[2]));
}

/* Steps 4 and 5: PASID directory, PASID table. */
static u8 read_pasid(struct iommu *u, u32 pasid, struct lookup *l, struct pasid_info *p)
{
	u64 de;

	if (!fetch(u, l, l->ctx->dir + (u64)(pasid >> 6) * 8, &de, 1))
		return VTD_FR_PDE_ACC;
	l->fpd |= !!(de & VTD_PDE_FPD);
	if (!(de & VTD_PDE_P))
		return VTD_FR_PDE_P;
	if (de & (SPEC_FIELD(11, 2) | (VTD_PDE_TABLE & beyond_haw(u))))
		return VTD_FR_PDE_RSVD;
	return read_pasid_entry(u, l, (de & VTD_PDE_TABLE) + (pasid & 63) * VTD_PTE_BYTES, p);
}

/* A legacy context entry as the PASID entry it amounts to. */
static void legacy_pasid(const struct ctx_info *c, struct pasid_info *p)
{
	*p = (struct pasid_info){
		.ss_root = c->ss_root,
		.did = c->did,
		.pgtt = c->tt == VTD_TT_PASS ? VTD_PGTT_PASS : VTD_PGTT_SECOND,
		.ss_levels = (u8)(2 + c->aw),
		.fpd = c->fpd,
	};
}

/*
 * Section 6.2.3.1: entries that share a domain ID share the second stage; first-stage and
 * pass-through entries never use the ID of another kind; one PASID and ID mean one first stage.
 * Caches rely on it. Compared is the entry in @slot with the one that was loaded last under this
 * ID, if still cached.
 */
static bool breaks_sharing_rules(struct iommu *u, u32 slot)
{
	const struct pasid_info *a = &u->pasid[slot], *b;
	bool a_second = a->pgtt == VTD_PGTT_SECOND || a->pgtt == VTD_PGTT_NESTED;
	bool b_second;
	u32 other = u->did_slot[a->did % DID_SLOTS];

	u->did_slot[a->did % DID_SLOTS] = slot;
	b = &u->pasid[other];
	if (other == slot || !tcache_valid(&u->pasid_tags, other) || b->did != a->did)
		return false;
	b_second = b->pgtt == VTD_PGTT_SECOND || b->pgtt == VTD_PGTT_NESTED;
	if (a_second != b_second)
		return true;
	if (a_second && (a->ss_root != b->ss_root || a->ss_levels != b->ss_levels))
		return true;
	return u->pasid_tags.key[2 * (size_t)slot] == u->pasid_tags.key[2 * (size_t)other] &&
	       (a->pgtt != b->pgtt || a->fs_root != b->fs_root || a->fs_levels != b->fs_levels);
}

/*
 * After find_context(): the PASID-table entry that a request with @pasid (or none) uses; 0 or the
 * fault reason. Section 9.4: checks of the context entry that depend on the PASID come first.
 */
u8 find_pasid(struct iommu *u, u16 sid, u32 pasid, struct lookup *l)
{
	const struct ctx_info *c = l->ctx;
	u64 key;
	u32 slot;

	l->pi = &l->pi_read;
	if (c->legacy) {
		legacy_pasid(c, &l->pi_read);
		l->pasid = 0;
		return l->fault = pasid == IOMMU_NO_PASID ? 0 : VTD_FR_L_PASID;
	}
	if (pasid != IOMMU_NO_PASID) {
		if (!c->paside)
			return l->fault = VTD_FR_PASIDE;
		if (pasid >> (SPEC_GET(VTD_ECAP_PSS, u->cfg.ecap) + 1))
			return l->fault = VTD_FR_PSS;
		if (pasid >= c->pasid_limit)
			return l->fault = VTD_FR_PASID_DIR;
		if (pasid == c->rid_pasid)
			return l->fault = VTD_FR_RID_PASID;
		l->pasid = pasid;
	} else {
		l->pasid = c->rid_pasid;
	}
	if (l->dry)
		return l->fault = read_pasid(u, l->pasid, l, &l->pi_read);
	key = SPEC_BIT(63) | sid;
	u->count.pasid_lookups++;
	slot = tcache_find(&u->pasid_tags, l->pasid, key);
	if (slot != TCACHE_NONE) {
		u->count.pasid_hits++;
		l->pi = &u->pasid[slot];
		l->fpd |= l->pi->fpd;
		return 0;
	}
	l->fault = read_pasid(u, l->pasid, l, &l->pi_read);
	if (l->fault)
		return l->fault;
	l->pi_read.fpd = l->fpd; /* of all entries on the way */
	u->memo.ctx = NULL;
	slot = tcache_put(&u->pasid_tags, l->pasid, key);
	u->pasid[slot] = l->pi_read;
	if (u->cfg.checkers && breaks_sharing_rules(u, slot))
		u->count.did_conflicts++;
	return 0;
}
