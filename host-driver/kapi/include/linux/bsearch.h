/* SPDX-License-Identifier: GPL-2.0 */
/* Binary search (lib/bsearch.c). */
#ifndef _LINUX_BSEARCH_H
#define _LINUX_BSEARCH_H

#include <linux/sort.h>

void *bsearch(const void *key, const void *base, size_t num, size_t size,
	      cmp_func_t cmp) __asm__("kapi_bsearch");

#endif
