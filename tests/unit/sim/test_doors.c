// SPDX-License-Identifier: GPL-2.0
// Doors of a virtual device as programs and administrators find them: sysfs, nodes, VFIO's calls,
// what they refuse.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/rng.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "sim/configure.h"
#include "vdev/kernel/vdev_uapi.h"

#define CONFIG "traces/configs/guests-dwq.json"
#define DEV    "/sys/bus/dsa/devices/"
#define MDEV   "/sys/bus/mdev/devices/"
#define UUID1  "01234567-89ab-4def-8123-456789abcdef"
#define UUID2  "01234567-89ab-4def-8123-456789abcde0"
#define PAGE   4096u
#define BUF    (64u * 1024)

static struct sim *sim;
static struct platform *plat;
static struct system *sys;
static struct kernel *host;
static struct process *p;
static u64 buf; /* memory of the process */
static char function[128], types[160];

/* ---- a host, a program ---- */

static int start_program(void *arg)
{
	struct process_map map = {.kind = PROCESS_MAP_ANON,
				  .len = BUF,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	s64 va;

	(void)arg;
	p = process_new(host, "program", 0);
	va = process_mmap(p, &map);
	CU_ASSERT_FATAL(va > 0);
	buf = (u64)va;
	CU_ASSERT_EQUAL(process_touch(p, buf, BUF, true), 0);
	return 0;
}

static void up(void)
{
	struct cfg_error err = {""};

	CU_ASSERT_EQUAL_FATAL(platform_load(&plat, "spr", NULL, NULL, 0, &err), 0);
	sim = sim_new(1);
	CU_ASSERT_EQUAL_FATAL(system_new(sim, plat, &sys, &err), 0);
	CU_ASSERT_EQUAL_FATAL(system_configure(sys, CONFIG, -1, true, &err), 0);
	host = system_host(sys);
	CU_ASSERT_FATAL(ksys_realpath(host, DEV "wq0.0/../..", function, sizeof(function)) > 0);
	snprintf(types, sizeof(types), "%s/mdev_supported_types/idxd-dsa-1", function);
	system_call(sys, start_program, NULL);
}

static int stop_program(void *arg)
{
	(void)arg;
	process_exit(p);
	return 0;
}

static void down(void)
{
	struct kernel_stats st;

	system_call(sys, stop_program, NULL);
	kernel_get_stats(host, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	system_free(sys);
	sim_free(sim);
	platform_free(plat);
}

static int put(const char *path, const char *value)
{
	int n = ksys_write(host, path, value, (u32)strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

static int put_at(const char *dir, const char *attribute, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", dir, attribute);
	return put(path, value);
}

static void expect(const char *dir, const char *attribute, const char *want)
{
	char path[256], text[256];
	int n;

	snprintf(path, sizeof(path), "%s%s", dir, attribute);
	n = ksys_read(host, path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	CU_ASSERT_STRING_EQUAL(text, want);
}

static s64 call(int fd, u32 cmd, void *arg, u32 bytes)
{
	s64 rc;

	CU_ASSERT_EQUAL(process_copy_out(p, buf, arg, bytes), 0);
	rc = process_ioctl(p, fd, cmd, buf);
	CU_ASSERT_EQUAL(process_copy_in(p, arg, buf, bytes), 0);
	return rc;
}

/* ---- the mediated device in sysfs ---- */

static int mdev_sysfs(void *arg)
{
	(void)arg;
	expect(types, "dwq-v1/name", "dsa-1dwq-v1");
	expect(types, "dwq-v1/device_api", "vfio-pci");
	expect(types, "dwq-v1/available_instances", "3");
	expect(types, "swq-v1/name", "dsa-1swq-v1");
	expect(types, "swq-v1/available_instances", "0");
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", "no UUID"), -EINVAL);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", "0123456z-89ab-4def-8123-456789abcdef"),
			-EINVAL);
	CU_ASSERT_EQUAL(put_at(types, "swq-v1/create", UUID1), -ENOSPC);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", UUID1), 0);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", UUID1), -EEXIST);
	expect(types, "dwq-v1/available_instances", "2");
	/* The first free one. */
	expect(DEV, "wq0.0/clients", "1");
	CU_ASSERT(ksys_exists(host, MDEV UUID1 "/mdev_type"));
	CU_ASSERT(ksys_exists(host, "/dev/vfio/0"));
	/* Tied to a queue: that one, or none. */
	CU_ASSERT_EQUAL(put(DEV "wq0.2/uuid", "x"), -EINVAL);
	CU_ASSERT_EQUAL(put(DEV "wq0.2/uuid", UUID2), 0);
	CU_ASSERT_EQUAL(put(DEV "wq0.2/uuid", UUID1), -ENOSPC);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", UUID2), 0);
	expect(DEV, "wq0.2/clients", "1");
	expect(DEV, "wq0.1/clients", "0");
	CU_ASSERT_EQUAL(put(MDEV UUID2 "/remove", "1"), 0);
	CU_ASSERT(!ksys_exists(host, MDEV UUID2));
	/* Kept for its UUID. */
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", "11234567-89ab-4def-8123-456789abcdef"), 0);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", "21234567-89ab-4def-8123-456789abcdef"),
			-ENOSPC);
	CU_ASSERT_EQUAL(put(DEV "wq0.2/uuid", "00000000-0000-0000-0000-000000000000"), 0);
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", "21234567-89ab-4def-8123-456789abcdef"), 0);
	expect(types, "dwq-v1/available_instances", "0");
	CU_ASSERT_EQUAL(put(MDEV UUID1 "/remove", "0"), 0);
	CU_ASSERT_EQUAL(put(MDEV UUID1 "/remove", "1"), 0);
	CU_ASSERT_EQUAL(put(MDEV "11234567-89ab-4def-8123-456789abcdef/remove", "1"), 0);
	CU_ASSERT_EQUAL(put(MDEV "21234567-89ab-4def-8123-456789abcdef/remove", "1"), 0);
	expect(types, "dwq-v1/available_instances", "3");
	CU_ASSERT(!ksys_exists(host, "/dev/vfio/0"));
	/* A queue that leaves is not offered any more. */
	CU_ASSERT_EQUAL(put("/sys/bus/dsa/drivers/mdev/unbind", "wq0.1"), 0);
	expect(types, "dwq-v1/available_instances", "2");
	return 0;
}

