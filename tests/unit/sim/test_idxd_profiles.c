// SPDX-License-Identifier: GPL-2.0
// The profiles that the distribution's accel-config ships, applied: every queue comes up as the
// file says, bound to the driver it names, and does work.
#include <CUnit/Basic.h>
#include <glob.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/configure.h"
#include "sim/core/fiber.h"
#include "sim/scenario/accel_config.h"
#include "sim/scenario/cfg.h"
#include "sim/system.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_world.h"

static struct world w;
static u32 user_queues, kernel_queues, shared_queues;

static void expect_number(const char *dev, const char *attr, s64 want)
{
	char path[128], text[32];

	if (want < 0)
		return; /* not stated */
	snprintf(path, sizeof(path), DEV "%s/%s", dev, attr);
	snprintf(text, sizeof(text), "%lld", (long long)want);
	EXPECT_TEXT(path, text);
}

static void expect_string(const char *dev, const char *attr, const char *want)
{
	char path[128];

	snprintf(path, sizeof(path), DEV "%s/%s", dev, attr);
	if (want)
		EXPECT_TEXT(path, want);
}

/* Bound to the named driver: the link says so. */
static void expect_driver(const char *dev, const char *driver)
{
	char path[128], real[256];
	int n;

	snprintf(path, sizeof(path), DEV "%s/driver", dev);
	n = ksys_realpath(w.k, path, real, sizeof(real));
	CU_ASSERT_FATAL(n > 0);
	CU_ASSERT_STRING_EQUAL(strrchr(real, '/') + 1, driver);
}

/* A no-op through the queue, by the way its driver offers. */
static void use_user_queue(const struct accfg_wq *wq)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR};
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = 4096,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1,
				  .populate = true};
	struct dsa_completion_record rec = {0};
	struct process *p = process_new(w.k, "client", 0);
	char path[64];
	u64 pos = 0, va;
	int fd;

	snprintf(path, sizeof(path), "/dev/dsa/%s", wq->dev);
	fd = process_open(p, path);
	CU_ASSERT(fd >= 0);
	va = process_mmap(p, &buf);
	d.completion_addr = va + 64;
	CU_ASSERT_EQUAL(process_copy_out(p, va, &d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(process_write(p, fd, va, sizeof(d), &pos), sizeof(d));
	fiber_sleep(20 * US);
	CU_ASSERT_EQUAL(process_copy_in(p, &rec, va + 64, sizeof(rec)), 0);
	CU_ASSERT_EQUAL(rec.status, DSA_COMP_SUCCESS);
	process_exit(p);
	user_queues++;
}

static void use_kernel_queue(const struct accfg_wq *wq)
{
	struct tclient *c = tclient_open(wq->dev, 65536);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 8, false), 8);
	tclient_close(c);
	kernel_queues++;
}

static int check(void *arg)
{
	const struct accel_config *cfg = arg;
	u32 i;

	for (i = 0; i < cfg->ndevices; i++) {
		expect_string(cfg->devices[i].dev, "state", "enabled");
		expect_string(cfg->devices[i].dev, "cmd_status", "0x0");
		expect_driver(cfg->devices[i].dev, "idxd");
	}
	for (i = 0; i < cfg->nwqs; i++) {
		const struct accfg_wq *wq = &cfg->wqs[i];

		expect_string(wq->dev, "state", "enabled");
		expect_driver(wq->dev, accel_config_driver(wq));
		expect_string(wq->dev, "driver_name", wq->driver_name);
		expect_string(wq->dev, "mode", wq->mode);
		expect_string(wq->dev, "type", wq->type);
		expect_string(wq->dev, "name", wq->name);
		expect_number(wq->dev, "group_id", wq->group);
		expect_number(wq->dev, "size", wq->size);
		expect_number(wq->dev, "threshold", wq->threshold);
		expect_number(wq->dev, "priority", wq->priority);
		expect_number(wq->dev, "block_on_fault", wq->block_on_fault);
		expect_number(wq->dev, "max_batch_size", wq->max_batch_size);
		expect_number(wq->dev, "max_transfer_size", wq->max_transfer_size);
		shared_queues += !strcmp(wq->mode, "shared");
		if (!strcmp(wq->type, "user"))
			use_user_queue(wq);
		else
			use_kernel_queue(wq);
	}
	return 0;
}

/* The queues that the program's own table has are the file's. */
static void check_table(const struct accel_config *cfg)
{
	u32 i, k, found = 0;
	char dev[32];

	CU_ASSERT_EQUAL(system_wq_count(w.sys), cfg->nwqs);
	for (i = 0; i < system_wq_count(w.sys); i++) {
		const struct system_wq *wq = system_wq(w.sys, i);

		snprintf(dev, sizeof(dev), "wq%u.%u", wq->device, wq->queue);
		for (k = 0; k < cfg->nwqs; k++) {
			if (strcmp(cfg->wqs[k].dev, dev))
				continue;
			found++;
			CU_ASSERT_EQUAL(wq->size, cfg->wqs[k].size);
			CU_ASSERT_EQUAL(wq->kernel, !strcmp(cfg->wqs[k].type, "kernel"));
			CU_ASSERT_EQUAL(wq->dedicated, !strcmp(cfg->wqs[k].mode, "dedicated"));
		}
	}
	CU_ASSERT_EQUAL(found, cfg->nwqs);
}

static void apply(const char *file, s32 device)
{
	struct cfg_error err = {""};
	struct accel_config *cfg;
	int rc;

	CU_ASSERT_EQUAL_FATAL(accel_config_load(&cfg, file, device, 0x100, &err), 0);
	world_boot(&w, "spr-2s4d", NULL, 0);
	rc = system_configure(w.sys, file, device, true, &err);
	if (rc)
		fprintf(stderr, "\n%s\n", err.text);
	CU_ASSERT_EQUAL(rc, 0);
	if (!rc) {
		CU_ASSERT_EQUAL(world_call(&w, check, cfg), 0);
		check_table(cfg);
	}
	world_down(&w);
	accel_config_free(cfg);
}

/* As they stand, and one by one on a device of the other socket. */
static void test_profiles(void)
{
	glob_t files;
	u32 i;

	CU_ASSERT_EQUAL_FATAL(glob("/etc/accel-config/contrib/configs/*.conf", 0, NULL, &files), 0);
	CU_ASSERT(files.gl_pathc >= 4);
	for (i = 0; i < files.gl_pathc; i++) {
		apply(files.gl_pathv[i], -1);
		apply(files.gl_pathv[i], 5);
	}
	globfree(&files);
	CU_ASSERT(user_queues > 0 && kernel_queues > 0 && shared_queues > 0);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd profiles", NULL, NULL);
	CU_add_test(s, "what the distribution ships", test_profiles);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
