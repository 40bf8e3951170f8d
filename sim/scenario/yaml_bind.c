// SPDX-License-Identifier: GPL-2.0
// Binds a YAML tree to structs through tables of keys, with every check that a table states.
#include <errno.h>
#include <string.h>

#include "sim/scenario/units.h"
#include "sim/scenario/yaml_bind.h"

#define PATH_MAX_LEN 256

struct binder {
	struct cfg_arena *arena;
	struct cfg_error *err;
};

static enum unit_kind unit_of(u32 type)
{
	switch (type) {
	case YAML_TIME:
		return UNIT_TIME;
	case YAML_SIZE:
		return UNIT_SIZE;
	case YAML_RATE:
		return UNIT_RATE;
	case YAML_FREQ:
		return UNIT_FREQ;
	case YAML_SHARE:
		return UNIT_SHARE;
	default:
		return UNIT_NONE;
	}
}

static int parse_hex(const char *text, u64 *value)
{
	u64 v = 0;
	u32 n;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return -EINVAL;
	for (n = 0, text += 2; *text; text++, n++) {
		u32 c = (unsigned char)*text | 0x20;

		if (n == 16)
			return -EINVAL;
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return -EINVAL;
	}
	*value = v;
	return n ? 0 : -EINVAL;
}

int yaml_number(enum yaml_type type, const char *text, u64 *value, struct cfg_error *err)
{
	enum unit_kind kind = unit_of(type);

	if (type == YAML_RATE && !strcmp(text, "unlimited")) {
		*value = 0;
		return 0;
	}
	if (type == YAML_HEX || (type == YAML_COUNT && text[0] == '0' && text[1] == 'x')) {
		if (!parse_hex(text, value))
			return 0;
		return cfg_fail(err, "'%.40s' is not a hexadecimal number of up to 64 bits (0x...)",
				text);
	}
	switch (unit_parse(kind, text, strlen(text), value)) {
	case UNIT_OK:
		return 0;
	case UNIT_MISSING:
		return cfg_fail(err, "'%.40s' needs a unit: %s", text, unit_names(kind));
	case UNIT_UNKNOWN:
		return cfg_fail(err, "'%.40s' has a wrong unit: use %s", text, unit_names(kind));
	case UNIT_TOO_LARGE:
		return cfg_fail(err, "'%.40s' is too large", text);
	default:
		if (kind == UNIT_NONE)
			return cfg_fail(err, "'%.40s' is not a whole number", text);
		return cfg_fail(err, "'%.40s' is not a number with a unit (%s)", text,
				unit_names(kind));
	}
}

/* @value as the key's type is written, for messages and the reference. */
static void format_value(const struct yaml_key *key, u64 value, char *buf)
{
	if (key->type == YAML_HEX || key->type == YAML_HEXES)
		sprintf(buf, "0x%llx", value);
	else if (key->type == YAML_SHARE)
		sprintf(buf, "%g %%", (double)value / 10000);
	else
		unit_format(unit_of(key->type), value, buf);
}

static int check_range(const struct yaml_key *key, const struct yaml_node *node, const char *path,
		       u64 value, struct cfg_error *err)
{
	char lo[32], hi[32], is[32];

	if (value >= key->min && value <= key->max)
		return 0;
	format_value(key, key->min, lo);
	format_value(key, key->max, hi);
	format_value(key, value, is);
	return yaml_fail(err, node, path, "%s is out of range: %s to %s", is, lo, hi);
}

static void store(void *obj, size_t off, u32 width, u64 value)
{
	char *p = (char *)obj + off;
	u32 v32 = (u32)value;
	u16 v16 = (u16)value;

	if (width == 8)
		memcpy(p, &value, 8);
	else if (width == 4)
		memcpy(p, &v32, 4);
	else if (width == 2)
		memcpy(p, &v16, 2);
	else
		*p = (char)value;
}

static int bind_bool(const char *text, u64 *value, struct cfg_error *err)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
	u32 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(text, words[i])) {
			*value = i & 1;
			return 0;
		}
	}
	return cfg_fail(err, "'%.40s' is neither true nor false", text);
}

static int bind_word(const struct yaml_key *key, const char *text, u64 *value,
		     struct cfg_error *err)
{
	char list[256] = "";
	size_t len = 0;
	u32 i;

	for (i = 0; key->words[i]; i++) {
		if (!strcmp(text, key->words[i])) {
			*value = i;
			return 0;
		}
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					key->words[i]);
		if (len >= sizeof(list))
			len = sizeof(list) - 1;
	}
	return cfg_fail(err, "'%.40s' is none of %s", text, list);
}

static int bind_signed(const struct yaml_key *key, const char *text, u64 *value,
		       struct cfg_error *err)
{
	bool minus = text[0] == '-';
	u64 v;

