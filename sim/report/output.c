// SPDX-License-Identifier: GPL-2.0
/* The results directory: everything under temporary names first, then renamed, or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/report_priv.h"
#include "sim/report/timeline.h"
#include "sim/scenario/cfg.h"

#define JSON_FILE     "results.json"
#define HTML_FILE     "report.html"
#define TIMELINE_FILE "timeline.perfetto-trace"

struct output {
	const struct report *r;
	struct cfg_error *err;
	char *dir;    /* where results go */
	char *tmp;    /* where they are until all are there */
	char *made;   /* the topmost directory above dir that was made, NULL: none */
	bool existed; /* dir did */
};

static int fail(struct output *o, int error, const char *file)
{
	return cfg_fail_errno(o->err, error, "%s%s%s: %s", o->dir, file ? "/" : "",
			      file ? file : "", strerror(error));
}

static char *join(const char *dir, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

/* Runs @fn on dir/file; its errno or 0. */
static int on_path(const char *dir, const char *file, int (*fn)(const char *))
{
	char *path = join(dir, file);
	int error = !path ? ENOMEM : fn(path) ? errno : 0;

	free(path);
	return error;
}

/* ---- Directories ---- */

/* Makes what is missing above the last part of @path; remembers the topmost one. */
static int make_parents(struct output *o)
{
	char *path = strdup(o->dir);

	if (!path)
		return ENOMEM;
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		int error;

		*at = 0;
		error = mkdir(path, 0777) ? errno : 0;
		if (!error && !o->made)
			o->made = strdup(path);
		if (error && error != EEXIST) {
			free(path);
			return error;
		}
		*at = '/';
	}
	free(path);
	return 0;
}

/* Removes the directories that make_parents() made, from the lowest up. */
static void remove_parents(struct output *o)
{
	size_t top = o->made ? strlen(o->made) : 0;
	char *path = o->made ? strdup(o->dir) : NULL, *slash;

	while (path && (slash = strrchr(path, '/')) && (size_t)(slash - path) >= top) {
		*slash = 0;
		if (rmdir(path))
			break;
	}
	free(path);
}

/* A fresh directory, in @dir when that exists, else beside it. */
static int make_temporary(struct output *o)
{
	for (u32 i = 0; i < 10000; i++) {
		int n = o->existed ? asprintf(&o->tmp, "%s/.partial.%u", o->dir, i)
				   : asprintf(&o->tmp, "%s.partial.%u", o->dir, i);

		if (n < 0) {
			o->tmp = NULL;
			return ENOMEM;
		}
		if (!mkdir(o->tmp, 0777))
			return 0;
		n = errno;
		free(o->tmp);
		o->tmp = NULL;
		if (n != EEXIST)
			return n;
	}
	return EEXIST;
}

/* ---- Files ---- */

/* Calls @fn for every file name that results can have, until it returns an errno. */
static int each_name(struct output *o, int (*fn)(struct output *o, const char *file))
{
	int error = fn(o, JSON_FILE);

	for (u32 i = 0; !error && report_tables[i].file; i++)
		error = fn(o, report_tables[i].file);
	error = error ? error : fn(o, HTML_FILE);
	return error ? error : fn(o, TIMELINE_FILE);
}

/* Writes by @table, or by @write which gives 0 or -errno. */
static int write_file(struct output *o, const char *file, const struct table *table,
		      int (*write)(const struct report *r, FILE *out))
{
	char *path = join(o->tmp, file);
	FILE *out = path ? fopen(path, "we") : NULL;
	int error = out ? 0 : errno;

	free(path);
	if (!out)
		return fail(o, error ? error : ENOMEM, file);
	errno = 0;
	if (table)
		table->write(o->r, out);
	else
		error = -write(o->r, out);
	if (!error && (ferror(out) || fflush(out)))
		error = errno ? errno : EIO;
	if (fclose(out) && !error)
		error = errno;
	return error ? fail(o, error, file) : 0;
}

static int write_all(struct output *o)
{
	int rc = write_file(o, JSON_FILE, NULL, report_json);

	for (u32 i = 0; !rc && o->r->cfg.csv && report_tables[i].file; i++)
		if (!report_tables[i].guests || o->r->nguests)
			rc = write_file(o, report_tables[i].file, &report_tables[i], NULL);
	if (!rc && o->r->cfg.html)
		rc = write_file(o, HTML_FILE, NULL, report_html);
	if (!rc && o->r->timeline) {
		char *path = join(o->tmp, TIMELINE_FILE);
		int error = path ? -timeline_link(o->r->timeline, path) : ENOMEM;

		free(path);
		rc = error ? fail(o, error, TIMELINE_FILE) : 0;
	}
	return rc;
}

static int remove_partial(struct output *o, const char *file)
{
	on_path(o->tmp, file, unlink);
	return 0;
}

/* A directory in a result's place could not be replaced: found before anything is. */
static int check_place(struct output *o, const char *file)
{
	char *path = join(o->dir, file);
	struct stat st;
	int error = !path ? ENOMEM : !stat(path, &st) && S_ISDIR(st.st_mode) ? EISDIR : 0;

	free(path);
	return error ? -fail(o, error, file) : 0;
}

/* Moves a file into place; one that this run does not have must not stay from an earlier one. */
static int move_file(struct output *o, const char *file)
{
	char *from = join(o->tmp, file), *to = join(o->dir, file);
	int error = from && to ? 0 : ENOMEM;

	if (!error && rename(from, to)) {
		error = errno;
		if (error == ENOENT)
			error = unlink(to) && errno != ENOENT ? errno : 0;
	}
	free(from);
	free(to);
	return error ? -fail(o, error, file) : 0;
}

static int finish(struct output *o)
{
	int error;

	if (!o->existed) {
		if (!rename(o->tmp, o->dir))
			return 0;
		return fail(o, errno, NULL);
	}
	error = each_name(o, check_place);
	if (!error)
		error = each_name(o, move_file);
	if (error)
		return -error;
	rmdir(o->tmp);
	return 0;
}

int report_write(struct report *r, const char *dir, struct cfg_error *err)
{
	struct output o = {.r = r, .err = err};
	struct stat st;
	size_t len;
	int rc;

	dir = dir ? dir : r->dir;
	o.dir = strdup(dir && *dir ? dir : ".");
	if (!o.dir)
		return cfg_fail_errno(err, ENOMEM, "results: no memory");
	for (len = strlen(o.dir); len > 1 && o.dir[len - 1] == '/';)
		o.dir[--len] = 0;
	o.existed = !stat(o.dir, &st);
	rc = o.existed && !S_ISDIR(st.st_mode) ? ENOTDIR : make_parents(&o);
	if (!rc)
		rc = make_temporary(&o);
	if (rc) {
		rc = fail(&o, rc, NULL);
	} else {
		rc = write_all(&o);
		if (!rc)
			rc = finish(&o);
	}
	if (rc && o.tmp) {
		each_name(&o, remove_partial);
		rmdir(o.tmp);
	}
	if (rc)
		remove_parents(&o);
	free(o.dir);
	free(o.tmp);
	free(o.made);
	return rc;
}
