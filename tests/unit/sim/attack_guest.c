// SPDX-License-Identifier: GPL-2.0
// Attacks from the kernel of a guest that owns a dedicated queue.
#include <errno.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_tools.h"

static u64 unclaimed(struct attacker *a)
{
	struct vm_stats st;

	guest_vm_stats(a->g, &st);
	return st.unclaimed_exits;
}

/* ---- interrupts ---- */

static int forged_handle(struct attacker *a)
{
	EXPECT(a->victim_handle != a->own_handle);
	EXPECT(own_ring(a, a->victim_handle) == DSA_COMP_INT_HANDLE_INVAL);
	EXPECT(own_ring(a, a->own_handle) == DSA_COMP_SUCCESS);
	return 0;
}

static int any_handle(struct attacker *a)
{
	u32 handle = a->rounds % 0x10000;

	if (handle == a->own_handle)
		return 0;
	EXPECT(own_ring(a, handle) == DSA_COMP_INT_HANDLE_INVAL);
	EXPECT(own_ring(a, own_below(a, 0x10000) | 0x1000) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

/* The IMS of the device lies in the physical BAR; its place in the virtual one is empty. */
static int ims_slot(struct attacker *a)
{
	u32 i;

	EXPECT(!SPEC_GET(DSA_OFFSETS0_IMS, atk_read(a->regs + DSA_REG_OFFSETS, 8)));
	for (i = 0x1000; i < 0x2000; i += 8)
		atk_write(a->regs + i, 8, 0x00000042fee01000);
	for (i = 0x1000; i < 0x2000; i += 8)
		EXPECT(atk_read(a->regs + i, 8) == 0);
	return 0;
}

/* A message of the host in the virtual table: an index into the remapping table, any vector. */
static int foreign_message(struct attacker *a)
{
	u32 i, v;

	for (i = 0; i < 64; i++) {
		for (v = 0; v < 2; v++) {
			atk_write(a->regs + 0x600 + 16 * v, 8, 0xfee00010 | i << 5);
			atk_write(a->regs + 0x608 + 16 * v, 8, own_below(a, 256));
		}
		own_command(a, DSA_CMD_DRAIN_ALL, 0);
		EXPECT(own_ring(a, a->own_handle) == DSA_COMP_SUCCESS);
	}
	return 0;
}

static int permission_entry(struct attacker *a)
{
	u32 entry = DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, a->victim_pasid);

	atk_write(a->regs + 0x308, 4, entry);
	EXPECT(own_ring(a, a->victim_handle) == DSA_COMP_INT_HANDLE_INVAL);
	EXPECT(own_ring(a, a->own_handle) == DSA_COMP_SUCCESS);
	return 0;
}

/* More handles, more vectors than it has queues. */
static int handle_hoarding(struct attacker *a)
{
	u32 i, status;

	for (i = 0; i < 64; i++) {
		status = own_command(a, DSA_CMD_REQUEST_INT_HANDLE, i);
		if (i == 1)
			EXPECT(SPEC_GET(DSA_CMDSTS_RESULT, status) == a->own_handle);
		else
			EXPECT(SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_HANDLE_INVALID);
		status = own_command(a, DSA_CMD_REQUEST_INT_HANDLE, i | DSA_CMD_HANDLE_IMS);
		EXPECT(SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_HANDLE_NONE_LEFT);
	}
	return 0;
}

/* Give away what belongs to the neighbour. */
static int foreign_release(struct attacker *a)
{
	u32 status = own_command(a, DSA_CMD_RELEASE_INT_HANDLE, a->victim_handle);

	EXPECT(SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_HANDLE_INVALID);
	status = own_command(a, DSA_CMD_RELEASE_INT_HANDLE, a->victim_handle | DSA_CMD_HANDLE_IMS);
	EXPECT(SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_HANDLE_INVALID);
	return 0;
}

/* ---- memory ---- */

static int forged_pasid(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.pasid = a->victim_pasid,
				.priv = 1,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 4096};

	memset(a->mem + SOURCE, ATTACK_MAGIC, 4096);
	memset(a->mem + TARGET, 0, 4096);
	EXPECT(a->victim_pasid);
	EXPECT(own_submit(a, &d) == DSA_COMP_SUCCESS);
	/* The queue's own PASID was used: the attacker's own memory. */
	EXPECT(!memcmp(a->mem + SOURCE, a->mem + TARGET, 4096));
	return 0;
}

