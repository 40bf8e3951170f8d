// SPDX-License-Identifier: GPL-2.0
/* Page walks of the remapping unit: levels, sizes, stages, permissions, marks, counts, runs. */
#include "sim/core/rng.h"
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

/* ---- an independent, plain walker: recursion, no caches, no timing ---- */

struct plain {
	bool ok;
	u64 pa;
	bool r, w;
};

static struct plain plain_second(u64 root, u32 levels, u64 gpa)
{
	struct plain p = {.r = true, .w = true};
	u64 table = root;

	if (gpa >= 1ull << (12 + 9 * levels))
		return (struct plain){0};
	for (u32 level = levels; level; level--) {
		u32 shift = 12 + 9 * (level - 1);
		u64 e = iw_ptr(&w, table)[(gpa >> shift) & 511];

		p.r &= e & 1;
		p.w &= (e >> 1) & 1;
		if (!p.r && !p.w)
			return (struct plain){0};
		if (level == 1 || (level < 4 && (e & 0x80))) {
			u64 mask = (1ull << shift) - 1;

			p.pa = ((e & 0x000ffffffffff000ull) & ~mask) | (gpa & mask);
			p.ok = true;
			return p;
		}
		table = e & 0x000ffffffffff000ull;
	}
	return p;
}

static struct plain plain_walk(const struct iw_space *first, const struct iw_space *second, u64 va)
{
	struct plain p = {.r = true, .w = true}, q;
	u64 table;

	if (!first)
		return plain_second(second->root, second->levels, va);
	table = first->root;
	for (u32 level = first->levels; level; level--) {
		u32 shift = 12 + 9 * (level - 1);
		u64 e, mask = (1ull << shift) - 1;

		if (second) {
			q = plain_second(second->root, second->levels, table);
			if (!q.ok || !q.r || !q.w)
				return (struct plain){0};
			table = q.pa;
		}
		e = iw_ptr(&w, table)[(va >> shift) & 511];
		if (!(e & 1) || !(e & 4))
			return (struct plain){0};
		p.w &= (e >> 1) & 1;
		table = e & 0x000ffffffffff000ull;
		if (level > 1 && !(level < 4 && (e & 0x80)))
			continue;
		p.pa = (table & ~mask) | (va & mask);
		p.ok = true;
		break;
	}
	if (second) {
		q = plain_second(second->root, second->levels, p.pa);
		if (!q.ok)
			return q;
		p.pa = q.pa;
		p.r &= q.r;
		p.w &= q.w;
		p.ok = p.r;
	}
	return p;
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

/* ---- runs ---- */

struct totals {
	u64 ok, pages, hits, walks, reads;
};

/* Translates [va, va + len) by runs (step 0) or page by page; totals and a digest of the answers.
 */
static u64 sweep(u64 va, u64 len, u64 step, struct totals *t)
{
	u64 digest = 0, end = va + len;

	memset(t, 0, sizeof(*t));
	while (va < end) {
		u64 want = step ? step - (va & (step - 1)) : end - va;
		struct iommu_reply r = iw_translate(&w, SID, PASID, va,
						    want < end - va ? want : end - va, IOMMU_R);
		u64 page;

		t->pages += r.pages;
		t->hits += r.iotlb_hits;
		t->walks += r.walks;
		t->reads += r.reads;
		if (r.status != IOMMU_OK) {
			digest = digest * 31 + va;
			va += MEM_PAGE - (va & (MEM_PAGE - 1));
			continue;
		}
		for (page = 0; page < r.len; page += MEM_PAGE - ((va + page) & (MEM_PAGE - 1)))
			digest = digest * 31 + (r.pa + page) * 3 + r.perms;
		t->ok++;
		va += r.len;
	}
	return digest;
}

static void map_random(struct iw_space *s, struct sim_rng *rng, u64 va, u32 pages, u64 base)
{
	u64 frame = base;

	for (u32 i = 0; i < pages; i++, va += MEM_PAGE, frame += MEM_PAGE) {
		u64 flags = IW_FS;

		if (!sim_rng_below(rng, 40))
			continue;
		if (!sim_rng_below(rng, 20))
			frame = base + sim_rng_below(rng, 1 << 18) * MEM_PAGE;
		if (!sim_rng_below(rng, 30))
			flags &= ~VTD_FS_RW;
		if (sim_rng_below(rng, 2))
			flags |= VTD_FS_A;
		if (!sim_rng_below(rng, 3))
			flags |= VTD_FS_D;
		iw_map(&w, s, va, frame, 12, flags);
	}
}

/* A run says the same as its pages one by one: answers, counts, marks. */
static void runs_equal_pages(void)
{
	struct totals t[2];
	u64 digest[2], updates[2];

	for (u32 caches = 0; caches < 2; caches++) {
		for (u32 way = 0; way < 2; way++) {
			struct iommu_cfg cfg;
			struct iw_space s = {0};
			struct sim_rng rng;

			iw_cfg(&cfg);
			if (!caches)
				cfg.fs_walk.entries = cfg.ss_walk.entries = 0;
			begin(&cfg);
			sim_rng_init(&rng, 7 + caches, "runs");
			iw_space(&w, &s, 4, false);
			map_random(&s, &rng, 0x7fff00000ull, 3000, 1ull << 36);
			iw_set_first(&w, SID, PASID, 1, &s);
			iw_enable(&w);
			digest[way] = sweep(0x7fff00123ull, 3000 * MEM_PAGE - 0x123,
					    way ? MEM_PAGE : 0, &t[way]);
			updates[way] = iw_count(&w, "ad_updates");
			iw_free(&w);
		}
		CU_ASSERT_EQUAL(digest[0], digest[1]);
		CU_ASSERT_EQUAL(t[0].pages, t[1].pages);
		CU_ASSERT_EQUAL(t[0].hits, t[1].hits);
		CU_ASSERT_EQUAL(t[0].walks, t[1].walks);
		CU_ASSERT_EQUAL(updates[0], updates[1]);
		CU_ASSERT(t[0].ok < t[1].ok);
	}
}

/* Second sweep over what fits the IOTLB: hits only, runs again the same. */
static void runs_of_hits(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};
	struct totals t;
	u64 first;

