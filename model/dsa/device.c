// SPDX-License-Identifier: GPL-2.0
// The DSA device as a whole: creation, reset, totals.
#include <stdio.h>
#include <stdlib.h>

#include "model/dsa/dsa_priv.h"

/* Command codes that the model executes. */
#define COMMANDS                                                                                   \
	(DSA_CMDCAP_DEFAULT | SPEC_BIT(DSA_CMD_REQUEST_INT_HANDLE) |                               \
	 SPEC_BIT(DSA_CMD_RELEASE_INT_HANDLE))

static const char *check_cfg(const struct dsa_cfg *c)
{
	u32 engines = SPEC_GET(DSA_ENGCAP_NUM_ENGINES, c->engcap);
	u32 wqs = SPEC_GET(DSA_WQCAP_NUM_WQS, c->wqcap);
	u32 groups = SPEC_GET(DSA_GRPCAP_NUM_GROUPS, c->grpcap);

	if (!wqs || wqs > DSA_MAX_WQS)
		return "work queues must be 1..255 (WQCAP)";
	if (!engines || engines > DSA_MAX_ENGINES)
		return "engines must be 1..64 (ENGCAP)";
	if (!groups || groups > DSA_MAX_GROUPS)
		return "groups must be 1..64 (GRPCAP)";
	if (!SPEC_GET(DSA_WQCAP_TOTAL_SIZE, c->wqcap))
		return "work queue entries must be at least 1 (WQCAP)";
	if (!c->work_in_progress || c->work_in_progress > 1024)
		return "work descriptors in progress per engine must be 1..1024";
	if (!c->batch_in_progress || c->batch_in_progress > 256)
		return "batches in progress per engine must be 1..256";
	if (c->devtlb_entries > DSA_DEVTLB_MAX)
		return "device-TLB entries per role must be 0..256";
	if (!c->msix_vectors || c->msix_vectors > DSA_MAX_MSIX)
		return "MSI-X vectors must be 1..64";
	if (c->perf_counters > DSA_MAX_PERF || c->perf_width > 64)
		return "perfmon must have at most 32 counters of at most 64 bits";
	if (!c->timing.quantum || !c->timing.window)
		return "timing quantum and window must not be 0";
	if ((c->wqcap & DSA_WQCAP_OPCFG) && !SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, c->wqcap))
		return "WQCAP: OPCFG needs a WQCFG stride of at least 64 bytes";
	if (c->gencap & DSA_GENCAP_INTER_DOMAIN)
		return "GENCAP: inter-domain operations are not modelled";
	if ((c->gencap & DSA_GENCAP_CMD_CAP) && (c->cmdcap & ~COMMANDS))
		return "CMDCAP: only commands 1 to 14 are modelled";
	return dsa_regs_check(c);
}

static int alloc_pools(struct dsa *dsa)
{
	u32 entries = dsa->cfg.devtlb_entries, i;

	dsa->nwqs = SPEC_GET(DSA_WQCAP_NUM_WQS, dsa->cfg.wqcap);
	dsa->ngroups = SPEC_GET(DSA_GRPCAP_NUM_GROUPS, dsa->cfg.grpcap);
	dsa->nengines = SPEC_GET(DSA_ENGCAP_NUM_ENGINES, dsa->cfg.engcap);
	dsa->wq_total = SPEC_GET(DSA_WQCAP_TOTAL_SIZE, dsa->cfg.wqcap);
	dsa->nbatches = dsa->nengines * dsa->cfg.batch_in_progress;
	dsa->npool = dsa->wq_total +
		     dsa->nengines * (dsa->cfg.work_in_progress + dsa->cfg.batch_in_progress + 1);
	dsa->wq = calloc(dsa->nwqs, sizeof(*dsa->wq));
	dsa->group = calloc(dsa->ngroups, sizeof(*dsa->group));
	dsa->engine = calloc(dsa->nengines, sizeof(*dsa->engine));
	dsa->tlb = calloc((u64)dsa->nengines * DSA_ROLE_COUNT * entries + 1, sizeof(*dsa->tlb));
	dsa->pool = aligned_alloc(_Alignof(struct dsa_work), dsa->npool * sizeof(*dsa->pool));
	if (dsa->pool)
		memset(dsa->pool, 0, dsa->npool * sizeof(*dsa->pool));
	dsa->batch_pool = calloc(dsa->nbatches, sizeof(*dsa->batch_pool));
	if (!dsa->wq || !dsa->group || !dsa->engine || !dsa->tlb || !dsa->pool || !dsa->batch_pool)
		return -1;
	for (i = 0; i < dsa->nengines * DSA_ROLE_COUNT; i++)
		dsa->engine[i / DSA_ROLE_COUNT].tlb[i % DSA_ROLE_COUNT] =
			&dsa->tlb[(u64)i * entries];
	for (i = 0; i < dsa->nwqs; i++) {
		dsa->wq[i].dsa = dsa;
		dsa->wq[i].index = i;
	}
	for (i = 0; i < dsa->ngroups; i++) {
		dsa->group[i].dsa = dsa;
		dsa->group[i].index = i;
	}
	for (i = dsa->npool; i-- > 0;) {
		dsa->pool[i].dsa = dsa;
		dsa_span_init(&dsa->pool[i]);
		dsa->pool[i].next = dsa->free_work;
		dsa->free_work = &dsa->pool[i];
	}
	return 0;
}

