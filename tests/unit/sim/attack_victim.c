// SPDX-License-Identifier: GPL-2.0
// The neighbour of an attacker.
#include <CUnit/Basic.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_victim.h"
#include "tests/unit/sim/guest_kernel.h"

#define PERIOD (30 * US)

u32 request_handle(void)
{
	u64 regs = atk_bar(DSA_PCI_BAR_MMIO);
	u32 status;

	atk_write(regs + DSA_REG_CMD, 4, (u64)DSA_CMD_REQUEST_INT_HANDLE << 20 | 1);
	do
		status = atk_read(regs + DSA_REG_CMDSTS, 4);
	while (status & DSA_CMDSTS_ACTIVE);
	return SPEC_GET(DSA_CMDSTS_RESULT, status);
}

/* ---- the physical device ---- */

static u64 table(const struct victim *v, u64 field)
{
	u64 offs = dsa_mmio_read(world_dsa(v->w), DSA_REG_OFFSETS, 8);

	return (offs & field) / (field & -field) * DSA_OFFSET_UNIT;
}

static u64 wqcfg(const struct victim *v)
{
	u64 wqcap = dsa_mmio_read(world_dsa(v->w), DSA_REG_WQCAP, 8);
	u64 shift = SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, wqcap) + DSA_WQCFG_MIN_SHIFT;

	return table(v, DSA_OFFSETS0_WQCFG) + ((u64)v->wq << shift);
}

static u64 hash(u64 h, u64 value)
{
	return (h ^ value) * 0x100000001b3ull;
}

/* The registers that hold its queue, its slot, and what all share. */
u64 victim_physical(const struct victim *v)
{
	struct dsa *dsa = world_dsa(v->w);
	u64 h = 0xcbf29ce484222325ull, at, i;

	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENCFG, 4));
	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENCTRL, 4));
	h = hash(h, dsa_mmio_read(dsa, DSA_REG_GENSTS, 4));
	for (i = 0; i < DSA_WQCFG_DW_STATUS; i++)
		h = hash(h, dsa_mmio_read(dsa, wqcfg(v) + 4 * i, 4));
	at = table(v, DSA_OFFSETS0_GRPCFG);
	for (i = 0; i < 4 * DSA_GRPCFG_STRIDE; i += 8)
		h = hash(h, dsa_mmio_read(dsa, at + i, 8));
	at = table(v, DSA_OFFSETS0_MSIXPERM);
	for (i = 0; i < 9; i++)
		h = hash(h, dsa_mmio_read(dsa, at + i * DSA_MSIXPERM_STRIDE, 8));
	at = table(v, DSA_OFFSETS0_IMS) + v->handle * DSA_IMS_STRIDE;
	return hash(hash(h, dsa_mmio_read(dsa, at, 8)), dsa_mmio_read(dsa, at + 8, 8));
}

/* ---- work ---- */

static void look_at_device(struct victim *v)
{
	u64 at = atk_bar(DSA_PCI_BAR_MMIO);
	u32 i;

	for (i = 0; i < 0x1000 / 8; i++)
		v->view.registers[i] = atk_read(at + 8 * i, 8);
	for (i = 0; i < 64; i++)
		v->view.config[i] = atk_config(3u << 3, 4 * i, 4);
}

static void operation(struct victim *v, struct gclient *c, u32 i)
{
	if (c) {
		v->view.op[i].rc = gclient_move(c, 64 + 40 * i, i, i & 1);
		gclient_record(c, v->view.op[i].record);
		return;
	}
	v->view.op[i].rc = program_copy(&v->prog, 64 + 40 * i, i) != DSA_COMP_SUCCESS;
	program_record(&v->prog, v->view.op[i].record);
}

void victim_main(void *arg)
{
	struct victim *v = arg;
	struct gclient *c = v->share ? NULL : gclient_open("wq0.0");
	u64 start = sim_now(v->w->sim), begin, took;
	struct vm_stats before, after;
	u32 i;

	guest_vm_stats(v->g, &before);
	for (i = 0; i < VICTIM_OPS && (c || v->share); i++) {
		if (sim_now(v->w->sim) < start + i * PERIOD)
			fiber_sleep(start + i * PERIOD - sim_now(v->w->sim));
		begin = sim_now(v->w->sim);
		operation(v, c, i);
		took = sim_now(v->w->sim) - begin;
		v->latency += took;
		if (took > v->longest)
			v->longest = took;
	}
	guest_vm_stats(v->g, &after);
	v->view.interrupts = after.interrupts - before.interrupts;
	look_at_device(v);
	if (c)
		gclient_close(c);
	v->done = true;
}

/* ---- beginning ---- */

static int start_program(void *arg)
{
	struct victim *v = arg;
	int rc = world_enable_as(guest_kernel(v->g), "wq0.0", "user");

	if (rc)
		return rc;
	v->handle = request_handle();
	return program_start(&v->prog, guest_kernel(v->g), "wq0.0", true);
}

static int start_kernel(void *arg)
{
	struct victim *v = arg;
	int rc = world_enable(guest_kernel(v->g), "wq0.0");

	v->handle = request_handle();
	return rc;
}

void victim_new(struct victim *v, struct world *w, bool share)
{
	static const char *const own[] = {"wq0.1", NULL}, *const shared[] = {"wq0.5", NULL};
	static const struct guest_cfg sva = {.node = -1, .sva = true};

	*v = (struct victim){.w = w, .share = share, .wq = share ? 5 : 1};
	v->g = world_guest(w, "victim", 16 * MIB, share ? shared : own, share ? &sva : NULL);
	CU_ASSERT_EQUAL_FATAL(guest_call(v->g, share ? start_program : start_kernel, v), 0);
	if (share)
		v->pasid = process_pasid(v->prog.p) & DSA_PASID_MAX;
	else
		v->pasid =
			SPEC_GET(DSA_WQCFG2_PASID,
				 dsa_mmio_read(world_dsa(w), wqcfg(v) + 4 * DSA_WQCFG_DW_MODE, 4));
}
