// SPDX-License-Identifier: GPL-2.0
/* The guests in the HTML report: exits by what was touched, at start-up and in the steady state. */
#include "sim/report/format.h"
#include "sim/report/html.h"

#define GUESTS_SHOWN 64u

static void count(FILE *out, u64 n)
{
	html_cell(out, text_count(n).s);
}

static void steady_line(FILE *out, const struct report *r)
{
	struct guests_steady s;

	guests_steady(r, &s);
	fprintf(out, "<p id=\"steady\">Steady state: %s descriptors, ",
		text_count(s.descriptors).s);
	guests_say_steady(&s, out);
	fputs(".</p>\n", out);
}

static void guest_table(FILE *out, const struct report *r)
{
	const struct guest_count *c;

	fputs("<div class=\"wide\"><table id=\"guests\"><tr><th>guest</th>"
	      "<th class=\"l\">home</th><th class=\"l\">memory</th><th class=\"l\">interrupts</th>"
	      "<th>devices</th><th>start-up exits</th><th>steady descriptors</th>",
	      out);
	for (c = guest_vm_counts; c->name; c++)
		fprintf(out, "<th title=\"%s, steady state\">%s</th>", c->what, c->name);
	fputs("</tr>\n", out);
	for (u32 i = 0; i < r->nguests && i < GUESTS_SHOWN; i++) {
		const struct guest *g = r->guest[i];

		fputs("<tr>", out);
		html_cell(out, g->name);
		fprintf(out,
			"<td class=\"l\">%s</td><td class=\"l\">%s %s</td><td class=\"l\">%s</td>",
			g->cfg.home, text_bytes(g->cfg.memory).s, g->cfg.memory_mode,
			g->cfg.interrupts);
		count(out, g->cfg.nvdevs);
		count(out, guest_count(&guest_vm_counts[0], &g->startup.vm));
		count(out, g->descriptors);
		for (c = guest_vm_counts; c->name; c++)
			count(out, guest_steady(g, c));
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void vdev_table(FILE *out, const struct report *r)
{
	const struct guest_count *c;

	fputs("<details><summary>Traps of each virtual device: start-up, steady state</summary>"
	      "<div class=\"wide\"><table id=\"vdevs\"><tr><th>guest</th><th>device</th>"
	      "<th class=\"l\">type</th><th class=\"l\">queues</th>",
	      out);
	for (c = guest_trap_counts; c->name; c++)
		fprintf(out, "<th title=\"%s\">%s</th>", c->what, c->name);
	fputs("</tr>\n", out);
	for (u32 i = 0; i < r->nguests && i < GUESTS_SHOWN; i++)
		for (u32 v = 0; v < r->guest[i]->cfg.nvdevs; v++) {
			const struct guest *g = r->guest[i];

			fputs("<tr>", out);
			html_cell(out, g->name);
			fprintf(out, "<td>%u</td><td class=\"l\">%s</td><td class=\"l\">%s</td>", v,
				report_text(g->vdev[v].type), report_text(g->vdev[v].wqs));
			for (c = guest_trap_counts; c->name; c++)
				fprintf(out, "<td>%llu, %llu</td>",
					guest_count(c, &g->startup.traps[v]),
					guest_vdev_steady(g, v, c));
			fputs("</tr>\n", out);
		}
	fputs("</table></div></details>\n", out);
}

void html_guests(FILE *out, const struct report *r)
{
	if (!r->nguests)
		return;
	fputs("<h2>Guests</h2>\n", out);
	steady_line(out, r);
	guest_table(out, r);
	vdev_table(out, r);
	if (r->nguests > GUESTS_SHOWN)
		fprintf(out, "<p class=\"dim\">and %u more guests (guests.csv, vdevs.csv)</p>\n",
			r->nguests - GUESTS_SHOWN);
}
