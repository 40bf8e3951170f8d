// SPDX-License-Identifier: GPL-2.0
// The order in which the host driver touches its device, step by step as the checklist of the
// kernel's driver has it: queues, files, submission.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>

#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_mmio.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define MMIO .platform = "tiny", .recorded = true
/* Where CMDCAP has the commands. */
#define REQUEST_HANDLE                                                                             \
	"handle R4 GENSTS", "handle W4 CMD 80d00001", "handle R4 INTCAUSE 00000002",               \
		"handle W4 INTCAUSE 00000002", "handle R4 CMDSTS"
#define RELEASE_HANDLE                                                                             \
	"handle R4 GENSTS", "handle W4 CMD", "handle R4 INTCAUSE 00000002",                        \
		"handle W4 INTCAUSE 00000002", "handle R4 CMDSTS 00000000"

static struct world w;

/* ---- 9.3 queues ---- */

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

	mmio_enable(&w, "dedicated", "user");
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

	mmio_enable(&w, "shared", "user");
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
		REQUEST_HANDLE,
	};
	static const char *const work[] = {"M64 PORTAL0+000 00000001", "M64 PORTAL0+040 00000001",
					   "M64 PORTAL0+080 00000001"};
	static const char *const off[] = {COMMAND("80800001"), RELEASE_HANDLE, "W4 PERM1 00000000",
					  COMMAND("80a00001")};
	struct tclient *c;

	mmio_enable(&w, "dedicated", "kernel");
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
		REQUEST_HANDLE,
	};
	static const char *const work[] = {"E64 PORTAL0+000 00000001", "E64 PORTAL0+040 00000001"};
	struct tclient *c;

	mmio_enable(&w, "shared", "kernel");
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
		READ_WQ("0"),	WRITE_WQ("0", "00000008", "00000000", "000000a1", LIMITS),
		GROUPS,		COMMAND("80600000"),
		REQUEST_HANDLE,
	};
	static const char *const off[] = {COMMAND("80800001"), RELEASE_HANDLE, "W4 PERM1 00000000",
					  COMMAND("80a00001")};
	struct tclient *c;

	mmio_set_up_wq(&w, "0", "dedicated", "kernel");
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

	mmio_enable(&w, "dedicated", "kernel");
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
	static const struct place_body bodies[] = {
		{"program, dedicated queue: registers",
		 {MMIO, .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {user_dedicated}},
		{"programs, shared queue: registers",
		 {MMIO, .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {user_shared}},
		{"kernel, dedicated queue: registers",
		 {MMIO, .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {kernel_dedicated}},
		{"kernel, shared queue: registers",
		 {MMIO, .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {kernel_shared}},
		/* Only where CMDCAP has the commands. */
		{"kernel with handles: registers",
		 {MMIO, .sets = handles, .nsets = 1, .queues = "d8",
		  .needs = NEED_HANDLES | NEED_PASIDS},
		 .fn = {kernel_dedicated}},
		{"kernel without PASIDs: registers",
		 {MMIO, .queues = "d8", .needs = NEED_NO_PASIDS},
		 .fn = {kernel_no_pasid}},
		{"refused queue: registers",
		 {MMIO, .queues = "d8", .needs = NEED_CONFIG | NEED_PASIDS},
		 .fn = {refused_queue}},
	};

	place_run_all(&w, bodies, sizeof(bodies) / sizeof(bodies[0]));
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
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.pasid = process_pasid(p) & DSA_PASID_MAX,
				.src_addr = buf,
				.dst_addr = buf + (1 << 20),
				.xfer_size = 1 << 20};
	u32 i;

	for (i = 0; i < 1000; i++)
		if (world_post(&w, 0, &d, true) != DSA_ACCEPTED)
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

	mmio_enable(&w, "shared", "user");
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
	static const struct place_body body = {"submission by write()",
					       {MMIO, .queues = "s8", .needs = NEED_PASIDS},
					       .fn = {write_submission}};

	place_run(&w, &body);
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {{"queues and files", test_queues},
						  {"submission by write", test_write}};

	return place_main(argc, argv, "queues", tests, 2);
}
