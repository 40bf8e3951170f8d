// SPDX-License-Identifier: GPL-2.0
// Setting a workload up: which client uses which queue and core, and how it behaves.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/client/kernel_client.h"
#include "sim/workload/workload_priv.h"

/* The queue named, or the next that suits: same mode first, then any user queue. */
const struct system_wq *choose_wq(const struct site *site, const struct scn_wq *want, u32 turn,
				  bool kernel)
{
	const struct system_wq *wq;
	u32 i;

	for (i = 0; i < site->nwqs; i++) {
		wq = &site->wq[(i + turn) % site->nwqs];
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

/* A trace's process opens all its queues in one order: no two wait for each other's. */
static int space_wants(struct space *s, const struct system_wq *wq, struct cfg_error *err)
{
	const struct system_wq **list;
	u32 i, n = s->nwant;

	for (i = 0; i < n; i++)
		if (s->want[i] == wq)
			return 0;
	list = realloc(s->want, (n + 1) * sizeof(*list));
	if (!list)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	s->want = list;
	for (i = n;
	     i > 0 && (list[i - 1]->device > wq->device ||
		       (list[i - 1]->device == wq->device && list[i - 1]->queue > wq->queue));
	     i--)
		list[i] = list[i - 1];
	list[i] = wq;
	s->nwant++;
	return 0;
}

/* The client will use @wq; it is opened when it begins. */
int client_wants(struct client *c, const struct system_wq *wq, struct cfg_error *err)
{
	const struct system_wq **list = realloc(c->want, (c->nwqs + 1) * sizeof(*list));

	if (!list)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	c->want = list;
	list[c->nwqs++] = wq;
	return c->generated ? 0 : space_wants(c->space, wq, err);
}

/* ---- Clients ---- */

struct client *client_new(struct workload *wl, struct space *space, const char *name)
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

int client_register(struct workload *wl, struct client *c, struct cfg_error *err)
{
	char wq[48] = "";
	struct report_client_cfg cfg = {
		.name = c->name,
		.process = c->space->name,
		.tenant = c->space->site->guest ? c->space->site->entry->name : NULL,
		.guest = c->space->site->report,
		.device = c->nwqs ? (s32)c->want[0]->host_device : -1,
		.queue = c->nwqs ? (s32)c->want[0]->host_queue : -1,
		.is_cpu_baseline = c->cpu_engine,
		.window = c->open_loop ? 0 : c->window,
		.open_loop = c->open_loop,
		.time = c->time,
	};
	u32 i, len = 0;

	/* All of them, as far as a name may be long. */
	for (i = 0; i < c->nwqs && len < sizeof(wq) - 16; i++)
		len += (u32)snprintf(wq + len, sizeof(wq) - len, "%swq%u.%u", i ? " " : "",
				     c->want[i]->host_device, c->want[i]->host_queue);
	if (i < c->nwqs)
		snprintf(wq + len, sizeof(wq) - len, " ...");
	if (c->nwqs)
		cfg.wq = wq;
	c->id = report_client(wl->report, &cfg);
	if (!c->id)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	if (!wl->first_id)
		wl->first_id = c->id;
	c->space->clients++;
	c->space->site->clients++;
	c->wq = calloc(c->nwqs ? c->nwqs : 1, sizeof(*c->wq));
	if (!c->wq)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	return client_init(c) ? cfg_fail_errno(err, ENOMEM, "out of memory") : 0;
}

/* How a scenario's client goes about its work. */
void client_behave(struct client *c, const struct scn_client *cfg)
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
	c->far_ppm = 1000000;
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
	c->protect = cfg->protect_ps;
	c->protect_bytes = cfg->protect_bytes;
}

#define SLOTS_MAX (1u << 22)

/* What the player can't do is said, not ignored. */
static int check_supported(const struct scn_client *cfg, const struct site *site, const char *name,
			   struct cfg_error *err)
{
	bool kernel = cfg->addr == SCN_PHYS;

	/* Without shared virtual memory what a processor touched is there for devices. */
	if (site->guest && site->entry->sva && site->entry->scn->memory_mode == SCN_MEMORY_DEMAND &&
	    !cfg->bof)
		return cfg_fail(
			err,
			"client %s: 'memory_mode: demand' needs 'bof: yes': a device asks for "
			"absent guest memory only where the descriptor may wait for it",
			name);
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
	if (kernel && cfg->wait == SCN_UMWAIT)
		return cfg_fail(err,
				"client %s: with 'addr: phys' the driver waits by polling ('wait: "
				"poll') or for the interrupt ('wait: interrupt'), never by UMWAIT",
				name);
	if (kernel && (cfg->size.a > KWQ_BLOCK || cfg->size.b > KWQ_BLOCK))
		return cfg_fail(err, "client %s: with 'addr: phys' operands have at most 4 MiB",
				name);
	if (cfg->protect_ps && (kernel || cfg->fault > SCN_FAULT_TLBMISS))
		return cfg_fail(
			err,
			"client %s: 'protect' needs memory of a program that is present: no "
			"'addr: phys', no faults",
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

/* A memory node's read latency from @socket. */
static u64 latency_from(const struct platform *p, u32 node, u32 socket)
{
	return p->nodes[node].read_latency_ps +
	       (p->nodes[node].socket == socket ? 0 : p->link.latency_ps);
}

static u64 far_ppm(const struct platform *p, const struct scn_client *cfg, u32 socket)
{
	const s32 node[] = {cfg->src_node, cfg->dst_node};
	u64 local = 0, far = 0, l;
	u32 i;

	for (i = 0; i < p->nodes_count && !local; i++)
		if (p->nodes[i].kind == PLAT_MEM_DRAM && p->nodes[i].socket == socket)
			local = latency_from(p, i, socket);
	for (i = 0; i < 2; i++) {
		l = node[i] >= 0 && (u32)node[i] < p->nodes_count
			    ? latency_from(p, (u32)node[i], socket)
			    : local;
		far = l > far ? l : far;
	}
	return local ? far * 1000000 / local : 1000000;
}

/* The core it says, else the next of its socket in turn: more threads than cores share them. */
void client_place(struct workload *wl, struct client *c, const struct scn_client *cfg, u32 thread)
{
	struct site *site = c->space->site;
	u32 first = 0, i;

	if (site->guest) {
		/* On one of the guest's processors, whose places are fixed. */
		i = cfg->core >= 0 ? (u32)cfg->core + thread : site->placed++;
		c->socket = site->socket;
		c->core = guest_core(site->guest, i % site->entry->scn->cpus);
		return;
	}
	c->socket = socket_of(wl, cfg, c->nwqs ? c->want[0] : NULL);
	for (i = 0; i < c->socket; i++)
		first += wl->plat->sockets[i].cores;
	if (cfg->core >= 0)
		c->core = (cfg->core + thread) % wl->ncores;
	else
		c->core = first + wl->placed[c->socket]++ % wl->plat->sockets[c->socket].cores;
}

/* Which clients have a core of their own is known when all are placed. */
void setup_shared_cores(struct workload *wl)
{
	u32 i;

	for (i = 0; i < wl->nclients; i++)
		wl->on_core[wl->client[i]->core]++;
	for (i = 0; i < wl->nclients; i++)
		wl->client[i]->shares_core = wl->on_core[wl->client[i]->core] > 1;
}

/* Who worked on the core undisturbed no longer does. */
static void interrupted(void *ctx, u32 core)
{
	struct workload *wl = ctx;
	u32 i;

	for (i = 0; i < wl->nclients; i++)
		if (wl->client[i]->core == core)
			wl->client[i]->shares_core = true;
}

void setup_interrupts(struct workload *wl)
{
	cores_watch(wl->cores, interrupted, wl);
}

int setup_cores(struct workload *wl)
{
	wl->cores = system_cores(wl->sys);
	wl->ncores = cores_count(wl->cores);
	wl->on_core = calloc(wl->ncores, sizeof(*wl->on_core));
	wl->placed = calloc(wl->plat->sockets_count, sizeof(*wl->placed));
	return wl->on_core && wl->placed ? 0 : -ENOMEM;
}

/* Memory node next to the client: that of its socket, or of its first queue's device; a guest has
 * one. */
static u32 local_node(struct workload *wl, const struct site *site, const struct scn_client *cfg)
{
	static const struct scn_wq any = {.device = -1, .queue = -1, .mode = SCN_WQ_ANY};
	const struct system_wq *wq;
	u32 socket, i;

	if (site->guest)
		return 0;
	wq = choose_wq(site, cfg->nwqs ? &cfg->wqs[0] : &any, 0, cfg->addr == SCN_PHYS);
	socket = socket_of(wl, cfg, wq);
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

	snprintf(name, sizeof(name), "%.31s%s%.*s.%u", space->name, cfg->name ? "/" : "", 11,
		 cfg->name ? cfg->name : "", thread);
	c = client_new(wl, space, name);
	if (!c)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	ret = check_supported(cfg, space->site, name, err);
	if (ret)
		return ret;
	client_behave(c, cfg);
	c->generated = true;
	for (i = 0; i < n && !c->cpu_engine && !ret; i++) {
		const struct scn_wq *want = cfg->nwqs ? &cfg->wqs[i] : &any;
		const struct system_wq *wq = choose_wq(space->site, want, 0, cfg->addr == SCN_PHYS);

		if (!wq)
			return cfg_fail(err, "client %s: no enabled %s queue %s%s", name,
					cfg->addr == SCN_PHYS ? "kernel" : "user",
					want->name ? want->name : "of that mode",
					space->site->nwqs ? "" : " (none is enabled)");
		ret = client_wants(c, wq, err);
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
	c->stream = generate_stream(wl, space, cfg, thread, local_node(wl, space->site, cfg),
				    c->kernel, err);
	if (!c->stream)
		return err->text[0] ? -EINVAL : cfg_fail_errno(err, ENOMEM, "out of memory");
	c->src_va = generate_source(c->stream, &c->src_len);
	client_place(wl, c, cfg, thread);
	c->far_ppm = far_ppm(wl->plat, cfg, c->socket);
	wl->total += cfg->count * (cfg->passes ? cfg->passes : 1);
	return client_register(wl, c, err);
}

static struct space *add_space(struct workload *wl, struct site *site, const char *name, u32 node)
{
	struct space **list = realloc(wl->space, (wl->nspaces + 1) * sizeof(*list));
	struct space *s = list ? calloc(1, sizeof(*s)) : NULL;

	if (list)
		wl->space = list;
	if (!s)
		return NULL;
	if (space_init(s, site, wl, name, node)) {
		free(s);
		return NULL;
	}
	wl->space[wl->nspaces++] = s;
	return s;
}

/* One process with its clients. */
static int add_process(struct workload *wl, struct site *site, const struct scn_process *proc,
		       const char *name, struct cfg_error *err)
{
	struct space *s = NULL;
	u32 i, t;
	int ret = 0;

	for (i = 0; i < proc->nclients && !ret; i++) {
		const struct scn_client *cfg = &proc->clients[i];

		if (cfg->trace) {
			ret = setup_trace(wl, site, 1, cfg->trace, cfg, name, err);
			continue;
		}
		if (!s)
			s = add_space(wl, site, name, local_node(wl, site, &proc->clients[0]));
		if (!s)
			return cfg_fail_errno(err, ENOMEM, "out of memory");
		for (t = 0; t < cfg->threads && !ret; t++)
			ret = add_thread(wl, s, cfg, t, err);
	}
	return ret;
}

/* "guest-3/redis-1" */
static void name_process(char *name, size_t size, const struct site *site,
			 const struct scn_process *proc, u32 index, u32 copy)
{
	int n = site->guest ? snprintf(name, size, "%.14s/", site->entry->name) : 0;

	if (proc->name)
		n += snprintf(name + n, size - n, "%.20s", proc->name);
	else
		n += snprintf(name + n, size - n, "p%u", index);
	if (proc->count > 1 && (size_t)n < size)
		snprintf(name + n, size - n, "-%u", copy);
}

/* Puts the place in the file before what @err says. */
static void at_process(const struct workload *wl, const struct site *site, u32 index,
		       struct cfg_error *err)
{
	struct cfg_error said = *err;
	char guest[32] = "";

	if (site->guest)
		snprintf(guest, sizeof(guest), "guests[%u].",
			 (u32)(site->entry->scn - wl->scn->guests));
	cfg_fail(err, "%.160s: key '%sprocesses[%u]': %.280s", wl->scn->path, guest, index,
		 said.text);
}

static int add_processes(struct workload *wl, struct site *site, const struct scn_process *procs,
			 u32 n, struct cfg_error *err)
{
	char name[32];
	u32 p, k;
	int ret = 0;

	for (p = 0; p < n && !ret; p++)
		for (k = 0; k < procs[p].count && !ret; k++) {
			name_process(name, sizeof(name), site, &procs[p], p, k);
			ret = add_process(wl, site, &procs[p], name, err);
			if (ret)
				at_process(wl, site, p, err);
		}
	return ret;
}

int setup_processes(struct workload *wl, struct cfg_error *err)
{
	u32 i;
	int ret = add_processes(wl, &wl->site[0], wl->scn->processes, wl->scn->nprocesses, err);

	for (i = 1; i < wl->nsites && !ret; i++)
		ret = add_processes(wl, &wl->site[i], wl->site[i].entry->scn->processes,
				    wl->site[i].entry->scn->nprocesses, err);
	return ret;
}
