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
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define MMIO .platform = "tiny", .recorded = true
/* A composed device asks for a function level reset, whatever stopped the physical one. */
#define HALTED "config R4 GENSTS 00000003", "fixed R4 GENSTS 00000007"

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
	struct dsa_hw_desc d = {.opcode = 0x3e};
	struct process *p = process_new(w.k, "client", 0);
	u32 i;

	mmio_enable(&w, "dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	CU_ASSERT(process_open(p, "/dev/dsa/wq0.0") >= 0);
	record_clear(&w);
	/* No such operation and no record: an error each, the second while the first is shown. */
	for (i = 0; i < 2; i++)
		world_post(&w, 0, &d, false);
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
	struct dsa_hw_desc d = {.opcode = 0x3e};
	bool done = false;

	mmio_enable(&w, "dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	/* Vector 0 is masked until both are there. */
	world_mask_vector0(&w, 1);
	world_post(&w, 0, &d, false);
	record_clear(&w);
	CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(w.k, unbind_queue, &done, "unbind"), 0);
	fiber_sleep(500 * US);
	CU_ASSERT(!done);
	world_mask_vector0(&w, 0);
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
	CU_ASSERT_EQUAL(world_post(&w, 0, &d, true), DSA_ACCEPTED);
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
		HALTED,
		RESET_POLLED_IF("config "),
		"R4 GENCFG 00000010",
		"W4 GENCFG 00001010",
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003",
		PERFMON_INIT,
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000006", "100000a0", LIMITS),
		GROUPS,
		COMMAND("80100000"),
		"fixed W4 WQ0.2 100000a0",
		COMMAND("80600000"),
	};

	mmio_enable(&w, "shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	record_clear(&w);
	world_halt(&w, DSA_RESET_SOFTWARE);
	fiber_sleep(500000 * US);
	record_drop_config(&w);
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
		"fixed W4 WQ0.2 100000a0",
		COMMAND("80600000"),
	};

	mmio_enable(&w, "shared", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	record_clear(&w);
	world_halt(&w, DSA_RESET_FLR);
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
	static const char *const closed[] = {HALTED, HALTED, "W4 WQ0.2 000000a1"};
	static const char *const recovery[] = {
		"R4 INTCAUSE 00000010",
		"W4 INTCAUSE 00000010",
		HALTED,
		RESET_POLLED_IF("config "),
		"R4 GENCFG 00000010",
		"W4 GENCFG 00001010",
		"R4 GENCTRL 00000000",
		"W4 GENCTRL 00000003",
		PERFMON_INIT,
		READ_WQ("0"),
		WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,
		COMMAND("80100000"),
		"fixed W4 WQ0.2 000000a1",
		COMMAND("80600000"),
	};
	struct process *p = process_new(w.k, "client", 0);
	int fd;

	mmio_enable(&w, "dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT(fd >= 0);
	/* The message of the halt waits until the file is closed. */
	world_mask_vector0(&w, 1);
	record_clear(&w);
	world_halt(&w, DSA_RESET_SOFTWARE);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	EXPECT_RECORD("close, halted", closed);
	world_mask_vector0(&w, 0);
	fiber_sleep(500000 * US);
	record_drop_config(&w);
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
	world_halt(&w, DSA_RESET_WARM);
	fiber_sleep(500000 * US);
	EXPECT_RECORD("halt, warm reset needed", golden);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_vector0(void)
{
	static const char *const v2[] = {"dsa.version=0x200", "dsa.event_log=64",
					 "dsa.wqcap=0x00ff000001040010"};
	static const struct place_body bodies[] = {
		{"software error",
		 {MMIO, .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {software_error}},
		{"software error and command",
		 {MMIO, .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {causes_together}},
		{"event log interrupt",
		 {MMIO, .sets = v2, .nsets = 3, .queues = "s8", .needs = NEED_EVENT_LOG},
		 .fn = {event_log}},
		{"halt, software reset",
		 {MMIO, .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {halt_reset}},
		{"halt, function level reset",
		 {MMIO, .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {halt_flr}},
		{"halt, file closed before recovery",
		 {MMIO, .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {halt_closed}},
		{"halt, dead", {MMIO, .queues = "s8", .needs = NEED_PASIDS}, .fn = {halt_dead}},
	};

	place_run_all(&w, bodies, sizeof(bodies) / sizeof(bodies[0]));
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {{"vector 0", test_vector0}};

	return place_main(argc, argv, "interrupts", tests, 1);
}
