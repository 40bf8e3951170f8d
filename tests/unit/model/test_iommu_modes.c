// SPDX-License-Identifier: GPL-2.0
/* Legacy mode, missing capabilities, protected regions, no caches, full buffers. */
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SID   0x6a01
#define PASID 77u
#define NONE  IOMMU_NO_PASID
#define VA    0x40000000ull

static struct iommu_world w;
static struct iw_space fs, ss;

static void begin(const struct iommu_cfg *cfg)
{
	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE);
	fs = ss = (struct iw_space){0};
	iw_space(&w, &fs, 4, false);
	iw_space(&w, &ss, 4, true);
	iw_map(&w, &fs, VA, 8ull << 30, 12, IW_FS | VTD_FS_A | VTD_FS_D);
	iw_map(&w, &ss, VA, 8ull << 30, 12, IW_SS);
	for (u32 l = 2; l <= 4; l++)
		*iw_entry(&w, &fs, VA, l) |= VTD_FS_A;
	iw_set_first(&w, SID, PASID, 1, &fs);
	iw_set_second(&w, SID, PASID + 1, 9, &ss);
}

/* ---- legacy mode ---- */

static u64 *legacy_context;

static void begin_legacy(const struct iommu_cfg *cfg)
{
	u64 table;

	begin(cfg);
	w.root = iw_pages(&w, 1);
	table = iw_pages(&w, 1);
	*iw_ptr(&w, w.root + (u64)(SID >> 8) * 16) = table | VTD_ROOT_P;
	legacy_context = iw_ptr(&w, table + (SID & 0xff) * VTD_LCTX_BYTES);
	legacy_context[0] = ss.root | VTD_LCTX_Q0_P;
	legacy_context[1] = 2 | SPEC_PREP(VTD_LCTX_Q1_DID, 4);
	iw_enable(&w);
	iw_write(&w, VTD_REG_RTADDR, w.root); /* TTM legacy */
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_SRTP | VTD_GCMD_QIE);
}

/* Setting the root pointer drops every cache (CAP.ESRTPS). */
static void again(void)
{
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_SRTP | VTD_GCMD_QIE);
}

static u32 read_fault(u64 addr)
{
	again();
	return iw_translate(&w, SID, NONE, addr, 8, IOMMU_R).fault;
}

static void legacy(void)
{
	u64 *root, saved;

	begin_legacy(NULL);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA + 8, 8, IOMMU_W).pa, (8ull << 30) + 8);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA + 8, 8, IOMMU_W).iotlb_hits, 1);
	*iw_entry(&w, &ss, VA, 1) = (8ull << 30) | VTD_SS_R;
	again();
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_W).fault, VTD_FR_L_WRITE);
	*iw_entry(&w, &ss, VA, 1) = (8ull << 30) | VTD_SS_W;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_READ);
	CU_ASSERT_EQUAL(read_fault(VA + 0x5000), VTD_FR_L_READ);
	CU_ASSERT_EQUAL(read_fault(1ull << 48), VTD_FR_L_WIDTH);
	*iw_entry(&w, &ss, VA, 1) = (8ull << 30) | IW_SS | SPEC_BIT(50);
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_PTE_RSVD);
	*iw_entry(&w, &ss, VA, 1) = VTD_MSI_BASE | IW_SS;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_MSI_OUT);
	*iw_entry(&w, &ss, VA, 2) = (1ull << 45) | IW_SS;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_TABLE);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).fault, VTD_FR_L_PASID);
	legacy_context[0] |= SPEC_BIT(5);
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_CTX_RSVD);
	legacy_context[0] = VTD_LCTX_Q0_P | SPEC_PREP(VTD_LCTX_Q0_TT, 3);
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_CTX_INV);
	legacy_context[0] = 0;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_CTX_P);
	root = iw_ptr(&w, w.root + (u64)(SID >> 8) * 16);
	saved = *root;
	*root = (1ull << 45) | VTD_ROOT_P;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_CTX_ACC);
	*root = saved | 8;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_ROOT_RSVD);
	*root = 0;
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_ROOT_P);
	iw_write(&w, VTD_REG_RTADDR, 1ull << 45);
	CU_ASSERT_EQUAL(read_fault(VA), VTD_FR_L_ROOT_ACC);
	iw_free(&w);
}

