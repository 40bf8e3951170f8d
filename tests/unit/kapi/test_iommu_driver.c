// SPDX-License-Identifier: GPL-2.0
// The IOMMU driver against the unit's model: start, SVA, page requests, domains, faults,
// interrupts.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "model/spec/vtd.h"
#include "sim/core/fiber.h"
#include "vtd_bus.h"
#include "vtd_world.h"

#define PAGE 4096ull
#define MIB  (1ull << 20)
#define RW   (PROCESS_PROT_READ | PROCESS_PROT_WRITE)

static struct vtd_world w;

static bool valid_pasid(u32 msr)
{
	return msr >> 31;
}

/* ---- start ---- */

static void start(void)
{
	struct iommu_reply r;
	u32 gsts;

	vtd_world_open(&w, NULL, NULL);
	gsts = iommu_mmio_read(w.unit, VTD_REG_GSTS, 4);
	CU_ASSERT_EQUAL(gsts & (VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE),
			VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE);
	/* Identity: requests without PASID go straight to memory. */
	r = vtd_translate(&w, IOMMU_NO_PASID, 0x140000123, IOMMU_UNTRANSLATED, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, 0x140000123);
	/* PASID, PRI, ATS are on, with PRI's allocation of 32. */
	CU_ASSERT_EQUAL(w.cfg[0x107] & 0x80, 0x80);
	CU_ASSERT_EQUAL(w.cfg[0x114] & 1, 1);
	CU_ASSERT_EQUAL(w.cfg[0x11c], 32);
	CU_ASSERT_EQUAL(w.cfg[0x126] & 1, 1);
	CU_ASSERT(vtd_logged(&w, "DMAR: dmar0: reg_base_addr fed90000 ver 6:0"));
	vtd_world_close(&w);
}

static void off(void)
{
	struct kernel_dmar_cfg dc = {.off = true};

	vtd_world_open(&w, NULL, &dc);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.unit, VTD_REG_GSTS, 4), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), -ENODEV);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_new, NULL), -ENOMEM);
	vtd_world_close(&w);
}

static void no_scalable_mode(void)
{
	struct iommu_cfg cfg;

	iommu_cfg_default(&cfg);
	cfg.ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_PT;
	vtd_world_open(&w, &cfg, NULL);
	CU_ASSERT(vtd_logged(&w, "no scalable mode, left alone"));
	CU_ASSERT_EQUAL(iommu_mmio_read(w.unit, VTD_REG_GSTS, 4), 0);
	vtd_world_close(&w);
}

/* ---- SVA ---- */

struct user {
	struct process *p;
	int fd;
	u64 va, ro;
	int err;
};

static int user_open(void *arg)
{
	struct user *u = arg;
	struct process_map m = {.kind = PROCESS_MAP_ANON, .len = 16 * PAGE, .prot = RW, .node = -1};

	u->p = process_new(w.k, "user", 0);
	u->fd = process_open(u->p, "/dev/vtdtoy");
	u->va = process_mmap(u->p, &m);
	m.prot = PROCESS_PROT_READ;
	u->ro = process_mmap(u->p, &m);
	return u->fd;
}

static int user_close(void *arg)
{
	struct user *u = arg;

	return process_close(u->p, u->fd);
}

static int user_exit(void *arg)
{
	struct user *u = arg;

	process_exit(u->p);
	return 0;
}

static int user_unmap(void *arg)
{
	struct user *u = arg;

	return process_munmap(u->p, u->va + 4 * PAGE, 3 * PAGE);
}

static int user_protect(void *arg)
{
	struct user *u = arg;

	return process_mprotect(u->p, u->va, PAGE, PROCESS_PROT_READ);
}

static int user_discard(void *arg)
{
	struct user *u = arg;

	return process_madvise_dontneed(u->p, u->va, 16 * PAGE);
}

static int user_write(void *arg)
{
	struct user *u = arg;

	return process_touch(u->p, u->va, 1, true);
}

static struct iommu_reply ats(u32 pasid, u64 va, u8 access)
{
	return vtd_translate(&w, pasid, va, IOMMU_TRANSLATION, access);
}

