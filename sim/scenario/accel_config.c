// SPDX-License-Identifier: GPL-2.0
// Reads accel-config JSON files: what accel-config would write to sysfs, and in which order.
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/accel_config.h"
#include "sim/scenario/cfg.h"

#define FILE_MAX_LEN (4u << 20)
#define PATH_LEN     192
#define IDS_MAX	     256

enum level { DEVICE, GROUP, WQ, ENGINE };

enum attr_flags {
	ATTR_TEXT = 1,
	ATTR_LONG = 2,		 /* 64 bits; others are C ints */
	ATTR_SKIP_MINUS = 4,	 /* -1 means "not set" */
	ATTR_SKIP_V1 = 8,	 /* only written from version 2 on */
	ATTR_SKIP_DWQ = 16,	 /* not written to a dedicated queue */
	ATTR_SKIP_NO_LIMIT = 32, /* only if the device has a read buffer limit */
};

static const struct attr {
	u32 level;
	const char *key;  /* in the file */
	const char *attr; /* in sysfs */
	u32 flags;
} attrs[] = {
	{DEVICE, "token_limit", "read_buffer_limit", 0},
	{DEVICE, "read_buffer_limit", "read_buffer_limit", 0},
	{DEVICE, "event_log_size", "event_log_size", 0},
	{GROUP, "tokens_reserved", "read_buffers_reserved", ATTR_SKIP_MINUS},
	{GROUP, "read_buffers_reserved", "read_buffers_reserved", ATTR_SKIP_MINUS},
	{GROUP, "use_token_limit", "use_read_buffer_limit", ATTR_SKIP_NO_LIMIT},
	{GROUP, "use_read_buffer_limit", "use_read_buffer_limit", ATTR_SKIP_NO_LIMIT},
	{GROUP, "tokens_allowed", "read_buffers_allowed", ATTR_SKIP_MINUS},
	{GROUP, "read_buffers_allowed", "read_buffers_allowed", ATTR_SKIP_MINUS},
	{GROUP, "traffic_class_a", "traffic_class_a", ATTR_SKIP_V1 | ATTR_SKIP_MINUS},
	{GROUP, "traffic_class_b", "traffic_class_b", ATTR_SKIP_V1 | ATTR_SKIP_MINUS},
	{GROUP, "desc_progress_limit", "desc_progress_limit", ATTR_SKIP_V1 | ATTR_SKIP_MINUS},
	{GROUP, "batch_progress_limit", "batch_progress_limit", ATTR_SKIP_V1 | ATTR_SKIP_MINUS},
	{WQ, "size", "size", 0},
	{WQ, "priority", "priority", 0},
	{WQ, "group_id", "group_id", 0},
	{WQ, "block_on_fault", "block_on_fault", 0},
	{WQ, "type", "type", ATTR_TEXT},
	{WQ, "name", "name", ATTR_TEXT},
	{WQ, "driver_name", "driver_name", ATTR_TEXT},
	{WQ, "op_config", "op_config", ATTR_TEXT},
	{WQ, "mode", "mode", ATTR_TEXT},
	{WQ, "max_batch_size", "max_batch_size", 0},
	{WQ, "max_transfer_size", "max_transfer_size", ATTR_LONG},
	{WQ, "threshold", "threshold", ATTR_SKIP_DWQ},
	{WQ, "ats_disable", "ats_disable", ATTR_SKIP_MINUS},
	{WQ, "prs_disable", "prs_disable", ATTR_SKIP_MINUS},
	{ENGINE, "group_id", "group_id", 0},
};

/* What save-config writes beside the settable attributes: passed over in silence. */
static const char *const read_only[] = {
	"dev",	      "cdev_major",	 "cdev_minor",	      "state",
	"clients",    "errors",		 "numa_node",	      "version",
	"gen_cap",    "op_cap",		 "configurable",      "pasid_enabled",
	"max_groups", "max_work_queues", "max_engines",	      "max_read_buffers",
	"max_tokens", "max_batch_size",	 "max_transfer_size", "max_work_queues_size",
	"occupancy",  "cmd_status",	 "ats_disable",	      "prs_disable",
};

struct reader {
	struct accel_config *cfg;
	struct cfg_arena *arena;
	struct cfg_error *err;
	s32 rename;
	u32 version;
	u32 rooms[4];		  /* devices, wqs, writes, notes */
	struct accfg_device *dev; /* being read */
	u64 read_buffer_limit;
	u64 seen[3][IDS_MAX / 64]; /* groups, wqs, engines of the device */
};

