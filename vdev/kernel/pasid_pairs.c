// SPDX-License-Identifier: GPL-2.0
/* Pairs of guest and host PASIDs, in order of the guest's. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <spec/dsa_regs.h>
#include "pasid_pairs.h"

void vdev_pairs_init(struct vdev_pairs *p)
{
	mutex_init(&p->lock);
}

void vdev_pairs_drop(struct vdev_pairs *p)
{
	mutex_lock(&p->lock);
	kfree(p->pair);
	p->pair = NULL;
	p->nr = p->max = 0;
	mutex_unlock(&p->lock);
}

/* The first whose guest PASID is not below @guest. */
static u32 vdev_pair_at(const struct vdev_pairs *p, u32 guest)
{
	u32 lo = 0, hi = p->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (p->pair[mid].guest < guest)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int vdev_pairs_grow(struct vdev_pairs *p)
{
	struct vdev_pair *more;

	if (p->nr < p->max)
		return 0;
	if (p->nr >= VDEV_PAIRS_MAX)
		return -ENOSPC;
	more = krealloc(p->pair, (p->max + 8) * sizeof(*more), GFP_KERNEL);
	if (!more)
		return -ENOMEM;
	p->pair = more;
	p->max += 8;
	return 0;
}

static int vdev_pairs_insert(struct vdev_pairs *p, u32 guest, u32 host)
{
	u32 i = vdev_pair_at(p, guest);
	int rc;

	if (i < p->nr && p->pair[i].guest == guest)
		return p->pair[i].host == host ? 0 : -EEXIST;
	rc = vdev_pairs_grow(p);
	if (rc)
		return rc;
	memmove(&p->pair[i + 1], &p->pair[i], (p->nr - i) * sizeof(p->pair[0]));
	p->pair[i] = (struct vdev_pair){guest, host};
	p->nr++;
	return 0;
}

int vdev_pairs_add(struct vdev_pairs *p, u32 guest, u32 host)
{
	int rc;

	if (!guest || guest > DSA_PASID_MAX)
		return -EINVAL;
	mutex_lock(&p->lock);
	rc = vdev_pairs_insert(p, guest, host);
	mutex_unlock(&p->lock);
	return rc;
}

int vdev_pairs_remove(struct vdev_pairs *p, u32 guest, u32 *host)
{
	int rc = -ENOENT;
	u32 i;

	mutex_lock(&p->lock);
	i = vdev_pair_at(p, guest);
	if (i < p->nr && p->pair[i].guest == guest) {
		*host = p->pair[i].host;
		p->nr--;
		memmove(&p->pair[i], &p->pair[i + 1], (p->nr - i) * sizeof(p->pair[0]));
		rc = 0;
	}
	mutex_unlock(&p->lock);
	return rc;
}

int vdev_pairs_next(struct vdev_pairs *p, u32 *guest, u32 *host)
{
	int rc = -ENOENT;
	u32 i;

	mutex_lock(&p->lock);
	i = vdev_pair_at(p, *guest);
	if (i < p->nr) {
		*guest = p->pair[i].guest;
		*host = p->pair[i].host;
		rc = 0;
	}
	mutex_unlock(&p->lock);
	return rc;
}

int vdev_pairs_host(struct vdev_pairs *p, u32 guest, u32 *host)
{
	u32 found = guest;
	int rc = vdev_pairs_next(p, &found, host);

	return rc || found != guest ? -ENOENT : 0;
}

int vdev_pairs_guest(struct vdev_pairs *p, u32 host, u32 *guest)
{
	int rc = -ENOENT;
	u32 i;

	mutex_lock(&p->lock);
	for (i = 0; i < p->nr && rc; i++)
		if (p->pair[i].host == host) {
			*guest = p->pair[i].guest;
			rc = 0;
		}
	mutex_unlock(&p->lock);
	return rc;
}
