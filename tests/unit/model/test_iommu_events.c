// SPDX-License-Identifier: GPL-2.0
/* Page requests, interrupt remapping and posting, the register file, the configuration's checks. */
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SID   0x6a01
#define PASID 77u
#define VA    0x7123456000ull
#define NONE  IOMMU_NO_PASID

static struct iommu_world w;
static struct iw_space fs, ss;

static void begin(const struct iommu_cfg *cfg)
{
	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
	fs = ss = (struct iw_space){0};
	iw_space(&w, &fs, 4, false);
	iw_space(&w, &ss, 4, true);
	iw_set_first(&w, SID, PASID, 1, &fs);
	iw_set_second(&w, SID, PASID + 1, 9, &ss);
	iw_enable(&w);
}

/* ---- page requests ---- */

static struct iommu_page_reply ask(u32 pasid, u64 addr, bool write, bool last, u16 prgi)
{
	struct iommu_page_req req = {
		.now = sim_now(w.sim),
		.addr = addr,
		.pasid = pasid,
		.sid = SID,
		.prgi = prgi,
		.read = true,
		.write = write,
		.last = last,
	};
	struct iommu_page_reply reply;

	iommu_page_request(w.iommu, &req, &reply);
	return reply;
}

static void descriptor(void)
{
	struct iommu_page_reply r;
	u64 *q;

	begin(NULL);
	r = ask(PASID, VA + 0x123, true, true, 257);
	CU_ASSERT_TRUE(r.queued);
	CU_ASSERT_FALSE(r.answered);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_PQT), 32);
	q = iw_ptr(&w, w.pqa);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_PRQ_Q0_TYPE, q[0]), VTD_PRQ_TYPE);
	CU_ASSERT_TRUE(q[0] & VTD_PRQ_Q0_PP);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_PRQ_Q0_RID, q[0]), SID);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_PRQ_Q0_PASID, q[0]), PASID);
	CU_ASSERT_EQUAL(q[0] & (VTD_PRQ_Q0_EXE | VTD_PRQ_Q0_PRIV), 0);
	CU_ASSERT_EQUAL(q[1] & VTD_PRQ_Q1_ADDR, VA);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_PRQ_Q1_PRGI, q[1]), 257);
	CU_ASSERT_EQUAL(q[1] & 7, VTD_PRQ_Q1_R | VTD_PRQ_Q1_W | VTD_PRQ_Q1_LAST);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_PRS), VTD_PRS_PPR);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(w.msis, 1);
	CU_ASSERT_EQUAL(w.msi[0].data, 0x42);
	/* PPR still set: no second message */
	ask(PASID, VA, false, false, 1);
	iw_run_us(&w, 5);
	CU_ASSERT_EQUAL(w.msis, 1);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_PQT), 64);
	iw_write(&w, VTD_REG_PQH, 64);
	iw_write(&w, VTD_REG_PRS, VTD_PRS_PPR);
	ask(NONE, VA, false, false, 1); /* RID_PASID 0 has no directory entry */
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), VTD_FR_PDE_P);
	iw_free(&w);
}

/* 128 entries of one page hold 127 requests; then PRO, and success for the last of a group. */
static void overflow(void)
{
	struct iommu_page_reply r;

	begin(NULL);
	for (u32 i = 0; i < 127; i++)
		CU_ASSERT_TRUE(ask(PASID, VA, false, true, (u16)i).queued);
	r = ask(PASID, VA, false, false, 200);
	CU_ASSERT_FALSE(r.queued || r.answered);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_PRS), VTD_PRS_PPR | VTD_PRS_PRO);
	r = ask(PASID, VA, false, true, 200);
	CU_ASSERT_FALSE(r.queued);
	CU_ASSERT_TRUE(r.answered);
	CU_ASSERT_EQUAL(r.code, IOMMU_PR_SUCCESS);
	CU_ASSERT(r.when > sim_now(w.sim));
	/* room alone does not help while PRO is set */
	iw_write(&w, VTD_REG_PQH, iw_read64(&w, VTD_REG_PQT));
	r = ask(PASID, VA, false, true, 200);
	CU_ASSERT_TRUE(r.answered);
	iw_write(&w, VTD_REG_PRS, VTD_PRS_PRO | VTD_PRS_PPR);
	CU_ASSERT_TRUE(ask(PASID, VA, false, true, 200).queued);
	CU_ASSERT_EQUAL(iw_count(&w, "page_requests_dropped"), 3);
	/* the tail wraps */
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_PQT), 0);
	iw_free(&w);
}

