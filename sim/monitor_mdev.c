// SPDX-License-Identifier: GPL-2.0
// A monitor with a mediated device: made by UUID in sysfs, opened through its VFIO group.
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "sim/guest.h"
#include "sim/monitor_vfio.h"
#include "sim/system.h"

#define DSA_DEVICES "/sys/bus/dsa/devices/"
#define PATH_BYTES  256

struct mdev {
	struct monitor_vfio *v; /* first: monitor_vfio_of() */
	char uuid[37];
	bool created, tied, pasids;
	char wq[32];
};

static struct kernel *host(const struct monitor_dev *d)
{
	return system_host(d->m->sys);
}

/* ---- what an administrator does ---- */

static int put(struct monitor_dev *d, const char *path, const char *text)
{
	int n = ksys_write(host(d), path, text, (u32)strlen(text));

	return n < 0 ? n : 0;
}

/* Version 4, and nobody else's: the machine's memory and the device's number in it. */
static void make_uuid(struct monitor_dev *d, char *uuid, size_t size)
{
	u64 vm = vm_ram_hpa(d->m->vm);

	snprintf(uuid, size, "64736173-%04x-4000-8000-%012llx", d->m->devices++ & 0xffff,
		 (unsigned long long)vm & 0xffffffffffffull);
}

static int put_wq(struct monitor_dev *d, const char *wq, const char *attribute, const char *text)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), DSA_DEVICES "%s/%s", wq, attribute);
	return put(d, path, text);
}

static void untie(struct monitor_dev *d, struct mdev *x)
{
	/* Nobody else would: once more if the kernel has no memory for the text. */
	if (x->pasids && put_wq(d, x->wq, "guest_pasids", "0") == -ENOMEM)
		put_wq(d, x->wq, "guest_pasids", "0");
	if (x->tied && put_wq(d, x->wq, "uuid", x->uuid) == -ENOMEM)
		put_wq(d, x->wq, "uuid", x->uuid);
	x->tied = false;
}

static int create(struct monitor_dev *d, struct mdev *x, const char *wq)
{
	char function[128], path[PATH_BYTES];
	int rc = monitor_wq_function(d, wq, function, sizeof(function));

	if (rc)
		return -ENODEV;
	snprintf(x->wq, sizeof(x->wq), "%s", wq);
	make_uuid(d, x->uuid, sizeof(x->uuid));
	rc = put_wq(d, wq, "uuid", x->uuid);
	/* No such attribute: the queue is not for virtual devices. Tied: it is another's. */
	if (rc)
		return rc == -ENOENT ? -ENODEV : rc == -ENOSPC ? -EBUSY : rc;
	x->tied = true;
	/* Shared queues offer them anyway. */
	x->pasids = d->m->sva && !monitor_wq_shared(d, wq);
	if (x->pasids)
		rc = put_wq(d, wq, "guest_pasids", "1");
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/mdev_supported_types/idxd-dsa-1%cwq-v1/create", function,
		 monitor_wq_shared(d, wq) ? 's' : 'd');
	rc = put(d, path, x->uuid);
	x->created = !rc;
	return rc;
}

static void destroy(struct monitor_dev *d, struct mdev *x)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/remove", x->uuid);
	if (x->created && put(d, path, "1") == -ENOMEM)
		put(d, path, "1");
	untie(d, x);
}

/* ---- what the monitor does ---- */

static int group_path(struct monitor_dev *d, const struct mdev *x, char *path, size_t size)
{
	char link[PATH_BYTES], target[PATH_BYTES];
	const char *number;
	int n;

	snprintf(link, sizeof(link), "/sys/bus/mdev/devices/%s/iommu_group", x->uuid);
	n = ksys_realpath(host(d), link, target, sizeof(target));
	number = n < 0 ? NULL : strrchr(target, '/');
	if (!number)
		return -ENODEV;
	snprintf(path, size, "/dev/vfio%s", number);
	return 0;
}

struct group_call {
	struct vm *vm;
	int fd;
};

