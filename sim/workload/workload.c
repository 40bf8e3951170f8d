// SPDX-License-Identifier: GPL-2.0
// The workload of a run: makes processes and clients, opens queues, runs them to their end.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/client/kernel_client.h"
#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "sim/workload/generate.h"
#include "sim/workload/workload_priv.h"

void workload_fail(struct workload *wl, int error, const char *fmt, ...)
{
	va_list ap;

	if (wl->error)
		return;
	wl->error = error ? error : -EIO;
	va_start(ap, fmt);
	vsnprintf(wl->err.text, sizeof(wl->err.text), fmt, ap);
	va_end(ap);
	sim_stop(wl->sim);
}

/* ---- Queues ---- */

/* The queue named, or the next that suits: same mode first, then any user queue. */
static const struct system_wq *choose(struct workload *wl, const struct scn_wq *want, u32 turn,
				      bool kernel)
{
	const struct system_wq *wq;
	u32 n = system_wq_count(wl->sys), i;

	for (i = 0; i < n; i++) {
		wq = system_wq(wl->sys, (i + turn) % n);
		if (kernel ? !wq->kernel : !wq->user)
			continue;
		if (want->queue >= 0) {
			if (wq->device == (u32)want->device && wq->queue == (u32)want->queue)
				return wq;
		} else if (want->name) {
			if (!strcmp(wq->name, want->name))
				return wq;
		} else if (want->mode == SCN_WQ_ANY ||
			   wq->dedicated == (want->mode == SCN_WQ_DEDICATED)) {
			return wq;
		}
	}
	return NULL;
}

