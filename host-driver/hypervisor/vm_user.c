// SPDX-License-Identifier: GPL-2.0
/* A machine and its monitor's process: pages of the process straight in the guest's map, for as
 * long as the process has them; the machine as a descriptor; VFIO groups that belong to it. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vfio.h>
#include <spec/defects.h>

#include "host-driver/hypervisor/vm_priv.h"
#include "sim/core/event.h"

/* An address space with pages in the guest's map. */
struct vm_user {
	struct list_head node;
	struct vm *vm;
	struct mmu_notifier mn;
	struct mm_struct *mm;
};

/* ---- pages of a process ---- */

/* They trap from now on; nobody is inside when it returns. */
static void user_take_away(struct vm_user *u, u64 start, u64 end)
{
	struct vm *vm = u->vm;
	bool any = false;
	u32 i;

	for (i = 0; i < vm->nr_ranges; i++) {
		struct vm_range *r = &vm->range[i];

		if (r->user != u || r->hva >= end || r->hva + r->bytes <= start)
			continue;
		r->direct = false;
		/* What another caller took already may still have processors inside. */
		any = true;
	}
	if (!any)
		return;
	sim_revise(kernel_sim(vm->cfg.host));
	if (!kernel_has_defect(vm->cfg.host, DEFECT_UNMAP_NO_WAIT))
		vm_kick(vm);
}

static void user_invalidate(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start,
			    unsigned long end)
{
	user_take_away(container_of(mn, struct vm_user, mn), start, end);
}

static void user_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	user_take_away(container_of(mn, struct vm_user, mn), 0, ~0ull);
}

static const struct mmu_notifier_ops user_ops = {
	.release = user_release,
	.invalidate_range = user_invalidate,
};

static struct vm_user *user_get(struct vm *vm, struct mm_struct *mm)
{
	struct vm_user *u;
	int rc;

	list_for_each_entry (u, &vm->users, node)
		if (u->mm == mm)
			return u;
	u = kzalloc(sizeof(*u), GFP_KERNEL);
	if (!u)
		return ERR_PTR(-ENOMEM);
	u->vm = vm;
	u->mm = mm;
	u->mn.ops = &user_ops;
	rc = mmu_notifier_register(&u->mn, mm);
	if (rc) {
		kfree(u);
		return ERR_PTR(rc);
	}
	list_add_tail(&u->node, &vm->users);
	return u;
}

void vm_users_free(struct vm *vm)
{
	struct vm_user *u, *next;

	list_for_each_entry_safe (u, next, &vm->users, node) {
		mmu_notifier_unregister(&u->mn, u->mm);
		list_del(&u->node);
		kfree(u);
	}
}

/* The page's frame, made present if the process can have it. */
static int user_frame(struct mm_struct *mm, u64 hva, u64 *pa)
{
	int rc;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	rc = mm_touch(mm, hva, 1, FAULT_FLAG_WRITE);
	/* Gone again while this waited: then it traps. */
	if (!rc)
		rc = mm_resolve(mm, hva, PAGE_SIZE, true, pa, NULL);
	mmput(mm);
	return rc;
}

/* The page goes straight through if the process can have it, and the map is still the same. */
static bool user_make_direct(struct vm *vm, struct vm_user *u, u64 gpa, u64 hva)
{
	struct vm_range *r;
	u64 hpa;

	if (user_frame(u->mm, hva, &hpa))
		return false;
	r = vm_range_at(vm, gpa, 1);
	if (!r || r->user != u || r->hva != hva)
		return false;
	r->hpa = hpa;
	r->direct = true;
	return true;
}

int vm_map_user(struct vm_device *dev, u64 gpa, u32 bar, u64 off, u64 hva)
{
	struct vm_range r = {
		.gpa = gpa, .bytes = PAGE_SIZE, .dev = dev, .bar = bar, .off = off, .hva = hva};
	int rc;

	r.user = user_get(dev->vm, current->mm);
	if (IS_ERR(r.user))
		return PTR_ERR(r.user);
	rc = vm_range_insert(dev->vm, &r);
	/* Inserted first, so that whoever takes the page away meanwhile finds it here. */
	if (!rc)
		user_make_direct(dev->vm, r.user, gpa, hva);
	return rc;
}

int vm_change_user(struct vm_device *dev, u64 gpa, u32 bar, u64 off, u64 hva)
{
	struct vm_user *u = hva ? user_get(dev->vm, current->mm) : NULL;
	struct vm_range *r;
	u64 hpa = 0;

	if (IS_ERR(u))
		return PTR_ERR(u);
	if (hva && user_frame(current->mm, hva, &hpa))
		hpa = 0;
	r = vm_range_at(dev->vm, gpa, PAGE_SIZE);
	if (!r || r->dev != dev || r->bytes != PAGE_SIZE)
		return -ENOENT;
	if (r->direct && r->hpa != hpa)
		sim_revise(kernel_sim(dev->vm->cfg.host));
	r->user = u;
	r->hva = hva;
	r->direct = hpa;
	r->hpa = hpa;
	r->bar = bar;
	r->off = off;
	return 0;
}

