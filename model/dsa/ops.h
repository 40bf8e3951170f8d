/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of a DSA engine: what each descriptor touches and what it does to memory, without
 * any time. */
#ifndef MODEL_DSA_OPS_H
#define MODEL_DSA_OPS_H

#include <string.h>

#include "sim/core/types.h"

/*
 * Life of one descriptor:
 *
 *   dsa_check()    check.h: is it well formed, for this WQ of this device?
 *   dsa_plan()     which addresses will it touch, in which direction?
 *   (the engine translates each operand of the plan into spans)
 *   dsa_execute()  does it, or as much of it as is translated
 *   dsa_record_build()  record.h: the 32 bytes that software sees
 *
 * Everything but dsa_check() takes descriptors that passed dsa_check(). No
 * function here allocates, keeps state or can fail.
 */

/* What an access is for. A role's number is the record's fault operand (5.10) less one. */
enum dsa_role {
	DSA_ROLE_SRC1, /* source, source 1, Apply Delta's record, batch list, readback 1 */
	DSA_ROLE_SRC2, /* source 2, CRC seed, readback 2 */
	DSA_ROLE_DST1, /* destination, destination 1, Create Delta's record */
	DSA_ROLE_DST2,
	DSA_ROLE_DATA_COUNT, /* the roles above are those of a plan's operands */
	DSA_ROLE_RECORD = DSA_ROLE_DATA_COUNT,
	DSA_ROLE_SGL,
	DSA_ROLE_COUNT,
};

/* How the length of an operand follows from the descriptor. */
enum dsa_len {
	DSA_LEN_XFER,	   /* transfer size */
	DSA_LEN_LIST,	   /* 64 bytes for each descriptor of a batch */
	DSA_LEN_ZERO,	   /* Drain's readbacks: the address alone */
	DSA_LEN_SEED,	   /* 4 bytes, CRC64: 8 */
	DSA_LEN_DELTA_MAX, /* u32 at byte 48 */
	DSA_LEN_DELTA,	   /* u32 at byte 40 */
	DSA_LEN_DIF_ADD,   /* transfer size plus 8 bytes a block */
	DSA_LEN_DIF_STRIP, /* transfer size less 8 bytes a block */
	DSA_LEN_DIX,	   /* 8 bytes a block */
};

/* How an operation's size is checked (5.4), beside the rules each operand has. */
enum dsa_size_rule {
	DSA_SIZE_NONE,	 /* no size field */
	DSA_SIZE_XFER,	 /* 1 .. the WQ's maximum transfer */
	DSA_SIZE_REGION, /* the same, and the region ends within 2^64 */
	DSA_SIZE_BATCH,	 /* descriptor count */
	DSA_SIZE_CR_DELTA,
	DSA_SIZE_AP_DELTA,
	DSA_SIZE_DIF_DATA,   /* whole blocks of data */
	DSA_SIZE_DIF_TAGGED, /* whole blocks of data and tags */
};

struct dsa_op_operand {
	u8 role;   /* enum dsa_role */
	u8 offset; /* of the address in the descriptor */
	u8 len;	   /* enum dsa_len */
	bool write;
	u8 align;    /* required alignment of the address in bytes, 0 or 1: none */
	u32 tc_flag; /* the flag that selects traffic class B for it */
	u32 when;    /* the operand exists only when this flag is set; 0: always */
};

#define DSA_OP_MAX_OPERANDS 3

/* One row per opcode; check, plan, the documentation and the tests are driven by it. */
struct dsa_op_info {
	const char *name;  /* NULL: opcode not defined */
	u8 version;	   /* major architecture version that brought it: 1, 2, 3 */
	bool implemented;  /* the model executes it */
	bool bof;	   /* may block on fault */
	bool record;	   /* CRAV and RCR must be set */
	bool in_batch;	   /* allowed as a batch member */
	bool dst_equal_12; /* destinations must agree in address bits 11:0 */
	bool overlap_cap;  /* overlap allowed when GENCAP has overlapping copy */
	u8 size_rule;	   /* enum dsa_size_rule */
	u8 noperands;
	u32 flags;   /* flags 23:0 it knows, without BOF and the always allowed ones */
	u64 rsvd[6]; /* must-be-zero bits of descriptor qwords 2..7 */
	struct dsa_op_operand operand[DSA_OP_MAX_OPERANDS];
};

#define DSA_OP_TABLE_SIZE 0x40

extern const struct dsa_op_info dsa_op_table[DSA_OP_TABLE_SIZE];

/* The row of an opcode, or NULL when it is not defined. */
const struct dsa_op_info *dsa_op_find(u8 opcode);

/* ---- Plan ---- */

