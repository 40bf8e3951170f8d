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
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->prog.source,
				.dst_addr = a->prog.target,
				.xfer_size = 64};

	d.pasid = a->victim_pasid;
	EXPECT(program_submit(&a->prog, &d) == -EFAULT);
	d.pasid = 0;
	d.priv = 1;
	EXPECT(program_submit(&a->prog, &d) == -EFAULT);
	EXPECT(works(a));
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

	/* The processor lets no first word through. */
	memset(raw, 0, 4);
	for (i = 4; i < sizeof(d); i++)
		raw[i] = sim_rng_below(&a->rng, 256);
	/* Not without end: a batch of its own memory as descriptors. */
	if (d.opcode == DSA_OPCODE_BATCH)
		d.opcode = DSA_OPCODE_MEMMOVE;
	EXPECT(!program_submit(&a->prog, &d));
	EXPECT(works(a));
	return 0;
}

/* ---- batches, records, limits ---- */

#define MEMBERS 8

/* Members that do the same, at the end of its source; with a record each if @records. */
static u64 put_list(struct attacker *a, struct dsa_hw_desc *like)
{
	u64 list = a->prog.source + PROGRAM_DATA - 4096;
	u32 i;

	like->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	for (i = 0; i < MEMBERS; i++) {
		like->completion_addr = list + 64 * MEMBERS + 32 * i;
		process_copy_out(a->prog.p, list + 64 * i, like, sizeof(*like));
	}
	return list;
}

static u8 member_status(struct attacker *a, u64 list, u32 i)
{
	u8 status = 0;

	process_copy_in(a->prog.p, &status, list + 64 * MEMBERS + 32 * i, 1);
	return status & 0x7f;
}

static u8 batch(struct attacker *a, u64 list, u32 count)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_BATCH, .desc_list_addr = list, .desc_count = count};

	return program_run(&a->prog, &d);
}

static int members(struct attacker *a)
{
	struct dsa_hw_desc d = {.pasid = a->victim_pasid,
				.priv = 1,
				.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->prog.source,
				.dst_addr = a->prog.target,
				.xfer_size = 64};
	u64 list = put_list(a, &d);
	u32 i;

	EXPECT(batch(a, list, MEMBERS) == DSA_COMP_SUCCESS);
	d.flags |= IDXD_OP_FLAG_RCI;
	d.int_handle = a->victim_handle;
	list = put_list(a, &d);
	EXPECT(batch(a, list, MEMBERS) == DSA_COMP_BATCH_FAIL);
	for (i = 0; i < MEMBERS; i++)
		EXPECT(member_status(a, list, i) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

/* Lists where it has no memory; more members, more bytes than the queue allows; to wait for pages.
 */
static int limits(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.flags = IDXD_OP_FLAG_BOF,
				.src_addr = a->prog.source,
				.dst_addr = a->prog.target,
				.xfer_size = 64};
	u64 nowhere = (sim_rng_below(&a->rng, 1ull << 46) | 1ull << 45) & ~63ull;

	EXPECT(batch(a, nowhere, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, 0xffff888000000000ull, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, a->prog.source, ~0u) == DSA_COMP_DESC_CNT_ERANGE);
	EXPECT(move(a, a->prog.target, a->prog.source, ~0u) == DSA_COMP_XFER_ERANGE);
	EXPECT(program_run(&a->prog, &d) == DSA_COMP_INVALID_FLAGS);
	EXPECT(works(a));
	return 0;
}

/* Records where it may not write: its own memory that is read-only, none at all, a kernel's. */
static int records(struct attacker *a)
{
	const u64 places[] = {a->prog.target, 0, 1ull << 46, 0xffff888000200000ull, ~0ull - 31};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR};
	struct dsa_hw_desc drain = {.opcode = DSA_OPCODE_DRAIN};
	u8 before[32], after[32];
	u32 i;

	EXPECT(!process_copy_in(a->prog.p, before, a->prog.target, 32));
	EXPECT(!process_mprotect(a->prog.p, a->prog.target, 4096, PROCESS_PROT_READ));
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		d.completion_addr = places[i];
		EXPECT(!program_submit(&a->prog, &d));
	}
	/* All that was submitted has found its end. */
	EXPECT(program_run(&a->prog, &drain) == DSA_COMP_SUCCESS);
	EXPECT(!process_copy_in(a->prog.p, after, a->prog.target, 32));
	EXPECT(!memcmp(before, after, 32));
	EXPECT(!process_mprotect(a->prog.p, a->prog.target, 4096,
				 PROCESS_PROT_READ | PROCESS_PROT_WRITE));
	EXPECT(works(a));
	return 0;
}

/* The posted instruction at the page for the other one. */
static int posted_store(struct attacker *a)
{
	struct dsa_hw_desc d = large(a);
	u32 i;

	for (i = 0; i < 16; i++)
		EXPECT(!process_movdir64b(a->prog.p, a->prog.portal + 64 * i, &d));
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
	     "ENQCMD puts the program's own there, and faults unless their place is empty",
	     forged_pasid),
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
	BOTH("PASID and handles of others in members of a batch", BY_DEVICE,
	     "members inherit the batch's PASID: status 19h for the handle", members),
	BOTH("batches and transfers beyond the queue's limits, waits for pages", BY_DEVICE,
	     "status 14h, 13h, 11h; 06h where there is no list", limits),
	BOTH("records where the program may not write", BY_IOMMU,
	     "not in the PASID's tables, or no right: software error 1Ah", records),
	BOTH("posted stores to the portal", BY_DEVICE, "wrong kind of queue: dropped",
	     posted_store),
	BOTH("random bytes as descriptors", BY_DEVICE, "checks of the descriptor, then translation",
	     wild),
};
const u32 nr_program_attacks = sizeof(program_attacks) / sizeof(program_attacks[0]);
