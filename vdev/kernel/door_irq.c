// SPDX-License-Identifier: GPL-2.0
/* A monitor's interrupts: an eventfd for each vector, masks, the request to let go. */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "door.h"

void vdev_door_interrupt(struct vdev_door *door, u32 vector)
{
	unsigned long flags;

	if (vector >= door->nr_vectors)
		return;
	spin_lock_irqsave(&door->irq_lock, flags);
	if (door->masked & BIT(vector))
		door->pending |= BIT(vector);
	else if (door->vector[vector])
		eventfd_signal(door->vector[vector], 1);
	spin_unlock_irqrestore(&door->irq_lock, flags);
}

static void vdev_door_signal(struct vdev_door *door, struct eventfd_ctx *const *slot)
{
	unsigned long flags;

	spin_lock_irqsave(&door->irq_lock, flags);
	if (*slot)
		eventfd_signal(*slot, 1);
	spin_unlock_irqrestore(&door->irq_lock, flags);
}

void vdev_door_request(struct vdev_door *door)
{
	vdev_door_signal(door, &door->request);
}

void vdev_door_portals(struct vdev_door *door)
{
	vdev_door_signal(door, &door->portals);
}

static void vdev_door_swap(struct vdev_door *door, struct eventfd_ctx **slot,
			   struct eventfd_ctx *new)
{
	struct eventfd_ctx *old;
	unsigned long flags;

	spin_lock_irqsave(&door->irq_lock, flags);
	old = *slot;
	*slot = new;
	spin_unlock_irqrestore(&door->irq_lock, flags);
	if (old)
		eventfd_ctx_put(old);
}

static void vdev_door_mask(struct vdev_door *door, u32 vector, bool mask)
{
	unsigned long flags;
	bool fire = false;

	spin_lock_irqsave(&door->irq_lock, flags);
	if (mask) {
		door->masked |= BIT(vector);
	} else {
		door->masked &= ~BIT(vector);
		fire = door->pending & BIT(vector);
		door->pending &= ~BIT(vector);
	}
	spin_unlock_irqrestore(&door->irq_lock, flags);
	if (fire)
		vdev_door_interrupt(door, vector);
}

void vdev_door_drop_irqs(struct vdev_door *door)
{
	u32 i;

	for (i = 0; i < VDEV_DOOR_VECTORS; i++) {
		vdev_door_swap(door, &door->vector[i], NULL);
		vdev_door_mask(door, i, false);
	}
	vdev_door_swap(door, &door->request, NULL);
	vdev_door_swap(door, &door->portals, NULL);
}

/* ---- VFIO_DEVICE_SET_IRQS ---- */

/* -1 takes the eventfd away. */
static int vdev_door_fd(s32 fd, struct eventfd_ctx **ctx)
{
	*ctx = NULL;
	if (fd < -1)
		return -EBADF;
	if (fd == -1)
		return 0;
	*ctx = eventfd_ctx_fdget(fd);
	return PTR_ERR_OR_ZERO(*ctx);
}

/* All or nothing: every descriptor is looked up before the first takes effect. */
static int vdev_door_set_vectors(struct vdev_door *door, const struct vfio_irq_set *set,
				 const s32 *fds)
{
	struct eventfd_ctx *ctx[VDEV_DOOR_VECTORS];
	u32 i;
	int rc = 0;

	for (i = 0; i < set->count && !rc; i++)
		rc = vdev_door_fd(fds[i], &ctx[i]);
	if (rc) {
		for (i--; i; i--)
			if (ctx[i - 1])
				eventfd_ctx_put(ctx[i - 1]);
		return rc;
	}
	for (i = 0; i < set->count; i++)
		vdev_door_swap(door, &door->vector[set->start + i], ctx[i]);
	return 0;
}

static int vdev_door_trigger(struct vdev_door *door, const struct vfio_irq_set *set,
			     const void *data)
{
	u32 i;

	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return vdev_door_set_vectors(door, set, data);
	/* None at all: the interrupt is switched off. */
	if (set->flags & VFIO_IRQ_SET_DATA_NONE && !set->count) {
		for (i = 0; i < door->nr_vectors; i++)
			vdev_door_swap(door, &door->vector[i], NULL);
		return 0;
	}
	/* Otherwise the monitor tests its own wiring. */
	for (i = 0; i < set->count; i++)
		if (set->flags & VFIO_IRQ_SET_DATA_NONE || ((const u8 *)data)[i])
			vdev_door_interrupt(door, set->start + i);
	return 0;
}

static int vdev_door_set_msix(struct vdev_door *door, const struct vfio_irq_set *set,
			      const void *data)
{
	bool mask = set->flags & VFIO_IRQ_SET_ACTION_MASK;
	u32 i;

	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return vdev_door_trigger(door, set, data);
	case VFIO_IRQ_SET_ACTION_MASK:
	case VFIO_IRQ_SET_ACTION_UNMASK:
		if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD)
			return -EINVAL;
		for (i = 0; i < set->count; i++)
			if (set->flags & VFIO_IRQ_SET_DATA_NONE || ((const u8 *)data)[i])
				vdev_door_mask(door, set->start + i, mask);
		return 0;
	}
	return -EINVAL;
}

/*
 * An interrupt of the device file's own, not of the function behind it. None at all switches it
 * off; without descriptor the monitor tests its own wiring: as vfio-pci has it for such interrupts.
 */
static int vdev_door_set_event(struct vdev_door *door, const struct vfio_irq_set *set,
			       const void *data, struct eventfd_ctx **slot)
{
	struct eventfd_ctx *ctx;
	int rc;

	if ((set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE) {
		if (!READ_ONCE(*slot))
			return -EINVAL;
		if (set->count)
			vdev_door_signal(door, slot);
		else
			vdev_door_swap(door, slot, NULL);
		return 0;
	}
	if (!set->count)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_BOOL) {
		if (*(const u8 *)data)
			vdev_door_signal(door, slot);
		return 0;
	}
	rc = vdev_door_fd(*(const s32 *)data, &ctx);
	if (!rc)
		vdev_door_swap(door, slot, ctx);
	return rc;
}

long vdev_door_set_irqs(struct vdev_door *door, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	union {
		s32 fd[VDEV_DOOR_VECTORS];
		u8 set[VDEV_DOOR_VECTORS];
	} data;
	struct vfio_irq_set set;
	size_t bytes = 0;
	int rc;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	rc = vfio_set_irqs_validate_and_prepare(
		&set, set.index == VFIO_PCI_MSIX_IRQ_INDEX ? door->nr_vectors : 1, VDEV_DOOR_IRQS,
		&bytes);
	if (rc)
		return rc;
	/* Never more than there are vectors, as was just checked. */
	if (bytes > sizeof(data))
		return -EINVAL;
	if (bytes && copy_from_user(&data, (u8 __user *)arg + minsz, bytes))
		return -EFAULT;
	switch (set.index) {
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return vdev_door_set_msix(door, &set, &data);
	case VFIO_PCI_REQ_IRQ_INDEX:
		return vdev_door_set_event(door, &set, &data, &door->request);
	case VDEV_IRQ_PORTALS:
		return vdev_door_set_event(door, &set, &data, &door->portals);
	}
	return -EINVAL;
}
