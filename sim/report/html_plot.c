// SPDX-License-Identifier: GPL-2.0
/* Plots of the HTML report: inline SVG whose colours are the page's. */
#include <math.h>
#include <string.h>

#include "sim/report/format.h"
#include "sim/report/html.h"

#define WIDTH 920.0

enum unit { UNIT_PS, UNIT_RATE, UNIT_SHARE };

struct axis {
	double min, max; /* of the data; log: both > 0 */
	bool log;
	enum unit unit;
	const char *name;
};

/* A plot area in the coordinates of its SVG. */
struct area {
	FILE *out;
	double left, top, width, height;
	struct axis x, y;
};

static double place(const struct axis *a, double v)
{
	if (a->log)
		return (log10(v) - log10(a->min)) / (log10(a->max) - log10(a->min));
	return (v - a->min) / (a->max - a->min);
}

static double at_x(const struct area *p, double v)
{
	return p->left + p->width * place(&p->x, v);
}

static double at_y(const struct area *p, double v)
{
	return p->top + p->height * (1 - place(&p->y, v));
}

/* ---- Numbers at the axes ---- */

static const struct {
	double scale;
	const char *name;
} time_units[] = {{1, "ps"}, {1e3, "ns"}, {1e6, "us"}, {1e9, "ms"}, {1e12, "s"}},
  rate_units[] = {{1, "B/s"}, {1e3, "kB/s"}, {1e6, "MB/s"}, {1e9, "GB/s"}, {1e12, "TB/s"}};

static void number(char *buf, size_t len, enum unit unit, double v)
{
	u32 i = 0;

	if (unit == UNIT_SHARE) {
		snprintf(buf, len, "%.6g %%", v * 100);
	} else if (v == 0) {
		snprintf(buf, len, "0");
	} else if (unit == UNIT_PS) {
		while (i < 4 && v >= time_units[i + 1].scale * 0.9995)
			i++;
		snprintf(buf, len, "%.6g %s", v / time_units[i].scale, time_units[i].name);
	} else {
		while (i < 4 && v >= rate_units[i + 1].scale * 0.9995)
			i++;
		snprintf(buf, len, "%.6g %s", v / rate_units[i].scale, rate_units[i].name);
	}
}

/* A step of 1, 2 or 5 times a power of ten that divides @range into at most @most parts. */
static double step_of(double range, u32 most)
{
	double raw = range / most, power = pow(10, floor(log10(raw)));
	double lead = raw / power;

	return power * (lead <= 1.0001 ? 1 : lead <= 2.0001 ? 2 : lead <= 5.0001 ? 5 : 10);
}

