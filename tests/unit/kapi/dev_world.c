// SPDX-License-Identifier: GPL-2.0
// Fixture of the device-side tests.
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "dev_world.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/sysfs_user.h"
#include "toy_bus.h"
#include "toy_pci.h"

char toy_events[TOY_EVENTS_MAX];
int toy_probe_error;
u64 toy_slow_ps;
struct toy_pci toy_pci[2];

void toy_event(const char *kernel, const char *what, const char *dev)
{
	size_t used = strlen(toy_events);

	snprintf(toy_events + used, sizeof(toy_events) - used, "%s:%s %s|", kernel, what, dev);
}

/* The drivers under test are the tests' own. */
static bool kapi_only(void *ctx, const char *file)
{
	(void)ctx;
	return strstr(file, "host-driver/kapi/");
}

void dev_world_new(struct dev_world *w, u32 n, const struct kbus_ops *bus, void **bus_ctx)
{
	memset(w, 0, sizeof(*w));
	w->sim = sim_new(1);
	assert(w->sim && n <= DEV_WORLD_KERNELS);
	for (u32 i = 0; i < n; i++) {
		struct kernel_cfg cfg = {
			.name = i ? "guest" : "host",
			.ram = {{0x100000, DEV_WORLD_RAM}},
			.nr_ram = 1,
			.nr_cpus = 2,
			.cost = {.cpu_relax = 40 * PS_PER_NS},
			.bus = bus,
			.want_module = kapi_only,
			.bus_ctx = bus ? bus_ctx[i] : NULL,
		};

		w->mem[i] = mmap(NULL, 0x100000 + DEV_WORLD_RAM, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert(w->mem[i] != MAP_FAILED);
		cfg.phys_base = w->mem[i];
		w->k[i] = kernel_new(w->sim, &cfg);
		assert(w->k[i]);
	}
}

void dev_world_free(struct dev_world *w)
{
	for (u32 i = 0; i < DEV_WORLD_KERNELS; i++) {
		if (!w->k[i])
			continue;
		kernel_free(w->k[i]);
		munmap(w->mem[i], 0x100000 + DEV_WORLD_RAM);
	}
	sim_free(w->sim);
}

static void started(void *ctx, int err)
{
	*(int *)ctx = err;
}

int dev_world_start(struct dev_world *w, u32 i)
{
	int rc = 1;

	if (kernel_start(w->k[i], started, &rc))
		return -1;
	sim_run(w->sim, SIM_NEVER);
	return rc;
}

static void run_call(void *arg)
{
	struct dev_call *c = arg;

	c->rc = c->fn(c->arg);
	c->done = true;
}

void dev_world_begin(struct dev_world *w, u32 i, struct dev_call *c)
{
	c->done = false;
	assert(kernel_run_on_fiber(w->k[i], run_call, c, "test") == 0);
}

int dev_world_call(struct dev_world *w, u32 i, int (*fn)(void *arg), void *arg)
{
	struct dev_call c = {.fn = fn, .arg = arg};

	dev_world_begin(w, i, &c);
	sim_run(w->sim, SIM_NEVER);
	assert(c.done);
	return c.rc;
}

bool dev_world_logged(struct dev_world *w, u32 i, const char *text)
{
	kernel_log_read(w->k[i], w->log[i], sizeof(w->log[i]));
	return strstr(w->log[i], text);
}

struct path_call {
	struct kernel *k;
	enum { READ, WRITE, READLINK, REALPATH, EXISTS, LIST } what;
	const char *path;
	char *buf;
	const char *text;
	u32 len, uid, used;
};

static int list_one(void *ctx, const char *name, enum ksys_type type)
{
	struct path_call *p = ctx;
	int n = snprintf(p->buf + p->used, p->len - p->used, "%s ", name);

	(void)type;
	if (n < 0 || p->used + n >= p->len)
		return -1;
	p->used += n;
	return 0;
}

static int path_main(void *arg)
{
	struct path_call *p = arg;

	switch (p->what) {
	case READ:
		return ksys_read_as(p->k, p->uid, p->path, p->buf, p->len);
	case WRITE:
		return ksys_write_as(p->k, p->uid, p->path, p->text, strlen(p->text));
	case READLINK:
		return ksys_readlink(p->k, p->path, p->buf, p->len);
	case REALPATH:
		return ksys_realpath(p->k, p->path, p->buf, p->len);
	case EXISTS:
		return ksys_exists(p->k, p->path);
	default:
		return ksys_list(p->k, p->path, list_one, p);
	}
}

static int path_call(struct dev_world *w, u32 i, struct path_call *p)
{
	p->k = w->k[i];
	return dev_world_call(w, i, path_main, p);
}

int dev_read(struct dev_world *w, u32 i, const char *path, char *buf, u32 len)
{
	struct path_call p = {.what = READ, .path = path, .buf = buf, .len = len - 1};
	int rc = path_call(w, i, &p);

	buf[rc > 0 ? rc : 0] = 0;
	return rc;
}

int dev_write(struct dev_world *w, u32 i, const char *path, const char *text)
{
	return dev_write_as(w, i, KSYS_UID_ROOT, path, text);
}

int dev_write_as(struct dev_world *w, u32 i, u32 uid, const char *path, const char *text)
{
	struct path_call p = {.what = WRITE, .path = path, .text = text, .uid = uid};

	return path_call(w, i, &p);
}

int dev_readlink(struct dev_world *w, u32 i, const char *path, char *buf, u32 len)
{
	struct path_call p = {.what = READLINK, .path = path, .buf = buf, .len = len - 1};
	int rc = path_call(w, i, &p);

	buf[rc > 0 ? rc : 0] = 0;
	return rc;
}

int dev_realpath(struct dev_world *w, u32 i, const char *path, char *buf, u32 len)
{
	struct path_call p = {.what = REALPATH, .path = path, .buf = buf, .len = len};

	buf[0] = 0;
	return path_call(w, i, &p);
}

bool dev_exists(struct dev_world *w, u32 i, const char *path)
{
	struct path_call p = {.what = EXISTS, .path = path};

	return path_call(w, i, &p);
}

int dev_list(struct dev_world *w, u32 i, const char *path, char *buf, u32 len)
{
	struct path_call p = {.what = LIST, .path = path, .buf = buf, .len = len};

	buf[0] = 0;
	return path_call(w, i, &p);
}

bool dev_reads(struct dev_world *w, u32 i, const char *path, const char *text)
{
	char buf[4097];
	int rc = dev_read(w, i, path, buf, sizeof(buf));

	if (rc == (int)strlen(text) && !strcmp(buf, text))
		return true;
	fprintf(stderr, "%s: %d \"%s\"\n", path, rc, buf);
	return false;
}
