// SPDX-License-Identifier: GPL-2.0
/* Every fault reason of tables 15 and 30: answer, record, FPD, overflow. */
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define SID    0x6a01
#define PASID  77u
#define NONE   IOMMU_NO_PASID
#define VA     0x7123456000ull
#define BEYOND ((1ull << 45) | 1) /* within the host's width, but not memory */

static struct iommu_world w;
static struct iw_space first, second;
static u64 host;

/* The PASID's entry: 4-level first stage, 4-level second stage, both, or pass-through. */
enum kind { FIRST, SECOND, NESTED, PASS };

static void begin(enum kind kind, const struct iommu_cfg *cfg)
{
	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
	host = iw_pages(&w, 1024);
	second = first = (struct iw_space){0};
	iw_space(&w, &second, 4, true);
	for (u64 gpa = 0; gpa < 1024 * MEM_PAGE; gpa += MEM_PAGE)
		iw_map(&w, &second, gpa, host + gpa, 12, IW_SS);
	if (kind == NESTED) {
		first = (struct iw_space){.root = 0x3000, .levels = 4, .offset = host};
		for (u32 l = 4; l > 1; l--)
			*iw_entry(&w, &first, VA, l) = (0x3000 + 0x1000 * (5 - l)) | IW_FS;
		*iw_entry(&w, &first, VA, 1) = 0x100000 | IW_FS;
		iw_set_nested(&w, SID, PASID, 30, &first, &second);
	} else if (kind == FIRST) {
		iw_space(&w, &first, 4, false);
		iw_map(&w, &first, VA, host, 12, IW_FS);
		iw_set_first(&w, SID, PASID, 1, &first);
	} else if (kind == SECOND) {
		iw_set_second(&w, SID, PASID, 30, &second);
	} else {
		iw_set_pass(&w, SID, PASID, 1);
	}
}

/* ---- what goes wrong; each breaks one thing of a working set-up ---- */

static u64 *fs(u32 level)
{
	return iw_entry(&w, &first, VA, level);
}

static u64 *ss(u64 gpa, u32 level)
{
	return iw_entry(&w, &second, gpa, level);
}

