// SPDX-License-Identifier: GPL-2.0
// Page faults, population, and the mapping of registers.
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "host-driver/kapi/mm_priv.h"
#include "sim/core/fiber.h"

void mm_delay(u64 ps)
{
	kernel_spend(ps);
}

static bool entry_good(u64 e, bool write)
{
	return (e & _PAGE_PRESENT) && (e & _PAGE_USER) && (!write || (e & _PAGE_RW));
}

/* Puts a fresh frame behind @e. A zero page that was there is replaced: its translations go first.
 */
static vm_fault_t install_frame(struct vm_area_struct *vma, unsigned long addr, u64 *e, bool write)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long size = 1ul << vma->page_shift;
	u64 pa = mm_frame_alloc(mm, vma->node, vma->page_shift, vma->scatter);
	u64 old = *e;

	if (!pa)
		return VM_FAULT_OOM;
	*e = mm_make_entry(vma, pa, _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0));
	if (mm_entry_used(old))
		mm_notify(mm, addr, addr + size);
	else
		mm->stat.resident_pages += size >> PAGE_SHIFT;
	return 0;
}

static void install_zero_page(struct vm_area_struct *vma, u64 *e, u64 zero)
{
	*e = mm_make_entry(vma, zero, _PAGE_SPECIAL | _PAGE_ACCESSED) & ~_PAGE_RW;
	vma->vm_mm->stat.resident_pages++;
}

static u64 fault_cost(const struct mm_costs *c, const struct vm_area_struct *vma, bool zero_page)
{
	u64 pages = 1ull << (vma->page_shift - PAGE_SHIFT);

	if (vma->vm_flags & VM_KAPI_FILE)
		return c->minor_fault_ps + c->major_fault_ps * pages;
	return c->minor_fault_ps + (zero_page ? 0 : c->zero_page_ps * pages);
}

static vm_fault_t driver_fault(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct vm_fault vmf = {.vma = vma,
			       .address = addr,
			       .pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT),
			       .flags = flags};

	if (!vma->vm_ops || !vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	if (!(flags & FAULT_FLAG_NOTIME))
		mm_delay(mm_kernel(vma->vm_mm->kernel)->costs.minor_fault_ps);
	return vma->vm_ops->fault(&vmf);
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned int want = mm_shift_level(vma->page_shift);
	bool write = flags & FAULT_FLAG_WRITE, file = vma->vm_flags & VM_KAPI_FILE, zero_page;
	vm_fault_t ret;
	u64 *e, zero = 0;

	addr &= ~((1ul << vma->page_shift) - 1);
	e = mm_walk_make(mm, addr, want);
	if (!e)
		return VM_FAULT_OOM;
	if (entry_good(*e, write))
		goto spurious;
	if (vma->vm_flags & (VM_PFNMAP | VM_IO))
		return driver_fault(vma, addr, flags);

	zero_page = !write && !file && vma->page_shift == PAGE_SHIFT;
	if (!(flags & FAULT_FLAG_NOTIME))
		mm_delay(fault_cost(&mm_kernel(mm->kernel)->costs, vma, zero_page) +
			 (flags & FAULT_FLAG_REMOTE ? mm_kernel(mm->kernel)->costs.remote_fault_ps
						    : 0));
	/* Another thread may have been faster. */
	if (entry_good(*e, write))
		goto spurious;
	if (zero_page)
		zero = mm_zero_page(mm);
	if (zero) {
		install_zero_page(vma, e, zero);
	} else {
		ret = install_frame(vma, addr, e, write);
		if (ret)
			return ret;
	}
	if (file)
		mm->stat.major_faults++;
	else
		mm->stat.minor_faults++;
	return file ? VM_FAULT_MAJOR : 0;

spurious:
	*e |= _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);
	return 0;
}

static bool vma_allows(const struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & (write ? VM_WRITE : VM_READ | VM_WRITE | VM_EXEC);
}

int mm_touch(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags)
{
	bool write = flags & FAULT_FLAG_WRITE;
	struct vm_area_struct *vma;
	unsigned int level;
	unsigned long end;
	vm_fault_t ret;
	int err = 0;
	u64 *e;

	if (!len)
		return 0;
	if (addr >= mm->task_size || len > mm->task_size - addr)
		return -EFAULT;
	end = addr + len;
	mmap_read_lock(mm);
	while (addr < end && !err) {
		e = mm_walk(mm, addr, &level);
		if (!entry_good(*e, write)) {
			vma = vma_lookup(mm, addr);
			if (!vma || !vma_allows(vma, write)) {
				err = -EFAULT;
				break;
			}
			ret = handle_mm_fault(vma, addr, flags);
			if (ret & VM_FAULT_ERROR)
				err = ret & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
			level = mm_shift_level(vma->page_shift);
		} else {
			*e |= _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);
		}
		addr = (addr | ((1ul << mm_level_shift(level)) - 1)) + 1;
	}
	mmap_read_unlock(mm);
	return err;
}

/*
 * A zero page in a writable mapping becomes memory. Not when a device shares the address space: it
 * may have cached the entry and telling it takes time; then the first write does it.
 */
static void populate_writable(struct vm_area_struct *vma, unsigned long addr, u64 *e)
{
	const u64 zero = _PAGE_PRESENT | _PAGE_SPECIAL;

	if ((*e & zero) == zero && (vma->vm_flags & VM_WRITE) && list_empty(&vma->vm_mm->notifiers))
		install_frame(vma, addr, e, true);
}

/* Frames on their way into entries. */
struct bulk {
	u64 pa, left;
	u64 want; /* entries that may still need one */
};

