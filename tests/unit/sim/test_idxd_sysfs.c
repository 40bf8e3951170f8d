// SPDX-License-Identifier: GPL-2.0
// The sysfs side of the driver as programs meet it, in the host and in guests: names, modes,
// formats, the rules of each attribute in each state, soft errors, what unbinding leaves.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ZEROS	 "00000000,00000000,00000000,00000000,00000000,00000000,00000000,00000000"

static struct world w;

static const char *const v2[] = {"dsa.version=0x200", "dsa.event_log=64",
				 "dsa.wqcap=0x00ff000001080080", "dsa.grpcap=0x00076004"};

/* ---- what there is ---- */

struct attr {
	const char *name;
	u32 mode;
	const char *value; /* at first */
};

static const struct attr device_attrs[] = {
	{"version", 0444, "0x100"},
	{"max_groups", 0444, "4"},
	{"max_work_queues", 0444, "8"},
	{"max_work_queues_size", 0444, "128"},
	{"max_engines", 0444, "4"},
	{"max_batch_size", 0444, "1024"},
	{"max_transfer_size", 0444, "2147483648"},
	{"max_read_buffers", 0444, "96"},
	{"max_tokens", 0444, "96"},
	{"numa_node", 0444, NULL}, /* below */
	{"op_cap", 0444, NULL},	   /* test_idxd */
	{"gen_cap", 0444, "0x40915f0107"},
	{"configurable", 0444, "1"},
	{"clients", 0444, "0"},
	{"pasid_enabled", 0444, "1"},
	{"state", 0444, "disabled"},
	{"errors", 0444, ZEROS},
	{"read_buffer_limit", 0644, "0"},
	{"token_limit", 0644, "0"},
	{"cdev_major", 0444, NULL},
	{"cmd_status", 0644, "0x0"},
};

static const struct attr wq_attrs[] = {
	{"clients", 0444, "0"},
	{"state", 0444, "disabled"},
	{"group_id", 0644, "-1"},
	{"mode", 0644, "shared"},
	{"size", 0644, "0"},
	{"priority", 0644, "0"},
	{"block_on_fault", 0644, "0"},
	{"threshold", 0644, "0"},
	{"type", 0644, "none"},
	{"name", 0644, ""},
	{"driver_name", 0644, ""},
	{"cdev_minor", 0444, "E6"},
	{"max_transfer_size", 0644, "2097152"},
	{"max_batch_size", 0644, "32"},
	{"occupancy", 0444, "0"},
	{"enqcmds_retries", 0644, "32"},
};

static const struct attr group_attrs[] = {
	{"work_queues", 0444, ""},
	{"engines", 0444, ""},
	{"use_read_buffer_limit", 0644, "0"},
	{"use_token_limit", 0644, "0"},
	{"read_buffers_allowed", 0644, "0"},
	{"tokens_allowed", 0644, "0"},
	{"read_buffers_reserved", 0644, "0"},
	{"tokens_reserved", 0644, "0"},
	{"traffic_class_a", 0644, "1"},
	{"traffic_class_b", 0644, "1"},
};

static const struct attr engine_attrs[] = {{"group_id", 0644, "-1"}};

static const struct attr v2_device_attrs[] = {{"event_log_size", 0644, "64"},
					      {"version", 0444, "0x200"}};
static const struct attr v2_wq_attrs[] = {
	{"ats_disable", 0644, "0"},
	{"prs_disable", 0644, "0"},
	{"op_config", 0644,
	 "00000000,00000000,00000000,00000000,00000000,00000000,00000001,003f03ff"},
};
static const struct attr v2_group_attrs[] = {{"desc_progress_limit", 0644, "0"},
					     {"batch_progress_limit", 0644, "0"}};

static void check_attrs(const char *dir, const struct attr *a, u32 n)
{
	struct ksys_stat st;
	char path[128];
	u32 i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, a[i].name);
		if (caps_hides(&w.caps, path)) {
			CU_ASSERT(!ksys_exists(w.k, path));
			continue;
		}
		CU_ASSERT_EQUAL(ksys_stat(w.k, path, true, &st), 0);
		if (st.mode != a[i].mode)
			fprintf(stderr, "\n%s: mode %o\n", path, st.mode);
		CU_ASSERT_EQUAL(st.mode, a[i].mode);
		CU_ASSERT_EQUAL(st.size, 4096);
		if (a[i].value)
			EXPECT_TEXT(path, a[i].value);
		/* What may not be written is not. */
		if (a[i].mode == 0444)
			EXPECT_PUT(path, "1", -EACCES);
	}
}