static int bad(struct reader *r, const char *where, const char *fmt, const char *arg)
{
	char text[160];

	snprintf(text, sizeof(text), fmt, arg);
	return cfg_fail(r->err, "%s: %s: %s", r->cfg->path, where, text);
}

/* Room for one more element in an arena array; counts are bounded by the file's size. */
static void *grow(struct reader *r, void *array, u32 count, u32 *room, size_t size)
{
	void *bigger;

	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 16;
	bigger = cfg_alloc(r->arena, *room * size);
	if (count)
		memcpy(bigger, array, count * size);
	return bigger;
}

static void note(struct reader *r, const char *where, const char *fmt, const char *arg)
{
	struct accel_config *cfg = r->cfg;
	char text[PATH_LEN + 160];
	int len = snprintf(text, sizeof(text), "%s: ", where);

	snprintf(text + len, sizeof(text) - (size_t)len, fmt, arg);
	cfg->notes = grow(r, cfg->notes, cfg->nnotes, &r->rooms[3], sizeof(*cfg->notes));
	cfg->notes[cfg->nnotes++] = cfg_strdup(r->arena, text);
}

static void add_write(struct reader *r, const char *dev, const char *attr, const char *value,
		      const char *where)
{
	struct accel_config *cfg = r->cfg;

	cfg->writes = grow(r, cfg->writes, cfg->nwrites, &r->rooms[2], sizeof(*cfg->writes));
	cfg->writes[cfg->nwrites++] = (struct accfg_write){
		.dev = dev,
		.attr = attr,
		.value = cfg_strdup(r->arena, value),
		.where = cfg_strdup(r->arena, where),
	};
}

/* A number as accel-config takes it: an integer, a truth value, or digits in a string. */
static int json_number(struct reader *r, json_object *val, u32 flags, const char *where, s64 *out)
{
	const char *text;
	char *end;

	switch (json_object_get_type(val)) {
	case json_type_int:
		*out = json_object_get_int64(val);
		break;
	case json_type_boolean:
		*out = json_object_get_boolean(val);
		break;
	case json_type_string:
		text = json_object_get_string(val);
		errno = 0;
		*out = strtoll(text, &end, 10);
		if (end == text || *end || errno)
			return bad(r, where, "'%.60s' is not a whole number", text);
		break;
	default:
		return bad(r, where, "must be a whole number, not %.60s",
			   json_object_to_json_string(val));
	}
	if (!(flags & ATTR_LONG) && (*out > 0x7fffffff || *out < -0x7fffffff - 1ll))
		return bad(r, where, "%.60s is out of range", json_object_to_json_string(val));
	return 0;
}

static bool skipped(const struct reader *r, const struct attr *a, const struct accfg_wq *wq, s64 v)
{
	if ((a->flags & ATTR_SKIP_MINUS) && v == -1)
		return true;
	if ((a->flags & ATTR_SKIP_V1) && r->version < 0x200)
		return true;
	if ((a->flags & ATTR_SKIP_NO_LIMIT) && !r->read_buffer_limit)
		return true;
	return (a->flags & ATTR_SKIP_DWQ) && wq && wq->mode && !strcmp(wq->mode, "dedicated");
}

static void remember(struct reader *r, struct accfg_wq *wq, const char *attr, s64 v,
		     const char *text)
{
	if (!wq) {
		if (!strcmp(attr, "read_buffer_limit"))
			r->read_buffer_limit = (u64)v;
		return;
	}
	if (text)
		text = cfg_strdup(r->arena, text);
	if (!strcmp(attr, "size"))
		wq->size = v;
	else if (!strcmp(attr, "group_id"))
		wq->group = v;
	else if (!strcmp(attr, "threshold"))
		wq->threshold = v;
	else if (!strcmp(attr, "priority"))
		wq->priority = v;
	else if (!strcmp(attr, "block_on_fault"))
		wq->block_on_fault = v;
	else if (!strcmp(attr, "max_batch_size"))
		wq->max_batch_size = v;
	else if (!strcmp(attr, "max_transfer_size"))
		wq->max_transfer_size = v;
	else if (!strcmp(attr, "mode"))
		wq->mode = text;
	else if (!strcmp(attr, "type"))
		wq->type = text;
	else if (!strcmp(attr, "name"))
		wq->name = text;
	else if (!strcmp(attr, "driver_name"))
		wq->driver_name = text;
}

