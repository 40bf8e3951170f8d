// SPDX-License-Identifier: GPL-2.0
/* Physical memory: windows, timing of nodes, caches and links, flushes, watches, failures. */
#include "model/memory/memory.h"
#include "sim/core/event.h"
#include "sim/core/rng.h"
#include "sim/core/stats.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define GIB (1ull << 30)
#define NS  PS_PER_NS

static struct sim *sim;
static struct mem *mem;
static struct mem_cfg cfg;
static char msg[200];

/* Two sockets, a DRAM node each, one CXL node on socket 0; round numbers: 64 GB/s is 1 ns a line.
 */
static void two_sockets(void)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.sockets = 2;
	cfg.nodes = 3;
	for (u32 i = 0; i < 3; i++) {
		cfg.node[i] = (struct mem_node_cfg){
			.socket = i % 2,
			.bytes = GIB,
			.read_latency_ps = 100 * NS,
			.write_latency_ps = 80 * NS,
			.read_bytes_per_s = 64000000000ull,
			.write_bytes_per_s = 32000000000ull,
		};
	}
	cfg.node[2].kind = MEM_CXL;
	cfg.node[2].read_latency_ps = 250 * NS;
	for (u32 s = 0; s < 2; s++) {
		cfg.socket[s] = (struct mem_socket_cfg){
			.llc_bytes = 16 << 20,
			.llc_ways = 16,
			.llc_io_ways = 2,
			.llc_latency_ps = 30 * NS,
			.link_latency_ps = 70 * NS,
		};
	}
}

static void make(void)
{
	sim = sim_new(1);
	CU_ASSERT_EQUAL_FATAL(mem_new(sim, &cfg, &mem, msg, sizeof(msg)), 0);
}

static void begin(void)
{
	two_sockets();
	make();
}

static void end(void)
{
	mem_free(mem);
	sim_free(sim);
}

struct wanted {
	const char *name;
	u64 value;
};

static void look(void *ctx, const char *instance, const struct sim_stat_def *def, u64 value)
{
	struct wanted *want = ctx;

	if (!strcmp(def->name, want->name))
		want->value = value;
}

static u64 count(const char *name)
{
	struct wanted want = {name, ~0ull};

	sim_stats_each(sim, look, &want);
	return want.value;
}

/* ---- address space ---- */

static void nodes(void)
{
	begin();
	for (u32 i = 0; i < 3; i++) {
		u64 base = mem_node_base(mem, i);

		CU_ASSERT_EQUAL(base, MEM_RAM_BASE + i * GIB);
		CU_ASSERT_EQUAL(mem_node_of(mem, base), i);
		CU_ASSERT_EQUAL(mem_node_of(mem, base + GIB - 1), i);
		CU_ASSERT_EQUAL(mem_node(mem, i)->socket, i % 2);
	}
	CU_ASSERT_PTR_NULL(mem_node(mem, 3));
	CU_ASSERT_TRUE(mem_contains(mem, MEM_RAM_BASE, 3 * GIB));
	CU_ASSERT_FALSE(mem_contains(mem, MEM_RAM_BASE, 3 * GIB + 1));
	CU_ASSERT_FALSE(mem_contains(mem, MEM_RAM_BASE - 1, 1));
	CU_ASSERT_FALSE(mem_contains(mem, 0xfee00000, 4));
	CU_ASSERT_FALSE(mem_contains(mem, ~0ull, 1));
	CU_ASSERT_FALSE(mem_contains(mem, MEM_RAM_BASE, ~0ull));
	*(u64 *)mem_ptr(mem, MEM_RAM_BASE + 3 * GIB - 8) = 42;
	CU_ASSERT_EQUAL(*(u64 *)mem_ptr(mem, MEM_RAM_BASE + 3 * GIB - 8), 42);
	end();
}

static void bad_configurations(void)
{
	static const struct {
		u32 what;
		const char *word;
	} rows[] = {{0, "sockets"}, {1, "nodes"}, {2, "socket 7"}, {3, "bytes"},
		    {4, "ways"},    {5, "llc"},	  {6, "together"}};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		two_sockets();
		switch (rows[i].what) {
		case 0:
			cfg.sockets = 0;
			break;
		case 1:
			cfg.nodes = MEM_NODES_MAX + 1;
			break;
		case 2:
			cfg.node[1].socket = 7;
			break;
		case 3:
			cfg.node[0].bytes = 4096;
			break;
		case 4:
			cfg.socket[0].llc_io_ways = 17;
			break;
		case 5:
			cfg.socket[1].llc_bytes = 4096;
			break;
		default:
			cfg.node[0].bytes = 1ull << 46;
			break;
		}
		sim = sim_new(1);
		CU_ASSERT_EQUAL(mem_new(sim, &cfg, &mem, msg, sizeof(msg)), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(msg, rows[i].word));
		sim_free(sim);
	}
}

