// SPDX-License-Identifier: GPL-2.0
// Cases: what a reset of each kind changes and keeps, and what happens at the same time.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include "tests/unit/vdev/kworld_fake.h"

#define FLR	  PCI_EXP_DEVCTL_BCR_FLR
#define DEVCTL	  0x58
#define OWN(pas)  (DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PASID, pas))
#define PERM(pas) (DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, pas))

static const u64 some_error[4] = {DSA_SWERR0_VALID | DSA_SWERR0_WQ_VALID | 0x5300, 0, 0x1000, 0};

/* What another processor of the guest does meanwhile. */
struct peer {
	struct fake *f;
	u32 cmd; /* 0: a function level reset */
	int rc;
	bool done;
};

static int peer_main(void *arg)
{
	struct peer *p = arg;

	if (p->cmd)
		p->rc = vdev_mmio_write(p->f->v, DSA_REG_CMD, 4, p->cmd);
	else
		p->rc = vdev_config_write(p->f->v, DEVCTL, 2, FLR);
	p->done = true;
	return 0;
}

static void start(struct peer *p)
{
	kthread_run(peer_main, p, "peer");
	usleep_range(20, 20);
}

/* One with something in everything that can be reset. */
static struct fake *used_device(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_sva);

	f->pasid[f->nr_pasids++] = 5;
	fake_unmask(f);
	fake_put(f, DSA_REG_GENCFG, DSA_GENCFG_USER_INT);
	fake_put(f, DSA_REG_GENCTRL, DSA_GENCTRL_SWERROR_INT);
	fake_put(f, PERM_REG(1), PERM(5));
	fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), OWN(5));
	fake_enable(f);
	fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1);
	vdev_swerror(f->v, 1, some_error);
	fake_put(f, ENTRY_REG(2) + 12, 1);
	vdev_completion(f->v, 2);
	VT_EQUAL(t, fake_reg(f, 0x700), 1 << 2);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_HOST(5));
	fake_log(f);
	return f;
}

/* Specification table 9-3, the column of the command. */
static void by_command(struct vt *t)
{
	struct fake *f = used_device(t);
	u32 i;

	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RESET_DEVICE, 0), 0);
	VT_TEXT(t, fake_log(f), "reset 0 untag 0 reset 1 release 0 ");
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCFG), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCTRL), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), 0);
	VT_EQUAL(t, fake_reg(f, PERM_REG(1)), 0);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_MODE)), 0x51);
	VT_EQUAL(t, fake_reg(f, 0x700), 0);
	/* These stay. */
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMD), CMD_REG(DSA_CMD_RESET_DEVICE, 0));
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR),
		 DSA_SWERR0_VALID | DSA_SWERR0_WQ_VALID | 0x5300 | 1 << 16);
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR + 16), 0x1000);
	for (i = 0; i < 3; i++)
		VT_EQUAL(t, fake_reg(f, ENTRY_REG(i)), 0xfee00000 + i * 0x1000);
	VT_EQUAL(t, fake_reg(f, ENTRY_REG(2) + 12), 1);
	VT_EQUAL(t, fake_config(f, PCI_COMMAND, 2), PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	/* A handle is asked for anew. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RELEASE_INT_HANDLE, 0x100), DSA_CMDERR_HANDLE_INVALID);
	fake_free(f);
}

/* The other column: nothing is left. */
static void by_function(struct vt *t)
{
	struct fake *f = used_device(t), *fresh = fake_prepare(t, "d16 d8", &fake_sva);
	u32 off;

	fake_config_put(f, PCI_BASE_ADDRESS_0, 4, 0xd0000000);
	fake_config_put(f, DEVCTL, 2, FLR);
	VT_TEXT(t, fake_log(f), "reset 0 untag 0 reset 1 release 0 ");
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	VT_CHECK(t, f->slot[0].masked && f->slot[1].masked);
	VT_EQUAL(t, fake_create(fresh), 0);
	for (off = 0; off < VDEV_BAR0_SIZE; off += 4)
		VT_EQUAL(t, fake_reg(f, off), fake_reg(fresh, off));
	for (off = 0; off < VDEV_CONFIG_SIZE; off += 4)
		VT_EQUAL(t, fake_config(f, off, 4), fake_config(fresh, off, 4));
	fake_free(f);
	fake_free(fresh);
}

/* A queue's: what was written while it was disabled goes too. */
static void by_queue(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), OWN(9));
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_RESET_WQ, 1), 0);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_MODE)), 0x51);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_SIZE)), 16);
	VT_TEXT(t, fake_log(f), "");
	fake_free(f);
}