static void ask(u32 pasid, u64 va, bool write)
{
	struct iommu_page_reply r = vtd_page_request(&w, pasid, va, 5, write, true);

	CU_ASSERT(r.queued);
	sim_run(w.sim, SIM_NEVER);
}

static void sva(void)
{
	struct user u;
	struct iommu_reply r;
	u64 pa;
	u32 pasid;

	vtd_world_open(&w, NULL, NULL);
	/* Not before the feature is on. */
	CU_ASSERT_EQUAL(vtd_call(&w, user_open, &u), -EINVAL);
	CU_ASSERT_EQUAL(process_pasid(u.p), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	CU_ASSERT(valid_pasid(process_pasid(u.p)));
	pasid = process_pasid(u.p) & 0xfffff;
	CU_ASSERT_EQUAL(pasid, 1);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features_off, NULL), -EBUSY);

	/* Nothing is there: no access, then the kernel makes the page. */
	CU_ASSERT_EQUAL(ats(pasid, u.va, IOMMU_W).status, IOMMU_NO_ACCESS);
	ask(pasid, u.va, true);
	CU_ASSERT_EQUAL(w.responses, 1);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_SUCCESS);
	CU_ASSERT_EQUAL(w.last_prgi, 5);
	r = ats(pasid, u.va + 0x18, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(process_resolve(u.p, u.va, PAGE, true, &pa, NULL), 0);
	CU_ASSERT_EQUAL(r.pa, pa + 0x18);

	/* Rights, holes, non-canonical addresses. */
	ask(pasid, u.ro, true);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_INVALID);
	ask(pasid, u.ro, false);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_SUCCESS);
	ask(pasid, 0x1000, false);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_INVALID);
	ask(pasid, 0x8000000000000000ull, false);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_INVALID);
	CU_ASSERT_EQUAL(w.responses, 5);
	CU_ASSERT_EQUAL(vtd_stats(&w).page_requests, 5);
	CU_ASSERT_EQUAL(vtd_stats(&w).page_failures, 3);

	CU_ASSERT_EQUAL(vtd_call(&w, user_close, &u), 0);
	CU_ASSERT_NOT_EQUAL(ats(pasid, u.va, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(w.last_inv.size, ~0ull);
	CU_ASSERT_EQUAL(w.last_inv.pasid, pasid);
	/* The PASID stays the process's until it ends. */
	CU_ASSERT_EQUAL(process_pasid(u.p) & 0xfffff, pasid);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).pasids, 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features_off, NULL), 0);
	vtd_world_close(&w);
}

