/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual machines of a simulated host: a guest kernel with its memory map, exits, DMA and
 * interrupts (bridge header). */
#ifndef HOST_DRIVER_HYPERVISOR_VM_H
#define HOST_DRIVER_HYPERVISOR_VM_H

#include "sim/core/types.h"

struct device;
struct kbus_ops;
struct kernel;
struct kernel_costs;
struct vm;
struct vm_device;

#define VM_PASID_QUOTA 1024u /* host PASIDs for the processes of one guest, unless told */

/* ---- guest memory ---- */

/*
 * One contiguous window of the host's free memory on @node (-1: any) for a guest: pinned, aligned
 * to its size, not cleared. @bytes is rounded up to a power of two of pages. On a fiber in the
 * host. -ENOMEM; -EINVAL for more than the 1 GiB that one window can have.
 */
int vm_ram_alloc(struct kernel *host, s32 node, u64 *bytes, u64 *hpa);
void vm_ram_free(struct kernel *host, u64 hpa, u64 bytes);

/* ---- machines ---- */

/* What the way between guest and host costs, ps. */
struct vm_costs {
	u64 exit;	   /* out of the guest and back into it, without the work between */
	u64 injection;	   /* from the host's decision to the guest's interrupt entry */
	u64 posted;	   /* posted interrupt: from the notification to the guest's entry */
	u64 pin_page;	   /* pinning 4 KiB of a guest before it starts, without clearing them */
	u64 zero_page;	   /* clearing 4 KiB */
	u64 ept_violation; /* a processor's access to an absent page: exit, finding it, entry */
};

/* How guest memory gets behind the addresses that processors and devices use. */
enum vm_memory_mode {
	/* All of it before the first device works, in the largest pages that fit. */
	VM_MEMORY_PINNED,
	/*
	 * Page by page: a processor's first access is an EPT violation, a device's a page request
	 * that the host serves. Second-stage tables, as pinned; guest processes nest on them.
	 */
	VM_MEMORY_ON_DEMAND,
	/*
	 * As on demand, but devices walk the page tables of the monitor's own address space (its
	 * memory at guest-physical addresses, SVA): first stage only, so no processes of the guest.
	 */
	VM_MEMORY_SHARED,
};

/* What a machine asks of its monitor, on a fiber inside the host kernel; may sleep. */
struct vm_ops {
	/*
	 * ENQCMD (@supervisor: ENQCMDS) with a guest PASID that the tables do not translate: exit
	 * 72 or 73. 0: mapped now, again; else the guest gets a general-protection fault. NULL:
	 * what the virtual IOMMU knows of the PASID decides.
	 */
	int (*pasid_miss)(void *ctx, u32 pasid, bool supervisor);
	/*
	 * The guest takes @pasid, @host's on the host, away from its function @in_vm. No processor
	 * submits with it any more unless another function still has it; its translation stands
	 * until this returns, and its page requests are refused: what is under it is to be finished
	 * or aborted, and no queue may go on carrying it.
	 */
	void (*pasid_gone)(void *ctx, struct vm_device *in_vm, u32 pasid, u32 host);
};

struct vm_cfg {
	const char *name;    /* copied, at most 31 characters */
	struct kernel *host; /* must outlive the machine */
	/* The host's own way to its hardware: pages mapped straight through use it. */
	const struct kbus_ops *host_bus;
	void *host_bus_ctx;
	/*
	 * Guest memory [ram_hpa, ram_hpa + ram_bytes): zeroed, the caller's, and must outlive the
	 * machine. The guest finds it at vm_ram_base().
	 */
	u64 ram_hpa, ram_bytes;
	u32 nr_cpus; /* 0: 1 */
	/* As kernel_cfg.irq_work, of the guest's processors. */
	u64 (*irq_work)(void *ctx, u32 cpu, u64 ps);
	void *irq_ctx;
	u64 seed;
	const struct kernel_costs
		*cpu; /* of the guest's software, as on the bare machine; copied */
	struct vm_costs cost;
	enum vm_memory_mode memory_mode;
	/*
	 * On demand: the second stage is also the processors' (EPT), so a page that one of them
	 * touched is there for devices, which may be unable to ask. Else each side faults by
	 * itself.
	 */
	bool shared_tables;
	/*
	 * A virtual VT-d unit for the guest's functions, found by its kernel as the only one of the
	 * DMAR table. -EOPNOTSUPP with VM_MEMORY_SHARED.
	 */
	bool viommu;
	u32 pasid_quota;	  /* 0: VM_PASID_QUOTA */
	bool posted;		  /* interrupts are posted where monitor and IOMMU can */
	const struct vm_ops *ops; /* may be NULL */
	void *ops_ctx;
	/* As kernel_cfg.log. */
	void (*log)(void *ctx, struct kernel *k, u64 now, int level, const char *text);
	void *log_ctx;
};