/* Fills the 4 KiB entries of [addr, end), all in one table, that are absent. */
static int populate_table(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
			  struct bulk *b)
{
	struct mm_struct *mm = vma->vm_mm;
	u64 *e = mm_walk_make(mm, addr, 1), *last;
	u64 bits;

	if (!e)
		return -ENOMEM;
	bits = mm_make_entry(vma, 0, _PAGE_ACCESSED | (vma->vm_flags & VM_WRITE ? _PAGE_DIRTY : 0));
	for (last = e + ((end - addr) >> PAGE_SHIFT); e < last; e++, addr += PAGE_SIZE, b->want--) {
		if (mm_entry_used(*e)) {
			populate_writable(vma, addr, e);
			continue;
		}
		if (vma->scatter) {
			b->pa = mm_frame_alloc(mm, vma->node, PAGE_SHIFT, true);
			b->left = 1;
		} else if (!b->left) {
			b->pa = mm_frame_run(mm, vma->node, b->want, &b->left);
		}
		if (!b->pa) {
			b->left = 0;
			return -ENOMEM;
		}
		*e = b->pa | bits;
		mm->stat.resident_pages++;
		b->pa += PAGE_SIZE;
		b->left--;
	}
	return 0;
}

static int populate_small(struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	struct bulk b = {.want = (end - addr) >> PAGE_SHIFT};
	unsigned long to;
	int err = 0;

	for (; addr < end && !err; addr = to) {
		to = min(end, (addr | (PMD_SIZE - 1)) + 1);
		err = populate_table(vma, addr, to, &b);
	}
	/* Frames for entries that turned out to be there. */
	if (b.left)
		mm_frame_run_back(vma->vm_mm, vma->node, b.left);
	return err;
}

static int populate_vma(struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	unsigned long size = 1ul << vma->page_shift;
	vm_fault_t ret;

	if (vma->vm_flags & (VM_PFNMAP | VM_IO))
		return 0;
	if (vma->page_shift == PAGE_SHIFT)
		return populate_small(vma, addr, end);
	for (addr &= ~(size - 1); addr < end; addr += size) {
		ret = handle_mm_fault(vma, addr,
				      FAULT_FLAG_NOTIME |
					      (vma->vm_flags & VM_WRITE ? FAULT_FLAG_WRITE : 0));
		if (ret & VM_FAULT_ERROR)
			return -ENOMEM;
	}
	return 0;
}

int mm_populate_now(struct mm_struct *mm, unsigned long addr, unsigned long len, bool write)
{
	struct vm_area_struct *vma;
	unsigned long end, to;
	int err;

	if (!len)
		return 0;
	if (addr >= mm->task_size || len > mm->task_size - addr)
		return -EFAULT;
	end = PAGE_ALIGN(addr + len);
	for (addr &= PAGE_MASK; addr < end; addr = to) {
		vma = vma_lookup(mm, addr);
		if (!vma || !vma_allows(vma, write))
			return -EFAULT;
		to = min(end, vma->vm_end);
		err = populate_vma(vma, addr, to);
		if (err)
			return err;
	}
	return 0;
}

static int remap(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		 unsigned long size, pgprot_t prot, u64 flags)
{
	unsigned long end = addr + PAGE_ALIGN(size);
	u64 *e;

	if ((addr & ~PAGE_MASK) || !size || size > vma->vm_end - vma->vm_start ||
	    addr < vma->vm_start || end > vma->vm_end || vma->page_shift != PAGE_SHIFT ||
	    pfn > (PTE_PFN_MASK >> PAGE_SHIFT) - (size >> PAGE_SHIFT))
		return -EINVAL;
	vma->vm_flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
	for (; addr < end; addr += PAGE_SIZE, pfn++) {
		e = mm_walk_make(vma->vm_mm, addr, 1);
		if (!e)
			return -ENOMEM;
		if (mm_entry_used(*e))
			return -EINVAL;
		*e = ((u64)pfn << PAGE_SHIFT) | pgprot_val(prot) | _PAGE_SPECIAL | flags;
		vma->vm_mm->stat.resident_pages++;
	}
	return 0;
}

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot)
{
	const u64 nc = _PAGE_PCD | _PAGE_PWT;

	/* Uncached memory is registers: 6.1's own drivers use both calls for portals. */
	return remap(vma, addr, pfn, size, prot, pgprot_val(prot) & nc ? _PAGE_IOMAP : 0);
}

int io_remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		       unsigned long size, pgprot_t prot)
{
	return remap(vma, addr, pfn, size, prot, _PAGE_IOMAP);
}

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	u64 *e = mm_walk_make(vma->vm_mm, addr, 1);

	if (!e)
		return VM_FAULT_OOM;
	if (addr < vma->vm_start || addr >= vma->vm_end || !(vma->vm_flags & VM_PFNMAP))
		return VM_FAULT_SIGBUS;
	/* Another thread may have been faster. */
	if (!mm_entry_used(*e)) {
		*e = ((u64)pfn << PAGE_SHIFT) | pgprot_val(vma->vm_page_prot) | _PAGE_SPECIAL |
		     _PAGE_IOMAP;
		vma->vm_mm->stat.resident_pages++;
	}
	return VM_FAULT_NOPAGE;
}

void zap_vma_ptes(struct vm_area_struct *vma, unsigned long address, unsigned long size)
{
	struct mm_gather g;

	if (address < vma->vm_start || address + size > vma->vm_end || !(vma->vm_flags & VM_PFNMAP))
		return;
	mm_gather_init(&g, vma->vm_mm);
	mm_clear_range(&g, address, address + size);
	mm_gather_finish(&g);
}
