// SPDX-License-Identifier: GPL-2.0
// Loads a scenario with its platform: overrides to where they belong, then both are bound.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/platform_file.h"
#include "sim/scenario/platform_keys.h"
#include "sim/scenario/scenario_keys.h"

#define FILE_MAX_LEN (4u << 20)

static int read_tree(struct cfg_arena *arena, const char *path, struct yaml_node **root,
		     struct cfg_error *err)
{
	size_t len;
	char *text;
	int rc;

	rc = cfg_read_file(arena, path, FILE_MAX_LEN, &text, &len, err);
	if (!rc)
		rc = yaml_parse(arena, text, len, cfg_strdup(arena, path), root, err);
	if (!rc && (*root)->kind != YAML_MAP)
		rc = yaml_fail(err, *root, "", "a scenario is a map of keys");
	return rc;
}

enum set_target { SET_SCENARIO, SET_PLATFORM, SET_NOWHERE };

/* Whose key a "path=value" text begins with; @skip: bytes before it. */
static enum set_target target_of(struct cfg_arena *arena, const char *set, size_t *skip)
{
	static const char prefix[] = "platform.";
	size_t n = strcspn(set, ".[=");
	const char *name = cfg_strndup(arena, set, n);

	*skip = 0;
	if (!strncmp(set, prefix, sizeof(prefix) - 1)) {
		*skip = sizeof(prefix) - 1;
		return SET_PLATFORM;
	}
	if (yaml_has_key(&scenario_table, name) || !strcmp(name, "overrides"))
		return SET_SCENARIO;
	return yaml_has_key(&platform_table, name) ? SET_PLATFORM : SET_NOWHERE;
}

static int apply_sets(struct cfg_arena *arena, struct yaml_node *root, enum set_target target,
		      const char *const *sets, unsigned int nsets, struct cfg_error *err)
{
	unsigned int i;
	size_t skip;
	int rc;

	for (i = 0; i < nsets; i++) {
		enum set_target to = target_of(arena, sets[i], &skip);

		if (to == SET_NOWHERE && strchr(sets[i], '='))
			return cfg_fail(err,
					"--set '%.200s': neither the scenario nor the platform has "
					"such a key",
					sets[i]);
		if (to != target && to != SET_NOWHERE)
			continue;
		rc = yaml_set(arena, root, sets[i], skip, err);
		/* A list that was set may have counts in it. */
		if (!rc && target == SET_PLATFORM)
			rc = platform_expand(arena, root, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* The platform that the scenario names, with its `overrides` and the --set texts on it. */
static int load_platform(struct scenario *scn, struct yaml_node *root, const char *const *sets,
			 unsigned int nsets, struct cfg_error *err)
{
	struct yaml_node *node = yaml_get(root, "platform"), *over = yaml_take(root, "overrides");
	const char *name = "spr", *from = scn->path, *origin;
	struct yaml_node *tree;
	struct cfg_error why;
	int rc;

	if (node && node->kind != YAML_SCALAR)
		return yaml_fail(err, node, "platform", "must be a name or a file");
	if (node && node->text[0]) {
		name = node->text;
		from = node->line ? scn->path : NULL;
	}
	if (over && over->kind != YAML_MAP)
		return yaml_fail(err, over, "overrides", "must be a map of platform keys");
	rc = platform_tree(scn->arena, name, from, &tree, &origin, &why);
	if (rc == -ENOENT && node)
		return yaml_fail(err, node, "platform", "%s", why.text);
	if (rc)
		return cfg_fail_errno(err, -rc, "%s", why.text);
	if (over)
		tree = yaml_merge(scn->arena, tree, over);
	rc = platform_expand(scn->arena, tree, err);
	if (!rc)
		rc = apply_sets(scn->arena, tree, SET_PLATFORM, sets, nsets, err);
	if (!rc)
		rc = platform_bind(&scn->platform, scn->arena, tree, origin, err);
	return rc;
}

/* What a client says of the machine must be there. */
static int check_place(const struct scenario *scn, const struct scn_client *c,
		       const struct yaml_node *node, const char *path, struct cfg_error *err)
{
	const struct platform *plat = scn->platform;
	const struct {
		const char *key;
		s32 value;
		u32 count;
	} places[] = {
		{"socket", c->socket, plat->sockets_count},
		{"src_node", c->src_node, plat->nodes_count},
		{"dst_node", c->dst_node, plat->nodes_count},
		{"record_node", c->record_node, plat->nodes_count},
	};
	const struct yaml_node *leaf;
	char sub[200];
	u32 i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i].value < (s32)places[i].count)
			continue;
		leaf = node ? yaml_get(node, places[i].key) : NULL;
		snprintf(sub, sizeof(sub), "%.150s.%s", path, places[i].key);
		return yaml_fail(err, leaf ? leaf : node, sub, "%d, but the platform has only %u",
				 places[i].value, places[i].count);
	}
	return 0;
}

