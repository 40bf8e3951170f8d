// SPDX-License-Identifier: GPL-2.0
// The keys of a guest in a scenario file, and the little grammar of its virtual devices.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario_keys.h"

static const char *const type_words[] = {"dsa-1dwq-v1", "dsa-1swq-v1", NULL};
static const char *const memory_words[] = {"pinned", "demand", "shared", NULL};
static const char *const home_words[] = {"kernel-mdev", "kernel-cdev", "vmm", "vfio-user", NULL};
static const char *const interrupt_words[] = {"remapped", "posted", "none", NULL};
static const char *const sva_words[] = {"auto", "no", "yes", NULL};

/* ---- Virtual devices ---- */

/* "wq0.1+wq0.2": the host's queues that one device is made of. */
static int queues(struct cfg_arena *arena, const struct yaml_node *node, const char *path,
		  struct scn_vdev *v, struct cfg_error *err)
{
	const char *p = node->text;
	char rest[8];
	int used;

	for (;; p++) {
		struct scn_wq *wq = &v->wqs[v->nwqs];
		u32 device, queue;

		if (v->nwqs == SCN_VDEV_WQS_MAX)
			return yaml_fail(err, node, path, "a device has at most %u queues",
					 SCN_VDEV_WQS_MAX);
		if (sscanf(p, "wq%4u.%4u%n", &device, &queue, &used) != 2 ||
		    sscanf(p + used, "%1[^+]", rest) == 1)
			return yaml_fail(err, node, path,
					 "'%.60s' is neither dsa-1dwq-v1, dsa-1swq-v1 nor queues "
					 "of the host (wq0.1, wq0.1+wq0.2)",
					 node->text);
		*wq = (struct scn_wq){.device = (s32)device, .queue = (s32)queue};
		wq->name = cfg_strndup(arena, p, (size_t)used);
		if (v->nwqs && device != (u32)v->wqs[0].device)
			return yaml_fail(err, node, path,
					 "the queues of one virtual device belong to one device");
		v->nwqs++;
		p += used;
		if (!*p)
			return 0;
	}
}

static int one_vdev(struct cfg_arena *arena, const struct yaml_node *node, const char *path,
		    struct scn_vdev *v, struct cfg_error *err)
{
	u32 i;

	if (node->kind != YAML_SCALAR)
		return yaml_fail(err, node, path, "must be a type or queues");
	v->place = yaml_place(arena, node, path);
	for (i = 0; type_words[i]; i++)
		if (!strcmp(node->text, type_words[i])) {
			v->type = i;
			return 0;
		}
	v->type = SCN_VDEV_QUEUES;
	v->wqs = cfg_alloc(arena, SCN_VDEV_WQS_MAX * sizeof(*v->wqs));
	return queues(arena, node, path, v, err);
}

/* One device or a list of them. */
static int parse_vdevs(struct cfg_arena *arena, const struct yaml_key *key,
		       const struct yaml_node *node, const char *path, void *obj,
		       struct cfg_error *err)
{
	struct scn_guest *g = obj;
	u32 n = node->kind == YAML_LIST ? node->count : 1, i;
	char sub[200];

	(void)key;
	if (!n || n > SCN_GUEST_VDEVS_MAX)
		return yaml_fail(err, node, path, "must be one device or a list of 1 to %u",
				 SCN_GUEST_VDEVS_MAX);
	g->nvdevs = n;
	g->vdevs = cfg_alloc(arena, n * sizeof(*g->vdevs));
	if (node->kind != YAML_LIST)
		return one_vdev(arena, node, path, &g->vdevs[0], err);
	for (i = 0; i < n; i++) {
		snprintf(sub, sizeof(sub), "%.180s[%u]", path, i);
		if (one_vdev(arena, node->items[i].node, sub, &g->vdevs[i], err))
			return -EINVAL;
	}
	return 0;
}

/* ---- Actions ---- */

