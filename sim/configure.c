// SPDX-License-Identifier: GPL-2.0
// Configures devices as accel-config does: from its files, or from what a scenario needs.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "sim/cmd_status.h"
#include "sim/configure.h"
#include "sim/scenario/accel_config.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario.h"
#include "sim/system.h"

/* ---- Files ---- */

struct configure {
	struct system *sys;
	struct accel_config *cfg;
	struct cfg_error *err;
};

/* The errno's name as accel-config's users know it, with what the driver said in cmd_status. */
static int bind_failed(struct configure *c, const char *dev, const char *parent, const char *driver,
		       int error)
{
	char path[128], status[32] = "";
	const char *why;
	int n;

	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/cmd_status", parent);
	n = ksys_read(system_host(c->sys), path, status, sizeof(status) - 1);
	if (n > 0)
		status[strcspn(status, "\n")] = 0;
	why = cmd_status_text(status);
	return cfg_fail(c->err, "%s: enabling %s (driver %s): %s (%s), cmd_status %s%s%s",
			c->cfg->path, dev, driver,
			strerrorname_np(-error) ? strerrorname_np(-error) : "error",
			strerror(-error), status, why ? ": " : "", why ? why : "");
}

static int bind(struct configure *c, const char *dev, const char *parent, const char *driver)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/bus/dsa/drivers/%s/bind", driver);
	ret = ksys_write(system_host(c->sys), path, dev, strlen(dev));
	return ret < 0 ? bind_failed(c, dev, parent, driver, ret) : 0;
}

static int configure_fiber(void *arg)
{
	struct configure *c = arg;
	struct kernel *k = system_host(c->sys);
	char path[256];
	u32 i;
	int ret;

	for (i = 0; i < c->cfg->nwrites; i++) {
		const struct accfg_write *w = &c->cfg->writes[i];

		snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/%s", w->dev, w->attr);
		ret = ksys_write(k, path, w->value, strlen(w->value));
		if (ret < 0) {
			s64 why = ret;

			ret = accel_config_refused(c->cfg, w, -ret, c->err);
			/* A device that is not there at all: the driver's last word says why. */
			if (why == -ENOENT && system_last_log(c->sys)[0])
				snprintf(c->err->text + strlen(c->err->text),
					 sizeof(c->err->text) - strlen(c->err->text),
					 "; the kernel's last warning: %s",
					 system_last_log(c->sys));
			return ret;
		}
	}
	for (i = 0; i < c->cfg->ndevices; i++) {
		const struct accfg_device *d = &c->cfg->devices[c->cfg->enable_devices[i]];

		ret = bind(c, d->dev, d->dev, "idxd");
		if (ret)
			return ret;
	}
	for (i = 0; i < c->cfg->nwqs; i++) {
		const struct accfg_wq *wq = &c->cfg->wqs[c->cfg->enable_wqs[i]];
		char parent[16];

		snprintf(parent, sizeof(parent), "dsa%u", wq->device);
		ret = bind(c, wq->dev, parent, accel_config_driver(wq));
		if (ret)
			return ret;
	}
	return 0;
}

static int read_queues(void *arg)
{
	return system_read_queues(arg);
}

static int apply(struct system *sys, struct accel_config *cfg, bool quiet, struct cfg_error *err)
{
	struct configure c = {sys, cfg, err};
	int ret;
	u32 i;

	for (i = 0; i < cfg->ndevices; i++)
		if (cfg->devices[i].id >= system_platform(sys)->devices_count)
			return cfg_fail(
				err, "%s: %s.dev: '%s' is not there: the machine has %u device%s",
				cfg->path, cfg->devices[i].where, cfg->devices[i].dev,
				system_platform(sys)->devices_count,
				system_platform(sys)->devices_count == 1 ? "" : "s");
	err->text[0] = 0;
	ret = system_call(sys, configure_fiber, &c);
	if (ret && !err->text[0])
		cfg_fail_errno(err, -ret, "%s: configuration never finished: %s", cfg->path,
			       system_last_log(sys));
	if (!ret)
		ret = system_call(sys, read_queues, sys);
	for (i = 0; i < cfg->nnotes && !quiet && !ret; i++)
		fprintf(stderr, "dsasim: note: %s: %s\n", cfg->path, cfg->notes[i]);
	return ret;
}

int system_configure(struct system *sys, const char *file, s32 device, bool quiet,
		     struct cfg_error *err)
{
	struct accel_config *cfg;
	u32 version = system_platform(sys)->dsa.version;
	int ret;

	if (device >= 0 && (u32)device < system_platform(sys)->devices_count)
		version = system_platform(sys)->devices[device].dsa.version;
	ret = accel_config_load(&cfg, file, device, version, err);
	if (ret)
		return ret;
	ret = apply(sys, cfg, quiet, err);
	accel_config_free(cfg);
	return ret;
}

/* ---- What a scenario needs ---- */

/* The queues of one device. */
struct plan {
	bool user, kernel, shared; /* shared: of virtual devices */
	u32 dedicated;		   /* for a virtual device each */
	bool block;		   /* of virtual devices: they wait for pages that are not there */
	const char *place;	   /* of the last one */
};

struct text {
	char *p, *end;
};

static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p, t->end - t->p, fmt, ap);
	va_end(ap);
	t->p += n < t->end - t->p ? n : t->end - t->p;
}

