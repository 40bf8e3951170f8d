// SPDX-License-Identifier: GPL-2.0
// The table of DSA operations: fields, flags, reserved bits, operands.

#include "model/dsa/desc.h"
#include "model/dsa/ops.h"

/* Cache control: bits 14, 8, 5. Which of them a device has is dsa_caps_prepare()'s matter. */
#define CC  (IDXD_OP_FLAG_CC | IDXD_OP_FLAG_DRDBK | DSA_FLAG_CACHE_CONTROL3)
#define CHK IDXD_OP_FLAG_CR
#define SO  IDXD_OP_FLAG_STORD
#define T1  IDXD_OP_FLAG_ADDR1_TCS
#define T2  IDXD_OP_FLAG_ADDR2_TCS
#define T3  IDXD_OP_FLAG_ADDR3_TCS
#define CRC_FLAGS                                                                                  \
	(DSA_FLAG_CRC_READ_SEED | DSA_FLAG_CRC_BYPASS_REFLECT | DSA_FLAG_CRC_BYPASS_DATA |         \
	 DSA_FLAG_CRC64)

/*
 * Reserved bits by descriptor qword: 16, 24, 32, 40, 48, 56. In qword 32 the
 * bytes 38-39 are reserved for all, the interrupt handle (36-37) by its flag.
 */
#define ALL	     (~0ull)
#define HI32	     0xffffffff00000000ull
#define B38	     0xffff000000000000ull
#define NOSIZE	     (B38 | 0xffffffffull)
#define DIF_RSVD     0xfffffffffff00000ull /* bytes 43-47, high half of the DIF flags */
#define DIF_NO_SRC   0xffull
#define DIF_NO_DST   0xff00ull
#define DIF_DST_RSVD 0x0700ull /* destination flags 2:0 */

#define RD(r, o, l, t)                                                                             \
	{                                                                                          \
		.role = DSA_ROLE_##r, .offset = o, .len = DSA_LEN_##l, .tc_flag = t                \
	}
#define WR(r, o, l, t)                                                                             \
	{                                                                                          \
		.role = DSA_ROLE_##r, .offset = o, .len = DSA_LEN_##l, .tc_flag = t, .write = true \
	}
#define RD_ALIGN(r, o, l, t, a)                                                                    \
	{                                                                                          \
		.role = DSA_ROLE_##r, .offset = o, .len = DSA_LEN_##l, .tc_flag = t, .align = a    \
	}
#define WR_ALIGN(r, o, l, t, a)                                                                    \
	{                                                                                          \
		.role = DSA_ROLE_##r, .offset = o, .len = DSA_LEN_##l, .tc_flag = t, .align = a,   \
		.write = true                                                                      \
	}
#define RD_WHEN(r, o, l, t, f)                                                                     \
	{                                                                                          \
		.role = DSA_ROLE_##r, .offset = o, .len = DSA_LEN_##l, .tc_flag = t, .when = f     \
	}

