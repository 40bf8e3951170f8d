/* SPDX-License-Identifier: GPL-2.0 */
/* What all configuration readers share: the error they fill and the arena that owns what they
 * return. */
#ifndef SIM_SCENARIO_CFG_H
#define SIM_SCENARIO_CFG_H

#include "sim/core/types.h"

/* One finished line for a person, without a newline: "file:line: key 'a.b': message". */
struct cfg_error {
	char text[512];
};

/* Formats @err (NULL: nothing) and returns -EINVAL, so that a check is one statement. */
int cfg_fail(struct cfg_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with -@error in place of -EINVAL. */
int cfg_fail_errno(struct cfg_error *err, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct cfg_arena;
/* An empty arena, NULL when out of memory. */
struct cfg_arena *cfg_arena_new(void);
/* @size zeroed bytes, aligned for any type, living as long as the arena; never NULL. */
void *cfg_alloc(struct cfg_arena *arena, size_t size);
char *cfg_strdup(struct cfg_arena *arena, const char *text);
char *cfg_strndup(struct cfg_arena *arena, const char *text, size_t len);
void cfg_arena_free(struct cfg_arena *arena);

/*
 * Reads a whole file (at most @max bytes) into the arena, 0-terminated.
 * Returns 0, or -errno with @err naming the file.
 */
int cfg_read_file(struct cfg_arena *arena, const char *path, size_t max, char **text, size_t *len,
		  struct cfg_error *err);
/* @path as seen from the directory of the file @from; absolute paths and @from NULL: unchanged. */
const char *cfg_relative(struct cfg_arena *arena, const char *path, const char *from);

#endif
