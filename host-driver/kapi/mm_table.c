// SPDX-License-Identifier: GPL-2.0
// Page tables of processes: x86-64 format in the kernel's RAM, walked by CPU and IOMMU alike.
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "host-driver/kapi/mm_priv.h"

u64 *mm_walk(const struct mm_struct *mm, unsigned long addr, unsigned int *level)
{
	u64 table = mm->pgd;
	unsigned int l = mm->levels;
	u64 *e;

	for (;;) {
		e = mm_table(mm, table) + mm_level_index(addr, l);
		if (l == 1 || !(*e & _PAGE_PRESENT) || (*e & _PAGE_PSE))
			break;
		table = *e & PTE_PFN_MASK;
		l--;
	}
	*level = l;
	return e;
}

u64 *mm_walk_make(struct mm_struct *mm, unsigned long addr, unsigned int level)
{
	u64 table = mm->pgd;
	unsigned int l;
	u64 *e;

	for (l = mm->levels; l > level; l--) {
		e = mm_table(mm, table) + mm_level_index(addr, l);
		if (!mm_entry_used(*e)) {
			table = mm_table_alloc(mm);
			if (!table)
				return NULL;
			*e = table | _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED;
			continue;
		}
		if (*e & (_PAGE_PSE | _PAGE_PROTNONE))
			return NULL;
		table = *e & PTE_PFN_MASK;
	}
	return mm_table(mm, table) + mm_level_index(addr, level);
}

u64 mm_make_entry(const struct vm_area_struct *vma, u64 pa, u64 flags)
{
	u64 e = pa | pgprot_val(vma->vm_page_prot) | flags;

	if (vma->page_shift > PAGE_SHIFT)
		e |= _PAGE_PSE;
	return e;
}

pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	u64 p = _PAGE_NX;

	if (!(vm_flags & (VM_READ | VM_WRITE | VM_EXEC)))
		return __pgprot(p | _PAGE_PROTNONE);
	p |= _PAGE_PRESENT | _PAGE_USER;
	if (vm_flags & VM_WRITE)
		p |= _PAGE_RW;
	if (vm_flags & VM_EXEC)
		p &= ~_PAGE_NX;
	return __pgprot(p);
}

static void table_free_below(struct mm_struct *mm, u64 table, unsigned int level)
{
	u64 *e = mm_table(mm, table);
	unsigned int i;

	if (level > 1)
		for (i = 0; i < 512; i++)
			if ((e[i] & _PAGE_PRESENT) && !(e[i] & _PAGE_PSE))
				table_free_below(mm, e[i] & PTE_PFN_MASK, level - 1);
	mm_table_free(mm, table);
}

void mm_tables_free(struct mm_struct *mm)
{
	if (mm->pgd)
		table_free_below(mm, mm->pgd, mm->levels);
	mm->pgd = 0;
}

/* Calls @fn for every used leaf entry of [addr, end); tables that are absent are stepped over. */
typedef void leaf_fn(struct mm_gather *g, u64 *e, unsigned long addr, unsigned int level,
		     const void *arg);

static void for_each_leaf(struct mm_gather *g, unsigned long addr, unsigned long end, leaf_fn *fn,
			  const void *arg)
{
	struct mm_struct *mm = g->mm;
	unsigned int level;
	unsigned long size;
	u64 *e;

	while (addr < end) {
		e = mm_walk(mm, addr, &level);
		size = 1ul << mm_level_shift(level);
		addr &= ~(size - 1);
		if (!mm_entry_used(*e) && level > 1) {
			addr += size;
			continue;
		}
		/* The rest of one table without walking again. */
		do {
			if (mm_entry_used(*e) && (level == 1 || (*e & _PAGE_PSE)))
				fn(g, e, addr, level, arg);
			else if (mm_entry_used(*e))
				break;
			addr += size;
			e++;
		} while (addr < end && mm_level_index(addr, level));
	}
}

static void clear_leaf(struct mm_gather *g, u64 *e, unsigned long addr, unsigned int level,
		       const void *arg)
{
	unsigned long size = 1ul << mm_level_shift(level);
	u64 old = *e;

	*e = 0;
	mm_gather_range(g, addr, size);
	g->mm->stat.resident_pages -= size >> PAGE_SHIFT;
	if (!(old & _PAGE_SPECIAL))
		mm_gather_frames(g, old & PTE_PFN_MASK & ~(u64)(size - 1), size >> PAGE_SHIFT);
}

void mm_clear_range(struct mm_gather *g, unsigned long addr, unsigned long end)
{
	for_each_leaf(g, addr, end, clear_leaf, NULL);
}

static void protect_leaf(struct mm_gather *g, u64 *e, unsigned long addr, unsigned int level,
			 const void *arg)
{
	const u64 rights = _PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_RW | _PAGE_USER | _PAGE_NX;
	const struct vm_area_struct *vma = arg;
	u64 new = (*e & ~rights) | (pgprot_val(vma->vm_page_prot) & rights);

	/* The zero page stays read-only: the write fault replaces it. */
	if ((new &_PAGE_SPECIAL) && !(new &_PAGE_IOMAP) && !(vma->vm_flags & VM_PFNMAP))
		new &= ~_PAGE_RW;
	if (new == *e)
		return;
	*e = new;
	mm_gather_range(g, addr, 1ul << mm_level_shift(level));
}

void mm_protect_range(struct mm_gather *g, const struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end)
{
	for_each_leaf(g, addr, end, protect_leaf, vma);
}

static bool entry_allows(u64 e, bool write)
{
	return (e & _PAGE_PRESENT) && (e & _PAGE_USER) && (!write || (e & _PAGE_RW));
}

int mm_resolve(const struct mm_struct *mm, unsigned long addr, unsigned long len, bool write,
	       u64 *pa, u64 *run)
{
	unsigned long at, end, size;
	u64 first = 0, frame, io = 0;
	unsigned int level = 1;
	u64 *e = NULL;

	if (!len)
		return -EINVAL;
	if (addr >= mm->task_size || !mm->pgd)
		return -EFAULT;
	end = addr + min_t(u64, len, mm->task_size - addr);
	for (at = addr; at < end; at = (at | (size - 1)) + 1) {
		if (!e || !mm_level_index(at, level))
			e = mm_walk(mm, at, &level);
		else if (!(*++e & _PAGE_PSE) && level > 1)
			e = mm_walk(mm, at, &level);
		size = 1ul << mm_level_shift(level);
		if (!entry_allows(*e, write))
			break;
		frame = (*e & PTE_PFN_MASK & ~(u64)(size - 1)) + (at & (size - 1));
		if (at == addr) {
			first = frame;
			io = *e & _PAGE_IOMAP;
		}
		if (frame != first + (at - addr) || (*e & _PAGE_IOMAP) != io)
			break;
	}
	if (at == addr)
		return -EFAULT;
	if (pa)
		*pa = first;
	if (run)
		*run = min(at, end) - addr;
	return 0;
}

int mm_access(const struct mm_struct *mm, unsigned long addr, void *buf, unsigned long len,
	      bool write)
{
	unsigned int level;
	u64 pa, run;
	int err;

	while (len) {
		err = mm_resolve(mm, addr, len, write, &pa, &run);
		if (err)
			return err;
		/* A run is all memory or all registers. */
		if (*mm_walk(mm, addr, &level) & _PAGE_IOMAP)
			return -EFAULT;
		if (write)
			memcpy(mm->phys + pa, buf, run);
		else
			memcpy(buf, mm->phys + pa, run);
		addr += run;
		buf = (u8 *)buf + run;
		len -= run;
	}
	return 0;
}