static void legacy_types(void)
{
	struct iommu_page_req pr = {
		.sid = SID, .pasid = NONE, .addr = VA, .read = true, .last = true};
	struct iommu_req req = {.sid = SID,
				.pasid = NONE,
				.addr = VA,
				.len = 8,
				.access = IOMMU_R,
				.at = IOMMU_TRANSLATED};
	struct iommu_page_reply reply;
	struct iommu_reply r;

	begin_legacy(NULL);
	/* TT 0: untranslated requests only */
	CU_ASSERT_EQUAL(iw_ats(&w, SID, NONE, VA, 8, false).fault, VTD_FR_L_TT);
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.fault, VTD_FR_L_TT);
	/* TT 1: all */
	legacy_context[0] |= SPEC_PREP(VTD_LCTX_Q0_TT, VTD_TT_ALL);
	again();
	CU_ASSERT_EQUAL(iw_ats(&w, SID, NONE, VA, 8, false).pa, 8ull << 30);
	iommu_translate(w.iommu, &req, &r);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	/* TT 2: pass-through */
	legacy_context[0] = VTD_LCTX_Q0_P | SPEC_PREP(VTD_LCTX_Q0_TT, VTD_TT_PASS);
	again();
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x77000, 8, IOMMU_W).pa, 0x77000);
	/* page requests need scalable mode */
	iommu_page_request(w.iommu, &pr, &reply);
	CU_ASSERT_EQUAL(reply.code, IOMMU_PR_INVALID);
	CU_ASSERT_EQUAL(iw_fault(&w, 2, NULL, NULL), VTD_FR_L_PRQ);
	iw_free(&w);
}

/* Register-based commands: only legacy mode, major version below 6, queue off. */
static void register_commands(void)
{
	struct iommu_cfg cfg;
	u32 iro;

	iw_cfg(&cfg);
	cfg.version = 0x50;
	begin_legacy(&cfg);
	iro = (u32)SPEC_GET(VTD_ECAP_IRO, iw_read64(&w, VTD_REG_ECAP)) * 16;
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).status, IOMMU_OK);
	legacy_context[0] = 0;
	*iw_entry(&w, &ss, VA, 1) = 0;
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).iotlb_hits, 1);
	iommu_mmio_write(w.iommu, iro + 8, 8, VTD_IOTLB_IVT | 1ull << 60);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_IOTLB_IAIG, iommu_mmio_read(w.iommu, iro + 8, 8)), 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).fault, VTD_FR_L_READ);
	iw_write(&w, VTD_REG_CCMD, VTD_CCMD_ICC | 1ull << 61);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_CCMD_CAIG, iw_read64(&w, VTD_REG_CCMD)), 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, VA, 8, IOMMU_R).fault, VTD_FR_L_CTX_P);
	/* in two halves */
	iommu_mmio_write(w.iommu, iro + 8, 4, 0);
	iommu_mmio_write(w.iommu, iro + 12, 4, (u32)(VTD_IOTLB_IVT >> 32));
	CU_ASSERT_EQUAL(SPEC_GET(VTD_IOTLB_IAIG, iommu_mmio_read(w.iommu, iro + 8, 8)), 1);
	iw_free(&w);
}

/* ---- missing capabilities make fields reserved ---- */

static void missing_capabilities(void)
{
	static const struct {
		u64 cap, ecap; /* taken away */
		u32 word;
		u64 set; /* in the PASID entry, or the context entry for word 8 */
		u8 fault;
	} rows[] = {
		{0, VTD_ECAP_SSADS, 0, VTD_PE_Q0_SSADE, VTD_FR_PE_RSVD},
		{0, VTD_ECAP_SMPWCS | VTD_ECAP_SSADS | VTD_ECAP_EAFS, 1, 0, VTD_FR_PE_RSVD},
		{0, VTD_ECAP_SC, 1, VTD_PE_Q1_PGSNP, VTD_FR_PE_RSVD},
		{0, VTD_ECAP_SRS, 2, VTD_PE_Q2_SRE, VTD_FR_PE_RSVD},
		{0, VTD_ECAP_EAFS, 2, VTD_PE_Q2_EAFE, VTD_FR_PE_RSVD},
		{0, VTD_ECAP_FSTS | VTD_ECAP_NEST, 0, 0, VTD_FR_PE_INV},
		{VTD_CAP_FS5LP, 0, 2, SPEC_PREP(VTD_PE_Q2_FSPM, 1), VTD_FR_PE_INV},
		{0, VTD_ECAP_PRS, 8, VTD_CTX_Q0_PRE, VTD_FR_CTX_RSVD},
		{0, VTD_ECAP_DT | VTD_ECAP_PRS, 8, VTD_CTX_Q0_DTE, VTD_FR_CTX_RSVD},
		{0, VTD_ECAP_PASID, 8, VTD_CTX_Q0_PASIDE, VTD_FR_CTX_RSVD},
		{0, VTD_ECAP_PTRS, 8, VTD_CTX_Q0_EPTR, VTD_FR_CTX_RSVD},
		{0, 0, 8, VTD_CTX_Q0_HPTE, VTD_FR_CTX_RSVD},
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct iommu_cfg cfg;

		iw_cfg(&cfg);
		cfg.cap &= ~rows[i].cap;
		cfg.ecap &= ~rows[i].ecap;
		begin(&cfg);
		*iw_context(&w, SID) &= ~(rows[i].ecap & VTD_ECAP_DT ? VTD_CTX_Q0_DTE : 0);
		if (rows[i].word == 8)
			*iw_context(&w, SID) |= rows[i].set;
		else
			iw_pasid(&w, SID, PASID)[rows[i].word] |= rows[i].set;
		iw_enable(&w);
		CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).fault, rows[i].fault);
		iw_free(&w);
	}
}

