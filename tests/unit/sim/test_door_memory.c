// SPDX-License-Identifier: GPL-2.0
// Doors of virtual devices short of memory: each allocation of a device's whole life, from the list
// of queues to its removal, fails once. Nothing crashes, leaks or stays taken.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "model/spec/dsa_regs.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/kernel/vdev_uapi.h"

#define PAGE	  4096u
#define UUID	  "01234567-89ab-4def-8123-456789abcdef"
#define MDEV	  "/sys/bus/mdev/devices/" UUID
#define NODE	  "/dev/dsa/vdev0.0"
#define STEPS_MAX 2000 /* allocations of one life, with room */

/* The open file of a life, and what else the program has for it. */
struct life {
	struct door_program *x;
	struct guest *machine;
	int fd, group, container, event, data;
	u64 va;
};

static u32 struck, cut_short;

/* ---- a life, step by step: the first that fails ends it ---- */

static int put(struct life *l, u64 at, u32 word)
{
	struct process *p = l->x->p;

	if (process_copy_out(p, l->x->buf, &word, 4))
		return -EFAULT;
	return process_write(p, l->fd, l->x->buf, 4, &at) == 4 ? 0 : -EIO;
}

static int regions(struct life *l)
{
	struct {
		struct vfio_region_info info;
		u8 caps[512];
	} r = {.info = {.argsz = sizeof(r), .index = VFIO_PCI_BAR2_REGION_INDEX}};

	return (int)door_call(l->x, l->fd, VFIO_DEVICE_GET_REGION_INFO, &r, sizeof(r));
}

static int interrupts(struct life *l)
{
	struct {
		struct vfio_irq_set set;
		s32 fd;
	} s = {.set = {.argsz = sizeof(s),
		       .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		       .index = VFIO_PCI_MSIX_IRQ_INDEX,
		       .start = 1,
		       .count = 1}};
	int rc = process_eventfd(l->x->p, 0, NULL, NULL, &l->event);

	s.fd = l->event;
	return rc ? rc : (int)door_call(l->x, l->fd, VFIO_DEVICE_SET_IRQS, &s, sizeof(s));
}

static int portals(struct life *l, u64 offset)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = 2 * PAGE,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = l->fd,
				  .offset = offset,
				  .node = -1};
	s64 va = process_mmap(l->x->p, &map);

	if (va < 0)
		return (int)va;
	l->va = (u64)va;
	return process_touch(l->x->p, l->va + PAGE, 1, true);
}

static int start_queue(struct life *l)
{
	int rc = put(l, (7ull << 40) + 4, 6);

	if (!rc)
		rc = put(l, 0x500 + 4 * DSA_WQCFG_DW_MODE, DSA_WQCFG2_DEDICATED);
	if (!rc)
		rc = put(l, DSA_REG_CMD, DSA_CMD_ENABLE_DEVICE << 20);
	if (!rc)
		rc = put(l, DSA_REG_CMD, DSA_CMD_ENABLE_WQ << 20);
	return rc ? rc : put(l, DSA_REG_CMD, DSA_CMD_REQUEST_INT_HANDLE << 20 | 1);
}

static int move(struct life *l)
{
	int none, rc = (int)door_set_state(l->x, l->fd, VFIO_DEVICE_STATE_STOP, &none);

	if (!rc)
		rc = (int)door_set_state(l->x, l->fd, VFIO_DEVICE_STATE_STOP_COPY, &l->data);
	if (!rc)
		rc = (int)door_set_state(l->x, l->fd, VFIO_DEVICE_STATE_RUNNING, &none);
	if (!rc)
		rc = (int)process_ioctl(l->x->p, l->fd, VDEV_REVOKE_HANDLES, 0);
	return rc;
}

static int use(struct life *l)
{
	int rc = regions(l);

	if (!rc)
		rc = interrupts(l);
	if (!rc)
		rc = start_queue(l);
	if (!rc)
		rc = portals(l, 2ull << 40);
	return rc ? rc : move(l);
}

static int bind(struct life *l)
{
	s64 pasid = process_ioctl(l->x->p, l->fd, VDEV_BIND_VM, (u64)l->x->vm);

	return pasid < 0 ? (int)pasid : 0;
}

