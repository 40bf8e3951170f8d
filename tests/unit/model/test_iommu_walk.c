// SPDX-License-Identifier: GPL-2.0
/* Page walks of the remapping unit: levels, sizes, stages, permissions, marks, counts. */
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SID   0x6a01
#define PASID 77u
#define NONE  IOMMU_NO_PASID

static struct iommu_world w;

static void begin(const struct iommu_cfg *cfg)
{
	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
}

/* No walk caches, so that counts are those of the book. */
static void begin_bare(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.fs_walk.entries = cfg.ss_walk.entries = 0;
	begin(&cfg);
}

/* ---- sizes and levels ---- */

static void check_one(u64 va, u64 pa, u32 shift, u32 reads, u32 pasid)
{
	struct iommu_reply r = iw_translate(&w, SID, pasid, va, 8, IOMMU_R | IOMMU_W);

	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, pa);
	CU_ASSERT_EQUAL(r.len, 8);
	CU_ASSERT_EQUAL(r.page_shift, shift);
	CU_ASSERT_EQUAL(r.perms, IOMMU_R | IOMMU_W);
	CU_ASSERT_EQUAL(r.reads, reads);
	CU_ASSERT_EQUAL(r.walks, 1);
	CU_ASSERT_EQUAL(r.pages, 1);
	CU_ASSERT_EQUAL(r.fault, 0);
	r = iw_translate(&w, SID, pasid, va, 8, IOMMU_W);
	CU_ASSERT_EQUAL(r.iotlb_hits, 1);
	CU_ASSERT_EQUAL(r.pa, pa);
	CU_ASSERT_EQUAL(r.page_shift, shift);
}

/* Reads of context and PASID tables for the first request: root, context, directory, entry. */
#define ABOVE 4

static void first_stage(void)
{
	for (u32 levels = 4; levels <= 5; levels++) {
		struct iw_space s = {0};
		u64 hi = ~0ull << (12 + 9 * levels - 1); /* upper half, canonical */

		begin_bare();
		iw_space(&w, &s, levels, false);
		for (u32 i = 0; i < 3; i++) {
			u32 shift = 12 + 9 * i;

			iw_map(&w, &s, 0x10000000000ull + (i << 30), 5ull << 30, shift,
			       IW_FS | VTD_FS_A | VTD_FS_D);
			iw_map(&w, &s, hi + (i << 30), 6ull << 30, shift,
			       IW_FS | VTD_FS_A | VTD_FS_D);
		}
		for (u32 l = levels; l > 1;
		     l--) { /* tables accessed already: no updates to count */
			for (u32 i = 0; i < 3; i++) {
				u64 *a = iw_entry(&w, &s, 0x10000000000ull + (i << 30), l);
				u64 *b = iw_entry(&w, &s, hi + (i << 30), l);

				if (a)
					*a |= VTD_FS_A;
				if (b)
					*b |= VTD_FS_A;
				if (l == 2 + i)
					break;
			}
		}
		for (u32 i = 0; i < 3; i++) {
			for (u32 l = levels; l > i; l--)
				*iw_entry(&w, &s, 0x10000000000ull + (i << 30), l) |= VTD_FS_A;
			for (u32 l = levels; l > i; l--)
				*iw_entry(&w, &s, hi + (i << 30), l) |= VTD_FS_A;
		}
		iw_set_first(&w, SID, PASID, 1, &s);
		iw_enable(&w);
		check_one(0x10000000123ull, (5ull << 30) + 0x123, 12, levels + ABOVE, PASID);
		check_one(0x10000000000ull + (1 << 30) + 0x1fff8, (5ull << 30) + 0x1fff8, 21,
			  levels - 1, PASID);
		check_one(0x10000000000ull + (2u << 30) + 0x3fffff8, (5ull << 30) + 0x3fffff8, 30,
			  levels - 2, PASID);
		check_one(hi + 0x10, (6ull << 30) + 0x10, 12, levels, PASID);
		check_one(hi + (1 << 30) + 0x1ffff8, (6ull << 30) + 0x1ffff8, 21, levels - 1,
			  PASID);
		check_one(hi + (2u << 30), 6ull << 30, 30, levels - 2, PASID);
		iw_free(&w);
	}
}

