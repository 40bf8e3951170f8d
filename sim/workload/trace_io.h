/* SPDX-License-Identifier: GPL-2.0 */
/* Byte streams of traces: reading plain, gzip and zstd alike, and writing them without half-files.
 */
#ifndef SIM_WORKLOAD_TRACE_IO_H
#define SIM_WORKLOAD_TRACE_IO_H

#include "sim/core/types.h"

struct cfg_error;
struct trace_source;

/* Opens @path ("-": standard input); the packing is told by the first bytes. 0 or -errno. */
int trace_source_open(struct trace_source **out, const char *path, struct cfg_error *err);
/* For who reads @path twice: 0 when it is a file, -errno with @err for pipes and what is not there.
 */
int trace_source_file(const char *path, struct cfg_error *err);
/*
 * Delivers the next whole line without its newline: *line is followed by a '\n', and at least 16
 * more bytes may be read behind it. Valid until the next call. Returns 1, 0 at the end, or -errno
 * with trace_source_error() set: a line longer than @max, a file that ends inside a line, packed
 * data that is cut off or damaged, a read error.
 */
int trace_source_line(struct trace_source *src, size_t max, char **line, size_t *len);
const char *trace_source_error(const struct trace_source *src);
void trace_source_close(struct trace_source *src);

struct trace_sink;

/* Begins @path ("-": standard output), packed by the end of its name. 0 or -errno. */
int trace_sink_open(struct trace_sink **out, const char *path, struct cfg_error *err);
/* Appends; errors are kept for trace_sink_close(). */
void trace_sink_put(struct trace_sink *sink, const void *data, size_t len);
/* Finishes and gives the file its name, or removes what was written. 0 or -errno. Frees @sink. */
int trace_sink_close(struct trace_sink *sink, bool keep, struct cfg_error *err);

#endif
