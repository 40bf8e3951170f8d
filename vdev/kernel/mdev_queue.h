/* SPDX-License-Identifier: GPL-2.0 */
/* Queues for mediated devices. */
#ifndef VDEV_MDEV_QUEUE_H
#define VDEV_MDEV_QUEUE_H

#include <linux/device.h>
#include <linux/uuid.h>

/*
 * A bound queue of @parent for a new device: one that @uuid is tied to, else any that no UUID is
 * tied to. Its name, and whether devices of it offer guest PASIDs; -ENOSPC: none left, -EBUSY: the
 * one tied is in use or of the other kind. Somebody else may be faster.
 */
int vdev_choose_queue(struct device *parent, bool shared, const guid_t *uuid, char *name,
		      size_t size, bool *pasids);
/* Queues that could be chosen now: shared ones count once, however many devices they serve. */
unsigned int vdev_count_queues(struct device *parent, bool shared);

#endif
