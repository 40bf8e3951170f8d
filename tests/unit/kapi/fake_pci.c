// SPDX-License-Identifier: GPL-2.0
// A PCI function behind a fake bus.
#include <stdio.h>
#include <string.h>
#include "fake_pci.h"
#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_pci.h"
#include "sim/core/fiber.h"

#define ROUND_TRIP (300 * PS_PER_NS)

static void put(struct fake_fn *f, u32 off, u32 width, u64 val, u64 mask)
{
	for (u32 i = 0; i < width; i++) {
		f->cfg[off + i] = (u8)(val >> (8 * i));
		f->mask[off + i] = (u8)(mask >> (8 * i));
	}
}

static void caps(struct fake_fn *f)
{
	put(f, 0x40, 4, 0x00928010, 0);	 /* PCIe v2, RCiEP, next 80 */
	put(f, 0x44, 4, 0x10008022, 0);	 /* FLR */
	put(f, 0x48, 2, 0x2910, 0x7fff); /* the reset bit reads 0 */
	put(f, 0x64, 4, 0x10730810, 0);	 /* end-to-end prefix */
	put(f, 0x68, 2, 0, 0x1410);
	put(f, 0x80, 2, 0x9011, 0); /* MSI-X, next 90 */
	put(f, 0x82, 2, FAKE_VECTORS - 1, 0xc000);
	put(f, 0x84, 4, FAKE_MSIX_TABLE, 0);
	put(f, 0x88, 4, 0x3000, 0);
	put(f, 0x90, 4, 0x00030001, 0); /* PM, end */
	put(f, 0x94, 2, 0x0008, 0x0003);
	put(f, 0x100, 4, 0x15020001, 0); /* AER, next 150 */
	put(f, 0x108, 4, 0x00400000, ~0u);
	put(f, 0x150, 4, 0x17010018, 0); /* LTR, next 170 */
	put(f, 0x154, 4, 0, 0x1fff1fff);
	put(f, 0x170, 4, 0x20010002, 0); /* VC, next 200 */
	put(f, 0x174, 4, 0x00000001, 0); /* one more channel */
	put(f, 0x184, 4, 0x800000ff, 0x000000fe);
	put(f, 0x190, 4, 0x01000000, 0x800000ff);
	put(f, 0x200, 4, 0x22010023, 0); /* DVSEC, next 220 */
	put(f, 0x204, 4, 0x01808086, 0);
	put(f, 0x208, 2, 0x0005, 0);
	put(f, 0x220, 4, 0x2301000f, 0); /* ATS, next 230 */
	put(f, 0x224, 2, 0x0060, 0);
	put(f, 0x226, 2, 0, 0x801f);
	put(f, 0x230, 4, 0x2401001b, 0); /* PASID, next 240 */
	put(f, 0x234, 2, 0x1404, 0);
	put(f, 0x236, 2, 0, 0x0005);
	put(f, 0x240, 4, 0x00010013, 0); /* PRI, end */
	put(f, 0x244, 2, 0, 0x0001);
	put(f, 0x246, 2, 0x8100, 0);
	put(f, 0x248, 4, 0x200, 0);
	put(f, 0x24c, 4, 0, ~0u);
}

void fake_fn_init(struct fake_bus *b, u32 i, u32 bdf, u64 bar0)
{
	struct fake_fn *f = &b->fn[i];

	memset(f, 0, sizeof(*f));
	f->bdf = bdf;
	f->present = true;
	f->bar_size[0] = 0x10000;
	f->bar_size[1] = 0x20000;
	put(f, 0x00, 4, DSA_PCI_DEVICE_SPR << 16 | DSA_PCI_VENDOR, 0);
	put(f, 0x04, 2, 0, 0x0146);
	put(f, 0x06, 2, 0x0010, 0);
	put(f, 0x08, 4, DSA_PCI_CLASS << 8, 0);
	put(f, 0x2c, 4, 0x00018086, 0);
	put(f, 0x34, 1, 0x40, 0);
	for (u32 n = 0; n < FAKE_BARS; n++) {
		u64 at = bar0 ? bar0 + n * 0x20000 : 0;

		if (f->bar_size[n])
			put(f, 0x10 + 8 * n, 8, at | 0xc, ~(f->bar_size[n] - 1));
	}
	caps(f);
	memcpy(f->reset, f->cfg, sizeof(f->cfg));
	/* A reset clears the BARs. */
	for (u32 n = 0; n < FAKE_BARS; n++)
		if (f->bar_size[n])
			memcpy(f->reset + 0x10 + 8 * n, "\x0c\0\0\0\0\0\0", 8);
	for (u32 v = 0; v < FAKE_VECTORS; v++)
		f->bar0[FAKE_MSIX_TABLE + 16 * v + 12] = 1;
}