static int count_attr(void *ctx, const char *name, enum ksys_type type)
{
	*(u32 *)ctx += type == KSYS_FILE && strcmp(name, "uevent");
	return 0;
}

/* Nothing but what the tables list. */
static void check_count(const char *dir, u32 want)
{
	u32 n = 0;

	CU_ASSERT_EQUAL(ksys_list(w.k, dir, count_attr, &n), 0);
	if (n != want)
		fprintf(stderr, "\n%s: %u attributes, not %u\n", dir, n, want);
	CU_ASSERT_EQUAL(n, want);
}

/* The highest of @n objects of a kind. */
static const char *last(const char *kind, u32 n)
{
	static char path[64];

	snprintf(path, sizeof(path), DEV "%s0.%u", kind, n - 1);
	return path;
}

static int present(void *arg)
{
	char node[16];

	snprintf(node, sizeof(node), "%d", w.node);
	EXPECT_TEXT(DEV "dsa0/numa_node", node);
	check_attrs(DEV "dsa0", device_attrs, COUNT(device_attrs));
	check_attrs(last("wq", w.caps.nwqs), wq_attrs, COUNT(wq_attrs));
	check_attrs(last("group", w.caps.ngroups), group_attrs, COUNT(group_attrs));
	check_attrs(last("engine", w.caps.nengines), engine_attrs, COUNT(engine_attrs));
	check_count(DEV "dsa0", COUNT(device_attrs));
	check_count(last("wq", w.caps.nwqs), COUNT(wq_attrs));
	check_count(last("group", w.caps.ngroups), COUNT(group_attrs));
	check_count(last("engine", w.caps.nengines), COUNT(engine_attrs));
	return 0;
}

static int present_v2(void *arg)
{
	check_attrs(DEV "dsa0", v2_device_attrs, COUNT(v2_device_attrs));
	check_attrs(DEV "wq0.3", v2_wq_attrs, COUNT(v2_wq_attrs));
	check_attrs(DEV "group0.3", v2_group_attrs, COUNT(v2_group_attrs));
	/* The version is there on both. */
	check_count(DEV "dsa0", COUNT(device_attrs) + COUNT(v2_device_attrs) - 1);
	check_count(DEV "wq0.3", COUNT(wq_attrs) + COUNT(v2_wq_attrs));
	check_count(DEV "group0.3", COUNT(group_attrs) + COUNT(v2_group_attrs));
	/* No reason to hide batches any more. */
	EXPECT_TEXT(DEV "dsa0/op_cap", v2_wq_attrs[2].value);
	return 0;
}

/* Paths of the tree that programs rely on. */
static int tree(void *arg)
{
	static const char *const there[] = {
		"/sys/module/idxd", DRV "idxd",		  DRV "user",	       DRV "dmaengine",
		DEV "dsa0/wq0.0",   DEV "dsa0/engine0.0", DEV "dsa0/group0.0",
	};
	static const char *const not_there[] = {"/sys/bus/iax", DEV "dsa0/driver",
						DEV "wq0.0/driver", "/dev/dsa/wq0.0"};
	static const char *const bind[] = {DRV "idxd/bind",	 DRV "idxd/unbind",
					   DRV "user/bind",	 DRV "user/unbind",
					   DRV "dmaengine/bind", DRV "dmaengine/unbind"};
	char flat[256], below[256];
	struct ksys_stat st;
	u32 i;

	for (i = 0; i < COUNT(there); i++)
		CU_ASSERT(ksys_exists(w.k, there[i]));
	for (i = 0; i < COUNT(not_there); i++)
		CU_ASSERT(!ksys_exists(w.k, not_there[i]));
	for (i = 0; i < COUNT(bind); i++) {
		CU_ASSERT_EQUAL(ksys_stat(w.k, bind[i], true, &st), 0);
		CU_ASSERT_EQUAL(st.mode, 0200);
		EXPECT_PUT(bind[i], "wq9.9", -ENODEV);
	}
	CU_ASSERT(ksys_exists(w.k, last("wq", w.caps.nwqs)));
	CU_ASSERT(ksys_exists(w.k, last("group", w.caps.ngroups)));
	CU_ASSERT(ksys_exists(w.k, last("engine", w.caps.nengines)));
	CU_ASSERT(!ksys_exists(w.k, last("wq", w.caps.nwqs + 1)));
	CU_ASSERT(!ksys_exists(w.k, last("group", w.caps.ngroups + 1)));
	CU_ASSERT(!ksys_exists(w.k, last("engine", w.caps.nengines + 1)));
	CU_ASSERT(ksys_realpath(w.k, DEV "wq0.0", flat, sizeof(flat)) > 0);
	CU_ASSERT(ksys_realpath(w.k, DEV "dsa0/wq0.0", below, sizeof(below)) > 0);
	CU_ASSERT_STRING_EQUAL(flat, below);
	/* A reader with a small buffer goes on in the same text. */
	CU_ASSERT_EQUAL(ksys_pread(w.k, DEV "dsa0/max_transfer_size", flat, 3, 4), 3);
	CU_ASSERT_EQUAL(memcmp(flat, "483", 3), 0);
	CU_ASSERT_EQUAL(ksys_pread(w.k, DEV "dsa0/version", flat, 16, 6), 0);
	return 0;
}

