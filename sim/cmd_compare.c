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

/* The script beside this program, where both are installed, or in a tree whose build this is. */
static bool find_script(char *path, size_t len)
{
	static const char *const places[] = {"", "../sim/whatif/", "../../sim/whatif/"};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *dir;

	if (n <= 0)
		return false;
	self[n] = '\0';
	dir = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int wrote = snprintf(path, len, "%s/%s%s", dir, places[i], SCRIPT);

		if (wrote > 0 && (size_t)wrote < len && !access(path, X_OK))
			return true;
	}
	return false;
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
	return cmd_bad("compare: %s: %s", argv[0], strerror(errno));
}