static int outside_memory(struct attacker *a)
{
	u64 at = own_below(a, 2) ? own_below(a, 1ull << 34) : own_below(a, 1ull << 47);

	if (at < 0x200000 + 16 * MIB + PAGE)
		at += 0x200000 + 16 * MIB + PAGE;
	EXPECT(own_move(a, a->dma + TARGET, at, 64) == DSA_COMP_PAGE_FAULT_NOBOF);
	EXPECT(own_move(a, at, a->dma + SOURCE, 64) == DSA_COMP_PAGE_FAULT_NOBOF);
	EXPECT(own_move(a, own_below(a, 0x200000 - 64), a->dma + SOURCE, 64) ==
	       DSA_COMP_PAGE_FAULT_NOBOF);
	return 0;
}

/* A store where interrupt messages go: as DMA with a PASID it is none. */
static int message_by_dma(struct attacker *a)
{
	u32 i;

	for (i = 0; i < 4; i++)
		EXPECT(own_move(a, 0xfee00000 + (own_below(a, 0x100000) & ~63ull), a->dma + SOURCE,
				4) == DSA_COMP_PAGE_FAULT_NOBOF);
	return 0;
}

/* Registers of the host's devices and IOMMUs by DMA. */
static int registers_by_dma(struct attacker *a)
{
	EXPECT(own_move(a, 0xfed90000, a->dma + SOURCE, 64) == DSA_COMP_PAGE_FAULT_NOBOF);
	EXPECT(own_move(a, 0x800000000000ull >> 1, a->dma + SOURCE, 64) ==
	       DSA_COMP_PAGE_FAULT_NOBOF);
	EXPECT(own_move(a, 0xfed90000, a->dma + SOURCE, 64) == DSA_COMP_PAGE_FAULT_NOBOF);
	return 0;
}

/* A record, and the members of a batch, at addresses that are not the guest's. */
static int record_outside(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
				.completion_addr =
					(own_below(a, 1ull << 40) | 1ull << 32) & ~31ull};
	struct dsa_hw_desc batch = {.opcode = DSA_OPCODE_BATCH,
				    .desc_list_addr =
					    (own_below(a, 1ull << 40) | 1ull << 32) & ~63ull,
				    .desc_count = 4};

	atk_store(a->portals + DSA_PORTAL_LIMITED, &d);
	EXPECT(own_submit(a, &batch) == DSA_COMP_BATCH_PAGE_FAULT);
	return 0;
}

/* Addresses without end: wrapping, not canonical, the largest sizes. */
static int wild_operands(struct attacker *a)
{
	struct dsa_hw_desc d;
	u8 *raw = (u8 *)&d;
	u32 i;

	for (i = 0; i < sizeof(d); i++)
		raw[i] = own_below(a, 256);
	/* Nothing of its own kernel. */
	d.dst_addr |= 1ull << 48;
	d.dest2 |= 1ull << 48;
	d.src_addr |= 1ull << 48;
	d.completion_addr |= 1ull << 48;
	atk_store(a->portals + DSA_PORTAL_LIMITED, &d);
	EXPECT(own_move(a, ~0ull - 4095, a->dma + SOURCE, 4096) != DSA_COMP_SUCCESS);
	return 0;
}

/* ---- portals ---- */

static int foreign_portal(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	u64 before = unclaimed(a), at;
	u32 i;

	/* Behind its own two pages: the pages of interrupts by MSI-X, the next queues'. */
	for (i = 2; i < 32; i++) {
		own_want_record(a, &d);
		at = a->portals + i * PAGE;
		atk_store(at, &d);
		EXPECT(atk_enqueue(at, &d));
	}
	EXPECT(own_wait_record(a) == 0);
	EXPECT(unclaimed(a) >= before + 30 * 9);
	return 0;
}

/* The other instruction for the kind of queue. */
static int wrong_instruction(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};

	own_want_record(a, &d);
	EXPECT(atk_enqueue(a->portals, &d) == -EFAULT);
	EXPECT(own_wait_record(a) == 0);
	return 0;
}