static void groups(void)
{
	struct user u;
	u32 pasid;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	pasid = process_pasid(u.p) & 0xfffff;
	/* Three requests, one answer; another group in between. */
	vtd_page_request(&w, pasid, u.va, 1, true, false);
	vtd_page_request(&w, pasid, u.va + PAGE, 2, true, false);
	vtd_page_request(&w, pasid, u.va + 2 * PAGE, 1, true, false);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(w.responses, 0);
	vtd_page_request(&w, pasid, u.va + 3 * PAGE, 1, true, true);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(w.responses, 1);
	CU_ASSERT_EQUAL(w.last_prgi, 1);
	CU_ASSERT_EQUAL(ats(pasid, u.va + 2 * PAGE, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(ats(pasid, u.va + PAGE, IOMMU_W).status, IOMMU_NO_ACCESS);
	/* One bad page spoils its group. */
	vtd_page_request(&w, pasid, u.ro, 2, true, true);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(w.responses, 2);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_INVALID);
	/* A group that never ends does not keep the file from closing. */
	vtd_page_request(&w, pasid, u.va + 8 * PAGE, 9, true, false);
	CU_ASSERT_EQUAL(vtd_call(&w, user_close, &u), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

static int user_close_busy(void *arg)
{
	struct user *u = arg;
	u32 pasid = process_pasid(u->p) & 0xfffff, i;

	/* Requests are on their way while the file is closed. */
	for (i = 0; i < 8; i++)
		vtd_page_request(&w, pasid, u->va + i * PAGE, i, true, true);
	return process_close(u->p, u->fd);
}

static void drain(void)
{
	struct user u;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_close_busy, &u), 0);
	CU_ASSERT_EQUAL(w.responses, 8);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

static int user_exit_busy(void *arg)
{
	static const struct process_costs slow = {.minor_fault = 20 * PS_PER_US};
	struct user *u = arg;
	struct process_map m = {.kind = PROCESS_MAP_DEVICE,
				.len = PAGE,
				.fd = u->fd,
				.prot = PROCESS_PROT_WRITE,
				.node = -1};
	u32 pasid = process_pasid(u->p) & 0xfffff, i;

	CU_ASSERT(process_mmap(u->p, &m) > 0);
	process_set_costs(w.k, &slow);
	for (i = 0; i < 8; i++)
		vtd_page_request(&w, pasid, u->va + i * PAGE, i, true, true);
	/* Workers are in the middle of their faults, or not there yet. */
	fiber_sleep(u->err * PS_PER_US);
	process_exit(u->p);
	return 0;
}

/* The end of a process whose faults are being served: the last worker frees it. */
static void exit_busy(void)
{
	static const struct process_costs none;
	struct user u;
	u32 us;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	for (us = 0; us < 60; us += 3) {
		process_set_costs(w.k, &none);
		w.responses = 0;
		CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
		u.err = us;
		CU_ASSERT_EQUAL(vtd_call(&w, user_exit_busy, &u), 0);
		CU_ASSERT_EQUAL(w.responses, 8);
		CU_ASSERT_EQUAL(vtd_stats(&w).pasids, 0);
	}
	CU_ASSERT_EQUAL(vtd_stats(&w).sva_binds, 20);
	CU_ASSERT_EQUAL(vtd_stats(&w).sva_unbinds, 20);
	vtd_world_close(&w);
}

static void shootdown(void)
{
	struct user u;
	struct iommu_use use;
	struct iommu_reply r;
	u32 pasid, invs;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	pasid = process_pasid(u.p) & 0xfffff;
	CU_ASSERT_EQUAL(process_prefault(u.p, u.va, 16 * PAGE, true), 0);
	r = ats(pasid, u.va + 5 * PAGE, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	use = (struct iommu_use){.addr = u.va + 5 * PAGE,
				 .pa = r.pa,
				 .epoch = r.epoch,
				 .pasid = pasid,
				 .sid = VTD_TOY_SID,
				 .write = true};
	invs = w.invs;
	CU_ASSERT_EQUAL(vtd_call(&w, user_unmap, &u), 0);
	CU_ASSERT(w.invs > invs);
	CU_ASSERT_EQUAL(ats(pasid, u.va + 5 * PAGE, IOMMU_W).status, IOMMU_NO_ACCESS);
	CU_ASSERT_EQUAL(iommu_check(w.unit, &use), IOMMU_STALE);
	/* The neighbours are untouched. */
	CU_ASSERT_EQUAL(ats(pasid, u.va + 3 * PAGE, IOMMU_W).status, IOMMU_OK);

	invs = w.invs;
	CU_ASSERT_EQUAL(vtd_call(&w, user_protect, &u), 0);
	CU_ASSERT_EQUAL(w.invs, invs + 1);
	CU_ASSERT_EQUAL(w.last_inv.addr, u.va);
	CU_ASSERT_EQUAL(w.last_inv.size, PAGE);
	CU_ASSERT_EQUAL(w.last_inv.pasid, pasid);
	CU_ASSERT(w.last_inv.pasid_valid);
	r = ats(pasid, u.va, IOMMU_W | IOMMU_R);
	CU_ASSERT_EQUAL(r.perms & IOMMU_W, 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_discard, &u), -ENOMEM); /* there is a hole */
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

/* A device that reads first holds the zero page's translation: the write fault must take it away.
 */
static void zero_page(void)
{
	struct user u;
	struct iommu_reply r;
	u32 pasid, invs;
	u64 pa;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	pasid = process_pasid(u.p) & 0xfffff;
	ask(pasid, u.va, false);
	r = ats(pasid, u.va, IOMMU_R);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	invs = w.invs;
	CU_ASSERT_EQUAL(vtd_call(&w, user_write, &u), 0);
	CU_ASSERT_EQUAL(w.invs, invs + 1);
	CU_ASSERT_EQUAL(process_resolve(u.p, u.va, 1, true, &pa, NULL), 0);
	CU_ASSERT_NOT_EQUAL(pa, r.pa);
	CU_ASSERT_EQUAL(ats(pasid, u.va, IOMMU_W).pa, pa);
	/* The other way round: read by the device, then written by it. */
	ask(pasid, u.va + PAGE, false);
	CU_ASSERT_EQUAL(ats(pasid, u.va + PAGE, IOMMU_W).perms & IOMMU_W, 0);
	ask(pasid, u.va + PAGE, true);
	CU_ASSERT_EQUAL(w.last_code, IOMMU_PR_SUCCESS);
	CU_ASSERT_EQUAL(ats(pasid, u.va + PAGE, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

static int two_processes(void *arg)
{
	struct user *u = arg;

	return user_open(&u[0]) < 0 ? -1 : user_open(&u[1]);
}

static void many_spaces(void)
{
	struct user u[2];
	u32 a, b;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, two_processes, u) >= 0);
	a = process_pasid(u[0].p) & 0xfffff;
	b = process_pasid(u[1].p) & 0xfffff;
	CU_ASSERT_NOT_EQUAL(a, b);
	/* The same address, different memory. */
	CU_ASSERT_EQUAL(u[0].va, u[1].va);
	ask(a, u[0].va, true);
	CU_ASSERT_EQUAL(ats(a, u[0].va, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(ats(b, u[1].va, IOMMU_W).status, IOMMU_NO_ACCESS);
	ask(b, u[1].va, true);
	CU_ASSERT_NOT_EQUAL(ats(a, u[0].va, IOMMU_W).pa, ats(b, u[1].va, IOMMU_W).pa);
	/* The end without close: the PASID is dead and given out again. */
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u[0]), 0);
	CU_ASSERT_NOT_EQUAL(ats(a, u[0].va, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT_EQUAL(ats(b, u[1].va, IOMMU_W).status, IOMMU_OK);
	CU_ASSERT(vtd_call(&w, user_open, &u[0]) >= 0);
	CU_ASSERT_EQUAL(process_pasid(u[0].p) & 0xfffff, a);
	CU_ASSERT_EQUAL(ats(a, u[0].va, IOMMU_W).status, IOMMU_NO_ACCESS);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u[0]), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u[1]), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).pasids_peak, 2);
	vtd_world_close(&w);
}

static int map_portal(void *arg)
{
	struct user *u = arg;
	struct process_map m = {.kind = PROCESS_MAP_DEVICE,
				.len = PAGE,
				.fd = u->fd,
				.prot = PROCESS_PROT_WRITE,
				.node = -1};
	u64 pa, run, va = process_mmap(u->p, &m);

	CU_ASSERT_FATAL((s64)va > 0);
	CU_ASSERT_EQUAL(process_resolve(u->p, va + 64, 64, true, &pa, &run), 0);
	CU_ASSERT_EQUAL(pa, VTD_BAR + PAGE + 64);
	CU_ASSERT_EQUAL(run, 64);
	CU_ASSERT_EQUAL(process_copy_out(u->p, va, "x", 1), -EFAULT);
	/* The mapping keeps the file: the PASID stays bound after close. */
	CU_ASSERT_EQUAL(process_close(u->p, u->fd), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).sva_unbinds, 0);
	CU_ASSERT_EQUAL(process_munmap(u->p, va, PAGE), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).sva_unbinds, 1);
	m.len = 2 * PAGE;
	CU_ASSERT_EQUAL(process_mmap(u->p, &m), -EBADF);
	u->fd = process_open(u->p, "/dev/vtdtoy");
	m.fd = u->fd;
	CU_ASSERT_EQUAL(process_mmap(u->p, &m), -EINVAL);
	return 0;
}

