// SPDX-License-Identifier: GPL-2.0
// The host driver on the modelled device: probe, sysfs rules, enabling, user queues, recovery.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/pci_scan.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_vdev_kernel.h"

#define DEV "/sys/bus/dsa/devices/"
#define DRV "/sys/bus/dsa/drivers/"
#define US  1000000ull

static struct sim *sim;
static struct platform *plat;
static struct system *sys;
static struct kernel *k;
static char text[4097];

static int boot(const char *platform, const char *const *sets, u32 nsets)
{
	struct cfg_error err = {""};
	int rc = platform_load(&plat, platform, NULL, sets, nsets, &err);

	if (!rc) {
		sim = sim_new(1);
		rc = system_new(sim, plat, &sys, &err);
	}
	if (rc) {
		fprintf(stderr, "boot: %d %s\n", rc, err.text);
		abort();
	}
	k = system_host(sys);
	return 0;
}

static void down(void)
{
	system_free(sys);
	sim_free(sim);
	platform_free(plat);
}

/* Text of an attribute without its newline, or "E<errno>". */
static const char *get(const char *path)
{
	int n = ksys_read(k, path, text, sizeof(text) - 1);

	if (n < 0) {
		snprintf(text, sizeof(text), "E%d", -n);
		return text;
	}
	text[n] = 0;
	if (n && text[n - 1] == '\n')
		text[n - 1] = 0;
	return text;
}