static int mdev_open(void *arg)
{
	struct vfio_group_status st = {.argsz = sizeof(st)};
	char name[64] = UUID1;
	int container, group, fd;

	(void)arg;
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", UUID1), 0);
	container = process_open(p, "/dev/vfio/vfio");
	group = process_open(p, "/dev/vfio/0");
	CU_ASSERT(container >= 0 && group >= 0);
	CU_ASSERT_EQUAL(process_open(p, "/dev/vfio/0"), -EBUSY);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_GET_API_VERSION, 0), VFIO_API_VERSION);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU), 1);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_CHECK_EXTENSION, 99), 0);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), -EINVAL);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_GET_STATUS, &st, sizeof(st)), 0);
	CU_ASSERT_EQUAL(st.flags, VFIO_GROUP_FLAGS_VIABLE);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name)), -EINVAL);
	fd = 77;
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_SET_CONTAINER, &fd, sizeof(fd)), -EBADF);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_SET_CONTAINER, &group, sizeof(group)), -EINVAL);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_SET_CONTAINER, &container, sizeof(container)), 0);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_SET_CONTAINER, &container, sizeof(container)),
			-EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_SET_IOMMU, 99), -ENODEV);
	CU_ASSERT_EQUAL(process_ioctl(p, container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_GET_STATUS, &st, sizeof(st)), 0);
	CU_ASSERT(st.flags & VFIO_GROUP_FLAGS_CONTAINER_SET);
	CU_ASSERT_EQUAL(process_ioctl(p, group, VFIO_GROUP_GET_DEVICE_FD, 8), -EFAULT);
	CU_ASSERT_EQUAL(process_ioctl(p, group, VFIO_TYPE << 8 | 250, 0), -ENOTTY);
	strcpy(name, UUID2);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name)), -ENODEV);
	/* No machine: nothing whose memory its queues could reach. */
	strcpy(name, UUID1);
	CU_ASSERT_EQUAL(call(group, VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name)), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, group, VFIO_GROUP_UNSET_CONTAINER, 0), 0);
	CU_ASSERT_EQUAL(process_close(p, group), 0);
	CU_ASSERT_EQUAL(process_close(p, container), 0);
	CU_ASSERT_EQUAL(put(MDEV UUID1 "/remove", "1"), 0);
	return 0;
}

