// SPDX-License-Identifier: GPL-2.0
// Anything a guest can do, in any order, from several processors at once, while its device works:
// nothing crashes or hangs, the neighbour works on, all that was given out comes back.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "host-driver/process/process.h"
#include "sim/scenario/scenario.h"
#include "sim/system.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_program.h"
#include "tests/unit/sim/attack_world.h"
#include "tests/unit/sim/guest_kernel.h"
#include "vdev/core/vdev_traps.h"

#define PROCESSORS   3
#define PAGE	     4096ull
#define ARENA	     (256 * 1024ull) /* what the device may write */
#define LISTS	     (64 * 1024ull)  /* batches: never written by the device */
#define FUNCTION     (3u << 3)
#define MEMORY	     (16 * MIB)
#define BAR0_BYTES   0x2000
#define MSIX_TABLE   0x600
#define QUIET_EVENTS 20000000ull

/* A hostile guest: where its device is, as far as it knows. */
struct hostile {
	struct world *w;
	struct guest *g;
	u64 regs, portals;	   /* as the kernel assigned them */
	u64 regs_now, portals_now; /* as last written */
	u8 *arena, *lists;
	u64 arena_dma, lists_dma, arena_bytes;
	/* At a share: a program, whose memory is the arena. */
	bool share;
	struct program prog;
	u64 ops; /* of each processor */
	u32 running;
	u64 done;
};

struct processor {
	struct hostile *h;
	struct sim_rng rng;
	u32 handle; /* the last one that a command gave */
};

static u64 below(struct processor *p, u64 n)
{
	return sim_rng_below(&p->rng, n);
}

/* ---- values, places ---- */

static u64 any_value(struct processor *p)
{
	static const u64 favourites[] = {0,	     ~0ull,	 1,   0x80000000, 0xffffffff,
					 0x8000,     0x4,	 0x6, 0x7fff,	  0x100,
					 0xfee00000, 0xfee01000, 0x3, 0xfffffff0};

	switch (below(p, 3)) {
	case 0:
		return favourites[below(p, sizeof(favourites) / sizeof(favourites[0]))];
	case 1:
		return below(p, 0x10000);
	default:
		return sim_rng_u64(&p->rng);
	}
}

/* Any guest-physical address, rather where something is. */
static u64 any_address(struct processor *p)
{
	struct hostile *h = p->h;

	switch (below(p, 6)) {
	case 0:
		return h->regs_now + below(p, 2 * BAR0_BYTES);
	case 1:
		return h->portals_now + below(p, 16 * PAGE);
	case 2:
		return below(p, 1ull << 33) | 1ull << 33;
	case 3:
		return sim_rng_u64(&p->rng) | 1ull << 40;
	case 4:
		return h->regs + below(p, BAR0_BYTES);
	default:
		/* Just behind the memory, just below a BAR. */
		return below(p, 2) ? 0x200000 + MEMORY + below(p, PAGE)
				   : h->regs_now - below(p, PAGE);
	}
}

/* ---- descriptors ---- */

/*
 * What the device is told to use: the arena, and everything that is not this guest's. What a guest
 * lets its device do to its own kernel is nobody else's matter.
 */
static u64 any_target(struct processor *p)
{
	switch (below(p, 8)) {
	case 0:
		return below(p, MIB);
	case 1:
		return 0x200000 + MEMORY + below(p, 1ull << 40);
	case 2:
		return sim_rng_u64(&p->rng) | 1ull << 48;
	default:
		return p->h->arena_dma + below(p, p->h->arena_bytes);
	}
}

/* What begins in the arena ends there. */
static u32 within_arena(struct processor *p, u64 at, u32 len)
{
	u64 end = p->h->arena_dma + p->h->arena_bytes;

	return at >= p->h->arena_dma && at < end && len > end - at ? end - at : len;
}

static u32 any_length(struct processor *p, u64 source, u64 target)
{
	u32 len = below(p, 4)	? below(p, 4096)
		  : below(p, 8) ? below(p, 1 << 17)
				: sim_rng_u64(&p->rng);

	return within_arena(p, source, within_arena(p, target, len));
}