	iw_cfg(&cfg);
	cfg.iotlb = (struct iommu_cache_cfg){1024, 8};
	begin(&cfg);
	iw_space(&w, &s, 4, false);
	for (u32 i = 0; i < 700; i++)
		iw_map(&w, &s, 0x1000000 + i * MEM_PAGE, (1ull << 36) + i * MEM_PAGE, 12, IW_FS);
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	first = sweep(0x1000000, 700 * MEM_PAGE, 0, &t);
	CU_ASSERT_EQUAL(t.ok, 1);
	CU_ASSERT_EQUAL(t.walks, 700);
	CU_ASSERT_EQUAL(sweep(0x1000000, 700 * MEM_PAGE, 0, &t), first);
	CU_ASSERT_EQUAL(t.hits, 700);
	CU_ASSERT_EQUAL(t.walks, 0);
	iw_free(&w);
}

/* Pages of a run are pipelined: one look-up apart while hitting, walkers in parallel while missing.
 */
static void run_timing(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};
	struct iommu_reply one, many;
	u64 walk;

	iw_cfg(&cfg);
	cfg.fs_walk.entries = 0;
	cfg.walkers = 4;
	begin(&cfg);
	iw_space(&w, &s, 4, false);
	for (u32 i = 0; i < 16; i++)
		iw_map(&w, &s, 0x1000000 + i * MEM_PAGE, (1ull << 36) + i * MEM_PAGE, 12,
		       IW_FS | VTD_FS_A);
	for (u32 l = 2; l <= 4; l++)
		*iw_entry(&w, &s, 0x1000000, l) |= VTD_FS_A;
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	one = iw_translate(&w, SID, PASID, 0x1000000, 8, IOMMU_R);
	walk = 4 * cfg.walk_read_ps;
	CU_ASSERT_EQUAL(one.first_done, 2 * cfg.link_ps + cfg.lookup_ps + cfg.hit_ps + walk +
						ABOVE * cfg.walk_read_ps);
	CU_ASSERT_EQUAL(one.first_done, one.last_done);
	iw_run_us(&w, 10);
	many = iw_translate(&w, SID, PASID, 0x1000000, 9 * MEM_PAGE, IOMMU_R);
	CU_ASSERT_EQUAL(many.pages, 9);
	CU_ASSERT_EQUAL(many.iotlb_hits, 1);
	CU_ASSERT_EQUAL(many.first_done - sim_now(w.sim),
			2 * cfg.link_ps + cfg.lookup_ps + cfg.hit_ps);
	/* eight walks on four walkers: two rounds, the second starts when the first walker is free
	 */
	CU_ASSERT_EQUAL(many.last_done - sim_now(w.sim),
			2 * cfg.link_ps + 5 * cfg.lookup_ps + cfg.hit_ps + 2 * walk);
	iw_free(&w);
}

