/* SPDX-License-Identifier: GPL-2.0 */
/* The two halves of platform_load(), for the scenario loader, which puts overrides in between. */
#ifndef SIM_SCENARIO_PLATFORM_FILE_H
#define SIM_SCENARIO_PLATFORM_FILE_H

#include "sim/scenario/platform.h"
#include "sim/scenario/yaml_bind.h"

/* The tree of platform @name with what it extends; lists are expanded. 0 or -errno with @err. */
int platform_tree(struct cfg_arena *arena, const char *name, const char *from,
		  struct yaml_node **root, const char **origin, struct cfg_error *err);
/* The struct of a tree, in @arena (which it does not own then, unless platform_free() is used). */
int platform_bind(struct platform **out, struct cfg_arena *arena, const struct yaml_node *root,
		  const char *origin, struct cfg_error *err);

#endif
