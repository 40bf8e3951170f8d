/* SPDX-License-Identifier: GPL-2.0 */
/* Recorded descriptor streams (CSV) to traces. */
#ifndef SIM_WORKLOAD_CAPTURE_H
#define SIM_WORKLOAD_CAPTURE_H

#include "sim/core/types.h"

struct cfg_error;

struct capture_options {
	u32 window; /* units in flight of every client; 0: from the reuse of completion records */
	u64 max_records;    /* stop behind the batch that passes this many; 0: all */
	u32 max_clients;    /* only the first so many; 0: all */
	bool start_zero;    /* all clients begin at once, not when they did in the recording */
	const char *origin; /* text for the header; NULL: none */
};

/* What the conversion found. */
struct capture_summary {
	u64 records, batches, dropped;
	u64 refused; /* submissions that a full queue did not take: no work */
	u32 clients;
	u32 window_min, window_max;
};

/* True if @path begins like a capture: a CSV header with most of the columns it needs. */
bool capture_is_one(const char *path);
/*
 * Converts @in (plain, gzip or zstd) to the trace @out. Think times follow the rule of the
 * recordings: max(0, t - previous t - time inside the stand-in - 100 ns) for each thread.
 * A client's window is the largest that the reuse of its completion records allows: a program may
 * write a record again only when it has seen the completion. 0 or -EINVAL / -errno with @err
 * ("file:line: ..."); nothing is left behind then.
 */
int capture_convert(const char *in, const char *out, const struct capture_options *opt,
		    struct capture_summary *sum, struct cfg_error *err);

#endif
