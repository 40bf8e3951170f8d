// SPDX-License-Identifier: GPL-2.0
/* The invalidation queue: what commands drop, errors, device TLBs, waits, order. */
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SID	 0x6a01
#define SID2	 0x6b02
#define VA	 0x40000000ull
#define NONE	 IOMMU_NO_PASID
#define SHARED	 1 /* the DID of all first-stage entries */
#define DID_SS	 20
#define DID_SS2	 21
#define DID_NEST 30

/* PASIDs by translation type; two of each where the rows tell them apart. */
enum { FS_A = 10, FS_B, SS_A, SS_B, NEST_A, PASS_A };

static struct iommu_world w;
static struct iw_space fs_a, fs_b, ss_a, ss_b, nest1, nest2;

/* A device that answers invalidations when told to. */
struct device {
	struct iommu_inv inv[64];
	u64 when[64];
	u32 invs;
	bool at_once;
	u16 sid;
	u32 responses;
	u32 rsp_pasid;
	u16 rsp_prgi;
	u8 rsp_code;
};
static struct device dev, dev2;

static void on_inv(void *arg, const struct iommu_inv *inv)
{
	struct device *d = arg;

	d->when[d->invs % 64] = sim_now(w.sim);
	d->inv[d->invs++ % 64] = *inv;
	if (d->at_once)
		iommu_inv_done(w.iommu, d->sid, inv->itag);
}

static void on_response(void *arg, u32 pasid, bool pv, u16 prgi, u8 code)
{
	struct device *d = arg;

	d->responses++;
	d->rsp_pasid = pasid;
	d->rsp_prgi = prgi;
	d->rsp_code = code;
}

static const struct iommu_dev_ops dev_ops = {on_inv, on_response};

static void begin(const struct iommu_cfg *cfg)
{
	u64 host;

	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
	fs_a = fs_b = ss_a = ss_b = nest2 = (struct iw_space){0};
	iw_space(&w, &fs_a, 4, false);
	iw_space(&w, &fs_b, 4, false);
	iw_space(&w, &ss_a, 4, true);
	iw_space(&w, &ss_b, 4, true);
	iw_space(&w, &nest2, 4, true);
	host = iw_pages(&w, 1024);
	iw_map(&w, &nest2, 0, host, 21, IW_SS);
	nest1 = (struct iw_space){.root = 0x1000, .levels = 4, .offset = host};
	for (u32 l = 4; l > 1; l--)
		*iw_entry(&w, &nest1, VA, l) = (0x1000 * (6 - l)) | IW_FS;
	for (u32 i = 0; i < 8; i++) {
		u64 va = VA + i * MEM_PAGE;

		iw_map(&w, &fs_a, va, host + i * MEM_PAGE, 12, IW_FS | VTD_FS_A);
		iw_map(&w, &fs_b, va, host + i * MEM_PAGE, 12, IW_FS | VTD_FS_A);
		iw_map(&w, &ss_a, va, host + i * MEM_PAGE, 12, IW_SS);
		iw_map(&w, &ss_b, va, host + i * MEM_PAGE, 12, IW_SS);
		*iw_entry(&w, &nest1, va, 1) = (0x10000 + i * MEM_PAGE) | IW_FS;
	}
	iw_set_first(&w, SID, FS_A, SHARED, &fs_a);
	iw_set_first(&w, SID, FS_B, SHARED, &fs_b);
	iw_set_second(&w, SID, SS_A, DID_SS, &ss_a);
	iw_set_second(&w, SID, SS_B, DID_SS2, &ss_b);
	iw_set_nested(&w, SID, NEST_A, DID_NEST, &nest1, &nest2);
	iw_set_pass(&w, SID, PASS_A, SHARED);
	memset(&dev, 0, sizeof(dev));
	memset(&dev2, 0, sizeof(dev2));
	dev.sid = SID;
	dev2.sid = SID2;
	iommu_attach(w.iommu, SID, &dev_ops, &dev);
	iommu_attach(w.iommu, SID2, &dev_ops, &dev2);
	iw_enable(&w);
}

static u64 qi(u32 type, u32 g, u16 did)
{
	return type | SPEC_PREP(VTD_QI_Q0_G, g) | SPEC_PREP(VTD_QI_Q0_DID, did);
}