static void test_present(void)
{
	static const struct place_body bodies[] = {
		{"attributes there are", .fn = {present, tree}},
		{"attributes there are, second generation",
		 {.sets = v2, .nsets = COUNT(v2), .needs = NEED_EVENT_LOG | NEED_OPCFG},
		 .fn = {present_v2}},
	};

	place_run_all(&w, bodies, COUNT(bodies));
}

/* ---- values ---- */

struct value {
	const char *attr, *value;
	int want;
	const char *text; /* afterwards; NULL: as before */
};

static void check_values(const struct value *v, u32 n)
{
	char path[128], before[4097];
	u32 i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), DEV "%s", v[i].attr);
		snprintf(before, sizeof(before), "%s", world_get(&w, path));
		EXPECT_PUT(path, v[i].value, v[i].want);
		EXPECT_TEXT(path, v[i].text ? v[i].text : before);
	}
}

/* In this order: later lines build on earlier ones. */
static const struct value values[] = {
	{"engine0.0/group_id", "4", -EINVAL, NULL},
	{"engine0.0/group_id", "-2", -EINVAL, NULL},
	{"engine0.0/group_id", "x", -EINVAL, NULL},
	{"engine0.0/group_id", "3\n", 0, "3"},
	{"engine0.0/group_id", "-1", 0, "-1"},
	{"wq0.0/group_id", "", 0, NULL}, /* no byte: never gets to the driver */
	{"wq0.0/group_id", "\n", -EINVAL, NULL},
	{"wq0.0/group_id", "99999999999", -EINVAL, NULL},
	{"wq0.0/group_id", "3", 0, "3"},
	{"wq0.0/group_id", "-1", 0, "-1"},
	{"wq0.0/size", "-1", -EINVAL, NULL},
	{"wq0.0/size", "4294967296", -EINVAL, NULL},
	{"wq0.0/size", "4294967295", -EINVAL, NULL},
	{"wq0.0/size", "8 8", -EINVAL, NULL},
	{"wq0.0/size", "8\n", 0, "8"},
	{"wq0.0/priority", "-1", -EINVAL, NULL},
	{"wq0.0/priority", "15", 0, "15"},
	{"wq0.0/priority", "16", -EINVAL, NULL},
	{"wq0.0/mode", "Shared", -EINVAL, NULL},
	{"wq0.0/mode", "shared\n", 0, "shared"},
	{"wq0.0/threshold", "0", -EINVAL, NULL},
	{"wq0.0/threshold", "9", -EINVAL, NULL},
	{"wq0.0/threshold", "8", 0, "8"},
	{"wq0.0/block_on_fault", "2", -EINVAL, NULL},
	{"wq0.0/block_on_fault", "1", 0, "1"},
	{"wq0.0/block_on_fault", "n", 0, "0"},
	{"wq0.0/type", "mine", -EINVAL, NULL},
	{"wq0.0/type", "kernel", 0, "kernel"},
	{"wq0.0/name", " ", -EINVAL, NULL},
	{"wq0.0/name", "a b\t \n", 0, "a b"},
	{"wq0.0/type", "kernel\n", 0, "kernel"},
	{"wq0.0/driver_name", "user\n", 0, "user"},
	{"wq0.0/driver_name", " \n", -EINVAL, NULL},
	{"wq0.0/max_transfer_size", "1", 0, "1"},
	{"wq0.0/max_transfer_size", "0x1001", 0, "8192"},
	{"wq0.0/max_transfer_size", "1073741825", 0, "2147483648"},
	{"wq0.0/max_transfer_size", "18446744073709551615", -EINVAL, NULL},
	{"wq0.0/max_transfer_size", "18446744073709551616", -EINVAL, NULL},
	{"wq0.0/max_batch_size", "0", -EINVAL, NULL},
	{"wq0.0/max_batch_size", "3", 0, "4"},
	{"wq0.0/max_batch_size", "1024", 0, "1024"},
	{"wq0.0/enqcmds_retries", "-1", -EINVAL, NULL},
	{"wq0.0/enqcmds_retries", "0", 0, "0"},
	{"wq0.0/enqcmds_retries", "65", 0, "64"},
	{"wq0.0/mode", "dedicated", 0, "dedicated"},
	{"wq0.0/enqcmds_retries", "1", -EOPNOTSUPP, "E95"},
	{"dsa0/read_buffer_limit", "-1", -EINVAL, NULL},
	{"dsa0/read_buffer_limit", "96", 0, "96"},
	{"dsa0/cmd_status", "anything", 0, "0x0"},
	{"group0.0/use_read_buffer_limit", "2", -EINVAL, NULL},
	{"group0.0/use_read_buffer_limit", "1", 0, "1"},
	{"group0.0/tokens_reserved", "97", -EINVAL, NULL},
	{"group0.0/tokens_reserved", "40", 0, "40"},
	{"group0.1/read_buffers_reserved", "57", -EINVAL, NULL},
	{"group0.1/read_buffers_reserved", "56", 0, "56"},
	{"group0.1/read_buffers_allowed", "57", -EINVAL, NULL},
	{"group0.1/tokens_allowed", "56", 0, "56"},
	{"group0.0/read_buffers_reserved", "0", 0, "0"},
	{"group0.0/traffic_class_b", "8", -EPERM, NULL},
	{"group0.0/traffic_class_b", "x", -EINVAL, NULL},
};

