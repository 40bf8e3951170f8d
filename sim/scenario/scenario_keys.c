// SPDX-License-Identifier: GPL-2.0
// The keys of a scenario file: one line for each value of sim/scenario/scenario.h.
#include <errno.h>
#include <string.h>

#include "model/spec/defects.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario_keys.h"

#define MAX32  0xffffffffull
#define COUNTS (1ull << 40)
#define HOUR   (3600 * PS_PER_S)
#define PiB    (1ull << 50)

static const char *const data_words[] = {"full", "verify", "none", NULL};
static const char *const engine_words[] = {"dsa", "cpu", NULL};
static const char *const loop_words[] = {"sync", "ring", "burst", "push", "first", "open", NULL};
static const char *const unit_words[] = {"desc", "batch", NULL};
static const char *const waitfor_words[] = {"all", "last", NULL};
static const char *const reuse_words[] = {"none", "one", "slot", "burst", NULL};
static const char *const cache_words[] = {"dram", "cold", "warm", NULL};
static const char *const fault_words[] = {"none", "tlbmiss", "minor", "major", NULL};
static const char *const operand_words[] = {"src", "dst", NULL};
static const char *const repair_words[] = {"sw", "prs", "pretouch", "pretouch-all", NULL};
static const char *const record_words[] = {"seq", "hit", "miss", NULL};
static const char *const wait_words[] = {"poll", "umwait", "interrupt", NULL};
static const char *const alloc_words[] = {"page", "malloc", NULL};
static const char *const addr_words[] = {"virt", "phys", NULL};
static const char *const small_words[] = {"device", "cpu", "batch", NULL};
static const char *const arrival_words[] = {"fixed", "exp", NULL};
static const char *const touch_words[] = {"read", "write", NULL};

#define C				 struct scn_client
#define CLIENT_COUNT(m, k, lo, hi, d, h) YAML_VAL(C, m, k, COUNT, lo, hi, d, h)
#define CLIENT_INT(m, k, hi, d, h)	 YAML_VAL(C, m, k, INT, (u64)-1, hi, d, h)
#define CLIENT_TIME(m, k, d, h)		 YAML_VAL(C, m, k, TIME, 0, HOUR, d, h)
#define CLIENT_SIZE(m, k, lo, hi, d, h)	 YAML_VAL(C, m, k, SIZE, lo, hi, d, h)
#define CLIENT_BOOL(m, k, d, h)		 YAML_VAL(C, m, k, BOOL, 0, 1, d, h)
#define CLIENT_ENUM(m, k, w, d, h)	 YAML_ENUM(C, m, k, w, d, h)

