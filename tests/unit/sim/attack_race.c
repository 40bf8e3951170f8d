// SPDX-License-Identifier: GPL-2.0
// Attacks by two processors of a guest at once: what one does while an access of the other is
// under way.
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/hypervisor/vm.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_tools.h"

#define COMMAND 4 /* in configuration space */
#define BAR0	0x10
#define BAR2	0x18
#define MSIX	0x42
#define FLR	0x59
#define WQCFG	0x500
#define TABLE	0x600

/* ---- the other processor ---- */

struct peer {
	struct attacker *a;
	void (*step)(struct attacker *a, u32 i);
	u32 steps;
	bool done;
};

static void peer_main(void *arg)
{
	struct peer *p = arg;
	u32 i;

	for (i = 0; i < p->steps; i++)
		p->step(p->a, i);
	p->done = true;
}

/* Both do their steps, this one at random distances. */
static bool race(struct attacker *a, void (*here)(struct attacker *a, u32 i),
		 void (*there)(struct attacker *a, u32 i), u32 steps)
{
	struct peer p = {.a = a, .step = there, .steps = steps};
	u32 i;

	if (kernel_run_on_fiber(guest_kernel(a->g), peer_main, &p, "peer"))
		return false;
	for (i = 0; i < steps; i++) {
		here(a, i);
		fiber_sleep(own_below(a, 500) * 1000);
	}
	while (!p.done)
		fiber_sleep(US);
	return true;
}

/* ---- steps ---- */

static void load(struct attacker *a)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = a->dma + SOURCE,
				.dst_addr = a->dma + TARGET,
				.xfer_size = 0x10000};
	u32 i;

	for (i = 0; i < 4; i++)
		atk_store(a->portals, &d);
}

static void any_command(struct attacker *a, u32 i)
{
	load(a);
	atk_write(a->regs + DSA_REG_CMD, 4,
		  (u64)(1 + own_below(a, 15)) << 20 | own_below(a, 2) | own_below(a, 2) << 31);
}

static void stop_command(struct attacker *a, u32 i)
{
	static const u32 codes[] = {DSA_CMD_DRAIN_ALL, DSA_CMD_DISABLE_WQ, DSA_CMD_ENABLE_WQ,
				    DSA_CMD_RESET_DEVICE, DSA_CMD_ENABLE_DEVICE};

	load(a);
	own_command(a, codes[i % 5], codes[i % 5] == DSA_CMD_DISABLE_WQ);
}

static void function_reset(struct attacker *a, u32 i)
{
	atk_config_write(FUNCTION, FLR, 1, 0x80);
	atk_config_write(FUNCTION, BAR0, 4, a->regs);
	atk_config_write(FUNCTION, BAR0 + 4, 4, a->regs >> 32);
	atk_config_write(FUNCTION, BAR2, 4, a->portals);
	atk_config_write(FUNCTION, BAR2 + 4, 4, a->portals >> 32);
	atk_config_write(FUNCTION, COMMAND, 2, 6);
}

static void bus_game(struct attacker *a, u32 i)
{
	atk_config_write(FUNCTION, COMMAND, 2, i & 1 ? 6 : own_below(a, 8));
}

static void bar_game(struct attacker *a, u32 i)
{
	/* All ones: how large; zero: over memory; each over the other; and back. */
	const u64 places[] = {~0ull, 0, a->regs, a->portals, 0xfee00000, 0xfed90000};

	atk_config_write(FUNCTION, BAR0, 4, places[i % 6]);
	atk_config_write(FUNCTION, BAR2, 4, places[(i + 3) % 6]);
	atk_config_write(FUNCTION, BAR0, 4, a->regs);
	atk_config_write(FUNCTION, BAR2, 4, a->portals);
}

static void ring_step(struct attacker *a, u32 i)
{
	own_ring(a, a->own_handle);
}

static void mask_step(struct attacker *a, u32 i)
{
	static const u16 control[] = {0x8001, 0xc001, 0x0001, 0x8001};

	atk_write(a->regs + TABLE + 16 + 12, 4, i & 1);
	atk_config_write(FUNCTION, MSIX, 2, control[own_below(a, 4)]);
	atk_write(a->regs + 0x308, 4, own_below(a, 2) << 2);
}

static void handle_step(struct attacker *a, u32 i)
{
	own_command(a, i & 1 ? DSA_CMD_RELEASE_INT_HANDLE : DSA_CMD_REQUEST_INT_HANDLE,
		    i & 1 ? a->own_handle : 1);
	own_command(a, DSA_CMD_REVOKED_PROCESSED, 0);
}

