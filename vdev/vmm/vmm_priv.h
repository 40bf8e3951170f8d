/* SPDX-License-Identifier: GPL-2.0 */
/* The composition code's home in a user process. */
#ifndef VDEV_VMM_PRIV_H
#define VDEV_VMM_PRIV_H

#include <linux/types.h>
#include "../core/vdev.h"
#include "../kernel/vdev_uapi.h"
#include "vdev_vmm.h"

#define VDEV_VMM_PAGE_SHIFT 12

struct vdev_vmm {
	struct vdev_backend be;
	struct vdev *v;
	const struct vdev_vmm_ops *ops;
	void *ctx;
	struct vdev_raw_facts facts;
};

extern const struct vdev_backend_ops vdev_vmm_backend_ops;

#endif
