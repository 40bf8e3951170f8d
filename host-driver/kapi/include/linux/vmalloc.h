/* SPDX-License-Identifier: GPL-2.0 */
/* Large allocations; the direct map is contiguous here, so they are kvmalloc. */
#ifndef _LINUX_VMALLOC_H
#define _LINUX_VMALLOC_H

#include <linux/slab.h>

#define vmalloc(size)		 kvmalloc(size, GFP_KERNEL)
#define vzalloc(size)		 kvzalloc(size, GFP_KERNEL)
#define vmalloc_node(size, node) kvmalloc_node(size, GFP_KERNEL, node)
#define vzalloc_node(size, node) kvzalloc_node(size, GFP_KERNEL, node)
#define vmalloc_user(size)	 alloc_pages_exact(PAGE_ALIGN(size), GFP_KERNEL | __GFP_ZERO)
#define vfree(p)		 kfree(p)

#endif