static void portal(void)
{
	struct user u;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	CU_ASSERT_EQUAL(vtd_call(&w, map_portal, &u), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).sva_unbinds, 2);
	vtd_world_close(&w);
}

/* ---- page request queue overflow ---- */

static void overflow(void)
{
	struct kernel_dmar_cfg dc = {.prq_order = 1};
	struct user u;
	struct iommu_page_reply r;
	u32 pasid, i, queued = 0, answered = 0;

	vtd_world_open(&w, NULL, &dc);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	pasid = process_pasid(u.p) & 0xfffff;
	for (i = 0; i < 300; i++) {
		r = vtd_page_request(&w, pasid, u.va + (i % 16) * PAGE, i, true, true);
		queued += r.queued;
		answered += r.answered && r.code == IOMMU_PR_SUCCESS;
	}
	CU_ASSERT_EQUAL(queued, 255);
	CU_ASSERT_EQUAL(answered, 45);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(w.responses, 255);
	CU_ASSERT_EQUAL(w.refused, 0);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.unit, VTD_REG_PRS, 4), 0);
	CU_ASSERT_EQUAL(vtd_stats(&w).prq_overflows, 1);
	/* And it goes on. */
	ask(pasid, u.va, true);
	CU_ASSERT_EQUAL(w.responses, 256);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

