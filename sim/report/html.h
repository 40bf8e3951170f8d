/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of the HTML report: texts, and plots as inline SVG. Private to sim/report. */
#ifndef SIM_REPORT_HTML_H
#define SIM_REPORT_HTML_H

#include <stdio.h>

#include "sim/report/report_priv.h"

/* @text with what HTML gives a meaning replaced. NULL is "". */
void html_text(FILE *out, const char *text);

/* A cell of a table. */
void html_cell(FILE *out, const char *text);

/* Each writes one <svg>; @r is finished. Nothing comes where there is nothing to show. */
void html_plot_throughput(FILE *out, const struct report *r);
void html_plot_latency(FILE *out, const struct report *r);
void html_plot_cdf(FILE *out, const struct report *r, const struct tenant *t, u32 n);
void html_plot_stages(FILE *out, const struct report *r, const struct tenant *t, u32 n);
void html_plot_time(FILE *out, const struct report *r, const struct tenant *t, u32 n);
void html_plot_resources(FILE *out, const struct report *r);

/* html_guests.c: what left the guests' fast path; nothing without guests. */
void html_guests(FILE *out, const struct report *r);

/* Tenants that a plot shows, at most; the tables have them all. */
#define PLOT_TENANTS 16u
/* Lines in one plot, at most. */
#define PLOT_LINES 6u

#endif
