// SPDX-License-Identifier: GPL-2.0
// Migration by a device's file: states and the ways between them, the stream, and states that no
// device ever was in.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/core/rng.h"
#include "sim/scenario/cfg.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/core/vdev_traps.h"
#include "vdev/kernel/vdev_device.h"
#include "vdev/kernel/vdev_file.h"
#include "vdev/kernel/vdev_uapi.h"

#define SOURCE	"/dev/dsa/vdev0.0"
#define TARGET	"/dev/dsa/vdev0.1"
#define PORTALS (2ull << 40)
#define CONFIG	(7ull << 40)
#define ROUNDS	3000

enum {
	ERROR = VFIO_DEVICE_STATE_ERROR,
	STOP = VFIO_DEVICE_STATE_STOP,
	RUNNING = VFIO_DEVICE_STATE_RUNNING,
	COPY = VFIO_DEVICE_STATE_STOP_COPY,
	RESUMING = VFIO_DEVICE_STATE_RESUMING,
};

static struct door_program x;
static int source, target;
static u8 state[VDEV_STREAM_MAX + 64];
static u32 bytes;

/* ---- the file ---- */

static void put(int fd, u64 off, u32 width, u64 val)
{
	u64 pos = off;

	CU_ASSERT_EQUAL(process_copy_out(x.p, x.buf, &val, sizeof(val)), 0);
	CU_ASSERT_EQUAL(process_write(x.p, fd, x.buf, width, &pos), width);
}

static u32 get(int fd, u64 off)
{
	u64 pos = off;
	u32 val = 0;

	CU_ASSERT_EQUAL(process_read(x.p, fd, x.buf, 4, &pos), 4);
	CU_ASSERT_EQUAL(process_copy_in(x.p, &val, x.buf, 4), 0);
	return val;
}

static u32 command(int fd, u32 code, u32 operand)
{
	put(fd, DSA_REG_CMD, 4, SPEC_PREP(DSA_CMD_CODE, code) | operand);
	return get(fd, DSA_REG_CMDSTS) & DSA_CMDSTS_ERR;
}

static s64 set(int fd, u32 want)
{
	int data;
	s64 rc = door_set_state(&x, fd, want, &data);

	CU_ASSERT_EQUAL(data, rc ? data : -1);
	return rc;
}

static s64 feature(int fd, u32 flags, u64 *data, u32 size)
{
	struct {
		struct vfio_device_feature h;
		u64 data;
	} f = {.h = {.argsz = size, .flags = flags}, .data = data ? *data : 0};
	s64 rc = door_call(&x, fd, VFIO_DEVICE_FEATURE, &f, sizeof(f));

	if (data)
		*data = f.data;
	return rc;
}

/* Its data descriptor, where there is one, is -1. */
static u32 now(int fd)
{
	u64 data = 0;

	CU_ASSERT_EQUAL(feature(fd, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
				&data, 16),
			0);
	CU_ASSERT_EQUAL(data >> 32, ~0u);
	return (u32)data;
}

/* ---- a device in the middle of everything ---- */

static void store(int fd, u64 off, u32 width, u8 number)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP, .flags = IDXD_OP_FLAG_FENCE};
	u64 pos = PORTALS + off;

	d.src_addr = number;
	CU_ASSERT_EQUAL(process_copy_out(x.p, x.buf, &d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(process_write(x.p, fd, x.buf, width, &pos), width);
}

static void bring_up(int fd)
{
	put(fd, CONFIG + 4, 2, 6);
	/* ATS, page requests, PASIDs, MSI-X. */
	put(fd, CONFIG + 0x106, 2, 0x8000);
	put(fd, CONFIG + 0x11c, 4, 1);
	put(fd, CONFIG + 0x114, 2, 1);
	put(fd, CONFIG + 0x126, 2, 1);
	put(fd, CONFIG + 0x42, 2, 0x8000);
	put(fd, 0x600, 8, 0xfee00000);
	put(fd, 0x610, 8, 0xfee01000);
	put(fd, 0x61c, 4, 0);
	put(fd, DSA_REG_GENCTRL, 4, 3);
	put(fd, 0x528, 4, get(fd, 0x528) | DSA_WQCFG2_PASID_EN);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_WQ, 0), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_ENABLE_WQ, 1), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	CU_ASSERT_EQUAL(command(fd, DSA_CMD_REQUEST_INT_HANDLE, 2), 0);
}

