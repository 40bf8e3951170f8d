// SPDX-License-Identifier: GPL-2.0
// Anything that monitors and administrators can do with devices' files, at random and at once,
// while neighbours work: nothing crashes, hangs or leaks, and the neighbours notice nothing.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/core/rng.h"
#include "tests/unit/sim/door_world.h"
#include "vdev/kernel/vdev_uapi.h"

#define PAGE	 4096u
#define ACTORS	 4
#define PROGRAMS 2
#define FILES	 10
#define EVENTS	 4
#define NODES	 3
#define UUIDS	 3
#define SLICE	 (DOOR_BUF / ACTORS) /* of a program's memory, an actor's */
#define PORTALS	 (8 * 4 * PAGE)

enum kind { NONE, NODE, CONTAINER, GROUP, DEVICE };

/* An open file: anybody calls it, who opened it closes it. */
struct door_file {
	enum kind kind;
	u32 owner, program, mine; /* @mine: container or group that comes with a group or device */
	int fd, group, container;
	s64 pasid; /* of its machine, after VDEV_BIND_VM */
	u64 va;	   /* its portals */
};

struct actor {
	struct sim_rng rng;
	u32 id, ops;
	u32 cmd; /* the ioctl it is in, for messages */
	const char *doing;
	bool done;
};

static struct guest *machines[PROGRAMS];
static struct door_program programs[PROGRAMS];
static int events[PROGRAMS][EVENTS];
static struct door_file files[FILES];
static struct actor actors[ACTORS];
static bool removing[UUIDS];
static u32 signals, opened, bound, enabled_calls, good_calls, bad_calls;

static u32 below(struct actor *a, u32 n)
{
	return (u32)sim_rng_below(&a->rng, n);
}

static bool one_in(struct actor *a, u32 n)
{
	return !below(a, n);
}

static u64 any_value(struct actor *a)
{
	static const u64 favourites[] = {0, 1, 2, 3, 8, 0xfff, ~0u, ~0ull, 1ull << 31, 1ull << 40};

	return one_in(a, 3) ? sim_rng_u64(&a->rng) : favourites[below(a, 10)];
}

static const char *uuid(u32 i)
{
	static const char *const uuids[UUIDS] = {"01234567-89ab-4def-8123-456789abcde0",
						 "01234567-89ab-4def-8123-456789abcde1",
						 "01234567-89ab-4def-8123-456789abcde2"};

	return uuids[i];
}

/* ---- calls ---- */

static struct door_file *any_file(struct actor *a)
{
	u32 i, first = below(a, FILES);

	for (i = 0; i < FILES; i++) {
		struct door_file *f = &files[(first + i) % FILES];

		if (f->kind == NODE || f->kind == DEVICE)
			return f;
	}
	return NULL;
}

static struct door_file *own_file(struct actor *a)
{
	struct door_file *f = &files[below(a, FILES)];

	return f->kind != NONE && f->owner == a->id ? f : NULL;
}

static struct door_file *new_file(struct actor *a, enum kind kind, u32 program)
{
	u32 i;

	for (i = 0; i < FILES; i++)
		if (files[i].kind == NONE) {
			files[i] = (struct door_file){.kind = kind,
						      .owner = a->id,
						      .program = program,
						      .fd = -1,
						      .group = -1,
						      .container = -1};
			return &files[i];
		}
	return NULL;
}

static s64 call(struct actor *a, u32 program, int fd, u32 cmd, void *arg, u32 bytes)
{
	const struct door_program *x = &programs[program];
	u64 at = x->buf + a->id * SLICE;
	s64 rc = process_copy_out(x->p, at, arg, bytes);

	/* Sometimes it lies half beyond, or nowhere. */
	if (one_in(a, 40))
		at = one_in(a, 2) ? x->buf + DOOR_BUF - 4 : any_value(a);
	a->cmd = cmd;
	if (!rc)
		rc = process_ioctl(x->p, fd, cmd, at);
	if (rc < 0)
		bad_calls++;
	else
		good_calls++;
	process_copy_in(x->p, arg, x->buf + a->id * SLICE, bytes);
	return rc;
}