/* Page sizes and snoop bits that the unit does not have are reserved in its tables. */
static void missing_sizes(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.cap &= ~(VTD_CAP_FS1GP | VTD_CAP_SSLPS);
	cfg.ecap &= ~VTD_ECAP_SC;
	begin(&cfg);
	iw_map(&w, &fs, 1ull << 33, 8ull << 30, 30, IW_FS);
	iw_map(&w, &ss, 1ull << 33, 8ull << 30, 30, IW_SS);
	iw_map(&w, &ss, 1ull << 34, 8ull << 30, 21, IW_SS);
	iw_map(&w, &ss, VA + 0x1000, 8ull << 30, 12, IW_SS | VTD_SS_SNP);
	iw_map(&w, &ss, VA + 0x2000, 8ull << 30, 12, IW_SS | VTD_SS_IW);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, 1ull << 33, 8, IOMMU_R).fault, VTD_FR_FS_RSVD);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, 1ull << 33, 8, IOMMU_R).fault,
			VTD_FR_SS_RSVD);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, 1ull << 34, 8, IOMMU_R).fault,
			VTD_FR_SS_RSVD);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, VA + 0x1000, 8, IOMMU_R).fault,
			VTD_FR_SS_RSVD);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, VA + 0x2000, 8, IOMMU_R).fault,
			VTD_FR_SS_RSVD);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, VA, 8, IOMMU_R).status, IOMMU_OK);
	iw_free(&w);
}

static void no_scalable_mode(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.ecap &= ~(VTD_ECAP_SMTS | VTD_ECAP_PASID | VTD_ECAP_PRS | VTD_ECAP_SRS | VTD_ECAP_SSTS |
		      VTD_ECAP_FSTS | VTD_ECAP_NEST);
	begin(&cfg);
	iw_enable(&w);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).fault, VTD_FR_RTA);
	iw_free(&w);
}

/* No IOTLB, no configuration caches: every page walks, answers are the same. */
static void without_caches(void)
{
	struct iommu_cfg cfg;
	struct iommu_reply r;

	iw_cfg(&cfg);
	cfg.iotlb.entries = cfg.context.entries = cfg.pasid.entries = cfg.irte.entries = 0;
	cfg.fs_walk.entries = cfg.ss_walk.entries = 0;
	begin(&cfg);
	for (u32 i = 0; i < 8; i++)
		iw_map(&w, &fs, VA + i * MEM_PAGE, (8ull << 30) + i * MEM_PAGE, 12,
		       IW_FS | VTD_FS_A);
	iw_enable(&w);
	for (u32 round = 0; round < 2; round++) {
		r = iw_translate(&w, SID, PASID, VA, 8 * MEM_PAGE, IOMMU_R);
		CU_ASSERT_EQUAL(r.len, 8 * MEM_PAGE);
		CU_ASSERT_EQUAL(r.walks, 8);
		CU_ASSERT_EQUAL(r.reads, 4 + 8 * 4);
		CU_ASSERT_EQUAL(r.iotlb_hits, 0);
	}
	iw_free(&w);
}

/* Table reads take what their memory node takes unless a fixed time is given. */
static void read_time_of_the_node(void)
{
	struct iommu_cfg cfg;
	struct iommu_reply r;

	iw_cfg(&cfg);
	cfg.walk_read_ps = 0; /* the world's memory: 90 ns */
	begin(&cfg);
	iw_enable(&w);
	r = iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.reads, 8);
	CU_ASSERT_EQUAL(r.last_done,
			2 * cfg.link_ps + cfg.lookup_ps + cfg.hit_ps + 8 * 90 * PS_PER_NS);
	iw_free(&w);
}

/* ---- protected regions: only while translation is off ---- */

