// SPDX-License-Identifier: GPL-2.0
// The little grammars of scenario values: operation mixes, sizes, think times, queues, files.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/op_names.h"
#include "sim/scenario/scenario_keys.h"
#include "sim/scenario/units.h"

#define ROWS_MAX	  65536u
#define SIZE_MAX_TRANSFER 0xffffffffull /* what a descriptor can say */
#define TABLE_FILE_MAX	  (8u << 20)

/* A custom value that is one text. */
static int need_text(const struct yaml_node *node, const char *path, struct cfg_error *err)
{
	if (node->kind == YAML_SCALAR)
		return 0;
	return yaml_fail(err, node, path, "must be one value, not a %s",
			 node->kind == YAML_MAP ? "map" : "list");
}

static void *member(void *obj, const struct yaml_key *key)
{
	return (char *)obj + key->off;
}

/* The file that a value names: relative to the file it stands in, with --set to where we are. */
static const char *resolve(struct cfg_arena *arena, const struct yaml_node *node, const char *text)
{
	return cfg_relative(arena, text, node->line ? node->origin : NULL);
}

int parse_file(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
	       const char *path, void *obj, struct cfg_error *err)
{
	const char **file = member(obj, key);

	if (need_text(node, path, err))
		return -EINVAL;
	*file = node->text[0] ? resolve(arena, node, node->text) : NULL;
	return 0;
}

int parse_seed(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
	       const char *path, void *obj, struct cfg_error *err)
{
	struct cfg_error why;
	u64 *seed = member(obj, key);

	if (need_text(node, path, err))
		return -EINVAL;
	if (yaml_number(YAML_COUNT, node->text, seed, &why))
		return yaml_fail(err, node, path, "%s", why.text);
	return 0;
}

/* ---- Operations ---- */

/*
 * What a generator makes, a bit for each opcode: every operation of DSA 1.x but the batch, which
 * comes from `batch`.
 */
#define GENERATED 0x1003f03fdull

static int one_op(const char *text, size_t len, struct scn_op *op)
{
	const char *colon = memchr(text, ':', len);
	u64 weight = 1;
	size_t n = colon ? (size_t)(colon - text) : len;
	int code = n == 5 && !memcmp(text, "touch", 5) ? SCN_OP_TOUCH : op_code(text, n);

	if (code < 0 || (code != SCN_OP_TOUCH && !(GENERATED >> code & 1)))
		return -EINVAL;
	if (colon &&
	    (unit_parse(UNIT_NONE, colon + 1, len - n - 1, &weight) || !weight || weight > 1000000))
		return -EINVAL;
	op->opcode = (u8)code;
	op->weight = (u32)weight;
	return 0;
}

int parse_op(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
	     const char *path, void *obj, struct cfg_error *err)
{
	struct scn_client *client = obj;
	const char *p, *comma;
	u32 n = 1;

	(void)key;
	if (need_text(node, path, err))
		return -EINVAL;
	for (p = node->text; *p; p++)
		n += *p == ',';
	if (n > 32)
		return yaml_fail(err, node, path, "more than 32 operations");
	client->ops = cfg_alloc(arena, n * sizeof(*client->ops));
	client->nops = 0;
	for (p = node->text;; p = comma + 1) {
		while (*p == ' ')
			p++;
		comma = strchrnul(p, ',');
		if (one_op(p, (size_t)(comma - p), &client->ops[client->nops++]))
			return yaml_fail(err, node, path,
					 "'%.*s' is no operation to generate (memmove, or a mix: "
					 "memmove:70,memfill:30)",
					 (int)(comma - p < 40 ? comma - p : 40), p);
		if (!*comma)
			return 0;
	}
}

/* ---- Sizes ---- */

/* Splits "a:b" and reads both as sizes. */
static bool two_sizes(const char *text, u64 *a, u64 *b)
{
	const char *colon = strchr(text, ':');

	return colon && !unit_parse(UNIT_SIZE, text, (size_t)(colon - text), a) &&
	       !unit_parse(UNIT_SIZE, colon + 1, strlen(colon + 1), b);
}

/* "NxSIZE" */
static bool times_size(const char *text, size_t len, u32 *n, u64 *size)
{
	const char *x = memchr(text, 'x', len);
	u64 count;

	if (!x || unit_parse(UNIT_NONE, text, (size_t)(x - text), &count) || !count ||
	    count > 1000000 || unit_parse(UNIT_SIZE, x + 1, len - (size_t)(x + 1 - text), size))
		return false;
	*n = (u32)count;
	return true;
}

