// SPDX-License-Identifier: GPL-2.0
// Attacks from a process of the host that was given bare queues to compose a device of.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "sim/core/fiber.h"
#include "sim/system.h"
#include "tests/unit/sim/attack.h"
#include "vdev/kernel/vdev_uapi.h"

#define NODE  "/dev/dsa/vdev0.0"
#define PAGE  4096u
#define SLOTS 64 /* of the store, those that are in use among them */

enum { OP_ENABLE, OP_DISABLE, OP_DRAIN, OP_ABORT, OP_RESET };

static int manage(struct world *w, const char *attribute, const char *value)
{
	struct kernel *host = system_host(w->sys);
	char path[160];
	int rc = ksys_realpath(host, DEV "wq0.0/../..", path, 128);

	if (rc < 0)
		return rc;
	strcat(path, attribute);
	return sysfs_put(host, path, value);
}

int raw_once(struct world *w)
{
	int rc = manage(w, "/vdev_create", "wq0.0:exclusive raw");

	return rc ? rc : manage(w, "/vdev_remove", "vdev0.0");
}

/* Its memory holds the argument. */
static s64 ask(struct attacker *a, int fd, u32 cmd, const void *arg, u32 bytes)
{
	s64 rc = process_copy_out(a->prog.p, a->prog.source, arg, bytes);

	return rc ? rc : process_ioctl(a->prog.p, fd, cmd, a->prog.source);
}

static int wants(struct attacker *a, int fd)
{
	const u32 pasids[] = {a->victim_pasid, 1 + (u32)sim_rng_below(&a->rng, 64), 0xfffff};
	u32 i, op;

	for (i = 0; i < 3; i++) {
		struct vdev_raw_pasid queue = {.wq = 0, .pasid = pasids[i]};
		struct vdev_raw_pasid_command work = {.pasid = pasids[i], .abort = 1};
		struct vdev_raw_submit sub = {.wq = 1};

		EXPECT(ask(a, fd, VDEV_RAW_SET_PASID, &queue, sizeof(queue)) == -EPERM);
		EXPECT(ask(a, fd, VDEV_RAW_PASID_COMMAND, &work, sizeof(work)) == -EPERM);
		memcpy(sub.desc, &pasids[i], sizeof(pasids[i]));
		EXPECT(ask(a, fd, VDEV_RAW_SUBMIT, &sub, sizeof(sub)) == -EPERM);
	}
	/* Its own queue without anybody's PASID: it would reach what the function reaches. */
	EXPECT(ask(a, fd, VDEV_RAW_COMMAND, &(struct vdev_raw_command){.op = OP_ENABLE},
		   sizeof(struct vdev_raw_command)) == -EPERM);
	for (op = OP_DISABLE; op <= OP_RESET; op++)
		EXPECT(ask(a, fd, VDEV_RAW_COMMAND, &(struct vdev_raw_command){.wq = 1, .op = op},
			   sizeof(struct vdev_raw_command)) == -EPERM);
	for (i = 0; i < SLOTS; i++) {
		struct vdev_raw_slot_mask mask = {.slot = i, .mask = i & 1};
		struct vdev_raw_slot_pasid tag = {.slot = i};

		EXPECT(ask(a, fd, VDEV_RAW_SLOT_MASK, &mask, sizeof(mask)) == -EINVAL);
		EXPECT(ask(a, fd, VDEV_RAW_SLOT_PASID, &tag, sizeof(tag)) == -EINVAL);
		EXPECT(process_ioctl(a->prog.p, fd, VDEV_RAW_SLOT_FREE, i) == -EINVAL);
	}
	EXPECT(ask(a, fd, VDEV_RAW_HANDLE_RELEASE,
		   &(struct vdev_raw_handle){.handle = a->victim_handle},
		   sizeof(struct vdev_raw_handle)) == -EINVAL);
	return 0;
}

/* Stores to its own queue's page, which is at rest; the others' pages are not in the file. */
static int maps(struct attacker *a, int fd)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = 4 * PAGE,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = fd,
				  .node = -1};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = 0x200000,
				.dst_addr = 0x300000,
				.xfer_size = 0x10000};
	s64 va = process_mmap(a->prog.p, &map);

	EXPECT(va > 0);
	EXPECT(!process_touch(a->prog.p, (u64)va, 1, true));
	EXPECT(!process_movdir64b(a->prog.p, (u64)va, &d));
	EXPECT(process_touch(a->prog.p, (u64)va + 2 * PAGE, 1, true) == -EFAULT);
	EXPECT(!process_munmap(a->prog.p, (u64)va, 4 * PAGE));
	map.offset = 4 * PAGE;
	EXPECT(process_mmap(a->prog.p, &map) == -EINVAL);
	return 0;
}

static int bare_queues(struct attacker *a)
{
	int fd, rc;

	EXPECT(!manage(a->w, "/vdev_create", "wq0.0:exclusive wq0.5:shared raw"));
	fd = process_open(a->prog.p, NODE);
	EXPECT(fd >= 0);
	rc = wants(a, fd);
	if (!rc)
		rc = maps(a, fd);
	EXPECT(!process_close(a->prog.p, fd));
	if (rc)
		return rc;
	EXPECT(!manage(a->w, "/vdev_remove", "vdev0.0"));
	return 0;
}

const struct attack raw_attacks[] = {
	{"PASIDs, queues, slots and handles of others, asked for with bare queues",
	 FROM_HOST_PROCESS, BY_HOST, "refused: not its machine's", .place = AT_HOST,
	 .round = bare_queues},
};
const u32 nr_raw_attacks = sizeof(raw_attacks) / sizeof(raw_attacks[0]);