static void test_mdev(void)
{
	up();
	CU_ASSERT_EQUAL(system_call(sys, mdev_open, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sys, mdev_sysfs, NULL), 0);
	down();
}

/* ---- the character device ---- */

static int cdev_list(void *arg)
{
	static const struct {
		const char *list;
		int rc;
	} bad[] = {
		{"\n", -EINVAL},
		{"raw", -EINVAL},
		{"wq0.0", -EINVAL},
		{"wq0.0:half", -EINVAL},
		{"wq0.0:shared", -EINVAL},
		{"wq0.9:exclusive", -ENODEV},
		{"wq0.3:exclusive", -ENODEV}, /* a kernel's */
		{"wq0.0:exclusive,wq0.0:exclusive", -EBUSY},
		{"wq0.0:exclusive anything", -EINVAL},
		{"averyveryveryveryveryverylongnameofaqueue:exclusive", -EINVAL},
	};
	u32 i;
	int fd;

	(void)arg;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(put_at(function, "/vdev_create", bad[i].list), bad[i].rc);
	CU_ASSERT(!ksys_exists(host, "/dev/dsa/vdev0.0"));
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.1:exclusive wq0.2:exclusive\n"), 0);
	expect("/sys/class/dsa_vdev", "/vdev0.0/queues", "wq0.1:exclusive wq0.2:exclusive");
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.2:exclusive"), -EBUSY);
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.0:exclusive raw"), 0);
	expect(types, "dwq-v1/available_instances", "0");
	fd = process_open(p, "/dev/dsa/vdev0.0");
	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(process_open(p, "/dev/dsa/vdev0.0"), -EBUSY);
	CU_ASSERT_EQUAL(put_at(function, "/vdev_remove", "vdev0.0"), -EBUSY);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	CU_ASSERT_EQUAL(put_at(function, "/vdev_remove", "vdev0.7"), -ENODEV);
	CU_ASSERT_EQUAL(put_at(function, "/vdev_remove", "vdev0.0"), 0);
	CU_ASSERT_EQUAL(put_at(function, "/vdev_remove", "vdev0.1\n"), 0);
	CU_ASSERT(!ksys_exists(host, "/dev/dsa/vdev0.1"));
	expect(types, "dwq-v1/available_instances", "3");
	return 0;
}

static void test_list(void)
{
	up();
	CU_ASSERT_EQUAL(system_call(sys, cdev_list, NULL), 0);
	down();
}

/* ---- the open file ---- */