static void second_stage(void)
{
	for (u32 levels = 3; levels <= 5; levels++) {
		struct iw_space s = {0};

		begin_bare();
		iw_space(&w, &s, levels, true);
		for (u32 i = 0; i < 3; i++)
			iw_map(&w, &s, (u64)i << 30, 7ull << 30, 12 + 9 * i, IW_SS);
		iw_set_second(&w, SID, PASID, 9, &s);
		/* requests without PASID use RID_PASID, which is 0 here */
		iw_set_second(&w, SID, 0, 9, &s);
		iw_enable(&w);
		check_one(0x7f8, (7ull << 30) + 0x7f8, 12, levels + ABOVE, PASID);
		check_one((1 << 30) + 0x1ff000, (7ull << 30) + 0x1ff000, 21, levels - 1, PASID);
		check_one((2u << 30) + 0x3ff000, (7ull << 30) + 0x3ff000, 30, levels - 2, PASID);
		/* the context is cached by now, the PASID entry of RID_PASID is not */
		check_one(0x7f8, (7ull << 30) + 0x7f8, 12, levels + 2, NONE);
		iw_free(&w);
	}
}

/* A guest: its memory [0, 4 MiB) at @host through 4 KiB pages, one page mapped at @va. */
static u64 guest(struct iw_space *first, struct iw_space *second, u32 fs_levels, u32 ss_levels,
		 u64 va, u64 ss_flags)
{
	u64 host = iw_pages(&w, 1024);

	*second = (struct iw_space){0};
	iw_space(&w, second, ss_levels, true);
	for (u64 gpa = 0; gpa < 1024 * MEM_PAGE; gpa += MEM_PAGE)
		iw_map(&w, second, gpa, host + gpa, 12, ss_flags);
	*first = (struct iw_space){.root = 0x3000, .levels = fs_levels, .offset = host};
	for (u32 l = fs_levels; l > 1; l--)
		*iw_entry(&w, first, va, l) =
			(0x3000 + 0x1000 * (fs_levels - l + 1)) | IW_FS | VTD_FS_A;
	*iw_entry(&w, first, va, 1) = 0x100000 | IW_FS | VTD_FS_A | VTD_FS_D;
	return host;
}

/* Section 3.8: (first levels + 1) * (second levels + 1) - 1 reads. */
static void nested_counts(void)
{
	for (u32 fs = 4; fs <= 5; fs++) {
		for (u32 ss = 3; ss <= 5; ss++) {
			struct iw_space first, second;
			u64 host, va = 0x7123456000ull;

			begin_bare();
			host = guest(&first, &second, fs, ss, va, IW_SS);
			iw_set_nested(&w, SID, PASID, 30, &first, &second);
			iw_enable(&w);
			check_one(va + 0x88, host + 0x100088, 12, (fs + 1) * (ss + 1) - 1 + ABOVE,
				  PASID);
			iw_free(&w);
		}
	}
}

