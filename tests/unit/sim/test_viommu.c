// SPDX-License-Identifier: GPL-2.0
// What a hostile guest can do to its virtual IOMMU, and PASIDs that come and go under programs.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/vtd.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"

/* ---- the queue's errors ---- */

static u64 queue_pa;
static u64 (*queue)[4];

/* A queue of the test's own: 128 descriptors in one page, which is all zero. */
static void own_queue(void)
{
	queue = vk_pages(0, &queue_pa);
	CU_ASSERT_PTR_NOT_NULL_FATAL(queue);
	vk_write(VTD_REG_GCMD, 4, VTD_GCMD_TE);
	vk_write(VTD_REG_IQA, 8, queue_pa | VTD_IQA_DW);
	vk_write(VTD_REG_IQT, 8, 0);
	vk_write(VTD_REG_GCMD, 4, VTD_GCMD_TE | VTD_GCMD_QIE);
}

static void expect_stop(u32 why, u32 head)
{
	CU_ASSERT(vk_read(VTD_REG_FSTS, 4) & VTD_FSTS_IQE);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQERCD, 8) & 0xf, why);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQH, 8), head);
}

/* Mended, the queue goes on from where it stood. */
static void restart(void)
{
	vk_write(VTD_REG_FSTS, 4, VTD_FSTS_IQE);
}

static void one_bad(u32 slot, u64 q0, u64 q1, u32 why)
{
	queue[slot][0] = q0;
	queue[slot][1] = q1;
	vk_write(VTD_REG_IQT, 8, (slot + 1) * 32);
	expect_stop(why, slot * 32);
	queue[slot][0] = VTD_QI_WAIT;
	queue[slot][1] = 0;
	restart();
	CU_ASSERT_FALSE(vk_read(VTD_REG_FSTS, 4) & VTD_FSTS_IQE);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQH, 8), (slot + 1) * 32);
}

static int queue_errors(void *arg)
{
	u64 status_pa;
	u32 *status = vk_pages(0, &status_pa);

	(void)arg;
	CU_ASSERT_PTR_NOT_NULL_FATAL(status);
	own_queue();
	one_bad(0, 0, 0, VTD_IQEI_TYPE);
	one_bad(1, 0xf, 0, VTD_IQEI_TYPE);
	one_bad(2, VTD_QI_WAIT | 1 << 9, 0, VTD_IQEI_TYPE);
	one_bad(3, VTD_QI_WAIT, 1, VTD_IQEI_RESERVED);
	one_bad(4, VTD_QI_PASID | 2 << 4, 0, VTD_IQEI_RESERVED);
	one_bad(5, VTD_QI_PIOTLB, 0, VTD_IQEI_RESERVED);
	/* A wait writes where it says, if that is memory. */
	queue[6][0] = VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 0x77ull << 32;
	queue[6][1] = status_pa;
	queue[7][0] = VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 0x78ull << 32;
	queue[7][1] = 0xfffffffffffffffcull;
	vk_write(VTD_REG_IQT, 8, 8 * 32);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQH, 8), 8 * 32);
	CU_ASSERT_EQUAL(*status, 0x77);
	/* Off, and on again: from the start, and nobody needs to ask. */
	queue[0][0] = VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 0x79ull << 32;
	queue[0][1] = status_pa;
	vk_write(VTD_REG_GCMD, 4, VTD_GCMD_TE);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQH, 8), 0);
	vk_write(VTD_REG_GCMD, 4, VTD_GCMD_TE | VTD_GCMD_QIE);
	CU_ASSERT_EQUAL(vk_read(VTD_REG_IQH, 8), 8 * 32);
	/* Pointers: not aligned, beyond the end; base outside memory; 16-byte descriptors. */
	vk_write(VTD_REG_IQT, 8, 8 * 32 + 16);
	expect_stop(VTD_IQEI_ALIGN, 8 * 32);
	vk_write(VTD_REG_IQT, 8, 0x7ffe0);
	restart();
	expect_stop(VTD_IQEI_TAIL, 8 * 32);
	vk_write(VTD_REG_IQA, 8, 1ull << 40 | VTD_IQA_DW);
	vk_write(VTD_REG_IQT, 8, 0);
	restart();
	expect_stop(VTD_IQEI_FETCH, 8 * 32);
	vk_write(VTD_REG_IQA, 8, queue_pa);
	restart();
	expect_stop(VTD_IQEI_WIDTH, 8 * 32);
	vk_free_pages(status, 0);
	return 0;
}

