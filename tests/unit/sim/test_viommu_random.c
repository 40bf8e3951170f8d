// SPDX-License-Identifier: GPL-2.0
// A hostile guest's virtual IOMMU while its device works through it: registers, invalidation queue,
// root, context, PASID and page tables at random from several processors, beside neighbours.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "model/spec/vtd.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/core/rng.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"

#define PAGE	   4096ull
#define PROCESSORS 3
#define PASIDS	   6
#define POOL	   12 /* pages that tables and data lie in */
#define SID	   GUEST_DEVFN(0)

/* All that the unit and the device may write to: the rest is the guest kernel's own. */
struct arena {
	u64 queue[128][4];
	u64 requests[512];
	u64 root[512], context[512], directory[512], pasids[512];
	u64 pool[POOL][512];
};

struct processor {
	struct guest *g;
	struct sim_rng rng;
	u32 ops;
	const char *doing;
	bool done;
};

static struct arena *arena;
static u64 arena_pa, portals;
static struct processor cpus[PROCESSORS];
static u32 started;

static u64 below(struct processor *c, u64 n)
{
	return sim_rng_below(&c->rng, n);
}

static bool one_in(struct processor *c, u64 n)
{
	return !below(c, n);
}

static u64 at(const void *p)
{
	return arena_pa + (u64)((const u8 *)p - (const u8 *)arena);
}

/* An address where the guest has nothing. */
static u64 outside(struct processor *c)
{
	static const u64 some[] = {1ull << 31, 1ull << 40, 1ull << 51, 0xfee00000,
				   0xfed90000, 0xfffff000, ~0xfffull,  0x7ffffffff000};

	return some[below(c, 8)];
}

static u64 any_table(struct processor *c)
{
	return one_in(c, 12) ? outside(c) : at(arena->pool[below(c, POOL)]);
}

/* Bits that should be zero, sometimes. */
static u64 stray(struct processor *c, u32 how_often)
{
	return one_in(c, how_often) ? 1ull << below(c, 64) : 0;
}

/* ---- tables ---- */

static void any_pasid_entry(struct processor *c)
{
	static const u32 kinds[] = {VTD_PGTT_FIRST, VTD_PGTT_FIRST, VTD_PGTT_PASS, VTD_PGTT_NESTED};
	u64 *e = &arena->pasids[below(c, PASIDS) * 8];

	e[0] = (u64)kinds[below(c, 4)] << 6 | (one_in(c, 4) ? 0 : VTD_PE_Q0_P) | stray(c, 30);
	e[1] = below(c, 4) | stray(c, 30);
	e[2] = any_table(c) | (one_in(c, 4) ? VTD_PE_Q2_SRE : 0) |
	       (one_in(c, 4) ? VTD_PE_Q2_WPE : 0);
	e[2] |= stray(c, 30) & ~VTD_PE_Q2_FSPTPTR;
	e[3 + below(c, 5)] = stray(c, 30);
}

static void any_page_entry(struct processor *c)
{
	u64 *table = arena->pool[below(c, POOL)];
	u64 e = any_table(c) | VTD_FS_P | VTD_FS_US | (one_in(c, 3) ? 0 : VTD_FS_RW);

	if (one_in(c, 8))
		e ^= 1ull << below(c, 12);
	if (one_in(c, 16))
		e |= VTD_FS_PS;
	e |= stray(c, 30) & ~VTD_PT_ADDR;
	/* The first entries are those that small addresses use. */
	table[one_in(c, 4) ? below(c, 512) : below(c, 4)] = one_in(c, 10) ? 0 : e;
}

static void tables(struct processor *c)
{
	u64 enables = VTD_CTX_Q0_P | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_PRE;

	c->doing = "tables";
	switch (below(c, 12)) {
	case 0:
		arena->root[0] = (one_in(c, 6) ? outside(c) : at(arena->context)) |
				 (one_in(c, 8) ? 0 : VTD_ROOT_P) | stray(c, 40);
		break;
	case 1:
		arena->context[SID * 4] = (one_in(c, 6) ? outside(c) : at(arena->directory)) |
					  (one_in(c, 6) ? enables ^ 1ull << below(c, 9) : enables);
		break;
	case 2:
		arena->directory[0] = (one_in(c, 6) ? outside(c) : at(arena->pasids)) |
				      (one_in(c, 8) ? 0 : VTD_PDE_P) | stray(c, 40);
		break;
	case 3:
	case 4:
	case 5:
		any_pasid_entry(c);
		break;
	default:
		any_page_entry(c);
	}
}

