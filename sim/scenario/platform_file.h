/* SPDX-License-Identifier: GPL-2.0 */
/* The steps of platform_load(), for the scenario loader, which puts overrides in between. */
#ifndef SIM_SCENARIO_PLATFORM_FILE_H
#define SIM_SCENARIO_PLATFORM_FILE_H

#include "sim/scenario/platform.h"
#include "sim/scenario/yaml_bind.h"

/* The tree of platform @name with what it extends. 0 or -errno with @err. */
int platform_tree(struct cfg_arena *arena, const char *name, const char *from,
		  struct yaml_node **root, const char **origin, struct cfg_error *err);
/* Repeats the elements of its lists that have a count; --set comes after it. */
int platform_expand(struct cfg_arena *arena, struct yaml_node *root, struct cfg_error *err);
/* The struct of a tree, allocated in @arena, which is also its plat->arena. */
int platform_bind(struct platform **out, struct cfg_arena *arena, const struct yaml_node *root,
		  const char *origin, struct cfg_error *err);

#endif
