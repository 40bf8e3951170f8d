// SPDX-License-Identifier: GPL-2.0
// YAML text to a tree that knows where each word stands, and what --set and inheritance do to it.
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "sim/scenario/yaml_bind.h"

#define NODES_MAX 100000u
#define DEPTH_MAX 32u

struct builder {
	struct cfg_arena *arena;
	yaml_document_t *doc;
	const char *path;
	u32 nodes;
	struct cfg_error *err;
};

int yaml_fail(struct cfg_error *err, const struct yaml_node *node, const char *path,
	      const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!node)
		return cfg_fail(err, "key '%.160s': %s", path, text);
	if (!node->line)
		return cfg_fail(err, "%.160s: key '%.120s': %s", node->origin, path, text);
	if (!path[0])
		return cfg_fail(err, "%.200s:%u: %s", node->origin, node->line, text);
	return cfg_fail(err, "%.200s:%u: key '%.120s': %s", node->origin, node->line, path, text);
}

const char *yaml_place(struct cfg_arena *arena, const struct yaml_node *node, const char *path)
{
	char place[512];

	if (node->line)
		snprintf(place, sizeof(place), "%.200s:%u: key '%.180s'", node->origin, node->line,
			 path);
	else
		snprintf(place, sizeof(place), "%.200s: key '%.180s'", node->origin, path);
	return cfg_strdup(arena, place);
}

static struct yaml_node *node_new(struct cfg_arena *arena, u32 kind, const char *origin, u32 line)
{
	struct yaml_node *node = cfg_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->origin = origin;
	node->line = line;
	return node;
}

static void node_add(struct cfg_arena *arena, struct yaml_node *parent, const char *key,
		     struct yaml_node *node)
{
	struct yaml_item *items;

	if (parent->count == parent->room) {
		parent->room = parent->room ? 2 * parent->room : 8;
		items = cfg_alloc(arena, parent->room * sizeof(*items));
		if (parent->count)
			memcpy(items, parent->items, parent->count * sizeof(*items));
		parent->items = items;
	}
	parent->items[parent->count].key = key;
	parent->items[parent->count++].node = node;
}

static struct yaml_item *find_item(const struct yaml_node *map, const char *key)
{
	u32 i;

	for (i = 0; map && map->kind == YAML_MAP && i < map->count; i++) {
		if (!strcmp(map->items[i].key, key))
			return &map->items[i];
	}
	return NULL;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	struct yaml_item *item = find_item(map, key);

	return item ? item->node : NULL;
}

struct yaml_node *yaml_take(struct yaml_node *map, const char *key)
{
	struct yaml_item *item = find_item(map, key);
	struct yaml_node *node;

	if (!item)
		return NULL;
	node = item->node;
	memmove(item, item + 1, (size_t)(map->items + map->count - item - 1) * sizeof(*item));
	map->count--;
	return node;
}

static struct yaml_node *build(struct builder *b, int id, u32 depth);

static int build_map(struct builder *b, yaml_node_t *y, struct yaml_node *node, u32 depth)
{
	yaml_node_pair_t *pair;

	for (pair = y->data.mapping.pairs.start; pair < y->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(b->doc, pair->key);
		u32 line = (u32)key->start_mark.line + 1;
		struct yaml_node *value;
		const char *name;

		if (key->type != YAML_SCALAR_NODE)
			return cfg_fail(b->err, "%s:%u: a key must be a word", b->path, line);
		name = cfg_strdup(b->arena, (const char *)key->data.scalar.value);
		value = yaml_get(node, name);
		if (value)
			return cfg_fail(b->err, "%s:%u: key '%.100s' again (first in line %u)",
					b->path, line, name, value->line);
		value = build(b, pair->value, depth);
		if (!value)
			return -EINVAL;
		value->line = line;
		node_add(b->arena, node, name, value);
	}
	return 0;
}

static struct yaml_node *build(struct builder *b, int id, u32 depth)
{
	yaml_node_t *y = yaml_document_get_node(b->doc, id);
	u32 line = (u32)y->start_mark.line + 1;
	struct yaml_node *node, *child;
	yaml_node_item_t *item;