/* ---- random tables against the plain walker ---- */

static void random_space(struct iw_space *s, struct sim_rng *rng, u64 span, u64 target, u32 maps)
{
	for (u32 i = 0; i < maps; i++) {
		u32 shift = 12 + 9 * (u32)sim_rng_below(rng, 3);
		u64 size = 1ull << shift;
		u64 va = sim_rng_below(rng, span >> shift) << shift;
		u64 pa = target + (sim_rng_below(rng, (8ull << 30) >> shift) << shift);
		u64 flags = s->second ? 1 + sim_rng_below(rng, 3) : IW_FS;
		bool clash = false;

		if (!s->second && !sim_rng_below(rng, 4))
			flags &= ~VTD_FS_RW;
		if (!s->second && !sim_rng_below(rng, 8))
			flags &= ~VTD_FS_US;
		/* never over an existing leaf or table of another size */
		for (u32 l = s->levels; l; l--) {
			u64 *e = iw_entry(&w, s, va, l);
			u32 leaf = (shift - 12) / 9 + 1;

			if (!e)
				break;
			if (*e & 3 && (l <= leaf || *e & VTD_SS_PS)) {
				clash = true;
				break;
			}
		}
		if (!clash)
			iw_map(&w, s, va, pa & ~(size - 1), shift, flags);
	}
}