/* Terabytes cost what is touched. */
static void sparse(void)
{
	struct rusage before, after;
	u64 pa;

	two_sockets();
	cfg.node[1].bytes = 16ull << 40;
	getrusage(RUSAGE_SELF, &before);
	make();
	CU_ASSERT_EQUAL(mem_carve(mem, 1, 8ull << 40, 1ull << 40, &pa), 0);
	for (u64 i = 0; i < 64; i++)
		*(u64 *)mem_ptr(mem, pa + i * (64ull << 30)) = i;
	getrusage(RUSAGE_SELF, &after);
	CU_ASSERT(after.ru_maxrss - before.ru_maxrss < 200 * 1024);
	end();
}

static void windows(void)
{
	u64 a, b, c, d;

	begin();
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 1, 4096, &a), 0);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 4096, 4096, &b), 0);
	CU_ASSERT_EQUAL(b, a + 4096);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 2 << 20, 2 << 20, &c), 0);
	CU_ASSERT_EQUAL(c % (2 << 20), 0);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 4096, 4096, &d), 0);
	CU_ASSERT_EQUAL(d, b + 4096); /* the gap in front of the aligned window is used */
	CU_ASSERT_EQUAL(mem_carved(mem, 0), (2 << 20) + 3 * 4096);
	CU_ASSERT_EQUAL(mem_carve(mem, 3, 4096, 4096, &d), -EINVAL);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 0, 4096, &d), -EINVAL);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 4096, 100, &d), -EINVAL);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, GIB, 4096, &d), -ENOMEM);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, ~0ull, 4096, &d), -ENOMEM);
	memset(mem_ptr(mem, a), 0xff, 4096);
	mem_release(mem, a, 1);
	CU_ASSERT_EQUAL(mem_carve(mem, 0, 4096, 4096, &d), 0);
	CU_ASSERT_EQUAL(d, a);
	CU_ASSERT_EQUAL(*(u8 *)mem_ptr(mem, a), 0);
	end();
}

/* Random carving and releasing against a plain map of pages: never overlapping, nothing lost. */
static void windows_random(void)
{
	enum { PAGES = 512, WINDOWS = 64 };
	struct {
		u64 pa, bytes;
	} have[WINDOWS] = {{0, 0}};
	static u8 owner[PAGES];
	struct sim_rng rng;
	u64 used = 0, pa;

	two_sockets();
	cfg.node[0].bytes = PAGES * MEM_PAGE;
	make();
	memset(owner, 0, sizeof(owner));
	sim_rng_init(&rng, 3, "windows");
	for (u32 i = 0; i < 20000; i++) {
		u32 k = (u32)sim_rng_below(&rng, WINDOWS);
		u64 first = (have[k].pa - MEM_RAM_BASE) / MEM_PAGE;

		if (have[k].bytes) {
			for (u64 p = 0; p < have[k].bytes / MEM_PAGE; p++)
				owner[first + p] = 0;
			mem_release(mem, have[k].pa, have[k].bytes);
			used -= have[k].bytes;
			have[k].bytes = 0;
		} else {
			u64 bytes = (1 + sim_rng_below(&rng, 24)) * MEM_PAGE;

			if (mem_carve(mem, 0, bytes, MEM_PAGE << sim_rng_below(&rng, 4), &pa))
				continue;
			have[k].pa = pa;
			have[k].bytes = bytes;
			used += bytes;
			for (u64 p = (pa - MEM_RAM_BASE) / MEM_PAGE, n = 0; n < bytes / MEM_PAGE;
			     n++) {
				CU_ASSERT_FATAL(!owner[p + n]);
				owner[p + n] = 1;
			}
		}
		CU_ASSERT_EQUAL(mem_carved(mem, 0), used);
	}
	for (u32 k = 0; k < WINDOWS; k++) {
		if (have[k].bytes)
			mem_release(mem, have[k].pa, have[k].bytes);
	}
	CU_ASSERT_EQUAL(mem_carve(mem, 0, PAGES * MEM_PAGE, MEM_PAGE, &pa), 0);
	end();
}

