/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual DSA device: composed from queues of a physical one, everything slow emulated. */
#ifndef VDEV_H
#define VDEV_H

#include <linux/types.h>
#include "vdev_backend.h"
#include "vdev_traps.h"

/*
 * Behaviour: the Linux idxd virtual-device series of 2020-21 (RFC v1 ... v6), dedicated queues
 * without shared virtual memory in the guest (type dsa-1dwq-v1). Offsets and codes: <spec/...>.
 *
 * Guest accesses come from virtual processors, possibly several at once, and from a virtual machine
 * monitor. All values in them are hostile. Functions may sleep unless said otherwise.
 */

#define VDEV_CONFIG_SIZE   4096
#define VDEV_BAR0_SIZE	   0x2000
#define VDEV_BAR_REGISTERS 0
#define VDEV_BAR_PORTALS   2

struct vdev;

/* What the core asks of whoever holds it. */
struct vdev_ops {
	/* The guest wrote this message for the vector: deliver it. Any context, must not sleep. */
	void (*interrupt)(void *ctx, u32 vector, u64 addr, u32 data);
};

/*
 * Composes a device of all queues of @be, which are disabled and carry no PASID. @be and @ops stay
 * the caller's and outlive the device. Takes one IMS slot per queue.
 * -EINVAL: queues that cannot go together (shared, no group, different groups, too many); -ENOMEM,
 * and what vdev_backend_ops.ims_alloc returns.
 */
int vdev_create(struct vdev_backend *be, const struct vdev_ops *ops, void *ctx, struct vdev **out);
/* Stops its queues, takes their PASID away and gives the slots back. Nothing else may be running.
 */
void vdev_destroy(struct vdev *v);

/*
 * The host PASID whose translation leads to the guest's memory: tags the queues' DMA and the slots.
 * Without one no queue can be enabled. -EBUSY while a queue is enabled.
 */
int vdev_set_pasid(struct vdev *v, u32 pasid);
int vdev_clear_pasid(struct vdev *v);

/* Function level reset: aborts and stops its own queues, all registers as at the start. */
void vdev_reset(struct vdev *v);

/*
 * Trapped accesses. @width 1, 2, 4 or 8 (configuration space: 1, 2, 4), aligned. -EINVAL for any
 * other access and beyond the end: a read then gives all ones, a write does nothing.
 */
int vdev_config_read(struct vdev *v, u32 off, u32 width, u32 *val);
int vdev_config_write(struct vdev *v, u32 off, u32 width, u32 val);
int vdev_mmio_read(struct vdev *v, u64 off, u32 width, u64 *val);
int vdev_mmio_write(struct vdev *v, u64 off, u32 width, u64 val);

/* ---- the memory map, for who builds the guest's ---- */
u64 vdev_bar_size(const struct vdev *v, u32 bar);
/* Guest-physical place of a BAR, and whether the function answers memory accesses at all. */
u64 vdev_bar_addr(struct vdev *v, u32 bar, bool *enabled);
/* Host-physical page behind a page of the portal BAR; -ENOENT: none, must not be mapped. */
int vdev_portal(struct vdev *v, u64 bar_off, phys_addr_t *pa);

/* ---- what happens at the physical device ---- */
/* A completion interrupt of @vector's slot. Any context, does not sleep. */
void vdev_completion(struct vdev *v, u32 vector);
/* A software error that names its queue @wq, or (@wq < 0) none. Does not call the backend. */
void vdev_swerror(struct vdev *v, int wq, const u64 err[4]);
/* The physical device stopped: so does this one, until the guest resets it. No backend calls. */
void vdev_halted(struct vdev *v);

void vdev_get_traps(const struct vdev *v, struct vdev_traps *traps);

#endif
