// SPDX-License-Identifier: GPL-2.0
// Loads a platform file: inheritance, overrides, binding, and what follows from other values.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/scenario/platform_file.h"
#include "sim/scenario/platform_keys.h"

#define FILE_MAX_LEN  (1u << 20)
#define EXTENDS_DEPTH 8

static bool is_path(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 5 && !strcmp(name + len - 5, ".yaml"));
}

static int unknown_name(const char *name, struct cfg_error *err)
{
	char list[256] = "";
	size_t len = 0;
	u32 i;

	for (i = 0; platform_builtin_name(i) && len < sizeof(list) - 1; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					platform_builtin_name(i));
	return cfg_fail_errno(err, ENOENT,
			      "platform '%.60s': no such platform (there are: %s; a file's name "
			      "ends in .yaml)",
			      name, list);
}

/* The tree of @name with all that it extends below it. */
static int load_tree(struct cfg_arena *arena, const char *name, const char *from, u32 depth,
		     struct yaml_node **root, const char **origin, struct cfg_error *err)
{
	struct yaml_node *base, *extends;
	const char *text, *base_origin;
	size_t len;
	int rc;

	if (is_path(name)) {
		char *file;

		*origin = cfg_relative(arena, name, from);
		rc = cfg_read_file(arena, *origin, FILE_MAX_LEN, &file, &len, err);
		if (rc)
			return rc;
		text = file;
	} else {
		text = platform_builtin_text(name, &len);
		if (!text)
			return unknown_name(name, err);
		*origin = cfg_strdup(arena, name);
	}
	rc = yaml_parse(arena, text, len, *origin, root, err);
	if (rc)
		return rc;
	if ((*root)->kind != YAML_MAP)
		return yaml_fail(err, *root, "", "a platform is a map of keys");
	extends = yaml_take(*root, "extends");
	if (!extends)
		return 0;
	if (extends->kind != YAML_SCALAR || !extends->text[0])
		return yaml_fail(err, extends, "extends", "must name a platform");
	if (depth == EXTENDS_DEPTH)
		return yaml_fail(err, extends, "extends", "more than %u levels: a circle?",
				 EXTENDS_DEPTH);
	rc = load_tree(arena, extends->text, *origin, depth + 1, &base, &base_origin, err);
	if (rc)
		return rc;
	*root = yaml_merge(arena, base, *root);
	return 0;
}

int platform_tree(struct cfg_arena *arena, const char *name, const char *from,
		  struct yaml_node **root, const char **origin, struct cfg_error *err)
{
	return load_tree(arena, name, from, 0, root, origin, err);
}

int platform_expand(struct cfg_arena *arena, struct yaml_node *root, struct cfg_error *err)
{
	static const struct {
		const char *key;
		u32 max;
	} lists[] = {
		{"sockets", PLAT_SOCKETS_MAX},
		{"memory", PLAT_NODES_MAX},
		{"devices", PLAT_DEVICES_MAX},
	};
	int rc = 0;
	u32 i;

	for (i = 0; !rc && i < sizeof(lists) / sizeof(lists[0]); i++)
		rc = yaml_expand(arena, root, lists[i].key, lists[i].max, err);
	return rc;
}

/* A count that replaces its register field, or is what the field says. */
static void resolve(u32 *count, u64 *reg, u64 mask)
{
	if (*count)
		*reg = SPEC_SET(mask, *reg, *count);
	else
		*count = (u32)SPEC_GET(mask, *reg);
}

static u32 log2_of(u64 value)
{
	return 63 - (u32)__builtin_clzll(value);
}

static void resolve_dsa(struct plat_dsa *dsa)
{
	resolve(&dsa->engines, &dsa->engcap, DSA_ENGCAP_NUM_ENGINES);
	resolve(&dsa->groups, &dsa->grpcap, DSA_GRPCAP_NUM_GROUPS);
	resolve(&dsa->read_buffers, &dsa->grpcap, DSA_GRPCAP_READ_BUFFERS);
	resolve(&dsa->wqs, &dsa->wqcap, DSA_WQCAP_NUM_WQS);
	resolve(&dsa->wq_entries, &dsa->wqcap, DSA_WQCAP_TOTAL_SIZE);
	if (dsa->max_transfer)
		dsa->gencap = SPEC_SET(DSA_GENCAP_MAX_XFER_SHIFT, dsa->gencap,
				       log2_of(dsa->max_transfer));
	else
		dsa->max_transfer = 1ull << SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, dsa->gencap);
	if (dsa->max_batch)
		dsa->gencap =
			SPEC_SET(DSA_GENCAP_MAX_BATCH_SHIFT, dsa->gencap, log2_of(dsa->max_batch));
	else
		dsa->max_batch = 1u << SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, dsa->gencap);
	if (dsa->ims_slots)
		dsa->gencap =
			SPEC_SET(DSA_GENCAP_IMS_MULT, dsa->gencap,
				 (dsa->ims_slots + DSA_IMS_MULTIPLIER - 1) / DSA_IMS_MULTIPLIER);
	dsa->ims_slots = (u32)SPEC_GET(DSA_GENCAP_IMS_MULT, dsa->gencap) * DSA_IMS_MULTIPLIER;
	if (dsa->event_log <= SPEC_MAX(DSA_GENCAP_EVL)) /* else: as the register says */
		dsa->gencap = SPEC_SET(DSA_GENCAP_EVL, dsa->gencap, dsa->event_log);
	dsa->event_log = (u32)SPEC_GET(DSA_GENCAP_EVL, dsa->gencap);
}