/* Calls @row for each line of a table file that is neither empty nor a comment. */
static int scan_rows(struct cfg_arena *arena, const char *file,
		     bool (*row)(const char *line, size_t len, void *arg), void *arg,
		     const char *form, struct cfg_error *err)
{
	char *text, *p, *nl;
	u32 line = 0, rows = 0;
	size_t len;
	int rc;

	rc = cfg_read_file(arena, file, TABLE_FILE_MAX, &text, &len, err);
	if (rc)
		return rc;
	for (p = text; *p; p = nl) {
		line++;
		nl = strchrnul(p, '\n');
		len = (size_t)(nl - p);
		nl += *nl == '\n';
		while (len && (p[len - 1] == '\r' || p[len - 1] == ' '))
			len--;
		if (!len || *p == '#')
			continue;
		if (++rows > ROWS_MAX)
			return cfg_fail(err, "%s:%u: more than %u rows", file, line, ROWS_MAX);
		if (!row(p, len, arg))
			return cfg_fail(err, "%s:%u: %s expected", file, line, form);
	}
	return rows ? 0 : cfg_fail(err, "%s:1: the file has no rows", file);
}

/* The same for the file @name that the value of @node names, whose place the message begins with.
 */
static int read_rows(struct cfg_arena *arena, const struct yaml_node *node, const char *path,
		     const char *name, bool (*row)(const char *line, size_t len, void *arg),
		     void *arg, const char *form, struct cfg_error *err)
{
	struct cfg_error why;
	int rc = scan_rows(arena, resolve(arena, node, name), row, arg, form, &why);

	return rc ? yaml_fail(err, node, path, "%s", why.text) : 0;
}

static bool size_row(const char *line, size_t len, void *arg)
{
	struct scn_size *size = arg;
	struct scn_size_row *row = &size->table[size->rows];
	const char *end = line + len, *p = end;
	u64 weight;

	/* The weight is what stands behind the last blank; the size may have one before its unit.
	 */
	while (p > line && p[-1] != ' ' && p[-1] != '\t')
		p--;
	if (p == line || unit_parse(UNIT_NONE, p, (size_t)(end - p), &weight) ||
	    weight > 1ull << 40)
		return false;
	while (p > line && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	if (unit_parse(UNIT_SIZE, line, (size_t)(p - line), &row->size) &&
	    unit_parse(UNIT_NONE, line, (size_t)(p - line), &row->size))
		return false;
	if (!row->size || row->size > SIZE_MAX_TRANSFER)
		return false;
	row->cumulative = weight + (size->rows ? row[-1].cumulative : 0);
	size->rows++;
	return true;
}

static int size_table(struct cfg_arena *arena, const struct yaml_node *node, const char *path,
		      const char *file, struct scn_size *size, struct cfg_error *err)
{
	int rc;

	size->kind = SCN_SIZE_TABLE;
	size->table = cfg_alloc(arena, ROWS_MAX * sizeof(*size->table));
	rc = read_rows(arena, node, path, file, size_row, size,
		       "a size of 1 B to 4 GiB and its weight ('4096 B 10')", err);
	if (rc)
		return rc;
	if (!size->table[size->rows - 1].cumulative)
		return yaml_fail(err, node, path, "all weights of the file are 0");
	size->a = size->b = size->table[0].size;
	for (u32 i = 0; i < size->rows; i++) {
		if (size->table[i].size < size->a)
			size->a = size->table[i].size;
		if (size->table[i].size > size->b)
			size->b = size->table[i].size;
	}
	return 0;
}

static bool parse_size_words(const char *text, struct scn_size *size)
{
	static const struct {
		const char *word;
		u32 kind;
	} kinds[] = {
		{"uniform:", SCN_SIZE_UNIFORM},
		{"alt:", SCN_SIZE_ALT},
		{"first:", SCN_SIZE_FIRST},
		{"double:", SCN_SIZE_DOUBLE},
	};
	const char *colon;
	u32 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].word);

		if (strncmp(text, kinds[i].word, n))
			continue;
		size->kind = kinds[i].kind;
		return two_sizes(text + n, &size->a, &size->b);
	}
	if (!strncmp(text, "mix:", 4)) {
		size->kind = SCN_SIZE_MIX;
		text += 4;
		colon = strchr(text, ':');
		return colon && times_size(text, (size_t)(colon - text), &size->na, &size->a) &&
		       times_size(colon + 1, strlen(colon + 1), &size->nb, &size->b);
	}
	size->kind = SCN_SIZE_FIXED;
	if (unit_parse(UNIT_SIZE, text, strlen(text), &size->a))
		return false;
	size->b = size->a;
	return true;
}

