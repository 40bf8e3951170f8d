// SPDX-License-Identifier: GPL-2.0
/* A guest's way to its devices: exits into the host for what is trapped, straight through for what
 * is mapped. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "sim/core/fiber.h"

/* Word 0 of a descriptor: the PASID that ENQCMDS carries, and ENQCMD puts there. */
#define DESC_PASID    0xfffffu
#define DESC_RESERVED 0x7ff00000u /* zero, or ENQCMDS faults */
/* A pair may be taken away again before the instruction is repeated. */
#define PASID_TRIES 4

/* Someone waits for processors to come out: this one did, perhaps as the last. */
static void came_out(struct vm *vm)
{
	struct kernel_frame save;

	if (!vm->waiters)
		return;
	kernel_enter(vm->cfg.host, &save);
	wake_up_all(&vm->idle);
	kernel_leave(&save);
}

/*
 * An exit: the processor leaves the guest, the host does its work on the same fiber, which may
 * block, and the guest goes on. Half of the cost lies on each side of the work.
 */
static void leave_guest(struct vm *vm, struct kernel_frame *save)
{
	vm->exits_now++;
	fiber_sleep(vm->cfg.cost.exit / 2);
	kernel_enter(vm->cfg.host, save);
}

static void exit_begin(struct vm *vm, struct kernel_frame *save)
{
	vm->stats.exits++;
	leave_guest(vm, save);
}

static void exit_end(struct vm *vm, struct kernel_frame *save)
{
	kernel_leave(save);
	fiber_sleep(vm->cfg.cost.exit - vm->cfg.cost.exit / 2);
	vm->exits_now--;
	/* The machine may be gone after this, and the guest with it. */
	came_out(vm);
}

/* The same; whether the instruction is executed anew, if that is wanted and there is a guest. */
static bool exit_again(struct vm *vm, struct kernel_frame *save, bool again)
{
	vm->exits_now += again;
	exit_end(vm, save);
	if (!again)
		return false;
	/* Whoever waits for processors to come out is told when this one does. */
	vm->exits_now--;
	again = vm->guest;
	if (!again)
		came_out(vm);
	return again;
}

/* ---- configuration space ---- */

static struct vm_device *device_at(struct vm *vm, u32 bdf)
{
	struct vm_device *dev;

	/* Segment 0, bus 0. */
	if (bdf > 0xff)
		return NULL;
	list_for_each_entry (dev, &vm->devices, node)
		if (dev->devfn == bdf)
			return dev;
	return NULL;
}

static u32 vm_cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct vm *vm = ctx;
	struct kernel_frame save;
	struct vm_device *dev;
	u32 val = ~0u;

	vm->stats.config_exits++;
	exit_begin(vm, &save);
	dev = device_at(vm, bdf);
	if (dev)
		val = dev->ops->config_read(dev->ctx, off, width);
	exit_end(vm, &save);
	return val;
}

static void vm_cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct vm *vm = ctx;
	struct kernel_frame save;
	struct vm_device *dev;

	vm->stats.config_exits++;
	exit_begin(vm, &save);
	dev = device_at(vm, bdf);
	if (dev)
		dev->ops->config_write(dev->ctx, off, width, val);
	exit_end(vm, &save);
}

/* ---- memory ---- */

struct vm_range *vm_range_at(const struct vm *vm, u64 gpa, u32 bytes)
{
	u32 lo = 0, hi = vm->nr_ranges;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		struct vm_range *r = &vm->range[mid];

		if (gpa < r->gpa)
			hi = mid;
		else if (gpa - r->gpa >= r->bytes)
			lo = mid + 1;
		else
			return r->bytes - (gpa - r->gpa) >= bytes ? r : NULL;
	}
	return NULL;
}

/* Begins an access straight through; false when it is none. */
static bool direct_begin(struct vm *vm, u64 gpa, u32 bytes, struct vm_store *st)
{
	const struct vm_range *r = vm_range_at(vm, gpa, bytes);

	if (!r || !r->direct)
		return false;
	vm->stats.direct++;
	st->hpa = r->hpa + (gpa - r->gpa);
	st->epoch = vm->epoch;
	vm->direct_now[st->epoch]++;
	return true;
}

/*
 * The same; a page that the monitor's process lost and has again comes back here, at the cost of an
 * exit that the guest does not notice.
 */
