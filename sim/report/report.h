/* SPDX-License-Identifier: GPL-2.0 */
/* What a run was like: observations of devices and clients in, summary, results and timeline out.
 */
#ifndef SIM_REPORT_REPORT_H
#define SIM_REPORT_REPORT_H

#include <stdio.h>

#include "sim/core/types.h"

struct sim;
struct dsa;
struct cfg_error;
struct report;
struct vdev_traps;
struct vm_stats;

/*
 * Order of calls: report_new(), report_device() for each device, report_wq() and report_client() as
 * the set-up goes along, report_start() when the clients start to work, the observations, again
 * report_start() where warm-up ends, report_client_end() per client, report_finish(), then the
 * outputs. All times are ps of virtual time, all texts are copied.
 */

struct report_cfg {
	const char *name;      /* of the scenario */
	const char *scenario;  /* its file, NULL: none; only the base name gets into results */
	const char *trace;     /* trace file, NULL: none; the same */
	const char *platform;  /* its name */
	const char *data_mode; /* "full", "verify", "none" */
	u64 seed;
	bool csv;	      /* tables beside results.json */
	bool html;	      /* report.html */
	const char *dir;      /* where report_write() will write; NULL: nothing will be written */
	bool timeline;	      /* needs dir */
	u64 timeline_from;    /* only what lies in [from, to] of virtual time */
	u64 timeline_to;      /* 0 or SIM_NEVER: to the end */
	bool no_conservation; /* do not check conservation */
};

/*
 * Opens a report. With a timeline its file is opened at once, nameless or under a temporary name
 * beside @cfg->dir. 0, or -errno with @err filled and *out NULL.
 */
int report_new(struct report **out, struct sim *sim, const struct report_cfg *cfg,
	       struct cfg_error *err);
/*
 * Frees; what was not written by report_write() leaves nothing behind. To be called behind the last
 * call that can reach an observed device, best after the devices are gone. NULL is fine.
 */
void report_free(struct report *r);

/*
 * Observes device @index (ascending, from 0 without gaps): installs the device's observer, which
 * must stay. The device must exist until report_write() is through. -ENOMEM, or -EINVAL for a gap.
 */
int report_device(struct report *r, u32 index, struct dsa *dsa);

/* How a queue is configured, for tables and the timeline. */
struct report_wq_cfg {
	const char *name; /* NULL: none */
	const char *mode; /* "dedicated", "shared" */
	u32 group, size, threshold, priority;
};
/* Optional; an unknown device or queue is ignored. */
void report_wq(struct report *r, u32 device, u32 wq, const struct report_wq_cfg *cfg);

/* ---- Guests ---- */

struct report_guest_cfg {
	const char *name; /* also the tenant of its clients */
	/* These live as long as the program. */
	const char *home, *memory_mode, *interrupts;
	u64 memory;
	u32 cpus, nvdevs;
	bool sva;
};
/* Registers a guest; its number from 1. 0: no memory. */
u32 report_guest(struct report *r, const struct report_guest_cfg *cfg);
/* Its virtual device @vdev: type and the host's queues behind it ("wq0.1 wq0.2"). */
void report_vdev(struct report *r, u32 guest, u32 vdev, const char *type, const char *wqs);
/*
 * All its clients are at work: what it did before was its start-up, its steady state begins.
 * @traps: of each of its virtual devices, both since the beginning. Only the first call counts.
 */
void report_guest_ready(struct report *r, u32 guest, const struct vm_stats *vm,
			const struct vdev_traps *traps);
/* The last of its clients is through: the steady state ends. The same. */
void report_guest_done(struct report *r, u32 guest, const struct vm_stats *vm,
		       const struct vdev_traps *traps);

/*
 * The guest gave a command to one of its virtual devices. @command lives as long as the program.
 * @took: from the write to its end, @error: the device's code, 0 none.
 */
void report_command(struct report *r, u32 guest, const char *command, u64 took, u32 error);

struct report_client_cfg {
	const char *name;     /* of the thread: "copy.0" */
	const char *process;  /* its process or guest */
	const char *wq;	      /* the queue as the scenario names it, or the queues; NULL: none */
	s32 device, queue;    /* of the (first) queue; -1: none */
	bool is_cpu_baseline; /* the core does the work itself */
	const char *tenant;   /* NULL: the process */
	u32 guest;	      /* report_guest(); 0: on the host */
	u32 window;	      /* units in flight at most; 0: not known, open loop */
	bool open_loop;	      /* arrivals do not wait for completions */
	/*
	 * REPORT_TIME_COUNT counters of the client's own, in which its time adds up; read until
	 * report_finish(). NULL: only report_client_time() tells.
	 */
	const u64 *time;
};
/* Registers a client; its number from 1 is the dsa_origin.client of its descriptors. 0: no memory.
 */
