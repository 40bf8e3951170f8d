// SPDX-License-Identifier: GPL-2.0
// First touches: by the core before a submission, or after a fault, with the rest submitted again.
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/workload/workload_priv.h"

static u64 fault_time(struct client *c, bool write)
{
	const struct plat_cpu *cpu = &c->wl->plat->cpu;
	u64 t = cpu->minor_fault_ps, page = c->page_size > 4096 ? c->page_size : 4096;

	if (c->major)
		return t + cpu->major_fault_ps * (page / 4096);
	/* A read of fresh memory maps the zero page; a write, or a large page, needs one cleared.
	 */
	write |= page > 4096;
	if (write)
		t += cpu->page_alloc_ps;
	if (write && cpu->zero_bps)
		t += (u64)((unsigned __int128)page * PS_PER_S / cpu->zero_bps);
	return t;
}

u64 client_touch(struct client *c, u64 va, u64 len, bool write)
{
	u64 at = va, end = va + len, run, t = 0;

	while (at < end) {
		if (!process_resolve(c->space->proc, at, end - at, write, NULL, &run)) {
			at += run;
			continue;
		}
		if (process_prefault(c->space->proc, at & ~4095ull, 1, write))
			return t;
		t += fault_time(c, write);
		at = (at & ~4095ull) + 4096;
	}
	return t;
}

u64 client_touch_pages(struct client *c, const struct trace_op *op)
{
	u64 at = c->fault_on_dst ? op->dst : op->src, pages = (op->size + 4095) / 4096;
	u64 fresh = client_touch(c, at, op->size, c->touch_write);

	/* What the kernel has just made present lies in the cache, and so do a large page's parts.
	 */
	if (fresh || c->page_size > 4096)
		return fresh;
	return pages * c->wl->plat->cpu.touch_ps;
}

/* Calls for each operand that first touches may fault on. */
u64 client_pretouch(struct client *c, const struct trace_op *op)
{
	struct dsa_plan plan;
	u8 desc[64];
	u64 t = 0;
	u32 i;

	if (!c->generated || op->op == DSA_OPCODE_NOOP || !dsa_op_find(op->op))
		return 0;
	client_build(op, desc);
	dsa_plan(desc, &plan);
	for (i = 0; i < plan.noperands; i++)
		t += client_touch(c, plan.operand[i].addr, plan.operand[i].len,
				  plan.operand[i].write);
	return t;
}

/* Moves the descriptor past what is done and touches the page that was missing. */
static u64 advance(struct client *c, u8 *desc, const u8 *rec)
{
	u32 done, size;
	u64 addr, fault, t;
	struct dsa_plan plan;
	u32 i;

	memcpy(&done, rec + 4, 4);
	memcpy(&fault, rec + 8, 8);
	t = client_touch(c, fault & ~4095ull, 4096, rec[0] & 0x80);
	/* The program looks at the byte and writes it back: the zero page comes and goes first. */
	if (t && rec[0] & 0x80)
		t += c->wl->plat->cpu.zero_page_break_ps;
	/* A delta or DIF operation does no harm when it is done from the beginning. */
	if (desc[7] == DSA_OPCODE_CR_DELTA || desc[7] == DSA_OPCODE_AP_DELTA ||
	    (desc[7] >= DSA_OPCODE_DIF_CHECK && desc[7] <= DSA_OPCODE_DIF_UPDT)) {
		report_repair(c->wl->report, c->id);
		return t;
	}
	dsa_plan(desc, &plan);
	memcpy(&size, desc + 32, 4);
	if (done >= size)
		return t;
	for (i = 0; i < plan.noperands; i++) {
		/* Where the operand's address stands; patterns are no operands. */
		u32 at = plan.operand[i].role == DSA_ROLE_SRC1	 ? 16
			 : plan.operand[i].role == DSA_ROLE_DST2 ? 40
								 : 24;

		if (plan.operand[i].len != size)
			continue; /* a seed */
		addr = plan.operand[i].addr + done;
		memcpy(desc + at, &addr, 8);
	}
	/* A CRC goes on from where it stood. */
	if (desc[7] == DSA_OPCODE_CRCGEN || desc[7] == DSA_OPCODE_COPY_CRC) {
		memcpy(desc + 40, rec + 16, 8);
		desc[6] &= ~(DSA_FLAG_CRC_READ_SEED >> 16);
	}
	size -= done;
	memcpy(desc + 32, &size, 4);
	report_repair(c->wl->report, c->id);
	return t;
}

/* Did a part before the missing page get done? */
static bool got_further(const u8 *rec)
{
	u32 done;

	memcpy(&done, rec + 4, 4);
	return done;
}

static bool continue_batch(struct client *c, struct slot *s, u64 *time, bool *further)
{
	bool more = false;
	u32 i;

	for (i = 0; i < s->nmembers; i++) {
		u64 at = s->op.src + (u64)i * 64;
		u8 rec[32], desc[64], zero = 0;

		if (!s->member[i].flags_record ||
		    space_read(c->space, s->member[i].record_va, rec, 32) ||
		    space_read(c->space, at, desc, 64))
			continue;
		if (is_fault(rec[0])) {
			*further |= got_further(rec);
			*time += advance(c, desc, rec);
			more = true;
		} else if (rec[0]) {
			/* Done: a no-op takes its place in the list. */
			*further |= desc[7] != DSA_OPCODE_NOOP;
			memset(desc + 16, 0, 48);
			desc[7] = DSA_OPCODE_NOOP;
			desc[4] &= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
			desc[5] = desc[6] = 0;
		}
		space_write(c->space, s->member[i].record_va, &zero, 1);
		space_write(c->space, at, desc, 64);
	}
	return more;
}

/* A page that stays missing however often the core touches it. */
#define FRUITLESS_MAX 64

bool client_continue(struct client *c, struct slot *s, u64 *time)
{
	bool further = false;

	*time = 0;
	if (c->repair != SCN_REPAIR_SW || s->state == SLOT_LOST || !s->record ||
	    s->fruitless == FRUITLESS_MAX)
		return false;
	if (s->op.op == DSA_OPCODE_BATCH) {
		if ((s->record[0] & 0x3f) != DSA_COMP_BATCH_FAIL ||
		    !continue_batch(c, s, time, &further))
			return false;
	} else if (is_fault(s->record[0])) {
		further = got_further(s->record);
		*time = advance(c, s->desc, s->record);
	} else {
		return false;
	}
	s->fruitless = further ? 0 : s->fruitless + 1;
	s->record[0] = 0;
	s->again = true;
	return true;
}
