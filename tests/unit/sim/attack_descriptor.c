// SPDX-License-Identifier: GPL-2.0
// Attacks by what descriptors and batches can name, from the kernel of a guest with a queue.
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_tools.h"

#define MEMBERS	 8
#define RECORDS	 (LIST + MEMBERS * 64)
#define FAR	 (1ull << 40) /* beyond all memory, of any machine */
#define MESSAGES 0xfee00000ull

/* ---- batches ---- */

static struct dsa_hw_desc *member(struct attacker *a, u32 i)
{
	return (struct dsa_hw_desc *)(a->mem + LIST) + i;
}

static u8 member_status(struct attacker *a, u32 i)
{
	return a->mem[RECORDS + 32 * i] & 0x7f;
}

/* Members that do the same, each with a record; the rest is the caller's. */
static void fill_list(struct attacker *a, const struct dsa_hw_desc *like)
{
	u32 i;

	memset(a->mem + RECORDS, 0, 32 * MEMBERS);
	for (i = 0; i < MEMBERS; i++) {
		*member(a, i) = *like;
		member(a, i)->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
		member(a, i)->completion_addr = a->dma + RECORDS + 32 * i;
	}
}

static u8 batch(struct attacker *a, u64 list, u32 count)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_BATCH, .desc_list_addr = list, .desc_count = count};

	return own_submit(a, &d);
}

static struct dsa_hw_desc own_copy(const struct attacker *a, u32 bytes)
{
	return (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
				    .src_addr = a->dma + SOURCE,
				    .dst_addr = a->dma + TARGET,
				    .xfer_size = bytes};
}

/* A member says nothing about whose it is: it inherits that from its batch. */
static int member_pasid(struct attacker *a)
{
	struct dsa_hw_desc d = own_copy(a, 512);
	u32 i;

	d.pasid = a->victim_pasid;
	d.priv = 1;
	d.rsvd = 0x7ff;
	memset(a->mem + SOURCE, ATTACK_MAGIC, 512);
	memset(a->mem + TARGET, 0, 512);
	fill_list(a, &d);
	EXPECT(batch(a, a->dma + LIST, MEMBERS) == DSA_COMP_SUCCESS);
	for (i = 0; i < MEMBERS; i++)
		EXPECT(member_status(a, i) == DSA_COMP_SUCCESS);
	EXPECT(!memcmp(a->mem + SOURCE, a->mem + TARGET, 512));
	return 0;
}

static int member_handle(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_RCI,
				.int_handle = a->victim_handle};
	u32 i;

	fill_list(a, &d);
	for (i = 1; i < MEMBERS; i += 2)
		member(a, i)->int_handle = own_below(a, 0x10000) | 0x1000;
	EXPECT(batch(a, a->dma + LIST, MEMBERS) == DSA_COMP_BATCH_FAIL);
	for (i = 0; i < MEMBERS; i++)
		EXPECT(member_status(a, i) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

/* A list that contains itself would never end. */
static int batch_in_batch(struct attacker *a)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_BATCH, .desc_list_addr = a->dma + LIST, .desc_count = MEMBERS};
	u32 i;

	fill_list(a, &d);
	EXPECT(batch(a, a->dma + LIST, MEMBERS) == DSA_COMP_BATCH_FAIL);
	for (i = 0; i < MEMBERS; i++)
		EXPECT(member_status(a, i) == DSA_COMP_BAD_OPCODE);
	return 0;
}