static const struct yaml_key client_keys[] = {
	YAML_STR(C, name, "name", "", "Name in the results."),
	CLIENT_COUNT(threads, "threads", 1, 4096, "1", "Threads that do the same, each by itself."),
	CLIENT_INT(core, "core", 65535, "-1",
		   "Core of the first thread; -1: the next free one of the socket."),
	CLIENT_INT(socket, "socket", PLAT_SOCKETS_MAX - 1, "-1",
		   "Socket of the threads; -1: that of the work queue's device."),
	YAML_OWN(C, wqs, "wq", parse_wqs,
		 "wqD.N, a queue's name, any, shared, dedicated; or a list", "any",
		 "Work queues; units are dealt out to them in turn."),
	YAML_OWN(C, trace, "trace", parse_file, "path", "",
		 "Trace to play instead of generated work; one thread for each client in it."),
	CLIENT_INT(trace_proc, "trace_proc", MAX32 / 2, "-1", "Process of the trace; -1: all."),
	CLIENT_INT(trace_thr, "trace_thr", MAX32 / 2, "-1", "Thread of the trace; -1: all."),
	CLIENT_ENUM(engine, "engine", engine_words, "dsa", "Who does the work: device or core."),
	YAML_OWN(C, ops, "op", parse_op, "operation, or a mix: memmove:70,memfill:30", "memmove",
		 "Operation; a mix is drawn by its weights."),
	YAML_OWN(C, size, "size", parse_size,
		 "SIZE, uniform:A:B, alt:A:B, first:A:B, double:A:B, mix:NxA:MxB or file:PATH",
		 "4 KiB", "Length of one work descriptor."),
	CLIENT_COUNT(run, "run", 1, MAX32, "1", "With size alt: so many of A, then of B."),
	CLIENT_COUNT(batch, "batch", 0, 65536, "0", "Members of each batch; 0: no batches."),
	CLIENT_BOOL(member_records, "member_records", "yes",
		    "Members of a batch ask for a completion record of their own."),
	CLIENT_COUNT(split, "split", 1, 64, "1",
		     "Equal pieces of one operand, one for each queue."),
	CLIENT_SIZE(piece, "piece", 0, MAX32, "0",
		    "Operands above are cut into such pieces, dealt out to the queues; 0: never."),
	CLIENT_ENUM(small, "small", small_words, "device",
		    "With size mix: who does the smaller ones."),
	YAML_VAL(C, fill_pattern, "fill_pattern", HEX, 0, ~0ull, "0x5555555555555555",
		 "Pattern of fills and of comparisons with a pattern."),
	CLIENT_ENUM(loop, "loop", loop_words, "sync", "Shape of the submitting loop."),
	CLIENT_COUNT(window, "window", 1, 1u << 20, "1", "Units in flight at most."),
	CLIENT_ENUM(window_unit, "window_unit", unit_words, "desc",
		    "What a unit is; desc with batch set means a batch all the same."),
	CLIENT_ENUM(waitfor, "waitfor", waitfor_words, "all", "In a burst: what is waited for."),
	CLIENT_COUNT(recycle, "recycle", 1, 65536, "1",
		     "Oldest unfinished units looked at for a free slot; 1: oldest first."),
	CLIENT_BOOL(retry, "retry", "yes", "A refused ENQCMD is repeated, else dropped."),
	CLIENT_COUNT(retry_max, "retry_max", 0, MAX32, "0",
		     "Refusals in a row before the client gives a unit up; 0: never."),
	CLIENT_COUNT(count, "count", 0, COUNTS, "1000",
		     "Work descriptors of one pass of a thread; 0: until duration."),
	CLIENT_TIME(duration_ps, "duration", "0",
		    "Virtual time after which a thread stops; 0: none."),
	CLIENT_COUNT(passes, "passes", 1, 1000000, "1", "Measured passes."),
	CLIENT_COUNT(warmup, "warmup", 0, 1000000, "0", "Passes before the measured ones."),
	CLIENT_TIME(start_ps, "start", "0", "When the threads begin."),
	CLIENT_TIME(overhead_ps, "overhead", "0",
		    "The program's own time for each unit, beside what the platform states."),
	YAML_OWN(C, think, "think", parse_think, "TIME, exp:TIME or file:PATH", "0",
		 "Time between a step and the next submission."),
	CLIENT_TIME(interval_ps, "interval", "0", "Loop open: mean distance of arrivals."),
	CLIENT_ENUM(poisson, "arrivals", arrival_words, "fixed",
		    "Loop open: equal or exponential distances."),
	YAML_OWN(C, pattern_src, "pattern", parse_pattern, "seq, random, same", "seq",
		 "Addresses of both operands."),
	YAML_OWN(C, pattern_src, "pattern_src", parse_pattern, "seq, random, same", "",
		 "Source addresses, where they differ."),
	YAML_OWN(C, pattern_dst, "pattern_dst", parse_pattern, "seq, random, same", "",
		 "Destination addresses, where they differ."),
	CLIENT_SIZE(ws, "ws", 0, PiB, "0",
		    "Extent of each operand's array; 0: as much as one pass needs."),
	CLIENT_ENUM(
		reuse, "reuse", reuse_words, "none",
		"Buffers: fresh by pattern, one pair, a pair for each window slot or position of "
		"a burst."),
	CLIENT_SIZE(align, "align", 1, 1u << 30, "64 B", "Every address is a multiple of this."),
	CLIENT_BOOL(align_exact, "align_exact", "no", "... and of no higher power of two."),
	CLIENT_SIZE(offset, "offset", 0, 4095, "0",
		    "Distance of each array's start from a 4 KiB boundary."),
	CLIENT_ENUM(alloc, "alloc", alloc_words, "page",
		    "Placement: on pages, or packed as a C heap does."),
	CLIENT_ENUM(addr, "addr", addr_words, "virt", "Addresses with PASID, or physical ones."),
	CLIENT_SIZE(page_size, "page_size", 4096, 1u << 30, "4 KiB", "4 KiB, 2 MiB or 1 GiB."),
	CLIENT_INT(src_node, "src_node", 1023, "-1", "Memory node of sources; -1: local."),
	CLIENT_INT(dst_node, "dst_node", 1023, "-1", "Memory node of destinations; -1: local."),
	CLIENT_INT(record_node, "record_node", 1023, "-1",
		   "Memory node of completion records; -1: local."),
	CLIENT_ENUM(cache, "cache", cache_words, "dram",
		    "Where the operands lie before each unit."),
	CLIENT_BOOL(cc, "cc", "no", "Cache-control flag."),
	CLIENT_BOOL(bof, "bof", "no", "Block-on-fault flag."),
	CLIENT_BOOL(readback, "readback", "no", "Destination-readback flag."),
	CLIENT_ENUM(fault, "fault", fault_words, "none", "State of the operand's pages."),
	CLIENT_ENUM(fault_on, "fault_on", operand_words, "dst", "Operand that faults."),
	YAML_VAL(C, fault_ppm, "fault_share", SHARE, 0, 1000000, "100 %",
		 "Share of the operand's pages that are not there at first."),
	CLIENT_ENUM(repair, "repair", repair_words, "sw", "Who makes missing pages present."),
	CLIENT_ENUM(touch_write, "touch", touch_words, "write", "What op touch does."),
	CLIENT_ENUM(record, "record", record_words, "seq",
		    "Completion records: consecutive, all in one page, another page each time."),
	CLIENT_ENUM(wait, "wait", wait_words, "poll", "How completion is seen."),
	CLIENT_TIME(protect_ps, "protect", "0",
		    "How often another thread write-protects source memory and allows writing "
		    "again, which invalidates translations; 0: never."),
	CLIENT_SIZE(protect_bytes, "protect_size", 0, PiB, "0",
		    "So much of the source array each time, one part after the other; 0: all."),
	YAML_END,
};
const struct yaml_table client_table = {"Keys of a client", client_keys, NULL};