/* 0 when the whole text was taken, else -errno. */
static int put(const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

#define EXPECT_TEXT(path, want)                                                                    \
	do {                                                                                       \
		const char *got_ = get(path);                                                      \
		if (strcmp(got_, want))                                                            \
			fprintf(stderr, "%s: \"%s\", not \"%s\"\n", path, got_, want);             \
		CU_ASSERT_STRING_EQUAL(got_, want);                                                \
	} while (0)
#define EXPECT_PUT(path, value, want)                                                              \
	do {                                                                                       \
		int got_ = put(path, value);                                                       \
		if (got_ != (want))                                                                \
			fprintf(stderr, "write %s = %s: %d, not %d\n", path, value, got_, want);   \
		CU_ASSERT_EQUAL(got_, want);                                                       \
	} while (0)

static void run(int (*body)(void *))
{
	CU_ASSERT_EQUAL(system_call(sys, body, NULL), 0);
}

/* wq0.0 of @mode in group 0 with engine 0. */
static void set_up_wq(const char *mode, const char *type)
{
	EXPECT_PUT(DEV "dsa0/engine0.0/group_id", "0", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/group_id", "0", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/mode", mode, 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/size", "8", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/priority", "10", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/type", type, 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/name", "q\n", 0);
	if (!strcmp(mode, "shared"))
		EXPECT_PUT(DEV "dsa0/wq0.0/threshold", "6", 0);
}

/* ---- attributes ---- */

static int attributes(void *arg)
{
	EXPECT_TEXT(DEV "dsa0/version", "0x100");
	EXPECT_TEXT(DEV "dsa0/max_groups", "4");
	EXPECT_TEXT(DEV "dsa0/max_engines", "4");
	EXPECT_TEXT(DEV "dsa0/max_work_queues", "8");
	EXPECT_TEXT(DEV "dsa0/max_work_queues_size", "128");
	EXPECT_TEXT(DEV "dsa0/max_batch_size", "1024");
	EXPECT_TEXT(DEV "dsa0/max_transfer_size", "2147483648");
	EXPECT_TEXT(DEV "dsa0/max_read_buffers", "96");
	EXPECT_TEXT(DEV "dsa0/max_tokens", "96");
	EXPECT_TEXT(DEV "dsa0/gen_cap", "0x40915f0107");
	EXPECT_TEXT(DEV "dsa0/configurable", "1");
	EXPECT_TEXT(DEV "dsa0/pasid_enabled", "1");
	EXPECT_TEXT(DEV "dsa0/clients", "0");
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	/* Eight groups; the batch bit is hidden on the first generation. */
	EXPECT_TEXT(DEV "dsa0/op_cap", "00000000,00000000,00000000,00000000,"
				       "00000000,00000000,00000001,003f03fd");
	EXPECT_TEXT(DEV "dsa0/errors", "00000000,00000000,00000000,00000000,"
				       "00000000,00000000,00000000,00000000");
	EXPECT_TEXT(DEV "wq0.7/state", "disabled");
	EXPECT_TEXT(DEV "wq0.7/max_transfer_size", "2097152");
	EXPECT_TEXT(DEV "wq0.7/max_batch_size", "32");
	EXPECT_TEXT(DEV "wq0.7/cdev_minor", "E6");
	EXPECT_TEXT(DEV "wq0.7/enqcmds_retries", "32");
	EXPECT_TEXT(DEV "group0.0/engines", "");
	EXPECT_TEXT(DEV "group0.0/traffic_class_a", "1");
	EXPECT_TEXT(DEV "engine0.0/group_id", "-1");
	/* Without the capability there is no such attribute. */
	CU_ASSERT(!ksys_exists(k, DEV "wq0.0/op_config"));
	CU_ASSERT(!ksys_exists(k, DEV "wq0.0/prs_disable"));
	CU_ASSERT(!ksys_exists(k, DEV "dsa0/event_log_size"));
	CU_ASSERT(!ksys_exists(k, DEV "group0.0/desc_progress_limit"));
	CU_ASSERT(!ksys_exists(k, DEV "dsa0/driver"));
	return 0;
}

static int attribute_rules(void *arg)
{
	EXPECT_PUT(DEV "dsa0/wq0.0/size", "129", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/size", "100", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/size", "29", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.1/size", "28", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/priority", "16", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/group_id", "4", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/group_id", "-2", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/threshold", "101", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/threshold", "100", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/mode", "both", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/mode", "dedicated", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.0/threshold", "0");
	EXPECT_PUT(DEV "dsa0/wq0.0/threshold", "1", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/enqcmds_retries", "1", -EOPNOTSUPP);
	EXPECT_PUT(DEV "dsa0/wq0.1/enqcmds_retries", "1000", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.1/enqcmds_retries", "64");
	EXPECT_PUT(DEV "dsa0/wq0.0/max_transfer_size", "3000", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.0/max_transfer_size", "4096");
	EXPECT_PUT(DEV "dsa0/wq0.0/max_transfer_size", "2147483649", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/max_transfer_size", "0", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/max_batch_size", "1025", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/name", "\n", -EINVAL);
	EXPECT_PUT(DEV "dsa0/wq0.0/name", "abc  \n", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.0/name", "abc");
	EXPECT_PUT(DEV "dsa0/wq0.0/type", "user", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.0/name", "");
	EXPECT_PUT(DEV "dsa0/group0.0/traffic_class_a", "1", -EPERM);
	EXPECT_PUT(DEV "dsa0/group0.0/use_read_buffer_limit", "1", -EPERM);
	EXPECT_PUT(DEV "dsa0/read_buffer_limit", "97", -EINVAL);
	EXPECT_PUT(DEV "dsa0/token_limit", "96", 0);
	EXPECT_PUT(DEV "dsa0/group0.0/use_token_limit", "1", 0);
	EXPECT_PUT(DEV "dsa0/group0.0/read_buffers_reserved", "90", 0);
	EXPECT_PUT(DEV "dsa0/group0.1/read_buffers_reserved", "7", -EINVAL);
	EXPECT_PUT(DEV "dsa0/group0.1/read_buffers_allowed", "7", -EINVAL);
	EXPECT_PUT(DEV "dsa0/group0.1/read_buffers_allowed", "6", 0);
	EXPECT_PUT(DEV "dsa0/version", "1", -EACCES);
	EXPECT_PUT(DEV "dsa0/engine0.1/group_id", "1", 0);
	EXPECT_PUT(DEV "dsa0/engine0.2/group_id", "1", 0);
	EXPECT_TEXT(DEV "dsa0/group0.1/engines", "engine0.1 engine0.2");
	EXPECT_PUT(DEV "dsa0/group0.1/read_buffers_allowed", "6", -EINVAL);
	return 0;
}

static void test_attributes(void)
{
	boot("spr", NULL, 0);
	run(attributes);
	run(attribute_rules);
	down();
}

/* ---- enabling ---- */

static int refusals(void *arg)
{
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x800d0000");
	EXPECT_PUT(DEV "dsa0/cmd_status", "1", 0);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	set_up_wq("dedicated", "user");
	EXPECT_PUT(DRV "user/bind", "wq0.0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80000020");
	/* An engine in no group with the queue: the device itself objects. */
	EXPECT_PUT(DEV "dsa0/engine0.0/group_id", "-1", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x15");
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	EXPECT_PUT(DEV "dsa0/engine0.0/group_id", "0", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_TEXT(DEV "dsa0/state", "enabled");
	EXPECT_PUT(DEV "dsa0/wq0.0/size", "4", -EPERM);
	EXPECT_PUT(DEV "dsa0/read_buffer_limit", "4", -EPERM);
	EXPECT_PUT(DRV "user/bind", "wq0.1", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80030000");
	EXPECT_PUT(DEV "dsa0/wq0.0/priority", "0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x23");
	EXPECT_PUT(DEV "dsa0/wq0.0/priority", "10", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/driver_name", "dmaengine", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", -ENODEV);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80200000");
	EXPECT_PUT(DEV "dsa0/wq0.0/driver_name", "user", 0);
	return 0;
}

static int enable_disable(void *arg)
{
	struct ksys_stat st;

	CU_ASSERT(!ksys_exists(k, "/dev/dsa/wq0.0"));
	EXPECT_PUT(DEV "dsa0/wq0.0/type", "user", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/name", "q", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0\n", 0);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_TEXT(DEV "wq0.0/state", "enabled");
	EXPECT_TEXT(DEV "wq0.0/type", "user");
	EXPECT_PUT(DEV "wq0.0/mode", "shared", -EPERM);
	EXPECT_PUT(DEV "wq0.0/threshold", "1", -ENXIO);
	EXPECT_PUT(DEV "wq0.0/block_on_fault", "1", -ENXIO);
	CU_ASSERT(ksys_exists(k, DEV "wq0.0/driver"));
	CU_ASSERT_EQUAL(ksys_stat(k, "/dev/dsa/wq0.0", true, &st), 0);
	CU_ASSERT_EQUAL(st.type, KSYS_CHR);
	CU_ASSERT_EQUAL(st.mode, 0600);
	CU_ASSERT_EQUAL(st.minor, (u32)atoi(get(DEV "wq0.0/cdev_minor")));
	CU_ASSERT_EQUAL(st.major, (u32)atoi(get(DEV "dsa0/cdev_major")));
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	CU_ASSERT(!ksys_exists(k, "/dev/dsa/wq0.0"));
	EXPECT_TEXT(DEV "wq0.0/state", "disabled");
	EXPECT_TEXT(DEV "wq0.0/mode", "shared");
	EXPECT_TEXT(DEV "wq0.0/type", "none");
	EXPECT_TEXT(DEV "wq0.0/name", "");
	EXPECT_TEXT(DEV "wq0.0/priority", "0");
	EXPECT_TEXT(DEV "wq0.0/size", "8");
	EXPECT_TEXT(DEV "wq0.0/group_id", "0");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	EXPECT_TEXT(DEV "wq0.0/size", "0");
	EXPECT_TEXT(DEV "wq0.0/group_id", "-1");
	EXPECT_TEXT(DEV "engine0.0/group_id", "-1");
	return 0;
}

static int unbind_device_with_queue(void *arg)
{
	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "wq0.0/state", "disabled");
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	CU_ASSERT(!ksys_exists(k, "/dev/dsa/wq0.0"));
	return 0;
}

static void test_enable(void)
{
	boot("spr", NULL, 0);
	run(refusals);
	run(enable_disable);
	run(unbind_device_with_queue);
	down();
}

/* ---- a process ---- */

struct user {
	struct process *p;
	int fd;
	u64 portal, buf;
	u64 portal_pa;
};

static void user_open(struct user *u)
{
	struct process_map portal = {
		.kind = PROCESS_MAP_DEVICE, .len = 4096, .prot = PROCESS_PROT_WRITE};
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = 1 << 20,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1,
				  .populate = true};

	u->p = process_new(k, "client", 0);
	u->fd = process_open(u->p, "/dev/dsa/wq0.0");
	CU_ASSERT(u->fd >= 0);
	portal.fd = u->fd;
	u->portal = process_mmap(u->p, &portal);
	u->buf = process_mmap(u->p, &buf);
	CU_ASSERT_EQUAL(process_resolve(u->p, u->portal, 64, true, &u->portal_pa, NULL), 0);
}

/* Submit at the mapped portal and wait for the record at buf; its status, 0 after @us. */
static int user_submit(struct user *u, struct dsa_hw_desc *d, bool enqcmd, u64 us)
{
	struct dsa_completion_record rec = {0};
	u64 i;

	d->completion_addr = u->buf;
	d->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	process_copy_out(u->p, u->buf, &rec, sizeof(rec));
	if (enqcmd)
		d->pasid = process_pasid(u->p) & DSA_PASID_MAX;
	if (machine_write64(system_machine(sys), u->portal_pa, d, enqcmd, NULL) != DSA_ACCEPTED)
		return -1;
	for (i = 0; i < us && !rec.status; i++) {
		fiber_sleep(US);
		process_copy_in(u->p, &rec, u->buf, sizeof(rec));
	}
	return rec.status;
}

static int copy_once(struct user *u, bool enqcmd)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE, .xfer_size = 65536};
	static u8 from[65536], to[65536];
	int status;

	memset(from, 0x5a, sizeof(from));
	d.src_addr = u->buf + 0x10000;
	d.dst_addr = u->buf + 0x40000;
	process_copy_out(u->p, d.src_addr, from, sizeof(from));
	status = user_submit(u, &d, enqcmd, 100);
	process_copy_in(u->p, to, d.dst_addr, sizeof(to));
	CU_ASSERT_EQUAL(memcmp(from, to, sizeof(to)), 0);
	memset(to, 0, sizeof(to));
	process_copy_out(u->p, d.dst_addr, to, sizeof(to));
	return status;
}

static int user_dedicated(void *arg)
{
	struct user u;
	struct process *other;

	set_up_wq("dedicated", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	EXPECT_TEXT(DEV "dsa!wq0.0/file0/cr_faults", "0");
	CU_ASSERT_EQUAL(copy_once(&u, false), DSA_COMP_SUCCESS);
	other = process_new(k, "other", 0);
	CU_ASSERT_EQUAL(process_open(other, "/dev/dsa/wq0.0"), -EBUSY);
	process_exit(other);
	/* The mapping keeps the queue taken. */
	CU_ASSERT_EQUAL(process_close(u.p, u.fd), 0);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	CU_ASSERT_EQUAL(copy_once(&u, false), DSA_COMP_SUCCESS);
	process_exit(u.p);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	CU_ASSERT(!ksys_exists(k, DEV "dsa!wq0.0/file0"));
	user_open(&u);
	CU_ASSERT_EQUAL(copy_once(&u, false), DSA_COMP_SUCCESS);
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static int user_shared(void *arg)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	struct user a, b;
	u64 pos = 0;

	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&a);
	user_open(&b);
	EXPECT_TEXT(DEV "wq0.0/clients", "2");
	CU_ASSERT_NOT_EQUAL(process_pasid(a.p), process_pasid(b.p));
	CU_ASSERT_EQUAL(copy_once(&a, true), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(copy_once(&b, true), DSA_COMP_SUCCESS);

	/* Submission through write(): checked by the driver. */
	d.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	d.completion_addr = a.buf;
	process_copy_out(a.p, a.buf + 0x100, &d, sizeof(d));
	CU_ASSERT_EQUAL(process_write(a.p, a.fd, a.buf + 0x100, 64, &pos), 64);
	CU_ASSERT_EQUAL(process_write(a.p, a.fd, a.buf + 0x100, 63, &pos), -EINVAL);
	d.completion_addr = a.buf + 8;
	process_copy_out(a.p, a.buf + 0x100, &d, sizeof(d));
	CU_ASSERT_EQUAL(process_write(a.p, a.fd, a.buf + 0x100, 64, &pos), -EINVAL);
	d.completion_addr = a.buf;
	d.opcode = DSA_OPCODE_BATCH;
	process_copy_out(a.p, a.buf + 0x100, &d, sizeof(d));
	CU_ASSERT_EQUAL(process_write(a.p, a.fd, a.buf + 0x100, 64, &pos), -EINVAL);
	process_exit(a.p);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	/* The queue goes away under the other one. */
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	process_exit(b.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The portal's page is gone from the process: an access would be a bus error. */
static void portal_gone(const struct user *u)
{
	CU_ASSERT_NOT_EQUAL(process_resolve(u->p, u->portal, 64, true, NULL, NULL), 0);
	CU_ASSERT_EQUAL(process_touch(u->p, u->portal, 64, true), -EFAULT);
}

/* Who has a portal mapped does not reach the queue's next owner through it. */
static int user_loses_queue(void *arg)
{
	struct user a, b, next;

	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&a);
	user_open(&b);
	/* A closed file's mapping too. */
	CU_ASSERT_EQUAL(process_close(b.p, b.fd), 0);
	CU_ASSERT_EQUAL(copy_once(&b, true), DSA_COMP_SUCCESS);
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	portal_gone(&a);
	portal_gone(&b);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&next);
	CU_ASSERT_EQUAL(copy_once(&next, true), DSA_COMP_SUCCESS);
	portal_gone(&a);
	CU_ASSERT_EQUAL(process_munmap(a.p, a.portal, 4096), 0);
	process_exit(a.p);
	CU_ASSERT_EQUAL(copy_once(&next, true), DSA_COMP_SUCCESS);
	process_exit(b.p);
	/* The whole device goes away, or is disabled. */
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	portal_gone(&next);
	process_exit(next.p);
	return 0;
}

static void test_user(void)
{
	boot("spr", NULL, 0);
	run(user_dedicated);
	run(user_shared);
	run(user_loses_queue);
	down();
}

/* ---- a kernel client ---- */

static int kernel_client(void *arg)
{
	struct tclient *c;
	u32 i;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	CU_ASSERT_PTR_NULL(tclient_open("wq0.0", 4096));
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	EXPECT_TEXT(DEV "wq0.0/type", "kernel");
	EXPECT_TEXT(DEV "wq0.0/cdev_minor", "E6");
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	/* More at once than the queue has entries: submitters wait. */
	for (i = 1; i <= 64; i *= 4) {
		CU_ASSERT_EQUAL(tclient_copy(c, i, false), (int)i);
		CU_ASSERT_EQUAL(tclient_copy(c, i, true), (int)i);
	}
	CU_ASSERT_EQUAL(tclient_crc(c, 0, 32), 0x8a9136aa);
	CU_ASSERT_EQUAL(tclient_crc(c, 0xff, 32), 0x62a8ab43);
	CU_ASSERT_EQUAL(tclient_bad(c, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(tclient_bad(c, 0, 4 << 20), -EINVAL);
	CU_ASSERT_EQUAL(tclient_bad(c, 0x42, 0), -EOPNOTSUPP);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	CU_ASSERT_EQUAL(tclient_copy(c, 1, false), -ENXIO);
	tclient_close(c);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Who holds a queue over its unbinding does not count for the next owner, nor take from it. */
static int stale_client(void *arg)
{
	struct tclient *old, *c;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	old = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	EXPECT_PUT(DEV "wq0.0/mode", "dedicated", 0);
	EXPECT_PUT(DEV "wq0.0/priority", "10", 0);
	EXPECT_PUT(DEV "wq0.0/type", "kernel", 0);
	EXPECT_PUT(DEV "wq0.0/name", "q", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	tclient_close(old);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	CU_ASSERT_EQUAL(tclient_copy(c, 4, false), 4);
	tclient_close(c);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* A shared queue takes the kernel's work under the system PASID, with ENQCMDS. */
static int kernel_shared(void *arg)
{
	struct tclient *c;

	set_up_wq("shared", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 16, false), 16);
	CU_ASSERT_EQUAL(tclient_copy(c, 16, true), 16);
	CU_ASSERT_EQUAL(tclient_crc(c, 0, 32), 0x8a9136aa);
	tclient_close(c);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* Handles go stale while descriptors are under way: all of them still complete. */
static int handles_revoked(void *arg)
{
	struct dsa *dsa = machine_dsa(system_machine(sys), 0);
	struct tclient_sums sums;
	struct tclient *c;
	u32 i;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	dsa_revoke_handles(dsa);
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(tclient_start(c, 64), 0);
		fiber_sleep(i * US / 4);
		dsa_revoke_handles(dsa);
		CU_ASSERT_EQUAL(tclient_finish(c), 64);
	}
	tclient_sums(c, &sums);
	CU_ASSERT_EQUAL(sums.ok, 22 * 64);
	CU_ASSERT_EQUAL(sums.failed + sums.lost + sums.canceled, 0);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", 0);
	tclient_close(c);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The queue, or the device, goes away under a client: each submission ends once. */
static int client_interrupted(void *arg)
{
	struct dsa *dsa = machine_dsa(system_machine(sys), 0);
	struct tclient_sums sums;
	struct tclient *c;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_start(c, 64), 0);
	dsa_halt(dsa, DSA_RESET_SOFTWARE);
	tclient_finish(c);
	tclient_sums(c, &sums);
	CU_ASSERT_EQUAL(sums.ok + sums.lost, 64);
	CU_ASSERT(sums.lost > 0);
	fiber_sleep(1000 * US);
	EXPECT_TEXT(DEV "dsa0/state", "enabled");
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	CU_ASSERT_EQUAL(tclient_start(c, 64), 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	tclient_finish(c);
	tclient_sums(c, &sums);
	/* Those in the queue are drained; those that waited for a descriptor were refused. */
	CU_ASSERT_EQUAL(sums.ok + sums.lost + sums.refused, 3 * 64);
	CU_ASSERT(sums.refused > 0);
	CU_ASSERT_EQUAL(sums.canceled + sums.failed, 0);
	tclient_close(c);
	return 0;
}

static void test_kernel_client(void)
{
	static const char *const handles[] = {"dsa.gencap=0x40915f0117"};

	boot("spr", NULL, 0);
	run(kernel_client);
	run(kernel_shared);
	run(stale_client);
	run(client_interrupted);
	down();
	boot("spr", handles, 1);
	run(handles_revoked);
	run(client_interrupted);
	down();
}

/* ---- event log of the second generation ---- */

/* A process whose record page is not there, on a queue that may not ask for pages. */
static int record_faults(void *arg)
{
	struct dsa_completion_record rec = {0};
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};
	struct user u;
	u32 i;

	EXPECT_TEXT(DEV "dsa0/version", "0x200");
	EXPECT_TEXT(DEV "dsa0/event_log_size", "64");
	EXPECT_PUT(DEV "dsa0/event_log_size", "63", -EINVAL);
	EXPECT_PUT(DEV "dsa0/event_log_size", "65536", -EINVAL);
	EXPECT_PUT(DEV "dsa0/event_log_size", "128", 0);
	set_up_wq("shared", "user");
	EXPECT_PUT(DEV "dsa0/wq0.0/block_on_fault", "1", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/prs_disable", "1", 0);
	EXPECT_TEXT(DEV "dsa0/wq0.0/block_on_fault", "0");
	EXPECT_PUT(DEV "dsa0/wq0.0/block_on_fault", "1", -EOPNOTSUPP);
	EXPECT_PUT(DEV "dsa0/wq0.0/op_config", "1,003f03ff", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/op_config", "2,00000000", -EINVAL);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DEV "dsa0/event_log_size", "64", -EPERM);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	CU_ASSERT_EQUAL(process_madvise_dontneed(u.p, u.buf, 4096), 0);
	d.completion_addr = u.buf;
	d.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	d.pasid = process_pasid(u.p) & DSA_PASID_MAX;
	CU_ASSERT_EQUAL(machine_write64(system_machine(sys), u.portal_pa, &d, true, NULL),
			DSA_ACCEPTED);
	for (i = 0; i < 200 && !rec.status; i++) {
		fiber_sleep(US);
		process_copy_in(u.p, &rec, u.buf, sizeof(rec));
	}
	CU_ASSERT_EQUAL(rec.status, DSA_COMP_SUCCESS);
	EXPECT_TEXT(DEV "dsa!wq0.0/file0/cr_faults", "1");
	EXPECT_TEXT(DEV "dsa!wq0.0/file0/cr_fault_failures", "0");
	/* More than the log holds, to addresses that are nobody's. */
	d.completion_addr = 0x10000;
	for (i = 0; i < 200; i++) {
		while (machine_write64(system_machine(sys), u.portal_pa, &d, true, NULL) !=
		       DSA_ACCEPTED)
			fiber_sleep(US);
	}
	fiber_sleep(1000 * US);
	EXPECT_TEXT(DEV "dsa!wq0.0/file0/cr_faults", "201");
	EXPECT_TEXT(DEV "dsa!wq0.0/file0/cr_fault_failures", "200");
	CU_ASSERT_EQUAL(copy_once(&u, true), DSA_COMP_SUCCESS);
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The queue goes while a record is still on its way through the log: the process gets it. */
static int record_at_unbind(void *arg)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE, .xfer_size = 65536};
	struct dsa_completion_record rec = {0};
	struct user u;

	set_up_wq("shared", "user");
	EXPECT_PUT(DEV "dsa0/wq0.0/prs_disable", "1", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	CU_ASSERT_EQUAL(process_madvise_dontneed(u.p, u.buf, 4096), 0);
	d.completion_addr = u.buf;
	d.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	d.pasid = process_pasid(u.p) & DSA_PASID_MAX;
	d.src_addr = u.buf + 0x10000;
	d.dst_addr = u.buf + 0x40000;
	CU_ASSERT_EQUAL(machine_write64(system_machine(sys), u.portal_pa, &d, true, NULL),
			DSA_ACCEPTED);
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	process_copy_in(u.p, &rec, u.buf, sizeof(rec));
	CU_ASSERT_EQUAL(rec.status, DSA_COMP_SUCCESS);
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_event_log(void)
{
	static const char *const sets[] = {"dsa.version=0x200", "dsa.event_log=64",
					   "dsa.wqcap=0x00ff000001080080"};

	boot("spr", sets, 3);
	run(record_faults);
	run(record_at_unbind);
	down();
}

/* ---- errors, removal ---- */

/* A full dedicated queue drops what comes: reported, logged, seen by poll. */
static int queue_overflow(void *arg)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE, .xfer_size = 65536};
	struct user u;
	u32 i;

	set_up_wq("dedicated", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	CU_ASSERT_EQUAL(process_poll(u.p, u.fd), 0);
	d.src_addr = u.buf + 0x10000;
	d.dst_addr = u.buf + 0x40000;
	for (i = 0; i < 200; i++)
		machine_write64(system_machine(sys), u.portal_pa, &d, false, NULL);
	fiber_sleep(1000 * US);
	CU_ASSERT(process_poll(u.p, u.fd) & 1);
	/* Valid and queue index valid, error 0x53, queue 0; more came while it was latched. */
	CU_ASSERT_PTR_NOT_NULL(strstr(get(DEV "dsa0/errors"), "0000530b"));
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The function disappears with an open file, and comes back. */
static int remove_and_rescan(void *arg)
{
	u32 bdf = machine_dsa_sid(system_machine(sys), 0);
	struct tclient *c;
	struct user u;

	set_up_wq("shared", "user");
	EXPECT_PUT(DEV "dsa0/wq0.1/group_id", "0", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/mode", "dedicated", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/size", "8", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/priority", "1", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/type", "kernel", 0);
	EXPECT_PUT(DEV "dsa0/wq0.1/name", "dma", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.1", 0);
	user_open(&u);
	c = tclient_open("wq0.1", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	tclient_close(c);
	CU_ASSERT_EQUAL(kernel_pci_remove(k, bdf), 0);
	CU_ASSERT(!ksys_exists(k, DEV "dsa0"));
	CU_ASSERT(!ksys_exists(k, "/dev/dsa/wq0.0"));
	process_exit(u.p);
	CU_ASSERT(kernel_pci_scan(k) >= 0);
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	return 0;
}

static void stopped(void *ctx, int err)
{
	*(int *)ctx = err ? err : 1;
}

static void test_removal(void)
{
	struct kernel_stats before, after;
	int done = 0;

	boot("spr", NULL, 0);
	kernel_get_stats(k, &before);
	run(queue_overflow);
	run(remove_and_rescan);
	run(user_shared);
	kernel_get_stats(k, &after);
	CU_ASSERT_EQUAL(after.warnings, before.warnings);
	CU_ASSERT_EQUAL(after.slab_errors, 0);
	CU_ASSERT_EQUAL(kernel_stop(k, stopped, &done), 0);
	sim_run(sim, sim_now(sim) + 1000000 * US);
	CU_ASSERT_EQUAL(done, 1);
	down();
}

/* ---- services for virtual devices ---- */

static int vdev_services(void *arg)
{
	struct dsa *dsa = machine_dsa(system_machine(sys), 0);
	u32 slot;

	set_up_wq("dedicated", "mdev");
	EXPECT_PUT(DEV "dsa0/wq0.0/driver_name", "testvdev", 0);
	CU_ASSERT_EQUAL(kvdev_register(), 0);
	EXPECT_PUT(DRV "testvdev/bind", "wq0.0", -ENXIO);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "testvdev/bind", "wq0.0", 0);
	EXPECT_TEXT(DEV "wq0.0/type", "mdev");
	CU_ASSERT_EQUAL(kvdev_queue("wq0.0"), 0);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	CU_ASSERT_EQUAL(kvdev_ims("wq0.0", &slot), 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "wq0.0/state", "disabled");
	kvdev_unregister();
	CU_ASSERT(!ksys_exists(k, DRV "testvdev"));
	CU_ASSERT_EQUAL(dsa_wq_occupancy(dsa, 0), 0);
	return 0;
}

static void test_vdev_services(void)
{
	boot("spr", NULL, 0);
	run(vdev_services);
	down();
}

/* ---- halt ---- */

static int halt_and_recover(void *arg)
{
	struct user u;
	u32 type, i;

	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	CU_ASSERT_EQUAL(copy_once(&u, true), DSA_COMP_SUCCESS);
	for (type = DSA_RESET_SOFTWARE; type <= DSA_RESET_FLR; type++) {
		dsa_halt(machine_dsa(system_machine(sys), 0), type);
		for (i = 0; i < 1000 && strcmp(get(DEV "dsa0/state"), "halted"); i++)
			fiber_sleep(US / 10);
		EXPECT_TEXT(DEV "dsa0/state", "halted");
		for (i = 0; i < 1000 && strcmp(get(DEV "dsa0/state"), "enabled"); i++)
			fiber_sleep(1000 * US);
		EXPECT_TEXT(DEV "dsa0/state", "enabled");
		fiber_sleep(1000 * US);
		CU_ASSERT_EQUAL(copy_once(&u, true), DSA_COMP_SUCCESS);
	}
	dsa_halt(machine_dsa(system_machine(sys), 0), DSA_RESET_WARM);
	fiber_sleep(1000 * US);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	return 0;
}

static void test_halt(void)
{
	boot("tiny", NULL, 0);
	run(halt_and_recover);
	down();
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd", NULL, NULL);
	CU_add_test(s, "attributes", test_attributes);
	CU_add_test(s, "enable and disable", test_enable);
	CU_add_test(s, "user queues", test_user);
	CU_add_test(s, "kernel client", test_kernel_client);
	CU_add_test(s, "event log", test_event_log);
	CU_add_test(s, "overflow and removal", test_removal);
	CU_add_test(s, "services for virtual devices", test_vdev_services);
	CU_add_test(s, "halt and recovery", test_halt);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
