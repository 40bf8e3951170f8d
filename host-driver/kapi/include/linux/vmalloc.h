/* SPDX-License-Identifier: GPL-2.0 */
/* Large allocations; the direct map is contiguous here, so they are kmalloc. */
#ifndef _LINUX_VMALLOC_H
#define _LINUX_VMALLOC_H

#include <linux/slab.h>

#define vmalloc(size)		 kmalloc(size, GFP_KERNEL)
#define vzalloc(size)		 kzalloc(size, GFP_KERNEL)
#define vmalloc_node(size, node) kmalloc_node(size, GFP_KERNEL, node)
#define vzalloc_node(size, node) kzalloc_node(size, GFP_KERNEL, node)
#define vmalloc_user(size)	 alloc_pages_exact(PAGE_ALIGN(size), GFP_KERNEL | __GFP_ZERO)
#define vfree(p)		 kfree(p)

#endif
