// SPDX-License-Identifier: GPL-2.0
// What is checked at a run's end: kernels that complained, and what guests left at the host.
#include <stdio.h>

#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/guests.h"
#include "sim/leftovers.h"
#include "sim/system.h"

/* ---- kernels ---- */

static void one_kernel(const struct kernel *k, leftovers_say_fn *say, void *ctx)
{
	struct kernel_stats st;
	char text[160];

	kernel_get_stats(k, &st);
	if (!st.warnings && !st.bugs && !st.slab_errors && !st.spurious_irqs)
		return;
	snprintf(text, sizeof(text),
		 "kernel %.32s: %llu warnings, %llu bugs, %llu errors of memory, %llu interrupts "
		 "without a handler",
		 kernel_name(k), st.warnings, st.bugs, st.slab_errors, st.spurious_irqs);
	say(ctx, text);
}

void leftovers_kernels(struct system *sys, const struct guests *gs, leftovers_say_fn *say,
		       void *ctx)
{
	u32 i;

	one_kernel(system_host(sys), say, ctx);
	for (i = 0; i < guests_count(gs); i++)
		one_kernel(guest_kernel(guests_entry(gs, i)->g), say, ctx);
}

/* ---- what is the host's again ---- */

void leftovers_before(struct leftovers *l, struct system *sys)
{
	struct kernel_dmar_stats st;

	kernel_dmar_get_stats(system_host(sys), &st);
	l->pasids = st.pasids;
}

static u64 table(struct dsa *dsa, u64 field)
{
	return SPEC_GET(field, dsa_mmio_read(dsa, DSA_REG_OFFSETS, 8)) * DSA_OFFSET_UNIT;
}

/* Only queues for guests: a program's or a kernel's has its own. */
static void one_queue(struct system *sys, const struct system_wq *wq, leftovers_say_fn *say,
		      void *ctx)
{
	struct dsa *dsa = machine_dsa(system_machine(sys), wq->device);
	u64 shift = SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, dsa_mmio_read(dsa, DSA_REG_WQCAP, 8));
	u64 at = table(dsa, DSA_OFFSETS0_WQCFG) + ((u64)wq->queue << (shift + DSA_WQCFG_MIN_SHIFT));
	u32 mode = (u32)dsa_mmio_read(dsa, at + 4 * DSA_WQCFG_DW_MODE, 4);
	char text[120];

	if (!wq->mdev || !wq->dedicated || !(mode & DSA_WQCFG2_PASID_EN))
		return;
	snprintf(text, sizeof(text), "queue wq%u.%u still carries PASID %llu of a guest",
		 wq->device, wq->queue, SPEC_GET(DSA_WQCFG2_PASID, mode));
	say(ctx, text);
}

/* The first one of a device stands for all. */
static void one_store(struct dsa *dsa, leftovers_say_fn *say, void *ctx)
{
	u64 gencap = dsa_mmio_read(dsa, DSA_REG_GENCAP, 8), at = table(dsa, DSA_OFFSETS0_IMS);
	u32 slots = (u32)SPEC_GET(DSA_GENCAP_IMS_MULT, gencap) * DSA_IMS_MULTIPLIER, i, ctrl;
	char text[120];

	for (i = 0; at && i < slots; i++) {
		ctrl = (u32)dsa_mmio_read(dsa, at + i * DSA_IMS_STRIDE + DSA_IMS_CTRL, 4);
		if (ctrl & DSA_IMS_CTRL_MASK && !(ctrl & DSA_IMS_CTRL_PASID_EN))
			continue;
		snprintf(text, sizeof(text),
			 "%s: message slot %u is still %s after its guest has ended", dsa_name(dsa),
			 i, ctrl & DSA_IMS_CTRL_MASK ? "a PASID's" : "open");
		say(ctx, text);
		return;
	}
}

void leftovers_after(const struct leftovers *l, struct system *sys, leftovers_say_fn *say,
		     void *ctx)
{
	struct machine *m = system_machine(sys);
	struct kernel_dmar_stats st;
	char text[120];
	u32 i;

	kernel_dmar_get_stats(system_host(sys), &st);
	if (st.pasids > l->pasids) {
		snprintf(text, sizeof(text), "%u PASIDs of guests are still given out",
			 st.pasids - l->pasids);
		say(ctx, text);
	}
	for (i = 0; i < system_wq_count(sys); i++)
		one_queue(sys, system_wq(sys, i), say, ctx);
	for (i = 0; i < machine_dsa_count(m); i++)
		one_store(machine_dsa(m, i), say, ctx);
	one_kernel(system_host(sys), say, ctx);
}
