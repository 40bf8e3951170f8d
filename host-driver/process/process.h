/* SPDX-License-Identifier: GPL-2.0 */
/* Bridge header: the user side of a simulated process (address space, files, eventfds). */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "sim/core/types.h"

struct file;
struct kernel;
struct process;
struct process_eventfd;

/*
 * A process belongs to one simulated kernel. Unless a comment says "any context", a function is a
 * system call or an instruction of the program: it runs on a fiber, may block and takes virtual
 * time. Errors are negative Linux errno values. A process may be used by many fibers at once (its
 * threads); only process_exit() must be the last call.
 */

/* Access rights of a mapping, as in mmap(2). */
#define PROCESS_PROT_READ  1u
#define PROCESS_PROT_WRITE 2u

enum process_map_kind {
	/* Private zero-filled memory. */
	PROCESS_MAP_ANON,
	/* Memory whose first touch of each page is a major fault (page read from storage). */
	PROCESS_MAP_FILE,
	/* Whatever the open file @fd maps, a WQ portal for instance. */
	PROCESS_MAP_DEVICE,
};

struct process_map {
	enum process_map_kind kind;
	u64 va;	       /* wanted address, a multiple of page_size; 0 = the kernel chooses */
	u64 len;       /* bytes, > 0; rounded up to page_size */
	u32 prot;      /* PROCESS_PROT_* */
	int fd;	       /* PROCESS_MAP_DEVICE only */
	u64 offset;    /* in the file, a multiple of 4096 */
	u64 page_size; /* 4096, 2 MiB or 1 GiB; 0 = 4096 */
	s32 node;      /* memory node, -1 = the process's own */
	bool populate; /* fault every page in at once (MAP_POPULATE), in the caller's time */
	bool scatter;  /* physically neighbouring pages are never virtual neighbours */
};

/*
 * Makes a process of @k; @name is copied (cut at 15 characters, as the kernel does). @node is where
 * its memory comes from by default. Any context, no time. NULL when out of memory or no such node.
 */
struct process *process_new(struct kernel *k, const char *name, u32 node);
/* Closes files in descriptor order, lets the kernel unbind the address space, frees everything. */
void process_exit(struct process *p);

struct kernel *process_kernel(const struct process *p);
const char *process_name(const struct process *p);
/* Process id, unique in its kernel, counted from 1. */
u32 process_pid(const struct process *p);

/* The file system calls. @path is a device node, "/dev/dsa/wq0.0". */
int process_open(struct process *p, const char *path); /* descriptor >= 0 */
int process_close(struct process *p, int fd);
s64 process_ioctl(struct process *p, int fd, u32 cmd, u64 arg);
s64 process_read(struct process *p, int fd, u64 va, u64 len, u64 *pos);
s64 process_write(struct process *p, int fd, u64 va, u64 len, u64 *pos);
/* Mask of ready events (EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 16); never blocks. */
s64 process_poll(struct process *p, int fd);

/*
 * Calls @fn(@arg) in the kernel as the process, for system calls of parts that are no files (a
 * hypervisor's). Its return value, or why the process cannot call: -ENOMEM.
 */
s64 process_syscall(struct process *p, s64 (*fn)(void *arg), void *arg);
/* The open file behind @fd, the descriptor's own reference; NULL. Any context. */
struct file *process_file(const struct process *p, int fd);

/*
 * Memory. process_mmap() returns the address or -EINVAL (alignment, size, rights), -ENOMEM (address
 * space or memory used up), -EEXIST (a wanted address is taken), -EBADF, or what the driver's mmap
 * says. Unmapping may cut mappings anywhere at a page boundary. All three wait until no device
 * can use the old translations.
 */
s64 process_mmap(struct process *p, const struct process_map *m);
int process_munmap(struct process *p, u64 va, u64 len);
int process_mprotect(struct process *p, u64 va, u64 len, u32 prot);
int process_madvise_dontneed(struct process *p, u64 va, u64 len);