static bool direct_or_fault(struct vm *vm, u64 gpa, u32 bytes, struct vm_store *st)
{
	const struct vm_range *r;
	struct kernel_frame save;
	bool back;

	if (direct_begin(vm, gpa, bytes, st))
		return true;
	r = vm_range_at(vm, gpa, bytes);
	if (!r || !r->user)
		return false;
	leave_guest(vm, &save);
	back = vm_user_fault(vm, gpa);
	exit_end(vm, &save);
	return back && direct_begin(vm, gpa, bytes, st);
}

static void direct_end(struct vm *vm, const struct vm_store *st)
{
	vm->direct_now[st->epoch]--;
	came_out(vm);
}

/* Nothing there: the machine monitor finds that out, which is an exit too. */
static void unclaimed(struct vm *vm)
{
	struct kernel_frame save;

	vm->stats.unclaimed_exits++;
	exit_begin(vm, &save);
	exit_end(vm, &save);
}

/*
 * Who emulates [gpa, gpa + bytes), once the processor is out: the map may have changed on the way.
 * NULL: nobody, or (*again) the page goes straight by now, so the instruction is executed anew.
 */
static const struct vm_range *emulator_of(struct vm *vm, u64 gpa, u32 bytes, bool *again)
{
	const struct vm_range *r = vm_range_at(vm, gpa, bytes);

	*again = r && r->direct;
	return *again ? NULL : r;
}

static u64 vm_mmio_read(void *ctx, u64 gpa, u32 width)
{
	struct vm *vm = ctx;
	const struct vm_range *r;
	struct kernel_frame save;
	struct vm_device *dev;
	struct vm_store st;
	bool again;
	u64 val;

retry:
	if (direct_or_fault(vm, gpa, width, &st)) {
		val = vm->cfg.host_bus->mmio_read(vm->cfg.host_bus_ctx, st.hpa, width);
		direct_end(vm, &st);
		return val;
	}
	r = vm_range_at(vm, gpa, width);
	if (!r) {
		unclaimed(vm);
		return ~0ull;
	}
	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	r = emulator_of(vm, gpa, width, &again);
	dev = r ? r->dev : NULL;
	val = dev ? dev->ops->mmio_read(dev->ctx, r->bar, r->off + (gpa - r->gpa), width) : ~0ull;
	if (exit_again(vm, &save, again))
		goto retry;
	return val;
}

static void vm_mmio_write(void *ctx, u64 gpa, u32 width, u64 val)
{
	struct vm *vm = ctx;
	const struct vm_range *r;
	struct kernel_frame save;
	struct vm_device *dev;
	struct vm_store st;
	bool again;

retry:
	if (direct_or_fault(vm, gpa, width, &st)) {
		vm->cfg.host_bus->mmio_write(vm->cfg.host_bus_ctx, st.hpa, width, val);
		direct_end(vm, &st);
		return;
	}
	r = vm_range_at(vm, gpa, width);
	if (!r) {
		unclaimed(vm);
		return;
	}
	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	r = emulator_of(vm, gpa, width, &again);
	dev = r ? r->dev : NULL;
	if (dev)
		dev->ops->mmio_write(dev->ctx, r->bar, r->off + (gpa - r->gpa), width, val);
	if (exit_again(vm, &save, again))
		goto retry;
}

/* True: the instruction is executed anew. */
static bool trapped_write64(struct vm *vm, u64 gpa, const void *data)
{
	const struct vm_range *r;
	struct kernel_frame save;
	bool again;

	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	r = emulator_of(vm, gpa, 64, &again);
	if (r && r->dev->ops->mmio_write64)
		r->dev->ops->mmio_write64(r->dev->ctx, r->bar, r->off + (gpa - r->gpa), data);
	return exit_again(vm, &save, again);
}

/* What it says does not count if the page goes straight by now: retry. */
static int trapped_enqueue(struct vm *vm, u64 gpa, const void *data)
{
	const struct vm_range *r = vm_range_at(vm, gpa, 64);
	struct kernel_frame save;
	bool again;
	int rc = 1;

	if (!r) {
		unclaimed(vm);
		return 1;
	}
	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	r = emulator_of(vm, gpa, 64, &again);
	if (r && r->dev->ops->mmio_enqueue)
		rc = r->dev->ops->mmio_enqueue(r->dev->ctx, r->bar, r->off + (gpa - r->gpa), data);
	exit_end(vm, &save);
	return rc;
}