static u64 with_pasid(u64 q0, u32 pasid)
{
	return q0 | SPEC_PREP(VTD_QI_Q0_PASID, pasid);
}

/* ---- what is dropped ---- */

static const u32 pasids[] = {FS_A, FS_B, SS_A, SS_B, NEST_A, PASS_A};
#define PASIDS 6u
#define PAGES  3u /* VA, VA + 1 page, VA + 4 pages */
static const u64 pages[PAGES] = {VA, VA + 0x1000, VA + 0x4000};

/* Loads everything into the caches and forgets the counts. */
static void fill(void)
{
	for (u32 p = 0; p < PASIDS; p++) {
		for (u32 i = 0; i < PAGES; i++)
			CU_ASSERT_EQUAL(
				iw_translate(&w, SID, pasids[p], pages[i], 8, IOMMU_R).status,
				IOMMU_OK);
	}
}

/*
 * Bit 3 * pasid index + page index for each IOTLB entry that is still there. Looking up disturbs (a
 * miss refills), but each entry is looked at once.
 */
static u32 alive(void)
{
	u32 bits = 0;

	for (u32 p = 0; p < PASIDS; p++) {
		for (u32 i = 0; i < PAGES; i++) {
			if (iw_translate(&w, SID, pasids[p], pages[i], 8, IOMMU_R).iotlb_hits)
				bits |= 1u << (PAGES * p + i);
		}
	}
	return bits;
}

#define ALL	  ((1u << (PASIDS * PAGES)) - 1)
#define OF(p, m)  ((u32)(m) << (PAGES * (p)))
#define WHOLE(p)  OF(p, 7)
#define FIRST2(p) OF(p, 3)

/* Tables 23 and 24, row by row; pass-through pages above 4 GiB would be one entry, here they are at
 * VA. */
static void iotlb_rows(void)
{
	static const struct {
		u64 q0, q1;
		u32 dropped;
	} rows[] = {
		/* type 2 global */
		{VTD_QI_IOTLB | VTD_QI_IOTLB_GLOBAL << 4, 0, ALL},
		/* type 2 domain: all of the DID, whatever the type */
		{VTD_QI_IOTLB | VTD_QI_IOTLB_DOMAIN << 4 | SHARED << 16, 0,
		 WHOLE(0) | WHOLE(1) | WHOLE(5)},
		{VTD_QI_IOTLB | VTD_QI_IOTLB_DOMAIN << 4 | DID_SS << 16, 0, WHOLE(2)},
		{VTD_QI_IOTLB | VTD_QI_IOTLB_DOMAIN << 4 | DID_NEST << 16, 0, WHOLE(4)},
		/* type 2 page: range for second stage, everything of the DID for first stage and
		   nested */
		{VTD_QI_IOTLB | VTD_QI_IOTLB_PAGE << 4 | DID_SS << 16, VA | 1, FIRST2(2)},
		{VTD_QI_IOTLB | VTD_QI_IOTLB_PAGE << 4 | DID_NEST << 16, VA + 0x100000, WHOLE(4)},
		{VTD_QI_IOTLB | VTD_QI_IOTLB_PAGE << 4 | SHARED << 16, 0x9000, WHOLE(0) | WHOLE(1)},
		/* type 6 PASID: DID and PASID, any type */
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_ALL << 4 | SHARED << 16 | (u64)FS_A << 32, 0,
		 WHOLE(0)},
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_ALL << 4 | SHARED << 16 | (u64)PASS_A << 32, 0,
		 WHOLE(5)},
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_ALL << 4 | DID_SS << 16 | (u64)SS_A << 32, 0,
		 WHOLE(2)},
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_ALL << 4 | DID_SS << 16 | (u64)FS_A << 32, 0, 0},
		/* type 6 page: DID, PASID and range of first stage and nested, others kept */
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_PAGE << 4 | SHARED << 16 | (u64)FS_B << 32, VA | 1,
		 FIRST2(1)},
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_PAGE << 4 | DID_NEST << 16 | (u64)NEST_A << 32,
		 VA | 0x1000, OF(4, 2)},
		{VTD_QI_PIOTLB | VTD_QI_PIOTLB_PAGE << 4 | DID_SS << 16 | (u64)SS_A << 32, VA | 3,
		 0},
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u32 left;

		begin(NULL);
		fill();
		/* pass-through is one large entry: any page drops it, so all three bits go together
		 */
		iw_qi(&w, rows[i].q0, rows[i].q1);
		left = alive();
		if (rows[i].dropped & WHOLE(5)) /* its first look-up refills the other two */
			left &= ~OF(5, 6);
		CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), 0);
		CU_ASSERT_EQUAL(left, ALL & ~rows[i].dropped);
		iw_free(&w);
	}
}