bool vm_user_fault(struct vm *vm, u64 gpa)
{
	struct vm_range *r = vm_range_at(vm, gpa, 1);
	struct vm_user *u = r ? r->user : NULL;

	if (!u || r->direct)
		return u;
	vm->stats.ept_violations++;
	return user_make_direct(vm, u, gpa, r->hva);
}

void vm_user_prefault(struct vm_device *dev)
{
	struct vm *vm = dev->vm;
	u32 i;

	/* A fault may sleep and the map change: from the next address on. */
	for (i = 0; i < vm->nr_ranges; i++) {
		const struct vm_range *r = &vm->range[i];

		if (r->dev == dev && r->user && !r->direct)
			vm_user_fault(vm, r->gpa);
	}
}

/* ---- the machine as a file ---- */

static int vm_file_release(struct inode *inode, struct file *f)
{
	kvm_put_kvm(f->private_data);
	return 0;
}

static const struct file_operations vm_fops = {
	.release = vm_file_release,
	.mmap = vm_memory_mmap,
};

int vm_get_fd(struct vm *vm)
{
	int fd;

	kvm_get_kvm((struct kvm *)vm);
	fd = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR);
	if (fd < 0)
		kvm_put_kvm((struct kvm *)vm);
	return fd;
}

int vm_add_group(struct vm *vm, int fd)
{
	struct file *f = fget(fd);
	int rc = -EINVAL;

	if (!f)
		return -EBADF;
	if (vfio_file_is_group(f)) {
		vfio_file_set_kvm(f, (struct kvm *)vm);
		rc = 0;
	}
	fput(f);
	return rc;
}

bool file_is_kvm(struct file *file)
{
	return file->f_op == &vm_fops;
}

/* ---- what drivers ask ---- */

void kvm_get_kvm(struct kvm *kvm)
{
	((struct vm *)kvm)->references++;
}

void kvm_put_kvm(struct kvm *kvm)
{
	((struct vm *)kvm)->references--;
}

/* A driver whose device has a PASID of the machine. */
struct vm_dma_user {
	struct list_head node;
	struct device *dev;
	u32 pasid;
	kvm_pasid_gone_fn *gone;
	void *ctx;
};

int kvm_dma_attach(struct kvm *kvm, struct device *dev, u32 *pasid, kvm_pasid_gone_fn *gone,
		   void *ctx)
{
	struct vm_dma_user *u = kzalloc(sizeof(*u), GFP_KERNEL);
	struct vm *vm = (struct vm *)kvm;
	int rc = u ? vm_dma_attach(vm, dev, pasid) : -ENOMEM;

	if (rc) {
		kfree(u);
		return rc;
	}
	u->dev = dev;
	u->pasid = *pasid;
	u->gone = gone;
	u->ctx = ctx;
	list_add_tail(&u->node, &vm->dma_users);
	return 0;
}

static struct vm_dma_user *dma_user(struct vm *vm, struct device *dev, u32 pasid)
{
	struct vm_dma_user *u;

	list_for_each_entry (u, &vm->dma_users, node)
		if (u->dev == dev && u->pasid == pasid)
			return u;
	return NULL;
}

void kvm_dma_detach(struct kvm *kvm, struct device *dev, u32 pasid)
{
	struct vm *vm = (struct vm *)kvm;
	struct vm_dma_user *u = dma_user(vm, dev, pasid);

	list_del(&u->node);
	/* Also waits for who tells it of a PASID that goes. */
	vm_dma_detach(vm, dev, pasid);
	kfree(u);
}

void vm_user_pasid_gone(struct vm *vm, struct device *dev, u32 pasid, u32 guest, u32 host)
{
	struct vm_dma_user *u = dma_user(vm, dev, pasid);

	if (u && u->gone)
		u->gone(u->ctx, guest, host);
}

void kvm_memory_range(struct kvm *kvm, u64 *gpa, u64 *bytes)
{
	const struct vm *vm = (struct vm *)kvm;

	*gpa = vm->ram_base;
	*bytes = vm->cfg.memory_mode == VM_MEMORY_PINNED ? vm->cfg.ram_bytes : 0;
}

int kvm_host_pasid(struct kvm *kvm, u32 pasid, u32 *host)
{
	return vm_pasid_lookup((struct vm *)kvm, pasid, host);
}

int kvm_next_pasid(struct kvm *kvm, u32 *pasid, u32 *host)
{
	return vm_pasid_next((struct vm *)kvm, pasid, host);
}

int kvm_guest_pasid(struct kvm *kvm, u32 host, u32 *pasid)
{
	return vm_pasid_guest((struct vm *)kvm, host, pasid);
}
