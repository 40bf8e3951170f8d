/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel code of the driver tests, callable from the test program (bridge header). */
#ifndef TESTS_IDXD_CLIENT_KERNEL_H
#define TESTS_IDXD_CLIENT_KERNEL_H

#include "sim/core/types.h"

struct tclient;

/* All run on a fiber inside a kernel. NULL: no such queue for kernel clients. */
struct tclient *tclient_open(const char *wq, u32 bytes);
void tclient_close(struct tclient *c);
/* Copy @count times within the client's buffers, all at once; how many arrived whole. */
int tclient_copy(struct tclient *c, u32 count, bool poll);
/* The same in two steps: submit from a thread of its own, then wait for the end of all. */
int tclient_start(struct tclient *c, u32 count);
int tclient_finish(struct tclient *c);
/* How all submissions so far ended. */
struct tclient_sums {
	u32 ok, failed, canceled, lost, refused;
};
void tclient_sums(struct tclient *c, struct tclient_sums *s);
/* A CRC of @len bytes of value @fill; the value the device returned. */
u32 tclient_crc(struct tclient *c, u8 fill, u32 len);
/* An opcode the queue does not do, a length of 0: the errors. */
int tclient_bad(struct tclient *c, u8 opcode, u32 len);

#endif