static void infos(int fd)
{
	struct vfio_device_info dev = {.argsz = sizeof(dev)};
	struct vfio_region_info reg = {.argsz = sizeof(reg)};
	struct vfio_irq_info irq = {.argsz = sizeof(irq)};
	u32 i;

	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_INFO, &dev, sizeof(dev)), 0);
	CU_ASSERT_EQUAL(dev.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
	CU_ASSERT_EQUAL(dev.num_regions, VFIO_PCI_NUM_REGIONS);
	dev.argsz = 4;
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_INFO, &dev, sizeof(dev)), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VFIO_DEVICE_GET_INFO, 8), -EFAULT);
	for (i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		bool there = i == VFIO_PCI_BAR0_REGION_INDEX || i == VFIO_PCI_BAR2_REGION_INDEX ||
			     i == VFIO_PCI_CONFIG_REGION_INDEX;

		reg = (struct vfio_region_info){.argsz = sizeof(reg), .index = i};
		CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_REGION_INFO, &reg, sizeof(reg)), 0);
		CU_ASSERT_EQUAL(!!reg.size, there);
		CU_ASSERT_EQUAL(reg.offset, (u64)i << 40);
	}
	/* The list of pages does not fit: said, and how much it needs. */
	reg = (struct vfio_region_info){.argsz = sizeof(reg), .index = VFIO_PCI_BAR2_REGION_INDEX};
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_REGION_INFO, &reg, sizeof(reg)), 0);
	CU_ASSERT(reg.argsz > sizeof(reg) && reg.flags & VFIO_REGION_INFO_FLAG_CAPS);
	CU_ASSERT_EQUAL(reg.cap_offset, 0);
	reg.index = VFIO_PCI_NUM_REGIONS;
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_REGION_INFO, &reg, sizeof(reg)), -EINVAL);
	irq.index = VFIO_PCI_MSIX_IRQ_INDEX;
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq)), 0);
	CU_ASSERT_EQUAL(irq.count, 3);
	irq.index = VFIO_PCI_INTX_IRQ_INDEX;
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq)), 0);
	CU_ASSERT_EQUAL(irq.count, 0);
	irq.index = 99;
	CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq)), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VFIO_TYPE << 8 | 250, 0), -ENOTTY);
}

static void regions(int fd)
{
	u64 config = 7ull << 40, pos, word = 0;

	/* Vendor and device, in one piece and across pieces. */
	pos = config;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 4, &pos), 4);
	CU_ASSERT_EQUAL(process_copy_in(p, &word, buf, 4), 0);
	CU_ASSERT_EQUAL(word, 0x0b258086);
	CU_ASSERT_EQUAL(pos, config + 4);
	pos = config + 1;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 3, &pos), 3);
	CU_ASSERT_EQUAL(process_copy_in(p, &word, buf, 2), 0);
	CU_ASSERT_EQUAL(word & 0xffff, 0x2580);
	/* Its end, past its end, where there is nothing, memory that is none. */
	pos = config + 4090;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 64, &pos), 6);
	pos = config + 4096;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 4, &pos), 0);
	pos = 1ull << 40;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 4, &pos), -EINVAL);
	pos = 200ull << 40;
	CU_ASSERT_EQUAL(process_write(p, fd, buf, 4, &pos), -EINVAL);
	pos = 0;
	CU_ASSERT_EQUAL(process_read(p, fd, 8, 8, &pos), -EFAULT);
	pos = 0;
	CU_ASSERT_EQUAL(process_write(p, fd, 8, 8, &pos), -EFAULT);
	/* The whole of the registers at once. */
	pos = 0;
	CU_ASSERT_EQUAL(process_read(p, fd, buf, BUF, &pos), 0x2000);
	CU_ASSERT_EQUAL(process_copy_in(p, &word, buf, 4), 0);
	CU_ASSERT_EQUAL(word & 0xffffffff, 0x100);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VFIO_DEVICE_RESET, 0), 0);
}

static s64 set_irqs(int fd, u32 flags, u32 index, u32 start, u32 count, const s32 *data, u32 bytes)
{
	const struct vfio_irq_set set = {.argsz = (u32)sizeof(set) + bytes,
					 .flags = flags,
					 .index = index,
					 .start = start,
					 .count = count};
	u8 a[sizeof(set) + 64 * sizeof(s32)] = {0};

	memcpy(a, &set, sizeof(set));
	if (data)
		memcpy(a + sizeof(set), data, bytes);
	return call(fd, VFIO_DEVICE_SET_IRQS, a, sizeof(a));
}

static void count_signal(void *arg)
{
	(*(u32 *)arg)++;
}

