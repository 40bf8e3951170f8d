// SPDX-License-Identifier: GPL-2.0
// Mappings of a process: the sorted list, splitting, map, unmap, protect, discard.
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/kapi/kapi.h"
#include "host-driver/kapi/mm_priv.h"

/* Index of the first mapping that ends above @addr. */
static u32 vma_index(const struct mm_struct *mm, unsigned long addr)
{
	u32 lo = 0, hi = mm->nr_vmas, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (mm->vmas[mid]->vm_end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	u32 i = vma_index(mm, addr);

	return i < mm->nr_vmas ? mm->vmas[i] : NULL;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

/* Room for @more entries: what follows then cannot fail half-way. */
static int vma_reserve(struct mm_struct *mm, u32 more)
{
	struct vm_area_struct **v;
	u32 cap = mm->cap_vmas;

	if (mm->nr_vmas + more > MM_MAP_COUNT_MAX)
		return -ENOMEM;
	if (mm->nr_vmas + more <= cap)
		return 0;
	cap = max(cap * 2, mm->nr_vmas + more + 6);
	v = kmalloc_array(cap, sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	if (mm->nr_vmas)
		memcpy(v, mm->vmas, mm->nr_vmas * sizeof(*v));
	kfree(mm->vmas);
	mm->vmas = v;
	mm->cap_vmas = cap;
	return 0;
}

static void vma_insert(struct mm_struct *mm, struct vm_area_struct *vma)
{
	u32 i = vma_index(mm, vma->vm_start);

	memmove(&mm->vmas[i + 1], &mm->vmas[i], (mm->nr_vmas - i) * sizeof(mm->vmas[0]));
	mm->vmas[i] = vma;
	mm->nr_vmas++;
}

static void vma_take_out(struct mm_struct *mm, u32 i)
{
	mm->nr_vmas--;
	memmove(&mm->vmas[i], &mm->vmas[i + 1], (mm->nr_vmas - i) * sizeof(mm->vmas[0]));
}

/* The file's operations may find the mapping from here on. */
static void vma_link_file(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	down_write(&mapping->i_mmap_rwsem);
	list_add_tail(&vma->shared, &mapping->i_mmap);
	up_write(&mapping->i_mmap_rwsem);
}

static void vma_unlink_file(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	down_write(&mapping->i_mmap_rwsem);
	list_del(&vma->shared);
	up_write(&mapping->i_mmap_rwsem);
}

static void vma_free(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		vma_unlink_file(vma);
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	if (vma->vm_file)
		fput(vma->vm_file);
	kfree(vma);
}

/* Cuts @vma at @addr; the upper half is new. Room for it was reserved. */
static int vma_split(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	struct vm_area_struct *up;

	if (addr & ((1ul << vma->page_shift) - 1))
		return -EINVAL;
	up = kmalloc(sizeof(*up), GFP_KERNEL);
	if (!up)
		return -ENOMEM;
	*up = *vma;
	up->vm_start = addr;
	up->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_end = addr;
	if (up->vm_file) {
		get_file(up->vm_file);
		vma_link_file(up);
	}
	if (up->vm_ops && up->vm_ops->open)
		up->vm_ops->open(up);
	vma_insert(mm, up);
	return 0;
}

/* Makes mapping borders at @addr and @end, so that whole mappings lie in between. */
static int vma_cut(struct mm_struct *mm, unsigned long addr, unsigned long end)
{
	struct vm_area_struct *vma;
	int err = vma_reserve(mm, 2);

	if (err)
		return err;
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_start < addr)
		err = vma_split(mm, vma, addr);
	if (err)
		return err;
	vma = vma_lookup(mm, end);
	if (vma && vma->vm_start < end)
		err = vma_split(mm, vma, end);
	return err;
}

static bool range_free(const struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	u32 i = vma_index(mm, addr);

	return i == mm->nr_vmas || mm->vmas[i]->vm_start >= addr + len;
}

/* Lowest free place at or above MM_MMAP_BASE, aligned; 0 when there is none. */
static unsigned long find_place(const struct mm_struct *mm, unsigned long len, unsigned long align)
{
	unsigned long at = MM_MMAP_BASE;
	u32 i = vma_index(mm, at);

	for (; i < mm->nr_vmas; i++) {
		if (mm->vmas[i]->vm_start > at && mm->vmas[i]->vm_start - at >= len)
			return at;
		at = (mm->vmas[i]->vm_end + align - 1) & ~(align - 1);
	}
	return at < mm->task_size && mm->task_size - at >= len ? at : 0;
}

static int map_check(const struct mm_struct *mm, const struct mm_map *m)
{
	unsigned long size;

	if (m->page_shift != PAGE_SHIFT && m->page_shift != PMD_SHIFT && m->page_shift != PUD_SHIFT)
		return -EINVAL;
	size = 1ul << m->page_shift;
	if (!m->len || (m->len & (size - 1)) || (m->addr & (size - 1)))
		return -EINVAL;
	if (m->node >= (int)mm->kernel->nr_nodes)
		return -EINVAL;
	if (m->len > mm->task_size)
		return -ENOMEM;
	if (!m->addr)
		return 0;
	if (m->addr < MM_MIN_ADDR || m->addr > mm->task_size - m->len)
		return -EINVAL;
	return range_free(mm, m->addr, m->len) ? 0 : -EEXIST;
}

static long map_locked(struct mm_struct *mm, const struct mm_map *m)
{
	struct vm_area_struct *vma;
	unsigned long addr;
	struct mm_gather g;
	int err = map_check(mm, m);

	if (err)
		return err;
	err = vma_reserve(mm, 1);
	if (err)
		return err;
	addr = m->addr ? m->addr : find_place(mm, m->len, 1ul << m->page_shift);
	if (!addr)
		return -ENOMEM;
	vma = kzalloc(sizeof(*vma), GFP_KERNEL);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + m->len;
	vma->vm_mm = mm;
	vma->vm_flags = m->vm_flags;
	vma->vm_page_prot = vm_get_page_prot(m->vm_flags);
	vma->vm_pgoff = m->pgoff;
	vma->page_shift = m->page_shift;
	vma->scatter = m->scatter;
	vma->node = m->node < 0 ? mm->node : m->node;
	vma_insert(mm, vma);
	if (!m->file)
		return addr;

	vma->vm_file = get_file(m->file);
	vma_link_file(vma);
	err = m->file->f_op->mmap ? m->file->f_op->mmap(m->file, vma) : -ENODEV;
	if (!err)
		return addr;
	/* What the driver mapped before it failed goes, without its close being called. */
	mm_gather_init(&g, mm);
	vma_take_out(mm, vma_index(mm, addr));
	mm_clear_range(&g, addr, addr + m->len);
	mm_gather_finish(&g);
	vma->vm_ops = NULL;
	vma_free(vma);
	return err;
}

long mm_map(struct mm_struct *mm, const struct mm_map *m)
{
	long ret;

	mmap_write_lock(mm);
	ret = map_locked(mm, m);
	mmap_write_unlock(mm);
	return ret;
}

static int range_check(const struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	if ((addr & ~PAGE_MASK) || (len & ~PAGE_MASK) || !len)
		return -EINVAL;
	if (addr >= mm->task_size || len > mm->task_size - addr)
		return -EINVAL;
	return 0;
}

/* Drops whole mappings between @addr and @end: translations first, then frames, then files. */
static void unmap_whole(struct mm_struct *mm, unsigned long addr, unsigned long end)
{
	struct vm_area_struct *vma;
	struct mm_gather g;
	u32 i;

	mm_gather_init(&g, mm);
	mm_clear_range(&g, addr, end);
	mm_gather_finish(&g);
	for (i = vma_index(mm, addr); i < mm->nr_vmas && mm->vmas[i]->vm_start < end;) {
		vma = mm->vmas[i];
		vma_take_out(mm, i);
		vma_free(vma);
		i = vma_index(mm, addr);
	}
}

int mm_unmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	int err = range_check(mm, addr, len);

	if (err)
		return err;
	mmap_write_lock(mm);
	err = vma_cut(mm, addr, addr + len);
	if (!err) {
		mm_delay(mm_kernel(mm->kernel)->costs.unmap_ps);
		unmap_whole(mm, addr, addr + len);
	}
	mmap_write_unlock(mm);
	return err;
}

void mm_unmap_all(struct mm_struct *mm)
{
	unmap_whole(mm, 0, mm->task_size);
	kfree(mm->vmas);
	mm->vmas = NULL;
	mm->nr_vmas = mm->cap_vmas = 0;
}

/* Every byte of the range is mapped, and may become @vm_flags. */
static int protect_check(struct mm_struct *mm, unsigned long addr, unsigned long end,
			 unsigned long vm_flags)
{
	const unsigned long rights = VM_READ | VM_WRITE | VM_EXEC;
	struct vm_area_struct *vma;
	u32 i = vma_index(mm, addr);

	for (; addr < end; i++) {
		vma = i < mm->nr_vmas ? mm->vmas[i] : NULL;
		if (!vma || vma->vm_start > addr)
			return -ENOMEM;
		if ((vm_flags & rights) & ~(vma->vm_flags >> 4))
			return -EACCES;
		addr = vma->vm_end;
	}
	return 0;
}

int mm_protect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags)
{
	const unsigned long rights = VM_READ | VM_WRITE | VM_EXEC;
	const u64 caching = _PAGE_PCD | _PAGE_PWT;
	struct vm_area_struct *vma;
	struct mm_gather g;
	unsigned long end = addr + len;
	u32 i;
	int err = range_check(mm, addr, len);

	if (err)
		return err;
	mmap_write_lock(mm);
	err = protect_check(mm, addr, end, vm_flags);
	if (!err)
		err = vma_cut(mm, addr, end);
	if (err)
		goto out;
	mm_delay(mm_kernel(mm->kernel)->costs.unmap_ps);
	mm_gather_init(&g, mm);
	for (i = vma_index(mm, addr); i < mm->nr_vmas && mm->vmas[i]->vm_start < end; i++) {
		vma = mm->vmas[i];
		vma->vm_flags = (vma->vm_flags & ~rights) | (vm_flags & rights);
		vma->vm_page_prot = __pgprot(pgprot_val(vm_get_page_prot(vma->vm_flags)) |
					     (pgprot_val(vma->vm_page_prot) & caching));
		mm_protect_range(&g, vma, vma->vm_start, vma->vm_end);
	}
	mm_gather_finish(&g);
out:
	mmap_write_unlock(mm);
	return err;
}

