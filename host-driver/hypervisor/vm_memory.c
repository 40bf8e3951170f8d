// SPDX-License-Identifier: GPL-2.0
/* How guest memory becomes resident: pinned at the start, or at the first access. */
#include <linux/errno.h>

#include "host-driver/hypervisor/vm_priv.h"

int vm_memory_touch(struct vm *vm, u64 gpa, u64 bytes)
{
	if (gpa < vm->ram_base || bytes > vm->cfg.ram_bytes ||
	    gpa - vm->ram_base > vm->cfg.ram_bytes - bytes)
		return -EFAULT;
	return 0;
}

int vm_memory_take(struct vm *vm, u64 gpa, u64 bytes)
{
	return -EOPNOTSUPP;
}