/* With walk caches a second page costs one read of each stage. */
static void walk_caches(void)
{
	struct iw_space first, second;
	struct iommu_reply r;
	u64 va = 0x7123456000ull, host;

	begin(NULL);
	host = guest(&first, &second, 4, 4, va, IW_SS);
	*iw_entry(&w, &first, va + 0x5000, 1) = 0x105000 | IW_FS | VTD_FS_A;
	iw_set_nested(&w, SID, PASID, 30, &first, &second);
	iw_enable(&w);
	r = iw_translate(&w, SID, PASID, va, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	r = iw_translate(&w, SID, PASID, va + 0x5000, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, host + 0x105000);
	CU_ASSERT_EQUAL(r.reads, 2);
	CU_ASSERT(iw_count(&w, "walk_cache_hits") >= 2);
	iw_free(&w);
}

/* Sizes of the two stages mix: the smaller one counts. */
static void nested_sizes(void)
{
	struct iw_space first = {0}, second = {0};
	struct iommu_reply r;
	u64 host, va = 0x40000000ull;

	begin(NULL);
	host = iw_pages(&w, 2048); /* 8 MiB, aligned to it */
	iw_space(&w, &second, 4, true);
	iw_map(&w, &second, 0, host, 21, IW_SS);
	for (u32 i = 0; i < 512; i++)
		iw_map(&w, &second, 0x200000 + i * MEM_PAGE, host + 0x200000 + i * MEM_PAGE, 12,
		       IW_SS);
	first = (struct iw_space){.root = 0x1000, .levels = 4, .offset = host};
	*iw_entry(&w, &first, va, 4) = 0x2000 | IW_FS;
	*iw_entry(&w, &first, va, 3) = 0x3000 | IW_FS;
	*iw_entry(&w, &first, va, 2) = 0x200000 | IW_FS | VTD_FS_PS;
	*iw_entry(&w, &first, va + 0x200000, 2) = 0x4000 | IW_FS;
	*iw_entry(&w, &first, va + 0x200000, 1) = 0x10000 | IW_FS;
	iw_set_nested(&w, SID, PASID, 30, &first, &second);
	iw_enable(&w);
	r = iw_translate(&w, SID, PASID, va + 0x12345, 0x10000, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.page_shift, 12);
	CU_ASSERT_EQUAL(r.pa, host + 0x200000 + 0x12345);
	CU_ASSERT_EQUAL(r.len, 0x10000);
	CU_ASSERT_EQUAL(r.pages, 17);
	r = iw_translate(&w, SID, PASID, va + 0x200000, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.page_shift, 12);
	CU_ASSERT_EQUAL(r.pa, host + 0x10000);
	iw_free(&w);
}

static void pass_through(void)
{
	struct iommu_reply r;

	begin(NULL);
	iw_set_pass(&w, SID, PASID, 1);
	iw_enable(&w);
	r = iw_translate(&w, SID, PASID, 0x123456789ull, 0x10000, IOMMU_R | IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, 0x123456789ull);
	CU_ASSERT_EQUAL(r.len, 0x10000);
	r = iw_translate(&w, SID, PASID, 1ull << 46, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_HAW);
	/* Section 3.15: with a PASID the address is ordinary, its output in the interrupt range is
	 * not. */
	r = iw_translate(&w, SID, PASID, VTD_MSI_BASE + 0x40, 4, IOMMU_W);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_MSI_OUT);
	/* a run stops in front of it */
	r = iw_translate(&w, SID, PASID, VTD_MSI_BASE - 0x3000, 0x10000, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.len, 0x3000);
	r = iw_translate(&w, SID, PASID, VTD_MSI_LAST + 1, 0x1000, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	iw_free(&w);
}

static void translation_off(void)
{
	struct iommu_reply r;

	begin(NULL);
	r = iw_translate(&w, SID, NONE, 0x12345678, 0x100000, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, 0x12345678);
	CU_ASSERT_EQUAL(r.len, 0x100000);
	r = iw_ats(&w, SID, PASID, 0x1000, 8, false);
	CU_ASSERT_EQUAL(r.status, IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), 0);
	iw_free(&w);
}

/* ---- permissions: section 3.6.1 ---- */

static u32 try(u32 access, bool priv)
{
	struct iommu_req req = {.sid = SID,
				.pasid = PASID,
				.addr = 0x1000,
				.len = 8,
				.access = (u8)access,
				.priv = priv};
	struct iommu_reply r;

	iommu_translate(w.iommu, &req, &r);
	return r.status == IOMMU_OK ? 0 : r.fault;
}