static void any_descriptor(struct processor *p, struct dsa_hw_desc *d, bool member)
{
	static const u8 codes[] = {DSA_OPCODE_NOOP,    DSA_OPCODE_DRAIN,    DSA_OPCODE_MEMMOVE,
				   DSA_OPCODE_MEMFILL, DSA_OPCODE_COMPARE,  DSA_OPCODE_COMPVAL,
				   DSA_OPCODE_CRCGEN,  DSA_OPCODE_COPY_CRC, DSA_OPCODE_CFLUSH,
				   DSA_OPCODE_MEMMOVE, DSA_OPCODE_MEMMOVE};
	u64 target = any_target(p);

	memset(d, 0, sizeof(*d));
	d->opcode = below(p, 8) ? codes[below(p, sizeof(codes))] : below(p, 256);
	d->flags = below(p, 4) ? IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR |
					 (below(p, 2) ? IDXD_OP_FLAG_RCI : 0)
			       : sim_rng_u64(&p->rng) & 0xffffff;
	d->pasid = below(p, 2) ? 0 : sim_rng_u64(&p->rng);
	if (p->h->share && below(p, 8))
		d->pasid = process_pasid(p->h->prog.p);
	d->priv = below(p, 8) == 0;
	d->completion_addr = below(p, 8)
				     ? p->h->arena_dma + (below(p, p->h->arena_bytes - 64) & ~31ull)
				     : any_target(p);
	d->src_addr = any_target(p);
	d->dst_addr = target;
	d->xfer_size = any_length(p, d->src_addr, target);
	d->int_handle = below(p, 3) ? p->handle : below(p, 3) ? below(p, 8) : sim_rng_u64(&p->rng);
	/* Operations with a second target or with two sources name the arena. */
	d->dst_addr = target;
	if (d->opcode == DSA_OPCODE_DUALCAST || d->opcode == DSA_OPCODE_CR_DELTA ||
	    d->opcode == DSA_OPCODE_AP_DELTA || d->opcode >= DSA_OPCODE_DIF_CHECK)
		d->opcode = DSA_OPCODE_MEMMOVE;
	if (!member && below(p, 10) == 0) {
		d->opcode = DSA_OPCODE_BATCH;
		d->desc_list_addr = below(p, 6) ? p->h->lists_dma + (below(p, LISTS / 2) & ~63ull)
						: any_target(p);
		d->desc_count = below(p, 4) ? below(p, 33) : sim_rng_u64(&p->rng) & 0xffff;
		if (d->desc_list_addr >= p->h->lists_dma &&
		    d->desc_list_addr < p->h->lists_dma + LISTS && d->desc_count > 512)
			d->desc_count = 512;
	}
}

static void any_batch_list(struct processor *p)
{
	struct dsa_hw_desc *list = (void *)p->h->lists;
	u64 first = below(p, LISTS / sizeof(*list) - 16), i;

	for (i = 0; i < 16; i++)
		any_descriptor(p, &list[first + i], true);
}

/* ---- accesses ---- */

static u32 any_width(struct processor *p)
{
	return 1u << below(p, 4);
}

static void registers(struct processor *p)
{
	static const u32 acting[] = {0x80,  0x88,  0x98,  0xa0,	 0xa8,	0xc0,  0x300,
				     0x308, 0x310, 0x508, 0x528, 0x600, 0x604, 0x608,
				     0x60c, 0x610, 0x614, 0x618, 0x61c, 0x62c, 0x700};
	u64 base = below(p, 16) ? p->h->regs_now : p->h->regs;
	u32 width = any_width(p), off;

	off = below(p, 2) ? acting[below(p, sizeof(acting) / sizeof(acting[0]))]
			  : below(p, BAR0_BYTES + 8);
	/* Most of them aligned. */
	if (below(p, 8))
		off &= ~(width - 1);
	else
		off += below(p, 8);
	if (below(p, 3))
		atk_write(base + off, width, any_value(p));
	else
		atk_read(base + off, width);
}

