/* SPDX-License-Identifier: GPL-2.0 */
/* readl and its family (arch/x86/include/asm/io.h). */
#ifndef _ASM_IO_H
#define _ASM_IO_H

#include <asm/page.h>
#include <asm/special_insns.h>
#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Pointers from ioremap() carry this tag over the physical address; the accessors send those to
 * the bus and take anything else as a pointer to RAM. A read blocks for its round trip.
 */
#define KAPI_IOMEM_TAG	0xe000000000000000ul
#define KAPI_IOMEM_MASK 0xfff0000000000000ul

u64 kapi_io_read(const volatile void __iomem *addr, u32 width);
void kapi_io_write(volatile void __iomem *addr, u32 width, u64 val);
/* The physical address behind a pointer from ioremap(). */
u64 kapi_iomem_phys(const volatile void __iomem *addr);

/* NULL when the range is empty, wraps or lies beyond 52 bits. */
void __iomem *ioremap(resource_size_t offset, size_t size);
#define ioremap_wc    ioremap
#define ioremap_cache ioremap
#define ioremap_uc    ioremap
#define ioremap_np    ioremap
void iounmap(volatile void __iomem *addr);

#define __KAPI_IO(name, width, type)                                                               \
	static inline type read##name(const volatile void __iomem *addr)                           \
	{                                                                                          \
		return (type)kapi_io_read(addr, width);                                            \
	}                                                                                          \
	static inline void write##name(type val, volatile void __iomem *addr)                      \
	{                                                                                          \
		kapi_io_write(addr, width, val);                                                   \
	}
__KAPI_IO(b, 1, u8)
__KAPI_IO(w, 2, u16)
__KAPI_IO(l, 4, u32)
__KAPI_IO(q, 8, u64)
#undef __KAPI_IO

#define readb_relaxed	readb
#define readw_relaxed	readw
#define readl_relaxed	readl
#define readq_relaxed	readq
#define writeb_relaxed	writeb
#define writew_relaxed	writew
#define writel_relaxed	writel
#define writeq_relaxed	writeq
#define __raw_readl	readl
#define __raw_readq	readq
#define __raw_writel	writel
#define __raw_writeq	writeq
#define ioread8(a)	((unsigned int)readb(a))
#define ioread16(a)	((unsigned int)readw(a))
#define ioread32(a)	readl(a)
#define ioread64(a)	readq(a)
#define ioread64_lo_hi	ioread64
#define iowrite8(v, a)	writeb(v, a)
#define iowrite16(v, a) writew(v, a)
#define iowrite32(v, a) writel(v, a)
#define iowrite64(v, a) writeq(v, a)
#define iowrite64_lo_hi iowrite64

void memcpy_fromio(void *dst, const volatile void __iomem *src, size_t n);
void memcpy_toio(volatile void __iomem *dst, const void *src, size_t n);
void memset_io(volatile void __iomem *dst, int c, size_t n);
void __iowrite32_copy(void __iomem *to, const void *from, size_t count);
void __iowrite64_copy(void __iomem *to, const void *from, size_t count);

/* @count pieces of 64 bytes, each by MOVDIR64B to the same place. */
static inline void iosubmit_cmds512(void __iomem *dst, const void *src, size_t count)
{
	const u8 *from = src;

	for (; count; count--, from += 64)
		movdir64b(dst, from);
}

#endif
