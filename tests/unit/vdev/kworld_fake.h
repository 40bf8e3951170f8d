/* SPDX-License-Identifier: GPL-2.0 */
/* A physical device that only remembers what was asked of it, and a monitor that does the same. */
#ifndef TESTS_UNIT_VDEV_FAKE_H
#define TESTS_UNIT_VDEV_FAKE_H

#include <linux/types.h>
#include <spec/dsa_pci.h>
#include <spec/dsa_regs.h>
#include "tests/unit/vdev/vdev_world.h"
#include "vdev/core/vdev.h"

#define FAKE_SLOTS 32
#define FAKE_PAIRS 4
#define FAKE_DESCS 64
/* The default PASID, and what stands for guest PASID n. */
#define FAKE_PASID     7
#define FAKE_HOST(pas) ((pas) + 1000)

#define CMD_REG(code, operand) (SPEC_PREP(DSA_CMD_CODE, code) | (operand))
#define WQ_REG(wq, dword)      (0x500 + (wq)*32 + 4 * (dword))
#define PERM_REG(vector)       (0x300 + (vector)*8)
#define ENTRY_REG(vector)      (0x600 + (vector)*16)

struct fake_wq {
	struct vdev_wq_facts facts;
	bool enabled;
	u32 full; /* submissions that it still refuses */
};

struct fake_slot {
	bool used, masked, enable;
	u32 vector, pasid;
};

struct fake {
	struct vdev_backend be;
	struct vt *t;
	struct vdev *v;
	struct vdev_cfg cfg;
	struct vdev_ops ops;
	struct vdev_device_facts facts;
	struct fake_wq wq[VDEV_WQS_MAX];
	struct fake_slot slot[FAKE_SLOTS];
	u32 first_slot; /* handles are slot + 0x100 */
	char log[1024]; /* since fake_log() was last asked for */
	char said[1024];
	bool quiet; /* nothing is written to the log */
	/* What the next commands answer. */
	int fail;
	u32 error;
	u32 command_us;
	bool slow_slots;  /* a slot's PASID takes as long */
	u32 requests;	  /* of interrupt handles */
	bool slow_submit; /* submissions take as long, and are in the log */
	u32 lie;	  /* what stands for every PASID, if not 0 */
	/* The guest's PASIDs. */
	u32 pasid[FAKE_PAIRS];
	u32 nr_pasids;
	/* What arrived. */
	u8 desc[FAKE_DESCS][64];
	u32 desc_wq[FAKE_DESCS];
	u32 nr_descs;
	u32 interrupts[VDEV_WQS_MAX + 1];
	u32 portal_changes;
};

/*
 * A device of queues as @queues says: "d16 s8" is a dedicated one of 16 entries and a shared one of
 * 8. Its default PASID is set, the bus is the guest's (master, memory).
 */
struct fake *fake_new(struct vt *t, const char *queues, const struct vdev_cfg *cfg);
/* As above with facts that the caller has changed; vdev_create()'s answer. */
struct fake *fake_prepare(struct vt *t, const char *queues, const struct vdev_cfg *cfg);
int fake_create(struct fake *f);
void fake_free(struct fake *f);

/* What the backend was asked since the last call, "enable 0 drain 1 ". */
const char *fake_log(struct fake *f);

u32 fake_reg(struct fake *f, u32 off);
void fake_put(struct fake *f, u32 off, u32 val);
u32 fake_config(struct fake *f, u32 off, u32 width);
void fake_config_put(struct fake *f, u32 off, u32 width, u32 val);
/* Runs a command: the error that CMDSTS shows. */
u32 fake_cmd(struct fake *f, u32 code, u32 operand);
/* Enables the device and all its queues, with a PASID where a queue needs one. */
void fake_enable(struct fake *f);
/* ATS, PRI and PASID on. */
void fake_functions(struct fake *f);
/* Enables MSI-X and unmasks all vectors. */
void fake_unmask(struct fake *f);

extern const struct vdev_cfg fake_plain, fake_sva;

#endif
