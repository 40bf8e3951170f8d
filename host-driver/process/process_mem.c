// SPDX-License-Identifier: GPL-2.0
// Memory calls of simulated processes.
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>

#include "host-driver/kapi/file.h"
#include "host-driver/process/process_priv.h"

int process_set_costs(struct kernel *k, const struct process_costs *c)
{
	struct mm_costs mc = {
		.syscall_ps = c->syscall,
		.minor_fault_ps = c->minor_fault,
		.zero_page_ps = c->zero_page,
		.major_fault_ps = c->major_fault,
		.remote_fault_ps = c->remote_fault,
		.unmap_ps = c->unmap,
		.shootdown_ps = c->shootdown,
	};

	return mm_set_costs(k, &mc);
}

int process_set_levels(struct kernel *k, u32 levels)
{
	return mm_set_levels(k, levels);
}

static int prot_to_flags(u32 prot, unsigned long *flags)
{
	if (prot & ~(PROCESS_PROT_READ | PROCESS_PROT_WRITE))
		return -EINVAL;
	*flags = 0;
	if (prot & PROCESS_PROT_READ)
		*flags |= VM_READ;
	if (prot & PROCESS_PROT_WRITE)
		*flags |= VM_WRITE;
	return 0;
}

/* Checks @m and says what the kernel is asked for, but for the file. */
static int map_request(const struct process_map *m, struct mm_map *out)
{
	u64 size = m->page_size ? m->page_size : PAGE_SIZE;
	int err;

	*out = (struct mm_map){.addr = m->va, .node = m->node, .scatter = m->scatter};
	err = prot_to_flags(m->prot, &out->vm_flags);
	if (err)
		return err;
	if (size != PAGE_SIZE && size != PMD_SIZE && size != PUD_SIZE)
		return -EINVAL;
	if (!m->len || m->len > 1ull << 56 || m->node < -1 || m->node >= MM_MAX_NODES ||
	    (m->offset & ~PAGE_MASK))
		return -EINVAL;
	out->page_shift = __builtin_ctzll(size);
	out->len = (m->len + size - 1) & ~(size - 1);
	out->pgoff = m->offset >> PAGE_SHIFT;
	switch (m->kind) {
	case PROCESS_MAP_FILE:
		out->vm_flags |= VM_KAPI_FILE;
		/* fallthrough */
	case PROCESS_MAP_ANON:
		out->vm_flags |= VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
		return 0;
	case PROCESS_MAP_DEVICE:
		out->vm_flags |= VM_SHARED | VM_MAYSHARE;
		return size == PAGE_SIZE ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static s64 map_file(struct process *p, int fd, struct mm_map *req)
{
	struct file *f = process_file_get(p, fd);
	s64 ret;

	if (!f)
		return -EBADF;
	if (f->f_mode & FMODE_READ)
		req->vm_flags |= VM_MAYREAD;
	if (f->f_mode & FMODE_WRITE)
		req->vm_flags |= VM_MAYWRITE;
	if (!(f->f_mode & FMODE_READ) ||
	    ((req->vm_flags & VM_WRITE) && !(f->f_mode & FMODE_WRITE))) {
		ret = -EACCES;
	} else {
		req->file = f;
		ret = mm_map(p->mm, req);
	}
	kfile_put(f);
	return ret;
}

s64 process_mmap(struct process *p, const struct process_map *m)
{
	struct process_call c;
	struct mm_map req;
	s64 va = map_request(m, &req);

	if (va)
		return va;
	va = process_enter(p, &c);
	if (va)
		return va;
	if (m->kind == PROCESS_MAP_DEVICE)
		va = map_file(p, m->fd, &req);
	else
		va = mm_map(p->mm, &req);
	/* As MAP_POPULATE: what cannot be had now faults later. */
	if (va > 0 && m->populate && m->kind != PROCESS_MAP_DEVICE && m->prot)
		mm_touch(p->mm, va, req.len, m->prot & PROCESS_PROT_WRITE ? FAULT_FLAG_WRITE : 0);
	process_leave(&c);
	return va;
}

int process_munmap(struct process *p, u64 va, u64 len)
{
	struct process_call c;
	int err = process_enter(p, &c);

	if (err)
		return err;
	err = mm_unmap(p->mm, va, len > ~PAGE_SIZE ? len : PAGE_ALIGN(len));
	process_leave(&c);
	return err;
}

int process_mprotect(struct process *p, u64 va, u64 len, u32 prot)
{
	struct process_call c;
	unsigned long flags;
	int err = prot_to_flags(prot, &flags);

	if (err)
		return err;
	err = process_enter(p, &c);
	if (err)
		return err;
	err = mm_protect(p->mm, va, len > ~PAGE_SIZE ? len : PAGE_ALIGN(len), flags);
	process_leave(&c);
	return err;
}

int process_madvise_dontneed(struct process *p, u64 va, u64 len)
{
	struct process_call c;
	int err = process_enter(p, &c);

	if (err)
		return err;
	err = mm_discard(p->mm, va, len > ~PAGE_SIZE ? len : PAGE_ALIGN(len));
	process_leave(&c);
	return err;
}

int process_touch(struct process *p, u64 va, u64 len, bool write)
{
	struct kernel_frame save;
	int err;

	/* No system call: only pages that fault enter the kernel, and the fault's cost covers that.
	 */
	kernel_enter(p->kernel, &save);
	err = mm_touch(p->mm, va, len, FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0));
	kernel_leave(&save);
	return err;
}

int process_prefault(struct process *p, u64 va, u64 len, bool write)
{
	struct kernel_frame save;
	int err;

	kernel_enter(p->kernel, &save);
	err = mm_populate_now(p->mm, va, len, write);
	kernel_leave(&save);
	return err;
}

int process_resolve(const struct process *p, u64 va, u64 len, bool write, u64 *pa, u64 *run)
{
	return mm_resolve(p->mm, va, len, write, pa, run);
}

u64 process_map_generation(const struct process *p)
{
	return p->mm->generation;
}

int process_copy_in(const struct process *p, void *buf, u64 va, u64 len)
{
	return mm_access(p->mm, va, buf, len, false);
}

int process_copy_out(struct process *p, u64 va, const void *buf, u64 len)
{
	return mm_access(p->mm, va, (void *)buf, len, true);
}

void process_mm_stats(const struct process *p, struct process_mm_stats *st)
{
	const struct mm_counters *c = &p->mm->stat;

	*st = (struct process_mm_stats){
		.resident_pages = c->resident_pages,
		.table_pages = c->table_pages,
		.minor_faults = c->minor_faults,
		.major_faults = c->major_faults,
		.device_faults = c->device_faults,
	};
}
