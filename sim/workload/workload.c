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
	out->used = &s->wl->wq_used[wq->host_device * DSA_MAX_WQS + wq->host_queue];
	if (process_resolve(s->proc, va, 4096, true, &pa, &run))
		return -ENXIO;
	/* Where a guest's page leads is seen at each store: the host may change it. */
	if (s->site->guest)
		out->gpa = pa;
	else if (!machine_portal(system_machine(s->wl->sys), pa, &out->dsa, &out->off))
		return -ENXIO;
	out->generation = process_map_generation(s->proc);
	out->host_pasid = process_pasid(s->proc) & 0xfffff;
	/* Only now: another thread of the process may have opened one meanwhile. */
	list = realloc(s->open, (s->nopen + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->open = list;
	s->open[s->nopen++] = *out;
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

/* Opens a queue for the client; a dedicated one may be another process's for a while. */
static int open_or_wait(struct client *c, const struct system_wq *wq, struct client_wq *out)
{
	struct workload *wl = c->wl;
	int ret;

	for (; !wl->dying; wait_turn(c)) {
		/* One thread of a process opens at a time: the others share what it got. */
		if (c->space->opening)
			continue;
		c->space->opening = true;
		ret = open_wq(c->space, wq, out);
		c->space->opening = false;
		wake_waiters(wl, c->space);
		/* Programs were recorded one after another: the next waits for the last to end. */
		if (ret != -EBUSY || c->generated)
			return ret;
	}
	return -EINTR;
}

int space_fiber(const struct space *s, void (*fn)(void *arg), void *arg, const char *name)
{
	int ret = kernel_run_on_fiber(s->site->kernel, fn, arg, name);

	s->wl->fibers += !ret;
	return ret;
}

/* Queues of a client: those of its whole process first, where that comes from a trace. */
static int open_queues(struct client *c)
{
	const struct system_wq *wq = NULL;
	struct client_wq unused;
	int ret = 0;
	u32 i;

	for (i = 0; i < c->space->nwant && !ret; i++) {
		wq = c->space->want[i];
		ret = open_or_wait(c, wq, &unused);
	}
	for (i = 0; i < c->nwqs && !ret; i++) {
		wq = c->want[i];
		ret = open_or_wait(c, wq, &c->wq[i]);
	}
	if (ret)
		workload_fail(c->wl, ret, "client %s: opening wq%u.%u: %s", c->name, wq->device,
			      wq->queue, strerror(-ret));
	return ret;
}

static void start_measuring(struct workload *wl)
{
	report_start(wl->report);
	setup_interrupts(wl);
}

static void begin_fiber(void *arg)
{
	struct client *c = arg;
	struct workload *wl = c->wl;
	int ret = 0;

	if (!c->space->mapped) {
		c->space->mapped = true;
		ret = space_map(c->space);
		if (ret)
			workload_fail(wl, ret, "%s: memory for its buffers: %s", c->name,
				      strerror(-ret));
	}
	if (!ret && !c->kernel)
		ret = open_queues(c);
	c->fiber = fiber_current();
	/* Opening queues and mapping memory is no part of a generated workload. */
	if (!wl->started && !wl->feed && !ret)
		start_measuring(wl);
	wl->started = true;
	if (!ret)
		site_started(wl, c->space->site);
	if (!ret && c->kernel)
		kernel_client_run(c);
	else if (!ret && !wl->dying)
		client_start(c);
	if (!ret && c->protect)
		client_protect(c);
	wl->fibers--;
}

static void begin_fired(struct sim *sim, struct sim_event *ev)
{
	struct client *c = wl_of(ev, struct client, step);

	client_init_step(c);
	if (space_fiber(c->space, begin_fiber, c, c->name))
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

	site_ended(wl, c->space->site);
	if (!--wl->running) {
		sim_stop(wl->sim);
		return;
	}
	/* Processes of a recording come and go; those of a scenario live as long as the run. */
	if (!--c->space->clients && !c->generated &&
	    space_fiber(c->space, exit_fiber, c->space, c->name))
		workload_fail(wl, -ENOMEM, "%s: no fiber", c->name);
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
		return setup_trace(wl, wl->nsites > 1 ? wl->site + 1 : wl->site,
				   wl->nsites > 1 ? wl->nsites - 1 : 1, trace, &wl->scn->defaults,
				   NULL, err);
	return setup_processes(wl, err);
}

int workload_new(struct system *sys, struct guests *guests, const struct scenario *scn,
		 const char *trace, struct report *report, struct workload **out,
		 struct cfg_error *err)
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
	if (!wl->wq_used || setup_cores(wl) || setup_sites(wl, guests)) {
		free(wl->wq_used);
		free(wl->site);
		free(wl->on_core);
		free(wl->placed);
		free(wl);
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	system_set_hint(sys, hint, wl);
	err->text[0] = 0;
	ret = set_up(wl, trace, err);
	setup_shared_cores(wl);
	if (!ret && !wl->nclients)
		ret = cfg_fail(err, "%s: no client has anything to do", trace ? trace : scn->path);
	if (ret) {
		workload_free(wl);
		return ret;
	}
	*out = wl;
	return 0;
}

static void limit_fired(struct sim *sim, struct sim_event *ev)
{
	struct workload *wl = wl_of(ev, struct workload, limit);

	wl->cut = true;
	sim_stop(wl->sim);
	wl->end = sim_now(sim);
}

u64 workload_failed(const struct workload *wl)
{
	return wl->failed;
}

int workload_run(struct workload *wl, struct cfg_error *err)
{
	u64 begin = sim_now(wl->sim);
	struct progress at = {0};
	u32 i;

	sim_event_init(&wl->limit, limit_fired);
	if (wl->scn->max_time_ps)
		sim_at(wl->sim, &wl->limit, begin + wl->scn->max_time_ps, SIM_PRIO_SUBMIT);
	wl->end = begin;
	if (wl->feed)
		start_measuring(wl);
	for (i = 0; i < wl->nclients; i++) {
		wl->client[i]->start += begin;
		if (wl->client[i]->stop)
			wl->client[i]->stop += wl->client[i]->start;
		wl->running++;
		client_begin(wl->client[i]);
	}
	if (actions_start(wl))
		workload_fail(wl, -ENOMEM, "no memory for the guests' actions");
	while (wl->running && !wl->error && !wl->cut && !wl->stuck) {
		wl->stuck = !sim_steps(wl->sim, 65536);
		wl->stuck |= wl->running && !progress_made(wl, &at);
		if (wl->progress)
			wl->progress(wl->progress_ctx);
	}
	sim_cancel(wl->sim, &wl->limit);
	if (!wl->error)
		workload_settle(wl);
	if (wl->error)
		*err = wl->err;
	return wl->error;
}

const char *workload_stuck(const struct workload *wl)
{
	return wl->stuck ? wl->err.text : NULL;
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
	cores_watch(wl->cores, NULL, NULL);
	wl->dying = true;
	for (i = 0; i < wl->nclients; i++)
		client_stop(wl->client[i]);
	wake_waiters(wl, NULL);
	system_run_until(wl->sys, no_fibers, wl);
	for (i = 0; i < wl->nclients; i++) {
		if (wl->client[i]->stream && wl->client[i]->generated)
			generate_stream_free(wl->client[i]->stream);
		client_free(wl->client[i]);
	}
	for (i = 0; i < wl->nspaces; i++) {
		site_call(wl, wl->space[i]->site, exit_space, wl->space[i]);
		free(wl->space[i]->want);
		free(wl->space[i]);
	}
	system_set_hint(wl->sys, NULL, NULL);
	feed_free_all(wl->feed);
	sim_cancel(wl->sim, &wl->limit);
	free(wl->client);
	free(wl->space);
	free(wl->site);
	free(wl->wq_used);
	free(wl->on_core);
	free(wl->placed);
	free(wl);
}
