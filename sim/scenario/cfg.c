// SPDX-License-Identifier: GPL-2.0
// Error texts, arena and file reading that all configuration readers share.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/cfg.h"

#define ARENA_BLOCK (16u << 10)

struct cfg_block {
	struct cfg_block *next;
	size_t used, size;
	_Alignas(16) unsigned char data[];
};

struct cfg_arena {
	struct cfg_block *head;
};

/* One line whatever the input holds: control characters become '?'. */
static void cfg_error_set(struct cfg_error *err, const char *fmt, va_list args)
{
	char *p;

	if (!err)
		return;
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	for (p = err->text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	}
}

int cfg_fail(struct cfg_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	cfg_error_set(err, fmt, args);
	va_end(args);
	return -EINVAL;
}

int cfg_fail_errno(struct cfg_error *err, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	cfg_error_set(err, fmt, args);
	va_end(args);
	return -error;
}

struct cfg_arena *cfg_arena_new(void)
{
	return calloc(1, sizeof(struct cfg_arena));
}

/* Configuration is bounded by its readers; to be out of memory here is the end of the program. */
void *cfg_alloc(struct cfg_arena *arena, size_t size)
{
	struct cfg_block *block = arena->head;
	size_t room;

	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size) {
		room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
		block = calloc(1, sizeof(*block) + room);
		if (!block)
			abort();
		block->size = room;
		block->next = arena->head;
		arena->head = block;
	}
	block->used += size;
	return block->data + block->used - size;
}

char *cfg_strndup(struct cfg_arena *arena, const char *text, size_t len)
{
	char *copy = cfg_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *cfg_strdup(struct cfg_arena *arena, const char *text)
{
	return cfg_strndup(arena, text, strlen(text));
}

void cfg_arena_free(struct cfg_arena *arena)
{
	struct cfg_block *block, *next;

	if (!arena)
		return;
	for (block = arena->head; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

int cfg_read_file(struct cfg_arena *arena, const char *path, size_t max, char **text, size_t *len,
		  struct cfg_error *err)
{
	FILE *file = fopen(path, "rbe");
	size_t used = 0, room = 4096, got;
	char *buf, *bigger;
	int error = 0;

	if (!file)
		return cfg_fail_errno(err, errno, "%s: %s", path, strerror(errno));
	buf = malloc(room);
	while (buf) {
		got = fread(buf + used, 1, room - used, file);
		used += got;
		if (used < room) {
			error = ferror(file) ? (errno ? errno : EIO) : 0;
			break;
		}
		if (used > max) {
			error = EFBIG;
			break;
		}
		room *= 2;
		bigger = realloc(buf, room);
		if (!bigger)
			free(buf);
		buf = bigger;
	}
	fclose(file);
	if (!buf)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	if (!error && used > max)
		error = EFBIG;
	if (!error) {
		*text = cfg_strndup(arena, buf, used);
		*len = used;
	}
	free(buf);
	if (error == EFBIG)
		return cfg_fail_errno(err, error, "%s: larger than %zu KiB", path, max >> 10);
	if (error)
		return cfg_fail_errno(err, error, "%s: %s", path, strerror(error));
	return 0;
}

const char *cfg_relative(struct cfg_arena *arena, const char *path, const char *from)
{
	const char *slash = from ? strrchr(from, '/') : NULL;
	size_t dir, len = strlen(path);
	char *joined;

	if (path[0] == '/' || !slash)
		return path;
	dir = (size_t)(slash - from) + 1;
	joined = cfg_alloc(arena, dir + len + 1);
	memcpy(joined, from, dir);
	memcpy(joined + dir, path, len);
	return joined;
}
