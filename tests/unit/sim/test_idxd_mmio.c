// SPDX-License-Identifier: GPL-2.0
// The order in which the host driver touches its device, step by step as the checklist of the
// kernel's driver has it: probe, device enable and disable.
#include <CUnit/Basic.h>
#include <errno.h>
#include <string.h>

#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "tests/unit/sim/idxd_life.h"
#include "tests/unit/sim/idxd_mmio.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define MMIO .platform = "tiny", .recorded = true

static struct world w;

/* ---- 9.1 probe ---- */

static int probe(void *arg)
{
	static const char *const removal[] = {"R4 GENCTRL 00000003", "W4 GENCTRL 00000000",
					      "C2 MSIX_CTL 0008", "C2 COMMAND 0002"};
	static const char *const golden[] = {
		"C2 COMMAND 0006", /* 1: memory was on, bus master now */
		"R4 VERSION 00000100",
		"R4 GENSTS 00000000",
		RESET_POLLED, /* 2-4 */
		"pasid R4 GENCFG 00000010",
		"pasid W4 GENCFG 00001010", /* 5 */
		"R8 GENCAP",
		"cmdcap R4 CMDCAP",
		READ_CAPS, /* 6, 7 */
		"R8 OFFSETS0",
		"R8 OFFSETS1", /* 8 */
		READ_FIXED,    /* 9 */
		MSIX_ENABLE,   /* 10 */
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003", /* 11 */
		PERFMON_INIT,	       /* 12 */
	};

	record_clear(&w);
	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	EXPECT_RECORD("removal", removal);
	CU_ASSERT_EQUAL(life_pci(&w, "bind"), 0);
	EXPECT_RECORD("probe", golden);
	return 0;
}

/* CMDCAP exists only with GENCAP bit 4. */
static int probe_cmdcap(void *arg)
{
	static const char *const golden[] = {
		"C2 COMMAND 0006", "R4 VERSION 00000200", "R4 GENSTS",
		RESET_POLLED,	   "pasid R4 GENCFG",	  "pasid W4 GENCFG 00001010",
		"R8 GENCAP",	   "cmdcap R4 CMDCAP",	  READ_CAPS,
		"R8 OFFSETS0",	   "R8 OFFSETS1",	  READ_FIXED,
		MSIX_ENABLE,	   "R4 GENCTRL 00000000", "W4 GENCTRL 00000003",
		PERFMON_INIT,
	};

	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	record_clear(&w);
	CU_ASSERT_EQUAL(life_pci(&w, "bind"), 0);
	EXPECT_RECORD("probe with command capabilities", golden);
	return 0;
}

/* 9: what may not be configured is read; shared queues without a writable mode can't be used. */
static int probe_fixed(void *arg)
{
	static const char *const golden[] = {
		"C2 COMMAND 0006", "R4 VERSION",      "R4 GENSTS",     RESET_POLLED,
		"R4 GENCFG",	   "W4 GENCFG",	      "R8 GENCAP",     READ_CAPS,
		"R8 OFFSETS0",	   "R8 OFFSETS1",     "R4 GENCFG",     "R8 GRP0.WQS0",
		"R8 GRP0.WQS1",	   "R8 GRP0.WQS2",    "R8 GRP0.WQS3",  "R8 GRP0.ENGINES",
		"R8 GRP0.FLAGS",   "R8 GRP1.WQS0",    "R8 GRP1.WQS1",  "R8 GRP1.WQS2",
		"R8 GRP1.WQS3",	   "R8 GRP1.ENGINES", "R8 GRP1.FLAGS", READ_WQ_IF("", "0"),
		"C2 COMMAND 0002",
	};

	record_clear(&w);
	CU_ASSERT_EQUAL(life_pci(&w, "bind"), -EOPNOTSUPP);
	EXPECT_RECORD("probe, fixed configuration", golden);
	CU_ASSERT(!strncmp(world_get(&w, DEV "dsa0/state"), "E", 1));
	return 0;
}

/* 3: a halted device is left alone. */
static int probe_halted(void *arg)
{
	static const char *const golden[] = {"C2 COMMAND 0006", "R4 VERSION", "R4 GENSTS",
					     "C2 COMMAND 0002"};

	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	world_halt(&w, DSA_RESET_WARM);
	record_clear(&w);
	CU_ASSERT_EQUAL(life_pci(&w, "bind"), -ENXIO);
	EXPECT_RECORD("probe, halted", golden);
	return 0;
}

static void test_probe(void)
{
	static const char *const cmdcap[] = {"dsa.version=0x200", "dsa.gencap=0x4090940117"};
	static const char *const fixed[] = {"dsa.gencap=0x4010940107"};
	static const struct place_body bodies[] = {
		{"probe", {MMIO, .queues = "d8 d8"}, .fn = {probe}},
		{"probe, command capabilities",
		 {MMIO, .sets = cmdcap, .nsets = 2, .queues = "d8 d8"},
		 .fn = {probe_cmdcap}},
		{"probe, shared queues without PASIDs in their configuration",
		 {MMIO, .sets = fixed, .nsets = 1, .needs = NEED_PROBE_FAILS},
		 .fn = {probe_fixed}},
		{"probe, halted",
		 {MMIO, .queues = "d8", .needs = NEED_HALT_DISABLED},
		 .fn = {probe_halted}},
	};

	place_run_all(&w, bodies, 4);
}

/* ---- 9.2 device enable ---- */

/* Nothing configured: the device does not hear of it. */
static int nothing_to_enable(void *arg)
{
	record_clear(&w);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	record_expect(&w, "enable, no queue", NULL, 0, __LINE__);
	return 0;
}