/* One queue that does not obey keeps no other running, whatever stops them. */
static void one_refuses(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_plain);

	fake_enable(f);
	f->fail = -ENXIO;
	VT_EQUAL(t, vdev_reset(f->v), 0);
	VT_TEXT(t, fake_log(f), "reset 0 reset 1 ");
	VT_CHECK(t, !f->wq[1].enabled);
	f->wq[0].enabled = false;
	fake_free(f);
	f = fake_new(t, "d16", &fake_sva);
	f->pasid[f->nr_pasids++] = 5;
	fake_functions(f);
	fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), OWN(5));
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	f->fail = -ENXIO;
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_HW);
	/* One that does not start keeps no PASID. */
	VT_TEXT(t, fake_log(f), "tag 0 1005 enable 0 untag 0 ");
	fake_free(f);
}

/* A queue on its way out says so, and so does the device. */
static void draining(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	struct peer p = {.f = f, .cmd = CMD_REG(DSA_CMD_DISABLE_DEVICE, 0)};

	fake_enable(f);
	f->command_us = 100;
	start(&p);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_DRAINING);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, DSA_WQCFG_DW_STATUS)) >> 30, DSA_WQ_STATE_DRAINING);
	/* The physical device stops meanwhile: that is what stays. */
	vdev_halted(f->v, DSA_RESET_FLR);
	usleep_range(200, 200);
	VT_CHECK(t, p.done);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_HALT | DSA_RESET_FLR << 2);
	f->command_us = 0;
	fake_free(f);
}

/* Still active until its last step; the one that asks for more meanwhile is told. */
static void reset_is_active(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);
	struct peer p = {.f = f, .cmd = CMD_REG(DSA_CMD_RESET_DEVICE, 0)};
	u32 i, sts = 0;

	fake_enable(f);
	f->command_us = 50;
	f->slow_slots = true;
	start(&p);
	for (i = 0; i < 100 && !p.done; i++) {
		sts = fake_reg(f, DSA_REG_CMDSTS);
		VT_CHECK(t, p.done || sts == DSA_CMDSTS_ACTIVE);
		usleep_range(5, 5);
	}
	VT_CHECK(t, p.done && i > 10);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), 0);
	f->command_us = 0;
	f->slow_slots = false;
	fake_free(f);
}

/* A function level reset while another processor's command waits: as if it was never written. */
static void reset_and_command(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	struct peer flr = {.f = f}, cmd = {.f = f, .cmd = CMD_REG(DSA_CMD_ENABLE_DEVICE, 0)};

	fake_enable(f);
	f->command_us = 100;
	start(&flr);
	cmd.cmd |= DSA_CMD_INT_REQ;
	start(&cmd);
	/* What happens before the reset ends is gone with it. */
	vdev_swerror(f->v, 0, some_error);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), DSA_CMDSTS_ACTIVE);
	usleep_range(200, 200);
	VT_CHECK(t, flr.done && cmd.done && !cmd.rc);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMD), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), 0);
	VT_TEXT(t, fake_log(f), "reset 0 ");
	/* The next one is an ordinary one. */
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	fake_free(f);
}

/* While the device is paused it is not reset: later, or where its state went. */
static void reset_in_pause(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	struct peer flr = {.f = f};

	fake_enable(f);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	fake_log(f);
	start(&flr);
	usleep_range(100, 100);
	VT_CHECK(t, !flr.done);
	VT_TEXT(t, fake_log(f), "");
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	VT_EQUAL(t, vdev_resume(f->v), 0);
	usleep_range(100, 100);
	VT_CHECK(t, flr.done && !flr.rc);
	VT_TEXT(t, fake_log(f), "portals reset 0 ");
	fake_free(f);
}

