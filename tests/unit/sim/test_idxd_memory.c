// SPDX-License-Identifier: GPL-2.0
// The host driver short of memory: each allocation of a whole life of a device fails once. Nothing
// crashes, leaks or stays stuck, and the next life is a full one.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_world.h"

#define STEPS_MAX 5000 /* allocations of one life, with room */

static struct world w;
static u32 struck;	 /* lives in which an allocation failed */
static u32 failed_at[8]; /* in which part the life went wrong */
static bool saw[0x21];	 /* soft errors, by number */

/* What a life does; a bit each in the result. */
enum part { PROBE, SETUP, DEVICE, USER, OPEN, KERNEL, WORK, PARTS };
#define ALL ((1u << PARTS) - 1)

static int pci_driver(const char *what)
{
	u16 sid = machine_dsa_sid(w.m, 0);
	char path[64], name[32];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/idxd/%s", what);
	snprintf(name, sizeof(name), "0000:%02x:%02x.%x", sid >> 8, sid >> 3 & 31, sid & 7);
	return world_put(&w, path, name);
}

static bool put(const char *path, const char *value)
{
	return !world_put(&w, path, value);
}

static bool set_up_wq(const char *q, const char *mode, const char *type)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority", "type", "name"};
	const char *value[] = {"0", mode, "8", "10", type, "q"};
	char path[64];
	bool ok = true;
	u32 i;

	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "wq0.%s/%s", q, attr[i]);
		ok &= put(path, value[i]);
	}
	return ok;
}

/* Why the last binding failed; a real errno must come with a real reason. */
static void note_status(void)
{
	const char *text = world_get(&w, DEV "dsa0/cmd_status");
	u32 status = 0;

	if (sscanf(text, "0x%x", &status) == 1 && status >> 31 && (status >> 16 & 0xff) < 0x21)
		saw[status >> 16 & 0xff] = true;
}

static bool bind(const char *driver, const char *dev)
{
	char path[64];
	bool ok;

	snprintf(path, sizeof(path), DRV "%s/bind", driver);
	ok = put(path, dev);
	if (!ok)
		note_status();
	return ok;
}

static bool open_and_submit(struct process *p)
{
	struct process_map portal = {
		.kind = PROCESS_MAP_DEVICE, .len = 4096, .prot = PROCESS_PROT_WRITE};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = 4096,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1,
				  .populate = true};
	u64 pos = 0;
	s64 va;

	portal.fd = process_open(p, "/dev/dsa/wq0.0");
	if (portal.fd < 0)
		return false;
	va = process_mmap(p, &buf);
	if (process_mmap(p, &portal) < 0 || va < 0 || process_copy_out(p, va, &d, sizeof(d)))
		return false;
	return process_write(p, portal.fd, va, sizeof(d), &pos) == sizeof(d);
}

static u32 kernel_work(void)
{
	struct kclient *c;
	u32 done = 0;

	if (!bind("dmaengine", "wq0.1"))
		return 0;
	done = 1u << KERNEL;
	c = kclient_open("wq0.1", 4096);
	if (c && kclient_copy(c, 4, false) == 4)
		done |= 1u << WORK;
	if (c)
		kclient_close(c);
	return done;
}

/* One life, as far as it goes. */
static u32 live(void)
{
	struct process *p;
	u32 done = 0;

	if (pci_driver("bind"))
		return 0;
	done |= 1u << PROBE;
	if (put(DEV "engine0.0/group_id", "0") && set_up_wq("0", "shared", "user") &&
	    put(DEV "wq0.0/threshold", "6") && set_up_wq("1", "dedicated", "kernel"))
		done |= 1u << SETUP;
	if (bind("idxd", "dsa0"))
		done |= 1u << DEVICE;
	if (bind("user", "wq0.0")) {
		done |= 1u << USER;
		p = process_new(w.k, "p", 0);
		if (p && open_and_submit(p))
			done |= 1u << OPEN;
		if (p)
			process_exit(p);
	}
	return done | kernel_work();
}

