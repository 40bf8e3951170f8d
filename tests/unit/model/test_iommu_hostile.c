// SPDX-License-Identifier: GPL-2.0
/* Garbage in every table, register and queue: the unit answers and stays inside memory. */
#include "sim/core/rng.h"
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>

#define PAGES 64u /* all tables lie in these, and point at each other or anywhere */
#define SIDS  4u

static struct iommu_world w;
static struct sim_rng rng;
static u64 base;
static u32 invs;

static void on_inv(void *dev, const struct iommu_inv *inv)
{
	CU_ASSERT(inv->itag < 32);
	invs++;
	if (sim_rng_below(&rng, 4))
		iommu_inv_done(w.iommu, (u16)(size_t)dev, inv->itag);
}

static void on_response(void *dev, u32 pasid, bool pv, u16 prgi, u8 code)
{
	CU_ASSERT(prgi < 512 && pasid < 1u << 20 && code < 16);
}

static const struct iommu_dev_ops ops = {on_inv, on_response};

/* Mostly plausible entries: a page of ours, few flags; now and then anything. */
static u64 garbage(void)
{
	u64 r = sim_rng_u64(&rng);

	switch (sim_rng_below(&rng, 8)) {
	case 0:
		return r;
	case 1:
		return 0;
	case 2:
		return (r & VTD_PT_ADDR) | (r & 7);
	case 3:
		return (base + sim_rng_below(&rng, PAGES) * MEM_PAGE) | (r & 0xfff);
	default:
		return (base + sim_rng_below(&rng, PAGES) * MEM_PAGE) | (r & 7) | 1;
	}
}

/* PASID-table entries that pass the checks now and then. */
static void pasid_entries(u64 page)
{
	for (u32 i = 0; i < 64; i++) {
		u64 *e = iw_ptr(&w, page + i * VTD_PTE_BYTES);

		for (u32 k = 0; k < 8; k++)
			e[k] = 0;
		e[0] = (base + sim_rng_below(&rng, PAGES) * MEM_PAGE) | VTD_PE_Q0_P |
		       SPEC_PREP(VTD_PE_Q0_PGTT, 1 + sim_rng_below(&rng, 4)) |
		       SPEC_PREP(VTD_PE_Q0_AW, 1 + sim_rng_below(&rng, 3)) |
		       (sim_rng_below(&rng, 2) ? VTD_PE_Q0_SSADE : 0);
		e[1] = sim_rng_below(&rng, 4) | VTD_PE_Q1_PWSNP;
		e[2] = (base + sim_rng_below(&rng, PAGES) * MEM_PAGE) | VTD_PE_Q2_SRE |
		       SPEC_PREP(VTD_PE_Q2_FSPM, sim_rng_below(&rng, 2));
	}
}

static void scramble(void)
{
	for (u32 p = 0; p < PAGES; p++) {
		u64 *e = iw_ptr(&w, base + p * MEM_PAGE);

		for (u32 i = 0; i < 512; i++)
			e[i] = garbage();
	}
	for (u32 p = 0; p < 4; p++)
		pasid_entries(base + p * MEM_PAGE);
	for (u32 i = 0; i < SIDS; i++) {
		u16 sid = (u16)(0x100 + i);
		u64 *c = iw_device(&w, sid, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);

		for (u32 d = 0; d < 4; d++)
			*iw_directory(&w, sid, d << 6) = (base + d * MEM_PAGE) | VTD_PDE_P;
		if (!i) /* one with anything in its context entry */
			c[0] = garbage();
	}
}

static void translate_some(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u64 r = sim_rng_u64(&rng);
		struct iommu_req req = {
			.now = sim_now(w.sim),
			.addr = r >> sim_rng_below(&rng, 64),
			.len = sim_rng_u64(&rng) >> (40 + sim_rng_below(&rng, 24)),
			.pasid = r & 1 ? (u32)sim_rng_below(&rng, 300) : IOMMU_NO_PASID,
			.sid = (u16)(0x100 + sim_rng_below(&rng, SIDS)),
			.at = (u8)sim_rng_below(&rng, 3),
			.access = (u8)(1 + sim_rng_below(&rng, 3)),
			.priv = r & 2,
			.no_write = r & 4,
		};
		struct iommu_reply reply;

		if (!sim_rng_below(&rng, 50))
			req.pasid = (u32)sim_rng_u64(&rng);
		iommu_translate(w.iommu, &req, &reply);
		CU_ASSERT(reply.len <= req.len ||
			  (reply.untranslated_only && reply.len <= MEM_PAGE));
		CU_ASSERT(reply.last_done >= reply.first_done);
		if (reply.status == IOMMU_OK && reply.perms && !reply.untranslated_only) {
			/* section 3.15: never into the interrupt range */
			CU_ASSERT(req.at != IOMMU_UNTRANSLATED || !req.len ||
				  reply.pa + reply.len <= VTD_MSI_BASE || reply.pa > VTD_MSI_LAST);
			iommu_check(w.iommu, &(struct iommu_use){.addr = req.addr,
								 .pa = reply.pa,
								 .epoch = reply.epoch,
								 .pasid = req.pasid,
								 .sid = req.sid});
		} else if (req.len && reply.status != IOMMU_OK) {
			CU_ASSERT_EQUAL(reply.len, 0);
		}
	}
}