static int live_cdev(struct life *l)
{
	struct vdev_pasid_pair pair = {.guest = 5};
	s64 pasid;
	int rc = door_put(door_function, "/vdev_create", "wq0.1:exclusive guest_pasids");

	if (rc)
		return rc;
	l->fd = process_open(l->x->p, NODE);
	if (l->fd < 0)
		return l->fd;
	pasid = process_ioctl(l->x->p, l->fd, VDEV_BIND_VM, (u64)l->x->vm);
	if (pasid < 0)
		return (int)pasid;
	pair.host = (u32)pasid;
	rc = (int)door_call(l->x, l->fd, VDEV_MAP_PASID, &pair, sizeof(pair));
	return rc ? rc : use(l);
}

static int live_raw(struct life *l)
{
	struct vdev_raw_facts facts;
	struct vdev_raw_slot slot = {.fd = -1};
	struct vdev_raw_handle handle = {.slot = 0};
	int rc = door_put(door_function, "/vdev_create", "wq0.1:exclusive raw");

	if (rc)
		return rc;
	l->fd = process_open(l->x->p, NODE);
	if (l->fd < 0)
		return l->fd;
	rc = bind(l);
	if (!rc)
		rc = (int)door_call(l->x, l->fd, VDEV_RAW_FACTS, &facts, sizeof(facts));
	if (!rc)
		rc = process_eventfd(l->x->p, 0, NULL, NULL, &l->event);
	slot.fd = l->event;
	if (!rc)
		rc = (int)process_ioctl(l->x->p, l->fd, VDEV_RAW_EVENTFD, (u64)l->event);
	if (!rc)
		rc = (int)door_call(l->x, l->fd, VDEV_RAW_SLOT_ALLOC, &slot, sizeof(slot));
	handle.slot = slot.slot;
	if (!rc)
		rc = (int)door_call(l->x, l->fd, VDEV_RAW_HANDLE_REQUEST, &handle, sizeof(handle));
	return rc ? rc : portals(l, 0);
}

static s64 add_group(void *arg)
{
	const struct life *l = arg;

	return vm_add_group(guest_vm(l->machine), l->group);
}

static int live_mdev(struct life *l)
{
	struct vfio_iommu_type1_dma_map map;
	char link[256], path[32], uuid[] = UUID;
	struct process *p = l->x->p;
	s64 rc = door_put(door_types, "dwq-v1/create", UUID);

	if (!rc && ksys_realpath(system_host(sva_sys), MDEV "/iommu_group", link, sizeof(link)) < 0)
		rc = -ENODEV;
	if (rc)
		return (int)rc;
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(link, '/'));
	l->container = process_open(p, "/dev/vfio/vfio");
	l->group = process_open(p, path);
	if (l->container < 0 || l->group < 0)
		return -EIO;
	rc = door_call(l->x, l->group, VFIO_GROUP_SET_CONTAINER, &l->container, 4);
	if (!rc)
		rc = process_ioctl(p, l->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
	door_memory_map(l->x, l->machine, &map);
	if (!rc)
		rc = door_call(l->x, l->container, VFIO_IOMMU_MAP_DMA, &map, sizeof(map));
	if (!rc)
		rc = process_syscall(p, add_group, l);
	if (!rc)
		rc = door_call(l->x, l->group, VFIO_GROUP_GET_DEVICE_FD, uuid, sizeof(uuid));
	if (rc < 0)
		return (int)rc;
	l->fd = (int)rc;
	return use(l);
}

/* The end is never short of anything. */
static void end(struct life *l)
{
	const int fds[] = {l->data, l->fd, l->group, l->container, l->event};
	u32 i;
	int rc;

	if (l->va)
		process_munmap(l->x->p, l->va, 2 * PAGE);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			process_close(l->x->p, fds[i]);
	/* A device may be there without its node. */
	rc = door_put(door_function, "/vdev_remove", "vdev0.0");
	CU_ASSERT(!rc || rc == -ENODEV);
	if (ksys_exists(system_host(sva_sys), MDEV))
		CU_ASSERT_EQUAL(sva_put(system_host(sva_sys), MDEV "/remove", "1"), 0);
}

/* ---- lives ---- */

struct lives {
	int (*live)(struct life *l);
	struct guest *machine;
};

