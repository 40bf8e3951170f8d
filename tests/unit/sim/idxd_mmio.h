/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the driver's register order share: the steps of the checklist that come again
 * and again, as lines of the record. */
#ifndef TESTS_UNIT_SIM_IDXD_MMIO_H
#define TESTS_UNIT_SIM_IDXD_MMIO_H

#include "tests/unit/sim/idxd_world.h"

/* A command after probe: halt check, doorbell, vector 0, status read once. */
#define COMMAND(word)                                                                              \
	"R4 GENSTS", "W4 CMD " word, "R4 INTCAUSE 00000002", "W4 INTCAUSE 00000002",               \
		"R4 CMDSTS 00000000"
#define READ_WQ(q)                                                                                 \
	"R4 WQ" q ".0", "R4 WQ" q ".1", "R4 WQ" q ".2", "R4 WQ" q ".3", "R4 WQ" q ".4",            \
		"R4 WQ" q ".5", "R4 WQ" q ".6", "R4 WQ" q ".7"
#define WRITE_WQ(q, size, threshold, mode, limits)                                                 \
	"W4 WQ" q ".0 " size, "W4 WQ" q ".1 " threshold, "W4 WQ" q ".2 " mode,                     \
		"W4 WQ" q ".3 " limits, "W4 WQ" q ".4", "W4 WQ" q ".5", "W4 WQ" q ".6",            \
		"W4 WQ" q ".7"
#define WRITE_GROUP(g, wqs, engines, flags)                                                        \
	"W8 GRP" g ".WQS0 00000000000000" wqs, "W8 GRP" g ".WQS1 0000000000000000",                \
		"W8 GRP" g ".WQS2 0000000000000000", "W8 GRP" g ".WQS3 0000000000000000",          \
		"W8 GRP" g ".ENGINES 00000000000000" engines, "W8 GRP" g ".FLAGS " flags

/* TC-A = TC-B = 1, all 16 read buffers allowed: the default of the first two generations. */
#define FLAGS  "0000000001000009"
#define LIMITS "00000094" /* 1 MiB, 16 descriptors */

#define RESET_POLLED "W4 CMD 00500000", "R4 CMDSTS 00000000"
#define PERFMON_INIT                                                                               \
	"W4 PERFRST 00000001", "W4 OVFSTATUS ffffffff", "W4 PERFFRZ 00000000",                     \
		"W4 PERFRST 00000002", "R8 PERFCAP"
#define READ_CAPS                                                                                  \
	"R8 GRPCAP", "R8 ENGCAP", "R8 WQCAP", "R8 OPCAP0", "R8 OPCAP1", "R8 OPCAP2", "R8 OPCAP3"
#define MSIX_ENABLE "C2 MSIX_CTL c008", "C2 COMMAND 0406", "C2 MSIX_CTL 8008"
/* Queue 0 in group 0 with engine 0, the other group empty. */
#define GROUPS WRITE_GROUP("0", "01", "01", FLAGS), WRITE_GROUP("1", "00", "00", FLAGS)

/* Boots a recorded world, runs @body in it, takes it down. */
void mmio_run(struct world *w, const char *const *sets, u32 nsets, int (*body)(void *));
/* Queue @q ("0"): 8 entries, priority 10, threshold 6 if shared, in group 0; engine 0 too. */
void mmio_set_up_wq(struct world *w, const char *q, const char *mode, const char *type);
/* Queue 0 so, the device enabled, the record empty. */
void mmio_enable(struct world *w, const char *mode, const char *type);

#endif