/* ---- the unit ---- */

static u64 any_descriptor_q0(struct processor *c, u32 type)
{
	u64 pasid = below(c, PASIDS) << 32, did = below(c, 4) << 16;
	u64 sid = one_in(c, 6) ? below(c, 256) : SID;

	switch (type) {
	case VTD_QI_CTX:
		return (1 + below(c, 3)) << 4 | sid << 32;
	case VTD_QI_IOTLB:
		return (1 + below(c, 3)) << 4 | did;
	case VTD_QI_DEVTLB:
		return sid << 32;
	case VTD_QI_WAIT:
		return below(c, 16) << 4 | below(c, 100) << 32;
	case VTD_QI_PIOTLB:
		return (2 + below(c, 2)) << 4 | did | pasid;
	case VTD_QI_PASID:
		return (one_in(c, 4) ? 3ull : 1ull) << 4 | did | pasid;
	case VTD_QI_PDEVTLB:
		return sid << 16 | pasid;
	case VTD_QI_PGRSP:
		return VTD_QI_PGRSP_Q0_PP | below(c, 3) << 12 | sid << 16 | pasid;
	}
	return 0;
}

static void any_queued(struct processor *c, u64 *q)
{
	u32 type = 1 + (u32)below(c, 9);

	memset(q, 0, 32);
	q[0] = type | any_descriptor_q0(c, type);
	if (type == VTD_QI_WAIT)
		q[1] = one_in(c, 6) ? outside(c) : at(&arena->pool[0][below(c, 512)]);
	else if (type == VTD_QI_PGRSP)
		q[1] = below(c, 16) << 3;
	else if (type == VTD_QI_DEVTLB || type == VTD_QI_PDEVTLB)
		q[1] = below(c, 1 << 20) << 12 | below(c, 2);
	else if (type == VTD_QI_PIOTLB)
		q[1] = below(c, 1 << 20) << 12 | below(c, 64);
	if (one_in(c, 300))
		q[below(c, 4)] ^= 1ull << below(c, 64);
}

static void queue(struct processor *c)
{
	u64 i, n = below(c, 40);

	c->doing = "invalidation queue";
	for (i = 0; i < n; i++)
		any_queued(c, arena->queue[below(c, 128)]);
	vk_write(VTD_REG_FSTS, 4, ~0u);
	vk_write(VTD_REG_IQT, 8, below(c, 128) * 32);
}

/* As a driver would: every request of the queue gets an answer, of some kind. */
static void answer(struct processor *c)
{
	u64 tail = vk_read(VTD_REG_PQT, 8), head = vk_read(VTD_REG_PQH, 8), n = 0;
	u64 slot = vk_read(VTD_REG_IQT, 8) / 32;

	c->doing = "answers";
	for (; head != tail && n < 64; head = (head + 32) % PAGE, n++) {
		const u64 *r = &arena->requests[head / 8 % 512];
		u64 *q = arena->queue[slot % 128];

		memset(q, 0, 32);
		q[0] = VTD_QI_PGRSP | VTD_QI_PGRSP_Q0_PP | (one_in(c, 2) ? 0 : below(c, 16)) << 12 |
		       SPEC_GET(VTD_PRQ_Q0_RID, r[0]) << 16 |
		       SPEC_GET(VTD_PRQ_Q0_PASID, r[0]) << 32;
		q[1] = SPEC_GET(VTD_PRQ_Q1_PRGI, r[1]) << 3;
		slot++;
	}
	vk_write(VTD_REG_PQH, 8, tail);
	vk_write(VTD_REG_PRS, 4, ~0u);
	vk_write(VTD_REG_FSTS, 4, ~0u);
	vk_write(VTD_REG_IQT, 8, slot % 128 * 32);
}

