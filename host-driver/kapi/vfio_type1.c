// SPDX-License-Identifier: GPL-2.0
// Type 1 of VFIO's IOMMU interface, as far as devices that emulate their IOMMU have it: what a
// monitor maps for DMA is noted, and pinned when a driver asks. After
// drivers/vfio/vfio_iommu_type1.c of Linux 6.1.
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "vfio_priv.h"

/* The module's parameter dma_entry_limit. */
#define MAPPINGS_MAX 65535u
#define NOTICES_MAX  10

struct vfio_mapping {
	u64 iova, vaddr, size;
	u32 flags; /* VFIO_DMA_MAP_FLAG_* */
	u32 pins;  /* drivers that count on it */
};

void vfio_type1_init(struct vfio_type1 *t)
{
	mutex_init(&t->lock);
	mutex_init(&t->device_lock);
	INIT_LIST_HEAD(&t->devices);
}

void vfio_type1_end(struct vfio_type1 *t)
{
	WARN_ON(!list_empty(&t->devices));
	kvfree(t->map);
	t->map = NULL;
	t->nr = t->max = 0;
}

/* ---- with t->lock held ---- */

/* The first mapping that does not end before @iova; t->nr: none. */
static u32 mapping_at(const struct vfio_type1 *t, u64 iova)
{
	u32 lo = 0, hi = t->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (t->map[mid].iova + (t->map[mid].size - 1) < iova)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* @last: of the range, which may end where addresses do. */
static bool mapping_within(const struct vfio_type1 *t, u32 i, u64 last)
{
	return i < t->nr && t->map[i].iova <= last;
}

static int make_room(struct vfio_type1 *t)
{
	u32 max = t->max ? 2 * t->max : 8;
	struct vfio_mapping *more;

	if (t->nr < t->max)
		return 0;
	more = kvmalloc_array(max, sizeof(*more), GFP_KERNEL);
	if (!more)
		return -ENOMEM;
	if (t->nr)
		memcpy(more, t->map, t->nr * sizeof(*more));
	kvfree(t->map);
	t->map = more;
	t->max = max;
	return 0;
}

static int add_mapping(struct vfio_type1 *t, const struct vfio_iommu_type1_dma_map *m)
{
	u32 i = mapping_at(t, m->iova);
	int rc;

	if (mapping_within(t, i, m->iova + (m->size - 1)))
		return -EEXIST;
	if (t->nr >= MAPPINGS_MAX)
		return -ENOSPC;
	rc = make_room(t);
	if (rc)
		return rc;
	memmove(&t->map[i + 1], &t->map[i], (t->nr - i) * sizeof(t->map[0]));
	t->map[i] = (struct vfio_mapping){
		.iova = m->iova, .vaddr = m->vaddr, .size = m->size, .flags = m->flags};
	t->nr++;
	return 0;
}

/* Whether @first and @last cut a mapping in two. */
static bool bisects(const struct vfio_type1 *t, u64 first, u64 last)
{
	u32 i = mapping_at(t, first), k = mapping_at(t, last);

	return (mapping_within(t, i, first) && t->map[i].iova != first) ||
	       (mapping_within(t, k, last) && t->map[k].iova + (t->map[k].size - 1) != last);
}

/* ---- drivers ---- */

void vfio_type1_add_device(struct vfio_type1 *t, struct vfio_device *device)
{
	mutex_lock(&t->device_lock);
	list_add_tail(&device->iommu_entry, &t->devices);
	mutex_unlock(&t->device_lock);
}

void vfio_type1_remove_device(struct vfio_type1 *t, struct vfio_device *device)
{
	mutex_lock(&t->device_lock);
	list_del(&device->iommu_entry);
	mutex_unlock(&t->device_lock);
}

static void notify_unmap(struct vfio_type1 *t, u64 iova, u64 size)
{
	struct vfio_device *device;

	mutex_lock(&t->device_lock);
	list_for_each_entry (device, &t->devices, iommu_entry)
		if (device->ops->dma_unmap)
			device->ops->dma_unmap(device, iova, size);
	mutex_unlock(&t->device_lock);
}

/* With t->lock held: counts on [iova, last], or not any more. */
static void count_pins(struct vfio_type1 *t, u64 iova, u64 last, int by)
{
	u32 i;

	for (i = mapping_at(t, iova); mapping_within(t, i, last); i++)
		t->map[i].pins += by;
}

/* Whether all of [iova, last] is mapped for reading and writing. */
static int check_range(const struct vfio_type1 *t, u64 iova, u64 last)
{
	const u32 rights = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	u32 i;

	for (i = mapping_at(t, iova); mapping_within(t, i, iova); i++) {
		u64 end = t->map[i].iova + (t->map[i].size - 1);

		if ((t->map[i].flags & rights) != rights)
			return -EPERM;
		if (end >= last)
			return 0;
		iova = end + 1;
	}
	return -EINVAL;
}

int kapi_vfio_pin_range(struct vfio_device *device, u64 iova, u64 bytes)
{
	struct vfio_container *c = device->group->container;
	int rc;

	if (!c || !bytes || iova + (bytes - 1) < iova)
		return -EINVAL;
	if (!c->type1.v2)
		return -EACCES;
	mutex_lock(&c->type1.lock);
	rc = check_range(&c->type1, iova, iova + (bytes - 1));
	if (!rc)
		count_pins(&c->type1, iova, iova + (bytes - 1), 1);
	mutex_unlock(&c->type1.lock);
	return rc;
}

void kapi_vfio_unpin_range(struct vfio_device *device, u64 iova, u64 bytes)
{
	struct vfio_container *c = device->group->container;

	mutex_lock(&c->type1.lock);
	count_pins(&c->type1, iova, iova + (bytes - 1), -1);
	mutex_unlock(&c->type1.lock);
}

/* ---- the container's calls ---- */

static long map_dma(struct vfio_type1 *t, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_iommu_type1_dma_map, size);
	const u32 rights = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	struct vfio_iommu_type1_dma_map m;
	long rc;

	if (copy_from_user(&m, arg, minsz))
		return -EFAULT;
	if (m.argsz < minsz || m.flags & ~rights || !(m.flags & rights))
		return -EINVAL;
	if (!m.size || (m.size | m.iova | m.vaddr) & ~PAGE_MASK)
		return -EINVAL;
	if (m.iova + (m.size - 1) < m.iova || m.vaddr + (m.size - 1) < m.vaddr)
		return -EINVAL;
	mutex_lock(&t->lock);
	rc = add_mapping(t, &m);
	mutex_unlock(&t->lock);
	return rc;
}

