/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of a simulated process: its descriptors, tasks and address space. */
#ifndef PROCESS_PRIV_H
#define PROCESS_PRIV_H

#include <linux/types.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"

struct eventfd_ctx;
struct file;
struct mm_struct;
struct task_struct;

#define PROCESS_NAME_LEN 16
#define PROCESS_FDS_MAX	 1024 /* as RLIMIT_NOFILE */

struct process_eventfd {
	struct eventfd_ctx *ctx;
	process_eventfd_fn *woken;
	void *arg;
};

/* One descriptor: a file, an eventfd, reserved for one of them, or free. */
struct process_fd {
	struct file *file;
	struct process_eventfd *event;
	bool reserved;
};

struct process {
	struct kernel *kernel;
	struct mm_struct *mm;
	char name[PROCESS_NAME_LEN];
	u32 pid;
	/*
	 * Tasks: the first is the process itself. A fiber is a thread of it and calls as the same
	 * task each time, as long as there are not too many.
	 */
	struct task_struct **task;
	struct process_thread {
		const void *fiber;
		bool busy;
	} * thread;
	u32 nr_tasks;
	struct process_fd *fd;
	u32 nr_fds;
};

/* A call into the kernel, as one of the process's tasks. */
struct process_call {
	struct process *p;
	u32 task;
	struct kernel_frame frame;
};
/* -ENOMEM when no task can be had. Takes the time of a system call. */
int process_enter(struct process *p, struct process_call *c);
void process_leave(struct process_call *c);

/* The open file behind @fd with a reference (kfile_put()), NULL. */
struct file *process_file_get(struct process *p, int fd);
void process_close_all(struct process *p);
/* Gives current its process back, NULL for kernel threads. */
struct process *process_current(void);
/* Descriptors for the kernel's own calls: fget(), eventfd_ctx_fdget() ... */
void process_fd_lookup(struct kernel *k);

#endif
