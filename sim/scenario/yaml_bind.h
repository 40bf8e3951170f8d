/* SPDX-License-Identifier: GPL-2.0 */
/* YAML files to structs through tables of keys: checks, defaults, overrides, documentation. */
#ifndef SIM_SCENARIO_YAML_BIND_H
#define SIM_SCENARIO_YAML_BIND_H

#include <stdio.h>

#include "sim/scenario/cfg.h"

/* ---- The tree: what a file says, with the place of every word ---- */

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_node;
struct yaml_item {
	const char *key; /* maps */
	struct yaml_node *node;
};
struct yaml_node {
	u32 kind;	    /* enum yaml_kind */
	u32 line;	    /* from 1; 0: from a --set */
	const char *origin; /* file, or "--set a.b=c" */
	const char *text;   /* scalars */
	u32 count, room;
	struct yaml_item *items; /* maps and lists, in order */
};

/*
 * Parses one YAML document. Duplicate keys, several documents, an empty file and a tree of more
 * than 100,000 nodes are errors. @path is for messages. 0 or -EINVAL.
 */
int yaml_parse(struct cfg_arena *arena, const char *text, size_t len, const char *path,
	       struct yaml_node **root, struct cfg_error *err);
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* Removes @key from @map; returns what was there or NULL. */
struct yaml_node *yaml_take(struct yaml_node *map, const char *key);
/* Lays @over on @base: maps key by key, everything else replaced. Returns the result. */
struct yaml_node *yaml_merge(struct cfg_arena *arena, struct yaml_node *base,
			     struct yaml_node *over);
/*
 * Applies "a.b[2].c=value" to @root; "[*]" means every element; maps on the way are made, list
 * elements must exist. The value is YAML. @skip: bytes of @set that are a prefix of the path.
 */
int yaml_set(struct cfg_arena *arena, struct yaml_node *root, const char *set, size_t skip,
	     struct cfg_error *err);
/* Replaces each map with "count: N" in the list @key of @root by N maps without it. */
int yaml_expand(struct cfg_arena *arena, struct yaml_node *root, const char *key, u32 max,
		struct cfg_error *err);
/* "origin:line: key 'path'", for a message that comes later. */
const char *yaml_place(struct cfg_arena *arena, const struct yaml_node *node, const char *path);
/* "origin:line: key 'path': message" into @err; returns -EINVAL. */
int yaml_fail(struct cfg_error *err, const struct yaml_node *node, const char *path,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- Tables ---- */

enum yaml_type {
	YAML_COUNT, /* plain number */
	YAML_INT,   /* signed plain number */
	YAML_HEX,   /* 0x... */
	YAML_TIME,
	YAML_SIZE,
	YAML_RATE, /* or "unlimited", which is 0 */
	YAML_FREQ,
	YAML_SHARE, /* percent or fraction, as parts per million */
	YAML_BOOL,
	YAML_WORD,    /* one of words; the member is its index */
	YAML_TEXT,    /* const char * */
	YAML_SUB,     /* map, bound by sub into the member */
	YAML_INLINE,  /* keys of sub stand here themselves; only those given are touched */
	YAML_ITEMS,   /* list of maps: the member points to an array */
	YAML_NUMBERS, /* list of plain numbers into a fixed array; one number fills all of it */
	YAML_HEXES,   /* one or up to four hex numbers, lowest 64 bits first */
	YAML_CUSTOM,  /* parse */
};

struct yaml_table;
struct yaml_key;

/* What a custom parser gets: the scalar or list, and where its result goes. */
typedef int yaml_parse_fn(struct cfg_arena *arena, const struct yaml_key *key,
			  const struct yaml_node *node, const char *path, void *obj,
			  struct cfg_error *err);

struct yaml_key {
	const char *name;
	u32 type;  /* enum yaml_type */
	u32 width; /* of the member; lists: of one element */
	size_t off;
	u64 min, max;		  /* of numbers in the member's unit; lists: number of elements */
	const char *def;	  /* default as it would be written; NULL: must be given */
	const char *help;	  /* one sentence for the reference */
	const char *const *words; /* YAML_WORD, ends with NULL */
	const struct yaml_table *sub;
	size_t off_count;			   /* YAML_ITEMS: u32 number of elements */
	void (*init)(void *item, const void *obj); /* YAML_ITEMS: what an element starts from */
	yaml_parse_fn *parse;			   /* YAML_CUSTOM */
	const char *form;			   /* YAML_CUSTOM: the grammar, for the reference */
};

struct yaml_table {
	const char *title;	     /* heading in the reference */
	const struct yaml_key *keys; /* ends with name NULL; bound in this order */
	int (*check)(void *obj, const struct yaml_node *node, const char *path,
		     struct cfg_error *err); /* after binding; may be NULL */
};

#define YAML_MEMBER(st, m) .off = offsetof(st, m), .width = sizeof(((st *)0)->m)
/* A plain value: struct, member, key, type, least, greatest, default, help. */
#define YAML_VAL(st, m, k, t, lo, hi, d, h)                                                        \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = k, .type = YAML_##t, .min = lo, .max = hi, .def = d,   \
				    .help = h                                                      \
	}
#define YAML_ENUM(st, m, k, w, d, h)                                                               \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = k, .type = YAML_WORD, .words = w, .def = d, .help = h  \
	}
#define YAML_STR(st, m, k, d, h)                                                                   \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = k, .type = YAML_TEXT, .def = d, .help = h              \
	}
#define YAML_MAPPED(st, m, k, s, h)                                                                \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = k, .type = YAML_SUB, .sub = s, .help = h               \
	}
#define YAML_INLINED(st, m, s)                                                                     \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = "", .type = YAML_INLINE, .sub = s, .help = ""          \
	}
#define YAML_LISTED(st, m, n, k, s, lo, hi, ini, h)                                                \
	{                                                                                          \
		.off = offsetof(st, m), .width = sizeof(*((st *)0)->m),                            \
		.off_count = offsetof(st, n), .name = k, .type = YAML_ITEMS, .sub = s, .min = lo,  \
		.max = hi, .init = ini, .help = h                                                  \
	}
#define YAML_OWN(st, m, k, fn, f, d, h)                                                            \
	{                                                                                          \
		YAML_MEMBER(st, m), .name = k, .type = YAML_CUSTOM, .parse = fn, .form = f,        \
				    .def = d, .help = h                                            \
	}
#define YAML_END                                                                                   \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/*
 * Fills @obj from @node (NULL: defaults only). @path is the key of @node, "" at the top.
 * @overlay: keys that are absent leave their members alone. 0 or -EINVAL with the first error.
 */
int yaml_bind(struct cfg_arena *arena, const struct yaml_table *table, const struct yaml_node *node,
	      const char *path, bool overlay, void *obj, struct cfg_error *err);
/* True if @name is a key of @table (or of what it has inline). */
bool yaml_has_key(const struct yaml_table *table, const char *name);
/* One number in the type of @type from @text, as the binder reads it; -EINVAL with @err "message".
 */
int yaml_number(enum yaml_type type, const char *text, u64 *value, struct cfg_error *err);
/* Prints @obj as YAML that binds to the same values; custom values are left out. */
void yaml_print(FILE *out, const struct yaml_table *table, const void *obj);
/* Prints the reference of @table and of all below it as Markdown tables. */
void yaml_document(FILE *out, const struct yaml_table *table);

#endif