static const struct value v2_values[] = {
	{"dsa0/event_log_size", "x", -EINVAL, NULL},
	{"dsa0/event_log_size", "65535", 0, "65535"},
	{"wq0.0/ats_disable", "2", -EINVAL, NULL},
	{"wq0.0/ats_disable", "1", 0, "1"},
	{"wq0.0/block_on_fault", "1", 0, "1"},
	{"wq0.0/prs_disable", "1", 0, "1"},
	{"wq0.0/block_on_fault", "0", 0, "0"},
	/* Fewer groups than eight are the lowest ones. */
	{"wq0.0/op_config", "8", 0,
	 "00000000,00000000,00000000,00000000,00000000,00000000,00000000,00000008"},
	{"wq0.0/op_config", "00000001,003f03ff\n", 0,
	 "00000000,00000000,00000000,00000000,00000000,00000000,00000001,003f03ff"},
	{"wq0.0/op_config", "80000000," ZEROS, -EOVERFLOW, NULL},
	{"wq0.0/op_config", "g", -EINVAL, NULL},
	{"wq0.0/op_config", "00000400", -EINVAL, NULL},
	{"group0.0/desc_progress_limit", "4", -EINVAL, NULL},
	{"group0.0/desc_progress_limit", "3", 0, "3"},
	{"group0.0/batch_progress_limit", "-1", -EINVAL, NULL},
	{"group0.0/batch_progress_limit", "1", 0, "1"},
	{"group0.0/traffic_class_a", "2", -EPERM, NULL},
};

static int check_spr_values(void *arg)
{
	check_values(values, COUNT(values));
	return 0;
}

static int check_v2_values(void *arg)
{
	check_values(v2_values, COUNT(v2_values));
	return 0;
}

