// SPDX-License-Identifier: GPL-2.0
// `dsasim platform`: lists the platforms that are built in, shows one with all its values.
#include <string.h>

#include "sim/cmd.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform_keys.h"

#define SETS_MAX 256

static const char usage[] = "usage: dsasim platform list\n"
			    "       dsasim platform show NAME|FILE.yaml [--set path=value]...\n";

static int list(void)
{
	struct platform *plat;
	struct cfg_error err;
	unsigned int i;

	for (i = 0; platform_builtin_name(i); i++) {
		if (platform_load(&plat, platform_builtin_name(i), NULL, NULL, 0, &err))
			return cmd_bad("%s", err.text);
		printf("%-12s %s\n", platform_builtin_name(i),
		       plat->description ? plat->description : "");
		platform_free(plat);
	}
	return CMD_OK;
}

static int show(const char *name, const char *const *sets, unsigned int nsets)
{
	struct platform *plat;
	struct cfg_error err;

	if (platform_load(&plat, name, NULL, sets, nsets, &err))
		return cmd_bad("%s", err.text);
	yaml_print(stdout, &platform_table, plat);
	platform_free(plat);
	return CMD_OK;
}

int cmd_platform(int argc, char **argv)
{
	const char *sets[SETS_MAX], *help = NULL;
	unsigned int nsets = 0;
	const struct cmd_opt opts[] = {
		{.name = "set",
		 .arg = "path=value",
		 .values = sets,
		 .nvalues = &nsets,
		 .max_values = SETS_MAX,
		 .help = "override a value"},
		{.name = "help", .letter = 'h', .value = &help, .help = "show this"},
		{.name = NULL},
	};
	int n = cmd_options(argc, argv, opts);

	if (n < 0)
		return CMD_BAD_INPUT;
	if (help) {
		fputs(usage, stdout);
		cmd_options_help(stdout, opts);
		return CMD_OK;
	}
	if (n == 1 && !strcmp(argv[1], "list"))
		return list();
	if (n == 2 && !strcmp(argv[1], "show"))
		return show(argv[2], sets, nsets);
	fputs(usage, stderr);
	return CMD_BAD_INPUT;
}