static void vm_mmio_write64(void *ctx, u64 gpa, const void *data)
{
	struct vm *vm = ctx;
	const struct vm_range *r;
	const u64 *words = data;
	struct vm_store st;
	u32 i;

retry:
	if (direct_or_fault(vm, gpa, 64, &st)) {
		vm->stats.direct_submission++;
		vm->cfg.host_bus->mmio_write64(vm->cfg.host_bus_ctx, st.hpa, data);
		direct_end(vm, &st);
		return;
	}
	r = vm_range_at(vm, gpa, 64);
	if (r && r->dev->ops->mmio_write64) {
		if (trapped_write64(vm, gpa, data))
			goto retry;
		return;
	}
	/* The emulator takes it in pieces, as it would any wide store to a trapped page. */
	vm->exits_now++;
	for (i = 0; i < 8 && vm->guest; i++)
		vm_mmio_write(ctx, gpa + 8 * i, 8, words[i]);
	vm->exits_now--;
	came_out(vm);
}

/* What the processor does with the first word of the operand before the store leaves it. */
static int with_host_pasid(struct vm *vm, const void *data, u32 *out)
{
	u32 host;
	int rc;

	memcpy(out, data, 64);
	rc = vm_pasid_translate(vm, out[0] & DESC_PASID, &host);
	if (!rc)
		out[0] = (out[0] & ~DESC_PASID) | host;
	return rc;
}

/* Exit 72 or 73. */
static int pasid_exit(struct vm *vm, u32 guest, bool supervisor)
{
	struct kernel_frame save;
	int rc;

	if (supervisor)
		vm->stats.enqcmds_exits++;
	else
		vm->stats.enqcmd_exits++;
	exit_begin(vm, &save);
	rc = vm_pasid_missed(vm, guest, supervisor);
	exit_end(vm, &save);
	return rc;
}

/* 0 accepted, 1 retry, -EFAULT: general protection. */
static int enqueue(struct vm *vm, u64 gpa, const void *data, bool supervisor)
{
	u32 copy[16], tries;
	struct vm_store st;
	int rc;

	memcpy(copy, data, sizeof(copy[0]));
	if (supervisor && copy[0] & DESC_RESERVED)
		return -EFAULT;
	for (tries = 0; tries < PASID_TRIES; tries++) {
		if (!direct_or_fault(vm, gpa, 64, &st))
			return trapped_enqueue(vm, gpa, data);
		if (!with_host_pasid(vm, data, copy)) {
			vm->stats.direct_submission++;
			rc = vm->cfg.host_bus->mmio_enqcmd64(vm->cfg.host_bus_ctx, st.hpa, copy);
			direct_end(vm, &st);
			return rc;
		}
		direct_end(vm, &st);
		if (pasid_exit(vm, copy[0] & DESC_PASID, supervisor))
			break;
	}
	vm->stats.pasid_faults++;
	return -EFAULT;
}

static int vm_mmio_enqcmd64(void *ctx, u64 gpa, const void *data)
{
	return enqueue(ctx, gpa, data, true);
}

static int vm_enqcmd_user(void *ctx, u64 gpa, const void *data)
{
	return enqueue(ctx, gpa, data, false);
}

int vm_store_begin(struct vm *vm, u64 gpa, struct vm_store *st)
{
	if (!direct_begin(vm, gpa, 64, st))
		return -ENOENT;
	vm->stats.direct_submission++;
	return 0;
}

void vm_store_end(struct vm *vm, const struct vm_store *st)
{
	direct_end(vm, st);
}

void vm_store_again(struct vm *vm)
{
	vm->stats.direct++;
	vm->stats.direct_submission++;
}

const struct kbus_ops vm_bus_ops = {
	.cfg_read = vm_cfg_read,
	.cfg_write = vm_cfg_write,
	.mmio_read = vm_mmio_read,
	.mmio_write = vm_mmio_write,
	.mmio_write64 = vm_mmio_write64,
	.mmio_enqcmd64 = vm_mmio_enqcmd64,
	.enqcmd_user = vm_enqcmd_user,
};