int parse_size(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
	       const char *path, void *obj, struct cfg_error *err)
{
	struct scn_size *size = member(obj, key);

	if (need_text(node, path, err))
		return -EINVAL;
	memset(size, 0, sizeof(*size));
	if (!strncmp(node->text, "file:", 5))
		return size_table(arena, node, path, node->text + 5, size, err);
	if (!parse_size_words(node->text, size))
		return yaml_fail(err, node, path, "'%.60s' is not of the form %s", node->text,
				 key->form);
	if (!size->a || !size->b || size->a > SIZE_MAX_TRANSFER || size->b > SIZE_MAX_TRANSFER)
		return yaml_fail(err, node, path, "sizes go from 1 B to %llu B", SIZE_MAX_TRANSFER);
	if ((size->kind == SCN_SIZE_UNIFORM || size->kind == SCN_SIZE_DOUBLE) && size->a > size->b)
		return yaml_fail(err, node, path, "the first size is above the second");
	return 0;
}

/* ---- Think times ---- */

static bool think_row(const char *line, size_t len, void *arg)
{
	struct scn_think *think = arg;

	return !unit_parse(UNIT_TIME, line, len, &think->table[think->rows++]);
}

int parse_think(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
		const char *path, void *obj, struct cfg_error *err)
{
	struct scn_think *think = member(obj, key);
	const char *text = node->text;

	if (need_text(node, path, err))
		return -EINVAL;
	memset(think, 0, sizeof(*think));
	if (!strncmp(text, "file:", 5)) {
		think->kind = SCN_THINK_TABLE;
		think->table = cfg_alloc(arena, ROWS_MAX * sizeof(*think->table));
		return read_rows(arena, node, path, text + 5, think_row, think,
				 "a time with a unit", err);
	}
	if (!strncmp(text, "exp:", 4)) {
		think->kind = SCN_THINK_EXP;
		text += 4;
	}
	if (unit_parse(UNIT_TIME, text, strlen(text), &think->mean_ps) ||
	    think->mean_ps > 1000 * PS_PER_S)
		return yaml_fail(err, node, path, "'%.60s' is not of the form %s", node->text,
				 key->form);
	return 0;
}

/* ---- Addresses ---- */

/* One word for the member; for the key "pattern" also for the destination. Empty: leave it. */
int parse_pattern(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
		  const char *path, void *obj, struct cfg_error *err)
{
	static const char *const words[] = {"seq", "random", "same"};
	struct scn_client *client = obj;
	u32 *pattern = member(obj, key), i;

	(void)arena;
	if (need_text(node, path, err))
		return -EINVAL;
	if (!node->text[0])
		return 0;
	for (i = 0; i < 3; i++) {
		if (strcmp(node->text, words[i]))
			continue;
		*pattern = i;
		if (!strcmp(key->name, "pattern"))
			client->pattern_dst = i;
		return 0;
	}
	return yaml_fail(err, node, path, "'%.40s' is none of seq, random, same", node->text);
}

/* ---- Work queues ---- */

static int one_wq(const struct yaml_node *node, const char *path, struct scn_wq *wq,
		  struct cfg_error *err)
{
	static const char *const modes[] = {"any", "shared", "dedicated", NULL};
	u32 device, queue, i;
	char rest;

	if (need_text(node, path, err))
		return -EINVAL;
	*wq = (struct scn_wq){.device = -1, .queue = -1};
	for (i = 0; modes[i]; i++) {
		if (!strcmp(node->text, modes[i])) {
			wq->mode = i;
			return 0;
		}
	}
	if (!node->text[0] || strlen(node->text) > 1024)
		return yaml_fail(err, node, path,
				 "a queue is wqD.N, any, shared, dedicated or its name");
	wq->name = node->text;
	if (sscanf(node->text, "wq%4u.%4u%c", &device, &queue, &rest) == 2) {
		wq->device = (s32)device;
		wq->queue = (s32)queue;
	}
	return 0;
}

/* One queue or a list of them; the count stands in the u32 in front of the pointer. */
int parse_wqs(struct cfg_arena *arena, const struct yaml_key *key, const struct yaml_node *node,
	      const char *path, void *obj, struct cfg_error *err)
{
	struct scn_client *client = obj;
	u32 n = node->kind == YAML_LIST ? node->count : 1, i;
	char sub[200];

	(void)key;
	if (!n || n > 64)
		return yaml_fail(err, node, path, "must be one queue or a list of 1 to 64");
	client->nwqs = n;
	client->wqs = cfg_alloc(arena, n * sizeof(*client->wqs));
	if (node->kind != YAML_LIST)
		return one_wq(node, path, &client->wqs[0], err);
	for (i = 0; i < n; i++) {
		snprintf(sub, sizeof(sub), "%.180s[%u]", path, i);
		if (one_wq(node->items[i].node, sub, &client->wqs[i], err))
			return -EINVAL;
	}
	return 0;
}
