// SPDX-License-Identifier: GPL-2.0
// What docs/vdev.md says about registers, configuration space and commands, asked of the device.
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/string.h>
#include "tests/unit/vdev/kworld_fake.h"

__printf(2, 3) static void line(struct vt *t, const char *fmt, ...)
{
	size_t n = strlen(t->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->text + n, sizeof(t->text) - n, fmt, args);
	va_end(args);
}

/* ---- bits that take a write ---- */

struct place {
	u32 off;
	const char *name;
};

/* Bits that can be set, in @rw, and those that a one clears, in @w1c. */
struct bits {
	u32 reset, rw, w1c;
};

static struct bits probe_register(struct fake *f, u32 off)
{
	struct bits b = {.reset = fake_reg(f, off)};

	fake_put(f, off, ~0u);
	b.rw = fake_reg(f, off) & ~b.reset;
	fake_put(f, off, 0);
	b.rw |= b.reset & ~fake_reg(f, off);
	fake_put(f, off, b.reset);
	return b;
}

static struct bits probe_config(struct fake *f, u32 off)
{
	/* Without the function level reset. */
	u32 ones = off == 0x58 ? ~(u32)PCI_EXP_DEVCTL_BCR_FLR : ~0u;
	struct bits b = {.reset = fake_config(f, off, 4)};

	fake_config_put(f, off, 4, ones);
	b.rw = fake_config(f, off, 4) & ~b.reset;
	fake_config_put(f, off, 4, 0);
	b.rw |= b.reset & ~fake_config(f, off, 4);
	fake_config_put(f, off, 4, b.reset);
	return b;
}

static void bits_cell(struct vt *t, u32 bits)
{
	if (bits)
		line(t, " %#x |", bits);
	else
		line(t, " - |");
}

/* ---- BAR0 ---- */

static const struct place registers[] = {
	{DSA_REG_VERSION, "VERSION"},
	{DSA_REG_GENCAP, "GENCAP"},
	{DSA_REG_GENCAP + 4, "GENCAP, high"},
	{DSA_REG_WQCAP, "WQCAP"},
	{DSA_REG_WQCAP + 4, "WQCAP, high"},
	{DSA_REG_GRPCAP, "GRPCAP"},
	{DSA_REG_ENGCAP, "ENGCAP"},
	{DSA_REG_OPCAP, "OPCAP, first dword"},
	{DSA_REG_OFFSETS, "OFFSETS"},
	{DSA_REG_OFFSETS + 4, "OFFSETS, second dword"},
	{DSA_REG_GENCFG, "GENCFG"},
	{DSA_REG_GENCTRL, "GENCTRL"},
	{DSA_REG_GENSTS, "GENSTS"},
	{DSA_REG_CMDSTS, "CMDSTS"},
	{DSA_REG_CMDCAP, "CMDCAP"},
	{PERM_REG(1), "MSI-X permission 1"},
	{0x400, "GRPCFG 0: queues"},
	{0x400 + DSA_GRPCFG_ENGINES, "GRPCFG 0: engines"},
	{WQ_REG(0, 0), "WQCFG 0: size"},
	{WQ_REG(0, 1), "WQCFG 0: threshold"},
	{WQ_REG(0, 2), "WQCFG 0: mode, PASID"},
	{WQ_REG(0, 3), "WQCFG 0: limits"},
	{WQ_REG(0, 6), "WQCFG 0: state"},
	{WQ_REG(1, 2), "WQCFG 1: mode, PASID"},
	{ENTRY_REG(1), "MSI-X entry 1: address"},
	{ENTRY_REG(1) + 4, "address, high"},
	{ENTRY_REG(1) + 8, "data"},
	{ENTRY_REG(1) + 12, "control"},
	{0x700, "pending bits"},
};

void vt_table_registers(struct vt *t)
{
	struct fake *plain = fake_new(t, "d16 d8", &fake_plain);
	struct fake *sva = fake_new(t, "d16 s8", &fake_sva), *on = fake_new(t, "d16 s8", &fake_sva);
	u32 i;

	fake_enable(on);
	line(t, "| offset | register | without PASIDs: reads | writable | with PASIDs: reads | "
		"writable | while enabled |\n|---|---|---|---|---|---|---|\n");
	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		struct bits p = probe_register(plain, registers[i].off);
		struct bits s = probe_register(sva, registers[i].off);
		struct bits e = probe_register(on, registers[i].off);

		line(t, "| %#x | %s | %#x |", registers[i].off, registers[i].name, p.reset);
		bits_cell(t, p.rw);
		line(t, " %#x |", s.reset);
		bits_cell(t, s.rw);
		bits_cell(t, e.rw);
		line(t, "\n");
	}
	fake_free(plain);
	fake_free(sva);
	fake_free(on);
}

/* ---- configuration space ---- */

