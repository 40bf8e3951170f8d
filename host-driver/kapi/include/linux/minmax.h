/* SPDX-License-Identifier: GPL-2.0 */
/* min, max, clamp and swap, each argument evaluated once. */
#ifndef _LINUX_MINMAX_H
#define _LINUX_MINMAX_H

#include <linux/compiler.h>

#define __kapi_cmp(op, T, x, y)                                                                    \
	({                                                                                         \
		T __a = (x);                                                                       \
		T __b = (y);                                                                       \
		__a op __b ? __a : __b;                                                            \
	})

/* As in the kernel, both sides must have one type (constants excepted by the compiler's promotion).
 */
#define __kapi_cmp_same(op, x, y)                                                                  \
	({                                                                                         \
		typeof(x) __x1 = (x);                                                              \
		typeof(y) __y1 = (y);                                                              \
		(void)(&__x1 == &__y1);                                                            \
		__x1 op __y1 ? __x1 : __y1;                                                        \
	})

/* Constants give a constant expression, so that they may size an array. */
#define __kapi_careful(op, x, y)                                                                   \
	__builtin_choose_expr(__is_constexpr(x) && __is_constexpr(y) && __same_type(x, y),         \
			      ((x)op(y) ? (x) : (y)), __kapi_cmp_same(op, x, y))

#define min(x, y)	      __kapi_careful(<, x, y)
#define max(x, y)	      __kapi_careful(>, x, y)
#define min3(x, y, z)	      min((typeof(x))min(x, y), z)
#define max3(x, y, z)	      max((typeof(x))max(x, y), z)
#define min_t(T, x, y)	      __kapi_cmp(<, T, x, y)
#define max_t(T, x, y)	      __kapi_cmp(>, T, x, y)
#define clamp(v, lo, hi)      min((typeof(v))max(v, lo), hi)
#define clamp_t(T, v, lo, hi) min_t(T, max_t(T, v, lo), hi)
#define clamp_val(v, lo, hi)  clamp_t(typeof(v), v, lo, hi)

#define min_not_zero(x, y)                                                                         \
	({                                                                                         \
		typeof(x) __mx = (x);                                                              \
		typeof(y) __my = (y);                                                              \
		__mx == 0 ? __my : (__my == 0 ? __mx : min(__mx, __my));                           \
	})

#define swap(a, b)                                                                                 \
	do {                                                                                       \
		typeof(a) __swap_tmp = (a);                                                        \
		(a) = (b);                                                                         \
		(b) = __swap_tmp;                                                                  \
	} while (0)

#endif
