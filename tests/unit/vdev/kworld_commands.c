// SPDX-License-Identifier: GPL-2.0
// Cases: every error of every command, by its code; then what the commands do to the queues.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/pci_regs.h>
#include "tests/unit/vdev/kworld_fake.h"

/* ---- errors ---- */

static void error_01(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u32 code;

	VT_EQUAL(t, fake_cmd(f, 0, 0), DSA_CMDERR_UNSUPPORTED);
	for (code = 16; code < 32; code++)
		VT_EQUAL(t, fake_cmd(f, code, 0), DSA_CMDERR_UNSUPPORTED);
	VT_TEXT(t, fake_log(f), "");
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDCAP), 0xfffe);
	fake_free(f);
	/* Code 15 means something else to a driver of revision 2. */
	f = fake_prepare(t, "d16", &fake_plain);
	f->facts.version = DSA_VERSION_2;
	VT_EQUAL(t, fake_create(f), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDCAP), 0x7ffe);
	VT_EQUAL(t, fake_cmd(f, 15, 0), DSA_CMDERR_UNSUPPORTED);
	fake_free(f);
}

static void error_02(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_plain);
	u32 code;

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 2), DSA_CMDERR_WQ_INDEX);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 255), DSA_CMDERR_WQ_INDEX);
	for (code = DSA_CMD_DISABLE_WQ; code <= DSA_CMD_RESET_WQ; code++) {
		VT_EQUAL(t, fake_cmd(f, code, 4), DSA_CMDERR_WQ_INDEX);
		VT_EQUAL(t, fake_cmd(f, code, 0x10001), DSA_CMDERR_WQ_INDEX);
	}
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

/* What the physical device says, and what the host says in its place. */
static void error_03(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	fake_enable(f);
	f->fail = -ENXIO;
	f->error = 0x2f;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_WQ, 1), 0x2f);
	f->fail = -ENODEV;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_ALL, 0), DSA_CMDERR_HW);
	f->fail = -EIO;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 1), DSA_CMDERR_HW);
	/* It goes on. */
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_ENABLED);
	f->fail = -EIO;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0), DSA_CMDERR_HW);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	/* Needs another reset than the command. */
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RESET_DEVICE, 0), DSA_CMDERR_HW);
	fake_free(f);
}

static void error_04(struct vt *t)
{
	static const struct {
		u32 code, operand;
	} rows[] = {
		{DSA_CMD_ENABLE_DEVICE, 1},
		{DSA_CMD_DISABLE_DEVICE, 0x80000},
		{DSA_CMD_DRAIN_ALL, 1},
		{DSA_CMD_ABORT_ALL, 2},
		{DSA_CMD_RESET_DEVICE, 1},
		{DSA_CMD_ENABLE_WQ, 0x100},
		{DSA_CMD_REQUEST_INT_HANDLE, 0x20001},
		{DSA_CMD_RELEASE_INT_HANDLE, 0x20001},
		{DSA_CMD_REVOKED_PROCESSED, 1},
	};
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		VT_EQUAL(t, fake_cmd(f, rows[i].code, rows[i].operand), DSA_CMDERR_RSVD_OPERAND);
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

static void error_05(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u32 code;

	fake_enable(f);
	vdev_halted(f->v, DSA_RESET_FLR);
	for (code = 1; code <= 15; code++)
		if (code != DSA_CMD_RESET_DEVICE)
			VT_EQUAL(t, fake_cmd(f, code, 0), DSA_CMDERR_HALTED);
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

static void error_10_31(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0), DSA_CMDERR_DEV_NOT_ENABLED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_NOT_DISABLED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0), DSA_CMDERR_DEV_NOT_ENABLED);
	fake_free(f);
}

/* Bus master; PASID with PRI; neither without ATS. */
static void error_12_13(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	fake_config_put(f, 0x126, 2, PCI_PASID_CTRL_ENABLE);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	fake_config_put(f, 0x11c, 4, 1);
	fake_config_put(f, 0x114, 2, PCI_PRI_CTRL_ENABLE);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	fake_config_put(f, 0x106, 2, PCI_ATS_CTRL_ENABLE);
	fake_config_put(f, 0x126, 2, 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	fake_config_put(f, 0x126, 2, PCI_PASID_CTRL_ENABLE);
	fake_config_put(f, 0x11c, 4, 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_PRS_ALLOC);
	fake_config_put(f, 0x11c, 4, 2);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_PRS_ALLOC);
	fake_config_put(f, 0x11c, 4, 1);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	fake_free(f);
	/* Without the capabilities there is nothing to be consistent. */
	f = fake_new(t, "d16", &fake_plain);
	fake_config_put(f, 0x126, 2, PCI_PASID_CTRL_ENABLE);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	fake_free(f);
}