static void error_step(struct attacker *a, u32 i)
{
	struct dsa_hw_desc d = {.opcode = 0xf0};

	atk_store(a->portals, &d);
	atk_write(a->regs + DSA_REG_SWERROR, 4, own_below(a, 4));
	atk_write(a->regs + DSA_REG_INTCAUSE, 4, ~0u);
}

static void limits_step(struct attacker *a, u32 i)
{
	u32 dword = own_below(a, 8);

	if (own_below(a, 2))
		atk_write(a->regs + WQCFG + 4 * dword, 4, ~0u);
	else
		atk_write(a->regs + WQCFG + 8 * (dword / 2), 8, sim_rng_u64(&a->rng));
}

/* ---- attacks ---- */

static int two_commands(struct attacker *a)
{
	u32 i;

	EXPECT(race(a, any_command, any_command, 20));
	for (i = 0; i < 100 && atk_read(a->regs + DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE; i++)
		fiber_sleep(US);
	EXPECT(i < 100);
	EXPECT(own_revive(a));
	return 0;
}

static int reset_in_command(struct attacker *a)
{
	EXPECT(race(a, function_reset, stop_command, 10));
	EXPECT(own_revive(a));
	return 0;
}

static int bus_in_command(struct attacker *a)
{
	EXPECT(race(a, bus_game, stop_command, 10));
	EXPECT(own_revive(a));
	return 0;
}

static int bars_in_use(struct attacker *a)
{
	EXPECT(race(a, bar_game, stop_command, 12));
	EXPECT(own_revive(a));
	return 0;
}

static int masks_in_use(struct attacker *a)
{
	EXPECT(race(a, mask_step, ring_step, 20));
	atk_config_write(FUNCTION, MSIX, 2, 0x8001);
	atk_write(a->regs + TABLE + 16 + 12, 4, 0);
	EXPECT(own_ring(a, a->own_handle) == DSA_COMP_SUCCESS);
	return 0;
}

static int handles_in_use(struct attacker *a)
{
	EXPECT(race(a, handle_step, ring_step, 12));
	own_command(a, DSA_CMD_REQUEST_INT_HANDLE, 1);
	EXPECT(own_ring(a, a->own_handle) == DSA_COMP_SUCCESS);
	EXPECT(own_ring(a, a->victim_handle) == DSA_COMP_INT_HANDLE_INVAL);
	return 0;
}

static int errors_in_reset(struct attacker *a)
{
	EXPECT(race(a, error_step, function_reset, 10));
	EXPECT(own_revive(a));
	return 0;
}

/* What the queue may do is the host's to say, enabled or not. */
static int queue_limits(struct attacker *a)
{
	u32 before[8], i;

	EXPECT(own_revive(a));
	for (i = 0; i < 8; i++)
		before[i] = atk_read(a->regs + WQCFG + 4 * i, 4);
	EXPECT(race(a, limits_step, limits_step, 30));
	EXPECT(!SPEC_GET(DSA_CMDSTS_ERR, own_command(a, DSA_CMD_DISABLE_WQ, 1)));
	EXPECT(race(a, limits_step, limits_step, 30));
	EXPECT(!SPEC_GET(DSA_CMDSTS_ERR, own_command(a, DSA_CMD_ENABLE_WQ, 0)));
	for (i = 0; i < 8; i++)
		EXPECT(atk_read(a->regs + WQCFG + 4 * i, 4) == before[i]);
	EXPECT(own_works(a));
	return 0;
}

#define G FROM_GUEST_KERNEL
const struct attack race_attacks[] = {
	{"two processors at the command register", G, BY_VDCM,
	 "one command at a time: software error 52h", .round = two_commands},
	{"function level resets in the middle of commands", G, BY_VDCM,
	 "a reset waits for the physical device, a command before it is forgotten",
	 .round = reset_in_command},
	{"bus mastership lost in the middle of a drain", G, BY_VDCM,
	 "the virtual device halts, its own queue is reset", .round = bus_in_command},
	{"BARs sized and moved while the device works", G, BY_HYPERVISOR,
	 "the map follows; ranges that overlap are not mapped", .round = bars_in_use},
	{"masks, enable and permissions changed under interrupts", G, BY_VDCM,
	 "only its own slot is masked and unmasked", .round = masks_in_use},
	{"handles given back while descriptors use them", G, BY_VDCM, "its own slot stays its own",
	 .round = handles_in_use},
	{"errors without end across resets", G, BY_VDCM,
	 "told to the owner of the queue that they name", .round = errors_in_reset,
	 .leftover = "one error register for the device, as above"},
	{"size, limits and mode of its queue, enabled or not", G, BY_VDCM,
	 "only stored where the mask allows it: without PASIDs nowhere", .round = queue_limits},
};
const u32 nr_race_attacks = sizeof(race_attacks) / sizeof(race_attacks[0]);
