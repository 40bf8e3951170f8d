// SPDX-License-Identifier: GPL-2.0
// A process with bare queues, and whatever it asks for: it gets its own, and nothing of others.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <string.h>

#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/kernel/vdev_uapi.h"

#define NODE0 "/dev/dsa/vdev0.0"
#define NODE1 "/dev/dsa/vdev0.1"
#define PAGE  4096u

enum { OP_ENABLE, OP_DISABLE, OP_DRAIN, OP_ABORT, OP_RESET };

/* Two monitors with a machine each: the first has a dedicated queue and a share, the other a share
 * of the same queue. */
static struct door_program own, other;
static int fd, other_fd;
static u32 pasid, other_pasid;

static struct dsa *device(void)
{
	return machine_dsa(system_machine(sva_sys), 0);
}

static u64 physical(u32 off, u32 width)
{
	return dsa_mmio_read(device(), off, width);
}

static u32 table(u64 field)
{
	return (u32)SPEC_GET(field, physical(DSA_REG_OFFSETS, 8)) * DSA_OFFSET_UNIT;
}

static u32 wq_state(u32 wq)
{
	return (u32)physical(table(DSA_OFFSETS0_WQCFG) + wq * 32 + 4 * DSA_WQCFG_DW_STATUS, 4) >>
	       30;
}

static u64 ims(u32 slot, u32 field, u32 width)
{
	return physical(table(DSA_OFFSETS0_IMS) + slot * DSA_IMS_STRIDE + field, width);
}

static s64 ask(u32 cmd, void *arg, u32 bytes)
{
	return door_call(&own, fd, cmd, arg, bytes);
}

static s64 command(u32 wq, u32 op)
{
	struct vdev_raw_command c = {.wq = wq, .op = op};

	return ask(VDEV_RAW_COMMAND, &c, sizeof(c));
}

static s64 set_pasid(u32 wq, u32 to)
{
	struct vdev_raw_pasid p = {.wq = wq, .pasid = to};

	return ask(VDEV_RAW_SET_PASID, &p, sizeof(p));
}

static s64 slot_pasid(u32 slot, u32 to, bool enable)
{
	struct vdev_raw_slot_pasid p = {.slot = slot, .pasid = to, .enable = enable};

	return ask(VDEV_RAW_SLOT_PASID, &p, sizeof(p));
}

static s64 pasid_command(u32 of, bool abort)
{
	struct vdev_raw_pasid_command c = {.pasid = of, .abort = abort};

	return ask(VDEV_RAW_PASID_COMMAND, &c, sizeof(c));
}

static s64 submit(struct door_program *x, int file, u32 wq, u32 first, u8 opcode)
{
	struct dsa_hw_desc d = {.opcode = opcode};
	struct vdev_raw_submit s = {.wq = wq};

	memcpy(s.desc, &d, sizeof(d));
	memcpy(s.desc, &first, sizeof(first));
	return door_call(x, file, VDEV_RAW_SUBMIT, &s, sizeof(s));
}

static s64 new_slot(u32 *slot)
{
	struct vdev_raw_slot s = {.fd = -1};
	s64 rc = process_eventfd(own.p, 0, NULL, NULL, &s.fd);

	if (!rc)
		rc = ask(VDEV_RAW_SLOT_ALLOC, &s, sizeof(s));
	*slot = s.slot;
	return rc;
}

static s64 mask_slot(u32 slot, bool mask)
{
	struct vdev_raw_slot_mask m = {.slot = slot, .mask = mask};

	return ask(VDEV_RAW_SLOT_MASK, &m, sizeof(m));
}

static u32 events(struct door_program *x, int file, struct vdev_raw_event *ev)
{
	s64 n = process_read(x->p, file, x->buf, sizeof(*ev), NULL);

	if (n != sizeof(*ev))
		return 0;
	CU_ASSERT_EQUAL(process_copy_in(x->p, ev, x->buf, sizeof(*ev)), 0);
	return 1;
}