/* What a program does: open the queue's node, map its portal. On a fiber. */
static int open_wq(struct space *s, const struct system_wq *wq, struct client_wq *out)
{
	struct process_map m = {
		.kind = PROCESS_MAP_DEVICE, .len = 4096, .prot = PROCESS_PROT_WRITE};
	struct client_wq *list;
	char path[64];
	u64 pa, run;
	s64 va;
	u32 i;
	int fd;

	for (i = 0; i < s->nopen; i++)
		if (s->open[i].device == wq->device && s->open[i].queue == wq->queue) {
			*out = s->open[i];
			return 0;
		}
	snprintf(path, sizeof(path), "/dev/dsa/wq%u.%u", wq->device, wq->queue);
	fd = process_open(s->proc, path);
	if (fd < 0)
		return fd;
	m.fd = fd;
	va = process_mmap(s->proc, &m);
	if (va < 0)
		return (int)va;
	memset(out, 0, sizeof(*out));
	out->va = va;
	out->dedicated = wq->dedicated;
	out->device = wq->device;
	out->queue = wq->queue;
	out->size = wq->size;
	out->used = &s->wl->wq_used[wq->device * DSA_MAX_WQS + wq->queue];
	if (process_resolve(s->proc, va, 4096, true, &pa, &run) ||
	    !machine_portal(system_machine(s->wl->sys), pa, &out->dsa, &out->off))
		return -ENXIO;
	out->generation = process_map_generation(s->proc);
	/* Only now: another thread of the process may have opened one meanwhile. */
	list = realloc(s->open, (s->nopen + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->open = list;
	s->open[s->nopen++] = *out;
	return 0;
}

/* The client will use @wq; it is opened when it begins. */
static int add_wq(struct workload *wl, struct client *c, const struct system_wq *wq,
		  struct cfg_error *err)
{
	const struct system_wq **list = realloc(c->want, (c->nwqs + 1) * sizeof(*list));

	(void)wl;
	if (!list)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	c->want = list;
	list[c->nwqs++] = wq;
	return 0;
}

/* The client's fiber waits until others wake it. */
static void wait_turn(struct client *c)
{
	struct workload *wl = c->wl;

	c->fiber = fiber_current();
	c->next_waiter = NULL;
	*wl->waiters_end = c;
	wl->waiters_end = &c->next_waiter;
	fiber_park();
}

/* Wakes those who wait, in their order: all, or the threads of one process. */
static void wake_waiters(struct workload *wl, const struct space *s)
{
	struct client **at = &wl->waiters, *c;

	while ((c = *at)) {
		if (s && c->space != s) {
			at = &c->next_waiter;
			continue;
		}
		*at = c->next_waiter;
		fiber_wake(c->fiber);
	}
	wl->waiters_end = at;
}

/* Opens one of the client's queues; a dedicated one may be another process's for a while. */
static int open_or_wait(struct client *c, u32 i)
{
	struct workload *wl = c->wl;
	int ret;

	for (; !wl->dying; wait_turn(c)) {
		/* One thread of a process opens at a time: the others share what it got. */
		if (c->space->opening)
			continue;
		c->space->opening = true;
		ret = open_wq(c->space, c->want[i], &c->wq[i]);
		c->space->opening = false;
		wake_waiters(wl, c->space);
		/* Programs were recorded one after another: the next waits for the last to end. */
		if (ret != -EBUSY || !wl->feed)
			return ret;
	}
	return -EINTR;
}

/* Runs @fn(@arg) on a fiber that the end of the workload waits for. */
static int on_fiber(struct workload *wl, void (*fn)(void *arg), void *arg, const char *name)
{
	int ret = kernel_run_on_fiber(system_host(wl->sys), fn, arg, name);

	wl->fibers += !ret;
	return ret;
}

static void begin_fiber(void *arg)
{
	struct client *c = arg;
	struct workload *wl = c->wl;
	int ret = 0;
	u32 i;

	if (!c->space->mapped) {
		c->space->mapped = true;
		ret = space_map(c->space);
		if (ret)
			workload_fail(wl, ret, "%s: memory for its buffers: %s", c->name,
				      strerror(-ret));
	}
	for (i = 0; i < c->nwqs && !ret && !c->kernel; i++) {
		ret = open_or_wait(c, i);
		if (ret)
			workload_fail(wl, ret, "client %s: opening wq%u.%u: %s", c->name,
				      c->want[i]->device, c->want[i]->queue, strerror(-ret));
	}
	c->fiber = fiber_current();
	/* Opening queues and mapping memory is no part of a generated workload. */
	if (!wl->started && !wl->feed && !ret)
		report_start(wl->report);
	wl->started = true;
	if (!ret && c->kernel)
		kernel_client_run(c);
	else if (!ret && !wl->dying)
		client_start(c);
	wl->fibers--;
}

static void begin_fired(struct sim *sim, struct sim_event *ev)
{
	struct client *c = wl_of(ev, struct client, step);

	client_init_step(c);
	if (on_fiber(c->wl, begin_fiber, c, c->name))
		workload_fail(c->wl, -ENOMEM, "%s: no fiber", c->name);
}

void client_begin(struct client *c)
{
	sim_event_init(&c->step, begin_fired);
	sim_at(c->wl->sim, &c->step, c->start, SIM_PRIO_SUBMIT);
}

static void exit_fiber(void *arg)
{
	struct space *s = arg;

	space_exit(s);
	wake_waiters(s->wl, NULL);
	s->wl->fibers--;
}

void client_done(struct client *c)
{
	struct workload *wl = c->wl;

	if (!--wl->running) {
		sim_stop(wl->sim);
		return;
	}
	/* Processes of a recording come and go; those of a scenario live as long as the run. */
	if (!--c->space->clients && wl->feed && on_fiber(wl, exit_fiber, c->space, c->name))
		workload_fail(wl, -ENOMEM, "%s: no fiber", c->name);
}

/* ---- Clients ---- */

static struct client *client_new(struct workload *wl, struct space *space, const char *name)
{
	struct client **list = realloc(wl->client, (wl->nclients + 1) * sizeof(*list));
	struct client *c = list ? calloc(1, sizeof(*c)) : NULL;

	if (list)
		wl->client = list;
	if (!c)
		return NULL;
	c->wl = wl;
	c->space = space;
	snprintf(c->name, sizeof(c->name), "%s", name);
	wl->client[wl->nclients++] = c;
	return c;
}

static int register_client(struct workload *wl, struct client *c, struct cfg_error *err)
{
	char wq[32] = "";
	struct report_client_cfg cfg = {
		.name = c->name,
		.process = c->space->name,
		.device = c->nwqs ? (s32)c->want[0]->device : -1,
		.queue = c->nwqs ? (s32)c->want[0]->queue : -1,
		.is_cpu_baseline = c->cpu_engine,
		.window = c->open_loop ? 0 : c->window,
		.open_loop = c->open_loop,
	};

	if (c->nwqs) {
		snprintf(wq, sizeof(wq), "wq%u.%u", c->want[0]->device, c->want[0]->queue);
		cfg.wq = wq;
	}
	c->id = report_client(wl->report, &cfg);
	if (!c->id)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	if (!wl->first_id)
		wl->first_id = c->id;
	c->space->clients++;
	c->wq = calloc(c->nwqs ? c->nwqs : 1, sizeof(*c->wq));
	if (!c->wq)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	return client_init(c) ? cfg_fail_errno(err, ENOMEM, "out of memory") : 0;
}

/* How a scenario's client goes about its work. */
static void behave(struct client *c, const struct scn_client *cfg)
{
	c->window = generate_window(cfg);
	c->loop = cfg->loop == SCN_BURST  ? TRACE_BURST
		  : cfg->loop == SCN_SYNC ? TRACE_SYNC
					  : TRACE_RING;
	c->waitfor = cfg->waitfor;
	c->recycle = cfg->recycle;
	c->wait = cfg->wait;
	c->retry = cfg->retry;
	c->retry_max = cfg->retry_max;
	c->cache = cfg->cache;
	c->repair = cfg->repair;
	c->cpu_engine = cfg->engine == SCN_CPU;
	c->open_loop = c->looks = cfg->loop == SCN_OPEN;
	c->start = cfg->start_ps;
	c->push = cfg->loop == SCN_PUSH;
	c->first = cfg->loop == SCN_FIRST;
	c->stop = cfg->duration_ps;
	c->overhead = cfg->overhead_ps;
	c->page_size = cfg->page_size;
	if (cfg->reuse == SCN_REUSE_NONE)
		c->random = (cfg->pattern_src == SCN_RANDOM) + (cfg->pattern_dst == SCN_RANDOM);
	c->fault_on_dst = cfg->fault_on == SCN_ON_DST;
	c->touch_write = cfg->touch_write;
	c->pieces = generate_pieces(cfg);
	c->relocate = c->pieces > 1 || c->recycle > 1 || cfg->small == SCN_SMALL_CPU;
	if (c->push)
		c->looks = true;
	c->major = cfg->fault == SCN_FAULT_MAJOR;
}

#define SLOTS_MAX (1u << 22)

/* What the player can't do is said, not ignored. */
static int check_supported(const struct scn_client *cfg, const char *name, struct cfg_error *err)
{
	bool kernel = cfg->addr == SCN_PHYS;

	if (cfg->wait == SCN_INTERRUPT && !kernel)
		return cfg_fail(err,
				"client %s: 'wait: interrupt' needs a kernel queue ('addr: phys'): "
				"the driver gives programs no interrupts",
				name);
	if (kernel && (cfg->batch || generate_pieces(cfg) > 1 || cfg->engine == SCN_CPU ||
		       cfg->fault > SCN_FAULT_TLBMISS || cfg->loop == SCN_FIRST ||
		       cfg->small != SCN_SMALL_DEVICE || cfg->nwqs > 1))
		return cfg_fail(
			err,
			"client %s: with 'addr: phys' there are no batches, pieces, "
			"faults, small operations of the core, loop first or several queues",
			name);
	if (kernel && (cfg->size.a > KWQ_BLOCK || cfg->size.b > KWQ_BLOCK))
		return cfg_fail(err, "client %s: with 'addr: phys' operands have at most 4 MiB",
				name);
	if (cfg->trace)
		return cfg_fail(err,
				"client %s: a trace is played as the whole scenario's workload "
				"(key 'trace' of the scenario), not as one client's",
				name);
	if (cfg->batch && generate_pieces(cfg) > 1 && cfg->small != SCN_SMALL_BATCH)
		return cfg_fail(err, "client %s: members of a batch can't be split", name);
	if ((u64)generate_window(cfg) * generate_pieces(cfg) > SLOTS_MAX)
		return cfg_fail(err, "client %s: %u units of %u pieces in flight are too many",
				name, generate_window(cfg), generate_pieces(cfg));
	return 0;
}

/* Socket whose memory and cores are the client's. */
static u32 socket_of(struct workload *wl, const struct scn_client *cfg, const struct system_wq *wq)
{
	u32 core, socket = 0;

	if (cfg->core >= 0) {
		for (core = cfg->core; socket + 1 < wl->plat->sockets_count &&
				       core >= wl->plat->sockets[socket].cores;
		     socket++)
			core -= wl->plat->sockets[socket].cores;
		return socket;
	}
	if (cfg->socket >= 0)
		return cfg->socket;
	return wq ? wl->plat->devices[wq->device].socket : 0;
}

/* The core it says, else the next of its socket in turn: more threads than cores share them. */
static void place_on_core(struct workload *wl, struct client *c, const struct scn_client *cfg,
			  u32 thread)
{
	u32 first = 0, i;

	c->socket = socket_of(wl, cfg, c->nwqs ? c->want[0] : NULL);
	for (i = 0; i < c->socket; i++)
		first += wl->plat->sockets[i].cores;
	if (cfg->core >= 0)
		c->core = (cfg->core + thread) % wl->ncores;
	else
		c->core = first + wl->placed[c->socket]++ % wl->plat->sockets[c->socket].cores;
}

/* Which clients have a core of their own is known when all are placed. */
static void find_shared_cores(struct workload *wl)
{
	u32 i;

	for (i = 0; i < wl->nclients; i++)
		wl->on_core[wl->client[i]->core]++;
	for (i = 0; i < wl->nclients; i++)
		wl->client[i]->shares_core = wl->on_core[wl->client[i]->core] > 1;
}

static int make_cores(struct workload *wl)
{
	u32 i;

	for (i = 0; i < wl->plat->sockets_count; i++)
		wl->ncores += wl->plat->sockets[i].cores;
	wl->core = calloc(wl->ncores, sizeof(*wl->core));
	wl->on_core = calloc(wl->ncores, sizeof(*wl->on_core));
	wl->placed = calloc(wl->plat->sockets_count, sizeof(*wl->placed));
	return wl->core && wl->on_core && wl->placed ? 0 : -ENOMEM;
}

/* Memory node next to the client: that of its socket, or of its first queue's device. */
static u32 local_node(struct workload *wl, const struct scn_client *cfg)
{
	static const struct scn_wq any = {.device = -1, .queue = -1, .mode = SCN_WQ_ANY};
	const struct system_wq *wq =
		choose(wl, cfg->nwqs ? &cfg->wqs[0] : &any, 0, cfg->addr == SCN_PHYS);
	u32 socket = socket_of(wl, cfg, wq), i;

	for (i = 0; i < wl->plat->nodes_count; i++)
		if (wl->plat->nodes[i].socket == socket && wl->plat->nodes[i].kind == PLAT_MEM_DRAM)
			return i;
	return 0;
}

static int add_thread(struct workload *wl, struct space *space, const struct scn_client *cfg,
		      u32 thread, struct cfg_error *err)
{
	static const struct scn_wq any = {.device = -1, .queue = -1, .mode = SCN_WQ_ANY};
	char name[48];
	struct client *c;
	u32 i, n = cfg->nwqs ? cfg->nwqs : 1;
	int ret = 0;

	snprintf(name, sizeof(name), "%.18s/%.16s.%u", space->name, cfg->name, thread);
	c = client_new(wl, space, name);
	if (!c)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	ret = check_supported(cfg, name, err);
	if (ret)
		return ret;
	behave(c, cfg);
	c->generated = true;
	for (i = 0; i < n && !c->cpu_engine && !ret; i++) {
		const struct scn_wq *want = cfg->nwqs ? &cfg->wqs[i] : &any;
		const struct system_wq *wq = choose(wl, want, 0, cfg->addr == SCN_PHYS);

		if (!wq)
			return cfg_fail(err, "client %s: no enabled %s queue %s%s", name,
					cfg->addr == SCN_PHYS ? "kernel" : "user",
					want->name ? want->name : "of that mode",
					system_wq_count(wl->sys) ? "" : " (none is enabled)");
		ret = add_wq(wl, c, wq, err);
	}
	if (ret)
		return ret;
	if (cfg->addr == SCN_PHYS) {
		ret = kernel_client_new(c, c->want[0]);
		if (ret)
			return cfg_fail_errno(
				err, -ret, "client %s: using wq%u.%u in the kernel: %s", name,
				c->want[0]->device, c->want[0]->queue, strerror(-ret));
	}
	c->stream = generate_stream(wl, space, cfg, thread, local_node(wl, cfg), c->kernel, err);
	if (!c->stream)
		return err->text[0] ? -EINVAL : cfg_fail_errno(err, ENOMEM, "out of memory");
	place_on_core(wl, c, cfg, thread);
	wl->total += cfg->count * (cfg->passes ? cfg->passes : 1);
	return register_client(wl, c, err);
}

static struct space *add_space(struct workload *wl, const char *name, u32 number, u32 node)
{
	struct space **list = realloc(wl->space, (wl->nspaces + 1) * sizeof(*list));
	struct space *s = list ? calloc(1, sizeof(*s)) : NULL;

	if (list)
		wl->space = list;
	if (!s)
		return NULL;
	if (space_init(s, wl, name, node)) {
		free(s);
		return NULL;
	}
	s->number = number;
	wl->space[wl->nspaces++] = s;
	return s;
}

static int add_processes(struct workload *wl, struct cfg_error *err)
{
	const struct scenario *scn = wl->scn;
	char name[32];
	u32 p, k, i, t;
	int ret;

	for (p = 0; p < scn->nprocesses; p++)
		for (k = 0; k < scn->processes[p].count; k++) {
			const struct scn_process *proc = &scn->processes[p];
			struct space *s;

			if (proc->count > 1)
				snprintf(name, sizeof(name), "%.20s-%u", proc->name, k);
			else
				snprintf(name, sizeof(name), "%.31s", proc->name);
			s = add_space(wl, name, wl->nspaces, local_node(wl, &proc->clients[0]));
			if (!s)
				return cfg_fail_errno(err, ENOMEM, "out of memory");
			for (i = 0; i < proc->nclients; i++)
				for (t = 0; t < proc->clients[i].threads; t++) {
					ret = add_thread(wl, s, &proc->clients[i], t, err);
					if (ret)
						return ret;
				}
		}
	return 0;
}

/* ---- Traces ---- */

/* The recorded queue when it exists and fits, else the next suitable one, and a line about it. */
static const struct system_wq *trace_wq(struct workload *wl, u32 i, struct cfg_error *err)
{
	static const char *const mode[] = {"shared", "dedicated"};
	const struct trace_client *tc = feed_client(wl->feed, i);
	const struct system_wq *wq;
	struct scn_wq want = {.device = -1, .queue = -1};
	u32 device, queue;
	bool dedicated;
	char line[160];

	feed_client_wq(wl->feed, i, &device, &queue, &dedicated);
	want.mode = dedicated ? SCN_WQ_DEDICATED : SCN_WQ_SHARED;
	if (queue != TRACE_NO_WQ) {
		struct scn_wq exact = {.device = device, .queue = queue};

		wq = choose(wl, &exact, 0, false);
		if (wq && wq->dedicated == dedicated)
			return wq;
	}
	wq = choose(wl, &want, queue == TRACE_NO_WQ ? 0 : queue, false);
	if (!wq) {
		want.mode = SCN_WQ_ANY;
		wq = choose(wl, &want, queue == TRACE_NO_WQ ? 0 : queue, false);
	}
	if (!wq) {
		cfg_fail(err, "trace client %u.%u: no enabled user queue", tc->proc, tc->thr);
		return NULL;
	}
	if (queue == TRACE_NO_WQ)
		return wq;
	snprintf(line, sizeof(line), "trace: the %s queue wq%u.%u goes to the %s wq%u.%u",
		 mode[dedicated], device, queue, mode[wq->dedicated], wq->device, wq->queue);
	report_note(wl->report, line);
	return wq;
}

static int add_trace_client(struct workload *wl, u32 i, struct cfg_error *err)
{
	const struct trace_client *tc = feed_client(wl->feed, i);
	const struct scn_client *defaults = &wl->scn->defaults;
	const struct system_wq *wq;
	struct space *s = NULL;
	struct client *c;
	char name[48];
	u32 k;
	int ret;

	for (k = 0; k < wl->nspaces; k++)
		if (wl->space[k]->number == tc->proc)
			s = wl->space[k];
	if (!s || !feed_client_units(wl->feed, i))
		return 0;
	snprintf(name, sizeof(name), "proc%u.%u", tc->proc, tc->thr);
	c = client_new(wl, s, name);
	if (!c)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	behave(c, defaults);
	c->window = tc->window ? tc->window : 1;
	c->pieces = 1;
	c->first = c->push = c->relocate = false;
	c->loop = tc->loop;
	c->wait = tc->wait == TRACE_UMWAIT ? SCN_UMWAIT : defaults->wait;
	if (tc->wait == TRACE_INTERRUPT || c->wait == SCN_INTERRUPT) {
		c->wait = SCN_POLL;
		report_note(wl->report,
			    "the driver gives programs no interrupts: clients of the trace that "
			    "wait for one poll");
	}
	c->open_loop = tc->loop == TRACE_OPEN;
	if (c->open_loop)
		c->loop = TRACE_RING;
	c->looks = c->loop == TRACE_RING;
	c->start = tc->start;
	c->stream = feed_stream(wl->feed, i);
	if (!c->cpu_engine) {
		wq = trace_wq(wl, i, err);
		if (!wq)
			return -EINVAL;
		ret = add_wq(wl, c, wq, err);
		if (ret)
			return ret;
	}
	place_on_core(wl, c, defaults, wl->nclients - 1);
	return register_client(wl, c, err);
}

static int add_trace(struct workload *wl, const char *path, struct cfg_error *err)
{
	u32 i;
	int ret;

	ret = feed_scan(wl, path, &wl->feed);
	if (ret) {
		*err = wl->err;
		return ret;
	}
	for (i = 0; i < feed_clients(wl->feed); i++) {
		ret = add_trace_client(wl, i, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- Data mode none: outcomes come from the trace ---- */

static const struct dsa_payload_hint *hint(void *ctx, const struct dsa_origin *origin, int member,
					   struct dsa_payload_hint *buf)
{
	struct workload *wl = ctx;
	u32 i = origin->client - wl->first_id;
	const struct slot *s;

	if (!origin->client || i >= wl->nclients || origin->tag >= wl->client[i]->nslots)
		return NULL;
	s = &wl->client[i]->slot[origin->tag];
	if (member < 0 && !s->op.status)
		return NULL;
	memset(buf, 0, sizeof(*buf));
	if (member >= 0) {
		const struct slot_member *m;

		if ((u32)member >= s->nmembers || !s->member[member].status)
			return NULL;
		m = &s->member[member];
		buf->status = m->status & 0x3f;
		buf->result = m->result;
		buf->bytes_completed = m->bytes;
	} else {
		buf->status = s->op.status & 0x3f;
		buf->result = s->op.result;
		buf->bytes_completed = s->op.bytes;
		/* As payload_prepare(): one difference, or so many that the record does not hold.
		 */
		if (s->op.op == DSA_OPCODE_CR_DELTA && s->op.result)
			buf->delta_size = s->op.result == 1 && s->op.status == DSA_COMP_SUCCESS
						  ? DSA_DELTA_ENTRY_SIZE
						  : (u32)s->op.w6;
	}
	buf->valid = true;
	return buf;
}

/* ---- Life ---- */

static int set_up(struct workload *wl, const char *trace, struct cfg_error *err)
{
	if (trace)
		return add_trace(wl, trace, err);
	return add_processes(wl, err);
}

int workload_new(struct system *sys, const struct scenario *scn, const char *trace,
		 struct report *report, struct workload **out, struct cfg_error *err)
{
	struct workload *wl = calloc(1, sizeof(*wl));
	u32 i;
	int ret;

	if (!wl)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	wl->sys = sys;
	wl->waiters_end = &wl->waiters;
	wl->sim = system_sim(sys);
	wl->mem = system_mem(sys);
	wl->scn = scn;
	wl->plat = system_platform(sys);
	wl->report = report;
	wl->data = scn->data;
	for (i = 0; i < machine_dsa_count(system_machine(sys)); i++)
		dsa_set_data_mode(machine_dsa(system_machine(sys), i),
				  wl->data == DATA_NONE ? DSA_DATA_NONE : DSA_DATA_FULL);
	wl->wq_used = calloc((u64)wl->plat->devices_count * DSA_MAX_WQS, sizeof(*wl->wq_used));
	if (!wl->wq_used || make_cores(wl)) {
		free(wl->wq_used);
		free(wl->core);
		free(wl->on_core);
		free(wl->placed);
		free(wl);
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	system_set_hint(sys, hint, wl);
	err->text[0] = 0;
	ret = set_up(wl, trace, err);
	find_shared_cores(wl);
	if (!ret && !wl->nclients)
		ret = cfg_fail(err, "%s: no client has anything to do", trace ? trace : scn->path);
	if (ret) {
		workload_free(wl);
		return ret;
	}
	*out = wl;
	return 0;
}

static int stuck(struct workload *wl, struct cfg_error *err)
{
	u32 i;

	for (i = 0; i < wl->nclients; i++)
		if (wl->client[i]->state != CLIENT_ENDED)
			return cfg_fail_errno(
				err, ETIMEDOUT,
				"client %s waits for a completion that never comes (%u of "
				"%llu units outstanding)",
				wl->client[i]->name, wl->client[i]->inflight,
				wl->client[i]->issued_units);
	return 0;
}

static void limit_fired(struct sim *sim, struct sim_event *ev)
{
	struct workload *wl = wl_of(ev, struct workload, limit);

	wl->cut = true;
	wl->end = sim_now(sim);
}

/* The time limit: what is in flight stays so. */
static void cut_off(struct workload *wl)
{
	u32 i;

	report_note(wl->report, "cut off at the scenario's max_time");
	for (i = 0; i < wl->nclients; i++)
		if (wl->client[i]->state != CLIENT_ENDED)
			report_client_end(wl->report, wl->client[i]->id,
					  wl->client[i]->issued_units,
					  wl->client[i]->kernel ? wl->client[i]->inflight
								: wl->client[i]->units);
}

static void notes(struct workload *wl)
{
	char line[200];
	u32 i, n = 0;

	for (i = 0; i < wl->nclients; i++) {
		const struct client *c = wl->client[i];

		if (!c->lost_units || n++ >= 16)
			continue;
		snprintf(line, sizeof(line), "%s: %llu descriptors were never accepted (%s)",
			 c->name, c->lost_units,
			 c->nwqs && c->wq[0].dedicated ? "the dedicated queue was full"
						       : "refused and given up");
		report_note(wl->report, line);
	}
	if (wl->not_verified) {
		snprintf(line, sizeof(line),
			 "data checks: the effect of %llu operations; of %llu others memory was "
			 "shared "
			 "with operations in flight at the same time",
			 wl->verified, wl->not_verified);
		report_note(wl->report, line);
	}
}

u64 workload_failed(const struct workload *wl)
{
	return wl->failed;
}

int workload_run(struct workload *wl, struct cfg_error *err)
{
	u64 begin = sim_now(wl->sim);
	u32 i, n;

	sim_event_init(&wl->limit, limit_fired);
	if (wl->scn->max_time_ps)
		sim_at(wl->sim, &wl->limit, begin + wl->scn->max_time_ps, SIM_PRIO_SUBMIT);
	wl->end = begin;
	if (wl->feed)
		report_start(wl->report);
	for (i = 0; i < wl->nclients; i++) {
		wl->client[i]->start += begin;
		if (wl->client[i]->stop)
			wl->client[i]->stop += wl->client[i]->start;
		wl->running++;
		client_begin(wl->client[i]);
	}
	while (wl->running && !wl->error && !wl->cut) {
		for (n = 0; n < 65536 && wl->running && !wl->error && !wl->cut; n++)
			if (!sim_step(wl->sim))
				return stuck(wl, err);
		if (wl->progress)
			wl->progress(wl->progress_ctx);
	}
	sim_cancel(wl->sim, &wl->limit);
	if (wl->cut)
		cut_off(wl);
	notes(wl);
	if (wl->error)
		*err = wl->err;
	return wl->error;
}

u64 workload_end(const struct workload *wl)
{
	return wl->end;
}

u64 workload_progress(const struct workload *wl, u64 *total)
{
	*total = wl->total;
	return wl->descriptors;
}

void workload_on_progress(struct workload *wl, void (*fn)(void *ctx), void *ctx)
{
	wl->progress = fn;
	wl->progress_ctx = ctx;
}

static int exit_space(void *arg)
{
	space_exit(arg);
	return 0;
}

static bool no_fibers(void *arg)
{
	return !((struct workload *)arg)->fibers;
}

void workload_free(struct workload *wl)
{
	u32 i;

	if (!wl)
		return;
	wl->dying = true;
	for (i = 0; i < wl->nclients; i++)
		client_stop(wl->client[i]);
	wake_waiters(wl, NULL);
	system_run_until(wl->sys, no_fibers, wl);
	for (i = 0; i < wl->nclients; i++) {
		if (wl->client[i]->stream && !wl->feed)
			generate_stream_free(wl->client[i]->stream);
		client_free(wl->client[i]);
	}
	for (i = 0; i < wl->nspaces; i++) {
		system_call(wl->sys, exit_space, wl->space[i]);
		free(wl->space[i]);
	}
	system_set_hint(wl->sys, NULL, NULL);
	feed_free(wl->feed);
	sim_cancel(wl->sim, &wl->limit);
	free(wl->client);
	free(wl->space);
	free(wl->wq_used);
	free(wl->core);
	free(wl->on_core);
	free(wl->placed);
	free(wl);
}
