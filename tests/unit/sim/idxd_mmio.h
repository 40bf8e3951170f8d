/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the driver's register order share: the steps of the checklist that come again
 * and again, as lines of the record. */
#ifndef TESTS_UNIT_SIM_IDXD_MMIO_H
#define TESTS_UNIT_SIM_IDXD_MMIO_H

#include "tests/unit/sim/idxd_world.h"

/*
 * Lines that depend on the device: "config " where it can be configured, "fixed " where it can't,
 * "pasid " with PASIDs, "handle " with commands for interrupt handles, "perfmon ", "cmdcap ".
 */

/* A command after probe: halt check, doorbell, vector 0, status read once. */
#define COMMAND_IF(p, word)                                                                        \
	p "R4 GENSTS", p "W4 CMD " word, p "R4 INTCAUSE 00000002", p "W4 INTCAUSE 00000002",       \
		p "R4 CMDSTS 00000000"
#define COMMAND(word) COMMAND_IF("", word)
#define READ_WQ_IF(p, q)                                                                           \
	p "R4 WQ" q ".0", p "R4 WQ" q ".1", p "R4 WQ" q ".2", p "R4 WQ" q ".3", p "R4 WQ" q ".4",  \
		p "R4 WQ" q ".5", p "R4 WQ" q ".6", p "R4 WQ" q ".7"
#define READ_WQ(q) READ_WQ_IF("config ", q)
#define WRITE_WQ(q, size, threshold, mode, limits)                                                 \
	"config W4 WQ" q ".0 " size, "config W4 WQ" q ".1 " threshold,                             \
		"config W4 WQ" q ".2 " mode, "config W4 WQ" q ".3 " limits, "config W4 WQ" q ".4", \
		"config W4 WQ" q ".5", "config W4 WQ" q ".6", "config W4 WQ" q ".7"
#define WRITE_GROUP(g, wqs, engines, flags)                                                        \
	"config W8 GRP" g ".WQS0 00000000000000" wqs, "config W8 GRP" g ".WQS1 0000000000000000",  \
		"config W8 GRP" g ".WQS2 0000000000000000",                                        \
		"config W8 GRP" g ".WQS3 0000000000000000",                                        \
		"config W8 GRP" g ".ENGINES 00000000000000" engines,                               \
		"config W8 GRP" g ".FLAGS " flags
#define READ_GROUP(g)                                                                              \
	"fixed R8 GRP" g ".WQS0", "fixed R8 GRP" g ".WQS1", "fixed R8 GRP" g ".WQS2",              \
		"fixed R8 GRP" g ".WQS3", "fixed R8 GRP" g ".ENGINES", "fixed R8 GRP" g ".FLAGS"
/* What is there, where nothing can be changed. */
#define READ_FIXED                                                                                 \
	"fixed R4 GENCFG", READ_GROUP("0"), READ_GROUP("1"), READ_WQ_IF("fixed ", "0"),            \
		READ_WQ_IF("fixed ", "1"), READ_WQ_IF("fixed ", "2"), READ_WQ_IF("fixed ", "3")

/* TC-A = TC-B = 1, all 16 read buffers allowed: the default of the first two generations. */
#define FLAGS  "0000000001000009"
#define LIMITS "00000094" /* 1 MiB, 16 descriptors */

#define RESET_POLLED_IF(p) p "W4 CMD 00500000", p "R4 CMDSTS 00000000"
#define RESET_POLLED	   RESET_POLLED_IF("")
#define PERFMON_INIT                                                                               \
	"perfmon W4 PERFRST 00000001", "perfmon W4 OVFSTATUS ffffffff",                            \
		"perfmon W4 PERFFRZ 00000000", "perfmon W4 PERFRST 00000002", "perfmon R8 PERFCAP"
#define READ_CAPS                                                                                  \
	"R8 GRPCAP", "R8 ENGCAP", "R8 WQCAP", "R8 OPCAP0", "R8 OPCAP1", "R8 OPCAP2", "R8 OPCAP3"
#define MSIX_ENABLE "C2 MSIX_CTL c008", "C2 COMMAND 0406", "C2 MSIX_CTL 8008"
/* Queue 0 in group 0 with engine 0, the other group empty. */
#define GROUPS WRITE_GROUP("0", "01", "01", FLAGS), WRITE_GROUP("1", "00", "00", FLAGS)

/* Queue @q ("0"): 8 entries, priority 10, threshold 6 if shared, in group 0; engine 0 too. */
void mmio_set_up_wq(struct world *w, const char *q, const char *mode, const char *type);
/* Queue 0 so, the device enabled, the record empty. */
void mmio_enable(struct world *w, const char *mode, const char *type);

#endif