static void tick_x(const struct area *p, double v)
{
	char text[40];
	double x = at_x(p, v);

	number(text, sizeof(text), p->x.unit, v);
	fprintf(p->out,
		"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
		"<text class=\"num mid\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		x, p->top, x, p->top + p->height, x, p->top + p->height + 16, text);
}

static void tick_y(const struct area *p, double v)
{
	char text[40];
	double y = at_y(p, v);

	number(text, sizeof(text), p->y.unit, v);
	fprintf(p->out,
		"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
		"<text class=\"num end\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		p->left, y, p->left + p->width, y, p->left - 6, y + 4, text);
}

static void ticks(const struct area *p, const struct axis *a, u32 most,
		  void (*tick)(const struct area *p, double v))
{
	static const double lead[] = {1, 2, 5};

	if (!a->log) {
		double step = step_of(a->max - a->min, most);

		for (double i = ceil(a->min / step - 1e-9) + 0.0; i * step <= a->max * (1 + 1e-9);
		     i++)
			tick(p, i * step + 0.0);
		return;
	}
	for (double power = floor(log10(a->min)); power <= log10(a->max); power++)
		for (u32 k = 0; k < (log10(a->max) - log10(a->min) > 3 ? 1 : 3); k++) {
			double v = lead[k] * pow(10, power);

			if (v >= a->min && v <= a->max)
				tick(p, v);
		}
}

static void open_svg(FILE *out, const char *id, double height, const char *what)
{
	fprintf(out,
		"<svg id=\"%s\" role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %.0f %.0f\" "
		"width=\"%.0f\" height=\"%.0f\">\n",
		id, what, WIDTH, height, WIDTH, height);
}

static void axes(const struct area *p)
{
	ticks(p, &p->x, 8, tick_x);
	ticks(p, &p->y, 5, tick_y);
	fprintf(p->out,
		"<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>"
		"<text class=\"name mid\" x=\"%.1f\" y=\"%.1f\">%s</text>"
		"<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		p->left, p->top, p->top + p->height, p->left + p->width, p->left + p->width / 2,
		p->top + p->height + 34, p->x.name, p->left - 60, p->top - 14, p->y.name);
}

/* ---- Over time ---- */

static double bin_rate(const struct report *r, u32 i)
{
	u64 width = 1ull << r->series.shift, from = (u64)i << r->series.shift;

	/* The last bin ends where the interval does. */
	if (from + width > report_ps(r))
		width = report_ps(r) > from ? report_ps(r) - from : 1;
	/* A tail shorter than a tenth of a bin says nothing: what it has came in the whole bin. */
	if (width < (1ull << r->series.shift) / 10)
		width = 1ull << r->series.shift;
	return (double)r->series.bin[i].bytes * 1e12 / (double)width;
}

static double bin_latency(const struct report *r, u32 i)
{
	return (double)report_mean(r->series.bin[i].latency, r->series.bin[i].units);
}

static void over_time(FILE *out, const struct report *r, const char *id, const char *name,
		      const char *what, enum unit unit,
		      double (*value)(const struct report *r, u32 i))
{
	const struct series *s = &r->series;
	struct area p = {.out = out, .left = 84, .top = 28, .width = WIDTH - 110, .height = 170};
	double top = 0, end;

	for (u32 i = 0; i < s->used; i++)
		top = fmax(top, value(r, i));
	if (top <= 0)
		return;
	end = fmax((double)report_ps(r), 1);
	p.x = (struct axis){0, end, false, UNIT_PS,
			    "virtual time since the measured interval began"};
	p.y = (struct axis){0, top * 1.05, false, unit, name};
	open_svg(out, id, 240, what);
	axes(&p);
	fprintf(out, "<path class=\"fill\" d=\"M%.1f %.1f", p.left, p.top + p.height);
	for (u32 i = 0; i < s->used; i++)
		fprintf(out, "V%.1fH%.1f", at_y(&p, value(r, i)),
			at_x(&p, fmin((double)((u64)(i + 1) << s->shift), end)));
	fprintf(out, "V%.1fZ\"/>\n", p.top + p.height);
	for (u32 i = 0; i < s->used; i++) {
		double from = fmin((double)((u64)i << s->shift), end), to;

		to = fmin((double)((u64)(i + 1) << s->shift), end);
		fprintf(out,
			"<rect class=\"hit\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\">"
			"<title>%s: ",
			at_x(&p, from), p.top, at_x(&p, to) - at_x(&p, from), p.height,
			text_time((u64)from).s);
		fprintf(out, "%s, %s, %s units</title></rect>\n",
			text_rate(bin_rate(r, i), "B/s").s,
			text_time(report_mean(s->bin[i].latency, s->bin[i].units)).s,
			text_count(s->bin[i].units).s);
	}
	fputs("</svg>\n", out);
}

void html_plot_throughput(FILE *out, const struct report *r)
{
	over_time(out, r, "throughput", "throughput", "Throughput over time", UNIT_RATE, bin_rate);
}

void html_plot_latency(FILE *out, const struct report *r)
{
	over_time(out, r, "latency", "mean latency", "Mean latency over time", UNIT_PS,
		  bin_latency);
}

/* ---- Latency distribution ---- */

static void cdf_line(const struct area *p, const struct sim_hist *h, u32 colour, const char *name)
{
	u64 seen = 0;

	fprintf(p->out, "<path class=\"line c%u\" d=\"M%.1f %.1f", colour,
		at_x(p, fmax((double)h->min, 1)), p->top + p->height);
	for (u32 i = h->first; i <= h->last; i++) {
		u64 low = sim_hist_bucket_low(i), high = sim_hist_bucket_low(i + 1) - 1;

		if (!h->bucket[i])
			continue;
		low = low > h->min ? low : h->min;
		high = high < h->max ? high : h->max;
		/* Flat to where the bucket begins. */
		fprintf(p->out, "H%.1f", at_x(p, fmax((double)low, 1)));
		seen += h->bucket[i];
		fprintf(p->out, "L%.1f %.1f", at_x(p, fmax((double)high, 1)),
			at_y(p, (double)seen / (double)h->count));
	}
	fputs("\"><title>", p->out);
	html_text(p->out, name);
	fputs("</title></path>\n", p->out);
}

static void cdf_marks(const struct area *p, const struct sim_hist *h)
{
	static const struct {
		u32 permyriad;
		const char *name;
	} marks[] = {{5000, "p50"}, {9000, "p90"}, {9900, "p99"}, {9990, "p99.9"}};

	for (u32 i = 0; i < 4; i++) {
		u64 v = sim_hist_percentile(h, marks[i].permyriad);
		double x = at_x(p, fmax((double)v, 1)), y = at_y(p, marks[i].permyriad / 10000.0);

		fprintf(p->out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", x, y);
		/* The upper three lie close together: their texts go below each other. */
		fprintf(p->out, "<text class=\"num halo\" x=\"%.1f\" y=\"%.1f\">%s %s</text>\n",
			p->left + p->width + 8, p->top + 14 + 18 * (3 - i), marks[i].name,
			text_time(v).s);
	}
}

void html_plot_cdf(FILE *out, const struct report *r, const struct tenant *t, u32 n)
{
	const struct sim_hist *h = &r->work.latency;
	struct area p = {.out = out, .left = 84, .top = 28, .width = WIDTH - 260, .height = 220};
	u32 lines = n > 1 && n <= PLOT_LINES ? n : 0;

	if (!h->count)
		return;
	p.x = (struct axis){fmax((double)h->min, 1) / 1.1, fmax((double)h->max, 1) * 1.1, true,
			    UNIT_PS, "latency of a unit"};
	if (p.x.max < 1.6 * p.x.min)
		p.x.log = false;
	p.y = (struct axis){0, 1.02, false, UNIT_SHARE, "units at most so long"};
	open_svg(out, "cdf", 290, "Latency distribution");
	axes(&p);
	for (u32 i = 0; i < lines; i++) {
		if (!t[i].work.latency.bucket || !t[i].work.latency.count)
			continue;
		cdf_line(&p, &t[i].work.latency, i, t[i].name);
		fprintf(out,
			"<path class=\"line c%u\" d=\"M%.1f %.1fh18\"/>"
			"<text class=\"num\" x=\"%.1f\" y=\"%.1f\">",
			i, p.left + p.width + 8, p.top + 110 + 18 * i, p.left + p.width + 32,
			p.top + 114 + 18 * i);
		html_text(out, t[i].name);
		fputs("</text>\n", out);
	}
	cdf_line(&p, h, lines ? 9 : 0, "all units");
	cdf_marks(&p, h);
	fputs("</svg>\n", out);
}

/* ---- Stacked bars ---- */

struct bars {
	FILE *out;
	const char *id, *what;
	u32 parts;
	const char *(*part_name)(u32 part);
	bool share; /* of the row's sum, else as they are */
	double max; /* of the rows' sums */
};

static const char *stage_part(u32 s)
{
	return stage_names[s].name;
}

static const char *time_part(u32 k)
{
	return time_names[k];
}

static void legend(const struct bars *b, const u64 *sum)
{
	double x = 150;

	for (u32 k = 0; k < b->parts; k++) {
		if (!sum[k])
			continue;
		fprintf(b->out,
			"<rect class=\"p%u\" x=\"%.1f\" y=\"6\" width=\"12\" height=\"12\"/>"
			"<text class=\"num\" x=\"%.1f\" y=\"16\">%s</text>\n",
			k, x, x + 17, b->part_name(k));
		x += 38 + 6.4 * (double)strlen(b->part_name(k));
	}
}

/* One row: its parts are @sum[k] / @count. */
static void bar_row(const struct bars *b, double y, const char *name, const u64 *sum, u64 count)
{
	double left = 150, width = WIDTH - 250, x = left, total = 0;

	for (u32 k = 0; k < b->parts; k++)
		total += (double)sum[k];
	if (total <= 0 || !count)
		return;
	fprintf(b->out, "<text class=\"num end\" x=\"%.1f\" y=\"%.1f\">", left - 8, y + 16);
	html_text(b->out, name);
	fputs("</text>\n", b->out);
	for (u32 k = 0; k < b->parts; k++) {
		double w = width * (double)sum[k] / (b->share ? total : b->max * (double)count);
		struct text share = text_percent((double)sum[k] / total);

		if (!sum[k])
			continue;
		fprintf(b->out,
			"<rect class=\"p%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"22\">"
			"<title>%s %s, %s</title></rect>\n",
			k, x, y, w, b->part_name(k), text_time(sum[k] / count).s, share.s);
		if (w > 52)
			fprintf(b->out, "<text class=\"in mid\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
				x + w / 2, y + 15.5,
				b->share ? share.s : text_time(sum[k] / count).s);
		x += w;
	}
	if (!b->share)
		fprintf(b->out, "<text class=\"num\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + 8,
			y + 16, text_time((u64)(total / (double)count)).s);
}

void html_plot_stages(FILE *out, const struct report *r, const struct tenant *t, u32 n)
{
	struct bars b = {.out = out, .id = "stages", .parts = STAGE_COUNT, .part_name = stage_part};
	u32 rows = 0;
	double y = 30;

	if (!r->work.staged || !r->work.staged_latency)
		return;
	b.max = (double)r->work.staged_latency / (double)r->work.staged;
	n = n > 1 ? n : 0;
	for (u32 i = 0; i < n && rows < PLOT_TENANTS; i++)
		if (t[i].work.staged) {
			b.max = fmax(b.max,
				     (double)t[i].work.staged_latency / (double)t[i].work.staged);
			rows++;
		}
	open_svg(out, b.id, 64 + 28 * rows, "Mean time of a unit by stage");
	legend(&b, r->work.stage);
	bar_row(&b, y, "all units", r->work.stage, r->work.staged);
	for (u32 i = 0; i < n && rows; i++) {
		if (!t[i].work.staged)
			continue;
		bar_row(&b, y += 28, t[i].name, t[i].work.stage, t[i].work.staged);
		rows--;
	}
	fputs("</svg>\n", out);
}

void html_plot_time(FILE *out, const struct report *r, const struct tenant *t, u32 n)
{
	struct bars b = {.out = out,
			 .id = "time",
			 .parts = REPORT_TIME_COUNT,
			 .part_name = time_part,
			 .share = true};
	double y = 30;

	if (!r->time_sum)
		return;
	n = n > 1 ? n < PLOT_TENANTS ? n : PLOT_TENANTS : 0;
	open_svg(out, b.id, 64 + 28 * n, "Where the clients' time goes");
	legend(&b, r->work.time);
	bar_row(&b, y, "all clients", r->work.time, 1);
	for (u32 i = 0; i < n; i++)
		bar_row(&b, y += 28, t[i].name, t[i].work.time, 1);
	fputs("</svg>\n", out);
}

/* ---- Resources ---- */

#define PLOT_RESOURCES 12u

void html_plot_resources(FILE *out, const struct report *r)
{
	double left = 250, width = WIDTH - 400, y = 8;
	u32 rows = 0;

	for (u32 i = 0; i < r->nusages && rows < PLOT_RESOURCES; i++)
		rows += r->usage[i].value.count || r->usage[i].value.busy;
	if (!rows)
		return;
	open_svg(out, "resources", 34 + 24 * rows, "Utilisation of resources");
	for (u32 k = 0; k <= 4; k++)
		fprintf(out,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"4\" x2=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"num mid\" x=\"%.1f\" y=\"%.1f\">%u %%</text>\n",
			left + width * k / 4, left + width * k / 4, 12 + 24.0 * rows,
			left + width * k / 4, 28 + 24.0 * rows, 25 * k);
	for (u32 i = 0; i < r->nusages && rows; i++) {
		const struct usage *u = &r->usage[i];

		if (!u->value.count && !u->value.busy)
			continue;
		fprintf(out, "<text class=\"num end\" x=\"%.1f\" y=\"%.1f\">", left - 8, y + 14);
		html_text(out, u->name);
		fprintf(out,
			"</text><rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" "
			"height=\"18\"><title>",
			r->limit_resource && !strcmp(u->name, r->limit_resource) ? "limit" : "busy",
			left, y, width * fmin(u->share, 1));
		html_text(out, u->what);
		fprintf(out, "</title></rect><text class=\"num\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			left + width + 8, y + 14, text_percent(u->share).s);
		y += 24;
		rows--;
	}
	fputs("</svg>\n", out);
}
