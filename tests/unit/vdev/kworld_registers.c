// SPDX-License-Identifier: GPL-2.0
// Cases: configuration space and BAR0, register by register; interrupts.
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include "tests/unit/vdev/kworld_fake.h"

/* ---- configuration space ---- */

static void config_image(struct vt *t)
{
	static const struct {
		u32 off, plain, sva;
	} rows[] = {
		{0x00, 0x0b258086, 0x0b258086},
		{0x04, 0x00100000, 0x00100000},
		{0x08, 0x08800000, 0x08800000},
		{0x0c, 0x00800000, 0x00800000},
		{0x10, 0x0000000c, 0x0000000c},
		{0x18, 0x0000000c, 0x0000000c},
		{0x2c, 0x20108086, 0x20108086},
		{0x34, 0x40, 0x40},
		{0x40, 0x00015011, 0x00015011},
		{0x44, 0x600, 0x600},
		{0x48, 0x700, 0x700},
		{0x50, 0x00920010, 0x00920010},
		{0x54, 0x10000000, 0x10000000},
		{0x74, 0, 0x00200000},
		{0x100, 0, 0x1101000f},
		{0x104, 0, 0x00000061},
		{0x110, 0, 0x12010013},
		{0x114, 0, 0x81000000},
		{0x118, 0, 1},
		{0x11c, 0, 0},
		{0x120, 0, 0x0001001b},
		{0x124, 0, 0x00001404},
	};
	struct fake *f;
	u32 s, i, off;

	for (s = 0; s < 2; s++) {
		f = fake_prepare(t, "d16", s ? &fake_sva : &fake_plain);
		VT_EQUAL(t, fake_create(f), 0);
		for (i = 0, off = 0; off < VDEV_CONFIG_SIZE; off += 4) {
			u32 want = 0;

			if (i < ARRAY_SIZE(rows) && rows[i].off == off) {
				want = s ? rows[i].sva : rows[i].plain;
				i++;
			}
			VT_EQUAL(t, fake_config(f, off, 4), want);
		}
		VT_EQUAL(t, i, ARRAY_SIZE(rows));
		fake_free(f);
	}
}

/* Every bit of every byte: what takes a one, what gives it up again. */
static void config_masks(struct vt *t)
{
	static const struct {
		u32 off, mask;
	} rows[] = {
		{0x04, 0x0146},	     {0x0c, 0xff},	  {0x10, 0xffffe000}, {0x14, 0xffffffff},
		{0x18, 0xffffe000},  {0x1c, 0xffffffff},  {0x3c, 0xff},	      {0x40, 0xc0000000},
		{0x58, 0x7fff},	     {0x104, 0x801f0000}, {0x114, 0x1},	      {0x11c, 0xffffffff},
		{0x124, 0x00050000},
	};
	struct fake *f = fake_prepare(t, "d16", &fake_sva);
	u32 i, off, reset, ones;

	VT_EQUAL(t, fake_create(f), 0);
	for (i = 0, off = 0; off < VDEV_CONFIG_SIZE; off += 4) {
		u32 mask = 0;

		if (i < ARRAY_SIZE(rows) && rows[i].off == off)
			mask = rows[i++].mask;
		reset = fake_config(f, off, 4);
		fake_config_put(f, off, 4, off == 0x58 ? 0x7fff : ~0u);
		ones = fake_config(f, off, 4);
		/* PRI starts without its status. */
		if (off == 0x114)
			ones |= PCI_PRI_STATUS_STOPPED << 16;
		VT_EQUAL(t, ones, reset | mask);
		fake_config_put(f, off, 4, 0);
		VT_EQUAL(t, fake_config(f, off, 4), reset & ~mask);
		fake_config_put(f, off, 4, reset);
	}
	VT_EQUAL(t, i, ARRAY_SIZE(rows));
	fake_free(f);
}