static s64 call_value(struct actor *a, const struct door_file *f, u32 cmd, u64 value)
{
	s64 rc;

	a->cmd = cmd;
	rc = process_ioctl(programs[f->program].p, f->fd, cmd, value);

	if (rc < 0)
		bad_calls++;
	else
		good_calls++;
	return rc;
}

static void spoil(struct actor *a, void *arg, u32 bytes)
{
	u32 val;

	if (bytes < 4 || !one_in(a, 4))
		return;
	val = (u32)any_value(a);
	memcpy((u8 *)arg + 4 * below(a, bytes / 4), &val, 4);
}

/* ---- administrators ---- */

static void create_node(struct actor *a)
{
	static const char *const tokens[] = {"wq0.0:exclusive",
					     "wq0.2:shared",
					     "wq0.1:exclusive",
					     "wq0.0:shared",
					     "wq0.9:shared",
					     "guest_pasids",
					     "raw",
					     "what",
					     "wq0.2:shared"};
	char list[160] = "";
	u32 i, n = one_in(a, 3) ? 1 + below(a, 3) : 1;

	/* Of shares there is no end. */
	if (ksys_exists(system_host(sva_sys), "/dev/dsa/vdev0.4"))
		return;
	for (i = 0; i < n; i++) {
		strcat(list, tokens[one_in(a, 4) ? below(a, 9) : below(a, 2)]);
		strcat(list, i % 2 ? "," : " ");
	}
	if (one_in(a, 3))
		strcat(list, "raw");
	door_put(door_function, "/vdev_create", list);
}

static void remove_node(struct actor *a)
{
	char name[16];

	snprintf(name, sizeof(name), "vdev0.%u", below(a, NODES));
	door_put(door_function, "/vdev_remove", name);
}

static void create_mdev(struct actor *a)
{
	u32 i = below(a, UUIDS);

	/* Names of those on their way out are not made anew: who removes them would not know. */
	if (!removing[i])
		door_put(door_types, one_in(a, 2) ? "dwq-v1/create" : "swq-v1/create", uuid(i));
}

/* Waits for the monitor to let go. */
static void remover(void *arg)
{
	bool *busy = arg;
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/remove", uuid(busy - removing));
	sva_put(system_host(sva_sys), path, "1");
	*busy = false;
}

static void remove_mdev(u32 i)
{
	if (removing[i])
		return;
	removing[i] = true;
	if (kernel_run_on_fiber(system_host(sva_sys), remover, &removing[i], "remover"))
		removing[i] = false;
}

/* The queue leaves its driver, and is made what it was. */
static void take_queue(void)
{
	static const char *const how[][2] = {{"mode", "dedicated"},   {"priority", "10"},
					     {"block_on_fault", "1"}, {"type", "mdev"},
					     {"driver_name", "mdev"}, {"name", "guest0"}};
	struct kernel *k = system_host(sva_sys);
	char path[64];
	u32 i;

	sva_put(k, DRV "mdev/unbind", "wq0.0");
	fiber_sleep(3 * US);
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "wq0.0/%s", how[i][0]);
		sva_put(k, path, how[i][1]);
	}
	sva_put(k, DRV "mdev/bind", "wq0.0");
}

/* ---- opening and closing ---- */

static void bind_vm(struct actor *a, struct door_file *f)
{
	s64 rc;

	if ((f->pasid || f->kind != NODE) && !one_in(a, 20))
		return;
	rc = call_value(a, f, VDEV_BIND_VM,
			one_in(a, 10) ? any_value(a) : (u64)programs[f->program].vm);
	if (rc > 0) {
		f->pasid = rc;
		bound++;
	}
}

