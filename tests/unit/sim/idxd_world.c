// SPDX-License-Identifier: GPL-2.0
// What the tests of the host driver share: a booted host and sysfs by text.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "model/machine.h"
#include "sim/core/event.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/idxd_world.h"

void world_boot(struct world *w, const char *platform, const char *const *sets, u32 nsets)
{
	struct cfg_error err = {""};
	int rc;

	memset(w, 0, sizeof(*w));
	rc = platform_load(&w->plat, platform, NULL, sets, nsets, &err);
	if (!rc) {
		w->sim = sim_new(1);
		rc = system_new(w->sim, w->plat, &w->sys, &err);
	}
	if (rc) {
		fprintf(stderr, "boot: %d %s\n", rc, err.text);
		abort();
	}
	w->k = system_host(w->sys);
	w->m = system_machine(w->sys);
}

struct call {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool done;
};

static void call_fiber(void *arg)
{
	struct call *c = arg;

	c->ret = c->fn(c->arg);
	c->done = true;
}

int world_call(struct world *w, int (*fn)(void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};
	int ret = kernel_run_on_fiber(w->k, call_fiber, &c, "test");

	while (!ret && !c.done)
		if (!sim_step(w->sim))
			ret = -ETIMEDOUT;
	return ret ? ret : c.ret;
}

const char *world_get(struct world *w, const char *path)
{
	static char text[4097];
	int n = ksys_read(w->k, path, text, sizeof(text) - 1);

	if (n < 0) {
		snprintf(text, sizeof(text), "E%d", -n);
		return text;
	}
	text[n] = 0;
	if (n && text[n - 1] == '\n')
		text[n - 1] = 0;
	return text;
}

int world_put(struct world *w, const char *path, const char *value)
{
	int n = ksys_write(w->k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

void world_expect(struct world *w, const char *path, const char *want, int line)
{
	const char *got = world_get(w, path);

	if (strcmp(got, want))
		fprintf(stderr, "\nline %d: %s: \"%s\", not \"%s\"\n", line, path, got, want);
	CU_ASSERT_STRING_EQUAL(got, want);
}

void world_expect_put(struct world *w, const char *path, const char *value, int want, int line)
{
	int got = world_put(w, path, value);

	if (got != want)
		fprintf(stderr, "\nline %d: write %s = \"%s\": %d, not %d\n", line, path, value,
			got, want);
	CU_ASSERT_EQUAL(got, want);
}
