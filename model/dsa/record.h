/* SPDX-License-Identifier: GPL-2.0 */
/* The 32-byte completion record: when one is written, and its bytes. */
#ifndef MODEL_DSA_RECORD_H
#define MODEL_DSA_RECORD_H

#include <linux/idxd.h>

#include "model/dsa/ops.h"
#include "sim/core/types.h"

/* A result that is just an error: everything else zero. bad_flags goes with status 0x11. */
void dsa_result_error(struct dsa_result *res, u8 status, u32 bad_flags);

/*
 * A result that is a fault outside of dsa_execute(): 06 on the batch list, 1A
 * on the record, 1F on a readback address, 04, 22. bytes_completed: 06 only.
 */
void dsa_result_fault(struct dsa_result *res, u8 status, enum dsa_role role, u64 addr, bool write,
		      u32 bytes_completed);

/*
 * Must a record be written (5.2)? With the record address valid, and asked for
 * or anything else than plain success (01, 02, 05) to tell.
 */
static inline bool dsa_record_wanted(u32 flags, u8 status)
{
	if (!(flags & IDXD_OP_FLAG_CRAV))
		return false;
	return (flags & IDXD_OP_FLAG_RCR) ||
	       (status != DSA_COMP_SUCCESS && status != DSA_COMP_SUCCESS_PRED &&
		status != DSA_COMP_BATCH_FAIL);
}

/*
 * Encodes the record (5.10). fault_info: GENCAP has the Fault Info field; byte 2
 * stays 0 without. Unused bytes are 0. A masked fault address reads as 0.
 */
void dsa_record_build(const struct dsa_result *res, bool fault_info, u8 rec[32]);
/* The same as words, of which the first holds the status. */
void dsa_record_words(const struct dsa_result *res, bool fault_info, u64 rec[4]);

#endif
