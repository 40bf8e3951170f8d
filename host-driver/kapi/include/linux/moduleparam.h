/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters keep their defaults: a scenario configures through other doors. */
#ifndef _LINUX_MODULEPARAM_H
#define _LINUX_MODULEPARAM_H

#include <linux/compiler.h>
#include <linux/types.h>

#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_named(name, value, type, perm)                                                \
	static const void *const __PASTE(__kapi_param_, name) __used = &(value)
#define MODULE_PARM_DESC(name, desc)

#endif
