// SPDX-License-Identifier: GPL-2.0
// The software baseline: what a core needs for an operation that a device could do.
#include "model/memory/memory.h"
#include "sim/workload/workload_priv.h"

#define LINE 64

static const struct plat_cpu_op *find(const struct plat_cpu *cpu, u8 opcode)
{
	switch (opcode) {
	case DSA_OPCODE_MEMFILL:
		return &cpu->fill;
	case DSA_OPCODE_COMPVAL:
		return &cpu->compval;
	case DSA_OPCODE_COMPARE:
	case DSA_OPCODE_CR_DELTA:
		return &cpu->compare;
	case DSA_OPCODE_CRCGEN:
	case DSA_OPCODE_DIF_CHECK:
		return &cpu->crc;
	default:
		return &cpu->copy;
	}
}

u64 cpu_work_time(const struct plat_cpu *cpu, u8 opcode, u64 bytes, u32 cache, u32 random,
		  bool within_page)
{
	/* Where the operands lie: flushed or streaming from memory, or used just before. */
	u32 state = cache == SCN_CACHE_WARM ? PLAT_L1 : PLAT_COLD;
	const struct plat_cpu_op *op = find(cpu, opcode);
	u64 time, lines, rate, random_ps;

	if (opcode == DSA_OPCODE_NOOP)
		return 0;
	if (state == PLAT_L1 && bytes > 16384)
		state = PLAT_LLC;
	rate = op->bps[state];
	if (op == &cpu->copy && state == PLAT_COLD && bytes < cpu->string_copy_bytes)
		rate = cpu->string_copy_bps;
	time = op->call_ps[state] + (rate ? (u64)((unsigned __int128)bytes * PS_PER_S / rate) : 0) *
					    (opcode == DSA_OPCODE_DUALCAST ? 2 : 1);
	if (op == &cpu->copy && state == PLAT_COLD && bytes >= cpu->string_copy_bytes &&
	    within_page)
		time += cpu->string_start_ps;
	if (state != PLAT_COLD || !random)
		return time;
	/* Prefetchers need some lines before they run ahead. */
	random_ps = op->random_line_ps;
	if (random < 2 && (op == &cpu->copy || op == &cpu->compare))
		random_ps = random_ps * cpu->random_source_ppm / 1000000;
	lines = (bytes + LINE - 1) / LINE;
	if (lines > cpu->random_lines)
		lines = cpu->random_lines;
	return time + lines * random_ps;
}

void client_cache_state(struct client *c, const struct trace_op *op)
{
	struct dsa_plan plan;
	u64 at, end, pa, run;
	u8 desc[64];
	u32 i;

	if (c->cache == SCN_CACHE_DRAM || !dsa_op_find(op->op))
		return;
	client_build(op, desc);
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands; i++) {
		end = plan.operand[i].addr + plan.operand[i].len;
		for (at = plan.operand[i].addr; at < end; at += run) {
			if (!space_ptr(c->space, at, end - at, false, &pa, &run))
				break;
			if (c->cache == SCN_CACHE_COLD)
				mem_flush(c->wl->mem, sim_now(c->wl->sim), pa, run, true);
			else
				mem_warm(c->wl->mem, sim_now(c->wl->sim), pa, run,
					 plan.operand[i].write);
		}
	}
}