static void keep_some(int fd)
{
	struct vdev_enqueue e = {.off = 0x5000};
	u32 i;

	for (i = 0; i < 3; i++)
		store(fd, 0, 64, (u8)i);
	store(fd, 0x40, 8, 9);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(door_call(&x, fd, VDEV_ENQUEUE, &e, sizeof(e)), 0);
}

static int make_devices(void *machine)
{
	CU_ASSERT_EQUAL_FATAL(door_program_start(&x, machine), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.0:exclusive wq0.2:shared"), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_create", "wq0.1:exclusive wq0.2:shared"), 0);
	source = process_open(x.p, SOURCE);
	target = process_open(x.p, TARGET);
	CU_ASSERT_FATAL(source >= 0 && target >= 0);
	CU_ASSERT(process_ioctl(x.p, source, VDEV_BIND_VM, (u64)x.vm) > 0);
	CU_ASSERT(process_ioctl(x.p, target, VDEV_BIND_VM, (u64)x.vm) > 0);
	return 0;
}

static int end_program(void *arg)
{
	(void)arg;
	process_exit(x.p);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_remove", "vdev0.0"), 0);
	CU_ASSERT_EQUAL(door_put(door_function, "/vdev_remove", "vdev0.1"), 0);
	return 0;
}

/* ---- saving and loading ---- */

static void save(void)
{
	int data;
	u64 pos = 0;
	s64 n;

	CU_ASSERT_EQUAL(set(source, STOP), 0);
	keep_some(source);
	CU_ASSERT_EQUAL(door_set_state(&x, source, COPY, &data), 0);
	CU_ASSERT_FATAL(data >= 0);
	CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, 8, &pos), -EBADF);
	/* The guest is elsewhere, as far as it can tell. */
	CU_ASSERT_EQUAL(process_write(x.p, source, x.buf, 8, &pos), -EAGAIN);
	bytes = 0;
	do {
		n = process_read(x.p, data, x.buf, 1000, &pos);
		CU_ASSERT(n >= 0 && bytes + n <= VDEV_STREAM_MAX);
		CU_ASSERT_EQUAL(process_copy_in(x.p, state + bytes, x.buf, (u64)n), 0);
		bytes += (u32)n;
	} while (n > 0);
	CU_ASSERT(bytes > 1000);
	/* Another look at the same state is another stream. */
	CU_ASSERT_EQUAL(set(source, STOP), 0);
	CU_ASSERT_EQUAL(process_read(x.p, data, x.buf, 8, &pos), -ENODEV);
	CU_ASSERT_EQUAL(process_close(x.p, data), 0);
}

static s64 load(const u8 *from, u32 n)
{
	u64 pos = 0;
	u32 at, len;
	int data;

	CU_ASSERT_EQUAL(door_set_state(&x, target, RESUMING, &data), 0);
	CU_ASSERT_FATAL(data >= 0);
	for (at = 0; at < n; at += len) {
		len = n - at < 60000 ? n - at : 60000;
		CU_ASSERT_EQUAL(process_copy_out(x.p, x.buf, from + at, len), 0);
		CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, len, &pos), len);
	}
	CU_ASSERT_EQUAL(process_read(x.p, data, x.buf, 8, &pos), -EBADF);
	CU_ASSERT_EQUAL(process_close(x.p, data), 0);
	return set(target, STOP);
}

static void reset(void)
{
	CU_ASSERT_EQUAL(process_ioctl(x.p, target, VFIO_DEVICE_RESET, 0), 0);
	CU_ASSERT_EQUAL(now(target), RUNNING);
	CU_ASSERT_EQUAL(get(target, DSA_REG_GENSTS), 0);
}

/* ---- states and streams ---- */

