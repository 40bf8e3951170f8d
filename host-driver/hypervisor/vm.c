// SPDX-License-Identifier: GPL-2.0
/* A machine's life: memory, guest kernel, devices and their place in the memory map. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <spec/defects.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "host-driver/kapi/pci_scan.h"
#include "sim/core/event.h"

/* As on a PC: what lies below 3 GiB leaves room for devices under 4 GiB. */
#define RAM_BASE      0x200000ull
#define RAM_LOW_LIMIT 0xc0000000ull
#define RAM_HIGH_BASE 0x100000000ull
/* Where the guest puts its devices' BARs. */
#define WINDOW_BASE  0x4000000000ull
#define WINDOW_BYTES 0x1000000000ull
#define RAM_ORDER    18 /* 1 GiB */

/* ---- memory ---- */

int vm_ram_alloc(struct kernel *host, s32 node, u64 *bytes, u64 *hpa)
{
	struct kernel_frame save;
	struct page *page;
	u32 order;

	if (!*bytes || *bytes > PAGE_SIZE << RAM_ORDER)
		return -EINVAL;
	order = ilog2(roundup_pow_of_two(DIV_ROUND_UP(*bytes, PAGE_SIZE)));
	kernel_enter(host, &save);
	page = alloc_pages_node(node, GFP_KERNEL | __GFP_NOWARN, order);
	kernel_leave(&save);
	if (!page)
		return -ENOMEM;
	*bytes = PAGE_SIZE << order;
	*hpa = page_to_phys(page);
	return 0;
}

void vm_ram_free(struct kernel *host, u64 hpa, u64 bytes)
{
	struct kernel_frame save;

	kernel_enter(host, &save);
	__free_pages(pfn_to_page(hpa >> PAGE_SHIFT), ilog2(bytes / PAGE_SIZE));
	kernel_leave(&save);
}

/* ---- machines ---- */

static int make_guest(struct vm *vm)
{
	struct kernel_pci_bus bus = {
		.node = -1, .window_base = WINDOW_BASE, .window_bytes = WINDOW_BYTES};
	struct kernel_cfg cfg = {
		.name = vm->cfg.name,
		/* Guest-physical 0, from where the guest's pointers count. */
		.phys_base = kernel_phys_base(vm->cfg.host) + vm->cfg.ram_hpa - vm->ram_base,
		.ram = {{vm->ram_base, vm->cfg.ram_bytes}},
		.nr_ram = 1,
		.ram_zeroed = true,
		.no_poison = kernel_has_defects(vm->cfg.host),
		.nr_cpus = vm->cfg.nr_cpus,
		.irq_work = vm->cfg.irq_work,
		.irq_ctx = vm->cfg.irq_ctx,
		.seed = vm->cfg.seed,
		.cost = *vm->cfg.cpu,
		.bus = &vm_bus_ops,
		.bus_ctx = vm,
		.ram_used = vm->cfg.memory_mode == VM_MEMORY_PINNED ? NULL : vm_ram_used,
		.ram_ctx = vm,
		.frees_of = vm->cfg.host,
		.log = vm->cfg.log,
		.log_ctx = vm->cfg.log_ctx,
	};

	vm->guest = kernel_new(kernel_sim(vm->cfg.host), &cfg);
	vm->cfg.cpu = NULL;
	if (!vm->guest)
		return -ENOMEM;
	return kernel_pci_add_bus(vm->guest, &bus);
}

int vm_new(const struct vm_cfg *cfg, struct vm **out)
{
	struct vm *vm;
	int rc;

	if (!cfg->ram_bytes || (cfg->ram_hpa | cfg->ram_bytes) & (PAGE_SIZE - 1))
		return -EINVAL;
	if (cfg->viommu && cfg->memory_mode == VM_MEMORY_SHARED)
		return -EOPNOTSUPP;
	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return -ENOMEM;
	vm->cfg = *cfg;
	vm->ram_base = cfg->ram_bytes <= RAM_LOW_LIMIT - RAM_BASE ? RAM_BASE : RAM_HIGH_BASE;
	INIT_LIST_HEAD(&vm->devices);
	INIT_LIST_HEAD(&vm->domains);
	INIT_LIST_HEAD(&vm->shares);
	INIT_LIST_HEAD(&vm->irqs);
	INIT_LIST_HEAD(&vm->irqs_free);
	INIT_LIST_HEAD(&vm->users);
	INIT_LIST_HEAD(&vm->dma_users);
	init_waitqueue_head(&vm->idle);
	mutex_init(&vm->kick_lock);
	mutex_init(&vm->dma_lock);
	vm_post_init(vm);
	rc = vm_memory_init(vm);
	if (!rc)
		rc = make_guest(vm);
	if (!rc)
		rc = vm_host_add(vm);
	if (!rc && cfg->viommu)
		rc = viommu_new(vm);
	if (rc) {
		vm_host_remove(vm);
		kernel_free(vm->guest);
		vm_memory_free(vm);
		kfree(vm->range);
		kfree(vm);
		return rc;
	}
	*out = vm;
	return 0;
}

static bool vm_inside(const struct vm *vm)
{
	return vm->direct_now[0] || vm->direct_now[1];
}