static void open_node(struct actor *a)
{
	u32 program = below(a, PROGRAMS);
	struct door_file *f = new_file(a, NODE, program);
	char path[32];

	if (!f)
		return;
	snprintf(path, sizeof(path), "/dev/dsa/vdev0.%u", below(a, NODES));
	f->fd = process_open(programs[program].p, path);
	if (f->fd < 0) {
		f->kind = NONE;
		return;
	}
	opened++;
	if (!one_in(a, 4))
		bind_vm(a, f);
}

struct add_group {
	u32 program;
	int fd;
};

static s64 add_group(void *arg)
{
	const struct add_group *g = arg;

	return vm_add_group(guest_vm(machines[g->program]), g->fd);
}

/* All of the machine's memory, seldom less; what is mapped may go again. */
static void map_memory(struct actor *a, struct door_file *f, bool map)
{
	const struct vm *vm = guest_vm(machines[f->program]);
	struct vfio_iommu_type1_dma_map m = {.argsz = sizeof(m),
					     .flags = one_in(a, 20) ? 1 : 3,
					     .vaddr = 1ull << 32,
					     .iova = vm_ram_base(vm),
					     .size = vm_ram_bytes(vm) >> one_in(a, 20)};
	struct vfio_iommu_type1_dma_unmap u = {.argsz = sizeof(u),
					       .flags = VFIO_DMA_UNMAP_FLAG_ALL};

	if (map)
		call(a, f->program, f->container, VFIO_IOMMU_MAP_DMA, &m, sizeof(m));
	else
		call(a, f->program, f->container, VFIO_IOMMU_UNMAP_DMA, &u, sizeof(u));
}

static s64 device_fd(struct actor *a, struct door_file *f, const char *name)
{
	struct process *p = programs[f->program].p;
	struct add_group g = {f->program, f->group};
	struct vfio_iommu_type1_dma_map map;
	char text[40];
	s64 rc;

	if (!one_in(a, 20))
		call(a, f->program, f->group, VFIO_GROUP_SET_CONTAINER, &f->container, 4);
	if (!one_in(a, 20))
		process_ioctl(p, f->container, VFIO_SET_IOMMU,
			      one_in(a, 20) ? VFIO_TYPE1_IOMMU : VFIO_TYPE1v2_IOMMU);
	if (!one_in(a, 20))
		map_memory(a, f, true);
	door_memory_map(&programs[f->program], machines[f->program], &map);
	if (!one_in(a, 20))
		call(a, f->program, f->container, VFIO_IOMMU_MAP_DMA, &map, sizeof(map));
	if (!one_in(a, 20))
		process_syscall(p, add_group, &g);
	snprintf(text, sizeof(text), "%s", name);
	rc = call(a, f->program, f->group, VFIO_GROUP_GET_DEVICE_FD, text, sizeof(text));
	if (one_in(a, 8))
		map_memory(a, f, false);
	return rc;
}

static void open_mdev(struct actor *a)
{
	u32 i = below(a, UUIDS), program = below(a, PROGRAMS);
	struct process *p = programs[program].p;
	char link[128], target[128] = "", path[32];
	const char *number;
	struct door_file *f;

	snprintf(link, sizeof(link), "/sys/bus/mdev/devices/%s/iommu_group", uuid(i));
	if (ksys_realpath(system_host(sva_sys), link, target, sizeof(target)) < 0)
		return;
	number = strrchr(target, '/');
	f = number ? new_file(a, DEVICE, program) : NULL;
	if (!f)
		return;
	snprintf(path, sizeof(path), "/dev/vfio%s", number);
	f->container = process_open(p, "/dev/vfio/vfio");
	f->group = process_open(p, path);
	if (f->group >= 0)
		f->fd = (int)device_fd(a, f, uuid(i));
	if (f->fd >= 0) {
		opened++;
		return;
	}
	if (f->group >= 0)
		process_close(p, f->group);
	if (f->container >= 0)
		process_close(p, f->container);
	f->kind = NONE;
}