/* ---- the two of them ---- */

static int begin(void *arg)
{
	struct guest **machines = arg;

	CU_ASSERT_EQUAL_FATAL(door_program_start(&own, machines[0]), 0);
	CU_ASSERT_EQUAL_FATAL(door_program_start(&other, machines[1]), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.0:exclusive wq0.2:shared raw"),
			0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.1:exclusive wq0.2:shared raw"),
			0);
	fd = process_open(own.p, NODE0);
	other_fd = process_open(other.p, NODE1);
	CU_ASSERT_FATAL(fd >= 0 && other_fd >= 0);
	pasid = (u32)process_ioctl(own.p, fd, VDEV_BIND_VM, (u64)own.vm);
	other_pasid = (u32)process_ioctl(other.p, other_fd, VDEV_BIND_VM, (u64)other.vm);
	CU_ASSERT(pasid && other_pasid && pasid != other_pasid);
	return 0;
}

static int finish(void *arg)
{
	struct dsa_totals t;

	(void)arg;
	CU_ASSERT_EQUAL(process_close(own.p, fd), 0);
	/* Nothing of it is under way, in queues that others go on using either. */
	dsa_totals(device(), &t);
	CU_ASSERT_EQUAL(t.in_flight, 0);
	CU_ASSERT_EQUAL(process_close(other.p, other_fd), 0);
	/* At rest, without a PASID. */
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(physical(table(DSA_OFFSETS0_WQCFG) + 4 * DSA_WQCFG_DW_MODE, 4) &
				(DSA_WQCFG2_PASID | DSA_WQCFG2_PASID_EN),
			0);
	process_exit(own.p);
	process_exit(other.p);
	return 0;
}

static void with_both(int (*body)(void *arg))
{
	struct guest *machines[2];

	door_boot();
	machines[0] = door_machine("own");
	machines[1] = door_machine("other");
	CU_ASSERT_EQUAL(system_call(sva_sys, begin, machines), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, body, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, finish, NULL), 0);
	guest_free(machines[0]);
	guest_free(machines[1]);
	sva_down();
}

/* ---- PASIDs ---- */

static int foreign_pasids(void *arg)
{
	const u32 foreign[] = {other_pasid, 0x7ffff, 0xfffff, 0x100000 | pasid, ~0u};
	u32 slot, i;

	(void)arg;
	CU_ASSERT_EQUAL(new_slot(&slot), 0);
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		CU_ASSERT_EQUAL(set_pasid(0, foreign[i]), -EPERM);
		CU_ASSERT_EQUAL(slot_pasid(slot, foreign[i], true), -EPERM);
		CU_ASSERT_EQUAL(pasid_command(foreign[i], false), -EPERM);
		CU_ASSERT_EQUAL(pasid_command(foreign[i], true), -EPERM);
		CU_ASSERT_EQUAL(submit(&own, fd, 1, foreign[i], DSA_OPCODE_NOOP), -EPERM);
	}
	CU_ASSERT_EQUAL(pasid_command(0, true), -EPERM);
	CU_ASSERT_EQUAL(slot_pasid(slot, 0, true), -EPERM);
	CU_ASSERT_EQUAL(submit(&own, fd, 1, 0, DSA_OPCODE_NOOP), -EPERM);
	/* Its own, but with privilege, or bits that are reserved. */
	CU_ASSERT_EQUAL(submit(&own, fd, 1, pasid | 1u << 31, DSA_OPCODE_NOOP), -EPERM);
	CU_ASSERT_EQUAL(submit(&own, fd, 1, pasid | 1u << 20, DSA_OPCODE_NOOP), -EPERM);
	CU_ASSERT_EQUAL(ims(slot, DSA_IMS_CTRL, 4), DSA_IMS_CTRL_MASK);
	/* What is its own. */
	CU_ASSERT_EQUAL(submit(&own, fd, 1, pasid, DSA_OPCODE_NOOP), 0);
	CU_ASSERT_EQUAL(pasid_command(pasid, false), 0);
	CU_ASSERT_EQUAL(slot_pasid(slot, pasid, true), 0);
	CU_ASSERT_EQUAL(ims(slot, DSA_IMS_CTRL, 4), DSA_IMS_CTRL_MASK | DSA_IMS_CTRL_PASID_EN |
							    SPEC_PREP(DSA_IMS_CTRL_PASID, pasid));
	CU_ASSERT_EQUAL(slot_pasid(slot, 0, false), 0);
	return 0;
}