static int client_fail(const struct yaml_node *node, const char *path, const char *key,
		       struct cfg_error *err, const char *text)
{
	char sub[200];

	snprintf(sub, sizeof(sub), "%.150s%s%.40s", path, path[0] ? "." : "", key);
	if (node && yaml_get(node, key))
		node = yaml_get(node, key);
	return yaml_fail(err, node, sub, "%s", text);
}

int client_check(const struct scn_client *c, const struct yaml_node *node, const char *path,
		 struct cfg_error *err)
{
	u64 largest = c->size.a > c->size.b ? c->size.a : c->size.b;
	u32 i;

	if (c->page_size != 4096 && c->page_size != 2u << 20 && c->page_size != 1u << 30)
		return client_fail(node, path, "page_size", err, "must be 4 KiB, 2 MiB or 1 GiB");
	if (c->align & (c->align - 1))
		return client_fail(node, path, "align", err, "must be a power of two");
	if (c->trace)
		return 0; /* the rest is the trace's */
	if (!c->count && !c->duration_ps)
		return client_fail(node, path, "count", err, "count or duration must be given");
	if (c->loop == SCN_OPEN && !c->interval_ps)
		return client_fail(node, path, "interval", err,
				   "loop open needs the arrivals' distance");
	if (c->ws && c->ws < largest)
		return client_fail(node, path, "ws", err, "is smaller than one operand");
	if (!c->ws && !c->count && c->reuse == SCN_REUSE_NONE)
		return client_fail(node, path, "ws", err,
				   "must be given where count does not limit the addresses");
	if (!c->ws && c->reuse == SCN_REUSE_NONE && c->count > PiB / largest)
		return client_fail(node, path, "count", err,
				   "needs more than 1 PiB of operands; give ws");
	for (i = 0; i < c->nops; i++) {
		if (c->ops[i].opcode == SCN_OP_TOUCH && c->engine != SCN_CPU)
			return client_fail(node, path, "op", err, "touch is for engine cpu");
	}
	if (c->batch > 1 && c->engine == SCN_CPU)
		return client_fail(node, path, "batch", err, "a core has no batches");
	if (c->split > 1 && c->nwqs != c->split)
		return client_fail(node, path, "split", err, "needs as many queues in wq");
	return 0;
}