static int one(struct lives *a, struct door_program *x, u64 fail)
{
	struct life l = {.x = x,
			 .machine = a->machine,
			 .fd = -1,
			 .group = -1,
			 .container = -1,
			 .event = -1,
			 .data = -1};
	struct kernel *k = system_host(sva_sys);
	int rc;

	kernel_fail_alloc(k, fail);
	rc = a->live(&l);
	kernel_fail_alloc(k, 0);
	end(&l);
	return rc;
}

/* What a kernel has now is not what it had, or it complained; says so. */
static bool leaves_something(const struct kernel_stats *before, const struct kernel_stats *now,
			     u32 allocation, int rc)
{
	if (now->slab_bytes == before->slab_bytes && now->pages == before->pages &&
	    !now->warnings && !now->bugs && !now->slab_errors)
		return false;
	printf("allocation %u: %d, slab %+lld pages %+lld\n", allocation, rc,
	       (long long)(now->slab_bytes - before->slab_bytes),
	       (long long)(now->pages - before->pages));
	return true;
}

static int lives(void *arg)
{
	struct kernel *k = system_host(sva_sys);
	struct kernel_stats before, st;
	struct lives *a = arg;
	struct door_program x;
	u64 fails;
	u32 n, i;
	int rc = 0;

	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, a->machine), 0);
	/* To warm up what the kernel keeps. */
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(one(a, &x, 0), 0);
	kernel_get_stats(k, &before);
	fails = before.alloc_fails;
	for (n = 1; n < STEPS_MAX; n++) {
		rc = one(a, &x, n);
		kernel_get_stats(k, &st);
		if (leaves_something(&before, &st, n, rc)) {
			CU_FAIL("a life short of memory leaves something");
			break;
		}
		if (st.alloc_fails == fails)
			break;
		fails = st.alloc_fails;
		struck++;
		cut_short += !!rc;
	}
	/* That was one without a failure. */
	CU_ASSERT_EQUAL(rc, 0);
	process_exit(x.p);
	return 0;
}

static void run(int (*live)(struct life *l))
{
	struct lives a = {.live = live};

	struck = cut_short = 0;
	door_boot();
	a.machine = door_machine("machine");
	CU_ASSERT_EQUAL(system_call(sva_sys, lives, &a), 0);
	guest_free(a.machine);
	sva_down();
	/* Most of them are noticed. */
	CU_ASSERT(struck > 40 && cut_short > struck / 2);
}

static void test_cdev(void)
{
	run(live_cdev);
}

static void test_raw(void)
{
	run(live_raw);
}

static void test_mdev(void)
{
	run(live_mdev);
}

/* ---- monitors ---- */

/* A guest is made, or is not and leaves nothing, whatever of the host's memory is missing. */
static void monitors(u32 home, const char *wq)
{
	struct guest_cfg cfg = {.name = "guest0",
				.memory = 32 * MIB,
				.node = -1,
				.home = home,
				.sva = true,
				.nvdevs = 1,
				.vdev = {{.wqs = {wq}, .nwqs = 1}}};
	struct kernel *k = system_host(sva_sys);
	struct kernel_stats before = {0}, st;
	struct cfg_error err = {""};
	struct guest *g;
	u64 fails;
	u32 n, i;
	int rc;

	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(guest_new(sva_sys, &cfg, &g, &err), 0);
		guest_free(g);
	}
	kernel_get_stats(k, &before);
	fails = before.alloc_fails;
	for (n = 1; n < STEPS_MAX; n++) {
		kernel_fail_alloc(k, n);
		rc = guest_new(sva_sys, &cfg, &g, &err);
		kernel_fail_alloc(k, 0);
		if (!rc)
			guest_free(g);
		kernel_get_stats(k, &st);
		if (leaves_something(&before, &st, n, rc)) {
			CU_FAIL("a guest that could not be made leaves something");
			break;
		}
		if (st.alloc_fails == fails)
			break;
		fails = st.alloc_fails;
	}
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT(n > 50);
}

static void test_monitors(void)
{
	door_boot();
	monitors(SCN_HOME_KERNEL_MDEV, "wq0.0");
	monitors(SCN_HOME_KERNEL_CDEV, "wq0.2");
	monitors(SCN_HOME_VMM, "wq0.1");
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("doors short of memory", NULL, NULL);
	CU_add_test(s, "character device", test_cdev);
	CU_add_test(s, "queues for a process", test_raw);
	CU_add_test(s, "mediated device", test_mdev);
	CU_add_test(s, "monitors", test_monitors);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
