// SPDX-License-Identifier: GPL-2.0
/* Words of the report: stages, times, operations, completion statuses. */
#include "sim/report/report_priv.h"

const struct stage_name stage_names[STAGE_COUNT] = {
	[STAGE_SUBMIT] = {"submit", "issued", "accepted"},
	[STAGE_QUEUE] = {"queue", "accepted", "dispatched"},
	[STAGE_TRANSLATE] = {"translate", "dispatched", "translated"},
	[STAGE_ARBITRATE] = {"arbitrate", "translated", "granted"},
	[STAGE_STREAM] = {"stream", "granted", "streamed"},
	[STAGE_RECORD] = {"record", "streamed", "recorded"},
	[STAGE_REPAIR] = {"repair", "recorded", "resubmitted"},
	[STAGE_NOTICE] = {"notice", "recorded", "seen"},
};

const char *const time_names[REPORT_TIME_COUNT] = {
	[REPORT_PREPARE] = "prepare", [REPORT_SUBMIT] = "submit", [REPORT_WAIT] = "wait",
	[REPORT_REPAIR] = "repair",   [REPORT_THINK] = "think",	  [REPORT_WORK] = "work",
};

const char *const limit_names[LIMIT_COUNT] = {
	[LIMIT_NOTHING] = "nothing",	   [LIMIT_RESOURCE] = "resource",
	[LIMIT_FAULTS] = "page-requests",  [LIMIT_REPAIR] = "software-repair",
	[LIMIT_SUBMISSION] = "submission", [LIMIT_RETRIES] = "portal-retries",
	[LIMIT_THINK] = "think-time",	   [LIMIT_CORE] = "core-work",
	[LIMIT_WINDOW] = "window",	   [LIMIT_ARRIVALS] = "arrivals",
};

/* Completion status codes (specification 5.10), without the fault's read/write bit. */
static const char *const statuses[128] = {
	[0x00] = "abandoned",
	[0x01] = "success",
	[0x02] = "success, predicate false",
	[0x03] = "page fault",
	[0x04] = "page request refused",
	[0x05] = "batch with failed members",
	[0x06] = "page fault on descriptor list",
	[0x07] = "delta offsets not ascending",
	[0x08] = "delta offset out of range",
	[0x09] = "DIF error",
	[0x10] = "bad opcode",
	[0x11] = "bad flags",
	[0x12] = "reserved field not zero",
	[0x13] = "bad transfer size",
	[0x14] = "bad descriptor count",
	[0x15] = "unsupported field value",
	[0x16] = "overlapping buffers",
	[0x17] = "dualcast bits 11:0 differ",
	[0x18] = "descriptor list not aligned",
	[0x19] = "bad interrupt handle",
	[0x1a] = "page fault on the record",
	[0x1b] = "record not aligned",
	[0x1c] = "operand not aligned",
	[0x1d] = "privilege not allowed",
	[0x1e] = "bad traffic class",
	[0x1f] = "page fault on readback",
	[0x20] = "hardware error",
	[0x21] = "hardware error on a write",
	[0x22] = "translation failed",
	[0x26] = "drain met record faults",
	[0x27] = "batch met record faults",
	[0x28] = "inter-domain without PASID",
	[0x29] = "bad inter-domain handle",
	[0x2a] = "inter-domain permission",
	[0x2b] = "inter-domain range",
	[0x2c] = "window update not allowed",
	[0x2d] = "bad window update",
	[0x2e] = "other domain aborted",
};

const char *report_status_name(u8 status)
{
	const char *name = statuses[status & 0x7f];

	if ((status & 0x7f) == 0x03)
		return status & 0x80 ? "page fault on a write" : "page fault";
	return name ? name : "other status";
}

const char *report_op_name(u8 opcode)
{
	const struct dsa_op_info *op = dsa_op_find(opcode);

	return op && op->name ? op->name : "unknown operation";
}
