// SPDX-License-Identifier: GPL-2.0
// Ends of a device's file at any moment: closed, taken away, its machine gone; what is left over.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "sim/configure.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/kernel/vdev_uapi.h"

#define NODE   "/dev/dsa/vdev0.0"
#define CONFIG "traces/configs/guests-sva.json"
#define DRIVER "/sys/bus/pci/drivers/idxd/"

/* ---- closed while paused ---- */

static int closed_paused(void *arg)
{
	struct door_program x;
	u32 round;
	int fd, data;

	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, arg), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.1:exclusive"), 0);
	for (round = 0; round < 3; round++) {
		fd = process_open(x.p, NODE);
		CU_ASSERT_FATAL(fd >= 0);
		CU_ASSERT(process_ioctl(x.p, fd, VDEV_BIND_VM, (u64)x.vm) > 0);
		CU_ASSERT_EQUAL(door_set_state(&x, fd, VFIO_DEVICE_STATE_STOP, &data), 0);
		if (round == 1)
			CU_ASSERT_EQUAL(door_set_state(&x, fd, VFIO_DEVICE_STATE_STOP_COPY, &data),
					0);
		if (round == 2)
			CU_ASSERT_EQUAL(door_set_state(&x, fd, VFIO_DEVICE_STATE_RESUMING, &data),
					0);
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
	g = door_machine("machine");
	CU_ASSERT_EQUAL(system_call(sva_sys, closed_paused, g), 0);
	guest_free(g);
	sva_down();
}

/* ---- a pair of PASIDs ends under a queue that carries it ---- */

#define CONFIG_SPACE (7ull << 40)
#define MODE	     (0x500 + 4 * DSA_WQCFG_DW_MODE)
#define STATUS	     (0x500 + 4 * DSA_WQCFG_DW_STATUS)

static u32 get(struct door_program *x, int fd, u64 at)
{
	u32 word = ~0u;

	CU_ASSERT_EQUAL(process_read(x->p, fd, x->buf, 4, &at), 4);
	CU_ASSERT_EQUAL(process_copy_in(x->p, &word, x->buf, 4), 0);
	return word;
}

static void put(struct door_program *x, int fd, u64 at, u32 word)
{
	CU_ASSERT_EQUAL(process_copy_out(x->p, x->buf, &word, 4), 0);
	CU_ASSERT_EQUAL(process_write(x->p, fd, x->buf, 4, &at), 4);
}

static u32 run_command(struct door_program *x, int fd, u32 code, u32 operand)
{
	put(x, fd, DSA_REG_CMD, code << 20 | operand);
	return get(x, fd, DSA_REG_CMDSTS);
}

static u32 physical_state(u32 wq)
{
	struct dsa *dsa = machine_dsa(system_machine(sva_sys), 0);
	u64 at = SPEC_GET(DSA_OFFSETS0_WQCFG, dsa_mmio_read(dsa, DSA_REG_OFFSETS, 8)) *
			 DSA_OFFSET_UNIT +
		 32 * wq + 4 * DSA_WQCFG_DW_STATUS;

	return (u32)dsa_mmio_read(dsa, at, 4) >> 30;
}

