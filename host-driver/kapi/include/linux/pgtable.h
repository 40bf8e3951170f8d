/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64 page-table format, which the IOMMU's first stage shares, and page protections. */
#ifndef _LINUX_PGTABLE_H
#define _LINUX_PGTABLE_H

#include <asm/page.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#define _PAGE_PRESENT  (1ull << 0)
#define _PAGE_RW       (1ull << 1)
#define _PAGE_USER     (1ull << 2)
#define _PAGE_PWT      (1ull << 3)
#define _PAGE_PCD      (1ull << 4)
#define _PAGE_ACCESSED (1ull << 5)
#define _PAGE_DIRTY    (1ull << 6)
#define _PAGE_PSE      (1ull << 7)
#define _PAGE_PROTNONE                                                                             \
	(1ull << 8)		  /* of a non-present entry: the page is there, no access allowed */
#define _PAGE_SPECIAL (1ull << 9) /* the frame is not the mapping's to free */
#define _PAGE_IOMAP   (1ull << 11) /* the frame is a device register, not memory */
#define _PAGE_NX      (1ull << 63)
#define PTE_PFN_MASK  0x000ffffffffff000ull

#define pgprot_noncached(prot)	  __pgprot(pgprot_val(prot) | _PAGE_PCD | _PAGE_PWT)
#define pgprot_writecombine(prot) __pgprot(pgprot_val(prot) | _PAGE_PWT)

/* Protection bits of a mapping with @vm_flags. */
pgprot_t vm_get_page_prot(unsigned long vm_flags);

#endif
