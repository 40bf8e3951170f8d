/* SPDX-License-Identifier: GPL-2.0 */
/* Queues and slots for composition code in a user process: what the host kernel hands out, and
 * nothing else. */
#ifndef VDEV_RAW_H
#define VDEV_RAW_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include "guest_dma.h"
#include "home.h"
#include "portal_map.h"
#include "vdev_uapi.h"

#define VDEV_RAW_EVENTS 16 /* kept for the reader */

struct vdev_raw_slot_state {
	bool used, has_handle;
	u32 slot, handle;
	u32 vector;
	u32 pasid; /* the host's, 0: none */
	struct eventfd_ctx *event;
};

struct vdev_raw {
	struct vdev_device *d;
	struct guest_dma dma;
	struct vdev_portal_map portal_map;
	struct mutex lock; /* one change of slots, handles, PASIDs at a time */
	spinlock_t irq_lock;
	struct vdev_raw_slot_state slot[2 * VDEV_WQS_MAX];
	u32 wq_pasid[VDEV_WQS_MAX]; /* what tags its dedicated queues, 0: nothing; under @lock */
	struct eventfd_ctx *event;
	struct vdev_raw_event ring[VDEV_RAW_EVENTS];
	u32 first, count; /* those that do not fit are dropped */
};

extern const struct vdev_events vdev_raw_events;
extern const struct vdev_device_ops vdev_raw_device_ops; /* context: a vdev_raw */

/* @raw zeroed. */
void vdev_raw_init(struct vdev_raw *raw);
/* raw->d is its device. */
void vdev_raw_set_device(struct vdev_raw *raw);
/* The file is opened for a machine; closed: all that it had is given back. */
int vdev_raw_bind(struct vdev_raw *raw, struct kvm *kvm);
void vdev_raw_close(struct vdev_raw *raw);
long vdev_raw_ioctl(struct vdev_raw *raw, unsigned int cmd, unsigned long arg);
ssize_t vdev_raw_read(struct vdev_raw *raw, char __user *buf, size_t count);

#endif