static int torn_stores(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	u64 word;
	u32 i;

	own_want_record(a, &d);
	for (i = 0; i < 8; i++) {
		memcpy(&word, (u8 *)&d + 8 * i, 8);
		atk_write(a->portals + 8 * i, 8, word);
		atk_write(a->portals + 8 * i + 3, 4, word);
		atk_read(a->portals + 8 * i, 8);
	}
	EXPECT(own_wait_record(a) == 0);
	return 0;
}

/* Past every credit: the queue is full, what does not fit is gone. */
static int queue_flood(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 0x10000};
	u32 i, first;

	for (i = 0; i < 200; i++)
		atk_store(a->portals, &d);
	fiber_sleep(20 * US);
	first = atk_read(a->regs + DSA_REG_SWERROR, 4);
	/* Unless its own driver was faster. */
	if (first & DSA_SWERR0_VALID)
		EXPECT(SPEC_GET(DSA_SWERR0_ERROR, first) == DSA_SWERR_DWQ_FULL);
	atk_write(a->regs + DSA_REG_SWERROR, 4, 3);
	return 0;
}

/* ---- registers ---- */

static int every_register(struct attacker *a)
{
	u32 off, width;

	/* All of BAR 0 but the command, at every size, most alignments. */
	for (width = 1; width <= 8; width *= 2)
		for (off = a->rounds % 8; off < 0x2000; off += 1 + own_below(a, 8)) {
			atk_read(a->regs + off, width);
			if ((off & ~3u) != DSA_REG_CMD)
				atk_write(a->regs + off, width, sim_rng_u64(&a->rng));
		}
	EXPECT(atk_read(a->regs + DSA_REG_VERSION, 4) == DSA_VERSION_1);
	EXPECT(SPEC_GET(DSA_WQCAP_NUM_WQS, atk_read(a->regs + DSA_REG_WQCAP, 8)) == 1);
	/* Only the message table was its own. */
	atk_write(a->regs + 0x600, 8, 0xfee00000);
	atk_write(a->regs + 0x610, 8, 0xfee00000);
	return 0;
}

static int every_config(struct attacker *a)
{
	u32 off, width;

	for (width = 1; width <= 4; width *= 2)
		for (off = 0; off < 4096; off += width) {
			bool acts = off == 4 || (off >= 0x10 && off < 0x20) || off == 0x58;

			atk_config(FUNCTION, off + own_below(a, 2), width);
			if (!acts)
				atk_config_write(FUNCTION, off, width, sim_rng_u64(&a->rng));
		}
	EXPECT(atk_config(FUNCTION, 0, 4) == (0x0b25u << 16 | 0x8086));
	EXPECT(own_works(a));
	return 0;
}

static int bus_master_games(struct attacker *a)
{
	u32 i;

	for (i = 0; i < 20; i++) {
		struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
					.src_addr = a->dma + SOURCE,
					.dst_addr = a->dma + TARGET,
					.xfer_size = 0x10000};

		atk_store(a->portals, &d);
		atk_config_write(FUNCTION, 4, 2, 2);
		EXPECT(own_state(a) == DSA_STATE_HALT);
		EXPECT(own_revive(a));
	}
	EXPECT(own_works(a));
	return 0;
}

static int bar_games(struct attacker *a)
{
	u64 to = 0x4000000000ull + (own_below(a, 1 << 30) & ~0xffffull);
	u32 i;

	for (i = 0; i < 20; i++) {
		/* Over its memory, over the other BAR, elsewhere. */
		static const u64 places[] = {0x200000, 0x300000, 0, ~0xffffull};

		atk_config_write(FUNCTION, 0x18, 4, i < 4 ? places[i] : to);
		atk_config_write(FUNCTION, 0x1c, 4, i < 4 ? places[i] >> 32 : to >> 32);
		atk_store(to, a->mem);
	}
	atk_config_write(FUNCTION, 0x18, 4, a->portals);
	atk_config_write(FUNCTION, 0x1c, 4, a->portals >> 32);
	EXPECT(own_works(a));
	return 0;
}

static int command_flood(struct attacker *a)
{
	u32 i;

	for (i = 0; i < 500; i++)
		atk_write(a->regs + DSA_REG_CMD, 4,
			  (u64)own_below(a, 32) << 20 | own_below(a, 1 << 20) |
				  own_below(a, 2) << 31);
	EXPECT(own_state(a) <= DSA_STATE_HALT);
	EXPECT(own_revive(a));
	return 0;
}

