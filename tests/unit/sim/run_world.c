// SPDX-License-Identifier: GPL-2.0
/* One scenario in pieces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/guests.h"
#include "sim/report/report.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario.h"
#include "sim/system.h"
#include "sim/workload/workload.h"
#include "tests/unit/sim/run_world.h"

static int tell(int ret, const struct cfg_error *err)
{
	if (ret < 0)
		fprintf(stderr, "%s\n", err->text);
	return ret;
}

static int configure(struct run_world *w, const struct run_how *how, struct cfg_error *err)
{
	struct machine *m = system_machine(w->sys);
	int ret;
	u32 i;

	ret = system_configure_scenario(w->sys, w->scn, true, err);
	for (i = 0; i < machine_dsa_count(m) && !ret; i++) {
		dsa_set_checkers(machine_dsa(m, i), !how->unobserved && w->scn->checks.checkers);
		if (!how->unobserved && report_device(w->report, i, machine_dsa(m, i)))
			ret = cfg_fail_errno(err, ENOMEM, "out of memory");
	}
	return ret;
}

int run_world_open(struct run_world *w, const struct run_how *how)
{
	struct report_cfg cfg = {.name = "run", .data_mode = "none", .dir = how->timeline};
	struct cfg_error err = {""};
	u32 n = 0;
	int ret;

	memset(w, 0, sizeof(*w));
	while (how->sets && how->sets[n])
		n++;
	ret = scenario_load(&w->scn, how->scenario, how->sets, n, &err);
	if (ret)
		return tell(ret, &err);
	cfg.platform = w->scn->platform->name;
	cfg.timeline = how->timeline;
	w->sim = sim_new(w->scn->seed);
	if (!w->sim)
		return -ENOMEM;
	ret = report_new(&w->report, w->sim, &cfg, &err);
	if (!ret)
		ret = system_new(w->sim, w->scn->platform, &w->sys, &err);
	if (!ret)
		ret = configure(w, how, &err);
	if (!ret)
		ret = guests_new(w->sys, w->scn, w->scn->trace, &w->guests, &err);
	if (!ret)
		ret = workload_new(w->sys, w->guests, w->scn, w->scn->trace, w->report, &w->wl,
				   &err);
	/* A finished report ignores what clients tell. */
	if (!ret && how->unobserved)
		ret = report_finish(w->report, 0);
	return tell(ret, &err);
}

int run_world_go(struct run_world *w)
{
	struct cfg_error err = {""};

	return tell(workload_run(w->wl, &err), &err);
}

int run_world_finish(struct run_world *w)
{
	int ret = report_finish(w->report, workload_end(w->wl));

	return ret ? ret : report_checks_failed(w->report);
}

void run_world_close(struct run_world *w)
{
	workload_free(w->wl);
	guests_free(w->guests);
	system_free(w->sys);
	report_free(w->report);
	if (w->sim)
		sim_free(w->sim);
	if (w->scn)
		scenario_free(w->scn);
}

/* ---- What the program takes from the host ---- */

/* The linker sends the program's calls here (--wrap); libraries allocate on their own account. */
static u64 allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
	allocations++;
	return __real_aligned_alloc(align, n);
}

u64 run_world_allocations(void)
{
	return allocations;
}

u64 run_world_resident(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (u64)sysconf(_SC_PAGESIZE);
}