static void features(int fd)
{
	const u32 mig = VFIO_DEVICE_FEATURE_MIGRATION, st = VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
	const u32 g = VFIO_DEVICE_FEATURE_GET, s = VFIO_DEVICE_FEATURE_SET;
	const u32 probe = VFIO_DEVICE_FEATURE_PROBE;
	u64 data = 0;

	CU_ASSERT_EQUAL(feature(fd, g | mig, &data, 16), 0);
	CU_ASSERT_EQUAL(data, VFIO_MIGRATION_STOP_COPY);
	CU_ASSERT_EQUAL(feature(fd, probe | g | mig, NULL, 8), 0);
	CU_ASSERT_EQUAL(feature(fd, probe | g | s | st, NULL, 8), 0);
	CU_ASSERT_EQUAL(feature(fd, probe | s | mig, NULL, 8), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, g | s | st, &data, 16), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, st, &data, 16), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, g | st, &data, 12), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, g | st, &data, 4), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, 1u << 20 | g | st, &data, 16), -EINVAL);
	CU_ASSERT_EQUAL(feature(fd, probe | g | VFIO_DEVICE_FEATURE_DMA_LOGGING_START, NULL, 8),
			-ENOTTY);
	CU_ASSERT_EQUAL(process_ioctl(x.p, fd, VFIO_DEVICE_FEATURE, 8), -EFAULT);
}

static int states(void *arg)
{
	static const u32 none[] = {ERROR, VFIO_DEVICE_STATE_RUNNING_P2P, 6, ~0u};
	u64 pos = 0;
	int data;
	u32 i;

	(void)arg;
	features(target);
	CU_ASSERT_EQUAL(now(target), RUNNING);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_EQUAL(set(target, none[i]), -EINVAL);
	CU_ASSERT_EQUAL(set(target, RUNNING), 0);
	CU_ASSERT_EQUAL(set(target, STOP), 0);
	CU_ASSERT_EQUAL(set(target, STOP), 0);
	CU_ASSERT_EQUAL(now(target), STOP);
	/* Two arcs at once. */
	CU_ASSERT_EQUAL(set(target, RUNNING), 0);
	CU_ASSERT_EQUAL(door_set_state(&x, target, COPY, &data), 0);
	CU_ASSERT_EQUAL(now(target), COPY);
	CU_ASSERT_EQUAL(set(target, COPY), 0);
	CU_ASSERT_EQUAL(process_close(x.p, data), 0);
	/* More than any state is long. */
	CU_ASSERT_EQUAL(door_set_state(&x, target, RESUMING, &data), 0);
	CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, 60000, &pos), 60000);
	CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, 60000, &pos), VDEV_STREAM_MAX - 60000);
	CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, 1, &pos), -ENOSPC);
	CU_ASSERT_EQUAL(process_write(x.p, data, 8, 1, &pos), -ENOSPC);
	CU_ASSERT_EQUAL(set(target, RUNNING), -EINVAL);
	CU_ASSERT_EQUAL(process_write(x.p, data, x.buf, 1, &pos), -ENODEV);
	CU_ASSERT_EQUAL(now(target), ERROR);
	for (i = STOP; i <= RESUMING; i++)
		CU_ASSERT_EQUAL(set(target, i), -EINVAL);
	CU_ASSERT_EQUAL(process_close(x.p, data), 0);
	reset();
	/* Nothing at all. */
	CU_ASSERT_EQUAL(load(state, 0), -EINVAL);
	reset();
	return 0;
}

