// SPDX-License-Identifier: GPL-2.0
/* results.json: everything that the report knows (docs/results.md, docs/results.schema.json). */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "sim/report/report_priv.h"

/* json-c gives up only without memory: the object is then missing, seen at the end. */
static void put(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add_ex(o, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT);
}

static void put_u64(struct json_object *o, const char *key, u64 v)
{
	put(o, key, json_object_new_uint64(v));
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	put(o, key, text ? json_object_new_string(text) : NULL);
}

/* A number with a fixed form, so that the file's bytes depend on nothing else. */
static void put_double(struct json_object *o, const char *key, double v, int decimals)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", decimals, v);
	put(o, key, json_object_new_double_s(v, text));
}

static struct json_object *put_object(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_object();

	put(o, key, v);
	return v;
}

static struct json_object *put_array(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_array();

	put(o, key, v);
	return v;
}

static struct json_object *add_object(struct json_object *array)
{
	struct json_object *v = json_object_new_object();

	json_object_array_add(array, v);
	return v;
}

static void put_latency(struct json_object *o, const char *key, const struct sim_hist *h)
{
	struct json_object *l = put_object(o, key);
	bool any = h->bucket && h->count;

	put_u64(l, "count", any ? h->count : 0);
	put_u64(l, "mean_ps", any ? sim_hist_mean(h) : 0);
	put_u64(l, "min_ps", any ? h->min : 0);
	put_u64(l, "p50_ps", any ? sim_hist_percentile(h, 5000) : 0);
	put_u64(l, "p90_ps", any ? sim_hist_percentile(h, 9000) : 0);
	put_u64(l, "p99_ps", any ? sim_hist_percentile(h, 9900) : 0);
	put_u64(l, "p999_ps", any ? sim_hist_percentile(h, 9990) : 0);
	put_u64(l, "max_ps", any ? h->max : 0);
}

static void put_times(struct json_object *o, const u64 *time)
{
	struct json_object *t = put_object(o, "time_ps");

	for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
		put_u64(t, time_names[k], time[k]);
}

static void put_run(struct json_object *root, const struct report *r)
{
	struct json_object *o = put_object(root, "run");

	put_text(o, "name", report_text(r->cfg.name));
	put_text(o, "scenario", r->cfg.scenario);
	put_text(o, "trace", r->cfg.trace);
	put_text(o, "platform", report_text(r->cfg.platform));
	put_text(o, "data", report_text(r->cfg.data_mode));
	put_u64(o, "seed", r->cfg.seed);
	put_u64(o, "start_ps", r->start);
	put_u64(o, "end_ps", r->end);
}

static void put_totals(struct json_object *root, const struct report *r)
{
	struct json_object *o = put_object(root, "totals");

	put_u64(o, "ps", report_ps(r));
	put_u64(o, "units", r->work.units);
	put_u64(o, "descriptors", r->work.descriptors);
	put_u64(o, "bytes", r->work.bytes);
	put_double(o, "bytes_per_s", report_rate(r, r->work.bytes), 0);
	put_double(o, "descriptors_per_s", report_rate(r, r->work.descriptors), 0);
	put_double(o, "units_per_s", report_rate(r, r->work.units), 0);
	put_u64(o, "errors", r->work.errors);
	put_u64(o, "retries", r->work.retries);
	put_u64(o, "repairs", r->work.repairs);
	put_u64(o, "page_requests", r->work.faults);
	put_u64(o, "page_request_wait_ps", r->work.fault_wait);
	put_u64(o, "protects", r->protects);
	put_u64(o, "protect_ps", r->protect_ps);
	put_times(o, r->work.time);
}

static void put_stages(struct json_object *root, const struct report *r)
{
	struct json_object *o = put_object(root, "stages"), *list;

	put_u64(o, "units", r->work.staged);
	put_u64(o, "latency_ps", r->work.staged_latency);
	list = put_array(o, "stages");
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		struct json_object *e = add_object(list);

		put_text(e, "name", stage_names[s].name);
		put_text(e, "from", stage_names[s].from);
		put_text(e, "to", stage_names[s].to);
		put_u64(e, "sum_ps", r->work.stage[s]);
		put_double(e, "share", report_share(r->work.stage[s], r->work.staged_latency), 6);
		put_latency(e, "each", &r->stage[s]);
	}
}

static void put_limit(struct json_object *root, const struct report *r)
{
	struct json_object *o = put_object(root, "limit");

	put_text(o, "kind", limit_names[r->limit_kind]);
	put_text(o, "resource", r->limit_resource);
	put_text(o, "text", r->limit);
}

