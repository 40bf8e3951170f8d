/* SPDX-License-Identifier: GPL-2.0 */
/* Bit operations. One thread runs at a time, so the atomic ones need no lock prefix. */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/types.h>

#define BITS_TO_LONGS(nr) __KERNEL_DIV_ROUND_UP(nr, BITS_PER_LONG)
#define BITS_TO_U64(nr)	  __KERNEL_DIV_ROUND_UP(nr, 64)
#define BITS_TO_U32(nr)	  __KERNEL_DIV_ROUND_UP(nr, 32)
#define BITS_TO_BYTES(nr) __KERNEL_DIV_ROUND_UP(nr, 8)
#define BITS_PER_TYPE(t)  (sizeof(t) * BITS_PER_BYTE)

static inline void set_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD((unsigned long)nr)] |= BIT_MASK((unsigned long)nr);
}

static inline void clear_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD((unsigned long)nr)] &= ~BIT_MASK((unsigned long)nr);
}

static inline void change_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD((unsigned long)nr)] ^= BIT_MASK((unsigned long)nr);
}

static inline bool test_bit(long nr, const volatile unsigned long *addr)
{
	return (addr[BIT_WORD((unsigned long)nr)] >> ((unsigned long)nr % BITS_PER_LONG)) & 1;
}

static inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	set_bit(nr, addr);
	return old;
}

static inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	clear_bit(nr, addr);
	return old;
}

static inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	change_bit(nr, addr);
	return old;
}

#define __set_bit		set_bit
#define __clear_bit		clear_bit
#define __change_bit		change_bit
#define __test_and_set_bit	test_and_set_bit
#define __test_and_clear_bit	test_and_clear_bit
#define __test_and_change_bit	test_and_change_bit
#define clear_bit_unlock	clear_bit
#define test_and_set_bit_lock	test_and_set_bit
#define assign_bit(nr, addr, v) ((v) ? set_bit(nr, addr) : clear_bit(nr, addr))
#define __assign_bit		assign_bit

#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic()	barrier()

static __always_inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static __always_inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static __always_inline unsigned int fls_long(unsigned long l)
{
	return fls64(l);
}

static __always_inline unsigned long __ffs(unsigned long x)
{
	return __builtin_ctzl(x);
}

static __always_inline unsigned long __ffs64(u64 x)
{
	return __builtin_ctzll(x);
}

static __always_inline unsigned long __fls(unsigned long x)
{
	return 63 - __builtin_clzl(x);
}

#define ffs(x) __builtin_ffs(x)
#define ffz(x) __ffs(~(x))

static inline int get_bitmask_order(unsigned int count)
{
	return fls(count);
}

static inline unsigned int hweight8(unsigned int w)
{
	return __builtin_popcount(w & 0xff);
}

static inline unsigned int hweight16(unsigned int w)
{
	return __builtin_popcount(w & 0xffff);
}

static inline unsigned int hweight32(unsigned int w)
{
	return __builtin_popcount(w);
}

static inline unsigned long hweight64(u64 w)
{
	return __builtin_popcountll(w);
}

static inline unsigned long hweight_long(unsigned long w)
{
	return __builtin_popcountl(w);
}

static inline u32 rol32(u32 word, unsigned int shift)
{
	return (word << (shift & 31)) | (word >> ((-shift) & 31));
}

static inline u64 rol64(u64 word, unsigned int shift)
{
	return (word << (shift & 63)) | (word >> ((-shift) & 63));
}

static inline s64 sign_extend64(u64 value, int index)
{
	u8 shift = 63 - index;

	return (s64)(value << shift) >> shift;
}

static inline s32 sign_extend32(u32 value, int index)
{
	u8 shift = 31 - index;

	return (s32)(value << shift) >> shift;
}

#include <linux/find.h>

#endif
