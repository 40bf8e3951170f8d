// SPDX-License-Identifier: GPL-2.0
// The world of tests with monitors that hold the doors of virtual devices themselves.
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>

#include "host-driver/kapi/sysfs_user.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/door_world.h"

char door_function[128], door_types[160];

static int find_function(void *arg)
{
	(void)arg;
	return ksys_realpath(system_host(sva_sys), DEV "wq0.0/../..", door_function,
			     sizeof(door_function));
}

void door_boot(void)
{
	sva_boot();
	if (system_call(sva_sys, find_function, NULL) < 0)
		abort();
	snprintf(door_types, sizeof(door_types), "%s/mdev_supported_types/idxd-dsa-1",
		 door_function);
}

struct guest *door_machine(const char *name)
{
	struct guest_cfg cfg = {.name = name, .memory = 32 * MIB, .node = -1};
	struct cfg_error err = {""};
	struct guest *g;

	if (guest_new(sva_sys, &cfg, &g, &err))
		abort();
	return g;
}

static s64 get_fd(void *arg)
{
	return vm_get_fd(guest_vm(arg));
}

int door_program_start(struct door_program *x, struct guest *machine)
{
	struct process_map map = {.kind = PROCESS_MAP_ANON,
				  .len = DOOR_BUF,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	s64 va;

	x->p = process_new(system_host(sva_sys), "monitor", 0);
	if (!x->p)
		return -ENOMEM;
	va = process_mmap(x->p, &map);
	if (va < 0)
		return (int)va;
	x->buf = (u64)va;
	x->vm = machine ? (int)process_syscall(x->p, get_fd, machine) : -1;
	if (x->vm >= 0) {
		map = (struct process_map){.kind = PROCESS_MAP_DEVICE,
					   .len = vm_ram_bytes(guest_vm(machine)),
					   .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
					   .fd = x->vm,
					   .node = -1};
		va = process_mmap(x->p, &map);
		if (va < 0)
			return (int)va;
		x->ram = (u64)va;
	}
	return process_touch(x->p, x->buf, DOOR_BUF, true);
}

void door_memory_map(const struct door_program *x, struct guest *machine,
		     struct vfio_iommu_type1_dma_map *map)
{
	*map = (struct vfio_iommu_type1_dma_map){.argsz = sizeof(*map),
						 .flags = VFIO_DMA_MAP_FLAG_READ |
							  VFIO_DMA_MAP_FLAG_WRITE,
						 .vaddr = x->ram,
						 .iova = vm_ram_base(guest_vm(machine)),
						 .size = vm_ram_bytes(guest_vm(machine))};
}

s64 door_call(struct door_program *x, int fd, u32 cmd, void *arg, u32 bytes)
{
	s64 rc = process_copy_out(x->p, x->buf, arg, bytes);

	if (!rc)
		rc = process_ioctl(x->p, fd, cmd, x->buf);
	if (process_copy_in(x->p, arg, x->buf, bytes))
		return -EFAULT;
	return rc;
}

s64 door_set_state(struct door_program *x, int fd, u32 state, int *data)
{
	struct {
		struct vfio_device_feature h;
		struct vfio_device_feature_mig_state mig;
	} f = {.h = {.argsz = sizeof(f),
		     .flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE},
	       .mig = {.device_state = state, .data_fd = 77}};
	s64 rc = door_call(x, fd, VFIO_DEVICE_FEATURE, &f, sizeof(f));

	*data = f.mig.data_fd;
	return rc;
}

int door_put(const char *dir, const char *attribute, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", dir, attribute);
	return sva_put(system_host(sva_sys), path, value);
}
