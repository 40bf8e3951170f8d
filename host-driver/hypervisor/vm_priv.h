/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the hypervisor share. */
#ifndef HOST_DRIVER_HYPERVISOR_VM_PRIV_H
#define HOST_DRIVER_HYPERVISOR_VM_PRIV_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"

struct mm_struct;
struct vm_area_struct;
struct viommu;

/* A piece of the guest-physical map, in the host's memory. */
struct vm_range {
	u64 gpa, bytes;
	struct vm_device *dev;
	bool direct;
	u64 hpa;	      /* when direct */
	u32 bar;	      /* else: of which BAR it is part */
	u64 off;	      /* where in it */
	struct vm_user *user; /* NULL, or whose page at @hva it is while the process has one */
	u64 hva;
};

struct vm_user;

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

/* A device that walks the monitor's own tables. */
struct vm_share {
	struct list_head node;
	struct device *dev;
	struct iommu_sva *sva;
};

/* An interrupt on its way. */
struct vm_irq {
	struct sim_event ev;
	struct list_head node; /* in vm.irqs or .irqs_free */
	struct vm *vm;
	u32 vector; /* destination << 8 | vector */
};

struct vm {
	struct vm_cfg cfg;
	struct kernel *guest;
	u64 ram_base;
	struct list_head devices;
	struct vm_range *range; /* in order of addresses */
	u32 nr_ranges, max_ranges;
	struct list_head users;	    /* address spaces with pages in the map */
	struct list_head dma_users; /* drivers with a PASID */
	u32 references;		    /* by files and drivers */
	struct list_head domains;
	struct mutex dma_lock; /* of domains: one attaches or detaches at a time */
	struct vm_stats stats;
	struct viommu *viommu;
	unsigned long *resident; /* a bit a page, unless pinned */
	struct mm_struct *mm;	 /* VM_MEMORY_SHARED */
	struct vm_area_struct *mm_vma;
	struct list_head shares;
	struct list_head irqs, irqs_free;
	u64 posts; /* page of posted-interrupt descriptors, host-physical; 0: none yet */
	enum vm_running running;
	bool posts_due; /* a look at them is under way */
	struct sim_event posts_ev;
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

/* vm_memory.c */
int vm_memory_init(struct vm *vm);
void vm_memory_free(struct vm *vm);
/* The host's pointer to guest memory [gpa, gpa + bytes), at most a page; NULL: not all is memory.
 */
void *vm_gpa(struct vm *vm, u64 gpa, u32 bytes);
/* A processor uses memory: what that takes, ps. Context: a struct vm. */
u64 vm_ram_used(void *ctx, u64 gpa, u64 bytes);
int vm_memory_pin(struct vm *vm, struct vm_domain *d);
struct file;
struct vm_area_struct;
int vm_memory_mmap(struct file *filp, struct vm_area_struct *vma);
/*
 * Page requests under the guest's tables at @root (@levels 0: of guest-physical addresses): all
 * present below them when 0; 1: something is the guest's to do; -errno: leads out of its memory.
 */
int vm_memory_resolve(struct vm *vm, u64 root, u32 levels,
		      const struct iommu_fault_page_request *req, unsigned int n);
extern const struct iommu_pasid_handler vm_memory_handler;

/* vm_dma.c */
struct iommu_domain *vm_domain_of(struct vm *vm, struct device *dev);
/* Requests of @dev with @pasid carry guest-physical addresses; or lead nowhere. */
int vm_dma_second(struct vm *vm, struct device *dev, u32 pasid);
void vm_dma_block(struct vm *vm, struct device *dev, u32 pasid);

/* vm_irq.c */
void vm_raise(struct vm *vm, u32 vector, u64 delay);
bool vm_message_vector(u64 addr, u32 data, u32 *vector);
void vm_irqs_free(struct vm *vm);

/* vm_host.c: machines of a host, found by what lies in its memory. */
struct vm_host {
	struct xarray by_posts; /* struct vm by the page of its descriptors */
	struct xarray by_ram;	/* struct vm by pieces of 1 << VM_RAM_SHIFT bytes */
};
#define VM_RAM_SHIFT 24
/* NULL: none yet, or no memory. */
struct vm_host *vm_host(struct kernel *host, bool make);
/* Its memory is found from now on; smaller machines than a piece are not. -ENOMEM. */
int vm_host_add(struct vm *vm);
void vm_host_remove(struct vm *vm);

/* vm_post.c */
void vm_post_init(struct vm *vm);
/* No processor runs any more, and no IOMMU knows the descriptors. */
void vm_post_free(struct vm *vm);

/* viommu.c */
/* Functions that work through the host's @dev and @pasid do not any more. Nobody is being told of a
 * PASID that goes when it returns. */
void viommu_abandon(struct vm *vm, struct device *dev, u32 pasid);
int viommu_new(struct vm *vm);
void viommu_free(struct vm *vm);
/* Whether the host's @pasid leads through a guest's tables. */
bool viommu_nests(struct vm *vm, u32 pasid);
/* Gives processors the pair again that the guest's tables have for @guest; -ENOENT. */
int viommu_repair(struct vm *vm, u32 guest);
/* vm.c: -EINVAL, -ENOMEM. */
int vm_range_insert(struct vm *vm, const struct vm_range *r);
/* vm_bus.c: the range that holds [gpa, gpa + bytes), or NULL. */
struct vm_range *vm_range_at(const struct vm *vm, u64 gpa, u32 bytes);
/* vm_user.c: tries to get the process's page at @gpa; whether the access goes straight now. */
bool vm_user_fault(struct vm *vm, u64 gpa);
void vm_users_free(struct vm *vm);
/* Tells the driver of the host's @dev that has @pasid of the machine: see vm_ops.pasid_gone. */
void vm_user_pasid_gone(struct vm *vm, struct device *dev, u32 pasid, u32 guest, u32 host);

/* vm_pasid.c */
/* A submission exited for @guest: 0 when it is to be tried again, else the guest faults. */
int vm_pasid_missed(struct vm *vm, u32 guest, bool supervisor);
void vm_pasid_free(struct vm *vm);

/* Context: a struct vm. */
extern const struct kbus_ops vm_bus_ops;

#endif
