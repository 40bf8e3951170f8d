// SPDX-License-Identifier: GPL-2.0
// The device model: order of probing, binding by sysfs, links, managed resources, two kernels.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "dev_world.h"
#include "host-driver/kapi/sysfs_user.h"
#include "toy_bus.h"

static struct dev_world w;
static void begin(u32 kernels)
{
	toy_probe_error = 0;
	toy_events[0] = 0;
	dev_world_new(&w, kernels, NULL, NULL);
	for (u32 i = 0; i < kernels; i++)
		CU_ASSERT_EQUAL_FATAL(dev_world_call(&w, i, toy_register, NULL), 0);
}

static void end(void)
{
	dev_world_free(&w);
}

#define SAYS(text)                                                                                 \
	do {                                                                                       \
		if (strcmp(toy_events, text))                                                      \
			fprintf(stderr, "events: %s\n", toy_events);                               \
		CU_ASSERT_STRING_EQUAL(toy_events, text);                                          \
		toy_events[0] = 0;                                                                 \
	} while (0)

static void test_probe_order(void)
{
	begin(1);
	/* Drivers came after devices: each driver walks the devices in their order. */
	SAYS("host:ctl probe toy0|host:user probe q0.0|host:user probe q0.1|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_add_late, NULL), 0);
	SAYS("host:user probe q0.7|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_unregister, NULL), 0);
	/* The driver lets go of what it bound last first. */
	SAYS("host:user remove q0.7|host:user remove q0.1|host:user remove q0.0|host:ctl remove "
	     "toy0|"
	     "host:release q0.7|host:release q0.1|host:release q0.0|host:release toy0|");
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/bus/toy"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0"));
	end();
}

static void test_paths(void)
{
	char buf[512];

	begin(1);
	dev_list(&w, 0, "/sys/bus/toy/devices", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "toy0 q0.0 q0.1 ");
	dev_realpath(&w, 0, "/sys/bus/toy/devices/q0.1", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/toy0/q0.1");
	dev_readlink(&w, 0, "/sys/bus/toy/devices/q0.1", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "../../../devices/toy0/q0.1");
	dev_readlink(&w, 0, "/sys/devices/toy0/q0.1/driver", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "../../../bus/toy/drivers/user");
	dev_readlink(&w, 0, "/sys/devices/toy0/subsystem", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "../../bus/toy");
	CU_ASSERT(dev_reads(&w, 0, "/sys/bus/toy/devices/toy0/q0.1/size", "0\n"));
	CU_ASSERT(dev_exists(&w, 0, "/sys/module/toy_module"));
	dev_list(&w, 0, "/sys/bus/toy/drivers/user", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "uevent unbind bind q0.0 q0.1 ");
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/uevent", "DEVTYPE=toy\nDRIVER=ctl\n"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/uevent", "change\n"), 7);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/uevent", "dance"), -EINVAL);
	end();
}

static void test_bind_unbind(void)
{
	static const char unbind[] = "/sys/bus/toy/drivers/user/unbind";
	static const char bind[] = "/sys/bus/toy/drivers/user/bind";

	begin(1);
	toy_events[0] = 0;
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/q0.0/bound", "user\n"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/q0.0/size", "3"), -EPERM);
	/* By the path that programs take: the driver link, with and without newline. */
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/q0.0/driver/unbind", "q0.0\n"), 5);
	SAYS("host:user remove q0.0|");
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0/q0.0/driver"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0/q0.0/bound"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/bus/toy/drivers/user/q0.0"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, unbind, "q0.0"), -ENODEV);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/q0.0/size", "3"), 1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "q0.0"), 4);
	SAYS("host:user probe q0.0|");
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "q0.0"), -EBUSY);
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "q0.5"), -ENODEV);
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "toy0"), -ENODEV); /* does not match */
	CU_ASSERT_EQUAL(dev_write(&w, 0, unbind, "q0.1"), 4);
	toy_probe_error = -ENXIO;
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "q0.1"), -ENXIO);
	toy_probe_error = -EIO;
	CU_ASSERT_EQUAL(dev_write(&w, 0, bind, "q0.1"), -EIO);
	CU_ASSERT(dev_world_logged(&w, 0, "user: probe of q0.1 failed with error -5"));
	CU_ASSERT_FALSE(dev_world_logged(&w, 0, "error -6"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0/q0.1/driver"));
	toy_probe_error = 0;
	/* Automatic probing can be switched off, and asked for. */
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/toy/drivers_autoprobe", "0"), 1);
	toy_events[0] = 0;
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_add_late, NULL), 0);
	SAYS("");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/toy/drivers_probe", "q0.7"), 4);
	SAYS("host:user probe q0.7|");
	end();
}

static void test_devres_order(void)
{
	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_devres, NULL), 0);
	toy_events[0] = 0;
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/toy/drivers/user/unbind", "q0.0"), 4);
	SAYS("host:user remove q0.0|:action third|:action second|:action first|");
	end();
}

static void test_find(void)
{
	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_find, NULL), 0);
	end();
}

static void test_errors(void)
{
	begin(1);
	CU_ASSERT(dev_exists(&w, 0, "/sys/devices/toy0/extra/optional"));
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_errors, NULL), 0);
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0/extra/optional"));
	CU_ASSERT(dev_exists(&w, 0, "/sys/bus/toy/drivers/other"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/bus/toy/drivers/other/bind"));
	end();
}

static void test_notifier(void)
{
	u32 n = 1;

	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_notifier, NULL), 0);
	toy_events[0] = 0;
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_add_late, NULL), 0);
	SAYS("host:add q0.7|host:bind q0.7|host:user probe q0.7|host:bound q0.7|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_remove_queue, &n), 0);
	SAYS("host:del q0.1|host:unbind q0.1|host:user remove q0.1|host:unbound q0.1|"
	     "host:removed q0.1|host:release q0.1|");
	end();
}