static int moved(void *arg)
{
	(void)arg;
	bring_up(source);
	save();
	CU_ASSERT_EQUAL(load(state, bytes), 0);
	CU_ASSERT_EQUAL(get(target, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	CU_ASSERT_EQUAL(set(target, RUNNING), 0);
	CU_ASSERT_EQUAL(get(target, 0x61c), 0);
	/* Its slots are others. */
	CU_ASSERT(get(target, DSA_REG_INTCAUSE) & DSA_INTCAUSE_HANDLE_REVOKED);
	CU_ASSERT_EQUAL(command(target, DSA_CMD_DRAIN_ALL, 0), 0);
	CU_ASSERT_EQUAL(command(target, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	CU_ASSERT_EQUAL(set(target, STOP), 0);
	keep_some(target);
	/* Not wanted any more, and then wanted after all: what was kept there is gone. */
	reset();
	CU_ASSERT_EQUAL(load(state, bytes), 0);
	CU_ASSERT_EQUAL(load(state, bytes), 0);
	CU_ASSERT_EQUAL(load(state, bytes - 1), -EINVAL);
	reset();
	CU_ASSERT_EQUAL(load(state, bytes + 1), -EINVAL);
	reset();
	/* Where it came from it can go on too. */
	CU_ASSERT_EQUAL(set(source, RUNNING), 0);
	CU_ASSERT_EQUAL(command(source, DSA_CMD_DRAIN_ALL, 0), 0);
	return 0;
}

/* ---- hostile states ---- */

static u32 mutate(struct sim_rng *rng, u8 *to)
{
	static const u32 odd[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x100, 0xffff};
	u32 i, n = 1 + (u32)sim_rng_below(rng, 6), len = bytes, at, word;

	memcpy(to, state, bytes);
	for (i = 0; i < n; i++) {
		/* Most of it is kept descriptors: the fields in front are looked at more often. */
		at = (u32)sim_rng_below(rng, sim_rng_below(rng, 4) ? 1200 : bytes - 4);
		word = sim_rng_below(rng, 2) ? odd[sim_rng_below(rng, 8)]
					     : (u32)sim_rng_below(rng, 256);
		if (sim_rng_below(rng, 2))
			memcpy(to + (at & ~3u), &word, 4);
		else
			to[at] ^= (u8)(1u << sim_rng_below(rng, 8));
	}
	/* As long as it says, or not. */
	if (!sim_rng_below(rng, 16)) {
		len = (u32)sim_rng_below(rng, bytes + 64);
		memcpy(to + 8, &len, 4);
	}
	return len;
}

/* What a guest would do next. */
static void use(struct sim_rng *rng)
{
	u32 i;

	for (i = 0; i < 4; i++) {
		u64 off = sim_rng_below(rng, 0x720) & ~3ull;

		if (off != DSA_REG_CMD && sim_rng_below(rng, 2))
			put(target, off, 4, (u32)sim_rng_u64(rng));
		get(target, off);
	}
	command(target, 1 + (u32)sim_rng_below(rng, 15), (u32)sim_rng_below(rng, 4));
	store(target, 0x80, 64, 1);
}

static int hostile(void *arg)
{
	static u8 other[VDEV_STREAM_MAX + 64];
	u32 i, len, loaded = 0, went_on = 0;
	struct sim_rng rng;
	s64 rc;

	(void)arg;
	sim_rng_init(&rng, 11, "states");
	CU_ASSERT_EQUAL(set(source, STOP), 0);
	CU_ASSERT_EQUAL(set(source, RUNNING), 0);
	save();
	for (i = 0; i < ROUNDS; i++) {
		len = mutate(&rng, other);
		rc = load(other, len);
		CU_ASSERT(rc == 0 || rc == -EINVAL || rc == -EOPNOTSUPP);
		CU_ASSERT_EQUAL(now(target), rc ? ERROR : STOP);
		loaded += !rc;
		if (!rc) {
			rc = set(target, RUNNING);
			CU_ASSERT(rc == 0 || rc == -ENOENT || rc == -EIO);
			went_on += !rc;
			if (!rc)
				use(&rng);
		}
		reset();
	}
	CU_ASSERT(loaded > ROUNDS / 20 && loaded < ROUNDS);
	CU_ASSERT(went_on > ROUNDS / 40);
	/* Neither the other device nor this one has changed by it. */
	CU_ASSERT_EQUAL(set(source, RUNNING), 0);
	CU_ASSERT_EQUAL(command(source, DSA_CMD_DRAIN_ALL, 0), 0);
	CU_ASSERT_EQUAL(load(state, bytes), 0);
	CU_ASSERT_EQUAL(set(target, RUNNING), 0);
	return 0;
}

static void test_states(void)
{
	struct guest_cfg cfg = {.name = "machine", .memory = 32 * MIB, .node = -1};
	struct cfg_error err = {""};
	struct guest *g;

	door_boot();
	CU_ASSERT_EQUAL_FATAL(guest_new(sva_sys, &cfg, &g, &err), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, make_devices, g), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, states, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, moved, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, hostile, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, end_program, NULL), 0);
	guest_free(g);
	sva_down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("moving by a file", NULL, NULL);
	CU_add_test(s, "states, streams and lies", test_states);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