/*
 * A machine with a guest kernel at rest, and an empty PCI bus. All functions here run on a fiber in
 * the host kernel unless said otherwise. -EINVAL: no memory, unaligned; -ENOMEM.
 */
int vm_new(const struct vm_cfg *cfg, struct vm **out);
/*
 * Stops all processors for good, whatever the guest is doing, and waits for those inside the host.
 * Then its devices and DMA can be taken away; vm_guest() is NULL from here on.
 */
void vm_stop(struct vm *vm);
/* Frees a machine; NULL: nothing. Stopped, and DMA detached. */
void vm_free(struct vm *vm);
struct kernel *vm_guest(struct vm *vm);
/* Guest-physical start of its memory. */
u64 vm_ram_base(const struct vm *vm);
u64 vm_ram_bytes(const struct vm *vm);
/* Host-physical start of it. */
u64 vm_ram_hpa(const struct vm *vm);

/* ---- devices ---- */

/*
 * Who emulates a device: called on the virtual processor's own fiber, inside the host kernel; may
 * block. @width 1, 2, 4 or 8, aligned; @off within what was mapped.
 */
struct vm_device_ops {
	u32 (*config_read)(void *ctx, u32 off, u32 width);
	void (*config_write)(void *ctx, u32 off, u32 width, u32 val);
	u64 (*mmio_read)(void *ctx, u32 bar, u64 off, u32 width);
	void (*mmio_write)(void *ctx, u32 bar, u64 off, u32 width, u64 val);
	/* MOVDIR64B to a trapped place; NULL: in pieces of 8 bytes. */
	void (*mmio_write64)(void *ctx, u32 bar, u64 off, const void *data);
	/*
	 * ENQCMD and ENQCMDS there, with the guest's PASID: 0 accepted, 1 retry. NULL: always
	 * retry.
	 */
	int (*mmio_enqueue)(void *ctx, u32 bar, u64 off, const void *data);
};

/*
 * Puts a function on the guest's bus 0; before the guest starts, or before it scans again. @ops and
 * @ctx stay the caller's. -EEXIST: @devfn is taken; -ENOMEM.
 */
int vm_device_add(struct vm *vm, u32 devfn, const struct vm_device_ops *ops, void *ctx,
		  struct vm_device **out);

/*
 * The guest-physical memory map outside RAM. Ranges are multiples of 4 KiB and do not overlap:
 * -EINVAL. A trapped range exits on every access, to @off and on of @bar; one mapped straight
 * through never does.
 */
int vm_map_trapped(struct vm_device *dev, u64 gpa, u64 bytes, u32 bar, u64 off);
int vm_map_direct(struct vm_device *dev, u64 gpa, u64 bytes, u64 hpa);
/*
 * In a system call of the monitor's process: its page at @hva, which is @off in @bar, goes straight
 * to the guest at @gpa for as long as the process has it; else accesses trap. -ENOMEM.
 */
int vm_map_user(struct vm_device *dev, u64 gpa, u32 bar, u64 off, u64 hva);
/*
 * Changes a page that is mapped as a range of its own: the process's at @hva, or (0) trapped. Holds
 * for accesses from here on, as vm_map_change(). -ENOENT; what vm_map_user() returns.
 */
int vm_change_user(struct vm_device *dev, u64 gpa, u32 bar, u64 off, u64 hva);
/* Pages that the process lost may be back: looks, so that no processor needs to. */
void vm_user_prefault(struct vm_device *dev);
/*
 * Changes a page that one of the two has mapped, as a range of its own: straight through to @hpa,
 * or (0) trapped as @bar, @off. Holds for accesses from here on; vm_map_settle() waits for those
 * before. -ENOENT.
 */
