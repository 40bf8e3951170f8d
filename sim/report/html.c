// SPDX-License-Identifier: GPL-2.0
/* report.html: the run in one file, without scripts and without anything from elsewhere. */
#include <string.h>

#include "sim/report/format.h"
#include "sim/report/html.h"

/* Light, dark by the reader's wish, always light on paper. Colours keep their order of brightness
 * apart. */
static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--rule:#d0d7de;"
	"--soft:#f3f5f8;--main:#1f6feb;--fill:#1f6feb33;--warn:#b42318;--in:#fff;"
	"--k0:#6e7781;--k1:#9a6700;--k2:#8250df;--k3:#0a65c2;--k4:#1a7f37;--k5:#b42318;"
	"--k6:#0b7a86;--k7:#a0528a;--busy:#5b6b7c}\n"
	"@media (prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6edf3;--dim:#9aa6b2;"
	"--rule:#39424d;--soft:#1d232a;--main:#6cb0ff;--fill:#6cb0ff33;--warn:#ff8f85;"
	"--in:#0d1117;--k0:#aab4bf;--k1:#e3b341;--k2:#c4a3ff;--k3:#6cb0ff;--k4:#5fd07a;"
	"--k5:#ff8f85;--k6:#4fc4cf;--k7:#e39ad0;--busy:#8fa3b8}}\n"
	"body{margin:0 auto;max-width:1000px;padding:24px "
	"20px;background:var(--bg);color:var(--fg);"
	"font:15px/1.45 system-ui,sans-serif}\n"
	"h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:30px 0 8px}p{margin:6px 0}\n"
	".dim{color:var(--dim)}.warn{color:var(--warn);font-weight:600}\n"
	".limit{border-left:4px solid var(--main);padding:6px 12px;background:var(--soft);"
	"margin:14px 0}\n"
	".figures{display:flex;flex-wrap:wrap;gap:10px;margin:14px 0}\n"
	".figures div{background:var(--soft);border-radius:6px;padding:8px 14px;flex:1 1 120px}\n"
	".figures b{display:block;font-size:20px;white-space:nowrap}\n"
	"svg{display:block;max-width:100%;height:auto;margin:4px 0}\n"
	"svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .name{fill:var(--dim)}\n"
	"svg .mid{text-anchor:middle}svg .end{text-anchor:end}svg .in{fill:var(--in)}\n"
	"svg .grid{stroke:var(--rule);stroke-width:1}svg .axis{stroke:var(--dim);fill:none}\n"
	"svg .fill{fill:var(--fill);stroke:var(--main);stroke-width:1.2}svg .hit{fill:none;"
	"pointer-events:all}svg .hit:hover{fill:var(--fill)}\n"
	"svg .line{fill:none;stroke-width:2}svg .mark{fill:var(--main)}\n"
	"svg .c0{stroke:var(--k3)}svg .c1{stroke:var(--k5)}svg .c2{stroke:var(--k4)}"
	"svg .c3{stroke:var(--k2)}svg .c4{stroke:var(--k1)}svg .c5{stroke:var(--k0)}"
	"svg .c9{stroke:var(--fg);stroke-dasharray:5 3}\n"
	"svg .p0{fill:var(--k0)}svg .p1{fill:var(--k1)}svg .p2{fill:var(--k2)}"
	"svg .p3{fill:var(--k3)}svg .p4{fill:var(--k4)}svg .p5{fill:var(--k5)}"
	"svg .p6{fill:var(--k6)}svg .p7{fill:var(--k7)}svg "
	"rect[class^=p]{stroke:var(--bg);stroke-width:1}\n"
	"svg .busy{fill:var(--busy)}svg .limit{fill:var(--k5)}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-size:12.5px;width:100%}\n"
	"th,td{text-align:right;padding:3px 6px;border-bottom:1px solid var(--rule);"
	"white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	"th{color:var(--dim);font-weight:600}th:first-child,td:first-child,.l{text-align:left}\n"
	"summary{cursor:pointer;color:var(--dim);margin:6px 0}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--rule:#bbb;--soft:#f3f5f8;"
	"--main:#1f6feb;--fill:#1f6feb33;--warn:#b42318;--in:#fff;--k0:#6e7781;--k1:#9a6700;"
	"--k2:#8250df;--k3:#0a65c2;--k4:#1a7f37;--k5:#b42318;--k6:#0b7a86;--k7:#a0528a;--busy:#"
	"5b6b7c}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
	"body{max-width:none;padding:0;font-size:11pt}svg,tr,.figures,.limit{break-inside:avoid}"
	"h2{break-after:avoid}.wide{overflow:visible}table{font-size:8.5pt}"
	"th,td{padding:2px 4px}}\n";

void html_text(FILE *out, const char *text)
{
	for (text = report_text(text); *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* Control characters are no part of a page. */
			fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
		}
	}
}

void html_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

/* ---- Tenants ---- */

