/* SPDX-License-Identifier: GPL-2.0 */
/* Powers of two; constant arguments stay constant expressions. */
#ifndef _LINUX_LOG2_H
#define _LINUX_LOG2_H

#include <linux/types.h>

static __always_inline int __kapi_ilog2(u64 n)
{
	return n ? 63 - __builtin_clzll(n) : -1;
}

static __always_inline unsigned long __kapi_roundup_pow2(unsigned long n)
{
	return n <= 1 ? 1 : 1ul << (__kapi_ilog2(n - 1) + 1);
}

#define __kapi_const_ilog2(n) ((n) == 0 ? -1 : 63 - __builtin_clzll((u64)(n) | !(n)))

#define ilog2(n) (__builtin_constant_p(n) ? __kapi_const_ilog2(n) : __kapi_ilog2(n))
#define roundup_pow_of_two(n)                                                                      \
	(__builtin_constant_p(n) ? ((n) <= 1 ? 1ul : 1ul << (__kapi_const_ilog2((n)-1) + 1))       \
				 : __kapi_roundup_pow2(n))
#define rounddown_pow_of_two(n) (1ul << ilog2(n))

static inline __attribute_const__ bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

#define order_base_2(n) ((n) > 1 ? ilog2((n)-1) + 1 : 0)

static inline __attribute_const__ unsigned int bits_per(unsigned long n)
{
	return n < 2 ? 1 : ilog2(n) + 1;
}

#endif
