/* SPDX-License-Identifier: GPL-2.0 */
/* Integer arithmetic. */
#ifndef _LINUX_MATH_H
#define _LINUX_MATH_H

#include <linux/types.h>
#include <linux/const.h>

#define round_up(x, y)		  ((((x)-1) | ((typeof(x))((y)-1))) + 1)
#define round_down(x, y)	  ((x) & ~((typeof(x))((y)-1)))
#define DIV_ROUND_UP(n, d)	  __KERNEL_DIV_ROUND_UP(n, d)
#define DIV_ROUND_UP_ULL(ll, d)	  (((unsigned long long)(ll) + (d)-1) / (d))
#define DIV_ROUND_DOWN_ULL(ll, d) ((unsigned long long)(ll) / (d))
#define roundup(x, y)                                                                              \
	({                                                                                         \
		typeof(y) __y = (y);                                                               \
		(((x) + (__y - 1)) / __y) * __y;                                                   \
	})
#define rounddown(x, y)                                                                            \
	({                                                                                         \
		typeof(x) __x = (x);                                                               \
		__x - (__x % (y));                                                                 \
	})
#define DIV_ROUND_CLOSEST(x, d)                                                                    \
	({                                                                                         \
		typeof(x) __x = (x);                                                               \
		typeof(d) __d = (d);                                                               \
		(((typeof(x))-1) > 0 || ((typeof(d))-1) > 0 || (__x > 0) == (__d > 0))             \
			? ((__x + (__d / 2)) / __d)                                                \
			: ((__x - (__d / 2)) / __d);                                               \
	})
#define abs(x) __builtin_choose_expr(sizeof(x) > sizeof(int), __kapi_absll(x), __builtin_abs(x))
#define abs_diff(a, b)                                                                             \
	({                                                                                         \
		typeof(a) __a = (a);                                                               \
		typeof(b) __b = (b);                                                               \
		__a > __b ? __a - __b : __b - __a;                                                 \
	})

static inline long long __kapi_absll(long long x)
{
	return x < 0 ? -(unsigned long long)x : x;
}

static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return (u32)(((u64)val * ep_ro) >> 32);
}

#endif
