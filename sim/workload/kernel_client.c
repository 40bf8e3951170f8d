// SPDX-License-Identifier: GPL-2.0
// Clients inside a kernel, the host's or a guest's: work queues of type kernel through the driver's
// own interface, DMA addresses, completion callbacks by interrupt or by polling.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/client/kernel_client.h"
#include "sim/workload/workload_priv.h"

#define ARRAYS 3
/* Where the stream believes an array to be; the low bits are the place in it. */
#define ARRAY_SHIFT 46

struct kernel_slot {
	u64 issued;
	u8 *src, *dst; /* what a check looks at */
	u32 size;
	u8 op;
	bool busy;
};

struct block {
	u8 *cpu;
	u64 dma;
};

struct kernel_client {
	struct client *c;
	struct kwq *k;
	char wq[16];
	bool polled;
	struct block *block[ARRAYS];
	u64 bytes[ARRAYS];
	struct kernel_slot *slot;
	u32 next;
	bool waiting;
};

static void done(void *ctx, u32 tag, int error, const u8 *record)
{
	struct kernel_client *kc = ctx;
	struct client *c = kc->c;
	struct kernel_slot *s = &kc->slot[tag];
	u8 status = record[0] & 0x3f;
	bool good = !error;

	if (good && c->wl->data == DATA_VERIFY && s->op == DSA_OPCODE_MEMMOVE) {
		c->wl->verified++;
		if (memcmp(s->src, s->dst, s->size))
			report_corrupt(c->wl->report, c->id,
				       "a move's destination differs from its source");
	}
	if (!good)
		c->wl->failed++;
	report_op(c->wl->report, c->id, REPORT_NO_TAG, s->issued, sim_now(c->wl->sim),
		  s->op == DSA_OPCODE_NOOP ? 0 : s->size, 1, status);
	c->wl->descriptors++;
	c->done_units++;
	c->inflight--;
	s->busy = false;
	if (kc->waiting)
		fiber_wake(c->fiber);
}

struct open_args {
	struct kernel_client *kc;
	u32 depth;
};

static int open_fiber(void *arg)
{
	struct open_args *a = arg;

	return kwq_open(a->kc->wq, a->depth, a->kc->polled, done, a->kc, &a->kc->k);
}

int kernel_client_new(struct client *c, const struct system_wq *wq)
{
	struct kernel_client *kc = calloc(1, sizeof(*kc));
	struct open_args a = {kc, c->window};
	int ret;

	if (!kc)
		return -ENOMEM;
	c->kernel = kc;
	kc->c = c;
	kc->polled = c->wait != SCN_INTERRUPT;
	kc->slot = calloc(c->window, sizeof(*kc->slot));
	snprintf(kc->wq, sizeof(kc->wq), "wq%u.%u", wq->device, wq->queue);
	if (!kc->slot)
		return -ENOMEM;
	ret = site_call(c->wl, c->space->site, open_fiber, &a);
	if (ret)
		kc->k = NULL;
	return ret;
}

s64 kernel_client_array(struct kernel_client *kc, u32 which, u64 bytes)
{
	u64 n = (bytes + KWQ_BLOCK - 1) / KWQ_BLOCK, i;
	int ret;

	kc->block[which] = calloc(n, sizeof(struct block));
	if (!kc->block[which])
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		ret = kwq_alloc(kc->k, KWQ_BLOCK, &kc->block[which][i].cpu,
				&kc->block[which][i].dma);
		if (ret)
			return ret;
	}
	kc->bytes[which] = n * KWQ_BLOCK;
	return (s64)(which + 1) << ARRAY_SHIFT;
}

/* The DMA address of an operand, moved back where a block would end inside it. */
static u64 operand(struct kernel_client *kc, u64 at, u32 size, u8 **cpu)
{
	u64 which = (at >> ARRAY_SHIFT) - 1, place = at & ((1ull << ARRAY_SHIFT) - 1);
	u64 in = place % KWQ_BLOCK;
	const struct block *b;

	if (which >= ARRAYS || place >= kc->bytes[which])
		return at; /* a pattern */
	if (in + size > KWQ_BLOCK)
		in = KWQ_BLOCK - size;
	b = &kc->block[which][place / KWQ_BLOCK];
	*cpu = b->cpu + in;
	return b->dma + in;
}

/* The thread works for @ps, when its core lets it. */
static void core_sleep(struct client *c, u64 ps)
{
	u64 now = sim_now(c->wl->sim);

	if (c->shares_core)
		ps = cores_work(c->wl->cores, c->core, now, ps) - now;
	fiber_sleep(ps);
}