static void interrupts(int fd)
{
	const u32 fds = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, msix = 2;
	const u32 none = VFIO_IRQ_SET_DATA_NONE, fire = VFIO_IRQ_SET_ACTION_TRIGGER;
	u32 seen[3] = {0}, i;
	s32 ev[3], three[3], one;

	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(process_eventfd(p, 0, count_signal, &seen[i], &ev[i]), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, 4, ev, 12), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 3, 1, ev, 4), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, 3, ev, 8), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, ~0u, ev, 12), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, 0, 0, 1, ev, 4), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds | VFIO_IRQ_SET_DATA_BOOL, msix, 0, 1, ev, 4), -EINVAL);
	CU_ASSERT_EQUAL(set_irqs(fd, fds | 1u << 9, msix, 0, 1, ev, 4), -EINVAL);
	/* One that is none: no vector of the call changes. */
	memcpy(three, ev, sizeof(three));
	three[2] = fd;
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, 3, three, 12), -EINVAL);
	three[2] = 99;
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, 3, three, 12), -EBADF);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 0, 3, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[0] + seen[1] + seen[2], 0);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 0, 3, ev, 12), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 1, 2, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[0], 0);
	CU_ASSERT_EQUAL(seen[1], 1);
	CU_ASSERT_EQUAL(seen[2], 1);
	/* Masked it waits, once. */
	CU_ASSERT_EQUAL(set_irqs(fd, none | VFIO_IRQ_SET_ACTION_MASK, msix, 1, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 1, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 1, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[1], 1);
	CU_ASSERT_EQUAL(set_irqs(fd, none | VFIO_IRQ_SET_ACTION_UNMASK, msix, 1, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[1], 2);
	/* One taken away, then all. */
	three[0] = -1;
	CU_ASSERT_EQUAL(set_irqs(fd, fds, msix, 2, 1, three, 4), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 2, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[2], 1);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 0, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, msix, 0, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(seen[0], 0);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, ev, 4), 0);
	/* One that the file itself has: tried out, switched off. */
	one = 1;
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, NULL, 0), 0);
	CU_ASSERT_EQUAL(
		set_irqs(fd, VFIO_IRQ_SET_DATA_BOOL | fire, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, &one, 4),
		0);
	CU_ASSERT_EQUAL(set_irqs(fd, fds, VFIO_PCI_REQ_IRQ_INDEX, 0, 0, NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(seen[0], 2);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, VFIO_PCI_REQ_IRQ_INDEX, 0, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(set_irqs(fd, none | fire, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(seen[0], 2);
}

static void mappings(int fd)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = PAGE,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = fd,
				  .node = -1};
	s64 va;

	/* Registers, configuration space, past the end. */
	CU_ASSERT_EQUAL(process_mmap(p, &map), -EINVAL);
	map.offset = 7ull << 40;
	CU_ASSERT_EQUAL(process_mmap(p, &map), -EINVAL);
	map.offset = (2ull << 40) + (1 << 20);
	CU_ASSERT_EQUAL(process_mmap(p, &map), -EINVAL);
	map.offset = 2ull << 40;
	map.len = 1 << 20;
	CU_ASSERT_EQUAL(process_mmap(p, &map), -EINVAL);
	map.len = 4 * PAGE;
	va = process_mmap(p, &map);
	CU_ASSERT(va > 0);
	/* The third and fourth page of a queue do not exist. */
	CU_ASSERT_EQUAL(process_touch(p, (u64)va + 2 * PAGE, 1, true), -EFAULT);
	CU_ASSERT_EQUAL(process_munmap(p, (u64)va, 4 * PAGE), 0);
}

static int composed(void *arg)
{
	struct vdev_pasid_pair pair = {.guest = 1, .host = 1};
	int fd;

	(void)arg;
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.1:exclusive wq0.2:exclusive"), 0);
	fd = process_open(p, "/dev/dsa/vdev0.0");
	CU_ASSERT_FATAL(fd >= 0);
	infos(fd);
	regions(fd);
	interrupts(fd);
	mappings(fd);
	/* Not one of its kind's. */
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_RAW_FACTS, buf), -ENOTTY);
	/* PASIDs of a machine it has not. */
	CU_ASSERT_EQUAL(call(fd, VDEV_MAP_PASID, &pair, sizeof(pair)), -EPERM);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_UNMAP_PASID, 1), -ENOENT);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_UNMAP_PASID, 1ull << 33), -ENOENT);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_BIND_VM, 99), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_BIND_VM, (u64)fd), -EINVAL);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	return 0;
}

