// SPDX-License-Identifier: GPL-2.0
// What the tables of keys yield besides binding: a struct as YAML, and the reference of a format.
#include <string.h>

#include "sim/scenario/units.h"
#include "sim/scenario/yaml_bind.h"

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
	default:
		return UNIT_NONE;
	}
}

static u64 load(const void *obj, size_t off, u32 width)
{
	const char *p = (const char *)obj + off;
	u64 v64;
	u32 v32;
	u16 v16;

	switch (width) {
	case 8:
		memcpy(&v64, p, 8);
		return v64;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	case 2:
		memcpy(&v16, p, 2);
		return v16;
	default:
		return (u8)*p;
	}
}

static void print_number(FILE *out, const struct yaml_key *key, u64 v)
{
	char buf[48];

	switch (key->type) {
	case YAML_HEX:
	case YAML_HEXES:
		fprintf(out, "0x%llx", v);
		break;
	case YAML_BOOL:
		fputs(v ? "yes" : "no", out);
		break;
	case YAML_WORD:
		fputs(key->words[v], out);
		break;
	case YAML_INT:
		fprintf(out, "%lld", key->width == 4 ? (s64)(s32)v : (s64)v);
		break;
	case YAML_SHARE:
		fprintf(out, "%g %%", (double)v / 10000);
		break;
	case YAML_RATE:
		if (!v) {
			fputs("unlimited", out);
			break;
		}
		/* fall through */
	default:
		unit_format(unit_of(key->type), v, buf);
		fputs(buf, out);
	}
}

static void print_array(FILE *out, const struct yaml_key *key, const void *obj)
{
	u32 unit = key->type == YAML_HEXES ? 8 : 4, i;

	fputc('[', out);
	for (i = 0; i < key->width / unit; i++) {
		fputs(i ? ", " : "", out);
		print_number(out, key, load(obj, key->off + i * unit, unit));
	}
	fputc(']', out);
}

static void print_keys(FILE *out, const struct yaml_table *table, const void *obj, u32 indent,
		       bool *item);

static void print_items(FILE *out, const struct yaml_key *key, const void *obj, u32 indent)
{
	u32 count = (u32)load(obj, key->off_count, 4), i;
	const char *items;
	bool first;

	memcpy(&items, (const char *)obj + key->off, sizeof(items));
	for (i = 0; i < count; i++) {
		first = true;
		print_keys(out, key->sub, items + (size_t)i * key->width, indent + 1, &first);
	}
}

/* @item: the next line begins an element of a list. */
static void print_keys(FILE *out, const struct yaml_table *table, const void *obj, u32 indent,
		       bool *item)
{
	const struct yaml_key *key;
	const char *text;

	for (key = table->keys; key->name; key++) {
		if (key->type == YAML_INLINE) {
			print_keys(out, key->sub, (const char *)obj + key->off, indent, item);
			continue;
		}
		if (key->type == YAML_CUSTOM)
			continue;
		fprintf(out, "%*s%s%s:", (int)(2 * indent) - (*item ? 2 : 0), "", *item ? "- " : "",
			key->name);
		*item = false;
		switch (key->type) {
		case YAML_SUB:
			fputc('\n', out);
			print_keys(out, key->sub, (const char *)obj + key->off, indent + 1, item);
			continue;
		case YAML_ITEMS:
			fputc('\n', out);
			print_items(out, key, obj, indent);
			continue;
		case YAML_TEXT:
			memcpy(&text, (const char *)obj + key->off, sizeof(text));
			fprintf(out, " %s\n", text ? text : "\"\"");
			continue;
		case YAML_NUMBERS:
		case YAML_HEXES:
			fputc(' ', out);
			print_array(out, key, obj);
			break;
		default:
			fputc(' ', out);
			print_number(out, key, load(obj, key->off, key->width));
		}
		fputc('\n', out);
	}
}

void yaml_print(FILE *out, const struct yaml_table *table, const void *obj)
{
	bool item = false;

	print_keys(out, table, obj, 0, &item);
}

/* ---- Reference ---- */

static void document_form(FILE *out, const struct yaml_key *key)
{
	static const char *const names[] = {
		[YAML_COUNT] = "number",    [YAML_INT] = "number",
		[YAML_HEX] = "hex",	    [YAML_TIME] = "time",
		[YAML_SIZE] = "size",	    [YAML_RATE] = "rate",
		[YAML_FREQ] = "frequency",  [YAML_SHARE] = "share",
		[YAML_BOOL] = "yes/no",	    [YAML_TEXT] = "text",
		[YAML_SUB] = "map",	    [YAML_ITEMS] = "list of maps",
		[YAML_NUMBERS] = "numbers", [YAML_HEXES] = "hex numbers",
	};
	u32 i;

	if (key->type == YAML_CUSTOM) {
		fputs(key->form, out);
	} else if (key->type == YAML_WORD) {
		for (i = 0; key->words[i]; i++)
			fprintf(out, "%s%s", i ? ", " : "", key->words[i]);
	} else {
		fputs(names[key->type], out);
	}
}

static void document_range(FILE *out, const struct yaml_key *key)
{
	struct yaml_key plain = *key;

	switch (key->type) {
	case YAML_HEX:
	case YAML_HEXES:
		if (key->max == ~0ull)
			return;
		break;
	case YAML_BOOL:
	case YAML_WORD:
	case YAML_TEXT:
	case YAML_SUB:
	case YAML_CUSTOM:
		return;
	case YAML_INT:
		plain.width = 8;
		break;
	case YAML_ITEMS:
	case YAML_NUMBERS:
		plain.type = YAML_COUNT;
		break;
	default:
		break;
	}
	if (key->type == YAML_RATE && !key->min)
		fputs("unlimited", out);
	else
		print_number(out, &plain, key->min);
	fputs(" to ", out);
	print_number(out, &plain, key->max);
}

static void document_rows(FILE *out, const struct yaml_table *table)
{
	const struct yaml_key *key;

	for (key = table->keys; key->name; key++) {
		if (key->type == YAML_INLINE) {
			fprintf(out, "| ... | | | | any key of \"%s\" |\n", key->sub->title);
			continue;
		}
		fprintf(out, "| `%s` | ", key->name);
		document_form(out, key);
		fputs(" | ", out);
		document_range(out, key);
		fprintf(out, " | %s | %s |\n",
			key->type == YAML_SUB		       ? ""
			: key->def && key->def[0]	       ? key->def
			: key->def			       ? "none"
			: key->type == YAML_ITEMS && !key->min ? "none"
							       : "must be given",
			key->help);
	}
}

#define TABLES_MAX 64

struct documented {
	const struct yaml_table *tables[TABLES_MAX];
	u32 count;
};

/* Each table once, the outer ones first. */
static void document_table(FILE *out, const struct yaml_table *table, struct documented *done)
{
	const struct yaml_key *key;
	u32 i;

	for (i = 0; i < done->count; i++) {
		if (done->tables[i] == table)
			return;
	}
	if (done->count == TABLES_MAX)
		return;
	done->tables[done->count++] = table;
	fprintf(out,
		"\n### %s\n\n| key | form | range | default | meaning |\n|---|---|---|---|---|\n",
		table->title);
	document_rows(out, table);
	for (key = table->keys; key->name; key++) {
		if (key->sub)
			document_table(out, key->sub, done);
	}
}

void yaml_document(FILE *out, const struct yaml_table *table)
{
	struct documented done = {.count = 0};

	document_table(out, table, &done);
}