/* Table faults are answered "invalid" and recorded, as page requests; order: tables before
 * overflow. */
static void refused(void)
{
	struct iommu_page_reply r;
	u64 q1;

	begin(NULL);
	*iw_context(&w, SID) &= ~VTD_CTX_Q0_PRE;
	r = ask(PASID, VA, false, true, 3);
	CU_ASSERT_TRUE(r.answered);
	CU_ASSERT_EQUAL(r.code, IOMMU_PR_INVALID);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, &q1), VTD_FR_PRE);
	CU_ASSERT_TRUE(q1 & VTD_FRCD_Q1_T2);
	CU_ASSERT_FALSE(q1 & VTD_FRCD_Q1_T1);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_PQT), 0);
	iw_free(&w);

	begin(NULL);
	for (u32 i = 0; i < 128; i++)
		ask(PASID, VA, false, true, 1);
	r = ask(PASID + 5, VA, false, true, 3);
	CU_ASSERT_EQUAL(r.code, IOMMU_PR_INVALID);
	CU_ASSERT_EQUAL(iw_fault(&w, 0, NULL, NULL), VTD_FR_PE_P);
	iw_free(&w);

	/* a queue that is not in memory behaves as a full one */
	begin(NULL);
	iw_write(&w, VTD_REG_PQA, 1ull << 45);
	r = ask(PASID, VA, false, true, 3);
	CU_ASSERT_EQUAL(r.code, IOMMU_PR_SUCCESS);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_PRS), VTD_PRS_PRO);
	iw_free(&w);
}

static void stop_marker(void)
{
	struct iommu_page_req req = {.sid = SID, .pasid = PASID, .last = true};
	struct iommu_page_reply r;

	begin(NULL);
	iommu_page_request(w.iommu, &req, &r);
	CU_ASSERT_TRUE(r.queued);
	for (u32 i = 0; i < 126; i++)
		ask(PASID, VA, false, true, 1);
	iommu_page_request(w.iommu, &req, &r);
	CU_ASSERT_FALSE(r.queued || r.answered);
	iw_free(&w);
}

/* Table 27: an accepted request drops what could hide a raised permission. */
static void implicit_invalidation(void)
{
	begin(NULL);
	iw_map(&w, &fs, VA, 8ull << 30, 12, VTD_FS_P | VTD_FS_US | VTD_FS_A);
	iw_map(&w, &fs, VA + 0x1000, 8ull << 30, 12, IW_FS | VTD_FS_A);
	iw_map(&w, &ss, VA, 8ull << 30, 12, IW_SS);
	iw_translate(&w, SID, PASID, VA, 8, IOMMU_R);
	iw_translate(&w, SID, PASID, VA + 0x1000, 8, IOMMU_R);
	iw_translate(&w, SID, PASID + 1, VA, 8, IOMMU_R);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).iotlb_hits, 1);
	ask(PASID, VA, true, true, 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA, 8, IOMMU_R).iotlb_hits, 0);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID, VA + 0x1000, 8, IOMMU_R).iotlb_hits, 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, VA, 8, IOMMU_R).iotlb_hits, 1);
	ask(PASID + 1, VA, true, true, 1);
	CU_ASSERT_EQUAL(iw_translate(&w, SID, PASID + 1, VA, 8, IOMMU_R).iotlb_hits, 0);
	iw_free(&w);
}

/* ---- interrupt remapping ---- */

static u64 msi_addr(u32 handle, bool shv)
{
	return VTD_MSI_BASE | VTD_MSI_REMAP | SPEC_PREP(VTD_MSI_HANDLE_LO, handle & 0x7fff) |
	       (handle & 0x8000 ? VTD_MSI_HANDLE_HI : 0) | (shv ? VTD_MSI_SHV : 0);
}