static void permissions(void)
{
	static const struct {
		u64 leaf, table;
		bool wpe;
		u32 user_r, user_w, super_r, super_w;
	} rows[] = {
		{IW_FS, IW_FS, false, 0, 0, 0, 0},
		{VTD_FS_P | VTD_FS_US, IW_FS, false, 0, VTD_FR_WRITE, 0, 0},
		{VTD_FS_P | VTD_FS_US, IW_FS, true, 0, VTD_FR_WRITE, 0, VTD_FR_WRITE},
		{VTD_FS_P | VTD_FS_RW, IW_FS, true, VTD_FR_USER, VTD_FR_USER, 0, 0},
		{IW_FS, VTD_FS_P | VTD_FS_US, true, 0, VTD_FR_WRITE, 0, VTD_FR_WRITE},
		{IW_FS, VTD_FS_P | VTD_FS_RW, true, VTD_FR_USER, VTD_FR_USER, 0, 0},
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct iw_space s = {0};

		begin(NULL);
		iw_space(&w, &s, 4, false);
		iw_map(&w, &s, 0x1000, 8ull << 30, 12, rows[i].leaf);
		*iw_entry(&w, &s, 0x1000, 3) &= ~(u64)IW_FS;
		*iw_entry(&w, &s, 0x1000, 3) |= rows[i].table;
		iw_set_first(&w, SID, PASID, 1, &s);
		iw_pasid(&w, SID, PASID)[2] |= rows[i].wpe ? VTD_PE_Q2_WPE : 0;
		iw_enable(&w);
		for (u32 round = 0; round < 2; round++) { /* the second one meets cached rights */
			CU_ASSERT_EQUAL(try(IOMMU_R, false), rows[i].user_r);
			CU_ASSERT_EQUAL(try(IOMMU_W, false), rows[i].user_w);
			CU_ASSERT_EQUAL(try(IOMMU_R, true), rows[i].super_r);
			CU_ASSERT_EQUAL(try(IOMMU_W, true), rows[i].super_w);
		}
		iw_free(&w);
	}
}

static void second_stage_permissions(void)
{
	struct iw_space s = {0};
	struct iommu_reply r;

	begin(NULL);
	iw_space(&w, &s, 4, true);
	iw_map(&w, &s, 0x1000, 8ull << 30, 12, VTD_SS_R);
	iw_map(&w, &s, 0x2000, 8ull << 30, 12, VTD_SS_W);
	iw_set_second(&w, SID, PASID, 3, &s);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_W).fault, VTD_FR_WRITE);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x2000, 8, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x2000, 8, IOMMU_R).fault, VTD_FR_READ);
	/* CAP.ZLR: a zero-length read of a write-only page succeeds */
	r = iw_translate(&w, SID, PASID, 0x2000, 0, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.len, 0);
	CU_ASSERT_EQUAL(r.pages, 1);
	/* a translation request gets the effective rights */
	r = iw_ats(&w, SID, PASID, 0x1000, 8, false);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.perms, IOMMU_R);
	r = iw_ats(&w, SID, PASID, 0x2000, 8, false);
	CU_ASSERT_EQUAL(r.perms, IOMMU_W);
	/* no-write: W is forced to 0 (ECAP.NWFS) */
	r = iw_ats(&w, SID, PASID, 0x2000, 8, true);
	CU_ASSERT_EQUAL(r.status, IOMMU_NO_ACCESS);
	iw_free(&w);
}

/* RADDR.SSIRWE: bits 61 and 62 are the rights. */
static void second_stage_io_rights(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_SSIRWS;
	begin(&cfg);
	iw_space(&w, &s, 4, true);
	iw_map(&w, &s, 0x1000, 8ull << 30, 12, IW_SS | VTD_SS_IR);
	for (u32 l = 4; l > 1; l--)
		*iw_entry(&w, &s, 0x1000, l) |= VTD_SS_IR | VTD_SS_IW;
	iw_set_second(&w, SID, PASID, 3, &s);
	w.root |= VTD_RTADDR_SSIRWE;
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_W).fault, VTD_FR_WRITE);
	iw_free(&w);
}