/* Where the unit may write stays in the arena, or leads nowhere. */
static void registers(struct processor *c)
{
	static const u32 free_regs[] = {
		VTD_REG_GCMD,	VTD_REG_FSTS,	VTD_REG_FECTL, VTD_REG_FEDATA,
		VTD_REG_IQT,	VTD_REG_ICS,	VTD_REG_IECTL, VTD_REG_IEDATA,
		VTD_REG_PQH,	VTD_REG_PQT,	VTD_REG_PRS,   VTD_REG_PECTL,
		VTD_REG_PEADDR, VTD_REG_FEADDR, 0x100,	       0x20c};
	u32 width = 1u << below(c, 4);

	c->doing = "registers";
	switch (below(c, 8)) {
	case 0:
		vk_write(VTD_REG_IQA, 8,
			 (one_in(c, 6) ? outside(c) : at(arena->queue)) | VTD_IQA_DW | below(c, 2));
		break;
	case 1:
		vk_write(VTD_REG_PQA, 8, one_in(c, 6) ? outside(c) : at(arena->requests));
		break;
	case 2:
		vk_read(below(c, 4096) & ~(width - 1), width);
		break;
	default:
		vk_write(free_regs[below(c, 16)], 4,
			 one_in(c, 2) ? 1ull << below(c, 32) : sim_rng_u64(&c->rng));
	}
}

/* What lets it work again. */
static void repair(struct processor *c)
{
	u64 on = VTD_GCMD_QIE | VTD_GCMD_TE;

	c->doing = "repair";
	arena->root[0] = at(arena->context) | VTD_ROOT_P;
	arena->context[SID * 4] = at(arena->directory) | VTD_CTX_Q0_P | VTD_CTX_Q0_DTE |
				  VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_PRE;
	arena->directory[0] = at(arena->pasids) | VTD_PDE_P;
	vk_write(VTD_REG_RTADDR, 8, at(arena->root) | 1 << 10);
	vk_write(VTD_REG_IQA, 8, at(arena->queue) | VTD_IQA_DW);
	vk_write(VTD_REG_PQA, 8, at(arena->requests));
	vk_write(VTD_REG_GCMD, 4, VTD_GCMD_QIE | VTD_GCMD_SRTP);
	vk_write(VTD_REG_GCMD, 4, on);
}

/* ---- the device ---- */

static void command(u32 code, u32 operand)
{
	gclient_reg_write(DSA_REG_CMD, 4, code << 20 | operand);
}

static void device(struct processor *c)
{
	static const u32 codes[] = {DSA_CMD_DISABLE_WQ, DSA_CMD_DRAIN_WQ, DSA_CMD_ABORT_WQ,
				    DSA_CMD_RESET_WQ};
	u32 pasid = (u32)below(c, PASIDS);

	c->doing = "device";
	if (one_in(c, 3)) {
		command(one_in(c, 8) ? DSA_CMD_ABORT_PASID : codes[below(c, 4)], 1);
		return;
	}
	command(DSA_CMD_ENABLE_DEVICE, 0);
	gclient_reg_write(0x500 + 4 * DSA_WQCFG_DW_MODE, 4,
			  DSA_WQCFG2_DEDICATED | DSA_WQCFG2_BOF |
				  (pasid ? DSA_WQCFG2_PASID_EN | pasid << 8 : 0));
	command(DSA_CMD_ENABLE_WQ, 0);
	if (!(gclient_reg(DSA_REG_CMDSTS, 4) & 0xff))
		started++;
}

/*
 * Its addresses are low ones. Through the guest's tables they lead into the pool, or nowhere; past
 * them there is no memory: the kernel's own cannot be hit.
 */
static void submit(struct processor *c)
{
	static const u8 opcodes[] = {DSA_OPCODE_NOOP, DSA_OPCODE_MEMMOVE, DSA_OPCODE_MEMFILL,
				     DSA_OPCODE_CFLUSH, DSA_OPCODE_DRAIN};
	struct dsa_hw_desc d = {.opcode = opcodes[below(c, 5)],
				.flags = one_in(c, 3) ? 0 : IDXD_OP_FLAG_BOF,
				.src_addr = below(c, 16) * PAGE + below(c, 4096),
				.dst_addr = below(c, 16) * PAGE + below(c, 64) * 64,
				.completion_addr = below(c, 16 * PAGE / 32) * 32,
				.xfer_size = 1 + (u32)below(c, 2 * PAGE)};

	c->doing = "submit";
	if (one_in(c, 3))
		d.flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	if (d.opcode == DSA_OPCODE_MEMFILL)
		d.pattern = any_table(c) | below(c, 8);
	if (one_in(c, 20))
		d.dst_addr = outside(c);
	vk_submit(portals + (one_in(c, 2) ? PAGE : 0), &d);
}