/* ---- faults ---- */

static void fault_reports(void)
{
	struct iommu_reply r;
	u32 reason = 0, i;
	u64 addr = 0;

	vtd_world_open(&w, NULL, NULL);
	r = vtd_translate(&w, 77, 0x5000, IOMMU_UNTRANSLATED, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_UNSUPPORTED);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(vtd_toy_faults(&reason, &addr), 1);
	CU_ASSERT_EQUAL(reason, r.fault);
	CU_ASSERT_EQUAL(addr, 0x5000);
	CU_ASSERT(vtd_logged(
		&w, "DMAR: [DMA write PASID 0x4d] Request device [6a:01.0] fault addr 0x5000"));
	CU_ASSERT_EQUAL(iommu_mmio_read(w.unit, VTD_REG_FSTS, 4) & 3, 0);
	/* More than there are records: the overflow is cleared and reporting goes on. */
	for (i = 0; i < 40; i++)
		vtd_translate(&w, 77, 0x5000 + i * PAGE, IOMMU_UNTRANSLATED, IOMMU_W);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(iommu_mmio_read(w.unit, VTD_REG_FSTS, 4) & 3, 0);
	i = vtd_toy_faults(&reason, &addr);
	vtd_translate(&w, IOMMU_NO_PASID, 0xfee00000, IOMMU_UNTRANSLATED, IOMMU_R);
	vtd_translate(&w, 78, 0x9000, IOMMU_UNTRANSLATED, IOMMU_R);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT(vtd_toy_faults(&reason, &addr) > i);
	CU_ASSERT_EQUAL(vtd_stats(&w).page_requests, 0);
	vtd_world_close(&w);
}

/* ---- interrupts ---- */

static void remapped_interrupts(void)
{
	struct iommu_irq irq;
	u64 addr;

	vtd_world_open(&w, NULL, NULL);
	memcpy(&addr, w.bar, 8);
	CU_ASSERT_EQUAL(addr >> 20, 0xfee);
	CU_ASSERT_EQUAL(addr & VTD_MSI_REMAP, VTD_MSI_REMAP);
	irq = vtd_send_msix(&w, 0);
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_REMAPPED);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(vtd_toy_irqs(0), 1);
	CU_ASSERT_EQUAL(vtd_toy_irqs(1), 0);
	irq = vtd_send_msix(&w, 1);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(vtd_toy_irqs(1), 1);
	/* Another function may not use the entry, nor anybody the compatibility format. */
	iommu_interrupt(w.unit, sim_now(w.sim), VTD_TOY_SID + 1, addr, 0, &irq);
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_BLOCKED);
	CU_ASSERT_EQUAL(irq.fault, VTD_FR_IR_SID);
	iommu_interrupt(w.unit, sim_now(w.sim), VTD_TOY_SID, 0xfee00000, 0x31, &irq);
	CU_ASSERT_EQUAL(irq.kind, IOMMU_IRQ_BLOCKED);
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(vtd_stats(&w).faults, 2);
	CU_ASSERT(vtd_logged(&w, "INTR-REMAP"));
	vtd_world_close(&w);
}

