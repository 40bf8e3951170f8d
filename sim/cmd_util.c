// SPDX-License-Identifier: GPL-2.0
// What the subcommands share: options, messages.
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "sim/cmd.h"

int cmd_bad(const char *fmt, ...)
{
	va_list args;

	fputs("dsasim: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return CMD_BAD_INPUT;
}

/* The option that @arg ("--name", "--name=value", "-n") is; @value: behind '=', or NULL. */
static const struct cmd_opt *find_option(const struct cmd_opt *opts, const char *arg,
					 const char **value)
{
	const char *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg) : strlen(arg);

	*value = equals ? equals + 1 : NULL;
	for (; opts->name; opts++) {
		if (arg[1] != '-') {
			if (opts->letter && arg[1] == opts->letter && !arg[2])
				return opts;
		} else if (strlen(opts->name) == n - 2 && !memcmp(opts->name, arg + 2, n - 2)) {
			return opts;
		}
	}
	return NULL;
}

/* Stores an option's value; returns how many arguments it took, or -EINVAL. */
static int take_option(const struct cmd_opt *opt, char **argv, int left, const char *value)
{
	int used = 1;

	if (!opt->arg) {
		if (value) {
			cmd_bad("--%s takes no value", opt->name);
			return -EINVAL;
		}
		value = "";
	} else if (!value && opt->optional) {
		value = "";
	} else if (!value) {
		if (left < 2) {
			cmd_bad("--%s needs %s", opt->name, opt->arg);
			return -EINVAL;
		}
		value = argv[1];
		used = 2;
	}
	if (!opt->values) {
		*opt->value = value;
	} else if (*opt->nvalues < opt->max_values) {
		opt->values[(*opt->nvalues)++] = value;
	} else {
		cmd_bad("--%s more than %u times", opt->name, opt->max_values);
		return -EINVAL;
	}
	return used;
}

int cmd_options(int argc, char **argv, const struct cmd_opt *opts)
{
	const struct cmd_opt *opt;
	const char *value;
	int i, used, operands = 0;
	bool end = false;

	for (i = 1; i < argc; i += used) {
		used = 1;
		if (end || argv[i][0] != '-' || !argv[i][1]) {
			argv[1 + operands++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			end = true;
			continue;
		}
		opt = find_option(opts, argv[i], &value);
		if (!opt) {
			cmd_bad("%s: unknown option %s (see --help)", argv[0], argv[i]);
			return -EINVAL;
		}
		used = take_option(opt, argv + i, argc - i, value);
		if (used < 0)
			return used;
	}
	return operands;
}

void cmd_options_help(FILE *out, const struct cmd_opt *opts)
{
	char left[64];

	for (; opts->name; opts++) {
		snprintf(left, sizeof(left), "--%s%s%s%s", opts->name,
			 !opts->arg	  ? ""
			 : opts->optional ? "[="
					  : " ",
			 opts->arg ? opts->arg : "", opts->arg && opts->optional ? "]" : "");
		fprintf(out, "  %-26s %s\n", left, opts->help);
	}
}