/* ---- Processes and guests ---- */

static void process_client_init(void *item, const void *obj)
{
	*(struct scn_client *)item = ((const struct scn_process *)obj)->base;
}

/* A client of a list: only what it states differs from its process. */
static const struct yaml_key listed_client_keys[] = {
	{.name = "", .type = YAML_INLINE, .sub = &client_table, .off = 0, .help = ""},
	YAML_END,
};
static const struct yaml_table listed_client_table = {
	"One client of a process: any key of a client", listed_client_keys, NULL};

static const struct yaml_key process_keys[] = {
	YAML_VAL(struct scn_process, count, "copies", COUNT, 1, 65536, "1",
		 "Identical processes, each with an address space of its own."),
	YAML_INLINED(struct scn_process, base, &client_table),
	YAML_LISTED(struct scn_process, clients, nclients, "clients", &listed_client_table, 0, 4096,
		    process_client_init,
		    "Clients that differ; without it the process is one client."),
	YAML_END,
};
const struct yaml_table process_table = {
	"One process: any key of a client holds for all its clients", process_keys, NULL};

static void process_init(void *item, const void *obj)
{
	((struct scn_process *)item)->base = ((const struct scenario *)obj)->defaults;
}

static void guest_init(void *item, const void *obj)
{
	((struct scn_guest *)item)->base = ((const struct scenario *)obj)->defaults;
}

/* ---- The rest ---- */

static const struct yaml_key config_keys[] = {
	YAML_VAL(struct scn_config, device, "device", INT, (u64)-1, PLAT_DEVICES_MAX - 1, "-1",
		 "Device that the file's only device becomes; -1: the names in the file."),
	YAML_OWN(struct scn_config, file, "file", parse_file, "path", NULL, "accel-config file."),
	YAML_END,
};
static const struct yaml_table config_table = {"One accel-config file", config_keys, NULL};

#define O struct scn_output
static const struct yaml_key output_keys[] = {
	YAML_STR(O, dir, "dir", "", "Directory for results, relative to where dsasim is started."),
	YAML_VAL(O, timeline, "timeline", BOOL, 0, 1, "no", "Write a timeline."),
	YAML_VAL(O, timeline_from_ps, "timeline_from", TIME, 0, HOUR, "0", "Its beginning."),
	YAML_VAL(O, timeline_to_ps, "timeline_to", TIME, 0, HOUR, "0", "Its end; 0: the run's."),
	YAML_VAL(O, csv, "csv", BOOL, 0, 1, "yes", "Write CSV files for plots."),
	YAML_VAL(O, html, "html", BOOL, 0, 1, "yes", "Write a report to look at in a browser."),
	YAML_END,
};
static const struct yaml_table output_table = {"Outputs", output_keys, NULL};

