// SPDX-License-Identifier: GPL-2.0
// Ends of a device's file at any moment: closed, taken away, its machine gone; what is left over.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "sim/configure.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/kernel/vdev_uapi.h"

#define NODE   "/dev/dsa/vdev0.0"
#define CONFIG "traces/configs/guests-sva.json"
#define DRIVER "/sys/bus/pci/drivers/idxd/"

/* A machine whose memory queues can reach; nothing runs in it. */
static struct guest *machine(void)
{
	struct guest_cfg cfg = {.name = "machine", .memory = 32 * MIB, .node = -1};
	struct cfg_error err = {""};
	struct guest *g;

	CU_ASSERT_EQUAL_FATAL(guest_new(sva_sys, &cfg, &g, &err), 0);
	return g;
}

/* ---- closed while paused ---- */

static int closed_paused(void *arg)
{
	struct door_program x;
	u32 round;
	int fd;

	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, arg), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.1:exclusive"), 0);
	for (round = 0; round < 3; round++) {
		fd = process_open(x.p, NODE);
		CU_ASSERT_FATAL(fd >= 0);
		CU_ASSERT(process_ioctl(x.p, fd, VDEV_BIND_VM, (u64)x.vm) > 0);
		CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VDEV_RESUME, 0), -EINVAL);
		CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VDEV_PAUSE, 0), 0);
		CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VDEV_PAUSE, 0), -EALREADY);
		CU_ASSERT_EQUAL(process_close(x.p, fd), 0);
	}
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_remove", "vdev0.0"), 0);
	process_exit(x.p);
	return 0;
}

static void test_closed_paused(void)
{
	struct guest *g;

	door_boot();
	g = machine();
	CU_ASSERT_EQUAL(system_call(sva_sys, closed_paused, g), 0);
	guest_free(g);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("ends of doors", NULL, NULL);
	CU_add_test(s, "closed while paused", test_closed_paused);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