static struct iommu_irq send(u16 sid, u64 addr, u32 data)
{
	struct iommu_irq irq;

	iommu_interrupt(w.iommu, sim_now(w.sim), sid, addr, data, &irq);
	return irq;
}

static u64 *irte(u32 index)
{
	return iw_ptr(&w, w.irta + (u64)index * VTD_IRTE_BYTES);
}

static void remap(u32 index, u8 vector, u32 dest)
{
	u64 *e = irte(index);

	e[0] = VTD_IRTE_Q0_P | SPEC_PREP(VTD_IRTE_Q0_VECTOR, vector) |
	       SPEC_PREP(VTD_IRTE_Q0_DEST, dest);
	e[1] = SPEC_PREP(VTD_IRTE_Q1_SVT, VTD_SVT_SID) | SID;
}

static void remapped(void)
{
	struct iommu_irq irq;

	begin(NULL);
	remap(5, 0x61, 0x1234);
	irq = send(SID, msi_addr(5, false), 0xffffffff); /* without SHV data is ignored */
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_REMAPPED);
	CU_ASSERT_EQUAL(irq.vector, 0x61);
	CU_ASSERT_EQUAL(irq.dest, 0x1234);
	remap(0x9003, 0x62, 2);
	irte(0x9003)[0] |=
		VTD_IRTE_Q0_TM | VTD_IRTE_Q0_DM | VTD_IRTE_Q0_RH | SPEC_PREP(VTD_IRTE_Q0_DLM, 1);
	irq = send(SID, msi_addr(0x9000, true), 3);
	CU_ASSERT_EQUAL(irq.vector, 0x62);
	CU_ASSERT_EQUAL(irq.delivery_mode, 1);
	CU_ASSERT_TRUE(irq.level && irq.logical && irq.redirect_hint);
	/* cached: a changed entry shows only after a type 4 */
	remap(5, 0x70, 1);
	CU_ASSERT_EQUAL(send(SID, msi_addr(5, false), 0).vector, 0x61);
	iw_qi(&w, VTD_QI_IEC | VTD_QI_IEC_Q0_G | SPEC_PREP(VTD_QI_IEC_Q0_IIDX, 8), 0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(5, false), 0).vector, 0x61);
	iw_qi(&w,
	      VTD_QI_IEC | VTD_QI_IEC_Q0_G | SPEC_PREP(VTD_QI_IEC_Q0_IIDX, 4) |
		      SPEC_PREP(VTD_QI_IEC_Q0_IM, 1),
	      0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(5, false), 0).vector, 0x70);
	remap(5, 0x71, 1);
	iw_qi(&w, VTD_QI_IEC, 0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(5, false), 0).vector, 0x71);
	iw_free(&w);
}