static void against_plain(bool nested, bool second_only, u64 seed)
{
	struct iw_space first = {0}, second = {0};
	struct sim_rng rng;
	u64 span = 16ull << 30, ok = 0;

	begin(NULL);
	sim_rng_init(&rng, seed, "tables");
	if (nested || second_only) {
		iw_space(&w, &second, 3 + (u32)sim_rng_below(&rng, 3), true);
		if (nested) /* identity below, so that first-stage tables are reachable */
			for (u64 gpa = 0; gpa < 32ull << 30; gpa += 1 << 30)
				iw_map(&w, &second, gpa, gpa, 30,
				       gpa < 12ull << 30 || sim_rng_below(&rng, 3) ? IW_SS
										   : VTD_SS_R);
		else
			random_space(&second, &rng, span, 1ull << 33, 400);
	}
	if (!second_only) {
		iw_space(&w, &first, 4 + (u32)sim_rng_below(&rng, 2), false);
		random_space(&first, &rng, span, nested ? 8ull << 30 : 1ull << 36, 400);
	}
	if (second_only)
		iw_set_second(&w, SID, PASID, 40, &second);
	else if (nested)
		iw_set_nested(&w, SID, PASID, 40, &first, &second);
	else
		iw_set_first(&w, SID, PASID, 1, &first);
	iw_enable(&w);
	for (u32 i = 0; i < 20000; i++) {
		u64 va = sim_rng_below(&rng, span >> 12) << 12 | sim_rng_below(&rng, 4096);
		u64 len = 1 + sim_rng_below(&rng, 64 * MEM_PAGE);
		u32 access = 1 + (u32)sim_rng_below(&rng, 3);
		struct plain p = plain_walk(second_only ? NULL : &first,
					    nested || second_only ? &second : NULL, va);
		bool good = p.ok && (!(access & IOMMU_R) || p.r) && (!(access & IOMMU_W) || p.w);
		struct iommu_reply r = iw_translate(&w, SID, PASID, va, len, access);

		if (good != (r.status == IOMMU_OK)) {
			CU_FAIL("status differs from the plain walk");
			break;
		}
		if (!good)
			continue;
		ok++;
		if (r.pa != p.pa || !r.len || r.len > len) {
			CU_FAIL("address differs from the plain walk");
			break;
		}
		/* the last byte of the run, too */
		p = plain_walk(second_only ? NULL : &first, nested || second_only ? &second : NULL,
			       va + r.len - 1);
		if (!p.ok || p.pa != r.pa + r.len - 1) {
			CU_FAIL("end of the run differs from the plain walk");
			break;
		}
	}
	CU_ASSERT(ok > 500);
	iw_free(&w);
}

static void random_tables(void)
{
	for (u64 seed = 1; seed <= 3; seed++) {
		against_plain(false, false, seed);
		against_plain(false, true, seed);
		against_plain(true, false, seed);
	}
}

/* ---- legacy mode ---- */

static void legacy(void)
{
	struct iw_space s = {0};
	u64 *ctx, table;

	begin(NULL);
	iw_space(&w, &s, 4, true);
	iw_map(&w, &s, 0x1000, 8ull << 30, 12, VTD_SS_R);
	w.root = iw_pages(&w, 1);
	table = iw_pages(&w, 1);
	*iw_ptr(&w, w.root + (u64)(SID >> 8) * 16) = table | 1;
	ctx = iw_ptr(&w, table + (SID & 0xff) * VTD_LCTX_BYTES);
	iw_enable(&w);
	iw_write(&w, VTD_REG_RTADDR, w.root); /* TTM legacy */
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_SRTP);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x1000, 8, IOMMU_R).fault, VTD_FR_L_CTX_P);
	ctx[0] = s.root | VTD_LCTX_Q0_P;
	ctx[1] = 2 | SPEC_PREP(VTD_LCTX_Q1_DID, 4);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x1008, 8, IOMMU_R).pa, (8ull << 30) + 8);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x1008, 8, IOMMU_W).fault, VTD_FR_L_WRITE);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x5000, 8, IOMMU_R).fault, VTD_FR_L_READ);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 1ull << 48, 8, IOMMU_R).fault, VTD_FR_L_WIDTH);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 0x1000, 8, IOMMU_R).fault, VTD_FR_L_PASID);
	CU_ASSERT_EQUAL(iw_ats(&w, SID, NONE, 0x1000, 8, false).fault, VTD_FR_L_TT);
	CU_ASSERT_EQUAL(iw_translate(&w, 0x0101, NONE, 0x1000, 8, IOMMU_R).fault, VTD_FR_L_ROOT_P);
	ctx[0] = VTD_LCTX_Q0_P | SPEC_PREP(VTD_LCTX_Q0_TT, VTD_TT_PASS);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_SRTP);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x77000, 8, IOMMU_W).pa, 0x77000);
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
	CU_ADD_TEST(s, runs_equal_pages);
	CU_ADD_TEST(s, runs_of_hits);
	CU_ADD_TEST(s, run_timing);
	CU_ADD_TEST(s, random_tables);
	CU_ADD_TEST(s, legacy);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