/* Reads of one more walk after the command tell what is left of the walk caches. */
static u32 reads_after(u64 q0, u64 q1, u32 pasid)
{
	u32 reads;

	begin(NULL);
	fill();
	iw_qi(&w, q0, q1);
	/* a page that is in no cache, in the same table as the others */
	reads = iw_translate(&w, SID, pasid, VA + 0x6000, 8, IOMMU_R).reads;
	iw_free(&w);
	return reads;
}

static void walk_cache_rows(void)
{
	u64 page = VA, far = VA + (1ull << 30);

	/* nothing dropped: the leaf only (nested: a leaf of each stage; its second stage is 2 MiB)
	 */
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 2, 99), 0, FS_A), 1);
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 2, 99), 0, SS_A), 1);
	/* type 2 domain: all */
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 2, SHARED), 0, FS_A), 4);
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 2, DID_SS), 0, SS_A), 4);
	/* type 2 page: second stage by range unless IH, first stage all of the DID */
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 3, DID_SS), page, SS_A), 4);
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 3, DID_SS), page | VTD_QI_Q1_IH, SS_A), 1);
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 3, SHARED), far | VTD_QI_Q1_IH, FS_A), 4);
	/* within another 1 GiB only the top two tables cover both */
	CU_ASSERT_EQUAL(reads_after(qi(VTD_QI_IOTLB, 3, DID_SS), far, SS_A), 1);
	/* type 6: first stage by PASID, second stage kept */
	CU_ASSERT_EQUAL(reads_after(with_pasid(qi(VTD_QI_PIOTLB, 2, SHARED), FS_A), 0, FS_A), 4);
	CU_ASSERT_EQUAL(reads_after(with_pasid(qi(VTD_QI_PIOTLB, 2, SHARED), FS_A), 0, FS_B), 1);
	CU_ASSERT_EQUAL(reads_after(with_pasid(qi(VTD_QI_PIOTLB, 3, SHARED), FS_A), page, FS_A), 4);
	CU_ASSERT_EQUAL(reads_after(with_pasid(qi(VTD_QI_PIOTLB, 3, SHARED), FS_A),
				    page | VTD_QI_Q1_IH, FS_A),
			1);
	CU_ASSERT_EQUAL(reads_after(with_pasid(qi(VTD_QI_PIOTLB, 2, DID_SS), SS_A), 0, SS_A), 1);
}