/* clang-format off */
const struct dsa_op_info dsa_op_table[DSA_OP_TABLE_SIZE] = {
	[DSA_OPCODE_NOOP] = {
		.name = "noop", .version = 1, .implemented = true, .in_batch = true,
		.rsvd = { ALL, ALL, NOSIZE, ALL, ALL, ALL },
	},
	[DSA_OPCODE_BATCH] = {
		.name = "batch", .version = 1, .implemented = true,
		.size_rule = DSA_SIZE_BATCH,
		.flags = T1 | DSA_FLAG_BATCH_CONTINUE,
		.rsvd = { 0, ALL, B38, ALL, ALL, ALL },
		.noperands = 1,
		.operand = { RD_ALIGN(SRC1, 16, LIST, T1, 64) },
	},
	[DSA_OPCODE_DRAIN] = {
		.name = "drain", .version = 1, .implemented = true,
		.flags = T1 | T2 | DSA_FLAG_DRAIN_RDBACK1 | DSA_FLAG_DRAIN_RDBACK2 |
			 DSA_FLAG_DRAIN_NO_TC_A | DSA_FLAG_DRAIN_NO_TC_B,
		.rsvd = { 0, 0, NOSIZE, ALL, ALL, ALL },
		.noperands = 2,
		.operand = {
			RD_WHEN(SRC1, 16, ZERO, T1, DSA_FLAG_DRAIN_RDBACK1),
			RD_WHEN(SRC2, 24, ZERO, T2, DSA_FLAG_DRAIN_RDBACK2),
		},
	},
	[DSA_OPCODE_MEMMOVE] = {
		.name = "memmove", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.overlap_cap = true, .size_rule = DSA_SIZE_XFER,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, ALL, ALL, ALL },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), WR(DST1, 24, XFER, T2) },
	},
	[DSA_OPCODE_MEMFILL] = {
		.name = "memfill", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.size_rule = DSA_SIZE_XFER,
		.flags = CC | SO | T2 | DSA_FLAG_FILL16,
		.rsvd = { 0, 0, B38, 0, ALL, ALL },
		.noperands = 1,
		.operand = { WR(DST1, 24, XFER, T2) },
	},
	[DSA_OPCODE_COMPARE] = {
		.name = "compare", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.record = true, .size_rule = DSA_SIZE_XFER,
		.flags = CHK | T1 | T2,
		.rsvd = { 0, 0, B38, ALL << 8, ALL, ALL },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), RD(SRC2, 24, XFER, T2) },
	},
	[DSA_OPCODE_COMPVAL] = {
		.name = "compval", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.record = true, .size_rule = DSA_SIZE_XFER,
		.flags = CHK | T1,
		.rsvd = { 0, 0, B38, ALL << 8, ALL, ALL },
		.noperands = 1,
		.operand = { RD(SRC1, 16, XFER, T1) },
	},
	[DSA_OPCODE_CR_DELTA] = {
		.name = "cr_delta", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .record = true, .size_rule = DSA_SIZE_CR_DELTA,
		.flags = CHK | CC | SO | T1 | T2 | T3,
		.rsvd = { 0, 0, B38, 0, HI32, ALL << 8 },
		.noperands = 3,
		.operand = {
			RD_ALIGN(SRC1, 16, XFER, T1, 8),
			RD_ALIGN(SRC2, 24, XFER, T2, 8),
			WR(DST1, 40, DELTA_MAX, T3),
		},
	},
	[DSA_OPCODE_AP_DELTA] = {
		.name = "ap_delta", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .size_rule = DSA_SIZE_AP_DELTA,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, HI32, ALL, ALL },
		.noperands = 2,
		.operand = { RD(SRC1, 16, DELTA, T1), WR_ALIGN(DST1, 24, XFER, T2, 8) },
	},
	[DSA_OPCODE_DUALCAST] = {
		.name = "dualcast", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .dst_equal_12 = true, .size_rule = DSA_SIZE_XFER,
		.flags = CC | SO | T1 | T2 | T3,
		.rsvd = { 0, 0, B38, 0, ALL, ALL },
		.noperands = 3,
		.operand = {
			RD(SRC1, 16, XFER, T1), WR(DST1, 24, XFER, T2), WR(DST2, 40, XFER, T3),
		},
	},
	[DSA_OP_TRANSL_FETCH] = {
		.name = "transl_fetch", .version = 2, .implemented = true, .bof = true,
		.in_batch = true, .size_rule = DSA_SIZE_REGION,
		.flags = DSA_FLAG_USE_STRIDE,
		.rsvd = { 0, ALL, B38, ALL, HI32, ALL },
		.noperands = 1,
		.operand = { RD(SRC1, 16, XFER, 0) },
	},
	[DSA_OPCODE_CRCGEN] = {
		.name = "crcgen", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.record = true, .size_rule = DSA_SIZE_XFER,
		.flags = T1 | T3 | CRC_FLAGS,
		.rsvd = { 0, ALL, B38, 0, 0, ALL },
		.noperands = 2,
		.operand = {
			RD_WHEN(SRC2, 48, SEED, T3, DSA_FLAG_CRC_READ_SEED),
			RD(SRC1, 16, XFER, T1),
		},
	},
	[DSA_OPCODE_COPY_CRC] = {
		.name = "copy_crc", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .record = true, .size_rule = DSA_SIZE_XFER,
		.flags = CC | SO | T1 | T2 | T3 | CRC_FLAGS,
		.rsvd = { 0, 0, B38, 0, 0, ALL },
		.noperands = 3,
		.operand = {
			RD_WHEN(SRC2, 48, SEED, T3, DSA_FLAG_CRC_READ_SEED),
			RD(SRC1, 16, XFER, T1), WR(DST1, 24, XFER, T2),
		},
	},
	[DSA_OPCODE_DIF_CHECK] = {
		.name = "dif_check", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .record = true, .size_rule = DSA_SIZE_DIF_TAGGED,
		.flags = T1,
		.rsvd = { 0, ALL, B38, DIF_RSVD | DIF_NO_DST, 0, ALL },
		.noperands = 1,
		.operand = { RD(SRC1, 16, XFER, T1) },
	},
	[DSA_OPCODE_DIF_INS] = {
		.name = "dif_ins", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.size_rule = DSA_SIZE_DIF_DATA,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, DIF_RSVD | DIF_DST_RSVD | DIF_NO_SRC, ALL, 0 },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), WR(DST1, 24, DIF_ADD, T2) },
	},
	[DSA_OPCODE_DIF_STRP] = {
		.name = "dif_strp", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .size_rule = DSA_SIZE_DIF_TAGGED,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, DIF_RSVD | DIF_NO_DST, 0, ALL },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), WR(DST1, 24, DIF_STRIP, T2) },
	},
	[DSA_OPCODE_DIF_UPDT] = {
		.name = "dif_updt", .version = 1, .implemented = true, .bof = true,
		.in_batch = true, .size_rule = DSA_SIZE_DIF_TAGGED,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, DIF_RSVD | DIF_DST_RSVD, 0, 0 },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), WR(DST1, 24, XFER, T2) },
	},
	[DSA_OP_DIX_GEN] = {
		.name = "dix_gen", .version = 2, .implemented = true, .bof = true, .in_batch = true,
		.size_rule = DSA_SIZE_DIF_DATA,
		.flags = CC | SO | T1 | T2,
		.rsvd = { 0, 0, B38, DIF_RSVD | DIF_DST_RSVD | DIF_NO_SRC, ALL, 0 },
		.noperands = 2,
		.operand = { RD(SRC1, 16, XFER, T1), WR_ALIGN(DST1, 24, DIX, T2, 8) },
	},
	[DSA_OPCODE_CFLUSH] = {
		.name = "cflush", .version = 1, .implemented = true, .bof = true, .in_batch = true,
		.size_rule = DSA_SIZE_XFER,
		.flags = CC | SO | T2,
		.rsvd = { ALL, 0, B38, ALL, ALL, ALL },
		.noperands = 1,
		.operand = { WR(DST1, 24, XFER, T2) },
	},
	/* Defined, and known here by name only: a descriptor with them is an unsupported opcode. */
	[DSA_OP_TYPE_CONVERT] = { .name = "type_convert", .version = 3 },
	[DSA_OP_REDUCE] = { .name = "reduce", .version = 3 },
	[DSA_OP_REDUCE_DUALCAST] = { .name = "reduce_dualcast", .version = 3 },
	[DSA_OP_GATHER_REDUCE] = { .name = "gather_reduce", .version = 3 },
	[DSA_OP_GATHER_COPY] = { .name = "gather_copy", .version = 3 },
	[DSA_OP_SCATTER_COPY] = { .name = "scatter_copy", .version = 3 },
	[DSA_OP_SCATTER_FILL] = { .name = "scatter_fill", .version = 3 },
	[DSA_OP_UPDATE_WINDOW] = { .name = "update_window", .version = 2 },
	[DSA_OP_ID_COPY] = { .name = "id_copy", .version = 2 },
	[DSA_OP_ID_FILL] = { .name = "id_fill", .version = 2 },
	[DSA_OP_ID_COMPARE] = { .name = "id_compare", .version = 2 },
	[DSA_OP_ID_COMPVAL] = { .name = "id_compval", .version = 2 },
};
/* clang-format on */

const struct dsa_op_info *dsa_op_find(u8 opcode)
{
	if (opcode >= DSA_OP_TABLE_SIZE || !dsa_op_table[opcode].name)
		return NULL;
	return &dsa_op_table[opcode];
}
