/* SPDX-License-Identifier: GPL-2.0 */
/* Exported symbols: everything is linked together here. */
#ifndef _LINUX_EXPORT_H
#define _LINUX_EXPORT_H

#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)
#define EXPORT_SYMBOL_NS_GPL(sym, ns)
#define EXPORT_SYMBOL_NS(sym, ns)

struct module;
#define THIS_MODULE ((struct module *)0)

#endif
