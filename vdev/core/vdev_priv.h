/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the composition core share: the device's state and its register image. */
#ifndef VDEV_PRIV_H
#define VDEV_PRIV_H

#include <asm/unaligned.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <spec/dsa_pci.h>
#include <spec/dsa_regs.h>
#include "vdev.h"

/* Places in BAR0 beside the fixed registers. */
#define VDEV_MSIXPERM 0x300
#define VDEV_GRPCFG   0x400
#define VDEV_WQCFG    0x500
#define VDEV_MSIX     0x600
#define VDEV_PBA      0x700

#define VDEV_WQCFG_STRIDE 32
#define VDEV_VECTORS_MAX  (VDEV_WQS_MAX + 1)
#define VDEV_CONFIG_BYTES 0x140 /* what exists of the configuration space */
#define VDEV_CAP_MSIX	  0x40
#define VDEV_CAP_EXP	  0x50
#define VDEV_ECAP_ATS	  0x100
#define VDEV_ECAP_PRI	  0x110
#define VDEV_ECAP_PASID	  0x120

/* Commands 1 ... 14, and 15 where the code does not mean something else. */
#define VDEV_CMDCAP SPEC_FIELD(DSA_CMD_RELEASE_INT_HANDLE, DSA_CMD_ENABLE_DEVICE)

/* What a saved state says of a handle that is none any more: no device has as many slots. */
#define VDEV_HANDLE_VOID 0xffff

/* Guest processors that can have a descriptor half written at a time. */
#define VDEV_STORES 32
/* Descriptors kept while paused, at most: the state must fit VDEV_STATE_MAX. */
#define VDEV_KEPT_MAX 1024

/* The guest sees only its own groups, in the order of its queues. */
struct vdev_group {
	int physical;
	u32 engines;
};

struct vdev_wq {
	struct vdev_wq_facts facts;
	u32 group; /* of the virtual device */
	bool enabled;
	bool resumes; /* loaded as enabled: runs from vdev_resume() on */
	/* What tags an enabled dedicated queue: the guest's own PASID, or the default one. */
	bool own_pasid;
	u32 pasid;
	u32 kept; /* descriptors of it in vdev.kept; under store_lock */
};

/* Vector 0 is software's; vector n is backed by a slot of the interrupt message store. */
struct vdev_vector {
	int slot; /* -1: none */
	bool slot_masked;
	bool handle_given;
	u32 handle;
};

/* Part of a descriptor that a processor writes to a trapped page in pieces. */
struct vdev_store {
	u64 writer;
	u64 line;  /* of the portal BAR, 64 bytes each */
	u64 bytes; /* bit by byte, those that are there; 0: unused */
	u64 age;
	bool busy; /* its last piece waits to be let in */
	u8 data[64];
};

struct vdev_kept {
	u32 wq;
	u8 desc[64];
};

struct vdev {
	struct vdev_backend *be;
	const struct vdev_ops *ops;
	void *ctx;
	struct vdev_cfg cfg;
	struct vdev_device_facts facts;
	u32 nr_wqs;
	u32 nr_vectors;
	u32 nr_groups;
	struct vdev_group group[VDEV_GROUPS_MAX];

	/*
	 * One command, reset or move at a time; held while the physical device works on it. Taken
	 * first, by vdev_begin() on the guest's behalf.
	 */
	struct mutex cmd_lock;
	struct vdev_wq wq[VDEV_WQS_MAX]; /* under cmd_lock; enabled is looked at without */
	u32 pasid;			 /* under cmd_lock */
	bool has_pasid;
	bool loaded;	   /* under cmd_lock: since vdev_load(), until vdev_resume() */
	bool handles_void; /* under cmd_lock: what the guest knows are none any more */

	/* Register and configuration images. Never held across a physical command. */
	struct mutex lock;
	u8 *bar0;
	u8 config[VDEV_CONFIG_BYTES];
	struct vdev_vector vector[VDEV_VECTORS_MAX];
	/* Function level resets: a command that was written before one is forgotten. */
	u64 resets;
	/* Changed under lock and store_lock, either is enough to look. */
	bool paused;
	bool left;
	wait_queue_head_t wait; /* for changes of these two and of CMDSTS.active */

	/*
	 * Trapped portal pages; after lock. Held while a descriptor is offered to the physical
	 * queue, so that who takes it knows that none is on its way.
	 */
	struct mutex store_lock;
	struct vdev_store store[VDEV_STORES];
	u64 store_age;
	struct vdev_kept *kept; /* ring, while paused */
	u32 kept_first, nr_kept, max_kept;
	bool resuming; /* the ring only empties */
	struct vdev_portal_stats portal;

	/* MSI-X table, pending bits and enables, which interrupts look at. Innermost. */
	spinlock_t irq_lock;
	bool msix_enabled;
	bool msix_masked;

	struct vdev_traps traps;
};

static inline u32 vdev_reg(const struct vdev *v, u32 off)
{
	return get_unaligned_le32(v->bar0 + off);
}

static inline void vdev_set_reg(struct vdev *v, u32 off, u32 val)
{
	put_unaligned_le32(val, v->bar0 + off);
}

static inline void vdev_set_reg64(struct vdev *v, u32 off, u64 val)
{
	put_unaligned_le64(val, v->bar0 + off);
}

static inline u32 vdev_state(const struct vdev *v)
{
	return SPEC_GET(DSA_GENSTS_STATE, vdev_reg(v, DSA_REG_GENSTS));
}

static inline u32 vdev_table_end(const struct vdev *v)
{
	return VDEV_MSIX + v->nr_vectors * 16;
}

static inline u32 vdev_wqcfg(u32 wq, u32 dword)
{
	return VDEV_WQCFG + wq * VDEV_WQCFG_STRIDE + 4 * dword;
}