static int read_attr(struct reader *r, enum level level, const char *dev, struct accfg_wq *wq,
		     const char *key, json_object *val, const char *where)
{
	const struct attr *a;
	const char *text = NULL;
	char number[24];
	s64 v = 0;
	u32 i;

	if (!val) /* null: accel-config passes over it */
		return 0;
	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		a = &attrs[i];
		if (a->level != level || strcmp(a->key, key))
			continue;
		if (a->flags & ATTR_TEXT) {
			if (json_object_get_type(val) != json_type_string)
				return bad(r, where, "must be a string, not %.60s",
					   json_object_to_json_string(val));
			text = json_object_get_string(val);
		} else {
			if (json_number(r, val, a->flags, where, &v))
				return -EINVAL;
			/* Negative group values never reach sysfs: accel-config refuses the file.
			 */
			if (level == GROUP && v < 0)
				return bad(r, where, "%.60s: a group takes no negative value",
					   json_object_to_json_string(val));
			if (skipped(r, a, wq, v))
				return 0;
			snprintf(number, sizeof(number), "%lld", v);
		}
		remember(r, level == WQ ? wq : NULL, a->attr, v, text);
		add_write(r, dev, a->attr, text ? text : number, where);
		return 0;
	}
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		if (!strcmp(key, read_only[i]))
			return 0;
	}
	note(r, where, "accel-config does not set '%.60s'; ignored", key);
	return 0;
}

/* "PREFIX<number>" or "PREFIX<number>.<number>"; false if it is not that. */
static bool parse_name(const char *name, const char *prefix, bool child, u32 *dev, u32 *id)
{
	size_t len = strlen(prefix);
	char rest;

	if (strncmp(name, prefix, len) || name[len] < '0' || name[len] > '9')
		return false;
	if (!child)
		return sscanf(name + len, "%4u%c", dev, &rest) == 1;
	return sscanf(name + len, "%4u.%4u%c", dev, id, &rest) == 2;
}

static int read_dev(struct reader *r, json_object *obj, const char *where, const char **name)
{
	json_object *dev;
	char path[PATH_LEN];

	if (json_object_get_type(obj) != json_type_object)
		return bad(r, where, "must be an object%s", "");
	if (!json_object_object_get_ex(obj, "dev", &dev))
		return bad(r, where, "'dev' is missing%s", "");
	snprintf(path, sizeof(path), "%.180s.dev", where);
	if (json_object_get_type(dev) != json_type_string)
		return bad(r, path, "must be a string%s", "");
	*name = json_object_get_string(dev);
	return 0;
}

static int read_group(struct reader *r, json_object *obj, const char *where);

/* One queue or engine of a group, or a group; the name of the device in it is not looked at. */
static int read_child(struct reader *r, enum level level, json_object *obj, const char *where)
{
	static const char *const prefixes[] = {"dsa", "group", "wq", "engine"};
	struct accel_config *cfg = r->cfg;
	struct accfg_wq wq = {.size = -1,
			      .threshold = -1,
			      .group = -1,
			      .priority = -1,
			      .block_on_fault = -1,
			      .max_batch_size = -1,
			      .max_transfer_size = -1};
	char name[48], path[PATH_LEN];
	const char *given, *dev;
	u32 parent = 0, id = 0;
	int rc;

	rc = read_dev(r, obj, where, &given);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%.180s.dev", where);
	if (!parse_name(given, prefixes[level], true, &parent, &id) || id >= IDS_MAX)
		return bad(r, path,
			   level == GROUP ? "'%.60s' is not of the form groupD.N"
			   : level == WQ  ? "'%.60s' is not of the form wqD.N"
					  : "'%.60s' is not of the form engineD.N",
			   given);
	if (r->rename < 0 && parent != r->dev->id)
		note(r, path, "'%.60s' is taken for the one of the device it stands in", given);
	if (r->seen[level - 1][id / 64] >> (id % 64) & 1)
		return bad(r, path, "'%.60s' is there twice", given);
	r->seen[level - 1][id / 64] |= 1ull << (id % 64);
	snprintf(name, sizeof(name), "%s%u.%u", prefixes[level], r->dev->id, id);
	dev = cfg_strdup(r->arena, name);
	wq.dev = dev;
	wq.device = r->dev->id;
	wq.id = id;
	wq.where = cfg_strdup(r->arena, where);
	json_object_object_foreach(obj, key, val)
	{
		snprintf(path, sizeof(path), "%.120s.%.60s", where, key);
		if (level == GROUP &&
		    (!strcmp(key, "grouped_workqueues") || !strcmp(key, "grouped_engines")))
			continue;
		rc = read_attr(r, level, dev, &wq, key, val, path);
		if (rc)
			return rc;
	}
	if (level == WQ) {
		cfg->wqs = grow(r, cfg->wqs, cfg->nwqs, &r->rooms[1], sizeof(*cfg->wqs));
		cfg->wqs[cfg->nwqs++] = wq;
	} else if (level == ENGINE) {
		r->dev->nengines++;
	} else {
		r->dev->ngroups++;
		return read_group(r, obj, where);
	}
	return 0;
}

