// SPDX-License-Identifier: GPL-2.0
/* The file behind a timeline: buffered, invisible until it gets its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/timeline_file.h"

#define BUFFER_BYTES (256u << 10)

struct timeline_file {
	struct timeline_buffer free;
	int fd;
	int error;
	char *path; /* of a temporary name, NULL: nameless */
	u8 buffer[BUFFER_BYTES + TIMELINE_ROOM_MAX];
};

/* The directory @dir or, as far as it does not exist yet, the nearest one above it. */
static char *existing(const char *dir)
{
	char *path = strdup(*dir ? dir : ".");
	struct stat st;

	while (path && (stat(path, &st) || !S_ISDIR(st.st_mode))) {
		size_t len = strlen(path);
		char *slash;

		while (len > 1 && path[len - 1] == '/')
			path[--len] = 0;
		slash = strrchr(path, '/');
		if (slash == path && path[1])
			path[1] = 0;
		else if (slash && slash != path)
			*slash = 0;
		else
			strcpy(path, len ? "." : "");
	}
	return path;
}

static int open_named(struct timeline_file *f, const char *dir)
{
	if (asprintf(&f->path, "%s/.timeline.XXXXXX", dir) < 0) {
		f->path = NULL;
		errno = ENOMEM;
		return -1;
	}
	f->fd = mkostemp(f->path, O_CLOEXEC);
	if (f->fd < 0) {
		free(f->path);
		f->path = NULL;
	}
	return f->fd;
}

struct timeline_file *timeline_file_new(const char *dir, int *error)
{
	struct timeline_file *f = malloc(sizeof(*f));
	char *place = existing(dir);

	*error = ENOMEM;
	if (!f || !place) {
		free(f);
		free(place);
		return NULL;
	}
	f->error = 0;
	f->free = (struct timeline_buffer){f->buffer, f->buffer + BUFFER_BYTES};
	f->path = NULL;
	f->fd = open(place, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	if (f->fd < 0 && open_named(f, place) < 0) {
		*error = errno;
		free(place);
		free(f);
		return NULL;
	}
	free(place);
	*error = 0;
	return f;
}

void timeline_file_free(struct timeline_file *f)
{
	if (!f)
		return;
	close(f->fd);
	if (f->path)
		unlink(f->path);
	free(f->path);
	free(f);
}

int timeline_flush(struct timeline_file *f)
{
	const u8 *at = f->buffer;

	while (at < f->free.at && !f->error) {
		ssize_t n = write(f->fd, at, (size_t)(f->free.at - at));

		if (n > 0)
			at += n;
		else if (n == 0 || errno != EINTR)
			f->error = n ? errno : ENOSPC;
	}
	f->free.at = f->buffer;
	return -f->error;
}

int timeline_file_link(struct timeline_file *f, const char *path)
{
	char self[40];
	mode_t mask;

	if (!f->path) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
		return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ? -errno : 0;
	}
	mask = umask(0);
	umask(mask);
	if (fchmod(f->fd, 0666 & ~mask) || rename(f->path, path))
		return -errno;
	free(f->path);
	f->path = NULL;
	return 0;
}
