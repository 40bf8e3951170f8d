/* SPDX-License-Identifier: GPL-2.0 */
/* Memory mappings as drivers see them, plus what the kernel side of a process needs (Linux 6.1
 * names). */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/gfp.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/types.h>

struct address_space;
struct file;
struct kernel;

#define VM_NONE	      0x00000000ul
#define VM_READ	      0x00000001ul
#define VM_WRITE      0x00000002ul
#define VM_EXEC	      0x00000004ul
#define VM_SHARED     0x00000008ul
#define VM_MAYREAD    0x00000010ul
#define VM_MAYWRITE   0x00000020ul
#define VM_MAYEXEC    0x00000040ul
#define VM_MAYSHARE   0x00000080ul
#define VM_PFNMAP     0x00000400ul
#define VM_LOCKED     0x00002000ul
#define VM_IO	      0x00004000ul
#define VM_DONTCOPY   0x00020000ul
#define VM_DONTEXPAND 0x00040000ul
#define VM_HUGETLB    0x00400000ul
#define VM_DONTDUMP   0x04000000ul
/* kapi: pages come from storage, a first touch is a major fault. */
#define VM_KAPI_FILE 0x10000000ul

#define FAULT_FLAG_WRITE       0x01u
#define FAULT_FLAG_KILLABLE    0x10u
#define FAULT_FLAG_USER	       0x40u
#define FAULT_FLAG_REMOTE      0x80u
#define FAULT_FLAG_INSTRUCTION 0x100u
/* kapi: take no virtual time (set-up). */
#define FAULT_FLAG_NOTIME 0x10000u

/* A missing page of a driver's mapping. */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address; /* of the page */
	unsigned long pgoff;   /* of the page, in the file */
	unsigned int flags;    /* FAULT_FLAG_* */
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	/* With the read lock held: puts the page there (VM_FAULT_NOPAGE) or VM_FAULT_SIGBUS. */
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

/* Changes of the mappings exclude each other, faults go side by side. */
static inline void mmap_read_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
}
static inline void mmap_read_unlock(struct mm_struct *mm)
{
	up_read(&mm->mmap_lock);
}
static inline void mmap_write_lock(struct mm_struct *mm)
{
	down_write(&mm->mmap_lock);
}
static inline void mmap_write_unlock(struct mm_struct *mm)
{
	up_write(&mm->mmap_lock);
}

/* First mapping that ends above @addr, or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
/* The mapping that holds @addr, or NULL. */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr);

static inline bool vma_is_hugetlb(const struct vm_area_struct *vma)
{
	return vma->page_shift != PAGE_SHIFT;
}

/*
 * Makes the page at @addr of @vma present with the rights that FAULT_FLAG_WRITE or its absence asks
 * for and takes the time of the fault. The rights of @vma are the caller's to check. VM_FAULT_*;
 * @vma may be gone after it slept. Caller holds the read lock.
 */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long addr, unsigned int flags);

/*
 * Maps @size bytes of physical addresses from page frame @pfn at @addr of @vma: registers (io_) or
 * memory without a struct page. For ->mmap() of a device. 0, -EINVAL when it does not fit the vma,
 * -ENOMEM.
 */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot);
int io_remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		       unsigned long size, pgprot_t prot);
/* For ->fault() of a VM_PFNMAP mapping: page frame @pfn at @addr. VM_FAULT_NOPAGE, else an error.
 */
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn);
/* Takes pages of a VM_PFNMAP mapping away; nobody uses the translations when it returns. May sleep.
 * The caller holds the mmap lock. */
void zap_vma_ptes(struct vm_area_struct *vma, unsigned long address, unsigned long size);

/*
 * Takes the pages of [holebegin, holebegin + holelen) of a file away from everybody who has it
 * mapped, @holelen 0: to its end. The mappings stay: the next access faults. Nobody uses the
 * translations when it returns. May sleep; takes no mmap lock.
 */
void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin,
			 loff_t const holelen, int even_cows);

/*
 * ---- the kernel side of processes (kapi's own; the bridge for programs is process/process.h) ----
 */

/* A new, empty address space of @k whose memory comes from @node; NULL when out of memory. */
struct mm_struct *mm_create(struct kernel *k, int node);

struct mm_map {
	unsigned long addr; /* 0 = choose */
	unsigned long len;
	unsigned long vm_flags;
	unsigned long pgoff;
	struct file *file; /* its ->mmap() is called; reference taken */
	unsigned int page_shift;
	int node;
	bool scatter;
};
/* Maps; the address or -errno (as a long). Takes the write lock. */
long mm_map(struct mm_struct *mm, const struct mm_map *m);
/* Unmap, protect, discard: page aligned ranges, -EINVAL or -ENOMEM as mmap(2) and friends have it.
 */
int mm_unmap(struct mm_struct *mm, unsigned long addr, unsigned long len);
int mm_protect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags);
int mm_discard(struct mm_struct *mm, unsigned long addr, unsigned long len);
/* Like CPU accesses to the range; @flags FAULT_FLAG_*. 0, -EFAULT, -ENOMEM. */
int mm_touch(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned int flags);
/* Makes the range present without time, in bulk. Any context. */
int mm_populate_now(struct mm_struct *mm, unsigned long addr, unsigned long len, bool write);
/* Page-table look-up: see process_resolve(). */
int mm_resolve(const struct mm_struct *mm, unsigned long addr, unsigned long len, bool write,
	       u64 *pa, u64 *run);
/* Byte access through the tables, no faults, no time. -EFAULT. */
int mm_access(const struct mm_struct *mm, unsigned long addr, void *buf, unsigned long len,
	      bool write);

/* What faults and unmaps cost, ps; per kernel. */
struct mm_costs {
	u64 syscall_ps;	     /* entry and return of a system call */
	u64 minor_fault_ps;  /* entry, look-up, page-table update and return */
	u64 zero_page_ps;    /* clearing 4 KiB */
	u64 major_fault_ps;  /* the storage read of one page on top */
	u64 remote_fault_ps; /* on top, for a fault that a device asked about */
	u64 unmap_ps;	     /* a call that changes mappings */
	u64 shootdown_ps;    /* making other CPUs drop their TLB entries */
};
int mm_set_costs(struct kernel *k, const struct mm_costs *c); /* 0, -ENOMEM */
const struct mm_costs *mm_get_costs(struct kernel *k);
/* Page-table levels of address spaces made from now on: 4 or 5. 0, -EINVAL, -ENOMEM. */
int mm_set_levels(struct kernel *k, unsigned int levels);

#endif
