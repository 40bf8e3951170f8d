// SPDX-License-Identifier: GPL-2.0
// Attacks by way of the virtual IOMMU, from the kernel of a guest that has a share of a queue.
#include <errno.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "model/spec/vtd.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/viommu_kernel.h"

#define FUNCTION 0x18
#define SLOTS	 128 /* descriptors of 32 bytes in the page of a queue */

/* ---- tools ---- */

static u64 below(struct attacker *a, u64 n)
{
	return sim_rng_below(&a->rng, n);
}

/* Nobody's memory, or somebody else's: beyond the machine's, the host's, of registers. */
static u64 foreign(struct attacker *a)
{
	static const u64 places[] = {1ull << 40, 1ull << 33, 0xfee00000, 0xfed90000, 1ull << 51};

	return places[below(a, 5)] + (below(a, 1 << 16) & ~0xfffull);
}

static bool works(struct attacker *a)
{
	return program_copy(&a->prog, 4096, a->rounds) == DSA_COMP_SUCCESS;
}

/* Four pages that stay; the first round takes them. */
static u64 (*pages)[512];
static u64 pages_pa;

static bool have_pages(struct attacker *a)
{
	if (!a->rounds)
		pages = vk_pages(2, &pages_pa);
	if (pages)
		memset(pages, 0, 4 * 4096);
	return pages;
}

/* Global commands that are on now, for GCMD. */
static u32 enables(void)
{
	return (u32)vk_read(VTD_REG_GSTS, 4) & (VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE);
}

/* ---- the invalidation queue ---- */

struct queue {
	u64 base, tail;
};

static void any_descriptor(struct attacker *a, u64 *q)
{
	u32 i;

	for (i = 0; i < 4; i++)
		q[i] = below(a, 2) ? sim_rng_u64(&a->rng) : 0;
	/* Half of them are of a type that there is, for another function or PASID. */
	if (below(a, 2))
		q[0] = (q[0] & ~0xfffull) | (1 + below(a, 9));
}

static void own_queue(struct queue *was)
{
	was->base = vk_read(VTD_REG_IQA, 8);
	was->tail = vk_read(VTD_REG_IQT, 8);
	vk_write(VTD_REG_GCMD, 4, enables() & ~VTD_GCMD_QIE);
	vk_write(VTD_REG_IQA, 8, pages_pa | VTD_IQA_DW);
	vk_write(VTD_REG_IQT, 8, 0);
	vk_write(VTD_REG_GCMD, 4, enables() | VTD_GCMD_QIE);
}

/* Its own driver's again, at the place where that stands. */
static void give_back(struct queue *was)
{
	vk_write(VTD_REG_FSTS, 4, ~0u);
	vk_write(VTD_REG_GCMD, 4, enables() & ~VTD_GCMD_QIE);
	vk_write(VTD_REG_IQA, 8, was->base);
	vk_write(VTD_REG_IQT, 8, was->tail);
	vk_write(VTD_REG_GCMD, 4, enables() | VTD_GCMD_QIE);
	vk_write(VTD_REG_FSTS, 4, ~0u);
}

static int queue_garbage(struct attacker *a)
{
	static const u64 tails[] = {16, 0x1000, 0x7ffe0, ~0ull, 1ull << 32};
	struct queue was;
	u32 i;

	EXPECT(have_pages(a));
	own_queue(&was);
	for (i = 0; i < SLOTS - 1; i++)
		any_descriptor(a, &pages[0][4 * i]);
	for (i = 0; i < SLOTS - 1; i++) {
		vk_write(VTD_REG_IQT, 8, 32 * (i + 1));
		/* Where it stands on a bad one, that is made a good one. */
		if (vk_read(VTD_REG_FSTS, 4) & VTD_FSTS_IQE) {
			memset(&pages[0][4 * i], 0, 32);
			pages[0][4 * i] = VTD_QI_WAIT;
			vk_write(VTD_REG_FSTS, 4, VTD_FSTS_IQE);
		}
	}
	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		vk_write(VTD_REG_IQT, 8, tails[i]);
		vk_write(VTD_REG_FSTS, 4, ~0u);
	}
	vk_write(VTD_REG_IQT, 8, 0);
	vk_write(VTD_REG_IQA, 8, foreign(a) | VTD_IQA_DW);
	vk_write(VTD_REG_IQT, 8, 32);
	give_back(&was);
	EXPECT(works(a));
	return 0;
}

