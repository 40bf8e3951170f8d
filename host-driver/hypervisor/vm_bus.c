// SPDX-License-Identifier: GPL-2.0
/* A guest's way to its devices: exits into the host for what is trapped, straight through for what
 * is mapped; and interrupts the other way. */
#include <linux/kernel.h>
#include <spec/vtd.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "sim/core/fiber.h"

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
static void exit_begin(struct vm *vm, struct kernel_frame *save)
{
	vm->stats.exits++;
	vm->exits_now++;
	fiber_sleep(vm->cfg.cost.exit / 2);
	kernel_enter(vm->cfg.host, save);
}

static void exit_end(struct vm *vm, struct kernel_frame *save)
{
	kernel_leave(save);
	fiber_sleep(vm->cfg.cost.exit - vm->cfg.cost.exit / 2);
	vm->exits_now--;
	/* The machine may be gone after this, and the guest with it. */
	came_out(vm);
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

/* The range that holds [gpa, gpa + bytes), or NULL. */
static const struct vm_range *range_at(const struct vm *vm, u64 gpa, u32 bytes)
{
	u32 lo = 0, hi = vm->nr_ranges;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		const struct vm_range *r = &vm->range[mid];

		if (gpa < r->gpa)
			hi = mid;
		else if (gpa - r->gpa >= r->bytes)
			lo = mid + 1;
		else
			return r->bytes - (gpa - r->gpa) >= bytes ? r : NULL;
	}
	return NULL;
}

/* Begins an access straight through: its host-physical address, or 0 when it is none. */
static u64 direct_begin(struct vm *vm, u64 gpa, u32 bytes)
{
	const struct vm_range *r = range_at(vm, gpa, bytes);

	if (!r || !r->direct)
		return 0;
	vm->stats.direct++;
	vm->direct_now++;
	return r->hpa + (gpa - r->gpa);
}

static void direct_end(struct vm *vm)
{
	vm->direct_now--;
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

static u64 vm_mmio_read(void *ctx, u64 gpa, u32 width)
{
	struct vm *vm = ctx;
	u64 val, hpa = direct_begin(vm, gpa, width);
	const struct vm_range *r;
	struct kernel_frame save;
	struct vm_device *dev;

	if (hpa) {
		val = vm->cfg.host_bus->mmio_read(vm->cfg.host_bus_ctx, hpa, width);
		direct_end(vm);
		return val;
	}
	r = range_at(vm, gpa, width);
	if (!r) {
		unclaimed(vm);
		return ~0ull;
	}
	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	/* The map may have changed on the way. */
	r = range_at(vm, gpa, width);
	dev = r && !r->direct ? r->dev : NULL;
	val = dev ? dev->ops->mmio_read(dev->ctx, r->bar, gpa - r->gpa, width) : ~0ull;
	exit_end(vm, &save);
	return val;
}

static void vm_mmio_write(void *ctx, u64 gpa, u32 width, u64 val)
{
	struct vm *vm = ctx;
	u64 hpa = direct_begin(vm, gpa, width);
	const struct vm_range *r;
	struct kernel_frame save;
	struct vm_device *dev;

	if (hpa) {
		vm->cfg.host_bus->mmio_write(vm->cfg.host_bus_ctx, hpa, width, val);
		direct_end(vm);
		return;
	}
	r = range_at(vm, gpa, width);
	if (!r) {
		unclaimed(vm);
		return;
	}
	vm->stats.trapped_exits++;
	exit_begin(vm, &save);
	r = range_at(vm, gpa, width);
	dev = r && !r->direct ? r->dev : NULL;
	if (dev)
		dev->ops->mmio_write(dev->ctx, r->bar, gpa - r->gpa, width, val);
	exit_end(vm, &save);
}

static void vm_mmio_write64(void *ctx, u64 gpa, const void *data)
{
	struct vm *vm = ctx;
	u64 hpa = direct_begin(vm, gpa, 64);
	const u64 *words = data;
	u32 i;

	if (hpa) {
		vm->stats.direct_submission++;
		vm->cfg.host_bus->mmio_write64(vm->cfg.host_bus_ctx, hpa, data);
		direct_end(vm);
		return;
	}
	/* The emulator takes it in pieces, as it would any wide store to a trapped page. */
	vm->exits_now++;
	for (i = 0; i < 8 && vm->guest; i++)
		vm_mmio_write(ctx, gpa + 8 * i, 8, words[i]);
	vm->exits_now--;
	came_out(vm);
}

static int vm_mmio_enqcmd64(void *ctx, u64 gpa, const void *data)
{
	struct vm *vm = ctx;
	u64 hpa = direct_begin(vm, gpa, 64);
	int retry;

	if (!hpa) {
		/* Not emulated: nobody accepts it. */
		unclaimed(vm);
		return 1;
	}
	vm->stats.direct_submission++;
	retry = vm->cfg.host_bus->mmio_enqcmd64(vm->cfg.host_bus_ctx, hpa, data);
	direct_end(vm);
	return retry;
}

const struct kbus_ops vm_bus_ops = {
	.cfg_read = vm_cfg_read,
	.cfg_write = vm_cfg_write,
	.mmio_read = vm_mmio_read,
	.mmio_write = vm_mmio_write,
	.mmio_write64 = vm_mmio_write64,
	.mmio_enqcmd64 = vm_mmio_enqcmd64,
};

/* ---- interrupts ---- */

void vm_message(struct vm *vm, u64 addr, u32 data)
{
	if (!vm->guest || (addr & ~0xfffffull) != VTD_MSI_BASE || addr & VTD_MSI_REMAP)
		return;
	vm->stats.interrupts++;
	kernel_irq(vm->guest, SPEC_GET(VTD_MSI_DEST, addr) << 8 | (data & 0xff));
}