/* Texts as long as they may be, and longer. */
static int long_names(void *arg)
{
	static char text[4096];

	memset(text, 'n', sizeof(text));
	text[1024] = 0;
	EXPECT_PUT(DEV "wq0.0/name", text, 0);
	EXPECT_TEXT(DEV "wq0.0/name", text);
	text[1024] = 'n';
	text[1025] = 0;
	EXPECT_PUT(DEV "wq0.0/name", text, -EINVAL);
	memset(text + 1025, ' ', 100);
	text[1125] = 0;
	EXPECT_PUT(DEV "wq0.0/name", text, -EINVAL);
	memset(text, 'd', sizeof(text));
	text[128] = 0;
	EXPECT_PUT(DEV "wq0.0/driver_name", text, 0);
	EXPECT_TEXT(DEV "wq0.0/driver_name", text);
	text[128] = 'd';
	text[129] = 0;
	EXPECT_PUT(DEV "wq0.0/driver_name", text, -EINVAL);
	return 0;
}

static void test_values(void)
{
	static const struct place_body bodies[] = {
		{"values", .fn = {check_spr_values}},
		{"values, second generation",
		 {.sets = v2, .nsets = COUNT(v2), .needs = NEED_EVENT_LOG | NEED_OPCFG},
		 .fn = {check_v2_values}},
		{"long names", .fn = {long_names}},
	};

	place_run_all(&w, bodies, COUNT(bodies));
}

/* ---- what may be changed when ---- */

struct state_rule {
	const char *attr, *value;
	int device, queue; /* results while the device, the queue 0 too is enabled */
};

static const struct state_rule state_rules[] = {
	{"wq0.0/group_id", "0", 0, -EPERM},
	{"wq0.0/mode", "shared", 0, -EPERM},
	{"wq0.0/size", "8", -EPERM, -EPERM},
	{"wq0.0/priority", "10", 0, -EPERM},
	{"wq0.0/block_on_fault", "0", 0, -ENXIO},
	{"wq0.0/threshold", "6", 0, -ENXIO},
	{"wq0.0/type", "user", 0, -EPERM},
	{"wq0.0/name", "q", 0, -EPERM},
	{"wq0.0/driver_name", "user", 0, -EPERM},
	{"wq0.0/max_transfer_size", "2097152", 0, -EPERM},
	{"wq0.0/max_batch_size", "32", 0, -EPERM},
	{"wq0.0/ats_disable", "0", 0, -EPERM},
	{"wq0.0/prs_disable", "0", 0, -EPERM},
	{"wq0.0/op_config", "1,003f03ff", 0, -EPERM},
	{"wq0.0/enqcmds_retries", "32", 0, 0},
	{"dsa0/read_buffer_limit", "0", -EPERM, -EPERM},
	{"dsa0/token_limit", "0", -EPERM, -EPERM},
	{"dsa0/event_log_size", "64", -EPERM, -EPERM},
	{"dsa0/cmd_status", "0", 0, 0},
	{"group0.0/use_read_buffer_limit", "0", -EPERM, -EPERM},
	{"group0.0/read_buffers_allowed", "96", -EPERM, -EPERM},
	{"group0.0/read_buffers_reserved", "0", -EPERM, -EPERM},
	{"group0.0/traffic_class_a", "1", -EPERM, -EPERM},
	{"group0.0/desc_progress_limit", "0", -EPERM, -EPERM},
	{"group0.0/batch_progress_limit", "0", -EPERM, -EPERM},
	/* Engines may wander; the device sees it at its next enabling. */
	{"engine0.0/group_id", "0", 0, 0},
};

static void set_up(const char *q, const char *mode, const char *type, const char *size)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority", "type", "name"};
	const char *value[] = {"0", mode, size, "10", type, "q"};
	char path[64];
	u32 i;

	EXPECT_PUT(DEV "engine0.0/group_id", "0", 0);
	for (i = 0; i < COUNT(attr); i++) {
		snprintf(path, sizeof(path), DEV "%s/%s", q, attr[i]);
		EXPECT_PUT(path, value[i], 0);
	}
	if (!strcmp(mode, "shared")) {
		snprintf(path, sizeof(path), DEV "%s/threshold", q);
		EXPECT_PUT(path, "6", 0);
	}
}

