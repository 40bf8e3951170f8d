// SPDX-License-Identifier: GPL-2.0
/* Portal pages in a monitor's address space: put there at its first access, taken away when the
 * device no longer has them. After the way vfio-pci of 6.1 does it for memory that comes and goes.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "door.h"

struct vdev_mapping {
	struct list_head node;
	struct vm_area_struct *vma;
};

static struct vdev_mapping *vdev_find_mapping(struct vdev_door *door, struct vm_area_struct *vma)
{
	struct vdev_mapping *m;

	list_for_each_entry (m, &door->vmas, node)
		if (m->vma == vma)
			return m;
	return NULL;
}

static int vdev_add_mapping(struct vdev_door *door, struct vm_area_struct *vma)
{
	struct vdev_mapping *m = vdev_find_mapping(door, vma);

	if (m)
		return 0;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->vma = vma;
	list_add_tail(&m->node, &door->vmas);
	return 0;
}

/* A copy: its pages come with its own faults. */
static void vdev_vma_open(struct vm_area_struct *vma)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

static void vdev_vma_close(struct vm_area_struct *vma)
{
	struct vdev_door *door = vma->vm_private_data;
	struct vdev_mapping *m;

	mutex_lock(&door->vma_lock);
	m = vdev_find_mapping(door, vma);
	if (m) {
		list_del(&m->node);
		kfree(m);
	}
	mutex_unlock(&door->vma_lock);
}

static vm_fault_t vdev_vma_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vdev_door *door = vma->vm_private_data;
	u64 off = ((u64)vmf->pgoff << PAGE_SHIFT) - VDEV_REGION_OFF(VFIO_PCI_BAR2_REGION_INDEX);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	u64 pa;

	mutex_lock(&door->vma_lock);
	if (!door->revoked && !vdev_device_portal(door->d, off, &pa))
		ret = vdev_add_mapping(door, vma)
			      ? VM_FAULT_OOM
			      : vmf_insert_pfn(vma, vmf->address, pa >> PAGE_SHIFT);
	mutex_unlock(&door->vma_lock);
	return ret;
}

static const struct vm_operations_struct vdev_vma_ops = {
	.open = vdev_vma_open,
	.close = vdev_vma_close,
	.fault = vdev_vma_fault,
};

int vdev_door_mmap(struct vdev_door *door, struct vm_area_struct *vma)
{
	u64 index = vma->vm_pgoff >> (VDEV_REGION_SHIFT - PAGE_SHIFT);
	u64 page = vma->vm_pgoff & ((1ull << (VDEV_REGION_SHIFT - PAGE_SHIFT)) - 1);
	u64 pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT, bytes;
	bool enabled;

	if (index != VFIO_PCI_BAR2_REGION_INDEX || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vdev_device_bar(door->d, VDEV_BAR_PORTALS, &bytes, &enabled);
	if (page >= bytes >> PAGE_SHIFT || pages > (bytes >> PAGE_SHIFT) - page)
		return -EINVAL;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_private_data = door;
	vma->vm_ops = &vdev_vma_ops;
	return 0;
}

/* The address space of the first mapping that still has one, with a reference. */
static struct mm_struct *vdev_any_mm(struct vdev_door *door)
{
	struct vdev_mapping *m, *next;
	struct mm_struct *mm = NULL;

	mutex_lock(&door->vma_lock);
	list_for_each_entry_safe (m, next, &door->vmas, node) {
		if (mmget_not_zero(m->vma->vm_mm)) {
			mm = m->vma->vm_mm;
			break;
		}
		/* It is being taken apart, and its pages with it. */
		list_del(&m->node);
		kfree(m);
	}
	mutex_unlock(&door->vma_lock);
	return mm;
}

void vdev_door_zap(struct vdev_door *door)
{
	struct vdev_mapping *m, *next;
	struct mm_struct *mm;

	/* Faults lock the address space first: so does this. */
	while ((mm = vdev_any_mm(door))) {
		mmap_read_lock(mm);
		mutex_lock(&door->vma_lock);
		list_for_each_entry_safe (m, next, &door->vmas, node) {
			if (m->vma->vm_mm != mm)
				continue;
			list_del(&m->node);
			zap_vma_ptes(m->vma, m->vma->vm_start, m->vma->vm_end - m->vma->vm_start);
			kfree(m);
		}
		mutex_unlock(&door->vma_lock);
		mmap_read_unlock(mm);
		mmput(mm);
	}
}