/* ---- processors ---- */

static void act(struct processor *c)
{
	switch (below(c, 16)) {
	case 0:
		repair(c);
		break;
	case 1:
		registers(c);
		break;
	case 2:
	case 3:
		device(c);
		break;
	case 4:
	case 5:
		queue(c);
		break;
	case 6:
	case 7:
		answer(c);
		break;
	case 8:
	case 9:
	case 10:
		tables(c);
		break;
	default:
		submit(c);
	}
}

static void processor_main(void *arg)
{
	struct processor *c = arg;
	u32 i;

	for (i = 0; i < c->ops; i++)
		act(c);
	c->done = true;
}

static bool all_done(void *arg)
{
	u32 i, left = 0;

	for (i = 0; i < PROCESSORS; i++)
		left += !cpus[i].done;
	return !left || sim_now(system_sim(sva_sys)) > *(u64 *)arg;
}

/* The driver's own unit is taken from it: its tables are the test's now. */
static int take_over(void *arg)
{
	(void)arg;
	/* 22 pages of them. */
	arena = vk_pages(5, &arena_pa);
	gclient_repair();
	portals = (u64)gclient_config(0x1c, 4) << 32 | (gclient_config(0x18, 4) & ~0xfu);
	return arena ? 0 : -ENOMEM;
}

static void hostile(u64 seed, u32 memory_mode, struct vm_stats *st)
{
	u64 limit = sim_now(system_sim(sva_sys)) + 60000000 * US;
	struct guest *g = sva_guest_made("hostile", "wq0.0", memory_mode, false);
	char stream[16];
	u32 i;

	sva_run(g, take_over);
	for (i = 0; i < PROCESSORS; i++) {
		cpus[i] = (struct processor){.g = g, .ops = 800};
		snprintf(stream, sizeof(stream), "cpu/%u", i);
		sim_rng_init(&cpus[i].rng, seed, stream);
		CU_ASSERT_EQUAL(
			kernel_run_on_fiber(guest_kernel(g), processor_main, &cpus[i], "processor"),
			0);
	}
	CU_ASSERT_EQUAL_FATAL(system_run_until(sva_sys, all_done, &limit), 0);
	for (i = 0; i < PROCESSORS; i++) {
		if (!cpus[i].done)
			printf("processor %u hangs: %s\n", i, cpus[i].doing);
		CU_ASSERT(cpus[i].done);
	}
	guest_vm_stats(g, st);
	guest_free(g);
}

static void test_hostile(void)
{
	struct sva_neighbour n[2] = {{.gap = 0}};
	struct sva_possessions p[3];
	struct vm_stats st;
	u64 binds = 0, requests = 0;
	u32 i;

	sva_boot();
	for (i = 0; i < 3; i++) {
		sva_neighbour_start(&n[0], "wq0.1", false);
		sva_neighbour_start(&n[1], "wq0.2", true);
		n[0].gap = n[1].gap = 200 * US;
		hostile(2020 + i, i % 2 ? SCN_MEMORY_DEMAND : SCN_MEMORY_PINNED, &st);
		binds += st.nested_binds;
		requests += st.page_requests;
		sva_neighbour_end(&n[0]);
		sva_neighbour_end(&n[1]);
		sva_count_possessions(&p[i]);
	}
	/* The host keeps what it had for the most page requests at once. */
	CU_ASSERT(p[2].k.slab_bytes <= p[0].k.slab_bytes + 2048);
	CU_ASSERT_EQUAL(p[2].dmar.pasids, p[0].dmar.pasids);
	CU_ASSERT(p[2].k.pages <= p[0].k.pages + 8);
	/* Not only refused. */
	CU_ASSERT(binds > 50 && requests > 5 && started > 50);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("virtual IOMMU at random", NULL, NULL);
	CU_add_test(s, "while its device works", test_hostile);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
