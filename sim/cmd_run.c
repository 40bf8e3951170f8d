// SPDX-License-Identifier: GPL-2.0
// `dsasim run`: one scenario from files to report.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host-driver/kapi/kernel.h"
#include "model/machine.h"
#include "sim/cmd.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/guests.h"
#include "sim/leftovers.h"
#include "sim/report/report.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/units.h"
#include "sim/system.h"
#include "sim/workload/workload.h"

#define SETS_MAX 256

struct run_options {
	const char *scenario, *trace, *out, *seed, *data, *timeline, *quiet, *help;
	const char *sets[SETS_MAX + 4];
	unsigned int nsets;
};

/* A run under way: everything that has to be freed again. */
struct run {
	struct run_options opt;
	struct scenario *scn;
	struct sim *sim;
	struct system *sys;
	struct guests *guests;
	struct report *report;
	struct workload *wl;
	struct leftovers leftovers;
	bool left; /* something was */
	const char *trace;
	char *dir;
	char data_set[32], seed_set[64];
	time_t shown;
	bool progress;
};

static const char *const data_names[] = {"full", "verify", "none"};

/* Whether the run's progress is worth a line: a terminal, once a second. */
static void show_progress(void *ctx)
{
	struct run *r = ctx;
	time_t now = time(NULL);
	u64 total, done;

	if (now == r->shown)
		return;
	r->shown = now;
	done = workload_progress(r->wl, &total);
	if (total)
		fprintf(stderr, "\r%.1f %% of %.1f M descriptors, %.3f ms simulated ",
			100.0 * done / total, total / 1e6, sim_now(r->sim) / 1e9);
	else
		fprintf(stderr, "\r%.1f M descriptors, %.3f ms simulated ", done / 1e6,
			sim_now(r->sim) / 1e9);
	fflush(stderr);
}

static int parse_timeline(const char *text, u64 *from, u64 *to, struct cfg_error *err)
{
	const char *colon = strchr(text, ':');
	char part[64];

	*from = 0;
	*to = 0;
	if (!*text)
		return 0;
	if (!colon || (size_t)(colon - text) >= sizeof(part))
		return cfg_fail(err, "--timeline=%s: expected FROM:TO, two times like 10us:20us",
				text);
	snprintf(part, sizeof(part), "%.*s", (int)(colon - text), text);
	if (*part && unit_parse(UNIT_TIME, part, strlen(part), from))
		return cfg_fail(err, "--timeline=%s: '%s' is no time (10us)", text, part);
	if (colon[1] && unit_parse(UNIT_TIME, colon + 1, strlen(colon + 1), to))
		return cfg_fail(err, "--timeline=%s: '%s' is no time (10us)", text, colon + 1);
	if (*to && *to <= *from)
		return cfg_fail(err, "--timeline=%s: ends before it begins", text);
	return 0;
}

/* --seed and --data are overrides like any other. */
static int add_sets(struct run *r, struct cfg_error *err)
{
	struct run_options *o = &r->opt;
	unsigned int i;

	if (o->seed) {
		snprintf(r->seed_set, sizeof(r->seed_set), "seed=%.48s", o->seed);
		o->sets[o->nsets++] = r->seed_set;
	}
	if (!o->data)
		return 0;
	for (i = 0; i < 3; i++)
		if (!strcmp(o->data, data_names[i])) {
			snprintf(r->data_set, sizeof(r->data_set), "data=%s", o->data);
			o->sets[o->nsets++] = r->data_set;
			return 0;
		}
	return cfg_fail(err, "--data %s: full, verify or none", o->data);
}

static char *results_dir(const struct run *r)
{
	const char *base = strrchr(r->scn->path, '/');
	char *dir = NULL;
	int n;

	if (r->opt.out)
		return strdup(r->opt.out);
	if (r->scn->output.dir)
		return strdup(r->scn->output.dir);
	base = base ? base + 1 : r->scn->path;
	n = (int)strcspn(base, ".");
	if (asprintf(&dir, "results/%.*s", n, base) < 0)
		return NULL;
	return dir;
}