/* Unmapped and invalidated: gone. Unmapped only: still there. Context and PASID caches likewise. */
static void configuration_caches(void)
{
	u64 *pe;

	begin(NULL);
	fill();
	pe = iw_pasid(&w, SID, FS_A);
	pe[0] &= ~VTD_PE_Q0_P;
	/* a new page of the PASID: its entry is cached, so translation goes on */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, VA + 0x5000, 8, IOMMU_R).status, IOMMU_OK);
	/* type 7 with another DID, or PASID, leaves it */
	iw_qi(&w, with_pasid(qi(VTD_QI_PASID, VTD_QI_PASID_ONE, SHARED), FS_B), 0);
	iw_qi(&w, qi(VTD_QI_PASID, VTD_QI_PASID_DID, DID_SS), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, VA + 0x6000, 8, IOMMU_R).status, IOMMU_OK);
	iw_qi(&w, with_pasid(qi(VTD_QI_PASID, VTD_QI_PASID_ONE, SHARED), FS_A), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, VA + 0x7000, 8, IOMMU_R).fault, VTD_FR_PE_P);
	/* the IOTLB was not touched by it */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, VA, 8, IOMMU_R).iotlb_hits, 1);
	/* type 7 by DID and global */
	iw_pasid(&w, SID, SS_A)[0] &= ~VTD_PE_Q0_P;
	iw_pasid(&w, SID, SS_B)[0] &= ~VTD_PE_Q0_P;
	iw_qi(&w, qi(VTD_QI_PASID, VTD_QI_PASID_DID, DID_SS), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, SS_A, VA + 0x7000, 8, IOMMU_R).fault, VTD_FR_PE_P);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, SS_B, VA + 0x7000, 8, IOMMU_R).status, IOMMU_OK);
	iw_qi(&w, qi(VTD_QI_PASID, VTD_QI_PASID_GLOBAL, 0), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, SS_B, VA + 0x6000, 8, IOMMU_R).fault, VTD_FR_PE_P);
	/* context: device-selective with function mask, then global */
	iw_context(&w, SID)[0] &= ~VTD_CTX_Q0_P;
	iw_qi(&w, qi(VTD_QI_CTX, VTD_QI_CTX_DEVICE, 0) | (u64)0x7777 << 32, 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NEST_A, VA + 0x7000, 8, IOMMU_R).status, IOMMU_OK);
	iw_qi(&w, qi(VTD_QI_CTX, VTD_QI_CTX_DEVICE, 0) | (u64)(SID ^ 4) << 32 | (u64)1 << 48, 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NEST_A, VA + 0x6000, 8, IOMMU_R).fault, VTD_FR_CTX_P);
	iw_free(&w);
}

/* Entries of requests without PASID carry RID_PASID for invalidation only. */
static void rid_pasid_tag(void)
{
	begin(NULL);
	iw_set_first(&w, SID, 0, SHARED, &fs_a);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).walks, 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).iotlb_hits, 1);
	iw_qi(&w, with_pasid(qi(VTD_QI_PIOTLB, 2, SHARED), FS_A), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).iotlb_hits, 1);
	iw_qi(&w, with_pasid(qi(VTD_QI_PIOTLB, 2, SHARED), 0), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).walks, 1);
	iw_free(&w);
}

/* Large leaves go when any page inside is named. */
static void large_leaves(void)
{
	begin(NULL);
	iw_map(&w, &fs_a, 0x80000000ull, 1ull << 33, 30, IW_FS);
	iw_map(&w, &fs_a, 0xc0000000ull, 1ull << 33, 21, IW_FS);
	iw_translate(&w, SID, FS_A, 0x80000000ull, 8, IOMMU_R);
	iw_translate(&w, SID, FS_A, 0xc0000000ull, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, 0xbffff000ull, 8, IOMMU_R).iotlb_hits, 1);
	iw_qi(&w, with_pasid(qi(VTD_QI_PIOTLB, 3, SHARED), FS_A), 0x90000000ull);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, 0xbffff000ull, 8, IOMMU_R).iotlb_hits, 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, FS_A, 0xc01ff000ull, 8, IOMMU_R).iotlb_hits, 1);
	iw_free(&w);
}

/* ---- queue errors ---- */

static u32 iqei(void)
{
	return (u32)SPEC_GET(VTD_IQERCD_IQEI, iw_read64(&w, VTD_REG_IQERCD));
}