static void error_20_21(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_DEV_NOT_ENABLED);
	fake_enable(f);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_NOT_DISABLED);
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

static void error_24_26_2a(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);
	const u32 d = WQ_REG(0, DSA_WQCFG_DW_MODE), s = WQ_REG(1, DSA_WQCFG_DW_MODE);

	/* PASIDs that are off. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	fake_put(f, d, DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0), 0);
	fake_functions(f);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	/* The mode is the physical queue's. */
	fake_put(f, d, DSA_WQCFG2_PASID_EN);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_MODE);
	fake_put(f, s, DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 1), DSA_CMDERR_WQ_MODE);
	/* A shared queue has no PASID of its own; a dedicated one's has no translation. */
	fake_put(f, s, 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 1), DSA_CMDERR_WQ_PASID);
	fake_put(f, d, DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PASID, 5));
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
	/* Privilege that is off, and that it never gets. */
	fake_put(f, d, DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PRIV);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PRIV);
	VT_TEXT(t, fake_log(f), "");
	vdev_clear_pasid(f->v);
	fake_put(f, d, DSA_WQCFG2_DEDICATED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
	fake_free(f);
}

static void error_32(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_plain);
	u32 code;

	for (code = DSA_CMD_DISABLE_WQ; code <= DSA_CMD_ABORT_WQ; code++)
		VT_EQUAL(t, fake_cmd(f, code, 1), DSA_CMDERR_WQ_NOT_ENABLED);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 1), 0);
	fake_log(f);
	/* All or none. */
	for (code = DSA_CMD_DISABLE_WQ; code <= DSA_CMD_ABORT_WQ; code++)
		VT_EQUAL(t, fake_cmd(f, code, 3), DSA_CMDERR_WQ_NOT_ENABLED);
	VT_TEXT(t, fake_log(f), "");
	/* Resetting a disabled one is allowed. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RESET_WQ, 1), 0);
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

static void error_41_42(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 0), DSA_CMDERR_HANDLE_INVALID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 2), DSA_CMDERR_HANDLE_INVALID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 0x10001), DSA_CMDERR_HANDLE_NONE_LEFT);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x100), DSA_CMDERR_HANDLE_INVALID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	VT_EQUAL(t, SPEC_GET(DSA_CMDSTS_RESULT, fake_reg(f, DSA_REG_CMDSTS)), 0x100);
	/* Twice the same. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	VT_EQUAL(t, SPEC_GET(DSA_CMDSTS_RESULT, fake_reg(f, DSA_REG_CMDSTS)), 0x100);
	VT_EQUAL(t, f->requests, 1);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x10100), DSA_CMDERR_HANDLE_INVALID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x101), DSA_CMDERR_HANDLE_INVALID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x100), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x100), DSA_CMDERR_HANDLE_INVALID);
	VT_TEXT(t, fake_log(f), "release 0 ");
	/* The device has none left, and one without PASID gives none. */
	f->fail = -ENXIO;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1), DSA_CMDERR_HANDLE_NONE_LEFT);
	f->fail = 0;
	vdev_clear_pasid(f->v);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1), DSA_CMDERR_HANDLE_NONE_LEFT);
	fake_free(f);
}

static int slow_drain(void *arg)
{
	struct fake *f = arg;

	vdev_mmio_write(f->v, DSA_REG_CMD, 4, CMD_REG(DSA_CMD_DRAIN_ALL, 0));
	return 0;
}

/* A second command while one works: 0x52, in SWERROR, and only there. */
static void error_52(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	fake_enable(f);
	f->command_us = 100;
	kthread_run(slow_drain, f, "first");
	usleep_range(50, 50);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), DSA_CMDSTS_ACTIVE);
	fake_put(f, DSA_REG_CMD, CMD_REG(DSA_CMD_ABORT_ALL, 0));
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR), DSA_SWERR0_VALID | DSA_SWERR_CMD_ACTIVE << 8);
	usleep_range(100, 100);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMD), CMD_REG(DSA_CMD_DRAIN_ALL, 0));
	VT_TEXT(t, fake_log(f), "drain 0 ");
	fake_free(f);
}