	if (yaml_number(YAML_COUNT, text + minus, &v, err))
		return -EINVAL;
	if (v > 0x7fffffff || (s64)(minus ? -(s64)v : (s64)v) < (s64)key->min ||
	    (s64)(minus ? -(s64)v : (s64)v) > (s64)key->max)
		return cfg_fail(err, "%.40s is out of range: %lld to %lld", text, (s64)key->min,
				(s64)key->max);
	*value = minus ? 0 - v : v;
	return 0;
}

/* A scalar of any type but text and custom ones, checked, as a number. */
static int scalar_value(const struct yaml_key *key, const struct yaml_node *node, const char *path,
			u64 *value, struct cfg_error *err)
{
	struct cfg_error why = {""};
	int rc;

	if (node->kind != YAML_SCALAR)
		return yaml_fail(err, node, path, "must be one value, not a %s",
				 node->kind == YAML_MAP ? "map" : "list");
	if (key->type == YAML_BOOL)
		rc = bind_bool(node->text, value, &why);
	else if (key->type == YAML_WORD)
		rc = bind_word(key, node->text, value, &why);
	else if (key->type == YAML_INT)
		rc = bind_signed(key, node->text, value, &why);
	else
		rc = yaml_number(key->type == YAML_NUMBERS ? YAML_COUNT
				 : key->type == YAML_HEXES ? YAML_HEX
							   : key->type,
				 node->text, value, &why);
	if (rc)
		return yaml_fail(err, node, path, "%s", why.text);
	if (key->type == YAML_BOOL || key->type == YAML_WORD || key->type == YAML_INT)
		return 0;
	return check_range(key, node, path, *value, err);
}

/* A fixed array: a list of at most its length; one number alone stands for all (hex: the first). */
static int bind_array(const struct yaml_key *key, const struct yaml_node *node, const char *path,
		      void *obj, struct cfg_error *err)
{
	u32 unit = key->type == YAML_HEXES ? 8 : 4, n = key->width / unit, i;
	u64 value;

	if (node->kind == YAML_SCALAR) {
		if (scalar_value(key, node, path, &value, err))
			return -EINVAL;
		for (i = 0; i < n; i++)
			store(obj, key->off + i * unit, unit,
			      key->type == YAML_HEXES && i ? 0 : value);
		return 0;
	}
	if (node->kind != YAML_LIST || !node->count || node->count > n)
		return yaml_fail(err, node, path, "must be one number or a list of up to %u", n);
	for (i = 0; i < n; i++) {
		value = 0;
		if (i < node->count && scalar_value(key, node->items[i].node, path, &value, err))
			return -EINVAL;
		store(obj, key->off + i * unit, unit, value);
	}
	return 0;
}

static int bind_table(struct binder *b, const struct yaml_table *table,
		      const struct yaml_node *node, const char *path, bool overlay, void *obj);

static int bind_items(struct binder *b, const struct yaml_key *key, const struct yaml_node *node,
		      const char *path, void *obj)
{
	char sub[PATH_MAX_LEN];
	char *items, *item;
	u32 i;
	int rc;

	if (node->kind != YAML_LIST)
		return yaml_fail(b->err, node, path, "must be a list");
	if (node->count < key->min || node->count > key->max)
		return yaml_fail(b->err, node, path, "%u elements, but %llu to %llu are possible",
				 node->count, key->min, key->max);
	items = cfg_alloc(b->arena, (size_t)key->width * (node->count ? node->count : 1));
	memcpy((char *)obj + key->off, &items, sizeof(items));
	memcpy((char *)obj + key->off_count, &node->count, sizeof(node->count));
	for (i = 0; i < node->count; i++) {
		item = items + (size_t)i * key->width;
		snprintf(sub, sizeof(sub), "%.200s[%u]", path, i);
		if (key->init)
			key->init(item, obj);
		rc = bind_table(b, key->sub, node->items[i].node, sub, false, item);
		if (rc)
			return rc;
	}
	return 0;
}

static int bind_key(struct binder *b, const struct yaml_key *key, const struct yaml_node *node,
		    const char *path, bool overlay, void *obj)
{
	const char *text;
	u64 value;

	switch (key->type) {
	case YAML_SUB:
		return bind_table(b, key->sub, node, path, overlay, (char *)obj + key->off);
	case YAML_ITEMS:
		return bind_items(b, key, node, path, obj);
	case YAML_NUMBERS:
	case YAML_HEXES:
		return bind_array(key, node, path, obj, b->err);
	case YAML_CUSTOM:
		return key->parse(b->arena, key, node, path, obj, b->err);
	case YAML_TEXT:
		if (node->kind != YAML_SCALAR)
			return yaml_fail(b->err, node, path, "must be a text");
		text = node->text;
		memcpy((char *)obj + key->off, &text, sizeof(text));
		return 0;
	default:
		if (scalar_value(key, node, path, &value, b->err))
			return -EINVAL;
		store(obj, key->off, key->width, value);
		return 0;
	}
}

