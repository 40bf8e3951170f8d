// SPDX-License-Identifier: GPL-2.0
// Dispatch of descriptors to their operations.

#include "model/dsa/span.h"

static void op_nothing(const u8 *desc, struct dsa_exec *x)
{
}

static void (*const op_run[DSA_OP_TABLE_SIZE])(const u8 *desc, struct dsa_exec *x) = {
	[DSA_OPCODE_NOOP] = op_nothing,
	[DSA_OPCODE_DRAIN] = op_nothing,
	[DSA_OPCODE_MEMMOVE] = op_move,
	[DSA_OPCODE_MEMFILL] = op_fill,
	[DSA_OPCODE_COMPARE] = op_compare,
	[DSA_OPCODE_COMPVAL] = op_compare_pattern,
	[DSA_OPCODE_CR_DELTA] = op_delta_create,
	[DSA_OPCODE_AP_DELTA] = op_delta_apply,
	[DSA_OPCODE_DUALCAST] = op_dualcast,
	[DSA_OP_TRANSL_FETCH] = op_fetch,
	[DSA_OPCODE_CRCGEN] = op_crc,
	[DSA_OPCODE_COPY_CRC] = op_crc,
	[DSA_OPCODE_DIF_CHECK] = op_dif_check,
	[DSA_OPCODE_DIF_INS] = op_dif_insert,
	[DSA_OPCODE_DIF_STRP] = op_dif_strip,
	[DSA_OPCODE_DIF_UPDT] = op_dif_update,
	[DSA_OP_DIX_GEN] = op_dix_generate,
	[DSA_OPCODE_CFLUSH] = op_flush,
};

void dsa_execute(const u8 desc[64], struct dsa_exec *x)
{
	u8 opcode = dsa_desc_opcode(desc);

	assert(opcode < DSA_OP_TABLE_SIZE && op_run[opcode]);
	memset(&x->res, 0, sizeof(x->res));
	x->res.status = DSA_COMP_SUCCESS;
	op_run[opcode](desc, x);
}