/* What a client or a tenant did. */
static void put_work(struct json_object *o, const struct report *r, const struct work_counts *w)
{
	struct json_object *stages;

	put_u64(o, "units", w->units);
	put_u64(o, "descriptors", w->descriptors);
	put_u64(o, "bytes", w->bytes);
	put_double(o, "bytes_per_s", report_rate(r, w->bytes), 0);
	put_double(o, "descriptors_per_s", report_rate(r, w->descriptors), 0);
	put_u64(o, "errors", w->errors);
	put_u64(o, "retries", w->retries);
	put_u64(o, "repairs", w->repairs);
	put_u64(o, "page_requests", w->faults);
	put_u64(o, "page_request_wait_ps", w->fault_wait);
	put_latency(o, "latency", &w->latency);
	put_u64(o, "staged", w->staged);
	stages = put_object(o, "stage_ps");
	for (u32 s = 0; s < STAGE_COUNT; s++)
		put_u64(stages, stage_names[s].name, w->stage[s]);
	put_times(o, w->time);
}

static void put_client(struct json_object *o, const struct report *r, const struct client *c)
{
	put_u64(o, "client", c->id);
	put_text(o, "name", c->name);
	put_text(o, "process", c->process);
	put_text(o, "tenant", c->tenant);
	put_text(o, "wq", c->wq);
	put(o, "core", json_object_new_boolean(c->cfg.is_cpu_baseline));
	put(o, "open_loop", json_object_new_boolean(c->cfg.open_loop));
	put_u64(o, "window", c->cfg.window);
	put_u64(o, "last_seen_ps", c->last_seen);
	put_work(o, r, &c->work);
}

static void put_wq(struct json_object *o, const struct report *r, const struct device *d, u32 index)
{
	const struct wq_acc *q = &d->wq[index];
	struct json_object *stages;

	put_text(o, "device", dsa_name(d->dsa));
	put_u64(o, "wq", index);
	put_text(o, "name", q->name);
	if (q->configured) {
		put_text(o, "mode", q->shared ? "shared" : "dedicated");
		put_u64(o, "group", q->group);
		put_u64(o, "size", q->size);
		put_u64(o, "threshold", q->threshold);
		put_u64(o, "priority", q->priority);
	}
	put_u64(o, "submitted", q->direct);
	put_u64(o, "members", q->members);
	put_u64(o, "bytes", q->bytes);
	put_double(o, "bytes_per_s", report_rate(r, q->bytes), 0);
	put_u64(o, "errors", q->errors);
	put_u64(o, "abandoned", q->abandoned);
	put_u64(o, "retries", q->retries);
	put_u64(o, "drops", q->drops);
	put_u64(o, "page_requests", q->faults);
	put_u64(o, "page_request_wait_ps", q->fault_wait);
	put_double(o, "mean_depth", (double)q->depth.area_lo / (double)report_ps(r), 4);
	put_u64(o, "peak_depth", q->depth.peak);
	put_latency(o, "latency", &q->latency);
	put_u64(o, "member_mean_ps", report_mean(q->member_time, q->members));
	stages = put_object(o, "stage_ps");
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		put_u64(stages, stage_names[s].name, q->stage[s]);
}

static void put_engine(struct json_object *o, const struct report *r, const struct device *d,
		       u32 index)
{
	const struct engine_acc *e = &d->engine[index];

	put_text(o, "device", dsa_name(d->dsa));
	put_u64(o, "engine", index);
	put_u64(o, "descriptors", e->descriptors);
	put_u64(o, "batches", e->batches);
	put_u64(o, "bytes", e->bytes);
	put_double(o, "bytes_per_s", report_rate(r, e->bytes), 0);
	put_double(o, "mean_in_progress", (double)e->resident / (double)report_ps(r), 4);
	put_u64(o, "mean_ps", report_mean(e->resident, e->descriptors));
	put_u64(o, "devtlb_misses", e->devtlb_misses);
}

static void put_code(struct json_object *o, u32 code, const char *name, u64 count)
{
	char text[8];

	snprintf(text, sizeof(text), "0x%02x", code);
	put_text(o, "code", text);
	put_text(o, "name", name);
	put_u64(o, "count", count);
}