static const struct scn_command commands[] = {
	{"enable_device", DSA_CMD_ENABLE_DEVICE, false},
	{"disable_device", DSA_CMD_DISABLE_DEVICE, false},
	{"reset_device", DSA_CMD_RESET_DEVICE, false},
	{"drain_all", DSA_CMD_DRAIN_ALL, false},
	{"abort_all", DSA_CMD_ABORT_ALL, false},
	{"enable_wq", DSA_CMD_ENABLE_WQ, true},
	{"disable_wq", DSA_CMD_DISABLE_WQ, true},
	{"drain_wq", DSA_CMD_DRAIN_WQ, true},
	{"abort_wq", DSA_CMD_ABORT_WQ, true},
	{"reset_wq", DSA_CMD_RESET_WQ, true},
	{"pause", SCN_MONITOR_PAUSE, false},
	{"resume", SCN_MONITOR_RESUME, false},
	{"move", SCN_MONITOR_MOVE, false},
	{"revoke_handles", SCN_MONITOR_REVOKE, false},
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int one_command(const struct yaml_node *node, const char *path, struct scn_action *a,
		       struct cfg_error *err)
{
	u32 i;

	for (i = 0; i < NCOMMANDS && node->kind == YAML_SCALAR; i++)
		if (!strcmp(node->text, commands[i].name)) {
			a->command[a->ncommands++] = commands[i];
			return 0;
		}
	return yaml_fail(err, node, path,
			 "must be a command: enable, disable or reset, with _device or _wq; drain "
			 "or abort, with _all or _wq; or of the monitor: pause, resume, move, "
			 "revoke_handles");
}

/* One command, or a list of them that belongs together. */
static int parse_commands(struct cfg_arena *arena, const struct yaml_key *key,
			  const struct yaml_node *node, const char *path, void *obj,
			  struct cfg_error *err)
{
	struct scn_action *a = obj;
	u32 n = node->kind == YAML_LIST ? node->count : 1, i;

	(void)arena;
	(void)key;
	if (!n || n > SCN_COMMANDS_MAX)
		return yaml_fail(err, node, path, "must be one command or a list of 1 to %u",
				 SCN_COMMANDS_MAX);
	a->ncommands = 0;
	if (node->kind != YAML_LIST)
		return one_command(node, path, a, err);
	for (i = 0; i < n; i++)
		if (one_command(node->items[i].node, path, a, err))
			return -EINVAL;
	return 0;
}

static int parse_to(struct cfg_arena *arena, const struct yaml_key *key,
		    const struct yaml_node *node, const char *path, void *obj,
		    struct cfg_error *err)
{
	struct scn_action *a = obj;
	int ret;

	(void)key;
	a->to = NULL;
	if (node->kind == YAML_SCALAR && !strcmp(node->text, "none"))
		return 0;
	a->to = cfg_alloc(arena, sizeof(*a->to));
	ret = one_vdev(arena, node, path, a->to, err);
	if (!ret && a->to->type != SCN_VDEV_QUEUES)
		return yaml_fail(err, node, path, "must be queues of the host: wq0.1, wq0.1+wq0.2");
	return ret;
}

#define HOUR (3600 * PS_PER_S)
#define A    struct scn_action
static const struct yaml_key action_keys[] = {
	YAML_OWN(A, command, "command", parse_commands, "a command or a list of them", NULL,
		 "What is written to the command register: enable_wq, disable_wq, drain_wq, "
		 "abort_wq, reset_wq, enable_device, disable_device, reset_device, drain_all, "
		 "abort_all; or what the monitor does: pause, resume, move (and in every other "
		 "round back), revoke_handles; one behind the other."),
	YAML_VAL(A, vdev, "vdev", COUNT, 0, SCN_GUEST_VDEVS_MAX - 1, "0", "Virtual device."),
	YAML_VAL(A, wq, "wq", COUNT, 0, SCN_VDEV_WQS_MAX - 1, "0", "Its work queue."),
	YAML_OWN(A, to, "to", parse_to, "the host's queues: wqD.N, wqD.N+wqD.M", "none",
		 "Where `move` takes it: free queues of the same kinds."),
	YAML_VAL(A, start_ps, "start", TIME, 0, HOUR, "0", "When the first round begins."),
	YAML_VAL(A, every_ps, "every", TIME, 1000, HOUR, "100us",
		 "From one round's beginning to the next one's, at least."),
	YAML_VAL(A, count, "count", COUNT, 0, 1u << 30, "0",
		 "Rounds; 0: until the clients are through."),
	YAML_END,
};
#undef A

static int action_check(void *obj, const struct yaml_node *node, const char *path,
			struct cfg_error *err)
{
	const struct scn_action *a = obj;
	bool moves = false;
	u32 i;

	for (i = 0; i < a->ncommands; i++)
		moves |= a->command[i].code == SCN_MONITOR_MOVE;
	if (moves == !!a->to)
		return 0;
	return yaml_fail(err, node, path, moves ? "move: to where? ('to')" : "'to' without move");
}

static const struct yaml_table action_table = {
	"Commands of a guest's kernel to its device, past the driver, and of its monitor",
	action_keys, action_check};

/* ---- The keys ---- */

/* Only what is stated differs from the scenario's defaults. */
static const struct yaml_key default_keys[] = {
	{.name = "", .type = YAML_INLINE, .sub = &client_table, .off = 0, .help = ""},
	YAML_END,
};
static const struct yaml_table default_table = {"Defaults of a guest: any key of a client",
						default_keys, NULL};

static void process_init(void *item, const void *obj)
{
	((struct scn_process *)item)->base = ((const struct scn_guest *)obj)->base;
}

#define G struct scn_guest
static const struct yaml_key guest_keys[] = {
	YAML_STR(G, name, "name", "", "Name in the results."),
	YAML_VAL(G, count, "count", COUNT, 1, 4096, "1", "Identical guests."),
	YAML_OWN(G, vdevs, "vdev", parse_vdevs,
		 "dsa-1dwq-v1, dsa-1swq-v1, or the host's queues: wqD.N, wqD.N+wqD.M; or a list",
		 "dsa-1swq-v1", "Virtual devices: a type, or exactly these queues."),
	YAML_VAL(G, device, "device", INT, (u64)-1, PLAT_DEVICES_MAX - 1, "-1",
		 "Host device behind virtual devices given by type; -1: all in turn."),
	YAML_VAL(G, cpus, "cpus", COUNT, 1, 64, "1", "Virtual processors."),
	YAML_VAL(G, memory, "memory", SIZE, 16u << 20, 1u << 30, "256 MiB",
		 "Guest memory, rounded up to a power of two."),
	YAML_ENUM(
		G, memory_mode, "memory_mode", memory_words, "pinned",
		"All of it mapped for devices at the start; or each page when it is asked for; or "
		"the "
		"monitor's own address space shared with the device (no processes on its queues)."),
	YAML_VAL(G, node, "node", INT, (u64)-1, 1023, "-1", "Its memory node; -1: any."),
	YAML_ENUM(
		G, home, "home", home_words, "kernel-mdev",
		"Where the virtual device is emulated and by which door it is opened; vfio-user: "
		"as "
		"vmm, but by a server of its own, to which each exit is a message over a socket."),
	YAML_ENUM(
		G, interrupts, "interrupts", interrupt_words, "remapped",
		"Completion interrupts: through the host's handler, posted, or without remapping."),
	YAML_ENUM(G, sva, "sva", sva_words, "auto",
		  "The device offers shared virtual memory; auto: where a program needs it."),
	YAML_VAL(
		G, error_broadcast, "error_broadcast", BOOL, 0, 1, "no",
		"Errors on its queues go to everyone who shares them, whole, as code of 2020 did."),
	YAML_VAL(G, drain_whole_queue, "drain_whole_queue", BOOL, 0, 1, "no",
		 "Commands on its shares wait for the work of all who share the queue, as code of "
		 "2022 did."),
	YAML_MAPPED(G, base, "defaults", &default_table, "What the guest's clients start from."),
	YAML_LISTED(G, actions, nactions, "actions", &action_table, 0, 16, NULL,
		    "Commands to its virtual devices while clients work."),
	YAML_LISTED(G, processes, nprocesses, "processes", &process_table, 0, 1024, process_init,
		    "Processes in the guest; a number: so many that differ in nothing."),
	YAML_END,
};
#undef G
const struct yaml_table guest_table = {"One guest", guest_keys, NULL};

/* ---- Short forms ---- */

static struct yaml_node *node_of(struct cfg_arena *arena, u32 kind, const struct yaml_node *like)
{
	struct yaml_node *n = cfg_alloc(arena, sizeof(*n));

	n->kind = kind;
	n->line = like->line;
	n->origin = like->origin;
	return n;
}

/* A list whose only element is @only. */
static struct yaml_node *list_of(struct cfg_arena *arena, struct yaml_node *only)
{
	struct yaml_node *list = node_of(arena, YAML_LIST, only);

	list->items = cfg_alloc(arena, sizeof(*list->items));
	list->items[0].node = only;
	list->count = list->room = 1;
	return list;
}

/* `processes: 2` is one element with `copies: 2`. */
static void expand_processes(struct cfg_arena *arena, struct yaml_node *guest)
{
	u32 i;

	for (i = 0; i < guest->count; i++) {
		struct yaml_node **at = &guest->items[i].node, *map;

		if (strcmp(guest->items[i].key, "processes") || (*at)->kind != YAML_SCALAR)
			continue;
		map = node_of(arena, YAML_MAP, *at);
		map->items = cfg_alloc(arena, sizeof(*map->items));
		map->items[0] = (struct yaml_item){"copies", *at};
		map->count = map->room = 1;
		*at = list_of(arena, map);
	}
}

void guests_expand(struct cfg_arena *arena, struct yaml_node *root)
{
	struct yaml_node **guests = NULL;
	u32 i;

	for (i = 0; i < root->count; i++)
		if (!strcmp(root->items[i].key, "guests"))
			guests = &root->items[i].node;
	if (!guests)
		return;
	if ((*guests)->kind == YAML_MAP)
		*guests = list_of(arena, *guests);
	if ((*guests)->kind != YAML_LIST)
		return;
	for (i = 0; i < (*guests)->count; i++)
		if ((*guests)->items[i].node->kind == YAML_MAP)
			expand_processes(arena, (*guests)->items[i].node);
}
