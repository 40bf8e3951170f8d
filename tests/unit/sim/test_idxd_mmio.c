// SPDX-License-Identifier: GPL-2.0
// The order in which the host driver touches its device, step by step as the checklist of the
// kernel's driver has it: probe, enable, queues, files, vector 0, recovery.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_world.h"

static struct world w;

/* ---- steps that come again and again ---- */

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

static int pci_driver(const char *what)
{
	u16 sid = machine_dsa_sid(w.m, 0);
	char path[64], name[32];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/idxd/%s", what);
	snprintf(name, sizeof(name), "0000:%02x:%02x.%x", sid >> 8, sid >> 3 & 31, sid & 7);
	return world_put(&w, path, name);
}

static void run(const char *const *sets, u32 nsets, int (*body)(void *))
{
	world_boot_recorded(&w, "tiny", sets, nsets, true);
	CU_ASSERT_EQUAL(world_call(&w, body, NULL), 0);
	world_down(&w);
}

/* A queue of 8 entries, priority 10, in group 0; engine 0 too. */
static void set_up_wq(const char *q, const char *mode, const char *type)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority", "type", "name"};
	const char *value[] = {"0", mode, "8", "10", type, "q"};
	char path[64];
	u32 i;

	EXPECT_PUT(DEV "dsa0/engine0.0/group_id", "0", 0);
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "wq0.%s/%s", q, attr[i]);
		EXPECT_PUT(path, value[i], 0);
	}
	if (!strcmp(mode, "shared")) {
		snprintf(path, sizeof(path), DEV "wq0.%s/threshold", q);
		EXPECT_PUT(path, "6", 0);
	}
}

/* ---- 9.1 probe ---- */

static int probe(void *arg)
{
	static const char *const removal[] = {"R4 GENCTRL 00000003", "W4 GENCTRL 00000000",
					      "C2 MSIX_CTL 0008", "C2 COMMAND 0002"};
	static const char *const golden[] = {
		"C2 COMMAND 0006", /* 1: memory was on, bus master now */
		"R4 VERSION 00000100", "R4 GENSTS 00000000",
		RESET_POLLED,				      /* 2-4 */
		"R4 GENCFG 00000010",  "W4 GENCFG 00001010",  /* 5 */
		"R8 GENCAP",	       READ_CAPS,	      /* 6, 7 */
		"R8 OFFSETS0",	       "R8 OFFSETS1",	      /* 8 */
		MSIX_ENABLE,				      /* 10 */
		"R4 GENCTRL 00000000", "W4 GENCTRL 00000003", /* 11 */
		PERFMON_INIT,				      /* 12 */
	};

	record_clear(&w);
	CU_ASSERT_EQUAL(pci_driver("unbind"), 0);
	EXPECT_RECORD("removal", removal);
	CU_ASSERT_EQUAL(pci_driver("bind"), 0);
	EXPECT_RECORD("probe", golden);
	return 0;
}

/* CMDCAP exists only with GENCAP bit 4. */
static int probe_cmdcap(void *arg)
{
	static const char *const golden[] = {
		"C2 COMMAND 0006",     "R4 VERSION 00000200", "R4 GENSTS",
		RESET_POLLED,	       "R4 GENCFG",	      "W4 GENCFG 00001010",
		"R8 GENCAP",	       "R4 CMDCAP",	      READ_CAPS,
		"R8 OFFSETS0",	       "R8 OFFSETS1",	      MSIX_ENABLE,
		"R4 GENCTRL 00000000", "W4 GENCTRL 00000003", PERFMON_INIT,
	};

	CU_ASSERT_EQUAL(pci_driver("unbind"), 0);
	record_clear(&w);
	CU_ASSERT_EQUAL(pci_driver("bind"), 0);
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
		"R8 GRP1.WQS3",	   "R8 GRP1.ENGINES", "R8 GRP1.FLAGS", READ_WQ("0"),
		"C2 COMMAND 0002",
	};

	record_clear(&w);
	CU_ASSERT_EQUAL(pci_driver("bind"), -EOPNOTSUPP);
	EXPECT_RECORD("probe, fixed configuration", golden);
	CU_ASSERT(!strncmp(world_get(&w, DEV "dsa0/state"), "E", 1));
	return 0;
}