/* ---- timing ---- */

static struct mem_cost io(u64 now, u64 pa, u64 bytes, u32 socket, enum mem_dir dir)
{
	return mem_access(mem, now, pa, bytes, socket, dir, MEM_AGENT_IO);
}

static void node_timing(void)
{
	struct mem_cost c;
	u64 a = MEM_RAM_BASE;

	begin();
	c = io(1000, a, 6400, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.first_ps, 100 * NS);
	CU_ASSERT_EQUAL(c.finish, 1000 + 200 * NS);
	/* the second one queues behind the first's 100 ns of bandwidth */
	c = io(1000, a + 65536, 6400, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.finish, 1000 + 300 * NS);
	/* writes have their own pipe: 32 GB/s */
	c = io(1000, a, 6400, 0, MEM_WRITE);
	CU_ASSERT_EQUAL(c.first_ps, 80 * NS);
	CU_ASSERT_EQUAL(c.finish, 1000 + 280 * NS);
	/* another socket's memory: the link on top; CXL: its own latency */
	c = io(5000 * NS, a + GIB, 64, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.first_ps, 170 * NS);
	CU_ASSERT_EQUAL(mem_read_latency(mem, a + GIB, 0), 170 * NS);
	c = io(5000 * NS, a + 2 * GIB, 64, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.first_ps, 250 * NS);
	CU_ASSERT_EQUAL(count("remote_bytes"), 64);
	CU_ASSERT_EQUAL(count("read_bytes"), 12800 + 128);
	end();
}

/* The slowest of node, link and fabric decides; every device of the socket shares the fabric. */
static void shared_limits(void)
{
	struct mem_cost c;
	u64 last = 0;

	two_sockets();
	cfg.socket[0].fabric_bytes_per_s = 16000000000ull;
	cfg.socket[1].link_bytes_per_s = 8000000000ull;
	make();
	for (u32 i = 0; i < 4; i++)
		last = io(0, MEM_RAM_BASE + i * 65536, 64000, 0, MEM_READ).finish;
	CU_ASSERT_EQUAL(last, 16000 * NS + 100 * NS);
	/* data from socket 1 leaves over its link, slower still */
	c = io(100000 * NS, MEM_RAM_BASE + GIB, 64000, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.finish, 108000 * NS + 170 * NS);
	/* a CPU does not pass the I/O fabric */
	c = mem_access(mem, 200000 * NS, MEM_RAM_BASE, 64000, 0, MEM_READ, MEM_AGENT_CPU);
	CU_ASSERT_EQUAL(c.finish, 201000 * NS + 100 * NS);
	end();
}

/* A caller that is behind another waits for the backlog, not for the other's place in time. */
static void slightly_out_of_order(void)
{
	struct mem_cost c;

	begin();
	io(10000 * NS, MEM_RAM_BASE, 6400, 0, MEM_READ);
	c = io(0, MEM_RAM_BASE + 65536, 6400, 0, MEM_READ);
	CU_ASSERT_EQUAL(c.finish, 300 * NS);
	end();
}

/* ---- last-level cache ---- */

static void allocation(void)
{
	u64 a = MEM_RAM_BASE;

	begin();
	/* a device's read does not allocate */
	io(0, a, 4096, 0, MEM_READ);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_READ).first_ps, 100 * NS);
	/* a write with cache control does */
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_WRITE_ALLOC).first_ps, 30 * NS);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_READ).first_ps, 30 * NS);
	CU_ASSERT_EQUAL(io(0, a + 4096, 64, 0, MEM_READ).first_ps, 100 * NS);
	/* a CPU's read does */
	mem_access(mem, 0, a + 4096, 64, 0, MEM_READ, MEM_AGENT_CPU);
	CU_ASSERT_EQUAL(io(0, a + 4096, 64, 0, MEM_READ).first_ps, 30 * NS);
	/* half and half: hits first, bandwidth of the node for the rest */
	CU_ASSERT_EQUAL(count("llc_miss_bytes"), 4096 * 2 + 64 + 64);
	io(0, a, 16384, 0, MEM_READ);
	CU_ASSERT_EQUAL(count("llc_miss_bytes"), 4096 * 2 + 64 + 64 + 8192);
	/* a write to memory drops the line */
	io(0, a, 4096, 0, MEM_WRITE);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_READ).first_ps, 100 * NS);
	end();

	two_sockets();
	cfg.write_updates_llc = true;
	make();
	io(0, a, 4096, 0, MEM_WRITE_ALLOC);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_WRITE).first_ps, 30 * NS);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_READ).first_ps, 30 * NS);
	io(0, a + 4096, 4096, 0, MEM_WRITE);
	CU_ASSERT_EQUAL(io(0, a + 4096, 4096, 0, MEM_READ).first_ps, 100 * NS);
	/* a non-temporal store goes to memory whatever the devices do */
	mem_access(mem, 0, a, 4096, 0, MEM_WRITE, MEM_AGENT_CPU);
	CU_ASSERT_EQUAL(io(0, a, 4096, 0, MEM_READ).first_ps, 100 * NS);
	end();
}