static int states(void *arg)
{
	char path[128];
	u32 i;

	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0\n", 0);
	for (i = 0; i < COUNT(state_rules); i++) {
		snprintf(path, sizeof(path), DEV "%s", state_rules[i].attr);
		EXPECT_PUT(path, state_rules[i].value, state_rules[i].device);
	}
	EXPECT_PUT(DRV "user/bind", "wq0.0\n", 0);
	for (i = 0; i < COUNT(state_rules); i++) {
		snprintf(path, sizeof(path), DEV "%s", state_rules[i].attr);
		EXPECT_PUT(path, state_rules[i].value, state_rules[i].queue);
	}
	/* Another queue of the device is still free. */
	EXPECT_PUT(DEV "wq0.1/priority", "3", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0\n", 0);
	return 0;
}

static void test_states(void)
{
	static const struct place_body bodies[] = {
		{"what may be changed when",
		 {.sets = v2, .nsets = COUNT(v2), .queues = "s8", .needs = NEED_PASIDS},
		 .fn = {states}},
	};

	place_run_all(&w, bodies, COUNT(bodies));
}

/* ---- soft errors ---- */

static int wq_refusals(void *arg)
{
	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	/* The bind of what is bound is the core's: no soft error. */
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -EBUSY);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_PUT(DEV "wq0.0/type", "none", 0); /* takes the name along */
	EXPECT_PUT(DRV "user/bind", "wq0.0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80040000");
	EXPECT_PUT(DEV "wq0.0/name", "q", 0);
	EXPECT_PUT(DEV "wq0.0/mode", "dedicated", 0);
	EXPECT_PUT(DEV "wq0.0/mode", "shared", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80060000");
	EXPECT_PUT(DEV "wq0.0/threshold", "6", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* What is bound, of the wrong kind, or dead. */
static int bind_refusals(void *arg)
{
	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -EBUSY);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", -EBUSY);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.0", -EBUSY);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	/* The wrong kind of object for the driver. */
	EXPECT_PUT(DRV "idxd/bind", "wq0.1", -ENODEV);
	EXPECT_PUT(DRV "user/bind", "dsa0", -ENODEV);
	EXPECT_PUT(DRV "user/bind", "engine0.0", -ENODEV);
	EXPECT_PUT(DRV "user/unbind", "wq0.1", -ENODEV);
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.0", -ENODEV);
	EXPECT_TEXT(DEV "wq0.0/state", "enabled");
	/* A device that is neither disabled nor able to be enabled. */
	world_halt(&w, DSA_RESET_COLD);
	fiber_sleep(1000 * US);
	EXPECT_TEXT(DEV "dsa0/state", "halted");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80000010");
	return 0;
}

/* An IOMMU without PASIDs: nothing that needs one. */
static int no_sva(void *arg)
{
	EXPECT_TEXT(DEV "dsa0/pasid_enabled", "0");
	set_up("wq0.0", "dedicated", "user", "4");
	set_up("wq0.1", "dedicated", "kernel", "4");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", -EOPNOTSUPP);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80110000");
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.1", 0);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x0");
	EXPECT_PUT(DRV "dmaengine/unbind", "wq0.1", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static int no_sva_shared(void *arg)
{
	set_up("wq0.1", "dedicated", "kernel", "4");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DEV "wq0.1/mode", "shared", 0);
	EXPECT_PUT(DEV "wq0.1/name", "q", 0);
	EXPECT_PUT(DRV "dmaengine/bind", "wq0.1", -EOPNOTSUPP);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x80050000");
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", -ENXIO);
	EXPECT_TEXT(DEV "dsa0/cmd_status", "0x800c0000");
	return 0;
}

static void test_soft_errors(void)
{
	static const struct place_body bodies[] = {
		{"refusals of queues", {.needs = NEED_CONFIG | NEED_PASIDS}, .fn = {wq_refusals}},
		{"refusals of binding",
		 {.queues = "s8", .needs = NEED_PASIDS},
		 .fn = {bind_refusals}},
		{"without PASIDs",
		 {.platform = "tiny", .queues = "d4 d4", .needs = NEED_NO_PASIDS},
		 .fn = {no_sva}},
		{"without PASIDs, shared",
		 {.platform = "tiny", .queues = "d8", .needs = NEED_NO_PASIDS | NEED_CONFIG},
		 .fn = {no_sva_shared}},
	};

	place_run_all(&w, bodies, COUNT(bodies));
}

/* ---- binding and unbinding ---- */

