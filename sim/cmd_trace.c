// SPDX-License-Identifier: GPL-2.0
// `dsasim trace`: checks, summarises, converts and generates traces.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cmd.h"
#include "sim/scenario/cfg.h"
#include "sim/workload/capture.h"
#include "sim/workload/generate.h"
#include "sim/workload/trace.h"
#include "sim/workload/trace_io.h"
#include "sim/workload/trace_stat.h"

#define SETS_MAX   256
#define ERRORS_MAX 20

static const char usage[] =
	"usage: dsasim trace check FILE\n"
	"       dsasim trace info FILE\n"
	"       dsasim trace convert IN OUT [--window N] [--records N] [--clients N]\n"
	"       dsasim trace generate SCENARIO.yaml OUT [--set path=value]... [--seed N]\n"
	"Files may be packed: the contents tell for input, the name (.gz, .zst) for output.\n";

struct trace_options {
	const char *window, *records, *clients, *origin, *start, *seed, *help;
	const char *sets[SETS_MAX];
	unsigned int nsets;
};

/* A whole number of 1..@max; 0 with *ok false otherwise. */
static u64 option_number(const char *name, const char *text, u64 max, bool *ok)
{
	char *end;
	u64 n;

	if (!text)
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-' || !n || n > max) {
		cmd_bad("--%s '%s': a number from 1 to %llu expected", name, text, max);
		*ok = false;
		return 0;
	}
	return n;
}

static int check(const char *path)
{
	u64 records;
	u32 clients, errors = trace_check(path, ERRORS_MAX, stderr, &records, &clients);

	if (errors >= ERRORS_MAX)
		cmd_bad("%s: more errors may follow", path);
	if (errors)
		return CMD_BAD_INPUT;
	printf("%s: %llu records of %u client%s, all good\n", path, records, clients,
	       clients == 1 ? "" : "s");
	return CMD_OK;
}

/* Output to a terminal or pipe is the trace itself: the note goes to stderr. */
static FILE *notes(const char *out)
{
	return strcmp(out, "-") ? stdout : stderr;
}

static int convert(const char *in, const char *out, const struct trace_options *o)
{
	struct capture_options opt = {0};
	struct capture_summary sum;
	struct cfg_error err;
	bool ok = true;
	u64 records;

	opt.window = (u32)option_number("window", o->window, 1u << 20, &ok);
	opt.max_records = option_number("records", o->records, 1ull << 50, &ok);
	opt.max_clients = (u32)option_number("clients", o->clients, TRACE_CLIENTS_MAX, &ok);
	opt.start_zero = o->start && !strcmp(o->start, "zero");
	opt.origin = o->origin;
	if (o->start && !opt.start_zero && strcmp(o->start, "recorded"))
		return cmd_bad("--start '%s': recorded or zero expected", o->start);
	if (!ok)
		return CMD_BAD_INPUT;
	if (trace_source_file(in, &err))
		return cmd_bad("%s", err.text);
	if (!capture_is_one(in)) {
		if (o->window || o->records || o->clients || o->start || o->origin)
			return cmd_bad("%s is not a recording (CSV): the options are for those",
				       in);
		if (trace_repack(in, out, &records, &err))
			return cmd_bad("%s", err.text);
		fprintf(notes(out), "%s: %llu records\n", out, records);
		return CMD_OK;
	}
	if (capture_convert(in, out, &opt, &sum, &err))
		return cmd_bad("%s", err.text);
	fprintf(notes(out), "%s: %llu records (%llu batches) of %u client%s, window %u", out,
		sum.records, sum.batches, sum.clients, sum.clients == 1 ? "" : "s", sum.window_min);
	if (sum.window_max != sum.window_min)
		fprintf(notes(out), " to %u", sum.window_max);
	if (sum.refused)
		fprintf(notes(out), "; %llu refused submissions left out", sum.refused);
	if (sum.dropped)
		fprintf(notes(out), "; %llu of clients left out", sum.dropped);
	fputc('\n', notes(out));
	return CMD_OK;
}

static int generate(const char *spec, const char *out, struct trace_options *o)
{
	struct scenario *scn;
	struct cfg_error err;
	char seed[48];
	u64 records;
	int rc;

	if (o->seed) {
		if (o->nsets == SETS_MAX)
			return cmd_bad("more than %u times --set", SETS_MAX - 1);
		snprintf(seed, sizeof(seed), "seed=%.40s", o->seed);
		o->sets[o->nsets++] = seed;
	}
	if (scenario_load(&scn, spec, o->sets, o->nsets, &err))
		return cmd_bad("%s", err.text);
	rc = scenario_check_work(scn, &err);
	if (!rc)
		rc = generate_trace(scn, out, &records, &err);
	scenario_free(scn);
	if (rc)
		return cmd_bad("%s", err.text);
	fprintf(notes(out), "%s: %llu records\n", out, records);
	return CMD_OK;
}

static int run(int n, char **argv, struct trace_options *o)
{
	struct cfg_error err;
	const char *what = n ? argv[1] : "";

	if (n == 2 && !strcmp(what, "check"))
		return check(argv[2]);
	if (n == 2 && !strcmp(what, "info"))
		return trace_info(argv[2], stdout, &err) ? cmd_bad("%s", err.text) : CMD_OK;
	if (n == 3 && !strcmp(what, "convert"))
		return convert(argv[2], argv[3], o);
	if (n == 3 && !strcmp(what, "generate"))
		return generate(argv[2], argv[3], o);
	fputs(usage, stderr);
	return CMD_BAD_INPUT;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_options o = {0};
	const struct cmd_opt opts[] = {
		{.name = "window",
		 .arg = "N",
		 .value = &o.window,
		 .help = "convert: units in flight of every client"},
		{.name = "records",
		 .arg = "N",
		 .value = &o.records,
		 .help = "convert: stop behind so many"},
		{.name = "clients",
		 .arg = "N",
		 .value = &o.clients,
		 .help = "convert: only the first so many threads"},
		{.name = "start",
		 .arg = "WHEN",
		 .value = &o.start,
		 .help = "convert: threads begin as recorded, or all at zero"},
		{.name = "origin",
		 .arg = "TEXT",
		 .value = &o.origin,
		 .help = "convert: comment for the header"},
		{.name = "set",
		 .arg = "path=value",
		 .values = o.sets,
		 .nvalues = &o.nsets,
		 .max_values = SETS_MAX,
		 .help = "generate: override a value"},
		{.name = "seed", .arg = "N", .value = &o.seed, .help = "generate: seed"},
		{.name = "help", .letter = 'h', .value = &o.help, .help = "show this"},
		{.name = NULL},
	};
	int n = cmd_options(argc, argv, opts), rc;

	if (n < 0)
		return CMD_BAD_INPUT;
	if (o.help) {
		fputs(usage, stdout);
		cmd_options_help(stdout, opts);
		return CMD_OK;
	}
	rc = run(n, argv, &o);
	if (fflush(stdout) || ferror(stdout))
		return cmd_bad("standard output: %s", strerror(errno));
	return rc;
}