static const struct place config[] = {
	{0x00, "vendor, device"},
	{0x04, "command, status"},
	{0x08, "class, revision"},
	{0x0c, "cache line, header type"},
	{0x10, "BAR 0: registers"},
	{0x18, "BAR 2: portals"},
	{0x2c, "subsystem"},
	{0x34, "capabilities"},
	{0x3c, "interrupt line, pin"},
	{0x40, "MSI-X: control"},
	{0x44, "MSI-X: table"},
	{0x48, "MSI-X: pending bits"},
	{0x50, "PCI Express"},
	{0x54, "device capabilities"},
	{0x58, "device control, status"},
	{0x74, "device capabilities 2"},
	{0x100, "ATS"},
	{0x104, "ATS: capability, control"},
	{0x110, "PRI"},
	{0x114, "PRI: control, status"},
	{0x118, "PRI: capacity"},
	{0x11c, "PRI: allocation"},
	{0x120, "PASID"},
	{0x124, "PASID: capability, control"},
};

void vt_table_config(struct vt *t)
{
	struct fake *plain = fake_prepare(t, "d16", &fake_plain);
	struct fake *sva = fake_prepare(t, "d16", &fake_sva);
	u32 i;

	VT_EQUAL(t, fake_create(plain), 0);
	VT_EQUAL(t, fake_create(sva), 0);
	line(t, "| offset | what | without PASIDs: reads | writable | with PASIDs: reads | "
		"writable |\n|---|---|---|---|---|---|\n");
	for (i = 0; i < ARRAY_SIZE(config); i++) {
		struct bits p = probe_config(plain, config[i].off);
		struct bits s = probe_config(sva, config[i].off);

		line(t, "| %#x | %s | %#x |", config[i].off, config[i].name, p.reset);
		bits_cell(t, p.rw);
		line(t, " %#x |", s.reset);
		bits_cell(t, s.rw);
		line(t, "\n");
	}
	fake_free(plain);
	fake_free(sva);
}

/* ---- commands ---- */

static const struct {
	u32 code, operand;
	const char *name;
	bool needs_device, needs_queue;
} commands[] = {
	{DSA_CMD_ENABLE_DEVICE, 0, "enable device", false, false},
	{DSA_CMD_ENABLE_WQ, 0, "enable WQ", true, false},
	{DSA_CMD_DRAIN_ALL, 0, "drain all", true, true},
	{DSA_CMD_ABORT_ALL, 0, "abort all", true, true},
	{DSA_CMD_DRAIN_WQ, 1, "drain WQ", true, true},
	{DSA_CMD_ABORT_WQ, 1, "abort WQ", true, true},
	{DSA_CMD_DISABLE_WQ, 1, "disable WQ", true, true},
	{DSA_CMD_RESET_WQ, 1, "reset WQ", true, true},
	{DSA_CMD_DRAIN_PASID, 5, "drain PASID (5)", true, true},
	{DSA_CMD_ABORT_PASID, 5, "abort PASID (5)", true, true},
	{DSA_CMD_REQUEST_INT_HANDLE, 1, "request interrupt handle", true, true},
	{DSA_CMD_RELEASE_INT_HANDLE, 0x100, "release interrupt handle", true, true},
	{DSA_CMD_REVOKED_PROCESSED, 0, "revoked handles processed", true, true},
	{DSA_CMD_DISABLE_DEVICE, 0, "disable device", true, true},
	{DSA_CMD_RESET_DEVICE, 0, "reset device", true, true},
};

static void effect(struct vt *t, const char *queues, const struct vdev_cfg *cfg, u32 i)
{
	struct fake *f = fake_new(t, queues, cfg);
	const char *log;

	if (cfg->sva)
		f->pasid[f->nr_pasids++] = 5;
	if (cfg->sva)
		fake_functions(f);
	if (commands[i].needs_queue)
		fake_enable(f);
	else if (commands[i].needs_device)
		VT_EQUAL(t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	if (!f->wq[0].facts.dedicated && !commands[i].needs_queue)
		fake_put(f, WQ_REG(0, DSA_WQCFG_DW_MODE), DSA_WQCFG2_PASID_EN);
	if (commands[i].code == DSA_CMD_RELEASE_INT_HANDLE)
		VT_EQUAL(t, fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	fake_log(f);
	VT_EQUAL(t, fake_cmd(f, commands[i].code, commands[i].operand), 0);
	log = fake_log(f);
	line(t, " %.*s |", *log ? (int)strlen(log) - 1 : 1, *log ? log : "-");
	fake_free(f);
}

void vt_table_commands(struct vt *t)
{
	const struct vdev_cfg whole = {.sva = true, .drain_whole_queue = true};
	u32 i;

	line(t, "| code | command | dedicated queue | share | share, as in 2022 |\n"
		"|---|---|---|---|---|\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		line(t, "| %u | %s |", commands[i].code, commands[i].name);
		effect(t, "d16", &fake_plain, i);
		effect(t, "s16", &fake_sva, i);
		effect(t, "s16", &whole, i);
		line(t, "\n");
	}
}