static int wild_lists(struct attacker *a)
{
	static const u32 counts[] = {0, 1, 33, 1 << 20, 1u << 31, ~0u};
	u32 i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		EXPECT(batch(a, a->dma + LIST, counts[i]) == DSA_COMP_DESC_CNT_ERANGE);
	for (i = 1; i < 64; i += 9)
		EXPECT(batch(a, a->dma + LIST + i, MEMBERS) == DSA_COMP_DESCLIST_ALIGN);
	/* Where the guest sees registers and portals, messages go, and nothing is. */
	EXPECT(batch(a, a->regs, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, a->portals, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, MESSAGES, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, ~0ull - 63, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	EXPECT(batch(a, 1ull << 63, MEMBERS) == DSA_COMP_BATCH_PAGE_FAULT);
	return 0;
}

/* The list changes while the device reads it. */
static int changing_list(struct attacker *a)
{
	struct dsa_hw_desc d = own_copy(a, 4096), b = {.opcode = DSA_OPCODE_BATCH,
						       .desc_list_addr = a->dma + LIST,
						       .desc_count = MEMBERS};
	u32 i;

	fill_list(a, &d);
	own_want_record(a, &b);
	atk_store(a->portals + DSA_PORTAL_LIMITED, &b);
	for (i = 0; i < 64; i++) {
		u8 *raw = (u8 *)member(a, own_below(a, MEMBERS));

		raw[8 + own_below(a, 56)] = own_below(a, 256);
		/* Nothing of its own kernel, in the end: the bits above the lowest 48 are set. */
		((struct dsa_hw_desc *)raw)->dst_addr |= 1ull << 48;
		((struct dsa_hw_desc *)raw)->completion_addr |= 1ull << 48;
		fiber_sleep(US / 20);
	}
	own_wait_record(a);
	EXPECT(own_works(a));
	return 0;
}

/* ---- operands ---- */

/* Every operation of the device with one operand after the other where nothing is its own. */
static int every_operand(struct attacker *a)
{
	static const u8 opcodes[] = {DSA_OPCODE_MEMMOVE,  DSA_OPCODE_MEMFILL,  DSA_OPCODE_COMPARE,
				     DSA_OPCODE_COMPVAL,  DSA_OPCODE_DUALCAST, DSA_OPCODE_CRCGEN,
				     DSA_OPCODE_COPY_CRC, DSA_OPCODE_DIF_INS,  DSA_OPCODE_DIF_CHECK,
				     DSA_OPCODE_CFLUSH};
	static const u8 operands[] = {3, 2, 3, 1, 7, 1, 3, 3, 1, 2}; /* source, target, second */
	const u64 places[] = {FAR, MESSAGES, a->regs, a->portals, 1ull << 63};
	u32 i, n, p = a->rounds % 5;

	for (i = 0; i < sizeof(opcodes); i++) {
		for (n = 0; n < 3; n++) {
			struct dsa_hw_desc d = own_copy(a, 4096);

			if (!(operands[i] >> n & 1))
				continue;
			d.opcode = opcodes[i];
			/* Blocks of 512 bytes, with 8 each that protect them. */
			if (opcodes[i] == DSA_OPCODE_DIF_CHECK)
				d.xfer_size = 8 * 520;
			if (opcodes[i] == DSA_OPCODE_DUALCAST)
				d.dest2 = a->dma + TARGET + 0x8000;
			if (n == 0)
				d.src_addr = places[p];
			if (n == 1)
				d.dst_addr = places[p];
			if (n == 2)
				d.dest2 = places[p];
			/* What the operation has not is reserved. */
			if (!(operands[i] & 1) && opcodes[i] == DSA_OPCODE_CFLUSH)
				d.src_addr = 0;
			if (!(operands[i] & 2))
				d.dst_addr = 0;
			EXPECT(own_submit(a, &d) == DSA_COMP_PAGE_FAULT_NOBOF);
		}
	}
	return 0;
}

/* The device asks for each page and waits for the answer: which is no. */
static int page_requests(struct attacker *a)
{
	struct dsa_hw_desc d = own_copy(a, 4096);
	u8 status;
	u32 i;

	d.flags = IDXD_OP_FLAG_BOF;
	for (i = 0; i < 8; i++) {
		d.src_addr = FAR + (own_below(a, 1 << 20) << 12);
		own_want_record(a, &d);
		atk_store(a->portals, &d);
	}
	status = own_wait_record(a);
	EXPECT(status == DSA_COMP_PAGE_FAULT_NOBOF || status == DSA_COMP_PAGE_FAULT_IR);
	return 0;
}

/* A completion is a write too. */
static int record_anywhere(struct attacker *a)
{
	const u64 places[] = {a->regs,	  a->regs + 0x600,   a->portals, a->portals + 0x1000,
			      MESSAGES,	  MESSAGES + 0x1040, FAR,	 0,
			      1ull << 63, ~0ull - 31};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR};
	u64 before[4], first;
	u32 i, k;

	for (k = 0; k < 4; k++)
		before[k] = atk_read(a->regs + 0x600 + 8 * k, 8);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		atk_write(a->regs + DSA_REG_SWERROR, 4, 3);
		d.completion_addr = places[i];
		atk_store(a->portals + DSA_PORTAL_LIMITED, &d);
		fiber_sleep(3 * US);
		first = atk_read(a->regs + DSA_REG_SWERROR, 8);
		/* Unless its own driver was faster. */
		if (first & DSA_SWERR0_VALID)
			EXPECT(SPEC_GET(DSA_SWERR0_ERROR, first) == DSA_COMP_CRA_XLAT);
	}
	d.completion_addr = a->dma + RECORD + 8;
	atk_store(a->portals + DSA_PORTAL_LIMITED, &d);
	for (k = 0; k < 4; k++)
		EXPECT(atk_read(a->regs + 0x600 + 8 * k, 8) == before[k]);
	EXPECT(own_works(a));
	return 0;
}