/* A place that can't be written to is said before the run, not behind it. */
static int check_dir(const char *dir, struct cfg_error *err)
{
	char *path, *slash;
	struct stat st;
	int ret = 0;

	if (!*dir)
		return cfg_fail(err, "--out: an empty name");
	path = strdup(dir);
	if (!path)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	/* The nearest part of the path that exists. */
	while (stat(path, &st) && errno == ENOENT) {
		slash = strrchr(path, '/');
		if (!slash)
			strcpy(path, ".");
		else
			slash[slash == path] = '\0';
	}
	if (stat(path, &st))
		ret = cfg_fail_errno(err, errno, "%s: %s", dir, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		ret = cfg_fail_errno(err, ENOTDIR, "%s: %s", dir, strerror(ENOTDIR));
	else if (access(path, W_OK | X_OK))
		ret = cfg_fail_errno(err, errno, "%s: %s", dir, strerror(errno));
	free(path);
	return ret;
}

static int open_report(struct run *r, struct cfg_error *err)
{
	struct report_cfg cfg = {
		.name = r->scn->name ? r->scn->name : "run",
		.scenario = r->scn->path,
		.trace = r->trace,
		.platform = r->scn->platform->name,
		.data_mode = data_names[r->scn->data],
		.seed = r->scn->seed,
		.csv = r->scn->output.csv,
		.html = r->scn->output.html,
		.dir = r->dir,
		.timeline = r->scn->output.timeline || r->opt.timeline,
		.timeline_from = r->scn->output.timeline_from_ps,
		.timeline_to = r->scn->output.timeline_to_ps,
		.no_conservation = !r->scn->checks.conservation,
	};
	int ret;

	if (r->opt.timeline) {
		ret = parse_timeline(r->opt.timeline, &cfg.timeline_from, &cfg.timeline_to, err);
		if (ret)
			return ret;
	}
	return report_new(&r->report, r->sim, &cfg, err);
}

static int configure(struct run *r, struct cfg_error *err)
{
	struct machine *m = system_machine(r->sys);
	u32 i;
	int ret;

	kernel_seed_defects(system_host(r->sys), r->scn->defects);
	ret = system_configure_scenario(r->sys, r->scn, r->opt.quiet, err);
	for (i = 0; i < machine_dsa_count(m) && !ret; i++) {
		dsa_set_checkers(machine_dsa(m, i), r->scn->checks.checkers);
		if (report_device(r->report, i, machine_dsa(m, i)))
			ret = cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	for (i = 0; i < system_wq_count(r->sys) && !ret; i++) {
		const struct system_wq *wq = system_wq(r->sys, i);
		struct report_wq_cfg cfg = {.name = wq->name,
					    .mode = wq->dedicated ? "dedicated" : "shared",
					    .group = wq->group,
					    .size = wq->size,
					    .threshold = wq->threshold};

		report_wq(r->report, wq->device, wq->queue, &cfg);
	}
	return ret;
}

/* From files to a workload that is ready to run. */
static int prepare(struct run *r, struct cfg_error *err)
{
	int ret = add_sets(r, err);

	if (!ret)
		ret = scenario_load(&r->scn, r->opt.scenario, r->opt.sets, r->opt.nsets, err);
	if (!ret && !r->opt.trace)
		ret = scenario_check_work(r->scn, err);
	if (ret)
		return ret;
	r->trace = r->opt.trace ? r->opt.trace : r->scn->trace;
	r->dir = results_dir(r);
	r->sim = sim_new(r->scn->seed);
	if (!r->dir || !r->sim)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	ret = check_dir(r->dir, err);
	if (!ret)
		ret = open_report(r, err);
	if (!ret)
		ret = system_new(r->sim, r->scn->platform, &r->sys, err);
	if (!ret)
		ret = configure(r, err);
	if (!ret)
		leftovers_before(&r->leftovers, r->sys);
	if (!ret)
		ret = guests_new(r->sys, r->scn, r->trace, &r->guests, err);
	if (!ret)
		ret = workload_new(r->sys, r->guests, r->scn, r->trace, r->report, &r->wl, err);
	return ret;
}

static void say_violation(void *ctx, const char *text)
{
	report_violation(ctx, text);
}

static int finish(struct run *r, struct cfg_error *err)
{
	struct report_figures f;
	int ret;

	if (r->scn->checks.checkers)
		leftovers_kernels(r->sys, r->guests, say_violation, r->report);
	if (report_finish(r->report, workload_end(r->wl)))
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	if (!r->opt.quiet)
		report_summary(r->report, stdout);
	ret = report_write(r->report, NULL, err);
	if (ret)
		return ret;
	if (!r->opt.quiet)
		printf("\nresults: %s/results.json\n", r->dir);
	if (workload_stuck(r->wl)) {
		fprintf(stderr, "dsasim: check completion: %s\n", workload_stuck(r->wl));
		return 1;
	}
	report_figures(r->report, &f);
	if (workload_failed(r->wl) > r->scn->checks.max_failed) {
		fprintf(stderr, "dsasim: check max_failed: %llu descriptors failed, %llu may\n",
			workload_failed(r->wl), r->scn->checks.max_failed);
		return 1;
	}
	if (r->scn->checks.min_ops && f.descriptors < r->scn->checks.min_ops) {
		fprintf(stderr, "dsasim: check min_ops: %llu of %llu work descriptors completed\n",
			f.descriptors, r->scn->checks.min_ops);
		return 1;
	}
	return report_checks_failed(r->report) ? 1 : 0;
}

static void say_leftover(void *ctx, const char *text)
{
	struct run *r = ctx;

	fprintf(stderr, "dsasim: check leftovers: %s\n", text);
	r->left = true;
}

/* @check: the run was one, and what its guests leave is looked at. */
static void release(struct run *r, bool check)
{
	workload_free(r->wl);
	if (check)
		report_late_violations(r->report, say_leftover, r);
	guests_free(r->guests);
	if (check)
		leftovers_after(&r->leftovers, r->sys, say_leftover, r);
	system_free(r->sys);
	report_free(r->report);
	if (r->sim)
		sim_free(r->sim);
	if (r->scn)
		scenario_free(r->scn);
	free(r->dir);
}

static int run(struct run *r)
{
	struct cfg_error err = {""};
	int ret = prepare(r, &err);

	if (!ret) {
		r->progress = isatty(STDERR_FILENO) && !r->opt.quiet;
		if (r->progress)
			workload_on_progress(r->wl, show_progress, r);
		ret = workload_run(r->wl, &err);
		if (r->progress && r->shown)
			fprintf(stderr, "\r\033[K");
	}
	if (!ret)
		ret = finish(r, &err);
	release(r, !ret && r->guests && r->scn->checks.checkers);
	if (!ret && r->left)
		ret = 1;
	if (ret == 1)
		return CMD_FAILED;
	return ret ? cmd_bad("%s", err.text) : CMD_OK;
}

int cmd_run(int argc, char **argv)
{
	struct run r;
	struct run_options *o = &r.opt;
	int n, ret;

	memset(&r, 0, sizeof(r));
	const struct cmd_opt opts[] = {
		{.name = "trace",
		 .arg = "FILE",
		 .value = &o->trace,
		 .help = "clients come from this trace"},
		{.name = "set",
		 .arg = "path=value",
		 .values = o->sets,
		 .nvalues = &o->nsets,
		 .max_values = SETS_MAX,
		 .help = "override a value of scenario or platform"},
		{.name = "out",
		 .letter = 'o',
		 .arg = "DIR",
		 .value = &o->out,
		 .help = "results go here"},
		{.name = "seed", .arg = "N", .value = &o->seed, .help = "random seed"},
		{.name = "data", .arg = "full|verify|none", .value = &o->data, .help = "payload"},
		{.name = "timeline",
		 .arg = "FROM:TO",
		 .optional = true,
		 .value = &o->timeline,
		 .help = "write a timeline for Perfetto"},
		{.name = "quiet",
		 .letter = 'q',
		 .value = &o->quiet,
		 .help = "no summary, no notes"},
		{.name = "help", .letter = 'h', .value = &o->help, .help = "show this"},
		{.name = NULL},
	};

	n = cmd_options(argc, argv, opts);
	if (n < 0)
		return CMD_BAD_INPUT;
	if (o->help) {
		printf("usage: dsasim run SCENARIO.yaml [options]\n\n");
		cmd_options_help(stdout, opts);
		return CMD_OK;
	}
	if (n != 1)
		return cmd_bad("run: one scenario file is needed ('dsasim run --help')");
	o->scenario = argv[1];
	ret = run(&r);
	return ret;
}
