/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces: struct mm_struct and struct vm_area_struct, names and meaning of Linux 6.1. */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct file;
struct kernel;
struct page;
struct mm_struct;
struct vm_area_struct;
struct vm_operations_struct;
struct mmu_notifier;

typedef struct {
	u64 pgprot;
} pgprot_t;

#define pgprot_val(p) ((p).pgprot)
#define __pgprot(x)   ((pgprot_t){(x)})

typedef unsigned int vm_fault_t;

/* Results of handle_mm_fault(). */
#define VM_FAULT_OOM	 0x000001u
#define VM_FAULT_SIGBUS	 0x000002u
#define VM_FAULT_MAJOR	 0x000004u
#define VM_FAULT_SIGSEGV 0x000040u
#define VM_FAULT_NOPAGE	 0x000100u
#define VM_FAULT_ERROR	 (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV)

/* One mapped range [vm_start, vm_end). */
struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags; /* VM_*, written directly by drivers in 6.1 */
	pgprot_t vm_page_prot;
	const struct vm_operations_struct *vm_ops;
	struct file *vm_file;
	unsigned long vm_pgoff; /* page offset in the file */
	void *vm_private_data;
	struct list_head shared; /* in vm_file's i_mmap */
	/* kapi's own */
	u8 page_shift; /* 12, 21 or 30 */
	bool scatter;  /* physically neighbouring pages are never virtual neighbours */
	s16 node;      /* memory node */
};

#define MM_MAX_NODES 16

/* Frames set aside for one mm on one node, so that pages touched in order lie side by side. */
struct mm_extent {
	u64 base;    /* physical address */
	u64 last;    /* the frame handed out last */
	u32 pages;   /* 4 KiB frames in it, a power of two */
	u32 used;    /* handed out so far */
	u16 grow;    /* order of the next extent */
	u16 start;   /* scattered extents hand frame (n * stride + start) mod pages out */
	u32 stride;  /* odd; 1 when not scattered */
	bool zeroed; /* its frames read as zero already */
};

struct mm_counters {
	u64 resident_pages;
	u64 table_pages;
	u64 minor_faults;
	u64 major_faults;
	u64 device_faults;
};

struct mm_struct {
	atomic_t mm_users; /* users of the address space: mmget(), mmput() */
	atomic_t mm_count; /* users of the structure: mmgrab(), mmdrop() */
	u32 pasid;	   /* 0 = none: SVA binds set it (6.1) */
	struct kernel *kernel;
	u64 pgd; /* physical address of the page-table root, in the format of a first-stage table */
	u8 levels;		      /* 4 or 5 */
	s16 node;		      /* default memory node */
	struct vm_area_struct **vmas; /* in address order */
	u32 nr_vmas, cap_vmas;
	u64 generation; /* counts changes that take translations away */
	u64 task_size;
	struct rw_semaphore mmap_lock;
	wait_queue_head_t notifier_wait; /* for callbacks to end */
	struct list_head notifiers;	 /* struct mmu_notifier, in order of registration */
	struct mm_extent *extent; /* [MM_MAX_NODES][2]: in order, scattered; made at first use */
	u64 seed;		  /* of the scattering */
	u8 *phys;		  /* host address of the kernel's physical address 0 */
	struct mm_counters stat;
	bool released;
	struct work_struct async_put;
};

#endif
