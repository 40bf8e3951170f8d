/* SPDX-License-Identifier: GPL-2.0 */
/* The program's subcommands and what they share: exit codes, options, usage text. */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include <stdio.h>

#include "sim/core/types.h"

enum cmd_exit {
	CMD_OK = 0,
	CMD_FAILED = 1,	   /* a check failed */
	CMD_BAD_INPUT = 2, /* usage, files, configuration */
};

/* A subcommand; argv[0] is its name. Returns an exit code of enum cmd_exit. */
struct cmd {
	const char *name;
	const char *usage; /* arguments behind the name */
	const char *help;  /* one line */
	int (*run)(int argc, char **argv);
	bool hidden; /* not shown by --help */
};

int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_platform(int argc, char **argv);
int cmd_compare(int argc, char **argv);
/* Hidden: prints the reference tables of docs/scenario-format.md. */
int cmd_docs(int argc, char **argv);

/* One option: "--name VALUE", "--name=VALUE", or a flag. */
struct cmd_opt {
	const char *name; /* without the dashes */
	char letter;	  /* short form, 0: none */
	const char *arg;  /* name of the value in the usage text; NULL: flag */
	bool optional;	  /* value only with '=': "--timeline[=FROM:TO]" */
	const char *help;
	const char **value;  /* last value, "" for a flag or an absent optional value */
	const char **values; /* instead of @value: all values, in order */
	unsigned int *nvalues, max_values;
};

/*
 * Parses argv[1..] by @opts (ends with name NULL); operands are moved to the front of argv from
 * argv[1], in order. "--" ends the options. Returns the number of operands, or -EINVAL after one
 * line on stderr.
 */
int cmd_options(int argc, char **argv, const struct cmd_opt *opts);
/* Options in two columns. */
void cmd_options_help(FILE *out, const struct cmd_opt *opts);
/* "dsasim: TEXT" on stderr; returns CMD_BAD_INPUT. */
int cmd_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