static const struct yaml_node *item(const struct yaml_node *parent, const char *key, u32 i)
{
	const struct yaml_node *list = parent ? yaml_get(parent, key) : NULL;

	return list && list->kind == YAML_LIST && i < list->count ? list->items[i].node : NULL;
}

/* A process without a list of clients is one client itself. */
static int finish_processes(const struct scenario *scn, struct scn_process *procs, u32 n,
			    const struct yaml_node *parent, const char *prefix,
			    struct cfg_error *err)
{
	const struct yaml_node *node, *client;
	char path[160], sub[200];
	u32 i, k;
	int rc;

	for (i = 0; i < n; i++) {
		struct scn_process *proc = &procs[i];

		node = item(parent, "processes", i);
		snprintf(path, sizeof(path), "%.100sprocesses[%u]", prefix, i);
		proc->name = proc->base.name;
		if (!proc->nclients) {
			proc->nclients = 1;
			proc->clients = &proc->base;
		}
		for (k = 0; k < proc->nclients; k++) {
			client = item(node, "clients", k);
			snprintf(sub, sizeof(sub), "%s.clients[%u]", path, k);
			if (!client) {
				client = node;
				snprintf(sub, sizeof(sub), "%s", path);
			}
			rc = check_place(scn, &proc->clients[k], client, sub, err);
			if (!rc)
				rc = client_check(&proc->clients[k], client, sub, err);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* A guest has one memory node and processors of its own. */
static int check_in_guest(const struct scn_client *c, const struct yaml_node *node,
			  const char *path, struct cfg_error *err)
{
	const struct {
		const char *key;
		s32 value;
	} places[] = {
		{"socket", c->socket},
		{"src_node", c->src_node},
		{"dst_node", c->dst_node},
		{"record_node", c->record_node},
	};
	u32 i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].value > 0)
			return yaml_fail(err, node, path,
					 "'%s: %d': a guest has one socket and one memory node",
					 places[i].key, places[i].value);
	return 0;
}

static void name_of(const struct scenario *scn, u32 i, char *name, size_t size)
{
	if (scn->guests[i].name)
		snprintf(name, size, "%s", scn->guests[i].name);
	else
		snprintf(name, size, "guest%u", i);
}

/* Is the guest @one one of those that are called @many with a number behind? */
static bool is_copy(const char *one, const char *many, u32 count)
{
	size_t n = strlen(many);
	char number[24];

	if (strncmp(one, many, n) || one[n] != '-')
		return false;
	snprintf(number, sizeof(number), "%lu", strtoul(one + n + 1, NULL, 10));
	return !strcmp(one + n + 1, number) && strtoul(number, NULL, 10) < count;
}

/* Results tell guests apart by their names: each its own, and none cut off. */
static int check_name(const struct scenario *scn, u32 i, const struct yaml_node *node,
		      const char *prefix, struct cfg_error *err)
{
	const struct scn_guest *g = &scn->guests[i], *other;
	char path[64], own[SCN_GUEST_NAME_MAX], name[SCN_GUEST_NAME_MAX];
	size_t room = SCN_GUEST_NAME_MAX - 1 - (g->count > 1 ? 5 : 0);
	bool same;
	u32 k;

	snprintf(path, sizeof(path), "%sname", prefix);
	if (g->name && strlen(g->name) > room)
		return yaml_fail(err, node, path, "has more than %u bytes%s", (u32)room,
				 g->count > 1 ? ", and a number comes behind" : "");
	name_of(scn, i, own, sizeof(own));
	for (k = 0; k < i; k++) {
		other = &scn->guests[k];
		name_of(scn, k, name, sizeof(name));
		same = (g->count > 1) == (other->count > 1) && !strcmp(own, name);
		same |= g->count == 1 && other->count > 1 && is_copy(own, name, other->count);
		same |= g->count > 1 && other->count == 1 && is_copy(name, own, g->count);
		if (same)
			return yaml_fail(err, node, path, "'%s' is a guest of guests[%u] already",
					 g->count > 1 && other->count == 1 ? name : own, k);
	}
	return 0;
}

/* A guest without processes has one; each place that it names is there. */
static int finish_guest(struct scenario *scn, u32 i, const struct yaml_node *node,
			struct cfg_error *err)
{
	struct scn_guest *g = &scn->guests[i];
	char prefix[48], path[96];
	u32 p, k;
	int rc;

