/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the composition core share: the device's state and its register image. */
#ifndef VDEV_PRIV_H
#define VDEV_PRIV_H

#include <asm/unaligned.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
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
#define VDEV_CONFIG_BYTES 256 /* what exists of the configuration space */
#define VDEV_CAP_MSIX	  0x40
#define VDEV_CAP_EXP	  0x50

/* Commands 1 ... 14. */
#define VDEV_CMDCAP SPEC_FIELD(DSA_CMD_RELEASE_INT_HANDLE, DSA_CMD_ENABLE_DEVICE)

struct vdev_wq {
	struct vdev_wq_facts facts;
	bool enabled;
};

/* Vector 0 is software's; vector n is backed by a slot of the interrupt message store. */
struct vdev_vector {
	int slot; /* -1: none */
	bool slot_masked;
	bool handle_given;
	u32 handle;
};

struct vdev {
	struct vdev_backend *be;
	const struct vdev_ops *ops;
	void *ctx;
	struct vdev_cfg cfg;
	struct vdev_device_facts facts;
	u32 nr_wqs;
	u32 nr_vectors;

	/* One command or reset at a time; held while the physical device works on it. Taken first.
	 */
	struct mutex cmd_lock;
	struct vdev_wq wq[VDEV_WQS_MAX]; /* under cmd_lock */
	u32 pasid;			 /* under cmd_lock */
	bool has_pasid;

	/* Register and configuration images. Never held across a physical command. */
	struct mutex lock;
	u8 *bar0;
	u8 config[VDEV_CONFIG_BYTES];
	struct vdev_vector vector[VDEV_VECTORS_MAX];

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

/* ---- bar0.c: all with v->lock held ---- */
/* The whole image as after a reset. */
void vdev_init_registers(struct vdev *v);
void vdev_set_state(struct vdev *v, u32 state, u32 reset_type);
void vdev_set_wq_state(struct vdev *v, u32 wq, u32 state);
/* Sets causes and raises vector 0. */
void vdev_cause(struct vdev *v, u32 causes);
/* Latches an error of the device's own or a translated one, and reports it if the guest wants. */
void vdev_latch_error(struct vdev *v, const u64 err[4]);

/* ---- config.c: with v->lock held ---- */
void vdev_init_config(struct vdev *v);
bool vdev_bus_master(const struct vdev *v);

/* ---- interrupt.c ---- */
/* With v->lock held, which guards the table against other writers. */
void vdev_init_msix(struct vdev *v);
void vdev_write_msix(struct vdev *v, u32 off, u32 val, u32 mask);
void vdev_set_msix_control(struct vdev *v, bool enabled, bool masked);
/* Any context. */
void vdev_raise(struct vdev *v, u32 vector);

/* ---- command.c ---- */
/* A 4-byte write to CMD, v->lock not held. */
void vdev_command(struct vdev *v, u32 cmd);
/* Stops every queue in the given way; with v->cmd_lock held. First error code, 0 if none. */
u32 vdev_stop_queues(struct vdev *v, enum vdev_wq_op op);
/* Forgets all interrupt handles; slots keep their PASID, which is the host's matter. */
void vdev_drop_handles(struct vdev *v);

#endif