	if (++b->nodes > NODES_MAX || depth > DEPTH_MAX) {
		cfg_fail(b->err, "%s:%u: too large: more than %u values or %u levels", b->path,
			 line, NODES_MAX, DEPTH_MAX);
		return NULL;
	}
	switch (y->type) {
	case YAML_SCALAR_NODE:
		node = node_new(b->arena, YAML_SCALAR, b->path, line);
		node->text = cfg_strndup(b->arena, (const char *)y->data.scalar.value,
					 y->data.scalar.length);
		if (strlen(node->text) != y->data.scalar.length) {
			cfg_fail(b->err, "%s:%u: a zero byte in a value", b->path, line);
			return NULL;
		}
		return node;
	case YAML_SEQUENCE_NODE:
		node = node_new(b->arena, YAML_LIST, b->path, line);
		for (item = y->data.sequence.items.start; item < y->data.sequence.items.top;
		     item++) {
			child = build(b, *item, depth + 1);
			if (!child)
				return NULL;
			node_add(b->arena, node, NULL, child);
		}
		return node;
	default:
		node = node_new(b->arena, YAML_MAP, b->path, line);
		return build_map(b, y, node, depth + 1) ? NULL : node;
	}
}

/* A second document would be ignored silently: refuse it. */
static int expect_end(yaml_parser_t *parser, const char *path, struct cfg_error *err)
{
	yaml_document_t doc;
	yaml_node_t *node;
	int rc = 0;

	if (!yaml_parser_load(parser, &doc))
		return cfg_fail(err, "%s:%zu: %s", path, parser->problem_mark.line + 1,
				parser->problem ? parser->problem : "bad YAML");
	node = yaml_document_get_root_node(&doc);
	if (node)
		rc = cfg_fail(err, "%s:%zu: a second document starts here", path,
			      node->start_mark.line + 1);
	yaml_document_delete(&doc);
	return rc;
}

int yaml_parse(struct cfg_arena *arena, const char *text, size_t len, const char *path,
	       struct yaml_node **root, struct cfg_error *err)
{
	struct builder b = {.arena = arena, .path = path, .err = err};
	yaml_parser_t parser;
	yaml_document_t doc;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &doc)) {
		size_t line = parser.problem_mark.line;

		if (parser.error == YAML_READER_ERROR)
			rc = cfg_fail(err, "%s: byte %zu: %s", path, parser.problem_offset,
				      parser.problem ? parser.problem : "bad text");
		else
			rc = cfg_fail(err, "%s:%zu: %s%s%s", path, line + 1,
				      parser.problem ? parser.problem : "bad YAML",
				      parser.context ? ", " : "",
				      parser.context ? parser.context : "");
		yaml_parser_delete(&parser);
		return rc;
	}
	b.doc = &doc;
	if (!yaml_document_get_root_node(&doc)) {
		rc = cfg_fail(err, "%s:1: the file is empty", path);
	} else {
		*root = build(&b, 1, 0);
		rc = *root ? expect_end(&parser, path, err) : -EINVAL;
	}
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
	return rc;
}

struct yaml_node *yaml_merge(struct cfg_arena *arena, struct yaml_node *base,
			     struct yaml_node *over)
{
	struct yaml_item *item;
	struct yaml_node *out;
	u32 i;

	if (!base || !over || base->kind != YAML_MAP || over->kind != YAML_MAP)
		return over ? over : base;
	out = node_new(arena, YAML_MAP, over->origin, over->line);
	for (i = 0; i < base->count; i++)
		node_add(arena, out, base->items[i].key, base->items[i].node);
	for (i = 0; i < over->count; i++) {
		item = find_item(out, over->items[i].key);
		if (item)
			item->node = yaml_merge(arena, item->node, over->items[i].node);
		else
			node_add(arena, out, over->items[i].key, over->items[i].node);
	}
	return out;
}

static struct yaml_node *copy_tree(struct cfg_arena *arena, const struct yaml_node *node)
{
	struct yaml_node *out = node_new(arena, node->kind, node->origin, node->line);
	u32 i;

	out->text = node->text;
	for (i = 0; i < node->count; i++)
		node_add(arena, out, node->items[i].key, copy_tree(arena, node->items[i].node));
	return out;
}

int yaml_expand(struct cfg_arena *arena, struct yaml_node *root, const char *key, u32 max,
		struct cfg_error *err)
{
	struct yaml_node *list = yaml_get(root, key), *out, *count;
	u64 n, k;
	u32 i;

	if (!list || list->kind != YAML_LIST)
		return 0; /* the binder complains about anything else */
	out = node_new(arena, YAML_LIST, list->origin, list->line);
	for (i = 0; i < list->count; i++) {
		struct cfg_error why;
		char path[96];

		n = 1;
		count = yaml_take(list->items[i].node, "count");
		snprintf(path, sizeof(path), "%.60s[%u].count", key, i);
		if (count && count->kind != YAML_SCALAR)
			return yaml_fail(err, count, path, "must be a number");
		if (count && yaml_number(YAML_COUNT, count->text, &n, &why))
			return yaml_fail(err, count, path, "%s", why.text);
		if (n < 1 || n + out->count > max)
			return yaml_fail(err, count ? count : list, path,
					 "%llu is out of range: 1 to %u in all", n, max);
		for (k = 0; k < n; k++)
			node_add(arena, out, NULL, copy_tree(arena, list->items[i].node));
	}
	find_item(root, key)->node = out;
	return 0;
}

