// SPDX-License-Identifier: GPL-2.0
/* A report's life: set-up, the measured interval, checks at the end. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/event.h"
#include "sim/report/report_priv.h"
#include "sim/report/timeline.h"
#include "sim/scenario/cfg.h"

static const char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* Only what follows the last '/': results hold no paths. */
static const char *copy_base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return copy(slash ? slash + 1 : path);
}

/* Makes room for one more pointer in *@list. */
static int grow(void *list, u32 *cap, u32 n)
{
	void **at = list, *bigger;
	u32 want = *cap ? 2 * *cap : 16;

	if (n < *cap)
		return 0;
	bigger = reallocarray(*at, want, sizeof(void *));
	if (!bigger)
		return -ENOMEM;
	*at = bigger;
	*cap = want;
	return 0;
}

int report_new(struct report **out, struct sim *sim, const struct report_cfg *cfg,
	       struct cfg_error *err)
{
	struct report *r = aligned_alloc(_Alignof(struct report), sizeof(*r));
	int error = 0;

	*out = NULL;
	if (!r)
		return cfg_fail_errno(err, ENOMEM, "report: no memory");
	memset(r, 0, sizeof(*r));
	r->sim = sim;
	r->cfg = *cfg;
	r->cfg.name = copy(cfg->name);
	r->cfg.scenario = copy_base(cfg->scenario);
	r->cfg.trace = copy_base(cfg->trace);
	r->cfg.platform = copy(cfg->platform);
	r->cfg.data_mode = copy(cfg->data_mode);
	r->cfg.dir = r->dir = cfg->dir ? strdup(cfg->dir) : NULL;
	for (u32 s = 0; s < STAGE_COUNT; s++)
		if (sim_hist_init(&r->stage[s]))
			error = ENOMEM;
	if (sim_hist_init(&r->work.latency))
		error = ENOMEM;
	if (error) {
		report_free(r);
		return cfg_fail_errno(err, error, "report: no memory");
	}
	if (cfg->timeline && r->dir) {
		u64 to = cfg->timeline_to ? cfg->timeline_to : SIM_NEVER;

		r->timeline = timeline_new(r->dir, cfg->timeline_from, to, &error);
		if (!r->timeline) {
			int rc = cfg_fail_errno(err, error, "%s: no file for the timeline: %s",
						r->dir, strerror(error));

			report_free(r);
			return rc;
		}
	}
	observe_reset(r);
	*out = r;
	return 0;
}

static void free_client(struct client *c)
{
	free(c->name);
	free(c->process);
	free(c->wq);
	free(c->tenant);
	free(c->pending);
	sim_hist_free(&c->work.latency);
	free(c);
}

static void free_device(struct device *d)
{
	for (u32 i = 0; i < d->nwqs; i++) {
		free(d->wq[i].name);
		sim_hist_free(&d->wq[i].latency);
	}
	free(d->wq);
	free(d->engine);
	free(d);
}

static void text_list_free(struct text_list *list)
{
	for (u32 i = 0; i < list->kept; i++)
		free(list->text[i]);
}

void report_free(struct report *r)
{
	if (!r)
		return;
	timeline_free(r->timeline);
	for (u32 i = 0; i < r->nclients; i++)
		free_client(r->client[i]);
	for (u32 i = 0; i < r->ndevices; i++)
		free_device(r->device[i]);
	tenants_free(r);
	guests_free_all(r);
	for (u32 i = 0; i < r->ntables; i++)
		free(r->unseen[i].at);
	free(r->unseen);
	free(r->client);
	free(r->device);
	for (u32 s = 0; s < STAGE_COUNT; s++)
		sim_hist_free(&r->stage[s]);
	sim_hist_free(&r->work.latency);
	registry_free(r);
	text_list_free(&r->violations);
	text_list_free(&r->mismatches);
	text_list_free(&r->corrupt);
	text_list_free(&r->notes);
	text_list_free(&r->failed);
	free((char *)r->cfg.name);
	free((char *)r->cfg.scenario);
	free((char *)r->cfg.trace);
	free((char *)r->cfg.platform);
	free((char *)r->cfg.data_mode);
	free(r->dir);
	free(r);
}