static int wild_sizes(struct attacker *a)
{
	static const u32 sizes[] = {0, (2 << 20) + 1, 1u << 31, ~0u};
	struct dsa_hw_desc d;
	u32 i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		d = own_copy(a, sizes[i]);
		EXPECT(own_submit(a, &d) == DSA_COMP_XFER_ERANGE);
	}
	/* As large as allowed: past the end of all memory it stops at the first page that is not.
	 */
	d = own_copy(a, 2 << 20);
	d.src_addr = FAR - 4096;
	EXPECT(own_submit(a, &d) == DSA_COMP_PAGE_FAULT_NOBOF);
	d.src_addr = ~0ull - 4095;
	EXPECT(own_submit(a, &d) != DSA_COMP_SUCCESS);
	return 0;
}

/* Codes that the queue has not, every flag, all that is reserved. */
static int wild_codes(struct attacker *a)
{
	struct dsa_hw_desc d;
	u32 code, bit;

	for (code = 0x21 + a->rounds % 8; code < 256; code += 8) {
		d = own_copy(a, 64);
		d.opcode = code;
		EXPECT(own_submit(a, &d) == DSA_COMP_BAD_OPCODE);
	}
	for (bit = 16; bit < 24; bit++) {
		d = own_copy(a, 64);
		d.flags = 1u << bit;
		EXPECT(own_submit(a, &d) == DSA_COMP_INVALID_FLAGS);
	}
	/* To wait for a page is not this queue's right. */
	d = own_copy(a, 64);
	d.flags = IDXD_OP_FLAG_BOF;
	EXPECT(own_submit(a, &d) == DSA_COMP_INVALID_FLAGS);
	for (bit = 0; bit < 24; bit++) {
		d = (struct dsa_hw_desc){.opcode = DSA_OPCODE_NOOP};
		d.op_specific[bit] = 1 << own_below(a, 8);
		EXPECT(own_submit(a, &d) == DSA_COMP_NOZERO_RESERVE);
	}
	return 0;
}

/* ---- portals ---- */

/* Any of the 64 places of a page is the same queue, with the same entries. */
static int portal_places(struct attacker *a)
{
	struct dsa_hw_desc d = own_copy(a, 0x8000);
	struct dsa_totals before, after;
	u32 i;

	own_want_record(a, &d);
	dsa_totals(world_dsa(a->w), &before);
	for (i = 0; i < 128; i++) {
		atk_store(a->portals + 64 * i, &d);
		EXPECT(dsa_wq_occupancy(world_dsa(a->w), 0) <= 16);
	}
	dsa_totals(world_dsa(a->w), &after);
	EXPECT(after.dropped > before.dropped);
	fiber_sleep(100 * US);
	atk_write(a->regs + DSA_REG_SWERROR, 4, 3);
	EXPECT(own_works(a));
	return 0;
}