static void bad_descriptors(void)
{
	static const struct {
		u64 q0, q1;
		u32 reason;
	} rows[] = {
		{0, 0, VTD_IQEI_TYPE},
		{VTD_QI_HPT | 1 << 4, 0, VTD_IQEI_TYPE},
		{11, 0, VTD_IQEI_TYPE},
		{VTD_QI_CTX | 1 << 4 | 1 << 9, 0, VTD_IQEI_TYPE}, /* upper type bits */
		{VTD_QI_CTX, 0, VTD_IQEI_RESERVED},
		{VTD_QI_CTX | 1 << 4, 1, VTD_IQEI_RESERVED},
		{VTD_QI_IOTLB, 0, VTD_IQEI_RESERVED},
		{VTD_QI_IOTLB | 1 << 4 | 1ull << 40, 0, VTD_IQEI_RESERVED},
		{VTD_QI_IOTLB | 3 << 4, 40, VTD_IQEI_RESERVED}, /* mask beyond CAP.MAMV */
		{VTD_QI_PIOTLB | 1 << 4, 0, VTD_IQEI_RESERVED},
		{VTD_QI_PIOTLB | 3 << 4, 1 << 8, VTD_IQEI_RESERVED},
		{VTD_QI_PASID | 2 << 4, 0, VTD_IQEI_RESERVED},
		{VTD_QI_DEVTLB, 2, VTD_IQEI_RESERVED},
		{VTD_QI_PDEVTLB, 4, VTD_IQEI_RESERVED},
		{VTD_QI_IEC | 1 << 6, 0, VTD_IQEI_RESERVED},
		{VTD_QI_WAIT | 1 << 20, 0, VTD_IQEI_RESERVED},
		{VTD_QI_WAIT, 1, VTD_IQEI_RESERVED},
		{VTD_QI_PGRSP | 1 << 6, 0, VTD_IQEI_RESERVED},
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u64 status;

		begin(NULL);
		status = iw_pages(&w, 1);
		iw_push(&w, VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 7ull << 32, status);
		iw_push(&w, rows[i].q0, rows[i].q1);
		iw_push(&w, VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 9ull << 32, status);
		iw_run_us(&w, 10);
		/* the one before completed, the head stays on the bad one */
		CU_ASSERT_EQUAL(*(u32 *)(void *)iw_ptr(&w, status), 7);
		CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 32);
		CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_IQE);
		if (iqei() != rows[i].reason)
			CU_FAIL("reason");
		CU_ASSERT_EQUAL(w.msis, 1);
		/* mended and cleared: the queue goes on */
		iw_ptr(&w, w.iqa + 32)[0] = qi(VTD_QI_CTX, 1, 0);
		iw_ptr(&w, w.iqa + 32)[1] = 0;
		iw_write(&w, VTD_REG_FSTS, VTD_FSTS_IQE);
		iw_run_us(&w, 10);
		CU_ASSERT_EQUAL(*(u32 *)(void *)iw_ptr(&w, status), 9);
		CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 96);
		iw_free(&w);
	}
}

static void queue_conditions(void)
{
	/* tail beyond the queue */
	begin(NULL);
	iw_write(&w, VTD_REG_IQT, 0x1020);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_TAIL);
	iw_free(&w);
	/* tail not a multiple of 32 */
	begin(NULL);
	iw_write(&w, VTD_REG_IQT, 16);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_ALIGN);
	iw_free(&w);
	/* 128-bit descriptors in scalable mode */
	begin(NULL);
	iw_write(&w, VTD_REG_GCMD, 0);
	iw_write(&w, VTD_REG_IQA, w.iqa);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_QIE);
	iw_write(&w, VTD_REG_IQT, 16);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_WIDTH);
	iw_free(&w);
	/* queue not in memory */
	begin(NULL);
	iw_write(&w, VTD_REG_GCMD, 0);
	iw_write(&w, VTD_REG_IQA, (1ull << 45) | VTD_IQA_DW);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_QIE);
	iw_write(&w, VTD_REG_IQT, 32);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_FETCH);
	iw_free(&w);
	/* reserved table mode */
	begin(NULL);
	iw_write(&w, VTD_REG_RTADDR, w.root | SPEC_PREP(VTD_RTADDR_TTM, 2));
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_QIE | VTD_GCMD_SRTP);
	iw_push(&w, qi(VTD_QI_CTX, 1, 0), 0);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_TTM);
	iw_free(&w);
	/* types 6 and above do not exist in legacy mode, 1 to 5 do, in either width */
	begin(NULL);
	iw_write(&w, VTD_REG_RTADDR, w.root);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_QIE | VTD_GCMD_SRTP);
	iw_qi(&w, qi(VTD_QI_IOTLB, 1, 0), 0);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), 0);
	iw_qi(&w, qi(VTD_QI_PASID, 3, 0), 0);
	CU_ASSERT_EQUAL(iqei(), VTD_IQEI_TYPE);
	iw_free(&w);
}

/* ---- device TLBs and waits ---- */

static u64 devtlb(u16 sid, u64 addr, bool s, u64 *q1)
{
	*q1 = addr | s;
	return VTD_QI_DEVTLB | SPEC_PREP(VTD_QI_DEV_Q0_SID, sid);
}

