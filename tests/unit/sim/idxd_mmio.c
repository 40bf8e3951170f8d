// SPDX-License-Identifier: GPL-2.0
// What the tests of the driver's register order share.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/sim/idxd_mmio.h"
#include "tests/unit/sim/idxd_world.h"

void mmio_set_up_wq(struct world *w, const char *q, const char *mode, const char *type)
{
	static const char *const attr[] = {"group_id", "mode", "size", "priority", "type", "name"};
	const char *value[] = {"0", mode, "8", "10", type, "q"};
	char path[64];
	u32 i;

	world_expect_put(w, DEV "dsa0/engine0.0/group_id", "0", 0, __LINE__);
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "wq0.%s/%s", q, attr[i]);
		world_expect_put(w, path, value[i], 0, __LINE__);
	}
	if (!strcmp(mode, "shared")) {
		snprintf(path, sizeof(path), DEV "wq0.%s/threshold", q);
		world_expect_put(w, path, "6", 0, __LINE__);
	}
}

void mmio_enable(struct world *w, const char *mode, const char *type)
{
	mmio_set_up_wq(w, "0", mode, type);
	world_expect_put(w, DRV "idxd/bind", "dsa0", 0, __LINE__);
	record_clear(w);
}
