/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual DSA device: composed from queues of a physical one, everything slow emulated. */
#ifndef VDEV_H
#define VDEV_H

#include <linux/types.h>
#include "vdev_backend.h"
#include "vdev_cfg.h"
#include "vdev_traps.h"

/*
 * Behaviour: the Linux idxd virtual-device series of 2020-21 (RFC v1 ... v6) for dedicated queues
 * (type dsa-1dwq-v1), its out-of-tree continuation of 2022 for shared queues and guest PASIDs
 * (dsa-1swq-v1) and for pausing, the character-device design of 2026 for trapped portals and
 * several queues in one device. Offsets and codes: <spec/...>.
 *
 * Guest accesses come from virtual processors, possibly several at once, and from a virtual machine
 * monitor. All values in them are hostile. Functions may sleep unless said otherwise.
 */

#define VDEV_CONFIG_SIZE   4096
#define VDEV_BAR0_SIZE	   0x2000
#define VDEV_BAR_REGISTERS 0
#define VDEV_BAR_PORTALS   2

struct vdev;

/* What the core asks of whoever holds it. None of them may call the core but for vdev_portal(). */
struct vdev_ops {
	/* The guest wrote this message for the vector: deliver it. Any context, must not sleep. */
	void (*interrupt)(void *ctx, u32 vector, u64 addr, u32 data);
	/*
	 * Which pages of the portal BAR exist has changed: ask vdev_portal() anew for all. When it
	 * returns no page is mapped that vdev_portal() refuses, and no processor is in one. NULL:
	 * the device cannot be paused, and shares get no page.
	 */
	void (*portals)(void *ctx);

	/* ---- the guest's PASIDs, 1 and up; only with vdev_cfg.sva, all three may be NULL ---- */
	/* The host's behind one of the guest's; -ENOENT. */
	int (*host_pasid)(void *ctx, u32 pasid, u32 *host);
	/* The reverse: -ENOENT for what is not this guest's. NULL: errors on a share are dropped.
	 */
	int (*guest_pasid)(void *ctx, u32 host, u32 *pasid);
	/*
	 * The pair with the lowest guest PASID >= *pasid; -ENOENT. NULL: a share drains the whole
	 * physical queue where it should drain its own work.
	 */
	int (*next_pasid)(void *ctx, u32 *pasid, u32 *host);
};

/*
 * Composes a device of all queues of @be. Dedicated ones are disabled and carry no PASID, shared
 * ones run. @be and @ops stay the caller's and outlive the device; @cfg is copied. Takes one IMS
 * slot per queue.
 * -EINVAL: no queue, too many, one without group or engine; a shared one without @cfg->sva or that
 * is not running; -E2BIG: more groups than VDEV_GROUPS_MAX; -ENOMEM, and what
 * vdev_backend_ops.ims_alloc returns.
 */
int vdev_create(struct vdev_backend *be, const struct vdev_ops *ops, void *ctx,
		const struct vdev_cfg *cfg, struct vdev **out);
/* Stops its queues, takes their PASID away and gives the slots back. Nothing else may be running.
 */
void vdev_destroy(struct vdev *v);

/*
 * The host PASID whose translation leads to the guest's memory at guest-physical addresses, its
 * default: tags the DMA and slots of queues to which the guest gave no PASID of its own, and stands
 * for guest PASID 0. Without one no dedicated queue can be enabled. -EBUSY while a queue is
 * enabled.
 */
int vdev_set_pasid(struct vdev *v, u32 pasid);
int vdev_clear_pasid(struct vdev *v);
/*
 * The guest PASID @pasid, which @host stood for, goes: when this returns nothing that the guest
 * submitted under it is under way here, no slot answers to it, and no dedicated queue that it
 * tagged is enabled. From before the call on no processor submits under it and host_pasid() and
 * vdev_portal_write()'s translation refuse it; @host itself still stands. Not with a lock held that
 * vdev_ops.host_pasid() takes.
 */
void vdev_pasid_gone(struct vdev *v, u32 pasid, u32 host);

/* Function level reset: stops its own queues, all registers as at the start. -EAGAIN as below. */
int vdev_reset(struct vdev *v);
/*
 * As vdev_create() left it, for the next to have it: paused, loaded or left it is not any more, and
 * what was kept is dropped. What the guest saw of other queues (vdev_load()) is forgotten.
 */
void vdev_renew(struct vdev *v);

/*
 * Trapped accesses. @width 1, 2, 4 or 8 (configuration space: 1, 2, 4), aligned. -EINVAL for any
 * other access and beyond the end: a read then gives all ones, a write does nothing. A write is
 * held while the device is paused if it needs the physical device. -EAGAIN: it did nothing, for the
 * device has been saved or left; it is to be done again on what takes its place.
 */
int vdev_config_read(struct vdev *v, u32 off, u32 width, u32 *val);
int vdev_config_write(struct vdev *v, u32 off, u32 width, u32 val);
int vdev_mmio_read(struct vdev *v, u64 off, u32 width, u64 *val);
int vdev_mmio_write(struct vdev *v, u64 off, u32 width, u64 val);