static void test_queue_errors(void)
{
	struct guest *g;

	sva_boot();
	g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
	sva_run(g, queue_errors);
	/* Its own driver would hang on such a queue: the plug is pulled. */
	guest_free(g);
	sva_down();
}

/* ---- anything at all ---- */

static u64 random_state;

static u32 any(u32 limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % limit;
}

static u64 any_value(void)
{
	static const u64 favourites[] = {0,	     ~0ull,	 1,	     1ull << 31,
					 1ull << 26, 1ull << 30, 1ull << 40, 0xfee00000};

	if (any(3))
		return favourites[any(sizeof(favourites) / sizeof(favourites[0]))];
	return (u64)any(0x7fffffff) << 33 | (u64)any(0x7fffffff) << 2 | any(4);
}

/* Most are sound, or the queue would stand all the time. */
static void any_descriptor(u64 *q)
{
	static const u32 granularity[] = {1, 2, 3};
	u32 type = 1 + any(9), pasid = any(5), did = any(3), sid = any(4) ? 0x18 : any(256);

	q[0] = type;
	q[1] = q[2] = q[3] = 0;
	switch (type) {
	case VTD_QI_CTX:
		q[0] |= (u64)granularity[any(3)] << 4 | (u64)sid << 32;
		break;
	case VTD_QI_IOTLB:
		q[0] |= (u64)granularity[any(3)] << 4 | did << 16;
		break;
	case VTD_QI_DEVTLB:
		q[0] |= (u64)sid << 32;
		q[1] = any_value() & (VTD_QI_Q1_ADDR | VTD_QI_DEV_Q1_S);
		break;
	case VTD_QI_WAIT:
		q[0] |= (any(16) << 4) | (u64)any(100) << 32;
		q[1] = any(2) ? queue_pa + 4064 : any_value() & ~3ull;
		break;
	case VTD_QI_PIOTLB:
		q[0] |= (u64)(2 + any(2)) << 4 | did << 16 | (u64)pasid << 32;
		q[1] = any_value() & (VTD_QI_Q1_ADDR | VTD_QI_Q1_AM | VTD_QI_Q1_IH);
		break;
	case VTD_QI_PASID:
		q[0] |= (any(4) ? 1ull : 3ull) << 4 | did << 16 | (u64)pasid << 32;
		break;
	case VTD_QI_PDEVTLB:
		q[0] |= (u64)sid << 16 | (u64)pasid << 32;
		q[1] = any_value() & (VTD_QI_Q1_ADDR | VTD_QI_PDEV_Q1_S | VTD_QI_PDEV_Q1_GLOBAL);
		break;
	case VTD_QI_PGRSP:
		q[0] |= VTD_QI_PGRSP_Q0_PP | (u64)any(16) << 12 | (u64)sid << 16 | (u64)pasid << 32;
		q[1] = (u64)any(512) << 3;
		break;
	}
	if (!any(200))
		q[any(4)] ^= any_value();
}

static u64 (*tables)[512]; /* root, context, directory, PASID table */
static u64 tables_pa;

static void any_entry(u64 at)
{
	static const u32 kinds[] = {VTD_PGTT_FIRST, VTD_PGTT_PASS, VTD_PGTT_NESTED, 0};
	u64 *e = &tables[3][at * 8];

	memset(e, 0, 64);
	e[0] = (u64)kinds[any(4)] << 6 | (any(4) ? VTD_PE_Q0_P : 0);
	e[1] = any(3);
	e[2] = (any(4) ? tables_pa : any_value()) & VTD_PE_Q2_FSPTPTR;
	if (!any(8))
		e[any(8)] |= any_value();
}

static void any_tables(void)
{
	tables[0][0] = (any(10) ? tables_pa + 4096 : any_value()) | (any(10) ? 1 : 0);
	tables[1][0x18 * 4] =
		(any(10) ? tables_pa + 8192 : any_value()) |
		(any(10) ? VTD_CTX_Q0_P | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_PRE
			 : any(256));
	tables[2][0] = (any(10) ? tables_pa + 3 * 4096 : any_value()) | (any(10) ? 1 : 0);
	any_entry(any(5));
}

