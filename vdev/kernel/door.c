// SPDX-License-Identifier: GPL-2.0
/* A monitor's file: regions, what they are, reading and writing them, reset, the guest's memory. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../core/defect.h"
#include "door.h"

/* ---- what the device asks of its holder ---- */

static void vdev_door_on_interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	vdev_door_interrupt(ctx, vector);
}

static void vdev_door_on_portals(void *ctx)
{
	struct vdev_door *door = ctx;

	vdev_portal_zap(&door->portal_map);
	vdev_door_portals(door);
}

static void vdev_door_on_revoked(void *ctx)
{
	struct vdev_door *door = ctx;

	vdev_portal_revoke(&door->portal_map);
}

static int vdev_door_host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct vdev_door *door = ctx;

	return door->explicit_pairs ? vdev_pairs_host(&door->pairs, pasid, host)
				    : guest_dma_host_pasid(&door->dma, pasid, host);
}

static int vdev_door_guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	struct vdev_door *door = ctx;

	return door->explicit_pairs ? vdev_pairs_guest(&door->pairs, host, pasid)
				    : guest_dma_guest_pasid(&door->dma, host, pasid);
}

/* Processors submit under what the machine knows, whether the monitor has said so here or not. */
static int vdev_door_next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct vdev_door *door = ctx;

	return guest_dma_next_pasid(&door->dma, pasid, host);
}

const struct vdev_device_ops vdev_door_device_ops = {
	.interrupt = vdev_door_on_interrupt,
	.revoked = vdev_door_on_revoked,
	.portals = vdev_door_on_portals,
	.host_pasid = vdev_door_host_pasid,
	.guest_pasid = vdev_door_guest_pasid,
	.next_pasid = vdev_door_next_pasid,
};

/* ---- beginning and end ---- */

static int vdev_door_page(struct vdev_portal_map *map, u64 off, u64 *pa)
{
	return vdev_device_portal(container_of(map, struct vdev_door, portal_map)->d, off, pa);
}

int vdev_door_mmap(struct vdev_door *door, struct vm_area_struct *vma)
{
	return vdev_portal_mmap(&door->portal_map, vma);
}

/* A pair goes before what is under it ends: nothing new begins with it. */
static int vdev_door_unpair(struct vdev_door *door, u32 guest)
{
	u32 host;
	int rc = vdev_pairs_remove(&door->pairs, guest, &host);

	if (!rc)
		vdev_device_pasid_gone(door->d, guest, host);
	return rc;
}

/* The machine's; where the monitor made the pairs, all that lead there. */
static void vdev_door_pasid_gone(struct guest_dma *dma, u32 pasid, u32 host)
{
	struct vdev_door *door = container_of(dma, struct vdev_door, dma);

	bool paired = false;

	while (door->explicit_pairs && !vdev_pairs_guest(&door->pairs, host, &pasid))
		paired |= !vdev_door_unpair(door, pasid);
	/* Processors may have submitted under one that the monitor never mentioned. */
	if (!paired)
		vdev_device_pasid_gone(door->d, pasid, host);
}

void vdev_door_init(struct vdev_door *door)
{
	spin_lock_init(&door->irq_lock);
	mutex_init(&door->move_lock);
	mutex_init(&door->dma_lock);
	door->state = VFIO_DEVICE_STATE_RUNNING;
	vdev_pairs_init(&door->pairs);
	door->dma.pasid_gone = vdev_door_pasid_gone;
	vdev_portal_map_init(&door->portal_map,
			     VDEV_REGION_OFF(VFIO_PCI_BAR2_REGION_INDEX) >> PAGE_SHIFT,
			     vdev_door_page);
}

void vdev_door_set_device(struct vdev_door *door, struct vdev_device *d, u32 nr_wqs)
{
	u64 bytes;
	bool enabled;

	door->d = d;
	door->nr_vectors = nr_wqs + 1;
	vdev_device_bar(d, VDEV_BAR_PORTALS, &bytes, &enabled);
	door->portal_map.pages = bytes >> PAGE_SHIFT;
}

int vdev_door_open(struct vdev_door *door, struct kvm *kvm)
{
	int rc;

	mutex_lock(&door->dma_lock);
	rc = guest_dma_attach(&door->dma, kvm, vdev_device_parent(door->d));
	if (!rc) {
		rc = vdev_device_set_pasid(door->d, door->dma.pasid);
		if (rc)
			guest_dma_detach(&door->dma);
	}
	mutex_unlock(&door->dma_lock);
	return rc;
}

/* Queues, then the translation that they used. Whether there was one. */
static bool vdev_door_leave_memory(struct vdev_door *door)
{
	bool had;

	mutex_lock(&door->dma_lock);
	had = door->dma.kvm;
	if (vdev_defect(DMA_BEFORE_QUEUE))
		guest_dma_detach(&door->dma);
	vdev_device_clear_pasid(door->d);
	guest_dma_detach(&door->dma);
	mutex_unlock(&door->dma_lock);
	return had;
}