/* Each check alone, and then the order: a message that fails several reports the first. */
static void checks_in_order(void)
{
	u64 q0;
	u32 n = 0;

	begin(NULL);
	iw_write(&w, VTD_REG_IRTA, w.irta | VTD_IRTA_EIME | 3); /* 16 entries */
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_SIRTP | VTD_GCMD_IRE | VTD_GCMD_QIE);
	CU_ASSERT_EQUAL(send(SID, msi_addr(9, true), 0x10000).fault, VTD_FR_IR_RSVD);
	CU_ASSERT_EQUAL(send(SID, msi_addr(9, true), 7).fault, VTD_FR_IR_INDEX);
	CU_ASSERT_EQUAL(iw_fault(&w, 1, &q0, NULL), VTD_FR_IR_INDEX);
	CU_ASSERT_EQUAL(q0 >> 48, 16);
	CU_ASSERT_EQUAL(send(SID, msi_addr(2, false), 0).fault, VTD_FR_IR_P);
	remap(2, 0x30, 1);
	irte(2)[0] |= SPEC_BIT(13); /* reserved, but the source is wrong, too */
	CU_ASSERT_EQUAL(send(SID + 1, msi_addr(2, false), 0).fault, VTD_FR_IR_SID);
	CU_ASSERT_EQUAL(send(SID, msi_addr(2, false), 0).fault, VTD_FR_IR_ENTRY);
	iw_clear_faults(&w);
	/* FPD silences what is about the entry */
	irte(3)[0] = VTD_IRTE_Q0_FPD;
	CU_ASSERT_EQUAL(send(SID, msi_addr(3, false), 0).fault, VTD_FR_IR_P);
	for (u32 i = 0; i < 8; i++)
		n += iw_fault(&w, i, NULL, NULL) != 0;
	CU_ASSERT_EQUAL(n, 0);
	/* table not in memory */
	iw_write(&w, VTD_REG_IRTA, (1ull << 45) | VTD_IRTA_EIME | 15);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_SIRTP | VTD_GCMD_IRE | VTD_GCMD_QIE);
	CU_ASSERT_EQUAL(send(SID, msi_addr(2, false), 0).fault, VTD_FR_IR_ACC);
	/* compatibility format */
	CU_ASSERT_EQUAL(send(SID, VTD_MSI_BASE | 0x1000, 0x31).fault, VTD_FR_IR_COMPAT);
	CU_ASSERT_EQUAL(send(SID, 0x1000, 0x31).fault, VTD_FR_IR_REQUEST);
	CU_ASSERT_EQUAL(iw_count(&w, "interrupts_blocked"), 9);
	iw_free(&w);
}

static void source_validation(void)
{
	static const struct {
		u32 svt, sq;
		u16 entry, sid;
		bool ok;
	} rows[] = {
		{VTD_SVT_NONE, 0, 0, SID, true},       {VTD_SVT_SID, 0, SID, SID, true},
		{VTD_SVT_SID, 0, SID, SID ^ 1, false}, {VTD_SVT_SID, 1, SID, SID ^ 4, true},
		{VTD_SVT_SID, 1, SID, SID ^ 2, false}, {VTD_SVT_SID, 2, SID, SID ^ 6, true},
		{VTD_SVT_SID, 2, SID, SID ^ 1, false}, {VTD_SVT_SID, 3, SID, SID ^ 7, true},
		{VTD_SVT_SID, 3, SID, SID ^ 8, false}, {VTD_SVT_BUS, 0, 0x6a6b, SID, true},
		{VTD_SVT_BUS, 0, 0x6b6c, SID, false},  {VTD_SVT_BUS, 0, 0x6069, SID, false},
	};

	begin(NULL);
	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		remap(i, 0x40, 0);
		irte(i)[1] = SPEC_PREP(VTD_IRTE_Q1_SVT, rows[i].svt) |
			     SPEC_PREP(VTD_IRTE_Q1_SQ, rows[i].sq) | rows[i].entry;
		CU_ASSERT_EQUAL(send(rows[i].sid, msi_addr(i, false), 0).kind == IOMMU_IRQ_REMAPPED,
				rows[i].ok);
	}
	iw_free(&w);
}

static void compatibility(void)
{
	struct iommu_irq irq;
	struct iommu_cfg cfg;

	begin(NULL);
	iw_write(&w, VTD_REG_IRTA, w.irta | 15); /* no EIME */
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_SIRTP | VTD_GCMD_IRE | VTD_GCMD_CFI);
	irq = send(SID, VTD_MSI_BASE | 0x7000 | VTD_MSI_DM, 0x8155);
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_DIRECT);
	CU_ASSERT_EQUAL(irq.vector, 0x55);
	CU_ASSERT_EQUAL(irq.delivery_mode, 1);
	CU_ASSERT_EQUAL(irq.dest, 7);
	CU_ASSERT_TRUE(irq.level && irq.logical);
	/* xAPIC destinations: bits 47:40 only */
	remap(1, 0x33, 0);
	irte(1)[0] |= SPEC_PREP(VTD_IRTE_Q0_DEST_XAPIC, 0x1f);
	CU_ASSERT_EQUAL(send(SID, msi_addr(1, false), 0).dest, 0x1f);
	remap(2, 0x33, 1);
	CU_ASSERT_EQUAL(send(SID, msi_addr(2, false), 0).fault, VTD_FR_IR_ENTRY);
	/* remapping off */
	iw_write(&w, VTD_REG_GCMD, 0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(1, false), 0x44).kind, IOMMU_IRQ_DIRECT);
	iw_free(&w);

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_EIMER | VTD_ECAP_IRREQ;
	begin(&cfg);
	iw_write(&w, VTD_REG_IRTA, w.irta | 15);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_SIRTP | VTD_GCMD_IRE);
	CU_ASSERT_EQUAL(send(SID, msi_addr(1, false), 0).fault, VTD_FR_IR_EIME);
	iw_write(&w, VTD_REG_GCMD, 0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(1, false), 0).fault, VTD_FR_IR_OFF);
	iw_free(&w);
}

