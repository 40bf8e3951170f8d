// SPDX-License-Identifier: GPL-2.0
// `dsasim compare`: starts dsasim-compare, which reads and compares results (Python).
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cmd.h"

#define SCRIPT "dsasim-compare"

/* The script beside this program: a build folder has a link to it, an installation the file. */
static bool find_script(char *path, size_t len)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int wrote;

	if (n <= 0)
		return false;
	self[n] = '\0';
	wrote = snprintf(path, len, "%s/" SCRIPT, dirname(self));
	return wrote > 0 && (size_t)wrote < len && !access(path, X_OK);
}

int cmd_compare(int argc, char **argv)
{
	char path[PATH_MAX + 64];
	bool found = find_script(path, sizeof(path));

	(void)argc;
	argv[0] = found ? path : (char *)SCRIPT;
	fflush(stdout);
	if (found)
		execv(path, argv);
	else
		execvp(SCRIPT, argv);
	if (errno == ENOENT)
		return cmd_bad("compare: " SCRIPT
			       " is neither beside this program nor in the path");
	return cmd_bad("compare: %s: %s", argv[0], strerror(errno));
}
