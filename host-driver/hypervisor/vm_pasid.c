// SPDX-License-Identifier: GPL-2.0
/* PASIDs of a guest in its processors: the VMX tables by which ENQCMD and ENQCMDS translate. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <spec/defects.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "sim/core/event.h"

/*
 * Two directories (VMCS fields 0x2038 and 0x203a), chosen by PASID bit 19, each with 512 entries of
 * 8 bytes; a table is one page of 1,024 entries of 4 bytes. SDM volume 3, PASID translation.
 */
#define DIR_SHIFT    10
#define DIR_ENTRIES  512
#define DIR_P	     1ull
#define DIR_TABLE    0xfffffffff000ull
#define TABLE_MASK   0x3ffu
#define TABLE_VALID  (1u << 31)
#define PASID_BITS   0xfffffu
#define PASID_TO_DIR 19

static void *host_ptr(const struct vm *vm, u64 pa)
{
	return kernel_phys_base(vm->cfg.host) + pa;
}

static u64 *dir_entry(const struct vm *vm, u32 guest)
{
	u64 dir = vm->pasid_dir[guest >> PASID_TO_DIR];

	return dir ? (u64 *)host_ptr(vm, dir) + (guest >> DIR_SHIFT) % DIR_ENTRIES : NULL;
}

static u32 *table_entry(const struct vm *vm, u32 guest)
{
	u64 *d = guest <= PASID_BITS ? dir_entry(vm, guest) : NULL;

	if (!d || !(*d & DIR_P))
		return NULL;
	return (u32 *)host_ptr(vm, *d & DIR_TABLE) + (guest & TABLE_MASK);
}

static u64 page_of_host(struct vm *vm)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);

	if (!page)
		return 0;
	vm->stats.pasid_table_pages++;
	return page_to_phys(page);
}

/* Both directories come with the first pair: the processor is given two addresses. */
static int dirs_make(struct vm *vm)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		if (!vm->pasid_dir[i])
			vm->pasid_dir[i] = page_of_host(vm);
		if (!vm->pasid_dir[i])
			return -ENOMEM;
	}
	return 0;
}

int vm_pasid_map(struct vm *vm, u32 guest, u32 host)
{
	u64 *d, table;
	u32 *e;
	int rc;

	if (guest > PASID_BITS || host > PASID_BITS)
		return -EINVAL;
	rc = dirs_make(vm);
	if (rc)
		return rc;
	d = dir_entry(vm, guest);
	if (!(*d & DIR_P)) {
		table = page_of_host(vm);
		if (!table)
			return -ENOMEM;
		WRITE_ONCE(*d, table | DIR_P);
	}
	e = table_entry(vm, guest);
	if (*e & TABLE_VALID)
		return (*e & PASID_BITS) == host ? 0 : -EEXIST;
	WRITE_ONCE(*e, TABLE_VALID | host);
	vm->stats.pasids++;
	return 0;
}

int vm_pasid_unmap(struct vm *vm, u32 guest)
{
	u32 *e = table_entry(vm, guest);

	if (!e || !(*e & TABLE_VALID))
		return -ENOENT;
	WRITE_ONCE(*e, 0);
	sim_revise(kernel_sim(vm->cfg.host));
	vm->stats.pasids--;
	vm->stats.pasid_kicks++;
	if (!kernel_has_defect(vm->cfg.host, DEFECT_PASID_NO_KICK))
		vm_kick(vm);
	return 0;
}

int vm_pasid_translate(const struct vm *vm, u32 guest, u32 *host)
{
	const u32 *e = table_entry(vm, guest);

	if (!e || !(*e & TABLE_VALID))
		return -ENOENT;
	*host = *e & PASID_BITS;
	return 0;
}

/* Exit 72 or 73: whoever knows the guest's PASIDs says whether there is one. */
int vm_pasid_missed(struct vm *vm, u32 guest, bool supervisor)
{
	u32 host;

	if (vm->cfg.ops && vm->cfg.ops->pasid_miss)
		return vm->cfg.ops->pasid_miss(vm->cfg.ops_ctx, guest, supervisor);
	if (vm->viommu)
		return viommu_repair(vm, guest);
	return vm_pasid_translate(vm, guest, &host);
}

void vm_pasid_free(struct vm *vm)
{
	u64 *dir;
	u32 i, n;

	for (i = 0; i < 2; i++) {
		if (!vm->pasid_dir[i])
			continue;
		dir = host_ptr(vm, vm->pasid_dir[i]);
		for (n = 0; n < DIR_ENTRIES; n++)
			if (dir[n] & DIR_P)
				__free_pages(pfn_to_page((dir[n] & DIR_TABLE) >> PAGE_SHIFT), 0);
		__free_pages(pfn_to_page(vm->pasid_dir[i] >> PAGE_SHIFT), 0);
		vm->pasid_dir[i] = 0;
	}
}