static void any_operation(void)
{
	u32 i, n, width = 1u << any(4);

	switch (any(10)) {
	case 0:
		vk_read(any(4096) & ~(width - 1), width);
		break;
	case 1:
		vk_write(any(any(4) ? 0x100 : 4096) & ~(width - 1), width, any_value());
		break;
	case 2:
		vk_write(VTD_REG_GCMD, 4, any_value());
		break;
	case 3:
		any_tables();
		break;
	case 4:
		vk_write(VTD_REG_RTADDR, 8, tables_pa | 1 << 10);
		vk_write(VTD_REG_GCMD, 4, VTD_GCMD_QIE | VTD_GCMD_SRTP);
		vk_write(VTD_REG_GCMD, 4, VTD_GCMD_QIE | VTD_GCMD_TE);
		break;
	case 5:
		vk_write(VTD_REG_FSTS, 4, ~0u);
		vk_write(VTD_REG_PRS, 4, ~0u);
		break;
	default:
		vk_write(VTD_REG_IQA, 8, queue_pa | VTD_IQA_DW);
		n = any(127);
		for (i = 0; i < n; i++)
			any_descriptor(queue[any(127)]);
		vk_write(VTD_REG_FSTS, 4, ~0u);
		vk_write(VTD_REG_IQT, 8, any(128) * 32);
	}
}

static int anything(void *arg)
{
	u32 i;

	(void)arg;
	own_queue();
	tables = vk_pages(2, &tables_pa);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tables);
	for (i = 0; i < 20000; i++)
		any_operation();
	return 0;
}

static void test_anything(void)
{
	struct sva_possessions p[2];
	struct sva_neighbour n;
	struct vm_stats st;
	struct guest *g;
	u32 i;

	sva_boot();
	for (i = 0; i < 2; i++) {
		random_state = 2020 + i;
		sva_neighbour_start(&n, "wq0.1", false);
		g = sva_guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, false);
		sva_run(g, anything);
		guest_vm_stats(g, &st);
		CU_ASSERT(st.guest_invalidations > 1000);
		CU_ASSERT(st.nested_binds > 20);
		CU_ASSERT(st.nested_unbinds > 20);
		guest_free(g);
		sva_neighbour_end(&n);
		sva_count_possessions(&p[i]);
	}
	sva_same_possessions(&p[0], &p[1]);
	sva_down();
}

/* ---- PASIDs that processors do not know ---- */

static u32 forgotten;

static int forget(void *arg)
{
	return vm_pasid_unmap(guest_vm(arg), forgotten);
}

static bool program_done(void *arg)
{
	return ((struct sva_program *)arg)->done;
}

/* One copy a turn, told by .turns. */
static void on_call(void *arg)
{
	struct sva_program *x = arg;
	u32 done = 0;

	x->rc = sva_program_start(x, "wq0.0");
	forgotten = process_pasid(x->p) & 0xfffff;
	for (; !x->rc && x->turns != ~0u; fiber_sleep(US))
		for (; !x->rc && done < x->turns && x->turns != ~0u; done++) {
			x->rc = sva_copy(x, 64, done);
			x->rc = x->rc == DSA_COMP_SUCCESS ? 0 : x->rc;
			x->index = done + 1;
		}
	process_exit(x->p);
	x->done = true;
}

static bool turn_over(void *arg)
{
	struct sva_program *x = arg;

	return x->rc || x->index == x->turns;
}

static int wild_pasids(void *arg)
{
	u64 portal = (u64)gclient_config(0x1c, 4) << 32 | (gclient_config(0x18, 4) & ~0xfu);
	struct vm_stats a, b;
	u32 i;

	guest_vm_stats(arg, &a);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(vk_enqcmds(portal + 4096, 0x1000 + i * 20011), -EFAULT);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.enqcmds_exits - a.enqcmds_exits, 50);
	CU_ASSERT_EQUAL(b.pasid_faults - a.pasid_faults, 50);
	CU_ASSERT_EQUAL(b.pasids, a.pasids);
	return 0;
}

