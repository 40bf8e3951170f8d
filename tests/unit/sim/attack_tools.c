// SPDX-License-Identifier: GPL-2.0
// What attacks from the kernel of a guest with a dedicated queue are made of.
#include <string.h>

#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_tools.h"

u64 own_below(struct attacker *a, u64 n)
{
	return sim_rng_below(&a->rng, n);
}

u8 own_wait_record(struct attacker *a)
{
	volatile u8 *status = a->mem + RECORD;
	u32 i;

	for (i = 0; i < 400 && !*status; i++)
		fiber_sleep(US / 4);
	return *status & 0x7f;
}

void own_want_record(struct attacker *a, struct dsa_hw_desc *d)
{
	memset(a->mem + RECORD, 0, 32);
	d->completion_addr = a->dma + RECORD;
	d->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
}

/* Through the limited page of its own queue; status of the record, 0: none came. */
u8 own_submit(struct attacker *a, struct dsa_hw_desc *d)
{
	own_want_record(a, d);
	atk_store(a->portals + DSA_PORTAL_LIMITED, d);
	return own_wait_record(a);
}

u8 own_move(struct attacker *a, u64 to, u64 from, u32 bytes)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_MEMMOVE, .src_addr = from, .dst_addr = to, .xfer_size = bytes};

	return own_submit(a, &d);
}

/* It works at all: its own data, by its own queue. */
bool own_works(struct attacker *a)
{
	memset(a->mem + SOURCE, ATTACK_MAGIC, 4096);
	memset(a->mem + TARGET, 0, 4096);
	return own_move(a, a->dma + TARGET, a->dma + SOURCE, 4096) == DSA_COMP_SUCCESS &&
	       !memcmp(a->mem + SOURCE, a->mem + TARGET, 4096);
}

u32 own_command(struct attacker *a, u32 code, u32 operand)
{
	u32 status, i;

	atk_write(a->regs + DSA_REG_CMD, 4, (u64)code << 20 | operand);
	for (i = 0; i < 1000; i++) {
		status = atk_read(a->regs + DSA_REG_CMDSTS, 4);
		if (!(status & DSA_CMDSTS_ACTIVE))
			break;
	}
	return status;
}

u32 own_state(struct attacker *a)
{
	return SPEC_GET(DSA_GENSTS_STATE, atk_read(a->regs + DSA_REG_GENSTS, 4));
}

/* After what stopped its device: reset, as a driver would; its own one may be doing the same. */
bool own_revive(struct attacker *a)
{
	u32 i, tries;

	for (tries = 0; tries < 10; tries++) {
		atk_config_write(FUNCTION, 0x59, 1, 0x80);
		for (i = 0; i < 2; i++) {
			u64 at = i ? a->portals : a->regs;

			atk_config_write(FUNCTION, 0x10 + 8 * i, 4, at);
			atk_config_write(FUNCTION, 0x14 + 8 * i, 4, at >> 32);
		}
		atk_config_write(FUNCTION, 4, 2, 6);
		own_command(a, DSA_CMD_ENABLE_DEVICE, 0);
		own_command(a, DSA_CMD_ENABLE_WQ, 0);
		if (own_works(a))
			return true;
		fiber_sleep(100 * US);
	}
	return false;
}

u8 own_ring(struct attacker *a, u32 handle)
{
	struct dsa_hw_desc d = {
		.opcode = DSA_OPCODE_NOOP, .flags = IDXD_OP_FLAG_RCI, .int_handle = handle};

	return own_submit(a, &d);
}