/* In one piece, or not at all. */
static void width(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, DSA_REG_CMD, 8, CMD_REG(1, 0)), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, DSA_REG_CMD, 2, 0x10), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, DSA_REG_CMD + 2, 2, 0x10), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, DSA_REG_CMD, 1, 0x10), (u64)-EINVAL);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	fake_free(f);
}

const struct vt_case vt_command_cases[] = {
	{"01 unsupported", error_01},
	{"02 no such queue", error_02},
	{"03 refused by the physical device", error_03},
	{"04 reserved operand", error_04},
	{"05 halted", error_05},
	{"10, 31 device state", error_10_31},
	{"12, 13 bus master, ATS, PRI, PASID", error_12_13},
	{"20, 21 queue state", error_20_21},
	{"24, 26, 2a mode, PASID, privilege", error_24_26_2a},
	{"32 queue not enabled", error_32},
	{"41, 42 handles", error_41_42},
	{"52 active", error_52},
	{"four bytes", width},
	{},
};

/* ---- effects ---- */

/* Each command on a dedicated queue: the physical queue gets it. */
static void dedicated(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_plain);

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	VT_TEXT(t, fake_log(f), "");
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 1), 0);
	VT_TEXT(t, fake_log(f), "tag 1 7 enable 1 ");
	VT_EQUAL(t, fake_reg(f, WQ_REG(1, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_ENABLED);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_DISABLED);
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 0);
	fake_log(f);
	fake_cmd(f, DSA_CMD_DRAIN_WQ, 2);
	VT_TEXT(t, fake_log(f), "drain 1 ");
	fake_cmd(f, DSA_CMD_ABORT_WQ, 3);
	VT_TEXT(t, fake_log(f), "abort 0 abort 1 ");
	fake_cmd(f, DSA_CMD_DRAIN_ALL, 0);
	VT_TEXT(t, fake_log(f), "drain 0 drain 1 ");
	fake_cmd(f, DSA_CMD_ABORT_ALL, 0);
	VT_TEXT(t, fake_log(f), "abort 0 abort 1 ");
	/* A guest without PASIDs has no descriptors with one. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DRAIN_PASID, 7), 0);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ABORT_PASID, 7), 0);
	VT_TEXT(t, fake_log(f), "");
	fake_cmd(f, DSA_CMD_DISABLE_WQ, 1);
	VT_TEXT(t, fake_log(f), "disable 0 ");
	fake_cmd(f, DSA_CMD_RESET_WQ, 3);
	VT_TEXT(t, fake_log(f), "reset 1 ");
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 1);
	fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 2);
	fake_log(f);
	fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0);
	VT_TEXT(t, fake_log(f), "disable 1 ");
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0);
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 1);
	fake_log(f);
	fake_cmd(f, DSA_CMD_RESET_DEVICE, 0);
	VT_TEXT(t, fake_log(f), "reset 1 release 1 ");
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	fake_free(f);
}

/* The same on a share: what the guest submitted is waited for, by its PASIDs; others go on. */
static void share(struct vt *t)
{
	struct fake *f = fake_new(t, "s16", &fake_sva);

	f->pasid[f->nr_pasids++] = 9;
	f->pasid[f->nr_pasids++] = 3;
	fake_functions(f);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), DSA_WQCFG2_PASID_EN);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), 0);
	VT_TEXT(t, fake_log(f), "portals ");
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_ENABLED);
	fake_cmd(f, DSA_CMD_DRAIN_WQ, 1);
	VT_TEXT(t, fake_log(f), "drain-pasid 7 drain-pasid 1003 drain-pasid 1009 ");
	fake_cmd(f, DSA_CMD_ABORT_WQ, 1);
	VT_TEXT(t, fake_log(f), "drain-pasid 7 drain-pasid 1003 drain-pasid 1009 ");
	f->nr_pasids = 0;
	fake_cmd(f, DSA_CMD_DRAIN_ALL, 0);
	VT_TEXT(t, fake_log(f), "drain-pasid 7 ");
	fake_cmd(f, DSA_CMD_ABORT_ALL, 0);
	VT_TEXT(t, fake_log(f), "drain-pasid 7 ");
	fake_cmd(f, DSA_CMD_DISABLE_WQ, 1);
	VT_TEXT(t, fake_log(f), "portals drain-pasid 7 ");
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 0);
	fake_log(f);
	fake_cmd(f, DSA_CMD_RESET_WQ, 1);
	VT_TEXT(t, fake_log(f), "portals drain-pasid 7 ");
	/* Mode and PASID are as at the start. */
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_MODE)), 0x50);
	fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), DSA_WQCFG2_PASID_EN);
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 0);
	fake_log(f);
	fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0);
	VT_TEXT(t, fake_log(f), "portals drain-pasid 7 ");
	/* Refused: it is enabled as before, with its page. */
	fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0);
	fake_cmd(f, DSA_CMD_ENABLE_WQ, 0);
	fake_log(f);
	f->fail = -EIO;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 1), DSA_CMDERR_HW);
	VT_TEXT(t, fake_log(f), "portals drain-pasid 7 portals ");
	fake_cmd(f, DSA_CMD_RESET_DEVICE, 0);
	VT_TEXT(t, fake_log(f), "portals drain-pasid 7 ");
	fake_free(f);
}

