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
/* The completion record of the last operation, 32 bytes. */
void gclient_record(const struct gclient *c, u8 *record);
/* Moves 64 bytes from DMA address @src, which need not be the kernel's; status of the record. */
int gclient_read_at(struct gclient *c, u64 src);
/* @count moves of 64 KiB without record or interrupt, past the driver's count of queue entries. */
void gclient_flood(struct gclient *c, u32 count);
/* A no-op that asks for interrupt handle @handle, whosever it is; status of its record. */
int gclient_forge(struct gclient *c, u32 handle);
/*
 * Moves @bytes as gclient_move(), by posted stores to the queue's unlimited page, past the driver:
 * after @before operations without record. @pieces: eight stores of 8 bytes for each descriptor.
 */
int gclient_posted_move(struct gclient *c, u32 bytes, u32 seed, u32 before, bool pieces);
/* Writes an empty descriptor to portal page @page of queue @wq, whatever the
 * driver thinks of it. */
void gclient_raw_submit(u32 wq, u32 page);

/* Accesses to the first DSA function that no driver would make. Registers are those of BAR 0 as the
 * kernel assigned it. */
u32 gclient_config(u32 off, u32 width);
void gclient_config_write(u32 off, u32 width, u32 val);
u64 gclient_reg(u32 off, u32 width);
void gclient_reg_write(u32 off, u32 width, u64 val);
/* Puts the BARs where the kernel thinks they are, and lets the function decode and master. */
void gclient_repair(void);

#endif