static const struct sim_stat_def totals_defs[] = {
	{"accepted", "count", "Descriptors taken at the portals",
	 offsetof(struct dsa_totals, accepted)},
	{"retried", "count", "ENQCMDs answered with Retry", offsetof(struct dsa_totals, retried)},
	{"dropped", "count", "Posted descriptors lost at the portals",
	 offsetof(struct dsa_totals, dropped)},
	{"fetched", "count", "Batch members started", offsetof(struct dsa_totals, fetched)},
	{"completed", "count", "Descriptors retired", offsetof(struct dsa_totals, completed)},
	{"abandoned", "count", "Descriptors given up by an abort or reset",
	 offsetof(struct dsa_totals, abandoned)},
	{"in_flight", "count", "Descriptors still in the device at the end",
	 offsetof(struct dsa_totals, in_flight)},
	{"records", "count", "Completion records written", offsetof(struct dsa_totals, records)},
	{"interrupts", "count", "Interrupt messages written",
	 offsetof(struct dsa_totals, interrupts)},
	{"errors", "count", "Descriptors that ended with an error status",
	 offsetof(struct dsa_totals, errors)},
	{"faults", "count", "Page requests sent", offsetof(struct dsa_totals, faults)},
	{"bytes_read", "bytes", "Operand bytes read", offsetof(struct dsa_totals, bytes_read)},
	{"bytes_written", "bytes", "Operand bytes written",
	 offsetof(struct dsa_totals, bytes_written)},
	{"batches", "count", "Batches started", offsetof(struct dsa_totals, batches)},
};

static const struct sim_stat_def engine_defs[] = {
	{"descriptors", "count", "Descriptors started by the engine",
	 offsetof(struct dsa_engine, descriptors)},
	{"devtlb_requests", "count", "Translations asked of the device TLB, one per 4 KiB page",
	 offsetof(struct dsa_engine, tlb_requests)},
	{"devtlb_hits", "count", "Of these, hits", offsetof(struct dsa_engine, tlb_hits)},
};