int report_device(struct report *r, u32 index, struct dsa *dsa)
{
	const struct dsa_cfg *cfg = dsa_config(dsa);
	struct device *d;
	struct dsa_totals t;

	if (index != r->ndevices)
		return -EINVAL;
	if (grow(&r->device, &r->devices_cap, r->ndevices))
		return -ENOMEM;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->r = r;
	d->dsa = dsa;
	d->index = index;
	d->nwqs = SPEC_GET(DSA_WQCAP_NUM_WQS, cfg->wqcap);
	d->nengines = SPEC_GET(DSA_ENGCAP_NUM_ENGINES, cfg->engcap);
	d->wq = calloc(d->nwqs, sizeof(*d->wq));
	d->engine = calloc(d->nengines, sizeof(*d->engine));
	if (!d->wq || !d->engine ||
	    (r->timeline &&
	     !timeline_device(r->timeline, index, dsa_name(dsa), d->nwqs, d->nengines))) {
		free(d->wq);
		free(d->engine);
		free(d);
		return -ENOMEM;
	}
	dsa_totals(dsa, &t);
	d->base = t;
	d->retired_before = t.completed + t.abandoned;
	for (u32 i = 0; i < d->nwqs; i++)
		d->wq[i].depth.since = sim_now(r->sim);
	r->device[r->ndevices++] = d;
	observe_device(d);
	return 0;
}

void report_wq(struct report *r, u32 device, u32 wq, const struct report_wq_cfg *cfg)
{
	struct wq_acc *q;

	if (device >= r->ndevices || wq >= r->device[device]->nwqs)
		return;
	q = &r->device[device]->wq[wq];
	q->configured = true;
	free(q->name);
	q->name = cfg->name ? strdup(cfg->name) : NULL;
	q->shared = cfg->mode && !strcmp(cfg->mode, "shared");
	q->group = cfg->group;
	q->size = cfg->size;
	q->threshold = cfg->threshold;
	q->priority = cfg->priority;
}

/* "copy.0" of "redis/copy.0" in process "redis". */
static const char *without_process(const char *name, const char *process)
{
	size_t len = strlen(process);

	return len && !strncmp(name, process, len) && name[len] == '/' ? name + len + 1 : name;
}

/* A guest has its processes' clients together. */
static bool timeline_of(struct report *r, const struct client *c)
{
	char name[160];

	if (!r->timeline)
		return true;
	if (!c->cfg.guest)
		return timeline_client(r->timeline, c->id, c->name, c->process);
	snprintf(name, sizeof(name), "%s/%s", c->process, c->name);
	return timeline_client(r->timeline, c->id, without_process(name, c->tenant), c->tenant);
}

u32 report_client(struct report *r, const struct report_client_cfg *cfg)
{
	struct client *c;

	if (grow(&r->client, &r->clients_cap, r->nclients) || count_client(r))
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return 0;
	c->id = r->nclients + 1;
	c->name = strdup(without_process(report_text(cfg->name), report_text(cfg->process)));
	c->process = strdup(report_text(cfg->process));
	c->wq = strdup(report_text(cfg->wq));
	c->tenant = strdup(cfg->tenant ? cfg->tenant : report_text(cfg->process));
	c->cfg = *cfg;
	c->first_issued = SIM_NEVER;
	if (!c->name || !c->process || !c->wq || !c->tenant || !timeline_of(r, c)) {
		free_client(c);
		return 0;
	}
	c->cfg.name = c->name;
	c->cfg.process = c->process;
	c->cfg.wq = c->wq;
	c->cfg.tenant = c->tenant;
	r->client[r->nclients++] = c;
	return c->id;
}

void report_start(struct report *r)
{
	count_all(r);
	r->start = sim_now(r->sim);
	observe_reset(r);
	if (registry_start(r))
		r->nomem = true;
	r->measuring = true;
}