static void tenant_row(FILE *out, const struct report *r, const struct tenant *t)
{
	const struct sim_hist *h = &t->work.latency;

	fputs("<tr>", out);
	html_cell(out, t->name);
	html_cell(out, text_count(t->clients).s);
	html_cell(out, text_count(t->work.units).s);
	html_cell(out, text_bytes(t->work.bytes).s);
	html_cell(out, text_rate(report_rate(r, t->work.bytes), "B/s").s);
	html_cell(out, text_percent(report_share(t->work.bytes, r->work.bytes)).s);
	html_cell(out, text_time(h->bucket ? sim_hist_mean(h) : 0).s);
	html_cell(out, text_time(h->bucket ? sim_hist_percentile(h, 5000) : 0).s);
	html_cell(out, text_time(h->bucket ? sim_hist_percentile(h, 9900) : 0).s);
	html_cell(out, text_time(h->max).s);
	html_cell(out, text_count(t->work.errors).s);
	html_cell(out, text_count(t->work.retries).s);
	html_cell(out, text_count(t->work.faults).s);
	html_cell(out, text_count(t->work.repairs).s);
	fputs("</tr>\n", out);
}

static void tenant_table(FILE *out, const struct report *r)
{
	fputs("<h2>Tenants</h2>\n<div class=\"wide\"><table id=\"tenants\"><tr><th>tenant</th>"
	      "<th>clients</th><th>units</th><th>bytes</th><th>throughput</th><th>share</th>"
	      "<th>mean</th><th>p50</th><th>p99</th><th>max</th><th>errors</th><th>retries</th>"
	      "<th>faults</th><th>repairs</th></tr>\n",
	      out);
	for (u32 i = 0; i < r->ntenants; i++)
		tenant_row(out, r, &r->tenant[i]);
	fputs("</table></div>\n", out);
}

/* ---- Tables ---- */

static void queue_table(FILE *out, const struct report *r)
{
	fputs("<h2>Work queues</h2>\n<div class=\"wide\"><table id=\"queues\"><tr><th>queue</th>"
	      "<th class=\"l\">mode</th><th>size</th><th>group</th><th>submitted</th><th>members"
	      "</th><th>throughput</th><th>mean depth</th><th>peak</th><th>retries</th>"
	      "<th>drops</th><th>p50</th><th>p99</th></tr>\n",
	      out);
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 k = 0; k < r->device[i]->nwqs; k++) {
			const struct wq_acc *q = &r->device[i]->wq[k];
			const struct sim_hist *h = &q->latency;

			if (!q->configured && !q->direct && !q->members && !q->retries && !q->drops)
				continue;
			fprintf(out, "<tr><td>%s.wq%u ", dsa_name(r->device[i]->dsa), k);
			html_text(out, q->name);
			fprintf(out, "</td><td class=\"l\">%s</td><td>%u</td><td>%u</td>",
				!q->configured ? ""
				: q->shared    ? "shared"
					       : "dedicated",
				q->size, q->group);
			html_cell(out, text_count(q->direct).s);
			html_cell(out, text_count(q->members).s);
			html_cell(out, text_rate(report_rate(r, q->bytes), "B/s").s);
			fprintf(out, "<td>%.2f</td><td>%llu</td>",
				(double)q->depth.area_lo / (double)report_ps(r), q->depth.peak);
			html_cell(out, text_count(q->retries).s);
			html_cell(out, text_count(q->drops).s);
			html_cell(out, text_time(h->bucket ? sim_hist_percentile(h, 5000) : 0).s);
			html_cell(out, text_time(h->bucket ? sim_hist_percentile(h, 9900) : 0).s);
			fputs("</tr>\n", out);
		}
	fputs("</table></div>\n", out);
}

static void resource_table(FILE *out, const struct report *r)
{
	fputs("<details><summary>All resources</summary><div class=\"wide\"><table><tr>"
	      "<th>resource</th><th>busy</th><th>units</th><th>requests</th><th>mean wait</th>"
	      "<th class=\"l\">what</th></tr>\n",
	      out);
	for (u32 i = 0; i < r->nusages; i++) {
		const struct usage *u = &r->usage[i];

		if (!u->value.count && !u->value.busy)
			continue;
		fputs("<tr>", out);
		html_cell(out, u->name);
		html_cell(out, text_percent(u->share).s);
		html_cell(out, text_count(u->units).s);
		html_cell(out, text_count(u->value.count).s);
		html_cell(out, text_time(report_mean(u->value.wait, u->value.count)).s);
		fputs("<td class=\"l\">", out);
		html_text(out, u->what);
		fputs("</td></tr>\n", out);
	}
	fputs("</table></div></details>\n", out);
}

