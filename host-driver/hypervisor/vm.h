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
	u64 exit;      /* out of the guest and back into it, without the work between */
	u64 injection; /* from the host's decision to the guest's interrupt entry */
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
	u64 seed;
	const struct kernel_costs
		*cpu; /* of the guest's software, as on the bare machine; copied */
	struct vm_costs cost;
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
};

/*
 * Puts a function on the guest's bus 0; before the guest starts, or before it scans again. @ops and
 * @ctx stay the caller's. -EEXIST: @devfn is taken; -ENOMEM.
 */
int vm_device_add(struct vm *vm, u32 devfn, const struct vm_device_ops *ops, void *ctx,
		  struct vm_device **out);

/*
 * The guest-physical memory map outside RAM. Ranges are multiples of 4 KiB and do not overlap:
 * -EINVAL. A trapped range exits on every access; one mapped straight through never does.
 */
int vm_map_trapped(struct vm_device *dev, u64 gpa, u64 bytes, u32 bar);
int vm_map_direct(struct vm_device *dev, u64 gpa, u64 bytes, u64 hpa);
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

/* ---- DMA ---- */

/*
 * Lets requests of the host's function @dev that carry *@pasid reach the guest's memory at
 * guest-physical addresses, and nothing else. All of the guest's memory is mapped at once.
 * -ENODEV no IOMMU, -EOPNOTSUPP no PASIDs, -ENOSPC none left, -ENOMEM.
 */
int vm_dma_attach(struct vm *vm, struct device *dev, u32 *pasid);
/* The PASID is nobody's when it returns: nothing under it may be in flight. */
void vm_dma_detach(struct vm *vm, struct device *dev, u32 pasid);

/* ---- facts ---- */
struct vm_stats {
	u64 exits;	       /* all of the following three */
	u64 config_exits;      /* configuration space, of functions that are there or not */
	u64 trapped_exits;     /* trapped ranges */
	u64 unclaimed_exits;   /* addresses where nothing is */
	u64 direct;	       /* accesses to pages mapped straight through */
	u64 direct_submission; /* those of 64 bytes */
	u64 interrupts;	       /* messages delivered to the guest */
};
/* Any context. */
void vm_get_stats(const struct vm *vm, struct vm_stats *st);

#endif
