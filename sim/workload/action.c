// SPDX-License-Identifier: GPL-2.0
// What is done to virtual devices while clients work: commands of their guests' kernels past the
// driver, and what their monitors do.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/client/command.h"
#include "host-driver/kapi/kernel.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "sim/monitor.h"
#include "sim/system.h"
#include "sim/workload/workload_priv.h"

struct action {
	struct workload *wl;
	struct site *site;
	const struct scn_action *scn;
	u32 index;
	u64 round;
};

static u32 operand(const struct scn_command *cmd, u32 wq)
{
	if (!cmd->takes_wq)
		return 0;
	return cmd->code == DSA_CMD_ENABLE_WQ ? wq : 1u << wq;
}

static bool over(const struct action *a)
{
	return !a->wl->running || a->wl->error || a->wl->cut || a->wl->stuck || a->wl->dying;
}

#define TURN_PS PS_PER_US

/* The command register is one: who gives a command waits for those that came before. */
static void take_turn(struct action *a)
{
	struct command_queue *q = &a->site->command[a->scn->vdev];
	u64 ticket = q->next++;

	while (q->served != ticket)
		fiber_sleep(TURN_PS);
}

/* ---- the monitor's ---- */

struct monitor_call {
	struct action *a;
	u32 code;
	int ret;
	bool done;
};

/* Where it moves in this round: there, or back to where it was. */
static int move(struct monitor_call *c)
{
	const struct guest_entry *e = c->a->site->entry;
	const struct scn_vdev *to = c->a->scn->to;
	u32 v = c->a->scn->vdev, q;
	struct guest_vdev_cfg cfg = {.nwqs = to->nwqs};
	char back[GUEST_WQS_MAX][24];

	if (c->a->round % 2)
		cfg.nwqs = e->vdev_wqs[v];
	for (q = 0; q < cfg.nwqs; q++) {
		if (!(c->a->round % 2)) {
			cfg.wqs[q] = to->wqs[q].name;
			continue;
		}
		snprintf(back[q], sizeof(back[q]), "wq%u.%u", e->host_wq[v][q]->device,
			 e->host_wq[v][q]->queue);
		cfg.wqs[q] = back[q];
	}
	return guest_vdev_move_here(c->a->site->guest, v, &cfg);
}

static void monitor_fiber(void *arg)
{
	struct monitor_call *c = arg;
	struct monitor_dev *d = guest_vdev_monitor(c->a->site->guest, c->a->scn->vdev);

	switch (c->code) {
	case SCN_MONITOR_PAUSE:
		c->ret = monitor_pause(d);
		break;
	case SCN_MONITOR_RESUME:
		c->ret = monitor_resume(d);
		break;
	case SCN_MONITOR_MOVE:
		c->ret = move(c);
		break;
	default:
		c->ret = monitor_revoke_handles(d);
	}
	c->done = true;
}

/* In the host, while this fiber waits. */
static int monitor_does(struct action *a, u32 code)
{
	struct monitor_call c = {.a = a, .code = code};
	int ret = kernel_run_on_fiber(system_host(a->wl->sys), monitor_fiber, &c, "monitor");

	while (!ret && !c.done)
		fiber_sleep(TURN_PS);
	return ret ? ret : c.ret;
}

/* ---- rounds ---- */

static int command(struct action *a, struct kcmd *k, const struct scn_command *cmd, u32 *error)
{
	u32 result;

	*error = 0;
	if (cmd->code >= SCN_MONITOR_PAUSE)
		return monitor_does(a, cmd->code);
	return kcmd_run(k, cmd->code, operand(cmd, a->scn->wq), error, &result);
}

/* One round; what the device refuses is counted, what ends the device ends the action: @last. */
static int round_of(struct action *a, struct kcmd *k, const char **last)
{
	u32 i, error;
	u64 since;
	int ret;

	for (i = 0; i < a->scn->ncommands && !over(a); i++) {
		const struct scn_command *cmd = &a->scn->command[i];

		take_turn(a);
		*last = cmd->name;
		since = sim_now(a->wl->sim);
		ret = command(a, k, cmd, &error);
		a->site->command[a->scn->vdev].served++;
		if (ret == -EBUSY && cmd->code < SCN_MONITOR_PAUSE)
			continue; /* the driver's own */
		if (ret == -EBUSY)
			error = 1; /* of a move: the place is taken */
		else if (ret)
			return ret;
		report_command(a->wl->report, a->site->report, cmd->name,
			       sim_now(a->wl->sim) - since, error);
	}
	return 0;
}

static void action_fiber(void *arg)
{
	struct action *a = arg;
	struct workload *wl = a->wl;
	const char *last = "opening the device";
	struct kcmd *k = NULL;
	u64 begin, now, i;
	int ret;

	fiber_sleep(a->scn->start_ps + 1);
	ret = kcmd_open(GUEST_DEVFN(a->scn->vdev), &k);
	for (i = 0; !ret && !over(a) && (!a->scn->count || i < a->scn->count); i++) {
		begin = sim_now(wl->sim);
		a->round = i;
		ret = round_of(a, k, &last);
		now = sim_now(wl->sim);
		if (now - begin < a->scn->every_ps)
			fiber_sleep(a->scn->every_ps - (now - begin));
	}
	if (k)
		kcmd_close(k);
	if (ret && !over(a))
		workload_fail(wl, ret, "%s: guest %s: actions[%u]: %s: %s",
			      a->site->entry->scn->place, a->site->entry->name, a->index, last,
			      strerror(-ret));
	wl->fibers--;
	free(a);
}

static int start_one(struct workload *wl, struct site *site, u32 index)
{
	struct action *a = calloc(1, sizeof(*a));
	int ret;

	if (!a)
		return -ENOMEM;
	*a = (struct action){
		.wl = wl, .site = site, .scn = &site->entry->scn->actions[index], .index = index};
	ret = kernel_run_on_fiber(site->kernel, action_fiber, a, "action");
	if (ret)
		free(a);
	wl->fibers += !ret;
	return ret;
}

int actions_start(struct workload *wl)
{
	u32 i, k;
	int ret = 0;

	for (i = 1; i < wl->nsites && !ret; i++)
		for (k = 0; k < wl->site[i].entry->scn->nactions && !ret; k++)
			ret = start_one(wl, &wl->site[i], k);
	return ret;
}