void vm_stop(struct vm *vm)
{
	if (!vm->guest)
		return;
	sim_revise(kernel_sim(vm->cfg.host));
	kernel_free(vm->guest);
	vm->guest = NULL;
	vm->waiters++;
	wait_event(vm->idle, !vm->exits_now && !vm_inside(vm));
	vm->waiters--;
}

void vm_free(struct vm *vm)
{
	struct vm_device *dev, *next;

	if (!vm)
		return;
	WARN_ON(vm->guest || vm->exits_now || vm_inside(vm) || !list_empty(&vm->domains));
	list_for_each_entry_safe (dev, next, &vm->devices, node)
		kfree(dev);
	viommu_free(vm);
	vm_host_remove(vm);
	vm_pasid_free(vm);
	vm_memory_free(vm);
	vm_post_free(vm);
	vm_irqs_free(vm);
	vm_users_free(vm);
	WARN_ON(vm->references);
	kfree(vm->range);
	kfree(vm);
}

struct kernel *vm_guest(struct vm *vm)
{
	return vm->guest;
}

u64 vm_ram_bytes(const struct vm *vm)
{
	return vm->cfg.ram_bytes;
}

u64 vm_ram_base(const struct vm *vm)
{
	return vm->ram_base;
}

u64 vm_ram_hpa(const struct vm *vm)
{
	return vm->cfg.ram_hpa;
}

void vm_get_stats(const struct vm *vm, struct vm_stats *st)
{
	*st = vm->stats;
}

/* ---- devices ---- */

int vm_device_add(struct vm *vm, u32 devfn, const struct vm_device_ops *ops, void *ctx,
		  struct vm_device **out)
{
	struct vm_device *dev;

	list_for_each_entry (dev, &vm->devices, node)
		if (dev->devfn == devfn)
			return -EEXIST;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->vm = vm;
	dev->devfn = devfn;
	dev->ops = ops;
	dev->ctx = ctx;
	list_add_tail(&dev->node, &vm->devices);
	*out = dev;
	return 0;
}

void vm_kick(struct vm *vm)
{
	u32 old;

	mutex_lock(&vm->kick_lock);
	/* Who comes in from here on finds the new tables. */
	old = vm->epoch;
	vm->epoch = !old;
	vm->waiters++;
	wait_event(vm->idle, !vm->direct_now[old]);
	vm->waiters--;
	mutex_unlock(&vm->kick_lock);
}

static bool overlaps(u64 a, u64 a_bytes, u64 b, u64 b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

int vm_range_insert(struct vm *vm, const struct vm_range *r)
{
	struct vm_range *more;
	u32 i;

	if (!r->bytes || (r->gpa | r->bytes | r->hpa) & (PAGE_SIZE - 1) ||
	    r->gpa + r->bytes < r->gpa ||
	    overlaps(r->gpa, r->bytes, vm->ram_base, vm->cfg.ram_bytes))
		return -EINVAL;
	for (i = 0; i < vm->nr_ranges; i++)
		if (overlaps(r->gpa, r->bytes, vm->range[i].gpa, vm->range[i].bytes))
			return -EINVAL;
	if (vm->nr_ranges == vm->max_ranges) {
		more = krealloc(vm->range, (vm->max_ranges + 8) * sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		vm->range = more;
		vm->max_ranges += 8;
	}
	for (i = vm->nr_ranges; i && vm->range[i - 1].gpa > r->gpa; i--)
		vm->range[i] = vm->range[i - 1];
	vm->range[i] = *r;
	vm->nr_ranges++;
	return 0;
}

int vm_map_trapped(struct vm_device *dev, u64 gpa, u64 bytes, u32 bar, u64 off)
{
	struct vm_range r = {.gpa = gpa, .bytes = bytes, .dev = dev, .bar = bar, .off = off};

	return vm_range_insert(dev->vm, &r);
}

int vm_map_direct(struct vm_device *dev, u64 gpa, u64 bytes, u64 hpa)
{
	struct vm_range r = {.gpa = gpa, .bytes = bytes, .dev = dev, .direct = true, .hpa = hpa};

	return vm_range_insert(dev->vm, &r);
}

int vm_map_change(struct vm_device *dev, u64 gpa, u64 hpa, u32 bar, u64 off)
{
	struct vm *vm = dev->vm;
	struct vm_range *r;
	u32 i;

	for (i = 0; i < vm->nr_ranges; i++) {
		r = &vm->range[i];
		if (r->dev != dev || r->gpa != gpa || r->bytes != PAGE_SIZE)
			continue;
		sim_revise(kernel_sim(vm->cfg.host));
		r->direct = hpa;
		r->hpa = hpa;
		r->bar = bar;
		r->off = off;
		return 0;
	}
	return -ENOENT;
}

void vm_map_settle(struct vm_device *dev)
{
	if (!kernel_has_defect(dev->vm->cfg.host, DEFECT_UNMAP_NO_WAIT))
		vm_kick(dev->vm);
}

void vm_unmap(struct vm_device *dev)
{
	struct vm *vm = dev->vm;
	u32 i, kept = 0;

	for (i = 0; i < vm->nr_ranges; i++)
		if (vm->range[i].dev != dev)
			vm->range[kept++] = vm->range[i];
	vm->nr_ranges = kept;
	sim_revise(kernel_sim(vm->cfg.host));
	/* Even with nothing left to unmap: another caller's processors may still be inside. */
	vm_map_settle(dev);
}