/* Sizing and moving, as a guest's PCI code does it. */
static void bars(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8 d4", &fake_plain);
	bool enabled;

	VT_EQUAL(t, vdev_bar_size(f->v, 0), 0x2000);
	VT_EQUAL(t, vdev_bar_size(f->v, 2), 0x10000);
	fake_config_put(f, 0x18, 4, ~0u);
	fake_config_put(f, 0x1c, 4, ~0u);
	VT_EQUAL(t, fake_config(f, 0x18, 4), 0xffff000c);
	VT_EQUAL(t, fake_config(f, 0x1c, 4), 0xffffffff);
	fake_config_put(f, 0x18, 4, 0x12345678);
	fake_config_put(f, 0x1c, 4, 0x9);
	VT_EQUAL(t, vdev_bar_addr(f->v, 2, &enabled), 0x912340000);
	VT_CHECK(t, enabled);
	/* Byte by byte too. */
	fake_config_put(f, 0x1a, 1, 0xab);
	VT_EQUAL(t, vdev_bar_addr(f->v, 2, &enabled), 0x912ab0000);
	fake_config_put(f, PCI_COMMAND, 1, 0);
	vdev_bar_addr(f->v, 2, &enabled);
	VT_CHECK(t, !enabled);
	fake_free(f);
}

/* PRI: stopped unless enabled, errors gone with the next start. */
static void pri_status(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	VT_EQUAL(t, fake_config(f, 0x116, 2), 0x8100);
	fake_config_put(f, 0x114, 2, PCI_PRI_CTRL_ENABLE | PCI_PRI_CTRL_RESET);
	VT_EQUAL(t, fake_config(f, 0x114, 2), PCI_PRI_CTRL_ENABLE);
	VT_EQUAL(t, fake_config(f, 0x116, 2), 0x8000);
	fake_config_put(f, 0x116, 2, 0xffff);
	VT_EQUAL(t, fake_config(f, 0x116, 2), 0x8000);
	fake_config_put(f, 0x114, 2, 0);
	VT_EQUAL(t, fake_config(f, 0x116, 2), 0x8100);
	fake_free(f);
}

/* Taking away what a working device needs halts it with error 0x51. */
static void violation(struct vt *t, u32 off, u32 val)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	fake_unmask(f);
	fake_put(f, DSA_REG_GENCTRL, DSA_GENCTRL_SWERROR_INT | DSA_GENCTRL_HALT_INT);
	fake_enable(f);
	fake_config_put(f, off, 2, val);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_HALT | DSA_RESET_FLR << 2);
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR), DSA_SWERR0_VALID | DSA_SWERR_PCI_CONFIG << 8);
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), DSA_INTCAUSE_SWERROR | DSA_INTCAUSE_HALT);
	VT_EQUAL(t, f->interrupts[0], 2);
	VT_TEXT(t, fake_log(f), "reset 0 ");
	/* Only a function level reset brings it back, and everything with it. */
	fake_config_put(f, 0x58, 2, PCI_EXP_DEVCTL_BCR_FLR);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_SWERROR), 0);
	VT_EQUAL(t, fake_config(f, PCI_COMMAND, 2), 0);
	VT_EQUAL(t, fake_config(f, 0x106, 2), 0);
	fake_free(f);
}

static void violations(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_sva);

	violation(t, PCI_COMMAND, PCI_COMMAND_MEMORY);
	violation(t, 0x106, 0);
	violation(t, 0x114, 0);
	violation(t, 0x126, 0);
	/* A device at rest may be changed; what stays the same is no change. */
	fake_functions(f);
	fake_config_put(f, 0x106, 2, 0);
	fake_config_put(f, PCI_COMMAND, 2, 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), 0);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	fake_enable(f);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	fake_config_put(f, 0x106, 2, PCI_ATS_CTRL_ENABLE | 3);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	fake_free(f);
}

static void config_sizes(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u32 val;

	VT_EQUAL(t, (u64)vdev_config_read(f->v, 1, 2, &val), (u64)-EINVAL);
	VT_EQUAL(t, val, ~0u);
	VT_EQUAL(t, (u64)vdev_config_read(f->v, 0, 8, &val), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_config_read(f->v, 4096, 1, &val), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_config_read(f->v, 0, 3, &val), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_config_write(f->v, 2, 4, 0), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_config_write(f->v, ~3u, 4, 0), (u64)-EINVAL);
	VT_EQUAL(t, fake_config(f, 4095, 1), 0);
	fake_free(f);
}

const struct vt_case vt_config_cases[] = {
	{"image", config_image},
	{"write masks", config_masks},
	{"BARs", bars},
	{"PRI status", pri_status},
	{"0x51 taking the bus, ATS, PRI, PASID", violations},
	{"sizes and alignment", config_sizes},
	{},
};

/* ---- BAR0 ---- */