static void ranges(void)
{
	u64 q1, q0;

	begin(NULL);
	dev.at_once = true;
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_qi(&w, q0, q1);
	CU_ASSERT_EQUAL(dev.invs, 1);
	CU_ASSERT_EQUAL(dev.inv[0].addr, 0x7000);
	CU_ASSERT_EQUAL(dev.inv[0].size, 0x1000);
	CU_ASSERT_FALSE(dev.inv[0].pasid_valid);
	q0 = devtlb(SID, 0x6000, true, &q1); /* bit 12 clear: 8 KiB */
	iw_qi(&w, q0, q1);
	CU_ASSERT_EQUAL(dev.inv[1].addr, 0x6000);
	CU_ASSERT_EQUAL(dev.inv[1].size, 0x2000);
	q0 = devtlb(SID, 0xb000, true, &q1); /* 1011: bit 14 is the lowest clear one: 32 KiB */
	iw_qi(&w, q0, q1);
	CU_ASSERT_EQUAL(dev.inv[2].addr, 0x8000);
	CU_ASSERT_EQUAL(dev.inv[2].size, 0x8000);
	q0 = VTD_QI_PDEVTLB | SPEC_PREP(VTD_QI_PDEV_Q0_SID, SID);
	iw_qi(&w, with_pasid(q0, FS_A), (~0ull >> 1 & VTD_PAGE_ADDR) | VTD_QI_PDEV_Q1_S);
	CU_ASSERT_EQUAL(dev.inv[3].size, ~0ull);
	CU_ASSERT_TRUE(dev.inv[3].pasid_valid);
	CU_ASSERT_EQUAL(dev.inv[3].pasid, FS_A);
	CU_ASSERT_FALSE(dev.inv[3].all_pasids);
	iw_qi(&w, with_pasid(q0, FS_A), 0x5000 | VTD_QI_PDEV_Q1_GLOBAL);
	CU_ASSERT_TRUE(dev.inv[4].all_pasids);
	CU_ASSERT_EQUAL(dev2.invs, 0);
	iw_free(&w);
}

static u32 status(u64 pa)
{
	return *(u32 *)(void *)iw_ptr(&w, pa);
}

static u64 wait_q0(u32 data, u64 flags)
{
	return VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | flags | (u64)data << 32;
}

/* A wait completes when the devices have answered; without a fence later commands overtake it. */
static void waits_for_devices(void)
{
	u64 st, q1, q0;

	begin(NULL);
	st = iw_pages(&w, 1);
	fill();
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(1, VTD_QI_WAIT_Q0_IF), st);
	iw_push(&w, qi(VTD_QI_IOTLB, 1, 0), 0);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(dev.invs, 1);
	CU_ASSERT_EQUAL(status(st), 0);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 96); /* overtaken */
	CU_ASSERT_EQUAL(alive() & WHOLE(0), 0);
	CU_ASSERT_EQUAL(w.msis, 0);
	CU_ASSERT_EQUAL(iommu_epoch(w.iommu), 0);
	iommu_inv_done(w.iommu, SID, dev.inv[0].itag);
	CU_ASSERT_EQUAL(status(st), 0); /* still on the link */
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(status(st), 1);
	CU_ASSERT_EQUAL(iommu_epoch(w.iommu), 1);
	CU_ASSERT_EQUAL(w.msis, 1);
	CU_ASSERT_EQUAL(w.msi[0].data, 0x41);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_ICS), VTD_ICS_IWC);
	/* IWC still set: no second message */
	iw_qi(&w, wait_q0(2, VTD_QI_WAIT_Q0_IF), st);
	CU_ASSERT_EQUAL(w.msis, 1);
	iw_write(&w, VTD_REG_ICS, VTD_ICS_IWC);
	iw_qi(&w, wait_q0(3, VTD_QI_WAIT_Q0_IF), st);
	CU_ASSERT_EQUAL(w.msis, 2);
	iw_free(&w);
}

static void fence(void)
{
	u64 st, q1, q0;

	begin(NULL);
	st = iw_pages(&w, 1);
	fill();
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(1, VTD_QI_WAIT_Q0_FN), st);
	iw_push(&w, qi(VTD_QI_IOTLB, 1, 0), 0);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 64);
	CU_ASSERT_EQUAL(alive(), ALL);
	iommu_inv_done(w.iommu, SID, dev.inv[0].itag);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(status(st), 1);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 96);
	iw_free(&w);
}