/* 3: a halted device is left alone. */
static int probe_halted(void *arg)
{
	static const char *const golden[] = {"C2 COMMAND 0006", "R4 VERSION", "R4 GENSTS",
					     "C2 COMMAND 0002"};

	CU_ASSERT_EQUAL(pci_driver("unbind"), 0);
	dsa_halt(machine_dsa(w.m, 0), DSA_RESET_WARM);
	record_clear(&w);
	CU_ASSERT_EQUAL(pci_driver("bind"), -ENXIO);
	EXPECT_RECORD("probe, halted", golden);
	return 0;
}

static void test_probe(void)
{
	static const char *const cmdcap[] = {"dsa.version=0x200", "dsa.gencap=0x4090940117"};
	static const char *const fixed[] = {"dsa.gencap=0x4010940107"};

	run(NULL, 0, probe);
	run(cmdcap, 2, probe_cmdcap);
	run(fixed, 1, probe_fixed);
	run(NULL, 0, probe_halted);
}

/* ---- 9.2 device enable ---- */

static int device_enable(void *arg)
{
	static const char *const golden[] = {
		/* 1: each queue with a group, all dwords */
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		READ_WQ("2"),
		WRITE_WQ("2", "00000008", "00000006", "000000a0", LIMITS),
		/* 2 */
		"R4 GENCFG 00001010",
		"W4 GENCFG 00001008",
		/* 3: all groups, used or not */
		WRITE_GROUP("0", "01", "01", FLAGS),
		WRITE_GROUP("1", "04", "02", FLAGS),
		/* 4 */
		"R4 GENCFG 00001008",
		"W4 GENCFG 00001008",
		/* 6 */
		COMMAND("80100000"),
	};
	static const char *const disable[] = {
		COMMAND("80200000"),
		COMMAND("80500000"),
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003",
	};
	/* The reset took the user interrupt bit: back with the next enable. */
	static const char *const again[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		WRITE_GROUP("0", "01", "01", FLAGS),
		WRITE_GROUP("1", "00", "00", FLAGS),
		"R4 GENCFG 00000010",
		"W4 GENCFG 00001010",
		COMMAND("80100000"),
	};

	record_clear(&w);
	/* Nothing configured: the device does not hear of it. */
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	record_expect(&w, "enable, no queue", NULL, 0, __LINE__);
	set_up_wq("0", "dedicated", "user");
	set_up_wq("2", "shared", "user");
	EXPECT_PUT(DEV "wq0.2/group_id", "1", 0);
	EXPECT_PUT(DEV "dsa0/engine0.1/group_id", "1", 0);
	EXPECT_PUT(DEV "dsa0/read_buffer_limit", "8", 0);
	record_expect(&w, "attributes", NULL, 0, __LINE__);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("enable", golden);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_RECORD("disable", disable);
	set_up_wq("0", "dedicated", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("enable again", again);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A shared queue that can't be one is refused before anything is written. */
static int shared_unsupported(void *arg)
{
	set_up_wq("0", "shared", "user");
	record_clear(&w);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x800c0000");
	record_expect(&w, "enable, shared mode missing", NULL, 0, __LINE__);
	return 0;
}

#define READ_WQ16(q)                                                                               \
	READ_WQ(q), "R4 WQ" q ".8", "R4 WQ" q ".9", "R4 WQ" q ".10", "R4 WQ" q ".11",              \
		"R4 WQ" q ".12", "R4 WQ" q ".13", "R4 WQ" q ".14", "R4 WQ" q ".15"
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

	set_up_wq("0", "shared", "user");
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

	run(NULL, 0, device_enable);
	run(v2, 3, device_enable_v2);
	run(dedicated_only, 1, shared_unsupported);
}

/* ---- 9.3 queues ---- */

#define GROUPS WRITE_GROUP("0", "01", "01", FLAGS), WRITE_GROUP("1", "00", "00", FLAGS)

static void enable(const char *mode, const char *type)
{
	set_up_wq("0", mode, type);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	record_clear(&w);
}

static int user_dedicated(void *arg)
{
	static const char *const on[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80600000"),
	};
	static const char *const open[] = {
		COMMAND("80800001"),
		COMMAND("80a00001"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		"W4 WQ0.2 100002a1", /* PASID 2 and its enable bit */
		COMMAND("80600000"),
	};
	static const char *const closed[] = {
		COMMAND("80800001"),
		COMMAND("80a00001"),
		WRITE_WQ("0", "00000008", "00000000", "100002a1", LIMITS),
		"W4 WQ0.2 000000a1",
		COMMAND("80600000"),
	};
	static const char *const off[] = {COMMAND("80800001"), COMMAND("80a00001")};
	struct process *p = process_new(w.k, "client", 0);
	int fd;

	enable("dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_RECORD("user dedicated: enable", on);
	fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(process_pasid(p) & DSA_PASID_MAX, 2);
	EXPECT_RECORD("user dedicated: open", open);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	EXPECT_RECORD("user dedicated: close", closed);
	process_exit(p);
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	EXPECT_RECORD("user dedicated: disable", off);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static int user_shared(void *arg)
{
	static const char *const on[] = {
		"W4 WQ0.2 100000a0", /* PASID enable, PASID 0: each submitter brings its own */
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000006", "100000a0", LIMITS),
		GROUPS,
		COMMAND("80600000"),
	};
	static const char *const closed[] = {COMMAND("80b00002")};
	static const char *const off[] = {COMMAND("80800001"), COMMAND("80a00001")};
	struct process *p = process_new(w.k, "client", 0);
	int fd;

	enable("shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_RECORD("user shared: enable", on);
	fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT(fd >= 0);
	record_expect(&w, "user shared: open", NULL, 0, __LINE__);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	EXPECT_RECORD("user shared: close", closed);
	process_exit(p);
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	EXPECT_RECORD("user shared: disable", off);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* System PASID in the queue and in the vector's permission; submission through rotating places. */
static int kernel_dedicated(void *arg)
{
	static const char *const on[] = {
		"W4 WQ0.2 100001a1",
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "100001a1", LIMITS),
		GROUPS,
		COMMAND("80600000"),
		"W4 PERM1 00001008",
	};
	static const char *const work[] = {"M64 PORTAL0+000 00000001", "M64 PORTAL0+040 00000001",
					   "M64 PORTAL0+080 00000001"};
	static const char *const off[] = {COMMAND("80800001"), "W4 PERM1 00000000",
					  COMMAND("80a00001")};
	struct tclient *c;

	enable("dedicated", "kernel");
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	EXPECT_RECORD("kernel dedicated: enable", on);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 3, false), 3);
	EXPECT_RECORD("kernel dedicated: submission", work);
	tclient_close(c);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_RECORD("kernel dedicated: disable", off);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static int kernel_shared(void *arg)
{
	static const char *const on[] = {
		"W4 WQ0.2 100000a0",
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000006", "100000a0", LIMITS),
		GROUPS,
		COMMAND("80600000"),
		"W4 PERM1 00001008",
	};
	static const char *const work[] = {"E64 PORTAL0+000 00000001", "E64 PORTAL0+040 00000001"};
	struct tclient *c;

	enable("shared", "kernel");
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	EXPECT_RECORD("kernel shared: enable", on);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 2, false), 2);
	EXPECT_RECORD("kernel shared: submission", work);
	tclient_close(c);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Without PASIDs the kernel's work goes by requester ID, and the vector takes what has none. */
static int kernel_no_pasid(void *arg)
{
	static const char *const enabled[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80100000"),
	};
	static const char *const on[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80600000"),
	};
	static const char *const off[] = {COMMAND("80800001"), "W4 PERM1 00000000",
					  COMMAND("80a00001")};
	struct tclient *c;

	set_up_wq("0", "dedicated", "kernel");
	record_clear(&w);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_RECORD("device without PASIDs: enable", enabled);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	EXPECT_RECORD("kernel without PASIDs: enable", on);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 3, false), 3);
	tclient_close(c);
	record_clear(&w);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_RECORD("kernel without PASIDs: disable", off);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Handles: only where CMDCAP has the commands. */
static int kernel_handles(void *arg)
{
	static const char *const on[] = {
		"W4 WQ0.2 100001a1",
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "100001a1", LIMITS),
		GROUPS,
		COMMAND("80600000"),
		"W4 PERM1 00001008",
		"R4 GENSTS",
		"W4 CMD 80d00001",
		"R4 INTCAUSE 00000002",
		"W4 INTCAUSE 00000002",
		"R4 CMDSTS",
	};
	static const char *const off[] = {COMMAND("80800001"),
					  "R4 GENSTS",
					  "W4 CMD",
					  "R4 INTCAUSE 00000002",
					  "W4 INTCAUSE 00000002",
					  "R4 CMDSTS 00000000",
					  "W4 PERM1 00000000",
					  COMMAND("80a00001")};

	enable("dedicated", "kernel");
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	EXPECT_RECORD("kernel with handles: enable", on);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_RECORD("kernel with handles: disable", off);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A queue refused by the device leaves nothing of its owner for the next one. */
static int refused_queue(void *arg)
{
	static const char *const on[] = {
		"W4 WQ0.2 100001a1",
		READ_WQ("0"),
		/* priority 0: the device objects */
		WRITE_WQ("0", "00000008", "00000000", "10000101", LIMITS),
		GROUPS,
		"R4 GENSTS",
		"W4 CMD 80600000",
		"R4 INTCAUSE 00000002",
		"W4 INTCAUSE 00000002",
		"R4 CMDSTS 00000023",
		"W4 WQ0.2 00000001",
	};
	static const char *const user[] = {
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80600000"),
	};

	enable("dedicated", "kernel");
	EXPECT_PUT(DEV "wq0.0/priority", "0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x23");
	EXPECT_RECORD("refused", on);
	EXPECT_PUT(DEV "wq0.0/priority", "10", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_RECORD("the next owner", user);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_queues(void)
{
	static const char *const handles[] = {"dsa.gencap=0x4090940117"};

	run(NULL, 0, user_dedicated);
	run(NULL, 0, user_shared);
	run(NULL, 0, kernel_dedicated);
	run(NULL, 0, kernel_shared);
	run(handles, 1, kernel_handles);
	world_boot_recorded(&w, "tiny", NULL, 0, false);
	CU_ASSERT_EQUAL(world_call(&w, kernel_no_pasid, NULL), 0);
	world_down(&w);
	run(NULL, 0, refused_queue);
}

/* ---- 9.5 submission through write() ---- */

static u64 map_buffer(struct process *p, u64 bytes)
{
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = bytes,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1,
				  .populate = true};

	return process_mmap(p, &buf);
}

/* More long copies than the queue takes, by the process's own instructions. */
static void fill_queue(struct process *p, u64 buf)
{
	u64 portal = MACHINE_DEVICE_BASE + MACHINE_DEVICE_BYTES / 2 + DSA_PORTAL_LIMITED_MSIX;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.pasid = process_pasid(p) & DSA_PASID_MAX,
				.src_addr = buf,
				.dst_addr = buf + (1 << 20),
				.xfer_size = 1 << 20};
	u32 i;

	for (i = 0; i < 1000; i++)
		if (machine_write64(w.m, portal, &d, true, NULL) != DSA_ACCEPTED)
			return;
	CU_FAIL("the queue is never full");
}

static int write_submission(void *arg)
{
	static const char *const full[] = {
		"E64 PORTAL0+000 00000002",
		"E64 PORTAL0+000 00000002",
		"E64 PORTAL0+000 00000002",
		"E64 PORTAL0+000 00000002",
	};
	static const char *const part[] = {"E64 PORTAL0+040 00000002", "E64 PORTAL0+080 00000002"};
	struct dsa_hw_desc d[3] = {{.opcode = DSA_OPCODE_NOOP}};
	struct process *p = process_new(w.k, "client", 0);
	u64 buf, pos = 0;
	int fd;

	enable("shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DEV "wq0.0/enqcmds_retries", "3", 0);
	fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT(fd >= 0);
	buf = map_buffer(p, 4 << 20);
	/* A PASID and a privilege that are not the process's: replaced. */
	d[0].pasid = 7;
	d[0].priv = 1;
	d[1] = d[0];
	d[2] = d[0];
	d[2].completion_addr = 8;
	CU_ASSERT_EQUAL(process_copy_out(p, buf + (3 << 20), d, sizeof(d)), 0);
	fill_queue(p, buf);
	record_clear(&w);
	CU_ASSERT_EQUAL(process_write(p, fd, buf + (3 << 20), 64, &pos), -EAGAIN);
	EXPECT_RECORD("write, queue full", full);
	fiber_sleep(10000 * US);
	/* Until the first that is refused. */
	CU_ASSERT_EQUAL(process_write(p, fd, buf + (3 << 20), sizeof(d), &pos), 128);
	EXPECT_RECORD("write of three", part);
	CU_ASSERT_EQUAL(process_write(p, fd, buf + (3 << 20) + 128, 64, &pos), -EINVAL);
	CU_ASSERT_EQUAL(process_write(p, fd, 0x1000, 64, &pos), -EFAULT);
	CU_ASSERT_EQUAL(process_write(p, fd, 0x1000, 0, &pos), 0);
	record_expect(&w, "refused", NULL, 0, __LINE__);
	/* The queue is gone, the file is not. */
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	CU_ASSERT_EQUAL(process_write(p, fd, buf + (3 << 20), 64, &pos), -ENXIO);
	process_exit(p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_write(void)
{
	run(NULL, 0, write_submission);
}

/* ---- 9.4 vector 0 ---- */

/* Enough of a descriptor for a queue of eight to overflow. */
static int software_error(void *arg)
{
	static const char *const golden[] = {
		"R4 INTCAUSE 00000001",
		"W4 INTCAUSE 00000001",
		"R8 SWERROR0",
		"R8 SWERROR1",
		"R8 SWERROR2",
		"R8 SWERROR3",
		"W8 SWERROR0 0000000000000003", /* valid and overflow, nothing else */
	};
	u64 portal = MACHINE_DEVICE_BASE + MACHINE_DEVICE_BYTES / 2 + DSA_PORTAL_LIMITED_MSIX;
	struct dsa_hw_desc d = {.opcode = 0x3e};
	struct process *p = process_new(w.k, "client", 0);
	u32 i;

	enable("dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	CU_ASSERT(process_open(p, "/dev/dsa/wq0.0") >= 0);
	record_clear(&w);
	/* No such operation and no record: an error each, the second while the first is shown. */
	for (i = 0; i < 2; i++)
		machine_write64(w.m, portal, &d, false, NULL);
	fiber_sleep(100 * US);
	EXPECT_RECORD("software error", golden);
	process_exit(p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Clear pending first, then look, then say how far. */
static int event_log(void *arg)
{
	static const char *const golden[] = {
		"R4 INTCAUSE 00000020",	    "W4 INTCAUSE 00000020",
		"W4 EVLSTATUS_HI 40000000", "R8 EVLSTATUS 0000000100000000",
		"W4 EVLSTATUS 00000001",
	};
	u64 portal = MACHINE_DEVICE_BASE + MACHINE_DEVICE_BYTES / 2 + DSA_PORTAL_LIMITED_MSIX;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
				.completion_addr = 0x10000};
	struct process *p = process_new(w.k, "client", 0);

	set_up_wq("0", "shared", "user");
	EXPECT_PUT(DEV "wq0.0/prs_disable", "1", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	CU_ASSERT(process_open(p, "/dev/dsa/wq0.0") >= 0);
	d.pasid = process_pasid(p) & DSA_PASID_MAX;
	record_clear(&w);
	CU_ASSERT_EQUAL(machine_write64(w.m, portal, &d, true, NULL), DSA_ACCEPTED);
	fiber_sleep(100 * US);
	EXPECT_RECORD("event log", golden);
	process_exit(p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A halt is handled alone; software reset: reset, configuration, enable, each queue. */
static int halt_reset(void *arg)
{
	static const char *const golden[] = {
		"R4 INTCAUSE 00000010",
		"W4 INTCAUSE 00000010",
		"R4 GENSTS 00000003",
		RESET_POLLED,
		"R4 GENCFG 00000010",
		"W4 GENCFG 00001010",
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003",
		PERFMON_INIT,
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000006", "100000a0", LIMITS),
		GROUPS,
		COMMAND("80100000"),
		COMMAND("80600000"),
	};

	enable("shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	record_clear(&w);
	dsa_halt(machine_dsa(w.m, 0), DSA_RESET_SOFTWARE);
	fiber_sleep(10000 * US);
	EXPECT_RECORD("halt, software reset", golden);
	EXPECT_TEXT(DEV "dsa0/state", "enabled");
	EXPECT_TEXT(DEV "wq0.0/state", "enabled");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A process leaves while the device is halted: the recovery does not bring its PASID back. */
static int halt_closed(void *arg)
{
	static const char *const closed[] = {"R4 GENSTS 00000003", "R4 GENSTS 00000003",
					     "W4 WQ0.2 000000a1"};
	static const char *const recovery[] = {
		"R4 INTCAUSE 00000010",
		"W4 INTCAUSE 00000010",
		"R4 GENSTS 00000003",
		RESET_POLLED,
		"R4 GENCFG 00000010",
		"W4 GENCFG 00001010",
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003",
		PERFMON_INIT,
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80100000"),
		COMMAND("80600000"),
	};
	struct process *p = process_new(w.k, "client", 0);
	u64 vector0 = MACHINE_DEVICE_BASE + DSA_PCI_MSIX_TABLE + 12; /* its control word */
	int fd;

	enable("dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT(fd >= 0);
	/* The message of the halt waits until the file is closed. */
	machine_mmio_write(w.m, vector0, 4, 1);
	record_clear(&w);
	dsa_halt(machine_dsa(w.m, 0), DSA_RESET_SOFTWARE);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	EXPECT_RECORD("close, halted", closed);
	machine_mmio_write(w.m, vector0, 4, 0);
	fiber_sleep(10000 * US);
	EXPECT_RECORD("halt without its process", recovery);
	process_exit(p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Beyond the driver's power: it looks, and keeps its hands off. */
static int halt_dead(void *arg)
{
	static const char *const golden[] = {"R4 INTCAUSE 00000010", "W4 INTCAUSE 00000010",
					     "R4 GENSTS 0000000b"};

	enable("shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	record_clear(&w);
	dsa_halt(machine_dsa(w.m, 0), DSA_RESET_WARM);
	fiber_sleep(10000 * US);
	EXPECT_RECORD("halt, warm reset needed", golden);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_vector0(void)
{
	static const char *const v2[] = {"dsa.version=0x200", "dsa.event_log=64",
					 "dsa.wqcap=0x00ff000001040010"};

	run(NULL, 0, software_error);
	run(v2, 3, event_log);
	run(NULL, 0, halt_reset);
	run(NULL, 0, halt_closed);
	run(NULL, 0, halt_dead);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd register order", NULL, NULL);
	CU_add_test(s, "probe", test_probe);
	CU_add_test(s, "device enable and disable", test_device);
	CU_add_test(s, "queues and files", test_queues);
	CU_add_test(s, "submission by write", test_write);
	CU_add_test(s, "vector 0", test_vector0);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