struct dsa_plan_operand {
	u64 addr; /* as in the descriptor: PASID-relative virtual */
	u64 len;  /* bytes; addr + len may pass 2^64, the bytes beyond never translate */
	u8 role;  /* enum dsa_role, < DSA_ROLE_DATA_COUNT */
	bool write;
	bool tc_b; /* uses the group's traffic class B */
	u8 offset; /* of the address in the descriptor */
};

struct dsa_plan {
	u64 shape; /* dsa_plan_shape() of its descriptor when that decides all but addresses, or 0
		    */
	u32 noperands;
	/*
	 * Memory Move onto a destination that overlaps the source from above is
	 * done from the last byte down (5.4): translate from the end, see
	 * dsa_operand.from_end.
	 */
	bool backward;
	u64 stride;	/* Translation Fetch: only one page each so many bytes; else 0 */
	u64 read_bytes; /* sum of the lengths of what is read, at most */
	u64 write_bytes;
	struct dsa_plan_operand operand[DSA_OP_MAX_OPERANDS];
};

/*
 * What a checked descriptor will access, in the order in which accesses are
 * reported when several fault at the same byte. Data dependent operations
 * (deltas, compares) are planned at their full length. The batch list, the
 * readback addresses of Drain (length 0: translate the address alone) and the
 * region of Translation Fetch are planned like operands, and executed by the
 * engine. The completion record is not in the plan.
 */
void dsa_plan(const u8 desc[64], struct dsa_plan *plan);

/* Opcode, flags and size. */
static inline u64 dsa_plan_shape(const u8 *desc)
{
	u32 dw1, size;

	memcpy(&dw1, desc + 4, sizeof(dw1));
	memcpy(&size, desc + 32, sizeof(size));
	return (u64)dw1 << 32 | size;
}
/* @plan is that of a descriptor of the same shape: only the addresses are new. */
void dsa_plan_again(const u8 desc[64], struct dsa_plan *plan);

/* ---- Execution ---- */

/* A piece of an operand that is contiguous in simulated memory, as host memory. */
struct dsa_span {
	u8 *ptr;
	u64 len; /* may be longer than needed in the last span */
};

/* One operand after translation. */
struct dsa_operand {
	const struct dsa_span *span; /* in ascending order of virtual address */
	u32 nspans;
	/*
	 * The spans' total covers at least `avail` bytes: the first ones of the
	 * operand, or with from_end exactly the last ones. avail >= the planned
	 * length: no fault. Otherwise the operand faults behind (below) them.
	 */
	bool from_end;
	u8 fault_status; /* DSA_COMP_PAGE_FAULT_NOBOF (also when 0), .._IR, 0x20, 0x21, 0x22 */
	u64 avail;
	u64 fault_addr; /* reported when the operation gets there */
};

/* What became of a descriptor. Everything that the record holds, before encoding. */
struct dsa_result {
	u8 status;	/* DSA_COMP_* or DSA_STATUS_* */
	u8 result;	/* record byte 1 */
	u8 fault_role;	/* enum dsa_role */
	bool fault : 1; /* fault_* hold something */
	bool fault_write : 1;
	bool fault_masked : 1; /* the address is not to be shown */
	u32 bytes_completed;
	u64 fault_addr;
	u8 op_specific[16]; /* record bytes 16..31 */
	/*
	 * Bytes actually read (written) through each operand, also on partial
	 * completion. Cache Flush: bytes whose lines were flushed. Not part of
	 * the record; for timing and for conservation checks.
	 */
	u64 moved[DSA_ROLE_DATA_COUNT];
};

/* Operands by role: entries that the plan does not name are not looked at. */
struct dsa_exec {
	struct dsa_operand operand[DSA_ROLE_DATA_COUNT];
	struct dsa_result res; /* out */
};

/*
 * Performs a checked descriptor on the translated operands and fills x->res.
 * Writes nothing outside the spans. No-op, Drain and Translation Fetch touch
 * no memory (the latter two still report a fault of an operand); Batch is the
 * engine's and must not be passed.
 */
void dsa_execute(const u8 desc[64], struct dsa_exec *x);

/* What a trace says about the outcome of an operation whose payload is not simulated. */
struct dsa_payload_hint {
	bool valid;	     /* else: equal, success, CRC 0 */
	u8 status;	     /* 0x07, 0x08, 0x09: Apply Delta or DIF error; else ignored */
	u8 result;	     /* compare, Create Delta: Result; DIF: error bits */
	u32 bytes_completed; /* offset of the difference or of the error */
	u32 delta_size;	     /* Create Delta, multiple of 10 */
	u64 crc;
};

/*
 * The same without payload: spans are not used and may be NULL; avail, fault
 * status and address count as in dsa_execute(). `hint` may be NULL.
 */
void dsa_execute_none(const u8 desc[64], struct dsa_exec *x, const struct dsa_payload_hint *hint);

#endif
