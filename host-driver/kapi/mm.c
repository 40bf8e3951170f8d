// SPDX-License-Identifier: GPL-2.0
// Address spaces: birth, references, lock, notifiers, gathered unmapping, user access.
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/mmu_notifier.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host-driver/kapi/kapi.h"
#include "host-driver/kapi/mm_priv.h"
#include "sim/core/event.h"

/* ---- one per kernel ---- */

static unsigned long user_access(struct mm_struct *mm, unsigned long addr, void *buf,
				 unsigned long len, bool write);

static void mm_kernel_free(struct kernel *k, void *p)
{
	struct kernel_frame save;

	kernel_enter(k, &save);
	kfree(p);
	kernel_leave(&save);
}

struct mm_kernel *mm_kernel(struct kernel *k)
{
	struct mm_kernel *mk = kernel_slot(k, KERNEL_SLOT_MM);
	struct kernel_frame save;

	if (mk)
		return mk;
	kernel_enter(k, &save);
	mk = kzalloc(sizeof(*mk), mm_gfp());
	kernel_leave(&save);
	if (!mk)
		return NULL;
	mk->levels = 4;
	kernel_set_slot(k, KERNEL_SLOT_MM, mk);
	kernel_slot_free_hook(k, KERNEL_SLOT_MM, mm_kernel_free);
	user_access_set(k, user_access);
	return mk;
}

int mm_set_costs(struct kernel *k, const struct mm_costs *c)
{
	struct mm_kernel *mk = mm_kernel(k);

	if (!mk)
		return -ENOMEM;
	mk->costs = *c;
	return 0;
}

const struct mm_costs *mm_get_costs(struct kernel *k)
{
	struct mm_kernel *mk = mm_kernel(k);

	return mk ? &mk->costs : NULL;
}

int mm_set_levels(struct kernel *k, unsigned int levels)
{
	struct mm_kernel *mk = mm_kernel(k);

	if (levels != 4 && levels != 5)
		return -EINVAL;
	if (!mk)
		return -ENOMEM;
	mk->levels = levels;
	return 0;
}

/* ---- life ---- */

struct mm_struct *mm_create(struct kernel *k, int node)
{
	struct mm_kernel *mk = mm_kernel(k);
	struct mm_struct *mm;

	if (!mk || node < 0 || node >= k->nr_nodes)
		return NULL;
	mm = kzalloc(sizeof(*mm), mm_gfp());
	if (!mm)
		return NULL;
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	mm->kernel = k;
	mm->phys = kernel_phys_base(k);
	mm->levels = mk->levels;
	mm->node = node;
	mm->task_size = (1ull << (mm->levels == 5 ? 56 : 47)) - PAGE_SIZE;
	mm->seed = sim_seed(kernel_sim(k)) + mk->spaces++ * 0x9e3779b97f4a7c15ull;
	mm->generation = 1;
	init_waitqueue_head(&mm->notifier_wait);
	init_rwsem(&mm->mmap_lock);
	INIT_LIST_HEAD(&mm->notifiers);
	mm->pgd = mm_table_alloc(mm);
	if (!mm->pgd) {
		kfree(mm);
		return NULL;
	}
	return mm;
}

void mmdrop(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_count))
		return;
	iommu_mm_drop(mm);
	mm_tables_free(mm);
	mm_extents_free(mm);
	kfree(mm);
}

static void notifiers_release(struct mm_struct *mm);

static void mm_end(struct mm_struct *mm)
{
	mm->released = true;
	mm->generation++;
	sim_revise(kernel_sim(mm->kernel));
	notifiers_release(mm);
	mm_unmap_all(mm);
	mm_extents_free(mm);
	mmdrop(mm);
}

void mmput(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->mm_users))
		mm_end(mm);
}

static void mmput_work(struct work_struct *work)
{
	mm_end(container_of(work, struct mm_struct, async_put));
}

void mmput_async(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	INIT_WORK(&mm->async_put, mmput_work);
	schedule_work(&mm->async_put);
}

struct mm_struct *get_task_mm(struct task_struct *task)
{
	if (!task->mm || !mmget_not_zero(task->mm))
		return NULL;
	return task->mm;
}

void kthread_use_mm(struct mm_struct *mm)
{
	mmgrab(mm);
	current->active_mm = mm;
	current->mm = mm;
}

void kthread_unuse_mm(struct mm_struct *mm)
{
	current->mm = NULL;
	current->active_mm = NULL;
	mmdrop(mm);
}

/* ---- notifiers ---- */