int vm_map_change(struct vm_device *dev, u64 gpa, u64 hpa, u32 bar, u64 off);
void vm_map_settle(struct vm_device *dev);
/*
 * Takes all ranges of the device away. When it returns no processor is on its way through one that
 * was mapped straight, as after invalidating the tables and forcing all processors out; later
 * accesses find nobody.
 */
void vm_unmap(struct vm_device *dev);

/*
 * An interrupt message as a device of the guest sends it (compatibility format, for the guest has
 * no remapping). Any context, does not block. Anything else than an interrupt is ignored.
 */
void vm_message(struct vm *vm, u64 addr, u32 data);

/* ---- monitors in user space: in a system call of their process ---- */

/*
 * The machine as a descriptor, for who asks drivers to reach its memory; -EMFILE, -ENOMEM. mmap(2)
 * of it is the guest's memory, from its beginning. -EINVAL: beyond it, or private; -EOPNOTSUPP: the
 * memory is not VM_MEMORY_PINNED.
 */
int vm_get_fd(struct vm *vm);
/* The devices of the VFIO group behind @fd are the machine's from their next open on; -EBADF,
 * -EINVAL. (KVM_DEV_VFIO_GROUP_ADD) */
int vm_add_group(struct vm *vm, int fd);

/* ---- DMA ---- */

/*
 * Lets requests of the host's function @dev that carry *@pasid reach the guest's memory at
 * guest-physical addresses, and nothing else; how much of it is mapped at once is the memory
 * mode's. -ENODEV no IOMMU, -EOPNOTSUPP no PASIDs, -ENOSPC none left, -ENOMEM.
 */
int vm_dma_attach(struct vm *vm, struct device *dev, u32 *pasid);
/*
 * The PASID is nobody's when it returns: nothing under it may be in flight, nor under those of a
 * function that works through it (vm_viommu_add()), which lead nowhere then either.
 */
void vm_dma_detach(struct vm *vm, struct device *dev, u32 pasid);

/*
 * The guest's function @in_vm works through the host's @dev, with @pasid (vm_dma_attach()) where
 * its requests carry none: from now on what the guest writes into its virtual IOMMU's tables for
 * it holds. Without a virtual IOMMU: nothing. -EEXIST, -ENOMEM.
 */
int vm_viommu_add(struct vm_device *in_vm, struct device *dev, u32 pasid);
/* Its PASIDs lead nowhere when it returns. */
void vm_viommu_remove(struct vm_device *in_vm);

/*
 * The balloon: takes [gpa, gpa + bytes) from the guest, whose kernel does not use it. No processor
 * and no device reaches the old pages when it returns, and they are cleared; the next access is a
 * fault as at first. -EOPNOTSUPP: pinned, -EINVAL: not the guest's, unaligned.
 */
int vm_memory_take(struct vm *vm, u64 gpa, u64 bytes);
/*
 * A processor of the guest accesses [gpa, gpa + bytes): makes it resident, each absent page at the
 * cost of an EPT violation when on a fiber. Any context. -EFAULT: not all of it is memory.
 */
int vm_memory_touch(struct vm *vm, u64 gpa, u64 bytes);

/* ---- PASIDs of the guest: what ENQCMD and ENQCMDS translate (VMX PASID-translation tables) ----
 */

/*
 * Directories and tables lie in the host's simulated memory: two pages, and one for each 1,024
 * guest PASIDs in use. -EINVAL: beyond 20 bits, -EEXIST: mapped to another, -ENOMEM.
 */
int vm_pasid_map(struct vm *vm, u32 guest, u32 host);
/* When it returns no processor is in a submission that used the pair. -ENOENT. */
int vm_pasid_unmap(struct vm *vm, u32 guest);
/*
 * The host PASID behind a guest's, for who puts it into a queue or an interrupt slot: looked up in
 * the guest's own tables when it is not known yet. May sleep. -ENOENT, from the beginning of
 * vm_ops.pasid_gone too.
 */
int vm_pasid_lookup(struct vm *vm, u32 guest, u32 *host);
/* The reverse, for errors and faults. Any context. -ENOENT: none of this guest's. */
int vm_pasid_guest(struct vm *vm, u32 host, u32 *guest);
/* The pair with the lowest guest PASID >= *@guest. Any context. -ENOENT: no more. */
int vm_pasid_next(struct vm *vm, u32 *guest, u32 *host);
/* What a processor finds in the tables, no time, any context. -ENOENT: it would exit. */
int vm_pasid_translate(const struct vm *vm, u32 guest, u32 *host);