static u32 register_at(int fd, u64 off)
{
	u32 word = 0;

	CU_ASSERT_EQUAL(process_read(p, fd, buf, 4, &off), 4);
	CU_ASSERT_EQUAL(process_copy_in(p, &word, buf, 4), 0);
	return word;
}

static void put_register(int fd, u64 off, u32 word)
{
	CU_ASSERT_EQUAL(process_copy_out(p, buf, &word, 4), 0);
	CU_ASSERT_EQUAL(process_write(p, fd, buf, 4, &off), 4);
}

/* A monitor leaves its device paused, with registers written and half a descriptor on its way: who
 * opens it next finds one that nobody has used. */
static int left_paused(void *arg)
{
	const u64 config = 7ull << 40, portals = 2ull << 40;
	struct {
		struct vfio_device_feature h;
		struct vfio_device_feature_mig_state mig;
	} stop = {.h = {.argsz = sizeof(stop),
			.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE},
		  .mig = {.device_state = VFIO_DEVICE_STATE_STOP}};
	u32 i;
	int fd;

	(void)arg;
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.1:exclusive wq0.2:exclusive"), 0);
	for (i = 0; i < 3; i++) {
		fd = process_open(p, "/dev/dsa/vdev0.0");
		CU_ASSERT_FATAL(fd >= 0);
		CU_ASSERT_EQUAL(register_at(fd, DSA_REG_GENCTRL), 0);
		CU_ASSERT_EQUAL(register_at(fd, config + 4) & 0xffff, 0);
		put_register(fd, config + 4, 6);
		put_register(fd, DSA_REG_GENCTRL, 3);
		put_register(fd, DSA_REG_CMD, 1u << 20);
		CU_ASSERT_EQUAL(register_at(fd, DSA_REG_GENSTS), 1);
		put_register(fd, portals, 0x5a);
		CU_ASSERT_EQUAL(call(fd, VFIO_DEVICE_FEATURE, &stop, sizeof(stop)), 0);
		put_register(fd, portals + 64, 0x5a);
		CU_ASSERT_EQUAL(process_close(p, fd), 0);
	}
	return 0;
}

static void test_file(void)
{
	up();
	CU_ASSERT_EQUAL(system_call(sys, composed, NULL), 0);
	down();
	up();
	CU_ASSERT_EQUAL(system_call(sys, left_paused, NULL), 0);
	down();
}

/* ---- queues and slots for a process ---- */