/* A request without PASID takes its privilege from the context entry. */
static void rid_priv(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_RPRIVS;
	begin(&cfg);
	iw_space(&w, &s, 4, false);
	iw_map(&w, &s, 0x1000, 8ull << 30, 12, VTD_FS_P | VTD_FS_RW);
	iw_set_first(&w, SID, 3, 1, &s);
	iw_context(&w, SID)[1] = 3; /* RID_PASID */
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x1000, 8, IOMMU_R).fault, VTD_FR_USER);
	iw_context(&w, SID)[1] |= VTD_CTX_Q1_RID_PRIV;
	iw_qi(&w, VTD_QI_CTX | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_CTX_GLOBAL), 0);
	for (u32 i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x1000, 8, IOMMU_W).status, IOMMU_OK);
	iw_free(&w);
}

/* ---- accessed and dirty bits ---- */

static void marks_first(void)
{
	struct iw_space s = {0};
	u64 *leaf;

	begin(NULL);
	iw_space(&w, &s, 4, false);
	leaf = iw_map(&w, &s, 0x1000, 8ull << 30, 12, IW_FS);
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*leaf & (VTD_FS_A | VTD_FS_D), VTD_FS_A);
	for (u32 l = 2; l <= 4; l++)
		CU_ASSERT_EQUAL(*iw_entry(&w, &s, 0x1000, l) & (VTD_FS_A | VTD_FS_D), VTD_FS_A);
	/* the IOTLB knows that D is clear: a write walks again */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_W).walks, 1);
	CU_ASSERT_EQUAL(*leaf & (VTD_FS_A | VTD_FS_D), VTD_FS_A | VTD_FS_D);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_W).iotlb_hits, 1);
	CU_ASSERT_EQUAL(*leaf & VTD_FS_EA, 0);
	CU_ASSERT_EQUAL(iw_count(&w, "ad_updates"), 5);
	iw_free(&w);
}

static void marks_extended(void)
{
	struct iw_space s = {0};

	begin(NULL);
	iw_space(&w, &s, 5, false);
	iw_map(&w, &s, 0x200000, 8ull << 30, 21, IW_FS);
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_pasid(&w, SID, PASID)[2] |= VTD_PE_Q2_EAFE;
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_ats(&w, SID, PASID, 0x200000, 8, true).status, IOMMU_OK);
	for (u32 l = 2; l <= 5; l++)
		CU_ASSERT_EQUAL(*iw_entry(&w, &s, 0x200000, l) & (VTD_FS_A | VTD_FS_EA),
				VTD_FS_A | VTD_FS_EA);
	CU_ASSERT_EQUAL(*iw_entry(&w, &s, 0x200000, 2) & VTD_FS_D, 0);
	/* a translation request without no-write counts as a write */
	CU_ASSERT_EQUAL(iw_ats(&w, SID, PASID, 0x200000, 8, false).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*iw_entry(&w, &s, 0x200000, 2) & VTD_FS_D, VTD_FS_D);
	iw_free(&w);
}

static void marks_second(void)
{
	struct iw_space s = {0};
	u64 *leaf;

	begin(NULL);
	iw_space(&w, &s, 4, true);
	leaf = iw_map(&w, &s, 0x1000, 8ull << 30, 12, IW_SS);
	iw_set_second(&w, SID, PASID, 5, &s);
	iw_set_second(&w, SID, PASID + 1, 5, &s);
	iw_pasid(&w, SID, PASID)[0] |= VTD_PE_Q0_SSADE;
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, 0x1000, 8, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*leaf & (VTD_SS_A | VTD_SS_D), 0); /* not enabled there */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*leaf & (VTD_SS_A | VTD_SS_D), VTD_SS_A);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*leaf & (VTD_SS_A | VTD_SS_D), VTD_SS_A | VTD_SS_D);
	iw_free(&w);
}

