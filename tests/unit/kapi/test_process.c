// SPDX-License-Identifier: GPL-2.0
// Address spaces and processes through the bridge header: mappings, faults, look-ups, descriptors.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <CUnit/Basic.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/process/process.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"

#define PAGE	 4096ull
#define MIB	 (1ull << 20)
#define GIB	 (1ull << 30)
#define RAM_BASE (4 * GIB)

static struct sim *sim;
static struct kernel *kernel;
static u8 *ram;
static u64 ram_bytes;

/* Two nodes of half the RAM each. */
static void world_open(u64 bytes)
{
	struct kernel_cfg cfg = {
		.name = "test",
		.nr_ram = 2,
		.ram = {{RAM_BASE, bytes / 2}, {RAM_BASE + bytes / 2, bytes / 2}},
		.nr_cpus = 1,
		.seed = 1,
		.ram_zeroed = true,
	};

	ram_bytes = bytes;
	ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		   -1, 0);
	CU_ASSERT_FATAL(ram != MAP_FAILED);
	cfg.phys_base = ram - RAM_BASE;
	sim = sim_new(1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sim);
	kernel = kernel_new(sim, &cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kernel);
}

static void world_close(void)
{
	struct kernel_stats st;
	char log[4096];

	kernel_get_stats(kernel, &st);
	if (st.warnings || st.slab_errors) {
		kernel_log_read(kernel, log, sizeof(log));
		fputs(log, stderr);
	}
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(kernel_free(kernel), 0);
	sim_free(sim);
	munmap(ram, ram_bytes);
}

static void on_fiber(void (*fn)(void *), void *arg)
{
	CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(kernel, fn, arg, "test"), 0);
	sim_run(sim, SIM_NEVER);
}

static u64 anon(struct process *p, u64 len, u32 prot)
{
	struct process_map m = {.kind = PROCESS_MAP_ANON, .len = len, .prot = prot, .node = -1};

	return process_mmap(p, &m);
}

#define RW (PROCESS_PROT_READ | PROCESS_PROT_WRITE)

/* ---- demand paging ---- */

static void demand(void *arg)
{
	static const struct process_costs costs = {.minor_fault = 500 * PS_PER_NS,
						   .zero_page = 100 * PS_PER_NS};
	struct process *p = process_new(kernel, "demand-with-a-long-name", 0);
	struct process_mm_stats st;
	u64 va, pa, run, t;
	char buf[16] = "x";

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(process_name(p), "demand-with-a-l");
	va = anon(p, 16 * PAGE, RW);
	CU_ASSERT_FATAL((s64)va > 0);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, false, &pa, &run), -EFAULT);
	CU_ASSERT_EQUAL(process_copy_in(p, buf, va, 1), -EFAULT);

	process_set_costs(kernel, &costs);
	/* A read sees the zero page and pays no clearing. */
	t = sim_now(sim);
	CU_ASSERT_EQUAL(process_touch(p, va + 5, 1, false), 0);
	CU_ASSERT_EQUAL(sim_now(sim) - t, 500 * PS_PER_NS);
	CU_ASSERT_EQUAL(process_resolve(p, va, PAGE, false, &pa, &run), 0);
	CU_ASSERT_EQUAL(run, PAGE);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, true, NULL, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_copy_in(p, buf, va + 5, 1), 0);
	CU_ASSERT_EQUAL(buf[0], 0);

	/* The write replaces it: cached translations are stale. */
	t = process_map_generation(p);
	CU_ASSERT_EQUAL(process_touch(p, va, 1, true), 0);
	CU_ASSERT_NOT_EQUAL(process_map_generation(p), t);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, true, &t, NULL), 0);
	CU_ASSERT_NOT_EQUAL(t, pa);
	CU_ASSERT_EQUAL(process_copy_out(p, va + PAGE - 3, "abcdef", 6), -EFAULT);
	/* A second touch is free, a new page is no change for others. */
	t = sim_now(sim);
	CU_ASSERT_EQUAL(process_touch(p, va, PAGE, true), 0);
	CU_ASSERT_EQUAL(sim_now(sim), t);
	t = process_map_generation(p);
	CU_ASSERT_EQUAL(process_touch(p, va, 16 * PAGE, true), 0);
	CU_ASSERT_EQUAL(process_map_generation(p), t);
	CU_ASSERT_EQUAL(process_copy_out(p, va + PAGE - 3, "abcdef", 6), 0);
	CU_ASSERT_EQUAL(process_copy_in(p, buf, va + PAGE - 3, 6), 0);
	CU_ASSERT_NSTRING_EQUAL(buf, "abcdef", 6);

	process_mm_stats(p, &st);
	CU_ASSERT_EQUAL(st.resident_pages, 16);
	CU_ASSERT_EQUAL(st.minor_faults, 17);
	CU_ASSERT_EQUAL(st.major_faults, 0);
	process_exit(p);
}