/* ---- the memory map, for who builds the guest's ---- */
u64 vdev_bar_size(const struct vdev *v, u32 bar);
/* Guest-physical place of a BAR, and whether the function answers memory accesses at all. */
u64 vdev_bar_addr(struct vdev *v, u32 bar, bool *enabled);
/*
 * Host-physical page behind a page of the portal BAR. -ENOENT: none, so it must trap: a shared
 * queue's unlimited page always, all of its pages while the virtual queue is disabled, and every
 * page while the device is paused.
 */
int vdev_portal(struct vdev *v, u64 bar_off, phys_addr_t *pa);

/* ---- portal pages that trap ---- */
/*
 * A posted store of @bytes (1 ... 64) that does not cross a 64-byte line. Pieces by the same
 * @writer, say a virtual processor, become a descriptor when all its bytes are there. Its PASID, on
 * a shared queue, is the guest's and is replaced; the physical queue is then offered the descriptor
 * again and again for some seconds, and @writer waits. Paused: kept, up to the queue's size; the
 * next one waits until vdev_resume(). 0 whatever became of the descriptor, which
 * vdev_get_portal_stats() tells; -EINVAL no such access, -EAGAIN as above.
 */
int vdev_portal_write(struct vdev *v, u64 bar_off, const void *data, u32 bytes, u64 writer);
/*
 * A non-posted store of 64 bytes, ENQCMD or ENQCMDS, to a shared queue's page; the guest's PASID is
 * in the first 20 bits. 0 accepted, 1 retry; -EAGAIN as above.
 */
int vdev_portal_enqueue(struct vdev *v, u64 bar_off, const void *desc);
void vdev_get_portal_stats(const struct vdev *v, struct vdev_portal_stats *st);

/* ---- moving ---- */
/*
 * Takes all portal pages away (vdev_ops.portals) and waits for the guest's own work to end; from
 * then on trapped stores are kept. Registers stay readable, commands wait. -EALREADY; -ENOMEM;
 * -EOPNOTSUPP without vdev_ops.portals. The physical device's refusal: -EIO, not paused.
 */
int vdev_pause(struct vdev *v);
/*
 * Goes on: queues that the guest has enabled run again, kept descriptors are submitted in their
 * order, portals come back. After vdev_load() on another device queues are tagged with its PASIDs,
 * and the guest is told that its interrupt handles are revoked unless all are what they were.
 * -EINVAL not paused; -ENOENT: a guest PASID in use has no translation, -EIO: the physical device
 * refused; it is still paused then.
 */
int vdev_resume(struct vdev *v);
/* Enough for the state of any virtual device. */
#define VDEV_STATE_MAX (96 * 1024)
/*
 * A paused device's state: registers, queues, kept descriptors, pieces; nothing of the host's but
 * handles that the guest knows. Accesses return -EAGAIN from now on, those held too, until
 * vdev_resume(). Bytes written, -ENOSPC: @size is too small, -EINVAL: not paused.
 */
long vdev_save(struct vdev *v, void *buf, size_t size);
/*
 * Gives a new device that nobody has used the state of another; it is paused then. @buf is not
 * trusted. -EINVAL: no such state, -EOPNOTSUPP: these queues cannot take the place of those it was
 * saved from (other kind, smaller, fewer operations, other version); nothing has changed then.
 */
int vdev_load(struct vdev *v, const void *buf, size_t size);
/* The end has come, or the guest is elsewhere: accesses return -EAGAIN, those held too. */
void vdev_leave(struct vdev *v);
/*
 * New slots for all vectors whose handle the guest knows; it is told that its handles are revoked.
 * What ims_alloc returns: then some keep theirs. -EAGAIN: saved or left.
 */
int vdev_revoke_handles(struct vdev *v);

/* ---- what happens at the physical device ---- */
/* A completion interrupt of @vector's slot. Any context, does not sleep. */
void vdev_completion(struct vdev *v, u32 vector);
/*
 * A software error that names its queue @wq, or (@wq < 0) none: then it is the host's own affair.
 * Does not call the backend.
 */
void vdev_swerror(struct vdev *v, int wq, const u64 err[4]);
/*
 * The physical device's interrupt handles mean nothing any more: those that the guest knows are
 * asked for again, and it is told, for what it submitted with the old ones came back without an
 * interrupt. While it is paused: when it goes on, here or where it is loaded.
 */
void vdev_handles_void(struct vdev *v);
/*
 * The physical device stopped: so does this one, and asks for a reset of @reset_type: a function
 * level reset (DSA_RESET_FLR), or what the guest can't do any more than the host. No backend calls.
 */
void vdev_halted(struct vdev *v, u32 reset_type);

/*
 * The message that the guest wrote for @vector, for who delivers it without the host's help.
 * -ENOENT: no such vector, or MSI-X is off. Any context, does not sleep.
 */
int vdev_message(struct vdev *v, u32 vector, u64 *addr, u32 *data);

void vdev_get_traps(const struct vdev *v, struct vdev_traps *traps);

#endif
