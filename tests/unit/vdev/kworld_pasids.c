// SPDX-License-Identifier: GPL-2.0
// Cases: the guest's PASIDs in queues, slots and commands; software errors and who hears of them.
#include <linux/errno.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include "tests/unit/vdev/kworld_fake.h"

#define MODE(wq) WQ_REG(wq, DSA_WQCFG_DW_MODE)

static u32 own_pasid(u32 pasid)
{
	return DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PASID, pasid);
}

/* ---- queues ---- */

static void tagging(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	fake_enable(f);
	/* The default, as long as the guest names none; it may not change what is enabled. */
	fake_put(f, MODE(0), own_pasid(5));
	VT_EQUAL(t, fake_reg(f, MODE(0)), 0x51);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 1), 0);
	VT_TEXT(t, fake_log(f), "disable 0 ");
	fake_put(f, MODE(0), own_pasid(5));
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), 0);
	VT_TEXT(t, fake_log(f), "tag 0 1005 enable 0 ");
	/* Given back with the queue. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 1), 0);
	VT_TEXT(t, fake_log(f), "disable 0 untag 0 ");
	/* Guest PASID 0 is the default. */
	fake_put(f, MODE(0), own_pasid(0));
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), 0);
	VT_TEXT(t, fake_log(f), "tag 0 7 enable 0 ");
	fake_free(f);
}

/* The commands' operand is the guest's PASID; what is nobody's has no work. */
static void commands(struct vt *t)
{
	struct fake *f = fake_new(t, "s16", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	fake_enable(f);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_PASID, 5), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ABORT_PASID, 5), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_PASID, 0), 0);
	VT_TEXT(t, fake_log(f), "drain-pasid 1005 abort-pasid 1005 drain-pasid 7 ");
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ABORT_PASID, 1005), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ABORT_PASID, 7), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_PASID, 0xfffff), 0);
	VT_TEXT(t, fake_log(f), "");
	f->fail = -ENXIO;
	f->error = 0x33;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ABORT_PASID, 5), 0x33);
	fake_free(f);
}

/* ---- interrupts ---- */

static void permissions(struct vt *t)
{
	struct fake *f = fake_new(t, "s16", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	VT_CHECK(t, f->slot[0].enable);
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	VT_EQUAL(t, f->slot[0].pasid, 1005);
	VT_CHECK(t, f->slot[0].enable);
	/* Another's, by its host number or by one that is not there: nobody may fire it. */
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 1005));
	VT_EQUAL(t, f->slot[0].pasid, 0);
	VT_CHECK(t, f->slot[0].enable);
	fake_put(f, PERM_REG(1), SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	/* Vector 0 has no slot. */
	fake_put(f, PERM_REG(0), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	/* A reset forgets what the guest wrote. */
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	fake_cmd(f, DSA_CMD_RESET_DEVICE, 0);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	vdev_clear_pasid(f->v);
	VT_CHECK(t, !f->slot[0].pasid && !f->slot[0].enable);
	fake_free(f);
	/* Without PASIDs of its own the guest's entry is only stored. */
	f = fake_new(t, "d16", &fake_plain);
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	VT_EQUAL(t, fake_reg(f, PERM_REG(1)), 0x5008);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	fake_free(f);
}

/* ---- the end of a PASID ---- */

static void gone(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	f->pasid[f->nr_pasids++] = 6;
	fake_put(f, MODE(0), own_pasid(5));
	fake_enable(f);
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	fake_put(f, PERM_REG(2), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 6));
	/* One that tags nothing here: only what is under it in the shared queue. */
	f->pasid[1] = 99;
	vdev_pasid_gone(f->v, 6, 1006);
	VT_TEXT(t, fake_log(f), "drain-pasid 1006 ");
	VT_EQUAL(t, f->slot[1].pasid, 0);
	VT_CHECK(t, f->slot[1].enable);
	VT_EQUAL(t, f->slot[0].pasid, 1005);
	/* The queue's own: it stops, and the guest sees that. */
	f->pasid[0] = 98;
	vdev_pasid_gone(f->v, 5, 1005);
	VT_TEXT(t, fake_log(f), "reset 0 untag 0 drain-pasid 1005 ");
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_DISABLED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_WQ, 1), DSA_CMDERR_WQ_NOT_ENABLED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
	VT_EQUAL(t, f->slot[0].pasid, 0);
	fake_free(f);
}

/* A monitor is no authority on PASIDs: what no host has stands for nobody. */
static void impossible(struct vt *t)
{
	static const u32 lies[] = {DSA_PASID_MAX + 1, ~0u};
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);
	u8 desc[64] = {5};
	u32 i;

	f->pasid[f->nr_pasids++] = 5;
	fake_functions(f);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	fake_put(f, MODE(1), DSA_WQCFG2_PASID_EN);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 1), 0);
	fake_log(f);
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		f->lie = lies[i];
		fake_put(f, MODE(0), own_pasid(5));
		VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
		fake_put(f, PERM_REG(1), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
		VT_EQUAL(t, f->slot[0].pasid, 0);
		VT_EQUAL(t, vdev_portal_write(f->v, 0x4000, desc, 64, 1), 0);
	}
	VT_EQUAL(t, f->nr_descs, 0);
	VT_TEXT(t, fake_log(f), "");
	f->lie = 0;
	fake_free(f);
}

static int store_main(void *arg)
{
	struct fake *f = arg;
	const u8 desc[64] = {5};

	vdev_portal_write(f->v, 0, desc, 64, 1);
	return 0;
}