static void command(struct processor *p)
{
	u32 code = below(p, 4) ? 1 + below(p, 14) : below(p, 32), operand;

	operand = below(p, 2) ? below(p, 4) : below(p, 4) ? below(p, 16) : below(p, 1 << 20);
	atk_write(p->h->regs_now + DSA_REG_CMD, 4,
		  (u64)code << 20 | operand | (below(p, 2) ? DSA_CMD_INT_REQ : 0));
	if (code == DSA_CMD_REQUEST_INT_HANDLE)
		p->handle =
			SPEC_GET(DSA_CMDSTS_RESULT, atk_read(p->h->regs_now + DSA_REG_CMDSTS, 4));
}

static void config(struct processor *p)
{
	static const u32 acting[] = {4, 5, 6, 0x10, 0x14, 0x18, 0x1c, 0x40, 0x42, 0x50, 0x58, 0x59};
	u32 width = 1u << below(p, 3), off, bdf = below(p, 32) ? FUNCTION : below(p, 1 << 17);

	off = below(p, 6) ? below(p, 4100) : acting[below(p, sizeof(acting) / sizeof(acting[0]))];
	if (below(p, 8))
		off &= ~(width - 1);
	if (below(p, 2))
		atk_config_write(bdf, off, width, any_value(p));
	else
		atk_config(bdf, off, width);
}

/* A BAR to somewhere: free space, over memory, over the other one, beyond all. */
static void move_bar(struct processor *p)
{
	struct hostile *h = p->h;
	bool portals = below(p, 2);
	u64 to;

	switch (below(p, 5)) {
	case 0:
		to = 0x200000 + (below(p, MEMORY) & ~0xffffull);
		break;
	case 1:
		to = portals ? h->regs_now : h->portals_now;
		break;
	case 2:
		to = sim_rng_u64(&p->rng) & ~0xffffull;
		break;
	default:
		to = 0x4000000000ull + (below(p, 1ull << 30) & ~0xffffull);
	}
	atk_config_write(FUNCTION, 0x10 + 8 * portals, 4, to);
	atk_config_write(FUNCTION, 0x14 + 8 * portals, 4, to >> 32);
	*(portals ? &h->portals_now : &h->regs_now) = to;
}

static void submit(struct processor *p)
{
	struct dsa_hw_desc d;
	u64 at = p->h->portals_now, raw[8], i;

	any_descriptor(p, &d, false);
	/* Not descriptors at all, but never one that writes into the kernel. */
	if (below(p, 12) == 0) {
		for (i = 0; i < 8; i++)
			raw[i] = sim_rng_u64(&p->rng);
		memcpy(&d, raw, sizeof(d));
		d.dst_addr |= 1ull << 48;
		d.completion_addr |= 1ull << 48;
		d.dest2 |= 1ull << 48;
	}
	at += below(p, 8) ? (below(p, 2)) * PAGE : below(p, 40) * PAGE;
	at += below(p, 4) ? below(p, 64) * 64 : 0;
	if (below(p, 16) == 0)
		at = any_address(p) & ~63ull;
	if (p->h->share && below(p, 4)) {
		atk_enqueue(at, &d);
		return;
	}
	switch (below(p, 8)) {
	case 0:
		atk_enqueue(at, &d);
		break;
	case 1:
		atk_write(at + below(p, 8) * 8, any_width(p), any_value(p));
		break;
	case 2:
		atk_read(at + below(p, 64), any_width(p));
		break;
	default:
		atk_store(at, &d);
	}
}

