// SPDX-License-Identifier: GPL-2.0
/*
 * How guest memory becomes resident: pinned at the start, or at the first access of a processor
 * (EPT violation) or a device (page request). The bytes always have their place in the host;
 * whether they are there yet is a bit.
 */
#include <linux/anon_inodes.h>
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/find.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <spec/vtd.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "host-driver/kapi/file.h"
#include "sim/core/fiber.h"

static bool in_ram(const struct vm *vm, u64 gpa, u64 bytes)
{
	return gpa >= vm->ram_base && bytes <= vm->cfg.ram_bytes &&
	       gpa - vm->ram_base <= vm->cfg.ram_bytes - bytes;
}

static unsigned long pfn_of(const struct vm *vm, u64 gpa)
{
	return (vm->cfg.ram_hpa + (gpa - vm->ram_base)) >> PAGE_SHIFT;
}

static u64 page_index(const struct vm *vm, u64 gpa)
{
	return (gpa - vm->ram_base) >> PAGE_SHIFT;
}

/* One page for all IOMMUs that the guest's devices are behind. */
static int map_page(struct vm *vm, u64 gpa)
{
	const int rights = IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE;
	u64 hpa = vm->cfg.ram_hpa + (gpa - vm->ram_base);
	struct vm_domain *d;
	int rc = 0;

	list_for_each_entry (d, &vm->domains, node) {
		rc = iommu_map(d->domain, gpa, hpa, PAGE_SIZE, rights);
		if (rc && rc != -EEXIST)
			return rc;
	}
	return 0;
}

/* Processors and devices walk one table: what came for the first is there for the others. */
static void map_resident(struct vm *vm, u64 gpa)
{
	struct kernel_frame save;

	kernel_enter(vm->cfg.host, &save);
	/* Without memory for tables the device's own request tries again. */
	if (vm->mm)
		vmf_insert_pfn(vm->mm_vma, gpa, pfn_of(vm, gpa));
	else
		map_page(vm, gpa);
	kernel_leave(&save);
}

/* The page is there from now on; false: it was. */
static bool make_resident(struct vm *vm, u64 gpa)
{
	struct vm_stats *st = &vm->stats;

	if (vm->cfg.memory_mode == VM_MEMORY_PINNED ||
	    test_and_set_bit(page_index(vm, gpa), vm->resident))
		return false;
	if (++st->resident_pages > st->resident_peak)
		st->resident_peak = st->resident_pages;
	if (vm->mm || vm->cfg.shared_tables)
		map_resident(vm, gpa);
	return true;
}

void *vm_gpa(struct vm *vm, u64 gpa, u32 bytes)
{
	if (!in_ram(vm, gpa, bytes))
		return NULL;
	/* The host touches it as any of its programs would. */
	make_resident(vm, gpa & PAGE_MASK);
	make_resident(vm, (gpa + bytes - 1) & PAGE_MASK);
	return kernel_phys_base(vm->cfg.host) + vm->cfg.ram_hpa + (gpa - vm->ram_base);
}

/* ---- processors ---- */

u64 vm_ram_used(void *ctx, u64 gpa, u64 bytes)
{
	struct vm *vm = ctx;
	u64 end = gpa + bytes, n = 0;

	for (gpa &= PAGE_MASK; gpa < end; gpa += PAGE_SIZE)
		n += make_resident(vm, gpa);
	vm->stats.ept_violations += n;
	vm->stats.exits += n;
	return n * (vm->cfg.cost.ept_violation + vm->cfg.cost.zero_page);
}

int vm_memory_touch(struct vm *vm, u64 gpa, u64 bytes)
{
	u64 ps;

	if (!in_ram(vm, gpa, bytes))
		return -EFAULT;
	if (vm->cfg.memory_mode == VM_MEMORY_PINNED || !bytes)
		return 0;
	ps = vm_ram_used(vm, gpa, bytes);
	if (ps && fiber_current())
		fiber_sleep(ps);
	return 0;
}

/* ---- devices ---- */

/* What the host's fault handler does for a device: as for a page of a process. 0 or -errno. */
static int device_fault(struct vm *vm, u64 gpa)
{
	const struct mm_costs *c = mm_get_costs(vm->cfg.host);
	struct vm_domain *d;
	u64 ps = c->minor_fault_ps + c->remote_fault_ps;

	if (!in_ram(vm, gpa, 1))
		return -EFAULT;
	gpa &= PAGE_MASK;
	list_for_each_entry (d, &vm->domains, node)
		if (!iommu_iova_to_phys(d->domain, gpa))
			break;
	if (list_entry_is_head(d, &vm->domains, node))
		return 0;
	if (make_resident(vm, gpa))
		ps += c->zero_page_ps;
	if (fiber_current())
		fiber_sleep(ps);
	vm->stats.device_faults++;
	vm->stats.device_fault_ps += ps;
	return map_page(vm, gpa);
}

