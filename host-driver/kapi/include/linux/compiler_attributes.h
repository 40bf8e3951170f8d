/* SPDX-License-Identifier: GPL-2.0 */
/* Compiler attributes by their kernel names. */
#ifndef _LINUX_COMPILER_ATTRIBUTES_H
#define _LINUX_COMPILER_ATTRIBUTES_H

#define __always_unused	    __attribute__((__unused__))
#define __maybe_unused	    __attribute__((__unused__))
#define __packed	    __attribute__((__packed__))
#define __aligned(x)	    __attribute__((__aligned__(x)))
#define __printf(a, b)	    __attribute__((__format__(printf, a, b)))
#define __scanf(a, b)	    __attribute__((__format__(scanf, a, b)))
#define __must_check	    __attribute__((__warn_unused_result__))
#define __pure		    __attribute__((__pure__))
#define __attribute_const__ __attribute__((__const__))
#define __noreturn	    __attribute__((__noreturn__))
#define __section(s)	    __attribute__((__section__(s)))
#define __used		    __attribute__((__used__))
#define __weak		    __attribute__((__weak__))
#define __cold		    __attribute__((__cold__))
#define __malloc	    __attribute__((__malloc__))
#define __deprecated
#define __cleanup(f) __attribute__((__cleanup__(f)))
#define __visible

#undef noinline
#undef __always_inline
#define noinline	__attribute__((__noinline__))
#define __always_inline inline __attribute__((__always_inline__))

#if __has_attribute(__fallthrough__)
#define fallthrough __attribute__((__fallthrough__))
#else
#define fallthrough                                                                                \
	do {                                                                                       \
	} while (0)
#endif

#endif