/* A wait writes its status where it says. */
static int wait_status(struct attacker *a)
{
	struct queue was;
	u32 i;

	EXPECT(have_pages(a));
	own_queue(&was);
	for (i = 0; i < 32; i++) {
		pages[0][4 * i] = VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | 0x5a5a5a5aull << 32;
		pages[0][4 * i + 1] = foreign(a);
	}
	vk_write(VTD_REG_IQT, 8, 32 * 32);
	give_back(&was);
	EXPECT(works(a));
	return 0;
}

/* ---- tables ---- */

/*
 * A PASID entry whose page tables lie elsewhere, or lead there: the machine's second stage stands
 * between. @kind: what is outside.
 */
static void lay_tables(struct attacker *a, u32 kind)
{
	u64 *entry;
	u32 i;

	pages[0][0] = (pages_pa + 4096) | 1;
	pages[1][FUNCTION * 4] = (pages_pa + 8192) | VTD_CTX_Q0_P | VTD_CTX_Q0_DTE |
				 VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_PRE;
	pages[2][0] = (kind == 0 ? foreign(a) : pages_pa + 3 * 4096) | 1;
	for (i = 1; i < 32; i++) {
		entry = &pages[3][i * 8];
		entry[0] = (u64)(i & 1 ? VTD_PGTT_FIRST : VTD_PGTT_NESTED) << 6 | VTD_PE_Q0_P;
		entry[1] = 1;
		entry[2] = (kind == 1 ? foreign(a) : pages_pa) & VTD_PE_Q2_FSPTPTR;
	}
	if (kind == 2)
		/* Used as page tables of a first stage too: present, and far away. */
		for (i = 64; i < 512; i++)
			pages[0][i] = foreign(a) | 0x27;
}

static int foreign_tables(struct attacker *a)
{
	u64 root = vk_read(VTD_REG_RTADDR, 8);
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
				.xfer_size = 64};
	u32 i;

	EXPECT(have_pages(a));
	lay_tables(a, a->rounds % 3);
	vk_write(VTD_REG_RTADDR, 8, pages_pa | 1 << 10);
	vk_write(VTD_REG_GCMD, 4, enables() | VTD_GCMD_SRTP);
	for (i = 1; i < 16; i++) {
		d.pasid = i;
		d.src_addr = below(a, 1ull << 38) & ~63ull;
		d.dst_addr = below(a, 1ull << 47) & ~63ull;
		d.completion_addr = below(a, 1ull << 38) & ~63ull;
		atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d);
	}
	fiber_sleep(20 * US);
	vk_write(VTD_REG_RTADDR, 8, root);
	vk_write(VTD_REG_GCMD, 4, enables() | VTD_GCMD_SRTP);
	/* Errors that only the error register tells of are its own. */
	atk_write(a->regs + DSA_REG_SWERROR, 4, 3);
	EXPECT(works(a));
	return 0;
}

/* ---- page requests ---- */

/* Answers to questions that nobody asked, for others' functions and PASIDs. */
static int page_answers(struct attacker *a)
{
	struct queue was;
	u32 i;

	EXPECT(have_pages(a));
	own_queue(&was);
	for (i = 0; i < SLOTS - 1; i++) {
		pages[0][4 * i] = VTD_QI_PGRSP | VTD_QI_PGRSP_Q0_PP | below(a, 16) << 12 |
				  (i & 1 ? FUNCTION : below(a, 256)) << 16 |
				  (i & 2 ? a->victim_pasid : below(a, 1 << 20)) << 32;
		pages[0][4 * i + 1] = below(a, 512) << 3;
	}
	vk_write(VTD_REG_IQT, 8, 32 * (SLOTS - 1));
	for (i = 0; i < 16; i++)
		vk_write(VTD_REG_PRS, 4, ~0u);
	give_back(&was);
	EXPECT(works(a));
	return 0;
}

#define G FROM_GUEST_KERNEL, .place = AT_SHARE
const struct attack viommu_attacks[] = {
	{"garbage, wild pointers and tails in its IOMMU's invalidation queue", G,
	 .by = BY_HYPERVISOR, .how = "the virtual queue stops with an error, the real one never",
	 .round = queue_garbage},
	{"status of its IOMMU's waits in memory of others", G, .by = BY_HYPERVISOR,
	 .how = "only memory of the machine is written", .round = wait_status},
	{"tables of PASIDs and pages outside its memory", G, .by = BY_IOMMU,
	 .how = "the second stage stands between: no translation", .round = foreign_tables},
	{"answers to page requests that it never had", G, .by = BY_HYPERVISOR,
	 .how = "nobody asked: dropped", .round = page_answers},
};
const u32 nr_viommu_attacks = sizeof(viommu_attacks) / sizeof(viommu_attacks[0]);
