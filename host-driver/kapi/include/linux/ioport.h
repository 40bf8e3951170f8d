/* SPDX-License-Identifier: GPL-2.0 */
/* Ranges of the physical address space. */
#ifndef _LINUX_IOPORT_H
#define _LINUX_IOPORT_H

#include <linux/types.h>

struct resource {
	resource_size_t start;
	resource_size_t end; /* inclusive */
	const char *name;
	unsigned long flags;
	struct resource *parent;
};

#define IORESOURCE_BITS	     0x000000ff
#define IORESOURCE_IO	     0x00000100
#define IORESOURCE_MEM	     0x00000200
#define IORESOURCE_PREFETCH  0x00002000
#define IORESOURCE_SIZEALIGN 0x00040000
#define IORESOURCE_MEM_64    0x00100000
#define IORESOURCE_DISABLED  0x10000000
#define IORESOURCE_UNSET     0x20000000 /* no address yet */
#define IORESOURCE_BUSY	     0x80000000 /* a driver has it */

static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}
static inline unsigned long resource_type(const struct resource *res)
{
	return res->flags & (IORESOURCE_IO | IORESOURCE_MEM);
}

#endif