u32 report_client(struct report *r, const struct report_client_cfg *cfg);

/*
 * The measured interval starts now (sim_now()): everything counted so far is forgotten, but for
 * what conservation and the list of violations need.
 */
void report_start(struct report *r);
/* The same under the name it has behind a warm-up. */
static inline void report_warmup_done(struct report *r)
{
	report_start(r);
}

/* ---- Observations of clients. A client 0 or unknown is ignored by all of them. ---- */

/*
 * A unit of work (a descriptor, a batch, the pieces of one split operation, a call of the core) was
 * seen complete. @tag: dsa_origin.tag of its first descriptor, REPORT_NO_TAG for work that no
 * device did. @issued: when the submission instruction of its first descriptor was issued, equal to
 * that descriptor's dsa_origin.issued (this is how the device's stage times are found); @seen: when
 * the client knew of the completion. @bytes: transfer sizes, the payload of the work.
 * @descriptors: work descriptors in it (members of a batch, not the batch). @status: 1 when all
 * succeeded, else the (first) other completion status.
 */
void report_op(struct report *r, u32 client, u32 tag, u64 issued, u64 seen, u64 bytes,
	       u32 descriptors, u8 status);
#define REPORT_NO_TAG (~0u)
/* An ENQCMD was answered with Retry. */
void report_retry(struct report *r, u32 client);
/* A fault was repaired by software (touched, continued or done by the core). */
void report_repair(struct report *r, u32 client);

/* Another thread changed the rights of a client's memory, which took @ps with invalidations. */
void report_protect(struct report *r, u32 client, u64 ps);

/* What a client's core spends time on. */
enum report_time {
	REPORT_PREPARE, /* descriptors filled, records cleared */
	REPORT_SUBMIT,	/* submission instructions, portal retries, fences */
	REPORT_WAIT,	/* polling, UMWAIT, sleeping */
	REPORT_REPAIR,	/* touching pages, finishing partial completions */
	REPORT_THINK,	/* the program's own work between operations */
	REPORT_WORK,	/* the core doing an operation itself */
	REPORT_TIME_COUNT
};
/* @ps of the client's time up to now went there. */
void report_client_time(struct report *r, u32 client, enum report_time what, u64 ps);
static inline void report_think(struct report *r, u32 client, u64 ps)
{
	report_client_time(r, client, REPORT_THINK, ps);
}

/*
 * A row of the trace ended otherwise than recorded: a note, not a failed check. @trace_line: from
 * 1, 0: unknown. All are counted, the first 20 listed.
 */
void report_mismatch(struct report *r, u32 client, u64 trace_line, const char *what);
/* In data mode verify: a destination does not hold what it should. A failed check. */
void report_corrupt(struct report *r, u32 client, const char *what);
/*
 * The client's own books over its whole life, warm-up included: units issued and units not seen
 * complete at the end. Checked against what report_op() saw.
 */
void report_client_end(struct report *r, u32 client, u64 issued, u64 outstanding);

/* ---- Observations of anybody ---- */

/* A checker's finding: one line that names descriptor and history. Fails the run. */
void report_violation(struct report *r, const char *text);
/* Those found after report_finish(), while everything ends, which are no longer in the results. */
typedef void report_late_fn(void *ctx, const char *text);
void report_late_violations(struct report *r, report_late_fn *fn, void *ctx);
/* A line for the reader ("wq0.3 of the trace does not exist, wq0.0 takes its place"). */
void report_note(struct report *r, const char *text);

/* ---- Outcome ---- */

/*
 * Ends the measured interval at @end (>= its start) and works everything out; observations after it
 * are ignored. 0 or -ENOMEM.
 */
int report_finish(struct report *r, u64 end);
/* Checks that failed: violations, conservation, corrupt data. After report_finish(). */
int report_checks_failed(const struct report *r);
/* The summary for a person. Plain text; colour only when @out is a terminal. */
void report_summary(const struct report *r, FILE *out);
/*
 * Writes results.json, the tables and the timeline to @dir (NULL: that of the configuration),
 * which is made if need be. All or nothing: everything is written under a temporary name first;
 * files of the same names are replaced, others left alone. 0, or -errno with @err naming the file;
 * then @dir is as it was.
 */
int report_write(struct report *r, const char *dir, struct cfg_error *err);

/* A few figures for callers that print them elsewhere or stop at a goal. After report_finish(). */
struct report_figures {
	u64 ps, units, descriptors, bytes;
	u64 latency_mean_ps, latency_p50_ps, latency_p99_ps;
	u64 errors; /* units that did not end with success */
};
void report_figures(const struct report *r, struct report_figures *f);
/* "limited by ..." without these words. */
const char *report_limit(const struct report *r);

#endif
