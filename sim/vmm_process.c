// SPDX-License-Identifier: GPL-2.0
// A monitor's user process.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "sim/core/fiber.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "sim/vmm_process.h"

/* ---- beginning and end ---- */

int vmm_process_start(struct vmm_process *v, struct system *sys)
{
	struct process_map map = {.kind = PROCESS_MAP_ANON,
				  .len = VMM_BUFFERS * VMM_BUFFER,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	const struct plat_cpu *cpu = &system_platform(sys)->cpu;
	s64 va;

	v->user_exit_ps = cpu->vm_user_exit_ps;
	v->message_ps = 2 * (2 * cpu->syscall_ps + cpu->context_switch_ps);
	v->used = calloc(VMM_BUFFERS, 1);
	v->p = process_new(system_host(sys), "vmm", 0);
	va = v->used && v->p ? process_mmap(v->p, &map) : -ENOMEM;
	if (va < 0) {
		vmm_process_end(v);
		return (int)va;
	}
	v->buffers = (u64)va;
	return 0;
}

void vmm_process_end(struct vmm_process *v)
{
	struct process *p = v->p;

	/* No new calls; those under way come back first, as from a thread that is killed. */
	v->p = NULL;
	while (v->busy)
		fiber_sleep(1000000);
	if (p)
		process_exit(p);
	free(v->used);
	v->used = NULL;
}

/* ---- calls ---- */

void vmm_user_exit(struct vmm_process *v)
{
	v->crossings.user_exits++;
	fiber_sleep(v->user_exit_ps);
}

void vmm_message(struct vmm_process *v)
{
	v->crossings.syscalls += 4;
	fiber_sleep(v->message_ps);
}

/* A buffer for a call's data; 0: none, or nobody to call. */
static u64 buffer_get(struct vmm_process *v)
{
	u32 i;

	for (i = 0; v->p && i < VMM_BUFFERS; i++)
		if (!v->used[i]) {
			v->used[i] = 1;
			v->busy++;
			return v->buffers + i * VMM_BUFFER;
		}
	return 0;
}

static void buffer_put(struct vmm_process *v, u64 va)
{
	v->used[(va - v->buffers) / VMM_BUFFER] = 0;
	v->busy--;
}

/* The program's own stores come first: its page is there then. */
static int fill(struct process *p, u64 va, const void *buf, u32 len)
{
	int rc = process_touch(p, va, len, true);

	return rc || !buf ? rc : process_copy_out(p, va, buf, len);
}

s64 vmm_pread(struct vmm_process *v, int fd, u64 pos, void *buf, u32 len)
{
	u64 va = buffer_get(v);
	struct process *p = v->p;
	s64 rc;

	if (!va)
		return -EIO;
	v->crossings.syscalls++;
	rc = fill(p, va, NULL, len);
	if (!rc)
		rc = process_read(p, fd, va, len, &pos);
	if (rc > 0 && process_copy_in(p, buf, va, (u64)rc))
		rc = -EFAULT;
	buffer_put(v, va);
	return rc;
}

s64 vmm_pwrite(struct vmm_process *v, int fd, u64 pos, const void *buf, u32 len)
{
	u64 va = buffer_get(v);
	struct process *p = v->p;
	s64 rc;

	if (!va)
		return -EIO;
	v->crossings.syscalls++;
	rc = fill(p, va, buf, len);
	if (!rc)
		rc = process_write(p, fd, va, len, &pos);
	buffer_put(v, va);
	return rc;
}

s64 vmm_ioctl(struct vmm_process *v, int fd, u32 cmd, void *arg, u32 len)
{
	u64 va = buffer_get(v);
	struct process *p = v->p;
	s64 rc;

	if (!va)
		return -EIO;
	v->crossings.syscalls++;
	rc = fill(p, va, arg, len);
	if (!rc)
		rc = process_ioctl(p, fd, cmd, va);
	if (rc >= 0 && process_copy_in(p, arg, va, len))
		rc = -EFAULT;
	buffer_put(v, va);
	return rc;
}

s64 vmm_ioctl_val(struct vmm_process *v, int fd, u32 cmd, u64 val)
{
	s64 rc = -EIO;

	if (v->p) {
		v->busy++;
		v->crossings.syscalls++;
		rc = process_ioctl(v->p, fd, cmd, val);
		v->busy--;
	}
	return rc;
}

int vmm_open(struct vmm_process *v, const char *path)
{
	int fd = -EIO;

	if (v->p) {
		v->busy++;
		v->crossings.syscalls++;
		fd = process_open(v->p, path);
		v->busy--;
	}
	return fd;
}

void vmm_close(struct vmm_process *v, int fd)
{
	if (!v->p || fd < 0)
		return;
	v->busy++;
	v->crossings.syscalls++;
	process_close(v->p, fd);
	v->busy--;
}

void vmm_munmap(struct vmm_process *v, u64 va, u64 len)
{
	if (!v->p)
		return;
	v->busy++;
	v->crossings.syscalls++;
	process_munmap(v->p, va, len);
	v->busy--;
}

s64 vmm_mmap(struct vmm_process *v, int fd, u64 off, u64 len)
{
	struct process_map map = {.kind = PROCESS_MAP_DEVICE,
				  .len = len,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .fd = fd,
				  .offset = off,
				  .node = -1};
	s64 va = -EIO;

	if (v->p) {
		v->busy++;
		v->crossings.syscalls++;
		va = process_mmap(v->p, &map);
		v->busy--;
	}
	return va;
}

s64 vmm_call(struct vmm_process *v, s64 (*fn)(void *arg), void *arg)
{
	s64 rc = -EIO;

	if (v->p) {
		v->busy++;
		v->crossings.syscalls++;
		rc = process_syscall(v->p, fn, arg);
		v->busy--;
	}
	return rc;
}