/* Part of a guest's memory cannot go under its queues: the guest finds a device that halted. */
void vdev_door_unmapped(struct vdev_door *door)
{
	/* One that is just being opened has it pinned already: that comes to its end first. */
	if (vdev_door_leave_memory(door))
		vdev_device_stop(door->d);
}

/* Interrupts, then queues, then the translation that they used. */
void vdev_door_close(struct vdev_door *door)
{
	u32 i;

	vdev_portal_zap(&door->portal_map);
	/* Whoever waits for a paused device does not any more. */
	vdev_device_leave(door->d);
	vdev_door_drop_irqs(door);
	/* The machine's descriptors may be gone before the slots are. */
	for (i = 1; i < door->nr_vectors; i++)
		vdev_device_post(door->d, i, 0, 0);
	vdev_door_leave_memory(door);
	vdev_door_reset(door);
	vdev_pairs_drop(&door->pairs);
}

/* ---- regions ---- */

static u64 vdev_region_size(struct vdev_door *door, u32 index)
{
	u64 bytes = 0;
	bool enabled;

	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return VDEV_CONFIG_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX:
	case VFIO_PCI_BAR2_REGION_INDEX:
		vdev_device_bar(door->d, index, &bytes, &enabled);
		break;
	}
	return bytes;
}

/* The largest naturally aligned access at @off. */
static u32 vdev_access_width(u32 index, u64 off, size_t left)
{
	u32 width = index == VFIO_PCI_CONFIG_REGION_INDEX ? 4 : 8;

	while (width > left || off & (width - 1))
		width /= 2;
	return width;
}

static u64 vdev_region_get(struct vdev_door *door, u32 index, u64 off, u32 width)
{
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return vdev_device_config_read(door->d, off, width);
	case VFIO_PCI_BAR0_REGION_INDEX:
		return vdev_device_mmio_read(door->d, off, width);
	}
	/* Portals are for writing. */
	return ~0ull;
}

static int vdev_region_put(struct vdev_door *door, u32 index, u64 off, u32 width, u64 val)
{
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return vdev_device_config_write(door->d, off, width, val);
	case VFIO_PCI_BAR0_REGION_INDEX:
		return vdev_device_mmio_write(door->d, off, width, val);
	}
	return -EINVAL;
}

/* Where an access begins, and how much of it lies in the region; 0: past its end. */
static ssize_t vdev_region_at(struct vdev_door *door, loff_t pos, size_t count, u32 *index,
			      u64 *off)
{
	u64 bytes;

	*index = (u64)pos >> VDEV_REGION_SHIFT;
	*off = pos & (VDEV_REGION_OFF(1) - 1);
	bytes = vdev_region_size(door, *index);
	if (!bytes)
		return -EINVAL;
	if (*off >= bytes)
		return 0;
	return min_t(u64, count, bytes - *off);
}

ssize_t vdev_door_read(struct vdev_door *door, char __user *buf, size_t count, loff_t *pos)
{
	u32 index, width;
	ssize_t len, done;
	u64 off, val;

	len = vdev_region_at(door, *pos, count, &index, &off);
	for (done = 0; done < len; done += width) {
		width = vdev_access_width(index, off + done, len - done);
		val = vdev_region_get(door, index, off + done, width);
		if (copy_to_user(buf + done, &val, width))
			return -EFAULT;
	}
	if (len > 0)
		*pos += len;
	return len;
}

/* Lines of 64 bytes at most, one store each: pieces of a descriptor, or the whole. */
static ssize_t vdev_portal_store(struct vdev_door *door, const char __user *buf, u64 off,
				 size_t len)
{
	u8 line[64];
	size_t done, n;
	int rc;

	for (done = 0; done < len; done += n) {
		n = min_t(size_t, len - done, 64 - (off + done) % 64);
		if (copy_from_user(line, buf + done, n))
			return -EFAULT;
		rc = vdev_device_portal_write(door->d, off + done, line, n, task_pid_nr(current));
		if (rc)
			return rc;
	}
	return len;
}

ssize_t vdev_door_write(struct vdev_door *door, const char __user *buf, size_t count, loff_t *pos)
{
	u32 index, width;
	ssize_t len, done;
	u64 off, val = 0;
	int rc;

	len = vdev_region_at(door, *pos, count, &index, &off);
	if (len > 0 && index == VFIO_PCI_BAR2_REGION_INDEX) {
		len = vdev_portal_store(door, buf, off, len);
		done = len;
	} else {
		done = 0;
	}
	for (; done < len; done += width) {
		width = vdev_access_width(index, off + done, len - done);
		if (copy_from_user(&val, buf + done, width))
			return -EFAULT;
		rc = vdev_region_put(door, index, off + done, width, val);
		if (rc)
			return rc;
	}
	if (len > 0)
		*pos += len;
	return len;
}

/* ---- ioctls ---- */