/*
 * What the CPU does when it accesses [va, va + len): faults missing pages in, each at its cost, and
 * sets accessed (and dirty) bits. 0, or -EFAULT for an address or right that the mapping lacks,
 * -ENOMEM when the kernel has no page to give.
 */
int process_touch(struct process *p, u64 va, u64 len, bool write);

/*
 * Set-up: makes every page of [va, va + len) present, writable where the mapping allows it and
 * @write is set, without virtual time. Any context. Its cost is that of the page tables. Errors as
 * process_touch().
 */
int process_prefault(struct process *p, u64 va, u64 len, bool write);

/*
 * Looks @va up in the page tables: no time, no faults, any context. *pa becomes the physical
 * address as the process's kernel sees it (memory or a device's BAR), *run the bytes from @va, at
 * most @len, that are physically contiguous and allow the access. Either may be NULL. -EFAULT when
 * the first byte is absent or the access is not allowed; @len 0 is -EINVAL. Accessed and dirty bits
 * stay as they are.
 */
int process_resolve(const struct process *p, u64 va, u64 len, bool write, u64 *pa, u64 *run);

/*
 * Changes whenever an address that resolved before may now resolve differently (unmap, protect,
 * discard, zero page replaced): who caches process_resolve() results compares it first. New pages
 * do not change it.
 */
u64 process_map_generation(const struct process *p);

/* Moves @len bytes between the process's memory and @buf, no time, any context; -EFAULT. */
int process_copy_in(const struct process *p, void *buf, u64 va, u64 len);
int process_copy_out(struct process *p, u64 va, const void *buf, u64 len);

/* IA32_PASID as the hardware sees it: PASID in 19:0, bit 31 = valid; 0 when the process has none.
 */
u32 process_pasid(const struct process *p);

/*
 * The program's instructions on a mapped portal at @va, 64-byte aligned; @data is 64 bytes of its
 * own. process_enqcmd() puts PASID and privilege into the first word as the processor does: 0
 * accepted, -EAGAIN retry. -EFAULT: nothing mapped there, no PASID, or a first word that is not
 * zero (general protection; Intel SDM, ENQCMD).
 */
int process_movdir64b(struct process *p, u64 va, const void *data);
int process_enqcmd(struct process *p, u64 va, const void *data);

/* Pages now present, 4 KiB each, and faults taken so far by the CPU and on behalf of devices. */
struct process_mm_stats {
	u64 resident_pages;
	u64 table_pages;
	u64 minor_faults;
	u64 major_faults;
	u64 device_faults; /* page requests that the kernel served from this address space */
};
void process_mm_stats(const struct process *p, struct process_mm_stats *st);

/*
 * What memory management costs on this kernel's CPUs, ps of virtual time; all 0 until set. Any
 * context.
 */
struct process_costs {
	u64 syscall;	  /* entry and return of a system call */
	u64 minor_fault;  /* exception, look-up, page-table update and return */
	u64 zero_page;	  /* clearing 4 KiB */
	u64 major_fault;  /* reading one page from storage, on top */
	u64 remote_fault; /* on top, serving a fault that a device asked about */
	u64 unmap;	  /* changing mappings */
	u64 shootdown;	  /* making other CPUs drop their TLB entries */
};
int process_set_costs(struct kernel *k, const struct process_costs *c);

/* Page-table levels of processes made from now on: 4 (as at first) or 5. 0, -EINVAL, -ENOMEM. Any
 * context. */
int process_set_levels(struct kernel *k, u32 levels);

/*
 * eventfd(2): a counter that kernel code signals. @woken (may be NULL) is called at every signal,
 * on whatever context signalled: it must not block. The descriptor is *fd.
 */
typedef void process_eventfd_fn(void *arg);
int process_eventfd(struct process *p, u64 initial, process_eventfd_fn *woken, void *arg, int *fd);
/* Reads and clears the counter; blocks while it is 0. -EBADF when @fd is no eventfd of @p. */
s64 process_eventfd_wait(struct process *p, int fd);

#endif