static void capabilities(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);
	u32 i;

	VT_EQUAL(t, fake_reg(f, DSA_REG_VERSION), 0x100);
	/* No configuration, no message store, no multiplier; commands by capability, block on
	 * fault. */
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCAP), 0x015f0117);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCAP + 4), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_WQCAP), 24 | 2 << 16);
	VT_EQUAL(t, fake_reg(f, DSA_REG_WQCAP + 4), 3 << 16);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GRPCAP), 0x4001);
	VT_EQUAL(t, fake_reg(f, DSA_REG_ENGCAP), 2);
	VT_EQUAL(t, fake_reg(f, DSA_REG_OPCAP), 0x3f03ff);
	VT_EQUAL(t, fake_reg(f, DSA_REG_OPCAP + 4), 1);
	VT_EQUAL(t, fake_reg(f, DSA_REG_OFFSETS), 4 | 5 << 16);
	VT_EQUAL(t, fake_reg(f, DSA_REG_OFFSETS + 4), 3);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDCAP), 0xfffe);
	VT_EQUAL(t, fake_reg(f, 0x400), 3);
	VT_EQUAL(t, fake_reg(f, 0x400 + DSA_GRPCFG_ENGINES), 3);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, 0)), 16);
	VT_EQUAL(t, fake_reg(f, WQ_REG(1, 0)), 8);
	VT_EQUAL(t, fake_reg(f, WQ_REG(1, 1)), 6);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, 2)), 0x51);
	VT_EQUAL(t, fake_reg(f, WQ_REG(1, 2)), 0x50);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, 3)), 21 | 5 << 5);
	VT_EQUAL(t, fake_reg(f, WQ_REG(1, 6)), DSA_WQCFG6_MODE_SUPPORT);
	for (i = 0x1000; i < VDEV_BAR0_SIZE; i += 4)
		VT_EQUAL(t, fake_reg(f, i), 0);
	fake_free(f);
	/* Without PASIDs of its own: no block on fault, and what it is remains. */
	f = fake_prepare(t, "d16", &fake_plain);
	f->wq[0].facts.block_on_fault = true;
	VT_EQUAL(t, fake_create(f), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCAP) & DSA_GENCAP_BLOCK_ON_FAULT, 0);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, 2)), 0x51);
	VT_EQUAL(t, fake_reg(f, WQ_REG(0, 6)), 0);
	fake_free(f);
}

/* Which bits a guest can change at all, in a disabled and in an enabled device. */
static u32 writable(const struct fake *f, u32 off, bool enabled)
{
	u32 vectors = f->be.nr_wqs + 1, wq = (off - 0x500) / 32;

	if (off == DSA_REG_GENCFG)
		return enabled ? 0 : 0x10ff;
	if (off == DSA_REG_GENCTRL)
		return 3;
	if (off >= 0x300 && off < PERM_REG(vectors))
		return off & 4 ? 0 : 0xfffff00c;
	if (f->cfg.sva && off >= 0x500 && wq < f->be.nr_wqs && off == WQ_REG(wq, 2))
		return enabled ? 0 : 0x3fffff01;
	if (off >= 0x600 && off < ENTRY_REG(vectors))
		return (off & 15) == 0 ? 0xfffffffc : (off & 15) == 12 ? 1 : 0xffffffff;
	return 0;
}

static void masks_of(struct vt *t, const struct vdev_cfg *cfg, bool enabled)
{
	struct fake *f = fake_new(t, "d16 d8", cfg);
	u32 off, reset, mask;

	if (enabled)
		fake_enable(f);
	for (off = 0; off < VDEV_BAR0_SIZE; off += 4) {
		if (off == DSA_REG_CMD)
			continue;
		reset = fake_reg(f, off);
		mask = writable(f, off, enabled);
		fake_put(f, off, ~0u);
		VT_EQUAL(t, fake_reg(f, off), reset | mask);
		fake_put(f, off, 0);
		VT_EQUAL(t, fake_reg(f, off), reset & ~mask);
		fake_put(f, off, reset);
	}
	fake_free(f);
}

static void masks(struct vt *t)
{
	masks_of(t, &fake_plain, false);
	masks_of(t, &fake_plain, true);
	masks_of(t, &fake_sva, false);
	masks_of(t, &fake_sva, true);
}

