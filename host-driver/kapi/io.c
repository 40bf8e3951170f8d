// SPDX-License-Identifier: GPL-2.0
/* Device memory: accesses go to the kernel's bus interface; plain RAM pointers work as well. */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

static bool is_iomem(const volatile void __iomem *addr)
{
	return ((unsigned long)addr & KAPI_IOMEM_MASK) == KAPI_IOMEM_TAG;
}

u64 kapi_iomem_phys(const volatile void __iomem *addr)
{
	return (unsigned long)addr & ~KAPI_IOMEM_MASK;
}

void __iomem *ioremap(resource_size_t offset, size_t size)
{
	u64 last = offset + size - 1;

	if (!size || last < offset || last & KAPI_IOMEM_MASK)
		return NULL;
	return (void __iomem *)(KAPI_IOMEM_TAG | offset);
}

void iounmap(volatile void __iomem *addr)
{
	WARN(addr && !is_iomem(addr), "iounmap of %px, which ioremap did not give\n",
	     (const void *)addr);
}

void *memremap(resource_size_t offset, size_t size, unsigned long flags)
{
	struct kernel *k = kapi_kernel();
	u8 *p = k->cfg.phys_base + offset;

	if (!size || offset + size < offset || !kapi_in_ram(k, p) || !kapi_in_ram(k, p + size - 1))
		return NULL;
	return p;
}

void memunmap(void *addr)
{
}

/* Device registers are naturally aligned; anything else would be split by a real processor. */
static bool access_ok_here(struct kapi_frame *f, const volatile void __iomem *addr, u32 width)
{
	if (WARN(!f->k->cfg.bus, "device access without a bus\n"))
		return false;
	return !WARN((unsigned long)addr & (width - 1), "unaligned device access: %px, width %u\n",
		     (const void *)addr, width);
}

u64 kapi_io_read(const volatile void __iomem *addr, u32 width)
{
	struct kapi_frame *f;
	u64 val;

	if (!is_iomem(addr)) {
		switch (width) {
		case 1:
			return *(const volatile u8 *)addr;
		case 2:
			return *(const volatile u16 *)addr;
		case 4:
			return *(const volatile u32 *)addr;
		default:
			return *(const volatile u64 *)addr;
		}
	}
	f = kapi_frame_here();
	if (!access_ok_here(f, addr, width))
		return ~0ull;
	val = f->k->cfg.bus->mmio_read(f->k->cfg.bus_ctx, kapi_iomem_phys(addr), width);
	kapi_check_alive(f);
	return val;
}

void kapi_io_write(volatile void __iomem *addr, u32 width, u64 val)
{
	struct kapi_frame *f;

	if (!is_iomem(addr)) {
		switch (width) {
		case 1:
			*(volatile u8 *)addr = val;
			return;
		case 2:
			*(volatile u16 *)addr = val;
			return;
		case 4:
			*(volatile u32 *)addr = val;
			return;
		default:
			*(volatile u64 *)addr = val;
			return;
		}
	}
	f = kapi_frame_here();
	if (!access_ok_here(f, addr, width))
		return;
	f->k->cfg.bus->mmio_write(f->k->cfg.bus_ctx, kapi_iomem_phys(addr), width, val);
	kapi_check_alive(f);
}

void movdir64b(void __iomem *dst, const void *src)
{
	struct kapi_frame *f;

	if (!is_iomem(dst)) {
		memcpy((void *)dst, src, 64);
		return;
	}
	f = kapi_frame_here();
	if (!access_ok_here(f, dst, 64))
		return;
	f->k->cfg.bus->mmio_write64(f->k->cfg.bus_ctx, kapi_iomem_phys(dst), src);
	kapi_check_alive(f);
}

static int enqueue(void __iomem *dst, const void *src, bool user)
{
	struct kapi_frame *f = kapi_frame_here();
	const struct kbus_ops *bus = f->k->cfg.bus;
	int rc;

	/* Ordinary memory does not answer an enqueue: the processor reports retry. */
	if (!is_iomem(dst) || !access_ok_here(f, dst, 64))
		return -EAGAIN;
	rc = (user && bus->enqcmd_user ? bus->enqcmd_user : bus->mmio_enqcmd64)(
		f->k->cfg.bus_ctx, kapi_iomem_phys(dst), src);
	kapi_check_alive(f);
	return rc > 0 ? -EAGAIN : rc;
}

int enqcmds(void __iomem *dst, const void *src)
{
	return enqueue(dst, src, false);
}

int kapi_enqcmd(void __iomem *dst, const void *src)
{
	return enqueue(dst, src, true);
}

/* As memcpy would on a processor: the widest aligned pieces. */
static u32 piece(unsigned long addr, size_t n)
{
	u32 w = 8;

	while ((addr & (w - 1)) || w > n)
		w >>= 1;
	return w;
}

void memcpy_fromio(void *dst, const volatile void __iomem *src, size_t n)
{
	u8 *d = dst;

	while (n) {
		u32 w = piece((unsigned long)src, n);
		u64 val = kapi_io_read(src, w);

		memcpy(d, &val, w);
		d += w;
		src += w;
		n -= w;
	}
}

void memcpy_toio(volatile void __iomem *dst, const void *src, size_t n)
{
	const u8 *s = src;

	while (n) {
		u32 w = piece((unsigned long)dst, n);
		u64 val = 0;

		memcpy(&val, s, w);
		kapi_io_write(dst, w, val);
		s += w;
		dst += w;
		n -= w;
	}
}

void memset_io(volatile void __iomem *dst, int c, size_t n)
{
	u64 val = (u8)c * 0x0101010101010101ull;

	while (n) {
		u32 w = piece((unsigned long)dst, n);

		kapi_io_write(dst, w, w == 8 ? val : val & ((1ull << w * 8) - 1));
		dst += w;
		n -= w;
	}
}

void __iowrite32_copy(void __iomem *to, const void *from, size_t count)
{
	const u32 *s = from;

	for (size_t i = 0; i < count; i++)
		writel(s[i], to + i * 4);
}

void __iowrite64_copy(void __iomem *to, const void *from, size_t count)
{
	const u64 *s = from;

	for (size_t i = 0; i < count; i++)
		writeq(s[i], to + i * 8);
}
