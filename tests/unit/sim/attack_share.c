// SPDX-License-Identifier: GPL-2.0
// Attacks from the kernel of a guest that has a share of a shared queue.
#include <errno.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"

#define FUNCTION (3u << 3)
#define QUEUE	 5  /* the physical one */
#define LIMIT	 24 /* entries that limited portals may fill */

/* ---- tools ---- */

static u32 own_pasid(const struct attacker *a)
{
	return process_pasid(a->prog.p) & DSA_PASID_MAX;
}

static bool works(struct attacker *a)
{
	return program_copy(&a->prog, 4096, a->rounds) == DSA_COMP_SUCCESS;
}

/* A copy of its program's memory, as ENQCMDS takes it. */
static struct dsa_hw_desc copy(const struct attacker *a, u32 bytes)
{
	return (struct dsa_hw_desc){.pasid = own_pasid(a),
				    .opcode = DSA_OPCODE_MEMMOVE,
				    .src_addr = a->prog.source,
				    .dst_addr = a->prog.target,
				    .xfer_size = bytes};
}

static u32 command(struct attacker *a, u32 code, u32 operand)
{
	u32 status;

	atk_write(a->regs + DSA_REG_CMD, 4, (u64)code << 20 | operand);
	do
		status = atk_read(a->regs + DSA_REG_CMDSTS, 4);
	while (status & DSA_CMDSTS_ACTIVE);
	return SPEC_GET(DSA_CMDSTS_ERR, status);
}

/* What a reset makes the function forget. */
static const struct {
	u16 off, width;
} kept[] = {{0x10, 4}, {0x14, 4},  {0x18, 4},  {0x1c, 4},  {0x04, 2},
	    {0x42, 2}, {0x106, 2}, {0x11c, 4}, {0x114, 2}, {0x126, 2}};
#define NR_KEPT (sizeof(kept) / sizeof(kept[0]))

struct function {
	u32 config[NR_KEPT];
	u64 table[4]; /* MSI-X, two vectors */
	u32 mode;
};

static void remember(struct attacker *a, struct function *f)
{
	u32 i;

	for (i = 0; i < NR_KEPT; i++)
		f->config[i] = atk_config(FUNCTION, kept[i].off, kept[i].width);
	for (i = 0; i < 4; i++)
		f->table[i] = atk_read(a->regs + 0x600 + 8 * i, 8);
	f->mode = atk_read(a->regs + 0x508, 4);
}

static bool restore(struct attacker *a, const struct function *f)
{
	u32 i;

	for (i = 0; i < NR_KEPT; i++)
		atk_config_write(FUNCTION, kept[i].off, kept[i].width, f->config[i]);
	for (i = 0; i < 4; i++)
		atk_write(a->regs + 0x600 + 8 * i, 8, f->table[i]);
	atk_write(a->regs + 0x508, 4, f->mode);
	return !command(a, DSA_CMD_ENABLE_DEVICE, 0) && !command(a, DSA_CMD_ENABLE_WQ, 0);
}

/* ---- attacks ---- */

static int forged_pasid(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, 64);
	u32 i;

	d.pasid = a->victim_pasid;
	for (i = 0; i < 8; i++) {
		if (d.pasid != own_pasid(a))
			EXPECT(atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d) == -EFAULT);
		d.pasid = i < 4 ? i + 2 : sim_rng_below(&a->rng, DSA_PASID_MAX);
	}
	EXPECT(works(a));
	return 0;
}

static int stale_pasid(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, 64);

	EXPECT(works(a));
	program_end(&a->prog);
	EXPECT(atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d) == -EFAULT);
	EXPECT(!program_start(&a->prog, guest_kernel(a->g), "wq0.0", true));
	EXPECT(works(a));
	return 0;
}

/* More than the limited page lets in. */
static int unlimited_page(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, PROGRAM_DATA / 4);
	u32 i;

	for (i = 0; i < 40; i++) {
		if (i & 1)
			atk_enqueue(a->portals, &d);
		else
			atk_store(a->portals, &d);
		EXPECT(dsa_wq_occupancy(world_dsa(a->w), QUEUE) <= LIMIT);
	}
	EXPECT(works(a));
	return 0;
}

static int posted_store(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, 64);
	u32 i;

	for (i = 0; i < 16; i++)
		atk_store(a->portals + DSA_PORTAL_LIMITED, &d);
	EXPECT(works(a));
	return 0;
}

static int forged_handle(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_RCI,
				.int_handle = a->victim_handle};

	EXPECT(a->victim_handle != a->own_handle);
	EXPECT(program_run(&a->prog, &d) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

static int stop_storm(struct attacker *a)
{
	static const u32 codes[] = {DSA_CMD_DRAIN_ALL, DSA_CMD_ABORT_ALL,  DSA_CMD_DRAIN_WQ,
				    DSA_CMD_ABORT_WQ,  DSA_CMD_DISABLE_WQ, DSA_CMD_ENABLE_WQ};
	struct dsa_hw_desc d = copy(a, 0x1000);
	u32 i, operand;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d);
		operand = codes[i] >= DSA_CMD_DISABLE_WQ;
		EXPECT(!command(a, codes[i], operand));
	}
	EXPECT(works(a));
	return 0;
}

