/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel code of the driver tests, callable from the test program (bridge header). */
#ifndef TESTS_IDXD_CLIENT_KERNEL_H
#define TESTS_IDXD_CLIENT_KERNEL_H

#include "sim/core/types.h"

struct kclient;

/* All run on a fiber inside a kernel. NULL: no such queue for kernel clients. */
struct kclient *kclient_open(const char *wq, u32 bytes);
void kclient_close(struct kclient *c);
/* Copy @count times within the client's buffers, all at once; how many arrived whole. */
int kclient_copy(struct kclient *c, u32 count, bool poll);
/* The same in two steps: submit from a thread of its own, then wait for the end of all. */
int kclient_start(struct kclient *c, u32 count);
int kclient_finish(struct kclient *c);
/* How all submissions so far ended. */
struct kclient_sums {
	u32 ok, failed, canceled, lost, refused;
};
void kclient_sums(struct kclient *c, struct kclient_sums *s);
/* A CRC of @len bytes of value @fill; the value the device returned. */
u32 kclient_crc(struct kclient *c, u8 fill, u32 len);
/* An opcode the queue does not do, a length of 0: the errors. */
int kclient_bad(struct kclient *c, u8 opcode, u32 len);

#endif