/* ---- queues ---- */

static int foreign_queues(void *arg)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = 4 * PAGE,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = fd,
				  .node = -1};
	s64 va;
	u32 op;

	(void)arg;
	/* Others work in it. */
	for (op = OP_DISABLE; op <= OP_RESET; op++)
		CU_ASSERT_EQUAL(command(1, op), -EPERM);
	CU_ASSERT_EQUAL(command(1, OP_ENABLE), 0);
	CU_ASSERT_EQUAL(set_pasid(1, pasid), -EPERM);
	CU_ASSERT_EQUAL(set_pasid(1, 0), -EPERM);
	CU_ASSERT_EQUAL(wq_state(2), DSA_WQ_STATE_ENABLED);
	CU_ASSERT_EQUAL(command(2, OP_ENABLE), -EINVAL);
	CU_ASSERT_EQUAL(submit(&own, fd, 2, pasid, DSA_OPCODE_NOOP), -EINVAL);
	/* Not without a PASID, nor once it is taken away again. */
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), -EPERM);
	CU_ASSERT_EQUAL(set_pasid(0, pasid), 0);
	CU_ASSERT_EQUAL(set_pasid(0, 0), 0);
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), -EPERM);
	CU_ASSERT_EQUAL(set_pasid(0, pasid), 0);
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), 0);
	CU_ASSERT_EQUAL(set_pasid(0, 0), -EBUSY);
	/* Both pages of the one, the limited page of the other, and no more of the device. */
	va = process_mmap(own.p, &map);
	CU_ASSERT_FATAL(va > 0);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va, 2 * PAGE, true), 0);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va + 2 * PAGE, 1, true), -EFAULT);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va + 3 * PAGE, 1, true), 0);
	map.offset = 4 * PAGE;
	map.len = PAGE;
	CU_ASSERT_EQUAL(process_mmap(own.p, &map), -EINVAL);
	map.offset = 3 * PAGE;
	map.len = 2 * PAGE;
	CU_ASSERT_EQUAL(process_mmap(own.p, &map), -EINVAL);
	CU_ASSERT_EQUAL(process_munmap(own.p, (u64)va, 4 * PAGE), 0);
	return 0;
}

/* What the process submits goes by the limited page: the entries above the threshold are not its.
 */
static int threshold(void *arg)
{
	const u32 limit = 28;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = 0x400000,
				.dst_addr = 0x800000,
				.xfer_size = 2 << 20};
	struct vdev_raw_submit s = {.wq = 1};
	u32 i, full = 0;

	(void)arg;
	d.pasid = pasid;
	memcpy(s.desc, &d, sizeof(d));
	for (i = 0; i < 64; i++) {
		s64 rc = ask(VDEV_RAW_SUBMIT, &s, sizeof(s));

		CU_ASSERT(!rc || rc == -EAGAIN);
		full += rc == -EAGAIN;
		CU_ASSERT(dsa_wq_occupancy(device(), 2) <= limit);
	}
	CU_ASSERT(full > 10);
	/* One share of a queue is enough. */
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.2:shared wq0.2:shared"),
			-EBUSY);
	return 0;
}

/* ---- slots ---- */

