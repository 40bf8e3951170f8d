// SPDX-License-Identifier: GPL-2.0
// Cases: the pairs of PASIDs that a monitor installs.
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <spec/dsa_regs.h>
#include "tests/unit/vdev/vdev_world.h"
#include "vdev/kernel/pasid_pairs.h"

static void ends(struct vt *t)
{
	struct vdev_pairs p = {};
	u32 guest = 1, host;

	vdev_pairs_init(&p);
	VT_EQUAL(t, (u64)vdev_pairs_add(&p, 0, 9), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_pairs_add(&p, DSA_PASID_MAX + 1, 9), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_pairs_next(&p, &guest, &host), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_pairs_remove(&p, 1, &host), (u64)-ENOENT);
	VT_EQUAL(t, vdev_pairs_add(&p, 5, 1005), 0);
	VT_EQUAL(t, vdev_pairs_add(&p, 5, 1005), 0);
	VT_EQUAL(t, (u64)vdev_pairs_add(&p, 5, 1006), (u64)-EEXIST);
	VT_EQUAL(t, vdev_pairs_host(&p, 5, &host), 0);
	VT_EQUAL(t, host, 1005);
	/* The nearest is not the one that was asked for. */
	VT_EQUAL(t, (u64)vdev_pairs_host(&p, 4, &host), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_pairs_host(&p, 6, &host), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_pairs_guest(&p, 5, &guest), (u64)-ENOENT);
	vdev_pairs_drop(&p);
	VT_EQUAL(t, (u64)vdev_pairs_host(&p, 5, &host), (u64)-ENOENT);
}

/* In any order they come and go; as many as are allowed, and not one more. */
static void many(struct vt *t)
{
	struct vdev_pairs p = {};
	u32 i, guest, host, n = 0;

	vdev_pairs_init(&p);
	for (i = 0; i < VDEV_PAIRS_MAX; i++)
		VT_EQUAL(t, vdev_pairs_add(&p, (i * 1021 + 7) % VDEV_PAIRS_MAX + 1, i + 1), 0);
	VT_EQUAL(t, (u64)vdev_pairs_add(&p, VDEV_PAIRS_MAX + 1, 1), (u64)-ENOSPC);
	for (guest = 1; !vdev_pairs_next(&p, &guest, &host); guest++) {
		VT_EQUAL(t, guest, ++n);
		VT_EQUAL(t, (host - 1) * 1021 % VDEV_PAIRS_MAX, (guest - 8) % VDEV_PAIRS_MAX);
		VT_EQUAL(t, vdev_pairs_guest(&p, host, &i), 0);
		VT_EQUAL(t, i, guest);
	}
	VT_EQUAL(t, n, VDEV_PAIRS_MAX);
	for (i = 2; i <= VDEV_PAIRS_MAX; i += 2)
		VT_EQUAL(t, vdev_pairs_remove(&p, i, &host), 0);
	guest = 2;
	VT_EQUAL(t, vdev_pairs_next(&p, &guest, &host), 0);
	VT_EQUAL(t, guest, 3);
	vdev_pairs_drop(&p);
}

const struct vt_case vt_pairs_cases[] = {
	{"ends", ends},
	{"many", many},
	{},
};
