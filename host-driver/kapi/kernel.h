/* SPDX-License-Identifier: GPL-2.0 */
/* One simulated kernel instance, as the rest of the simulator sees it (bridge header). */
#ifndef HOST_DRIVER_KAPI_KERNEL_H
#define HOST_DRIVER_KAPI_KERNEL_H

#include "sim/core/types.h"

struct sim;
struct kernel;
struct kbus_ops;
struct task_struct;

#define KERNEL_NODES_MAX 16

/* A window of the kernel's physical address space that is RAM. Both page-aligned. */
struct kernel_ram {
	u64 base, bytes;
};

/* What software steps cost, ps of virtual time; they come from the platform file. */
struct kernel_costs {
	u64 cpu_relax;	    /* one PAUSE */
	u64 context_switch; /* from the wake-up of a sleeping task to its next instruction */
	u64 irq_entry;	    /* from the interrupt message to the first instruction of the handler */
	u64 irq_exit;	    /* from a handler, or its thread, back to what was interrupted */
};

/* Severity of a log line, as the kernel numbers them (KERN_EMERG = 0 ... KERN_DEBUG = 7). */
enum kernel_level { KERNEL_ERR = 3, KERNEL_WARN = 4, KERNEL_NOTICE = 5, KERNEL_INFO = 6 };

/* Called for each complete line as it is logged; @text has no newline. Must not block. */
typedef void kernel_log_fn(void *ctx, struct kernel *k, u64 now, int level, const char *text);

/* Says whether the kernel loads the module that registered an init call in source file @file. */
typedef bool kernel_module_fn(void *ctx, const char *file);

struct kernel_cfg {
	const char *name; /* copied, at most 31 characters */
	/*
	 * Memory, one window per NUMA node (node = index); ram[0] is needed. The kernel's pointer
	 * to physical address pa is phys_base + pa, and is only used inside the windows. The memory
	 * stays the caller's and must outlive the kernel.
	 */
	u8 *phys_base;
	struct kernel_ram ram[KERNEL_NODES_MAX];
	u32 nr_ram;
	bool ram_zeroed; /* it reads as zero at first (a fresh mapping): saves touching it */
	/*
	 * A processor uses memory for the first time since it was allocated; what that takes, ps,
	 * is spent where the kernel may sleep next. Any context; NULL: nothing.
	 */
	u64 (*ram_used)(void *ctx, u64 pa, u64 bytes);
	void *ram_ctx;
	/* A guest's: kernel_frees() of this one counts its frees too. NULL: none. */
	struct kernel *frees_of;
	u32 nr_cpus; /* what num_online_cpus() says; 0 means 1 */
	/* Of these how many belong to each node, node after node; all 0: to none. */
	u32 node_cpus[KERNEL_NODES_MAX];
	/*
	 * Processor @cpu works for @ps on an interrupt, its thread included, from now on or behind
	 * what it does already. When it is through. Any context; NULL: such work takes time, but no
	 * processor's.
	 */
	u64 (*irq_work)(void *ctx, u32 cpu, u64 ps);
	void *irq_ctx;
	u64 seed; /* of get_random_*() */
	struct kernel_costs cost;
	const struct kbus_ops *bus; /* may be NULL when nothing is ever mapped */
	void *bus_ctx;
	kernel_log_fn *log; /* may be NULL: lines only go to the ring */
	void *log_ctx;
	kernel_module_fn *want_module; /* NULL: all */
	void *module_ctx;
	u32 log_bytes; /* size of the log ring; 0: 16 KiB */
	/* Sanitizers are not told which memory is free: errors are seeded in it or in its host. */
	bool no_poison;
};

/*
 * Creates a kernel at rest. Returns NULL when @cfg is impossible (no RAM, windows unaligned or
 * overlapping, no costs table limits broken) or memory is out.
 */
struct kernel *kernel_new(struct sim *sim, const struct kernel_cfg *cfg);

/*
 * Frees the kernel. Its timers and pending interrupts are forgotten. Fibers that still wait inside
 * it are counted in the return value; then the object is kept (dead, never run again) so that their
 * stacks stay valid.
 */
u32 kernel_free(struct kernel *k);

/*
 * Starts the kernel: on a fiber of its own runs the init calls of all modules (level order, then
 * link order), once. @done(@ctx, first error or 0) is called on that fiber; it may be NULL.
 * Returns 0, -EBUSY when already started, -ENOMEM.
 */
int kernel_start(struct kernel *k, void (*done)(void *ctx, int err), void *ctx);
/* The same for the exit calls, in reverse order. */
int kernel_stop(struct kernel *k, void (*done)(void *ctx, int err), void *ctx);

/* Runs @fn(@arg) as a new kernel thread called @name on a pooled fiber. 0 or -ENOMEM. Any context.
 */
int kernel_run_on_fiber(struct kernel *k, void (*fn)(void *arg), void *arg, const char *name);

/*
 * Which kernel the running code belongs to. A fiber runs in one kernel at a time; a trapped access
 * runs another kernel's code on the same fiber, which kernel_enter() begins and kernel_leave()
 * ends. Enter and leave nest like calls. @save lives on the caller's stack.
 */