/* The end of a life is never short of anything. */
static void end(u32 done)
{
	kernel_fail_alloc(w.k, 0);
	if (done & 1u << PROBE)
		CU_ASSERT_EQUAL(pci_driver("unbind"), 0);
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa0"));
	fiber_sleep(1000 * US);
}

static void check_same(const struct kernel_stats *before, u32 n)
{
	struct kernel_stats now;

	kernel_get_stats(w.k, &now);
	if (now.slab_bytes != before->slab_bytes || now.warnings != before->warnings ||
	    now.bugs != before->bugs || now.slab_errors != before->slab_errors)
		fprintf(stderr,
			"\nallocation %u: %llu bytes, not %llu; warnings %llu, bugs %llu, slab "
			"%llu\n",
			n, (unsigned long long)now.slab_bytes,
			(unsigned long long)before->slab_bytes,
			(unsigned long long)(now.warnings - before->warnings),
			(unsigned long long)now.bugs, (unsigned long long)now.slab_errors);
	CU_ASSERT_EQUAL(now.slab_bytes, before->slab_bytes);
	CU_ASSERT_EQUAL(now.pages, before->pages);
	CU_ASSERT_EQUAL(now.warnings, before->warnings);
	CU_ASSERT_EQUAL(now.bugs, 0);
	CU_ASSERT_EQUAL(now.slab_errors, 0);
}

static int lives(void *arg)
{
	struct kernel_stats before, st;
	u32 n, done, i;
	u64 fails;

	CU_ASSERT_EQUAL(pci_driver("unbind"), 0);
	/* One to warm up what the kernel keeps. */
	done = live();
	CU_ASSERT_EQUAL_FATAL(done, ALL);
	end(done);
	kernel_get_stats(w.k, &before);
	for (n = 1; n < STEPS_MAX; n++) {
		kernel_get_stats(w.k, &st);
		fails = st.alloc_fails;
		kernel_fail_alloc(w.k, n);
		done = live();
		end(done);
		check_same(&before, n);
		kernel_get_stats(w.k, &st);
		if (st.alloc_fails == fails)
			break;
		struck++;
		for (i = 0; i < PARTS && done & 1u << i; i++)
			;
		failed_at[i]++;
	}
	/* That was one without a failure. */
	CU_ASSERT_EQUAL(done, ALL);
	CU_ASSERT(n < STEPS_MAX);
	return 0;
}

static void run(const char *const *sets, u32 nsets)
{
	u32 i, parts = 0;

	struck = 0;
	memset(failed_at, 0, sizeof(failed_at));
	memset(saw, 0, sizeof(saw));
	world_boot(&w, "tiny", sets, nsets);
	CU_ASSERT_EQUAL(world_call(&w, lives, NULL), 0);
	world_down(&w);
	/* Every part was hit, and most hits were noticed. */
	for (i = 0; i < PARTS; i++)
		parts += failed_at[i] > 0;
	CU_ASSERT_EQUAL(parts, PARTS);
	CU_ASSERT(struck > 200);
	CU_ASSERT(failed_at[PARTS] < struck / 10);
	CU_ASSERT(saw[IDXD_SCMD_WQ_RES_ALLOC_ERR >> 16 & 0xff]);
	CU_ASSERT(saw[IDXD_SCMD_CDEV_ERR >> 16 & 0xff]);
}

static void test_v1(void)
{
	run(NULL, 0);
}

/* With an event log and interrupt handles; the log's memory may be what is missing. */
static void test_v2(void)
{
	static const char *const sets[] = {"dsa.version=0x200", "dsa.event_log=64",
					   "dsa.gencap=0x4090940117",
					   "dsa.wqcap=0x00ff000001040010"};

	run(sets, 4);
	CU_ASSERT(saw[0x12]);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd short of memory", NULL, NULL);
	CU_add_test(s, "first generation", test_v1);
	CU_add_test(s, "second generation", test_v2);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