static int fail_at(const struct yaml_node *root, const char *list, u32 i, const char *key,
		   struct cfg_error *err, const char *text)
{
	const struct yaml_node *node = yaml_get(root, list), *leaf;
	char path[96];

	if (node && i < node->count)
		node = node->items[i].node;
	leaf = node ? yaml_get(node, key) : NULL;
	snprintf(path, sizeof(path), "%s[%u].%s", list, i, key);
	return yaml_fail(err, leaf ? leaf : node ? node : root, path, "%s", text);
}

/* What no single key can check. */
static int check_platform(struct platform *plat, const struct yaml_node *root,
			  struct cfg_error *err)
{
	const struct plat_iommu *iommu = &plat->iommu;
	u32 i;

	for (i = 0; i < plat->nodes_count; i++) {
		if (plat->nodes[i].socket >= plat->sockets_count)
			return fail_at(root, "memory", i, "socket", err, "there is no such socket");
	}
	for (i = 0; i < plat->devices_count; i++) {
		struct plat_dsa *dsa = &plat->devices[i].dsa;

		if (plat->devices[i].socket >= plat->sockets_count)
			return fail_at(root, "devices", i, "socket", err,
				       "there is no such socket");
		if (!dsa->engines || dsa->engines > 64 || !dsa->groups || dsa->groups > 64 ||
		    !dsa->wqs || dsa->wqs > 128 || dsa->wq_entries < dsa->wqs)
			return fail_at(root, "devices", i, "engines", err,
				       "a device needs 1 to 64 engines and groups, 1 to 128 queues "
				       "and at least one entry for each queue");
		if (dsa->max_transfer > 1ull << 31)
			return fail_at(root, "devices", i, "gencap", err,
				       "its largest transfer is above 2 GiB");
	}
	if (iommu->iotlb_entries % iommu->iotlb_ways)
		return yaml_fail(err, yaml_get(root, "iommu"), "iommu.iotlb_ways",
				 "%u does not divide the %u entries", iommu->iotlb_ways,
				 iommu->iotlb_entries);
	if (plat->llc.io_ways > plat->llc.ways)
		return yaml_fail(err, yaml_get(root, "llc"), "llc.io_ways", "%u of only %u ways",
				 plat->llc.io_ways, plat->llc.ways);
	return 0;
}

static void resolve_platform(struct platform *plat)
{
	u32 i;

	resolve_dsa(&plat->dsa);
	for (i = 0; i < plat->devices_count; i++) {
		struct plat_device *dev = &plat->devices[i];

		resolve_dsa(&dev->dsa);
		if (dev->iommu == (u32)-1)
			dev->iommu = i;
		if (dev->iommu >= plat->iommus_count)
			plat->iommus_count = dev->iommu + 1;
	}
}

int platform_bind(struct platform **out, struct cfg_arena *arena, const struct yaml_node *root,
		  const char *origin, struct cfg_error *err)
{
	struct platform *plat = cfg_alloc(arena, sizeof(*plat));

	plat->arena = arena;
	plat->origin = origin;
	if (yaml_bind(arena, &platform_table, root, "", false, plat, err))
		return -EINVAL;
	resolve_platform(plat);
	if (check_platform(plat, root, err))
		return -EINVAL;
	*out = plat;
	return 0;
}

int platform_load(struct platform **out, const char *name, const char *from,
		  const char *const *sets, unsigned int nsets, struct cfg_error *err)
{
	struct cfg_arena *arena = cfg_arena_new();
	struct yaml_node *root;
	const char *origin;
	unsigned int i;
	int rc;

	if (!arena)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	rc = platform_tree(arena, name, from, &root, &origin, err);
	if (!rc)
		rc = platform_expand(arena, root, err);
	for (i = 0; !rc && i < nsets; i++) {
		rc = yaml_set(arena, root, sets[i], 0, err);
		if (!rc)
			rc = platform_expand(arena, root, err);
	}
	if (!rc)
		rc = platform_bind(out, arena, root, origin, err);
	if (rc)
		cfg_arena_free(arena);
	return rc;
}

void platform_free(struct platform *plat)
{
	if (plat)
		cfg_arena_free(plat->arena);
}