/* Everything that stops queues, again and again, with work in them. */
static int abort_storm(struct attacker *a)
{
	static const u32 codes[] = {DSA_CMD_DRAIN_ALL,	DSA_CMD_ABORT_ALL,   DSA_CMD_DRAIN_WQ,
				    DSA_CMD_ABORT_WQ,	DSA_CMD_DRAIN_PASID, DSA_CMD_ABORT_PASID,
				    DSA_CMD_DISABLE_WQ, DSA_CMD_ENABLE_WQ,   DSA_CMD_RESET_WQ,
				    DSA_CMD_ENABLE_WQ};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 0x8000};
	u32 i, operand;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		atk_store(a->portals, &d);
		operand = codes[i] == DSA_CMD_ENABLE_WQ ? 0 : 1;
		if (codes[i] == DSA_CMD_DRAIN_PASID || codes[i] == DSA_CMD_ABORT_PASID)
			operand = a->victim_pasid;
		if (codes[i] == DSA_CMD_DRAIN_ALL || codes[i] == DSA_CMD_ABORT_ALL)
			operand = 0;
		EXPECT(!SPEC_GET(DSA_CMDSTS_ERR, own_command(a, codes[i], operand)));
	}
	EXPECT(own_works(a));
	return 0;
}

/* The neighbour's queue by its physical number, in every form of operand. */
static int foreign_queue_command(struct attacker *a)
{
	u32 code, status;

	for (code = DSA_CMD_ENABLE_WQ; code <= DSA_CMD_RESET_WQ; code++) {
		status = own_command(a, code,
				     code == DSA_CMD_ENABLE_WQ ? a->victim_wq : 1u << a->victim_wq);
		EXPECT(SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_WQ_INDEX);
	}
	EXPECT(own_works(a));
	return 0;
}

static int reset_storm(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 0x10000};
	u32 i;

	for (i = 0; i < 8; i++) {
		atk_store(a->portals, &d);
		atk_store(a->portals, &d);
		EXPECT(own_revive(a));
	}
	EXPECT(own_works(a));
	return 0;
}

/* ---- errors, load ---- */

/* Errors that only the error register tells of, as fast as they can be made. */
static int error_flood(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = 0xf0};
	u32 i, first;

	for (i = 0; i < 100; i++)
		atk_store(a->portals, &d);
	fiber_sleep(20 * US);
	first = atk_read(a->regs + DSA_REG_SWERROR, 4);
	if (first & DSA_SWERR0_VALID)
		EXPECT(SPEC_GET(DSA_SWERR0_WQ_INDEX, first) == 0);
	EXPECT(own_works(a));
	return 0;
}

static int fault_flood(struct attacker *a)
{
	struct dsa_hw_desc *list = (void *)(a->mem + LIST);
	struct dsa_hw_desc batch = {
		.opcode = DSA_OPCODE_BATCH, .desc_list_addr = a->dma + LIST, .desc_count = 32};
	u32 i;

	for (i = 0; i < 32; i++)
		list[i] = (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
					       .src_addr = (own_below(a, 1ull << 40) | 1ull << 33),
					       .dst_addr = a->dma + TARGET,
					       .xfer_size = 4096};
	EXPECT(own_submit(a, &batch) == DSA_COMP_BATCH_FAIL);
	return 0;
}

/* As much as the queue takes, in the largest pieces. */
static int noisy(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 0x10000};
	u32 i;

	for (i = 0; i < 7; i++)
		atk_store(a->portals, &d);
	EXPECT(own_move(a, a->dma + TARGET, a->dma + SOURCE, 0x10000) == DSA_COMP_SUCCESS);
	return 0;
}

