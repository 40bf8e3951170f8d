// SPDX-License-Identifier: GPL-2.0
/* The summary that a person reads first. */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/format.h"
#include "sim/report/report_priv.h"

#define TOP_ROWS 10u

struct paint {
	FILE *out;
	const char *bold, *warn, *off; /* empty when the output is no terminal */
};

/* The head of a table, in the widths of its rows. */
static void heading(const struct paint *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void heading(const struct paint *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(p->out, "\n%s", p->bold);
	va_start(ap, fmt);
	vfprintf(p->out, fmt, ap);
	va_end(ap);
	fprintf(p->out, "%s\n", p->off);
}

static void say_run(const struct report *r, const struct paint *p)
{
	fprintf(p->out, "%s%s%s on %s", p->bold, report_text(r->cfg.name), p->off,
		report_text(r->cfg.platform));
	if (r->cfg.trace)
		fprintf(p->out, ", trace %s", r->cfg.trace);
	fprintf(p->out, ", data mode %s, seed %llu\n", report_text(r->cfg.data_mode), r->cfg.seed);
	for (u32 i = 0; i < r->notes.kept; i++)
		fprintf(p->out, "note: %s\n", r->notes.text[i]);
	if (r->notes.count > r->notes.kept)
		fprintf(p->out, "note: and %llu more\n", r->notes.count - r->notes.kept);
}

static void say_totals(const struct report *r, const struct paint *p)
{
	FILE *out = p->out;

	fprintf(out, "\nmeasured time  %s of virtual time, from %s\n", text_time(report_ps(r)).s,
		text_time(r->start).s);
	fprintf(out, "work           %s descriptors in %s units, %s\n",
		text_count(r->work.descriptors).s, text_count(r->work.units).s,
		text_bytes(r->work.bytes).s);
	fprintf(out, "throughput     %s%s%s, %s descriptors/s\n", p->bold,
		text_rate(report_rate(r, r->work.bytes), "B/s").s, p->off,
		text_rate(report_rate(r, r->work.descriptors), "").s);
	if (!r->work.units)
		return;
	fprintf(out, "latency        mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n",
		text_time(sim_hist_mean(&r->work.latency)).s,
		text_time(sim_hist_percentile(&r->work.latency, 5000)).s,
		text_time(sim_hist_percentile(&r->work.latency, 9000)).s,
		text_time(sim_hist_percentile(&r->work.latency, 9900)).s,
		text_time(sim_hist_percentile(&r->work.latency, 9990)).s,
		text_time(r->work.latency.max).s);
}

static void say_stages(const struct report *r, const struct paint *p)
{
	if (!r->work.staged)
		return;
	heading(p, "%-36s %10s %8s %10s %10s", "where the time of a unit goes", "mean", "share",
		"p50", "p99");
	for (u32 s = 0; s < STAGE_COUNT; s++) {
		char what[40];

		if (s == STAGE_REPAIR && !r->work.stage[s])
			continue;
		snprintf(what, sizeof(what), "%s -> %s", stage_names[s].from, stage_names[s].to);
		fprintf(p->out, "  %-9s %-24s %10s %8s %10s %10s\n", stage_names[s].name, what,
			text_time(report_mean(r->work.stage[s], r->work.staged)).s,
			text_percent(report_share(r->work.stage[s], r->work.staged_latency)).s,
			text_time(sim_hist_percentile(&r->stage[s], 5000)).s,
			text_time(sim_hist_percentile(&r->stage[s], 9900)).s);
	}
	if (r->work.staged < r->work.units)
		fprintf(p->out, "  (of %s units whose stages are known)\n",
			text_count(r->work.staged).s);
}

static void say_core_time(const struct report *r, const struct paint *p)
{
	const char *comma = "";

	if (!r->time_sum)
		return;
	fprintf(p->out, "\nclients' time  ");
	for (u32 k = 0; k < REPORT_TIME_COUNT; k++) {
		if (!r->work.time[k])
			continue;
		fprintf(p->out, "%s%s %s", comma, time_names[k],
			text_percent(report_share(r->work.time[k], r->time_sum)).s);
		comma = ", ";
	}
	fprintf(p->out, "\n");
}

/* ---- Tables ---- */

/* The clients with the most bytes, then units: @top filled with indices. */
static u32 top_clients(const struct report *r, u32 *top)
{
	u32 n = 0;

	for (u32 i = 0; i < r->nclients; i++) {
		const struct client *c = r->client[i];
		u32 at = n;

		while (at) {
			const struct client *o = r->client[top[at - 1]];

			if (o->work.bytes > c->work.bytes ||
			    (o->work.bytes == c->work.bytes && o->work.units >= c->work.units))
				break;
			at--;
		}
		if (at >= TOP_ROWS)
			continue;
		n += n < TOP_ROWS;
		memmove(top + at + 1, top + at, (n - 1 - at) * sizeof(*top));
		top[at] = i;
	}
	return n;
}

static void say_clients(const struct report *r, const struct paint *p)
{
	u32 top[TOP_ROWS + 1], n = top_clients(r, top);

	if (!n)
		return;
	heading(p, "%-24s %-9s %12s %12s %10s %10s %8s %8s %8s", "client", "queue", "units", "rate",
		"mean", "p99", "errors", "retries", "faults");
	for (u32 i = 0; i < n; i++) {
		const struct client *c = r->client[top[i]];
		char name[120];

		report_label(r, c->id, name, sizeof(name));
		fprintf(p->out, "  %-22.40s %-9.20s %12s %12s %10s %10s %8s %8s %8s\n", name,
			c->cfg.is_cpu_baseline ? "core" : c->wq, text_count(c->work.units).s,
			text_rate(report_rate(r, c->work.bytes), "B/s").s,
			text_time(c->work.latency.bucket ? sim_hist_mean(&c->work.latency) : 0).s,
			text_time(c->work.latency.bucket
					  ? sim_hist_percentile(&c->work.latency, 9900)
					  : 0)
				.s,
			text_count(c->work.errors).s, text_count(c->work.retries).s,
			text_count(c->work.faults).s);
	}
	if (r->nclients > n)
		fprintf(p->out, "  and %s more (clients.csv)\n", text_count(r->nclients - n).s);
}

/* ---- Guests ---- */

static u64 latency_at(const struct sim_hist *h, u32 permyriad)
{
	return h->bucket ? sim_hist_percentile(h, permyriad) : 0;
}

/* Each guest as a tenant: what it got, and how often it left its fast path. */
static void say_tenants(const struct report *r, const struct paint *p)
{
	u32 rows = 0;

	if (!r->nguests)
		return;
	heading(p, "%-24s %8s %12s %12s %8s %10s %10s %10s %8s", "tenant", "clients", "units",
		"rate", "share", "p50", "p99", "p99.9", "retries");
	for (; rows < r->ntenants && rows < 2 * TOP_ROWS; rows++) {
		const struct tenant *t = &r->tenant[rows];

		fprintf(p->out, "  %-22.40s %8u %12s %12s %8s %10s %10s %10s %8s\n", t->name,
			t->clients, text_count(t->work.units).s,
			text_rate(report_rate(r, t->work.bytes), "B/s").s,
			text_percent(report_share(t->work.bytes, r->work.bytes)).s,
			text_time(latency_at(&t->work.latency, 5000)).s,
			text_time(latency_at(&t->work.latency, 9900)).s,
			text_time(latency_at(&t->work.latency, 9990)).s,
			text_count(t->work.retries).s);
	}
	if (r->ntenants > rows)
		fprintf(p->out, "  and %u more (tenants.csv)\n", r->ntenants - rows);
}

static void say_exit(const struct paint *p, const char *name, const char *what, u64 startup,
		     u64 steady, u32 n)
{
	if (!startup && !steady)
		return;
	if (strstr(name, "_ps"))
		fprintf(p->out, "  %-28s %12s %12s %12s  %s\n", name, text_time(startup).s,
			text_time(startup / n).s, text_time(steady).s, what);
	else
		fprintf(p->out, "  %-28s %12s %12.1f %12s  %s\n", name, text_count(startup).s,
			(double)startup / n, text_count(steady).s, what);
}

/* Commands of guests' kernels to their virtual devices. */
static void say_commands(const struct report *r, const struct paint *p)
{
	u32 rows = 0, all = 0;

	for (u32 i = 0; i < r->nguests; i++)
		all += r->guest[i]->ncommands;
	if (!all)
		return;
	heading(p, "%-24s %-16s %8s %8s %10s %10s %10s", "guests' commands", "command", "count",
		"errors", "p50", "p99", "max");
	for (u32 i = 0; i < r->nguests && rows < 2 * TOP_ROWS; i++)
		for (u32 k = 0; k < r->guest[i]->ncommands; k++, rows++) {
			const struct guest_command *c = &r->guest[i]->command[k];

			fprintf(p->out, "  %-22.40s %-16s %8s %8s %10s %10s %10s\n",
				r->guest[i]->name, c->name, text_count(c->took.count).s,
				text_count(c->errors).s, text_time(latency_at(&c->took, 5000)).s,
				text_time(latency_at(&c->took, 9900)).s,
				text_time(latency_at(&c->took, 10000)).s);
		}
	if (all > rows)
		fprintf(p->out, "  and %u more (results.json)\n", all - rows);
}

static void say_exits(const struct report *r, const struct paint *p)
{
	const struct guest_count *c;
	u64 startup, steady;

	if (!r->nguests)
		return;
	heading(p, "%-30s %12s %12s %12s", "guests' exits and interrupts", "start-up", "each",
		"steady state");
	for (c = guest_vm_counts; c->name; c++) {
		startup = steady = 0;
		for (u32 i = 0; i < r->nguests; i++) {
			startup += guest_count(c, &r->guest[i]->startup.vm);
			steady += guest_steady(r->guest[i], c);
		}
		say_exit(p, c->name, c->what, startup, steady, r->nguests);
	}
	for (c = guest_trap_counts; c->name; c++) {
		u32 n = 0;

		startup = steady = 0;
		for (u32 i = 0; i < r->nguests; i++)
			for (u32 v = 0; v < r->guest[i]->cfg.nvdevs; v++, n++) {
				startup += guest_count(c, &r->guest[i]->startup.traps[v]);
				steady += guest_vdev_steady(r->guest[i], v, c);
			}
		say_exit(p, c->name, c->what, startup, steady, n ? n : 1);
	}
}

/* The proof of the fast path. */
static void say_steady(const struct report *r, const struct paint *p)
{
	struct guests_steady s;

	if (!r->nguests)
		return;
	guests_steady(r, &s);
	fprintf(p->out, "\nsteady state   %s descriptors, ", text_count(s.descriptors).s);
	guests_say_steady(&s, p->out);
	fprintf(p->out, "\n");
}

static bool queue_used(const struct wq_acc *q)
{
	return q->direct || q->members || q->retries || q->drops;
}

static void say_queues(const struct report *r, const struct paint *p)
{
	u32 rows = 0, more = 0;

	for (u32 i = 0; i < r->ndevices; i++) {
		const struct device *d = r->device[i];

		for (u32 k = 0; k < d->nwqs; k++) {
			const struct wq_acc *q = &d->wq[k];
			char name[60], mode[40] = "";

			if (!queue_used(q))
				continue;
			if (rows == TOP_ROWS) {
				more++;
				continue;
			}
			if (!rows++)
				heading(p, "%-24s %-13s %12s %12s %10s %10s %10s %10s",
					"work queue", "mode", "submitted", "members", "bytes",
					"depth", "p50", "p99");
			snprintf(name, sizeof(name), "%s.wq%u%s%s%s", dsa_name(d->dsa), k,
				 q->name ? " (" : "", report_text(q->name), q->name ? ")" : "");
			if (q->configured)
				snprintf(mode, sizeof(mode), "%s %u",
					 q->shared ? "shared" : "dedicated", q->size);
			fprintf(p->out, "  %-22.40s %-13s %12s %12s %10s %10.2f %10s %10s\n", name,
				mode, text_count(q->direct).s, text_count(q->members).s,
				text_bytes(q->bytes).s,
				(double)q->depth.area_lo / (double)report_ps(r),
				text_time(q->latency.bucket ? sim_hist_percentile(&q->latency, 5000)
							    : 0)
					.s,
				text_time(q->latency.bucket ? sim_hist_percentile(&q->latency, 9900)
							    : 0)
					.s);
		}
	}
	if (more)
		fprintf(p->out, "  and %u more (wqs.csv)\n", more);
}

static void say_resources(const struct report *r, const struct paint *p)
{
	u32 rows = 0;

	for (u32 i = 0; i < r->nusages && rows < TOP_ROWS; i++) {
		const struct usage *u = &r->usage[i];

		if (!u->value.count && !u->value.busy)
			continue;
		if (!rows++)
			heading(p, "%-32s %8s %10s  %s", "resource", "busy", "mean wait", "what");
		fprintf(p->out, "  %-30.40s %8s %10s  %s\n", u->name, text_percent(u->share).s,
			text_time(report_mean(u->value.wait, u->value.count)).s, u->what);
	}
}

static void say_caches(const struct report *r, const struct paint *p)
{
	u32 rows = 0;

	for (u32 i = 0; i < r->ncaches; i++) {
		const struct cache *c = &r->cache[i];
		char name[100];

		if (!c->lookups || rows == 2 * TOP_ROWS)
			continue;
		if (!rows++)
			heading(p, "%-32s %8s %14s", "cache", "hits", "lookups");
		snprintf(name, sizeof(name), "%s.%.*s", c->instance, (int)c->name_len, c->name);
		fprintf(p->out, "  %-30.40s %8s %14s\n", name,
			text_percent(report_share(c->hits, c->lookups)).s,
			text_count(c->lookups).s);
	}
}

static void say_statuses(const struct report *r, const struct paint *p)
{
	u64 sum[256] = {0};

	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 s = 0; s < 256; s++)
			sum[s] += r->device[i]->status[s];
	for (u32 s = 0, rows = 0; s < 256; s++) {
		if (!sum[s])
			continue;
		if (!rows++)
			heading(p, "%-37s %14s", "completion status", "descriptors");
		fprintf(p->out, "  0x%02x %-30s %14s\n", s, report_status_name((u8)s),
			text_count(sum[s]).s);
	}
	if (r->work.faults || r->work.repairs || r->work.retries)
		fprintf(p->out,
			"\nfaults         %s page requests, %s waited for each; %s software "
			"repairs; "
			"%s ENQCMD retries\n",
			text_count(r->work.faults).s,
			text_time(report_mean(r->work.fault_wait, r->work.faults)).s,
			text_count(r->work.repairs).s, text_count(r->work.retries).s);
}