static void sizes(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u64 val;

	VT_EQUAL(t, vdev_mmio_read(f->v, DSA_REG_GENCAP, 8, &val), 0);
	VT_EQUAL(t, val, 0x015f0116);
	VT_EQUAL(t, vdev_mmio_read(f->v, DSA_REG_GENCAP + 2, 2, &val), 0);
	VT_EQUAL(t, val, 0x15f);
	VT_EQUAL(t, vdev_mmio_read(f->v, DSA_REG_GENCAP + 1, 1, &val), 0);
	VT_EQUAL(t, val, 0x01);
	VT_EQUAL(t, (u64)vdev_mmio_read(f->v, 2, 4, &val), (u64)-EINVAL);
	VT_EQUAL(t, val, ~0ULL);
	VT_EQUAL(t, (u64)vdev_mmio_read(f->v, 0, 16, &val), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_read(f->v, VDEV_BAR0_SIZE, 4, &val), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, 0x83, 2, 0), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_mmio_write(f->v, ~7ULL, 8, 0), (u64)-EINVAL);
	VT_EQUAL(t, vdev_mmio_write(f->v, DSA_REG_GENCTRL, 1, 3), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCTRL), 3);
	VT_EQUAL(t, vdev_mmio_write(f->v, DSA_REG_GENCTRL + 1, 1, 0xff), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENCTRL), 3);
	/* Eight bytes are two registers. */
	VT_EQUAL(t, vdev_mmio_write(f->v, ENTRY_REG(0), 8, 0x1234567890abcdef), 0);
	VT_EQUAL(t, fake_reg(f, ENTRY_REG(0) + 4), 0x12345678);
	fake_free(f);
}

/* As many groups as fit are the guest's own; the engines are numbered through. */
static void groups(struct vt *t)
{
	struct fake *f = fake_prepare(t, "d16 d8 d4 d2 d1", &fake_plain);
	static const int group[] = {3, 1, 3, 0, 2};
	u32 i;

	for (i = 0; i < 5; i++)
		f->wq[i].facts.group = group[i];
	VT_EQUAL(t, fake_create(f), 0);
	VT_EQUAL(t, fake_reg(f, DSA_REG_GRPCAP) & 0xff, 4);
	VT_EQUAL(t, fake_reg(f, DSA_REG_ENGCAP), 8);
	VT_EQUAL(t, fake_reg(f, 0x400), 0x05);
	VT_EQUAL(t, fake_reg(f, 0x440), 0x02);
	VT_EQUAL(t, fake_reg(f, 0x480), 0x08);
	VT_EQUAL(t, fake_reg(f, 0x4c0), 0x10);
	VT_EQUAL(t, fake_reg(f, 0x420), 0x03);
	VT_EQUAL(t, fake_reg(f, 0x460), 0x0c);
	VT_EQUAL(t, fake_reg(f, 0x4e0), 0xc0);
	fake_free(f);
}

/* What cannot be composed says so, and takes nothing. */
static int compose(struct vt *t, const char *queues, const struct vdev_cfg *cfg, int group,
		   bool running)
{
	struct fake *f = fake_prepare(t, queues, cfg);
	u32 i, used = 0;
	int rc;

	for (i = 0; i < f->be.nr_wqs; i++) {
		f->wq[i].facts.group = group < 0 ? group : (int)i * group;
		if (!f->wq[i].facts.dedicated)
			f->wq[i].enabled = running;
	}
	rc = fake_create(f);
	if (!rc)
		vdev_destroy(f->v);
	for (i = 0; i < FAKE_SLOTS; i++)
		used += f->slot[i].used;
	VT_EQUAL(t, used, 0);
	kfree(f);
	return rc;
}

static void composing(struct vt *t)
{
	struct fake *f;

	VT_EQUAL(t, compose(t, "d1 d1 d1 d1 d1 d1 d1 d1", &fake_plain, 0, true), 0);
	VT_EQUAL(t, (u64)compose(t, "", &fake_plain, 0, true), (u64)-EINVAL);
	VT_EQUAL(t, (u64)compose(t, "d16", &fake_plain, -1, true), (u64)-EINVAL);
	VT_EQUAL(t, (u64)compose(t, "d0", &fake_plain, 0, true), (u64)-EINVAL);
	VT_EQUAL(t, (u64)compose(t, "s16", &fake_plain, 0, true), (u64)-EINVAL);
	VT_EQUAL(t, (u64)compose(t, "s16", &fake_sva, 0, false), (u64)-EINVAL);
	VT_EQUAL(t, (u64)compose(t, "d1 d1 d1 d1 d1", &fake_plain, 1, true), (u64)-E2BIG);
	f = fake_prepare(t, "d16", &fake_plain);
	f->fail = -ENOSPC;
	VT_EQUAL(t, (u64)fake_create(f), (u64)-ENOSPC);
	kfree(f);
}

