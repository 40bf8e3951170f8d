// SPDX-License-Identifier: GPL-2.0
// The words of the trace format: operations, instructions, columns, extras.
#include "sim/workload/trace_names.h"

#define OP(n) (1ull << (n))

const char *const trace_column_names[COL_COUNT + 1] = {
	"think", "t", "client", "wq", "instr", "op", "flags", "comp", "src", "dst", "size", NULL,
};
const char *const trace_loop_names[] = {"sync", "ring", "burst", "open", NULL};
const char *const trace_wait_names[] = {"poll", "umwait", "interrupt", NULL};
const char *const trace_instr_names[] = {"movdir64b", "enqcmd", "enqcmds", "write", "member", NULL};

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

const char *trace_instr_name(u8 instr)
{
	return instr <= TRACE_MEMBER ? trace_instr_names[instr] : NULL;
}
