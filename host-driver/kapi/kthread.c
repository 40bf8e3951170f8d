// SPDX-License-Identifier: GPL-2.0
/* Kernel threads (kernel/kthread.c). */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

struct kthread {
	struct task_struct *task;
	int (*fn)(void *data);
	void *data;
	int result;
	bool should_stop;
	struct completion exited;
};

static void kthread_main(void *arg)
{
	struct kthread *kt = arg;

	/* Born asleep: wake_up_process() or kthread_stop() lets it go. */
	if (!kt->should_stop && kt->task->__state != TASK_RUNNING)
		schedule();
	kt->result = kt->should_stop ? -EINTR : kt->fn(kt->data);
	complete_all(&kt->exited);
}

struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *fmt, ...)
{
	struct kernel *k = kapi_kernel();
	struct kthread *kt = kapi_host_alloc(k, sizeof(*kt));
	char name[TASK_COMM_LEN];
	va_list args;

	if (!kt)
		return ERR_PTR(-ENOMEM);
	va_start(args, fmt);
	vscnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	kt->fn = fn;
	kt->data = data;
	init_completion(&kt->exited);
	kt->task = kapi_task_alloc(k, name);
	if (!kt->task)
		return ERR_PTR(-ENOMEM);
	kt->task->kthread = kt;
	kt->task->__state = TASK_UNINTERRUPTIBLE;
	if (kapi_run(k, kthread_main, kt, name, kt->task, true)) {
		put_task_struct(kt->task);
		return ERR_PTR(-ENOMEM);
	}
	return kt->task;
}

int kthread_stop(struct task_struct *task)
{
	struct kthread *kt = task->kthread;

	get_task_struct(task);
	kt->should_stop = true;
	wake_up_process(task);
	wait_for_completion(&kt->exited);
	put_task_struct(task);
	return kt->result;
}

bool kthread_should_stop(void)
{
	const struct kthread *kt = current->kthread;

	return kt && kt->should_stop;
}

void kthread_bind(struct task_struct *k, unsigned int cpu)
{
}
