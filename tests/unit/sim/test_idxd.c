// SPDX-License-Identifier: GPL-2.0
// The driver on the modelled device and on virtual ones: probe, sysfs rules, enabling, user queues,
// recovery.
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
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_vdev_kernel.h"
#include "tests/unit/sim/idxd_world.h"

static struct world w;

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
	CU_ASSERT(!ksys_exists(w.k, DEV "wq0.0/op_config"));
	CU_ASSERT(!ksys_exists(w.k, DEV "wq0.0/prs_disable"));
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa0/event_log_size"));
	CU_ASSERT(!ksys_exists(w.k, DEV "group0.0/desc_progress_limit"));
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa0/driver"));
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
	static const struct place_body bodies[] = {
		{"attributes", .fn = {attributes}},
		{"attribute rules", .fn = {attribute_rules}},
	};

	place_run_all(&w, bodies, 2);
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

	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.0"));
	EXPECT_PUT(DEV "dsa0/wq0.0/type", "user", 0);
	EXPECT_PUT(DEV "dsa0/wq0.0/name", "q", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0\n", 0);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_TEXT(DEV "wq0.0/state", "enabled");
	EXPECT_TEXT(DEV "wq0.0/type", "user");
	EXPECT_PUT(DEV "wq0.0/mode", "shared", -EPERM);
	EXPECT_PUT(DEV "wq0.0/threshold", "1", -ENXIO);
	EXPECT_PUT(DEV "wq0.0/block_on_fault", "1", -ENXIO);
	CU_ASSERT(ksys_exists(w.k, DEV "wq0.0/driver"));
	CU_ASSERT_EQUAL(ksys_stat(w.k, "/dev/dsa/wq0.0", true, &st), 0);
	CU_ASSERT_EQUAL(st.type, KSYS_CHR);
	CU_ASSERT_EQUAL(st.mode, 0600);
	CU_ASSERT_EQUAL(st.minor, (u32)atoi(world_get(&w, DEV "wq0.0/cdev_minor")));
	CU_ASSERT_EQUAL(st.major, (u32)atoi(world_get(&w, DEV "dsa0/cdev_major")));
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.0"));
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

/* The same with a queue that was not refused anything. */
static int enable_again(void *arg)
{
	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	return enable_disable(arg);
}

static int unbind_device_with_queue(void *arg)
{
	set_up_wq("shared", "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "wq0.0/state", "disabled");
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.0"));
	return 0;
}

static void test_enable(void)
{
	static const struct place_body bodies[] = {
		{"refusals of what is configured",
		 {.needs = NEED_CONFIG | NEED_PASIDS},
		 .fn = {refusals, enable_disable}},
		{"enabling and disabling",
		 {.queues = "s8", .needs = NEED_PASIDS},
		 .fn = {unbind_device_with_queue, enable_again}},
	};

	place_run_all(&w, bodies, 2);
}

/* ---- a process ---- */

struct user {
	struct process *p;
	int fd;
	u64 portal, buf;
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

	u->p = process_new(w.k, "client", 0);
	u->fd = process_open(u->p, "/dev/dsa/wq0.0");
	CU_ASSERT(u->fd >= 0);
	portal.fd = u->fd;
	u->portal = process_mmap(u->p, &portal);
	u->buf = process_mmap(u->p, &buf);
	CU_ASSERT_EQUAL(process_resolve(u->p, u->portal, 64, true, NULL, NULL), 0);
}

/* The process's own instruction at its portal. */
static int user_store(struct user *u, const struct dsa_hw_desc *d, bool enqcmd)
{
	return enqcmd ? process_enqcmd(u->p, u->portal, d) : process_movdir64b(u->p, u->portal, d);
}

/* Submit at the mapped portal and wait for the record at buf; its status, 0 after @us. */
static int user_submit(struct user *u, struct dsa_hw_desc *d, bool enqcmd, u64 us)
{
	struct dsa_completion_record rec = {0};
	u64 i;

	d->completion_addr = u->buf;
	d->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	process_copy_out(u->p, u->buf, &rec, sizeof(rec));
	if (user_store(u, d, enqcmd))
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
	other = process_new(w.k, "other", 0);
	CU_ASSERT_EQUAL(process_open(other, "/dev/dsa/wq0.0"), -EBUSY);
	process_exit(other);
	/* The mapping keeps the queue taken. */
	CU_ASSERT_EQUAL(process_close(u.p, u.fd), 0);
	EXPECT_TEXT(DEV "wq0.0/clients", "1");
	CU_ASSERT_EQUAL(copy_once(&u, false), DSA_COMP_SUCCESS);
	process_exit(u.p);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa!wq0.0/file0"));
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
	static const struct place_body bodies[] = {
		{"program, dedicated queue",
		 {.queues = "d8", .needs = NEED_PASIDS},
		 .fn = {user_dedicated}},
		{"programs, shared queue",
		 {.queues = "s8", .needs = NEED_PASIDS},
		 .fn = {user_shared, user_loses_queue}},
	};

	place_run_all(&w, bodies, 2);
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
	void (*revoke)(struct world *) = arg;
	struct tclient_sums sums;
	struct tclient *c;
	u32 i;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	revoke(&w);
	CU_ASSERT_EQUAL(tclient_copy(c, 64, false), 64);
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(tclient_start(c, 64), 0);
		fiber_sleep(i * US / 4);
		revoke(&w);
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
	struct tclient_sums sums;
	struct tclient *c;

	set_up_wq("dedicated", "kernel");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", 0);
	c = tclient_open("wq0.0", 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(tclient_start(c, 64), 0);
	world_halt(&w, DSA_RESET_SOFTWARE);
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
	static const struct place_body bodies[] = {
		{"kernel client, dedicated queue",
		 {.queues = "d8"},
		 .fn = {kernel_client, stale_client, client_interrupted}},
		{"kernel client, shared queue",
		 {.queues = "s8", .needs = NEED_PASIDS},
		 .fn = {kernel_shared}},
		{"kernel client, handles revoked",
		 {.sets = handles, .nsets = 1, .queues = "d8", .needs = NEED_HANDLES},
		 .fn = {handles_revoked, client_interrupted},
		 .arg = world_revoke},
		{"kernel client, physical handles revoked",
		 {.sets = handles, .nsets = 1, .queues = "d8", .needs = NEED_HANDLES},
		 .fn = {handles_revoked, client_interrupted},
		 .arg = world_revoke_physical},
	};

	place_run_all(&w, bodies, 4);
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
	CU_ASSERT_EQUAL(user_store(&u, &d, true), 0);
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
		while (user_store(&u, &d, true))
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
	d.src_addr = u.buf + 0x10000;
	d.dst_addr = u.buf + 0x40000;
	CU_ASSERT_EQUAL(user_store(&u, &d, true), 0);
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
	static const struct place_body body = {"event log",
					       {.sets = sets,
						.nsets = 3,
						.queues = "s8",
						.needs = NEED_EVENT_LOG | NEED_OPCFG | NEED_PASIDS},
					       .fn = {record_faults, record_at_unbind}};

	place_run(&w, &body);
}

/* ---- errors, removal ---- */

/* A full dedicated queue drops what comes: reported, logged, seen by poll. */
static int queue_overflow(void *arg)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE, .xfer_size = 65536};
	const char *errors;
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
		user_store(&u, &d, false);
	fiber_sleep(1000 * US);
	CU_ASSERT(process_poll(u.p, u.fd) & 1);
	/* Valid and queue index valid, error 0x53, queue 0; perhaps more came while it was latched.
	 */
	errors = world_get(&w, DEV "dsa0/errors");
	CU_ASSERT(strstr(errors, ",0000530b") || strstr(errors, ",00005309"));
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The function disappears with an open file, and comes back. */
static int remove_and_rescan(void *arg)
{
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
	CU_ASSERT_EQUAL(kernel_pci_remove(w.k, world_bdf(&w)), 0);
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa0"));
	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.0"));
	process_exit(u.p);
	CU_ASSERT(kernel_pci_scan(w.k) >= 0);
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	return 0;
}

static void test_removal(void)
{
	static const struct place_body bodies[] = {
		{"overflow", {.queues = "d8", .needs = NEED_PASIDS}, .fn = {queue_overflow}},
		{"removal and scan",
		 {.queues = "s8 d8", .needs = NEED_PASIDS},
		 .fn = {remove_and_rescan, user_shared},
		 .stop = true},
	};

	place_run_all(&w, bodies, 2);
}

/* ---- services for virtual devices ---- */

static int vdev_services(void *arg)
{
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
	CU_ASSERT(!ksys_exists(w.k, DRV "testvdev"));
	CU_ASSERT_EQUAL(dsa_wq_occupancy(machine_dsa(w.m, 0), 0), 0);
	return 0;
}

static void test_vdev_services(void)
{
	static const struct place_body body = {"services for virtual devices",
					       {.queues = "d8", .needs = NEED_IMS},
					       .fn = {vdev_services}};

	place_run(&w, &body);
}

/* ---- halt ---- */

static int halt_and_recover(void *arg)
{
	bool shared = !strcmp(arg, "shared");
	struct user u;
	u32 type, i;

	set_up_wq(arg, "user");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	user_open(&u);
	CU_ASSERT_EQUAL(copy_once(&u, shared), DSA_COMP_SUCCESS);
	for (type = DSA_RESET_SOFTWARE; type <= DSA_RESET_FLR; type++) {
		world_halt(&w, type);
		for (i = 0; i < 1000 && strcmp(world_get(&w, DEV "dsa0/state"), "halted"); i++)
			fiber_sleep(US / 10);
		EXPECT_TEXT(DEV "dsa0/state", "halted");
		for (i = 0; i < 1000 && strcmp(world_get(&w, DEV "dsa0/state"), "enabled"); i++)
			fiber_sleep(1000 * US);
		EXPECT_TEXT(DEV "dsa0/state", "enabled");
		fiber_sleep(1000 * US);
		CU_ASSERT_EQUAL(copy_once(&u, shared), DSA_COMP_SUCCESS);
	}
	world_halt(&w, DSA_RESET_WARM);
	fiber_sleep(1000 * US);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	process_exit(u.p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	return 0;
}

static void test_halt(void)
{
	static const struct place_body bodies[] = {
		{"halt and recovery, shared queue",
		 {.platform = "tiny", .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {halt_and_recover},
		 .arg = "shared"},
		{"halt and recovery, dedicated queue",
		 {.platform = "tiny", .queues = "d8", .needs = NEED_PASIDS},
		 .fn = {halt_and_recover},
		 .arg = "dedicated"},
	};

	place_run_all(&w, bodies, 2);
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {
		{"attributes", test_attributes},
		{"enable and disable", test_enable},
		{"user queues", test_user},
		{"kernel client", test_kernel_client},
		{"event log", test_event_log},
		{"overflow and removal", test_removal},
		{"services for virtual devices", test_vdev_services},
		{"halt and recovery", test_halt},
	};

	return place_main(argc, argv, "driver", tests, sizeof(tests) / sizeof(tests[0]));
}
