/* SPDX-License-Identifier: GPL-2.0 */
/* Device memory: an ioremap()ed pointer is a tagged number that only these functions take. */
#ifndef _LINUX_IO_H
#define _LINUX_IO_H

#include <asm/io.h>
#include <linux/err.h>
#include <linux/types.h>

#define MEMREMAP_WB (1 << 0)
#define MEMREMAP_WT (1 << 1)
#define MEMREMAP_WC (1 << 2)

void *memremap(resource_size_t offset, size_t size, unsigned long flags);
void memunmap(void *addr);

#endif
