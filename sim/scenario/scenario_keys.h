/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of the scenario format and the parsers of its own little grammars. */
#ifndef SIM_SCENARIO_SCENARIO_KEYS_H
#define SIM_SCENARIO_SCENARIO_KEYS_H

#include "sim/scenario/scenario.h"
#include "sim/scenario/yaml_bind.h"

extern const struct yaml_table scenario_table;
/* The keys of a client alone, which is also what `trace generate` takes. */
extern const struct yaml_table client_table;
extern const struct yaml_table process_table;
/* guest_keys.c */
extern const struct yaml_table guest_table;
/* Short forms of guests as what they stand for: one guest without a list, `processes: 2`. */
void guests_expand(struct cfg_arena *arena, struct yaml_node *root);

/* Grammars; see the form of each key. */
yaml_parse_fn parse_op, parse_size, parse_think, parse_wqs, parse_file, parse_seed, parse_pattern;

/* What no single key of a client can check; @path names it. 0 or -EINVAL. */
int client_check(const struct scn_client *client, const struct yaml_node *node, const char *path,
		 struct cfg_error *err);

#endif
