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

u32 life_all(const struct world *w)
{
	u32 all = (1u << LIFE_PARTS) - 1;

	return w->caps.pasids ? all : all & ~(1u << LIFE_USER | 1u << LIFE_OPEN);
}

/* Programs have the first queue; the kernel the second, if there is one. */
static const char *kernel_queue(const struct world *w)
{
	return w->caps.nwqs > 1 ? "wq0.1" : "wq0.0";
}

static bool set_wq(struct world *w, const char *wq, const char *attr, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), DEV "%s/%s", wq, attr);
	return world_configure(w, path, value);
}

static bool name_wq(struct world *w, const char *wq, const char *type)
{
	bool ok = set_wq(w, wq, "type", type);

	return ok & set_wq(w, wq, "name", "q");
}

static bool set_up_wq(struct world *w, const char *wq, const char *mode, const char *type)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority"};
	const char *value[] = {"0", mode, "8", "10"};
	bool ok = true;
	u32 i;

	for (i = 0; i < 4; i++)
		ok &= set_wq(w, wq, attr[i], value[i]);
	return ok & name_wq(w, wq, type);
}

static bool set_up(struct world *w)
{
	if (!world_configure(w, DEV "engine0.0/group_id", "0") ||
	    !set_up_wq(w, "wq0.0", "shared", "user") || !set_wq(w, "wq0.0", "threshold", "6"))
		return false;
	return w->caps.nwqs < 2 || set_up_wq(w, "wq0.1", "dedicated", "kernel");
}

static bool bind(struct world *w, const char *driver, const char *dev, life_status_fn *status)
{
	char path[64];
	u32 val = 0;
	bool ok;

	snprintf(path, sizeof(path), DRV "%s/bind", driver);
	ok = !world_put(w, path, dev);
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

/* The only queue changes hands; false: it did not get that far. */
static bool hand_over(struct world *w)
{
	if (w->caps.pasids)
		world_put(w, DRV "user/unbind", "wq0.0");
	return name_wq(w, "wq0.0", "kernel");
}

static u32 kernel_work(struct world *w, life_status_fn *status)
{
	struct tclient *c;
	u32 done = 0;

	if (w->caps.nwqs < 2 && !hand_over(w))
		return 0;
	if (!bind(w, "dmaengine", kernel_queue(w), status))
		return 0;
	done = 1u << LIFE_KERNEL;
	c = tclient_open(kernel_queue(w), 4096);
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
	if (set_up(w))
		done |= 1u << LIFE_SETUP;
	if (bind(w, "idxd", "dsa0", status))
		done |= 1u << LIFE_DEVICE;
	if (w->caps.pasids)
		done |= user_work(w, status);
	return done | kernel_work(w, status);
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