/* Section 5.2.3. */
static void posted(void)
{
	struct iommu_irq irq;
	u64 pid, *p, *e;

	begin(NULL);
	pid = iw_pages(&w, 1) + 0x40;
	p = iw_ptr(&w, pid);
	p[4] = SPEC_PREP(VTD_PID_Q4_NV, 0xf2) | SPEC_PREP(VTD_PID_Q4_NDST, 9);
	e = irte(4);
	e[0] = VTD_IRTE_Q0_P | VTD_IRTE_Q0_IM | SPEC_PREP(VTD_IRTE_Q0_VECTOR, 0x85) |
	       SPEC_PREP(VTD_IRTE_Q0_PDAL, (pid & 0xffffffff) >> 6);
	e[1] = SPEC_PREP(VTD_IRTE_Q1_PDAH, pid >> 32);
	irq = send(SID, msi_addr(4, false), 0);
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_POSTED);
	CU_ASSERT_TRUE(irq.notify);
	CU_ASSERT_EQUAL(irq.vector, 0xf2);
	CU_ASSERT_EQUAL(irq.dest, 9);
	CU_ASSERT_EQUAL(irq.posted_vector, 0x85);
	CU_ASSERT_EQUAL(irq.posted_pa, pid);
	CU_ASSERT_EQUAL(p[2], 1ull << 5);
	CU_ASSERT_TRUE(p[4] & VTD_PID_Q4_ON);
	/* ON: no further notification */
	p[2] = 0;
	irq = send(SID, msi_addr(4, false), 0);
	CU_ASSERT_FALSE(irq.notify);
	CU_ASSERT_EQUAL(p[2], 1ull << 5);
	/* suppressed, and urgent in spite of it */
	p[4] = (p[4] & ~VTD_PID_Q4_ON) | VTD_PID_Q4_SN;
	irq = send(SID, msi_addr(4, false), 0);
	CU_ASSERT_FALSE(irq.notify);
	CU_ASSERT_FALSE(p[4] & VTD_PID_Q4_ON);
	e[0] |= VTD_IRTE_Q0_URG;
	iw_qi(&w, VTD_QI_IEC, 0);
	CU_ASSERT_TRUE(send(SID, msi_addr(4, false), 0).notify);
	/* reserved bits of the descriptor, descriptor outside memory */
	p[5] = 1;
	CU_ASSERT_EQUAL(send(SID, msi_addr(4, false), 0).fault, VTD_FR_IR_PID_RSVD);
	e[1] |= SPEC_PREP(VTD_IRTE_Q1_PDAH, 1u << 13);
	iw_qi(&w, VTD_QI_IEC, 0);
	CU_ASSERT_EQUAL(send(SID, msi_addr(4, false), 0).fault, VTD_FR_IR_PID_ACC);
	iw_free(&w);
}

/* ---- registers ---- */