static long vdev_get_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VDEV_DOOR_IRQS;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* Portal pages of a shared queue's unlimited kind never go straight through. */
static int vdev_add_sparse(struct vdev_door *door, u64 bytes, struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	u32 nr = bytes >> PAGE_SHIFT, i;
	size_t size = struct_size(sparse, areas, nr);
	int rc;

	sparse = kzalloc(size, GFP_KERNEL);
	if (!sparse)
		return -ENOMEM;
	sparse->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->header.version = 1;
	for (i = 0; i < nr; i++) {
		if (!vdev_device_portal_ever(door->d, (u64)i << PAGE_SHIFT))
			continue;
		sparse->areas[sparse->nr_areas].offset = (u64)i << PAGE_SHIFT;
		sparse->areas[sparse->nr_areas++].size = PAGE_SIZE;
	}
	size = struct_size(sparse, areas, sparse->nr_areas);
	rc = vfio_info_add_capability(caps, &sparse->header, size);
	kfree(sparse);
	return rc;
}

static long vdev_put_region_info(struct vfio_region_info *info, struct vfio_info_cap *caps,
				 void __user *arg, size_t minsz)
{
	long rc = 0;

	if (caps->size) {
		info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		if (info->argsz < sizeof(*info) + caps->size) {
			info->argsz = sizeof(*info) + caps->size;
			info->cap_offset = 0;
		} else {
			vfio_info_cap_shift(caps, sizeof(*info));
			if (copy_to_user((u8 __user *)arg + sizeof(*info), caps->buf, caps->size))
				rc = -EFAULT;
			info->cap_offset = sizeof(*info);
		}
	}
	kfree(caps->buf);
	if (!rc && copy_to_user(arg, info, minsz))
		rc = -EFAULT;
	return rc;
}

static long vdev_get_region_info(struct vdev_door *door, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	struct vfio_info_cap caps = {};
	int rc = 0;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info.offset = VDEV_REGION_OFF(info.index);
	info.size = vdev_region_size(door, info.index);
	info.flags = 0;
	info.cap_offset = 0;
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (info.index == VFIO_PCI_BAR2_REGION_INDEX) {
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
		rc = vdev_add_sparse(door, info.size, &caps);
	}
	return rc ? rc : vdev_put_region_info(&info, &caps, arg, minsz);
}

static long vdev_get_irq_info(struct vdev_door *door, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (vdev_defect(IRQ_INFO_FAILS))
		return -EINVAL;
	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VDEV_DOOR_IRQS)
		return -EINVAL;
	info.flags = 0;
	info.count = 0;
	switch (info.index) {
	case VFIO_PCI_MSIX_IRQ_INDEX:
		info.flags =
			VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_NORESIZE;
		info.count = door->nr_vectors;
		break;
	case VFIO_PCI_REQ_IRQ_INDEX:
	case VDEV_IRQ_PORTALS:
		info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
		info.count = 1;
		break;
	}
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long vdev_enqueue(struct vdev_door *door, void __user *arg)
{
	struct vdev_enqueue e;
	u64 bytes;
	bool enabled;

	if (copy_from_user(&e, arg, sizeof(e)))
		return -EFAULT;
	vdev_device_bar(door->d, VDEV_BAR_PORTALS, &bytes, &enabled);
	if (e.off % sizeof(e.desc) || e.off >= bytes)
		return -EINVAL;
	return vdev_device_portal_enqueue(door->d, e.off, e.desc);
}

static long vdev_map_pasid(struct vdev_door *door, void __user *arg)
{
	struct vdev_pasid_pair p;

	if (copy_from_user(&p, arg, sizeof(p)))
		return -EFAULT;
	if (!door->explicit_pairs)
		return -ENOTTY;
	/* Only what leads to the machine's own memory. */
	return guest_dma_may_use(&door->dma, p.host) ? vdev_pairs_add(&door->pairs, p.guest, p.host)
						     : -EPERM;
}

/* Nobody starts to use it, then what is under it comes to its end. */
static long vdev_unmap_pasid(struct vdev_door *door, unsigned long guest)
{
	if (!door->explicit_pairs)
		return -ENOTTY;
	return guest > U32_MAX ? -ENOENT : vdev_door_unpair(door, guest);
}

long vdev_door_ioctl(struct vdev_door *door, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return vdev_get_info(uarg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return vdev_get_region_info(door, uarg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vdev_get_irq_info(door, uarg);
	case VFIO_DEVICE_SET_IRQS:
		return vdev_door_set_irqs(door, uarg);
	case VDEV_ENQUEUE:
		return vdev_enqueue(door, uarg);
	case VDEV_MAP_PASID:
		return vdev_map_pasid(door, uarg);
	case VDEV_UNMAP_PASID:
		return vdev_unmap_pasid(door, arg);
	case VDEV_REVOKE_HANDLES:
		return vdev_device_revoke_handles(door->d);
	case VFIO_DEVICE_FEATURE:
		return vdev_door_feature(door, uarg);
	case VFIO_DEVICE_RESET:
		vdev_door_reset(door);
		return 0;
	}
	return -ENOTTY;
}