/* One queue of the file; of all entries it gets its share. */
static void put_queue(struct text *t, const struct plat_dsa *dsa, u32 i, u32 n, const char *type,
		      const char *driver, bool dedicated, bool block)
{
	u32 size = dsa->wq_entries / n + (i < dsa->wq_entries % n);

	put(t,
	    "%s{\"dev\":\"wq0.%u\",\"mode\":\"%s\",\"size\":%u,\"group_id\":0,\"priority\":10,"
	    "\"block_on_fault\":%u,\"type\":\"%s\",\"name\":\"%s\",\"driver_name\":\"%s\","
	    "\"max_batch_size\":%u",
	    i ? "," : "", i, dedicated ? "dedicated" : "shared", size, block, type,
	    !strcmp(type, "user") ? "app" : type, driver, dsa->max_batch);
	if (!dedicated)
		put(t, ",\"threshold\":%u", size);
	put(t, "}");
}

static int apply_plan(struct system *sys, u32 d, const struct plan *plan, struct cfg_error *err)
{
	const struct plat_dsa *dsa = &system_platform(sys)->devices[d].dsa;
	u32 n = plan->dedicated + plan->shared + plan->user + plan->kernel, i = 0, e;
	char text[8192];
	struct text t = {text, text + sizeof(text)};
	struct accel_config *cfg;
	int ret;

	if (n > dsa->wqs || n > dsa->wq_entries)
		return cfg_fail(err,
				"%s: dsa%u has %u work queues of %u entries, but %u are needed: %u "
				"dedicated and %u shared of virtual devices, %u of the host",
				plan->place ? plan->place : "default configuration", d, dsa->wqs,
				dsa->wq_entries, n, plan->dedicated, plan->shared,
				plan->user + plan->kernel);
	if (!n)
		return 0;
	put(&t, "[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":[");
	for (; i < plan->dedicated; i++)
		put_queue(&t, dsa, i, n, "mdev", "mdev", true, plan->block);
	if (plan->shared)
		put_queue(&t, dsa, i++, n, "mdev", "mdev", false, plan->block);
	if (plan->user)
		put_queue(&t, dsa, i++, n, "user", "user", false, false);
	if (plan->kernel)
		put_queue(&t, dsa, i++, n, "kernel", "dmaengine", false, false);
	put(&t, "],\"grouped_engines\":[");
	for (e = 0; e < dsa->engines; e++)
		put(&t, "%s{\"dev\":\"engine0.%u\",\"group_id\":0}", e ? "," : "", e);
	put(&t, "]}]}]");
	ret = accel_config_parse(&cfg, text, t.p - text, "default configuration", d, dsa->version,
				 err);
	if (ret)
		return ret;
	ret = apply(sys, cfg, true, err);
	accel_config_free(cfg);
	return ret;
}

int system_configure_default(struct system *sys, struct cfg_error *err)
{
	struct plan plan = {.user = true};
	u32 d;
	int ret = 0;

	for (d = 0; d < system_platform(sys)->devices_count && !ret; d++)
		ret = apply_plan(sys, d, &plan, err);
	return ret;
}

u32 system_vdev_turn(struct system *sys, u32 turn)
{
	return turn % system_platform(sys)->devices_count;
}

static void plan_guests(struct system *sys, const struct scenario *scn, struct plan *plan)
{
	u32 g, i, v, turn = 0;

	for (g = 0; g < scn->nguests; g++)
		for (i = 0; i < scn->guests[g].count; i++)
			for (v = 0; v < scn->guests[g].nvdevs; v++) {
				const struct scn_vdev *vdev = &scn->guests[g].vdevs[v];
				struct plan *p;

				if (vdev->type == SCN_VDEV_QUEUES)
					continue;
				p = &plan[scn->guests[g].device >= 0
						  ? (u32)scn->guests[g].device
						  : system_vdev_turn(sys, turn++)];
				if (vdev->type == SCN_VDEV_1DWQ)
					p->dedicated++;
				else
					p->shared = true;
				p->block |= scn->guests[g].memory_mode == SCN_MEMORY_DEMAND;
				p->place = vdev->place;
			}
}

static int check_named(const struct scenario *scn, struct cfg_error *err)
{
	u32 g, v;

	for (g = 0; g < scn->nguests; g++)
		for (v = 0; v < scn->guests[g].nvdevs; v++)
			if (scn->guests[g].vdevs[v].type == SCN_VDEV_QUEUES)
				return cfg_fail(err,
						"%s: the host's queues can be named where "
						"accel_config says what they are",
						scn->guests[g].vdevs[v].place);
	return 0;
}

/* With guests a trace is theirs. */
static int configure_needed(struct system *sys, const struct scenario *scn, struct cfg_error *err)
{
	u32 n = system_platform(sys)->devices_count, d, p, c;
	struct plan *plan = calloc(n, sizeof(*plan));
	bool user = false, kernel = false;
	int ret = check_named(scn, err);

	if (!plan)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	for (p = 0; p < scn->nprocesses; p++)
		for (c = 0; c < scn->processes[p].nclients; c++) {
			kernel |= scn->processes[p].clients[c].addr == SCN_PHYS;
			user |= scn->processes[p].clients[c].addr != SCN_PHYS;
		}
	plan_guests(sys, scn, plan);
	for (d = 0; d < n && !ret; d++) {
		plan[d].user = user;
		plan[d].kernel = kernel;
		ret = apply_plan(sys, d, &plan[d], err);
	}
	free(plan);
	return ret;
}

int system_configure_scenario(struct system *sys, const struct scenario *scn, bool quiet,
			      struct cfg_error *err)
{
	u32 i;
	int ret = 0;

	if (!scn->nconfigs)
		return scn->nguests ? configure_needed(sys, scn, err)
				    : system_configure_default(sys, err);
	for (i = 0; i < scn->nconfigs && !ret; i++)
		ret = system_configure(sys, scn->configs[i].file, scn->configs[i].device, quiet,
				       err);
	return ret;
}