static int foreign_slots(void *arg)
{
	struct vdev_raw_slot s = {.fd = -1};
	struct vdev_raw_handle h = {.slot = 0}, mine = {.slot = 0};
	u32 slot, i, more;

	(void)arg;
	CU_ASSERT_EQUAL(new_slot(&slot), 0);
	CU_ASSERT_EQUAL(process_eventfd(other.p, 0, NULL, NULL, &s.fd), 0);
	CU_ASSERT_EQUAL(door_call(&other, other_fd, VDEV_RAW_SLOT_ALLOC, &s, sizeof(s)), 0);
	h.slot = s.slot;
	CU_ASSERT_EQUAL(door_call(&other, other_fd, VDEV_RAW_HANDLE_REQUEST, &h, sizeof(h)), 0);
	for (i = 0; i < 2048; i++) {
		struct vdev_raw_handle r = {.slot = i};

		if (i == slot)
			continue;
		CU_ASSERT_EQUAL(mask_slot(i, false), -EINVAL);
		CU_ASSERT_EQUAL(slot_pasid(i, pasid, true), -EINVAL);
		CU_ASSERT_EQUAL(process_ioctl(own.p, fd, VDEV_RAW_SLOT_FREE, i), -EINVAL);
		CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_REQUEST, &r, sizeof(r)), -EINVAL);
	}
	CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_RELEASE, &h, sizeof(h)), -EINVAL);
	CU_ASSERT_EQUAL(ims(s.slot, DSA_IMS_CTRL, 4), DSA_IMS_CTRL_MASK);
	/* Its own, twice, and given up once. */
	mine.slot = slot;
	CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_REQUEST, &mine, sizeof(mine)), 0);
	i = mine.handle;
	CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_REQUEST, &mine, sizeof(mine)), 0);
	CU_ASSERT_EQUAL(mine.handle, i);
	CU_ASSERT(mine.handle != h.handle);
	CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_RELEASE, &mine, sizeof(mine)), 0);
	CU_ASSERT_EQUAL(ask(VDEV_RAW_HANDLE_RELEASE, &mine, sizeof(mine)), -EINVAL);
	/* Two for each of its queues. */
	for (i = 1; i < 4; i++)
		CU_ASSERT_EQUAL(new_slot(&more), 0);
	CU_ASSERT_EQUAL(new_slot(&more), -ENOSPC);
	return 0;
}

/* ---- errors ---- */

static int foreign_errors(void *arg)
{
	struct vdev_raw_event ev;

	(void)arg;
	CU_ASSERT_EQUAL(submit(&other, other_fd, 1, other_pasid, 0xf0), 0);
	fiber_sleep(200 * US);
	CU_ASSERT_EQUAL(events(&own, fd, &ev), 0);
	CU_ASSERT_EQUAL_FATAL(events(&other, other_fd, &ev), 1);
	CU_ASSERT_EQUAL(ev.kind, VDEV_RAW_SWERROR);
	CU_ASSERT_EQUAL(ev.wq, 1);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_PASID, ev.err[0]), other_pasid);
	return 0;
}

/* ---- the device stops, and is brought back ---- */

static int after_halt(void *arg)
{
	u64 addr, ctrl[2];
	u32 slot[2], data, i;

	(void)arg;
	CU_ASSERT_EQUAL(new_slot(&slot[0]), 0);
	CU_ASSERT_EQUAL(new_slot(&slot[1]), 0);
	CU_ASSERT_EQUAL(slot_pasid(slot[0], pasid, true), 0);
	CU_ASSERT_EQUAL(mask_slot(slot[0], false), 0);
	CU_ASSERT_EQUAL(set_pasid(0, pasid), 0);
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), 0);
	for (i = 0; i < 2; i++)
		ctrl[i] = ims(slot[i], DSA_IMS_CTRL, 4);
	addr = ims(slot[0], DSA_IMS_ADDR, 8);
	data = (u32)ims(slot[0], DSA_IMS_DATA, 4);
	CU_ASSERT(!(ctrl[0] & DSA_IMS_CTRL_MASK) && ctrl[1] & DSA_IMS_CTRL_MASK);
	dsa_halt(device(), DSA_RESET_SOFTWARE);
	/* Its queue cannot be stopped now: it comes back enabled, and is stopped then. */
	CU_ASSERT(command(0, OP_RESET) < 0);
	fiber_sleep(100000 * US);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_ENABLED);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(ims(slot[i], DSA_IMS_CTRL, 4), ctrl[i]);
	CU_ASSERT_EQUAL(ims(slot[0], DSA_IMS_ADDR, 8), addr);
	CU_ASSERT_EQUAL(ims(slot[0], DSA_IMS_DATA, 4), data);
	CU_ASSERT_EQUAL(set_pasid(0, pasid), 0);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), 0);
	return 0;
}

