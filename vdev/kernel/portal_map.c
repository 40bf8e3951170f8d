// SPDX-License-Identifier: GPL-2.0
/* Portal pages in a monitor's address space: put there at its first access, taken away when the
 * device no longer has them. After the way vfio-pci of 6.1 does it for memory that comes and goes.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "portal_map.h"

struct vdev_mapping {
	struct list_head node;
	struct vm_area_struct *vma;
};

static struct vdev_mapping *vdev_find_mapping(struct vdev_portal_map *map,
					      struct vm_area_struct *vma)
{
	struct vdev_mapping *m;

	list_for_each_entry (m, &map->vmas, node)
		if (m->vma == vma)
			return m;
	return NULL;
}

static int vdev_add_mapping(struct vdev_portal_map *map, struct vm_area_struct *vma)
{
	struct vdev_mapping *m = vdev_find_mapping(map, vma);

	if (m)
		return 0;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->vma = vma;
	list_add_tail(&m->node, &map->vmas);
	return 0;
}

/* A copy: its pages come with its own faults. */
static void vdev_vma_open(struct vm_area_struct *vma)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

static void vdev_vma_close(struct vm_area_struct *vma)
{
	struct vdev_portal_map *map = vma->vm_private_data;
	struct vdev_mapping *m;

	mutex_lock(&map->lock);
	m = vdev_find_mapping(map, vma);
	if (m) {
		list_del(&m->node);
		kfree(m);
	}
	mutex_unlock(&map->lock);
}

static vm_fault_t vdev_vma_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vdev_portal_map *map = vma->vm_private_data;
	u64 off = ((u64)vmf->pgoff - map->first) << PAGE_SHIFT;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	u64 pa;

	mutex_lock(&map->lock);
	if (!map->revoked && !map->page(map, off, &pa))
		ret = vdev_add_mapping(map, vma)
			      ? VM_FAULT_OOM
			      : vmf_insert_pfn(vma, vmf->address, pa >> PAGE_SHIFT);
	mutex_unlock(&map->lock);
	return ret;
}

static const struct vm_operations_struct vdev_vma_ops = {
	.open = vdev_vma_open,
	.close = vdev_vma_close,
	.fault = vdev_vma_fault,
};

int vdev_portal_mmap(struct vdev_portal_map *map, struct vm_area_struct *vma)
{
	u64 page = vma->vm_pgoff - map->first;
	u64 pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;

	if (vma->vm_pgoff < map->first || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (page >= map->pages || pages > map->pages - page)
		return -EINVAL;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_private_data = map;
	vma->vm_ops = &vdev_vma_ops;
	return 0;
}

void vdev_portal_revoke(struct vdev_portal_map *map)
{
	mutex_lock(&map->lock);
	map->revoked = true;
	mutex_unlock(&map->lock);
	vdev_portal_zap(map);
}

void vdev_portal_map_init(struct vdev_portal_map *map, u64 first, vdev_portal_page_fn *page)
{
	mutex_init(&map->lock);
	INIT_LIST_HEAD(&map->vmas);
	map->first = first;
	map->page = page;
}

/* The address space of the first mapping that still has one, with a reference. */
static struct mm_struct *vdev_any_mm(struct vdev_portal_map *map)
{
	struct vdev_mapping *m, *next;
	struct mm_struct *mm = NULL;

	mutex_lock(&map->lock);
	list_for_each_entry_safe (m, next, &map->vmas, node) {
		if (mmget_not_zero(m->vma->vm_mm)) {
			mm = m->vma->vm_mm;
			break;
		}
		/* It is being taken apart, and its pages with it. */
		list_del(&m->node);
		kfree(m);
	}
	mutex_unlock(&map->lock);
	return mm;
}

void vdev_portal_zap(struct vdev_portal_map *map)
{
	struct vdev_mapping *m, *next;
	struct mm_struct *mm;

	/* Faults lock the address space first: so does this. */
	while ((mm = vdev_any_mm(map))) {
		mmap_read_lock(mm);
		mutex_lock(&map->lock);
		list_for_each_entry_safe (m, next, &map->vmas, node) {
			if (m->vma->vm_mm != mm)
				continue;
			list_del(&m->node);
			zap_vma_ptes(m->vma, m->vma->vm_start, m->vma->vm_end - m->vma->vm_start);
			kfree(m);
		}
		mutex_unlock(&map->lock);
		mmap_read_unlock(mm);
		mmput(mm);
	}
}