/* Its user goes, however it left it: the next one finds it as composed. */
static void renewed(struct vt *t)
{
	struct fake *f = used_device(t), *fresh = fake_prepare(t, "d16 d8", &fake_sva);
	struct vdev_portal_stats st;
	u8 desc[64] = {};
	u32 off;

	VT_EQUAL(t, vdev_portal_write(f->v, 0x40, desc, 32, 1), 0);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	VT_EQUAL(t, vdev_portal_write(f->v, 0, desc, 64, 1), 0);
	fake_log(f);
	vdev_renew(f->v);
	VT_TEXT(t, fake_log(f), "reset 0 untag 0 reset 1 release 0 portals ");
	VT_EQUAL(t, fake_create(fresh), 0);
	for (off = 0; off < VDEV_BAR0_SIZE; off += 4)
		VT_EQUAL(t, fake_reg(f, off), fake_reg(fresh, off));
	for (off = 0; off < VDEV_CONFIG_SIZE; off += 4)
		VT_EQUAL(t, fake_config(f, off, 4), fake_config(fresh, off, 4));
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	fake_enable(f);
	/* Neither what was kept nor what was begun. */
	VT_EQUAL(t, f->nr_descs, 0);
	VT_EQUAL(t, vdev_portal_write(f->v, 0x60, desc, 32, 1), 0);
	VT_EQUAL(t, f->nr_descs, 0);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	vdev_renew(f->v);
	vdev_leave(f->v);
	vdev_renew(f->v);
	VT_EQUAL(t, vdev_config_write(f->v, PCI_COMMAND, 2, PCI_COMMAND_MASTER), 0);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.forwarded, 0);
	fake_free(f);
	fake_free(fresh);
}

/* A state that was loaded and never went on: its handles are another host's, nobody's here. */
static void renewed_loaded(struct vt *t)
{
	struct fake *a = used_device(t), *b = fake_prepare(t, "d16 d8", &fake_sva);
	u8 *state = kmalloc(VDEV_STATE_MAX, GFP_KERNEL);
	long size;

	VT_EQUAL(t, vdev_pause(a->v), 0);
	size = vdev_save(a->v, state, VDEV_STATE_MAX);
	VT_CHECK(t, size > 0);
	b->pasid[b->nr_pasids++] = 5;
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_set_pasid(b->v, 8), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	fake_log(b);
	vdev_renew(b->v);
	VT_TEXT(t, fake_log(b), "portals ");
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	VT_EQUAL(t, vdev_resume(b->v), 0);
	VT_TEXT(t, fake_log(b), "tag 0 1005 enable 0 tag 1 8 enable 1 portals ");
	vdev_renew(b->v);
	VT_TEXT(t, fake_log(b), "reset 0 untag 0 reset 1 release 0 portals ");
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	fake_free(a);
	fake_free(b);
	kfree(state);
}

/* The PASID that everything rests on. */
static void default_pasid(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);

	VT_EQUAL(t, (u64)vdev_set_pasid(f->v, 0), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_set_pasid(f->v, DSA_PASID_MAX + 1), (u64)-EINVAL);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	fake_enable(f);
	VT_EQUAL(t, (u64)vdev_set_pasid(f->v, 8), (u64)-EBUSY);
	VT_EQUAL(t, f->slot[0].pasid, FAKE_PASID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 1), 0);
	VT_EQUAL(t, vdev_set_pasid(f->v, 8), 0);
	VT_EQUAL(t, f->slot[0].pasid, 8);
	fake_free(f);
}

const struct vt_case vt_reset_cases[] = {
	{"reset device: table 9-3", by_command},
	{"function level reset: table 9-3", by_function},
	{"reset WQ", by_queue},
	{"queues that refuse", one_refuses},
	{"draining, and a halt meanwhile", draining},
	{"active until the end", reset_is_active},
	{"function level reset and a command", reset_and_command},
	{"function level reset in a pause", reset_in_pause},
	{"the next user", renewed},
	{"the next user of a loaded one", renewed_loaded},
	{"default PASID", default_pasid},
	{},
};