/* Everything of a queue set to what it is not by itself. */
static void set_unusual(void)
{
	set_up("wq0.0", "shared", "user", "9");
	EXPECT_PUT(DEV "wq0.0/max_transfer_size", "4096", 0);
	EXPECT_PUT(DEV "wq0.0/max_batch_size", "8", 0);
	EXPECT_PUT(DEV "wq0.0/ats_disable", "1", 0);
	EXPECT_PUT(DEV "wq0.0/prs_disable", "1", 0);
	EXPECT_PUT(DEV "wq0.0/op_config", "9", 0);
	EXPECT_PUT(DEV "wq0.0/enqcmds_retries", "3", 0);
	EXPECT_PUT(DEV "wq0.0/driver_name", "user", 0);
	EXPECT_PUT(DEV "group0.0/read_buffers_reserved", "8", 0);
	EXPECT_PUT(DEV "group0.0/read_buffers_allowed", "16", 0);
	EXPECT_PUT(DEV "group0.0/desc_progress_limit", "2", 0);
	EXPECT_PUT(DEV "dsa0/read_buffer_limit", "32", 0);
	EXPECT_PUT(DEV "group0.0/use_read_buffer_limit", "1", 0);
}

static int unbinding(void *arg)
{
	struct attr after[COUNT(wq_attrs)];
	u32 i;

	set_unusual();
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_TEXT(DEV "group0.0/work_queues", "wq0.0");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	CU_ASSERT(ksys_exists(w.k, DEV "dsa0/driver/unbind"));
	CU_ASSERT(ksys_exists(w.k, DEV "wq0.0/driver/unbind"));
	EXPECT_PUT(DEV "wq0.0/driver/unbind", "wq0.0", 0);
	/* The queue: all but size and group. */
	memcpy(after, wq_attrs, sizeof(after));
	for (i = 0; i < COUNT(after); i++) {
		if (!strcmp(after[i].name, "size"))
			after[i].value = "9";
		if (!strcmp(after[i].name, "group_id"))
			after[i].value = "0";
	}
	check_attrs(DEV "wq0.0", after, COUNT(after));
	check_attrs(DEV "wq0.0", v2_wq_attrs, COUNT(v2_wq_attrs));
	/* A queue without a type stays at the size it has; group and engine as they were. */
	EXPECT_TEXT(DEV "group0.0/read_buffers_allowed", "16");
	/* The device: everything, also with a queue still enabled. */
	EXPECT_PUT(DEV "wq0.0/name", "q", 0);
	EXPECT_PUT(DEV "wq0.0/threshold", "9", 0);
	EXPECT_PUT(DEV "wq0.0/priority", "1", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DEV "dsa0/driver/unbind", "dsa0", 0);
	CU_ASSERT(!ksys_exists(w.k, DEV "wq0.0/driver"));
	check_attrs(DEV "wq0.0", wq_attrs, COUNT(wq_attrs));
	check_attrs(DEV "wq0.0", v2_wq_attrs, COUNT(v2_wq_attrs));
	check_attrs(DEV "group0.0", group_attrs, COUNT(group_attrs));
	check_attrs(DEV "group0.0", v2_group_attrs, COUNT(v2_group_attrs));
	check_attrs(DEV "engine0.0", engine_attrs, COUNT(engine_attrs));
	EXPECT_TEXT(DEV "dsa0/read_buffer_limit", "0");
	EXPECT_TEXT(DEV "dsa0/state", "disabled");
	return 0;
}