/* Puts everything back so that the device works again for a while. */
static void repair(struct processor *p)
{
	struct hostile *h = p->h;
	u32 i;

	atk_config_write(FUNCTION, 4, 2, 0);
	atk_config_write(FUNCTION, 0x10, 4, h->regs);
	atk_config_write(FUNCTION, 0x14, 4, h->regs >> 32);
	atk_config_write(FUNCTION, 0x18, 4, h->portals);
	atk_config_write(FUNCTION, 0x1c, 4, h->portals >> 32);
	h->regs_now = h->regs;
	h->portals_now = h->portals;
	atk_config_write(FUNCTION, 4, 2, 6);
	if (SPEC_GET(DSA_GENSTS_STATE, atk_read(h->regs + DSA_REG_GENSTS, 4)) == DSA_STATE_HALT) {
		/* Only a reset helps. */
		atk_config_write(FUNCTION, 0x59, 1, 0x80);
		atk_config_write(FUNCTION, 0x10, 4, h->regs);
		atk_config_write(FUNCTION, 0x14, 4, h->regs >> 32);
		atk_config_write(FUNCTION, 0x18, 4, h->portals);
		atk_config_write(FUNCTION, 0x1c, 4, h->portals >> 32);
		atk_config_write(FUNCTION, 4, 2, 6);
	}
	atk_config_write(FUNCTION, 0x42, 2, 0x8000);
	for (i = 0; i < 3; i++) {
		atk_write(h->regs + MSIX_TABLE + 16 * i, 8, 0xfee00000);
		atk_write(h->regs + MSIX_TABLE + 16 * i + 8, 8, 0x40 + below(p, 4));
	}
	if (h->share) {
		atk_config_write(FUNCTION, 0x106, 2, 0x8000);
		atk_config_write(FUNCTION, 0x11c, 4, 1);
		atk_config_write(FUNCTION, 0x114, 2, 1);
		atk_config_write(FUNCTION, 0x126, 2, 1);
		atk_write(h->regs + 0x508, 4, DSA_WQCFG2_PASID_EN);
	}
	atk_write(h->regs + DSA_REG_SWERROR, 4, 3);
	atk_write(h->regs + DSA_REG_CMD, 4, DSA_CMD_ENABLE_DEVICE << 20);
	for (i = 0; i < 2; i++)
		atk_write(h->regs + DSA_REG_CMD, 4, DSA_CMD_ENABLE_WQ << 20 | i);
	atk_write(h->regs + DSA_REG_CMD, 4, DSA_CMD_REQUEST_INT_HANDLE << 20 | 1);
	p->handle = SPEC_GET(DSA_CMDSTS_RESULT, atk_read(h->regs + DSA_REG_CMDSTS, 4));
}

static void anything(struct processor *p)
{
	switch (below(p, 256)) {
	case 0 ... 55:
		registers(p);
		break;
	case 56 ... 79:
		config(p);
		break;
	case 80 ... 103:
		command(p);
		break;
	case 104:
		move_bar(p);
		break;
	case 105:
		atk_config_write(FUNCTION, 0x59, 1, 0x80);
		break;
	case 106:
		atk_config_write(FUNCTION, 4, 2, below(p, 8));
		break;
	case 107 ... 109:
		if (below(p, 2))
			atk_write(any_address(p), any_width(p), any_value(p));
		else
			atk_read(any_address(p), any_width(p));
		break;
	case 110 ... 117:
		any_batch_list(p);
		break;
	case 118 ... 121:
		fiber_sleep(below(p, 5 * US));
		break;
	case 122 ... 127:
		repair(p);
		break;
	default:
		submit(p);
	}
}

static void processor_main(void *arg)
{
	struct processor *p = arg;
	u64 i;

	for (i = 0; i < p->h->ops; i++) {
		anything(p);
		p->h->done++;
	}
	p->h->running--;
}

/* ---- the neighbour ---- */

struct neighbour {
	struct guest *g;
	struct hostile *h;
	u64 image[BAR0_BYTES / 8]; /* its registers, as it reads them */
	u64 moves, wrong, changed;
	bool done;
};

/* Error and cause are its own matter; there must be none. */
static u64 compare_image(struct neighbour *n, bool take)
{
	u64 at = atk_bar(0), i, val, bad = 0;

	for (i = 0; i < BAR0_BYTES / 8; i++) {
		/* The last command and its status: none is given while this runs. */
		val = atk_read(at + 8 * i, 8);
		if (take)
			n->image[i] = val;
		else
			bad += n->image[i] != val;
	}
	return bad;
}

static void neighbour_main(void *arg)
{
	struct neighbour *n = arg;
	struct gclient *c = gclient_open("wq0.0");
	u64 i;

	n->wrong = !c;
	for (i = 0; c && n->h->running; i++) {
		n->wrong += gclient_move(c, 512 + 64 * (i % 64), i, i & 1) != 0;
		n->moves++;
		if (i % 256 == 0)
			n->changed += compare_image(n, i == 0);
		fiber_sleep(100 * US);
	}
	if (c)
		gclient_close(c);
	n->done = true;
}

/* ---- a run ---- */

