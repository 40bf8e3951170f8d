/* SPDX-License-Identifier: GPL-2.0 */
/* What a processor of a hostile guest can do: any access to any address (bridge header). */
#ifndef TESTS_ATTACK_KERNEL_H
#define TESTS_ATTACK_KERNEL_H

#include "sim/core/types.h"

/*
 * All run on a fiber inside a kernel and go to its bus as they are: any width of 1, 2, 4 and 8, any
 * alignment, any physical address outside RAM.
 */
u64 atk_read(u64 pa, u32 width);
void atk_write(u64 pa, u32 width, u64 val);
u32 atk_config(u32 bdf, u32 off, u32 width);
void atk_config_write(u32 bdf, u32 off, u32 width, u32 val);
/* 64 bytes by MOVDIR64B; by ENQCMDS (1: retry). */
void atk_store(u64 pa, const void *desc);
int atk_enqueue(u64 pa, const void *desc);

/* Where the kernel put a BAR of its first DSA function. */
u64 atk_bar(u32 bar);
/* Memory of the kernel and its address for the function; stays until the kernel ends. */
void *atk_memory(u64 bytes, u64 *dma);

/* What a kernel makes when it first needs it, and keeps: its own work queue. */
void atk_warm_up(void);

/* Slots of the interrupt message store that the driver of the first DSA function has given out. */
u32 atk_ims_slots(void);

/* The physical Abort command on a queue of type mdev, as its host driver gives it; 0 or -errno. */
int atk_abort_queue(const char *wq);

#endif
