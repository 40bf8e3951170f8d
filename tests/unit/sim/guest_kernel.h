/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel code of the guest tests: single operations on a kernel queue (bridge header). */
#ifndef TESTS_GUEST_KERNEL_H
#define TESTS_GUEST_KERNEL_H

#include "sim/core/types.h"

struct gclient;

/* All run on a fiber inside a kernel. NULL: no such queue for kernel clients. */
struct gclient *gclient_open(const char *wq);
void gclient_close(struct gclient *c);
/* Done by interrupt, or with @poll by looking. 0, or the driver's error. */
int gclient_noop(struct gclient *c, bool poll);
/* Moves @bytes (at most 64 KiB) whose value depends on @seed; -EILSEQ: the data is not there. */
int gclient_move(struct gclient *c, u32 bytes, u32 seed, bool poll);
/* Moves 64 bytes from DMA address @src, which need not be the kernel's; status of the record. */
int gclient_read_at(struct gclient *c, u64 src);
/* A configuration space access to the first function. */
u32 gclient_config(u32 off, u32 width);
void gclient_config_write(u32 off, u32 width, u32 val);

#endif