struct kernel_frame {
	u64 space[16];
};
struct kernel *kernel_current(void); /* NULL outside */
void kernel_enter(struct kernel *k, struct kernel_frame *save);
/* As kernel_enter(), with @task as current (kernel_task_new()); one fiber at a time may run a task.
 */
void kernel_enter_as(struct kernel *k, struct task_struct *task, struct kernel_frame *save);
void kernel_leave(struct kernel_frame *save);
/*
 * @ps of virtual time pass as work of the running fiber, inside a kernel; nothing outside fibers.
 * Does not return into a kernel that was freed meanwhile.
 */
void kernel_spend(u64 ps);
/* The same for a bus, on a fiber: returns in any case, there may be something to put back. */
void kernel_access(u64 ps);

/*
 * A task for code that enters by itself: the thread of a simulated process, a vCPU. @comm is copied
 * (15 characters). Without an address space until someone sets one. NULL when memory is out.
 */
struct task_struct *kernel_task_new(struct kernel *k, const char *comm);
void kernel_task_free(struct task_struct *task);
/* Runs @fn(@arg) as @task on a pooled fiber. 0 or -ENOMEM. */
int kernel_run_task(struct kernel *k, struct task_struct *task, void (*fn)(void *arg), void *arg);
/* Marks signal @sig pending and wakes interruptible sleeps (SIGKILL: killable ones too). */
void kernel_task_signal(struct task_struct *task, int sig);

/*
 * An interrupt message for @vector (destination << 8 | vector, as handed out by the kernel's
 * interrupt core) arrives. Any context, does not block. Unknown vectors are counted as spurious.
 */
void kernel_irq(struct kernel *k, u32 vector);

/* Facts for the owner. */
const char *kernel_name(const struct kernel *k);
struct sim *kernel_sim(const struct kernel *k);
u8 *kernel_phys_base(const struct kernel *k);
bool kernel_crashed(const struct kernel *k); /* a BUG or panic stopped it */

struct kernel_stats {
	u64 irqs, spurious_irqs; /* delivered to a handler; without one */
	u64 warnings, bugs;	 /* WARN, BUG and sleeping-while-atomic reports */
	u64 log_lines, log_lost; /* lines logged; overwritten in the ring */
	u64 pages, pages_peak;	 /* RAM handed out, pages of 4 KiB */
	u64 slab_bytes;		 /* live kmalloc bytes as requested */
	u64 slab_spare;		 /* of pages: in slabs kept though empty */
	u64 slab_errors;	 /* red zone, use after free, double free reports */
	u64 spin_waits;		 /* contended spinlocks */
	u64 alloc_fails;	 /* allocations failed on purpose: kernel_fail_alloc() */
};
void kernel_get_stats(const struct kernel *k, struct kernel_stats *st);

/*
 * For checkers of the hardware: a counter of blocks of pages given back, and whether the page at a
 * physical address is free. False for what is not this kernel's RAM, or was never handed out. Any
 * context.
 */
const u64 *kernel_frees(const struct kernel *k);
bool kernel_page_is_free(struct kernel *k, u64 pa);

/*
 * Fault injection, as the kernel's failslab: the @nth (1: next) kmalloc or page allocation from now
 * on that may fail does. 0 switches it off. Whether it has struck is in kernel_stats.alloc_fails.
 */
void kernel_fail_alloc(struct kernel *k, u64 nth);

/*
 * Seeds errors in this kernel's software, a bit for each enum spec_defect (model/spec/defects.h):
 * for the tests of what finds them. 0: none, as at first.
 */
void kernel_seed_defects(struct kernel *k, u64 defects);
bool kernel_has_defect(const struct kernel *k, u32 defect);
bool kernel_has_defects(const struct kernel *k);

/* Replaces the log hook. */
void kernel_log_hook(struct kernel *k, kernel_log_fn *fn, void *ctx);
/*
 * Copies the ring, oldest first, one line "[seconds] text\n" each, into @buf of @size (always
 * terminated). Returns the length it would need without the terminator.
 */
size_t kernel_log_read(const struct kernel *k, char *buf, size_t size);
/* Logs one line from outside (machine glue, hypervisor). printf-like, the kernel's formats. */
void kernel_log(struct kernel *k, int level, const char *fmt, ...);

/*
 * One pointer per part of the kernel that is written elsewhere, NULL at first. The owner of a slot
 * frees what it put there, through kernel_slot_free_hook().
 */
enum kernel_slot {
	KERNEL_SLOT_DEVICES, /* device model, sysfs */
	KERNEL_SLOT_PCI,
	KERNEL_SLOT_FS, /* character devices, files */
	KERNEL_SLOT_MM,
	KERNEL_SLOT_IOMMU,
	KERNEL_SLOT_HYPERVISOR,
	KERNEL_SLOT_PROCESS,
	KERNEL_SLOT_VFIO,
	KERNEL_SLOT_COUNT
};
void *kernel_slot(const struct kernel *k, enum kernel_slot slot);
void kernel_set_slot(struct kernel *k, enum kernel_slot slot, void *p);
/* @fn(@k, pointer) is called by kernel_free() when the slot is not NULL. */
void kernel_slot_free_hook(struct kernel *k, enum kernel_slot slot,
			   void (*fn)(struct kernel *k, void *p));

#endif
