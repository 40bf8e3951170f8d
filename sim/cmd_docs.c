// SPDX-License-Identifier: GPL-2.0
// `dsasim docs` (not in --help): the reference tables of docs/scenario-format.md.
#include <string.h>

#include "sim/cmd.h"
#include "sim/scenario/platform_keys.h"
#include "sim/scenario/scenario_keys.h"

int cmd_docs(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "scenario"))
		yaml_document(stdout, &scenario_table);
	else if (argc == 2 && !strcmp(argv[1], "platform"))
		yaml_document(stdout, &platform_table);
	else
		return cmd_bad("usage: dsasim docs scenario|platform");
	return CMD_OK;
}