void text_list_add(struct report *r, struct text_list *list, const char *fmt, ...)
{
	va_list ap;

	list->count++;
	if (list->kept == LIST_KEPT)
		return;
	va_start(ap, fmt);
	if (vasprintf(&list->text[list->kept], fmt, ap) < 0)
		r->nomem = true;
	else
		list->kept++;
	va_end(ap);
}

void report_label(const struct report *r, u32 client, char *buf, size_t len)
{
	const struct client *c;

	if (!client || client > r->nclients) {
		snprintf(buf, len, "client %u", client);
		return;
	}
	c = r->client[client - 1];
	/* Threads are often called after their process: not twice. */
	if (!strncmp(c->name, c->process, strlen(c->process)))
		snprintf(buf, len, "%s", c->name);
	else
		snprintf(buf, len, "%s/%s", c->process, c->name);
}

void report_mismatch(struct report *r, u32 client, u64 trace_line, const char *what)
{
	char who[160], line[40] = "";

	if (r->finished)
		return;
	if (r->mismatches.kept == LIST_SHOWN) {
		r->mismatches.count++;
		return;
	}
	report_label(r, client, who, sizeof(who));
	if (trace_line)
		snprintf(line, sizeof(line), "trace line %llu, ", trace_line);
	text_list_add(r, &r->mismatches, "%s%s: %s", line, who, what);
}

void report_corrupt(struct report *r, u32 client, const char *what)
{
	char who[160];

	if (r->finished)
		return;
	report_label(r, client, who, sizeof(who));
	text_list_add(r, &r->corrupt, "%s: %s", who, what);
}

void report_late_violations(struct report *r, report_late_fn *fn, void *ctx)
{
	r->late = fn;
	r->late_ctx = ctx;
}

void report_violation(struct report *r, const char *text)
{
	if (r->finished && r->late)
		r->late(r->late_ctx, text);
	if (r->finished)
		return;
	text_list_add(r, &r->violations, "%s", text);
	if (r->timeline)
		timeline_violation(r->timeline, text, sim_now(r->sim));
}

void report_note(struct report *r, const char *text)
{
	text_list_add(r, &r->notes, "%s", text);
}

void report_client_end(struct report *r, u32 client, u64 issued, u64 outstanding)
{
	struct client *c;

	if (!client || client > r->nclients)
		return;
	c = r->client[client - 1];
	c->ended = true;
	c->issued = issued;
	c->outstanding = outstanding;
}

/* ---- The end ---- */

static void check_device(struct report *r, struct device *d)
{
	const struct dsa_totals *t = &d->total;
	u64 in = t->accepted + t->fetched, out = t->completed + t->abandoned;
	const char *name = dsa_name(d->dsa);

	if (in != out + t->in_flight)
		text_list_add(r, &r->failed,
			      "%s: %llu descriptors went in (%llu accepted, %llu fetched by "
			      "batches), but %llu completed, %llu abandoned, %llu in flight make "
			      "%llu",
			      name, in, t->accepted, t->fetched, t->completed, t->abandoned,
			      t->in_flight, out + t->in_flight);
	if (d->retired != out - d->retired_before)
		text_list_add(r, &r->failed,
			      "%s: %llu descriptors completed or abandoned, but %llu were seen to "
			      "retire",
			      name, out - d->retired_before, d->retired);
}

static void check_client(struct report *r, const struct client *c)
{
	char who[160];

	if (!c->ended || c->issued == c->seen + c->outstanding)
		return;
	report_label(r, c->id, who, sizeof(who));
	text_list_add(r, &r->failed,
		      "%s: %llu units issued, but %llu seen complete and %llu outstanding", who,
		      c->issued, c->seen, c->outstanding);
}