static int foreign_drain(struct attacker *a)
{
	command(a, DSA_CMD_DRAIN_PASID, a->victim_pasid);
	command(a, DSA_CMD_ABORT_PASID, a->victim_pasid);
	command(a, DSA_CMD_ABORT_PASID, own_pasid(a));
	EXPECT(works(a));
	return 0;
}

static int reset_storm(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, 0x4000);
	struct function f;
	u32 i;

	remember(a, &f);
	for (i = 0; i < 4; i++) {
		atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d);
		atk_config_write(FUNCTION, 0x59, 1, 0x80);
		EXPECT(restore(a, &f));
	}
	EXPECT(works(a));
	return 0;
}

/* The neighbour's PASID, privilege, another mode for the queue. */
static int queue_registers(struct attacker *a)
{
	u32 mode = atk_read(a->regs + 0x508, 4), i;

	EXPECT(!command(a, DSA_CMD_DISABLE_WQ, 1));
	for (i = 0; i < 16; i++)
		atk_write(a->regs + 0x500 + 4 * (i % 8), 4, sim_rng_u64(&a->rng));
	atk_write(a->regs + 0x508, 4,
		  DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PRIV | DSA_WQCFG2_DEDICATED |
			  SPEC_PREP(DSA_WQCFG2_PASID, a->victim_pasid));
	EXPECT(command(a, DSA_CMD_ENABLE_WQ, 0));
	atk_write(a->regs + 0x508, 4, mode);
	EXPECT(!command(a, DSA_CMD_ENABLE_WQ, 0));
	EXPECT(works(a));
	return 0;
}

static int errors(struct attacker *a)
{
	struct dsa_hw_desc d = {.pasid = own_pasid(a), .opcode = 0xf0};
	u32 i;

	for (i = 0; i < 20; i++)
		atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d);
	fiber_sleep(20 * US);
	EXPECT(works(a));
	return 0;
}

static int flood(struct attacker *a)
{
	struct dsa_hw_desc d = copy(a, PROGRAM_DATA);
	u32 i;

	for (i = 0; i < 64; i++)
		atk_enqueue(a->portals + DSA_PORTAL_LIMITED, &d);
	EXPECT(dsa_wq_occupancy(world_dsa(a->w), QUEUE) <= LIMIT);
	return 0;
}

#define G FROM_GUEST_KERNEL, .place = AT_SHARE
const struct attack share_attacks[] = {
	{"a PASID that is not the guest's in a descriptor for a shared queue", G, .by = BY_CPU,
	 .how = "not in the machine's table: exit, fault", .round = forged_pasid},
	{"the PASID of a program that has ended", G, .by = BY_CPU,
	 .how = "taken out of the machine's table: exit, fault", .round = stale_pasid},
	{"the unlimited page of a shared queue", G, .by = BY_VDCM, .latency = 3000,
	 .how = "never mapped; what is stored there goes in by the limited page",
	 .round = unlimited_page,
	 .leftover = "the entries up to the threshold are whoever's comes first"},
	{"posted stores to a shared queue", G, .by = BY_DEVICE,
	 .how = "wrong kind of queue: dropped", .round = posted_store},
	{"the handle of another share's interrupt", G, .by = BY_DEVICE,
	 .how = "the slot's PASID is not the descriptor's: status 19h", .round = forged_handle},
	{"drain, abort and disable of a shared queue", G, .by = BY_VDCM,
	 .how = "its own PASIDs are drained, the physical queue is left alone",
	 .round = stop_storm},
	{"drain and abort of the neighbour's PASID", G, .by = BY_VDCM,
	 .how = "no PASID of its own: nothing happens", .round = foreign_drain},
	{"function level resets with a share", G, .by = BY_VDCM,
	 .how = "its own PASIDs are drained, only virtual registers are reset",
	 .round = reset_storm},
	{"mode, PASID and privilege of the shared queue", G, .by = BY_VDCM,
	 .how = "only its own view changes, what does not fit is refused: error 24h, 26h",
	 .round = queue_registers},
	{"errors without a record on a shared queue", G, .by = BY_VDCM, .latency = 300,
	 .how = "told to the share that the error's PASID belongs to", .round = errors,
	 .leftover = "one error register for the device, as above"},
	{"the shared queue always full", G, .by = BY_NOBODY, .latency = 30000,
	 .how = "a threshold keeps entries for unlimited portals, not between limited ones",
	 .round = flood,
	 .leftover =
		 "retries and waits: entries are whoever's comes first; a queue of one's own, or "
		 "another group, is the remedy"},
};
const u32 nr_share_attacks = sizeof(share_attacks) / sizeof(share_attacks[0]);
