// SPDX-License-Identifier: GPL-2.0
// Completion records: encoding of a result into the 32 bytes of clause 5.10.

#include "model/dsa/desc.h"
#include "model/dsa/record.h"

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

bool dsa_record_wanted(u32 flags, u8 status)
{
	if (!(flags & IDXD_OP_FLAG_CRAV))
		return false;
	return (flags & IDXD_OP_FLAG_RCR) ||
	       (status != DSA_COMP_SUCCESS && status != DSA_COMP_SUCCESS_PRED &&
		status != DSA_COMP_BATCH_FAIL);
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

void dsa_record_build(const struct dsa_result *res, bool fault_info, u8 rec[32])
{
	memset(rec, 0, 32);
	rec[0] = res->status & DSA_RECORD_STATUS;
	rec[1] = res->result;
	dsa_st32(rec + 4, res->bytes_completed);
	if (res->fault) {
		if (res->fault_write && has_write_bit(res->status))
			rec[0] |= DSA_RECORD_FAULT_WRITE;
		if (fault_info)
			rec[DSA_FAULT_INFO_OFFSET] =
				SPEC_PREP(DSA_FAULT_INFO_OPERAND, res->fault_role + 1) |
				(res->fault_masked ? DSA_FAULT_INFO_MASKED : 0);
		if (!res->fault_masked)
			dsa_st64(rec + 8, res->fault_addr);
	}
	memcpy(rec + 16, res->op_specific, sizeof(res->op_specific));
}