/* One step of a path: a name, then any number of "[index]". */
static const char *path_name(struct cfg_arena *arena, const char *p, const char *end,
			     const char **name)
{
	const char *q = p;

	while (q < end && *q != '.' && *q != '[')
		q++;
	*name = q > p ? cfg_strndup(arena, p, (size_t)(q - p)) : NULL;
	return q;
}

struct setter {
	struct cfg_arena *arena;
	const char *set, *origin;
	struct yaml_node *value;
	struct cfg_error *err;
};

static int set_fail(struct setter *s, const char *what, const char *name)
{
	return cfg_fail(s->err, "--set '%.200s': %s%s%s%s", s->set, what, name ? " '" : "",
			name ? name : "", name ? "'" : "");
}

static int set_name(struct setter *s, struct yaml_node *node, const char *p, const char *end);

/* @slot is what stands before the rest @p of the path: descend into it, or replace it. */
static int set_rest(struct setter *s, struct yaml_node **slot, const char *p, const char *end)
{
	struct yaml_node *node = *slot;
	const char *close;
	u64 index;
	u32 i;
	int rc;

	if (p == end) {
		*slot = s->value;
		return 0;
	}
	if (*p == '.')
		return set_name(s, node, p + 1, end);
	if (*p != '[')
		return set_fail(s, "'.' or '[' expected before", p);
	close = memchr(p, ']', (size_t)(end - p));
	if (!close)
		return set_fail(s, "']' is missing", NULL);
	if (node->kind != YAML_LIST)
		return set_fail(s, "an index, but this is not a list", NULL);
	if (close == p + 2 && p[1] == '*') {
		for (i = 0; i < node->count; i++) {
			rc = set_rest(s, &node->items[i].node, close + 1, end);
			if (rc)
				return rc;
		}
		return node->count ? 0 : set_fail(s, "the list is empty", NULL);
	}
	if (close == p + 1 || close > p + 7)
		return set_fail(s, "a bad index", NULL);
	for (index = 0, p++; p < close; p++) {
		if (*p < '0' || *p > '9')
			return set_fail(s, "a bad index", NULL);
		index = index * 10 + (u64)(*p - '0');
	}
	if (index >= node->count) {
		char what[80];

		snprintf(what, sizeof(what), "index %llu, but the list has %u element%s", index,
			 node->count, node->count == 1 ? "" : "s");
		return set_fail(s, what, NULL);
	}
	return set_rest(s, &node->items[index].node, close + 1, end);
}

static int set_name(struct setter *s, struct yaml_node *node, const char *p, const char *end)
{
	struct yaml_item *item;
	const char *name, *next;

	next = path_name(s->arena, p, end, &name);
	if (!name)
		return set_fail(s, "a name is missing in the path", NULL);
	if (node->kind != YAML_MAP)
		return set_fail(s, "this has no keys, so not", name);
	item = find_item(node, name);
	if (!item) {
		node_add(s->arena, node, name, node_new(s->arena, YAML_MAP, s->origin, 0));
		item = find_item(node, name);
	}
	return set_rest(s, &item->node, next, end);
}

static void set_origin(struct yaml_node *node, const char *origin)
{
	u32 i;

	node->origin = origin;
	node->line = 0;
	for (i = 0; i < node->count; i++)
		set_origin(node->items[i].node, origin);
}

int yaml_set(struct cfg_arena *arena, struct yaml_node *root, const char *set, size_t skip,
	     struct cfg_error *err)
{
	struct setter s = {.arena = arena, .set = set, .err = err};
	const char *equals = strchr(set, '=');
	struct cfg_error why;
	char *origin;

	if (!equals)
		return set_fail(&s, "must be path=value", NULL);
	if (strlen(set) > 4096)
		return cfg_fail(err, "--set '%.60s...': longer than 4096 characters", set);
	origin = cfg_alloc(arena, strlen(set) + 16);
	sprintf(origin, "--set '%s'", set);
	s.origin = origin;
	if (!equals[1]) {
		s.value = node_new(arena, YAML_SCALAR, origin, 0);
		s.value->text = "";
	} else if (yaml_parse(arena, equals + 1, strlen(equals + 1), "value", &s.value, &why)) {
		return set_fail(&s, why.text, NULL);
	}
	set_origin(s.value, origin);
	return set_name(&s, root, set + skip, equals);
}
