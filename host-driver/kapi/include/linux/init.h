/* SPDX-License-Identifier: GPL-2.0 */
/* Init and exit calls: collected in a section, run once per kernel instance. */
#ifndef _LINUX_INIT_H
#define _LINUX_INIT_H

#include <linux/compiler.h>
#include <linux/types.h>

#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata
#define __exit_p(x) x
#define __devinit

typedef int (*initcall_t)(void);
typedef void (*exitcall_t)(void);

struct kapi_initcall {
	initcall_t init; /* one of the two */
	exitcall_t exit;
	int level;
	const char *file;
};

#define __kapi_initcall(fn, ex, lvl)                                                               \
	static const struct kapi_initcall __PASTE(__kapi_call_, __LINE__) = {fn, ex, lvl,          \
									     __FILE__};            \
	static const struct kapi_initcall *const __PASTE(__kapi_callp_, __LINE__)                  \
		__used __section("kapi_initcalls") = &__PASTE(__kapi_call_, __LINE__)

#define core_initcall(fn)   __kapi_initcall(fn, NULL, 1)
#define arch_initcall(fn)   __kapi_initcall(fn, NULL, 3)
#define subsys_initcall(fn) __kapi_initcall(fn, NULL, 4)
#define fs_initcall(fn)	    __kapi_initcall(fn, NULL, 5)
#define device_initcall(fn) __kapi_initcall(fn, NULL, 6)
#define late_initcall(fn)   __kapi_initcall(fn, NULL, 7)

#endif