/* With t->lock held, given up for drivers that have the mapping pinned. */
static int unmap_range(struct vfio_type1 *t, u64 first, u64 last, u64 *unmapped)
{
	u32 i, notices = 0;

	for (i = mapping_at(t, first); mapping_within(t, i, last);) {
		struct vfio_mapping m = t->map[i];

		/* Version 1 takes away what begins in the range, whole. */
		if (!t->v2 && m.iova < first) {
			i++;
			continue;
		}
		if (m.pins) {
			if (WARN_ON(notices++ == NOTICES_MAX))
				return -EBUSY;
			mutex_unlock(&t->lock);
			notify_unmap(t, m.iova, m.size);
			mutex_lock(&t->lock);
			i = mapping_at(t, first);
			continue;
		}
		notices = 0;
		*unmapped += m.size;
		t->nr--;
		memmove(&t->map[i], &t->map[i + 1], (t->nr - i) * sizeof(t->map[0]));
	}
	return 0;
}

static long unmap_dma(struct vfio_type1 *t, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap u;
	u64 last, unmapped = 0;
	bool all;
	long rc;

	if (copy_from_user(&u, arg, minsz))
		return -EFAULT;
	all = u.flags & VFIO_DMA_UNMAP_FLAG_ALL;
	if (u.argsz < minsz || u.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return -EINVAL;
	if (all ? u.iova || u.size : !u.size || (u.size | u.iova) & ~PAGE_MASK)
		return -EINVAL;
	last = u.iova + (u.size - 1);
	if (!all && last < u.iova)
		return -EINVAL;
	mutex_lock(&t->lock);
	rc = t->v2 && !all && bisects(t, u.iova, last)
		     ? -EINVAL
		     : unmap_range(t, u.iova, all ? ~0ull : last, &unmapped);
	mutex_unlock(&t->lock);
	u.size = unmapped;
	return copy_to_user(arg, &u, minsz) ? -EFAULT : rc;
}

static long get_info(struct vfio_type1 *t, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_iommu_type1_info, iova_pgsizes);
	const size_t capsz = offsetofend(struct vfio_iommu_type1_info, cap_offset);
	struct {
		struct vfio_iommu_type1_info info;
		struct vfio_iommu_type1_info_dma_avail avail;
	} a = {.avail = {.header = {.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, .version = 1}}};
	u32 argsz;

	if (copy_from_user(&a.info, arg, minsz))
		return -EFAULT;
	argsz = a.info.argsz;
	if (argsz < minsz)
		return -EINVAL;
	a.info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	a.info.iova_pgsizes = PAGE_MASK;
	a.info.argsz = sizeof(a);
	a.info.cap_offset = 0;
	mutex_lock(&t->lock);
	a.avail.avail = MAPPINGS_MAX - t->nr;
	mutex_unlock(&t->lock);
	if (argsz >= sizeof(a)) {
		a.info.argsz = argsz;
		a.info.cap_offset = offsetof(typeof(a), avail);
		return copy_to_user(arg, &a, sizeof(a)) ? -EFAULT : 0;
	}
	return copy_to_user(arg, &a.info, argsz >= capsz ? capsz : minsz) ? -EFAULT : 0;
}

long vfio_type1_ioctl(struct vfio_type1 *t, unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case VFIO_IOMMU_GET_INFO:
		return get_info(t, arg);
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(t, arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(t, arg);
	}
	return -ENOTTY;
}