static void close_file(struct door_file *f, bool group_first)
{
	struct process *p = programs[f->program].p;
	struct door_file was = *f;

	f->kind = NONE;
	f->va = 0;
	if (was.va)
		process_munmap(p, was.va, PORTALS);
	if (group_first && was.group >= 0)
		process_close(p, was.group);
	process_close(p, was.fd);
	if (!group_first && was.group >= 0)
		process_close(p, was.group);
	if (was.container >= 0)
		process_close(p, was.container);
}

/* ---- calls of both kinds of devices ---- */

static void set_irqs(struct actor *a, struct door_file *f)
{
	static const u32 actions[] = {VFIO_IRQ_SET_ACTION_MASK, VFIO_IRQ_SET_ACTION_UNMASK,
				      VFIO_IRQ_SET_ACTION_TRIGGER};
	static const u32 kinds[] = {VFIO_IRQ_SET_DATA_NONE, VFIO_IRQ_SET_DATA_BOOL,
				    VFIO_IRQ_SET_DATA_EVENTFD};
	u32 buf[sizeof(struct vfio_irq_set) / 4 + 16], i, kind = below(a, 3);
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;

	*set = (struct vfio_irq_set){.argsz = sizeof(buf),
				     .flags = kinds[kind] | actions[one_in(a, 3) ? below(a, 3) : 2],
				     .index = one_in(a, 3) ? below(a, 7) : VFIO_PCI_MSIX_IRQ_INDEX,
				     .start = below(a, 3),
				     .count = below(a, 4)};
	for (i = 0; i < 16; i++)
		buf[sizeof(*set) / 4 + i] =
			one_in(a, 4) ? ~0u : (u32)events[f->program][below(a, EVENTS)];
	spoil(a, buf, sizeof(buf));
	call(a, f->program, f->fd, VFIO_DEVICE_SET_IRQS, buf, sizeof(buf));
}

/* What it does reaches no memory: the machine's kernel lies there. */
static void any_descriptor(struct actor *a, struct door_file *f, void *desc)
{
	static const u8 opcodes[] = {0 /* no-op */, 2 /* drain */, 0x10 /* CRC */, 0xee};
	struct dsa_hw_desc d = {.opcode = opcodes[below(a, 4)],
				.src_addr = any_value(a),
				.xfer_size = below(a, 1 << 16),
				.int_handle = (u16)below(a, 64),
				.flags = one_in(a, 2) ? IDXD_OP_FLAG_RCI : 0};

	d.pasid = (one_in(a, 3) ? (u32)any_value(a) : (u32)f->pasid) & 0xfffff;
	memcpy(desc, &d, sizeof(d));
}

static void infos(struct actor *a, struct door_file *f)
{
	static const u32 cmds[] = {VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO,
				   VFIO_DEVICE_GET_IRQ_INFO, VDEV_RAW_FACTS};
	u32 buf[256] = {sizeof(buf), 0, below(a, 10)};

	spoil(a, buf, 16);
	call(a, f->program, f->fd, cmds[below(a, 4)], buf, sizeof(buf));
}

static void raw_queue_call(struct actor *a, struct door_file *f)
{
	struct vdev_raw_command c = {.wq = below(a, 3), .op = below(a, 6)};
	struct vdev_raw_pasid_command pc = {.pasid = (u32)f->pasid, .abort = below(a, 2)};
	struct vdev_raw_pasid tag = {.wq = below(a, 3), .pasid = one_in(a, 3) ? 0 : (u32)f->pasid};
	struct vdev_raw_submit sub = {.wq = below(a, 3)};

	switch (below(a, 5)) {
	case 0:
		spoil(a, &c, sizeof(c));
		if (!call(a, f->program, f->fd, VDEV_RAW_COMMAND, &c, sizeof(c)) && !c.op)
			enabled_calls++;
		break;
	case 1:
		spoil(a, &pc, sizeof(pc));
		call(a, f->program, f->fd, VDEV_RAW_PASID_COMMAND, &pc, sizeof(pc));
		break;
	case 2:
		spoil(a, &tag, sizeof(tag));
		call(a, f->program, f->fd, VDEV_RAW_SET_PASID, &tag, sizeof(tag));
		break;
	case 3:
		/* As composition code would. */
		c = (struct vdev_raw_command){.wq = one_in(a, 4)};
		tag = (struct vdev_raw_pasid){.wq = c.wq, .pasid = (u32)f->pasid};
		call(a, f->program, f->fd, VDEV_RAW_SET_PASID, &tag, sizeof(tag));
		if (!call(a, f->program, f->fd, VDEV_RAW_COMMAND, &c, sizeof(c)))
			enabled_calls++;
		break;
	default:
		any_descriptor(a, f, sub.desc);
		spoil(a, &sub, 8);
		call(a, f->program, f->fd, VDEV_RAW_SUBMIT, &sub, sizeof(sub));
	}
}