static void test_shutdown(void)
{
	begin(1);
	toy_events[0] = 0;
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_shutdown, NULL), 0);
	SAYS("host:ctl shutdown toy0|");
	end();
}

/* Removal waits for who is inside an attribute, and keeps others out meanwhile. */
static int read_slow(void *arg)
{
	char buf[16];

	(void)arg;
	return ksys_read(w.k[0], "/sys/devices/toy0/slow", buf, sizeof(buf));
}

static void test_drain(void)
{
	struct dev_call reader = {.fn = read_slow};
	struct dev_call remover = {.fn = toy_unregister};
	u64 from;

	begin(1);
	toy_slow_ps = 50 * PS_PER_US;
	toy_events[0] = 0;
	from = sim_now(w.sim);
	dev_world_begin(&w, 0, &reader);
	sim_run(w.sim, from + 10 * PS_PER_US);
	dev_world_begin(&w, 0, &remover);
	sim_run(w.sim, from + 40 * PS_PER_US);
	CU_ASSERT_FALSE(reader.done || remover.done);
	CU_ASSERT_PTR_NULL(strstr(toy_events, "release toy0"));
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT(reader.done && remover.done);
	CU_ASSERT_EQUAL(reader.rc, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(toy_events, "release toy0"));
	CU_ASSERT(sim_now(w.sim) >= from + 50 * PS_PER_US);
	end();
}

static void test_two_kernels(void)
{
	char buf[256];

	begin(2);
	SAYS("host:ctl probe toy0|host:user probe q0.0|host:user probe q0.1|"
	     "guest:ctl probe toy0|guest:user probe q0.0|guest:user probe q0.1|");
	CU_ASSERT_EQUAL(dev_write(&w, 1, "/sys/bus/toy/drivers/user/unbind", "q0.1"), 4);
	SAYS("guest:user remove q0.1|");
	CU_ASSERT(dev_exists(&w, 0, "/sys/devices/toy0/q0.1/driver"));
	CU_ASSERT_FALSE(dev_exists(&w, 1, "/sys/devices/toy0/q0.1/driver"));
	CU_ASSERT_EQUAL(dev_write(&w, 1, "/sys/devices/toy0/level", "17\n"), 3);
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/level", "0\n"));
	CU_ASSERT(dev_reads(&w, 1, "/sys/devices/toy0/level", "17\n"));
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_unregister, NULL), 0);
	CU_ASSERT_PTR_NULL(strstr(toy_events, "guest"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/bus/toy"));
	dev_list(&w, 1, "/sys/bus/toy/devices", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "toy0 q0.0 q0.1 ");
	/* What one gave back, it can have again. */
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_register, NULL), 0);
	CU_ASSERT(dev_exists(&w, 0, "/sys/devices/toy0/q0.1/driver"));
	end();
}

static void test_class(void)
{
	char buf[256];

	begin(2);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_class_add, NULL), 0);
	SAYS("host:child b1|host:child a1|host:child q0.1|host:child q0.0|");
	dev_list(&w, 0, "/sys/class/toyclass", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "a1 b1 virt!one ");
	dev_realpath(&w, 0, "/sys/class/toyclass/b1", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/toy0/toyclass/b1");
	dev_realpath(&w, 0, "/sys/class/toyclass/b1/device", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/toy0");
	dev_realpath(&w, 0, "/sys/dev/char/200:7", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/virtual/toyclass/virt!one");
	CU_ASSERT(dev_exists(&w, 0, "/dev/virt/one"));
	CU_ASSERT_FALSE(dev_exists(&w, 1, "/sys/class/toyclass"));
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_class_del, NULL), 0);
	/* The directory between went with its last device. */
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/toy0/toyclass"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/class/toyclass"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/dev/virt"));
	end();
}

/* Everything that was allocated for devices comes back. */
static void test_no_leak(void)
{
	struct kernel_stats before, after;

	begin(1);
	dev_world_call(&w, 0, toy_unregister, NULL);
	for (int i = 0; i < 5; i++) {
		/* The first round makes what stays: module directory, tables. */
		if (i == 1)
			kernel_get_stats(w.k[0], &before);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_register, NULL), 0);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_class_add, NULL), 0);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_class_del, NULL), 0);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_del, NULL), 0);
		CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_unregister, NULL), 0);
	}
	kernel_get_stats(w.k[0], &after);
	CU_ASSERT_EQUAL(after.slab_bytes, before.slab_bytes);
	CU_ASSERT_EQUAL(after.slab_errors, 0);
	CU_ASSERT_EQUAL(after.warnings, 0);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("device", NULL, NULL);
	CU_add_test(s, "devices are probed in order of registration", test_probe_order);
	CU_add_test(s, "directories and links", test_paths);
	CU_add_test(s, "bind and unbind files", test_bind_unbind);
	CU_add_test(s, "managed resources go newest first", test_devres_order);
	CU_add_test(s, "look-ups and walks that lose their place", test_find);
	CU_add_test(s, "misuse is refused", test_errors);
	CU_add_test(s, "bus notifiers", test_notifier);
	CU_add_test(s, "shutdown", test_shutdown);
	CU_add_test(s, "removal waits for attribute functions", test_drain);
	CU_add_test(s, "two kernels share drivers, not state", test_two_kernels);
	CU_add_test(s, "classes", test_class);
	CU_add_test(s, "nothing leaks", test_no_leak);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() || CU_get_error();
}
