// SPDX-License-Identifier: GPL-2.0
/* The results as CSV tables, times in ps, rates in bytes per second. docs/results.md lists columns.
 */
#include <string.h>

#include "sim/report/report_priv.h"

/* A text as a CSV field: quoted when it needs to be. */
static void field(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void latency_columns(FILE *out, const struct sim_hist *h)
{
	static const u32 at[] = {5000, 9000, 9900, 9990, 10000};

	fprintf(out, ",%llu", h->bucket ? sim_hist_mean(h) : 0);
	for (u32 i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		fprintf(out, ",%llu", h->bucket ? sim_hist_percentile(h, at[i]) : 0);
}

static void clients(const struct report *r, FILE *out)
{
	fputs("client,name,process,tenant,wq,core,units,descriptors,bytes,bytes_per_s,"
	      "descriptors_per_s,mean_ps,p50_ps,p90_ps,p99_ps,p999_ps,max_ps,errors,retries,"
	      "repairs,faults,fault_wait_ps,staged",
	      out);
	for (u32 s = 0; s < STAGE_COUNT; s++)
		fprintf(out, ",stage_%s_ps", stage_names[s].name);
	for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
		fprintf(out, ",time_%s_ps", time_names[k]);
	fputc('\n', out);
	for (u32 i = 0; i < r->nclients; i++) {
		const struct client *c = r->client[i];

		fprintf(out, "%u,", c->id);
		field(out, c->name);
		fputc(',', out);
		field(out, c->process);
		fputc(',', out);
		field(out, c->tenant);
		fputc(',', out);
		field(out, c->wq);
		fprintf(out, ",%d,%llu,%llu,%llu,%.0f,%.0f", c->cfg.is_cpu_baseline, c->work.units,
			c->work.descriptors, c->work.bytes, report_rate(r, c->work.bytes),
			report_rate(r, c->work.descriptors));
		latency_columns(out, &c->work.latency);
		fprintf(out, ",%llu,%llu,%llu,%llu,%llu,%llu", c->work.errors, c->work.retries,
			c->work.repairs, c->work.faults, c->work.fault_wait, c->work.staged);
		for (u32 s = 0; s < STAGE_COUNT; s++)
			fprintf(out, ",%llu", c->work.stage[s]);
		for (u32 k = 0; k < REPORT_TIME_COUNT; k++)
			fprintf(out, ",%llu", c->work.time[k]);
		fputc('\n', out);
	}
}

static void tenants(const struct report *r, FILE *out)
{
	fputs("tenant,clients,units,descriptors,bytes,bytes_per_s,descriptors_per_s,mean_ps,p50_ps,"
	      "p90_ps,p99_ps,p999_ps,max_ps,errors,retries,repairs,faults,fault_wait_ps\n",
	      out);
	for (u32 i = 0; i < r->ntenants; i++) {
		const struct tenant *t = &r->tenant[i];

		field(out, t->name);
		fprintf(out, ",%u,%llu,%llu,%llu,%.0f,%.0f", t->clients, t->work.units,
			t->work.descriptors, t->work.bytes, report_rate(r, t->work.bytes),
			report_rate(r, t->work.descriptors));
		latency_columns(out, &t->work.latency);
		fprintf(out, ",%llu,%llu,%llu,%llu,%llu\n", t->work.errors, t->work.retries,
			t->work.repairs, t->work.faults, t->work.fault_wait);
	}
}

static void count_columns(FILE *out, const struct guest_count *c)
{
	const struct guest_count *i;

	for (i = c; i->name; i++)
		fprintf(out, ",startup_%s", i->name);
	for (i = c; i->name; i++)
		fprintf(out, ",steady_%s", i->name);
	fputc('\n', out);
}

static void guests(const struct report *r, FILE *out)
{
	const struct guest_count *c;

	fputs("guest,home,memory_mode,interrupts,sva,memory_bytes,cpus,vdevs,steady_ps,"
	      "steady_descriptors",
	      out);
	count_columns(out, guest_vm_counts);
	for (u32 i = 0; i < r->nguests; i++) {
		const struct guest *g = r->guest[i];

		field(out, g->name);
		fprintf(out, ",%s,%s,%s,%d,%llu,%u,%u,%llu,%llu", g->cfg.home, g->cfg.memory_mode,
			g->cfg.interrupts, g->cfg.sva, g->cfg.memory, g->cfg.cpus, g->cfg.nvdevs,
			g->until - g->since, g->descriptors);
		for (c = guest_vm_counts; c->name; c++)
			fprintf(out, ",%llu", guest_count(c, &g->startup.vm));
		for (c = guest_vm_counts; c->name; c++)
			fprintf(out, ",%llu", guest_steady(g, c));
		fputc('\n', out);
	}
}

static void vdevs(const struct report *r, FILE *out)
{
	const struct guest_count *c;

	fputs("guest,vdev,type,wqs", out);
	count_columns(out, guest_trap_counts);
	for (u32 i = 0; i < r->nguests; i++)
		for (u32 v = 0; v < r->guest[i]->cfg.nvdevs; v++) {
			const struct guest *g = r->guest[i];

			field(out, g->name);
			fprintf(out, ",%u,%s,%s", v, report_text(g->vdev[v].type),
				report_text(g->vdev[v].wqs));
			for (c = guest_trap_counts; c->name; c++)
				fprintf(out, ",%llu", guest_count(c, &g->startup.traps[v]));
			for (c = guest_trap_counts; c->name; c++)
				fprintf(out, ",%llu", guest_vdev_steady(g, v, c));
			fputc('\n', out);
		}
}

static void wqs(const struct report *r, FILE *out)
{
	fputs("device,wq,name,mode,group,size,threshold,priority,submitted,members,bytes,"
	      "bytes_per_s,errors,abandoned,retries,drops,faults,fault_wait_ps,mean_depth,"
	      "peak_depth,mean_ps,p50_ps,p90_ps,p99_ps,p999_ps,max_ps,member_ps",
	      out);
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		fprintf(out, ",stage_%s_ps", stage_names[s].name);
	fputc('\n', out);
	for (u32 i = 0; i < r->ndevices; i++) {
		const struct device *d = r->device[i];

		for (u32 k = 0; k < d->nwqs; k++) {
			const struct wq_acc *q = &d->wq[k];

			if (!q->configured && !q->direct && !q->members && !q->retries && !q->drops)
				continue;
			fprintf(out, "%s,%u,", dsa_name(d->dsa), k);
			field(out, report_text(q->name));
			fprintf(out,
				",%s,%u,%u,%u,%u,%llu,%llu,%llu,%.0f,%llu,%llu,%llu,%llu,%llu,%llu,"
				"%.4f,%llu",
				!q->configured ? ""
				: q->shared    ? "shared"
					       : "dedicated",
				q->group, q->size, q->threshold, q->priority, q->direct, q->members,
				q->bytes, report_rate(r, q->bytes), q->errors, q->abandoned,
				q->retries, q->drops, q->faults, q->fault_wait,
				(double)q->depth.area_lo / (double)report_ps(r), q->depth.peak);
			latency_columns(out, &q->latency);
			fprintf(out, ",%llu", report_mean(q->member_time, q->members));
			for (u32 s = 0; s < STAGE_DEVICE; s++)
				fprintf(out, ",%llu", q->stage[s]);
			fputc('\n', out);
		}
	}
}

static void engines(const struct report *r, FILE *out)
{
	fputs("device,engine,descriptors,batches,bytes,bytes_per_s,mean_in_progress,mean_ps,"
	      "devtlb_misses\n",
	      out);
	for (u32 i = 0; i < r->ndevices; i++) {
		const struct device *d = r->device[i];

		for (u32 k = 0; k < d->nengines; k++) {
			const struct engine_acc *e = &d->engine[k];

			fprintf(out, "%s,%u,%llu,%llu,%llu,%.0f,%.4f,%llu,%llu\n", dsa_name(d->dsa),
				k, e->descriptors, e->batches, e->bytes, report_rate(r, e->bytes),
				(double)e->resident / (double)report_ps(r),
				report_mean(e->resident, e->descriptors), e->devtlb_misses);
		}
	}
}

static void devices(const struct report *r, FILE *out)
{
	fputs("device,accepted,fetched,completed,abandoned,in_flight,retried,dropped,records,"
	      "interrupts,errors,faults,batches,bytes_read,bytes_written\n",
	      out);
	for (u32 i = 0; i < r->ndevices; i++) {
		const struct device *d = r->device[i];
		const struct dsa_totals *t = &d->total, *b = &d->base;

		fprintf(out,
			"%s,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,"
			"%llu\n",
			dsa_name(d->dsa), t->accepted - b->accepted, t->fetched - b->fetched,
			t->completed - b->completed, t->abandoned - b->abandoned, t->in_flight,
			t->retried - b->retried, t->dropped - b->dropped, t->records - b->records,
			t->interrupts - b->interrupts, t->errors - b->errors, t->faults - b->faults,
			t->batches - b->batches, t->bytes_read - b->bytes_read,
			t->bytes_written - b->bytes_written);
	}
}

static void resources(const struct report *r, FILE *out)
{
	fputs("resource,what,units,requests,busy_ps,wait_ps,bytes,utilisation\n", out);
	for (u32 i = 0; i < r->nusages; i++) {
		const struct usage *u = &r->usage[i];

		field(out, u->name);
		fputc(',', out);
		field(out, u->what);
		fprintf(out, ",%u,%llu,%llu,%llu,%llu,%.6f\n", u->units, u->value.count,
			u->value.busy, u->value.wait, u->value.bytes, u->share);
	}
}

static void counters(const struct report *r, FILE *out)
{
	fputs("instance,counter,unit,value\n", out);
	for (u32 i = 0; i < r->ncounters; i++) {
		const struct counter *c = &r->counter[i];

		field(out, c->instance);
		fprintf(out, ",%s,%s,%llu\n", c->def->name, c->def->unit, c->value);
	}
}

static void statuses(const struct report *r, FILE *out)
{
	fputs("device,status,name,descriptors\n", out);
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 s = 0; s < 256; s++) {
			const struct device *d = r->device[i];

			if (!d->status[s])
				continue;
			fprintf(out, "%s,0x%02x,", dsa_name(d->dsa), s);
			field(out, report_status_name((u8)s));
			fprintf(out, ",%llu\n", d->status[s]);
		}
}

static void operations(const struct report *r, FILE *out)
{
	fputs("device,opcode,name,descriptors,bytes,mean_ps\n", out);
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 o = 0; o < 256; o++) {
			const struct device *d = r->device[i];

			if (!d->op[o].count)
				continue;
			fprintf(out, "%s,0x%02x,%s,%llu,%llu,%llu\n", dsa_name(d->dsa), o,
				report_op_name((u8)o), d->op[o].count, d->op[o].bytes,
				report_mean(d->op[o].time, d->op[o].count));
		}
}