static void rta_reserved(void)
{
	w.root |= SPEC_PREP(VTD_RTADDR_TTM, 2);
	w.root &= ~SPEC_PREP(VTD_RTADDR_TTM, 1);
}
static void root_outside(void)
{
	w.root = BEYOND & VTD_PAGE_ADDR;
}
static void root_absent(void)
{
	*iw_ptr(&w, w.root + (SID >> 8) * 16) = 0;
}
static void root_reserved(void)
{
	*iw_ptr(&w, w.root + (SID >> 8) * 16) |= 0x10;
}
static void ctx_outside(void)
{
	*iw_ptr(&w, w.root + (SID >> 8) * 16) = BEYOND;
}
static void ctx_absent(void)
{
	*iw_context(&w, SID) &= ~VTD_CTX_Q0_P;
}
static void ctx_reserved(void)
{
	iw_context(&w, SID)[0] |= SPEC_BIT(7);
}
static void ctx_reserved_hi(void)
{
	iw_context(&w, SID)[3] = 1;
}
static void ctx_pre_alone(void)
{
	*iw_context(&w, SID) &= ~VTD_CTX_Q0_DTE;
}
static void ctx_no_pasid(void)
{
	*iw_context(&w, SID) &= ~VTD_CTX_Q0_PASIDE;
}
static void ctx_small_directory(void)
{
	*iw_context(&w, SID) &= ~VTD_CTX_Q0_PDTS;
}
static void ctx_rid_beyond(void)
{
	ctx_small_directory();
	iw_context(&w, SID)[1] = 0x2000;
}
static void ctx_rid_same(void)
{
	iw_context(&w, SID)[1] = PASID;
}
static void pde_outside(void)
{
	u64 *c = iw_context(&w, SID);

	*c = (*c & ~VTD_CTX_Q0_PASIDDIR) | (BEYOND & VTD_PAGE_ADDR);
}
static void pde_absent(void)
{
	*iw_directory(&w, SID, PASID) = 0;
}
static void pde_reserved(void)
{
	*iw_directory(&w, SID, PASID) |= 4;
}
static void pe_outside(void)
{
	*iw_directory(&w, SID, PASID) = BEYOND;
}
static void pe_absent(void)
{
	*iw_pasid(&w, SID, PASID) &= ~VTD_PE_Q0_P;
}
static void pe_reserved(void)
{
	iw_pasid(&w, SID, PASID)[1] |= SPEC_BIT(16);
}
static void pe_reserved_hi(void)
{
	iw_pasid(&w, SID, PASID)[6] = 1;
}
static void pe_pgtt(void)
{
	*iw_pasid(&w, SID, PASID) &= ~VTD_PE_Q0_PGTT;
}
static void pe_fspm(void)
{
	iw_pasid(&w, SID, PASID)[2] |= SPEC_PREP(VTD_PE_Q2_FSPM, 2);
}
static void pe_aw(void)
{
	*iw_pasid(&w, SID, PASID) &= ~VTD_PE_Q0_AW;
}
static void pe_sre(void)
{
	iw_pasid(&w, SID, PASID)[2] &= ~VTD_PE_Q2_SRE;
}
static void fs_top(void)
{
	u64 *e = iw_pasid(&w, SID, PASID);

	e[2] = (e[2] & ~VTD_PE_Q2_FSPTPTR) | (BEYOND & VTD_PAGE_ADDR);
}
static void fs_outside(void)
{
	*fs(3) = (BEYOND & VTD_PAGE_ADDR) | IW_FS;
}
static void fs_absent(void)
{
	*fs(1) = 0;
}
static void fs_reserved(void)
{
	*fs(1) |= SPEC_BIT(50);
}
static void fs_ps_top(void)
{
	*fs(4) |= VTD_FS_PS;
}
static void fs_2m_low(void)
{
	*fs(2) = (8ull << 30) | SPEC_BIT(14) | VTD_FS_PS | IW_FS;
}
static void fs_kernel_page(void)
{
	*fs(2) &= ~VTD_FS_US;
}
static void fs_read_only(void)
{
	*fs(1) &= ~VTD_FS_RW;
}
static void fs_into_msi(void)
{
	*fs(1) = VTD_MSI_BASE | 0x1000 | IW_FS;
}
static void no_snoop(void)
{
	iw_pasid(&w, SID, PASID)[1] &= ~VTD_PE_Q1_PWSNP;
}
static void fs_write_fails(void)
{
	mem_fail(w.mem, host, 0x8000, MEM_FAIL_WRITE); /* nested: the guest's tables */
	for (u32 l = 1; l <= 4; l++)
		mem_fail(w.mem, (u64)((char *)fs(l) - (char *)mem_ptr(w.mem, 0)), 8,
			 MEM_FAIL_WRITE);
}
static void fs_gpa_wide(void)
{
	*fs(1) = (1ull << 50) | IW_FS;
}
static void fs_table_wide(void)
{
	*fs(3) = (1ull << 50) | IW_FS;
}
static void ss_no_top(void)
{
	*ss(0x3000, 1) = VTD_SS_W | host;
}
static void ss_no_table(void)
{
	*ss(0x5000, 1) = VTD_SS_W | host;
}
static void ss_table_read_only(void)
{
	*ss(0x6000, 1) &= ~VTD_SS_W;
}
static void ss_outside(void)
{
	*ss(0x3000, 2) = (BEYOND & VTD_PAGE_ADDR) | IW_SS;
}
static void ss_absent(void)
{
	*ss(0x100000, 1) = 0;
}
static void ss_absent_above(void)
{
	*ss(0x3000, 3) = 0;
}
static void ss_and_empty(void) /* R in one level, W in the next */
{
	*ss(0x3000, 2) &= ~VTD_SS_W;
	*ss(0x100000, 1) &= ~VTD_SS_R;
}
static void ss_reserved(void)
{
	*ss(0x100000, 1) |= SPEC_BIT(47);
}
static void ss_snp_above(void)
{
	*ss(0x3000, 2) |= VTD_SS_SNP;
}
static void ss_top(void)
{
	u64 *e = iw_pasid(&w, SID, PASID);

	e[0] = (e[0] & ~VTD_PE_Q0_SSPTPTR) | (BEYOND & VTD_PAGE_ADDR);
}
static void ss_marks_no_snoop(void)
{
	*iw_pasid(&w, SID, PASID) |= VTD_PE_Q0_SSADE;
	no_snoop();
}
static void ss_marks_fail(void)
{
	*iw_pasid(&w, SID, PASID) |= VTD_PE_Q0_SSADE;
	mem_fail(w.mem, (u64)((char *)ss(0x100000, 1) - (char *)mem_ptr(w.mem, 0)) & ~0xfffull,
		 0x1000, MEM_FAIL_WRITE);
}
static void ss_read_only(void)
{
	*ss(0x100000, 1) &= ~VTD_SS_W;
}
static void ss_write_only(void)
{
	*ss(0x100000, 1) &= ~VTD_SS_R;
}
static void ss_into_msi(void)
{
	*ss(0x100000, 1) = VTD_MSI_BASE | IW_SS;
}

