/* SPDX-License-Identifier: GPL-2.0 */
/* The workload of a run: processes with their memory and queues, and the clients that use them. */
#ifndef SIM_WORKLOAD_WORKLOAD_H
#define SIM_WORKLOAD_WORKLOAD_H

#include "sim/core/types.h"

struct cfg_error;
struct guests;
struct report;
struct scenario;
struct system;
struct workload;

/*
 * Makes the scenario's processes and clients on @sys and in @guests (NULL: none; or, when @trace is
 * not NULL, those of that trace file, its processes dealt out to the guests if there are any):
 * address spaces, opened queues, mapped portals, prepared memory. All of it happens in virtual time
 * before the clients start. 0 or a negative errno with @err filled.
 */
int workload_new(struct system *sys, struct guests *guests, const struct scenario *scn,
		 const char *trace, struct report *report, struct workload **out,
		 struct cfg_error *err);
/*
 * Lets the clients work until all are through, until the scenario's time limit, or until nothing
 * can happen any more: work that is outstanding then is a violation in the report. 0, or a negative
 * errno with @err for an error in the trace.
 */
int workload_run(struct workload *wl, struct cfg_error *err);
/* Which clients waited in vain when nothing happened any more; NULL: all got through. */
const char *workload_stuck(const struct workload *wl);
/* Descriptors that ended in an error, or were lost, without a recording that expects it. */
u64 workload_failed(const struct workload *wl);
/* When the last client ended, ps. */
u64 workload_end(const struct workload *wl);
/* Work descriptors done, so far: for progress. 0 in *total: not known. */
u64 workload_progress(const struct workload *wl, u64 *total);
/* Called now and then during workload_run(), never more often than every some thousand events. */
void workload_on_progress(struct workload *wl, void (*fn)(void *ctx), void *ctx);
/* Ends processes, in virtual time, and frees everything. */
void workload_free(struct workload *wl);

#endif
