/* SPDX-License-Identifier: GPL-2.0 */
/* The composition code's home in the host kernel: a virtual device with its queues and slots. */
#ifndef VDEV_HOME_H
#define VDEV_HOME_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include "../../host-driver/idxd/idxd_vdev.h"
#include "../core/vdev.h"
#include "ims_irq.h"
#include "vdev_device.h"

struct vdev_device;

/* A bound queue, its driver data: who is composed of it, under its device lock. */
struct vdev_binding {
	bool guest_pasids; /* devices of a dedicated queue offer PASIDs of the guest's own */
	/* As struct vdev_cfg has them, for devices that are composed of it from now on. */
	bool error_broadcast;
	bool drain_whole_queue;
	struct list_head queues; /* of struct vdev_queue: several if it is shared */
};

/* A queue that the device is composed of. */
struct vdev_queue {
	struct list_head node;
	struct vdev_device *d;
	u32 index;
	bool dedicated;
	bool tagged;	    /* has a PASID; under the device's cmd_lock */
	struct device *dev; /* the queue's own, referenced */
	struct idxd_wq *wq;
	void __iomem *portal; /* of our own submissions; NULL: none yet */
	struct idxd_wq_listener listener;
	bool claimed; /* under the queue's device lock */
};

/* A slot of the interrupt message store, with what a device reset makes it forget. */
struct vdev_slot {
	struct vdev_device *d;
	bool used;
	u32 slot;
	u32 vector;
	struct ims_irq irq;
	u32 pasid;
	bool pasid_enabled;
	bool masked;
	/* What descriptors call it, while it has been asked for. Under cmd_lock. */
	bool has_handle;
	u32 handle;
};

/* What happens at the physical device, for who composes of it. */
struct vdev_events {
	/* A message of the slot allocated for @vector. Any context, does not sleep. */
	void (*completion)(struct vdev_device *d, u32 vector);
	/* As vdev_swerror() and vdev_halted(). */
	void (*swerror)(struct vdev_device *d, int wq, const u64 err[4]);
	void (*halted)(struct vdev_device *d, u32 reset_type);
	/* As vdev_handles_void(); may give commands. */
	void (*handles_void)(struct vdev_device *d);
	/* A queue is being taken away: everything stops, and is told to the guest. */
	void (*stop)(struct vdev_device *d);
};

struct vdev_device {
	struct vdev_backend be;
	const struct vdev_events *events;
	struct vdev *v; /* NULL: composed elsewhere */
	struct vdev_ops core_ops;
	struct vdev_cfg cfg;
	const struct vdev_device_ops *ops;
	void *ctx;
	struct vdev_queue queue[VDEV_WQS_MAX];
	struct vdev_slot slot[2 * VDEV_WQS_MAX]; /* old and new while handles are revoked */
	/*
	 * @gone is set under both: the first is held while the physical device works on a command,
	 * the second only for register accesses. In this order.
	 */
	struct mutex cmd_lock;
	struct mutex lock;
	bool gone;
	struct work_struct handles_work; /* tells @events that handles are void */
	bool revoked; /* a queue was taken away, perhaps before there was a @v; under @lock */
};

/* The driver of queues that are for virtual devices. */
extern struct idxd_device_driver vdev_wq_driver;

/* backend.c */
extern const struct vdev_backend_ops vdev_home_ops;
void vdev_home_init(struct vdev_device *d);
/* Hears of the queue's errors from now on; until vdev_home_unlisten(). */
void vdev_home_listen(struct vdev_queue *q);
void vdev_home_unlisten(struct vdev_queue *q);
int vdev_home_post(struct vdev_device *d, u32 vector, u64 desc, u8 as);
/* Gives the slots back and lets nothing reach the physical device any more. */
void vdev_home_cut_off(struct vdev_device *d);

/* device.c: queues and slots without composition code, until vdev_device_close(). */
int vdev_device_open_raw(const char *const *wqs, u32 nr, const struct vdev_events *events,
			 const struct vdev_device_ops *ops, void *ctx, struct vdev_device **out);

/* device.c: the driver is taken from the queue, whose device lock is held. */
void vdev_device_revoke(struct vdev_queue *q);

#endif