/* Waits complete in order, each only when everything before it has come back, from any device. */
static void waits_in_order(void)
{
	u64 st, q1, q0;

	begin(NULL);
	st = iw_pages(&w, 1);
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(1, 0), st);
	q0 = devtlb(SID2, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(2, 0), st + 8);
	iw_run_us(&w, 20);
	iommu_inv_done(w.iommu, SID2, dev2.inv[0].itag);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(status(st), 0);
	CU_ASSERT_EQUAL(status(st + 8), 0);
	iommu_inv_done(w.iommu, SID, dev.inv[0].itag);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(status(st), 1);
	CU_ASSERT_EQUAL(status(st + 8), 2);
	iw_free(&w);
}

/* 32 tags a function: the next command waits at the head of the queue. */
static void tags_run_out(void)
{
	u64 q1, q0;

	begin(NULL);
	for (u32 i = 0; i < 33; i++) {
		q0 = devtlb(SID, i * MEM_PAGE, false, &q1);
		iw_push(&w, q0, q1);
	}
	iw_run_us(&w, 50);
	CU_ASSERT_EQUAL(dev.invs, 32);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 32 * 32);
	for (u32 i = 0; i < 32; i++) {
		for (u32 k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(dev.inv[i].itag, dev.inv[k].itag);
	}
	iommu_inv_done(w.iommu, SID, 5);
	iw_run_us(&w, 50);
	CU_ASSERT_EQUAL(dev.invs, 33);
	CU_ASSERT_EQUAL(dev.inv[32].itag, 5);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 33 * 32);
	iw_free(&w);
}

/* Section 6.5.2.11: time-out aborts pending waits and stops the queue until software clears ITE. */
static void time_out(void)
{
	u64 st, q1, q0;

	begin(NULL);
	st = iw_pages(&w, 1);
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(1, VTD_QI_WAIT_Q0_FN), st);
	iw_run_us(&w, 59000);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), 0);
	iw_run_us(&w, 2000);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_ITE);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_IQERCD_ITESID, iw_read64(&w, VTD_REG_IQERCD)), SID);
	CU_ASSERT_EQUAL(w.msis, 1);
	iw_qi(&w, wait_q0(5, 0), st);
	CU_ASSERT_EQUAL(status(st), 0);
	iw_write(&w, VTD_REG_FSTS, VTD_FSTS_ITE);
	iw_run_us(&w, 10);
	CU_ASSERT_EQUAL(status(st), 5); /* the aborted wait never shows */
	/* the late answer is one that nobody waits for */
	iommu_inv_done(w.iommu, SID, dev.inv[0].itag);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_ICE);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_IQERCD_ICESID, iw_read64(&w, VTD_REG_IQERCD)), SID);
	/* which does not stop the queue */
	iw_qi(&w, wait_q0(6, 0), st);
	CU_ASSERT_EQUAL(status(st), 6);
	/* a function that is not there times out as well */
	q0 = devtlb(0x1234, 0x7000, false, &q1);
	iw_write(&w, VTD_REG_FSTS, VTD_FSTS_ICE);
	iw_push(&w, q0, q1);
	iw_run_us(&w, 61000);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_FSTS), VTD_FSTS_ITE);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_IQERCD_ITESID, iw_read64(&w, VTD_REG_IQERCD)), 0x1234);
	iw_free(&w);
}

static void function_leaves(void)
{
	u64 st, q1, q0;

	begin(NULL);
	st = iw_pages(&w, 1);
	q0 = devtlb(SID, 0x7000, false, &q1);
	iw_push(&w, q0, q1);
	iw_push(&w, wait_q0(1, 0), st);
	iw_run_us(&w, 20);
	CU_ASSERT_EQUAL(status(st), 0);
	iommu_detach(w.iommu, SID);
	CU_ASSERT_EQUAL(status(st), 1);
	CU_ASSERT_EQUAL(iommu_attach(w.iommu, SID, &dev_ops, &dev), 0);
	CU_ASSERT_NOT_EQUAL(iommu_attach(w.iommu, SID, &dev_ops, &dev), 0);
	iw_free(&w);
}

