/* SPDX-License-Identifier: GPL-2.0 */
/* What a trace holds, counted in one pass with bounded memory. */
#ifndef SIM_WORKLOAD_TRACE_STAT_H
#define SIM_WORKLOAD_TRACE_STAT_H

#include <stdio.h>

#include "sim/core/types.h"

struct cfg_error;

/* Reads all of @path and prints a summary for a person to @out. 0 or -EINVAL / -errno. */
int trace_info(const char *path, FILE *out, struct cfg_error *err);
/*
 * Reads all of @path and prints up to @max_errors errors to @err_out, one line each. Returns how
 * many, 0: the trace is good. *records: how many records there are.
 */
u32 trace_check(const char *path, u32 max_errors, FILE *err_out, u64 *records, u32 *clients);
/*
 * Writes the trace @in to @out line by line, packed as the name of @out says, after a first pass
 * that checks it. 0 or -EINVAL / -errno with @err; nothing is left behind then.
 */
int trace_repack(const char *in, const char *out, u64 *records, struct cfg_error *err);

#endif
