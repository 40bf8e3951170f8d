/* SPDX-License-Identifier: GPL-2.0 */
/* What a virtual machine monitor has open, whichever file it opened: regions, interrupts, portal
 * mappings, the guest's memory. */
#ifndef VDEV_DOOR_H
#define VDEV_DOOR_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include "../core/vdev.h"
#include "guest_dma.h"
#include "pasid_pairs.h"
#include "portal_map.h"
#include "vdev_device.h"
#include "vdev_uapi.h"

struct vdev_stream;

#define VDEV_DOOR_VECTORS (VDEV_WQS_MAX + 1)
#define VDEV_DOOR_IRQS	  (VDEV_IRQ_PORTALS + 1)

/* VFIO's way to say where in a device's file a region begins. */
#define VDEV_REGION_SHIFT  40
#define VDEV_REGION_OFF(i) ((u64)(i) << VDEV_REGION_SHIFT)

struct vdev_door {
	struct vdev_device *d;
	u32 nr_vectors;
	struct guest_dma dma;
	struct mutex dma_lock; /* of what follows its being attached or not */
	/* The monitor says which PASID of the guest is which of the machine's; else the machine
	 * does. */
	bool explicit_pairs;
	struct vdev_pairs pairs;

	/* Who hears of what; any context. */
	spinlock_t irq_lock;
	struct eventfd_ctx *vector[VDEV_DOOR_VECTORS];
	u32 masked, pending; /* bits of vectors */
	struct eventfd_ctx *request, *portals;

	struct vdev_portal_map portal_map;

	/* Moving: one change of state at a time. */
	struct mutex move_lock;
	u32 state;		    /* enum vfio_device_mig_state */
	struct vdev_stream *stream; /* of STOP_COPY and RESUMING */
};

/* Callbacks of a device whose context is a vdev_door. */
extern const struct vdev_device_ops vdev_door_device_ops;

/* @door zeroed; then vdev_device_open() with it as context, and vdev_door_set_device(). */
void vdev_door_init(struct vdev_door *door);
void vdev_door_set_device(struct vdev_door *door, struct vdev_device *d, u32 nr_wqs);

/* The device's queues reach the guest's memory from here to vdev_door_close(). */
int vdev_door_open(struct vdev_door *door, struct kvm *kvm);
/* As nobody ever had it open; mappings are gone. */
void vdev_door_close(struct vdev_door *door);
/* The monitor takes memory back that the queues reach: they do not any more on return. */
void vdev_door_unmapped(struct vdev_door *door);
/* Someone wants the device back; pages of the portal BAR came or went. */
void vdev_door_request(struct vdev_door *door);
void vdev_door_portals(struct vdev_door *door);

/* File operations, as VFIO devices have them. */
ssize_t vdev_door_read(struct vdev_door *door, char __user *buf, size_t count, loff_t *pos);
ssize_t vdev_door_write(struct vdev_door *door, const char __user *buf, size_t count, loff_t *pos);
long vdev_door_ioctl(struct vdev_door *door, unsigned int cmd, unsigned long arg);
int vdev_door_mmap(struct vdev_door *door, struct vm_area_struct *vma);

/*
 * door_move.c: VFIO's migration. What VFIO_DEVICE_FEATURE does for a file that is not VFIO's; a
 * change of state, with the stream's file if it begins one (else NULL; ERR_PTR); the state.
 */
long vdev_door_feature(struct vdev_door *door, void __user *arg);
struct file *vdev_door_set_state(struct vdev_door *door, u32 state);
u32 vdev_door_state(struct vdev_door *door);
/* As it was composed, and RUNNING. */
void vdev_door_reset(struct vdev_door *door);

/* door_irq.c: VFIO_DEVICE_SET_IRQS. */
long vdev_door_set_irqs(struct vdev_door *door, void __user *arg);
void vdev_door_interrupt(struct vdev_door *door, u32 vector);
void vdev_door_drop_irqs(struct vdev_door *door);

#endif