	snprintf(path, sizeof(path), "guests[%u]", i);
	g->place = yaml_place(scn->arena, node, path);
	snprintf(prefix, sizeof(prefix), "guests[%u].", i);
	rc = check_name(scn, i, node, prefix, err);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%snode", prefix);
	if (g->node >= (s32)scn->platform->nodes_count)
		return yaml_fail(err, node, path, "%d, but the platform has only %u", g->node,
				 scn->platform->nodes_count);
	snprintf(path, sizeof(path), "%sdevice", prefix);
	if (g->device >= (s32)scn->platform->devices_count)
		return yaml_fail(err, node, path, "%d, but the platform has %u devices", g->device,
				 scn->platform->devices_count);
	if (!g->nprocesses) {
		g->nprocesses = 1;
		g->processes = cfg_alloc(scn->arena, sizeof(*g->processes));
		g->processes[0].base = g->base;
		g->processes[0].count = 1;
	}
	for (p = 0; p < g->nactions; p++) {
		snprintf(path, sizeof(path), "%sactions[%u].vdev", prefix, p);
		if (g->actions[p].vdev >= g->nvdevs)
			return yaml_fail(err, node, path, "%u, but the guest has %u",
					 g->actions[p].vdev, g->nvdevs);
	}
	rc = finish_processes(scn, g->processes, g->nprocesses, node, prefix, err);
	for (p = 0; p < g->nprocesses && !rc; p++)
		for (k = 0; k < g->processes[p].nclients && !rc; k++) {
			snprintf(path, sizeof(path), "%sprocesses[%u]", prefix, p);
			rc = check_in_guest(&g->processes[p].clients[k], node, path, err);
		}
	return rc;
}

static int finish(struct scenario *scn, const struct yaml_node *root, struct cfg_error *err)
{
	char prefix[64];
	u32 i;
	int rc;

	rc = check_place(scn, &scn->defaults, yaml_get(root, "defaults"), "defaults", err);
	if (!rc)
		rc = finish_processes(scn, scn->processes, scn->nprocesses, root, "", err);
	for (i = 0; !rc && i < scn->nguests; i++)
		rc = finish_guest(scn, i, item(root, "guests", i), err);
	for (i = 0; !rc && i < scn->nconfigs; i++) {
		if (scn->configs[i].device < (s32)scn->platform->devices_count)
			continue;
		snprintf(prefix, sizeof(prefix), "accel_config[%u].device", i);
		rc = yaml_fail(err, item(root, "accel_config", i), prefix,
			       "%d, but the platform has %u device%s", scn->configs[i].device,
			       scn->platform->devices_count,
			       scn->platform->devices_count == 1 ? "" : "s");
	}
	if (!rc && scn->output.timeline_to_ps &&
	    scn->output.timeline_to_ps <= scn->output.timeline_from_ps)
		rc = yaml_fail(err, yaml_get(root, "output"), "output.timeline_to",
			       "is not behind timeline_from");
	return rc;
}

static int load(struct scenario *scn, const char *const *sets, unsigned int nsets,
		struct cfg_error *err)
{
	struct yaml_node *root;
	int rc;

	rc = read_tree(scn->arena, scn->path, &root, err);
	if (rc)
		return rc;
	/* Before overrides, which may name elements, and for what they replaced. */
	guests_expand(scn->arena, root);
	rc = apply_sets(scn->arena, root, SET_SCENARIO, sets, nsets, err);
	guests_expand(scn->arena, root);
	if (!rc)
		rc = load_platform(scn, root, sets, nsets, err);
	if (!rc)
		rc = yaml_bind(scn->arena, &scenario_table, root, "", false, scn, err);
	return rc ? rc : finish(scn, root, err);
}

int scenario_load(struct scenario **out, const char *path, const char *const *sets,
		  unsigned int nsets, struct cfg_error *err)
{
	struct cfg_arena *arena = cfg_arena_new();
	struct scenario *scn;
	int rc;

	if (!arena)
		return cfg_fail_errno(err, ENOMEM, "%s: out of memory", path);
	scn = cfg_alloc(arena, sizeof(*scn));
	scn->arena = arena;
	scn->path = cfg_strdup(arena, path);
	rc = load(scn, sets, nsets, err);
	if (rc) {
		cfg_arena_free(arena);
		return rc;
	}
	*out = scn;
	return 0;
}

int scenario_check_work(const struct scenario *scn, struct cfg_error *err)
{
	if (scn->trace || scn->nprocesses || scn->nguests)
		return 0;
	return cfg_fail(err, "%s: nothing to do: no processes, no guests, no trace", scn->path);
}

void scenario_free(struct scenario *scn)
{
	if (scn)
		cfg_arena_free(scn->arena);
}
