/* SPDX-License-Identifier: GPL-2.0 */
/* The names of the operations, as scenarios, traces and reports write them. */
#ifndef SIM_SCENARIO_OP_NAMES_H
#define SIM_SCENARIO_OP_NAMES_H

#include "sim/core/types.h"

/* The name of a DSA 1.x opcode ("memmove"), NULL for others. */
const char *op_name(u8 op);
/* The opcode of a name of @len characters, -1 if there is none. */
int op_code(const char *name, size_t len);

#endif
