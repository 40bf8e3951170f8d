// SPDX-License-Identifier: GPL-2.0
// Entry point: picks the subcommand.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/cmd.h"

static const struct cmd commands[] = {
	{"run", "SCENARIO.yaml [options]", "simulate a scenario and report", cmd_run, false},
	{"trace", "check|info|convert|generate ...", "look at and make traces", cmd_trace, false},
	{"platform", "list|show ...", "hardware descriptions", cmd_platform, false},
	{"compare", "A B", "two results side by side", cmd_compare, false},
	{"docs", "", "reference tables of the file formats", cmd_docs, true},
};

static void help(FILE *out)
{
	size_t i;

	fprintf(out, "usage: dsasim COMMAND ...\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!commands[i].hidden)
			fprintf(out, "  %-9s %-34s %s\n", commands[i].name, commands[i].usage,
				commands[i].help);
	fprintf(out,
		"\n`dsasim COMMAND --help` tells more. Exit codes: 0 good, 1 a check failed, 2 bad "
		"input.\n");
}

static int dispatch(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		help(stderr);
		return CMD_BAD_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return CMD_OK;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return cmd_bad("'%s' is no command (run, trace, platform, compare)", argv[1]);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	/* What was printed may still be in the buffer, and its place full. */
	if (code != CMD_BAD_INPUT && (fflush(stdout) || ferror(stdout)))
		return cmd_bad("standard output: %s", strerror(errno));
	return code;
}