/* Every row: reset value readable, read-only bits stay, writable bits stick, halves work. */
static void access_rules(void)
{
	u32 n;
	const struct iommu_reg *r = iommu_regs(&n);

	begin(NULL);
	iw_write(&w, VTD_REG_GCMD, 0);
	for (u32 i = 0; i < n; i++) {
		u64 all = r[i].width == 8 ? ~0ull : 0xffffffffull, before, after;
		u32 off = r[i].off;

		CU_ASSERT(!i || r[i - 1].off + r[i - 1].width <= off);
		if (off == VTD_REG_GCMD || off == VTD_REG_PMEN || off >= VTD_REG_VCMD)
			continue;
		before = iommu_mmio_read(w.iommu, off, r[i].width);
		iommu_mmio_write(w.iommu, off, r[i].width, all);
		after = iommu_mmio_read(w.iommu, off, r[i].width);
		CU_ASSERT_EQUAL(after & ~r[i].rw & ~r[i].w1c, before & ~r[i].rw & ~r[i].w1c);
		CU_ASSERT_EQUAL(after & r[i].rw, r[i].rw);
		CU_ASSERT_EQUAL(after & r[i].w1c, 0);
		iommu_mmio_write(w.iommu, off, r[i].width, 0);
		if (r[i].width == 8 && r[i].rw) {
			iommu_mmio_write(w.iommu, off + 4, 4, ~0u);
			CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, off, 8),
					(before & ~r[i].rw) | (r[i].rw & ~0xffffffffull));
			iommu_mmio_write(w.iommu, off, 8, 0);
		}
	}
	/* what is not a register */
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, 0x1000, 4), 0);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, 2, 4), 0);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, 4, 8), 0);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, 0, 2), 0);
	iommu_mmio_write(w.iommu, 0x50, 4, 1);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, 0x50, 4), 0);
	iommu_mmio_write(w.iommu, 0xffc, 8, 1);
	iw_free(&w);
}

static void global_status(void)
{
	begin(NULL);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_GSTS),
			VTD_GCMD_TE | VTD_GCMD_SRTP | VTD_GCMD_QIE | VTD_GCMD_IRE | VTD_GCMD_SIRTP);
	iw_write(&w, VTD_REG_GCMD, VTD_GCMD_QIE);
	CU_ASSERT_EQUAL(iw_read32(&w, VTD_REG_GSTS), VTD_GCMD_SRTP | VTD_GCMD_QIE | VTD_GCMD_SIRTP);
	/* the queue's address is fixed while it runs; switching off resets the head */
	iw_write(&w, VTD_REG_IQA, 0x5000);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQA), w.iqa | VTD_IQA_DW);
	iw_qi(&w, VTD_QI_CTX | 1 << 4, 0);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 32);
	iw_write(&w, VTD_REG_GCMD, 0);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_IQH), 0);
	iw_free(&w);
}

/* Register-based invalidation: refused (granularity 0) in scalable mode. */
static void register_commands(void)
{
	u32 iro;

	begin(NULL);
	iw_write(&w, VTD_REG_CCMD, VTD_CCMD_ICC | 1ull << 61);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_CCMD) & (VTD_CCMD_ICC | VTD_CCMD_CAIG), 0);
	iro = (u32)SPEC_GET(VTD_ECAP_IRO, iw_read64(&w, VTD_REG_ECAP)) * 16;
	iommu_mmio_write(w.iommu, iro + 8, 8, VTD_IOTLB_IVT | 1ull << 60);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.iommu, iro + 8, 8) & (VTD_IOTLB_IVT | VTD_IOTLB_IAIG), 0);
	iw_free(&w);
}

