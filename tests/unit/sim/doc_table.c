// SPDX-License-Identifier: GPL-2.0
// Tables of docs/ that tests make.
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/doc_table.h"

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &n, 0, f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

/* The page with the table in its place; NULL: no such page or place. */
static char *with_table(const char *text, const char *name, void (*make)(FILE *out))
{
	char begin[64], end[64], *made = NULL;
	const char *from, *to;
	size_t n;
	FILE *out;

	snprintf(begin, sizeof(begin), "<!-- begin %s:", name);
	snprintf(end, sizeof(end), "<!-- end %s -->", name);
	from = text ? strstr(text, begin) : NULL;
	from = from ? strchr(from, '\n') : NULL;
	to = from ? strstr(from, end) : NULL;
	if (!to)
		return NULL;
	out = open_memstream(&made, &n);
	fwrite(text, 1, from + 1 - text, out);
	make(out);
	fputs(to, out);
	fclose(out);
	return made;
}

bool doc_table_current(const char *page, const char *name, void (*make)(FILE *out))
{
	char *text = read_all(page), *want = with_table(text, name, make);
	bool same = want && !strcmp(text, want);

	if (!same)
		fprintf(stderr, "%s is not current: run make docs\n", page);
	free(text);
	free(want);
	return same;
}

bool doc_table_write(const char *page, const char *name, void (*make)(FILE *out))
{
	char *text = read_all(page), *want = with_table(text, name, make);
	FILE *f = want ? fopen(page, "w") : NULL;
	bool done = f && fputs(want, f) >= 0;

	if (f)
		fclose(f);
	free(text);
	free(want);
	return done;
}
