// SPDX-License-Identifier: GPL-2.0
// A whole life of a device under the host driver: probe, queues, a process, a kernel client,
// removal.
#include <CUnit/Basic.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_life.h"
#include "tests/unit/sim/idxd_world.h"

int life_pci(struct world *w, const char *what)
{
	u32 sid = world_bdf(w);
	char path[64], name[32];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/idxd/%s", what);
	snprintf(name, sizeof(name), "0000:%02x:%02x.%x", sid >> 8, sid >> 3 & 31, sid & 7);
	return world_put(w, path, name);
}

static bool put(struct world *w, const char *path, const char *value)
{
	return !world_put(w, path, value);
}

static bool set_up_wq(struct world *w, const char *q, const char *mode, const char *type)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority", "type", "name"};
	const char *value[] = {"0", mode, "8", "10", type, "q"};
	char path[64];
	bool ok = true;
	u32 i;

	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "wq0.%s/%s", q, attr[i]);
		ok &= put(w, path, value[i]);
	}
	return ok;
}

static bool bind(struct world *w, const char *driver, const char *dev, life_status_fn *status)
{
	char path[64];
	u32 val = 0;
	bool ok;

	snprintf(path, sizeof(path), DRV "%s/bind", driver);
	ok = put(w, path, dev);
	if (!ok && status && sscanf(world_get(w, DEV "dsa0/cmd_status"), "0x%x", &val) == 1)
		status(val);
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

static u32 user_work(struct world *w, life_status_fn *status)
{
	struct process *p;
	u32 done = 0;

	if (!bind(w, "user", "wq0.0", status))
		return 0;
	done = 1u << LIFE_USER;
	p = process_new(w->k, "p", 0);
	if (p && open_and_submit(p))
		done |= 1u << LIFE_OPEN;
	if (p)
		process_exit(p);
	return done;
}

static u32 kernel_work(struct world *w, life_status_fn *status)
{
	struct tclient *c;
	u32 done = 0;

	if (!bind(w, "dmaengine", "wq0.1", status))
		return 0;
	done = 1u << LIFE_KERNEL;
	c = tclient_open("wq0.1", 4096);
	if (c && tclient_copy(c, 4, false) == 4)
		done |= 1u << LIFE_WORK;
	if (c)
		tclient_close(c);
	return done;
}

u32 life_run(struct world *w, life_status_fn *status)
{
	u32 done = 0;

	if (life_pci(w, "bind"))
		return 0;
	done |= 1u << LIFE_PROBE;
	if (put(w, DEV "engine0.0/group_id", "0") && set_up_wq(w, "0", "shared", "user") &&
	    put(w, DEV "wq0.0/threshold", "6") && set_up_wq(w, "1", "dedicated", "kernel"))
		done |= 1u << LIFE_SETUP;
	if (bind(w, "idxd", "dsa0", status))
		done |= 1u << LIFE_DEVICE;
	return done | user_work(w, status) | kernel_work(w, status);
}

void life_end(struct world *w)
{
	if (ksys_exists(w->k, DEV "dsa0"))
		CU_ASSERT_EQUAL(life_pci(w, "unbind"), 0);
	CU_ASSERT(!ksys_exists(w->k, DEV "dsa0"));
	fiber_sleep(1000 * US);
}

void life_check_same(struct world *w, const struct kernel_stats *before, u32 n)
{
	struct kernel_stats now;

	kernel_get_stats(w->k, &now);
	if (now.slab_bytes != before->slab_bytes || now.warnings != before->warnings ||
	    now.pages != before->pages)
		fprintf(stderr, "\nlife %u: %lld bytes, %lld pages, %llu warnings more\n", n,
			(long long)(now.slab_bytes - before->slab_bytes),
			(long long)(now.pages - before->pages),
			(unsigned long long)(now.warnings - before->warnings));
	CU_ASSERT_EQUAL(now.slab_bytes, before->slab_bytes);
	CU_ASSERT_EQUAL(now.pages, before->pages);
	CU_ASSERT_EQUAL(now.warnings, before->warnings);
	CU_ASSERT_EQUAL(now.bugs, 0);
	CU_ASSERT_EQUAL(now.slab_errors, 0);
}
