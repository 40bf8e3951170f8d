// SPDX-License-Identifier: GPL-2.0
/* Machines of a host, found by what lies in its memory. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "host-driver/hypervisor/vm_priv.h"

static void host_free(struct kernel *k, void *p)
{
	struct kernel_frame save;
	struct vm_host *h = p;

	kernel_enter(k, &save);
	xa_destroy(&h->by_posts);
	xa_destroy(&h->by_ram);
	kfree(h);
	kernel_leave(&save);
}

struct vm_host *vm_host(struct kernel *host, bool make)
{
	struct vm_host *h = kernel_slot(host, KERNEL_SLOT_HYPERVISOR);

	if (h || !make)
		return h;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return NULL;
	xa_init(&h->by_posts);
	xa_init(&h->by_ram);
	kernel_set_slot(host, KERNEL_SLOT_HYPERVISOR, h);
	kernel_slot_free_hook(host, KERNEL_SLOT_HYPERVISOR, host_free);
	return h;
}

int vm_host_add(struct vm *vm)
{
	struct vm_host *h = vm_host(vm->cfg.host, true);
	u64 at, end = (vm->cfg.ram_hpa + vm->cfg.ram_bytes) >> VM_RAM_SHIFT;
	int rc = 0;

	if (!h)
		return -ENOMEM;
	if (vm->cfg.ram_hpa & ((1ull << VM_RAM_SHIFT) - 1))
		return 0;
	for (at = vm->cfg.ram_hpa >> VM_RAM_SHIFT; at < end && !rc; at++)
		rc = xa_err(xa_store(&h->by_ram, at, vm, GFP_KERNEL));
	if (rc)
		vm_host_remove(vm);
	return rc;
}

void vm_host_remove(struct vm *vm)
{
	struct vm_host *h = vm_host(vm->cfg.host, false);
	u64 at, end = (vm->cfg.ram_hpa + vm->cfg.ram_bytes) >> VM_RAM_SHIFT;

	if (!h)
		return;
	for (at = vm->cfg.ram_hpa >> VM_RAM_SHIFT; at < end; at++)
		if (xa_load(&h->by_ram, at) == vm)
			xa_erase(&h->by_ram, at);
}

bool vm_page_is_free(struct kernel *host, u64 pa, u32 pasid)
{
	struct vm_host *h = vm_host(host, false);
	struct vm *vm = h ? xa_load(&h->by_ram, pa >> VM_RAM_SHIFT) : NULL;

	return vm && vm->guest &&
	       kernel_page_is_free(vm->guest, pa - vm->cfg.ram_hpa + vm->ram_base) &&
	       viommu_nests(vm, pasid);
}
