/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the address-space code: page tables, frames, gathered unmapping. */
#ifndef KAPI_MM_PRIV_H
#define KAPI_MM_PRIV_H

#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>

#include "host-driver/kapi/kernel.h"
#include "sim/core/fiber.h"

#define MM_MAP_COUNT_MAX 65530u /* mappings of one process, as vm.max_map_count */
#define MM_MMAP_BASE	 0x7f0000000000ul
#define MM_MIN_ADDR	 PAGE_SIZE /* vm.mmap_min_addr of 0: address 0 itself means any */

/* What one kernel keeps for all its address spaces (KERNEL_SLOT_MM). */
struct mm_kernel {
	struct mm_costs costs;
	u64 zero_page; /* physical address, made at first use */
	u64 spaces;    /* address spaces made so far: seeds */
	u8 levels;     /* of new address spaces */
};
struct mm_kernel *mm_kernel(struct kernel *k);

/* Set-up calls come from outside any fiber, where nothing may wait. */
static inline gfp_t mm_gfp(void)
{
	return fiber_current() ? GFP_KERNEL : GFP_ATOMIC;
}

/* ---- page tables (mm_table.c) ---- */

static inline u64 *mm_table(const struct mm_struct *mm, u64 pa)
{
	return (u64 *)(mm->phys + pa);
}
static inline unsigned int mm_level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}
static inline unsigned int mm_level_index(unsigned long addr, unsigned int level)
{
	return (addr >> mm_level_shift(level)) & 511;
}

/*
 * The entry that maps @addr: a leaf of level *level, or the first one that is neither present nor
 * PROT_NONE, whose level is then in *level. Never NULL.
 */
u64 *mm_walk(const struct mm_struct *mm, unsigned long addr, unsigned int *level);
/* The entry of @level (1, 2, 3) for @addr, making tables on the way. NULL: out of memory, or a
 * larger leaf is there. */
u64 *mm_walk_make(struct mm_struct *mm, unsigned long addr, unsigned int level);

static inline bool mm_entry_used(u64 e)
{
	return e & (_PAGE_PRESENT | _PAGE_PROTNONE);
}
static inline unsigned int mm_shift_level(unsigned int page_shift)
{
	return (page_shift - 12) / 9 + 1;
}
/* The entry that a page of @vma has when its frame is @pa. */
u64 mm_make_entry(const struct vm_area_struct *vma, u64 pa, u64 flags);
void mm_tables_free(struct mm_struct *mm);

/* ---- frames (mm_frame.c): the current kernel is the address space's ---- */

/* One zeroed frame of 1 << @page_shift bytes from @node; 0 when memory is used up. */
u64 mm_frame_alloc(struct mm_struct *mm, int node, unsigned int page_shift, bool scatter);
/* As many zeroed, physically contiguous 4 KiB frames as can be had at once, at most @want. */
u64 mm_frame_run(struct mm_struct *mm, int node, u64 want, u64 *got);
/* Gives the last @n frames of the run that came last back. */
void mm_frame_run_back(struct mm_struct *mm, int node, u64 n);
void mm_frames_free(u64 pa, u64 pages);
u64 mm_table_alloc(struct mm_struct *mm);
void mm_table_free(struct mm_struct *mm, u64 pa);
/* Gives back what extents still hold. */
void mm_extents_free(struct mm_struct *mm);
/* The frame of zeroes that reads of untouched memory see; 0 when out of memory. */
u64 mm_zero_page(struct mm_struct *mm);

/* ---- gathered unmapping: frames are freed only after everybody dropped the translations ---- */

struct mm_run {
	u64 pa;
	u64 pages;
};
#define MM_GATHER_SMALL 16
struct mm_gather {
	struct mm_struct *mm;
	unsigned long start, end; /* of what changed since the last flush; start == ~0ul: nothing */
	u32 nr, max;
	struct mm_run *run;
	struct mm_run small[MM_GATHER_SMALL];
};
void mm_gather_init(struct mm_gather *g, struct mm_struct *mm);
/* Notes that translations of [addr, addr + len) changed. */
void mm_gather_range(struct mm_gather *g, unsigned long addr, unsigned long len);
/* Takes frames over; may flush (sleep). */
void mm_gather_frames(struct mm_gather *g, u64 pa, u64 pages);
void mm_gather_flush(struct mm_gather *g);
void mm_gather_finish(struct mm_gather *g);

/* Clears every entry of [addr, end). */
void mm_clear_range(struct mm_gather *g, unsigned long addr, unsigned long end);
/* Gives the entries of [addr, end) the rights of @vma. */
void mm_protect_range(struct mm_gather *g, const struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end);

/* Tells the notifiers about [start, end); may sleep. */
void mm_notify(struct mm_struct *mm, unsigned long start, unsigned long end);
/* Lets @ps of virtual time pass when on a fiber. */
void mm_delay(u64 ps);
/* Drops all mappings: the end of an address space. */
void mm_unmap_all(struct mm_struct *mm);
/* The IOMMU core's part of the end: gives the PASID back. */
void iommu_mm_drop(struct mm_struct *mm);

#endif