/* ---- the table ---- */

#define UR  IOMMU_UNSUPPORTED
#define CA  IOMMU_ABORT
#define NO  IOMMU_NO_ACCESS
#define REC true

struct row {
	u8 fault;
	enum kind kind;
	void (*damage)(void);
	u32 access;
	u64 addr;     /* 0: VA, or 0x100000 for second stages */
	u8 ats;	      /* answer to a translation request */
	bool ats_rec; /* and whether that is recorded */
	bool qualified;
	bool priv;
	u32 pasid; /* 0: PASID */
};

static const struct row rows[] = {
	{VTD_FR_RTA, FIRST, rta_reserved, 1, 0, UR, REC, false, false, 0},
	{VTD_FR_ROOT_ACC, FIRST, root_outside, 1, 0, CA, REC, false, false, 0},
	{VTD_FR_ROOT_P, FIRST, root_absent, 1, 0, UR, REC, false, false, 0},
	{VTD_FR_ROOT_RSVD, FIRST, root_reserved, 1, 0, CA, REC, false, false, 0},
	{VTD_FR_CTX_ACC, FIRST, ctx_outside, 1, 0, CA, REC, false, false, 0},
	{VTD_FR_CTX_P, FIRST, ctx_absent, 1, 0, UR, REC, true, false, 0},
	{VTD_FR_CTX_RSVD, FIRST, ctx_reserved, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_CTX_RSVD, FIRST, ctx_reserved_hi, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_CTX_INV, FIRST, ctx_pre_alone, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_CTX_INV, FIRST, ctx_rid_beyond, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PASIDE, FIRST, ctx_no_pasid, 1, 0, UR, REC, true, false, 0},
	{VTD_FR_PASID_DIR, FIRST, ctx_small_directory, 1, 0, UR, REC, true, false, 0x3000},
	{VTD_FR_RID_PASID, FIRST, ctx_rid_same, 1, 0, UR, REC, true, false, 0},
	{VTD_FR_PDE_ACC, FIRST, pde_outside, 1, 0, CA, REC, false, false, 0},
	{VTD_FR_PDE_P, FIRST, pde_absent, 1, 0, NO, false, true, false, 0},
	{VTD_FR_PDE_RSVD, FIRST, pde_reserved, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PE_ACC, FIRST, pe_outside, 1, 0, CA, REC, false, false, 0},
	{VTD_FR_PE_P, FIRST, pe_absent, 1, 0, NO, false, true, false, 0},
	{VTD_FR_PE_RSVD, FIRST, pe_reserved, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PE_RSVD, FIRST, pe_reserved_hi, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PE_INV, FIRST, pe_pgtt, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PE_INV, FIRST, pe_fspm, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_PE_INV, SECOND, pe_aw, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SRE, FIRST, pe_sre, 1, 0, NO, false, true, true, 0},
	{VTD_FR_FS_TOP, FIRST, fs_top, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_ACC, FIRST, fs_outside, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_P, FIRST, fs_absent, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_RSVD, FIRST, fs_reserved, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_RSVD, FIRST, fs_ps_top, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_RSVD, FIRST, fs_2m_low, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_WIDTH, NESTED, fs_gpa_wide, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_WIDTH, NESTED, fs_table_wide, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_TOP_READ, NESTED, ss_no_top, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_TABLE_READ, NESTED, ss_no_table, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_TABLE_WRITE, NESTED, ss_table_read_only, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_ACC, NESTED, ss_outside, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_ACC, SECOND, ss_outside, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_P, SECOND, ss_absent, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_P, NESTED, ss_absent_above, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_P, SECOND, ss_and_empty, 1, 0, NO, false, true, false, 0},
	{VTD_FR_SS_RSVD, SECOND, ss_reserved, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_RSVD, SECOND, ss_snp_above, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_TOP, SECOND, ss_top, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_AD_SNOOP, SECOND, ss_marks_no_snoop, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_SS_AD_FAIL, SECOND, ss_marks_fail, 1, 0, CA, REC, true, false, 0},
	{VTD_FR_CANONICAL, FIRST, NULL, 1, 1ull << 47, NO, false, true, false, 0},
	{VTD_FR_USER, FIRST, fs_kernel_page, 1, 0, NO, false, true, false, 0},
	{VTD_FR_HAW, PASS, NULL, 1, 1ull << 46, NO, false, true, false, 0},
	{VTD_FR_SS_WIDTH, SECOND, NULL, 1, 1ull << 48, NO, false, true, false, 0},
	{VTD_FR_WRITE, FIRST, fs_read_only, 2, 0, IOMMU_OK, false, true, false, 0},
	{VTD_FR_WRITE, SECOND, ss_read_only, 2, 0, IOMMU_OK, false, true, false, 0},
	{VTD_FR_READ, SECOND, ss_write_only, 1, 0, IOMMU_OK, false, true, false, 0},
	{VTD_FR_READ, NESTED, ss_write_only, 1, 0, IOMMU_OK, false, true, false, 0},
	{VTD_FR_MSI_OUT, FIRST, fs_into_msi, 2, 0, CA, REC, true, false, 0},
	{VTD_FR_MSI_OUT, SECOND, ss_into_msi, 2, 0, CA, REC, true, false, 0},
	{VTD_FR_MSI_OUT, PASS, NULL, 2, VTD_MSI_BASE, CA, REC, true, false, 0},
	{VTD_FR_FS_AD_SNOOP, FIRST, no_snoop, 1, 0, NO, false, true, false, 0},
	{VTD_FR_FS_AD_FAIL, FIRST, fs_write_fails, 1, 0, NO, REC, true, false, 0},
	{VTD_FR_FS_AD_FAIL, NESTED, fs_write_fails, 1, 0, NO, REC, true, false, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct iommu_reply request(const struct row *r, u8 at)
{
	struct iommu_req req = {
		.sid = SID,
		.pasid = r->pasid ? r->pasid : PASID,
		.addr = r->addr		    ? r->addr
			: r->kind == SECOND ? 0x100000
					    : VA,
		.len = 64,
		.access = (u8)(at == IOMMU_TRANSLATION ? IOMMU_R | IOMMU_W : r->access),
		.at = at,
		.priv = r->priv,
	};
	struct iommu_reply reply;

	iommu_translate(w.iommu, &req, &reply);
	return reply;
}

static void complain(u32 i, const char *what, u32 got)
{
	char text[120];

	snprintf(text, sizeof(text), "row %u (0x%02x): %s, got 0x%x", i, rows[i].fault, what, got);
	fprintf(stderr, "%s\n", text);
	CU_FAIL("row");
}

static void check_record(u32 i, const struct row *r)
{
	u64 q0, q1, addr = r->addr ? r->addr : r->kind == SECOND ? 0x100000 : VA;

	if (iw_fault(&w, 0, &q0, &q1) != r->fault) {
		complain(i, "recorded reason", iw_fault(&w, 0, NULL, NULL));
		return;
	}
	CU_ASSERT_EQUAL(q0, addr & VTD_FRCD_Q0_FI);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_FRCD_Q1_SID, q1), SID);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_FRCD_Q1_PASID, q1), r->pasid ? r->pasid : PASID);
	CU_ASSERT_TRUE(q1 & VTD_FRCD_Q1_PP);
	CU_ASSERT_EQUAL(!!(q1 & VTD_FRCD_Q1_PRIV), r->priv);
	CU_ASSERT_EQUAL(!!(q1 & VTD_FRCD_Q1_T1), r->access == IOMMU_R);
	CU_ASSERT_EQUAL(q1 & VTD_FRCD_Q1_T2, 0);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_FRCD_Q1_AT, q1), IOMMU_UNTRANSLATED);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_PPF);
}

