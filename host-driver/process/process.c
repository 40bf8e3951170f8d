// SPDX-License-Identifier: GPL-2.0
// Simulated processes: birth, calls into the kernel, end.
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/process/process_priv.h"
#include "sim/core/fiber.h"

static gfp_t process_gfp(void)
{
	return fiber_current() ? GFP_KERNEL : GFP_ATOMIC;
}

/* ---- tasks ---- */

/* Fibers that are told apart. */
#define THREADS_KEPT 64

static int task_add(struct process *p)
{
	u32 n = p->nr_tasks;
	struct task_struct *t, **tasks;
	struct process_thread *threads;

	tasks = kmalloc_array(n + 1, sizeof(*tasks), process_gfp());
	threads = kcalloc(n + 1, sizeof(*threads), process_gfp());
	t = kernel_task_new(p->kernel, p->name);
	if (!tasks || !threads || !t) {
		kfree(tasks);
		kfree(threads);
		if (t)
			kernel_task_free(t);
		return -ENOMEM;
	}
	if (n) {
		memcpy(tasks, p->task, n * sizeof(*tasks));
		memcpy(threads, p->thread, n * sizeof(*threads));
		t->tgid = p->pid;
		t->group_leader = tasks[0];
	} else {
		p->pid = t->pid;
	}
	t->mm = t->active_mm = p->mm;
	t->files = (struct files_struct *)p;
	kfree(p->task);
	kfree(p->thread);
	p->task = tasks;
	p->thread = threads;
	p->task[n] = t;
	p->nr_tasks++;
	return 0;
}

struct process *process_current(void)
{
	struct task_struct *t = current;

	return t && t->files ? (struct process *)t->files : NULL;
}

/* The task that the fiber had, one that nobody had, a new one, or anybody's. */
static u32 thread_of(const struct process *p, const void *fiber)
{
	u32 i, any = p->nr_tasks;

	for (i = 0; i < p->nr_tasks; i++)
		if (!p->thread[i].busy && p->thread[i].fiber == fiber)
			return i;
	for (i = 0; i < p->nr_tasks; i++) {
		if (!p->thread[i].busy && !p->thread[i].fiber)
			return i;
		if (!p->thread[i].busy && any == p->nr_tasks)
			any = i;
	}
	return p->nr_tasks < THREADS_KEPT ? p->nr_tasks : any;
}

int process_enter(struct process *p, struct process_call *c)
{
	struct kernel_frame save;
	u32 i = thread_of(p, fiber_current());
	u64 cost;
	int err;

	if (i == p->nr_tasks) {
		kernel_enter(p->kernel, &save);
		err = task_add(p);
		kernel_leave(&save);
		if (err)
			return err;
	}
	c->p = p;
	c->task = i;
	p->thread[i].fiber = fiber_current();
	p->thread[i].busy = true;
	kernel_enter_as(p->kernel, p->task[i], &c->frame);
	cost = mm_get_costs(p->kernel)->syscall_ps;
	kernel_spend(cost);
	return 0;
}

void process_leave(struct process_call *c)
{
	kernel_leave(&c->frame);
	c->p->thread[c->task].busy = false;
}

/* ---- life ---- */

static void process_free(struct process *p)
{
	u32 i;

	for (i = 0; i < p->nr_tasks; i++)
		kernel_task_free(p->task[i]);
	kfree(p->task);
	kfree(p->thread);
	kfree(p->fd);
	kfree(p);
}

struct process *process_new(struct kernel *k, const char *name, u32 node)
{
	struct kernel_frame save;
	struct process *p;

	kernel_enter(k, &save);
	p = kzalloc(sizeof(*p), process_gfp());
	if (p) {
		p->kernel = k;
		strscpy(p->name, name, sizeof(p->name));
		p->mm = mm_create(k, node > S16_MAX ? -1 : (int)node);
		if (p->mm && task_add(p)) {
			mmput(p->mm);
			p->mm = NULL;
		}
		if (!p->mm) {
			process_free(p);
			p = NULL;
		} else {
			process_fd_lookup(k);
		}
	}
	kernel_leave(&save);
	return p;
}

/* As do_exit(): the address space goes first (devices lose it), then the files. */
void process_exit(struct process *p)
{
	struct process_call c;
	struct kernel_frame save;
	struct mm_struct *mm = p->mm;
	u32 i;

	/* Cannot fail: the first task is free. */
	if (process_enter(p, &c))
		return;
	current->flags |= PF_EXITING;
	for (i = 0; i < p->nr_tasks; i++)
		p->task[i]->mm = p->task[i]->active_mm = NULL;
	mmput(mm);
	process_close_all(p);
	process_leave(&c);
	kernel_enter(p->kernel, &save);
	process_free(p);
	kernel_leave(&save);
}

struct kernel *process_kernel(const struct process *p)
{
	return p->kernel;
}

const char *process_name(const struct process *p)
{
	return p->name;
}

u32 process_pid(const struct process *p)
{
	return p->pid;
}

u32 process_pasid(const struct process *p)
{
	return p->mm->pasid ? 1u << 31 | p->mm->pasid : 0;
}