int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm)
{
	if (mm->released)
		return -ESRCH;
	mn->mm = mm;
	mn->users = 0;
	mn->dead = false;
	mmgrab(mm);
	list_add_tail(&mn->link, &mm->notifiers);
	return 0;
}

void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm)
{
	bool release = !mn->dead && !mm->released && mn->ops->release;

	mn->dead = true;
	if (release)
		mn->ops->release(mn, mm);
	/* A callback that sleeps still holds its place in the list. */
	wait_event(mm->notifier_wait, !mn->users);
	list_del(&mn->link);
	mmdrop(mm);
}

static void notifier_done(struct mmu_notifier *mn)
{
	if (!--mn->users && mn->dead)
		wake_up_all(&mn->mm->notifier_wait);
}

void mm_notify(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_notifier *mn;
	struct list_head *at;

	mm->generation++;
	sim_revise(kernel_sim(mm->kernel));
	at = mm->notifiers.next;
	while (at != &mm->notifiers) {
		mn = list_entry(at, struct mmu_notifier, link);
		mn->users++;
		if (!mn->dead && mn->ops->invalidate_range)
			mn->ops->invalidate_range(mn, mm, start, end);
		at = at->next;
		notifier_done(mn);
	}
}

static void notifiers_release(struct mm_struct *mm)
{
	struct mmu_notifier *mn;
	struct list_head *at = mm->notifiers.next;

	while (at != &mm->notifiers) {
		mn = list_entry(at, struct mmu_notifier, link);
		mn->users++;
		if (!mn->dead && mn->ops->release)
			mn->ops->release(mn, mm);
		at = at->next;
		notifier_done(mn);
	}
}

/* ---- gathered unmapping ---- */

#define GATHER_RUNS 1000

void mm_gather_init(struct mm_gather *g, struct mm_struct *mm)
{
	g->mm = mm;
	g->start = ~0ul;
	g->end = 0;
	g->nr = 0;
	g->run = g->small;
	g->max = MM_GATHER_SMALL;
}

void mm_gather_range(struct mm_gather *g, unsigned long addr, unsigned long len)
{
	if (addr < g->start)
		g->start = addr;
	if (addr + len > g->end)
		g->end = addr + len;
}

static void gather_grow(struct mm_gather *g)
{
	struct mm_run *run;

	if (g->run != g->small)
		return;
	run = kmalloc_array(GATHER_RUNS, sizeof(*run), GFP_KERNEL | __GFP_NOWARN);
	if (!run)
		return;
	memcpy(run, g->small, sizeof(g->small));
	g->run = run;
	g->max = GATHER_RUNS;
}

void mm_gather_frames(struct mm_gather *g, u64 pa, u64 pages)
{
	struct mm_run *last = g->nr ? &g->run[g->nr - 1] : NULL;

	if (last && last->pa + last->pages * PAGE_SIZE == pa) {
		last->pages += pages;
		return;
	}
	if (g->nr == g->max)
		gather_grow(g);
	/* The entry of these frames is cleared and in the range already. */
	if (g->nr == g->max)
		mm_gather_flush(g);
	g->run[g->nr].pa = pa;
	g->run[g->nr++].pages = pages;
}

void mm_gather_flush(struct mm_gather *g)
{
	u32 i;

	if (g->start != ~0ul) {
		mm_delay(mm_kernel(g->mm->kernel)->costs.shootdown_ps);
		mm_notify(g->mm, g->start, g->end);
	}
	for (i = 0; i < g->nr; i++)
		mm_frames_free(g->run[i].pa, g->run[i].pages);
	g->nr = 0;
	g->start = ~0ul;
	g->end = 0;
}

void mm_gather_finish(struct mm_gather *g)
{
	mm_gather_flush(g);
	if (g->run != g->small)
		kfree(g->run);
	g->run = g->small;
}

/* ---- user memory of the kernel's own copies ---- */

static unsigned long user_access(struct mm_struct *mm, unsigned long addr, void *buf,
				 unsigned long len, bool write)
{
	unsigned long done = 0, n;

	while (done < len) {
		n = PAGE_SIZE - ((addr + done) & ~PAGE_MASK);
		if (n > len - done)
			n = len - done;
		if (mm_access(mm, addr + done, (u8 *)buf + done, n, write) &&
		    (mm_touch(mm, addr + done, n, write ? FAULT_FLAG_WRITE : 0) ||
		     mm_access(mm, addr + done, (u8 *)buf + done, n, write)))
			break;
		done += n;
	}
	return done;
}
