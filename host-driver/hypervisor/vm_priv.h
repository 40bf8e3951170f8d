/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the hypervisor share. */
#ifndef HOST_DRIVER_HYPERVISOR_VM_PRIV_H
#define HOST_DRIVER_HYPERVISOR_VM_PRIV_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"

/* A piece of the guest-physical map, in the host's memory. */
struct vm_range {
	u64 gpa, bytes;
	struct vm_device *dev;
	bool direct;
	u64 hpa; /* when direct */
	u32 bar; /* else: of which BAR it is the start */
};

struct vm_device {
	struct vm *vm;
	struct list_head node;
	u32 devfn;
	const struct vm_device_ops *ops;
	void *ctx;
};

/* Guest memory as one IOMMU's devices see it. */
struct vm_domain {
	struct list_head node;
	struct iommu_domain *domain;
	u32 users; /* PASIDs attached */
};

struct vm {
	struct vm_cfg cfg;
	struct kernel *guest;
	u64 ram_base;
	struct list_head devices;
	struct vm_range *range; /* in order of addresses */
	u32 nr_ranges, max_ranges;
	struct list_head domains;
	struct vm_stats stats;
	u64 pasid_dir[2]; /* PASID-translation directories, host-physical; 0: none yet */
	/*
	 * Processors inside an exit, and in the middle of an access straight through, those by
	 * whether they began before or after the last time all were forced out.
	 */
	u32 exits_now, direct_now[2];
	u32 epoch;
	struct mutex kick_lock;
	u32 waiters;
	wait_queue_head_t idle; /* one of the counts became 0 */
};

/*
 * Forces all processors out of the guest: none is in the middle of an access straight through, or
 * of a submission, when it returns. On a fiber in the host.
 */
void vm_kick(struct vm *vm);

/* vm_pasid.c */
/* A submission exited for @guest: 0 when it is to be tried again, else the guest faults. */
int vm_pasid_missed(struct vm *vm, u32 guest, bool supervisor);
void vm_pasid_free(struct vm *vm);

/* Context: a struct vm. */
extern const struct kbus_ops vm_bus_ops;

#endif