static void put_device(struct json_object *o, const struct device *d)
{
	const struct dsa_totals *t = &d->total, *b = &d->base;
	struct json_object *list;

	put_text(o, "device", dsa_name(d->dsa));
	put_u64(o, "wqs", d->nwqs);
	put_u64(o, "engines", d->nengines);
	put_u64(o, "accepted", t->accepted - b->accepted);
	put_u64(o, "fetched", t->fetched - b->fetched);
	put_u64(o, "completed", t->completed - b->completed);
	put_u64(o, "abandoned", t->abandoned - b->abandoned);
	put_u64(o, "in_flight_start", b->in_flight);
	put_u64(o, "in_flight_end", t->in_flight);
	put_u64(o, "retried", t->retried - b->retried);
	put_u64(o, "dropped", t->dropped - b->dropped);
	put_u64(o, "batches", t->batches - b->batches);
	put_u64(o, "records", t->records - b->records);
	put_u64(o, "interrupts", t->interrupts - b->interrupts);
	put_u64(o, "errors", t->errors - b->errors);
	put_u64(o, "page_requests", t->faults - b->faults);
	put_u64(o, "software_errors", d->note[DSA_NOTE_SWERROR]);
	put_u64(o, "commands", d->note[DSA_NOTE_COMMAND]);
	put_u64(o, "halts", d->note[DSA_NOTE_HALT]);
	put_u64(o, "bytes_read", t->bytes_read - b->bytes_read);
	put_u64(o, "bytes_written", t->bytes_written - b->bytes_written);
	list = put_array(o, "statuses");
	for (u32 s = 0; s < 256; s++)
		if (d->status[s])
			put_code(add_object(list), s, report_status_name((u8)s), d->status[s]);
	list = put_array(o, "operations");
	for (u32 i = 0; i < 256; i++) {
		struct json_object *e;

		if (!d->op[i].count)
			continue;
		e = add_object(list);
		put_code(e, i, report_op_name((u8)i), d->op[i].count);
		put_u64(e, "bytes", d->op[i].bytes);
		put_u64(e, "mean_ps", report_mean(d->op[i].time, d->op[i].count));
	}
}

static void put_parts(struct json_object *root, const struct report *r)
{
	struct json_object *list = put_array(root, "clients");

	for (u32 i = 0; i < r->nclients; i++)
		put_client(add_object(list), r, r->client[i]);
	list = put_array(root, "devices");
	for (u32 i = 0; i < r->ndevices; i++)
		put_device(add_object(list), r->device[i]);
	list = put_array(root, "wqs");
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 k = 0; k < r->device[i]->nwqs; k++) {
			const struct wq_acc *q = &r->device[i]->wq[k];

			if (q->configured || q->direct || q->members || q->retries || q->drops)
				put_wq(add_object(list), r, r->device[i], k);
		}
	list = put_array(root, "engines");
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 k = 0; k < r->device[i]->nengines; k++)
			put_engine(add_object(list), r, r->device[i], k);
}

/* ---- Tenants and guests ---- */

static void put_tenants(struct json_object *root, const struct report *r)
{
	struct json_object *list = put_array(root, "tenants");

	for (u32 i = 0; i < r->ntenants; i++) {
		const struct tenant *t = &r->tenant[i];
		struct json_object *o = add_object(list);

		put_text(o, "tenant", t->name);
		put_u64(o, "clients", t->clients);
		put_work(o, r, &t->work);
	}
}

static void put_guest(struct json_object *o, const struct guest *g)
{
	struct json_object *startup, *steady, *list;
	const struct guest_count *c;

	put_text(o, "name", g->name);
	put_text(o, "home", g->cfg.home);
	put_text(o, "memory_mode", g->cfg.memory_mode);
	put_text(o, "interrupts", g->cfg.interrupts);
	put(o, "sva", json_object_new_boolean(g->cfg.sva));
	put_u64(o, "memory_bytes", g->cfg.memory);
	put_u64(o, "cpus", g->cfg.cpus);
	put_u64(o, "steady_ps", g->until - g->since);
	put_u64(o, "steady_descriptors", g->descriptors);
	startup = put_object(o, "startup");
	steady = put_object(o, "steady");
	for (c = guest_vm_counts; c->name; c++) {
		put_u64(startup, c->name, guest_count(c, &g->startup.vm));
		put_u64(steady, c->name, guest_steady(g, c));
	}
	list = put_array(o, "commands");
	for (u32 i = 0; i < g->ncommands; i++) {
		struct json_object *d = add_object(list);

		put_text(d, "command", g->command[i].name);
		put_u64(d, "errors", g->command[i].errors);
		put_latency(d, "took", &g->command[i].took);
	}
	list = put_array(o, "vdevs");
	for (u32 v = 0; v < g->cfg.nvdevs; v++) {
		struct json_object *d = add_object(list);

		put_text(d, "type", report_text(g->vdev[v].type));
		put_text(d, "wqs", report_text(g->vdev[v].wqs));
		startup = put_object(d, "startup");
		steady = put_object(d, "steady");
		for (c = guest_trap_counts; c->name; c++) {
			put_u64(startup, c->name, guest_count(c, &g->startup.traps[v]));
			put_u64(steady, c->name, guest_vdev_steady(g, v, c));
		}
	}
}