static const struct sim_stat_def wq_defs[] = {
	{"accepted", "count", "Descriptors taken", offsetof(struct dsa_wq, accepted)},
	{"retried", "count", "ENQCMDs answered with Retry", offsetof(struct dsa_wq, retried)},
	{"dropped", "count", "Posted descriptors lost", offsetof(struct dsa_wq, dropped)},
	{"retired", "count", "Descriptors and members retired", offsetof(struct dsa_wq, retired)},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int register_stats(struct dsa *dsa)
{
	char name[48];
	u32 i;
	int err;

	err = sim_stats_register(dsa->sim, dsa->name, &dsa->tot, totals_defs, COUNT(totals_defs));
	for (i = 0; i < dsa->nwqs && !err; i++) {
		snprintf(name, sizeof(name), "%s.wq%u", dsa->name, i);
		err = sim_stats_register(dsa->sim, name, &dsa->wq[i], wq_defs, COUNT(wq_defs));
	}
	for (i = 0; i < dsa->nengines && !err; i++) {
		snprintf(name, sizeof(name), "%s.engine%u", dsa->name, i);
		err = sim_stats_register(dsa->sim, name, &dsa->engine[i], engine_defs,
					 COUNT(engine_defs));
		if (err)
			break;
		snprintf(name, sizeof(name), "%s.engine%u.issue", dsa->name, i);
		err = sim_usage_register(dsa->sim, name, &dsa->engine[i].busy, 1,
					 "Engine starting descriptors");
		if (err)
			break;
		snprintf(name, sizeof(name), "%s.engine%u.operation", dsa->name, i);
		err = sim_usage_register(dsa->sim, name, &dsa->engine[i].op.use, 1,
					 "Operation unit of the engine");
	}
	for (i = 0; i < dsa->ngroups && !err; i++) {
		snprintf(name, sizeof(name), "%s.group%u.read_buffers", dsa->name, i);
		err = sim_usage_register(dsa->sim, name, &dsa->group[i].rdbuf.use, 1,
					 "Read buffers of the group");
	}
	for (i = 0; i < dsa->ngroups && !err && (dsa->cfg.grpcap & DSA_GRPCAP_BW_LIMIT); i++) {
		snprintf(name, sizeof(name), "%s.group%u.read_bandwidth", dsa->name, i);
		err = sim_usage_register(dsa->sim, name, &dsa->group[i].read_share.use, 1,
					 "Read bandwidth that the group may use");
		if (err)
			break;
		snprintf(name, sizeof(name), "%s.group%u.write_bandwidth", dsa->name, i);
		err = sim_usage_register(dsa->sim, name, &dsa->group[i].write_share.use, 1,
					 "Write bandwidth that the group may use");
	}
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.read_port", dsa->name);
	err = sim_usage_register(dsa->sim, name, &dsa->read_port.srv.use, 1,
				 "Read port of the device");
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.write_port", dsa->name);
	err = sim_usage_register(dsa->sim, name, &dsa->write_port.srv.use, 1,
				 "Write port of the device");
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.read_buffers", dsa->name);
	err = sim_usage_register(dsa->sim, name, &dsa->rdbuf_all.use, 1,
				 "Read buffers of the device, when several groups share them");
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.limited_read_buffers", dsa->name);
	err = sim_usage_register(dsa->sim, name, &dsa->rdbuf_limited.use, 1,
				 "Read buffers under the global limit");
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.partial_writes", dsa->name);
	return sim_usage_register(dsa->sim, name, &dsa->partial.use, 1,
				  "Read-modify-write of partially written lines");
}

static const u64 never; /* an invalidation has completed */

struct dsa *dsa_new(struct sim *sim, const struct dsa_cfg *cfg, const struct dsa_bus_ops *bus,
		    void *bus_ctx, const char **why)
{
	struct dsa *dsa;

	*why = check_cfg(cfg);
	if (*why)
		return NULL;
	*why = "out of memory";
	dsa = calloc(1, sizeof(*dsa));
	if (!dsa)
		return NULL;
	dsa->sim = sim;
	dsa->cfg = *cfg;
	snprintf(dsa->name, sizeof(dsa->name), "%s", cfg->name);
	dsa->cfg.name = dsa->name;
	dsa->bus = bus;
	dsa->bus_ctx = bus_ctx;
	if (bus->check && bus->epoch)
		dsa->epoch = bus->epoch(bus_ctx);
	if (!dsa->epoch)
		dsa->epoch = &never;
	dsa_watch_memory(dsa, &never, NULL, NULL);
	dsa->checkers = true;
	dsa->payload = true;
	if (alloc_pools(dsa) || dsa_regs_init(dsa) || register_stats(dsa)) {
		dsa_free(dsa);
		return NULL;
	}
	sim_pipe_set_rate(&dsa->read_port, cfg->timing.read_port_bytes_per_s);
	sim_pipe_set_rate(&dsa->write_port, cfg->timing.write_port_bytes_per_s);
	dsa_engine_init(dsa);
	dsa_config_space_init(dsa);
	dsa_regs_reset(dsa, true);
	*why = NULL;
	return dsa;
}

void dsa_free(struct dsa *dsa)
{
	u32 i;

	if (!dsa)
		return;
	for (i = 0; dsa->pool && i < dsa->npool; i++) {
		sim_cancel(dsa->sim, &dsa->pool[i].ev);
		if (dsa->pool[i].dsa)
			dsa_span_trim(&dsa->pool[i], true);
	}
	for (i = 0; dsa->batch_pool && i < dsa->nbatches; i++) {
		free(dsa->batch_pool[i].list.span);
		free(dsa->batch_pool[i].list.pa);
	}
	for (i = 0; dsa->engine && i < dsa->nengines; i++)
		sim_cancel(dsa->sim, &dsa->engine[i].pump);
	sim_cancel(dsa->sim, &dsa->cmd_ev);
	dsa_regs_free(dsa);
	free(dsa->wq);
	free(dsa->group);
	free(dsa->engine);
	free(dsa->tlb);
	free(dsa->pool);
	free(dsa->batch_pool);
	free(dsa);
}

static void server_idle(struct dsa *dsa, struct sim_server *s)
{
	u64 now = sim_now(dsa->sim);

	if (s->free_at > now) {
		s->use.busy -= s->free_at - now < s->use.busy ? s->free_at - now : s->use.busy;
		s->free_at = now;
	}
}

/* Everything inside is lost at once: FLR, power on, Halt. Nothing is written any more. */
static void kill_all(struct dsa *dsa)
{
	u64 now = sim_now(dsa->sim);
	u32 i;

	server_idle(dsa, &dsa->read_port.srv);
	server_idle(dsa, &dsa->write_port.srv);
	server_idle(dsa, &dsa->partial);
	server_idle(dsa, &dsa->rdbuf_all);
	server_idle(dsa, &dsa->rdbuf_limited);
	dsa->exclusive = NULL;
	dsa->streams = 0;
	dsa->long_turns = NULL;
	dsa->longest = 0;
	dsa->drain_waiters = 0;
	dsa->log_wait_head = dsa->log_wait_tail = NULL;
	memset(dsa->page_wait, 0, sizeof(dsa->page_wait));
	while (dsa->out_head) {
		sim_cancel(dsa->sim, &dsa->out_head->ev);
		dsa_abandon(dsa->out_head);
	}
	for (i = 0; i < dsa->nwqs; i++) {
		dsa->wq[i].head = dsa->wq[i].tail = NULL;
		dsa->wq[i].occupancy = dsa->wq[i].drains = 0;
		sim_level_set(&dsa->wq[i].depth, now, 0);
		if (dsa->obs.wq_depth)
			dsa->obs.wq_depth(dsa->obs.ctx, dsa, i, 0);
	}
	for (i = 0; i < dsa->ngroups; i++) {
		dsa->group[i].queued = 0;
		server_idle(dsa, &dsa->group[i].rdbuf);
		server_idle(dsa, &dsa->group[i].read_share);
		server_idle(dsa, &dsa->group[i].write_share);
	}
	for (i = 0; i < dsa->nengines; i++) {
		struct dsa_engine *e = &dsa->engine[i];

		sim_cancel(dsa->sim, &e->pump);
		e->in_progress = e->batches = e->drains = 0;
		e->batch_head = e->batch_tail = NULL;
		e->stream_head = e->stream_tail = NULL;
		e->streaming = false;
		e->free_at = e->data_until = now;
		server_idle(dsa, &e->op);
	}
	for (i = 0; i < dsa->nbatches; i++)
		dsa->batch_pool[i].work = NULL;
	/* Nothing uses a translation any more: invalidations that waited are complete. */
	dsa_drain_check(dsa);
}

void dsa_reset(struct dsa *dsa, enum dsa_reset_kind kind)
{
	dsa_command_reset(dsa);
	kill_all(dsa);
	dsa_devtlb_flush(dsa);
	/* FLR and power on set the same values, capability registers included. */
	dsa_config_space_init(dsa);
	dsa_regs_reset(dsa, true);
}

void dsa_halt(struct dsa *dsa, u32 reset_type)
{
	dsa->state = DSA_STATE_HALT;
	dsa->reset_type = reset_type;
	/* It may have lost the right to master the bus: nothing goes on. */
	kill_all(dsa);
	dsa_note(dsa, DSA_NOTE_HALT, reset_type);
	dsa->intcause |= DSA_INTCAUSE_HALT;
	if (dsa->genctrl & DSA_GENCTRL_HALT_INT)
		dsa_cause(dsa, DSA_INTCAUSE_HALT);
}

void dsa_revoke_handles(struct dsa *dsa)
{
	u32 i;

	if (!dsa_has_handle_commands(dsa))
		return;
	memset(dsa->handle_given, 0, sizeof(dsa->handle_given));
	for (i = 0; i < dsa->ims_entries; i++)
		dsa->ims[i].allocated = false;
	dsa_cause(dsa, DSA_INTCAUSE_HANDLE_REVOKED);
}

void dsa_set_data_mode(struct dsa *dsa, enum dsa_data_mode mode)
{
	dsa->payload = mode == DSA_DATA_FULL;
}

void dsa_set_checkers(struct dsa *dsa, bool on)
{
	dsa->checkers = on;
}

void dsa_set_observer(struct dsa *dsa, const struct dsa_observer *obs)
{
	if (obs)
		dsa->obs = *obs;
	else
		memset(&dsa->obs, 0, sizeof(dsa->obs));
}

const char *dsa_name(const struct dsa *dsa)
{
	return dsa->name;
}

const struct dsa_cfg *dsa_config(const struct dsa *dsa)
{
	return &dsa->cfg;
}

void dsa_totals(const struct dsa *dsa, struct dsa_totals *t)
{
	*t = dsa->tot;
}

u32 dsa_wq_occupancy(const struct dsa *dsa, u32 wq)
{
	return wq < dsa->nwqs ? dsa->wq[wq].occupancy : 0;
}

void dsa_wq_depth(const struct dsa *dsa, u32 wq, struct sim_level *depth)
{
	*depth = wq < dsa->nwqs ? dsa->wq[wq].depth : (struct sim_level){0};
}

void dsa_restart_depths(struct dsa *dsa)
{
	u64 now = sim_now(dsa->sim);
	u32 i;

	for (i = 0; i < dsa->nwqs; i++) {
		u64 level = dsa->wq[i].depth.level;

		dsa->wq[i].depth = (struct sim_level){.level = level, .peak = level, .since = now};
	}
}
