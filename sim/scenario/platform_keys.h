/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of the platform format, for its loader and its documentation. */
#ifndef SIM_SCENARIO_PLATFORM_KEYS_H
#define SIM_SCENARIO_PLATFORM_KEYS_H

#include "sim/scenario/platform.h"
#include "sim/scenario/yaml_bind.h"

extern const struct yaml_table platform_table;

#endif