struct shape {
	const char *config;
	const char *wqs[4];
	const char *neighbour;
	u64 seed, ops;
	bool revoke; /* the host takes the queue away in the middle of it */
	bool share;  /* of a shared queue, with PASIDs and a virtual IOMMU */
	u32 home;    /* enum scn_home */
};

static struct processor cpu[PROCESSORS];
static struct neighbour next_door;

static int prepare(void *arg)
{
	struct hostile *h = arg;
	int rc;

	world_enable_as(guest_kernel(h->g), "wq0.0", h->share ? "user" : "kernel");
	h->regs = h->regs_now = atk_bar(DSA_PCI_BAR_MMIO);
	h->portals = h->portals_now = atk_bar(DSA_PCI_BAR_PORTAL);
	h->arena = atk_memory(ARENA, &h->arena_dma);
	h->lists = atk_memory(LISTS, &h->lists_dma);
	h->arena_bytes = ARENA;
	if (!h->arena || !h->lists)
		return -ENOMEM;
	/* Not a descriptor, wherever one begins to read. */
	memset(h->arena, 0xff, ARENA);
	memset(h->lists, 0, LISTS);
	if (!h->share)
		return 0;
	h->arena_bytes = 2 * PROGRAM_DATA;
	rc = program_start(&h->prog, guest_kernel(h->g), "wq0.0", true);
	h->arena_dma = h->prog.source;
	return rc;
}

static int enable_neighbour(void *arg)
{
	return world_enable(guest_kernel(arg), "wq0.0");
}

static int host_works(void *arg)
{
	struct gclient *c = gclient_open("wq0.3");
	int rc = c ? gclient_move(c, 65536, 3, false) : -ENODEV;

	(void)arg;
	if (c)
		gclient_close(c);
	return rc;
}

static bool all_done(void *arg)
{
	return !((struct hostile *)arg)->running && next_door.done;
}

static bool half_done(void *arg)
{
	struct hostile *h = arg;

	return h->done > h->ops;
}

static int take_queue(void *arg)
{
	struct world *w = arg;

	return sysfs_put(system_host(w->sys), DRV "mdev/unbind", "wq0.0");
}

/* Nothing goes on for ever. */
static bool comes_to_rest(struct sim *sim)
{
	u64 i;

	for (i = 0; i < QUIET_EVENTS; i++)
		if (!sim_step(sim))
			return true;
	return false;
}

static void traps_of_every_kind(struct hostile *h, u64 least)
{
	struct vdev_traps t;
	struct vm_stats st;
	u32 i;

	guest_vdev_traps(h->g, 0, &t);
	for (i = 0; i < VDEV_TRAP_PORTAL; i++)
		CU_ASSERT(t.count[i] > least);
	guest_vm_stats(h->g, &st);
	CU_ASSERT(st.unclaimed_exits > least);
	CU_ASSERT(st.direct_submission > least);
	CU_ASSERT(st.interrupts > least);
}

static void start(const struct shape *s, struct hostile *h)
{
	u32 i;

	for (i = 0; i < PROCESSORS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "random/%u", i);
		cpu[i] = (struct processor){.h = h};
		sim_rng_init(&cpu[i].rng, s->seed, name);
		kernel_run_on_fiber(guest_kernel(h->g), processor_main, &cpu[i], name);
	}
}

static void say(const struct shape *s, const struct hostile *h)
{
	struct dsa_totals t;

	dsa_totals(world_dsa(h->w), &t);
	printf("%s: %llu operations; descriptors: %llu accepted, %llu completed, %llu abandoned, "
	       "%llu dropped, %llu retried, %llu errors; neighbour %llu moves\n",
	       s->wqs[0], h->done, t.accepted, t.completed, t.abandoned, t.dropped, t.retried,
	       t.errors, next_door.moves);
	CU_ASSERT(t.completed > s->ops / 100);
}