static inline u32 vdev_perm(u32 vector)
{
	return VDEV_MSIXPERM + vector * DSA_MSIXPERM_STRIDE;
}

/* Without v->lock: the answer may be old by the time it is used. */
static inline bool vdev_enabled(const struct vdev *v, u32 wq)
{
	return READ_ONCE(v->wq[wq].enabled);
}

/* ---- vdev.c ---- */
/* Takes cmd_lock for something the guest asked for, once the device is not paused. -EAGAIN: it was
 * saved or left. */
int vdev_begin(struct vdev *v);
/* Until it is not paused; no lock held. -EAGAIN: it was saved or left, or the waiter is killed. */
int vdev_wait_resumed(struct vdev *v);
/* What device and queues are by themselves; names the groups that they belong to. -E2BIG. */
int vdev_find_facts(struct vdev *v);
/* All images as after a reset; with v->cmd_lock held. */
void vdev_init_images(struct vdev *v);
/* Queues stopped, handles forgotten, images as after a reset; with v->cmd_lock held. */
void vdev_reset_all(struct vdev *v);

/* ---- bar0.c: all with v->lock held ---- */
/* The whole image as after a function level reset. */
void vdev_init_registers(struct vdev *v);
/* As after the reset command: specification table 9-3. The error, CMD and its status stay. */
void vdev_reset_registers(struct vdev *v);
/* The dword of a queue that the guest may change, as after a reset. */
void vdev_init_mode(struct vdev *v, u32 wq);
void vdev_set_state(struct vdev *v, u32 state, u32 reset_type);
void vdev_set_wq_state(struct vdev *v, u32 wq, u32 state);
/* Sets causes and raises vector 0. */
void vdev_cause(struct vdev *v, u32 causes);
/* Latches an error of the device's own or a translated one, and reports it if the guest wants. */
void vdev_latch_error(struct vdev *v, const u64 err[4]);
/* As the guest's write of @width bytes to a place that is neither CMD nor MSI-X permissions. */
void vdev_write_registers(struct vdev *v, u32 off, u32 width, u64 val);
void vdev_write_perm(struct vdev *v, u32 off, u32 val, u32 mask);

/* ---- config.c: with v->lock held ---- */
void vdev_init_config(struct vdev *v);
/* Puts writable and status bits of a saved image into the one after a reset. */
void vdev_load_config(struct vdev *v, const u8 *saved);
bool vdev_bus_master(const struct vdev *v);
/* Whether the guest's functions ATS, PRI and PASID are on in a way that works together. */
u32 vdev_check_functions(const struct vdev *v);
bool vdev_pasid_on(const struct vdev *v);
bool vdev_privilege_on(const struct vdev *v);

/* ---- interrupt.c ---- */
/* With v->lock held, which guards the table against other writers. */
void vdev_init_msix(struct vdev *v);
/* No vector waits for its unmask any more. */
void vdev_drop_pending(struct vdev *v);
void vdev_write_msix(struct vdev *v, u32 off, u32 val, u32 mask);
void vdev_set_msix_control(struct vdev *v, bool enabled, bool masked);
/* Gives each vector's slot the mask that the table says. */
void vdev_sync_slots(struct vdev *v);
/* Any context. */
void vdev_raise(struct vdev *v, u32 vector);

/* ---- command.c ---- */
/* A 4-byte write to CMD, v->lock not held. -EAGAIN: the device was saved or left. */
int vdev_command(struct vdev *v, u32 cmd);
/* Stops every queue in the given way; with v->cmd_lock held. First error code, 0 if none. */
u32 vdev_stop_queues(struct vdev *v, enum vdev_wq_op op);
u32 vdev_stop_wq(struct vdev *v, u32 wq, enum vdev_wq_op op);
/* Tags a dedicated queue and starts it, with what its WQCFG says; error code. */
u32 vdev_start_wq(struct vdev *v, u32 wq);
/* Whether the guest's registers allow the queue to be enabled. */
u32 vdev_check_wq(struct vdev *v, u32 wq);
/* Forgets all interrupt handles. */
void vdev_drop_handles(struct vdev *v);
/* What the guest sees for a refusal by the physical device, or by the host around it. */
u32 vdev_error_code(int rc, u32 error);

/* ---- pasid.c: with v->lock not held ---- */
/* The host PASID of one of the guest's. -ENOENT. */
int vdev_host_pasid(struct vdev *v, u32 pasid, u32 *host);
/* Which descriptors may fire the vector's slot: as its permission entry says. With cmd_lock. */
int vdev_tag_slot(struct vdev *v, u32 vector);
int vdev_tag_slots(struct vdev *v);
/* Waits for what the guest submitted to the queue, as far as can be told apart. Error code. */
u32 vdev_drain(struct vdev *v, u32 wq);
/* Drain or abort by the guest's PASID; error code. */
u32 vdev_pasid_command(struct vdev *v, u32 pasid, bool abort);

/* ---- portal.c ---- */
/* Pages come or go: the map is told. With v->cmd_lock held, no other. */
void vdev_portals_changed(struct vdev *v);
/* Room for what comes while paused. -ENOMEM. */
int vdev_alloc_kept(struct vdev *v, struct vdev_kept **kept, u32 *max);
/* Drops pieces, and what was kept from the queues' counts; with store_lock held. */
void vdev_forget_stores(struct vdev *v);
/* Submits what was kept, in its order, and ends the pause with the last; with cmd_lock held. */
void vdev_submit_kept(struct vdev *v);

/* ---- state.c ---- */
/* With v->lock and store_lock held. */
void vdev_begin_pause(struct vdev *v, struct vdev_kept *kept, u32 max);

#endif
