/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks: the part of task_struct that drivers look at (kernel/sched). */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/types.h>

struct mm_struct;
struct cred;
struct fiber;
struct kernel;
struct files_struct;
struct pid;

#define TASK_RUNNING	     0x0000
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_DEAD	     0x0080
#define TASK_WAKEKILL	     0x0100
#define TASK_NOLOAD	     0x0400
#define TASK_KILLABLE	     (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE	     (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL	     (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_EXITING   0x00000004
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD   0x00200000

#define TASK_COMM_LEN 16

struct task_struct {
	unsigned int __state;
	unsigned int flags; /* PF_* */
	pid_t pid, tgid;
	struct mm_struct *mm; /* NULL for kernel threads */
	struct mm_struct *active_mm;
	const struct cred *cred;
	struct files_struct *files; /* the file table of a simulated process */
	struct task_struct *group_leader;
	u64 sigpending; /* bit n: signal n + 1 */
	char comm[TASK_COMM_LEN];
	/* kapi's own */
	struct kernel *kernel;
	struct fiber *fiber; /* the fiber it runs or waits on, NULL when none */
	void *worker;	     /* the work queue worker it is */
	void *kthread;
	bool parked; /* waits in schedule(): the only place a wake-up may end */
	u32 usage;
	struct list_head kapi_node;
};

struct task_struct *kapi_current(void);
#define current kapi_current()

#define MAX_SCHEDULE_TIMEOUT LONG_MAX

/* Blocks unless the state is TASK_RUNNING; then it only gives others a turn. */
void schedule(void);
/* Jiffies left, 0 when the time is over. */
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_killable(long timeout);
long schedule_timeout_uninterruptible(long timeout);
void io_schedule(void);
void yield(void);
int wake_up_process(struct task_struct *p);
int wake_up_state(struct task_struct *p, unsigned int state);

#define set_current_state(s)   (current->__state = (s))
#define __set_current_state(s) (current->__state = (s))
#define get_current_state()    (current->__state)
int kapi_cond_resched(void); /* takes a moment, so that others get a turn */
#define cond_resched() kapi_cond_resched()

bool signal_pending(struct task_struct *p);
bool fatal_signal_pending(struct task_struct *p);
bool signal_pending_state(unsigned int state, struct task_struct *p);

struct task_struct *get_task_struct(struct task_struct *p);
void put_task_struct(struct task_struct *p);

static inline pid_t task_pid_nr(struct task_struct *p)
{
	return p->pid;
}

static inline pid_t task_tgid_nr(struct task_struct *p)
{
	return p->tgid;
}

#define task_pid_vnr		task_pid_nr
#define get_task_comm(buf, tsk) strscpy(buf, (tsk)->comm, sizeof(buf))

#endif