/* Section 3.8.1: marks in first-stage tables need write permission of the second stage. */
static void marks_nested(void)
{
	struct iw_space first, second;
	u64 va = 0x7123456000ull, host;

	begin(NULL);
	host = guest(&first, &second, 4, 4, va, IW_SS);
	(void)host;
	*iw_entry(&w, &first, va, 1) &= ~(VTD_FS_A | VTD_FS_D);
	iw_set_nested(&w, SID, PASID, 30, &first, &second);
	iw_enable(&w);
	*iw_entry(&w, &second, 0x6000, 1) &= ~VTD_SS_W; /* the page of the leaf table */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, va, 8, IOMMU_R).fault, VTD_FR_SS_TABLE_WRITE);
	*iw_entry(&w, &first, va, 1) |= VTD_FS_A; /* nothing to update: reading suffices */
	iw_qi(&w, VTD_QI_IOTLB | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_IOTLB_GLOBAL), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, va, 8, IOMMU_R).status, IOMMU_OK);
	/* under SSADE even reading a table needs both, and marks the table's page dirty */
	iw_qi(&w, VTD_QI_IOTLB | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_IOTLB_GLOBAL), 0);
	iw_pasid(&w, SID, PASID)[0] |= VTD_PE_Q0_SSADE;
	iw_qi(&w, VTD_QI_PASID | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_PASID_GLOBAL), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, va, 8, IOMMU_R).fault, VTD_FR_SS_TABLE_WRITE);
	*iw_entry(&w, &second, 0x6000, 1) |= VTD_SS_W;
	iw_qi(&w, VTD_QI_IOTLB | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_IOTLB_GLOBAL), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, va, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(*iw_entry(&w, &second, 0x6000, 1) & VTD_SS_D, VTD_SS_D);
	CU_ASSERT_EQUAL(*iw_entry(&w, &second, 0x100000, 1) & (VTD_SS_A | VTD_SS_D), VTD_SS_A);
	iw_free(&w);
}

/* ---- snoop, privilege in the answer ---- */

static void answer_bits(void)
{
	struct iw_space s = {0};
	struct iommu_req req = {.sid = SID,
				.pasid = PASID,
				.addr = 0x1000,
				.len = 8,
				.at = IOMMU_TRANSLATION,
				.access = IOMMU_R,
				.priv = true};
	struct iommu_reply r;

	begin(NULL);
	iw_space(&w, &s, 4, true);
	iw_map(&w, &s, 0x1000, 8ull << 30, 12, IW_SS);
	iw_map(&w, &s, 0x2000, (8ull << 30) + 0x1000, 12, IW_SS | VTD_SS_SNP);
	iw_set_second(&w, SID, PASID, 3, &s);
	iw_enable(&w);
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_FALSE(r.snoop);
	CU_ASSERT_TRUE(r.priv);
	req.priv = false;
	req.addr = 0x2000;
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_TRUE(r.snoop);
	CU_ASSERT_FALSE(r.priv);
	/* different snoop behaviour: not one run although the frames are neighbours */
	req.addr = 0x1000;
	req.len = 0x2000;
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.len, 0x1000);
	iw_free(&w);
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_walk", NULL, NULL);
	CU_ADD_TEST(s, first_stage);
	CU_ADD_TEST(s, second_stage);
	CU_ADD_TEST(s, nested_counts);
	CU_ADD_TEST(s, walk_caches);
	CU_ADD_TEST(s, nested_sizes);
	CU_ADD_TEST(s, pass_through);
	CU_ADD_TEST(s, translation_off);
	CU_ADD_TEST(s, permissions);
	CU_ADD_TEST(s, second_stage_permissions);
	CU_ADD_TEST(s, second_stage_io_rights);
	CU_ADD_TEST(s, rid_priv);
	CU_ADD_TEST(s, marks_first);
	CU_ADD_TEST(s, marks_extended);
	CU_ADD_TEST(s, marks_second);
	CU_ADD_TEST(s, marks_nested);
	CU_ADD_TEST(s, answer_bits);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