int mm_discard(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *vma;
	unsigned long at = addr, to, end = addr + len;
	struct mm_gather g;
	int err = range_check(mm, addr, len);
	u32 i;

	if (err)
		return err;
	mmap_write_lock(mm);
	for (i = vma_index(mm, addr); at < end && !err; i++) {
		vma = i < mm->nr_vmas ? mm->vmas[i] : NULL;
		if (!vma || vma->vm_start > at) {
			err = -ENOMEM;
			break;
		}
		to = min(end, vma->vm_end);
		if ((vma->vm_flags & VM_PFNMAP) || ((at | to) & ((1ul << vma->page_shift) - 1)))
			err = -EINVAL;
		at = to;
	}
	if (!err) {
		mm_delay(mm_kernel(mm->kernel)->costs.unmap_ps);
		mm_gather_init(&g, mm);
		mm_clear_range(&g, addr, end);
		mm_gather_finish(&g);
	}
	mmap_write_unlock(mm);
	return err;
}

void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin,
			 loff_t const holelen, int even_cows)
{
	unsigned long first = holebegin >> PAGE_SHIFT, last = ~0ul, from, to;
	struct vm_area_struct *vma;
	struct mm_gather g;

	if (holelen)
		last = first + (PAGE_ALIGN(holelen) >> PAGE_SHIFT) - 1;
	down_read(&mapping->i_mmap_rwsem);
	list_for_each_entry (vma, &mapping->i_mmap, shared) {
		from = max(first, vma->vm_pgoff);
		to = vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
		to = min(last, to);
		if (from > to)
			continue;
		from = vma->vm_start + ((from - vma->vm_pgoff) << PAGE_SHIFT);
		to = vma->vm_start + ((to - vma->vm_pgoff + 1) << PAGE_SHIFT);
		mm_gather_init(&g, vma->vm_mm);
		mm_clear_range(&g, from, to);
		mm_gather_finish(&g);
	}
	up_read(&mapping->i_mmap_rwsem);
}