/* ---- DMA API ---- */

static void dma_domain(enum kernel_dmar_domain kind)
{
	struct kernel_dmar_cfg dc = {.domain = kind};
	struct vtd_map m = {.size = 3 * PAGE};
	struct iommu_reply r;
	u64 first;
	int i;

	vtd_world_open(&w, NULL, &dc);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_dma_map, &m), 0);
	CU_ASSERT_NOT_EQUAL(m.iova, m.pa);
	first = m.iova;
	r = vtd_translate(&w, IOMMU_NO_PASID, m.iova + PAGE + 5, IOMMU_UNTRANSLATED, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, m.pa + PAGE + 5);
	/* Physical addresses mean nothing here. */
	CU_ASSERT_EQUAL(vtd_translate(&w, IOMMU_NO_PASID, m.pa, IOMMU_UNTRANSLATED, IOMMU_R).status,
			IOMMU_UNSUPPORTED);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_dma_unmap, &m), 0);
	CU_ASSERT_EQUAL(
		vtd_translate(&w, IOMMU_NO_PASID, first, IOMMU_UNTRANSLATED, IOMMU_W).status,
		IOMMU_UNSUPPORTED);
	/* Addresses are used again. */
	for (i = 0; i < 600; i++) {
		CU_ASSERT_EQUAL_FATAL(vtd_call(&w, vtd_dma_map, &m), 0);
		CU_ASSERT_EQUAL(vtd_call(&w, vtd_dma_unmap, &m), 0);
	}
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_dma_map, &m), 0);
	CU_ASSERT_EQUAL(m.iova, first);
	vtd_world_close(&w);
}

static void strict_dma(void)
{
	dma_domain(KERNEL_DMAR_STRICT);
}

static void lazy_dma(void)
{
	dma_domain(KERNEL_DMAR_LAZY);
}

/* ---- domains of guests ---- */

static void second_stage(void)
{
	struct vtd_map big = {.iova = 0, .pa = 0x140000000, .size = 1ull << 30, .prot = 3};
	struct vtd_map small = {.iova = 3ull << 30, .pa = 0x150003000, .size = 5 * PAGE, .prot = 1};
	struct vtd_map m;
	struct iommu_reply r;
	u32 pasid = 0;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_new, NULL), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &big), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &small), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &small), -EEXIST);
	m = big;
	m.iova = 0x123;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &m), -EINVAL);
	m.iova = 1ull << 60;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &m), -EINVAL);
	m = small;
	m.prot = 0;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &m), -EINVAL);

	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_attach, &pasid), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_attach, &pasid), -EBUSY);
	r = ats(pasid, 0x12345678, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, 0x140000000 + 0x12345678);
	CU_ASSERT(r.page_shift >= 21);
	r = ats(pasid, small.iova + PAGE, IOMMU_R | IOMMU_W);
	CU_ASSERT_EQUAL(r.pa, small.pa + PAGE);
	CU_ASSERT_EQUAL(r.perms, IOMMU_R);
	CU_ASSERT_EQUAL(ats(pasid, small.iova + 5 * PAGE, IOMMU_R).status, IOMMU_NO_ACCESS);

	small.size = 2 * PAGE;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_unmap, &small), 0);
	CU_ASSERT_EQUAL(small.ret, 2 * PAGE);
	CU_ASSERT_EQUAL(ats(pasid, small.iova + PAGE, IOMMU_R).status, IOMMU_NO_ACCESS);
	CU_ASSERT_EQUAL(ats(pasid, small.iova + 2 * PAGE, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_detach, &pasid), 0);
	CU_ASSERT_NOT_EQUAL(ats(pasid, 0x1000, IOMMU_R).status, IOMMU_OK);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_free, NULL), 0);
	vtd_world_close(&w);
}