const struct vt_case vt_register_cases[] = {
	{"capabilities and tables", capabilities},
	{"write masks", masks},
	{"sizes and alignment", sizes},
	{"groups", groups},
	{"what cannot be composed", composing},
	{},
};

/* ---- interrupts ---- */

static void masked(struct vt *t)
{
	struct fake *f = fake_new(t, "d16", &fake_plain);
	u64 addr;
	u32 data;

	/* Not enabled: nothing is even pending, and there is no message to post. */
	vdev_completion(f->v, 1);
	VT_EQUAL(t, (u64)vdev_message(f->v, 1, &addr, &data), (u64)-ENOENT);
	VT_EQUAL(t, fake_reg(f, 0x700), 0);
	VT_CHECK(t, f->slot[0].masked);
	fake_unmask(f);
	VT_CHECK(t, !f->slot[0].masked);
	VT_EQUAL(t, vdev_message(f->v, 1, &addr, &data), 0);
	VT_EQUAL(t, addr, 0xfee01000);
	VT_EQUAL(t, data, 0x41);
	VT_EQUAL(t, (u64)vdev_message(f->v, 2, &addr, &data), (u64)-ENOENT);
	vdev_completion(f->v, 1);
	VT_EQUAL(t, f->interrupts[1], 1);
	fake_put(f, ENTRY_REG(1) + 12, 1);
	/* Held back at the source; what was on its way is pending. */
	VT_CHECK(t, f->slot[0].masked);
	vdev_completion(f->v, 1);
	VT_EQUAL(t, f->interrupts[1], 1);
	VT_EQUAL(t, fake_reg(f, 0x700), 2);
	fake_put(f, ENTRY_REG(1) + 12, 0);
	VT_EQUAL(t, f->interrupts[1], 2);
	VT_EQUAL(t, fake_reg(f, 0x700), 0);
	/* The function's mask works for all. */
	fake_config_put(f, 0x42, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	vdev_completion(f->v, 1);
	VT_EQUAL(t, f->interrupts[1], 2);
	fake_config_put(f, 0x42, 2, PCI_MSIX_FLAGS_ENABLE);
	VT_EQUAL(t, f->interrupts[1], 3);
	/* A vector that is not there, and one whose permission says ignore. */
	vdev_completion(f->v, 0);
	vdev_completion(f->v, 2);
	fake_put(f, PERM_REG(1), DSA_MSIXPERM_IGNORE);
	vdev_completion(f->v, 1);
	VT_EQUAL(t, f->interrupts[1], 3);
	VT_EQUAL(t, f->interrupts[0], 0);
	fake_free(f);
}

/* New slots: the guest is told; "processed" waits for its work and fires every vector. */
static void revoked(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 d8", &fake_plain);

	fake_unmask(f);
	fake_enable(f);
	fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 2);
	VT_EQUAL(t, vdev_revoke_handles(f->v), 0);
	VT_TEXT(t, fake_log(f), "release 1 ");
	VT_EQUAL(t, fake_reg(f, DSA_REG_INTCAUSE), DSA_INTCAUSE_HANDLE_REVOKED);
	VT_EQUAL(t, f->interrupts[0], 1);
	/* The one that nobody knew stays; the other's new slot is tagged and open. */
	VT_CHECK(t, f->slot[0].used && !f->slot[1].used && f->slot[2].used);
	VT_CHECK(t, f->slot[2].vector == 2 && !f->slot[2].masked && f->slot[2].enable);
	VT_EQUAL(t, f->slot[2].pasid, FAKE_PASID);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 2), 0);
	VT_EQUAL(t, SPEC_GET(DSA_CMDSTS_RESULT, fake_reg(f, DSA_REG_CMDSTS)), 0x102);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_REVOKED_PROCESSED, 0), 0);
	VT_TEXT(t, fake_log(f), "drain 0 drain 1 ");
	VT_EQUAL(t, f->interrupts[1], 1);
	VT_EQUAL(t, f->interrupts[2], 1);
	/* None left: it keeps what it has. */
	f->fail = -ENOSPC;
	VT_EQUAL(t, (u64)vdev_revoke_handles(f->v), (u64)-ENOSPC);
	f->fail = 0;
	VT_CHECK(t, f->slot[2].used);
	fake_free(f);
}

const struct vt_case vt_interrupt_cases[] = {
	{"masks and pending bits", masked},
	{"revoked handles", revoked},
	{},
};
