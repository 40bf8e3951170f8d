// SPDX-License-Identifier: GPL-2.0
// The order in which the host driver touches its device, step by step as the checklist of the
// kernel's driver has it: what vector 0 brings, and recovery.
#include <CUnit/Basic.h>
#include <linux/idxd.h>

#include "host-driver/process/process.h"
#include "host-driver/kapi/kernel.h"
#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_mmio.h"
#include "tests/unit/sim/idxd_world.h"

static struct world w;

/* ---- 9.4 vector 0 ---- */

static void unbind_queue(void *arg)
{
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	*(bool *)arg = true;
}

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

	mmio_enable(&w, "dedicated", "user");
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

/*
 * An error and the end of a command in one interrupt: the error first, then who waits for the
 * command.
 */
static int causes_together(void *arg)
{
	static const char *const golden[] = {
		"R4 GENSTS 00000001",	"W4 CMD 80800001",   "R4 INTCAUSE 00000003",
		"W4 INTCAUSE 00000003", "R8 SWERROR0",	     "R8 SWERROR1",
		"R8 SWERROR2",		"R8 SWERROR3",	     "W8 SWERROR0",
		"R4 CMDSTS 00000000",	COMMAND("80a00001"),
	};
	u64 vector0 = MACHINE_DEVICE_BASE + DSA_PCI_MSIX_TABLE + 12;
	u64 portal = MACHINE_DEVICE_BASE + MACHINE_DEVICE_BYTES / 2 + DSA_PORTAL_LIMITED_MSIX;
	struct dsa_hw_desc d = {.opcode = 0x3e};
	bool done = false;

	mmio_enable(&w, "dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	/* Vector 0 is masked until both are there. */
	machine_mmio_write(w.m, vector0, 4, 1);
	machine_write64(w.m, portal, &d, false, NULL);
	record_clear(&w);
	CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(w.k, unbind_queue, &done, "unbind"), 0);
	fiber_sleep(500 * US);
	CU_ASSERT(!done);
	machine_mmio_write(w.m, vector0, 4, 0);
	fiber_sleep(500 * US);
	CU_ASSERT(done);
	EXPECT_RECORD("error and command", golden);
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

	mmio_set_up_wq(&w, "0", "shared", "user");
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

	mmio_enable(&w, "shared", "user");
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

/* Function level reset: by the PCI core, configuration space as before, then as above. */
static int halt_flr(void *arg)
{
	static const char *const golden[] = {
		"R4 INTCAUSE 00000010",
		"W4 INTCAUSE 00000010",
		"R4 GENSTS 00000007",
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

	mmio_enable(&w, "shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	record_clear(&w);
	dsa_halt(machine_dsa(w.m, 0), DSA_RESET_FLR);
	fiber_sleep(500000 * US);
	record_drop_config(&w);
	EXPECT_RECORD("halt, function level reset", golden);
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

	mmio_enable(&w, "dedicated", "user");
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

	mmio_enable(&w, "shared", "user");
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

	mmio_run(&w, NULL, 0, software_error);
	mmio_run(&w, NULL, 0, causes_together);
	mmio_run(&w, v2, 3, event_log);
	mmio_run(&w, NULL, 0, halt_reset);
	mmio_run(&w, NULL, 0, halt_flr);
	mmio_run(&w, NULL, 0, halt_closed);
	mmio_run(&w, NULL, 0, halt_dead);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd register order, vector 0", NULL, NULL);
	CU_add_test(s, "vector 0", test_vector0);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