static void cache_table(FILE *out, const struct report *r)
{
	fputs("<h2>Caches</h2>\n<div class=\"wide\"><table id=\"caches\"><tr><th>cache</th>"
	      "<th>hits</th><th>lookups</th></tr>\n",
	      out);
	for (u32 i = 0; i < r->ncaches; i++) {
		const struct cache *c = &r->cache[i];

		if (!c->lookups)
			continue;
		fputs("<tr><td>", out);
		html_text(out, c->instance);
		fprintf(out, ".%.*s</td>", (int)c->name_len, c->name);
		html_cell(out, text_percent(report_share(c->hits, c->lookups)).s);
		html_cell(out, text_count(c->lookups).s);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void status_table(FILE *out, const struct report *r)
{
	fputs("<h2>Completion status</h2>\n<div class=\"wide\"><table id=\"statuses\"><tr>"
	      "<th>device</th><th class=\"l\">status</th><th>descriptors</th></tr>\n",
	      out);
	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 s = 0; s < 256; s++) {
			if (!r->device[i]->status[s])
				continue;
			fputs("<tr>", out);
			html_cell(out, dsa_name(r->device[i]->dsa));
			fprintf(out, "<td class=\"l\">0x%02x %s</td>", s,
				report_status_name((u8)s));
			html_cell(out, text_count(r->device[i]->status[s]).s);
			fputs("</tr>\n", out);
		}
	fputs("</table></div>\n", out);
}

/* ---- The page ---- */

static void list(FILE *out, const struct text_list *l, const char *what, const char *class)
{
	if (!l->count)
		return;
	fprintf(out, "<p class=\"%s\">%s %s</p>\n<ul>\n", class, text_count(l->count).s, what);
	for (u32 i = 0; i < l->kept && i < LIST_SHOWN; i++) {
		fputs("<li>", out);
		html_text(out, l->text[i]);
		fputs("</li>\n", out);
	}
	if (l->count > LIST_SHOWN)
		fprintf(out, "<li>and %s more</li>\n", text_count(l->count - LIST_SHOWN).s);
	fputs("</ul>\n", out);
}

static void checks(FILE *out, const struct report *r)
{
	fputs("<h2>Checks</h2>\n", out);
	if (!report_checks_failed(r))
		fprintf(out, "<p id=\"checks\">All hold%s.</p>\n",
			r->cfg.no_conservation ? "; conservation was not checked" : "");
	list(out, &r->failed, "books that do not balance", "warn");
	list(out, &r->corrupt, "destinations with wrong data", "warn");
	list(out, &r->violations, "violations found by the checkers", "warn");
	list(out, &r->mismatches, "rows of the trace ended otherwise than recorded", "dim");
	list(out, &r->notes, "notes", "dim");
}

static void figure(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<div><span class=\"dim\">%s</span><b>%s</b></div>\n", name, value);
}

static void head(FILE *out, const struct report *r)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	      out);
	html_text(out, r->cfg.name);
	fputs(" - dsasim</title>\n<style>\n", out);
	fputs(style, out);
	fputs("</style></head><body>\n<h1>", out);
	html_text(out, r->cfg.name);
	fputs("</h1>\n<p class=\"dim\">", out);
	html_text(out, r->cfg.scenario);
	fputs(" on ", out);
	html_text(out, r->cfg.platform);
	if (r->cfg.trace) {
		fputs(", trace ", out);
		html_text(out, r->cfg.trace);
	}
	fprintf(out, ", data mode %s, seed %llu; %s of virtual time, measured from %s</p>\n",
		report_text(r->cfg.data_mode), r->cfg.seed, text_time(report_ps(r)).s,
		text_time(r->start).s);
	fputs("<p class=\"limit\" id=\"limit\"><b>Limited by</b> ", out);
	html_text(out, r->limit);
	fputs("</p>\n<div class=\"figures\">\n", out);
	figure(out, "throughput", text_rate(report_rate(r, r->work.bytes), "B/s").s);
	figure(out, "descriptors/s", text_rate(report_rate(r, r->work.descriptors), "").s);
	figure(out, "mean latency",
	       text_time(r->work.units ? sim_hist_mean(&r->work.latency) : 0).s);
	figure(out, "p99",
	       text_time(r->work.units ? sim_hist_percentile(&r->work.latency, 9900) : 0).s);
	figure(out, "units", text_count(r->work.units).s);
	figure(out, "errors", text_count(r->work.errors).s);
	fputs("</div>\n", out);
}

int report_html(const struct report *r, FILE *out)
{
	head(out, r);
	if (r->work.units) {
		fputs("<h2>Throughput over time</h2>\n", out);
		html_plot_throughput(out, r);
		html_plot_latency(out, r);
		fputs("<h2>Latency</h2>\n", out);
		html_plot_cdf(out, r, r->tenant, r->ntenants);
	}
	if (r->work.staged) {
		fputs("<h2>Where the time of a unit goes</h2>\n", out);
		html_plot_stages(out, r, r->tenant, r->ntenants);
	}
	if (r->time_sum) {
		fputs("<h2>Where the clients' time goes</h2>\n", out);
		html_plot_time(out, r, r->tenant, r->ntenants);
	}
	fputs("<h2>Resources</h2>\n", out);
	html_plot_resources(out, r);
	resource_table(out, r);
	tenant_table(out, r);
	html_guests(out, r);
	queue_table(out, r);
	cache_table(out, r);
	status_table(out, r);
	checks(out, r);
	fputs("</body></html>\n", out);
	return 0;
}