static int read_list(struct reader *r, enum level level, const char *key, json_object *list,
		     const char *where)
{
	char path[PATH_LEN];
	size_t i;
	int rc;

	snprintf(path, sizeof(path), "%.120s.%.60s", where, key);
	if (json_object_get_type(list) != json_type_array || !json_object_array_length(list))
		return bad(r, path, "must be an array with at least one element%s", "");
	for (i = 0; i < json_object_array_length(list); i++) {
		snprintf(path, sizeof(path), "%.100s.%.60s[%zu]", where, key, i);
		rc = read_child(r, level, json_object_array_get_idx(list, i), path);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_group(struct reader *r, json_object *obj, const char *where)
{
	int rc = 0;

	json_object_object_foreach(obj, key, val)
	{
		if (!strcmp(key, "grouped_workqueues"))
			rc = read_list(r, WQ, key, val, where);
		else if (!strcmp(key, "grouped_engines"))
			rc = read_list(r, ENGINE, key, val, where);
		if (rc)
			break;
	}
	return rc;
}

static int read_device(struct reader *r, json_object *obj, const char *where)
{
	struct accel_config *cfg = r->cfg;
	char path[PATH_LEN], name[24];
	const char *given;
	u32 id = 0, i;
	int rc;

	rc = read_dev(r, obj, where, &given);
	if (rc)
		return rc;
	if (parse_name(given, "iax", false, &id, NULL)) {
		note(r, where, "'%.60s' is an analytics accelerator, not simulated; ignored",
		     given);
		return 0;
	}
	snprintf(path, sizeof(path), "%.180s.dev", where);
	if (!parse_name(given, "dsa", false, &id, NULL))
		return bad(r, path, "'%.60s' is not of the form dsaN", given);
	if (r->rename >= 0) {
		if (cfg->ndevices)
			return bad(r, path, "a second device '%.60s', but the file is for one",
				   given);
		id = (u32)r->rename;
	}
	for (i = 0; i < cfg->ndevices; i++) {
		if (cfg->devices[i].id == id)
			return bad(r, path, "'%.60s' is there twice", given);
	}
	cfg->devices = grow(r, cfg->devices, cfg->ndevices, &r->rooms[0], sizeof(*cfg->devices));
	r->dev = &cfg->devices[cfg->ndevices++];
	snprintf(name, sizeof(name), "dsa%u", id);
	*r->dev = (struct accfg_device){
		.dev = cfg_strdup(r->arena, name), .id = id, .where = cfg_strdup(r->arena, where)};
	r->read_buffer_limit = 0;
	memset(r->seen, 0, sizeof(r->seen));
	json_object_object_foreach(obj, key, val)
	{
		snprintf(path, sizeof(path), "%.120s.%.60s", where, key);
		if (!strcmp(key, "groups"))
			rc = read_list(r, GROUP, key, val, where);
		else
			rc = read_attr(r, DEVICE, r->dev->dev, NULL, key, val, path);
		if (rc)
			return rc;
	}
	return 0;
}

/* accel-config puts each device and queue at the head of its list as it meets them. */
static void order_enables(struct accel_config *cfg, struct cfg_arena *arena)
{
	u32 i;

	cfg->enable_devices = cfg_alloc(arena, (cfg->ndevices + 1) * sizeof(u32));
	cfg->enable_wqs = cfg_alloc(arena, (cfg->nwqs + 1) * sizeof(u32));
	for (i = 0; i < cfg->ndevices; i++)
		cfg->enable_devices[i] = cfg->ndevices - 1 - i;
	for (i = 0; i < cfg->nwqs; i++)
		cfg->enable_wqs[i] = cfg->nwqs - 1 - i;
}

static int line_of(const char *text, size_t offset)
{
	int line = 1;
	size_t i;

	for (i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse_json(const char *text, size_t len, const char *path, json_object **root,
		      struct cfg_error *err)
{
	struct json_tokener *tok = json_tokener_new();
	enum json_tokener_error rc;
	size_t end;

	if (!tok)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	if (strspn(text, " \t\r\n") >= len) {
		json_tokener_free(tok);
		return cfg_fail(err, "%s:1: the file is empty", path);
	}
	*root = json_tokener_parse_ex(tok, text, (int)len);
	rc = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (rc == json_tokener_continue)
		return cfg_fail(err, "%s:%d: the file ends in the middle of a value", path,
				line_of(text, len));
	if (rc != json_tokener_success)
		return cfg_fail(err, "%s:%d: %s", path, line_of(text, end),
				json_tokener_error_desc(rc));
	for (; end < len; end++) {
		if (!strchr(" \t\r\n", text[end]) || !text[end]) {
			json_object_put(*root);
			return cfg_fail(err, "%s:%d: text behind the end of the array", path,
					line_of(text, end));
		}
	}
	return 0;
}

static int read_root(struct reader *r, json_object *root)
{
	char path[PATH_LEN];
	size_t i;
	int rc;

	if (json_object_get_type(root) != json_type_array)
		return cfg_fail(r->err, "%s:1: must be an array of devices", r->cfg->path);
	for (i = 0; i < json_object_array_length(root); i++) {
		snprintf(path, sizeof(path), "[%zu]", i);
		rc = read_device(r, json_object_array_get_idx(root, i), path);
		if (rc)
			return rc;
	}
	if (!r->cfg->ndevices)
		return cfg_fail(r->err, "%s: no DSA device in it", r->cfg->path);
	return 0;
}

int accel_config_parse(struct accel_config **out, const char *text, size_t len, const char *path,
		       s32 rename, u32 version, struct cfg_error *err)
{
	struct cfg_arena *arena = cfg_arena_new();
	struct reader r = {.arena = arena, .err = err, .rename = rename, .version = version};
	json_object *root = NULL;
	int rc;

	if (!arena)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	r.cfg = cfg_alloc(arena, sizeof(*r.cfg));
	r.cfg->arena = arena;
	r.cfg->path = cfg_strdup(arena, path);
	if (len > FILE_MAX_LEN)
		rc = cfg_fail_errno(err, EFBIG, "%s: larger than %u KiB", path, FILE_MAX_LEN >> 10);
	else
		rc = parse_json(text, len, path, &root, err);
	if (!rc) {
		rc = read_root(&r, root);
		json_object_put(root);
	}
	if (rc) {
		cfg_arena_free(arena);
		return rc;
	}
	order_enables(r.cfg, arena);
	*out = r.cfg;
	return 0;
}

int accel_config_load(struct accel_config **out, const char *path, s32 rename, u32 version,
		      struct cfg_error *err)
{
	struct cfg_arena *arena = cfg_arena_new();
	size_t len;
	char *text;
	int rc;

	if (!arena)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	rc = cfg_read_file(arena, path, FILE_MAX_LEN, &text, &len, err);
	if (!rc)
		rc = accel_config_parse(out, text, len, path, rename, version, err);
	cfg_arena_free(arena);
	return rc;
}

void accel_config_free(struct accel_config *cfg)
{
	if (cfg)
		cfg_arena_free(cfg->arena);
}

const char *accel_config_driver(const struct accfg_wq *wq)
{
	if (wq->driver_name)
		return wq->driver_name;
	return wq->type && !strcmp(wq->type, "kernel") ? "dmaengine" : "user";
}

int accel_config_refused(const struct accel_config *cfg, const struct accfg_write *write, int error,
			 struct cfg_error *err)
{
	const char *name = strerrorname_np(error);

	return cfg_fail(err, "%s: %s: attribute '%s' of %s, value '%.60s': %s (%s)", cfg->path,
			write->where, write->attr, write->dev, write->value, name ? name : "error",
			strerror(error));
}