static int pair_ends(void *arg)
{
	struct vdev_pasid_pair pair = {.guest = 9};
	struct door_program x;
	int fd;

	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, arg), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.1:exclusive guest_pasids"), 0);
	fd = process_open(x.p, NODE);
	CU_ASSERT_FATAL(fd >= 0);
	pair.host = (u32)process_ioctl(x.p, fd, VDEV_BIND_VM, (u64)x.vm);
	CU_ASSERT_EQUAL(door_call(&x, fd, VDEV_MAP_PASID, &pair, sizeof(pair)), 0);
	put(&x, fd, CONFIG_SPACE + 4, 6);
	put(&x, fd, CONFIG_SPACE + 0x104, 1u << 31);
	put(&x, fd, CONFIG_SPACE + 0x11c, 1);
	put(&x, fd, CONFIG_SPACE + 0x114, 1);
	put(&x, fd, CONFIG_SPACE + 0x124, 1u << 16);
	put(&x, fd, MODE, DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN | 9 << 8);
	CU_ASSERT_EQUAL(run_command(&x, fd, DSA_CMD_ENABLE_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(run_command(&x, fd, DSA_CMD_ENABLE_WQ, 0), 0);
	CU_ASSERT_EQUAL(physical_state(1), DSA_WQ_STATE_ENABLED);
	CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VDEV_UNMAP_PASID, 8), -ENOENT);
	CU_ASSERT_EQUAL(get(&x, fd, STATUS) >> 30, DSA_WQ_STATE_ENABLED);
	CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VDEV_UNMAP_PASID, 9), 0);
	CU_ASSERT_EQUAL(physical_state(1), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(get(&x, fd, STATUS) >> 30, DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(run_command(&x, fd, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_PASID);
	CU_ASSERT_EQUAL(process_close(x.p, fd), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_remove", "vdev0.0"), 0);
	process_exit(x.p);
	return 0;
}

static void test_pair_ends(void)
{
	struct guest *g;

	door_boot();
	g = door_machine("machine");
	CU_ASSERT_EQUAL(system_call(sva_sys, pair_ends, g), 0);
	guest_free(g);
	sva_down();
}

/* ---- a guest with a virtual IOMMU, at work ---- */

static void keeps_copying(void *arg)
{
	struct sva_program *x = arg;
	u32 i;

	x->rc = sva_program_start(x, "wq0.0");
	for (i = 0; !x->rc; i++) {
		x->rc = sva_copy(x, 4096 + 512 * (i % 32), i) != DSA_COMP_SUCCESS;
		x->turns++;
		if (i % 4 == 3)
			process_madvise_dontneed(x->p, x->buf + SVA_SIZE, SVA_SIZE);
	}
	x->done = true;
}

static bool gave_up(void *arg)
{
	return ((struct sva_program *)arg)->done;
}

static bool copied_some(void *arg)
{
	return ((struct sva_program *)arg)->turns > 8;
}

static int unbind_function(void *arg)
{
	(void)arg;
	return sva_put(system_host(sva_sys), DRIVER "unbind", strrchr(door_function, '/') + 1);
}

static int bind_function(void *arg)
{
	(void)arg;
	return sva_put(system_host(sva_sys), DRIVER "bind", strrchr(door_function, '/') + 1);
}

static void lose(struct sva_program *x, bool monitor)
{
	struct cfg_error err = {""};

	if (monitor)
		guest_kill_monitor(x->g);
	else
		CU_ASSERT_EQUAL(system_call(sva_sys, unbind_function, NULL), 0);
	/* No record comes any more. */
	CU_ASSERT_EQUAL(system_run_until(sva_sys, gave_up, x), 0);
	guest_free(x->g);
	if (monitor)
		return;
	CU_ASSERT_EQUAL(system_call(sva_sys, bind_function, NULL), 0);
	CU_ASSERT_EQUAL(system_configure(sva_sys, CONFIG, -1, true, &err), 0);
}

/* The function is unbound, or the monitor dies, in every home. */
static void test_lost_under_guest(void)
{
	static const u32 homes[] = {SCN_HOME_KERNEL_MDEV, SCN_HOME_KERNEL_CDEV, SCN_HOME_VMM};
	struct sva_possessions p[2];
	struct sva_program x;
	u32 i, step;

	door_boot();
	for (i = 0; i < 36; i++) {
		sva_home = homes[i / 2 % 3];
		x = (struct sva_program){.shared = i / 6 % 2};
		x.g = sva_guest_made("guest0", x.shared ? "wq0.2" : "wq0.0",
				     i / 12 % 2 ? SCN_MEMORY_DEMAND : SCN_MEMORY_PINNED, false);
		sva_run(x.g, sva_enable_first_user);
		CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(x.g), keeps_copying, &x, "copies"),
				0);
		CU_ASSERT_EQUAL(system_run_until(sva_sys, copied_some, &x), 0);
		for (step = 0; step < 13 * i; step++)
			sim_step(system_sim(sva_sys));
		lose(&x, i % 2);
		if (i == 23 || i == 35)
			sva_count_possessions(&p[i == 35]);
	}
	sva_home = SCN_HOME_KERNEL_MDEV;
	sva_same_possessions(&p[0], &p[1]);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("ends of doors", NULL, NULL);
	CU_add_test(s, "closed while paused", test_closed_paused);
	CU_add_test(s, "a pair of PASIDs under its queue", test_pair_ends);
	CU_add_test(s, "lost under a guest at work", test_lost_under_guest);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