static void test_missed(void)
{
	struct sva_program x = {.shared = true, .turns = 1};
	struct vm_stats a, b;

	sva_boot();
	x.g = sva_guest_made("guest0", "wq0.2", SCN_MEMORY_PINNED, false);
	sva_run(x.g, sva_enable_first_user);
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(x.g), on_call, &x, "on call"), 0);
	CU_ASSERT_EQUAL(system_run_until(sva_sys, turn_over, &x), 0);
	guest_vm_stats(x.g, &a);
	CU_ASSERT_EQUAL(a.enqcmd_exits, 0);
	/* Two directories, and a table for the first thousand PASIDs. */
	CU_ASSERT_EQUAL(a.pasid_table_pages, 3);
	CU_ASSERT_EQUAL(system_call(sva_sys, forget, x.g), 0);
	guest_vm_stats(x.g, &b);
	CU_ASSERT_EQUAL(b.pasid_kicks - a.pasid_kicks, 1);
	/* One exit puts the pair back, the next submission needs none. */
	x.turns = 3;
	CU_ASSERT_EQUAL(system_run_until(sva_sys, turn_over, &x), 0);
	guest_vm_stats(x.g, &b);
	CU_ASSERT_EQUAL(b.enqcmd_exits, 1);
	CU_ASSERT_EQUAL(b.pasid_faults, 0);
	x.turns = ~0u;
	CU_ASSERT_EQUAL(system_run_until(sva_sys, program_done, &x), 0);
	CU_ASSERT_EQUAL(x.rc, 0);
	sva_run(x.g, wild_pasids);
	sva_end(x.g);
	sva_down();
}

/* ---- ends with work under way ---- */

static struct dsa_hw_desc faulting(const struct sva_program *x, u32 i)
{
	struct dsa_hw_desc d = sva_copy_desc(x, 4096);

	/* Source and destination are absent pages. */
	d.src_addr = x->buf + 4096 * (2 * i % 16);
	d.dst_addr = x->buf + SVA_SIZE + 4096 * i;
	return d;
}

/* A program that leaves while the device still asks for its pages. */
static int leaves(void *arg)
{
	struct sva_program x = {.g = arg};
	struct dsa_hw_desc d;
	u32 i, round;

	for (round = 0; round < 8; round++) {
		CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
		for (i = 0; i < 8; i++) {
			d = faulting(&x, i);
			CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
		}
		fiber_sleep(round * 5 * US);
		process_exit(x.p);
	}
	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 3), DSA_COMP_SUCCESS);
	/* Memory goes while the device works on it. */
	for (round = 0; round < 8; round++) {
		d = sva_copy_desc(&x, SVA_SIZE);
		sva_clear_record(&x);
		CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
		fiber_sleep(round * US);
		CU_ASSERT_EQUAL(process_madvise_dontneed(x.p, x.buf + SVA_SIZE, SVA_SIZE), 0);
		CU_ASSERT_EQUAL(sva_wait_record(&x) & 0x3f, DSA_COMP_SUCCESS);
	}
	process_exit(x.p);
	return 0;
}

static int leaves_share(void *arg)
{
	struct sva_program x = {.g = arg, .shared = true};
	struct dsa_hw_desc d;
	u32 i, round;

	for (round = 0; round < 8; round++) {
		CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
		for (i = 0; i < 8; i++) {
			d = faulting(&x, i);
			CU_ASSERT_EQUAL(sva_submit(&x, &d), 0);
		}
		fiber_sleep(round * 5 * US);
		process_exit(x.p);
	}
	return 0;
}

static void test_leaves(void)
{
	struct vm_stats st;
	struct guest *g;
	u32 i;

	sva_boot();
	for (i = 0; i < 4; i++) {
		g = sva_guest_made("guest0", i % 2 ? "wq0.2" : "wq0.0",
				   i / 2 ? SCN_MEMORY_DEMAND : SCN_MEMORY_PINNED, false);
		sva_run(g, sva_enable_first_user);
		sva_run(g, i % 2 ? leaves_share : leaves);
		guest_vm_stats(g, &st);
		CU_ASSERT_EQUAL(st.pasids, 1);
		sva_end(g);
	}
	sva_down();
}

static void keeps_faulting(void *arg)
{
	struct sva_program *x = arg;
	struct dsa_hw_desc d;
	u32 i;

	x->rc = sva_program_start(x, "wq0.0");
	for (i = 0; !x->rc; i++) {
		d = faulting(x, i % 16);
		x->rc = sva_submit(x, &d);
		vk_sleep(2);
		if (i % 16 == 15)
			process_madvise_dontneed(x->p, x->buf, 2 * SVA_SIZE);
	}
}

static bool guest_asked(void *arg)
{
	struct vm_stats st;

	guest_vm_stats(((struct sva_program *)arg)->g, &st);
	return st.page_requests > 40;
}

