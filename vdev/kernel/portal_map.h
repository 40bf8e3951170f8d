/* SPDX-License-Identifier: GPL-2.0 */
/* Portal pages in the address spaces of who opened a device's file. */
#ifndef VDEV_PORTAL_MAP_H
#define VDEV_PORTAL_MAP_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct vdev_portal_map;

/* The host-physical page at @off; -ENOENT: none now. */
typedef int vdev_portal_page_fn(struct vdev_portal_map *map, u64 off, u64 *pa);

struct vdev_portal_map {
	u64 first, pages; /* where in the file, pages of 4 KiB; 0: none yet */
	vdev_portal_page_fn *page;
	/* A mapping's address space is locked before. */
	struct mutex lock;
	struct list_head vmas;
	bool revoked; /* no page comes back */
};

void vdev_portal_map_init(struct vdev_portal_map *map, u64 first, vdev_portal_page_fn *page);
/* For the file's mmap: pages appear when they are accessed. -EINVAL: not these pages, or private.
 */
int vdev_portal_mmap(struct vdev_portal_map *map, struct vm_area_struct *vma);
/* No page is mapped when it returns; those that there are come back with the next access ... */
void vdev_portal_zap(struct vdev_portal_map *map);
/* ... or never. */
void vdev_portal_revoke(struct vdev_portal_map *map);

#endif