static void demand_paging(void)
{
	struct kernel_stats before, after;

	world_open(64 * MIB);
	kernel_get_stats(kernel, &before);
	on_fiber(demand, NULL);
	kernel_get_stats(kernel, &after);
	/* Only the zero page and slab pages may stay. */
	CU_ASSERT(after.pages - before.pages < 64);
	CU_ASSERT(after.slab_bytes < 1024);
	world_close();
}

/* ---- mapping rules ---- */

static void rules(void *arg)
{
	struct process *p = process_new(kernel, "rules", 0);
	struct process_map m = {.kind = PROCESS_MAP_ANON, .len = 4 * PAGE, .prot = RW, .node = -1};
	u64 va, pa;

	va = process_mmap(p, &m);
	CU_ASSERT_FATAL((s64)va > 0);
	m.va = va + PAGE;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EEXIST);
	m.va = va + 4 * PAGE;
	CU_ASSERT_EQUAL((u64)process_mmap(p, &m), va + 4 * PAGE);
	m.va = 0x123;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.va = 0x7ffffffff000;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.va = 0;
	m.len = 0;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.len = ~0ull;
	CU_ASSERT((s64)process_mmap(p, &m) < 0);
	m.len = 1ull << 50;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -ENOMEM);
	m.len = PAGE;
	m.page_size = 8192;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.page_size = 0;
	m.prot = 8;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.prot = RW;
	m.node = 2;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.node = 77;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EINVAL);
	m.node = -1;
	m.kind = PROCESS_MAP_DEVICE;
	m.fd = 3;
	CU_ASSERT_EQUAL(process_mmap(p, &m), -EBADF);

	/* A hole in the middle of the eight pages. */
	CU_ASSERT_EQUAL(process_touch(p, va, 8 * PAGE, true), 0);
	CU_ASSERT_EQUAL(process_munmap(p, va + 1, PAGE), -EINVAL);
	CU_ASSERT_EQUAL(process_munmap(p, va + 3 * PAGE, 2 * PAGE), 0);
	CU_ASSERT_EQUAL(process_touch(p, va, 8 * PAGE, true), -EFAULT);
	CU_ASSERT_EQUAL(process_touch(p, va + 5 * PAGE, 3 * PAGE, true), 0);
	CU_ASSERT_EQUAL(process_resolve(p, va + 3 * PAGE, 1, false, &pa, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_mprotect(p, va, 5 * PAGE, RW), -ENOMEM);
	/* The hole is the first place that fits. */
	m.kind = PROCESS_MAP_ANON;
	m.len = 2 * PAGE;
	CU_ASSERT_EQUAL((u64)process_mmap(p, &m), va + 3 * PAGE);

	/* Protection. */
	CU_ASSERT_EQUAL(process_mprotect(p, va, PAGE, PROCESS_PROT_READ), 0);
	CU_ASSERT_EQUAL(process_touch(p, va, 1, true), -EFAULT);
	CU_ASSERT_EQUAL(process_touch(p, va, 1, false), 0);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, true, NULL, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, false, NULL, NULL), 0);
	CU_ASSERT_EQUAL(process_copy_out(p, va + PAGE, "keep", 4), 0);
	CU_ASSERT_EQUAL(process_mprotect(p, va, 2 * PAGE, 0), 0);
	CU_ASSERT_EQUAL(process_touch(p, va + PAGE, 1, false), -EFAULT);
	CU_ASSERT_EQUAL(process_resolve(p, va + PAGE, 1, false, NULL, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_mprotect(p, va, 2 * PAGE, RW), 0);
	{
		char buf[4];

		CU_ASSERT_EQUAL(process_copy_in(p, buf, va + PAGE, 4), 0);
		CU_ASSERT_NSTRING_EQUAL(buf, "keep", 4);
		/* Discarded memory reads as zero afterwards. */
		CU_ASSERT_EQUAL(process_madvise_dontneed(p, va + PAGE, PAGE), 0);
		CU_ASSERT_EQUAL(process_copy_in(p, buf, va + PAGE, 4), -EFAULT);
		CU_ASSERT_EQUAL(process_touch(p, va + PAGE, 1, true), 0);
		CU_ASSERT_EQUAL(process_copy_in(p, buf, va + PAGE, 4), 0);
		CU_ASSERT_EQUAL(buf[0], 0);
	}
	CU_ASSERT_EQUAL(process_close(p, 0), -EBADF);
	CU_ASSERT_EQUAL(process_ioctl(p, -1, 0, 0), -EBADF);
	CU_ASSERT(process_open(p, "/dev/nothing") < 0);
	CU_ASSERT_EQUAL(process_pasid(p), 0);
	CU_ASSERT_PTR_NULL(process_new(kernel, "nowhere", 2));
	CU_ASSERT_EQUAL(process_set_levels(kernel, 3), -EINVAL);
	process_exit(p);
}

