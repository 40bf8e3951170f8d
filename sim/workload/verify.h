/* SPDX-License-Identifier: GPL-2.0 */
/* Data mode verify: every client checks the effect of every operation on memory. */
#ifndef SIM_WORKLOAD_VERIFY_H
#define SIM_WORKLOAD_VERIFY_H

#include "sim/workload/workload_priv.h"

/* Look-up tables of the checks' own CRCs, which share no code with the model's. */
struct verify_tables {
	u32 crc32c[8][256]; /* [k]: of a byte with k zero bytes behind it */
	u16 t10[8][256];
};
void verify_tables_init(struct verify_tables *t);

/*
 * Before the submission of the unit in @s: notes which memory it uses. What overlaps another
 * operation in flight, and one of the two writes there, can't be judged. 0 or -ENOMEM.
 */
int verify_issue(struct client *c, struct slot *s);
/* The unit's completion (or loss) is seen: checks what can be judged, forgets its memory. */
void verify_done(struct client *c, struct slot *s);
/* Does no operation in flight use [addr, addr + len)? */
bool verify_free_range(struct space *s, u64 addr, u64 len);
/* The program itself writes there: operations in flight that use it can't be judged. */
void verify_written(struct space *s, u64 addr, u64 len);
void verify_free(struct space *s);

/*
 * The effect of a successful operation: NULL, or what is wrong with it. @rec: its record, NULL when
 * it asked for none. @again: submitted again after faults, so that the record tells of the last
 * part only. @sum: verify_sum() at its submission.
 */
const char *verify_op(struct space *s, const struct verify_tables *t, const u8 *desc, const u8 *rec,
		      bool again, u64 sum);
/* What the check must know of memory before the operation: sum of a source that it overwrites. */
u64 verify_sum(struct space *s, const u8 *desc);

#endif
