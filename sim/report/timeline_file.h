/* SPDX-License-Identifier: GPL-2.0 */
/* The file behind a timeline: buffered, invisible until it gets its name. */
#ifndef SIM_REPORT_TIMELINE_FILE_H
#define SIM_REPORT_TIMELINE_FILE_H

#include <assert.h>

#include "sim/core/types.h"

struct timeline_file;

/*
 * Opens a file on the file system on which @dir is or will be: a nameless one where that is
 * possible, else one with a temporary name. NULL with *error an errno.
 */
struct timeline_file *timeline_file_new(const char *dir, int *error);
/* Closes; a file that never got its name is gone. */
void timeline_file_free(struct timeline_file *f);
/* Writes what is buffered. 0, or -errno of the first write that failed. */
int timeline_flush(struct timeline_file *f);

/* First member of the file: what is free of its buffer, and as much again as one asks for. */
struct timeline_buffer {
	u8 *at, *end;
};
#define TIMELINE_ROOM_MAX (8u << 10)
/* Room for @len bytes in the buffer; timeline_put() tells where they ended. */
static inline u8 *timeline_room(struct timeline_file *f, size_t len)
{
	struct timeline_buffer *b = (struct timeline_buffer *)f;

	assert(len <= TIMELINE_ROOM_MAX);
	if (__builtin_expect(b->at >= b->end, 0))
		timeline_flush(f);
	return b->at;
}
static inline void timeline_put(struct timeline_file *f, u8 *end)
{
	((struct timeline_buffer *)f)->at = end;
}
/* Gives the file its name, which must not exist. 0 or -errno. */
int timeline_file_link(struct timeline_file *f, const char *path);

#endif
