// SPDX-License-Identifier: GPL-2.0
// Byte streams behind traces: zlib and zstd both ways, lines out of blocks, files that appear
// whole.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/scenario/cfg.h"
#include "sim/workload/trace_io.h"

#define BLOCK (256u << 10)
#define SLACK 32u /* readable bytes behind the last line */

enum packing { PLAIN, GZIP, ZSTD };

struct trace_source {
	int fd;
	enum packing packing;
	bool file_end;	 /* nothing more to read from the file */
	bool data_end;	 /* nothing more to unpack */
	bool open_frame; /* packed data may not end here */
	u8 *raw;	 /* packed bytes */
	size_t raw_pos, raw_len;
	z_stream gz;
	ZSTD_DStream *zst;
	char *buf; /* text; [pos, len) is not delivered yet */
	size_t pos, len, cap;
	char error[96];
};

static int source_fail(struct trace_source *src, int error, const char *text)
{
	snprintf(src->error, sizeof(src->error), "%s", text);
	return -error;
}

/* Refills the packed bytes; what is left of them moves to the front. */
static int read_raw(struct trace_source *src)
{
	ssize_t got;

	if (src->raw_pos) {
		memmove(src->raw, src->raw + src->raw_pos, src->raw_len - src->raw_pos);
		src->raw_len -= src->raw_pos;
		src->raw_pos = 0;
	}
	while (!src->file_end && src->raw_len < BLOCK) {
		got = read(src->fd, src->raw + src->raw_len, BLOCK - src->raw_len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return source_fail(src, errno, strerror(errno));
		if (!got)
			src->file_end = true;
		src->raw_len += (size_t)got;
		if (got)
			break;
	}
	return 0;
}

static int unpack_gzip(struct trace_source *src, char *out, size_t room, size_t *made)
{
	int rc;

	src->gz.next_in = src->raw + src->raw_pos;
	src->gz.avail_in = (uInt)(src->raw_len - src->raw_pos);
	src->gz.next_out = (Bytef *)out;
	src->gz.avail_out = (uInt)room;
	rc = inflate(&src->gz, Z_NO_FLUSH);
	src->raw_pos = src->raw_len - src->gz.avail_in;
	*made = room - src->gz.avail_out;
	src->open_frame = rc != Z_STREAM_END;
	if (rc == Z_STREAM_END) {
		inflateReset(&src->gz); /* another member may follow */
		return 0;
	}
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return source_fail(src, EINVAL, "the gzip data is damaged");
	return 0;
}

static int unpack_zstd(struct trace_source *src, char *out, size_t room, size_t *made)
{
	ZSTD_inBuffer in = {src->raw, src->raw_len, src->raw_pos};
	ZSTD_outBuffer to = {out, room, 0};
	size_t rc = ZSTD_decompressStream(src->zst, &to, &in);

	src->raw_pos = in.pos;
	*made = to.pos;
	src->open_frame = rc != 0;
	if (ZSTD_isError(rc))
		return source_fail(src, EINVAL, "the zstd data is damaged");
	return 0;
}

/* Text that is not packed goes straight to @out. */
static int read_plain(struct trace_source *src, char *out, size_t room, size_t *made)
{
	ssize_t got;

	*made = src->raw_len - src->raw_pos; /* what was read to tell the packing */
	if (*made) {
		memcpy(out, src->raw + src->raw_pos, *made);
		src->raw_pos = src->raw_len;
		return 0;
	}
	do {
		got = read(src->fd, out, room);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return source_fail(src, errno, strerror(errno));
	src->data_end = !got;
	*made = (size_t)got;
	return 0;
}

/* Puts up to @room bytes of text at @out; data_end is set when there is no more. */
static int unpack(struct trace_source *src, char *out, size_t room, size_t *made)
{
	bool was_open;
	int rc;

	if (src->packing == PLAIN)
		return read_plain(src, out, room, made);
	*made = 0;
	while (!*made) {
		if (src->raw_pos == src->raw_len && !src->file_end) {
			rc = read_raw(src);
			if (rc)
				return rc;
		}
		/* With no input left the unpackers may still hold output. */
		was_open = src->open_frame;
		if (src->raw_pos == src->raw_len && !was_open) {
			src->data_end = true;
			return 0;
		}
		rc = src->packing == GZIP ? unpack_gzip(src, out, room, made)
					  : unpack_zstd(src, out, room, made);
		if (rc)
			return rc;
		if (!*made && src->file_end && src->raw_pos == src->raw_len && src->open_frame)
			return source_fail(src, EINVAL, "the packed data is cut off");
	}
	return 0;
}

int trace_source_line(struct trace_source *src, size_t max, char **line, size_t *len)
{
	size_t searched = 0, made;
	char *nl;
	int rc;

	for (;;) {
		nl = memchr(src->buf + src->pos + searched, '\n', src->len - src->pos - searched);
		if (nl) {
			*line = src->buf + src->pos;
			*len = (size_t)(nl - *line);
			src->pos += *len + 1;
			if (*len > max)
				return source_fail(src, EINVAL, "the line is too long");
			return 1;
		}
		searched = src->len - src->pos;
		if (searched > max)
			return source_fail(src, EINVAL, "the line is too long");
		if (src->data_end)
			break;
		memmove(src->buf, src->buf + src->pos, searched);
		src->pos = 0;
		src->len = searched;
		rc = unpack(src, src->buf + searched, src->cap - searched, &made);
		if (rc)
			return rc;
		src->len += made;
	}
	if (searched)
		return source_fail(src, EINVAL, "the file ends in the middle of a line");
	return 0;
}

static int source_start(struct trace_source *src)
{
	int rc = read_raw(src);

	/* The magic numbers are 4 bytes: a pipe may hand them out one by one. */
	while (!rc && src->raw_len < 4 && !src->file_end)
		rc = read_raw(src);
	if (rc)
		return rc;
	if (src->raw_len >= 2 && src->raw[0] == 0x1f && src->raw[1] == 0x8b) {
		src->packing = GZIP;
		if (inflateInit2(&src->gz, 16 + MAX_WBITS) != Z_OK)
			return -ENOMEM;
	} else if (src->raw_len >= 4 && !memcmp(src->raw, "\x28\xb5\x2f\xfd", 4)) {
		src->packing = ZSTD;
		src->zst = ZSTD_createDStream();
		if (!src->zst)
			return -ENOMEM;
		/* A window of 128 MiB is what the zstd tool accepts by itself. */
		ZSTD_DCtx_setParameter(src->zst, ZSTD_d_windowLogMax, 27);
	}
	src->open_frame = src->packing != PLAIN;
	return 0;
}

int trace_source_file(const char *path, struct cfg_error *err)
{
	struct stat st = {.st_mode = S_IFIFO};

	if (strcmp(path, "-") && stat(path, &st))
		return cfg_fail_errno(err, errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return cfg_fail_errno(err, EISDIR, "%s: %s", path, strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return cfg_fail_errno(err, ESPIPE, "%s: is read twice, it must be a file", path);
	return 0;
}

int trace_source_open(struct trace_source **out, const char *path, struct cfg_error *err)
{
	struct trace_source *src = calloc(1, sizeof(*src));
	struct stat st;
	int rc;

	if (!src)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	src->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (src->fd < 0 || fstat(src->fd, &st)) {
		rc = cfg_fail_errno(err, errno, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		rc = cfg_fail_errno(err, EISDIR, "%s: %s", path, strerror(EISDIR));
	} else {
		src->cap = BLOCK;
		src->raw = malloc(BLOCK);
		src->buf = calloc(1, src->cap + SLACK);
		rc = src->raw && src->buf ? source_start(src) : -ENOMEM;
		if (rc)
			cfg_fail(err, "%s: %s", path, src->error[0] ? src->error : strerror(-rc));
	}
	if (rc) {
		trace_source_close(src);
		return rc;
	}
	*out = src;
	return 0;
}

const char *trace_source_error(const struct trace_source *src)
{
	return src->error;
}

void trace_source_close(struct trace_source *src)
{
	if (!src)
		return;
	if (src->packing == GZIP)
		inflateEnd(&src->gz);
	ZSTD_freeDStream(src->zst);
	if (src->fd >= 0)
		close(src->fd);
	free(src->raw);
	free(src->buf);
	free(src);
}

/* ---- Writing ---- */

struct trace_sink {
	int fd;
	int error; /* first one, errno */
	enum packing packing;
	char *path, *part; /* part NULL: written directly */
	u8 *buf, *packed;
	size_t len;
	z_stream gz;
	ZSTD_CStream *zst;
};

static void write_all(struct trace_sink *sink, const u8 *data, size_t len)
{
	ssize_t done;

	while (len && !sink->error) {
		done = write(sink->fd, data, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			sink->error = errno;
			return;
		}
		data += done;
		len -= (size_t)done;
	}
}

static void pack_gzip(struct trace_sink *sink, bool end)
{
	int rc;

	sink->gz.next_in = sink->buf;
	sink->gz.avail_in = (uInt)sink->len;
	do {
		sink->gz.next_out = sink->packed;
		sink->gz.avail_out = BLOCK;
		rc = deflate(&sink->gz, end ? Z_FINISH : Z_NO_FLUSH);
		write_all(sink, sink->packed, BLOCK - sink->gz.avail_out);
	} while (rc == Z_OK && !sink->gz.avail_out && !sink->error);
}

static void pack_zstd(struct trace_sink *sink, bool end)
{
	ZSTD_inBuffer in = {sink->buf, sink->len, 0};
	ZSTD_outBuffer to;
	size_t rc;

	do {
		to = (ZSTD_outBuffer){sink->packed, BLOCK, 0};
		rc = ZSTD_compressStream2(sink->zst, &to, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(rc)) {
			sink->error = EIO;
			return;
		}
		write_all(sink, sink->packed, to.pos);
	} while ((end ? rc != 0 : in.pos < in.size) && !sink->error);
}

static void flush(struct trace_sink *sink, bool end)
{
	if (sink->error)
		;
	else if (sink->packing == GZIP)
		pack_gzip(sink, end);
	else if (sink->packing == ZSTD)
		pack_zstd(sink, end);
	else
		write_all(sink, sink->buf, sink->len);
	sink->len = 0;
}

void trace_sink_put(struct trace_sink *sink, const void *data, size_t len)
{
	size_t part;

	while (len) {
		part = BLOCK - sink->len < len ? BLOCK - sink->len : len;
		memcpy(sink->buf + sink->len, data, part);
		sink->len += part;
		data = (const u8 *)data + part;
		len -= part;
		if (sink->len == BLOCK)
			flush(sink, false);
	}
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n > m && !strcmp(path + n - m, end);
}

static int sink_start(struct trace_sink *sink, const char *path)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		sink->fd = dup(STDOUT_FILENO);
	} else if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		sink->fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		if (asprintf(&sink->part, "%s.part%d", path, (int)getpid()) < 0) {
			sink->part = NULL;
			return ENOMEM;
		}
		sink->fd = open(sink->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	}
	if (sink->fd < 0) {
		int error = errno;

		free(sink->part); /* nothing to remove */
		sink->part = NULL;
		return error;
	}
	if (ends_with(path, ".gz")) {
		sink->packing = GZIP;
		if (deflateInit2(&sink->gz, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY))
			return ENOMEM;
	} else if (ends_with(path, ".zst")) {
		sink->packing = ZSTD;
		sink->zst = ZSTD_createCStream();
		if (!sink->zst)
			return ENOMEM;
		ZSTD_CCtx_setParameter(sink->zst, ZSTD_c_compressionLevel, 12);
		ZSTD_CCtx_setParameter(sink->zst, ZSTD_c_checksumFlag, 1);
	}
	return 0;
}

int trace_sink_open(struct trace_sink **out, const char *path, struct cfg_error *err)
{
	struct trace_sink *sink = calloc(1, sizeof(*sink));
	int error;

	if (!sink)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	sink->fd = -1;
	sink->path = strdup(path);
	sink->buf = malloc(BLOCK);
	sink->packed = malloc(BLOCK);
	error = sink->path && sink->buf && sink->packed ? sink_start(sink, path) : ENOMEM;
	if (error) {
		trace_sink_close(sink, false, NULL);
		return cfg_fail_errno(err, error, "%s: %s", path, strerror(error));
	}
	*out = sink;
	return 0;
}

int trace_sink_close(struct trace_sink *sink, bool keep, struct cfg_error *err)
{
	int error;

	if (keep)
		flush(sink, true);
	if (sink->fd >= 0 && close(sink->fd) && !sink->error)
		sink->error = errno;
	if (keep && !sink->error && sink->part && rename(sink->part, sink->path))
		sink->error = errno;
	if (sink->part && (!keep || sink->error))
		unlink(sink->part);
	error = sink->error;
	if (error)
		cfg_fail(err, "%s: %s", sink->path, strerror(error));
	if (sink->packing == GZIP)
		deflateEnd(&sink->gz);
	ZSTD_freeCStream(sink->zst);
	free(sink->part);
	free(sink->path);
	free(sink->buf);
	free(sink->packed);
	free(sink);
	return -error;
}
