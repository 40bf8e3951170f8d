/* SPDX-License-Identifier: GPL-2.0 */
/* What monitors in user space need beside <linux/vfio.h>. Includes nothing: for both worlds, after
 * their fixed-size types. */
#ifndef VDEV_UAPI_H
#define VDEV_UAPI_H

/* Interrupt index after VFIO's own: pages of the portal region came or went. One eventfd. */
#define VDEV_IRQ_PORTALS 5

/* Commands of a device's file, beside VFIO's (type ';'). */
#define VDEV_IOCTL(nr) (0x3b00u | (0xc0u + (nr)))

/*
 * ENQCMD or ENQCMDS to a page of the portal region that traps; the guest's PASID is in the first 20
 * bits. 0 accepted, 1 retry.
 */
struct vdev_enqueue {
	u64 off; /* in the portal region */
	u8 desc[64];
};
#define VDEV_ENQUEUE VDEV_IOCTL(0)

/*
 * Moving: VFIO_DEVICE_FEATURE with VFIO_DEVICE_FEATURE_MIGRATION and _MIG_DEVICE_STATE, which a
 * character device answers as a mediated one does. States: RUNNING, STOP, STOP_COPY, RESUMING.
 * Its stream is at most this long, and one state whole: a device refuses what it cannot be.
 */
#define VDEV_STREAM_MAX (96 * 1024)

/* The guest's interrupt handles are void: it asks for new ones. No argument. */
#define VDEV_REVOKE_HANDLES VDEV_IOCTL(3)
/*
 * A character device's: the machine behind a descriptor (its value), whose memory the device's
 * queues reach from now on, until the file is closed. Returns the PASID that leads there. -EINVAL
 * no machine, -EBUSY bound already.
 */
#define VDEV_BIND_VM VDEV_IOCTL(4)

/*
 * The guest's PASID @guest is @host, which is one of the bound machine's (-EPERM): for queues,
 * interrupt slots and descriptors on trapped pages. -EINVAL, -EEXIST: it is another, -ENOSPC.
 * Unmapping (its number) waits until nothing is under way with it; -ENOENT.
 */
struct vdev_pasid_pair {
	u32 guest, host;
};
#define VDEV_MAP_PASID	 VDEV_IOCTL(5)
#define VDEV_UNMAP_PASID VDEV_IOCTL(6)

/* ---- queues and slots without composition code: a character device made with `raw` ---- */

/*
 * The rest is of such a device only. Queues are named by their place in the list that it was made
 * of, PASIDs by the host's numbers: one of the bound machine's, or -EPERM. Arguments that name
 * something that is not there, and reserved members that are not 0: -EINVAL. A queue was taken
 * away: -ENODEV.
 */
#define VDEV_RAW_WQS_MAX 8

struct vdev_raw_wq {
	u32 dedicated;
	u32 block_on_fault;
	s32 group;
	u32 engines;
	u32 size;
	u32 threshold;
	u32 priority;
	u32 max_batch;
	u64 max_xfer;
};
struct vdev_raw_facts {
	u32 nr_wqs;
	u32 pci_device;
	u32 version;
	u32 reserved;
	u64 gencap;
	u64 grpcap;
	u32 opcap[8];
	u64 dsacap[3];
	struct vdev_raw_wq wq[VDEV_RAW_WQS_MAX];
};
#define VDEV_RAW_FACTS VDEV_IOCTL(16)

/* @op as enum vdev_wq_op (vdev/core/vdev_backend.h); -ENXIO: refused by the device, why in @error;
 * -EPERM: what would hit others, and a dedicated queue enabled without a PASID. */
struct vdev_raw_command {
	u32 wq;
	u32 op;
	u32 error;
	u32 reserved;
};
#define VDEV_RAW_COMMAND VDEV_IOCTL(17)

struct vdev_raw_pasid_command {
	u32 pasid;
	u32 abort;
	u32 error;
	u32 reserved;
};
#define VDEV_RAW_PASID_COMMAND VDEV_IOCTL(18)

/* Of a dedicated queue that is disabled; 0: none. */
struct vdev_raw_pasid {
	u32 wq;
	u32 pasid;
};
#define VDEV_RAW_SET_PASID VDEV_IOCTL(19)

struct vdev_raw_submit {
	u32 wq;
	u32 reserved;
	u8 desc[64];
};
#define VDEV_RAW_SUBMIT VDEV_IOCTL(20)

/*
 * A slot of the interrupt message store, masked, whose messages signal eventfd @fd. Two for each
 * queue: -ENOSPC.
 */
struct vdev_raw_slot {
	s32 fd;
	u32 slot; /* out */
};
#define VDEV_RAW_SLOT_ALLOC VDEV_IOCTL(21)
#define VDEV_RAW_SLOT_FREE  VDEV_IOCTL(22) /* its number */

struct vdev_raw_slot_pasid {
	u32 slot;
	u32 pasid;
	u32 enable;
	u32 reserved;
};
#define VDEV_RAW_SLOT_PASID VDEV_IOCTL(23)

struct vdev_raw_slot_mask {
	u32 slot;
	u32 mask;
};
#define VDEV_RAW_SLOT_MASK VDEV_IOCTL(24)

struct vdev_raw_handle {
	u32 slot;
	u32 handle; /* out, or the one to release */
};
#define VDEV_RAW_HANDLE_REQUEST VDEV_IOCTL(25)
#define VDEV_RAW_HANDLE_RELEASE VDEV_IOCTL(26)

/* Errors of the physical device: read(2) gives whole events, eventfd @fd (its value) is signalled.
 */
#define VDEV_RAW_EVENTFD VDEV_IOCTL(27)

enum vdev_raw_event_kind {
	VDEV_RAW_SWERROR,      /* @wq: of this device, -1: names none */
	VDEV_RAW_HALTED,       /* @reset_type: what would bring it back */
	VDEV_RAW_REVOKED,      /* a queue was taken away, and with it everything */
	VDEV_RAW_HANDLES_VOID, /* of all slots: to be asked for again */
};
struct vdev_raw_event {
	u32 kind;
	s32 wq;
	union {
		u64 err[4];
		u32 reset_type;
	};
};
/* mmap(2): page 2 * queue is its unlimited portal page (dedicated queues), the next its limited
 * one.
 */

#endif