static void raw_slot_call(struct actor *a, struct door_file *f)
{
	struct vdev_raw_slot slot = {.fd = events[f->program][below(a, EVENTS)]};
	struct vdev_raw_slot_pasid sp = {
		.slot = below(a, 16), .pasid = (u32)f->pasid, .enable = below(a, 2)};
	struct vdev_raw_slot_mask mask = {.slot = below(a, 16), .mask = below(a, 2)};
	struct vdev_raw_handle h = {.slot = below(a, 16), .handle = below(a, 16)};

	switch (below(a, 6)) {
	case 0:
		spoil(a, &slot, sizeof(slot));
		call(a, f->program, f->fd, VDEV_RAW_SLOT_ALLOC, &slot, sizeof(slot));
		break;
	case 1:
		call_value(a, f, VDEV_RAW_SLOT_FREE, one_in(a, 4) ? any_value(a) : below(a, 16));
		break;
	case 2:
		spoil(a, &sp, sizeof(sp));
		call(a, f->program, f->fd, VDEV_RAW_SLOT_PASID, &sp, sizeof(sp));
		break;
	case 3:
		spoil(a, &mask, sizeof(mask));
		call(a, f->program, f->fd, VDEV_RAW_SLOT_MASK, &mask, sizeof(mask));
		break;
	default:
		spoil(a, &h, sizeof(h));
		call(a, f->program, f->fd,
		     one_in(a, 2) ? VDEV_RAW_HANDLE_REQUEST : VDEV_RAW_HANDLE_RELEASE, &h,
		     sizeof(h));
	}
}

static void door_call_any(struct actor *a, struct door_file *f)
{
	struct vdev_pasid_pair pair = {.guest = 1 + below(a, 4), .host = (u32)f->pasid};
	struct vdev_enqueue e = {.off = below(a, 40) * 64ull + below(a, 8) * PAGE};
	u32 cmd;

	switch (below(a, 6)) {
	case 0:
		spoil(a, &pair, sizeof(pair));
		call(a, f->program, f->fd, VDEV_MAP_PASID, &pair, sizeof(pair));
		break;
	case 1:
		call_value(a, f, VDEV_UNMAP_PASID, one_in(a, 4) ? any_value(a) : 1 + below(a, 4));
		break;
	case 2:
		any_descriptor(a, f, e.desc);
		spoil(a, &e, 8);
		call(a, f->program, f->fd, VDEV_ENQUEUE, &e, sizeof(e));
		break;
	case 3:
		call_value(a, f, VFIO_DEVICE_RESET, any_value(a));
		break;
	case 4:
		call_value(a, f, VDEV_REVOKE_HANDLES, any_value(a));
		break;
	default:
		cmd = one_in(a, 2) ? VDEV_IOCTL(below(a, 64)) : VFIO_TYPE << 8 | below(a, 256);
		call_value(a, f, cmd, any_value(a));
	}
}