static void put_guests(struct json_object *root, const struct report *r)
{
	struct json_object *list = put_array(root, "guests"), *o;
	struct guests_steady s;

	for (u32 i = 0; i < r->nguests; i++)
		put_guest(add_object(list), r->guest[i]);
	guests_steady(r, &s);
	o = put_object(root, "steady_state");
	put_u64(o, "descriptors", s.descriptors);
	put_u64(o, "exits", s.exits);
	put_u64(o, "submission_exits", s.submission);
	put_u64(o, "dma_exits", s.dma);
	put_u64(o, "completion_exits", s.completion);
}

static void put_registry(struct json_object *root, const struct report *r)
{
	struct json_object *list = put_array(root, "resources");

	for (u32 i = 0; i < r->nusages; i++) {
		const struct usage *u = &r->usage[i];
		struct json_object *o = add_object(list);

		put_text(o, "name", u->name);
		put_text(o, "what", u->what);
		put_u64(o, "units", u->units);
		put_u64(o, "requests", u->value.count);
		put_u64(o, "busy_ps", u->value.busy);
		put_u64(o, "wait_ps", u->value.wait);
		put_u64(o, "bytes", u->value.bytes);
		put_double(o, "utilisation", u->share, 6);
	}
	list = put_array(root, "caches");
	for (u32 i = 0; i < r->ncaches; i++) {
		const struct cache *c = &r->cache[i];
		struct json_object *o = add_object(list);
		char name[120];

		snprintf(name, sizeof(name), "%s.%.*s", c->instance, (int)c->name_len, c->name);
		put_text(o, "name", name);
		put_u64(o, "lookups", c->lookups);
		put_u64(o, "hits", c->hits);
	}
	list = put_array(root, "counters");
	for (u32 i = 0; i < r->ncounters; i++) {
		const struct counter *c = &r->counter[i];
		struct json_object *o = add_object(list);

		put_text(o, "instance", c->instance);
		put_text(o, "name", c->def->name);
		put_text(o, "unit", c->def->unit);
		put_u64(o, "value", c->value);
	}
}

static void put_list(struct json_object *o, const char *key, const struct text_list *list)
{
	struct json_object *l = put_object(o, key), *texts;

	put_u64(l, "count", list->count);
	texts = put_array(l, "first");
	for (u32 i = 0; i < list->kept; i++)
		json_object_array_add(texts, json_object_new_string(list->text[i]));
}

static void put_checks(struct json_object *root, const struct report *r)
{
	struct json_object *o = put_object(root, "checks");

	put(o, "passed", json_object_new_boolean(!report_checks_failed(r)));
	put(o, "conservation_checked", json_object_new_boolean(!r->cfg.no_conservation));
	put_list(o, "conservation", &r->failed);
	put_list(o, "violations", &r->violations);
	put_list(o, "corrupt", &r->corrupt);
	put_list(o, "mismatches", &r->mismatches);
	put_list(root, "notes", &r->notes);
}

static void put_distributions(struct json_object *root, const struct report *r)
{
	const struct sim_hist *h = &r->work.latency;
	const struct series *s = &r->series;
	struct json_object *list = put_array(root, "latency_cdf"), *o;
	u64 seen = 0;

	for (u32 i = h->first; h->count && i <= h->last; i++) {
		u64 high = sim_hist_bucket_low(i + 1) - 1;

		if (!h->bucket[i])
			continue;
		seen += h->bucket[i];
		o = add_object(list);
		put_u64(o, "at_most_ps", high < h->max ? high : h->max);
		put_u64(o, "units", seen);
	}
	o = put_object(root, "series");
	put_u64(o, "bin_ps", 1ull << s->shift);
	list = put_array(o, "bins");
	for (u32 i = 0; i < s->used; i++) {
		struct json_object *b = add_object(list);

		put_u64(b, "units", s->bin[i].units);
		put_u64(b, "descriptors", s->bin[i].descriptors);
		put_u64(b, "bytes", s->bin[i].bytes);
		put_u64(b, "mean_latency_ps", report_mean(s->bin[i].latency, s->bin[i].units));
	}
}

int report_json(const struct report *r, FILE *out)
{
	struct json_object *root = json_object_new_object();
	const char *text;

	if (!root)
		return -ENOMEM;
	put_text(root, "format", "dsasim-results");
	put_u64(root, "version", 1);
	put_run(root, r);
	put_totals(root, r);
	put_latency(root, "latency", &r->work.latency);
	put_stages(root, r);
	put_limit(root, r);
	put_checks(root, r);
	put_parts(root, r);
	put_tenants(root, r);
	put_guests(root, r);
	put_registry(root, r);
	put_distributions(root, r);
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text) {
		fputs(text, out);
		fputc('\n', out);
	}
	json_object_put(root);
	return text ? 0 : -ENOMEM;
}