#define K struct scn_checks
static const struct yaml_key check_keys[] = {
	YAML_VAL(K, checkers, "checkers", BOOL, 0, 1, "yes",
		 "Stale translations, lost or doubled completions, wrong PASIDs."),
	YAML_VAL(K, conservation, "conservation", BOOL, 0, 1, "yes",
		 "Submitted = completed + rejected + aborted + in flight."),
	YAML_VAL(K, max_failed, "max_failed", COUNT, 0, COUNTS, "0",
		 "Descriptors that may end in an error that no trace expects."),
	YAML_VAL(K, min_ops, "min_ops", COUNT, 0, COUNTS, "0",
		 "Work descriptors that must complete; 0: not checked."),
	YAML_END,
};
static const struct yaml_table checks_table = {"Checks: a failed one ends the run with exit code 1",
					       check_keys, NULL};

/* ---- Errors on purpose ---- */

static const char *const defect_words[] = {
#define D(name, word, what) word,
	SPEC_DEFECTS(D)
#undef D
};

static int parse_defect(const struct yaml_node *node, const char *path, u64 *defects,
			struct cfg_error *err)
{
	u32 i;

	for (i = 0; i < DEFECT_COUNT && node->kind == YAML_SCALAR; i++)
		if (!strcmp(node->text, defect_words[i])) {
			*defects |= 1ull << i;
			return 0;
		}
	return yaml_fail(err, node, path, "no such defect (docs/defects.md lists them)");
}

static int parse_defects(struct cfg_arena *arena, const struct yaml_key *key,
			 const struct yaml_node *node, const char *path, void *obj,
			 struct cfg_error *err)
{
	u64 *defects = &((struct scenario *)obj)->defects;
	u32 i;

	(void)arena;
	(void)key;
	*defects = 0;
	if (node->kind == YAML_SCALAR)
		return *node->text ? parse_defect(node, path, defects, err) : 0;
	if (node->kind != YAML_LIST)
		return yaml_fail(err, node, path, "must be a list of defects");
	for (i = 0; i < node->count; i++)
		if (parse_defect(node->items[i].node, path, defects, err))
			return -EINVAL;
	return 0;
}

#define S struct scenario
static const struct yaml_key scenario_keys[] = {
	YAML_STR(S, name, "name", NULL, "Name of the scenario."),
	YAML_STR(S, description, "description", "", "One line about it."),
	YAML_STR(S, platform_name, "platform", "spr",
		 "Platform: a name, or a file ending in .yaml."),
	YAML_OWN(S, seed, "seed", parse_seed, "number", "1", "Seed of all random streams."),
	YAML_ENUM(S, data, "data", data_words, "verify",
		  "Bytes move; move and are checked; or do not move."),
	YAML_VAL(S, max_time_ps, "max_time", TIME, 0, 1000 * HOUR, "0",
		 "Virtual time at which the run is cut off; 0: never."),
	YAML_LISTED(S, configs, nconfigs, "accel_config", &config_table, 0, PLAT_DEVICES_MAX, NULL,
		    "How the devices are configured."),
	YAML_OWN(S, trace, "trace", parse_file, "path", "",
		 "Trace whose clients are the workload, in place of processes."),
	YAML_MAPPED(S, defaults, "defaults", &client_table,
		    "What every client starts from, those of the trace as well."),
	YAML_LISTED(S, processes, nprocesses, "processes", &process_table, 0, 4096, process_init,
		    "Processes on the host."),
	YAML_LISTED(S, guests, nguests, "guests", &guest_table, 0, 4096, guest_init,
		    "Guests with virtual devices."),
	YAML_OWN(S, defects, "defects", parse_defects, "list of names", "",
		 "Errors seeded in the host's software, to see what catches them (defects.md)."),
	YAML_MAPPED(S, output, "output", &output_table, "Outputs."),
	YAML_MAPPED(S, checks, "checks", &checks_table, "Checks."),
	YAML_END,
};
const struct yaml_table scenario_table = {"Scenario file", scenario_keys, NULL};
