// SPDX-License-Identifier: GPL-2.0
// Attacks from a program: of a guest with a share, or of the host.
#include <errno.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "sim/system.h"
#include "tests/unit/sim/attack.h"

static bool works(struct attacker *a)
{
	return program_copy(&a->prog, 4096, a->rounds) == DSA_COMP_SUCCESS;
}

static bool faulted(u8 status)
{
	return status == DSA_COMP_PAGE_FAULT_NOBOF || status == DSA_COMP_PAGE_FAULT_IR;
}

static u8 move(struct attacker *a, u64 to, u64 from, u32 bytes)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_MEMMOVE, .src_addr = from, .dst_addr = to, .xfer_size = bytes};

	return program_run(&a->prog, &d);
}

static int forged_pasid(struct attacker *a)
{
	struct dsa_hw_desc d = {.pasid = a->victim_pasid,
				.priv = 1,
				.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->prog.source,
				.dst_addr = a->prog.target,
				.xfer_size = 64};
	u8 want[64], got[64];

	memset(want, ATTACK_MAGIC, sizeof(want));
	process_copy_out(a->prog.p, a->prog.source, want, sizeof(want));
	EXPECT(program_run(&a->prog, &d) == DSA_COMP_SUCCESS);
	process_copy_in(a->prog.p, got, a->prog.target, sizeof(got));
	EXPECT(!memcmp(want, got, sizeof(want)));
	return 0;
}

static int foreign_memory(struct attacker *a)
{
	u64 at = (sim_rng_below(&a->rng, 1ull << 46) | 1ull << 45) & ~63ull;

	EXPECT(faulted(move(a, a->prog.target, at, 64)));
	EXPECT(faulted(move(a, at, a->prog.source, 64)));
	return 0;
}

/* Physical addresses, and where kernels keep theirs. */
static int kernel_memory(struct attacker *a)
{
	u64 low = 0x200000 + (sim_rng_below(&a->rng, 1ull << 24) & ~63ull);

	EXPECT(faulted(move(a, a->prog.target, low, 64)));
	EXPECT(faulted(move(a, low, a->prog.source, 64)));
	EXPECT(move(a, a->prog.target, 0xffff888000000000ull + low, 64) != DSA_COMP_SUCCESS);
	EXPECT(move(a, 0xffff888000000000ull + low, a->prog.source, 64) != DSA_COMP_SUCCESS);
	return 0;
}

static int read_only(struct attacker *a)
{
	EXPECT(!process_mprotect(a->prog.p, a->prog.target, 4096, PROCESS_PROT_READ));
	EXPECT(faulted(move(a, a->prog.target, a->prog.source, 64)));
	EXPECT(!process_mprotect(a->prog.p, a->prog.target, 4096,
				 PROCESS_PROT_READ | PROCESS_PROT_WRITE));
	EXPECT(works(a));
	return 0;
}

static int foreign_portal(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	u64 va;

	for (va = a->prog.portal - 0x8000; va < a->prog.portal + 0x20000; va += 4096)
		if (va != a->prog.portal && va - a->prog.source > 2 * PROGRAM_DATA)
			EXPECT(process_enqcmd(a->prog.p, va, &d) == -EFAULT);
	EXPECT(works(a));
	return 0;
}

static int any_handle(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP, .flags = IDXD_OP_FLAG_RCI};

	d.int_handle = a->victim_handle;
	EXPECT(program_run(&a->prog, &d) == DSA_COMP_INT_HANDLE_INVAL);
	d.flags = IDXD_OP_FLAG_RCI;
	d.int_handle = sim_rng_below(&a->rng, 0x10000) | 0x1000;
	EXPECT(program_run(&a->prog, &d) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

static struct dsa_hw_desc large(const struct attacker *a)
{
	return (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
				    .src_addr = a->prog.source,
				    .dst_addr = a->prog.target,
				    .xfer_size = 0x4000};
}

/* The pages go while the device writes them; who gets them next must not notice. */
static int unmap_under_work(struct attacker *a)
{
	struct dsa_hw_desc d = large(a);
	u32 i;

	for (i = 0; i < 4; i++)
		EXPECT(!program_submit(&a->prog, &d));
	EXPECT(!process_madvise_dontneed(a->prog.p, a->prog.target, PROGRAM_DATA));
	EXPECT(!process_touch(a->prog.p, a->prog.target, PROGRAM_DATA, true));
	EXPECT(works(a));
	return 0;
}

static int exit_under_work(struct attacker *a)
{
	struct kernel *k = process_kernel(a->prog.p);
	struct dsa_hw_desc d = large(a);
	u32 i;

	for (i = 0; i < 4; i++)
		EXPECT(!program_submit(&a->prog, &d));
	program_end(&a->prog);
	EXPECT(!program_start(&a->prog, k, a->g ? "wq0.0" : "wq0.4", true));
	EXPECT(works(a));
	return 0;
}

static int wild(struct attacker *a)
{
	struct dsa_hw_desc d;
	u8 *raw = (u8 *)&d;
	u32 i;

	for (i = 0; i < sizeof(d); i++)
		raw[i] = sim_rng_below(&a->rng, 256);
	/* Not without end: a batch of its own memory as descriptors. */
	if (d.opcode == DSA_OPCODE_BATCH)
		d.opcode = DSA_OPCODE_MEMMOVE;
	EXPECT(!program_submit(&a->prog, &d));
	EXPECT(works(a));
	return 0;
}

#define BOTH(name_, by_, how_, round_)                                                             \
	{name_, FROM_GUEST_PROCESS, .place = AT_SHARE, .by = by_, .how = how_, .round = round_},   \
	{                                                                                          \
		name_, FROM_HOST_PROCESS, .place = AT_HOST, .by = by_, .how = how_,                \
					  .round = round_                                          \
	}

const struct attack program_attacks[] = {
	BOTH("the neighbour's PASID and privilege in a descriptor", BY_CPU,
	     "ENQCMD puts the program's own in their place", forged_pasid),
	BOTH("addresses that the program has not mapped", BY_IOMMU,
	     "not in the PASID's tables: status 03h", foreign_memory),
	BOTH("physical addresses, addresses of kernels", BY_IOMMU,
	     "not in the PASID's tables, no user's page, or not canonical", kernel_memory),
	BOTH("memory that the program may only read as target", BY_IOMMU,
	     "no right in the PASID's tables: status 03h", read_only),
	BOTH("portals beside the program's own", BY_CPU, "not in the program's page tables: fault",
	     foreign_portal),
	BOTH("interrupt handles of others", BY_DEVICE,
	     "the entry's PASID is not the descriptor's: status 19h", any_handle),
	BOTH("giving memory back under the device's writes", BY_IOMMU,
	     "invalidated before the pages are free", unmap_under_work),
	BOTH("leaving with work under way", BY_HOST, "the PASID is drained before it goes",
	     exit_under_work),
	BOTH("random bytes as descriptors", BY_DEVICE, "checks of the descriptor, then translation",
	     wild),
};
const u32 nr_program_attacks = sizeof(program_attacks) / sizeof(program_attacks[0]);
