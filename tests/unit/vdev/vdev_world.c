// SPDX-License-Identifier: GPL-2.0
// Checks of the virtual device's cases.
#include <stdio.h>
#include <string.h>
#include "tests/unit/vdev/vdev_world.h"

void vt_check(struct vt *t, bool ok, const char *expr, const char *file, int line)
{
	t->checks++;
	if (!ok && !t->fails++)
		snprintf(t->first, sizeof(t->first), "%s:%d: %s", file, line, expr);
}

void vt_equal(struct vt *t, u64 a, u64 b, const char *expr, const char *file, int line)
{
	t->checks++;
	if (a != b && !t->fails++)
		snprintf(t->first, sizeof(t->first), "%s:%d: %s is %#llx, not %#llx", file, line,
			 expr, a, b);
}

void vt_text(struct vt *t, const char *a, const char *b, const char *file, int line)
{
	t->checks++;
	if (strcmp(a, b) && !t->fails++)
		snprintf(t->first, sizeof(t->first), "%s:%d: \"%.200s\", not \"%.200s\"", file,
			 line, a, b);
}