static void untranslated(void)
{
	for (u32 i = 0; i < ROWS; i++) {
		struct iommu_reply r;

		begin(rows[i].kind, NULL);
		if (rows[i].damage)
			rows[i].damage();
		iw_enable(&w);
		r = request(&rows[i], IOMMU_UNTRANSLATED);
		if (r.status != IOMMU_UNSUPPORTED || r.fault != rows[i].fault || r.len)
			complain(i, "untranslated", r.fault);
		else
			check_record(i, &rows[i]);
		iw_run_us(&w, 10);
		CU_ASSERT_EQUAL(w.msis, 1);
		iw_free(&w);
	}
}

/* Table 30, the column of translation requests. */
static void translation_requests(void)
{
	for (u32 i = 0; i < ROWS; i++) {
		struct iommu_reply r;
		u32 recorded;

		begin(rows[i].kind, NULL);
		if (rows[i].damage)
			rows[i].damage();
		iw_enable(&w);
		r = request(&rows[i], IOMMU_TRANSLATION);
		recorded = iw_fault(&w, 0, NULL, NULL);
		if (r.status != rows[i].ats)
			complain(i, "answer to a translation request", r.status);
		if (recorded != (rows[i].ats_rec ? rows[i].fault : 0))
			complain(i, "recorded for a translation request", recorded);
		CU_ASSERT_EQUAL(r.perms != 0, r.status == IOMMU_OK);
		iw_free(&w);
	}
}