/* A working set up to the capacity stays; devices keep to their ways; modified data is written
 * back. */
static void capacity(void)
{
	u64 a = MEM_RAM_BASE, step = 65536, n = (16 << 20) / step, hits = 0;

	begin();
	for (u32 round = 0; round < 2; round++) {
		for (u64 i = 0; i < n; i++)
			mem_access(mem, 0, a + i * step, step, 0, MEM_READ, MEM_AGENT_CPU);
	}
	CU_ASSERT_EQUAL(count("llc_hit_bytes"), n * step);
	CU_ASSERT_EQUAL(count("llc_evictions"), 0);
	/* two of sixteen ways: an eighth of it is left of what a device wrote */
	for (u64 i = 0; i < n; i++)
		io(0, a + GIB / 2 + i * step, step, 0, MEM_WRITE_ALLOC);
	for (u64 i = 0; i < n; i++)
		hits += io(0, a + GIB / 2 + i * step, 64, 0, MEM_READ).first_ps == 30 * NS;
	CU_ASSERT_EQUAL(hits, n / 8);
	CU_ASSERT_EQUAL(count("llc_evictions"), n);
	CU_ASSERT_EQUAL(count("llc_writeback_bytes"), (n - n / 8) * step);
	end();
}

static void flush(void)
{
	u64 a = MEM_RAM_BASE, t;

	begin();
	io(0, a, 131072, 0, MEM_WRITE_ALLOC);
	t = mem_flush(mem, 1000 * NS, a, 65536, false); /* written back, kept */
	CU_ASSERT_EQUAL(t, 1000 * NS + 2048 * NS + 80 * NS);
	CU_ASSERT_EQUAL(io(0, a, 64, 0, MEM_READ).first_ps, 30 * NS);
	t = mem_flush(mem, 9000 * NS, a, 65536, true); /* clean now: nothing to write */
	CU_ASSERT_EQUAL(t, 9000 * NS);
	CU_ASSERT_EQUAL(io(0, a, 64, 0, MEM_READ).first_ps, 100 * NS);
	CU_ASSERT_EQUAL(io(0, a + 65536, 64, 0, MEM_READ).first_ps, 30 * NS);
	mem_flush(mem, 9000 * NS, a, GIB, true);
	CU_ASSERT_EQUAL(io(0, a + 65536, 64, 0, MEM_READ).first_ps, 100 * NS);
	end();
}

/* ---- watches ---- */

struct waiter {
	struct mem_watch watch;
	u32 order, fired;
	u64 pa, now;
	bool again;
	struct waiter *kill;
};
static u32 order;

static void wake(struct mem_watch *watch, u64 pa, u64 len, u64 now)
{
	struct waiter *w = (struct waiter *)watch;

	w->order = ++order;
	w->fired++;
	w->pa = pa;
	w->now = now;
	if (w->again)
		mem_watch_add(mem, watch, watch->pa);
	if (w->kill)
		mem_watch_del(mem, &w->kill->watch);
}