u32 fake_cfg(const struct fake_bus *b, u32 i, u32 off, u32 width)
{
	u32 val = 0;

	memcpy(&val, b->fn[i].cfg + off, width);
	return val;
}

static struct fake_fn *find(struct fake_bus *b, u32 bdf)
{
	for (u32 i = 0; i < 2; i++)
		if (b->fn[i].present && b->fn[i].bdf == bdf)
			return &b->fn[i];
	return NULL;
}

static void note(struct fake_bus *b, char kind, u32 off, u64 val)
{
	size_t used = strlen(b->trace);

	snprintf(b->trace + used, sizeof(b->trace) - used, "%c%x=%llx ", kind, off, val);
}

static u32 cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct fake_bus *b = ctx;
	struct fake_fn *f = find(b, bdf);
	u32 val = 0;

	fiber_sleep(ROUND_TRIP);
	if (off & (width - 1) || off + width > 4096)
		b->bad_accesses++;
	if (!f)
		return ~0u;
	if (f->busy_reads) {
		f->busy_reads--;
		return ~0u;
	}
	memcpy(&val, f->cfg + off, width);
	return val;
}

static void reset(struct fake_fn *f)
{
	memcpy(f->cfg, f->reset, sizeof(f->cfg));
	memset(f->bar0, 0, sizeof(f->bar0));
	for (u32 v = 0; v < FAKE_VECTORS; v++)
		f->bar0[FAKE_MSIX_TABLE + 16 * v + 12] = 1;
	f->flrs++;
	f->busy_reads = 3;
}

static void cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct fake_bus *b = ctx;
	struct fake_fn *f = find(b, bdf);

	fiber_sleep(ROUND_TRIP);
	if (!f)
		return;
	note(b, 'c', off, val);
	for (u32 i = 0; i < width; i++) {
		u8 m = f->mask[off + i];

		f->cfg[off + i] = (u8)((f->cfg[off + i] & ~m) | ((u8)(val >> (8 * i)) & m));
	}
	if (off == 0x48 && width == 2 && val & 0x8000)
		reset(f);
}

/* The function whose registers lie at @pa, and where. */
static struct fake_fn *decode(struct fake_bus *b, u64 pa, u64 *off)
{
	for (u32 i = 0; i < 2; i++) {
		struct fake_fn *f = &b->fn[i];
		u64 base;

		memcpy(&base, f->cfg + 0x10, 8);
		base &= ~0xfull;
		if (f->present && f->cfg[4] & 2 && pa >= base && pa - base < sizeof(f->bar0)) {
			*off = pa - base;
			return f;
		}
	}
	b->bad_accesses++;
	return NULL;
}

static u64 mmio_read(void *ctx, u64 pa, u32 width)
{
	struct fake_fn *f;
	u64 off, val = 0;

	fiber_sleep(ROUND_TRIP);
	f = decode(ctx, pa, &off);
	if (!f)
		return ~0ull;
	memcpy(&val, f->bar0 + off, width);
	return val;
}

static void mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct fake_fn *f;
	u64 off;

	f = decode(ctx, pa, &off);
	if (!f)
		return;
	note(ctx, 'm', (u32)off, val);
	memcpy(f->bar0 + off, &val, width);
}

const struct kbus_ops fake_bus_ops = {
	.cfg_read = cfg_read,
	.cfg_write = cfg_write,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
};

bool fake_fn_interrupt(struct fake_bus *b, u32 i, u32 vector)
{
	struct fake_fn *f = &b->fn[i];
	u32 entry[4];
	u16 ctrl;

	memcpy(&ctrl, f->cfg + 0x82, 2);
	memcpy(entry, f->bar0 + FAKE_MSIX_TABLE + 16 * vector, 16);
	if ((ctrl & 0xc000) != 0x8000 || entry[3] & 1 || !(f->cfg[4] & 4))
		return false;
	if (entry[0] >> 20 != 0xfee || entry[1])
		return false;
	kernel_irq(b->k, (entry[0] >> 12 & 0xff) << 8 | (entry[2] & 0xff));
	return true;
}