static void page_responses(void)
{
	begin(NULL);
	iw_qi(&w,
	      VTD_QI_PGRSP | VTD_QI_PGRSP_Q0_PP | SPEC_PREP(VTD_QI_PGRSP_Q0_CODE, VTD_PR_INVALID) |
		      SPEC_PREP(VTD_QI_PGRSP_Q0_RID, SID) | SPEC_PREP(VTD_QI_Q0_PASID, FS_A),
	      SPEC_PREP(VTD_QI_PGRSP_Q1_PRGI, 300));
	CU_ASSERT_EQUAL(dev.responses, 1);
	CU_ASSERT_EQUAL(dev.rsp_pasid, FS_A);
	CU_ASSERT_EQUAL(dev.rsp_prgi, 300);
	CU_ASSERT_EQUAL(dev.rsp_code, VTD_PR_INVALID);
	for (u32 i = 0; i < 100; i++)
		iw_push(&w, VTD_QI_PGRSP | SPEC_PREP(VTD_QI_PGRSP_Q0_RID, SID),
			SPEC_PREP(VTD_QI_PGRSP_Q1_PRGI, i));
	iw_run_us(&w, 50);
	CU_ASSERT_EQUAL(dev.responses, 101);
	CU_ASSERT_EQUAL(dev.rsp_prgi, 99);
	iw_free(&w);
}

/* ---- the checker's question ---- */

static void stale_translations(void)
{
	struct iommu_reply r;
	struct iommu_use use = {.sid = SID, .pasid = FS_A, .addr = VA, .write = true};
	u64 st, *leaf, q0 = VTD_QI_PDEVTLB | SPEC_PREP(VTD_QI_PDEV_Q0_SID, SID);

	begin(NULL);
	dev.at_once = true;
	st = iw_pages(&w, 1);
	r = iw_ats(&w, SID, FS_A, VA, 8, false);
	use.pa = r.pa;
	use.epoch = r.epoch;
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_FRESH);
	CU_ASSERT(iommu_epoch(w.iommu) <= use.epoch); /* so nobody would ask */
	leaf = iw_entry(&w, &fs_a, VA, 1);
	*leaf = 0;
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_CHANGED);
	/* another page, another PASID, another function: not this one's business */
	iw_qi(&w, with_pasid(q0, FS_A), VA + 0x5000);
	iw_qi(&w, with_pasid(q0, FS_B), VA);
	dev2.at_once = true;
	iw_qi(&w, with_pasid(VTD_QI_PDEVTLB | SPEC_PREP(VTD_QI_PDEV_Q0_SID, SID2), FS_A), VA);
	iw_qi(&w, wait_q0(1, 0), st);
	CU_ASSERT(iommu_epoch(w.iommu) > use.epoch);
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_CHANGED);
	/* its own, but not waited for */
	iw_qi(&w, with_pasid(q0, FS_A), VA | VTD_QI_PDEV_Q1_S);
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_CHANGED);
	iw_qi(&w, wait_q0(2, 0), st);
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_STALE);
	/* a right taken away counts for writes */
	*leaf = (use.pa & VTD_PT_ADDR) | VTD_FS_P | VTD_FS_US;
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_STALE);
	use.write = false;
	CU_ASSERT_EQUAL(iommu_check(w.iommu, &use), IOMMU_FRESH);
	iw_free(&w);
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_inval", NULL, NULL);
	CU_ADD_TEST(s, iotlb_rows);
	CU_ADD_TEST(s, walk_cache_rows);
	CU_ADD_TEST(s, configuration_caches);
	CU_ADD_TEST(s, rid_pasid_tag);
	CU_ADD_TEST(s, large_leaves);
	CU_ADD_TEST(s, bad_descriptors);
	CU_ADD_TEST(s, queue_conditions);
	CU_ADD_TEST(s, ranges);
	CU_ADD_TEST(s, waits_for_devices);
	CU_ADD_TEST(s, fence);
	CU_ADD_TEST(s, waits_in_order);
	CU_ADD_TEST(s, tags_run_out);
	CU_ADD_TEST(s, time_out);
	CU_ADD_TEST(s, function_leaves);
	CU_ADD_TEST(s, page_responses);
	CU_ADD_TEST(s, stale_translations);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