static void say_list(const struct paint *p, const struct text_list *list, const char *what,
		     const char *paint)
{
	if (!list->count)
		return;
	fprintf(p->out, "\n%s%s %s%s\n", paint, text_count(list->count).s, what, p->off);
	for (u32 i = 0; i < list->kept && i < LIST_SHOWN; i++)
		fprintf(p->out, "  %s\n", list->text[i]);
	if (list->count > LIST_SHOWN)
		fprintf(p->out, "  and %s more\n", text_count(list->count - LIST_SHOWN).s);
}

static void say_checks(const struct report *r, const struct paint *p)
{
	u64 in = 0, out = 0, abandoned = 0, flight = 0;

	for (u32 i = 0; i < r->ndevices; i++) {
		const struct dsa_totals *t = &r->device[i]->total;

		in += t->accepted + t->fetched;
		out += t->completed;
		abandoned += t->abandoned;
		flight += t->in_flight;
	}
	fprintf(p->out,
		"\nconservation   %s descriptors in = %s completed + %s abandoned + %s in "
		"flight: %s\n",
		text_count(in).s, text_count(out).s, text_count(abandoned).s, text_count(flight).s,
		r->cfg.no_conservation ? "not checked"
		: r->failed.count      ? "VIOLATED"
				       : "holds");
	say_list(p, &r->mismatches, "rows of the trace ended otherwise than recorded", "");
	say_list(p, &r->failed, "books that do not balance", p->warn);
	say_list(p, &r->corrupt, "destinations with wrong data", p->warn);
	say_list(p, &r->violations, "violations found by the checkers", p->warn);
}

void report_summary(const struct report *r, FILE *out)
{
	bool tty = fileno(out) >= 0 && isatty(fileno(out));
	struct paint p = {
		.out = out,
		.bold = tty ? "\033[1m" : "",
		.warn = tty ? "\033[1;31m" : "",
		.off = tty ? "\033[0m" : "",
	};

	say_run(r, &p);
	say_totals(r, &p);
	say_stages(r, &p);
	say_core_time(r, &p);
	say_clients(r, &p);
	say_tenants(r, &p);
	say_commands(r, &p);
	say_exits(r, &p);
	say_steady(r, &p);
	say_queues(r, &p);
	say_resources(r, &p);
	say_caches(r, &p);
	say_statuses(r, &p);
	say_checks(r, &p);
	fprintf(out, "\nlimited by     %s%s%s\n", p.bold, r->limit, p.off);
}
