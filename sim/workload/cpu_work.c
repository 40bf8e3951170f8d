// SPDX-License-Identifier: GPL-2.0
// The software baseline: what a core needs for an operation that a device could do.
#include "sim/workload/workload_priv.h"

u64 cpu_work_time(const struct plat_cpu *cpu, u8 opcode, u64 bytes, u32 cache)
{
	/* Where the operands lie: flushed or streaming from memory, or used just before. */
	u32 state = cache == SCN_CACHE_WARM ? PLAT_L1 : PLAT_COLD;
	const struct plat_cpu_op *op;
	u64 rate;

	if (state == PLAT_L1 && bytes > 16384)
		state = PLAT_LLC;
	switch (opcode) {
	case DSA_OPCODE_MEMFILL:
		op = &cpu->fill;
		break;
	case DSA_OPCODE_COMPARE:
	case DSA_OPCODE_COMPVAL:
	case DSA_OPCODE_CR_DELTA:
		op = &cpu->compare;
		break;
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_DIF_CHECK:
		op = &cpu->crc;
		break;
	case DSA_OPCODE_NOOP:
		return 0;
	default:
		op = &cpu->copy;
		break;
	}
	rate = op->bps[state];
	return op->call_ps[state] + (rate ? (u64)((unsigned __int128)bytes * PS_PER_S / rate) : 0) *
					    (opcode == DSA_OPCODE_DUALCAST ? 2 : 1);
}