static bool is_leaf(u64 e, u32 level)
{
	return level == 1 || (e & VTD_FS_PS);
}

/* Whether hardware takes a first-stage entry for a user's request: tables 3.6.1, 9.7. */
static bool entry_allows(u64 e, u32 level, bool write)
{
	u64 low = (1ull << (VTD_PAGE_SHIFT + 9 * (level - 1))) - 1;

	if (!(e & VTD_FS_P) || !(e & VTD_FS_US) || (write && !(e & VTD_FS_RW)))
		return false;
	if (level == 1 || !is_leaf(e, level))
		return true;
	/* Reserved: large pages beyond 1 GiB, their low address bits but that of the memory type.
	 */
	return level <= 3 && !(e & low & VTD_PT_ADDR & ~(1ull << 12));
}

static bool canonical(u64 addr, u32 levels)
{
	u32 shift = 64 - VTD_PAGE_SHIFT - 9 * levels;

	return (s64)(addr << shift) >> shift == (s64)addr;
}

/*
 * Makes what a request under the guest's first-stage tables at @root needs present below them: the
 * tables on its way, and the page. 1: the guest's own entry is missing or forbids it, or no entry
 * can help: the device would ask again and again.
 */
static int resolve_nested(struct vm *vm, u64 root, u32 levels,
			  const struct iommu_fault_page_request *req)
{
	bool write = req->perm & IOMMU_FAULT_PERM_WRITE;
	u64 table = root, e, size;
	const u64 *at;
	u32 l, shift;
	int rc;

	if (!canonical(req->addr, levels))
		return 1;
	for (l = levels; l; l--) {
		shift = VTD_PAGE_SHIFT + 9 * (l - 1);
		table += ((req->addr >> shift) & 511) * 8;
		rc = device_fault(vm, table);
		at = vm_gpa(vm, table, 8);
		if (rc || !at)
			return -EFAULT;
		e = *at;
		if (!entry_allows(e, l, write))
			return 1;
		if (is_leaf(e, l)) {
			size = 1ull << shift;
			return device_fault(vm, (e & VTD_PT_ADDR & ~(size - 1)) |
							(req->addr & (size - 1)));
		}
		table = e & VTD_PT_ADDR;
	}
	return -EFAULT;
}

int vm_memory_resolve(struct vm *vm, u64 root, u32 levels,
		      const struct iommu_fault_page_request *req, unsigned int n)
{
	unsigned int i;
	int rc, ret = 0;

	for (i = 0; i < n; i++) {
		rc = levels ? resolve_nested(vm, root, levels, &req[i])
			    : device_fault(vm, req[i].addr);
		if (rc < 0)
			return rc;
		ret |= rc;
	}
	return ret;
}

/* Guest-physical addresses under a PASID of the machine's own. */
static int second_group(void *data, const struct iommu_fault_page_request *req, unsigned int n)
{
	return vm_memory_resolve(data, 0, 0, req, n) ? IOMMU_PAGE_RESP_INVALID
						     : IOMMU_PAGE_RESP_SUCCESS;
}

const struct iommu_pasid_handler vm_memory_handler = {.page_group = second_group};

/* ---- pinning ---- */

/* A new IOMMU's table gets what is there already. */
static int map_all_resident(struct vm *vm)
{
	unsigned long i, pages = vm->cfg.ram_bytes >> PAGE_SHIFT;
	int rc = 0;

	for_each_set_bit (i, vm->resident, pages) {
		rc = map_page(vm, vm->ram_base + ((u64)i << PAGE_SHIFT));
		if (rc)
			break;
	}
	return rc;
}

int vm_memory_pin(struct vm *vm, struct vm_domain *d)
{
	u64 pages = vm->cfg.ram_bytes >> PAGE_SHIFT, ps;

	if (vm->cfg.memory_mode != VM_MEMORY_PINNED)
		return vm->cfg.shared_tables ? map_all_resident(vm) : 0;
	/* Once: a second IOMMU's tables find the pages there. */
	if (!vm->stats.resident_pages) {
		ps = pages * (vm->cfg.cost.pin_page + vm->cfg.cost.zero_page);
		fiber_sleep(ps);
		vm->stats.pin_ps += ps;
		vm->stats.resident_pages = vm->stats.resident_peak = pages;
	}
	return iommu_map(d->domain, vm->ram_base, vm->cfg.ram_hpa, vm->cfg.ram_bytes,
			 IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE);
}

/* ---- the monitor's address space, with the guest's memory at guest-physical addresses ---- */

static vm_fault_t shared_fault(struct vm_fault *vmf)
{
	struct vm *vm = vmf->vma->vm_file->private_data;
	const struct mm_costs *c = mm_get_costs(vm->cfg.host);
	u64 ps = 0;

	if (make_resident(vm, vmf->address))
		ps = c->zero_page_ps;
	if (vmf->flags & FAULT_FLAG_REMOTE) {
		ps += c->remote_fault_ps;
		vm->stats.device_faults++;
		vm->stats.device_fault_ps += ps + c->minor_fault_ps;
	}
	if (!(vmf->flags & FAULT_FLAG_NOTIME) && fiber_current() && ps)
		fiber_sleep(ps);
	return vmf_insert_pfn(vmf->vma, vmf->address, pfn_of(vm, vmf->address));
}