/* A trapped store that found the translation is in the queue before that is emptied. */
static void gone_under_a_store(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	fake_enable(f);
	f->command_us = 100;
	f->slow_submit = true;
	kthread_run(store_main, f, "store");
	usleep_range(20, 20);
	f->nr_pasids = 0;
	vdev_pasid_gone(f->v, 5, FAKE_HOST(5));
	VT_TEXT(t, fake_log(f), "submit drain-pasid 1005 ");
	f->command_us = 0;
	fake_free(f);
}

const struct vt_case vt_pasid_cases[] = {
	{"dedicated queue's PASID", tagging},
	{"drain and abort PASID", commands},
	{"permission entries", permissions},
	{"PASID gone", gone},
	{"PASID gone under a store", gone_under_a_store},
	{"PASIDs that no host has", impossible},
	{},
};

/* ---- errors ---- */

#define ERR0(flags, wq, pasid)                                                                     \
	(DSA_SWERR0_VALID | DSA_SWERR0_WQ_VALID | (flags) | SPEC_PREP(DSA_SWERR0_ERROR, 0x13) |    \
	 SPEC_PREP(DSA_SWERR0_WQ_INDEX, wq) | SPEC_PREP(DSA_SWERR0_PASID, pasid))
#define DESC DSA_SWERR0_DESC_VALID

static u64 err0(struct fake *f)
{
	u64 val;

	VT_EQUAL(f->t, vdev_mmio_read(f->v, DSA_REG_SWERROR, 8, &val), 0);
	return val;
}

static void report(struct fake *f, int wq, u64 first)
{
	const u64 err[4] = {first, 0x1111, 0xabcdef000, 0};

	vdev_swerror(f->v, wq, err);
}

/* Numbers become the guest's own. */
static void translated(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_sva);
	u64 val;

	f->pasid[f->nr_pasids++] = 5;
	report(f, 1, ERR0(DESC, 6, FAKE_PASID));
	VT_EQUAL(t, err0(f), ERR0(DESC, 1, 0));
	VT_EQUAL(t, vdev_mmio_read(f->v, DSA_REG_SWERROR + 16, 8, &val), 0);
	VT_EQUAL(t, val, 0xabcdef000);
	/* The first one stays until it is taken. */
	report(f, 0, ERR0(DESC, 5, 1005));
	VT_EQUAL(t, err0(f), ERR0(DESC | DSA_SWERR0_OVERFLOW, 1, 0));
	fake_put(f, DSA_REG_SWERROR, ~0u);
	VT_EQUAL(t, err0(f), ERR0(DESC, 1, 0) & ~DSA_SWERR0_VALID);
	report(f, 0, ERR0(DESC | DSA_SWERR0_OVERFLOW, 5, 1005));
	VT_EQUAL(t, err0(f), ERR0(DESC, 0, 5));
	fake_put(f, DSA_REG_SWERROR, DSA_SWERR0_VALID);
	/* A full queue: no descriptor, so no PASID either. */
	report(f, 0, ERR0(0, 5, 1005));
	VT_EQUAL(t, err0(f), ERR0(0, 0, 0));
	fake_put(f, DSA_REG_SWERROR, DSA_SWERR0_VALID);
	/* An earlier owner's descriptor, told late. */
	report(f, 0, ERR0(DESC, 5, 2005));
	VT_EQUAL(t, err0(f), ERR0(0, 0, 0) & ~DSA_SWERR0_VALID);
	/* The host's own affair. */
	report(f, -1, DSA_SWERR0_VALID);
	report(f, 2, ERR0(DESC, 2, FAKE_PASID));
	VT_EQUAL(t, err0(f) & DSA_SWERR0_VALID, 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), 0);
	fake_free(f);
}

/* On a share: the owner hears of it and nobody else. */
static void only_own(struct vt *t)
{
	struct fake *f = fake_new(t, "s16", &fake_sva);

	fake_unmask(f);
	fake_put(f, DSA_REG_GENCTRL, DSA_GENCTRL_SWERROR_INT);
	f->pasid[f->nr_pasids++] = 5;
	report(f, 0, ERR0(DESC, 3, 2005));
	report(f, 0, ERR0(DESC, 3, 5));
	report(f, 0, ERR0(0, 3, 1005));
	VT_EQUAL(t, err0(f), 0);
	VT_EQUAL(t, f->interrupts[0], 0);
	report(f, 0, ERR0(DESC, 3, 1005));
	VT_EQUAL(t, err0(f), ERR0(DESC, 0, 5));
	VT_EQUAL(t, f->interrupts[0], 1);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), DSA_INTCAUSE_SWERROR);
	fake_free(f);
}

/* As the code of 2020: every sharer sees all of another's record. */
static void broadcast(struct vt *t)
{
	const struct vdev_cfg cfg = {.sva = true, .error_broadcast = true};
	struct fake *f = fake_new(t, "s16", &cfg);

	report(f, 0, ERR0(DESC, 3, 2005));
	VT_EQUAL(t, err0(f), ERR0(DESC, 3, 2005));
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR + 16), 0xbcdef000);
	fake_free(f);
}

/* The physical device stopped. */
static void halt(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	fake_unmask(f);
	fake_put(f, DSA_REG_GENCTRL, DSA_GENCTRL_HALT_INT);
	vdev_halted(f->v, DSA_RESET_FLR);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	fake_enable(f);
	vdev_halted(f->v, DSA_RESET_FLR);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_HALT | DSA_RESET_FLR << 2);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), DSA_INTCAUSE_HALT);
	VT_EQUAL(t, f->interrupts[0], 1);
	VT_EQUAL(t, vdev_reset(f->v), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	fake_free(f);
}

const struct vt_case vt_error_cases[] = {
	{"dedicated queue", translated},
	{"share: own errors only", only_own},
	{"share: broadcast of 2020", broadcast},
	{"halt", halt},
	{},
};