static void garbage_tables(void)
{
	u64 ok = 0;

	sim_rng_init(&rng, 11, "hostile");
	for (u32 round = 0; round < 40; round++) {
		iw_new(&w, NULL);
		base = iw_pages(&w, PAGES);
		scramble();
		iw_enable(&w);
		translate_some(2000);
		iw_qi(&w, VTD_QI_IOTLB | VTD_QI_IOTLB_GLOBAL << 4, 0);
		scramble();
		translate_some(2000);
		ok += iw_count(&w, "pages") - iw_count(&w, "faults");
		iw_free(&w);
	}
	CU_ASSERT(ok > 1000); /* not everything was refused */
}

static void garbage_queue(void)
{
	invs = 0;
	sim_rng_init(&rng, 12, "hostile");
	iw_new(&w, NULL);
	base = iw_pages(&w, PAGES);
	scramble();
	for (u32 i = 0; i < SIDS; i++)
		iommu_attach(w.iommu, (u16)(0x100 + i), &ops, (void *)(size_t)(0x100 + i));
	iw_enable(&w);
	for (u32 i = 0; i < 4000; i++) {
		u64 q0 = sim_rng_u64(&rng), q1 = garbage();
		u32 type = 1 + (u32)sim_rng_below(&rng, 9);

		if (sim_rng_below(&rng, 2)) { /* a good one */
			q0 = type | SPEC_PREP(VTD_QI_Q0_G, sim_rng_below(&rng, 4));
			q1 &= VTD_PAGE_ADDR;
			if (type == VTD_QI_DEVTLB)
				q0 = type | SPEC_PREP(VTD_QI_DEV_Q0_SID,
						      0x100 + sim_rng_below(&rng, SIDS));
			if (type == VTD_QI_PDEVTLB)
				q0 = type | SPEC_PREP(VTD_QI_PDEV_Q0_SID,
						      0x100 + sim_rng_below(&rng, SIDS));
			if (type == VTD_QI_WAIT)
				q0 |= sim_rng_u64(&rng) & 0xf0;
		}
		iw_push(&w, q0, q1);
		if (!sim_rng_below(&rng, 8)) {
			iw_run_us(&w, sim_rng_below(&rng, 2) ? 10 : 70000);
			iw_write(&w, VTD_REG_FSTS, 0xff);
			if (iw_read64(&w, VTD_REG_IQH) != w.iq_tail) { /* step over */
				iw_write(&w, VTD_REG_GCMD, 0);
				w.iq_tail = 0;
				iw_write(&w, VTD_REG_IQT, 0);
				iw_write(&w, VTD_REG_GCMD, VTD_GCMD_TE | VTD_GCMD_QIE);
			}
			translate_some(5);
		}
	}
	CU_ASSERT(invs > 50);
	CU_ASSERT(iw_count(&w, "devtlb_timeouts") > 0);
	iw_free(&w);
}

static void garbage_registers(void)
{
	sim_rng_init(&rng, 13, "hostile");
	for (u32 round = 0; round < 30; round++) {
		iw_new(&w, NULL);
		base = iw_pages(&w, PAGES);
		scramble();
		iw_enable(&w);
		for (u32 i = 0; i < 3000; i++) {
			u32 off = (u32)sim_rng_below(&rng, 0x1010),
			    width = 1u << sim_rng_below(&rng, 4);
			u64 val = sim_rng_below(&rng, 2) ? sim_rng_u64(&rng) : garbage();
			struct iommu_irq irq;
			struct iommu_page_req pr = {
				.now = sim_now(w.sim),
				.addr = garbage(),
				.pasid = (u32)sim_rng_below(&rng, 300),
				.sid = (u16)(0x100 + sim_rng_below(&rng, SIDS)),
				.prgi = (u16)val,
				.read = val & 1,
				.write = val & 2,
				.last = val & 4,
			};
			struct iommu_page_reply reply;

			if (sim_rng_below(&rng, 2))
				off &= ~7u;
			iommu_mmio_write(w.iommu, off, width, val);
			iommu_mmio_read(w.iommu, off, width);
			iommu_page_request(w.iommu, &pr, &reply);
			CU_ASSERT_FALSE(reply.queued && reply.answered);
			iommu_interrupt(w.iommu, sim_now(w.sim), pr.sid,
					VTD_MSI_BASE | (val & 0xffffc), (u32)(val >> 20), &irq);
			if (!(i % 16)) {
				translate_some(3);
				iw_run_us(&w, 1);
			}
		}
		iw_free(&w);
	}
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_hostile", NULL, NULL);
	CU_ADD_TEST(s, garbage_tables);
	CU_ADD_TEST(s, garbage_queue);
	CU_ADD_TEST(s, garbage_registers);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
