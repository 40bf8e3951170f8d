// SPDX-License-Identifier: GPL-2.0
// Checks and trails of the kernel-code cases.
#include <stdio.h>
#include <string.h>
#include "tests/unit/kapi/prim_world.h"

void kt_check(struct kt *t, bool ok, const char *expr, const char *file, int line)
{
	t->checks++;
	if (ok)
		return;
	if (!t->fails++)
		snprintf(t->first, sizeof(t->first), "%s:%d: %s (trail \"%.80s\")", file, line,
			 expr, t->trail);
}

void kt_mark(struct kt *t, const char *what)
{
	size_t n = strlen(t->trail);

	snprintf(t->trail + n, sizeof(t->trail) - n, "%s", what);
}

bool kt_trail_is(const struct kt *t, const char *what)
{
	return !strcmp(t->trail, what);
}