/* ---- a queue is taken away ---- */

static int taken_away(void *arg)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = 4 * PAGE,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = fd,
				  .node = -1};
	struct vdev_raw_event ev;
	u32 slot, op, more;
	s64 va;

	(void)arg;
	CU_ASSERT_EQUAL(set_pasid(0, pasid), 0);
	CU_ASSERT_EQUAL(command(0, OP_ENABLE), 0);
	CU_ASSERT_EQUAL(new_slot(&slot), 0);
	CU_ASSERT_EQUAL(slot_pasid(slot, pasid, true), 0);
	CU_ASSERT_EQUAL(mask_slot(slot, false), 0);
	va = process_mmap(own.p, &map);
	CU_ASSERT_FATAL(va > 0);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va, 2 * PAGE, true), 0);
	/* The shared one: the other of its queues is stopped too. */
	CU_ASSERT_EQUAL(sva_put(system_host(sva_sys), DRV "mdev/unbind", "wq0.2"), 0);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(ims(slot, DSA_IMS_CTRL, 4), DSA_IMS_CTRL_MASK);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va, 1, true), -EFAULT);
	CU_ASSERT_EQUAL(process_touch(own.p, (u64)va + 3 * PAGE, 1, true), -EFAULT);
	for (op = OP_ENABLE; op <= OP_RESET; op++)
		CU_ASSERT_EQUAL(command(0, op), -ENODEV);
	CU_ASSERT_EQUAL(set_pasid(0, pasid), -ENODEV);
	CU_ASSERT_EQUAL(pasid_command(pasid, true), -ENODEV);
	CU_ASSERT_EQUAL(submit(&own, fd, 0, pasid, DSA_OPCODE_NOOP), -ENODEV);
	CU_ASSERT_EQUAL(submit(&own, fd, 1, pasid, DSA_OPCODE_NOOP), -ENODEV);
	CU_ASSERT(slot_pasid(slot, pasid, true) < 0);
	CU_ASSERT(mask_slot(slot, false) < 0);
	CU_ASSERT(new_slot(&more) < 0);
	CU_ASSERT_EQUAL_FATAL(events(&own, fd, &ev), 1);
	CU_ASSERT_EQUAL(ev.kind, VDEV_RAW_REVOKED);
	CU_ASSERT_EQUAL(process_munmap(own.p, (u64)va, 4 * PAGE), 0);
	return 0;
}

static void test_pasids(void)
{
	with_both(foreign_pasids);
}

static void test_queues(void)
{
	with_both(foreign_queues);
}

static void test_threshold(void)
{
	with_both(threshold);
}

static void test_slots(void)
{
	with_both(foreign_slots);
}

static void test_errors(void)
{
	with_both(foreign_errors);
}

static void test_halt(void)
{
	with_both(after_halt);
}

static void test_taken(void)
{
	with_both(taken_away);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("bare queues", NULL, NULL);
	CU_add_test(s, "PASIDs of others", test_pasids);
	CU_add_test(s, "queues of others", test_queues);
	CU_add_test(s, "entries of others", test_threshold);
	CU_add_test(s, "slots of others", test_slots);
	CU_add_test(s, "errors of others", test_errors);
	CU_add_test(s, "the device stops and comes back", test_halt);
	CU_add_test(s, "a queue is taken away", test_taken);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