/* Waits for at least one completion. */
static void wait_one(struct kernel_client *kc)
{
	const struct plat_cpu *cpu = &kc->c->wl->plat->cpu;
	struct client *c = kc->c;
	u64 since = sim_now(c->wl->sim);
	u32 before = c->inflight;

	while (c->inflight && c->inflight >= before) {
		if (kc->polled) {
			if (!kwq_poll(kc->k))
				fiber_sleep(cpu->poll_interval_ps + 1);
			continue;
		}
		kc->waiting = true;
		fiber_park();
		kc->waiting = false;
		core_sleep(c, cpu->context_switch_ps);
	}
	report_client_time(c->wl->report, c->id, REPORT_WAIT, sim_now(c->wl->sim) - since);
}

static struct kernel_slot *free_slot(struct kernel_client *kc)
{
	while (kc->slot[kc->next].busy)
		kc->next = (kc->next + 1) % kc->c->window;
	return &kc->slot[kc->next];
}

static int submit(struct kernel_client *kc, const struct trace_op *op)
{
	const struct plat_cpu *cpu = &kc->c->wl->plat->cpu;
	struct client *c = kc->c;
	struct trace_op o = *op;
	struct kernel_slot *s = free_slot(kc);
	u8 desc[64], *cpu2;
	u32 refused = 0;
	u64 from;
	int ret;

	*s = (struct kernel_slot){.size = op->size, .op = op->op};
	o.src = operand(kc, op->src, op->size, &s->src);
	o.dst = operand(kc, op->dst, op->size, &s->dst);
	if (op->op == DSA_OPCODE_DUALCAST)
		o.w5 = operand(kc, op->w5, op->size, &cpu2);
	o.flags &= ~(IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR);
	if (c->wl->data == DATA_VERIFY && op->op == DSA_OPCODE_MEMMOVE && op->size >= 8)
		memcpy(s->src, &c->issued_units, 8);
	client_build(&o, desc);
	from = sim_now(c->wl->sim);
	core_sleep(c, cpu->descriptor_fill_ps + c->overhead);
	report_client_time(c->wl->report, c->id, REPORT_PREPARE, sim_now(c->wl->sim) - from);
	from = s->issued = sim_now(c->wl->sim);
	s->busy = true;
	c->inflight++;
	c->issued_units++;
	do {
		ret = kwq_submit(kc->k, s - kc->slot, desc);
		if (ret != -EAGAIN)
			break;
		report_retry(c->wl->report, c->id);
		if (kc->polled)
			kwq_poll(kc->k);
		fiber_sleep(cpu->pause_ps + 1);
	} while (!c->wl->dying && (!c->retry_max || ++refused < c->retry_max));
	report_client_time(c->wl->report, c->id, REPORT_SUBMIT, sim_now(c->wl->sim) - from);
	if (ret) {
		s->busy = false;
		c->inflight--;
		c->issued_units--;
		c->lost_units++;
	}
	return ret == -EAGAIN ? 0 : ret;
}

void kernel_client_run(struct client *c)
{
	struct kernel_client *kc = c->kernel;
	struct workload *wl = c->wl;
	struct trace_op op;
	int got = 1, ret;

	while (!wl->dying && !wl->error && got > 0 && (!c->stop || sim_now(wl->sim) < c->stop)) {
		got = c->stream->next(c->stream, &op);
		if (got <= 0)
			break;
		while (c->inflight == c->window ||
		       (c->inflight && c->draining && c->loop != TRACE_RING)) {
			c->draining = true;
			wait_one(kc);
		}
		c->draining = false;
		if (op.time) {
			u64 due = op.timing == TRACE_ARRIVAL ? c->start + op.time
							     : sim_now(wl->sim) + op.time;

			if (due > sim_now(wl->sim)) {
				report_think(wl->report, c->id, due - sim_now(wl->sim));
				fiber_sleep(due - sim_now(wl->sim));
			}
		}
		ret = submit(kc, &op);
		if (ret)
			workload_fail(wl, ret, "client %s: submission to %s: %s", c->name, kc->wq,
				      strerror(-ret));
	}
	while (c->inflight)
		wait_one(kc);
	client_ended(c);
}

static int close_fiber(void *arg)
{
	kwq_close(arg);
	return 0;
}

void kernel_client_free(struct client *c)
{
	struct kernel_client *kc = c->kernel;
	u32 i;

	if (!kc)
		return;
	if (kc->k)
		site_call(c->wl, c->space->site, close_fiber, kc->k);
	for (i = 0; i < ARRAYS; i++)
		free(kc->block[i]);
	free(kc->slot);
	free(kc);
	c->kernel = NULL;
}
