/* SPDX-License-Identifier: GPL-2.0 */
/* What the compiler must and must not do: READ_ONCE, barriers, likely, address spaces. */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#include <linux/compiler_attributes.h>

#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __nocast
#define __bitwise
#define __private
#define __safe
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __read_mostly
#define __ro_after_init
#define __refdata
#define __sched
#define __latent_entropy
#define __randomize_layout
#define ____cacheline_aligned	     __attribute__((__aligned__(64)))
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define __counted_by(m)

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define barrier()     __asm__ __volatile__("" : : : "memory")
#define unreachable() __builtin_unreachable()

#define READ_ONCE(x)	 (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define data_race(x)	 (x)

#define __stringify_1(x...) #x
#define __stringify(x...)   __stringify_1(x)

#define ___PASTE(a, b) a##b
#define __PASTE(a, b)  ___PASTE(a, b)
#define __UNIQUE_ID(p) __PASTE(__PASTE(__UNIQUE_ID_, p), __COUNTER__)

#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r"(var) : "0"(var))

#define __same_type(a, b)  __builtin_types_compatible_p(typeof(a), typeof(b))
#define __must_be_array(a) BUILD_BUG_ON_ZERO(__same_type((a), &(a)[0]))
#define __is_constexpr(x)  (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x)*0l)) : (int *)8)))
#define statically_true(x) (__builtin_constant_p(x) && (x))

#include <linux/build_bug.h>

#endif