/* *data: the descriptor that came with it, -1: none. */
static s64 set_state(struct actor *a, struct door_file *f, u32 state, int *data)
{
	struct {
		struct vfio_device_feature h;
		struct vfio_device_feature_mig_state mig;
	} x = {.h = {.argsz = sizeof(x),
		     .flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE},
	       .mig = {.device_state = state}};

	s64 rc = call(a, f->program, f->fd, VFIO_DEVICE_FEATURE, &x, sizeof(x));

	*data = rc ? -1 : x.mig.data_fd;
	return rc;
}

/* Only who can let it go on stops it: others may wait for that. */
static void stop(struct actor *a)
{
	struct door_file *f = own_file(a);
	struct process *p;
	int data;

	if (!f || (f->kind != NODE && f->kind != DEVICE))
		return;
	p = programs[f->program].p;
	set_state(a, f, VFIO_DEVICE_STATE_STOP, &data);
	fiber_sleep(below(a, 20) * US);
	if (one_in(a, 2)) {
		set_state(a, f, one_in(a, 4) ? below(a, 8) : VFIO_DEVICE_STATE_STOP_COPY, &data);
		if (data >= 0) {
			process_read(p, data, programs[f->program].buf + a->id * SLICE, SLICE,
				     NULL);
			process_close(p, data);
		}
	}
	/* What it refuses is gone after a reset. */
	if (set_state(a, f, VFIO_DEVICE_STATE_RUNNING, &data))
		call_value(a, f, VFIO_DEVICE_RESET, 0);
}

/* The machine's memory goes from the container of a mediated device, and comes back. */
static void remap(struct actor *a, struct door_file *f)
{
	struct vfio_iommu_type1_dma_map map;
	struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof(unmap)};

	if (f->kind != DEVICE)
		return;
	door_memory_map(&programs[f->program], machines[f->program], &map);
	unmap.iova = map.iova;
	unmap.size = map.size;
	spoil(a, &unmap, sizeof(unmap));
	call(a, f->program, f->container, VFIO_IOMMU_UNMAP_DMA, &unmap, sizeof(unmap));
	spoil(a, &map, sizeof(map));
	call(a, f->program, f->container, VFIO_IOMMU_MAP_DMA, &map, sizeof(map));
}

/* ---- regions and portals ---- */

static void access_region(struct actor *a, struct door_file *f)
{
	static const u32 regions[] = {0, 0, 0, 2, 7, 7, 1, 8};
	const struct door_program *x = &programs[f->program];
	u64 at = x->buf + a->id * SLICE, pos, len;
	u64 words[8];
	u32 i;

	/* Commands, configuration, tables: the lower half of all of them. */
	pos = (u64)regions[below(a, 8)] << 40 | below(a, one_in(a, 4) ? 1 << 14 : 0x800);
	pos = one_in(a, 40) ? any_value(a) : pos & ~(one_in(a, 8) ? 0ull : 3ull);
	len = one_in(a, 8) ? below(a, SLICE) : 1u << below(a, 4);
	for (i = 0; i < 8; i++)
		words[i] = any_value(a);
	any_descriptor(a, f, words);
	process_copy_out(x->p, at, words, sizeof(words));
	if (one_in(a, 3))
		process_read(x->p, f->fd, at, len, &pos);
	else
		process_write(x->p, f->fd, at, len, &pos);
}

static void command(struct actor *a, struct door_file *f)
{
	const struct door_program *x = &programs[f->program];
	u32 cmd = (1 + below(a, 15)) << 20 | (one_in(a, 2) ? below(a, 4) : 1 + below(a, 2));
	u32 config[] = {0x06, 0x80000000 | below(a, 4)};
	u64 at = x->buf + a->id * SLICE, pos = 7ull << 40 | 4;

	/* Bus master and memory, then CMD. */
	process_copy_out(x->p, at, config, 4);
	process_write(x->p, f->fd, at, 2, &pos);
	process_copy_out(x->p, at, &cmd, 4);
	pos = 0xa0;
	process_write(x->p, f->fd, at, 4, &pos);
}