/* A size of 0 becomes 16 once the queue has a purpose. */
static int default_size(void *arg)
{
	set_up("wq0.0", "dedicated", "user", "0");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_TEXT(DEV "wq0.0/size", "16");
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* What may be mapped: a page at any offset, by who opened the file, while the queue is there. */
static int mapping(void *arg)
{
	struct process_map m = {
		.kind = PROCESS_MAP_DEVICE, .len = 4096, .prot = PROCESS_PROT_WRITE};
	struct process *p = process_new(w.k, "p", 0);
	u64 at[2], pa[2];

	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	m.fd = process_open(p, "/dev/dsa/wq0.0");
	CU_ASSERT_FATAL(m.fd >= 0);
	at[0] = process_mmap(p, &m);
	m.offset = 0x7000;
	at[1] = process_mmap(p, &m);
	CU_ASSERT_EQUAL(process_resolve(p, at[0], 64, true, &pa[0], NULL), 0);
	CU_ASSERT_EQUAL(process_resolve(p, at[1], 64, true, &pa[1], NULL), 0);
	CU_ASSERT_EQUAL(pa[0], pa[1]);
	CU_ASSERT_EQUAL(pa[0], world_portals(&w) + DSA_PORTAL_LIMITED_MSIX);
	m.len = 8192;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.len = 4096;
	EXPECT_PUT(DRV "user/unbind", "wq0.0", 0);
	CU_ASSERT_EQUAL(process_mmap(p, &m), -ENXIO);
	process_exit(p);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

/* The node, its numbers, and who is counted. */
static int nodes_and_clients(void *arg)
{
	struct process *a = process_new(w.k, "a", 0), *b = process_new(w.k, "b", 0);
	struct ksys_stat st;
	char path[64];
	int fd[3];

	set_up("wq0.0", "shared", "user", "8");
	set_up("wq0.5", "dedicated", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.5"));
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.5", 0);
	CU_ASSERT_EQUAL_FATAL(ksys_stat(w.k, "/dev/dsa/wq0.5", true, &st), 0);
	CU_ASSERT_EQUAL(st.type, KSYS_CHR);
	CU_ASSERT_EQUAL(st.mode, 0600);
	CU_ASSERT_EQUAL(st.uid, 0);
	CU_ASSERT_EQUAL((u32)atoi(world_get(&w, DEV "dsa0/cdev_major")), st.major);
	CU_ASSERT_EQUAL((u32)atoi(world_get(&w, DEV "wq0.5/cdev_minor")), st.minor);
	snprintf(path, sizeof(path), "/dev/char/%u:%u", st.major, st.minor);
	CU_ASSERT(ksys_exists(w.k, path));

	fd[0] = process_open(a, "/dev/dsa/wq0.0");
	fd[1] = process_open(b, "/dev/dsa/wq0.0");
	fd[2] = process_open(b, "/dev/dsa/wq0.5");
	CU_ASSERT(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0);
	EXPECT_TEXT(DEV "wq0.0/clients", "2");
	EXPECT_TEXT(DEV "wq0.5/clients", "1");
	EXPECT_TEXT(DEV "dsa0/clients", "3");
	/* One fileK an open file, of the process that opened it. */
	snprintf(path, sizeof(path), "%u", process_pid(b));
	EXPECT_TEXT(DEV "dsa!wq0.5/file2/pid", path);
	EXPECT_PUT(DEV "dsa!wq0.5/file2/pid", "1", -EACCES);
	check_count(DEV "dsa!wq0.5/file2", 3);
	CU_ASSERT_EQUAL(process_close(b, fd[2]), 0);
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa!wq0.5/file2"));
	EXPECT_TEXT(DEV "dsa0/clients", "2");
	/* The device goes without asking; files that are left count for nobody. */
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	CU_ASSERT(!ksys_exists(w.k, path));
	EXPECT_TEXT(DEV "dsa0/clients", "0");
	set_up("wq0.0", "shared", "user", "8");
	EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
	EXPECT_PUT(DRV "user/bind", "wq0.0", 0);
	process_exit(a);
	EXPECT_TEXT(DEV "wq0.0/clients", "0");
	process_exit(b);
	EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
	return 0;
}

static void test_binding(void)
{
	static const struct place_body bodies[] = {
		{"unbinding",
		 {.sets = v2, .nsets = COUNT(v2), .queues = "s9", .needs = NEED_PASIDS},
		 .fn = {unbinding}},
		{"default size", {.queues = "d8", .needs = NEED_CONFIG}, .fn = {default_size}},
		{"what may be mapped", {.queues = "s8", .needs = NEED_PASIDS}, .fn = {mapping}},
		{"nodes and clients",
		 {.queues = "s8 d1 d1 d1 d1 d8", .needs = NEED_PASIDS},
		 .fn = {nodes_and_clients}},
	};

	place_run_all(&w, bodies, COUNT(bodies));
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {
		{"what there is", test_present},
		{"values", test_values},
		{"states", test_states},
		{"soft errors", test_soft_errors},
		{"binding and unbinding", test_binding},
	};

	return place_main(argc, argv, "sysfs", tests, COUNT(tests));
}
