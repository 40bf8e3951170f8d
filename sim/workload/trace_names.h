/* SPDX-License-Identifier: GPL-2.0 */
/* The words of the trace format that reader and writer share. */
#ifndef SIM_WORKLOAD_TRACE_NAMES_H
#define SIM_WORKLOAD_TRACE_NAMES_H

#include "sim/workload/trace.h"

enum trace_column {
	COL_THINK,
	COL_T,
	COL_CLIENT,
	COL_WQ,
	COL_INSTR,
	COL_OP,
	COL_FLAGS,
	COL_COMP,
	COL_SRC,
	COL_DST,
	COL_SIZE,
	COL_COUNT,
};

extern const char *const trace_column_names[COL_COUNT + 1];
extern const char *const trace_loop_names[];  /* by enum trace_loop, ends with NULL */
extern const char *const trace_wait_names[];  /* by enum trace_wait */
extern const char *const trace_instr_names[]; /* by enum trace_instr */

/* Opcode of batch: the one that has members. */
#define TRACE_OP_BATCH 0x01

enum trace_field {
	FIELD_STATUS,
	FIELD_RESULT,
	FIELD_BYTES,
	FIELD_INTH,
	FIELD_RSVD,
	FIELD_WORD0,
	FIELD_LISTED,
	FIELD_W5,
	FIELD_W6,
	FIELD_W7,
};

/* A named extra of a record; @ops: bit for each opcode below 64 it belongs to, 0: any. */
struct trace_extra {
	const char *name;
	u64 ops;
	u8 field; /* enum trace_field */
	u64 max;
};
extern const struct trace_extra trace_extras[]; /* ends with name NULL; aliases come first */

#endif