int work_counts_add(struct work_counts *into, const struct work_counts *from)
{
	into->units += from->units;
	into->descriptors += from->descriptors;
	into->bytes += from->bytes;
	into->errors += from->errors;
	into->retries += from->retries;
	into->repairs += from->repairs;
	into->faults += from->faults;
	into->fault_wait += from->fault_wait;
	into->staged += from->staged;
	into->staged_latency += from->staged_latency;
	for (u32 s = 0; s < STAGE_COUNT; s++)
		into->stage[s] += from->stage[s];
	for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
		into->time[k] += from->time[k];
	if (!from->latency.bucket)
		return 0;
	if (!into->latency.bucket && sim_hist_init(&into->latency))
		return -ENOMEM;
	sim_hist_merge(&into->latency, &from->latency);
	return 0;
}

/* Sums over clients, faults over queues: not all that use them are clients. */
static void total_up(struct report *r)
{
	for (u32 i = 0; i < r->nclients; i++) {
		const struct client *c = r->client[i];

		if (work_counts_add(&r->work, &c->work))
			r->nomem = true;
		r->protects += c->protects;
		r->protect_ps += c->protect_ps;
	}
	for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
		r->time_sum += r->work.time[k];
	r->work.faults = r->work.fault_wait = 0;
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 q = 0; q < r->device[i]->nwqs; q++) {
			r->work.faults += r->device[i]->wq[q].faults;
			r->work.fault_wait += r->device[i]->wq[q].fault_wait;
		}
}

/* Fills in what was not kept up while counting. */
static void settle_stages(struct report *r)
{
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		struct sim_hist *h = &r->stage[s];

		for (u32 i = 0; i < SIM_HIST_BUCKETS; i++) {
			if (!h->bucket[i])
				continue;
			h->first = h->count ? h->first : i;
			h->last = i;
			h->count += h->bucket[i];
		}
		h->sum_lo = r->work.stage[s];
	}
}

/* The queue's depth over the interval, which ends now or has ended. */
static void settle_depth(const struct report *r, struct device *d, u32 wq)
{
	struct sim_level *depth = &d->wq[wq].depth;

	dsa_wq_depth(d->dsa, wq, depth);
	if (r->end > depth->since)
		sim_level_set(depth, r->end, depth->level);
}

/* What the client has counted itself. */
static void settle_time(struct client *c)
{
	for (u32 k = 0; c->cfg.time && k < REPORT_TIME_COUNT; k++)
		c->work.time[k] += c->cfg.time[k] - c->time_base[k];
}

int report_finish(struct report *r, u64 end)
{
	assert(!r->finished);
	if (!r->measuring)
		report_start(r);
	count_all(r);
	r->end = end > r->start ? end : r->start;
	r->finished = true;
	r->measuring = false;
	for (u32 i = 0; i < r->ndevices; i++) {
		struct device *d = r->device[i];

		dsa_totals(d->dsa, &d->total);
		for (u32 q = 0; q < d->nwqs; q++)
			settle_depth(r, d, q);
		if (!r->cfg.no_conservation)
			check_device(r, d);
	}
	for (u32 i = 0; i < r->nclients; i++) {
		settle_time(r->client[i]);
		if (!r->cfg.no_conservation)
			check_client(r, r->client[i]);
	}
	total_up(r);
	settle_stages(r);
	guests_finish(r);
	if (tenants_make(r))
		r->nomem = true;
	if (registry_finish(r))
		r->nomem = true;
	analyse(r);
	if (r->timeline)
		timeline_end(r->timeline);
	return r->nomem ? -ENOMEM : 0;
}

int report_checks_failed(const struct report *r)
{
	u64 n = r->violations.count + r->corrupt.count + r->failed.count;

	return n > 1000000 ? 1000000 : (int)n;
}

void report_figures(const struct report *r, struct report_figures *f)
{
	*f = (struct report_figures){
		.ps = report_ps(r),
		.units = r->work.units,
		.descriptors = r->work.descriptors,
		.bytes = r->work.bytes,
		.errors = r->work.errors,
		.latency_mean_ps = sim_hist_mean(&r->work.latency),
		.latency_p50_ps = sim_hist_percentile(&r->work.latency, 5000),
		.latency_p99_ps = sim_hist_percentile(&r->work.latency, 9900),
	};
}

const char *report_limit(const struct report *r)
{
	return r->limit;
}
