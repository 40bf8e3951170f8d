/* SPDX-License-Identifier: GPL-2.0 */
/* Modules: init and exit calls per kernel instance; the rest only records. */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/types.h>

#define module_init(fn) __kapi_initcall(fn, NULL, 6)
#define module_exit(fn) __kapi_initcall(NULL, fn, 6)

#define MODULE_LICENSE(x)
#define MODULE_AUTHOR(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_VERSION(x)
#define MODULE_ALIAS(x)
#define MODULE_IMPORT_NS(x)
#define MODULE_SOFTDEP(x)
#define MODULE_FIRMWARE(x)
#define MODULE_DEVICE_TABLE(type, name)

/* Modules are never unloaded behind a user's back. */
static inline bool try_module_get(struct module *module)
{
	return true;
}

static inline void module_put(struct module *module)
{
}

static inline void __module_get(struct module *module)
{
}

#endif
