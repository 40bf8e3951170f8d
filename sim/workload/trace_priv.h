/* SPDX-License-Identifier: GPL-2.0 */
/* The reader's state, shared by header and records. */
#ifndef SIM_WORKLOAD_TRACE_PRIV_H
#define SIM_WORKLOAD_TRACE_PRIV_H

#include "sim/workload/trace_names.h"

struct trace_source;

struct trace_client_state {
	u64 records;
	u64 last_t; /* latest arrival */
};

struct trace {
	struct trace_source *src;
	char *path;
	u64 line_no, good_line, count;
	u8 columns[COL_COUNT];
	u32 ncolumns;
	bool seen[COL_COUNT];
	u8 default_status;

	struct trace_client *clients;
	struct trace_client_state *states;
	u32 nclients, room, hash_mask;
	u32 *hash;		 /* index + 1 of a client */
	struct trace_client any; /* "client *" */
	u32 last_client;

	struct trace_region *regions;
	u32 nregions, region_room;

	struct trace_op batch; /* whose members follow */
	u32 members_left;

	const char *line; /* for columns in messages */
	int state;	  /* 1 reading, 0 ended, else the error */
	bool line_error;  /* the error is of one line only */
	char error[400];
};

/* Sets the message "file:line: ..." that ends the trace; returns -EINVAL. */
int trace_fail_file(struct trace *t, const char *fmt, ...)
	__attribute__((cold, format(printf, 2, 3)));
/* At @p of the current line: "file:line:column: ..., not 'word'"; one may go on behind the line. */
int trace_fail_at(struct trace *t, const char *p, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));
/* The next line that says something. 1, 0 at the end of the file, or an error. */
int trace_next_line(struct trace *t, const char **out);
/* Index of a client, made if it is new; negative: too many or out of memory. */
s64 trace_client_find(struct trace *t, u32 proc, u32 thr);
/* All lines up to and with "columns". 0 or an error. */
int trace_read_header(struct trace *t);

#endif
