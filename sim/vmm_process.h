/* SPDX-License-Identifier: GPL-2.0 */
/* A monitor's user process: its system calls on behalf of virtual processors, and their price. */
#ifndef SIM_VMM_PROCESS_H
#define SIM_VMM_PROCESS_H

#include "sim/core/types.h"
#include "sim/monitor.h"

struct process;
struct system;
struct vm;

struct vmm_process {
	struct process *p; /* NULL: killed */
	u64 buffers;	   /* where its calls' data lie, VMM_BUFFERS of VMM_BUFFER bytes */
	u8 *used;
	u32 busy; /* calls under way */
	u64 user_exit_ps;
	u64 message_ps; /* to a server's process and its answer back */
	struct monitor_crossings crossings;
};

#define VMM_BUFFER  2048u
#define VMM_BUFFERS 256u

/* 0, -ENOMEM. On a fiber of the host, as the rest. */
int vmm_process_start(struct vmm_process *v, struct system *sys);
void vmm_process_end(struct vmm_process *v);

/* The virtual processor's thread returns to the program; the way back is in the price. */
void vmm_user_exit(struct vmm_process *v);

/*
 * A message to a device's server and its answer, as the vfio-user protocol has them, over a socket:
 * two system calls and a switch of threads each way. What the server does meanwhile comes on top.
 */
void vmm_message(struct vmm_process *v);

/*
 * A call's data: @len <= VMM_BUFFER bytes. Each returns what the system call does, -EIO when the
 * process is gone.
 */
s64 vmm_pread(struct vmm_process *v, int fd, u64 pos, void *buf, u32 len);
s64 vmm_pwrite(struct vmm_process *v, int fd, u64 pos, const void *buf, u32 len);
/* @arg is copied in, and what the call left of it copied out. */
s64 vmm_ioctl(struct vmm_process *v, int fd, u32 cmd, void *arg, u32 len);
/* ioctl with a plain value. */
s64 vmm_ioctl_val(struct vmm_process *v, int fd, u32 cmd, u64 val);
int vmm_open(struct vmm_process *v, const char *path);
/* Nothing with @fd -1. */
void vmm_close(struct vmm_process *v, int fd);
void vmm_munmap(struct vmm_process *v, u64 va, u64 len);
s64 vmm_mmap(struct vmm_process *v, int fd, u64 off, u64 len);
/* A hypervisor's call as the process. */
s64 vmm_call(struct vmm_process *v, s64 (*fn)(void *arg), void *arg);

#endif