/* As the code of 2022 did, and where the monitor cannot list PASIDs: all users' work. */
static void whole_queue(struct vt *t)
{
	const struct vdev_cfg whole = {.sva = true, .drain_whole_queue = true};
	struct fake *f = fake_new(t, "s16", &whole);

	fake_enable(f);
	fake_cmd(f, DSA_CMD_ABORT_WQ, 1);
	VT_TEXT(t, fake_log(f), "drain 0 ");
	fake_free(f);
	f = fake_prepare(t, "s16", &fake_sva);
	f->ops.next_pasid = NULL;
	VT_EQUAL(t, fake_create(f), 0);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	fake_enable(f);
	fake_cmd(f, DSA_CMD_DRAIN_WQ, 1);
	VT_TEXT(t, fake_log(f), "drain 0 ");
	fake_free(f);
}

/* Both kinds in one device; function level reset and the end leave the shared one running. */
static void mixed(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8 d4", &fake_sva);

	VT_EQUAL(t, fake_reg(f, DSA_REG_WQCAP), 28 | 3 << 16);
	VT_EQUAL(t, fake_reg(f, DSA_REG_WQCAP + 4), 3 << 16);
	fake_enable(f);
	fake_cmd(f, DSA_CMD_ABORT_ALL, 0);
	VT_TEXT(t, fake_log(f), "abort 0 drain-pasid 7 abort 2 ");
	fake_config_put(f, 0x50 + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR);
	VT_TEXT(t, fake_log(f), "reset 0 portals drain-pasid 7 reset 2 ");
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DISABLED);
	VT_CHECK(t, f->wq[1].enabled);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	fake_enable(f);
	VT_EQUAL(t, vdev_reset(f->v), 0);
	VT_TEXT(t, fake_log(f), "reset 0 portals drain-pasid 7 reset 2 ");
	fake_free(f);
}

/* Interrupt on completion; the command's own cause and no other. */
static void reported(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	fake_unmask(f);
	fake_put(f, DSA_REG_CMD, CMD_REG(DSA_CMD_ENABLE_DEVICE, 0) | DSA_CMD_INT_REQ);
	VT_EQUAL(t, f->interrupts[0], 1);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), DSA_INTCAUSE_CMD);
	fake_put(f, DSA_REG_INTCAUSE, DSA_INTCAUSE_CMD);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), 0);
	/* An error is reported the same way. */
	fake_put(f, DSA_REG_CMD, CMD_REG(DSA_CMD_ENABLE_DEVICE, 0) | DSA_CMD_INT_REQ);
	VT_EQUAL(t, f->interrupts[0], 2);
	fake_cmd(f, DSA_CMD_DISABLE_DEVICE, 0);
	VT_EQUAL(t, f->interrupts[0], 2);
	fake_free(f);
}

const struct vt_case vt_effect_cases[] = {
	{"dedicated queues", dedicated},
	{"share of a shared queue", share},
	{"drains of the whole queue", whole_queue},
	{"both kinds in one device", mixed},
	{"interrupt on completion", reported},
	{},
};
