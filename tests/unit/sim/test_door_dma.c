// SPDX-License-Identifier: GPL-2.0
// What a container maps for DMA: its rules, and that a mediated device reaches a machine's memory
// while it is mapped, and only then.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "model/spec/dsa_regs.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/door_world.h"

#define UUID   "01234567-89ab-4def-8123-456789abcdef"
#define PAGE   4096ull
#define CONFIG (7ull << 40)
#define RW     3u

static struct door_program x;
static struct guest *machine;
static int container, group;

static s64 map(u64 iova, u64 size, u64 vaddr, u32 flags)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m), .flags = flags, .vaddr = vaddr, .iova = iova, .size = size};

	return door_call(&x, container, VFIO_IOMMU_MAP_DMA, &m, sizeof(m));
}

/* Bytes that went, or -errno. */
static s64 unmap(u64 iova, u64 size, u32 flags)
{
	struct vfio_iommu_type1_dma_unmap u = {
		.argsz = sizeof(u), .flags = flags, .iova = iova, .size = size};
	s64 rc = door_call(&x, container, VFIO_IOMMU_UNMAP_DMA, &u, sizeof(u));

	return rc ? rc : (s64)u.size;
}

static u32 available(void)
{
	struct {
		struct vfio_iommu_type1_info info;
		struct vfio_iommu_type1_info_dma_avail avail;
	} a = {.info = {.argsz = sizeof(a)}};
	struct vfio_iommu_type1_info small = {.argsz = sizeof(small)};

	CU_ASSERT_EQUAL(door_call(&x, container, VFIO_IOMMU_GET_INFO, &a, sizeof(a)), 0);
	CU_ASSERT(a.info.flags & VFIO_IOMMU_INFO_CAPS && a.info.cap_offset);
	CU_ASSERT_EQUAL(a.avail.header.id, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
	/* No room for it: said how much there has to be. */
	CU_ASSERT_EQUAL(door_call(&x, container, VFIO_IOMMU_GET_INFO, &small, sizeof(small)), 0);
	CU_ASSERT_EQUAL(small.argsz, sizeof(a));
	CU_ASSERT_EQUAL(small.cap_offset, 0);
	small.argsz = 8;
	CU_ASSERT_EQUAL(door_call(&x, container, VFIO_IOMMU_GET_INFO, &small, sizeof(small)),
			-EINVAL);
	return a.avail.avail;
}

/* ---- a group in a container ---- */

static s64 add_group(void *arg)
{
	(void)arg;
	return vm_add_group(guest_vm(machine), group);
}

static int join(void *arg)
{
	(void)arg;
	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, machine), 0);
	CU_ASSERT_EQUAL(door_put(door_types, "dwq-v1/create", UUID), 0);
	container = process_open(x.p, "/dev/vfio/vfio");
	group = process_open(x.p, "/dev/vfio/0");
	CU_ASSERT_FATAL(container >= 0 && group >= 0);
	/* Nothing to map for before there is a group. */
	CU_ASSERT_EQUAL(map(0, PAGE, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(door_call(&x, group, VFIO_GROUP_SET_CONTAINER, &container, sizeof(int)), 0);
	CU_ASSERT_EQUAL(map(0, PAGE, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(process_syscall(x.p, add_group, NULL), 0);
	return 0;
}

static void set_iommu(u32 type)
{
	CU_ASSERT_EQUAL(process_ioctl(x.p, container, VFIO_SET_IOMMU, type), 0);
}

/* The last group takes the mappings along. */
static void rejoin(u32 type)
{
	CU_ASSERT_EQUAL(process_ioctl(x.p, group, VFIO_GROUP_UNSET_CONTAINER, 0), 0);
	CU_ASSERT_EQUAL(unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL), -EINVAL);
	CU_ASSERT_EQUAL(door_call(&x, group, VFIO_GROUP_SET_CONTAINER, &container, sizeof(int)), 0);
	set_iommu(type);
	CU_ASSERT_EQUAL(available(), 65535);
}

static int leave(void *arg)
{
	(void)arg;
	process_exit(x.p);
	CU_ASSERT_EQUAL(sva_put(system_host(sva_sys), "/sys/bus/mdev/devices/" UUID "/remove", "1"),
			0);
	return 0;
}

/* ---- rules ---- */

static int rules(void *arg)
{
	const u64 top = 0ull - PAGE;
	u32 i;

	(void)arg;
	set_iommu(VFIO_TYPE1v2_IOMMU);
	CU_ASSERT_EQUAL(available(), 65535);
	CU_ASSERT_EQUAL(map(0, 0, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(1, PAGE, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(0, PAGE + 1, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(0, PAGE, 1, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(0, PAGE, PAGE, 0), -EINVAL);
	CU_ASSERT_EQUAL(map(0, PAGE, PAGE, RW | 1u << 5), -EINVAL);
	CU_ASSERT_EQUAL(map(top, 2 * PAGE, PAGE, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(PAGE, 2 * PAGE, top, RW), -EINVAL);
	CU_ASSERT_EQUAL(map(4 * PAGE, 4 * PAGE, PAGE, RW), 0);
	CU_ASSERT_EQUAL(map(4 * PAGE, 4 * PAGE, PAGE, RW), -EEXIST);
	CU_ASSERT_EQUAL(map(PAGE, 4 * PAGE, PAGE, RW), -EEXIST);
	CU_ASSERT_EQUAL(map(7 * PAGE, PAGE, PAGE, RW), -EEXIST);
	CU_ASSERT_EQUAL(map(0, 100 * PAGE, PAGE, RW), -EEXIST);
	CU_ASSERT_EQUAL(map(8 * PAGE, PAGE, PAGE, 1), 0);
	CU_ASSERT_EQUAL(map(0, 4 * PAGE, PAGE, 2), 0);
	CU_ASSERT_EQUAL(map(top, PAGE, PAGE, RW), 0);
	CU_ASSERT_EQUAL(available(), 65531);
	/* As it was mapped, or several whole ones; never part of one. */
	CU_ASSERT_EQUAL(unmap(4 * PAGE, PAGE, 0), -EINVAL);
	CU_ASSERT_EQUAL(unmap(5 * PAGE, 4 * PAGE, 0), -EINVAL);
	CU_ASSERT_EQUAL(unmap(4 * PAGE, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(unmap(4 * PAGE, 100, 0), -EINVAL);
	CU_ASSERT_EQUAL(unmap(top, 2 * PAGE, 0), -EINVAL);
	CU_ASSERT_EQUAL(unmap(PAGE, PAGE, VFIO_DMA_UNMAP_FLAG_ALL), -EINVAL);
	CU_ASSERT_EQUAL(unmap(0, PAGE, 1u << 7), -EINVAL);
	CU_ASSERT_EQUAL(unmap(20 * PAGE, 5 * PAGE, 0), 0);
	CU_ASSERT_EQUAL(unmap(0, 8 * PAGE, 0), 8 * (s64)PAGE);
	CU_ASSERT_EQUAL(unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL), 2 * (s64)PAGE);
	CU_ASSERT_EQUAL(available(), 65535);
	/* In any order; then no more. */
	for (i = 0; i < 65535; i++)
		CU_ASSERT_EQUAL(map((u64)(i * 40503u % 65536) * 2 * PAGE, PAGE, PAGE, RW), 0);
	CU_ASSERT_EQUAL(available(), 0);
	CU_ASSERT_EQUAL(map(1ull << 40, PAGE, PAGE, RW), -ENOSPC);
	rejoin(VFIO_TYPE1_IOMMU);
	/* Version 1 takes what begins in the range. */
	CU_ASSERT_EQUAL(map(0, 4 * PAGE, PAGE, RW), 0);
	CU_ASSERT_EQUAL(map(4 * PAGE, 4 * PAGE, PAGE, RW), 0);
	CU_ASSERT_EQUAL(unmap(2 * PAGE, 4 * PAGE, 0), 4 * (s64)PAGE);
	CU_ASSERT_EQUAL(unmap(0, PAGE, 0), 4 * (s64)PAGE);
	return 0;
}

/* ---- a device ---- */

static s64 open_device(void)
{
	char name[40] = UUID;

	return door_call(&x, group, VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name));
}

static u32 reg(int fd, u64 off)
{
	u64 pos = off;
	u32 val = 0;

	CU_ASSERT_EQUAL(process_read(x.p, fd, x.buf, 4, &pos), 4);
	CU_ASSERT_EQUAL(process_copy_in(x.p, &val, x.buf, 4), 0);
	return val;
}

static void put(int fd, u64 off, u32 width, u32 val)
{
	u64 pos = off;

	CU_ASSERT_EQUAL(process_copy_out(x.p, x.buf, &val, 4), 0);
	CU_ASSERT_EQUAL(process_write(x.p, fd, x.buf, width, &pos), width);
}

static u32 command(int fd, u32 code)
{
	put(fd, DSA_REG_CMD, 4, SPEC_PREP(DSA_CMD_CODE, code));
	return reg(fd, DSA_REG_CMDSTS) & DSA_CMDSTS_ERR;
}

static int device(void *arg)
{
	struct vm *vm = guest_vm(machine);
	u64 ram = vm_ram_base(vm), bytes = vm_ram_bytes(vm);
	struct process_map m = {.kind = PROCESS_MAP_DEVICE,
				.len = bytes,
				.prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				.fd = x.vm,
				.node = -1};
	s64 va;
	int fd;

	(void)arg;
	va = process_mmap(x.p, &m);
	CU_ASSERT_FATAL(va > 0);
	m.offset = PAGE;
	CU_ASSERT_EQUAL(process_mmap(x.p, &m), -EINVAL);
	/* Nothing, half, only for reading. */
	set_iommu(VFIO_TYPE1v2_IOMMU);
	CU_ASSERT_EQUAL(open_device(), -EINVAL);
	CU_ASSERT_EQUAL(map(ram, bytes / 2, (u64)va, RW), 0);
	CU_ASSERT_EQUAL(open_device(), -EINVAL);
	CU_ASSERT_EQUAL(map(ram + bytes / 2, bytes / 2, (u64)va + bytes / 2, 1), 0);
	CU_ASSERT_EQUAL(open_device(), -EPERM);
	CU_ASSERT_EQUAL(unmap(ram + bytes / 2, bytes / 2, 0), (s64)bytes / 2);
	CU_ASSERT_EQUAL(map(ram + bytes / 2, bytes / 2, (u64)va + bytes / 2, RW), 0);
	fd = (int)open_device();
	CU_ASSERT_FATAL(fd >= 0);
	put(fd, CONFIG + 4, 2, 6);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_DEVICE), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_WQ), 0);
	/* What the device does not reach goes without its notice; then half of what it does. */
	CU_ASSERT_EQUAL(map(1ull << 40, PAGE, (u64)va, RW), 0);
	CU_ASSERT_EQUAL(unmap(1ull << 40, PAGE, 0), (s64)PAGE);
	CU_ASSERT_EQUAL(reg(fd, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	CU_ASSERT_EQUAL(unmap(ram + bytes / 2, bytes / 2, 0), (s64)bytes / 2);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_GENSTS_STATE, reg(fd, DSA_REG_GENSTS)), DSA_STATE_HALT);
	/* A reset brings the registers back, but no memory. */
	CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VFIO_DEVICE_RESET, 0), 0);
	put(fd, CONFIG + 4, 2, 6);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_DEVICE), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_WQ), DSA_CMDERR_WQ_PASID);
	CU_ASSERT_EQUAL(process_close(x.p, fd), 0);
	/* Opened anew with all of it mapped it does. */
	CU_ASSERT_EQUAL(open_device(), -EINVAL);
	CU_ASSERT_EQUAL(map(ram + bytes / 2, bytes / 2, (u64)va + bytes / 2, RW), 0);
	fd = (int)open_device();
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(process_close(x.p, fd), 0);
	/* Not with version 1, which may take more than it is told. */
	rejoin(VFIO_TYPE1_IOMMU);
	CU_ASSERT_EQUAL(map(ram, bytes, (u64)va, RW), 0);
	CU_ASSERT_EQUAL(open_device(), -EACCES);
	return 0;
}

static void with_machine(int (*body)(void *arg))
{
	door_boot();
	machine = door_machine("machine");
	CU_ASSERT_EQUAL(system_call(sva_sys, join, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, body, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, leave, NULL), 0);
	guest_free(machine);
	sva_down();
}

static void test_rules(void)
{
	with_machine(rules);
}

static void test_device(void)
{
	with_machine(device);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("memory of a container", NULL, NULL);
	CU_add_test(s, "what may be mapped and unmapped", test_rules);
	CU_add_test(s, "a device reaches what is mapped", test_device);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