/* FPD in any of the three entries silences qualified faults, present or not. */
static void fault_processing_disable(void)
{
	for (u32 where = 0; where < 3; where++) {
		for (u32 i = 0; i < ROWS; i++) {
			bool reaches_ctx = rows[i].fault >= VTD_FR_CTX_P;
			bool reaches_pde =
				rows[i].fault > VTD_FR_PDE_ACC && rows[i].fault != VTD_FR_PSS;
			bool reaches_pe = rows[i].fault > VTD_FR_PE_ACC;
			bool met = where == 0 ? reaches_ctx : where == 1 ? reaches_pde : reaches_pe;
			u32 recorded;

			begin(rows[i].kind, NULL);
			if (rows[i].damage)
				rows[i].damage();
			if (where == 0 && rows[i].damage != ctx_outside &&
			    rows[i].damage != root_absent && rows[i].damage != root_outside)
				*iw_context(&w, SID) |= VTD_CTX_Q0_FPD;
			else if (where == 1 && reaches_pde)
				*iw_directory(&w, SID, PASID) |= VTD_PDE_FPD;
			else if (where == 2 && reaches_pe)
				*iw_pasid(&w, SID, PASID) |= VTD_PE_Q0_FPD;
			iw_enable(&w);
			request(&rows[i], IOMMU_UNTRANSLATED);
			recorded = iw_fault(&w, 0, NULL, NULL);
			if (recorded != (rows[i].qualified && met ? 0 : rows[i].fault))
				complain(i, "FPD", recorded);
			iw_free(&w);
		}
	}
}

/* ---- reasons that need other units ---- */

static void abort_mode(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_ADMS;
	begin(FIRST, &cfg);
	iw_enable(&w);
	iw_write(&w, VTD_REG_RTADDR, SPEC_PREP(VTD_RTADDR_TTM, VTD_TTM_ABORT));
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_SRTP);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).fault, VTD_FR_ABORT_MODE);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), VTD_FR_ABORT_MODE);
	iw_free(&w);
}

static void execute_requests(void)
{
	struct iommu_req req = {
		.sid = SID, .pasid = PASID, .addr = VA, .len = 8, .access = IOMMU_R, .exec = true};
	struct iommu_reply r;

	for (u32 version = 6; version <= 8; version += 2) {
		struct iommu_cfg cfg;

		iw_cfg(&cfg);
		cfg.version = version << 4;
		begin(FIRST, &cfg);
		iw_enable(&w);
		iommu_translate(w.iommu, &req, &r);
		CU_ASSERT_EQUAL(r.status, IOMMU_UNSUPPORTED);
		CU_ASSERT_EQUAL(r.fault, version >= 8 ? VTD_FR_EXEC_V8 : VTD_FR_EXEC);
		iw_free(&w);
	}
}