static void virtual_command(void)
{
	struct iommu_cfg cfg;
	u64 rsp;

	begin(NULL); /* hardware has none */
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_VCCAP), 0);
	iw_write(&w, VTD_REG_VCMD, VTD_VCMD_ALLOC);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_VCRSP), 0);
	iw_free(&w);

	iw_cfg(&cfg);
	cfg.ecap |= VTD_ECAP_VCS;
	cfg.ecap = SPEC_SET(VTD_ECAP_PSS, cfg.ecap, 1); /* four PASIDs, 0 is not handed out */
	begin(&cfg);
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_VCCAP), 7);
	for (u32 i = 1; i < 4; i++) {
		iw_write(&w, VTD_REG_VCMD, VTD_VCMD_ALLOC);
		rsp = iw_read64(&w, VTD_REG_VCRSP);
		CU_ASSERT_EQUAL(SPEC_GET(VTD_VCRSP_SC, rsp), VTD_VCRSP_OK);
		CU_ASSERT_EQUAL(SPEC_GET(VTD_VCRSP_PASID, rsp), i);
	}
	iw_write(&w, VTD_REG_VCMD, VTD_VCMD_ALLOC);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_VCRSP_SC, iw_read64(&w, VTD_REG_VCRSP)), VTD_VCRSP_NONE);
	iw_write(&w, VTD_REG_VCMD, VTD_VCMD_FREE | SPEC_PREP(VTD_VCMD_PASID, 2));
	CU_ASSERT_EQUAL(iw_read64(&w, VTD_REG_VCRSP), 0);
	iw_write(&w, VTD_REG_VCMD, VTD_VCMD_FREE | SPEC_PREP(VTD_VCMD_PASID, 2));
	CU_ASSERT_EQUAL(SPEC_GET(VTD_VCRSP_SC, iw_read64(&w, VTD_REG_VCRSP)), VTD_VCRSP_NONE);
	iw_write(&w, VTD_REG_VCMD, 9);
	CU_ASSERT_EQUAL(SPEC_GET(VTD_VCRSP_SC, iw_read64(&w, VTD_REG_VCRSP)), VTD_VCRSP_UNDEF);
	iw_free(&w);
}

/* ---- configuration ---- */

static void configuration(void)
{
	static const struct {
		u64 cap_set, ecap_set, ecap_clear;
		const char *word;
	} rows[] = {
		{0, VTD_ECAP_ERS, 0, "execute"},
		{0, VTD_ECAP_HPTS, 0, "host permission"},
		{VTD_CAP_SSLPS_1G << 1, 0, 0, "SSLPS"},
		{VTD_CAP_ND, 0, 0, "ND"},
		{0, 0, VTD_ECAP_QI, "QI"},
		{0, 0, VTD_ECAP_SMTS, "SMTS"},
		{0, 0, VTD_ECAP_SMPWCS, "SMPWCS"},
		{0, 0, VTD_ECAP_DT, "DT"},
		{0, 0, VTD_ECAP_IR, "IR"},
	};
	struct iommu_cfg cfg;
	char msg[200];

	iw_cfg(&cfg);
	CU_ASSERT_EQUAL(iommu_cfg_check(&cfg, msg, sizeof(msg)), 0);
	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		iw_cfg(&cfg);
		cfg.cap |= rows[i].cap_set;
		cfg.ecap = (cfg.ecap | rows[i].ecap_set) & ~rows[i].ecap_clear;
		CU_ASSERT(iommu_cfg_check(&cfg, msg, sizeof(msg)) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(msg, rows[i].word));
	}
	iw_cfg(&cfg);
	cfg.iotlb = (struct iommu_cache_cfg){96, 8};
	CU_ASSERT(iommu_cfg_check(&cfg, msg, sizeof(msg)) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(msg, "iotlb"));
	iw_cfg(&cfg);
	cfg.walkers = 65;
	CU_ASSERT(iommu_cfg_check(&cfg, msg, sizeof(msg)) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(msg, "walkers"));
	iw_cfg(&cfg);
	cfg.haw = 60;
	CU_ASSERT(iommu_cfg_check(&cfg, msg, sizeof(msg)) < 0);
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_events", NULL, NULL);
	CU_ADD_TEST(s, descriptor);
	CU_ADD_TEST(s, overflow);
	CU_ADD_TEST(s, refused);
	CU_ADD_TEST(s, stop_marker);
	CU_ADD_TEST(s, implicit_invalidation);
	CU_ADD_TEST(s, remapped);
	CU_ADD_TEST(s, checks_in_order);
	CU_ADD_TEST(s, source_validation);
	CU_ADD_TEST(s, compatibility);
	CU_ADD_TEST(s, posted);
	CU_ADD_TEST(s, access_rules);
	CU_ADD_TEST(s, global_status);
	CU_ADD_TEST(s, register_commands);
	CU_ADD_TEST(s, virtual_command);
	CU_ADD_TEST(s, configuration);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