static void mapping_rules(void)
{
	world_open(64 * MIB);
	on_fiber(rules, NULL);
	world_close();
}

/* ---- layout: contiguous runs, scatter, page sizes, nodes ---- */

static void layout(void *arg)
{
	struct process *p = process_new(kernel, "layout", 0);
	struct process_map m = {.kind = PROCESS_MAP_ANON, .len = 4 * MIB, .prot = RW, .node = -1};
	u64 va, pa, run, last = 0, runs = 0, off;

	va = process_mmap(p, &m);
	CU_ASSERT_EQUAL(process_touch(p, va, m.len, true), 0);
	for (off = 0; off < m.len; off += run, runs++)
		CU_ASSERT_EQUAL_FATAL(process_resolve(p, va + off, m.len - off, true, &pa, &run),
				      0);
	/* Extents of 4, 8 ... 512 pages: far fewer runs than pages. */
	CU_ASSERT(runs <= 12);

	m.scatter = true;
	m.node = 1;
	va = process_mmap(p, &m);
	CU_ASSERT_EQUAL(process_touch(p, va, m.len, true), 0);
	for (off = 0; off < m.len; off += PAGE) {
		CU_ASSERT_EQUAL_FATAL(process_resolve(p, va + off, m.len - off, true, &pa, &run),
				      0);
		if (run != PAGE || pa == last - PAGE)
			break;
		CU_ASSERT(pa >= RAM_BASE + ram_bytes / 2);
		last = pa;
	}
	CU_ASSERT_EQUAL(off, m.len);

	m = (struct process_map){.kind = PROCESS_MAP_ANON,
				 .len = 3 * MIB,
				 .prot = RW,
				 .node = -1,
				 .page_size = 2 * MIB};
	va = process_mmap(p, &m);
	CU_ASSERT_EQUAL(va % (2 * MIB), 0);
	CU_ASSERT_EQUAL(process_touch(p, va + 3 * MIB, 1, true), 0);
	CU_ASSERT_EQUAL(process_resolve(p, va, 1, true, NULL, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_resolve(p, va + 2 * MIB + 7, 4 * MIB, true, &pa, &run), 0);
	CU_ASSERT_EQUAL(run, 2 * MIB - 7);
	CU_ASSERT_EQUAL(pa % (2 * MIB), 7);
	CU_ASSERT_EQUAL(process_munmap(p, va, PAGE), -EINVAL);
	CU_ASSERT_EQUAL(process_munmap(p, va, 4 * MIB), 0);
	process_exit(p);
}

static void physical_layout(void)
{
	world_open(128 * MIB);
	on_fiber(layout, NULL);
	world_close();
}

/* ---- memory runs out ---- */

static void exhaust(void *arg)
{
	struct process *p = process_new(kernel, "exhaust", 0);
	u64 va = anon(p, GIB, RW);
	struct process_mm_stats st;

	CU_ASSERT_EQUAL(process_touch(p, va, GIB, true), -ENOMEM);
	process_mm_stats(p, &st);
	CU_ASSERT(st.resident_pages > 12 * MIB / PAGE && st.resident_pages < 16 * MIB / PAGE);
	CU_ASSERT_EQUAL(process_munmap(p, va, GIB), 0);
	process_mm_stats(p, &st);
	CU_ASSERT_EQUAL(st.resident_pages, 0);
	va = anon(p, 8 * MIB, RW);
	CU_ASSERT_EQUAL(process_touch(p, va, 8 * MIB, true), 0);
	CU_ASSERT_EQUAL(process_prefault(p, va, 9 * MIB, true), -EFAULT);
	process_exit(p);
}

static void out_of_memory(void)
{
	struct kernel_stats st;

	world_open(16 * MIB);
	on_fiber(exhaust, NULL);
	kernel_get_stats(kernel, &st);
	CU_ASSERT(st.pages < 64);
	world_close();
}

/* ---- set-up in bulk ---- */

struct bulk {
	struct process *p;
	u64 va, len;
};

static void bulk_map(void *arg)
{
	struct bulk *b = arg;

	b->va = anon(b->p, b->len, RW);
}

static void bulk_end(void *arg)
{
	struct bulk *b = arg;

	/* Half of it goes, the rest stays usable. */
	CU_ASSERT_EQUAL(process_munmap(b->p, b->va + GIB / 2, 4 * GIB), 0);
	CU_ASSERT_EQUAL(process_copy_out(b->p, b->va + 6 * GIB, "x", 1), 0);
	process_exit(b->p);
}

static void prefault_bulk(void)
{
	struct bulk b = {.len = 8 * GIB};
	struct kernel_stats st;
	struct process_mm_stats ms;
	u64 pa, run, off, runs = 0, before;

	world_open(32 * GIB);
	kernel_get_stats(kernel, &st);
	before = st.pages;
	b.p = process_new(kernel, "bulk", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.p);
	on_fiber(bulk_map, &b);
	/* Set-up needs no fiber. */
	CU_ASSERT_EQUAL(process_prefault(b.p, b.va, b.len, true), 0);
	process_mm_stats(b.p, &ms);
	CU_ASSERT_EQUAL(ms.resident_pages, b.len / PAGE);
	for (off = 0; off < b.len; off += run, runs++)
		CU_ASSERT_EQUAL_FATAL(
			process_resolve(b.p, b.va + off, b.len - off, true, &pa, &run), 0);
	CU_ASSERT(runs < 16);
	CU_ASSERT_EQUAL(sim_now(sim), 0);
	on_fiber(bulk_end, &b);
	kernel_get_stats(kernel, &st);
	CU_ASSERT(st.pages - before < 64);
	world_close();
}

/* ---- many processes ---- */

#define MANY 1024

static void many_start(void *arg)
{
	struct process **p = arg;
	int i;

	for (i = 0; i < MANY; i++) {
		u64 va;

		p[i] = process_new(kernel, "one of many", i & 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p[i]);
		va = anon(p[i], 4 * PAGE, RW);
		CU_ASSERT_EQUAL(process_prefault(p[i], va, 4 * PAGE, true), 0);
	}
}

static void many_end(void *arg)
{
	struct process **p = arg;
	int i;

	for (i = MANY - 1; i >= 0; i--)
		process_exit(p[i]);
}

static void many_processes(void)
{
	static struct process *p[MANY];
	struct kernel_stats st;
	u64 before;

	world_open(GIB);
	kernel_get_stats(kernel, &st);
	before = st.pages;
	on_fiber(many_start, p);
	CU_ASSERT_NOT_EQUAL(process_pid(p[0]), process_pid(p[1]));
	kernel_get_stats(kernel, &st);
	/* Four pages, four tables and what the objects take. */
	CU_ASSERT((st.pages - before) / MANY < 12);
	on_fiber(many_end, p);
	kernel_get_stats(kernel, &st);
	CU_ASSERT(st.pages - before < 300);
	world_close();
}

/* ---- eventfd ---- */

static void woken(void *arg)
{
	++*(int *)arg;
}

static u64 waited_at;

static void waiter(void *arg)
{
	CU_ASSERT_EQUAL(process_eventfd_wait(arg, 0), 2);
	waited_at = sim_now(sim);
}

static void events(void *arg)
{
	struct process *p = process_new(kernel, "events", 0);
	u64 va = anon(p, PAGE, RW), two = 2;
	int fd = -1, calls = 0;

	CU_ASSERT_EQUAL(process_eventfd(p, 0, woken, &calls, &fd), 0);
	CU_ASSERT_EQUAL(fd, 0);
	CU_ASSERT_EQUAL(process_poll(p, fd), 4);
	CU_ASSERT_EQUAL(process_eventfd_wait(p, 7), -EBADF);
	kernel_run_on_fiber(kernel, waiter, p, "waiter");
	fiber_sleep(PS_PER_US);
	CU_ASSERT_EQUAL(process_write(p, fd, va + PAGE, 8, NULL), -EFAULT);
	CU_ASSERT_EQUAL(process_write(p, fd, va, 7, NULL), -EINVAL);
	CU_ASSERT_EQUAL(process_touch(p, va, 8, true), 0);
	CU_ASSERT_EQUAL(process_copy_out(p, va, &two, 8), 0);
	CU_ASSERT_EQUAL(process_write(p, fd, va, 8, NULL), 8);
	fiber_sleep(PS_PER_US);
	CU_ASSERT(waited_at >= PS_PER_US);
	CU_ASSERT_EQUAL(calls, 1);
	CU_ASSERT_EQUAL(process_close(p, fd), 0);
	CU_ASSERT_EQUAL(process_close(p, fd), -EBADF);
	process_exit(p);
}

static void eventfds(void)
{
	world_open(16 * MIB);
	on_fiber(events, NULL);
	CU_ASSERT(waited_at);
	world_close();
}

int main(void)
{
	CU_pSuite s;
	unsigned int failed;

	CU_initialize_registry();
	s = CU_add_suite("process", NULL, NULL);
	CU_add_test(s, "demand paging, zero page, costs", demand_paging);
	CU_add_test(s, "mapping rules", mapping_rules);
	CU_add_test(s, "contiguous, scattered, large, remote", physical_layout);
	CU_add_test(s, "out of memory", out_of_memory);
	CU_add_test(s, "bulk prefault", prefault_bulk);
	CU_add_test(s, "1,024 processes", many_processes);
	CU_add_test(s, "eventfd", eventfds);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
