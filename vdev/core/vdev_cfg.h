/* SPDX-License-Identifier: GPL-2.0 */
/* What a virtual device is to be. Includes nothing: for both worlds, after their fixed-size types.
 */
#ifndef VDEV_CFG_H
#define VDEV_CFG_H

/* All zero: as the Linux series of 2021 (v6) had it, made safe. */
struct vdev_cfg {
	/*
	 * The guest has PASIDs of its own: ATS, PRI and PASID capabilities, and queues whose mode
	 * and PASID it sets. A share of a shared queue needs it, for descriptors there carry one.
	 */
	bool sva;
	/*
	 * Errors of a shared queue go to everyone who shares it, with all their fields, as the code
	 * of 2020-22 did. Off: to whom the PASID belongs, without what it cannot know.
	 */
	bool error_broadcast;
	/*
	 * Commands on a share drain the whole physical queue, as that code did. Off: what the guest
	 * submitted, by PASID, so that nobody waits for another's work.
	 */
	bool drain_whole_queue;
};

#endif
