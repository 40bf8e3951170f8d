/* SPDX-License-Identifier: GPL-2.0 */
/* The physical device as the composition code reaches it: a few queues and interrupt slots of it.
 */
#ifndef VDEV_BACKEND_H
#define VDEV_BACKEND_H

#include <linux/types.h>

/*
 * A home of the composition code implements this: in the host kernel on the host driver's exported
 * functions. Everything may sleep unless said otherwise, and is called with the host's rights for
 * what is the virtual device's own only: its queues (by their index in the virtual device) and the
 * slots it allocated. Once the physical device is gone all that return int return -ENODEV.
 *
 * A dedicated queue is the virtual device's alone. A shared one has other users, so a home refuses
 * what would hit them (-EPERM), whatever the composition code asks for.
 */

#define VDEV_WQS_MAX	8 /* the queue table at 0x500 ends where the MSI-X table begins */
#define VDEV_GROUPS_MAX 4 /* the group table at 0x400 ends where the queue table begins */

struct vdev_backend;

/* What a virtual device inherits from the function it is composed of. */
struct vdev_device_facts {
	u16 pci_device;
	u32 version;
	u64 gencap;
	u64 grpcap;
	u32 opcap[8]; /* operations that all its queues allow */
	u64 dsacap[3];
};

struct vdev_wq_facts {
	bool dedicated;
	bool block_on_fault;
	int group;   /* of the physical device */
	u32 engines; /* of that group */
	u32 size;
	u32 threshold;
	u32 priority;
	u64 max_xfer;
	u32 max_batch;
};

/* Of these a shared queue takes VDEV_WQ_DRAIN, which waits for all its users' work, and
 * VDEV_WQ_ENABLE, which only tells whether the host has it running. */
enum vdev_wq_op {
	VDEV_WQ_ENABLE,
	VDEV_WQ_DISABLE, /* after its descriptors are done */
	VDEV_WQ_DRAIN,
	VDEV_WQ_ABORT,
	VDEV_WQ_RESET, /* abort, disable */
};

struct vdev_backend_ops {
	void (*device_facts)(struct vdev_backend *be, struct vdev_device_facts *facts);
	void (*wq_facts)(struct vdev_backend *be, u32 wq, struct vdev_wq_facts *facts);

	/*
	 * A command on a physical queue; returns when the device is done with it. Once refused
	 * returns -ENXIO with the device's code (DSA_CMDERR_*) in *@error; -EPERM for a dedicated
	 * queue that is to be enabled without a PASID.
	 */
	int (*wq_command)(struct vdev_backend *be, u32 wq, enum vdev_wq_op op, u32 *error);
	/*
	 * Drain or abort (@abort) by host PASID, which is one of the virtual device's: in every
	 * queue of the physical device. As wq_command().
	 */
	int (*pasid_command)(struct vdev_backend *be, u32 pasid, bool abort, u32 *error);
	/*
	 * What tags a dedicated queue's DMA, while it is disabled: -EBUSY otherwise. No privilege.
	 */
	int (*wq_set_pasid)(struct vdev_backend *be, u32 wq, u32 pasid);
	int (*wq_clear_pasid)(struct vdev_backend *be, u32 wq);
	/* Host-physical page to map for a guest; always one whose interrupts go to the IMS. */
	phys_addr_t (*portal)(struct vdev_backend *be, u32 wq, bool limited);
	/*
	 * Submits 64 bytes to the queue through such a page, a shared one's limited page, with the
	 * host PASID that they carry. -EAGAIN: it is full, try later.
	 */
	int (*submit)(struct vdev_backend *be, u32 wq, const void *desc);

	/*
	 * A masked slot without PASID whose messages arrive at vdev_completion(@vector).
	 * Its number, or -ENOSPC, -EOPNOTSUPP, -ENOMEM.
	 */
	int (*ims_alloc)(struct vdev_backend *be, u32 vector);
	/* No message of the slot arrives once it returned. */
	void (*ims_free)(struct vdev_backend *be, u32 slot);
	/* Whose descriptors may fire it. */
	int (*ims_set_pasid)(struct vdev_backend *be, u32 slot, u32 pasid, bool enable);
	/* Has reached the device on return. */
	int (*ims_mask)(struct vdev_backend *be, u32 slot, bool mask);
	/* What descriptors call the slot. */
	int (*ims_request_handle)(struct vdev_backend *be, u32 slot, u32 *handle);
	int (*ims_release_handle)(struct vdev_backend *be, u32 handle);
};

/* Embedded by each home in its own. */
struct vdev_backend {
	const struct vdev_backend_ops *ops;
	u32 nr_wqs; /* 1 ... VDEV_WQS_MAX, all of one physical device */
};

#endif