static int device_enable(void *arg)
{
	static const char *const golden[] = {
		/* 1: each queue with a group, all dwords */
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		READ_WQ("2"),
		WRITE_WQ("2", "00000008", "00000006", "000000a0", LIMITS),
		/* 2 */
		"config R4 GENCFG 00001010",
		"config W4 GENCFG 00001008",
		/* 3: all groups, used or not */
		WRITE_GROUP("0", "01", "01", FLAGS),
		WRITE_GROUP("1", "04", "02", FLAGS),
		/* 4 */
		"pasid R4 GENCFG 00001008",
		"pasid W4 GENCFG 00001008",
		/* 6 */
		COMMAND("80100000"),
	};
	static const char *const disable[] = {
		COMMAND("80200000"),
		COMMAND_IF("config ", "80500000"),
		"config R4 GENCTRL 00000000",
		"config W4 GENCTRL 00000003",
	};
	/* The reset took the user interrupt bit: back with the next enable. */
	static const char *const again[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		WRITE_GROUP("0", "01", "01", FLAGS),
		WRITE_GROUP("1", "00", "00", FLAGS),
		"config pasid R4 GENCFG 00000010",
		"fixed pasid R4 GENCFG 00001010",
		"pasid W4 GENCFG 00001010",
		COMMAND("80100000"),
	};

	record_clear(&w);
	mmio_set_up_wq(&w, "0", "dedicated", "user");
	mmio_set_up_wq(&w, "2", "shared", "user");
	EXPECT_PUT(DEV "wq0.2/group_id", "1", 0);
	EXPECT_PUT(DEV "dsa0/engine0.1/group_id", "1", 0);
	EXPECT_PUT(DEV "dsa0/read_buffer_limit", "8", 0);
	record_expect(&w, "attributes", NULL, 0, __LINE__);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("enable", golden);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_RECORD("disable", disable);
	mmio_set_up_wq(&w, "0", "dedicated", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("enable again", again);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A shared queue that can't be one is refused before anything is written. */
static int shared_unsupported(void *arg)
{
	mmio_set_up_wq(&w, "0", "shared", "user");
	record_clear(&w);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x800c0000");
	record_expect(&w, "enable, shared mode missing", NULL, 0, __LINE__);
	return 0;
}

#define READ_WQ16(q)                                                                               \
	READ_WQ(q), "config R4 WQ" q ".8", "config R4 WQ" q ".9", "R4 WQ" q ".10",                 \
		"R4 WQ" q ".11", "R4 WQ" q ".12", "R4 WQ" q ".13", "R4 WQ" q ".14",                \
		"R4 WQ" q ".15"
#define WRITE_WQ16(q, size, threshold, mode, limits)                                               \
	WRITE_WQ(q, size, threshold, mode, limits), "W4 WQ" q ".8 003f03ff",                       \
		"W4 WQ" q ".9 00000001", "W4 WQ" q ".10 00000000", "W4 WQ" q ".11 00000000",       \
		"W4 WQ" q ".12 00000000", "W4 WQ" q ".13 00000000", "W4 WQ" q ".14 00000000",      \
		"W4 WQ" q ".15 00000000"

/* The second generation: operations per queue, event log. */
static int device_enable_v2(void *arg)
{
	static const char *const golden[] = {
		READ_WQ16("0"),
		WRITE_WQ16("0", "00000008", "00000006", "000000a8", LIMITS),
		WRITE_GROUP("0", "01", "01", FLAGS),
		WRITE_GROUP("1", "00", "00", FLAGS),
		"R4 GENCFG",
		"W4 GENCFG 00001010",
		/* 5 */
		"W8 EVLCFG0",
		"W8 EVLCFG1 0000000000000040",
		"R4 GENCTRL 00000003",
		"W4 GENCTRL 00000007",
		"R4 GENCFG 00001010",
		"W4 GENCFG 00003010",
		COMMAND("80100000"),
	};
	static const char *const disable[] = {
		COMMAND("80200000"),	       "R4 GENCTRL 00000007",	      "W4 GENCTRL 00000003",
		"W8 EVLCFG0 0000000000000000", "W8 EVLCFG1 0000000000000000", "R4 GENCFG 00003010",
		"W4 GENCFG 00001010",	       COMMAND("80500000"),	      "R4 GENCTRL",
		"W4 GENCTRL 00000003",
	};

	mmio_set_up_wq(&w, "0", "shared", "user");
	EXPECT_PUT(DEV "wq0.0/prs_disable", "1", 0);
	record_clear(&w);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("enable with event log", golden);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_RECORD("disable with event log", disable);
	return 0;
}

static void test_device(void)
{
	static const char *const v2[] = {"dsa.version=0x200", "dsa.event_log=64",
					 "dsa.wqcap=0x00ff000001040010"};
	static const char *const dedicated_only[] = {"dsa.wqcap=0x003a000000040010"};
	static const struct place_body bodies[] = {
		{"nothing to enable", {MMIO, .needs = NEED_CONFIG}, .fn = {nothing_to_enable}},
		{"device enabled, disabled, enabled",
		 {MMIO, .queues = "d4 d4 s8", .needs = NEED_PASIDS},
		 .fn = {device_enable}},
		{"device enabled with event log",
		 {MMIO, .sets = v2, .nsets = 3, .queues = "s8", .needs = NEED_EVENT_LOG},
		 .fn = {device_enable_v2}},
		{"shared queue without shared mode",
		 {MMIO, .sets = dedicated_only, .nsets = 1, .queues = "d8", .needs = NEED_CONFIG},
		 .fn = {shared_unsupported}},
	};

	place_run_all(&w, bodies, 4);
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {{"probe", test_probe},
						  {"device enable and disable", test_device}};

	return place_main(argc, argv, "registers", tests, 2);
}