/* Guest page tables at guest-physical 0x1000...: one page at 0x7000 -> guest-physical 0x9000. */
static void nested(void)
{
	struct vtd_map ram = {.iova = 0, .size = MIB, .prot = 3};
	struct vtd_nest n = {.gpgd = 0x1000, .levels = 4, .addr = 0x7000, .size = PAGE};
	struct iommu_reply r;
	u64 *t;
	int i;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL_FATAL(mem_carve(w.mem, 0, MIB, MIB, &ram.pa), 0);
	t = mem_ptr(w.mem, ram.pa);
	for (i = 1; i < 4; i++)
		t[i * 512] = (i + 1) * PAGE | 0x27;
	t[4 * 512 + 7] = 0x9067;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_new, NULL), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_map, &ram), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_nest_attach, &n), 0);
	r = ats(n.pasid, 0x7010, IOMMU_W);
	CU_ASSERT_EQUAL(r.status, IOMMU_OK);
	CU_ASSERT_EQUAL(r.pa, ram.pa + 0x9010);
	/* The guest takes the page away and says so. */
	t[4 * 512 + 7] = 0;
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_nest_invalidate, &n), 0);
	CU_ASSERT_EQUAL(w.last_inv.addr, 0x7000);
	CU_ASSERT_EQUAL(ats(n.pasid, 0x7010, IOMMU_W).status, IOMMU_NO_ACCESS);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_nest_detach, &n), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_nest_invalidate, &n), -EINVAL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_domain_free, NULL), 0);
	vtd_world_close(&w);
}

/* ---- a device that does not answer ---- */

static void invalidation_timeout(void)
{
	struct user u;

	vtd_world_open(&w, NULL, NULL);
	CU_ASSERT_EQUAL(vtd_call(&w, vtd_toy_features, NULL), 0);
	CU_ASSERT(vtd_call(&w, user_open, &u) >= 0);
	CU_ASSERT_EQUAL(process_prefault(u.p, u.va, 16 * PAGE, true), 0);
	w.mute = true;
	CU_ASSERT_EQUAL(vtd_call(&w, user_protect, &u), 0);
	CU_ASSERT(vtd_logged(&w, "invalidation queue error"));
	CU_ASSERT(vtd_logged(&w, "failed: -11"));
	/* The queue works again for others. */
	w.mute = false;
	CU_ASSERT_EQUAL(vtd_call(&w, user_unmap, &u), 0);
	CU_ASSERT_EQUAL(vtd_call(&w, user_exit, &u), 0);
	vtd_world_close(&w);
}

int main(void)
{
	CU_pSuite s;
	unsigned int failed;

	CU_initialize_registry();
	s = CU_add_suite("iommu driver", NULL, NULL);
	CU_add_test(s, "start, identity", start);
	CU_add_test(s, "switched off", off);
	CU_add_test(s, "unit without scalable mode", no_scalable_mode);
	CU_add_test(s, "SVA and page requests", sva);
	CU_add_test(s, "page request groups", groups);
	CU_add_test(s, "drain on unbind", drain);
	CU_add_test(s, "exit while faults are served", exit_busy);
	CU_add_test(s, "unmap and protect reach the device", shootdown);
	CU_add_test(s, "zero page", zero_page);
	CU_add_test(s, "several address spaces, PASID reuse", many_spaces);
	CU_add_test(s, "portal mapping keeps the binding", portal);
	CU_add_test(s, "page request overflow", overflow);
	CU_add_test(s, "fault reports", fault_reports);
	CU_add_test(s, "interrupt remapping", remapped_interrupts);
	CU_add_test(s, "DMA API, strict", strict_dma);
	CU_add_test(s, "DMA API, lazy", lazy_dma);
	CU_add_test(s, "second-stage domain", second_stage);
	CU_add_test(s, "nested translation", nested);
	CU_add_test(s, "device-TLB invalidation time-out", invalidation_timeout);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
