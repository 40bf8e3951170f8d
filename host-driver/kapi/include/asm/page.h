/* SPDX-License-Identifier: GPL-2.0 */
/* Pages and addresses. The direct map is host memory: a pointer is phys_base + physical address. */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <linux/const.h>
#include <linux/types.h>

struct page;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define PMD_SHIFT   21
#define PMD_SIZE    (_AC(1, UL) << PMD_SHIFT)
#define PMD_MASK    (~(PMD_SIZE - 1))
#define PUD_SHIFT   30
#define PUD_SIZE    (_AC(1, UL) << PUD_SHIFT)
#define PUD_MASK    (~(PUD_SIZE - 1))
#define HPAGE_SHIFT PMD_SHIFT
#define HPAGE_SIZE  PMD_SIZE

#define PAGE_ALIGN(addr)      __ALIGN_KERNEL(addr, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(addr) ((addr)&PAGE_MASK)
#define PAGE_ALIGNED(addr)    (((unsigned long)(addr) & (PAGE_SIZE - 1)) == 0)
#define offset_in_page(p)     ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_UP(x)	      (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	      ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x)	      ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x)	      ((unsigned long)((x) >> PAGE_SHIFT))

/* In the current kernel. Addresses outside its RAM are a bug (virt_to_phys) or NULL (the others).
 */
phys_addr_t virt_to_phys(const volatile void *addr);
void *phys_to_virt(phys_addr_t pa);
bool virt_addr_valid(const void *addr);
bool pfn_valid(unsigned long pfn);
struct page *pfn_to_page(unsigned long pfn);
unsigned long page_to_pfn(const struct page *page);
void *page_address(const struct page *page);
struct page *virt_to_page(const void *addr);

#define virt_to_pfn(x)	  PHYS_PFN(virt_to_phys(x))
#define __pa(x)		  virt_to_phys((const void *)(x))
#define __va(x)		  phys_to_virt(x)
#define page_to_phys(p)	  PFN_PHYS(page_to_pfn(p))
#define phys_to_page(pa)  pfn_to_page(PHYS_PFN(pa))
#define page_to_virt(p)	  page_address(p)
#define virt_to_head_page virt_to_page
#define clear_page(p)	  memset(p, 0, PAGE_SIZE)
#define copy_page(d, s)	  memcpy(d, s, PAGE_SIZE)

static inline int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 : 64 - __builtin_clzl((size - 1) >> PAGE_SHIFT);
}

#endif