#define G FROM_GUEST_KERNEL
const struct attack guest_attacks[] = {
	{"the neighbour's interrupt handle in a descriptor", G, BY_DEVICE,
	 "the slot's PASID is not the descriptor's: status 19h", .round = forged_handle},
	{"any other interrupt handle", G, BY_DEVICE,
	 "the slot has another PASID, is empty or not there: status 19h", .round = any_handle},
	{"another tenant's IMS slot in the virtual BAR", G, BY_VDCM,
	 "the virtual BAR has no message store", .round = ims_slot},
	{"messages of the host in the virtual MSI-X table", G, BY_HYPERVISOR,
	 "messages of the table only go to the guest's own processors", .round = foreign_message},
	{"the neighbour's PASID in a permission entry", G, BY_VDCM,
	 "entries are only stored; the slot keeps the guest's own PASID",
	 .round = permission_entry},
	{"more interrupt handles than vectors", G, BY_VDCM,
	 "one slot a queue: the same handle again, else error 41h or 42h",
	 .round = handle_hoarding},
	{"release of the neighbour's handle", G, BY_VDCM, "not its own: error 41h",
	 .round = foreign_release},
	{"the neighbour's PASID in a descriptor", G, BY_DEVICE,
	 "a dedicated queue's own PASID counts", .round = forged_pasid},
	{"DMA outside the guest's memory", G, BY_IOMMU, "no translation: status 03h",
	 .round = outside_memory},
	{"an interrupt message by DMA", G, BY_IOMMU,
	 "with a PASID the address is ordinary, and not mapped: status 03h",
	 .round = message_by_dma},
	{"registers of the host by DMA", G, BY_IOMMU, "no translation: status 03h",
	 .round = registers_by_dma},
	{"record and batch list outside the memory", G, BY_IOMMU,
	 "no translation: software error 1Ah, status 06h", .round = record_outside},
	{"random bytes as descriptors", G, BY_DEVICE, "checks of the descriptor, then translation",
	 .round = wild_operands},
	{"the neighbour's portal, portals of MSI-X interrupts", G, BY_HYPERVISOR,
	 "not mapped: an exit that finds nobody", .round = foreign_portal},
	{"ENQCMD to a dedicated queue", G, BY_CPU,
	 "no PASID of the guest is translated: exit, fault", .round = wrong_instruction},
	{"stores to the portal of other sizes than 64 bytes", G, BY_DEVICE, "dropped",
	 .round = torn_stores},
	{"submissions past the queue's size", G, BY_DEVICE,
	 "the queue is full: dropped, software error 53h of that queue", .round = queue_flood},
	{"the same in the neighbour's group", G, BY_DEVICE,
	 "the queue is full; the arbiter gives each queue its turns", .place = AT_SAME_GROUP,
	 .round = queue_flood},
	{"every register, at every size and alignment", G, BY_VDCM,
	 "writes act on the virtual registers by their masks, others not at all",
	 .round = every_register},
	{"all of configuration space", G, BY_VDCM, "write masks of the virtual function",
	 .round = every_config},
	{"taking bus mastership from a working device", G, BY_VDCM,
	 "the virtual device halts, its own queue is reset", .round = bus_master_games},
	{"BARs over memory, over each other, nowhere", G, BY_HYPERVISOR,
	 "ranges that overlap are not mapped", .round = bar_games},
	{"random commands without waiting", G, BY_VDCM,
	 "one at a time, operands checked, its own queue only", .round = command_flood},
	{"commands on the neighbour's queue", G, BY_VDCM, "no such queue: error 02h",
	 .round = foreign_queue_command},
	{"drain, abort, disable and reset under load", G, BY_VDCM, "act on its own queue only",
	 .round = abort_storm},
	{"the same in the neighbour's group", G, BY_VDCM, "act on its own queue only",
	 .place = AT_SAME_GROUP, .round = abort_storm},
	{"function level resets under load", G, BY_VDCM,
	 "the physical function is not reset, its own queue is", .round = reset_storm},
	{"errors without a record", G, BY_HOST,
	 "the host tells only the owner of the queue that the error names",
	 .leftover = "one error register for the device: while the attacker's error stands in it, "
		     "another's only leaves the overflow bit",
	 .round = error_flood},
	{"page faults without end", G, BY_IOMMU, "no translation: status 03h of each",
	 .round = fault_flood},
	{"the queue always full of 64 KiB copies", G, BY_DEVICE,
	 "another group: engines of its own", .round = noisy},
	{"the same in the neighbour's group", G, BY_DEVICE,
	 "the arbiter gives each queue its turns", .place = AT_SAME_GROUP, .round = noisy},
};
const u32 nr_guest_attacks = sizeof(guest_attacks) / sizeof(guest_attacks[0]);