static void protected_regions(void)
{
	struct iommu_cfg cfg;

	iw_cfg(&cfg);
	cfg.cap |= VTD_CAP_PLMR | VTD_CAP_PHMR;
	begin(&cfg);
	iw_write(&w, VTD_REG_PLMBASE, 0x100000);
	iw_write(&w, VTD_REG_PLMLIMIT, 0x200000);
	iw_write(&w, VTD_REG_PHMBASE, 1ull << 32);
	iw_write(&w, VTD_REG_PHMLIMIT, 1ull << 32);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x100000, 8, IOMMU_R).status, IOMMU_OK);
	iw_write(&w, VTD_REG_PMEN, VTD_PMEN_EPM);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_PMEN), VTD_PMEN_EPM | VTD_PMEN_PRS);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0xfffff, 1, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x100000, 8, IOMMU_R).status,
			IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x2fffff, 1, IOMMU_R).status,
			IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x300000, 8, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, (1ull << 32) + 0xfffff, 1, IOMMU_R).status,
			IOMMU_UNSUPPORTED);
	/* a request may not reach into one, either */
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0xff000, 0x2000, IOMMU_R).len, 0x1000);
	iw_write(&w, VTD_REG_PMEN, 0);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_PMEN), 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, NONE, 0x100000, 8, IOMMU_R).status, IOMMU_OK);
	iw_free(&w);
}

/* ---- buffers of the queue that fill up ---- */

static u32 invs, responses, last_prgi;
static struct iommu_inv last_inv;

static void on_inv(void *dev, const struct iommu_inv *inv)
{
	invs++;
	last_inv = *inv;
}

static void on_response(void *dev, u32 pasid, bool pv, u16 prgi, u8 code)
{
	responses++;
	last_prgi = prgi;
}

static const struct iommu_dev_ops ops = {on_inv, on_response};

/* More waits behind one unanswered invalidation than the unit keeps: the queue stands, nothing is
 * lost. */
static void many_waits(void)
{
	u64 st;

	invs = 0;
	begin(NULL);
	iommu_attach(w.iommu, SID, &ops, NULL);
	iw_enable(&w);
	st = iw_pages(&w, 1);
	iw_push(&w, VTD_QI_DEVTLB | SPEC_PREP(VTD_QI_DEV_Q0_SID, SID), 0x1000);
	for (u32 i = 0; i < 100; i++)
		iw_push(&w, VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | (u64)(i + 1) << 32, st + 4 * i);
	iw_run_us(&w, 100);
	CU_ASSERT_EQUAL(invs, 1);
	CU_ASSERT(iw_read64(&w, VTD_REG_IQH) < 101 * 32);
	for (u32 i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(((u32 *)(void *)iw_ptr(&w, st))[i], 0);
	iommu_inv_done(w.iommu, SID, last_inv.itag);
	iw_run_us(&w, 100);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 101 * 32);
	for (u32 i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(((u32 *)(void *)iw_ptr(&w, st))[i], i + 1);
	iw_free(&w);
}

/* A long link: many responses are under way at once, and arrive in order. */
static void many_responses(void)
{
	struct iommu_cfg cfg;

	responses = 0;
	iw_cfg(&cfg);
	cfg.link_ps = 50 * PS_PER_US;
	begin(&cfg);
	iommu_attach(w.iommu, SID, &ops, NULL);
	iw_enable(&w);
	for (u32 i = 0; i < 120; i++)
		iw_push(&w, VTD_QI_PGRSP | SPEC_PREP(VTD_QI_PGRSP_Q0_RID, SID),
			SPEC_PREP(VTD_QI_PGRSP_Q1_PRGI, i));
	iw_run_us(&w, 40);
	CU_ASSERT_EQUAL(responses, 0);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 64 * 32);
	iw_run_us(&w, 200);
	CU_ASSERT_EQUAL(responses, 120);
	CU_ASSERT_EQUAL(last_prgi, 119);
	iw_free(&w);
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_modes", NULL, NULL);
	CU_ADD_TEST(s, legacy);
	CU_ADD_TEST(s, legacy_types);
	CU_ADD_TEST(s, register_commands);
	CU_ADD_TEST(s, missing_capabilities);
	CU_ADD_TEST(s, missing_sizes);
	CU_ADD_TEST(s, no_scalable_mode);
	CU_ADD_TEST(s, without_caches);
	CU_ADD_TEST(s, read_time_of_the_node);
	CU_ADD_TEST(s, protected_regions);
	CU_ADD_TEST(s, many_waits);
	CU_ADD_TEST(s, many_responses);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