/* Edit distance, for "did you mean"; names are short. */
static u32 distance(const char *a, const char *b)
{
	u32 row[48], i, j, diag, up;
	u32 n = (u32)strlen(b);

	if (n >= 47 || strlen(a) >= 47)
		return ~0u;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; *a; a++, i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			up = row[j];
			row[j] = diag + (*a != b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[n];
}

static void nearest(const struct yaml_table *table, const char *name, const char **best, u32 *least)
{
	const struct yaml_key *key;
	u32 d;

	for (key = table->keys; key->name; key++) {
		if (key->type == YAML_INLINE) {
			nearest(key->sub, name, best, least);
			continue;
		}
		d = distance(name, key->name);
		if (d < *least) {
			*least = d;
			*best = key->name;
		}
	}
}

bool yaml_has_key(const struct yaml_table *table, const char *name)
{
	const struct yaml_key *key;

	for (key = table->keys; key->name; key++) {
		if (key->type == YAML_INLINE ? yaml_has_key(key->sub, name)
					     : !strcmp(key->name, name))
			return true;
	}
	return false;
}

static void join(char *buf, const char *path, const char *name)
{
	snprintf(buf, PATH_MAX_LEN, "%.150s%s%.100s", path, path[0] && name[0] ? "." : "", name);
}

static int check_unknown(struct binder *b, const struct yaml_table *table,
			 const struct yaml_node *node, const char *path)
{
	char sub[PATH_MAX_LEN];
	const char *best, *name;
	u32 i, least;

	for (i = 0; i < node->count; i++) {
		name = node->items[i].key;
		if (yaml_has_key(table, name))
			continue;
		best = NULL;
		least = 1 + (u32)strlen(name) / 2;
		nearest(table, name, &best, &least);
		join(sub, path, name);
		if (best)
			return yaml_fail(b->err, node->items[i].node, sub,
					 "unknown key; did you mean '%s'?", best);
		return yaml_fail(b->err, node->items[i].node, sub, "unknown key");
	}
	return 0;
}

/* A key that the file does not have: its default, or an error. */
static int bind_absent(struct binder *b, const struct yaml_key *key, const struct yaml_node *node,
		       const char *path, bool overlay, void *obj)
{
	struct yaml_node def = {.kind = YAML_SCALAR, .line = 0, .origin = "default"};

	if (overlay)
		return 0;
	if (key->type == YAML_SUB)
		return bind_table(b, key->sub, NULL, path, false, (char *)obj + key->off);
	if (key->type == YAML_ITEMS) {
		if (!key->min)
			return 0;
	} else if (key->def) {
		if (key->type == YAML_TEXT && !key->def[0])
			return 0; /* stays NULL */
		def.text = key->def;
		return bind_key(b, key, &def, path, false, obj);
	}
	return yaml_fail(b->err, node, path, "missing");
}

static int bind_keys(struct binder *b, const struct yaml_table *table, const struct yaml_node *node,
		     const char *path, bool overlay, void *obj)
{
	const struct yaml_node *value;
	const struct yaml_key *key;
	char sub[PATH_MAX_LEN];
	int rc;

	for (key = table->keys; key->name; key++) {
		if (key->type == YAML_INLINE) {
			rc = bind_keys(b, key->sub, node, path, true, (char *)obj + key->off);
			if (rc)
				return rc;
			continue;
		}
		join(sub, path, key->name);
		value = node ? yaml_get(node, key->name) : NULL;
		rc = value ? bind_key(b, key, value, sub, overlay, obj)
			   : bind_absent(b, key, node, sub, overlay, obj);
		if (rc)
			return rc;
	}
	return table->check ? table->check(obj, node, path, b->err) : 0;
}

static int bind_table(struct binder *b, const struct yaml_table *table,
		      const struct yaml_node *node, const char *path, bool overlay, void *obj)
{
	int rc;

	if (node && node->kind != YAML_MAP)
		return yaml_fail(b->err, node, path, "must be a map of keys");
	rc = node ? check_unknown(b, table, node, path) : 0;
	return rc ? rc : bind_keys(b, table, node, path, overlay, obj);
}

int yaml_bind(struct cfg_arena *arena, const struct yaml_table *table, const struct yaml_node *node,
	      const char *path, bool overlay, void *obj, struct cfg_error *err)
{
	struct binder b = {.arena = arena, .err = err};

	return bind_table(&b, table, node, path, overlay, obj);
}