/* What must be true when the hostile guest is gone. */
static void check_after(struct world *w, const struct possessions *before)
{
	struct possessions after;
	u32 i;

	CU_ASSERT(comes_to_rest(w->sim));
	world_count(w, &after);
	CU_ASSERT(possessions_equal(before, &after));
	CU_ASSERT(world_conserved(w));
	CU_ASSERT_EQUAL(system_call(w->sys, host_works, NULL), 0);
	CU_ASSERT(world_quiet(guest_kernel(next_door.g)));
	CU_ASSERT(world_quiet(system_host(w->sys)));
	for (i = 0; i < w->found.n && i < FINDINGS_MAX; i++)
		fprintf(stderr, "%s\n", w->found.text[i]);
	CU_ASSERT_EQUAL(w->found.n, 0);
	CU_ASSERT(next_door.moves > 100);
	CU_ASSERT_EQUAL(next_door.wrong, 0);
	CU_ASSERT_EQUAL(next_door.changed, 0);
}

/* What the host rightly keeps or has less of: pools of the page request code, names of a queue. */
static void forgive(const struct shape *s, struct world *w, struct possessions *before)
{
	struct possessions now;

	world_count(w, &now);
	if (s->revoke)
		before->slab_bytes = now.slab_bytes;
	if (!s->share)
		return;
	CU_ASSERT(now.slab_bytes - before->slab_bytes <= 1024);
	CU_ASSERT(now.pages - before->pages <= 2);
	before->slab_bytes = now.slab_bytes;
	before->pages = now.pages;
}

static void run_shape(const struct shape *s)
{
	const char *other[] = {s->neighbour, NULL};
	struct possessions before;
	struct vm_stats taken, end;
	struct world w;
	struct guest_cfg like = {.node = -1, .home = s->home, .sva = s->share};
	struct hostile h = {
		.w = &w, .ops = s->ops / PROCESSORS, .running = PROCESSORS, .share = s->share};

	world_new(&w, s->config, NULL, 0);
	next_door = (struct neighbour){.h = &h};
	next_door.g = world_guest(&w, "neighbour", 16 * MIB, other, NULL);
	CU_ASSERT_EQUAL(guest_call(next_door.g, enable_neighbour, next_door.g), 0);
	/* An orderly life first: a queue that was given once rests until the next. */
	world_end_guest(world_guest(&w, "orderly", MEMORY, s->wqs, &like));
	world_count(&w, &before);
	h.g = world_guest(&w, "hostile", MEMORY, s->wqs, &like);
	CU_ASSERT_EQUAL_FATAL(guest_call(h.g, prepare, &h), 0);
	CU_ASSERT_EQUAL(kernel_run_on_fiber(guest_kernel(next_door.g), neighbour_main, &next_door,
					    "neighbour"),
			0);
	start(s, &h);
	if (s->revoke) {
		CU_ASSERT_EQUAL(system_run_until(w.sys, half_done, &h), 0);
		CU_ASSERT_EQUAL(system_call(w.sys, take_queue, &w), 0);
		guest_vm_stats(h.g, &taken);
	}
	CU_ASSERT_EQUAL(system_run_until(w.sys, all_done, &h), 0);
	CU_ASSERT_EQUAL(h.done, PROCESSORS * h.ops);
	guest_vm_stats(h.g, &end);
	if (s->revoke)
		CU_ASSERT_EQUAL(end.direct, taken.direct);
	traps_of_every_kind(&h, s->ops / 2000);
	say(s, &h);
	/* The plug is pulled in the middle of it. */
	guest_free(h.g);
	forgive(s, &w, &before);
	check_after(&w, &before);
	world_end_guest(next_door.g);
	world_free(&w);
}

static void test_dedicated(void)
{
	static const struct shape s = {.config = "traces/configs/guests-dwq.json",
				       .wqs = {"wq0.0"},
				       .neighbour = "wq0.1",
				       .seed = 2020,
				       .ops = 600000};

	run_shape(&s);
}

static void test_same_group(void)
{
	static const struct shape s = {.config = "traces/configs/guests-dwq.json",
				       .wqs = {"wq0.2"},
				       .neighbour = "wq0.1",
				       .seed = 7,
				       .ops = 600000};

	run_shape(&s);
}

#define MIXED "traces/configs/tenants-mixed.json"

static void test_share(void)
{
	static const struct shape s = {.config = MIXED,
				       .wqs = {"wq0.5"},
				       .neighbour = "wq0.1",
				       .seed = 5,
				       .ops = 150000,
				       .share = true};

	run_shape(&s);
}

