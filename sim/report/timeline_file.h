/* SPDX-License-Identifier: GPL-2.0 */
/* The file behind a timeline: buffered, invisible until it gets its name. */
#ifndef SIM_REPORT_TIMELINE_FILE_H
#define SIM_REPORT_TIMELINE_FILE_H

#include "sim/core/types.h"

struct timeline_file;

/*
 * Opens a file on the file system on which @dir is or will be: a nameless one where that is
 * possible, else one with a temporary name. NULL with *error an errno.
 */
struct timeline_file *timeline_file_new(const char *dir, int *error);
/* Closes; a file that never got its name is gone. */
void timeline_file_free(struct timeline_file *f);
/* Room for @len bytes (at most 8 KiB) in the buffer; timeline_put() tells where they ended. */
u8 *timeline_room(struct timeline_file *f, size_t len);
void timeline_put(struct timeline_file *f, u8 *end);
/* Writes what is buffered. 0, or -errno of the first write that failed. */
int timeline_flush(struct timeline_file *f);
/* Gives the file its name, which must not exist. 0 or -errno. */
int timeline_file_link(struct timeline_file *f, const char *path);

#endif
