// SPDX-License-Identifier: GPL-2.0
// The words of the trace format: operations, instructions, columns, extras.
#include <string.h>

#include "sim/workload/trace_names.h"

#define OP(n) (1ull << (n))

const char *const trace_column_names[COL_COUNT + 1] = {
	"think", "t", "client", "wq", "instr", "op", "flags", "comp", "src", "dst", "size", NULL,
};
const char *const trace_loop_names[] = {"sync", "ring", "burst", "open", NULL};
const char *const trace_wait_names[] = {"poll", "umwait", "interrupt", NULL};
const char *const trace_instr_names[] = {"movdir64b", "enqcmd", "enqcmds", "write", "member", NULL};

/* Opcodes of DSA 1.x; others are written as numbers. */
static const struct {
	u8 code;
	const char *name;
} ops[] = {
	{0x03, "memmove"},     {0x04, "memfill"},    {0x05, "compare"},	  {0x06, "compval"},
	{0x01, "batch"},       {0x00, "noop"},	     {0x02, "drain"},	  {0x07, "delta_create"},
	{0x08, "delta_apply"}, {0x09, "dualcast"},   {0x10, "crc_gen"},	  {0x11, "copy_crc"},
	{0x12, "dif_check"},   {0x13, "dif_insert"}, {0x14, "dif_strip"}, {0x15, "dif_update"},
	{0x20, "cache_flush"},
};

#define OPS (sizeof(ops) / sizeof(ops[0]))
#define DIF (OP(0x12) | OP(0x13) | OP(0x14) | OP(0x15))
#define CRC (OP(0x10) | OP(0x11))
#define U32 0xffffffffull
#define U64 (~0ull)

const struct trace_extra trace_extras[] = {
	{"expect", OP(0x05) | OP(0x06), FIELD_W5, U64},
	{"delta", OP(0x07), FIELD_W5, U64},
	{"delta_max", OP(0x07), FIELD_W6, U64},
	{"expect_mask", OP(0x07), FIELD_W7, U64},
	{"delta_size", OP(0x08), FIELD_W5, U64},
	{"dst2", OP(0x09), FIELD_W5, U64},
	{"seed", CRC, FIELD_W5, U64},
	{"seed_addr", CRC, FIELD_W6, U64},
	{"dif_flags", DIF, FIELD_W5, U64},
	{"src_tags", OP(0x12) | OP(0x14) | OP(0x15), FIELD_W6, U64},
	{"dst_tags", OP(0x13) | OP(0x15), FIELD_W7, U64},
	{"w5", 0, FIELD_W5, U64},
	{"w6", 0, FIELD_W6, U64},
	{"w7", 0, FIELD_W7, U64},
	{"status", 0, FIELD_STATUS, 0xff},
	{"result", 0, FIELD_RESULT, 0xff},
	{"bytes", 0, FIELD_BYTES, U32},
	{"inth", 0, FIELD_INTH, 0xffff},
	{"rsvd", 0, FIELD_RSVD, 0xffff},
	{"word0", 0, FIELD_WORD0, U32},
	{"listed", OP(TRACE_OP_BATCH), FIELD_LISTED, U32},
	{NULL, 0, 0, 0},
};

const char *trace_op_name(u8 op)
{
	size_t i;

	for (i = 0; i < OPS; i++) {
		if (ops[i].code == op)
			return ops[i].name;
	}
	return NULL;
}

int trace_op_code(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < OPS; i++) {
		if (strlen(ops[i].name) == len && !memcmp(ops[i].name, name, len))
			return ops[i].code;
	}
	return -1;
}

const char *trace_instr_name(u8 instr)
{
	return instr <= TRACE_MEMBER ? trace_instr_names[instr] : NULL;
}