static void watches(void)
{
	static struct waiter w[6];
	u64 a = MEM_RAM_BASE;

	begin();
	order = 0;
	memset(w, 0, sizeof(w));
	for (u32 i = 0; i < 6; i++)
		w[i].watch.fire = wake;
	mem_watch_add(mem, &w[0].watch, a + 64 + 8);
	mem_watch_add(mem, &w[1].watch, a + 64);
	mem_watch_add(mem, &w[2].watch, a + 128);
	mem_watch_add(mem, &w[3].watch, a + 1000 * MEM_PAGE);
	mem_notify_write(mem, a, 64, 1);
	mem_notify_write(mem, a + 192, 64, 1);
	CU_ASSERT_EQUAL(order, 0);
	/* the line, whatever byte of it; first come, first served */
	mem_notify_write(mem, a + 100, 4, 77);
	CU_ASSERT_EQUAL(w[0].order, 1);
	CU_ASSERT_EQUAL(w[1].order, 2);
	CU_ASSERT_EQUAL(w[0].pa, a + 100);
	CU_ASSERT_EQUAL(w[0].now, 77);
	CU_ASSERT_FALSE(w[0].watch.armed);
	mem_notify_write(mem, a + 100, 4, 78);
	CU_ASSERT_EQUAL(w[0].fired, 1);
	/* one byte into the line; a large write over everything */
	mem_notify_write(mem, a + 64, 65, 79);
	CU_ASSERT_EQUAL(w[2].fired, 1);
	mem_notify_write(mem, a, GIB, 80);
	CU_ASSERT_EQUAL(w[3].fired, 1);
	CU_ASSERT_EQUAL(mem->watches, 0);
	/* disarmed; armed again from the callback, fired once a write */
	mem_watch_add(mem, &w[4].watch, a);
	mem_watch_del(mem, &w[4].watch);
	mem_watch_del(mem, &w[4].watch);
	w[5].again = true;
	mem_watch_add(mem, &w[5].watch, a);
	mem_notify_write(mem, a, 8, 81);
	mem_notify_write(mem, a, 8, 82);
	CU_ASSERT_EQUAL(w[4].fired, 0);
	CU_ASSERT_EQUAL(w[5].fired, 2);
	mem_watch_del(mem, &w[5].watch);
	/* one that disarms the next of the same line while it fires */
	w[0].kill = &w[1];
	mem_watch_add(mem, &w[0].watch, a);
	mem_watch_add(mem, &w[1].watch, a);
	mem_notify_write(mem, a, 8, 83);
	CU_ASSERT_EQUAL(w[0].fired, 2);
	CU_ASSERT_EQUAL(w[1].fired, 1);
	CU_ASSERT_EQUAL(mem->watches, 0);
	CU_ASSERT_EQUAL(count("wakes"), 7);
	end();
}

static void failures(void)
{
	u64 a = MEM_RAM_BASE;

	begin();
	CU_ASSERT_EQUAL(mem_fails(mem, a, GIB), 0);
	CU_ASSERT_EQUAL(mem_fail(mem, a + 4096, 4096, MEM_FAIL_READ), 0);
	CU_ASSERT_EQUAL(mem_fail(mem, a + 8192, 64, MEM_FAIL_WRITE), 0);
	CU_ASSERT_EQUAL(mem_fails(mem, a, 4096), 0);
	CU_ASSERT_EQUAL(mem_fails(mem, a, 4097), MEM_FAIL_READ);
	CU_ASSERT_EQUAL(mem_fails(mem, a + 8191, 2), MEM_FAIL_READ | MEM_FAIL_WRITE);
	CU_ASSERT_EQUAL(mem_fail(mem, a + 4096, 4096, 0), 0);
	CU_ASSERT_EQUAL(mem_fails(mem, a + 8191, 2), MEM_FAIL_WRITE);
	for (u32 i = 0; i < 15; i++)
		CU_ASSERT_EQUAL(mem_fail(mem, a + i * 65536, 1, MEM_FAIL_READ), 0);
	CU_ASSERT_EQUAL(mem_fail(mem, a + 99 * 65536, 1, MEM_FAIL_READ), -ENOSPC);
	end();
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("memory", NULL, NULL);
	CU_ADD_TEST(s, nodes);
	CU_ADD_TEST(s, bad_configurations);
	CU_ADD_TEST(s, sparse);
	CU_ADD_TEST(s, windows);
	CU_ADD_TEST(s, windows_random);
	CU_ADD_TEST(s, node_timing);
	CU_ADD_TEST(s, shared_limits);
	CU_ADD_TEST(s, slightly_out_of_order);
	CU_ADD_TEST(s, allocation);
	CU_ADD_TEST(s, capacity);
	CU_ADD_TEST(s, flush);
	CU_ADD_TEST(s, watches);
	CU_ADD_TEST(s, failures);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