static void pasid_beyond_unit(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.ecap = SPEC_SET(VTD_ECAP_PSS, cfg.ecap, 9);
	begin(FIRST, &cfg);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, 1024, VA, 8, IOMMU_R).fault, VTD_FR_PSS);
	CU_ASSERT_EQUAL(iw_ats(&w, SID, 1024, VA, 8, true).status, IOMMU_UNSUPPORTED);
	iw_free(&w);
}

/* A PASID wider than 20 bits must not alias a cached one. */
static void absurd_pasid(void)
{
	begin(FIRST, NULL);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID | 1u << 20, VA, 8, IOMMU_R).fault, VTD_FR_PSS);
	iw_free(&w);
}

static void translated_requests(void)
{
	struct iommu_req req = {.sid = SID,
				.pasid = NONE,
				.addr = 0x123000,
				.len = 0x5000,
				.access = IOMMU_W,
				.at = IOMMU_TRANSLATED};
	struct iommu_reply r;
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_PTRS;
	begin(FIRST, &cfg);
	iw_enable(&w);
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, 0x123000);
	CU_ASSERT_EQUAL(r.len, 0x5000);
	req.pasid = PASID;
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_EPTR);
	req.pasid = NONE;
	req.addr = VTD_MSI_BASE;
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.status, IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_MSI_OUT);
	req.addr = 0x123000;
	*iw_context(&w, SID) &= ~(VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
	iw_qi(&w, VTD_QI_CTX | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_CTX_GLOBAL), 0);
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_DTE);
	CU_ASSERT_EQUAL(iw_ats(&w, SID, PASID, VA, 8, false).status, IOMMU_UNSUPPORTED);
	/* an IOTLB entry of an untranslated request does not let a translation request pass */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_ats(&w, SID, PASID, VA, 8, false).fault, VTD_FR_DTE);
	iw_free(&w);
}

/* Section 3.15: requests without PASID to 0xFEEx_xxxx. */
static void interrupt_range(void)
{
	struct iommu_reply r;

	begin(FIRST, NULL);
	iw_set_pass(&w, SID, 0, 1);
	iw_enable(&w);
	r = iw_translate(&w, SID, NONE, VTD_MSI_BASE + 0x10, 4, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_INTERRUPT);
	r = iw_translate(&w, SID, NONE, VTD_MSI_BASE + 0x10, 0, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	r = iw_translate(&w, SID, NONE, VTD_MSI_BASE + 0x10, 4, IOMMU_R);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_IR_REQUEST);
	r = iw_translate(&w, SID, NONE, VTD_MSI_BASE + 0x10, 8, IOMMU_W);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_IR_REQUEST);
	r = iw_ats(&w, SID, NONE, VTD_MSI_BASE + 0x10, 4, false);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_TRUE(r.untranslated_only);
	CU_ASSERT_EQUAL(r.perms, IOMMU_W);
	r = iw_ats(&w, SID, NONE, VTD_MSI_BASE + 0x10, 4, true);
	CU_ASSERT_EQUAL(r.status, IOMMU_NO_ACCESS);
	CU_ASSERT_EQUAL(r.perms, 0);
	CU_ASSERT_FALSE(r.untranslated_only);
	iw_free(&w);
}

/* ---- recording ---- */

static void overflow(void)
{
	u32 n;

	begin(FIRST, NULL);
	fs_absent();
	iw_enable(&w);
	n = (u32)SPEC_GET(VTD_CAP_NFR, iw_read64(&w, VTD_REG_CAP)) + 1;
	for (u32 i = 0; i < n; i++)
		iw_translate(&w, SID, PASID, VA + i * MEM_PAGE, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_PPF);
	for (u32 i = 0; i < n; i++) {
		u64 q0;

		CU_ASSERT_EQUAL(iw_fault(&w, i, &q0, NULL), VTD_FR_FS_P);
		CU_ASSERT_EQUAL(q0, VA + i * MEM_PAGE);
	}
	iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_PPF | VTD_FSTS_PFO);
	iw_run_us(&w, 10);
	CU_ASSERT_EQUAL(w.msis, 1); /* one message for all of it */
	CU_ASSERT_EQUAL(w.msi[0].data, 0x40);
	iw_clear_faults(&w);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS) & 0xff, 0);
	iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), VTD_FR_FS_P);
	iw_run_us(&w, 10);
	CU_ASSERT_EQUAL(w.msis, 2);
	iw_free(&w);
}