static void test_two_queues(void)
{
	static const struct shape s = {.config = MIXED,
				       .wqs = {"wq0.0", "wq0.2"},
				       .neighbour = "wq0.1",
				       .seed = 6,
				       .ops = 150000,
				       .home = SCN_HOME_KERNEL_CDEV};

	run_shape(&s);
}

static void test_vmm(void)
{
	static const struct shape s = {.config = MIXED,
				       .wqs = {"wq0.0"},
				       .neighbour = "wq0.1",
				       .seed = 8,
				       .ops = 150000,
				       .home = SCN_HOME_VMM};

	run_shape(&s);
}

static void test_revoked(void)
{
	static const struct shape s = {.config = "traces/configs/guests-dwq.json",
				       .wqs = {"wq0.0"},
				       .neighbour = "wq0.1",
				       .seed = 11,
				       .ops = 60000,
				       .revoke = true};
	struct shape one = s;
	u32 i;

	for (i = 0; i < 5; i++) {
		one.seed = 11 + i;
		run_shape(&one);
	}
}

/* ---- taken away while the guest moves its BARs ---- */

static void reader(void *arg)
{
	struct processor *p = arg;
	struct hostile *h = p->h;

	while (h->running)
		atk_read(h->portals + below(p, 2) * PAGE, 8);
}

/* Moves the portals once, a little later. */
static void mover(void *arg)
{
	struct processor *p = arg;
	struct hostile *h = p->h;

	fiber_sleep(h->done);
	atk_config_write(FUNCTION, 0x18, 4, h->portals + (1ull << 30));
	h->portals += 1ull << 30;
}

static int take_and_wait(void *arg)
{
	int rc;

	fiber_sleep(4 * US);
	rc = take_queue(arg);
	fiber_sleep(1 * US);
	return rc;
}

static int wait_a_little(void *arg)
{
	(void)arg;
	fiber_sleep(20 * US);
	return 0;
}

/*
 * A page that was taken stays away, even when the map is just being changed and waits for a
 * processor to come out: @later, ps, is when the change begins.
 */
static void one_map_race(u64 later)
{
	static const char *const wqs[] = {"wq0.0", NULL};
	struct vm_stats taken, end;
	struct world w;
	struct hostile h = {.w = &w, .running = 1, .done = later};

	world_new(&w, "traces/configs/guests-dwq.json", NULL, 0);
	h.g = world_guest(&w, "hostile", MEMORY, wqs, NULL);
	CU_ASSERT_EQUAL_FATAL(guest_call(h.g, prepare, &h), 0);
	cpu[0] = (struct processor){.h = &h};
	sim_rng_init(&cpu[0].rng, later, "race");
	kernel_run_on_fiber(guest_kernel(h.g), reader, &cpu[0], "reader");
	CU_ASSERT_EQUAL(system_call(w.sys, wait_a_little, &w), 0);
	kernel_run_on_fiber(guest_kernel(h.g), mover, &cpu[0], "mover");
	CU_ASSERT_EQUAL(system_call(w.sys, take_and_wait, &w), 0);
	guest_vm_stats(h.g, &taken);
	CU_ASSERT(taken.direct > 20);
	CU_ASSERT_EQUAL(system_call(w.sys, wait_a_little, &w), 0);
	guest_vm_stats(h.g, &end);
	CU_ASSERT_EQUAL(end.direct, taken.direct);
	h.running = 0;
	guest_free(h.g);
	CU_ASSERT(world_quiet(system_host(w.sys)));
	world_free(&w);
}

static void test_map_race(void)
{
	u64 later;

	for (later = 0; later < 4 * US; later += US / 10)
		one_map_race(later);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guest at random", NULL, NULL);
	CU_add_test(s, "a queue of its own", test_dedicated);
	CU_add_test(s, "a queue in the neighbour's group", test_same_group);
	CU_add_test(s, "a share of a shared queue", test_share);
	CU_add_test(s, "two queues, character device", test_two_queues);
	CU_add_test(s, "emulated by the monitor", test_vmm);
	CU_add_test(s, "a queue that is taken away", test_revoked);
	CU_add_test(s, "taken away while the map changes", test_map_race);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