/* The distribution of unit latencies: at most this long, so many units, this share of all. */
static void latency(const struct report *r, FILE *out)
{
	const struct sim_hist *h = &r->work.latency;
	u64 seen = 0;

	fputs("latency_ps,units,cumulative\n", out);
	for (u32 i = h->first; h->count && i <= h->last; i++) {
		u64 high;

		if (!h->bucket[i])
			continue;
		seen += h->bucket[i];
		high = sim_hist_bucket_low(i + 1) - 1;
		fprintf(out, "%llu,%llu,%.6f\n", high < h->max ? high : h->max, h->bucket[i],
			(double)seen / (double)h->count);
	}
}

static void series(const struct report *r, FILE *out)
{
	const struct series *s = &r->series;

	fputs("start_ps,end_ps,units,descriptors,bytes,mean_latency_ps\n", out);
	for (u32 i = 0; i < s->used; i++)
		fprintf(out, "%llu,%llu,%llu,%llu,%llu,%llu\n", (u64)i << s->shift,
			(u64)(i + 1) << s->shift, s->bin[i].units, s->bin[i].descriptors,
			s->bin[i].bytes, report_mean(s->bin[i].latency, s->bin[i].units));
}

const struct table report_tables[] = {
	{"clients.csv", false, clients},
	{"tenants.csv", false, tenants},
	{"guests.csv", true, guests},
	{"vdevs.csv", true, vdevs},
	{"wqs.csv", false, wqs},
	{"engines.csv", false, engines},
	{"devices.csv", false, devices},
	{"resources.csv", false, resources},
	{"counters.csv", false, counters},
	{"statuses.csv", false, statuses},
	{"operations.csv", false, operations},
	{"latency.csv", false, latency},
	{"series.csv", false, series},
	{NULL, false, NULL},
};