/* A masked event stays pending and is sent on unmasking; clearing the cause withdraws it. */
static void masked_event(void)
{
	begin(FIRST, NULL);
	fs_absent();
	iw_enable(&w);
	iw_write(&w, VTD_REG_FECTL, VTD_ECTL_IM);
	iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	iw_run_us(&w, 10);
	CU_ASSERT_EQUAL(w.msis, 0);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FECTL), VTD_ECTL_IM | VTD_ECTL_IP);
	iw_write(&w, VTD_REG_FECTL, 0);
	iw_run_us(&w, 10);
	CU_ASSERT_EQUAL(w.msis, 1);
	iw_write(&w, VTD_REG_FECTL, VTD_ECTL_IM);
	iw_clear_faults(&w);
	iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FECTL), VTD_ECTL_IM | VTD_ECTL_IP);
	iw_clear_faults(&w);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FECTL), VTD_ECTL_IM);
	iw_free(&w);
}

/* A run ends before a page that would fault, without a record; asking for that page faults. */
static void runs_end_before_faults(void)
{
	struct iommu_reply r;

	begin(FIRST, NULL);
	iw_map(&w, &first, VA + MEM_PAGE, host + MEM_PAGE, 12, IW_FS);
	iw_enable(&w);
	r = iw_translate(&w, SID, PASID, VA + 0x800, 0x10000, IOMMU_R);
	CU_ASSERT_EQUAL(r.len, 2 * MEM_PAGE - 0x800);
	CU_ASSERT_EQUAL(r.pages, 2);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), 0);
	r = iw_translate(&w, SID, PASID, VA + 0x800 + r.len, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_FS_P);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), VTD_FR_FS_P);
	iw_free(&w);
}

/* Section 6.2.3.1: domain IDs shared against the rules are counted, those shared by them are not.
 */
static void domain_id_rules(void)
{
	struct iw_space other = {0};

	begin(SECOND, NULL);
	iw_space(&w, &other, 4, true);
	iw_set_second(&w, SID, PASID + 1, 30, &second);
	iw_set_second(&w, SID, PASID + 2, 31, &other);
	iw_set_pass(&w, SID, PASID + 3, 1);
	iw_enable(&w);
	for (u32 i = 0; i < 4; i++)
		iw_translate(&w, SID, PASID + i, 0x100000, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_count(&w, "did_conflicts"), 0);
	iw_set_second(&w, SID, PASID + 4, 30, &other);
	iw_translate(&w, SID, PASID + 4, 0x100000, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_count(&w, "did_conflicts"), 1);
	iw_set_pass(&w, SID, PASID + 5, 31);
	iw_translate(&w, SID, PASID + 5, 0x100000, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_count(&w, "did_conflicts"), 2);
	iw_free(&w);
}

/* Bits that 2020 software sets: refused by default, let through on request. */
static void old_software(void)
{
	for (u32 old = 0; old < 2; old++) {
		struct iommu_cfg cfg;

		iw_cfg(&cfg);
		cfg.accept_2020 = old;
		begin(FIRST, &cfg);
		iw_pasid(&w, SID, PASID)[2] |= VTD_PE_Q2_ERE | VTD_PE_Q2_IGNORED;
		iw_enable(&w);
		CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).fault,
				old ? 0 : VTD_FR_PE_RSVD);
		iw_free(&w);
	}
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_fault", NULL, NULL);
	CU_ADD_TEST(s, untranslated);
	CU_ADD_TEST(s, translation_requests);
	CU_ADD_TEST(s, fault_processing_disable);
	CU_ADD_TEST(s, abort_mode);
	CU_ADD_TEST(s, execute_requests);
	CU_ADD_TEST(s, pasid_beyond_unit);
	CU_ADD_TEST(s, absurd_pasid);
	CU_ADD_TEST(s, translated_requests);
	CU_ADD_TEST(s, interrupt_range);
	CU_ADD_TEST(s, overflow);
	CU_ADD_TEST(s, masked_event);
	CU_ADD_TEST(s, runs_end_before_faults);
	CU_ADD_TEST(s, domain_id_rules);
	CU_ADD_TEST(s, old_software);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