static void map_portals(struct actor *a)
{
	struct door_file *f = own_file(a);
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = PORTALS,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	u64 va;
	s64 rc;

	if (!f || (f->kind != NODE && f->kind != DEVICE))
		return;
	if (f->va) {
		va = f->va;
		f->va = 0;
		process_munmap(programs[f->program].p, va, PORTALS);
		return;
	}
	map.fd = f->fd;
	map.offset = one_in(a, 3) ? any_value(a) & ~0xfffull : one_in(a, 2) ? 0 : 2ull << 40;
	map.len = one_in(a, 3) ? (1 + below(a, 40)) * PAGE : (4 << below(a, 2)) * PAGE;
	rc = process_mmap(programs[f->program].p, &map);
	if (rc > 0)
		f->va = (u64)rc;
}

static void use_portals(struct actor *a, struct door_file *f)
{
	u64 at = f->va + below(a, 10) * PAGE + below(a, 64) * 64;
	struct process *p = programs[f->program].p;
	u8 desc[64];

	if (!f->va)
		return;
	any_descriptor(a, f, desc);
	if (!process_touch(p, at, 64, true) && f->va)
		process_movdir64b(p, at, desc);
}

/* ---- actors ---- */

static void on_file(struct actor *a, struct door_file *f)
{
	switch (below(a, 10)) {
	case 0:
		a->doing = "bind_vm";
		bind_vm(a, f);
		break;
	case 1:
		a->doing = "set_irqs";
		set_irqs(a, f);
		break;
	case 2:
		a->doing = "infos";
		infos(a, f);
		break;
	case 3:
		a->doing = "raw_queue_call";
		raw_queue_call(a, f);
		break;
	case 4:
		a->doing = "raw_slot_call";
		raw_slot_call(a, f);
		break;
	case 5:
		a->doing = "access_region";
		access_region(a, f);
		break;
	case 6:
		a->doing = "command";
		command(a, f);
		break;
	case 7:
		a->doing = "use_portals";
		use_portals(a, f);
		break;
	case 8:
		a->doing = "remap";
		if (one_in(a, 8))
			remap(a, f);
		break;
	default:
		a->doing = "door_call_any";
		door_call_any(a, f);
	}
}

static void act(struct actor *a)
{
	struct door_file *f;

	switch (below(a, 40)) {
	case 0:
		a->doing = "create_node";
		create_node(a);
		return;
	case 1:
		a->doing = "remove_node";
		remove_node(a);
		return;
	case 2:
		a->doing = "create_mdev";
		create_mdev(a);
		return;
	case 3:
		a->doing = "remove_mdev";
		remove_mdev(below(a, UUIDS));
		return;
	case 4:
	case 5:
		a->doing = "open_node";
		open_node(a);
		return;
	case 6:
	case 7:
		a->doing = "open_mdev";
		open_mdev(a);
		return;
	case 8:
	case 13:
	case 14:
		a->doing = "close";
		f = own_file(a);
		if (f)
			close_file(f, one_in(a, 4));
		return;
	case 9:
		a->doing = "stop";
		stop(a);
		return;
	case 10:
	case 11:
		a->doing = "map_portals";
		map_portals(a);
		return;
	case 12:
		a->doing = "take_queue";
		if (one_in(a, 6))
			take_queue();
		return;
	default:
		f = any_file(a);
		if (f)
			on_file(a, f);
	}
}

static void actor_main(void *arg)
{
	struct actor *a = arg;
	u32 i;

	for (i = 0; i < a->ops; i++) {
		act(a);
		fiber_sleep(below(a, 3000) * 1000ull);
	}
	a->done = true;
}

/* A second is far more than all of them need. */
static bool actors_done(void *arg)
{
	u32 i, left = 0;

	for (i = 0; i < ACTORS; i++)
		left += !actors[i].done;
	return !left || sim_now(system_sim(sva_sys)) > *(u64 *)arg;
}

/* ---- a round ---- */

