// SPDX-License-Identifier: GPL-2.0
// Completion records: encoding of a result into the 32 bytes of clause 5.10.

#include "model/dsa/desc.h"
#include "model/dsa/record.h"
#include "sim/core/hint.h"

void dsa_result_error(struct dsa_result *res, u8 status, u32 bad_flags)
{
	memset(res, 0, sizeof(*res));
	res->status = status;
	dsa_st32(res->op_specific, bad_flags & DSA_DESC1_FLAGS);
}

void dsa_result_fault(struct dsa_result *res, u8 status, enum dsa_role role, u64 addr, bool write,
		      u32 bytes_completed)
{
	memset(res, 0, sizeof(*res));
	res->status = status;
	res->fault = true;
	res->fault_write = write;
	res->fault_role = role;
	res->fault_addr = addr;
	res->bytes_completed = bytes_completed;
}

/* Status codes with which bit 7 of byte 0 means something (6.2). */
static bool has_write_bit(u8 status)
{
	switch (status) {
	case DSA_COMP_PAGE_FAULT_NOBOF:
	case DSA_COMP_PAGE_FAULT_IR:
	case DSA_COMP_BATCH_PAGE_FAULT:
	case DSA_COMP_CRA_XLAT:
	case DSA_COMP_PFAULT_RDBA:
		return true;
	}
	return false;
}

void sim_hot dsa_record_words(const struct dsa_result *res, bool fault_info, u64 rec[4])
{
	/* Bytes 0 and 1, then fault information, then bytes 4 .. 7. */
	rec[0] = (res->status & DSA_RECORD_STATUS) | (u64)res->result << 8 |
		 (u64)res->bytes_completed << 32;
	rec[1] = 0;
	memcpy(rec + 2, res->op_specific, sizeof(res->op_specific));
	if (!res->fault)
		return;
	if (res->fault_write && has_write_bit(res->status))
		rec[0] |= DSA_RECORD_FAULT_WRITE;
	if (fault_info)
		rec[0] |= (u64)(SPEC_PREP(DSA_FAULT_INFO_OPERAND, res->fault_role + 1) |
				(res->fault_masked ? DSA_FAULT_INFO_MASKED : 0))
			  << 8 * DSA_FAULT_INFO_OFFSET;
	if (!res->fault_masked)
		rec[1] = res->fault_addr;
}

void dsa_record_build(const struct dsa_result *res, bool fault_info, u8 rec[32])
{
	u64 words[4];

	dsa_record_words(res, fault_info, words);
	memcpy(rec, words, sizeof(words));
}