static const struct vm_operations_struct shared_vm_ops = {.fault = shared_fault};

static int shared_mmap(struct file *filp, struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_ops = &shared_vm_ops;
	((struct vm *)filp->private_data)->mm_vma = vma;
	return 0;
}

static const struct file_operations shared_fops = {.mmap = shared_mmap};

static int shared_map(struct vm *vm)
{
	struct mm_map map = {
		.addr = vm->ram_base,
		.len = vm->cfg.ram_bytes,
		.vm_flags = VM_READ | VM_WRITE | VM_SHARED | VM_MAYSHARE | VM_MAYREAD | VM_MAYWRITE,
		.page_shift = PAGE_SHIFT,
		.node = -1,
	};
	struct file *f = anon_inode_getfile("guest-memory", &shared_fops, vm, O_RDWR);
	long va;

	if (IS_ERR(f))
		return PTR_ERR(f);
	map.file = f;
	va = mm_map(vm->mm, &map);
	kfile_put(f);
	return va < 0 ? va : 0;
}

/* ---- the monitor's mapping of the guest's memory ---- */

static u64 mapped_gpa(const struct vm *vm, unsigned long pgoff)
{
	return vm->ram_base + ((u64)pgoff << PAGE_SHIFT);
}

static vm_fault_t mapped_fault(struct vm_fault *vmf)
{
	struct vm *vm = vmf->vma->vm_file->private_data;
	u64 gpa = mapped_gpa(vm, vmf->pgoff);

	make_resident(vm, gpa);
	return vmf_insert_pfn(vmf->vma, vmf->address, pfn_of(vm, gpa));
}

static const struct vm_operations_struct mapped_vm_ops = {.fault = mapped_fault};

int vm_memory_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct vm *vm = filp->private_data;
	u64 pages = vm->cfg.ram_bytes >> PAGE_SHIFT;
	u64 len = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;

	if (vma->vm_pgoff >= pages || len > pages - vma->vm_pgoff || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	/* What the guest gives back would have to vanish here too. */
	if (vm->cfg.memory_mode != VM_MEMORY_PINNED)
		return -EOPNOTSUPP;
	vma->vm_flags |= VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_ops = &mapped_vm_ops;
	return 0;
}

/* ---- taking it back ---- */

static void unmap_devices(struct vm *vm, u64 gpa, u64 bytes)
{
	struct vm_domain *d;

	list_for_each_entry (d, &vm->domains, node)
		iommu_unmap(d->domain, gpa, bytes);
}

static void unmap_shared(struct vm *vm, u64 gpa, u64 bytes)
{
	mmap_write_lock(vm->mm);
	zap_vma_ptes(vm->mm_vma, gpa, bytes);
	mmap_write_unlock(vm->mm);
}

int vm_memory_take(struct vm *vm, u64 gpa, u64 bytes)
{
	u64 at;

	if (vm->cfg.memory_mode == VM_MEMORY_PINNED)
		return -EOPNOTSUPP;
	if (!bytes || (gpa | bytes) & ~PAGE_MASK || !in_ram(vm, gpa, bytes))
		return -EINVAL;
	/* A page touched meanwhile counts as a new one: it is the guest's error. */
	for (at = gpa; at < gpa + bytes; at += PAGE_SIZE)
		if (test_and_clear_bit(page_index(vm, at), vm->resident)) {
			vm->stats.resident_pages--;
			vm->stats.pages_taken++;
		}
	vm_kick(vm);
	if (vm->mm)
		unmap_shared(vm, gpa, bytes);
	else
		unmap_devices(vm, gpa, bytes);
	memset(kernel_phys_base(vm->cfg.host) + vm->cfg.ram_hpa + (gpa - vm->ram_base), 0, bytes);
	return 0;
}

/* ---- life ---- */

int vm_memory_init(struct vm *vm)
{
	int rc = 0;

	if (vm->cfg.memory_mode == VM_MEMORY_PINNED)
		return 0;
	vm->resident = bitmap_zalloc(vm->cfg.ram_bytes >> PAGE_SHIFT, GFP_KERNEL);
	if (!vm->resident)
		return -ENOMEM;
	if (vm->cfg.memory_mode == VM_MEMORY_SHARED) {
		vm->mm = mm_create(vm->cfg.host, 0);
		rc = vm->mm ? shared_map(vm) : -ENOMEM;
	}
	return rc;
}

void vm_memory_free(struct vm *vm)
{
	if (vm->mm)
		mmput(vm->mm);
	bitmap_free(vm->resident);
}