static s64 add_group(void *arg)
{
	struct group_call *c = arg;

	return vm_add_group(c->vm, c->fd);
}

/* All of the guest's memory for the devices of the container, at guest-physical addresses. */
static s64 map_memory(struct monitor *m)
{
	struct vfio_iommu_type1_dma_map map = {.argsz = sizeof(map),
					       .flags = VFIO_DMA_MAP_FLAG_READ |
							VFIO_DMA_MAP_FLAG_WRITE,
					       .iova = vm_ram_base(m->vm),
					       .size = vm_ram_bytes(m->vm)};
	s64 rc = monitor_vm_fd(m);

	if (rc >= 0)
		rc = vmm_mmap(&m->vmm, (int)rc, 0, map.size);
	/* Memory that comes and goes is asked for by the devices themselves. */
	if (rc < 0)
		return rc == -EOPNOTSUPP ? 0 : rc;
	map.vaddr = (u64)rc;
	return vmm_ioctl(&m->vmm, m->container, VFIO_IOMMU_MAP_DMA, &map, sizeof(map));
}

static s64 join(struct monitor_dev *d, int group)
{
	struct vmm_process *v = &d->m->vmm;
	struct group_call call = {d->m->vm, group};
	s64 rc;

	rc = vmm_ioctl(v, group, VFIO_GROUP_SET_CONTAINER, &d->m->container, sizeof(int));
	if (!rc && !d->m->container_ready) {
		rc = vmm_ioctl_val(v, d->m->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
		if (!rc)
			rc = map_memory(d->m);
		d->m->container_ready = !rc;
	}
	return rc ? rc : vmm_call(v, add_group, &call);
}

static s64 device_fd(struct monitor_dev *d, struct mdev *x)
{
	struct vmm_process *v = &d->m->vmm;
	char path[PATH_BYTES];
	int group, rc;
	s64 fd;

	if (d->m->container < 0)
		d->m->container = vmm_open(v, "/dev/vfio/vfio");
	if (d->m->container < 0)
		return d->m->container;
	rc = group_path(d, x, path, sizeof(path));
	if (rc)
		return rc;
	group = vmm_open(v, path);
	if (group < 0)
		return group;
	fd = join(d, group);
	if (!fd)
		fd = vmm_ioctl(v, group, VFIO_GROUP_GET_DEVICE_FD, x->uuid, sizeof(x->uuid));
	x->v->group = group;
	return fd;
}

static int mdev_open(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct mdev *x;
	s64 fd;
	int rc = -ENOMEM;

	/* Its types know nothing else; several make a device at the other doors. */
	if (cfg->nwqs != 1)
		return -EINVAL;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->v = calloc(1, sizeof(*x->v));
	if (!x->v)
		goto free;
	x->v->fd = x->v->group = -1;
	x->v->d = d;
	rc = create(d, x, cfg->wqs[0]);
	if (rc)
		goto destroy;
	fd = device_fd(d, x);
	rc = fd < 0 ? (int)fd : monitor_vfio_attach(x->v, d, (int)fd);
	if (rc)
		goto detach;
	d->door = x;
	return 0;
detach:
	monitor_vfio_close(x->v);
destroy:
	destroy(d, x);
	monitor_vfio_detach(x->v);
free:
	free(x);
	return rc;
}

static void mdev_close(struct monitor_dev *d)
{
	struct mdev *x = d->door;

	monitor_vfio_close(x->v);
	destroy(d, x);
	monitor_vfio_detach(x->v);
	free(x);
}

const struct monitor_ops monitor_mdev_ops = {
	.open = mdev_open,
	.close = mdev_close,
	MONITOR_VFIO_OPS,
	.placed = monitor_vfio_placed,
	.carry = monitor_vfio_carry,
	.mmio_write = monitor_vfio_mmio_write,
	.portal_write = monitor_vfio_portal_write,
	.portal_enqueue = monitor_vfio_portal_enqueue,
};