/*
 * A 64-byte store of a guest's program that is no fiber: @st->hpa is where it goes. Between begin
 * and end the page stays mapped and PASID pairs stay (vm_unmap() and vm_pasid_unmap() wait). Any
 * context, no time. -ENOENT: not mapped straight through; take it over the guest's bus.
 */
struct vm_store {
	u64 hpa;
	u32 epoch; /* the machine's */
};
int vm_store_begin(struct vm *vm, u64 gpa, struct vm_store *st);
void vm_store_end(struct vm *vm, const struct vm_store *st);
/* One more from begin to end at this moment, whose way (and PASID) sim_revision() says still holds.
 */
void vm_store_again(struct vm *vm);

/* ---- posted interrupts ---- */

/*
 * Where the IOMMU is to post an interrupt that stands for the guest's message @addr, @data: its
 * processor's descriptor in host memory, and the vector to set there. Only machines with
 * vm_cfg.posted. -EINVAL: no message for the guest, -ENOMEM.
 */
int vm_post_target(struct vm *vm, u64 addr, u32 data, u64 *descriptor, u8 *vector);

/* Where the guest's processors are, as far as interrupts care. */
enum vm_running {
	VM_RUNNING,   /* in the guest: notifications are its own */
	VM_PREEMPTED, /* waiting for a host processor: interrupts wait in the descriptor */
	VM_HALTED,    /* asleep: a notification runs the host's handler, which wakes it */
};
/* Any context. */
void vm_set_running(struct vm *vm, enum vm_running state);
/*
 * The machine glue: a posted-interrupt descriptor of some machine of @host was updated; @notify: a
 * notification arrived with it. Any context. False: no such descriptor.
 */
bool vm_posted(struct kernel *host, u64 descriptor, bool notify);

/* ---- facts ---- */

/*
 * For a checker: host-physical @pa is memory of a guest whose kernel has freed the page, and @pasid
 * leads through the tables of one of its processes, which must not map it. Any context.
 */
bool vm_page_is_free(struct kernel *host, u64 pa, u32 pasid);

struct vm_stats {
	u64 exits;	       /* all of the following three, and those of ENQCMD(S) */
	u64 config_exits;      /* configuration space, of functions that are there or not */
	u64 trapped_exits;     /* trapped ranges */
	u64 unclaimed_exits;   /* addresses where nothing is */
	u64 direct;	       /* accesses to pages mapped straight through */
	u64 direct_submission; /* those of 64 bytes */
	u64 interrupts;	       /* messages delivered to the guest, all of the following two */
	u64 injections;	       /* by the host */
	u64 posted;	       /* by the IOMMU, without the host */
	u64 wakeups;	       /* notifications that the host had to handle */
	u64 iommu_exits;       /* of trapped_exits: registers of the virtual IOMMU */
	u64 enqcmd_exits;      /* PASID not translated: ENQCMD */
	u64 enqcmds_exits;     /* ENQCMDS */
	u64 pasid_faults;      /* of both: the guest got a fault for it */
	u64 pasid_kicks;       /* times all processors were forced out to forget a pair */
	u32 pasids;	       /* guest PASIDs translated now */
	u32 pasid_table_pages; /* of host memory that the translation takes */
	/* The virtual IOMMU's work. */
	u64 guest_invalidations; /* descriptors of the guest's queue */
	u64 nested_binds, nested_unbinds;
	u64 page_requests;  /* put into the guest's queue */
	u64 page_responses; /* of the guest, passed on */
	u64 faults;	    /* recorded for the guest */
	/* Memory. */
	u64 resident_pages, resident_peak; /* 4 KiB */
	u64 pin_ps;			   /* virtual time that pinning took */
	u64 ept_violations;
	u64 device_faults;   /* page requests served by the host for absent guest memory */
	u64 device_fault_ps; /* their time in the host, sum */
	u64 pages_taken;     /* vm_memory_take() */
	/* Its monitor's crossings (sim/monitor.h), where there is one; 0 from vm_get_stats(). */
	u64 user_exits;	   /* exits that went on to the monitor's process */
	u64 monitor_calls; /* the process's system calls */
	u64 eventfds;	   /* signals to it, or through it to the machine */
};
/* Any context. */
void vm_get_stats(const struct vm *vm, struct vm_stats *st);

#endif