/* Portals tell nothing: not what others wrote, not what it wrote itself. */
static int portal_reads(struct attacker *a)
{
	struct dsa_hw_desc d = own_copy(a, 64);
	u32 off, width;

	own_want_record(a, &d);
	atk_store(a->portals, &d);
	for (width = 1; width <= 8; width *= 2)
		for (off = 0; off < 0x2000; off += 64 + width) {
			u64 all = ~0ull >> (64 - 8 * width);
			u64 val = atk_read(a->portals + (off & ~(width - 1)), width) & all;

			EXPECT(!val || val == all);
		}
	EXPECT(own_wait_record(a) == DSA_COMP_SUCCESS);
	return 0;
}

static u64 physical_portals(struct attacker *a)
{
	struct dsa *dsa = world_dsa(a->w);

	return (dsa_cfg_read(dsa, 0x18, 4) & ~0xfull) | (u64)dsa_cfg_read(dsa, 0x1c, 4) << 32;
}

/* The device as a writer of portals: what a guest may store there it may not copy there. */
static int portal_by_dma(struct attacker *a)
{
	struct dsa_hw_desc *d = (struct dsa_hw_desc *)(a->mem + SOURCE);
	struct dsa_totals before, after;
	u32 i;

	for (i = 0; i < 64; i++)
		d[i] = own_copy(a, 64);
	dsa_totals(world_dsa(a->w), &before);
	EXPECT(own_move(a, a->portals, a->dma + SOURCE, 64) == DSA_COMP_PAGE_FAULT_NOBOF);
	EXPECT(own_move(a, a->portals + 0x1000, a->dma + SOURCE, 4096) ==
	       DSA_COMP_PAGE_FAULT_NOBOF);
	/* The physical page, whose address it may have guessed. */
	EXPECT(own_move(a, physical_portals(a) + 0x7000, a->dma + SOURCE, 64) ==
	       DSA_COMP_PAGE_FAULT_NOBOF);
	dsa_totals(world_dsa(a->w), &after);
	EXPECT(after.dropped == before.dropped);
	return 0;
}

#define G FROM_GUEST_KERNEL
const struct attack descriptor_attacks[] = {
	{"the neighbour's PASID and privilege in members of a batch", G, BY_DEVICE,
	 "members inherit the batch's", .round = member_pasid},
	{"interrupt handles of others in members of a batch", G, BY_DEVICE,
	 "the slot's PASID is not the batch's: status 19h of each", .round = member_handle},
	{"a batch that contains itself", G, BY_DEVICE, "no batch in a batch: status 10h",
	 .round = batch_in_batch},
	{"batches of any number, anywhere", G, BY_DEVICE,
	 "limits of the queue and alignment: status 14h, 18h; no translation: 06h",
	 .round = wild_lists},
	{"a batch whose list changes under the device", G, BY_DEVICE,
	 "each member is checked as it was read", .round = changing_list},
	{"every operand of every operation outside the memory", G, BY_IOMMU,
	 "no translation: status 03h of each", .round = every_operand},
	{"page requests without end, from a queue that may wait for them", G, BY_IOMMU,
	 "no page of the guest: refused, status 03h or 04h", .place = AT_SAME_GROUP,
	 .round = page_requests},
	{"records in registers, portals, messages of interrupts", G, BY_IOMMU,
	 "no translation: software error 1Ah", .round = record_anywhere},
	{"transfers of any size", G, BY_DEVICE, "the queue's limit: status 13h",
	 .round = wild_sizes},
	{"operations, flags and fields that are not there", G, BY_DEVICE, "status 10h, 11h, 12h",
	 .round = wild_codes},
	{"all places of its portal pages at once", G, BY_DEVICE,
	 "all lead to the one queue, which is full", .round = portal_places},
	{"reading portals", G, BY_DEVICE, "reads have no value", .round = portal_reads},
	{"portals as target of a copy", G, BY_IOMMU, "not memory of the guest: status 03h",
	 .round = portal_by_dma},
};
const u32 nr_descriptor_attacks = sizeof(descriptor_attacks) / sizeof(descriptor_attacks[0]);