static void raw_refusals(int fd)
{
	struct vdev_raw_facts facts;
	struct vdev_raw_command c = {.wq = 2};
	struct vdev_raw_pasid_command pc = {.pasid = 1};
	struct vdev_raw_pasid pasid = {.wq = 0, .pasid = 1};
	struct vdev_raw_submit sub = {.wq = 9};
	struct vdev_raw_slot slot = {.fd = 99};
	struct vdev_raw_slot_mask mask = {.slot = 5};
	struct vdev_raw_handle handle = {.slot = 5};
	struct vdev_raw_slot_pasid sp = {.pasid = 1, .enable = 1};
	s32 ev[2];
	u32 i;

	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_FACTS, &facts, sizeof(facts)), 0);
	CU_ASSERT_EQUAL(facts.nr_wqs, 2);
	CU_ASSERT_EQUAL(facts.wq[0].dedicated, 1);
	CU_ASSERT_EQUAL(facts.wq[0].size, 16);
	/* No such queue, no such command, no machine whose PASID it could be. */
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_COMMAND, &c, sizeof(c)), -EINVAL);
	c = (struct vdev_raw_command){.op = 99};
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_COMMAND, &c, sizeof(c)), -EINVAL);
	/* Enabled without a PASID it would reach what the function itself reaches: the host's. */
	c = (struct vdev_raw_command){.op = 0};
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_COMMAND, &c, sizeof(c)), -EPERM);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SET_PASID, &(struct vdev_raw_pasid){0},
			     sizeof(struct vdev_raw_pasid)),
			0);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_COMMAND, &c, sizeof(c)), -EPERM);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_PASID_COMMAND, &pc, sizeof(pc)), -EPERM);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SET_PASID, &pasid, sizeof(pasid)), -EPERM);
	pasid.wq = 2;
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SET_PASID, &pasid, sizeof(pasid)), -EINVAL);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SUBMIT, &sub, sizeof(sub)), -EINVAL);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SLOT_ALLOC, &slot, sizeof(slot)), -EBADF);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SLOT_MASK, &mask, sizeof(mask)), -EINVAL);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_HANDLE_REQUEST, &handle, sizeof(handle)), -EINVAL);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_HANDLE_RELEASE, &handle, sizeof(handle)), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_RAW_SLOT_FREE, 5), -EINVAL);
	CU_ASSERT_EQUAL(process_ioctl(p, fd, VDEV_RAW_EVENTFD, 1ull << 40), -EBADF);
	/* A slot for each of two queues, and for what replaces it. */
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(process_eventfd(p, 0, NULL, NULL, &ev[i]), 0);
	for (i = 0; i < 5; i++) {
		slot.fd = ev[i & 1];
		CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SLOT_ALLOC, &slot, sizeof(slot)),
				i < 4 ? 0 : -ENOSPC);
	}
	sp.slot = slot.slot;
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_SLOT_PASID, &sp, sizeof(sp)), -EPERM);
	handle.slot = slot.slot;
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_HANDLE_REQUEST, &handle, sizeof(handle)), 0);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_HANDLE_RELEASE, &handle, sizeof(handle)), 0);
	CU_ASSERT_EQUAL(call(fd, VDEV_RAW_HANDLE_RELEASE, &handle, sizeof(handle)), -EINVAL);
	CU_ASSERT_EQUAL(process_read(p, fd, buf, 64, NULL), 0);
}

/* Whatever a process asks for: an answer, and nothing of the host's changed. */
static void raw_anything(int fd)
{
	struct sim_rng rng;
	u32 i, k, words[32];

	sim_rng_init(&rng, 7, "ioctl");
	for (i = 0; i < 20000; i++) {
		u32 cmd = VDEV_IOCTL(sim_rng_below(&rng, 32));

		for (k = 0; k < 32; k++)
			words[k] = sim_rng_below(&rng, 3) ? (u32)sim_rng_below(&rng, 4)
							  : (u32)sim_rng_u64(&rng);
		CU_ASSERT_EQUAL(process_copy_out(p, buf, words, sizeof(words)), 0);
		process_ioctl(p, fd, cmd, sim_rng_below(&rng, 8) ? buf : sim_rng_u64(&rng) >> 16);
	}
}

static int raw_device(void *arg)
{
	int fd;

	(void)arg;
	CU_ASSERT_EQUAL(put_at(function, "/vdev_create", "wq0.1:exclusive wq0.2:exclusive raw"), 0);
	fd = process_open(p, "/dev/dsa/vdev0.0");
	CU_ASSERT_FATAL(fd >= 0);
	raw_refusals(fd);
	raw_anything(fd);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	/* What it had is free again, and at rest. */
	CU_ASSERT_EQUAL(put_at(function, "/vdev_remove", "vdev0.0"), 0);
	expect(DEV, "wq0.1/clients", "0");
	expect(types, "dwq-v1/available_instances", "3");
	CU_ASSERT_EQUAL(put_at(types, "dwq-v1/create", UUID1), 0);
	CU_ASSERT_EQUAL(put(MDEV UUID1 "/remove", "1"), 0);
	return 0;
}

static void test_raw(void)
{
	up();
	CU_ASSERT_EQUAL(system_call(sys, raw_device, NULL), 0);
	down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("doors", NULL, NULL);
	CU_add_test(s, "mediated device", test_mdev);
	CU_add_test(s, "lists of queues", test_list);
	CU_add_test(s, "the open file", test_file);
	CU_add_test(s, "queues and slots for a process", test_raw);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