static void count_signal(void *arg)
{
	(void)arg;
	signals++;
}

static int begin(void *arg)
{
	u32 i, e;

	(void)arg;
	for (i = 0; i < PROGRAMS; i++) {
		if (door_program_start(&programs[i], machines[i]))
			return -1;
		for (e = 0; e < EVENTS; e++)
			if (process_eventfd(programs[i].p, 0, count_signal, NULL, &events[i][e]))
				return -1;
	}
	return 0;
}

static int close_all(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < FILES; i++)
		if (files[i].kind != NONE)
			close_file(&files[i], i % 2);
	for (i = 0; i < UUIDS; i++)
		remove_mdev(i);
	return 0;
}

static bool removed(void *arg)
{
	(void)arg;
	return !removing[0] && !removing[1] && !removing[2];
}

static int end(void *arg)
{
	char name[16];
	u32 i;

	(void)arg;
	/* Each actor may have been about to make one. */
	for (i = 0; i < 5 + ACTORS; i++) {
		snprintf(name, sizeof(name), "vdev0.%u", i);
		door_put(door_function, "/vdev_remove", name);
	}
	for (i = 0; i < PROGRAMS; i++)
		process_exit(programs[i].p);
	take_queue();
	return 0;
}

static void play(u64 seed, u32 ops)
{
	u64 limit = sim_now(system_sim(sva_sys)) + 1000000 * US;
	char stream[16];
	u32 i;

	CU_ASSERT_EQUAL_FATAL(system_call(sva_sys, begin, NULL), 0);
	for (i = 0; i < ACTORS; i++) {
		actors[i] = (struct actor){.id = i, .ops = ops};
		snprintf(stream, sizeof(stream), "actor/%u", i);
		sim_rng_init(&actors[i].rng, seed, stream);
		CU_ASSERT_EQUAL(
			kernel_run_on_fiber(system_host(sva_sys), actor_main, &actors[i], "actor"),
			0);
	}
	CU_ASSERT_EQUAL_FATAL(system_run_until(sva_sys, actors_done, &limit), 0);
	for (i = 0; i < ACTORS; i++) {
		if (!actors[i].done)
			printf("actor %u hangs: %s, ioctl %#x\n", i, actors[i].doing,
			       actors[i].cmd);
		CU_ASSERT_FATAL(actors[i].done);
	}
}

static void play_round(u64 seed)
{
	struct sva_neighbour n[2];
	u32 i;

	sva_neighbour_start(&n[0], "wq0.1", false);
	sva_neighbour_start(&n[1], "wq0.2", true);
	for (i = 0; i < PROGRAMS; i++)
		machines[i] = door_machine("machine");
	play(seed, 10000);
	CU_ASSERT_EQUAL(system_call(sva_sys, close_all, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(system_run_until(sva_sys, removed, NULL), 0);
	CU_ASSERT_EQUAL(system_call(sva_sys, end, NULL), 0);
	for (i = 0; i < PROGRAMS; i++)
		guest_free(machines[i]);
	sva_neighbour_end(&n[0]);
	sva_neighbour_end(&n[1]);
}

static void test_random(void)
{
	struct sva_possessions p[3];
	u32 i;

	door_boot();
	for (i = 0; i < 3; i++) {
		play_round(610 + i);
		sva_count_possessions(&p[i]);
	}
	CU_ASSERT_EQUAL(p[2].k.slab_bytes, p[1].k.slab_bytes);
	CU_ASSERT_EQUAL(p[2].dmar.pasids, p[1].dmar.pasids);
	/* A slab more or less has other reasons. */
	CU_ASSERT(p[2].k.pages <= p[0].k.pages + 4);
	sva_down();
	/* Not only refused. */
	CU_ASSERT(opened > 50 && bound > 3 && enabled_calls > 3);
	CU_ASSERT(good_calls > 5000 && signals > 50);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("doors at random", NULL, NULL);
	CU_add_test(s, "monitors and administrators", test_random);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