/* The plug is pulled with page requests in every stage. */
static void test_killed(void)
{
	struct sva_possessions p[2];
	struct sva_program x;
	u32 i, step;

	sva_boot();
	for (i = 0; i < 16; i++) {
		x = (struct sva_program){.shared = i % 2};
		x.g = sva_guest_made("guest0", i % 2 ? "wq0.2" : "wq0.0",
				     i % 4 / 2 ? SCN_MEMORY_DEMAND : SCN_MEMORY_PINNED, false);
		sva_run(x.g, sva_enable_first_user);
		CU_ASSERT_EQUAL(
			kernel_run_on_fiber(guest_kernel(x.g), keeps_faulting, &x, "faulting"), 0);
		CU_ASSERT_EQUAL(system_run_until(sva_sys, guest_asked, &x), 0);
		for (step = 0; step < 11 * i; step++)
			sim_step(system_sim(sva_sys));
		guest_free(x.g);
		if (i >= 14)
			sva_count_possessions(&p[i - 14]);
	}
	CU_ASSERT_EQUAL(p[0].dmar.pasids, p[1].dmar.pasids);
	sva_down();
}

/* ---- two devices, one address space ---- */

/* One PASID on two functions of the guest, which are one on the host: the entry is shared. */
static int on_both(void *arg)
{
	struct sva_program x = {.g = arg};
	struct vm_stats a, b;
	int second;
	u64 first;
	s64 va;

	sva_enable_user(guest_kernel(arg), "wq0.0");
	CU_ASSERT_EQUAL(sva_put(guest_kernel(arg), DRV "idxd/bind", "dsa1"), 0);
	sva_enable_user(guest_kernel(arg), "wq1.0");
	guest_vm_stats(arg, &a);
	CU_ASSERT_EQUAL_FATAL(sva_program_start(&x, "wq0.0"), 0);
	second = process_open(x.p, "/dev/dsa/wq1.0");
	CU_ASSERT_FATAL(second >= 0);
	va = process_mmap(x.p, &(struct process_map){.kind = PROCESS_MAP_DEVICE,
						     .len = 4096,
						     .prot = PROCESS_PROT_WRITE,
						     .fd = second,
						     .node = -1});
	CU_ASSERT_FATAL(va > 0);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.nested_binds - a.nested_binds, 1);
	CU_ASSERT_EQUAL(b.pasids - a.pasids, 1);
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 1), DSA_COMP_SUCCESS);
	first = x.portal;
	x.portal = va;
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 2), DSA_COMP_SUCCESS);
	/* One queue goes, the other still reaches the memory, and memory that goes is gone. */
	CU_ASSERT_EQUAL(process_close(x.p, x.fd), 0);
	CU_ASSERT_EQUAL(process_munmap(x.p, first, 4096), 0);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.nested_unbinds, a.nested_unbinds);
	CU_ASSERT_EQUAL(process_madvise_dontneed(x.p, x.buf + SVA_SIZE, SVA_SIZE), 0);
	CU_ASSERT_EQUAL(sva_copy(&x, SVA_SIZE, 3), DSA_COMP_SUCCESS);
	process_exit(x.p);
	guest_vm_stats(arg, &b);
	CU_ASSERT_EQUAL(b.nested_unbinds - a.nested_unbinds, 1);
	CU_ASSERT_EQUAL(b.pasids, a.pasids);
	return 0;
}

static void test_both(void)
{
	struct guest_cfg cfg = {
		.name = "guest0",
		.memory = 64 * MIB,
		.node = -1,
		.nvdevs = 2,
		.sva = true,
		.vdev = {{.wqs = {"wq0.0"}, .nwqs = 1}, {.wqs = {"wq0.1"}, .nwqs = 1}}};
	struct cfg_error err = {""};
	struct guest *g;

	sva_boot();
	CU_ASSERT_EQUAL_FATAL(guest_new(sva_sys, &cfg, &g, &err), 0);
	CU_ASSERT_EQUAL_FATAL(guest_start(g, &err), 0);
	sva_run(g, on_both);
	sva_end(g);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("viommu", NULL, NULL);
	CU_add_test(s, "errors of the invalidation queue", test_queue_errors);
	CU_add_test(s, "any access, any table", test_anything);
	CU_add_test(s, "PASIDs not translated", test_missed);
	CU_add_test(s, "programs that leave", test_leaves);
	CU_add_test(s, "killed", test_killed);
	CU_add_test(s, "two devices, one address space", test_both);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
